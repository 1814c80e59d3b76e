"""Kernels: the sweeps of one product, run in the context of straight-line code."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .. import sweeps
from ..backends import units
from ..backends.symbolic import derivative_graph
from ..errors import UsageError, suggest
from ..graph import Graph
from ..machine.lowering import Lowering
from ..machine.predicates import Undecidable, condition
from ..machine.ranges import Ranges
from ..nodes import Expr
from ..primitives import Library, Primitive
from ..problem import Problem

PRODUCTS = ("eval", "jac", "grad", "jvp", "vjp", "hess")


@dataclass(frozen=True)
class Kernel:
    """Straight-line code: `order` lists the nodes of `graph` that are computed, arguments first.

    `inputs` are the numbers that it takes, by name, and `outputs` those that it gives, by the names that
    tables of results have for them (`y1`, `dy1/dx2`, `d2y1/dx1dx2`), `product` first values, then derivatives.
    `shape` is that of the derivatives: they are the last `prod(shape)` outputs, in row-major order; () for `eval`.
    `defined` is the condition that the point lies in the domain, and `kinked` that it is at a kink or jump; None
    where that is so, or is not so, everywhere.
    """

    product: str
    expression: str
    graph: Graph
    order: list[int]
    inputs: dict[str, int]
    outputs: dict[str, int]
    values: int
    shape: tuple[int, ...]
    defined: int | None
    kinked: int | None

    @property
    def conditions(self) -> list[int]:
        """The nodes of the conditions, as far as there are any."""
        return [node for node in (self.defined, self.kinked) if node is not None]

    def without_values(self) -> "Kernel":
        """The code of the derivatives alone."""
        outputs = dict(list(self.outputs.items())[self.values :])
        order = self.graph.needed([*outputs.values(), *self.conditions])
        return replace(self, outputs=outputs, order=order, values=0)


def kernel(
    product: str,
    problem: Problem,
    expression: str,
    rows: Sequence[str],
    columns: Sequence[str],
    vector: Sequence[str | float] = (),
) -> Kernel:
    """The code of a product of a function; the point of the `problem` plays no part.

    `rows` and `columns` name its outputs and inputs. A JVP or VJP takes its `vector`, whose entries are
    numbers, or names of further inputs.

    Raises `UsageError` for a product that there is not, and for several outputs where one is needed.
    """
    if product not in PRODUCTS:
        hint = suggest(product, PRODUCTS) or "there are " + ", ".join(PRODUCTS)
        raise UsageError("unknown-product", f"unknown product '{product}'", None, hint)
    if product in ("grad", "hess") and len(rows) != 1:
        text = f"{product} needs one output, and there are {len(rows)}: {', '.join(rows[:5])}"
        raise UsageError("several-outputs", text, None, "jac gives the Jacobian of them all")
    graph = Graph(problem.graph.source)
    m = Lowering(graph)
    names = problem.graph.names
    inputs = {name: graph.variable(name) for name in names.values() if not _is_shift(name)}
    lowered = _lowered(m, problem.graph, problem.inputs, problem.outputs, inputs)
    found = dict(zip(rows, lowered.output_values(), strict=True))
    count = len(found)
    seeds = [_seed(m, inputs, entry) for entry in vector]
    for name, entry in _ENTRIES[product](lowered, rows, columns, seeds):
        if name in found:
            raise UsageError("two-columns", f"two columns of the results are named '{name}'")
        found[name] = entry
    outputs = {name: m.settle(x).node for name, x in found.items()}
    conditions = _conditions(m, lowered, kinks=product != "eval")
    order = graph.needed([*outputs.values(), *[node for node in conditions if node is not None]])
    shape = tuple([{"rows": len(rows), "columns": len(columns)}[axis] for axis in _AXES[product]])
    return Kernel(product, expression, graph, order, inputs, outputs, count, shape, *conditions)


Entries = Iterable[tuple[str, Any]]


def _is_shift(name: str) -> bool:
    """Whether a variable is one of those that are 0 and shift an intermediate: no name of the language has a '."""
    return "'" in name


def _lowered(m: Lowering, graph: Graph, inputs: list[int], outputs: list[int], variables: Mapping[str, int]) -> Problem:
    """A function as a problem in the context of straight-line code."""
    point = {node: m.number(0) if _is_shift(name) else m.wrap(variables[name]) for node, name in graph.names.items()}
    return Problem(m, graph, inputs, outputs, point)


def _seed(m: Lowering, inputs: dict[str, int], entry: str | float) -> Any:
    """An entry of a direction or a cotangent: a number, or a further input; absent where it is 0."""
    if isinstance(entry, str):
        if entry not in inputs:
            inputs[entry] = m.graph.variable(entry)
        return m.wrap(inputs[entry])
    return m.lift(entry) if entry else None


def derivative_name(row: str, *columns: str) -> str:
    """The name of a derivative as a column of a table.

    >>> derivative_name("y1", "W[0,1]"), derivative_name("y1", "x1", "x2")
    ('dy1/dW[0,1]', 'd2y1/dx1dx2')
    """
    order = str(len(columns)) if len(columns) > 1 else ""
    return f"d{order}{row}/{''.join([f'd{column}' for column in columns])}"


def _jacobian(p: Problem, rows: Sequence[str], columns: Sequence[str], seeds: Sequence[Any]) -> Entries:
    """All entries, by columns or by rows, whichever takes fewer passes."""
    if len(columns) < len(rows):
        turned = [p.push(unit) for unit in units(p.m, len(columns))]
        found = [[column[i] for column in turned] for i in range(len(rows))]
    else:
        found = [p.pull(unit) for unit in units(p.m, len(rows))]
    for row, line in zip(rows, found, strict=True):
        for column, entry in zip(columns, line, strict=True):
            yield derivative_name(row, column), entry


def _jvp(p: Problem, rows: Sequence[str], columns: Sequence[str], seeds: Sequence[Any]) -> Entries:
    return [(f"d{row}", entry) for row, entry in zip(rows, p.push(seeds), strict=True)]


def _vjp(p: Problem, rows: Sequence[str], columns: Sequence[str], seeds: Sequence[Any]) -> Entries:
    return [(f"d/d{column}", entry) for column, entry in zip(columns, p.pull(seeds), strict=True)]


def _hessian(p: Problem, rows: Sequence[str], columns: Sequence[str], seeds: Sequence[Any]) -> Entries:
    """The gradient's graph, differentiated forwards; what is above the diagonal stands below it, too."""
    graph, gradients, _ = derivative_graph(p.graph, p.inputs, p.outputs, "reverse")
    names, variables = p.graph.names, {name: node for node, name in graph.names.items()}
    inputs = [graph.variable(names[node]) for node in p.inputs]
    m = p.m
    assert isinstance(m, Lowering)  # noqa: S101  # every problem of a kernel is
    given = {name: p.point[node].node for node, name in names.items()}
    inner = Problem(m, graph, inputs, gradients[0], {node: m.wrap(given[n]) for n, node in variables.items()})
    turned = [inner.push(unit) for unit in units(m, len(inputs))]
    for column, entry in zip(columns, inner.output_values(), strict=True):
        yield derivative_name(rows[0], column), entry
    for i, row in enumerate(columns):
        for j, column in enumerate(columns):
            yield derivative_name(rows[0], row, column), turned[min(i, j)][max(i, j)]


_ENTRIES: dict[str, Callable[..., Entries]] = {
    "eval": lambda *_: [], "jac": _jacobian, "grad": _jacobian, "jvp": _jvp, "vjp": _vjp, "hess": _hessian,
}  # fmt: skip
_AXES: dict[str, tuple[str, ...]] = {
    "eval": (), "jac": ("rows", "columns"), "grad": ("columns",), "jvp": ("rows",), "vjp": ("columns",),
    "hess": ("columns", "columns"),
}  # fmt: skip


# -- where the function is defined, and where it is smooth


def _conditions(m: Lowering, p: Problem, *, kinks: bool) -> tuple[int | None, int | None]:
    """The conditions that the point is in the domain, and at a kink; branches that are not taken do not count."""
    ops = p.graph.ops
    domains = [(node, ops[node].domain) for node in p.order if ops[node].domain is not None]
    bends = [(node, ops[node].kink) for node in p.order if ops[node].kink is not None and p.active[node]]
    alive = _alive(m, p) if domains or bends else {}
    defined: list[Expr] = []
    for node, domain in domains:
        inside = _tested(m, p, node, domain.contains) if domain is not None else True
        live = alive[node]
        if inside is not True and inside is not None:
            inside = m.not_(m.eq(0, 0)) if inside is False else inside
            defined.append(inside if live is None else m.or_(m.not_(live), inside))
    kinked: list[Expr] = []
    for node, kink in bends if kinks else ():
        at = _tested(m, p, node, kink.at) if kink is not None else False
        live = alive[node]
        if isinstance(at, Expr):
            kinked.append(at if live is None else m.and_(live, at))
    ranges = Ranges(m.graph)
    return (
        _all(m.and_, [x for x in defined if not ranges.truth(x.node)]),
        _all(m.or_, [x for x in kinked if ranges.truth(x.node) is not False]),
    )


def _tested(m: Lowering, p: Problem, node: int, test: Callable[..., Any]) -> Expr | bool | None:
    """A test of the arguments of a node as a condition; None if it looks at too many."""
    op, args = p.graph.ops[node], p.graph.args[node]
    if isinstance(op.value, Library):
        return m.apply(Primitive("in_domain", len(args), test, (), boolean=True), *[p.values[a] for a in args])
    try:
        return condition(m, test, [m.lift(p.values[a]) for a in args])
    except Undecidable:
        return None


def _all(join: Callable[[Any, Any], Any], conditions: Sequence[Expr]) -> int | None:
    """All conditions joined, each once; None if there are none."""
    result: Any = None
    for each in {x.node: x for x in conditions}.values():
        result = each if result is None else join(result, each)
    return None if result is None else int(result.node)


def _alive(m: Lowering, p: Problem) -> dict[int, Any]:
    """For each node, the condition that the outputs depend on it; None if they always do."""
    graph = p.graph
    alive: dict[int, Any] = dict.fromkeys(p.outputs)
    for node in reversed(p.order):
        here, args = alive[node], graph.args[node]
        guards: Sequence[Any] = [None] * len(args)
        if graph.ops[node] is sweeps.WHERE:
            taken = m.lift(p.values[args[0]])
            guards = (None, taken, m.not_(taken))
        for argument, guard in zip(args, guards, strict=True):
            both = guard if here is None else here if guard is None else m.and_(here, guard)
            if argument not in alive:
                alive[argument] = both
            elif alive[argument] is not None:
                alive[argument] = None if both is None else _joined(m, alive[argument], both)
    return alive


def _joined(m: Lowering, one: Expr, other: Expr) -> Any:
    """The condition that either holds; None where one is the opposite of the other."""
    if one.node == other.node:
        return one
    return None if m.not_(one).node == other.node else m.or_(one, other)
