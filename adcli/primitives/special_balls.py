"""Special functions over balls of python-flint (type arb), where arb has them under another shape or not at all.

A result encloses the true value wherever the function is real; a ball that is not finite says
that nothing is known. Orders that flint would work on for very long, or give up on, are not
tried. Equation numbers are of DLMF, https://dlmf.nist.gov.
"""

from typing import Any

from .special_mp import MOST_DERIVATIVE, MOST_ORDER, cotangent, falling, horner

Ball = Any  # an arb

_FARTHEST_ZETA = 1_000_000  # below 0, beyond which flint takes long
_MOST_POLYLOG = 200  # order, beyond which flint takes long


def _order(n: Ball, least: int = -MOST_ORDER, most: int = MOST_ORDER) -> int | None:
    """The whole number that a ball is, if it is one within the bounds."""
    return int(n.unique_fmpz()) if n.is_integer() and least <= n <= most else None


def _unknown() -> Ball:
    from flint import arb

    return arb.nan()


def _real(z: Any) -> Ball:
    """The real value of a function over the complex plane, or nothing where it may be complex."""
    return z.real if z.imag.contains(0) else _unknown()


def loggamma(x: Ball) -> Ball:
    """The logarithm of |gamma(x)|."""
    return x.lgamma() if x > 0 else abs(x.gamma()).log()


def beta(x: Ball, y: Ball) -> Ball:
    """The beta function, for positive arguments: 5.12.1."""
    return (x.lgamma() + y.lgamma() - (x + y).lgamma()).exp()


def polygamma(n: Ball, x: Ball) -> Ball:
    """The polygamma function of order n = 0, 1, ...; below 0 by the n-th derivative of the reflection 5.5.4."""
    from flint import acb

    order = _order(n, least=0)
    if order is None:
        return _unknown()
    if not x < 0:
        return _real(acb(x).polygamma(acb(n)))
    c = x.cot_pi()
    slope = horner(cotangent(order), c * c)
    other = _real(acb(1 - x).polygamma(acb(n)))
    return (-1) ** order * other - x.pi() ** (order + 1) * slope * (c if order % 2 == 0 else 1)


def trigamma(x: Ball) -> Ball:
    """The polygamma function of order 1."""
    return polygamma(type(x)(1), x)


def normpdf(x: Ball) -> Ball:
    """The density of the standard normal distribution."""
    return (-x * x / 2).exp() / (2 * x.pi()).sqrt()


def normcdf(x: Ball) -> Ball:
    """The standard normal distribution function, by erfc."""
    return (-x / _root_of_2(x)).erfc() / 2


def normquantile(p: Ball) -> Ball:
    """The inverse of normcdf, by that of erfc."""
    return -_root_of_2(p) * (2 * p).erfcinv()


def _root_of_2(x: Ball) -> Ball:
    return type(x)(2).sqrt()


def expint(n: Ball, x: Ball) -> Ball:
    """E_n(x); for n = 0, -1, ... also below 0, where acb has it."""
    from flint import acb

    if not abs(n) <= MOST_ORDER:
        return _unknown()
    return x.expint(n) if x > 0 or x == 0 else _real(acb(x).expint(acb(n))) if _order(n) is not None else _unknown()


def uppergamma(s: Ball, x: Ball) -> Ball:
    """Gamma(s, x); for s = 1, 2, ... also below 0, where acb has it."""
    from flint import acb

    if not abs(s) <= MOST_ORDER:
        return _unknown()
    return x.gamma_upper(s) if x >= 0 else _real(acb(x).gamma_upper(acb(s))) if _order(s) is not None else _unknown()


def lowergamma(s: Ball, x: Ball) -> Ball:
    """gamma(s, x) = x^s/s M(s, s + 1, -x), 8.5.1, which is real below 0 for whole s."""
    if not abs(s) <= MOST_ORDER:
        return _unknown()
    if x >= 0:
        return x.gamma_lower(s)
    order = _order(s)
    return _unknown() if order is None else x**order / order * (-x).hypgeom_1f1(s, s + 1)


def besselj(n: Ball, x: Ball) -> Ball:
    """The Bessel function J_n(x)."""
    return x.bessel_j(n) if abs(n) <= MOST_ORDER else _unknown()


def bessely(n: Ball, x: Ball) -> Ball:
    """The Bessel function Y_n(x)."""
    return x.bessel_y(n) if abs(n) <= MOST_ORDER else _unknown()


def besseli(n: Ball, x: Ball) -> Ball:
    """The modified Bessel function I_n(x)."""
    return x.bessel_i(n) if abs(n) <= MOST_ORDER else _unknown()


def besselk(n: Ball, x: Ball) -> Ball:
    """The modified Bessel function K_n(x)."""
    return x.bessel_k(n) if abs(n) <= MOST_ORDER else _unknown()


def sphericalbesseli(n: Ball, x: Ball) -> Ball:
    """i_n(x) = x^n/(2n + 1)!! F(; n + 3/2; x^2/4): 10.53.3."""
    order = _order(n, least=0)
    if order is None:
        return _unknown()
    scale = type(x)(1)
    for k in range(order + 1):
        scale *= 2 * k + 1
    return x**order / scale * (x * x / 4).hypgeom_0f1(n + type(x)(3) / 2)


def sinhc(x: Ball) -> Ball:
    """The quotient sinh(x)/x, which is i_0(x)."""
    return sphericalbesseli(type(x)(0), x)


def ellipk(m: Ball) -> Ball:
    """The complete elliptic integral K(m), for m < 1."""
    from flint import acb

    return _real(acb(m).elliptic_k())


def ellipe(m: Ball) -> Ball:
    """The complete elliptic integral E(m), for m <= 1."""
    from flint import acb

    return _real(acb(m).elliptic_e())


def ellipkderivative(n: Ball, m: Ball) -> Ball:
    """The n-th derivative of K(m)."""
    return _elliptic_derivative(n, m, 1)


def ellipederivative(n: Ball, m: Ball) -> Ball:
    """The n-th derivative of E(m)."""
    return _elliptic_derivative(n, m, -1)


def _elliptic_derivative(n: Ball, m: Ball, sign: int) -> Ball:
    """The n-th derivative of pi/2 F(+-1/2, 1/2; 1; m): 19.5.1, 19.5.2 and 15.5.2."""
    from flint import acb

    order = _order(n, 0, MOST_DERIVATIVE)
    if order is None:
        return _unknown()
    half = type(m)(1) / 2
    scale = m.pi() / 2 * (sign * half).rising(n) * half.rising(n) / type(m)(order).fac()
    return scale * _real(acb(m).hypgeom_2f1(acb(sign * half + n), acb(half + n), acb(1 + n)))


def zeta(x: Ball) -> Ball:
    """The Riemann zeta function; far out as its derivatives."""
    from flint import ctx

    if x < -_FARTHEST_ZETA and not x.is_integer():
        return _unknown()
    return zetaderivative(type(x)(0), x) if x > 2 * ctx.prec else x.zeta()


def zetaderivative(n: Ball, x: Ball) -> Ball:
    """The n-th derivative of zeta; far out by the first term of 25.2.1, and a bound of the rest by an integral."""
    from flint import arb_series, ctx

    order = _order(n, 0, MOST_DERIVATIVE)
    if order is None:
        return _unknown()
    if x > 2 * ctx.prec + 8 * order:
        two = type(x)(2)
        term = (-two.log()) ** order * two**-x
        # with log(k) < k: the sum of k^(n - x) from 3 on is below 3^(n - x) (1 + 3/(x - n - 1))
        rest = (2 * type(x)(3) ** (order - x)).abs_upper()
        return (1 if order == 0 else 0) + term + type(x)(0, rest)
    if x < -_FARTHEST_ZETA:
        return _unknown()
    before = ctx.cap
    ctx.cap = order + 1
    try:
        return arb_series([x, 1]).zeta()[order] * type(x)(order).fac()
    finally:
        ctx.cap = before


def polylog(s: Ball, x: Ball) -> Ball:
    """The polylogarithm Li_s(x), where it is real."""
    from flint import acb

    return _real(acb(x).polylog(acb(s))) if abs(s) <= _MOST_POLYLOG else _unknown()


def polylogderivative(n: Ball, s: Ball, x: Ball) -> Ball:
    """The n-th derivative of Li_s(x) by x: near 0 by its series, elsewhere from Li_(s-1), Li_(s-2), ..."""
    order = _order(n, 0, MOST_DERIVATIVE)
    if order is None or not abs(s) <= _MOST_POLYLOG:
        return _unknown()
    if order == 0:
        return polylog(s, x)
    if abs(x) < 0.5:
        return _polylog_series(order, s, x)
    total = type(x)(0)
    for j, coefficient in enumerate(falling(order)):
        total += coefficient * polylog(s - j, x)
    return total / x**order


def _polylog_series(n: int, s: Ball, x: Ball) -> Ball:
    """The sum of k^(-s) k!/(k - n)! x^(k - n), and a bound of the rest by a geometric series."""
    from flint import ctx

    total, factor = type(x)(0), type(x)(n).fac()
    for k in range(n, n + 1000 + 10 * ctx.prec):
        term = factor * type(x)(k) ** -s
        total += term
        growth = x * (k + 1) / (k + 1 - n)
        ratio = (abs(growth) * (1 + type(x)(1) / k) ** abs(s)).abs_upper()
        if ratio < 0.75 and term.abs_upper() <= total.abs_upper() * type(x)(2) ** -ctx.prec:
            return total + type(x)(0, 3 * term.abs_upper())
        factor *= growth
    return _unknown()
