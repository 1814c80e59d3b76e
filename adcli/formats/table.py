"""Tables for people, drawn by Rich: the only module that imports it.

A table that is too wide for the screen is folded between words, or drawn in blocks of columns,
never cut: no digit is lost. Off a terminal it is as wide as it needs to be. Beyond a thousand
rows the lines are written plainly, because drawing each cell would take longer than
differentiating.
"""

import io
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..errors import printable
from ..results.base import Grid, Result, counted
from . import Screen, plain

_DRAWN_ROWS = 1000
_OTHER_WIDTH = re.compile("[^\x00-\u02ff\u0391-\u03a1\u03a3-\u03ff\u2200-\u22ff]")  # all of these take one column
_TITLE_LINES = 3


def render(result: Any, screen: Screen) -> str:
    """The report: what was asked, the tables, and what it took."""
    parts = []
    if hasattr(result, "expression"):
        parts.append(_head(result, screen))
    parts += [_grid(grid if screen.unicode else _plain_grid(grid), screen) for grid in result.grids()]
    if hasattr(result, "picture"):
        drawing = "\n".join(result.picture())
        parts.append(drawing if screen.unicode else plain(drawing))
    text = "\n\n".join(parts)
    foot = _foot(result)
    if foot:
        text += "\n" + (foot if screen.unicode else plain(foot))
    return text + "\n"


def _head(result: Result, screen: Screen) -> str:
    lines = [printable(result.expression)] if result.expression else []
    if result.point:
        lines.append("at " + result.point_text())
    text = "\n".join(_shortened(line, screen) for line in lines)
    return text if screen.unicode else plain(text)


def _shortened(line: str, screen: Screen) -> str:
    """At most a few lines of a terminal; everything off a terminal."""
    if screen.width is None or len(line) <= _TITLE_LINES * screen.width:
        return line
    return line[: _TITLE_LINES * screen.width - 1] + "…"


def _foot(result: Any) -> str:
    if not hasattr(result, "cost"):
        return ""
    c = result.cost
    passes = counted(c.passes, "evaluation") if result.backend == "fd" else counted(c.passes, "pass", "passes")
    nodes, operations = counted(c.nodes, "node"), counted(c.operations, "operation")
    lines = [f"{result.backend}: {passes}, {nodes}, {operations}"]
    if result.reason:
        lines.append(result.reason)
    lines += [f"note: {note}" for note in result.notes]
    return "\n".join(lines)


def _plain_grid(grid: Grid) -> Grid:
    return Grid(
        plain(grid.title),
        [plain(c) for c in grid.columns],
        [plain(r) for r in grid.rows],
        [[plain(cell) for cell in cells] for cells in grid.cells],
        plain(grid.corner),
        grid.numeric,
        [plain(note) for note in grid.notes],
    )


def _cells_wide(text: str) -> int:
    """The columns of a terminal that a text takes."""
    if not _OTHER_WIDTH.search(text):
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _grid(grid: Grid, screen: Screen) -> str:
    if len(grid.rows) == 1 and len(grid.columns) == 1 and not grid.title:
        return f"{printable(grid.rows[0])} = {printable(grid.cells[0][0])}"
    head = _widest([grid.corner, *grid.rows])
    if grid.numeric and grid.columns:
        columns = [_on_the_point([row[j] for row in grid.cells]) for j in range(len(grid.columns))]
        grid = grid._replace(cells=list(zip(*columns, strict=True)))
    widths = [_widest([name, *[cells[j] for cells in grid.cells]]) for j, name in enumerate(grid.columns)]
    parts = [printable(grid.title)] if grid.title else []
    if len(grid.rows) > _DRAWN_ROWS:
        parts += [_listed(grid, block, head, widths) for block in _blocks(head, widths, screen.width)]
    elif not grid.numeric and _folds(grid, head, widths, screen.width):
        parts.append(_drawn(grid, range(len(widths)), head, [1] * len(widths), screen, screen.width))
    else:
        parts += [_drawn(grid, block, head, widths, screen) for block in _blocks(head, widths, screen.width)]
    notes = [printable(note) for note in grid.notes if note]
    return "\n".join([*parts, *notes])


def _widest(texts: Sequence[str]) -> int:
    return max(_widths(texts), default=0)


def _widths(texts: Sequence[str]) -> list[int]:
    """The columns that each text takes; most columns of a table have no sign that takes other than one."""
    return list(map(_cells_wide if _OTHER_WIDTH.search("".join(texts)) else len, texts))


def _folds(grid: Grid, head: int, widths: Sequence[int], width: int | None) -> bool:
    """Whether the table is too wide for the screen, and fits when its cells are broken between words."""
    if width is None or head + sum(widths) + 3 * len(widths) + 4 <= width:
        return False
    words = [
        _widest([word for text in [name, *[cells[j] for cells in grid.cells]] for word in text.split()])
        for j, name in enumerate(grid.columns)
    ]
    return len(words) == 1 or head + sum(words) + 3 * len(words) + 4 <= width


def _on_the_point(cells: Sequence[str]) -> list[str]:
    """The numbers of a column, padded so that their decimal points stand under each other.

    >>> _on_the_point(["-1.25", "10.0", "1e-09"])
    ['-1.25 ', '10.0  ', ' 1e-09']
    """
    after = [cell.lstrip("+-0123456789") for cell in cells]
    before = [len(cell) - len(rest) for cell, rest in zip(cells, after, strict=True)]
    widths = _widths(after)
    left, right = max(before, default=0), max(widths, default=0)
    return [
        " " * (left - a) + cell + " " * (right - b) for cell, a, b in zip(cells, before, widths, strict=True)
    ]  # fmt: skip


def _blocks(head: int, widths: Sequence[int], width: int | None) -> list[list[int]]:
    """Columns grouped so that each group fits the screen beside the row labels."""
    if width is None:
        return [list(range(len(widths)))]
    blocks: list[list[int]] = [[]]
    used = head + 4
    for j, w in enumerate(widths):
        if blocks[-1] and used + w + 3 > width:
            blocks.append([])
            used = head + 4
        blocks[-1].append(j)
        used += w + 3
    return blocks


def _drawn(
    grid: Grid, block: Sequence[int], head: int, widths: Sequence[int], screen: Screen, width: int | None = None
) -> str:
    """The columns of `block` in a frame; folded into `width` if that is given."""
    whole = width is None
    table = Table(
        box=box.ROUNDED if screen.unicode else box.ASCII,
        header_style="bold",
        pad_edge=True,
        show_header=any([grid.corner, *grid.columns]),
        show_lines=not whole and len(widths) > 1,
    )
    table.add_column(Text(printable(grid.corner)), no_wrap=True, style="bold cyan", overflow="ignore", min_width=head)
    for j in block:
        table.add_column(
            Text(printable(grid.columns[j])), no_wrap=whole, overflow="ignore" if whole else "fold", min_width=widths[j]
        )
    for label, cells in zip(grid.rows, grid.cells, strict=True):
        table.add_row(Text(printable(label)), *[Text(printable(cells[j])) for j in block])
    out = io.StringIO()
    console = Console(
        file=out,
        width=head + 4 + sum(widths[j] + 3 for j in block) if width is None else width,
        force_terminal=screen.color,
        no_color=not screen.color,
        color_system="standard" if screen.color else None,
        legacy_windows=False,
        safe_box=False,
        highlight=False,
        _environ={},
    )
    console.print(table, crop=False, soft_wrap=False)
    return out.getvalue().rstrip("\n")


def _listed(grid: Grid, block: Sequence[int], head: int, widths: Sequence[int]) -> str:
    """The same without a frame, for tables of thousands of rows."""
    columns = [
        _padded([grid.corner, *grid.rows], head, right=False),
        *[_padded([grid.columns[j], *[row[j] for row in grid.cells]], widths[j], right=grid.numeric) for j in block],
    ]
    return "\n".join(["  ".join(line).rstrip() for line in zip(*columns, strict=True)])


def _padded(texts: Sequence[str], width: int, *, right: bool) -> list[str]:
    """Texts with spaces around them to a width, on the right-hand side or on the left."""
    spaces = [" " * (width - wide) for wide in _widths(texts)]
    shown = texts if "".join(texts).isprintable() else list(map(printable, texts))
    pairs = zip(spaces, shown, strict=True) if right else zip(shown, spaces, strict=True)
    return [a + b for a, b in pairs]
