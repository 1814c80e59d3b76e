"""Certified values and derivatives: each with an enclosure that holds for certain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..errors import Span
from ..shapes import Shape
from .base import Grid, Number, Result, counted, number_json, number_text, shapes_json

CERTIFIED, UNDECIDED, NOT_DIFFERENTIABLE = "certified", "undecided", "not differentiable"
KINDS = ("value", "gradient", "jacobian", "hessian")


class Certificate(NamedTuple):
    """One number, and what is proved about it.

    `value` is the double nearest to the true number (or, with `--digits`, its decimal digits as text): the
    true number lies between `lower` and `upper`, decimal texts that were rounded outward. `status` says
    whether that is so; where it is not, `value` is None, and `reason` says why. Where the two one-sided
    derivatives differ for certain, there is no derivative, and `left` and `right` have theirs.
    """

    order: int
    row: str
    column: str
    """The variables that are differentiated by, with commas; nothing for a value."""
    value: Number | str | None
    lower: str | None
    upper: str | None
    bits: int
    """The precision that decided it, or that did not suffice."""
    status: str
    reason: str = ""
    span: Span | None = None
    left: Number | str | None = None
    right: Number | str | None = None

    @property
    def decided(self) -> bool:
        """Whether `value` is the true number, correctly rounded."""
        return self.status == CERTIFIED

    @property
    def label(self) -> str:
        """The number in words.

        >>> Certificate(2, "y1", "a,b", 1.0, "1", "1", 128, CERTIFIED).label
        '∂²y1/∂a∂b'
        """
        if not self.order:
            return self.row
        names = _names(self.column)
        if self.order == 1:
            return f"∂{self.row}/∂{names[0]}"
        below = f"∂{names[0]}²" if names[0] == names[1] else f"∂{names[0]}∂{names[1]}"
        return f"∂²{self.row}/{below}"

    def to_dict(self) -> dict[str, Any]:
        """The certificate as JSON."""
        span = None if self.span is None else {"start": self.span.start, "end": self.span.end}
        return {
            "row": self.row,
            "column": self.column,
            "order": self.order,
            "decided": self.decided,
            "status": self.status,
            "value": _json(self.value),
            "lower": self.lower,
            "upper": self.upper,
            "bits": self.bits,
            "reason": self.reason,
            "span": span,
            "left": _json(self.left),
            "right": _json(self.right),
        }


def _names(column: str) -> list[str]:
    """The names of a column, whose indices have commas, too."""
    names, depth = [""], 0
    for char in column:
        depth += (char == "[") - (char == "]")
        if char == "," and not depth:
            names.append("")
        else:
            names[-1] += char
    return names


def _json(x: Number | str | None) -> float | str | None:
    return x if isinstance(x, str) else number_json(x)


def _text(x: Number | str | None) -> str:
    return x if isinstance(x, str) else "" if x is None else number_text(x)


@dataclass(frozen=True, eq=False, repr=False)
class Certified(Result):
    """Values and derivatives up to the order of `kind`, each with its certificate.

    `certificates` has the values first, then the first derivatives by rows, then the second ones.
    """

    kind: str
    backend: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    inputs: dict[str, Shape]
    outputs: dict[str, Shape]
    certificates: tuple[Certificate, ...]
    most_bits: int
    notes: tuple[str, ...]

    schema = "adcli/certified/1"

    @property
    def undecided(self) -> int:
        """How many of the numbers are undecided."""
        return sum(c.status == UNDECIDED for c in self.certificates)

    @property
    def exit_code(self) -> int:
        """5 where something is undecided."""
        return 5 if self.undecided else 0

    @property
    def differentiable(self) -> bool | None:
        """False where one-sided derivatives differ, None where something is undecided."""
        statuses = {c.status for c in self.certificates if c.order}
        return False if NOT_DIFFERENTIABLE in statuses else None if UNDECIDED in statuses else True

    def numbers_of(self, order: int) -> list[Number | str | None]:
        """The certified numbers of one order, flat; None for those without."""
        return [c.value for c in self.certificates if c.order == order]

    def matrix(self, order: int) -> list[list[Number | str | None]]:
        """The derivatives of one order by rows."""
        flat, width = self.numbers_of(order), len(self.columns)
        return [flat[k : k + width] for k in range(0, len(flat), width)] if width else [[] for _ in self.rows]

    def nested_json(self, x: Any) -> Any:
        return [self.nested_json(entry) for entry in x] if isinstance(x, list) else _json(x)

    def text(self, x: Number | str) -> str:
        return _text(x)

    def to_dict(self) -> dict[str, Any]:
        first = [_json(x) for x in self.numbers_of(1)]
        jacobian = [[_json(x) for x in row] for row in self.matrix(1)]
        return {
            "schema": self.schema,
            "kind": self.kind,
            "expression": self.expression,
            "backend": self.backend,
            "point": self.point_json(),
            "variables": shapes_json(self.inputs),
            "outputs": shapes_json(self.outputs),
            "rows": list(self.rows),
            "columns": list(self.columns),
            "value": [_json(x) for x in self.numbers_of(0)],
            "gradient": first if self.kind in ("gradient", "hessian") else None,
            "jacobian": jacobian if self.kind == "jacobian" else None,
            "hessian": [[_json(x) for x in row] for row in self.matrix(2)] if self.kind == "hessian" else None,
            "certificates": [c.to_dict() for c in self.certificates],
            "undecided": self.undecided,
            "differentiable": self.differentiable,
            "max_bits": self.most_bits,
            "digits": self.digits,
            "notes": list(self.notes),
            "warnings": [w.to_dict() for w in self.warnings],
        }

    def grids(self) -> list[Grid]:
        titles = ["Values", "First derivatives", "Second derivatives"]
        grids = []
        for order, title in enumerate(titles):
            mine = [c for c in self.certificates if c.order == order]
            if mine:
                cells = [[self._shown(c), *_bounds(c), str(c.bits)] for c in mine]
                what = "certified" if self.digits is None else f"certified to {counted(self.digits, 'digit')}"
                grids.append(Grid(title, [what, "lower bound", "upper bound", "bits"], [c.label for c in mine], cells))
        if not grids:
            return [Grid("", ["entries"], ["in all"], [["0"]])]
        grids[-1] = grids[-1]._replace(notes=self._closing())
        return grids

    def _shown(self, c: Certificate) -> str:
        if c.status == NOT_DIFFERENTIABLE:
            return f"none: {_text(c.left)} | {_text(c.right)}"
        return _text(c.value) if c.decided else "undecided"

    def _closing(self) -> Sequence[str]:
        total = counted(len(self.certificates), "number")
        undecided = f"{self.undecided} of {total} undecided" if self.undecided else f"all of {total} decided"
        return [*self.notes, undecided]


def _bounds(c: Certificate) -> tuple[str, str]:
    return ("exact", "exact") if c.lower is not None and c.lower == c.upper else (c.lower or "", c.upper or "")
