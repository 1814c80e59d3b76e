"""A batch on a Dask cluster, over Parquet that all its workers see.

The points are cut into stretches (`readers.stretches`), whoever there is to compute them. Each is a task
that is small to send: what is asked, in plain data (`order`), and which rows of which file. What comes of
them is merged in their order by tasks too, so that the last of these has the same parts as one machine,
and the same result, to the last bit. When a worker ends, Dask gives its tasks to others.
"""

import gc
import logging
import os
import pickle
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from queue import Empty, Queue
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

from .. import __version__
from ..errors import AdcliError, LimitError, UsageError
from .asking import Question
from .extras import need_dask
from .order import Order
from .parts import Parts
from .progress import Bar
from .readers.parquet import Stretch
from .readers.stretches import stretches
from .remote import Done, Task, compute, merge, version
from .writers import KINDS
from .writers.writer import check_names

_ANSWER = 5.0  # seconds for the scheduler to answer
_WORKERS = 10.0  # seconds for the first worker to come
_DESERTED = 30.0  # seconds for another to come when all have gone
_CLOSING = 2.0  # seconds to say goodbye
_TICK, _LOOK = 0.05, 1.0  # seconds between looks at the tasks, and at the workers
_TOGETHER = 16  # results that a task merges


def run(
    address: str,
    question: Question,
    order: Order,
    points: str,
    *,
    fold: str | None = None,
    keep: Sequence[str] = (),
    output: str | None = None,
    points_format: str | None = None,
    output_format: str | None = None,
    strict: bool = False,
    quiet: bool = False,
) -> Done:
    """Run a question on the cluster whose scheduler has this address; `order` is the same in plain data.

    The rows are folded, or written to a new folder `output` as part files, in their order.
    Raises `UsageError` for a cluster that does not answer or cannot do it; else what one machine raises.
    """
    _check_points(points, points_format)
    if fold is None:
        _check_output(output, output_format)
        check_names(keep, list(question.kernel.outputs), status=True)
    dask = need_dask()
    found = stretches(points, question.job.columns, keep, rows=question.job.rows)
    bar = Bar(shown=not quiet and sys.stderr.isatty())
    place = Parts(output) if fold is None and output is not None else nullcontext()
    with place as parts:
        task = pickle.dumps(Task(order, fold, list(keep), parts.name if parts else "", strict))
        with _silence(), _connected(dask, address) as client:
            try:
                done = _Work(client, task, found).wait(bar)
            finally:
                bar.close()
        if parts:
            parts.keep(len(found))
    question.notes = done.notes
    return done


def _check_points(path: str, format: str | None) -> None:
    """Refuse points that are no Parquet."""
    kind = format or ("parquet" if path.lower().endswith(".parquet") or os.path.isdir(path) else None)  # noqa: PTH112
    if path == "-" or kind != "parquet":
        text = f"--cluster: the points are Parquet that all workers see, and {path} is not"
        raise UsageError("not-on-cluster", text, None, "give a .parquet file, or a folder of them")


def _check_output(path: str | None, format: str | None) -> None:
    """Refuse rows that are no Parquet."""
    if path is None:
        hint = "--output FOLDER; or --reduce, which leaves one row"
        raise UsageError("not-on-cluster", "--cluster: rows are written to a folder that all workers see", None, hint)
    kind = format or next((kind for ending, kind in KINDS.items() if path.lower().endswith(ending)), None)
    if kind not in {None, "parquet"}:
        text = "--cluster: rows are written as Parquet, in a folder of part files"
        raise UsageError("not-on-cluster", text, None, "--output FOLDER")


# -- the connection


@contextmanager
def _silence() -> Iterator[None]:
    """Whatever Dask logs or warns of is for its own users: what matters here becomes an error."""
    known = logging.root.manager.disable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(known)


@contextmanager
def _connected(dask: Any, address: str) -> Iterator[Any]:
    """A client of the cluster, which has workers and adcli; at the end, all that it still wants is cancelled."""
    client = _client(dask, address)
    gc.enable()  # which a run of the command line does without; the client's loop makes cycles, for as long as it runs
    try:
        _check_workers(client, address)
        yield client
    finally:
        client.close(_CLOSING)


def _client(dask: Any, address: str) -> Any:
    """A client, made in a thread, since the maker waits for ever where somebody listens who is no scheduler."""
    found: Queue[Any] = Queue()
    late = Event()

    def connect() -> None:
        try:
            client = dask.Client(address, timeout=_ANSWER, set_as_default=False, direct_to_workers=False)
        except Exception as error:  # noqa: BLE001  # whatever there is at this address
            found.put(error)
            return
        if late.is_set():
            client.close(_CLOSING)
        else:
            found.put(client)

    Thread(target=connect, name="adcli-connect", daemon=True).start()
    try:
        client = found.get(timeout=_ANSWER + 1)
    except Empty:
        client = TimeoutError(f"nothing was heard for {_ANSWER:g} s")
        late.set()
    except BaseException:
        late.set()
        raise
    if not isinstance(client, Exception):
        return client
    text = f"--cluster {address}: no Dask scheduler answers there: {_first_line(client)}"
    raise UsageError("unreachable-cluster", text, None, "for example --cluster tcp://127.0.0.1:8786")


def _check_workers(client: Any, address: str) -> None:
    """Refuse a cluster that has no workers, and one whose workers have not the same adcli."""
    deadline = monotonic() + _WORKERS
    while not client.nthreads():
        if monotonic() > deadline:
            text = f"--cluster {address}: the cluster has no workers"
            raise UsageError("no-workers", text, None, f"start one: dask worker {address}")
        sleep(_TICK)
    found = {"the scheduler": _scheduler_version(client)}
    found |= {f"worker {worker}": answer for worker, answer in client.run(version, on_error="return").items()}
    for who, answer in found.items():
        if isinstance(answer, OSError):  # it has just ended; there may be others
            continue
        hint = "the scheduler and all workers need the same version of 'adcli[cluster]'"
        if isinstance(answer, Exception):
            text = f"--cluster {address}: {who} cannot run adcli: {_first_line(answer)}"
            raise UsageError("unfit-cluster", text, None, hint)
        if answer != __version__:
            text = f"--cluster {address}: {who} has adcli {answer}, and this is {__version__}"
            raise UsageError("unfit-cluster", text, None, hint)


def _scheduler_version(client: Any) -> Any:
    """The version that the scheduler has, which reads the tasks before it hands them on; or why it has none."""
    try:
        return client.run_on_scheduler(version)
    except Exception as error:  # noqa: BLE001  # whatever it says
        return error


# -- the work


class _Work:
    """The tasks of all stretches, and those that merge what comes of them."""

    def __init__(self, client: Any, task: bytes, found: Sequence[Stretch]) -> None:
        self.client = client
        self.rows = [stretch.count for stretch in found]
        there = [stretch._replace(path=os.path.abspath(stretch.path)) for stretch in found]  # noqa: PTH100
        level = client.map(compute, there, range(len(there)), task=task, key="adcli-compute", pure=False)
        self.pending = dict(enumerate(level))
        while len(level) > 1:
            groups = [level[k : k + _TOGETHER] for k in range(0, len(level), _TOGETHER)]
            level = [client.submit(merge, group, key=f"adcli-merge-{uuid4()}") for group in groups]
        self.last = level[0]
        self.failed: AdcliError | None = None
        self.looked = self.inhabited = monotonic()

    def wait(self, bar: Bar) -> Done:
        """What comes of all; or the error of the first stretch that has one, as on one machine."""
        rows = done = 0
        while self.pending or (self.failed is None and not self.last.done()):
            for number, future in list(self.pending.items()):
                if future.status == "finished":
                    del self.pending[number]
                    rows, done = rows + self.rows[number], done + 1
                elif future.status in {"error", "cancelled"}:
                    self._fail(number, future)
                    break
            bar(rows, done, len(self.rows))
            self._look()
            sleep(_TICK)
        if self.failed is not None:
            raise self.failed
        if self.last.status != "finished":
            raise _explained(self.last)
        return self.last.result()  # type: ignore[no-any-return]

    def _fail(self, number: int, future: Any) -> None:
        """Give up all but the stretches before this one, whose errors come first."""
        self.failed = _explained(future)
        self.last = None
        for other in [other for other in self.pending if other >= number]:
            del self.pending[other]

    def _look(self) -> None:
        """Now and then, see whether there is still somebody to do the work."""
        now = monotonic()
        if now - self.looked < _LOOK or self.client.status != "running":
            return
        self.looked = now
        if self.client.nthreads():
            self.inhabited = now
        elif now - self.inhabited > _DESERTED:
            text = "the cluster has no workers any more"
            raise UsageError("cluster-lost", text, None, "what they have done is lost; nothing was written")


def _explained(future: Any) -> AdcliError:
    """The error of a task, as one of ours."""
    if future.status == "cancelled":
        return UsageError("cluster-lost", "the connection to the cluster was lost, and with it what it has done")
    error = future.exception()
    if isinstance(error, AdcliError):
        return error
    if isinstance(error, MemoryError):
        return LimitError("out-of-memory", "a worker of the cluster has not enough memory")
    if type(error).__name__ == "KilledWorker":
        text = "several workers of the cluster ended while they computed the same rows"
        return LimitError("workers-killed", text, None, "is there enough memory? what the workers log says more")
    text = f"a worker of the cluster cannot do it: {_first_line(error)}"
    return UsageError("cluster-failed", text, None, "what the workers log says more")


def _first_line(error: Exception) -> str:
    """What an error of another library says, on one line."""
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0]}" if text else type(error).__name__
