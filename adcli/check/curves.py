"""Curves that show a derivative right or wrong: by difference quotients, and by Taylor's remainder.

**The V.** A difference quotient of step h errs by a multiple of h (forward) or h² (central), and by
rounding over h: on logarithmic axes a V. Measured from a wrong derivative it has no tip, but a floor
as high as that is wrong.

**The remainder.** |f(x + t d) - f(x) - t c| falls like t² (or faster) if c is the derivative along
d, and like t if it is not. That is the test of a gradient that adjoint codes go by: Farrell, Ham,
Funke & Rognes, "Automated derivation of the adjoint of high-level transient finite element
programs", SIAM J. Sci. Comput. 35 (2013).

Both take a line through the point, so that a column and a direction are the same to them, and
numbers of any kind: floats or mpmath's. What is a step takes its kind from `eps`.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from ..charts import Curve
from ..differences import Difference, difference

Number = Any  # a float, or an mpf
Line = Callable[[Number], Sequence[Number] | None]
"""The outputs at x + t along one direction; None where they are undefined."""

_STEPS = 32  # of the V, from the scale down to where x + h is x
_HALVINGS = 40  # of the remainder: 12 decades of the 16 that floats have
_CLEAR = 8  # times what rounding can do
_FITTED = 8  # points, which decide what the slope is as t goes to 0
_FEWEST = 3  # points that have a slope


def v_curve(line: Line, output: int, true: Number, *, scale: Number, eps: Number, label: str) -> list[Curve]:
    """The errors of difference quotients, forward and central, against the step; and of the one chosen.

    `true` is the derivative to be shown, `scale` the largest step, `eps` the unit roundoff.
    """
    ten = 10 * (eps / eps)
    decades = math.ceil(-_log10(eps))
    sizes = [scale * ten ** (-decades * k / _STEPS) for k in range(_STEPS + 1)]
    here = _value(line, output, 0 * eps)
    forward, central = [], []
    for h in _positive(sizes):
        ahead, behind = _value(line, output, h), _value(line, output, -h)
        forward.append((_log10(h), _log10(abs((ahead - here) / h - true))))
        central.append((_log10(h), _log10(abs((ahead - behind) / (2 * h) - true))))
    prefix = f"{label}: " if label else ""
    found = [
        Curve(prefix + "forward difference", tuple(forward)),
        Curve(prefix + "central difference", tuple(central)),
    ]
    chosen = _chosen(line, output, scale, eps)
    if chosen is not None:
        best = (_log10(chosen.step), _log10(abs(chosen.derivative[0] - true)))
        found.append(Curve(prefix + "the step that fd chooses", (best,)))
    return found


def remainder_curve(
    line: Line, output: int, slope: Number, *, scale: Number, eps: Number, label: str
) -> tuple[Curve, float | None]:
    """Taylor's remainder |f(t) - f(0) - t*slope| against t; and how steep it is as t goes to 0.

    The steepness is None where fewer than three remainders stand out from rounding: as for a
    linear function, of which nothing remains.
    """
    ratio = 2 ** math.ceil(-_log10(eps) * 0.75 / (_HALVINGS * math.log10(2)))
    here = _value(line, output, 0 * eps)
    steps = _positive([scale * (eps / eps) / ratio**k for k in range(_HALVINGS + 1)])
    points = [(_log10(t), _log10(abs(_value(line, output, t) - here - t * slope))) for t in steps]
    floor = _log10(_CLEAR * _noise(line, output, slope, scale, eps))
    return Curve(label, tuple(points)), _steepness(points, floor)


def guides(curve: Curve, slopes: Sequence[int]) -> list[Curve]:
    """Lines of those slopes through the highest point of the curve, as wide as it is."""
    x0, y0 = max(curve.drawn(), key=lambda point: point[1], default=(math.nan, math.nan))
    if math.isnan(x0):
        return []
    ends = min(x for x, _ in curve.points), max(x for x, _ in curve.points)
    return [Curve(f"slope {s}", tuple((x, y0 + s * (x - x0)) for x in ends), guide=True) for s in slopes]


def _positive(steps: list[Number]) -> list[Number]:
    """The steps that did not underflow."""
    return [h for h in steps if h > 0]


def _value(line: Line, output: int, t: Number) -> Number:
    """One output at t; NaN where it is undefined."""
    try:
        values = line(t)
    except (ArithmeticError, ValueError):  # what `math` raises off the domain
        values = None
    return t * math.nan if values is None else values[output]


def _chosen(line: Line, output: int, scale: Number, eps: Number) -> Difference | None:
    """What the backend `fd` says along this line; None where no step serves."""
    found = difference(lambda t: [_value(line, output, t)], 0 * eps, eps=eps, scale=scale * (eps / eps))
    return None if found.derivative[0] != found.derivative[0] else found


def _noise(line: Line, output: int, slope: Number, scale: Number, eps: Number) -> Number:
    """How far off a remainder may be: by the rounding of f, of x + t, and of whatever else is rough."""
    rounding = eps * (abs(_value(line, output, 0 * eps)) + abs(scale * slope))
    found = _chosen(line, output, scale, eps)
    if found is None or found.error[0] == math.inf:
        return rounding
    return max(rounding, found.error[0] * found.step)


def _steepness(points: Sequence[tuple[float, float]], floor: float) -> float | None:
    """The slope of the last points, towards t = 0, of the longest stretch above the floor."""
    above = [(x, y if y > floor else math.nan) for x, y in points]
    run = max(Curve("", tuple(above)).runs(), key=len, default=[])[-_FITTED:]
    if len(run) < _FEWEST:
        return None
    from statistics import linear_regression

    return linear_regression(*zip(*run, strict=True)).slope


def _log10(x: Number) -> float:
    """The decimal logarithm as a float, of numbers that may be too small or too large for one.

    >>> _log10(1e-8), _log10(0.0)
    (-8.0, -inf)
    """
    if not x > 0 or x - x != 0:
        return math.nan if x != x or x < 0 else -math.inf if x == 0 else math.inf
    if isinstance(x, float | int):
        return math.log10(x)
    return math.log10(int(x.man)) + int(x.exp) * math.log10(2)
