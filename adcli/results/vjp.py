"""A vector-Jacobian product."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..shapes import Shape
from .base import Grid, Number
from .derivative import Derivative, split, with_errors


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

    def shaped(self) -> list[tuple[str, Shape, Sequence[Number]]]:
        return split("VJP by ", self.vjp, self.inputs)

    def grids(self) -> list[Grid]:
        outputs = [[self.text(x), self.text(w)] for x, w in zip(self.value, self.cotangent, strict=True)]
        table = Grid("VJP: the adjoints of the inputs", ["adjoint"], self.columns, [[self.text(x)] for x in self.vjp])
        return [Grid("", ["value", "cotangent"], self.rows, outputs), with_errors(table, self.error)]
