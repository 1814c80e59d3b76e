"""The cheaper of forward and reverse mode, by the counted cost of their passes."""

from collections.abc import Sequence

from ..contexts import Number
from . import Backend, Jacobian, Problem, Product, load


class Auto(Backend):
    name = "auto"
    summary = "forward or reverse, whichever needs fewer passes; the report says which and why"

    def jvp(self, problem: Problem, direction: Sequence[Number]) -> Product:
        return self._chosen(problem, "forward", "one pass gives a JVP").jvp(problem, direction)

    def vjp(self, problem: Problem, cotangent: Sequence[Number]) -> Product:
        return self._chosen(problem, "reverse", "one pass gives a VJP").vjp(problem, cotangent)

    def jacobian(self, problem: Problem) -> Jacobian:
        n, m = len(problem.inputs), len(problem.outputs)
        forward, reverse = _count(n, "input"), _count(m, "output")
        if n < m:
            return self._chosen(problem, "forward", f"{forward} need fewer passes than {reverse}").jacobian(problem)
        why = f"{reverse} need fewer passes than {forward}" if m < n else f"{reverse} and {forward} need the same passes"
        return self._chosen(problem, "reverse", why).jacobian(problem)

    def _chosen(self, problem: Problem, name: str, why: str) -> Backend:
        problem.backend, problem.reason = name, f"auto chose {name}: {why}"
        return load(name)


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


BACKEND = Auto()
