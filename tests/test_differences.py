"""Derivatives from values alone: the answer is right, and so is what it says of its own error."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import mpmath
import pytest

from adcli.differences import SCHEMES, Difference, Number, difference
from adcli.products import Function

if TYPE_CHECKING:
    from collections.abc import Callable

EPS = 2.0**-53


def one_output(f: Callable[[Any], Any]) -> Callable[[Any], list[Any] | None]:
    """Make a scalar function into one of outputs: None where Python finds no real value."""

    def outputs(t: Number) -> list[Any] | None:
        try:
            value = f(t)
        except (ArithmeticError, ValueError):
            return None
        return None if isinstance(value, complex) else [value]

    return outputs


def differentiate(f: Callable[[Any], Any], x: float, **options: Number) -> tuple[float, float, Difference]:
    """Give derivative, error, and the whole answer for one scalar function."""
    answer = difference(one_output(f), x, eps=EPS, **options)
    return answer.derivative[0], answer.error[0], answer


def noise(t: float) -> float:
    """Jitter in -1..1 that depends on every bit of t."""
    return random.Random(t).uniform(-1, 1)  # noqa: S311


SMOOTH = [
    ("sin", math.sin, 1.3, math.cos(1.3)),
    ("exp", math.exp, -2.7, math.exp(-2.7)),
    ("log", math.log, 0.37, 1 / 0.37),
    ("tan", math.tan, 1.1, 1 / math.cos(1.1) ** 2),
    ("atan", math.atan, 12.3, 1 / (1 + 12.3**2)),
    ("cancelling", lambda x: (1e8 + x * x) - 1e8, 1.3, 2.6),
    ("large", lambda x: 1e12 * x * x, 1.3, 2.6e12),
    ("small", lambda x: 1e-12 * math.sin(x), 1.3, 1e-12 * math.cos(1.3)),
    ("linear", lambda x: 3 * x + 2, 1.3, 3.0),
    ("at zero", lambda x: math.exp(x) * (1 + x), 0.0, 2.0),
]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("name", "f", "x", "expected"), SMOOTH, ids=[row[0] for row in SMOOTH])
def test_smooth_functions_are_differentiated_within_the_stated_error(
    name: str, f: Callable[[float], float], x: float, expected: float, scheme: str
) -> None:
    """Every scheme states an error that covers the true one, and that is small."""
    derivative, error, _ = differentiate(f, x, scheme=scheme)
    assert abs(derivative - expected) <= error
    promise = {"forward": 1e-5, "backward": 1e-5, "central": 1e-8, "five-point": 1e-10, "richardson": 1e-11}[scheme]
    if name == "cancelling":
        promise *= 1e5  # the function itself has only half the digits
    assert 0 < error < promise * max(1, x) * max(abs(expected), abs(f(x)))


def test_higher_order_schemes_are_more_accurate() -> None:
    """The stated errors fall with the order of the formula."""
    errors = {scheme: differentiate(math.sin, 1.3, scheme=scheme)[1] for scheme in SCHEMES}
    assert errors["forward"] > 100 * errors["central"] > 1000 * errors["five-point"]
    assert errors["five-point"] > errors["richardson"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_stated_errors_cover_the_true_ones_and_are_not_idle(scheme: str) -> None:
    """Of 300 points at least 99 % are covered, and four in five stated errors are within 100x."""
    generator = random.Random(7)  # noqa: S311
    covered = tight = 0
    for _ in range(300):
        x, a, b = (generator.uniform(0.1, 3) for _ in range(3))
        f = lambda t, a=a, b=b: math.exp(-a * t) * math.sin(b * t) + math.log(a + t * t)  # noqa: E731
        expected = math.exp(-a * x) * (b * math.cos(b * x) - a * math.sin(b * x)) + 2 * x / (a + x * x)
        derivative, error, _ = differentiate(f, x, scheme=scheme)
        true = abs(derivative - expected)
        covered += true <= error + 4 * EPS * abs(expected)  # the reference is rounded too
        tight += error <= 100 * true
    assert covered >= 297
    assert tight >= 240


def test_a_usual_derivative_costs_few_evaluations() -> None:
    """One grid serves a function on the scale of its variable: six values and the centre."""
    answer = difference(lambda t: [math.sin(t)], 1.3, eps=EPS)
    assert answer.evaluations == 7
    assert answer.notes == ()
    assert difference(lambda t: [math.sin(t)], 1.3, eps=EPS, center=[math.sin(1.3)]).evaluations == 6


OTHER_SCALES = [
    ("fast wave", lambda x: math.sin(1000 * x), 1.3, 1000 * math.cos(1300)),
    ("faster wave", lambda x: math.sin(1e6 * x), 1.3, 1e6 * math.cos(1.3e6)),
    ("wave far out", math.cos, 1e5, -math.sin(1e5)),
    ("reciprocal near its pole", lambda x: 1 / x, 1e-6, -1e12),
    ("reciprocal very near its pole", lambda x: 1 / x, 1e-20, -1e40),
    ("tangent near its pole", math.tan, math.pi / 2 - 1e-5, 1 / math.cos(math.pi / 2 - 1e-5) ** 2),
    ("flat at the origin", lambda x: math.exp(-1 / x**2), 0.05, 2 / 0.05**3 * math.exp(-400)),
    ("root near its edge", math.sqrt, 1e-12, 0.5e6),
    ("root at a tiny point", math.sqrt, 1e-300, 0.5e150),
    ("logarithm near zero", math.log, 1e-9, 1e9),
    ("logarithm far out", math.log, 1e300, 1e-300),
    ("arcsine near its edge", math.asin, 1 - 1e-9, 1 / math.sqrt((1 - (1 - 1e-9)) * (2 - 1e-9))),
    ("sine at a tiny point", math.sin, 1e-300, 1.0),
    ("physical constant", lambda x: 1 / (4 * math.pi * x), 8.85e-12, -1 / (4 * math.pi * 8.85e-12**2)),
    ("narrow bell", lambda x: 1 / (1 + 1e8 * x * x), 1e-4, -5000.0),
]


@pytest.mark.parametrize(("name", "f", "x", "expected"), OTHER_SCALES, ids=[row[0] for row in OTHER_SCALES])
def test_the_step_finds_the_scale_of_the_function(
    name: str, f: Callable[[float], float], x: float, expected: float
) -> None:
    """Functions that bend on a scale unlike that of x keep four digits, and an honest error."""
    derivative, error, answer = differentiate(f, x)
    assert abs(derivative - expected) <= error <= 1e-4 * abs(expected), name
    assert answer.evaluations <= 31


def test_a_shrunk_step_is_told() -> None:
    """A note says from where to where the step went."""
    notes = differentiate(lambda x: 1 / x, 1e-6)[2].notes
    assert notes == (
        "step shrunk from 5e-06 to 1e-11: the function changes, or its domain ends, within the larger one",
    )


def test_noise_calls_for_larger_steps() -> None:
    """A function that is rough at 1e-6 is differentiated with steps a thousand times larger."""
    derivative, error, answer = differentiate(lambda x: math.sin(x) + 1e-6 * noise(x), 1.3)
    assert abs(derivative - math.cos(1.3)) <= error < 1e-2
    assert answer.step > 1e-3


@pytest.mark.parametrize("sign", [1, -1])
def test_a_kink_close_by_is_stepped_around(sign: int) -> None:
    """Beside a tie by 1e-9 the slope of the right side is found."""
    derivative, error, _ = differentiate(lambda x: abs(x - 1), 1 + sign * 1e-9)
    assert abs(derivative - sign) <= error < 1e-3


def test_a_kink_at_the_point_has_an_error_as_large_as_the_slopes() -> None:
    """At the tie itself no slope can be vouched for, and a note says so."""
    derivative, error, answer = differentiate(abs, 0.0)
    assert derivative - error <= -1 < 1 <= derivative + error
    assert answer.notes == ("unresolved: noise, a kink or a jump shows at every step tried",)


@pytest.mark.parametrize(
    ("f", "x", "side"),
    [
        (lambda x: math.sqrt(x) ** 3, 0.0, "x - h"),
        (lambda x: math.sqrt(x) ** 5, 0.0, "x - h"),
        (lambda x: math.sqrt(1 - x) ** 3, 1.0, "x + h"),
    ],
)
def test_the_edge_of_the_domain_is_met_from_one_side(f: Callable[[float], float], x: float, side: str) -> None:
    """A derivative at the domain's edge is one-sided, and a note says which side is missing."""
    derivative, error, answer = differentiate(f, x)
    assert abs(derivative) <= error < 1e-4
    assert answer.notes[0] == f"one-sided: {side} leaves the domain"


def test_one_sided_differences_are_of_second_order() -> None:
    """Where only one side exists the error is that of a second-order formula."""
    derivative, error, _ = differentiate(lambda x: math.exp(x) if x >= 0 else math.nan, 0.0)
    assert abs(derivative - 1) <= error < 1e-8


@pytest.mark.parametrize(("f", "x"), [(math.sqrt, 0.0), (math.asin, 1.0), (math.sin, 1e300)])
def test_no_limit_means_an_infinite_error(f: Callable[[float], float], x: float) -> None:
    """Vertical tangents, and waves shorter than the spacing of the numbers, are owned up to."""
    assert differentiate(f, x)[1] == math.inf


def test_functions_that_do_not_depend_on_the_variable() -> None:
    """A constant has derivative 0 with an error at rounding level; zero has error 0."""
    assert differentiate(lambda _: 7.3, 1.3)[0] == 0
    assert differentiate(lambda _: 7.3, 1.3)[1] < 1e-13
    assert differentiate(lambda _: 0.0, 1.3)[:2] == (0, 0)
    assert differentiate(math.floor, 1.3)[:2] == (0, pytest.approx(0, abs=1e-13))


def test_a_staircase_is_not_taken_for_a_constant() -> None:
    """Values flat nearby only because 1e12 swallowed x are seen through."""
    derivative, error, _ = differentiate(lambda x: (1e12 + x) - 1e12, 1.3)
    assert abs(derivative - 1) <= error < 1e-2


def test_a_wave_that_the_grid_skips_over_is_doubted() -> None:
    """Where the two formulas of a grid differ much, its smooth look is not believed."""
    f = lambda x: math.sin(1e6 * x)  # noqa: E731
    derivative, error, _ = differentiate(f, 1.3, scheme="five-point")
    assert abs(derivative - 1e6 * math.cos(1.3e6)) <= error


def test_steps_that_contradict_each_other_widen_the_error() -> None:
    """Slow convergence, and rounding that looks smooth, show only between steps."""
    derivative, error, _ = differentiate(lambda x: x**1.1, 0.0)
    assert abs(derivative) <= error
    derivative, error, _ = differentiate(lambda x: (1 - math.cos(x)) / x**2, 1e-6, scheme="forward")
    assert abs(derivative + 1e-6 / 12) <= error


def test_a_tread_of_a_staircase_is_doubted() -> None:
    """Values flat nearby, and rough further out, leave the error as large as the slope there."""
    derivative, error, _ = differentiate(lambda x: (1e11 + x * x) - 1e11, 1.3)
    assert abs(derivative - 2.6) <= error


def test_every_output_keeps_its_own_step() -> None:
    """Outputs with unlike scales, and one without a derivative, do not spoil each other."""
    answer = difference(
        lambda t: [math.sin(t), math.sin(1e5 * t), 2.0, math.nan, math.inf, math.sqrt(t) ** 3], 1.3, eps=EPS
    )
    expected = [math.cos(1.3), 1e5 * math.cos(1.3e5), 0.0, None, None, 1.5 * math.sqrt(1.3)]
    for got, error, true, promise in zip(
        answer.derivative, answer.error, expected, [1e-9, 1, 1e-9, 0, 0, 1e-9], strict=True
    ):
        if true is None:
            assert math.isnan(got)
            assert error == math.inf
        else:
            assert abs(got - true) <= error < promise


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("step", [1e-9, 1e-3, 0.3])
def test_a_given_step_is_used_and_judged(step: float, scheme: str) -> None:
    """With a step of the caller's the estimate still covers the error that it makes."""
    derivative, error, answer = differentiate(math.exp, 1.3, step=step, scheme=scheme)
    assert abs(derivative - math.exp(1.3)) <= error
    if scheme != "richardson":
        assert answer.step == step
        reach = {"central": 1, "forward": 1, "backward": 1, "five-point": 2}[scheme]
        inside = differentiate(lambda t: math.exp(t) if abs(t - 1.3) <= reach * step * (1 + EPS) else math.nan, 1.3)
        assert inside[1] < math.inf


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("x", [0.0, 1.0, -1e-300, 1e300, 5e-324])
@pytest.mark.parametrize(
    "f",
    [
        lambda _: None,
        lambda _: [math.nan],
        lambda _: [math.inf],
        lambda _: [],
        lambda t: [t] if t in {0.0, 1.0} else None,
        lambda t: [1.0 / t],
        lambda t: [1e308 * math.copysign(1, t - 0.5)],
        lambda t: [math.sqrt(t - 1)],
        lambda t: [1.0] if t in {0.0, 1.0} else [1.0, t],
    ],
)
def test_nothing_that_the_function_does_raises(f: Callable[[float], Any], x: float, scheme: str) -> None:
    """Where nothing can be said the derivative is nan, its error inf, and a note says why."""
    answer = difference(f, x, eps=EPS, scheme=scheme)
    assert len(answer.derivative) == len(answer.error)
    for derivative, error in zip(answer.derivative, answer.error, strict=True):
        if math.isnan(derivative):
            assert error == math.inf
            assert any(note.startswith("no derivative") for note in answer.notes)
        else:
            assert error >= 0


@pytest.mark.parametrize(
    ("scheme", "digits"), [("central", 70), ("forward", 52), ("backward", 52), ("five-point", 85), ("richardson", 90)]
)
def test_mpf_numbers_use_all_their_digits(scheme: str, digits: int) -> None:
    """With 110 digits the error follows eps, and the true error stays within it."""
    with mpmath.workdps(110):
        x = mpmath.mpf(13) / 10
        answer = difference(
            lambda t: [mpmath.sin(t), t * mpmath.exp(t), mpmath.mpf(3)], x, eps=mpmath.mpf(10) ** -110, scheme=scheme
        )
        expected = [mpmath.cos(x), (1 + x) * mpmath.exp(x), mpmath.mpf(0)]
        for got, error, true in zip(answer.derivative, answer.error, expected, strict=True):
            assert isinstance(error, mpmath.mpf)
            assert abs(got - true) <= error < mpmath.mpf(10) ** -digits


def test_mpf_numbers_take_the_same_detours() -> None:
    """Poles, edges and missing values are met in mpf as in floats."""
    with mpmath.workdps(60):
        eps = mpmath.mpf(10) ** -60
        pole = difference(lambda t: [1 / t], mpmath.mpf(10) ** -30, eps=eps)
        assert abs(pole.derivative[0] + mpmath.mpf(10) ** 60) <= pole.error[0] < mpmath.mpf(10) ** 25
        edge = difference(lambda t: [t * mpmath.sqrt(t)] if t >= 0 else None, mpmath.mpf(0), eps=eps)
        assert abs(edge.derivative[0]) <= edge.error[0] < mpmath.mpf(10) ** -9
        assert edge.notes[0] == "one-sided: x - h leaves the domain"
        nothing = difference(lambda t: [t] if t == 1 else None, mpmath.mpf(1), eps=eps)
        assert mpmath.isnan(nothing.derivative[0])
        assert mpmath.isinf(nothing.error[0])


def test_a_column_costs_what_depends_on_its_input() -> None:
    """The operations of finite differences grow with the dependents of each input, not with the graph."""
    count = 50
    text = ", ".join(f"sin(x{k})^2" for k in range(count))
    cost = Function(text).jacobian([0.3] * count, backend="fd").cost
    assert (2 * count + 6 * 2 * count, 6 * count) == (cost.operations, cost.passes)


def test_columns_leave_the_point_as_it_was() -> None:
    """A column whose steps leave the domain, or move a shared node, does not disturb the next."""
    f = Function("sqrt(x)*y + where(x < 2, log(y), y*z), hypot(x, y)*z")
    together = f.jacobian(x=1e-9, y=2, z=3, backend="fd")
    for name in f.variables:
        alone = f.jacobian(x=1e-9, y=2, z=3, backend="fd", wrt=name)
        j = f.variables.index(name)
        assert [row[j] for row in together.jacobian] == [row[0] for row in alone.jacobian]
