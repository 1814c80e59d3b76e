"""The largest of some numbers, and the logarithm of a sum of exponentials with its derivatives."""

import math
from collections.abc import Sequence

from .arithmetic import rescued

inf, nan = math.inf, math.nan
_FIRM = 0.5  # of a sum's largest term: above it cancellation does not show
_UNDERFLOW = -746.0  # exp of it is 0


def maximum(*xs: float) -> float:
    """The largest, and of equal ones the first; NaN if one is NaN."""
    return nan if _has_nan(xs) else max(xs)


def minimum(*xs: float) -> float:
    """The smallest, and of equal ones the first; NaN if one is NaN."""
    return nan if _has_nan(xs) else min(xs)


def _has_nan(xs: Sequence[float]) -> bool:
    """Whether one is NaN; then their sum is, and only then it is worth looking."""
    total = sum(xs)
    return total != total and any(map(math.isnan, xs))


def exp_of_difference(a: float, b: float) -> float:
    """exp(a - b) without the rounding of the difference (its error: Knuth, TAOCP 4.2.2, theorem B); a <= b."""
    d = a - b
    if d < _UNDERFLOW:
        return 0.0
    back, value = d - a, math.exp(d)
    return value + value * ((a - (d - back)) - (b + back))


def logsumexp(*xs: float) -> float:
    """The largest plus log1p of the rest, in which that is a 1.

    Where the rest is small and counts, its differences are kept whole; where largest and logarithm cancel,
    mpmath decides.
    """
    top = maximum(*xs)
    if not math.isfinite(top):
        return top
    ties = xs.count(top) - 1
    rest = math.fsum([math.exp(x - top) for x in xs if x != top])
    log = math.log1p(ties + rest)
    if ties == 0 and rest < 1.0 and abs(top) < 8.0 * log and top:
        log = math.log1p(math.fsum([exp_of_difference(x, top) for x in xs if x != top]))
    value = top + log
    return value if abs(value) >= _FIRM * log or not log else rescued("logsumexp", *xs)


def logsumexp_dx(xs: Sequence[float], y: float) -> list[float]:
    """The softmax: exp(x)/sum of all exp(x), from whole differences to the largest."""
    top = maximum(*xs)
    if top == inf:  # the limit, if only one is infinite
        return [float(x == inf) for x in xs] if xs.count(inf) == 1 else [nan] * len(xs)
    if not math.isfinite(top):
        return [nan] * len(xs)
    parts = [exp_of_difference(x, top) for x in xs]
    whole = math.fsum(parts)
    return [part / whole for part in parts]
