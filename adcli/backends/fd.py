"""Finite differences: from values alone, so no derivative rule is shared with the others.

Every entry comes with an estimate of its error; `differences` has the method. A step that
leaves the domain is shrunk or made one-sided there, because a point where the function is
undefined has no values. At `--digits N` the values are computed to 2N + 20 digits, since a
difference quotient keeps about two thirds of them.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any

from ..contexts import Number
from ..diagnostics import undefined_node
from ..differences import difference
from ..primitives import TABLE
from ..problem import Problem
from . import Backend, Jacobian, Product

_ARITHMETIC: dict[str, Callable[..., Number]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "neg": operator.neg,
}
_Step = tuple[int, Callable[..., Number], int, int | None, tuple[int, ...] | None]
"""A node, its verb, its first and second argument, and all of them where there are more."""


class FiniteDifferences(Backend):
    name = "fd"
    summary = "finite differences of values, with an error estimate for every entry"
    mode = "forward"
    exact = False

    def jvp(self, problem: Problem, direction: Sequence[Number]) -> Product:
        work = _widened(problem)
        along = [work.m.number(0 if d is None else d) for d in direction]
        moved = [(n, work.point[n], d) for n, d in zip(work.inputs, along, strict=True) if d != 0]
        line = _Line(_Evaluations(work), [n for n, _, _ in moved])

        def along_it(t: Number) -> list[Number] | None:
            return line.at([b + t * d for _, b, d in moved])

        size = max((abs(d) for d in along), default=work.m.number(1))
        found = self._difference(problem, line, along_it, work.m.number(0), "along the direction", size)
        return Product(_narrowed(problem, found.entries), _narrowed(problem, found.errors or []))

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
        evaluations = _Evaluations(work)
        columns = []
        for node in work.inputs:
            label = work.graph.names[node].partition("'")[0]
            line = _Line(evaluations, [node])
            origin = origins.get(node, work.m.number(0))

            def along_it(t: Number, line: _Line = line, origin: Number = origin) -> list[Number] | None:
                return line.at([t - origin])

            columns.append(self._difference(problem, line, along_it, work.point[node] + origin, f"by {label}"))
            line.restore()
        count = len(problem.outputs)
        entries, errors = [c.entries for c in columns], [c.errors or [] for c in columns]
        return Jacobian(
            *[[_narrowed(problem, [c[i] for c in part]) for i in range(count)] for part in (entries, errors)]
        )

    def _difference(
        self,
        problem: Problem,
        line: "_Line",
        outputs: Callable[[Number], list[Number] | None],
        base: Number,
        label: str,
        size: Number | None = None,
    ) -> Product:
        """The derivative of every output along the line; exactly 0 for those that do not depend on it."""
        step, work = problem.options.get("step"), line.evaluations.work
        zeros = [work.m.number(0)] * len(work.outputs)
        entries, errors = zeros, zeros.copy()
        if line.reached:
            found = difference(
                outputs,
                base,
                eps=work.m.epsilon,
                scale=None if size is None or size == 0 else 1 / size,
                scheme=problem.options.get("scheme") or "central",
                step=None if step is None else work.m.number(step),
                center=[work.values[work.outputs[i]] for i in line.reached],
            )
            for i, derivative, error in zip(line.reached, found.derivative, found.error, strict=True):
                entries[i], errors[i] = derivative, error
            problem.passes += found.evaluations
            problem.notes += [f"{label}: {note}" for note in found.notes]
        problem.operations, problem.nodes = work.operations, len(work.order)
        return Product(entries, errors)


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


class _Evaluations:
    """The values of a problem, and what it takes to compute them again where inputs move.

    Made once for all columns. A column costs what depends on its input, never the whole graph.
    """

    def __init__(self, work: Problem) -> None:
        ops, args = work.graph.ops, work.graph.args
        self.work = work
        self.values = work.values.copy()  # written over by every evaluation, and restored after each line
        self.steps: dict[int, _Step] = {}
        verbs: dict[Any, Any] = {}
        for node in work.order:
            op, nodes = ops[node], args[node]
            if nodes:
                verb = verbs.get(op)
                if verb is None:
                    verb = verbs[op] = _ARITHMETIC[op.name] if op.name in _ARITHMETIC else getattr(work.m, op.name)
                count = len(nodes)
                self.steps[node] = (node, verb, nodes[0], nodes[1] if count > 1 else None, nodes if count > 2 else None)


class _Line:
    """The outputs with some inputs moved: only what depends on those is computed again."""

    def __init__(self, evaluations: _Evaluations, moving: Sequence[int]) -> None:
        graph = evaluations.work.graph
        self.evaluations = evaluations
        self.moving = moving
        self.order = evaluations.work.dependents.of(moving)
        moved = {*moving, *self.order}
        self.reached = [i for i, node in enumerate(evaluations.work.outputs) if node in moved]
        self.steps = [evaluations.steps[node] for node in self.order]
        self.restricted = [
            (domain.contains, graph.args[node]) for node in self.order if (domain := graph.ops[node].domain) is not None
        ]

    def at(self, moved: Sequence[Number]) -> list[Number] | None:
        """The outputs reached, for these values of the moving inputs; None where one of them is undefined."""
        v, work = self.evaluations.values, self.evaluations.work
        work.operations += len(self.steps)
        for node, x in zip(self.moving, moved, strict=True):
            v[node] = x
        for node, verb, a, b, nodes in self.steps:
            if b is None:
                v[node] = verb(v[a])
            elif nodes is None:
                v[node] = verb(v[a], v[b])
            else:
                v[node] = verb(*[v[x] for x in nodes])
        return None if self._undefined() else [v[work.outputs[i]] for i in self.reached]

    def _undefined(self) -> bool:
        """Whether the outputs depend on a node whose arguments lie outside its domain."""
        v, work = self.evaluations.values, self.evaluations.work
        m = work.m
        if all(contains(m, *[v[a] for a in nodes]) for contains, nodes in self.restricted):
            return False
        return undefined_node(m, work.graph, self.order, v, work.outputs) is not None

    def restore(self) -> None:
        """Put the values at the point back."""
        v, start = self.evaluations.values, self.evaluations.work.values
        for node in (*self.moving, *self.order):
            v[node] = start[node]


def _narrowed(problem: Problem, xs: Sequence[Number]) -> list[Number]:
    """Numbers of the wider precision in that of the problem."""
    return list(xs) if problem.m.digits is None else [problem.m.number(x) for x in xs]


BACKEND = FiniteDifferences()
