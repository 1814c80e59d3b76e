"""`trace --errors`: condition numbers, and the digits that every node has left."""

from __future__ import annotations

import json
import math
import random

import mpmath
import pytest

import adcli
from adcli.cli import run
from adcli.tracing import trace


def rows(text: str, at: object, **options: object) -> dict[str, object]:
    result = trace(adcli.parse(text), at, errors=True, **options)
    return {row.node: row for row in result.rounding}


def test_the_node_that_cancels_is_marked() -> None:
    found = rows("(1 - cos(x))/x^2", {"x": 1e-6})
    assert [name for name, row in found.items() if row.remark] == ["v2"]
    assert found["v2"].remark == "cancels"
    assert found["v2"].condition == pytest.approx(2e12, rel=1e-3)
    assert found["v2"].digits < 5
    assert found["v1"].digits > 15
    result = trace(adcli.parse("(1 - cos(x))/x^2"), {"x": 1e-6}, errors=True)
    assert any(note.startswith("v2 = 1 - v1 cancels") for note in result.notes)


def test_a_difference_of_exact_numbers_amplifies_but_loses_nothing() -> None:
    found = rows("x - 1", {"x": 1 + 2**-40})
    assert found["v1"].condition > 1e12
    assert found["v1"].digits == math.inf
    assert trace(adcli.parse("x - 1"), {"x": 1 + 2**-40}, errors=True).notes == ()


def test_condition_numbers_are_those_of_the_book() -> None:
    """|x f'(x)/f(x)|, and their sum over the arguments."""
    found = rows("a = exp(x); b = log(x); c = x^7; a + b*c", {"x": 3.5})
    assert found["a"].condition == pytest.approx(3.5)
    assert found["b"].condition == pytest.approx(1 / math.log(3.5))
    assert found["c"].condition == pytest.approx(7)


def test_other_functions_amplify() -> None:
    assert rows("sin(x)", {"x": 1e10})["v1"].remark == "amplifies"


def test_digits_left_are_measured_against_the_truth() -> None:
    rng = random.Random("digits left")  # noqa: S311
    mp = mpmath.MPContext()
    mp.dps = 60
    for _ in range(20):
        x = rng.uniform(1, 2) * 10.0 ** -rng.randint(1, 7)
        row = rows("exp(x) - 1 - x", {"x": x}, as_written=True)["v3"]
        true = mp.exp(mp.mpf(x)) - 1 - mp.mpf(x)
        error = abs((mp.mpf(math.exp(x) - 1 - x) - true) / true)
        assert row.digits == pytest.approx(max(0.0, -float(mp.log10(error))), abs=1e-6)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_tangents_and_adjoints_are_measured_too(mode: str) -> None:
    found = rows("(1 - cos(x))/x^2", {"x": 1e-6}, mode=mode)
    last = found["v4"]
    assert last.slope_digits == 0 if mode == "forward" else last.slope_digits == math.inf
    assert found["v1"].slope_digits > 10


def test_with_digits_the_digits_left_are_those_of_the_working_precision() -> None:
    assert rows("(1 - cos(x))/x^2", {"x": "1e-6"}, digits=30)["v2"].digits > 30
    assert trace(adcli.parse("(1 - cos(x))/x^2"), {"x": "1e-6"}, errors=True, digits=30).notes == ()


def test_json_and_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trace", "(1 - cos(x))/x^2", "--at", "1e-6", "--errors", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [row["remark"] for row in result["rounding"]] == ["", "cancels", "", ""]
    assert run(["trace", "(1 - cos(x))/x^2", "--at", "1e-6", "--errors"]) == 0
    shown = capsys.readouterr()
    assert "← cancels" in shown.out
    assert "v2 = 1 - v1 cancels" in shown.err


def test_arrays_are_shown_by_entry() -> None:
    found = rows("W@x", {"W": [[1, 2], [3, 4]], "x": [5, 6]})
    assert all(row.digits == math.inf for row in found.values())


def test_without_being_asked_nothing_is_said() -> None:
    assert trace(adcli.parse("x^2"), {"x": 3}).rounding == ()
