"""A chart of characters.

Curves that meet in a place take turns, column by column, so that none hides another.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import printable
from .model import Chart, Curve, Frame, frame, power
from .words import columns, entries, folded

EXACT = "exact (0)"
_FEWEST_ROWS = 8
_FEWEST_COLUMNS = 16


class Ink(NamedTuple):
    """What the lines are made of, and the marks of curves, of single points and of guides in turn."""

    curves: str
    points: str
    guides: str
    rule: str
    wall: str
    corner: str
    row_tick: str
    column_tick: str


_UNICODE = Ink("●○◆◇▲△■□", "★☆", "·:'", "─", "│", "└", "┤", "┬")
_ASCII = Ink("ox+#@%&=", "*$", ".:'", "-", "|", "+", "+", "+")


class Cell(NamedTuple):
    """A place in the chart: columns from the left, rows from the bottom, -1 for what is exactly 0."""

    column: int
    row: int


def text_chart(chart: Chart, width: int = 72, height: int = 18, *, unicode: bool = True) -> str:
    """The chart in lines of at most `width` columns, with at least eight rows between its axes.

    It ends without a newline. Without `unicode` all of it is ASCII; a character of a label that
    is not becomes a question mark, so symbols are better made words before.
    """
    clean = chart.labelled(printable if unicode else _ascii)
    ink = _UNICODE if unicode else _ASCII
    marks = _marks(clean, ink)
    legend = [f"{mark} {curve.label}" for mark, curve in zip(marks, clean.curves, strict=True)]
    found = frame(clean)
    if isinstance(found, str):
        return "\n".join(line for text in (clean.title, found, *clean.remarks()) for line in folded(text, width))
    body = _body(clean, found, marks, ink, width, max(height, _FEWEST_ROWS))
    notes = [line for note in clean.remarks() for line in folded(note, width)]
    return "\n".join([*folded(clean.title, width), *body, *entries(legend, width), *notes])


def _ascii(text: str) -> str:
    return printable(text).encode("ascii", "replace").decode()


def _marks(chart: Chart, ink: Ink) -> list[str]:
    counts: dict[str, int] = defaultdict(int)
    marks = []
    for curve in chart.curves:
        kind = ink.guides if curve.guide else ink.points if len(curve.points) == 1 else ink.curves
        marks.append(kind[counts[kind] % len(kind)])
        counts[kind] += 1
    return marks


def _body(chart: Chart, frame: Frame, marks: list[str], ink: Ink, width: int, height: int) -> list[str]:
    """The rows from the label of one axis to that of the other."""
    rows = {round(frame.y.share(k) * (height - 1)): power(k) for k in frame.y.ticks((height - 1) // 2)}
    if frame.exact:
        rows[-1] = EXACT
    margin = max(map(len, rows.values()))
    label = max(len(power(frame.x.low)), len(power(frame.x.high)))
    count = width - margin - 2 - label // 2  # the last label below may reach beyond the axis
    if count < _FEWEST_COLUMNS:
        return folded(f"{width} columns are too few for a chart", width)
    cells = _cells(chart, frame, marks, count, height)
    lines = folded(chart.y_label, width)
    for row in range(height - 1, -2 if frame.exact else -1, -1):
        wall = ink.row_tick if row in rows else ink.wall
        marked = "".join(cells.get(Cell(column, row), " ") for column in range(count))
        lines.append(f"{rows.get(row, ''):>{margin}} {wall}{marked}".rstrip())
    ticks = {round(frame.x.share(k) * (count - 1)): power(k) for k in frame.x.ticks((count - 1) // (label + 2))}
    names = ""
    for column, name in ticks.items():
        names = names.ljust(margin + 2 + column - len(name) // 2) + name
    rule = "".join(ink.column_tick if column in ticks else ink.rule for column in range(count))
    return [*lines, f"{'':>{margin}} {ink.corner}{rule}", names, *_centred(chart.x_label, margin + 2, count)]


def _centred(text: str, start: int, width: int) -> list[str]:
    return [" " * (start + (width - columns(line)) // 2) + line for line in folded(text, width)]


def _cells(chart: Chart, frame: Frame, marks: list[str], count: int, height: int) -> dict[Cell, str]:
    """The mark in each place that has one: guides at the bottom, single points on top."""
    drawn: dict[Cell, str] = {}
    layers: list[dict[Cell, list[str]]] = [defaultdict(list) for _ in range(3)]
    for curve, mark in zip(chart.curves, marks, strict=True):
        layer = layers[0 if curve.guide else 2 if len(curve.points) == 1 else 1]
        for cell in dict.fromkeys(_places(curve, frame, count, height)):
            layer[cell].append(mark)
    for layer in layers:
        drawn |= {cell: found[cell.column % len(found)] for cell, found in layer.items()}
    return drawn


def _places(curve: Curve, frame: Frame, count: int, height: int) -> Iterator[Cell]:
    def column(x: float) -> int:
        return round(frame.x.share(x) * (count - 1))

    points = curve.drawn()
    if curve.guide:  # a mark in every column
        xs = [frame.x.value(k / (count - 1)) for k in range(count)]
        points = [(x, y) for x in xs if (y := curve.at(x)) is not None and 0 <= frame.y.share(y) <= 1]
    for x, y in points:
        yield Cell(column(x), round(frame.y.share(y) * (height - 1)))
    for x in curve.zeros():
        yield Cell(column(x), -1)
