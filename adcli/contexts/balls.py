"""Ball arithmetic: every number is exact or comes with a radius, so every result is an enclosure.

The sweeps run in this context as in any other, and what they give is proved by the computation:
the true number lies in the ball (python-flint, which is an optional dependency). Nothing is rounded
that can be kept as a rational. A branch that balls do not decide gives the hull of both.
"""

import operator
from collections.abc import Callable, Sequence
from functools import partialmethod
from math import inf
from types import TracebackType
from typing import Any, Self

from flint import arb, ctx, fmpq, fmpz

from . import Exact, Literal, NumberContext
from .enclosures import UNSURE, Ball, Enclosure, Operand, UndecidedError, hull, raised, squared
from .rationals import Rational, is_double, rational_root, whole

_EXACT_BITS = 4096  # of a numerator or denominator that is kept
_MOST_ORDER = 100_000  # of a spherical Bessel function
_LARGE_LITERAL = 1200  # decimal places up to which a literal is a rational
_PERIODIC = frozenset(["sin", "cos", "tan", "cot", "sec", "csc"])
_OUTSIDE: dict[str, Callable[[Ball], bool]] = {
    "log": lambda x: x < 0,
    "sqrt": lambda x: x < 0,
    "log1p": lambda x: x < -1,
    "asin": lambda x: abs(x) > 1,
    "acos": lambda x: abs(x) > 1,
    "acosh": lambda x: x < 1,
    "atanh": lambda x: abs(x) > 1,
}
"""Where functions are not real for certain."""
_POLES = {("log", 0): -1, ("log1p", -1): -1, ("atanh", 1): 1, ("atanh", -1): -1}
"""Where functions are infinite, and with which sign."""


class BallContext(NumberContext):
    """Numbers with guaranteed enclosures, at a precision of `bits`.

    Use it as a context manager, because flint's precision is a global: it is set inside, and restored.
    With `rough`, only what a double holds is kept exactly, so that the radii say what rounding does to doubles.

    >>> with BallContext(128) as m:
    ...     x = m.number(Literal.read("0.1"))
    ...     (x * 3 == m.div(3, 10)), m.sqrt(x * 10 + 3), m.sin(m.number("pi")) < m.div(1, 10)
    (True, 2, True)
    """

    name = "ball"

    def __init__(self, bits: int, *, rough: bool = False) -> None:
        self.bits = bits
        self.rough = rough
        self.epsilon = Enclosure(self, fmpq(0))
        self.unknown = Enclosure(self, None, arb.nan())  # more bits may tell
        self.undefined = Enclosure(self, None, arb.nan(), undefined=True)
        self._constants: dict[str, Enclosure] = {}
        self._before: list[int] = []

    def __enter__(self) -> Self:
        self._before.append(ctx.prec)
        ctx.prec = self.bits
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        ctx.prec = self._before.pop()

    # -- numbers

    def number(self, value: "Exact | float | Any") -> Enclosure:
        """An exact constant or a user's value, exactly; a Python float is the double that it is."""
        if isinstance(value, str):
            return self._constant(value)
        if isinstance(value, Literal):
            return self._literal(value)
        if isinstance(value, float):
            if value - value != 0:  # infinite or NaN
                return self.undefined if value != value else self.infinite(1 if value > 0 else -1)
            return self.exact(fmpq(*value.as_integer_ratio()))
        if hasattr(value, "_mpf_"):
            return self._mpf(value._mpf_)
        return self.lift(value)

    def lift(self, value: Any) -> Enclosure:
        """An enclosure from an enclosure, or from a number of a rule."""
        if isinstance(value, Enclosure):
            return value
        if isinstance(value, int):
            return self.exact(fmpq(int(value)))
        if isinstance(value, float):
            return self.number(value)
        return self.exact(fmpq(int(value.numerator), int(value.denominator)))

    def _literal(self, value: Literal) -> Enclosure:
        digits, exponent = fmpz(value.digits), value.exponent
        if abs(exponent) > _LARGE_LITERAL:
            return self.enclose(arb(digits) * raised(arb(10), exponent))
        power = fmpz(10) ** abs(exponent)
        return self.exact(fmpq(digits * power) if exponent >= 0 else fmpq(digits, power))

    def _mpf(self, parts: tuple[int, Any, int, int]) -> Enclosure:
        sign, mantissa, exponent, _ = parts
        if not mantissa and exponent:
            return self.undefined if exponent == -123 else self.infinite(1 if exponent == -456 else -1)
        return self.enclose(arb((int(-mantissa if sign else mantissa), int(exponent))))

    def _constant(self, name: str) -> Enclosure:
        """A constant, as one and the same number every time."""
        found = self._constants.get(name)
        if found is None:
            if name == "inf":
                found = self.infinite(1)
            else:
                pi = arb.pi()
                found = self.enclose({"pi": pi, "e": arb.const_e(), "tau": 2 * pi}[name])
            self._constants[name] = found
        return found

    def infinite(self, sign: int) -> Enclosure:
        return Enclosure(self, None, arb.pos_inf() if sign > 0 else arb.neg_inf())

    def exact(self, q: Rational) -> Enclosure:
        """A rational, kept as one unless it is too large."""
        if self.rough:
            return Enclosure(self, q) if is_double(q) else Enclosure(self, None, arb(q))
        return Enclosure(self, q) if q.height_bits() <= _EXACT_BITS else Enclosure(self, None, arb(q))

    def enclose(self, ball: Ball, *sources: Enclosure) -> Enclosure:
        """What a ball encloses, which was computed from `sources`: exact if its radius is 0."""
        if ball.is_finite():
            if not ball.is_exact():
                return Enclosure(self, None, ball)
            mantissa, exponent = ball.man_exp()
            if abs(exponent) > _EXACT_BITS:
                return Enclosure(self, None, ball)
            power = fmpz(2) ** abs(int(exponent))
            return self.exact(fmpq(mantissa * power) if exponent >= 0 else fmpq(mantissa, power))
        if ball.is_exact() and (ball > 0 or ball < 0):
            return Enclosure(self, None, ball)
        return self.undefined if any(x.undefined or x.infinity for x in sources) else self.unknown

    def is_finite(self, x: Any) -> bool:
        return isinstance(x, bool) or self.lift(x).is_finite

    def is_nan(self, x: Any) -> bool:
        """Whether there is no number here, or none yet."""
        if x is UNSURE or isinstance(x, bool):
            return False
        x = self.lift(x)
        return not x.is_finite and not x.infinity

    # -- truth values: True, False or UNSURE

    def and_(self, a: Any, b: Any) -> Any:
        if a is False or b is False:
            return False
        return UNSURE if a is UNSURE or b is UNSURE else bool(a and b)

    def or_(self, a: Any, b: Any) -> Any:
        if a is True or b is True:
            return True
        return UNSURE if a is UNSURE or b is UNSURE else bool(a or b)

    def not_(self, a: Any) -> Any:
        return a if a is UNSURE else not a

    def where(self, condition: Any, yes: Operand, no: Operand) -> Enclosure:
        if condition is UNSURE:
            return hull(self.lift(yes), self.lift(no))
        return self.lift(yes if condition else no)

    def when(self, condition: Any, value: Operand) -> Enclosure | None:
        if condition is UNSURE:
            return hull(self.lift(value), self.exact(fmpq(0)))
        return self.lift(value) if condition else None

    def stable(self, plain: Operand, good: Any, repaired: Operand) -> Enclosure:
        """The plain formula, which holds everywhere; where it is not finite, the repaired one, if that is for here."""
        plain = self.lift(plain)
        return self.lift(repaired) if not plain.is_finite and good is False else plain

    # -- arithmetic

    def div(self, a: Operand, b: Operand) -> Enclosure:
        a, b = self.lift(a), self.lift(b)
        if b.rational == 0:
            return self._over_zero(a)
        if a.rational is not None and b.rational is not None:
            return self.exact(a.rational / b.rational)
        if b.rational == 1:
            return a
        if not b.is_finite or b.contains(0):
            return self.exact(fmpq(0)) if b.infinity and a.is_finite else self._not_finite(a, b)
        if a.rational == 0:
            return a
        return self.exact(fmpq(1)) if a is b else self.enclose(a.ball / b.ball, a, b)

    def _over_zero(self, a: Enclosure) -> Enclosure:
        """Division by 0 as in IEEE arithmetic."""
        if a.ball > 0 or a.ball < 0:
            return self.infinite(1 if a.ball > 0 else -1)
        return self.undefined if a.rational == 0 or a.undefined else self.unknown

    def _not_finite(self, *sources: Enclosure) -> Enclosure:
        return self.undefined if any(x.undefined or x.infinity for x in sources) else self.unknown

    def pow(self, x: Operand, a: Operand) -> Enclosure:
        x, a = self.lift(x), self.lift(a)
        if a.rational == 0 or x.rational == 1:
            return self.exact(fmpq(1))
        if x.infinity or a.infinity:
            return self._power_of_infinities(x, a)
        if not x.is_finite or not a.is_finite:
            return self._not_finite(x, a)
        if x.rational == 0:
            return self._power_of_zero(x, a)
        power = whole(a.rational)
        if power is not None:
            if x.rational is not None and abs(power) * x.rational.height_bits() <= _EXACT_BITS:
                return self.exact(x.rational**power)
            return self.enclose(raised(x.ball, power), x)
        if not x.ball > 0:
            return self.undefined if x.ball < 0 and a.rational is not None else self.unknown
        root = None if x.rational is None or a.rational is None else rational_root(x.rational, int(a.rational.q))
        if root is not None and abs(int(a.rational.p)) * root.height_bits() <= _EXACT_BITS:
            return self.exact(root ** int(a.rational.p))
        return self.enclose(x.ball**a.ball, x, a)

    def _power_of_zero(self, x: Enclosure, a: Enclosure) -> Enclosure:
        if a.ball > 0:
            return x
        return self.infinite(1) if a.ball < 0 else self.unknown

    def _power_of_infinities(self, x: Enclosure, a: Enclosure) -> Enclosure:
        """x^a where one of them is infinite, as C has it; the base must not be negative."""
        if not x.ball >= 0:
            return self.undefined
        base = 1 if x.ball > 1 else -1 if x.ball < 1 else 0
        sign = 1 if a.ball > 0 else -1 if a.ball < 0 else 0
        if not base or not sign:
            return self.unknown
        return self.infinite(1) if base == sign else self.exact(fmpq(0))

    def pow_dx(self, x: Operand, a: Operand, y: Operand) -> Enclosure:
        """d(x^a)/dx."""
        a = self.lift(a)
        return a if a.rational == 0 else a * self.pow(x, a - 1)

    def sqrt(self, x: Operand) -> Enclosure:
        x = self.lift(x)
        root = None if x.rational is None or x.rational < 0 else rational_root(x.rational, 2)
        return self._apply("sqrt", x) if root is None else self.exact(root)

    def cbrt(self, x: Operand) -> Enclosure:
        x = self.lift(x)
        if x.rational is not None:
            root = rational_root(abs(x.rational), 3)
            if root is not None:
                return self.exact(root if x.rational >= 0 else -root)
        if not x.is_finite:
            return x
        if x.ball >= 0 or x.ball < 0:
            return self.enclose(x.ball.root(3) if x.ball >= 0 else -((-x.ball).root(3)), x)
        largest = x.ball.abs_upper().root(3)
        return self.enclose((-largest).union(largest), x)

    # -- functions of one argument

    def _apply(self, name: str, x: Operand) -> Enclosure:
        """The method of balls that has this name."""
        x = self.lift(x)
        if not x.is_finite and (name in _PERIODIC or not x.infinity):
            return self._not_finite(x)
        if x.rational is not None and x.rational.q == 1:
            sign = _POLES.get((name, int(x.rational.p)))
            if sign is not None:
                return self.infinite(sign)
        outside = _OUTSIDE.get(name)
        if outside is not None and outside(x.ball):
            return self.undefined
        return self.enclose(getattr(x.ball, name)(), x)

    exp = partialmethod(_apply, "exp")
    expm1 = partialmethod(_apply, "expm1")
    log = partialmethod(_apply, "log")
    log1p = partialmethod(_apply, "log1p")
    sin = partialmethod(_apply, "sin")
    cos = partialmethod(_apply, "cos")
    tan = partialmethod(_apply, "tan")
    cot = partialmethod(_apply, "cot")
    sec = partialmethod(_apply, "sec")
    csc = partialmethod(_apply, "csc")
    asin = partialmethod(_apply, "asin")
    acos = partialmethod(_apply, "acos")
    atan = partialmethod(_apply, "atan")
    sinh = partialmethod(_apply, "sinh")
    cosh = partialmethod(_apply, "cosh")
    tanh = partialmethod(_apply, "tanh")
    coth = partialmethod(_apply, "coth")
    sech = partialmethod(_apply, "sech")
    asinh = partialmethod(_apply, "asinh")
    acosh = partialmethod(_apply, "acosh")
    atanh = partialmethod(_apply, "atanh")
    sinc = partialmethod(_apply, "sinc")

    def _of_turns(self, name: str, x: Operand) -> Enclosure:
        """Sine or cosine of pi*x, from the rational itself where x is one."""
        x = self.lift(x)
        if x.rational is not None:
            return self.enclose(getattr(arb, f"{name}_pi_fmpq")(x.rational))
        return self.enclose(getattr(x.ball, f"{name}_pi")(), x) if x.is_finite else self._not_finite(x)

    sinpi = partialmethod(_of_turns, "sin")
    cospi = partialmethod(_of_turns, "cos")

    def csch(self, x: Operand) -> Enclosure:
        x = self.lift(x)
        return self.exact(fmpq(0)) if x.infinity else self._apply("csch", x)

    def exp2(self, x: Operand) -> Enclosure:
        return self.pow(2, x)

    def exp10(self, x: Operand) -> Enclosure:
        return self.pow(10, x)

    def _log_to(self, base: int, x: Operand) -> Enclosure:
        """The logarithm to a whole base, exact for its powers."""
        x = self.lift(x)
        if x.rational is not None and x.rational > 0:
            power = int(float(arb(x.rational).log() / arb(base).log()) + 0.5 * (1 if x.rational >= 1 else -1))
            if fmpq(base) ** power == x.rational:
                return self.exact(fmpq(power))
        found = self._apply("log", x)
        return self.div(found, self._apply("log", base)) if found.is_finite else found

    log2 = partialmethod(_log_to, 2)
    log10 = partialmethod(_log_to, 10)

    def abs(self, x: Operand) -> Enclosure:
        return abs(self.lift(x))

    def sign(self, x: Operand) -> Enclosure:
        x = self.lift(x)
        if x.rational is not None:
            return self.exact(fmpq((x.rational > 0) - (x.rational < 0)))
        if x.ball > 0 or x.ball < 0:
            return self.exact(fmpq(1 if x.ball > 0 else -1))
        return self.enclose(arb(0, 1)) if x.is_finite else x

    def _to_whole(self, name: str, x: Operand) -> Enclosure:
        x = self.lift(x)
        if x.rational is not None:
            return self.exact(fmpq(getattr(x.rational, name)()))
        return self.enclose(getattr(x.ball, name)(), x) if x.is_finite else x

    floor = partialmethod(_to_whole, "floor")
    ceil = partialmethod(_to_whole, "ceil")

    # -- functions of several arguments

    def mod(self, x: Operand, y: Operand) -> Enclosure:
        x, y = self.lift(x), self.lift(y)
        if y.rational == 0 or x.infinity:
            return self.undefined
        if y.infinity:  # x, or an infinity where the signs differ
            same = x.ball >= 0 if y.infinity > 0 else x.ball <= 0
            return x if same else self.unknown
        return x - y * self.floor(self.div(x, y))

    def atan2(self, y: Operand, x: Operand) -> Enclosure:
        y, x = self.lift(y), self.lift(x)
        if y.rational == 0 and x.rational == 0:
            return self.undefined
        if not y.is_finite or not x.is_finite:
            return self._not_finite(y, x)
        return self.enclose(arb.atan2(y.ball, x.ball), y, x)

    def hypot(self, *xs: Operand) -> Enclosure:
        numbers = [self.lift(x) for x in xs]
        if any(x.infinity for x in numbers):
            return self.infinite(1)
        if all(x.rational is not None for x in numbers):
            return self.sqrt(sum([x * x for x in numbers], self.exact(fmpq(0))))
        total = sum([squared(x.ball) for x in numbers], arb(0))
        root = total.sqrt()
        if not root.is_finite() and total.is_finite():  # around 0
            root = arb(0).union(total.abs_upper().sqrt())
        return self.enclose(root, *numbers)

    def logsumexp(self, *xs: Operand) -> Enclosure:
        numbers = [self.lift(x) for x in xs]
        if any(x.infinity > 0 for x in numbers):
            return self.infinite(1)
        finite = [x for x in numbers if not x.infinity]
        if not finite:
            return self.infinite(-1)
        if len(finite) == 1:
            return finite[0]
        top = max(finite, key=lambda x: float(x.ball) if x.is_finite else -inf).ball
        return self.enclose(top + sum([(x.ball - top).exp() for x in finite], arb(0)).log(), *finite)

    def _best(self, beats: Callable[[Any, Any], Any], name: str, *xs: Operand) -> Enclosure:
        """The largest or smallest; where that is not decided, an enclosure of the extremum."""
        best = self.lift(xs[0])
        for other in xs[1:]:
            x = self.lift(other)
            better = beats(x, best)
            if better is UNSURE:
                if not best.is_finite or not x.is_finite:
                    return self._not_finite(best, x)
                best = self.enclose(getattr(best.ball, name)(x.ball), best, x)
            elif better:
                best = x
        return best

    max = partialmethod(_best, operator.gt, "max")
    min = partialmethod(_best, operator.lt, "min")

    def hypot_dx(self, xs: Sequence[Operand], y: Operand) -> list[Enclosure]:
        y = self.lift(y)
        return [self.exact(fmpq(0)) for _ in xs] if y.rational == 0 else [self.div(x, y) for x in xs]

    def outweighs(self, a: Operand, b: Operand) -> bool:
        """Whether |a| > |b|; where that is undecided, whichever is further from 0 for certain: either row will do."""
        a, b = self.lift(a), self.lift(b)
        heavier = abs(a) > abs(b)
        return bool(a.ball.abs_lower() > b.ball.abs_lower()) if heavier is UNSURE else heavier

    def over_square(self, a: Operand, b: Operand) -> Enclosure:
        """a/(a^2 + b^2)."""
        a, b = self.lift(a), self.lift(b)
        return self.div(a, a * a + b * b)

    def sphericalbesselj(self, n: Operand, x: Operand) -> Enclosure:
        """j_n(x) for a whole n >= 0: DLMF 10.47.3, and for small x DLMF 10.53.1 as a 0F1."""
        n, x = self.lift(n), self.lift(x)
        order = whole(n.rational)
        if order is None or not 0 <= order <= _MOST_ORDER or not x.is_finite:
            if x.infinity and order is not None and order >= 0:
                return self.exact(fmpq(0))
            return self.unknown if n.rational is None or (order is not None and order >= 0) else self.undefined
        if order == 0:
            return self._apply("sinc", x)
        z, half = x.ball, fmpq(2 * order + 1, 2)
        if z > 1:
            return self.enclose((arb.pi() / (2 * z)).sqrt() * z.bessel_j(arb(half)), x)
        if z < -1:
            mirrored = self.sphericalbesselj(n, -x)
            return -mirrored if order % 2 else mirrored
        odd = arb(fmpz(2)) ** (order + 1) * arb(fmpq(2 * order + 3, 2)).gamma() / arb.pi().sqrt()  # (2n + 1)!!
        return self.enclose(raised(z, order) / odd * (-squared(z) / 4).hypgeom_0f1(arb(half + 1)), x)

    def library(self, source: Any, *xs: Operand) -> Enclosure:
        """A function of flint's; not finite where that has no enclosure, or no such function."""
        numbers = [self.lift(x) for x in xs]
        if any(x.infinity for x in numbers):
            return self._limit(source, numbers)
        if source.ball is None or not all(x.is_finite for x in numbers):
            return self._not_finite(*numbers)
        try:
            return self.enclose(source.ball(*[x.ball for x in numbers]), *numbers)
        except (ValueError, ArithmeticError, NotImplementedError):
            return self.unknown

    def _limit(self, source: Any, numbers: Sequence[Enclosure]) -> Enclosure:
        """The value of a library function at infinity."""
        try:
            return self.undefined if source.limit is None else self.lift(source.limit(self, *numbers))
        except UndecidedError:
            return self.unknown
