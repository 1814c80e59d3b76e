"""A trace that somebody filled in, cell by cell: what is right, wrong, merely follows, or is empty."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from ..errors import printable
from .base import Grid, Number, Result, counted

MARKS = {"right": "✓", "wrong": "✗", "follows": "→", "missing": "·", "given": ""}
_MEANINGS = {"wrong": "✗ wrong", "follows": "→ follows from a wrong cell", "missing": "· empty"}
_DIGITS = 6  # of a number that people are told, unless they wrote more
_WIDTH = 78
_SHOWN = 24  # characters of a cell
_LISTED = 8  # cells in a line


@dataclass(frozen=True)
class GradedCell:
    """A cell of the sheet: `written` as it stands there, and as a `number` (None where it is empty).

    `truth` is right, and `expected` is what the sheet's own earlier cells give by the `rule`. `verdict` is
    "right", "wrong" (a mistake of its own), "follows" (what wrong cells before it give), "missing", or "given" (by
    the point). `origins` are the wrong cells that `expected` is off by; `cause` guesses how a mistake came about.
    """

    row: str
    column: str
    written: str
    number: Number | None
    truth: Number
    expected: Number
    verdict: str
    rule: str
    cause: str
    origins: tuple[str, ...]

    @property
    def label(self) -> str:
        return f"{self.row} {self.column}"


@dataclass(frozen=True, eq=False, repr=False)
class Grade(Result):
    """A graded sheet in `mode` "forward" or "reverse": `verdict` is AGREES, WRONG or INCONCLUSIVE (empty cells).

    `cells` come in the order in which they are computed; `rows` are all nodes with their rules.
    """

    path: str
    mode: str
    seed: str
    rows: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    cells: tuple[GradedCell, ...]
    notes: tuple[str, ...]

    schema = "adcli/grade/1"

    def count(self, verdict: str) -> int:
        """How many cells have a verdict."""
        return sum(cell.verdict == verdict for cell in self.cells)

    @property
    def verdict(self) -> str:
        if self.count("wrong"):
            return "WRONG"
        return "INCONCLUSIVE" if self.count("missing") or not self.count("right") else "AGREES"

    @property
    def cause(self) -> str:
        """The verdict in numbers."""
        right, wrong, follows, missing = (self.count(name) for name in ("right", "wrong", "follows", "missing"))
        if self.verdict == "AGREES":
            return "the one cell is right" if right == 1 else f"all {right} cells are right"
        parts = [f"{counted(wrong, 'cell is', 'cells are')} wrong"] if wrong else []
        if follows:
            parts.append(f"{follows} merely {'follows' if follows == 1 else 'follow'} from {_pronoun(wrong)}")
        if missing:
            parts.append(f"{counted(missing, 'cell is', 'cells are')} empty")
        return ", ".join([*parts, f"{right} {'is' if right == 1 else 'are'} right"])

    @property
    def exit_code(self) -> int:
        return {"AGREES": 0, "WRONG": 1}.get(self.verdict, 5)

    @property
    def first_wrong(self) -> GradedCell | None:
        """The first mistake, in the order of computing."""
        return next((cell for cell in self.cells if cell.verdict == "wrong"), None)

    def to_dict(self) -> dict[str, Any]:
        first = self.first_wrong
        return {
            "schema": self.schema,
            "expression": self.expression,
            "point": self.point_json(),
            "file": printable(self.path),
            "mode": self.mode,
            "seed": self.seed,
            "verdict": self.verdict,
            "cause": self.cause,
            "first_wrong": None if first is None else {"row": first.row, "column": first.column},
            "cells": [self._cell_json(cell) for cell in self.cells],
            "digits": self.digits,
            "notes": list(self.notes),
            "warnings": [w.to_dict() for w in self.warnings],
        }

    def _cell_json(self, cell: GradedCell) -> dict[str, Any]:
        return {
            "row": cell.row,
            "column": cell.column,
            "written": cell.written,
            "number": self.number(cell.number),
            "truth": self.number(cell.truth),
            "expected": self.number(cell.expected),
            "verdict": cell.verdict,
            "rule": cell.rule,
            "cause": cell.cause,
            "origins": list(cell.origins),
        }

    def grids(self) -> list[Grid]:
        found = {(cell.row, cell.column): cell for cell in self.cells}
        cells = [
            [rule, *[_marked(found.get((row, column))) for column in self.columns]] for row, rule in self.rows
        ]  # fmt: skip
        title = f"{'Forward' if self.mode == 'forward' else 'Reverse'} trace, seed {self.seed}"
        names = [row for row, _ in self.rows]
        return [Grid(title, ["rule", *self.columns], names, cells, "node", numeric=False, notes=self._findings())]

    def _findings(self) -> list[str]:
        """What there is to say below the table."""
        wrong = [cell for cell in self.cells if cell.verdict == "wrong"]
        kinds = [text for verdict, text in _MEANINGS.items() if self.count(verdict)]
        lines = ["   ".join(kinds)] if kinds else []
        for k, cell in enumerate(wrong[:_LISTED]):
            lines += self._mistake(cell, "first wrong cell" if k == 0 else "another mistake")
        if len(wrong) > _LISTED:
            lines.append(f"and {counted(len(wrong) - _LISTED, 'further wrong cell')}")
        return [*lines, f"{self.verdict}: {self.cause}"]

    def _mistake(self, cell: GradedCell, what: str) -> list[str]:
        digits = min(max(_DIGITS, len(re.sub(r"[^0-9]", "", cell.written)) + 1), 17)
        truth, own = (f"{float(x):.{digits}g}" for x in (cell.truth, cell.expected))
        text = f"{_shown(cell.written)} stands there, {truth} is right"
        if cell.origins:
            text = f"{_shown(cell.written)} stands there; {own} would follow, and {truth} is right"
        lines = [f"{what}: row {cell.row}, {cell.column}", f"  {text}"]
        lines += [f"  {cell.rule}"] if cell.rule else []
        lines += [f"  perhaps {cell.cause}"] if cell.cause else []
        followers = [other.label for other in self.cells if other.verdict == "follows" and cell.label in other.origins]
        if followers:
            text = f"cells that merely follow from it: {_listed(followers)}"
            lines += wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="    ")
        return lines


def _pronoun(count: int) -> str:
    return "it" if count == 1 else "them"


def _marked(cell: GradedCell | None) -> str:
    if cell is None:
        return "-"
    return f"{_shown(cell.written)} {MARKS[cell.verdict]}".strip()


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _listed(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - _LISTED} more" if len(labels) > _LISTED else ""
    return ", ".join(labels[:_LISTED]) + more
