"""Arbitrary precision: mpmath numbers over the real line.

Two things are added to mpmath. Its functions continue into the complex plane where the real
function is undefined; here that is a NaN. And it follows an exponent of any size, for hours;
here a result past 2^(2^62) is an infinity, and an argument whose reduction would need more
than a hundred thousand bits of pi is refused.
"""

from collections.abc import Callable
from typing import Any

import mpmath

from ..errors import LimitError
from . import Exact, Literal, Number, NumberContext

GUARD_DIGITS = 15
_EXPONENT_BITS = 62
_REDUCTION_BITS = 100_000
_LITERAL_EXPONENT = 1_000_000
_MOST_ORDER = 10_000  # of a spherical Bessel function


class MpContext(NumberContext):
    """Real mpmath numbers that carry `digits` digits and `GUARD_DIGITS` more.

    >>> m = MpContext(30)
    >>> m.mp.nstr(m.exp(m.number(1)), 30)
    '2.71828182845904523536028747135'
    >>> m.is_nan(m.log(m.number(-1)))
    True
    """

    name = "mpmath"

    def __init__(self, digits: int, *, working: int | None = None) -> None:
        self.digits = digits
        self.mp = mpmath.MPContext()
        self.mp.dps = (digits + GUARD_DIGITS) if working is None else working
        self.epsilon = self.mp.mpf(2) ** (-self.mp.prec)
        mp = self.mp
        self._inf, self._nan = mp.inf, mp.nan
        for name in ("log", "log1p", "sqrt", "asin", "acos", "atan", "asinh", "acosh"):
            setattr(self, name, self._real(getattr(mp, name)))
        for name in ("sin", "cos", "tan", "sinpi", "cospi"):
            setattr(self, name, self._reduced(getattr(mp, name)))
        for name in ("exp", "expm1", "cosh", "sinh", "tanh"):
            setattr(self, name, self._growing(getattr(mp, name)))

    def widened(self, digits: int) -> "MpContext":
        """The same numbers with a working precision of `digits`, for methods that lose some."""
        return MpContext(self.digits or digits, working=digits)

    def number(self, value: "Exact | float | Number") -> Number:
        """An exact constant or a user's value, rounded to the working precision."""
        if isinstance(value, str):
            return (
                {"pi": self.mp.pi, "e": self.mp.e, "inf": self.mp.inf}[value] * 1 if value != "tau" else 2 * self.mp.pi
            )
        if isinstance(value, Literal):
            if abs(value.exponent) > _LITERAL_EXPONENT:
                raise LimitError(
                    "literal-exponent",
                    f"{value}: an exponent beyond {_LITERAL_EXPONENT} is more than can be computed with",
                )
            return self.mp.mpf(f"{value.digits}e{value.exponent}")
        if hasattr(value, "denominator") and hasattr(value, "numerator"):
            return self.mp.mpf(value.numerator) / value.denominator
        return self.mp.mpf(value)

    @staticmethod
    def is_finite(x: Number) -> bool:
        return bool(mpmath.isfinite(x))

    @staticmethod
    def is_nan(x: Number) -> bool:
        return bool(x != x)

    def result(self, x: Number) -> Number:
        """The same number as an `mpmath.mpf`, with all its digits."""
        return mpmath.mp.make_mpf(self.mp.mpf(x)._mpf_)  # mpmath's own way between contexts

    # -- making mpmath's functions real and bounded

    def _real(self, function: Callable[..., Any]) -> Callable[..., Number]:
        def real(*args: Number) -> Number:
            try:
                result = function(*args)
            except (ValueError, ZeroDivisionError):
                return self._nan
            return self._nan if hasattr(result, "_mpc_") else result

        return real

    def _magnitude(self, x: Number) -> int:
        """The binary exponent of x; the least possible for 0, inf and NaN."""
        _, mantissa, exponent, bits = self.mp.mpf(x)._mpf_
        return int(exponent + bits) if mantissa else -(1 << 70)

    def _is_odd(self, x: Number) -> bool:
        """Whether x is an odd whole number, however large: the mantissa of an mpf is odd."""
        _, mantissa, exponent, _ = self.mp.mpf(x)._mpf_
        return bool(mantissa) and exponent == 0

    def _growing(self, function: Callable[[Any], Any]) -> Callable[[Number], Number]:
        """For exp and its kin: an argument beyond 2^62 has the value at infinity, and is not computed with."""

        def growing(x: Number) -> Number:
            if self._magnitude(x) > _EXPONENT_BITS:
                return function(self._inf if x > 0 else -self._inf)
            return function(self.mp.mpf(x))

        return growing

    def _reduced(self, function: Callable[[Any], Any]) -> Callable[[Number], Number]:
        """For the periodic functions: reducing 2^n by pi takes n bits of pi."""

        def reduced(x: Number) -> Number:
            if self._magnitude(x) > _REDUCTION_BITS:
                raise LimitError("huge-argument", f"a periodic function of a number of {self._magnitude(x)} bits")
            return function(x) if mpmath.isfinite(x) else self._nan

        return reduced

    # -- arithmetic

    def div(self, a: Number, b: Number) -> Number:
        if b == 0:
            a = self.mp.mpf(a)
            return self._nan if a == 0 or a != a else self._inf if a > 0 else -self._inf
        return self.mp.mpf(a) / b

    def pow(self, x: Number, a: Number) -> Number:
        x, a = self.mp.mpf(x), self.mp.mpf(a)
        if a == 0:
            return self.mp.mpf(1)
        if x == 0:
            return self._inf if a < 0 else x
        if x < 0 and a != self.mp.floor(a):
            return self._nan
        if mpmath.isfinite(x) and mpmath.isfinite(a):
            growth = a * self.mp.log(abs(x), 2)
            if self._magnitude(growth) > _EXPONENT_BITS:
                size = self._inf if growth > 0 else self.mp.mpf(0)
                return -size if x < 0 and self._is_odd(a) else size
            if self._magnitude(a) > _EXPONENT_BITS:  # mpmath would write the exponent out as an integer
                with self.mp.workprec(self.mp.prec + 2 * _EXPONENT_BITS):
                    size = self.mp.exp(a * self.mp.log(abs(x)))
                return -size if x < 0 and self._is_odd(a) else +size
        return self._real(self.mp.power)(x, a)

    def pow_dx(self, x: Number, a: Number, y: Number) -> Number:
        """d(x^a)/dx, given y = x^a."""
        if a == 0:
            return self.mp.mpf(0)
        return a * y / x if x != 0 and mpmath.isfinite(y) else a * self.pow(x, a - 1)

    def exp2(self, x: Number) -> Number:
        return self.pow(2, x)

    def exp10(self, x: Number) -> Number:
        return self.pow(10, x)

    def log2(self, x: Number) -> Number:
        return self.log(x) / self.mp.ln2

    def log10(self, x: Number) -> Number:
        return self.log(x) / self.mp.ln10

    def cbrt(self, x: Number) -> Number:
        root = self.mp.cbrt(abs(x))
        return -root if x < 0 else root

    def atanh(self, x: Number) -> Number:
        if abs(x) < 1:
            return self.mp.atanh(x)
        return self._inf * x if abs(x) == 1 else self._nan

    def atan2(self, y: Number, x: Number) -> Number:
        return self.mp.atan2(y, x)

    def hypot(self, *xs: Number) -> Number:
        if any(mpmath.isinf(x) for x in xs):  # even beside a NaN, as C has it
            return self._inf
        return self.mp.sqrt(self.mp.fsum(xs, squared=True))  # squared and summed exactly, rounded once

    def abs(self, x: Number) -> Number:
        return abs(x)

    def sign(self, x: Number) -> Number:
        return self.mp.sign(x)

    def floor(self, x: Number) -> Number:
        return self.mp.floor(x) if mpmath.isfinite(x) else x

    def ceil(self, x: Number) -> Number:
        return self.mp.ceil(x) if mpmath.isfinite(x) else x

    def mod(self, x: Number, y: Number) -> Number:
        if y == 0 or not mpmath.isfinite(x):
            return self._nan
        return x % y if mpmath.isfinite(y) else x - y * self.mp.floor(x / y)

    def max(self, *xs: Number) -> Number:
        return self._nan if any(x != x for x in xs) else max(xs)

    def min(self, *xs: Number) -> Number:
        return self._nan if any(x != x for x in xs) else min(xs)

    def library(self, source: Any, *xs: Number) -> Number:
        """A function of mpmath's, made real: NaN at a pole and outside of the domain."""
        xs = tuple(map(self.mp.mpf, xs))
        if any(x != x for x in xs):
            return self._nan
        if any(map(mpmath.isinf, xs)):
            return self._nan if source.limit is None else self.mp.mpf(source.limit(self, *xs))
        try:
            result = source.mp(self.mp, *xs)
        except (ValueError, ZeroDivisionError):
            return self._nan
        except (self.mp.NoConvergence, OverflowError, NotImplementedError) as error:
            shown = ", ".join([self.mp.nstr(x, 10) for x in xs])
            raise LimitError("no-convergence", f"mpmath cannot compute this function at ({shown})") from error
        if hasattr(result, "_mpc_"):
            return result.real if result.imag == 0 else self._nan
        return self.mp.mpf(result)

    def sphericalbesselj(self, n: Number, x: Number) -> Number:
        """j_n(x) for a whole n >= 0, DLMF 10.47.3; the singular factor at 0 is taken out."""
        if x != x or not n >= 0 or not mpmath.isfinite(n) or n != self.mp.floor(n):
            return self._nan
        if n > _MOST_ORDER:
            order = self.mp.nstr(n, 10)
            raise LimitError("huge-order", f"sphericalbesselj of order {order}: {_MOST_ORDER} is the most")
        if x == 0:
            return self.mp.mpf(1 if n == 0 else 0)
        if not mpmath.isfinite(x):
            return self.mp.mpf(0)
        size = abs(x)
        if self._magnitude(x) > _REDUCTION_BITS:
            raise LimitError("huge-argument", f"a periodic function of a number of {self._magnitude(x)} bits")
        try:
            bessel = self.mp.besselj(n + self.mp.mpf(1) / 2, size)
        except (self.mp.NoConvergence, ValueError) as error:
            raise LimitError("no-convergence", f"mpmath cannot sum sphericalbesselj({n}, {x})") from error
        value = self.mp.sqrt(self.mp.pi / (2 * size)) * bessel
        return -value if x < 0 and int(n) % 2 else value
