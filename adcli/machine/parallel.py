"""Work on parts of arrays by several threads, which is of use while C code runs without Python's lock."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise

_STEP = 64  # points: parts begin at multiples of it, so that vectors, and bits, are what they are without threads
_busy = threading.local()  # a thread that has a part does not share it again


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _pool(_pid: int) -> ThreadPoolExecutor:
    """The threads of this process; a process that was forked has none of its parent's."""
    return ThreadPoolExecutor(max(cores() - 1, 1), thread_name_prefix="adcli")


def in_parts(work: Callable[[int, int], None], count: int, least: int) -> None:
    """Call `work(begin, end)` for parts of `range(count)` at once, one for each core, none smaller than `least`.

    Called by such work itself, it makes one part.
    """
    parts = 1 if getattr(_busy, "is_busy", False) else max(1, min(cores(), count // least))
    if parts == 1:
        work(0, count)
        return

    def alone(begin: int, end: int) -> None:
        _busy.is_busy = True
        try:
            work(begin, end)
        finally:
            _busy.is_busy = False

    step = _STEP if least >= _STEP else 1
    bounds = [*[count * k // parts // step * step for k in range(parts)], count]
    others = [_pool(os.getpid()).submit(alone, begin, end) for begin, end in pairwise(bounds[1:])]
    try:
        alone(bounds[0], bounds[1])
    finally:
        for other in others:
            other.result()
