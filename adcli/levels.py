"""Large graphs, level by level: the nodes of one operation whose arguments are all there, as one array operation.

A node's level is one more than the highest level of its arguments. Nodes of one level do not depend on each
other, so a sweep takes all those of one operation at once (list scheduling; Griewank & Walther, *Evaluating
Derivatives*, 2nd ed., section 11.1, has the parallelism that this uses). Rules are those of the table, made
into instructions over arrays.

It pays where levels are wide, and where nothing special happens: a sweep that meets a number that is not
finite, a point outside a domain, or a kink says so (None), and the sweeps over single nodes, which know what
is structurally zero and which branch was taken, decide.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import chain, pairwise
from typing import Any, NamedTuple

from .arrays import numpy, numpy_if_there, typed
from .contexts import NumberContext, make_context
from .graph import CONSTANT, VARIABLE, Graph
from .machine.lowering import Lowering, is_instruction
from .machine.predicates import Undecidable, condition
from .machine.vectors import evaluate
from .nodes import Expr
from .primitives import Primitive
from .sparsity import Pattern, Structure

LARGE = 100_000  # nodes from which NumPy's own start is worth it
_MOST_COLUMNS = 8  # that a node depends on, where patterns are found here
_FREE = (1 << 31) - 1  # stands for no column
_ROUNDS = 8  # that take less time than going through the nodes one by one
_SINGLE = 1000  # nodes beside strips that are swept one by one
_WIDE = 200  # nodes of a group, on average, from which array operations pay


class _Rule(NamedTuple):
    """The row of an operation of so many arguments as straight-line code over `inputs`.

    `partials` are nodes, or None where structurally zero; `outside` and `kinked` are conditions, or
    None where there are none.
    """

    graph: Graph
    inputs: list[int]
    value: int
    partials: list[int | None]
    outside: int | None
    kinked: int | None


@cache
def _rule(op: Primitive, arity: int) -> _Rule | None:
    """The rule of an operation; None where it has to be computed number by number."""
    m = Lowering(Graph())
    xs = [m.wrap(m.graph.variable(f"x{k}")) for k in range(arity)]
    y = m.lift(op.value(m, *xs)) if op.boolean else m.lift(getattr(m, op.name)(*xs))
    found = op.together(m, y, xs) if op.together is not None else [
        p(m, y, *xs) if callable(p) else p for p in op.partials
    ]  # fmt: skip
    partials = [None if p is None else m.settle(p).node for p in found]
    try:
        inside = None if op.domain is None else condition(m, op.domain.contains, xs)
        kinked = None if op.kink is None else condition(m, op.kink.at, xs)
    except Undecidable:
        return None
    outside = m.not_(inside).node if isinstance(inside, Expr) else None
    kink = kinked.node if isinstance(kinked, Expr) else None
    if not all(is_instruction(each) or each in {VARIABLE, CONSTANT} for each in m.graph.ops):
        return None
    return _Rule(m.graph, [x.node for x in xs], y.node, partials, outside, kink)


def _run(rule: _Rule, xs: Sequence[Any], wanted: Sequence[int], count: int) -> dict[int, Any]:
    """The arrays of some nodes of a rule."""
    inputs = dict(zip(rule.inputs, xs, strict=True))
    return evaluate(rule.graph, rule.graph.needed(wanted), inputs, count)


class _Group(NamedTuple):
    """Nodes of one operation and one level: their rule, their numbers, and an array of nodes for each argument."""

    op: Primitive
    rule: _Rule
    nodes: Any
    args: list[Any]


def schedule(m: NumberContext, graph: Graph, inputs: Sequence[int], outputs: Sequence[int]) -> "Levels | None":
    """The schedule of a large graph in doubles; None where sweeps over single nodes are the better way.

    That is where levels are narrow, where an operation is known to a library only, and without NumPy.
    """
    if len(graph) < LARGE or not isinstance(m, type(make_context())) or numpy_if_there() is None:
        return None
    found = _of_strips(graph, outputs) if graph.strips else _of_lists(graph, outputs)
    return None if found is None else Levels(graph, *found, inputs)


_Schedule = tuple[Any, list[_Group]]
"""The leaves, and the groups in the order of a sweep."""


def _of_strips(graph: Graph, outputs: Sequence[int]) -> _Schedule | None:
    """Of a graph whose nodes were made many at a time: its strips, each without what the outputs do not need.

    What stands before the first strip are leaves, mostly; few other nodes are groups of their own.
    """
    np, first = numpy(), graph.listed
    wanted = np.zeros(len(graph), bool)
    wanted[outputs] = True
    groups, leaves = [], []
    for strip in reversed(graph.strips):
        kept = wanted[strip.part]
        nodes = np.flatnonzero(kept) + strip.first
        if not len(nodes):
            continue
        if not strip.columns:
            leaves.append(nodes)
            continue
        args = [column if len(nodes) == strip.size else column[kept] for column in strip.columns]
        for arg in args:
            wanted[arg] = True
        groups.append((strip.op, nodes, args))
    computed = np.fromiter(graph.computed(first), np.int64)
    if len(computed) > _SINGLE:
        return _of_lists(graph, outputs)
    for node, op, arguments in reversed([(node, *graph.node(node)) for node in computed.tolist()]):
        if wanted[node]:
            args = [np.array([a]) for a in arguments]
            wanted[list(arguments)] = True
            groups.append((op, np.array([node]), args))
    kept = wanted[:first]
    kept[computed] = False
    leaves.append(np.flatnonzero(kept))
    rules = [_rule(op, len(args)) for op, _, args in groups]
    if any(rule is None for rule in rules):
        return None
    found = [_Group(op, rule, nodes, args) for (op, nodes, args), rule in zip(groups, rules, strict=True) if rule]
    return np.concatenate(leaves), found[::-1]


def _of_lists(graph: Graph, outputs: Sequence[int]) -> _Schedule | None:
    """Of any graph: the nodes that the outputs need, by their levels and operations."""
    order = graph.needed(outputs)
    if len(order) < LARGE:
        return None
    np = numpy()
    ops, args = graph.ops, list(map(graph.args.__getitem__, order))
    lengths = np.fromiter(map(len, args), np.int64, len(order))
    nodes, starts = np.array(order), np.cumsum(lengths) - lengths
    flat = np.fromiter(chain.from_iterable(args), np.int64, int(lengths.sum()))
    level = _levels_by_rounds(flat, starts[lengths > 0], nodes[lengths > 0], len(graph))
    if level is None:
        level = np.array(_levels(graph.args, order, len(graph)))
    if len(order) < _WIDE * int(level.max()):
        return None
    index = {op: k for k, op in enumerate(dict.fromkeys(map(ops.__getitem__, order)))}
    codes = np.array(list(map(index.__getitem__, map(ops.__getitem__, order))))
    _, first, kinds = np.unique(codes * (int(lengths.max()) + 1) + lengths, return_index=True, return_inverse=True)
    rules = [_rule(ops[order[k]], len(args[k])) if args[k] else None for k in first.tolist()]
    if any(rule is None and args[k] for rule, k in zip(rules, first.tolist(), strict=True)):
        return None
    groups, leaves = [], [np.zeros(0, np.int64)]
    for chosen in _runs(level[nodes] * len(rules) + kinds):
        rule = rules[kinds[chosen[0]]]
        if rule is None:
            leaves.append(nodes[chosen])
            continue
        arguments = [flat[starts[chosen] + k] for k in range(len(rule.inputs))]
        groups.append(_Group(ops[order[chosen[0]]], rule, nodes[chosen], arguments))
    return np.concatenate(leaves), groups


def _runs(keys: Any) -> Iterator[Any]:
    """The places of equal keys, in ascending order of the keys."""
    np = numpy()
    places = np.argsort(keys.astype(np.uint16) if keys.max() < 1 << 16 else keys, kind="stable")
    bounds = [0, *(np.flatnonzero(np.diff(keys[places])) + 1).tolist(), len(keys)]
    return (places[begin:end] for begin, end in pairwise(bounds))


def _numbers(op: Primitive, v: Any, args: Sequence[Any]) -> list[Any]:
    """The arguments of a group; conditions among them as such."""
    found = [v[nodes] for nodes in args]
    conditions = len(args) if op.name in {"and_", "or_", "not_"} else int(op.name == "where")
    return [x != 0 if k < conditions else x for k, x in enumerate(found)]


def _slopes(group: _Group, v: Any, active: Any) -> list[Any] | None:
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


def _levels_by_rounds(args: Any, starts: Any, nodes: Any, count: int) -> Any:
    """The levels of all nodes, one more in each round as far as they go; None for a graph of many levels.

    The arguments of `nodes[k]` begin at `starts[k]` in `args`; leaves are not among the nodes.
    """
    np = numpy()
    level = np.zeros(count, np.int64)
    for _ in range(_ROUNDS if len(nodes) else 0):
        higher = np.maximum.reduceat(level[args], starts) + 1
        if (higher == level[nodes]).all():
            return level
        level[nodes] = higher
    return None if len(nodes) else level


def _levels(args: Sequence[tuple[int, ...]], order: Sequence[int], count: int) -> list[int]:
    """The levels of all nodes, one node after the other."""
    level = [0] * count
    for node in order:
        nodes = args[node]
        if len(nodes) == 2:
            a, b = level[nodes[0]], level[nodes[1]]
            level[node] = (a if a > b else b) + 1  # noqa: FURB136  # a call takes longer
        elif nodes:
            level[node] = max(map(level.__getitem__, nodes)) + 1
    return level


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

    def __init__(self, graph: Graph, leaves: Any, groups: list[_Group], inputs: Sequence[int]) -> None:
        np = numpy()
        self.graph, self.groups = graph, groups
        self.arithmetic = sum(len(group.nodes) for group in groups)
        self.nodes = self.arithmetic + len(leaves)
        self.arguments = sum(len(group.nodes) * len(group.args) for group in groups)
        self.edges = 0  # of the linearized graph, once there is one
        self.needs = np.zeros(len(graph), bool)  # of the leaves, those that are swept
        self.needs[leaves] = True
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
