"""Programs as claims: what another program says of its own function, at every point that it is asked.

With an expression, its derivatives are compared with exact ones, allowing for the precision that its
values show. Without one, finite differences of its own values are the witness, and the dot-product
test w·(J v) = (J'w)·v holds its two products against each other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isfinite, prod
from random import Random
from typing import Any

from ..differences import difference
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
    chosen = chosen or places.choose(target, settings.points, settings.seed, lambda _: ())
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
        problem = target.problem(m, numbers)
        unit = _unit(court, reply, [float(x) for x in problem.output_values()], target.derivative(problem), numbers)
        entries = [[exactly(x) for x in row] for row in reply.jacobian or []]
        if len(entries) != len(target.rows):
            raise UsageError(
                "claim-size", f"{program.name} has {len(entries)} outputs, and the expression has {len(target.rows)}"
            )
        court.hear(place, Numbers(entries), given=place.chosen is None, unit=unit)
    return court.verdict()


class _Asked:
    """A program, and its Jacobian however it gives it: whole, by columns, or by rows."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def all(self, point: Mapping[str, Any], rows: int | None = None) -> Reply:
        """The values and the whole Jacobian at a point."""
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

    def compared(self) -> tuple[str, list[Judgement], list[Evidence]]:
        """The status of the point, the verdicts on all numbers, and the evidence they rest on."""
        try:
            reply = _Asked(self.program).all(self.point)
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
        for n, j in enumerate(chosen):
            self.settings.progress(f"column {n + 1} of {len(chosen)}")
            unit = [float(j == k) for k in range(len(self.columns))]
            scale = max(1.0, abs(self.base[j]))
            taken[j] = difference(self.line(unit), 0.0, eps=self.unit, scale=scale, center=value)
        for i, row in enumerate(jacobian):
            scale = max((abs(d.derivative[i]) for d in taken.values() if isfinite(d.derivative[i])), default=0.0)
            for j, d in taken.items():
                size = max([abs(x) for x in (row[j], d.derivative[i]) if isfinite(x)], default=0.0)
                estimate = d.error[i] + _ROUNDINGS * self.unit * size
                e = Evidence(row[j], d.derivative[i], estimate, scale, float(FAR))
                found.append((i, j, e, "; ".join(d.notes)))
        return self._judged(found)

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
        if slope is None:
            return e
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
        e = Evidence(theirs, ours, roundings * self.unit * size, size, float(FAR))
        verdict, cause = judged(e, self.settings.tolerance)
        return self._judgement(label, row, column, e, verdict, cause), e
