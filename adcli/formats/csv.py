"""Comma-separated values: one table after another, each with its header, a blank line between."""

import csv
import io
from typing import Any

from . import Screen


def render(result: Any, screen: Screen) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for k, grid in enumerate(result.grids()):
        if k:
            out.write("\n")
        writer.writerow([grid.corner, *grid.columns])
        writer.writerows([label, *cells] for label, cells in zip(grid.rows, grid.cells, strict=True))
    return out.getvalue()
