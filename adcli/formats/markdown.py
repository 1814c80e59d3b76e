"""Tables of GitHub-flavoured Markdown."""

from typing import Any

from ..results.base import Grid
from . import Screen


def render(result: Any, screen: Screen) -> str:
    return "\n".join(_table(grid) for grid in result.grids())


def _table(grid: Grid) -> str:
    lines = [f"**{_escape(grid.title)}**", ""] if grid.title else []
    lines.append("| " + " | ".join([_escape(grid.corner), *[_escape(c) for c in grid.columns]]) + " |")
    lines.append(
        "| --- |" + " ---: |" * len(grid.columns) if grid.numeric else "| --- |" + " --- |" * len(grid.columns)
    )
    for label, cells in zip(grid.rows, grid.cells, strict=True):
        lines.append("| " + " | ".join([_escape(label), *[f"`{_bars(c)}`" if c else "" for c in cells]]) + " |")
    lines += ["", *[_escape(note) for note in grid.notes]] if grid.notes else []
    return "\n".join(lines) + "\n"


def _bars(text: str) -> str:
    return text.replace("|", "\\|")


def _escape(text: str) -> str:
    return "".join("\\" + c if c in "\\`*_|<>" else c for c in text)
