"""Instructions over NumPy's arrays."""

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

from ..arrays import numpy
from ..contexts import NumberContext, make_context
from ..graph import CONSTANT, VARIABLE, Graph
from ..primitives import Primitive
from .lowering import is_instruction

_PLAIN = {
    "add": "add", "sub": "subtract", "mul": "multiply", "div": "divide", "neg": "negative", "abs": "absolute",
    "sign": "sign", "floor": "floor", "ceil": "ceil", "round": "rint", "mod": "remainder", "sqrt": "sqrt",
    "cbrt": "cbrt", "pow": "float_power", "exp": "exp", "expm1": "expm1", "exp2": "exp2", "log": "log",
    "log1p": "log1p", "log2": "log2", "log10": "log10", "sin": "sin", "cos": "cos", "tan": "tan", "asin": "arcsin",
    "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh",
    "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh", "hypot": "hypot", "max": "maximum", "min": "minimum",
    "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal", "ne": "not_equal",
    "and_": "logical_and", "or_": "logical_or", "not_": "logical_not",
}  # fmt: skip
"""NumPy's name of each instruction but `where`."""


_ALONE = Lock()
"""Held by the thread that computes what only a library knows: mpmath's contexts are not for several at a time."""


def function(op: Primitive) -> Callable[..., Any]:
    """The function for an operation; its last argument is the array that it writes into.

    What only a library knows is computed number by number, with the digits that one point has.
    """
    if not is_instruction(op):
        return _pointwise(op)
    np = numpy()
    if op.name in {"max", "min"}:  # NumPy wants the name of `out` here
        extreme = getattr(np, _PLAIN[op.name])
        return lambda a, b, out: extreme(a, b, out=out)
    if op.name != "where":
        found: Callable[..., Any] = getattr(np, _PLAIN[op.name])
        return found

    def where(condition: Any, yes: Any, no: Any, out: Any) -> None:
        np.copyto(out, no)
        np.copyto(out, yes, where=condition)

    return where


def _pointwise(op: Primitive) -> Callable[..., None]:
    rule, m = op.value, make_context()

    def pointwise(*places: Any) -> None:
        *xs, out = places
        with _ALONE:
            _fill(rule, m, xs, out)

    return pointwise


def _fill(rule: Callable[..., Any], m: NumberContext, xs: Sequence[Any], out: Any) -> None:
    """Compute a function number by number."""
    columns = [x.tolist() if getattr(x, "ndim", 0) else [float(x)] * len(out) for x in xs]
    out[:] = [rule(m, *numbers) for numbers in zip(*columns, strict=True)]


def evaluate(graph: Graph, order: Sequence[int], inputs: Mapping[int, Any], count: int) -> dict[int, Any]:
    """The arrays of all nodes of straight-line code, given those of its variables; constants are plain floats."""
    np, m = numpy(), make_context()
    found: dict[int, Any] = dict(inputs)
    for node in order:
        op = graph.ops[node]
        if op is VARIABLE:
            continue
        if op is CONSTANT:
            found[node] = m.number(graph.constants[node])
            continue
        out = found[node] = np.empty(count, bool if op.boolean else float)
        with np.errstate(all="ignore"):
            function(op)(*[found[a] for a in graph.args[node]], out)
    return found
