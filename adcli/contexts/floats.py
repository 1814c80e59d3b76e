"""IEEE double precision: Python floats, with C's math library made total.

Python's `math` raises where IEEE 754 answers with an infinity or a NaN. Here `1/0` is inf,
`log(-1)` is NaN and `exp(1000)` is inf; that a value is out of a function's domain, or that
something overflowed, is found afterwards from the values, and reported with the place.
"""

import math
from collections.abc import Callable, Sequence
from functools import cache, wraps
from typing import Any

from . import Exact, Literal, NumberContext, make_context

inf, nan = math.inf, math.nan
_CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau, "inf": inf}
_copysign, _pow = math.copysign, math.pow
_TINY = 2.0**-1022
_MOST_ORDER = 100_000  # of a spherical Bessel function, whose recurrences take a step for each


def _total(function: Callable[[float], float]) -> Callable[[float], float]:
    """Make a function of `math` total: a range error is an infinity, a domain error a NaN."""

    @wraps(function)
    def total(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return inf
        except ValueError:
            return nan

    return total


def _odd(function: Callable[[float], float]) -> Callable[[float], float]:
    """The same for an odd function, whose overflow has the sign of its argument."""

    @wraps(function)
    def total(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return _copysign(inf, x)
        except ValueError:
            return nan

    return total


def _with_pole(function: Callable[[float], float], pole: float) -> Callable[[float], float]:
    """The same for the logarithms, which are -inf at their pole."""

    @wraps(function)
    def total(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return -inf if x == pole else nan

    return total


def _div(a: float, b: float) -> float:
    try:
        return a / b
    except ZeroDivisionError:
        return nan if a == 0 or a != a else _copysign(inf, a) * _copysign(1.0, b)


def _power(x: float, a: float) -> float:
    try:
        return _pow(x, a)
    except OverflowError:
        return -inf if x < 0 and a % 2 == 1 else inf
    except ValueError:  # 0 to a negative power, or a negative number to a fractional one
        if x == 0:
            return _copysign(inf, x) if a % 2 == 1 else inf
        return nan


def _pow_dx(x: float, a: float, y: float) -> float:
    """d(x^a)/dx, given y = x^a.

    `a*y/x` costs 2 ulp; `a*x^(a-1)` rounds `a-1`, which a large power amplifies to 441 ulp.
    Where y has left the range of doubles, its square root has not: `(a*h/x)*h` with h = x^(a/2).
    """
    if a == 2.0:
        return 2.0 * x
    if a == 0.0:
        return 0.0
    if x != 0.0 and _TINY <= abs(y) < inf:
        return a * (y / x)
    if x == 0.0 or y != y or abs(x) == inf:
        return a * _power(x, a - 1.0)
    size = abs(x)
    half = _power(size, a / 2)
    slope = a * (half / size) * half
    return -slope if x < 0 and a % 2 == 0 else slope


def _hypot_dx(xs: Sequence[float], y: float) -> list[float]:
    """x/y for each x, where y = hypot(*xs); 0 at the origin.

    Where y has overflowed, or lost digits below the least normal double, that of the vector
    times a power of 2.
    """
    if y == 0.0:
        return [0.0] * len(xs)
    if not _TINY <= y < inf and all(map(math.isfinite, xs)):
        scale = 2.0**600 if y < 1.0 else 2.0**-600
        xs = [x * scale for x in xs]
        y = math.hypot(*xs)
    return [x / y for x in xs]


def _product(a: float, b: float) -> tuple[float, float]:
    """a*b as a double and its rounding error (Dekker 1971)."""
    ab, big_a, big_b = a * b, 134217729.0 * a, 134217729.0 * b
    a_high, b_high = big_a - (big_a - a), big_b - (big_b - b)
    a_low, b_low = a - a_high, b - b_high
    return ab, a_low * b_low - (((ab - a_high * b_high) - a_low * b_high) - a_high * b_low)


def _cbrt(x: float) -> float:
    """C's cbrt and a Newton step: glibc's says that the cube root of 27 is 3.0000000000000004."""
    root = math.cbrt(x)
    if not 1e-280 < abs(x) < inf:
        return root
    square, low = _product(root, root)
    cube, lower = _product(square, root)
    return root - ((cube - x) + (lower + low * root)) / (3.0 * square)


def _floor(x: float) -> float:
    return float(math.floor(x)) if math.isfinite(x) else x


def _ceil(x: float) -> float:
    # ceil(-0.5) is -0.0 in IEEE arithmetic
    return _copysign(float(math.ceil(x)), x) if math.isfinite(x) else x


def _logsumexp(*xs: float) -> float:
    """As the row has it, one of the largest taken out of the sum, at the speed of floats."""
    top = _max(*xs)
    if not math.isfinite(top):
        return top
    rest = math.fsum([math.exp(x - top) for x in xs if x != top])
    return top + math.log1p(xs.count(top) - 1 + rest)


def _mod(x: float, y: float) -> float:
    return x % y if y != 0 else nan


def _sign(x: float) -> float:
    return 1.0 if x > 0 else -1.0 if x < 0 else x


def _sech(x: float) -> float:
    try:
        return 1.0 / math.cosh(x)
    except OverflowError:
        return 2.0 * math.exp(-abs(x))


def _csch(x: float) -> float:
    try:
        return _div(1.0, math.sinh(x))
    except OverflowError:
        return _copysign(2.0 * math.exp(-abs(x)), x)


def _exp10(x: float) -> float:
    return _power(10.0, x)


def _half_turns(x: float) -> tuple[float, int]:
    """Reduce x exactly to r + n/2 with |r| <= 1/4; n modulo 4."""
    r = math.fmod(x, 2.0)
    n = round(2.0 * r)
    return r - n / 2, n % 4


def _sinpi(x: float) -> float:
    if not math.isfinite(x):
        return nan
    r, n = _half_turns(x)
    s = math.sin(math.pi * r) if n % 2 == 0 else math.cos(math.pi * r)
    return (s if n < 2 else -s) or _copysign(0.0, x)


def _cospi(x: float) -> float:
    if not math.isfinite(x):
        return nan
    r, n = _half_turns(x)
    c = math.cos(math.pi * r) if n % 2 == 0 else math.sin(math.pi * r)
    return (c if n in (0, 3) else -c) + 0.0  # no -0.0


def _max(*xs: float) -> float:
    return nan if any(map(math.isnan, xs)) else max(xs)


def _min(*xs: float) -> float:
    return nan if any(map(math.isnan, xs)) else min(xs)


def _sphericalbesselj(n: float, x: float) -> float:
    """j_n(x) for a whole n >= 0: DLMF 10.53.1 below x^2 = n + 1, the recurrence 10.51.1 above n.

    Between the two, downward recurrence (Miller), normalised by j_0 or j_1.
    """
    if x != x or not 0 <= n <= _MOST_ORDER or n != int(n):
        return nan
    order = int(n)
    if math.isinf(x):
        return 0.0
    sign = -1.0 if x < 0 and order % 2 else 1.0
    x = abs(x)
    if x * x <= order + 1.5:
        if order > 400:  # x^n/(2n + 1)!! is below the least double
            return sign * 0.0
        term = 1.0
        for k in range(1, order + 1):
            term *= x / (2 * k + 1)
        total, k = term, 0
        while abs(term) > 1e-18 * abs(total):
            k += 1
            term *= -x * x / (2 * k * (2 * (order + k) + 1))
            total += term
        return sign * total
    first = math.sin(x) / x
    if order == 0:
        return first
    second = (first - math.cos(x)) / x
    if x > order:
        for k in range(1, order):
            first, second = second, (2 * k + 1) / x * second - first
        return sign * second
    start = order + int(math.sqrt(60.0 * order)) + 20
    above, here, wanted = 0.0, 1e-300, 0.0
    for k in range(start, 0, -1):
        above, here = here, (2 * k + 1) / x * here - above
        if k - 1 == order:
            wanted = here
        if abs(here) > 1e250:
            above, here, wanted = above * 1e-250, here * 1e-250, wanted * 1e-250
    # `here` is now proportional to j_0 and `above` to j_1
    scale = first / here if abs(first) > abs(second) else second / above
    return sign * wanted * scale


@cache
def _precise() -> NumberContext:
    """Where functions are computed that C's math library has not, or has not well enough."""
    return make_context(30)


class FloatContext(NumberContext):
    """Python floats with IEEE 754 semantics: no verb ever raises.

    >>> m = FloatContext()
    >>> m.div(1.0, 0.0), m.log(-1.0), m.exp(1000.0), m.pow(-8.0, 3.0)
    (inf, nan, inf, -512.0)
    """

    name = "float"
    epsilon = 2.0**-53

    div = staticmethod(_div)
    pow = staticmethod(_power)
    pow_dx = staticmethod(_pow_dx)
    exp = staticmethod(_total(math.exp))
    expm1 = staticmethod(_total(math.expm1))
    exp2 = staticmethod(_total(math.exp2))
    exp10 = staticmethod(_exp10)
    log = staticmethod(_with_pole(math.log, 0.0))
    log2 = staticmethod(_with_pole(math.log2, 0.0))
    log10 = staticmethod(_with_pole(math.log10, 0.0))
    log1p = staticmethod(_with_pole(math.log1p, -1.0))
    sqrt = staticmethod(_total(math.sqrt))
    cbrt = staticmethod(_cbrt)
    sin = staticmethod(_total(math.sin))
    cos = staticmethod(_total(math.cos))
    tan = staticmethod(_total(math.tan))
    sinpi = staticmethod(_sinpi)
    cospi = staticmethod(_cospi)
    asin = staticmethod(_total(math.asin))
    acos = staticmethod(_total(math.acos))
    atan = staticmethod(math.atan)
    sinh = staticmethod(_odd(math.sinh))
    cosh = staticmethod(_total(math.cosh))
    tanh = staticmethod(math.tanh)
    sech = staticmethod(_sech)
    csch = staticmethod(_csch)
    asinh = staticmethod(math.asinh)
    acosh = staticmethod(_total(math.acosh))
    atan2 = staticmethod(math.atan2)
    hypot = staticmethod(math.hypot)
    hypot_dx = staticmethod(_hypot_dx)
    abs = staticmethod(abs)
    sign = staticmethod(_sign)
    floor = staticmethod(_floor)
    ceil = staticmethod(_ceil)
    logsumexp = staticmethod(_logsumexp)
    mod = staticmethod(_mod)
    max = staticmethod(_max)
    min = staticmethod(_min)
    sphericalbesselj = staticmethod(_sphericalbesselj)

    def library(self, source: Any, *xs: float) -> float:
        """A function that a library computes: to 30 digits, and rounded."""
        if any(x != x for x in xs):
            return nan
        if any(map(math.isinf, xs)):
            return nan if source.limit is None else float(source.limit(self, *xs))
        if source.floats is not None:
            try:
                return float(source.floats(*xs))
            except OverflowError:
                return inf
            except ValueError:
                return nan
        return float(source(_precise(), *xs))

    @staticmethod
    def atanh(x: float) -> float:
        if abs(x) == 1.0:
            return _copysign(inf, x)
        return math.atanh(x) if abs(x) < 1.0 else nan

    @staticmethod
    def number(value: Exact | float) -> float:
        """An exact constant or a user's value, correctly rounded."""
        if isinstance(value, str):
            return _CONSTANTS[value]
        if isinstance(value, Literal):
            return float(f"{value.digits}e{value.exponent}")
        try:
            return float(value)
        except OverflowError:
            return inf if value > 0 else -inf

    @staticmethod
    def is_finite(x: float) -> bool:
        return math.isfinite(x)

    @staticmethod
    def is_nan(x: float) -> bool:
        return x != x
