"""Schedules of large graphs: groups of nodes of one operation that a sweep takes as one array operation.

A node's level is one more than the highest level of its arguments. Nodes of one level do not depend on each
other, so all those of one operation are a group (list scheduling; Griewank & Walther, *Evaluating
Derivatives*, 2nd ed., section 11.1, has the parallelism that this uses). Where the nodes were made many at a
time, their strips are groups already. Rules are those of the table, made into instructions over arrays.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain, pairwise
from typing import Any, NamedTuple

from .arrays import numpy
from .errors import UsageError
from .graph import CONSTANT, VARIABLE, Graph
from .machine.lowering import Lowering, is_instruction
from .machine.predicates import Undecidable, condition
from .nodes import Expr
from .primitives import Primitive

LARGE = 100_000  # nodes from which NumPy's own start is worth it
_ROUNDS = 8  # that take less time than going through the nodes one by one
_SINGLE = 1000  # nodes beside strips that are swept one by one
_WIDE = 200  # nodes of a group, on average, from which array operations pay


class Rule(NamedTuple):
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
def _rule(op: Primitive, arity: int) -> Rule | None:
    """The rule of an operation; None where it has to be computed number by number."""
    m = Lowering(Graph())
    xs = [m.wrap(m.graph.variable(f"x{k}")) for k in range(arity)]
    y = m.lift(op.value(m, *xs)) if op.boolean else m.lift(getattr(m, op.name)(*xs))
    try:
        found = op.together(m, y, xs) if op.together is not None else [
            p(m, y, *xs) if callable(p) else p for p in op.partials
        ]  # fmt: skip
        partials = [None if p is None else m.settle(p).node for p in found]
        inside = None if op.domain is None else condition(m, op.domain.contains, xs)
        kinked = None if op.kink is None else condition(m, op.kink.at, xs)
    except (Undecidable, UsageError):  # it has no derivative by an argument, which may well be a constant
        return None
    outside = m.not_(inside).node if isinstance(inside, Expr) else None
    kink = kinked.node if isinstance(kinked, Expr) else None
    if not all(is_instruction(each) or each in {VARIABLE, CONSTANT} for each in m.graph.ops):
        return None
    return Rule(m.graph, [x.node for x in xs], y.node, partials, outside, kink)


class Group(NamedTuple):
    """Nodes of one operation and one level: their rule, their numbers, and an array of nodes for each argument."""

    op: Primitive
    rule: Rule
    nodes: Any
    args: list[Any]


Schedule = tuple[Any, list[Group]]
"""The leaves, and the groups in the order of a sweep."""


def schedule(graph: Graph, outputs: Sequence[int]) -> Schedule | None:
    """The schedule of what the outputs need; None where sweeps over single nodes are the better way.

    That is where levels are narrow, and where an operation is known to a library only.
    """
    return _of_strips(graph, outputs) if graph.strips else _of_lists(graph, outputs)


def _of_strips(graph: Graph, outputs: Sequence[int]) -> Schedule | None:
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
    found = [Group(op, rule, nodes, args) for (op, nodes, args), rule in zip(groups, rules, strict=True) if rule]
    return np.concatenate(leaves), found[::-1]


def _of_lists(graph: Graph, outputs: Sequence[int]) -> Schedule | None:
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
        groups.append(Group(ops[order[chosen[0]]], rule, nodes[chosen], arguments))
    return np.concatenate(leaves), groups


def _runs(keys: Any) -> Iterator[Any]:
    """The places of equal keys, in ascending order of the keys."""
    np = numpy()
    places = np.argsort(keys.astype(np.uint16) if keys.max() < 1 << 16 else keys, kind="stable")
    bounds = [0, *(np.flatnonzero(np.diff(keys[places])) + 1).tolist(), len(keys)]
    return (places[begin:end] for begin, end in pairwise(bounds))


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
