"""Shapes of arrays: what fits what, and how entries are named and nested.

A shape is a tuple of lengths, `()` for a number; entries are kept flat in row-major order, as
NumPy keeps them. Everything here is about shapes alone and knows nothing of what the entries are.

>>> names("W", (2, 2))
['W[0,0]', 'W[0,1]', 'W[1,0]', 'W[1,1]']
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from math import prod
from typing import Any, NamedTuple

Shape = tuple[int, ...]
MAX_AXES = 64  # as in NumPy


class Data(NamedTuple):
    """Numbers with a shape, in row-major order (one number has the shape `()`), before any context reads them.

    An item is a number, or a text of the language: a decimal such as "-2.5" or "1e-3", or a constant
    expression.
    """

    shape: Shape
    items: list[Any]


def names(name: str, shape: Shape) -> list[str]:
    """The names of the entries of an array, in row-major order; a number has its own name.

    >>> names("x", (2,)), names("t", ())
    (['x[0]', 'x[1]'], ['t'])
    """
    if not shape:
        return [name]
    if len(shape) == 1:
        return [f"{name}[{i}]" for i in range(shape[0])]
    return [f"{name}[{','.join(map(str, index))}]" for index in product(*map(range, shape))]


def text(shape: Shape) -> str:
    """A shape as a person reads it.

    >>> text((2, 3)), text((3,)), text(())
    ('(2, 3)', '(3,)', 'a number')
    """
    return str(shape) if shape else "a number"


def broadcast(a: Shape, b: Shape) -> Shape | None:
    """The shape that two shapes stretch to by NumPy's rule, or None where they do not fit.

    >>> broadcast((2, 1), (3,)), broadcast((2,), (3,)), broadcast((), (2, 2))
    ((2, 3), None, (2, 2))
    """
    if a == b or not b:
        return a
    width = max(len(a), len(b))
    out = []
    for m, n in zip((1,) * (width - len(a)) + a, (1,) * (width - len(b)) + b, strict=True):
        if m not in (1, n) and n != 1:
            return None
        out.append(n if m == 1 else m)
    return tuple(out)


def stretched(items: Sequence[Any], shape: Shape, wider: Shape) -> Sequence[Any]:
    """The entries of an array as those of `wider`, a shape that `shape` stretches to.

    >>> stretched([1, 2], (2, 1), (2, 2)), stretched([1, 2], (2,), (2, 2))
    ([1, 1, 2, 2], [1, 2, 1, 2])
    """
    if shape == wider:
        return items
    if len(items) == 1:
        return list(items) * prod(wider)
    padded = (1,) * (len(wider) - len(shape)) + shape
    steps = strides(padded)
    places = [0]
    for have, want, step in zip(padded, wider, steps, strict=True):
        moves = [0] * want if have == 1 else range(0, want * step, step)
        places = [place + move for place in places for move in moves]
    return [items[place] for place in places]


def strides(shape: Shape) -> list[int]:
    """How far apart neighbours along each axis are in the flat entries.

    >>> strides((2, 3))
    [3, 1]
    """
    steps = [1] * len(shape)
    for k in range(len(shape) - 2, -1, -1):
        steps[k] = steps[k + 1] * shape[k + 1]
    return steps


def nested(items: Sequence[Any], shape: Shape) -> Any:
    """Flat entries as nested lists; a number as itself.

    >>> nested([1, 2, 3, 4], (2, 2)), nested([5], ())
    ([[1, 2], [3, 4]], 5)
    """
    if not shape:
        return items[0]
    level = list(items)
    for length in shape[:0:-1]:
        level = [level[k : k + length] for k in range(0, len(level), length)] if length else [[]] * prod(shape[:-1])
    return level


class Ragged(Exception):  # noqa: N818  # a finding, which the caller words and places
    """Lists that do not nest into an array; `index` is the way to the first that does not fit."""

    def __init__(self, index: tuple[int, ...]) -> None:
        super().__init__(index)
        self.index = index


def flatten(value: Any, is_list: Callable[[Any], bool] = lambda x: isinstance(x, list)) -> tuple[Shape, list[Any]]:
    """The shape and the flat entries of nested lists; raises `Ragged` where they do not fit.

    >>> flatten([[1, 2], [3, 4]]), flatten(7)
    (((2, 2), [1, 2, 3, 4]), ((), [7]))
    """
    shape: list[int] = []
    level: list[Any] = [value]
    while level and is_list(level[0]):
        length = len(level[0])
        for k, entry in enumerate(level):
            if not is_list(entry) or len(entry) != length:
                raise Ragged(_index(k, shape))
        shape.append(length)
        level = [item for entry in level for item in entry]
    for k, entry in enumerate(level):
        if is_list(entry):
            raise Ragged(_index(k, shape))
    return tuple(shape), level


def _index(place: int, shape: Sequence[int]) -> tuple[int, ...]:
    """Where the entry at a flat place stands."""
    index: list[int] = []
    for length in reversed(shape):
        place, k = divmod(place, length)
        index.append(k)
    return tuple(reversed(index))


def axes(shape: Shape, axis: int) -> Iterator[range]:
    """The flat places of each line of entries along an axis, in row-major order of the rest.

    >>> [list(line) for line in axes((2, 3), 0)]
    [[0, 3], [1, 4], [2, 5]]
    """
    step = prod(shape[axis + 1 :])
    length = shape[axis]
    for outer in range(prod(shape[:axis])):
        for inner in range(step):
            start = outer * length * step + inner
            yield range(start, start + length * step, step)
