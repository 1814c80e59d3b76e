"""Generated code, compiled and run: in every language it gives the numbers that adcli gives.

All functions of a language are compiled and run together, once: one compilation, one process.
"""

from __future__ import annotations

import ctypes
import itertools
import json
import math
import random
import shutil
import struct
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from adcli import __version__
from adcli.contexts import make_context
from adcli.emitters import c, load, names
from adcli.errors import DomainError, ReadError, UsageError
from adcli.kernels.making import make_kernel, make_vector
from adcli.machine.lowering import MACHINE, is_instruction
from adcli.primitives import TABLE, Library, Primitive
from adcli.products import Function

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conftest import Outcome

    from adcli.kernels import Kernel

    Adcli = Callable[..., Outcome]
    Run = Callable[[str], dict[str, list[list[float]]]]

pytestmark = pytest.mark.usefixtures("untraced")

inf, nan = math.inf, math.nan
FLOATS = make_context()
COMPILER = next((found for name in ("cc", "gcc", "clang") if (found := shutil.which(name))), None)
NODE = shutil.which("node")
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic")
BOUNDS = {"c": 8.0, "python": 8.0, "numpy": 8.0, "javascript": 8.0}
"""Units in the last place between generated code and adcli, in the sample ranges of the rows."""

HEADLINE = "x1*x2+sin(x1), exp(x1-x2)"
SYMBOLS = {"add": "a + b", "sub": "a - b", "mul": "a*b", "div": "a/b", "pow": "a^b", "neg": "-a"}
TRUTHS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
UNWRITTEN = ("shifted", "divisor", "outweighs", "pivot")  # adcli makes them; tests of arrays have them
SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.5, -3.5, 7.0, 1e-310, 1e300, -1e300, inf, -inf, nan)


def text_of(row: Primitive) -> str:
    """An expression of a, b, ... that is one row."""
    if row.name in SYMBOLS:
        return SYMBOLS[row.name]
    if row.name in TRUTHS:
        return f"where(a {TRUTHS[row.name]} b, a, b^2)"
    if row.name in ("and_", "or_", "not_", "where"):
        condition = {"not_": "not a > b", "where": "a < b"}.get(row.name, f"a > b {row.name[:-1]} a > 1")
        return f"where({condition}, a*b, a/b)"
    letters = [letter for letter, _ in zip("abc", range(row.arity if row.arity > 0 else 3), strict=False)]
    for k, (least, most) in enumerate(row.sample):
        if least == most:  # an order, which there is no derivative by
            letters[k] = f"{least:g}"
    return f"{row.name}({', '.join(letters)})"


def ranges_of(row: Primitive) -> list[tuple[float, float]]:
    count = len(Function(text_of(row)).variables)
    ranges = [bounds for bounds in row.sample if bounds[0] < bounds[1]]
    return [*ranges, *[ranges[-1]] * (count - len(ranges))][:count]


# -- running kernels


class Job(NamedTuple):
    """A kernel, and the points at which it is computed, in the order of its inputs."""

    kernel: Kernel
    points: list[list[float]]


Numbers = list[list[float]]  # for each point, the outputs of a kernel


def arguments(kernel: Kernel, point: Sequence[Any]) -> list[Any]:
    """What a function of Python or JavaScript is called with: arrays are nested lists."""
    found: dict[str, Any] = {}
    for name, x in zip(kernel.inputs, point, strict=True):
        base, bracket, index = name.partition("[")
        if not bracket:
            found[base] = x
            continue
        place, *rest = [int(k) for k in index[:-1].split(",")][::-1]
        row = found.setdefault(base, [])
        for k in rest[::-1]:
            row.extend([] for _ in range(k + 1 - len(row)))
            row = row[k]
        assert place == len(row)
        row.append(x)
    return list(found.values())


def flat(value: Any) -> list[float]:
    return [x for entry in value for x in flat(entry)] if isinstance(value, list | tuple) else [value]


def run_python(jobs: dict[str, Job]) -> dict[str, Numbers]:
    found = {}
    for key, (kernel, points) in jobs.items():
        space: dict[str, Any] = {}
        exec(load("python").render(kernel, "f"), space)  # noqa: S102  # what is tested
        found[key] = [flat(space["f"](*arguments(kernel, point))) for point in points]
    return found


def run_numpy(jobs: dict[str, Job]) -> dict[str, Numbers]:
    found = {}
    for key, (kernel, points) in jobs.items():
        space: dict[str, Any] = {}
        exec(load("numpy").render(kernel, "f"), space)  # noqa: S102  # what is tested
        columns = list(np.array(points).T) if kernel.inputs else []
        parts = space["f"](*arguments(kernel, columns))
        parts = parts if isinstance(parts, tuple) else (parts,)
        shape = (len(points),) if kernel.inputs else ()
        whole = np.concatenate([part.reshape(-1, *shape) for part in parts])
        found[key] = whole.T.tolist() if shape else [whole.tolist()]
    return found


def run_c(jobs: dict[str, Job], folder: Path) -> dict[str, Numbers]:
    """Optimized, but for functions of thousands of calls, which compilers take minutes to optimize."""
    (folder / "deep").mkdir()
    deep = {key: job for key, job in jobs.items() if key in DEEP}
    rest = {key: job for key, job in jobs.items() if key not in DEEP}
    return compiled(rest, folder, "-O2") | compiled(deep, folder / "deep", "-O0")


def compiled(jobs: dict[str, Job], folder: Path, *flags: str) -> dict[str, Numbers]:
    source = folder / "functions.c"
    texts = [c.render(job.kernel, f"f{k}") for k, job in enumerate(jobs.values())]
    source.write_text("\n".join(texts), encoding="utf-8")
    library = folder / "functions.so"
    command = [str(COMPILER), *STRICT, *flags, "-shared", "-fPIC", str(source), "-o", str(library), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)
    functions = ctypes.CDLL(str(library))
    found = {}
    for k, (key, (kernel, points)) in enumerate(jobs.items()):
        rest = len(kernel.outputs) - kernel.values
        gradient = kernel.shape[0] if kernel.product == "hess" else 0
        sizes = [kernel.values, *([gradient] if gradient else []), *([rest - gradient] if kernel.shape else [])]
        parts = [(ctypes.c_double * max(size, 1))() for size in sizes]
        found[key] = []
        for point in points:
            functions[f"f{k}"]((ctypes.c_double * max(len(point), 1))(*point), *parts)
            found[key].append([x for part, size in zip(parts, sizes, strict=True) for x in part[:size]])
    return found


def run_javascript(jobs: dict[str, Job], folder: Path) -> dict[str, Numbers]:
    script = folder / "functions.cjs"
    texts = [load("javascript").render(job.kernel, f"f{k}") for k, job in enumerate(jobs.values())]
    calls = [[spelled(arguments(job.kernel, point)) for point in job.points] for job in jobs.values()]
    script.write_text("\n".join([*texts, HARNESS.replace("COUNT", str(len(jobs)))]), encoding="utf-8")
    done = subprocess.run([str(NODE), script], input=json.dumps(calls), capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)
    results = json.loads(done.stdout)
    return {key: [[float(x) for x in line] for line in lines] for key, lines in zip(jobs, results, strict=True)}


HARNESS = """
const number = x => Array.isArray(x) ? x.map(number) : Number(x);
const text = x => Object.is(x, -0) ? "-0" : String(x).replace("Infinity", "inf");
const flat = x => Array.isArray(x) ? x.flatMap(flat) : [x];
const calls = JSON.parse(require("fs").readFileSync(0, "utf8"));
const functions = Array.from({length: COUNT}, (_, k) => eval("f" + k));
const run = (f, call) => Object.values(f(...call.map(number))).flatMap(flat).map(text);
process.stdout.write(JSON.stringify(functions.map((f, k) => calls[k].map(call => run(f, call)))));
"""


def spelled(value: Any) -> Any:
    """Numbers as JavaScript reads them from text."""
    return [spelled(x) for x in value] if isinstance(value, list) else repr(value).replace("inf", "Infinity")


# -- what is run


def sample_points(row: Primitive, count: int) -> list[list[float]]:
    rng = random.Random(f"codegen {row.name}")  # noqa: S311  # points, not secrets
    return [[rng.uniform(*bounds) for bounds in ranges_of(row)] for _ in range(count)]


def special_points(row: Primitive) -> list[list[float]]:
    count = len(ranges_of(row))
    if count == 1:
        return [[x] for x in SPECIAL]
    rng = random.Random(f"special {row.name}")  # noqa: S311
    pairs = [list(pair) for pair in itertools.product(SPECIAL, repeat=2)]
    return [pair + [rng.choice(SPECIAL) for _ in range(count - 2)] for pair in pairs]


@cache
def kernel_of(text: str, product: str = "jac", *vector: float) -> Kernel:
    return make_kernel(Function(text), product, vector=vector or None)


def is_machine_code(kernel: Kernel) -> bool:
    graph = kernel.graph
    return all(
        not graph.args[node] or is_instruction(graph.ops[node]) for node in graph.needed(kernel.outputs.values())
    )


ROWS = [row for row in TABLE.values() if row.name not in UNWRITTEN]
COMPUTED = [row for row in ROWS if is_machine_code(kernel_of(text_of(row)))]
SEEDS = json.loads(Path(__file__, "../data/seed_cases.json").resolve().read_text())

by_row = pytest.mark.parametrize("row", COMPUTED, ids=lambda row: row.name)
by_language = pytest.mark.parametrize("language", names())

PRODUCTS: dict[str, tuple[str, Any, str, dict[str, Any]]] = {
    "values": (HEADLINE, [1, 2], "eval", {}),
    "Jacobian": (HEADLINE, [1, 2], "jac", {}),
    "gradient": ("log(1 + exp(-y*(w@x)))", {"w": [1, -2, 0.5], "x": [0.3, 0.2, -1], "y": 1}, "grad", {"wrt": "w"}),
    "JVP": (HEADLINE, [1, 2], "jvp", {"vector": [3.0, -2.0]}),
    "VJP": (HEADLINE, [1, 2], "vjp", {"vector": [2.0, 5.0]}),
    "Hessian": ("x1^3*x2 + exp(x1*x2)", [0.5, -1], "hess", {}),
    "Hessian of powers": ("x^y + cbrt(x*y)*sqrt(y)", [2.5, 1.5], "hess", {}),
    "by an intermediate": ("a = x^2; b = 5*a; a*b", [2], "jac", {"wrt": "a"}),
    "by an entry": ("sum(W@x)", {"W": [[1, 2], [3, 4]], "x": [5, 6]}, "jac", {"wrt": "W[0,1], x"}),
    "a solution of equations": ("solve(A, b)", {"A": [[2, 1, 0.5], [1, 3, -1], [4, 0, 1]], "b": [1, 2, 3]}, "jac", {}),
    "a determinant": ("det(A)", {"A": [[0, 1, 2], [1, 3, -1], [4, 0.25, 1]]}, "grad", {}),
    "a norm": ("norm(x), x/norm(x)", {"x": [3, -4]}, "jac", {}),
    "softmax": ("softmax(x)", {"x": [1, 2, -700, 3]}, "jac", {}),
    "a loop": ("s = 1; for k in range(20) { s = (s + a/s)/2 }; s", [2], "grad", {}),
    "no variables": ("3, pi", [], "jac", {}),
    "one variable unused": ("x^2 + 0*z, 5", [3, 1], "jac", {}),
    "ties": ("max(x, y), min(x, y), max(x, y, z)", [1, 1, 1], "jac", {}),
    "kinks": ("abs(x) + sign(y), relu(x), floor(y), round(z), mod(z, 2)", [0, 0, 2.5], "jac", {}),
    "a branch not taken": ("where(x > 0, log(x), x/y), where(x == 0, 1, sin(x)/x)", [0, 1], "jac", {}),
    "conditions": ("where(x < 1 and not y > 2 or x*y == 3, x, where(x != y and (y >= 2 or x <= 0), y^2, x*y))",
                   [1, 3], "jac", {}),
    "a chain of minuses": ("x - (y - (x - y*(-x))) - -y^2*(x/(y/(x*y)))", [1.5, 0.25], "jac", {}),
    "an infinite derivative": ("sqrt(x) + cbrt(y)", [0, 0], "jac", {}),
    "constants": ("x*1e-310 + 1e308*y + 0.1*x - 123456789.123*y + pi*x + e*y + tau", [1, 2], "jac", {}),
    "a sum of many": (" + ".join(f"x{k % 7}*{k}" for k in range(10_000)), [1, 2, 3, 4, 5, 6, 7], "grad", {}),
    "a product of many": ("prod(x[i] for i in range(300))", {"x": [1 + 1 / k**2 for k in range(1, 301)]}, "grad", {}),
    "functions in functions": ("sin(" * 10_000 + "x" + ")" * 10_000, [1], "grad", {}),
    "minuses and brackets": ("(2 - " * 3000 + "x" + ")" * 3000, [1], "grad", {}),
    "branches in branches": ("".join(f"where(x < {k}, {k}*x, " for k in range(1000)) + "0" + ")" * 1000,
                             [500.5], "grad", {}),
}  # fmt: skip
DEEP = ("a sum of many", "a product of many", "functions in functions", "minuses and brackets", "branches in branches")

CLASHES = [
    "int", "double", "x", "value", "jacobian", "point", "restrict", "exp", "INFINITY", "M_PI", "t1", "t2", "f", "f_mod",
    "lambda", "None", "math", "np", "shape", "abs", "float", "_sin", "_", "__x", "function", "const", "Math", "NaN",
    "arguments", "W_0_1", "θ", "theta", "ϕ", "φ", "é", "e_", "Ω", "x_", "int_",
]  # fmt: skip


def expected_of(function: Function, at: Any, product: str, given: dict[str, Any]) -> list[float]:
    """What adcli itself computes, in the order of a kernel's outputs."""
    wrt = {"wrt": given["wrt"]} if "wrt" in given else {}
    if product == "jvp":
        found = function.jvp(at, given["vector"])
        return found.value + found.jvp
    if product == "vjp":
        found = function.vjp(at, given["vector"])
        return found.value + found.vjp
    if product == "eval":
        return list(function.eval(at).value)
    if product == "hess":
        second = function.hessian(at, **wrt)
        return second.value + second.gradient + flat(second.hessian)
    first = function.jacobian(at, **wrt)
    return first.value + flat(first.jacobian)


@cache
def jobs() -> dict[str, Job]:
    """Everything that is run, by name."""
    found: dict[str, Job] = {}
    for row in COMPUTED:
        found[f"row {row.name}"] = Job(kernel_of(text_of(row)), sample_points(row, 40))
        found[f"special {row.name}"] = Job(kernel_of(text_of(row), "eval"), special_points(row))
    for key, (text, at, product, given) in PRODUCTS.items():
        function = Function(text).for_point(at, {})
        point = list(function.solve(at, {}).point.values())
        found[key] = Job(make_kernel(function, product, **given), [point])
    for case in SEEDS:
        function = Function(case["program"]).for_point(case["at"], {})
        point = list(function.solve(case["at"], {}).point.values())
        found[f"seed {case['id']}"] = Job(make_kernel(function, "jac", wrt=case.get("wrt")), [point])
    function = Function(f"W[0,1]*exp(mod({' + '.join(CLASHES)}, 5)*pi)", shapes={"W": (2, 2)})
    found["clashes"] = Job(make_kernel(function, "jac"), [[0.5 + k for k in range(len(function.variables))]])
    return found


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, Numbers]]:
    """The results of all jobs in a language, which is run when it is first asked for."""

    @cache
    def results(language: str) -> dict[str, Numbers]:
        if language == "c" and COMPILER is None:
            pytest.skip("there is no C compiler")
        if language == "javascript" and NODE is None:
            pytest.skip("there is no JavaScript")
        if language in ("c", "javascript"):
            return {"c": run_c, "javascript": run_javascript}[language](jobs(), tmp_path_factory.mktemp(language))
        return {"python": run_python, "numpy": run_numpy}[language](jobs())

    return results


# -- how far numbers are from each other


def ulps(actual: float, expected: float, scale: float = 0.0) -> float:
    """The difference in units in the last place of the expected number, or of the scale if that is larger."""
    if actual == expected or (actual != actual and expected != expected):
        return 0.0
    if not (math.isfinite(actual) and math.isfinite(expected)):
        return inf
    return abs(actual - expected) / math.ulp(max(abs(expected), scale))


def misses(bound: float, found: Sequence[float], expected: Sequence[float]) -> list[tuple[int, float, float]]:
    """The numbers that are further from the expected ones than a number of units in the last place."""
    pairs = enumerate(zip(found, expected, strict=True))
    return [(k, got, want) for k, (got, want) in pairs if not ulps(got, want) <= bound]


# -- the rows of the table


def test_every_row_is_computed_or_needs_a_library() -> None:
    rest = {row.name for row in ROWS if row not in COMPUTED and not isinstance(row.value, Library)}
    assert {"sinc", "sphericalbesselj"} == rest  # whose derivatives are those of a library function


@by_language
@by_row
def test_a_row_gives_the_value_and_the_partials_of_adcli(row: Primitive, language: str, run: Run) -> None:
    found, function = run(language)[f"row {row.name}"], Function(text_of(row))
    for point, numbers in zip(sample_points(row, 40), found, strict=True):
        try:
            expected = expected_of(function, point, "jac", {})
        except DomainError:
            continue
        assert [] == misses(BOUNDS[language], numbers, expected), point


@by_language
@by_row
def test_a_row_gives_the_value_of_adcli_at_zeros_infinities_and_ties(row: Primitive, language: str, run: Run) -> None:
    """Where the function is undefined, no exception is raised either: all points have been run."""
    found, function = run(language)[f"special {row.name}"], Function(text_of(row))
    for point, numbers in zip(special_points(row), found, strict=True):
        if row.name == "xlogy" and math.isnan(point[1]):
            continue  # 0*log(NaN) is 0 by the rule of the row, and NaN in floats
        try:
            (expected,) = function.eval(point).value
        except DomainError:
            continue
        scale = 0.5 if row.name == "logsumexp" else 0.0  # whose largest argument may cancel the logarithm
        assert ulps(numbers[0], expected, scale) <= BOUNDS[language], (point, numbers, expected)


def test_a_wrong_form_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    language = load("python").LANGUAGE  # type: ignore[attr-defined]
    monkeypatch.setitem(language.forms, "cos", language.forms["sin"])
    (numbers,) = run_python({"": Job(kernel_of("sin(x)"), [[1.0]])})[""]
    assert [(1, math.sin(1.0), math.cos(1.0))] == misses(BOUNDS["python"], numbers, [math.sin(1.0), math.cos(1.0)])


# -- products, arrays, branches, and what is deep


@by_language
@pytest.mark.parametrize("key", PRODUCTS)
def test_a_product_gives_the_numbers_of_adcli(key: str, language: str, run: Run) -> None:
    text, at, product, given = PRODUCTS[key]
    (numbers,) = run(language)[key]
    expected = expected_of(Function(text), at, product, given)
    scale = max([abs(x) for x in expected if math.isfinite(x)], default=0.0)
    assert len(numbers) == len(expected)
    for got, want in zip(numbers, expected, strict=True):
        assert ulps(got, want) <= BOUNDS[language] or abs(got - want) <= 1e-14 * scale, (got, want)


@by_language
@pytest.mark.parametrize("case", SEEDS, ids=lambda case: case["id"])
def test_a_worked_example_has_the_numbers_of_the_notes(case: dict[str, Any], language: str, run: Run) -> None:
    (numbers,) = run(language)[f"seed {case['id']}"]
    assert flat([[float(x) for x in case["value"]], [[float(x) for x in row] for row in case["jacobian"]]]) == (
        pytest.approx(numbers, rel=1e-13, abs=1e-13)
    )


@by_language
@pytest.mark.parametrize("key", DEEP)
def test_what_is_deep_or_long_becomes_lines_that_are_neither(key: str, language: str) -> None:
    code = load(language).render(jobs()[key].kernel, "f")
    assert max(map(len, code.splitlines())) <= 110
    lines = [line.split("  //")[0] for line in code.splitlines() if not line.startswith(("#", "//"))]
    assert max(line.count("(") for line in lines if "def f(" not in line) <= 12


# -- names


@by_language
def test_names_clash_with_nothing(language: str, run: Run) -> None:
    function = Function(f"W[0,1]*exp(mod({' + '.join(CLASHES)}, 5)*pi)", shapes={"W": (2, 2)})
    (point,) = jobs()["clashes"].points
    (numbers,) = run(language)["clashes"]
    expected = expected_of(function, point, "jac", {})
    assert [] == misses(64.0, numbers, expected)  # exp of a sum of many


@pytest.mark.parametrize("name", ["int", "exp", "INFINITY", "y1", "1f", "f g", "f-g", "θ", "", "_f", "f(x){}//", "f\n"])
def test_a_name_that_is_none_is_refused(name: str, adcli: Adcli) -> None:
    outcome = adcli("codegen", "x", "--name", name, "--json")
    assert (2, "bad-name") == (outcome.code, outcome.json["code"])


@by_language
def test_the_words_above_a_function_stay_comments(language: str) -> None:
    """The expression may have several statements, and be long."""
    text = "a = x^2\n# a remark */ \nb = a*y; " + " + ".join(["b"] * 5000)
    code = load(language).render(make_kernel(Function(text), "eval"), "f")
    comments = [line for line in code.splitlines() if line.startswith(("#", "//"))]
    assert 8 < len(comments) < 40
    assert max(map(len, code.splitlines())) <= 110


# -- what stands in the text


GOLDEN = Path(__file__).parent / "data" / "codegen"


@by_language
def test_the_text_is_the_golden_one(language: str, adcli: Adcli, request: pytest.FixtureRequest) -> None:
    outcome = adcli("codegen", HEADLINE, "--lang", language)
    assert (0, "") == (outcome.code, outcome.err)
    file, text = GOLDEN / f"{language}.txt", outcome.out.replace(__version__, "VERSION")
    if request.config.getoption("--update-samples"):
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text


PARENTHESES = {
    "x - (y - z)": "x - (y - z)",
    "(x - y) - z": "x - y - z",
    "(x*y)*z/(x*y)": "t1*z/t1",
    "x*(y/z)": "x*(y/z)",
    "-(x + y)": "-(x + y)",
    "(-x)*y": "-x*y",
    "x*(-y)": "x*(-y)",
    "x - (-y)": "x - -y",
    "where(x < 1 and (y > 2 or z > 3), x, y)": "x < 1.0 && (y > 2.0 || z > 3.0) ? x : y",
    "where(x < 1 and y > 2 or z > 3, x, y)": "(x < 1.0 && y > 2.0) || z > 3.0 ? x : y",
    "where(x < 1 or y > 2 or z > 3, x, y)": "x < 1.0 || y > 2.0 || z > 3.0 ? x : y",
    "where(not x < 1, x, where(y == 2, 1, z)) + 1": "(!(x < 1.0) ? x : y == 2.0 ? 1.0 : z) + 1.0",
    "sin(x*(y + 1))": "sin(x*(y + 1.0))",
    "x*inf": "x*INFINITY",
    "x*(-2.5)": "x*(-2.5)",
}


@pytest.mark.parametrize("text", PARENTHESES)
def test_an_expression_has_the_parentheses_that_it_needs(text: str) -> None:
    code = c.render(kernel_of(text, "eval"), "f")
    assert f"value[0] = {PARENTHESES[text]};  // y1" in code


def test_numbers_of_c_read_back_bit_for_bit(tmp_path: Path) -> None:
    if COMPILER is None:
        pytest.skip("there is no C compiler")
    rng = random.Random("literals")  # noqa: S311
    drawn = (struct.unpack("d", rng.randbytes(8))[0] for _ in range(500))
    numbers = [0.0, -0.0, inf, -inf, 5e-324, -1.7976931348623157e308, 2.0, 0.1, *[x for x in drawn if x == x]]
    (tmp_path / "a.c").write_text(
        f"#include <math.h>\nconst double numbers[] = {{{', '.join([c.literal(x) for x in numbers])}}};\n"
    )
    build(tmp_path / "a.c", tmp_path / "a.so")
    found = (ctypes.c_double * len(numbers)).in_dll(ctypes.CDLL(str(tmp_path / "a.so")), "numbers")
    assert struct.pack(f"{len(numbers)}d", *numbers) == bytes(found)
    assert math.isnan(float(c.literal(nan)))


def test_every_instruction_is_an_expression_of_c_for_loops_of_ones_own(tmp_path: Path) -> None:
    if COMPILER is None:
        pytest.skip("there is no C compiler")
    rows = [TABLE[name] for name in sorted(MACHINE)]
    lines = ["#include <math.h>", *c.HELPERS.values()]
    for row in rows:
        conditions = row.name in ("and_", "or_", "not_")
        arguments = ["(a > 1.0)", "(b > 1.0)"] if conditions else ["a", "b"]
        arguments = ["(a < b)", "a", "(b + 1.0)"] if row.name == "where" else arguments
        text = c.expression(row.name, arguments[: row.arity if row.arity > 0 else 2])
        lines.append(f"double do_{row.name}(double a, double b);")
        lines.append(f"double do_{row.name}(double a, double b) {{ (void)a; (void)b; return {text}; }}")
    (tmp_path / "a.c").write_text("\n".join(lines) + "\n")
    build(tmp_path / "a.c", tmp_path / "a.so", "-Wno-unused-function")
    library = ctypes.CDLL(str(tmp_path / "a.so"))
    for row in rows:
        function = library[f"do_{row.name}"]
        function.restype, function.argtypes = ctypes.c_double, [ctypes.c_double] * 2
        for a, b in itertools.product((-2.5, -0.0, 0.5, 1.0, 3.5, inf, nan), repeat=2):
            given: list[Any] = [a > 1, b > 1] if row.name in ("and_", "or_", "not_") else [a, b]
            given = [a < b, a, b + 1.0] if row.name == "where" else given
            expected = float(row.value(FLOATS, *given[: row.arity if row.arity > 0 else 2]))
            assert ulps(function(a, b), expected) <= 4, (row.name, a, b)


def build(source: Path, target: Path, *flags: str) -> None:
    command = [str(COMPILER), *STRICT, *flags, "-shared", "-fPIC", str(source), "-o", str(target), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)


def test_functions_of_one_file_share_no_name(tmp_path: Path) -> None:
    """Each has helpers of its own, and a program with all of them compiles; so it did for all the tests above."""
    codes = [load("javascript").render(kernel_of("mod(x, y)^1.5"), name) for name in ("f", "g")]
    for helper in ("mod", "pow"):
        assert all(f"function {name}_{helper}(" in code for name, code in zip("fg", codes, strict=True))


# -- functions that a language's own library has, or not


LIBRARY = [row for row in TABLE.values() if isinstance(row.value, Library)]
OWN = {
    "c": {"erf", "erfc", "gamma", "loggamma"}, "python": {"erf", "erfc", "gamma"}, "numpy": set(), "javascript": set(),
}  # fmt: skip


@by_language
@pytest.mark.parametrize("row", LIBRARY, ids=lambda row: row.name)
def test_a_special_function_is_the_languages_own_or_refused(row: Primitive, language: str, tmp_path: Path) -> None:
    kernel, points = kernel_of(text_of(row), "eval"), sample_points(row, 20)
    if row.name not in OWN[language]:
        with pytest.raises(UsageError, match=f"^{row.name} is not in .*'s own library$") as caught:
            load(language).render(kernel, "f")
        assert ("not-in-language", True) == (caught.value.code, "adcli batch" in caught.value.hint)
        return
    if language == "c" and COMPILER is None:
        pytest.skip("there is no C compiler")
    found = (
        compiled({"": Job(kernel, points)}, tmp_path)[""]
        if language == "c"
        else run_python({"": Job(kernel, points)})[""]
    )
    for point, numbers in zip(points, found, strict=True):
        assert [] == misses(12.0, numbers, Function(text_of(row)).eval(point).value), point


@pytest.mark.parametrize("text", ["erf(x)", "erfc(x)"])
@pytest.mark.parametrize("language", ["c", "python"])
def test_the_error_functions_are_differentiated(text: str, language: str, tmp_path: Path) -> None:
    if language == "c" and COMPILER is None:
        pytest.skip("there is no C compiler")
    points = [[x] for x in (0.0, 0.3, -1.5, 5.0, -7.7, 20.5, 27.2, 30.0, -inf, nan)]
    job = {"": Job(kernel_of(text), points)}
    found = compiled(job, tmp_path)[""] if language == "c" else run_python(job)[""]
    for point, numbers in zip(points, found, strict=True):
        if point[0] == point[0]:
            expected = Function(text).jacobian(point)
            assert [] == misses(8.0, numbers, expected.value + expected.jacobian[0]), point
        else:
            assert all(x != x for x in numbers)


@by_language
def test_a_derivative_that_no_library_has_is_named(language: str) -> None:
    with pytest.raises(UsageError, match=r"^(the derivative of )?gamma is not in"):
        load(language).render(kernel_of("gamma(x)"), "f")


# -- arrays and arguments


def test_the_arguments_of_numpy_broadcast_and_results_come_before_their_axes() -> None:
    function = Function("W@x*t", shapes={"W": (2, 3), "x": (3,)})
    space: dict[str, Any] = {}
    exec(load("numpy").render(make_kernel(function, "jac", wrt="x,t"), "layer"), space)  # noqa: S102
    rng = np.random.default_rng(1)
    w, x, t = rng.normal(size=(2, 3)), rng.normal(size=(3, 5)), rng.normal(size=(4, 1))
    value, jacobian = space["layer"](t=t, W=w, x=x)
    assert ((2, 4, 5), (2, 4, 4, 5)) == (value.shape, jacobian.shape)
    expected = function.jacobian({"W": w, "x": x[:, 3], "t": t[2, 0]}, wrt="x,t")
    np.testing.assert_allclose(value[:, 2, 3], expected.value, rtol=1e-14)
    np.testing.assert_allclose(jacobian[:, :, 2, 3], expected.jacobian, rtol=1e-14)
    value, jacobian = space["layer"](w.tolist(), 2, [1, 2, 3])
    assert ((2,), (2, 4)) == (value.shape, jacobian.shape)


def test_a_direction_that_is_not_given_is_an_argument(adcli: Adcli) -> None:
    for product, vector, entries in (("jvp", "direction", [3.0, -2.0]), ("vjp", "cotangent", [2.0, 5.0])):
        result = adcli("codegen", HEADLINE, "--product", product, "--lang", "python", "--json").json
        assert ["x1", "x2", f"{vector}[0]", f"{vector}[1]"] == result["inputs"]
        space: dict[str, Any] = {}
        exec(result["code"], space)  # noqa: S102  # what is tested
        found = flat(list(space["f"](1.0, 2.0, entries)))
        assert found == pytest.approx(expected_of(Function(HEADLINE), [1, 2], product, {"vector": entries}), rel=1e-15)
    taken = adcli("codegen", "direction*x", "--product", "jvp", "--json").json
    assert ["direction", "x", "direction_[0]", "direction_[1]"] == taken["inputs"]


# -- making kernels


def test_the_inputs_of_a_kernel_are_the_variables_in_their_order() -> None:
    assert ["x1", "x2", "x10"] == list(kernel_of("x10 + x2*x1").inputs)
    made = make_kernel(Function("x2*x1", variables=["x2", "z", "x1"]), "vjp", vector=["w"])
    assert ["x2", "z", "x1", "w"] == list(made.inputs)
    assert ["y1", "d/dx2", "d/dz", "d/dx1"] == list(made.outputs)


def test_a_vector_is_read_as_the_command_of_the_product_reads_it() -> None:
    function = Function("W@x", shapes={"W": (2, 2), "x": (2,)})
    assert [1.0, 0.0, 0.0, 1.0, 0.0, 0.0] == make_vector(function, "jvp", "W=eye(2)")
    assert [math.pi, 2.0] == make_vector(function, "vjp", "pi,2")
    assert [0.5] == make_vector(Function("a = x^2; a*y"), "jvp", "a=1/2", wrt="a")


MISFITS: list[tuple[Callable[[], Any], str, str]] = [
    (lambda: kernel_of("x*y", "hes"), "unknown-product", "did you mean 'hess'?"),
    (lambda: kernel_of("x, y", "hess"), "several-outputs", "jac gives the Jacobian"),
    (lambda: kernel_of("x*y", "jvp"), "missing-direction", ""),
    (lambda: kernel_of("x*y", "vjp"), "missing-direction", ""),
    (lambda: kernel_of("x*y", "jvp", 1.0), "wrong-direction-size", ""),
    (lambda: kernel_of("x*y", "vjp", 1.0, 2.0), "wrong-direction-size", ""),
    (lambda: kernel_of("x*y", "jvp", 1.0, inf), "bad-number", ""),
    (lambda: kernel_of("x*y", "jac", 1.0, 2.0), "unused-direction", "jvp and vjp do"),
    (lambda: make_kernel(Function("x*y"), "jac", wrt="z"), "unknown-wrt", "known: x, y"),
    (lambda: load("rust"), "unknown-language", "there are c, javascript, numpy, python"),
    (lambda: load("pyton"), "unknown-language", "did you mean 'python'?"),
]


@pytest.mark.parametrize(("act", "code", "hint"), MISFITS, ids=lambda value: value if isinstance(value, str) else "")
def test_what_does_not_fit_is_refused(act: Callable[[], Any], code: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        act()
    assert (code, True) == (caught.value.code, hint in caught.value.hint)


def test_shapes_that_do_not_fit_are_told_as_everywhere() -> None:
    with pytest.raises(ReadError, match="@ needs vectors or matrices"):
        make_kernel(Function("W@x"), "jac")


# -- the command


def test_the_code_goes_into_a_file_whole(adcli: Adcli, tmp_path: Path) -> None:
    file = tmp_path / "f.c"
    assert (0, "", "") == adcli("codegen", HEADLINE, "--output", str(file))
    assert adcli("codegen", HEADLINE).out == file.read_text(encoding="utf-8")
    result = adcli("codegen", HEADLINE, "--output", str(file), "--json").json
    assert result["code"] == file.read_text(encoding="utf-8")
    assert (2, "unwritable-file") == (
        (outcome := adcli("codegen", HEADLINE, "--output", str(tmp_path / "no" / "f.c"), "--json")).code,
        outcome.json["code"],
    )


def test_json_has_the_code_and_the_names_of_its_numbers(adcli: Adcli) -> None:
    result = adcli("codegen", "x^2*θ", "--product", "hess", "--lang", "javascript", "--name", "g", "--json").json
    schema = adcli("schema", result["schema"]).json
    Draft202012Validator(schema).validate(result)
    assert (["x", "θ"], [2, 2]) == (result["inputs"], result["shape"])
    assert ["y1", "dy1/dx", "dy1/dθ", "d2y1/dxdx", "d2y1/dxdθ", "d2y1/dθdx", "d2y1/dθdθ"] == result["outputs"]
    assert "function g(x, theta) {" in result["code"]


WRONG = [
    (["codegen", "x", "--format", "csv"], "code is text, which has no form as csv", "--output FILE"),
    (["codegen", "x", "--lang", "rust"], "there is no emitter for 'rust'", "there are c, javascript"),
    (["codegen", "x", "--product", "gard"], "unknown product 'gard'", "did you mean 'grad'?"),
    (["codegen", "x", "--direction", "2"], "--direction belongs to --product jvp", ""),
    (["codegen", "x", "--product", "jvp", "--cotangent", "2"], "--cotangent belongs to --product vjp", ""),
    (["codegen", "x", "--product", "jvp", "--direction", "2,3"], "--direction has 2 numbers", ""),
    (["codegen", "x", "--name", "double"], "--name double: C has a use for that word", "--name double_"),
    (["codegen", "besselj(2, x)"], "is not in C's own library", "adcli batch"),
]


@pytest.mark.parametrize(("args", "message", "hint"), WRONG, ids=lambda value: " ".join(value)[:40])
def test_the_command_refuses_what_it_cannot_do(args: list[str], message: str, hint: str, adcli: Adcli) -> None:
    outcome = adcli(*args)
    assert (2, "") == (outcome.code, outcome.out)
    assert message in outcome.err
    assert hint in outcome.err


def test_notes_on_the_text_go_to_stderr(adcli: Adcli) -> None:
    outcome = adcli("codegen", "x", "--let", "k=3")
    assert (0, "note: --let k: the expression has no 'k'\n") == (outcome.code, outcome.err)
    assert "" == adcli("codegen", "x", "--let", "k=3", "--quiet").err
