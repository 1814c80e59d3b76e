"""Hyperbolic functions and smooth steps, by exponentials that fall, so that nothing overflows or cancels."""

import math
from collections.abc import Sequence
from functools import cache

from .arithmetic import divide, product, quotient

_copysign = math.copysign


def sech(x: float) -> float:
    """1/cosh(x)."""
    e = math.exp(-abs(x))
    return 2.0 * e / (1.0 + e * e)


def csch(x: float) -> float:
    """1/sinh(x)."""
    return _copysign(divide(2.0 * math.exp(-abs(x)), -math.expm1(-2.0 * abs(x))), x)


def sigmoid_dx(x: float, y: float) -> float:
    """sigmoid(x)*sigmoid(-x) = 1/(e^x + 2 + e^-x), in which nothing is squared."""
    if abs(x) > 700.0:
        return math.exp(-abs(x))
    grown = math.exp(abs(x))
    return 1.0 / (grown + (2.0 + 1.0 / grown))


def tanh_dx(x: float) -> float:
    """sech(x)^2 = 4/(e^2x + 2 + e^-2x)."""
    if abs(x) > 350.0:
        return (2.0 * math.exp(-abs(x))) ** 2
    grown = math.exp(2.0 * abs(x))
    return 4.0 / (grown + (2.0 + 1.0 / grown))


def coth_dx(x: float) -> float:
    """-csch(x)^2."""
    if abs(x) < 1.0:
        return _laurent(x, _laurent_coefficients("coth"))
    if abs(x) > 300.0:
        return -((2.0 * math.exp(-abs(x))) ** 2)
    gap = math.expm1(-2.0 * abs(x))
    return -quotient((4.0, math.exp(-2.0 * abs(x))), (gap, gap))


def sech_dx(x: float, y: float) -> float:
    """-sech(x)*tanh(x)."""
    e, gap = math.exp(-abs(x)), math.expm1(-2.0 * abs(x))
    square, low = product(e, e)
    whole = 1.0 + square
    low += square - (whole - 1.0)
    return _copysign(quotient((2.0, e, gap, 1.0 - 2.0 * low / whole), (whole, whole)), -x)


def csch_dx(x: float, y: float) -> float:
    """-csch(x)*coth(x)."""
    if abs(x) < 1.0:
        return _laurent(x, _laurent_coefficients("csch"))
    e, gap = math.exp(-abs(x)), math.expm1(-2.0 * abs(x))
    return -quotient((2.0, e, 1.0 + e * e), (gap, gap))


def _laurent(x: float, coefficients: Sequence[float]) -> float:
    """-1/x^2, and a power series in x^2 given from its last coefficient to its first."""
    square = x * x
    total = 0.0
    for coefficient in coefficients:
        total = total * square + coefficient
    return total - divide(divide(1.0, x), x)  # the square may be subnormal where this is not


@cache
def _laurent_coefficients(name: str) -> Sequence[float]:
    """(2k - 1)*c_k/(2k)!*B_2k for k = 1 to 17, from the last, which no longer count at x = 1.

    c_k is 4^k for coth(x), and 2 - 4^k for csch(x): the derivatives of DLMF 4.19.6 and 4.19.4 at ix.
    """
    from fractions import Fraction

    bernoulli = [Fraction(1)]
    for n in range(1, 35):
        bernoulli.append(-sum([math.comb(n + 1, k) * bernoulli[k] for k in range(n)], Fraction(0)) / (n + 1))
    found = []
    for k in range(17, 0, -1):
        factor = 4**k if name == "coth" else 2 - 4**k
        found.append(float((2 * k - 1) * factor * bernoulli[2 * k] / math.factorial(2 * k)))
    return found
