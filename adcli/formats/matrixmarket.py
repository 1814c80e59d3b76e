"""Matrix Market, the exchange format of sparse matrices, which SciPy, MATLAB, Julia and others read.

A sparse result is in coordinate form, counted from 1; of a symmetric matrix the lower half is listed. Whole
matrices and vectors are in array form, column by column (Boisvert, Pozo & Remington, *The Matrix Market
exchange formats*, NIST 1996). Comments say which names the rows and columns have.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import prod
from typing import Any

from ..errors import UsageError
from ..shapes import Shape
from . import Screen, plain

_LONGEST = 1000  # characters of a line, of which the format allows 1024
_WHOLE = {
    "adcli/value/1": "value",
    "adcli/jacobian/1": "jacobian",
    "adcli/gradient/1": "gradient",
    "adcli/jvp/1": "jvp",
    "adcli/vjp/1": "vjp",
    "adcli/hessian/1": "hessian",
    "adcli/hvp/1": "hvp",
}  # fmt: skip
_BY_COLUMNS = {"gradient", "vjp", "hessian", "hvp"}  # what has a row for each of the inputs
_SPARSE = {"adcli/sparse-jacobian/1", "adcli/sparse-hessian/1"}


def render(result: Any, screen: Screen) -> str:
    result = getattr(result, "result", result)  # the shapes and outlines of a table are not for files
    if result.schema in _SPARSE:
        lines = _coordinates(result)
    elif result.schema in _WHOLE:
        lines = _array(result, _WHOLE[result.schema])
    else:
        text = f"matrixmarket is a format of matrices, and {result.schema.split('/')[1]} is none"
        raise UsageError("no-matrix", text, None, "it is for jac, hess, grad, jvp, vjp, hvp and eval")
    return "\n".join(lines) + "\n"


def _coordinates(result: Any) -> Iterator[str]:
    kind = "symmetric" if result.symmetric else "general"
    yield f"%%MatrixMarket matrix coordinate real {kind}"
    yield from _comment("rows", result.inputs if result.symmetric else result.outputs)
    yield from _comment("columns", result.inputs)
    text = result.text
    entries = zip(result.row, result.column, result.entries, strict=True)
    listed = [f"{i + 1} {j + 1} {text(x)}" for i, j, x in entries if not (result.symmetric and j > i)]
    height, width = result.shape
    yield f"{height} {width} {len(listed)}"
    yield from listed


def _array(result: Any, name: str) -> Iterator[str]:
    found = getattr(result, name)
    matrix = found if found and isinstance(found[0], list) else [[x] for x in found]
    yield "%%MatrixMarket matrix array real general"
    yield from _comment("rows", result.inputs if name in _BY_COLUMNS else result.outputs)
    if name in {"jacobian", "hessian"}:
        yield from _comment("columns", result.inputs)
    yield f"{len(matrix)} {len(matrix[0]) if matrix else 1}"
    yield from (result.text(x) for column in zip(*matrix, strict=True) for x in column)


def _comment(what: str, blocks: Mapping[str, Shape]) -> Iterable[str]:
    """Which rows or columns, counted from 1, have which names; the entries of an array are listed row by row."""
    begin = 1
    for name, shape in blocks.items():
        end = begin + prod(shape) - 1
        first, last = _ends(name, shape)
        text = f"% {what} {begin} to {end}: {first} to {last}" if shape else f"% {what[:-1]} {begin}: {name}"
        yield plain(text)[:_LONGEST]
        begin = end + 1


def _ends(name: str, shape: Shape) -> tuple[str, str]:
    """The names of the first and the last entry."""
    indices = ",".join("0" for _ in shape), ",".join(str(n - 1) for n in shape)
    return f"{name}[{indices[0]}]", f"{name}[{indices[1]}]"
