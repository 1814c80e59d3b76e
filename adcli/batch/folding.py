"""Folding rows of results instead of listing them: sums, means and maxima.

Within a block NumPy adds in pairs of pairs; the sums of the blocks are added exactly, and rounded
once (Shewchuk 1997, `math.fsum`). So the result does not depend on who computed which block, nor on
the order in which they came.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import UsageError, suggest
from .blocks import Rows
from .running import DOMAIN, MISSING

FOLDS = ("sum", "mean", "max")


class Fold:
    """What is known of all rows so far: one sum, or one maximum, for each block or each output."""

    def __init__(self, how: str, width: int) -> None:
        if how not in FOLDS:
            hint = suggest(how, FOLDS) or "there are " + ", ".join(FOLDS)
            raise UsageError("unknown-fold", f"--reduce {how}: no such fold", None, hint)
        self.how, self.width = how, width
        self.parts: list[Sequence[float]] = []
        self.count = 0

    def take(self, rows: Rows) -> None:
        """Fold the rows of a block; those without numbers are left out."""
        numbers, status = rows.numbers, rows.status
        if status is not None and status.any():
            left = (status == DOMAIN) | (status == MISSING)
            if left.any():
                numbers = numbers[:, ~left]
        count = numbers.shape[1]
        if count:
            self.count += count
            with np.errstate(all="ignore"):
                found: Any = np.max(numbers, axis=1) if self.how == "max" else np.add.reduce(numbers, axis=1)
            self.parts.append(found.tolist())

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


def _largest(xs: Sequence[float]) -> float:
    """The largest; NaN if one is, or there are none."""
    return math.nan if not xs or any(map(math.isnan, xs)) else max(xs)


def _total(xs: Sequence[float]) -> float:
    """The sum, rounded once; of infinities as IEEE 754 has it."""
    try:
        return math.fsum(xs)
    except (OverflowError, ValueError):
        return sum(xs)
