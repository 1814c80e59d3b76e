"""What a derivative looks like once simplified, and what that costs."""

from __future__ import annotations

import pytest

from adcli.backends.symbolic import derivative_graph
from adcli.graph import Graph
from adcli.language import parse
from adcli.primitives import TABLE
from adcli.printing import write
from adcli.simplify import simplify


def derive(text: str, wrt: str, mode: str = "") -> str:
    """The derivative of the first output by one variable, as text."""
    program = parse(text)
    node = program.variables[wrt]
    graph, rows, _ = derivative_graph(program.graph, [node], [program.outputs[0][1]], mode)
    return write(graph, rows[0][0])


def simplified(text: str) -> str:
    """The simplified text of an expression."""
    program = parse(text)
    graph, (node,) = simplify(program.graph, [program.outputs[0][1]])
    return write(graph, node)


DERIVATIVES = [
    ("a*sin(x) + b*x*sin(x)", "x", "a*cos(x) + b*x*cos(x) + b*sin(x)"),
    ("3", None, None),
    ("x", "x", "1"),
    ("a*x", "x", "a"),
    ("-x", "x", "-1"),
    ("x - x", "x", "0"),
    ("x/x", "x", "0"),
    ("2*x + 3*x", "x", "5"),
    ("x*y*x^-1", "y", "1"),
    ("x*y*x^-1", "x", "0"),
    ("x*x*x", "x", "3*x^2"),
    ("x^2/2", "x", "x"),
    ("x^3/3", "x", "x^2"),
    ("x^4/12", "x", "x^3/3"),
    ("2*x/3", "x", "2/3"),
    ("0.5*x^2", "x", "x"),
    ("1e-3*x^2", "x", "0.002*x"),
    ("0.1*x + 0.2*x", "x", "0.3"),
    ("1/x", "x", "-1/x^2"),
    ("1/x^2", "x", "-2/x^3"),
    ("x^-2", "x", "-2/x^3"),
    ("x^a", "x", "a*x^(a - 1)"),
    ("x^(1/2)", "x", "1/(2*x^(1/2))"),
    ("x^1.5", "x", "1.5*x^0.5"),
    ("x^(2/3)", "x", "2/(3*x^(1/3))"),
    ("(x + 1)^3", "x", "3*(x + 1)^2"),
    ("(x - 1)^2", "x", "2*(x - 1)"),
    ("-(x - 1)^2", "x", "-2*(x - 1)"),
    ("(2x)^3", "x", "24*x^2"),
    ("(-x)^3", "x", "-3*x^2"),
    ("(x*y)^2", "x", "2*x*y^2"),
    ("a*x^2 + b*x + c", "x", "2*a*x + b"),
    ("x^3*sin(2x)", "x", "2*x^3*cos(2*x) + 3*x^2*sin(2*x)"),
    ("sqrt(x)", "x", "1/(2*sqrt(x))"),
    ("1/sqrt(x)", "x", "-1/(2*sqrt(x)^3)"),
    ("sqrt(1 - x^2)", "x", "-x/sqrt(1 - x^2)"),
    ("sqrt(x^2 + y^2)", "y", "y/sqrt(x^2 + y^2)"),
    ("exp(-x^2/2)/sqrt(2*pi)", "x", "-x*exp(-x^2/2)/sqrt(2*pi)"),
    ("x*exp(-x)", "x", "exp(-x) - x*exp(-x)"),
    ("exp(x)^2", "x", "2*exp(x)^2"),
    ("log(x)/x", "x", "1/x^2 - log(x)/x^2"),
    ("log(x^2 + 1)", "x", "2*x/(x^2 + 1)"),
    ("log(a*x)", "x", "1/x"),
    ("log(x, 2)", "x", "1/(x*log(2))"),
    ("sin(pi*x)", "x", "pi*cos(pi*x)"),
    ("sin(2*pi*x)", "x", "2*pi*cos(2*pi*x)"),
    ("sin(cos(x))", "x", "-cos(cos(x))*sin(x)"),
    ("sin(x)^2 + cos(x)^2", "x", "0"),
    ("tanh(x)", "x", "sech(x)^2"),
    ("1/(1 + exp(-x))", "x", "exp(-x)/(exp(-x) + 1)^2"),
    ("1/2*m*v^2", "v", "m*v"),
    ("G*m1*m2/r^2", "r", "-2*G*m1*m2/r^3"),
    ("100*(y - x^2)^2 + (1 - x)^2", "x", "-400*x*(y - x^2) - 2*(1 - x)"),
    ("100*(y - x^2)^2 + (1 - x)^2", "y", "200*(y - x^2)"),
    ("exp(-k*x)*cos(w*x)", "x", "-k*cos(w*x)*exp(-k*x) - w*exp(-k*x)*sin(w*x)"),
    ("abs(x)", "x", "sign(x)"),
    ("floor(x)", "x", "0"),
    ("relu(x)", "x", "where(x > 0, 1, 0)"),
    ("max(x, y)", "x", "where(x >= y, 1, 0)"),
    ("where(x > 0, x^2, -x)", "x", "where(x > 0, 2*x, -1)"),
    ("piecewise(x < 0, -x, x < 1, x^2, 1)", "x", "where(x < 0, -1, where(x < 1, 2*x, 0))"),
    ("piecewise(x < 0, -x, x < 1, x^2, x^3)", "x", "where(x < 0, -1, where(x < 1, 2*x, 3*x^2))"),
    ("x^1e999999999", "x", None),
]


@pytest.mark.parametrize(("text", "wrt", "expected"), [row for row in DERIVATIVES if row[2] is not None])
def test_derivatives_read_as_people_write_them(text: str, wrt: str, expected: str) -> None:
    """By the forward sweep, which one variable takes."""
    assert expected == derive(text, wrt)


@pytest.mark.parametrize("row", [row for row in DERIVATIVES if row[2] is not None], ids=lambda row: row[0])
def test_both_modes_write_the_same_for_a_choice(row: tuple[str, str, str]) -> None:
    """Choices by conditions stay choices, forward and in reverse."""
    if "where" in row[2]:
        assert row[2] == derive(row[0], row[1], "reverse")


def test_the_derivative_of_planck_s_law_is_one_fraction_each() -> None:
    """Shared products are collected in graphs of a size that people read."""
    law = "h*c/(l*(exp(h*c/(l*k*T)) - 1))"
    assert derive(law, "T", "reverse") == "c^2*h^2*exp(c*h/(T*k*l))/(T^2*k*l^2*(exp(c*h/(T*k*l)) - 1)^2)"


EXPRESSIONS = [
    ("0*x", "0"), ("1*x", "x"), ("x*1", "x"), ("x^1", "x"), ("x^0", "1"), ("x + 0", "x"), ("0 - x", "-x"), ("--x", "x"),
    ("x - -y", "x + y"), ("x + -y", "x - y"), ("-(x - y)", "y - x"), ("x*x^2*3 - 2*x^3", "x^3"), ("2*3*x", "6*x"),
    ("x/2/3", "x/6"), ("(x + 1)/(x + 1)", "1"), ("x*y - y*x", "0"), ("2^10", "1024"), ("2^-1", "1/2"), ("0.5*4", "2"),
    ("1/3 + 1/6", "1/2"), ("0.1 + 0.2", "0.3"), ("sqrt(x)^2", "sqrt(x)^2"), ("(x^2)^0.5", "(x^2)^0.5"),
    ("x^0.5*x^0.5", "x"), ("(x*y)^0.5", "(x*y)^0.5"), ("sin(0) + cos(0) + log(1) + exp(0)", "2"), ("-2*-x", "2*x"),
    ("x/(-2)", "-x/2"), ("a - (b - (c - d))", "a - b + c - d"), ("where(x < 0, y, y)", "y"), ("pi - pi", "0"),
    ("x^2*x^a", "x^2*x^a"), ("b - a", "b - a"), ("-a + b", "b - a"), ("1 - x", "1 - x"), ("-x - 1", "-x - 1"),
    ("x10 + x2 + x1", "x1 + x2 + x10"), ("0/x", "0"), ("1/0", "1/0"), ("0^0", "1"), ("9^9^9^9", "9^9^387420489"),
    ("1e999999999*x", "1e999999999*x"), ("x*1e-999999999*0", "0"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS)
def test_expressions_are_simplified_modestly(text: str, expected: str) -> None:
    """Like terms and powers are collected; what is not right for every real number is left."""
    assert expected == simplified(text)


def test_nothing_is_expanded_or_factored() -> None:
    """The writer's own form stays."""
    for text in ("(x + 1)^2", "x*(x + 1)", "x^2 - 1", "cos(x)^2 + sin(x)^2", "exp(x)*exp(y)"):
        assert text == simplified(text)


# -- what it costs: nodes, counted


def product(count: int) -> str:
    """x1*x2*...; its gradient is the classic of shared subexpressions (Speelpenning)."""
    return "*".join(f"x{k}" for k in range(1, count + 1))


def gradient_nodes(text: str) -> int:
    """How many nodes the simplified gradient has."""
    program = parse(text)
    graph, _, _ = derivative_graph(
        program.graph, list(program.variables.values()), [program.outputs[0][1]], "reverse", textbook=True
    )
    return len(graph.needed(range(len(graph))))


def test_the_gradient_of_a_product_has_linearly_many_nodes() -> None:
    """Where the text would need the square: 100 variables, 100 derivatives of 99 factors."""
    assert gradient_nodes(product(100)) <= 10 * 100
    assert gradient_nodes(product(400)) <= 5 * 400


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("product", product),
        ("product of squares", lambda n: "*".join(f"x{k}^2/3" for k in range(n))),
        ("sum of squares", lambda n: "+".join(f"x{k}^2" for k in range(n))),
        ("rosenbrock", lambda n: "+".join(f"100*(x{k + 1}-x{k}^2)^2+(1-x{k})^2" for k in range(n))),
        ("sin of sin", lambda n: "sin(" * n + "x" + ")" * n),
        ("power tower", lambda n: "^".join(["x"] * n)),
        ("continued fraction", lambda n: "1/(1+" * n + "x" + ")" * n),
        ("bindings", lambda n: "a0=x;" + "".join(f"a{k}=a{k - 1}*x+a{k - 1};" for k in range(1, n)) + f"a{n - 1}"),
        ("piecewise", lambda n: "piecewise(" + ",".join(f"x<{k},x*y*{k}" for k in range(n)) + ",y)"),
        ("sharing", lambda n: "a0=sin(x);" + "".join(f"a{k}=a{k - 1}*a{k - 1};" for k in range(1, n)) + f"a{n - 1}"),
        ("sharing sums", lambda n: "a0=sin(x);" + "".join(f"a{k}=a{k - 1}+cos(a{k - 1});" for k in range(1, n)) + "a9"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("untraced")
def test_derivative_graphs_grow_linearly(name: str, make: object) -> None:
    """Twice the text, about twice the nodes."""
    small, large = (gradient_nodes(make(n)) for n in (200, 400))  # type: ignore[operator]
    assert large <= 2.6 * small, name


@pytest.mark.usefixtures("untraced")
def test_a_long_sum_of_few_terms_collapses() -> None:
    """However it is nested."""
    assert simplified("+".join(["x", "y*x", "2"] * 20_000)) == "20000*x*y + 20000*x + 40000"
    assert simplified("*".join(["x", "y"] * 20_000)) == "x^20000*y^20000"
    assert simplified("(" * 5000 + "x" + "+1)" * 5000) == "x + 5000"
    assert simplified("-" * 10_001 + "x") == "-x"


@pytest.mark.parametrize(("opening", "closing"), [("sin(", ")"), ("-(", ")"), ("x*(", "+1)"), ("√", "")])
@pytest.mark.usefixtures("untraced")
def test_any_depth_is_differentiated(opening: str, closing: str) -> None:
    """Ten thousand levels, forward and in reverse."""
    program = parse(opening * 10_000 + "x" + closing * 10_000)
    for mode in ("forward", "reverse"):
        graph, rows, _ = derivative_graph(program.graph, [program.variables["x"]], [program.outputs[0][1]], mode)
        assert len(graph.needed(rows[0])) <= 11 * 10_000


def test_piecewise_of_thousands_of_cases_is_differentiated() -> None:
    """Guards are kept few, so the graph stays linear."""
    text = "piecewise(" + ",".join(f"x<{k},x*y*{k}" for k in range(2000)) + ",y)"
    assert gradient_nodes(text) < 40 * 2000


def test_a_shared_graph_of_exponential_text_is_simplified() -> None:
    """Sharing is kept: the text of this one would have 2^60 characters."""
    graph = Graph()
    node = graph.variable("x")
    for _ in range(60):
        node = graph.apply(TABLE["add"], (graph.apply(TABLE["sin"], (node,)), graph.apply(TABLE["cos"], (node,))))
    simple, (made,) = simplify(graph, [node])
    assert len(simple.needed([made])) == len(graph.needed([node]))
