"""Indices and slices of arrays: from 0, negative ones from the end, as in Python and NumPy."""

from collections.abc import Sequence
from itertools import product

from .. import shapes
from .arrays import Array, Value

Part = int | slice


class OutOfRange(Exception):  # noqa: N818  # a finding, which the caller words and places
    """An index that the axis does not have; `part` is its place among the indices."""

    def __init__(self, part: int, index: int, length: int) -> None:
        super().__init__(part, index, length)
        self.part = part
        self.index = index
        self.length = length


def take(array: Array, parts: Sequence[Part]) -> Value:
    """The entry or the part of an array that the indices name; axes that are not named are taken whole.

    >>> take(Array((2, 3), [10, 11, 12, 13, 14, 15]), [slice(None), -1]).items
    [12, 15]
    """
    shape, steps = array.shape, shapes.strides(array.shape)
    offset, kept = 0, list[range]()
    for k, (length, step) in enumerate(zip(shape, steps, strict=True)):
        part = parts[k] if k < len(parts) else slice(None)
        if isinstance(part, slice):
            line = range(*part.indices(length))
            kept.append(range(line.start * step, line.stop * step, line.step * step) if line else range(0))
            continue
        if not -length <= part < length:
            raise OutOfRange(k, part, length)
        offset += (part + length if part < 0 else part) * step
    if not kept:
        return array.items[offset]
    items = array.items
    if len(kept) == 1:
        return Array((len(kept[0]),), [items[offset + place] for place in kept[0]])
    places = [offset + sum(place) for place in product(*kept)]
    return Array(tuple(len(line) for line in kept), [items[place] for place in places])
