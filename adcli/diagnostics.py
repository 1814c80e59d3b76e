"""What the values say about the point: out of the domain, overflowed, at a kink.

The sweeps never stop: they compute with infinities and NaNs as IEEE arithmetic does. These
functions read the finished values and find the node to blame, among the live ones only: what
happens in the branch of `where` that was not taken is nobody's business.
"""

from collections.abc import Sequence
from typing import NamedTuple

from .contexts import Number, NumberContext
from .graph import CONSTANT, VARIABLE, Graph
from .sweeps import Partials, Values, directional, live, push

_VISITS = 3_000_000  # of nodes, to find one-sided derivatives: some seconds
_FEW_INPUTS = 4  # that are examined however large the graph
_SAME = 64  # units of rounding that the two sides may differ by


class OneSidedEntry(NamedTuple):
    """An entry whose left and right derivatives differ: output i by input j."""

    i: int
    j: int
    left: Number
    right: Number


def undefined_node(
    m: NumberContext,
    graph: Graph,
    order: Sequence[int],
    v: Values,
    outputs: Sequence[int],
    restricted: Sequence[int] | None = None,
) -> int | None:
    """The first live node whose arguments lie outside its real domain.

    `restricted` are the nodes to look at, where the caller knows which have a domain at all.
    """
    ops, args = graph.ops, graph.args
    suspects = [node for node in order if ops[node].domain is not None] if restricted is None else restricted
    alive: bytearray | None = None
    for node in suspects:
        domain = ops[node].domain
        xs = [v[a] for a in args[node]]
        if domain is None or domain.contains(m, *xs) or any(m.is_nan(x) for x in xs):
            continue
        if alive is None:
            alive = live(graph, order, v, outputs)
        if alive[node]:
            return node
    return None


def overflowed_nodes(
    m: NumberContext, graph: Graph, order: Sequence[int], v: Values, outputs: Sequence[int]
) -> list[int]:
    """Live nodes that are infinite or NaN although their arguments are finite."""
    found = []
    ops, is_finite = graph.ops, m.is_finite
    for node in order:
        if ops[node] is VARIABLE or ops[node].boolean or is_finite(v[node]):
            continue
        xs = [v[a] for a in graph.args[node]]
        constant = graph.ops[node] is CONSTANT and graph.constants[node] == "inf"
        if not constant and all(isinstance(x, bool) or m.is_finite(x) for x in xs):
            found.append(node)
    return _alive(graph, order, v, outputs, found)


def kink_nodes(
    m: NumberContext,
    graph: Graph,
    order: Sequence[int],
    v: Values,
    outputs: Sequence[int],
    active: Sequence[int],
) -> list[int]:
    """Live nodes that depend on the inputs and stand at one of their kinks or jumps."""
    found = []
    for node in order:
        kink = graph.ops[node].kink
        if kink is not None and active[node] and kink.at(m, *[v[a] for a in graph.args[node]]):
            found.append(node)
    return _alive(graph, order, v, outputs, found)


def _alive(graph: Graph, order: Sequence[int], v: Values, outputs: Sequence[int], nodes: list[int]) -> list[int]:
    """Those of the nodes that the outputs depend on at these values."""
    alive = live(graph, order, v, outputs) if nodes else b""
    return [node for node in nodes if alive[node]]


def one_sided(
    m: NumberContext,
    graph: Graph,
    order: Sequence[int],
    v: Values,
    partials: Partials,
    inputs: Sequence[int],
    outputs: Sequence[int],
    kinks: Sequence[int],
) -> tuple[list[OneSidedEntry], int]:
    """The entries of the Jacobian that are not one derivative, and how many inputs were left unexamined.

    Those whose two one-sided derivatives differ, or cannot be had; and those where both differ from
    what the sweep gives, as in `where(x == 0, 2*x, 3*x)` at 0. Only inputs that one of the `kinks`
    depends on can be such; each takes three passes, so of very many only the first are examined.
    """
    entries = []
    zero, one = m.number(0), m.number(1)
    above = set(graph.needed(kinks))
    suspects = [j for j, node in enumerate(inputs) if node in above]
    most = max(_FEW_INPUTS, _VISITS // (3 * len(order)))
    for j in suspects[:most]:
        node = inputs[j]
        right = directional(m, graph, order, v, partials, {node: one})
        left = directional(m, graph, order, v, partials, {node: -one})
        plain = push(graph, order, partials, {node: one})
        for i, output in enumerate(outputs):
            r = right[output] if right[output] is not None else zero
            s = zero - left[output] if left[output] is not None else zero
            t = plain[output] if plain[output] is not None else zero
            if not (_alike(m, r, s) and _alike(m, r, t)):
                entries.append(OneSidedEntry(i, j, s, r))
    return entries, max(0, len(suspects) - most)


def _alike(m: NumberContext, a: Number, b: Number) -> bool:
    """Whether two numbers are the same up to rounding."""
    scale = max(abs(a), abs(b))
    return bool(a == b or (m.is_finite(scale) and abs(a - b) <= _SAME * m.epsilon * scale))


def is_jump(graph: Graph, node: int) -> bool:
    """Whether a kink is a discontinuity of the function itself."""
    kink = graph.ops[node].kink
    return kink is not None and kink.directional is None
