"""Programs as claims: what another program says of its own function, at every point that it is asked.

With an expression, its derivatives are compared with exact ones, allowing for the precision that its
values show. Without one, finite differences of its own values are the witness, and the dot-product
test w·(J v) = (J'w)·v holds its two products against each other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isfinite, prod
from random import Random
from typing import Any

from ..differences import Difference, difference
from ..errors import UsageError
from ..points import read_values
from ..products import Function
from ..results.verdict import AGREES, INCONCLUSIVE, OUTSIDE, WRONG, Judgement, PlaceReport, Verdict
from ..shapes import Shape, nested
from ..shapes import names as entry_names
from . import places
from .claims import Numbers, exactly
from .court import Court, Settings
from .curves import remainder_curve
from .planted import planted_in
from .programs import Program, ProgramError, Reply
from .rule import FAR, Evidence, judged
from .target import Place, Target

_MOST_UNIT = 1e-3  # a program whose values are off by more computes something else
_MOST_COLUMNS = 64  # whose differences are taken; of more, so many evenly spread
_CONFIRMED = 2  # wrong entries whose Taylor remainder is measured
_WRONG_SLOPE = 1.5
_OTHER_STEPS = (1.37, 0.73)  # of the step that was chosen
_MOST_SPREAD = 1e-3  # of the Jacobian, that two answers to one question may differ by for noise
_TINY = 1e-30  # what single precision still has with all digits
_KINK = 0.05  # of the steepness, that the two sides of a kink differ by
_ROUNDINGS = 64
_DOUBLE, _SINGLE = 2.0**-53, 2.0**-24


def check_program(
    function: Function, program: Program, at: Sequence[Any], source: str, *, wrt: Any, settings: Settings
) -> Verdict:  # fmt: skip
    """Compare the Jacobian of a program with that of an expression, at given or at chosen points."""
    if settings.order != 1:
        raise UsageError("bad-order", "a program is asked for first derivatives")
    target = Target(function.for_point(at[0], {}) if at else function, wrt, 1)
    if target.columns != tuple(target.program.variables):
        raise UsageError("wrt-of-program", "a program gives derivatives by all variables: leave out --wrt")
    court = Court(target, settings, source, "")
    chosen = [Place(given) for given in at]
    chosen = chosen or places.choose(target, settings.points, settings.seed, _moderate(target))
    asked = _Asked(program)
    from ..contexts import make_context

    m = make_context()
    for k, place in enumerate(chosen):
        settings.progress(f"point {k + 1} of {len(chosen)}")
        numbers = target.numbers(m, place)
        if target.undefined(m, numbers):
            court.hear(place, Numbers([[0] * len(target.columns) for _ in target.rows]), given=place.chosen is None)
            continue
        try:
            reply = asked.all(target.point_json(numbers), len(target.rows))
        except ProgramError as error:
            if error.code != "program-refused":
                raise
            court.refuse(place, error.message, given=place.chosen is None)
            continue
        if reply.value is not None and not all(map(isfinite, reply.value)):
            court.refuse(place, f"{program.name} gives no finite value here", given=place.chosen is None)
            continue
        problem = target.problem(m, numbers)
        unit = _unit(court, reply, [float(x) for x in problem.output_values()], target.derivative(problem), numbers)
        entries = [[exactly(x) for x in row] for row in reply.jacobian or []]
        if len(entries) != len(target.rows):
            raise UsageError(
                "claim-size", f"{program.name} has {len(entries)} outputs, and the expression has {len(target.rows)}"
            )
        court.hear(place, Numbers(entries, spread=asked.spread), given=place.chosen is None, unit=unit)
    return court.verdict()


def _moderate(target: Target) -> places.Accepts:
    """Points at which numbers of single precision neither over- nor underflow."""
    from ..contexts import make_context

    m = make_context()

    def accepts(place: Place) -> tuple[object, ...] | None:
        problem = target.problem(m, target.numbers(m, place))
        xs = [*problem.output_values(), *[x for row in target.derivative(problem) for x in row]]
        return () if all(x == 0 or _TINY < abs(x) < 1 / _TINY for x in xs) else None

    return accepts


class _Asked:
    """A program, and its Jacobian however it gives it: whole, by columns, or by rows."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.spread: list[list[float]] | None = None
        """How far two answers to the same question lie apart, entry by entry."""

    def all(self, point: Mapping[str, Any], rows: int | None = None) -> Reply:
        """The values and the whole Jacobian at a point, and how much they are the same when asked again."""
        first, again = self._all(point, rows), self._all(point, rows)
        pairs = zip(first.jacobian or [], again.jacobian or [], strict=True)
        self.spread = [[abs(a - b) if a != b else 0.0 for a, b in zip(x, y, strict=True)] for x, y in pairs]
        size = max([abs(x) for row in first.jacobian or [] for x in row if isfinite(x)], default=0.0)
        if any(x > _MOST_SPREAD * max(size, 1.0) for row in self.spread for x in row):
            self.spread = None  # that is no noise: the first answer has to stand for itself
        return first

    def _all(self, point: Mapping[str, Any], rows: int | None = None) -> Reply:
        reply = self.program.ask(point, ["value", "jacobian"])
        if reply.jacobian is not None:
            return reply
        units = list(_units(point))
        columns = []
        for unit in units:
            moved = self.program.ask(point, ["jvp"], direction=unit).jvp
            if moved is None:
                break
            columns.append(moved)
        if len(columns) == len(units) and columns:
            return reply._replace(jacobian=[list(row) for row in zip(*columns, strict=True)])
        count = rows or len(reply.value or ())
        pulled = []
        for i in range(count):
            found = self.program.ask(point, ["vjp"], cotangent=[float(i == k) for k in range(count)]).vjp
            if found is None:
                text = f"{self.program.name} gives no derivative: no jacobian, no jvp, no vjp"
                raise ProgramError("program-shape", text)
            pulled.append(found)
        return reply._replace(jacobian=pulled)


def _units(point: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    shapes = _shapes(point)
    total = sum(prod(shape) for shape in shapes.values())
    for k in range(total):
        yield _as_point([float(k == n) for n in range(total)], shapes)


def _shapes(point: Mapping[str, Any]) -> dict[str, Shape]:
    from ..shapes import flatten

    return {name: flatten(x)[0] for name, x in point.items()}


def _as_point(xs: Sequence[float], shapes: Mapping[str, Shape]) -> dict[str, Any]:
    numbers = iter(xs)
    return {name: nested([next(numbers) for _ in range(prod(shape))], shape) for name, shape in shapes.items()}


def _unit(
    court: Court, reply: Reply, values: Sequence[float], jacobian: Any, numbers: Mapping[str, float]
) -> float | None:
    """The unit roundoff that the program's values show, against exact ones and their conditioning."""
    if reply.value is None:
        return None
    if len(reply.value) != len(values):
        raise UsageError(
            "claim-size", f"the program has {len(reply.value)} outputs, and the expression has {len(values)}"
        )
    unit = _DOUBLE
    for i, (theirs, ours) in enumerate(zip(reply.value, values, strict=True)):
        size = abs(ours) + sum(abs(float(d) * float(x)) for d, x in zip(jacobian[i], numbers.values(), strict=True))
        off = abs(theirs - ours) / size if size > 0 else 0.0
        if off > _MOST_UNIT or off != off:
            note = f"{court.target.rows[i]}: the program computes {theirs!r} where the expression is {ours!r}"
            if not any(n.startswith(f"{court.target.rows[i]}: the program computes") for n in court.notes):
                court.notes.append(note)
        else:
            unit = max(unit, off)
    return unit


# -- without an expression


def check_alone(program: Program, at: Sequence[Any], lets: Any, source: str, *, settings: Settings) -> Verdict:
    """Hold a program's derivatives against differences of its own values, and its products against each other."""
    from ..contexts import make_context

    if not at:
        text = "without an expression a point is needed: a program does not say what its variables are"
        raise UsageError("missing-point", text, None, "--at x1=1,x2=2")
    m = make_context()
    reports, entries, notes, accepted = [], [], list[str](), list[Evidence]()
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    for k, given in enumerate(at):
        values = read_values(given, {}, m, lets, "--at")
        if any(v.name is None for v in values):
            raise UsageError(
                "unnamed-point", "without an expression the point must name the variables", None, "--at x1=1,x2=2"
            )
        point = {v.name or "": nested([float(x) for x in v.numbers], v.shape) for v in values}
        alone = _Alone(program, point, settings, k)
        status, found, seen = alone.compared()
        rows, columns = alone.rows or rows, alone.columns
        entries += found
        accepted += seen
        notes += [note for note in alone.notes if note not in notes]
        reports.append(PlaceReport(point, True, status, (), (), tuple(found), alone.claimed))
    return _alone_verdict(reports, entries, accepted, notes, source, settings, rows, columns)


def _alone_verdict(
    reports: Sequence[PlaceReport], entries: Sequence[Judgement], accepted: Sequence[Evidence], notes: Sequence[str],
    source: str, settings: Settings, rows: tuple[str, ...], columns: tuple[str, ...],
) -> Verdict:  # fmt: skip
    ranks = {AGREES: 0, INCONCLUSIVE: 1, WRONG: 2}
    ordered = sorted(entries, key=lambda e: (ranks[e.verdict], _relative(e)), reverse=True)
    mutants = None
    if not entries:
        verdict, cause = OUTSIDE, reports[0].status
    elif ordered[0].verdict == WRONG:
        wrong = [e for e in ordered if e.verdict == WRONG]
        verdict, cause = WRONG, wrong[0].label if len(wrong) == 1 else f"{len(wrong)} of {len(entries)} numbers"
    elif ordered[0].verdict == INCONCLUSIVE:
        verdict, cause = INCONCLUSIVE, f"{ordered[0].label}: {ordered[0].cause}"
    else:
        mutants = planted_in(accepted, settings.tolerance)
        verdict, cause = AGREES, ""
        if not mutants.rejected:
            verdict, cause = INCONCLUSIVE, "no planted mistake was rejected here: these points show nothing"
    return Verdict(
        "", dict(reports[0].point), (), None, verdict, cause, source, "", 1, rows, columns, tuple(ordered),
        tuple(reports), None, mutants, ("finite differences of its own values", "the dot-product test"),
        settings.seed, settings.to_dict(), tuple(notes), settings.only_wrong,
    )  # fmt: skip


def _relative(e: Judgement) -> float:
    size = max(abs(e.true), abs(e.claimed)) if e.claimed == e.claimed else 0.0
    return float(e.error / size) if size else 0.0


class _Alone:
    """A program at one point."""

    def __init__(self, program: Program, point: dict[str, Any], settings: Settings, k: int) -> None:
        self.program, self.point, self.settings, self.place = program, point, settings, k
        self.shapes = _shapes(point)
        self.columns = tuple(name for variable, shape in self.shapes.items() for name in entry_names(variable, shape))
        from ..shapes import flatten

        self.base = [x for value in point.values() for x in flatten(value)[1]]
        self.rows: tuple[str, ...] = ()
        self.notes: list[str] = []
        self.claimed: tuple[tuple[Any, ...], ...] | None = None
        self.unit = _DOUBLE
        self.spread = 0.0
        self.steps: dict[int, float] = {}

    def compared(self) -> tuple[str, list[Judgement], list[Evidence]]:
        """The status of the point, the verdicts on all numbers, and the evidence they rest on."""
        try:
            asked = _Asked(self.program)
            reply = asked.all(self.point)
        except ProgramError as error:
            if error.code != "program-refused":
                raise
            return error.message, [], []
        value, jacobian = reply.value, reply.jacobian or []
        if value is None:
            raise ProgramError("program-shape", f"{self.program.name} gives no value, so nothing can be differenced")
        self.rows = tuple(f"y{i + 1}" for i in range(len(value)))
        if not all(map(isfinite, value)):
            return "the program gives no finite value here", [], []
        self.unit = Numbers([[exactly(x) for x in value]]).unit
        self.claimed = tuple(tuple(row) for row in jacobian)
        self.spread = max([x for row in asked.spread or [] for x in row if isfinite(x)], default=0.0)
        found, seen = self._entries(value, jacobian)
        for pair in self._products(jacobian):
            found.append(pair[0])
            seen.append(pair[1])
        return "compared", found, [e for e, j in zip(seen, found, strict=True) if j.verdict == AGREES]

    # -- entries against differences

    def line(self, direction: Sequence[float]) -> Callable[[float], list[float] | None]:
        """The values at x + t d; None where the program refuses or gives no numbers."""

        def at(t: float) -> list[float] | None:
            moved = [x + t * d for x, d in zip(self.base, direction, strict=True)]
            try:
                found = self.program.ask(_as_point(moved, self.shapes), ["value"]).value
            except ProgramError as error:
                if error.code != "program-refused":
                    raise
                return None
            return found if found is not None and all(map(isfinite, found)) else None

        return at

    def _entries(self, value: list[float], jacobian: list[list[float]]) -> tuple[list[Judgement], list[Evidence]]:
        chosen = list(range(len(self.columns)))
        if len(chosen) > _MOST_COLUMNS:
            chosen = [k * len(self.columns) // _MOST_COLUMNS for k in range(_MOST_COLUMNS)]
            self.notes.append(f"differences are taken in {_MOST_COLUMNS} of {len(self.columns)} columns")
        found: list[tuple[int, int, Evidence, str]] = []
        taken = {}
        kinks, swings = {}, {}
        for n, j in enumerate(chosen):
            self.settings.progress(f"column {n + 1} of {len(chosen)}")
            taken[j] = difference(self.along(j), self.base[j], eps=self.unit, center=value)
            self.steps[j] = taken[j].step
            kinks[j], swings[j] = self._sides(j, value, taken[j])
        for i, row in enumerate(jacobian):
            scale = max((abs(d.derivative[i]) for d in taken.values() if isfinite(d.derivative[i])), default=0.0)
            for j, d in taken.items():
                size = max([abs(x) for x in (row[j], d.derivative[i]) if isfinite(x)], default=0.0)
                estimate = d.error[i] + _ROUNDINGS * self.unit * size + FAR * self.spread + kinks[j][i]
                e = Evidence(row[j], d.derivative[i], estimate, max(scale, swings[j][i]), float(FAR))
                found.append((i, j, e, "; ".join(["the slopes on both sides differ"] * bool(kinks[j][i]) + [*d.notes])))
        return self._judged(found)

    def along(self, j: int) -> Callable[[float], list[float] | None]:
        """The values with coordinate j at t."""
        line = self.line([float(j == k) for k in range(len(self.columns))])
        base = self.base[j]
        return lambda t: line(t - base)

    def _sides(self, j: int, value: list[float], d: Difference) -> tuple[list[float], list[float]]:
        """By how much the slopes on the two sides differ where that is a kink, and how steep it is further off."""
        line, size = self.along(j), max(abs(self.base[j]), 1.0)
        kinks, swings = [0.0] * len(value), [abs(v) / size for v in value]
        gaps = []
        if d.step is None:
            return kinks, swings
        for h in (size / 8, 4 * d.step, d.step):
            ahead, behind = line(self.base[j] + h), line(self.base[j] - h)
            if ahead is None or behind is None:
                return kinks, swings
            slopes = [((a - v) / h, (v - b) / h) for a, v, b in zip(ahead, value, behind, strict=True)]
            gaps.append([abs(right - left) for left, right in slopes])
            swings = [
                max(s, abs(left), abs(right)) if h == size / 8 else s
                for s, (left, right) in zip(swings, slopes, strict=True)
            ]
        for i, (near, nearer) in enumerate(zip(gaps[1], gaps[2], strict=True)):
            noise = _ROUNDINGS * self.unit * abs(value[i]) / d.step
            if nearer > near / 2 and nearer > noise + d.error[i] and nearer > _KINK * swings[i]:
                kinks[i] = nearer
        return kinks, swings

    def _judged(self, found: list[tuple[int, int, Evidence, str]]) -> tuple[list[Judgement], list[Evidence]]:
        judgements, evidence, confirmed = [], [], 0
        for i, j, first, notes in found:
            e, (verdict, cause) = first, judged(first, self.settings.tolerance)
            if verdict == WRONG and confirmed < _CONFIRMED and isfinite(e.claimed):
                confirmed += 1
                e = self._confirmed(i, j, e)
                verdict, cause = judged(e, self.settings.tolerance)
            if verdict == INCONCLUSIVE and notes:
                cause = f"{cause}: {notes}"
            label = f"∂{self.rows[i]}/∂{self.columns[j]}"
            judgements.append(self._judgement(label, self.rows[i], self.columns[j], e, verdict, cause))
            evidence.append(e)
        return judgements, evidence

    def _confirmed(self, i: int, j: int, e: Evidence) -> Evidence:
        """The evidence with the slope of the Taylor remainder, which is about 1 for a wrong derivative."""
        line = self.line([float(j == k) for k in range(len(self.columns))])
        scale = max(1.0, abs(self.base[j])) / 16
        _, slope = remainder_curve(line, i, e.claimed, scale=scale, eps=self.unit, label="")
        for factor in _OTHER_STEPS:  # which are no multiples of each other: what is fast fools one, not all
            second = difference(self.along(j), self.base[j], eps=self.unit, step=self.steps[j] * factor)
            gap = abs(second.derivative[i] - e.true)
            if not gap <= e.estimate + second.error[i] or not second.error[i] <= FAR * max(e.estimate, e.deviation):
                worst = max(gap, second.error[i])
                return e._replace(estimate=max(e.estimate, worst if worst == worst else float("inf")))
        if slope is None:
            return e._replace(confirmed=False)
        return e._replace(slope=slope, confirmed=None if slope < _WRONG_SLOPE else False)

    def _judgement(self, label: str, row: str, column: str, e: Evidence, verdict: str, cause: str) -> Judgement:
        slope = None if e.slope is None else round(e.slope, 3)
        return Judgement(
            label, row, column, self.place, e.claimed, e.true, e.deviation, e.estimate, e.scale, slope, verdict, cause
        )

    # -- products against each other

    def _products(self, jacobian: list[list[float]]) -> list[tuple[Judgement, Evidence]]:
        random = Random(self.settings.seed)  # noqa: S311  # the same vectors in every check
        v = [random.choice((-1.0, 1.0)) * random.uniform(0.5, 1.5) for _ in self.columns]
        w = [random.choice((-1.0, 1.0)) * random.uniform(0.5, 1.5) for _ in self.rows]
        want = ["jvp", "vjp"]
        try:
            reply = self.program.ask(self.point, want, direction=_as_point(v, self.shapes), cotangent=w)
        except ProgramError as error:
            if error.code != "program-refused":
                raise
            reply = Reply(None, None, None, None)
        given = [exactly(x) for x in (*(reply.jvp or ()), *(reply.vjp or ()))]
        self.unit = max(self.unit, Numbers([given]).unit)
        moved = [sum(a * b for a, b in zip(row, v, strict=True)) for row in jacobian]
        sizes = [sum(abs(a * b) for a, b in zip(row, v, strict=True)) for row in jacobian]
        found = []
        if reply.jvp is not None:
            for i, (theirs, ours, size) in enumerate(zip(reply.jvp, moved, sizes, strict=True)):
                found.append(self._against(f"(J·v)[{self.rows[i]}]", self.rows[i], "v", theirs, ours, size))
        if reply.vjp is not None:
            for j, theirs in enumerate(reply.vjp):
                terms = [a * row[j] for a, row in zip(w, jacobian, strict=True)]
                size = sum(map(abs, terms))
                found.append(
                    self._against(f"(w'·J)[{self.columns[j]}]", "w", self.columns[j], theirs, sum(terms), size)
                )
        if reply.jvp is not None and reply.vjp is not None:
            left = sum(a * b for a, b in zip(w, reply.jvp, strict=True))
            right = sum(a * b for a, b in zip(reply.vjp, v, strict=True))
            size = sum(abs(a * b) for a, b in zip(w, reply.jvp, strict=True))
            size += sum(abs(a * b) for a, b in zip(reply.vjp, v, strict=True))
            found.append(self._against("w·(J·v) = (J'·w)·v", "w", "v", left, right, size))
        missing = [name for name, x in (("jvp", reply.jvp), ("vjp", reply.vjp)) if x is None]
        if missing:
            self.notes.append(f"no dot-product test: the program gives no {' and no '.join(missing)}")
        return found

    def _against(
        self, label: str, row: str, column: str, theirs: float, ours: float, size: float
    ) -> tuple[Judgement, Evidence]:
        """A product of the program, against the same by its Jacobian or its other product."""
        roundings = _ROUNDINGS * (len(self.rows) + len(self.columns))
        e = Evidence(theirs, ours, roundings * (self.unit * size + self.spread), size, float(FAR))
        verdict, cause = judged(e, self.settings.tolerance)
        return self._judgement(label, row, column, e, verdict, cause), e
