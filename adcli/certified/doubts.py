"""What must be known before an enclosure of a value, or of a derivative, proves anything.

The rules of the table enclose the derivative of a function that is defined and has no kink at the
point. Balls may not tell whether that is so: then there is a doubt, which concerns the outputs that
depend on its node, and no others.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ..contexts.enclosures import UNSURE, Enclosure, UndecidedError
from ..diagnostics import is_jump
from ..graph import Graph
from ..primitives import TABLE
from ..printing import write
from ..problem import Problem
from ..sweeps import Values, directional

_WHERE = TABLE["where"]
_SURE, _MAYBE = 2, 1
_BLAME = 60  # characters of a formula in a message


class OutsideError(Exception):
    """A node that the outputs depend on is undefined for certain."""

    def __init__(self, node: int) -> None:
        super().__init__(node)
        self.node = node


class Doubt(NamedTuple):
    """Something that is not known of a node: whether it is defined, or whether it is smooth.

    A `lasting` one does not go away with more bits.
    """

    node: int
    text: str
    of_domain: bool = False
    lasting: bool = False


class Sides(NamedTuple):
    """The one-sided derivatives of an entry at a kink."""

    left: Enclosure
    right: Enclosure


def liveness(graph: Graph, order: Sequence[int], v: Values, outputs: Iterable[int]) -> bytearray:
    """For each node 2 if the outputs depend on it at these values, 1 if they may, 0 if not."""
    wanted = bytearray(len(graph))
    for node in outputs:
        wanted[node] = _SURE
    ops, args = graph.ops, graph.args
    for node in reversed(order):
        mine = wanted[node]
        if not mine:
            continue
        nodes: tuple[int, ...] = args[node]
        if ops[node] is _WHERE:
            condition = v[nodes[0]]
            if condition is UNSURE:
                for a in nodes[1:]:
                    wanted[a] = max(wanted[a], _MAYBE)
                nodes = nodes[:1]
            else:
                nodes = (nodes[0], nodes[1] if condition else nodes[2])
        for a in nodes:
            wanted[a] = max(wanted[a], mine)
    return wanted


class Smoothness:
    """Where a problem over balls is undefined, or has its kinks, or where that is in doubt.

    Raises `OutsideError` where the outputs are undefined for certain.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = p = problem
        self.doubts: list[Doubt] = []
        self.kinks: list[int] = []
        self.open: list[int] = []  # conditions that are not decided
        self._live: dict[int, bytearray] = {}
        self._needed: dict[int, frozenset[int]] = {}
        self._reached: dict[int, bytearray] = {}
        self._found: dict[int, tuple[Values, Values] | str] = {}
        wanted = liveness(p.graph, p.order, p.values, p.outputs)
        for node in p.order:
            if wanted[node]:
                self._look_at(node, sure=wanted[node] == _SURE)

    def _look_at(self, node: int, *, sure: bool) -> None:
        p = self.problem
        if p.values[node] is UNSURE:
            self.open.append(node)
        op, xs = p.graph.ops[node], [p.values[a] for a in p.graph.args[node]]
        if any(p.m.is_nan(x) for x in xs):  # what made it is to blame
            return
        if op.domain is not None:
            try:
                defined = bool(op.domain.contains(p.m, *xs))
            except UndecidedError:
                defined, sure = False, False
            if not defined and sure:
                raise OutsideError(node)
            if not defined:
                text = f"cannot tell whether {self.formula(node)} is defined here (it needs {op.domain.text})"
                self.doubts.append(Doubt(node, text, of_domain=True))
        if op.kink is not None and p.active[node]:
            try:
                at_kink = bool(op.kink.at(p.m, *xs))
            except UndecidedError:
                what = "switches" if op.boolean else f"is at its kink ({op.kink.text})"
                text = f"cannot tell whether {self.formula(node)} {what} here"
                self.doubts.append(Doubt(node, text))
                return
            if at_kink and not sure:
                text = f"{self.formula(node)} is at its kink, and may or may not count"
                self.doubts.append(Doubt(node, text))
            elif at_kink and is_jump(p.graph, node):
                self.doubts.append(Doubt(node, f"{self.formula(node)} jumps at this point", lasting=True))
            elif at_kink:
                self.kinks.append(node)

    def formula(self, node: int) -> str:
        """A node as text, for messages."""
        return write(self.problem.graph, node, budget=_BLAME)

    # -- what concerns an entry

    def reaches(self, node: int, output: int) -> bool:
        """Whether an output depends on a node."""
        p = self.problem
        if node not in self._reached:
            self._reached[node] = p.graph.depending(p.order, [node])
        if not self._reached[node][output]:
            return False
        if output not in self._live:
            self._live[output] = liveness(p.graph, p.order, p.values, [output])
        return bool(self._live[output][node])

    def uses(self, node: int, source: int) -> bool:
        """Whether a node depends on an input."""
        if node not in self._needed:
            self._needed[node] = frozenset(self.problem.graph.needed([node]))
        return source in self._needed[node]

    def of_value(self, output: int) -> Doubt | None:
        """The doubt about a value, if there is one."""
        return next((d for d in self.doubts if d.of_domain and self.reaches(d.node, output)), None)

    def of_entry(self, output: int, source: int) -> Doubt | None:
        """The doubt about a derivative, if there is one; kinks are another matter."""
        return next(
            (d for d in self.doubts if (d.of_domain or self.uses(d.node, source)) and self.reaches(d.node, output)),
            None,
        )

    def kink_of(self, output: int, source: int) -> int | None:
        """A kink at this point that stands between an input and an output."""
        return next((k for k in self.kinks if self.uses(k, source) and self.reaches(k, output)), None)

    def entry(self, output: int, source: int, plain: Enclosure) -> Enclosure | Sides | Doubt:
        """A derivative, given what the sweep says: itself, or what there is instead of it."""
        doubt = self.of_entry(output, source)
        if doubt is not None:
            return doubt
        kink = self.kink_of(output, source)
        return plain if kink is None else self._at_kink(kink, output, source, plain)

    def _at_kink(self, kink: int, output: int, source: int, plain: Enclosure) -> Enclosure | Sides | Doubt:
        formula = self.formula(kink)
        here = f"{formula} {'switches' if self.problem.graph.ops[kink].boolean else 'is at its kink'} here"
        sides = self._sides(source)
        if sides is None:
            return Doubt(kink, f"{here}, and its two sides cannot be told apart")
        m = self.problem.m
        left, right = (m.number(0) if side[output] is None else side[output] for side in sides)
        left = -left
        if m.is_nan(left) or m.is_nan(right):
            return Doubt(
                kink, f"{here}, and the rules do not give both sides", lasting=left.undefined or right.undefined
            )
        differ = left != right
        if differ is True:
            return Sides(left, right)
        if differ is UNSURE:
            return Doubt(kink, f"{here}, and the derivatives from both sides cannot be told apart")
        if (plain == right) is True:
            return plain
        return Doubt(kink, f"{here}, and the branch taken has another derivative than both sides", lasting=True)

    def _sides(self, source: int) -> tuple[Values, Values] | None:
        """The tangents of all nodes to the left and to the right of an input's value; None if they are undecided."""
        if source not in self._found:
            p, one = self.problem, self.problem.m.number(1)
            try:
                self._found[source] = (
                    directional(p.m, p.graph, p.order, p.values, p.partials, {source: -one}),
                    directional(p.m, p.graph, p.order, p.values, p.partials, {source: one}),
                )
            except UndecidedError as error:
                self._found[source] = str(error)
        found = self._found[source]
        return None if isinstance(found, str) else found


def first_lost(problem: Problem, output: int) -> int | None:
    """The first node that an output depends on which has no finite enclosure, though its arguments have."""
    p = problem
    wanted = liveness(p.graph, p.order, p.values, [output])
    return next((node for node in p.order if wanted[node] and _is_lost(p, node)), None)


def _is_lost(p: Problem, node: int) -> bool:
    v, m = p.values, p.m
    return not _settled(m, v[node]) and all(_settled(m, v[a]) for a in p.graph.args[node])


def _settled(m: Any, x: Any) -> bool:
    return x is UNSURE or bool(m.is_finite(x))
