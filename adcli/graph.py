"""The graph: scalar nodes in an arena, and the number context whose numbers are nodes.

A node is an integer. Its operation and arguments stand in parallel lists, arguments always
before the node, so ascending order is a topological order: a forward sweep is a loop up, a
reverse sweep a loop down, and nothing recurses however deep the expression. Equal nodes are
one node (Griewank & Walther, *Evaluating Derivatives*, 2nd ed., section 2.2).

>>> g = Graph()
>>> x = g.variable("x")
>>> g.apply(TABLE["mul"], (x, x)) == g.apply(TABLE["mul"], (x, x))
True
"""

from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from .contexts import Exact, Literal, NumberContext
from .primitives import TABLE, Primitive

VARIABLE = Primitive("variable", 0, lambda m: None, ())
CONSTANT = Primitive("constant", 0, lambda m: None, ())

_ADD, _SUB, _MUL, _DIV, _POW, _NEG = (TABLE[name] for name in ("add", "sub", "mul", "div", "pow", "neg"))


class Graph:
    """An append-only arena of scalar nodes.

    `ops[i]` is the primitive of node i (or `VARIABLE`, `CONSTANT`), `args[i]` its argument
    nodes, `names` and `constants` what the leaves hold, `labels` the names that a program
    bound. `starts[i]` and `ends[i]` are the place in `source` that first made the node
    (-1 where there is none).
    """

    def __init__(self, source: str = "") -> None:
        self.ops: list[Primitive] = []
        self.args: list[tuple[int, ...]] = []
        self.names: dict[int, str] = {}
        self.constants: dict[int, Exact] = {}
        self.labels: dict[int, str] = {}
        self.starts = array("q")
        self.ends = array("q")
        self.source = source
        self._ids: dict[tuple[Any, ...], int] = {}

    def __len__(self) -> int:
        return len(self.ops)

    def _append(self, key: tuple[Any, ...], op: Primitive, args: tuple[int, ...], start: int, end: int) -> int:
        node = len(self.ops)
        self._ids[key] = node
        self.ops.append(op)
        self.args.append(args)
        self.starts.append(start)
        self.ends.append(end)
        return node

    def apply(self, op: Primitive, args: tuple[int, ...], start: int = -1, end: int = -1) -> int:
        """The node of `op` over `args`: the one that is there, or a new one."""
        key = (op, args)
        node = self._ids.get(key)
        return self._append(key, op, args, start, end) if node is None else node

    def variable(self, name: str, start: int = -1, end: int = -1) -> int:
        key = (VARIABLE, name)
        node = self._ids.get(key)
        if node is None:
            node = self._append(key, VARIABLE, (), start, end)
            self.names[node] = name
        return node

    def constant(self, value: Exact, start: int = -1, end: int = -1) -> int:
        # the type is part of the key: 1 and True, and 0.1 and a tuple, stay apart
        key = (CONSTANT, type(value), value)
        node = self._ids.get(key)
        if node is None:
            node = self._append(key, CONSTANT, (), start, end)
            self.constants[node] = value
        return node

    def needed(self, outputs: Iterable[int]) -> list[int]:
        """The nodes that the outputs depend on, in topological order."""
        wanted = bytearray(len(self.ops))
        for node in outputs:
            wanted[node] = 1
        args = self.args
        for node in range(len(self.ops) - 1, -1, -1):
            if wanted[node]:
                for argument in args[node]:
                    wanted[argument] = 1
        return [node for node in range(len(self.ops)) if wanted[node]]

    def depending(self, order: Sequence[int], inputs: Iterable[int]) -> bytearray:
        """For each node, 1 if it depends on one of the inputs; `order` is topological."""
        active = bytearray(len(self.ops))
        for node in inputs:
            active[node] = 1
        for node in order:
            for argument in self.args[node]:
                if active[argument]:
                    active[node] = 1
                    break
        return active

    def uses(self, order: Iterable[int]) -> dict[int, int]:
        """How many arguments in `order` each node is."""
        count: dict[int, int] = {}
        for node in order:
            for argument in self.args[node]:
                count[argument] = count.get(argument, 0) + 1
        return count


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
        return self.m.apply(TABLE["eq"], self, other)

    __hash__ = None  # type: ignore[assignment]  # equality makes a node, so it cannot key a dict


class Guarded:
    """A number that counts only where a condition holds, and is absent elsewhere.

    The adjoint of a branch of `where` is one of these. What is computed with it under the
    guard may be undefined where the guard is false (0*inf included): nobody looks there.
    """

    __slots__ = ("guard", "m", "value")

    def __init__(self, m: "GraphContext", guard: Expr, value: Any) -> None:
        self.m = m
        self.guard = guard
        self.value = value

    def __mul__(self, other: Any) -> "Guarded":
        if isinstance(other, Guarded):
            both = self.guard if self.guard.node == other.guard.node else self.m.and_(self.guard, other.guard)
            return Guarded(self.m, both, self.value * other.value)
        return Guarded(self.m, self.guard, self.value * other)

    __rmul__ = __mul__

    def __add__(self, other: Any) -> Any:
        m = self.m
        if not isinstance(other, Guarded):
            return m.settle(self) + other
        if self.guard.node == other.guard.node:
            return Guarded(m, self.guard, self.value + other.value)
        if m.not_(self.guard).node == other.guard.node:
            return m.where(self.guard, self.value, other.value)
        if self.guard.node == m.not_(other.guard).node:
            return m.where(other.guard, other.value, self.value)
        return Guarded(m, m.or_(self.guard, other.guard), m.settle(self) + m.settle(other))

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

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

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
        if isinstance(value, Guarded):
            return self.where(value.guard, self.lift(value.value), self.number(0))
        return self.lift(value)

    def whole(self, value: Any) -> int | None:
        """The whole number that `value` is a constant of, if it is."""
        if isinstance(value, int):
            return value
        held = self.graph.constants.get(value.node) if isinstance(value, Expr) else None
        return held if isinstance(held, int) else None

    def apply(self, op: Primitive, *xs: Any) -> Expr:
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
        return Guarded(self, condition, value)

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
        if i is not None and j is not None:
            return self.number(i + j)
        return self.apply(_ADD, a, b)

    def sub(self, a: Any, b: Any) -> Any:
        i, j = self.whole(a), self.whole(b)
        if j == 0:
            return self.lift(a)
        if i == 0:
            return self.neg(b)
        if i is not None and j is not None:
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
        if i is not None and j is not None:
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

    def pow_dx(self, x: Any, a: Any, y: Any) -> Any:
        """The power rule as one reads it; a constant exponent is lowered exactly."""
        held = self.graph.constants.get(a.node)
        return a * self.pow(x, self.number(held.lowered()) if isinstance(held, Literal) else a - 1)
