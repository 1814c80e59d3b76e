"""Where a value loses its digits: the condition number of every node, and the digits that it has left.

The condition number of a node is sum of |x_k dy/dx_k| / |y|: by so much it amplifies the relative
errors of its arguments (Higham, *Accuracy and Stability of Numerical Algorithms*, section 1.6). A
difference of nearly equal numbers has a large one: it cancels. The digits left are measured, against the
same sweep in more digits from the same point, so they are a fact and not a bound.
"""

import math
from typing import Any

from . import sweeps
from .contexts import Number, make_context
from .errors import AdcliError
from .graph import CONSTANT, VARIABLE
from .problem import Problem
from .results.trace import Rounding

_CANCELS = 100.0  # the condition number from which on two digits and more are at stake
_DIGITS_OF_A_DOUBLE = 16
_SUMS = frozenset(["add", "sub"])


def rounding(
    problem: Problem, names: dict[int, str], rules: dict[int, str], mode: str, seeds: dict[int, Number]
) -> tuple[Rounding, ...]:
    """The condition number and the digits left of each node of `names` that computes something.

    `mode` is "forward" or "reverse"; its tangents or adjoints, from `seeds`, are measured, too.
    """
    exact = _exactly(problem)
    mine, true = _derivatives(problem, mode, seeds), None if exact is None else _derivatives(exact, mode, seeds)
    rows = []
    for node, name in names.items():
        op = problem.graph.ops[node]
        y = problem.values[node]
        if op is VARIABLE or op is CONSTANT or isinstance(y, bool):
            continue
        condition = _condition(problem, node)
        left = None if exact is None else _digits_left(y, exact.values[node])
        slope = None if true is None or mine[node] is None else _digits_left(mine[node], true[node])
        remark = ""
        if condition is not None and condition >= _CANCELS:
            remark = "cancels" if op.name in _SUMS else "amplifies"
        rows.append(Rounding(name, rules[node], y, condition, left, slope, remark))
    return tuple(rows)


def worst(rows: tuple[Rounding, ...], digits: int | None) -> str:
    """In words, the node that loses most of the `digits` (None: of a double); nothing where none loses two."""
    full = digits or _DIGITS_OF_A_DOUBLE
    losers = [row for row in rows if row.remark and row.digits is not None and row.digits <= full - 2]
    if not losers:
        return ""
    first = min(losers, key=lambda row: (row.digits or 0.0) - math.log10(row.condition or 1.0))
    return (
        f"{first.node} = {first.rule} {first.remark}: its condition number is {first.condition:.1e}, and it has "
        f"{first.digits:.1f} digits left"
    )


def _exactly(problem: Problem) -> Problem | None:
    """The same problem, from the same point, in more digits; None where it cannot be computed with."""
    m = make_context(2 * (problem.m.digits or _DIGITS_OF_A_DOUBLE) + 40)
    try:
        point = {node: m.number(x) for node, x in problem.point.items()}
        exact = Problem(m, problem.graph, problem.inputs, problem.outputs, point)
        _ = exact.partials
    except AdcliError:
        return None
    return exact


def _derivatives(problem: Problem, mode: str, seeds: dict[int, Number]) -> sweeps.Values:
    """The tangents or adjoints of all nodes."""
    own = {node: problem.m.number(x) for node, x in seeds.items()}
    if mode == "forward":
        return sweeps.push(problem.graph, problem.order, problem.partials, own)
    return sweeps.pull(problem.graph, problem.order, problem.partials, own)


def _condition(problem: Problem, node: int) -> float | None:
    """The relative condition number of a node in its arguments; None where it has none."""
    y = problem.values[node]
    row = problem.partials[node]
    if row is None:
        return None
    total: Any = 0.0
    for a, p in zip(problem.graph.args[node], row, strict=True):
        if p is not None:
            total += abs(problem.values[a] * p)
    if total == 0:
        return 0.0
    if y == 0:
        return math.inf
    return float(total / abs(y))


def _digits_left(y: Number, exact: Number) -> float | None:
    """The decimal digits that `y` shares with the exact value; as many as a double has where it is all right."""
    if exact is None or y != y or exact != exact:
        return None
    if y == exact:
        return math.inf
    if abs(exact) == math.inf or abs(y) == math.inf:
        return 0.0
    if exact == 0:
        return 0.0
    error = abs((type(exact)(y) - exact) / exact) if not hasattr(y, "_mpf_") else abs((exact - y) / exact)
    return max(0.0, -math.log10(float(error))) if error > 0 else math.inf
