"""The evaluation trace: the tables of the blackboard, row by row."""

from dataclasses import dataclass
from typing import Any

from .base import Grid, Number, Result, short_text


@dataclass(frozen=True)
class TraceRow:
    """One line of the forward table: a node, its rule, and its tangent if there is one.

    `numbers` is the rule with values put in, and `tangent_numbers` likewise.
    """

    node: str
    rule: str
    numbers: str
    value: Number
    tangent_rule: str
    tangent_numbers: str
    tangent: Number | None
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
    contribution: Number
    value: Number


@dataclass(frozen=True, eq=False, repr=False)
class Trace(Result):
    """A trace in `mode` "forward" or "reverse"; `adjoints` has the final adjoint of every node."""

    mode: str
    seed: dict[str, Number]
    rows: tuple[TraceRow, ...]
    updates: tuple[AdjointUpdate, ...]
    adjoints: dict[str, Number]
    places: int
    notes: tuple[str, ...]

    schema = "adcli/trace/1"

    def to_dict(self) -> dict[str, Any]:
        forward = self.mode == "forward"
        rows = []
        for row in self.rows:
            line: dict[str, Any] = {
                "node": row.node,
                "rule": row.rule,
                "numbers": row.numbers,
                "value": self.number(row.value),
                "outputs": list(row.outputs),
            }
            if forward:
                line["tangent_rule"] = row.tangent_rule
                line["tangent_numbers"] = row.tangent_numbers
                line["tangent"] = self.number(row.tangent)
            rows.append(line)
        return {
            "schema": self.schema,
            "expression": self.expression,
            "point": self.point_json(),
            "mode": self.mode,
            "seed": {name: self.number(x) for name, x in self.seed.items()},
            "rows": rows,
            "updates": [
                {
                    "target": u.target,
                    "source": u.source,
                    "rule": u.rule,
                    "numbers": u.numbers,
                    "partial": self.number(u.partial),
                    "contribution": self.number(u.contribution),
                    "value": self.number(u.value),
                }
                for u in self.updates
            ],
            "adjoints": {name: self.number(x) for name, x in self.adjoints.items()},
            "digits": self.digits,
            "notes": list(self.notes),
            "warnings": [w.to_dict() for w in self.warnings],
        }

    def short(self, x: Number | None) -> str:
        return "" if x is None else short_text(x, self.places)

    def grids(self) -> list[Grid]:
        outputs = {name: row.node for row in self.rows for name in row.outputs}
        notes = [f"{name} = {node}" if name != node else name for name, node in outputs.items() if name != node]
        if self.mode == "forward":
            cells = [
                [
                    row.rule,
                    row.numbers,
                    self.short(row.value),
                    row.tangent_rule,
                    row.tangent_numbers,
                    self.short(row.tangent),
                ]
                for row in self.rows
            ]
            columns = ["rule", "with numbers", "value", "tangent rule", "with numbers", "tangent"]
            seeds = ", ".join(f"{name} = {self.short(x)}" for name, x in self.seed.items())
            title = f"Forward trace, seed {seeds}"
            return [Grid(title, columns, [row.node for row in self.rows], cells, "node", numeric=False, notes=notes)]
        values = [[row.rule, row.numbers, self.short(row.value)] for row in self.rows]
        updates = [[u.rule, u.numbers, self.short(u.value)] for u in self.updates]
        seeds = ", ".join(f"{name} = {self.short(x)}" for name, x in self.seed.items())
        return [
            Grid("Values", ["rule", "with numbers", "value"], [row.node for row in self.rows], values, "node",
                 numeric=False, notes=notes),
            Grid(f"Adjoints in reverse order, seed {seeds}", ["update", "with numbers", "adjoint"],
                 [u.target for u in self.updates], updates, "adjoint of", numeric=False),
        ]  # fmt: skip
