r"""LaTeX: matrices for Jacobians and Hessians, formulas for derivatives, `array` for the rest.

The text needs amsmath.
"""

import re
from collections.abc import Sequence
from typing import Any

from ..printing import LATEX, latex_name
from ..results.base import Grid
from . import Screen


def render(result: Any, screen: Screen) -> str:
    draw = {
        "adcli/jacobian/1": _jacobian,
        "adcli/gradient/1": _jacobian,
        "adcli/hessian/1": _hessian,
        "adcli/diff/1": _formulas,
    }
    if result.schema in draw:
        return draw[result.schema](result)
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
    """A Jacobian, or the one row of a gradient."""
    above, below = _tuple(result.rows), _tuple(result.columns)
    matrix = result.jacobian if hasattr(result, "jacobian") else [result.gradient]
    rows = [[number(result.text(x)) for x in row] for row in matrix]
    return f"\\[\n\\frac{{\\partial {above}}}{{\\partial {below}}} =\n{_matrix(rows)}\n\\]\n"


def _tuple(names: Sequence[str]) -> str:
    text = ", ".join(latex_name(name) for name in names)
    return text if len(names) == 1 else f"({text})"


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


_PROSE = re.compile(r"[^\W\d_]{2,} [^\W\d_]{2,}")
_TOKEN = re.compile(
    "(?P<number>[0-9][0-9.]*(?:e[-+]?[0-9]+)?)|(?P<name>[^\\W\\d][\u0304\u0307]?\\w*[\u0304\u0307]?)(?P<call>\\()?|(?P<other>\\^\\(|.)",
    re.DOTALL,
)
_OTHER = {
    "∂": r"\partial ", "²": "^2", "·": r" \cdot ", "*": r" \cdot ", "±": r"\pm ", "✓": r"\checkmark ",
    "✗": r"\times ", "…": r"\dots ", "%": r"\%", "#": r"\#", "&": r"\&", "_": r"\_", "\\": r"\backslash ",
}  # fmt: skip


def _formula(text: str) -> str:
    r"""A cell: a number, a name, or a rule of a trace.

    >>> print(_formula("-v1^(1/3)*sin(x2) + 1.5e-07"))
    -v_{1}^{1/3} \cdot \sin(x_{2}) + 1.5 \times 10^{-7}
    """
    if _PROSE.search(text):
        return rf"\text{{{''.join(_OTHER.get(c, c) if c in '#%&_' else c for c in text)}}}"
    closing: list[str] = []  # what ends each parenthesis that is open
    pieces: list[str] = []
    for match in _TOKEN.finditer(text):
        piece = _piece(match)
        if match["call"] or piece == "(":
            closing.append(")")
        elif piece == "^{":
            closing.append("}")
        elif piece == ")" and closing:
            piece = closing.pop()
        if piece.startswith("^") and pieces and r"\times" in pieces[-1]:
            pieces[-1] = f"({pieces[-1]})"  # one superscript must not follow another
        if pieces and pieces[-1] == "^" and (match["number"] or match["name"]):
            piece = f"{{{piece}}}"
        pieces.append(piece)
    return "".join(pieces).replace("<=", r"\le").replace(">=", r"\ge").replace("!=", r"\ne")


def _piece(match: "re.Match[str]") -> str:
    if match["number"]:
        return number(match["number"])
    if match["name"]:
        name = {"inf": r"\infty", "nan": r"\mathrm{NaN}"}.get(match["name"]) or _name(match["name"])
        return f"{_function(match['name'])}(" if match["call"] else name
    return "^{" if match["other"] == "^(" else _OTHER.get(match["other"], match["other"])


def _name(name: str) -> str:
    """A name, with the dot of a tangent or the bar of an adjoint."""
    for mark, command in (("\u0307", "dot"), ("\u0304", "bar")):
        if mark in name:
            stem, _, index = name.partition(mark)
            return rf"\{command}{{{latex_name(stem)}}}" + (f"_{{{index}}}" if index else "")
    return latex_name(name)


def _function(name: str) -> str:
    pieces = LATEX.operations.get(name, (0, ("",)))[1]
    known = isinstance(pieces[0], str) and pieces[0].endswith(r"\left(")
    return str(pieces[0]).removesuffix(r"\left(") if known else rf"\operatorname{{{name}}}"


def _text(text: str) -> str:
    if not text:
        return ""
    return _formula(text) if any(c in "∂²" for c in text) else rf"\text{{{text}}}"
