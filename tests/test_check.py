"""The checker: it agrees with what is right, notices what is planted, and says when it cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from adcli import backends
from adcli.backends import Backend, Jacobian, Problem
from adcli.check.agreement import check
from adcli.primitives import TABLE
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
