"""What all readers are: blocks of rows, the names of the columns, and what became of rows that cannot be read."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, Self

import numpy as np

from ...errors import UsageError, suggest
from ..blocks import Block, as_list

_SHOWN = 40  # characters of a field in a message
_LISTED = 20  # columns in a message
_REMEMBERED = 20  # complaints
HINT = "--keep-going leaves such rows out"


class Malformed(NamedTuple):
    """Why a row cannot be read: what is wrong in which line, and in which column if it is one."""

    line: int
    code: str
    what: str
    column: str = ""


class Part(NamedTuple):
    """Rows as a format has them: any number of them, the needed columns (NaN is missing) and those to carry."""

    count: int  # type: ignore[assignment]  # tuples have a method of this name
    numbers: dict[str, Any]
    carried: dict[str, Any]


class Input(Protocol):
    """What a reader reads from: how many bytes it has, if that is known, and how many have been read."""

    name: str
    total: int | None
    done: int

    def close(self) -> None:
        """Close the files."""


class Reader(ABC):
    """Points from a file: a context, and an iterable of blocks of at most `rows` rows.

    `total` and `done` are bytes of the input, all and taken so far; `total` is None for a pipe.
    """

    def __init__(
        self, source: Input, needed: Sequence[str], keep: Sequence[str], *, keep_going: bool, rows: int, columns: bool,
        wanted: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.source, self.name = source, source.name
        self.names: list[str] = []
        """All columns, in their order."""
        self.needed, self.keep, self._wanted = list(needed), list(keep), list(wanted)
        self.keep_going, self.rows, self.columns = keep_going, rows, columns
        self.rejected = 0
        """How many rows could not be read and were left out."""
        self.complaints: list[str] = []
        """Why, for the first of them."""

    @property
    def total(self) -> int | None:
        """How large the input is, if that is known."""
        return self.source.total

    @property
    def done(self) -> int:
        """How much of it has been read."""
        return self.source.done

    def close(self) -> None:
        """Close the file."""
        self.source.close()

    @abstractmethod
    def parts(self) -> Iterator[Part]:
        """All rows that can be read; the others go to `reject`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Block]:
        first = 0
        for part in self.parts():
            for start in range(0, part.count, self.rows):
                count = min(self.rows, part.count - start)
                here = slice(start, start + count)
                numbers = {name: np.ascontiguousarray(x[here]) for name, x in part.numbers.items()}
                yield Block(first, count, numbers, _missing(numbers), self._carried(part.carried, here))
                first += count

    def _carried(self, columns: Mapping[str, Any], here: slice) -> dict[str, Any]:
        """Some rows of the columns to carry; as lists, where arrays are not wanted."""
        carried = {name: x[here] for name, x in columns.items()}
        if self.columns:
            return carried
        return {name: as_list(x, name) for name, x in carried.items()}

    def reject(self, rows: Sequence[Malformed]) -> None:
        """Leave rows out, and remember why; without --keep-going the first is an error."""
        for row in rows:
            column = f", column '{short(row.column)}'" if row.column else ""
            text = f"{self.name}, line {row.line}{column}: {row.what}"
            if not self.keep_going:
                raise UsageError(row.code, text, None, HINT)
            self.rejected += 1
            if len(self.complaints) < _REMEMBERED:
                self.complaints.append(text)

    def require(self, hint: str = "") -> None:
        """Refuse the file if a column that is asked for is not among its names; ask for those wanted that are."""
        self.needed += [name for name in self._wanted if name in self.names and name not in self.needed]
        for name in [*self.needed, *self.keep]:
            if name not in self.names:
                raise no_column(self.name, name, self.names, hint)


def no_column(file: str, name: str, names: Sequence[str], hint: str = "") -> UsageError:
    """The error for a column that is asked for and not there."""
    listed = ", ".join(map(short, names[:_LISTED])) + (f" and {len(names) - _LISTED} more" if names[_LISTED:] else "")
    near = hint or suggest(name, list(names))
    text = f"{file} has no column '{name}'"
    return UsageError("unknown-column", text, None, "\n".join(filter(None, [near, f"its columns are {listed}"])))


def short(text: str) -> str:
    """The beginning of a long text."""
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _missing(numbers: Mapping[str, Any]) -> Any:
    """The rows in which a number is missing; None where there are no such rows."""
    missing = None
    for column in numbers.values():
        absent = np.isnan(column)
        if absent.any():
            missing = absent if missing is None else missing | absent
    return missing
