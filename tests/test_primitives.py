"""Every row of the primitive table against a rigorous witness: a new row is tested as it arrives.

The loops run over the table itself. A row that `witness.py` does not know, a row with a kink
that `KINKS` does not know, or an alias that gives another function, fails by name. A row whose
value is a `Library` is known as it is; its points are fewer, since they take longer.
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
from adcli import diagnostics, sweeps
from adcli.backends import load
from adcli.backends.symbolic import derivative_graph
from adcli.contexts import make_context
from adcli.contexts.floats import FloatContext
from adcli.errors import DomainError
from adcli.graph import Graph
from adcli.nodes import GraphContext
from adcli.primitives import FUNCTIONS, OPERATORS, OVERLOADS, TABLE, Library, Primitive, Refusal, functions
from adcli.printing import LATEX, write
from adcli.problem import Problem
from adcli.symbolics import diff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.usefixtures("untraced")

FEW = 40  # points of a function that libraries compute
ORDERS = (0, 1, 2, 3, 4, 0.5, 2.5, -0.5, -1, -2, -1.5, 12)
REACH = {"zeta": -1e6, "zetaderivative": -1e6}
"""Arguments below which the reference takes too long, or has no value."""
ARITHMETIC = ("add", "sub", "mul", "div", "pow", "neg")
ROWS = [*(TABLE[name] for name in ARITHMETIC), *(row for row in functions() if row.name != "where")]
UNNAMED = [TABLE[name] for name in ("shifted", "divisor", "outweighs", "pivot")]  # adcli makes them, nobody writes them
VARIADIC = [row for row in TABLE.values() if row.arity < 0]
COUNTS = (2, 3, 40)
EXACT_BACKENDS = ("forward", "reverse", "symbolic", "auto")
FLOATS = make_context()
inf, nan = math.inf, math.nan

by_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
by_rule = pytest.mark.parametrize("row", [*ROWS, *UNNAMED], ids=lambda row: row.name)
by_variadic = pytest.mark.parametrize("row", VARIADIC, ids=lambda row: row.name)


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


def is_special(row: Primitive) -> bool:
    """Whether libraries compute it, which takes them a thousand times as long as a verb of floats."""
    return isinstance(row.value, Library)


def is_order(row: Primitive, k: int) -> bool:
    """Whether the k-th argument is an order or a parameter: its sample is one number."""
    return row.sample[k][0] == row.sample[k][1]


def sample_points(row: Primitive, count: int) -> list[tuple[float, ...]]:
    """Give deterministic points of the row's sample range."""
    rng = random.Random(f"sample {row.name}")  # noqa: S311  # points, not secrets
    drawn = (tuple(rng.uniform(*bounds) for bounds in row.sample) for _ in itertools.count())
    return list(itertools.islice((xs for xs in drawn if usable(row, xs)), count))


def long_points(row: Primitive, count: int, number: int) -> list[tuple[float, ...]]:
    """Points of so many arguments for a row that takes any number."""
    rng = random.Random(f"{row.name} of {count}")  # noqa: S311
    return [tuple(rng.uniform(*row.sample[0]) for _ in range(count)) for _ in range(number)]


def wild_points(row: Primitive) -> list[tuple[float, ...]]:
    """Give points far outside the sample range: tiny, huge, near edges, near ties."""
    rng = random.Random(f"wild {row.name}")  # noqa: S311
    xs = nasty(rng)
    if len(row.sample) == 1:
        found = [(x,) for x in xs]
    elif len(row.sample) == 2 and is_order(row, 0):
        orders = [n for n in ORDERS if is_special(row) and usable(row, (n, 0.5))] or range(5)
        found = [(float(n), x) for n in orders for x in rng.sample(xs, 60)]
    elif is_order(row, 0) and is_order(row, 1):
        found = [(float(n), float(s), x) for n in (1, 2, 5) for s in (-2, 0, 2, 1.5) for x in rng.sample(xs, 30)]
    else:
        found = [tuple(rng.choice(xs) for _ in row.sample) for _ in range(300)]
        for _ in range(100):
            x = rng.choice(xs)
            found.append((x, *(x * rng.uniform(-2, 2) for _ in row.sample[1:])))
    if row.arity < 0:
        found += [tuple(rng.uniform(-9, 9) for _ in range(count)) for count in (3, 4, 5, 32, 33, 40) for _ in range(5)]
    points = [point for point in found if usable(row, point) and point[-1] >= REACH.get(row.name, -inf)]
    return rng.sample(points, min(len(points), FEW)) if is_special(row) else points


# -- how exact a row is, in ulp

BOUND = 4.0


class Allowance(NamedTuple):
    """Where a row is allowed more than `BOUND`: from (k, xs), k = -1 for the value, a bound and a scale.

    The scale is what the error is measured in the last place of, if the true value is smaller.
    """

    grant: Callable[..., tuple[float, float]]
    reason: str


ALLOWANCES: dict[str, Allowance] = {}


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
    by_order = row.arity >= 0 and isinstance(row.partials[k], Refusal)
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


@by_rule
def test_the_witness_knows_every_row(row: Primitive) -> None:
    """A new row needs a reference; the message says where."""
    assert witness.knows(row.name), str(witness.UnknownRowError(row.name))


def test_an_unknown_row_is_named() -> None:
    with pytest.raises(witness.UnknownRowError, match="no reference for the row 'sine'"):
        witness.taylor("sine", (1.0,), [1])


def test_allowances_are_for_rows_that_exist() -> None:
    assert set(ALLOWANCES) <= {row.name for row in ROWS}


def test_every_row_of_the_table_is_looped_over() -> None:
    """All but the truth values and the choice between branches, which have tests of their own."""
    looped = {row.name for row in [*ROWS, *UNNAMED]}
    assert {name for name, row in TABLE.items() if name not in looped} == {
        "where", "lt", "le", "gt", "ge", "eq", "ne", "and_", "or_", "not_",
    }  # fmt: skip


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


@by_rule
def test_value_and_partials_in_doubles_on_the_sample_range(row: Primitive) -> None:
    """A few ulp at two hundred points."""
    assert misses(row, sample_points(row, FEW if is_special(row) else 200)) == []


@by_rule
def test_value_and_partials_in_doubles_at_the_ends_of_the_world(row: Primitive) -> None:
    """A few ulp near zero, near every edge, and at huge arguments; overflow only where the truth does."""
    points = wild_points(row)
    assert len(points) >= min(FEW, 40)
    assert misses(row, points) == []


@by_rule
def test_value_and_partials_to_50_digits(row: Primitive) -> None:
    """The same rows over mpmath are right to 48 digits."""
    m = make_context(50)
    points = sample_points(row, 8) + wild_points(row)[::10]
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
        true = witness.hessian(row.name, xs, moving)
        size = max(abs(float(entry)) for entries in true for entry in entries)
        for a, entries in enumerate(true):
            for b, entry in enumerate(entries):
                assert got[a][b] == pytest.approx(float(entry), rel=1e-10, abs=1e-10 * size), (text, xs, a, b)


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
    """log(x, base) is the row logb, expint(n, x) is expn: whichever way they are called."""
    row = TABLE[OVERLOADS[name, count]]
    xs = sample_points(row, 1)[0]
    text, moving = expression(row, xs)
    expected = function(text).jacobian(at(xs, moving))
    got = function(expression(row, xs, name)[0]).jacobian(at(xs, moving))
    assert expected.to_dict() == got.to_dict()
    assert expected.expression.startswith(f"{row.overload}(")


def test_log_with_a_base() -> None:
    r = adcli.parse("log(x, b)").jacobian(x=8, b=2)
    assert r.value == pytest.approx([3.0])
    assert r.jacobian[0] == pytest.approx([-3 / (2 * math.log(2)), 1 / (8 * math.log(2))])  # columns b, x


# -- any number of arguments


class CountingContext(FloatContext):
    """Floats whose verbs count how many numbers they are given."""

    counted = 0

    def __getattribute__(self, name: str) -> Any:
        verb = super().__getattribute__(name)
        if name.startswith("_") or not callable(verb):
            return verb

        def counting(*xs: Any) -> Any:
            self.counted += sum(len(x) if isinstance(x, list) else 1 for x in xs)
            return verb(*xs)

        return counting


class Counted(float):
    """A float that counts what is done with it and with what comes of it."""

    done = 0


def _counting(name: str) -> Callable[..., Any]:
    operation = getattr(float, name)

    def counting(*xs: Any) -> Any:
        Counted.done += 1
        found = operation(*xs)
        return Counted(found) if type(found) is float else found

    return counting


_OPERATIONS = "add radd sub rsub mul rmul truediv rtruediv neg lt le gt ge eq ne"
for _name in _OPERATIONS.split():
    setattr(Counted, f"__{_name}__", _counting(f"__{_name}__"))


def one_node(row: Primitive, count: int) -> tuple[Graph, list[int], int]:
    """A graph of the row over so many variables."""
    graph = Graph()
    inputs = [graph.variable(f"x{k + 1}") for k in range(count)]
    return graph, inputs, graph.apply(row, tuple(inputs))


def work(row: Primitive, count: int) -> int:
    """How many operations a value, all its partials, the test of its kink and its direction there take."""
    m = CountingContext()
    Counted.done = 0
    graph, inputs, node = one_node(row, count)
    xs = [Counted(k % 7) for k in range(count)]
    order = graph.needed([node])
    v = sweeps.values(m, graph, order, dict(zip(inputs, xs, strict=True)))
    sweeps.linearize(m, graph, order, v, [1] * len(graph))
    if row.kink is not None:
        row.kink.at(m, *xs)
        row.kink.directional(m, xs, xs)
    assert min(m.counted, Counted.done) >= count, "nothing was counted"
    return m.counted + Counted.done


@by_variadic
def test_the_work_is_linear_in_the_number_of_arguments(row: Primitive) -> None:
    """Twice the arguments are twice the work, in numbers."""
    assert work(row, 4000) <= 2.01 * work(row, 2000)
    assert work(row, 2000) <= 40 * 2000


def test_quadratic_work_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The count can fail: a rule that makes all partials for each of them."""
    row = TABLE["max"]
    monkeypatch.setattr(row, "together", lambda m, y, xs: [row.partials[k](m, y, *xs) for k in range(len(xs))])
    assert work(row, 200) > 3 * work(row, 100)


@by_variadic
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_symbolic_derivative_is_linear_in_the_number_of_arguments(row: Primitive, mode: str) -> None:
    """Nodes are operations: a few for each argument, as they are written and after they are simplified."""
    sizes = []
    for count in (1000, 2000):
        graph, inputs, node = one_node(row, count)
        target = Graph()
        m = GraphContext(target)
        problem = Problem(m, graph, inputs, [node], {x: m.wrap(target.variable(graph.names[x])) for x in inputs})
        if mode == "forward":
            problem.push([m.number(1)] * count)
        else:
            problem.pull([m.number(1)])
        simple, _, _ = derivative_graph(graph, inputs, [node], "reverse")
        assert max(len(target), len(simple)) <= 16 * count
        sizes.append((len(target), len(simple)))
    assert [big <= 2.01 * small for small, big in zip(*sizes, strict=True)] == [True, True]


@by_variadic
def test_one_partial_is_the_one_of_all(row: Primitive) -> None:
    """`partials[k]` is a rule for one of those that `together` gives."""
    for xs in [xs for count in COUNTS for xs in long_points(row, count, 3)]:
        y = getattr(FLOATS, row.name)(*xs)
        assert row.together(FLOATS, y, xs) == [row.partials[k](FLOATS, y, *xs) for k in range(len(xs))]
    with pytest.raises(TypeError, match="one by one, or together"):
        row.partials[:2]


@by_variadic
@pytest.mark.parametrize("count", COUNTS)
def test_partials_by_inactive_arguments_are_absent(row: Primitive, count: int) -> None:
    graph, inputs, node = one_node(row, count)
    order = graph.needed([node])
    v = sweeps.values(FLOATS, graph, order, {x: float(x) for x in inputs})
    full = sweeps.linearize(FLOATS, graph, order, v, [1] * len(graph))[node]
    active = [x % 2 for x in inputs] + [1]
    assert full is not None
    assert len(full) == count
    some = sweeps.linearize(FLOATS, graph, order, v, active)[node]
    assert some == tuple(p if active[x] else None for x, p in zip(inputs, full, strict=True))


@by_variadic
@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("backend", EXACT_BACKENDS)
def test_many_arguments_agree_with_the_witness(row: Primitive, count: int, backend: str) -> None:
    """Value, gradient and one second derivative along a direction."""
    for xs in long_points(row, count, 2):
        text, moving = expression(row, xs)
        got = function(text).jacobian(list(xs), backend=backend)
        assert got.differentiable is True
        for k in moving:
            truth = witness.taylor(row.name, xs, witness.units(count, k))
            assert witness.relative(got.jacobian[0][k], truth.slope) <= 1e-13, (text, xs, k)
            assert witness.relative(got.value[0], truth.value) <= 1e-13, (text, xs)
        direction = [k % 3 - 1 for k in range(count)]
        along = function(text).hvp(list(xs), direction=direction, backend=backend).hvp
        truth = float(witness.taylor(row.name, xs, direction, 2).curvature)
        assert sum(d * x for d, x in zip(direction, along, strict=True)) == pytest.approx(truth, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("name", ["max", "min"])
@pytest.mark.parametrize("count", [3, 4, 5, 40])
@pytest.mark.parametrize("backend", EXACT_BACKENDS[:3])
def test_the_first_of_the_best_counts_wherever_it_stands(name: str, count: int, backend: str) -> None:
    """Ties at the beginning, in the middle and at the end; a NaN leaves no best."""
    row, sign = TABLE[name], 1.0 if name == "max" else -1.0
    for places in itertools.combinations({0, 1, count // 2, count - 2, count - 1}, 2):
        xs = tuple(sign * (2.0 if k in places else -k) for k in range(count))
        got = function(expression(row, xs)[0]).jacobian(list(xs), backend=backend)
        assert [float(k == min(places)) for k in range(count)] == got.jacobian[0]
        assert {side.column for side in got.one_sided} == {f"x{k + 1}" for k in places}
        unknown = (*xs[:-1], nan)
        assert [None] * count == row.together(FLOATS, getattr(FLOATS, name)(*unknown), unknown)


@pytest.mark.parametrize("digits", [None, 30])
@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("backend", EXACT_BACKENDS)
def test_hypot_at_the_origin(backend: str, count: int, digits: int | None) -> None:
    """0 in every backend and to any precision, not 0/0; and said to be a kink."""
    names = ", ".join(f"x{k + 1}" for k in range(count))
    f = function(f"hypot({names}), 2*x1 - 3*hypot({names})")
    got = f.jacobian([0] * count, backend=backend, digits=digits)
    assert [[0.0] * count, [2.0] + [0.0] * (count - 1)] == got.jacobian
    assert got.differentiable is False
    assert {(side.left, side.right) for side in got.one_sided} == {(-1, 1), (5, -1), (3, -3)}
    assert {warning.code for warning in got.warnings[:1]} == {"kink"}


def test_hypot_reads_like_a_textbook() -> None:
    """Formulas for people do not mention the origin, in derivatives of any order."""
    assert diff(function("hypot(x, y, z)")).entries[0][0] == "x/hypot(x, y, z)"
    assert diff(function("hypot(x, y)"), order=2).entries[0][0] == "1/hypot(x, y) - x^2/hypot(x, y)^3"


@pytest.mark.parametrize("digits", [None, 30])
@pytest.mark.parametrize("backend", EXACT_BACKENDS)
def test_the_hessian_of_hypot_at_the_origin_is_zeros(backend: str, digits: int | None) -> None:
    """There is none; no backend makes a NaN of it, and all say so."""
    got = function("hypot(x, y)").hessian(x=0, y=0, backend=backend, digits=digits)
    assert (got.hessian, got.differentiable) == ([[0, 0], [0, 0]], False)


READABLE = {
    "max(x, y)": ["where(x >= y, 1, 0)", "where(y > x, 1, 0)"],
    "min(x, y)": ["where(x <= y, 1, 0)", "where(y < x, 1, 0)"],
    "max(x, y, z)": [
        "where(x >= y and x >= z, 1, 0)", "where(y > x and y >= z, 1, 0)", "where(z > x and z > y, 1, 0)",
    ],
    "max(p, q, r, s, t)": [
        "where(p >= max(max(max(t, s), r), q), 1, 0)", "where(q > p and q >= max(max(t, s), r), 1, 0)",
        "where(r > max(p, q) and r >= max(t, s), 1, 0)", "where(s > max(max(p, q), r) and s >= t, 1, 0)",
        "where(t > max(max(max(p, q), r), s), 1, 0)",
    ],
}  # fmt: skip


@pytest.mark.parametrize("text", READABLE)
def test_conditions_of_an_extremum_are_readable(text: str) -> None:
    assert READABLE[text] == diff(function(text), share=False).entries[0]


# -- rows without a name


def chosen(row: Primitive) -> tuple[Graph, list[int], int]:
    """The row as a node of a graph; one that is a truth value chooses between its arguments."""
    graph, inputs, node = one_node(row, row.arity)
    return graph, inputs, graph.apply(TABLE["where"], (node, *inputs)) if row.boolean else node


by_unnamed = pytest.mark.parametrize("row", UNNAMED, ids=lambda row: row.name)


@by_unnamed
@pytest.mark.parametrize("digits", [None, 30])
@pytest.mark.parametrize("backend", EXACT_BACKENDS)
def test_rows_without_a_name_in_every_backend(row: Primitive, backend: str, digits: int | None) -> None:
    """Values, and the derivatives that the table says."""
    m = make_context(digits)
    graph, inputs, node = chosen(row)
    for xs in sample_points(row, 4):
        problem = Problem(m, graph, inputs, [node], dict(zip(inputs, [m.number(x) for x in xs], strict=True)))
        first = abs(xs[0]) > abs(xs[-1])
        expected = {
            "shifted": (sum(problem.point.values()), [1, 1]),
            "divisor": (xs[0], [1]),
            "pivot": (xs[0], [1, 0]),
            "outweighs": (xs[0] if first else xs[-1], [int(first), int(not first)]),
        }[row.name]
        assert expected == (problem.output_values()[0], load(backend).jacobian(problem).entries[0])
        assert diagnostics.kink_nodes(m, graph, problem.order, problem.values, [node], problem.active) == []


@by_unnamed
def test_rows_without_a_name_cannot_be_called(row: Primitive) -> None:
    assert row.name in OPERATORS
    assert row.name not in FUNCTIONS


@pytest.mark.parametrize(
    ("name", "text", "latex"),
    [
        ("shifted", "x1 - x2", "x_{1} - x_{2}"),
        ("pivot", "x1 - x2", "x_{1} - x_{2}"),
        (
            "divisor",
            "where(x1 - x2 != 0, x1 - x2, inf)",
            r"\begin{cases}x_{1} - x_{2} & \text{if } x_{1} - x_{2} \ne 0 \\ \infty & \text{otherwise}\end{cases}",
        ),
        ("outweighs", "abs(x1 - x2) > abs(x2)", r"\left|x_{1} - x_{2}\right| > \left|x_{2}\right|"),
    ],
)
def test_rows_without_a_name_are_written_in_the_language(name: str, text: str, latex: str) -> None:
    """By what they are worth: a shift is 0, a pivot is its first argument; the text reads back to an equal value."""
    graph = Graph()
    x, y = graph.variable("x1"), graph.variable("x2")
    node = graph.apply(TABLE[name], (graph.apply(TABLE["sub"], (x, y)), y)[: TABLE[name].arity])
    assert (text, latex) == (write(graph, node), write(graph, node, notation=LATEX))
    twice = write(graph, graph.apply(TABLE["mul"], (graph.constant(2), node)))
    assert twice == (f"2*{text}" if text.endswith(")") and name == "divisor" else f"2*({text})")
    m = GraphContext(Graph(), textbook=True)
    xs = [m.wrap(m.graph.variable(f"x{k + 1}")) for k in range(TABLE[name].arity)]
    assert write(m.graph, m.apply(TABLE[name], *xs).node) in {text.replace("x1 - x2", "x1"), "x1"}
    program = adcli.parse(f"where({text}, 1, 0)" if TABLE[name].boolean else text)
    for a, b in itertools.product((-2.0, 0.0, 1.0, 3.0), repeat=2):
        expected = getattr(FLOATS, name)(*(a - b, 0.0 if name == "shifted" else b)[: TABLE[name].arity])
        assert program.eval(x1=a, x2=b).value[0] == expected


def test_a_pivot_is_refused_where_rounding_may_have_made_it() -> None:
    """Up to 8 units of rounding of its scale; 0 always; an unknown or overflowed scale is another trouble."""
    contains = TABLE["pivot"].domain.contains
    for m in (FLOATS, make_context(30)):
        edge, tiny = 8 * m.epsilon * 3, m.number(2) ** -1000
        three, zero = m.number(3), m.number(0)
        for x, scale, expected in [
            (edge, three, False), (-edge, three, False), (edge, -three, False), (1.01 * edge, three, True),
            (-1.01 * edge, three, True), (three, three, True), (zero, three, False), (zero, zero, False),
            (-zero, zero, False), (tiny, zero, True), (tiny, tiny, True), (tiny, three, False),
            (three, m.number(inf), True), (zero, m.number(inf), False), (m.number(nan), three, True),
            (three, m.number(nan), True),
        ]:  # fmt: skip
            assert contains(m, x, scale) is expected, (m.name, x, scale)


def test_a_refused_pivot_is_found_and_says_why() -> None:
    """1*4 - 2*2 of a singular matrix, by the node that is to blame."""
    graph, inputs, node = one_node(TABLE["pivot"], 2)
    v = sweeps.values(FLOATS, graph, graph.needed([node]), dict(zip(inputs, [1e-17, 4.0], strict=True)))
    assert node == diagnostics.undefined_node(FLOATS, graph, graph.needed([node]), v, [node])
    assert TABLE["pivot"].domain.text.endswith("the matrix is singular to working precision")


# -- domains

COARSE = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)


def grid(row: Primitive, *, inside: bool) -> list[tuple[float, ...]]:
    """Points of a coarse grid where the row says that it is defined, or undefined."""
    points = itertools.product(COARSE if len(row.sample) < 3 else COARSE[1:-1:2], repeat=len(row.sample))
    return [xs for xs in points if (row.domain is None or bool(row.domain.contains(FLOATS, *xs))) == inside]


@by_rule
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
            needed = re.sub(rf"\b{row.parameters[0]}\b", "x1", row.domain.text) if row.arity == 1 else row.domain.text
            assert needed in caught.value.message


@by_rule
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
    "hypot": [
        KinkCase((0.0,) * count, [0.0] * count, {f"x{k + 1}": (-1.0, 1.0) for k in range(count)}) for count in (2, 3, 4)
    ],
    "sign": [KinkCase((0.0,), [0.0])],
    "floor": [KinkCase((2.0,), [0.0]), KinkCase((-3.0,), [0.0])],
    "ceil": [KinkCase((2.0,), [0.0]), KinkCase((-3.0,), [0.0])],
    "round": [KinkCase((2.5,), [0.0]), KinkCase((-0.5,), [0.0])],
    "mod": [KinkCase((4.0, 2.0), [1.0, -2.0]), KinkCase((-3.0, 1.5), [1.0, 2.0])],
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
        ("hypot(x, y)", (1.5e308, -1.5e308), inf, [math.sqrt(0.5), -math.sqrt(0.5)]),
        ("hypot(x, y, z)", (1.6e308, 1.6e308, 0), inf, [math.sqrt(0.5), math.sqrt(0.5), 0.0]),
        ("hypot(x, y)", (5e-324, 5e-324), 5e-324, [math.sqrt(0.5), math.sqrt(0.5)]),
        ("hypot(x, y, z)", (5e-324, -1e-323, 1e-323), 1.5e-323, [1 / 3, -2 / 3, 2 / 3]),
        ("hypot(x, y)", (5e-324, 1.0), 1.0, [5e-324, 1.0]),
        ("-hypot(x, y)", (0, 0), 0.0, [0.0, 0.0]),
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
    """The branch taken is constant, but the derivative is that of the function, which the limits tell."""
    for text, slope in [("where(x == 0, 1, sin(x)/x)", 0.0), ("where(x == 0, 1, (exp(x) - 1)/x)", 0.5)]:
        got = adcli.parse(text).jacobian(x=0, backend=backend)
        assert (got.value, got.jacobian, got.differentiable) == ([1.0], [[slope]], True)
        assert got.one_sided == got.warnings == ()
