"""Operations on operands of any kind: primitives, indices, arrays of arrays."""

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from math import prod
from typing import Any, NoReturn

from .. import shapes
from ..primitives import TABLE, Primitive
from ..shapes import Shape
from . import indexing
from .arrays import Array, Value
from .explain import short
from .known import Known, combine
from .operands import Keyword, Operand, Operands
from .reader import ARRAY

_MANY = 1000  # entries of an array whose nodes are made all at once
LOGICAL = frozenset(TABLE[name] for name in ("and_", "or_", "not_", "where"))
"""The primitives that take conditions."""


class Operations(Operands):
    """Makes one operand of others."""

    # -- primitives

    def operate(self, op: Primitive, args: tuple[Operand, ...], start: int, end: int) -> Operand:
        """A primitive over operands of any kind."""
        kinds = {type(x) for x in args}
        if Keyword in kinds:
            self.fail("bad-keyword", f"{op.name} takes no arguments by name", start, end, "to compare, write ==")
        if Array in kinds or range in kinds:
            return self.elementwise(op, [self.settled(x) for x in args], start, end)
        if Known in kinds or op.name in {"and_", "or_"}:
            known = self.combined(op, args)
            if known is not None:
                return known
            args = tuple([self.node(x) if type(x) is Known else x for x in args])
        self.check_kinds(op, args, start, end)
        return self.graph.apply(op, args, *self.origin(start, end))

    def combined(self, op: Primitive, args: tuple[Operand, ...]) -> Operand | None:
        """What known numbers make; None if there are others, or if it is no exact number."""
        exact = [self.exact(x) for x in args]
        truths = [isinstance(x, bool) for x in exact]
        if op.name in ("and_", "or_") and any(truths):
            k = truths.index(True)
            decided = exact[k] == (op.name == "or_")
            if decided:
                return Known(bool(exact[k]))
            other = args[1 - k]
            known = type(other) is Known or other not in self.graph.conditions
            return None if known and not truths[1 - k] else other
        if any(truths) and op not in LOGICAL:
            return None
        if not all(isinstance(x, int) or (isinstance(x, Fraction) and type(y) is Known)
                   for x, y in zip(exact, args, strict=True)):  # fmt: skip
            return None
        value = combine(op.name, exact)  # type: ignore[arg-type]  # none of them is None
        return None if value is None else Known(value)

    def elementwise(self, op: Primitive, args: Sequence[Value], start: int, end: int) -> Array:
        """A primitive over the entries of arrays, stretched to one shape."""
        self.has_arrays = True
        shape: Shape = ()
        for x in args:
            if isinstance(x, Array):
                wider = shapes.broadcast(shape, x.shape)
                if wider is None:
                    if self.site[0][self.site[1]][2] == len(args):  # of a < b < c, all three are named
                        self.args = tuple(args)
                    self.misfit(f"shapes {shapes.text(shape)} and {shapes.text(x.shape)} do not fit")
                shape = wider
        size = prod(shape)
        self.room(size)
        columns = [shapes.stretched(x.items, x.shape, shape) if isinstance(x, Array) else [x] * size for x in args]
        conditions, apply, place = self.graph.conditions, self.graph.apply, self.origin(start, end)
        if op in LOGICAL or not all(map(conditions.isdisjoint, columns)):
            for nodes in zip(*columns, strict=True):
                self.check_kinds(op, nodes, start, end)
        if size >= _MANY:
            return Array(shape, self.constants.many(op, columns, *place))
        return Array(shape, [apply(op, nodes, *place) for nodes in zip(*columns, strict=True)])

    def chain(self, names: str, args: tuple[Operand, ...], start: int, end: int) -> Operand:
        """Make `a < b and b < c` of `a < b < c`; `names` are the comparisons."""
        result: Operand = None
        for name, a, b in zip(names.split(), args, args[1:], strict=False):
            link = self.operate(TABLE[name], (a, b), start, end)
            result = link if result is None else self.operate(TABLE["and_"], (result, link), start, end)
        return result

    def apply_named(self, name: str, *nodes: int) -> int:
        """The node of a primitive, at the place of the instruction that is run."""
        code, position = self.site
        _, _, _, start, end = code[position]
        return self.graph.apply(TABLE[name], nodes, *self.origin(start, end))

    def are_unknown(self, nodes: Sequence[int]) -> bool:
        """Whether none of the nodes is a number that is known while the text is read."""
        return self.constants.are_unknown(nodes)

    def apply_to_many(self, name: str, columns: Sequence[Sequence[int]]) -> list[int] | None:
        """The nodes of a primitive over each row of the columns, joined from left to right; None if one is known."""
        if not all(map(self.constants.are_unknown, columns)):
            return None
        code, position = self.site
        place = self.origin(*code[position][3:])
        result = list(columns[0])
        for column in columns[1:]:
            self.room(len(result))
            result = self.constants.many(TABLE[name], [result, column], *place)
        return result

    def check_kinds(self, op: Primitive, args: tuple[int, ...], start: int, end: int) -> None:
        """Numbers where numbers belong, conditions where conditions belong."""
        conditions = self.graph.conditions
        for k, a in enumerate(args):
            if a in conditions:
                if not (op.name in ("and_", "or_", "not_") or (op.name == "where" and k == 0)):
                    self.no_number(*self.place(a, start, end))
            elif op.name in ("and_", "or_", "not_") or (op.name == "where" and k == 0):
                self.fail(
                    "number-as-condition",
                    "a number is used as a condition here",
                    *self.place(a, start, end),
                    "compare it with something, as in x > 0",
                )

    def numbers(self, values: Sequence[Value]) -> None:
        """Refuse conditions among the entries of the operands of the instruction that is run."""
        conditions, places = self.graph.conditions, self.operand_places()
        for k, value in enumerate(values):
            if not conditions.isdisjoint(value.items if isinstance(value, Array) else (value,)):
                self.no_number(*(places[k] if k < len(places) else self.place_of_site()))

    def no_number(self, start: int, end: int) -> NoReturn:
        """Say that a condition stands where a number belongs."""
        self.fail(
            "condition-as-number", "a condition is used as a number here", start, end,
            "conditions stand in where(condition, a, b) and piecewise",
        )  # fmt: skip

    def place(self, node: int, start: int, end: int) -> tuple[int, int]:
        """The place of an operand, if it lies inside the operation's own."""
        a, b = self.graph.starts[node], self.graph.ends[node]
        return (a, b) if start <= a and b <= end else (max(start, 0), max(end, 1))

    def index(self, base: Operand, parts: Sequence[Operand]) -> Operand:
        """The entry or part of an array that indices name."""
        if len(parts) == 1 and type(base) is Array and len(base.shape) == 1 and type(parts[0]) is Known:
            place = parts[0].value  # x[i]: the way that loops go
            if type(place) is int and -len(base.items) <= place < len(base.items):
                return base.items[place]
        array = self.settled(base)
        if not isinstance(array, Array):
            name = self.text[slice(*self.operand_places()[0])]
            message = f"{short(name)} is a number, and a number has no entries"
            self.fail_shape(message, self.place_of_site(), self.shape_hint([base]))
        self.has_arrays = True
        if len(parts) > len(array.shape):
            self.fail_shape(f"{len(parts)} indices are too many: {self.described(0, array)}", self.place_of_site())
        lists = [k for k, part in enumerate(parts) if type(part) in (Array, range)]
        if len(lists) > 1:
            self.fail_shape("only one index may be an array", self.operand_places()[lists[1] + 1])
        if lists:
            k = lists[0]
            entries = self.settled(parts[k])
            if not isinstance(entries, Array) or len(entries.shape) != 1:
                shape = shapes.text(entries.shape if isinstance(entries, Array) else ())
                self.fail_shape(f"an index may be a vector, and this is {shape}", self.operand_places()[k + 1])
            picked = []
            for entry in entries.items:
                self.args = (array, *parts[:k], entry, *parts[k + 1 :])
                picked.append(self.index(array, self.args[1:]))
            return self.gathered(picked, *self.place_of_site())
        where = [part if isinstance(part, slice) else self.position(part, "an index") for part in parts]
        try:
            return indexing.take(array, where)
        except indexing.OutOfRange as stop:
            last = stop.length - 1
            legal = f"it goes from 0 to {last}, or from -{stop.length} to -1" if stop.length else "it has no entries"
            along = f" along axis {stop.part}" if len(array.shape) > 1 else ""
            self.fail_shape(
                f"index {short(str(stop.index))} is out of range: {self.described(0, array)}",
                self.operand_places()[stop.part + 1], f"{legal}{along}", "index-out-of-range",
            )  # fmt: skip

    def gathered(self, values: Sequence[Operand], start: int, end: int) -> Array:
        """An array of numbers, or of arrays of one shape."""
        self.has_arrays = True
        entries = list(values)
        if set(map(type, entries)) != {int}:
            entries = [x if type(x) is int else self.settled(x) for x in values]
        first = entries[0] if entries else 0
        if not isinstance(first, Array):
            if Array in set(map(type, entries)):
                self.ragged(entries, start, end)
            return Array((len(entries),), entries)
        shape, items = first.shape, list[int]()
        if len(shape) >= shapes.MAX_AXES:
            self.fail_shape(f"an array has at most {shapes.MAX_AXES} axes", (start, end))
        for x in entries:
            if not isinstance(x, Array) or x.shape != shape:
                self.ragged(entries, start, end)
            items += x.items
        return Array((len(entries), *shape), items)

    def ragged(self, entries: Sequence[Value], start: int, end: int) -> NoReturn:
        """Say which entry of an array has another shape than the first."""
        found = [x.shape if isinstance(x, Array) else () for x in entries]
        k = next(k for k, shape in enumerate(found) if shape != found[0])
        places = self.operand_places()
        place = places[k] if self.site[0][self.site[1]][0] == ARRAY and k < len(places) else (start, end)
        self.fail_shape(
            f"an array needs entries of one shape: entry 0 is {shapes.text(found[0])}, and entry {k} is "
            f"{shapes.text(found[k])}", place, code="ragged-array",
        )  # fmt: skip

    def entries(self, iterable: Operand, start: int, end: int) -> Iterator[Operand]:
        """What a loop runs through: the numbers of a range, or the entries of an array."""
        found = self.raw_entries(iterable, start, end)
        return map(Known, found) if isinstance(found, range) else iter(found)

    def raw_entries(self, iterable: Operand, start: int, end: int) -> Collection[Any]:
        """The same, where a range stays one."""
        if type(iterable) is range:
            self.limits.spend(len(iterable))
            return iterable
        array = self.settled(iterable)
        if not isinstance(array, Array):
            self.fail(
                "not-iterable", "there is nothing to run through: this is a number", start, end,
                "range(n) gives 0, 1, ..., n-1",
            )  # fmt: skip
        self.limits.spend(array.shape[0])
        if len(array.shape) == 1:
            return array.items
        return [indexing.take(array, (k,)) for k in range(array.shape[0])]

    def guard(self, condition: Operand, start: int, end: int) -> bool:
        """Whether the `if` of a comprehension holds."""
        truth = self.truth(condition)
        if truth is None:
            if self.exact(condition) is not None:
                self.fail("number-as-condition", "a number is used as a condition here", start, end,
                          "compare it with something, as in i > 0")  # fmt: skip
            self.fail(
                "unknown-condition", "this 'if' must be decided while the text is read", start, end,
                "for a condition on variables, write where(condition, value, 0)",
            )  # fmt: skip
        return truth
