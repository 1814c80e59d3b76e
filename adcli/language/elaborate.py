"""Postfix code to graph: names and scopes, functions, and what each call means.

A stack machine runs the code, and its numbers are graph nodes. User functions run in frames
of an explicit stack, so calls may nest to any depth; a function called again with the same
arguments gives the node that it gave before, so doubling functions cost no doubling time.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, NoReturn

from ..contexts import Literal
from ..errors import LimitError, ReadError, Span, UsageError, suggest
from ..graph import Graph
from ..ordering import natural_order
from ..primitives import FUNCTIONS, OVERLOADS, TABLE, Primitive
from .explain import GO_ON
from .names import CONSTANTS, ELSEWHERE
from .reader import (
    APPLY,
    CALL,
    CHAIN,
    NAME,
    NUMBER,
    SCALE,
    Code,
    Instruction,
    Statement,
    normal_name,
    read,
)

MAX_NODES = 1_000_000  # about half a gigabyte, with what calls remember
MAX_DIGITS = 4000  # of one number; Python itself reads no more than 4300
_WAY = 5  # calls that a message about recursion spells out


class Function(NamedTuple):
    """A function of the program: its code is run anew for each call."""

    name: str
    parameters: tuple[str, ...]
    code: Code
    start: int
    end: int


class Program(NamedTuple):
    """A text turned into a graph.

    `variables` are in column order, `outputs` in row order, `bindings` the names that the
    program gave to nodes, in the order of the text; `shifts` has, for each binding that was wanted,
    a variable that is 0 and is added to it: the derivative by it is the total one by the binding.
    `notes` are remarks for a person.
    """

    text: str
    graph: Graph
    variables: dict[str, int]
    outputs: list[tuple[str, int]]
    bindings: list[tuple[str, int]]
    shifts: dict[str, int]
    notes: list[str]

    def span(self, node: int) -> Span | None:
        """The place in the text that made a node, if it was text that made it."""
        start, end = self.graph.starts[node], self.graph.ends[node]
        return Span(start, end, self.text) if start >= 0 else None


class _Frame:
    """A piece of code that is being run: the whole expression, or the body of a call."""

    __slots__ = ("code", "function", "local", "memo", "position", "stack")

    def __init__(
        self,
        code: Code,
        local: dict[str, int],
        function: Function | None = None,
        memo: tuple[object, ...] = (),
    ) -> None:
        self.code = code
        self.local = local
        self.function = function
        self.memo = memo
        self.position = 0
        self.stack: list[int] = []


class Elaborator:
    """Runs code against one graph and one global scope."""

    def __init__(
        self, text: str, *, forced: Collection[str] = (), wanted: Collection[str] = (), limit: int = MAX_NODES
    ) -> None:
        self.text = text
        self.where = ""
        self.graph = Graph(text)
        self.scope: dict[str, int] = {}
        self.functions: dict[str, Function] = {}
        self.variables: dict[str, int] = {}
        self.bindings: list[tuple[str, int]] = []
        self.shifts: dict[str, int] = {}
        self.notes: list[str] = []
        self.forced = frozenset(forced)  # names of constants that a point makes variables
        self.wanted = frozenset(wanted)  # bound names that will be differentiated by
        self.limit = limit
        self.in_text = True  # places are recorded for the program, not for --let
        self.version = 0  # changes with the global scope: part of the key of a remembered call
        self.results: dict[tuple[object, ...], int] = {}

    def fail(self, code: str, message: str, start: int, end: int, hint: str = "") -> NoReturn:
        """Raise a `ReadError` that shows a place of the text being read."""
        raise ReadError(code, message, Span(start, end, self.text, self.where), hint)

    # -- statements

    def let(self, name: str, text: str) -> None:
        """Bind a parameter: a constant expression of its own text."""
        name = normal_name(name)
        outer, self.text, self.where, self.in_text = self.text, text, f"--let {name}", False
        statements = read(text, "program", self.where)
        if len(statements) != 1 or statements[0].name is not None or len(statements[0].codes) != 1:
            raise UsageError("bad-let", f"--let {name}={text}: expected one constant expression")
        before = set(self.variables)
        node = self.run(statements[0].codes[0])
        free = [variable for variable in self.variables if variable not in before]
        if free:
            raise UsageError("bad-let", f"--let {name}={text}: '{free[0]}' has no value here")
        self.scope[name] = node
        self.text, self.where, self.in_text = outer, "", True

    def bind(self, statement: Statement) -> int:
        """Run `name = expression` and remember the node under the name."""
        name = statement.name or ""
        if name in self.variables:
            self.fail(
                "bound-after-use",
                f"'{name}' was used before this line gives it a value",
                statement.start,
                statement.start + len(name),
                "give one of the two another name",
            )
        if name in CONSTANTS and name not in self.forced:
            self.notes.append(f"'{name}' is bound here: it is not the constant {name}")
        node = self.run(statement.codes[0])
        graph = self.graph
        if name in self.wanted:
            # no name of the language has a '
            self.shifts[name] = graph.variable(f"{name}'{len(self.bindings)}")
            node = graph.apply(TABLE["shifted"], (node, self.shifts[name]), statement.start, statement.end)
        self.scope[name] = node
        self.version += 1
        if graph.args[node]:
            graph.labels.setdefault(node, name)
        self.bindings.append((name, node))
        return node

    def define(self, statement: Statement) -> None:
        """Remember the function `name(parameters) = expression`."""
        name, parameters = statement.name or "", statement.parameters or ()
        if name in FUNCTIONS:
            self.notes.append(f"'{name}' is defined here: it is not the built-in function {name}")
        self.functions[name] = Function(name, parameters, statement.codes[0], statement.start, statement.end)
        self.version += 1

    # -- the stack machine

    def run(self, code: Code) -> int:
        """The node that a piece of code leaves on the stack."""
        frames = [_Frame(code, {})]
        active: set[str] = set()  # the functions whose calls are under way
        while True:
            frame = frames[-1]
            called = self.advance(frame)
            if called is not None and called.function is not None:
                if called.function.name in active:
                    self.recursion(called.function.name, frames, frame.code[frame.position - 1])
                active.add(called.function.name)
                frames.append(called)
                continue
            result = frame.stack[-1]
            frames.pop()
            if frame.function is not None:
                active.discard(frame.function.name)
                self.results[frame.memo] = result
            if not frames:
                return result
            frames[-1].stack.append(result)
            if len(self.graph) > self.limit:
                raise LimitError("too-many-nodes", f"the expression has more than {self.limit} nodes")

    def advance(self, frame: _Frame) -> _Frame | None:
        """Run a frame to its end, or to a call whose result is not known yet: then the frame of that call."""
        stack, local, apply = frame.stack, frame.local, self.graph.apply
        for position in range(frame.position, len(frame.code)):
            kind, operand, count, start, end = frame.code[position]
            if not self.in_text:
                start = end = -1
            if kind == NUMBER:
                stack.append(self.literal(operand, start, end))
            elif kind == NAME:
                node = local.get(operand)
                stack.append(self.look_up(operand, start, end) if node is None else node)
            else:
                arguments = tuple(stack[len(stack) - count :])
                del stack[len(stack) - count :]
                if kind == APPLY:
                    op = TABLE["mul" if operand == SCALE else operand]
                    arguments = arguments[::-1] if operand == SCALE else arguments
                    self.check_kinds(op, arguments, start, end)
                    stack.append(apply(op, arguments, start, end))
                elif kind == CHAIN:
                    stack.append(self.chain(operand, arguments, start, end))
                elif operand not in self.functions:
                    stack.append(self.call(operand, arguments, start, end))
                else:
                    memo = (self.version, operand, arguments)
                    known = self.results.get(memo)
                    if known is None:
                        frame.position = position + 1
                        return self.enter(self.functions[operand], arguments, memo, (start, end))
                    stack.append(known)
        return None

    def enter(
        self,
        function: Function,
        arguments: tuple[int, ...],
        memo: tuple[object, ...],
        place: tuple[int, int],
    ) -> _Frame:
        """The frame of a call of a user function."""
        if len(arguments) != len(function.parameters):
            header = f"{function.name}({', '.join(function.parameters)})"
            given = f"{len(arguments) or 'no'} argument{'' if len(arguments) == 1 else 's'}"
            self.fail("wrong-argument-count", f"{header} is called with {given}", *place)
        local = dict(zip(function.parameters, arguments, strict=True))
        return _Frame(function.code, local, function=function, memo=memo)

    def recursion(self, name: str, frames: Sequence[_Frame], call: Instruction) -> NoReturn:
        """A function was called while a call of it is under way."""
        chain = [frame.function.name for frame in frames if frame.function is not None]
        chain = chain[chain.index(name) :]
        way = [*chain, name] if len(chain) <= _WAY else [*chain[:2], "...", chain[-1], name]
        self.fail(
            "recursion",
            f"'{name}' calls itself: {' -> '.join(way)}",
            call[3],
            call[4],
            "functions are expanded where they are called, so recursion would never end",
        )

    # -- operands

    def literal(self, text: str, start: int, end: int) -> int:
        """The node of a number, kept exactly."""
        digits = text.lower().partition("e")[2].replace("_", "").lstrip("+-")
        if len(digits) > 9 or len(text) > MAX_DIGITS:
            span = Span(start, end, self.text, self.where) if start >= 0 else None
            what = "this exponent" if len(digits) > 9 else f"a number of {len(text)} characters"
            raise LimitError("huge-literal", f"{what} is larger than can be kept exactly", span)
        return self.graph.constant(Literal.read(text), start, end)

    def look_up(self, name: str, start: int, end: int) -> int:
        """The node of a name: bound, a constant, or else a variable."""
        node = self.scope.get(name)
        if node is not None:
            return node
        constant = CONSTANTS.get(name)
        if constant is not None and name not in self.forced:
            return self.graph.constant(constant, start, end)
        node = self.variables.get(name)
        if node is None:
            if name in self.functions:
                header = f"{name}({', '.join(self.functions[name].parameters)})"
                self.fail("function-as-value", f"'{name}' is a function", start, end, f"call it: {header}")
            node = self.variables[name] = self.graph.variable(name, start, end)
        return node

    # -- calls

    def call(self, name: str, args: tuple[int, ...], start: int, end: int) -> int:
        """A call of a built-in function."""
        if name == "piecewise":
            return self.piecewise(args, start, end)
        op = FUNCTIONS.get(OVERLOADS.get((name, len(args)), name))
        if op is None:
            self.unknown_function(name, args, start, end)
        if not op.accepts(len(args)):
            self.wrong_count(name, op, len(args), start, end)
        self.check_kinds(op, args, start, end)
        return self.graph.apply(op, args, start, end)

    def wrong_count(self, name: str, op: Primitive, count: int, start: int, end: int) -> NoReturn:
        """A function has more or fewer arguments than it takes."""
        both = " (or log(x, base))" if (name, 2) in OVERLOADS else ""
        given = "none were" if count == 0 else "1 was" if count == 1 else f"{count} were"
        hint = op.about if op.about.startswith(f"{op.name}(") else ""
        self.fail("wrong-argument-count", f"{name} takes {op.arguments}{both}, and {given} given", start, end, hint)

    def unknown_function(self, name: str, args: Sequence[int], start: int, end: int) -> NoReturn:
        """There is no function of that name: say what may have been meant."""
        known = [*FUNCTIONS, *self.functions, "piecewise"]
        if name in self.variables or name in self.scope or name in CONSTANTS:
            hint = f"'{name}' is a value; to multiply, write {name}*(...)"
        elif len(name.rstrip("0123456789_")) <= 1:  # x(...), x2(...)
            hint = f"to multiply, write {name}*(...)"
        else:
            hint = ELSEWHERE.get(name.lower()) or suggest(name, known) or "'adcli functions' lists them all"
        self.fail("unknown-function", f"unknown function '{name}'", start, start + len(name), hint)

    def chain(self, names: str, args: tuple[int, ...], start: int, end: int) -> int:
        """Make `a < b and b < c` of `a < b < c`; `names` are the comparisons."""
        result = -1
        for name, a, b in zip(names.split(), args, args[1:], strict=False):
            self.check_kinds(TABLE[name], (a, b), start, end)
            link = self.graph.apply(TABLE[name], (a, b), start, end)
            result = link if result < 0 else self.graph.apply(TABLE["and_"], (result, link), start, end)
        return result

    def piecewise(self, args: tuple[int, ...], start: int, end: int) -> int:
        """Nest a `where` for each pair of condition and value, around the value for all other cases."""
        if len(args) < 3 or len(args) % 2 == 0:
            self.fail(
                "wrong-argument-count",
                "piecewise takes conditions and values in turn, and a last value for all other cases",
                start,
                end,
                "piecewise(x < 0, -x, x < 1, x^2, 1)",
            )
        where, result = TABLE["where"], args[-1]
        for k in range(len(args) - 3, -1, -2):
            branch = (args[k], args[k + 1], result)
            self.check_kinds(where, branch, start, end)
            result = self.graph.apply(where, branch, start, end)
        return result

    def check_kinds(self, op: Primitive, args: tuple[int, ...], start: int, end: int) -> None:
        """Numbers where numbers belong, conditions where conditions belong."""
        ops = self.graph.ops
        for k, a in enumerate(args):
            if ops[a].boolean:
                if not (op.name in ("and_", "or_", "not_") or (op.name == "where" and k == 0)):
                    self.fail(
                        "condition-as-number",
                        "a condition is used as a number here",
                        *self.place(a, start, end),
                        "conditions stand in where(condition, a, b) and piecewise",
                    )
            elif op.name in ("and_", "or_", "not_") or (op.name == "where" and k == 0):
                self.fail(
                    "number-as-condition",
                    "a number is used as a condition here",
                    *self.place(a, start, end),
                    "compare it with something, as in x > 0",
                )

    def place(self, node: int, start: int, end: int) -> tuple[int, int]:
        """The place of an operand, if it lies inside the operation's own."""
        a, b = self.graph.starts[node], self.graph.ends[node]
        return (a, b) if start <= a and b <= end else (max(start, 0), max(end, 1))


def parse(
    text: str,
    *,
    lets: Iterable[tuple[str, str]] = (),
    variables: Sequence[str] | None = None,
    forced: Collection[str] = (),
    wanted: Collection[str] = (),
) -> Program:
    """Read a program of the language into a graph.

    `lets` are parameters with the text of their values; `variables` fixes the columns and
    their order; `forced` names constants (`e`) that are variables here; `wanted` names the
    bindings that will be differentiated by, which then get a node of their own.

    Raises `ReadError` (with the place) for text that is not in the language.

    >>> program = parse("x2*x10; a = x1 + 1; a*x2, a")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    adcli.errors.ReadError: only the last statement is the output
    >>> program = parse("a = x1 + 1; a*x10*x2, a")
    >>> list(program.variables), [name for name, _ in program.outputs]
    (['x1', 'x2', 'x10'], ['y1', 'y2'])
    """
    variables = None if variables is None else [normal_name(name) for name in variables]
    work = Elaborator(text, forced=[*forced, *(variables or ())], wanted=[normal_name(name) for name in wanted])
    for name, value in lets:
        work.let(name, value)
    parameters = dict(work.scope)
    statements = read(text)
    for statement in statements[:-1]:
        if statement.name is None:
            next_line = text[statement.end :].lstrip(") \t\r\n")
            work.fail(
                "output-not-last",
                "only the last statement is the output",
                statement.start,
                statement.end,
                GO_ON
                if next_line[:1] in ("+", "-", "−")
                else "name this one (u = ...), or put a comma between outputs",
            )
        if statement.parameters is not None:
            work.define(statement)
        else:
            work.bind(statement)
    outputs = _outputs(work, statements[-1])
    for name, node in outputs:
        if work.graph.ops[node].boolean:
            last = statements[-1]
            work.fail(
                "condition-as-output",
                f"the output {name} is a condition, not a number",
                *work.place(node, last.start, last.end),
                "for example where(condition, 1, 0)",
            )
    names = _column_order(work, variables)
    used = _names_in(statements) if parameters else frozenset()
    unused = [name for name in parameters if name not in used]
    work.notes += [f"--let {name}: the expression has no '{name}'" for name in unused]
    return Program(text, work.graph, names, outputs, work.bindings, work.shifts, work.notes)


def _outputs(work: Elaborator, last: Statement) -> list[tuple[str, int]]:
    if last.parameters is not None:
        work.fail("no-output", "the program ends with a function and has no output", last.start, last.end,
                  f"add a last line that uses it, such as {last.name}(1)")  # fmt: skip
    if last.name is not None:
        return [(last.name, work.bind(last))]
    return [(f"y{k}", work.run(code)) for k, code in enumerate(last.codes, 1)]


def _names_in(statements: Sequence[Statement]) -> set[str]:
    return {
        operand
        for statement in statements
        for code in statement.codes
        for kind, operand, *_ in code
        if kind in (NAME, CALL)
    }


def _column_order(work: Elaborator, variables: Sequence[str] | None) -> dict[str, int]:
    """The variables in natural order, or in the order that the user gave."""
    if variables is None:
        return {name: work.variables[name] for name in sorted(work.variables, key=natural_order)}
    for name in work.variables:
        if name not in variables:
            raise UsageError(
                "unlisted-variable", f"the expression uses '{name}', which --vars does not list", None,
                f"--vars {','.join([*variables, name])}",
            )  # fmt: skip
    for k, name in enumerate(variables):
        if name in variables[:k]:
            raise UsageError("duplicate-variable", f"--vars lists '{name}' twice")
        if name in work.scope:
            raise UsageError("bound-variable", f"--vars lists '{name}', which the program binds itself")
    return {name: work.graph.variable(name) for name in variables}  # those that the text does not use, too
