"""The Taylor remainder f(x + h d) - f(x) - h c: of order h^2 if c is the derivative along d, of order h if not.

It needs function values alone, so it shares nothing with any rule of differentiation (Griewank &
Walther, *Evaluating Derivatives*, section 2; Farrell et al., SIAM J. Sci. Comput. 35 (2013), whose
Taylor test this is). In high precision the steps can be so small that nothing else is seen, kinks
1e-9 away included.
"""

from collections.abc import Callable, Sequence
from math import log
from typing import NamedTuple

from ..contexts import Number

_STEPS = 5  # of the sweep, each a hundredth of the one before
_RIGHT = 1.5  # slopes above are of a right derivative, below of a wrong one

Line = Callable[[Number], Sequence[Number] | None]
"""The outputs at x + h d; None off the domain."""


class Remainder(NamedTuple):
    """Remainders over a sweep of steps: `slope` is that of log |remainder| against log h."""

    steps: tuple[float, ...]
    sizes: tuple[float, ...]
    slope: float | None
    """None where nothing is left of the remainder: the function is linear along the line."""
    limit: Number | None
    """What remainder/h comes to: the error of the claimed derivative."""


def remainder(
    line: Line, output: int, slope: Number, first: Number, epsilon: Number, reach: Number
) -> Remainder | None:
    """The remainders of one output from step `first` down; None if the line leaves the domain.

    `reach` is the size of the coordinates, whose rounding shows in the values, too.
    """
    start = line(first * 0)
    if start is None:
        return None
    steps, sizes, limit = [], [], None
    h = first
    for _ in range(_STEPS):
        values = line(h)
        if values is None:
            return None
        left = values[output] - start[output] - h * slope
        noise = 64 * epsilon * (abs(values[output]) + abs(start[output]) + abs((h + reach) * slope))
        if not abs(left) > noise:  # nor where it is no number, or the noise none
            break
        steps.append(h)
        sizes.append(abs(left))
        limit = left / h
        h = h / 100
    fitted = None
    if len(steps) > 1:
        fitted = (_log(sizes[0]) - _log(sizes[-1])) / (_log(steps[0]) - _log(steps[-1]))
    elif steps:  # the rest vanished in rounding: higher order at once
        fitted = float(_RIGHT * 2)
    return Remainder(tuple(map(float, steps)), tuple(map(float, sizes)), fitted, limit)


def confirms_wrong(claimed: Remainder | None, true: Remainder | None, deviation: Number) -> bool | None:
    """Whether the remainders say that the claim is wrong, and adcli's own derivative is right.

    None where they cannot be had.
    """
    if claimed is None or true is None:
        return None
    own_right = true.slope is None or true.slope > _RIGHT
    if not own_right or claimed.slope is None or claimed.limit is None:
        return False
    return bool(claimed.slope < _RIGHT and abs(abs(claimed.limit) - deviation) <= 0.1 * deviation)


def _log(x: Number) -> float:
    """The logarithm of a number of any size."""
    value = float(x)
    if 0 < value < float("inf"):
        return log(value)
    man, exp = x.man_exp  # an mpf outside the range of floats
    return log(float(man)) + float(exp) * log(2.0)
