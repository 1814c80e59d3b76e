"""Sweeps over large graphs, level by level: a group of nodes at a time, as array operations.

It pays where levels are wide, and where nothing special happens: a sweep that meets a number that is not
finite, a point outside a domain, or a kink says so (None), and the sweeps over single nodes, which know what
is structurally zero and which branch was taken, decide.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from . import schedules
from .arrays import numpy, numpy_if_there, typed
from .contexts import NumberContext, make_context
from .graph import Graph
from .machine.vectors import evaluate
from .primitives import Primitive
from .schedules import Group, Rule
from .sparsity import Pattern, Structure

_MOST_COLUMNS = 8  # that a node depends on, where patterns are found here
_FREE = (1 << 31) - 1  # stands for no column


def levels_of(m: NumberContext, graph: Graph, inputs: Sequence[int], outputs: Sequence[int]) -> "Levels | None":
    """A large graph in doubles, ready to be swept; None where sweeps over single nodes are the better way."""
    if len(graph) < schedules.LARGE or not isinstance(m, type(make_context())) or numpy_if_there() is None:
        return None
    found = schedules.schedule(graph, outputs)
    return None if found is None else Levels(graph, *found, inputs)


def _run(rule: Rule, xs: Sequence[Any], wanted: Sequence[int], count: int) -> dict[int, Any]:
    """The arrays of some nodes of a rule."""
    inputs = dict(zip(rule.inputs, xs, strict=True))
    return evaluate(rule.graph, rule.graph.needed(wanted), inputs, count)


def _numbers(op: Primitive, v: Any, args: Sequence[Any]) -> list[Any]:
    """The arguments of a group; conditions among them as such."""
    found = [v[nodes] for nodes in args]
    conditions = len(args) if op.name in {"and_", "or_", "not_"} else int(op.name == "where")
    return [x != 0 if k < conditions else x for k, x in enumerate(found)]


def _slopes(group: Group, v: Any, active: Any) -> list[Any] | None:
    """The partial derivatives of a group by each argument, 0 by those that do not move.

    None for an argument of which none moves, or that has none; None for all if one is not finite.
    """
    np = numpy()
    op, rule, nodes, args = group
    moving = [active[arg] for arg in args]
    wanted = [p if p is not None and mask.any() else None for p, mask in zip(rule.partials, moving, strict=True)]
    computed = [p for p in wanted if p is not None]
    found = _run(rule, _numbers(op, v, args), computed, len(nodes)) if computed else {}
    slopes = [None if p is None else np.where(mask, found[p], 0.0) for p, mask in zip(wanted, moving, strict=True)]
    return slopes if all(slope is None or np.isfinite(slope).all() for slope in slopes) else None


def _filled(columns: Any, nodes: Any) -> list[Any]:
    """The places of the sets of some nodes, as many as any of them fills."""
    filled = []
    for row in columns:
        places = row[nodes]
        if not (places != _FREE).any():
            break
        filled.append(places)
    return filled


def _union(places: list[Any]) -> list[Any]:
    """Each set with its members once, sorted; `places[k]` has one member of each set, or `_FREE`."""
    members = _sorted(places)
    once = members[:1] + [numpy().where(a == b, _FREE, b) for a, b in pairwise(members)]
    return _sorted(once)


def _sorted(places: list[Any]) -> list[Any]:
    """Each set sorted: by a network, which takes whole arrays, or where it would be large row by row."""
    np, found = numpy(), list(places)
    if len(found) > _MOST_COLUMNS:
        return list(np.sort(np.stack(found), axis=0))
    for turn in range(len(found)):  # odd-even transposition (Knuth, TAOCP 3, section 5.3.4)
        for k in range(turn % 2, len(found) - 1, 2):
            found[k : k + 2] = np.minimum(*found[k : k + 2]), np.maximum(*found[k : k + 2])
    return found


class Levels:
    """The nodes of a graph in groups, and the sweeps over them."""

    def __init__(self, graph: Graph, leaves: Any, groups: list[Group], inputs: Sequence[int]) -> None:
        np = numpy()
        self.graph, self.groups = graph, groups
        self.arithmetic = sum(len(group.nodes) for group in groups)
        self.nodes = self.arithmetic + len(leaves)
        self.arguments = sum(len(group.nodes) * len(group.args) for group in groups)
        self.edges = 0  # of the linearized graph, once there is one
        self.needs = np.zeros(len(graph), bool)  # the nodes that are swept
        self.needs[leaves] = True
        for group in groups:
            self.needs[group.nodes] = True
        self.active = np.zeros(len(graph), bool)
        self.active[inputs] = True
        for group in groups:
            for arg in group.args:
                self.active[group.nodes] |= self.active[arg]

    def values(self, point: Mapping[int, float]) -> Any:
        """The values of all nodes; None if one is not finite, or a node is at a kink or outside of its domain."""
        np, m, graph = numpy(), make_context(), self.graph
        v = np.zeros(len(graph))
        held = {node: value for node, value in graph.constants.items() if self.needs[node]}
        v[list(held)] = list(map(m.number, held.values()))
        given = np.fromiter(point, np.int64, len(point))
        v[given] = np.where(self.needs[given], np.fromiter(point.values(), float, len(point)), 0)
        for op, rule, nodes, args in self.groups:
            tests = [node for node in (rule.outside, rule.kinked) if node is not None]
            found = _run(rule, _numbers(op, v, args), [rule.value, *tests], len(nodes))
            if rule.outside is not None and found[rule.outside].any():
                return None
            if rule.kinked is not None and (found[rule.kinked] & self.active[nodes]).any():
                return None
            v[nodes] = found[rule.value]
        return v if np.isfinite(v).all() else None

    def listed(self, v: Any) -> list[float | None]:
        """The values as sweeps over single nodes have them: None for what is not needed."""
        if self.needs.all():
            return v.tolist()  # type: ignore[no-any-return]
        found = v.astype(object)
        found[~self.needs] = None
        return found.tolist()  # type: ignore[no-any-return]

    def linearize(self, v: Any) -> list[list[Any]] | None:
        """For each group the partial derivatives by each argument: arrays, or None; None if one is not finite."""
        np = numpy()
        partials = []
        self.edges = 0
        for group in self.groups:
            slopes = _slopes(group, v, self.active)
            if slopes is None:
                return None
            partials.append(slopes)
            for slope, arg in zip(slopes, group.args, strict=True):
                self.edges += 0 if slope is None else int(np.count_nonzero(self.active[arg]))
        return partials

    def structure(self, inputs: Sequence[int], outputs: Sequence[int]) -> Structure | None:
        """The pattern of the Jacobian, by the columns that each node depends on; None if some depend on many.

        The set of a node is a few places, sorted, the free ones at the end.
        """
        np = numpy()
        columns = np.full((_MOST_COLUMNS, len(self.graph)), _FREE, np.int32)
        columns[0, inputs] = np.arange(len(inputs))
        edges = along = 0
        for _, rule, nodes, args in self.groups:
            parts = [_filled(columns, arg) for arg, p in zip(args, rule.partials, strict=True) if p is not None]
            parts = [part for part in parts if part]
            if not parts:
                continue
            edges += sum(int(np.count_nonzero(part[0] != _FREE)) for part in parts)
            along += sum(int(np.count_nonzero(places != _FREE)) for part in parts for places in part)
            union = parts[0]
            if not all(len(part) == len(union) and all(map(np.array_equal, part, union)) for part in parts[1:]):
                union = _union([places for part in parts for places in part])
                if len(union) > _MOST_COLUMNS and (union[_MOST_COLUMNS] != _FREE).any():
                    return None
            for k, places in enumerate(union[:_MOST_COLUMNS]):
                columns[k, nodes] = places
        found = columns[:, outputs].T
        used = found != _FREE
        starts = typed("q", np.concatenate([[0], np.cumsum(used.sum(axis=1))]))
        return Structure(Pattern(len(inputs), starts, typed("i", found[used])), edges, upward=along)

    def push(self, partials: Sequence[Sequence[Any]], seeds: Mapping[int, float]) -> Any:
        """The tangents of all nodes, given those of some leaves; None if one is not finite."""
        np = numpy()
        dot = np.zeros(len(self.graph))
        dot[list(seeds)] = list(seeds.values())
        with np.errstate(all="ignore"):
            for (_, _, nodes, args), row in zip(self.groups, partials, strict=True):
                for arg, p in zip(args, row, strict=True):
                    if p is not None:
                        dot[nodes] += p * dot[arg]
        return dot if np.isfinite(dot).all() else None

    def pull(self, partials: Sequence[Sequence[Any]], seeds: Mapping[int, float]) -> Any:
        """The adjoints of all nodes, given those of some; None if one is not finite."""
        np = numpy()
        bar = np.zeros(len(self.graph))
        bar[list(seeds)] = list(seeds.values())
        with np.errstate(all="ignore"):
            for (_, _, nodes, args), row in zip(reversed(self.groups), reversed(partials), strict=True):
                w = bar[nodes]
                for arg, p in zip(args, row, strict=True):
                    if p is not None:
                        np.add.at(bar, arg, p * w)
        return bar if np.isfinite(bar).all() else None
