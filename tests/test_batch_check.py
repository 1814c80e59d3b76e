"""`adcli batch check`: right claims agree at all rows, one planted row is found, nothing is called wrong lightly."""

from __future__ import annotations

import csv
import json
import math
import random
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

pytest.importorskip("numpy")

from adcli.check.target import Target
from adcli.products import Function
from adcli.schemas import schema

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from conftest import Outcome

    Adcli = Callable[..., Outcome]

HEADLINE = "x1*x2+sin(x1), exp(x1-x2)"
RIGHT = "x2+cos(x1), x1, exp(x1-x2), -exp(x1-x2)"
COLUMNS = ["dy1/dx1", "dy1/dx2", "dy2/dx1", "dy2/dx2"]
POINTS = [(random.Random(k).uniform(-2, 2), random.Random(-k - 1).uniform(-2, 2)) for k in range(300)]  # noqa: S311


def derivatives(x1: float, x2: float) -> list[float]:
    return [x2 + math.cos(x1), x1, math.exp(x1 - x2), -math.exp(x1 - x2)]


def write(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


def listed(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def claimed(tmp_path: Path) -> Callable[..., str]:
    """A file of the headline's points with its derivatives, changed by a function of the row and its numbers."""

    def make(change: Callable[[int, list[Any]], list[Any]] = lambda _row, numbers: numbers) -> str:
        rows = [[*p, *change(k, derivatives(*p))] for k, p in enumerate(POINTS)]
        return write(tmp_path / "claims.csv", ["x1", "x2", *COLUMNS], rows)

    return make


def points(tmp_path: Path, xs: Sequence[Any], name: str = "x") -> str:
    return write(tmp_path / "points.csv", [name], [[x] for x in xs])


def entry(result: Any, label: str) -> Any:
    return next(e for e in result["entries"] if e["label"] == label)


# -- what agrees


def test_right_columns_agree(adcli: Adcli, claimed: Callable[..., str]) -> None:
    outcome = adcli("batch", "check", HEADLINE, "--points", claimed())
    assert (0, "AGREES", "") == (outcome.code, outcome.out.splitlines()[-1], outcome.err)
    assert "300 rows, 300 compared" in outcome.out


def test_a_right_formula_agrees(adcli: Adcli, claimed: Callable[..., str], tmp_path: Path) -> None:
    outcome = adcli("batch", "check", HEADLINE, "--points", claimed(), "--claim", RIGHT, "--json")
    assert (0, "AGREES", "formula", RIGHT) == (outcome.code, *[outcome.json[k] for k in ("verdict", "source", "claim")])
    assert ["the formula is the derivative by algebra"] == outcome.json["notes"]
    (tmp_path / "claim.ad").write_text(RIGHT)
    assert 0 == adcli("batch", "check", HEADLINE, "--points", claimed(), "--claim", f"@{tmp_path}/claim.ad").code


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("six digits", lambda _k, xs: [f"{x:.6g}" for x in xs]),
        ("six decimals", lambda _k, xs: [f"{x:.6f}" for x in xs]),
        ("single floats", lambda _k, xs: [single(x) for x in xs]),
        ("rounded elsewhere", lambda _k, xs: [math.nextafter(x, math.inf) for x in xs]),
    ],
)
def test_numbers_are_allowed_the_rounding_that_they_came_through(
    adcli: Adcli, claimed: Callable[..., str], name: str, change: Any
) -> None:
    result = adcli("batch", "check", HEADLINE, "--points", claimed(change), "--json").json
    assert ("AGREES", 300, 5) == (result["verdict"], result["statuses"]["ok"], result["judged"])


def single(x: float) -> float:
    import struct

    return float(struct.unpack("f", struct.pack("f", x))[0])


def test_one_column_is_enough(adcli: Adcli, tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", ["x1", "x2", "dy2/dx1"], [[*p, math.exp(p[0] - p[1])] for p in POINTS])
    result = adcli("batch", "check", HEADLINE, "--points", path, "--json").json
    assert ("AGREES", ["∂y2/∂x1"]) == (result["verdict"], [e["label"] for e in result["entries"]])
    path = write(tmp_path / "p.csv", ["x1", "x2", "dy2/dx1"], [[*p, math.exp(p[0] + p[1])] for p in POINTS])
    result = adcli("batch", "check", HEADLINE, "--points", path, "--json").json
    assert ("WRONG", 300) == (result["verdict"], result["entries"][0]["wrong"])


@pytest.mark.parametrize("ending", [".csv", ".tsv"])
def test_what_batch_writes_agrees(adcli: Adcli, claimed: Callable[..., str], tmp_path: Path, ending: str) -> None:
    path = str(tmp_path / f"out{ending}")
    assert 0 == adcli("batch", "jac", HEADLINE, "--points", claimed(), "--keep", "x1,x2", "--output", path).code
    assert 0 == adcli("batch", "check", HEADLINE, "--points", path).code


def test_a_hessian(adcli: Adcli, tmp_path: Path) -> None:
    text, claim = "x^2*y + sin(y)", "2*y, 2*x, 2*x, -sin(y)"
    header = ["x", "y", "d2y1/dxdx", "d2y1/dxdy", "d2y1/dydx", "d2y1/dydy"]
    path = write(tmp_path / "p.csv", header, [[x, y, 2 * y, 2 * x, 2 * x, -math.sin(y)] for x, y in POINTS])
    assert 0 == adcli("batch", "check", text, "--points", path, "--order", "2").code
    assert 0 == adcli("batch", "check", text, "--points", path, "--order", "2", "--claim", claim).code
    outcome = adcli("batch", "check", text, "--points", path, "--order", "2", "--claim", "2*y, 2*x, 2*x, sin(y)")
    assert (1, "∂²y1/∂y∂y") == (outcome.code, outcome.out.splitlines()[6].split("│")[1].strip())


@pytest.mark.parametrize("constant", ["3.14159", "3.1415927"])
def test_rounded_constants_are_no_mistakes(adcli: Adcli, tmp_path: Path, constant: str) -> None:
    path = points(tmp_path, [x for x, _ in POINTS])
    result = adcli("batch", "check", "pi*x^2", "--points", path, "--claim", f"2*{constant}*x", "--json").json
    assert ("AGREES", 300) == (result["verdict"], result["statuses"]["ok"])
    result = adcli("batch", "check", "pi*x^2", "--points", path, "--claim", "2*3.14259*x", "--json").json
    assert ("WRONG", 300) == (result["verdict"], result["statuses"]["wrong"])


def test_points_where_all_is_0_agree(adcli: Adcli, tmp_path: Path) -> None:
    path = points(tmp_path, [1.0] * 400 + [0.5, 3.0])
    result = adcli("batch", "check", "x^2 - 2x", "--points", path, "--claim", "2x - 2", "--json").json
    assert ("AGREES", 402) == (result["verdict"], result["statuses"]["ok"])


# -- what is wrong


def test_one_wrong_number_among_many_is_found(adcli: Adcli, claimed: Callable[..., str]) -> None:
    path = claimed(lambda k, xs: [xs[0], xs[1] * (1 + 1e-4), *xs[2:]] if k == 217 else xs)
    outcome = adcli("batch", "check", HEADLINE, "--points", path, "--json")
    assert (1, "WRONG", "1 row of 300") == (outcome.code, outcome.json["verdict"], outcome.json["cause"])
    found = entry(outcome.json, "∂y1/∂x2")
    assert (1, 218, "WRONG") == (found["wrong"], found["worst"]["row"], found["worst"]["verdict"])
    assert {"x1": POINTS[217][0], "x2": POINTS[217][1]} == found["worst"]["point"]
    assert POINTS[217][0] == found["worst"]["true"]
    assert found["worst"]["claimed"] == pytest.approx(found["worst"]["true"] * (1 + 1e-4))
    assert [0, 0, 0] == [e["wrong"] for e in outcome.json["entries"] if e["label"] != "∂y1/∂x2"]


@pytest.mark.parametrize("bad", ["nan", "inf", ""])
def test_a_claim_that_is_no_number_is_wrong(adcli: Adcli, claimed: Callable[..., str], bad: str) -> None:
    outcome = adcli(
        "batch", "check", HEADLINE, "--points", claimed(lambda k, xs: [bad, *xs[1:]] if k == 7 else xs), "--json"
    )
    assert (1, 1, 8) == (outcome.code, outcome.json["statuses"]["wrong"], outcome.json["entries"][0]["worst"]["row"])


def test_a_wrong_formula_is_named_and_counted(adcli: Adcli, claimed: Callable[..., str]) -> None:
    outcome = adcli(
        "batch", "check", HEADLINE, "--points", claimed(), "--claim", RIGHT.replace("+cos", "-cos"), "--json"
    )
    result = outcome.json
    assert (1, 300, 100) == (outcome.code, result["statuses"]["wrong"], result["judged"])
    assert "the sign of cos(x1) is wrong" == result["mistake"]["message"]
    assert ["∂y1/∂x1", 300] == [result["entries"][0][k] for k in ("label", "wrong")]
    assert 1 == len(result["notes"])


def test_what_doubles_cannot_see_is_seen(adcli: Adcli, tmp_path: Path) -> None:
    path = points(tmp_path, [x for x, _ in POINTS])
    assert 1 == adcli("batch", "check", "x^2", "--points", path, "--claim", "2x*(1 + 10^-18)").code


def test_a_claim_that_is_wrong_on_one_side_only(adcli: Adcli, tmp_path: Path) -> None:
    path = points(tmp_path, [x for x, _ in POINTS])
    result = adcli("batch", "check", "abs(x)^3", "--points", path, "--claim", "3x^2", "--json").json
    assert ("WRONG", sum(x < 0 for x, _ in POINTS)) == (result["verdict"], result["statuses"]["wrong"])


def test_a_transposed_claim_is_wrong(adcli: Adcli, tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", ["x", "y"], POINTS)
    assert 1 == adcli("batch", "check", "x*y, x+y, x-y", "--points", path, "--claim", "[[y, 1, 1], [x, 1, -1]]").code


def test_a_tolerance_takes_the_place_of_the_rule(adcli: Adcli, claimed: Callable[..., str]) -> None:
    path = claimed(lambda _k, xs: [x * 1.001 for x in xs])
    assert 1 == adcli("batch", "check", HEADLINE, "--points", path).code
    outcome = adcli("batch", "check", HEADLINE, "--points", path, "--rtol", "0.01", "--json")
    assert (0, {"rtol": 0.01, "atol": 0.0}) == (outcome.code, outcome.json["options"])
    assert 1 == adcli("batch", "check", HEADLINE, "--points", path, "--rtol", "1e-4").code
    assert (2, "bad-tolerance") == refused(adcli, path, "--atol", "-1")


# -- what is not to be called wrong


def test_an_ill_conditioned_row_is_not_called_wrong(adcli: Adcli, tmp_path: Path) -> None:
    """Doubles lose all digits of this derivative near 0; the court has more."""
    text, claim = "(1-cos(x))/x^2", "sin(x)/x^2 - 2*(1-cos(x))/x^3"
    path = points(tmp_path, [0.5, 1e-8, 1e-7, 2.0])
    outcome = adcli("batch", "check", text, "--points", path, "--claim", claim, "--json")
    assert (0, 4) == (outcome.code, outcome.json["statuses"]["ok"])
    right = [(x, math.sin(x) / x**2 - 2 * (1 - math.cos(x)) / x**3) for x in (0.5, 2.0)]
    path = write(tmp_path / "p.csv", ["x", "dy1/dx"], [*right, (1e-8, 0.3)])
    result = adcli("batch", "check", text, "--points", path, "--json").json
    assert ("INCONCLUSIVE", {"ok": 2, "unsure": 1}) == (
        result["verdict"], {k: n for k, n in result["statuses"].items() if n},
    )  # fmt: skip


def test_numbers_of_low_precision_are_inconclusive(adcli: Adcli, claimed: Callable[..., str]) -> None:
    path = claimed(lambda k, xs: [x * (1 + 1e-9 * math.sin(k + 1)) for x in xs])
    outcome = adcli("batch", "check", HEADLINE, "--points", path, "--json")
    assert (5, "INCONCLUSIVE", 0) == (outcome.code, outcome.json["verdict"], outcome.json["statuses"]["wrong"])
    assert 200 <= outcome.json["statuses"]["suspect"] <= 300 - outcome.json["judged"] + 5


STATUSES = [
    ("log(x)", "1/x", [1.0, -2.0, "", 3.0], {"ok": 2, "domain": 1, "missing": 1}),
    ("abs(x)*x + abs(x)", "2*abs(x) + sign(x)", [1.0, 0.0, -3.0], {"ok": 2, "kink": 1}),
    ("exp(x)", "exp(x)", [1.0, 800.0, 2.0], {"ok": 2, "overflow": 1}),
]


@pytest.mark.parametrize(("text", "claim", "xs", "counts"), STATUSES, ids=[row[0] for row in STATUSES])
def test_rows_that_cannot_be_compared_are_counted(
    adcli: Adcli, tmp_path: Path, text: str, claim: str, xs: Any, counts: dict[str, int]
) -> None:
    path, out = write(tmp_path / "p.csv", ["id", "x"], [*enumerate(xs)]), tmp_path / "out.ndjson"
    outcome = adcli(
        "batch", "check", text, "--points", path, "--claim", claim, "--output", str(out), "--keep", "id", "--json"
    )
    assert (0, counts) == (outcome.code, {k: n for k, n in outcome.json["statuses"].items() if n})
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert counts == {name: [row["status"] for row in rows].count(name) for name in counts}
    assert ["id", "error", "status"] == list(rows[0])


@pytest.mark.parametrize("xs", [[], [-1.0, -2.0], [""]])
def test_nothing_to_compare_is_inconclusive(adcli: Adcli, tmp_path: Path, xs: Any) -> None:
    outcome = adcli("batch", "check", "log(x)", "--points", points(tmp_path, xs), "--claim", "1/x", "--json")
    assert (5, "INCONCLUSIVE", "no row could be compared") == (
        outcome.code, outcome.json["verdict"], outcome.json["cause"],
    )  # fmt: skip


def test_strict_ends_at_the_first_point_outside_the_domain(adcli: Adcli, tmp_path: Path) -> None:
    path = points(tmp_path, [1.0, 2.0, -3.0])
    outcome = adcli("batch", "check", "log(x)", "--points", path, "--claim", "1/x", "--strict")
    assert (5, "") == (outcome.code, outcome.out)
    assert outcome.err.startswith("error: row 3: log(x) is undefined")


# -- the output


def test_the_rows_are_listed_with_error_and_status(adcli: Adcli, claimed: Callable[..., str], tmp_path: Path) -> None:
    path = claimed(lambda k, xs: [2 * xs[0], *xs[1:]] if k in {3, 250} else xs)
    out = tmp_path / "rows.csv"
    outcome = adcli("batch", "check", HEADLINE, "--points", path, "--output", str(out), "--keep", "x2")
    assert 1 == outcome.code
    rows = listed(out)
    assert ["x2", "error", "status"] == list(rows[0])
    assert [3, 250] == [k for k, row in enumerate(rows) if row["status"] == "wrong"]
    assert all(float(row["error"]) < 1e-15 for row in rows if row["status"] == "ok")
    assert [str(x2) for _, x2 in POINTS] == [row["x2"] for row in rows]
    assert 0.01 < float(rows[3]["error"]) <= 1


def test_the_json_is_as_its_schema_says(adcli: Adcli, claimed: Callable[..., str]) -> None:
    checker = jsonschema.Draft202012Validator(schema("batch-check"))
    for args in ((), ("--claim", RIGHT), ("--claim", RIGHT.replace("+", "-")), ("--rtol", "1e-9")):
        checker.validate(adcli("batch", "check", HEADLINE, "--points", claimed(), *args, "--json").json)


def test_a_row_gets_the_status_of_the_court_wherever_it_stands(
    adcli: Adcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks of 256 rows, and rows that wait on the disk."""
    from adcli.batch import running, waiting

    monkeypatch.setattr(running, "_MOST_ROWS", 256)
    monkeypatch.setattr(waiting, "_IN_MEMORY", 500)
    xs = [0.5 + k / 1000 for k in range(2000)]
    wrong = {0, 255, 256, 1000, 1999}
    rows = [[k, x, 3 * x if k in wrong else 2 * x] for k, x in enumerate(xs)]
    path, out = write(tmp_path / "p.csv", ["id", "x", "dy1/dx"], rows), tmp_path / "o.csv"
    outcome = adcli("batch", "check", "x^2", "--points", path, "--output", str(out), "--keep", "id", "--json")
    assert (1, 5, 2000) == (outcome.code, outcome.json["statuses"]["wrong"], outcome.json["rows"])
    assert wrong == {int(row["id"]) for row in listed(out) if row["status"] == "wrong"}


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_engines_say_the_same(
    adcli: Adcli, claimed: Callable[..., str], engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = claimed(lambda k, xs: [xs[0] + 1, *xs[1:]] if k % 2 else xs)
    result = adcli("batch", "check", HEADLINE, "--points", path, "--engine", engine, "--json").json
    assert ("WRONG", 150, 150) == (result["verdict"], result["statuses"]["wrong"], result["statuses"]["ok"])


def test_variables_are_fixed_as_in_the_other_products(adcli: Adcli, tmp_path: Path) -> None:
    path = points(tmp_path, [0.5, 1.5, 2.5], "a")
    for given in (("--at", "w=0.1"), ("--let", "w=0.1")):
        args = ("batch", "check", "sin(w*a)", "--points", path, "--wrt", "w", *given)
        assert 0 == adcli(*args, "--claim", "a*cos(w*a)").code
        assert 1 == adcli(*args, "--claim", "w*cos(w*a)").code


def test_the_verdict_is_that_of_check_at_each_row(adcli: Adcli, tmp_path: Path) -> None:
    """Row by row against the command for one point, on claims right, nearly right and wrong."""
    text, claims = "x*exp(-x^2)", [1.0, 1 + 1e-15, 1 + 1e-12, 1 + 1e-3, 0.9, -1.0]
    xs = [0.1, 0.7, math.sqrt(0.5), 3.0]
    codes = {0: "ok", 1: "wrong", 5: "unsure"}
    rows = [[x, (1 - 2 * x * x) * math.exp(-x * x) * c] for x in xs for c in claims]
    out = tmp_path / "o.csv"
    adcli("batch", "check", text, "--points", write(tmp_path / "p.csv", ["x", "dy1/dx"], rows), "--output", str(out))
    got = [row["status"] for row in listed(out)]
    (file := tmp_path / "c.json").write_text("[0]")
    expected = []
    for x, c in rows:
        file.write_text(json.dumps([c]))
        expected.append(codes[adcli("check", text, "--at", repr(x), "--against", str(file)).code])
    assert expected == got


# -- what does not fit


def refused(adcli: Adcli, path: str, *args: str, text: str = HEADLINE) -> tuple[int, str]:
    outcome = adcli("batch", "check", text, "--points", path, *args, "--json")
    assert "adcli/error/1" == outcome.json["schema"]
    return outcome.code, outcome.json["code"]


def test_what_does_not_fit_is_refused(adcli: Adcli, claimed: Callable[..., str], tmp_path: Path) -> None:
    path = claimed()
    for args in (("--reduce", "sum"), ("--no-values",), ("--direction", "1,2"), ("--cotangent", "1,2")):
        assert (2, "unused-option") == refused(adcli, path, *args)
    assert (2, "not-without-output") == refused(adcli, path, "--keep", "x1")
    assert (2, "claim-size") == refused(adcli, path, "--claim", "x1, x2")
    assert (3, "unknown-in-claim") == refused(adcli, path, "--claim", "x1, x2, x3, 1")
    assert (2, "bad-order") == refused(adcli, path, "--order", "3")
    assert (2, "several-outputs") == refused(adcli, path, "--order", "2")
    assert (2, "no-variables") == refused(adcli, path, text="3")
    bare = write(tmp_path / "bare.csv", ["x1", "x2"], POINTS)
    assert (2, "no-claim") == refused(adcli, bare)
    outcome = adcli("batch", "check", HEADLINE, "--points", bare)
    assert "a column named 'dy1/dx1'" in outcome.err
    for option in ("--claim", "--order", "--rtol", "--atol"):
        outcome = adcli("batch", "jac", HEADLINE, "--points", bare, option, "1", "--json")
        assert (2, "unused-option") == (outcome.code, outcome.json["code"])


def test_large_functions_are_judged_at_fewer_rows() -> None:
    from adcli.batch.judging import MOST, most

    assert MOST == most(Target(Function(HEADLINE)))
    assert 8 == most(Target(Function(" + ".join(f"sin(x{k})*x{k + 1}" for k in range(2000)))))
