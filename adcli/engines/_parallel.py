"""Work on parts of arrays by several threads, which is of use while C code runs without Python's lock."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise

from . import cores


@cache
def _pool(pid: int) -> ThreadPoolExecutor:
    """The threads of this process; a process that was forked has none of its parent's."""
    return ThreadPoolExecutor(cores(), thread_name_prefix="adcli")


def in_parts(work: Callable[[int, int], None], count: int, least: int) -> None:
    """Call `work(begin, end)` for parts of `range(count)` at once, one for each core, none smaller than `least`."""
    import os

    parts = max(1, min(cores(), count // least))
    if parts == 1:
        work(0, count)
        return
    bounds = [count * k // parts for k in range(parts + 1)]
    others = [_pool(os.getpid()).submit(work, a, b) for a, b in pairwise(bounds[1:])]
    try:
        work(bounds[0], bounds[1])
    finally:
        for other in others:
            other.result()
