"""The plain bodies of comprehensions: linked once, then run for every turn.

What names mean does not change between the turns of a comprehension. So after the machine has run one
turn, the body is linked: its postfix code becomes steps over numbered registers, as in a
three-address code. Names and literals are registers that are filled already, operators are the makers
of their nodes, functions of the program are expanded, what no turn changes is done now, and what
stands there twice is done once.

Linked code knows nodes and whole numbers alone. A body that holds anything else is not linked, and a
turn that meets anything else (an index out of range, a constant where variables were) is given
back to the machine, which knows what it means, and has the words for what is wrong.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..primitives import FUNCTIONS, OVERLOADS, TABLE, Primitive
from . import steps
from .arrays import Array
from .known import Known, is_exact
from .lanes import all_turns
from .operands import Operand
from .operations import LOGICAL, Operations
from .reader import APPLY, CALL, GUARD, INDEX, NAME, NUMBER, SCALE, Code
from .steps import CELL, CONSTANT, ENTRY, NODE, NODE2, PLAIN, VALUE, VARIES, WHOLE, WHOLE2, Step

SKIPPED = object()
"""The value of a turn whose condition is false."""

_DEEP = 20  # functions that are expanded in each other
_WHOLE: dict[str, Callable[..., Any]] = {  # what makes whole numbers, or a truth, of whole numbers
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "mod": operator.mod, "neg": operator.neg,
    "abs": abs, "max": max, "min": min,
    "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge, "eq": operator.eq, "ne": operator.ne,
}  # fmt: skip


class _NotPlain(Exception):  # noqa: N818  # a finding: the machine runs the body
    """The body holds more than arithmetic over nodes and whole numbers."""


class _Slot(NamedTuple):
    """What a step computes: the number of its register, and whether that holds a "node", a "whole" or a "truth"."""

    place: int
    kind: str


class Linked:
    """The body of a comprehension as steps over registers; `result` is the register of its value."""

    def __init__(self, work: Operations, registers: list[Any], steps: list[Step], result: _Slot) -> None:
        self.work = work
        self.registers = registers
        self.steps = steps
        self.result = result

    def turn(self, value: Operand) -> Operand | None:
        """The value of the body for an entry, `SKIPPED` where its condition is false; None if the turn is not plain."""
        v, conditions, constants = self.registers, self.work.graph.conditions, self.work.graph.constants
        v[0] = value.value if type(value) is Known else value
        try:
            for kind, what, a, b, to, start, end in self.steps:
                if kind == NODE2:
                    v[to] = what((v[a], v[b]), start, end)
                elif kind == ENTRY:
                    v[to] = node = what[v[a]]
                    if node in conditions:
                        return None
                elif kind == WHOLE2:
                    v[to] = what(v[a], v[b])
                elif kind == NODE:
                    v[to] = what(tuple([v[place] for place in a]), start, end)
                elif kind == CELL:
                    v[to] = node = _cell(what, [v[place] for place in a])
                    if node in conditions:
                        return None
                elif kind == WHOLE:
                    v[to] = what(*[v[place] for place in a])
                elif kind == CONSTANT:
                    v[to] = what(v[a])
                elif kind == VALUE:
                    v[to] = number = constants.get(v[a])
                    if type(number) is not int:
                        return None
                elif kind == steps.GUARD:
                    if not v[a]:
                        return SKIPPED
                elif kind == VARIES:
                    if self.work.whole(v[a]) is not None:
                        return None
                elif v[a] in conditions:
                    return None
        except (IndexError, ZeroDivisionError):
            return None
        place, found = self.result
        return v[place] if found == "node" else Known(v[place])

    def rest(self, entries: list[Any]) -> list[Operand] | None:
        """The values of the body for many entries, nodes or whole numbers; None if they are not to be had at once."""
        place, found = self.result
        made = all_turns(self.work, self.registers, self.steps, entries, place)
        return made if made is None or found == "node" else list(map(Known, made))


def _cell(array: Array, indices: Sequence[int]) -> int:
    """The entry at as many indices as there are axes; raises `IndexError`."""
    offset = 0
    for length, index in zip(array.shape, indices, strict=True):
        if not -length <= index < length:
            raise IndexError
        offset = offset * length + index % length
    return array.items[offset]


def link(work: Operations, body: Code, name: str, value: Operand, local: Mapping[str, Operand]) -> Linked | None:
    """The body of a comprehension over `name`, if it is plain; `value` is an entry that a turn has been run for."""
    try:
        return _Linker(work, name, value, local).linked(body)
    except _NotPlain:
        return None


class _Linker:
    """Runs code with registers in place of values, and notes the steps."""

    def __init__(self, work: Operations, name: str, value: Operand, local: Mapping[str, Operand]) -> None:
        self.work = work
        self.registers: list[Any] = [None]  # the entry comes first
        self.steps: list[Step] = []
        self.filled: dict[tuple[str, int], int] = {}  # registers of nodes and whole numbers that no turn changes
        self.made: dict[tuple[Any, ...], _Slot] = {}
        if isinstance(value, Array):
            raise _NotPlain
        entry = _Slot(0, "whole" if isinstance(value, Known) else "node")
        if entry.kind == "node":
            self.step(PLAIN, None, 0, kind="node")
        self.local = {**local, name: entry}

    def linked(self, body: Code) -> Linked:
        result = self.run(body, self.local, ())
        if not isinstance(result, _Slot) or result.kind == "truth":
            raise _NotPlain
        return Linked(self.work, self.registers, self.steps, result)

    def run(self, code: Code, local: Mapping[str, Operand], active: tuple[str, ...]) -> Operand:
        """What code leaves on the stack: a `_Slot`, or an operand that no turn changes."""
        stack: list[Operand] = []
        for kind, operand, count, start, end in code:
            split = len(stack) - count
            args, stack = stack[split:], stack[:split]
            if kind == NAME:
                stack.append(self.meaning(operand, local, start, end))
            elif kind == NUMBER:
                stack.append(self.work.literals[operand])
            elif kind == APPLY:
                stack.append(self.apply(TABLE[operand], args, start, end))
            elif kind == SCALE:
                stack.append(self.apply(TABLE[operand], args[::-1], start, end))
            elif kind == INDEX:
                stack.append(self.index(args[0], args[1:]))
            elif kind == CALL and operand in self.work.functions:
                stack.append(self.expand(operand, args, active))
            elif kind == CALL:
                stack.append(self.apply(self.primitive(operand, count), args, start, end))
            elif kind == GUARD and isinstance(args[0], _Slot) and args[0].kind == "truth":
                self.step(steps.GUARD, None, args[0].place, kind="truth")
            else:
                raise _NotPlain
        return stack[-1]

    def meaning(self, name: str, local: Mapping[str, Operand], start: int, end: int) -> Operand:
        """What a name stands for."""
        for names in (local, self.work.scope, self.work.variables):
            value = names.get(name)
            if value is not None:
                return value
        return self.work.look_up(name, start, end)

    def primitive(self, name: str, count: int) -> Primitive:
        """The primitive that a call with so many arguments means."""
        op = FUNCTIONS.get(OVERLOADS.get((name, count), name))
        if op is None or not op.accepts(count):
            raise _NotPlain
        return op

    def expand(self, name: str, args: list[Operand], active: tuple[str, ...]) -> Operand:
        """The value of a function of the program: its code, with the arguments for its parameters."""
        function = self.work.functions[name]
        if len(args) != len(function.parameters) or name in active or len(active) > _DEEP:
            raise _NotPlain
        return self.run(function.code, dict(zip(function.parameters, args, strict=True)), (*active, name))

    def apply(self, op: Primitive, args: list[Operand], start: int, end: int) -> Operand:
        """A primitive over operands: of whole numbers a whole number, else a node."""
        if op in LOGICAL:
            raise _NotPlain
        if any(isinstance(x, Known) or (isinstance(x, _Slot) and x.kind != "node") for x in args):
            whole = [self.whole(x) for x in args]
            places = [place for place in whole if place is not None]
            if len(places) == len(args) and op.name in _WHOLE:
                kind = "truth" if op.boolean else "whole"
                if len(places) == 2:
                    return self.step(WHOLE2, _WHOLE[op.name], *places, kind=kind)
                return self.step(WHOLE, _WHOLE[op.name], tuple(places), kind=kind)
            if len(places) == len(args) and is_exact(op.name):
                raise _NotPlain  # it may be a fraction, or no exact number
            nodes = [x for x, place in zip(args, whole, strict=True) if place is None]
            if nodes and all(isinstance(x, _Slot) for x in nodes):
                self.step(VARIES, None, nodes[0].place, kind="truth")
        if op.boolean:
            raise _NotPlain
        make, place = self.work.graph.maker(op), self.work.origin(start, end)
        if all(type(x) is int for x in args):
            return make(tuple(args), *place)
        nodes = [self.node(x) for x in args]
        if len(nodes) == 2:
            return self.step(NODE2, make, *nodes, kind="node", at=place)
        return self.step(NODE, make, tuple(nodes), kind="node", at=place)

    def index(self, base: Operand, parts: list[Operand]) -> Operand:
        """An entry of an array that no turn changes."""
        if not isinstance(base, Array) or len(parts) != len(base.shape):
            raise _NotPlain
        places = [self.number(part) for part in parts]
        if len(places) == 1:
            return self.step(ENTRY, base.items, places[0], kind="node")
        return self.step(CELL, base, tuple(places), kind="node")

    def node(self, x: Operand) -> int:
        """The register of an operand as a node."""
        if isinstance(x, _Slot) and x.kind == "node":
            return x.place
        if isinstance(x, _Slot) and x.kind == "whole":
            return self.step(CONSTANT, self.work.graph.constant, x.place, kind="node").place
        if isinstance(x, Known) and type(x.value) is int:
            return self.fill("node", self.work.graph.constant(x.value))
        if type(x) is int:
            return self.fill("node", x)
        raise _NotPlain

    def whole(self, x: Operand) -> int | None:
        """The register of an operand as a whole number, if it is known to be one."""
        if isinstance(x, _Slot):
            return x.place if x.kind == "whole" else None
        number = self.work.whole(x) if isinstance(x, int | Known) else None
        return None if number is None else self.fill("whole", number)

    def number(self, x: Operand) -> int:
        """The register of an index, which may be an entry of an array."""
        if isinstance(x, _Slot) and x.kind == "node":
            return self.step(VALUE, None, x.place, kind="whole").place
        place = self.whole(x)
        if place is None:
            raise _NotPlain
        return place

    def fill(self, kind: str, value: int) -> int:
        """The register of a value that no turn changes."""
        place = self.filled.get((kind, value))
        if place is None:
            place = self.filled[kind, value] = len(self.registers)
            self.registers.append(value)
        return place

    def step(self, step: int, what: Any, a: Any, b: int = 0, *, kind: str, at: tuple[int, int] = (-1, -1)) -> _Slot:
        """Note a step, unless it was done before; the slot of its register."""
        key = (step, id(what), a, b)
        slot = self.made.get(key)
        if slot is None:
            slot = self.made[key] = _Slot(len(self.registers), kind)
            self.registers.append(None)
            self.steps.append((step, what, a, b, slot.place, *at))
        return slot
