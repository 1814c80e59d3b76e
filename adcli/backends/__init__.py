"""Backends: interchangeable ways to a derivative, each found by being a file in this folder.

A backend module defines `BACKEND`, an object with a `name`, a one-line `summary`, and `jvp`
or `vjp` over a `Problem`; `jacobian` and the other product are derived from the one that is
there. One that defines `passes` instead says which inputs, or outputs, share a pass (see `Compressed`).
Siblings never import each other: `load(name)` is how `auto` reaches the rest.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain, compress, repeat
from operator import countOf, is_
from typing import Any, NamedTuple

from .. import coloring, folder, sparsity, sweeps
from ..arrays import numpy
from ..compression import Pass, column_passes, row_passes, symmetric_passes
from ..contexts import Number, NumberContext
from ..dependents import Dependents
from ..errors import LimitError, UsageError
from ..graph import Graph
from ..levels import Levels, schedule

Vector = list[Number]
_FEW = 32  # inputs; of more, one at a time is followed through what depends on it alone
Matrix = list[Vector]

_ONCE = 10_000  # nodes from which one reverse pass keeps no partial derivatives
_LARGEST = 4_000_000  # entries of a matrix that is made as a whole where a few of them are wanted


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
    count the work, `notes` and `reason` collect remarks. `symmetric` says that the Jacobian is one of
    a gradient.
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
        self.symmetric = False

    @cached_property
    def order(self) -> list[int]:
        order = self.graph.needed(self.outputs)
        self.nodes = self.nodes or len(order)
        return order

    @cached_property
    def arithmetic(self) -> int:
        """How many nodes are computed: all but the leaves."""
        if self.levels is not None:
            return self.levels.arithmetic
        args = self.graph.args
        return sum(map(bool, map(args.__getitem__, self.order)))

    @property
    def size(self) -> int:
        """How many nodes a sweep passes."""
        return len(self.order) if self.levels is None else self.levels.nodes

    @property
    def arguments(self) -> int:
        """How many arguments these nodes have."""
        args = self.graph.args if self.levels is None else ()
        return sum(map(len, map(args.__getitem__, self.order))) if self.levels is None else self.levels.arguments

    @cached_property
    def levels(self) -> Levels | None:
        """The schedule of a large graph."""
        found = schedule(self.m, self.graph, self.inputs, self.outputs)
        if found is not None:
            self.nodes = self.nodes or found.nodes
        return found

    @cached_property
    def _array(self) -> Any:
        """The values as an array, where sweeps take the nodes of a level at once, and nothing special happens."""
        values = None if self.levels is None else self.levels.values(self.point)
        if values is not None:
            self.operations += self.arithmetic
        return values

    @cached_property
    def _slopes(self) -> Any:
        """The partial derivatives likewise."""
        if self._array is None or self.levels is None:
            return None
        slopes = self.levels.linearize(self._array)
        if slopes is not None:
            self.edges = self.levels.edges
            self.operations += self.edges
        return slopes

    @property
    def is_plain(self) -> bool:
        """Whether it is known that all values are finite, and that no node is outside of its domain or at a kink."""
        return self._array is not None

    @cached_property
    def values(self) -> sweeps.Values:
        if self._array is not None:
            return self._array.tolist()  # type: ignore[no-any-return]
        self.operations += self.arithmetic
        return sweeps.values(self.m, self.graph, self.order, self.point)

    @cached_property
    def active(self) -> bytearray:
        return self.graph.depending(self.order, self.inputs)

    @cached_property
    def partials(self) -> sweeps.Partials:
        partials = sweeps.linearize(self.m, self.graph, self.order, self.values, self.active)
        self.edges = _edges(partials)
        self.operations += self.edges
        return partials

    @cached_property
    def dependents(self) -> Dependents:
        return Dependents(self.graph, self.order)

    @cached_property
    def structure(self) -> sparsity.Structure:
        return self.find_structure()

    def find_structure(self, most: int = sparsity.MOST) -> sparsity.Structure:
        """The pattern, unless it takes more than `most` indices: then a `LimitError`."""
        found = None if self.levels is None else self.levels.structure(self.inputs, self.outputs)
        if found is None:
            found = sparsity.structure(self.graph, self.order, self.inputs, self.outputs, most)
        return found._replace(pattern=found.pattern.symmetric()) if self.symmetric else found

    @property
    def pattern(self) -> sparsity.Pattern:
        """Where the Jacobian may be nonzero."""
        return self.structure.pattern

    @cached_property
    def column_coloring(self) -> coloring.Coloring:
        return coloring.color_rows(self.pattern.transposed)

    @cached_property
    def row_coloring(self) -> coloring.Coloring:
        return coloring.color_rows(self.pattern)

    @cached_property
    def star_coloring(self) -> coloring.Coloring:
        return coloring.star_coloring(self.pattern)

    @cached_property
    def bicoloring(self) -> coloring.Bicoloring:
        return coloring.bicoloring(self.pattern)

    def output_values(self) -> Vector:
        if self._array is not None:
            return self._array[self.outputs].tolist()  # type: ignore[no-any-return]
        return [self.values[node] for node in self.outputs]

    def push(self, direction: Sequence[Number]) -> Vector:
        """One forward pass: the tangents of the outputs for the tangents of the inputs."""
        return self._pushed(_seeds(self.inputs, direction))

    def push_units(self, places: Sequence[int]) -> Sequence[Number]:
        """The same for the sum of some unit vectors; of a large graph it may be NumPy's array."""
        return self._pushed(_units_at(self.inputs, places, self.m.number(1)), listed=False)

    def _pushed(self, seeds: dict[int, Number], *, listed: bool = True) -> Vector:
        if (len(seeds) > 1 or len(self.inputs) <= _FEW) and self._slopes is not None and self.levels is not None:
            found = self.levels.push(self._slopes, seeds)
            if found is not None:
                self.passes += 1
                self.operations += self.edges
                return found[self.outputs].tolist() if listed else found[self.outputs]  # type: ignore[no-any-return]
        order = [*seeds, *self.dependents.of(list(seeds))] if len(seeds) == 1 else self.order
        dot = sweeps.push(self.graph, order, self.partials, seeds)
        self.passes += 1
        degrees = self._out_degrees
        self.operations += sum([degrees[node] for node in order if dot[node] is not None])
        zero = self.m.number(0)
        return [zero if dot[node] is None else dot[node] for node in self.outputs]

    def pull(self, cotangent: Sequence[Number]) -> Vector:
        """One reverse pass: the adjoints of the inputs for the adjoints of the outputs."""
        return self._pulled(_seeds(self.outputs, cotangent))

    def pull_units(self, places: Sequence[int]) -> Sequence[Number]:
        """The same for the sum of some unit vectors; of a large graph it may be NumPy's array."""
        return self._pulled(_units_at(self.outputs, places, self.m.number(1)), listed=False)

    def _pulled(self, seeds: dict[int, Number], *, listed: bool = True) -> Vector:
        if self._slopes is not None and self.levels is not None:
            found = self.levels.pull(self._slopes, seeds)
            if found is not None:
                self.passes += 1
                self.operations += self.edges
                return found[self.inputs].tolist() if listed else found[self.inputs]  # type: ignore[no-any-return]
        bar = self._pulled_once(seeds) if self._wants_no_partials else self._pulled_along_partials(seeds)
        self.passes += 1
        zero = self.m.number(0)
        return [zero if bar[node] is None else bar[node] for node in self.inputs]

    @property
    def _wants_no_partials(self) -> bool:
        """Whether one pass is all there will be; of small graphs the partials are looked at anyway."""
        return len(self.outputs) == 1 and len(self.order) >= _ONCE and "partials" not in self.__dict__

    def _pulled_once(self, seeds: dict[int, Number]) -> sweeps.Values:
        try:
            bar, edges = sweeps.pull_once(self.m, self.graph, self.order, self.values, self.active, seeds)
        except UsageError:  # a node has no rule: the sweep that keeps its partials knows which
            return self._pulled_along_partials(seeds)
        self.operations += 2 * edges
        return bar

    def _pulled_along_partials(self, seeds: dict[int, Number]) -> sweeps.Values:
        bar = sweeps.pull(self.graph, self.order, self.partials, seeds)
        unreached = compress(self.partials, map(is_, bar, repeat(None)))
        self.operations += self.edges - _edges(unreached)
        return bar

    @cached_property
    def _out_degrees(self) -> Counter[int]:
        """How many edges of the linearized graph begin in each node."""
        partials, args = self.partials, self.graph.args
        return Counter([
            a for node in self.order for a, p in zip(args[node], partials[node] or (), strict=False) if p is not None
        ])  # fmt: skip


def _seeds(nodes: Sequence[int], values: Sequence[Number]) -> dict[int, Number]:
    """The seed of each node: the sum of those at its places, without the absent ones."""
    seeds: dict[int, Number] = {}
    for node, seed in zip(nodes, values, strict=True):
        if seed is not None:
            seeds[node] = seeds[node] + seed if node in seeds else seed
    return seeds


def _units_at(nodes: Sequence[int], places: Sequence[int], one: Number) -> dict[int, Number]:
    """The seeds of the nodes at some places: 1 for each of these."""
    chosen = list(map(nodes.__getitem__, places))
    seeds = dict.fromkeys(chosen, one)
    return seeds if len(seeds) == len(chosen) else _seeds(chosen, [one] * len(chosen))


def _edges(partials: Iterable[tuple[Any, ...] | None]) -> int:
    """How many partial derivatives there are, without those that are structurally zero."""
    rows = list(filter(None, partials))
    return sum(map(len, rows)) - countOf(chain.from_iterable(rows), None)


class Backend:
    """The base of backends: give it `jvp` or `vjp`, and the rest follows.

    `exact` says that results carry rounding errors only; `mode` which of the two products is
    the backend's own; `independent` that its numbers are its own, and not those of another's passes.
    """

    name = ""
    summary = ""
    mode = ""
    exact = True
    independent = True

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

    def nonzeros(self, problem: Problem) -> Product:
        """The entries that the pattern has, in its order; derived here from passes one by one, or the whole matrix."""
        pattern = problem.pattern
        one_by_one = self.exact and self.mode in {"forward", "reverse"}
        if one_by_one:
            return Product(recovered(problem, *unit_passes(problem, self.mode)))
        check_size(self, pattern)
        found = self.jacobian(problem)
        errors = None if found.errors is None else gathered(pattern, found.errors)
        return Product(gathered(pattern, found.entries), errors)


class Compressed(Backend):
    """A backend whose passes take several columns, or rows, together, and recover their entries one by one.

    Its products are the single passes of forward and reverse mode.
    """

    mode = "compressed"
    independent = False

    def passes(self, problem: Problem) -> tuple[list[Pass], list[Pass]]:
        """The forward and the reverse passes; `problem.reason` says why they are so many."""
        raise NotImplementedError

    def jvp(self, problem: Problem, direction: Sequence[Number]) -> Product:
        return Product(problem.push(direction))

    def vjp(self, problem: Problem, cotangent: Sequence[Number]) -> Product:
        return Product(problem.pull(cotangent))

    def jacobian(self, problem: Problem) -> Jacobian:
        return Jacobian(scattered(problem, self.nonzeros(problem).entries))

    def nonzeros(self, problem: Problem) -> Product:
        return Product(recovered(problem, *self.passes(problem)))


def unit_passes(problem: Problem, mode: str) -> tuple[list[Pass], list[Pass]]:
    """A pass for each column, or each row: none shares its colour."""
    pattern = problem.pattern
    if problem.symmetric:
        passes = symmetric_passes(pattern, range(pattern.columns))
    elif mode == "forward":
        passes = column_passes(pattern, range(pattern.columns))
    else:
        passes = row_passes(pattern, range(pattern.rows))
    return (passes, []) if mode == "forward" else ([], passes)


def recovered(problem: Problem, forward: Sequence[Pass], reverse: Sequence[Pass]) -> Vector:
    """The entries of the pattern, after those passes."""
    np = None if problem.levels is None else numpy()
    count = problem.pattern.nonzeros
    entries: Any = [problem.m.number(0)] * count if np is None else np.zeros(count)
    for passes, sweep in ((forward, problem.push_units), (reverse, problem.pull_units)):
        for seeds, places, positions in passes:
            found = sweep(seeds)
            if np is not None:
                entries[np.asarray(positions)] = np.asarray(found)[np.asarray(places)]
                continue
            for place, position in zip(places, positions, strict=True):
                entries[position] = found[place]
    return entries if np is None else entries.tolist()  # type: ignore[no-any-return]


def scattered(problem: Problem, entries: Sequence[Number]) -> Matrix:
    """The whole matrix of the entries of the pattern."""
    pattern, zero = problem.pattern, problem.m.number(0)
    matrix = []
    for i in range(pattern.rows):
        row = [zero] * pattern.columns
        for position in range(pattern.starts[i], pattern.starts[i + 1]):
            row[pattern.indices[position]] = entries[position]
        matrix.append(row)
    return matrix


def check_size(backend: Backend, pattern: sparsity.Pattern) -> None:
    """Refuse a matrix that is too large to be made as a whole, as that backend makes it."""
    if pattern.rows * pattern.columns > _LARGEST:
        size = f"{pattern.rows} by {pattern.columns}"
        text = f"{backend.name} makes the whole matrix, and {size} is too large for that"
        raise LimitError("too-large", text, None, "leave out --backend, or choose coloured-forward")


def gathered(pattern: sparsity.Pattern, matrix: Matrix) -> Vector:
    """The entries of the pattern in a whole matrix."""
    return [row[j] for row, columns in zip(matrix, pattern, strict=True) for j in columns]


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
    """Every backend there is: the modules of this folder, with hyphens."""
    return folder.names(__path__)


def independent() -> list[str]:
    """Those whose numbers are their own, which it makes sense to compare."""
    return [name for name in names() if load(name).independent]


def load(name: str) -> Backend:
    """The backend of that name."""
    backend: Backend = folder.load(__name__, __path__, name, "backend").BACKEND
    return backend
