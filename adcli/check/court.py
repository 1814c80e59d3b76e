"""A check under way: what is heard of a claim at each place, and what all of it comes to.

Hearing is done place by place; the verdict then takes the worst, has planted mistakes rejected, looks for a
proof, names the mistake, and says what a reader should know.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .. import reports
from ..contexts import Number, make_context
from ..errors import DomainError
from ..results.base import Warn
from ..results.verdict import (
    AGREES,
    INCONCLUSIVE,
    OUTSIDE,
    PROVED,
    WRONG,
    Judgement,
    Mistake,
    PlaceReport,
    Rejected,
    SurfaceReport,
    Verdict,
)
from ..shapes import Data
from . import places
from .claims import Formula, Numbers
from .planted import rejected
from .rule import USELESS_ESTIMATE, Tolerance
from .surfaces import sides, surfaces
from .target import Place, Target
from .trial import Hearing, Tried

POINTS = 5  # chosen where no point is given
_EXTRA = 3  # generic points beside a given one, for formulas
_MOST_SPECIAL = 1.0  # distances of switching surfaces that are reported
_MOST_SURFACES = 8
_COMPARED = "compared"
_KINK = "the function has a kink here"
_UNDEFINED = "the claim is undefined here"


class Heard(NamedTuple):
    """A place with everything that was found out there."""

    place: Place
    status: str
    report: PlaceReport
    tried: tuple[Tried, ...]
    problem: Any


class Settings(NamedTuple):
    """How a check was asked for."""

    order: int = 1
    points: int = POINTS
    seed: int = 0
    tolerance: Tolerance | None = None
    only_wrong: bool = False
    plot: bool = False
    digits: int | None = None
    """How many digits are shown; formulas are compared to so many and some more at least."""
    progress: Callable[[str], None] = lambda _: None

    def to_dict(self) -> dict[str, Any]:
        """The same for the evidence."""
        t = self.tolerance
        return {
            "points": self.points,
            "rtol": None if t is None else t.relative,
            "atol": None if t is None else t.absolute,
        }


class Court:
    """A check under way: what was heard so far."""

    def __init__(self, target: Target, settings: Settings, source: str, text: str) -> None:
        self.target, self.settings, self.source, self.text = target, settings, source, text
        self.hearing = Hearing(target, settings.tolerance, settings.digits)
        self.heard: list[Heard] = []
        self.claim: Formula | None = None
        self.notes: list[str] = []
        self.warnings: list[Warn] = []
        self.transposed = False

    # -- hearing

    def hear(self, place: Place, claim: Formula | Numbers, *, given: bool, unit: float | None = None) -> None:
        """Try a claim at a place."""
        self.settings.progress(f"point {len(self.heard) + 1}")
        target, m = self.target, self.hearing.context()
        self.transposed = self.transposed or claim.transposed
        numbers = target.numbers(m, place)
        own = target.own(m, numbers)
        status = self._status(own, numbers, m)
        tried: Sequence[Tried] = ()
        problem = None
        near: list[Any] = []
        special: list[str] = []
        if status == _COMPARED:
            problem = target.problem(m, numbers)
            near = [s for s in surfaces(own) if s.distance <= _MOST_SPECIAL or s.distance == 0][:_MOST_SURFACES]
            if isinstance(claim, Formula):
                tried = self.hearing.formula(claim, place)
            else:
                tried = self.hearing.numbers(claim, place, unit)
            tried = self._at_kinks(own, near, tried)
        if given:
            special = places.special(target, m, numbers) if status == _COMPARED else []
        number = len(self.heard)
        report = PlaceReport(
            target.point_json(numbers), given, status, tuple(special),
            tuple(SurfaceReport(s.formula, s.text, s.distance, s.distance == 0) for s in near),
            tuple(self._judgement(t, number) for t in tried),
            _as_written(claim) if isinstance(claim, Numbers) else None, unit,
        )  # fmt: skip
        self.heard.append(Heard(place, status, report, tuple(tried), problem))

    def refuse(self, place: Place, why: str, *, given: bool) -> None:
        """Note a place at which there is no claim."""
        numbers = self.target.numbers(make_context(), place)
        report = PlaceReport(self.target.point_json(numbers), given, why, (), (), (), None)
        self.heard.append(Heard(place, why, report, (), None))

    def hear_beside(self, claim: Formula) -> None:
        """Generic points near given ones: a formula may be right at a special point by luck."""
        if not claim.varies or not self.hearing.precise:
            return
        first = next((h for h in self.heard if h.status == _COMPARED), None)
        if first is None or any(s.distance == 0 for s in first.report.surfaces):
            return
        beside = places.choose(self.target, _EXTRA, self.settings.seed, self._defined(claim), near=first.place)
        for place in beside[:_EXTRA]:
            self.hear(place, claim, given=False)

    def hear_anywhere(self, claim: Formula) -> None:
        """Generic points of the domain."""
        s = self.settings
        found = places.choose(self.target, s.points, s.seed, self._defined(claim))
        found = found or places.choose(self.target, s.points, s.seed, lambda _: ())
        for place in found:
            self.hear(place, claim, given=False)
        telling = [h for h in self.heard if not any(t.cause == USELESS_ESTIMATE for t in h.tried)]
        if telling:  # where all digits cancel nothing is to be seen, and nobody asked for that point
            self.heard = telling

    def _defined(self, claim: Formula) -> places.Accepts:
        m = make_context()

        def accepts(place: Place) -> tuple[object, ...] | None:
            numbers = self.target.numbers(m, place)
            if not all(m.is_finite(x) for row in claim.values(m, numbers) for x in row):
                return None
            return sides(claim.problem(m, numbers, list(claim.program.variables.values())))

        return accepts

    def _status(self, own: Any, numbers: Any, m: Any) -> str:
        try:
            reports.check_domain(self.target.program, own)
        except DomainError as error:
            return error.message
        return "the function has no finite value here" if self.target.undefined(m, numbers) else _COMPARED

    def _at_kinks(self, own: Any, near: Sequence[Any], tried: Sequence[Tried]) -> Sequence[Tried]:
        """No verdict on an entry that has no derivative, or two."""
        if not any(s.distance == 0 for s in near):
            return tried
        smooth = reports.smoothness(
            self.target.program, own, self.target.function.outputs, self.target.columns, self.target.order
        )
        self.warnings += smooth.warnings
        if smooth.differentiable is True:
            return tried
        sides = {(s.row, s.column) for s in smooth.sides}
        rows, columns = self.target.rows, self.target.columns
        return [
            t._replace(verdict=INCONCLUSIVE, cause=_KINK)
            if self.target.order > 1 or not sides or (rows[t.i], columns[t.j]) in sides
            else t
            for t in tried
        ]

    def _judgement(self, t: Tried, place: int) -> Judgement:
        e, row, column = t.evidence, self.target.rows[t.i], self.target.columns[t.j]
        slope = None if e.slope is None else round(e.slope, 3)
        numbers = (e.claimed, e.true, e.deviation, e.estimate, e.scale)
        shown = _shown if self.settings.digits is None else _in_full
        claimed, true, error, estimate, scale = map(shown, numbers)
        label = self.target.label(row, column)
        return Judgement(label, row, column, place, claimed, true, error, estimate, scale, slope, t.verdict, t.cause)

    # -- the verdict

    def verdict(self, mistake: Mistake | None = None) -> Verdict:
        """What all that was heard comes to."""
        self._settle_undefined()
        compared = [h for h in self.heard if h.status == _COMPARED]
        entries = self._worst(compared)
        verdict, cause = self._overall(compared, entries)
        mutants = None
        if verdict == AGREES:
            mutants = self._tested(compared)
            if not mutants.rejected:
                verdict = INCONCLUSIVE
                cause = "no planted mistake was rejected here: these points show nothing of the derivative"
        lost = verdict == INCONCLUSIVE and all(e.cause in ("", USELESS_ESTIMATE) for e in entries)
        if lost and self._tested(compared).rejected and self._proved():  # all digits cancel here, but not in algebra
            mutants, verdict, cause = self._tested(compared), PROVED, ""
        if verdict == AGREES and self._proved():
            verdict = PROVED
        if verdict == WRONG and mistake is None:
            mistake = self._mistake(compared)
        self._advise(compared, mutants)
        f = self.target.function
        given = next((h.report.point for h in self.heard if h.report.given), {})
        return Verdict(
            f.expression, given, tuple(self.warnings), self.settings.digits, verdict, cause, self.source, self.text,
            self.settings.order, self.target.rows, self.target.columns, tuple(entries),
            tuple(h.report for h in self.heard), mistake, mutants, self._witnesses(verdict),
            self.settings.seed, self.settings.to_dict(), tuple(self.notes), self.settings.only_wrong, "",
            self.transposed, self._program(), self._charts(compared, entries),
        )  # fmt: skip

    def _program(self) -> dict[str, Any]:
        """The text and what it was read with, for a replay."""
        f = self.target.function
        wrt = self.target.wrt
        return {
            "text": f.text,
            "lets": [[name, _let_json(x)] for name, x in f.lets],
            "variables": list(self.target.program.inputs),
            "shapes": {name: list(shape) for name, shape in self.target.program.inputs.items() if shape},
            "wrt": wrt if wrt is None or isinstance(wrt, str) else list(wrt),
        }

    def _charts(self, compared: Sequence[Heard], entries: Sequence[Judgement]) -> tuple[Any, ...]:
        if not self.settings.plot or not entries:
            return ()
        from .plots import charts_of

        worst = entries[0]
        i, j = self.target.rows.index(worst.row), self.target.columns.index(worst.column)
        claimed = None if worst.verdict == AGREES else float(worst.claimed)
        return charts_of(self.target, self.heard[worst.place].place, i, j, claimed, float(worst.true))

    def _settle_undefined(self) -> None:
        """A formula that is undefined at some places only is not called wrong for it."""
        if self.claim is None:
            return
        cells: dict[tuple[int, int], list[bool]] = {}
        for h in self.heard:
            for t in h.tried:
                cells.setdefault((t.i, t.j), []).append(t.evidence.claimed == t.evidence.claimed)
        settled = []
        for number, h in enumerate(self.heard):
            tried = tuple(
                t._replace(verdict=INCONCLUSIVE, cause=_UNDEFINED)
                if t.evidence.claimed != t.evidence.claimed and any(cells[t.i, t.j]) and t.verdict == WRONG
                else t
                for t in h.tried
            )
            entries = tuple(self._judgement(t, number) for t in tried)
            settled.append(h._replace(tried=tried, report=h.report._replace(entries=entries)))
        self.heard = settled

    def _worst(self, compared: Sequence[Heard]) -> list[Judgement]:
        """The worst place of each entry, worst entry first."""
        worst: dict[tuple[int, int], tuple[Any, Judgement]] = {}
        for h in compared:
            for t, judgement in zip(h.tried, h.report.entries, strict=True):
                far = min(_share(t), 1.0) if t.verdict == WRONG else t.evidence.excess
                rank = (_RANK[t.verdict], round(far, 3), _share(t) if t.verdict != WRONG else 0.0)  # the first of likes
                if (t.i, t.j) not in worst or rank > worst[t.i, t.j][0]:
                    worst[t.i, t.j] = rank, judgement
        ordered = sorted(worst.values(), key=lambda pair: pair[0], reverse=True)
        return [judgement for _, judgement in ordered]

    def _overall(self, compared: Sequence[Heard], entries: Sequence[Judgement]) -> tuple[str, str]:
        if not compared:
            if not self.heard:
                return OUTSIDE, "no point of the domain was found; --at gives one"
            return OUTSIDE, self.heard[0].status
        wrong = [e for e in entries if e.verdict == WRONG]
        if wrong:
            few = f"{wrong[0].label}" if len(wrong) == 1 else f"{len(wrong)} of {len(entries)} entries"
            at_given = [e for h in compared if h.report.given for e in h.report.entries if e.verdict == WRONG]
            elsewhere = not at_given and any(h.report.given for h in compared)
            return WRONG, few + (", though not at the point given, which is special" if elsewhere else "")
        if self.transposed:
            return WRONG, "the claim is the transpose"
        unsure = [e for e in entries if e.verdict == INCONCLUSIVE]
        if unsure:
            return INCONCLUSIVE, f"{unsure[0].label}: {unsure[0].cause}"
        return AGREES, ""

    def _tested(self, compared: Sequence[Heard]) -> Rejected:
        return rejected([(h.problem, h.tried) for h in compared], self.settings.tolerance)

    def _proved(self) -> bool:
        """Whether every claimed entry is the derivative by algebra alone."""
        from .proof import proved

        return self.claim is not None and self.hearing.precise and proved(self.target, self.claim)

    def _mistake(self, compared: Sequence[Heard]) -> Mistake | None:
        from .naming.mistakes import named

        return named(self.target, self.claim, [(h.place, h.tried) for h in compared], transposed=self.transposed)

    def _advise(self, compared: Sequence[Heard], mutants: Rejected | None) -> None:
        """What a reader should know of the points."""
        special = [h for h in compared if h.report.given and h.report.special]
        if special:
            better = places.choose(self.target, 1, self.settings.seed, lambda _: ())
            proposal = f"; better: --at {places.text(self.target, better[0])}" if better else ""
            texts = ", ".join(special[0].report.special)
            self.warnings.append(
                Warn("special-point", f"{texts}: wrong terms may vanish or coincide at such a point{proposal}")
            )
        if mutants is not None and mutants.unseen:
            self.notes.append(f"these points would not show a mistake in {', '.join(mutants.unseen)}")

    def _witnesses(self, verdict: str) -> tuple[str, ...]:
        if not self.heard:
            return ()
        places = f" to {self.hearing.digits} digits" if self.hearing.precise else ""
        exact = f"automatic differentiation{places}"
        taylor = ["Taylor remainders of function values"] if verdict == WRONG else []
        return (exact, *taylor, *(["algebra"] if verdict == PROVED else []))


def _let_json(x: Any) -> Any:
    return {"shape": list(x.shape), "items": list(x.items)} if isinstance(x, Data) else x


_RANK = {AGREES: 0, INCONCLUSIVE: 1, WRONG: 2}


def _share(t: Tried) -> float:
    """The deviation as a share of the entry, which orders entries that are wrong for people."""
    e = t.evidence
    size = max(abs(e.true), abs(e.claimed)) if e.claimed == e.claimed else 0
    return float(e.deviation / size) if size else 0.0


def _shown(x: Number) -> Number:
    """A number for the report: a float, unless it is outside of their range."""
    value = float(x)
    return x if (value == 0 and x != 0) or (abs(value) == float("inf") and abs(x) != float("inf")) else value


def _in_full(x: Number) -> Number:
    """A number with all its digits, outside of its context."""
    import mpmath

    return mpmath.mp.make_mpf(mpmath.mpf(x)._mpf_ if not hasattr(x, "_mpf_") else x._mpf_)


def _as_written(claim: Numbers) -> tuple[tuple[Any, ...], ...]:
    """Claimed numbers for the evidence, with every digit that they had."""
    return tuple(tuple(x if isinstance(x, int) else str(x) for x in row) for row in claim.entries)
