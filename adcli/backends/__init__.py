"""Backends: interchangeable ways to a derivative, each found by being a file in this folder.

A backend module defines `BACKEND`, an object with a `name`, a one-line `summary`, and `jvp`
or `vjp` over a `Problem`; `jacobian` and the other product are derived from the one that is
there. Siblings never import each other: `load(name)` is how `auto` reaches the rest.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple

from .. import sweeps
from ..contexts import Number, NumberContext
from ..dependents import Dependents
from ..errors import UsageError, suggest
from ..graph import Graph

Vector = list[Number]
Matrix = list[Vector]


class Product(NamedTuple):
    """A vector of derivatives, with error estimates where the method is not exact."""

    entries: Vector
    errors: Vector | None = None


class Jacobian(NamedTuple):
    """A matrix of derivatives, one row for each output."""

    entries: Matrix
    errors: Matrix | None = None


class Problem:
    """A function at a point: what a backend differentiates.

    `inputs` are variables, those that shift an intermediate among them; `point` gives every
    variable. The lists that sweeps share are made when first asked for; `passes` and `operations`
    count the work, `notes` and `reason` collect remarks.
    """

    def __init__(
        self,
        m: NumberContext,
        graph: Graph,
        inputs: list[int],
        outputs: list[int],
        point: Mapping[int, Number],
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.m = m
        self.graph = graph
        self.inputs = inputs
        self.outputs = outputs
        self.point = point
        self.options = options or {}
        self.passes = self.operations = self.nodes = 0
        self.edges = 0  # of the linearized graph, once there is one
        self.notes: list[str] = []
        self.backend = self.reason = ""

    @cached_property
    def order(self) -> list[int]:
        order = self.graph.needed(self.outputs)
        self.nodes = self.nodes or len(order)
        return order

    @cached_property
    def arithmetic(self) -> int:
        """How many nodes are computed: all but the leaves."""
        args = self.graph.args
        return sum(1 for node in self.order if args[node])

    @cached_property
    def values(self) -> sweeps.Values:
        self.operations += self.arithmetic
        return sweeps.values(self.m, self.graph, self.order, self.point)

    @cached_property
    def active(self) -> bytearray:
        return self.graph.depending(self.order, self.inputs)

    @cached_property
    def partials(self) -> sweeps.Partials:
        partials = sweeps.linearize(self.m, self.graph, self.order, self.values, self.active)
        self.edges = sum([len(row) - row.count(None) for row in partials if row is not None])
        self.operations += self.edges
        return partials

    @cached_property
    def dependents(self) -> Dependents:
        return Dependents(self.graph, self.order)

    def output_values(self) -> Vector:
        return [self.values[node] for node in self.outputs]

    def push(self, direction: Sequence[Number]) -> Vector:
        """One forward pass: the tangents of the outputs for the tangents of the inputs."""
        seeds: dict[int, Number] = {}
        for node, seed in zip(self.inputs, direction, strict=True):
            if seed is not None:
                seeds[node] = seeds[node] + seed if node in seeds else seed
        order = [*seeds, *self.dependents.of(list(seeds))] if len(seeds) == 1 else self.order
        dot = sweeps.push(self.graph, order, self.partials, seeds)
        self.passes += 1
        degrees = self._out_degrees
        self.operations += sum([degrees[node] for node in order if dot[node] is not None])
        zero = self.m.number(0)
        return [zero if dot[node] is None else dot[node] for node in self.outputs]

    def pull(self, cotangent: Sequence[Number]) -> Vector:
        """One reverse pass: the adjoints of the inputs for the adjoints of the outputs."""
        seeds: dict[int, Number] = {}
        for node, seed in zip(self.outputs, cotangent, strict=True):
            if seed is not None:
                seeds[node] = seeds[node] + seed if node in seeds else seed
        bar = sweeps.pull(self.graph, self.order, self.partials, seeds)
        self.passes += 1
        self.operations += self.edges - sum([len(row) - row.count(None) for row in self._unreached(bar)])
        zero = self.m.number(0)
        return [zero if bar[node] is None else bar[node] for node in self.inputs]

    def _unreached(self, bar: sweeps.Values) -> Iterator[tuple[Any, ...]]:
        """The partial derivatives that a reverse pass did not come to."""
        return (row for row, w in zip(self.partials, bar, strict=True) if w is None and row is not None)

    @cached_property
    def _out_degrees(self) -> Counter[int]:
        """How many edges of the linearized graph begin in each node."""
        partials, args = self.partials, self.graph.args
        return Counter([
            a for node in self.order for a, p in zip(args[node], partials[node] or (), strict=False) if p is not None
        ])  # fmt: skip


class Backend:
    """The base of backends: give it `jvp` or `vjp`, and the rest follows.

    `exact` says that results carry rounding errors only; `mode` which of the two products is
    the backend's own.
    """

    name = ""
    summary = ""
    mode = ""
    exact = True

    def jvp(self, problem: Problem, direction: Sequence[Number]) -> Product:
        """J·direction, one entry for each output; derived here from the whole Jacobian."""
        return Product([_dot(problem.m, row, direction) for row in self.jacobian(problem).entries])

    def vjp(self, problem: Problem, cotangent: Sequence[Number]) -> Product:
        """cotangent'·J, one entry for each input; derived here from the whole Jacobian."""
        rows = self.jacobian(problem).entries
        return Product([_dot(problem.m, column, cotangent) for column in _transposed(rows, len(problem.inputs))])

    def jacobian(self, problem: Problem) -> Jacobian:
        """The whole matrix: by columns from `jvp`, or by rows from `vjp`."""
        if self.mode == "forward":
            columns = [self.jvp(problem, unit) for unit in units(problem.m, len(problem.inputs))]
            count = len(problem.outputs)
            errors = [column.errors or [] for column in columns]
            return Jacobian(
                _transposed([column.entries for column in columns], count),
                _transposed(errors, count) if all(errors) and errors else None,
            )
        rows = [self.vjp(problem, unit) for unit in units(problem.m, len(problem.outputs))]
        return Jacobian([row.entries for row in rows])


def units(m: NumberContext, count: int) -> list[list[Number | None]]:
    """The unit vectors, with absent entries for the zeros."""
    one = m.number(1)
    return [[one if k == j else None for k in range(count)] for j in range(count)]


def _transposed(rows: Sequence[Vector], width: int) -> Matrix:
    return [[row[k] for row in rows] for k in range(width)]


def _dot(m: NumberContext, xs: Sequence[Number], weights: Sequence[Number | None]) -> Number:
    total = m.number(0)
    for x, w in zip(xs, weights, strict=True):
        if w is not None and w != 0:
            total = total + x * w
    return total


def names() -> list[str]:
    """Every backend there is: the modules of this folder."""
    return sorted(module.name for module in iter_modules(__path__))


def load(name: str) -> Backend:
    """The backend of that name."""
    if name not in names():
        hint = suggest(name, names()) or "there are " + ", ".join(names())
        raise UsageError("unknown-backend", f"unknown backend '{name}'", None, hint)
    backend: Backend = import_module(f"{__name__}.{name}").BACKEND
    return backend
