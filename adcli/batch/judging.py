"""The court for a few rows of a batch: `check` at single points, where doubles could not accept a claim.

Rows come worst first, and some that were accepted come too: there the claim is looked at with all
digits, planted mistakes must show, and a formula may be proved. What the court says of a row holds.
"""

from collections.abc import Mapping, Sequence
from heapq import heappush, heappushpop
from typing import Any, NamedTuple

from ..check.court import Court, Settings
from ..check.rule import AGREES, INCONCLUSIVE, WRONG, Tolerance
from ..check.target import Place, Target
from ..results.verdict import Verdict
from .claiming import ColumnClaim, FormulaClaim
from .running import DOMAIN, OK, OVERFLOW, UNSURE
from .running import WRONG as WRONG_ROW

MOST = 100  # rows that are judged
_WORK = 20_000  # nodes of the derivative's sweeps times rows
_FEWEST = 8
SAMPLES = 5  # rows that were accepted


class Suspect(NamedTuple):
    """A row for the court: its number from 0, its point, and what is claimed; `far` says which entries are far off."""

    row: int
    point: Mapping[str, float]
    claimed: Sequence[float]
    far: Sequence[bool]
    accepted: Sequence[bool]


class Worst:
    """The rows with the highest ranks so far, at most so many."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.heap: list[tuple[float, int, Suspect]] = []

    @property
    def least(self) -> float:
        """The rank that a row must exceed to be among them."""
        return self.heap[0][0] if len(self.heap) == self.most else float("-inf")

    def take(self, rank: float, suspect: Suspect) -> None:
        """Consider a row; of likes the first stays."""
        item = (rank, -suspect.row, suspect)
        if len(self.heap) < self.most:
            heappush(self.heap, item)
        else:
            heappushpop(self.heap, item)

    def ordered(self) -> list[Suspect]:
        """The worst first."""
        return [item[2] for item in sorted(self.heap, key=lambda item: item[:2], reverse=True)]


class Judged(NamedTuple):
    """What the court said: of rows by their number, of each entry there that it heard, and of the claim as a whole."""

    rows: dict[int, int]
    """The codes of rows."""
    entries: dict[int, dict[int, Any]]
    """For rows by their number, what was found of each entry, by its place."""
    verdict: Verdict


def most(target: Target) -> int:
    """How many rows of a function are judged: fewer where one takes long."""
    work = len(target.graph.needed(target.outputs)) * min(len(target.inputs), len(target.outputs))
    return max(_FEWEST, min(MOST, _WORK // max(work, 1)))


def judge(
    target: Target,
    claim: FormulaClaim | ColumnClaim,
    suspects: Sequence[Suspect],
    fixed: Mapping[str, float],
    tolerance: Tolerance | None,
) -> Judged:
    """Hear the claim at all of these rows."""
    court = Court(target, Settings(target.order, tolerance=tolerance), "formula", claim.text)
    court.claim = claim.formula
    claimed = set(claim.places)
    width = len(target.columns)
    for suspect in suspects:
        numbers = {name: suspect.point.get(name, fixed.get(name, 0.0)) for name in target.program.variables}
        place = Place(None, numbers)
        court.hear(place, claim.at(place, suspect.claimed), given=False)
        heard = court.heard[-1]
        tried = [t if t.i * width + t.j in claimed else t._replace(verdict=AGREES, cause="") for t in heard.tried]
        found = [e._replace(verdict=t.verdict, cause=t.cause) for e, t in zip(heard.report.entries, tried, strict=True)]
        court.heard[-1] = heard._replace(report=heard.report._replace(entries=tuple(found)), tried=tuple(tried))
    verdict = court.verdict()
    rows, entries = dict[int, int](), dict[int, dict[int, Any]]()
    for suspect, heard_ in zip(suspects, verdict.places, strict=True):
        at = {_place(target, e): e for e in heard_.entries}
        entries[suspect.row] = {place: e for place, e in at.items() if place in claimed}
        rows[suspect.row] = _code(heard_.status, [e.verdict for e in heard_.entries])
    return Judged(rows, entries, verdict)


def _place(target: Target, entry: Any) -> int:
    return target.rows.index(entry.row) * len(target.columns) + target.columns.index(entry.column)


def _code(status: str, verdicts: Sequence[str]) -> int:
    """The status of a row by the verdicts on its entries."""
    if status != "compared":
        return OVERFLOW if "finite" in status else DOMAIN
    if WRONG in verdicts:
        return WRONG_ROW
    return UNSURE if INCONCLUSIVE in verdicts else OK
