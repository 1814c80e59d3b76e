"""Reverse mode: adjoints carried back from the outputs, one pass for each output."""

from collections.abc import Sequence

from ..contexts import Number
from ..problem import Problem
from . import Backend, Product


class Reverse(Backend):
    name = "reverse"
    summary = "adjoint sweeps: one pass for each output, any number of inputs"
    mode = "reverse"

    def vjp(self, problem: Problem, cotangent: Sequence[Number]) -> Product:
        return Product(problem.pull(cotangent))


BACKEND = Reverse()
