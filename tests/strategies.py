"""Hypothesis strategies: random expressions as text and as graphs, points, and damaged text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st

from adcli.graph import Graph
from adcli.primitives import TABLE

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
    pieces = st.one_of(st.sampled_from([*signs, "for ", "and"]), st.characters())

    def change(text: str, changes: list[tuple[int, int, str]]) -> str:
        for place, kind, piece in changes:
            k = place % (len(text) + 1)
            text = text[:k] + (piece + text[k:] if kind == 0 else text[k + 1 :] if kind == 1 else text[max(k - 3, 0) :])
        return text

    changes = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 2), pieces), min_size=1, max_size=max_changes)
    return st.builds(change, st.one_of(expressions(), programs()), changes)
