"""Traces of programs with arrays: a row for each operation of the text, tangents and adjoints in shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from adcli import schemas
from adcli.errors import UsageError
from adcli.formats import Screen, latex
from adcli.products import Function
from adcli.tracing import trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome

    from adcli.results.trace import Trace

    Adcli = Callable[..., Outcome]

W = [[1, 2], [3, 4]]
POINT = {"W": W, "x": [1, 1]}


def rows(result: Trace) -> dict[str, Any]:
    return {row.node: row for row in result.rows}


def rules(result: Trace) -> list[tuple[str, str, str]]:
    """What the rows say, those of variables left out."""
    return [(row.node, row.rule, row.numbers) for row in result.rows if row.rule]


def tangents(result: Trace) -> dict[str, Any]:
    return {row.node: row.tangent for row in result.rows}


def valid(result: Trace) -> dict[str, Any]:
    """The JSON of a trace, after it was held against its schema."""
    printed = result.to_dict()
    Draft202012Validator(schemas.schema("trace")).validate(printed)
    return printed


# -- rows, rules, values


def test_a_row_is_an_operation_of_the_text_and_its_operands_have_the_names_of_rows() -> None:
    result = trace(Function("sum((W@x)^2)/2"), POINT)
    assert [
        ("v1", "W@x", "[[1, 2], [3, 4]]@[1, 1]"),
        ("v2", "v1^2", "[3, 7]^2"),
        ("v3", "sum(v2)", "sum([9, 49])"),
        ("y1", "v3/2", "58/2"),
    ] == rules(result)
    assert [W, [1, 1], [3, 7], [9, 49], 58, 29] == [row.value for row in result.rows]
    assert ("y1",) == rows(result)["y1"].outputs


def test_the_names_of_the_program_are_the_names_of_rows() -> None:
    result = trace(Function("h = tanh(W@x); k = 2; loss = k*sum(h)"), POINT)
    assert ["v1", "h", "v2", "loss"] == [name for name, _, _ in rules(result)]
    assert ("loss", "k*v2", "2*1.9951") == rules(result)[-1]
    assert ("loss",) == rows(result)["loss"].outputs


def test_an_output_that_is_a_binding_is_named_by_both() -> None:
    result = trace(Function("h = W@x; h, sum(h)"), POINT)
    assert (("y1",), ("y2",)) == (rows(result)["h"].outputs, rows(result)["y2"].outputs)
    assert "y1 = h" in result.grids()[0].notes


def test_layouts_have_no_row_unless_they_are_named() -> None:
    unnamed = trace(Function("sum(W'[0]*x)"), POINT)
    assert [("v1", "W'[0]*x", "[1, 3]*[1, 1]"), ("y1", "sum(v1)", "sum([1, 3])")] == rules(unnamed)
    named = trace(Function("r = W'[0]; sum(r*x)"), POINT)
    assert ("r", "W'[0]") == rules(named)[0][:2]
    assert [1, 3] == rows(named)["r"].value


def test_a_second_name_of_the_same_array_is_the_first() -> None:
    result = trace(Function("a = x^2; b = x^2; c = a*b; sum(c)"), {"x": [1, 2]})
    assert ["a", "c", "y1"] == [name for name, _, _ in rules(result)]
    assert "a*a" == rows(result)["c"].rule


def test_a_name_that_the_program_has_is_not_given_to_another_row() -> None:
    result = trace(Function("v1 = sum(x); exp(v1) + sum(x^2)"), {"x": [0, 0]})
    assert ["v1", "v2", "v3", "v4", "y1"] == [name for name, _, _ in rules(result)]


def test_what_no_output_needs_has_no_row() -> None:
    result = trace(Function("a = log(-x); b = W@x; c = b[0]^2"), POINT)
    assert ["b", "c"] == [name for name, _, _ in rules(result)]
    assert ([3, 7], "b[0]^2", "3^2") == (rows(result)["b"].value, rows(result)["c"].rule, rows(result)["c"].numbers)


def test_entries_that_no_output_needs_have_tangents_too() -> None:
    result = trace(Function("b = W@x; c = b[0]^2"), POINT, seed="x[1]")
    assert ([2, 4], 12) == (rows(result)["b"].tangent, rows(result)["c"].tangent)


def test_long_arrays_stay_names_in_the_rule_with_numbers() -> None:
    point = {"x": [0.25] * 8, "y": 2}
    assert [("v1", "y*x", "2*x"), ("y1", "sum(v1)", "")] == rules(trace(Function("sum(y*x)"), point))


def test_lets_are_data_and_have_no_row() -> None:
    result = trace(Function("r = X@w - y; sum(r^2)", lets={"X": W, "y": [1, 2]}), {"w": [1, 1]})
    assert ["v1", "r", "v2", "y1"] == [name for name, _, _ in rules(result)]
    assert ("r", "v1 - y", "[3, 7] - [1, 2]") == rules(result)[1]
    assert {"w": [1, 1]} == result.point


def test_a_call_is_one_row() -> None:
    result = trace(Function("f(v) = sum(v^2); f(x) + f(2x)"), {"x": [1, 2]})
    assert [
        ("v1", "f(x)", "f([1, 2])"),
        ("v2", "2x", "2[1, 2]"),
        ("v3", "f(v2)", "f([2, 4])"),
        ("y1", "v1 + v3", "5 + 20"),
    ] == rules(result)


def test_a_comprehension_is_one_row() -> None:
    result = trace(Function("s = sum(x[i]^2 for i in range(2)); t = [s*x[i] for i in range(2)]"), {"x": [1, 2]})
    assert [("s", "sum(x[i]^2 for i in range(2))"), ("t", "[s*x[i] for i in range(2)]")] == [
        row[:2] for row in rules(result)
    ]
    assert [[1, 0], [0, 1]] == rows(result)["x"].tangent
    assert ([2, 4], [[7, 4], [4, 13]]) == (rows(result)["s"].tangent, rows(result)["t"].tangent)


def test_a_loop_has_a_row_for_each_turn_and_its_number_is_put_in() -> None:
    result = trace(Function("s = 1; for k in range(2) { s = s + k*x[k]*s }; s"), {"x": [5, 7]})
    assert [
        ("v1", "0*x[0]", "0*5"),
        ("v2", "v1*s", "0*1"),
        ("s#1", "s + v2", "1 + 0"),
        ("v3", "1*x[1]", "1*7"),
        ("v4", "v3*s#1", "7*1"),
        ("s", "s#1 + v4", "1 + 7"),
    ] == rules(result)
    assert ["y1 = s"] == list(result.grids()[0].notes)


def test_every_value_of_a_name_has_a_label_of_its_own() -> None:
    """The last one has the name itself, unless a variable has it."""
    for text, labels in {
        "for k in range(3) { x = x*2 }; x": ["x", "x#1", "x#2", "x#3"],
        "s = x; for k in range(2) { t = x^(k+2); s = t*s }; s*t": ["x", "t#1", "s#1", "t", "s", "y1"],
        "s = 2x; for k in range(2) { s = s*x }; s": ["x", "s#0", "s#1", "s"],
        "s = 2x; for k in range(2) { s = s*x }; s = sin(s); s": ["x", "s#0", "s#1", "s#2", "s"],
        "u = x*[1, 2]; u = u^2; sum(u)": ["x", "u#0", "u", "y1"],
        "x = x^2; x = sin(x); x": ["x", "x#1", "x#2"],
        "u = 2x; u = u^2; u": ["x", "u#0", "u"],
        "u = 2x; w = u^2; w": ["x", "u", "w"],
    }.items():
        assert labels == [row.node for row in trace(Function(text), {"x": 2}).rows], text


def test_no_adjoint_is_lost_where_a_name_is_bound_again() -> None:
    result = trace(Function("u = 2x; u = u^2; u = u + 1; u"), {"x": 3}, mode="reverse")
    assert {"x": 24, "u#0": 12, "u#1": 1, "u": 1} == result.adjoints
    assert "u\u0304#0 = u\u0304#1·(2*u#0)" in [update.rule for update in result.updates]
    assert r"\bar{u}_{(0)}" in latex.render(result, Screen())


def test_an_array_that_a_loop_binds_is_named_by_its_turn() -> None:
    result = trace(Function("u = x; for k in range(3) { u = W@u }; u"), POINT)
    assert [("u#1", "W@x"), ("u#2", "W@u#1"), ("u", "W@u#2")] == [row[:2] for row in rules(result)]
    assert [[3, 7], [17, 37], [91, 199]] == [row.value for row in result.rows if row.rule]


def test_a_long_loop_is_traced_in_linear_time() -> None:
    result = trace(Function("u = x; for k in range(3000) { u = 0.999*u + 0.001 }; sum(u)"), {"x": [2, 3]}, seed="x[0]")
    assert 6002 == len(result.rows)


def test_rules_have_no_parentheses_around_them() -> None:
    assert "x - 1" == rules(trace(Function("y = (x - 1); sum(y)"), {"x": [1, 2]}))[0][1]


def test_a_rule_is_one_line_whatever_the_text_looks_like() -> None:
    result = trace(Function("sum(\n  x *\n    x[0]) # squares"), {"x": [2, 3]})
    assert [("v1", "x * x[0]", "[2, 3] * 2"), ("y1", "sum( v1)", "sum( [4, 6])")] == rules(result)


# -- tangents


def test_a_whole_array_is_seeded_entry_by_entry() -> None:
    result = trace(Function("h = W@x; sum(h^2)"), POINT, seed="W")
    assert {
        "W": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
        "x": None,
        "h": [[1, 1, 0, 0], [0, 0, 1, 1]],
        "v1": [[6, 6, 0, 0], [0, 0, 14, 14]],
        "y1": [6, 6, 14, 14],
    } == tangents(result)
    assert (4, 4) == (result.sweeps, valid(result)["sweeps"])
    assert "Forward trace, seed each entry of W in turn" == result.grids()[0].title


def test_one_entry_is_seeded_with_one_and_tangents_have_the_shapes_of_rows() -> None:
    result = trace(Function("h = W@x; sum(h^2)"), POINT, seed=" x[0] ")
    assert {"W": None, "x": [1, 0], "h": [1, 3], "v1": [6, 42], "y1": 48} == tangents(result)
    assert ({"x[0]": 1.0}, 1) == (result.seed, result.sweeps)
    assert "Forward trace, seed x[0] = 1" == result.grids()[0].title


@pytest.mark.parametrize("seed", ["0,0,0,0,1,2", "x=[1,2]", "W=zeros(2,2); x=[1,2]", "zeros(2,2), [1,2]"])
def test_numbers_are_one_direction(seed: str) -> None:
    result = trace(Function("h = W@x; sum(h^2)"), POINT, seed=seed)
    assert {"W": None, "x": [1, 2], "h": [5, 11], "v1": [30, 154], "y1": 184} == tangents(result)
    assert {"x[0]": 1.0, "x[1]": 2.0} == result.seed
    assert "Forward trace, seed x[0] = 1, x[1] = 2" == result.grids()[0].title


def test_tangents_are_those_of_the_jacobian() -> None:
    f = Function("h = tanh(W@x); g = softmax(h); loss = -log(g[0])")
    result = trace(f, POINT, seed="W")
    assert f.jacobian(POINT, wrt="W").jacobian[0] == pytest.approx(rows(result)["loss"].tangent, rel=1e-14)


def test_the_first_variable_is_seeded_unless_told_with_a_note() -> None:
    result = trace(Function("W@x"), POINT)
    assert ("seeded with W; --seed chooses another of W, x, or an entry",) == result.notes
    assert () == trace(Function("sum(x)"), {"x": [1, 2]}).notes


def test_a_large_array_is_not_seeded_whole_unless_asked_for() -> None:
    f, point = Function("sum(x^2)"), {"x": [1] * 17}
    result = trace(f, point)
    assert ({"x[0]": 1.0}, 1, 2.0) == (result.seed, result.sweeps, rows(result)["y1"].tangent)
    assert result.notes[0].startswith("seeded with x[0]")
    assert [2.0] * 17 == rows(trace(f, point, seed="x"))["y1"].tangent


@pytest.mark.parametrize("seed", ["z", "x[2]", "W[0]", "x[0,0]"])
def test_an_unknown_seed_is_refused(seed: str) -> None:
    with pytest.raises(UsageError) as caught:
        trace(Function("W@x"), POINT, seed=seed)
    assert ("unknown-seed", "there are W, x") == (caught.value.code, caught.value.hint)


def test_seeds_of_the_wrong_shape_are_refused() -> None:
    with pytest.raises(UsageError):
        trace(Function("W@x"), POINT, seed="x=[1,2,3]")


def test_a_trace_without_variables_is_refused() -> None:
    with pytest.raises(UsageError, match="no variable to seed"):
        trace(Function("[1, 2]"))


# -- adjoints


def test_adjoints_have_the_shapes_of_rows() -> None:
    result = trace(Function("h = W@x; loss = sum(h^2)"), POINT, mode="reverse")
    assert {
        "loss": 1, "v1": [1, 1], "h": [6, 14], "x": [48, 68], "W": [[6, 6], [14, 14]],
    } == result.adjoints  # fmt: skip
    assert ["loss", "v1", "h", "x", "W"] == [update.target for update in result.updates]
    assert ["∂loss/∂loss", "∂loss/∂v1", "∂loss/∂h", "∂loss/∂x", "∂loss/∂W"] == [u.rule for u in result.updates]
    assert [None] * 5 == [row.tangent for row in result.rows]
    assert "tangent" not in valid(result)["rows"][0]


def test_an_array_of_outputs_is_seeded_entry_by_entry() -> None:
    result = trace(Function("h = W@x; h, sum(h)"), POINT, mode="reverse")
    assert [[1, 0], [0, 1]] == result.adjoints["h"]
    assert [[1, 2], [3, 4]] == result.adjoints["x"]
    assert [[[1, 1], [0, 0]], [[0, 0], [1, 1]]] == result.adjoints["W"]
    assert ("seeded with y1; --seed chooses another of y1, y2, or an entry",) == result.notes
    assert 2 == valid(result)["sweeps"]


def test_one_output_of_several_is_seeded() -> None:
    result = trace(Function("h = W@x; h, sum(h)"), POINT, mode="reverse", seed="y2")
    assert {"y2": 1, "h": [1, 1], "x": [4, 6], "W": [[1, 1], [1, 1]]} == result.adjoints
    entry = trace(Function("h = W@x; h, sum(h)"), POINT, mode="reverse", seed="y1[1]")
    assert {"h": [0, 1], "x": [3, 4], "W": [[0, 0], [1, 1]]} == entry.adjoints
    assert ["∂y1[1]/∂h", "∂y1[1]/∂x", "∂y1[1]/∂W"] == [update.rule for update in entry.updates]


def test_weights_of_outputs_are_one_cotangent_and_no_derivative_of_one_name() -> None:
    result = trace(Function("h = W@x; h, sum(h)"), POINT, mode="reverse", seed="y1=[1,2],y2=3")
    assert {"y2": 3, "h": [4, 5], "x": [19, 28], "W": [[4, 4], [5, 5]]} == result.adjoints
    assert {""} == {update.rule for update in result.updates}
    assert ["adjoint"] == list(result.grids()[1].columns)


def test_the_adjoints_of_a_loop_go_backward_through_its_turns() -> None:
    result = trace(Function("u = x; for k in range(2) { u = W@u }; sum(u)"), POINT, mode="reverse")
    assert {"y1": 1, "u": [1, 1], "u#1": [4, 6], "x": [22, 32], "W": [[7, 11], [9, 13]]} == result.adjoints


def test_adjoints_are_those_of_the_gradient() -> None:
    f = Function("h = relu(W@x + 1); p = softmax(h); loss = -log(p[0]) + norm(W)")
    result = trace(f, POINT, mode="reverse")
    gradient = f.gradient(POINT).gradient
    flat = [*result.adjoints["W"][0], *result.adjoints["W"][1], *result.adjoints["x"]]
    assert gradient == pytest.approx(flat, rel=1e-14)


def test_an_array_that_shares_its_entries_has_no_adjoint_of_its_own() -> None:
    """The nodes of h are those of x, and their adjoint counts the path beside h too."""
    result = trace(Function("h = x[0:1]; sum(h^2) + sum(x)"), {"x": [3, 4]}, mode="reverse")
    assert [3] == rows(result)["h"].value
    assert ("h" not in result.adjoints, [7, 1]) == (True, result.adjoints["x"])


def test_an_array_that_holds_a_constant_has_no_adjoint_of_its_own() -> None:
    result = trace(Function("A = outer(x, [2, 0]); B = 3*A; sum(B^2)"), {"x": [1, 2]}, mode="reverse")
    assert [[2, 0], [4, 0]] == rows(result)["A"].value
    assert {"y1": 1, "x": [72, 144]} == result.adjoints


def test_a_function_that_will_be_differentiated_by_an_intermediate_is_traced_as_any_other() -> None:
    text = "h = W@x; k = 2*h; sum(k^2)"
    prepared, plain = (trace(Function(text, wrt=wrt), POINT, mode="reverse") for wrt in (["h", "k"], []))
    assert (plain.rows, plain.adjoints) == (prepared.rows, prepared.adjoints)


# -- precision, kinds of output


def test_digits_hold_in_traces() -> None:
    result = trace(Function("h = x/3; sum(h)"), {"x": [1, 2]}, mode="reverse", digits=30)
    printed = valid(result)
    assert ["0.333333333333333333333333333333"] * 2 == printed["adjoints"]["x"]
    assert "0.666666666666666666666666666667" == printed["rows"][1]["value"][1]


def test_what_overflows_is_written_as_text() -> None:
    printed = valid(trace(Function("exp(x)"), {"x": [1000, 0]}))
    assert ["Infinity", 1.0] == printed["rows"][-1]["value"]
    assert "overflow" == printed["warnings"][0]["code"]


SITUATIONS = [
    ("sum((W@x)^2)", {"seed": "W"}),
    ("sum((W@x)^2)", {"seed": "x[0]"}),
    ("W@x, x", {"mode": "reverse"}),
    ("W@x, x", {"mode": "reverse", "seed": "y2"}),
    ("u = x; for k in range(3) { u = W@u }; u", {}),
    ("u = x; for k in range(3) { u = W@u }; u", {"mode": "reverse", "digits": 40}),
    ("stack(W, -W)[1]@x", {"seed": "x"}),
    ("solve(W, x)", {"mode": "reverse"}),
    ("[W[i,j]*x[j] for i in range(2) for j in range(2) if i <= j]", {}),
    ("where(x[0] > 0, W@x, x)", {}),
    ("a = W@x; a", {"by_entry": True}),
    ("a = W@x; a", {"by_entry": True, "mode": "reverse"}),
]


@pytest.mark.parametrize(("text", "options"), SITUATIONS, ids=str)
def test_every_trace_is_valid_json_and_can_be_drawn(text: str, options: dict[str, Any]) -> None:
    result = trace(Function(text), POINT, **options)
    printed = valid(result)
    assert printed["expression"] == text
    drawn = latex.render(result, Screen())
    assert drawn.count("{") == drawn.count("}")
    assert drawn.count(r"\begin") == drawn.count(r"\end")
    for grid in result.grids():
        assert {len(grid.columns)} == {len(cells) for cells in grid.cells}
        assert len(grid.rows) == len(grid.cells)


def test_by_entry_shows_the_scalar_nodes() -> None:
    result = trace(Function("h = W@x; sum(h)"), POINT, by_entry=True, seed="x[0]")
    assert ["W[0,0]", "W[0,1]", "W[1,0]", "W[1,1]", "x[0]", "x[1]"] == [row.node for row in result.rows][:6]
    assert "h[0] + h[1]" == result.rows[-1].rule
    assert (10, 4) == (result.rows[-1].value, result.rows[-1].tangent)


def test_the_command_line_shows_arrays_in_brackets(adcli: Adcli) -> None:
    outcome = adcli("trace", "sum((W@x)^2)", "--at", "W=[[1,2],[3,4]]; x=[0.5,1]", "--seed", "x", "--places", "2")
    assert (0, "") == (outcome.code, outcome.err)
    assert "│ v1   │ W@x     │ [[1, 2], [3, 4]]@[0.50, 1] │ [2.50, 5.50]     │ [[1, 2], [3, 4]]    │" in outcome.out
    assert "│ y1   │ sum(v2) │ sum([6.25, 30.25])         │ 36.50            │ [38, 54]            │" in outcome.out


def test_latex_draws_arrays_as_matrices() -> None:
    drawn = latex.render(trace(Function("W1@x"), {"W1": W, "x": [0.5, 1]}, seed="x[0]"), Screen())
    assert (
        r"y_{1} & W_{1} \, x & \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} \, \begin{pmatrix} 0.5000 & 1 \end{pmatrix}"
        r" & \begin{pmatrix} 2.5000 & 5.5000 \end{pmatrix} & \begin{pmatrix} 1 & 3 \end{pmatrix}"
    ) in drawn


def test_latex_names_the_turns_of_a_loop() -> None:
    drawn = latex.render(trace(Function("s = 1; for k in range(2) { s = (s + a/s)^2 }; s"), {"a": 2}), Screen())
    assert r"s_{(1)} & v_{2}^{2} & 3^{2}" in drawn
    assert r"v_{3} & a/s_{(1)}" in drawn


def test_latex_draws_more_axes_as_brackets_around_matrices() -> None:
    drawn = latex.render(trace(Function("stack(W, -W)"), {"W": W}, seed="W[0,0]"), Screen())
    one, other = r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", r"\begin{pmatrix} -1 & -2 \\ -3 & -4 \end{pmatrix}"
    assert rf"\left[{one}, {other}\right]" in drawn


def test_latex_leaves_comprehensions_and_slices_as_text() -> None:
    assert r"\text{[x[i]\^{}2 for i in y]}" == latex._formula("[x[i]^2 for i in y]")
    assert "W[1, :]" == latex._formula("W[1, :]")
    assert r"\begin{pmatrix} \sin(x_{0}) & 2 \end{pmatrix}" == latex._formula("[sin(x[0]), 2]")
