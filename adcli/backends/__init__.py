"""Backends: interchangeable ways to a derivative, each found by being a file in this folder.

A backend module defines `BACKEND`, an object with a `name`, a one-line `summary`, and `jvp`
or `vjp` over a `Problem`; `jacobian` and the other product are derived from the one that is
there. One that defines `passes` instead says which inputs, or outputs, share a pass (see `Compressed`).
Siblings never import each other: `load(name)` is how `auto` reaches the rest.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from .. import folder, sparsity
from ..arrays import numpy
from ..compression import Pass, column_passes, row_passes, symmetric_passes
from ..contexts import Number, NumberContext
from ..errors import LimitError
from ..problem import Problem, Vector

Matrix = list[Vector]

_LARGEST = 4_000_000  # entries of a matrix that is made as a whole where a few of them are wanted


class Product(NamedTuple):
    """A vector of derivatives, with error estimates where the method is not exact."""

    entries: Vector
    errors: Vector | None = None


class Jacobian(NamedTuple):
    """A matrix of derivatives, one row for each output."""

    entries: Matrix
    errors: Matrix | None = None


class Backend:
    """The base of backends: give it `jvp` or `vjp`, and the rest follows.

    `exact` says that results carry rounding errors only; `mode` which of the two products is
    the backend's own; `independent` that its numbers are its own, and not those of another's passes.
    """

    name = ""
    summary = ""
    mode = ""
    exact = True
    independent = True

    def jvp(self, problem: Problem, direction: Sequence[Number]) -> Product:
        """J·direction, one entry for each output; derived here from the whole Jacobian."""
        return Product([_dot(problem.m, row, direction) for row in self.jacobian(problem).entries])

    def vjp(self, problem: Problem, cotangent: Sequence[Number]) -> Product:
        """cotangent'·J, one entry for each input; derived here from the whole Jacobian."""
        rows = self.jacobian(problem).entries
        return Product([_dot(problem.m, column, cotangent) for column in _transposed(rows, len(problem.inputs))])

    def jacobian(self, problem: Problem) -> Jacobian:
        """The whole matrix: by columns from `jvp`, or by rows from `vjp`."""
        if self.mode == "forward":
            columns = [self.jvp(problem, unit) for unit in units(problem.m, len(problem.inputs))]
            count = len(problem.outputs)
            errors = [column.errors or [] for column in columns]
            return Jacobian(
                _transposed([column.entries for column in columns], count),
                _transposed(errors, count) if all(errors) and errors else None,
            )
        rows = [self.vjp(problem, unit) for unit in units(problem.m, len(problem.outputs))]
        return Jacobian([row.entries for row in rows])

    def nonzeros(self, problem: Problem) -> Product:
        """The entries that the pattern has, in its order; derived here from passes one by one, or the whole matrix."""
        pattern = problem.pattern
        one_by_one = self.exact and self.mode in {"forward", "reverse"}
        if one_by_one:
            return Product(recovered(problem, *unit_passes(problem, self.mode)))
        check_size(self, pattern)
        found = self.jacobian(problem)
        errors = None if found.errors is None else gathered(pattern, found.errors)
        return Product(gathered(pattern, found.entries), errors)


class Compressed(Backend):
    """A backend whose passes take several columns, or rows, together, and recover their entries one by one.

    Its products are the single passes of forward and reverse mode.
    """

    mode = "compressed"
    independent = False

    def passes(self, problem: Problem) -> tuple[list[Pass], list[Pass]]:
        """The forward and the reverse passes; `problem.reason` says why they are so many."""
        raise NotImplementedError

    def jvp(self, problem: Problem, direction: Sequence[Number]) -> Product:
        return Product(problem.push(direction))

    def vjp(self, problem: Problem, cotangent: Sequence[Number]) -> Product:
        return Product(problem.pull(cotangent))

    def jacobian(self, problem: Problem) -> Jacobian:
        return Jacobian(scattered(problem, self.nonzeros(problem).entries))

    def nonzeros(self, problem: Problem) -> Product:
        return Product(recovered(problem, *self.passes(problem)))


def unit_passes(problem: Problem, mode: str) -> tuple[list[Pass], list[Pass]]:
    """A pass for each column, or each row: none shares its colour."""
    pattern = problem.pattern
    if problem.symmetric:
        passes = symmetric_passes(pattern, range(pattern.columns))
    elif mode == "forward":
        passes = column_passes(pattern, range(pattern.columns))
    else:
        passes = row_passes(pattern, range(pattern.rows))
    return (passes, []) if mode == "forward" else ([], passes)


def recovered(problem: Problem, forward: Sequence[Pass], reverse: Sequence[Pass]) -> Vector:
    """The entries of the pattern, after those passes."""
    np = None if problem.levels is None else numpy()
    count = problem.pattern.nonzeros
    entries: Any = [problem.m.number(0)] * count if np is None else np.zeros(count)
    for passes, sweep in ((forward, problem.push_units), (reverse, problem.pull_units)):
        for seeds, places, positions in passes:
            found = sweep(seeds)
            if np is not None:
                entries[np.asarray(positions)] = np.asarray(found)[np.asarray(places)]
                continue
            for place, position in zip(places, positions, strict=True):
                entries[position] = found[place]
    return entries if np is None else entries.tolist()  # type: ignore[no-any-return]


def scattered(problem: Problem, entries: Sequence[Number]) -> Matrix:
    """The whole matrix of the entries of the pattern."""
    pattern, zero = problem.pattern, problem.m.number(0)
    matrix = []
    for i in range(pattern.rows):
        row = [zero] * pattern.columns
        for position in range(pattern.starts[i], pattern.starts[i + 1]):
            row[pattern.indices[position]] = entries[position]
        matrix.append(row)
    return matrix


def check_size(backend: Backend, pattern: sparsity.Pattern) -> None:
    """Refuse a matrix that is too large to be made as a whole, as that backend makes it."""
    if pattern.rows * pattern.columns > _LARGEST:
        size = f"{pattern.rows} by {pattern.columns}"
        text = f"{backend.name} makes the whole matrix, and {size} is too large for that"
        raise LimitError("too-large", text, None, "leave out --backend, or choose coloured-forward")


def gathered(pattern: sparsity.Pattern, matrix: Matrix) -> Vector:
    """The entries of the pattern in a whole matrix."""
    return [row[j] for row, columns in zip(matrix, pattern, strict=True) for j in columns]


def units(m: NumberContext, count: int) -> list[list[Number | None]]:
    """The unit vectors, with absent entries for the zeros."""
    one = m.number(1)
    return [[one if k == j else None for k in range(count)] for j in range(count)]


def _transposed(rows: Sequence[Vector], width: int) -> Matrix:
    return [[row[k] for row in rows] for k in range(width)]


def _dot(m: NumberContext, xs: Sequence[Number], weights: Sequence[Number | None]) -> Number:
    total = m.number(0)
    for x, w in zip(xs, weights, strict=True):
        if w is not None and w != 0:
            total = total + x * w
    return total


def names() -> list[str]:
    """Every backend there is: the modules of this folder, with hyphens."""
    return folder.names(__path__)


def independent() -> list[str]:
    """Those whose numbers are their own, which it makes sense to compare."""
    return [name for name in names() if load(name).independent]


def load(name: str) -> Backend:
    """The backend of that name."""
    backend: Backend = folder.load(__name__, __path__, name, "backend").BACKEND
    return backend
