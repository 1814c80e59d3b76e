"""Switching surfaces: how far a point is from where abs, max, where and their like change over.

A derivative is right on one side of such a surface only, and a step across it measures something
else. The distance is to first order: the gap over the length of its gradient.
"""

from collections.abc import Sequence
from math import hypot
from typing import NamedTuple

from .. import sweeps
from ..printing import write
from ..problem import Problem
from ..sweeps import live

_BLAME = 60  # characters of a formula
_MOST = 200  # nodes whose surfaces are measured


class Surface(NamedTuple):
    """A switching surface: the formula that has it, what happens there, and the distance of the point."""

    formula: str
    text: str
    distance: float
    node: int


def surfaces(problem: Problem) -> list[Surface]:
    """The surfaces that the point can cross by moving the inputs, nearest first."""
    p, m, graph = problem, problem.m, problem.graph
    nodes = [n for n in p.order if (kink := graph.ops[n].kink) is not None and kink.surfaces and p.active[n]]
    alive = live(graph, p.order, p.values, p.outputs) if nodes else b""
    found = []
    for node in [n for n in nodes if alive[n]][:_MOST]:
        kink, args = graph.ops[node].kink, graph.args[node]
        if kink is None or kink.surfaces is None:
            continue
        least = float("inf")
        for gap, coefficients in kink.surfaces(m, [p.values[a] for a in args]):
            seeds = {a: m.number(0) for a in args}
            for a, c in zip(args, coefficients, strict=True):
                seeds[a] = seeds[a] + c
            bar = sweeps.pull(graph, p.order, p.partials, seeds)
            length = hypot(*[float(bar[n]) for n in p.inputs if bar[n] is not None])
            distance = abs(float(gap)) / length if length > 0 else float("inf")
            least = min(least, distance) if distance == distance else least
        if least < float("inf"):
            found.append(Surface(write(graph, node, budget=_BLAME), kink.text, least, node))
    return sorted(found, key=lambda s: s.distance)


def sides(problem: Problem) -> tuple[object, ...]:
    """On which side of every surface the point is: equal for points that see the same smooth piece."""
    p, graph = problem, problem.graph
    found: list[object] = []
    alive: Sequence[int] | None = None
    for node in p.order:
        op = graph.ops[node]
        if op.kink is None or not p.active[node]:
            continue
        if alive is None:
            alive = live(graph, p.order, p.values, p.outputs)
        if not alive[node]:
            found.append(None)
        elif op.boolean:
            found.append(bool(p.values[node]))
        else:
            found.append(tuple([None if s is None else s > 0 for s in p.partials[node] or ()]))
    return tuple(found)
