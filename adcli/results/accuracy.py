"""How many digits of each backend's derivatives are right, measured against certified enclosures."""

from dataclasses import dataclass
from math import inf, log10
from typing import Any, NamedTuple

from ..errors import Span
from .base import Grid, Number, Result, counted, number_json, number_text

DIGITS_OF_A_DOUBLE = 15.95
BITS_OF_A_DOUBLE = 53
EXIT_CODES = {"AGREES": 0, "WRONG": 1, "INCONCLUSIVE": 5}
_MOST_SHOWN = 20
_MOST_TOLD = 5
_LOST = 1.0  # digits that are worth a line
_MARKS = {"AGREES": "✓", "WRONG": "✗", "INCONCLUSIVE": "?"}


def digits_of(error: float) -> float:
    """The right decimal digits of a double with this relative error.

    >>> digits_of(1e-3), digits_of(0.0), digits_of(2.0)
    (3.0, 15.95, 0.0)
    """
    if error <= 2.0**-BITS_OF_A_DOUBLE:
        return DIGITS_OF_A_DOUBLE
    return round(min(DIGITS_OF_A_DOUBLE, max(0.0, -log10(error))), 2) if error < inf else 0.0


class Loss(NamedTuple):
    """The node where a number loses its digits: those that its arguments have, and those that it has itself."""

    formula: str
    what: str
    """"value", "slope" (a partial derivative of the node), "tangent" or "adjoint"."""
    before: float
    after: float
    span: Span | None

    def to_dict(self) -> dict[str, Any]:
        span = None if self.span is None else {"start": self.span.start, "end": self.span.end}
        return {
            "formula": self.formula,
            "what": self.what,
            "digits_before": self.before,
            "digits_after": self.after,
            "span": span,
        }

    def text(self) -> str:
        """The loss in words.

        >>> Loss("1 - cos(x)", "value", 15.9, 0.0, None).text()
        '1 - cos(x) has 0.0 right digits, of 15.9 that went in'
        """
        begin = self.formula if self.what == "value" else f"the {self.what} of {self.formula}"
        return f"{begin} has {self.after:.1f} right digits, of {self.before:.1f} that went in"


class Measured(NamedTuple):
    """One backend's word for an entry: its error in units of the last place, and how much of it is right."""

    value: Number
    ulps: float
    digits: float
    bits: float
    tolerance: float
    """The error that rounding explains."""
    verdict: str
    cause: str
    lost: Loss | None

    @property
    def right(self) -> str:
        """The right digits in words."""
        return "all" if self.ulps == 0 else f"{self.digits:.1f}"

    def to_dict(self) -> dict[str, Any]:
        return {
            "value": number_json(self.value),
            "ulps": number_json(self.ulps),
            "digits": self.digits,
            "bits": self.bits,
            "tolerance": number_json(self.tolerance),
            "verdict": self.verdict,
            "cause": self.cause,
            "lost": None if self.lost is None else self.lost.to_dict(),
        }


class AccuracyEntry(NamedTuple):
    """An entry of the Jacobian: the double nearest to it, its enclosure, and what each backend says."""

    row: str
    column: str
    true: Number | None
    lower: str | None
    upper: str | None
    reason: str
    """Why the entry is not certified, where it is not."""
    backends: dict[str, Measured]

    @property
    def label(self) -> str:
        return f"∂{self.row}/∂{self.column}"

    @property
    def verdict(self) -> str:
        """The worst verdict on a backend; nothing can be said of an entry that is not certified."""
        verdicts = {m.verdict for m in self.backends.values()}
        if self.true is None:
            return "INCONCLUSIVE"
        return next((v for v in ("WRONG", "INCONCLUSIVE") if v in verdicts), "AGREES")

    @property
    def digits(self) -> float:
        """The fewest right digits of an exact backend."""
        return min((m.digits for name, m in self.backends.items() if name != "fd"), default=0.0)

    def to_dict(self) -> dict[str, Any]:
        return {
            "row": self.row,
            "column": self.column,
            "true": None if self.true is None else number_json(self.true),
            "lower": self.lower,
            "upper": self.upper,
            "reason": self.reason,
            "verdict": self.verdict,
            "backends": {name: m.to_dict() for name, m in self.backends.items()},
        }


@dataclass(frozen=True, eq=False, repr=False)
class Accuracy(Result):
    """All backends against certified enclosures, entry by entry, fewest right digits first."""

    verdict: str
    cause: str
    backends: tuple[str, ...]
    entries: tuple[AccuracyEntry, ...]
    notes: tuple[str, ...]

    schema = "adcli/accuracy/1"

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.verdict]

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": self.schema,
            "expression": self.expression,
            "point": self.point_json(),
            "verdict": self.verdict,
            "cause": self.cause,
            "backends": list(self.backends),
            "entries": [e.to_dict() for e in self.entries],
            "digits": self.digits,
            "notes": list(self.notes),
            "warnings": [w.to_dict() for w in self.warnings],
        }

    def cases(self) -> list[tuple[str, str, str]]:
        """The entries as test cases: name, verdict, and what is to be said."""
        return [
            (e.label, e.verdict, e.reason or f"{e.digits:.1f} digits of {e.label} are right") for e in self.entries
        ] or [("check", self.verdict, self.cause)]

    def grids(self) -> list[Grid]:
        shown = self.entries[:_MOST_SHOWN]
        cells = [
            [
                "" if e.true is None else number_text(e.true),
                *[e.backends[name].right if name in e.backends else "" for name in self.backends],
                _MARKS[e.verdict],
            ]
            for e in shown
        ]
        left = len(self.entries) - len(shown)
        notes = [f"and {counted(left, 'entry', 'entries')} more"] if left else []
        notes += [*self._losses(), f"{self.verdict}{': ' + self.cause if self.cause else ''}"]
        columns = ["certified", *self.backends, ""]
        return [
            Grid("Right digits of each backend, fewest first", columns, [e.label for e in shown], cells, notes=notes)
        ]

    def _losses(self) -> list[str]:
        """Where digits were lost: each place once, with the carets."""
        told: dict[str, list[str]] = {}
        for e in self.entries:
            for name, m in e.backends.items():
                if m.lost is not None and m.lost.before - m.lost.after >= _LOST and m.lost.text() not in told:
                    carets = [] if m.lost.span is None else [f"  {line}" for line in m.lost.span.caret()]
                    told[m.lost.text()] = [f"{e.label} by {name}: {m.lost.text()}", *carets]
        return [line for lines in list(told.values())[:_MOST_TOLD] for line in lines]
