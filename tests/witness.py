"""A rigorous witness for the primitive table: balls of python-flint, which share no rule with adcli.

Each function is written once, in closed form, over truncated power series with ball
coefficients. Evaluated at `x + d*t` the coefficients are the value, the slope along d and half
the curvature; flint differentiates, no derivative is written here. The precision is raised until
every ball is tight, so that cancellation in a closed form costs time and not digits.

A function that libraries know (`Library`) needs no line here. Its value is the ball that its row
names in python-flint, or what mpmath gives at far higher precision; its derivatives are differences
of such values over a step of 2^-120 or less, and so know nothing of the row's rules.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import mpmath
from flint import arb, arb_series, ctx

from adcli.primitives import TABLE, Library

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Series = Any  # arb_series: flint has no type stubs
Ball = Any

PRECISIONS = (160, 320, 640, 1280, 2560, 5120, 10240, 20480, 40960)
TIGHT_BITS = 180  # 54 decimal digits
LARGEST = arb((1, 2**61))  # MpContext answers with infinities somewhere past 2^(2^61), and zeros below its inverse


class UnknownRowError(LookupError):
    """The table has a row of which the witness knows nothing."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"tests/witness.py has no reference for the row '{name}': add one to FUNCTIONS, or make its value a Library"
        )


class UnresolvedError(ArithmeticError):
    """The reference is not finite at the point, or needs more bits than `PRECISIONS` has."""

    def __init__(self, name: str, xs: Sequence[float], direction: Sequence[int]) -> None:
        super().__init__(f"the reference of '{name}' at {xs} along {direction} is not finite, or needs more bits")


class Taylor(NamedTuple):
    """The value at a point, and the first and second derivative along a direction."""

    value: Ball
    slope: Ball
    curvature: Ball


def _center(x: Series) -> Ball:
    return x[0]


def _flipped(x: Series) -> Series:
    return -x


def _size(x: Series) -> Series:
    """|x| away from 0."""
    return x if _center(x) >= 0 else -x


def _like_sign(x: Series, y: Series) -> Series:
    """Give y the sign of x."""
    return y if _center(x) >= 0 else -y


def _flat(value: float) -> Series:
    return arb_series([arb(value)])


def _exp(x: Series) -> Series:
    return x.exp()


def _sqrt(x: Series) -> Series:
    return x.sqrt()


def _log(x: Series) -> Series:
    return x.log()


def _pow(x: Series, a: Series) -> Series:
    """x^a through the logarithm; a negative base needs a whole exponent that does not move."""
    power = (a * _size(x).log()).exp()
    return -power if _center(x) < 0 and int(float(_center(a))) % 2 else power


def _cbrt(x: Series) -> Series:
    return _like_sign(x, (_size(x).log() / 3).exp())


def _sinh(x: Series) -> Series:
    return (x.exp() - (-x).exp()) / 2


def _cosh(x: Series) -> Series:
    return (x.exp() + (-x).exp()) / 2


def _tanh(x: Series) -> Series:
    """1 - 2/(e^(2|x|) + 1), whose slope does not cancel where tanh saturates."""
    return _like_sign(x, 1 - 2 / ((2 * _size(x)).exp() + 1))


def _coth(x: Series) -> Series:
    return _like_sign(x, 1 + 2 / ((2 * _size(x)).exp() - 1))


def _sech(x: Series) -> Series:
    return 2 / (x.exp() + (-x).exp())


def _csch(x: Series) -> Series:
    return 2 / (x.exp() - (-x).exp())


def _asinh(x: Series) -> Series:
    return _like_sign(x, (_size(x) + (x * x + 1).sqrt()).log())


def _acosh(x: Series) -> Series:
    if _center(x) == 1:  # a vertical slope
        return arb_series([arb(0), arb.nan()])
    return (x + (x * x - 1).sqrt()).log()


def _atanh(x: Series) -> Series:
    return ((1 + x) / (1 - x)).log() / 2


def _atan2(y: Series, x: Series) -> Series:
    if abs(_center(y)) > abs(_center(x)):
        return _like_sign(y, _flat(0) + arb.pi() / 2) - (x / y).atan()
    angle = (y / x).atan()
    if _center(x) > 0:
        return angle
    return angle + arb.pi() if _center(y) >= 0 else angle - arb.pi()


def _acot(x: Series) -> Series:
    return (1 / x).atan()


def _sphericalbesselj(n: Series, x: Series) -> Series:
    """Rayleigh's closed forms by the recurrence DLMF 10.51.1; at 0 the power series 10.53.1."""
    order = int(float(_center(n)))
    if _center(x) == 0:
        odd = math.prod(range(1, 2 * order + 2, 2))
        first = arb(1) / odd
        second = -first / (2 * (2 * order + 3))
        power = x**order if order else _flat(1)
        return power * (first + second * x * x)
    below, here = x.cos() / x, x.sin() / x
    for k in range(order):
        below, here = here, (2 * k + 1) / x * here - below
    return here


def _sinc(x: Series) -> Series:
    return _sphericalbesselj(_flat(0), x)


def _sigmoid(x: Series) -> Series:
    return 1 / (1 + (-x).exp())


def _softplus(x: Series) -> Series:
    """log(1 + e^x); past 0 as x + log(1 + e^-x), whose curvature does not cancel."""
    if _center(x) < -1000:  # the next term of the logarithm's series is e^(2x)/3 smaller
        return x.exp() * (1 - x.exp() / 2)
    return (1 + x.exp()).log() if _center(x) < 0 else x + (1 + (-x).exp()).log()


def _logsumexp(*xs: Series) -> Series:
    total = xs[0].exp()
    for x in xs[1:]:
        total = total + x.exp()
    return total.log()


def _hypot(*xs: Series) -> Series:
    total = xs[0] * xs[0]
    for x in xs[1:]:
        total = total + x * x
    return total.sqrt()


def _largest(*xs: Series) -> Series:
    return max(xs, key=lambda x: float(_center(x)))


def _smallest(*xs: Series) -> Series:
    return min(xs, key=lambda x: float(_center(x)))


def _sign(x: Series) -> Series:
    center = float(_center(x))
    return _flat((center > 0) - (center < 0))


def _xlogy(x: Series, y: Series) -> Series:
    return x * y.log()


FUNCTIONS: dict[str, Callable[..., Series]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": _pow,
    "neg": _flipped,
    "square": lambda x: x * x,
    "inv": lambda x: 1 / x,
    "sqrt": _sqrt,
    "cbrt": _cbrt,
    "exp": _exp,
    "expm1": lambda x: x.exp() - 1,
    "exp2": lambda x: (x * arb(2).log()).exp(),
    "exp10": lambda x: (x * arb(10).log()).exp(),
    "log": _log,
    "log2": lambda x: x.log() / arb(2).log(),
    "log10": lambda x: x.log() / arb(10).log(),
    "log1p": lambda x: (1 + x).log(),
    "logb": lambda x, b: x.log() / b.log(),
    "xlogy": _xlogy,
    "sin": lambda x: x.sin(),
    "cos": lambda x: x.cos(),
    "tan": lambda x: x.sin() / x.cos(),
    "cot": lambda x: x.cos() / x.sin(),
    "sec": lambda x: 1 / x.cos(),
    "csc": lambda x: 1 / x.sin(),
    "sinpi": lambda x: x.sin_pi(),
    "cospi": lambda x: x.cos_pi(),
    "asin": lambda x: x.asin(),
    "acos": lambda x: x.acos(),
    "atan": lambda x: x.atan(),
    "acot": _acot,
    "asec": lambda x: (1 / x).acos(),
    "acsc": lambda x: (1 / x).asin(),
    "atan2": _atan2,
    "hypot": _hypot,
    "radians": lambda x: x * arb.pi() / 180,
    "degrees": lambda x: x * 180 / arb.pi(),
    "sinc": _sinc,
    "sphericalbesselj": _sphericalbesselj,
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": _tanh,
    "coth": _coth,
    "sech": _sech,
    "csch": _csch,
    "asinh": _asinh,
    "acosh": _acosh,
    "atanh": _atanh,
    "acoth": lambda x: _atanh(1 / x),
    "asech": lambda x: _acosh(1 / x),
    "acsch": lambda x: _asinh(1 / x),
    "abs": _size,
    "sign": _sign,
    "floor": lambda x: _flat(math.floor(float(_center(x)))),
    "ceil": lambda x: _flat(math.ceil(float(_center(x)))),
    "round": lambda x: _flat(round(float(_center(x)))),
    "mod": lambda x, y: x - y * (_center(x) / _center(y)).floor(),
    "max": _largest,
    "min": _smallest,
    "relu": lambda x: x if _center(x) > 0 else _flat(0),
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "logsumexp": _logsumexp,
    "shifted": lambda x, shift: x + shift,
    "divisor": lambda x: x,  # away from 0
    "outweighs": lambda a, b: _flat(_center(_size(a)) > _center(_size(b))),
    "pivot": lambda x, scale: x,
}
"""The closed form of each row of the table, over power series."""


def _tight(ball: Ball) -> bool:
    return bool(ball.is_finite() and ball.rel_accuracy_bits() >= TIGHT_BITS)


DIFFERENCE_PRECISIONS = tuple(480 << k for k in range(7))
STEPS = 4  # the step of a difference has so many times fewer bits than the numbers
PATIENCE = 3800  # bits at which what is still not told from 0 is 0


def library_row(name: str) -> Library | None:
    """Give what libraries know of a row, if it is such a row."""
    row = TABLE.get(name)
    return row.value if row is not None and isinstance(row.value, Library) else None


def knows(name: str) -> bool:
    """Whether there is a reference for a row."""
    return name in FUNCTIONS or library_row(name) is not None


def _ball_by_mpmath(source: Library, *xs: Ball) -> Ball:
    """What mpmath says at two precisions, as a ball as wide as they differ."""
    found = []
    for bits in (ctx.prec + 50, ctx.prec + 150):
        mp = mpmath.MPContext()
        mp.prec = bits
        mids = [x.mid().man_exp() for x in xs]
        found.append(exact(mp.mpf(source.mp(mp, *[mp.ldexp(int(m), int(e)) for m, e in mids]))))
    return arb(found[1], abs(found[1] - found[0]) + abs(found[1]) * arb(2) ** -ctx.prec)


def _differences(source: Library, xs: Sequence[float], direction: Sequence[int], order: int) -> list[Ball]:
    """The value, and the slope and half the curvature along a direction by central differences.

    Their balls are as wide as a step of twice the length changes them, which is more than they are off.
    """
    moving = [abs(x) for x, d in zip(xs, direction, strict=True) if d and x]
    step = arb(min([1.0, *moving])) / arb(max([1.0, *moving])) ** 2 * arb(2) ** -(ctx.prec // STEPS)

    def at(k: int) -> Ball:
        point = [arb(x) + k * d * step for x, d in zip(xs, direction, strict=True)]
        return source.ball(*point) if source.ball is not None else _ball_by_mpmath(source, *point)

    found = {0: at(0)}
    if order == 0:
        return [found[0]]
    found |= {k: at(k) for k in (-2, -1, 1, 2)}
    slopes = [(found[k] - found[-k]) / (2 * k * step) for k in (1, 2)]
    halves = [(found[k] - 2 * found[0] + found[-k]) / (2 * (k * step) ** 2) for k in (1, 2)]
    return [found[0], *[arb(fine, (fine - coarse).abs_upper()) for fine, coarse in (slopes, halves)][:order]]


def _or_zero(ball: Ball) -> Ball:
    """Take a ball around 0 for 0 if it is below the doubles."""
    return arb(0) if ball.contains(0) and ball.abs_upper() < arb(2) ** -1200 else ball


def taylor(name: str, xs: Sequence[float], direction: Sequence[int], order: int = 1) -> Taylor:
    """Give value, slope and curvature (0 past the `order` asked for) of a row at exact doubles along a direction.

    Raises `UnknownRowError` for a row without reference, `UnresolvedError` where it has no value.
    """
    function, source = FUNCTIONS.get(name), library_row(name)
    if function is None and source is None:
        raise UnknownRowError(name)
    before = ctx.prec, ctx.cap
    try:
        ctx.cap = order + 1
        for precision in PRECISIONS if source is None or order == 0 else DIFFERENCE_PRECISIONS:
            ctx.prec = precision
            try:
                if source is not None:
                    balls = _differences(source, xs, direction, order)
                    balls = list(map(_or_zero, balls)) if precision >= PATIENCE else balls
                else:
                    found = function(*[arb_series([arb(x), arb(d)]) for x, d in zip(xs, direction, strict=True)])
                    balls = [found[k] for k in range(order + 1)]
            except (ValueError, ZeroDivisionError):  # a denominator that is a ball around 0: more bits may tell
                continue
            if all(_tight(ball) for ball in balls):
                slope = balls[1] if order > 0 else arb(0)
                return Taylor(balls[0], slope, 2 * balls[2] if order > 1 else arb(0))
    finally:
        ctx.prec, ctx.cap = before
    raise UnresolvedError(name, xs, direction)


def units(count: int, k: int) -> list[int]:
    """The k-th unit direction of `count` arguments."""
    return [int(j == k) for j in range(count)]


def hessian(name: str, xs: Sequence[float], moving: Sequence[int]) -> list[list[Ball]]:
    """Give the matrix of second derivatives by the `moving` arguments, off the diagonal by polarization."""
    count = len(xs)
    along = [taylor(name, xs, units(count, k), 2).curvature for k in moving]
    matrix = [[found] * len(moving) for found in along]
    for i, first in enumerate(moving):
        for j, second in enumerate(moving[:i]):
            across = [a - b for a, b in zip(units(count, first), units(count, second), strict=True)]
            mixed = (along[i] + along[j] - taylor(name, xs, across, 2).curvature) / 2
            matrix[i][j] = matrix[j][i] = mixed
    return matrix


def exact(x: Any) -> Ball:
    """Turn a double, an int or an mpmath number into a ball without rounding."""
    if hasattr(x, "_mpf_"):
        sign, mantissa, exponent, _ = x._mpf_
        return arb((-int(mantissa) if sign else int(mantissa), int(exponent)))
    return arb(x)


def _overflows(reference: Ball) -> bool:
    return bool(abs(reference) >= (arb(2) - arb(2) ** -54) * arb(2) ** 1023)


def ulps(got: float, reference: Ball | None, scale: float = 0.0) -> float:
    """The error of a double in units of the last place of the true value; inf if it is no number.

    Where `scale` is larger than the true value, its last place is the unit. A true value past
    the range of doubles asks for an infinity or the largest double; None, an infinite one, for
    an infinity.
    """
    if reference is None:
        return 0.0 if math.isinf(got) else math.inf
    if math.isnan(got):
        return math.inf
    if _overflows(reference):
        right_side = (got > 0) == bool(reference > 0)
        return 0.0 if right_side and abs(got) >= 1.7976931348623157e308 else math.inf
    if math.isinf(got):
        return math.inf
    before = ctx.prec
    ctx.prec = 2400
    try:
        error = abs(exact(got) - reference) / exact(math.ulp(max(abs(float(reference)), scale)))
        return float(error.abs_upper())
    finally:
        ctx.prec = before


def relative(got: Any, reference: Ball | None) -> float:
    """The relative error; absolute where the true value is 0; inf for a NaN or an infinity.

    A true value past `LARGEST` may be an infinity of its sign, or 0 if it is that small.
    """
    if reference is None:
        return 0.0 if abs(got) == math.inf else math.inf
    if abs(reference) > LARGEST and abs(got) == math.inf:
        return 0.0 if (got > 0) == bool(reference > 0) else math.inf
    if abs(reference) * LARGEST < 1 and got == 0:
        return 0.0
    if got != got or abs(got) == math.inf:  # NaN of floats and mpmath alike
        return math.inf
    before = ctx.prec
    ctx.prec = 2400
    try:
        error = abs(exact(got) - reference)
        error = error if reference == 0 else error / abs(reference)
        return float(error.abs_upper())
    finally:
        ctx.prec = before
