"""What there is to say about a point: out of the domain, overflow, kinks, vertical slopes.

`diagnostics` finds the nodes; here they become errors and warnings that show the place in the text
and the values that led there, and the head that every derivative's result has.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice
from math import prod
from typing import Any, NamedTuple

from . import diagnostics
from .backends import Backend
from .contexts import Number, NumberContext
from .errors import DomainError, printable
from .graph import CONSTANT, VARIABLE, Graph
from .language import Program
from .printing import write
from .problem import Problem
from .results.base import Cost, Warn, counted, number_text
from .results.derivative import OneSided
from .shapes import Shape, nested
from .sparsity import Entries

_BLAME = 60  # characters of a formula in a message
_SMALL = 1000  # nodes of a graph that is looked at more closely than large ones
_NODES, _SIDES = 5, 10  # how many of a kind are told
_SPOKEN = {"div": "division", "mod": "a remainder", "pow": "a power", "logb": "log", "pivot": "elimination"}


class Smoothness(NamedTuple):
    """Whether a function is differentiable at a point (None: undecided), which entries are not, and why."""

    differentiable: bool | None
    sides: list[OneSided]
    warnings: list[Warn]
    mended: dict[tuple[int, int], Number] = {}  # noqa: RUF012  # never changed
    """Entries, by output and input, that the limits tell, and the rules not."""


def presented(m: NumberContext, xs: Sequence[Number]) -> list[Number]:
    """Numbers for a result: plain floats, or mpmath numbers."""
    return list(map(float, xs)) if m.digits is None else [m.result(x) for x in xs]


def presented_matrix(m: NumberContext, rows: Sequence[Sequence[Number]]) -> list[list[Number]]:
    """The same for a matrix."""
    return [presented(m, row) for row in rows]


def are_finite(m: NumberContext, rows: Iterable[Sequence[Number]]) -> bool:
    """Whether all numbers of a matrix are finite."""
    numbers = rows.numbers if isinstance(rows, Entries) else chain.from_iterable(rows)
    return all(map(m.is_finite, numbers))


def point_of(m: NumberContext, program: Program, point: Mapping[str, Number]) -> dict[str, Any]:
    """A point as results hold it: a number, or nested lists, for each variable."""
    numbers = iter(presented(m, list(point.values())))
    return {name: nested(list(islice(numbers, prod(shape))), shape) for name, shape in program.inputs.items()}


def check_domain(program: Program, problem: Problem) -> None:
    """Raise a `DomainError` that blames the first node whose arguments lie outside its domain."""
    p = problem
    if p.is_plain:
        return
    node = diagnostics.undefined_node(p.m, p.graph, p.order, p.values, p.outputs)
    if node is not None:
        raise undefined(program, p, node)


def undefined(program: Program, problem: Problem, node: int) -> DomainError:
    """The error that a node's arguments lie outside its domain."""
    p = problem
    op, args = p.graph.ops[node], p.graph.args[node]
    shown = ", ".join(
        f"{write(p.graph, a, budget=_BLAME)} = {number_text(p.values[a], p.m.digits)}"
        for a in args
        if not _is_number(p.graph, a)
    )
    hints = [f"where {shown}"] if shown else []
    if op.name == "pow" and p.values[args[0]] < 0:
        hints.append("a negative number has no real fractional power; cbrt(x) is the real cube root")
    needs = op.domain.text if op.domain is not None else ""
    if len(args) == 1 and not _is_number(p.graph, args[0]):  # the row calls its argument x; a program has its own x
        argument = write(p.graph, args[0], budget=_BLAME)
        needs = re.sub(rf"\b{op.parameters[0]}\b", lambda _: argument, needs)
    span, name = program.span(node), _SPOKEN.get(op.name, op.name)
    made_by_a_call = op.name == "pivot" and span is not None  # whose own formula nobody wrote
    if made_by_a_call and span is not None:
        formula, hints = printable(span.text[span.start : span.end]), ["--digits N computes to N digits"]
    else:
        formula = write(p.graph, node, budget=_BLAME)
    return DomainError("undefined", f"{formula} is undefined here: {name} needs {needs}", span, "\n".join(hints))


def _is_number(graph: Graph, node: int) -> bool:
    """Whether a node is written as a number, whose value needs no telling."""
    if graph.ops[node].name == "neg":
        node = graph.args[node][0]
    return graph.ops[node] is CONSTANT


def overflow_warnings(program: Program, problem: Problem) -> list[Warn]:
    """A warning for each live node that overflowed."""
    p = problem
    if p.is_plain:
        return []
    nodes = diagnostics.overflowed_nodes(p.m, p.graph, p.order, p.values, p.outputs)
    return [
        Warn(
            "overflow",
            f"{write(p.graph, node, budget=_BLAME)} overflows: its value is {number_text(p.values[node])}",
            program.span(node),
        )
        for node in nodes[:_NODES]
    ]


def smoothness(
    program: Program,
    problem: Problem,
    rows: Sequence[str],
    columns: Sequence[str],
    order: int = 1,
    entries: Entries | Sequence[list[Number]] | None = None,
) -> Smoothness:
    """Look for kinks and jumps at the point, and for entries whose one-sided derivatives differ.

    A kink that leaves the first derivative whole may still break those of higher `order`. Where `entries`
    of the Jacobian are given, those that the rules get wrong there, or not at all, are `mended` by the limits.
    """
    p = problem
    if p.is_plain and entries is not None and are_finite(p.m, entries):
        return Smoothness(True, [], [])
    nodes = diagnostics.kink_nodes(p.m, p.graph, p.order, p.values, p.outputs, p.active)
    operations = p.operations  # what a report looks at is not part of the derivative's cost
    singular = entries is not None and _is_singular(p, entries)
    p.operations = operations
    if not nodes and not singular:
        return Smoothness(True, [], [])
    found, unexamined, jumps, bent = diagnostics.one_sided(
        p.m, p.graph, p.order, p.values, p.partials, p.inputs, p.outputs, nodes, every=singular
    )
    p.operations = operations
    if bent and not jumps:
        text = "between the axes the one-sided derivatives are not those of one derivative"
        return Smoothness(False, [], [*kink_warnings(program, p, nodes), Warn("one-sided", text)])
    if not found and not jumps:
        if order == 1 and unexamined and nodes:
            formula = write(p.graph, nodes[0], budget=_BLAME)
            text = f"{formula} is at its kink; {_unexamined(unexamined)}"
            return Smoothness(None, [], [Warn("kink", text, program.span(nodes[0]))])
        if order == 1 or not nodes:
            return Smoothness(True, [], [])
        formula = write(p.graph, nodes[0], budget=_BLAME)
        text = f"{formula} has its kink at this point: the second derivative may not exist"
        return Smoothness(None, [], [Warn("kink", text, program.span(nodes[0]))])
    alike = [diagnostics.alike(p.m, e.left, e.right) for e in found]
    mended = {} if entries is None else {(e.i, e.j): _limit(p.m, e, entries[e.i][e.j]) for e in found}
    if entries is not None and all(alike) and not jumps and not unexamined and len(columns) == 1 and order == 1:
        return Smoothness(True, [], [], mended)
    sides = [OneSided(rows[e.i], columns[e.j], *presented(p.m, [e.left, e.right])) for e in found]
    warnings = kink_warnings(program, p, nodes)
    warnings += [Warn("one-sided", _sides(p.m, side)) for side in sides[:_SIDES]]
    if len(sides) > _SIDES or unexamined:
        rest = [f"{len(sides) - _SIDES} more entries differ from side to side"] if len(sides) > _SIDES else []
        rest += [_unexamined(unexamined)] if unexamined else []
        warnings.append(Warn("one-sided", "; ".join(rest)))
    undecided = not jumps and all(
        same or p.m.is_nan(e.left) or p.m.is_nan(e.right) for same, e in zip(alike, found, strict=True)
    )
    return Smoothness(None if undecided else False, sides, warnings, mended)


def _is_singular(p: Problem, entries: Entries | Sequence[list[Number]]) -> bool:
    """Whether a slope is infinite or NaN, though the point is finite and nothing overflowed.

    Entries by the rules show it; those of a formula may be finite, which is looked into where it costs little.
    """
    is_finite, graph = p.m.is_finite, p.graph
    small = len(p.order) <= _SMALL
    if are_finite(p.m, entries) and not small:
        return False
    if all(x is None or is_finite(x) for row in p.partials if row is not None for x in row):
        return False
    finite = all(is_finite(p.values[node]) for node in p.order if graph.ops[node] is VARIABLE)
    return finite and not diagnostics.overflowed_nodes(p.m, graph, p.order, p.values, p.outputs)


def _limit(m: NumberContext, e: diagnostics.OneSidedEntry, entry: Number) -> Number:
    """The derivative where both sides have the same, or one side is not defined; the mean of two, where there is none.

    Else the entry as it is.
    """
    if diagnostics.alike(m, e.left, e.right):
        return e.right
    if m.is_nan(e.left) or m.is_nan(e.right):
        return entry if not m.is_nan(entry) else e.right if m.is_nan(e.left) else e.left
    return (e.left + e.right) / 2 if m.is_nan(entry) else entry


def kink_warnings(program: Program, problem: Problem, nodes: Sequence[int]) -> list[Warn]:
    """A warning for each of the nodes, which stand at their kinks or jumps."""
    graph, warnings = problem.graph, []
    for node in nodes[:_NODES]:
        kink, formula = graph.ops[node].kink, write(graph, node, budget=_BLAME)
        boolean = graph.ops[node].boolean
        jump = diagnostics.is_jump(graph, node)
        code, verb = ("jump", "jumps") if jump else ("kink", "switches" if boolean else "has a kink")
        text = f"{formula} {verb} at this point" + (
            f" ({kink.text.removeprefix('jumps ')})" if kink and not boolean else ""
        )
        warnings.append(Warn(code, text, program.span(node)))
    return warnings


def _unexamined(count: int) -> str:
    return f"one-sided derivatives by {counted(count, 'further input')} were not examined"


def _sides(m: NumberContext, side: OneSided) -> str:
    name = f"∂{side.row}/∂{side.column}"
    left, right = number_text(side.left, m.digits), number_text(side.right, m.digits)
    if m.is_nan(side.left) and m.is_nan(side.right):
        return f"{name} cannot be had from both sides by the rules; the value given is that of the branch taken"
    if m.is_nan(side.left) or m.is_nan(side.right):
        known, where = (right, "right") if m.is_nan(side.left) else (left, "left")
        return f"{name} is {known} from the {where}; from the other side the rules give none"
    if diagnostics.alike(m, side.left, side.right):
        return f"{name} is {right} on both sides of the point"
    return f"{name} is {left} from the left and {right} from the right"


def head(
    program: Program,
    expression: str,
    problem: Problem,
    backend: Backend,
    point: Mapping[str, Number],
    columns: Sequence[str],
    blocks: Mapping[str, Shape],
    entries: Sequence[Sequence[Number]],
    order: int = 1,
    jacobian: Entries | Sequence[list[Number]] | None = None,
) -> dict[str, Any]:
    """The head of a derivative's result, whose `entries` are known; made last, so that all work is counted.

    Where the entries are a `jacobian` by rules, those that only a limit tells are put right in it.
    """
    p, rows = problem, tuple(name for name, _ in program.outputs)
    differentiable, sides, kinks, mended = smoothness(program, p, rows, columns, order, jacobian)
    for (i, j), x in mended.items():
        if jacobian is not None:
            jacobian[i][j] = presented(p.m, [x])[0]
    overflows = overflow_warnings(program, p)
    warnings = [*overflows, *kinks]
    if differentiable is not False and not overflows:
        if any(map(p.m.is_nan, p.output_values())):
            differentiable = False
            warnings.append(_no_number(program, p))
        elif not are_finite(p.m, entries):
            steep, warning = _steep(program, p, order)
            differentiable = False if steep else differentiable
            warnings.append(warning)
    return {
        "expression": expression,
        "point": point_of(p.m, program, point),
        "warnings": tuple(warnings),
        "digits": p.m.digits,
        "backend": p.backend or backend.name,
        "reason": p.reason,
        "rows": rows,
        "columns": tuple(columns),
        "inputs": dict(blocks),
        "outputs": dict(program.results),
        "value": presented(p.m, p.output_values()),
        "cost": Cost(p.nodes, p.passes, p.operations),
        "differentiable": differentiable,
        "one_sided": tuple(sides),
        "notes": tuple(p.notes),
    }


def _no_number(program: Program, p: Problem) -> Warn:
    """A warning for a value that is NaN, at the first node that is, if it is not the point."""
    text = "the value is not a number at this point, so there is no derivative"
    for node in p.order:
        if p.m.is_nan(p.values[node]):
            return Warn("not-a-number", text, program.span(node) if p.graph.args[node] else None)
    return Warn("not-a-number", text)


def _steep(program: Program, p: Problem, order: int) -> tuple[bool, Warn]:
    """A warning for a derivative that is not finite, and whether a slope is vertical: else it overflows.

    At the first node with an infinite partial derivative, unless that is finite in numbers of a wider range.
    """
    text = "a derivative is not finite here: there is none, or a slope is vertical, or of the form 0*inf"
    infinite = [node for node in p.order if any(x is not None and not p.m.is_finite(x) for x in p.partials[node] or ())]
    for node in infinite:
        if not diagnostics.is_out_of_range(p.m, p.graph, p.values, node):
            return True, Warn("not-finite", text, program.span(node))
    if p.m.digits is not None or order > 1:
        return True, Warn("not-finite", text)
    span = program.span(infinite[0]) if infinite else None
    return False, Warn("overflow", "a derivative overflows here: it is beyond the range of doubles", span)
