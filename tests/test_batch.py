"""`adcli batch` as a user runs it: products, formats, statuses, exit codes, and nothing half done."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

np = pytest.importorskip("numpy")

from adcli.batch import progress  # noqa: E402
from adcli.engines import Unavailable, load  # noqa: E402
from adcli.kernels.making import make_kernel  # noqa: E402
from adcli.machine import parallel  # noqa: E402
from adcli.products import Function  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from conftest import Outcome

    Adcli = Callable[..., Outcome]

HEADLINE = "x1*x2+sin(x1), exp(x1-x2)"
ROOT = Path(__file__).parent.parent
POINTS = [(1.0, 2.0), (0.5, -1.0), (-2.0, 0.25), (3.0, 3.0)]
BACK = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@pytest.fixture(scope="module", autouse=True)
def _cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def points(tmp_path: Path) -> Callable[..., str]:
    """Write a file of points: `points(["x"], [[1], [2]])`."""

    def make(header: Sequence[str] = ("x1", "x2"), rows: Any = POINTS, name: str = "points.csv") -> str:
        path = tmp_path / name
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([header, *rows])
        return str(path)

    return make


def rows_of(outcome: Outcome) -> list[dict[str, Any]]:
    """The rows on stdout; an exit code that is not 0 is an error."""
    assert 0 == outcome.code, outcome.err
    return [json.loads(line) for line in outcome.out.splitlines()]


def numbers(row: dict[str, Any]) -> list[float]:
    return [BACK.get(x, x) for name, x in row.items() if name not in {"status", "id"}]


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def refused(outcome: Outcome) -> tuple[int, str]:
    assert "adcli/error/1" == outcome.json["schema"]
    return outcome.code, outcome.json["code"]


def close(got: Sequence[float], expected: Sequence[float]) -> bool:
    return len(got) == len(expected) and all(map(math.isclose, got, expected))


# -- products


def flat(matrix: Any) -> list[float]:
    return list(itertools.chain(*matrix))


SINGLE = {
    "eval": lambda f, p: list(f.eval(p).value),
    "jac": lambda f, p: [*f.jacobian(p).value, *flat(f.jacobian(p).jacobian)],
    "grad": lambda f, p: [*f.gradient(p).value, *f.gradient(p).gradient],
    "hess": lambda f, p: [*f.hessian(p).value, *f.hessian(p).gradient, *flat(f.hessian(p).hessian)],
    "jvp": lambda f, p: [*f.jvp(p, [3, -2]).value, *f.jvp(p, [3, -2]).jvp],
    "vjp": lambda f, p: [*f.vjp(p, [2, 5]).value, *f.vjp(p, [2, 5]).vjp],
}
COLUMNS = {
    "eval": ["y1", "y2"],
    "jac": ["y1", "y2", "dy1/dx1", "dy1/dx2", "dy2/dx1", "dy2/dx2"],
    "grad": ["y1", "dy1/dx1", "dy1/dx2"],
    "hess": ["y1", "dy1/dx1", "dy1/dx2", "d2y1/dx1dx1", "d2y1/dx1dx2", "d2y1/dx2dx1", "d2y1/dx2dx2"],
    "jvp": ["y1", "y2", "dy1", "dy2"],
    "vjp": ["y1", "y2", "d/dx1", "d/dx2"],
}
VECTORS = {"jvp": ("--direction", "3,-2"), "vjp": ("--cotangent", "2,5")}


@pytest.mark.parametrize("product", SINGLE)
def test_every_product_has_the_numbers_of_single_points(adcli: Adcli, points: Any, product: str) -> None:
    text = "x1^2*x2 + exp(x1)" if product in {"grad", "hess"} else HEADLINE
    rows = rows_of(adcli("batch", product, text, "--points", points(), *VECTORS.get(product, ())))
    assert [*COLUMNS[product], "status"] == list(rows[0])
    f = Function(text)
    for row, point in zip(rows, POINTS, strict=True):
        assert "ok" == row["status"]
        assert close(numbers(row), SINGLE[product](f, list(point)))


def test_derivatives_alone(adcli: Adcli, points: Any) -> None:
    rows = rows_of(adcli("batch", "jac", HEADLINE, "--points", points(), "--no-values"))
    assert [*COLUMNS["jac"][2:], "status"] == list(rows[0])
    assert ["y1", "y2", "status"] == list(rows_of(adcli("batch", "eval", HEADLINE, "--points", points()))[0])


@pytest.mark.parametrize(("product", "option"), [("jvp", "--direction"), ("vjp", "--cotangent")])
def test_a_vector_may_stand_in_columns(adcli: Adcli, points: Any, product: str, option: str) -> None:
    given = [3.0, -2.0] if product == "jvp" else [2.0, 5.0]
    path = points(["x1", "x2", "u", "v"], [[*p, *given] for p in POINTS])
    by_columns = adcli("batch", product, HEADLINE, "--points", path, option, "u,v")
    by_numbers = adcli("batch", product, HEADLINE, "--points", path, *VECTORS[product])
    assert rows_of(by_columns) == rows_of(by_numbers)
    assert (2, "missing-direction") == refused(adcli("batch", product, HEADLINE, "--points", path, "--json"))
    outcome = adcli("batch", product, HEADLINE, "--points", path, option, "u", "--json")
    assert (2, "wrong-direction-size") == refused(outcome)
    outcome = adcli("batch", "jac", HEADLINE, "--points", path, option, "1,2", "--json")
    assert (2, "unused-direction") == refused(outcome)


def test_variables_are_fixed_by_at_and_by_let_with_wrt(adcli: Adcli, points: Any) -> None:
    text, path = "log(1+exp(-y*(w1*a+w2*b)))", points(["a", "b", "y"], [[1, 2, 1], [0.5, -1, -1]])
    for given in (("--at", "w1=0.1,w2=-0.3"), ("--let", "w1=0.1", "--let", "w2=-0.3")):
        rows = rows_of(adcli("batch", "grad", text, "--points", path, "--wrt", "w1,w2", *given))
        assert ["y1", "dy1/dw1", "dy1/dw2", "status"] == list(rows[0])
        f = Function(text)
        for row, (a, b, y) in zip(rows, [(1, 2, 1), (0.5, -1, -1)], strict=True):
            g = f.gradient({"a": a, "b": b, "y": y, "w1": 0.1, "w2": -0.3}, wrt="w1,w2")
            assert close(numbers(row), [*g.value, *g.gradient])


def test_parameters_and_arrays(adcli: Adcli, points: Any) -> None:
    rows = rows_of(adcli("batch", "jac", "k*x^2", "--points", points(["x"], [[3]]), "--let", "k=1/2"))
    assert [4.5, 3.0] == numbers(rows[0])
    path = points(["v[0]", "v[1]"], [[3, 4], [1, 0]])
    rows = rows_of(adcli("batch", "grad", "norm(v)^2", "--points", path, "--shape", "v=2"))
    assert ["y1", "dy1/dv[0]", "dy1/dv[1]", "status"] == list(rows[0])
    assert close(numbers(rows[0]), [25, 6, 8])


def test_an_intermediate_is_differentiated_by(adcli: Adcli, points: Any) -> None:
    rows = rows_of(adcli("batch", "jac", "a = x^2; b = 5*a; a*b", "--points", points(["x"], [[2]]), "--wrt", "a,x"))
    assert [80.0, 40.0, 160.0] == numbers(rows[0])


# -- formats


@pytest.mark.parametrize("ending", [".ndjson", ".csv", ".tsv", ".npy", ".parquet"])
def test_rows_are_written_in_every_format(adcli: Adcli, points: Any, tmp_path: Path, ending: str) -> None:
    if ending == ".parquet":
        pytest.importorskip("pyarrow")
    out = tmp_path / f"out{ending}"
    assert (0, "", "") == adcli("batch", "jac", HEADLINE, "--points", points(), "--output", str(out))
    expected = [numbers(row) for row in rows_of(adcli("batch", "jac", HEADLINE, "--points", points()))]
    if ending == ".npy":
        found = np.load(out).tolist()
    elif ending == ".parquet":
        import pyarrow.parquet as pq

        found = [numbers(row) for row in pq.read_table(out).to_pylist()]
    elif ending == ".ndjson":
        found = [numbers(json.loads(line)) for line in out.read_text().splitlines()]
    else:
        with out.open(newline="") as file:
            read = list(csv.DictReader(file, delimiter="\t" if ending == ".tsv" else ","))
        found = [[float(x) for name, x in row.items() if name != "status"] for row in read]
    assert expected == found


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".ndjson", ".jsonl", ".parquet"])
def test_points_are_read_in_every_format(adcli: Adcli, points: Any, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"p{ending}"
    if ending == ".parquet":
        pa = pytest.importorskip("pyarrow")
        import pyarrow.parquet as pq

        pq.write_table(pa.table({"x1": [p[0] for p in POINTS], "x2": [p[1] for p in POINTS]}), path)
    elif ending in {".csv", ".tsv"}:
        mark = "\t" if ending == ".tsv" else ","
        path.write_text("".join(f"{mark.join(map(str, row))}\n" for row in [("x1", "x2"), *POINTS]))
    else:
        path.write_text("".join(json.dumps({"x1": a, "x2": b}) + "\n" for a, b in POINTS))
    expected = adcli("batch", "jac", HEADLINE, "--points", points())
    assert expected == adcli("batch", "jac", HEADLINE, "--points", str(path))
    renamed = path.rename(tmp_path / "nameless")
    kind = {".jsonl": "ndjson"}.get(ending, ending[1:])
    assert expected == adcli("batch", "jac", HEADLINE, "--points", str(renamed), "--points-format", kind)


def test_stdout_has_the_format_that_is_asked_for(adcli: Adcli, points: Any) -> None:
    outcome = adcli("batch", "jac", HEADLINE, "--points", points(), "--format", "csv")
    assert [*COLUMNS["jac"], "status"] == list(read_csv(outcome.out)[0])
    lines = adcli("batch", "jac", HEADLINE, "--points", points(), "--json").out.splitlines()
    assert 4 == len(lines)
    assert "ok" == json.loads(lines[0])["status"]


def test_columns_are_kept(adcli: Adcli, points: Any) -> None:
    path = points(["id", "x1", "x2", "name"], [["007", *p, 'a "b", c'] for p in POINTS])
    rows = rows_of(adcli("batch", "eval", HEADLINE, "--points", path, "--keep", "name, id"))
    assert ["name", "id", "y1", "y2", "status"] == list(rows[0])
    assert ('a "b", c', "007") == (rows[0]["name"], rows[0]["id"])
    assert (2, "unknown-column") == refused(
        adcli("batch", "eval", HEADLINE, "--points", path, "--keep", "nome", "--json")
    )
    outcome = adcli("batch", "eval", "x1, 2*x1", "--points", points(["x1", "y1"], [[1, 2]]), "--keep", "y1", "--json")
    assert (2, "duplicate-column") == refused(outcome)


# -- folds


@pytest.mark.parametrize(
    ("how", "fold"), [("sum", math.fsum), ("mean", lambda xs: math.fsum(xs) / len(xs)), ("max", max)]
)
def test_rows_are_folded_to_one(adcli: Adcli, points: Any, tmp_path: Path, how: str, fold: Any) -> None:
    args = ("batch", "jac", HEADLINE, "--points", points())
    rows = [numbers(row) for row in rows_of(adcli(*args))]
    outcome = adcli(*args, "--reduce", how, "--json")
    assert ("adcli/fold/1", how, 4) == tuple(outcome.json[key] for key in ("schema", "reduce", "rows"))
    assert close(outcome.json["fold"], [fold(column) for column in zip(*rows, strict=True)])
    assert COLUMNS["jac"] == outcome.json["columns"]
    out = tmp_path / "fold.csv"
    assert 0 == adcli(*args, "--reduce", how, "--output", str(out)).code
    assert outcome.json["fold"] == [float(x) for x in read_csv(out.read_text())[0].values()]
    shown = adcli(*args, "--reduce", how).out
    assert f"{how} over 4 rows" in shown
    assert "dy2/dx1" in shown


def test_a_fold_leaves_out_rows_without_numbers(adcli: Adcli, points: Any) -> None:
    path = points(["x"], [[1], [-1], [""], [2]])
    result = adcli("batch", "jac", "log(x)", "--points", path, "--reduce", "sum", "--json").json
    assert close(result["fold"], [math.log(2), 1.5])
    assert (2, {"domain": 1, "missing": 1}) == (result["rows"], result["left_out"])
    outcome = adcli("batch", "jac", "log(x)", "--points", path, "--reduce", "median", "--json")
    assert (2, "unknown-fold") == refused(outcome)
    assert (2, "not-with-reduce") == refused(
        adcli("batch", "jac", "log(x)", "--points", path, "--reduce", "sum", "--keep", "x", "--json")
    )


# -- what becomes of a row

STATUSES = [
    ("log(x)", [1.0, -1.0, 0.0, ""], ["ok", "domain", "domain", "missing"]),
    ("abs(x)", [1.0, 0.0, -3.0], ["ok", "kink", "ok"]),
    ("exp(x)", [1.0, 800.0, -800.0], ["ok", "overflow", "ok"]),
    ("floor(x)", [1.5, 2.0], ["ok", "kink"]),
    ("sqrt(x)", [4.0, 0.0, -1.0], ["ok", "overflow", "domain"]),
    ("where(x > 0, log(x), 0)", [2.0, -1.0], ["ok", "ok"]),
    ("x^2", ["nan", "inf", 3.0], ["missing", "overflow", "ok"]),
]


@pytest.mark.parametrize("engine", ["numpy", "native"])
@pytest.mark.parametrize(("text", "xs", "expected"), STATUSES, ids=[row[0] for row in STATUSES])
def test_every_row_has_a_status(
    adcli: Adcli, points: Any, text: str, xs: Any, expected: list[str], engine: str
) -> None:
    path = points(["id", "x"], list(enumerate(xs)))
    outcome = adcli("batch", "jac", text, "--points", path, "--keep", "id", "--engine", engine)
    rows = rows_of(outcome)
    assert expected == [row["status"] for row in rows]
    for row in rows:
        assert (row["status"] in {"domain", "missing"}) == (row["y1"] is None)
    for status in set(expected) - {"ok"}:
        assert f"{expected.count(status)} row" in outcome.err
        assert f"(status {status})" in outcome.err
    table = read_csv(adcli("batch", "jac", text, "--points", path, "--format", "csv", "--engine", engine).out)
    assert [row["y1"] is None for row in rows] == [row["y1"] == "" for row in table]


def test_quiet_says_nothing(adcli: Adcli, points: Any) -> None:
    path = points(["x"], [[-1], [1]])
    assert "domain" in adcli("batch", "jac", "log(x)", "--points", path).err
    assert "" == adcli("batch", "jac", "log(x)", "--points", path, "-q").err
    assert "" == adcli("batch", "jac", "x", "--points", path).err


@pytest.mark.parametrize("extra", [(), ("--reduce", "sum")])
def test_strict_ends_at_the_first_row_outside_the_domain(adcli: Adcli, points: Any, tmp_path: Path, extra: Any) -> None:
    path, out = points(["x"], [[1], [2], [-3], [-4]]), tmp_path / "out.csv"
    outcome = adcli("batch", "jac", "log(x)", "--points", path, "--strict", "--output", str(out), *extra)
    assert (5, "") == (outcome.code, outcome.out)
    assert outcome.err.startswith("error: row 3: log(x) is undefined")
    assert "^" in outcome.err
    assert not out.exists()
    assert 0 == adcli("batch", "jac", "log(x)", "--points", points(["x"], [[1], [2]]), "--strict", *extra).code
    assert 5 == refused(adcli("batch", "jac", "log(x)", "--points", points(["x"], [[-1]]), "--strict", "--json"))[0]


BROKEN = [["1", "2"], ["1", "two"], ["3", "4"], ["1", "2", "3"]]


def test_rows_that_cannot_be_read_are_an_error_or_left_out(adcli: Adcli, points: Any) -> None:
    path = points(rows=BROKEN)
    outcome = adcli("batch", "jac", HEADLINE, "--points", path)
    assert 2 == outcome.code
    assert "points.csv, line 3, column 'x2': 'two' is not a number" in outcome.err
    assert "--keep-going leaves such rows out" in outcome.err
    outcome = adcli("batch", "jac", HEADLINE, "--points", path, "--keep-going")
    assert 2 == len(rows_of(outcome))
    assert "2 rows that cannot be read left out" in outcome.err
    assert "line 5" in outcome.err


# -- what does not fit


def test_what_does_not_fit_is_refused_with_a_hint(adcli: Adcli, points: Any, tmp_path: Path) -> None:
    path = points()

    def asked(*args: str, product: str = "jac", text: str = HEADLINE) -> Outcome:
        return adcli("batch", product, text, "--points", path, *args)

    wanted = [
        (asked(product="jack"), 2, "there is no product 'jack'", "did you mean 'jac'?"),
        (asked("--engine", "numpi"), 2, "unknown engine 'numpi'", "did you mean 'numpy'?"),
        (asked("--format", "xml"), 2, "--format xml", "ndjson, csv, parquet, npy"),
        (asked("--output", str(tmp_path / "o.xls")), 2, "o.xls", ".parquet"),
        (asked("--points-format", "cvs"), 2, "no such format", "did you mean 'csv'?"),
        (asked(text="x1*x3"), 2, "has no column 'x3'", "its columns are x1, x2"),
        (asked(product="grad"), 2, "grad needs one output, and there are 2", "jac gives the Jacobian"),
        (asked("--at", "z=3"), 2, "the expression has no variable 'z'", ""),
        (asked("--at", "1,2"), 2, "--at fixes variables by name here", ""),
        (asked("--wrt", "q"), 2, "q", ""),
        (asked(text="x1*(x2"), 3, "", "^"),
        (adcli("batch", "jac", HEADLINE), 2, "--points", ""),
        (adcli("batch", "jac", HEADLINE, "--points", str(tmp_path / "none.csv")), 2, "none.csv", ""),
        (adcli("batch", "jac", HEADLINE, "--points", str(tmp_path / "none.txt")), 2, "not a kind of file", ".csv"),
    ]
    for outcome, code, text, hint in wanted:
        assert (code, "") == (outcome.code, outcome.out)
        assert outcome.err.startswith("error: ")
        assert text in outcome.err
        assert hint in outcome.err


def test_errors_are_json_where_json_is_asked_for(adcli: Adcli, points: Any) -> None:
    outcome = adcli("batch", "jac", "x1*x3", "--points", points(), "--json")
    assert (2, "unknown-column") == refused(outcome)
    assert "" == outcome.err
    assert 3 == refused(adcli("batch", "jac", "x1*(", "--points", points(), "--json"))[0]


def test_no_rows_and_no_columns(adcli: Adcli, points: Any, tmp_path: Path) -> None:
    assert (0, "") == adcli("batch", "jac", HEADLINE, "--points", points(rows=[]))[:2]
    outcome = adcli("batch", "jac", HEADLINE, "--points", points(rows=[]), "--format", "csv")
    assert f"{','.join(COLUMNS['jac'])},status\n" == outcome.out
    outcome = adcli("batch", "jac", HEADLINE, "--points", points(rows=[]), "--reduce", "sum", "--json")
    assert ([0.0] * 6, 0) == (outcome.json["fold"], outcome.json["rows"])
    assert [[3.0], [3.0]] == [
        numbers(row) for row in rows_of(adcli("batch", "eval", "3", "--points", points(["x"], [[1], [2]])))
    ]
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    assert (2, "no-header") == refused(adcli("batch", "jac", HEADLINE, "--points", str(empty), "--json"))


def test_an_engine_that_the_machine_has_not_is_replaced_with_a_note(adcli: Adcli, points: Any) -> None:
    outcome = adcli("batch", "eval", "besselj(0, x1)", "--points", points(), "--engine", "native")
    assert 4 == len(rows_of(outcome))
    assert outcome.err.startswith("note: --engine native: ")
    assert outcome.err.endswith("; numpy does it instead\n")


def test_a_column_with_the_name_of_a_constant_is_told_not_to_be_read(adcli: Adcli, points: Any) -> None:
    path = points(["x", "e", "pi"], [[1, 5, 7]])
    outcome = adcli("batch", "eval", "x*e", "--points", path)
    assert [[math.e]] == [numbers(row) for row in rows_of(outcome)]
    told = "note: 'e' is a constant here, and the column 'e' is not read; --vars x,e makes it a variable\n"
    assert told == outcome.err
    assert told == adcli("batch", "check", "x*e", "--points", path, "--claim", "e").err.splitlines(keepends=True)[0]
    outcome = adcli("batch", "eval", "x*e", "--points", path, "--vars", "x,e")
    assert ([[5.0]], "") == ([numbers(row) for row in rows_of(outcome)], outcome.err)


def test_ties_of_many_numbers_are_kinks(adcli: Adcli, points: Any) -> None:
    rows = [[1, 2, 3, 4, 5, 6, 7], [7, 2, 7, 4, 5, 1, 7], [6, 6, 6, 4, 5, 1, 7], [1, 1, 1, 1, 1, 1, 1]]
    names = list("abcdfgh")
    for verb, expected in (("max", ["ok", "kink", "ok", "kink"]), ("min", ["ok", "ok", "ok", "kink"])):
        for engine in ("numpy", "native"):
            text = f"{verb}({','.join(names)})"
            outcome = adcli("batch", "grad", text, "--points", points(names, rows), "--engine", engine)
            assert expected == [row["status"] for row in rows_of(outcome)]
            for row, found in zip(rows, rows_of(outcome), strict=True):
                assert Function(text).gradient(row).differentiable is (found["status"] == "ok")


# -- nothing half done


def test_a_failure_in_the_middle_leaves_what_was_there(adcli: Adcli, points: Any, tmp_path: Path) -> None:
    path = points(["x"], [*[[k / 7] for k in range(100_000)], ["oops"]])
    folder = tmp_path / "results"
    folder.mkdir()
    for ending in (".csv", ".ndjson", ".npy"):
        out = folder / f"out{ending}"
        assert 2 == adcli("batch", "jac", "x^2", "--points", path, "--output", str(out)).code
        assert [] == list(folder.iterdir())
        out.write_text("precious")
        assert 2 == adcli("batch", "jac", "x^2", "--points", path, "--output", str(out)).code
        assert "precious" == out.read_text()
        out.unlink()
    outcome = adcli("batch", "jac", "x^2", "--points", path)
    assert (2, "") == (outcome.code, outcome.out)


def test_output_that_cannot_be_written(adcli: Adcli, points: Any, tmp_path: Path) -> None:
    outcome = adcli(
        "batch", "jac", HEADLINE, "--points", points(), "--output", str(tmp_path / "no" / "o.csv"), "--json"
    )
    assert (2, "unwritable-file") == refused(outcome)


def start(*args: str, **options: Any) -> subprocess.Popen[bytes]:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": ROOT}
    return subprocess.Popen([sys.executable, "-m", "adcli", "batch", *args], **{**pipes, **options})


def test_stdin_is_read_and_its_format_found(tmp_path: Path) -> None:
    for text in (b"x1,x2\n1,2\n0.5,-1\n", b'{"x1": 1, "x2": 2}\n{"x1": 0.5, "x2": -1}\n'):
        out, err = start("jac", HEADLINE, "--points", "-").communicate(text, timeout=60)
        assert b"" == err
        rows = [json.loads(line) for line in out.splitlines()]
        assert close(numbers(rows[0]), SINGLE["jac"](Function(HEADLINE), [1, 2]))
        assert 2 == len(rows)
    process = start("check", "x^2", "--points", "-")
    out, _ = process.communicate(b"x,dy1/dx\n1,2\n3,6\n4,9\n", timeout=60)
    assert 1 == process.returncode
    assert b"WRONG: 1 row of 3" in out


def test_a_closed_pipe_ends_it_quietly(points: Any) -> None:
    path = points(["x"], [[k] for k in range(50_000)])
    with start("jac", "x^2", "--points", path, stdin=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (b"", 141) == (process.stderr.read(), process.wait(60))


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    out = tmp_path / "results"
    out.mkdir()
    with start("jac", "x^2", "--points", "-", "--output", str(out / "o.csv")) as process:
        assert process.stdin is not None
        process.stdin.write(b"x\n" + b"1.25\n" * 100_000)
        process.stdin.flush()
        deadline = time.monotonic() + 30
        while not list(out.iterdir()) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert list(out.iterdir()), "the file beside the output was never there"
        process.send_signal(signal.SIGINT)
        assert 130 == process.wait(30)
        assert [] == list(out.iterdir())


# -- how it goes


def test_progress_is_drawn_on_a_terminal_only(
    adcli: Adcli, points: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = points(["x"], [[k] for k in range(3000)])
    args = ("batch", "jac", "x^2", "--points", path, "--output", str(tmp_path / "o.csv"))
    monkeypatch.setattr(progress, "_EVERY", 0.0)
    assert "" == adcli(*args).err
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    drawn = adcli(*args).err
    assert drawn.startswith("\r[")
    assert "3000 rows, " in drawn
    assert drawn.endswith(" \r")
    assert "" == adcli(*args, "--quiet").err


@pytest.mark.usefixtures("untraced")
def test_200000_rows_are_those_of_single_points(adcli: Adcli, points: Any, tmp_path: Path) -> None:
    rng = random.Random(7)  # noqa: S311
    xs = [(rng.uniform(-3, 3), rng.uniform(-3, 3)) for _ in range(200_000)]
    path, out = points(["id", "x1", "x2"], [[k, *x] for k, x in enumerate(xs)]), tmp_path / "out.csv"
    text = "x1*x2 + sin(x1), log(x1 + 2.5)"
    assert 0 == adcli("batch", "jac", text, "--points", path, "--keep", "id", "--output", str(out)).code
    rows = read_csv(out.read_text())
    assert [str(k) for k in range(200_000)] == [row["id"] for row in rows]
    assert sum(x1 <= -2.5 for x1, _ in xs) == sum(row["status"] == "domain" for row in rows)
    f = Function(text)
    for k in (0, 1, 65_535, 65_536, 131_072, 199_999, *range(37, 200_000, 9973)):
        if rows[k]["status"] == "ok":
            got = [float(x) for name, x in rows[k].items() if name not in {"id", "status"}]
            assert close(got, SINGLE["jac"](f, list(xs[k])))


def has_native() -> bool:
    try:
        load("native").compile(make_kernel(Function("x"), "eval"))
    except Unavailable:
        return False
    return True


MIXED = "x*y + sin(x)*tanh(y), where(x > 0, log(y + 1), abs(x + 1)/y), max(x, y, 0)^1.5"


def mixed_points() -> list[list[Any]]:
    rng = random.Random(3)  # noqa: S311
    special: list[Any] = [0.0, -0.0, 1.0, -1.0, 1e308, -1e-308, "", "inf", "nan"]
    return [[rng.choice(special) if rng.random() < 0.1 else rng.uniform(-2, 2) for _ in "xy"] for _ in range(20_000)]


@pytest.mark.parametrize("product", ["jac", "eval"])
def test_engines_agree_on_the_status_of_every_row(adcli: Adcli, points: Any, product: str) -> None:
    if not has_native():
        pytest.skip("there is no C compiler")
    path = points(["x", "y"], mixed_points())
    found = {}
    for engine in ("numpy", "native"):
        outcome = adcli("batch", product, MIXED, "--points", path, "--engine", engine, "--format", "csv")
        found[engine] = read_csv(outcome.out)
    one, other = ([row["status"] for row in rows] for rows in found.values())
    assert one == other
    assert {"ok", "domain", "kink", "overflow", "missing"} - set(one) <= ({"kink"} if product == "eval" else set())


@pytest.mark.parametrize("engine", ["numpy", "native"])
@pytest.mark.parametrize("fold", [(), ("--reduce", "sum")])
def test_threads_change_no_bit(
    adcli: Adcli, points: Any, monkeypatch: pytest.MonkeyPatch, engine: str, fold: Sequence[str]
) -> None:
    rng = random.Random(5)  # noqa: S311
    path = points(["x", "y"], [[rng.uniform(-2, 2), rng.uniform(-2, 2)] for _ in range(70_000)])
    found = []
    for cores in (1, 2, 3):
        monkeypatch.setattr(parallel, "cores", lambda cores=cores: cores)
        outcome = adcli("batch", "jac", MIXED, "--points", path, "--engine", engine, "--format", "csv", *fold)
        assert 0 == outcome.code
        found.append(outcome.out)
    assert found[0] == found[1] == found[2]


def test_limits_that_are_given_are_kept() -> None:
    with start("jac", "x^2", "--points", "-", "--timeout", "1") as process:
        assert process.stdin is not None
        process.stdin.write(b"x\n1\n")
        process.stdin.flush()
        assert 4 == process.wait(30)


def test_without_numpy_an_error_says_how_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("x\n1\n")
    for product in ("grad", "check"):
        args = ["batch", product, "x^2", "--points", str(tmp_path / "p.csv"), "--claim", "2*x"][
            : 5 if product == "grad" else 7
        ]
        script = f"import sys; sys.modules['numpy'] = None; from adcli.cli import run; sys.exit(run({args!r}))"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
        assert (2, "") == (done.returncode, done.stdout)
        assert "a batch needs NumPy" in done.stderr
        assert "Traceback" not in done.stderr


def test_names_of_columns_that_are_carried_may_hold_commas(adcli: Any, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text('x,"W[0,1]",id\n2,5,a\n')
    found = adcli("batch", "grad", "x^2", "--points", str(tmp_path / "p.csv"), "--keep", "W[0,1],id", "--format", "csv")
    assert '"W[0,1]",id,y1,dy1/dx,status\n5,a,4.0,4.0,ok\n' == found.out
