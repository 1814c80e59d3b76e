"""The verdict of a check, with the evidence."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from .base import Grid, Number, Result, counted
from .derivative import estimate_text
from .verdict import SurfaceReport

_MOST_SHOWN = 20
_MARKS = {"AGREES": "✓", "WRONG": "✗", "INCONCLUSIVE": "?"}


class Coverage(NamedTuple):
    """On how many entries of the Jacobian, and of products with it, a backend was compared."""

    backend: str
    entries: int
    products: int

    def text(self, size: int) -> str:
        """The same in words, for a Jacobian of `size` entries.

        >>> Coverage("fd", 48, 4).text(2410)
        'fd: 48 of 2410 entries, and 4 entries of products with random vectors'
        """
        parts = [f"{'all' if self.entries == size else f'{self.entries} of'} {counted(size, 'entry', 'entries')}"]
        if self.products:
            parts.append(f"{counted(self.products, 'entry', 'entries')} of products with random vectors")
        return f"{self.backend}: {', and '.join(parts if self.entries else parts[1:]) or 'not compared'}"


@dataclass(frozen=True)
class CheckEntry:
    """One entry of the Jacobian, or of a product, by the backends: the largest deviation, and what was allowed."""

    row: str
    column: str
    values: dict[str, Number]
    deviation: Number
    tolerance: Number
    pair: tuple[str, str]
    verdict: str

    @property
    def label(self) -> str:
        return f"∂{self.row}/∂{self.column}"

    @property
    def excess(self) -> float:
        """The deviation in units of the tolerance."""
        if self.tolerance == 0:
            return 0.0 if self.deviation == 0 else float("inf")
        return float(self.deviation / self.tolerance)


@dataclass(frozen=True, eq=False, repr=False)
class Check(Result):
    """All backends against each other: `verdict` is AGREES, WRONG or INCONCLUSIVE.

    `entries` come worst first; `cause` says why a check is inconclusive. Of a large function, some
    backends are compared on `products` J·d and w'·J with random vectors instead; `coverage` tells,
    for a Jacobian of `size` entries, on how much each was compared.
    """

    verdict: str
    cause: str
    backends: tuple[str, ...]
    coverage: tuple[Coverage, ...]
    size: int
    entries: tuple[CheckEntry, ...]
    products: tuple[CheckEntry, ...]
    notes: tuple[str, ...]
    surfaces: tuple[SurfaceReport, ...] = ()
    charts: tuple[Any, ...] = ()

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
            "coverage": [c._asdict() for c in self.coverage],
            "size": self.size,
            "entries": [self._entry_json(e) for e in self.entries],
            "products": [self._entry_json(e) for e in self.products],
            "surfaces": [s.to_dict() for s in self.surfaces],
            "digits": self.digits,
            "notes": list(self.notes),
            "warnings": [w.to_dict() for w in self.warnings],
        }

    def _entry_json(self, e: CheckEntry) -> dict[str, Any]:
        return {
            "row": e.row,
            "column": e.column,
            "values": {name: self.number(x) for name, x in e.values.items()},
            "deviation": self.number(e.deviation),
            "tolerance": self.number(e.tolerance),
            "pair": list(e.pair),
            "verdict": e.verdict,
        }

    def cases(self) -> list[tuple[str, str, str]]:
        """The entries as test cases: name, verdict, and what is to be said."""
        entries = [*self.entries, *self.products]
        return [
            (e.label, e.verdict, f"{e.label} differs by {estimate_text(e.deviation)} between {' and '.join(e.pair)}")
            for e in entries
        ] or [("check", self.verdict, self.cause)]

    @property
    def partial(self) -> bool:
        """Whether some entries were not compared by every backend."""
        return any(c.entries < self.size for c in self.coverage)

    def grids(self) -> list[Grid]:
        grids = [self._grid("Backends against each other, worst first", self.entries)]
        if self.products:
            grids.append(self._grid("Products with random vectors, worst first", self.products))
        if self.surfaces:
            cells = [[f"{s.distance:.2g}", "yes" if s.crossed else "no"] for s in self.surfaces]
            labels = [f"{s.formula} ({s.text})" for s in self.surfaces]
            grids.append(Grid("Switching surfaces, nearest first", ["distance", "crossed by a step"], labels, cells))
        parts = ["compared in part:", *[f"  {c.text(self.size)}" for c in self.coverage]] if self.partial else []
        verdict = f"{self.verdict}{': ' + self.cause if self.cause else ''}"
        grids[-1] = grids[-1]._replace(notes=[*grids[-1].notes, *parts, verdict])
        return grids

    def _grid(self, title: str, entries: tuple[CheckEntry, ...]) -> Grid:
        """The worst of the entries, and how many more there are of each verdict."""
        shown, left = entries[:_MOST_SHOWN], entries[_MOST_SHOWN:]
        cells = [
            [
                *[self.text(e.values[name]) if name in e.values else "" for name in self.backends],
                estimate_text(e.deviation),
                estimate_text(e.tolerance),
                _MARKS[e.verdict],
            ]
            for e in shown
        ]
        counts = [(sum(e.verdict == verdict for e in left), mark) for verdict, mark in _MARKS.items()]
        tally = ", ".join(f"{n} {mark}" for n, mark in counts if n)
        notes = [f"and {counted(len(left), 'entry', 'entries')} more: {tally}"] if left else []
        return Grid(title, [*self.backends, "deviation", "tolerance", ""], [e.label for e in shown], cells, notes=notes)
