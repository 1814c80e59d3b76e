"""IEEE double precision: Python floats, with C's math library made total.

Python's `math` raises where IEEE 754 answers with an infinity or a NaN. Here `1/0` is inf,
`log(-1)` is NaN and `exp(1000)` is inf; that a value is out of a function's domain, or that
something overflowed, is found afterwards from the values, and reported with the place.
"""

import math
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from . import Exact, Literal, NumberContext
from .doubles import arithmetic, hyperbolic, powers, sums, waves
from .doubles.arithmetic import precise as _precise

inf, nan = math.inf, math.nan
_CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau, "inf": inf}
_copysign = math.copysign
_BESIDE = 2.0**-200  # 0, where an odd function has the sign that it gives to a zero, which mpmath does not tell


def _total(function: Callable[[float], float]) -> Callable[[float], float]:
    """Make a function of `math` total: a range error is an infinity, a domain error a NaN."""

    @wraps(function)
    def total(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return inf
        except ValueError:
            return nan

    return total


def _odd(function: Callable[[float], float]) -> Callable[[float], float]:
    """The same for an odd function, whose overflow has the sign of its argument."""

    @wraps(function)
    def total(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return _copysign(inf, x)
        except ValueError:
            return nan

    return total


def _with_pole(function: Callable[[float], float], pole: float) -> Callable[[float], float]:
    """The same for the logarithms, which are -inf at their pole."""

    @wraps(function)
    def total(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return -inf if x == pole else nan

    return total


def _floor(x: float) -> float:
    return (float(math.floor(x)) or _copysign(0.0, x)) if math.isfinite(x) else x


def _ceil(x: float) -> float:
    # ceil(-0.5) is -0.0 in IEEE arithmetic
    return _copysign(float(math.ceil(x)), x) if math.isfinite(x) else x


def _round(x: float) -> float:
    return _copysign(float(round(x)), x) if math.isfinite(x) else x


def _mod(x: float, y: float) -> float:
    return x % y if y != 0 else nan


def _mod_dy(x: float, y: float) -> float:
    return -(x // y) if y != 0 else nan


def _sign(x: float) -> float:
    return 1.0 if x > 0 else -1.0 if x < 0 else x


def _exp10(x: float) -> float:
    return powers.power(10.0, x)


def _xlogy(x: float, y: float) -> float:
    if y > 0:
        return x * math.log(y) if x else 0.0
    return -inf * x if x and y == 0 else nan if x or y != y else 0.0


def _is_negative_zero(x: float) -> bool:
    return x == 0 and _copysign(1.0, x) < 0


class FloatContext(NumberContext):
    """Python floats with IEEE 754 semantics: no verb ever raises, unless a library gives up on an order that is huge.

    >>> m = FloatContext()
    >>> m.div(1.0, 0.0), m.log(-1.0), m.exp(1000.0), m.pow(-8.0, 3.0)
    (inf, nan, inf, -512.0)
    """

    name = "float"
    epsilon = 2.0**-53

    div = staticmethod(arithmetic.divide)
    div_db = staticmethod(arithmetic.div_db)
    quotient = staticmethod(arithmetic.quotient)
    logb_db = staticmethod(powers.logb_db)
    over_square = staticmethod(arithmetic.over_square)
    pow = staticmethod(powers.power)
    pow_dx = staticmethod(powers.pow_dx)
    pow_da = staticmethod(powers.pow_da)
    exp = staticmethod(_total(math.exp))
    expm1 = staticmethod(_total(math.expm1))
    exp2 = staticmethod(_total(math.exp2))
    exp10 = staticmethod(_exp10)
    log = staticmethod(_with_pole(math.log, 0.0))
    log2 = staticmethod(_with_pole(math.log2, 0.0))
    log10 = staticmethod(_with_pole(math.log10, 0.0))
    log1p = staticmethod(_with_pole(math.log1p, -1.0))
    sqrt = staticmethod(_total(math.sqrt))
    sqrt_dx = staticmethod(powers.sqrt_dx)
    cbrt = staticmethod(powers.cbrt)
    cbrt_dx = staticmethod(powers.cbrt_dx)
    sin = staticmethod(waves.sin)
    cos = staticmethod(waves.cos)
    tan = staticmethod(waves.tan)
    cot_dx = staticmethod(waves.cot_dx)
    csc_dx = staticmethod(waves.csc_dx)
    sinpi = staticmethod(waves.sinpi)
    cospi = staticmethod(waves.cospi)
    asin = staticmethod(_total(math.asin))
    acos = staticmethod(_total(math.acos))
    atan = staticmethod(math.atan)
    sinh = staticmethod(_odd(math.sinh))
    cosh = staticmethod(_total(math.cosh))
    tanh = staticmethod(math.tanh)
    tanh_dx = staticmethod(hyperbolic.tanh_dx)
    coth_dx = staticmethod(hyperbolic.coth_dx)
    sech = staticmethod(hyperbolic.sech)
    sech_dx = staticmethod(hyperbolic.sech_dx)
    csch = staticmethod(hyperbolic.csch)
    csch_dx = staticmethod(hyperbolic.csch_dx)
    sigmoid_dx = staticmethod(hyperbolic.sigmoid_dx)
    asinh = staticmethod(math.asinh)
    acosh = staticmethod(_total(math.acosh))
    atan2 = staticmethod(math.atan2)
    hypot = staticmethod(math.hypot)
    hypot_dx = staticmethod(powers.hypot_dx)
    abs = staticmethod(abs)
    sign = staticmethod(_sign)
    floor = staticmethod(_floor)
    ceil = staticmethod(_ceil)
    round = staticmethod(_round)
    logsumexp = staticmethod(sums.logsumexp)
    logsumexp_dx = staticmethod(sums.logsumexp_dx)
    mod = staticmethod(_mod)
    mod_dy = staticmethod(_mod_dy)
    max = staticmethod(sums.maximum)
    min = staticmethod(sums.minimum)
    xlogy = staticmethod(_xlogy)
    sinc = staticmethod(waves.sinc)
    sphericalbesselj = staticmethod(waves.sphericalbesselj)
    sphericalbesselj_dx = staticmethod(waves.sphericalbesselj_dx)

    def library(self, source: Any, *xs: float) -> float:
        """A function that a library computes: to more digits, and rounded."""
        if any(x != x for x in xs):
            return nan
        if not source.is_regular(self, *xs):
            return nan if source.limit is None else float(source.limit(self, *xs))
        if source.floats is not None:
            try:
                return float(source.floats(*xs))
            except OverflowError:
                return inf
        value = self._rounded(source, xs)
        if value == 0 and any(_is_negative_zero(x) for x in xs):
            beside = [-_BESIDE if _is_negative_zero(x) else x for x in xs]
            value = _copysign(value, self._rounded(source, beside)) if source.is_regular(self, *beside) else value
        return value

    @staticmethod
    def _rounded(source: Any, xs: Sequence[float]) -> float:
        """What a library computes with more digits, as a double."""
        return float(_precise().library(source, *[_precise().number(x) for x in xs]))

    def precisely(self, partial: Any, y: float, *xs: float) -> Any:
        """A partial derivative by its rule: to more digits, and rounded."""
        outside = all(map(math.isfinite, xs)) and not partial.source.is_regular(self, *xs)
        if outside or any(x != x for x in xs):
            return nan
        return float(_precise().precisely(partial, None, *[_precise().number(x) for x in xs]))

    @staticmethod
    def atanh(x: float) -> float:
        if abs(x) == 1.0:
            return _copysign(inf, x)
        return math.atanh(x) if abs(x) < 1.0 else nan

    @staticmethod
    def number(value: Exact | float) -> float:
        """An exact constant or a user's value, correctly rounded."""
        if isinstance(value, str):
            return _CONSTANTS[value]
        if isinstance(value, Literal):
            return float(f"{value.digits}e{value.exponent}")
        try:
            return float(value)
        except OverflowError:
            return inf if value > 0 else -inf

    is_finite = staticmethod(math.isfinite)

    is_nan = staticmethod(math.isnan)
