"""Every row of the primitive table against a rigorous witness: a new row is tested as it arrives.

The loops run over the table itself. A row that `witness.py` does not know, a row with a kink
that `KINKS` does not know, or an alias that gives another function, fails by name.
"""

from __future__ import annotations

import itertools
import math
import random
import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import witness

import adcli
from adcli.contexts import make_context
from adcli.errors import DomainError
from adcli.primitives import OVERLOADS, TABLE, Primitive, functions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ARITHMETIC = ("add", "sub", "mul", "div", "pow", "neg")
ROWS = [*(TABLE[name] for name in ARITHMETIC), *(row for row in functions() if row.name != "where")]
EXACT_BACKENDS = ("forward", "reverse", "symbolic", "auto")
FLOATS = make_context()
inf, nan = math.inf, math.nan

by_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)


# -- points


def scaled(rng: random.Random, exponent: int) -> float:
    """Give a random number of that decimal magnitude."""
    return rng.uniform(1, 10) * 10.0**exponent


def nasty(rng: random.Random) -> list[float]:
    """Numbers of every magnitude and sign, around every edge and pole that the table has."""
    xs: list[float] = []
    for k in range(0, 301, 10):
        xs += [scaled(rng, -k), -scaled(rng, -k), scaled(rng, k), -scaled(rng, k)]
    for _ in range(30):
        xs += [rng.uniform(1, 760), -rng.uniform(1, 760)]
    for edge in (-1.0, 1.0):
        below = math.nextafter(edge, -inf)
        above = math.nextafter(edge, inf)
        xs += [below, math.nextafter(below, -inf), above, math.nextafter(above, inf)]
        for k in range(1, 16):
            xs += [edge + scaled(rng, -k), edge - scaled(rng, -k)]
    for k in range(1, 9):
        for center in (k * math.pi / 2, k / 2):
            xs += [center, -center, math.nextafter(center, inf), center + scaled(rng, -8), -center + scaled(rng, -4)]
    return xs


def usable(row: Primitive, xs: tuple[float, ...]) -> bool:
    """Whether the row is defined there and has no kink."""
    return bool(
        (row.domain is None or row.domain.contains(FLOATS, *xs)) and not (row.kink and row.kink.at(FLOATS, *xs)),
    )


def sample_points(row: Primitive, count: int) -> list[tuple[float, ...]]:
    """Give deterministic points of the row's sample range."""
    rng = random.Random(f"sample {row.name}")  # noqa: S311  # points, not secrets
    drawn = (tuple(rng.uniform(*bounds) for bounds in row.sample) for _ in itertools.count())
    return list(itertools.islice((xs for xs in drawn if usable(row, xs)), count))


def wild_points(row: Primitive) -> list[tuple[float, ...]]:
    """Give points far outside the sample range: tiny, huge, near edges, near ties."""
    rng = random.Random(f"wild {row.name}")  # noqa: S311
    xs = nasty(rng)
    if len(row.sample) == 1:
        found = [(x,) for x in xs]
    elif row.sample[0][0] == row.sample[0][1]:  # an order: a whole number
        found = [(float(n), x) for n in range(5) for x in rng.sample(xs, 60)]
    else:
        found = [tuple(rng.choice(xs) for _ in row.sample) for _ in range(300)]
        for _ in range(100):
            x = rng.choice(xs)
            found.append((x, *(x * rng.uniform(-2, 2) for _ in row.sample[1:])))
    if row.arity < 0:
        found += [tuple(rng.uniform(-9, 9) for _ in range(count)) for count in (3, 5, 40) for _ in range(10)]
    return [point for point in found if usable(row, point)]


# -- how exact a row is, in ulp

BOUND = 4.0


class Allowance(NamedTuple):
    """Where a row is allowed more than `BOUND`: from (k, xs), k = -1 for the value, a bound and a scale.

    The scale is what the error is measured in the last place of, if the true value is smaller.
    """

    grant: Callable[..., tuple[float, float]]
    reason: str


def _envelope(k: int, n: float, x: float) -> tuple[float, float]:
    del k
    return 4 + 1.5 * n, (1 / abs(x) if abs(x) > n + 0.5 else 0.0)


def _softmax_bound(k: int, *xs: float) -> tuple[float, float]:
    if k < 0:
        return BOUND, max(abs(x) for x in xs)
    return BOUND + abs(xs[k] - max(xs)) + len(xs) / 2, 0.0


ALLOWANCES = {
    "sphericalbesselj": Allowance(
        _envelope,
        "waves: near a zero the error is a few ulp of the wave's height 1/x, not of the value; "
        "measured 9.8 for n = 7 around x = n, 2.4 beyond",
    ),
    "sinc": Allowance(
        lambda k, x: (BOUND, 1 / abs(x) if k == 0 and abs(x) > 1 else 0.0),
        "the derivative -j_1 is a wave: near its zeros the unit is the wave's height; measured 2.5",
    ),
    "logsumexp": Allowance(
        _softmax_bound,
        "the value near its zero is a difference of arguments (1.2 of their ulp); a partial is exp of a rounded "
        "difference d, which costs |d| ulp, like every softmax in doubles (measured 32 for d = 40, 511 for d = 522)",
    ),
}


def allowed(row: Primitive, k: int, xs: tuple[float, ...]) -> tuple[float, float]:
    allowance = ALLOWANCES.get(row.name)
    return (BOUND, 0.0) if allowance is None else allowance.grant(k, *xs)


def partial_of(m: Any, row: Primitive, k: int, y: Any, xs: tuple[Any, ...]) -> Any:
    """The k-th partial derivative by the row's rule; an absent one is 0."""
    rule = row.partials[k]
    found = rule(m, y, *xs) if callable(rule) else rule
    return m.number(0) if found is None else found


def has_partial(row: Primitive, k: int, xs: tuple[float, ...]) -> bool:
    """Whether there is a derivative by the k-th argument: not by an order, nor by a power of a negative base."""
    by_order = row.partials[k] is None and any(rule is not None for rule in itertools.islice(row.partials, len(xs)))
    return not by_order and not (row.name == "pow" and k == 1 and xs[0] < 0)


def judgements(m: Any, row: Primitive, points: list[tuple[float, ...]]) -> Iterator[tuple[int, Any, Any, Any]]:
    """For the value (k = -1) and each partial at each point: k, the point, what is computed, what is true."""
    for point in points:
        xs = tuple(m.number(x) for x in point)
        y = getattr(m, row.name)(*xs)
        for k in range(len(xs)):
            if has_partial(row, k, point):
                value, slope = true_value_and_slope(row, k, point)
                if k == 0 or not has_partial(row, 0, point):
                    yield -1, point, y, value
                yield k, point, partial_of(m, row, k, y, xs), slope


def true_value_and_slope(row: Primitive, k: int, xs: tuple[float, ...]) -> tuple[Any, Any]:
    """The witness's value and derivative; None for a derivative that is infinite, as asin's at 1."""
    along = witness.units(len(xs), k)
    try:
        found = witness.taylor(row.name, xs, along)
    except witness.UnresolvedError:
        return witness.taylor(row.name, xs, along, 0).value, None
    return found.value, found.slope


def misses(row: Primitive, points: list[tuple[float, ...]]) -> list[str]:
    """Every value and partial of the row in doubles that is further from the truth than it may be."""
    found = []
    for k, xs, got, truth in judgements(FLOATS, row, points):
        bound, scale = allowed(row, k, xs)
        error = witness.ulps(got, truth, scale)
        if not error <= bound:
            found.append(complaint(row, k, xs, f"is {got!r}, {error:.3g} ulp", truth))
    return found


def complaint(row: Primitive, k: int, xs: tuple[float, ...], what: str, truth: Any) -> str:
    name = "value" if k < 0 else f"partial {k}"
    return f"{row.name}{xs}: {name} {what} from {'infinite' if truth is None else truth.str(20)}"


# -- the tests of the witness and of these tests


@by_row
def test_the_witness_knows_every_row(row: Primitive) -> None:
    """A new row needs a reference; the message says where."""
    assert row.name in witness.FUNCTIONS, str(witness.UnknownRowError(row.name))


def test_an_unknown_row_is_named() -> None:
    with pytest.raises(witness.UnknownRowError, match="no reference for the row 'sine'"):
        witness.taylor("sine", (1.0,), [1])


def test_allowances_are_for_rows_that_exist() -> None:
    assert set(ALLOWANCES) <= {row.name for row in ROWS}


WRONG = {
    "a sign": ("cos", lambda _m, y, x: FLOATS.sin(x)),
    "a factor": ("sin", lambda _m, y, x: 2 * FLOATS.cos(x)),
    "the argument for the value": ("exp", lambda _m, y, x: x),
    "a cancelling form": ("tanh", lambda _m, y, x: 1 - y * y),
    "a zero": ("sqrt", None),
}


@pytest.mark.parametrize("planted", WRONG)
def test_a_wrong_rule_is_noticed(planted: str) -> None:
    """The comparison can fail: five planted defects, each seen; and the true rows pass."""
    name, rule = WRONG[planted]
    points = sample_points(TABLE[name], 40) + wild_points(TABLE[name])
    row = TABLE[name]
    assert misses(Primitive(row.name, row.arity, row.value, (rule,), row.domain, row.kink, row.sample), points)
    assert misses(row, points) == []


def test_a_wrong_value_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A verb that is 1e-14 off shows in the value."""
    monkeypatch.setattr(type(FLOATS), "sin", staticmethod(lambda x: math.sin(x) * (1 + 1e-14)))
    assert misses(TABLE["sin"], sample_points(TABLE["sin"], 5))


# -- exactness


@by_row
def test_value_and_partials_in_doubles_on_the_sample_range(row: Primitive) -> None:
    """A few ulp at two hundred points."""
    assert misses(row, sample_points(row, 200)) == []


@by_row
def test_value_and_partials_in_doubles_at_the_ends_of_the_world(row: Primitive) -> None:
    """A few ulp near zero, near every edge, and at huge arguments; overflow only where the truth does."""
    points = wild_points(row)
    assert len(points) >= 40
    assert misses(row, points) == []


@by_row
def test_value_and_partials_to_50_digits(row: Primitive) -> None:
    """The same rows over mpmath are right to 48 digits."""
    m = make_context(50)
    points = sample_points(row, 8) + [xs for xs in wild_points(row) if len(xs) < 9][::10]
    found = [
        complaint(row, k, xs, f"is {got}, far", truth)
        for k, xs, got, truth in judgements(m, row, points)
        if not witness.relative(got, truth) <= 1e-48
    ]
    assert found == []


def test_repaired_forms_hold_at_a_thousand_digits() -> None:
    """What guards doubles from overflow must be an equal formula, not a limit: mpmath can see the difference."""
    m = make_context(1000)
    with m.mp.workdps(2400):
        x = m.mp.mpf(10) ** 151
        true = {
            "atan": 1 / (1 + x * x), "asinh": 1 / m.mp.sqrt(1 + x * x), "acosh": 1 / m.mp.sqrt(x * x - 1),
            "asec": 1 / (x * m.mp.sqrt(x * x - 1)), "acoth": 1 / (1 - x * x),
        }  # fmt: skip
        tiny = m.mp.mpf(10) ** -301
        acsch = m.mp.asinh(1 / tiny)
    for name, expected in true.items():
        got = partial_of(m, TABLE[name], 0, None, (x,))
        assert abs(got / expected - 1) < m.mp.mpf(10) ** -1000, name
    assert abs(m.acsch(tiny) / acsch - 1) < m.mp.mpf(10) ** -1000


# -- rows as expressions

SYMBOLS = {"add": "{} + {}", "sub": "{} - {}", "mul": "{}*{}", "div": "{}/{}", "pow": "{}^{}", "neg": "-{}"}


def expression(row: Primitive, xs: tuple[float, ...], name: str = "") -> tuple[str, list[int]]:
    """The row as text, and which arguments are variables; an order is written as a number."""
    moving = [k for k in range(len(xs)) if has_partial(row, k, (1.0,) * len(xs))]
    words = [f"x{k + 1}" if k in moving else f"{x:g}" for k, x in enumerate(xs)]
    if row.name in SYMBOLS:
        return SYMBOLS[row.name].format(*words), moving
    return f"{name or row.name}({', '.join(words)})", moving


@cache
def function(text: str) -> adcli.Function:
    return adcli.parse(text)


def at(xs: tuple[float, ...], moving: list[int]) -> dict[str, float]:
    return {f"x{k + 1}": xs[k] for k in moving}


@by_row
@pytest.mark.parametrize("backend", EXACT_BACKENDS)
def test_exact_backends_agree_with_the_witness(row: Primitive, backend: str) -> None:
    """The Jacobian of the row as an expression is right to 1e-13."""
    for xs in sample_points(row, 4):
        text, moving = expression(row, xs)
        got = function(text).jacobian(at(xs, moving), backend=backend)
        assert got.differentiable is True
        for entry, k in zip(got.jacobian[0], moving, strict=True):
            truth = witness.taylor(row.name, xs, witness.units(len(xs), k))
            assert witness.relative(entry, truth.slope) <= 1e-13, (text, xs, k)
            assert witness.relative(got.value[0], truth.value) <= 1e-13, (text, xs)


@by_row
def test_finite_differences_stay_within_their_own_error(row: Primitive) -> None:
    """The estimate covers the error, and is small."""
    for xs in sample_points(row, 4):
        text, moving = expression(row, xs)
        got = function(text).jacobian(at(xs, moving), backend="fd")
        for entry, error, k in zip(got.jacobian[0], got.error[0], moving, strict=True):
            truth = float(witness.taylor(row.name, xs, witness.units(len(xs), k)).slope)
            assert abs(entry - truth) <= error, (text, xs, k)
            if row.kink is None:  # a step across a kink cannot be small
                assert error <= 1e-6 * max(1.0, abs(truth)), (text, xs, k)


@by_row
@pytest.mark.parametrize("backend", ["forward", "symbolic"])
def test_second_derivatives(row: Primitive, backend: str) -> None:
    """The Hessian is right to 1e-10: the derivative rules are themselves differentiated."""
    for xs in sample_points(row, 3):
        text, moving = expression(row, xs)
        got = function(text).hessian(at(xs, moving), backend=backend).hessian
        true = witness.hessian(row.name, xs)
        size = max(abs(float(true[i][j])) for i in moving for j in moving)
        for a, i in enumerate(moving):
            for b, j in enumerate(moving):
                assert got[a][b] == pytest.approx(float(true[i][j]), rel=1e-10, abs=1e-10 * size), (text, xs, i, j)


@by_row
def test_rows_print_and_read_back(row: Primitive) -> None:
    """The canonical text of a row reads as the same function."""
    xs = sample_points(row, 1)[0]
    text, moving = expression(row, xs)
    canonical = function(text).expression
    assert canonical == adcli.parse(canonical).expression
    assert function(text).eval(at(xs, moving)).value == adcli.parse(canonical).eval(at(xs, moving)).value


@by_row
def test_aliases_are_the_same_function(row: Primitive) -> None:
    """Each alias gives the same value and derivative, and prints as the row's own name."""
    xs = sample_points(row, 1)[0]
    text, moving = expression(row, xs)
    expected = function(text).jacobian(at(xs, moving))
    for alias in row.aliases:
        got = function(expression(row, xs, alias)[0]).jacobian(at(xs, moving))
        assert expected.to_dict() == got.to_dict()


@pytest.mark.parametrize(("name", "count"), OVERLOADS)
def test_overloads(name: str, count: int) -> None:
    """log(x, base) is the row logb."""
    assert (count, OVERLOADS[name, count]) == (2, "logb")
    r = adcli.parse(f"{name}(x, b)").jacobian(x=8, b=2)
    assert r.value == pytest.approx([3.0])
    assert r.jacobian[0] == pytest.approx([-3 / (2 * math.log(2)), 1 / (8 * math.log(2))])  # columns b, x


# -- domains

COARSE = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)


def grid(row: Primitive, *, inside: bool) -> list[tuple[float, ...]]:
    """Points of a coarse grid where the row says that it is defined, or undefined."""
    points = itertools.product(COARSE, repeat=len(row.sample))
    return [xs for xs in points if (row.domain is None or bool(row.domain.contains(FLOATS, *xs))) == inside]


@by_row
def test_sample_points_lie_in_the_domain(row: Primitive) -> None:
    """The corners of the sample range are defined, and a NaN is nobody's domain error."""
    if row.domain is not None:
        corners = list(itertools.product(*row.sample))
        assert [True] * len(corners) == [bool(row.domain.contains(FLOATS, *xs)) for xs in corners]


with_domain = pytest.mark.parametrize("row", [row for row in ROWS if row.domain], ids=lambda row: row.name)


@with_domain
def test_outside_the_domain_is_a_domain_error(row: Primitive) -> None:
    """Every point of a grid that the domain excludes is refused with exit code 5, naming what is needed."""
    points = grid(row, inside=False)
    assert points, f"the grid has no point outside the domain of {row.name}"
    for xs in points:
        text, moving = expression(row, xs)
        for refused in (function(text).eval, function(text).jacobian):
            with pytest.raises(DomainError) as caught:
                refused(at(xs, moving))
            assert (caught.value.exit_code, caught.value.code) == (5, "undefined")
            needed = re.sub(r"\bx\b", "x1", row.domain.text) if row.arity == 1 else row.domain.text
            assert needed in caught.value.message


@by_row
def test_inside_the_domain_the_value_is_a_number(row: Primitive) -> None:
    """Where the domain says defined, no context gives a NaN: the domain is not too wide."""
    for m in (FLOATS, make_context(30)):
        for xs in grid(row, inside=True):
            assert not m.is_nan(getattr(m, row.name)(*[m.number(x) for x in xs])), (m.name, xs)


NUMBERS_BY_CONVENTION = {
    "atan2": "C gives 0 at the origin",
    "logb": "log(x, 0) is log(x)/-inf = 0",
}


@with_domain
def test_outside_the_domain_the_value_is_no_number(row: Primitive) -> None:
    """Where the domain says undefined, no context gives a finite value: the domain is not too narrow."""
    found = [
        (m.name, xs)
        for m in (FLOATS, make_context(30))
        for xs in grid(row, inside=False)
        if m.is_finite(getattr(m, row.name)(*[m.number(x) for x in xs]))
    ]
    assert bool(found) == (row.name in NUMBERS_BY_CONVENTION), found


# -- kinks and jumps


class KinkCase(NamedTuple):
    """A point at a kink, the entries there by one convention, and left and right where they differ (None: a jump)."""

    xs: tuple[float, ...]
    entries: list[float]
    sides: dict[str, tuple[float, float]] | None = None


KINKS = {
    "abs": [KinkCase((0.0,), [0.0], {"x1": (-1.0, 1.0)})],
    "relu": [KinkCase((0.0,), [0.0], {"x1": (0.0, 1.0)})],
    "max": [
        KinkCase((2.0, 2.0), [1.0, 0.0], {"x1": (0.0, 1.0), "x2": (0.0, 1.0)}),
        KinkCase((1.0, 2.0, 2.0), [0.0, 1.0, 0.0], {"x2": (0.0, 1.0), "x3": (0.0, 1.0)}),
    ],
    "min": [
        KinkCase((2.0, 2.0), [1.0, 0.0], {"x1": (1.0, 0.0), "x2": (1.0, 0.0)}),
        KinkCase((3.0, 2.0, 2.0), [0.0, 1.0, 0.0], {"x2": (1.0, 0.0), "x3": (1.0, 0.0)}),
    ],
    "hypot": [KinkCase((0.0, 0.0), [nan, nan], {"x1": (-1.0, 1.0), "x2": (-1.0, 1.0)})],
    "sign": [KinkCase((0.0,), [0.0])],
    "floor": [KinkCase((2.0,), [0.0]), KinkCase((-3.0,), [0.0])],
    "ceil": [KinkCase((2.0,), [0.0]), KinkCase((-3.0,), [0.0])],
    "acot": [KinkCase((0.0,), [-1.0])],
    "atan2": [KinkCase((0.0, -1.0), [-1.0, 0.0])],
}

with_kink = pytest.mark.parametrize("row", [row for row in ROWS if row.kink], ids=lambda row: row.name)


@with_kink
@pytest.mark.parametrize("backend", EXACT_BACKENDS[:3])
def test_kinks_and_jumps_are_reported(row: Primitive, backend: str) -> None:
    """At a kink: not differentiable, the convention's value, both one-sided derivatives, a warning."""
    assert row.name in KINKS, f"tests/test_primitives.py: KINKS has no case for '{row.name}'"
    for case in KINKS[row.name]:
        text, moving = expression(row, case.xs)
        got = function(text).jacobian(at(case.xs, moving), backend=backend)
        assert got.differentiable is False
        assert case.entries == pytest.approx(got.jacobian[0], nan_ok=True)
        code = "jump" if case.sides is None else "kink"
        assert code in [warning.code for warning in got.warnings]
        if case.sides is not None:
            assert case.sides == {side.column: (side.left, side.right) for side in got.one_sided}


@with_kink
def test_beside_its_kink_a_row_is_differentiable(row: Primitive) -> None:
    """The flag is of the point, not of the function."""
    for xs in sample_points(row, 3):
        text, moving = expression(row, xs)
        got = function(text).jacobian(at(xs, moving))
        assert (got.differentiable, got.one_sided, got.warnings) == (True, (), ())


@pytest.mark.parametrize("relation", ["<", "<=", ">", ">="])
def test_a_comparison_at_its_tie_is_a_kink(relation: str) -> None:
    """where(x < 0, 2x, 3x) at 0, whichever way it is written."""
    below, above = (2, 3) if relation[0] == "<" else (3, 2)
    text = f"where(x {relation} 0, {below}*x, {above}*x)"
    for backend in EXACT_BACKENDS[:3]:
        got = adcli.parse(text).jacobian(x=0, backend=backend)
        assert [(side.left, side.right) for side in got.one_sided] == [(2.0, 3.0)]
        assert got.differentiable is False


# -- special points


@pytest.mark.parametrize("backend", EXACT_BACKENDS[:3])
@pytest.mark.parametrize(
    ("text", "point", "value", "slopes"),
    [
        ("x^0", (0,), 1.0, [0.0]),
        ("x^1", (0,), 0.0, [1.0]),
        ("x^2", (0,), 0.0, [0.0]),
        ("x^3", (0,), 0.0, [0.0]),
        ("x^3", (-2,), -8.0, [12.0]),
        ("x^-2", (-2,), 0.25, [0.25]),
        ("x^3", (-8,), -512.0, [192.0]),
        ("(-8)^3 + 0*x", (1,), -512.0, [0.0]),
        ("x^0.5", (0,), 0.0, [inf]),
        ("x^(1/2)", (0,), 0.0, [inf]),
        ("x^y", (0, 2), 0.0, [0.0, 0.0]),
        ("x^y", (0, 1), 0.0, [1.0, 0.0]),
        ("x^y", (2, 0), 1.0, [0.0, math.log(2)]),
        ("2^x", (0,), 1.0, [math.log(2)]),
        ("0^x", (2,), 0.0, [0.0]),
        ("sqrt(x)", (0,), 0.0, [inf]),
        ("cbrt(x)", (0,), 0.0, [inf]),
        ("cbrt(x)", (-8,), -2.0, [1 / 12]),
        ("sinc(x)", (0,), 1.0, [0.0]),
        ("sphericalbesselj(1, x)", (0,), 0.0, [1 / 3]),
        ("sphericalbesselj(0, x)", (0,), 1.0, [0.0]),
        ("sphericalbesselj(0, x)", (2,), math.sin(2) / 2, [math.cos(2) / 2 - math.sin(2) / 4]),
        ("xlogy(x, y)", (0, 2), 0.0, [math.log(2), 0.0]),
        ("softplus(x)", (800,), 800.0, [1.0]),
        ("softplus(x)", (-800,), 0.0, [0.0]),
        ("sigmoid(x)", (800,), 1.0, [0.0]),
        ("sigmoid(x)", (-800,), 0.0, [0.0]),
        ("sigmoid(x)", (40,), 1.0, [4.248354255291589e-18]),
        ("tanh(x)", (20,), 1.0, [1.6993417021166355e-17]),
        ("tanh(x)", (-20,), -1.0, [1.6993417021166355e-17]),
        ("tanh(x)", (800,), 1.0, [0.0]),
        ("logsumexp(x, y)", (800, -800), 800.0, [1.0, 0.0]),
        ("logsumexp(x, y)", (0, -40), 4.248354255291589e-18, [1.0, 4.248354255291589e-18]),
        ("acot(x)", (-0.5,), -math.atan(2), [-0.8]),
        ("asec(x)", (-2,), 2 * math.pi / 3, [1 / (2 * math.sqrt(3))]),
        ("hypot(x, y)", (3e200, 4e200), 5e200, [0.6, 0.8]),
    ],
)
def test_special_points(text: str, point: tuple[float, ...], value: float, slopes: list[float], backend: str) -> None:
    """Where naive rules divide by zero, overflow or cancel."""
    got = adcli.parse(text).jacobian(list(point), backend=backend)
    assert value == pytest.approx(got.value[0], rel=1e-14, abs=0)
    assert slopes == pytest.approx(got.jacobian[0], rel=1e-14, abs=0)


@pytest.mark.parametrize("backend", ["forward", "reverse"])
@pytest.mark.parametrize(
    ("text", "point", "value", "slopes"),
    [
        ("logsumexp(x, y)", (-800, -800), -800 + math.log(2), [0.5, 0.5]),
        ("logsumexp(x, y)", (1e300, 1e300), 1e300, [0.5, 0.5]),
        ("atan2(y, x)", (-3e-200, 4e-200), math.atan2(4, -3), [-4 / 25e-200, -3 / 25e-200]),
        ("acosh(x)", (1e200,), 461.2101657793691, [1e-200]),
        ("acsc(x)", (-1e200,), -1e-200, [0.0]),
        ("atan(x)", (1e160,), math.pi / 2, [1e-320]),
        ("asinh(x)", (-1e200,), -461.2101657793691, [1e-200]),
    ],
)
def test_extreme_points(
    text: str,
    point: tuple[float, ...],
    value: float,
    slopes: list[float],
    backend: str,
) -> None:
    """Where the rules have a repaired form; the symbolic derivative is the form to read, and overflows here."""
    got = adcli.parse(text).jacobian(list(point), backend=backend)
    assert value == pytest.approx(got.value[0], rel=1e-14, abs=0)
    assert slopes == pytest.approx(got.jacobian[0], rel=1e-14, abs=5e-324)


@pytest.mark.parametrize("text", ["sqrt(x)", "x^0.5", "cbrt(x)"])
@pytest.mark.parametrize("backend", EXACT_BACKENDS[:3])
def test_a_vertical_slope_is_said(text: str, backend: str) -> None:
    """The derivative at 0 is infinite: reported as not differentiable, with a warning."""
    got = adcli.parse(text).jacobian(x=0, backend=backend)
    assert ([[inf]], False) == (got.jacobian, got.differentiable)
    assert [warning.code for warning in got.warnings] == ["not-finite"]


@pytest.mark.parametrize(
    ("text", "point"),
    [("x^-1", [0]), ("x^y", [0, -1]), ("x^y", [-8, 0.5]), ("(-8)^(1/3) + x", [0]), ("log(x)", [0]), ("x/y", [1, 0])],
)
def test_special_points_outside_the_domain(text: str, point: list[float]) -> None:
    with pytest.raises(DomainError):
        adcli.parse(text).jacobian(point)


@pytest.mark.parametrize("backend", EXACT_BACKENDS[:3])
def test_a_negative_base_has_no_derivative_by_its_exponent(backend: str) -> None:
    """(-8)^y is defined at y = 3 and nowhere near it: the entry is NaN and said to be; by x it is a number."""
    got = adcli.parse("x^y").jacobian([-8, 3], backend=backend)
    assert got.value == [-512.0]
    assert got.jacobian[0] == pytest.approx([192.0, nan], nan_ok=True)
    assert got.differentiable is False


UNTAKEN = [
    ("where(x > 0, log(x), x^2)", -3.0, -6.0, 2.0),
    ("where(x > 0, sqrt(x), x^3)", -2.0, 12.0, -12.0),
    ("piecewise(x < 0, -x, x < 1, x^2, log(x - 1))", 0.5, 1.0, 2.0),
    ("where(x < 1, asin(x), x)*where(x < 1, 1, log(-x))", 0.5, 1 / math.sqrt(0.75), 0.5 / 0.75**1.5),
]


@pytest.mark.parametrize(("text", "x", "slope", "curvature"), UNTAKEN)
@pytest.mark.parametrize("backend", [*EXACT_BACKENDS[:3], "fd"])
def test_an_untaken_branch_is_silent(text: str, x: float, slope: float, curvature: float, backend: str) -> None:
    """An undefined branch that was not taken does not show, in first and second derivatives."""
    f = adcli.parse(text)
    near = {"rel": 1e-12, "abs": 1e-12} if backend != "fd" else {"rel": 1e-3, "abs": 1e-3}
    assert slope == pytest.approx(f.jacobian(x=x, backend=backend).jacobian[0][0], **near)
    assert curvature == pytest.approx(f.hessian(x=x, backend=backend).hessian[0][0], **near)


@pytest.mark.parametrize("backend", EXACT_BACKENDS[:3])
def test_a_hole_filled_by_where(backend: str) -> None:
    """sin(x)/x with its hole filled: the branch taken is constant, and nobody claims that this is the derivative."""
    got = adcli.parse("where(x == 0, 1, sin(x)/x)").jacobian(x=0, backend=backend)
    assert (got.value, got.jacobian) == ([1.0], [[0.0]])
    assert got.differentiable is not True
