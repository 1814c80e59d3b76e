"""A batch on a cluster: a real scheduler and workers on this machine give what one process gives, to the last bit.

The workers are processes without anybody who starts them again; some of them are killed while they work.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import adcli as package
from adcli import errors
from adcli.errors import AdcliError, Span, UsageError

np = pytest.importorskip("numpy")
pytest.importorskip("pyarrow.parquet")
distributed = pytest.importorskip("distributed")

import pyarrow as pa  # noqa: E402  # they may not be there
import pyarrow.parquet as pq  # noqa: E402

from adcli.batch import cluster as driver  # noqa: E402
from adcli.batch import connection, remote  # noqa: E402
from adcli.batch.order import Order, fixed_point  # noqa: E402
from adcli.batch.readers import stretches as cutting  # noqa: E402
from adcli.batch.readers.parquet import ParquetReader  # noqa: E402
from adcli.batch.remote import Done, Task  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Outcome

    Command = Callable[..., Outcome]

PATIENCE = 60  # seconds for anything, on however loaded a machine
EXPRESSION = "x1*x2 + sin(x1), log(x1 + 3)*x2"
SLOW = "v = x1; for k in range(150) { v = sin(v + x2/9) + cos(v*x1/7) }; v"  # some tenths of a second for a file


# -- processes


class Cluster:
    """A scheduler and the processes of some workers, each with one thread."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.folder = folder
        # adcli itself may not be installed, but lie where this process has found it
        paths = [str(Path(package.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
        self.environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        self.processes: list[subprocess.Popen[bytes]] = []
        file = folder / "scheduler.json"
        self.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
        wait_for(lambda: file.exists() and file.read_text().endswith("}"), self)
        self.address: str = json.loads(file.read_text())["address"]
        for _ in range(workers):
            self.add_worker()

    def start(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *options]
        with (self.folder / f"{what}-{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def add_worker(self) -> subprocess.Popen[bytes]:
        return self.start(
            "worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1",
            "--local-directory", str(self.folder), "--name", str(len(self.processes)),
        )  # fmt: skip

    @property
    def workers(self) -> list[subprocess.Popen[bytes]]:
        return [process for process in self.processes[1:] if process.poll() is None]

    def wait_for_workers(self) -> None:
        with distributed.Client(self.address, timeout=PATIENCE, set_as_default=False) as client:
            client.wait_for_workers(len(self.workers), timeout=PATIENCE)

    def logs(self) -> str:
        return "\n".join(file.read_text() for file in sorted(self.folder.glob("*.log")))

    def close(self) -> None:
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()


def wait_for(condition: Callable[[], Any], cluster: Cluster | None = None) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, cluster.logs() if cluster else "nothing happens"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers that live as long as the tests of this file."""
    found = Cluster(tmp_path_factory.mktemp("cluster"), 2)
    try:
        found.wait_for_workers()
        yield found
    finally:
        found.close()


@pytest.fixture
def own_cluster(tmp_path: Path) -> Iterator[Callable[[int], Cluster]]:
    """A cluster of so many workers for one test, which may do with them what it likes."""
    made: list[Cluster] = []

    def make(workers: int) -> Cluster:
        folder = tmp_path / "processes"
        folder.mkdir()
        made.append(Cluster(folder, workers))
        if workers:
            made[0].wait_for_workers()
        return made[0]

    yield make
    for found in made:
        found.close()


def when_working(cluster: Cluster, act: Callable[[], Any]) -> threading.Thread:
    """Do something as soon as all workers are at work on stretches, and some stretches are done."""

    def watch() -> None:
        with distributed.Client(cluster.address, timeout=PATIENCE, set_as_default=False) as client:

            def at_work() -> bool:
                at = [any("compute" in str(key) for key in keys) for keys in client.processing().values()]
                return len(at) == len(cluster.workers) and all(at) and any(client.has_what().values())

            wait_for(at_work, cluster)
            act()

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


# -- points


def write_points(folder: Path, files: int, rows: int, *, row_group: int = 30_000) -> Path:
    folder.mkdir()
    rng = np.random.default_rng(7)
    for k in range(files):
        count = rows + 101 * k
        table = pa.table(
            {
                "id": np.arange(count) + 10_000_000 * k,
                "x1": rng.normal(size=count) * 2,
                "x2": pa.array(rng.normal(size=count), mask=rng.random(count) < 0.001),
                "kind": pa.array([f"k{n % 5}" for n in range(count)]).dictionary_encode(),
            }
        )
        pq.write_table(table, folder / f"points-{k}.parquet", row_group_size=row_group)
    return folder


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some outside the domain, some without a number, in row groups that no block fits."""
    return write_points(tmp_path_factory.mktemp("files") / "points", 3, 90_000)


@pytest.fixture
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "BLOCKS", 1)


def plain(table: pa.Table) -> pa.Table:
    """A table with texts for dictionaries, which each file has of its own."""
    kinds = [pa.string() if pa.types.is_dictionary(field.type) else field.type for field in table.schema]
    return table.cast(pa.schema(list(zip(table.column_names, kinds, strict=True)))).combine_chunks()


def hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".adcli")]


# -- the same result


@pytest.mark.usefixtures("short_stretches")
@pytest.mark.parametrize(("how", "engine"), [("sum", "numpy"), ("mean", "numpy"), ("max", "numpy"), ("sum", "native")])
def test_a_fold_is_that_of_one_machine_to_the_last_bit(
    adcli: Command, cluster: Cluster, points: Path, how: str, engine: str
):
    args = ["batch", "jac", EXPRESSION, "--points", str(points), "--reduce", how, "--engine", engine, "--json"]
    alone, there = adcli(*args), adcli(*args, "--cluster", cluster.address)
    assert (alone.code, alone.out, alone.err) == (there.code, there.out, there.err)
    assert alone.json["left_out"].keys() == {"domain", "missing"}


@pytest.mark.usefixtures("short_stretches")
def test_rows_are_those_of_one_machine_in_their_order(adcli: Command, cluster: Cluster, points: Path, tmp_path: Path):
    args = ["batch", "grad", "k*x1^2*log(x2)", "--let", "k=3", "--points", str(points), "--keep", "id,kind"]
    alone = adcli(*args, "--output", str(tmp_path / "alone.parquet"))
    there = adcli(*args, "--output", str(tmp_path / "there"), "--cluster", cluster.address)
    assert (0, alone.err, "") == (there.code, there.err, there.out)
    parts = sorted((tmp_path / "there").iterdir())
    assert [f"part-{k:05}.parquet" for k in range(len(parts))] == [part.name for part in parts]
    assert 3 <= len(parts)
    expected = pq.read_table(tmp_path / "alone.parquet")
    found = pa.concat_tables([pq.read_table(part) for part in parts])
    assert plain(expected).equals(plain(found))
    assert hidden(tmp_path) == []
    again = adcli(*args, "--output", str(tmp_path / "there"), "--cluster", cluster.address)
    assert 2 == again.code
    assert "it is not empty" in again.err


def test_all_that_a_question_has_goes_along(adcli: Command, cluster: Cluster, points: Path, tmp_path: Path):
    (tmp_path / "c.csv").write_text("1,2\n3,4\n")
    args = [
        "batch", "jvp", "W@[a, x1] + C@[x2, pi]", "--let", f"C=@{tmp_path / 'c.csv'}", "--shape", "W=2x2", "--at",
        "W=[[1, 2], [1/3, 4]]; pi=3", "--let", "a=0.5", "--wrt", "a,x1", "--direction", "x2,x1", "--no-values",
        "--points", str(points), "--reduce", "sum", "--json",
    ]  # fmt: skip
    alone, there = adcli(*args), adcli(*args, "--cluster", cluster.address)
    assert 0 == there.code
    assert (alone.out, alone.err) == (there.out, there.err)


def test_the_command_line_says_nothing_but_its_notes(cluster: Cluster, points: Path):
    args = ["batch", "eval", EXPRESSION, "--points", str(points), "--reduce", "sum", "--cluster", cluster.address]
    command = [sys.executable, "-m", "adcli", *args]
    start = time.monotonic()
    done = subprocess.run(
        command, env=cluster.environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert 0 == done.returncode
    assert all(line.startswith("note: ") for line in done.stderr.splitlines())
    assert "sum over" in done.stdout
    assert time.monotonic() - start < PATIENCE / 2


# -- what goes wrong, as on one machine


@pytest.mark.usefixtures("short_stretches")
def test_strict_tells_the_first_row_outside_the_domain(adcli: Command, cluster: Cluster, tmp_path: Path):
    folder = tmp_path / "points"
    folder.mkdir()
    for k in range(3):
        x = np.ones(70_000)
        x[[60_000, 69_999]] = -1 if k else 1
        pq.write_table(pa.table({"x": x}), folder / f"{k}.parquet")
    args = ["batch", "grad", "log(x)", "--points", str(folder), "--strict"]
    alone = adcli(*args, "--reduce", "sum", "--json")
    there = adcli(*args, "--reduce", "sum", "--json", "--cluster", cluster.address)
    assert (5, alone.json) == (there.code, there.json)
    assert there.json["message"].startswith("row 130001: ")
    listed = adcli(*args, "--output", str(tmp_path / "there"), "--cluster", cluster.address)
    assert (5, "") == (listed.code, listed.out)
    assert "row 130001" in listed.err
    assert {"points"} == {path.name for path in tmp_path.iterdir()}


def test_columns_and_files_are_refused_as_on_one_machine(
    adcli: Command, cluster: Cluster, points: Path, tmp_path: Path
):
    (tmp_path / "bad.parquet").write_text("PAR1 and nothing else")
    for args in (
        ["x1*x9", "--points", str(points)],
        ["x1*kind", "--points", str(points)],
        ["x1 +", "--points", str(points)],
        ["x1*x2", "--points", str(tmp_path / "absent.parquet")],
        ["x1*x2", "--points", str(tmp_path / "bad.parquet")],
        ["x1*x2", "--points", str(points), "--at", "7"],
        ["x1*x2", "--points", str(points), "--engine", "abacus"],
    ):
        command = ["batch", "grad", *args, "--reduce", "sum", "--json"]
        alone, there = adcli(*command), adcli(*command, "--cluster", cluster.address)
        assert (alone.code, alone.json) == (there.code, there.json)
        assert 0 != there.code


def test_a_page_that_cannot_be_read_is_an_error_of_the_worker(
    adcli: Command, cluster: Cluster, points: Path, tmp_path: Path
):
    data = bytearray((points / "points-0.parquet").read_bytes())
    data[200_000:800_000] = bytes(600_000)
    (tmp_path / "torn.parquet").write_bytes(data)
    args = ["batch", "eval", "x1*x2", "--points", str(tmp_path / "torn.parquet"), "--reduce", "sum", "--json"]
    alone, there = adcli(*args), adcli(*args, "--cluster", cluster.address)
    assert (2, "bad-parquet") == (there.code, there.json["code"])
    assert (alone.code, alone.json) == (there.code, there.json)


def test_files_that_a_worker_does_not_see_are_named(points: Path, tmp_path: Path):
    task = Task(Order("x1", "eval"), "sum", [], "", strict=False)
    stretch = cutting.Stretch(str(tmp_path / "elsewhere.parquet"), 0, 0, 1)
    with pytest.raises(UsageError, match=r"^a worker of the cluster cannot read .*elsewhere") as caught:
        remote.compute(stretch, 0, task)
    assert "all workers" in caught.value.hint
    task = Task(Order("x1", "eval"), None, [], str(tmp_path / "gone"), strict=False)
    with pytest.raises(UsageError, match=r"^a worker of the cluster cannot write"):
        remote.compute(cutting.stretches(str(points), ["x1"], rows=65_536)[0], 0, task)


def test_what_a_cluster_does_not_do_is_refused(adcli: Command, points: Path, tmp_path: Path):
    (tmp_path / "points.csv").write_text("x1,x2\n1,2\n")
    there = ["--cluster", "tcp://127.0.0.1:1"]
    for args in (
        ["--points", str(tmp_path / "points.csv"), "--reduce", "sum"],
        ["--points", "-", "--reduce", "sum"],
        ["--points", str(points), "--points-format", "csv", "--reduce", "sum"],
        ["--points", str(points)],
        ["--points", str(points), "--output", str(tmp_path / "out")],  # for --json
    ):
        refused = adcli("batch", "eval", "x1*x2", *args, *there, "--json")
        assert (2, "not-on-cluster") == (refused.code, refused.json["code"])
    (tmp_path / "file.parquet").write_text("")
    for args, reason in (
        (["--output", str(tmp_path / "out.csv")], "rows are written as Parquet"),
        (["--output", str(tmp_path / "file.parquet")], "is a file"),
        (["--output", str(tmp_path / "none" / "out")], "cannot write"),
        (["--output", str(tmp_path / "out"), "--keep", "y1"], "has this name too"),
    ):
        refused = adcli("batch", "eval", "x1", "--points", str(points), *args, *there)
        assert (2, "") == (refused.code, refused.out)
        assert reason in refused.err


def test_columns_to_keep_are_of_one_type(adcli: Command, cluster: Cluster, tmp_path: Path):
    folder = tmp_path / "points"
    folder.mkdir()
    pq.write_table(pa.table({"x": [1.0], "id": [1]}), folder / "a.parquet")
    pq.write_table(pa.table({"x": [1.0], "id": ["b"]}), folder / "b.parquet")
    args = ["--points", str(folder), "--keep", "id", "--output", str(tmp_path / "out"), "--cluster", cluster.address]
    refused = adcli("batch", "eval", "x", *args)
    assert 2 == refused.code
    assert "the column is int64 in" in refused.err


def test_no_rows_are_a_part_of_none(adcli: Command, cluster: Cluster, tmp_path: Path):
    pq.write_table(pa.table({"x": pa.array([], pa.float64())}), tmp_path / "none.parquet")
    args = ["batch", "grad", "x^2", "--points", str(tmp_path / "none.parquet"), "--cluster", cluster.address]
    assert 0 == adcli(*args, "--output", str(tmp_path / "out")).code
    assert ["y1", "dy1/dx", "status"] == pq.read_table(tmp_path / "out" / "part-00000.parquet").column_names
    assert 0 == adcli(*args, "--reduce", "sum", "--json").json["rows"]


# -- what goes wrong with the cluster


@pytest.mark.parametrize("listed", [False, True], ids=["fold", "rows"])
def test_a_worker_may_be_killed_on_the_way(
    adcli: Command, own_cluster: Callable[[int], Cluster], tmp_path: Path, *, listed: bool
):
    cluster = own_cluster(2)
    folder = write_points(tmp_path / "points", 16, 2_000)
    args = ["batch", "grad", SLOW, "--points", str(folder), "--quiet"]
    one, two = ["--output", str(tmp_path / "one.parquet")], ["--output", str(tmp_path / "two")]
    if not listed:
        one = two = ["--reduce", "sum", "--json"]
    alone = adcli(*args, *one)
    doomed = cluster.workers[0]
    killing = when_working(cluster, doomed.kill)
    there = adcli(*args, *two, "--cluster", cluster.address)
    killing.join()
    assert -signal.SIGKILL == doomed.wait(PATIENCE)
    assert (0, alone.out, "") == (there.code, there.out, there.err)
    if listed:
        assert pq.read_table(tmp_path / "one.parquet").equals(pq.read_table(tmp_path / "two"))
        assert hidden(tmp_path) == []
        assert 16 == len(list((tmp_path / "two").iterdir()))


def test_without_any_worker_nobody_waits_for_ever(
    adcli: Command, own_cluster: Callable[[int], Cluster], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connection, "WORKERS", 0.3)
    monkeypatch.setattr(driver, "DESERTED", 0.3)
    monkeypatch.setattr(driver, "LOOK", 0.1)
    cluster = own_cluster(0)
    folder = write_points(tmp_path / "points", 16, 2_000)
    args = ["batch", "grad", SLOW, "--points", str(folder), "--output", str(tmp_path / "two")]
    none = adcli(*args, "--cluster", cluster.address)
    assert (2, "") == (none.code, none.out)
    assert "has no workers" in none.err
    worker = cluster.add_worker()
    cluster.wait_for_workers()
    killing = when_working(cluster, worker.kill)
    gone = adcli(*args, "--cluster", cluster.address)
    killing.join()
    worker.wait(PATIENCE)
    assert (2, "") == (gone.code, gone.out)
    assert "no workers any more" in gone.err
    cluster.add_worker()
    cluster.wait_for_workers()
    killing = when_working(cluster, cluster.processes[0].kill)
    lost = adcli(*args, "--cluster", cluster.address)
    killing.join()
    assert (2, "") == (lost.code, lost.out)
    assert "connection to the cluster was lost" in lost.err
    assert {"points", "processes"} == {path.name for path in tmp_path.iterdir()}


def test_an_interrupt_leaves_nothing_behind(cluster: Cluster, tmp_path: Path):
    folder = write_points(tmp_path / "points", 16, 2_000)
    args = ["batch", "grad", SLOW, "--points", str(folder), "--output", str(tmp_path / "out")]
    command = [sys.executable, "-m", "adcli", *args, "--cluster", cluster.address]
    process = subprocess.Popen(command, env=cluster.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        wait_for(lambda: hidden(tmp_path) and list((tmp_path / hidden(tmp_path)[0]).glob("part-*")), cluster)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
    assert (130, b"", b"") == (process.returncode, out, err.strip())
    assert {"points"} == {path.name for path in tmp_path.iterdir()}
    with distributed.Client(cluster.address, timeout=PATIENCE, set_as_default=False) as client:
        wait_for(lambda: not any(client.processing().values()), cluster)


def test_an_address_without_a_scheduler(adcli: Command, points: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection, "ANSWER", 0.5)
    args = ["batch", "eval", "x1", "--points", str(points), "--reduce", "sum", "--json", "--cluster"]
    with socket.socket() as refusing, socket.socket() as silent:
        refusing.bind(("127.0.0.1", 0))
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        addresses = [f"tcp://127.0.0.1:{found.getsockname()[1]}" for found in (refusing, silent)]
        for address in [*addresses, "nowhere", "ftp://127.0.0.1:21"]:
            failed = adcli(*args, address)
            assert (2, "unreachable-cluster") == (failed.code, failed.json["code"])
            assert address in failed.json["message"]
    wait_for(lambda: not [thread for thread in threading.enumerate() if thread.name == "adcli-cluster"])


def test_dask_may_not_be_installed(adcli: Command, points: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    args = ["--points", str(points), "--reduce", "sum", "--cluster", "tcp://127.0.0.1:1", "--json"]
    missing = adcli("batch", "eval", "x1", *args)
    assert (2, "missing-extra", "pip install 'adcli[cluster]'") == (
        missing.code, missing.json["code"], missing.json["hint"],
    )  # fmt: skip


def test_a_cluster_of_another_adcli_is_refused(
    adcli: Command, cluster: Cluster, points: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connection, "__version__", "0.0.1")
    args = ["--points", str(points), "--reduce", "sum", "--cluster", cluster.address, "--json"]
    refused = adcli("batch", "eval", "x1", *args)
    assert (2, "unfit-cluster") == (refused.code, refused.json["code"])
    assert "and this is 0.0.1" in refused.json["message"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), "out-of-memory"),
        (type("KilledWorker", (Exception,), {})("named as Dask's"), "workers-killed"),
        (RuntimeError("this\nthat"), "cluster-failed"),
        (UsageError("its-own", "as it is"), "its-own"),
    ],
)
def test_errors_of_tasks_are_ours(error: Exception, code: str):
    found = driver.explained(error)
    assert code == found.code
    assert "that" not in found.message


# -- what it is made of


def travelled(thing: Any) -> Any:
    """As it comes out of another process."""
    return pickle.loads(pickle.dumps(thing))  # noqa: S301  # our own


@pytest.mark.parametrize("kept", [[], ["id", "kind"]])
@pytest.mark.parametrize(("rows", "blocks"), [(7_000, 1), (7_000, 3), (65_536, 1), (10_000_000, 2)])
def test_stretches_have_the_blocks_of_the_whole(points: Path, rows: int, blocks: int, kept: list[str]):
    options: dict[str, Any] = {"keep_going": False, "rows": rows, "columns": False}
    with ParquetReader(str(points), ["x1", "x2"], kept, **options) as reader:
        whole = list(reader)
    found = []
    for stretch in cutting.stretches(str(points), ["x1", "x2"], kept, rows=rows, blocks=blocks):
        with ParquetReader(stretch.path, ["x1", "x2"], kept, stretch=stretch, **options) as reader:
            found += list(reader)
    assert [(block.first, block.count) for block in whole] == [(block.first, block.count) for block in found]
    for one, other in zip(whole, found, strict=True):
        assert one.carried == other.carried
        for name, numbers in one.numbers.items():
            np.testing.assert_array_equal(numbers, other.numbers[name])


def test_blocks_do_not_depend_on_row_groups_and_types(tmp_path: Path):
    x = np.arange(1000) / 8
    kinds = [
        pa.array(x), pa.array(x, pa.float32()), pa.array(x).dictionary_encode(), pa.array(x).cast(pa.decimal128(20, 4)),
    ]  # fmt: skip
    for k, column in enumerate(kinds):
        for size in (7, 130, 1000):
            pq.write_table(pa.table({"x": column}), tmp_path / f"{k}.parquet", row_group_size=size)
            with ParquetReader(
                str(tmp_path / f"{k}.parquet"), ["x"], [], keep_going=False, rows=300, columns=False
            ) as reader:
                blocks = list(reader)
            assert [300, 300, 300, 100] == [block.count for block in blocks]
            np.testing.assert_array_equal(x, np.concatenate([block.numbers["x"] for block in blocks]))


def test_a_fold_does_not_depend_on_who_computes_what(points: Path, tmp_path: Path):
    order = Order(EXPRESSION, "jac", point=fixed_point("x2=1/3", {}, []))
    task = Task(order, "sum", [], "", strict=False)
    results = set()
    for blocks in (1, 2, 100):
        found = cutting.stretches(str(points), ["x1"], rows=order.question().job.rows, blocks=blocks)
        done = [travelled(remote.compute(stretch, k, task)) for k, stretch in enumerate(found)]
        whole = remote.merge([remote.merge(done[:2]), *done[2:]])
        assert isinstance(whole, Done)
        assert whole.fold is not None
        results.add((tuple(whole.fold.results()), whole.fold.count, tuple(whole.counts.of), tuple(whole.notes)))
    assert 1 == len(results)
    listing = Task(order, None, ["id"], str(tmp_path), strict=False)
    assert remote.merge([remote.compute(found[0], 3, listing)]).fold is None
    assert ["part-00003.parquet"] == [path.name for path in tmp_path.iterdir()]


def test_errors_survive_the_way_to_another_process():
    span = Span(1, 2, "x+", "--at")
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, AdcliError)]
    for kind in kinds:
        error = travelled(kind("code", "message", span, "hint"))
        assert type(error) is kind
        assert (kind.exit_code, "code", "message", span, "hint") == (
            error.exit_code, error.code, error.message, error.span, error.hint,
        )  # fmt: skip
    assert len(kinds) >= 6


def test_this_process_is_fit_for_a_cluster():
    assert package.__version__ == remote.version()
