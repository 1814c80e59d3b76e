"""Tests of values, as conditions of straight-line code.

Domains and kinks are tested by plain Python (`x > 0 or (x == 0 and a >= 0)`), which stops at the
first comparison that decides. Here such a test is run once for each way that its comparisons can
fall, and the ways that end in True make the condition. A test of a few numbers has a handful of ways.
"""

from collections.abc import Callable, Sequence
from typing import Any

from ..graph import Graph
from ..nodes import Expr
from .lowering import Lowering

_MOST_WAYS = 64


class Undecidable(Exception):  # noqa: N818  # a finding: the test looks at too many numbers
    """The test has too many ways."""


class _Asked(Expr):
    """A number whose comparisons are conditions, of which Python may ask for the truth."""

    __slots__ = ()

    def __bool__(self) -> bool:
        m = self.m
        if not isinstance(m, _Script):
            raise TypeError(m)
        return m.truth(self.node)

    def __abs__(self) -> Any:
        return self.m.abs(self)


class _Script(Lowering):
    """The context of a test that is being run, and the truths that it was told so far."""

    def __init__(self, graph: Graph, told: list[bool]) -> None:
        super().__init__(graph)
        self.told = told
        self.asked: list[int] = []
        self.known: dict[int, bool] = {}

    def wrap(self, node: int) -> Expr:
        return _Asked(self, node)

    def lift(self, value: Any) -> Expr:
        return _Asked(self, super().lift(value).node)

    def apply(self, op: Any, *xs: Any) -> Expr:
        return _Asked(self, super().apply(op, *xs).node)

    def truth(self, node: int) -> bool:
        """The truth of a condition, as this way has it: as told, and True for the first one beyond."""
        found = self.known.get(node)
        if found is None:
            if len(self.asked) == len(self.told):
                self.told.append(True)
            found = self.known[node] = self.told[len(self.asked)]
            self.asked.append(node)
        return found


def condition(m: Lowering, test: Callable[..., Any], xs: Sequence[Expr]) -> Expr | bool:
    """The condition that `test(m, *xs)` is true; a bool if it is the same everywhere.

    >>> from ..printing import write
    >>> m = Lowering(Graph())
    >>> x, y = (m.wrap(m.graph.variable(name)) for name in "xy")
    >>> write(m.graph, condition(m, lambda m, x, y: x != 0 or not y < 1, (x, y)).node)
    'not x == 0 or not y < 1'
    """
    told: list[bool] = []
    tree: Any = None
    for _ in range(_MOST_WAYS):
        script = _Script(m.graph, told)
        outcome = bool(test(script, *[script.wrap(x.node) for x in xs]))
        tree = _grafted(tree, list(zip(script.asked, told, strict=True)), outcome)
        while told and not told[-1]:
            told.pop()
        if not told:
            return _written(m, tree)
        told[-1] = False
    raise Undecidable


def _grafted(tree: Any, way: Sequence[tuple[int, bool]], outcome: bool) -> Any:
    """The tree of decisions with one more way: a bool, or a list of a condition and the trees beyond it."""
    if not way:
        return outcome
    whole = tree = tree or [way[0][0], None, None]
    for k, (_, truth) in enumerate(way):
        side = 1 if truth else 2
        if k + 1 == len(way):
            tree[side] = outcome
        elif tree[side] is None:
            tree[side] = [way[k + 1][0], None, None]
        tree = tree[side]
    return whole


def _written(m: Lowering, tree: Any) -> Expr | bool:
    """The condition that a tree of decisions ends in True; it is as deep as a test asks questions."""
    if isinstance(tree, bool):
        return tree
    asked = m.wrap(tree[0])
    yes, no = _written(m, tree[1]), _written(m, tree[2])
    if isinstance(yes, bool) and isinstance(no, bool):
        return yes if yes == no else asked if yes else m.not_(asked)
    if isinstance(yes, bool):
        return m.or_(asked, no) if yes else m.and_(m.not_(asked), no)
    if isinstance(no, bool):
        return m.or_(m.not_(asked), yes) if no else m.and_(asked, yes)
    return yes if yes.node == no.node else m.or_(m.and_(asked, yes), m.and_(m.not_(asked), no))
