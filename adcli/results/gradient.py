"""The gradient of one output."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..shapes import Shape
from .base import Grid, Number
from .derivative import Derivative, with_errors


@dataclass(frozen=True, eq=False, repr=False)
class Gradient(Derivative):
    """The gradient of one output: `gradient[j]` belongs to `columns[j]`."""

    gradient: list[Number]
    error: list[Number] | None

    schema = "adcli/gradient/1"

    def to_dict(self) -> dict[str, Any]:
        return {
            **self.head(),
            "gradient": self.numbers(self.gradient),
            "error": None if self.error is None else self.numbers(self.error),
            **self.tail(),
        }

    def shaped(self) -> list[tuple[str, Shape, Sequence[Number]]]:
        return self.by_inputs(self.rows[0], self.gradient)

    def grids(self) -> list[Grid]:
        row = self.rows[0]
        labels = [f"∂{row}/∂{name}" for name in self.columns]
        table = Grid("Gradient", ["derivative"], labels, [[self.text(x)] for x in self.gradient])
        return [self.values_grid(), with_errors(table, self.error)]
