"""What comes of a check at many points: the worst rows while it goes, the court's word, and the verdict.

A row is wrong if the court says so. Where it found every row wrong that is far off, the other rows that
are so count as wrong, too; else they are suspects, and the verdict waits for them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..errors import printable
from ..results.base import counted
from ..results.batch_check import BatchCheck, EntryReport, WorstRow
from ..results.verdict import AGREES, INCONCLUSIVE, PROVED
from ..results.verdict import WRONG as WRONG_CLAIM
from .asking import constants_not_read
from .blocks import STATUSES, Block, Rows
from .claiming import ColumnClaim, FormulaClaim
from .comparing import Cells, Compared
from .judging import SAMPLES, Judged, Suspect, Worst, judge, most
from .running import OK, SUSPECT, WRONG, Counts
from .waiting import Waiting

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .checking import Checking

FAR = 255
"""The code of a suspect that is far off, until all is known."""


class Found(NamedTuple):
    """What was found of a block: rows with their error, their codes, and the entries of those that were compared."""

    rows: Rows
    codes: "NDArray[np.uint8]"
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


class Outcome:
    """What is known so far, and what comes of it when the court has spoken."""

    def __init__(self, check: "Checking", claim: FormulaClaim | ColumnClaim) -> None:
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
        compared = asked | (found.codes == OK)
        if not compared.any():
            return
        far = found.compared.far & (found.codes == FAR)
        self.asked += int(asked.sum())
        self.asked_far += int((found.codes == FAR).sum())
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
        far = compared.far[:, row] & (found.codes[row] == FAR)
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
        self.proved = self.judged.verdict.verdict == PROVED
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
        codes = np.where(codes == FAR, WRONG if self.far_is_wrong else SUSPECT, codes).astype(np.uint8)
        return np.where(codes == SUSPECT, OK, codes).astype(np.uint8) if self.proved else codes

    # -- the result

    def remarks(self, reader: Any) -> Iterator[str]:
        """What there is to say of the file and the engine."""
        yield from self.check.notes
        yield from constants_not_read(self.check.function, reader.names)
        if reader.rejected:
            yield f"{counted(reader.rejected, 'row')} that cannot be read left out:"
            yield from map(printable, reader.complaints)

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
            heard.mistake if heard is not None and verdict == WRONG_CLAIM else None,
            None if heard is None else heard.mutants,
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
            return WRONG_CLAIM, f"{counted(of['wrong'], 'row')} of {compared}"
        if not compared or heard is None:
            return INCONCLUSIVE, "no row could be compared"
        if heard.verdict == WRONG_CLAIM:
            return WRONG_CLAIM, heard.cause
        if of["suspect"]:
            return INCONCLUSIVE, f"{counted(of['suspect'], 'row')} not accepted by doubles, and not judged"
        if heard.verdict not in {AGREES, PROVED}:
            return INCONCLUSIVE, heard.cause
        return AGREES, ""

    def _entries(self) -> Iterator[EntryReport]:
        target = self.check.target
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
            wrong += judgement is not None and judgement.verdict == WRONG_CLAIM
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
        wrong = [(s, e) for s, e in heard if e is not None and e.verdict == WRONG_CLAIM]
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
