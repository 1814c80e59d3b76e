"""Rows: arithmetic, powers, exponentials, logarithms, trigonometry, hyperbolic functions, and smooth steps."""

import operator
from collections.abc import Sequence
from typing import Any

from ..contexts import NumberContext
from .rows import (
    JUMP_AT_0,
    NONZERO,
    PAIR,
    POSITIVE,
    Domain,
    JointPartials,
    Kink,
    Primitive,
    Refusal,
    Surfaces,
    is_whole,
    origin,
)

_HUGE = 1e150  # its square is still a double


def _domain_of_power(m: NumberContext, x: Any, a: Any) -> bool:
    return bool(x > 0 or x != x or a != a or (a >= 0 if x == 0 else a == m.floor(a)))


def _sum(terms: Sequence[Any]) -> Any:
    """The sum in pairs of pairs: its rounding grows with log n, not n (Higham, section 4.2)."""
    while len(terms) > 1:
        pairs = [*map(operator.add, terms[::2], terms[1::2])]
        terms = [*pairs, terms[-1]] if len(terms) % 2 else pairs
    return terms[0]


def _branch_cut(m: NumberContext, xs: Sequence[Any]) -> Surfaces:
    """The branch cut of atan2(y, x): the negative half of the axis, and its end."""
    return [(xs[0], (1, 0))] if xs[1] < 0 else origin(m, xs)


def _logsumexp(m: NumberContext, *xs: Any) -> Any:
    """The largest plus log1p of the rest: one of the largest is taken out of the sum, where it is 1."""
    top, one, zero = m.max(*xs), m.number(1), m.number(0)
    ties = _sum([m.where(m.eq(x, top), one, zero) for x in xs])
    rest = _sum([m.where(m.eq(x, top), zero, m.exp(x - top)) for x in xs])
    return top + m.log1p((ties - one) + rest)


def _asech(m: NumberContext, x: Any) -> Any:
    """acosh(1/x) for small x; near 1, where that cancels, by atanh; where 1/x overflows, log((1 + sqrt(1 - x^2))/x)."""
    wide = m.where(x < 0.5, m.acosh(m.div(1, x)), 2 * m.atanh(m.sqrt(m.div(1 - x, 1 + x))))
    return m.where(x < 1e-300, m.log1p(m.sqrt((1 - x) * (1 + x))) - m.log(x), wide)


def _acoth(m: NumberContext, x: Any) -> Any:
    half = m.div(m.log1p(m.div(2, m.abs(x) - 1)), 2)
    return m.where(x > 0, half, -half)


def _asec(m: NumberContext, x: Any) -> Any:
    """acos(1/x), without the rounding of 1/x near |x| = 1."""
    angle = m.atan(m.sqrt((m.abs(x) - 1) * (m.abs(x) + 1)))
    return m.where(x > 0, angle, m.number("pi") - angle)


def _acsc(m: NumberContext, x: Any) -> Any:
    """asin(1/x); near |x| = 1 without the rounding of 1/x."""
    size = m.abs(x)
    near = m.atan(m.div(1, m.sqrt((size - 1) * (size + 1))))
    angle = m.where(size < 1.5, near, m.asin(m.div(1, size)))
    return m.where(x > 0, angle, -angle)


# The repaired forms below are equal to the plain ones, not near them: at `--digits 1000` the
# square of a number as large as _HUGE does not drown a 1.


def _slope_exp2(m: NumberContext, y: Any, x: Any) -> Any:
    log = m.log(m.number(2))
    return m.stable(y * log, x < 1024, m.exp2(x - 1) * (2 * log))


def _slope_log(m: NumberContext, x: Any, base: Any) -> Any:
    """1/(x*base), where the product may leave the range of doubles."""
    return m.stable(m.div(1, x * base), m.and_(x > 1e-290, x < 1e300), m.div(m.div(1, base), x))


def _slope_asec(m: NumberContext, x: Any) -> Any:
    size = m.abs(x)
    repaired = m.quotient((1,), (size, m.sqrt(size - 1), m.sqrt(size + 1)))
    return m.stable(m.quotient((1,), (size, m.sqrt((size - 1) * (size + 1)))), size < _HUGE, repaired)


def _slope_acosh(m: NumberContext, x: Any) -> Any:
    return m.div(1, m.stable(m.sqrt((x - 1) * (x + 1)), m.abs(x) < _HUGE, m.sqrt(x - 1) * m.sqrt(x + 1)))


def _slope_atanh(m: NumberContext, x: Any) -> Any:
    return m.stable(m.div(1, (1 - x) * (1 + x)), m.abs(x) < _HUGE, m.div(m.div(1, 1 - x), 1 + x))


def _slope_atan(m: NumberContext, x: Any) -> Any:
    return m.stable(m.div(1, 1 + x * x), m.abs(x) < _HUGE, m.div(m.div(1, x), x + m.div(1, x)))


def _slope_asinh(m: NumberContext, x: Any) -> Any:
    return m.stable(m.div(1, m.sqrt(1 + x * x)), m.abs(x) < _HUGE, m.div(1, m.hypot(m.number(1), x)))


def _acsch(m: NumberContext, x: Any) -> Any:
    """asinh(1/x); where 1/x would overflow, log((1 + sqrt(1 + x^2))/|x|)."""
    log = m.log1p(m.hypot(m.number(1), x)) - m.log(m.abs(x))
    return m.where(m.abs(x) < 1e-300, m.where(x < 0, -log, log), m.asinh(m.div(1, x)))


def _sigmoid(m: NumberContext, x: Any) -> Any:
    small = m.exp(-m.abs(x))
    return m.where(x < 0, m.div(small, 1 + small), m.div(1, 1 + small))


_UNIT = Domain("-1 <= x <= 1", lambda m, x: not abs(x) > 1)
_OUTSIDE = Domain("|x| >= 1", lambda m, x: not abs(x) < 1)
_CUT = Kink("jumps at y = 0, x < 0", lambda m, y, x: y == 0 and x < 0, surfaces=_branch_cut)
AT_THE_ORIGIN = Kink("all arguments = 0", lambda m, *xs: all(x == 0 for x in xs), lambda m, xs, ts: m.hypot(*ts),
                      origin)  # fmt: skip

# fmt: off
ROWS: tuple[Primitive, ...] = (
    # arithmetic
    Primitive("add", 2, lambda m, a, b: a + b, (1, 1), sample=PAIR),
    Primitive("sub", 2, lambda m, a, b: a - b, (1, -1), sample=PAIR),
    Primitive("mul", 2, lambda m, a, b: a * b, (lambda m, y, a, b: b, lambda m, y, a, b: a), sample=PAIR),
    Primitive("div", 2, lambda m, a, b: m.div(a, b),
              (lambda m, y, a, b: m.div(1, b), lambda m, y, a, b: m.div_db(a, b, y)),
              Domain("divisor != 0", lambda m, a, b: b != 0), sample=((-3.0, 3.0), (0.25, 3.0))),
    Primitive("pow", 2, lambda m, x, a: m.pow(x, a),
              (lambda m, y, x, a: m.pow_dx(x, a, y), lambda m, y, x, a: m.pow_da(x, a, y)),
              Domain("base > 0, or base = 0 and exponent >= 0, or base < 0 and a whole exponent", _domain_of_power),
              sample=((0.125, 3.0), (-3.0, 3.0))),
    Primitive("neg", 1, lambda m, x: -x, (-1,)),
    Primitive("square", 1, lambda m, x: x * x, (lambda m, y, x: 2 * x,), textbook=lambda m, x: m.pow(x, m.number(2))),
    Primitive("inv", 1, lambda m, x: m.div(1, x), (lambda m, y, x: -y * y,), NONZERO, sample=((0.25, 3.0),),
              textbook=lambda m, x: m.div(1, x), about="the reciprocal 1/x"),

    # powers, exponentials, logarithms
    Primitive("sqrt", 1, lambda m, x: m.sqrt(x), (lambda m, y, x: m.sqrt_dx(y),),
              Domain("x >= 0", lambda m, x: not x < 0), sample=((0.01, 9.0),)),
    Primitive("cbrt", 1, lambda m, x: m.cbrt(x), (lambda m, y, x: m.cbrt_dx(x, y),)),
    Primitive("exp", 1, lambda m, x: m.exp(x), (lambda m, y, x: y,)),
    Primitive("expm1", 1, lambda m, x: m.expm1(x), (lambda m, y, x: m.exp(x),), about="exp(x) - 1, exact near 0"),
    Primitive("exp2", 1, lambda m, x: m.exp2(x), (_slope_exp2,)),
    Primitive("exp10", 1, lambda m, x: m.exp10(x), (lambda m, y, x: y * m.log(m.number(10)),)),
    Primitive("log", 1, lambda m, x: m.log(x), (lambda m, y, x: m.div(1, x),), POSITIVE,
              sample=((0.01, 9.0),), aliases=("ln",), about="natural logarithm; log(x, base) is logb"),
    Primitive("log2", 1, lambda m, x: m.log2(x), (lambda m, y, x: _slope_log(m, x, m.log(m.number(2))),), POSITIVE,
              sample=((0.01, 9.0),)),
    Primitive("log10", 1, lambda m, x: m.log10(x), (lambda m, y, x: _slope_log(m, x, m.log(m.number(10))),), POSITIVE,
              sample=((0.01, 9.0),)),
    Primitive("log1p", 1, lambda m, x: m.log1p(x), (lambda m, y, x: m.div(1, 1 + x),),
              Domain("x > -1", lambda m, x: not x <= -1), sample=((-0.9, 9.0),), about="log(1 + x), exact near 0"),
    Primitive("logb", 2, lambda m, x, b: m.div(m.log(x), m.log(b)),
              (lambda m, y, x, b: m.quotient((1,), (x, m.log(b))), lambda m, y, x, b: m.logb_db(x, b, y)),
              Domain("x > 0, base > 0, base != 1", lambda m, x, b: not (x <= 0 or b <= 0 or b == 1)),
              sample=((0.01, 9.0), (1.5, 12.0)), about="log(x, base)", parameters=("x", "b"), overload="log"),
    Primitive("xlogy", 2, lambda m, x, y: m.where(x == 0, m.number(0), x * m.log(y)),
              (lambda m, v, x, y: m.log(y), lambda m, v, x, y: m.div(x, m.divisor(y))),
              Domain("y > 0, or x = 0", lambda m, x, y: not y <= 0 or x == 0),
              sample=((-3.0, 3.0), (0.01, 9.0)), textbook=lambda m, x, y: x * m.log(y),
              about="x*log(y), and 0 where x = 0"),

    # trigonometry
    Primitive("sin", 1, lambda m, x: m.sin(x), (lambda m, y, x: m.cos(x),)),
    Primitive("cos", 1, lambda m, x: m.cos(x), (lambda m, y, x: -m.sin(x),)),
    Primitive("tan", 1, lambda m, x: m.tan(x), (lambda m, y, x: 1 + m.pow(y, m.number(2)),), sample=((-1.5, 1.5),)),
    Primitive("cot", 1, lambda m, x: m.div(1, m.tan(x)), (lambda m, y, x: m.cot_dx(x, y),),
              Domain("sin(x) != 0", lambda m, x: x != 0), sample=((0.1, 3.0),)),
    Primitive("sec", 1, lambda m, x: m.div(1, m.cos(x)), (lambda m, y, x: y * m.tan(x),), sample=((-1.5, 1.5),)),
    Primitive("csc", 1, lambda m, x: m.div(1, m.sin(x)), (lambda m, y, x: m.csc_dx(x, y),),
              Domain("sin(x) != 0", lambda m, x: x != 0), sample=((0.1, 3.0),)),
    Primitive("sinpi", 1, lambda m, x: m.sinpi(x), (lambda m, y, x: m.number("pi") * m.cospi(x),), about="sin(pi*x)"),
    Primitive("cospi", 1, lambda m, x: m.cospi(x), (lambda m, y, x: -(m.number("pi") * m.sinpi(x)),),
              about="cos(pi*x)"),
    Primitive("asin", 1, lambda m, x: m.asin(x), (lambda m, y, x: m.div(1, m.sqrt((1 - x) * (1 + x))),), _UNIT,
              sample=((-0.99, 0.99),), aliases=("arcsin",)),
    Primitive("acos", 1, lambda m, x: m.acos(x), (lambda m, y, x: -m.div(1, m.sqrt((1 - x) * (1 + x))),), _UNIT,
              sample=((-0.99, 0.99),), aliases=("arccos",)),
    Primitive("atan", 1, lambda m, x: m.atan(x), (lambda m, y, x: _slope_atan(m, x),), aliases=("arctan",)),
    Primitive("acot", 1, lambda m, x: m.where(x == 0, m.div(m.number("pi"), 2), m.atan(m.div(1, x))),
              (lambda m, y, x: -_slope_atan(m, x),), kink=JUMP_AT_0,
              aliases=("arccot",), about="atan(1/x), and pi/2 at 0"),
    Primitive("asec", 1, _asec, (lambda m, y, x: _slope_asec(m, x),), _OUTSIDE,
              sample=((1.01, 9.0),), aliases=("arcsec",), about="acos(1/x)"),
    Primitive("acsc", 1, _acsc, (lambda m, y, x: -_slope_asec(m, x),), _OUTSIDE,
              sample=((1.01, 9.0),), aliases=("arccsc",), about="asin(1/x)"),
    Primitive("atan2", 2, lambda m, y, x: m.atan2(y, x),
              (lambda m, v, y, x: m.over_square(x, y), lambda m, v, y, x: -m.over_square(y, x)),
              Domain("not both 0", lambda m, y, x: x != 0 or y != 0),
              _CUT, sample=((0.1, 3.0), (-3.0, 3.0)),
              aliases=("arctan2",), about="atan2(y, x): the angle of the point (x, y)", parameters=("y", "x")),
    Primitive("hypot", -2, lambda m, *xs: m.hypot(*xs), JointPartials(lambda m, y, xs: m.hypot_dx(xs, y)),
              kink=AT_THE_ORIGIN,
              sample=PAIR, about="sqrt(x1^2 + x2^2 + ...), without overflow"),
    Primitive("radians", 1, lambda m, x: x * m.div(m.number("pi"), m.number(180)),
              (lambda m, y, x: m.div(m.number("pi"), m.number(180)),), aliases=("deg2rad",)),
    Primitive("degrees", 1, lambda m, x: x * m.div(m.number(180), m.number("pi")),
              (lambda m, y, x: m.div(m.number(180), m.number("pi")),), aliases=("rad2deg",)),
    Primitive("sinc", 1, lambda m, x: m.where(x == 0, m.number(1), m.div(m.sin(x), x)),
              (lambda m, y, x: -m.sphericalbesselj(m.number(1), x),), about="sin(x)/x, and 1 at 0"),
    Primitive("sphericalbesselj", 2, lambda m, n, x: m.sphericalbesselj(n, x),
              (Refusal("sphericalbesselj has no derivative by its order"),
               lambda m, y, n, x: m.sphericalbesselj_dx(n, x)),
              Domain("n = 0, 1, 2, ...", lambda m, n, x: n >= 0 and is_whole(m, n)), sample=((2.0, 2.0), (0.1, 9.0)),
              about="j_n(x) for a whole number n; sinc is j_0 (DLMF 10.51.1)", parameters=("n", "x")),

    # hyperbolic functions
    Primitive("sinh", 1, lambda m, x: m.sinh(x), (lambda m, y, x: m.cosh(x),)),
    Primitive("cosh", 1, lambda m, x: m.cosh(x), (lambda m, y, x: m.sinh(x),)),
    Primitive("tanh", 1, lambda m, x: m.tanh(x), (lambda m, y, x: m.tanh_dx(x),)),
    Primitive("coth", 1, lambda m, x: m.div(1, m.tanh(x)), (lambda m, y, x: m.coth_dx(x),), NONZERO,
              sample=((0.1, 3.0),)),
    Primitive("sech", 1, lambda m, x: m.div(1, m.cosh(x)), (lambda m, y, x: m.sech_dx(x, y),)),
    Primitive("csch", 1, lambda m, x: m.div(1, m.sinh(x)), (lambda m, y, x: m.csch_dx(x, y),), NONZERO,
              sample=((0.1, 3.0),)),
    Primitive("asinh", 1, lambda m, x: m.asinh(x), (lambda m, y, x: _slope_asinh(m, x),),
              aliases=("arsinh", "arcsinh")),
    Primitive("acosh", 1, lambda m, x: m.acosh(x), (lambda m, y, x: _slope_acosh(m, x),),
              Domain("x >= 1", lambda m, x: not x < 1), sample=((1.01, 9.0),), aliases=("arcosh", "arccosh")),
    Primitive("atanh", 1, lambda m, x: m.atanh(x), (lambda m, y, x: _slope_atanh(m, x),),
              Domain("-1 < x < 1", lambda m, x: not abs(x) >= 1), sample=((-0.99, 0.99),),
              aliases=("artanh", "arctanh")),
    Primitive("acoth", 1, _acoth, (lambda m, y, x: _slope_atanh(m, x),),
              Domain("|x| > 1", lambda m, x: not abs(x) <= 1), sample=((1.01, 9.0),),
              aliases=("arcoth", "arccoth"), about="atanh(1/x)"),
    Primitive("asech", 1, _asech, (lambda m, y, x: -m.div(1, x * m.sqrt((1 - x) * (1 + x))),),
              Domain("0 < x <= 1", lambda m, x: not (x <= 0 or x > 1)), sample=((0.01, 0.99),),
              aliases=("arsech", "arcsech"), about="acosh(1/x)"),
    Primitive("acsch", 1, _acsch, (lambda m, y, x: -m.div(_slope_asinh(m, x), m.abs(x)),), NONZERO,
              sample=((0.1, 9.0),), aliases=("arcsch", "arccsch"), about="asinh(1/x)"),

    # smooth steps
    Primitive("sigmoid", 1, _sigmoid, (lambda m, y, x: m.sigmoid_dx(x, y),), aliases=("logistic",),
              about="1/(1 + exp(-x))"),
    Primitive("softplus", 1, lambda m, x: m.max(x, m.number(0)) + m.log1p(m.exp(-m.abs(x))),
              (lambda m, y, x: m.sigmoid(x),), about="log(1 + exp(x))"),
    Primitive("logsumexp", -2, _logsumexp, JointPartials(lambda m, y, xs: m.logsumexp_dx(xs, y)), sample=PAIR,
              about="log(exp(x1) + exp(x2) + ...), without overflow"),
)
# fmt: on
