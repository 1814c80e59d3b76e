"""Charts as one SVG document that needs nothing else: no font, no script, no other file.

Text has a fixed pitch, so that its width is known here. The page follows the reader's light or dark
scheme; the colours of curves are told apart on both, and their shapes where colours are not.
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from ..errors import printable
from .model import Chart, Curve, Frame, Point, frame, power
from .words import columns, folded

_WIDTH, _LEFT, _RIGHT, _PAD = 720, 96, 696, 24
_HEIGHT = 300  # between the axes
_LANE = 28  # below them, for what is exactly 0
_LINE = 18  # of text
_CHAR = 7.5  # a column of text, on the safe side
_COLUMNS = int((_WIDTH - 2 * _PAD) / _CHAR)
_SAMPLE = 36  # of a curve, before its label
_GAP = 22
_TICKS = 8  # at most, to an axis

_COLOURS = ("#0b7fc4", "#d9661f", "#159a70", "#b765ab", "#8a7a12", "#c0455a")
_DASHES = ("7 4", "2 3", "10 3 2 3")
_SHAPES = (
    "m-3.2 0a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0 -6.4 0z",
    "m-4.5 -4.5h9v9h-9z",
    "m0 -4l3.8 6.4h-7.6z",
    "m0 -6l6 6l-6 6l-6 -6z",
)
_STAR = "m0 -9l2.1 6.1l6.4 .1l-5.1 3.9l1.9 6.2l-5.3 -3.7l-5.3 3.7l1.9 -6.2l-5.1 -3.9l6.4 -.1z"
_STYLE = """
  text { font: 12px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #333 }
  .title { font-weight: bold }
  .page { fill: #fff }
  .axis { stroke: #888; fill: none }
  .grid { stroke: #e6e6e6; fill: none }
  .guide { stroke: #888; fill: none; stroke-width: 1.4 }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd }
    .page { fill: #16181c }
    .grid { stroke: #33363c }
  }
"""


def svg_chart(charts: Sequence[Chart]) -> str:
    """The charts below each other, as the text of an SVG file; the same for the same charts."""
    sheet = _Sheet()
    for k, chart in enumerate(charts):
        sheet.y += 2 * _LINE if k else 0
        _draw(sheet, chart.labelled(printable))
    height = sheet.y + _PAD
    size = f'width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n<style>{_STYLE}</style>'
    page = f'<rect class="page" width="{_WIDTH}" height="{height}"/>'
    return "\n".join([head, page, *sheet.elements, "</svg>"]) + "\n"


class _Sheet:
    """The elements so far, and how far down the page they reach."""

    def __init__(self) -> None:
        self.elements: list[str] = []
        self.y = _PAD

    def text(self, x: float, y: float, text: str, anchor: str = "start", kind: str = "plain") -> None:
        """Put a line of text on its baseline."""
        place = f'class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
        self.elements.append(f"<text {place}>{escape(text)}</text>")

    def lines(self, lines: Iterable[str], kind: str = "plain") -> None:
        """Put lines of text below all that is there."""
        for line in lines:
            self.y += _LINE
            self.text(_PAD, self.y - 5, line, kind=kind)

    def path(self, d: str, style: str) -> None:
        """Put a path, in that style."""
        if d:
            self.elements.append(f'<path d="{d}" {style}/>')


class _Look(NamedTuple):
    """How a curve is drawn: attributes of its line and of its marks, and the shape of those."""

    line: str
    marks: str = ""
    shape: str = ""


class _Plot(NamedTuple):
    """Where the logarithms of a frame lie on the page, whose plot begins at `top`."""

    frame: Frame
    top: float

    @property
    def floor(self) -> float:
        """Where what is exactly 0 lies."""
        return self.top + _HEIGHT + _LANE / 2

    @property
    def bottom(self) -> float:
        return self.top + _HEIGHT + (_LANE if self.frame.exact else 0)

    def x(self, value: float) -> float:
        return _LEFT + self.frame.x.share(value) * (_RIGHT - _LEFT)

    def y(self, value: float) -> float:
        return self.top + _HEIGHT - self.frame.y.share(value) * _HEIGHT

    def line(self, points: Sequence[Point]) -> str:
        return "M" + "L".join(f"{self.x(x):.1f} {self.y(y):.1f}" for x, y in points)


def _draw(sheet: _Sheet, chart: Chart) -> None:
    sheet.lines(folded(chart.title, _COLUMNS), "title")
    found = frame(chart)
    if isinstance(found, str):
        sheet.lines([found])
    else:
        sheet.lines(folded(chart.y_label, _COLUMNS))
        plot, looks = _Plot(found, sheet.y + 6), _looks(chart.curves)
        _axes(sheet, plot)
        _guides(sheet, plot, chart, looks)
        for curve, look in zip(chart.curves, looks, strict=True):
            if not curve.guide:
                _curve(sheet, plot, curve, look)
        sheet.y = int(plot.bottom) + _LINE + 4
        for line in folded(chart.x_label, int((_RIGHT - _LEFT) / _CHAR)):
            sheet.y += _LINE
            sheet.text((_LEFT + _RIGHT) / 2, sheet.y - 5, line, "middle")
        _legend(sheet, chart, looks)
    for remark in chart.remarks():
        sheet.lines(folded(remark, _COLUMNS))


def _looks(curves: Sequence[Curve]) -> list[_Look]:
    """Guides have dashes; every other shape is hollow, so that curves which coincide are both seen."""
    looks, guides, lines = [], 0, 0
    for curve in curves:
        if curve.guide:
            looks.append(_Look(f'class="guide" stroke-dasharray="{_DASHES[guides % len(_DASHES)]}"'))
            guides += 1
            continue
        colour, shape = _COLOURS[lines % len(_COLOURS)], lines % len(_SHAPES)
        hollow = f'fill="none" stroke="{colour}" stroke-width="1.3"'
        full = f'fill="{colour}"'
        line = f'fill="none" stroke="{colour}" stroke-width="1.6" stroke-linejoin="round"'
        mark = len(curve.points) == 1
        looks.append(_Look(line, full if mark or shape % 2 == 0 else hollow, _STAR if mark else _SHAPES[shape]))
        lines += 1
    return looks


def _axes(sheet: _Sheet, plot: _Plot) -> None:
    ticks = plot.frame.x.ticks(_TICKS), plot.frame.y.ticks(_TICKS)
    grid = [f"M{plot.x(k):.1f} {plot.top}V{plot.bottom:.1f}" for k in ticks[0]]
    grid += [f"M{_LEFT} {plot.y(k):.1f}H{_RIGHT}" for k in ticks[1]]
    sheet.path("".join(grid), 'class="grid"')
    sheet.path(f"M{_LEFT} {plot.top}H{_RIGHT}V{plot.bottom:.1f}H{_LEFT}Z", 'class="axis"')
    for k in ticks[0]:
        sheet.text(plot.x(k), plot.bottom + _LINE, power(k), "middle")
    for k in ticks[1]:
        sheet.text(_LEFT - 8, plot.y(k) + 4, power(k), "end")
    if plot.frame.exact:
        sheet.path(f"M{_LEFT} {plot.top + _HEIGHT}H{_RIGHT}", 'class="axis"')
        sheet.text(_LEFT - 8, plot.floor + 4, "exact (0)", "end")


def _guides(sheet: _Sheet, plot: _Plot, chart: Chart, looks: Sequence[_Look]) -> None:
    """The guides, in a viewport of their own, which cuts them off."""
    box = _LEFT, plot.top, _RIGHT - _LEFT, _HEIGHT
    place = 'x="{}" y="{}" width="{}" height="{}"'.format(*box)
    sheet.elements.append(f'<svg {place} viewBox="{" ".join(map(str, box))}">')
    for curve, look in zip(chart.curves, looks, strict=True):
        if curve.guide:
            sheet.path("".join(plot.line(run) for run in curve.runs()), look.line)
    sheet.elements.append("</svg>")


def _curve(sheet: _Sheet, plot: _Plot, curve: Curve, look: _Look) -> None:
    sheet.path("".join(plot.line(run) for run in curve.runs() if len(run) > 1), look.line)
    places = [(plot.x(x), plot.y(y)) for x, y in curve.drawn()] + [(plot.x(x), plot.floor) for x in curve.zeros()]
    sheet.path("".join(f"M{x:.1f} {y:.1f}{look.shape}" for x, y in places), look.marks)


def _legend(sheet: _Sheet, chart: Chart, looks: Sequence[_Look]) -> None:
    x, sheet.y = float(_PAD), sheet.y + _LINE + 4
    for curve, look in zip(chart.curves, looks, strict=True):
        lines = folded(curve.label, _COLUMNS - int(_SAMPLE / _CHAR) - 1)
        width = _SAMPLE + max(map(columns, lines), default=0) * _CHAR
        if x > _PAD and x + width > _WIDTH - _PAD:
            x, sheet.y = float(_PAD), sheet.y + _LINE
        middle = sheet.y - 9
        if len(curve.points) != 1:
            sheet.path(f"M{x:.1f} {middle}h28", look.line)
        if look.shape:
            sheet.path(f"M{x + 14:.1f} {middle}{look.shape}", look.marks)
        for k, line in enumerate(lines):
            sheet.y += _LINE if k else 0
            sheet.text(x + _SAMPLE, sheet.y - 5, line)
        x += width + _GAP
