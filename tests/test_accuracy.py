"""Every value and partial derivative of the elementary rows in doubles is within 4 ulp of the truth, wherever.

`ADCLI_ACCURACY_POINTS=10000000 pytest tests/test_accuracy.py` takes 10^7 points a row instead of 10^5;
`python -m tests.accuracy` tells the figures.
"""

from __future__ import annotations

import math
import os
from functools import cache
from itertools import islice, pairwise
from pathlib import Path

import pytest
import witness
from accuracy import points as points_module
from accuracy import table
from accuracy.measuring import BOUND, Report, Worst, measure, rows, ulps
from accuracy.points import nearest_to_quarter_turns, points, stepped, zeros_of
from accuracy.references import known, truths
from flint import arb

from adcli.contexts.floats import FloatContext
from adcli.primitives import TABLE, JointPartials, Primitive

COUNT = int(os.environ.get("ADCLI_ACCURACY_POINTS", "100000"))
PART = 12_500  # points of a slow row that one test takes, so that tests beside each other share the work
SLOW = {"sphericalbesselj"}
ROWS = rows()
PARTS = [
    (row, part, min(PART, COUNT - start) if row.name in SLOW else COUNT)
    for row in ROWS
    for part, start in enumerate(range(0, COUNT, PART) if row.name in SLOW else (0,))
]
README = Path(__file__).parent.parent / "README.md"
pytestmark = pytest.mark.usefixtures("untraced")
by_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


def failures(report: Report) -> list[str]:
    """What exceeds the bound, for people."""
    found = [("value", report.value), *((f"partial {k}", worst) for k, worst in enumerate(report.partials))]
    return [f"{report.name}{w.point}: {what} {w.got!r}, {w.ulps:.3g} ulp" for what, w in found if not w.ulps <= BOUND]


@pytest.mark.parametrize(("row", "part", "count"), PARTS, ids=[f"{row.name}-{part}" for row, part, _ in PARTS])
def test_within_4_ulp(row: Primitive, part: int, count: int) -> None:
    report = measure(row, points(row, count, f"0.{part}"))
    assert failures(report) == []
    assert report.value.count == count


def test_all_rows_but_truth_values_are_measured() -> None:
    """A new row of the elementary tables needs a closed form in tests/accuracy/references.py."""
    measured = {row.name for row in ROWS}
    assert measured == known()
    assert {"where", "lt", "outweighs"} & measured == set()
    assert {"sin", "pow", "mod", "sphericalbesselj", "logsumexp", "shifted"} <= measured


# -- the references


@by_row
def test_references_agree_with_the_witness(row: Primitive) -> None:
    """Partial derivatives written by hand are those that flint takes of another closed form."""
    compared = 0
    for xs in islice(points(row, 400, "references"), 400):
        if row.kink is not None and row.kink.at(FloatContext(), *xs):
            continue
        value, *slopes = truths(row.name, xs)
        for k, slope in enumerate(slopes):
            if isinstance(slope, float):
                continue
            try:
                found = witness.taylor(row.name, xs, witness.units(len(xs), k))
            except witness.UnresolvedError:  # out of its reach, as exp of 1e300
                continue
            assert near(found.value, value), (xs, found.value, value)
            assert near(found.slope, slope), (xs, k, found.slope, slope)
            compared += 1
    assert compared >= 25, compared


def near(a: arb, b: arb) -> bool:
    """Whether two balls are the same number to 20 digits; far beyond the range of doubles all are one."""
    size = abs(a) + abs(b)
    beyond = bool(abs(a) > arb((1, 1200))) and bool(abs(b) > arb((1, 1200))) and bool(a * b > 0)
    return bool(abs(a - b) <= size * 1e-20) or bool(size < arb((1, -1200))) or beyond


# -- the points


@by_row
def test_points_are_the_same_for_the_same_seed(row: Primitive) -> None:
    first = list(points(row, 50, "a"))
    assert first == list(points(row, 50, "a"))
    assert first != list(points(row, 50, "b"))
    assert all(row.domain is None or row.domain.contains(FloatContext(), *xs) for xs in first)


def test_points_reach_everywhere() -> None:
    """Subnormal, huge, whole numbers, neighbours of 1, and what is hard to reduce."""
    xs = [x for (x,) in points(TABLE["sin"], 20_000)]
    hard = set(nearest_to_quarter_turns())
    for what, found in {
        "subnormal": [x for x in xs if 0 < abs(x) < 2.0**-1022],
        "huge": [x for x in xs if abs(x) > 1e300],
        "whole": [x for x in xs if 1 < abs(x) < 1e15 and x == int(x)],
        "beside 1": [x for x in xs if 0 < abs(abs(x) - 1) < 1e-14],
        "hard": [x for x in xs if abs(x) in hard],
        "beside pi": [x for x in xs if 0 < abs(abs(x) - math.pi) < 1e-14],
    }.items():
        assert len(found) >= 20, what


def test_the_hardest_number_to_reduce_is_known() -> None:
    """Kahan's 6381956970095103*2^797 is the closest to a multiple of pi/2 that a double comes."""
    xs = nearest_to_quarter_turns()
    hardest = 6381956970095103 * 2.0**797
    assert hardest in xs
    assert min(xs, key=lambda x: min(abs(float(truths("sin", (x,))[0])), abs(float(truths("cos", (x,))[0])))) == hardest


def test_steps_go_through_all_doubles() -> None:
    for x in (1.0, -1.0, 5e-324, -5e-324, 2.0**-1022, 1e300):
        assert (stepped(x, 1), stepped(x, -1)) == (math.nextafter(x, math.inf), math.nextafter(x, -math.inf))
    assert stepped(5e-324, -3) == -1e-323
    assert stepped(1.7e308, 1 << 60) == 1.7976931348623157e308


def test_zeros_are_found() -> None:
    """Of sinc' at solutions of tan(x) = x: the first is 4.4934094579."""
    zeros = zeros_of(TABLE["sinc"], 1)
    assert any(abs(x - 4.493409457909064) < 1e-14 for x in zeros)
    assert all(truths("sinc", (a,))[1] * truths("sinc", (math.nextafter(a, math.inf),))[1] < 0 for a in zeros if a > 1)
    assert len(zeros) > 40


# -- the measure


def test_errors_are_in_units_of_the_last_place_of_the_truth() -> None:
    third = arb(1) / 3
    assert ulps(1 / 3, third) == pytest.approx(1 / 3)
    assert ulps(stepped(1 / 3, 5), third) == pytest.approx(5 - 1 / 3)
    assert ulps(0.0, arb((3, -1075))) == pytest.approx(1.5)  # 1.5 times the least double
    assert ulps(0.0, arb((1, -3000))) == 0
    assert ulps(math.inf, arb((1, 1024))) == ulps(math.inf, arb((1, 9000))) == 0
    assert ulps(1.7976931348623157e308, arb((1, 9000))) == 1
    assert ulps(math.inf, arb(1e308)) > 1e15
    assert ulps(-math.inf, arb((1, 9000))) > 1e15
    assert ulps(math.nan, third) == ulps(0.0, math.inf) == math.inf
    assert ulps(math.inf, math.inf) == 0


PLANTED = {
    "a rule that loses digits": ("tanh", lambda m, y, x: 1 - y * y),
    "a wrong sign": ("cos", lambda m, y, x: m.sin(x)),
    "a square that overflows": ("atan", lambda m, y, x: 1 / (1 + x * x) if abs(x) < 1e154 else 0.0),
    "a rounded exponent": ("pow", lambda m, y, x, a: a * m.pow(x, a - 1)),
    "an underflow": ("div", lambda m, y, a, b: m.div(1, b * 1e-10) * 1e-10),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_rule_is_noticed(planted: str) -> None:
    name, rule = PLANTED[planted]
    row = TABLE[name]
    partials = (rule, *[row.partials[k] for k in range(1, row.arity)])
    spoilt = Primitive(row.name, row.arity, row.value, partials, row.domain, row.kink, row.sample)
    assert failures(measure(spoilt, points(row, 5000)))


def test_a_planted_rule_for_any_number_of_arguments_is_noticed() -> None:
    row = TABLE["logsumexp"]
    partials = JointPartials(lambda m, y, xs: [math.exp(x - y) if x - y < 700 else math.inf for x in xs])
    spoilt = Primitive(row.name, row.arity, row.value, partials, row.domain, row.kink, row.sample)
    assert failures(measure(spoilt, points(row, 2000)))


def test_a_planted_value_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """glibc's own sine, which is wrong beside its zeros far out."""
    monkeypatch.setattr(FloatContext, "sin", staticmethod(math.sin))
    worst = measure(TABLE["sin"], ((x,) for x in nearest_to_quarter_turns())).value
    nearby = measure(TABLE["sin"], ((x / 1e6,) for x in range(1, 1000))).value
    if worst.ulps <= BOUND:
        pytest.skip("the sine of this platform is right there")
    assert (worst.ulps > 1000, nearby.ulps <= BOUND) == (True, True)


# -- the table


def test_the_table_shows_the_worst() -> None:
    reports = [
        Report(
            "pow", Worst(0.5, (2.0, 3.0), 8.0, 10), (Worst(1.5, (2.0, 0.5), 1.0, 10), Worst(2.25, (3.0, 4.0), 1.0, 10))
        ),
        Report("abs", Worst(0.0, (), 0.0, 10), (Worst(0.0, (), 0.0, 10),)),
        Report("hypot", Worst(0.75, (1.0,) * 5, 2.0, 10), (Worst(1.0, (1.0, 2.0), 0.0, 10),)),
    ]
    text = table.render(reports, 10)
    assert "| `x^y` | 0.50 | 2.0, 3.0 | 2.25 | by y, 3.0, 4.0 |" in text
    assert "| `hypot(x, y, ...)` | 0.75 | 5 arguments | 1.00 | 1.0, 2.0 |" in text
    assert "Exact at all of them: `abs(x)`." in text
    page = f"a\n{table.BEGIN}\nold\n{table.END}\nb\n"
    assert table.written(page, text) == f"a\n{table.BEGIN}\n{text}\n{table.END}\nb\n"
    with pytest.raises(KeyError, match="no place for the table"):
        table.written("no markers", text)


def test_reports_of_parts_are_merged() -> None:
    row = TABLE["exp"]
    parts = [measure(row, points(row, 300, str(k))) for k in (0, 1)]
    both = parts[0].merged(parts[1])
    assert both.value.count == 600
    assert both.value.ulps == max(part.value.ulps for part in parts)


@cache
def readme_table() -> list[str]:
    text = README.read_text(encoding="utf-8")
    inside = text.partition(table.BEGIN)[2].partition(table.END)[0]
    return inside.splitlines()


@by_row
def test_the_readme_shows_every_function(row: Primitive) -> None:
    """Written by `python -m tests.accuracy --write`; no figure in it is above the bound."""
    if row.name in {"shifted", "divisor", "pivot"}:
        pytest.skip("it has no name")
    name = table._title(row.name)
    lines = [line for line in readme_table() if line.startswith(f"| {name} |") or ("Exact" in line and name in line)]
    assert len(lines) == 1, f"README.md has no figure for {row.name}: run python -m tests.accuracy --write"
    if lines[0].startswith("|"):
        cells = [cell.strip() for cell in lines[0].split("|")]
        assert all(cell == "exact" or float(cell) <= BOUND for cell in (cells[2], cells[4]))


def test_the_centers_are_sorted_out() -> None:
    """No center is 0 or infinite: neighbourhoods are relative."""
    assert all(0 < x < math.inf for x in points_module._CENTERS)
    assert all(a < b for a, b in pairwise(nearest_to_quarter_turns()))
