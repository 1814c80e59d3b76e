"""Claims: formulas that somebody says are the derivative, and numbers that a program computed.

A claim has an entry for each row and column of its target, and says at any place what it is worth
and how far a right claim of its kind may be off: a formula only by the rounding of its decimals,
numbers by that of the arithmetic, or of the printing, that they seem to have come through.
"""

import re
from collections.abc import Mapping, Sequence
from math import floor, log10
from typing import Any

from .. import sweeps
from ..contexts import Literal, Number, NumberContext
from ..diagnostics import undefined_node
from ..errors import AdcliError, ReadError, Span, UsageError, suggest
from ..graph import CONSTANT, VARIABLE, Graph
from ..language import Program, parse
from ..language.elaborate import free_names
from ..language.names import CONSTANTS
from ..language.reader import read
from ..points import listed
from ..problem import Problem
from ..results.base import counted
from ..shapes import Shape
from ..shapes import text as shape_text
from .target import Target

Matrix = list[list[Number]]
Exactly = int | Literal | str
"""A number of a claim: an int, a decimal, or "nan", "inf", "-inf"."""

_LONG = 5  # digits of a decimal from which on it may be a rounded number
_LARGE = 1000  # whole numbers from which on they may be rounded ones
_DOUBLE = 15  # digits from which on a decimal is a double in full
_OPTION = "--claim"


class Formula:
    """A claim in the language, over the variables of the expression and the names that it binds."""

    def __init__(self, text: str, target: Target) -> None:
        """Read the claim; raises `ReadError` with the place in it, `UsageError` if it has the wrong size."""
        self.text = text
        self.offset = 0
        self.program = self._read(target)
        self.graph: Graph = self.program.graph
        nodes = [node for _, node in self.program.outputs]
        shapes = list(self.program.results.values())
        self.rows, self.transposed = arranged(nodes, shapes, target)
        flat = [node for row in self.rows for node in row]
        self.order = self.graph.needed(flat)
        self.flat = flat
        own = {target.program.graph.constants[n] for n in target.program.graph.constants}
        self._rounded = [
            node
            for node in self.order
            if isinstance(held := self.graph.constants.get(node), Literal)
            and len(str(abs(held.digits))) >= _LONG
            and held not in own
        ]

    # -- reading

    def _read(self, target: Target) -> Program:
        f = target.function
        known = target.program.inputs
        bound = dict(target.program.bindings)
        prefix = _before_the_output(f.text) if not set(bound) & set(known) else ""
        if not self.text.strip():
            raise UsageError("empty-claim", f"{_OPTION} is empty")
        self._refuse_unknown({*known, *bound, *[name for name, _ in f.lets], *CONSTANTS}, known)
        whole = prefix + self.text
        self.offset = len(prefix)
        try:
            return parse(whole, lets=f.lets, variables=list(known), shapes_of=known)
        except AdcliError as error:
            if error.span is not None and error.span.text == whole:
                error.span = self._span(error.span.start, error.span.end)
            raise

    def _span(self, start: int, end: int) -> Span:
        return Span(max(start - self.offset, 0), max(end - self.offset, 0), self.text, _OPTION)

    def _refuse_unknown(self, known: set[str], variables: Mapping[str, Shape]) -> None:
        try:
            unknown = free_names(self.text) - known
        except ReadError as error:
            if error.span is not None:
                error.span = error.span._replace(where=_OPTION)
            raise
        for name in sorted(unknown):
            place = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", self.text)
            span = None if place is None else Span(*place.span(), self.text, _OPTION)
            hint = suggest(name, list(variables)) or f"variables: {listed(list(variables))}"
            raise ReadError("unknown-in-claim", f"the claim uses '{name}', which the expression has not", span, hint)

    def span(self, node: int) -> Span | None:
        """The place in the claim that made a node; None if it was the program before it."""
        start, end = self.graph.starts[node], self.graph.ends[node]
        return self._span(start, end) if start >= self.offset else None

    @property
    def varies(self) -> bool:
        """Whether it is a formula, and not just numbers at one point."""
        return any(self.graph.ops[node] is VARIABLE for node in self.order)

    def as_numbers(self) -> "Numbers | None":
        """The claim as numbers, if every entry is written as one."""
        found = [[self._written(node) for node in row] for row in self.rows]
        if any(x is None for row in found for x in row):
            return None
        return Numbers([[x for x in row if x is not None] for row in found], transposed=self.transposed)

    def _written(self, node: int) -> Exactly | None:
        graph = self.graph
        negative = graph.ops[node].name == "neg"
        held = graph.constants.get(graph.args[node][0] if negative else node)
        if graph.ops[node] is not CONSTANT and not negative:
            return None
        if isinstance(held, int):
            return -held if negative else held
        if isinstance(held, Literal):
            return held._replace(digits=-held.digits) if negative else held
        return None

    # -- at a place

    def problem(self, m: NumberContext, numbers: Mapping[str, Number], inputs: Sequence[int] = ()) -> Problem:
        """The claim as a problem of its own."""
        point = {self.program.variables[name]: x for name, x in numbers.items()}
        return Problem(m, self.graph, list(inputs), self.flat, point)

    def values(self, m: NumberContext, numbers: Mapping[str, Number]) -> Matrix:
        """The claimed entries; NaN where the claim is undefined."""
        p = self.problem(m, numbers)
        v = p.values
        whole = undefined_node(m, self.graph, p.order, v, self.flat) is None
        return [[v[n] if whole or self._defined(m, v, n) else m.number("inf") * 0 for n in row] for row in self.rows]

    def _defined(self, m: NumberContext, v: sweeps.Values, node: int) -> bool:
        order = self.graph.needed([node])
        return undefined_node(m, self.graph, order, v, [node]) is None

    def rounding(self, m: NumberContext, numbers: Mapping[str, Number], i: int, j: int) -> Number:
        """How far an entry may be off by the rounding of every node on the way to it, to first order.

        (Higham, *Accuracy and Stability of Numerical Algorithms*, section 3; the adjoint of a node says what
        its rounding does to the result.)
        """
        p = self.problem(m, numbers, list(self.program.variables.values()))
        bar = sweeps.pull(self.graph, p.order, p.partials, {self.rows[i][j]: m.number(1)})
        terms = [abs(bar[n] * p.values[n]) for n in p.order if bar[n] is not None and m.is_finite(p.values[n])]
        return m.epsilon * sum([x for x in terms if m.is_finite(x)], m.number(0))

    def allowances(self, m: NumberContext, numbers: Mapping[str, Number]) -> Matrix:
        """How far each entry may be off because decimals in the claim are rounded."""
        zero = m.number(0)
        if not self._rounded:
            return [[zero for _ in row] for row in self.rows]
        problem = self.problem(m, numbers, self._rounded)
        units = [m.number(Literal(51, self._exponent(node) - 2)) for node in self._rounded]  # half of the last place
        found = []
        for k in range(len(self.flat)):
            one = [m.number(1) if i == k else None for i in range(len(self.flat))]
            found.append(sum((abs(b) * u for b, u in zip(problem.pull(one), units, strict=True)), zero))
        width = len(self.rows[0])
        return [found[i : i + width] for i in range(0, len(found), width)]

    def _exponent(self, node: int) -> int:
        held = self.graph.constants[node]
        return held.exponent if isinstance(held, Literal) else 0


class Numbers:
    """A claim of numbers at one place: exactly as they were written."""

    def __init__(
        self, entries: list[list[Exactly]], *, transposed: bool = False, spread: list[list[float]] | None = None
    ) -> None:
        """Take the entries; `spread` is how far two answers of a noisy program lie apart."""
        self.entries = entries
        self.transposed = transposed
        self.spread = max([x for row in spread or [] for x in row if x < float("inf")], default=0.0)

    def values(self, m: NumberContext, numbers: Mapping[str, Number] | None = None) -> Matrix:
        """The claimed entries."""
        return [[m.number(x) if not isinstance(x, str) else m.number(float(x)) for x in row] for row in self.entries]

    @property
    def unit(self) -> float:
        """The rounding of the arithmetic that they seem to come from: 2^-53, or 2^-24 if all are single floats."""
        xs = [_float(x) for row in self.entries for x in row]
        telling = [x for x in xs if x == x and abs(x) != float("inf") and (x != int(x) or abs(x) >= 2.0**24)]
        return 2.0**-24 if telling and all(_is_single(x) for x in telling) and self._digits() >= _LONG else 2.0**-53

    def _decimals(self) -> list[Literal]:
        """The numbers that may have been rounded: decimals, and large whole numbers."""
        found = []
        for x in [x for row in self.entries for x in row]:
            if isinstance(x, Literal):
                found.append(x)
            elif isinstance(x, int) and abs(x) >= _LARGE:
                digits = str(abs(x)).rstrip("0")
                found.append(Literal(int(digits), len(str(abs(x))) - len(digits)))
        return found

    def _digits(self) -> int:
        return max((len(str(abs(x.digits))) for x in self._decimals()), default=_DOUBLE)

    def printed(self, x: float) -> float:
        """How far a number may be off because it was printed with few digits."""
        digits = self._digits()
        if digits >= _DOUBLE:
            return 0.0
        places = max((-d.exponent for d in self._decimals()), default=0)
        last = floor(log10(abs(x))) + 1 - digits if x and abs(x) < float("inf") else -places
        return 0.5 * 10.0 ** max(-places, last)

    @property
    def digits(self) -> int | None:
        """With how many digits they were written, if not in full."""
        digits = self._digits()
        return None if digits >= _DOUBLE else digits


def _float(x: Exactly) -> float:
    return float(str(x))


def _is_single(x: float) -> bool:
    import struct

    try:
        return float(struct.unpack("f", struct.pack("f", x))[0]) == x
    except OverflowError:
        return False


def exactly(x: Any) -> Exactly:
    """A number of a result or a file, as it was written.

    >>> exactly(0.5), exactly(2), exactly("1e-3"), exactly(float("nan"))
    (Literal(digits=5, exponent=-1), 2, Literal(digits=1, exponent=-3), 'nan')
    """
    if isinstance(x, bool) or x is None:
        raise UsageError("not-a-number", f"{x!r} is not a number")
    if isinstance(x, int):
        return x
    text = repr(x) if isinstance(x, float) else str(x).strip()
    found = Literal.signed(text)
    if found is not None:
        return found
    name = text.lower().replace("infinity", "inf").lstrip("+")
    if name in ("nan", "inf", "-inf"):
        return name
    raise UsageError("not-a-number", f"'{text[:40]}' is not a number")


def arranged(items: Sequence[Any], shapes: Sequence[Shape], target: Target) -> tuple[list[list[Any]], bool]:
    """Flat entries as rows and columns of the target, and whether they were given the other way round.

    A flat list is row-major; one array may be rows x columns, or columns x rows, which is a transposed one.
    """
    rows, columns = len(target.rows), len(target.columns)
    if len(items) != rows * columns:
        whole = f"{rows}x{columns} = {counted(rows * columns, 'entry', 'entries')}" if rows > 1 else str(columns)
        noun = "Hessian" if target.order > 1 else "Jacobian" if rows > 1 else "gradient"
        raise UsageError(
            "claim-size",
            f"the claim has {counted(len(items), 'entry', 'entries')}, and the {noun} has {whole}",
            None,
            f"rows: {listed(target.rows)}; columns: {listed(target.columns)}",
        )
    shape = shapes[0] if len(shapes) == 1 else (len(shapes), *shapes[0]) if len(set(shapes)) == 1 else ()
    other_way = len(shape) == 2 and shape == (columns, rows) and rows != columns and 1 not in shape
    if other_way:
        return [[items[j * rows + i] for j in range(columns)] for i in range(rows)], True
    if len(shape) == 2 and shape != (rows, columns) and 1 not in shape and rows > 1:
        raise UsageError(
            "claim-shape", f"the claim is {shape_text(shape)}, and the Jacobian is {shape_text((rows, columns))}"
        )
    return [list(items[i * columns : (i + 1) * columns]) for i in range(rows)], False


def _before_the_output(text: str) -> str:
    """The statements of a program that give names: all before the last, and that, too, if it is a binding."""
    last = read(text)[-1]
    begin = len(text) if last.name is not None and last.body is None else last.start
    before = text[:begin].rstrip()
    return before + ("\n" if before and not before.endswith(";") else "")
