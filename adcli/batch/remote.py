"""What the processes of a cluster do: compute a stretch of the points, and merge what came of several.

Each may be done twice, or by another process after the first has ended: the result is the same.
"""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .. import __version__
from ..errors import UsageError
from .asking import Question
from .extras import need_arrow, need_numpy
from .folding import Fold
from .order import Order
from .parts import part_name
from .readers.parquet import ParquetReader, Stretch
from .running import Counts
from .writers import open_output

_own = threading.local()  # of a thread: programs are not for several at a time
_making = threading.Lock()  # nor is the reader of texts
_UNSEEN = {"unreadable-file", "unwritable-file"}


class Task(NamedTuple):
    """What is the same for all stretches: what is asked, and what becomes of the rows.

    They are folded (`fold` says how), or written to a file in `folder`, with the columns to keep.
    """

    order: Order
    fold: str | None
    keep: Sequence[str]
    folder: str
    strict: bool


@dataclass
class Done:
    """What came of some stretches: the rows folded, if they are to be, and what there is to say of them.

    Nothing of Parquet is ever left out, so that there are no complaints of rows that cannot be read.
    """

    fold: Fold | None
    counts: Counts
    notes: list[str]
    rejected = 0
    complaints = ()


def compute(stretch: Stretch, number: int, task: Task) -> Done:
    """Compute the rows of a stretch.

    Raises the errors that the same rows raise on one machine.
    """
    question = _opened(task)
    try:
        reader = ParquetReader(
            stretch.path, question.job.columns, task.keep, keep_going=False, rows=question.job.rows, columns=True,
            stretch=stretch,
        )  # fmt: skip
        with reader:
            return _computed(task, question, reader, number)
    except UsageError as error:
        if error.code not in _UNSEEN:
            raise
        hint = "all workers of a cluster must see the files as this machine sees them"
        raise UsageError(error.code, f"a worker of the cluster {error.message}", None, hint) from None


def _computed(task: Task, question: Question, reader: ParquetReader, number: int) -> Done:
    """The same for an open file."""
    outputs = list(question.kernel.outputs)
    if task.fold is not None:
        fold = Fold(task.fold, len(outputs))
        counts = question.fold(reader, fold, strict=task.strict, quiet=True)
        return Done(fold, counts, question.notes)
    path = os.path.join(task.folder, part_name(number))  # noqa: PTH118
    with open_output(path, "parquet", task.keep, outputs, status=True) as writer:
        return Done(None, question.run(reader, writer.write, strict=task.strict, quiet=True), question.notes)


def _opened(task: Task) -> Question:
    """The question of a task, made once by each thread that computes."""
    if getattr(_own, "task", None) != task:
        with _making:
            _own.question = task.order.question()
        _own.task = task
    question: Question = _own.question
    return question


def merge(parts: Sequence[Done]) -> Done:
    """What came of several runs of stretches, in their order."""
    first = parts[0]
    fold = None if first.fold is None else Fold(first.fold.how, first.fold.width)
    whole = Done(fold, Counts(), [])
    for part in parts:
        whole.counts.merge(part.counts)
        whole.notes += [note for note in part.notes if note not in whole.notes]
        if whole.fold is not None and part.fold is not None:
            whole.fold.merge(part.fold)
    return whole


def version() -> str:
    """The version of adcli in this process, in which all is there that a batch needs."""
    need_numpy()
    need_arrow("parquet", "compute")
    return __version__
