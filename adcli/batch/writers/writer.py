"""What all writers are: something that takes rows of results, and puts them in place, whole, at the end."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Self

from ...errors import UsageError
from ..blocks import Rows
from ..whole import Whole

STATUS = "status"
_AT_ONCE = 2**17  # numbers that are made texts at a time


class Writer(ABC):
    """Rows to a file or stdout: a context; without an error in it, the output is put in place at its end.

    The columns are those that were kept, those of results, and `status` if it is wanted.
    """

    format = ""
    is_binary = False

    def __init__(self, out: Whole, kept: Sequence[str], columns: Sequence[str], *, status: bool) -> None:
        self.out = out
        self.kept, self.columns, self.status = list(kept), list(columns), status

    @property
    def names(self) -> list[str]:
        """All columns, in their order."""
        return [*self.kept, *self.columns, *([STATUS] if self.status else [])]

    def write(self, rows: Rows) -> None:
        """Take some rows; the arrays may be used again afterwards."""
        with self.out.refusals():
            self.take(rows)

    @abstractmethod
    def take(self, rows: Rows) -> None:
        """Write some rows, or remember them."""

    @abstractmethod
    def begin(self) -> None:
        """Write what stands before the rows."""

    def finish(self) -> None:  # noqa: B027  # most formats have nothing to do here
        """Write what is remembered, and what stands behind the rows."""

    def discard(self) -> None:  # noqa: B027  # nor here
        """Let go of what is open, after an error."""

    def __enter__(self) -> Self:
        try:
            with self.out.refusals():
                self.begin()
        except BaseException:
            self.out.drop()
            raise
        return self

    def __exit__(self, kind: object, *_error: object) -> None:
        try:
            if kind is None:
                with self.out.refusals():
                    self.finish()
                self.out.keep()
            else:
                with suppress(OSError, ValueError):  # the error that ended it is the one to hear of
                    self.discard()
        finally:
            self.out.drop()

    def slices(self, rows: Rows) -> Iterator[Rows]:
        """The same rows, so many at a time that their texts do not take much memory."""
        step = max(_AT_ONCE // max(len(self.names), 1), 1)
        if step >= rows.count:
            yield rows
            return
        for start in range(0, rows.count, step):
            here = slice(start, start + step)
            carried = {name: rows.carried[name][here] for name in self.kept}
            status = None if rows.status is None else rows.status[here]
            yield Rows(min(step, rows.count - start), carried, rows.numbers[:, here], status)


def check_names(kept: Sequence[str], columns: Sequence[str], *, status: bool) -> None:
    """Refuse columns of the same name."""
    taken = dict.fromkeys(columns, "of the results") | ({STATUS: "of the status of a row"} if status else {})
    seen = set[str]()
    for name in kept:
        if name in taken or name in seen:
            whose = taken.get(name, "that is kept")
            text = f"--keep {name}: a column {whose} has this name too"
            raise UsageError("duplicate-column", text, None, "rename it in the file of points")
        seen.add(name)
