"""Results at many points, folded to one number each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .base import Grid, Number, counted, number_json, number_text


@dataclass(frozen=True, eq=False, repr=False)
class Fold:
    """`fold[k]` is the sum, mean or maximum (`reduce`) over all rows of what `columns[k]` names.

    `rows` counts those that were folded, `left_out` those that were not, and `marked` those that were
    although there is something to say of them, each by their status.
    """

    expression: str
    product: str
    reduce: str
    columns: tuple[str, ...]
    fold: list[Number]
    rows: int
    left_out: Mapping[str, int]
    marked: Mapping[str, int]

    schema = "adcli/fold/1"
    warnings = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": self.schema,
            "expression": self.expression,
            "product": self.product,
            "reduce": self.reduce,
            "columns": list(self.columns),
            "fold": [number_json(x) for x in self.fold],
            "rows": self.rows,
            "left_out": dict(self.left_out),
            "marked": dict(self.marked),
        }

    def grids(self) -> list[Grid]:
        notes = [f"{self.reduce} over {counted(self.rows, 'row')}"]
        notes += [f"{counted(n, 'row')} left out: {status}" for status, n in self.left_out.items()]
        notes += [f"{counted(n, 'row')} among them: {status}" for status, n in self.marked.items()]
        return [Grid("", [self.reduce], self.columns, [[number_text(x)] for x in self.fold], notes=notes)]

    @property
    def point(self) -> dict[str, Any]:
        """No point: there were many."""
        return {}
