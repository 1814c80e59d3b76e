"""Values at a point."""

from dataclasses import dataclass
from typing import Any

from .base import Grid, Number, Result


@dataclass(frozen=True, eq=False, repr=False)
class Value(Result):
    """The outputs at a point: `value[i]` belongs to `rows[i]`."""

    rows: tuple[str, ...]
    value: list[Number]

    schema = "adcli/value/1"

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": self.schema,
            "expression": self.expression,
            "point": self.point_json(),
            "rows": list(self.rows),
            "value": self.numbers(self.value),
            "digits": self.digits,
            "warnings": [w.to_dict() for w in self.warnings],
        }

    def grids(self) -> list[Grid]:
        return [Grid("", ["value"], self.rows, [[self.text(x)] for x in self.value])]
