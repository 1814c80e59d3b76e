"""The stack machine that runs postfix code into a graph.

What calls something (a function, a comprehension, a branch) runs in frames of an explicit stack,
so text may nest to any depth. A function called again with the same arguments gives what it gave
before, so doubling functions cost no doubling time. The plain bodies of comprehensions are run by
`linking` after their first turn.
"""

import operator
from collections.abc import Collection, Sequence
from typing import Any

from ..primitives import TABLE
from ..shapes import Shape
from .arrays import Array, Value
from .calls import Calls
from .functions import matmul, transpose
from .known import Known
from .limits import Limits
from .linking import SKIPPED, Linked, link
from .operands import Function, Keyword, Operand
from .operations import LOGICAL
from .reader import (
    APPLY,
    ARRAY,
    BRANCH,
    CALL,
    CHAIN,
    FOLD,
    GUARD,
    INDEX,
    KEYWORD,
    MATMUL,
    NAME,
    NUMBER,
    OVER,
    SCALE,
    SELECT,
    SLICE,
    Branch,
    Code,
    Comprehension,
    Instruction,
)  # fmt: skip

__all__ = ["Function", "Machine", "Operand"]

_SMALL = 64  # entries of an array that a remembered call compares
_MANY = 8  # turns from which linking pays
_VERY_MANY = 1000  # turns from which all of them are run at once; it shows in the order of the nodes
_WHOLE = {"add": operator.add, "sub": operator.sub, "mul": operator.mul}


class _Frame:
    """A piece of code that is being run, with its own names and stack."""

    __slots__ = ("code", "local", "position", "stack")

    def __init__(self, code: Code, local: dict[str, Operand], stack: list[Operand] | None = None) -> None:
        self.code = code
        self.local = local
        self.position = 0
        self.stack: list[Operand] = [] if stack is None else stack

    def advance(self, machine: "Machine") -> "Sequence[_Frame] | None":
        """Run to the end, or to something whose value is not there yet: then the frames that will give it."""
        return machine.advance(self)

    def receive(self, value: Operand) -> None:
        """Take the value that a frame above has left."""
        self.stack.append(value)

    def finish(self, machine: "Machine") -> Operand:
        """The value that the code has left."""
        return self.stack[-1]


class _Call(_Frame):
    """The body of a function of the program."""

    __slots__ = ("memo", "name")

    def __init__(self, function: Function, local: dict[str, Operand], memo: tuple[object, ...]) -> None:
        super().__init__(function.code, local)
        self.name = function.name
        self.memo = memo

    def finish(self, machine: "Machine") -> Operand:
        machine.active.pop()
        machine.results[self.memo] = self.stack[-1]
        return self.stack[-1]


class _Turns(_Frame):
    """A comprehension: its body is run for each entry, and the values gathered on this frame's stack."""

    __slots__ = ("body", "count", "entries", "linked", "name", "of_range", "place", "spliced", "waits")

    def __init__(
        self,
        over: Comprehension,
        entries: Collection[Any],
        local: dict[str, Operand],
        place: tuple[int, int],
    ) -> None:
        super().__init__([], dict(local))
        self.name, self.spliced, self.place = over.name, over.spliced, place
        self.body = _Frame(over.body, self.local)
        self.entries = iter(entries)
        self.of_range = isinstance(entries, range)
        self.linked: Linked | None = None
        self.count = len(entries)
        self.waits = self.count >= _MANY  # for a turn to be run, and then links the body

    def advance(self, machine: "Machine") -> Sequence[_Frame] | None:
        body, local, name, stack, linked = self.body, self.local, self.name, self.stack, self.linked
        graph, most = machine.graph, machine.limits.nodes
        for entry in self.entries:
            value = Known(entry) if self.of_range else entry
            if len(graph) > most:
                machine.limits.too_many_nodes()
            if self.waits and stack:  # the machine has run a turn
                self.waits = False
                linked = self.linked = link(machine, body.code, name, value, local)
                if linked is not None and self.count >= _VERY_MANY:
                    return self._all_at_once(machine, linked, [entry, *self.entries])
            found = None if linked is None else linked.turn(value)
            if found is None:
                local[name] = value
                body.position = 0
                body.stack = []
                more = machine.advance(body)
                if more is not None:
                    return [body, *more]
                found = body.stack[-1]
            if found is not SKIPPED:
                stack.append(found)
        if not self.spliced:
            self.stack = [machine.gathered(stack, *self.place)]
        return None

    def _all_at_once(self, machine: "Machine", linked: Linked, entries: list[Any]) -> Sequence[_Frame] | None:
        """Run the turns that are left, step by step if that can be, else one by one."""
        made = linked.rest(entries)
        self.entries = iter(entries if made is None else ())
        self.stack += made or ()
        return self.advance(machine)

    def receive(self, value: Operand) -> None:
        if type(value) is _Spliced:
            self.stack += value
        elif value is not SKIPPED:
            self.stack.append(value)

    def finish(self, machine: "Machine") -> Operand:
        return _Spliced(self.stack) if self.spliced else self.stack[-1]


class _Spliced(list[Operand]):
    """The values of an inner comprehension."""


class Machine(Calls):
    """Runs code against one graph and one global scope."""

    def __init__(self, text: str, shapes_of: dict[str, Shape], limits: Limits, forced: Collection[str] = ()) -> None:
        super().__init__(text, shapes_of, limits, forced)
        self.version = 0  # changes with the global scope: part of the key of a remembered call
        self.results: dict[tuple[object, ...], Operand] = {}

    def run(self, code: Code) -> Operand:
        """What a piece of code leaves on the stack."""
        return self.run_on(code, [])

    def run_on(self, code: Code, stack: list[Operand], start: int = 0) -> Operand:
        """What a piece of code, from an instruction on, leaves on top of a stack."""
        frames: list[_Frame] = [_Frame(code, {}, stack)]
        frames[0].position = start
        while True:
            more = frames[-1].advance(self)
            if more is not None:
                frames += more
                continue
            value = frames.pop().finish(self)
            if len(self.graph) > self.limits.nodes:
                self.limits.too_many_nodes()
            if not frames:
                return value
            frames[-1].receive(value)

    def value(self, code: Code) -> Value:
        """The node or the array that a piece of code is worth."""
        return self.settled(self.run(code))

    def advance(self, frame: _Frame) -> Sequence[_Frame] | None:
        """Run a frame to its end, or to something whose value is not there yet."""
        stack, local, code, graph = frame.stack, frame.local, frame.code, self.graph
        scope, literals, variables, in_text = self.scope, self.literals, self.variables, self.in_text
        apply, conditions, constants = graph.apply, graph.conditions, graph.constants
        for position in range(frame.position, len(code)):
            kind, operand, count, start, end = code[position]
            if kind == NAME:
                value = local.get(operand)
                if value is None:
                    value = scope.get(operand)
                    if value is None:
                        value = variables.get(operand)
                        if value is None:
                            value = self.look_up(operand, start, end)
                stack.append(value)
            elif kind == NUMBER:
                node = literals.get(operand)
                stack.append(self.literal(operand, start, end) if node is None else node)
            elif kind == APPLY and count == 2:
                b, a = stack.pop(), stack[-1]
                op = TABLE[operand]
                if type(a) is type(b) is int:
                    if in_text and not (a in conditions or b in conditions or op in LOGICAL):
                        stack[-1] = apply(op, (a, b), start, end)
                        continue
                elif operand in _WHOLE:  # an index such as i + 1
                    x = a.value if type(a) is Known else constants.get(a) if type(a) is int else None
                    y = b.value if type(b) is Known else constants.get(b) if type(b) is int else None
                    if type(x) is type(y) is int:
                        stack[-1] = Known(_WHOLE[operand](x, y))
                        continue
                self.site = code, position
                stack[-1] = self.operate(op, (a, b), start, end)
            else:
                self.site = code, position
                arguments = tuple(stack[len(stack) - count :])
                del stack[len(stack) - count :]
                if kind == GUARD:
                    if not self.guard(arguments[0], start, end):
                        stack.append(SKIPPED)
                        return None
                    continue
                found = self.perform(code[position], arguments, local)
                if isinstance(found, _Frame):
                    frame.position = position + 1
                    return [found]
                stack.append(found)
        return None

    def perform(self, instruction: Instruction, args: tuple[Operand, ...], local: dict[str, Operand]) -> Operand:
        """What an instruction makes of its operands, or the frame that will have it."""
        kind, operand, _, start, end = instruction
        self.args = args
        if kind == CALL and operand in self.functions:
            return self.enter(self.functions[operand], args, start, end)
        if kind == OVER:
            return self.turns(operand, args[0], local, (start, end))
        if kind == BRANCH:
            return self.branch(operand, args[0], local)
        if kind in (APPLY, SELECT):
            return self.operate(TABLE[operand], args, start, end)
        if kind == SCALE:
            return self.operate(TABLE[operand], args[::-1], start, end)
        if kind in (CALL, FOLD):
            return self.call(operand, args, start, end, fold=kind == FOLD)
        if kind == CHAIN:
            return self.chain(operand, args, start, end)
        if kind == INDEX:
            return self.index(args[0], args[1:])
        if kind == SLICE:
            given = iter(args)
            part = slice(*[self.position(next(given), "a slice") if bit == "1" else None for bit in operand])
            if part.step == 0:
                self.fail("bad-slice", "the step of a slice is not 0", start, end, "x[start:stop:step]")
            return part
        if kind == ARRAY:
            return self.gathered(args, start, end)
        if kind == KEYWORD:
            return Keyword(operand, args[0])
        self.has_arrays = True
        values = [self.settled(x) for x in args]
        if kind == MATMUL:
            self.numbers(values)
            return matmul(self, *values)
        return transpose(self, *values)

    def enter(self, function: Function, arguments: tuple[Operand, ...], start: int, end: int) -> Operand:
        """The frame of a call of a function of the program; its value, if there was such a call before."""
        memo = (self.version, function.name, tuple([_comparable(x) for x in arguments]))
        known = self.results.get(memo)
        if known is not None:
            return known
        self.check_call(function, arguments, start, end)
        self.active.append(function.name)
        return _Call(function, dict(zip(function.parameters, arguments, strict=True)), memo)

    def branch(self, branch: Branch, condition: Operand, local: dict[str, Operand]) -> _Frame:
        """The frame of the value that a condition chooses, or of both if it is not known yet."""
        truth = self.truth(condition)
        if truth is None:
            return _Frame(branch.both, local, [condition])
        return _Frame(branch.yes if truth else branch.no, local)

    def turns(
        self, over: Comprehension, iterable: Operand, local: dict[str, Operand], place: tuple[int, int]
    ) -> _Frame:
        """The frame of a comprehension."""
        self.has_arrays = True
        entries = self.raw_entries(iterable, *(self.operand_places() or [place])[0])  # no places if it was run before
        return _Turns(over, entries, local, place)


def _comparable(x: Operand) -> object:
    """An argument as the key of a remembered call has it: a small array by its entries."""
    return (x.shape, *x.items) if isinstance(x, Array) and len(x.items) <= _SMALL else x
