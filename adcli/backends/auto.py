"""The cheapest mode, by the counted cost of its passes.

A pass visits every node of the graph, and multiplies along the edges that it reaches. Of a small Jacobian
forward and reverse mode are compared by their numbers of passes alone; where both take many, the
pattern is looked for, as long as that takes a fraction of the passes, and colourings join the
comparison: of the columns, of the rows, of both, or of a symmetric matrix by stars. What is looked for
ends at the bound that no colouring can beat.
"""

from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from ..contexts import Number
from ..errors import LimitError
from ..problem import Problem
from ..results.base import counted
from . import Backend, Jacobian, Product, load

_FEW = 32  # passes that take less time than looking for better ones
_FRACTION = 8  # of the edges of all passes, as many indices may be put together to find a pattern
_PLAIN = 3  # passes of one mode that both together hardly beat
_SURELY = 1.5  # times the passes that both together must take at least

R = TypeVar("R")


class Auto(Backend):
    name = "auto"
    summary = "whichever of the others takes the least work, by counting; the report says which and why"
    independent = False

    def jvp(self, problem: Problem, direction: Sequence[Number]) -> Product:
        return self._chosen(problem, "forward", "a JVP is one pass of it").jvp(problem, direction)

    def vjp(self, problem: Problem, cotangent: Sequence[Number]) -> Product:
        return self._chosen(problem, "reverse", "a VJP is one pass of it").vjp(problem, cotangent)

    def jacobian(self, problem: Problem) -> Jacobian:
        chosen = self._cheapest(problem, known=_is_known_to_be_sparse(problem))
        return _explained(problem, chosen, chosen.jacobian(problem))

    def nonzeros(self, problem: Problem) -> Product:
        chosen = self._cheapest(problem, known=True)
        return _explained(problem, chosen, chosen.nonzeros(problem))

    def _cheapest(self, problem: Problem, *, known: bool) -> Backend:
        """The cheapest backend; the pattern decides only if it is `known`."""
        plain, why = _plain(problem)
        return self._chosen(problem, _cheapest(problem, plain) if known else plain, why)

    def _chosen(self, problem: Problem, name: str, why: str) -> Backend:
        problem.backend, problem.reason = name, f"auto chose {name}: {why}"
        return load(name)


def _explained(problem: Problem, chosen: Backend, result: R) -> R:
    """The result of the chosen backend; where that gave a reason of its own, it is put beside the plain modes."""
    if not chosen.independent:
        n, m = len(problem.inputs), len(problem.outputs)
        problem.reason = f"auto chose {chosen.name}: {problem.reason}; forward takes {n}, reverse {m}"
    return result


def _plain(problem: Problem) -> tuple[str, str]:
    """Forward or reverse mode, whichever takes fewer passes, and why."""
    n, m = len(problem.inputs), len(problem.outputs)
    forward, reverse = f"forward takes {_count(n)}", f"reverse takes {_count(m)}"
    if n < m:
        return "forward", f"{forward}, {reverse}"
    return "reverse", f"{reverse}, {forward}" if m < n else f"both take {_count(m)}"


_count = partial(counted, noun="pass", plural="passes")


def _is_known_to_be_sparse(problem: Problem) -> bool:
    """Whether the pattern is worth looking for, and was found: then the problem has its `structure`."""
    fewest = min(len(problem.inputs), len(problem.outputs))
    if fewest <= _FEW:
        return False
    try:
        problem.structure = problem.find_structure(fewest * problem.arguments // _FRACTION)
    except LimitError:
        return False
    return True


def _cheapest(problem: Problem, plain: str) -> str:
    """The name of the cheapest mode, `plain` unless another is cheaper.

    Colourings are made while their bounds promise less than the best so far.
    """
    pattern, nodes = problem.pattern, problem.size
    _, edges, upward, downward = problem.structure

    def cost(forward: int, reverse: int) -> int:
        """Of so many passes: all nodes for each, and the edges, no more than those that unit vectors reach."""
        along = min(forward * edges, forward * edges if upward is None else upward)
        against = min(reverse * edges, reverse * edges if downward is None else downward)
        return (forward + reverse) * nodes + along + against

    alone = pattern.columns if plain == "forward" else pattern.rows
    best = cost(alone, 0) if plain == "forward" else cost(0, alone)
    chosen = plain

    def is_better(forward: int, reverse: int) -> bool:
        """Whether it takes fewer passes than the plain mode, and less work than what is chosen so far."""
        return forward + reverse < alone and cost(forward, reverse) < best

    if problem.symmetric:
        star = is_better(1, 0) and is_better(problem.star_coloring.passes, 0)
        return "coloured-forward" if star else plain
    fewest = alone
    if is_better(pattern.widest, 0):
        count = problem.column_coloring.passes
        fewest = min(fewest, count)
        if is_better(count, 0):
            best, chosen = cost(count, 0), "coloured-forward"
    if is_better(0, pattern.transposed.widest):
        count = problem.row_coloring.passes
        fewest = min(fewest, count)
        if is_better(0, count):
            best, chosen = cost(0, count), "coloured-reverse"
    least = -(-pattern.nonzeros // max(pattern.rows, pattern.columns, 1))  # a pass gives so many entries at most
    if fewest > max(_PLAIN, _SURELY * least):
        both = problem.bicoloring
        if is_better(both.forward, both.reverse):
            return "bidirectional"
    return chosen


BACKEND = Auto()
