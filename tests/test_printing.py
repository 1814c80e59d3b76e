"""Nodes to text and to LaTeX: no more parentheses than needed, and none missing."""

from __future__ import annotations

import pytest

from adcli.contexts import Literal
from adcli.graph import Graph
from adcli.language import parse
from adcli.primitives import TABLE, functions
from adcli.printing import LATEX, latex_name, write, write_constant, written_size

TEXTS = [
    "x + y*z", "(x + y)*z", "x - (y - z)", "x - y - z", "x - (y + z)", "x*(y*z)", "x/(y*z)", "x/(y/z)", "x/y*z",
    "-x^2", "(-x)^2", "-(x*y)", "-x*y", "x*(-y)", "-(x + y)", "-(-x)", "(x^y)^z", "x^y^z", "x^(-2)", "x^(y*z)",
    "sin(x)^2", "(x + 1)^2", "2*x^3", "x/2*y", "max(x, y, z)", "atan2(y, x)", "log(x, 2)", "log(x)", "0.5*x", "1e-7*x",
    "1.5e40*x", "pi*e*tau", "where(x < y and y < z or not x > 0, x, y)", "where((x < 1 or y < 1) and z < 1, 1, 2)",
    "where(not (x < 1 and y < 1), 1, 2)", "where(x + 1 <= y*2, x, inf)", "where(x == 1, 1, where(x != 2, 2, 3))",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_well_written_text_is_written_as_it_is(text: str) -> None:
    """Reading and writing changes nothing."""
    program = parse(text)
    assert text == write(program.graph, program.outputs[0][1])


LATEX_TEXTS = [
    ("x^2/2", r"\frac{x^{2}}{2}"),
    ("(x/y)^2", r"\left(\frac{x}{y}\right)^{2}"),
    ("-x/y", r"\frac{-x}{y}"),
    ("2*x1", r"2 \cdot x_{1}"),
    ("x^y^z", r"x^{y^{z}}"),
    ("(x + 1)*alpha", r"\left(x + 1\right) \cdot \alpha"),
    ("sqrt(x + 1)", r"\sqrt{x + 1}"),
    ("cbrt(θ)", r"\sqrt[3]{\theta}"),
    ("log(x)", r"\ln\left(x\right)"),
    ("log(x, 2)", r"\log_{2}\left(x\right)"),
    ("abs(x)", r"\left|x\right|"),
    ("sigmoid(x)", r"\operatorname{sigmoid}\left(x\right)"),
    ("asin(x)", r"\arcsin\left(x\right)"),
    ("max(x, y)", r"\max\left(x, y\right)"),
    ("floor(loss)", r"\left\lfloor \mathrm{loss}\right\rfloor"),
    ("pi*tau*inf", r"\pi \cdot \tau \cdot \infty"),
    ("where(x <= 0 or not y > 1, 1, 2)",
     r"\begin{cases}1 & \text{if } x \le 0 \lor \lnot y > 1 \\ 2 & \text{otherwise}\end{cases}"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), LATEX_TEXTS)
def test_latex_is_what_a_paper_would_print(text: str, expected: str) -> None:
    """Fractions, roots, Greek letters, cases."""
    program = parse(text)
    assert expected == write(program.graph, program.outputs[0][1], notation=LATEX)


@pytest.mark.parametrize("row", [*functions()], ids=lambda row: row.name)
def test_every_function_of_the_table_is_read_back_as_written(row: object) -> None:
    """By its own name, with as many arguments as it takes."""
    op = TABLE[row.name]  # type: ignore[attr-defined]
    graph = Graph()
    args = tuple(graph.variable(name) for name in ("x", "y", "z")[: abs(op.arity)])
    if op.name == "where":
        args = (graph.apply(TABLE["lt"], args[:2]), *args[1:])
    text = write(graph, graph.apply(op, args))
    program = parse(text)
    assert program.graph.ops[program.outputs[0][1]] is op
    assert text == write(program.graph, program.outputs[0][1])


@pytest.mark.parametrize(
    ("name", "expected"),
    [("x", "x"), ("x12", "x_{12}"), ("x_1", "x_{1}"), ("theta", r"\theta"), ("θ", r"\theta"),
     ("omega_0", r"\omega_{0}"),
     ("loss", r"\mathrm{loss}"), ("max_speed", r"\mathrm{max\_speed}"), ("_", r"\mathrm{\_}"), ("v2", "v_{2}")],
)  # fmt: skip
def test_names_become_latex_names(name: str, expected: str) -> None:
    """Numbers at the end are indices; words are upright."""
    assert expected == latex_name(name)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3, ("3", 10)), (-3, ("-3", 7)), (Literal(-5, -1), ("-0.5", 7)), (Literal(1, 40), ("1e40", 10)),
     ("pi", ("pi", 10))],
)  # fmt: skip
def test_constants_carry_their_precedence(value: int | Literal | str, expected: tuple[str, int]) -> None:
    """A negative one is wrapped where a minus would be."""
    assert expected == write_constant(value)


def test_negative_constants_are_wrapped_where_they_must_be() -> None:
    """(-2)^x is not -2^x."""
    graph = Graph()
    x, two = graph.variable("x"), graph.constant(-2)
    assert write(graph, graph.apply(TABLE["pow"], (two, x))) == "(-2)^x"
    assert write(graph, graph.apply(TABLE["pow"], (x, two))) == "x^(-2)"
    assert write(graph, graph.apply(TABLE["mul"], (x, two))) == "x*(-2)"
    assert write(graph, graph.apply(TABLE["mul"], (two, x))) == "-2*x"


def test_names_stand_for_nodes() -> None:
    """A named node is written by its name, wherever it stands."""
    program = parse("(x + 1)*sin(x + 1)")
    inner = program.graph.args[program.outputs[0][1]][0]
    assert write(program.graph, program.outputs[0][1], names={inner: "u"}) == "u*sin(u)"


def test_a_shared_graph_is_written_within_its_budget() -> None:
    """Its full text would have 2^1000 characters."""
    graph = Graph()
    node = graph.variable("x")
    for _ in range(1000):
        node = graph.apply(TABLE["mul"], (node, node))
    shown = write(graph, node, budget=500)
    assert len(shown) == 501
    assert shown.endswith("…")
    assert written_size(graph, graph.needed([node]))[node] == 2**1001 - 1


def test_depth_is_no_matter() -> None:
    """A hundred thousand levels are written by one loop."""
    graph = Graph()
    node = graph.variable("x")
    for _ in range(100_000):
        node = graph.apply(TABLE["sin"], (node,))
    assert write(graph, node) == "sin(" * 100_000 + "x" + ")" * 100_000
