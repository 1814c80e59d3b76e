"""Reading a formula: the number context whose numbers are normal forms.

A number is a polynomial in kernels (see `kernels`). Most verbs are functions of polynomials (see
`exponentials` and `powers`), those in `RULES` are formulas in other verbs, and a primitive of
which nothing else is known is a kernel. A sign that is not known, and on which the formula
depends, is an UnknownSignError here: then the function is a kernel too, and its sign a doubt.
"""

from collections.abc import Callable
from fractions import Fraction
from functools import partial, partialmethod
from typing import Any

from ..contexts import Exact, Literal, NumberContext
from ..primitives import TABLE
from .exponentials import Exponentials
from .kernels import NEGATIVE, NOT_NEGATIVE, NOT_ZERO, POSITIVE, ZERO, Kernels
from .polynomials import UNIT, Monomial, Polynomial, Rational, exact, lead
from .rules import BY_VALUE, RULES
from .signs import Signs, UnknownSignError

_MOST_DIGITS = 300  # of a decimal that is computed with
_PI = {"pi": 1, "tau": 2}
_SIGNS = {"positive": POSITIVE, "not negative": NOT_NEGATIVE, "not zero": NOT_ZERO}
_WHOLE = ("floor", "parity")
_FUNCTIONS = frozenset(["abs", "cbrt", "exp", "log", "log_size", "pow", "sin", "cos", "sinh", "cosh", "asin", "atan"])


class UnprovableError(Exception):
    """The formula holds something that is not a real number, or not known to be one where it must."""


class Value:
    """A number of the context: a polynomial in kernels, with arithmetic."""

    __slots__ = ("m", "p")

    def __init__(self, m: "Reading", p: Polynomial) -> None:
        self.m = m
        self.p = p

    def __add__(self, other: Any) -> "Value":
        return Value(self.m, self.m.ring.plus(self.p, self.m.lift(other).p))

    __radd__ = __add__

    def __sub__(self, other: Any) -> "Value":
        return Value(self.m, self.m.ring.minus(self.p, self.m.lift(other).p))

    def __rsub__(self, other: Any) -> "Value":
        return self.m.lift(other) - self

    def __mul__(self, other: Any) -> "Value":
        return Value(self.m, self.m.ring.times(self.p, self.m.lift(other).p))

    __rmul__ = __mul__

    def __neg__(self) -> "Value":
        return self * -1

    def __gt__(self, other: Any) -> bool:
        return bool(self.m.gt(self, other))


class Reading(NumberContext):
    """The context of one case of a proof; `variables` are the formulas that some variables have there.

    >>> kernels = Kernels(1000)
    >>> m = Reading(kernels, Signs(kernels, {}), {}, set(), whole=False)
    >>> x = m.variable("x")
    >>> kernels.is_zero((m.exp(2 * x) - m.exp(x) * m.exp(x)).p)
    True
    """

    name = "normal"

    def __init__(
        self, kernels: Kernels, signs: Signs, variables: dict[str, Polynomial], integers: set[Monomial], *, whole: bool
    ) -> None:
        self.kernels = kernels
        self.ring = kernels.ring
        self.signs = signs
        self.variables = variables
        self.functions = Exponentials(kernels, signs, integers, whole=whole)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name in _FUNCTIONS:
            return partial(self._function, getattr(self.functions, name))
        if name in RULES:
            return partial(RULES[name], self)
        row = TABLE.get(name)
        if row is None:
            raise AttributeError(f"no primitive is named {name!r}")
        if row.textbook is not None:
            return partial(self._by_the_book, name, row.textbook)
        return partial(row.value, self) if name in BY_VALUE else partial(self.opaque, name)

    def _by_the_book(self, name: str, textbook: Callable[..., Any], *xs: Any) -> Any:
        """A primitive by its formula in plainer functions, if it has one for these arguments."""
        found = textbook(self, *xs)
        return self.opaque(name, *xs) if found is None else found

    def _function(self, function: Callable[..., Polynomial], *xs: Any) -> Value:
        return Value(self, function(*[self.lift(x).p for x in xs]))

    # -- numbers

    def lift(self, x: Any) -> Value:
        """A number of the context from one, or from a rational."""
        return x if isinstance(x, Value) else Value(self, self.ring.constant(x))

    def number(self, value: Exact) -> Value:
        """A constant; a decimal is just what it says."""
        if isinstance(value, Literal):
            if abs(value.exponent) + len(str(value.digits)) > _MOST_DIGITS:
                signs = POSITIVE if value.digits > 0 else NEGATIVE
                return Value(self, self.ring.symbol(self.kernels.find(f"decimal {value}", signs=signs)))
            return self.lift(exact(Fraction(value.digits) * Fraction(10) ** value.exponent))
        if value == "e":
            return Value(self, self.functions.exp(self.ring.constant(1)))
        if isinstance(value, str):
            if value not in _PI:
                raise UnprovableError
            return Value(self, {((self.kernels.pi, 1),): _PI[value]})
        return self.lift(value)

    def variable(self, name: str) -> Value:
        """A variable, or the formula that it has in the case."""
        known = self.variables.get(name)
        return Value(self, self.ring.symbol(self.kernels.variable(name)) if known is None else known)

    def opaque(self, name: str, *xs: Any) -> Value:
        """A primitive of which nothing is known but its arguments."""
        if self.signs.strict and TABLE[name].domain is not None:
            raise UnknownSignError({})
        return self.kernel(name, *xs)

    def kernel(self, name: str, *xs: Any) -> Value:
        """The kernel of a function and its arguments."""
        arguments = [self.kernels.settled(self.lift(x).p) for x in xs]
        return Value(self, self.ring.symbol(self.kernels.find(name, *arguments)))

    def whole(self, x: Value) -> int | None:
        """The whole number that x is, if it is one."""
        p = self.kernels.settled(x.p)
        value = p.get(UNIT, 0)
        return int(value) if set(p) <= {UNIT} and value.denominator == 1 else None

    # -- signs

    def need(self, x: Value, wanted: str) -> Value:
        """The same x, of which the formula is defined only if it is "positive", or whatever is wanted."""
        self.signs.need(x.p, _SIGNS[wanted])
        return x

    def given(self, x: Value, sure: str) -> Value:
        """The same x, of which that is so in any case."""
        self.signs.learn(x.p, _SIGNS[sure])
        return x

    def is_positive(self, x: Value) -> bool:
        """Whether x is known to be positive."""
        return self.signs.of(x.p) == POSITIVE

    def unsure(self, x: Value) -> bool:
        """Whether the sign of x is not known, which is a doubt from now on."""
        signs = self.signs.of(x.p)
        if signs & (signs - 1):
            self.signs.doubt(x.p)
        return bool(signs & (signs - 1))

    def vanishes(self, x: Value) -> bool:
        """Whether x is 0; UnknownSignError if that is not known."""
        return self.signs.holds(x.p, ZERO)

    def sign_of(self, x: Value) -> int:
        """The sign of x as -1, 0 or 1; UnknownSignError if it is not known."""
        return self.signs.one_of(x.p)

    def _compared(self, wanted: int, a: Any, b: Any) -> bool:
        """Whether a - b has one of the wanted signs."""
        return self.signs.holds((self.lift(a) - b).p, wanted)

    lt = partialmethod(_compared, NEGATIVE)
    le = partialmethod(_compared, NEGATIVE | ZERO)
    gt = partialmethod(_compared, POSITIVE)
    ge = partialmethod(_compared, NOT_NEGATIVE)
    eq = partialmethod(_compared, ZERO)
    ne = partialmethod(_compared, NOT_ZERO)

    # -- functions of values

    def power(self, x: Value, r: Rational) -> Value:
        """The power x^r for a rational r."""
        return Value(self, self.functions.power(x.p, r))

    def div(self, a: Any, b: Any) -> Value:
        """The quotient a/b."""
        return self.lift(a) * self.power(self.lift(b), -1)

    def upright(self, x: Value) -> int:
        """A sign that is 1 for one of x and -x, the same one wherever they occur."""
        p = self.kernels.settled(x.p)
        return 1 if not p or lead(p) > 0 else -1

    def floor(self, x: Value) -> Value:
        """The greatest whole number up to x; what is whole in the sum is taken out."""
        p = self.kernels.settled(x.p)
        whole = {m: c // 1 if m == UNIT else c for m, c in p.items() if m == UNIT or self._is_whole(m, c)}
        outside, rest = Value(self, {m: c for m, c in whole.items() if c}), x - Value(self, whole)
        rest = Value(self, self.kernels.settled(rest.p))
        return outside if set(rest.p) <= {UNIT} else outside + self.opaque("floor", rest)

    def _is_whole(self, m: Monomial, c: Rational) -> bool:
        names = [self.kernels.all[k].name for k, e in m if e.denominator == 1 and e > 0]
        return c.denominator == 1 and len(names) == len(m) and all(name in _WHOLE for name in names)
