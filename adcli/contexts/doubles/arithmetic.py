"""Arithmetic that is total, does not leave the range of doubles on its way, and knows its rounding errors."""

import math
from collections.abc import Sequence
from functools import cache

from .. import NumberContext, make_context

inf, nan = math.inf, math.nan
TINY = 2.0**-1022  # the least normal double
_copysign = math.copysign
_SPLITTER = 134217729.0  # 2^27 + 1


@cache
def precise() -> NumberContext:
    """Where functions are computed that C's math library has not, or has not well enough."""
    return make_context(30)


def rescued(name: str, *xs: float) -> float:
    """A verb of the contexts at some doubles, to 30 digits and rounded once."""
    return float(getattr(precise(), name)(*[precise().number(x) for x in xs]))


def divide(a: float, b: float) -> float:
    """a/b as IEEE 754 has it, also by 0."""
    try:
        return a / b
    except ZeroDivisionError:
        return nan if a == 0 or a != a else _copysign(inf, a) * _copysign(1.0, b)


def product(a: float, b: float) -> tuple[float, float]:
    """a*b as a double and its rounding error (Dekker 1971); neither may be near the ends of the range."""
    ab, big_a, big_b = a * b, _SPLITTER * a, _SPLITTER * b
    a_high, b_high = big_a - (big_a - a), big_b - (big_b - b)
    a_low, b_low = a - a_high, b - b_high
    return ab, a_low * b_low - (((ab - a_high * b_high) - a_low * b_high) - a_high * b_low)


def scaled(mantissa: float, exponent: int) -> float:
    """The number mantissa * 2^exponent; an infinity where that overflows."""
    try:
        return math.ldexp(mantissa, exponent)
    except OverflowError:
        return _copysign(inf, mantissa)


def quotient(tops: Sequence[float], bottoms: Sequence[float]) -> float:
    """The product of some numbers divided by that of others, rounded once, or nearly so.

    Mantissas and exponents are kept apart, so that no intermediate result can leave the range of
    doubles; and the relative errors of all operations are added up, to be taken off at the end.
    """
    mantissa, exponent, error = 1.0, 0, 0.0
    for x in tops:
        m, e = math.frexp(x)
        mantissa, low = product(mantissa, m)
        mantissa, shift = math.frexp(mantissa)
        exponent += e + shift
        error += divide(math.ldexp(low, -shift), mantissa)
    for x in bottoms:
        m, e = math.frexp(x)
        ratio = divide(mantissa, m)
        back, low = product(ratio, m)
        error += divide((mantissa - back) - low, mantissa)
        mantissa, shift = math.frexp(ratio)
        exponent += shift - e
    correction = mantissa * error
    return scaled(mantissa + correction if correction == correction else mantissa, exponent)


def div_db(a: float, b: float, y: float) -> float:
    """d(a/b)/db = -y/b, given y = a/b, which may have lost digits below the least normal double."""
    if TINY <= abs(y) < inf:
        return -(y / b)
    if a == 0 or b == 0 or not (math.isfinite(a) and math.isfinite(b)):
        return -divide(y, b)
    return -quotient((a,), (b, b))


def over_square(a: float, b: float) -> float:
    """a/(a^2 + b^2)."""
    square = a * a + b * b
    if 1e-280 < square < inf:
        return a / square
    if not (math.isfinite(a) and math.isfinite(b)):
        return _copysign(0.0, a) if max(abs(a), abs(b)) == inf else nan
    exponent = math.frexp(max(abs(a), abs(b)))[1]
    p, q = math.ldexp(a, -exponent), math.ldexp(b, -exponent)
    return scaled(p / (p * p + q * q), -exponent) if p or q else divide(a, square)
