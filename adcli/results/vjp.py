"""A vector-Jacobian product."""

from dataclasses import dataclass
from typing import Any

from .base import Grid, Number
from .derivative import Derivative


@dataclass(frozen=True, eq=False, repr=False)
class Vjp(Derivative):
    """w'·J: the adjoint of each column for the output weights `cotangent`."""

    cotangent: list[Number]
    vjp: list[Number]
    error: list[Number] | None

    schema = "adcli/vjp/1"

    def to_dict(self) -> dict[str, Any]:
        return {
            **self.head(),
            "cotangent": self.numbers(self.cotangent),
            "vjp": self.numbers(self.vjp),
            "error": None if self.error is None else self.numbers(self.error),
            **self.tail(),
        }

    def grids(self) -> list[Grid]:
        title = "VJP with " + ", ".join(
            f"{name} = {self.text(x)}" for name, x in zip(self.rows, self.cotangent, strict=True)
        )
        return [self.values_grid(), Grid(title, ["adjoint"], self.columns, [[self.text(x)] for x in self.vjp])]
