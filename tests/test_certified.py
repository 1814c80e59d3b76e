"""Certified digits: never wrong, seldom undecided, and a reason for whatever is."""

from __future__ import annotations

import json
import math
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import flint
import mpmath
import pytest
from flint import arb, fmpq
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import REPEATABLE, expressions, points

from adcli.backends import Jacobian as Entries
from adcli.backends import load
from adcli.certified import certify
from adcli.certified.algebra import simplest
from adcli.certified.rounding import Decimal, bounds, decimal, double
from adcli.check.certified import check_certified
from adcli.contexts.balls import BallContext
from adcli.contexts.enclosures import Enclosure
from adcli.errors import DomainError, LimitError, UsageError
from adcli.primitives import TABLE
from adcli.products import Function
from adcli.results.certified import CERTIFIED, NOT_DIFFERENTIABLE, UNDECIDED, Certificate, Certified

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome

    Adcli = Callable[..., Outcome]

inf = math.inf
LINES = (Path(__file__).parent / "data/expressions.jsonl").read_text(encoding="utf-8").splitlines()
REFERENCES: list[dict[str, Any]] = [json.loads(line) for line in LINES]
"""Expressions of integration tables and physics formulas, with values and Jacobians to 40 digits."""


def run(text: str, at: Any = None, kind: str = "jacobian", **options: Any) -> Certified:
    return certify(Function(text), kind, at, **options)


def by_label(found: Certified) -> dict[str, Certificate]:
    return {c.label: c for c in found.certificates}


def numbers(found: Certified) -> list[Any]:
    return [c.value for c in found.certificates]


# -- never wrong


@pytest.mark.parametrize("row", REFERENCES, ids=[row["id"] for row in REFERENCES])
def test_certified_numbers_are_the_doubles_nearest_to_the_references(row: dict[str, Any]) -> None:
    at = ",".join(f"{name}={x}" for name, x in row["at"].items())
    found = certify(Function(row["expr"], variables=row["vars"]), "jacobian", at)
    expected = [*row["value"], *[x for line in row["jac"] for x in line]]
    assert [CERTIFIED] * len(expected) == [c.status for c in found.certificates]
    assert [float(x) for x in expected] == numbers(found)
    for c, reference in zip(found.certificates, expected, strict=True):
        low, high, true = Fraction(c.lower or ""), Fraction(c.upper or ""), Fraction(reference)
        slack = abs(true) / 10**38  # the reference is rounded, too
        assert low - slack <= true <= high + slack


@pytest.mark.parametrize("row", REFERENCES[::7], ids=[row["id"] for row in REFERENCES[::7]])
def test_certified_digits_are_those_of_the_references(row: dict[str, Any]) -> None:
    at = ",".join(f"{name}={x}" for name, x in row["at"].items())
    found = certify(Function(row["expr"], variables=row["vars"]), "jacobian", at, digits=36)
    expected = [*row["value"], *[x for line in row["jac"] for x in line]]
    for c, reference in zip(found.certificates, expected, strict=True):
        true = Fraction(reference)
        assert abs(Fraction(c.value) - true) <= abs(true) / 10**35


@REPEATABLE
@given(expressions(5), points())
@example("where(x < y, x*y, (x)^(1/3))", {"x": 0.5, "y": 0.5, "z": 1.0})
def test_no_certificate_contradicts_fifty_digits(text: str, point: dict[str, float]) -> None:
    """Whatever the expression: a certified number is the double nearest to what mpmath computes with 50 digits."""
    f = Function(text)
    at = {name: point[name] for name in f.variables}
    try:
        found = certify(f, "jacobian", at, most_bits=2048)
        reference = f.jacobian(at, digits=50)
    except (DomainError, LimitError):
        return
    expected = [*reference.value, *[x for row in reference.jacobian for x in row]]
    unsure = reference.differentiable is not True or reference.warnings
    for c, true in zip(found.certificates, expected, strict=True):
        if c.decided and not (unsure and c.order) and mpmath.isfinite(true):
            assert abs(mpmath.mpf(c.value) - true) <= abs(true) * mpmath.mpf(2) ** -52 + mpmath.mpf(2) ** -1074, c
        if c.decided:
            assert double_of(c.lower) <= c.value <= double_of(c.upper)


def double_of(text: str | None) -> float:
    return float(text or "nan")


@pytest.mark.parametrize(
    ("text", "at", "kind"),
    [
        ("(1 - cos(x))/x^2", "1e-30", "jacobian"),
        ("(exp(x) - 1 - x)/x^2", "1e-15", "jacobian"),
        ("x^1000000", "1.0000001", "gradient"),
        ("(1 + 1/n)^n", "n=1e15", "gradient"),
        ("exp(x) - exp(y)", "1,1.00000000000000000001", "gradient"),
        ("sin(x)", "1e22", "gradient"),
        ("log(x)/(x - 1)", "1.0000000000000001", "hessian"),
        ("tanh(x)*y^3", "20,1/3", "hessian"),
        ("sqrt(x^2 + y^2) - x", "1e10,1e-3", "hessian"),
    ],
)
def test_cancellation_costs_bits_and_no_digits(text: str, at: str, kind: str) -> None:
    """Against mpmath at 200 digits."""
    f = Function(text)
    found = certify(f, kind, at)
    assert 0 == found.undecided
    if kind == "hessian":
        second = f.hessian(at, digits=200)
        expected = [*second.value, *second.gradient, *[x for row in second.hessian for x in row]]
    else:
        first = f.jacobian(at, digits=200)
        expected = [*first.value, *first.jacobian[0]]
    assert [float(x) for x in expected] == numbers(found)


def test_the_point_and_the_constants_are_taken_exactly() -> None:
    found = run("(x - 0.1)^2 + x*0.3", "0.1")
    assert [0.03, 0.3] == numbers(found)
    assert ["0.03", "0.3"] == [c.lower for c in found.certificates]
    assert any("exactly as they are written" in note for note in found.notes)
    doubles = run("x - 1/10", {"x": 0.1}, "value")
    assert float(Fraction(0.1) - Fraction(1, 10)) == numbers(doubles)[0]
    assert any("the double that it is" in note for note in doubles.notes)


@pytest.mark.parametrize("backend", ["forward", "reverse", "symbolic", "auto"])
def test_every_exact_backend_gives_the_same_certificates(backend: str) -> None:
    found = run("x1*x2 + sin(x1), exp(x1 - x2)", "1,2", backend=backend)
    e = 0.36787944117144233
    assert [2.8414709848078967, e, 2.5403023058681398, 1.0, e, -e] == numbers(found)
    assert found.backend in (backend, "forward", "reverse")


def test_arrays_parameters_and_intermediates() -> None:
    f = Function("h = W@x; k*sum(h^2)", lets={"k": "1/3"})
    found = certify(f, "jacobian", "W=[[1,2],[3,0.1]]; x=[5,6]", wrt="h,x[1]")
    assert ["h[0]", "h[1]", "x[1]"] == list(found.columns)
    assert [float(Fraction(2, 3) * h) for h in (17, Fraction("15.6"))] == numbers(found)[1:3]


# -- zeros, kinks, and the untaken branch


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("sin(x)", "pi", [0.0, -1.0]),
        ("cos(x)", "pi/2", [0.0, -1.0]),
        ("sqrt(x)^2 - 2", "2", [0.0, 1.0]),
        ("exp(x)*(cos(y)^2 + sin(y)^2 - 1)", "1,2", [0.0, 0.0, 0.0]),
        ("relu(x - 0.1)^2", "0.1", [0.0, 0.0]),
        ("x*abs(x)", "0", [0.0, 0.0]),
        ("where(x < 1, x^2, 2*x - 1)", "1", [1.0, 2.0]),
        ("where(x > 0, sqrt(x), 0)*y", "-1,2", [0.0, 0.0, 0.0]),
        ("where(x == 0, 1, sin(x)/x)*y", "1,2", [math.sin(1) * 2, None, math.sin(1)]),
        ("where(sin(pi) > 0, x, 2*x)", "1", [2.0, 2.0]),
        ("max(x, y, 2)", "3,pi", [math.pi, 0.0, 1.0]),
        ("hypot(x, y)", "3,4", [5.0, 0.6, 0.8]),
        ("floor(log2(x))", "9", [3.0, 0.0]),
        ("x^y", "0,2", [0.0, 0.0, 0.0]),
        ("sinc(x)", "0", [1.0, 0.0]),
        ("det([[1, 2], [x, 4]])", "2", [0.0, -2.0]),
    ],
)
def test_zeros_and_kinks_at_exact_points_are_decided(text: str, at: str, expected: list[float | None]) -> None:
    found = run(text, at)
    assert 0 == found.undecided
    for value, c in zip(expected, found.certificates, strict=True):
        assert value is None or value == c.value, c


@pytest.mark.parametrize(
    ("text", "at", "left", "right"),
    [
        ("abs(x - 0.1)", "0.1", -1.0, 1.0),
        ("abs(x - 0.1)*sin(y)", "0.1,1", -math.sin(1), math.sin(1)),
        ("abs(sin(x))", "pi", -1.0, 1.0),
        ("max(x, 1)", "1", 0.0, 1.0),
        ("max(x, pi)", "pi", 0.0, 1.0),
        ("where(x < 1/3, x, 2*x - 1/3)", "1/3", 1.0, 2.0),
        ("hypot(x, y)", "0,0", -1.0, 1.0),
        ("where(x < 0, 1, 2)", "0", -inf, 0.0),
    ],
)
def test_where_both_sides_differ_there_is_no_derivative_but_two(text: str, at: str, left: float, right: float) -> None:
    found = run(text, at)
    entry = next(c for c in found.certificates if c.order == 1)
    assert NOT_DIFFERENTIABLE == entry.status
    assert entry.value is None
    if math.isfinite(left):
        assert (left, right) == (entry.left, entry.right)
    assert found.differentiable is False
    assert 0 == found.exit_code
    assert CERTIFIED == found.certificates[0].status


def test_a_kink_concerns_only_the_entries_that_move_with_it() -> None:
    found = by_label(run("abs(x) + y^2, x*y", "0,3"))
    assert NOT_DIFFERENTIABLE == found["∂y1/∂x"].status
    assert [6.0, 3.0, 0.0] == [found[label].value for label in ("∂y1/∂y", "∂y2/∂x", "∂y2/∂y")]


def test_proved_zeros_have_an_enclosure_without_width() -> None:
    c = run("sin(x)", "pi").certificates[0]
    assert ("0.0", "0.0") == (c.lower, c.upper)


# -- undecided


@pytest.mark.parametrize(
    ("text", "at", "label", "reason"),
    [
        ("sqrt(x)", "0", "∂y1/∂x", "a slope of sqrt(x) is not finite here"),
        ("x^y", "-2,3", "∂y1/∂y", "a slope of x^y is not finite here"),
        ("floor(x)", "2", "∂y1/∂x", "floor(x) jumps at this point"),
        ("tan(pi/2)*x", "1", "y1", "tan(pi/2) has no finite enclosure, with 512 bits"),
        ("sin(x)", "1e300000", "y1", "it cannot be told from 0 with 512 bits"),
        (
            "abs(sqrt(3 + 2*sqrt(2)) - 1 - x)", "sqrt(2)", "∂y1/∂x",
            "cannot tell whether abs(sqrt(3 + 2*sqrt(2)) - 1 - x) is at its kink (x = 0) here, with 512 bits",
        ),
        (
            "log(x + sqrt(3 + 2*sqrt(2)) - 1 - sqrt(2))", "0", "y1",
            "cannot tell whether log(x + sqrt(3 + 2*sqrt(2)) - 1 - sqrt(2)) is defined here (it needs x > 0), with 512",
        ),
        (
            "where(sqrt(3 + 2*sqrt(2)) > 1 + sqrt(2), x, 2*x)", "1", "y1",
            "cannot tell whether sqrt(3 + 2*sqrt(2)) > 1 + sqrt(2) holds, with 512 bits",
        ),
        ("where(x == 0, 1, sin(x)/x)", "0", "∂y1/∂x", "x == 0 switches here, and its two sides cannot be told apart"),
        ("where(x == 0, 2*x, 3*x)", "0", "∂y1/∂x", "x == 0 switches here, and the branch taken has another derivative"),
    ],
)  # fmt: skip
def test_what_is_undecided_says_why(text: str, at: str, label: str, reason: str) -> None:
    found = run(text, at, most_bits=512)
    c = by_label(found)[label]
    assert UNDECIDED == c.status
    assert c.value is None
    assert c.reason.startswith(reason)
    assert 5 == found.exit_code
    assert any(w.code == "undecided" and reason in w.message for w in found.warnings)


def test_a_second_derivative_at_a_kink_is_undecided() -> None:
    found = by_label(run("x*abs(x) + y^3", "0,2", "hessian"))
    assert UNDECIDED == found["∂²y1/∂x²"].status
    assert 12.0 == found["∂²y1/∂y²"].value


def test_outside_the_domain_is_an_error_as_always() -> None:
    with pytest.raises(DomainError, match="sqrt needs x - 1 >= 0") as caught:
        run("sqrt(x - 1)", "0.5")
    assert caught.value.span is not None
    with pytest.raises(DomainError, match="do not tell whether the point is defined"):
        run("x", "sqrt(sqrt(3 + 2*sqrt(2)) - 1 - sqrt(2))", most_bits=256)


def test_undecided_numbers_are_printed_with_a_caret_and_exit_5(adcli: Adcli) -> None:
    outcome = adcli("jac", "x*floor(x + 1)", "--at", "1", "--certified")
    assert 5 == outcome.code
    assert "undecided" in outcome.out
    assert "  x*floor(x + 1)\n    ^^^^^^^^^^^^" in outcome.err
    result = adcli("jac", "x*floor(x + 1)", "--at", "1", "--certified", "--json").json
    assert 1 == result["undecided"]
    assert [[None]] == result["jacobian"]
    assert [2.0] == result["value"]


# -- rounding

TIES = [
    Fraction(2**53 + 1), Fraction(2**53 + 3), Fraction(1, 2**1075), Fraction(3, 2**1075), Fraction(2**1024 - 2**970),
    Fraction(2**1024 - 2**970 - 1), Fraction(1, 2**1076), Fraction(5, 2**1075), Fraction(1, 3), Fraction(0),
    Fraction(2**1022 - 1, 2**2044), Fraction(1, 2**1074), Fraction(10) ** 400, Fraction(1, 10**400),
]  # fmt: skip
ROUNDED = [
    2.0**53, 2.0**53 + 4, 0.0, 1e-323, inf, 1.7976931348623157e308, 0.0, 1e-323, 1 / 3, 0.0, 2.0**-1022, 5e-324, inf,
    0.0,
]  # fmt: skip


@pytest.mark.parametrize(
    ("x", "expected"), list(zip(TIES, ROUNDED, strict=True)), ids=[str(k) for k in range(len(TIES))]
)
@pytest.mark.parametrize("sign", [1, -1])
def test_exact_numbers_round_to_even(x: Fraction, expected: float, sign: int) -> None:
    with BallContext(128) as m:
        found = double(m.number(sign * x))
        assert sign * expected == found
        assert found != 0 or math.copysign(1, found) == 1


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(-3, 3), st.integers(60, 200))
@REPEATABLE
def test_a_ball_is_decided_only_where_both_its_ends_round_alike(x: float, quarters: int, bits: int) -> None:
    """Balls about points a quarter of a unit apart, so that some straddle the midpoint of two doubles."""
    middle = Fraction(x) + Fraction(math.ulp(x)) * quarters / 4
    radius = Fraction(math.ulp(x)) / 2 ** (bits - 53)
    with BallContext(2200) as m:
        ball = arb(fmpq(middle.numerator, middle.denominator), arb(fmpq(radius.numerator, radius.denominator)))
        found = double(Enclosure(m, None, ball))
    ends = [_nearest(middle - radius), _nearest(middle + radius)]
    assert found is None or [found, found] == ends
    assert found is not None or ends[0] != ends[1] or quarters % 2 == 0


def _nearest(x: Fraction) -> float:
    try:
        return x.numerator / x.denominator
    except OverflowError:
        return inf if x > 0 else -inf


@pytest.mark.parametrize(
    ("x", "digits", "expected"),
    [
        ("1/3", 5, "0.33333"), ("5/2", 1, "2.0"), ("7/2", 1, "4.0"), ("9999/10", 3, "1000.0"), ("-1/7", 3, "-0.143"),
        ("0", 9, "0.0"), ("123456789", 4, "123500000.0"), ("1/1000000000", 2, "1e-09"), ("99995/100000", 4, "1.0"),
        ("12345678901234567890123", 20, "1.2345678901234567890e+22"), ("1/8", 40, "0.125"),
    ],
)  # fmt: skip
def test_exact_numbers_to_so_many_digits(x: str, digits: int, expected: str) -> None:
    with BallContext(128) as m:
        found = decimal(m.number(Fraction(x)), digits)
        assert Fraction(expected) == Fraction(str(found))
        assert str(found) == expected.replace("890e", "89e")


def test_a_ball_around_a_tie_of_decimals_is_undecided() -> None:
    with BallContext(128) as m:
        assert decimal(Enclosure(m, None, arb("2.5", "1e-20")), 1) is None
        assert decimal(Enclosure(m, None, arb("0", "1e-20")), 1) is None
        assert decimal(Enclosure(m, None, arb("2.4", "1e-20")), 1) == Decimal(2, 0)
        assert decimal(Enclosure(m, None, arb("9.99999", "1e-20")), 3) == Decimal(100, -1)


@given(st.fractions(-(10**9), 10**9, max_denominator=10**6), st.integers(30, 120))
@REPEATABLE
def test_bounds_are_rounded_outward(x: Fraction, bits: int) -> None:
    with BallContext(bits) as m:
        exact = m.number(x)
        for enclosed in (exact, Enclosure(m, None, arb(fmpq(x.numerator, x.denominator), 1e-9))):
            low, high = bounds(enclosed)
            assert Fraction(low) <= x <= Fraction(high)
        low, high = bounds(exact)
        assert (low == high) == (Fraction(low) == x == Fraction(high))


def test_bounds_show_that_the_double_is_the_right_one() -> None:
    """Near the midpoint of two doubles twenty digits would not."""
    found = run("1 + 1/2^53 + 1/10^40", kind="value")
    c = found.certificates[0]
    assert math.nextafter(1, 2) == c.value == float(Fraction(c.lower or "")) == float(Fraction(c.upper or ""))
    tie = run("1 + 1/2^53", kind="value").certificates[0]
    assert (1.0, True) == (tie.value, tie.lower == tie.upper)


@pytest.mark.parametrize(
    ("text", "at", "value"),
    [
        ("exp(x)", "1000", inf), ("-exp(x)", "1000", -inf), ("exp(exp(x))", "30", inf), ("exp(x)", "-745", 5e-324),
        ("exp(x)", "-746", 0.0), ("-exp(x)", "-746", 0.0), ("x*1e-300*1e-300", "1", 0.0), ("softplus(x)", "-800", 0.0),
        ("exp(x)/exp(x - 1)", "1000", math.e), ("10^-(10^10)*x", "3", 0.0), ("1/(1 + exp(-exp(x)))", "1000", 1.0),
        ("x + 1e291", "1.7976931348623158e308", inf), ("x", "1e400", inf),
    ],
)  # fmt: skip
def test_numbers_beyond_the_range_of_doubles(text: str, at: str, value: float) -> None:
    c = run(text, at, "value").certificates[0]
    assert value == c.value
    assert c.decided
    assert math.isinf(value) == c.reason.startswith("overflow")


# -- digits


@pytest.mark.parametrize("digits", [1, 5, 17, 40, 1000, 5000])
def test_digits_are_correctly_rounded(digits: int) -> None:
    found = run("exp(x)*pi", "2", "gradient", digits=digits)
    with mpmath.workdps(digits + 30):
        true = mpmath.exp(2) * mpmath.pi
        shown = mpmath.libmp.to_str(true._mpf_, digits)
    assert [Fraction(shown)] * 2 == [Fraction(x) for x in numbers(found)]
    assert digits == found.digits


def test_what_cannot_be_told_from_0_has_no_digits_unless_algebra_proves_it() -> None:
    assert ["0.0", "0.0"] == numbers(run("sqrt(2)^2 - 2, sin(pi)", kind="value", digits=30))
    c = run("sqrt(3 + 2*sqrt(2)) - 1 - sqrt(2)", kind="value", digits=30, most_bits=1024).certificates[0]
    assert UNDECIDED == c.status
    assert c.reason.startswith("it cannot be told from 0")
    assert Fraction(c.lower or "") < 0 < Fraction(c.upper or "")
    assert ["2.0", "1e-50"] == numbers(run("sqrt(2)^2, sin(pi) + 1e-50", kind="value", digits=30))


@pytest.mark.parametrize("digits", [0, 10_001])
def test_absurd_digits_are_refused(digits: int) -> None:
    with pytest.raises(UsageError, match="between 1 and"):
        run("x", "1", digits=digits)


# -- algebra


@pytest.mark.parametrize(
    ("middle", "radius", "expected"),
    [
        ("0.5", "1e-30", "1/2"), ("0.333333333333333333333333333333333", "1e-30", "1/3"), ("-2.25", "1e-20", "-9/4"),
        ("3", "1e-9", "3"), ("0", "1", "0"), ("1.41421356237309504880168872421", "1e-29", None),
    ],
)  # fmt: skip
def test_the_simplest_rational_of_a_ball_is_suspected(middle: str, radius: str, expected: str | None) -> None:
    with BallContext(128) as m:
        assert (None if expected is None else Fraction(expected)) == simplest(Enclosure(m, None, arb(middle, radius)))


def test_a_suspicion_is_no_proof() -> None:
    """A number that is 1/3 to a hundred digits and no more, is not taken for it."""
    found = run("abs(x + 1/3 - sqrt(1/9 + 1e-300))", "0", most_bits=512)
    assert [CERTIFIED, CERTIFIED] == [c.status for c in found.certificates] or 5 == found.exit_code
    deep = run("abs(x + 1/3 - sqrt(1/9 + 1e-300))", "0", most_bits=4096)
    assert -1.0 == deep.certificates[1].value


# -- the command line


@pytest.mark.parametrize(
    ("command", "kind"),
    [("jac", "jacobian"), ("grad", "gradient"), ("hess", "hessian"), ("eval", "value")],
)
def test_commands_take_certified(command: str, kind: str, adcli: Adcli) -> None:
    result = adcli(command, "x^2*y", "--at", "3,0.1", "--certified", "--json").json
    assert kind == result["kind"]
    expected = {"jacobian": [[0.6, 9.0]], "gradient": [0.6, 9.0], "hessian": [[0.2, 6.0], [6.0, 0.0]], "value": [0.9]}
    assert expected[kind] == result[kind]
    assert {"decided": True, "status": "certified", "lower": "0.9", "upper": "0.9"}.items() <= (
        result["certificates"][0].items()
    )
    assert "exact" in adcli(command, "x^2*y", "--at", "3,0.1", "--certified").out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["jac", "x", "--at", "1", "--max-bits", "200"], "--max-bits belongs to --certified"),
        (["jac", "x", "--at", "1", "--certified", "--backend", "fd"], "--certified is for exact backends"),
        (["jac", "x", "--at", "1", "--certified", "--as-shape"], "--as-shape does not go with --certified"),
        (["jac", "x", "--at", "1", "--certified", "--step", "1"], "--step is for finite differences"),
        (["grad", "x,x", "--at", "1", "--certified"], "grad needs one output"),
        (["hess", "x,x", "--at", "1", "--certified"], "hess needs one output"),
        (["check", "x", "--at", "1", "--certified", "--claim", "1"], "--claim does not go with --certified"),
        (["check", "x", "--at", "1", "--certified", "--plot"], "--plot does not go with --certified"),
        (["check", "x", "--at", "1", "--at", "2", "--certified"], "the backends are compared at one point"),
        (["check", "3", "--certified"], "there is nothing to check"),
    ],
)
def test_options_that_do_not_fit_are_refused(args: list[str], message: str, adcli: Adcli) -> None:
    outcome = adcli(*args)
    assert 2 == outcome.code
    assert message in outcome.err


@pytest.mark.parametrize("command", [["jac"], ["check"]])
def test_without_flint_it_says_how_to_get_it(command: list[str], adcli: Adcli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flint", None)
    outcome = adcli(*command, "x^2", "--at", "3", "--certified")
    assert 2 == outcome.code
    assert 'pip install "adcli[certified]"' in outcome.err
    assert "no-flint" == adcli(*command, "x^2", "--at", "3", "--certified", "--json").json["code"]


def test_max_bits_bounds_the_work() -> None:
    few = run("(1 - cos(x))/x^2", "1e-30", "value", most_bits=128)
    assert [UNDECIDED] == [c.status for c in few.certificates]
    assert [0.5] == numbers(run("(1 - cos(x))/x^2", "1e-30", "value", most_bits=512))


def test_the_precision_of_flint_is_left_alone() -> None:
    before = flint.ctx.prec
    run("sin(x)", "1")
    with pytest.raises(DomainError):
        run("log(x)", "-1")
    assert before == flint.ctx.prec


# -- check --certified


def test_check_counts_the_right_digits_and_finds_the_node_that_lost_them(adcli: Adcli) -> None:
    result = adcli("check", "(1 - cos(x))/x^2 + y", "--at", "1e-4,1", "--certified", "--json").json
    entry = next(e for e in result["entries"] if e["column"] == "x")
    assert 5 > entry["backends"]["forward"]["digits"]
    assert "(1 - cos(x))/x^2" == entry["backends"]["forward"]["lost"]["formula"]
    other = next(e for e in result["entries"] if e["column"] == "y")
    assert {"forward": 0.0, "reverse": 0.0, "symbolic": 0.0} == {
        name: other["backends"][name]["ulps"] for name in ("forward", "reverse", "symbolic")
    }


@pytest.mark.parametrize(
    ("text", "at", "blamed"),
    [
        ("sqrt(1 - cos(x))*3", "1e-5", "1 - cos(x)"),
        ("exp((x + 1e8 - 1e8)*y)", "0.1,2", "x + 100000000 - 100000000"),
        ("log(1 + x)", "1e-12", None),  # whose slope 1/(1 + x) is well conditioned
        ("sin(x*1e9)*y", "0.7,2", "sin(x*1000000000)"),
        ("exp(x)/exp(y)", "1000,999", "exp(x)"),
    ],
)
def test_the_node_that_cancels_is_blamed(text: str, at: str, blamed: str | None) -> None:
    found = check_certified(Function(text), at)
    losses = [m.lost for e in found.entries for name, m in e.backends.items() if name in ("forward", "reverse")]
    formulas = {loss.formula for loss in losses if loss is not None and loss.before - loss.after > 1}
    assert (blamed in formulas) if blamed else not formulas


@pytest.mark.parametrize("row", REFERENCES[::5], ids=[row["id"] for row in REFERENCES[::5]])
def test_no_backend_is_called_wrong_for_its_rounding(row: dict[str, Any]) -> None:
    at = ",".join(f"{name}={x}" for name, x in row["at"].items())
    found = check_certified(Function(row["expr"], variables=row["vars"]), at)
    assert "WRONG" != found.verdict
    assert 0 < min(e.digits for e in found.entries) or "INCONCLUSIVE" == found.verdict


def test_a_backend_that_is_off_by_more_than_rounding_explains_is_wrong(
    adcli: Adcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = load("forward")
    plain = type(forward).jacobian

    def off(self: Any, problem: Any) -> Entries:
        found = plain(self, problem)
        return Entries([[x * (1 + 2.0**-40) for x in row] for row in found.entries], found.errors)

    monkeypatch.setattr(type(forward), "jacobian", off)
    outcome = adcli("check", "sin(x)*exp(y)", "--at", "1,2", "--certified")
    assert 1 == outcome.code
    assert "WRONG: ∂y1/∂x by forward: it is further off than rounding explains" in outcome.out


def test_a_wrong_rule_is_found_by_finite_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    """The enclosures share the rules with the backends, so they cannot see it."""
    monkeypatch.setattr(TABLE["sin"], "partials", (lambda m, y, x: m.cos(x) * 1.001,))
    found = check_certified(Function("sin(x)*y"), "1,2")
    assert ("WRONG", "∂y1/∂x by fd: finite differences contradict the rules") == (found.verdict, found.cause)


@pytest.mark.parametrize(
    ("text", "at", "verdict", "cause"),
    [
        ("x1*x2 + sin(x1), exp(x1 - x2)", "1,2", "AGREES", ""),
        ("exp(x) - exp(x)*cos(y)^2 - exp(x)*sin(y)^2", "0.1,3", "AGREES", ""),
        ("(1 - cos(x))/x^2", "1e-9", "INCONCLUSIVE", "the errors are as large as the entry"),
        ("exp(x)/exp(y)", "1000,999", "INCONCLUSIVE", "a double overflows or underflows on the way"),
        (
            "abs(x) + y",
            "0,1",
            "INCONCLUSIVE",
            "is not certified: not differentiable: -1.0 from the left and 1.0 from the right",
        ),
        ("sqrt(x)", "0", "INCONCLUSIVE", "is not certified: a slope of sqrt(x) is not finite here"),
    ],
)
def test_verdicts_on_the_backends(text: str, at: str, verdict: str, cause: str) -> None:
    found = check_certified(Function(text), at)
    assert verdict == found.verdict
    assert cause in found.cause
    assert {"AGREES": 0, "INCONCLUSIVE": 5}[verdict] == found.exit_code


def test_backends_are_measured_at_the_doubles_of_the_point() -> None:
    """The rounding of 0.1 to a double is not the backend's own, and is not held against it."""
    found = check_certified(Function("x"), "0.1")
    assert [0.0] * 4 == [m.ulps for m in found.entries[0].backends.values()]
    assert any("doubles nearest to the point" in note for note in found.notes)


def test_a_jacobian_of_very_many_entries_is_refused() -> None:
    with pytest.raises(LimitError, match="up to 4096 entries"):
        check_certified(Function("x*t", shapes={"x": (70,), "t": (70,)}), {"x": [1.0] * 70, "t": [1.0] * 70})


def test_the_report_of_a_check_can_be_test_cases(tmp_path: Path, adcli: Adcli) -> None:
    file = tmp_path / "cases.xml"
    assert 0 == adcli("check", "x*y", "--at", "1,2", "--certified", "--junit", str(file)).code
    assert 'tests="2"' in file.read_text(encoding="utf-8")
