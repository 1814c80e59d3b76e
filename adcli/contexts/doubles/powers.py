"""Powers, roots, lengths and logarithms: their derivatives where values have left the range of doubles."""

import math
from collections.abc import Sequence

from .arithmetic import TINY, divide, product, quotient

inf, nan = math.inf, math.nan
_copysign = math.copysign


def power(x: float, a: float) -> float:
    """x^a as IEEE 754 has it, also where it overflows, or 0 is the base of a negative exponent."""
    try:
        return math.pow(x, a)
    except OverflowError:
        return -inf if x < 0 and a % 2 == 1 else inf
    except ValueError:  # 0 to a negative power, or a negative number to a fractional one
        if x == 0:
            return _copysign(inf, x) if a % 2 == 1 else inf
        return nan


def pow_dx(x: float, a: float, y: float) -> float:
    """d(x^a)/dx, given y = x^a.

    `a*y/x` costs 2 ulp; `a*x^(a-1)` rounds `a-1` where a is below 1/2, which a large power amplifies to 441
    ulp. Where y has left the range of doubles, its square root has not: `a*h*h/x` with h = x^(a/2).
    """
    if a == 2.0:
        return 2.0 * x
    if a == 0.0:
        return 0.0
    if x != 0.0 and TINY <= abs(y) < inf:
        slope = y / x
        return a * slope if TINY <= abs(slope) < inf else quotient((a, y), (x,))
    if x == 0.0 or y != y or abs(x) == inf or abs(a) == inf:
        lowered = power(x, a - 1.0)
        return lowered if lowered == 0 else a * lowered
    if a >= 0.5:
        lowered = power(x, a - 1.0)
        if a <= 3.0 or TINY <= abs(lowered) < inf:
            return a * lowered
    root = power(abs(x), a / 2)
    slope = quotient((a, root, root), (x,))
    return -slope if x < 0 and a % 2 == 1 else slope


def pow_da(x: float, a: float, y: float) -> float:
    """d(x^a)/da = y*log(x), given y = x^a; 0 where y is 0 for that x = 0. Out of the range of doubles as `pow_dx`."""
    if x == 0:
        return 0.0 if y == 0 else y * -inf
    if not x > 0:
        return nan
    if TINY <= abs(y) < inf or y != y or x == inf or abs(a) == inf:
        return y * math.log(x) if y != 0 else 0.0
    root = power(x, a / 2)
    return quotient((root, root, math.log(x)), ())


def cbrt(x: float) -> float:
    """C's cbrt and a Newton step: glibc's says that the cube root of 27 is 3.0000000000000004."""
    if not 1e-280 < abs(x) < 1e300:
        if x == 0 or not math.isfinite(x):
            return x
        scale = 2.0**600 if abs(x) < 1 else 2.0**-600
        return cbrt(x * scale) / (2.0**200 if scale > 1 else 2.0**-200)
    root = math.cbrt(x)
    square, low = product(root, root)
    cube, lower = product(square, root)
    return root - ((cube - x) + (lower + low * root)) / (3.0 * square)


def sqrt_dx(y: float) -> float:
    """d(sqrt(x))/dx, given y = sqrt(x): +inf at -0, too."""
    return 0.5 / y if y else inf


def cbrt_dx(x: float, y: float) -> float:
    """d(cbrt(x))/dx, given y = cbrt(x): y/x/3 does not square the rounding of y."""
    if x == 0 or abs(x) == inf:
        return divide(1.0, 3.0 * y * y)
    return y / x / 3.0


def hypot_dx(xs: Sequence[float], y: float) -> list[float]:
    """x/y for each x, where y = hypot(*xs); 0 at the origin.

    Where y has overflowed, or lost digits below the least normal double, that of the vector
    times a power of 2.
    """
    if y == 0.0:
        return [0.0] * len(xs)
    if not TINY <= y < inf:
        if sum(map(math.isinf, xs)) == 1:  # the limit
            return [_copysign(1.0, x) if math.isinf(x) else 0.0 * x for x in xs]
        if all(map(math.isfinite, xs)):
            scale = 2.0**600 if y < 1.0 else 2.0**-600
            xs = [x * scale for x in xs]
            y = math.hypot(*xs)
    return [x / y for x in xs]


def logb_db(x: float, b: float, y: float) -> float:
    """d(log(x)/log(b))/db = -log(x)/(b*log(b)^2)."""
    if not (x > 0 and b > 0):
        return nan
    log = math.log(b)
    if inf in {x, b}:
        return -divide(divide(math.log(x), log), b * log)
    return -quotient((math.log(x),), (b, log, log))
