"""How far the results of a kernel may be off by rounding: a bound beside each of them.

Every instruction passes on the errors of its arguments, each times its partial derivative, and adds
its own rounding. So a bound grows with what cancels, and is known for each point at the cost of a few
evaluations, to first order (Higham, *Accuracy and Stability of Numerical Algorithms*, section 3.3).
Decisions are taken for right: next to a switch nothing is bounded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

from ..errors import UsageError
from ..graph import CONSTANT, VARIABLE
from ..kernels import Kernel
from ..machine.lowering import Lowering, is_instruction
from ..nodes import Expr
from ..sweeps import WHERE

_UNIT = 2.0**-53
_EXACT = frozenset(("neg", "abs", "sign", "floor", "ceil", "round", "max", "min"))
_ROUNDED_ONCE = frozenset(("add", "sub", "mul", "div", "sqrt", "mod"))
_FUNCTIONS = 8  # roundings: 4 units in the last place, which the engines' functions keep to


def with_bounds(kernel: Kernel, names: Sequence[str], loose: Mapping[str, float] | None = None) -> Kernel:
    """The same kernel with further outputs: the bounds of those that are named, in their order.

    `loose` are inputs that are known up to so much only; others are exact.

    >>> from ..kernels.making import make_kernel
    >>> from ..products import Function
    >>> list(with_bounds(make_kernel(Function("x*y"), "grad"), ["dy1/dx"]).outputs)
    ['y1', 'dy1/dx', 'dy1/dy', '±dy1/dx']
    """
    m = Lowering(kernel.graph)
    graph, errors = kernel.graph, dict[int, Any]()
    for node in list(kernel.order):
        op = graph.ops[node]
        if op is VARIABLE:
            given = (loose or {}).get(graph.names[node], 0.0)
            errors[node] = m.lift(given) if given else None
        elif op is CONSTANT:
            value = m.floats.number(graph.constants[node])
            errors[node] = None if value.is_integer() or not isfinite(value) else m.lift(_UNIT * abs(value))
        else:
            errors[node] = None if op.boolean else _error(m, node, errors)
    bounds = {f"±{name}": m.lift(errors[kernel.outputs[name]] or 0).node for name in names}
    outputs = {**kernel.outputs, **bounds}
    return replace(kernel, outputs=outputs, order=graph.needed([*outputs.values(), *kernel.conditions]))


def _error(m: Lowering, node: int, errors: Mapping[int, Any]) -> Expr | None:
    """The bound of an instruction's result; None where it is exact."""
    graph = m.graph
    op, args, y = graph.ops[node], graph.args[node], m.wrap(node)
    if op is WHERE:
        condition, *sides = args
        if all(errors[side] is None for side in sides):
            return None
        yes, no = [m.lift(errors[side] or 0) for side in sides]
        return m.where(m.wrap(condition), yes, no)
    xs = [m.wrap(a) for a in args]
    terms = [_passed_on(m, node, k, y, xs) * errors[a] for k, a in enumerate(args) if errors[a] is not None]
    if op.name not in _EXACT:
        terms.append((_UNIT if op.name in _ROUNDED_ONCE else _FUNCTIONS * _UNIT) * m.abs(y))
    total = None
    for term in terms:
        total = term if total is None else total + term
    return total


def _passed_on(m: Lowering, node: int, k: int, y: Expr, xs: Sequence[Expr]) -> Any:
    """How much of the error of an argument becomes one of the result."""
    op = m.graph.ops[node]
    if is_instruction(op):
        rule = op.partials[k]
        found = rule(m, y, *xs) if callable(rule) else rule or 0
        return m.abs(m.settle(found))
    try:
        rule = op.partials[k]
        return m.abs(m.settle(rule(m, y, *xs) if callable(rule) else rule or 0))
    except (UsageError, IndexError):  # a derivative that only a library knows, whose own nobody does
        return m.div((1 + m.abs(xs[k])) * m.abs(y), m.abs(xs[k]))
