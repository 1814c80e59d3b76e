"""Peak memory, in bytes: of this process, and of a command with all that it starts."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .work import Missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LOOK = 0.01  # seconds between two looks; the kernel keeps each process's own maximum


def own_peak() -> int | None:
    """The largest resident size that this process has had: not that of its parent, as `getrusage` has it."""
    return _peak("self")


def peak_of(command: Sequence[str]) -> int:
    """The largest sum of the resident sizes of a command and its descendants."""
    if _peak("self") is None:
        raise Missing("there is no /proc on this machine")
    largest: dict[int, int] = {}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        for pid in [process.pid, *_descendants(process.pid)]:
            largest[pid] = max(_peak(str(pid)) or 0, largest.get(pid, 0))
        time.sleep(_LOOK)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command))
    return sum(largest.values())


def _descendants(pid: int) -> Iterator[int]:
    try:
        texts = [path.read_text(encoding="utf-8") for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:  # it has just ended
        return
    for child in map(int, " ".join(texts).split()):
        yield child
        yield from _descendants(child)


def _peak(process: str) -> int | None:
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM")), None)
