"""Numbers that are known while the text is read: indices, lengths, and what decides a branch.

A loop's variable is a `Known`, and so is what whole numbers make of it, `2*k + 1`. A constant
expression of the text itself stays in the graph as it was written, and is evaluated only when an
index, a range or a condition asks for it. All of it is exact, in integers and fractions.
"""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from ..arrays import numpy, numpy_if_there
from ..contexts import Literal
from ..graph import CONSTANT, Graph
from ..primitives import TABLE, Primitive

Exact = int | Fraction  # a bool, where it is the truth of a condition
_BITS = 14_000  # of a number that is computed exactly; Python writes 4300 digits
WORTH = 50_000  # nodes that are made at once, from which NumPy's own start is worth it
_PLACES = 400  # of a decimal that is taken exactly


class Known:
    """A number, or the truth of a condition, that is known while the text is read."""

    __slots__ = ("value",)

    def __init__(self, value: Exact) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Known) and self.value == other.value

    def __hash__(self) -> int:
        return hash((Known, self.value))

    def __repr__(self) -> str:
        return f"<Known {self.value}>"


def _power(x: Exact, a: Exact) -> Exact | None:
    if a.denominator != 1 or (x == 0 and a < 0):
        return None
    bits = max(abs(x.numerator).bit_length(), x.denominator.bit_length())
    if bits * abs(int(a)) >= _BITS:
        return None
    return Fraction(x) ** int(a)


def _root(x: Exact) -> Exact | None:
    """A square root, if it is rational."""
    if x < 0:
        return None
    above, below = math.isqrt(x.numerator), math.isqrt(x.denominator)
    return Fraction(above, below) if above * above == x.numerator and below * below == x.denominator else None


_RULES: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: Fraction(a) / b if b != 0 else None,
    "mod": lambda a, b: a - b * math.floor(Fraction(a) / b) if b != 0 else None,
    "pow": _power,
    "neg": lambda a: -a,
    "square": lambda a: a * a,
    "inv": lambda a: 1 / Fraction(a) if a != 0 else None,
    "sqrt": _root,
    "abs": abs,
    "sign": lambda a: (a > 0) - (a < 0),
    "floor": math.floor,
    "ceil": math.ceil,
    "max": max,
    "min": min,
    "where": lambda c, a, b: a if c else b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "and_": lambda a, b: a and b,
    "or_": lambda a, b: a or b,
    "not_": lambda a: not a,
}  # fmt: skip


_EXACT = frozenset([CONSTANT, *[TABLE[name] for name in _RULES]])


def is_exact(name: str) -> bool:
    """Whether a primitive may make an exact number of exact numbers.

    >>> is_exact("div"), is_exact("sin")
    (True, False)
    """
    return name in _RULES


def combine(name: str, xs: list[Exact]) -> Exact | None:
    """What a primitive makes of exact numbers; None where that is not exact, or undefined.

    >>> combine("add", [2, 3]), combine("floor", [Fraction(7, 2)]), combine("sin", [1])
    (5, 3, None)
    """
    rule = _RULES.get(name)
    if rule is None:
        return None
    value = rule(*xs)
    if value is None or value.numerator.bit_length() > _BITS or value.denominator.bit_length() > _BITS:
        return None
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


class Constants:
    """The exact values of the constant nodes of a graph, found when asked for and kept.

    >>> from ..primitives import TABLE, Primitive
    >>> g = Graph()
    >>> n = g.constant(4)
    >>> Constants(g).value(g.apply(TABLE["sub"], (n, g.constant(1))))
    3
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.found: dict[int, Exact | None] = {}
        self.unknown = bytearray()  # for each node, 1 if it needs a variable, or a function that gives no exact numbers

    def value(self, node: int) -> Exact | None:
        """The exact value of a node, or None if it has none that is known."""
        if node >= len(self.unknown):
            self.look_at_new_nodes()
        if self.unknown[node]:
            return None
        found = self.found
        stack = [] if node in found else [node]
        while stack:
            missing = [a for a in self.graph.node(stack[-1])[1] if a not in found]
            if missing:
                stack += missing
            else:
                top = stack.pop()
                found[top] = self._evaluate(top)
        return found[node]

    def are_unknown(self, nodes: Sequence[int]) -> bool:
        """Whether none of the nodes has a value that is known, or might be."""
        if len(self.unknown) < len(self.graph):
            self.look_at_new_nodes()
        return all(map(self.unknown.__getitem__, nodes))

    def many(self, op: Primitive, columns: Sequence[Sequence[int]], start: int, end: int) -> list[int]:
        """The nodes of `op` over each row of the columns, as the graph makes them; what needs a variable is noted."""
        worth = self.graph.strips or (len(columns[0]) >= WORTH and numpy_if_there() is not None)
        if worth and not op.boolean:
            return self.graph.numbers(self.strip(op, list(map(numpy().array, columns)), start, end))
        unknown = any(map(self.are_unknown, columns))
        made = self.graph.many(op, columns, start, end)
        self.note_new_nodes(unknown=unknown)
        return made

    def strip(self, op: Primitive, columns: Sequence[Any], start: int, end: int) -> Any:
        """The same of arrays, as a strip of the graph."""
        unknown = any(map(self.are_all_unknown, columns))
        made = self.graph.strip(op, columns, start, end)
        self.note_new_nodes(unknown=unknown)
        return made

    def are_all_unknown(self, nodes: Any) -> bool:
        """`are_unknown` of an array."""
        if len(self.unknown) < len(self.graph):
            self.look_at_new_nodes()
        return bool(numpy().frombuffer(self.unknown, bool)[nodes].all())

    def note_new_nodes(self, *, unknown: bool) -> None:
        """Bring `unknown` up to date where all new nodes are known to be unknown."""
        if unknown:
            self.unknown += b"\1" * (len(self.graph) - len(self.unknown))

    def look_at_new_nodes(self) -> None:
        """Bring `unknown` up to date; what is asked about is mostly new, and this is a loop over large graphs."""
        unknown = self.unknown
        for op, args in self.graph.since(len(unknown)):
            state = op not in _EXACT
            if not state:
                for a in args:
                    if unknown[a]:
                        state = True
                        break
            unknown.append(state)

    def _evaluate(self, node: int) -> Exact | None:
        graph = self.graph
        held = graph.constants.get(node)
        if held is not None:
            if isinstance(held, Literal) and abs(held.exponent) < _PLACES:
                return held.digits * Fraction(10) ** held.exponent
            return held if isinstance(held, int) else None
        op, args = graph.node(node)
        xs = [self.found[a] for a in args]
        exact = [x for x in xs if x is not None]
        return combine(op.name, exact) if len(exact) == len(xs) else None
