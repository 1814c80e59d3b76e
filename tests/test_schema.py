"""Everything that --json prints is strict JSON, and what `adcli schema` says it is."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from adcli.products import Function
from adcli.schemas import names

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome

    Adcli = Callable[..., Outcome]

HEADLINE = "x1*x2+sin(x1), exp(x1-x2)"
POINT = ["--at", "1,2"]
FILLED = str(Path(__file__).parent / "data/headline-trace.csv")
POINTS = str(Path(__file__).parent.parent / "samples" / "points.csv")
PRODUCTS = {
    "value": ["eval", HEADLINE, *POINT],
    "jacobian": ["jac", HEADLINE, *POINT],
    "gradient": ["grad", "x1*sin(x2)", *POINT],
    "jvp": ["jvp", HEADLINE, *POINT, "--direction", "3,-2"],
    "vjp": ["vjp", HEADLINE, *POINT, "--cotangent", "2,5"],
    "hessian": ["hess", "x1^3*sin(x2)", *POINT],
    "sparse-jacobian": ["jac", HEADLINE, *POINT, "--sparse"],
    "sparse-hessian": ["hess", "x1^3*sin(x2)", *POINT, "--sparse"],
    "certified": ["jac", HEADLINE, *POINT, "--certified"],
    "accuracy": ["check", HEADLINE, *POINT, "--certified"],
    "hvp": ["hvp", "x1^3*sin(x2)", *POINT, "--direction", "3,-2"],
    "diff": ["diff", HEADLINE],
    "taylor": ["taylor", HEADLINE, *POINT, "--direction", "3,-2"],
    "trace": ["trace", HEADLINE, *POINT],
    "check": ["check", HEADLINE, *POINT],
    "verdict": ["check", HEADLINE, *POINT, "--claim", "x2+cos(x1), x1, exp(x1-x2), exp(x1-x2)"],
    "grade": ["check", HEADLINE, *POINT, "--trace", FILLED],
    "batch-check": ["batch", "check", "x1*x2", "--points", POINTS, "--claim", "x2, x1"],
    "code": ["codegen", HEADLINE],
    "fold": ["batch", "grad", "x1*sin(x2)", "--points", POINTS, "--reduce", "sum"],
    "functions": ["functions"],
    "error": ["jac", "log(-1)"],
}
AT_A_POINT = [name for name, args in PRODUCTS.items() if "--at" in args and name != "accuracy"]  # which is of doubles
WITH_BACKEND = ["jacobian", "gradient", "jvp", "vjp", "hessian", "hvp", "sparse-jacobian", "sparse-hessian"]
SITUATIONS = {
    "kink": ["jac", "abs(x) + max(x, 0)", "--at", "0"],
    "jump": ["jac", "floor(x)", "--at", "1"],
    "certified values": ["eval", HEADLINE, *POINT, "--certified"],
    "certified gradient": ["grad", "x*exp(y)", "--at", "pi,1000", "--certified"],
    "certified Hessian": ["hess", "x^3*sin(y)", "--at", "pi/4,2", "--certified", "--digits", "20"],
    "certified at a kink": ["jac", "abs(x) + floor(x)", "--at", "0", "--certified"],
    "certified without variables": ["jac", "3", "--certified"],
    "accuracy at a kink": ["check", "abs(x) + y", "--at", "0,1", "--certified"],
    "accuracy where doubles overflow": ["check", "exp(x)/exp(y)", "--at", "1000,999", "--certified"],
    "accuracy of nothing but rounding": ["check", "(1 - cos(x))/x^2", "--at", "1e-9", "--certified"],
    "kink of second order": ["hess", "x*abs(x)", "--at", "0"],
    "undecided": ["jac", "where(x == 0, 1, sin(x)/x)", "--at", "0"],
    "vertical": ["jac", "sqrt(x)", "--at", "0"],
    "overflow": ["jac", "exp(x)*y", "--at", "1000,1"],
    "nan": ["jac", "exp(x) - exp(x+1)", "--at", "1000"],
    "infinite point": ["eval", "1/x", "--at", "inf"],
    "no variables": ["jac", "3"],
    "no variables by fd": ["jac", "3", "--backend", "fd"],
    "fd at a kink": ["jac", "abs(x)", "--at", "0", "--backend", "fd"],
    "fd beside the domain": ["jac", "sqrt(x)", "--at", "1e-9", "--backend", "fd"],
    "fd without a limit": ["jac", "where(x == 0, 5, x)", "--at", "0", "--backend", "fd"],
    "check inconclusive": ["check", "abs(x)", "--at", "0"],
    "check at a slope": ["check", "sqrt(x)", "--at", "0"],
    "reverse trace": ["trace", "a = x^2; b = 5a; L = a*b", "--at", "2", "--mode", "reverse"],
    "trace with a condition": ["trace", "where(x < 1 and not y > 2, x, y)", "--at", "0,1"],
    "trace of infinities": ["trace", "exp(x)*0", "--at", "1000", "--mode", "reverse"],
    "trace of a seed vector": ["trace", "x*y", "--at", "1,2", "--seed", "3,-2", "--digits", "30"],
    "shared formulas": ["diff", "(((x+y)^2+sin(x))^2+cos(y))^2*((x+y)^2+sin(x))^2", "--order", "2", "--share"],
    "values of formulas": ["diff", "exp(x*y)", "--mixed", "x,x,y", "--at", "1,2", "--digits", "20"],
    "an expansion at a kink": ["taylor", "x*abs(x)", "--at", "0"],
    "an expansion at a vertical slope": ["taylor", "sqrt(x)", "--at", "0"],
    "one function": ["functions", "where"],
    "a function of arrays": ["functions", "softmax"],
    "arrays": ["jac", "W@x", "--at", "W=[[1,2],[3,4]]; x=[5,6]"],
    "values of arrays": ["eval", "outer(x, x), x@x", "--at", "x=[1,2]"],
    "blocks": ["jac", "h = W@x; h^2", "--at", "W=[[1,2],[3,4]]; x=[5,6]", "--wrt", "h,x[0]", "--as-shape"],
    "a Hessian by an array": ["hess", "sum(x^3)", "--at", "x=[1,2]", "--digits", "30"],
    "arrays by fd": ["grad", "sum(x^3)", "--at", "x=[1,2]", "--backend", "fd"],
    "a direction of arrays": ["jvp", "W@x", "--at", "W=[[1,2],[3,4]]; x=[5,6]", "--direction", "W=eye(2)"],
    "formulas of arrays": ["diff", "W@x", "--shape", "W=2x2,x=2"],
    "a check of arrays": ["check", "softmax(x)", "--at", "x=[1,2]"],
    "forward trace of arrays": ["trace", "sum((W@x)^2)", "--at", "W=[[1,2],[3,4]]; x=[5,6]"],
    "reverse trace of arrays": ["trace", "W@x", "--at", "W=[[1,2],[3,4]]; x=[5,6]", "--mode", "reverse"],
    "trace by entry": ["trace", "W@x", "--at", "W=[[1,2],[3,4]]; x=[5,6]", "--by-entry", "--digits", "20"],
    "trace of a loop": ["trace", "s = 1; for k in range(3) { s = (s + a/s)/2 }; s", "--at", "2"],
    "a kink of arrays": ["grad", "norm(x)", "--at", "x=[0,0]"],
    "a sparse Jacobian without entries": ["jac", "3, 4", "--sparse"],
    "a sparse Jacobian at a kink": ["jac", "abs(x), y", "--at", "0,1", "--sparse"],
    "a sparse Hessian of arrays": ["hess", "sum(x^3)", "--at", "x=[1,2,0]", "--sparse"],
    "shape error": ["jac", "W@x", "--at", "W=[[1,2],[3,4]]; x=[5,6,7]"],
    "singular": ["jac", "inv(W)", "--at", "W=[[1,2],[2,4]]"],
    "usage error": ["jac", "x", "--zzz"],
    "reading error": ["jac", "x +\n* y"],
    "limit error": ["eval", "9" * 5000],
}


def valid(outcome: Outcome, adcli: Adcli) -> Any:
    """The JSON of an outcome, after it was held against the schema that it names."""
    result = outcome.json
    schema = adcli("schema", result["schema"]).json
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(result)
    return result


def test_every_output_has_a_schema_and_every_schema_an_output() -> None:
    assert sorted(PRODUCTS) == names()


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_command_prints_what_its_schema_says(name: str, adcli: Adcli) -> None:
    assert f"adcli/{name}/1" == valid(adcli(*PRODUCTS[name], "--json"), adcli)["schema"]


@pytest.mark.parametrize("name", AT_A_POINT)
def test_digits_beyond_double_precision_are_strings_that_the_schema_allows(name: str, adcli: Adcli) -> None:
    result = valid(adcli(*PRODUCTS[name], "--json", "--digits", "40"), adcli)
    assert 40 == result["digits"]
    assert {"x1": "1.0", "x2": "2.0"} == result[
        "point"
    ] or name == "verdict"  # whose point is that of the evidence, in doubles


@pytest.mark.parametrize("backend", ["forward", "reverse", "symbolic", "fd", "auto"])
@pytest.mark.parametrize("name", WITH_BACKEND)
def test_every_backend_prints_what_the_schema_says(name: str, backend: str, adcli: Adcli) -> None:
    result = valid(adcli(*PRODUCTS[name], "--json", "--backend", backend), adcli)
    assert (backend == "fd") == (result["error"] is not None)
    assert (backend == "auto") == bool(result["reason"])


@pytest.mark.parametrize("situation", SITUATIONS)
def test_unusual_results_are_strict_and_valid_too(situation: str, adcli: Adcli) -> None:
    valid(adcli(*SITUATIONS[situation], "--json"), adcli)


def test_what_json_numbers_cannot_hold_is_a_string(adcli: Adcli) -> None:
    result = valid(adcli("eval", "x, -x, x - x", "--at", "inf", "--json"), adcli)
    assert ["Infinity", "-Infinity", "NaN"] == result["value"]
    assert {"x": "Infinity"} == result["point"]


def test_floats_read_back_bit_for_bit(adcli: Adcli) -> None:
    numbers = [0.1, 1 / 3, math.pi, 5e-324, 1.7976931348623157e308, -0.0, 1e22, 123456789.123456789, 2.0**-1074 * 3]
    names_ = [f"x{k}" for k in range(len(numbers))]
    at = ",".join(map(repr, numbers))
    result = adcli("eval", ", ".join(f"{name}*1" for name in names_), "--at", at, "--json").json
    expected = [struct.pack("<d", x) for x in numbers]
    assert expected == [struct.pack("<d", x) for x in result["value"]]
    assert expected == [struct.pack("<d", x) for x in result["point"].values()]


def test_the_jacobian_in_json_is_the_jacobian(adcli: Adcli) -> None:
    result = Function(HEADLINE).jacobian(x1=1, x2=2)
    printed = adcli("jac", HEADLINE, "--at", "1,2", "--json")
    assert result.to_dict() == printed.json
    assert result.jacobian == printed.json["jacobian"]


def test_variables_and_outputs_have_their_shapes(adcli: Adcli) -> None:
    result = adcli("jac", "t*W@x, t", "--at", "W=[[1,2,3],[4,5,6]]; x=[1,1,1]; t=2", "--json").json
    shapes = [{"name": "W", "shape": [2, 3]}, {"name": "t", "shape": []}, {"name": "x", "shape": [3]}]
    assert shapes == result["variables"]
    assert [{"name": "y1", "shape": [2]}, {"name": "y2", "shape": []}] == result["outputs"]
    assert ["y1[0]", "y1[1]", "y2"] == result["rows"]
    assert ["W[0,0]", "W[0,1]", "W[0,2]", "W[1,0]", "W[1,1]", "W[1,2]", "t", "x[0]", "x[1]", "x[2]"] == result[
        "columns"
    ]
    assert {"W": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "t": 2.0, "x": [1.0, 1.0, 1.0]} == result["point"]


def test_a_result_is_one_line(adcli: Adcli) -> None:
    assert 1 == adcli("jac", HEADLINE, "--at", "1,2", "--json").out.count("\n")


@pytest.mark.parametrize("name", names())
def test_a_schema_names_itself_and_refuses_what_is_not_in_it(name: str, adcli: Adcli) -> None:
    schema = json.loads(adcli("schema", name).out)
    assert f"adcli/{name}/1" == schema["$id"] == schema["properties"]["schema"]["const"]
    validator = Draft202012Validator(schema)
    printed = adcli(*PRODUCTS[name], "--json").json
    assert validator.is_valid(printed)
    assert not validator.is_valid({**printed, "surprise": 1})
    for key in printed:
        assert not validator.is_valid({other: value for other, value in printed.items() if other != key})
