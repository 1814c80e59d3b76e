"""Derivatives drawn in the shapes of what they are by: a gradient by a matrix is a matrix."""

from collections.abc import Sequence
from typing import Any

from ..shapes import Shape, nested
from .base import Grid, Number, nested_text


class Shaped:
    """A result that draws its derivatives as arrays; in everything else it is the result itself."""

    schema = ""  # no format has a form of its own for it

    def __init__(self, result: Any) -> None:
        self.result = result

    def __getattr__(self, name: str) -> Any:
        return getattr(self.result, name)

    def grids(self) -> list[Grid]:
        values = [] if self.result.schema == "adcli/value/1" else [self.result.values_grid()]
        numbers, grids = list[tuple[str, Number]](), list[Grid]()
        for label, shape, entries in self.result.shaped():
            if shape:
                grids.append(self._grid(label, shape, entries))
            else:
                numbers.append((label, entries[0]))
        if numbers:
            cells = [[self.result.text(x)] for _, x in numbers]
            values.append(Grid("", ["derivative"] if values else ["value"], [label for label, _ in numbers], cells))
        return [*values, *grids]

    def _grid(self, label: str, shape: Shape, entries: Sequence[Number]) -> Grid:
        """A matrix as a table, a vector as its one row; more axes as nested rows."""
        rows = nested(entries, shape) if len(shape) > 1 else [list(entries)]
        texts = [[nested_text(x, self.result.text) for x in row] for row in rows]
        labels = [f"[{i}]" for i in range(len(rows))] if len(shape) > 1 else [""]
        return Grid(label, [f"[{j}]" for j in range(len(texts[0]))], labels, texts)
