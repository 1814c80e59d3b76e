"""The Jacobian of all outputs by all inputs."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from ..shapes import Shape
from .base import Grid, Number
from .derivative import Derivative, Matrix, error_grid


@dataclass(frozen=True, eq=False, repr=False)
class Jacobian(Derivative):
    """`jacobian[i][j]` is the derivative of `rows[i]` by `columns[j]`; `error` the estimates of fd."""

    jacobian: Matrix
    error: Matrix | None

    schema = "adcli/jacobian/1"

    def to_dict(self) -> dict[str, Any]:
        return {
            **self.head(),
            "jacobian": self.matrix_json(self.jacobian),
            "error": self.matrix_json(self.error),
            **self.tail(),
        }

    def shaped(self) -> list[tuple[str, Shape, Sequence[Number]]]:
        rows = zip(self.rows, self.jacobian, strict=True)
        return [block for name, row in rows for block in self.by_inputs(name, row)]

    def grids(self) -> list[Grid]:
        if len(self.inputs) > 1 and any(self.inputs.values()):
            return [self.values_grid(), *self._blocks()]
        cells = [
            [self.text(value), *[self.text(x) for x in row]]
            for value, row in zip(self.value, self.jacobian, strict=True)
        ]
        grids = [Grid("Jacobian", ["value", *[f"∂/∂{name}" for name in self.columns]], self.rows, cells)]
        if self.error is not None and self.columns:
            grids.append(error_grid(self.error, [f"∂/∂{name}" for name in self.columns], self.rows))
        return grids

    def _blocks(self) -> list[Grid]:
        """A table for each of the inputs, where there are arrays among them."""
        grids, begin = [], 0
        for name, shape in self.inputs.items():
            part = slice(begin, begin := begin + prod(shape))
            columns = [f"∂/∂{entry}" for entry in self.columns[part]]
            cells = [[self.text(x) for x in row[part]] for row in self.jacobian]
            grids.append(Grid(f"Jacobian by {name}", columns, self.rows, cells))
            if self.error is not None:
                grids.append(error_grid([row[part] for row in self.error], columns, self.rows))
        return grids
