"""Forward mode: tangents carried along with the values, one pass for each input direction."""

from collections.abc import Sequence

from ..contexts import Number
from ..problem import Problem
from . import Backend, Product


class Forward(Backend):
    name = "forward"
    summary = "tangent sweeps: one pass for each input, any number of outputs"
    mode = "forward"

    def jvp(self, problem: Problem, direction: Sequence[Number]) -> Product:
        return Product(problem.push(direction))


BACKEND = Forward()
