"""Where a Jacobian may be nonzero: its pattern, read off the graph without a single number.

An entry (i, j) is structurally nonzero if a path of edges leads from input j to output i, and every
edge of it has a partial derivative. Comparisons, `floor` and the condition of `where` have none and
carry nothing. So an index set goes up the graph with every node: the columns that it depends on
(Griewank & Walther, *Evaluating Derivatives*, 2nd ed., section 7.1, "index domains"). Where those
sets grow although the Jacobian is sparse, as along a running sum, sets of rows go down instead
("index ranges").

The pattern belongs to the graph, not to a point: both branches of a `where` are in it, and a
product with a factor that happens to be 0.

>>> from adcli.primitives import TABLE
>>> g = Graph()
>>> x, y = g.variable("x"), g.variable("y")
>>> outputs = [g.apply(TABLE["mul"], (x, y)), g.apply(TABLE["floor"], (x,)), g.apply(TABLE["sin"], (y,))]
>>> structure(g, g.needed(outputs), [x, y], outputs).pattern
Pattern([[0, 1], [], [1]], columns=2)
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from .arrays import numpy_if_there, typed
from .errors import LimitError
from .graph import Graph
from .primitives import Primitive

MOST = 40_000_000
"""Column indices that are put together at most to find a pattern: some seconds."""

LARGE = 50_000  # entries of a pattern from which NumPy's own start is worth it
_SHOWN = 20  # entries of a pattern that is written out


class Pattern:
    """The places of a matrix that may be nonzero, in rows of sorted column indices.

    Row i has the columns `indices[starts[i] : starts[i + 1]]` (compressed rows, as CSR has them). An entry's
    number in `indices` is its *position*; numbers that belong to a pattern are lists in that order. The two
    sequences may come from anywhere: lists, arrays of Python or of NumPy.

    >>> pattern = Pattern.of_rows([[0, 1], [1, 2]], columns=3)
    >>> list(pattern.starts), list(pattern.indices), pattern.widest
    ([0, 2, 4], [0, 1, 1, 2], 2)
    >>> pattern.transposed
    Pattern([[0], [0, 1], [1]], columns=2)
    """

    def __init__(self, columns: int, starts: Sequence[int], indices: Sequence[int]) -> None:
        self.rows = len(starts) - 1
        self.columns = columns
        self.starts = starts
        self.indices = indices

    @classmethod
    def of_rows(cls, rows: Iterable[Sequence[int]], columns: int) -> "Pattern":
        """The pattern whose rows have these columns, which are sorted."""
        starts, indices = array("q", [0]), array("i")
        for row in rows:
            indices.extend(row)
            starts.append(len(indices))
        return cls(columns, starts, indices)

    def __repr__(self) -> str:
        if self.nonzeros > _SHOWN or self.rows > _SHOWN:
            return f"<Pattern of {self.nonzeros} entries in {self.rows} rows and {self.columns} columns>"
        return f"Pattern({[list(row) for row in self]}, columns={self.columns})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pattern):
            return NotImplemented
        mine, yours = (self.columns, list(self.starts)), (other.columns, list(other.starts))
        return mine == yours and list(self.indices) == list(other.indices)

    __hash__ = None  # type: ignore[assignment]  # it holds lists

    def __iter__(self) -> Iterator[Sequence[int]]:
        """The rows, each as its columns."""
        return (self.indices[begin:end] for begin, end in pairwise(self.starts))

    def row(self, i: int) -> Sequence[int]:
        """The columns of row i."""
        return self.indices[self.starts[i] : self.starts[i + 1]]

    @property
    def nonzeros(self) -> int:
        """How many entries may be nonzero."""
        return len(self.indices)

    @cached_property
    def numpy(self) -> Any:
        """NumPy, where the pattern is large enough for it to pay; else None."""
        return numpy_if_there() if self.nonzeros >= LARGE else None

    @cached_property
    def widest(self) -> int:
        """The most entries that a row has."""
        if self.numpy is not None:
            return int(self.numpy.diff(self.starts).max())
        return max([end - begin for begin, end in pairwise(self.starts)], default=0)

    @cached_property
    def row_indices(self) -> Sequence[int]:
        """The row of each entry."""
        if self.numpy is not None:
            np = self.numpy
            return typed("i", np.repeat(np.arange(self.rows), np.diff(self.starts)))
        found = array("i")
        for i, (begin, end) in enumerate(pairwise(self.starts)):
            found.extend([i] * (end - begin))
        return found

    @cached_property
    def positions(self) -> Sequence[int]:
        """The position here of each entry of the transposed pattern."""
        if self.numpy is not None:
            return typed("q", self.numpy.argsort(self.indices, kind="stable"))
        following = _starts(self.indices, self.columns)
        found = array("q", bytes(8 * self.nonzeros))
        for position, j in enumerate(self.indices):
            found[following[j]] = position
            following[j] += 1
        return found

    @cached_property
    def transposed(self) -> "Pattern":
        """The pattern of the transposed matrix: for each column its rows."""
        if self.numpy is not None:
            np = self.numpy
            counts = np.bincount(self.indices, minlength=self.columns)
            starts = typed("q", np.concatenate([[0], np.cumsum(counts)]))
            return Pattern(self.rows, starts, typed("i", np.asarray(self.row_indices)[np.asarray(self.positions)]))
        rows = self.row_indices
        return Pattern(self.rows, _starts(self.indices, self.columns), array("i", [rows[p] for p in self.positions]))

    def symmetric(self) -> "Pattern":
        """The pattern of a square matrix, with the mirror image of every entry."""
        both = zip(self, self.transposed, strict=True)
        return Pattern.of_rows((row if row == mirrored else sorted({*row, *mirrored}) for row, mirrored in both),
                               self.columns)  # fmt: skip


def _starts(indices: Sequence[int], count: int) -> "array[int]":
    """Where the entries of each index begin, once they are sorted by index."""
    counts = [0] * count
    for j in indices:
        counts[j] += 1
    starts, total = array("q", [0]), 0
    for n in counts:
        total += n
        starts.append(total)
    return starts


class Entries:
    """The numbers of a pattern, read and put right like the rows of a whole matrix.

    >>> entries = Entries(Pattern.of_rows([[1], [0, 2]], columns=3), [1.5, 2.5, 3.5], zero=0.0)
    >>> list(entries), entries[1][2], entries[1][1]
    ([[1.5], [2.5, 3.5]], 3.5, 0.0)
    """

    def __init__(self, pattern: Pattern, numbers: list[Any], zero: Any) -> None:
        self.pattern = pattern
        self.numbers = numbers
        self.zero = zero

    def __iter__(self) -> Iterator[list[Any]]:
        """The rows, without what is structurally zero."""
        return (self.numbers[begin:end] for begin, end in pairwise(self.pattern.starts))

    def __getitem__(self, i: int) -> "Row":
        return Row(self, i)


class Row:
    """A row of `Entries`, by its columns."""

    def __init__(self, entries: Entries, i: int) -> None:
        self.entries = entries
        self.i = i

    def _position(self, j: int) -> int | None:
        pattern = self.entries.pattern
        begin, end = pattern.starts[self.i], pattern.starts[self.i + 1]
        position = bisect_left(pattern.indices, j, begin, end)
        return position if position < end and pattern.indices[position] == j else None

    def __getitem__(self, j: int) -> Any:
        position = self._position(j)
        return self.entries.zero if position is None else self.entries.numbers[position]

    def __setitem__(self, j: int, number: Any) -> None:
        """Put an entry right; one that is structurally zero stays so."""
        position = self._position(j)
        if position is not None:
            self.entries.numbers[position] = number


class Structure(NamedTuple):
    """What a graph says about the work of its Jacobian.

    `edges` are those that carry derivatives. `upward` is how many of them all columns reach together, one
    by one (so many multiplications forward mode takes), `downward` how many all rows do; None where the other
    way of finding the pattern did not tell.
    """

    pattern: Pattern
    edges: int
    upward: int | None = None
    downward: int | None = None


def structure(
    graph: Graph, order: Sequence[int], inputs: Sequence[int], outputs: Sequence[int], most: int = MOST
) -> Structure:
    """The pattern of the Jacobian of `outputs` by `inputs`, whose nodes stand in topological `order`.

    Raises a `LimitError` if that takes the sets of columns, and the sets of rows, more than `most` indices.
    """
    carrying = _Carrying(graph)
    found = _upward(carrying, order, inputs, outputs, most) or _downward(carrying, order, inputs, outputs, most)
    if found is None:
        size = f"{len(outputs)} by {len(inputs)}"
        text = f"the Jacobian, {size}, is too dense for its pattern to be found: more than {most} indices on the way"
        raise LimitError("too-dense", text, None, "--wrt NAMES takes some of the columns")
    return found


class _Carrying:
    """The arguments of a node that carry derivatives to it."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._places: dict[Primitive, tuple[int, ...] | None] = {}

    def arguments(self, node: int) -> Sequence[int]:
        """Those by which the node has a partial derivative."""
        op, nodes = self.graph.ops[node], self.graph.args[node]
        if op not in self._places:
            every = op.together is not None or None not in op.partials
            self._places[op] = None if every else tuple([k for k, p in enumerate(op.partials) if p is not None])
        places = self._places[op]
        return nodes if places is None else [nodes[k] for k in places]


def _upward(
    carrying: _Carrying, order: Sequence[int], inputs: Sequence[int], outputs: Sequence[int], most: int
) -> Structure | None:
    """By the columns that each node depends on; nodes that depend on the same ones share a tuple where it is easy."""
    args, arguments = carrying.graph.args, carrying.arguments
    columns: list[tuple[int, ...] | None] = [None] * len(carrying.graph)
    for j, node in enumerate(inputs):
        columns[node] = (j,)
    edges = along = 0
    for node in order:
        if not args[node]:
            continue
        parts = [part for a in arguments(node) if (part := columns[a]) is not None]
        if not parts:
            continue
        first = parts[0]
        edges += len(parts)
        along += sum(map(len, parts))
        if len(parts) > 1 and not (len(parts) == 2 and first is parts[1]):
            union = set(first).union(*parts[1:])
            most -= len(union)
            if most < 0:
                return None
            same = [part for part in parts if len(part) == len(union)]
            first = same[0] if same else tuple(sorted(union))
        columns[node] = first
    pattern = Pattern.of_rows((columns[node] or () for node in outputs), len(inputs))
    return Structure(pattern, edges, upward=along)


def _downward(
    carrying: _Carrying, order: Sequence[int], inputs: Sequence[int], outputs: Sequence[int], most: int
) -> Structure | None:
    """By the rows that depend on each node; a set stays open until all that use the node have been met."""
    arguments, active = carrying.arguments, carrying.graph.depending(order, inputs)
    rows: list[Any] = [None] * len(carrying.graph)
    for i, node in enumerate(outputs):
        rows[node] = (*(rows[node] or ()), i)
    edges = along = 0
    for node in reversed(order):
        mine = rows[node]
        if mine is None or not active[node]:
            continue
        if isinstance(mine, set):
            mine = rows[node] = tuple(sorted(mine))
        for a in arguments(node):
            if not active[a]:
                continue
            edges += 1
            along += len(mine)
            yours = rows[a]
            if yours is None:
                rows[a] = mine
            elif yours is not mine:
                most -= len(mine)
                if most < 0:
                    return None
                if isinstance(yours, set):
                    yours.update(mine)
                else:
                    rows[a] = {*yours, *mine}
    by_column = Pattern.of_rows((sorted(rows[node] or ()) for node in inputs), len(outputs))
    return Structure(by_column.transposed, edges, downward=along)
