"""The checker: it agrees with what is right, notices what is planted, and says when it cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from adcli import backends
from adcli.backends import Backend, Jacobian
from adcli.check import plan
from adcli.check.agreement import check
from adcli.primitives import TABLE
from adcli.problem import Problem
from adcli.products import Function

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome

HEADLINE = "x1*x2+sin(x1), exp(x1-x2)"

GOOD = [
    (HEADLINE, "1,2"),
    ("100*(x2 - x1^2)^2 + (1 - x1)^2", "-1.2,1"),
    ("100*(x2 - x1^2)^2 + (1 - x1)^2", "1,1"),  # the minimum: every entry is 0
    ("exp(-x^2/2)/sqrt(tau)", "0"),
    ("log(1 + exp(30x))", "1"),
    ("1e12*sin(x), 1e-12*cos(x)", "0.3"),
    ("x^2 + 1e-20*x", "0"),
    ("where(x > 0, x^3, -x^3)", "-2"),
    ("abs(x) + max(x, y)", "-1,3"),
    ("atan2(y, x), hypot(x, y)", "-3,4"),
    ("sin(1000x)", "1"),
    ("tanh(x)", "18"),
    ("x*0 + y, 3, y", "1,2"),
]


@pytest.mark.parametrize("digits", [None, 40])
@pytest.mark.parametrize(("text", "at"), GOOD, ids=[row[0] for row in GOOD])
def test_the_backends_agree_on_good_functions(text: str, at: str, digits: int | None) -> None:
    result = check(Function(text), at, digits=digits)
    assert ("AGREES", "", 0) == (result.verdict, result.cause, result.exit_code)
    assert ("fd", "forward", "reverse", "symbolic") == result.backends


def test_the_worst_entry_comes_first() -> None:
    result = check(Function(HEADLINE), "1,2")
    shares = [entry.excess for entry in result.entries]
    assert (4, sorted(shares, reverse=True)) == (len(shares), shares)
    assert shares[0] <= 1


def test_the_command_exits_with_0_and_shows_the_evidence(adcli: Callable[..., Outcome]) -> None:
    outcome = adcli("check", HEADLINE, "--at", "1,2")
    assert (0, "AGREES") == (outcome.code, outcome.out.splitlines()[-1])
    assert 4 == outcome.out.count("✓")


# -- planted errors


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Any], None]:
    """Give a row of the table another derivative."""

    def replace(name: str, rule: Any) -> None:
        monkeypatch.setattr(TABLE[name], "partials", (rule, *TABLE[name].partials[1:]))

    return replace


WRONG_RULES = [
    ("sin", lambda m, _y, x: -m.cos(x), "x + sin(y)", "∂y1/∂y"),
    ("cos", lambda m, _y, x: m.sin(x), "x*y + cos(x)", "∂y1/∂x"),
    ("exp", lambda _m, y, _x: 2 * y, "x + exp(y)*1e-9", "∂y1/∂y"),
    ("log", lambda m, _y, x: m.div(1, x * x), "x, log(y)", "∂y2/∂y"),
    ("tanh", lambda _m, y, _x: 1 - y, "tanh(x) + 1e3*y", "∂y1/∂x"),
    ("sqrt", None, "sqrt(x)*y", "∂y1/∂x"),
    ("mul", 1, "x*y", "∂y1/∂x"),
]


@pytest.mark.parametrize(("name", "rule", "text", "entry"), WRONG_RULES, ids=[row[0] for row in WRONG_RULES])
def test_a_wrong_rule_is_found_and_the_worst_entry_named(
    name: str, rule: Any, text: str, entry: str, plant: Callable[[str, Any], None]
) -> None:
    assert "AGREES" == check(Function(text), x=2, y=3).verdict
    plant(name, rule)
    result = check(Function(text), x=2, y=3)
    assert ("WRONG", 1) == (result.verdict, result.exit_code)
    assert result.cause.startswith(f"{entry} differs between fd and ")
    worst = result.entries[0]
    assert ("WRONG", entry) == (worst.verdict, f"∂{worst.row}/∂{worst.column}")


def test_a_wrong_rule_is_found_at_50_digits_where_doubles_would_not_see_it(plant: Callable[[str, Any], None]) -> None:
    plant("sin", lambda m, _y, x: m.cos(x) * (1 + m.div(1, 10**30)))
    assert "AGREES" == check(Function("sin(x)"), "1").verdict
    assert "WRONG" == check(Function("sin(x)"), "1", digits=50).verdict


def test_the_command_exits_with_1_and_marks_the_entry(
    adcli: Callable[..., Outcome], plant: Callable[[str, Any], None]
) -> None:
    plant("sin", lambda m, _y, x: -m.cos(x))
    outcome = adcli("check", HEADLINE, "--at", "1,2")
    assert (1, 1) == (outcome.code, outcome.out.count("✗"))
    assert outcome.out.splitlines()[-1].startswith("WRONG: ∂y1/∂x1 differs between fd and ")
    assert 1 == adcli("check", HEADLINE, "--at", "1,2", "--json").code


class Zero(Backend):
    """Says that every derivative is 0: what no checker may let through."""

    name = "zero"

    def jacobian(self, problem: Problem) -> Jacobian:
        return Jacobian([[problem.m.number(0) for _ in problem.inputs] for _ in problem.outputs])


TRUTH = backends.load("reverse")


class OffByOne(Backend):
    """Right in every entry but the last."""

    name = "off"

    def jacobian(self, problem: Problem) -> Jacobian:
        entries = TRUTH.jacobian(problem).entries
        entries[-1][-1] = entries[-1][-1] * (1 + 1e-6)
        return Jacobian(entries)


@pytest.mark.parametrize("replaced", ["forward", "reverse", "symbolic"])
@pytest.mark.parametrize("planted", [Zero, OffByOne])
def test_a_planted_backend_is_found(
    replaced: str, planted: type[Backend], monkeypatch: pytest.MonkeyPatch, adcli: Callable[..., Outcome]
) -> None:
    module = __import__(f"adcli.backends.{replaced}", fromlist=["BACKEND"])
    monkeypatch.setattr(module, "BACKEND", planted())
    result = check(Function(HEADLINE), "1,2")
    assert "WRONG" == result.verdict
    assert replaced in result.entries[0].pair
    assert 1 == adcli("check", HEADLINE, "--at", "1,2").code


# -- points where nothing can be said

INCONCLUSIVE = [
    ("abs(x)", "0", "the function is not differentiable at this point"),
    ("max(x, y)", "1,1", "the function is not differentiable at this point"),
    ("floor(x)", "2", "the function is not differentiable at this point"),
    ("where(x < 0, -1, x^2)", "0", "the function is not differentiable at this point"),
    ("sqrt(x)", "0", "∂y1/∂x"),
]


@pytest.mark.parametrize(("text", "at", "cause"), INCONCLUSIVE, ids=[row[0] for row in INCONCLUSIVE])
def test_a_kink_is_inconclusive_and_exits_with_5(text: str, at: str, cause: str, adcli: Callable[..., Outcome]) -> None:
    outcome = adcli("check", text, "--at", at, "--json")
    assert (5, "INCONCLUSIVE") == (outcome.code, outcome.json["verdict"])
    assert cause in outcome.json["cause"]


def test_wrt_checks_the_columns_asked_for() -> None:
    result = check(Function("a = x^2; b = 5*a; a*b"), x=2, wrt="a")
    assert [("y1", "a", "AGREES")] == [(entry.row, entry.column, entry.verdict) for entry in result.entries]


# -- large functions, compared in part

LARGE = " + ".join(f"sin(x{k}*x{k + 1})" for k in range(60))
LARGE_POINT = {f"x{k}": 0.3 + 0.1 * k for k in range(61)}


@pytest.fixture
def few_visits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a check may spend, so small that a moderate function counts as a large one."""
    monkeypatch.setattr(plan, "_MOST_VISITS", 3000)


def coverage(result: Any) -> dict[str, tuple[int, int]]:
    return {c.backend: (c.entries, c.products) for c in result.coverage}


@pytest.mark.usefixtures("few_visits")
def test_a_large_function_is_compared_in_part_and_the_report_says_so(adcli: Callable[..., Outcome]) -> None:
    at = ",".join(map(str, LARGE_POINT.values()))
    outcome, result = adcli("check", LARGE, "--at", at, "--json"), check(Function(LARGE), LARGE_POINT)
    assert ("AGREES", 0, outcome.json) == (result.verdict, outcome.code, result.to_dict())
    assert {"fd": (16, 4), "forward": (0, 4), "reverse": (16, 4), "symbolic": (0, 0)} == coverage(result)
    lines = [
        "fd: 16 of 61 entries, and 4 entries of products with random vectors",
        "forward: 4 entries of products with random vectors",
        "reverse: 16 of 61 entries, and 4 entries of products with random vectors",
        "symbolic: not compared",
    ]
    assert lines == list(result.notes)[:4]
    shown = adcli("check", LARGE, "--at", at).out.splitlines()
    assert ["compared in part:", *[f"  {line}" for line in lines], "AGREES"] == shown[-6:]


@pytest.mark.usefixtures("untraced")
def test_a_function_of_1500_inputs_is_compared_in_part_without_being_told() -> None:
    text = " + ".join(f"x{k}*tanh(x{k + 1})" for k in range(1500))
    result = check(Function(text), {f"x{k}": 0.3 + 0.001 * k for k in range(1501)})
    covered = coverage(result)
    assert ("AGREES", 1501) == (result.verdict, result.size)
    assert ((0, 4), (1501, 4), (1501, 0)) == (covered["forward"], covered["reverse"], covered["symbolic"])
    assert 500 < covered["fd"][0] < 1501
    assert len(result.entries) == 1501


@pytest.mark.usefixtures("few_visits")
@pytest.mark.parametrize("digits", [None, 30])
def test_a_tall_function_is_compared_by_cotangents(digits: int | None) -> None:
    text = ", ".join(f"sin(x*{k}) + y*exp(x/{k + 1})" for k in range(30))
    result = check(Function(text), x=1.3, y=2, digits=digits)
    assert ("AGREES", (60, 8), (0, 8)) == (result.verdict, coverage(result)["fd"], coverage(result)["reverse"])
    assert {"fd", "forward", "reverse"} == result.products[0].values.keys()
    assert result.products[0].label.startswith("∂(cotangent ")


@pytest.mark.usefixtures("few_visits")
def test_a_wrong_rule_is_found_in_a_large_function(plant: Callable[[str, Any], None]) -> None:
    plant("sin", lambda m, _y, x: m.cos(x) + 1)
    result = check(Function(LARGE), LARGE_POINT)
    assert ("WRONG", 1) == (result.verdict, result.exit_code)
    assert result.cause.endswith("differs between fd and reverse")
    assert "finite differences repeated to 40 digits for 16 entries" == result.notes[-1]


@pytest.mark.usefixtures("few_visits")
def test_a_wrong_rule_in_one_column_outside_the_sample_shows_along_the_directions(
    plant: Callable[[str, Any], None],
) -> None:
    text = LARGE.replace("x17*", "tanh(x17)*")
    assert "AGREES" == check(Function(text), LARGE_POINT).verdict
    plant("tanh", lambda m, _y, x: m.pow(m.sech(x), m.number(2)) * (1 + m.div(1, 1000)))
    result = check(Function(text), LARGE_POINT)
    assert all("x17" != entry.column for entry in result.entries)
    assert "WRONG" == result.verdict
    assert result.cause.startswith("∂y1/∂(direction ")


@pytest.mark.usefixtures("few_visits")
@pytest.mark.parametrize("mode", ["", "forward", "reverse"])
@pytest.mark.parametrize("replaced", ["forward", "reverse"])
def test_a_zero_backend_is_found_in_a_large_function(replaced: str, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    zero = Zero()
    zero.mode = mode
    monkeypatch.setattr(plan, "_MOST_VISITS", 30_000)
    monkeypatch.setattr(__import__(f"adcli.backends.{replaced}", fromlist=["BACKEND"]), "BACKEND", zero)
    result = check(Function(LARGE), LARGE_POINT)
    worst = (*result.entries, *result.products)[0] if result.entries[0].verdict == "WRONG" else result.products[0]
    assert ("WRONG", "WRONG") == (result.verdict, worst.verdict)
    assert replaced in worst.pair


@pytest.mark.usefixtures("few_visits")
def test_nothing_is_called_wrong_that_was_not_repeated_in_high_precision(
    plant: Callable[[str, Any], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "_MOST_PRECISE", 1)
    plant("sin", lambda m, _y, x: m.cos(x) + 1)
    result = check(Function(LARGE), LARGE_POINT)
    assert "WRONG" == result.verdict
    assert ["WRONG", *["INCONCLUSIVE"] * 15] == [entry.verdict for entry in result.entries]
    assert "finite differences repeated to 40 digits for 1 entry" == result.notes[-1]


def test_the_table_shows_the_worst_and_counts_the_rest(adcli: Callable[..., Outcome]) -> None:
    outcome = adcli("check", LARGE, "--at", ",".join(map(str, LARGE_POINT.values())))
    assert ["and 41 entries more: 41 ✓", "AGREES"] == outcome.out.splitlines()[-2:]
    assert 20 == outcome.out.count(" ✓ ")
