"""Number contexts: what the rules of the primitive table compute with.

A rule is written once, over a context `m`: `lambda m, x: m.div(1, m.cos(x))`. The context
decides what a number is: a Python float, an mpmath number, a node of a graph. Numbers of
every context know `+ - *`, unary minus and the comparisons; everything else is a verb of
the context. A rule never branches with Python's `if`, because a graph node has no truth
value: it asks for `m.where`, `m.when` or `m.stable`.

A context implements the verbs that it can do well. For any other primitive it falls back
on the primitive's own row, so that `m.sec` exists in every context without being written
in any: see `NumberContext.__getattr__`.
"""

import operator
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce
from typing import Any, ClassVar, NamedTuple

from ..errors import UsageError

__all__ = ["Exact", "Literal", "Number", "NumberContext", "Precision", "make_context"]

Number = Any  # a float, an mpf, a graph expression: whatever the context computes with
MAX_DIGITS = 10_000
MANY_TERMS = 32  # arguments of logsumexp up to which each has a sum of its own
_HUGE = 1e150
_DECIMAL = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,9})?")


class Literal(NamedTuple):
    """A decimal number exactly as written: `digits * 10**exponent`.

    >>> Literal.read("0.10") == Literal.read("1e-1")
    True
    >>> Literal.read("1_000")
    1000
    """

    digits: int
    exponent: int

    @classmethod
    def read(cls, text: str) -> "int | Literal":
        """Read a literal of the language."""
        mantissa, _, exponent = text.replace("_", "").lower().partition("e")
        whole, _, fraction = mantissa.partition(".")
        return cls.make(int(whole + fraction), int(exponent or 0) - len(fraction))

    @classmethod
    def signed(cls, text: str) -> "int | Literal | None":
        """A literal with or without a sign; None for any other text.

        >>> Literal.signed("-0.5"), Literal.signed("1/3")
        (Literal(digits=-5, exponent=-1), None)
        """
        if _DECIMAL.fullmatch(text) is None:
            return None
        found = cls.read(text.lstrip("+-"))
        if not text.startswith("-"):
            return found
        return -found if isinstance(found, int) else found._replace(digits=-found.digits)

    @classmethod
    def make(cls, digits: int, exponent: int) -> "int | Literal":
        """`digits * 10**exponent` in its one form; whole numbers of moderate size become ints."""
        if digits == 0:
            return 0
        text = str(digits)
        stripped = text.rstrip("0")
        exponent += len(text) - len(stripped)
        if 0 <= exponent <= 30:
            return int(stripped) * int(10**exponent)
        return cls(int(stripped), exponent)

    def lowered(self) -> "int | Literal":
        """This number minus 1, exactly."""
        if self.exponent >= 0:
            return self.digits * int(10**self.exponent) - 1
        return Literal.make(self.digits - 10**-self.exponent, self.exponent)

    def __str__(self) -> str:
        sign, digits = "-" if self.digits < 0 else "", str(abs(self.digits))
        point = len(digits) + self.exponent
        if self.exponent >= 0 or point < -5:
            scientific = digits[0] + ("." + digits[1:] if digits[1:] else "")
            return f"{sign}{scientific}e{point - 1}"
        if point <= 0:
            return f"{sign}0.{'0' * -point}{digits}"
        return f"{sign}{digits[:point]}.{digits[point:]}"


Exact = int | Literal | str
"""A constant as a graph keeps it: an int, a decimal literal, or the name of a constant."""


class NumberContext:
    """The base of all contexts: verbs that need nothing but other verbs.

    `rules` is the primitive table; `primitives.py` puts it there, since a context may not
    import what stands on it.
    """

    digits: int | None = None
    epsilon: Any  # the unit roundoff
    rules: ClassVar[Mapping[str, Any]] = {}

    def __getattr__(self, name: str) -> Callable[..., Number]:
        """A primitive that this context does not implement itself, by the rule of its row."""
        row = self.rules.get(name)
        if row is None:
            msg = f"{type(self).__name__} has no verb {name!r}, and no primitive has that name"
            raise AttributeError(msg)
        rule: Callable[..., Number] = partial(row.value, self)
        return rule

    def where(self, condition: Any, yes: Number, no: Number) -> Number:
        """`yes` if the condition holds, else `no`; both have been computed."""
        return yes if condition else no

    def when(self, condition: Any, value: Number) -> Number | None:
        """`value` if the condition holds, else absent: a structural zero, which no sweep touches."""
        return value if condition else None

    def stable(self, plain: Number, good: Any, repaired: Number) -> Number:
        """Two formulas for the same number: `plain`, and `repaired` for where `plain` is not `good`.

        Numeric contexts choose by value; a graph keeps the plain one, which is the one to read.
        """
        return plain if good else repaired

    def precisely(self, partial: Any, y: Number, *xs: Number) -> Number:
        """A partial derivative of a function that libraries know: a context of few digits may take more for it."""
        return partial.rule(self, y, *xs)

    def result(self, x: Number) -> Number:
        """A number as a result holds it, outside the context."""
        return x

    def hypot_dx(self, xs: Sequence[Number], y: Number) -> list[Number]:
        """The partial derivatives x/y of y = hypot(*xs), and 0 at the origin; all share the one divisor."""
        length = self.divisor(y)
        return [self.div(x, length) for x in xs]

    # -- partial derivatives as one reads them; doubles have them in forms that lose no digits

    def quotient(self, tops: Sequence[Number], bottoms: Sequence[Number]) -> Number:
        """The product of some numbers divided by that of others."""
        return self.div(reduce(operator.mul, tops), reduce(operator.mul, bottoms))

    def div_db(self, a: Number, b: Number, y: Number) -> Number:
        """d(a/b)/db, given y = a/b."""
        return -self.div(y, b)

    def sqrt_dx(self, y: Number) -> Number:
        """d(sqrt(x))/dx, given y = sqrt(x)."""
        return self.div(1, 2 * y)

    def cbrt_dx(self, x: Number, y: Number) -> Number:
        """d(cbrt(x))/dx, given y = cbrt(x)."""
        return self.div(1, 3 * self.pow(y, self.number(2)))

    def pow_da(self, x: Number, a: Number, y: Number) -> Number:
        """d(x^a)/da, given y = x^a."""
        return self.xlogy(y, x)

    def over_square(self, a: Number, b: Number) -> Number:
        """a/(a^2 + b^2)."""
        length = self.hypot(a, b)
        return self.div(self.div(a, length), length)

    def mod_dy(self, x: Number, y: Number) -> Number:
        """d(mod(x, y))/dy."""
        return -self.floor(self.div(x, y))

    def tanh_dx(self, x: Number) -> Number:
        return self.pow(self.sech(x), self.number(2))

    def coth_dx(self, x: Number) -> Number:
        return -self.pow(self.csch(x), self.number(2))

    def sech_dx(self, x: Number, y: Number) -> Number:
        return -(y * self.tanh(x))

    def csch_dx(self, x: Number, y: Number) -> Number:
        return -(y * self.coth(x))

    def sigmoid_dx(self, x: Number, y: Number) -> Number:
        return y * self.sigmoid(-x)

    def cot_dx(self, x: Number, y: Number) -> Number:
        return -(1 + self.pow(y, self.number(2)))

    def csc_dx(self, x: Number, y: Number) -> Number:
        return -(y * self.cot(x))

    def logb_db(self, x: Number, b: Number, y: Number) -> Number:
        """d(log(x)/log(b))/db, given y = log(x)/log(b)."""
        return -self.div(y, b * self.log(b))

    def logsumexp_dx(self, xs: Sequence[Number], y: Number) -> list[Number]:
        """exp(x - y) for each x, without the rounding of y, which a large y would show.

        Of few, x_k has 1/sum of exp(x_j - x_k), unless that overflows; of many, numbers have exp(x_k - top)/sum of
        exp(x_j - top), and a graph, which is differentiated again, the plain formula without the kinks of `top`.
        """
        top = self.max(*xs)
        parts = [self.exp(x - top) for x in xs]
        whole = reduce(operator.add, parts)
        if len(xs) > MANY_TERMS:
            return [
                self.stable(self.exp(x - y), False, self.div(part, whole)) for x, part in zip(xs, parts, strict=True)
            ]
        partials = []
        for k, (x, part) in enumerate(zip(xs, parts, strict=True)):
            total = reduce(operator.add, [self.exp(other - x) for other in (*xs[:k], *xs[k + 1 :])], self.number(1))
            partials.append(self.stable(self.div(1, total), total < _HUGE, self.div(part, whole)))
        return partials

    def sphericalbesselj_dx(self, n: Number, x: Number) -> Number:
        """The derivative of j_n: DLMF 10.51.2."""
        after = self.sphericalbesselj(n + 1, x)
        before = n * self.sphericalbesselj(n - 1, x)
        return self.stable(self.div(before - (n + 1) * after, 2 * n + 1), n > 0, -after)

    def and_(self, a: Any, b: Any) -> Any:
        return bool(a and b)

    def or_(self, a: Any, b: Any) -> Any:
        return bool(a or b)

    def eq(self, a: Any, b: Any) -> Any:
        return a == b

    def not_(self, a: Any) -> Any:
        return not a


class Precision(NamedTuple):
    """Decimal digits to compute with, and whether operations round away from zero or towards it (None: to nearest)."""

    working: int
    away_from_zero: bool | None = None


def make_context(digits: int | None = None, precision: Precision | None = None) -> NumberContext:
    """IEEE doubles, or mpmath numbers for results of `digits` decimal digits.

    Unless `precision` says otherwise, they carry some guard digits, and round to nearest.

    >>> make_context().div(1.0, 0.0)
    inf
    """
    if digits is None:
        from .floats import FloatContext

        return FloatContext()
    if not 1 <= digits <= MAX_DIGITS:
        raise UsageError("bad-digits", f"--digits {digits}: between 1 and {MAX_DIGITS} digits are possible")
    from .mp import MpContext

    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(0)
    return MpContext(digits, precision)
