"""The table of worst errors, in Markdown, and its place in the README."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adcli.primitives import OPERATORS, TABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .measuring import Report, Worst

BEGIN, END = "<!-- accuracy:begin -->", "<!-- accuracy:end -->"
_SYMBOLS = {"add": "x + y", "sub": "x - y", "mul": "x*y", "div": "x/y", "pow": "x^y", "neg": "-x"}
_SHOWN = 3  # arguments of a point
_EXACT = "exact"


def render(reports: Sequence[Report], count: int) -> str:
    """A row for each function, the exact ones and those without a name last, in one line."""
    lines = [
        f"Worst errors in ulp, at {count:,} points for each function.",
        "",
        "| function | value | where | derivative | where |",
        "| --- | --- | --- | --- | --- |",
    ]
    named = [report for report in reports if report.name in _SYMBOLS or report.name not in OPERATORS]
    lines += [_line(report) for report in named if report.ulps > 0]
    exact = [_title(report.name) for report in named if report.ulps == 0]
    if exact:
        lines += ["", f"Exact at all of them: {', '.join(exact)}."]
    return "\n".join(lines)


def _line(report: Report) -> str:
    row, worst = TABLE[report.name], report.worst_partial
    slope = _where(worst)
    if row.arity > 1 and worst.ulps > 0:
        slope = f"by {row.parameters[report.partials.index(worst)]}, {slope}"
    cells = [_title(report.name), _ulps(report.value), _where(report.value), _ulps(worst), slope]
    return f"| {' | '.join(cells)} |"


def _title(name: str) -> str:
    row = TABLE[name]
    call = f"{name}({', '.join(row.parameters)}{', ...' if row.arity < 0 else ''})"
    return f"`{_SYMBOLS.get(name, call)}`"


def _ulps(worst: Worst) -> str:
    return f"{worst.ulps:.2f}" if worst.ulps > 0 else _EXACT


def _where(worst: Worst) -> str:
    if worst.ulps == 0:
        return ""
    if len(worst.point) > _SHOWN:
        return f"{len(worst.point)} arguments"
    return ", ".join([repr(x) for x in worst.point])


def written(text: str, table: str) -> str:
    """The text of the README with the table between its markers; a KeyError without them."""
    if BEGIN not in text or END not in text:
        raise KeyError(f"README.md has no place for the table: {BEGIN} and {END}")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table}\n{END}{after}"
