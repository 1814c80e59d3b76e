"""One list of scenarios, every backend: the Jacobian, the products and the cost of each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

from adcli import backends, sweeps
from adcli.contexts import make_context
from adcli.errors import AdcliError
from adcli.problem import Problem
from adcli.products import Function
from tests.strategies import REPEATABLE, expressions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NAMES = [name for name in backends.names() if name != "auto"]
EXACT = [name for name in NAMES if backends.load(name).exact]
REFERENCE_DIGITS = 60


class Scenario(NamedTuple):
    """A program at a point, and the same outputs as Python functions over mpmath numbers.

    The expected Jacobian is mpmath's numerical derivative of those functions, to 60 digits: it
    shares neither rules nor code with adcli.
    """

    text: str
    at: tuple[float, ...]
    functions: Sequence[Callable[..., Any]]
    tolerance: float = 1e-14


SCENARIOS = [
    Scenario("x*y + sin(x), exp(x - y)", (1, 2), [lambda x, y: x * y + mp.sin(x), lambda x, y: mp.exp(x - y)]),
    Scenario("x^2*y/(1 + x), y", (0.5, -3), [lambda x, y: x**2 * y / (1 + x), lambda x, y: y]),
    Scenario("3, x", (2,), [lambda x: mp.mpf(3), lambda x: x]),
    Scenario("x, x, x^2, x", (2,), [lambda x: x, lambda x: x, lambda x: x**2, lambda x: x]),
    Scenario("x*0 + y", (1, 2), [lambda x, y: y]),
    Scenario("x - x + y", (1, 2), [lambda x, y: y]),
    Scenario("a = x*y; b = a + x; a*b", (1.5, -2), [lambda x, y: x * y * (x * y + x)]),
    Scenario("f(a, b) = a^b; f(x, y) + f(y, x)", (1.5, 2.5), [lambda x, y: x**y + y**x]),
    Scenario("x^3, x^-2, x^0.5, x^0, 2^x", (1.7,), [
        lambda x: x**3, lambda x: x**-2, mp.sqrt, lambda x: mp.mpf(1), lambda x: mp.mpf(2) ** x,
    ]),
    Scenario("x^3, x^2, x^1, x^0", (0,), [lambda x: x**3, lambda x: x**2, lambda x: x, lambda x: mp.mpf(1)]),
    Scenario("x^3, (-x)^4", (-1.5,), [lambda x: x**3, lambda x: x**4]),
    Scenario("where(x > 0, log(x), x^2)", (2,), [mp.log]),
    Scenario("where(x > 0, log(x), x^2)", (-2,), [lambda x: x**2]),
    Scenario("where(x > y and not y > 5, x*y, x/y)", (3, 2), [lambda x, y: x * y]),
    Scenario("where(x > y or y > 5, x*y, x/y)", (1, 2), [lambda x, y: x / y]),
    Scenario("piecewise(x < 0, -x, x < 1, x^2, x < 2, x^3, x^4)", (0.5,), [lambda x: x**2]),
    Scenario("piecewise(x < 0, -x, x < 1, x^2, x < 2, x^3, x^4)", (1.5,), [lambda x: x**3]),
    Scenario("piecewise(x < 0, -x, x < 1, x^2, x < 2, x^3, x^4)", (3,), [lambda x: x**4]),
    Scenario("max(x, y, z) + min(x, y, z)", (1, 3, 2), [lambda x, y, z: y + x]),
    Scenario("abs(x)*sign(x) + relu(x)", (-1.5,), [lambda x: x]),
    Scenario("atan2(y, x), hypot(x, y)", (-1, 2), [lambda x, y: mp.atan2(y, x), mp.hypot]),
    Scenario("atan2(y, x)", (-1, -2), [lambda x, y: mp.atan2(y, x)]),
    Scenario("logsumexp(x, y, z)", (1, 2, 3), [lambda x, y, z: mp.log(mp.exp(x) + mp.exp(y) + mp.exp(z))]),
    Scenario("logsumexp(x, y)", (1000, 1001), [lambda x, y: y + mp.log1p(mp.exp(x - y))]),
    Scenario("-log(sigmoid(w*x + b))", (0.5, -1, 2), [lambda b, w, x: mp.log1p(mp.exp(-(w * x + b)))]),
    Scenario("log(x, y), log2(x), log10(x)", (3, 5), [
        lambda x, y: mp.log(x) / mp.log(y), lambda x, y: mp.log(x, 2), lambda x, y: mp.log10(x),
    ]),
    Scenario("tanh(x), sigmoid(x), softplus(x)", (20,), [
        mp.tanh, lambda x: 1 / (1 + mp.exp(-x)), lambda x: mp.log1p(mp.exp(x)),
    ]),
    Scenario("asin(x), acosh(1/x)", (1 - 2**-30,), [mp.asin, lambda x: mp.acosh(1 / x)], tolerance=1e-6),
    Scenario("sinc(x)", (0,), [mp.sinc]),
    Scenario("floor(x)*x + ceil(x)", (2.5,), [lambda x: 2 * x + 3]),
    Scenario("exp(-x^2/2)/sqrt(2pi)", (0.3,), [lambda x: mp.exp(-(x**2) / 2) / mp.sqrt(2 * mp.pi)]),
    Scenario("1e200*x*1e-200, 1e300x", (1.5,), [lambda x: x, lambda x: mp.mpf("1e300") * x]),
    Scenario("e^x, tau*x, pi^x", (0.7,), [mp.exp, lambda x: 2 * mp.pi * x, lambda x: mp.pi**x]),
    Scenario("(x - y)^2, x^2 - 2x*y + y^2", (1.25, 1.25), [lambda x, y: (x - y) ** 2] * 2),
    Scenario("*".join(f"(x + {k})" for k in range(30)), (0.5,), [lambda x: mp.rf(x, 30)], tolerance=1e-13),
    Scenario("sin(" * 60 + "x" + ")" * 60, (0.9,), [lambda x: _repeated(mp.sin, x, 60)], tolerance=1e-13),
]  # fmt: skip


def _repeated(f: Callable[[Any], Any], x: Any, times: int) -> Any:
    for _ in range(times):
        x = f(x)
    return x


def expected_jacobian(scenario: Scenario) -> list[list[Any]]:
    """Partial derivatives by mpmath's high-precision differences."""
    with mpmath.workdps(REFERENCE_DIGITS):
        rows = []
        for function in scenario.functions:
            row = []
            for j in range(len(scenario.at)):
                order = tuple(int(k == j) for k in range(len(scenario.at)))
                row.append(mp.diff(function, tuple(map(mp.mpf, scenario.at)), order))
            rows.append(row)
        return rows


def _name(scenario: Scenario) -> str:
    return f"{scenario.text[:40]} at {scenario.at}"


every_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=_name)
every_backend = pytest.mark.parametrize("backend", NAMES)


def allowed(scenario: Scenario, expected: Any, error: float | None) -> float:
    """How far an entry may be from the reference: rounding, or the estimate of finite differences."""
    return scenario.tolerance * max(abs(float(expected)), 1e-300) if error is None else error


@every_backend
@every_scenario
def test_every_backend_gives_the_jacobian(scenario: Scenario, backend: str) -> None:
    result = Function(scenario.text).jacobian(scenario.at, backend=backend)
    expected = expected_jacobian(scenario)
    assert (len(expected), len(scenario.at)) == (len(result.jacobian), len(result.columns))
    for i, row in enumerate(expected):
        for j, entry in enumerate(row):
            error = None if result.error is None else result.error[i][j]
            scale = max(abs(entry), 1e-40)  # what differences of 60 digits leave of a zero
            assert abs(result.jacobian[i][j] - entry) <= allowed(scenario, scale, error)


@every_backend
@every_scenario
def test_every_backend_gives_30_digits(scenario: Scenario, backend: str) -> None:
    result = Function(scenario.text).jacobian(scenario.at, backend=backend, digits=30)
    for expected_row, actual_row in zip(expected_jacobian(scenario), result.jacobian, strict=True):
        for expected, actual in zip(expected_row, actual_row, strict=True):
            assert abs(actual - expected) <= 1e-28 * max(abs(expected), 1e-10)


@every_backend
@every_scenario
def test_the_products_are_those_of_the_jacobian(scenario: Scenario, backend: str) -> None:
    f = Function(scenario.text)
    full = f.jacobian(scenario.at, backend="reverse").jacobian
    rounding = max(1e-13, scenario.tolerance)
    direction = [0.5 + k for k in range(len(scenario.at))]
    cotangent = [1.5 - k for k in range(len(scenario.functions))]
    jvp = f.jvp(scenario.at, direction, backend=backend)
    vjp = f.vjp(scenario.at, cotangent, backend=backend)
    for i, row in enumerate(full):
        terms = [a * d for a, d in zip(row, direction, strict=True)]
        bound = rounding * sum(map(abs, terms)) + (0 if jvp.error is None else jvp.error[i])
        assert abs(jvp.jvp[i] - sum(terms)) <= bound
    for j in range(len(scenario.at)):
        terms = [row[j] * w for row, w in zip(full, cotangent, strict=True)]
        bound = rounding * sum(map(abs, terms)) + (0 if vjp.error is None else vjp.error[j])
        assert abs(vjp.vjp[j] - sum(terms)) <= bound


@every_backend
def test_an_unused_variable_has_a_column_of_zeros(backend: str) -> None:
    f = Function("x^2", variables=["x", "unused"])
    result = f.jacobian([3, 1], backend=backend)
    assert 0.0 == result.jacobian[0][1]
    assert abs(result.jacobian[0][0] - 6) <= (1e-7 if backend == "fd" else 0)


@every_backend
def test_a_program_without_variables_has_an_empty_row(backend: str) -> None:
    result = Function("sqrt(2)*pi").jacobian(backend=backend)
    assert ([[]], ()) == (result.jacobian, result.columns)
    assert result.value == [pytest.approx(4.442882938158366, rel=1e-15)]


@pytest.mark.parametrize("backend", EXACT)
def test_the_untaken_branch_cannot_poison_a_derivative(backend: str) -> None:
    f = Function("where(x > 1, 1/(x - 1), 3*x) + where(x < 0, sqrt(-x)*log(-x), x)")
    assert [[4.0]] == f.jacobian(x=1, backend=backend).jacobian


@every_backend
def test_a_hessian_is_symmetric_and_right(backend: str) -> None:
    result = Function("x^2*sin(y) + exp(x*y)").hessian(x=0.5, y=-1, backend=backend)
    with mpmath.workdps(REFERENCE_DIGITS):
        at = (mp.mpf(0.5), mp.mpf(-1))
        expected = [
            [mp.diff(lambda x, y: x**2 * mp.sin(y) + mp.exp(x * y), at, order) for order in row]
            for row in [[(2, 0), (1, 1)], [(1, 1), (0, 2)]]
        ]
    for i, row in enumerate(expected):
        for j, entry in enumerate(row):
            bound = 1e-14 if result.error is None else result.error[i][j]
            assert abs(result.hessian[i][j] - entry) <= bound
            assert result.hessian[i][j] == result.hessian[j][i]


@every_backend
def test_a_backend_says_what_it_is(backend: str) -> None:
    loaded = backends.load(backend)
    assert (backend, backend != "fd") == (loaded.name, loaded.exact)
    assert loaded.summary


def test_a_gradient_costs_a_small_multiple_of_the_function() -> None:
    n = 300
    text = "*".join(f"(1 + x{k}^2)" for k in range(1, n + 1))
    f = Function(text)
    point = [0.01] * n
    value = f.eval(point)
    assert value.value[0] > 1
    for backend in ("reverse", "symbolic"):
        cost = f.gradient(point, backend=backend).cost
        assert cost.operations < 12 * n * 3, backend
        assert cost.nodes < 12 * n * 3, backend
    assert n == f.gradient(point, backend="forward").cost.passes


# a = x^2 and f = a*x + sin(a): by a, everything that depends on it moves; by x, a moves too
THROUGH = Function("a = x^2; a*x + sin(a)")
AT, A = 2.0, 4.0


@every_backend
def test_an_intermediate_and_its_variable_move_together(backend: str) -> None:
    """The direction (1, 1) moves a twice: through x, and by itself."""
    by_x, by_a = 3 * AT**2 + 2 * AT * math.cos(A), AT + math.cos(A)
    result = THROUGH.jvp([AT], [1, 1], wrt="x,a", backend=backend)
    assert result.jvp == pytest.approx([by_x + by_a], rel=1e-9)
    assert THROUGH.jacobian([AT], wrt="x,a", backend=backend).jacobian[0] == pytest.approx([by_x, by_a], rel=1e-9)


@every_backend
def test_the_hessian_by_an_intermediate_is_one_symmetric_function(backend: str) -> None:
    """Second derivatives of f(x, shift of a), so that every backend means the same."""
    xx = 6 * AT + 2 * math.cos(A) - 4 * AT**2 * math.sin(A)
    xa, aa = 1 - 2 * AT * math.sin(A), -math.sin(A)
    hessian = THROUGH.hessian([AT], wrt="x,a", backend=backend).hessian
    assert hessian[0] == pytest.approx([xx, xa], rel=1e-6)
    assert hessian[1] == pytest.approx([xa, aa], rel=1e-6)


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e8])
def test_differences_by_an_intermediate_step_on_its_own_scale(size: float) -> None:
    result = Function(f"a = {size}*x; a^2").jacobian([3], wrt="a", backend="fd")
    assert abs(result.jacobian[0][0] - 6 * size) <= result.error[0][0] <= 1e-6 * 6 * size


@REPEATABLE
@given(st.lists(expressions(8), min_size=1, max_size=1), st.lists(st.floats(-3, 3), min_size=3, max_size=3))
def test_one_reverse_pass_without_partials_has_the_very_bits_of_one_with_them(
    texts: list[str], point: list[float]
) -> None:
    program = Function(texts[0]).program
    nodes = list(program.variables.values())
    problem = Problem(
        make_context(),
        program.graph,
        nodes,
        [node for _, node in program.outputs],
        dict(zip(nodes, point, strict=False)),
    )
    v, seeds = problem.values, {problem.outputs[0]: 1.5}
    bar, edges = sweeps.pull_once(problem.m, problem.graph, problem.order, v, problem.active, seeds)
    assert list(map(repr, bar)) == list(map(repr, sweeps.pull(problem.graph, problem.order, problem.partials, seeds)))
    reached = [row for row, w in zip(problem.partials, bar, strict=True) if row is not None and w is not None]
    assert edges == sum(p is not None for row in reached for p in row)


def test_large_graphs_take_one_pass_without_partials(monkeypatch: pytest.MonkeyPatch) -> None:
    text, point = "a = x*sin(y); b = where(x > 0, max(a, x), log(y)); floor(a) + b*a^y + min(b, x, y)", (0.5, 2.0)
    plain = Function(text).gradient(point).to_dict()
    monkeypatch.setattr("adcli.problem._ONCE", 0)
    once = Function(text).gradient(point).to_dict()
    assert once.pop("cost")["operations"] <= plain.pop("cost")["operations"]
    assert once == plain


def test_a_node_without_a_rule_is_told_by_one_pass_as_by_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def told() -> str:
        with pytest.raises(AdcliError) as error:
            Function("x*besselj(x, 2)").gradient(x=1.5)
        return error.value.render()

    plain = told()
    monkeypatch.setattr("adcli.problem._ONCE", 0)
    assert told() == plain
