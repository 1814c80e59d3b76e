"""Kernels by JAX: the numbers of adcli, in double precision, whatever else JAX is used for."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import pytest

from adcli.engines import Unavailable, load
from adcli.errors import DomainError, UsageError
from adcli.kernels.making import make_kernel
from adcli.machine.lowering import is_instruction
from adcli.primitives import TABLE, Library, Primitive
from adcli.products import Function

jax = pytest.importorskip("jax")
np = pytest.importorskip("numpy")

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adcli.kernels import Kernel

pytestmark = pytest.mark.usefixtures("untraced")

inf, nan = math.inf, math.nan
BOUND = 10.0  # units in the last place: a value, and a derivative by formulas that have several functions
HEADLINE = "x1*x2+sin(x1), exp(x1-x2)"
SYMBOLS = {"add": "a + b", "sub": "a - b", "mul": "a*b", "div": "a/b", "pow": "a^b", "neg": "-a"}
UNWRITTEN = ("where", "shifted", "divisor", "pivot", "sinc", "sphericalbesselj")  # or by a library's derivative
WRITTEN = [
    row for row in TABLE.values()
    if not row.boolean and row.name not in UNWRITTEN and not isinstance(row.value, Library)
]  # fmt: skip


def text_of(row: Primitive) -> str:
    return SYMBOLS.get(row.name) or f"{row.name}({', '.join('abc'[: row.arity if row.arity > 0 else 3])})"


def run(kernel: Kernel, points: Sequence[Sequence[float]]) -> tuple[Any, list[Any]]:
    """The outputs at some points, one row for each, and the conditions there."""
    columns = {name: np.array([point[k] for point in points]) for k, name in enumerate(kernel.inputs)}
    out = np.full((len(kernel.outputs), len(points)), 7.0)
    conditions = load("jax").compile(kernel)(columns, len(points), out)
    return out.T, list(conditions)


def ulps(actual: float, expected: float, scale: float = 0.0) -> float:
    if actual == expected or (actual != actual and expected != expected):
        return 0.0
    if not (math.isfinite(actual) and math.isfinite(expected)):
        return inf
    return abs(actual - expected) / math.ulp(max(abs(expected), scale))


@pytest.mark.parametrize("row", WRITTEN, ids=lambda row: row.name)
def test_a_row_has_the_value_and_the_partials_of_adcli(row: Primitive) -> None:
    function = Function(text_of(row))
    rng = random.Random(f"jax {row.name}")  # noqa: S311  # points, not secrets
    ranges = [*row.sample, *[row.sample[-1]] * (len(function.variables) - len(row.sample))]
    points = [[rng.uniform(*bounds) for bounds in ranges] for _ in range(40)]
    found, _ = run(make_kernel(function, "jac"), points)
    for point, numbers in zip(points, found, strict=True):
        try:
            result = function.jacobian(point)
        except DomainError:
            continue
        scale = 1.0 if row.name == "logsumexp" else 0.0
        for got, expected in zip(numbers, [*result.value, *result.jacobian[0]], strict=True):
            assert ulps(got, expected, scale) <= BOUND, (point, got, expected)


WIDE = (0.0, -0.0, 1.0, -1.0, 2.5, -3.5, 1e-300, -1e-20, 1e300, -1e300, 709.0, -700.5, 0.999999, inf, -inf, nan)


@pytest.mark.parametrize("row", [row for row in WRITTEN if row.arity == 1], ids=lambda row: row.name)
def test_a_row_has_the_value_of_adcli_far_out(row: Primitive) -> None:
    """Subnormal results aside, which XLA takes for 0 on some devices."""
    function = Function(text_of(row))
    found, _ = run(make_kernel(function, "eval"), [[x] for x in WIDE])
    for x, (got,) in zip(WIDE, found, strict=True):
        try:
            (expected,) = function.eval([x]).value
        except DomainError:
            continue
        lost = row.name in ("sinpi", "cospi") and -1 < x < 0  # by the instructions themselves
        assert ulps(got, expected) <= BOUND or abs(expected) < 2.3e-308 or lost, (x, got, expected)


def test_quotients_keep_their_order() -> None:
    """XLA's algebra would take x/y/z for x/(y*z), and exp(x)*exp(y) for exp(x + y)."""
    found, _ = run(make_kernel(Function("x/y/y, exp(x*y)*exp(z)"), "eval"), [[1e-300, 1e-200, 800.0]])
    assert [1e100, inf] == [pytest.approx(found[0][0], rel=1e-15), found[0][1]]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 1000])
def test_numbers_and_columns_go_together(count: int) -> None:
    kernel = make_kernel(Function(HEADLINE), "jac")
    rng = np.random.default_rng(1)
    column = rng.normal(size=count)
    out = np.empty((6, count))
    assert [None, None] == list(load("jax").compile(kernel)({"x1": 0.5, "x2": column}, count, out))
    expected = [0.5 * column + np.sin(0.5), np.exp(0.5 - column), column + np.cos(0.5), np.full(count, 0.5)]
    np.testing.assert_allclose(out[:4], expected, rtol=1e-14)


def test_the_conditions_are_those_of_the_kernel() -> None:
    kernel = make_kernel(Function("where(x > 0, log(x), x/y) + abs(y)"), "grad")
    found, (defined, kinked) = run(kernel, [[1.0, 0.0], [-1.0, 0.0], [-2.0, 4.0], [0.0, 3.0]])
    assert [True, False, True, True] == defined.tolist()
    assert [True, True, False, True] == kinked.tolist()
    assert [[0.0, 1.0, 0.0], [3.5, 0.25, 1.125]] == found[[0, 2]].tolist()


def test_everything_is_in_double_precision_and_nothing_else_is() -> None:
    before = jax.numpy.zeros(1).dtype
    found, _ = run(make_kernel(Function("x + 1e-15"), "eval"), [[1.0]])
    assert 1.0 + 1e-15 == found[0][0]
    assert before == jax.numpy.zeros(1).dtype


def test_a_hessian_is_that_of_adcli() -> None:
    function, point = Function("x^y + sqrt(x)*cbrt(y)"), [2.5, 1.5]
    (found,), _ = run(make_kernel(function, "hess"), [point])
    expected = function.hessian(point)
    numbers = [*expected.value, *expected.gradient, *expected.hessian[0], *expected.hessian[1]]
    assert found.tolist() == pytest.approx(numbers, rel=1e-14)


@pytest.mark.parametrize(("text", "product"), [("gamma(x)", "eval"), ("besselj(2, x)", "grad"), ("sinc(x)", "grad")])
def test_what_jax_has_not_is_told(text: str, product: str) -> None:
    kernel = make_kernel(Function(text), product)
    assert not all(is_instruction(kernel.graph.ops[node]) for node in kernel.order if kernel.graph.args[node])
    with pytest.raises(Unavailable, match=r"it has no (gamma|besselj|sphericalbesselj)"):
        load("jax").compile(kernel)


def test_a_machine_without_jax_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from adcli.engines import jax as engine

    monkeypatch.setitem(__import__("sys").modules, "jax", None)
    engine._jax.cache_clear()
    with pytest.raises(UsageError, match="not installed") as caught:
        load("jax").compile(make_kernel(Function("x"), "eval"))
    engine._jax.cache_clear()
    assert ("missing-extra", "pip install 'adcli[jax]'") == (caught.value.code, caught.value.hint)
