"""The Jacobian of all outputs by all inputs."""

from dataclasses import dataclass
from typing import Any

from .base import Grid
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

    def grids(self) -> list[Grid]:
        cells = [
            [self.text(value), *[self.text(x) for x in row]]
            for value, row in zip(self.value, self.jacobian, strict=True)
        ]
        grids = [Grid("Jacobian", ["value", *[f"∂/∂{name}" for name in self.columns]], self.rows, cells)]
        if self.error is not None and self.columns:
            grids.append(error_grid(self.error, [f"∂/∂{name}" for name in self.columns], self.rows))
        return grids
