"""Calls of functions: which rule a name and its arguments mean, and what is said where there is none."""

from collections.abc import Collection, Sequence
from typing import NoReturn

from ..errors import suggest
from ..primitives import FUNCTIONS, OVERLOADS, TABLE, Primitive
from ..shapes import Shape
from .arrays import Array
from .functions import ARRAY_FUNCTIONS, LAYOUTS, ArrayFunction
from .limits import Limits
from .names import CONSTANTS, ELSEWHERE
from .operands import Function, Keyword, Operand
from .operations import Operations

_LONGEST = 1 << 60  # a range longer than Python's integers of the machine has no length
_WAY = 5  # calls that a message about recursion spells out


class Calls(Operations):
    """Calls built-in functions: primitives, functions over arrays, and `range`; checks calls of the program's own."""

    def __init__(self, text: str, shapes_of: dict[str, Shape], limits: Limits, forced: Collection[str] = ()) -> None:
        super().__init__(text, shapes_of, limits, forced)
        self.active: list[str] = []  # the functions of the program whose calls are under way

    def call(self, name: str, args: tuple[Operand, ...], start: int, end: int, *, fold: bool = False) -> Operand:
        """A call of a built-in function."""
        keywords = [x for x in args if type(x) is Keyword]
        args = tuple([x for x in args if type(x) is not Keyword]) if keywords else args
        function = ARRAY_FUNCTIONS.get(name)
        arrays = any(type(x) in (Array, range) for x in args)
        if function is not None and (name not in FUNCTIONS or (arrays and len(args) == 1) or keywords):
            axis = self.axis(function, keywords)
            most = function.most
            if len(args) < function.least or (most is not None and len(args) > most):
                count = "1 was" if len(args) == 1 else f"{len(args) or 'none'} were"
                self.fail("wrong-argument-count", f"{function.signature} is the call, and {count} given", start, end,
                          function.about)  # fmt: skip
            self.has_arrays = True
            self.args = args
            values = [self.settled(x) for x in args]
            if name not in LAYOUTS:
                self.numbers(values)
            if fold and function.takes_axis and isinstance(values[0], Array) and len(values[0].shape) > 1:
                axis = 0  # the terms are arrays
            return function.rule(self, values, axis)
        if keywords and (name in FUNCTIONS or name == "range"):
            self.bad_keyword(name, keywords[0])
        if name == "range":
            return self.range(args, start, end)
        if name == "piecewise":
            self.fail(
                "wrong-argument-count",
                "piecewise takes conditions and values in turn, then a value for all else",
                start,
                end,
                "piecewise(x < 0, -x, x < 1, x^2, 1)",
            )
        op = FUNCTIONS.get(OVERLOADS.get((name, len(args)), name))
        if op is None:
            self.unknown_function(name, args, start, end)
        if not op.accepts(len(args)):
            self.wrong_count(name, op, len(args), start, end)
        return self.operate(op, args, start, end)

    def axis(self, function: ArrayFunction, keywords: Sequence[Keyword]) -> int | None:
        """The axis that was given by name, if one was."""
        if not keywords:
            return None
        if keywords[0].name != "axis" or not function.takes_axis or len(keywords) > 1:
            self.bad_keyword(function.name, next((x for x in keywords if x.name != "axis"), keywords[-1]))
        return self.position(keywords[0].value, "an axis")

    def bad_keyword(self, name: str, keyword: Keyword) -> NoReturn:
        """A function was given an argument by a name that it does not know."""
        pairs = zip(self.operand_places(), self.args, strict=False)
        place = next((p for p, x in pairs if x is keyword), self.place_of_site())
        takes_axis = name in ARRAY_FUNCTIONS and ARRAY_FUNCTIONS[name].takes_axis
        if takes_axis and keyword.name == "axis":
            self.fail("bad-keyword", "the axis is given twice", *place)
        hint = f"{name}(x, axis=0) goes along an axis" if takes_axis else "to compare, write =="
        self.fail("bad-keyword", f"{name} has no argument named '{keyword.name}'", *place, hint)

    def range(self, args: Sequence[Operand], start: int, end: int) -> range:
        """The whole numbers from a start to a stop, as in Python."""
        if not 1 <= len(args) <= 3:
            self.fail("wrong-argument-count", "range takes a stop; a start and a stop; or a start, a stop and a step",
                      start, end, "range(5), range(1, 5), range(0, 10, 2)")  # fmt: skip
        bounds = [self.position(x, "range") for x in args]
        if len(bounds) == 3 and bounds[2] == 0:
            self.fail("bad-range", "the step of a range is not 0", start, end)
        if max(map(abs, bounds)) > _LONGEST:
            self.limits.spend(self.limits.left + 1)
        return range(*bounds)

    def wrong_count(self, name: str, op: Primitive, count: int, start: int, end: int) -> NoReturn:
        """A function has more or fewer arguments than it takes."""
        others = [TABLE[row].about for (called, _), row in OVERLOADS.items() if called == name]
        both = f" (or {others[0].partition(':')[0]})" if others else ""
        given = "none were" if count == 0 else "1 was" if count == 1 else f"{count} were"
        hint = op.about if op.about.startswith(f"{op.name}(") else ""
        if name in ARRAY_FUNCTIONS and count == 1:
            hint = f"{name} of one argument takes an array"
        self.fail("wrong-argument-count", f"{name} takes {op.arguments}{both}, and {given} given", start, end, hint)

    def unknown_function(self, name: str, args: Sequence[Operand], start: int, end: int) -> NoReturn:
        """There is no function of that name: say what may have been meant."""
        known = [*FUNCTIONS, *ARRAY_FUNCTIONS, *self.functions, "piecewise", "range"]
        if name in self.shapes or type(self.scope.get(name)) in (Array, range):
            hint = f"an entry is {name}[...]; to multiply, write {name}*(...)"
        elif name in self.variables or name in self.scope or name in CONSTANTS:
            hint = f"'{name}' is a value; to multiply, write {name}*(...)"
        elif len(name.rstrip("0123456789_")) <= 1:  # x(...), x2(...)
            hint = f"to multiply, write {name}*(...)"
        else:
            hint = ELSEWHERE.get(name.lower()) or suggest(name, known) or "'adcli functions' lists them all"
        self.fail("unknown-function", f"unknown function '{name}'", start, start + len(name), hint)

    def check_call(self, function: Function, arguments: Sequence[Operand], start: int, end: int) -> None:
        """Refuse a call of a function of the program that does not fit it, or that is under way."""
        if any(type(x) is Keyword for x in arguments):
            self.fail("bad-keyword", f"{function.name} takes its arguments by place, without names", start, end)
        if len(arguments) != len(function.parameters):
            header = f"{function.name}({', '.join(function.parameters)})"
            given = f"{len(arguments) or 'no'} argument{'' if len(arguments) == 1 else 's'}"
            self.fail("wrong-argument-count", f"{header} is called with {given}", start, end)
        if function.name in self.active:
            self.recursion(function.name, start, end)

    def recursion(self, name: str, start: int, end: int) -> NoReturn:
        """A function was called while a call of it is under way."""
        chain = self.active[self.active.index(name) :]
        way = [*chain, name] if len(chain) <= _WAY else [*chain[:2], "...", chain[-1], name]
        self.fail(
            "recursion",
            f"'{name}' calls itself: {' -> '.join(way)}",
            start,
            end,
            "functions are expanded where they are called, so recursion would never end",
        )
