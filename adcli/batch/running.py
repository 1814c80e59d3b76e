"""The loop of a batch: blocks in, an engine over each, rows out or folded.

Reading runs ahead of computing, and computing ahead of writing, each on a thread of its own: the file
formats and the engines leave Python's lock alone while they work. At most a few blocks are in memory.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from queue import Full, Queue
from threading import Event, Thread
from typing import Any, NamedTuple

import numpy as np

from ..engines import Program
from ..kernels import Kernel
from .blocks import STATUSES, WITHOUT_NUMBERS, Block, Rows

OK, DOMAIN, KINK, OVERFLOW, MISSING, WRONG, UNSURE, SUSPECT = range(len(STATUSES))
_WAITING = 2  # blocks between two threads
_PATIENCE = 0.1  # seconds between looks whether the other side has gone
_PARTING = 0.3  # seconds for the other side to notice
_BYTES, _MOST_ROWS, _LEAST_ROWS = 16_000_000, 262_144, 256  # of a block


class Job(NamedTuple):
    """A kernel, its program, the inputs that are the same for all rows, and the `columns` that it needs besides."""

    kernel: Kernel
    program: Program
    fixed: Mapping[str, float]
    columns: Sequence[str]

    @property
    def rows(self) -> int:
        """How many rows a block should have."""
        width = len(self.columns) + len(self.kernel.outputs)
        return max(_LEAST_ROWS, min(_MOST_ROWS, _BYTES // (8 * max(width, 1))))


def job(kernel: Kernel, program: Program, fixed: Mapping[str, float]) -> Job:
    """The job of a kernel; columns are needed for the inputs that it computes with."""
    used = {kernel.graph.names[node] for node in kernel.order if node in kernel.graph.names}
    return Job(kernel, program, fixed, [name for name in kernel.inputs if name in used and name not in fixed])


def compute(work: Job, block: Block) -> Rows:
    """The rows of results for a block of points."""
    out = np.empty((len(work.kernel.outputs), block.count))
    conditions = work.program(columns_of(work, block), block.count, out)
    return Rows(block.count, block.carried, out, statuses(out, conditions, block.missing))


def columns_of(work: Job, block: Block) -> dict[str, Any]:
    """The inputs of the kernel at a block of points; 0 for those that it does not compute with."""
    return dict.fromkeys(work.kernel.inputs, 0.0) | dict(work.fixed) | block.numbers


def statuses(out: Any, conditions: Sequence[Any], missing: Any) -> Any:
    """What there is to say of each row, as a code; of several things, the first of missing, domain, overflow, kink."""
    defined, kinked = conditions
    status = np.zeros(out.shape[1], np.uint8)
    if kinked is not None:
        status[kinked] = KINK
    with np.errstate(all="ignore"):
        suspects = np.flatnonzero(~np.isfinite(np.add.reduce(out, axis=0)))
    if len(suspects):
        status[suspects[~np.isfinite(out[:, suspects]).all(axis=0)]] = OVERFLOW
    if defined is not None:
        status[~defined] = DOMAIN
    if missing is not None:
        status[missing] = MISSING
    return status


def ahead(items: Iterable[Any]) -> Iterator[Any]:
    """The same items, made by another thread, a few before they are asked for."""
    queue: Queue[tuple[str, Any]] = Queue(_WAITING)
    gone = Event()

    def put(item: tuple[str, Any]) -> bool:
        while not gone.is_set():
            try:
                queue.put(item, timeout=_PATIENCE)
            except Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            for item in items:
                if not put(("item", item)):
                    return
            put(("end", None))
        except BaseException as error:  # noqa: BLE001  # it is raised where the items are asked for
            put(("error", error))

    thread = Thread(target=work, name="adcli-ahead", daemon=True)
    thread.start()
    try:
        while True:
            kind, value = queue.get()
            if kind == "error":
                raise value
            if kind == "end":
                return
            yield value
    finally:
        gone.set()
        thread.join(_PARTING)  # it may wait for input that never comes


class Counts:
    """How many rows there were, and how many of each status."""

    def __init__(self) -> None:
        self.rows = 0
        self.of = [0] * len(STATUSES)

    def add(self, status: Any) -> None:
        """Count the rows of a block."""
        self.rows += len(status)
        if status.any():
            found = np.bincount(status, minlength=len(STATUSES)).tolist()
            self.of = [a + b for a, b in zip(self.of, found, strict=True)]
        else:
            self.of[OK] += len(status)

    def without_numbers(self) -> dict[str, int]:
        """How many rows of each status have no numbers."""
        return {name: n for name, n in zip(STATUSES, self.of, strict=True) if n and name in WITHOUT_NUMBERS}

    def marked(self) -> dict[str, int]:
        """How many rows have numbers, and a status that says something of them."""
        named = list(zip(STATUSES, self.of, strict=True))[1:]
        return {name: n for name, n in named if n and name not in WITHOUT_NUMBERS}

    def merge(self, other: "Counts") -> None:
        """Add the rows that were counted elsewhere."""
        self.rows += other.rows
        self.of = [a + b for a, b in zip(self.of, other.of, strict=True)]


def run(
    work: Job,
    blocks: Iterable[Block],
    take: Callable[[Rows], None],
    inspect: Callable[[Block, Rows], None] = lambda block, rows: None,
) -> Counts:
    """Compute the rows of all blocks, and hand them on in their order; `inspect` may raise when it has seen them."""
    counts = Counts()

    def computed() -> Iterator[Rows]:
        for block in ahead(blocks):
            rows = compute(work, block)
            inspect(block, rows)
            yield rows

    for rows in ahead(computed()):
        counts.add(rows.status)
        take(rows)
    return counts
