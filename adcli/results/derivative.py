"""What all derivatives at a point share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

from ..shapes import Shape
from .base import Cost, Grid, Number, Result, shapes_json

Matrix = list[list[Number]]


class OneSided(NamedTuple):
    """The two one-sided derivatives of an entry at a kink."""

    row: str
    column: str
    left: Number
    right: Number


@dataclass(frozen=True, eq=False, repr=False)
class Derivative(Result):
    """What all derivatives at a point share.

    `rows` name the outputs, `columns` the inputs, entry by entry; `inputs` and `outputs` are what they are
    entries of, with their shapes. `value` has the outputs' values. `differentiable`
    is False at a kink or jump, and None where that could not be decided; `one_sided` then has the
    entries that differ from left to right. `step` and `notes` are those of finite differences.
    """

    backend: str
    reason: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    inputs: dict[str, Shape]
    outputs: dict[str, Shape]
    value: list[Number]
    cost: Cost
    differentiable: bool | None
    one_sided: tuple[OneSided, ...]
    notes: tuple[str, ...]

    def head(self) -> dict[str, Any]:
        return {
            "schema": self.schema,
            "expression": self.expression,
            "backend": self.backend,
            "point": self.point_json(),
            "variables": shapes_json(self.inputs),
            "outputs": shapes_json(self.outputs),
            "rows": list(self.rows),
            "columns": list(self.columns),
            "value": self.numbers(self.value),
        }

    def tail(self) -> dict[str, Any]:
        return {
            "cost": self.cost.to_dict(),
            "reason": self.reason,
            "differentiable": self.differentiable,
            "one_sided": [
                {"row": s.row, "column": s.column, "left": self.number(s.left), "right": self.number(s.right)}
                for s in self.one_sided
            ],
            "digits": self.digits,
            "notes": list(self.notes),
            "warnings": [w.to_dict() for w in self.warnings],
        }

    def matrix_json(self, matrix: Matrix | None) -> list[list[float | str | None]] | None:
        return None if matrix is None else [self.numbers(row) for row in matrix]

    def shaped(self) -> list[tuple[str, Shape, Sequence[Number]]]:
        """The derivatives as arrays: a label, a shape and the entries of each."""
        raise TypeError(f"{type(self).__name__} has no arrays")

    def by_inputs(self, label: str, entries: Sequence[Number]) -> list[tuple[str, Shape, Sequence[Number]]]:
        """One number for each column, as an array for each of the inputs."""
        return split(f"∂{label}/∂", entries, self.inputs)

    def values_grid(self) -> Grid:
        return Grid("", ["value"], self.rows, [[self.text(x)] for x in self.value])


def split(
    prefix: str, entries: Sequence[Number], blocks: Mapping[str, Shape]
) -> list[tuple[str, Shape, Sequence[Number]]]:
    """Flat entries as the arrays that they are entries of."""
    found, begin = [], 0
    for name, shape in blocks.items():
        found.append((prefix + name, shape, entries[begin : begin + prod(shape)]))
        begin += prod(shape)
    return found


def estimate_text(error: Number) -> str:
    """An error estimate to two digits.

    >>> estimate_text(0.0), estimate_text(1.26e-9)
    ('0', '1.3e-09')
    """
    return f"{float(error):.1e}" if float(error) != 0 else "0"


def error_grid(error: Matrix, columns: Sequence[str], rows: Sequence[str]) -> Grid:
    """The estimates of a matrix of derivatives."""
    cells = [[f"± {estimate_text(e)}" for e in row] for row in error]
    return Grid("Estimated errors", columns, rows, cells)


def with_errors(grid: Grid, error: Sequence[Number] | None) -> Grid:
    """The table with a column of estimates, if there are any."""
    if error is None:
        return grid
    cells = [[*row, f"± {estimate_text(e)}"] for row, e in zip(grid.cells, error, strict=True)]
    return grid._replace(columns=[*grid.columns, "estimated error"], cells=cells)
