"""What a check compares, decided by counted work, so that a check says the same on every machine.

An entry of the Jacobian by every backend is what one wants. Where that would take a backend too
many passes over too many nodes, it is compared on products instead: its J·d against that of a whole
Jacobian along a few random directions d, or its w'·J for random cotangents w. A wrong entry shows
in every such product, only less sharply. Finite differences take a sample of the columns as well.
"""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from .. import backends
from ..backends import Backend
from ..problem import Problem

_MOST_VISITS = 6_000_000  # nodes that one backend may visit: seconds, in plain Python
_MULTIPRECISION = 20  # what a visit costs with mpmath
_GRID = 6  # evaluations that a difference takes, as a rule
_BUILDING = 40  # what it takes to build and evaluate a node of a derivative
_PRODUCTS = 4  # random vectors of each kind
_PROBES = 16  # columns whose dependents are counted
_MOST_PRECISE = 200_000  # visits that an arbiter may spend


class Plan(NamedTuple):
    """Which backend is compared on what."""

    entries: list[str]
    """Exact backends that are compared on every entry."""
    forward: list[str]
    """Backends that are compared by J·d along `directions`."""
    reverse: list[str]
    """Backends that are compared by w'·J for `cotangents`."""
    left_out: list[str]
    columns: list[str]
    """The columns in which finite differences are taken."""
    directions: list[list[float]]
    cotangents: list[list[float]]
    column_cost: int
    """Visits of nodes that finite differences take for a column."""
    direction_cost: int
    sampled: bool
    """Whether finite differences are taken in some of the columns only."""


def plan(problem: Problem, names: Sequence[str], columns: Sequence[str], witness: str) -> Plan:
    """Decide what the backends `names` are compared on; `witness` is the one that is not exact."""
    limit = _MOST_VISITS if problem.m.digits is None else _MOST_VISITS // _MULTIPRECISION
    nodes, inputs, outputs = len(problem.order), len(problem.inputs), len(problem.outputs)
    exact = {name: backends.load(name) for name in names if name != witness}
    visits = {name: nodes * _passes(backend, inputs, outputs) for name, backend in exact.items()}
    least = min(visits, key=lambda name: visits[name])
    entries = [name for name in exact if visits[name] <= limit or name == least]
    forward = [name for name in exact if name not in entries and exact[name].mode == "forward"]
    reverse = [name for name in exact if name not in entries and exact[name].mode == "reverse"]
    column_cost = _GRID * _dependents(problem, limit)
    affordable = max(_PROBES, limit // column_cost)
    sampled = list(columns) if affordable >= inputs else spread(columns, affordable)
    random = Random(0)  # noqa: S311  # the same directions in every check
    if len(sampled) < inputs:
        forward.append(witness)
    return Plan(
        entries,
        forward,
        reverse,
        [name for name in exact if name not in (*entries, *forward, *reverse)],
        sampled,
        [_direction(random, inputs) for _ in range(_PRODUCTS if forward else 0)],
        [_direction(random, outputs) for _ in range(_PRODUCTS if reverse else 0)],
        column_cost,
        _GRID * nodes,
        len(sampled) < inputs,
    )


def spread(columns: Sequence[str], count: int) -> list[str]:
    """So many of the columns, evenly spread.

    >>> spread(["a", "b", "c", "d", "e"], 2)
    ['a', 'c']
    """
    return [columns[k * len(columns) // count] for k in range(min(count, len(columns)))]


def precise(cost: int) -> int:
    """How many differences of such a cost may be repeated in high precision; one at least."""
    return max(1, _MOST_PRECISE // cost)


def _passes(backend: Backend, inputs: int, outputs: int) -> int:
    """How often a whole Jacobian visits every node."""
    if backend.mode == "forward":
        return inputs
    return outputs if backend.mode == "reverse" else _BUILDING * min(inputs, outputs)


def _dependents(problem: Problem, limit: int) -> int:
    """How many nodes an input moves, on average over a few; all of them where that is affordable anyway."""
    nodes, inputs = len(problem.order), len(problem.inputs)
    if _GRID * nodes * inputs <= limit:
        return max(nodes, 1)
    probes = [problem.inputs[k * inputs // _PROBES] for k in range(_PROBES)] if inputs > _PROBES else problem.inputs
    return max(1, sum(sum(problem.graph.depending(problem.order, [node])) for node in probes) // len(probes))


def _direction(random: Random, count: int) -> list[float]:
    """Numbers of either sign and of like, but not equal, size: no two entries' errors cancel."""
    return [random.choice((-1.0, 1.0)) * random.uniform(0.5, 1.5) for _ in range(count)]
