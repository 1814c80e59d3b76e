"""The machine's C compiler, and a private folder for what it has compiled."""

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from .. import supervision
from . import Unavailable

_NAMES = ("cc", "gcc", "clang")
_FLAGS = (
    "-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off",
    "-fno-builtin-sin", "-fno-builtin-cos",  # else the two of one angle become one call, which no vector has
    "-fPIC", "-shared",
)  # fmt: skip
_WIDTHS = (("-march=native", "-mprefer-vector-width=512"), ("-march=native",), ())
_LIBRARIES = (("-lmvec", "-lm"), ("-lm",))
_SECONDS = 120  # for one compilation


@cache
def compiler() -> str:
    """The path of the C compiler: that of CC, or the first that the machine has."""
    for name in (os.environ.get("CC", ""), *_NAMES):
        path = shutil.which(name) if name else None
        if path is not None:
            return path
    raise Unavailable("there is no C compiler on this machine")


def library(text: str) -> Any:
    """The shared library of a C source, compiled now or found where it was kept."""
    folder = _folder()
    key = sha256("\0".join([text, *_FLAGS, compiler(), _machine()]).encode()).hexdigest()[:32]
    path = folder / f"{key}.so"
    if not path.exists():
        _compile(text, folder, path)
    try:
        return ctypes.CDLL(str(path))
    except OSError:  # half a file, or a folder that nothing may be run from
        with suppress(OSError):
            path.unlink()
        raise Unavailable("what the C compiler made cannot be loaded here") from None


def _compile(text: str, folder: Path, path: Path) -> None:
    """Compile into a new file, and put it in its place when it is whole."""
    said = ""
    with tempfile.TemporaryDirectory(dir=folder) as work, supervision.unbounded():
        code = Path(work, "kernel.c")
        code.write_text(text, encoding="utf-8")
        made = Path(work, "kernel.so")
        for width in _WIDTHS:
            for libraries in _LIBRARIES:
                command = [compiler(), *_FLAGS, *width, str(code), "-o", str(made), *libraries]
                try:
                    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)  # noqa: S603
                except (OSError, subprocess.TimeoutExpired) as error:
                    raise Unavailable(f"the C compiler does not answer: {error}") from None
                if done.returncode == 0:
                    made.replace(path)
                    return
                said = said or done.stderr
    lines = [line for line in said.splitlines() if "error" in line]
    raise Unavailable(f"the C compiler refuses the code: {(lines or ['no reason given'])[0].strip()}")


def _folder() -> Path:
    """The folder of this user alone."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")  # noqa: PTH111, PTH118
    folder = Path(base, "adcli", "native")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _is_private(folder):
            return folder
    except OSError:
        pass
    return _temporary()


def _is_private(folder: Path) -> bool:
    """Whether nobody else can put code there."""
    if sys.platform == "win32":
        return True
    status = folder.stat()
    return status.st_uid == os.getuid() and not status.st_mode & 0o022 and os.access(folder, os.W_OK)


@cache
def _temporary() -> Path:
    """A folder for this run, where the user has none."""
    import atexit

    folder = tempfile.mkdtemp(prefix="adcli-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@cache
def _machine() -> str:
    """What a compiler that compiles for this very processor makes depend on."""
    import platform

    text = " ".join([*platform.uname()[4:], sys.platform])
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        text += "".join([line for line in lines if line.startswith(("model name", "flags"))][:2])
    return text
