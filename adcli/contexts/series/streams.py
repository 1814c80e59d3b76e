"""Power series that are worked out term by term, each term of what is known already.

A series c0 + c1*t + c2*t^2 + ... begins with c0; what it is made of says how the next term follows
from the terms of others, and how many of those it needs (Griewank & Walther, *Evaluating Derivatives*,
2nd ed., table 13.1; Knuth, *The Art of Computer Programming* 2, section 4.7). `extend` walks those
needs with a list of its own, so that series may be as deep as they like, and may need each other in
turn: cos needs one term less of sin, and sin one term less of cos.

Terms past `end` are zeros where a series is `exact`, a polynomial, and unknown where it is not.
"""

from collections.abc import Callable, Sequence
from math import inf
from operator import mul
from typing import TYPE_CHECKING, Any

from ...errors import DomainError

if TYPE_CHECKING:
    from . import SeriesContext

Coefficient = Any  # a number of the base context
STEP = 60  # multiplications that take as long as all else about a term


class Unresolved(Exception):  # noqa: N818  # a request for more terms, not a failure
    """Too few terms are known to say how a series begins: the sweep has to be done with more."""


class Series:
    """A power series: `terms` are those that are known, and there are at most `end` of them.

    `needs` are pairs (other, lag): the term k takes the terms of `other` up to k - lag.
    """

    __slots__ = ("end", "exact", "m", "needs", "terms", "waiting")

    convolves = True  # whether a term takes work that grows with its place

    def __init__(
        self,
        m: "SeriesContext",
        terms: list[Coefficient],
        needs: "tuple[tuple[Series, int], ...] | None" = (),
        end: float = inf,
    ) -> None:
        self.m = m
        self.terms = terms
        self.needs = needs
        self.end = end
        self.exact = end < inf
        self.waiting = False

    @property
    def is_flat(self) -> bool:
        """Whether it is a constant."""
        return self.end == 1 and self.exact

    def prepare(self) -> None:
        """Find out what it needs, just before it is needed."""

    def next(self, k: int) -> Coefficient:
        """The term k, where all terms before it, and those of the others, are there."""
        raise NotImplementedError

    def cut(self) -> None:
        """There are no more terms to be had, though they are not zeros."""
        if not (self.exact and len(self.terms) >= self.end):
            self.end, self.exact = len(self.terms), False

    def settle(self) -> None:
        """Keep the terms, and forget how they were made."""
        self.cut()
        self.needs = ()

    def __add__(self, other: Any) -> "Series":
        return self.m.add(self, other)

    def __radd__(self, other: Any) -> "Series":
        return self.m.add(other, self)

    def __sub__(self, other: Any) -> "Series":
        return self.m.sub(self, other)

    def __rsub__(self, other: Any) -> "Series":
        return self.m.sub(other, self)

    def __mul__(self, other: Any) -> "Series":
        return self.m.mul(self, other)

    def __rmul__(self, other: Any) -> "Series":
        return self.m.mul(other, self)

    def __neg__(self) -> "Series":
        return self.m.neg(self)

    def __lt__(self, other: Any) -> bool:
        return self.m.compare(self, other) == -1

    def __gt__(self, other: Any) -> bool:
        return self.m.compare(self, other) == 1

    def __le__(self, other: Any) -> bool:
        return self.m.compare(self, other) in (-1, 0)

    def __ge__(self, other: Any) -> bool:
        return self.m.compare(self, other) in (1, 0)

    def __eq__(self, other: object) -> bool:
        return self.m.compare(self, other) == 0

    __hash__ = None  # type: ignore[assignment]  # equality looks at the terms


def extend(series: Series, count: int) -> None:
    """Work out `count` terms of a series, if it has as many, and whatever terms of others they need.

    Raises a `DomainError` where a term needs itself: an equation at a singular point.
    """
    stack = [(series, count)]
    try:
        while stack:
            node, wanted = stack[-1]
            node.waiting = True
            if node.needs is None:
                node.prepare()
            known, ready = len(node.terms), int(min(wanted, node.end))
            if known >= ready:
                node.waiting = False
                stack.pop()
                continue
            for other, lag in node.needs or ():
                have = len(other.terms) + lag
                if len(other.terms) >= other.end:
                    if other.exact:
                        continue
                    if have <= known:
                        node.cut()
                        break
                elif have <= known:
                    if other.waiting:
                        raise DomainError("no-expansion", "the rules of the function leave its expansion open here")
                    stack.append((other, known + 1 - lag))
                    break
                ready = min(ready, have)
            else:
                node.m.spend((ready - known) * ((ready + known if node.convolves else 0) + STEP))
                append, step = node.terms.append, node.next
                for k in range(known, ready):
                    append(step(k))
    finally:
        for node, _ in stack:
            node.waiting = False


def _crossed(a: Sequence[Any], b: Sequence[Any], total: int, low: int, high: int, zero: Any) -> Coefficient:
    """The sum of a[j]*b[total - j] for j from `low` to `high`; what is past the end of a list is zero."""
    low, high = max(low, total + 1 - len(b)), min(high, len(a) - 1)
    if low > high:
        return zero
    first = total - high
    return sum(map(mul, a[low : high + 1], b[first : total - low + 1][::-1]))


class Polynomial(Series):
    """A polynomial: all of its terms are given."""

    __slots__ = ()

    def __init__(self, m: "SeriesContext", terms: list[Coefficient]) -> None:
        super().__init__(m, terms, (), len(terms))


class Beginning(Series):
    """The first terms of a series, of which more cannot be told."""

    __slots__ = ()

    def __init__(self, m: "SeriesContext", terms: list[Coefficient]) -> None:
        super().__init__(m, terms, (), len(terms))
        self.exact = False


class Singular(Series):
    """What is no power series: terms up to an infinite one, and NaN from there on."""

    __slots__ = ()

    convolves = False

    def next(self, k: int) -> Coefficient:
        """NaN: the function has no derivative of this order."""
        return self.m.nan


class Sum(Series):
    """a + b."""

    __slots__ = ("a", "b")

    convolves = False

    def __init__(self, m: "SeriesContext", a: Series, b: Series) -> None:
        end = max(a.end, b.end) if a.exact and b.exact else inf
        super().__init__(m, [a.terms[0] + b.terms[0]], ((a, 0), (b, 0)), end)
        self.a, self.b = a, b

    def next(self, k: int) -> Coefficient:
        """The sum of the two terms; an absent one is not added."""
        a, b = self.a.terms, self.b.terms
        if k >= len(b):
            return a[k] if k < len(a) else self.m.zero
        return a[k] + b[k] if k < len(a) else b[k]


class Difference(Series):
    """a - b."""

    __slots__ = ("a", "b")

    convolves = False

    def __init__(self, m: "SeriesContext", a: Series, b: Series) -> None:
        end = max(a.end, b.end) if a.exact and b.exact else inf
        super().__init__(m, [a.terms[0] - b.terms[0]], ((a, 0), (b, 0)), end)
        self.a, self.b = a, b

    def next(self, k: int) -> Coefficient:
        """The difference of the two terms; an absent one is not subtracted."""
        a, b = self.a.terms, self.b.terms
        if k >= len(b):
            return a[k] if k < len(a) else self.m.zero
        return a[k] - b[k] if k < len(a) else -b[k]


class Negative(Series):
    """-a."""

    __slots__ = ("a",)

    convolves = False

    def __init__(self, m: "SeriesContext", a: Series) -> None:
        super().__init__(m, [-a.terms[0]], ((a, 0),), a.end if a.exact else inf)
        self.a = a

    def next(self, k: int) -> Coefficient:
        """The term with the other sign."""
        return -self.a.terms[k] if k < len(self.a.terms) else self.m.zero


class Product(Series):
    """a*b: a convolution."""

    __slots__ = ("a", "b")

    def __init__(self, m: "SeriesContext", a: Series, b: Series) -> None:
        end = a.end + b.end - 1 if a.exact and b.exact else inf
        super().__init__(m, [a.terms[0] * b.terms[0]], ((a, 0), (b, 0)), end)
        self.a, self.b = a, b

    def next(self, k: int) -> Coefficient:
        """The sum of a_j*b_(k - j)."""
        return _crossed(self.a.terms, self.b.terms, k, 0, k, self.m.zero)


class Quotient(Series):
    """a/b, for a divisor that does not begin with 0."""

    __slots__ = ("a", "b")

    def __init__(self, m: "SeriesContext", a: Series, b: Series) -> None:
        super().__init__(m, [m.base.div(a.terms[0], b.terms[0])], ((a, 0), (b, 0)))
        self.a, self.b = a, b
        if a.exact and b.is_flat:
            self.end, self.exact = a.end, True

    def next(self, k: int) -> Coefficient:
        """What b*(a/b) = a says of the term k."""
        a, b = self.a.terms, self.b.terms
        rest = _crossed(b, self.terms, k, 1, k, self.m.zero)
        return ((a[k] - rest) if k < len(a) else -rest) / b[0]


class Power(Series):
    """x^(p/q), for an x that does not begin with 0, from x*y' = (p/q)*x'*y; it begins with `start`."""

    __slots__ = ("p", "q", "x")

    def __init__(self, m: "SeriesContext", x: Series, p: Coefficient, q: int, start: Coefficient) -> None:
        super().__init__(m, [start], ((x, 0),))
        self.x, self.p, self.q = x, p, q

    def next(self, k: int) -> Coefficient:
        """The sum of (p*j - q*(k - j))*x_j*y_(k - j), divided by q*k*x_0."""
        x, y, p, q = self.x.terms, self.terms, self.p, self.q
        total = sum([(p * j - q * (k - j)) * x[j] * y[k - j] for j in range(1, min(k, len(x) - 1) + 1)], self.m.zero)
        return total / (q * k * x[0])


class Shifted(Series):
    """t^by times x; where `by` is negative, x begins with so many zeros."""

    __slots__ = ("by", "x")

    convolves = False

    def __init__(self, m: "SeriesContext", x: Series, by: int) -> None:
        end = x.end + by if x.exact else inf
        super().__init__(m, [m.zero if by > 0 else x.terms[-by]], ((x, by),), end)
        self.x, self.by = x, by

    def next(self, k: int) -> Coefficient:
        """The term of x that comes to stand at k."""
        j = k - self.by
        return self.x.terms[j] if 0 <= j < len(self.x.terms) else self.m.zero


class Slope(Series):
    """The derivative of x along the line."""

    __slots__ = ("x",)

    convolves = False

    def __init__(self, m: "SeriesContext", x: Series) -> None:
        super().__init__(m, [], ((x, -1),), x.end - 1 if x.exact else inf)
        self.x = x

    def next(self, k: int) -> Coefficient:
        """The term of one order more, times that order."""
        x = self.x.terms
        return (k + 1) * x[k + 1] if k + 1 < len(x) else self.m.zero


class Composite(Series):
    """f(x1, ..., xn) from y' = p1*x1' + ... + pn*xn', where `partials()` makes the series p by the rules of f.

    The rules are asked when the first derivative is needed. Where they lead back to f itself, or
    to functions whose own rules do, the terms of all of them grow together.
    """

    __slots__ = ("pairs", "partials")

    def __init__(
        self, m: "SeriesContext", start: Coefficient, partials: Callable[[Series], list[tuple[Series, Series]]]
    ) -> None:
        super().__init__(m, [start], None)
        self.partials: Callable[[Series], list[tuple[Series, Series]]] | None = partials
        self.pairs: list[tuple[Series, Series]] = []

    def prepare(self) -> None:
        """Ask the rules."""
        if self.partials is not None:
            self.pairs = self.partials(self)
        self.partials = None
        self.needs = tuple([(series, 1) for pair in self.pairs for series in pair])
        if not self.pairs:
            self.end, self.exact = 1, True

    def next(self, k: int) -> Coefficient:
        """The term k - 1 of the derivative, divided by k."""
        total: Any = None
        for p, slope in self.pairs:
            term = _crossed(p.terms, slope.terms, k - 1, 0, k - 1, self.m.zero)
            total = term if total is None else total + term
        return total / k

    def settle(self) -> None:
        """Forget the rules, too."""
        super().settle()
        self.pairs, self.partials = [], None
