"""A written answer at every special point: zeros of both signs, the ends of the range, infinities, NaN, kinks, edges.

`data/special_points.json` has one line for each: the text, the point, the value, the partial derivatives
(`slopes`), at kinks the derivatives from the left and the right (`sides`), second derivatives where they are finite
(`hessian`), and a status:

- smooth: differentiable, and nothing to warn of;
- overflow: differentiable, but some number is beyond the range of doubles, and an infinity stands for it;
- kink: not differentiable, with two one-sided derivatives, and an entry by convention;
- jump: not continuous;
- steep: a partial derivative is infinite, or there is none, though the function has a value;
- open: not decided by rules or series; one-sided derivatives that are not known are NaN;
- nan: no value, as where an argument is NaN or a sine is taken of infinity;
- outside: outside of the domain: exit code 5, with a caret under `caret`.

Derivatives at infinity are limits. Values are exact to the last bits, with the sign of zeros, which mpmath has not
(`mpmath` is its answer, where it is another). `formula` says that the symbolic derivative, being written to be
read, is another number there, and why. The answers were worked out by hand and from balls of python-flint.
"""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from mpmath import mp

import adcli
from adcli.errors import DomainError
from adcli.primitives import TABLE, elementary, pieces

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome

EXACT = ("forward", "reverse", "symbolic", "auto")
LARGEST = 1.7976931348623157e308
LEAST = 5e-324
NORMAL = 2.0**-1022
inf = math.inf


class Special(NamedTuple):
    """A line of the data, with numbers for texts."""

    text: str
    at: dict[str, float]
    status: str
    value: float | None
    slopes: dict[str, float]
    sides: dict[str, tuple[float, float]]
    hessian: list[list[float]]
    caret: str
    formula: str
    mpmath: float | None

    @property
    def label(self) -> str:
        return f"{self.text} at {', '.join(map(repr, self.at.values()))}"


def read(line: dict[str, Any]) -> Special:
    known = {"text", "at", "status", "value", "slopes", "sides", "hessian", "caret", "formula", "mpmath", "note"}
    assert set(line) <= known, set(line) - known
    return Special(
        line["text"],
        {name: float(x) for name, x in line["at"].items()},
        line["status"],
        float(line["value"]) if "value" in line else None,
        {name: float(x) for name, x in line.get("slopes", {}).items()},
        {name: (float(a), float(b)) for name, (a, b) in line.get("sides", {}).items()},
        [[float(x) for x in row] for row in line.get("hessian", [])],
        line.get("caret", ""),
        line.get("formula", ""),
        float(line["mpmath"]) if "mpmath" in line else None,
    )


LINES = json.loads((Path(__file__).parent / "data" / "special_points.json").read_text(encoding="utf-8"))
SPECIAL = [read(line) for line in LINES]
INSIDE = [s for s in SPECIAL if s.status != "outside"]
TEXTS = sorted({s.text for s in INSIDE})
OUTSIDE = [s for s in SPECIAL if s.status == "outside"]
by_text = pytest.mark.parametrize("text", TEXTS)
by_outside = pytest.mark.parametrize("s", OUTSIDE, ids=lambda s: s.label)


@cache
def function(text: str) -> adcli.Function:
    return adcli.parse(text)


def double(x: Any) -> float:
    """A number of any precision as a double."""
    try:
        return float(x)
    except OverflowError:
        return inf if x > 0 else -inf


def same(got: float, expected: float, *, rel: float = 1e-15, least: float = LEAST) -> bool:
    """Whether two numbers are the same to 4 ulp, NaN and infinities included."""
    if got != got or expected != expected or math.isinf(got) or math.isinf(expected):
        return got == expected or (got != got and expected != expected)
    return abs(got - expected) <= max(rel * abs(expected), 4 * least)


def has_sign(got: float, expected: float) -> bool:
    return got != 0 or math.copysign(1, got) == math.copysign(1, expected)


WARNED = {"overflow": "overflow", "jump": "jump", "steep": "not-finite", "nan": "not-a-number"}
DIFFERENTIABLE = {"smooth": True, "overflow": True, "open": None}


def complaints(s: Special, got: Any, *, is_formula: bool = False, is_mpmath: bool = False) -> list[str]:
    """What of a result is not as written."""
    found = []
    value = double(got.value[0])
    expected = s.mpmath if is_mpmath and s.mpmath is not None else s.value
    ranges_differ = is_mpmath and s.status == "overflow"  # which nothing is beyond the range of
    if expected is not None and not ranges_differ and not (same(value, expected)):
        found.append(f"value {value!r}")
    if s.value == 0 and not is_mpmath and not has_sign(value, s.value):
        found.append(f"value {value!r}")
    slopes = dict(zip(got.columns, map(double, got.jacobian[0]), strict=True))
    for name, slope in s.slopes.items() if not (is_formula and s.formula) else ():
        if not same(slopes[name], slope, least=NORMAL if is_formula else LEAST):
            found.append(f"∂/∂{name} {slopes[name]!r}")
    sides = {side.column: (double(side.left), double(side.right)) for side in got.one_sided}
    if set(sides) != set(s.sides) or not all(
        same(a, b) for k in sides for a, b in zip(sides[k], s.sides[k], strict=True)
    ):
        found.append(f"sides {sides}")
    codes = {warning.code for warning in got.warnings} - ({"cancelled"} if is_mpmath else set())
    if is_formula and s.formula:
        return found
    if got.differentiable is not DIFFERENTIABLE.get(s.status, False):
        found.append(f"differentiable {got.differentiable}")
    if s.status in WARNED and WARNED[s.status] not in codes and not ranges_differ:
        found.append(f"warnings {codes}")
    if s.status == "smooth" and codes:
        found.append(f"warnings {codes}")
    return found


# -- the data


def test_every_elementary_function_has_its_special_points() -> None:
    """A new row of the elementary tables needs lines; each says something at ±0, ±tiny, ±max, ±inf and NaN."""
    texts = {s.text for s in SPECIAL}
    for row in (*elementary.ROWS, *pieces.ROWS):
        if row.arity == 1 and row.name not in {"neg", "not_", "divisor"}:
            points = {repr(s.at["x"]) for s in SPECIAL if s.text == f"{row.name}(x)"}
            for x in (0.0, -0.0, LEAST, -LEAST, LARGEST, -LARGEST, inf, -inf, math.nan, 1.0, -1.0):
                assert repr(x) in points, (row.name, x)
        elif row.arity != 1 and row.name in {r.name for r in TABLE.values() if r.sample} and row.name[0].isalpha():
            written = {
                "add": "x + y",
                "sub": "x - y",
                "mul": "x*y",
                "div": "x/y",
                "pow": "x^y",
                "mod": "x % y",
                "logb": "log(x, b)",
            }
            hidden = row.boolean or row.name in {"shifted", "pivot"}
            assert hidden or any(text.startswith(written.get(row.name, row.name)) for text in texts), row.name


def test_lines_are_well_formed() -> None:
    assert len({(s.text, *map(repr, s.at.values())) for s in SPECIAL}) == len(SPECIAL) > 1000
    for s in SPECIAL:
        assert s.status in {"smooth", "overflow", "kink", "jump", "steep", "open", "nan", "outside"}, s
        assert (s.status == "outside") == (s.value is None) == bool(s.caret), s
        assert s.caret in s.text, s
        assert bool(s.sides) == (s.status in {"kink", "open"}), s
        assert (s.status == "nan") == (s.value is not None and math.isnan(s.value)) or s.status == "overflow", s
        finite = all(map(math.isfinite, [s.value or 0.0, *s.slopes.values()]))
        assert finite or s.status != "smooth" or any(not math.isfinite(x) for x in s.at.values()), s


# -- the answers


@pytest.mark.parametrize("backend", EXACT)
@by_text
def test_the_answer_is_as_written(text: str, backend: str) -> None:
    found = {}
    for s in INSIDE:
        if s.text == text:
            got = function(text).jacobian(s.at, backend=backend)
            found[s.label] = complaints(s, got, is_formula=backend == "symbolic")
    assert {label: what for label, what in found.items() if what} == {}


@by_text
@pytest.mark.usefixtures("untraced")
def test_mpmath_says_the_same(text: str) -> None:
    """To 30 digits, where nothing overflows."""
    found = {}
    for s in INSIDE:
        if s.text == text:
            got = function(text).jacobian(s.at, backend="forward", digits=30)
            found[s.label] = complaints(s, got, is_mpmath=True)
    assert {label: what for label, what in found.items() if what} == {}


def is_moderate(s: Special) -> bool:
    """Whether finite differences can be taken there."""
    return s.status == "smooth" and all(x == 0 or 1e-3 < abs(x) < 1e3 for x in s.at.values())


@pytest.mark.parametrize("text", sorted({s.text for s in INSIDE if is_moderate(s)}))
def test_differences_of_values_agree(text: str) -> None:
    """Central differences know no rule; inside the domain they come to the same."""
    for s in INSIDE:
        if s.text == text and is_moderate(s) and s.slopes:
            got = function(text).jacobian(s.at, backend="fd", scheme="central")
            for name, entry, error in zip(got.columns, got.jacobian[0], got.error[0], strict=True):
                if math.isfinite(entry):  # not at the end of a domain
                    allowed = 10 * error + 1e-6 * max(1, abs(s.slopes[name]))
                    assert abs(entry - s.slopes[name]) <= allowed, (s.label, name, entry, s.slopes[name])


@pytest.mark.parametrize("backend", EXACT)
@pytest.mark.parametrize("s", [s for s in INSIDE if s.hessian], ids=lambda s: s.label)
def test_second_derivatives_are_as_written(s: Special, backend: str) -> None:
    """Also beside a branch of `where` that is undefined."""
    got = function(s.text).hessian(s.at, backend=backend)
    for row, expected in zip(got.hessian, s.hessian, strict=True):
        assert all(same(a, b, rel=1e-13, least=1e-16) for a, b in zip(row, expected, strict=True)), got.hessian
    assert got.differentiable is True
    high = function(s.text).hessian(s.at, backend=backend, digits=30)
    for row, expected in zip(high.hessian, s.hessian, strict=True):
        assert all(same(double(a), b, rel=1e-14, least=1e-16) for a, b in zip(row, expected, strict=True)), high.hessian


@by_outside
def test_outside_of_the_domain_the_place_is_shown(s: Special) -> None:
    for backend in (*EXACT, "fd"):
        for refused in (function(s.text).jacobian, function(s.text).gradient):
            with pytest.raises(DomainError) as caught:
                refused(s.at, backend=backend)
            error = caught.value
            assert (error.exit_code, error.code) == (5, "undefined")
            assert error.span is not None
            assert error.span.text[error.span.start : error.span.end] == s.caret
    with pytest.raises(DomainError):
        function(s.text).jacobian(s.at, digits=30)


@pytest.mark.parametrize(
    "s", [s for s in OUTSIDE if all(map(math.isfinite, s.at.values()))][::7], ids=lambda s: s.label
)
def test_the_command_line_shows_the_caret(s: Special, adcli: Callable[..., Outcome]) -> None:
    point = ", ".join(f"{name}={x!r}" for name, x in s.at.items())
    got = adcli("jac", s.text, "--at", point)
    assert (got.code, got.out) == (5, "")
    lines = got.err.splitlines()
    under = next(i for i, line in enumerate(lines) if set(line.strip()) == {"^"})
    start = lines[under].index("^")
    assert lines[under - 1][start : start + lines[under].count("^")] == s.caret


def test_the_command_line_takes_infinities_and_gives_strict_json(adcli: Callable[..., Outcome]) -> None:
    got = adcli("jac", "exp(x), atan(x), sqrt(y)", "--at", "x=inf,y=0", "--json").json
    assert got["value"] == ["Infinity", math.pi / 2, 0.0]
    assert got["jacobian"] == [["Infinity", 0.0], [0.0, 0.0], [0.0, "Infinity"]]
    assert got["differentiable"] is False


# -- what limits tell in several variables


@pytest.mark.parametrize("backend", EXACT)
@pytest.mark.parametrize(
    ("text", "point", "entries", "differentiable", "sides"),
    [
        ("relu(x) - relu(-x) + y", [0, 1], [1.0, 1.0], None, {"x": (1.0, 1.0)}),
        ("max(x, y) - max(y, x)", [1, 1], [0.0, 0.0], None, {"x": (0.0, 0.0), "y": (0.0, 0.0)}),
        ("where(x == 0, y, y*(exp(x) - 1)/x)", [0, 3], [1.5, 1.0], None, {"x": (1.5, 1.5)}),
        ("sqrt(x^2) + y", [0, 1], [0.0, 1.0], False, {"x": (-1.0, 1.0)}),
        ("min(abs(x), abs(y))", [0, 0], [0.0, 0.0], False, {}),
        ("x*abs(y)", [0, 0], [0.0, 0.0], True, {}),
        ("sign(x*y)", [0, 0], [0.0, 0.0], False, {}),
        ("floor(x)*y", [1, 0], [0.0, 1.0], False, {}),
    ],
)
def test_limits_along_the_axes(
    text: str,
    point: list[float],
    entries: list[float],
    differentiable: bool | None,
    sides: dict[str, tuple[float, float]],
    backend: str,
) -> None:
    """Partial derivatives are limits along the axes; whether the function is differentiable, they leave open."""
    got = function(text).jacobian(point, backend=backend)
    assert (got.jacobian, got.differentiable) == ([pytest.approx(entries, rel=1e-14)], differentiable)
    assert {side.column: (side.left, side.right) for side in got.one_sided} == sides
    assert function(text).gradient(point, backend=backend).gradient == got.jacobian[0]


def test_a_slope_that_overflows_is_not_vertical() -> None:
    """log'(5e-324) is 2e323, and sqrt'(0) is infinite: only the one is a matter of range."""
    tiny, zero = function("log(x)").jacobian(x=LEAST), function("sqrt(x)").jacobian(x=0)
    assert [(got.jacobian, got.differentiable) for got in (tiny, zero)] == [([[inf]], True), ([[inf]], False)]
    assert [[warning.code for warning in got.warnings] for got in (tiny, zero)] == [["overflow"], ["not-finite"]]
    wide = function("log(x)").jacobian(x=LEAST, digits=30)
    assert (wide.differentiable, wide.warnings) == (True, ())
    assert abs(wide.jacobian[0][0] * LEAST - 1) < 1e-28


def test_second_derivatives_at_a_hole_are_left_open() -> None:
    """The gradient is that of the limits; nobody claims the second derivative."""
    got = function("where(x == 0, 1, (exp(x) - 1)/x)").hessian(x=0)
    assert (got.gradient, got.differentiable) == ([0.5], None)


# -- that the tests can fail


def test_a_wrong_answer_is_noticed() -> None:
    s = next(s for s in SPECIAL if s.label == "abs(x) at 0.0")
    good = function("abs(x)").jacobian(s.at)
    assert complaints(s, good) == []
    for wrong in (
        s._replace(value=1.0), s._replace(value=-0.0), s._replace(slopes={"x": 1.0}), s._replace(sides={}),
        s._replace(sides={"x": (-1.0, 0.0)}), s._replace(status="smooth"), s._replace(status="jump"),
        s._replace(status="open"),
    ):  # fmt: skip
        assert complaints(wrong, good), wrong


@pytest.mark.parametrize("point", [(0, 1000), (0, 800, -30), (-745, 5, 5, 90), (600, 600, 600)])
def test_second_derivatives_of_logsumexp_are_numbers_far_apart(point: tuple[float, ...]) -> None:
    """p_i*(d_ij - p_j), with p by mpmath."""
    names = [f"x{k}" for k in range(len(point))]
    found = adcli.Function(f"logsumexp({','.join(names)})").hessian(dict(zip(names, point, strict=True)))
    with mp.workdps(800):
        powers = [mp.exp(mp.mpf(x) - max(point)) for x in point]
        p = [x / mp.fsum(powers) for x in powers]
        for i, row in enumerate(found.hessian):
            expected = [p[i] * ((i == j) - p[j]) for j in range(len(p))]
            assert [float(x) for x in expected] == pytest.approx(row, rel=1e-11, abs=1e-300)
    assert found.warnings == ()
