"""Share partial sums, as people do when they draw a trace by hand.

`sin(v) + v - w` is read from the left, `(sin(v) + v) - w`, but where `v - w` is needed
elsewhere too, everybody writes it down once and adds it to `sin(v)`. This pass regroups a
chain of additions so that its tail is a sum that the graph has anyway. Values change by
rounding at most, which is why only traces use it.
"""

from collections.abc import Sequence

from .graph import Graph
from .primitives import TABLE

_ADD, _SUB = TABLE["add"], TABLE["sub"]
Term = tuple[int, int]  # sign, node


def share_sums(graph: Graph, outputs: Sequence[int]) -> tuple[Graph, dict[int, int], list[int]]:
    """The regrouped graph, the new node of each old one that is kept, and the old sums that were regrouped.

    >>> from .language import parse
    >>> from .printing import write
    >>> p = parse("(sin(a) + a - b)*(a - b)")
    >>> new, kept, _ = share_sums(p.graph, [p.outputs[0][1]])
    >>> write(new, kept[p.outputs[0][1]])
    '(sin(a) + (a - b))*(a - b)'
    """
    order = graph.needed(outputs)
    uses = graph.uses(order)
    for node in outputs:
        uses[node] = uses.get(node, 0) + 2
    chains = _chains(graph, order, uses)
    whole = {tuple(terms) for terms in chains.values()}
    lengths = sorted({len(terms) for terms in whole}, reverse=True)
    new, made, shared = Graph(graph.source), dict[int, int](), list[int]()
    inner = _interior(graph, order, uses)
    for node in order:
        start, end = graph.starts[node], graph.ends[node]
        if node in inner:
            continue
        if node in chains:
            parts = _parts(chains[node], whole, lengths)
            made[node] = _build(new, [[(sign, made[term]) for sign, term in part] for part in parts], start, end)
            if len(parts) > 1:
                shared.append(node)
        else:
            made[node] = new.adopt(graph, node, made)
        if node in graph.labels:
            new.labels.setdefault(made[node], graph.labels[node])
    return new, made, shared


def _interior(graph: Graph, order: Sequence[int], uses: dict[int, int]) -> set[int]:
    """Sums that are only the beginning of a longer sum, and that nothing else uses or names."""
    inner = set()
    for node in order:
        if graph.ops[node] in (_ADD, _SUB):
            first = graph.args[node][0]
            if graph.ops[first] in (_ADD, _SUB) and uses[first] == 1 and first not in graph.labels:
                inner.add(first)
    return inner


def _chains(graph: Graph, order: Sequence[int], uses: dict[int, int]) -> dict[int, list[Term]]:
    """Every sum with its signed terms in the order of the text."""
    inner = _interior(graph, order, uses)
    chains: dict[int, list[Term]] = {}
    for node in order:
        if graph.ops[node] not in (_ADD, _SUB) or node in inner:
            continue
        terms: list[Term] = []
        current = node
        while True:
            first, second = graph.args[current]
            terms.append((1 if graph.ops[current] is _ADD else -1, second))
            if first not in inner:
                terms.append((1, first))
                break
            current = first
        chains[node] = terms[::-1]
    return chains


def _parts(terms: list[Term], whole: set[tuple[Term, ...]], lengths: Sequence[int]) -> list[list[Term]]:
    """Cut a chain before the longest tail that is a whole sum elsewhere, and that tail likewise."""
    parts: list[list[Term]] = []
    while True:
        length = next((n for n in lengths if 2 <= n < len(terms) and tuple(terms[-n:]) in whole), None)
        if length is None:
            return [*parts, terms]
        parts.append(terms[:-length])
        terms = terms[-length:]


def _build(new: Graph, parts: list[list[Term]], start: int, end: int) -> int:
    """Add each part from the left, and the parts from the right."""
    result: int | None = None
    for part in reversed(parts):
        total = part[0][1]
        for sign, term in part[1:]:
            total = new.apply(_ADD if sign > 0 else _SUB, (total, term), start, end)
        result = total if result is None else new.apply(_ADD, (total, result), start, end)
    assert result is not None  # noqa: S101  # a chain has terms
    return result
