"""Special functions over balls of python-flint (type arb), where arb has them under another shape or not at all.

A result encloses the true value wherever the function is real; a ball that is not finite says
that nothing is known. Orders that flint would work on for very long, or give up on, are not
tried. Equation numbers are of DLMF, https://dlmf.nist.gov.
"""

from typing import Any

from .special_mp import MOST_ORDER

Ball = Any  # an arb


def _order(n: Ball) -> int | None:
    """The whole number that a ball is, if it is one of moderate size."""
    return int(n.unique_fmpz()) if n.is_integer() and abs(n) <= MOST_ORDER else None


def _unknown() -> Ball:
    from flint import arb

    return arb.nan()


def loggamma(x: Ball) -> Ball:
    """The logarithm of |gamma(x)|."""
    return x.lgamma() if x > 0 else abs(x.gamma()).log()


def beta(x: Ball, y: Ball) -> Ball:
    """The beta function, for positive arguments: 5.12.1."""
    return (x.lgamma() + y.lgamma() - (x + y).lgamma()).exp()


def polygamma(n: Ball, x: Ball) -> Ball:
    """The polygamma function of order n = 0, 1, ..."""
    from flint import acb

    return _unknown() if _order(n) is None else acb(x).polygamma(acb(n)).real


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
    return x.expint(n) if x > 0 or x == 0 else acb(x).expint(acb(n)).real if _order(n) is not None else _unknown()


def uppergamma(s: Ball, x: Ball) -> Ball:
    """Gamma(s, x); for s = 1, 2, ... also below 0, where acb has it."""
    from flint import acb

    if not abs(s) <= MOST_ORDER:
        return _unknown()
    return x.gamma_upper(s) if x >= 0 else acb(x).gamma_upper(acb(s)).real if _order(s) is not None else _unknown()


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
    order = _order(n)
    if order is None or order < 0:
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

    return acb(m).elliptic_k().real


def ellipe(m: Ball) -> Ball:
    """The complete elliptic integral E(m), for m <= 1."""
    from flint import acb

    return acb(m).elliptic_e().real


def ellipkderivative(n: Ball, m: Ball) -> Ball:
    """The n-th derivative of K(m)."""
    return _elliptic_derivative(n, m, 1)


def ellipederivative(n: Ball, m: Ball) -> Ball:
    """The n-th derivative of E(m)."""
    return _elliptic_derivative(n, m, -1)


def _elliptic_derivative(n: Ball, m: Ball, sign: int) -> Ball:
    """The n-th derivative of pi/2 F(+-1/2, 1/2; 1; m): 19.5.1, 19.5.2 and 15.5.2."""
    from flint import acb

    order = _order(n)
    if order is None or order < 0:
        return _unknown()
    half = type(m)(1) / 2
    scale = m.pi() / 2 * (sign * half).rising(n) * half.rising(n) / type(m)(order).fac()
    return scale * acb(m).hypgeom_2f1(acb(sign * half + n), acb(half + n), acb(1 + n)).real


def zetaderivative(n: Ball, x: Ball) -> Ball:
    """The n-th derivative of zeta."""
    from flint import arb_series

    order = _order(n)
    if order is None or order < 0:
        return _unknown()
    return arb_series([x, 1], prec=order + 1).zeta()[order] * type(x)(order).fac()


def polylog(s: Ball, x: Ball) -> Ball:
    """The polylogarithm Li_s(x), where it is real."""
    from flint import acb

    return acb(x).polylog(acb(s)).real if abs(s) <= MOST_ORDER else _unknown()


def polylogderivative(n: Ball, s: Ball, x: Ball) -> Ball:
    """The n-th derivative of Li_s(x) by x."""
    from flint import acb, acb_series

    order = _order(n)
    if order is None or order < 0 or not abs(s) <= MOST_ORDER:
        return _unknown()
    near: Any = acb_series([x, 1], prec=order + 1)
    return acb_series.polylog(acb(s), near)[order].real * type(x)(order).fac()
