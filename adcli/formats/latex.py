r"""LaTeX: matrices for Jacobians and Hessians, formulas for derivatives, `array` for the rest.

The text needs amsmath.
"""

import re
from collections.abc import Sequence
from typing import Any

from ..printing import latex_name
from ..results.base import Grid
from . import Screen

_SYMBOLS = {"∂": r"\partial ", "²": "^2", "·": r"\cdot ", "±": r"\pm ", "✓": r"\checkmark", "✗": r"\times", "…": r"\dots "}


def render(result: Any, screen: Screen) -> str:
    for kind, draw in (("jacobian", _jacobian), ("hessian", _hessian), ("latex", _formulas)):
        if hasattr(result, kind):
            return draw(result)
    return "\n".join(_array(grid) for grid in result.grids())


def number(text: str) -> str:
    r"""A number in LaTeX: the exponent as a power of ten.

    >>> number("1.5e-09"), number("-inf")
    ('1.5 \\times 10^{-9}', '-\\infty')
    """
    if text.endswith("inf"):
        return text.replace("inf", r"\infty")
    mantissa, mark, exponent = text.partition("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if mark else text.replace("nan", r"\mathrm{NaN}")


def _matrix(rows: Sequence[Sequence[str]]) -> str:
    body = " \\\\\n".join("  " + " & ".join(cells) for cells in rows)
    return f"\\begin{{pmatrix}}\n{body}\n\\end{{pmatrix}}"


def _jacobian(result: Any) -> str:
    above, below = ", ".join(latex_name(r) for r in result.rows), ", ".join(latex_name(c) for c in result.columns)
    rows = [[number(result.text(x)) for x in row] for row in result.jacobian]
    return f"\\[\n\\frac{{\\partial({above})}}{{\\partial({below})}} =\n{_matrix(rows)}\n\\]\n"


def _hessian(result: Any) -> str:
    rows = [[number(result.text(x)) for x in row] for row in result.hessian]
    return f"\\[\n\\nabla^2 {latex_name(result.rows[0])} =\n{_matrix(rows)}\n\\]\n"


def _formulas(result: Any) -> str:
    lines = [f"{name} &= {text}" for name, text in result.shared_latex]
    power = f"^{{{result.order}}}" if result.order > 1 else ""
    for row, texts in zip(result.rows, result.latex, strict=True):
        for column, text in zip(result.columns, texts, strict=True):
            below = f"\\partial {latex_name(column)}{power}"
            lines.append(f"\\frac{{\\partial{power} {latex_name(row)}}}{{{below}}} &= {text}")
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}\n"


def _array(grid: Grid) -> str:
    align = "l|" + ("r" if grid.numeric else "l") * len(grid.columns)
    header = " & ".join(_text(x) for x in [grid.corner, *grid.columns])
    lines = [
        " & ".join([_formula(label), *[_formula(cell) for cell in cells]])
        for label, cells in zip(grid.rows, grid.cells, strict=True)
    ]
    title = f"% {grid.title}\n" if grid.title else ""
    body = " \\\\\n".join(lines)
    return f"{title}\\[\n\\begin{{array}}{{{align}}}\n{header} \\\\ \\hline\n{body}\n\\end{{array}}\n\\]\n"


_MARKS = re.compile(r"([^\W\d_]+)([\u0307\u0304])([0-9]*)")


def _formula(text: str) -> str:
    """A cell: names, numbers and rules of a trace."""
    if re.fullmatch(r"-?([0-9.]+(e[-+]?[0-9]+)?|inf|nan)", text):
        return number(text)
    text = _MARKS.sub(_accent, text)
    text = re.sub(r"(?<![\\\w{])([^\W\d_]+)([0-9]+)\b", r"\1_{\2}", text)
    text = text.replace("*", r" \cdot ").replace("%", r"\%")
    return "".join(_SYMBOLS.get(c, c) for c in text)


def _accent(match: "re.Match[str]") -> str:
    command = "dot" if match.group(2) == "\u0307" else "bar"
    index = f"_{{{match.group(3)}}}" if match.group(3) else ""
    return rf"\{command}{{{match.group(1)}}}{index}"


def _text(text: str) -> str:
    if not text:
        return ""
    return _formula(text) if any(c in "∂²" for c in text) else rf"\text{{{text}}}"
