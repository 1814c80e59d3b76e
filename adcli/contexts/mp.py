"""Arbitrary precision: mpmath numbers over the real line.

Two things are added to mpmath. Its functions continue into the complex plane where the real
function is undefined; here that is a NaN. And it follows an exponent of any size, for hours;
here a result past 2^(2^62) is an infinity, and an argument whose reduction would need more
than a hundred thousand bits of pi is refused.
"""

from collections.abc import Callable, Sequence
from typing import Any

import mpmath

from ..errors import LimitError
from . import Exact, Literal, Number, NumberContext, Precision

GUARD_DIGITS = 15
_EXPONENT_BITS = 62
_REDUCTION_BITS = 100_000
_LITERAL_EXPONENT = 1_000_000
_MOST_SPREAD = 4096  # bits between the largest and the smallest argument of a function that are computed with
_MOST_ANSWERS = 256  # of special functions that are kept: a partial asks again for what the value was made of
_ROUNDS = 6  # each with twice the bits of the one before
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

    def __init__(self, digits: int, precision: Precision | None = None) -> None:
        self.digits = digits
        self.mp = mpmath.MPContext()
        self.mp.dps = digits + GUARD_DIGITS if precision is None else precision.working
        if precision is not None and precision.away_from_zero is not None:
            self.mp._prec_rounding[1] = "u" if precision.away_from_zero else "d"  # noqa: SLF001  # it has no public name
        self.epsilon = self.mp.mpf(2) ** (-self.mp.prec)
        mp = self.mp
        self._inf, self._nan = mp.inf, mp.nan
        self._settling = False
        self._answers: dict[Any, Number] = {}
        for name in ("log", "log1p", "sqrt", "asin", "acos", "atan", "asinh", "acosh"):
            setattr(self, name, self._real(getattr(mp, name)))
        for name in ("sin", "cos", "tan", "sinpi", "cospi"):
            setattr(self, name, self._reduced(getattr(mp, name)))
        for name in ("exp", "expm1", "cosh", "sinh", "tanh"):
            setattr(self, name, self._growing(getattr(mp, name)))

    def widened(self, digits: int) -> "MpContext":
        """The same numbers with a working precision of `digits`, for methods that lose some."""
        return MpContext(self.digits or digits, Precision(digits))

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
        if a == 0 or x == 1 or (abs(x) == 1 and mpmath.isinf(a)):
            return self.mp.mpf(1)
        if x == 0:
            return self._inf if a < 0 else x if mpmath.isfinite(a) else self.mp.mpf(0)
        if mpmath.isinf(a) and x == x:
            return self._inf if (abs(x) > 1) == (a > 0) else self.mp.mpf(0)
        if x < 0 and a != self.mp.floor(a):
            return self._nan
        most = self._magnitude(a) + (abs(self._magnitude(x)) + 1).bit_length()  # bits of a*log2(x), at most
        if most > _EXPONENT_BITS and mpmath.isfinite(x) and mpmath.isfinite(a):
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
        if x != 0 and mpmath.isfinite(x) and y == y and (mpmath.isfinite(a) or (y != 0 and mpmath.isfinite(y))):
            return a * y / x
        lowered = self.pow(x, a - 1)
        return lowered if lowered == 0 else a * lowered

    def pow_da(self, x: Number, a: Number, y: Number) -> Number:
        """d(x^a)/da, given y = x^a; there is none for a negative x."""
        return self._nan if x < 0 else self.xlogy(y, x)

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
        if mpmath.isinf(x) and mpmath.isinf(y):  # as C has it
            angle = self.mp.pi / 4 if x > 0 else 3 * self.mp.pi / 4
            return angle if y > 0 else -angle
        return self.mp.atan2(y, x)

    def over_square(self, a: Number, b: Number) -> Number:
        """a/(a^2 + b^2), and 0 at infinity."""
        if mpmath.isinf(a) or mpmath.isinf(b):
            return self._nan if a != a or b != b else self.mp.mpf(0)
        return super().over_square(a, b)

    def hypot(self, *xs: Number) -> Number:
        if any(mpmath.isinf(x) for x in xs):  # even beside a NaN, as C has it
            return self._inf
        return self.mp.sqrt(self.mp.fsum(xs, squared=True))  # squared and summed exactly, rounded once

    def hypot_dx(self, xs: Sequence[Number], y: Number) -> list[Number]:
        """x/y for each x, and the limit where one of them is infinite."""
        infinite = [x for x in xs if mpmath.isinf(x)]
        if len(infinite) == 1:
            return [x if x != x else self.mp.sign(x) if mpmath.isinf(x) else self.mp.mpf(0) for x in xs]
        return super().hypot_dx(xs, y)

    def sinc(self, x: Number) -> Number:
        return self.mp.mpf(0) if mpmath.isinf(x) else self.div(self.sin(x), x) if x else self.mp.mpf(1)

    def xlogy(self, x: Number, y: Number) -> Number:
        return self.mp.mpf(0) if x == 0 and y == y else x * self.log(y)

    def logsumexp_dx(self, xs: Sequence[Number], y: Number) -> list[Number]:
        """The softmax, and its limit where one argument is infinite."""
        if list(xs).count(self._inf) == 1 and y == y:
            return [self.mp.mpf(int(x == self._inf)) for x in xs]
        return super().logsumexp_dx(xs, y)

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
        if mpmath.isinf(y):
            return x if x == 0 or (x > 0) == (y > 0) else y
        return x % y

    def mod_dy(self, x: Number, y: Number) -> Number:
        """-floor(x/y), also in the limit of a large y."""
        if not mpmath.isfinite(x):
            return self._nan
        if mpmath.isinf(y):
            return self.mp.mpf(int(x != 0 and (x > 0) != (y > 0)))
        return super().mod_dy(x, y)

    def max(self, *xs: Number) -> Number:
        return self._nan if any(x != x for x in xs) else max(xs)

    def min(self, *xs: Number) -> Number:
        return self._nan if any(x != x for x in xs) else min(xs)

    def library(self, source: Any, *xs: Number) -> Number:
        """A function that mpmath knows, right to the working precision; elsewhere its limit, or NaN."""
        xs = tuple(map(self.mp.mpf, xs))
        if any(x != x for x in xs):
            return self._nan
        if not source.is_regular(self, *xs):
            return self._nan if source.limit is None else self.mp.mpf(source.limit(self, *xs))
        return self._settled(lambda: self._asked(source, xs), xs)

    def precisely(self, partial: Any, y: Number, *xs: Number) -> Number:
        """A partial derivative by its rule, right to the working precision."""
        return self._settled(lambda: partial.rule(self, partial.source(self, *xs), *xs), xs)

    def _settled(self, compute: Callable[[], Number], xs: Sequence[Number]) -> Number:
        """What `compute` gives at two precisions alike, rounded to this one; at more, until two agree.

        A 0 may be what is left where 1e300 + 1 is 1e300: it counts if it is one also where sums of the arguments
        are exact.
        """
        if self._settling:
            return compute()
        mp = self.mp
        wanted = list(mp._prec_rounding)  # noqa: SLF001  # it has no public name
        sizes = [self._magnitude(x) for x in xs if x and mpmath.isfinite(x)]
        spread = max([0, *sizes]) - min([0, *sizes])
        if spread > 2 * _REDUCTION_BITS:
            raise LimitError("huge-argument", f"a special function of a number of {max(map(abs, sizes))} bits")
        bits = wanted[0]
        exact = bits + min(spread, _MOST_SPREAD)
        mp._prec_rounding[1] = "n"  # noqa: SLF001  # whatever the context rounds like
        self._settling = True
        try:
            mp.prec = bits + 16
            before = compute()
            mp.prec += 32
            for _ in range(_ROUNDS):
                here = compute()
                if mp.prec < exact and (here == 0 or here != here):
                    mp.prec = exact + 16
                    before = compute()
                    mp.prec += 32
                elif self._alike(before, here, bits):
                    break
                else:
                    before = here
                    mp.prec *= 2
            else:
                shown = ", ".join([mp.nstr(x, 10) for x in xs])
                raise LimitError("no-convergence", f"too many digits cancel in a special function at ({shown})")
        finally:
            self._settling = False
            mp.prec, mp._prec_rounding[1] = wanted  # noqa: SLF001
        return +mp.mpf(here)

    def _alike(self, a: Number, b: Number, bits: int) -> bool:
        """Whether two numbers are the same to so many bits."""
        return bool(a == b or (a != a and b != b) or abs(a - b) <= self.mp.ldexp(abs(b), -bits))

    def _asked(self, source: Any, xs: Sequence[Number]) -> Number:
        """What mpmath says at this precision; what it has said lately is kept."""
        key = (source, xs, self.mp.prec)
        if key not in self._answers:
            if len(self._answers) >= _MOST_ANSWERS:
                self._answers.clear()
            self._answers[key] = self._answer(source, xs)
        return self._answers[key]

    def _answer(self, source: Any, xs: Sequence[Number]) -> Number:
        """What mpmath says, made real and bounded: NaN at a pole, an infinity or 0 past all exponents."""
        try:
            found = source.mp(self.mp, *xs)
        except (ValueError, ZeroDivisionError):
            return self._nan
        except (self.mp.NoConvergence, OverflowError, NotImplementedError, RecursionError) as error:
            shown = ", ".join([self.mp.nstr(x, 10) for x in xs])
            raise LimitError("no-convergence", f"mpmath cannot compute this function at ({shown})") from error
        if hasattr(found, "_mpc_"):
            return found.real if found.imag == 0 else self._nan
        found = self.mp.mpf(found)
        size = self._magnitude(found)
        if found and abs(size) > 1 << _EXPONENT_BITS and mpmath.isfinite(found):
            return self.mp.mpf(0) if size < 0 else self._inf if found > 0 else -self._inf
        return found

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
        if size > n:
            value = self._spherical_wave(int(n), size)
        else:
            try:
                bessel = self.mp.besselj(n + self.mp.mpf(1) / 2, size)
            except (self.mp.NoConvergence, ValueError) as error:
                raise LimitError("no-convergence", f"mpmath cannot sum sphericalbesselj({n}, {x})") from error
            value = self.mp.sqrt(self.mp.pi / (2 * size)) * bessel
        return -value if x < 0 and int(n) % 2 else value

    def _spherical_wave(self, n: int, x: Number) -> Number:
        """j_n(x) for x > n by the recurrence DLMF 10.51.1 from sin(x)/x, stable upwards there.

        Near its zeros a wave keeps the rounding errors of its height, so as many bits are added as it is lower.
        """
        mp = self.mp
        wanted = extra = mp.prec + 10
        while True:
            with mp.workprec(extra + n.bit_length()):
                before, here = mp.cos(x) / x, mp.sin(x) / x
                height = max(abs(before), abs(here))
                for k in range(n):
                    before, here = here, (2 * k + 1) * here / x - before
            lost = self._magnitude(height) - self._magnitude(here) if here else wanted
            if extra - lost >= wanted:
                return +here
            extra = wanted + lost + 10
