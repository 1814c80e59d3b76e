"""The language, row by row of its table: what a text means, and that its size is no matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from adcli.contexts import Literal, make_context
from adcli.errors import LimitError, ReadError, UsageError
from adcli.language import Program, parse, read_point
from adcli.language.canonical import canonical
from adcli.language.elaborate import free_names
from adcli.language.limits import Limits
from adcli.ordering import natural_order
from adcli.sweeps import values

if TYPE_CHECKING:
    from collections.abc import Sequence

MANY = 10_000


def read(text: str) -> str:
    """The canonical form of a text: how it was understood."""
    return canonical(parse(text))


def evaluate(program: Program, **point: float) -> list[float]:
    """The outputs of a program at a point."""
    inputs = {node: point[name] for name, node in program.variables.items()}
    nodes = [node for _, node in program.outputs]
    v = values(make_context(), program.graph, program.graph.needed(nodes), inputs)
    return [float(v[node]) for node in nodes]


def value(text: str, **point: float) -> float:
    """The one output of a text at a point."""
    (result,) = evaluate(parse(text), **point)
    return result


# -- operators, numbers, coefficients

PRECEDENCE = [
    ("-x^2", "-(x^2)"),
    ("-x**2", "-(x**2)"),
    ("2^-x", "2^(-x)"),
    ("2^3^2", "2^(3^2)"),
    ("a - b - c", "(a - b) - c"),
    ("a/b/c", "(a/b)/c"),
    ("a/b*c", "(a/b)*c"),
    ("a*b/c", "(a*b)/c"),
    ("a + b*c^d", "a + (b*(c^d))"),
    ("a*-b", "a*(-b)"),
    ("-a*b", "(-a)*b"),
    ("--a", "-(-a)"),
    ("+a", "a"),
    ("a^-b^c", "a^(-(b^c))"),
    ("a^+b", "a^b"),
    ("2x^3", "2*(x^3)"),
    ("2x*y", "(2*x)*y"),
    ("-2x", "-(2*x)"),
    ("2x/3", "(2*x)/3"),
    ("2(x + 1)", "2*(x + 1)"),
    ("2sin(x)", "2*sin(x)"),
    ("2.5e", "2.5*e"),
    ("1e3x", "1000*x"),
    ("1/(2x)", "1/(2*x)"),
    ("x²", "x^2"),
    ("2x²", "2*(x^2)"),
    ("x⁻¹²", "x^(-12)"),
    ("(x + 1)²", "(x + 1)^2"),
    ("sin(x)²", "sin(x)^2"),
    ("x²^3", "(x^2)^3"),
    ("2²", "2^2"),
    ("√x", "sqrt(x)"),
    ("√2*x", "sqrt(2)*x"),
    ("√(x + 1)", "sqrt(x + 1)"),
    ("√x²", "sqrt(x)^2"),
    ("2√x", "2*sqrt(x)"),
    ("√√x", "sqrt(sqrt(x))"),
]


@pytest.mark.parametrize(("text", "expected"), PRECEDENCE)
def test_operators_bind_as_the_design_says(text: str, expected: str) -> None:
    """Each text means what its fully parenthesised form means."""
    assert read(expected) == read(text)


@pytest.mark.parametrize(("text", "expected"), [
    ("x % y*z", "mod(x, y)*z"), ("x*y % z", "mod(x*y, z)"), ("-x % y", "mod(-x, y)"), ("x % y^2", "mod(x, y^2)"),
    ("x + y % z", "x + mod(y, z)"), ("x % y % z", "mod(mod(x, y), z)"),
])  # fmt: skip
def test_a_remainder_binds_as_a_product(text: str, expected: str) -> None:
    """As in Python; mod(x, y) is the same."""
    assert read(expected) == read(text)


FREE = [
    ("a*x + b", {"a", "x", "b"}),
    ("a = x; a + pi", {"x"}),
    ("f(u) = u*k; f(x)", {"k", "x"}),
    ("sum(x[i]*c for i in range(n) if i > m)", {"x", "c", "n", "m"}),
    ("for k in range(n) { s = s + k*h }; s", {"n", "h"}),
    ("where(x > 0, a, b)", {"x", "a", "b"}),
    ("sum(x, axis=d)", {"x", "d"}),
]


@pytest.mark.parametrize(("text", "names"), FREE)
def test_free_names_are_those_that_nothing_gives_a_value(text: str, names: set[str]) -> None:
    """Found without running the text."""
    assert names == free_names(text)


NUMBERS = [
    ("3", 3),
    (".5", Literal(5, -1)),
    ("2.", 2),
    ("1e-3", Literal(1, -3)),
    ("1E+3", 1000),
    ("1_000", 1000),
    ("1_0.2_5", Literal(1025, -2)),
    ("0.1", Literal(1, -1)),
    ("0.10", Literal(1, -1)),
    ("1e40", Literal(1, 40)),
    ("0.0", 0),
    ("123456789012345678901234567890123456789", 123456789012345678901234567890123456789),
]


@pytest.mark.parametrize(("text", "expected"), NUMBERS)
def test_numbers_are_kept_exactly(text: str, expected: int | Literal) -> None:
    """A constant is what was written, not the nearest double."""
    program = parse(text)
    held = program.graph.constants[program.outputs[0][1]]
    assert (expected, type(expected)) == (held, type(held)) or str(expected) == str(held)


def test_zero_point_one_has_fifty_digits() -> None:
    """0.1 is one tenth at any precision."""
    program = parse("0.1")
    m = make_context(50)
    assert m.div(m.number(1), m.number(10)) == m.number(program.graph.constants[0])


# -- names, constants, pasted text


def test_variables_come_in_natural_order() -> None:
    """The order of the text does not matter, and digits count as numbers."""
    assert list(parse("x10 + x2*x1 + b - a").variables) == ["a", "b", "x1", "x2", "x10"]
    assert list(parse("x*X").variables) == ["X", "x"]
    assert sorted(["x2", "x1_10", "x1", "x", "x1_2"], key=natural_order) == ["x", "x1", "x1_2", "x1_10", "x2"]


def test_the_user_may_give_the_order() -> None:
    """`variables` fixes the columns; a variable that the text does not use may be among them."""
    program = parse("x*y", variables=["y", "z", "x"])
    assert list(program.variables) == ["y", "z", "x"]
    assert evaluate(program, x=2, y=3, z=5) == [6.0]


@pytest.mark.parametrize(
    ("text", "variables", "code"),
    [
        ("x*y", ["x"], "unlisted-variable"),
        ("x*y", ["x", "y", "x"], "duplicate-variable"),
        ("a = x; a", ["x", "a"], "bound-variable"),
    ],
)
def test_an_order_that_does_not_fit_is_refused(text: str, variables: Sequence[str], code: str) -> None:
    """The list holds each variable of the text once, and no bound name."""
    with pytest.raises(UsageError) as caught:
        parse(text, variables=variables)
    assert code == caught.value.code


CONSTANTS = {"pi": 3.141592653589793, "π": 3.141592653589793, "e": 2.718281828459045, "tau": 6.283185307179586,
             "inf": float("inf")}  # fmt: skip


@pytest.mark.parametrize("name", CONSTANTS)
def test_constants_have_their_values(name: str) -> None:
    """And they are no variables."""
    program = parse(name)
    assert program.variables == {}
    assert [CONSTANTS[name]] == evaluate(program)
    assert program.notes == []


def test_binding_a_constant_makes_it_an_ordinary_name() -> None:
    """With a note."""
    program = parse("e = 3; e*x")
    assert evaluate(program, x=2) == [6.0]
    assert program.notes == ["'e' is bound here: it is not the constant e"]


def test_a_point_may_make_a_constant_a_variable() -> None:
    """`forced` names become variables, and so do those that `variables` lists."""
    assert list(parse("e*x", forced=["e"]).variables) == ["e", "x"]
    assert list(parse("e*x", variables=["x", "e"]).variables) == ["x", "e"]


def test_a_parameter_of_a_function_may_be_named_like_a_constant() -> None:
    """Parameters are looked up first."""
    assert value("f(e) = e + 1; f(2)") == 3.0


PASTED = [
    ("x·y", "x*y"),
    ("x×y", "x*y"),
    ("x⋅y", "x*y"),
    ("x∗y", "x*y"),
    ("2\u2062x", "2*x"),
    ("x−y", "x - y"),
    ("x–y", "x - y"),
    ("−x", "-x"),
    ("x÷y", "x/y"),
    ("x∕y", "x/y"),
    ("2π", "2*pi"),
    ("x₁ + x₂", "x1 + x2"),
    ("𝑥 + 𝐲", "x + y"),
    ("ℎ", "h"),
    ("𝜃", "θ"),
    ("µ", "μ"),
    ("ϕ", "φ"),
    ("x\u00a0+\u2009y\u3000+\u200bz\ufeff", "x + y + z"),
    ("where(x ≤ 1, x, y)", "where(x <= 1, x, y)"),
    ("where(x ≥ 1, x, y)", "where(x >= 1, x, y)"),
    ("where(x ≠ 1, x, y)", "where(x != 1, x, y)"),
]


@pytest.mark.parametrize(("text", "expected"), PASTED)
def test_pasted_symbols_mean_what_they_look_like(text: str, expected: str) -> None:
    """As they come from PDFs, web pages and word processors."""
    assert expected == read(text)


def test_logarithms_are_those_of_python() -> None:
    """Log is natural; a second argument is the base."""
    assert value("log(e)") == value("ln(e)") == 1.0
    assert value("log2(8)") == 3.0
    assert value("log10(1000)") == pytest.approx(3.0, rel=1e-15)
    assert value("log(8, 2)") == pytest.approx(3.0, rel=1e-15)
    assert read("ln(x, b)") == "log(x, b)"


# -- conditions


@pytest.mark.parametrize(
    ("condition", "truth"),
    [
        ("x < 2", False), ("x <= 2", True), ("x > 2", False), ("x >= 2", True), ("x == 2", True), ("x != 2", False),
        ("1 < x < 3", True), ("1 < x < 2", False), ("1 < x <= 2 < 3 > x", True), ("3 > x > 2", False),
        ("x < 1 or x > 1", True), ("x > 1 and x < 1", False), ("not x < 1", True), ("not not x < 1", False),
        ("x < 1 and x < 1 or x > 1", True), ("x > 1 or x < 1 and x < 1", True), ("(x > 1 or x < 1) and x < 1", False),
    ],
)  # fmt: skip
def test_conditions_mean_what_they_mean_in_python(condition: str, truth: bool) -> None:
    """Comparisons chain; not binds tighter than and, and tighter than or."""
    assert float(truth) == value(f"where({condition}, 1, 0)", x=2)


def test_piecewise_takes_the_first_condition_that_holds() -> None:
    """The last value is for all other cases."""
    text = "piecewise(x < 0, -x, x < 1, x^2, 7)"
    assert [value(text, x=x) for x in (-3, 0.5, 1)] == [3.0, 0.25, 7.0]
    assert read(text) == "where(x < 0, -x, where(x < 1, x^2, 7))"


# -- programs

PROGRAMS = [
    ("a = x + 1; a^2", "a = x + 1; a^2"),
    ("a = x + 1\na^2", "a = x + 1; a^2"),
    ("\n\na = x + 1;\n;\n a^2 ;\n", "a = x + 1; a^2"),
    ("a = x + 1 # a comment; with = signs\n# another\na^2 # the end", "a = x + 1; a^2"),
    ("x +\ny", "x + y"),
    ("x,\ny", "x, y"),
    ("a =\nx\na", "a = x; x"),
    ("x *  # goes on\n\n\n y", "x*y"),
    ("sin(\nx\n+ y\n)", "sin(x + y)"),
    ("(x # (\n+ y)", "x + y"),
    ("x\r\n+\r\ny", None),
    ("a = x + 1\r\na^2\r\n", "a = x + 1; a^2"),
    ("y = x^2", "y = x^2"),
    ("f(t) = t^2; f(x) + f(3)", "x^2 + 3^2"),
    ("f(a, b) = a - b\nf(b, a)", "b - a"),
    ("c = 2; f(t) = c*t; c*f(x)", "c = 2; 2*2*x"),
    ("u = x*y; v = u; v + u", "u = x*y; v = x*y; u + u"),
]


@pytest.mark.parametrize(("text", "expected"), [row for row in PROGRAMS if row[1] is not None])
def test_programs_are_statements_on_lines_or_between_semicolons(text: str, expected: str) -> None:
    """Newlines inside parentheses and after operators do not end a statement."""
    shown = read(text)
    assert expected.replace("2*2*x", "2*(2*x)") == shown


def test_outputs_are_named_by_number_or_by_their_binding() -> None:
    """y1, y2, ... also when there is one; a last binding names its output."""
    assert [name for name, _ in parse("x").outputs] == ["y1"]
    assert [name for name, _ in parse("x, y, x").outputs] == ["y1", "y2", "y3"]
    assert [name for name, _ in parse("a = x; loss = a^2").outputs] == ["loss"]


def test_functions_see_their_own_parameters_first() -> None:
    """A parameter hides the variable and the binding of its name."""
    assert value("x = 5; f(x) = 2*x; f(3) + x") == 11.0
    assert value("f(x) = x + y; f(y)", y=2) == 4.0


def test_functions_may_be_defined_after_they_are_named() -> None:
    """What counts is that they are there when the call is run."""
    assert value("f(t) = g(t) + 1; g(t) = t^2; f(3)") == 10.0


def test_calls_nest_in_calls_of_the_same_function() -> None:
    """f(f(x)) is no recursion."""
    assert value("f(t) = t + 1; f(f(f(x)))", x=1) == 4.0
    assert value("f(t) = t + 1; g(t) = f(f(t)); g(g(f(x)))", x=1) == 6.0


def test_a_definition_may_replace_a_built_in_function() -> None:
    """With a note."""
    program = parse("sin(t) = t + 1; sin(2)")
    assert evaluate(program) == [3.0]
    assert program.notes == ["'sin' is defined here: it is not the built-in function sin"]


def test_functions_see_what_is_bound_when_they_are_called() -> None:
    """A call after a binding changed gives a new result."""
    assert evaluate(parse("c = 1; f(t) = c*t; a = f(x); c = 2; a, f(x)"), x=10) == [10.0, 20.0]


def test_names_may_be_bound_again() -> None:
    """Each line sees the latest value, also on the line that binds."""
    program = parse("a = x; a = a + 1; a = a*a; a")
    assert evaluate(program, x=2) == [9.0]
    assert canonical(program) == "a = x; a = a + 1; a = a*a; a"


def test_rebinding_programs_are_shown_without_their_comments() -> None:
    """The one-line form of a program that cannot be normalised is still a program."""
    text = "a = x # start\na = a +\n 1\n\n# next\na"
    shown = canonical(parse(text))
    assert shown == "a = x; a = a + 1; a"
    assert shown == canonical(parse(shown))


# -- parameters, wanted intermediates, points


def test_lets_are_constants_of_their_own_text() -> None:
    """They may use constants, functions and earlier lets, and may be rebound by nothing outside."""
    program = parse("k*x + n", lets=[("k", "2^0.5*sqrt(2)"), ("n", "k + pi - pi")])
    assert list(program.variables) == ["x"]
    assert [pytest.approx(8.0)] == evaluate(program, x=3)
    assert parse("x", lets=[("q", "1")]).notes == ["--let q: the expression has no 'q'"]


def test_lets_fold_pasted_letters() -> None:
    """--let 𝜃=2 is the θ of the text."""
    assert evaluate(parse("θ*x", lets=[("𝜃", "2")]), x=3) == [6.0]


@pytest.mark.parametrize("value_text", ["y", "1, 2", "a = 1", "1; 2"])
def test_a_let_is_one_constant_expression(value_text: str) -> None:
    """Nothing else is a parameter."""
    with pytest.raises(UsageError) as caught:
        parse("k*x", lets=[("k", value_text)])
    assert caught.value.code == "bad-let"


def test_wanted_intermediates_have_nodes_of_their_own() -> None:
    """Even where another name, or the variable itself, has the same value."""
    program = parse("u = x*y; v = x*y; w = x; u + v + w", wanted=["u", "w"])
    bound = dict(program.bindings)
    assert len({bound["u"], bound["v"], bound["w"], program.variables["x"]}) == 4
    assert canonical(program) == "u = x*y; v = x*y; w = x; u + u + w"


def test_every_node_knows_its_place() -> None:
    """The span of a node is the text that made it."""
    text = "a = x*y; sin(a) + (x - 1)^2"
    program = parse(text)
    graph = program.graph
    places = {graph.ops[n].name: text[graph.starts[n] : graph.ends[n]] for n in range(len(graph)) if graph.args[n]}
    assert places == {"mul": "x*y", "sin": "sin(a)", "sub": "(x - 1)", "pow": "(x - 1)^2", "add": "sin(a) + (x - 1)^2"}


def test_points_are_read_by_place_and_by_name() -> None:
    """Values are constant expressions; commas, semicolons and newlines separate them."""
    assert [name for name, _ in read_point("pi/4, sqrt(2)").items] == [None, None]
    assert [name for name, _ in read_point("x=1; y=-2e-3").items] == ["x", "y"]
    assert [name for name, _ in read_point("x₁ = 1\nx₂ = 2\n").items] == ["x1", "x2"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "empty-point"), ("x=1,x=2", "duplicate-name"), ("y", "not-constant"), ("x=y+1", "not-constant"),
     ("f(x)=1", "bad-point"), ("1,", "unexpected-end"), ("x==1", None)],
)  # fmt: skip
def test_points_that_are_none_are_usage_errors(text: str, code: str | None) -> None:
    """With the code of what is wrong."""
    with pytest.raises(UsageError) as caught:
        read_point(text)
    assert code is None or code == caught.value.code


# -- size is no matter


def test_a_sum_of_a_hundred_thousand_terms_is_read() -> None:
    """In one pass."""
    program = parse("+".join(["x", "2", "y*x"] * 33_334))
    assert len(program.graph) == 33_334 * 3 + 3
    assert evaluate(program, x=3, y=5) == [33_334 * (3 + 2 + 15)]


@pytest.mark.parametrize(
    ("opening", "middle", "closing", "expected"),
    [
        ("(", "x", ")", 1),
        ("sin(", "x", ")", MANY + 1),
        ("-", "x", "", MANY + 1),
        ("-(", "x", ")", MANY + 1),
        ("√", "x", "", MANY + 1),
        ("x^", "x", "", MANY + 1),
        ("(", "x", ")^x", MANY + 1),
        ("x*(", "x", "+1)", 2 * MANY + 2),
        ("where(0<", "x", ",x,1)", 2 * MANY + 3),
        ("where(0<", "x", "<2,x,1)", None),
        ("max(1,", "x", ")", MANY + 2),
        ("2(", "x", ")", MANY + 2),
    ],
)
@pytest.mark.usefixtures("untraced")
def test_any_depth_is_read(opening: str, middle: str, closing: str, expected: int | None) -> None:
    """Ten thousand levels, with as many nodes as the text has operations."""
    program = parse(opening * MANY + middle + closing * MANY)
    assert expected is None or expected == len(program.graph)
    assert len(canonical(program)) <= 4 * len(program.text) + 1001


@pytest.mark.usefixtures("untraced")
def test_a_chain_of_functions_that_double_stays_linear() -> None:
    """f_n = f_{n-1} + f_{n-1} is n additions: a call with known arguments is not run again."""
    lines = [f"f{k}(x) = f{k - 1}(x) + f{k - 1}(x)" for k in range(1, MANY)]
    program = parse("\n".join(["f0(x) = x^2", *lines, f"f{MANY - 1}(x)"]))
    assert len(program.graph) == MANY + 2
    assert len(canonical(program)) <= 4 * len(program.text) + 1001


def test_functions_applied_to_themselves_grow_as_they_must() -> None:
    """f_n = f_{n-1}(f_{n-1}(x)) squares 2^n times."""
    lines = [f"f{k}(x) = f{k - 1}(f{k - 1}(x))" for k in range(1, 11)]
    program = parse(";".join(["f0(x) = x + 1", *lines, "f10(x)"]))
    assert len(program.graph) == 2**10 + 2
    assert evaluate(program, x=0.5) == [1024.5]


def test_a_program_that_grows_without_end_meets_a_limit() -> None:
    """Sixty such functions would be 2^60 nodes."""
    lines = [f"f{k}(x) = f{k - 1}(f{k - 1}(x))" for k in range(1, 60)]
    text = ";".join(["f0(x) = x + 1", *lines, "f59(x)"])
    with pytest.raises(LimitError) as caught:
        parse(text, limits=Limits(nodes=5000))
    assert caught.value.code == "too-many-nodes"


def test_nested_comparison_chains_do_not_double() -> None:
    """The middle of a < b < c is computed once, however deep it nests."""
    depth = 200
    program = parse("where(0 < " * depth + "x" + " < 2, x, 1)" * depth)
    assert len(program.graph) == 4 * depth + 4


def test_piecewise_may_have_thousands_of_cases() -> None:
    """Each is one comparison and one choice."""
    text = "piecewise(" + ",".join(f"x<{k},{k}*y" for k in range(2000)) + ",y)"
    assert evaluate(parse(text), x=1234.5, y=2) == [1235.0 * 2]


def test_many_bindings_are_written_back_once_each() -> None:
    """The canonical form of a long program is as long as the program."""
    text = "; ".join(["a0 = x", *[f"a{k} = a{k - 1}*x + {k}" for k in range(1, 3000)], "a2999"])
    assert text.replace("a1 = a0*x", "a1 = x*x") == read(text)


@pytest.mark.parametrize("text", ["(" * 10**6, "sin(" * 250_000, "-" * 10**6, ")" * 10**6, "x+" + "\n" * 10**6])
@pytest.mark.usefixtures("untraced")
def test_a_megabyte_of_nonsense_is_refused(text: str) -> None:
    """Soon, and with a short message."""
    with pytest.raises(ReadError) as caught:
        parse(text)
    assert len(caught.value.render()) < 400


@pytest.mark.parametrize("text", ["1" * 5000, "1" * 10**6, "1e99999999999", "x + 1e-99999999999"])
def test_numbers_too_large_to_keep_meet_a_limit(text: str) -> None:
    """No attempt is made to compute them."""
    with pytest.raises(LimitError) as caught:
        parse(text)
    assert caught.value.code == "huge-literal"
