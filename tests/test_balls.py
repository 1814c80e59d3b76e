"""Ball arithmetic: every operation encloses the truth, and what can be known exactly is."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import flint
import mpmath
import pytest
import witness
from flint import arb, fmpq

from adcli.contexts import Literal
from adcli.contexts.balls import BallContext
from adcli.contexts.enclosures import UNSURE, Enclosure, UndecidedError, hull, raised
from adcli.contexts.rationals import rational_root
from adcli.primitives import TABLE, Primitive
from adcli.primitives.rows import Library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

inf, nan = math.inf, math.nan
NUMERIC = [row for row in TABLE.values() if not row.boolean and row.name != "where"]
SMOOTH = [row for row in NUMERIC if row.name not in ("divisor", "pivot")]
NASTY = [0.0, 5e-324, 1e-308, 1e-160, 0.1, 0.5, math.nextafter(1, 0), 1.0, math.nextafter(1, 2), 1.5, 2.0, 3.0, 709.9,
         1e16, 1e155, 1.7976931348623157e308, inf]  # fmt: skip
NASTY += [-x for x in NASTY] + [nan]
by_row = pytest.mark.parametrize("row", NUMERIC, ids=lambda row: row.name)


def value(row: Primitive, m: BallContext, *xs: Any) -> Any:
    return getattr(m, row.name)(*xs)


def points(row: Primitive, count: int = 9) -> Iterator[tuple[float, ...]]:
    """Points inside the sample range of a row, and tiny and huge ones where it has the whole line."""
    ranges = row.sample * (abs(row.arity) // len(row.sample))
    for k in range(count):
        yield tuple(low + (high - low) * ((0.382 * k + 0.21 * j) % 1.0) for j, (low, high) in enumerate(ranges))
    if row.domain is None and abs(row.arity) == 1:
        yield from ((1e-200,), (-1e-9,), (0.9999999999999999,), (40.0,), (-700.0,), (12345.678,))


# -- rigor


@pytest.mark.parametrize("row", SMOOTH, ids=lambda row: row.name)
@pytest.mark.parametrize("bits", [53, 128])
def test_every_row_encloses_its_reference(row: Primitive, bits: int) -> None:
    """The witness has closed forms of its own; a ball at low precision contains its value, and is not wide."""
    if row.kink is not None and row.kink.directional is None and row.name not in ("atan2", "mod", "acot"):
        pytest.skip("a step function has no series")
    compared = 0
    for xs in points(row):
        reference = _reference(row, xs)
        if reference is None:
            continue
        with BallContext(bits) as m:
            found = value(row, m, *[m.number(x) for x in xs])
            assert found.ball.overlaps(reference), (xs, found, reference)
            sharp = found.ball.rel_accuracy_bits() > bits // 3 or float(found.ball.rad()) < 2.0 ** (24 - bits)
            assert found.rational is not None or sharp, (xs, found)
        compared += 1
    assert compared > 0 or row.name not in witness.FUNCTIONS


def orders(row: Primitive) -> list[bool]:
    """For each argument, whether it is an order, which does not move."""
    return [low == high for low, high in row.sample * (abs(row.arity) // len(row.sample))]


def _reference(row: Primitive, xs: tuple[float, ...]) -> Any:
    """The witness's value; None where it has none."""
    for order in (1, 0):
        try:
            return witness.taylor(row.name, xs, [int(not fixed) for fixed in orders(row)], order).value
        except (witness.UnresolvedError, witness.UnknownRowError):
            continue
    return None


@by_row
def test_partial_derivatives_are_the_same_at_every_precision(row: Primitive) -> None:
    """A ball at 64 bits and one at 600 enclose the same number, so they overlap."""
    for xs in points(row):
        found = []
        for bits in (64, 600):
            with BallContext(bits) as m:
                numbers = [m.number(x) for x in xs]
                y = value(row, m, *numbers)
                found.append([_partial(row, m, k, y, numbers) for k in range(len(numbers))])
        for rough, fine in zip(*found, strict=True):
            if rough.is_finite and fine.is_finite:
                assert rough.ball.overlaps(fine.ball), (row.name, xs, rough, fine)


def _partial(row: Primitive, m: BallContext, k: int, y: Any, xs: list[Enclosure]) -> Enclosure:
    rule = row.together(m, y, xs)[k] if row.together is not None else row.partials[k]
    try:
        found = rule(m, y, *xs) if callable(rule) else rule
    except Exception as error:  # a partial that has no rule says so
        if getattr(error, "code", "") != "no-derivative":
            raise
        found = 0
    return m.lift(0 if found is None else found)


@by_row
@pytest.mark.parametrize("radius", [1e-12, 0.03, 0.7])
def test_a_wide_ball_contains_the_values_at_its_points(row: Primitive, radius: float) -> None:
    """Balls that straddle kinks, zeros and edges of the domain included: what is finite is an enclosure."""
    finite = 0
    fixed = orders(row)
    middles = [xs for xs in points(row, 5) if max(map(abs, xs)) < 100]
    middles += list(itertools.product([0.0, 1.0, -1.0, 0.5, 2.0], repeat=abs(row.arity)))
    for middle in middles:
        with BallContext(80) as m:
            balls = [Enclosure(m, None, arb(x, radius)) for x in middle]
            wide = [m.number(x) if order else ball for x, ball, order in zip(middle, balls, fixed, strict=True)]
            found = value(row, m, *wide)
        if not found.is_finite:
            continue
        finite += 1
        for share in (-0.99, -0.4, 0.0, 0.31, 0.97):
            with BallContext(300) as m:
                shifts = [Fraction(0 if order else share * radius) for order in fixed]
                inside = value(row, m, *[m.number(Fraction(x) + d) for x, d in zip(middle, shifts, strict=True)])
                if inside.is_finite:
                    assert found.ball.contains(inside.ball) or found.ball.overlaps(inside.ball), (middle, share)
                    assert float(abs(inside.ball - found.ball.mid())) <= float(found.ball.rad()) * 1.0000001 + 1e-60
    assert finite > 0 or radius > 0.5


@by_row
@pytest.mark.usefixtures("untraced")
def test_no_row_raises_wherever_it_is_asked(row: Primitive) -> None:
    """Infinities, NaN, unknown and huge numbers included; and where a double context has a number, it is near."""
    with BallContext(64) as m:
        numbers = [m.number(x) for x in NASTY] + [m.unknown, m.undefined, Enclosure(m, None, arb(0, 1))]
        for xs in itertools.product(numbers, repeat=abs(row.arity)):
            y = value(row, m, *xs)
            assert isinstance(y, Enclosure)
            for k in range(len(xs)):
                assert isinstance(_partial(row, m, k, y, list(xs)), Enclosure)


# -- what is exact


@pytest.mark.parametrize(
    ("verb", "arguments", "expected"),
    [
        ("sqrt", ("4/9",), "2/3"),
        ("cbrt", ("-27/8",), "-3/2"),
        ("pow", ("8", "-2/3"), "1/4"),
        ("pow", ("-2", "3"), "-8"),
        ("pow", ("-2", "-3"), "-1/8"),
        ("pow", ("0", "0"), "1"),
        ("pow", ("0", "1/2"), "0"),
        ("pow_dx", ("0", "1", "0"), "1"),
        ("pow_dx", ("0", "2", "0"), "0"),
        ("pow_dx", ("0", "0", "1"), "0"),
        ("log2", ("1/1024",), "-10"),
        ("log10", ("1000",), "3"),
        ("log", ("1",), "0"),
        ("exp", ("0",), "1"),
        ("cosh", ("0",), "1"),
        ("atan2", ("0", "3"), "0"),
        ("sinpi", ("1/6",), "1/2"),
        ("cospi", ("100000000000000000000",), "1"),
        ("floor", ("-7/2",), "-4"),
        ("ceil", ("-7/2",), "-3"),
        ("mod", ("-7/10", "3/10"), "1/5"),
        ("hypot", ("3", "4"), "5"),
        ("max", ("1/3", "1/2", "2/5"), "1/2"),
        ("min", ("1/3", "1/2", "2/5"), "1/3"),
        ("abs", ("-1/3",), "1/3"),
        ("sign", ("-1/3",), "-1"),
        ("sphericalbesselj", ("0", "0"), "1"),
        ("sphericalbesselj", ("3", "0"), "0"),
        ("relu", ("-1/10",), "0"),
        ("sigmoid", ("0",), "1/2"),
        ("xlogy", ("0", "5"), "0"),
        ("logsumexp", ("7",), "7"),
        ("div", ("0", "7"), "0"),
    ],
)
def test_rationals_stay_rationals(verb: str, arguments: tuple[str, ...], expected: str) -> None:
    with BallContext(128) as m:
        found = getattr(m, verb)(*[m.number(Fraction(x)) for x in arguments])
        assert found.rational is not None, found
        assert Fraction(expected) == Fraction(int(found.rational.p), int(found.rational.q))


def test_decimals_are_exact_and_floats_are_the_doubles_that_they_are() -> None:
    with BallContext(128) as m:
        assert m.number(Literal.read("0.1")).rational == fmpq(1, 10)
        assert m.number(0.1).rational == fmpq(*(0.1).as_integer_ratio())
        assert m.number(mpmath.mpf("0.1")).rational == fmpq(*(0.1).as_integer_ratio())
        assert m.number(Fraction(1, 3)).rational == fmpq(1, 3)
        assert [1, -1, 0] == [m.number(x).infinity for x in (inf, -inf, nan)]
        assert m.number("pi") is m.number("pi")
        assert float(m.number(Literal.read("1e-5000")).ball) == 0.0
        assert m.number(Literal.read("1e-5000")) > 0


def test_what_grows_too_large_becomes_a_ball() -> None:
    with BallContext(128) as m:
        x = m.number(Fraction(3, 7))
        for _ in range(14):
            x = x * x
        assert x.rational is None
        assert x.ball.overlaps(arb(3) ** 2**14 / arb(7) ** 2**14)


def test_a_number_less_itself_is_0_and_over_itself_1() -> None:
    with BallContext(128) as m:
        root = m.sqrt(2)
        assert (root - root).rational == 0
        assert m.div(root, root).rational == 1
        assert (0 * root).rational == 0
        assert m.is_nan(0 * m.unknown)


@pytest.mark.parametrize("degree", [2, 3, 5, 7])
@pytest.mark.parametrize("n", [0, 1, 2, 10, 12345678901234567890])
def test_roots_of_powers_are_found_and_of_others_are_not(n: int, degree: int) -> None:
    assert fmpq(n, 3) == rational_root(fmpq(n, 3) ** degree, degree)
    if n > 1:
        assert rational_root(fmpq(n) ** degree + 1, degree) is None


@pytest.mark.parametrize("power", [-3, -2, -1, 0, 1, 2, 3, 4, 7])
@pytest.mark.parametrize(("middle", "radius"), [(0.0, 0.5), (0.3, 0.5), (-0.3, 0.5), (2.0, 0.5), (-2.0, 0.5)])
def test_whole_powers_of_balls_contain_the_powers(power: int, middle: float, radius: float) -> None:
    found = raised(arb(middle, radius), power)
    for share in (-1.0, -0.5, 0.0, 0.6, 1.0):
        x = middle + share * radius
        if found.is_finite():
            assert found.contains(arb(x) ** power if x else arb(0) ** power), x
    assert found.is_finite() == (power >= 0 or abs(middle) > radius)


# -- truth values


def test_overlapping_numbers_are_not_compared() -> None:
    with BallContext(128) as m:
        x, y = m.sqrt(2), m.exp(m.log(m.sqrt(2)))
        for relation in (x < y, x <= y, x > y, x >= y, x == y, x != y):
            assert relation is UNSURE
        with pytest.raises(UndecidedError):
            bool(x < y)
        assert (x < 1.5) is True
        assert (x == 1.5) is False
        assert (x == x) is True
        assert (x < x) is False
        assert (m.unknown == m.unknown) is UNSURE


@pytest.mark.parametrize(("a", "b"), list(itertools.product([True, False, UNSURE], repeat=2)))
def test_truth_has_three_values(a: Any, b: Any) -> None:
    with BallContext(64) as m:
        values = [[x for x in (True, False) if t is UNSURE or x is t] for t in (a, b)]
        either = {x or y for x in values[0] for y in values[1]}
        both = {x and y for x in values[0] for y in values[1]}
        assert (either.pop() if len(either) == 1 else UNSURE) is m.or_(a, b)
        assert (both.pop() if len(both) == 1 else UNSURE) is m.and_(a, b)
        assert (UNSURE if a is UNSURE else not a) is m.not_(a)


def test_an_undecided_branch_gives_the_hull_of_both() -> None:
    with BallContext(64) as m:
        both = m.where(UNSURE, 1, 2)
        assert both.contains(1)
        assert both.contains(2)
        assert not both.contains(3)
        assert not m.where(UNSURE, 1, m.undefined).is_finite
        assert m.where(True, 1, m.undefined).rational == 1
        slope = m.when(UNSURE, 3)
        assert slope is not None
        assert slope.contains(0)
        assert slope.contains(3)
        assert m.when(False, 3) is None
        assert hull(m.sqrt(4), m.number(2)).rational == 2


def test_a_repaired_form_is_taken_only_where_it_is_meant() -> None:
    with BallContext(64) as m:
        assert m.stable(1, False, 2).rational == 1
        assert m.stable(m.undefined, False, 2).rational == 2
        assert not m.stable(m.unknown, True, 2).is_finite
        assert not m.stable(m.unknown, UNSURE, 2).is_finite


def test_whichever_row_an_elimination_takes_is_right() -> None:
    with BallContext(64) as m:
        near = m.exp(m.log(m.sqrt(2)))
        assert isinstance(m.outweighs(m.sqrt(2), near), bool)
        assert m.outweighs(-3, 2) is True


# -- infinities and NaN


@pytest.mark.parametrize(
    ("verb", "arguments", "expected"),
    [
        ("div", (1, 0), inf), ("div", (-1, 0), -inf), ("div", (1, inf), 0.0), ("exp", (inf,), inf),
        ("exp", (-inf,), 0.0),
        ("log", (0,), -inf), ("log", (inf,), inf), ("log1p", (-1,), -inf), ("atanh", (1,), inf),
        ("tanh", (-inf,), -1.0),
        ("pow", (0, -1), inf), ("pow", (2, inf), inf), ("pow", (0.5, inf), 0.0), ("pow", (inf, -1), 0.0),
        ("hypot", (inf, nan), inf), ("logsumexp", (-inf, -inf), -inf), ("logsumexp", (1, -inf), 1.0),
        ("csch", (inf,), 0.0),
        ("mod", (1, inf), 1.0), ("sphericalbesselj", (1, inf), 0.0), ("sech", (-inf,), 0.0), ("floor", (-inf,), -inf),
        ("max", (1, inf), inf), ("softplus", (inf,), inf), ("sigmoid", (-inf,), 0.0), ("cbrt", (-inf,), -inf),
    ],
)  # fmt: skip
def test_infinities_are_where_ieee_arithmetic_has_them(
    verb: str, arguments: tuple[float, ...], expected: float
) -> None:
    with BallContext(64) as m:
        found = getattr(m, verb)(*[m.number(x) for x in arguments])
        assert expected == (found.infinity * inf if found.infinity else float(found))


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [("log", (-1,)), ("sqrt", (-1,)), ("asin", (2,)), ("acosh", (0.5,)), ("atanh", (2,)), ("sin", (inf,)),
     ("div", (0, 0)),
     ("pow", (-8, 0.5)), ("atan2", (0, 0)), ("mod", (1, 0)), ("sphericalbesselj", (-1, 1))],
)  # fmt: skip
def test_what_is_undefined_for_certain_is_so_at_every_precision(verb: str, arguments: tuple[float, ...]) -> None:
    with BallContext(64) as m:
        assert getattr(m, verb)(*[m.number(x) for x in arguments]).undefined


def test_a_ball_across_the_edge_of_a_domain_is_unknown_and_not_undefined() -> None:
    with BallContext(64) as m:
        edge = Enclosure(m, None, arb(0, 1e-9))
        for verb in (m.log, m.sqrt, lambda x: m.asin(x + 1), lambda x: m.pow(x, 0.5), lambda x: m.div(1, x)):
            found = verb(edge)
            assert not found.is_finite
            assert not found.undefined


# -- libraries


def _source(ball: Callable[..., Any] | None, limit: Callable[..., Any] | None = None) -> Library:
    return Library("erf", ball, limit=limit)


def test_a_library_function_that_fails_is_unknown() -> None:
    def fails(x: Any) -> Any:
        raise ValueError(x)

    with BallContext(64) as m:
        assert m.library(_source(lambda x: x.erf()), 1).ball.overlaps(arb(1).erf())
        for source in (_source(None), _source(fails), _source(lambda x: arb.nan())):
            assert not m.library(source, 1).is_finite
            assert not m.library(source, 1).undefined
        assert m.library(_source(None), m.number(inf)).undefined
        assert m.library(_source(None, lambda m, x: m.sign(x)), m.number(-inf)).rational == -1
        assert not m.library(_source(lambda x: x.erf()), m.unknown).is_finite


# -- precision


def test_the_precision_of_flint_is_put_back() -> None:
    before = flint.ctx.prec
    with BallContext(777):
        assert flint.ctx.prec == 777
        with BallContext(99):
            assert flint.ctx.prec == 99
        assert flint.ctx.prec == 777
    assert flint.ctx.prec == before
    with pytest.raises(ZeroDivisionError), BallContext(777):
        _ = 1 // 0
    assert flint.ctx.prec == before


def test_rough_balls_keep_what_doubles_hold_and_nothing_else() -> None:
    with BallContext(53, rough=True) as m:
        assert m.number(0.1).rational is not None
        assert m.number(Literal.read("0.1")).rational is None
        assert m.div(1, 3).rational is None
        assert (m.number(0.1) * 2).rational is not None
        assert (m.number(0.1) * 3).rational is None
        assert (m.number(2.0**53) + 1).rational is None
        assert m.number(3.0 * 2.0**200).rational is not None
