"""What is to be certified: a function, a point that is read anew at every precision, and the numbers asked for."""

from collections.abc import Mapping
from fractions import Fraction
from math import prod
from typing import Any, NamedTuple

from .. import backends, reports
from ..backends.symbolic import derivative_graph
from ..contexts import make_context
from ..contexts.balls import BallContext
from ..contexts.enclosures import Enclosure
from ..errors import DomainError, UsageError
from ..graph import Graph
from ..language import PointText, read_point
from ..points import Given, PointLike, assign, read_values
from ..problem import Problem
from ..products import Function, Solved
from ..shapes import nested
from .algebra import Algebra, Substitution
from .rounding import decimal, double, fraction

ORDERS = {"value": 0, "gradient": 1, "jacobian": 1, "hessian": 2}
_COMMANDS = {"gradient": "grad", "hessian": "hess"}


class Spot(NamedTuple):
    """One of the numbers: output i; or its derivative by input j; or by inputs j and k."""

    i: int
    j: int | None = None
    k: int | None = None

    @property
    def order(self) -> int:
        """How often it is differentiated."""
        return (self.j is not None) + (self.k is not None)


class Question:
    """A function at a point, and how many derivatives are asked for.

    `at` is a point as the products take it; `named` holds values by name, and the options `wrt` and
    `backend`. Raises `UsageError` for what does not fit.
    """

    def __init__(self, function: Function, kind: str, at: PointLike, named: Mapping[str, Any]) -> None:
        self.kind = kind
        self.wrt = named.get("wrt")
        self.named = {name: x for name, x in named.items() if name not in ("wrt", "backend")}
        self.backend = backends.load(named.get("backend") or "auto")
        if not self.backend.exact:
            raise UsageError(
                "not-for-backend", f"--certified is for exact backends: {self.backend.name} takes differences", None,
                "leave --backend away, or name forward, reverse or symbolic",
            )  # fmt: skip
        self.at = read_point(at, lets=function.lets) if isinstance(at, str) else at
        self.function = function.for_point(self.at, self.named).for_wrt(self.wrt)
        self.columns = self.function.columns(self.wrt)
        self._gradient: tuple[Graph, list[int]] | None = None
        self._algebra: Algebra | None = None

    @property
    def is_text(self) -> bool:
        """Whether the point was given as text, and not by numbers of Python."""
        return isinstance(self.at, PointText) or not (self.at or self.named)

    @property
    def order(self) -> int:
        """The highest order of derivatives asked for."""
        return ORDERS[self.kind]

    def spots(self) -> list[Spot]:
        """The numbers asked for, lowest order first."""
        outputs, inputs = range(len(self.function.outputs)), range(len(self.columns))
        spots = [Spot(i) for i in outputs]
        if self.order > 0:
            spots += [Spot(i, j) for i in outputs for j in inputs]
        if self.order > 1:
            spots += [Spot(i, j, k) for i in outputs for j in inputs for k in inputs]
        return spots

    def numbers(self, m: BallContext) -> dict[str, Enclosure]:
        """The point over balls, by the names of entries; `UndecidedError` if more bits are needed to read it."""
        return assign(read_values(self.at, self.named, m, self.function.lets, "--at"), self.function.program)

    def solve(self, m: BallContext, point: Mapping[str, Enclosure]) -> Solved:
        """The function at the point over balls."""
        f, program = self.function, self.function.program
        inputs = {program.variables[name]: x for name, x in point.items()} | dict.fromkeys(program.zeros, m.number(0))
        outputs = [node for _, node in program.outputs]
        problem = Problem(m, program.graph, list(self.columns.values()), outputs, inputs)
        if self._algebra is not None:
            problem.values = self._algebra.facts.values(m, program.graph, problem.order, inputs)
        solved = Solved(f, problem, self.backend, dict(point), tuple(self.columns), f.blocks(self.wrt))
        if self.kind in _COMMANDS:
            solved.need_one_output(_COMMANDS[self.kind], "jac --certified takes several")
        return solved

    def gradient(self, problem: Problem) -> Problem:
        """The gradient of the one output as a problem of its own, whose graph is made once."""
        if self._gradient is None:
            graph, entries, _ = derivative_graph(problem.graph, problem.inputs, problem.outputs, "reverse")
            self._gradient = graph, entries[0]
        graph, entries_ = self._gradient
        names = problem.graph.names
        point = {graph.variable(names[node]): x for node, x in problem.point.items()}
        inputs = [graph.variable(names[node]) for node in problem.inputs]
        return Problem(problem.m, graph, inputs, entries_, point)

    def algebra(self, point: Mapping[str, Enclosure]) -> Algebra:
        """Proofs about this function at this point."""
        if self._algebra is None:
            program = self.function.program
            self._algebra = Algebra(program.graph, [node for _, node in program.outputs], self._formulas(point))
        return self._algebra

    def _formulas(self, point: Mapping[str, Enclosure]) -> Substitution:
        """The point as formulas: as the text has it, or as rationals; of what is neither nothing is known."""
        program = self.function.program
        zeros = {program.graph.names[node]: Fraction(0) for node in program.zeros}
        if isinstance(self.at, PointText) and not self.named:
            shapes = self.at.shapes()
            values = [[x] if isinstance(x, int) else x.items for _, x in self.at.items]
            given = [Given(name, shape, list(items)) for (name, shape), items in zip(shapes, values, strict=True)]
            return Substitution(self.at.graph, assign(given, self.function.program), zeros)
        known = {name: fraction(x) for name, x in point.items() if x.rational is not None}
        return Substitution(Graph(), {}, zeros | known)

    def shown(self, point: Mapping[str, Enclosure], digits: int | None) -> dict[str, Any]:
        """The point as results hold it, nested as the variables are: the doubles nearest to it, or so many digits."""
        numbers = iter([double(x) if digits is None else str(decimal(x, digits) or double(x)) for x in point.values()])
        inputs = self.function.program.inputs
        return {name: nested([next(numbers) for _ in range(prod(shape))], shape) for name, shape in inputs.items()}

    def undefined(self, problem: Problem, node: int) -> DomainError:
        """The error that a node is undefined, with about the values that led there."""
        about = Problem(make_context(), problem.graph, problem.inputs, problem.outputs, {})
        about.values = [float(x) if isinstance(x, Enclosure) else x for x in problem.values]
        return reports.undefined(self.function.program, about, node)
