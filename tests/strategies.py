"""Hypothesis strategies: random expressions as text and as graphs, points, and damaged text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st

from adcli.graph import Graph
from adcli.primitives import TABLE
from adcli.sparsity import Pattern

if TYPE_CHECKING:
    from collections.abc import Callable

REPEATABLE = settings(derandomize=True, deadline=None, database=None, max_examples=150)
"""The same examples in every run, so that a failure of the tests is a change of the program."""

VARIABLES = ["x", "y", "z"]
NUMBERS = ["0", "1", "2", "3", "7", "0.5", ".25", "2.", "1e-3", "1_000", "pi", "e"]
BOUNDED = ["sin", "cos", "tanh", "atan", "sigmoid", "asinh", "cbrt", "sinc"]
UNARY = [*BOUNDED, "sqrt", "log", "abs", "tan", "log1p", "softplus", "relu", "square", "sech", "atanh"]
BINARY = ["max", "min", "hypot", "atan2", "logsumexp"]
COMPARISONS = ["<", "<=", ">", ">=", "==", "!="]

_leaves = st.sampled_from([*VARIABLES * 3, *NUMBERS])


def _extended(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    grouped = inner.map(lambda a: f"({a})")
    either = st.one_of(inner, grouped)
    condition = st.builds(lambda a, op, b: f"{a} {op} {b}", inner, st.sampled_from(COMPARISONS), inner)
    conditions = st.one_of(
        condition,
        st.builds(lambda a, word, b: f"{a} {word} {b}", condition, st.sampled_from(["and", "or"]), condition),
        condition.map(lambda a: f"not {a}"),
    )
    return st.one_of(
        st.builds(lambda a, op, b: f"{a}{op}{b}", either, st.sampled_from([" + ", " - ", "*", "/"]), either),
        st.builds(lambda a, op, b: f"{a}{op}{b}", either, st.sampled_from([" + ", " - ", "*", "/"]), either),
        st.builds(lambda a, n: f"({a})^{n}", inner, st.sampled_from(["2", "3", "-1", "-2", "0.5", "1.5", "(1/3)"])),
        st.builds(lambda n, a: f"({n}{a})", st.sampled_from(["2", "3.5", "10"]), grouped),
        either.map(lambda a: f"-{a}"),
        st.builds(lambda f, a: f"{f}({a})", st.sampled_from(UNARY), inner),
        st.builds(lambda f, a: f"exp({f}({a}))", st.sampled_from(BOUNDED), inner),
        st.builds(lambda f, a, b: f"{f}({a}, {b})", st.sampled_from(BINARY), inner, inner),
        st.builds(lambda c, a, b: f"where({c}, {a}, {b})", conditions, inner, inner),
    )


def expressions(max_leaves: int = 8) -> st.SearchStrategy[str]:
    """Text of one expression; every text is in the language."""
    return st.recursive(_leaves, _extended, max_leaves=max_leaves)


def programs() -> st.SearchStrategy[str]:
    """Text with bindings, a function and several outputs."""
    small = expressions(4)
    return st.builds(
        lambda a, b, body, out, sep: sep.join(
            [f"u = {a}", f"f(x, t) = {body} + t", f"v = u*f(u, {b})", f"{out} + v, f(v, u), u"]
        ),
        small, small, small, small, st.sampled_from(["; ", "\n", " # a comment\n", ";\n\n"]),
    )  # fmt: skip


def points() -> st.SearchStrategy[dict[str, float]]:
    """A moderate point, where most expressions are defined and well conditioned."""
    value = st.floats(0.25, 2.5, allow_nan=False).map(lambda x: round(x, 3))
    return st.fixed_dictionaries(dict.fromkeys(VARIABLES, value))


_OPERATIONS = ["add", "sub", "mul", "div", "neg", *BOUNDED, "sqrt", "abs", "max", "square"]


@st.composite
def graphs(draw: Callable[..., object], size: int = 14) -> tuple[Graph, list[int]]:
    """A graph with much sharing, and two of its nodes as outputs."""
    graph = Graph()
    nodes = [graph.variable(name) for name in VARIABLES]
    nodes += [graph.constant(value) for value in (0, 1, 2, -1, "pi")]
    for _ in range(draw(st.integers(1, size))):  # type: ignore[call-overload]
        op = TABLE[str(draw(st.sampled_from(_OPERATIONS)))]
        picks = st.integers(0, len(nodes) - 1).map(lambda k: nodes[-1 - k])
        args = tuple(draw(picks) for _ in range(abs(op.arity)))
        nodes.append(graph.apply(op, args))  # type: ignore[arg-type]
    return graph, [nodes[-1], nodes[-1 - draw(st.integers(0, 3))]]  # type: ignore[operator]


def damaged(max_changes: int = 3) -> st.SearchStrategy[str]:
    """Text of the language with a few characters put in, taken out or doubled."""
    signs = list("()+-*/^=,;.#_<>!&|[]{}'\"\\ \t\n\r\x00\x1b²√π≤×")
    pieces = st.one_of(st.sampled_from([*signs, "for ", "and", " in ", "@", "%", ":", "if "]), st.characters())

    def change(text: str, changes: list[tuple[int, int, str]]) -> str:
        for place, kind, piece in changes:
            k = place % (len(text) + 1)
            text = text[:k] + (piece + text[k:] if kind == 0 else text[k + 1 :] if kind == 1 else text[max(k - 3, 0) :])
        return text

    changes = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 2), pieces), min_size=1, max_size=max_changes)
    texts = st.one_of(expressions(), programs(), array_programs().map(lambda pair: pair[0]))
    return st.builds(change, texts, changes)


# -- arrays

ARRAYS: dict[str, tuple[int, ...]] = {"t": (), "x": (3,), "y": (2,), "W": (2, 3), "A": (2, 2)}
"""The variables of array programs, and their shapes."""

Pair = tuple[str, str]  # the text in the language, and in Python


@st.composite
def _arrays(draw: Callable[..., Any], shape: tuple[int, ...], depth: int) -> Pair:
    """An expression of a shape, as text for adcli and for NumPy."""

    def some(of: tuple[int, ...]) -> Pair:
        return draw(_arrays(of, depth - 1))

    def both(ours: str, theirs: str, *parts: Pair) -> Pair:
        return ours.format(*[a for a, _ in parts]), theirs.format(*[b for _, b in parts])

    leaves = [(name, name) for name, own in ARRAYS.items() if own == shape]
    leaves += [("W'", "W.T")] if shape == (3, 2) else [("0.5", "0.5"), ("3", "3")] if shape == () else []
    if depth <= 0 and leaves:
        return draw(st.sampled_from(leaves))
    if depth <= -2:
        return (f"zeros({', '.join(map(str, shape))})", f"np.zeros({shape})")
    length = draw(st.integers(2, 3))
    k = draw(st.integers(0, 2))
    ways = ["leaf", "binary", "binary", "scaled", "function", "power", "where"] if leaves else ["binary", "function"]
    ways += (
        ["sum", "entry", "dot", "mean", "max", "fold"],
        ["literal", "matvec", "row", "total", "slice", "over"],
        ["literal", "matmul", "transpose", "outer", "over"],
    )[len(shape)]
    way = draw(st.sampled_from(ways))
    if way == "leaf":
        return draw(st.sampled_from(leaves))
    if way == "binary":
        sign = draw(st.sampled_from([" + ", " - ", "*"]))
        return both(f"({{}}{sign}{{}})", f"({{}}{sign}{{}})", some(shape), some(shape))
    if way == "scaled":
        return both("({} - {}/4)", "({} - {}/4)", some(shape), some(()))
    if way == "function":
        name = draw(st.sampled_from(["sin", "tanh", "abs", "cos"]))
        return both(f"{name}({{}})", f"np.{name}({{}})", some(shape))
    if way == "power":
        return both("({})^2", "({})**2", some(shape))
    if way == "where":
        parts = some(shape), some(shape), some(shape)
        return both("where({} > 0.1, {}, {})", "np.where({} > 0.1, {}, {})", *parts)
    if way in ("sum", "mean", "max"):
        inner = draw(st.sampled_from([(2,), (3,), (2, 3), (3, 2)]))
        return both(f"{way}({{}})", f"np.{way}({{}})", some(inner))
    if way == "entry":
        at = draw(st.integers(-length, length - 1))
        return both(f"({{}})[{at}]", f"({{}})[{at}]", some((length,)))
    if way == "dot":
        return both("({}@{})", "({}@{})", some((length,)), some((length,)))
    if way == "fold":
        a, b = some((length,)), some(())
        text = f"sum(({{}})[i]*{{}} + i for i in range({length}) if i != {k})"
        return both(text, text, a, b)
    if way == "literal":
        parts = [some(shape[1:]) for _ in range(shape[0])]
        return f"[{', '.join(a for a, _ in parts)}]", f"np.array([{', '.join(b for _, b in parts)}])"
    if way == "matvec":
        return both("({}@{})", "({}@{})", some((shape[0], length)), some((length,)))
    if way == "row":
        return both(f"({{}})[{min(k, length - 1)}]", f"({{}})[{min(k, length - 1)}]", some((length, *shape)))
    if way == "total":
        return both("sum({}, axis=0)", "np.sum({}, axis=0)", some((length, *shape)))
    if way == "slice":
        part = draw(st.sampled_from(["::-1", ":", f"-{shape[0]}:", f"0:{shape[0]}", f"{shape[0] - 1}::-1"]))
        return both(f"({{}})[{part}]", f"({{}})[{part}]", some(shape))
    if way == "over":
        inner = some(shape[1:])
        return both(f"[{{}} + i for i in range({shape[0]})]", f"np.array([{{}} + i for i in range({shape[0]})])", inner)
    if way == "matmul":
        return both("({}@{})", "({}@{})", some((shape[0], length)), some((length, shape[1])))
    if way == "transpose":
        return both("({})'", "({}).T", some(shape[::-1]))
    return both("outer({}, {})", "np.outer({}, {})", some(shape[:1]), some(shape[1:]))


@st.composite
def array_programs(draw: Callable[..., Any]) -> Pair:
    """A program of arrays as text for adcli, and as statements of Python that bind `out`."""
    shape = draw(st.sampled_from([(), (2,), (3,), (2, 3), (2, 2)]))
    first, turned, last = (draw(_arrays(shape, depth)) for depth in (2, 1, 3))
    turns = draw(st.integers(0, 3))
    ours = f"s = {first[0]}\nfor k in range({turns}) {{\n  s = s/2 + k*({turned[0]})\n}}\ns - ({last[0]})"
    theirs = f"s = {first[1]}\nfor k in range({turns}):\n    s = s/2 + k*({turned[1]})\nout = s - ({last[1]})"
    return ours, theirs


TOKENS = [
    "x", "W", "y1", "f", "sum", "max", "where", "range", "zeros", "axis", "pi", "nobody", "1", "2", "0", "0.5", ".5",
    "+", "-", "*", "/", "^", "**", "%", "@", "'", "²", "√", "=", "==", "<", ">=", "!=", "≤", ",", ",", ";", "\n", ":",
    "(", ")", "(", ")", "[", "]", "[", "]", "{", "}", "for", "in", "if", "for i in ", "range(3)", "for k in range(2) {",
    "and", "or", "not", "i", "k", "# note\n", " ", "x[0]", "W[1,:]", "[1,2]", "f(a) = a", "axis=0", "v = ", "else",
]  # fmt: skip


def soups() -> st.SearchStrategy[str]:
    """Tokens of the language in any order."""
    return st.builds(lambda tokens, sep: sep.join(tokens), st.lists(st.sampled_from(TOKENS), max_size=25),
                     st.sampled_from(["", " ", " "]))  # fmt: skip


def patterns(most: int = 7, *, symmetric: bool = False) -> st.SearchStrategy[Pattern]:
    """Patterns of small matrices, from empty to full; square ones that are their own mirror image, if `symmetric`."""
    lengths = st.integers(0, most)

    def marked(height: int, width: int) -> st.SearchStrategy[Pattern]:
        row = st.sets(st.integers(0, width - 1)) if width else st.just(set[int]())
        rows = st.lists(row, min_size=height, max_size=height)
        return rows.map(lambda found: Pattern.of_rows([sorted(row) for row in found], width))

    if symmetric:
        return lengths.flatmap(lambda n: marked(n, n)).map(Pattern.symmetric)
    return st.tuples(lengths, lengths).flatmap(lambda shape: marked(*shape))
