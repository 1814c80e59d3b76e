"""The Hessian of one output."""

from dataclasses import dataclass
from typing import Any

from .base import Grid, Number
from .derivative import Derivative, Matrix, error_grid


@dataclass(frozen=True, eq=False, repr=False)
class Hessian(Derivative):
    """`hessian[i][j]` is the second derivative of the one output by `columns[i]` and `columns[j]`."""

    gradient: list[Number]
    hessian: Matrix
    error: Matrix | None

    schema = "adcli/hessian/1"

    def to_dict(self) -> dict[str, Any]:
        return {
            **self.head(),
            "gradient": self.numbers(self.gradient),
            "hessian": self.matrix_json(self.hessian),
            "error": self.matrix_json(self.error),
            **self.tail(),
        }

    def grids(self) -> list[Grid]:
        row = self.rows[0]
        cells = [[self.text(x) for x in line] for line in self.hessian]
        gradient = [[self.text(x)] for x in self.gradient]
        grids = [
            self.values_grid(),
            Grid("Gradient", ["derivative"], [f"∂{row}/∂{name}" for name in self.columns], gradient),
            Grid("Hessian", list(self.columns), self.columns, cells, corner="∂²" + row),
        ]
        return grids if self.error is None else [*grids, error_grid(self.error, self.columns, self.columns)]
