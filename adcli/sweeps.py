"""The sweeps: values, and derivatives along the linearized graph.

There are few. `values` walks up and computes. `linearize` puts the local partial derivative
on every edge. `push` walks up again and carries tangents along those edges (forward mode,
a JVP); `pull` walks down and carries adjoints against them (reverse mode, a VJP). They are
generic in the number context: over floats they are automatic differentiation, over mpmath
the same to any precision, over graph nodes they write the derivative down.

A tangent or adjoint that no path reaches is absent (None), not 0.0. Absent values are
skipped, so 0*inf never arises and the branch of `where` that was not taken stays silent.
(Griewank & Walther, *Evaluating Derivatives*, 2nd ed., sections 3.1 and 3.2.)
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .contexts import Number, NumberContext
from .errors import Span, UsageError
from .graph import CONSTANT, VARIABLE, Graph
from .primitives import TABLE

WHERE = TABLE["where"]
Values = list[Any]
Partials = list[tuple[Any, ...] | None]
Contribution = tuple[int, int, Any, Any]
"""An accumulation of a reverse pass: node, place of the argument, what it adds, the sum so far."""


def values(
    m: NumberContext,
    graph: Graph,
    order: Sequence[int],
    inputs: Mapping[int, Number],
    start: Values | None = None,
) -> Values:
    """The value of every node of `order`; `inputs` gives the variables.

    Nodes outside `order` are as in `start`, which is not changed.
    """
    v: Values = [None] * len(graph) if start is None else start.copy()
    ops, args, constants = graph.ops, graph.args, graph.constants
    verbs: dict[Any, Any] = {}
    for node in order:
        op = ops[node]
        if op is VARIABLE:
            v[node] = inputs[node]
        elif op is CONSTANT:
            v[node] = m.number(constants[node])
        else:
            verb = verbs.get(op)
            if verb is None:
                verb = verbs[op] = getattr(m, op.name)
            xs = args[node]
            count = len(xs)
            if count == 2:
                v[node] = verb(v[xs[0]], v[xs[1]])
            elif count == 1:
                v[node] = verb(v[xs[0]])
            else:
                v[node] = verb(*[v[x] for x in xs])
    return v


def linearize(m: NumberContext, graph: Graph, order: Sequence[int], v: Values, active: Sequence[int]) -> Partials:
    """For each active node, the partial derivatives by its arguments; None where structurally zero."""
    partials: Partials = [None] * len(graph)
    try:
        _linearize(m, graph, order, v, active, partials)
    except UsageError as error:  # the first node without partial derivatives is the one that has no rule for them
        raise error if error.span is not None else _placed(error, graph, order, active, partials) from None
    return partials


def _linearize(
    m: NumberContext, graph: Graph, order: Sequence[int], v: Values, active: Sequence[int], partials: Partials
) -> None:
    ops, args = graph.ops, graph.args
    for node in order:
        op = ops[node]
        if not active[node] or op is VARIABLE or op is CONSTANT:
            continue
        nodes = args[node]
        y, rules = v[node], op.partials
        if op.together is not None:
            found = op.together(m, y, [v[a] for a in nodes])
            partials[node] = tuple([p if active[a] else None for a, p in zip(nodes, found, strict=True)])
        elif len(nodes) == 2:
            a, b = nodes
            xa, xb = v[a], v[b]
            p = rules[0] if active[a] else None
            q = rules[1] if active[b] else None
            partials[node] = (
                p(m, y, xa, xb) if callable(p) else p,
                q(m, y, xa, xb) if callable(q) else q,
            )
        elif len(nodes) == 1:
            p = rules[0]
            partials[node] = (p(m, y, v[nodes[0]]) if callable(p) else p,)
        else:
            xs = [v[a] for a in nodes]
            row = [rules[k] if active[a] else None for k, a in enumerate(nodes)]
            partials[node] = tuple([p(m, y, *xs) if callable(p) else p for p in row])


def _placed(
    error: UsageError, graph: Graph, order: Sequence[int], active: Sequence[int], partials: Partials
) -> UsageError:
    """The same error with the place in the text of the node that has no rule."""
    for node in order:
        if active[node] and graph.args[node] and partials[node] is None:
            start, end = graph.starts[node], graph.ends[node]
            return UsageError(
                error.code, error.message, Span(start, end, graph.source) if start >= 0 else None, error.hint
            )
    return error


def push(graph: Graph, order: Sequence[int], partials: Partials, seeds: Mapping[int, Number]) -> Values:
    """The tangent of every node, given the tangents `seeds` of some: one forward pass."""
    dot: Values = [None] * len(graph)
    args = graph.args
    for node in order:
        total = seeds.get(node)
        row = partials[node]
        if row is not None:
            for a, p in zip(args[node], row, strict=True):
                t = dot[a]
                if t is not None and p is not None:
                    total = p * t if total is None else total + p * t
        if total is not None:
            dot[node] = total
    return dot


def pull(
    graph: Graph,
    order: Sequence[int],
    partials: Partials,
    seeds: Mapping[int, Number],
    record: list[Contribution] | None = None,
) -> Values:
    """The adjoint of every node, given the adjoints `seeds` of some: one reverse pass.

    `record` collects every accumulation, for a trace.
    """
    bar: Values = [None] * len(graph)
    for node, seed in seeds.items():
        bar[node] = seed
    args = graph.args
    for node in reversed(order):
        w = bar[node]
        row = partials[node]
        if w is None or row is None:
            continue
        nodes = args[node]
        if record is None and len(nodes) == 2:  # most nodes by far have two arguments, or one
            a, b = nodes
            p, q = row
            if p is not None:
                before = bar[a]
                bar[a] = p * w if before is None else before + p * w
            if q is not None:
                before = bar[b]
                bar[b] = q * w if before is None else before + q * w
            continue
        if record is None and len(nodes) == 1:
            (a,) = nodes
            (p,) = row
            if p is not None:
                before = bar[a]
                bar[a] = p * w if before is None else before + p * w
            continue
        for k, (a, p) in enumerate(zip(nodes, row, strict=True)):
            if p is not None:
                contribution = p * w
                bar[a] = contribution if bar[a] is None else bar[a] + contribution
                if record is not None:
                    record.append((node, k, contribution, bar[a]))
    return bar


def pull_once(
    m: NumberContext,
    graph: Graph,
    order: Sequence[int],
    v: Values,
    active: Sequence[int],
    seeds: Mapping[int, Number],
) -> tuple[Values, int]:
    """`linearize` and `pull` in one go, for one reverse pass: adjoints, and how many edges it went along.

    No partial derivative is kept, and none is computed of nodes that no adjoint reaches.
    """
    bar: Values = [None] * len(graph)
    for node, seed in seeds.items():
        bar[node] = seed
    ops, args = graph.ops, graph.args
    edges = 0
    for node in reversed(order):
        w = bar[node]
        nodes = args[node]
        if w is None or not nodes or not active[node]:
            continue
        op, y = ops[node], v[node]
        if op.together is not None:
            row = op.together(m, y, [v[a] for a in nodes])
        elif len(nodes) == 2:
            a, b = nodes
            xa, xb = v[a], v[b]
            p, q = op.partials
            slope = p(m, y, xa, xb) if active[a] and callable(p) else p
            if slope is not None and active[a]:
                before = bar[a]
                bar[a] = slope * w if before is None else before + slope * w
                edges += 1
            slope = q(m, y, xa, xb) if active[b] and callable(q) else q
            if slope is not None and active[b]:
                before = bar[b]
                bar[b] = slope * w if before is None else before + slope * w
                edges += 1
            continue
        elif len(nodes) == 1:
            (a,) = nodes
            p = op.partials[0]
            slope = p(m, y, v[a]) if callable(p) else p
            if slope is not None:
                before = bar[a]
                bar[a] = slope * w if before is None else before + slope * w
                edges += 1
            continue
        else:
            xs = [v[a] for a in nodes]
            row = [p(m, y, *xs) if callable(p) and active[a] else p for a, p in zip(nodes, op.partials, strict=True)]
        for a, p in zip(nodes, row, strict=True):
            if p is not None and active[a]:
                before = bar[a]
                bar[a] = p * w if before is None else before + p * w
                edges += 1
    return bar, edges


def live(graph: Graph, order: Sequence[int], v: Values, outputs: Iterable[int]) -> bytearray:
    """For each node, 1 if the outputs depend on it at these values: untaken branches do not count."""
    wanted = bytearray(len(graph))
    for node in outputs:
        wanted[node] = 1
    ops, args = graph.ops, graph.args
    for node in reversed(order):
        if wanted[node]:
            nodes = args[node]
            if ops[node] is WHERE:
                nodes = (nodes[0], nodes[1] if v[nodes[0]] else nodes[2])
            for a in nodes:
                wanted[a] = 1
    return wanted


def directional(
    m: NumberContext, graph: Graph, order: Sequence[int], v: Values, partials: Partials, seeds: Mapping[int, Number]
) -> Values:
    """The one-sided derivative of every node in the direction of `seeds`.

    Like `push`, except that a node at its kink uses the kink's own directional derivative,
    and that a comparison at its tie is decided by the tangents of its two sides. Compositions
    of directionally differentiable Lipschitz functions obey this chain rule (Shapiro 1990).
    """
    dot: Values = [None] * len(graph)
    truth: dict[int, Any] = {}
    zero = m.number(0)
    for node in order:
        op, nodes = graph.ops[node], graph.args[node]
        total = seeds.get(node)
        if op is not VARIABLE and op is not CONSTANT and total is None:
            xs = [v[a] for a in nodes]
            ts = [dot[a] if dot[a] is not None else zero for a in nodes]
            if op is WHERE:
                taken = truth.get(nodes[0], xs[0])
                total = dot[nodes[1] if taken else nodes[2]]
                gap = xs[1] - xs[2] if taken else xs[2] - xs[1]
                if bool(taken) != bool(xs[0]) and abs(gap) > 64 * m.epsilon * max(abs(xs[1]), abs(xs[2])):
                    total = gap * m.number("inf")  # the branch that begins here has another value: a jump
            elif op.boolean:
                if op.kink is not None and op.kink.directional is not None and op.kink.at(m, *xs):
                    truth[node] = op.kink.directional(m, xs, ts)
                elif op.kink is None and any(a in truth for a in nodes):
                    truth[node] = op.value(m, *[truth.get(a, v[a]) for a in nodes])
            elif all(dot[a] is None for a in nodes):
                pass  # nothing moves here: absent, so that no 0*inf arises above
            elif op.kink is not None and op.kink.directional is not None and op.kink.at(m, *xs):
                total = op.kink.directional(m, xs, ts)
            elif partials[node] is not None:
                for a, p in zip(nodes, partials[node] or (), strict=True):
                    if p is not None and dot[a] is not None:
                        total = p * dot[a] if total is None else total + p * dot[a]
        if total is not None:
            dot[node] = total
    return dot
