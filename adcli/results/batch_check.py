"""The verdict on derivatives that are claimed at many points."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from .base import Grid, Warn, counted, number_json
from .derivative import estimate_text
from .verdict import EXIT_CODES, MARKS, Mistake, Rejected

_MOST_SHOWN = 20
_DIGITS = 9
_TOLD = {
    "ok": "right", "wrong": "wrong", "unsure": "undecided", "suspect": "not accepted by doubles, and not judged",
    "domain": "outside the domain", "missing": "without a number that is needed", "kink": "at a kink or jump",
    "overflow": "with a result that is not finite",
}  # fmt: skip


class WorstRow(NamedTuple):
    """The worst row of an entry: its number from 1, the point, and the numbers there.

    `verdict` is that of the row's entry: AGREES, WRONG, INCONCLUSIVE, or None where nobody judged it.
    """

    row: int
    point: Mapping[str, float]
    claimed: float
    true: float
    error: float
    verdict: str | None

    def to_dict(self) -> dict[str, Any]:
        return {
            "row": self.row,
            "point": {name: number_json(x) for name, x in self.point.items()},
            "claimed": number_json(self.claimed),
            "true": number_json(self.true),
            "error": number_json(self.error),
            "verdict": self.verdict,
        }


class EntryReport(NamedTuple):
    """An entry of the derivatives: in how many rows it is wrong, or not accepted and not judged."""

    label: str
    row: str
    column: str
    wrong: int
    suspect: int
    worst: WorstRow | None
    """None where no row could be compared."""

    def to_dict(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "row": self.row,
            "column": self.column,
            "wrong": self.wrong,
            "suspect": self.suspect,
            "worst": None if self.worst is None else self.worst.to_dict(),
        }


@dataclass(frozen=True, eq=False, repr=False)
class BatchCheck:
    """AGREES, WRONG or INCONCLUSIVE, for a claim at all rows of a file.

    `statuses` counts the rows of each status, `judged` those that were looked at with many digits.
    `entries` has those that are claimed, with most wrong rows first. `claim` is the text of a formula.
    """

    expression: str
    verdict: str
    cause: str
    source: str
    claim: str
    order: int
    rows: int
    compared: int
    judged: int
    statuses: Mapping[str, int]
    entries: tuple[EntryReport, ...]
    mistake: Mistake | None
    mutants: Rejected | None
    options: dict[str, Any]
    notes: tuple[str, ...]
    warnings: tuple[Warn, ...] = ()

    schema = "adcli/batch-check/1"

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.verdict]

    @property
    def point(self) -> dict[str, Any]:
        """No point: there were many."""
        return {}

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": self.schema,
            "expression": self.expression,
            "verdict": self.verdict,
            "cause": self.cause,
            "source": self.source,
            "claim": self.claim,
            "order": self.order,
            "rows": self.rows,
            "compared": self.compared,
            "judged": self.judged,
            "statuses": dict(self.statuses),
            "entries": [e.to_dict() for e in self.entries],
            "mistake": None if self.mistake is None else self.mistake.to_dict(),
            "mutants": None if self.mutants is None else self.mutants.to_dict(),
            "options": self.options,
            "notes": list(self.notes),
            "warnings": [w.to_dict() for w in self.warnings],
        }

    def grids(self) -> list[Grid]:
        shown = self.entries[:_MOST_SHOWN]
        cells = [[str(e.wrong), *_worst_cells(e.worst)] for e in shown]
        columns = ["wrong rows", "worst row", "claimed", "true", "error", ""]
        return [Grid("Worst first", columns, [e.label for e in shown], cells, notes=self._closing(len(shown)))]

    def _closing(self, shown: int) -> list[str]:
        lines = []
        if len(self.entries) > shown:
            lines.append(f"and {counted(len(self.entries) - shown, 'entry', 'entries')} more")
        lines.append(f"{counted(self.rows, 'row')}, {self.compared} compared, {self.judged} of them with many digits")
        lines += [f"  {n} {_TOLD[status]} ({status})" for status, n in self.statuses.items() if n]
        if self.mutants is not None:
            planted = counted(self.mutants.planted, "planted wrong derivative")
            lines.append(f"{self.mutants.rejected} of {planted} rejected here")
        if self.mistake is not None:
            lines.append(f"mistake: {self.mistake.message}")
            if self.mistake.repair:
                lines.append(f"repair: {self.mistake.repair}")
        return [*lines, f"{self.verdict}{': ' + self.cause if self.cause else ''}"]


def _worst_cells(worst: WorstRow | None) -> list[str]:
    if worst is None:
        return ["", "", "", "", ""]
    error = estimate_text(worst.error) if worst.error == worst.error else ""
    mark = MARKS[worst.verdict] if worst.verdict is not None else ""
    return [str(worst.row), f"{worst.claimed:.{_DIGITS}g}", f"{worst.true:.{_DIGITS}g}", error, mark]
