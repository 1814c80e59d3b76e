"""All backends against each other at a point.

Finite differences share no derivative rule with the exact backends, so they are the witness;
their own error estimate, and the rounding of the row, is the tolerance. Where they seem to
disagree, the differences are taken again in high precision before anything is called wrong:
an estimate is a statistical statement, a verdict is not.

A large function is compared in part; `plan` decides in which, and the result says so.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .. import backends
from ..contexts import NumberContext, make_context
from ..errors import UsageError
from ..points import PointLike
from ..problem import Problem
from ..products import Function, Solved
from ..results.base import counted
from ..results.check import Check, CheckEntry, Coverage
from ..results.jacobian import Jacobian
from ..results.verdict import SurfaceReport
from .comparison import Comparison, Line, of_cotangents, of_directions, of_entries
from .plan import Plan, plan, precise
from .surfaces import surfaces
from .witness import WITNESS, Witness

ARBITER_DIGITS = 40
_NEAR_SURFACE = 1.0  # distances of switching surfaces that are reported
_MOST_SURFACES = 8
_MOST_SURFACE_WORK = 20_000  # nodes of a graph whose surfaces are looked for
_MOST_ASKED = 64  # suspicious columns outside the sample that finite differences are asked about


def check(
    function: Function,
    at: PointLike = None,
    *,
    digits: int | None = None,
    wrt: Any = None,
    plot: bool = False,
    **point: Any,
) -> Check:
    """Compare the Jacobians of all backends at a point; of a large function, products of some of them.

    `plot` asks for the charts of the worst entry.
    """
    function = function.for_point(at, point).for_wrt(wrt)
    if not function.columns(wrt):
        raise UsageError("no-variables", "the expression has no variables: there is nothing to check")

    def solve(backend: str, columns: Sequence[str] | None = None, places: int | None = digits) -> Solved:
        return function.solve(at, {"backend": backend, "wrt": columns or wrt, "digits": places, **point})

    s = solve(WITNESS)
    function = s.function  # it may have been read again for the point
    names = backends.independent()
    todo = plan(s.problem, names, s.columns, WITNESS)
    wanted = todo.entries if todo.sampled else [*todo.entries, WITNESS]
    found = {name: function.jacobian(at, backend=name, digits=digits, wrt=wrt, **point) for name in wanted}
    head = found[todo.entries[0] if todo.sampled else WITNESS]
    differences = Witness(solve, digits, todo.directions, found.pop(WITNESS, None))
    if todo.sampled:
        differences.take([*todo.columns, *range(len(todo.directions))])
    comparisons = [*of_entries(found), *_products(todo, s.problem.m, found, solve)]
    judged = _judged(comparisons, differences, todo, digits)
    compared = [(c, e) for c, e in zip(comparisons, judged, strict=True) if len(e.values) > 1]
    entries = sorted((e for c, e in compared if c.is_entry), key=_badness)
    products = sorted((e for c, e in compared if not c.is_entry), key=_badness)
    verdict, cause = _verdict(head, [*entries, *products])
    covered = [Coverage(name, *(sum(name in e.values for e in part) for part in (entries, products))) for name in names]
    size = len(head.rows) * len(head.columns)
    parts = [c.text(size) for c in covered] if any(c.entries < size for c in covered) else []
    return Check(
        head.expression, head.point, head.warnings, digits, verdict, cause, tuple(names), tuple(covered),
        size, tuple(entries), tuple(products), (*parts, *differences.notes), _surfaces(s.problem),
        _charts(function, at, wrt, entries, point) if plot and entries else (),
    )  # fmt: skip


def _surfaces(problem: Problem) -> tuple[SurfaceReport, ...]:
    """The switching surfaces near the point; a usual step of differences may have crossed the nearest."""
    if len(problem.order) > _MOST_SURFACE_WORK:
        return ()
    size = max((abs(float(problem.point[n])) for n in problem.inputs if n in problem.point), default=1.0)
    step = float(problem.m.epsilon) ** (1 / 3) * max(1.0, size)
    near = [s for s in surfaces(problem) if s.distance <= _NEAR_SURFACE]
    return tuple(SurfaceReport(s.formula, s.text, s.distance, s.distance < step) for s in near[:_MOST_SURFACES])


def _charts(
    function: Function, at: PointLike, wrt: Any, entries: Sequence[CheckEntry], point: Mapping[str, Any]
) -> tuple[Any, ...]:
    from .plots import charts_of
    from .target import Place, Target

    target, worst = Target(function, wrt), entries[0]
    i, j = target.rows.index(worst.row), target.columns.index(worst.column)
    exact = next(x for name, x in worst.values.items() if name != WITNESS)
    return charts_of(target, Place(at if at is not None else dict(point)), i, j, None, float(exact))


def _products(
    todo: Plan, m: NumberContext, exact: Mapping[str, Jacobian], solve: Callable[[str], Solved]
) -> list[Comparison]:
    """The products by which those backends are compared whose whole Jacobian would take too long."""
    name, jacobian = next(iter(exact.items()))
    forward = {other: solve(other) for other in todo.forward if other != WITNESS}
    reverse = {other: solve(other) for other in todo.reverse}
    return [
        *of_directions(m, name, jacobian, todo.directions, forward),
        *of_cotangents(m, name, jacobian, todo.cotangents, reverse),
    ]


def _judged(
    comparisons: Sequence[Comparison], differences: Witness, todo: Plan, digits: int | None
) -> list[CheckEntry]:
    """A verdict for each comparison; WRONG only where finite differences confirm it."""
    epsilon: Any = 2.0**-53 if digits is None else make_context(digits).number(10) ** -digits  # no float has 324 digits

    def judge() -> list[CheckEntry]:
        return [c.judged(WITNESS, differences.estimates.get(c.line), epsilon) for c in comparisons]

    entries = judge()
    unseen = [line for line in _suspects(comparisons, entries) if line not in differences.estimates]
    if unseen:
        differences.take(unseen[:_MOST_ASKED])
        entries = judge()
    if digits is not None:
        return _confirmed(comparisons, entries, differences.estimates.keys())
    for kind, cost in ((str, todo.column_cost), (int, todo.direction_cost)):
        lines = [line for line in _suspects(comparisons, entries) if isinstance(line, kind)]
        lines = [line for line in lines if line in differences.estimates][: precise(cost)]
        if lines:
            count = sum(e.verdict == "WRONG" and c.line in lines for c, e in zip(comparisons, entries, strict=True))
            repeated = counted(count, "entry", "entries")
            differences.notes.append(f"finite differences repeated to {ARBITER_DIGITS} digits for {repeated}")
            differences.take(lines, ARBITER_DIGITS)
            entries = judge()
        confirmed = _confirmed(comparisons, entries, differences.precise)
        if any(e.verdict == "WRONG" for e in confirmed):
            break
    return confirmed


def _confirmed(
    comparisons: Sequence[Comparison], entries: Sequence[CheckEntry], lines: Container[Line]
) -> list[CheckEntry]:
    """The verdicts, of which WRONG stands only along the lines that were looked into."""
    return [
        replace(e, verdict="INCONCLUSIVE") if e.verdict == "WRONG" and c.line not in lines else e
        for c, e in zip(comparisons, entries, strict=True)
    ]


def _suspects(comparisons: Sequence[Comparison], entries: Sequence[CheckEntry]) -> list[Line]:
    """The lines of what looks wrong, worst first."""
    pairs = [(c, e) for c, e in zip(comparisons, entries, strict=True) if e.verdict == "WRONG"]
    return list(dict.fromkeys(c.line for c, e in sorted(pairs, key=lambda pair: _badness(pair[1]))))


def _badness(entry: CheckEntry) -> tuple[bool, bool, float]:
    """A key that sorts what is wrong first, then what is not a number, then by the share of the tolerance."""
    unknown = entry.excess != entry.excess
    return entry.verdict != "WRONG", not unknown, 0.0 if unknown else -entry.excess


def _verdict(head: Jacobian, entries: Sequence[CheckEntry]) -> tuple[str, str]:
    if head.differentiable is not True:
        return "INCONCLUSIVE", "the function is not differentiable at this point"
    wrong = [e for e in entries if e.verdict == "WRONG"]
    if wrong:
        a, b = wrong[0].pair
        return "WRONG", f"{wrong[0].label} differs between {a} and {b}"
    unsure = [e for e in entries if e.verdict == "INCONCLUSIVE"]
    if unsure:
        return "INCONCLUSIVE", f"finite differences do not resolve {unsure[0].label}"
    return "AGREES", ""
