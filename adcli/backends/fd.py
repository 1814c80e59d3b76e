"""Finite differences: from values alone, so no derivative rule is shared with the others.

Every entry comes with an estimate of its error; `differences` has the method. A step that
leaves the domain is shrunk or made one-sided there, because a point where the function is
undefined has no values. At `--digits N` the values are computed to 2N + 20 digits, since a
difference quotient keeps about two thirds of them.
"""

from collections.abc import Callable, Sequence
from typing import Any

from ..contexts import Number
from ..diagnostics import undefined_node
from ..differences import Difference, difference
from ..primitives import TABLE
from ..sweeps import values
from . import Backend, Jacobian, Problem, Product


class FiniteDifferences(Backend):
    name = "fd"
    summary = "finite differences of values, with an error estimate for every entry"
    mode = "forward"
    exact = False

    def jvp(self, problem: Problem, direction: Sequence[Number]) -> Product:
        work = _widened(problem)
        along = [work.m.number(0 if d is None else d) for d in direction]
        moved = [(n, work.point[n], d) for n, d in zip(work.inputs, along, strict=True) if d != 0]
        evaluate = _Evaluation(work, [n for n, _, _ in moved])

        def line(t: Number) -> list[Number] | None:
            return evaluate({n: b + t * d for n, b, d in moved})

        size = max((abs(d) for d in along), default=work.m.number(1))
        found = self._difference(problem, work, line, work.m.number(0), "along the direction", size)
        return Product(_narrowed(problem, found.derivative), _narrowed(problem, found.error))

    def vjp(self, problem: Problem, cotangent: Sequence[Number]) -> Product:
        entries, errors = self.jacobian(problem)
        weights = [problem.m.number(0 if w is None else w) for w in cotangent]
        zero = problem.m.number(0)

        def fold(matrix: Any, scales: list[Number]) -> list[Number]:
            return [
                sum((row[j] * w for row, w in zip(matrix, scales, strict=True) if w != 0), zero)
                for j in range(len(problem.inputs))
            ]

        return Product(fold(entries, weights), fold(errors, [abs(w) for w in weights]))

    def jacobian(self, problem: Problem) -> Jacobian:
        work = _widened(problem)
        origins = _origins(work)
        columns = []
        for node in work.inputs:
            label = work.graph.names[node].partition("'")[0]
            evaluate = _Evaluation(work, [node])
            origin = origins.get(node, work.m.number(0))

            def line(t: Number, node: int = node, evaluate: _Evaluation = evaluate, origin: Number = origin) -> Any:
                return evaluate({node: t - origin})

            columns.append(self._difference(problem, work, line, work.point[node] + origin, f"by {label}"))
        count = len(problem.outputs)
        entries = [[_narrow(problem, c.derivative[i]) for c in columns] for i in range(count)]
        return Jacobian(entries, [[_narrow(problem, c.error[i]) for c in columns] for i in range(count)])

    def _difference(
        self,
        problem: Problem,
        work: Problem,
        line: Callable[[Number], list[Number] | None],
        base: Number,
        label: str,
        size: Number | None = None,
    ) -> Difference:
        step = problem.options.get("step")
        found = difference(
            line,
            base,
            eps=work.m.epsilon,
            scale=None if size is None or size == 0 else 1 / size,
            scheme=problem.options.get("scheme") or "central",
            step=None if step is None else work.m.number(step),
            center=[work.values[node] for node in work.outputs],
        )
        problem.passes += found.evaluations
        problem.operations, problem.nodes = work.operations, len(work.order)
        problem.notes += [f"{label}: {note}" for note in found.notes]
        return found


def _widened(problem: Problem) -> Problem:
    """The same problem in a precision that leaves enough digits after differencing."""
    if problem.m.digits is None:
        return problem
    wide = problem.m.widened(2 * problem.m.digits + 20)
    point = {node: wide.number(x) for node, x in problem.point.items()}
    return Problem(wide, problem.graph, problem.inputs, problem.outputs, point)


def _origins(work: Problem) -> dict[int, Number]:
    """For each input that shifts an intermediate, the value of that: steps are taken on its scale."""
    ops, args = work.graph.ops, work.graph.args
    return {args[node][1]: work.values[args[node][0]] for node in work.order if ops[node] is TABLE["shifted"]}


class _Evaluation:
    """The outputs with some inputs changed: only what depends on those is computed again."""

    def __init__(self, work: Problem, changing: Sequence[int]) -> None:
        ops = work.graph.ops
        active = work.graph.depending(work.order, changing)
        self.work = work
        self.order = [node for node in work.order if active[node]]
        self.restricted = [node for node in self.order if ops[node].domain is not None]
        self.arithmetic = sum(1 for node in self.order if node not in changing)

    def __call__(self, changed: dict[int, Number]) -> list[Number] | None:
        """The values of the outputs, or None where one of them is undefined."""
        work = self.work
        work.operations += self.arithmetic
        v = values(work.m, work.graph, self.order, changed, work.values)
        if undefined_node(work.m, work.graph, work.order, v, work.outputs, self.restricted) is not None:
            return None
        return [v[node] for node in work.outputs]


def _narrow(problem: Problem, x: Number) -> Number:
    return problem.m.number(x) if problem.m.digits is not None else x


def _narrowed(problem: Problem, xs: Sequence[Number]) -> list[Number]:
    return [_narrow(problem, x) for x in xs]


BACKEND = FiniteDifferences()
