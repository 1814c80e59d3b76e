"""Special functions over mpmath's numbers, where mpmath has none, or one that is slow, complex or wrong.

Each takes a context of mpmath and finite arguments of the function's domain, and answers at the
precision of that context. An answer may have lost some digits: who asks, asks twice (see
`MpContext.library`). Equation numbers are of DLMF, https://dlmf.nist.gov.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from ..errors import LimitError

Number = Any  # an mpf

MOST_ORDER = 1000  # of Bessel functions, polygamma functions and their kin
_MOST_DERIVATIVE = 30  # order of a derivative
_MOST_FRACTIONAL = 50  # order of a polylogarithm that is not whole
_LEAST_RATIONAL = -200  # order of a polylogarithm that is rational
_BEYOND = 1 << 62  # an exponent past which MpContext answers with infinities and zeros
_FEW = 30  # an order up to which mpmath does well


def bounded(mp: Any, name: str, order: Number, most: int = MOST_ORDER) -> Number:
    """The order of a function, if it is not too large."""
    if abs(order) > most:
        raise LimitError("huge-order", f"{name} of order {mp.nstr(order, 10)}: {most} is the most")
    return order


def whole(x: Number) -> int | None:
    """The whole number that x is, if it is one."""
    return int(x) if x == int(x) else None


def growing(name: str, above: Any = None, below: Any = None, power: float = 1.0) -> Callable[[Any, Number], Number]:
    """A function of mpmath's that grows or vanishes like exp(|x|^power): past all exponents it is `above` or `below`.

    They are numbers, or None on a side where the function does neither.
    """
    edge = _BEYOND ** (1 / power)

    def bounded_function(mp: Any, x: Number) -> Number:
        if above is not None and x > edge:
            return mp.mpf(above)
        if below is not None and x < -edge:
            return mp.mpf(below)
        return getattr(mp, name)(x)

    return bounded_function


# -- error functions and the normal distribution: DLMF 7

erfc = growing("erfc", above=0, power=2)
erfi = growing("erfi", above="inf", below="-inf", power=2)


def erfinv(mp: Any, x: Number) -> Number:
    """The inverse of erf, by Newton's method; past 1/2 from the other end, where 1 - |x| is exact."""
    if abs(x) > 0.5:
        return mp.sign(x) * erfcinv(mp, 1 - abs(x))
    return _newton(mp, x, lambda t: (mp.erf(t) - x) * mp.exp(t * t) * mp.sqrt(mp.pi) / 2)


def erfcinv(mp: Any, x: Number) -> Number:
    """The inverse of erfc, by Newton's method on its logarithm, which bends little."""
    if x > 1:
        return -erfcinv(mp, 2 - x)
    if x >= 0.5:
        return erfinv(mp, 1 - x)

    def step(t: Number) -> Number:
        height = mp.erfc(t)
        return mp.log(x / height) * height * mp.exp(t * t) * mp.sqrt(mp.pi) / 2

    level = -mp.log(x)
    return _newton(mp, mp.sqrt(level - mp.log(mp.pi * level) / 2), step)


def _newton(mp: Any, start: Number, step: Callable[[Number], Number]) -> Number:
    """The zero that Newton's steps lead to: to 50 bits, and then to twice as many with each step."""
    wanted = mp.prec
    levels = [wanted + 10]
    while levels[-1] > 50:
        levels.append(levels[-1] // 2 + 8)
    t = start
    try:
        mp.prec = levels.pop()
        for _ in range(60):
            change = step(t)
            t -= change
            if abs(change) <= mp.ldexp(abs(t), -25):
                break
        for level in reversed(levels):
            mp.prec = level
            t -= step(t)
    finally:
        mp.prec = wanted
    return +t


def normpdf(mp: Any, x: Number) -> Number:
    """exp(-x^2/2)/sqrt(2 pi)."""
    return mp.zero if x * x > _BEYOND else mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def normcdf(mp: Any, x: Number) -> Number:
    """The standard normal distribution function, by erfc."""
    return erfc(mp, -x / mp.sqrt(2)) / 2


def normquantile(mp: Any, p: Number) -> Number:
    """The inverse of normcdf, by that of erfc."""
    return -mp.sqrt(2) * erfcinv(mp, 2 * p)


# -- gamma and its kin: DLMF 5, 8


def gamma(mp: Any, x: Number) -> Number:
    """The gamma function, which past all exponents is infinite or 0."""
    return mp.gamma(x) if abs(x) < _BEYOND else mp.inf if x > 0 else mp.zero


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
    slope = mp.polyval(cotangent(order), c * c) * (c if order % 2 == 0 else 1)
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
    if x > _BEYOND:
        return mp.zero
    if x < -_BEYOND:
        return mp.inf * (1 if order is not None and order % 2 else -1)
    if order is not None and order > 0 and (x < 0 or x > order):
        return mp.factorial(order - 1) * mp.exp(-x) * _exponential_sum(mp, order, x)
    if x > 1 and (s < -_FEW or 0 < abs(s) < 1e-6):
        return x**s * _exponential_fraction(mp, 1 - s, x)
    return mp.gammainc(s, x)


def lowergamma(mp: Any, s: Number, x: Number) -> Number:
    """gamma(s, x): 8.2.1; for x < 0, where s is whole, by its series 8.7.1 or from the other of the two."""
    order = whole(bounded(mp, "lowergamma", s))
    if x == 0:
        return mp.zero
    if x < 0 and order is not None:
        if -x > order + 2 * _FEW:
            return mp.factorial(order - 1) - uppergamma(mp, s, x)
        return x**order * _sum(mp, lambda k: -x / (k + 1), lambda k: mp.one / (order + k))
    return mp.gamma(s) if x > _BEYOND else mp.gammainc(s, 0, x)


def _sum(mp: Any, ratio: Callable[[int], Number], weight: Callable[[int], Number]) -> Number:
    """The sum of weight(k)*ratio(0)*...*ratio(k - 1), until its terms vanish."""
    factor, total, k = mp.one, mp.zero, 0
    while True:
        term = factor * weight(k)
        total += term
        factor *= ratio(k)
        k += 1
        if abs(term) <= mp.ldexp(abs(total), -mp.prec - 10) and abs(ratio(k)) < 0.95:
            return total


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


# -- exponential, logarithmic and trigonometric integrals: DLMF 6, 7.2, 8.19

ei = growing("ei", above="inf", below=0)
e1 = growing("e1", above=0)
shi = growing("shi", above="inf", below="-inf")
chi = growing("chi", above="inf")


def expint(mp: Any, n: Number, x: Number) -> Number:
    """E_n(x): a sum for n = 0, -1, ... (8.4.8), a continued fraction where mpmath loses its way."""
    order = whole(bounded(mp, "expint", n))
    if x == 0:
        return 1 / (n - 1)
    if x > _BEYOND:
        return mp.zero
    if x < -_BEYOND:
        return -mp.inf
    if order is not None and order <= 0:
        return mp.factorial(-order) * mp.exp(-x) / x ** (1 - order) * _exponential_sum(mp, 1 - order, x)
    if n > _FEW and x >= 1:
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


# -- Bessel functions: DLMF 10


def besselj(mp: Any, n: Number, x: Number) -> Number:
    """J_n(x); beyond n by recurrence, which is stable there, from small orders."""
    bounded(mp, "besselj", n)
    if x == 0:
        return mp.mpf(1 if n == 0 else 0)
    if x < 0:
        return _parity(n) * besselj(mp, n, -x)
    if n < 0 and (n < -_FEW or whole(n) is not None):
        return _reflected(mp, n, lambda order: (besselj(mp, order, x), bessely(mp, order, x)), 1)
    if n > _FEW and x > n:
        return _upward(besselj, mp, n, x, -1)
    return mp.besselj(n, x) if _is_near(mp, n, x) else _far_out(mp, n, x, 0)


def bessely(mp: Any, n: Number, x: Number) -> Number:
    """Y_n(x), of large order by recurrence."""
    bounded(mp, "bessely", n)
    if n < 0:
        return _reflected(mp, n, lambda order: (bessely(mp, order, x), besselj(mp, order, x)), -1)
    if n > _FEW:
        return _upward(bessely, mp, n, x, -1)
    return mp.bessely(n, x) if _is_near(mp, n, x) else _far_out(mp, n, x, 1)


def _is_near(mp: Any, n: Number, x: Number) -> bool:
    """Whether x is too small for Hankel's expansions, whose terms shrink to exp(-2x)."""
    return bool(x < mp.prec + n * n)


def _expansion(mp: Any, n: Number, x: Number) -> list[Number]:
    """The terms a_k(n)/x^k of Hankel's expansions: 10.17.1."""
    terms = [mp.one]
    while abs(terms[-1]) > mp.ldexp(1, -mp.prec - 5):
        k = len(terms)
        terms.append(terms[-1] * (4 * n * n - (2 * k - 1) ** 2) / (8 * k * x))
    return terms


def _far_out(mp: Any, n: Number, x: Number, kind: int) -> Number:
    """J_n(x), or Y_n(x) for kind 1, by Hankel's expansion: 10.17.3 and 10.17.4."""
    terms = _expansion(mp, n, x)
    p = mp.fsum([(-1) ** k * term for k, term in enumerate(terms[::2])])
    q = mp.fsum([(-1) ** k * term for k, term in enumerate(terms[1::2])])
    turn = n / 2 + mp.mpf(0.25)
    cosine = mp.cos(x) * mp.cospi(turn) + mp.sin(x) * mp.sinpi(turn)
    sine = mp.sin(x) * mp.cospi(turn) - mp.cos(x) * mp.sinpi(turn)
    return mp.sqrt(2 / (mp.pi * x)) * (p * sine + q * cosine if kind else p * cosine - q * sine)


def besseli(mp: Any, n: Number, x: Number) -> Number:
    """I_n(x); of negative whole order by 10.27.1."""
    bounded(mp, "besseli", n)
    if x == 0:
        return mp.mpf(1 if n == 0 else 0)
    if x < 0:
        return _parity(n) * besseli(mp, n, -x)
    if x > _BEYOND:
        return mp.inf
    return mp.besseli(-n if whole(n) is not None and n < 0 else n, x)


def besselk(mp: Any, n: Number, x: Number) -> Number:
    """K_n(x), of large order by recurrence; by its integral 10.32.9, unless x is small."""
    n = abs(bounded(mp, "besselk", n))
    if x > _BEYOND:
        return mp.zero
    if n > _FEW:
        return _upward(besselk, mp, n, x, 1)
    if x < 1:
        return mp.besselk(n, x)
    if not _is_near(mp, n, x):
        return mp.sqrt(mp.pi / (2 * x)) * mp.exp(-x) * mp.fsum(_expansion(mp, n, x))
    # the trapezoidal rule: the integrand is analytic up to d = pi/2 from the line, where it has grown by
    # exp(x - x cos(d)), and its error is that times exp(-2 pi d/h)
    bits = (mp.prec + 20) * mp.log(2)
    step = mp.pi**2 / (bits + x)
    height = mp.exp(-x)
    total, t, term = height / 2, mp.zero, height
    while term > mp.ldexp(total, -mp.prec - 10):
        t += step
        term = mp.exp(-x * mp.cosh(t)) * mp.cosh(n * t)
        total += term
    return step * total


def _parity(n: Number) -> int:
    return -1 if int(n) % 2 else 1


def _reflected(mp: Any, n: Number, pair: Callable[[Number], tuple[Number, Number]], sign: int) -> Number:
    """J or Y of negative order from both of the opposite order."""
    first, second = pair(-n)
    return _parity(n) * first if whole(n) is not None else mp.cospi(n) * first + sign * mp.sinpi(n) * second


def _upward(function: Callable[[Any, Number, Number], Number], mp: Any, n: Number, x: Number, sign: int) -> Number:
    """A Bessel function of large order from those of small order: 10.6.1, and 10.29.1 where `sign` is 1."""
    count = int(n)
    order = n - count
    below, here = function(mp, order, x), function(mp, order + 1, x)
    for k in range(1, count):
        below, here = here, 2 * (order + k) / x * here + sign * below
    return here


def sphericalbesseli(mp: Any, n: Number, x: Number) -> Number:
    """i_n(x) for n = 0, 1, ...: 10.47.7."""
    order = int(bounded(mp, "sphericalbesseli", n))
    if x == 0:
        return mp.mpf(0 if order else 1)
    size = abs(x)
    sign = -1 if x < 0 and order % 2 else 1
    return sign * mp.sqrt(mp.pi / (2 * size)) * besseli(mp, order + mp.mpf(0.5), size)


def sinhc(mp: Any, x: Number) -> Number:
    """The quotient sinh(x)/x."""
    return mp.one if x == 0 else mp.inf if abs(x) > _BEYOND else mp.sinh(x) / x


# -- Airy functions: DLMF 9

airyai = growing("airyai", above=0, power=1.5)
airybi = growing("airybi", above="inf", power=1.5)


def airyaiprime(mp: Any, x: Number) -> Number:
    """The derivative of Ai."""
    return mp.zero if x > _BEYOND else mp.airyai(x, derivative=1)


def airybiprime(mp: Any, x: Number) -> Number:
    """The derivative of Bi."""
    return mp.inf if x > _BEYOND else mp.airybi(x, derivative=1)


# -- complete elliptic integrals of the parameter m = k^2: DLMF 19


def ellipkderivative(mp: Any, n: Number, m: Number) -> Number:
    """The n-th derivative of K(m), by 19.5.1 near 0, elsewhere by its differential equation (see 15.10.1)."""
    half = mp.mpf(0.5)
    start = (mp.ellipk(m), (mp.ellipe(m) / (1 - m) - mp.ellipk(m)) / (2 * m)) if abs(m) > half else ()
    return _hypergeometric_derivative(mp, "ellipkderivative", n, (half, half), m, start)


def ellipederivative(mp: Any, n: Number, m: Number) -> Number:
    """The n-th derivative of E(m), by 19.5.2 near 0, elsewhere by its differential equation (see 15.10.1)."""
    half = mp.mpf(0.5)
    if m == 1:
        return mp.one if n == 0 else -mp.inf
    start = (mp.ellipe(m), (mp.ellipe(m) - mp.ellipk(m)) / (2 * m)) if abs(m) > half else ()
    return _hypergeometric_derivative(mp, "ellipederivative", n, (-half, half), m, start)


def _hypergeometric_derivative(
    mp: Any, name: str, n: Number, ab: tuple[Number, Number], x: Number, start: tuple[Number, ...]
) -> Number:
    """The n-th derivative of y = pi/2 F(a, b; 1; x), given y and y' if x is not near 0: 15.5.2 and 15.10.1."""
    order = int(bounded(mp, name, n, _MOST_DERIVATIVE))
    a, b = ab
    if not start:
        scale = mp.pi / 2 * mp.rf(a, order) * mp.rf(b, order) / mp.factorial(order)
        return scale * mp.hyp2f1(a + order, b + order, 1 + order, x)
    y, slope = start
    for k in range(order):
        y, slope = slope, ((a + k) * (b + k) * y - (1 + k - (a + b + 2 * k + 1) * x) * slope) / (x * (1 - x))
    return y


# -- zeta function, polylogarithms, Lambert's W: DLMF 25, 4.13


def zetaderivative(mp: Any, n: Number, x: Number) -> Number:
    """The n-th derivative of zeta: below 0 by reflection, far out by the series 25.2.1."""
    order = int(bounded(mp, "zetaderivative", n, _MOST_DERIVATIVE))
    if order == 0:
        return mp.zeta(x)
    if -1 < x < mp.prec + 10 * order:
        return mp.zeta(x, 1, order)
    return _zeta_series(mp, x, order)[order] * mp.factorial(order)


def _zeta_series(mp: Any, x: Number, order: int) -> list[Number]:
    """The coefficients of the power series of zeta around x."""
    if x > _BEYOND:
        return [mp.one] + [mp.zero] * order
    if x > mp.prec + 10 * order:
        logs = [mp.log(k) for k in range(2, 10)]
        heights = [mp.mpf(k) ** -x for k in range(2, 10)]
        sums = [mp.fsum([h * (-log) ** k for log, h in zip(logs, heights, strict=True)]) for k in range(order + 1)]
        return [(k == 0) + total / mp.factorial(k) for k, total in enumerate(sums)]
    if x > -1:
        return [mp.zeta(x, 1, k) / mp.factorial(k) for k in range(order + 1)]
    return _reflected_zeta_series(mp, x, order)


def _reflected_zeta_series(mp: Any, x: Number, order: int) -> list[Number]:
    """By 25.4.2, zeta(x) = 2 (2 pi)^(x - 1) sin(pi x/2) gamma(1 - x) zeta(1 - x)."""
    flip = [(-1) ** k for k in range(order + 1)]
    other = [f * c for f, c in zip(flip, _zeta_series(mp, 1 - x, order), strict=True)]
    turn = mp.pi / 2
    waves = [mp.sinpi(x / 2), mp.cospi(x / 2)]
    sine = [(-1) ** (k // 2) * waves[k % 2] * turn**k / mp.factorial(k) for k in range(order + 1)]
    # the logarithm of (2 pi)^(x - 1) gamma(1 - x), and its exponential by y' = l' y
    slopes = [-mp.psi(k, 1 - x) * flip[k] / mp.factorial(k) for k in range(order)]
    if order:
        slopes[0] += mp.log(2 * mp.pi)
    growth = [2 * (2 * mp.pi) ** (x - 1) * mp.gamma(1 - x)]
    for k in range(order):
        growth.append(mp.fsum([slopes[j] * growth[k - j] for j in range(k + 1)]) / (k + 1))
    return _product(mp, _product(mp, sine, growth), other)


def _product(mp: Any, a: list[Number], b: list[Number]) -> list[Number]:
    """The product of two power series, as far as they go."""
    return [mp.fsum([a[j] * b[k - j] for j in range(k + 1)]) for k in range(len(a))]


def polylog(mp: Any, s: Number, x: Number) -> Number:
    """Li_s(x): 25.12.10; rational for s = 0, -1, ..., a logarithm for s = 1, for x < 0 by Hurwitz's zeta (25.12.13)."""
    order = 0 if mp.mag(s) < -mp.prec - 20 else whole(bounded(mp, "polylog", s))
    if x == 0:
        return mp.zero
    if order == 1:
        return -mp.log1p(-x)
    if order is not None and order <= 0:
        bounded(mp, "polylog", s, -_LEAST_RATIONAL)
        if order < 0 and abs(x) > 1:  # Li_(-n)(1/x) = (-1)^(n + 1) Li_(-n)(x)
            return (-1) ** (1 - order) * polylog(mp, s, 1 / x)
        # with w = x/(1 - x) the sum of k! S(n + 1, k + 1) w^(k + 1), S the Stirling numbers of the second kind
        w = x / (1 - x)
        return w * mp.polyval(_stirling(-order), w)
    if x == 1:
        return mp.zeta(s)
    if order is not None or x >= -0.5:
        return mp.re(mp.polylog(s, x))
    bounded(mp, "polylog", s, _MOST_FRACTIONAL)
    hurwitz = mp.zeta(1 - s, mp.mpc(0.5, -mp.log(-x) / (2 * mp.pi)))
    return 2 * mp.gamma(1 - s) * (2 * mp.pi) ** (s - 1) * mp.re(mp.expjpi((1 - s) / 2) * hurwitz)


@cache
def _stirling(n: int) -> list[int]:
    """The numbers k! S(n + 1, k + 1) for k = n, ..., 0."""
    row = [1]
    for _ in range(n):
        row = [
            (k * row[k - 1] if k > 0 else 0) + ((k + 1) * row[k] if k < len(row) else 0) for k in range(len(row) + 1)
        ]
    return row[::-1]


def polylogderivative(mp: Any, n: Number, s: Number, x: Number) -> Number:
    """The n-th derivative of Li_s(x) by x: its series near 0, elsewhere from Li_(s-1), Li_(s-2), ..."""
    order = int(bounded(mp, "polylogderivative", n, _MOST_DERIVATIVE))
    bounded(mp, "polylog", s)
    if order == 0:
        return polylog(mp, s, x)
    if abs(x) <= 0.9:
        series = _sum(mp, lambda k: x * (order + k + 1) / (k + 1), lambda k: mp.mpf(order + k) ** -s)
        return mp.factorial(order) * series
    if x == 1 and s - order <= 1:
        return mp.inf
    with mp.extraprec(3 * order + max(0, int(s)) * order.bit_length()):  # n! n^(-s) is left of numbers around 1
        found = mp.fsum([c * polylog(mp, s - j, x) for j, c in enumerate(falling(order)) if c])
    return found / x**order


@cache
def falling(n: int) -> list[int]:
    """The coefficients of t(t - 1)...(t - n + 1), the lowest power first."""
    row = [1]
    for k in range(n):
        row = [(row[j - 1] if j else 0) - k * (row[j] if j < len(row) else 0) for j in range(len(row) + 1)]
    return row


def lambertw(mp: Any, x: Number) -> Number:
    """The principal branch of Lambert's W."""
    return mp.re(mp.lambertw(x))
