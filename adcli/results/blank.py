"""A trace whose numbers are left to be filled in by hand."""

from dataclasses import dataclass
from typing import NamedTuple

from .base import Grid, Result


class BlankRow(NamedTuple):
    """A node of the sheet, with what is given of it: texts, empty where a number is to be filled in."""

    node: str
    rule: str
    value: str
    derivative: str


@dataclass(frozen=True, eq=False, repr=False)
class Blank(Result):
    """A sheet for a trace in `mode` "forward" or "reverse", with `seed` in the words of `--seed`.

    It is for people and has no JSON form.
    """

    mode: str
    seed: str
    rows: tuple[BlankRow, ...]
    notes: tuple[str, ...]

    @property
    def heading(self) -> str:
        """The head of the column of derivatives, which names the seed so that the sheet can be graded alone."""
        return f"{'tangent' if self.mode == 'forward' else 'adjoint'} (seed {self.seed})"

    def grids(self) -> list[Grid]:
        cells = [[row.rule, row.value, row.derivative] for row in self.rows]
        columns = ["rule", "value", self.heading]
        return [Grid("", columns, [row.node for row in self.rows], cells, "node", numeric=False)]
