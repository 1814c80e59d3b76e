"""Programs as users write them, from the literature on optimisation and of iterations, in tests/data/programs.

References stand in the JSON files there. They were computed at 70 digits from the same
functions written a second time, in Python over mpmath, by central differences with a step of 1e-25,
and compared with jax before they were written down. The points are standard starting points and
points near them.
"""

from __future__ import annotations

import json
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

import adcli as library
from adcli.check.agreement import check

FOLDER = Path(__file__, "../data/programs").resolve()
FAMILIES = ["more-garbow-hillstrom", "cutest", "iterations"]
CASES: dict[str, Any] = {}
for family in FAMILIES:
    CASES |= json.loads((FOLDER / f"{family}.json").read_text())
CLOSE = 1e-12  # relative to the largest entry
CAUTION = 10  # how far the estimate of finite differences may be off
# Its rows are small differences of a sum, whose rounding five columns do not show in their grids.
UNDERRATED = {"trigonometric": 20}
# At (1.14485, 0.769257), 1e12 plus a square: no difference quotient sees the square in doubles.
UNRESOLVED = {("brown-badly-scaled", 1)}

every_program = pytest.mark.parametrize("name", CASES)


@cache
def function_of(name: str) -> library.Function:
    """The program, read with the shapes of its first point."""
    case = CASES[name]
    shapes = {variable: shape for variable, value in case["points"][0]["at"].items() if (shape := shape_of(value))}
    return library.parse((FOLDER / f"{name}.ad").read_text(), lets=case["lets"], shapes=shapes)


def shape_of(value: Any) -> tuple[int, ...]:
    return (len(value), *shape_of(value[0])) if isinstance(value, list) else ()


def largest(entries: list[float]) -> float:
    return max(map(abs, entries))


def off(actual: list[float], expected: list[float]) -> float:
    """The largest error, relative to the largest entry."""
    return largest([a - b for a, b in zip(actual, expected, strict=True)]) / (largest(expected) or 1.0)


def jacobian_at(name: str, point: dict[str, Any], backend: str) -> Any:
    """The Jacobian, its columns in the order of the point."""
    return function_of(name).jacobian(point["at"], backend=backend, wrt=list(point["at"]))


def test_every_program_has_references_and_every_reference_a_program() -> None:
    assert {path.stem for path in FOLDER.glob("*.ad")} == set(CASES)


@pytest.mark.parametrize("backend", ["forward", "reverse", "symbolic"])
@every_program
@pytest.mark.usefixtures("untraced")
def test_exact_backends_have_every_digit(name: str, backend: str) -> None:
    for point in CASES[name]["points"]:
        found = jacobian_at(name, point, backend)
        assert off(found.value, point["value"]) <= CLOSE
        assert off(list(chain(*found.jacobian)), list(chain(*point["jacobian"]))) <= CLOSE


@every_program
def test_finite_differences_know_their_error(name: str) -> None:
    for point in CASES[name]["points"]:
        found, expected = jacobian_at(name, point, "fd"), list(chain(*point["jacobian"]))
        rounding = 1e-15 * largest(expected)
        for actual, error, wanted in zip(chain(*found.jacobian), chain(*found.error), expected, strict=True):
            assert abs(actual - wanted) <= UNDERRATED.get(name, CAUTION) * error + rounding


@every_program
@pytest.mark.usefixtures("untraced")
def test_the_backends_agree(name: str) -> None:
    for k, point in enumerate(CASES[name]["points"]):
        verdict = check(function_of(name), point["at"]).verdict
        assert verdict == ("INCONCLUSIVE" if (name, k) in UNRESOLVED else "AGREES")


@pytest.mark.parametrize("name", ["chebyquad", "runge-kutta-arrays", "gauss-seidel"])
def test_the_command_line_reads_the_same_file(name: str, adcli: Any) -> None:
    case = CASES[name]
    point = case["points"][0]
    at = "; ".join(f"{variable}={json.dumps(value)}" for variable, value in point["at"].items())
    lets = [text for parameter, value in case["lets"].items() for text in ("--let", f"{parameter}={json.dumps(value)}")]
    outcome = adcli("jac", f"@{FOLDER / name}.ad", "--at", at, "--wrt", ",".join(point["at"]), *lets, "--json")
    assert outcome.code == 0
    assert off(list(chain(*outcome.json["jacobian"])), list(chain(*point["jacobian"]))) <= CLOSE
