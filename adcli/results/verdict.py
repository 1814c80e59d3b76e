"""The verdict on a claimed derivative, with all the evidence for it."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from ..errors import Span
from .base import Grid, Number, Result, counted, number_json, number_text
from .derivative import estimate_text

PROVED, AGREES, WRONG, INCONCLUSIVE, OUTSIDE = "PROVED", "AGREES", "WRONG", "INCONCLUSIVE", "OUTSIDE DOMAIN"
EXIT_CODES = {PROVED: 0, AGREES: 0, WRONG: 1, INCONCLUSIVE: 5, OUTSIDE: 5}
MARKS = {AGREES: "✓", WRONG: "✗", INCONCLUSIVE: "?"}
_MOST_SHOWN = 20
_DIGITS = 9


class Judgement(NamedTuple):
    """One entry at one place: `estimate` is how far a right claim may be off."""

    label: str
    row: str
    column: str
    place: int
    claimed: Number
    true: Number
    error: Number
    estimate: Number
    scale: Number
    slope: float | None
    verdict: str
    cause: str

    def to_dict(self, digits: int | None = None) -> dict[str, Any]:
        return {
            "label": self.label,
            "row": self.row,
            "column": self.column,
            "point": self.place,
            "claimed": number_json(self.claimed, digits),
            "true": number_json(self.true, digits),
            "error": number_json(self.error, digits),
            "estimate": number_json(self.estimate, digits),
            "scale": number_json(self.scale, digits),
            "slope": number_json(self.slope),
            "verdict": self.verdict,
            "cause": self.cause,
        }


class SurfaceReport(NamedTuple):
    """A switching surface near a point, and whether a step of the check went across it."""

    formula: str
    text: str
    distance: float
    crossed: bool

    def to_dict(self) -> dict[str, Any]:
        return {**self._asdict(), "distance": number_json(self.distance)}


class PlaceReport(NamedTuple):
    """A point of the check: given by the user, or chosen; `status` is compared, or why it was not."""

    point: dict[str, Any]
    given: bool
    status: str
    special: tuple[str, ...]
    surfaces: tuple[SurfaceReport, ...]
    entries: tuple[Judgement, ...]
    claimed: tuple[tuple[Any, ...], ...] | None
    """The numbers claimed here, row by row, where the claim is no formula."""
    unit: float | None = None
    """The unit roundoff of the program that gave them, where it was measured."""

    def to_dict(self, digits: int | None = None) -> dict[str, Any]:
        claimed = None
        if self.claimed is not None:
            claimed = [[x if isinstance(x, str) else number_json(x) for x in row] for row in self.claimed]
        return {
            "point": _point_json(self.point),
            "given": self.given,
            "status": self.status,
            "special": list(self.special),
            "surfaces": [s.to_dict() for s in self.surfaces],
            "entries": [e.to_dict(digits) for e in self.entries],
            "claimed": claimed,
            "unit": self.unit,
        }


class Mistake(NamedTuple):
    """What the mistake seems to be: one repair that makes the claim right at all points.

    `span` is the smallest part of a claim in text whose repair does it: `start`, `end` and the text.
    """

    kind: str
    message: str
    repair: str
    entries: tuple[str, ...]
    span: tuple[int, int, str] | None
    details: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        span = None
        if self.span is not None:
            start, end, text = self.span
            span = {"start": start, "end": end, "text": text[start:end]}
        return {
            "kind": self.kind,
            "message": self.message,
            "repair": self.repair,
            "entries": list(self.entries),
            "span": span,
            "details": self.details,
        }


class Rejected(NamedTuple):
    """The test of the checker itself: how many planted wrong derivatives it was shown, and rejected."""

    planted: int
    rejected: int
    unseen: tuple[str, ...]
    """Mistakes that these points do not show."""

    def to_dict(self) -> dict[str, Any]:
        return {"planted": self.planted, "rejected": self.rejected, "unseen": list(self.unseen)}


@dataclass(frozen=True, eq=False, repr=False)
class Verdict(Result):
    """The verdict on a claim: PROVED, AGREES, WRONG, INCONCLUSIVE or OUTSIDE DOMAIN.

    `entries` has the worst place of each entry, worst first; `places` all of the evidence. `claim` is
    the text of the claim, if it is one, `source` where it came from.
    """

    verdict: str
    cause: str
    source: str
    claim: str
    order: int
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    entries: tuple[Judgement, ...]
    places: tuple[PlaceReport, ...]
    mistake: Mistake | None
    mutants: Rejected | None
    witnesses: tuple[str, ...]
    seed: int
    options: dict[str, Any]
    notes: tuple[str, ...]
    only_wrong: bool = False
    replayed: str = ""
    """The verdict that was recorded, where this is a replay."""
    transposed: bool = False
    program: dict[str, Any] | None = None
    """The text and all that it was read with, so that the check can be replayed; None without an expression."""
    charts: tuple[Any, ...] = ()

    schema = "adcli/verdict/1"

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.verdict]

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": self.schema,
            "expression": self.expression,
            "verdict": self.verdict,
            "cause": self.cause,
            "source": self.source,
            "claim": self.claim,
            "order": self.order,
            "point": _point_json(self.point),
            "rows": list(self.rows),
            "columns": list(self.columns),
            "entries": [e.to_dict(self.digits) for e in self.shown],
            "mistake": None if self.mistake is None else self.mistake.to_dict(),
            "mutants": None if self.mutants is None else self.mutants.to_dict(),
            "points": [p.to_dict(self.digits) for p in self.places],
            "witnesses": list(self.witnesses),
            "random_seed": self.seed,
            "options": self.options,
            "replayed": self.replayed or None,
            "transposed": self.transposed,
            "program": self.program,
            "digits": self.digits,
            "notes": list(self.notes),
            "warnings": [w.to_dict() for w in self.warnings],
        }

    @property
    def shown(self) -> tuple[Judgement, ...]:
        """The entries to show: all, or only the wrong ones."""
        return tuple(e for e in self.entries if not self.only_wrong or e.verdict == WRONG)

    def cases(self) -> list[tuple[str, str, str]]:
        """The entries as test cases: name, verdict, and what is to be said."""
        if not self.entries:
            return [("check", self.verdict, self.cause)]
        cases = []
        for e in self.entries:
            lines = [
                f"{e.label} claimed {_value(e.claimed)}, true {_value(e.true)}{f' ({e.cause})' if e.cause else ''}"
            ]
            if e.verdict == WRONG and self.mistake is not None:
                lines.append(f"mistake: {self.mistake.message}")
            cases.append((e.label, e.verdict, "\n".join(lines)))
        if self.verdict not in (PROVED, *{e.verdict for e in self.entries}):
            cases.append(("check", self.verdict, self.cause))
        return cases

    def grids(self) -> list[Grid]:
        entries = self.shown
        shown = entries[:_MOST_SHOWN]
        several = len({e.place for e in self.entries}) > 1
        cells = [
            [
                *([str(e.place + 1)] if several else []),
                _value(e.claimed, self.digits),
                _value(e.true, self.digits),
                estimate_text(e.error) if e.error == e.error else "",
                estimate_text(e.estimate) if e.estimate == e.estimate else "",
                MARKS[e.verdict],
            ]
            for e in shown
        ]
        columns = [*(["point"] if several else []), "claimed", "true", "error", "estimate", ""]
        notes = self._left(len(entries) - len(shown))
        if self.only_wrong and not shown:
            notes.append("no entry is wrong")
        grids = [Grid("Worst first", columns, [e.label for e in shown], cells, notes=notes)] if self.entries else []
        grids += [*self._points_grid(several), *self._surfaces_grid()]
        grids = grids or [Grid("No entry was compared", ["entries"], ["in all"], [["0"]])]
        grids[-1] = grids[-1]._replace(notes=[*grids[-1].notes, *self._closing()])
        return grids

    def _left(self, count: int) -> list[str]:
        return [f"and {counted(count, 'entry', 'entries')} more"] if count > 0 else []

    def _points_grid(self, several: bool) -> list[Grid]:
        if self.entries and not several and all(p.given for p in self.places):
            return []
        if not self.places:
            return []
        shown = self.places[:_MOST_SHOWN]
        cells = [[self._at(p), p.status] for p in shown]
        notes = [f"and {counted(len(self.places) - len(shown), 'point')} more"] if len(self.places) > len(shown) else []
        labels = [str(k + 1) for k in range(len(shown))]
        title = "Points" + ("" if any(p.given for p in self.places) else f" chosen, random seed {self.seed}")
        return [Grid(title, ["", ""], labels, cells, numeric=False, notes=notes)]

    def _at(self, place: PlaceReport) -> str:
        return ", ".join(f"{name} = {_short(x)}" for name, x in place.point.items())

    def _surfaces_grid(self) -> list[Grid]:
        near = [(k, s) for k, p in enumerate(self.places) for s in p.surfaces]
        if not near:
            return []
        near.sort(key=lambda pair: pair[1].distance)
        cells = [[str(k + 1), f"{s.distance:.2g}", "yes" if s.crossed else "no"] for k, s in near[:_MOST_SHOWN]]
        labels = [f"{s.formula} ({s.text})" for _, s in near[:_MOST_SHOWN]]
        return [Grid("Switching surfaces, nearest first", ["point", "distance", "crossed"], labels, cells)]

    def _closing(self) -> list[str]:
        lines = []
        if self.mutants is not None:
            lines.append(
                f"{self.mutants.rejected} of {counted(self.mutants.planted, 'planted wrong derivative')} rejected here"
            )
        if self.mistake is not None:
            lines.append(f"mistake: {self.mistake.message}")
            if self.mistake.span is not None:
                lines += [f"  {line}" for line in Span(*self.mistake.span).caret()]
            if self.mistake.repair:
                lines.append(f"repair: {self.mistake.repair}")
        if self.replayed:
            same = "as recorded" if self.replayed == self.verdict else f"recorded was {self.replayed}"
            lines.append(f"replayed: {same}")
        return [*lines, f"{self.verdict}{': ' + self.cause if self.cause else ''}"]


def _value(x: Number, digits: int | None = None) -> str:
    """A number to nine digits, which is enough to see a mistake, or as many as asked for; the JSON has them all."""
    return f"{x:.{_DIGITS}g}" if isinstance(x, float | int) else number_text(x, digits or _DIGITS)


def _short(x: Any) -> str:
    return f"[{', '.join([_short(y) for y in x])}]" if isinstance(x, list) else f"{x:.6g}"


def _point_json(x: Any) -> Any:
    if isinstance(x, dict):
        return {name: _point_json(y) for name, y in x.items()}
    return [_point_json(y) for y in x] if isinstance(x, list) else number_json(x)
