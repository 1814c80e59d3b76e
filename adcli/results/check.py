"""The verdict of a check, with the evidence."""

from dataclasses import dataclass
from typing import Any

from .base import Grid, Number, Result
from .derivative import estimate_text


@dataclass(frozen=True)
class CheckEntry:
    """One entry of the Jacobian by every backend: the largest deviation, and what was allowed."""

    row: str
    column: str
    values: dict[str, Number]
    deviation: Number
    tolerance: Number
    pair: tuple[str, str]
    verdict: str

    @property
    def excess(self) -> float:
        """The deviation in units of the tolerance."""
        if self.tolerance == 0:
            return 0.0 if self.deviation == 0 else float("inf")
        return float(self.deviation / self.tolerance)


@dataclass(frozen=True, eq=False, repr=False)
class Check(Result):
    """All backends against each other: `verdict` is AGREES, WRONG or INCONCLUSIVE.

    `entries` come worst first; `cause` says why a check is inconclusive.
    """

    verdict: str
    cause: str
    backends: tuple[str, ...]
    entries: tuple[CheckEntry, ...]
    notes: tuple[str, ...]

    schema = "adcli/check/1"

    @property
    def exit_code(self) -> int:
        return {"AGREES": 0, "WRONG": 1}.get(self.verdict, 5)

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": self.schema,
            "expression": self.expression,
            "point": self.point_json(),
            "verdict": self.verdict,
            "cause": self.cause,
            "backends": list(self.backends),
            "entries": [
                {
                    "row": e.row,
                    "column": e.column,
                    "values": {name: self.number(x) for name, x in e.values.items()},
                    "deviation": self.number(e.deviation),
                    "tolerance": self.number(e.tolerance),
                    "pair": list(e.pair),
                    "verdict": e.verdict,
                }
                for e in self.entries
            ],
            "digits": self.digits,
            "notes": list(self.notes),
            "warnings": [w.to_dict() for w in self.warnings],
        }

    def grids(self) -> list[Grid]:
        shown = self.entries[:10]
        cells = [
            [
                *[self.text(e.values[name]) for name in self.backends],
                estimate_text(e.deviation),
                estimate_text(e.tolerance),
                {"AGREES": "✓", "WRONG": "✗"}.get(e.verdict, "?"),
            ]
            for e in shown
        ]
        labels = [f"∂{e.row}/∂{e.column}" for e in shown]
        left = len(self.entries) - len(shown)
        notes = [f"and {left} entries more, all with smaller deviations"] if left > 0 else []
        notes.append(f"{self.verdict}{': ' + self.cause if self.cause else ''}")
        return [Grid("Backends against each other, worst first", [*self.backends, "deviation", "tolerance", ""], labels,
                     cells, notes=notes)]  # fmt: skip
