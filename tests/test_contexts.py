"""The number contexts: floats that never raise, decimals that stay exact, mpmath that is real and bounded."""

from __future__ import annotations

import itertools
import math
import random
import time
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import mpmath
import pytest

from adcli.contexts import Literal, make_context
from adcli.errors import LimitError, UsageError
from adcli.primitives import TABLE, Library, Primitive, Refusal
from adcli.results.base import number_text, short_text

if TYPE_CHECKING:
    from collections.abc import Iterator

inf, nan = math.inf, math.nan
FLOATS = make_context()
FIFTY = make_context(50)
REFERENCE = mpmath.MPContext()
REFERENCE.dps = 80

LEAST, LARGEST = 5e-324, 1.7976931348623157e308
NASTY = [
    inf, nan, 0.0, LEAST, 1e-308, 1e-160, 0.1, 0.5, 1.0, math.nextafter(1.0, 0), math.nextafter(1.0, 2), 1.5, 2.0, 3.0,
    400.0, 709.9, 745.2, 1024.0, 1e16, 2.0**53 + 2, 1e155, 1e308, LARGEST,
]  # fmt: skip
NASTY += [-x for x in NASTY if not math.isnan(x)]
NUMERIC = [row for row in TABLE.values() if row.name not in ("where", "and_", "or_", "not_")]

by_row = pytest.mark.parametrize("row", NUMERIC, ids=lambda row: row.name)


def nasty(row: Primitive, step: int = 1) -> list[tuple[float, ...]]:
    """Combinations of nasty arguments; of functions that libraries compute, which takes longer, some."""
    points = list(itertools.product(NASTY[::step], repeat=len(row.parameters)))
    rng = random.Random(row.name)  # noqa: S311  # points, not secrets
    return rng.sample(points, min(len(points), 100 // step)) if isinstance(row.value, Library) else points


def same(a: Any, b: Any) -> bool:
    """Whether two doubles are the same, NaN and the sign of zero included."""
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return (a, math.copysign(1, a)) == (b, math.copysign(1, b))


def everywhere(m: Any, row: Primitive) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The row's value and all its partials at every combination of nasty arguments.

    Where a library refuses an order or a parameter that is too large, there is none.
    """
    for point in nasty(row):
        xs = tuple(m.number(x) for x in point)
        try:
            y = getattr(m, row.name)(*xs)
            yield point, y
            for k in range(len(xs)):
                rule = row.partials[k]
                found = rule(m, y, *xs) if callable(rule) and not isinstance(rule, Refusal) else rule
                yield point, m.number(0) if found is None or isinstance(found, Refusal) else found
        except LimitError as error:
            if error.code != "huge-order" or not isinstance(row.value, Library):
                raise


# -- floats


@by_row
@pytest.mark.usefixtures("untraced")
def test_float_verbs_and_rules_never_raise(row: Primitive) -> None:
    """Whatever the arguments, the answer is a double (or a truth value)."""
    for point, got in everywhere(FLOATS, row):
        assert isinstance(got, float | int), (point, got)


@by_row
def test_a_nan_does_not_become_a_number(row: Primitive) -> None:
    """A NaN among the arguments shows in the value, unless the other argument decides it alone, as C has it."""
    decided = {
        "pow": lambda x, a: x == 1 or a == 0,
        "hypot": lambda x, y: math.isinf(x) or math.isinf(y),
        "xlogy": lambda x, _y: x == 0,
        "pivot": lambda x, _scale: not math.isnan(x),
    }.get(row.name, lambda *_xs: row.boolean)
    points = [(*point[:k], nan, *point[k + 1 :]) for point in nasty(row) for k in range(len(point))]
    for point in points:
        if not decided(*point):
            assert math.isnan(getattr(FLOATS, row.name)(*point)), point


@pytest.mark.parametrize(
    ("verb", "arguments", "expected"),
    [
        ("div", (1.0, 0.0), inf),
        ("div", (1.0, -0.0), -inf),
        ("div", (-1.0, 0.0), -inf),
        ("div", (0.0, 0.0), nan),
        ("div", (inf, 0.0), inf),
        ("div", (nan, 0.0), nan),
        ("div", (inf, inf), nan),
        ("div", (1.0, inf), 0.0),
        ("log", (0.0,), -inf),
        ("log", (-0.0,), -inf),
        ("log", (-1.0,), nan),
        ("log", (inf,), inf),
        ("log2", (0.0,), -inf),
        ("log10", (0.0,), -inf),
        ("log1p", (-1.0,), -inf),
        ("log1p", (-2.0,), nan),
        ("log1p", (-0.0,), -0.0),
        ("sqrt", (-1.0,), nan),
        ("sqrt", (-0.0,), -0.0),
        ("sqrt", (inf,), inf),
        ("exp", (1000.0,), inf),
        ("exp", (-1000.0,), 0.0),
        ("exp", (-inf,), 0.0),
        ("expm1", (1000.0,), inf),
        ("expm1", (-0.0,), -0.0),
        ("exp2", (1024.0,), inf),
        ("exp10", (400.0,), inf),
        ("exp10", (-400.0,), 0.0),
        ("sinh", (1000.0,), inf),
        ("sinh", (-1000.0,), -inf),
        ("cosh", (-1000.0,), inf),
        ("tanh", (1000.0,), 1.0),
        ("sech", (1000.0,), 0.0),
        ("csch", (-1000.0,), -0.0),
        ("csch", (-0.0,), -inf),
        ("coth", (0.0,), inf),
        ("sin", (inf,), nan),
        ("cos", (-inf,), nan),
        ("tan", (inf,), nan),
        ("sinpi", (inf,), nan),
        ("cospi", (nan,), nan),
        ("sinpi", (1.0,), 0.0),
        ("sinpi", (1e300,), 0.0),
        ("cospi", (0.5,), 0.0),
        ("cospi", (1e300,), 1.0),
        ("asin", (2.0,), nan),
        ("acos", (-2.0,), nan),
        ("atan", (inf,), math.pi / 2),
        ("atanh", (1.0,), inf),
        ("atanh", (-1.0,), -inf),
        ("atanh", (2.0,), nan),
        ("acosh", (0.5,), nan),
        ("acosh", (1.0,), 0.0),
        ("acoth", (1.0,), inf),
        ("acoth", (-1.0,), -inf),
        ("asech", (0.0,), inf),
        ("acsch", (LEAST,), 745.1332191019411),
        ("pow", (0.0, -1.0), inf),
        ("pow", (-0.0, -1.0), -inf),
        ("pow", (-0.0, -2.0), inf),
        ("pow", (0.0, 0.0), 1.0),
        ("pow", (nan, 0.0), 1.0),
        ("pow", (1.0, nan), 1.0),
        ("pow", (-8.0, 3.0), -512.0),
        ("pow", (-8.0, 1 / 3), nan),
        ("pow", (10.0, 400.0), inf),
        ("pow", (-10.0, 401.0), -inf),
        ("pow", (-10.0, 400.0), inf),
        ("pow", (-10.0, -401.0), -0.0),
        ("cbrt", (-27.0,), -3.0),
        ("hypot", (inf, nan), inf),
        ("hypot", (nan, 1.0, -inf), inf),
        ("hypot", (nan, 1.0, 2.0), nan),
        ("hypot", (2.0, 3.0, 6.0), 7.0),
        ("hypot", (1e308, 1e308, 1e308, 1e308), inf),
        ("hypot", (1e-200,) * 4, 2e-200),
        ("max", (nan, 1.0), nan),
        ("min", (1.0, nan), nan),
        ("max", (1.0, 3.0, 2.0), 3.0),
        ("sign", (-0.0,), -0.0),
        ("sign", (nan,), nan),
        ("sign", (-LEAST,), -1.0),
        ("floor", (inf,), inf),
        ("floor", (-0.5,), -1.0),
        ("ceil", (-0.5,), -0.0),
        ("xlogy", (0.0, 0.0), 0.0),
        ("xlogy", (2.0, 0.0), -inf),
        ("logsumexp", (inf, 1.0), inf),
        ("logsumexp", (-inf, 1.0), 1.0),
        ("logsumexp", (-inf, -inf), -inf),
        ("softplus", (inf,), inf),
        ("sigmoid", (-inf,), 0.0),
        ("sphericalbesselj", (1.0, inf), 0.0),
        ("sphericalbesselj", (1.5, 1.0), nan),
        ("sphericalbesselj", (-1.0, 1.0), nan),
        ("sphericalbesselj", (inf, 1.0), nan),
        ("sphericalbesselj", (1e300, 1.0), nan),
    ],
)
def test_ieee_answers(verb: str, arguments: tuple[float, ...], expected: float) -> None:
    """Poles, overflow and undefined points answer as IEEE 754 does, with the right sign."""
    assert same(expected, getattr(FLOATS, verb)(*arguments))


OUTWEIGHS = [
    ((2, 1), True), ((1, 2), False), ((-2, 1), True), ((1, -2), False), ((1, 1), False), ((1, -1), False),
    ((nan, 1), False), ((1, nan), False), ((inf, 1), True), ((inf, -inf), False), ((0, -0.0), False),
]  # fmt: skip


@pytest.mark.parametrize(("pair", "expected"), OUTWEIGHS)
def test_outweighs_compares_sizes(pair: tuple[float, float], expected: bool) -> None:
    """|a| > |b|, strictly; a NaN outweighs nothing and nothing outweighs it."""
    for m in (FLOATS, FIFTY):
        assert m.outweighs(*[m.number(x) for x in pair]) is expected


def test_outweighs_sees_every_digit() -> None:
    """To 50 digits, where doubles see a tie."""
    third, less = (Literal.read(f"0.{'3' * 40}{end}") for end in ("3", "2"))
    assert FIFTY.outweighs(FIFTY.number(third), -FIFTY.number(less))
    assert not FLOATS.outweighs(FLOATS.number(third), -FLOATS.number(less))


def test_an_unknown_verb_is_named() -> None:
    for m in (FLOATS, FIFTY):
        with pytest.raises(AttributeError, match="no verb 'sine'"):
            m.sine(1.0)


def test_choices() -> None:
    """`where` chooses, `when` is absent where its condition fails, `stable` prefers the plain formula."""
    for m in (FLOATS, FIFTY):
        one, two = m.number(1), m.number(2)
        assert (one, two) == (m.where(one < two, one, two), m.where(two < one, one, two))
        assert (one, None) == (m.when(one < two, one), m.when(two < one, one))
        assert (one, two) == (m.stable(one, one < two, two), m.stable(one, two < one, two))
        assert [m.and_(1, 0), m.or_(1, 0), m.eq(1, 1), m.not_(1)] == [False, True, True, False]


# -- numbers as written


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("0.1", Fraction(1, 10)), ("1_000", 1000), ("1e-3", Fraction(1, 1000)), (".5", Fraction(1, 2)), ("2.", 2),
        ("1E3", 1000), ("1e+3", 1000), ("0.10", Fraction(1, 10)), ("0", 0), ("0.0", 0), ("0e99", 0),
        ("1_0.2_5", Fraction(41, 4)),
        ("3.141592653589793238462643383279502884197169399375105820974944592307816406286", None),
        ("1e40", 10**40), ("12345678901234567890123", 12345678901234567890123), ("1e-400", Fraction(1, 10**400)),
    ],
)  # fmt: skip
def test_a_literal_is_exactly_what_is_written(text: str, exact: Fraction | int | None) -> None:
    """Read, print, read again; the nearest double; and 50 digits of the very number."""
    value = Literal.read(text)
    expected = Fraction(text.replace("_", "")) if exact is None else exact
    assert Literal.read(str(value)) == value
    assert FLOATS.number(value) == float(text.replace("_", ""))
    got = FIFTY.number(value)
    true = REFERENCE.mpf(Fraction(expected).numerator) / Fraction(expected).denominator
    assert abs(got - true) <= abs(true) * REFERENCE.mpf(10) ** -60


def test_equal_literals_are_one() -> None:
    """0.10, .1 and 1e-1 are keys of the same constant; whole numbers are ints."""
    assert len({Literal.read(text) for text in ("0.1", "0.10", ".1", "1e-1", "10e-2", "0.000_1e3")}) == 1
    assert [Literal.read(text) for text in ("1_000.0", "1e3", "1e30")] == [1000, 1000, 10**30]
    assert isinstance(Literal.read("1e31"), Literal)


@pytest.mark.parametrize("text", ["2.5", "1e31", "0.001", "1.5e40", "1e-7"])
def test_lowering_a_literal_is_exact(text: str) -> None:
    """The power rule's exponent minus 1."""
    value = Literal.read(text).lowered()
    got = Fraction(value) if isinstance(value, int) else Fraction(value.digits) * Fraction(10) ** value.exponent
    assert got == Fraction(text) - 1


def test_doubles_of_literals_are_correctly_rounded_and_bounded() -> None:
    assert [inf, 0.0, -inf] == [FLOATS.number(x) for x in (Literal(1, 999_999), Literal(1, -999_999), -(10**400))]
    assert [LARGEST, inf] == [FLOATS.number(Literal.read(text)) for text in ("1.7976931348623158e308", "1.8e308")]


def test_a_literal_of_absurd_exponent_is_refused_at_high_precision() -> None:
    with pytest.raises(LimitError) as caught:
        FIFTY.number(Literal.read("1e10000000"))
    assert caught.value.code == "literal-exponent"


@pytest.mark.parametrize("digits", [0, -1, 10_001])
def test_digits_have_bounds(digits: int) -> None:
    with pytest.raises(UsageError) as caught:
        make_context(digits)
    assert caught.value.code == "bad-digits"


# -- mpmath


@pytest.mark.parametrize("name", ["pi", "e", "tau"])
def test_constants_to_50_digits(name: str) -> None:
    """The constants agree with mpmath's own, computed at 80 digits; floats have the nearest double."""
    true = {"pi": +REFERENCE.pi, "e": +REFERENCE.e, "tau": 2 * REFERENCE.pi}[name]
    assert REFERENCE.nstr(true, 50) == number_text(FIFTY.number(name), 50)
    assert abs(FIFTY.number(name) / true - 1) < REFERENCE.mpf(10) ** -62
    assert float(true) == FLOATS.number(name)


def test_users_values_are_exact() -> None:
    """A double, an int, a fraction and an mpmath number keep what they say."""
    assert FIFTY.number(0.1) == REFERENCE.mpf(0.1)
    assert FIFTY.number(10**40 + 1) == 10**40 + 1
    assert abs(FIFTY.number(Fraction(1, 3)) * 3 - 1) < REFERENCE.mpf(10) ** -60
    assert FIFTY.number("inf") == inf


REAL_ONLY = [
    ("sqrt", (-1,)), ("log", (-1,)), ("log2", (-1,)), ("log10", (-2,)), ("log1p", (-2,)), ("asin", (2,)),
    ("acos", (-2,)),
    ("acosh", (0.5,)), ("atanh", (2,)), ("pow", (-8, 0.5)), ("div", (0, 0)), ("asech", (2,)), ("asec", (0.5,)),
    ("acsc", (0.5,)), ("acoth", (0.5,)), ("sin", (inf,)), ("cos", (nan,)),
    ("max", (nan, 1)), ("sphericalbesselj", (0.5, 1)), ("sphericalbesselj", (nan, 1)),
]  # fmt: skip


@pytest.mark.parametrize(("verb", "arguments"), REAL_ONLY)
def test_mpmath_stays_on_the_real_line(verb: str, arguments: tuple[float, ...]) -> None:
    """Where the real function is undefined there is a NaN, not a complex number and not an exception."""
    assert FIFTY.is_nan(getattr(FIFTY, verb)(*[FIFTY.number(x) for x in arguments]))
    assert math.isnan(getattr(FLOATS, verb)(*[float(x) for x in arguments]))


POLES = [
    ("div", (1, 0), inf), ("div", (-1, 0), -inf), ("log", (0,), -inf), ("pow", (0, -1), inf), ("atanh", (1,), inf),
    ("atanh", (-1,), -inf), ("log1p", (-1,), -inf), ("tanh", (inf,), 1), ("exp", (-inf,), 0), ("cosh", (-inf,), inf),
    ("sinh", (-inf,), -inf), ("atan", (inf,), None), ("pow", (0, 0), 1), ("cbrt", (-27,), -3), ("hypot", (3, 4), 5),
    ("hypot", (2, 3, 6), 7), ("hypot", (nan, 1, -inf), inf), ("hypot", (0, 0, 0), 0),
    ("sinpi", (1,), 0), ("sphericalbesselj", (2, inf), 0), ("logsumexp", (-inf, -inf), -inf),
]  # fmt: skip


@pytest.mark.parametrize(("verb", "arguments", "expected"), POLES)
def test_mpmath_has_poles_like_floats(verb: str, arguments: tuple[float, ...], expected: float | None) -> None:
    got = getattr(FIFTY, verb)(*[FIFTY.number(x) for x in arguments])
    assert got == (FIFTY.number("pi") / 2 if expected is None else expected)
    assert not hasattr(got, "_mpc_")


@by_row
def test_mpmath_agrees_with_floats_about_what_is_a_number(row: Primitive) -> None:
    """At every nasty point mpmath gives a real number in little time, and a NaN only where floats give none either."""
    start = time.perf_counter()
    for point in nasty(row, 2):
        if row.name == "sphericalbesselj" and point[0] > 10_000:  # refused, see test_huge_orders_are_refused
            continue
        if isinstance(row.value, Library) and max(map(abs, point[:-1]), default=0) > 29:  # of orders
            continue
        got = getattr(FIFTY, row.name)(*[FIFTY.number(x) for x in point])
        assert not hasattr(got, "_mpc_"), point
        if not row.boolean and all(math.isfinite(x) for x in point) and FIFTY.is_nan(got):
            assert math.isnan(getattr(FLOATS, row.name)(*point)), point
    assert time.perf_counter() - start < 5


BEYOND = 10**30
FINITE_TIME = [
    ("exp", (BEYOND,), inf), ("exp", (-BEYOND,), 0), ("expm1", (-BEYOND,), -1), ("sinh", (-BEYOND,), -inf),
    ("cosh", (BEYOND,), inf), ("tanh", (BEYOND,), 1), ("exp2", (BEYOND,), inf), ("exp10", (BEYOND,), inf),
    ("pow", (10, BEYOND), inf), ("pow", (10, -BEYOND), 0), ("pow", (0.5, BEYOND), 0), ("pow", (-10, BEYOND), inf),
    ("pow", (-10, BEYOND + 1), -inf), ("pow", (1, BEYOND), 1), ("pow", (-1, BEYOND), 1), ("pow", (-1, BEYOND + 1), -1),
    ("softplus", (BEYOND,), BEYOND), ("sigmoid", (-BEYOND,), 0),
    ("sech", (BEYOND,), 0), ("logsumexp", (BEYOND, 1), BEYOND),
]  # fmt: skip


@pytest.mark.parametrize(("verb", "arguments", "expected"), FINITE_TIME)
def test_overflow_takes_no_time(verb: str, arguments: tuple[int, ...], expected: float) -> None:
    """A result past 2^(2^62) is an infinity at once, where mpmath alone would work for hours."""
    start = time.perf_counter()
    got = getattr(FIFTY, verb)(*[FIFTY.number(x) for x in arguments])
    assert got == expected
    assert time.perf_counter() - start < 1


def test_a_tower_of_powers_takes_finite_time() -> None:
    """9^9^9^9 is an infinity; 9^9^9 is still a number."""
    start = time.perf_counter()
    nine = FIFTY.number(9)
    third = FIFTY.pow(nine, FIFTY.pow(nine, nine))
    assert number_text(third, 10) == "4.281247732e+369693099"
    assert FIFTY.pow(nine, third) == inf
    assert time.perf_counter() - start < 1


def test_powers_with_an_exponent_of_a_trillion_bits() -> None:
    """An exponent is never written out as an integer."""
    start = time.perf_counter()
    huge = FIFTY.mp.ldexp(1, 10**12)
    assert [1, 1, inf] == [FIFTY.pow(FIFTY.number(x), huge) for x in (1, -1, -2)]
    near = FIFTY.pow(1 + FIFTY.mp.ldexp(1, -100), FIFTY.mp.ldexp(1, 100))
    assert abs(near / REFERENCE.e - 1) < REFERENCE.mpf(2) ** -100
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("verb", ["sin", "cos", "tan", "sinpi", "cospi", "sec", "cot", "sinc"])
def test_a_huge_argument_of_a_periodic_function_is_refused(verb: str) -> None:
    """Reducing it would take as many bits of pi as it has."""
    with pytest.raises(LimitError) as caught:
        getattr(FIFTY, verb)(FIFTY.mp.ldexp(1, 10**9))
    assert (caught.value.exit_code, caught.value.code) == (4, "huge-argument")


def test_a_large_argument_of_a_periodic_function_is_reduced() -> None:
    """1e300 is no trouble: all its digits count."""
    with REFERENCE.workdps(400):
        true = REFERENCE.sin(REFERENCE.mpf(1e300))
    assert abs(FIFTY.sin(FIFTY.number(1e300)) / true - 1) < REFERENCE.mpf(10) ** -50


def test_huge_orders_are_refused() -> None:
    with pytest.raises(LimitError) as caught:
        FIFTY.sphericalbesselj(FIFTY.number(10**6), FIFTY.number(1))
    assert caught.value.code == "huge-order"


def test_what_mpmath_cannot_sum_is_a_limit() -> None:
    """No exception of mpmath's own escapes (order 10,000 at 9,999 is one that it cannot do to 50 digits)."""
    with pytest.raises(LimitError) as caught:
        FIFTY.sphericalbesselj(FIFTY.number(10_000), FIFTY.number(9_999))
    assert caught.value.code == "no-convergence"


@pytest.mark.parametrize("x", [0.1, -2.5, 1e300, 5e-324, 0.0])
def test_text_reads_back(x: float) -> None:
    """Floats as the shortest text of the same double; others to their digits."""
    assert float(number_text(x)) == x
    assert abs(REFERENCE.mpf(number_text(FIFTY.number(x), 50)) - REFERENCE.mpf(x)) <= abs(x) * REFERENCE.mpf(10) ** -49


def test_texts_of_no_numbers() -> None:
    assert [number_text(FIFTY.number(x), 50) for x in (inf, -inf, nan)] == ["inf", "-inf", "nan"]
    assert [number_text(x) for x in (inf, -inf, nan)] == ["inf", "-inf", "nan"]
    assert short_text(math.pi, 4) == "3.1416"


def test_a_widened_context_keeps_its_digits() -> None:
    """More working digits, the same number of digits shown."""
    wide = FIFTY.widened(120)
    assert wide.digits == 50
    assert abs(wide.number("pi") - FIFTY.number("pi")) < REFERENCE.mpf(10) ** -60
    assert wide.mp.dps == 120
