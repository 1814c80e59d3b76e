"""The worked examples of the lecture notes: values, Jacobians, products, adjoints and traces."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mpmath
import pytest

import adcli as library

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome

BACKENDS = ["forward", "reverse", "symbolic", "fd"]
EXACT = BACKENDS[:3]
CLOSE = 1e-13  # relative, for backends without truncation error
LAST_DIGIT = 1e-4  # the lecture prints 4 decimals, some of them cut rather than rounded

CASES: dict[str, dict[str, Any]] = {
    case["id"]: case for case in json.loads(Path(__file__, "../data/seed_cases.json").resolve().read_text())
}
WITH_ARRAYS = [name for name, case in CASES.items() if any(isinstance(value, list) for value in case["at"].values())]


def _with(key: str) -> list[Any]:
    return [pytest.param(case, id=name) for name, case in CASES.items() if key in case]


every_case = pytest.mark.parametrize("case", _with("jacobian"))
every_backend = pytest.mark.parametrize("backend", BACKENDS)


def function_of(case: dict[str, Any]) -> library.Function:
    return library.parse(case["program"])


def columns_of(case: dict[str, Any]) -> list[str]:
    """The columns of the case in our names: `W_0_1` is `W[0,1]` where W is an array."""
    columns = []
    for column in case["columns"]:
        name, _, index = column.partition("_")
        columns.append(f"{name}[{index.replace('_', ',')}]" if isinstance(case["at"].get(name), list) else column)
    return columns


def wrt_of(case: dict[str, Any]) -> list[str]:
    """What the case differentiates by: whole arrays where it says so."""
    return case.get("wrt") or ([*case["at"]] if case["id"] in WITH_ARRAYS else case["columns"])


def point_of(case: dict[str, Any]) -> str:
    """The point as the command line takes it: W=[[1, 2], [3, 4]]; t=0.5."""
    return "; ".join(f"{name}={str(value).replace(chr(39), '')}" for name, value in case["at"].items())


def digits_right(expected: str, actual: Any) -> float:
    """Relative error against the reference (absolute where that is 0)."""
    with mpmath.workdps(60):
        reference = mpmath.mpf(expected)
        return float(abs(actual - reference) / (abs(reference) or 1))


def test_every_case_of_the_notes_is_here() -> None:
    assert list(CASES) == [
        "headline", "homework", "griewank", "least-squares", "three-layer-linear", "shallow-relu", "neg-log-sigmoid",
        "three-weights", "reuse-log", "reuse-product", "total-of-intermediate", "shared-argument", "log-sum",
        "linear-map", "elementwise-square", "mse-vectors", "mse-weight-of-data", "nll-one-sample", "dual-numbers",
        "affine-relu", "affine-relu-vector", "x-times-u", "sympy-box", "weight-jacobian", "two-layers-wg",
        "two-layers-wf", "five-layers", "five-layers-35", "micrograd", "hessian",
    ]  # fmt: skip
    assert len(WITH_ARRAYS) == 14


@every_backend
@every_case
def test_value_and_jacobian_are_those_of_the_notes(case: dict[str, Any], backend: str) -> None:
    result = function_of(case).jacobian(case["at"], backend=backend, wrt=wrt_of(case))
    assert columns_of(case) == list(result.columns)
    for expected, actual in zip(case["value"], result.value, strict=True):
        assert digits_right(expected, actual) <= CLOSE
    for i, row in enumerate(case["jacobian"]):
        for j, expected in enumerate(row):
            actual = result.jacobian[i][j]
            if result.error is None:
                assert digits_right(expected, actual) <= CLOSE
            else:
                assert abs(actual - float(expected)) <= result.error[i][j]


@every_case
def test_single_entries_may_be_differentiated_by(case: dict[str, Any]) -> None:
    f, columns = function_of(case), columns_of(case)
    whole = f.jacobian(case["at"], wrt=wrt_of(case))
    backwards = f.jacobian(case["at"], wrt=columns[::-1])
    assert (tuple(columns[::-1]), [row[::-1] for row in whole.jacobian]) == (backwards.columns, backwards.jacobian)


@every_case
def test_the_command_line_takes_the_case_as_text(case: dict[str, Any], adcli: Callable[..., Outcome]) -> None:
    args = ("--at", point_of(case), "--wrt", ",".join(wrt_of(case)), "--json")
    assert (
        function_of(case).jacobian(case["at"], wrt=wrt_of(case)).to_dict() == adcli("jac", case["program"], *args).json
    )


@every_backend
@every_case
def test_value_and_jacobian_have_all_digits_of_the_reference_at_50(case: dict[str, Any], backend: str) -> None:
    result = function_of(case).jacobian(case["at"], backend=backend, digits=50, wrt=wrt_of(case))
    for expected, actual in zip(case["value"], result.value, strict=True):
        assert digits_right(expected, actual) <= 1e-29  # the reference itself has 30 digits
    for expected_row, actual_row in zip(case["jacobian"], result.jacobian, strict=True):
        for expected, actual in zip(expected_row, actual_row, strict=True):
            assert digits_right(expected, actual) <= 1e-29


@every_case
def test_the_backends_agree_to_50_digits(case: dict[str, Any]) -> None:
    first, *others = (
        function_of(case).jacobian(case["at"], backend=backend, digits=50, wrt=wrt_of(case)) for backend in BACKENDS
    )
    with mpmath.workdps(60):
        for other in others:
            for expected_row, actual_row in zip(first.jacobian, other.jacobian, strict=True):
                for expected, actual in zip(expected_row, actual_row, strict=True):
                    assert abs(expected - actual) <= abs(expected) * mpmath.mpf(10) ** -49


@every_backend
@pytest.mark.parametrize("case", _with("jvp"))
def test_jvp_is_that_of_the_notes(case: dict[str, Any], backend: str) -> None:
    result = function_of(case).jvp(case["at"], case["jvp"]["direction"], backend=backend)
    bounds = result.error or [CLOSE * abs(x) for x in result.jvp]
    for expected, actual, bound in zip(case["jvp"]["value"], result.jvp, bounds, strict=True):
        assert abs(actual - float(expected)) <= bound


@every_backend
@pytest.mark.parametrize("case", _with("vjp"))
def test_vjp_is_that_of_the_notes(case: dict[str, Any], backend: str) -> None:
    result = function_of(case).vjp(case["at"], case["vjp"]["cotangent"], backend=backend)
    bounds = result.error or [CLOSE * abs(x) for x in result.vjp]
    for expected, actual, bound in zip(case["vjp"]["value"], result.vjp, bounds, strict=True):
        assert abs(actual - float(expected)) <= bound


@every_backend
@pytest.mark.parametrize("case", _with("hessian"))
def test_hessian_is_that_of_the_notes(case: dict[str, Any], backend: str) -> None:
    result = function_of(case).hessian(case["at"], backend=backend)
    for i, row in enumerate(case["hessian"]):
        for j, expected in enumerate(row):
            actual = result.hessian[i][j]
            bound = CLOSE * abs(actual) if result.error is None else result.error[i][j]
            assert abs(actual - float(expected)) <= bound
            assert result.hessian[j][i] == actual


@pytest.mark.parametrize("case", _with("hessian"))
def test_hvp_is_the_hessian_times_the_direction(case: dict[str, Any]) -> None:
    result = function_of(case).hvp(case["at"], [3, -2])
    for row, actual in zip(case["hessian"], result.hvp, strict=True):
        assert 3 * float(row[0]) - 2 * float(row[1]) == pytest.approx(actual, rel=1e-13)


@pytest.mark.parametrize("case", _with("adjoints"))
def test_a_reverse_trace_ends_with_the_adjoints_of_the_notes(
    case: dict[str, Any], adcli: Callable[..., Outcome]
) -> None:
    trace = adcli("trace", case["program"], "--at", point_of(case), "--mode", "reverse", "--json").json
    found = trace["adjoints"]
    assert case["adjoints"] == {name: found[name] for name in case["adjoints"]}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("case", _with("intermediates"))
def test_a_trace_shows_the_intermediates_of_the_notes(
    case: dict[str, Any], mode: str, adcli: Callable[..., Outcome]
) -> None:
    trace = adcli("trace", case["program"], "--at", point_of(case), "--mode", mode, "--json").json
    values = {row["node"]: row["value"] for row in trace["rows"]}
    assert case["intermediates"] == {name: values[name] for name in case["intermediates"]}


@pytest.mark.parametrize("name", WITH_ARRAYS)
def test_a_reverse_trace_of_arrays_ends_with_the_gradient(name: str, adcli: Callable[..., Outcome]) -> None:
    """The adjoints of the variables are the rows of the Jacobian, in the shapes of the variables."""
    case = CASES[name]
    trace = adcli("trace", case["program"], "--at", point_of(case), "--mode", "reverse", "--json").json
    adjoints = [trace["adjoints"][variable] for variable in wrt_of(case)]
    outputs = len(case["value"])
    for i, expected in enumerate(case["jacobian"]):
        actual = flat([adjoint[i] if outputs > 1 else adjoint for adjoint in adjoints])
        assert [float(x) for x in expected] == pytest.approx(actual, rel=CLOSE)


def flat(value: Any) -> list[float]:
    """The numbers of nested lists."""
    return [x for entry in value for x in flat(entry)] if isinstance(value, list) else [value]


@pytest.mark.parametrize("case", _with("symbolic"))
def test_diff_writes_the_derivative_as_the_notes_do(case: dict[str, Any], adcli: Callable[..., Outcome]) -> None:
    result = adcli("diff", case["program"], "--wrt", ",".join(case["wrt"]), "--json").json
    assert [[case["symbolic"]]] == result["derivatives"]


def test_the_total_derivative_by_an_intermediate_counts_every_path_from_it() -> None:
    case = CASES["total-of-intermediate"]
    f = function_of(case)
    assert f.jacobian(case["at"], wrt="a").jacobian == [[40.0]]  # partial 20 and 4*5 through b
    assert f.jacobian(case["at"], wrt="b").jacobian == [[4.0]]
    assert f.jacobian(case["at"], wrt="a,b").jacobian == [[40.0, 4.0]]
    assert f.jacobian(case["at"], wrt="x").jacobian == [[160.0]]


def test_one_forward_and_one_reverse_pass_are_counted_for_each_seed_of_the_headline() -> None:
    case = CASES["headline"]
    f = function_of(case)
    for backend in ("forward", "reverse"):
        assert f.jacobian(case["at"], backend=backend).cost.passes == 2
    assert f.jvp(case["at"], [3, -2], backend="forward").cost.passes == 1
    assert f.vjp(case["at"], [2, 5], backend="reverse").cost.passes == 1


# -- the worked tables of the griewank case


@pytest.fixture
def forward(adcli: Callable[..., Outcome]) -> dict[str, Any]:
    case = CASES["griewank"]
    args = ("--at", point_of(case), "--mode", "forward", "--seed", "x1", "--json")
    result: dict[str, Any] = adcli("trace", case["program"], *args).json
    return result


@pytest.fixture
def reverse(adcli: Callable[..., Outcome]) -> dict[str, Any]:
    case = CASES["griewank"]
    args = ("--at", point_of(case), "--mode", "reverse", "--seed", "y1", "--json")
    result: dict[str, Any] = adcli("trace", case["program"], *args).json
    return result


def test_the_nodes_of_griewank_have_the_rules_of_the_lecture(forward: dict[str, Any]) -> None:
    rules = {row["node"]: row["rule"].replace(" ", "") for row in forward["rows"] if row["rule"]}
    assert CASES["griewank"]["trace"]["nodes"] | {"v6": "v5*v4"} == rules


def test_the_values_of_griewank_are_those_of_the_lecture(forward: dict[str, Any], reverse: dict[str, Any]) -> None:
    for trace in (forward, reverse):
        values = {row["node"]: row["value"] for row in trace["rows"]}
        for name, expected in CASES["griewank"]["trace"]["values"].items():
            assert values[name] == pytest.approx(expected, abs=LAST_DIGIT)


def test_the_tangents_of_griewank_are_those_of_the_lecture(forward: dict[str, Any]) -> None:
    tangents = {row["node"]: row["tangent"] for row in forward["rows"]}
    assert forward["seed"] == {"x1": 1.0}
    for name, expected in CASES["griewank"]["trace"]["tangents_seed_x1"].items():
        assert tangents[name] == pytest.approx(expected, abs=LAST_DIGIT)


def test_the_adjoints_of_griewank_are_those_of_the_lecture(reverse: dict[str, Any]) -> None:
    assert reverse["seed"] == {"y1": 1.0}
    for name, expected in CASES["griewank"]["trace"]["adjoints"].items():
        assert reverse["adjoints"][name] == pytest.approx(expected, abs=LAST_DIGIT)


def test_every_accumulation_of_griewank_is_a_line_with_its_partial_sum(reverse: dict[str, Any]) -> None:
    for name, expected in CASES["griewank"]["trace"]["partial_sums"].items():
        sums = [update["value"] for update in reverse["updates"] if update["target"] == name]
        assert sums == pytest.approx(expected, abs=LAST_DIGIT)


def test_an_accumulation_of_griewank_reads_as_on_the_blackboard(reverse: dict[str, Any]) -> None:
    update = next(u for u in reverse["updates"] if u["target"] == "v4" and u["source"] == "v5")
    assert (update["rule"], update["numbers"]) == ("v̄4 = v̄4 + v̄5·1", "1.4924 + 1.3513")
    assert update["value"] == pytest.approx(2.8437, abs=LAST_DIGIT)


# -- the five layers of the notes, with target 2

FIVE = CASES["five-layers"]
SEEDED = [("W1", [476, 476, 748, 748]), ("W2", [544, 544, 408, 408]), ("W3", [816, 544, 408, 272]), ("W4", [680, 1088])]


@pytest.mark.parametrize(("seed", "tangent"), SEEDED)
def test_the_loss_of_five_layers_has_the_tangents_of_the_notes(
    seed: str, tangent: list[float], adcli: Callable[..., Outcome]
) -> None:
    trace = adcli("trace", FIVE["program"], "--at", point_of(FIVE), "--seed", seed, "--json").json
    assert tangent == {row["node"]: row["tangent"] for row in trace["rows"]}["loss"]


def test_the_tangents_of_five_layers_are_the_matrices_of_the_notes(adcli: Callable[..., Outcome]) -> None:
    trace = adcli("trace", FIVE["program"], "--at", point_of(FIVE), "--seed", "W1", "--json").json
    tangents = {row["node"]: row["tangent"] for row in trace["rows"]}
    assert {
        "h1": [[1, 1, 0, 0], [0, 0, 1, 1]],
        "h2": [[1, 1, 2, 2], [1, 1, 1, 1]],
        "h3": [[2, 2, 3, 3], [3, 3, 5, 5]],
        "h4": [7, 7, 11, 11],
        "loss": [476, 476, 748, 748],
    } == {name: tangents[name] for name in ("h1", "h2", "h3", "h4", "loss")}
    assert tangents["W2"] is tangents["x"] is None


def test_the_adjoints_of_five_layers_are_the_row_vectors_of_the_notes(adcli: Callable[..., Outcome]) -> None:
    trace = adcli("trace", FIVE["program"], "--at", point_of(FIVE), "--mode", "reverse", "--json").json
    assert {
        "loss": 1,
        "h4": 68,
        "h3": [136, 68],
        "h2": [272, 204],
        "h1": [476, 748],
        "W4": [680, 1088],
        "W3": [[816, 544], [408, 272]],
        "W2": [[544, 544], [408, 408]],
        "W1": [[476, 476], [748, 748]],
        "x": [1224, 1224],
        "t": -68,
    } == {name: adjoint for name, adjoint in trace["adjoints"].items() if name != "v1"}
    assert ["loss", "v1", "h4", "h3", "h2", "h1"] == list(trace["adjoints"])[:6]


def test_the_total_derivative_by_a_layer_is_its_adjoint() -> None:
    result = function_of(FIVE).jacobian(FIVE["at"], wrt="h3,h2")
    assert (("h3[0]", "h3[1]", "h2[0]", "h2[1]"), [[136, 68, 272, 204]]) == (result.columns, result.jacobian)
