"""A batch on a Dask cluster, over Parquet that all its workers see.

The points are cut into stretches (`readers.stretches`), whoever there is to compute them. Each is a task
that is small to send: what is asked, in plain data (`order`), and which rows of which file. What comes of
them is merged in their order by tasks too, so that the last of these has the same parts as one machine,
and the same result, to the last bit. When a worker ends, Dask gives its tasks to others.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

from ..errors import AdcliError, LimitError, UsageError
from .asking import Question
from .connection import Connection, connected, first_line, lost
from .extras import need_dask
from .order import Order
from .parts import Parts
from .progress import Bar
from .readers.parquet import Stretch
from .readers.stretches import stretches
from .remote import Done, Task, compute, merge
from .writers import KINDS
from .writers.writer import check_names

DESERTED = 30.0  # seconds for another worker to come when all have gone
LOOK = 1.0  # seconds between looks whether there are workers
_TICK = 0.05  # seconds between looks at the tasks
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
        task = Task(order, fold, list(keep), parts.name if parts else "", strict)
        with connected(dask, address) as connection:
            try:
                done = _Work(connection, task, found).wait(bar)
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


class _Work:
    """The tasks of all stretches, and those that merge what comes of them."""

    def __init__(self, connection: Connection, task: Task, found: Sequence[Stretch]) -> None:
        self.connection = connection
        self.rows = [stretch.count for stretch in found]
        self.pending: dict[int, Any] = {}
        self.last: Any = None
        self.failed: AdcliError | None = None
        self.looked = self.inhabited = monotonic()
        there = [stretch._replace(path=os.path.abspath(stretch.path)) for stretch in found]  # noqa: PTH100
        connection.call(lambda: self._submit(connection.client, task, there))

    async def _submit(self, client: Any, task: Task, found: Sequence[Stretch]) -> None:
        """Send all tasks: one for each stretch, and a tree of those that merge."""
        level = client.map(compute, found, range(len(found)), task=task, key="adcli-compute", pure=False)
        self.pending = dict(enumerate(level))
        while len(level) > 1:
            groups = [level[k : k + _TOGETHER] for k in range(0, len(level), _TOGETHER)]
            level = [client.submit(merge, group, key=f"adcli-merge-{uuid4()}") for group in groups]
        self.last = level[0]

    def wait(self, bar: Bar) -> Done:
        """What comes of all; or the error of the first stretch that has one, as on one machine."""
        rows = count = 0
        while self.pending or (self.failed is None and not self.last.done()):
            for number, future in list(self.pending.items()):
                if future.status == "finished":
                    del self.pending[number]
                    rows, count = rows + self.rows[number], count + 1
                elif future.status in {"error", "cancelled"}:
                    self._fail(number, future)
                    break
            bar(rows, count, len(self.rows))
            self._look()
            sleep(_TICK)
        if self.failed is not None:
            raise self.failed
        if self.last.status != "finished":
            raise self._error(self.last)
        done: Done = self.connection.call(self.last.result)
        return done

    def _fail(self, number: int, future: Any) -> None:
        """Give up all but the stretches before this one, whose errors come first."""
        self.failed = self._error(future)
        self.last = None
        for other in [other for other in self.pending if other >= number]:
            del self.pending[other]

    def _error(self, future: Any) -> AdcliError:
        """Why a task has no result."""
        if future.status == "cancelled":
            return lost()
        return explained(self.connection.call(future.exception))

    def _look(self) -> None:
        """Now and then, see whether there is still somebody to do the work."""
        now = monotonic()
        if now - self.looked < LOOK or not self.connection.is_open():
            return
        self.looked = now
        if self.connection.workers():
            self.inhabited = now
        elif now - self.inhabited > DESERTED:
            text = "the cluster has no workers any more"
            raise UsageError("cluster-lost", text, None, "what they have done is lost; nothing was written")


def explained(error: BaseException) -> AdcliError:
    """The error of a task, as one of ours."""
    if isinstance(error, AdcliError):
        return error
    if isinstance(error, MemoryError):
        return LimitError("out-of-memory", "a worker of the cluster has not enough memory")
    if type(error).__name__ == "KilledWorker":
        text = "several workers of the cluster ended while they computed the same rows"
        return LimitError("workers-killed", text, None, "is there enough memory? what the workers log says more")
    text = f"a worker of the cluster cannot do it: {first_line(error)}"
    return UsageError("cluster-failed", text, None, "what the workers log says more")
