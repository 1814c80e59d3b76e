"""A contender's own process: it works when it is asked to over a pipe, and tells how long that took.

Each contender has a process to itself, so that nobody's threads, allocator or imports are in another's
way; while one works, the others wait for a line on their standard input.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from . import memory
from .work import Missing, Work


def serve(case: str, name: str, size: int, folder: Path) -> None:
    """Make the contender `name` of a case, and answer requests: `run TIMES`, and `answer FILE`."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no reply

    def reply(**told: Any) -> None:
        print(json.dumps(told), file=replies, flush=True)

    try:
        work: Work = getattr(import_module(f".cases.{case}", __package__), name)(size, folder)
    except Missing as reason:
        reply(missing=str(reason))
        return
    reply()
    found: Any = None
    for line in sys.stdin:
        verb, _, argument = line.strip().partition(" ")
        if verb == "run":
            times = int(argument)
            found = None  # what is taken apart and collected here does not count
            gc.collect()
            gc.disable()  # as the command line does, and `timeit`
            begin = time.perf_counter()
            for _ in range(times):
                found = work.run()
            seconds = (time.perf_counter() - begin) / times
            reply(seconds=seconds, peak=memory.own_peak())
        else:
            import numpy as np

            np.save(argument, np.asarray(work.answer(found), float))
            reply()


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
    os._exit(0)  # large graphs need not be taken apart
