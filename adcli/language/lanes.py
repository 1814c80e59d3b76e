"""All turns of a comprehension at once, step by step.

A linked body (see `linking`) that has no condition of its own does the same in every turn. So where there are
many turns, each step is done for all of them before the next one: a register is a list then, with a value
for each turn, or one value that all turns share. It makes the nodes that the turns would have made, one
operation after the other instead of one turn after the other.

Where a turn would do anything else than the others, nothing is given, and the turns are run one by one.
"""

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any

from .operations import Operations
from .steps import CELL, CONSTANT, ENTRY, NODE, NODE2, PLAIN, VALUE, VARIES, WHOLE, WHOLE2, Step


class _Differs(Exception):  # noqa: N818  # a finding: the turns are run one by one
    """A turn is not like the others."""


def all_turns(
    work: Operations, registers: Sequence[Any], steps: Sequence[Step], entries: list[int], place: int
) -> list[int] | None:
    """What the steps leave in the register `place`, for each of the entries, which come in register 0."""
    try:
        return _Lanes(work, registers, entries).run(steps, place)
    except (_Differs, IndexError, ZeroDivisionError):
        return None


class _Lanes:
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
                found: list[Any] = self._nodes(what, operands, start, end)
            elif kind == ENTRY:
                found = list(map(what.__getitem__, self.registers[a]))
                self._no_conditions(found)
            elif kind in (WHOLE2, WHOLE):
                found = list(map(what, *map(self._column, operands)))
            elif kind == CELL:
                found = list(map(what.items.__getitem__, self._offsets(what.shape, operands)))
                self._no_conditions(found)
            elif kind == CONSTANT:
                found = list(map(what, self.registers[a]))
            elif kind == VALUE:
                found = list(map(self.work.graph.constants.get, self.registers[a]))
                if set(map(type, found)) != {int}:
                    raise _Differs
            else:
                self._test(kind, self.registers[a])
                continue
            self.registers[to] = found
            self.wide.add(to)
        return list(self._column(place))

    def _column(self, register: int) -> Iterable[Any]:
        value = self.registers[register]
        return value if register in self.wide else repeat(value, self.count)

    def _nodes(self, make: Any, operands: Sequence[int], start: int, end: int) -> list[int]:
        graph = self.work.graph
        self.work.room(self.count)
        return self.work.constants.many(graph.made_by(make), [list(self._column(k)) for k in operands], start, end)

    def _offsets(self, shape: Sequence[int], operands: Sequence[int]) -> list[int]:
        """The flat places of entries at as many indices as there are axes."""
        offsets = [0] * self.count
        for length, register in zip(shape, operands, strict=True):
            indices = list(self._column(register))
            if not -length <= min(indices) or not max(indices) < length:
                raise IndexError
            offsets = [offset * length + index % length for offset, index in zip(offsets, indices, strict=True)]
        return offsets

    def _test(self, kind: int, values: Sequence[Any]) -> None:
        """Whether something holds in all turns."""
        if kind == PLAIN:
            self._no_conditions(values)
        elif kind == VARIES:
            if not self.work.constants.are_unknown(values):
                raise _Differs
        elif not all(values):
            raise _Differs

    def _no_conditions(self, nodes: Sequence[int]) -> None:
        if any(op.boolean for op in set(map(self.work.graph.ops.__getitem__, nodes))):
            raise _Differs
