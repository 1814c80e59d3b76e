"""What the primitives are in terms of few: one row for each that is neither among the few nor a kernel.

The few are `exp log sin cos sinh cosh pow abs cbrt floor asin atan` and the arithmetic, which
`reading` knows. A row is an equal formula, as in the table of primitives, and may ask for signs:
`vanishes` and `sign_of`. `need` says what must hold for the function to be defined, `given` what
always holds. The formulas are those of DLMF, chapter 4 (sections 4.2, 4.14, 4.23, 4.28, 4.37).
"""

from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from operator import add
from typing import Any

Rule = Callable[..., Any]

_HALF = Fraction(1, 2)
_MOST_ORDER = 6  # of a spherical Bessel function


def _asinh(m: Any, x: Any) -> Any:
    sign = m.upright(x)
    x = sign * x
    return sign * m.log_size(m.given(x + m.power(x * x + 1, _HALF), "positive"))


def _acosh(m: Any, x: Any) -> Any:
    m.need(x - 1, "not negative")
    return m.log_size(m.given(x + m.power(x * x - 1, _HALF), "positive"))


def _acoth(m: Any, x: Any) -> Any:
    m.need(x * x - 1, "positive")
    return (m.log_size(x + 1) - m.log_size(x - 1)) * _HALF


def _acot(m: Any, x: Any) -> Any:
    return (m.sign_of(x) or 1) * _HALF * m.number("pi") - m.atan(x)


def _sign(m: Any, x: Any) -> Any:
    """Itself an odd kernel, as long as the sign is not known."""
    direction = m.upright(x)
    return direction * m.opaque("sign", direction * x) if m.unsure(x) else m.number(m.sign_of(x))


def _extreme(direction: int) -> Rule:
    """The larger of two is (a + b + |a - b|)/2, the smaller has a minus sign there."""

    def extreme(m: Any, first: Any, *others: Any) -> Any:
        best = first
        for other in others:
            best = (best + other + direction * m.abs(best - other)) * _HALF
        return best

    return extreme


def _sphericalbesselj(m: Any, n: Any, x: Any) -> Any:
    """DLMF 10.49.3 and 10.51.1: j_0 = sin(x)/x, j_(-1) = cos(x)/x, and then by recurrence."""
    order = m.whole(n)
    if order is None or not 0 <= order <= _MOST_ORDER:
        return m.opaque("sphericalbesselj", n, x)
    if m.vanishes(x):
        return m.number(0 if order else 1)
    before, now = m.div(m.cos(x), x), m.div(m.sin(x), x)
    for k in range(order):
        before, now = now, m.div((2 * k + 1) * now, x) - before
    return now


RULES: dict[str, Rule] = {
    # powers, exponentials, logarithms
    "sqrt": lambda m, x: m.power(x, _HALF),
    "expm1": lambda m, x: m.exp(x) - 1,
    "exp2": lambda m, x: m.exp(x * m.log(2)),
    "exp10": lambda m, x: m.exp(x * m.log(10)),
    "log2": lambda m, x: m.div(m.log(x), m.log(2)),
    "log10": lambda m, x: m.div(m.log(x), m.log(10)),
    "log1p": lambda m, x: m.log(1 + x),
    "xlogy": lambda m, x, y: m.number(0) if not m.is_positive(y) and m.vanishes(x) else x * m.log(y),
    "hypot": lambda m, *xs: m.power(m.given(reduce(add, [x * x for x in xs]), "not negative"), _HALF),
    # trigonometry
    "tan": lambda m, x: m.div(m.sin(x), m.cos(x)),
    "sinpi": lambda m, x: m.sin(x * m.number("pi")),
    "cospi": lambda m, x: m.cos(x * m.number("pi")),
    "acos": lambda m, x: _HALF * m.number("pi") - m.asin(x),
    "acot": _acot,
    "asec": lambda m, x: _HALF * m.number("pi") - m.asin(m.div(1, x)),
    "acsc": lambda m, x: m.asin(m.div(1, x)),
    "atan2": lambda m, y, x: m.atan(m.div(y, x)) if m.is_positive(x) else m.opaque("atan2", y, x),
    "sinc": lambda m, x: m.number(1) if m.vanishes(x) else m.div(m.sin(x), x),
    "sphericalbesselj": _sphericalbesselj,
    # hyperbolic functions
    "tanh": lambda m, x: m.div(m.sinh(x), m.cosh(x)),
    "asinh": _asinh,
    "acosh": _acosh,
    "atanh": lambda m, x: (m.log(1 + x) - m.log(1 - x)) * _HALF,
    "acoth": _acoth,
    "asech": lambda m, x: _acosh(m, m.div(1, m.need(x, "positive"))),
    "acsch": lambda m, x: _asinh(m, m.div(1, x)),
    # pieces
    "sign": _sign,
    "ceil": lambda m, x: -m.floor(-x),
    "mod": lambda m, x, y: x - y * m.floor(m.div(x, y)),
    "max": _extreme(1),
    "min": _extreme(-1),
    "sigmoid": lambda m, x: m.div(1, 1 + m.exp(-x)),
    "softplus": lambda m, x: m.log(1 + m.exp(x)),
    "logsumexp": lambda m, *xs: m.log(reduce(add, [m.exp(x) for x in xs])),
    "divisor": lambda m, x: m.opaque("divisor", x) if m.vanishes(x) else x,
}
"""The rows, by the names of the primitives."""

BY_VALUE = frozenset(
    ("add", "sub", "mul", "neg", "cot", "sec", "csc", "coth", "sech", "csch", "radians", "degrees", "relu", "logb")
)
"""Primitives whose own rule for their value is such a formula. A rule that repairs rounding, or branches, is not."""
