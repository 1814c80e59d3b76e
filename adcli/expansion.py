"""Taylor coefficients of a function along a line, by one sweep of values over power series.

The sweep is the one that computes values; its numbers are series in t, and the inputs are P + t*D
(Griewank & Walther, *Evaluating Derivatives*, 2nd ed., chapter 13). No derivative is nested in another,
so n orders of a graph take O(n^2) multiplications a node.

At a kink the series are those for t > 0, by the order of series (see `contexts.series`). Then a second
sweep runs in the opposite direction: where the two agree, the function is as smooth as that, kink or
no kink, as `x*abs(x)` at 0 is up to the first order, and `abs(x^2)` to every order.

In doubles another sweep runs along a longer direction, whose coefficients are those of the first times
powers of the length, but for rounding: so it shows where rounding took digits, as it does in
1/tan(x), whose own coefficients are far smaller than those of tan(x).
"""

from collections.abc import Iterator, Mapping, Sequence
from math import factorial, inf
from typing import NamedTuple

from . import diagnostics, reports, sweeps
from .contexts import Number, NumberContext
from .contexts.series import Series, SeriesContext, Unresolved
from .errors import AdcliError, DomainError, LimitError, UsageError
from .language import Program
from .problem import Problem
from .results.base import Warn, counted, number_text
from .results.taylor import Side

MAX_ORDER = 1000
MAX_ORDER_OF_DOUBLES = 170  # 170! is the largest factorial that is a double
_LOST = 64  # terms that divisions may take, above those asked for
_SAME = 2.0**20  # units of rounding that the two sides may differ by
_SIDES = 10  # differences that are told
_LONGER = 1.1  # no power of 2, so that everything is rounded differently
_LOSSLESS = 2.0**-43  # of a coefficient that two sweeps may differ by
_LEAST = 1e-290  # below which doubles lose digits by themselves


class Expansion(NamedTuple):
    """Coefficients c_k = f^(k)/k! along a direction, `coefficients[i][k]` of output i, those for t > 0.

    `differentiable` says whether the function has all these derivatives (None: undecided); `sides`
    which coefficients are others for t < 0. `rounded` says that rounding took digits of some.
    """

    coefficients: list[list[Number]]
    differentiable: bool | None
    sides: list[Side]
    warnings: list[Warn]
    rounded: bool


class _Swept(NamedTuple):
    """What a sweep came to: its context, the series of every node, and which of them count."""

    m: SeriesContext
    v: sweeps.Values
    alive: bytearray


def expand(program: Program, problem: Problem, direction: Sequence[Number], order: int) -> Expansion:
    """The Taylor coefficients of every output of the problem along `direction`, up to t^order.

    `direction` has one number for each input. Raises a `UsageError` for an order out of bounds, a
    `DomainError` where a division of 0 by 0 has no limit, a `LimitError` where it takes too much work.
    """
    if not 0 <= order <= MAX_ORDER:
        raise UsageError("bad-order", f"--order {order}: between 0 and {MAX_ORDER}")
    if problem.m.digits is None and order > MAX_ORDER_OF_DOUBLES:
        text = f"--order {order}: the factorials of orders above {MAX_ORDER_OF_DOUBLES} are too large for doubles"
        raise LimitError("bad-order", text, None, f"--digits N goes up to order {MAX_ORDER}")
    rows = [name for name, _ in program.outputs]
    right, found = _one_side(program, problem, direction, order)
    if right.m.one_sided:
        left, others = _one_side(program, problem, [-d for d in direction], order)
        mirrored = [[-c if k % 2 else c for k, c in enumerate(row)] for row in others]
        sides = [side for name, a, b in zip(rows, mirrored, found, strict=True) for side in _sides(problem, name, a, b)]
        undecided = right.m.undecided or left.m.undecided
    else:
        sides, undecided = [], right.m.undecided
    warnings = [*reports.overflow_warnings(program, problem), *_warnings(program, problem, direction, sides)]
    smooth = None if undecided or any(_is_nan(problem, side) for side in sides) else not sides
    if undecided:
        text = f"a comparison is between two numbers that agree up to order {right.m.order} along this direction"
        warnings.append(Warn("undecided", text))
    apart = [i for i, node in enumerate(problem.outputs) if not _alike(problem, found[i][0], problem.values[node])]
    if apart and not any(side.order == 0 for side in sides):
        smooth = False
        text = f"{rows[apart[0]]} at the point itself is not what it comes to along this direction"
        warnings.append(Warn("jump", text, program.span(problem.outputs[apart[0]])))
    if not all(problem.m.is_finite(c) for row in found for c in row):
        smooth = False
        warnings.append(_not_finite(program, problem, right))
    rounded = problem.m.digits is None and _is_rounded(
        found, _one_side(program, problem, [_LONGER * d for d in direction], order)[1]
    )
    return Expansion(found, smooth, sides, warnings, rounded)


def _is_rounded(found: Sequence[Sequence[Number]], longer: Sequence[Sequence[Number]]) -> bool:
    """Whether coefficients along a direction, and along a longer one, differ in the digits that doubles have."""
    for row, other in zip(found, longer, strict=True):
        for k, (a, b) in enumerate(zip(row, other, strict=True)):
            size = abs(a)
            if _LEAST < size < inf and abs(b / _LONGER**k - a) > _LOSSLESS * size:
                return True
    return False


def _one_side(
    program: Program, problem: Problem, direction: Sequence[Number], order: int
) -> tuple[_Swept, list[list[Number]]]:
    """The coefficients for t > 0, from as many terms as they take: a division of 0 by 0 takes more than it gives."""
    working = order
    while working <= order + _LOST:
        try:
            swept = _sweep(program, problem, direction, working)
            found = [swept.m.coefficients(swept.v[node]) for node in problem.outputs]
        except Unresolved:
            working += order + 1
            continue
        missing = order + 1 - min([len(row) for row in found], default=order + 1)
        if missing <= 0:
            return swept, [[row[0], *[c + swept.m.zero for c in row[1 : order + 1]]] for row in found]  # no -0.0
        working += missing
    raise DomainError(
        "no-expansion", f"a division of 0 by 0 along this direction is not resolved by {working} terms of its series"
    )


def _sweep(program: Program, problem: Problem, direction: Sequence[Number], order: int) -> _Swept:
    """The values of all nodes as series, and the terms of those that the outputs depend on."""
    p = problem
    m = SeriesContext(p.m, order)
    slopes: dict[int, Number] = {}
    for node, d in zip(p.inputs, direction, strict=True):
        slopes[node] = slopes[node] + d if node in slopes else d
    m.need(sum(p.graph.depending(p.order, [node for node, d in slopes.items() if d != 0])))
    v = sweeps.values(m, p.graph, p.order, {node: m.line(x, slopes.get(node, m.zero)) for node, x in p.point.items()})
    alive = sweeps.live(p.graph, p.order, v, p.outputs)
    for node in p.order:
        if alive[node] and isinstance(v[node], Series):
            try:
                m.complete(v[node])
            except AdcliError as error:
                if error.span is not None or program.span(node) is None:
                    raise
                raise type(error)(error.code, error.message, program.span(node), error.hint) from None
    return _Swept(m, v, alive)


def _sides(problem: Problem, row: str, left: Sequence[Number], right: Sequence[Number]) -> list[Side]:
    """The coefficients that differ; only the value, where the function is undefined on the one side."""
    sides = [Side(row, k, a, b) for k, (a, b) in enumerate(zip(left, right, strict=True)) if not _alike(problem, a, b)]
    return sides[:1] if sides and sides[0].order == 0 and _is_nan(problem, sides[0]) else sides


def _alike(problem: Problem, a: Number, b: Number) -> bool:
    """Whether two numbers are the same up to rounding, or both no numbers."""
    m = problem.m
    if m.is_nan(a) or m.is_nan(b):
        return bool(m.is_nan(a) and m.is_nan(b))
    scale = max(abs(a), abs(b))
    return bool(a == b or (m.is_finite(scale) and abs(a - b) <= _SAME * m.epsilon * scale))


def _is_nan(problem: Problem, side: Side) -> bool:
    return bool(problem.m.is_nan(side.left) or problem.m.is_nan(side.right))


def _warnings(program: Program, problem: Problem, direction: Sequence[Number], sides: Sequence[Side]) -> Iterator[Warn]:
    """Where the two sides part, and which nodes have their kinks there."""
    if not sides:
        return
    p = problem
    moved = [node for node, d in zip(p.inputs, direction, strict=True) if d != 0]
    active = p.graph.depending(p.order, moved)
    yield from reports.kink_warnings(
        program, p, diagnostics.kink_nodes(p.m, p.graph, p.order, p.values, p.outputs, active)
    )
    for side in sides[:_SIDES]:
        left, right = number_text(side.left, p.m.digits), number_text(side.right, p.m.digits)
        text = f"coefficient {side.order} of {side.row} is {left} for t < 0 and {right} for t > 0"
        if side.order == 0 and _is_nan(p, side):
            text = f"{side.row} is undefined for t {'<' if p.m.is_nan(side.left) else '>'} 0"
        yield Warn("one-sided", text)
    if len(sides) > _SIDES:
        more = counted(len(sides) - _SIDES, "more coefficient differs", "more coefficients differ")
        yield Warn("one-sided", f"{more} from side to side")


def _not_finite(program: Program, problem: Problem, swept: _Swept) -> Warn:
    """A warning at the first node that has a term that is not finite, though its arguments have none."""
    text = "a coefficient is not finite here: a slope is vertical, or of the form 0*inf, or it overflows"
    m, graph = problem.m, problem.graph
    bad: Mapping[int, bool] = {
        node: any(not m.is_finite(c) for c in swept.v[node].terms)
        for node in problem.order
        if swept.alive[node] and isinstance(swept.v[node], Series)
    }
    for node, found in bad.items():
        if found and not any(bad.get(a) for a in graph.args[node]):
            return Warn("not-finite", text, program.span(node))
    return Warn("not-finite", text)


def derivatives(m: NumberContext, coefficients: Sequence[Sequence[Number]]) -> list[list[Number]]:
    """The derivatives k!*c_k for all coefficients."""
    return [[c * m.number(factorial(k)) for k, c in enumerate(row)] for row in coefficients]
