"""Claimed derivatives: the right ones pass, the wrong ones do not, and the mistake is named."""

from __future__ import annotations

import json
from math import cos, exp
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from adcli.check import rule
from adcli.check.verdicts import Settings, check_formula
from adcli.errors import AdcliError
from adcli.primitives import TABLE
from adcli.products import Function

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome

    Adcli = Callable[..., Outcome]

HEADLINE = "x1*x2+sin(x1), exp(x1-x2)"
CORPUS = Path(__file__).parent / "data" / "mutations" / "claims.json"


def verdict(text: str, claim: str, at: str | None = None, **settings: Any) -> str:
    return check_formula(Function(text), claim, [at] if at else [], settings=Settings(**settings)).verdict


def kind(text: str, claim: str, at: str | None = None, **settings: Any) -> str | None:
    found = check_formula(Function(text), claim, [at] if at else [], settings=Settings(**settings))
    return found.mistake.kind if found.mistake else None


# -- claims that are right

PROVED = [
    ("x^2*y", "2*x*y, x^2"),
    ("tan(x)", "1 + tan(x)^2"),
    ("(x+1)^3", "3x^2 + 6x + 3"),
    ("x/(x+1)", "1/(x+1)^2"),
    ("x^x", "x^x*(1 + ln(x))"),
    (HEADLINE, "[[x2 + cos(x1), x1], [exp(x1-x2), -exp(x1)/exp(x2)]]"),
    ("u = x^2; u*y", "2x*y, u"),
]


@pytest.mark.parametrize(("text", "claim"), PROVED)
def test_a_claim_in_another_form_is_proved(text: str, claim: str) -> None:
    assert "PROVED" == verdict(text, claim)


RIGHT = [
    ("sinh(x)*x", "x*cosh(x) + sinh(x)", None),
    ("sqrt(x-1000)", "0.5/sqrt(x-1000)", None),
    ("acos(x/5)", "-1/sqrt(25-x^2)", None),
    ("log(log(log(x)))", "1/(x*log(x)*log(log(x)))", None),
    ("max(x, y)", "where(x >= y, 1, 0), where(x >= y, 0, 1)", None),
    ("log(1+exp(x))", "1/(1+exp(-x))", "800"),
    ("exp2(x)", "0.693147*2^x", None),  # log(2), rounded to the digits that are written
    ("x^2+y^2", "2, 4", "1,2"),
    (HEADLINE, "2.5403, 1, 0.36788, -0.36788", "1,2"),
]


@pytest.mark.parametrize(("text", "claim", "at"), RIGHT)
def test_a_right_claim_passes(text: str, claim: str, at: str | None) -> None:
    assert verdict(text, claim, at) in ("PROVED", "AGREES")


def test_a_hessian_is_claimed_with_order_2() -> None:
    assert "PROVED" == verdict("x^2*y", "[[2y, 2x], [2x, 0]]", order=2)
    assert "WRONG" == verdict("x^2*y", "2y, 2x, 2x, 1", order=2)


def test_arrays_are_claimed_in_their_own_terms() -> None:
    f = Function("sum(x^2)", shapes={"x": (3,)})
    assert "PROVED" == check_formula(f, "2*x").verdict
    g = Function("W@x", shapes={"W": (2, 2), "x": (2,)})
    assert ("PROVED", "WRONG") == (check_formula(g, "W", wrt="x").verdict, check_formula(g, "W'", wrt="x").verdict)


# -- where fixed tolerances fail

HARD = [
    ("1e-12*sin(x)*y", "1e-12*cos(x)*y, 1e-12*sin(x)", "1e-12*cos(x)*y, 2e-12*sin(x)", None),
    ("1e12*sin(x) + 1e-12*y", "1e12*cos(x), 1e-12", "1e12*cos(x), 1.1e-12", None),
    ("1e12*sin(x) + 1e-12*y", "540302305868.1398, 1e-12", "540302305868.1398, 1.001e-12", "1,1"),
    ("(x-1)^2 + (y-2)^2", "0, 0", "0, 1e-3", "1,2"),
    ("(x-1)^2 + (y-2)^2", "2x-2, 2y-4", "2x-2, 3y-6", "1,2"),
    ("max(x, y)", "0, 1", "1, 0", "1,1.000000001"),
    ("abs(x - 1)*y", "y, x-1", "-y, x-1", "1.000000001,3"),
    ("exp(-1/x^2)", "2*exp(-1/x^2)/x^3", "2*exp(-1/x^2)/x^2", "0.01"),
    ("exp(-1/x^2)", "2*exp(-1/x^2)/x^3", "x - x", "0.01"),
    ("relu(x - 1)", "where(x > 1, 1, 0)", "1", None),  # locally linear: right on one side only
    ("3x + 2y", "3, 2", "3, 2.00001", None),
    ("cos(x) - 1", "-sin(x)", "-x", None),
    ("sin(x)^2 + cos(x)^2 + x", "1", "1 + sin(2x)", None),
    ("x^2", "2x", "2x + 1e-30", None),
    ("tanh(20x)", "20*(1 - tanh(20x)^2)", "20*(1 - tanh(20x))", None),
    ("atan(x) + atan(1/x)", "0", "1e-40", None),
    ("acos(cos(x))", "sin(x)/abs(sin(x))", "1", None),
    ("exp(-1e4*x)", "-1e4*exp(-1e4*x)", "-1e4*exp(-1e4*x) + 1e3*exp(-2e4*x)", None),
    ("x^20*1e-300", "2e-299*x^19", "2e-299*x^18", None),
]


@pytest.mark.parametrize(("text", "right", "wrong", "at"), HARD)
def test_the_verdict_holds_on_any_scale(text: str, right: str, wrong: str, at: str | None) -> None:
    assert verdict(text, right, at) in ("PROVED", "AGREES")
    assert "WRONG" == verdict(text, wrong, at)


def test_a_claim_that_is_right_at_a_special_point_only_is_wrong() -> None:
    found = check_formula(Function("x^2 + x^3"), "2x", ["0"])
    assert ("WRONG", True) == (found.verdict, "not at the point given" in found.cause)
    assert ["x = 0"] == list(found.places[0].special)
    assert any("better: --at x=" in w.message for w in found.warnings)


def test_nothing_is_said_at_a_kink() -> None:
    found = check_formula(Function("abs(x)*y"), "sign(x)*y, abs(x)", ["0,2"])
    assert ("INCONCLUSIVE", 5) == (found.verdict, found.exit_code)
    assert [("abs(x)", 0.0, True)] == [(s.formula, s.distance, s.crossed) for s in found.places[0].surfaces]


def test_distances_to_switching_surfaces_are_reported() -> None:
    found = check_formula(Function("max(x, y)"), "0, 1", ["1,1.25"])
    assert [pytest.approx(0.25 / 2**0.5)] == [s.distance for s in found.places[0].surfaces]


def test_outside_the_domain_there_is_no_verdict() -> None:
    found = check_formula(Function("log(x)"), "1/x", ["-1"])
    assert ("OUTSIDE DOMAIN", 5, True) == (found.verdict, found.exit_code, "log needs x > 0" in found.cause)
    assert "OUTSIDE DOMAIN" == verdict("log(-x^2 - 1)", "2x/(x^2+1)")


def test_numbers_written_with_few_digits_are_held_to_these() -> None:
    at = "1,2"
    assert "WRONG" == verdict(HEADLINE, "2.5403, 1, 0.3, -0.36788", at)
    assert "INCONCLUSIVE" == verdict("exp(x)", "2.7", "1")
    assert "AGREES" == verdict("exp(x)", "2.718", "1")
    assert "WRONG" == verdict("exp(x)", "2.719", "1")


def test_numbers_that_are_nearly_right_are_not_called_wrong() -> None:
    found = check_formula(Function("exp(x)"), "2.7182818284590452 + 3e-8", ["1"])
    assert "WRONG" == found.verdict  # a formula is exact
    near = check_formula(Function("exp(x)"), "2.718281858459045", ["1"])
    assert ("INCONCLUSIVE", True) == (near.verdict, "right to 8 digits" in near.cause)


@pytest.mark.parametrize(
    ("text", "claim", "at", "expected"),
    [
        ("abs(x - y)", "1, -1", "1.7,1.700000001", "WRONG"),
        ("relu(x - 2)", "0", "2.000000001", "WRONG"),
        ("sin(x)", "0", "pi/2", "AGREES"),
        ("1e12*sin(x)", "2.675e11", "1.3", "AGREES"),
        ("1e6*sin(x)", "267499", "1.3", "AGREES"),
        ("1e6*sin(x)", "267599", "1.3", "WRONG"),
        ("exp(-1/x^2)", "0.0", "0.05", "INCONCLUSIVE"),  # single precision underflows
    ],
)
def test_numbers_are_held_to_what_they_can_be(text: str, claim: str, at: str, expected: str) -> None:
    assert expected == verdict(text, claim, at)


def test_tolerances_are_there_for_those_who_want_them() -> None:
    loose, tight = rule.Tolerance(1e-2, 0.0), rule.Tolerance(1e-6, 0.0)
    assert "AGREES" == verdict("exp(x)", "2.72", "1", tolerance=loose)
    assert "WRONG" == verdict("exp(x)", "2.72", "1", tolerance=tight)


# -- the checker is checked


def test_nothing_passes_if_planted_mistakes_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adcli.check.planted.judged", lambda *_: (rule.AGREES, ""))
    found = check_formula(Function("sinh(x)*x^2"), "x^2*cosh(x) + 2x*sinh(x)")
    assert ("INCONCLUSIVE", True) == (found.verdict, "no planted mistake was rejected" in found.cause)


def test_planted_mistakes_are_rejected_at_the_same_points() -> None:
    found = check_formula(Function("sinh(x)*x^2"), "x^2*cosh(x) + 2x*sinh(x)")
    assert found.mutants is not None
    assert found.mutants.planted == found.mutants.rejected > 5


def test_a_wrong_rule_of_our_own_is_not_taken_for_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TABLE["sin"], "partials", (lambda m, _y, x: -m.cos(x),))
    found = check_formula(Function("x + sin(x)"), "1 + cos(x)")
    assert ("INCONCLUSIVE", True) == (found.verdict, "function values do not confirm" in found.cause)


def test_wrong_claims_have_a_remainder_of_slope_1() -> None:
    found = check_formula(Function("exp(x)*x"), "exp(x)")
    assert [pytest.approx(1, abs=0.01)] == [e.slope for e in found.entries]


# -- the mistake

NAMED = [
    ("sign", HEADLINE, "x2 - cos(x1), x1, exp(x1-x2), -exp(x1-x2)", None),
    ("sign", "x/(x^2+1)", "(x^2+1+2x^2)/(x^2+1)^2", None),
    ("inner-derivative", "x^2*sin(3x)", "2x*sin(3x) + x^2*cos(3x)", None),
    ("inner-derivative", "sin(cos(x^2))", "cos(cos(x^2))*2x", None),
    ("inner-derivative", "log(1+exp(-y*x))", "1/(1+exp(-y*x)), 1/(1+exp(-y*x))", None),
    ("product-term", "x^2*sin(x)", "2x*sin(x)", None),
    ("product-term", "x^2*sin(x)", "2x*cos(x)", None),
    ("factor", "sin(x)*y", "2cos(x)*y, sin(x)", None),
    ("factor", "exp(x)*x", "(exp(x)*x + exp(x))/3", None),
    ("transpose", "x*y, x+2y", "y, 1, x, 2", None),
    ("transpose", "x*y, x+y, x-y", "[[y, 1, 1], [x, 1, -1]]", None),
    ("swapped-variables", "x^2*y^3", "3*x^2*y^2, 2*x*y^3", None),
    ("swapped-variables", "x^2*exp(y)", "2*y*exp(x), y^2*exp(x)", None),
    ("degrees", "sin(2x)", "2*cos(2x*pi/180)", None),
    ("degrees", "sin(x)*x", "pi/180*cos(x)*x + sin(x)", None),
    ("log-base", "x*log(x)", "log10(x) + 1", None),
    ("log-base", "log10(x)*y", "y/x, log10(x)", None),
    ("log-base", "3^x", "3^x", None),
    ("power", "x^5 + y", "x^4, 1", None),
    ("power", "x^5 + sin(x)", "5x^5 + cos(x)", None),
    ("power", "x^5*y", "5x^3*y, x^5", None),
    ("stale-point", "sin(x)*x^2", "sin(x-0.1)*2(x-0.1) + cos(x-0.1)*(x-0.1)^2", None),
    ("stale-point", "x^2*y, x*y^2", "1.62, 0.81, 0.81, 1.62", "1,1"),
    ("sign", HEADLINE, "2.5403023058681398, 1, 0.36787944117144233, 0.36787944117144233", "1,2"),
]


@pytest.mark.parametrize(("expected", "text", "claim", "at"), NAMED)
def test_the_mistake_is_named(expected: str, text: str, claim: str, at: str | None) -> None:
    assert expected == kind(text, claim, at)


def test_a_claim_with_zeros_in_it_breaks_no_repair() -> None:
    assert "WRONG" == verdict("min(x^2, y)", "2*where(0^2 <= 0, 1, 0)*0, where(0^2 <= 0, 0, 1)")
    assert "WRONG" == verdict("x*y", "0/x, x*0")


def test_what_no_single_repair_mends_has_no_name() -> None:
    assert kind("x^2*sin(x)", "x*exp(x) + 7*tanh(x)") is None


def test_the_smallest_part_that_mends_the_claim_is_underlined(adcli: Adcli) -> None:
    outcome = adcli("check", HEADLINE, "--claim", "x2-cos(x1), x1, exp(x1-x2), -exp(x1-x2)")
    lines = outcome.out.splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith("mistake:"))
    assert ["  x2-cos(x1), x1, exp(x1-x2), -exp(x1-x2)", "     ^^^^^^^"] == lines[at + 1 : at + 3]
    assert "WRONG: ∂y1/∂x1" == lines[-1]


@pytest.mark.usefixtures("untraced")
def test_a_corpus_of_right_and_wrong_claims_is_judged_well() -> None:
    records = json.loads(CORPUS.read_text())
    passed, blamed, unsure, named, nameable = [], [], [], 0, 0
    for r in records:
        f = Function(r["expr"])
        found = check_formula(f, r["claim"], [r["at"]] if r["at"] else [], settings=Settings(order=r["order"]))
        right = found.verdict in ("PROVED", "AGREES")
        if found.verdict not in ("PROVED", "AGREES", "WRONG"):
            unsure.append(r["id"])
        elif right and not r["correct"]:
            passed.append(r["id"])
        elif r["correct"] and not right:
            blamed.append(r["id"])
        if r["kind"] and not r["correct"]:
            nameable += 1
            named += found.mistake is not None and found.mistake.kind in (r["kind"], *r["alternatives"])
    assert ([], []) == (passed, blamed)
    assert len(unsure) <= 0.02 * len(records)
    assert named >= 0.9 * nameable > 0


# -- files, evidence, test cases


@pytest.mark.parametrize("name", ["jac.json", "jac.csv", "list.json", "plain.csv"])
def test_numbers_from_a_file_are_compared(adcli: Adcli, tmp_path: Path, name: str) -> None:
    matrix = [[2 + cos(1), 1.0], [exp(-1), -exp(-1)]]
    if name == "list.json":
        text = json.dumps(matrix)
    elif name == "plain.csv":
        text = "\n".join(",".join(map(repr, row)) for row in matrix)
    else:
        text = adcli("jac", HEADLINE, "--at", "1,2", "--format", name.partition(".")[2]).out
    path = tmp_path / name
    path.write_text(text)
    at = [] if name == "jac.json" else ["--at", "1,2"]  # which has the point in it
    assert 0 == adcli("check", HEADLINE, "--against", str(path), *at).code
    wrong = tmp_path / f"wrong-{name}"
    wrong.write_text(text.replace(repr(matrix[0][0]), "2.55"))
    outcome = adcli("check", HEADLINE, "--against", str(wrong), *at, "--json")
    assert (1, "∂y1/∂x1") == (outcome.code, outcome.json["entries"][0]["label"])


def test_rows_and_columns_are_matched_by_name(adcli: Adcli, tmp_path: Path) -> None:
    path = tmp_path / "jac.json"
    path.write_text(json.dumps({"jacobian": [[1, 2 + cos(1)]], "columns": ["x2", "x1"], "point": {"x1": 1, "x2": 2}}))
    assert 0 == adcli("check", "x1*x2+sin(x1)", "--against", str(path)).code


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("a.json", "{", "bad-json"),
        ("a.json", "{}", "no-derivative"),
        ("a.json", "[1, 2, 3]", "claim-size"),
        ("a.json", '[1, 2, 3, "four"]', "not-a-number"),
        ("a.json", "[[1, 2], [3]]", "ragged"),
        ("a.csv", "1,2\n3,x", "not-a-number"),
        ("a.csv", "", "no-numbers"),
    ],
)
def test_files_that_do_not_fit_are_refused(adcli: Adcli, tmp_path: Path, name: str, text: str, code: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    outcome = adcli("check", HEADLINE, "--against", str(path), "--at", "1,2", "--json")
    assert (2, code) == (outcome.code, outcome.json["code"])


@pytest.mark.parametrize(
    "arguments",
    [
        [HEADLINE, "--claim", "x2+cos(x1), x1, exp(x1-x2), -exp(x1-x2)"],
        [HEADLINE, "--claim", "x2-cos(x1), x1, exp(x1-x2), -exp(x1-x2)", "--at", "1,2"],
        [HEADLINE, "--claim", "2.54030, 1, 0.367879, -0.367879", "--at", "1,2"],
        ["k*sum(x^2)", "--let", "k=3", "--shape", "x=2", "--claim", "6*x"],
        ["log(x)", "--claim", "1/x", "--at", "-1"],
    ],
)
def test_evidence_is_replayed_to_the_same_verdict(adcli: Adcli, tmp_path: Path, arguments: list[str]) -> None:
    first = adcli("check", *arguments, "--json")
    path = tmp_path / "evidence.json"
    path.write_text(first.out)
    again = adcli("check", "--replay", str(path), "--json")
    assert (first.code, first.json["verdict"]) == (again.code, again.json["verdict"])
    assert first.json["verdict"] == again.json["replayed"]


def test_forged_evidence_does_not_pass_a_replay(adcli: Adcli, tmp_path: Path) -> None:
    evidence = adcli("check", "exp(x)", "--claim", "2.718281828459045", "--at", "1", "--json").json
    assert "AGREES" == evidence["verdict"]
    evidence["points"][0]["claimed"] = [["2.8"]]
    path = tmp_path / "forged.json"
    path.write_text(json.dumps(evidence))
    outcome = adcli("check", "--replay", str(path), "--json")
    assert (1, "WRONG", "AGREES") == (outcome.code, outcome.json["verdict"], outcome.json["replayed"])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "adcli/verdict/1"}'])
def test_what_is_no_evidence_is_refused(adcli: Adcli, tmp_path: Path, text: str) -> None:
    path = tmp_path / "evidence.json"
    path.write_text(text)
    assert 2 == adcli("check", "--replay", str(path), "--json").code


def test_test_cases_are_written_for_ci(adcli: Adcli, tmp_path: Path) -> None:
    path = tmp_path / "out.xml"
    adcli("check", HEADLINE, "--claim", "x2-cos(x1), x1, exp(x1-x2), -exp(x1-x2)", "--junit", str(path))
    suite = ET.fromstring(path.read_text())[0]  # noqa: S314  # our own file
    assert ("4", "1") == (suite.get("tests"), suite.get("failures"))
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert ["∂y1/∂x1"] == failed


def test_only_the_wrong_entries_are_shown_if_asked(adcli: Adcli) -> None:
    outcome = adcli("check", HEADLINE, "--claim", "x2, x1, exp(x1-x2), -exp(x1-x2)", "--only-wrong", "--json")
    assert ["∂y1/∂x1"] == [e["label"] for e in outcome.json["entries"]]


def test_pictures_are_drawn(adcli: Adcli, tmp_path: Path) -> None:
    path = tmp_path / "v.svg"
    outcome = adcli("check", "exp(x)", "--claim", "2*exp(x)", "--plot", "--output", str(path))
    assert (1, "svg") == (outcome.code, ET.fromstring(path.read_text()).tag.rpartition("}")[2])  # noqa: S314
    drawn = adcli("check", "exp(x)", "--at", "1", "--plot").out
    assert "Error of finite differences for ∂y1/∂x" in drawn
    assert "slope with the true derivative: 2" in drawn


def test_a_file_that_cannot_be_written_is_an_error(adcli: Adcli, tmp_path: Path) -> None:
    outcome = adcli("check", "exp(x)", "--claim", "exp(x)", "--junit", str(tmp_path / "no" / "out.xml"))
    assert (2, True) == (outcome.code, "cannot write" in outcome.err)


# -- points


def test_chosen_points_are_generic_and_the_same_every_time() -> None:
    first, again = (check_formula(Function("x*y+z"), "y, x, 1") for _ in range(2))
    other = check_formula(Function("x*y+z"), "y, x, 1", settings=Settings(seed=1))
    assert [p.point for p in first.places] == [p.point for p in again.places]
    assert [p.point for p in first.places] != [p.point for p in other.places]
    for place in first.places:
        xs = list(place.point.values())
        assert all(abs(x) > 1e-3 and abs(abs(x) - 1) > 1e-3 for x in xs)
        assert len({round(abs(x), 3) for x in xs}) == len(xs)


def test_chosen_points_see_both_sides_of_a_kink() -> None:
    found = check_formula(Function("abs(x) + relu(y - 30)"), "sign(x), where(y > 30, 1, 0)")
    sides = {(p.point["x"] > 0, p.point["y"] > 30) for p in found.places}
    assert 4 == len(sides)


def test_so_many_points_as_asked_for() -> None:
    assert 12 == len(check_formula(Function("x^3"), "3x^2", settings=Settings(points=12)).places)


# -- claims that cannot be read


@pytest.mark.parametrize(
    ("claim", "code"),
    [("2*z", "unknown-in-claim"), ("2*", "unexpected-end"), ("2x, 3", "claim-size"), ("", "empty-claim")],
)
def test_claims_that_do_not_fit_are_refused(claim: str, code: str) -> None:
    with pytest.raises(AdcliError) as caught:
        check_formula(Function("x^2"), claim)
    assert caught.value.code == code


def test_the_caret_stands_in_the_claim(adcli: Adcli) -> None:
    err = adcli("check", "u = x^2; u*y", "--claim", "2x*y, u + sine(x)").err
    assert "  --claim | 2x*y, u + sine(x)\n                      ^^^^" in err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["x^2", "--claim", "2x", "--against", "a.json"],
        ["x^2", "--no-expr", "--command", "./model"],
        ["--no-expr"],
        ["x^2", "--jacobian", "m:f"],
        ["x^2", "--claim", "2x", "--output", "v.png"],
        ["x^2", "--claim", "2x", "--rtol", "-1"],
        ["x, y", "--claim", "1", "--order", "2"],
        ["x^2", "--replay", "a.json"],
    ],
)
def test_options_that_do_not_fit_are_a_usage_error(adcli: Adcli, arguments: list[str]) -> None:
    assert 2 == adcli("check", *arguments).code


def test_the_proof_is_of_algebra_not_of_luck() -> None:
    assert "AGREES" == verdict("sin(x)", "cos(x) + 1e-300*where(x > 1e9, 1, 0)")
