"""The functions over arrays: one row for each, and the products of matrices.

NumPy is the model of what they mean; jax.nn of `softmax` and `logsumexp`. Every function ends as
scalar nodes.

>>> ARRAY_FUNCTIONS["norm"].signature
'norm(x)'
"""

from collections.abc import Sequence
from typing import NamedTuple

from ..shapes import text
from . import layouts, linear
from .arithmetic import MANY, multiply, total
from .arrays import Array, Builder, Value
from .reductions import (
    Rule,
    averaged,
    cumsum,
    described,
    entries,
    euclidean,
    joined_by,
    largest,
    multiplied,
    reduction,
    shape_of,
    softmax,
    summed,
    taxicab,
)


class ArrayFunction(NamedTuple):
    """A row: `rule(builder, args, axis)` for `least` to `most` arguments (None: any number).

    `axis` is what `axis=k` gave, None where nothing did; only rows with `takes_axis` are given one.
    """

    name: str
    signature: str
    least: int
    most: int | None
    rule: Rule
    takes_axis: bool
    about: str

    def accepts(self, count: int) -> bool:
        """Whether it can be called with so many arguments.

        >>> ARRAY_FUNCTIONS["det"].accepts(2), ARRAY_FUNCTIONS["concat"].accepts(9)
        (False, True)
        """
        return self.least <= count and (self.most is None or count <= self.most)


# -- products of vectors and matrices


def matmul(builder: Builder, a: Value, b: Value) -> Value:
    """The product `a @ b` of vectors and matrices, by NumPy's rules.

    A vector is a row on the left and a column on the right, and its axis is gone from the result: (n,)@(n,)
    is a number, (m, n)@(n,) has shape (m,), (n,)@(n, k) has (k,), (m, n)@(n, k) has (m, k).
    """
    if not isinstance(a, Array) or not isinstance(b, Array):
        builder.misfit("@ needs vectors or matrices, and one side is a number", "multiply by a number with *")
    if len(a.shape) > 2 or len(b.shape) > 2:
        high = a if len(a.shape) > 2 else b
        builder.misfit(f"@ needs vectors or matrices, not {described(high)}")
    inner = a.shape[-1]
    if b.shape[0] != inner:
        have = f"{inner} {'columns' if len(a.shape) == 2 else 'entries'}"
        want = f"{b.shape[0]} {'rows' if len(b.shape) == 2 else 'entries'}"
        builder.misfit(f"shapes {text(a.shape)} and {text(b.shape)} do not fit: {have} and {want}")
    shape = a.shape[:-1] + b.shape[1:]
    rows = a.shape[0] if len(a.shape) == 2 else 1
    width = b.shape[1] if len(b.shape) == 2 else 1
    builder.room(rows * width)
    if not shape and inner >= MANY and (made := builder.apply_to_many("mul", [a.items, b.items])) is not None:
        return total(builder, made)
    if inner:
        left, right = _sparse(builder, a.items, inner), _sparse(builder, b.items, width)
        items = _products(builder, left, right, width) if a.items and b.items else []
    else:
        items = [builder.number(0)] * (rows * width)
    return Array(shape, items) if shape else items[0]


def _sparse(builder: Builder, items: Sequence[int], width: int) -> list[list[tuple[int, int]]]:
    """The rows of a matrix as (column, node), without the entries that are known to be 0."""
    return [
        [(j, node) for j, node in enumerate(items[k : k + width]) if builder.whole(node) != 0]
        for k in range(0, len(items), width or 1)
    ]


def _products(
    builder: Builder, left: list[list[tuple[int, int]]], right: list[list[tuple[int, int]]], width: int
) -> list[int]:
    """The entries of a product of matrices, row by row (Gustavson 1978): as much work as there are products."""
    builder.room(2 * sum(len(right[k]) for row in left for k, _ in row))
    items = []
    for row in left:
        terms: list[list[int]] = [[] for _ in range(width)]
        for k, x in row:
            for j, y in right[k]:
                terms[j].append(multiply(builder, x, y))
        items += [total(builder, line) for line in terms]
    return items


def _dot(builder: Builder, args: list[Value], axis: int | None) -> Value:
    """The matrix product; with a number, its multiple."""
    a, b = args
    if isinstance(a, Array) and isinstance(b, Array):
        return matmul(builder, a, b)
    items = [multiply(builder, x, y) for x in entries(a) for y in entries(b)]
    shape = shape_of(a) or shape_of(b)
    return Array(shape, items) if shape else items[0]


def _outer(builder: Builder, args: list[Value], axis: int | None) -> Value:
    a, b = (entries(value) for value in args)
    builder.room(len(a) * len(b))
    return Array((len(a), len(b)), [multiply(builder, x, y) for x in a for y in b])


def transpose(builder: Builder, value: Value) -> Value:
    """The transpose `A'`: all axes reversed, so a vector is its own. A number has none: it may be meant as a slope."""
    if not isinstance(value, Array):
        hint = "derivatives are given by 'adcli diff' and 'adcli jac'"
        builder.misfit("' transposes an array, and this is a number", hint)
    return layouts.transpose(builder, value)


def _transpose(builder: Builder, args: list[Value], axis: int | None) -> Value:
    return transpose(builder, args[0])


# -- linear algebra


def _trace(builder: Builder, args: list[Value], axis: int | None) -> Value:
    return total(builder, layouts.diagonal_of(builder, "trace", args[0]))


def _square(builder: Builder, name: str, value: Value) -> Array:
    if not isinstance(value, Array) or len(value.shape) != 2 or value.shape[0] != value.shape[1]:
        builder.misfit(f"{name} needs a square matrix, not {described(value)}")
    return value


def _det(builder: Builder, args: list[Value], axis: int | None) -> Value:
    matrix = _square(builder, "det", args[0])
    return linear.det(builder, matrix.shape[0], matrix.items)


def _inv(builder: Builder, args: list[Value], axis: int | None) -> Value:
    """The inverse of a matrix; of a number, the primitive of the same name."""
    value = args[0]
    if not isinstance(value, Array):
        return builder.apply_named("inv", value)
    matrix = _square(builder, "inv", value)
    rows = linear.inv(builder, matrix.shape[0], matrix.items)
    return Array(matrix.shape, [entry for row in rows for entry in row])


def _solve(builder: Builder, args: list[Value], axis: int | None) -> Value:
    matrix, side = _square(builder, "solve", args[0]), args[1]
    size = matrix.shape[0]
    if not isinstance(side, Array) or len(side.shape) > 2:
        builder.misfit(f"solve needs a vector or a matrix on the right-hand side, not {described(side)}")
    if side.shape[0] != size:
        have = f"{side.shape[0]} {'rows' if len(side.shape) == 2 else 'entries'}"
        builder.misfit(f"solve: shapes {text(matrix.shape)} and {text(side.shape)} do not fit: {size} rows and {have}")
    width = side.shape[1] if len(side.shape) == 2 else 1
    sides = [side.items[k * width : (k + 1) * width] for k in range(size)]
    rows = linear.solve(builder, size, matrix.items, sides)
    return Array(side.shape, [entry for row in rows for entry in row])


_AXIS, _NO_AXIS = True, False

# fmt: off
_ROWS: tuple[ArrayFunction, ...] = (
    # reductions: over all entries, or along an axis
    ArrayFunction("sum", "sum(x)", 1, 2, reduction("sum", summed, positional=True), _AXIS,
                  "the sum of all entries; sum(x, 0) or sum(x, axis=0) along an axis"),
    ArrayFunction("prod", "prod(x)", 1, 2, reduction("prod", multiplied, positional=True), _AXIS,
                  "the product of all entries, or along an axis"),
    ArrayFunction("mean", "mean(x)", 1, 2, reduction("mean", averaged, positional=True), _AXIS,
                  "the mean of all entries, or along an axis"),
    ArrayFunction("max", "max(x)", 1, 1, reduction("max", joined_by("max")), _AXIS,
                  "the largest entry, or along an axis"),
    ArrayFunction("min", "min(x)", 1, 1, reduction("min", joined_by("min")), _AXIS,
                  "the smallest entry, or along an axis"),
    ArrayFunction("norm", "norm(x)", 1, 1, reduction("norm", euclidean), _AXIS,
                  "the Euclidean norm of all entries (of a matrix, Frobenius), or along an axis; see norm1"),
    ArrayFunction("norm1", "norm1(x)", 1, 1, reduction("norm1", taxicab), _AXIS,
                  "the sum of |x| over all entries, or along an axis"),
    ArrayFunction("norminf", "norminf(x)", 1, 1, reduction("norminf", largest), _AXIS,
                  "the largest |x| of all entries, or along an axis"),
    ArrayFunction("logsumexp", "logsumexp(x)", 1, 1, reduction("logsumexp", joined_by("logsumexp")), _AXIS,
                  "log of the sum of exp(x), without overflow"),

    # the same shape
    ArrayFunction("softmax", "softmax(x)", 1, 1, softmax, _AXIS,
                  "exp(x) over their sum, along the last axis or another"),
    ArrayFunction("cumsum", "cumsum(x)", 1, 1, cumsum, _AXIS,
                  "running sums: of all entries as a vector, or along an axis"),

    # products and linear algebra
    ArrayFunction("dot", "dot(a, b)", 2, 2, _dot, _NO_AXIS, "a @ b; with a number, its multiple"),
    ArrayFunction("outer", "outer(a, b)", 2, 2, _outer, _NO_AXIS, "the matrix of all products a_i*b_j"),
    ArrayFunction("trace", "trace(A)", 1, 1, _trace, _NO_AXIS, "the sum of the diagonal"),
    ArrayFunction("det", "det(A)", 1, 1, _det, _NO_AXIS, "the determinant"),
    ArrayFunction("inv", "inv(A)", 1, 1, _inv, _NO_AXIS, "the inverse of a matrix; for A@x = b, solve(A, b) is better"),
    ArrayFunction("solve", "solve(A, b)", 2, 2, _solve, _NO_AXIS, "the x with A@x = b, for a vector or a matrix b"),

    # layouts
    ArrayFunction("transpose", "transpose(A)", 1, 1, _transpose, _NO_AXIS,
                  "rows become columns; all axes are reversed"),
    ArrayFunction("diag", "diag(x)", 1, 1, layouts.diag, _NO_AXIS,
                  "the matrix with the diagonal x, or the diagonal of the matrix x"),
    ArrayFunction("eye", "eye(n)", 1, 2, layouts.eye, _NO_AXIS, "the identity matrix; eye(n, m) has m columns"),
    ArrayFunction("zeros", "zeros(n, ...)", 1, None, layouts.zeros, _NO_AXIS, "zeros of shape (n, ...)"),
    ArrayFunction("ones", "ones(n, ...)", 1, None, layouts.ones, _NO_AXIS, "ones of shape (n, ...)"),
    ArrayFunction("reshape", "reshape(x, n, ...)", 2, None, layouts.reshape, _NO_AXIS,
                  "the same entries in shape (n, ...); one length may be -1"),
    ArrayFunction("concat", "concat(a, b, ...)", 1, None, layouts.concat, _AXIS,
                  "arrays one after the other, along the first axis or another"),
    ArrayFunction("stack", "stack(a, b, ...)", 1, None, layouts.stack, _AXIS,
                  "arrays of one shape side by side, along a new first axis or another"),
    ArrayFunction("size", "size(x)", 1, 1, layouts.size, _NO_AXIS, "the number of entries"),
    ArrayFunction("len", "len(x)", 1, 1, layouts.length, _NO_AXIS, "the length of the first axis"),
)
# fmt: on

ARRAY_FUNCTIONS: dict[str, ArrayFunction] = {row.name: row for row in _ROWS}

LAYOUTS = frozenset({"transpose", "diag", "reshape", "concat", "stack", "size", "len"})
"""The functions that move entries and compute nothing, so that conditions may be entries, too."""
"""Every function over arrays by its name."""
