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
    above = _power(result.order)
    below = [
        "".join([rf" \partial {latex_name(name)}{_power(n)}" for name, n in powers.items()]).lstrip()
        for powers in result.powers()
    ]
    for row, texts in zip(result.rows, result.latex, strict=True):
        for under, text in zip(below, texts, strict=True):
            lines.append(f"\\frac{{\\partial{above} {latex_name(row)}}}{{{under}}} &= {text}")
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}\n"


def _power(n: int) -> str:
    return f"^{{{n}}}" if n > 1 else ""


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


_PROSE = re.compile(r"[^\W\d_]{2,} [^\W\d_]{2,}|\bfor \w+ in ")
_TOKEN = re.compile(
    "(?P<number>[0-9][0-9.]*(?:e[-+]?[0-9]+)?)"
    "|(?P<name>[^\\W\\d][\u0304\u0307]?\\w*(?:#[0-9]+)?(?:\\[[0-9,]+\\])?[\u0304\u0307]?)(?P<call>\\()?"
    "|(?P<other>\\^\\(|.)",
    re.DOTALL,
)
_TURN = re.compile("#([0-9]+)")
_DEEP = 8  # axes of an array that is drawn with brackets
_OTHER = {
    "→": r"\to ", "∂": r"\partial ", "²": "^2", "·": r" \cdot ", "*": r" \cdot ", "±": r"\pm ", "✓": r"\checkmark ",
    "✗": r"\times ", "@": r" \, ", "…": r"\dots ", "%": r"\%", "#": r"\#", "&": r"\&", "_": r"\_", "\\": r"\backslash ",
}  # fmt: skip


def _formula(text: str) -> str:
    r"""A cell: a number, a name, or a rule of a trace.

    >>> print(_formula("-v1^(1/3)*sin(x2) + 1.5e-07"))
    -v_{1}^{1/3} \cdot \sin(x_{2}) + 1.5 \times 10^{-7}
    >>> print(_formula("W1@[1, 2]"))
    W_{1} \, \begin{pmatrix} 1 & 2 \end{pmatrix}
    """
    if _PROSE.search(text):
        return _text(text)
    closing: list[str] = []  # what ends each parenthesis that is open
    pieces: list[str] = []
    position = 0
    while match := _TOKEN.match(text, position):
        position = match.end()
        end = _end_of_array(text, match.start()) if match["other"] == "[" else 0
        piece = _nested(text[match.start() : end]) if end else _piece(match)
        position = end or position
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
            index = _TURN.sub(r"(\1)", index)
            return rf"\{command}{{{latex_name(stem)}}}" + (f"_{{{index}}}" if index else "")
    return latex_name(name)


def _function(name: str) -> str:
    pieces = LATEX.operations.get(name, (0, ("",)))[1]
    known = isinstance(pieces[0], str) and pieces[0].endswith(r"\left(")
    return str(pieces[0]).removesuffix(r"\left(") if known else rf"\operatorname{{{name}}}"


def _end_of_array(text: str, start: int) -> int:
    """Where an array of entries that begins here ends; 0 if it is an index, or a slice, or too deep.

    >>> _end_of_array("sum([1, x[0]])", 4), _end_of_array("x[0]", 1)
    (13, 0)
    """
    if start and (text[start - 1].isalnum() or text[start - 1] in "_]')"):
        return 0
    depth = 0
    for k in range(start, len(text)):
        depth += (text[k] == "[") - (text[k] == "]")
        if depth == 0:
            return k + 1
        if depth > _DEEP:
            return 0
    return 0


def _nested(text: str) -> str:
    r"""Entries in brackets: a vector or a matrix; more axes as brackets around matrices.

    >>> _nested("[[1, 2], [a, 4.5e-9]]")
    '\\begin{pmatrix} 1 & 2 \\\\ a & 4.5 \\times 10^{-9} \\end{pmatrix}'
    """
    parts = _parts(text)
    if parts[0].startswith("[["):
        return rf"\left[{', '.join([_formula(part) for part in parts])}\right]"
    rows = [_parts(part) for part in parts] if all(part.startswith("[") for part in parts) else [parts]
    body = r" \\ ".join([" & ".join([_formula(x) for x in row]) for row in rows])
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def _parts(text: str) -> list[str]:
    """What stands between the outer brackets and commas of a list.

    >>> _parts("[[1, 2], [3]]")
    ['[1, 2]', '[3]']
    """
    parts, depth = [""], 0
    for char in text[1:-1]:
        depth += (char in "[(") - (char in "])")
        if char == "," and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts]


def _text(text: str) -> str:
    if not text:
        return ""
    if any(c in "∂²" for c in text):
        return _formula(text)
    return rf"\text{{{''.join(_ESCAPED.get(c, c) for c in text)}}}"


_ESCAPED = {**{c: rf"\{c}" for c in "#%&_{}$"}, "^": r"\^{}", "~": r"\~{}", "\\": r"\textbackslash{}"}
