"""Derivatives as text."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from ..shapes import Shape
from .base import Grid, Number, Result, shapes_json


@dataclass(frozen=True, eq=False, repr=False)
class Diff(Result):
    """`entries[i][j]` is the derivative of `rows[i]` by `columns[j]`, as text of the language.

    `mixed` are the names that were differentiated by, one after the other, where there is one mixed
    derivative and one column. `shared` are subexpressions with names of their own, used by several entries;
    `latex` has the entries in LaTeX. `nodes` counts the graph of all entries together. `values` has their
    values at the point, if there is one.
    """

    order: int
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    mixed: tuple[str, ...]
    inputs: dict[str, Shape]
    outputs: dict[str, Shape]
    shared: tuple[tuple[str, str], ...]
    entries: list[list[str]]
    latex: list[list[str]]
    shared_latex: tuple[tuple[str, str], ...]
    nodes: int
    values: list[list[Number]] | None

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
            "mixed": list(self.mixed),
            "shared": [{"name": name, "expression": text} for name, text in self.shared],
            "derivatives": self.entries,
            "nodes": self.nodes,
            "point": self.point_json(),
            "values": None if self.values is None else [self.numbers(row) for row in self.values],
            "digits": self.digits,
            "warnings": [w.to_dict() for w in self.warnings],
        }

    def grids(self) -> list[Grid]:
        grids = []
        if self.shared:
            names = [name for name, _ in self.shared]
            grids.append(Grid("Shared", ["expression"], names, [[text] for _, text in self.shared], numeric=False))
        cells = [[text] for line in self.entries for text in line]
        grids.append(Grid("Derivatives", ["expression"], self.labels(), cells, numeric=False))
        if self.values is not None:
            numbers = [[self.text(x)] for line in self.values for x in line]
            grids.append(Grid("Values", ["value"], self.labels(), numbers))
        return grids

    def powers(self) -> list[dict[str, int]]:
        """For each column, how often it is differentiated by what."""
        return [dict(Counter(self.mixed))] if self.mixed else [{column: self.order} for column in self.columns]

    def labels(self) -> list[str]:
        """The names of the entries, as ∂³y1/∂x²∂y."""
        below = ["".join([f"∂{name}{_raised(n)}" for name, n in powers.items()]) for powers in self.powers()]
        return [f"∂{_raised(self.order)}{row}/{under}" for row in self.rows for under in below]


def _raised(power: int) -> str:
    """A power in superscript digits; nothing for 1.

    >>> _raised(12), _raised(1)
    ('¹²', '')
    """
    return "" if power == 1 else "".join(_RAISED[c] for c in str(power))


_RAISED = dict(zip("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True))
