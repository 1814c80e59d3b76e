"""Wrong derivatives planted on purpose: the rule must reject one before it may accept anything.

One edge of the linearized graph is given another partial derivative: the other sign, none, twice as
much. Every entry then changes by (adjoint of the node) * (change of the partial) * (tangent of the
argument), so one pass for each row and each column serves them all.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..contexts import Number
from ..printing import write
from ..problem import Problem
from ..results.verdict import Rejected
from ..sweeps import Values, pull, push
from .rule import AGREES, WRONG, Evidence, Tolerance, judged
from .trial import Tried

_MOST = 32  # edges that are given wrong partials
_MOST_LINES = 40  # rows and columns that passes are made for
_FACTORS = (-1, 0, 2)  # what a planted partial is of the right one
_BLAME = 40
_MOST_SHOWN = 3
_SHIFT = 0.01  # of its scale that an entry is off by, where no planted partial shows


class Edges(NamedTuple):
    """The passes of a problem: adjoints of every node by row, tangents by column."""

    problem: Problem
    bars: dict[int, Values]
    dots: dict[int, Values]

    def change(self, node: int, k: int, i: int, j: int) -> Number | None:
        """How much of entry (i, j) comes through argument k of a node; None where nothing does."""
        row = self.problem.partials[node]
        p = None if row is None else row[k]
        bar, dot = self.bars[i][node], self.dots[j][self.problem.graph.args[node][k]]
        return None if p is None or bar is None or dot is None else bar * p * dot

    def all(self) -> Iterator[tuple[int, int]]:
        """Every edge that derivatives go along: a node, and the number of its argument."""
        for node in self.problem.order:
            for k, p in enumerate(self.problem.partials[node] or ()):
                if p is not None:
                    yield node, k


def edges(problem: Problem, rows: Sequence[int], columns: Sequence[int]) -> Edges:
    """The passes for these rows and columns."""
    graph, order, partials, one = problem.graph, problem.order, problem.partials, problem.m.number(1)
    bars = {i: pull(graph, order, partials, {problem.outputs[i]: one}) for i in rows}
    dots = {j: push(graph, order, partials, {problem.inputs[j]: one}) for j in columns}
    return Edges(problem, bars, dots)


def rejected(trials: Sequence[tuple[Problem, Sequence[Tried]]], tolerance: Tolerance | None) -> Rejected:
    """How many planted derivatives the rule rejects at these places, with the evidence it accepted claims by."""
    seen: dict[tuple[int, int], list[bool]] = {}
    shifted = False
    for problem, tried in trials:
        passes = edges(
            problem,
            list(dict.fromkeys(t.i for t in tried))[:_MOST_LINES],
            list(dict.fromkeys(t.j for t in tried))[:_MOST_LINES],
        )
        accepted = [t for t in tried if t.verdict == AGREES]
        known = [t for t in accepted if t.i in passes.bars and t.j in passes.dots]
        for edge in _spread(list(passes.all())):
            found = seen.setdefault(edge, [False] * len(_FACTORS))
            for n, factor in enumerate(_FACTORS):
                found[n] = found[n] or any(_shows(passes, edge, factor, t, tolerance) for t in known)
        shifted = shifted or any(_shift_shows(t, tolerance) for t in accepted)
    planted, caught = sum(map(len, seen.values())), sum(map(sum, seen.values()))
    problem = trials[0][0]
    unseen = [write(problem.graph, node, budget=_BLAME) for (node, _), found in seen.items() if not any(found)]
    if not caught:  # every partial is hidden, as at a minimum: then an entry that is off must show
        planted, caught = planted + 1, int(shifted)
    return Rejected(planted, caught, tuple(dict.fromkeys(unseen))[:_MOST_SHOWN])


def planted_in(accepted: Sequence[Evidence], tolerance: Tolerance | None) -> Rejected:
    """The same where there is no graph: accepted numbers with the other sign, twice as large, or shifted."""
    planted = caught = 0
    for e in accepted:
        size = e.scale if e.scale > 0 else 1
        wrong = (e.true * -1, e.true * 2, e.true + size * _SHIFT * 10)
        found = [judged(e._replace(claimed=x, confirmed=None), tolerance)[0] == WRONG for x in wrong]
        planted, caught = planted + len(found), caught + sum(found)
    return Rejected(planted, caught, ())


def _shows(passes: Edges, edge: tuple[int, int], factor: int, t: Tried, tolerance: Tolerance | None) -> bool:
    change = passes.change(*edge, t.i, t.j)
    if change is None:
        return False
    planted = t.evidence._replace(claimed=t.evidence.true + change * (factor - 1), confirmed=None)
    return judged(planted, tolerance)[0] == WRONG


def _shift_shows(t: Tried, tolerance: Tolerance | None) -> bool:
    e = t.evidence
    size = e.scale if e.scale > 0 else 1
    return judged(e._replace(claimed=e.true + size * _SHIFT, confirmed=None), tolerance)[0] == WRONG


def _spread(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    if len(found) <= _MOST:
        return found
    return [found[k * len(found) // _MOST] for k in range(_MOST)]
