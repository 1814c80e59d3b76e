"""What a claim is about: the outputs whose derivatives are claimed, and how to have them anywhere.

Of order 1 these are the outputs of the program, and the derivatives are its Jacobian. Of order 2
they are the entries of the gradient, whose graph a symbolic sweep builds: a Hessian is the Jacobian
of that, and everything that is known of Jacobians serves it too.
"""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from .. import backends, diagnostics, sweeps
from ..backends.symbolic import derivative_graph
from ..contexts import Number, NumberContext
from ..errors import UsageError
from ..points import PointLike, assign, listed, read_values
from ..problem import Problem
from ..products import Function
from ..shapes import nested

Matrix = list[list[Number]]


class Place(NamedTuple):
    """A point: what was given as a point, or the numbers that were chosen for each variable."""

    given: PointLike
    chosen: Mapping[str, float] | None = None
    why: str = ""
    """Why a chosen point is there, where that is not plain."""


class Target:
    """Outputs over inputs in one graph: `rows` and `columns` are their names.

    `function` has been read with the shapes of the point. Raises `UsageError` if there is nothing to
    differentiate by, or a Hessian of several outputs is asked for.
    """

    def __init__(self, function: Function, wrt: Any = None, order: int = 1) -> None:
        function = function.for_wrt(wrt)
        program, columns = function.program, function.columns(wrt)
        if not columns:
            raise UsageError("no-variables", "the expression has no variables: there is nothing to check")
        if order not in (1, 2):
            raise UsageError("bad-order", f"--order {order}: a check is of first derivatives (1) or a Hessian (2)")
        outputs = [node for _, node in program.outputs]
        self.function, self.program, self.order, self.wrt = function, program, order, wrt
        self.columns = tuple(columns)
        self.rows = tuple(function.outputs)
        self.graph, self.inputs, self.outputs = program.graph, list(columns.values()), outputs
        if order == 2:
            if len(outputs) != 1:
                text = f"a Hessian is of one output, and there are {len(outputs)}: {listed(self.rows)}"
                raise UsageError("several-outputs", text)
            names = [program.graph.names[node] for node in self.inputs]
            self.graph, entries, _ = derivative_graph(program.graph, self.inputs, outputs, "reverse")
            self.inputs, self.outputs = [self.graph.variable(name) for name in names], entries[0]
            self.rows = self.columns

    def label(self, row: str, column: str) -> str:
        """The derivative as people write it."""
        return f"∂{row}/∂{column}" if self.order == 1 else f"∂²{self.function.outputs[0]}/∂{row}∂{column}"

    # -- at a point

    def numbers(self, m: NumberContext, place: Place) -> dict[str, Number]:
        """The values of the variables, by the names of entries."""
        if place.chosen is not None:
            return {name: m.number(x) for name, x in place.chosen.items()}
        return assign(read_values(place.given, {}, m, self.function.lets, "--at"), self.program)

    def own(self, m: NumberContext, numbers: Mapping[str, Number]) -> Problem:
        """The program itself at a point."""
        point = {self.program.variables[name]: x for name, x in numbers.items()}
        point |= dict.fromkeys(self.program.zeros, m.number(0))
        inputs, outputs = list(self.function.columns(self.wrt).values()), [n for _, n in self.program.outputs]
        return Problem(m, self.program.graph, inputs, outputs, point)

    def problem(self, m: NumberContext, numbers: Mapping[str, Number]) -> Problem:
        """The outputs and inputs of the claim at a point."""
        if self.order == 1:
            return self.own(m, numbers)
        zeros = [self.program.graph.names[node] for node in self.program.zeros]
        values = {**numbers, **dict.fromkeys(zeros, m.number(0))}
        point = {self.graph.variable(name): x for name, x in values.items()}
        return Problem(m, self.graph, self.inputs, self.outputs, point)

    def undefined(self, m: NumberContext, numbers: Mapping[str, Number]) -> bool:
        """Whether the function, or the gradient that is differentiated, has no finite value here."""
        p = self.own(m, numbers)
        if diagnostics.undefined_node(m, p.graph, p.order, p.values, p.outputs) is not None:
            return True
        return not all(m.is_finite(x) for x in self.problem(m, numbers).output_values())

    def derivative(self, problem: Problem) -> Matrix:
        """The true derivatives, by the exact backend that takes the fewest passes."""
        return backends.load("auto").jacobian(problem).entries

    def moved(self, problem: Problem, steps: Mapping[int, Number]) -> list[Number] | None:
        """The outputs with the inputs moved by `steps` (by the number of the column); None off the domain."""
        m, point = problem.m, dict(problem.point)
        for j, step in steps.items():
            point[self.inputs[j]] = point[self.inputs[j]] + step
        v = sweeps.values(m, self.graph, problem.order, point)
        if diagnostics.undefined_node(m, self.graph, problem.order, v, self.outputs) is not None:
            return None
        values = [v[node] for node in self.outputs]
        return values if all(m.is_finite(x) for x in values) else None

    def point_json(self, numbers: Mapping[str, Number]) -> dict[str, Any]:
        """The point as results hold it, in floats: a number, or nested lists, for each variable."""
        xs = iter([float(x) for x in numbers.values()])
        return {name: nested([next(xs) for _ in range(prod(s))], s) for name, s in self.program.inputs.items()}


def flat(matrix: Sequence[Sequence[Number]]) -> list[Number]:
    """The entries of a matrix, row by row."""
    return [x for row in matrix for x in row]
