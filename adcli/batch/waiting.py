"""Rows of results that wait for a last word on some of them: in memory while they are few, else on disk."""

import pickle
from collections.abc import Callable, Iterator, Mapping
from tempfile import TemporaryFile
from typing import Any, Self

from .blocks import Rows

_IN_MEMORY = 2_000_000  # numbers


class Waiting:
    """Rows in their order, handed on when all is known: a context.

    >>> import numpy as np
    >>> with Waiting() as waiting:
    ...     waiting.take(Rows(2, {}, np.zeros((1, 2)), np.array([0, 7], np.uint8)))
    ...     [rows.status.tolist() for rows in waiting.settled({1: 5}, lambda status: status)]
    [[0, 5]]
    """

    def __init__(self) -> None:
        self._rows: list[Rows] = []
        self._held = 0
        self._file: Any = None

    def take(self, rows: Rows) -> None:
        """Let rows wait, whose status is an array of codes."""
        self._rows.append(rows)
        self._held += rows.count * (1 + len(rows.numbers) + len(rows.carried))
        if self._held > _IN_MEMORY:
            if self._file is None:
                self._file = TemporaryFile()  # noqa: SIM115  # __exit__ closes it
            for each in self._rows:
                pickle.dump(each, self._file, protocol=5)
            self._rows, self._held = [], 0

    def settled(self, codes: Mapping[int, int], others: Callable[[Any], Any]) -> Iterator[Rows]:
        """All rows, with these codes by the number of the row, from 0, and `others(status)` for the rest."""
        first = 0
        for rows in self._all():
            status = others(rows.status)
            for row, code in codes.items():
                if first <= row < first + rows.count:
                    status[row - first] = code
            first += rows.count
            yield rows._replace(status=status)

    def _all(self) -> Iterator[Rows]:
        if self._file is not None:
            end = self._file.tell()
            self._file.seek(0)
            while self._file.tell() < end:
                yield pickle.load(self._file)  # noqa: S301  # our own file, which nobody else can open
        yield from self._rows

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._file is not None:
            self._file.close()
