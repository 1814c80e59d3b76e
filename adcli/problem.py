"""A function at a point, with all that sweeps over its graph share.

>>> from adcli.products import Function
>>> problem = Function("x*y + sin(x)").solve("x=0, y=2", {}).problem
>>> problem.output_values(), problem.push([1.0, 0.0]), problem.pull([1.0]), problem.passes
([0.0], [3.0], [3.0, 0.0], 2)
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain, compress, repeat
from operator import countOf, is_
from typing import Any

from . import coloring, sparsity, sweeps
from .contexts import Number, NumberContext
from .dependents import Dependents
from .errors import UsageError
from .graph import Graph
from .levels import Levels, levels_of

Vector = list[Number]

_FEW = 32  # inputs; of more, one at a time is followed through what depends on it alone
_ONCE = 10_000  # nodes from which one reverse pass keeps no partial derivatives


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
        """The nodes that the outputs depend on, in topological order."""
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
        found = levels_of(self.m, self.graph, self.inputs, self.outputs)
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
        """The value of every node."""
        if self._array is not None and self.levels is not None:
            return self.levels.listed(self._array)
        self.operations += self.arithmetic
        return sweeps.values(self.m, self.graph, self.order, self.point)

    @cached_property
    def active(self) -> bytearray:
        """For each node, 1 if it depends on an input."""
        return self.graph.depending(self.order, self.inputs)

    @cached_property
    def partials(self) -> sweeps.Partials:
        """The linearized graph: the partial derivatives of each node by its arguments."""
        partials = sweeps.linearize(self.m, self.graph, self.order, self.values, self.active)
        self.edges = _edges(partials)
        self.operations += self.edges
        return partials

    @cached_property
    def dependents(self) -> Dependents:
        """What depends on a node."""
        return Dependents(self.graph, self.order)

    @cached_property
    def structure(self) -> sparsity.Structure:
        """The pattern of the Jacobian, and what the graph says about the work."""
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
        """Columns that share a forward pass."""
        return coloring.color_rows(self.pattern.transposed)

    @cached_property
    def row_coloring(self) -> coloring.Coloring:
        """Rows that share a reverse pass."""
        return coloring.color_rows(self.pattern)

    @cached_property
    def star_coloring(self) -> coloring.Coloring:
        """Columns of a symmetric matrix that share a pass."""
        return coloring.star_coloring(self.pattern)

    @cached_property
    def bicoloring(self) -> coloring.Bicoloring:
        """Rows and columns that share passes, each entry by one of them."""
        return coloring.bicoloring(self.pattern)

    def output_values(self) -> Vector:
        """The value of each output."""
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
