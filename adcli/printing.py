r"""Nodes to text: the language of adcli itself, and LaTeX.

A notation is data: for each operation its precedence and the pieces it is written with, a
piece being a string or an argument with the least precedence that needs no parentheses
there. One loop with a stack writes them all, so depth is no matter, and a budget bounds
what it writes, since a shared subexpression is written once for every use.

>>> from .primitives import TABLE
>>> g = Graph()
>>> x = g.variable("x")
>>> y = g.apply(TABLE["pow"], (g.apply(TABLE["neg"], (x,)), g.constant(2)))
>>> write(g, y)
'(-x)^2'
>>> write(g, y, notation=LATEX)
'\\left(-x\\right)^{2}'
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .contexts import Exact
from .graph import CONSTANT, VARIABLE, Graph
from .primitives import Primitive

Piece = str | tuple[int, int]
_ALL = -1  # as the index of a piece: every argument, separated by commas

ATOM = 10


class Notation(NamedTuple):
    """How a language of formulas is written: operations, parentheses, names, numbers."""

    operations: Mapping[str, tuple[int, Sequence[Piece]]]
    open: str
    close: str
    call: str
    greek: bool


_TEXT_OPERATIONS: dict[str, tuple[int, Sequence[Piece]]] = {
    "or_": (1, ((0, 1), " or ", (1, 2))),
    "and_": (2, ((0, 2), " and ", (1, 3))),
    "not_": (3, ("not ", (0, 3))),
    "lt": (4, ((0, 5), " < ", (1, 5))),
    "le": (4, ((0, 5), " <= ", (1, 5))),
    "gt": (4, ((0, 5), " > ", (1, 5))),
    "ge": (4, ((0, 5), " >= ", (1, 5))),
    "eq": (4, ((0, 5), " == ", (1, 5))),
    "ne": (4, ((0, 5), " != ", (1, 5))),
    "add": (5, ((0, 5), " + ", (1, 6))),
    "sub": (5, ((0, 5), " - ", (1, 6))),
    "mul": (6, ((0, 6), "*", (1, 8))),
    "div": (6, ((0, 6), "/", (1, 8))),
    "mod": (6, ((0, 6), " % ", (1, 8))),
    "neg": (7, ("-", (0, 8))),
    "pow": (8, ((0, 9), "^", (1, 8))),
    "logb": (ATOM, ("log(", (0, 0), ", ", (1, 0), ")")),
    "divisor": (ATOM, ("where(", (0, 5), " != 0, ", (0, 0), ", inf)")),
    "outweighs": (4, ("abs(", (0, 0), ") > abs(", (1, 0), ")")),
}

_UNSEEN = frozenset(("shifted", "pivot"))  # written as their first argument, wherever they stand

_LATEX_CALLS = {
    "sin": "sin", "cos": "cos", "tan": "tan", "cot": "cot", "sec": "sec", "csc": "csc",
    "asin": "arcsin", "acos": "arccos", "atan": "arctan",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "coth": "coth",
    "log": "ln", "exp": "exp", "max": "max", "min": "min",
}  # fmt: skip

_LATEX_OPERATIONS: dict[str, tuple[int, Sequence[Piece]]] = {
    **_TEXT_OPERATIONS,
    "or_": (1, ((0, 1), r" \lor ", (1, 2))),
    "and_": (2, ((0, 2), r" \land ", (1, 3))),
    "not_": (3, (r"\lnot ", (0, 3))),
    "le": (4, ((0, 5), r" \le ", (1, 5))),
    "ge": (4, ((0, 5), r" \ge ", (1, 5))),
    "eq": (4, ((0, 5), " = ", (1, 5))),
    "ne": (4, ((0, 5), r" \ne ", (1, 5))),
    "mul": (6, ((0, 6), r" \cdot ", (1, 8))),
    "div": (8, (r"\frac{", (0, 0), "}{", (1, 0), "}")),
    "mod": (6, ((0, 6), r" \bmod ", (1, 8))),
    "pow": (8, ((0, 9), "^{", (1, 0), "}")),
    "logb": (ATOM, (r"\log_{", (1, 0), r"}\left(", (0, 0), r"\right)")),
    "outweighs": (4, (r"\left|", (0, 0), r"\right| > \left|", (1, 0), r"\right|")),
    "sqrt": (ATOM, (r"\sqrt{", (0, 0), "}")),
    "cbrt": (ATOM, (r"\sqrt[3]{", (0, 0), "}")),
    "abs": (ATOM, (r"\left|", (0, 0), r"\right|")),
    "floor": (ATOM, (r"\left\lfloor ", (0, 0), r"\right\rfloor")),
    "ceil": (ATOM, (r"\left\lceil ", (0, 0), r"\right\rceil")),
    "where": (
        ATOM,
        (r"\begin{cases}", (1, 0), r" & \text{if } ", (0, 0), r" \\ ", (2, 0), r" & \text{otherwise}\end{cases}"),
    ),
    "divisor": (
        ATOM,
        (r"\begin{cases}", (0, 0), r" & \text{if } ", (0, 5), r" \ne 0 \\ \infty & \text{otherwise}\end{cases}"),
    ),
    **{name: (ATOM, (rf"\{tex}\left(", (_ALL, 0), r"\right)")) for name, tex in _LATEX_CALLS.items()},
}  # fmt: skip

TEXT = Notation(_TEXT_OPERATIONS, "(", ")", "{}(", greek=False)
LATEX = Notation(_LATEX_OPERATIONS, r"\left(", r"\right)", r"\operatorname{{{}}}\left(", greek=True)

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma",
    "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta",
    "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
_NAMED = frozenset(_GREEK.values())


def latex_name(name: str) -> str:
    r"""A name of the language in LaTeX; an entry has its place as an index, a turn of a loop its number.

    >>> latex_name("theta"), latex_name("x12"), latex_name("omega_0"), latex_name("loss")
    ('\\theta', 'x_{12}', '\\omega_{0}', '\\mathrm{loss}')
    >>> latex_name("W[0,1]"), latex_name("W1[0,1]"), latex_name("s#2"), latex_name("h#1[0]")
    ('W_{0,1}', '(W_{1})_{0,1}', 's_{(2)}', '(h_{(1)})_{0}')
    """
    whole, bracket, place = name.partition("[")
    whole, mark, turn = whole.partition("#")
    match = re.fullmatch(r"(.*?)_?([0-9]+)", whole)
    stem, index = (match.group(1), match.group(2)) if match and match.group(1) else (whole, "")
    if stem in _GREEK or stem in _NAMED:
        stem = "\\" + _GREEK.get(stem, stem)
    elif len(stem) > 1 or stem == "_":
        stem = "\\mathrm{" + stem.replace("_", r"\_") + "}"
    for below in (index, f"({turn})" if mark else "", place.removesuffix("]") if bracket else ""):
        if below:
            stem = f"({stem})_{{{below}}}" if stem.endswith("}") and "_{" in stem else f"{stem}_{{{below}}}"
    return stem


def write_constant(value: Exact, notation: Notation = TEXT) -> tuple[str, int]:
    """The text of a constant and its precedence."""
    if notation.greek:
        if value in ("pi", "tau"):
            return f"\\{value}", ATOM
        if value == "inf":
            return r"\infty", ATOM
    text = str(value)
    return text, 7 if text.startswith("-") else ATOM


def _leaf(graph: Graph, node: int, notation: Notation) -> tuple[str, int]:
    if graph.ops[node] is CONSTANT:
        return write_constant(graph.constants[node], notation)
    name = graph.names[node]
    return (latex_name(name) if notation.greek else name), ATOM


def _pieces(op: Primitive, notation: Notation) -> tuple[int, Sequence[Piece]]:
    known = notation.operations.get(op.name)
    if known is None and notation.greek and op.latex:
        parts = re.split(r"#([1-9])", op.latex)
        return ATOM, tuple([part if k % 2 == 0 else (int(part) - 1, 0) for k, part in enumerate(parts)])
    return known or (ATOM, (notation.call.format(op.overload or op.name), (_ALL, 0), notation.close))


def write(
    graph: Graph,
    node: int,
    *,
    notation: Notation = TEXT,
    names: Mapping[int, str] | None = None,
    budget: int | None = None,
) -> str:
    """The formula of a node, with no more parentheses than it needs.

    `names` gives nodes that are written by name (already in the notation). When more than
    `budget` characters have been written, the rest becomes an ellipsis.
    """
    names = names or {}
    out: list[str] = []
    size = 0
    stack: list[str | tuple[int, int]] = [(node, 0)]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            out.append(item)
            size += len(item)
            if budget is not None and size > budget:
                return "".join(out)[:budget] + "…"
            continue
        current, least = item
        op = graph.ops[current]
        if current in names:
            stack.append(names[current])
            continue
        if op is VARIABLE or op is CONSTANT:
            text, precedence = _leaf(graph, current, notation)
            stack.append(notation.open + text + notation.close if precedence < least else text)
            continue
        precedence, pieces = _pieces(op, notation)
        args = graph.args[current]
        if op.name in _UNSEEN:
            stack.append((args[0], least))
            continue
        wrapped = precedence < least
        if wrapped:
            stack.append(notation.close)
        for piece in reversed(pieces):
            if isinstance(piece, str):
                stack.append(piece)
            elif piece[0] == _ALL:
                for k in range(len(args) - 1, -1, -1):
                    stack.append((args[k], 0))
                    if k:
                        stack.append(", ")
            else:
                stack.append((args[piece[0]], piece[1]))
        if wrapped:
            stack.append(notation.open)
    return "".join(out)


def written_size(graph: Graph, order: Sequence[int]) -> dict[int, int]:
    """About how many nodes the text of each node would spell out, shared ones counted at each use."""
    size: dict[int, int] = {}
    for node in order:
        size[node] = 1 + sum(size[a] for a in graph.args[node])
    return size
