"""Files: a batch from Parquet to Parquet and from CSV, by what reading and writing take alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..contenders import Command, Served
from ..measuring import Line, compare, equal, measure
from ..memory import peak_of
from ..work import HEADLINE, Missing, Work, adcli, need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..measuring import Plan

TITLE = "files: batch jac, 10^7 rows Parquet to Parquet, 10^6 rows from CSV"
SIZES = {"full": (10_000_000, 1_000_000), "small": (3_000, 1_000)}
MEMORY = 400e6  # bytes
_GROUP = 2**18  # rows of a row group, in all of the files


def make(size: int) -> Any:
    """A table of two columns."""
    np, pa = need("numpy"), need("pyarrow")
    x1, x2 = np.random.default_rng(3).uniform(-3, 3, (2, size))
    return pa.table({"x1": x1, "x2": x2})


def parquet(size: int, folder: Path) -> Work:
    """Arrow reads the points, and writes the results, which it has in memory already."""
    pq = need("pyarrow.parquet", "numpy")
    results = pq.read_table(folder / "results.parquet", read_dictionary=["status"])

    def run() -> None:
        pq.read_table(folder / "points.parquet")
        pq.write_table(
            results, folder / "again.parquet", row_group_size=_GROUP, use_dictionary=["status"], compression="snappy"
        )

    return Work(run, lambda _: numbers(folder / "again.parquet"))


def csv(size: int, folder: Path) -> Work:
    """Arrow reads the points."""
    reader = need("pyarrow.csv", "numpy")
    return Work(lambda: reader.read_csv(folder / "points.csv"), lambda table: columns(table, "x1", "x2"))


def columns(table: Any, *names: str) -> Any:
    """Columns of a table, as rows of numbers."""
    return need("numpy").stack([table[name].to_numpy() for name in names])


def numbers(path: Path) -> Any:
    """All numbers of a file of results; each row has to be ok."""
    table = need("pyarrow.parquet").read_table(path)
    assert set(table["status"].unique().to_pylist()) <= {"ok"}
    return columns(table, *[name for name in table.column_names if name != "status"])


def expected(table: Any) -> Any:
    """The same numbers by NumPy: values, and derivatives."""
    np = need("numpy")
    x1, x2 = columns(table, "x1", "x2")
    e = np.exp(x1 - x2)
    return np.stack([x1 * x2 + np.sin(x1), e, x2 + np.cos(x1), x1, e, -e])


def batch(points: Path, results: Path) -> list[str]:
    """The command line of one batch."""
    return adcli("batch", "jac", HEADLINE, "--points", str(points), "--output", str(results), "--quiet")


def lines(plan: Plan) -> Iterator[Line]:
    """Parquet, its memory, and CSV; the numbers are compared with NumPy's, too."""
    pq, writer, folder = need("pyarrow.parquet"), need("pyarrow.csv"), plan.folder
    rows, rows_of_text = SIZES[plan.size]
    points, results, out = folder / "points.parquet", folder / "results.parquet", folder / "out"
    pq.write_table(make(rows), points, row_group_size=_GROUP, use_dictionary=False)
    ours = Command(batch(points, results), out, lambda _: numbers(results))
    ours.run()  # the peer writes the table that this has written
    compare({"adcli": numbers(results), "NumPy": expected(pq.read_table(points))}, 1e-12, 1e-12)
    times = measure({"adcli": ours, "Arrow": Served(parquet, rows, folder)}, plan.few, equal(0))
    yield times.line("Parquet / Arrow reads, writes", "adcli", "Arrow", 3.0)
    try:
        yield Line("peak memory of all processes", peak_of(ours.command), asked=MEMORY, unit="B")
    except Missing as reason:
        yield Line("peak memory of all processes", asked=MEMORY, unit="B", skipped=str(reason))
    text, table = folder / "points.csv", make(rows_of_text)
    writer.write_csv(table, text)
    ours = Command(batch(text, results), out)
    times = measure({"adcli": ours, "Arrow": Served(csv, rows_of_text, folder)}, plan.few)
    compare({"adcli": numbers(results), "NumPy": expected(table)}, 1e-12, 1e-12)
    yield times.line("CSV to Parquet / Arrow reads", "adcli", "Arrow")
