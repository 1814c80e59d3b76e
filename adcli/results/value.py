"""Values at a point."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..shapes import Shape
from .base import Grid, Number, Result, shapes_json
from .derivative import split


@dataclass(frozen=True, eq=False, repr=False)
class Value(Result):
    """The outputs at a point: `value[i]` belongs to `rows[i]`, an entry of one of `outputs`."""

    rows: tuple[str, ...]
    value: list[Number]
    inputs: dict[str, Shape]
    outputs: dict[str, Shape]

    schema = "adcli/value/1"

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": self.schema,
            "expression": self.expression,
            "point": self.point_json(),
            "variables": shapes_json(self.inputs),
            "outputs": shapes_json(self.outputs),
            "rows": list(self.rows),
            "value": self.numbers(self.value),
            "digits": self.digits,
            "warnings": [w.to_dict() for w in self.warnings],
        }

    def shaped(self) -> list[tuple[str, Shape, Sequence[Number]]]:
        return split("", self.value, self.outputs)

    def grids(self) -> list[Grid]:
        return [Grid("", ["value"], self.rows, [[self.text(x)] for x in self.value])]
