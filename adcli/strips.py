"""Strips: nodes of one operation that were made many at a time, as arrays of their arguments.

A comprehension of a hundred thousand turns makes a hundred thousand nodes of each of its operations. As long
as nobody asks for one of them alone they stay arrays, a strip for each operation: that takes no object for
a node, and a sweep takes a strip at once. The nodes of a strip stand one after the other in the graph, their
arguments before all of them, so strips in the order in which they were made are a schedule.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import Any

from .arrays import numpy
from .primitives import Primitive


@dataclass(frozen=True, eq=False)
class Strip:
    """`size` nodes of `op` from node `first` on; `columns` are the arrays of their arguments, one for each place.

    `start` and `end` are the place in the text that made them all; `bounds` are the least and the highest
    of each column.
    """

    op: Primitive
    first: int
    size: int
    columns: tuple[Any, ...]
    start: int
    end: int
    bounds: tuple[tuple[int, int], ...] = ()

    @property
    def end_node(self) -> int:
        """The node that would follow."""
        return self.first + self.size

    @property
    def part(self) -> slice:
        """Where its nodes stand among all."""
        return slice(self.first, self.end_node)

    def rows(self, nodes: Sequence[int]) -> Iterator[tuple[int, ...]]:
        """The arguments of its nodes, one by one, in integers of the list `nodes`: no copies of large ones."""
        if not self.columns:
            return repeat((), self.size)
        return zip(*[map(nodes.__getitem__, column.tolist()) for column in self.columns], strict=True)

    @cached_property
    def _sorted(self) -> tuple[Any, Any]:
        """The keys of its rows in ascending order, and whose they are."""
        keys = _keys(self.columns)
        order = numpy().argsort(keys, kind="stable")
        return keys[order], order

    def find(self, columns: Sequence[Any]) -> Any:
        """Its node for each row of arguments; -1 where it has none.

        >>> from adcli.primitives import TABLE
        >>> np = numpy()
        >>> strip = Strip(TABLE["mul"], 10, 3, (np.array([1, 2, 3]), np.array([7, 7, 8])), -1, -1)
        >>> strip.find([np.array([3, 1, 1]), np.array([8, 8, 7])]).tolist()
        [12, -1, 10]
        """
        np = numpy()
        if len(columns[0]) == 1:
            same = [mine == yours[0] for mine, yours in zip(self.columns, columns, strict=True)]
            found = np.flatnonzero(np.logical_and.reduce(same))
            return self.first + found[:1] if len(found) else np.array([-1])
        if len(columns) <= 2:  # of so many arguments a key is a key whatever the other rows are
            mine, order = self._sorted
            yours = _keys(columns)
        else:
            keys = _keys([np.concatenate(pair) for pair in zip(self.columns, columns, strict=True)])
            mine, yours = keys[: self.size], keys[self.size :]
            order = np.argsort(mine, kind="stable")
            mine = mine[order]
        place = np.searchsorted(mine, yours).clip(max=self.size - 1)
        return np.where(mine[place] == yours, self.first + order[place], -1)

    def meets(self, bounds: Sequence[tuple[int, int]]) -> bool:
        """Whether columns within these bounds may hold a row of its own."""
        return len(bounds) == len(self.bounds) and all(
            a <= d and c <= b for (a, b), (c, d) in zip(self.bounds, bounds, strict=True)
        )


def bounds_of(columns: Sequence[Any]) -> tuple[tuple[int, int], ...]:
    """The least and the highest entry of each column."""
    return tuple([(int(column.min()), int(column.max())) for column in columns])


def lies_in(row: Sequence[int], bounds: Sequence[tuple[int, int]]) -> bool:
    """Whether a row of arguments may stand in columns within these bounds."""
    return len(row) == len(bounds) and all(low <= a <= high for a, (low, high) in zip(row, bounds, strict=True))


def distinct(columns: Sequence[Any]) -> tuple[Any, Any]:
    """The places of rows that are the first of their kind, ascending, and for each row which of these it is like.

    >>> np = numpy()
    >>> [found.tolist() for found in distinct([np.array([5, 3, 5, 3]), np.array([1, 1, 1, 2])])]
    [[0, 1, 3], [0, 1, 0, 2]]
    """
    np = numpy()
    if any(map(is_ascending, columns)):
        every = np.arange(len(columns[0]))
        return every, every
    _, first, which = np.unique(_keys(columns), return_index=True, return_inverse=True)
    kept = np.sort(first)
    return kept, np.searchsorted(kept, first)[which]


def _keys(columns: Sequence[Any]) -> Any:
    """One number for each row, the same for the same rows only."""
    np = numpy()
    found = columns[0]
    for k, column in enumerate(columns[1:]):
        if k:
            found = np.unique(found, return_inverse=True)[1]
        found = found << 32 | column
    return found


def is_ascending(column: Any) -> bool:
    """Whether each entry is larger than the one before: then none is there twice."""
    return bool((column[1:] > column[:-1]).all())


def highest(columns: Sequence[Any]) -> Any:
    """The highest of each row of the columns."""
    found = columns[0]
    for column in columns[1:]:
        found = numpy().maximum(found, column)
    return found
