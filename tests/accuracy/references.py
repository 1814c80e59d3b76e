"""The true value and partial derivatives of each row of the table, as balls of python-flint.

Each row has a closed form for the value and one for each partial derivative, written here by hand
and not taken from the table: they are compared with the differentiated power series of `witness.py`
by a test. They are fast at the price of being used at doubles alone. The precision is raised until
every ball is tight, so cancellation in a closed form costs time and not digits.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

from flint import arb, ctx

from adcli.primitives import TABLE, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Ball = Any
Truth = Any
"""A ball; an infinity where the derivative is one; NaN where there is no derivative to compare with."""
Truths = tuple[Truth, tuple[Truth, ...]]
"""The value and the partial derivatives."""

PRECISIONS = (128, 256, 640, 1280, 2560, 5120, 20480)
_TIGHT_BITS = 75  # beyond the 53 of a double, for errors to a millionth of an ulp
_NOTHING = arb((1, -1300))  # far below the least double
_LARGEST_EXPONENT = 100_000  # what exp is clamped to, far beyond the range of doubles
_INF, _NAN = math.inf, math.nan
_ONE, _ZERO = arb(1), arb(0)


class UnresolvedError(ArithmeticError):
    """A truth needs more bits than `PRECISIONS` has."""


# -- functions that flint has not, or not for every double


def _clamped(x: Ball) -> Ball:
    if x > _LARGEST_EXPONENT:
        return arb(_LARGEST_EXPONENT)
    return arb(-_LARGEST_EXPONENT) if x < -_LARGEST_EXPONENT else x


def _exp(x: Ball) -> Ball:
    return _clamped(x).exp()


@cache
def _double_factorial(n: int) -> int:
    return math.prod(range(1, n + 1, 2))


def _series(n: int, x: Ball) -> Ball:
    """j_n(x) by its power series, DLMF 10.53.1."""
    return x**n / _double_factorial(2 * n + 1) * (-x * x / 4).hypgeom_0f1(arb(n) + 1.5)


def _spherical(n: int, x: Ball) -> tuple[Ball, Ball, Ball]:
    """j_(n-1), j_n and j_(n+1), for n >= 0: by power series, or by the recurrence DLMF 10.51.1."""
    if abs(x) < 1 + n / 2 or n > 60:
        here, after = _series(n, x), _series(n + 1, x)
        return (2 * n + 1) / x * here - after if n else arb(0), here, after
    sine, cosine = x.sin_cos()
    before, here = cosine / x, sine / x
    for k in range(n):
        before, here = here, (2 * k + 1) / x * here - before
    return before, here, (2 * n + 1) / x * here - before


def _softened(x: Ball) -> Ball:
    """log(1 + e^x)."""
    return x + _exp(-x).log1p() if x > 0 else _exp(x).log1p()


def _divided(a: Ball, b: Ball) -> Truth:
    """a/b for a > 0, and an infinity where b is 0."""
    return _INF if b == 0 else a / b


def _flipped(a: Truth) -> Truth:
    return -a


# -- rows


def _pow(x: Ball, a: Ball) -> Truths:
    if x == 0:
        power = _ONE if a == 0 else _ZERO
        slope = _ONE if a == 1 else _ZERO if a > 1 or a == 0 else _INF
        return power, (slope, _ZERO if a > 0 else _NAN)
    size = abs(x)
    log = size.log()
    power = _exp(a * log)
    if x < 0 and int(float(a)) % 2:
        power = -power
    return power, (a * power / x, power * log if x > 0 else _NAN)


def _cbrt(x: Ball) -> Truths:
    root = abs(x).root(3)
    return root if x >= 0 else -root, (_divided(_ONE, 3 * root * root),)


def _logb(x: Ball, b: Ball) -> Truths:
    log, base = x.log(), b.log()
    return log / base, (1 / (x * base), -log / (b * base * base))


def _xlogy(x: Ball, y: Ball) -> Truths:
    if y <= 0:
        return _ZERO, (_NAN, _NAN)
    log = y.log()
    return x * log, (log, x / y)


def _sin(x: Ball) -> Truths:
    sine, cosine = x.sin_cos()
    return sine, (cosine,)


def _cos(x: Ball) -> Truths:
    sine, cosine = x.sin_cos()
    return cosine, (-sine,)


def _tan(x: Ball) -> Truths:
    sine, cosine = x.sin_cos()
    return sine / cosine, (1 / (cosine * cosine),)


def _cot(x: Ball) -> Truths:
    sine, cosine = x.sin_cos()
    return cosine / sine, (-1 / (sine * sine),)


def _sec(x: Ball) -> Truths:
    sine, cosine = x.sin_cos()
    return 1 / cosine, (sine / (cosine * cosine),)


def _csc(x: Ball) -> Truths:
    sine, cosine = x.sin_cos()
    return 1 / sine, (-cosine / (sine * sine),)


def _sinpi(x: Ball) -> Truths:
    sine, cosine = x.sin_cos_pi()
    return sine, (arb.pi() * cosine,)


def _cospi(x: Ball) -> Truths:
    sine, cosine = x.sin_cos_pi()
    return cosine, (-arb.pi() * sine,)


def _asin_slope(x: Ball) -> Truth:
    return _divided(_ONE, ((1 - x) * (1 + x)).sqrt())


def _asec_slope(x: Ball) -> Truth:
    return _divided(_ONE, abs(x) * ((x - 1) * (x + 1)).sqrt())


def _acot(x: Ball) -> Truths:
    return arb.pi() / 2 if x == 0 else (1 / x).atan(), (-1 / (1 + x * x),)


def _atan2(y: Ball, x: Ball) -> Truths:
    square = x * x + y * y
    return arb.atan2(y, x), (x / square, -y / square)


def _hypot(*xs: Ball) -> Truths:
    length = sum([x * x for x in xs], _ZERO).sqrt()
    return length, tuple([_NAN if length == 0 else x / length for x in xs])


def _sinc(x: Ball) -> Truths:
    return x.sinc(), (-_spherical(0, x)[2],)


def _sphericalbesselj(order: Ball, x: Ball) -> Truths:
    n = int(float(order))
    if x == 0:
        return arb(int(n == 0)), (_NAN, arb(1) / 3 if n == 1 else _ZERO)
    before, here, after = _spherical(n, x)
    return here, (_NAN, (n * before - (n + 1) * after) / (2 * n + 1))


def _sinh(x: Ball) -> Truths:
    sine, cosine = _clamped(x).sinh_cosh()
    return sine, (cosine,)


def _cosh(x: Ball) -> Truths:
    sine, cosine = _clamped(x).sinh_cosh()
    return cosine, (sine,)


def _tanh(x: Ball) -> Truths:
    slope = _clamped(x).sech()
    return x.tanh(), (slope * slope,)


def _coth(x: Ball) -> Truths:
    slope = _clamped(x).csch()
    return x.coth(), (-slope * slope,)


def _sech(x: Ball) -> Truths:
    value = _clamped(x).sech()
    return value, (-value * x.tanh(),)


def _csch(x: Ball) -> Truths:
    value = _clamped(x).csch()
    return value, (-value * x.coth(),)


def _acosh(x: Ball) -> Truths:
    return x.acosh(), (_divided(_ONE, ((x - 1) * (x + 1)).sqrt()),)


def _atanh_slope(x: Ball) -> Ball:
    return 1 / ((1 - x) * (1 + x))


def _acoth(x: Ball) -> Truths:
    value = (2 / (abs(x) - 1)).log1p() / 2
    return value if x > 0 else -value, (_atanh_slope(x),)


def _asech(x: Ball) -> Truths:
    value = (1 / x).acosh() if x < 0.5 else 2 * ((1 - x) / (1 + x)).sqrt().atanh()
    return value, (_flipped(_divided(_ONE, x * ((1 - x) * (1 + x)).sqrt())),)


def _sigmoid(x: Ball) -> Truths:
    small = _exp(-abs(x))
    return 1 / (1 + _exp(-x)), (small / ((1 + small) * (1 + small)),)


def _logsumexp(*xs: Ball) -> Truths:
    top = max(range(len(xs)), key=lambda k: float(xs[k]))
    parts = [_exp(x - xs[top]) for x in xs]
    rest = sum([part for k, part in enumerate(parts) if k != top], _ZERO)
    return xs[top] + rest.log1p(), tuple([part / (1 + rest) for part in parts])


def _best(best: Callable[..., Any]) -> Callable[..., Truths]:
    def truths(*xs: Ball) -> Truths:
        numbers = [float(x) for x in xs]
        extreme = best(numbers)
        tied = numbers.count(extreme) > 1
        return arb(extreme), tuple([_NAN if tied else arb(int(x == extreme)) for x in numbers])

    return truths


def _mod(x: Ball, y: Ball) -> Truths:
    ratio = _whole_ratio(float(x), float(y))
    return x - y * ratio, (_ONE, arb(-ratio))


def _whole_ratio(x: float, y: float) -> int:
    """floor(x/y) without rounding."""
    a, b = x.as_integer_ratio()
    c, d = y.as_integer_ratio()
    return (a * d) // (b * c)


_RULES: dict[str, Callable[..., Truths]] = {
    "add": lambda a, b: (a + b, (_ONE, _ONE)),
    "sub": lambda a, b: (a - b, (_ONE, -_ONE)),
    "mul": lambda a, b: (a * b, (b, a)),
    "div": lambda a, b: (a / b, (1 / b, -a / (b * b))),
    "pow": _pow,
    "neg": lambda x: (-x, (-_ONE,)),
    "square": lambda x: (x * x, (2 * x,)),
    "inv": lambda x: (1 / x, (-1 / (x * x),)),
    "sqrt": lambda x: (x.sqrt(), (_divided(_ONE, 2 * x.sqrt()),)),
    "cbrt": _cbrt,
    "exp": lambda x: (_exp(x), (_exp(x),)),
    "expm1": lambda x: (_clamped(x).expm1(), (_exp(x),)),
    "exp2": lambda x: (_exp(x * arb.const_log2()), (_exp(x * arb.const_log2()) * arb.const_log2(),)),
    "exp10": lambda x: (_exp(x * arb.const_log10()), (_exp(x * arb.const_log10()) * arb.const_log10(),)),
    "log": lambda x: (x.log(), (1 / x,)),
    "log2": lambda x: (x.log() / arb.const_log2(), (1 / (x * arb.const_log2()),)),
    "log10": lambda x: (x.log() / arb.const_log10(), (1 / (x * arb.const_log10()),)),
    "log1p": lambda x: (x.log1p(), (1 / (1 + x),)),
    "logb": _logb,
    "xlogy": _xlogy,
    "sin": _sin,
    "cos": _cos,
    "tan": _tan,
    "cot": _cot,
    "sec": _sec,
    "csc": _csc,
    "sinpi": _sinpi,
    "cospi": _cospi,
    "asin": lambda x: (x.asin(), (_asin_slope(x),)),
    "acos": lambda x: (x.acos(), (_flipped(_asin_slope(x)),)),
    "atan": lambda x: (x.atan(), (1 / (1 + x * x),)),
    "acot": _acot,
    "asec": lambda x: ((1 / x).acos(), (_asec_slope(x),)),
    "acsc": lambda x: ((1 / x).asin(), (_flipped(_asec_slope(x)),)),
    "atan2": _atan2,
    "hypot": _hypot,
    "radians": lambda x: (x * arb.pi() / 180, (arb.pi() / 180,)),
    "degrees": lambda x: (x * 180 / arb.pi(), (180 / arb.pi(),)),
    "sinc": _sinc,
    "sphericalbesselj": _sphericalbesselj,
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": _tanh,
    "coth": _coth,
    "sech": _sech,
    "csch": _csch,
    "asinh": lambda x: (x.asinh(), (1 / (1 + x * x).sqrt(),)),
    "acosh": _acosh,
    "atanh": lambda x: (x.atanh(), (_atanh_slope(x),)),
    "acoth": _acoth,
    "asech": _asech,
    "acsch": lambda x: ((1 / x).asinh(), (-1 / (abs(x) * (1 + x * x).sqrt()),)),
    "sigmoid": _sigmoid,
    "softplus": lambda x: (_softened(x), (1 / (1 + _exp(-x)),)),
    "logsumexp": _logsumexp,
    "abs": lambda x: (abs(x), (x.sgn(),)),
    "sign": lambda x: (x.sgn(), (_ZERO,)),
    "floor": lambda x: (arb(math.floor(float(x))), (_ZERO,)),
    "ceil": lambda x: (arb(math.ceil(float(x))), (_ZERO,)),
    "round": lambda x: (arb(round(float(x))), (_ZERO,)),
    "mod": _mod,
    "max": _best(max),
    "min": _best(min),
    "relu": lambda x: (x if x > 0 else _ZERO, (_ONE if x > 0 else _ZERO,)),
    "shifted": lambda x, shift: (x + shift, (_ONE, _ONE)),
    "divisor": lambda x: (x, (_ONE,)),
    "pivot": lambda x, scale: (x, (_ONE, _NAN)),
}


def known() -> frozenset[str]:
    """The names of the rows that have a closed form here; others are known by the power series of `witness.py`."""
    return frozenset(_RULES)


def truths(name: str, point: Sequence[float]) -> list[Truth]:
    """The true value, and the true partial derivatives, of a row at exact doubles.

    Raises `UnresolvedError` where a ball stays wide at the highest precision.
    """
    rule = _RULES.get(name)
    if rule is None:
        return _by_series(name, point)
    found: list[Truth] = []
    try:
        for precision in PRECISIONS:
            ctx.prec = precision
            try:
                value, partials = rule(*[arb(x) for x in point])
            except (ValueError, ZeroDivisionError):  # a ball that holds a 0 by which it is divided
                continue
            found = [value, *partials]
            if all(map(_is_tight, found)):
                return found
    finally:
        ctx.prec = PRECISIONS[0]
    raise UnresolvedError(f"{name}{tuple(point)}: {found}")


def _by_series(name: str, point: Sequence[float]) -> list[Truth]:
    """The same by the witness; no derivative by an argument for which the row has no rule."""
    import witness

    count = len(point)
    rules = [TABLE[name].partials[k] for k in range(count)]
    moving = [k for k, rule in enumerate(rules) if rule is not None and not isinstance(rule, Refusal)]
    try:
        found = {k: witness.taylor(name, point, witness.units(count, k)) for k in moving}
    except witness.UnresolvedError as error:
        raise UnresolvedError(str(error)) from error
    value = found[moving[0]].value
    return [value, *(found[k].slope if k in found else _NAN for k in range(count))]


def _is_tight(truth: Truth) -> bool:
    if isinstance(truth, float) or truth.rel_accuracy_bits() >= _TIGHT_BITS:
        return True
    return bool(abs(truth) < _NOTHING)
