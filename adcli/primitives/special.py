"""Rows: special functions, which libraries compute and DLMF describes.

A row names the function in mpmath and in python-flint (see `Library`; what a name does not say is in
`special_mp` and `special_balls`), and gives the partial derivatives in terms of other rows, as a
textbook has them: of rounding in them the contexts take care. The sections are those of the
Digital Library of Mathematical Functions (DLMF, https://dlmf.nist.gov).
"""

import math
from typing import Any

from ..contexts import NumberContext
from . import special_balls as balls
from . import special_mp as mp
from .rows import POSITIVE, Domain, Library, Primitive, Refusal, Rule, is_whole

# -- values at the ends of the line and at poles


def _ends(below: Any, above: Any) -> Rule:
    """The limits where the last argument is -inf and inf: an exact number, or None where there is none."""

    def limit(m: NumberContext, *xs: Any) -> Any:
        *others, x = xs
        undefined = m.div(0, 0)
        if m.is_finite(x) or not all(map(m.is_finite, others)):
            return undefined
        found = above if x > 0 else below
        return undefined if found is None else m.number(found)

    return limit


def _quarter_turns(m: NumberContext, x: Any) -> Any:
    """The limits -pi/2 and pi/2."""
    return m.sign(x) * m.div(m.number("pi"), 2)


def _polygamma_at_ends(m: NumberContext, n: Any, x: Any) -> Any:
    return _ends(None, "inf" if n == 0 else 0)(m, n, x)


def _or_infinite_at_0(end: Rule) -> Rule:
    """The limits, and inf at a pole at 0."""
    return lambda m, *xs: m.number("inf") if xs[-1] == 0 else end(m, *xs)


# -- domains


def _is_natural(m: NumberContext, n: Any) -> bool:
    return bool(n >= 0 and is_whole(m, n))


def _is_pole(m: NumberContext, x: Any) -> bool:
    return bool(x <= 0 and is_whole(m, x))


_NO_POLE = Domain("x not 0, -1, -2, ...", lambda m, x: not _is_pole(m, x))
_LOWER_UNIT = Domain("x > -1/e", lambda m, x: not x <= -m.exp(m.number(-1)))
_INSIDE = Domain("-1 < x < 1", lambda m, x: not abs(x) >= 1)
_HALF_LINE = Domain("x > 0, or x = 0 and n >= 0, or a whole order",
                    lambda m, n, x: not (x < 0 or (x == 0 and n < 0)) or is_whole(m, n))  # fmt: skip
_POSITIVE_LAST = Domain("x > 0", lambda m, n, x: not x <= 0)
_UPPER = Domain("x > 0, or x = 0 and s > 0, or s = 1, 2, ...",
                lambda m, s, x: not (x < 0 or (x == 0 and s <= 0)) or (s > 0 and is_whole(m, s)))  # fmt: skip
_LOWER = Domain("x > 0 and s not 0, -1, ..., or x = 0 and s > 0, or s = 1, 2, ...",
                lambda m, s, x: not (x < 0 or (x == 0 and s <= 0) or _is_pole(m, s))
                or (s > 0 and is_whole(m, s)))  # fmt: skip
_EXPINT = Domain("x > 0, or x = 0 and n > 1, or x != 0 and n = 0, -1, ...",
                 lambda m, n, x: not (x < 0 or (x == 0 and n <= 1)) or (x != 0 and _is_pole(m, n)))  # fmt: skip
_POLYLOG = Domain("x < 1, or x = 1 and s > 1, or x != 1 and s = 0, -1, ...",
                  lambda m, s, x: not (x > 1 or (x == 1 and s <= 1)) or (x != 1 and _is_pole(m, s)))  # fmt: skip
_ZETA = Domain("x != 1", lambda m, x: x != 1)


def _by_order(name: str) -> Refusal:
    return Refusal(f"{name} has no derivative by its order")


def _by_parameter(name: str) -> Refusal:
    return Refusal(f"{name} has no derivative by its parameter")


# -- formulas for people: those of a small whole order, where there are simpler ones


def _lowered(name: str, sign: int) -> Rule:
    """A Bessel function of negative whole order by that of positive order; `sign` is the factor for each unit."""

    def textbook(m: Any, n: Any, x: Any) -> Any:
        order = m.whole(n)
        if order is None or order >= 0:
            return None
        positive = getattr(m, name)(-order, x)
        return -positive if sign < 0 and order % 2 else positive

    return textbook


def _first(formula: Rule) -> Rule:
    """The textbook's formula of a first derivative, for a row of derivatives of any order."""
    return lambda m, n, *xs: formula(m, *xs) if m.whole(n) == 1 else None


def _ellipk_dm(m: NumberContext, x: Any) -> Any:
    """19.4.1."""
    return m.div(m.ellipe(x) - (1 - x) * m.ellipk(x), 2 * x * (1 - x))


def _ellipe_dm(m: NumberContext, x: Any) -> Any:
    """19.4.2."""
    return m.div(m.ellipe(x) - m.ellipk(x), 2 * x)


def _root_of_pi(m: NumberContext) -> Any:
    return m.sqrt(m.number("pi"))


# fmt: off
ROWS: tuple[Primitive, ...] = (
    # error functions: DLMF 7
    Primitive("erf", 1, Library("erf", "erf", limit=_ends(-1, 1), floats=math.erf),
              (lambda m, y, x: m.div(2, _root_of_pi(m)) * m.exp(-(x * x)),), about="the error function"),
    Primitive("erfc", 1, Library(mp.erfc, "erfc", limit=_ends(2, 0)),
              (lambda m, y, x: -(m.div(2, _root_of_pi(m)) * m.exp(-(x * x))),),
              about="1 - erf(x), exact where that vanishes"),
    Primitive("erfi", 1, Library(mp.erfi, "erfi", limit=lambda m, x: x),
              (lambda m, y, x: m.div(2, _root_of_pi(m)) * m.exp(x * x),),
              about="the imaginary error function, erf(i*x)/i"),
    Primitive("erfinv", 1, Library(mp.erfinv, "erfinv"),
              (lambda m, y, x: m.div(_root_of_pi(m), 2) * m.exp(y * y),), _INSIDE, sample=((-0.99, 0.99),),
              about="the inverse of erf", latex=r"\operatorname{erf}^{-1}\left(#1\right)"),
    Primitive("erfcinv", 1, Library(mp.erfcinv, "erfcinv"),
              (lambda m, y, x: -(m.div(_root_of_pi(m), 2) * m.exp(y * y)),),
              Domain("0 < x < 2", lambda m, x: not (x <= 0 or x >= 2)), sample=((0.01, 1.99),),
              about="the inverse of erfc", latex=r"\operatorname{erfc}^{-1}\left(#1\right)"),

    # the normal distribution: DLMF 7.20
    Primitive("normpdf", 1, Library(mp.normpdf, balls.normpdf, limit=_ends(0, 0)), (lambda m, y, x: -(x * y),),
              about="the density of the standard normal distribution", latex=r"\varphi\left(#1\right)"),
    Primitive("normcdf", 1, Library(mp.normcdf, balls.normcdf, limit=_ends(0, 1)), (lambda m, y, x: m.normpdf(x),),
              aliases=("ndtr", "pnorm"), about="the standard normal distribution function",
              latex=r"\Phi\left(#1\right)"),
    Primitive("normquantile", 1, Library(mp.normquantile, balls.normquantile),
              (lambda m, y, x: m.div(1, m.normpdf(y)),),
              Domain("0 < x < 1", lambda m, x: not (x <= 0 or x >= 1)), sample=((0.01, 0.99),),
              aliases=("norminv", "normppf", "ndtri", "qnorm", "probit"), about="the inverse of normcdf",
              latex=r"\Phi^{-1}\left(#1\right)"),

    # gamma and its kin: DLMF 5
    Primitive("gamma", 1, Library(mp.gamma, "gamma", limit=_ends(None, "inf")),
              (lambda m, y, x: y * m.digamma(x),), _NO_POLE, sample=((0.1, 5.0),), aliases=("tgamma",),
              about="the gamma function", latex=r"\Gamma\left(#1\right)"),
    Primitive("factorial", 1, Library(mp.factorial, lambda x: (x + 1).gamma(), limit=_ends(None, "inf")),
              (lambda m, y, x: y * m.digamma(x + 1),),
              Domain("x not -1, -2, ...", lambda m, x: not (x < 0 and is_whole(m, x))), sample=((-0.9, 5.0),),
              about="x!, which is gamma(x + 1)", latex=r"\left(#1\right)!"),
    Primitive("loggamma", 1, Library(mp.loggamma, balls.loggamma, limit=_ends(None, "inf")),
              (lambda m, y, x: m.digamma(x),), _NO_POLE, sample=((0.1, 9.0),),
              aliases=("lgamma", "gammaln", "lngamma"),
              about="the logarithm of |gamma(x)|", latex=r"\ln\left|\Gamma\left(#1\right)\right|"),
    Primitive("digamma", 1, Library("digamma", "digamma", limit=_ends(None, "inf")),
              (lambda m, y, x: m.trigamma(x),), _NO_POLE, sample=((0.1, 9.0),), aliases=("psi",),
              about="the derivative of loggamma", latex=r"\psi\left(#1\right)"),
    Primitive("trigamma", 1,
              Library(lambda c, x: mp.polygamma(c, c.one, x), balls.trigamma, limit=_ends(None, 0)),
              (lambda m, y, x: m.polygamma(m.number(2), x),), _NO_POLE, sample=((0.1, 9.0),),
              about="the second derivative of loggamma", latex=r"\psi^{(1)}\left(#1\right)"),
    Primitive("polygamma", 2, Library(mp.polygamma, balls.polygamma, limit=_polygamma_at_ends),
              (_by_order("polygamma"), lambda m, y, n, x: m.polygamma(n + 1, x)),
              Domain("n = 0, 1, 2, ... and x not 0, -1, -2, ...",
                     lambda m, n, x: _is_natural(m, n) and not _is_pole(m, x)),
              sample=((2.0, 2.0), (0.1, 9.0)), parameters=("n", "x"),
              about="polygamma(n, x): the derivative of order n + 1 of loggamma", latex=r"\psi^{(#1)}\left(#2\right)"),
    Primitive("beta", 2, Library(mp.beta, balls.beta),
              (lambda m, v, x, y: v * (m.digamma(x) - m.digamma(x + y)),
               lambda m, v, x, y: v * (m.digamma(y) - m.digamma(x + y))),
              Domain("x > 0, y > 0", lambda m, x, y: not (x <= 0 or y <= 0)), sample=((0.1, 5.0), (0.1, 5.0)),
              about="gamma(x)*gamma(y)/gamma(x + y)", latex=r"\mathrm{B}\left(#1, #2\right)"),
    Primitive("uppergamma", 2, Library(mp.uppergamma, balls.uppergamma, limit=_or_infinite_at_0(_ends(None, 0))),
              (_by_parameter("uppergamma"), lambda m, y, s, x: -(m.exp(-x) * m.pow(x, s - 1))),
              _UPPER, sample=((1.5, 1.5), (0.1, 9.0)), parameters=("s", "x"),
              about="the incomplete gamma function from x to infinity (not divided by gamma(s))",
              latex=r"\Gamma\left(#1, #2\right)"),
    Primitive("lowergamma", 2, Library(mp.lowergamma, balls.lowergamma,
                                       limit=lambda m, s, x: m.gamma(s) if m.is_finite(s) and x > 0 else m.div(0, 0)),
              (_by_parameter("lowergamma"), lambda m, y, s, x: m.exp(-x) * m.pow(x, s - 1)),
              _LOWER, sample=((1.5, 1.5), (0.1, 9.0)), parameters=("s", "x"),
              about="the incomplete gamma function from 0 to x (not divided by gamma(s))",
              latex=r"\gamma\left(#1, #2\right)"),

    # exponential, logarithmic and trigonometric integrals: DLMF 6, 7.2 and 8.19
    Primitive("expint", 1, Library(mp.e1, lambda x: x.expint(type(x)(1)), limit=_or_infinite_at_0(_ends(None, 0))),
              (lambda m, y, x: -m.div(m.exp(-x), x),), POSITIVE, sample=((0.1, 9.0),), aliases=("exp1",),
              about="the exponential integral E_1(x); expint(n, x) is expn", latex=r"E_{1}\left(#1\right)"),
    Primitive("expn", 2, Library(mp.expint, balls.expint, limit=_or_infinite_at_0(_ends(None, 0))),
              (_by_order("expint"), lambda m, y, n, x: -m.expn(n - 1, x)),
              _EXPINT, sample=((2.0, 2.0), (0.1, 9.0)), parameters=("n", "x"), overload="expint",
              about="expint(n, x): the exponential integral E_n(x)", latex=r"E_{#1}\left(#2\right)",
              textbook=lambda m, n, x: m.expint(x) if m.whole(n) == 1 else None),
    Primitive("ei", 1, Library(mp.ei, "ei", limit=_ends(0, "inf")), (lambda m, y, x: m.div(m.exp(x), x),),
              Domain("x != 0", lambda m, x: x != 0), sample=((0.1, 5.0),), aliases=("expi",),
              about="the exponential integral Ei(x)", latex=r"\operatorname{Ei}\left(#1\right)"),
    Primitive("li", 1, Library("li", "li", limit=_ends(None, "inf")), (lambda m, y, x: m.div(1, m.log(x)),),
              Domain("x >= 0, x != 1", lambda m, x: not (x < 0 or x == 1)), sample=((1.1, 9.0),), aliases=("logint",),
              about="the logarithmic integral, from 0"),
    Primitive("si", 1, Library("si", "si", limit=_quarter_turns), (lambda m, y, x: m.sinc(x),), aliases=("sinint",),
              about="the sine integral, from 0", latex=r"\operatorname{Si}\left(#1\right)"),
    Primitive("ci", 1, Library("ci", "ci", limit=_ends(None, 0)), (lambda m, y, x: m.div(m.cos(x), x),), POSITIVE,
              sample=((0.1, 9.0),), aliases=("cosint",), about="the cosine integral",
              latex=r"\operatorname{Ci}\left(#1\right)"),
    Primitive("shi", 1, Library(mp.shi, "shi", limit=lambda m, x: x), (lambda m, y, x: m.sinhc(x),),
              aliases=("sinhint",), about="the hyperbolic sine integral, from 0",
              latex=r"\operatorname{Shi}\left(#1\right)"),
    Primitive("chi", 1, Library(mp.chi, "chi", limit=_ends(None, "inf")), (lambda m, y, x: m.div(m.cosh(x), x),),
              POSITIVE, sample=((0.1, 9.0),), aliases=("coshint",), about="the hyperbolic cosine integral",
              latex=r"\operatorname{Chi}\left(#1\right)"),
    Primitive("fresnels", 1, Library(mp.fresnels, "fresnel_s", limit=_ends(-0.5, 0.5)),
              (lambda m, y, x: m.sinpi(m.div(x * x, 2)),),
              about="the Fresnel integral of sin(pi*t^2/2), from 0", latex=r"S\left(#1\right)"),
    Primitive("fresnelc", 1, Library(mp.fresnelc, "fresnel_c", limit=_ends(-0.5, 0.5)),
              (lambda m, y, x: m.cospi(m.div(x * x, 2)),),
              about="the Fresnel integral of cos(pi*t^2/2), from 0", latex=r"C\left(#1\right)"),
    Primitive("sinhc", 1, Library(mp.sinhc, balls.sinhc, limit=_ends("inf", "inf")),
              (lambda m, y, x: m.sphericalbesseli(m.number(1), x),), textbook=lambda m, x: m.div(m.sinh(x), x),
              about="sinh(x)/x, and 1 at 0"),

    # Bessel functions: DLMF 10.6, 10.29 and 10.51
    Primitive("besselj", 2, Library(mp.besselj, balls.besselj, limit=_ends(None, 0)),
              (_by_order("besselj"), lambda m, y, n, x: m.div(m.besselj(n - 1, x) - m.besselj(n + 1, x), 2)),
              _HALF_LINE, sample=((2.0, 2.0), (0.1, 9.0)), parameters=("n", "x"), aliases=("jv", "jn"),
              about="J_n(x), the Bessel function of order n", latex=r"J_{#1}\left(#2\right)",
              textbook=_lowered("besselj", -1)),
    Primitive("bessely", 2, Library(mp.bessely, balls.bessely, limit=_ends(None, 0)),
              (_by_order("bessely"), lambda m, y, n, x: m.div(m.bessely(n - 1, x) - m.bessely(n + 1, x), 2)),
              _POSITIVE_LAST, sample=((2.0, 2.0), (0.1, 9.0)), parameters=("n", "x"), aliases=("yv", "yn"),
              about="Y_n(x), the Bessel function of the second kind of order n", latex=r"Y_{#1}\left(#2\right)",
              textbook=_lowered("bessely", -1)),
    Primitive("besseli", 2, Library(mp.besseli, balls.besseli, limit=_ends(None, "inf")),
              (_by_order("besseli"), lambda m, y, n, x: m.div(m.besseli(n - 1, x) + m.besseli(n + 1, x), 2)),
              _HALF_LINE, sample=((2.0, 2.0), (0.1, 9.0)), parameters=("n", "x"), aliases=("iv",),
              about="I_n(x), the modified Bessel function of order n", latex=r"I_{#1}\left(#2\right)",
              textbook=_lowered("besseli", 1)),
    Primitive("besselk", 2, Library(mp.besselk, balls.besselk, limit=_ends(None, 0)),
              (_by_order("besselk"), lambda m, y, n, x: -m.div(m.besselk(n - 1, x) + m.besselk(n + 1, x), 2)),
              _POSITIVE_LAST, sample=((2.0, 2.0), (0.1, 9.0)), parameters=("n", "x"), aliases=("kv", "kn"),
              about="K_n(x), the modified Bessel function of the second kind of order n",
              latex=r"K_{#1}\left(#2\right)", textbook=_lowered("besselk", 1)),
    Primitive("sphericalbesseli", 2, Library(mp.sphericalbesseli, balls.sphericalbesseli),
              (_by_order("sphericalbesseli"),
               lambda m, y, n, x: m.stable(
                   m.div(n * m.sphericalbesseli(n - 1, x) + (n + 1) * m.sphericalbesseli(n + 1, x), 2 * n + 1),
                   n > 0, m.sphericalbesseli(n + 1, x))),
              Domain("n = 0, 1, 2, ...", lambda m, n, x: _is_natural(m, n)),
              sample=((2.0, 2.0), (0.1, 9.0)), parameters=("n", "x"),
              about="i_n(x) for a whole number n; sinhc is i_0 (DLMF 10.51.4)",
              latex=r"\mathsf{i}_{#1}\left(#2\right)"),

    # Airy functions: DLMF 9.2
    Primitive("airyai", 1, Library(mp.airyai, "airy_ai", limit=_ends(0, 0)), (lambda m, y, x: m.airyaiprime(x),),
              about="the Airy function Ai(x)", latex=r"\operatorname{Ai}\left(#1\right)"),
    Primitive("airyaiprime", 1,
              Library(mp.airyaiprime, lambda x: x.airy_ai(derivative=1), limit=_ends(None, 0)),
              (lambda m, y, x: x * m.airyai(x),), about="the derivative of airyai",
              latex=r"\operatorname{Ai}'\left(#1\right)"),
    Primitive("airybi", 1, Library(mp.airybi, "airy_bi", limit=_ends(0, "inf")), (lambda m, y, x: m.airybiprime(x),),
              about="the Airy function Bi(x)", latex=r"\operatorname{Bi}\left(#1\right)"),
    Primitive("airybiprime", 1,
              Library(mp.airybiprime, lambda x: x.airy_bi(derivative=1), limit=_ends(None, "inf")),
              (lambda m, y, x: x * m.airybi(x),), about="the derivative of airybi",
              latex=r"\operatorname{Bi}'\left(#1\right)"),

    # complete elliptic integrals: DLMF 19
    Primitive("ellipk", 1, Library("ellipk", balls.ellipk, limit=_ends(0, None)),
              (lambda m, y, x: m.ellipkderivative(m.number(1), x),), Domain("m < 1", lambda m, x: not x >= 1),
              sample=((-3.0, 0.99),), parameters=("m",),
              about="the complete elliptic integral of the first kind, of the parameter m = k^2",
              latex=r"K\left(#1\right)"),
    Primitive("ellipe", 1, Library("ellipe", balls.ellipe, limit=_ends("inf", None)),
              (lambda m, y, x: m.ellipederivative(m.number(1), x),), Domain("m <= 1", lambda m, x: not x > 1),
              sample=((-3.0, 0.99),), parameters=("m",),
              about="the complete elliptic integral of the second kind, of the parameter m = k^2",
              latex=r"E\left(#1\right)"),
    Primitive("ellipkderivative", 2, Library(mp.ellipkderivative, balls.ellipkderivative),
              (_by_order("ellipkderivative"), lambda m, y, n, x: m.ellipkderivative(n + 1, x)),
              Domain("n = 0, 1, 2, ... and m < 1", lambda m, n, x: _is_natural(m, n) and not x >= 1),
              sample=((2.0, 2.0), (-3.0, 0.99)), parameters=("n", "m"), textbook=_first(_ellipk_dm),
              about="the n-th derivative of ellipk", latex=r"K^{(#1)}\left(#2\right)"),
    Primitive("ellipederivative", 2, Library(mp.ellipederivative, balls.ellipederivative),
              (_by_order("ellipederivative"), lambda m, y, n, x: m.ellipederivative(n + 1, x)),
              Domain("n = 0, 1, 2, ... and m <= 1", lambda m, n, x: _is_natural(m, n) and not x > 1),
              sample=((2.0, 2.0), (-3.0, 0.99)), parameters=("n", "m"), textbook=_first(_ellipe_dm),
              about="the n-th derivative of ellipe", latex=r"E^{(#1)}\left(#2\right)"),

    # zeta function, polylogarithms, Lambert's W: DLMF 25 and 4.13
    Primitive("zeta", 1, Library("zeta", balls.zeta, limit=_ends(None, 1)),
              (lambda m, y, x: m.zetaderivative(m.number(1), x),), _ZETA, sample=((1.1, 9.0),),
              about="the Riemann zeta function", latex=r"\zeta\left(#1\right)"),
    Primitive("zetaderivative", 2, Library(mp.zetaderivative, balls.zetaderivative),
              (_by_order("zetaderivative"), lambda m, y, n, x: m.zetaderivative(n + 1, x)),
              Domain("n = 0, 1, 2, ... and x != 1", lambda m, n, x: _is_natural(m, n) and x != 1),
              sample=((1.0, 1.0), (1.1, 9.0)), parameters=("n", "x"), about="the n-th derivative of zeta",
              latex=r"\zeta^{(#1)}\left(#2\right)"),
    Primitive("polylog", 2, Library(mp.polylog, balls.polylog),
              (_by_order("polylog"), lambda m, y, s, x: m.polylogderivative(m.number(1), s, x)),
              _POLYLOG, sample=((2.0, 2.0), (-3.0, 0.9)), parameters=("s", "x"),
              about="the polylogarithm Li_s(x)", latex=r"\operatorname{Li}_{#1}\left(#2\right)"),
    Primitive("polylogderivative", 3, Library(mp.polylogderivative, balls.polylogderivative),
              (_by_order("polylogderivative"), _by_order("polylogderivative"),
               lambda m, y, n, s, x: m.polylogderivative(n + 1, s, x)),
              Domain(f"n = 0, 1, 2, ..., and {_POLYLOG.text}",
                     lambda m, n, s, x: _is_natural(m, n) and _POLYLOG.contains(m, s, x)),
              sample=((1.0, 1.0), (2.0, 2.0), (-3.0, 0.9)), parameters=("n", "s", "x"),
              textbook=_first(lambda m, s, x: m.div(m.polylog(s - 1, x), x)),
              about="the n-th derivative of polylog(s, x) by x", latex=r"\operatorname{Li}_{#2}^{(#1)}\left(#3\right)"),
    Primitive("lambertw", 1, Library(mp.lambertw, "lambertw", limit=_ends(None, "inf")),
              (lambda m, y, x: m.div(m.exp(-y), 1 + y),), _LOWER_UNIT, sample=((-0.3, 5.0),),
              about="the principal branch of Lambert's W, the inverse of x*exp(x)", latex=r"W\left(#1\right)"),
)
# fmt: on
