"""Special functions: reference values, ends and poles, refusals, and the care for digits that no row takes itself."""

from __future__ import annotations

import itertools
import json
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mpmath
import pytest
import test_primitives as table
import witness
from flint import arb

import adcli
from adcli.contexts import Precision, make_context
from adcli.errors import DomainError, LimitError, UsageError
from adcli.graph import Graph
from adcli.primitives import FUNCTIONS, TABLE, Domain, Library, LibraryPartial, Primitive, Refusal, functions
from adcli.printing import LATEX, write
from adcli.symbolics import catalogue, diff

if TYPE_CHECKING:
    from collections.abc import Callable

FLOATS = make_context()
FORTY = make_context(40)
SPECIAL = [row for row in functions() if isinstance(row.value, Library)]
inf, nan = math.inf, math.nan

by_row = pytest.mark.parametrize("row", SPECIAL, ids=lambda row: row.name)


# -- references


CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "special-expressions.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_reference_expressions(case: dict[str, Any]) -> None:
    """Expressions of integral tables with 40 digits: 39 are right; doubles lose what a plain sweep of doubles loses."""
    f = adcli.parse(case["expr"])
    mp = mpmath.MPContext()
    mp.dps = 60
    for digits in (40, None):
        got = f.jacobian(case["at"], digits=digits)
        column = {name: k for k, name in enumerate(got.columns)}
        pairs = [(case["f64_value_err"], got.value[0], case["value"][0])]
        pairs += [
            (case["f64_jac_err"], got.jacobian[0][column[name]], entry)
            for name, entry in zip(case["vars"], case["jac"][0], strict=True)
        ]
        for lost, number, text in pairs:
            true = mp.mpf(text)
            bound = 1e-39 if digits else 4 * max(lost, 2.0**-53)
            assert abs(number - true) <= bound * abs(true), (digits, number, text)


CONVENTIONS = [
    ("ellipk(m)", 0.5, 1.8540746773013719),  # of the parameter m = k^2
    ("ellipe(m)", 0.5, 1.3506438810476755),
    ("fresnels(x)", 1.0, 0.4382591473903548),  # of sin(pi t^2/2)
    ("fresnelc(x)", 1.0, 0.7798934003768228),
    ("expint(x)", 1.0, 0.21938393439552029),
    ("expint(2, x)", 1.0, 0.14849550677592205),
    ("uppergamma(2, x)", 1.0, 2 / math.e),  # not divided by gamma(2)
    ("lowergamma(3, x)", 1.0, 0.16060279414278838),
    ("li(x)", 2.0, 1.0451637801174928),  # from 0
    ("si(x)", 1.0, 0.9460830703671831),
    ("polygamma(0, x)", 1.0, -0.5772156649015329),
    ("loggamma(x)", -0.5, 1.2655121234846454),  # of |gamma(x)|
    ("besseli(-1, x)", 2.0, 1.5906368546373291),
    ("lambertw(x)", 1.0, 0.5671432904097838),
    ("polylog(2, x)", 1.0, math.pi**2 / 6),
    ("normcdf(x)", 0.0, 0.5),
    ("factorial(x)", 5.0, 120.0),
    ("round(x)", 2.5, 2.0),
    ("round(x)", -3.5, -4.0),
    ("round(x)", 0.49999999999999994, 0.0),
]


@pytest.mark.parametrize(("text", "x", "expected"), CONVENTIONS)
def test_conventions(text: str, x: float, expected: float) -> None:
    """Arguments and normalisation are those of SymPy and mpmath."""
    f = adcli.parse(text)
    assert f.eval({f.variables[0]: x}).value[0] == pytest.approx(expected, rel=3e-16, abs=1e-300)


ORDERS = [
    (name, float(n), x)
    for name in ("besselj", "bessely", "besseli", "besselk")
    for n in (29, 31, 40.5, 200, 998, -31.5, -200)
    for x in (0.5, 35.0, 180.0, 999.0, 2500.0, 1e6, 1e200)
]


@pytest.mark.parametrize(("name", "n", "x"), ORDERS)
def test_large_orders(name: str, n: float, x: float) -> None:
    """Where mpmath sums for long, or gives up: recurrences and expansions in its stead."""
    y = getattr(FLOATS, name)(n, x)
    try:
        truth = witness.taylor(name, (n, x), (0, 1), 0).value
    except witness.UnresolvedError:  # past the exponents of flint
        assert (name, y) == ("besseli", inf)
        return
    assert witness.ulps(y, truth) <= 1


# -- ends of the line, zeros and poles

ENDS = [
    ("erf", (inf,), 1.0), ("erf", (-inf,), -1.0), ("erf", (-0.0,), -0.0), ("erf", (5e-324,), 5e-324),
    ("erfc", (-inf,), 2.0), ("erfc", (1e300,), 0.0), ("erfi", (-1e300,), -inf), ("erfi", (-inf,), -inf),
    ("erfinv", (1.0,), nan), ("erfinv", (-0.0,), -0.0), ("erfcinv", (5e-324,), 27.21329321081295),
    ("normcdf", (-1e300,), 0.0), ("normcdf", (inf,), 1.0), ("normpdf", (1e200,), 0.0), ("normquantile", (0.0,), nan),
    ("gamma", (171.7,), inf), ("gamma", (-1.0,), nan), ("gamma", (0.0,), nan), ("gamma", (inf,), inf),
    ("gamma", (-inf,), nan), ("gamma", (1e300,), inf), ("gamma", (5e-324,), inf), ("gamma", (-1000.5,), -0.0),
    ("loggamma", (1.0,), 0.0), ("loggamma", (1e300,), 6.897755278982137e302), ("digamma", (inf,), inf),
    ("trigamma", (inf,), 0.0), ("polygamma", (0.0, inf), inf), ("polygamma", (2.0, inf), 0.0),
    ("polygamma", (1.5, 1.0), nan), ("beta", (5e-324, 1.0), inf), ("beta", (1e300, 1e300), 0.0),
    ("uppergamma", (0.5, 1e300), 0.0), ("uppergamma", (0.0, 0.0), inf), ("uppergamma", (0.5, -1.0), nan),
    ("uppergamma", (2.0, -1.0), 0.0), ("lowergamma", (2.0, inf), 1.0), ("lowergamma", (-1.0, 1.0), nan),
    ("expint", (0.0,), inf), ("expint", (1e5,), 0.0), ("expn", (3.0, 0.0), 0.5), ("expn", (1.0, 0.0), inf),
    ("expn", (-2.0, -1e300), -inf), ("ei", (-inf,), 0.0), ("ei", (0.0,), nan), ("li", (0.0,), 0.0), ("li", (1.0,), nan),
    ("si", (inf,), math.pi / 2), ("si", (-0.0,), -0.0), ("ci", (1e300,), -8.178819121159085e-301), ("ci", (0.0,), nan),
    ("shi", (-1e300,), -inf), ("chi", (inf,), inf), ("fresnels", (1e300,), 0.5), ("fresnelc", (-inf,), -0.5),
    ("besselj", (0.0, 0.0), 1.0), ("besselj", (0.5, -1.0), nan), ("besselj", (0.0, inf), 0.0),
    ("besselj", (1.0, -0.0), -0.0), ("besselj", (2.0, -0.0), 0.0), ("besselj", (0.0, 1e300), -1.1e-151),
    ("bessely", (0.0, 0.0), nan), ("besselk", (0.0, 1e5), 0.0), ("besseli", (0.0, 1e300), inf),
    ("besseli", (0.0, inf), inf), ("airyai", (1e300,), 0.0), ("airybi", (1e300,), inf), ("airyai", (-inf,), 0.0),
    ("ellipk", (1.0,), nan), ("ellipk", (-inf,), 0.0), ("ellipe", (1.0,), 1.0), ("zeta", (1.0,), nan),
    ("zeta", (-2.0,), 0.0), ("zeta", (-1e300,), 0.0), ("zeta", (inf,), 1.0), ("zeta", (0.0,), -0.5),
    ("zeta", (-1e5 - 0.5,), -inf), ("polylog", (2.0, -inf), nan), ("polylog", (1.0, 1.0), nan),
    ("polylog", (-1.0, 2.0), 2.0), ("polylog", (2.5, 5e-324), 5e-324), ("lambertw", (inf,), inf),
    ("lambertw", (-0.36787944117144233,), nan), ("lambertw", (1e300,), 684.2472086297608),
]  # fmt: skip


@pytest.mark.parametrize(("name", "xs", "expected"), ENDS)
def test_ends_zeros_and_poles(name: str, xs: tuple[float, ...], expected: float) -> None:
    """A written answer in doubles, with the sign of a zero; the same in mpmath, but for what a double cannot hold."""
    got = getattr(FLOATS, name)(*xs)
    assert got == pytest.approx(expected, rel=4e-16 if abs(expected) != 1.1e-151 else 10, abs=0, nan_ok=True)
    assert got != 0 or math.copysign(1, got) == math.copysign(1, expected)
    precise = getattr(FORTY, name)(*[FORTY.number(x) for x in xs])
    assert float(precise) == pytest.approx(got, rel=3e-16, abs=0, nan_ok=True)


@pytest.mark.parametrize(("name", "xs"), [
    ("erf", (inf,)), ("normcdf", (-inf,)), ("expint", (inf,)), ("airyai", (inf,)), ("lambertw", (inf,)),
    ("trigamma", (inf,)), ("besselk", (1.0, inf)),
])  # fmt: skip
def test_slopes_at_infinity(name: str, xs: tuple[float, ...]) -> None:
    """Where the function flattens out, the derivative is 0."""
    assert TABLE[name].partials[len(xs) - 1](FLOATS, getattr(FLOATS, name)(*xs), *xs) == 0


SLOPES = [
    ("shi(x)", 0, 1.0), ("si(x)", 0, 1.0), ("besselj(0, x)", 0, 0.0), ("besselj(1, x)", 0, 0.5),
    ("ellipk(x)", 0, math.pi / 8), ("ellipe(x)", 0, -math.pi / 8), ("ellipe(x)", 1, -inf),
    ("polylog(3, x)", 0, 1.0), ("polylog(2, x)", 1, inf),
    ("lambertw(x)", 0, 1.0), ("uppergamma(1, x)", 0, -1.0), ("uppergamma(0.5, x)", 0, -inf), ("expint(2, x)", 0, -inf),
    ("expint(3, x)", 0, -1.0), ("fresnels(x)", 100, 0.0), ("zeta(x)", -2, -0.030448457058393270), ("sinhc(x)", 0, 0.0),
    ("gamma(x)", 5e-162, -inf), ("loggamma(x)", 1, -0.5772156649015329), ("erf(x)", 25.5, 4.492294316829735e-283),
]  # fmt: skip
"""The slope where a plain formula divides by 0, cancels or overflows."""


@pytest.mark.parametrize("backend", ["forward", "reverse"])
@pytest.mark.parametrize(("text", "x", "slope"), SLOPES)
def test_special_points(text: str, x: float, slope: float, backend: str) -> None:
    got = adcli.parse(text).jacobian(x=x, backend=backend)
    assert got.jacobian[0][0] == pytest.approx(slope, rel=4e-16, abs=0)


CURVATURES = [
    ("shi(x)", 0.0), ("si(x)", 0.0), ("besselj(0, x)", -0.5), ("ellipk(x)", 9 * math.pi / 64),
    ("ellipe(x)", -3 * math.pi / 64), ("polylog(3, x)", 0.25), ("lambertw(x)", -2.0), ("fresnelc(x)", 0.0),
]  # fmt: skip


@pytest.mark.parametrize("backend", ["forward", "reverse", "symbolic"])
@pytest.mark.parametrize(("text", "curvature"), CURVATURES)
def test_second_derivatives_at_0(text: str, curvature: float, backend: str) -> None:
    """Where derivatives are quotients in textbooks, they are none here: no 0/0."""
    got = adcli.parse(text).hessian(x=0, backend=backend)
    assert got.hessian[0][0] == pytest.approx(curvature, rel=1e-15)
    assert got.differentiable is True


POLES = [
    "gamma(x - 3)", "digamma(-x + 1)", "polygamma(1, x - 1)", "ei(x - 1)", "ci(x - 1)", "bessely(0, x - 1)", "zeta(x)",
    "polylog(0, x)", "ellipk(x)", "erfinv(x)", "factorial(-x)", "li(x)", "expint(1, x - 1)",
]  # fmt: skip


@pytest.mark.parametrize("text", POLES)
@pytest.mark.parametrize("digits", [None, 30])
def test_a_pole_is_outside_of_the_domain(text: str, digits: int | None) -> None:
    """Refused with the place, in doubles and to any precision."""
    with pytest.raises(DomainError, match="is undefined here") as caught:
        adcli.parse(text).jacobian(x=1, digits=digits)
    assert caught.value.span is not None


@by_row
@pytest.mark.usefixtures("untraced")
def test_no_argument_takes_long(row: Primitive) -> None:
    """Magnitudes from the least double to the largest, of either sign: an answer or a refusal, at once."""
    magnitudes = [
        0.0,
        5e-324,
        1e-300,
        1e-100,
        1e-20,
        1e-3,
        0.3,
        0.99,
        1.5,
        7.0,
        40.0,
        170.0,
        750.0,
        1e4,
        1e6,
        1e16,
        1e100,
    ]
    xs = [sign * x for x in [*magnitudes, 1e300, 1.7e308] for sign in (1.0, -1.0)]
    orders = [0.0, 1.0, 2.0, 5.0, 30.0, 998.0, 1e300, 0.5, 2.5, 1e-300, -1.0, -2.0, -30.0, -2.5, -100.5]
    choices = [orders] * (len(row.parameters) - 1) + [xs]
    points = list(itertools.product(*choices))
    for point in points[:: max(1, len(points) // 100)]:
        start = time.perf_counter()
        try:
            y = getattr(FLOATS, row.name)(*point)
            row.partials[len(point) - 1](FLOATS, y, *point)
        except LimitError as error:
            if error.code not in {"huge-order", "no-convergence"}:
                raise
        assert time.perf_counter() - start < 10, point


# -- what is refused


@pytest.mark.parametrize(
    "text",
    ["besselj(n, x)", "bessely(n, x)", "besseli(n, x)", "besselk(n, x)", "polygamma(n, x)", "polylog(n, x)",
     "uppergamma(n, x)", "lowergamma(n, x)", "expint(n, x)"],
)  # fmt: skip
def test_a_derivative_by_the_order_is_refused(text: str) -> None:
    """With the place and a way out; held fixed, it does no harm; finite differences need no rule."""
    f = adcli.parse(text)
    for backend in ("forward", "reverse", "symbolic"):
        with pytest.raises(UsageError, match=r"has no derivative by its (order|parameter)") as caught:
            f.jacobian(n=2, x=0.5, backend=backend)
        assert caught.value.code == "no-derivative"
        assert caught.value.span is not None
        assert "--let" in caught.value.hint
    assert len(f.jacobian(n=2, x=0.5, wrt="x").jacobian[0]) == 1
    if "poly" not in text:  # their orders are whole
        assert len(f.jacobian(n=2, x=0.5, backend="fd").jacobian[0]) == 2


@pytest.mark.parametrize("text", ["besselj(1e5, x)", "polygamma(2000, x)", "expint(1e9, x)", "polylog(-900, -x)",
                                  "zetaderivative(31, x)", "uppergamma(-1e6, x)"])  # fmt: skip
def test_a_huge_order_is_a_limit(text: str) -> None:
    with pytest.raises(LimitError) as caught:
        adcli.parse(text).eval(x=2)
    assert caught.value.code == "huge-order"
    assert "is the most" in caught.value.message


def test_a_number_of_many_bits_is_a_limit() -> None:
    """As for the periodic functions: not computed with for hours."""
    with pytest.raises(LimitError) as caught:
        FORTY.erf(FORTY.mp.ldexp(1, 10**9))
    assert caught.value.code == "huge-argument"


# -- care for digits: of any function that mpmath computes


def asked(rule: Callable[..., Any], *xs: float) -> float:
    return FLOATS.library(Library(rule), *xs)


def test_cancellation_in_a_library_costs_no_digits() -> None:
    """1 - cos(x) near 0 and log(1 + x) at 1e-300 as a library might compute them: right all the same."""
    assert asked(lambda mp, x: 1 - mp.cos(x), 2.0**-100) == 2.0**-201
    assert asked(lambda mp, x: mp.log(1 + x), 1e-300) == 1e-300
    assert asked(lambda mp, x, y: (x + y) - x, 1e300, 7e-300) == 7e-300
    assert asked(lambda mp, x: mp.sin(x) - mp.sin(x), 1e-300) == 0.0


def test_cancellation_in_a_partial_costs_no_digits() -> None:
    """A rule that computes 1/x as ((x + 1) - x)/x, or loses everything where 1 + x is 1."""
    source = Library(lambda mp, x: mp.log(x))
    sloppy = LibraryPartial(source, lambda m, y, x: m.div((x + 1) - x, x))
    assert sloppy(FLOATS, nan, 1e200) == 1e-200
    assert LibraryPartial(source, lambda m, y, x: m.log(1 + x))(FLOATS, nan, 1e-200) == 1e-200
    assert LibraryPartial(source, lambda m, y, x: m.exp(y) - x + 1)(FLOATS, nan, 1e18) == 1.0  # y is right, too


def test_answers_that_never_agree_are_a_limit() -> None:
    with pytest.raises(LimitError) as caught:
        asked(lambda mp, x: x + mp.prec, 2.0)
    assert caught.value.code == "no-convergence"
    with pytest.raises(LimitError, match="mpmath cannot compute"):
        asked(lambda mp, x: mp.hypsum(1, 0, ("Z",), [10**9], x, maxterms=3), 2.0)


def test_a_context_is_left_as_it_was() -> None:
    """Precision and rounding, also after an error; an answer is rounded as the context rounds."""
    up = make_context(30, Precision(40, away_from_zero=True))
    down = make_context(30, Precision(40, away_from_zero=False))
    before = [list(m.mp._prec_rounding) for m in (up, down)]
    third = [m.library(Library(lambda mp, x: x / 3), m.number(1)) for m in (up, down)]
    assert third[0] > third[1]
    assert (third[0] - third[1]) * 2**40 < 1e-20
    with pytest.raises(LimitError):
        up.library(Library(lambda mp, x: x + mp.prec), up.number(2))
    assert before == [m.mp._prec_rounding for m in (up, down)]


def test_many_answers_are_not_kept() -> None:
    """A context that works for long does not grow."""
    m = make_context(20)
    for k in range(1000):
        m.gamma(m.number(k + 1.5))
    assert len(m._answers) <= 256


# -- how they read


@by_row
def test_every_row_is_described(row: Primitive) -> None:
    """`adcli functions NAME` says what it is, what its arguments are called and what its derivative is."""
    (entry,) = catalogue(row.name).entries
    assert len(entry.about) > 10
    assert entry.derivatives
    assert entry.call == f"{row.overload or row.name}({', '.join(row.parameters)})"


TEXTS = [
    ("erf(x)", "2*exp(-x^2)/sqrt(pi)"), ("erfinv(x)", "exp(erfinv(x)^2)*sqrt(pi)/2"),
    ("gamma(x)", "digamma(x)*gamma(x)"), ("psi(x)", "trigamma(x)"), ("polygamma(0, x)", "polygamma(1, x)"),
    ("expint(x)", "-exp(-x)/x"),
    ("expint(3, x)", "-expint(2, x)"), ("expint(2, x)", "-expint(x)"), ("si(x)", "sinc(x)"), ("shi(x)", "sinh(x)/x"),
    ("besselj(0, x)", "-besselj(1, x)"), ("besseli(0, x)", "besseli(1, x)"), ("besselk(0, x)", "-besselk(1, x)"),
    ("besselj(2, x)", "(besselj(1, x) - besselj(3, x))/2"), ("airyai(x)", "airyaiprime(x)"),
    ("airyaiprime(x)", "x*airyai(x)"), ("ellipe(x)", "(ellipe(x) - ellipk(x))/(2*x)"),
    ("zeta(x)", "zetaderivative(1, x)"), ("polylog(2, x)", "polylog(1, x)/x"), ("normcdf(x)", "normpdf(x)"),
    ("lambertw(x)", "exp(-lambertw(x))/(lambertw(x) + 1)"),
    ("uppergamma(3, x)", "-x^2*exp(-x)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_derivatives_read_like_a_textbook(text: str, expected: str) -> None:
    assert diff(adcli.parse(text)).entries[0][0] == expected


FORMULAS = {
    "gamma": r"\Gamma\left(x\right)", "polygamma": r"\psi^{(x)}\left(y\right)", "besselj": r"J_{x}\left(y\right)",
    "expn": r"E_{x}\left(y\right)", "expint": r"E_{1}\left(x\right)", "erf": r"\operatorname{erf}\left(x\right)",
    "polylogderivative": r"\operatorname{Li}_{y}^{(x)}\left(z\right)", "beta": r"\mathrm{B}\left(x, y\right)",
    "airyaiprime": r"\operatorname{Ai}'\left(x\right)", "normquantile": r"\Phi^{-1}\left(x\right)",
}  # fmt: skip


@pytest.mark.parametrize("name", FORMULAS)
def test_formulas_look_like_a_textbook(name: str) -> None:
    """The row says how: #1, #2 are its arguments."""
    graph = Graph()
    row = TABLE[name]
    node = graph.apply(row, tuple(graph.variable(x) for x in ("x", "y", "z")[: row.arity]))
    assert FORMULAS[name] == write(graph, node, notation=LATEX)


@by_row
@pytest.mark.parametrize("digits", [None, 50])
def test_commands_on_every_row(row: Primitive, digits: int | None, adcli: Callable[..., Any]) -> None:
    """Jacobian, Hessian and trace of each, by the command line."""
    xs = table.sample_points(row, 1)[0]
    text, moving = table.expression(row, xs)
    precision = [] if digits is None else ["--digits", str(digits)]
    for command in ("jac", "hess", "trace"):
        done = adcli(command, text, "--at", ",".join(repr(xs[k]) for k in moving), "--json", *precision)
        assert done.code == 0, done.err


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("besselj(2, x)", "(besselj(1, x) - besselj(3, x))/2"), ("erf(x)", "2/sqrt(pi)*exp(-x^2)"),
        ("gamma(x)", "gamma(x)*psi(x)"), ("polylog(2, x)", "-log(1 - x)/x"),
        ("normcdf(x)", "exp(-x^2/2)/sqrt(2*pi)"), ("airyai(x)", "airyaiprime(x)"), ("expint(x)", "-exp(-x)/x"),
    ],
)  # fmt: skip
def test_claims_about_special_functions(text: str, claim: str, adcli: Callable[..., Any]) -> None:
    """A right derivative agrees, twice as much does not."""
    assert adcli("check", text, "--claim", claim).code == 0
    assert adcli("check", text, "--claim", f"2*({claim})").code == 1


# -- a newcomer's row


def _struve_ball(n: Any, x: Any) -> Any:
    """H_n(x) by DLMF 11.2.1, a hypergeometric function."""
    half = arb(1) / 2
    scale = (x / 2) ** (n + 1) / ((3 * half).gamma() * (n + 3 * half).gamma())
    return scale * (-x * x / 4).hypgeom([arb(1)], [3 * half, n + 3 * half])


def _struve_slope(m: Any, y: Any, n: Any, x: Any) -> Any:
    """DLMF 11.4.28."""
    rest = m.div(m.pow(m.div(x, 2), n), m.sqrt(m.number("pi")) * m.gamma(n + m.div(3, 2)))
    return m.div(m.struveh(n - 1, x) - m.struveh(n + 1, x) + rest, 2)


def struve(*slope: Any) -> Primitive:
    return Primitive(
        "struveh", 2, Library("struveh", _struve_ball), (Refusal("by n"), *(slope or (_struve_slope,))),
        Domain("x > 0", lambda m, n, x: not x <= 0), sample=((2.0, 2.0), (0.5, 9.0)), parameters=("n", "x"),
        about="the Struve function of order n",
    )  # fmt: skip


def hermite(*slope: Any) -> Primitive:
    """A function whose row names no ball: mpmath is its own witness. DLMF 18.9.25."""
    rule = lambda m, y, n, x: 2 * n * m.hermite(n - 1, x)  # noqa: E731
    return Primitive(
        "hermite", 2, Library("hermite"), (Refusal("by n"), *(slope or (rule,))),
        sample=((2.5, 2.5), (-3.0, 3.0)), parameters=("n", "x"), about="the Hermite function of order n",
    )  # fmt: skip


def learn(monkeypatch: pytest.MonkeyPatch, row: Primitive) -> Primitive:
    """Add a row to the table for the time of a test."""
    monkeypatch.setitem(TABLE, row.name, row)
    monkeypatch.setitem(FUNCTIONS, row.name, row)
    return row


CHECKS = [
    table.test_the_witness_knows_every_row,
    table.test_value_and_partials_in_doubles_on_the_sample_range,
    table.test_value_and_partials_to_50_digits,
    table.test_inside_the_domain_the_value_is_a_number,
    table.test_sample_points_lie_in_the_domain,
    table.test_rows_print_and_read_back,
    table.test_finite_differences_stay_within_their_own_error,
]


@pytest.mark.parametrize("make", [struve, hermite])
def test_a_new_row_is_tested_as_it_arrives(make: Callable[..., Primitive], monkeypatch: pytest.MonkeyPatch) -> None:
    """One row, and the tests of the table run on it, with a reference that they find by themselves."""
    row = learn(monkeypatch, make())
    for check in CHECKS:
        check(row)
    for backend in table.EXACT_BACKENDS:
        table.test_exact_backends_agree_with_the_witness(row, backend)
    table.test_second_derivatives(row, "forward")
    table.function.cache_clear()


WRONG = [
    (struve, lambda m, y, n, x: m.div(m.struveh(n - 1, x) - m.struveh(n + 1, x), 2)),
    (struve, lambda m, y, n, x: _struve_slope(m, y, n, x) * (1 + m.div(1, 10**12))),
    (hermite, lambda m, y, n, x: n * m.hermite(n - 1, x)),
    (hermite, 1),
]


@pytest.mark.parametrize(("make", "rule"), WRONG)
def test_a_wrong_partial_of_a_new_row_is_caught(
    make: Callable[..., Primitive], rule: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A forgotten term, a factor of 1 + 1e-12, a constant: in doubles and to 50 digits."""
    row = learn(monkeypatch, make(rule))
    for check in CHECKS[1:3]:
        with pytest.raises(AssertionError):
            check(row)
    with pytest.raises(AssertionError):
        table.test_exact_backends_agree_with_the_witness(row, "forward")
    table.function.cache_clear()


def test_a_wrong_value_of_a_new_row_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one that flint knows: mpmath's function of another order."""
    right = struve()
    wrong = Library(lambda mp, n, x: mp.struvel(n, x), _struve_ball)
    row = learn(monkeypatch, Primitive("struveh", 2, wrong, (Refusal("by n"), 1), right.domain, sample=right.sample))
    with pytest.raises(AssertionError):
        table.test_value_and_partials_in_doubles_on_the_sample_range(row)
