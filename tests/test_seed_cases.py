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


def _is_scalar(case: dict[str, Any]) -> bool:
    arrays = any(isinstance(value, list) for value in case["at"].values())
    return not arrays and "@" not in case["program"] and "sum(" not in case["program"]


CASES = {case["id"]: case for case in json.loads(Path(__file__, "../data/seed_cases.json").resolve().read_text())}
SCALAR = [case for case in CASES.values() if _is_scalar(case)]


def _with(key: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in SCALAR if key in case]


every_case = pytest.mark.parametrize("case", _with("jacobian"))
every_backend = pytest.mark.parametrize("backend", BACKENDS)


def function_of(case: dict[str, Any]) -> library.Function:
    return library.parse(case["program"])


def columns_of(case: dict[str, Any]) -> dict[str, Any]:
    """Options that choose the columns of the case."""
    return {"wrt": case["columns"]}


def digits_right(expected: str, actual: Any) -> float:
    """Relative error against the reference (absolute where that is 0)."""
    with mpmath.workdps(60):
        reference = mpmath.mpf(expected)
        return float(abs(actual - reference) / (abs(reference) or 1))


def test_every_scalar_case_of_the_notes_is_here() -> None:
    assert [case["id"] for case in SCALAR] == [
        "headline", "homework", "griewank", "neg-log-sigmoid", "three-weights", "reuse-log", "reuse-product",
        "total-of-intermediate", "shared-argument", "log-sum", "dual-numbers", "affine-relu", "x-times-u", "sympy-box",
        "micrograd", "hessian",
    ]  # fmt: skip


@every_backend
@every_case
def test_value_and_jacobian_are_those_of_the_notes(case: dict[str, Any], backend: str) -> None:
    result = function_of(case).jacobian(case["at"], backend=backend, **columns_of(case))
    assert case["columns"] == list(result.columns)
    for expected, actual in zip(case["value"], result.value, strict=True):
        assert digits_right(expected, actual) <= CLOSE
    for i, row in enumerate(case["jacobian"]):
        for j, expected in enumerate(row):
            actual = result.jacobian[i][j]
            if result.error is None:
                assert digits_right(expected, actual) <= CLOSE
            else:
                assert abs(actual - float(expected)) <= result.error[i][j]


@every_backend
@every_case
def test_value_and_jacobian_have_all_digits_of_the_reference_at_50(case: dict[str, Any], backend: str) -> None:
    result = function_of(case).jacobian(case["at"], backend=backend, digits=50, **columns_of(case))
    for expected, actual in zip(case["value"], result.value, strict=True):
        assert digits_right(expected, actual) <= 1e-29  # the reference itself has 30 digits
    for expected_row, actual_row in zip(case["jacobian"], result.jacobian, strict=True):
        for expected, actual in zip(expected_row, actual_row, strict=True):
            assert digits_right(expected, actual) <= 1e-29


@every_case
def test_the_backends_agree_to_50_digits(case: dict[str, Any]) -> None:
    first, *others = (
        function_of(case).jacobian(case["at"], backend=backend, digits=50, **columns_of(case)) for backend in BACKENDS
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


def point_of(case: dict[str, Any]) -> str:
    return ",".join(f"{name}={value}" for name, value in case["at"].items())


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
