"""The cheaper of forward and reverse mode, by the counted cost of their passes."""

from collections.abc import Sequence

from ..contexts import Number
from . import Backend, Jacobian, Problem, Product, load


class Auto(Backend):
    name = "auto"
    summary = "forward or reverse, whichever needs fewer passes; the report says which and why"

    def jvp(self, problem: Problem, direction: Sequence[Number]) -> Product:
        return self._chosen(problem, "forward", "a JVP is one pass of it").jvp(problem, direction)

    def vjp(self, problem: Problem, cotangent: Sequence[Number]) -> Product:
        return self._chosen(problem, "reverse", "a VJP is one pass of it").vjp(problem, cotangent)

    def jacobian(self, problem: Problem) -> Jacobian:
        n, m = len(problem.inputs), len(problem.outputs)
        forward, reverse = f"forward takes {_count(n)}", f"reverse takes {_count(m)}"
        if n < m:
            return self._chosen(problem, "forward", f"{forward}, {reverse}").jacobian(problem)
        why = f"{reverse}, {forward}" if m < n else f"both take {_count(m)}"
        return self._chosen(problem, "reverse", why).jacobian(problem)

    def _chosen(self, problem: Problem, name: str, why: str) -> Backend:
        problem.backend, problem.reason = name, f"auto chose {name}: {why}"
        return load(name)


def _count(passes: int) -> str:
    return "1 pass" if passes == 1 else f"{passes} passes"


BACKEND = Auto()
