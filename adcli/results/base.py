"""What all results share: numbers in JSON, warnings, cost, and grids for people."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..errors import Span
from ..shapes import Shape

Number = Any  # a float, or an mpf


def number_text(x: Number, digits: int | None = None) -> str:
    """A number with every digit it has: floats as `repr`, others to `digits` digits.

    >>> number_text(0.1), number_text(float("inf"))
    ('0.1', 'inf')
    """
    if isinstance(x, float):
        return repr(x)
    if isinstance(x, int):
        return str(x)
    if x != x or abs(x) == math.inf:
        return "nan" if x != x else "inf" if x > 0 else "-inf"
    from mpmath import libmp

    return str(libmp.to_str(x._mpf_, digits or 15))


def number_json(x: Number, digits: int | None = None) -> float | str | None:
    """A number in strict JSON: floats as they are; strings for what JSON numbers cannot hold."""
    if x is None:
        return None
    if isinstance(x, float | int) and math.isfinite(x):
        return x
    text = number_text(x, digits)
    return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(text, text)


def are_plain(xs: Sequence[Any]) -> bool:
    """Whether all are finite floats, which JSON holds as they are."""
    return set(map(type, xs)) <= {float} and all(map(math.isfinite, xs))


def short_text(x: Number, places: int = 4) -> str:
    """A number as on a blackboard: `places` decimals, or that many in scientific notation.

    >>> short_text(3.0), short_text(1.2e-9), short_text(1234567.0)
    ('3.0000', '1.2000e-09', '1.2346e+06')
    """
    x = float(x)
    if x == 0 or not math.isfinite(x):
        return f"{x:.{places}f}" if x == 0 else number_text(x)
    return f"{x:.{places}f}" if 10.0**-places * 5 <= abs(x) < 1e6 else f"{x:.{places}e}"


def nested_text(x: Any, text: Callable[[Number], str]) -> str:
    """A number, or an array in brackets.

    >>> nested_text([[1.0, 2.0], [3.0, 4.5]], str)
    '[[1.0, 2.0], [3.0, 4.5]]'
    """
    return f"[{', '.join([nested_text(entry, text) for entry in x])}]" if isinstance(x, list) else text(x)


def shapes_json(blocks: Mapping[str, Shape]) -> list[dict[str, Any]]:
    """Names with their shapes."""
    return [{"name": name, "shape": list(shape)} for name, shape in blocks.items()]


def counted(n: int, noun: str, plural: str = "") -> str:
    """A count with its noun.

    >>> counted(1, "pass", "passes"), counted(2, "node")
    ('1 pass', '2 nodes')
    """
    return f"{n} {noun}" if n == 1 else f"{n} {plural or noun + 's'}"


class Warn(NamedTuple):
    """Something that a reader of the result should know, at a place of the text if it has one."""

    code: str
    message: str
    span: Span | None = None

    def to_dict(self) -> dict[str, object]:
        span = None if self.span is None else {"start": self.span.start, "end": self.span.end}
        return {"code": self.code, "message": self.message, "span": span}


class Cost(NamedTuple):
    """What a derivative took: nodes in the graph, sweeps, and scalar operations.

    `operations` counts one for each value, one for each partial derivative, and one for each
    edge that a pass multiplied along; for finite differences it counts the values.
    """

    nodes: int
    passes: int
    operations: int

    def to_dict(self) -> dict[str, int]:
        return {"nodes": self.nodes, "passes": self.passes, "operations": self.operations}


class Grid(NamedTuple):
    """A labelled table for people: `cells[i][j]` under `columns[j]`, beside `rows[i]`.

    `corner` heads the row labels. Cells are text; `numeric` says that they align right.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[str]
    cells: Sequence[Sequence[str]]
    corner: str = ""
    numeric: bool = True
    notes: Sequence[str] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """The head of every result: what was asked, where, and what to know about it."""

    expression: str
    point: dict[str, Any]
    warnings: tuple[Warn, ...]
    digits: int | None

    schema = ""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.expression[:60]!r}>"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    __hash__ = None  # type: ignore[assignment]  # results hold lists

    def number(self, x: Number) -> float | str | None:
        return number_json(x, self.digits)

    def text(self, x: Number) -> str:
        return number_text(x, self.digits)

    def numbers(self, xs: Sequence[Number]) -> list[float | str | None]:
        return list(xs) if are_plain(xs) else [number_json(x, self.digits) for x in xs]

    def nested_json(self, x: Any) -> Any:
        """A number, or nested lists of numbers."""
        if not isinstance(x, list):
            return number_json(x, self.digits)
        return list(x) if are_plain(x) else [self.nested_json(entry) for entry in x]

    def point_json(self) -> dict[str, Any]:
        return {name: self.nested_json(x) for name, x in self.point.items()}

    def point_text(self) -> str:
        return ", ".join(f"{name} = {nested_text(x, self.text)}" for name, x in self.point.items())

    def to_dict(self) -> dict[str, Any]:
        """Exactly the JSON of the command."""
        raise TypeError(f"{type(self).__name__} has no JSON form")

    def grids(self) -> list[Grid]:
        """What the human formats draw."""
        raise TypeError(f"{type(self).__name__} has no tables")
