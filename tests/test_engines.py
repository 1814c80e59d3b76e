"""Every engine against single points: the same numbers, domains and kinks, whatever the row and the count.

The loops run over the primitive table and over all special points; what engines compute at many points is compared
with the floats that a single run has there. Kernels of many rows are merged into one, so that a compiler starts a
few times only. Bounds are in units in the last place (ulp), measured and stated below.
"""

from __future__ import annotations

import itertools
import json
import math
import random
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

np = pytest.importorskip("numpy")

from adcli import engines, sweeps  # noqa: E402
from adcli.backends import load as backend  # noqa: E402
from adcli.backends.symbolic import derivative_graph  # noqa: E402
from adcli.contexts import make_context  # noqa: E402
from adcli.engines import Unavailable  # noqa: E402
from adcli.errors import AdcliError, DomainError, UsageError  # noqa: E402
from adcli.graph import CONSTANT, VARIABLE, Graph  # noqa: E402
from adcli.kernels import Kernel, kernel  # noqa: E402
from adcli.kernels.making import make_kernel  # noqa: E402
from adcli.machine import parallel  # noqa: E402
from adcli.machine.lowering import Lowering, is_instruction  # noqa: E402
from adcli.primitives import TABLE, Library, Primitive  # noqa: E402
from adcli.problem import Problem  # noqa: E402
from adcli.products import Function  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

pytestmark = pytest.mark.usefixtures("untraced")

inf, nan = math.inf, math.nan
FLOATS = make_context()
TINY = 2.0**-1022  # below it numbers lose digits, and some formulas lose them all
NAMES = ("jax", "native", "numpy")

BOUNDS = {
    "numpy": {"value": 4, "slope": 8, "second": 16},
    "native": {"value": 6, "slope": 8, "second": 16},
    "jax": {"value": 8, "slope": 8, "second": 16},
}
"""In ulp. Measured: values 2, slopes 4, second derivatives 8 (numpy); 4, 5, 13 (native, with the functions of libmvec).
Second derivatives are measured against the gradient where that is larger: there they cancel.
"""
SIZES = {"logsumexp": 1.0}
"""Of terms that may cancel in a value."""
LIMITS = frozenset(("pow", "atan2", "hypot", "logsumexp", "mod", "xlogy", "sinc", "logb"))
"""Rows of which a single run knows limits at infinite arguments, and straight-line code does not: there it has NaN."""
SECOND = frozenset(("pow", "logb", "xlogy", "hypot", "logsumexp", "atan2"))
"""Rows whose second derivatives leave the range of doubles on the way, at edges, here or in a single run or in both."""
COARSE = frozenset(("hypot", "pow"))
"""Rows that divide by what may be a number below the normal ones, of which a digit or two are left."""
USUAL = (1e-150, 1e150)


@pytest.fixture(scope="module", autouse=True)
def _cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Compiled code goes to a folder of the tests, which the first compilation finds empty."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@cache
def engine(name: str) -> Any:
    """The engine, or a reason to skip."""
    if name == "jax":
        pytest.importorskip("jax")
    found = engines.load(name)
    try:
        found.compile(make_kernel(Function("x"), "eval"))
    except Unavailable as reason:
        pytest.skip(str(reason))
    return found


by_engine = pytest.mark.parametrize("name", NAMES)


def test_the_engines_are_those_that_are_tested() -> None:
    assert sorted(NAMES) == engines.names()


# -- kernels, merged


def merged(kernels: dict[str, Kernel]) -> Kernel:
    """One kernel with the inputs and outputs of all, each under `name:`; conditions are outputs, 1 for true."""
    graph = Graph()
    m = Lowering(graph)
    inputs: dict[str, int] = {}
    outputs: dict[str, int] = {}
    for name, k in kernels.items():
        made: dict[int, int] = {}
        for node in k.order:
            op = k.graph.ops[node]
            if op is VARIABLE:
                made[node] = graph.variable(f"{name}:{k.graph.names[node]}")
            elif op is CONSTANT:
                made[node] = graph.constant(k.graph.constants[node])
            else:
                made[node] = graph.apply(op, tuple([made[a] for a in k.graph.args[node]]))
        inputs |= {f"{name}:{key}": graph.variable(f"{name}:{key}") for key in k.inputs}
        outputs |= {f"{name}:{key}": made[node] for key, node in k.outputs.items()}
        for what, node in (("defined", k.defined), ("kinked", k.kinked)):
            if node is not None:
                outputs[f"{name}:{what}"] = m.where(m.wrap(made[node]), m.number(1), m.number(0)).node
    order = graph.needed(outputs.values())
    return Kernel("eval", "many", graph, order, inputs, outputs, len(outputs), (), None, None)


def computed(name: str, kernels: dict[str, Kernel], points: dict[str, list[tuple[float, ...]]]) -> dict[str, Any]:
    """What an engine computes: for each kernel the outputs by name, as lists of numbers, one for each point."""
    whole = merged(kernels)
    count = max(map(len, points.values()))
    columns: dict[str, Any] = {}
    for key, k in kernels.items():
        filled = list(itertools.islice(itertools.cycle(points[key]), count))
        columns |= {f"{key}:{x}": np.array([p[i] for p in filled], float) for i, x in enumerate(k.inputs)}
    out = np.empty((len(whole.outputs), count))
    engine(name).compile(whole)(columns, count, out)
    found: dict[str, Any] = {key: {} for key in kernels}
    for full, numbers in zip(whole.outputs, out, strict=True):
        key, _, output = full.partition(":")
        found[key][output] = numbers[: len(points[key])].tolist()
    return found


def run(name: str, k: Kernel, columns: dict[str, Any], count: int) -> tuple[Any, list[Any]]:
    out = np.full((len(k.outputs), count), 7.5)
    conditions = engine(name).compile(k)(columns, count, out)
    return out, list(conditions)


def ulps(got: float, expected: float, size: float = 0.0) -> float:
    """How far apart, in the last place of the larger of the expected number and a size; infinite for another kind."""
    if got != got or expected != expected:
        return 0.0 if got != got and expected != expected else inf
    if got == expected or abs(got - expected) <= TINY:
        return 0.0
    if math.isinf(got) or math.isinf(expected):
        return inf
    return abs(got - expected) / math.ulp(max(abs(expected), size))


# -- every row of the table

EDGES = [
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.0, -2.0, 2.5, 3.0, -3.0, 10.0, 17.0, -20.0, 709.0, 710.5, -745.0, -750.0,
    1e-5, 1e5, 1e22, 5e-324, -5e-324, 1e-310, 2.2250738585072014e-308, 1e-300, -1e-300, 1e-160, 1e160, -1e160, 1e300,
    1.7976931348623157e308, -1.7976931348623157e308, inf, -inf, nan, math.pi / 2, math.pi, 1 - 2**-53, 1 + 2**-52,
]  # fmt: skip
FEWER = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.0, 3.0, -2.5, 1e-300, 5e-324, 1e160, -1e160, 1e300, inf, -inf, nan, 710.5]


class Case(NamedTuple):
    """A row applied to so many variables, and the points to try it at."""

    row: Primitive
    graph: Graph
    inputs: list[int]
    output: int
    points: list[tuple[float, ...]]

    def kernel(self, product: str) -> Kernel:
        problem = Problem(FLOATS, self.graph, self.inputs, [self.output], {})
        return kernel(product, problem, self.row.name, ["y"], [f"x{k}" for k in range(len(self.inputs))])


def case(row: Primitive, count: int) -> Case:
    graph = Graph()
    inputs = [graph.variable(f"x{k}") for k in range(count)]
    rng = random.Random(f"engines {row.name}")  # noqa: S311
    ranges = row.sample if row.arity >= 0 else [row.sample[0]] * count
    points = [tuple(rng.uniform(*bounds) for bounds in ranges) for _ in range(150)]
    if count == 1:
        points += [(x,) for x in EDGES]
    elif count == 2:
        points += itertools.product(FEWER, FEWER)
    else:
        points += [tuple(rng.choice(FEWER) for _ in range(count)) for _ in range(200)]
        points += [(x,) * count for x in FEWER]
    return Case(row, graph, inputs, graph.apply(row, tuple(inputs)), points)


def rows() -> Iterator[tuple[str, Primitive, int]]:
    for row in TABLE.values():
        if not row.boolean and row.name != "where":
            for count in (row.arity,) if row.arity >= 0 else (2, 3, 6):
                yield f"{row.name}{count}", row, count


CASES = {
    key: case(row, count)
    for key, row, count in rows()
    if not isinstance(row.value, Library) and row.name != "sphericalbesselj"
}
OPAQUE = frozenset(("sinc1", "sinhc1"))  # their derivatives are such of a library


class Reference(NamedTuple):
    """What a single run has at a point; the numbers by the names of outputs."""

    defined: bool
    kinked: bool
    numbers: dict[str, float]


@cache
def references(key: str, product: str) -> list[Reference]:
    c = CASES[key]
    columns = [f"x{k}" for k in range(len(c.inputs))]
    if product == "hess":
        graph, gradient, _ = derivative_graph(c.graph, c.inputs, [c.output], "reverse")
        inputs = [graph.variable(x) for x in columns]
    found = []
    for point in c.points:
        p = Problem(FLOATS, c.graph, c.inputs, [c.output], dict(zip(c.inputs, point, strict=True)))
        defined = c.row.domain is None or bool(c.row.domain.contains(FLOATS, *point))
        kinked = c.row.kink is not None and bool(c.row.kink.at(FLOATS, *point))
        numbers: dict[str, float] = {}
        if defined:
            numbers["y"] = p.values[c.output]
            if product == "jac":
                entries = backend("forward").jacobian(p).entries[0]
            else:
                inner = Problem(FLOATS, graph, inputs, gradient[0], dict(zip(inputs, point, strict=True)))
                entries = inner.output_values()
                second = backend("forward").jacobian(inner).entries
                for i, x in enumerate(columns):
                    for j, z in enumerate(columns):
                        numbers[f"d2y/d{x}d{z}"] = second[min(i, j)][max(i, j)]
            numbers |= {f"dy/d{x}": e for x, e in zip(columns, entries, strict=True)}
        found.append(Reference(defined, kinked, numbers))
    return found


@cache
def table_results(name: str, product: str) -> dict[str, Any]:
    """All rows by one program; native leaves out what C has not."""
    kernels = {key: c.kernel(product) for key, c in CASES.items() if name == "numpy" or key not in OPAQUE}
    if product == "hess":
        kernels = {key: k for key, k in kernels.items() if not key.endswith("6")}
    return computed(name, kernels, {key: CASES[key].points for key in kernels})


def misses(name: str, product: str, key: str) -> Iterator[str]:
    """The points at which an engine and a single run say different things."""
    got, c = table_results(name, product)[key], CASES[key]
    for k, (point, want) in enumerate(zip(c.points, references(key, product), strict=True)):
        for what, expected, default in (("defined", want.defined, 1.0), ("kinked", want.kinked, 0.0)):
            if bool(got.get(what, [default] * (k + 1))[k]) != expected:
                yield f"{key} at {point}: {what} should be {expected}"
        if not want.defined or (c.row.name in LIMITS and not all(map(math.isfinite, point))):
            continue
        if c.row.name in COARSE and any(0 < abs(x) < TINY for x in point):
            continue
        edge = not all(x == 0 or USUAL[0] <= abs(x) <= USUAL[1] for x in point)
        slopes = [abs(x) for output, x in want.numbers.items() if output.startswith("dy")]
        for output, expected in want.numbers.items():
            kind = "second" if output.startswith("d2") else "slope" if output.startswith("d") else "value"
            size = max([x for x in slopes if x < inf], default=0.0) if kind == "second" else 0.0
            size = SIZES.get(c.row.name, 0.0) if kind == "value" else size
            number = got[output][k]
            finite = math.isfinite(number) and math.isfinite(expected)
            if kind == "second" and c.row.name in SECOND and (edge or not finite):
                continue
            if math.isinf(number) and math.isinf(expected) and (0.0 in point or edge):  # a lost bit or sign says which
                continue
            if ulps(number, expected, size) > BOUNDS[name][kind]:
                yield f"{key} at {point}: {output} is {number!r}, and {expected!r} at a single point"


@by_engine
@pytest.mark.parametrize("product", ["jac", "hess"])
def test_rows_have_the_numbers_of_single_points(name: str, product: str) -> None:
    found = [miss for key in table_results(name, product) for miss in misses(name, product, key)]
    assert [] == found[:20]


def test_a_wrong_number_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    got = table_results("numpy", "jac")["sin1"]
    wrong = {**got, "dy/dx0": [-x for x in got["dy/dx0"]]}
    monkeypatch.setitem(table_results("numpy", "jac"), "sin1", wrong)
    assert 100 < len(list(misses("numpy", "jac", "sin1")))


LIBRARY = [row for row in TABLE.values() if isinstance(row.value, Library) or row.name == "sphericalbesselj"]


@pytest.mark.parametrize("row", LIBRARY, ids=lambda row: row.name)
def test_functions_of_libraries_are_computed_as_at_single_points(row: Primitive) -> None:
    """By NumPy's engine, point by point; orders and parameters are constants."""
    graph = Graph()
    fixed = [a == b for a, b in row.sample]
    arguments = [
        graph.constant(int(bounds[0])) if hold and bounds[0] == int(bounds[0]) else graph.variable(f"x{k}")
        for k, (hold, bounds) in enumerate(zip(fixed, row.sample, strict=True))
    ]
    inputs = [node for node in arguments if graph.ops[node] is VARIABLE]
    output = graph.apply(row, tuple(arguments))
    columns = [graph.names[node] for node in inputs]
    rng = random.Random(f"engines {row.name}")  # noqa: S311
    places = [k for k, node in enumerate(arguments) if graph.ops[node] is VARIABLE]
    points = [tuple(rng.uniform(*row.sample[k]) for k in places) for _ in range(3)]
    points += [(x,) * len(places) for x in (0.0, 1.0, -1.0, 2.5, inf, nan)]
    try:
        k = kernel("jac", Problem(FLOATS, graph, inputs, [output], {}), row.name, ["y"], columns)
    except UsageError:
        k = kernel("eval", Problem(FLOATS, graph, inputs, [output], {}), row.name, ["y"], columns)
    given = {x: np.array([p[i] for p in points]) for i, x in enumerate(columns)}
    out, (defined, kinked) = run("numpy", k, given, len(points))
    for n, point in enumerate(points):
        p = Problem(FLOATS, graph, inputs, [output], dict(zip(inputs, point, strict=True)))
        xs = [p.values[node] for node in arguments]
        inside = row.domain is None or bool(row.domain.contains(FLOATS, *xs))
        assert inside == (defined is None or bool(defined[n]))
        if not inside:
            continue
        assert (row.kink is not None and bool(row.kink.at(FLOATS, *xs))) == (kinked is not None and bool(kinked[n]))
        expected = [p.values[output]]
        if k.product == "jac":
            expected += backend("forward").jacobian(p).entries[0]
        for got, want in zip(out[:, n].tolist(), expected, strict=True):
            assert ulps(got, want) <= 4, (row.name, point)


# -- special points

LINES = json.loads((Path(__file__).parent / "data" / "special_points.json").read_text(encoding="utf-8"))
TEXTS: dict[str, list[dict[str, Any]]] = {}
for line in LINES:
    TEXTS.setdefault(line["text"], []).append(line)


@cache
def special_kernels() -> tuple[dict[str, Kernel], dict[str, list[tuple[float, ...]]]]:
    kernels, points = {}, {}
    for n, (text, lines) in enumerate(TEXTS.items()):
        f = Function(text)
        kernels[str(n)] = make_kernel(f, "jac")
        points[str(n)] = [tuple(float(line["at"][x]) for x in f.program.variables) for line in lines]
    return kernels, points


@cache
def special_results(name: str) -> dict[str, Any]:
    kernels, points = special_kernels()
    if name != "numpy":
        kernels = {key: k for key, k in kernels.items() if not is_opaque(k)}
    return computed(name, kernels, points)


def is_opaque(k: Kernel) -> bool:
    leaves = (VARIABLE, CONSTANT)
    return any(k.graph.ops[node] not in leaves and not is_instruction(k.graph.ops[node]) for node in k.order)


class Local(NamedTuple):
    """What a single run has at a point: whether it is defined, and whether a live node of it is at a kink."""

    defined: bool
    kinked: bool
    numbers: list[float]


@cache
def special_references() -> list[list[Local]]:
    found = []
    for text, lines in TEXTS.items():
        f = Function(text)
        graph, variables, outputs = f.program.graph, f.program.variables, [node for _, node in f.program.outputs]
        locals_ = []
        for line in lines:
            at = {x: float(number) for x, number in line["at"].items()}
            try:
                f.eval(at)
                defined = True
            except DomainError:
                defined = False
            p = Problem(FLOATS, graph, list(variables.values()), outputs, {variables[x]: n for x, n in at.items()})
            alive = sweeps.live(graph, p.order, p.values, outputs)
            kinked = any(
                (kink := graph.ops[n].kink) is not None and kink.at(FLOATS, *[p.values[a] for a in graph.args[n]])
                for n in p.order
                if p.active[n] and alive[n]
            )
            numbers = [*p.output_values(), *backend("forward").jacobian(p).entries[0]] if defined else []
            locals_.append(Local(defined, kinked, numbers))
        found.append(locals_)
    return found


@by_engine
def test_special_points_have_the_status_of_a_single_run(name: str) -> None:
    """Outside the domain a single run ends with an error; a kink is flagged where a part of the text has one.

    That may be a smooth point of the whole, as x*abs(x) has at 0; and where two that are smooth make a kink, as
    sqrt(x^2), there is no flag, but a derivative that is not finite. A NaN in a point is a missing number in a batch.
    """
    wrong = []
    for n, (text, lines) in enumerate(TEXTS.items()):
        got = special_results(name).get(str(n))
        for k, (line, want) in enumerate(zip(lines, special_references()[n], strict=True)):
            if got is None or "nan" in line["at"].values():
                continue
            defined = bool(got["defined"][k]) if "defined" in got else True
            kinked = bool(got["kinked"][k]) if "kinked" in got else False
            numbers = [x[k] for output, x in got.items() if output not in {"defined", "kinked"}]
            if defined != want.defined or want.defined != (line["status"] != "outside"):
                wrong.append((text, line["at"], "defined", defined))
            if want.defined and kinked != want.kinked:
                wrong.append((text, line["at"], "kinked", kinked))
            if line["status"] in {"kink", "jump"} and not kinked and all(map(math.isfinite, numbers)):
                wrong.append((text, line["at"], "seems smooth", numbers))
    assert [] == wrong


@by_engine
def test_special_points_have_the_numbers_of_a_single_run(name: str) -> None:
    """All that are finite there, at points of normal numbers, where nothing overflows on the way."""
    wrong = []
    for n, (text, lines) in enumerate(TEXTS.items()):
        got = special_results(name).get(str(n))
        for k, (line, want) in enumerate(zip(lines, special_references()[n], strict=True)):
            point = [float(x) for x in line["at"].values()]
            if got is None or line["status"] == "overflow" or not all(map(is_normal, point)):
                continue
            numbers = [x[k] for output, x in got.items() if output not in {"defined", "kinked"}]
            size = SIZES.get(text.partition("(")[0], 0.0)
            for number, expected in zip(numbers, want.numbers, strict=False):  # none of those outside the domain
                if math.isfinite(expected) and ulps(number, expected, size) > BOUNDS[name]["slope"]:
                    wrong.append((text, line["at"], number, expected))
    assert [] == wrong


def is_normal(x: float) -> bool:
    return x == 0 or TINY <= abs(x) < inf


# -- what kernels look like


def spread(count: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).uniform(-2, 2, count)


def single(f: Function, product: str, **point: float) -> list[float]:
    """The outputs of a kernel at one point, by a single run."""
    if product == "eval":
        return list(f.eval(point).value)
    if product == "hess":
        h = f.hessian(point)
        return [*h.value, *h.gradient, *itertools.chain(*h.hessian)]
    j = f.jacobian(point)
    return [*j.value, *itertools.chain(*j.jacobian)]


def assert_single(name: str, text: str, product: str, columns: dict[str, Any], at: Sequence[int]) -> Any:
    """Compare an engine's numbers at some points with single runs; all numbers."""
    f = Function(text)
    k = make_kernel(f, product)
    count = max([len(x) for x in columns.values() if getattr(x, "ndim", 0)], default=1)
    out, _ = run(name, k, columns, count)
    for n in at:
        point = {x: float(v[n] if getattr(v, "ndim", 0) else v) for x, v in columns.items()}
        expected = single(f, product, **point)
        size = max(map(abs, expected))
        assert all(ulps(a, b, size) <= 16 for a, b in zip(out[:, n].tolist(), expected, strict=True)), (text, point)
    return out


BRANCHES = [
    "where(x > 0, sqrt(x), x^2)*y",
    "where(x > 0, where(y > 0, log(x*y), x), where(x < -1, sqrt(-x), y))",
    "where(x > y and not x > 1, x, where(x < 0 or y == 2, y^3, x*y))",
    "piecewise(x < -1, exp(x), x < 0, 1/(x+3), x < 1, x*y, y)",
    "max(x, y, 0) + min(x, -y)*abs(y)",
]


@by_engine
@pytest.mark.parametrize("product", ["jac", "hess"])
def test_branches(name: str, product: str) -> None:
    """What is not taken neither has a domain nor poisons a derivative."""
    columns = {"x": spread(500), "y": spread(500, 1)}
    texts = dict(zip("abcde", BRANCHES, strict=True))
    kernels = {key: make_kernel(Function(text), product) for key, text in texts.items()}
    points = list(zip(columns["x"].tolist(), columns["y"].tolist(), strict=True))
    got = computed(name, kernels, dict.fromkeys(texts, points))
    for key, text in texts.items():
        f = Function(text)
        names = list(kernels[key].outputs)
        for n in range(0, 500, 9):
            x, y = points[n]
            expected = single(f, product, x=x, y=y)
            size = max(map(abs, expected))
            numbers = [got[key][output][n] for output in names]
            assert all(ulps(a, b, size) <= 16 for a, b in zip(numbers, expected, strict=True)), (text, x, y)
            assert got[key].get("defined", [1.0] * 500)[n] == 1
            assert got[key].get("kinked", [0.0] * 500)[n] == 0


@by_engine
def test_conditions_heed_the_branch(name: str) -> None:
    k = make_kernel(Function("where(x > 0, log(x), abs(x + 1))"), "jac")
    _, (defined, kinked) = run(name, k, {"x": np.array([1.0, 0.0, -1.0, -2.0])}, 4)
    assert defined is None or defined.all()
    assert [False, True, True, False] == kinked.tolist()
    k = make_kernel(Function("where(x > 0, log(x - 1), x)"), "jac")
    _, (defined, kinked) = run(name, k, {"x": np.array([2.0, 0.5, -1.0])}, 3)
    assert ([True, False, True], [False] * 3) == (defined.tolist(), kinked.tolist())


@by_engine
def test_constants_inputs_and_outputs_of_every_shape(name: str) -> None:
    """Constants only, outputs that are inputs, the same output twice, inputs that nobody uses, and no inputs at all."""
    xs = spread(700)
    f = Function("x, x, 3, 2*x, x + x, 1/4, -x", variables=["x", "z"])
    out, conditions = run(name, make_kernel(f, "jac"), {"x": xs, "z": spread(700, 2)}, 700)
    ones = np.ones(700)
    values = [xs, xs, 3 * ones, 2 * xs, 2 * xs, ones / 4, -xs]
    slopes = [a * ones for pair in ((1, 0), (1, 0), (0, 0), (2, 0), (2, 0), (0, 0), (-1, 0)) for a in pair]
    assert np.array_equal(np.array([*values, *slopes]), out)
    assert all(found is None or bool(found.all()) == (k == 0) for k, found in enumerate(conditions))
    out, _ = run(name, make_kernel(Function("2, pi, sqrt(2)"), "eval"), {}, 5)
    assert [[x] * 5 for x in (2.0, math.pi, math.sqrt(2))] == out.tolist()
    out, (defined, _) = run(name, make_kernel(Function("log(0 - 1) + x"), "eval"), {"x": xs}, 700)
    assert not defined.any()


COUNTS = (0, 1, 2, 3, 1023, 1024, 1025, 4095, 4097, 8191, 8192, 8193, 32_767, 32_768, 32_769, 65_536, 100_000)


@by_engine
def test_numbers_do_not_depend_on_the_count(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Around the bounds of blocks, tiles and threads each point has the numbers that it has among all."""
    k = make_kernel(Function("x*y + sin(x)*tanh(y), where(x > 0, sqrt(x), y/x)"), "jac")
    columns = {"x": spread(100_000), "y": spread(100_000, 1)}
    whole, (_, kinked) = run(name, k, columns, 100_000)
    assert_single(name, "x*y + sin(x)*tanh(y), where(x > 0, sqrt(x), y/x)", "jac", columns, range(0, 100_000, 4999))
    for count in COUNTS if name != "jax" else (0, 1, 1023, 1025):
        out, (_, here) = run(name, k, {x: v[:count] for x, v in columns.items()}, count)
        assert_near(name, whole[:, :count], out)
        assert np.array_equal(kinked[:count], here)
    for cores in (1, 3):
        monkeypatch.setattr(parallel, "cores", lambda cores=cores: cores)
        out, _ = run(name, k, columns, 100_000)
        assert np.array_equal(whole, out)


def assert_near(name: str, one: Any, other: Any) -> None:
    """The same bits by NumPy; a compiler's loop may end with functions of other digits than it runs with."""
    if name == "numpy":
        assert np.array_equal(one, other)
    assert np.allclose(one, other, rtol=4e-15, atol=0, equal_nan=True)


@by_engine
def test_fixed_inputs_are_floats_among_the_columns(name: str) -> None:
    text = "a*x^2 + exp(b*y) + log(a)"
    columns = {"a": 1.5, "b": -0.25, "x": spread(3000), "y": spread(3000, 1)}
    one = assert_single(name, text, "jac", columns, range(0, 3000, 307))
    all_ = {x: np.full(3000, v) if isinstance(v, float) else v for x, v in columns.items()}
    assert_near("", one, assert_single(name, text, "jac", all_, [0]))
    program = engine(name).compile(make_kernel(Function(text), "jac"))  # one program, asked both ways
    for given in (columns, all_, columns):
        out = np.empty_like(one)
        program(given, 3000, out)
        assert_near("", one, out)
    out, (defined, _) = run(name, make_kernel(Function(text), "jac"), {**columns, "a": -1.0}, 3000)
    assert not defined.any()


@by_engine
def test_columns_of_any_layout_and_kind(name: str) -> None:
    k = make_kernel(Function("x*y + cos(x)"), "jac")
    table = np.stack([spread(4000), spread(4000, 1)], axis=1)
    plain, _ = run(name, k, {"x": table[:, 0].copy(), "y": table[:, 1].copy()}, 4000)
    strided, _ = run(name, k, {"x": table[:, 0], "y": table[:, 1]}, 4000)
    assert_near("", plain, strided)
    backward, _ = run(name, k, {"x": table[::-1, 0], "y": table[::-1, 1]}, 4000)
    assert_near("", plain[:, ::-1], backward)
    x, y = table[:, 0].astype(np.float32), np.arange(-2000, 2000)
    narrow, _ = run(name, k, {"x": x, "y": y}, 4000)
    wide, _ = run(name, k, {"x": x.astype(float), "y": y.astype(float)}, 4000)
    assert_near("", wide, narrow)


LONG = "sum((sin(x*k/50) + y/k)^2*exp(-k*x^2/400) for k in range(1, 60))"


@by_engine
def test_a_long_kernel(name: str) -> None:
    """Native cuts it into loops over tiles, and numbers wait between them."""
    k = make_kernel(Function(LONG), "jac")
    assert 1500 < len(k.order)
    columns = {"x": spread(5000), "y": spread(5000, 1)}
    out = assert_single(name, LONG, "jac", columns, (0, 1, 511, 512, 513, 2047, 4095, 4096, 4999))
    few, _ = run(name, k, {x: v[:777] for x, v in columns.items()}, 777)
    assert_near("", out[:, :777], few)


@by_engine
def test_threads_share_a_program(name: str) -> None:
    k = make_kernel(Function("x*y + sin(x)*exp(y)"), "jac")
    program = engine(name).compile(k)
    counts = [100, 5000, 20_000, 40_000] * 4

    def work(seed: int) -> Any:
        out = np.empty((3, counts[seed]))
        given = {"x": spread(counts[seed], seed), "y": spread(counts[seed], seed + 100) if seed % 3 else 0.5}
        program(given, counts[seed], out)
        return out

    alone = [work(seed) for seed in range(len(counts))]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(work, range(len(counts))))
    assert all(map(np.array_equal, alone, together))


def test_native_refuses_what_c_has_not() -> None:
    engine("native")
    with pytest.raises(Unavailable, match="C has no besselj"):
        engines.load("native").compile(make_kernel(Function("besselj(0, x)"), "jac"))


def test_native_needs_a_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from adcli.engines import _compiler

    monkeypatch.setattr(_compiler, "compiler", _compiler.compiler.__wrapped__)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CC", "")
    with pytest.raises(Unavailable, match="no C compiler"):
        engines.load("native").compile(make_kernel(Function("x"), "eval"))


def test_an_unknown_engine_has_a_hint() -> None:
    with pytest.raises(AdcliError) as caught:
        engines.load("nativ")
    assert ("unknown-engine", "did you mean 'native'?") == (caught.value.code, caught.value.hint)
