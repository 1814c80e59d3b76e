"""Statements to a program: names and scopes, parameters, loops, and what comes out.

The machine runs expressions; here the statements around them are gone through, and the result
is a `Program`: a graph with named inputs and outputs, and the shapes that they have.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from .. import shapes
from ..contexts import Literal
from ..errors import Span, UsageError
from ..graph import Graph
from ..ordering import natural_order
from ..primitives import FUNCTIONS, TABLE
from ..shapes import Data, Shape
from .arrays import Array, Value
from .explain import GO_ON
from .functions import ARRAY_FUNCTIONS
from .limits import Limits
from .machine import Function, Machine, Operand
from .names import CONSTANTS
from .reader import BRANCH, CALL, FOLD, NAME, OVER, Code, Statement, normal_name, read

Let = str | Data
"""A parameter's value: the text of a constant expression, or numbers from a file."""


class Step(NamedTuple):
    """One operation of a program as people write it: its rule in the text, its operands, and its value."""

    code: Code
    position: int
    operands: tuple[Operand, ...]
    value: Operand


class Program(NamedTuple):
    """A text turned into a graph.

    `variables` are the numbers that it is a function of, in column order, and `outputs` in row order, both
    by the names of entries (`W[0,1]`); `inputs` and `results` have the shapes of what these are entries
    of. `bindings` are the names that the program gave, in the order of the text, `labelled` all of their
    values, each under a label of its own; `shifts` has, for each entry of a binding that was wanted, a
    variable that is 0 and is added to it: the derivative by it is the total one by the binding; `zeros`
    are all such variables. `notes` are remarks for a person, `steps` the operations of the text if they
    were asked for.
    """

    text: str
    graph: Graph
    variables: dict[str, int]
    outputs: list[tuple[str, int]]
    bindings: list[tuple[str, Value]]
    labelled: list[tuple[str, Value]]
    shifts: dict[str, int]
    notes: list[str]
    inputs: dict[str, Shape]
    results: dict[str, Shape]
    zeros: list[int]
    steps: list[Step]
    has_arrays: bool

    def span(self, node: int) -> Span | None:
        """The place in the text that made a node, if it was text that made it."""
        start, end = self.graph.starts[node], self.graph.ends[node]
        return Span(start, end, self.text) if start >= 0 else None


class Elaborator(Machine):
    """Runs statements against one graph and one global scope."""

    def __init__(
        self,
        text: str,
        *,
        shapes_of: Mapping[str, Shape] | None = None,
        forced: Collection[str] = (),
        wanted: Collection[str] = (),
        limits: Limits | None = None,
        record: bool = False,
    ) -> None:
        super().__init__(text, dict(shapes_of or {}), limits or Limits(), forced)
        self.bindings: list[tuple[str, Value]] = []
        self.shifts: dict[str, int] = {}
        self.zeros: list[int] = []
        self.notes: list[str] = []
        self.wanted = frozenset(wanted)  # bound names that will be differentiated by
        self.steps: list[Step] | None = [] if record else None
        self.counts: dict[str, int] = {}  # how often a name was bound again
        self.counted: list[tuple[str, int, Value]] = []  # every binding, with the count of its name

    def run(self, code: Code) -> Operand:
        """What a piece of code leaves on the stack; each of its steps is kept if they were asked for."""
        if self.steps is None or not self.in_text:
            return super().run(code)
        stack: list[Operand] = []
        for k, instruction in enumerate(code):
            count = instruction[2]
            operands = tuple(stack[len(stack) - count :])
            self.run_on(code[: k + 1], stack, k)
            self.steps.append(Step(code, k, operands, stack[-1]))
        return stack[-1]

    # -- statements

    def let(self, name: str, value: Let) -> None:
        """Bind a parameter: a constant expression of its own text, or numbers from a file."""
        name = normal_name(name)
        if isinstance(value, Data):
            self.scope[name] = self.given(name, value)
            return
        outer, self.text, self.where, self.in_text = self.text, value, f"--let {name}", False
        statements = read(value, "program", self.where, self.limits)
        if len(statements) != 1 or statements[0].name is not None or len(statements[0].codes) != 1:
            raise UsageError("bad-let", f"--let {name}={value}: expected one constant expression")
        before = set(self.variables)
        self.scope[name] = self.value(statements[0].codes[0])
        free = [variable for variable in self.variables if variable not in before]
        if free:
            raise UsageError("bad-let", f"--let {name}={value}: '{free[0]}' has no value here")
        self.text, self.where, self.in_text = outer, "", True

    def given(self, name: str, data: Data) -> Value:
        """Numbers from a file as nodes; what is no plain number there is an expression."""
        self.room(len(data.items))
        constant, nodes = self.graph.constant, list[int]()
        for item in data.items:
            if isinstance(item, int):
                nodes.append(constant(item))
            elif (exact := Literal.signed(item)) is not None:
                nodes.append(constant(exact))
            else:
                self.let(f"{name} entry", item)
                node = self.scope.pop(f"{name} entry")
                if not isinstance(node, int):
                    raise UsageError("bad-let", f"{name}: '{item}' is not one number")
                nodes.append(node)
        if not data.shape:
            return nodes[0]
        self.has_arrays = True
        return Array(data.shape, nodes)

    def bind(self, statement: Statement) -> Value:
        """Run `name = expression` and remember the value under the name."""
        name = statement.name or ""
        if name in self.variables and name not in self.scope and name not in names_in([statement]):  # x = x^2 goes on
            self.fail(
                "bound-after-use",
                f"'{name}' was used before this line gives it a value",
                statement.start,
                statement.start + len(name),
                "give one of the two another name\n(a sum in a loop begins with a line before it, such as s = 0)",
            )
        if name in CONSTANTS and name not in self.forced and name not in self.scope:
            self.notes.append(f"'{name}' is bound here: it is not the constant {name}")
        bound = self.run(statement.codes[0])
        if name in self.wanted:
            bound = self.shifted(name, self.settled(bound), statement)
        self.scope[name] = bound
        self.version += 1
        self.results.clear()
        value = self.settled(bound)
        again = self.counts.get(name)
        count = int(name in self.variables) if again is None else again + 1
        self.counts[name] = count
        self.counted.append((name, count, value))
        return value

    def shifted(self, name: str, value: Value, statement: Statement) -> Value:
        """A binding that will be differentiated by: each entry, plus a variable that is 0."""
        graph, shift, count = self.graph, TABLE["shifted"], len(self.zeros)
        entries = shapes.names(name, value.shape if isinstance(value, Array) else ())
        nodes = []
        for entry, node in zip(entries, value.items if isinstance(value, Array) else [value], strict=True):
            zero = graph.variable(f"{entry}'{count}")  # no name of the language has a '
            self.zeros.append(zero)
            self.shifts[entry] = zero
            nodes.append(graph.apply(shift, (node, zero), statement.start, statement.end))
        return Array(value.shape, nodes) if isinstance(value, Array) else nodes[0]

    def labelled(self) -> list[tuple[str, Value]]:
        """Every binding by a label that no other has; the nodes of the graph are called by these.

        The last binding of a name has the name itself, earlier ones a count, too: s#0 before a loop,
        s#1 after its first turn. The name of a variable stays with the variable.
        """
        labels, names, constants = self.graph.labels, self.graph.names, self.graph.constants
        found = []
        for name, count, value in self.counted:
            plain = count == self.counts[name] and name not in self.variables
            label = name if plain else f"{name}#{count}"
            found.append((label, value))
            nodes = [value] if isinstance(value, int) else value.items
            if all(node in names or node in constants for node in nodes):
                continue
            for entry, node in _entries(label, value):
                if node not in names and node not in constants:
                    labels.setdefault(node, entry)
        return found

    def define(self, statement: Statement) -> None:
        """Remember the function `name(parameters) = expression`."""
        name, parameters = statement.name or "", statement.parameters or ()
        if name in ("where", "piecewise", "range"):
            self.fail("reserved-name", f"'{name}' is part of the language and cannot be defined", statement.start,
                      statement.start + len(name), "give the function another name")  # fmt: skip
        if name in FUNCTIONS or name in ARRAY_FUNCTIONS:
            self.notes.append(f"'{name}' is defined here: it is not the built-in function {name}")
        self.functions[name] = Function(name, parameters, statement.codes[0], statement.start, statement.end)
        self.version += 1

    def loop(self, statement: Statement) -> None:
        """Run the statements of a loop, and of the loops in it, once for each turn."""
        self.has_arrays = True
        stack: list[tuple[Statement, Iterator[Operand], Operand]] = [self.opened(statement)]
        inner: list[Iterator[Statement]] = [iter(())]
        while stack:
            current, values, before = stack[-1]
            body = next(inner[-1], None)
            if body is None:
                value = next(values, None)
                name = current.name or ""
                if value is None:
                    stack.pop()
                    inner.pop()
                    self.restore(name, before)
                    continue
                if len(self.graph) > self.limits.nodes:
                    self.limits.too_many_nodes()
                self.scope[name] = value
                self.version += 1
                self.results.clear()
                inner[-1] = iter(current.body or ())
            elif body.body is not None:
                stack.append(self.opened(body))
                inner.append(iter(()))
            elif body.name is None or body.parameters is not None:
                what = "outputs" if body.name is None else "functions"
                self.fail("not-in-loop", f"a loop binds names; {what} stand outside of it", body.start, body.end,
                          "name = expression")  # fmt: skip
            else:
                self.counts.setdefault(body.name, 0)
                self.bind(body)

    def opened(self, statement: Statement) -> tuple[Statement, Iterator[Operand], Operand]:
        """A loop at its beginning, and what its name meant before."""
        name, code = statement.name or "", statement.codes[0]
        if name in self.variables and name not in self.scope:
            self.fail("bound-after-use", f"'{name}' was used before this loop runs it", statement.start,
                      statement.end, "give one of the two another name")  # fmt: skip
        values = self.entries(self.run(code), *code[-1][3:])
        return statement, values, self.scope.get(name)

    def restore(self, name: str, before: Operand) -> None:
        """Forget a loop's name, or let it mean again what it meant before."""
        if before is None:
            self.scope.pop(name, None)
        else:
            self.scope[name] = before
        self.version += 1
        self.results.clear()


def parse(
    text: str,
    *,
    lets: Iterable[tuple[str, Let]] = (),
    variables: Sequence[str] | None = None,
    forced: Collection[str] = (),
    wanted: Collection[str] = (),
    unused: Collection[str] = (),
    shapes_of: Mapping[str, Shape] | None = None,
    limits: Limits | None = None,
    record: bool = False,
) -> Program:
    """Read a program of the language into a graph.

    `lets` are parameters with the text of their values; `variables` fixes the columns and
    their order; `forced` names constants (`e`) that are variables here; `wanted` names the
    bindings that will be differentiated by, which then get a node of their own; `unused` are variables
    even if nothing that is computed needs them; `shapes_of` are the
    shapes of the variables that are arrays; `record` asks for the `steps`.

    Raises `ReadError` (with the place) for text that is not in the language, `ShapeError` where shapes
    do not fit, `LimitError` where it asks for too much.

    >>> program = parse("x2*x10; a = x1 + 1; a*x2, a")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    adcli.errors.ReadError: only the last statement is the output
    >>> program = parse("a = x1 + 1; a*x10*x2, a")
    >>> list(program.variables), [name for name, _ in program.outputs]
    (['x1', 'x2', 'x10'], ['y1', 'y2'])
    >>> [name for name, _ in parse("W@x", shapes_of={"W": (2, 2), "x": (2,)}).outputs]
    ['y1[0]', 'y1[1]']
    """
    variables = None if variables is None else [normal_name(name) for name in variables]
    for name in variables or ():
        if not name.isidentifier():
            hint = "a name holds letters, digits and _"
            raise UsageError("bad-variable", f"--vars lists '{name}', which is not a name", None, hint)
    work = Elaborator(
        text,
        shapes_of={normal_name(name): shape for name, shape in (shapes_of or {}).items()},
        forced=[*forced, *(variables or ())],
        wanted=[normal_name(name) for name in wanted],
        limits=limits,
        record=record,
    )
    for name, value in lets:
        work.let(name, value)
    parameters = dict(work.scope)
    statements = read(text, limits=limits)
    for statement in statements[:-1]:
        if statement.body is not None:
            _run_loop(work, statement)
        elif statement.name is None:
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
        elif statement.parameters is not None:
            work.define(statement)
        else:
            work.bindings.append((statement.name, work.bind(statement)))
    values = _outputs(work, statements[-1])
    outputs = [pair for name, value in values.items() for pair in _entries(name, value)]
    for name, node in outputs:
        if node in work.graph.conditions:
            last = statements[-1]
            work.fail(
                "condition-as-output",
                f"the output {name} is a condition, not a number",
                *work.place(node, last.start, last.end),
                "for example where(condition, 1, 0)",
            )
    for name in unused:
        if name not in work.variables and name not in work.scope:
            work.variables[name] = work.variable(name)
    inputs = _inputs(work, variables)
    nodes = [node for value in inputs.values() for node in ([value] if isinstance(value, int) else value.items)]
    names = dict(zip(map(work.graph.names.__getitem__, nodes), nodes, strict=True))
    used = names_in(statements) if parameters else frozenset()
    idle = [name for name in parameters if name not in used]
    work.notes += [f"--let {name}: the expression has no '{name}'" for name in idle]
    return Program(
        text, work.graph, names, outputs, work.bindings, work.labelled(), work.shifts, work.notes,
        _shapes(inputs), _shapes(values), work.zeros, work.steps or [], work.has_arrays,
    )  # fmt: skip


def _entries(name: str, value: Value) -> list[tuple[str, int]]:
    if isinstance(value, int):
        return [(name, value)]
    return list(zip(shapes.names(name, value.shape), value.items, strict=True))


def _shapes(values: Mapping[str, Value]) -> dict[str, Shape]:
    return {name: value.shape if isinstance(value, Array) else () for name, value in values.items()}


def _run_loop(work: Elaborator, statement: Statement) -> None:
    """Run a loop; what it has bound counts as bound once, by its last value."""
    before = len(work.counted)
    work.loop(statement)
    bound = dict.fromkeys(name for name, _, _ in work.counted[before:])
    work.bindings = [(name, value) for name, value in work.bindings if name not in bound]
    work.bindings += [(name, work.settled(work.scope[name])) for name in bound if name in work.scope]


def _outputs(work: Elaborator, last: Statement) -> dict[str, Value]:
    if last.body is not None:
        names = [inner.name for inner in last.body if inner.name]
        work.fail("no-output", "the program ends with a loop and has no output", last.start, last.end,
                  f"add a last line with what it computes, such as {names[-1]}" if names else "")  # fmt: skip
    if last.parameters is not None:
        work.fail("no-output", "the program ends with a function and has no output", last.start, last.end,
                  f"add a last line that uses it, such as {last.name}(1)")  # fmt: skip
    if last.name is not None:
        value = work.bind(last)
        work.bindings.append((last.name, value))
        values = {last.name: value}
    else:
        values = {f"y{k}": work.value(code) for k, code in enumerate(last.codes, 1)}
    for name, value in values.items():
        if isinstance(value, Array) and not value.items:
            work.fail("empty-output", f"the output {name} is an array without entries", last.start, last.end)
    return values


def names_in(statements: Sequence[Statement]) -> set[str]:
    """The names that statements use, wherever they stand."""
    found: set[str] = set()
    codes = [code for statement in statements for code in statement.codes]
    waiting = [inner for statement in statements for inner in statement.body or ()]
    while waiting:
        statement = waiting.pop()
        codes += statement.codes
        waiting += statement.body or ()
    while codes:
        for kind, operand, *_ in codes.pop():
            if kind in (NAME, CALL):
                found.add(operand)
            elif kind == OVER:
                codes.append(operand.body)
            elif kind == FOLD:
                found.add(operand)
            elif kind == BRANCH:
                codes += [operand.yes, operand.no]
    return found


def free_names(text: str, *, constants: bool = True, limits: Limits | None = None) -> set[str]:
    """The names of a text that nothing in it gives a value, as far as can be told without running it.

    Unless `constants`, names such as `e` count, too.
    """
    found: set[str] = set()
    bound = set(CONSTANTS) if constants else set()
    waiting = [(statement, frozenset[str]()) for statement in read(text, limits=limits)]
    while waiting:
        statement, local = waiting.pop()
        parameters = local.union(statement.parameters or ())
        if statement.name and statement.body is None:
            bound.add(statement.name)
        if statement.body is not None:
            waiting += [(inner, local | {statement.name or ""}) for inner in statement.body]
        codes = [(code, parameters) for code in statement.codes]
        while codes:
            code, known = codes.pop()
            for kind, operand, *_ in code:
                if kind == NAME and operand not in known:
                    found.add(operand)
                elif kind == OVER:
                    codes.append((operand.body, known | {operand.name}))
                elif kind == BRANCH:
                    codes += [(operand.yes, known), (operand.no, known)]
    return found - bound


def _inputs(work: Elaborator, variables: Sequence[str] | None) -> dict[str, Value]:
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
    # those that the text does not use, too
    return {name: work.variables[name] if name in work.variables else work.variable(name) for name in variables}
