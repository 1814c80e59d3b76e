"""Derivatives as text."""

from dataclasses import dataclass
from typing import Any

from ..shapes import Shape
from .base import Grid, Result, shapes_json


@dataclass(frozen=True, eq=False, repr=False)
class Diff(Result):
    """`entries[i][j]` is the derivative of `rows[i]` by `columns[j]`, as text of the language.

    `shared` are subexpressions with names of their own, used by several entries; `latex` has the
    entries in LaTeX. `nodes` counts the graph of all entries together.
    """

    order: int
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    inputs: dict[str, Shape]
    outputs: dict[str, Shape]
    shared: tuple[tuple[str, str], ...]
    entries: list[list[str]]
    latex: list[list[str]]
    shared_latex: tuple[tuple[str, str], ...]
    nodes: int

    schema = "adcli/diff/1"

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": self.schema,
            "expression": self.expression,
            "order": self.order,
            "variables": shapes_json(self.inputs),
            "outputs": shapes_json(self.outputs),
            "rows": list(self.rows),
            "columns": list(self.columns),
            "shared": [{"name": name, "expression": text} for name, text in self.shared],
            "derivatives": self.entries,
            "nodes": self.nodes,
            "warnings": [w.to_dict() for w in self.warnings],
        }

    def grids(self) -> list[Grid]:
        grids = []
        if self.shared:
            names = [name for name, _ in self.shared]
            grids.append(Grid("Shared", ["expression"], names, [[text] for _, text in self.shared], numeric=False))
        power = "" if self.order == 1 else "".join(_RAISED[c] for c in str(self.order))
        labels = [f"∂{power}{row}/∂{column}{power}" for row in self.rows for column in self.columns]
        cells = [[text] for line in self.entries for text in line]
        grids.append(Grid("Derivatives", ["expression"], labels, cells, numeric=False))
        return grids


_RAISED = dict(zip("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))
