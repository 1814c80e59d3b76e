"""Checks of derivatives that are claimed at all rows of a file: a formula's, or those in its columns.

The kernel of the Jacobian gives the truth, in doubles, with a bound of its rounding. What that accepts
is right; the worst of the rest go to the court of `check`, point by point. A row is wrong if the
court says so. Where it found every row wrong that is far off, the other rows that are so count as
wrong, too; else they are suspects, and the verdict waits for them.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..check.rule import Tolerance
from ..check.target import Target
from ..engines import Program
from ..kernels import Kernel
from ..kernels.making import make_kernel
from ..language import Let
from ..products import Function
from ..results.base import counted
from ..results.batch_check import BatchCheck, EntryReport, WorstRow
from .asking import compiled, fixed_values, refuse
from .blocks import STATUSES, Block, Rows
from .claiming import ColumnClaim, FormulaClaim
from .comparing import Cells, Compared, compare
from .judging import SAMPLES, Judged, Suspect, Worst, judge, most
from .progress import Bar
from .rounding import with_bounds
from .running import DOMAIN, OK, OVERFLOW, SUSPECT, WRONG, Counts, Job, ahead, job, statuses
from .waiting import Waiting

_FAR = 255  # code of a suspect that is far off, until all is known
_NUDGE = 2.0**-20


class Found(NamedTuple):
    """What was found of a block: the rows with their error and code, and the entries of those that were compared."""

    rows: Rows
    cells: Cells
    compared: Compared
    asked: Any
    """Which rows are for the court, those that were accepted not among them."""


class Tally:
    """What is known of each entry: in how many rows it is off, and its worst row."""

    def __init__(self, count: int) -> None:
        self.far = np.zeros(count, np.int64)
        self.near = np.zeros(count, np.int64)
        self.excess = np.full(count, -1.0)
        self.worst: list[tuple[Suspect, float] | None] = [None] * count


class Checking:
    """A check that is ready to run: of `claim`, the text of a formula, or of the columns that are named as derivatives.

    `tolerance` takes the place of the rule. Raises what reading the claim and `wrt` raises.
    """

    def __init__(
        self,
        function: Function,
        claim: str | None,
        *,
        order: int = 1,
        wrt: str | None = None,
        at: Any = None,
        fixed: Mapping[str, Let] | None = None,
        engine: str = "numpy",
        tolerance: Tolerance | None = None,
    ) -> None:
        fixed = fixed or {}
        self.function = function.for_point(at, fixed)
        self.target = Target(self.function, wrt, order)
        kernel = make_kernel(self.function, "jac" if order == 1 else "hess", wrt=wrt)
        self.fixed = fixed_values(self.function, at, fixed)
        self.names = list(kernel.outputs)[len(kernel.outputs) - prod(kernel.shape) :]
        self.tolerance = tolerance
        self.claim = None if claim is None else FormulaClaim(claim, self.target, self.names)
        self.text = claim
        self.plain = len(kernel.outputs)  # outputs before the bounds
        bounded = with_bounds(kernel, self.names)
        program, notes = compiled(engine, bounded)
        self.truth = job(bounded, program, self.fixed)
        self.formula: Job | None = None
        if isinstance(self.claim, FormulaClaim):
            program, _ = compiled(engine, self.claim.kernel)
            self.formula = job(self.claim.kernel, program, self.fixed | self.claim.constants)
        self.columns = list(dict.fromkeys([*self.truth.columns, *(self.formula.columns if self.formula else ())]))
        self.notes = [*function.notes, *self.function.notes, *notes]

    @property
    def wanted(self) -> list[str]:
        """Columns of the file that are claims, if they are there."""
        return self.names if self.text is None else []

    @property
    def rows(self) -> int:
        """How many rows a block should have."""
        return min(self.truth.rows, self.formula.rows) if self.formula is not None else self.truth.rows

    def run(self, reader: Any, take: Callable[[Rows], None], *, strict: bool, quiet: bool) -> "Outcome":
        """Go through all points, and judge the worst; `take` is given the rows, whose codes are not the last word."""
        claim = self.claim or ColumnClaim(self.target, self.names, reader.needed)
        state = Outcome(self, claim)
        bar = Bar(shown=not quiet and sys.stderr.isatty())
        seen = 0

        def found() -> Iterator[Rows]:
            nonlocal seen
            for block in ahead(reader):
                each = self.look(block, claim)
                codes = each.rows.status
                if strict and (codes == DOMAIN).any():
                    refuse(self.function, self.fixed, block, int((codes == DOMAIN).argmax()))
                state.note(block, each)
                seen += block.count
                yield each.rows

        try:
            for rows in ahead(found()):
                state.counts.add(np.where(rows.status == _FAR, SUSPECT, rows.status))
                take(rows)
                bar(seen, reader.done, reader.total)
        finally:
            bar.close()
        state.judge()
        return state

    # -- a block

    def look(self, block: Block, claim: FormulaClaim | ColumnClaim) -> Found:
        """Compare all rows of a block."""
        plain, places = self.plain, claim.places
        out, conditions = _run(self.truth, block.numbers, block.count)
        missing = None
        if block.missing is not None:
            missing = np.isnan([block.numbers[name] for name in self.columns]).any(axis=0) if self.columns else None
        codes = statuses(out[:plain], conditions, missing)
        true, bound = out[plain - len(self.names) : plain], out[plain:]
        claimed, loose = self._claimed(block, claim)
        scale = np.abs(true).reshape(len(self.target.rows), -1, block.count).max(axis=1)
        cells = Cells(claimed, true[places], bound[places] + loose, scale[np.array(places) // len(self.target.columns)])
        foreign = isinstance(claim, ColumnClaim)
        compared = compare(
            cells, lambda rows: self._swing(block, places, rows), foreign=foreign, tolerance=self.tolerance
        )
        asked = (codes == OK) & ~compared.accepted.all(axis=0)
        codes[asked] = np.where(compared.far[:, asked].any(axis=0), _FAR, SUSPECT)
        with np.errstate(all="ignore"):
            # where doubles overflow, a claim that is finite may still be right
            beyond = (codes == OVERFLOW) & np.isfinite(out[: plain - len(self.names)]).all(axis=0)
            beyond &= (np.isfinite(cells.claimed) & ~np.isfinite(cells.true)).any(axis=0)
            codes[beyond] = SUSPECT
            error = np.abs(cells.claimed - cells.true) / np.maximum(
                np.maximum(cells.scale, np.abs(cells.claimed)), 5e-324
            )
        rows = Rows(block.count, block.carried, error.max(axis=0).reshape(1, -1), codes)
        return Found(rows, cells, compared, asked | beyond)

    def _claimed(self, block: Block, claim: FormulaClaim | ColumnClaim) -> tuple[Any, Any]:
        """The claimed entries, and the bounds of their rounding, as far as it is ours."""
        if isinstance(claim, ColumnClaim):
            return np.array([block.numbers[name] for name in claim.columns]), 0.0
        assert self.formula is not None  # noqa: S101  # a formula has a job
        out, _ = _run(self.formula, block.numbers, block.count)
        return out[: len(self.names)], out[len(self.names) :]

    def _swing(self, block: Block, places: Sequence[int], rows: Any) -> Any:
        """By how much the derivatives change at some points with a relative change of the point, less their noise."""
        columns = {name: block.numbers[name][rows] for name in self.truth.columns}
        moved = {name: x * (1 + (-1) ** k * _NUDGE) for k, (name, x) in enumerate(columns.items())}
        before, after = (_run(self.truth, each, len(rows))[0] for each in (columns, moved))
        true = slice(self.plain - len(self.names), self.plain)
        noise = before[self.plain :] + after[self.plain :]
        change = (np.abs(after[true] - before[true]) - noise) / _NUDGE
        return np.nan_to_num(np.maximum(change, 0.0), nan=0.0)[places]


def _run(work: Job, numbers: Mapping[str, Any], count: int) -> tuple[Any, Sequence[Any]]:
    """All outputs of a job at many points, and its conditions."""
    kernel: Kernel = work.kernel
    program: Program = work.program
    out = np.empty((len(kernel.outputs), count))
    columns = {name: 0.0 for name in kernel.inputs} | dict(work.fixed) | {name: numbers[name] for name in work.columns}
    return out, program(columns, count, out)


class Outcome:
    """What is known so far, and what comes of it when the court has spoken."""

    def __init__(self, check: Checking, claim: FormulaClaim | ColumnClaim) -> None:
        self.check, self.claim = check, claim
        self.counts = Counts()
        self.tally = Tally(len(claim.places))
        self.suspects = Worst(most(check.target))
        self.samples = Worst(SAMPLES)
        self.judged: Judged | None = None
        self.far_is_wrong = self.proved = False
        self.asked = self.asked_far = 0

    def note(self, block: Block, found: Found) -> None:
        """Remember what is worth it of a block."""
        excess, asked = found.compared.excess, found.asked
        compared = asked | (found.rows.status == OK)
        if not compared.any():
            return
        far = found.compared.far & (found.rows.status == _FAR)
        self.asked += int(asked.sum())
        self.asked_far += int((found.rows.status == _FAR).sum())
        self.tally.far += far.sum(axis=1)
        self.tally.near += (~found.compared.accepted & asked & ~far).sum(axis=1)
        ranks = np.where(compared, excess, -1.0)
        for k, row in enumerate(ranks.argmax(axis=1).tolist()):
            if ranks[k, row] > self.tally.excess[k]:
                self.tally.excess[k] = ranks[k, row]
                suspect = self._suspect(block, found, row)
                self.tally.worst[k] = suspect, float(found.cells.true[k, row])
        worst = ranks.max(axis=0)
        self._keep(self.suspects, np.where(asked, worst, -1.0), block, found)
        self._keep(self.samples, np.where(asked, -1.0, worst), block, found)

    def _keep(self, heap: Worst, ranks: Any, block: Block, found: Found) -> None:
        rows = np.flatnonzero((ranks > heap.least) & (ranks >= 0))
        if len(rows) > heap.most:
            rows = np.sort(rows[np.argsort(-ranks[rows], kind="stable")[: heap.most]])
        for row in rows.tolist():
            heap.take(float(ranks[row]), self._suspect(block, found, row))

    def _suspect(self, block: Block, found: Found, row: int) -> Suspect:
        point = {name: float(block.numbers[name][row]) for name in self.check.columns}
        cells, compared = found.cells, found.compared
        far = compared.far[:, row] & (found.rows.status[row] == _FAR)
        accepted = compared.accepted[:, row].tolist()
        return Suspect(block.first + row, point, cells.claimed[:, row].tolist(), far.tolist(), accepted)

    # -- the court

    def judge(self) -> None:
        """Hear the worst rows: first the worst of each entry, then the worst of all."""
        firsts = {pair[0].row: pair[0] for pair in self.tally.worst if pair is not None and not all(pair[0].accepted)}
        chosen = list({**firsts, **{s.row: s for s in self.suspects.ordered()}}.values())[: self.suspects.most]
        chosen += [s for s in self.samples.ordered() if s.row not in firsts]
        if not chosen:
            return
        self.judged = judge(self.check.target, self.claim, chosen, self.check.fixed, self.check.tolerance)
        far = [self.judged.rows[s.row] for s in chosen if any(s.far)]
        self.far_is_wrong = bool(far) and all(code == WRONG for code in far)
        self.proved = self.judged.verdict.verdict == "PROVED"
        self._settle(chosen)

    def _settle(self, chosen: Sequence[Suspect]) -> None:
        """Count the rows anew."""
        of, rows = self.counts.of, self.judged.rows if self.judged is not None else {}
        far = self.asked_far
        for suspect in chosen:
            before = SUSPECT if not all(suspect.accepted) else OK
            of[before] -= 1
            of[rows[suspect.row]] += 1
            far -= any(suspect.far)
        if self.far_is_wrong:
            of[SUSPECT] -= far
            of[WRONG] += far
        if self.proved:
            of[OK] += of[SUSPECT]
            of[SUSPECT] = 0

    def settled(self, waiting: Waiting) -> Iterator[Rows]:
        """All rows, with the last word on each."""
        return waiting.settled({} if self.judged is None else self.judged.rows, self._settled)

    def _settled(self, codes: Any) -> Any:
        codes = np.where(codes == _FAR, WRONG if self.far_is_wrong else SUSPECT, codes).astype(np.uint8)
        return np.where(codes == SUSPECT, OK, codes).astype(np.uint8) if self.proved else codes

    # -- the result

    def remarks(self, reader: Any) -> Iterator[str]:
        """What there is to say of the file and the engine."""
        yield from self.check.notes
        if reader.rejected:
            yield f"{counted(reader.rejected, 'row')} that cannot be read left out:"
            yield from reader.complaints

    def result(self) -> BatchCheck:
        """The verdict, with what it rests on."""
        of = dict(zip(STATUSES, self.counts.of, strict=True))
        verdict, cause = self._verdict(of)
        entries = sorted(self._entries(), key=lambda e: -e.wrong)
        heard = None if self.judged is None else self.judged.verdict
        tolerance = self.check.tolerance
        notes = []
        if self.far_is_wrong and of["wrong"] > sum(
            code == WRONG for code in (self.judged.rows if self.judged else {}).values()
        ):
            notes.append("rows that nobody judged are called wrong because all that are as far off and were judged are")
        if self.proved:
            notes.append("the formula is the derivative by algebra")
        return BatchCheck(
            self.check.function.expression, verdict, cause, self.claim.source, self.claim.text, self.check.target.order,
            self.counts.rows, sum(of[name] for name in ("ok", "wrong", "unsure", "suspect")),
            0 if self.judged is None else len(self.judged.rows), of, tuple(entries),
            None if heard is None or verdict != "WRONG" else heard.mistake, None if heard is None else heard.mutants,
            {
                "rtol": None if tolerance is None else tolerance.relative,
                "atol": None if tolerance is None else tolerance.absolute,
            },
            tuple(notes),
        )  # fmt: skip

    def _verdict(self, of: Mapping[str, int]) -> tuple[str, str]:
        heard = None if self.judged is None else self.judged.verdict
        compared = sum(of[name] for name in ("ok", "wrong", "unsure", "suspect"))
        if of["wrong"]:
            return "WRONG", f"{counted(of['wrong'], 'row')} of {compared}"
        if not compared or heard is None:
            return "INCONCLUSIVE", "no row could be compared"
        if heard.verdict == "WRONG":
            return "WRONG", heard.cause
        if of["suspect"]:
            return "INCONCLUSIVE", f"{counted(of['suspect'], 'row')} not accepted by doubles, and not judged"
        if heard.verdict not in ("AGREES", "PROVED"):
            return "INCONCLUSIVE", heard.cause
        return "AGREES", ""

    def _entries(self) -> Iterator[EntryReport]:
        target, tally = self.check.target, self.tally
        width = len(target.columns)
        for k, place in enumerate(self.claim.places):
            row, column = target.rows[place // width], target.columns[place % width]
            wrong, suspect = self._off(k, place)
            yield EntryReport(target.label(row, column), row, column, wrong, suspect, self._worst(k, place))

    def _off(self, k: int, place: int) -> tuple[int, int]:
        """In how many rows the entry is wrong, and in how many it is a suspect."""
        far, near, wrong = int(self.tally.far[k]), int(self.tally.near[k]), 0
        for suspect in self._heard():
            code_far, accepted = suspect.far[k], suspect.accepted[k]
            far -= code_far and not accepted
            near -= not accepted and not code_far
            judgement = self.judged.entries[suspect.row].get(place) if self.judged is not None else None
            wrong += judgement is not None and judgement.verdict == "WRONG"
        if self.far_is_wrong:
            return wrong + far, 0 if self.proved else near
        return wrong, 0 if self.proved else far + near

    def _heard(self) -> list[Suspect]:
        if self.judged is None:
            return []
        every = [pair[0] for pair in self.tally.worst if pair is not None]
        found = {s.row: s for s in [*every, *self.suspects.ordered(), *self.samples.ordered()]}
        return [s for row, s in found.items() if row in self.judged.rows]

    def _worst(self, k: int, place: int) -> WorstRow | None:
        """The worst that the court found of an entry, or that doubles did."""
        heard = [(s, self.judged.entries[s.row].get(place)) for s in self._heard()] if self.judged is not None else []
        wrong = [(s, e) for s, e in heard if e is not None and e.verdict == "WRONG"]
        if wrong:
            suspect, e = max(wrong, key=lambda pair: (_share(pair[1]), -pair[0].row))
            return WorstRow(suspect.row + 1, suspect.point, float(e.claimed), float(e.true), float(e.error), e.verdict)
        pair = self.tally.worst[k]
        if pair is None:
            return None
        suspect, true = pair
        judgement = None if self.judged is None else self.judged.entries.get(suspect.row, {}).get(place)
        claimed = suspect.claimed[k]
        return WorstRow(
            suspect.row + 1, suspect.point, claimed, true, abs(claimed - true),
            None if judgement is None else judgement.verdict,
        )  # fmt: skip


def _share(judgement: Any) -> float:
    size = max(abs(judgement.true), abs(judgement.claimed)) if judgement.claimed == judgement.claimed else 0
    return float(judgement.error / size) if size else float("inf")
