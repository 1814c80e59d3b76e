"""A Hessian-vector product."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..shapes import Shape
from .base import Grid, Number
from .derivative import Derivative, split, with_errors


@dataclass(frozen=True, eq=False, repr=False)
class Hvp(Derivative):
    """H·d: the Hessian of the one output times `direction`."""

    direction: list[Number]
    gradient: list[Number]
    hvp: list[Number]
    error: list[Number] | None

    schema = "adcli/hvp/1"

    def to_dict(self) -> dict[str, Any]:
        return {
            **self.head(),
            "direction": self.numbers(self.direction),
            "gradient": self.numbers(self.gradient),
            "hvp": self.numbers(self.hvp),
            "error": None if self.error is None else self.numbers(self.error),
            **self.tail(),
        }

    def shaped(self) -> list[tuple[str, Shape, Sequence[Number]]]:
        return split("HVP by ", self.hvp, self.inputs)

    def grids(self) -> list[Grid]:
        cells = [
            [self.text(d), self.text(g), self.text(h)]
            for d, g, h in zip(self.direction, self.gradient, self.hvp, strict=True)
        ]
        table = Grid("Hessian-vector product", ["direction", "gradient", "H·direction"], self.columns, cells)
        return [self.values_grid(), with_errors(table, self.error)]
