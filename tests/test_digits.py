"""`--digits N` shows only digits that are right: cancellation is met with more working precision.

The witnesses are values in closed form, computed by mpmath with thousands of digits, or by series.
"""

from __future__ import annotations

import mpmath
import pytest

import adcli

mp = mpmath.MPContext()
mp.dps = 2500


def agrees(got: object, true: object, digits: int) -> bool:
    """Whether a result is right to `digits` digits; exactly, where the truth is 0."""
    return abs(mp.mpf(got) - true) <= abs(true) * mp.mpf(10) ** -digits


CANCELLING = {
    "one minus cosine": ("(1 - cos(x))/x^2", "1e-30", lambda x: (1 - mp.cos(x)) / x**2),
    "a cosine that rounds to one, beyond any first guess": ("(cosh(x) - 1)/x^2", "1e-300", None),
    "exponentials": ("(exp(x) - 1 - x)/x^2", "1e-40", None),
    "a difference of roots": ("sqrt(x^2 + 1) - x", "1e60", lambda x: 1 / (mp.sqrt(x * x + 1) + x)),
    "an angle near pi": ("sin(x)", "3.14159265358979323846264338327950288", mp.sin),
    "a tangent of tangents": ("tan(sin(x)) - sin(tan(x))", "1e-8", None),
}
SERIES = {
    "(cosh(x) - 1)/x^2": lambda x: (mp.mpf(1) / 2 + x**2 / 24, x / 12),
    "(exp(x) - 1 - x)/x^2": lambda x: (mp.mpf(1) / 2 + x / 6 + x**2 / 24, mp.mpf(1) / 6 + x / 12 + x**2 / 40),
    "tan(sin(x)) - sin(tan(x))": lambda x: (
        x**7 / 30 + 29 * x**9 / 756 + 1913 * x**11 / 75600, 7 * x**6 / 30 + 29 * x**8 / 84 + 11 * 1913 * x**10 / 75600,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CANCELLING)
@pytest.mark.parametrize("digits", [10, 20])
def test_cancellation_costs_time_and_not_digits(name: str, digits: int) -> None:
    text, at, formula = CANCELLING[name]
    x = mp.mpf(at)
    value, slope = SERIES[text](x) if formula is None else (formula(x), mp.diff(formula, x, h=mp.mpf(10) ** -800))
    got = adcli.parse(text).jacobian({"x": at}, digits=digits)
    assert agrees(got.value[0], value, digits)
    assert agrees(got.jacobian[0][0], slope, digits)


@pytest.mark.parametrize("backend", ["forward", "reverse", "symbolic"])
def test_every_exact_backend_and_product_is_settled(backend: str) -> None:
    f = adcli.parse("(1 - cos(x))/x^2*y")
    point = {"x": "1e-40", "y": "3"}
    x = mp.mpf("1e-40")
    slope = -3 * x / 12
    assert agrees(f.gradient(point, digits=20, backend=backend).gradient[0], slope, 20)
    assert agrees(f.jvp(point, [1, 0], digits=20, backend=backend).jvp[0], slope, 20)
    assert agrees(f.vjp(point, [1], digits=20, backend=backend).vjp[0], slope, 20)
    assert agrees(f.hessian(point, digits=20, backend=backend).hessian[0][0], mp.mpf(-1) / 4, 20)
    assert agrees(f.hvp(point, [1, 0], digits=20, backend=backend).hvp[0], mp.mpf(-1) / 4, 20)
    assert agrees(f.eval(point, digits=20).value[0], mp.mpf(3) / 2, 20)


def test_what_only_rounding_is_made_of_is_zero_with_a_warning() -> None:
    got = adcli.parse("x*sin(pi)").jacobian(x=2, digits=20)
    assert got.value[0] == 0
    assert got.jacobian[0][0] == 0
    assert "cancelled" in [warning.code for warning in got.warnings]


def test_a_true_zero_gets_no_warning() -> None:
    got = adcli.parse("x - x").jacobian(x=2, digits=20)
    assert (got.value[0], got.jacobian[0][0]) == (0, 0)
    assert got.warnings == ()


def test_a_point_that_is_exact_stays_exact() -> None:
    """A tenth is a tenth: the square is a hundredth, and no directed rounding shows."""
    got = adcli.parse("x^2").jacobian({"x": "0.1"}, digits=30).to_dict()
    assert got["value"] == ["0.01"]
    assert got["jacobian"] == [["0.2"]]


def test_the_cost_is_that_of_one_run() -> None:
    f = adcli.parse("x1*x2 + sin(x1)")
    assert f.jacobian(x1=1, x2=2, digits=30).cost == f.jacobian(x1=1, x2=2).cost
