"""The number context whose numbers are nodes of a graph: a sweep in it writes a derivative down.

>>> g = Graph()
>>> m = GraphContext(g)
>>> x = m.wrap(g.variable("x"))
>>> g.ops[(m.sin(x) * x).node].name
'mul'
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from .contexts import MANY_TERMS, Exact, Literal, NumberContext
from .graph import Graph
from .primitives import TABLE, Primitive

_ADD, _SUB, _MUL, _DIV, _POW, _NEG = (TABLE[name] for name in ("add", "sub", "mul", "div", "pow", "neg"))

_MOST_GUARDS = 8  # guards that are kept apart, so that branches that belong together find each other
_MOST_PLACES = 1000  # of an exponent that is lowered by 1 exactly
_MOST_BITS = 4096  # of a whole number that is computed exactly; larger ones stay as they are written


def _foldable(i: int, j: int) -> bool:
    """Whether two whole numbers are small enough to compute with."""
    return i.bit_length() + j.bit_length() <= _MOST_BITS


class Expr:
    """A number of the graph context: a node, with arithmetic."""

    __slots__ = ("m", "node")

    def __init__(self, m: "GraphContext", node: int) -> None:
        self.m = m
        self.node = node

    def __add__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, Guarded) else self.m.add(self, other)

    def __radd__(self, other: Any) -> Any:
        return self.m.add(other, self)

    def __sub__(self, other: Any) -> Any:
        return self.m.sub(self, other)

    def __rsub__(self, other: Any) -> Any:
        return self.m.sub(other, self)

    def __mul__(self, other: Any) -> Any:
        return NotImplemented if isinstance(other, Guarded) else self.m.mul(self, other)

    def __rmul__(self, other: Any) -> Any:
        return self.m.mul(other, self)

    def __neg__(self) -> Any:
        return self.m.neg(self)

    def __lt__(self, other: Any) -> Any:
        return self.m.apply(TABLE["lt"], self, other)

    def __le__(self, other: Any) -> Any:
        return self.m.apply(TABLE["le"], self, other)

    def __gt__(self, other: Any) -> Any:
        return self.m.apply(TABLE["gt"], self, other)

    def __ge__(self, other: Any) -> Any:
        return self.m.apply(TABLE["ge"], self, other)

    def __eq__(self, other: object) -> Any:
        return False if other is None else self.m.apply(TABLE["eq"], self, other)

    __hash__ = None  # type: ignore[assignment]  # equality makes a node, so it cannot key a dict


class Guarded:
    """A number that counts only where its guards all hold, and is absent elsewhere.

    The adjoint of a branch of `where` is one of these. What is computed with it under the
    guards may be undefined where they are false (0*inf included): nobody looks there.
    """

    __slots__ = ("guards", "m", "value")

    def __init__(self, m: "GraphContext", guards: tuple[int, ...], value: Any) -> None:
        self.m = m
        self.guards = guards
        self.value = value

    def __mul__(self, other: Any) -> "Guarded":
        if not isinstance(other, Guarded):
            return Guarded(self.m, self.guards, self.value * other)
        guards = self.guards + tuple([guard for guard in other.guards if guard not in self.guards])
        if len(guards) > _MOST_GUARDS:
            guards = (self.m.every(guards).node,)
        return Guarded(self.m, guards, self.value * other.value)

    __rmul__ = __mul__

    def __add__(self, other: Any) -> Any:
        """Two branches of one `where` become that `where`; what else meets is added where either holds."""
        m = self.m
        if not isinstance(other, Guarded):
            return m.settle(self) + other
        common = tuple([guard for guard in self.guards if guard in other.guards])
        mine = tuple([guard for guard in self.guards if guard not in common])
        yours = tuple([guard for guard in other.guards if guard not in common])
        value: Any = None
        if not mine or not yours:
            value = m.under(mine, self.value) + m.under(yours, other.value)
            return m.guarded(common, value)
        for guard in mine:
            opposite = m.opposite(guard)
            if opposite in yours:
                yes = m.under(tuple([g for g in mine if g != guard]), self.value)
                no = m.under(tuple([g for g in yours if g != opposite]), other.value)
                if m.graph.ops[guard] is TABLE["not_"]:
                    return m.guarded(common, m.where(m.wrap(opposite), no, yes))
                return m.guarded(common, m.where(m.wrap(guard), yes, no))
        either = m.or_(m.every(mine), m.every(yours))
        return Guarded(m, (*common, either.node), m.under(mine, self.value) + m.under(yours, other.value))

    __radd__ = __add__


class GraphContext(NumberContext):
    """The context whose numbers are nodes of a graph: a sweep in it builds a derivative.

    It folds whole-number constants and drops zeros and ones as they arise; `simplify` does
    the rest afterwards, when the whole graph is known.

    >>> g = Graph()
    >>> m = GraphContext(g)
    >>> x = m.wrap(g.variable("x"))
    >>> (0 * x + x * 1).node == x.node
    True
    """

    name = "graph"

    def __init__(self, graph: Graph, *, textbook: bool = False) -> None:
        self.graph = graph
        self.textbook = textbook  # write rows by their textbook formulas, for people to read

    def wrap(self, node: int) -> Expr:
        return Expr(self, node)

    def number(self, value: Exact) -> Expr:
        return Expr(self, self.graph.constant(value))

    def lift(self, value: Any) -> Expr:
        """An expression from an expression, a guarded one, or a number of a rule."""
        if isinstance(value, Expr):
            return value
        if isinstance(value, Guarded):
            return self.settle(value)
        return self.number(Literal.read(repr(value)) if isinstance(value, float) else value)

    def settle(self, value: Any) -> Expr:
        """A guarded number as a plain one: 0 where its guard is false."""
        return self.under(value.guards, value.value) if isinstance(value, Guarded) else self.lift(value)

    def under(self, guards: Sequence[int], value: Any) -> Expr:
        """The value where all guards hold, else 0."""
        return self.where(self.every(guards), value, self.number(0)) if guards else self.lift(value)

    def guarded(self, guards: tuple[int, ...], value: Any) -> Any:
        return Guarded(self, guards, value) if guards else value

    def every(self, conditions: Sequence[int]) -> Expr:
        """The condition that all of `conditions` hold."""
        result = self.wrap(conditions[0])
        for condition in conditions[1:]:
            result = self.and_(result, self.wrap(condition))
        return result

    def opposite(self, condition: int) -> int:
        """The node of the opposite condition."""
        return int(self.not_(self.wrap(condition)).node)

    def whole(self, value: Any) -> int | None:
        """The whole number that `value` is a constant of, if it is."""
        if isinstance(value, int):
            return value
        held = self.graph.constants.get(value.node) if isinstance(value, Expr) else None
        return held if isinstance(held, int) else None

    def apply(self, op: Primitive, *xs: Any) -> Expr:
        if self.textbook and op.textbook is not None:
            formula = op.textbook(self, *[self.lift(x) for x in xs])
            if formula is not None:
                return self.lift(formula)
        return Expr(self, self.graph.apply(op, tuple([self.lift(x).node for x in xs])))

    def __getattr__(self, name: str) -> Callable[..., Expr]:
        row = self.rules.get(name)
        if row is None:
            raise AttributeError(f"no primitive is named {name!r}")
        return partial(self.apply, row)

    def where(self, condition: Any, yes: Any, no: Any) -> Expr:
        yes, no = self.lift(yes), self.lift(no)
        return yes if yes.node == no.node else self.apply(TABLE["where"], condition, yes, no)

    def when(self, condition: Any, value: Any) -> Guarded:
        return Guarded(self, (condition.node,), value)

    def stable(self, plain: Any, good: Any, repaired: Any) -> Any:
        return plain

    def and_(self, a: Any, b: Any) -> Expr:
        return self.apply(TABLE["and_"], a, b)

    def or_(self, a: Any, b: Any) -> Expr:
        return self.apply(TABLE["or_"], a, b)

    def not_(self, a: Any) -> Expr:
        graph = self.graph
        if graph.ops[a.node] is TABLE["not_"]:
            return Expr(self, graph.args[a.node][0])
        return self.apply(TABLE["not_"], a)

    def eq(self, a: Any, b: Any) -> Expr:
        return self.apply(TABLE["eq"], a, b)

    def add(self, a: Any, b: Any) -> Any:
        i, j = self.whole(a), self.whole(b)
        if i == 0:
            return self.lift(b)
        if j == 0:
            return self.lift(a)
        if i is not None and j is not None and _foldable(i, j):
            return self.number(i + j)
        return self.apply(_ADD, a, b)

    def sub(self, a: Any, b: Any) -> Any:
        i, j = self.whole(a), self.whole(b)
        if j == 0:
            return self.lift(a)
        if i == 0:
            return self.neg(b)
        if i is not None and j is not None and _foldable(i, j):
            return self.number(i - j)
        return self.apply(_SUB, a, b)

    def mul(self, a: Any, b: Any) -> Any:
        i, j = self.whole(a), self.whole(b)
        if i == 0 or j == 0:
            return self.number(0)
        if i == 1:
            return self.lift(b)
        if j == 1:
            return self.lift(a)
        if i is not None and j is not None and _foldable(i, j):
            return self.number(i * j)
        if i == -1:
            return self.neg(b)
        if j == -1:
            return self.neg(a)
        return self.apply(_MUL, a, b)

    def neg(self, a: Any) -> Any:
        i = self.whole(a)
        if i is not None:
            return self.number(-i)
        if self.graph.ops[a.node] is _NEG:
            return Expr(self, self.graph.args[a.node][0])
        return self.apply(_NEG, a)

    def div(self, a: Any, b: Any) -> Any:
        if self.whole(b) == 1 or (self.whole(a) == 0 and self.whole(b) != 0):
            return self.lift(a)
        return self.apply(_DIV, a, b)

    def pow(self, x: Any, a: Any) -> Any:
        power = self.whole(a)
        if power == 1:
            return self.lift(x)
        return self.number(1) if power == 0 else self.apply(_POW, x, a)

    def logsumexp_dx(self, xs: Sequence[Any], y: Any) -> list[Any]:
        """Of few, the sigmoid of what is left of x_k without the others, which can be differentiated far apart, too."""
        if self.textbook or len(xs) > MANY_TERMS:
            return super().logsumexp_dx(xs, y)
        partials = []
        for k, x in enumerate(xs):
            others = [other - x for other in (*xs[:k], *xs[k + 1 :])]
            partials.append(self.sigmoid(-(self.logsumexp(*others) if len(others) > 1 else others[0])))
        return partials

    def pow_dx(self, x: Any, a: Any, y: Any) -> Any:
        """The power rule as one reads it; a constant exponent is lowered exactly."""
        held = self.graph.constants.get(a.node)
        if isinstance(held, Literal) and abs(held.exponent) < _MOST_PLACES:
            return a * self.pow(x, self.number(held.lowered()))
        return a * self.pow(x, a - 1)
