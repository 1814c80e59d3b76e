"""Every engine against single points: the same numbers, the same domain, the same kinks, whatever the row and the count.

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

from adcli import engines  # noqa: E402
from adcli.backends import Problem  # noqa: E402
from adcli.backends import load as backend  # noqa: E402
from adcli.backends.symbolic import derivative_graph  # noqa: E402
from adcli.contexts import make_context  # noqa: E402
from adcli.engines import Unavailable, _parallel  # noqa: E402
from adcli.errors import AdcliError, DomainError, UsageError  # noqa: E402
from adcli.graph import CONSTANT, VARIABLE, Graph  # noqa: E402
from adcli.kernels import Kernel, kernel  # noqa: E402
from adcli.kernels.making import make_kernel  # noqa: E402
from adcli.machine.lowering import Lowering  # noqa: E402
from adcli.primitives import TABLE, Library, Primitive  # noqa: E402
from adcli.products import Function  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

pytestmark = pytest.mark.usefixtures("untraced")

inf, nan = math.inf, math.nan
FLOATS = make_context()
TINY = 2.0**-1022  # below it numbers lose digits, and some formulas lose them all
NAMES = ("jax", "native", "numpy")

BOUNDS = {"value": 8, "slope": 8, "second": 16}
"""In ulp. Measured: values 4 (numpy), 4 (native), slopes 8 and second derivatives 8, all of formulas that multiply
what functions are off by. Second derivatives are measured against the gradient where that is larger: there they cancel.
"""
SIZES = {"logsumexp": 1.0}
"""Of terms that may cancel in a value."""
LIMITS = frozenset(("pow", "atan2", "hypot", "logsumexp", "mod", "xlogy", "sinc", "logb"))
"""Rows of which a single run knows limits at infinite arguments, and straight-line code does not: there it has NaN."""
SECOND = frozenset(("pow", "logb", "xlogy", "hypot", "logsumexp", "atan2"))
"""Rows with second derivatives that are NaN at some edges of the range, here or in a single run or in both."""


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
            for count in (row.arity,) if row.arity >= 0 else (1, 2, 3, 6):
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
            entries = backend("forward").jacobian(p).entries[0]
            numbers |= {f"dy/d{x}": e for x, e in zip(columns, entries, strict=True)}
            if product == "hess":
                inner = Problem(FLOATS, graph, inputs, gradient[0], dict(zip(inputs, point, strict=True)))
                second = backend("forward").jacobian(inner).entries
                for i, x in enumerate(columns):
                    for j, z in enumerate(columns):
                        numbers[f"d2y/d{x}d{z}"] = second[min(i, j)][max(i, j)]
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
        slopes = [abs(x) for output, x in want.numbers.items() if output.startswith("dy")]
        for output, expected in want.numbers.items():
            kind = "second" if output.startswith("d2") else "slope" if output.startswith("d") else "value"
            size = max([x for x in slopes if x < inf], default=0.0) if kind == "second" else 0.0
            size = SIZES.get(c.row.name, 0.0) if kind == "value" else size
            number = got[output][k]
            if kind == "second" and c.row.name in SECOND and not (math.isfinite(number) and math.isfinite(expected)):
                continue
            if math.isinf(number) and math.isinf(expected) and 0.0 in point:  # the sign of 0 may say which infinity
                continue
            if ulps(number, expected, size) > BOUNDS[kind]:
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
    from adcli.machine.lowering import is_instruction

    leaves = (VARIABLE, CONSTANT)
    return any(k.graph.ops[node] not in leaves and not is_instruction(k.graph.ops[node]) for node in k.order)


@by_engine
def test_special_points_have_the_status_of_a_single_run(name: str) -> None:
    """Outside the domain a single run ends with an error; a kink or a jump is there where its answer says so."""
    wrong = []
    for n, (text, lines) in enumerate(TEXTS.items()):
        got = special_results(name).get(str(n))
        if got is None:
            continue
        for k, line in enumerate(lines):
            defined = bool(got["defined"][k]) if "defined" in got else True
            kinked = bool(got["kinked"][k]) if "kinked" in got else False
            try:
                Function(text).eval(line["at"])
                inside = True
            except DomainError:
                inside = False
            if defined != inside or inside != (line["status"] != "outside"):
                wrong.append((text, line["at"], "defined", defined))
            expected = {"kink": True, "jump": True, "smooth": False, "overflow": False}.get(line["status"])
            if inside and expected is not None and kinked != expected:
                wrong.append((text, line["at"], "kinked", kinked))
    assert [] == wrong
