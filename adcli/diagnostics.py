"""What the values say about the point: out of the domain, overflowed, at a kink.

The sweeps never stop: they compute with infinities and NaNs as IEEE arithmetic does. These
functions read the finished values and find the node to blame, among the live ones only: what
happens in the branch of `where` that was not taken is nobody's business.
"""

from collections.abc import Sequence
from typing import NamedTuple

from .contexts import Number, NumberContext, make_context
from .errors import AdcliError
from .graph import CONSTANT, VARIABLE, Graph
from .sweeps import Partials, Values, directional, live, push, values

_VISITS = 3_000_000  # of nodes, to find one-sided derivatives: some seconds
_FEW_INPUTS = 4  # that are examined however large the graph
_SAME = 64  # units of rounding that the two sides may differ by
_ROOT = 6  # series go along t^6, so that square and cube roots of what begins there are series, too
_TERMS = 32  # of such series
_LARGEST = 2**40  # argument of a function that jumps, at whose jump series look for a limit
_WIDE = 30  # digits of numbers that do not overflow
_MOST_NODES = 20_000  # of a graph that is swept over series for this


class OneSidedEntry(NamedTuple):
    """An entry that is not one derivative, or not the one that a sweep gives: output i by input j."""

    i: int
    j: int
    left: Number
    right: Number


class Examined(NamedTuple):
    """What the two sides say: such entries, how many inputs were left out, whether an output may jump.

    `bent` says that though all entries are derivatives, there is none in directions between the axes.
    """

    entries: list[OneSidedEntry]
    unexamined: int
    jumps: bool
    bent: bool


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
    *,
    every: bool = False,
) -> Examined:
    """The entries of the Jacobian that are not one derivative.

    Those whose two one-sided derivatives differ, or cannot be had; and those where both differ from
    what the sweep gives, as in `where(x == 0, 2*x, 3*x)` at 0. Only inputs that one of the `kinks`
    depends on can be such, and, where `every` input is to be examined, those whose entries are NaN; each
    takes three passes, so of very many only the first are examined. What a chain rule cannot tell, of 0/0
    and 0*inf and of jumps that the function itself has not, power series on both sides may.
    """
    entries: list[OneSidedEntry] = []
    above = set(graph.needed(kinks))
    suspects = [j for j, node in enumerate(inputs) if every or node in above]
    most = max(_FEW_INPUTS, _VISITS // (3 * len(order)))
    jumps = any(is_jump(graph, node) for node in kinks)
    settled = len(suspects) <= most and all(_resolves(m, [v[a] for a in graph.args[node]]) for node in kinks)
    for j in suspects[:most]:
        node = inputs[j]
        found = _by_rules(m, graph, order, v, partials, outputs, node)
        doubtful = jumps or any(m.is_nan(left) or m.is_nan(right) for left, right, _ in found)
        falling = beside(m, graph, order, v, outputs, node, -1) if doubtful else None
        rising = beside(m, graph, order, v, outputs, node, 1) if falling is not None else None
        settled = settled and rising is not None
        for i, (left, right, plain) in enumerate(found):
            sides = left, right
            if falling is not None and rising is not None:
                value = v[outputs[i]]
                settled = settled and alike(m, falling[i].value, value) and alike(m, rising[i].value, value)
                sides = _merged(m, value, sides, falling[i], rising[i], trusted=not jumps)
            known = node in above or not all(map(m.is_nan, sides))
            if known and not (alike(m, *sides) and alike(m, sides[1], plain)):
                entries.append(OneSidedEntry(i, j, *sides))
    bent = (
        not entries
        and len(suspects) > 1
        and _is_bent(m, graph, order, v, partials, outputs, [inputs[j] for j in suspects])
    )
    return Examined(entries, max(0, len(suspects) - most), jumps and not (settled and len(inputs) == 1), bent)


def _is_bent(
    m: NumberContext,
    graph: Graph,
    order: Sequence[int],
    v: Values,
    partials: Partials,
    outputs: Sequence[int],
    inputs: Sequence[int],
) -> bool:
    """Whether a function is not linear in a direction between the axes, as min(abs(x), abs(y)) at 0 is not."""
    weights = [m.div(m.number(2 * j + 3), m.number(j + 5)) for j in range(len(inputs))]  # 3/5, 5/6, 1, 9/8, ...
    signs = [1 if j % 3 else -1 for j in range(len(inputs))]
    for seeds in (weights, [s * w for s, w in zip(signs, weights, strict=True)]):
        ahead = dict(zip(inputs, seeds, strict=True))
        right = directional(m, graph, order, v, partials, ahead)
        left = directional(m, graph, order, v, partials, {node: -w for node, w in ahead.items()})
        plain = push(graph, order, partials, ahead)
        zero = m.number(0)
        for output in outputs:
            r, s, t = (zero if x[output] is None else x[output] for x in (right, left, plain))
            if m.is_finite(r) and m.is_finite(s) and not (alike(m, r, zero - s) and alike(m, r, t)):
                return True
    return False


def _resolves(m: NumberContext, xs: Sequence[Number]) -> bool:
    """Whether numbers of that size show a jump by 1 of what is made of them, as floor(1e300) would not."""
    return all(m.is_finite(x) and abs(x) < _LARGEST for x in xs)


def _by_rules(
    m: NumberContext,
    graph: Graph,
    order: Sequence[int],
    v: Values,
    partials: Partials,
    outputs: Sequence[int],
    node: int,
) -> list[tuple[Number, Number, Number]]:
    """For each output the left and the right derivative by an input, and what a sweep gives."""
    zero, one = m.number(0), m.number(1)
    right = directional(m, graph, order, v, partials, {node: one})
    left = directional(m, graph, order, v, partials, {node: -one})
    plain = push(graph, order, partials, {node: one})

    def told(tangents: Values, output: int) -> Number:
        return zero if tangents[output] is None else tangents[output]

    return [(zero - told(left, output), told(right, output), told(plain, output)) for output in outputs]


class Side(NamedTuple):
    """What a function comes to beside a point, and its one-sided derivative there; NaN where it has none."""

    value: Number
    slope: Number


def _merged(
    m: NumberContext,
    value: Number,
    rules: tuple[Number, Number],
    left: Side,
    right: Side,
    *,
    trusted: bool,
) -> tuple[Number, Number]:
    """The one-sided derivatives by the rules; by the series, where those are not `trusted` or NaN.

    A series counts where the function has its value for limit; beyond an end of its domain there is none.
    """
    meets = [alike(m, side.value, value) for side in (left, right)]
    allowed = [met or m.is_nan(side.value) for met, side in zip(meets, (left, right), strict=True)]
    if not all(allowed):
        return rules
    slopes = [
        side.slope if met and (m.is_nan(slope) or not trusted) else slope
        for met, side, slope in zip(meets, (left, right), rules, strict=True)
    ]
    return slopes[0], slopes[1]


def beside(
    m: NumberContext, graph: Graph, order: Sequence[int], v: Values, outputs: Sequence[int], node: int, sign: int
) -> list[Side] | None:
    """The limits of all outputs, and their one-sided derivatives, as one input grows (sign 1) or falls (-1).

    From power series in t, where the input goes t^6 away: they resolve 0/0, and roots of what begins there.
    None where that takes too much, or is beyond power series.
    """
    from .contexts.series import SeriesContext, Unresolved
    from .contexts.series.streams import Polynomial

    if len(order) > _MOST_NODES:
        return None
    terms = _ROOT
    while terms <= _ROOT + _TERMS:
        s = SeriesContext(m, terms)
        inputs = {n: s.line(v[n], s.zero) for n in order if graph.ops[n] is VARIABLE}
        inputs[node] = Polynomial(s, [v[node], *[s.zero] * (_ROOT - 1), m.number(sign)])
        try:
            swept = values(s, graph, order, inputs)
            found = [s.coefficients(swept[output]) for output in outputs]
        except Unresolved:
            terms += _ROOT
            continue
        except (AdcliError, ArithmeticError):
            return None
        if s.undecided:
            return None
        shortest = min(len(row) for row in found)
        if shortest > _ROOT:
            return [_side(m, row, sign) for row in found]
        terms += _ROOT + 1 - shortest
    return None


def _side(m: NumberContext, row: Sequence[Number], sign: int) -> Side:
    """The limit and the slope that the terms of a series in t tell, of which t^6 counts as `sign`."""
    scale = max(abs(row[0]), abs(row[_ROOT]))
    for term in row[1:_ROOT]:
        if m.is_nan(term) or abs(term) > _SAME * m.epsilon * scale:  # of a lower order: a vertical slope
            return Side(row[0], sign * term * m.number("inf"))
    return Side(row[0], sign * row[_ROOT])


def alike(m: NumberContext, a: Number, b: Number) -> bool:
    """Whether two numbers are the same up to rounding."""
    scale = max(abs(a), abs(b))
    return bool(a == b or (m.is_finite(scale) and abs(a - b) <= _SAME * m.epsilon * scale))


def is_jump(graph: Graph, node: int) -> bool:
    """Whether a kink is a discontinuity of the function itself."""
    kink = graph.ops[node].kink
    return kink is not None and kink.directional is None


def is_out_of_range(m: NumberContext, graph: Graph, v: Values, node: int) -> bool:
    """Whether an infinite partial derivative of a node is a finite number that doubles cannot hold."""
    if m.digits is not None:
        return False
    wide, row = make_context(_WIDE), graph.ops[node]
    try:
        xs = [wide.number(v[a]) for a in graph.args[node]]
        y = getattr(wide, row.name)(*xs)
        rules = [row.partials[k] for k in range(len(xs))]
        found = [rule(wide, y, *xs) if callable(rule) else rule for rule in rules]
    except AdcliError:
        return False
    return all(x is None or wide.is_finite(x) for x in found)
