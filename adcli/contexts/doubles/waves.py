"""Sines and spherical Bessel functions, also beside their zeros and far out."""

import math
from collections.abc import Callable
from functools import cache

from .arithmetic import divide, quotient, rescued
from .powers import power

inf, nan = math.inf, math.nan
_copysign = math.copysign
_NEAR_ZERO = 2.0**-30  # of a wave: below it C's reduction of a large argument may have lost digits
_FAR = 1e5  # where reduction becomes hard
_SUNK = 0.2  # of the height of a wave of order 1: below it the rounding of its terms shows
_MOST_ORDER = 10_000  # of a spherical Bessel function, whose recurrence takes a step for each
_MOST_FACTORIAL = 80  # an order whose (2n + 1)!! is some 1e140


def wave(name: str) -> Callable[[float], float]:
    """C's sin, cos or tan, and mpmath's beside the zeros and poles far out, where glibc loses up to 17 bits.

    (Its reduction of large arguments is exact to about 2^-93, which does not do for a result of 2^-57.)
    """
    function: Callable[[float], float] = getattr(math, name)

    def total(x: float) -> float:
        try:
            y = function(x)
        except ValueError:
            return nan
        if -_NEAR_ZERO < y < _NEAR_ZERO and not -_FAR < x < _FAR:
            return rescued(name, x)
        return y

    return total


sin, cos, _tan = wave("sin"), wave("cos"), wave("tan")


def tan(x: float) -> float:
    """The tangent, by mpmath also beside its poles far out."""
    y = _tan(x)
    return rescued("tan", x) if abs(y) > 1 / _NEAR_ZERO and abs(x) > _FAR else y


def cot_dx(x: float, y: float) -> float:
    """-1/sin(x)^2."""
    sine = sin(x)
    return -divide(divide(1.0, sine), sine)


def csc_dx(x: float, y: float) -> float:
    """-cos(x)/sin(x)^2."""
    sine = sin(x)
    return -divide(divide(cos(x), sine), sine)


def half_turns(x: float) -> tuple[float, int]:
    """Reduce x exactly to r + n/2 with |r| <= 1/4; n modulo 4."""
    r = math.fmod(x, 2.0)
    n = round(2.0 * r)
    return r - n / 2, n % 4


def sinpi(x: float) -> float:
    """sin(pi*x), exact at multiples of 1/2."""
    if not math.isfinite(x):
        return nan
    r, n = half_turns(x)
    s = math.sin(math.pi * r) if n % 2 == 0 else math.cos(math.pi * r)
    return (s if n < 2 else -s) or _copysign(0.0, x)


def cospi(x: float) -> float:
    """cos(pi*x), exact at multiples of 1/2."""
    if not math.isfinite(x):
        return nan
    r, n = half_turns(x)
    c = math.cos(math.pi * r) if n % 2 == 0 else math.sin(math.pi * r)
    return (c if n in (0, 3) else -c) + 0.0  # no -0.0


def sinc(x: float) -> float:
    """sin(x)/x, and 1 at 0."""
    return sin(x) / x if x and not math.isinf(x) else 0.0 if x else 1.0


def sphericalbesselj(n: float, x: float) -> float:
    """j_n(x) for a whole n >= 0: DLMF 10.53.1 for small x; above by 10.49.3 for the orders 0 and 1, else by mpmath."""
    if x != x or not 0 <= n <= _MOST_ORDER or n != int(n):
        return nan
    if n == 0:
        return sinc(x)
    if abs(x) <= 1.0:
        small = _spherical_series(int(n), x, 1, 0)
        return rescued("sphericalbesselj", n, x) if small is None else small
    if math.isinf(x):
        return 0.0
    if n == 1:
        height = sin(x) / x - cos(x)
        if abs(height) > _SUNK:
            return height / x
    return rescued("sphericalbesselj", n, x)


def sphericalbesselj_dx(n: float, x: float) -> float:
    """d(j_n(x))/dx."""
    if n == 0:
        return -sphericalbesselj(1.0, x)
    if x != x or not 0 < n < _MOST_ORDER or n != int(n):
        return nan
    if abs(x) <= 1.0:
        small = _spherical_series(int(n), x, int(n), 2)
        if small is not None:
            return small
    return rescued("sphericalbesselj_dx", n, x)


def _spherical_series(n: int, x: float, first: int, step: int) -> float | None:
    """Sum (first + k*step) times the k-th term of j_n(x)*x^(-step/2), DLMF 10.53.1; None where factors underflow."""
    square, term, terms = x * x, 1.0, [float(first)]
    while abs(term) > 1e-17:
        k = len(terms)
        term *= -square / (2 * k * (2 * (n + k) + 1))
        terms.append((first + k * step) * term)
    total = math.fsum(terms)
    size = power(x, float(n - step // 2))
    if n > _MOST_FACTORIAL or abs(size) < 1e-150:
        return None
    return quotient((size, total), (_double_factorial(2 * n + 1),))


@cache
def _double_factorial(n: int) -> float:
    return float(math.prod(range(1, n + 1, 2)))
