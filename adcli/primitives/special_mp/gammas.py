"""The gamma function and its kin, and integrals of exponentials and waves: DLMF 5, 6, 7.2 and 8."""

from functools import cache
from typing import Any

from .bounds import BEYOND, FEW, Number, bounded, growing, horner, series, whole


def gamma(mp: Any, x: Number) -> Number:
    """The gamma function, which past all exponents is infinite or 0."""
    return mp.gamma(x) if abs(x) < BEYOND else mp.inf if x > 0 else mp.zero


def factorial(mp: Any, x: Number) -> Number:
    """The gamma function of x + 1."""
    return gamma(mp, x + 1)


def loggamma(mp: Any, x: Number) -> Number:
    """The logarithm of |gamma(x)|; below 0 by reflection, 5.5.3."""
    if x > 0:
        return mp.loggamma(x)
    return mp.log(mp.pi / abs(mp.sinpi(x))) - mp.loggamma(1 - x)


def polygamma(mp: Any, n: Number, x: Number) -> Number:
    """psi^(n)(x), n = 0, 1, ...; below 0 by the n-th derivative of the reflection 5.5.4."""
    order = int(bounded(mp, "polygamma", n))
    if x > 0:
        return mp.psi(order, x)
    c = mp.cospi(x) / mp.sinpi(x)
    slope = horner(cotangent(order), c * c) * (c if order % 2 == 0 else 1)
    return (-1) ** order * mp.psi(order, 1 - x) - mp.pi ** (order + 1) * slope


@cache
def cotangent(order: int) -> list[int]:
    """The n-th derivative of c = cot as a polynomial of c: every second coefficient, from that of c^(n + 1) down."""
    row = [1]
    for n in range(order):
        slopes = [-(n + 1 - 2 * j) * a for j, a in enumerate(row)]  # of c^(n - 2j), times c' = -(1 + c^2)
        row = [a + b for a, b in zip([*slopes, 0], [0, *slopes], strict=True)]
        row = row[: (n + 2) // 2 + 1]
    return row


def beta(mp: Any, x: Number, y: Number) -> Number:
    """B(x, y) for positive x and y, which may be so far apart that their sum is the larger one: 5.12.1, 5.11.12."""
    small, large = min(x, y), max(x, y)
    if small * small <= mp.ldexp(min(large, large * large), -mp.prec - 5):
        return mp.exp(mp.loggamma(small) - small * mp.digamma(large))
    with mp.extraprec(mp.mag(large) - min(mp.mag(small), 0)):
        found = mp.exp(mp.loggamma(x) + mp.loggamma(y) - mp.loggamma(x + y))
    return +found


def uppergamma(mp: Any, s: Number, x: Number) -> Number:
    """Gamma(s, x): 8.2.2; for whole s > 0 the sum 8.4.8, elsewhere below s by mpmath, above by a fraction."""
    order = whole(bounded(mp, "uppergamma", s))
    if x > BEYOND:
        return mp.zero
    if x < -BEYOND:
        return mp.inf * (1 if order is not None and order % 2 else -1)
    if order is not None and order > 0 and (x < 0 or x > order):
        return mp.factorial(order - 1) * mp.exp(-x) * _exponential_sum(mp, order, x)
    if x > 1 and (s < -FEW or 0 < abs(s) < 1e-6):
        return x**s * _exponential_fraction(mp, 1 - s, x)
    return mp.gammainc(s, x)


def lowergamma(mp: Any, s: Number, x: Number) -> Number:
    """gamma(s, x): 8.2.1; for x < 0, where s is whole, by its series 8.7.1 or from the other of the two."""
    order = whole(bounded(mp, "lowergamma", s))
    if x == 0:
        return mp.zero
    if x < 0 and order is not None:
        if -x > order + 2 * FEW:
            return mp.factorial(order - 1) - uppergamma(mp, s, x)
        return x**order * series(mp, lambda k: -x / (k + 1), lambda k: mp.one / (order + k))
    return mp.gamma(s) if x > BEYOND else mp.gammainc(s, 0, x)


def _exponential_sum(mp: Any, count: int, x: Number) -> Number:
    """The first terms of the series of exp(x)."""
    term = total = mp.one
    for k in range(1, count):
        term *= x / k
        total += term
    return total


def _exponential_fraction(mp: Any, n: Number, x: Number) -> Number:
    """E_n(x) by the even part of the continued fraction 8.19.17, with Lentz's method."""
    tiny = mp.ldexp(1, -mp.prec)
    b = x + n
    c, d = mp.inf, 1 / b
    value = d
    k = 0
    while True:
        k += 1
        a = -k * (n + k - 1)
        b += 2
        d = 1 / (a * d + b)
        c = b + a / c
        value *= c * d
        if abs(c * d - 1) <= tiny:
            return value * mp.exp(-x)


ei = growing("ei", above="inf", below=0)
e1 = growing("e1", above=0)
shi = growing("shi", above="inf", below="-inf")
chi = growing("chi", above="inf")


def expint(mp: Any, n: Number, x: Number) -> Number:
    """E_n(x): a sum for n = 0, -1, ... (8.4.8), a continued fraction where mpmath loses its way."""
    order = whole(bounded(mp, "expint", n))
    if x == 0:
        return 1 / (n - 1)
    if x > BEYOND:
        return mp.zero
    if x < -BEYOND:
        return -mp.inf
    if order is not None and order <= 0:
        return mp.factorial(-order) * mp.exp(-x) / x ** (1 - order) * _exponential_sum(mp, 1 - order, x)
    if n > FEW and x >= 1:
        return _exponential_fraction(mp, n, x)
    return mp.expint(n, x)


def fresnels(mp: Any, x: Number) -> Number:
    """S(x); far out by the auxiliary functions: 7.5.4."""
    if x * x < 2 * mp.prec:
        return mp.fresnels(x)
    f, g, cosine, sine = _fresnel_parts(mp, abs(x))
    return mp.sign(x) * (mp.mpf(0.5) - f * cosine - g * sine)


def fresnelc(mp: Any, x: Number) -> Number:
    """C(x); far out by the auxiliary functions: 7.5.3."""
    if x * x < 2 * mp.prec:
        return mp.fresnelc(x)
    f, g, cosine, sine = _fresnel_parts(mp, abs(x))
    return mp.sign(x) * (mp.mpf(0.5) + f * sine - g * cosine)


def _fresnel_parts(mp: Any, x: Number) -> tuple[Number, Number, Number, Number]:
    """The auxiliary functions f and g by 7.12.2 and 7.12.3, and the cosine and sine of pi x^2/2."""
    z = mp.pi * x * x
    f = g = term = mp.one
    k = 0
    while abs(term) > mp.ldexp(1, -mp.prec - 5):
        k += 1
        term *= -(4 * k - 3) * (4 * k - 1) / z**2
        f += term
        g += term * (4 * k + 1)
    half = mp.ldexp(mp.fmul(x, x, exact=True), -1)
    return f / (mp.pi * x), g / (mp.pi * x * z), mp.cospi(half), mp.sinpi(half)
