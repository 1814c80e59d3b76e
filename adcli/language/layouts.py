"""Layouts: arrays made of sizes, and arrays whose entries are those of others in another order.

No rule here computes anything; each says which entry goes where.
"""

from collections.abc import Sequence
from math import prod

from ..shapes import MAX_AXES, Shape, strides, text
from .arrays import Array, Builder, Value
from .reductions import described, entries, place_of_axis, shape_of

# -- sizes


def sizes(builder: Builder, name: str, args: Sequence[Value], *, least: int = 0) -> Shape:
    """Arguments as whole numbers that are known while the text is read, none below `least`."""
    out = []
    for value in args:
        size = builder.whole(value)
        if size is None:
            builder.misfit(f"{name} needs whole numbers that are known while the text is read")
        if size < least:
            builder.misfit(f"{name}: a length cannot be {size}")
        out.append(size)
    return tuple(out)


def zeros(builder: Builder, args: list[Value], axis: int | None) -> Value:
    """An array of zeros."""
    return _filled(builder, "zeros", args, 0)


def ones(builder: Builder, args: list[Value], axis: int | None) -> Value:
    """An array of ones."""
    return _filled(builder, "ones", args, 1)


def _filled(builder: Builder, name: str, args: Sequence[Value], value: int) -> Array:
    shape = sizes(builder, name, args)
    count = prod(shape)
    builder.room(count)
    return Array(shape, [builder.number(value)] * count)


def eye(builder: Builder, args: list[Value], axis: int | None) -> Value:
    """Ones on the diagonal; rows and columns may differ."""
    rows, *columns = sizes(builder, "eye", args)
    width = columns[0] if columns else rows
    builder.room(rows * width)
    return _diagonal(builder, rows, width, [builder.number(1)] * min(rows, width))


def _diagonal(builder: Builder, rows: int, width: int, diagonal: Sequence[int]) -> Array:
    builder.room(rows * width)
    items = [builder.number(0)] * (rows * width)
    for k, node in enumerate(diagonal):
        items[k * (width + 1)] = node
    return Array((rows, width), items)


def diag(builder: Builder, args: list[Value], axis: int | None) -> Value:
    """The matrix with this diagonal, or the diagonal of this matrix."""
    value = args[0]
    if isinstance(value, Array) and len(value.shape) == 1:
        return _diagonal(builder, len(value.items), len(value.items), value.items)
    diagonal = diagonal_of(builder, "diag", value, "a vector or a matrix")
    return Array((len(diagonal),), diagonal)


def diagonal_of(builder: Builder, name: str, value: Value, expected: str = "a matrix") -> list[int]:
    """The diagonal of a matrix, square or not."""
    if not isinstance(value, Array) or len(value.shape) != 2:
        builder.misfit(f"{name} needs {expected}, not {described(value)}")
    rows, width = value.shape
    return value.items[: rows * width : width + 1][: min(rows, width)]


def size(builder: Builder, args: list[Value], axis: int | None) -> Value:
    """The number of entries; 1 of a number."""
    return builder.number(len(entries(args[0])))


def length(builder: Builder, args: list[Value], axis: int | None) -> Value:
    """The length of the first axis."""
    value = args[0]
    if not isinstance(value, Array):
        builder.misfit("len needs an array, not a number")
    return builder.number(value.shape[0])


# -- the same entries in another order


def transpose(builder: Builder, value: Value) -> Value:
    """All axes reversed: a vector is its own transpose, as in NumPy."""
    if not isinstance(value, Array) or len(value.shape) < 2:
        return value
    shape = value.shape[::-1]
    if not value.items:
        return Array(shape, [])
    places = [0]
    for count, step in zip(shape, strides(value.shape)[::-1], strict=True):
        places = [place + move for place in places for move in range(0, count * step, step)]
    return Array(shape, [value.items[place] for place in places])


def reshape(builder: Builder, args: list[Value], axis: int | None) -> Value:
    """The same entries in row-major order; one length may be -1, which is what is left for it."""
    items = entries(args[0])
    asked = sizes(builder, "reshape", args[1:], least=-1)
    free = [k for k, count in enumerate(asked) if count == -1]
    if len(free) > 1:
        builder.misfit("reshape: only one length can be -1")
    shape = asked
    if free:
        rest = prod(count for count in asked if count != -1)
        share = len(items) // rest if rest else 0
        shape = (*asked[: free[0]], share, *asked[free[0] + 1 :])
    if prod(shape) != len(items) or (free and not items and 0 in asked):
        count = "1 entry, which does" if len(items) == 1 else f"{len(items)} entries, which do"
        builder.misfit(f"reshape: {described(args[0])} has {count} not fill {text(asked)}")
    return Array(shape, items)


# -- several arrays as one


def concat(builder: Builder, args: list[Value], axis: int | None) -> Value:
    """Arrays one after the other along an axis that they have; a number joins vectors as one entry."""
    parts = [_at_least_vector(part) for part in _parts(builder, "concat", args)]
    first = parts[0].shape
    place = place_of_axis(builder, "concat", first, 0 if axis is None else axis)
    for part in parts:
        other = part.shape
        if len(other) != len(first) or other[:place] + other[place + 1 :] != first[:place] + first[place + 1 :]:
            builder.misfit(
                f"concat: shapes {text(first)} and {text(other)} do not fit along axis {place}",
                "all other lengths have to be the same",
            )
    joint = sum(part.shape[place] for part in parts)
    return _joined(builder, parts, place, (*first[:place], joint, *first[place + 1 :]))


def stack(builder: Builder, args: list[Value], axis: int | None) -> Value:
    """Arrays of one shape side by side along a new axis."""
    parts = _parts(builder, "stack", args)
    shape = shape_of(parts[0])
    for part in parts:
        if shape_of(part) != shape:
            builder.misfit(
                f"stack: shapes {text(shape)} and {text(shape_of(part))} are not the same",
                "stack needs arrays of one shape; concat joins others",
            )
    if len(shape) >= MAX_AXES:
        builder.misfit(f"an array has at most {MAX_AXES} axes")
    place = place_of_axis(builder, "stack", (*shape, 1), 0 if axis is None else axis)
    return _joined(builder, parts, place, (*shape[:place], len(parts), *shape[place:]))


def _at_least_vector(value: Value) -> Array:
    return value if isinstance(value, Array) else Array((1,), [value])


def _parts(builder: Builder, name: str, args: Sequence[Value]) -> Sequence[Value]:
    """The arguments, or the parts along the first axis of the only one."""
    value = args[0]
    if len(args) > 1 or not isinstance(value, Array):
        return args
    count, shape = value.shape[0], value.shape[1:]
    if not count:
        builder.misfit(f"{name} of nothing: the array has shape {text(value.shape)}")
    if not shape:
        return list(value.items)
    builder.room(count)
    step = prod(shape)
    return [Array(shape, value.items[k * step : (k + 1) * step]) for k in range(count)]


def _joined(builder: Builder, parts: Sequence[Value], axis: int, shape: Shape) -> Array:
    """The entries of parts in turn, for each place of the axes before this one."""
    builder.room(prod(shape))
    items: list[int] = []
    if prod(shape):
        before = prod(shape[:axis])
        shares = [(entries(part), len(entries(part)) // before) for part in parts]
        for k in range(before):
            for nodes, share in shares:
                items += nodes[k * share : (k + 1) * share]
    return Array(shape, items)
