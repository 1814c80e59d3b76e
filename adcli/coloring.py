"""Colourings of a pattern: which columns, or rows, one pass can take together.

Two columns that never meet in a row are structurally orthogonal: one pass along their sum gives
both, each entry in a place of its own (Curtis, Powell & Reid, *On the estimation of sparse Jacobian
matrices*, 1974). To take few passes is to colour a graph with few colours (Coleman & Moré, 1983;
the whole subject in Gebremedhin, Manne & Pothen, *What Color Is Your Jacobian?*, SIAM Review 47,
2005). Optimal colourings are NP-hard to find; these are greedy.

- `color_rows`: no two rows of a colour share a column: a partial distance-2 colouring of the
  bipartite graph (Gebremedhin et al. 2005, Algorithm 3.2). Columns are the rows of the transposed pattern.
- `star_coloring`: of a symmetric matrix, where an entry may be read in its row or in its mirror's. Neighbours
  differ, and every path of four vertices has three colours (Coleman & Moré, *Estimation of sparse Hessian
  matrices*, 1984).
- `bicoloring`: some entries by rows and the others by columns, for matrices with a few dense rows
  and a few dense columns (Coleman & Verma, 1998; Hossain & Steihaug, 1998).

Sets of colours are the bits of Python integers, so a dense row costs n operations and not n^2.

>>> band = Pattern.of_rows([[0, 1], [0, 1, 2], [1, 2, 3], [2, 3]], columns=4)
>>> color_rows(band)
Coloring(colors=[0, 1, 2, 0], passes=3, bound=3)
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import compress, pairwise
from typing import NamedTuple

from .results.base import counted
from .sparsity import Pattern

NEUTRAL = -1
"""The colour of a row or column that no pass needs to take."""

_DEEP = 2.0  # the ratio of entries that sets dense rows apart


class Coloring(NamedTuple):
    """A colour for each row or column, `NEUTRAL` for those that have none; no colouring has fewer than `bound`."""

    colors: list[int]
    passes: int
    bound: int

    def why(self, line: str, across: str) -> str:
        """How many passes, and why: a `line` of the matrix has entries `across` those that were coloured.

        >>> Coloring([0, 1, 0], 2, 2).why("row", "columns")
        '2 passes, because no row has more than 2 nonzero entries among 3 columns'
        >>> Coloring([0, 1, 2], 3, 2).why("row", "columns")
        '3 passes for 3 columns, of which a row has up to 2'
        """
        passes = counted(self.passes, "pass", "passes")
        if self.passes > self.bound:
            return f"{passes} for {len(self.colors)} {across}, of which a {line} has up to {self.bound}"
        entries = counted(self.bound, "nonzero entry", "nonzero entries")
        return f"{passes}, because no {line} has more than {entries} among {len(self.colors)} {across}"

    def why_stars(self) -> str:
        """The same of a symmetric matrix."""
        passes = counted(self.passes, "pass", "passes")
        return f"{passes} by a star colouring of the {len(self.colors)} columns, because the matrix is symmetric"


class Bicoloring(NamedTuple):
    """Colours for both: `by_columns` says of each position whether its entry is read from its column's pass."""

    rows: list[int]
    columns: list[int]
    reverse: int
    forward: int
    by_columns: bytearray

    @property
    def passes(self) -> int:
        """How many it takes."""
        return self.reverse + self.forward

    def why(self) -> str:
        """How many passes, and of which mode.

        >>> Bicoloring([0, 1], [0, -1], 2, 1, bytearray()).why()
        '3 passes, 1 forward for 1 of 2 columns and 2 reverse for 2 of 2 rows'
        """
        passes, parts = counted(self.passes, "pass", "passes"), []
        for count, mode, colors, noun in (
            (self.forward, "forward", self.columns, "columns"),
            (self.reverse, "reverse", self.rows, "rows"),
        ):
            if count:
                parts.append(f"{count} {mode} for {len(colors) - colors.count(NEUTRAL)} of {len(colors)} {noun}")
        return f"{passes}, " + " and ".join(parts) if parts else passes


def color_rows(pattern: Pattern) -> Coloring:
    """Colours for the rows, such that no two of one colour share a column.

    Each column needs as many colours as it has entries. The rows are coloured in their own order, which is
    optimal for bands; and, unless that attains the bound, in others.

    >>> color_rows(Pattern.of_rows([[0], [1], [0, 1], []], columns=2)).colors
    [0, 0, 1, -1]
    """
    bound = pattern.transposed.widest
    colors = _cyclic(pattern, bound) or _best(pattern, bound)
    return Coloring(colors, _count(colors), bound)


def _cyclic(pattern: Pattern, count: int) -> list[int] | None:
    """The rows of a large pattern in so many colours by turns, which is right for full bands; else None.

    Curtis, Powell & Reid (1974) colour bands so; it is what `_greedy` finds there, one row after the other.
    """
    np = pattern.numpy
    if np is None or not count:
        return None
    colors = np.arange(pattern.rows) % count
    taken = np.asarray(pattern.indices, np.int64) * count + colors[pattern.row_indices]  # a column and a colour of it
    taken.sort()
    if (taken[1:] == taken[:-1]).any():
        return None
    colors[np.diff(pattern.starts) == 0] = NEUTRAL
    return colors.tolist()  # type: ignore[no-any-return]


def _best(pattern: Pattern, bound: int, owned: Sequence[int] | None = None) -> list[int]:
    """The fewest colours of several orders, which end at the bound."""
    best: list[int] | None = None
    for order in _orders(pattern):
        colors = _greedy(pattern, order, owned)
        if best is None or _count(colors) < _count(best):
            best = colors
        if _count(best) == bound:
            break
    return best or []


def _count(colors: Sequence[int]) -> int:
    return max(colors, default=NEUTRAL) + 1


def _orders(pattern: Pattern) -> Iterator[Sequence[int]]:
    """The rows in their own order, largest first (Welsh & Powell, 1967), and by incidence."""
    yield range(pattern.rows)
    starts = pattern.transposed.starts
    met = [sum([starts[j + 1] - starts[j] for j in row]) for row in pattern]
    yield sorted(range(pattern.rows), key=met.__getitem__, reverse=True)
    yield _by_incidence(pattern)


def _by_incidence(pattern: Pattern) -> list[int]:
    """The rows of the column that has met the most, again and again.

    It finds the band in a matrix whose rows were shuffled: where columns are the cliques of a chordal graph, greedy
    colouring in this order is optimal (maximum cardinality search of hypergraphs, Tarjan & Yannakakis, 1984).
    """
    turned, order = pattern.transposed, list[int]()
    ordered, done, met = bytearray(pattern.rows), bytearray(pattern.columns), [0] * pattern.columns
    heap = [(0, j) for j in range(pattern.columns)]
    while heap:
        _, j = heappop(heap)
        if done[j]:
            continue
        done[j] = 1
        for i in turned.row(j):
            if not ordered[i]:
                ordered[i] = 1
                order.append(i)
                for other in pattern.row(i):
                    if not done[other]:
                        met[other] += 1
                        heappush(heap, (-met[other], other))
    return order


def _greedy(pattern: Pattern, order: Iterable[int], owned: Sequence[int] | None = None) -> list[int]:
    """The least colour for each row in turn that no row has with which it shares a column.

    With `owned`, which marks the positions that are to be read from here, rows may share what neither is to
    be read from; and a row that owns nothing stays neutral.
    """
    colors = [NEUTRAL] * pattern.rows
    met = [0] * pattern.columns  # the colours that each column has met
    met_owned = met if owned is None else met.copy()  # and those it will be read in
    starts, indices = pattern.starts, pattern.indices
    for i in order:
        begin, end = starts[i], starts[i + 1]
        columns = indices[begin:end]
        taken = 0
        if owned is None:
            for j in columns:
                taken |= met[j]
        else:
            for j, own in zip(columns, owned[begin:end], strict=True):
                taken |= met[j] if own else met_owned[j]
        if begin == end or (owned is not None and not any(owned[begin:end])):
            continue
        color = ~taken & (taken + 1)  # the lowest bit that is free
        colors[i] = color.bit_length() - 1
        for j in columns:
            met[j] |= color
        if owned is not None:
            for j, own in zip(columns, owned[begin:end], strict=True):
                if own:
                    met_owned[j] |= color
    return colors


# -- symmetric matrices


def star_coloring(pattern: Pattern) -> Coloring:
    """Colours for the vertices of a symmetric pattern, such that two colours make nothing but stars.

    Natural order and largest first; or a colouring of the columns, if that has fewer, which reads each
    entry by itself.

    >>> arrow = Pattern.of_rows([[0, 1, 2, 3], [0, 1], [0, 2], [0, 3]], columns=4)
    >>> color_rows(arrow).passes, star_coloring(arrow).colors
    (4, [0, 1, 1, 1])
    """
    found = color_rows(pattern)
    starts = pattern.starts
    degrees = [starts[i + 1] - starts[i] for i in range(pattern.rows)]
    for order in (range(pattern.rows), sorted(range(pattern.rows), key=degrees.__getitem__, reverse=True)):
        colors = _stars(pattern, order)
        if _count(colors) < found.passes:
            found = Coloring(colors, _count(colors), 1)
    return found._replace(bound=min(found.passes, 1))


_MANY = -1  # stands for a vertex, where there are several


def _stars(pattern: Pattern, order: Iterable[int]) -> list[int]:
    """A star colouring, by the hub of each star (after Gebremedhin, Tarafdar, Manne & Pothen, 2007, Algorithm 4.1).

    A vertex may take any colour that closes no path of four vertices in two colours. Where it has one neighbour w
    of a colour, such a path leads over w to the hub of a star; where it has two, over either to any other.
    """
    colors = [NEUTRAL] * pattern.rows
    around = [0] * pattern.rows  # the colours of each vertex's neighbours
    hubs = [0] * pattern.rows  # those of the neighbours that are the hub of a star with it
    seen: list[dict[int, int]] = [{} for _ in colors]  # of a coloured vertex: the neighbour of each colour
    for v in order:
        neighbors = [w for w in pattern.row(v) if w != v]
        if not neighbors and not len(pattern.row(v)):
            continue
        mine: dict[int, int] = {}
        taken = 0
        for w in neighbors:
            color = colors[w]
            if color != NEUTRAL:
                taken |= 1 << color
                mine[color] = _MANY if color in mine else w
        coloured = [w for w in neighbors if colors[w] != NEUTRAL]
        for w in coloured:
            taken |= around[w] if mine[colors[w]] == _MANY else hubs[w]
        bit = ~taken & (taken + 1)
        colors[v] = color = bit.bit_length() - 1
        seen[v] = mine
        for w in neighbors:
            around[w] |= bit
        for w in coloured:
            if mine[colors[w]] == _MANY:  # v is the hub
                hubs[w] |= bit
            other = seen[w].get(color)
            if other is None:
                seen[w][color] = v
                continue
            hubs[v] |= 1 << colors[w]  # w is
            if other != _MANY:
                hubs[other] |= 1 << colors[w]
                seen[w][color] = _MANY
    return colors


# -- both directions


def bicoloring(pattern: Pattern) -> Bicoloring:
    """Rows and columns coloured for passes in both directions, and which of the two reads each entry.

    >>> arrow = Pattern.of_rows([[0, 1, 2, 3], [0, 1], [0, 2], [0, 3]], columns=4)
    >>> found = bicoloring(arrow)
    >>> color_rows(arrow).passes, color_rows(arrow.transposed).passes, found.passes
    (4, 4, 3)
    """
    turned, original = pattern.transposed, pattern.positions
    best: Bicoloring | None = None
    for bound, by_columns in _partitions(pattern):
        if best is not None and bound >= best.passes:
            continue
        rows = _fewest(pattern, bytearray([not mark for mark in by_columns]))
        columns = _fewest(turned, bytearray([by_columns[p] for p in original]))
        found = Bicoloring(rows, columns, _count(rows), _count(columns), by_columns)
        if best is None or found.passes < best.passes:
            best = found
    assert best is not None  # noqa: S101  # there is one partition at least
    return best


def _fewest(pattern: Pattern, owned: Sequence[int]) -> list[int]:
    """The colours of the best order; a column from which rows read k entries needs k of them."""
    bound = max(Counter(compress(pattern.indices, owned)).values(), default=0)
    return _best(pattern, bound, owned)


def _partitions(pattern: Pattern) -> Iterator[tuple[int, bytearray]]:
    """For each position, 1 if its column is to read it, in several ways, of which none is always the best.

    With each comes a bound below its colours.
    """
    yield 0, _by_counts(pattern)
    for bound, mark in ((pattern.widest, b"\x01"), (pattern.transposed.widest, b"\x00")):
        yield bound, bytearray(mark * pattern.nonzeros)
    dense = _dense_rows(pattern)
    if dense:
        yield 0, bytearray([i not in dense for i in pattern.row_indices])
    dense = _dense_rows(pattern.transposed)
    if dense:
        yield 0, bytearray([j in dense for j in pattern.indices])


def _dense_rows(pattern: Pattern) -> set[int]:
    """The rows before the deepest drop in the number of entries, if that is by half or more."""
    sizes = [len(row) for row in pattern]
    order = sorted(range(pattern.rows), key=sizes.__getitem__, reverse=True)
    drops = [sizes[i] / max(sizes[j], 1) for i, j in pairwise(order)]
    deepest = max(drops, default=0.0)
    return set(order[: drops.index(deepest) + 1]) if deepest >= _DEEP else set()


def _by_counts(pattern: Pattern) -> bytearray:
    """Minimum nonzero count ordering (Coleman & Verma, *The efficient computation of sparse Jacobian matrices*, 1998).

    Again and again the row, or the column, with the fewest entries left is taken away: a row's entries are left
    to the columns, and a column's to the rows, whichever lets the most entries in a row that columns read, and
    in a column that rows read, grow less in sum; where both do alike, as the last time.
    """
    turned, positions = pattern.transposed, pattern.positions
    by_columns, gone = bytearray(pattern.nonzeros), bytearray(pattern.nonzeros)
    rows, columns = _Fewest(pattern), _Fewest(turned)
    widest = tallest = 0
    left, take_row = pattern.nonzeros, False
    while left:
        (i, in_row), (j, in_column) = rows.least(), columns.least()
        wider, taller = max(widest, in_row), max(tallest, in_column)
        if tallest + wider != taller + widest:
            take_row = tallest + wider < taller + widest
        if take_row:
            widest = wider
            places: Iterable[int] = range(pattern.starts[i], pattern.starts[i + 1])
        else:
            tallest = taller
            places = positions[turned.starts[j] : turned.starts[j + 1]]
        for place in places:
            if not gone[place]:
                gone[place] = 1
                by_columns[place] = take_row
                rows.take(pattern.row_indices[place])
                columns.take(pattern.indices[place])
                left -= 1
    return by_columns


class _Fewest:
    """The rows of a pattern by the entries that they have left."""

    def __init__(self, pattern: Pattern) -> None:
        self.left = [len(row) for row in pattern]
        self.heap = [(n, i) for i, n in enumerate(self.left) if n]
        heapify(self.heap)

    def least(self) -> tuple[int, int]:
        """The row with the fewest entries, and how many; what the heap has of it may be out of date."""
        while self.left[self.heap[0][1]] != self.heap[0][0]:
            heappop(self.heap)
        n, i = self.heap[0]
        return i, n

    def take(self, i: int) -> None:
        """Take an entry from a row."""
        self.left[i] -= 1
        if self.left[i]:
            heappush(self.heap, (self.left[i], i))
