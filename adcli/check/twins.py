"""The sweep of one backend twice: in doubles, as the backend does it, and in balls, as it should come out."""

import sys
from functools import cached_property
from math import inf, isfinite
from typing import Any

from .. import backends, sweeps
from ..backends.symbolic import derivative_graph
from ..certified.question import Question
from ..contexts.balls import BallContext
from ..contexts.enclosures import UNSURE, Enclosure
from ..problem import Problem
from ..results.accuracy import BITS_OF_A_DOUBLE, Loss
from .losses import Trail

_SLACK = 8.0  # times the radius of a ball at 53 bits: functions of doubles are not all correctly rounded
_UNIT = 2.0**-53
_LEAST_NORMAL, _LARGEST = sys.float_info.min, sys.float_info.max
_LEAST = 2.0**-1060  # an error that numbers below the normal ones explain


class Twins:
    """The problem that the backend `name` evaluates, in doubles and over balls of `m`, which must be entered."""

    def __init__(self, question: Question, name: str, doubles: Problem, m: BallContext) -> None:
        self.question = question
        self.name = name
        self.m = m
        balls = question.solve(m, question.numbers(m)).problem
        self.width = len(doubles.inputs)
        if name == "symbolic":
            graph, matrix, _ = derivative_graph(doubles.graph, doubles.inputs, doubles.outputs)
            outputs = [node for row in matrix for node in row]
            doubles, balls = (_moved(problem, graph, outputs) for problem in (doubles, balls))
        self.doubles, self.balls = doubles, balls
        self._trails: dict[int, Trail] = {}

    @cached_property
    def tolerances(self) -> list[list[float]]:
        """For each entry, the error that rounding explains: some radii of the same sweep over balls of 53 bits."""
        with BallContext(BITS_OF_A_DOUBLE, rough=True) as m:
            problem = self.question.solve(m, self.question.numbers(m)).problem
            rows = backends.load(self.name).jacobian(problem).entries
            return [[_explained(m.lift(x)) for x in row] for row in rows]

    @cached_property
    def leaves_range(self) -> bool:
        """Whether a number of the sweep is too large for a double, or too small for a normal one."""
        p = self.balls
        return any(self._is_out_of_range(x) for node in p.order for x in (p.values[node], *(p.partials[node] or ())))

    def _is_out_of_range(self, x: Any) -> bool:
        if x is None or x is UNSURE or isinstance(x, bool):
            return False
        size = abs(self.m.lift(x))
        return size.is_finite and size.rational != 0 and ((size < _LEAST_NORMAL) is True or (size > _LARGEST) is True)

    def lost(self, i: int, j: int) -> Loss | None:
        """Where the entry of output i by input j lost its digits."""
        if self.name == "symbolic":
            return self._trail(0).blame(self.doubles.outputs[i * self.width + j])
        if self.name == "forward":
            return self._trail(j).blame(self.doubles.outputs[i])
        return self._trail(i).blame(self.doubles.inputs[j])

    def _trail(self, k: int) -> Trail:
        """The trail of the k-th pass."""
        if k not in self._trails:
            if self.name == "symbolic":
                self._trails[k] = Trail(self.m, self.doubles, self.balls)
            elif self.name == "forward":
                found = [sweeps.push(p.graph, p.order, p.partials, {p.inputs[k]: p.m.number(1)}) for p in self._pair]
                self._trails[k] = Trail(self.m, *self._pair, "tangent", (found[0], found[1]))
            else:
                found = [sweeps.pull(p.graph, p.order, p.partials, {p.outputs[k]: p.m.number(1)}) for p in self._pair]
                self._trails[k] = Trail(self.m, *self._pair, "adjoint", (found[0], found[1]))
        return self._trails[k]

    @property
    def _pair(self) -> tuple[Problem, Problem]:
        return self.doubles, self.balls


def _moved(problem: Problem, graph: Any, outputs: list[int]) -> Problem:
    """The same point for another graph of the same variables."""
    by_name = {problem.graph.names[node]: x for node, x in problem.point.items()}
    point = {node: by_name[name] for node, name in graph.names.items() if name in by_name}
    return Problem(problem.m, graph, list(point), outputs, point)


def _explained(x: Enclosure) -> float:
    """The error that a rough ball explains; infinite if the ball is."""
    if not x.is_finite:
        return inf
    size = abs(float(x.ball))
    found = _SLACK * (float(x.ball.rad()) + _UNIT * size) + _LEAST
    return found if isfinite(found) else inf
