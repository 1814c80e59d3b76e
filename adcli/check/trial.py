"""A claim on trial at one place: the true derivatives, how sure they are, and the verdict on each entry.

A formula is compared in high precision, where double rounding, cancellation and underflow play no
part. Numbers from a program are compared with the exact derivative, and may be off by what rounding
in their own arithmetic does to it; that is measured at the point, not assumed.
"""

from typing import NamedTuple

from .. import backends
from ..contexts import Number, NumberContext, make_context
from ..problem import Problem
from ..sweeps import pull
from .claims import Formula, Matrix, Numbers
from .rule import FAR, INCONCLUSIVE, WRONG, Evidence, Tolerance, judged
from .surfaces import surfaces
from .target import Place, Target
from .taylor import Remainder, confirms_wrong, remainder

DIGITS = 50
_MORE_DIGITS = 70
_LITTLE = 1e-20  # of the size of its terms, that a derivative may cancel to
_LOST = 15  # digits that a formula may lose without a second look
_PRECISE_WORK = 400_000  # nodes times passes that are done in high precision
_MOST_CONFIRMED = 24  # wrong entries whose Taylor remainder is measured at a place
_ROUNDINGS = 64  # of the sum of absolute path products, that a derivative may be off by
_SENSITIVITY = 8  # roundings of the inputs
_MEASURED = 8  # times the rounding errors that adcli's own backends make
_NEAR = 1e-5  # a relative error as small as this, of numbers in full, is one of precision


class Tried(NamedTuple):
    """An entry with its evidence and the verdict on it."""

    i: int
    j: int
    evidence: Evidence
    verdict: str
    cause: str


class Allowance(NamedTuple):
    """How far a right number may be off, and how much it changes with relative changes of the point."""

    error: Number
    swing: Number


class Hearing:
    """One target, and claims about it that are heard place by place."""

    def __init__(self, target: Target, tolerance: Tolerance | None, digits: int | None = None) -> None:
        self.target = target
        self.tolerance = tolerance
        self.digits = max(DIGITS, (digits or 0) + _LOST)
        sample = dict.fromkeys(target.program.variables, 0.5)
        problem = target.problem(make_context(), sample)
        passes = min(len(target.inputs), len(target.outputs))
        self.precise = len(problem.order) * max(passes, 1) <= _PRECISE_WORK

    def context(self) -> NumberContext:
        """High precision, unless the graph is too large for it."""
        return make_context(self.digits if self.precise else None)

    # -- formulas

    def formula(self, claim: Formula, place: Place) -> list[Tried]:
        """The entries of a formula at a place inside the domain."""
        low, high = make_context(self.digits), None
        ours, theirs = self._both(low, claim, place)
        small = low.number(10) ** -(self.digits - _LOST)
        scales = [max((abs(x) for x in row), default=low.number(0)) for row in ours]
        found: list[Tried] = []
        unsure = []
        for i, j, t, c in _cells(ours, theirs):
            e = Evidence(c, t, small * max(abs(t), abs(c)), scales[i])
            if not e.deviation <= e.estimate and c == c and t == t:
                unsure.append(len(found))
            found.append(Tried(i, j, e, *judged(e, self.tolerance)))
        if unsure:
            high = make_context(self.digits + _MORE_DIGITS)
            ours2, theirs2 = self._both(high, claim, place)
            numbers = self.target.numbers(high, place)
            slack = claim.allowances(high, numbers)
            tiny = high.number(10) ** -(self.digits + _MORE_DIGITS - _LOST)
            paths = _absolute_paths(self.target.problem(low, self.target.numbers(low, place)), len(ours))
            for k in unsure:
                i, j = found[k].i, found[k].j
                t, c = ours2[i][j], theirs2[i][j]
                settled = abs(t - ours[i][j]) + abs(c - theirs[i][j]) + tiny * max(abs(t), abs(c))
                settled = settled + _ROUNDINGS * claim.rounding(high, numbers, i, j)
                scale = max(scales[i], paths[i][j] * _LITTLE)  # of a derivative that cancels to 0, its terms are left
                e = Evidence(c, t, settled + slack[i][j], scale)
                found[k] = Tried(i, j, e, *judged(e, self.tolerance))
            found = self._confirmed(high, place, found)
        return found

    def _both(self, m: NumberContext, claim: Formula, place: Place) -> tuple[Matrix, Matrix]:
        numbers = self.target.numbers(m, place)
        return self.target.derivative(self.target.problem(m, numbers)), claim.values(m, numbers)

    # -- numbers

    def numbers(self, claim: Numbers, place: Place, unit: float | None = None) -> list[Tried]:
        """Numbers of a program at a place; `unit` is its unit roundoff, where that is known."""
        unit = max(claim.unit, unit or 0.0)
        m = self.context()
        numbers = self.target.numbers(m, place)
        problem = self.target.problem(m, numbers)
        ours, theirs = self.target.derivative(problem), claim.values(m)
        allowed = self.allowances(place, problem, ours, unit)
        found: list[Tried] = []
        for i, j, t, c in _cells(ours, theirs):
            scale = max((abs(x) for x in ours[i]), default=m.number(0))
            rounding, printed = allowed[i][j].error, claim.printed(float(t))
            scale = max(scale, allowed[i][j].swing)
            rounding = rounding + m.number(FAR * claim.spread)
            if c == 0:  # single floats underflow early
                rounding = rounding + m.number(2) ** -126
            estimate = rounding + m.number(printed)
            far = float(FAR) if rounding > printed else 1.0  # printing has a hard bound, rounding a likely one
            e = Evidence(c, t, estimate if abs(c - t) > rounding else rounding, scale, far)
            found.append(Tried(i, j, e, *judged(e, self.tolerance)))
        found = self._confirmed(m, place, found) if self.precise else found
        return self._near(found) if self.tolerance is None else found

    @staticmethod
    def _near(found: list[Tried]) -> list[Tried]:
        """Numbers that are all nearly right are not called wrong: it may be their precision, it may be a constant."""
        off = [t for t in found if t.verdict == WRONG]
        share = [float(t.evidence.deviation) / max(float(abs(t.evidence.true)), 1e-300) for t in off]
        if not off or not all(x <= _NEAR for x in share):
            return found
        cause = f"right to {-_log10(max(share)):.0f} digits: low precision, differences, or a rounded constant"
        return [t._replace(verdict=INCONCLUSIVE, cause=cause) if t.verdict == WRONG else t for t in found]

    def allowances(self, place: Place, problem: Problem, ours: Matrix, unit: float) -> list[list["Allowance"]]:
        """How far right numbers may be off at a place, in arithmetic of unit roundoff `unit`.

        Three things add up: roundings along the paths of the graph, as if none cancelled; the rounding
        of the point itself; and what adcli's own backends lose in doubles, which shows the cancellation.
        """
        m, n = problem.m, len(self.target.columns)
        zero, u = m.number(0), m.number(unit)
        paths = _absolute_paths(problem, len(self.target.rows))
        nudge = m.number(2) ** (-80 if m.digits else -40)
        moved = self._nudged(problem, nudge)
        measured = self._measured(place)
        floor = m.number(2) ** (-1022 if unit < 2.0**-40 else -126)
        allowed = []
        for i in range(len(self.target.rows)):
            row = []
            for j in range(n):
                shift = zero if moved is None else abs(moved[i][j] - ours[i][j]) / nudge
                own = [abs(m.number(f[i][j]) - ours[i][j]) for f in measured]
                lost = max([x for x in own if m.is_finite(x)], default=zero) * (u * m.number(2.0**53))
                spread = u * (_ROUNDINGS * paths[i][j] + _SENSITIVITY * shift) + _MEASURED * lost
                row.append(Allowance((spread if m.is_finite(spread) else zero) + floor, shift))
            allowed.append(row)
        return allowed

    def _nudged(self, problem: Problem, nudge: Number) -> Matrix | None:
        """The derivatives with every coordinate changed by a tiny part of itself."""
        signs = [1 if k % 2 else -1 for k in range(len(problem.point))]
        pairs = zip(problem.point.items(), signs, strict=True)
        point = {node: x + sign * nudge * x for (node, x), sign in pairs}
        moved = Problem(problem.m, problem.graph, problem.inputs, problem.outputs, point)
        entries = self.target.derivative(moved)
        return entries if all(problem.m.is_finite(x) for row in entries for x in row) else None

    def _measured(self, place: Place) -> list[Matrix]:
        """The derivatives in doubles by each of the exact backends that are quick."""
        m = make_context()
        numbers = self.target.numbers(m, place)
        names = ("forward", "reverse") if self.precise else ("auto",)
        return [backends.load(name).jacobian(self.target.problem(m, numbers)).entries for name in names]

    # -- what looks wrong

    def _confirmed(self, m: NumberContext, place: Place, found: list[Tried]) -> list[Tried]:
        """The verdicts, WRONG only where function values say so too."""
        wrong = sorted((k for k, t in enumerate(found) if t.verdict == WRONG), key=lambda k: -found[k].evidence.excess)
        if not wrong:
            return found
        problem = self.target.problem(m, self.target.numbers(m, place))
        first = self.first_step(problem)
        found = list(found)
        for k in wrong[:_MOST_CONFIRMED]:
            t = found[k]
            if t.evidence.claimed != t.evidence.claimed or not m.is_finite(t.evidence.claimed):
                continue
            claimed, true = self.remainders(problem, t, first)
            confirmed = confirms_wrong(claimed, true, t.evidence.deviation)
            slope = None if claimed is None else claimed.slope
            e = t.evidence._replace(slope=slope, confirmed=confirmed)
            found[k] = Tried(t.i, t.j, e, *judged(e, self.tolerance))
        return found

    def first_step(self, problem: Problem) -> Number:
        """A step that stays on this side of every switching surface, and is small on any scale of the function."""
        m = problem.m
        near = [s.distance for s in surfaces(problem) if s.distance > 0] if self.target.order == 1 else []
        return min([m.epsilon ** (m.number(1) / 6), *[m.number(d / 8) for d in near]])

    def remainders(self, problem: Problem, t: Tried, first: Number) -> tuple[Remainder | None, Remainder | None]:
        """The Taylor remainders of an entry with the claimed and with the true derivative."""
        m, x = problem.m, problem.point.get(problem.inputs[t.j])
        size = m.number(1) if x is None or x == 0 or abs(x) > 1 else abs(x)
        e = t.evidence  # where little is wrong only small steps tell it from the second order
        h = first * size * min(1, e.deviation / max(abs(e.claimed), abs(e.true)))
        reach = max([abs(x) for x in problem.point.values()], default=size)
        for step in (h, -h):
            sides = [
                remainder(lambda d: self.target.moved(problem, {t.j: d}), t.i, c, step, m.epsilon, reach)
                for c in (t.evidence.claimed, t.evidence.true)
            ]
            if all(side is not None for side in sides):
                break
        return sides[0], sides[1]


def _cells(ours: Matrix, theirs: Matrix) -> list[tuple[int, int, Number, Number]]:
    return [
        (i, j, t, c)
        for i, (row, claimed) in enumerate(zip(ours, theirs, strict=True))
        for j, (t, c) in enumerate(zip(row, claimed, strict=True))
    ]


def _absolute_paths(problem: Problem, rows: int) -> Matrix:
    """For each entry, the sum over all paths of the product of absolute partials: its size if nothing cancelled."""
    m, graph = problem.m, problem.graph
    sizes = [None if row is None else tuple([None if p is None else abs(p) for p in row]) for row in problem.partials]
    zero, one = m.number(0), m.number(1)
    found = []
    for i in range(rows):
        bar = pull(graph, problem.order, sizes, {problem.outputs[i]: one})
        found.append([zero if bar[n] is None else bar[n] for n in problem.inputs])
    return found


def _log10(x: float) -> float:
    from math import log10

    return log10(max(x, 1e-300))
