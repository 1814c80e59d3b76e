"""What a table was measured on: the processor, its cores, and the versions of all that took part."""

from __future__ import annotations

import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from adcli import __version__

from .work import cores

_PACKAGES = ("adcli", "numpy", "pyarrow", "jax", "casadi")


def machine() -> dict[str, str | int]:
    """The machine, and the versions of Python and the peers that are installed."""
    found: dict[str, str | int] = {
        "processor": _processor(),
        "cores": cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
    found["adcli"] = __version__
    for name in _PACKAGES[1:]:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


def described(found: dict[str, str | int]) -> str:
    """The machine in a sentence."""
    versions = ", ".join([f"{name} {found[name]}" for name in ("python", *_PACKAGES) if name in found])
    count = f"{found['cores']} core{'s' * (found['cores'] != 1)}"
    return f"{found['processor']}, {count}, {found['system']}; {versions}."
