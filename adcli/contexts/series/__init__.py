"""Truncated power series over another context: Taylor arithmetic, for every row of the table.

A number is the series in t of a function along a line, f(P + t*D). Arithmetic and powers have
their recurrences (see `streams`). Any other primitive f has its own row: y = f(x1, ..., xn) begins
with the value of f in the base context, and goes on by y' = p1*x1' + ... + pn*xn', where the
partial derivatives p are the rules of the row, evaluated over series (Griewank & Walther,
*Evaluating Derivatives*, 2nd ed., section 13.2). So a new row is expanded like the old ones.

Series are ordered by what they are just after t = 0: t is positive and smaller than any number, and
the first terms that differ decide. A comparison, `abs`, `max` or `where` at its tie is so decided as
it holds for t > 0, and the square root of t^2 is t. Whoever wants to know whether the function has
one expansion compares it with that of the opposite direction; `one_sided` says that this is needed.
"""

from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import Any

from ...errors import LimitError
from .. import Exact, Number, NumberContext
from .streams import (
    STEP,
    Beginning,
    Coefficient,
    Composite,
    Difference,
    Negative,
    Polynomial,
    Power,
    Product,
    Quotient,
    Series,
    Shifted,
    Singular,
    Slope,
    Sum,
    Unresolved,
    extend,
)

__all__ = ["Series", "SeriesContext", "Unresolved"]

_PRODUCTS = 64  # the largest whole power that is multiplied out
_FURTHER = 32  # terms beyond the order that are looked at before two series are taken for equal
_WORK = 100_000_000  # multiplications of coefficients, and what goes with them: about five seconds
_WORK_OF_DIGITS = 5_000_000  # the same for coefficients of up to a hundred digits


def _identity(x: Series) -> Any:
    """What a series is known by: a constant by its number, where that can be had exactly, others by themselves."""
    if not x.is_flat:
        return id(x)
    value = x.terms[0]
    if isinstance(value, float):
        return repr(value)  # which keeps 0.0 and -0.0 apart
    if hasattr(value, "_mpf_"):
        return value._mpf_
    rational = getattr(value, "rational", None)
    return id(x) if rational is None else (str(rational),)


class SeriesContext(NumberContext):
    """Power series up to t^order with coefficients of the context `base`.

    `one_sided` says that a tie was decided by the side t > 0; `undecided` that two series were taken
    for equal because they agree as far as they are known. Raises `LimitError` past its share of work.

    >>> from .. import make_context
    >>> m = SeriesContext(make_context(), 4)
    >>> x = m.line(0.0, 1.0)
    >>> m.coefficients(m.exp(x))[:3], m.coefficients(m.div(m.sin(x), x))
    ([1.0, 1.0, 0.5], [1.0, 0.0, -0.16666666666666666, 0.0, 0.008333333333333333])
    """

    name = "series"

    def __init__(self, base: NumberContext, order: int) -> None:
        self.base = base
        self.order = order
        self.digits = base.digits
        self.epsilon = base.epsilon
        self.zero, self.one = base.number(0), base.number(1)
        self.nan = base.div(self.zero, self.zero)
        self.one_sided = self.undecided = False
        self._work = _WORK if base.digits is None else _WORK_OF_DIGITS // (1 + base.digits // 100)
        self._made: dict[tuple[Any, ...], tuple[Series, tuple[Any, ...]]] = {}
        self._entered: set[str] = set()

    def spend(self, work: int) -> None:
        """Count multiplications of coefficients."""
        self._work -= work
        self.need(0)

    def need(self, nodes: int) -> None:
        """Refuse at once what will not be done with the work that is left: the terms of so many series."""
        if nodes * (self.order + 1) * STEP > self._work:
            hint = "a lower --order takes less" + ("" if self.digits is None else ", and so do fewer --digits")
            raise LimitError("too-much-work", "the expansion takes too many multiplications", None, hint)

    # -- making series, and reading them

    def number(self, value: Exact | float | Number) -> Series:
        """A constant."""
        return self._flat(self.base.number(value))

    def line(self, start: Coefficient, slope: Coefficient) -> Series:
        """The series start + slope*t, of numbers of the base context."""
        return self._flat(start) if slope == 0 else Polynomial(self, [start, slope])

    def complete(self, x: Series) -> None:
        """Work out all terms up to t^order, as far as there are any; then what they were made of can go."""
        before = len(self._made)
        extend(x, self.order + 1)
        x.settle()
        while len(self._made) > before:  # what the rules of this function made on the way
            self._made.popitem()

    def coefficients(self, x: Series) -> list[Coefficient]:
        """The terms up to t^order; fewer where a division took some."""
        extend(x, self.order + 1)
        terms = x.terms[: self.order + 1]
        return terms + [self.zero] * (self.order + 1 - len(terms)) if x.exact else terms

    def is_finite(self, x: Series) -> bool:
        """Whether it begins with a finite number."""
        return bool(self.base.is_finite(x.terms[0]))

    def is_nan(self, x: Series) -> bool:
        return bool(self.base.is_nan(x.terms[0]))

    def _flat(self, value: Coefficient) -> Series:
        return Polynomial(self, [value])

    def _lift(self, x: Any) -> Series:
        return x if isinstance(x, Series) else self.number(x)

    def _once(self, name: str, xs: tuple[Series, ...], make: Callable[..., Series]) -> Series:
        """The series of `name` over `xs`: the one that is there, or a new one; constants count by their value."""
        key = (name, *[_identity(x) for x in xs])
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = make(*xs), xs  # the arguments stay, so that their ids stay theirs
        return found[0]

    # -- the order of series

    def _sign(self, x: Series) -> int | None:
        """The sign of x for small t > 0: that of its first term that is not 0; None where that is NaN."""
        for k in range(self.order + _FURTHER):
            if not self._has(x, k):
                break
            term = x.terms[k]
            if term != 0:
                self.one_sided |= k > 0
                return 1 if term > 0 else -1 if term < 0 else None
        return 0

    def _has(self, x: Series, k: int) -> bool:
        extend(x, k + 1)
        return k < len(x.terms)

    def compare(self, a: Any, b: Any) -> int | None:
        """-1, 0 or 1, as a is less than b, equal or greater, for small t > 0; None where one is NaN."""
        a, b = self._lift(a), self._lift(b)
        x, y = a.terms[0], b.terms[0]
        if x != y:
            return 1 if x > y else -1 if x < y else None
        if (a.is_flat and b.is_flat) or a is b:
            return 0
        difference = self.sub(a, b)
        sign = self._sign(difference)
        self.undecided |= sign == 0 and not (difference.exact and len(difference.terms) >= difference.end)
        return sign

    def _best(self, xs: Sequence[Any], sign: int) -> Series:
        best, *others = map(self._lift, xs)
        for x in others:
            before = self.undecided
            order = self.compare(x, best)
            self.undecided = before  # of two that agree, either will do
            if order == sign or (order is None and self.is_nan(x)):
                best = x
        return best

    def max(self, *xs: Any) -> Series:
        return self._best(xs, 1)

    def min(self, *xs: Any) -> Series:
        return self._best(xs, -1)

    def sign(self, x: Any) -> Series:
        found = self._sign(self._lift(x))
        return self._flat(self.nan if found is None else self.base.number(found))

    def abs(self, x: Any) -> Series:
        x = self._lift(x)
        sign = self._sign(x)
        if sign is None:
            return self._flat(self.base.abs(x.terms[0]))
        return self.neg(x) if sign < 0 else x

    def floor(self, x: Any) -> Series:
        x = self._lift(x)
        whole = self.base.floor(x.terms[0])
        below = whole == x.terms[0] and self.base.is_finite(whole) and self._sign(self.sub(x, self._flat(whole))) == -1
        return self._flat(whole - self.one if below else whole)

    def ceil(self, x: Any) -> Series:
        x = self._lift(x)
        whole = self.base.ceil(x.terms[0])
        above = whole == x.terms[0] and self.base.is_finite(whole) and self._sign(self.sub(x, self._flat(whole))) == 1
        return self._flat(whole + self.one if above else whole)

    def mod(self, x: Any, y: Any) -> Series:
        x, y = self._lift(x), self._lift(y)
        start = self.base.mod(x.terms[0], y.terms[0])
        if start == 0:  # where it jumps, it begins with the remainder just after the jump
            start = self.sub(x, self.mul(y, self.floor(self.div(x, y)))).terms[0]
        return self._composite(self.rules["mod"], (x, y), start)

    def atan2(self, y: Any, x: Any) -> Series:
        y, x = self._lift(y), self._lift(x)
        start = self.base.atan2(y.terms[0], x.terms[0])
        if y.terms[0] == 0 and x.terms[0] < 0 and not y.is_flat:  # below the branch cut it begins with -pi
            start = self.base.abs(start) * self.base.number(-1 if self._sign(y) == -1 else 1)
        return self._composite(self.rules["atan2"], (y, x), start)

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        chosen = yes if condition else no
        return chosen if isinstance(chosen, bool) else self._lift(chosen)

    # -- arithmetic

    def add(self, a: Any, b: Any) -> Series:
        a, b = self._lift(a), self._lift(b)
        if a.is_flat and b.is_flat:
            return self._flat(a.terms[0] + b.terms[0])
        return self._once("add", (a, b), partial(Sum, self))

    def sub(self, a: Any, b: Any) -> Series:
        a, b = self._lift(a), self._lift(b)
        if (a.is_flat and b.is_flat) or a is b:
            return self._flat(a.terms[0] - b.terms[0])
        return self._once("sub", (a, b), partial(Difference, self))

    def mul(self, a: Any, b: Any) -> Series:
        a, b = self._lift(a), self._lift(b)
        zero = (a.is_flat and a.terms[0] == 0) or (b.is_flat and b.terms[0] == 0)
        if zero or (a.is_flat and b.is_flat):
            return self._flat(a.terms[0] * b.terms[0])
        return self._once("mul", (a, b), partial(Product, self))

    def neg(self, a: Any) -> Series:
        a = self._lift(a)
        if a.is_flat:
            return self._flat(-a.terms[0])
        return a.a if isinstance(a, Negative) else self._once("neg", (a,), partial(Negative, self))

    def square(self, x: Any) -> Series:
        return self.mul(x, x)

    def inv(self, x: Any) -> Series:
        return self.div(1, x)

    def div(self, a: Any, b: Any) -> Series:
        a, b = self._lift(a), self._lift(b)
        if a.is_flat and b.is_flat:
            return self._flat(self.base.div(a.terms[0], b.terms[0]))
        return self._once("div", (a, b), self._divide)

    def _divide(self, a: Series, b: Series) -> Series:
        """a/b; zeros that both begin with are cancelled."""
        if b.terms[0] != 0:
            return Quotient(self, a, b)
        if b.is_flat:
            return Singular(self, [self.base.div(a.terms[0], b.terms[0])])
        zeros, common = self._zeros(b), 0
        while common < zeros and self._has(a, common) and a.terms[common] == 0:
            common += 1
        if not self._has(a, common):
            if a.exact:
                return self._flat(self.zero)
            raise Unresolved
        shifted = Shifted(self, b, -zeros)
        if common < zeros:  # a pole
            return Singular(self, [self.base.div(a.terms[common], shifted.terms[0]) * self.base.number("inf")])
        return Quotient(self, Shifted(self, a, -zeros), shifted)

    def _zeros(self, x: Series) -> int:
        """How many zeros x begins with."""
        self.one_sided = True
        for k in range(self.order + _FURTHER):
            if not self._has(x, k):
                break
            if x.terms[k] != 0:
                return k
        raise Unresolved

    # -- powers

    def pow(self, x: Any, a: Any) -> Series:
        x, a = self._lift(x), self._lift(a)
        if not a.is_flat:
            return self._apply(self.rules["pow"], x, a)
        start, power = self.base.pow(x.terms[0], a.terms[0]), a.terms[0]
        if x.is_flat or power == 0:
            return self._flat(start)
        if power > 0 and power == self.base.floor(power) and (power <= _PRODUCTS or x.terms[0] == 0):
            return self._once("pow", (x, a), lambda x, a: self._multiplied(x, int(power)))
        return self._once("pow", (x, a), lambda x, a: self._root(x, power, 1, lambda u: self.base.pow(u, power)))

    def _multiplied(self, x: Series, power: int) -> Series:
        """x^power by squarings."""
        factors = []
        while power:
            if power % 2:
                factors.append(x)
            power //= 2
            if power:
                x = self.mul(x, x)
        return reduce(self.mul, factors)

    def pow_dx(self, x: Any, a: Any, y: Any) -> Series:
        x, a = self._lift(x), self._lift(a)
        if a.is_flat or x.terms[0] == 0:
            return self.mul(a, self.pow(x, a - 1))
        return self.mul(a, self.div(y, x))

    def sqrt(self, x: Any) -> Series:
        x = self._lift(x)
        return self._once("sqrt", (x,), lambda x: self._root(x, self.one, 2, self.base.sqrt))

    def cbrt(self, x: Any) -> Series:
        x = self._lift(x)
        return self._once("cbrt", (x,), lambda x: self._root(x, self.one, 3, self.base.cbrt))

    def _root(self, x: Series, p: Coefficient, q: int, root: Callable[[Coefficient], Coefficient]) -> Series:
        """x^(p/q), which is `root` of numbers; t^n has the root t^(n*p/q), if that is whole."""
        if x.is_flat:
            return self._flat(root(x.terms[0]))
        if x.terms[0] != 0:
            return Power(self, x, p, q, root(x.terms[0]))
        try:
            zeros = self._zeros(x)
        except Unresolved:
            if not p > 0:
                raise
            return Beginning(self, [self.zero] * max(int(self.base.ceil(len(x.terms) * p / q)), 1))
        x = Shifted(self, x, -zeros)
        power, start = zeros * p / q, root(x.terms[0])
        if power < 0 or not self.base.is_finite(start):
            return Singular(self, [start * self.base.number("inf") if start == start else start])
        if power != self.base.floor(power):
            if power > self.order:
                return Beginning(self, [self.zero] * (self.order + 1))
            return Singular(self, [*[self.zero] * int(self.base.ceil(power)), start * self.base.number("inf")])
        return Shifted(self, Power(self, x, p, q, start), int(power))

    def hypot(self, *xs: Any) -> Series:
        lifted = [self._lift(x) for x in xs]
        if any(x.terms[0] != 0 for x in lifted):
            return self._apply(self.rules["hypot"], *lifted)
        return self.sqrt(reduce(self.add, [self.mul(x, x) for x in lifted]))

    def hypot_dx(self, xs: Sequence[Any], y: Any) -> list[Series]:
        return [self.div(x, y) for x in xs]

    # -- all other primitives

    def __getattr__(self, name: str) -> Callable[..., Any]:
        row = self.rules.get(name)
        if row is None:
            raise AttributeError(f"series have no verb {name!r}, and no primitive has that name")
        return partial(row.value, self) if row.boolean else partial(self._apply, row)

    def library(self, source: Any, *xs: Series) -> Series:
        """The value of a function that a library computes, where only that is asked for."""
        return self._flat(self.base.library(source, *[x.terms[0] for x in xs]))

    def _apply(self, row: Any, *xs: Any) -> Series:
        """The series of a row: its value in the base context, and then its rules."""
        lifted = tuple([self._lift(x) for x in xs])
        return self._composite(row, lifted, None)

    def _composite(self, row: Any, xs: tuple[Series, ...], start: Coefficient | None) -> Series:
        if all(x.is_flat for x in xs):
            return self._flat(self._value(row, xs) if start is None else start)
        rules = partial(self._partials, row, xs)
        return self._once(
            row.name, xs, lambda *_: Composite(self, self._start(row, xs) if start is None else start, rules)
        )

    def _value(self, row: Any, xs: tuple[Series, ...]) -> Coefficient:
        return getattr(self.base, row.name)(*[x.terms[0] for x in xs])

    def _start(self, row: Any, xs: tuple[Series, ...]) -> Coefficient:
        """The value where the series begin; at a kink, what the row's value comes to for small t > 0."""
        if row.kink is not None and row.kink.at(self.base, *[x.terms[0] for x in xs]):
            self.one_sided = True
            if row.name not in self._entered:
                self._entered.add(row.name)
                try:
                    return self._lift(row.value(self, *xs)).terms[0]
                finally:
                    self._entered.discard(row.name)
        return self._value(row, xs)

    def _partials(self, row: Any, xs: tuple[Series, ...], y: Series) -> list[tuple[Series, Series]]:
        """The partial derivatives by the arguments that move, each with the derivative of its argument."""
        moving, undecided = [k for k, x in enumerate(xs) if not x.is_flat], self.undecided
        if row.together is not None:
            rules = row.together(self, y, xs)
        else:
            rules = [row.partials[k] if k in moving else None for k in range(len(xs))]
            rules = [rule(self, y, *xs) if callable(rule) else rule for rule in rules]
        self.undecided = undecided  # the comparisons of a rule are between formulas of one function
        return [
            (self._lift(rules[k]), self._once("slope", (xs[k],), partial(Slope, self)))
            for k in moving
            if rules[k] is not None
        ]
