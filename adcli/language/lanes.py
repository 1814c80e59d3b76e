"""All turns of a comprehension at once, step by step.

A linked body (see `linking`) that has no condition of its own does the same in every turn. So where there are
many turns, each step is done for all of them before the next one: a register is a list then, with a value
for each turn, or one value that all turns share. It makes the nodes that the turns would have made, one
operation after the other instead of one turn after the other. Where they are very many, registers of nodes
are arrays, and the nodes become strips of the graph.

Where a turn would do anything else than the others, nothing is given, and the turns are run one by one.
"""

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any

from ..arrays import numpy, numpy_if_there
from .known import WORTH
from .operations import Operations
from .steps import CELL, CONSTANT, ENTRY, NODE, NODE2, PLAIN, VALUE, VARIES, WHOLE, WHOLE2, Step


class _Differs(Exception):  # noqa: N818  # a finding: the turns are run one by one
    """A turn is not like the others."""


def all_turns(
    work: Operations, registers: Sequence[Any], steps: Sequence[Step], entries: list[int], place: int
) -> list[int] | None:
    """What the steps leave in the register `place`, for each of the entries, which come in register 0."""
    count = sum(kind in (NODE, NODE2) for kind, *_ in steps) * len(entries)
    kind = _Strips if count >= WORTH and numpy_if_there() is not None else _Lanes
    try:
        return kind(work, registers, entries).run(steps, place)
    except (_Differs, IndexError, OverflowError, ZeroDivisionError):
        return None


class _Lanes:
    """Registers, each a list with a value for each turn, or one value that all turns share."""

    def __init__(self, work: Operations, registers: Sequence[Any], entries: list[int]) -> None:
        self.work, self.count = work, len(entries)
        self.registers: list[Any] = list(registers)
        self.registers[0] = entries
        self.wide = {0}  # the registers that hold a list

    def run(self, steps: Sequence[Step], place: int) -> list[int]:
        """Do all steps."""
        for kind, what, a, b, to, start, end in steps:
            operands = list(a) if isinstance(a, tuple) else [a, b] if kind in (NODE2, WHOLE2) else [a]
            if not self.wide.intersection(operands):
                raise _Differs  # what no turn changes is no step
            if kind in (NODE2, NODE):
                self.work.room(self.count)
                found: Any = self.nodes(what, operands, start, end)
            elif kind == ENTRY:
                found = self.taken(what, self.registers[a])
            elif kind in (WHOLE2, WHOLE):
                found = list(map(what, *map(self.column, operands)))
            elif kind == CELL:
                found = self.taken(what.items, self._offsets(what.shape, operands))
            elif kind == CONSTANT:
                found = self.work.graph.integers(self.registers[a])
            elif kind == VALUE:
                found = list(map(self.work.graph.constants.get, self.listed(a)))
                if set(map(type, found)) != {int}:
                    raise _Differs
            else:
                self._test(kind, a)
                continue
            self.registers[to] = found
            self.wide.add(to)
        return list(self.listed(place))

    def column(self, register: int) -> Iterable[Any]:
        """A value for each turn."""
        value = self.registers[register]
        return value if register in self.wide else repeat(value, self.count)

    def listed(self, register: int) -> Iterable[int]:
        """The same as Python's integers."""
        return self.column(register)

    def nodes(self, make: Any, operands: Sequence[int], start: int, end: int) -> Any:
        """The nodes that a maker makes of registers."""
        op = self.work.graph.made_by(make)
        return self.work.constants.many(op, [list(self.column(k)) for k in operands], start, end)

    def taken(self, items: Sequence[int], places: Any) -> Any:
        """Entries of an array."""
        found = list(map(items.__getitem__, places))
        self._no_conditions(found)
        return found

    def are_unknown(self, register: int) -> bool:
        """Whether none of the nodes is a number that is known."""
        return self.work.constants.are_unknown(self.registers[register])

    def _offsets(self, shape: Sequence[int], operands: Sequence[int]) -> list[int]:
        """The flat places of entries at as many indices as there are axes."""
        offsets = [0] * self.count
        for length, register in zip(shape, operands, strict=True):
            indices = list(self.column(register))
            if not -length <= min(indices) or not max(indices) < length:
                raise IndexError
            offsets = [offset * length + index % length for offset, index in zip(offsets, indices, strict=True)]
        return offsets

    def _test(self, kind: int, register: int) -> None:
        """Whether something holds in all turns."""
        if kind == PLAIN:
            self._no_conditions(list(self.listed(register)))
        elif kind == VARIES:
            if not self.are_unknown(register):
                raise _Differs
        elif not all(self.registers[register]):
            raise _Differs

    def _no_conditions(self, nodes: Sequence[int]) -> None:
        if not self.work.graph.conditions.isdisjoint(nodes):
            raise _Differs


class _Strips(_Lanes):
    """The same with arrays of nodes."""

    def __init__(self, work: Operations, registers: Sequence[Any], entries: list[int]) -> None:
        super().__init__(work, registers, entries)
        self.arrays: dict[int, Any] = {}  # of the entries of arrays, by the identity of their lists

    def listed(self, register: int) -> Iterable[int]:
        found = self.column(register)
        return self.work.graph.numbers(found) if hasattr(found, "tolist") else found

    def nodes(self, make: Any, operands: Sequence[int], start: int, end: int) -> Any:
        np, registers = numpy(), self.registers
        columns = [
            np.asarray(registers[k], np.int64) if k in self.wide else np.full(self.count, registers[k])
            for k in operands
        ]
        return self.work.constants.strip(self.work.graph.made_by(make), columns, start, end)

    def taken(self, items: Sequence[int], places: Any) -> Any:
        np = numpy()
        if id(items) not in self.arrays:
            self._no_conditions(items)
            self.arrays[id(items)] = np.array(items, int)
        return self.arrays[id(items)][np.array(places, np.intp)]

    def are_unknown(self, register: int) -> bool:
        return self.work.constants.are_all_unknown(numpy().asarray(self.registers[register]))
