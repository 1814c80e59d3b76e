"""Folding rows of results instead of listing them: sums, means and maxima.

Within a chunk of a block NumPy adds in pairs of pairs; the sums of the chunks are added exactly, and rounded
once (Shewchuk 1997, `math.fsum`). So the result does not depend on who computed which chunk, nor on
the order in which they came.
"""

import math
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import UsageError, suggest
from ..machine.parallel import in_parts
from .blocks import Block
from .running import DOMAIN, MISSING, Job, columns_of, statuses

FOLDS = ("sum", "mean", "max")
_CHUNK = 131_072  # rows; the numbers of a sum depend on it, and so it is the same everywhere

_own = threading.local()


class Fold:
    """What is known of all rows so far: one sum, or one maximum, for each chunk and output."""

    def __init__(self, how: str, width: int) -> None:
        if how not in FOLDS:
            hint = suggest(how, FOLDS) or "there are " + ", ".join(FOLDS)
            raise UsageError("unknown-fold", f"--reduce {how}: no such fold", None, hint)
        self.how, self.width = how, width
        self.parts: list[Sequence[float]] = []
        self.count = 0

    def add(self, work: Job, block: Block) -> Any:
        """Fold the rows of a block, and give their statuses; those without numbers are left out.

        Chunks of it are computed and folded while they are in the cache, by all cores.
        """
        columns, status = columns_of(work, block), np.zeros(block.count, np.uint8)
        starts = range(0, block.count, _CHUNK)
        parts: list[Any] = [None] * len(starts)
        reduce: Any = np.max if self.how == "max" else np.add.reduce

        def fold(begin: int, end: int) -> None:
            whole = _room(self.width)
            for k in range(begin, end):
                here = slice(starts[k], min(starts[k] + _CHUNK, block.count))
                out = whole[:, : here.stop - here.start]
                some = {name: x[here] if getattr(x, "ndim", 0) else x for name, x in columns.items()}
                conditions = work.program(some, out.shape[1], out)
                missing = None if block.missing is None else block.missing[here]
                with np.errstate(all="ignore"):
                    found = reduce(out, axis=1)
                    if not _is_plain(found, conditions, missing):
                        status[here] = statuses(out, conditions, missing)
                        out = out[:, (status[here] != DOMAIN) & (status[here] != MISSING)]
                        found = reduce(out, axis=1) if out.shape[1] else None
                parts[k] = out.shape[1], found

        in_parts(fold, len(starts), 1)
        self.count += sum([count for count, _ in parts])
        self.parts += [found.tolist() for _, found in parts if found is not None]
        return status

    def merge(self, other: "Fold") -> None:
        """Take over what was folded elsewhere."""
        self.parts += other.parts
        self.count += other.count

    def results(self) -> list[float]:
        """One number for each output; NaN for the mean or the maximum of nothing."""
        if self.how == "max":
            return [_largest([part[k] for part in self.parts]) for k in range(self.width)]
        totals = [_total([part[k] for part in self.parts]) for k in range(self.width)]
        if self.how == "sum":
            return totals
        return [total / self.count if self.count else math.nan for total in totals]


def _room(width: int) -> Any:
    """Room for the numbers of a chunk, which this thread uses again and again: fresh memory costs more than sums."""
    room = getattr(_own, "room", None)
    if room is None or len(room) != width:
        room = _own.room = np.empty((width, _CHUNK))
    return room


def _is_plain(found: Any, conditions: Sequence[Any], missing: Any) -> bool:
    """Whether all rows of a chunk are ok, as far as can be told without looking at each."""
    defined, kinked = conditions
    if missing is not None or not np.isfinite(found).all():
        return False
    return (defined is None or bool(defined.all())) and (kinked is None or not kinked.any())


def _largest(xs: Sequence[float]) -> float:
    """The largest; NaN if one is, or there are none."""
    return math.nan if not xs or any(map(math.isnan, xs)) else max(xs)


def _total(xs: Sequence[float]) -> float:
    """The sum, rounded once; of infinities as IEEE 754 has it."""
    try:
        return math.fsum(xs)
    except (OverflowError, ValueError):
        return sum(xs)
