"""Taylor coefficients and higher derivatives, against flint's power series with ball coefficients."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import strategies
import witness
from flint import acb, arb, arb_series, ctx, fmpq_mat
from hypothesis import given
from hypothesis import strategies as st

from adcli.contexts import Literal, make_context
from adcli.contexts.series import SeriesContext
from adcli.errors import AdcliError, DomainError, LimitError, UsageError
from adcli.graph import CONSTANT, VARIABLE
from adcli.primitives import TABLE
from adcli.primitives.rows import Primitive, Refusal
from adcli.products import Function
from adcli.symbolics import diff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from conftest import Outcome

    from adcli.language import Program

ORDER = 20
BITS = 2000
EXPANDED = [name for name, row in TABLE.items() if not row.boolean and name != "where"]


@pytest.fixture(autouse=True)
def _precision() -> Iterator[None]:
    """Balls of many bits, and series of as many terms as are compared."""
    before = ctx.prec, ctx.cap
    ctx.prec, ctx.cap = BITS, ORDER + 1
    yield
    ctx.prec, ctx.cap = before


# -- the references


def _inverse(function: Callable[[Any], Any], at: Any, x: Any) -> Any:
    """The series of the inverse function, which is `at` where the line x begins, by the reversion of series."""
    there = function(arb_series([at, arb(1)]))
    rest = arb_series([arb(0), *[there[k] for k in range(1, ORDER + 1)]])
    return at + rest.reversion()(arb_series([arb(0), x[1]]))


SERIES: dict[str, Callable[..., Any]] = {
    **witness.FUNCTIONS,
    "round": lambda x: arb_series([(x[0] + arb(1) / 2).floor()]),  # away from ties
    "erfinv": lambda x: _inverse(lambda y: y.erf(), x[0].erfinv(), x),
    "erfcinv": lambda x: _inverse(lambda y: y.erfc(), x[0].erfcinv(), x),
    "normquantile": lambda x: -arb(2).sqrt() * _inverse(lambda y: y.erfc(), (2 * x[0]).erfcinv(), 2 * x),
}
"""Closed forms over flint's power series."""

CONTOURS: dict[str, Callable[..., Any]] = {
    "erf": lambda x: x.erf(),
    "erfc": lambda x: x.erfc(),
    "erfi": lambda x: x.erfi(),
    "normpdf": lambda x: (-x * x / 2).exp() / (2 * arb.pi()).sqrt(),
    "normcdf": lambda x: (-x / arb(2).sqrt()).erfc() / 2,
    "gamma": lambda x: x.gamma(),
    "factorial": lambda x: (x + 1).gamma(),
    "loggamma": lambda x: x.lgamma(),
    "digamma": lambda x: x.digamma(),
    "trigamma": lambda x: x.polygamma(acb(1)),
    "polygamma": lambda n, x: x.polygamma(acb(n)),
    "beta": lambda x, y: (x.lgamma() + y.lgamma() - (x + y).lgamma()).exp(),
    "uppergamma": lambda s, x: x.gamma_upper(s),
    "lowergamma": lambda s, x: x.gamma_lower(s),
    "expint": lambda x: x.expint(acb(1)),
    "expn": lambda n, x: x.expint(n),
    "ei": lambda x: x.ei(),
    "li": lambda x: x.li(),
    "si": lambda x: x.si(),
    "ci": lambda x: x.ci(),
    "shi": lambda x: x.shi(),
    "chi": lambda x: x.chi(),
    "fresnels": lambda x: x.fresnel_s(),
    "fresnelc": lambda x: x.fresnel_c(),
    "sinhc": lambda x: x.sinh() / x,
    "besselj": lambda n, x: x.bessel_j(n),
    "bessely": lambda n, x: x.bessel_y(n),
    "besseli": lambda n, x: x.bessel_i(n),
    "besselk": lambda n, x: x.bessel_k(n),
    "sphericalbesseli": lambda n, x: (arb.pi() / (2 * x)).sqrt() * x.bessel_i(n + arb(1) / 2),
    "airyai": lambda x: x.airy_ai(),
    "airyaiprime": lambda x: x.airy_ai(derivative=1),
    "airybi": lambda x: x.airy_bi(),
    "airybiprime": lambda x: x.airy_bi(derivative=1),
    "ellipk": lambda x: x.elliptic_k(),
    "ellipe": lambda x: x.elliptic_e(),
    "zeta": lambda x: x.zeta(),
    "polylog": lambda s, x: x.polylog(s),
    "lambertw": lambda x: x.lambertw(),
}
"""Functions of a complex number in flint, whose coefficients are Cauchy's integrals."""

DERIVATIVES = {
    "ellipkderivative": "ellipk",
    "ellipederivative": "ellipe",
    "zetaderivative": "zeta",
    "polylogderivative": "polylog",
}
"""Rows whose first argument is the order of a derivative of another row."""


def by_series(name: str, xs: Sequence[float], slopes: Sequence[float]) -> list[Any]:
    """The coefficients of a row along a line by its closed form over series."""
    found = SERIES[name](*[arb_series([arb(x), arb(d)]) for x, d in zip(xs, slopes, strict=True)])
    return [found[k] for k in range(ORDER + 1)]


def by_contour(name: str, xs: Sequence[float], slopes: Sequence[float], order: int = ORDER) -> list[Any]:
    """The same by Cauchy's integral on circles, smaller and smaller until two agree: the points see no derivative."""
    ctx.prec, count = 900, 128
    turns = [acb(arb(2 * k) / count).exp_pi_i() for k in range(count)]
    before: list[Any] = []
    for halvings in range(1, 9):
        radius = arb(2) ** -halvings
        values = [
            CONTOURS[name](*[arb(x) + arb(d) * radius * turn if d else arb(x) for x, d in zip(xs, slopes, strict=True)])
            for turn in turns
        ]
        found = [(c / count).real / radius**k for k, c in enumerate(acb.dft(values)[: order + 1])]
        if before and worst(found, before, beside=1) < 1e-45:
            return before
        before = found
    raise Open


def by_derivative(name: str, xs: Sequence[float], slopes: Sequence[float]) -> list[Any]:
    """The coefficients of the n-th derivative of a row, of those of the row, which go n orders further."""
    n, speed = int(xs[0]), arb(slopes[-1])
    found = by_contour(DERIVATIVES[name], xs[1:], slopes[1:], ORDER + n)
    return [found[k + n] * math.perm(k + n, n) / speed**n for k in range(ORDER + 1)]


def by_differences(name: str, xs: Sequence[float], slopes: Sequence[float]) -> list[Any]:
    """A few coefficients by differences of values in many digits, for rows of which this file knows nothing."""
    m: Any = make_context(40)

    def along(t: Any) -> Any:
        moved = [m.number(x) + m.number(d) * t if d else m.number(x) for x, d in zip(xs, slopes, strict=True)]
        return getattr(m, name)(*moved)

    return [witness.exact(c) for c in m.mp.taylor(along, 0, 6)]


def reference(name: str, xs: Sequence[float], slopes: Sequence[float]) -> list[Any]:
    """The coefficients of a row along a line, by the first of these that knows it."""
    for known, coefficients_of in ((SERIES, by_series), (CONTOURS, by_contour), (DERIVATIVES, by_derivative)):
        if name in known:
            return coefficients_of(name, xs, slopes)
    return by_differences(name, xs, slopes)


def exact_constant(value: Any) -> Any:
    if isinstance(value, str):
        return {"pi": arb.pi, "e": arb.const_e, "tau": lambda: 2 * arb.pi()}[value]()
    return arb(value.digits) * arb(10) ** value.exponent if isinstance(value, Literal) else arb(value)


COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "and_": lambda a, b: a and b,
    "or_": lambda a, b: a or b,
}


class Open(Exception):  # noqa: N818
    """The reference cannot tell: balls overlap, or a closed form is not for this point."""


def expanded(program: Program, point: dict[str, float], direction: Sequence[float]) -> list[list[Any]]:
    """The coefficients of every output: the graph evaluated over flint's series, none of adcli's rules in it."""
    graph, v = program.graph, {}
    slopes = dict(zip(point, direction, strict=True))
    for node in graph.needed([node for _, node in program.outputs]):
        op, args = graph.ops[node], graph.args[node]
        if op is VARIABLE:
            v[node] = arb_series([arb(point[graph.names[node]]), arb(slopes[graph.names[node]])])
        elif op is CONSTANT:
            v[node] = arb_series([exact_constant(graph.constants[node])])
        elif op.name == "where":
            v[node] = v[args[1] if v[args[0]] else args[2]]
        elif op.name == "not_":
            v[node] = not v[args[0]]
        elif op.name in COMPARISONS:
            a, b = (v[x] if isinstance(v[x], bool) else v[x][0] for x in args)
            if not isinstance(a, bool) and (a - b).contains(0) and not (a.is_exact() and b.is_exact()):
                raise Open
            v[node] = bool(COMPARISONS[op.name](a, b))
        else:
            try:
                v[node] = witness.FUNCTIONS[op.name](*[v[a] for a in args])
            except (ValueError, ZeroDivisionError):
                v[node] = arb_series([arb.nan()] * (ORDER + 1))
    found = [[v[node][k] for k in range(ORDER + 1)] for _, node in program.outputs]
    if not all(c.is_finite() for row in found for c in row):
        raise Open
    return found


def error(got: Any, want: Any, scale: Any) -> float:
    """The error of a coefficient in terms of a scale."""
    return float((abs(witness.exact(got) - want) / scale).abs_upper())


def worst(got: Sequence[Any], want: Sequence[Any], *, beside: int) -> float:
    """The largest error of coefficients, relative to the largest of those `beside` each, or absolute if they are 0.

    What is 0 for reasons of symmetry stands between others that are not.
    """
    sizes = [abs(c).abs_upper() for c in want]
    scales = [max(sizes[max(k - beside, 0) : k + beside + 1], key=float) for k in range(len(want))]
    assert len(want) == len(got)
    return max(error(a, b, s if s > arb(2) ** -1000 else arb(1)) for a, b, s in zip(got, want, scales, strict=True))


# -- every row of the table


def lines(row: Primitive) -> list[tuple[list[float], list[float]]]:
    """Points inside the row's sample, each with a direction that moves every argument by which there is a rule."""
    count = abs(row.arity)
    ranges = row.sample * count if len(row.sample) < count else row.sample
    fixed = [row.together is None and isinstance(row.partials[k], Refusal) for k in range(count)]
    speeds = [0.0 if still else speed for still, speed in zip(fixed, [1.0, -0.75, 0.5], strict=False)]
    points = [[lo + (hi - lo) * part for lo, hi in ranges] for part in (0.215, 0.583, 0.834)]
    spread = [
        [x * (1 + 0.17 * k) if lo < hi else x for k, (x, (lo, hi)) in enumerate(zip(p, ranges, strict=True))]
        for p in points
    ]
    return [(point, speeds) for point in spread][: 3 if row.name in witness.FUNCTIONS else 2]


def coefficients(name: str, xs: Sequence[float], slopes: Sequence[float], digits: int | None = None) -> list[Any]:
    base = make_context(digits)
    m = SeriesContext(base, ORDER)
    return m.coefficients(
        getattr(m, name)(*[m.line(base.number(x), base.number(d)) for x, d in zip(xs, slopes, strict=True)])
    )


@pytest.mark.parametrize("name", EXPANDED)
def test_every_row_has_its_expansion_to_order_20(name: str) -> None:
    for xs, slopes in lines(TABLE[name]):
        want = reference(name, xs, slopes)
        count = len(want)
        assert all(c.is_finite() for c in want)
        assert worst(coefficients(name, xs, slopes)[:count], want, beside=1) < 1e-11
        assert worst(coefficients(name, xs, slopes, 40)[:count], want, beside=1) < 1e-30 if count < ORDER else 1e-39


def test_every_reference_is_that_of_a_row() -> None:
    assert {*CONTOURS, *DERIVATIVES} <= set(EXPANDED)


def test_a_new_row_is_expanded_by_its_own_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    row = Primitive("gd", 1, lambda m, x: 2 * m.atan(m.tanh(m.div(x, 2))), (lambda m, y, x: m.sech(x),))
    monkeypatch.setitem(TABLE, "gd", row)
    x = arb_series([arb(0.5), arb(1)])
    want = 2 * witness.FUNCTIONS["atan"](witness.FUNCTIONS["tanh"](x / 2))
    assert worst(coefficients("gd", [0.5], [1.0]), [want[k] for k in range(ORDER + 1)], beside=1) < 1e-12


def test_a_wrong_rule_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    want = by_series("sin", [0.5], [1.0])
    monkeypatch.setattr(TABLE["cos"], "partials", (lambda m, y, x: m.sin(x),))
    assert worst(coefficients("sin", [0.5], [1.0]), want, beside=1) > 0.1


def test_functions_are_evaluated_once_and_not_nested(monkeypatch: pytest.MonkeyPatch) -> None:
    """sin and cos need each other, and Bessel functions their neighbours: no order takes more than two new ones."""
    counts: dict[str, int] = {"sin": 0, "cos": 0, "besselj": 0}
    base: Any = make_context()
    for name in counts:
        function = getattr(base, name)

        def counted(*xs: Any, name: str = name, function: Any = function) -> Any:
            counts[name] += 1
            return function(*xs)

        monkeypatch.setattr(base, name, counted)
    m = SeriesContext(base, 40)
    m.coefficients(m.sin(m.line(0.5, 1.0)))
    m.coefficients(m.besselj(2, m.line(0.5, 1.0)))
    assert {"sin": 1, "cos": 1} == {name: counts[name] for name in ("sin", "cos")}
    assert counts["besselj"] <= 2 * 40 + 3


# -- compositions

COMPOSITIONS: list[tuple[str, dict[str, float], list[float]]] = [
    ("exp(sin(x))", {"x": 0.0}, [1.0]),
    ("sin(exp(x))/(2 + cos(x))", {"x": 0.3}, [1.0]),
    ("x1*x2 + sin(x1), exp(x1 - x2)", {"x1": 1.0, "x2": 2.0}, [3.0, -2.0]),
    ("log(1 + x^2)*atan(3*x)", {"x": 0.75}, [-0.5]),
    ("x^x", {"x": 1.5}, [1.0]),
    ("x^y + y^x", {"x": 1.5, "y": 2.5}, [1.0, -0.25]),
    ("(x^2 - 2)^5, (x - 1)^3*x^-2", {"x": 1.25}, [1.0]),
    ("sqrt(1 + sqrt(1 + x))", {"x": 3.0}, [2.0]),
    ("tanh(x)/x, sinc(x^2)", {"x": 0.5}, [1.0]),
    ("where(x > 1, x^3, exp(x))*max(x, y)", {"x": 0.5, "y": 0.75}, [1.0, 2.0]),
    ("hypot(x, y, x*y), atan2(y, x - 2)", {"x": 0.5, "y": -0.25}, [1.0, 0.5]),
    ("logsumexp(x, 2*y, 1)*sigmoid(x*y)", {"x": 0.5, "y": 0.5}, [1.0, -1.0]),
    ("for k in range(6) { x = x - (x^2 - 2)/(2*x) }; x", {"x": 1.7}, [1.0]),
    ("2000/tan(x), 3.5*x/sech(x)", {"x": 1.40625}, [1.0]),
]


@pytest.mark.parametrize(("text", "point", "direction"), COMPOSITIONS)
def test_compositions_have_their_expansions(text: str, point: dict[str, float], direction: list[float]) -> None:
    f = Function(text)
    want = expanded(f.program, point, direction)
    for digits, limit in ((None, 1e-12), (40, 1e-39)):
        found = f.taylor(point, direction, order=ORDER, digits=digits)
        assert found.differentiable is True
        assert max(worst(a, b, beside=1) for a, b in zip(found.coefficients, want, strict=True)) < limit


@pytest.mark.parametrize("digits", [None, 40])
@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_spherical_bessel_functions_at_their_removable_point(n: int, digits: int | None) -> None:
    """DLMF 10.53.1: the coefficient of x^(n + 2k) is (-1/2)^k/(k! (2n + 2k + 1)!!)."""
    want = [arb(0)] * (ORDER + 1)
    for k in range((ORDER - n) // 2 + 1):
        want[n + 2 * k] = (arb(-1) / 2) ** k / math.factorial(k) / math.prod(range(1, 2 * n + 2 * k + 2, 2))
    text = f"sphericalbesselj({n}, x), sinc(x)" if n == 0 else f"sphericalbesselj({n}, x)"
    found = Function(text).taylor(x=0, order=ORDER, digits=digits)
    for row in found.coefficients:
        assert worst(row, want, beside=1) < (1e-13 if digits is None else 1e-39)


@strategies.REPEATABLE
@given(strategies.expressions(10), strategies.points(), st.tuples(*[st.sampled_from([1.0, -0.5, 2.0])] * 3))
def test_random_expressions_have_the_expansions_of_flint(
    text: str, point: dict[str, float], direction: tuple[float, ...]
) -> None:
    f = Function(text)
    at = {name: point[name] for name in f.variables}
    along = list(direction[: len(at)])
    try:
        found = f.taylor(at, along, order=ORDER)
    except AdcliError as stop:
        assert stop.exit_code in (4, 5)  # noqa: PT017
        return
    if found.differentiable is not True:
        assert found.warnings
        return
    ctx.prec, ctx.cap = BITS, ORDER + 1
    try:
        want = expanded(f.program, at, along)
    except Open:
        return
    assert worst(found.coefficients[0], want[0], beside=2) < 1e-12


@pytest.mark.parametrize(("text", "point", "direction"), COMPOSITIONS)
def test_the_first_coefficients_are_those_of_jvp_and_hvp(
    text: str, point: dict[str, float], direction: list[float]
) -> None:
    f = Function(text)
    found = f.taylor(point, direction, order=2)
    assert f.jvp(point, direction).jvp == pytest.approx([row[1] for row in found.coefficients], rel=1e-13, abs=1e-16)
    assert f.eval(point).value == pytest.approx([row[0] for row in found.coefficients], rel=1e-14)
    if len(f.outputs) == 1:
        second = math.fsum(a * b for a, b in zip(f.hvp(point, direction).hvp, direction, strict=True))
        assert second == pytest.approx(found.derivatives[0][2], rel=1e-12)


# -- kinks, jumps, removable points, and where there is no expansion

inf = math.inf
KINKS: list[tuple[str, str, list[float], list[float] | None]] = [
    # the expression, the point, the coefficients for t > 0 and for t < 0 (None: the same)
    ("abs(x)", "0", [0, 1, 0, 0], [0, -1, 0, 0]),
    ("x*abs(x)", "0", [0, 0, 1, 0], [0, 0, -1, 0]),
    ("abs(x^2)", "0", [0, 0, 1, 0], None),
    ("abs(x)^2", "0", [0, 0, 1, 0], None),
    ("sqrt(x^2)", "0", [0, 1, 0, 0], [0, -1, 0, 0]),
    ("sqrt(x^4 + x^6)", "0", [0, 0, 1, 0], None),
    ("(x^2)^1.5", "0", [0, 0, 0, 1], [0, 0, 0, -1]),
    ("cbrt(x^3)", "0", [0, 1, 0, 0], None),
    ("cbrt(x^6 + x^7)", "0", [0, 0, 1, 1 / 3], None),
    ("x^3", "0", [0, 0, 0, 1], None),
    ("x^0", "0", [1, 0, 0, 0], None),
    ("max(x, 2*x)", "0", [0, 2, 0, 0], [0, 1, 0, 0]),
    ("min(sin(x), x)", "0", [0, 1, 0, -1 / 6], [0, 1, 0, 0]),
    ("max(x, x + 0*sin(x))", "0", [0, 1, 0, 0], None),
    ("relu(x)", "0", [0, 1, 0, 0], [0, 0, 0, 0]),
    ("relu(x)^3", "0", [0, 0, 0, 1], [0, 0, 0, 0]),
    ("sign(x)", "0", [1, 0, 0, 0], [-1, 0, 0, 0]),
    ("floor(x)", "2", [2, 0, 0, 0], [1, 0, 0, 0]),
    ("ceil(x)", "2", [3, 0, 0, 0], [2, 0, 0, 0]),
    ("round(x)", "0.5", [1, 0, 0, 0], [0, 0, 0, 0]),
    ("mod(x, 1)", "2", [0, 1, 0, 0], [1, 1, 0, 0]),
    ("floor(x^2)", "0", [0, 0, 0, 0], None),
    ("where(x > 0, x^2, -x^2)", "0", [0, 0, 1, 0], [0, 0, -1, 0]),
    ("where(x >= 0, sin(x), x)", "0", [0, 1, 0, -1 / 6], [0, 1, 0, 0]),
    ("where(x == 0, 1, sin(x)/x)", "0", [1, 0, -1 / 6, 0], None),
    ("where(x == 0, 0.5, (1 - cos(x))/x^2)", "0", [0.5, 0, -1 / 24, 0], None),
    ("where(x == 0, 0, x^5/(exp(x) - 1)^2)", "0", [0, 0, 0, 1], None),
    ("hypot(x, 2*x)", "0", [0, 5**0.5, 0, 0], [0, -(5**0.5), 0, 0]),
    ("atan2(x, -1)", "0", [math.pi, -1, 0, 1 / 3], [-math.pi, -1, 0, 1 / 3]),
    ("acot(x)", "0", [math.pi / 2, -1, 0, 1 / 3], [-math.pi / 2, -1, 0, 1 / 3]),
    ("logsumexp(x, x)", "0", [math.log(2), 1, 0, 0], None),
    ("abs(sin(x))*abs(x)", "0", [0, 0, 1, 0], None),
]


@pytest.mark.parametrize("digits", [None, 30])
@pytest.mark.parametrize(("text", "at", "right", "left"), KINKS)
def test_the_two_sides_of_a_kink(
    text: str, at: str, right: list[float], left: list[float] | None, digits: int | None
) -> None:
    found = Function(text).taylor(at, order=3, digits=digits)
    assert right == pytest.approx([float(c) for c in found.coefficients[0]], abs=1e-15)
    assert (left is None) == found.differentiable
    differing = {k: b for k, (a, b) in enumerate(zip(right, left or right, strict=True)) if a != b}
    assert differing == pytest.approx({side.order: float(side.left) for side in found.one_sided})
    assert bool(differing) == bool(found.warnings)


def test_a_direction_that_stays_on_the_kink_does_not_see_it() -> None:
    found = Function("abs(x)*y + max(x, 0*y)").taylor(x=0, y=1, direction=[0, 1], order=2)
    assert (True, ()) == (found.differentiable, found.warnings)


def test_a_removed_value_is_reported() -> None:
    found = Function("where(x == 0, 5, x)").taylor(x=0, order=2)
    assert (False, [0.0, 1.0, 0.0], [5.0]) == (found.differentiable, found.coefficients[0], found.value)
    assert ["jump"] == [warning.code for warning in found.warnings]


def test_a_comparison_that_the_first_terms_do_not_decide_is_reported() -> None:
    assert [[1.0, 0.0]] == Function("where(x^30 > 0, 1, 2)").taylor(x=0, order=1).coefficients
    found = Function("where(x^300 > 0, 1, 2)").taylor(x=0, order=1)
    assert found.differentiable is None
    assert ["undecided"] == [warning.code for warning in found.warnings]


@pytest.mark.parametrize(
    ("text", "at", "beginning"),
    [
        ("sqrt(x)", 0, [0, inf]),
        ("x^(2/3)", 0, [0, inf]),
        ("x^1.5", 0, [0, 0, inf]),
        ("asin(x)", 1, [math.pi / 2]),
        ("exp(x)", 1000, [inf]),
    ],
)
def test_what_is_not_finite_is_marked_at_its_place(text: str, at: float, beginning: list[float]) -> None:
    found = Function(text).taylor(x=at, order=3)
    assert found.differentiable is False
    assert beginning == found.coefficients[0][: len(beginning)]
    assert not math.isfinite(found.coefficients[0][3])
    (warning,) = [w for w in found.warnings if w.code == "not-finite"]
    assert warning.span is not None
    assert text == warning.span.text[warning.span.start : warning.span.end]


@pytest.mark.parametrize(
    ("text", "right", "left"), [("1/x", inf, -inf), ("-1/x^2", -inf, -inf), ("x^-2", inf, inf), ("1/(0*x)", inf, inf)]
)
def test_poles_have_their_signs(text: str, right: float, left: float) -> None:
    found = Function(f"where(x == 0, 0, {text})").taylor(x=0, order=1)
    assert found.differentiable is False
    begins = found.coefficients[0][0], found.one_sided[0].left if found.one_sided else found.coefficients[0][0]
    assert (right, left) == begins


def test_many_differences_are_summed_up() -> None:
    found = Function("abs(sin(x))").taylor(x=0, order=30)
    assert 15 == len(found.one_sided)
    assert "5 more coefficients differ from side to side" == found.warnings[-1].message


def test_what_rounding_took_is_computed_with_more_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The coefficients of tan at 1.412 are 10^16 times those of its reciprocal, and so are the errors of doubles."""
    f, point = Function("1/tan(x)"), {"x": 1.412}
    (want,) = expanded(f.program, point, [1.0])
    assert worst(f.taylor(point, order=ORDER).coefficients[0], want, beside=0) < 1e-15
    monkeypatch.setattr("adcli.contexts.series._WORK_OF_DIGITS", 100)
    doubted = f.taylor(point, order=ORDER)
    assert worst(doubted.coefficients[0], want, beside=0) > 1e-3
    assert ["rounding"] == [warning.code for warning in doubted.warnings]


def test_a_side_where_the_function_is_undefined_is_reported_once() -> None:
    found = Function("x^3.5").taylor(x=0, order=3)
    assert (None, [0, 0, 0, 0]) == (found.differentiable, found.coefficients[0])
    assert ["y1 is undefined for t < 0"] == [w.message for w in found.warnings]


def test_a_division_of_0_by_0_without_a_limit_is_an_error() -> None:
    text = "where(x == 0, 1, (abs(x)*x - x^2)/(abs(x)*x^3 - x^4))"
    with pytest.raises(DomainError, match="0 by 0"):
        Function(text).taylor(x=0, order=3)


# -- limits and refusals


def test_an_order_has_bounds() -> None:
    f = Function("exp(x)")
    assert [[1.0]] == f.taylor(x=0, order=0).coefficients
    with pytest.raises(UsageError, match="between 0 and 1000"):
        f.taylor(x=0, order=1001, digits=20)
    with pytest.raises(UsageError, match="between 0 and 1000"):
        f.taylor(x=0, order=-1)
    with pytest.raises(LimitError, match="too large for doubles"):
        f.taylor(x=0, order=171)


def test_the_largest_orders() -> None:
    found = Function("exp(x), 1/(1 - x)").taylor(x=0, order=170)
    assert [1.0] * 171 == pytest.approx(found.derivatives[0], rel=1e-12)
    assert [1.0] * 171 == pytest.approx(found.coefficients[1], rel=1e-12)
    (row,) = Function("exp(x)").taylor(x=0, order=1000, digits=20).derivatives
    assert 1001 == len(row)
    assert all(abs(x - 1) < 1e-19 for x in row)


def test_too_much_work_is_refused_in_time() -> None:
    with pytest.raises(LimitError, match="too many multiplications"):
        Function("besselj(2, x)").taylor(x=1, order=1000, digits=20)
    with pytest.raises(LimitError, match="too many multiplications"):
        Function("for k in range(30000) { x = sin(x) + x/2 }; x").taylor(x=1, order=30)


def test_deep_graphs_are_no_matter() -> None:
    f = Function("for k in range(4000) { x = sin(x) + x/2 + abs(x)/4 }; x")
    assert f.jvp(x=0.5, direction=[1.0]).jvp == pytest.approx([f.taylor(x=0.5, order=2).coefficients[0][1]], rel=1e-10)
    assert Function("abs(" * 400 + "x" + ")" * 400).taylor(x=0, order=1).coefficients == [[0.0, 1.0]]


def test_an_argument_without_a_rule_is_refused_at_its_place() -> None:
    with pytest.raises(UsageError, match="no derivative by its order") as caught:
        Function("1 + besselj(n, x)").taylor(n=1, x=2, direction=[1, 1])
    assert caught.value.span is not None
    assert (4, 17) == caught.value.span[:2]
    found = Function("1 + besselj(n, x)").taylor(n=1, x=2, wrt="x", order=1)
    assert Function("besselj(1, x)").gradient(x=2).gradient == pytest.approx(found.coefficients[0][1:])


def test_several_columns_need_a_direction() -> None:
    with pytest.raises(UsageError, match="2 columns: x, y") as caught:
        Function("x*y").taylor(x=1, y=2)
    assert "--wrt x" in caught.value.hint


def test_intermediates_and_arrays_are_expanded_by() -> None:
    f = Function("h = W@x; sum(h^2)")
    point = {"W": [[1, 2], [3, 4]], "x": [1, 1]}
    assert [[58.0, 6.0, 1.0]] == f.taylor(point, order=2, wrt="h[0]").coefficients
    assert [[58.0, 20.0, 2.0]] == f.taylor(point, direction="h=[1,1]", order=2, wrt="h").coefficients
    assert [[58.0, 0.0, 0.0]] == f.taylor(point, direction="h=[0,0]", order=2, wrt="h").coefficients


def test_a_constant_has_an_expansion() -> None:
    assert [[3.0, 0.0, 0.0]] == Function("3").taylor(order=2).coefficients


# -- the command


def test_the_command_prints_coefficients_derivatives_and_a_polynomial(adcli: Callable[..., Outcome]) -> None:
    out = adcli("taylor", "exp(sin(x))", "--at", "0", "--order", "4").out
    assert "y1 along x = 1.0" in out
    assert "│ 4 │ -0.125      │ -3.0       │" in out
    assert out.endswith("y1 ≈ 1 + t + 0.5*t^2 - 0.125*t^4 + O(t^5)\n")


def test_the_command_shows_both_sides(adcli: Callable[..., Outcome]) -> None:
    outcome = adcli("taylor", "x*abs(x)", "--at", "0", "--order", "2")
    assert 0 == outcome.code
    assert "│ 2 │ 1.0                │ -1.0               │ 2.0               │" in outcome.out
    assert "coefficient 2 of y1 is -1.0 for t < 0 and 1.0 for t > 0" in outcome.err
    assert "^^^^^^" in outcome.err


@pytest.mark.parametrize(
    ("name", "shown"), [("csv", "k,coefficient,derivative\n0,0.0,0.0\n1,1.0,1.0"), ("markdown", "| 1 | `1.0` |")]
)
def test_other_formats_have_the_same_numbers(name: str, shown: str, adcli: Callable[..., Outcome]) -> None:
    assert shown in adcli("taylor", "sin(x)", "--at", "0", "--format", name).out


def test_latex_has_an_array(adcli: Callable[..., Outcome]) -> None:
    assert r"1 & 1.0 & 1.0" in adcli("taylor", "sin(x)", "--at", "0", "--format", "latex").out


def test_json_is_what_the_library_gives(adcli: Callable[..., Outcome]) -> None:
    arguments = ["taylor", "exp(x*y)", "--at", "1,2", "--direction", "3,-2", "--order", "3", "--json"]
    found = Function("exp(x*y)").taylor("1,2", "3,-2", order=3)
    assert found.to_dict() == adcli(*arguments).json
    assert found.to_dict()["derivatives"] == [[c * math.factorial(k) for k, c in enumerate(found.coefficients[0])]]


def test_json_of_doubles_needs_no_library() -> None:
    script = (
        "import sys; from adcli.cli import run; run(['taylor', 'exp(sin(x))', '--at', '1', '--json'])\n"
        "assert not {'mpmath', 'numpy', 'rich', 'flint'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, timeout=120)


# -- mixed partial derivatives

SURFACES = [
    ("exp(x*y)*sin(x + 2*y)", (0.5, -0.25)),
    ("1/(1 + x^2 + y^4)", (0.75, 0.5)),
    ("x^y", (1.5, 2.5)),
    ("log(x + y^2)*atan(x/y)", (1.25, 0.75)),
    ("tanh(x*y) + sqrt(x + y)", (0.5, 1.5)),
]


def mixed_partials(text: str, at: tuple[float, float], order: int) -> list[Any]:
    """d^order f/dx^(order - j)dy^j for all j, by interpolating the expansions along (1, 0), (1, 1), (1, 2), ...

    The coefficient of t^order along (1, s) is a polynomial in s, whose coefficients are the derivatives by factorials.
    """
    program = Function(text).program
    point = dict(zip(("x", "y"), at, strict=True))
    along = [expanded(program, point, (1.0, float(s)))[0][order] for s in range(order + 1)]
    inverse = fmpq_mat([[s**j for j in range(order + 1)] for s in range(order + 1)]).inv()
    factorials = [math.factorial(order - j) * math.factorial(j) for j in range(order + 1)]
    return [
        f * sum((arb(inverse[j, s]) * along[s] for s in range(order + 1)), arb(0)) for j, f in enumerate(factorials)
    ]


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize(("text", "at"), SURFACES)
@pytest.mark.usefixtures("untraced")
def test_mixed_partials_to_order_6(text: str, at: tuple[float, float], order: int) -> None:
    f = Function(text)
    want = mixed_partials(text, at, order)
    for j in range(order + 1):
        names = ["x"] * (order - j) + ["y"] * j
        ((precise,),) = diff(f, mixed=names, at=at, digits=40).values or []
        ((double,),) = diff(f, mixed=",".join(reversed(names)), at=at).values or []
        assert worst([precise], [want[j]], beside=0) < 1e-38
        assert worst([double], [want[j]], beside=0) < 1e-10


@pytest.mark.parametrize(("text", "at"), SURFACES)
def test_hessians_are_the_mixed_partials_of_order_2(text: str, at: tuple[float, float]) -> None:
    xx, xy, yy = mixed_partials(text, at, 2)
    for digits, limit in ((None, 1e-12), (40, 1e-38)):
        (a, b), (c, d) = Function(text).hessian(at, digits=digits).hessian
        assert worst([a, b, c, d], [xx, xy, xy, yy], beside=0) < limit


@pytest.mark.parametrize("order", [1, 3, 6])
@pytest.mark.parametrize(("text", "at"), SURFACES)
def test_repeated_derivatives_are_those_of_the_expansions(text: str, at: tuple[float, float], order: int) -> None:
    want = mixed_partials(text, at, order)
    ((by_x, by_y),) = diff(Function(text), order=order, at=at, digits=40).values or []
    assert worst([by_x, by_y], [want[0], want[-1]], beside=0) < 1e-38


def test_mixed_partials_of_three_variables() -> None:
    found = diff(Function("exp(x*y*z)*z, x*y^2*z^3"), mixed="x,y,y,z,z,z", at="0.5,1,2", digits=30)
    assert (6, ("x,y,y,z,z,z",), "12") == (found.order, found.columns, found.entries[1][0])
    assert ["∂⁶y1/∂x∂y²∂z³", "∂⁶y2/∂x∂y²∂z³"] == found.labels()
    x, y, z, cap = arb(1) / 2, arb(1), arb(2), 8
    # exp(s*z)*z with s = x*y: d^3/dz^3 is (z*s^3 + 3*s^2)*exp(s*z), a function of s; then y twice and x once
    ctx.cap = cap
    s = arb_series([x * y, x])  # along y
    slope = ((z * s * s * s + 3 * s * s) * (s * z).exp())[2] * 2
    step = arb(2) ** -400
    s = arb_series([(x + step) * y, x + step])
    above = ((z * s * s * s + 3 * s * s) * (s * z).exp())[2] * 2
    assert worst([(found.values or [])[0][0]], [(above - slope) / step], beside=0) < 1e-28


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--mixed", "z,x"], 2, "--mixed: the expression has no 'z'"),
        (["--mixed", "x", "--order", "2"], 2, "so does --order"),
        (["--mixed", "x", "--wrt", "x"], 2, "so does --wrt"),
        (["--mixed", ","], 2, "--mixed lists no names"),
        (["--mixed", ",".join("x" * 51)], 2, "--mixed lists 51 names"),
        (["--digits", "20"], 2, "--digits is for values"),
        (["--mixed", "x,y", "--at", "0,0"], 5, "is undefined here"),
    ],
)
def test_mixed_partials_are_refused(
    arguments: list[str], code: int, message: str, adcli: Callable[..., Outcome]
) -> None:
    outcome = adcli("diff", "sqrt(x)*y", *arguments)
    assert code == outcome.code
    assert message in outcome.err


def test_an_array_is_no_name_of_a_mixed_partial(adcli: Callable[..., Outcome]) -> None:
    outcome = adcli("diff", "W@x", "--mixed", "W,x[1]", "--shape", "W=2x2,x=2")
    assert 2 == outcome.code
    assert "'W' is an array" in outcome.err
    result = adcli("diff", "W@x", "--mixed", "W[0,1],x[1]", "--shape", "W=2x2,x=2", "--json").json
    assert [["1"], ["0"]] == result["derivatives"]
    assert ["W[0,1]", "x[1]"] == result["mixed"]


def test_a_mixed_partial_in_latex(adcli: Callable[..., Outcome]) -> None:
    out = adcli("diff", "x^2*y", "--mixed", "x,x,y", "--format", "latex").out
    assert r"\frac{\partial^{3} y_{1}}{\partial x^{2} \partial y} &= 2" in out


def test_values_beside_formulas_warn_as_derivatives_do(adcli: Callable[..., Outcome]) -> None:
    outcome = adcli("diff", "abs(x)*y", "--at", "0,3")
    assert "∂y1/∂x │ 0.0" in outcome.out
    assert "∂y1/∂x is -3.0 from the left and 3.0 from the right" in outcome.err
    result = adcli("diff", "x^3", "--at", "2", "--order", "2", "--json").json
    assert ([[12.0]], {"x": 2.0}) == (result["values"], result["point"])


def test_constants_of_shared_sums_are_folded() -> None:
    assert [["y*x^(y - 3)*(y - 1)*(y - 2)"]] == diff(Function("x^y"), wrt="x", order=3).entries
