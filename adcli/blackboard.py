"""Traces of programs with arrays: one row for each operation as it was written, as on a blackboard.

The rows are the steps of the text (`h1 = W1@x`), not scalar nodes; their values, tangents and adjoints
are read off the same sweeps and put back into shape. Seeding a whole array seeds each of its entries
in turn: the tangents of a row are then the matrix of its derivatives by that array, and the adjoints
of an array of outputs one row vector for each.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod
from typing import Any

from . import sweeps
from .contexts import Number
from .errors import UsageError
from .language import Program
from .language.arrays import Array, Value
from .language.blame import operand_roots
from .language.elaborate import Step
from .language.known import Known
from .language.reader import ARRAY, FOLD, INDEX, KEYWORD, NAME, NUMBER, OVER, SLICE, TRANSPOSE, Code
from .points import listed, read_vector
from .primitives import TABLE
from .problem import Problem
from .products import Function, Solved
from .reports import overflow_warnings, point_of, presented
from .results.base import nested_text
from .results.trace import AdjointUpdate, Trace, TraceRow, rounded_text
from .shapes import Shape, names, nested

_INLINE = frozenset((NAME, NUMBER, KEYWORD, SLICE, INDEX, TRANSPOSE, ARRAY))
_LONG = 48  # characters of a rule with numbers put in, beyond which it tells nothing
_WIDE = 24  # characters of an array in such a rule, beyond which its name stays
_FEW = 16  # entries of an array that are seeded in turn without being asked for
Key = int | tuple[object, ...]


class _Row:
    """A line of the table: a name, what it is computed by, and the nodes that hold it."""

    def __init__(self, name: str, rule: str, numbers: str, shape: Shape, nodes: list[int]) -> None:
        self.name = name
        self.rule = rule
        self.numbers = numbers
        self.shape = shape
        self.nodes = nodes
        self.outputs: tuple[str, ...] = ()


def trace_arrays(function: Function, solved: Solved, *, mode: str, seed: str | None, places: int) -> Trace:
    """The trace of a program with arrays, in mode "forward" or "reverse"."""
    program = function.recorded()
    m = solved.problem.m
    outputs = [node for _, node in program.outputs]
    point = {program.variables[name]: x for name, x in solved.point.items()}
    point |= dict.fromkeys(program.zeros, m.number(0))
    problem = Problem(m, program.graph, list(program.variables.values()), outputs, point)
    board = _Board(program, problem, places)
    blocks = program.inputs if mode == "forward" else program.results
    what, seeds, notes = _seeds(function, problem, blocks, seed, "variable" if mode == "forward" else "output")
    lines = board.forward(seeds) if mode == "forward" else board.lines()
    updates = () if mode == "forward" else board.reverse(seeds, what)
    entries = [entry for name, shape in blocks.items() for entry in names(name, shape)]
    seeded = {name: x for vector in seeds for name, x in zip(entries, vector, strict=True) if x is not None and x != 0}
    return Trace(
        function.expression, point_of(m, program, solved.point), tuple(overflow_warnings(program, problem)), m.digits,
        mode, seeded, lines, updates, {update.target: update.value for update in updates}, places, tuple(notes),
        len(seeds),
    )  # fmt: skip


def _seeds(
    function: Function, problem: Problem, blocks: Mapping[str, Shape], seed: str | None, noun: str
) -> tuple[str, list[list[Number | None]], list[str]]:
    """The name that is seeded (none for numbers), the vectors to sweep with, and remarks.

    There is one vector, or one for each entry of a whole array.
    """
    m, notes = problem.m, list[str]()
    if not blocks:
        raise UsageError("no-variables", f"the expression has no {noun} to seed")
    entries = [entry for name, shape in blocks.items() for entry in names(name, shape)]
    if seed is None:
        first = next(iter(blocks))
        seed = first if prod(blocks[first]) <= _FEW else entries[0]
        if len(entries) > 1 and (len(blocks) > 1 or seed != first):
            notes.append(f"seeded with {seed}; --seed chooses another of {listed(list(blocks))}, or an entry")
    seed = seed.replace(" ", "")
    if seed in blocks or seed in entries:
        chosen = names(seed, blocks[seed]) if seed in blocks else [seed]
        one = m.number(1)
        return seed, [[one if name == entry else None for name in entries] for entry in chosen], notes
    if seed.partition("[")[0].isidentifier() and "=" not in seed and "(" not in seed:
        text = f"--seed {seed}: there is no {noun} of that name"
        raise UsageError("unknown-seed", text, None, f"there are {listed(list(blocks))}")
    numbers = read_vector(seed, blocks, m, function.lets, "--seed", noun)
    return "", [[None if x == 0 else x for x in numbers]], notes


class _Board:
    """The rows of a program: its variables, and then its operations in the order of the text."""

    def __init__(self, program: Program, problem: Problem, places: int) -> None:
        self.program = program
        self.graph = program.graph
        self.outputs = problem.outputs
        self.places = places
        self.active = self.graph.depending(range(len(self.graph)), program.variables.values())
        self.rows: list[_Row] = []
        self.by_key: dict[Key, _Row] = {}
        self.taken: set[str] = set(program.inputs)
        self.counted = 0
        self.worth: dict[tuple[int, int], Value | Known] = {}  # what each instruction of the text has made
        self.problem, self.values = problem, problem.values
        steps = [step for step in program.steps if isinstance(step.value, Known) or self._used(step.value)]
        nodes = {node for step in steps for node in _nodes(step.value)}
        unused = [node for node in nodes if self.values[node] is None]
        if unused:  # entries of an array of which others are used
            self.problem = Problem(problem.m, self.graph, problem.inputs, [*self.outputs, *unused], problem.point)
            self.values = self.problem.values
        variables = iter(program.variables.values())
        for name, shape in program.inputs.items():
            self._add(_Row(name, "", "", shape, [next(variables) for _ in names(name, shape)]))
        self._steps(steps)

    def _used(self, value: Any) -> bool:
        return any(self.values[node] is not None for node in _nodes(value))

    def _steps(self, steps: Iterable[Step]) -> None:
        outputs = _outputs(self.program)
        bound: dict[Key, str] = {}
        for name, value in self.program.labelled:
            bound.setdefault(_key(self._computed(value)), name)
        for name, nodes in outputs.items():
            bound.setdefault(_key_of(self.program.results[name], nodes), name)
        self.taken.update(bound.values())
        for code, position, _, value in steps:
            self.worth[id(code), position] = value
            if isinstance(value, Known):
                continue
            key = _key(value)
            kind = code[position][0]
            folded = kind == OVER and position + 1 < len(code) and code[position + 1][0] == FOLD
            nodes = _nodes(value)
            if folded or key in self.by_key or not any(self.active[node] for node in nodes):
                continue
            if kind in _INLINE and key not in bound:
                continue
            name = bound.get(key) or self._fresh()
            rule = self._rule(code, position)
            numbers = self._numbers(code, position, rule)
            self._add(_Row(name, rule, numbers, () if isinstance(value, int) else value.shape, nodes))
        for name, nodes in outputs.items():
            shape = self.program.results[name]
            row = self._row_of(Array(shape, nodes) if shape else nodes[0])
            if row is not None:
                row.outputs = (*row.outputs, name)

    def _computed(self, value: Value) -> Value:
        """A binding as it was computed, where it got nodes of its own to be differentiated by."""
        ops, args = self.graph.ops, self.graph.args
        nodes = [args[node][0] if ops[node] is TABLE["shifted"] else node for node in _nodes(value)]
        return Array(value.shape, nodes) if isinstance(value, Array) else nodes[0]

    def _row_of(self, value: Value) -> _Row | None:
        return self.by_key.get(_key(self._computed(value)))

    def _add(self, row: _Row) -> None:
        self.taken.add(row.name)
        self.by_key[_key_of(row.shape, row.nodes)] = row
        self.rows.append(row)

    def _fresh(self) -> str:
        """The next of v1, v2, ..."""
        while True:
            self.counted += 1
            if f"v{self.counted}" not in self.taken:
                return f"v{self.counted}"

    # -- rules in words

    def _rule(self, code: Code, position: int) -> str:
        """The operation as it stands in the text, with the names of what was computed before."""

        def shown(root: int) -> str | None:
            value = self.worth.get((id(code), root))
            if value is None or isinstance(value, Known):
                return str(value.value) if value is not None and code[root][0] == NAME else None
            row = self._row_of(value)
            if row is None and code[root][0] == INDEX and isinstance(value, int):  # x[2], where the text has x[k]
                return self.graph.names.get(value) or self.graph.labels.get(value)
            return None if row is None else row.name

        return self._written(code, position, shown)

    def _numbers(self, code: Code, position: int, rule: str) -> str:
        """The rule with values instead of names, where that is short."""

        def shown(root: int) -> str | None:
            value = self.worth.get((id(code), root))
            if value is None or code[root][0] == NUMBER:
                return None
            if isinstance(value, Known):
                text = str(value.value)
            else:
                values = [self.values[node] for node in _nodes(value)]
                if any(x is None or isinstance(x, bool) for x in values):
                    return None
                shape = value.shape if isinstance(value, Array) else ()
                text = nested_text(nested(values, shape), self._number)
                if shape and len(text) > _WIDE:
                    row = self._row_of(value)
                    return None if row is None else row.name
            return f"({text})" if text.startswith("-") else text

        if code[position][0] in (FOLD, OVER, NAME):
            return ""
        text = self._written(code, position, shown)
        return text if len(text) <= _LONG and text != rule else ""

    def _number(self, x: Number) -> str:
        return rounded_text(x, self.places)

    def _written(self, code: Code, position: int, shown: Callable[[int], str | None]) -> str:
        """The text of an instruction, whose operands are replaced by what is shown for them."""
        text = self.program.text
        pieces: list[str] = []
        stack: list[tuple[int, int, int]] = [(position, *code[position][3:])]  # instructions, or text to copy (-1)
        while stack:
            root, start, end = stack.pop()
            name = shown(root) if root not in (-1, position) else None
            if name is not None or root == -1:
                pieces.append(text[start:end] if name is None else name)
                continue
            cursor, parts = start, list[tuple[int, int, int]]()
            for operand in sorted(operand_roots(code, root), key=lambda k: code[k][3]):
                a, b = code[operand][3:]
                parts += [(-1, cursor, a), (operand, a, b)]
                cursor = b
            stack += reversed([*parts, (-1, cursor, end)])
        return _bare(" ".join("".join(pieces).split()))

    # -- rows with numbers

    def _shaped(self, numbers: Iterable[Number | None], shape: Shape) -> Any:
        """Numbers in their shape; what no path reached is 0."""
        m = self.problem.m
        zero = m.number(0)
        return nested(presented(m, [zero if x is None else x for x in numbers]), shape)

    def _line(self, row: _Row, tangent: Any = None) -> TraceRow:
        value = self._shaped([self.values[node] for node in row.nodes], row.shape)
        return TraceRow(row.name, row.rule, row.numbers, value, "", "", tangent, row.outputs)

    def lines(self) -> tuple[TraceRow, ...]:
        """The rows with their values."""
        return tuple(map(self._line, self.rows))

    def forward(self, seeds: Sequence[Sequence[Number | None]]) -> tuple[TraceRow, ...]:
        """Tangents: in the shape of the row for one seed; a matrix with a column for each of several."""
        p, dots = self.problem, []
        for seed in seeds:
            given = {node: x for node, x in zip(p.inputs, seed, strict=True) if x is not None}
            dots.append(sweeps.push(p.graph, p.order, p.partials, given))
        lines = []
        for row in self.rows:
            if not any(dot[node] is not None for dot in dots for node in row.nodes):
                tangent: Any = None
            elif len(dots) == 1:
                tangent = self._shaped([dots[0][node] for node in row.nodes], row.shape)
            else:
                shape = (len(row.nodes), len(dots)) if row.shape else (len(dots),)
                tangent = self._shaped([dot[node] for node in row.nodes for dot in dots], shape)
            lines.append(self._line(row, tangent))
        return tuple(lines)

    def reverse(self, seeds: Sequence[Sequence[Number | None]], seeded: str) -> tuple[AdjointUpdate, ...]:
        """Adjoints: in the shape of the row for one seed; one for each of several.

        An array that holds a number of another row, or one number twice, or a constant, is left out:
        what belongs to which, the nodes cannot tell, and what a constant would receive is not computed.
        """
        p, bars = self.problem, []
        for seed in seeds:
            given: dict[int, Number] = {}
            for node, x in zip(self.outputs, seed, strict=True):
                if x is not None:
                    given[node] = given[node] + x if node in given else x
            bars.append(sweeps.pull(p.graph, p.order, p.partials, given))
        own, held = [], set[int]()
        for row in self.rows:
            nodes = {node for node in row.nodes if self.active[node]}
            if held.isdisjoint(nodes) and len(nodes) == len(row.nodes):
                own.append(row)
            held |= nodes
        updates = []
        for row in reversed(own):
            if any(bar[node] is not None for bar in bars for node in row.nodes):
                shaped = [self._shaped([bar[node] for node in row.nodes], row.shape) for bar in bars]
                adjoint = shaped[0] if len(shaped) == 1 else shaped
                rule = f"∂{seeded}/∂{row.name}" if seeded else ""
                updates.append(AdjointUpdate(row.name, None, rule, "", None, adjoint, adjoint))
        return tuple(updates)


def _bare(text: str) -> str:
    """A formula without parentheses around all of it.

    >>> _bare("(y - a)"), _bare("(a)*(b)")
    ('y - a', '(a)*(b)')
    """
    depth = 0
    for k, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0 and (k < len(text) - 1 or char != ")"):
            return text
    return text[1:-1]


def _nodes(value: Any) -> list[int]:
    return [value] if isinstance(value, int) else list(value.items) if isinstance(value, Array) else []


def _key(value: Any) -> Key:
    return value if isinstance(value, int) else (value.shape, *value.items)


def _key_of(shape: Shape, nodes: Sequence[int]) -> Key:
    return (shape, *nodes) if shape else nodes[0]


def _outputs(program: Program) -> dict[str, list[int]]:
    nodes = iter([node for _, node in program.outputs])
    return {name: [next(nodes) for _ in names(name, shape)] for name, shape in program.results.items()}
