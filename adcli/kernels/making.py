"""Kernels of functions: one for each product, whatever engine or language it is for."""

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite

from ..contexts import make_context
from ..errors import UsageError
from ..points import PointLike, listed, read_vector
from ..problem import Problem
from ..products import Function
from ..results.base import counted
from .kernel import Kernel, kernel

_VECTORS = {"jvp": ("--direction", "column"), "vjp": ("--cotangent", "output")}
"""The products that take a vector: its option, and what each of its entries belongs to."""


def make_kernel(
    function: Function,
    product: str,
    *,
    wrt: Sequence[str] | str | None = None,
    vector: Sequence[str | float] | None = None,
) -> Kernel:
    """The code of a product of a function by `wrt`, its inputs in the order of the function's variables.

    A JVP takes a direction as its `vector`, with an entry for each column, and a VJP a cotangent, with one for
    each output. An entry is a number, or the name of a further input.

    Raises `UsageError` for a product that there is not or does not fit, and for a vector that does not fit;
    what reading the function's text and `wrt` raises.

    >>> made = make_kernel(Function("x2*x1^2"), "jvp", vector=["d1", "d2"])
    >>> list(made.inputs), list(made.outputs)
    (['x1', 'x2', 'd1', 'd2'], ['y1', 'dy1'])
    """
    function = function.for_wrt(wrt)
    program, columns = function.program, function.columns(wrt)
    entries = _fitting(product, vector, {"jvp": list(columns), "vjp": function.outputs})
    problem = Problem(make_context(), program.graph, list(columns.values()), [node for _, node in program.outputs], {})
    made = kernel(product, problem, function.expression, function.outputs, list(columns), entries)
    ordered = [*program.variables, *[entry for entry in entries if isinstance(entry, str)]]
    return replace(made, inputs={name: made.inputs[name] for name in ordered})


def make_vector(
    function: Function, product: str, given: PointLike, *, wrt: Sequence[str] | str | None = None
) -> list[float]:
    """The vector of a JVP or VJP in numbers, from what a user may give: text, a mapping, or a sequence.

    >>> make_vector(Function("x*y, x/y"), "vjp", "y2=pi/2")
    [0.0, 1.5707963267948966]
    """
    function = function.for_wrt(wrt)
    option, noun = _VECTORS[product]
    blocks = function.program.results if product == "vjp" else function.blocks(wrt)
    return read_vector(given, blocks, make_context(), function.lets, option, noun)


def _fitting(product: str, vector: Sequence[str | float] | None, places: dict[str, list[str]]) -> Sequence[str | float]:
    """The vector of a product, which has none but for those of `places`."""
    if product not in places:
        if vector is not None:
            raise UsageError("unused-direction", f"{product} takes no vector", None, "jvp and vjp do")
        return ()
    option, noun = _VECTORS[product]
    names = places[product]
    if vector is None:
        raise UsageError("missing-direction", f"{option} is needed: one number for each {noun} ({listed(names)})")
    if len(vector) != len(names):
        text = f"{option} has {counted(len(vector), 'number')}, and there are {counted(len(names), noun)}"
        raise UsageError("wrong-direction-size", f"{text}: {listed(names)}")
    for entry in vector:
        if not isinstance(entry, str) and not isfinite(entry):
            raise UsageError("bad-number", f"{option}: {entry} is not a finite number")
    return vector
