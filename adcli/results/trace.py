"""The evaluation trace: the tables of the blackboard, row by row."""

import math
from dataclasses import dataclass
from typing import Any

from .base import Grid, Number, Result, nested_text, number_json, short_text


def rounded_text(x: Number, places: int) -> str:
    """A number inside an array: whole numbers without decimals.

    >>> rounded_text(2.0, 4), rounded_text(0.5, 4)
    ('2', '0.5000')
    """
    return str(int(x)) if x == x and abs(x) < _LARGE and x == int(x) else short_text(x, places)


_LARGE = 10**6


@dataclass(frozen=True)
class TraceRow:
    """One line of the forward table: a node, its rule, and its tangent if there is one.

    `numbers` is the rule with values put in, and `tangent_numbers` likewise. Where a row is an array,
    its value and its tangent are nested lists.
    """

    node: str
    rule: str
    numbers: str
    value: Any
    tangent_rule: str
    tangent_numbers: str
    tangent: Any
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class AdjointUpdate:
    """One accumulation: `target` receives `contribution`, and its adjoint is now `value`.

    `source` is the node it came from; a seed has none.
    """

    target: str
    source: str | None
    rule: str
    numbers: str
    partial: Number | None
    contribution: Any
    value: Any


@dataclass(frozen=True)
class Rounding:
    """How a node treats rounding errors: its condition number, and the decimal digits that its value has left.

    `slope_digits` are those of its tangent or adjoint. Both are infinite for a number without error, None
    where that cannot be told. `remark` marks the nodes that cancel or amplify.
    """

    node: str
    rule: str
    value: Number
    condition: float | None
    digits: float | None
    slope_digits: float | None
    remark: str


@dataclass(frozen=True, eq=False, repr=False)
class Trace(Result):
    """A trace in `mode` "forward" or "reverse"; `adjoints` has the final adjoint of every node.

    `sweeps` is 1, or as many as the array has entries that were seeded in turn: tangents then have a
    column for each, and adjoints come one for each. `rounding` is there where it was asked for.
    """

    mode: str
    seed: dict[str, Number]
    rows: tuple[TraceRow, ...]
    updates: tuple[AdjointUpdate, ...]
    adjoints: dict[str, Any]
    places: int
    notes: tuple[str, ...]
    sweeps: int = 1
    rounding: tuple[Rounding, ...] = ()

    schema = "adcli/trace/1"

    def to_dict(self) -> dict[str, Any]:
        forward = self.mode == "forward"
        rows = []
        for row in self.rows:
            line: dict[str, Any] = {
                "node": row.node,
                "rule": row.rule,
                "numbers": row.numbers,
                "value": self.nested_json(row.value),
                "outputs": list(row.outputs),
            }
            if forward:
                line["tangent_rule"] = row.tangent_rule
                line["tangent_numbers"] = row.tangent_numbers
                line["tangent"] = self.nested_json(row.tangent)
            rows.append(line)
        return {
            "schema": self.schema,
            "expression": self.expression,
            "point": self.point_json(),
            "mode": self.mode,
            "seed": {name: self.number(x) for name, x in self.seed.items()},
            "sweeps": self.sweeps,
            "rows": rows,
            "updates": [
                {
                    "target": u.target,
                    "source": u.source,
                    "rule": u.rule,
                    "numbers": u.numbers,
                    "partial": self.number(u.partial),
                    "contribution": self.nested_json(u.contribution),
                    "value": self.nested_json(u.value),
                }
                for u in self.updates
            ],
            "adjoints": {name: self.nested_json(x) for name, x in self.adjoints.items()},
            "rounding": [
                {
                    "node": r.node,
                    "value": self.number(r.value),
                    "condition": None if r.condition is None else number_json(r.condition),
                    "digits": None if r.digits is None else number_json(r.digits),
                    "derivative_digits": None if r.slope_digits is None else number_json(r.slope_digits),
                    "remark": r.remark,
                }
                for r in self.rounding
            ],
            "digits": self.digits,
            "notes": list(self.notes),
            "warnings": [w.to_dict() for w in self.warnings],
        }

    @property
    def has_arrays(self) -> bool:
        """Whether rows are arrays."""
        return any(isinstance(row.value, list) for row in self.rows)

    def short(self, x: Any) -> str:
        if x is None:
            return ""
        return nested_text(x, lambda y: rounded_text(y, self.places)) if self.has_arrays else short_text(x, self.places)

    def seeds(self) -> str:
        """What was seeded, in words."""
        if self.sweeps > 1:
            return f"each entry of {next(iter(self.seed)).partition('[')[0]} in turn"
        return ", ".join(f"{name} = {self.short(x)}" for name, x in self.seed.items())

    def grids(self) -> list[Grid]:
        return [*self._traces(), *self._rounding()]

    def _rounding(self) -> list[Grid]:
        if not self.rounding:
            return []
        cells = [
            [
                r.rule,
                self.short(r.value),
                "" if r.condition is None else f"{r.condition:.2g}",
                _left(r.digits),
                _left(r.slope_digits),
                f"← {r.remark}" if r.remark else "",
            ]
            for r in self.rounding
        ]
        slope = "of the tangent" if self.mode == "forward" else "of the adjoint"
        columns = ["rule", "value", "condition", "digits left", slope, ""]
        return [Grid("Rounding", columns, [r.node for r in self.rounding], cells, "node", numeric=False)]

    def _traces(self) -> list[Grid]:
        outputs = {name: row.node for row in self.rows for name in row.outputs}
        notes = [f"{name} = {node}" if name != node else name for name, node in outputs.items() if name != node]
        nodes = [row.node for row in self.rows]
        if self.mode == "forward":
            columns = {
                "rule": [row.rule for row in self.rows],
                "with numbers": [row.numbers for row in self.rows],
                "value": [self.short(row.value) for row in self.rows],
                "tangent rule": [row.tangent_rule for row in self.rows],
                " with numbers": [row.tangent_numbers for row in self.rows],
                "tangent": [self.short(row.tangent) for row in self.rows],
            }
            return [_grid(f"Forward trace, seed {self.seeds()}", columns, nodes, "node", notes)]
        values = {
            "rule": [row.rule for row in self.rows],
            "with numbers": [row.numbers for row in self.rows],
            "value": [self.short(row.value) for row in self.rows],
        }
        updates = {
            "update": [u.rule for u in self.updates],
            "with numbers": [u.numbers for u in self.updates],
            "adjoint": [self.short(u.value) for u in self.updates],
        }
        return [
            _grid("Values", values, nodes, "node", notes),
            _grid(f"Adjoints in reverse order, seed {self.seeds()}", updates, [u.target for u in self.updates],
                  "adjoint of", []),
        ]  # fmt: skip


def _left(digits: float | None) -> str:
    """Digits that are left, in words."""
    return "" if digits is None else "all" if digits == math.inf else f"{digits:.1f}"


def _grid(title: str, columns: dict[str, list[str]], labels: list[str], corner: str, notes: list[str]) -> Grid:
    """A table of the columns that are not empty."""
    kept = {name: cells for name, cells in columns.items() if any(cells) or name == "value"}
    cells = [list(row) for row in zip(*kept.values(), strict=True)]
    return Grid(title, [name.strip() for name in kept], labels, cells, corner, numeric=False, notes=notes)
