"""The kernel's instructions as NumPy operations, over blocks of points that fit the cache.

Each instruction writes into a buffer that is free by then, as a compiler allocates registers, so that
the intermediate results of a block never leave the cache. What depends on no column is computed once.
Functions that only a library knows are computed point by point, with the digits that one point has.
"""

from collections.abc import Callable, Sequence
from functools import cache
from threading import local
from typing import Any, NamedTuple

from ..arrays import numpy
from ..contexts import make_context
from ..graph import CONSTANT, VARIABLE
from ..kernels import Kernel
from ..machine.parallel import in_parts
from ..machine.vectors import function
from . import Columns

_CACHE = 2_000_000  # bytes for the buffers of a block: a usual second-level cache
_LEAST, _MOST = 1024, 32_768  # points in a block: fewer cost calls, in which threads wait for each other, more cache
_CANCELS = 0.25  # of a cosine: below it the rounding of tan(x/2) shows
_WORTH = 50_000  # instructions times points that are worth a thread


@cache
def _tangent_is_fast() -> bool:
    """Whether NumPy has a tangent for this processor's vectors; its sines of doubles are computed one by one."""
    try:
        found = numpy().lib.introspect.opt_func_info(func_name="^tan$", signature="float64")
    except AttributeError:
        return False
    return any(not kind["current"].startswith("baseline") for kind in found.get("tan", {}).values())


def _sine_and_cosine(x: Any, sine: Any, cosine: Any, spare: Any, flags: Any) -> None:
    """Both by t = tan(x/2): 2t/(1 + t^2) and (1 - t^2)/(1 + t^2), which is no good where it cancels."""
    np = numpy()
    np.multiply(x, 0.5, out=sine)
    np.tan(sine, out=sine)
    np.multiply(sine, sine, out=spare)
    np.subtract(1.0, spare, out=cosine)
    np.add(spare, 1.0, out=spare)
    np.divide(1.0, spare, out=spare)
    np.multiply(cosine, spare, out=cosine)
    np.add(sine, sine, out=sine)
    np.multiply(sine, spare, out=sine)
    np.absolute(cosine, out=spare)
    np.less(spare, _CANCELS, out=flags)
    np.cos(x, out=cosine, where=flags)


class Step(NamedTuple):
    """An instruction: a function, the places of its arguments, and those that it writes into."""

    function: Callable[..., Any]
    arguments: tuple[int, ...]
    places: tuple[int, ...]


class _Places:
    """Places for columns, results and numbers, and buffers that are used again and again."""

    def __init__(self) -> None:
        self.count = 0
        self.buffers: dict[bool, list[int]] = {False: [], True: []}  # of numbers, and of conditions
        self._free: dict[bool, list[int]] = {False: [], True: []}

    def new(self) -> int:
        """A place that nobody has had."""
        self.count += 1
        return self.count - 1

    def buffer(self, *, boolean: bool) -> int:
        """A buffer that is free."""
        if not self._free[boolean]:
            self._free[boolean].append(self.new())
            self.buffers[boolean].append(self.count - 1)
        return self._free[boolean].pop()

    def give_back(self, place: int, *, boolean: bool) -> None:
        """A buffer that nobody reads any more."""
        self._free[boolean].append(place)


class _Plan:
    """The steps of a kernel, some of whose inputs are the same at all points, and the places that they use."""

    def __init__(self, kernel: Kernel, fixed: frozenset[str]) -> None:
        self.graph, self.places = kernel.graph, _Places()
        self.scalars: list[int] = []
        self.steps: list[Step] = []
        self.inputs: dict[int, str] = {}  # the names of columns, by place
        self.place_of: dict[int, int] = {}
        self._results = set(kernel.outputs.values())
        self._kept = {*self._results, *kernel.conditions}
        self._varying: set[int] = set()
        self._last = {a: node for node in kernel.order for a in self.graph.args[node]}
        self._twins = self._pairs_of_waves(kernel.order)
        for node in kernel.order:
            self._place(node, fixed)
        rows: dict[int, list[int]] = {}
        for row, node in enumerate(kernel.outputs.values()):
            rows.setdefault(self.place_of[node], []).append(row)
        computed = {place for step in self.steps for place in step.places}
        self.written = [(place, found[0]) for place, found in rows.items() if place in computed]
        self.copied = [
            (place, row) for place, found in rows.items() for row in (found[1:] if place in computed else found)
        ]
        self.conditions = [None if node is None else self.place_of[node] for node in (kernel.defined, kernel.kinked)]
        width = len(self.inputs) + len(kernel.outputs) + len(self.places.buffers[False])
        self.block = min(max(_CACHE // (8 * max(width, 1)), _LEAST), _MOST)

    def _pairs_of_waves(self, order: Sequence[int]) -> dict[int, int]:
        """The sine and the cosine of one angle, each by the other."""
        if not _tangent_is_fast():
            return {}
        waves: dict[tuple[str, int], int] = {}
        for node in order:
            if self.graph.ops[node].name in ("sin", "cos"):
                waves[self.graph.ops[node].name, self.graph.args[node][0]] = node
        pairs = [(waves["sin", a], waves["cos", a]) for name, a in waves if name == "sin" and ("cos", a) in waves]
        return {node: other for pair in pairs for node, other in (pair, pair[::-1])}

    def _place(self, node: int, fixed: frozenset[str]) -> None:
        """Give a node its place, and the step that fills it."""
        graph, places = self.graph, self.places
        op, args = graph.ops[node], graph.args[node]
        if node in self.place_of:  # its twin has brought it
            return
        if op is VARIABLE and graph.names[node] not in fixed:
            self._varying.add(node)
            self.place_of[node] = places.new()
            self.inputs[self.place_of[node]] = graph.names[node]
        elif not self._varying.intersection(args):
            self.scalars.append(node)
            self.place_of[node] = places.new()
        else:
            self._step(node, op, args)

    def _step(self, node: int, op: Any, args: Sequence[int]) -> None:
        arguments = tuple([self.place_of[a] for a in args])
        twin = self._twins.get(node)
        late = twin is not None or op.name == "where"  # these read their arguments after they have begun to write
        if not late:
            self._release(node, args)
        if twin is None:
            targets: tuple[int, ...] = (self._target(node, boolean=op.boolean),)
            run = function(op)
        else:
            sine, cosine = (node, twin) if op.name == "sin" else (twin, node)
            spare, flags = self.places.buffer(boolean=False), self.places.buffer(boolean=True)
            targets = (self._target(sine, boolean=False), self._target(cosine, boolean=False), spare, flags)
            run = _sine_and_cosine
            self.places.give_back(spare, boolean=False)
            self.places.give_back(flags, boolean=True)
        self.steps.append(Step(run, arguments, targets))
        if late:
            self._release(node, args)

    def _target(self, node: int, *, boolean: bool) -> int:
        """The place of a node that is computed: that of a result, or a buffer."""
        place = self.places.new() if node in self._results else self.places.buffer(boolean=boolean)
        self._varying.add(node)
        self.place_of[node] = place
        return place

    def _release(self, node: int, args: Sequence[int]) -> None:
        """Give back the buffers of arguments that nobody needs after this node."""
        for a in dict.fromkeys(args):
            computed = a in self._varying and self.graph.ops[a] is not VARIABLE
            if computed and self._last[a] == node and a not in self._kept:
                self.places.give_back(self.place_of[a], boolean=self.graph.ops[a].boolean)


class _Program:
    """A kernel over NumPy's arrays."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self._plans: dict[frozenset[str], _Plan] = {}
        self._kept = local()  # buffers of each thread, by plan

    def __call__(self, columns: Columns, count: int, out: Any) -> Sequence[Any]:
        np = numpy()
        fixed = frozenset([name for name in self.kernel.inputs if not getattr(columns[name], "ndim", 0)])
        plan = self._plans.get(fixed)
        if plan is None:
            plan = self._plans[fixed] = _Plan(self.kernel, fixed)
        columns = {k: columns[k] if k in fixed else np.asarray(columns[k], float) for k in self.kernel.inputs}
        template = self._with_scalars(plan, columns)
        found = [None if place is None else np.empty(count, bool) for place in plan.conditions]

        def part(begin: int, end: int) -> None:
            with np.errstate(all="ignore"):
                self._run(plan, template, columns, begin, end, out, found)

        in_parts(part, count, max(plan.block, _WORTH // max(len(plan.steps), 1)))
        return found

    def _with_scalars(self, plan: _Plan, columns: Columns) -> list[Any]:
        """The places, filled with what is the same at all points."""
        graph, m = self.kernel.graph, make_context()
        template: list[Any] = [None] * plan.places.count
        place_of = plan.place_of
        for node in plan.scalars:
            op = graph.ops[node]
            if op is VARIABLE:
                value: Any = float(columns[graph.names[node]])
            elif op is CONSTANT:
                value = m.number(graph.constants[node])
            else:
                value = op.value(m, *[template[place_of[a]] for a in graph.args[node]])
            template[place_of[node]] = value
        return template

    def _buffers(self, plan: _Plan) -> dict[int, Any]:
        """The buffers of this thread, by place."""
        np = numpy()
        kept: dict[int, dict[int, Any]] = vars(self._kept).setdefault("buffers", {})
        if id(plan) not in kept:
            kinds = ((False, float), (True, bool))
            kept[id(plan)] = {
                place: np.empty(plan.block, kind) for boolean, kind in kinds for place in plan.places.buffers[boolean]
            }
        return kept[id(plan)]

    def _run(
        self, plan: _Plan, template: list[Any], columns: Columns, begin: int, end: int, out: Any, found: Sequence[Any]
    ) -> None:
        """Run all steps, block by block."""
        places = template.copy()
        whole = self._buffers(plan)
        inputs = [(place, columns[name]) for place, name in plan.inputs.items()]
        for start in range(begin, end, plan.block):
            stop = min(start + plan.block, end)
            for place, buffer in whole.items():
                places[place] = buffer[: stop - start]
            for place, column in inputs:
                places[place] = column[start:stop]
            for place, row in plan.written:
                places[place] = out[row, start:stop]
            for run, arguments, targets in plan.steps:
                run(*[places[a] for a in arguments], *[places[target] for target in targets])
            for place, row in plan.copied:
                out[row, start:stop] = places[place]
            for where, condition in zip(plan.conditions, found, strict=True):
                if where is not None:
                    condition[start:stop] = places[where]


class Numpy:
    """The default engine."""

    name = "numpy"
    summary = "NumPy over blocks that fit the cache, on all cores"

    def compile(self, kernel: Kernel) -> _Program:
        """The program of a kernel."""
        numpy()
        return _Program(kernel)


ENGINE = Numpy()
