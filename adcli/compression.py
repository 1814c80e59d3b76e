"""Compressed Jacobians: the passes that a colouring asks for, and where their results go.

A pass moves all inputs of one colour at once (or weighs all outputs of one colour), and each
number of its result that is wanted belongs to one entry alone: recovery is direct, nothing is
added up or solved for. So an entry has the very bits that a pass for it alone gives, and a NaN in
one column stays there (Gebremedhin, Manne & Pothen 2005, section 2: direct methods).

>>> band = Pattern.of_rows([[0], [0, 1], [1, 2]], columns=3)
>>> for seeds, places, positions in column_passes(band, [0, 1, 0]):
...     print(seeds, list(places), list(positions))
[0, 2] [0, 1, 2] [0, 1, 4]
[1] [1, 2] [2, 3]
"""

from array import array
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from .arrays import numpy, typed
from .coloring import NEUTRAL
from .sparsity import Pattern


class Pass(NamedTuple):
    """One pass: `seeds` are the inputs (or outputs) that have a 1, and entry `positions[k]` is result `places[k]`."""

    seeds: list[int]
    places: "array[int]"
    positions: "array[int]"


def _passes(count: int) -> list[Pass]:
    return [Pass([], array("i"), array("q")) for _ in range(count)]


def row_passes(pattern: Pattern, colors: Sequence[int], owned: Sequence[int] | None = None) -> list[Pass]:
    """The reverse passes of colours of rows; `owned` marks the positions to read, unless it is all."""
    passes = _passes(max(colors, default=NEUTRAL) + 1)
    if pattern.numpy is not None:
        return _many_row_passes(pattern, colors, owned, len(passes))
    starts, indices = pattern.starts, pattern.indices
    for i, color in enumerate(colors):
        if color == NEUTRAL:
            continue
        seeds, places, positions = passes[color]
        seeds.append(i)
        for position in range(starts[i], starts[i + 1]):
            if owned is None or owned[position]:
                places.append(indices[position])
                positions.append(position)
    return passes


def _many_row_passes(pattern: Pattern, colors: Sequence[int], owned: Sequence[int] | None, count: int) -> list[Pass]:
    """The same of a large pattern, by sorting."""
    np = numpy()
    of_row = np.array(colors)
    of_entry = of_row[pattern.row_indices]
    if owned is not None:
        of_entry[np.frombuffer(bytes(owned), np.uint8) == 0] = NEUTRAL
    rows, entries = _by_color(of_row, count), _by_color(of_entry, count)
    indices = np.asarray(pattern.indices)
    return [
        Pass(seeds.tolist(), typed("i", indices[positions]), typed("q", positions))
        for seeds, positions in zip(rows, entries, strict=True)
    ]


def _by_color(colors: Any, count: int) -> Iterator[Any]:
    """The places of each colour, ascending."""
    np = numpy()
    places = np.argsort(colors, kind="stable")
    ends = np.searchsorted(colors[places], range(count + 1))
    return (places[begin:end] for begin, end in pairwise(ends))


def column_passes(pattern: Pattern, colors: Sequence[int], owned: Sequence[int] | None = None) -> list[Pass]:
    """The forward passes of colours of columns."""
    turned, original = pattern.transposed, pattern.positions
    marks = None if owned is None else bytes(map(owned.__getitem__, original))
    passes = row_passes(turned, colors, marks)
    if (np := pattern.numpy) is not None:
        return [
            each._replace(positions=typed("q", np.asarray(original)[np.asarray(each.positions)])) for each in passes
        ]
    return [each._replace(positions=array("q", map(original.__getitem__, each.positions))) for each in passes]


def symmetric_passes(pattern: Pattern, colors: Sequence[int]) -> list[Pass]:
    """The passes of a star colouring: each entry is read once, in its row or its mirror's, and stands in both.

    >>> arrow = Pattern.of_rows([[0, 1, 2], [0, 1], [0, 2]], columns=3)
    >>> for seeds, places, positions in symmetric_passes(arrow, [0, 1, 1]):
    ...     print(seeds, list(places), list(positions))
    [0] [0, 1, 1, 2, 2] [0, 3, 1, 5, 2]
    [1, 2] [1, 2] [4, 6]
    """
    passes = _passes(max(colors, default=NEUTRAL) + 1)
    for i, color in enumerate(colors):
        if color != NEUTRAL:
            passes[color].seeds.append(i)
    once = [_seen_once(row, colors) for row in pattern]
    mirrors = pattern.positions
    for i, row in enumerate(pattern):
        for position, j in enumerate(row, pattern.starts[i]):
            if j > i:
                break
            direct = once[i] >> colors[j] & 1
            _, places, positions = passes[colors[j] if direct else colors[i]]
            for each in {position: None, mirrors[position]: None}:
                places.append(i if direct else j)
                positions.append(each)
    return passes


def _seen_once(row: Sequence[int], colors: Sequence[int]) -> int:
    """The colours, as bits, that just one column of the row has."""
    once = more = 0
    for j in row:
        bit = 1 << colors[j]
        more |= once & bit
        once |= bit
    return once & ~more
