"""The rule by which an entry is judged: one place for it, and no tolerance that a user must guess.

A claimed entry agrees if it is as near to the true one as the errors of both allow, and those errors
are small against the row; it is wrong if it is far outside of them; else nothing is said. What looks
wrong must be confirmed by the Taylor remainder, which knows function values only: see `taylor`.
"""

from math import inf
from typing import NamedTuple

from ..contexts import Number
from ..errors import UsageError

AGREES, WRONG, INCONCLUSIVE = "AGREES", "WRONG", "INCONCLUSIVE"
USELESS = 1e-2  # an estimate above this share of the row's scale decides nothing
USELESS_ESTIMATE = "the errors are as large as the entry"
FAR = 8  # times the estimate: beyond that no rounding explains a deviation


class Tolerance(NamedTuple):
    """`--rtol` and `--atol`, for those who want them: |claimed - true| <= atol + rtol |true|."""

    relative: float
    absolute: float


def tolerance_of(relative: float | None, absolute: float | None) -> Tolerance | None:
    """The tolerance by the two options, of which either may be left out; None without both.

    >>> tolerance_of(1e-3, None)
    Tolerance(relative=0.001, absolute=0.0)
    """
    if relative is None and absolute is None:
        return None
    tolerance = Tolerance(relative or 0.0, absolute or 0.0)
    if not all(0 <= x < inf for x in tolerance):
        raise UsageError("bad-tolerance", "--rtol and --atol are finite, and not negative")
    return tolerance


class Evidence(NamedTuple):
    """What is known of one entry at one place.

    `estimate` bounds the deviation of a right claim; `far` is how many times that a deviation must be
    to be wrong; `scale` is the size of the row. `slope` is that of the Taylor remainder with the claimed
    derivative, where it was measured: 1 for a wrong one, 2 or more (or nothing left) for a right one.
    """

    claimed: Number
    true: Number
    estimate: Number
    scale: Number
    far: float = 1.0
    slope: float | None = None
    confirmed: bool | None = None
    """Whether the remainder confirms that the claim is wrong; None where nobody asked it."""

    @property
    def deviation(self) -> Number:
        """How far the claim is from the truth."""
        return abs(self.claimed - self.true)

    @property
    def excess(self) -> float:
        """The deviation in units of the estimate: what comes first in a list of the worst."""
        d = self.deviation
        if d != d:
            return float("inf")
        if d == 0:
            return 0.0
        return float("inf") if self.estimate == 0 else float(d / self.estimate)


def judged(e: Evidence, tolerance: Tolerance | None = None) -> tuple[str, str]:
    """The verdict on an entry, and why it is inconclusive."""
    if e.true != e.true:
        return INCONCLUSIVE, "the true derivative could not be had"
    if e.claimed != e.claimed or (abs(e.claimed) == float("inf") and e.deviation == abs(e.claimed)):
        return WRONG, "the claim is not a number here" if e.claimed != e.claimed else "the claim is infinite here"
    if e.estimate != e.estimate:
        return INCONCLUSIVE, "how far it may be off could not be had"
    if tolerance is not None:
        within = e.deviation <= tolerance.absolute + tolerance.relative * abs(e.true)
        return (AGREES, "") if within else (WRONG, "")
    if e.deviation <= e.estimate:
        if e.estimate <= USELESS * max(e.scale, abs(e.true)):
            return AGREES, ""
        return INCONCLUSIVE, USELESS_ESTIMATE
    if e.deviation <= e.far * e.estimate:
        return INCONCLUSIVE, "a little more than the errors explain"
    if e.confirmed is False:
        return INCONCLUSIVE, "function values do not confirm that it is wrong"
    return WRONG, ""
