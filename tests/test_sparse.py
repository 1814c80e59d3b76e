"""Sparse Jacobians and Hessians: the pattern from the graph, the passes from colours, the entries bit for bit."""

from __future__ import annotations

import json
import math
import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import REPEATABLE, VARIABLES, programs
from test_backends import SCENARIOS

from adcli import backends, saving, sparsity
from adcli.coloring import color_rows
from adcli.compression import column_passes, row_passes
from adcli.errors import AdcliError, DomainError, LimitError, UsageError
from adcli.graph import Graph
from adcli.primitives import TABLE
from adcli.products import Function
from adcli.results.sparse import Sparse, picture
from adcli.sparsity import Entries, Pattern, structure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from conftest import Outcome

    Adcli = Callable[..., Outcome]

COMPRESSED = ["coloured-forward", "coloured-reverse", "bidirectional"]
ONE_BY_ONE = {"coloured-forward": "forward", "coloured-reverse": "reverse"}
BROYDEN = "[(3-2x[i])*x[i] - where(i > 0, x[max(i-1, 0)], 0) - where(i < n-1, 2x[min(i+1, n-1)], 0) for i in range(n)]"
ARROW = "concat([x@x], [x[0]*x[i] + x[i]^3 for i in range(1, n)])"
ROSENBROCK = "sum(100*(x[i+1] - x[i]^2)^2 + (1 - x[i])^2 for i in range(n-1))"


def broyden(n: int) -> Function:
    return Function(BROYDEN, lets={"n": n})


def at(n: int, seed: int = 0) -> dict[str, list[float]]:
    source = random.Random(seed)  # noqa: S311  # no secrets
    return {"x": [source.uniform(-2, 2) for _ in range(n)]}


def pattern_of(text: str, point: Any = None, wrt: str | None = None) -> list[list[int]]:
    solved = Function(text).solve(point, {"wrt": wrt})
    return [list(row) for row in solved.problem.pattern]


def dense(result: Sparse) -> list[list[Any]]:
    """The whole matrix of a sparse result."""
    height, width = result.shape
    matrix: list[list[Any]] = [[0.0] * width for _ in range(height)]
    for i, j, x in zip(result.row, result.column, result.entries, strict=True):
        matrix[i][j] = x
    return matrix


def bits(matrix: Sequence[Sequence[float]]) -> list[list[str]]:
    """Every bit of every number but the sign of a zero and of NaN."""
    return [["nan" if math.isnan(x) else float(x + 0.0).hex() for x in row] for row in matrix]


# -- the pattern


PATTERNS = [
    ("x*y, x + 1, y", "1,2", [[0, 1], [0], [1]]),
    ("3, x, 4", "1", [[], [0], []]),
    ("3", None, [[]]),
    ("x, x, x*y, x", "1,2", [[0], [0], [0, 1], [0]]),
    ("floor(x)*y", "1,2", [[1]]),
    ("sign(x) + round(x) + ceil(x)", "1.5", [[]]),
    ("where(x > 0, y, z)", "1,2,3", [[1, 2]]),
    ("where(x > y, x, y)", "1,2", [[0, 1]]),
    ("where(x < 0 or not y == z, 1, 2)", "1,2,3", [[]]),
    ("max(x, y, z), hypot(x, z), logsumexp(y, z)", "1,2,3", [[0, 1, 2], [0, 2], [1, 2]]),
    ("0*x + y", "1,2", [[0, 1]]),
    ("x^2, y^2, z^2", "1,2,3", [[0], [1], [2]]),
    ("W@x", "W=[[1,2],[3,4]]; x=[5,6]", [[0, 1, 4, 5], [2, 3, 4, 5]]),
    ("solve([[2,1],[1,3]], x)", "x=[1,2]", [[0, 1], [0, 1]]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "point", "expected"), PATTERNS, ids=[text for text, _, _ in PATTERNS])
def test_the_pattern_is_what_the_graph_says(text: str, point: str | None, expected: list[list[int]]) -> None:
    assert expected == pattern_of(text, point)


def test_a_variable_that_nothing_uses_has_an_empty_column() -> None:
    assert [[0], [2]] == [
        list(row) for row in Function("x, z", variables=["x", "y", "z"]).solve([1, 2, 3], {}).problem.pattern
    ]


def test_an_intermediate_has_a_column_of_its_own() -> None:
    assert [[0, 1], [1]] == pattern_of("a = x^2; a*x, sin(x)", "2", wrt="a,x")
    assert [[0]] == pattern_of("a = x^2; a + y", "1,2", wrt="a")


@pytest.mark.parametrize("text", ["cumsum(x)", "s = 0; for i in range(12) { s = s + x[i] }; concat([s], x^2)", BROYDEN])
def test_columns_going_up_and_rows_going_down_find_one_pattern(text: str) -> None:
    p = Function(text, lets={"n": 12}).solve(at(12), {}).problem
    carrying = sparsity._Carrying(p.graph)
    up = sparsity._upward(carrying, p.order, p.inputs, p.outputs, 10**6)
    down = sparsity._downward(carrying, p.order, p.inputs, p.outputs, 10**6)
    assert up is not None
    assert down is not None
    assert (up.pattern, up.edges) == (down.pattern, down.edges)


def test_a_running_sum_is_followed_downwards() -> None:
    """Upwards, the sets of its columns would be n^2/2 indices."""
    f = Function("s = 0; for i in range(2000) { s = s + x[i] }; concat([s], x^2)")
    p = f.solve(at(2000), {}).problem
    found = p.find_structure(100_000)
    assert (4000, None) == (found.pattern.nonzeros, found.upward)
    assert found.downward is not None


def test_a_dense_jacobian_ends_the_search_early() -> None:
    p = Function("cumsum(x)").solve(at(300), {}).problem
    with pytest.raises(LimitError, match="too dense") as caught:
        p.find_structure(1000)
    assert "too-dense" == caught.value.code


@REPEATABLE
@given(programs(), st.lists(st.floats(-3, 3), min_size=3, max_size=3))
def test_every_entry_that_is_not_zero_is_in_the_pattern(text: str, numbers: list[float]) -> None:
    f = Function(text, variables=VARIABLES)
    try:
        matrix = f.jacobian(numbers, backend="forward").jacobian
    except AdcliError:
        return
    result = f.sparse_jacobian(numbers, backend="forward")
    places = set(zip(result.row, result.column, strict=True))
    assert {(i, j) for i, row in enumerate(matrix) for j, x in enumerate(row) if x != 0} <= places
    assert bits(matrix) == bits(dense(result))


def test_a_pattern_can_come_from_anywhere() -> None:
    numpy = pytest.importorskip("numpy")
    pattern = Pattern(3, numpy.array([0, 2, 3]), numpy.array([0, 2, 1]))
    assert Pattern.of_rows([[0, 2], [1]], 3) == pattern
    assert ([0, 2, 1], [[0], [1], [0]]) == (list(pattern.positions), [list(row) for row in pattern.transposed])
    assert "<Pattern of 30 entries in 30 rows and 1 columns>" == repr(Pattern.of_rows([[0]] * 30, 1))


def test_entries_are_put_right_where_the_pattern_has_them() -> None:
    entries = Entries(Pattern.of_rows([[1], []], 2), [1.0], 0.0)
    entries[0][1], entries[1][0] = 2.0, 5.0
    assert ([2.0], 2.0, 0.0) == (entries.numbers, entries[0][1], entries[1][0])


def test_a_deep_chain_takes_linear_time() -> None:
    """A chain of 400,000 nodes above two inputs: the sets of a node are shared with those below."""
    g = Graph()
    x, y = g.variable("x"), g.variable("y")
    node = g.apply(TABLE["mul"], (x, y))
    for _ in range(200_000):
        node = g.apply(TABLE["add"], (g.apply(TABLE["sin"], (node,)), node))
    found = structure(g, g.needed([node]), [x, y], [node], most=10)
    assert ([0, 1], 600_002) == (list(found.pattern.row(0)), found.edges)


# -- compressed passes


@pytest.mark.parametrize("backend", COMPRESSED)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=[s.text[:40] for s in SCENARIOS])
def test_compressed_passes_have_the_bits_of_plain_ones(scenario: Any, backend: str) -> None:
    f = Function(scenario.text)
    found = f.jacobian(scenario.at, backend=backend).jacobian
    plain = [f.jacobian(scenario.at, backend=name).jacobian for name in ("forward", "reverse")]
    if backend in ONE_BY_ONE:
        assert bits(found) == bits(f.jacobian(scenario.at, backend=ONE_BY_ONE[backend]).jacobian)
    either = [[set(xs) for xs in zip(*rows, strict=True)] for rows in zip(*map(bits, plain), strict=True)]
    for row, choices in zip(bits(found), either, strict=True):
        assert all(x in choice for x, choice in zip(row, choices, strict=True))


@pytest.mark.parametrize("digits", [None, 30])
@pytest.mark.parametrize("backend", [name for name in backends.names() if name != "fd"])
@pytest.mark.parametrize("text", [BROYDEN, ARROW, "cumsum(x)", "x^2"])
def test_a_sparse_jacobian_is_the_whole_one_entry_for_entry(text: str, backend: str, digits: int | None) -> None:
    f = Function(text, lets={"n": 9})
    result = f.sparse_jacobian(at(9), backend=backend, digits=digits)
    whole = f.jacobian(at(9), backend=backend, digits=digits)
    for expected, actual in zip(whole.jacobian, dense(result), strict=True):
        assert actual == pytest.approx(expected, rel=1e-13, abs=1e-13)
    assert (whole.rows, whole.columns, whole.value) == (result.rows, result.columns, result.value)
    if backend in {*ONE_BY_ONE, *ONE_BY_ONE.values()}:
        assert dense(result) == whole.jacobian


def test_a_sparse_jacobian_by_differences_has_their_errors() -> None:
    result = broyden(6).sparse_jacobian(at(6), backend="fd")
    exact = broyden(6).sparse_jacobian(at(6))
    assert result.error is not None
    for x, true, error in zip(result.entries, exact.entries, result.error, strict=True):
        assert abs(x - true) <= error <= 1e-6


PASSES = {
    "coloured-forward": (3, "3 passes, because no row has more than 3 nonzero entries among 40 columns"),
    "coloured-reverse": (3, "3 passes, because no column has more than 3 nonzero entries among 40 rows"),
    "bidirectional": (3, "3 passes, "),
}


@pytest.mark.parametrize("backend", COMPRESSED)
def test_a_band_takes_as_many_passes_as_it_is_wide_whatever_its_length(backend: str) -> None:
    result = broyden(40).jacobian(at(40), backend=backend)
    passes, reason = PASSES[backend]
    assert passes == result.cost.passes
    assert result.reason.startswith(reason)
    assert bits(broyden(40).jacobian(at(40), backend="forward").jacobian) == bits(result.jacobian)


def test_an_arrow_takes_three_passes_of_both_modes() -> None:
    f = Function(ARROW, lets={"n": 60})
    costs = {name: f.jacobian(at(60), backend=name).cost.passes for name in COMPRESSED}
    assert {"coloured-forward": 60, "coloured-reverse": 60, "bidirectional": 3} == costs


@pytest.mark.parametrize("backend", COMPRESSED)
def test_products_stay_single_passes(backend: str) -> None:
    f = broyden(5)
    assert 1 == f.jvp(at(5), [1, 2, 3, 4, 5], backend=backend).cost.passes
    assert 1 == f.vjp(at(5), [1, 2, 3, 4, 5], backend=backend).cost.passes


@pytest.mark.parametrize("backend", COMPRESSED)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_in_one_column_stays_there(value: float, backend: str) -> None:
    f = Function("[x[i]*x[i+1] + where(x[i] > 5, x[i]^2, 3*x[i+1]) for i in range(8)]")
    point = at(9)
    point["x"][4] = value
    plain = f.jacobian(point, backend=ONE_BY_ONE.get(backend, "forward")).jacobian
    found = f.jacobian(point, backend=backend).jacobian
    assert bits(plain) == bits(found)
    assert all(math.isfinite(x) for i, row in enumerate(found) for x in row if i not in {3, 4})


@pytest.mark.parametrize("backend", COMPRESSED)
def test_a_vertical_slope_stays_in_its_column(backend: str) -> None:
    f = Function("[sqrt(x[i]) + x[i+1] for i in range(5)]")
    found = f.jacobian(x=[1, 4, 0, 1, 4, 9], backend=backend).jacobian
    assert [0.5, 0.25, math.inf, 0.5, 0.25] == [found[i][i] for i in range(5)]
    assert [0.0] * 5 == [found[i][(i + 2) % 6] for i in range(5)]


@pytest.mark.parametrize("backend", ["auto", *COMPRESSED])
@pytest.mark.parametrize("text", ["3, 4", "floor(x)", "x, 2, y", "x, x, x", "y1 = x; y2 = y1; [y1, y2, y1*y2]"])
def test_zero_rows_and_columns_and_equal_outputs(text: str, backend: str) -> None:
    f = Function(text)
    point = [1.5, 2.5][: len(f.variables)]
    assert f.jacobian(point, backend="forward").jacobian == f.jacobian(point, backend=backend).jacobian
    result = f.sparse_jacobian(point, backend=backend)
    assert f.jacobian(point, backend="forward").jacobian == dense(result)


@pytest.mark.parametrize("backend", ["auto", *COMPRESSED])
def test_intermediates_are_columns_like_others(backend: str) -> None:
    f = Function("a = x^2; [a[0]*x[0], a[1], x[1]*x[2]]")
    point = {"x": [1.0, 2.0, 3.0]}
    whole = f.jacobian(point, wrt="a,x", backend="forward").jacobian
    assert whole == f.jacobian(point, wrt="a,x", backend=backend).jacobian
    assert whole == dense(f.sparse_jacobian(point, wrt="a,x", backend=backend))


def test_those_that_only_reorder_passes_are_no_witnesses() -> None:
    assert ["fd", "forward", "reverse", "symbolic"] == backends.independent()
    with pytest.raises(NotImplementedError):
        backends.Compressed().passes(None)  # type: ignore[arg-type]


# -- the choice


def test_auto_takes_few_passes_for_a_large_band_and_says_why() -> None:
    result = broyden(60).jacobian(at(60))
    assert ("coloured-forward", 3) == (result.backend, result.cost.passes)
    assert result.reason == (
        "auto chose coloured-forward: 3 passes, because no row has more than 3 nonzero entries among 60 columns; "
        "forward takes 60, reverse 60"
    )


def test_auto_takes_rows_together_where_columns_are_dense() -> None:
    result = Function("[x[0]*x[i] + x[i]*x[1] for i in range(2, 50)]").sparse_jacobian(at(50))
    assert "coloured-forward" == result.backend
    result = Function("concat([sum(x[2:50])], [sum(sin(x[2:50]))], x[2:50]^2)").sparse_jacobian(at(50))
    assert ("coloured-reverse", 3) == (result.backend, result.cost.passes)


def test_auto_takes_both_for_an_arrow() -> None:
    result = Function(ARROW, lets={"n": 50}).jacobian(at(50))
    assert ("bidirectional", 3) == (result.backend, result.cost.passes)
    assert "3 passes, 1 forward for 1 of 50 columns and 2 reverse for 50 of 50 rows" in result.reason


@pytest.mark.parametrize("n", [2, 10, 30])
def test_auto_looks_for_no_pattern_in_what_is_small(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparsity, "structure", None)
    result = broyden(n).jacobian(at(n))
    assert ("reverse", f"auto chose reverse: both take {n} passes") == (result.backend, result.reason)


def test_auto_looks_for_no_pattern_of_a_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparsity, "structure", None)
    assert "reverse" == Function(ROSENBROCK, lets={"n": 500}).gradient(at(500)).backend


@pytest.mark.parametrize("text", ["W@x", "cumsum(x)"])
def test_auto_keeps_to_the_plain_modes_where_the_jacobian_is_dense(text: str) -> None:
    n = 40
    f = Function(text, lets={"W": [[1 + (i * j) % 7 for j in range(n)] for i in range(n)]} if "W" in text else ())
    result = f.jacobian(at(n))
    assert ("reverse", n, "auto chose reverse: both take 40 passes") == (
        result.backend, result.cost.passes, result.reason,
    )  # fmt: skip


def test_auto_is_never_better_than_it_says() -> None:
    """A plain mode is kept where colours save no pass."""
    result = Function("x*y, y").sparse_jacobian([1, 2])
    assert ("reverse", "auto chose reverse: both take 2 passes") == (result.backend, result.reason)


# -- Hessians

SECOND = [ROSENBROCK, "x[0]*sum(x^3)", "sum(x)", "x[1]*x[2]", "prod(x)", "sum(abs(x)*floor(x))"]


@pytest.mark.parametrize("backend", ["auto", "forward", "reverse", "symbolic", *COMPRESSED])
@pytest.mark.parametrize(
    "text", [ROSENBROCK, "x[0]*sum(x^3)", "sum(x)", "x[1]*x[2]", "prod(x)", "sum(abs(x)*floor(x))"]
)
def test_a_sparse_hessian_is_the_whole_one_and_symmetric(text: str, backend: str) -> None:
    f = Function(text, lets={"n": 7})
    result = f.sparse_hessian(at(7), backend=backend)
    whole = f.hessian(at(7), backend="forward")
    found = dense(result)
    assert found == [list(column) for column in zip(*found, strict=True)]
    for expected, actual in zip(whole.hessian, found, strict=True):
        assert actual == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert result.gradient == pytest.approx(whole.gradient, rel=1e-15)


def test_a_hessian_by_differences_has_their_errors() -> None:
    result = Function("x^2*y").sparse_hessian([1, 2], backend="fd")
    assert result.error is not None
    assert all(abs(x - true) <= e for x, true, e in zip(result.entries, [4, 2, 2, 0], result.error, strict=False))


def test_a_hessian_takes_a_pass_for_each_colour_of_stars_and_one_for_the_gradient() -> None:
    result = Function(ROSENBROCK, lets={"n": 200}).sparse_hessian(at(200))
    assert ("coloured-forward", 4, 598) == (result.backend, result.cost.passes, result.nonzeros)
    assert "3 passes by a star colouring of the 200 columns" in result.reason
    arrow = Function("x[0]*sum(x^2)").sparse_hessian(at(200))
    assert 3 == arrow.cost.passes


def test_a_whole_hessian_profits_too() -> None:
    f = Function(ROSENBROCK, lets={"n": 60})
    result = f.hessian(at(60))
    assert 4 == result.cost.passes
    for expected, actual in zip(f.hessian(at(60), backend="forward").hessian, result.hessian, strict=True):
        assert actual == pytest.approx(expected, rel=1e-13)


def test_a_sparse_hessian_needs_one_output() -> None:
    with pytest.raises(UsageError, match="hess needs one output"):
        Function("x, y").sparse_hessian([1, 2])


# -- what is said about the point


def test_a_kink_is_reported_as_for_the_whole_matrix() -> None:
    f = Function("abs(x)*y, sqrt(z^2), where(z == 0, 2*x, 3*x)")
    sparse, whole = f.sparse_jacobian([0, 1, 0]), f.jacobian([0, 1, 0])
    assert whole.jacobian == dense(sparse)
    assert (whole.differentiable, whole.one_sided, whole.warnings) == (
        sparse.differentiable, sparse.one_sided, sparse.warnings,
    )  # fmt: skip


def test_what_only_a_limit_tells_is_put_right() -> None:
    f = Function("where(x == 0, 1, sin(x)/x), y")
    assert f.jacobian([0, 1]).jacobian == dense(f.sparse_jacobian([0, 1]))


def test_a_slope_that_is_not_finite_is_reported() -> None:
    result = Function("sqrt(x), y").sparse_jacobian([0, 1])
    assert (False, ["not-finite"]) == (result.differentiable, [w.code for w in result.warnings])


def test_a_point_outside_the_domain_is_an_error() -> None:
    with pytest.raises(DomainError):
        Function("log(x), y").sparse_jacobian([-1, 1])


def test_many_kinks_are_not_all_examined_and_it_says_so() -> None:
    n = 400
    result = Function("relu(x)").sparse_jacobian(x=[0] * n)
    assert (n, False) == (result.nonzeros, result.differentiable)


# -- results and formats


def test_the_coordinates_go_row_by_row() -> None:
    result = Function("x*z, 3, y").sparse_jacobian([2, 3, 5])
    assert ([0, 0, 2], [0, 2, 1], [5.0, 2.0, 1.0]) == (result.row, result.column, result.entries)
    assert ((3, 3), 3, False) == (result.shape, result.nonzeros, result.symmetric)
    assert ["∂y1/∂x", "∂y1/∂z", "∂y3/∂y"] == list(result.grids()[1].rows)


def test_the_command_prints_what_the_api_returns(adcli: Adcli) -> None:
    args = ["jac", "x*y, y", "--at", "1,2", "--sparse", "--json"]
    assert Function("x*y, y").sparse_jacobian([1, 2]).to_dict() == adcli(*args).json
    args = ["hess", "x^2*y", "--at", "1,2", "--sparse", "--json"]
    assert Function("x^2*y").sparse_hessian([1, 2]).to_dict() == adcli(*args).json


def test_digits_are_strings_in_json(adcli: Adcli) -> None:
    found = adcli("jac", "sqrt(x), y", "--at", "2,3", "--sparse", "--digits", "30", "--json").json
    assert ["0.353553390593273762200422181052", "1.0"] == found["entries"]


@pytest.mark.parametrize("format_", ["table", "csv", "markdown", "latex", "json", "matrixmarket"])
def test_every_format_shows_a_sparse_matrix(format_: str, adcli: Adcli) -> None:
    for command in (["jac", "x^2, y*z, 7"], ["hess", "x^2*y + z"]):
        outcome = adcli(*command, "--at", "3,5,11", "--sparse", "--format", format_)
        assert (0, "") == (outcome.code, outcome.err)
        assert "6.0" in outcome.out


def test_a_pattern_is_drawn(adcli: Adcli) -> None:
    out = adcli("jac", "[x[i]*x[i+1] for i in range(3)]", "--at", "x=[1,2,3,4]", "--sparse").out
    assert "3 by 4, 6 entries\n××..\n.××.\n..××\n" in out
    assert ["0 by 3, 0 entries"] == picture([], [], (0, 3))
    large = picture(range(1000), range(1000), (1000, 1000))
    assert "1000 by 1000, 1000 entries; each sign stands for a block of 32 by 32" == large[0]
    assert 33 == len(large)
    assert all(line[i] == "×" for i, line in enumerate(large[1:]))


def saved(path: Path, adcli: Adcli, *args: str) -> Path:
    outcome = adcli(*args, "--sparse", "--output", str(path))
    assert (0, "") == (outcome.code, outcome.err)
    assert "entries" in outcome.out
    assert "Jacobian" not in outcome.out
    return path


ODD = ["jac", "[1/x[i] + 0*x[i+1] for i in range(4)]", "--at", "x=[3, 7, 1e-320, 1e-160, 2]", "-q"]


def test_matrix_market_reads_back_bit_for_bit(adcli: Adcli, tmp_path: Path) -> None:
    io = pytest.importorskip("scipy.io")
    for k, args in enumerate([ODD, ["jac", "[1e-320*x[i] for i in range(3)]", "--at", "x=[0.1,0.2,0.3]"]]):
        matrix = io.mmread(saved(tmp_path / f"{k}.mtx", adcli, *args)).tocoo()
        result = adcli(*args, "--sparse", "--json").json
        entries = [float(str(x).replace("Infinity", "inf").replace("NaN", "nan")) for x in result["entries"]]
        assert bits([entries]) == bits([matrix.data.tolist()])
        assert (result["row"], result["column"]) == (matrix.row.tolist(), matrix.col.tolist())
        assert tuple(result["shape"]) == matrix.shape


def test_matrix_market_of_a_hessian_is_symmetric(adcli: Adcli, tmp_path: Path) -> None:
    args = ["hess", "x^2*y + exp(y*z)", "--at", "1,2,3"]
    path = saved(tmp_path / "h.mtx", adcli, *args)
    assert path.read_text(encoding="ascii").startswith("%%MatrixMarket matrix coordinate real symmetric\n% row 1: x\n")
    io = pytest.importorskip("scipy.io")
    found = io.mmread(path).toarray().tolist()
    assert Function("x^2*y + exp(y*z)").hessian([1, 2, 3], backend="forward").hessian == found


def test_matrix_market_names_what_the_rows_and_columns_are(adcli: Adcli) -> None:
    out = adcli("jac", "W@x, θ", "--at", "W=[[1,2],[3,4]]; x=[5,6]; θ=1", "--sparse", "--format", "matrixmarket").out
    assert [
        "%%MatrixMarket matrix coordinate real general", "% rows 1 to 2: y1[0] to y1[1]", "% row 3: y2",
        "% columns 1 to 4: W[0,0] to W[1,1]", "% columns 5 to 6: x[0] to x[1]", "% column 7: ?", "3 7 9",
    ] == out.splitlines()[:7]  # fmt: skip


def test_matrix_market_has_whole_matrices_column_by_column(adcli: Adcli) -> None:
    out = adcli("jac", "x*y, y, x", "--at", "2,3", "--format", "matrixmarket").out
    assert ["3 2", "3.0", "0.0", "1.0", "2.0", "1.0", "0.0"] == [
        line for line in out.splitlines() if not line.startswith("%")
    ]
    refused = adcli("trace", "x", "--at", "1", "--format", "matrixmarket")
    assert (2, True) == (refused.code, "and trace is none" in refused.err)


def test_npz_is_what_scipy_loads(adcli: Adcli, tmp_path: Path) -> None:
    pytest.importorskip("numpy")
    path = saved(tmp_path / "j.NPZ", adcli, *ODD)
    again = saved(tmp_path / "again.npz", adcli, *ODD)
    assert path.read_bytes() == again.read_bytes()
    load = pytest.importorskip("scipy.sparse").load_npz
    matrix, result = load(path), adcli(*ODD, "--sparse", "--json").json
    entries = [float(str(x).replace("Infinity", "inf").replace("NaN", "nan")) for x in result["entries"]]
    assert bits([entries]) == bits([matrix.data.tolist()])
    assert (result["row"], result["column"], (4, 5)) == (matrix.row.tolist(), matrix.col.tolist(), matrix.shape)


def test_json_in_a_file_is_what_json_prints(adcli: Adcli, tmp_path: Path) -> None:
    args = ["jac", "x*y, y", "--at", "1,2"]
    path = saved(tmp_path / "j.json", adcli, *args)
    assert adcli(*args, "--sparse", "--json").json == json.loads(path.read_text(encoding="utf-8"))
    printed = adcli(*args, "--sparse", "--json", "--output", str(path))
    assert adcli(*args, "--sparse", "--json").out == printed.out


REFUSED = [
    (["--sparse", "--certified"], "--certified encloses whole matrices"),
    (["--sparse", "--as-shape"], "--as-shape draws whole arrays"),
    (["--output", "j.mtx"], "add --sparse"),
    (["--sparse", "--output", "j.csv"], ".json, .mtx (Matrix Market) or .npz (SciPy)"),
    (["--sparse", "--output", "j"], "the ending of the name says the format"),
    (["--sparse", "--output", "j.npz", "--digits", "30"], ".npz holds doubles"),
    (["--sparse", "--output", "no/such/folder/j.mtx"], "cannot write"),
    (["--sparse", "--backend", "colored-forward"], "did you mean 'coloured-forward'?"),
]


@pytest.mark.parametrize(("args", "text"), REFUSED, ids=[" ".join(args) for args, _ in REFUSED])
def test_what_does_not_go_together_is_refused(
    args: list[str], text: str, adcli: Adcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = adcli("jac", "x*y, y", "--at", "1,2", *args)
    assert (2, "") == (outcome.code, outcome.out)
    assert text in outcome.err
    assert [] == list(tmp_path.iterdir())


def test_without_numpy_there_is_no_npz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "numpy", None)
    with pytest.raises(UsageError, match="need NumPy"):
        saving.check_name("j.npz", None)


@pytest.mark.parametrize("backend", ["symbolic", "fd"])
def test_a_backend_that_makes_the_whole_matrix_refuses_a_large_one(backend: str) -> None:
    with pytest.raises(LimitError, match="2100 by 2100 is too large"):
        Function("x^2").sparse_jacobian(x=[1] * 2100, backend=backend)
    with pytest.raises(LimitError, match="too large"):
        Function("sum(x^2)").sparse_hessian(x=[1] * 2100, backend=backend)


# -- size


@pytest.mark.usefixtures("untraced")
def test_a_hundred_thousand_rows_take_three_passes() -> None:
    n = 100_000
    f = Function("[x[i-1]*x[i] - 2*x[i+1] for i in range(1, n-1)]", lets={"n": n})
    result = f.sparse_jacobian(x=[1.0] * n)
    assert ("coloured-forward", 3, 3 * (n - 2)) == (result.backend, result.cost.passes, result.nonzeros)
    assert ([0, 0, 0, 1], [0, 1, 2, 1]) == (result.row[:4], result.column[:4])
    assert {1.0, -2.0} == set(result.entries)
    assert f"forward takes {n}, reverse {n - 2}" in result.reason


@REPEATABLE
@given(st.lists(st.sets(st.integers(0, 6)), min_size=1, max_size=8))
def test_large_patterns_are_what_small_ones_are(rows: list[set[int]]) -> None:
    def described() -> tuple[object, ...]:
        pattern = Pattern.of_rows(map(sorted, rows), columns=7)
        across, along = color_rows(pattern.transposed), color_rows(pattern)
        passes = [*column_passes(pattern, across.colors), *row_passes(pattern, along.colors)]
        every = [(list(p.seeds), list(p.places), list(p.positions)) for p in passes]
        shape = pattern.widest, list(pattern.row_indices), list(pattern.positions), pattern.transposed
        return (*shape, across, along, every)

    small, before = described(), sparsity.LARGE
    sparsity.LARGE = 1
    try:
        large = described()
    finally:
        sparsity.LARGE = before
    assert large[:4] == small[:4]
    if large[4:6] == small[4:6]:  # a cyclic colouring that attains the bound may be another than the greedy one
        assert large == small
    for mine, yours in zip(large[4:6], small[4:6], strict=True):
        assert mine.passes <= yours.passes  # type: ignore[attr-defined]
