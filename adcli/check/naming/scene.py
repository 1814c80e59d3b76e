"""A wrong claim at several places, prepared for finding out what the mistake is.

Everything is computed to a hundred digits, where a repair either fits at all places or does not; only
numbers from a program fit as well as they are exact.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ...contexts import Literal, Number, make_context
from ...problem import Problem
from ..claims import Formula
from ..planted import Edges, edges
from ..rule import WRONG
from ..target import Matrix, Place, Target
from ..trial import Tried

DIGITS = 100
_FIT = 1e-9  # a relative deviation that a repair may leave
_MOST_CELLS = 8
_MOST_PLACES = 6
_MOST_WORK = 60_000  # nodes times passes, that guesses at other points may take: some seconds
_SMALL = 0.02  # of a deviation, that a repair may leave
_LOST = 1e-12  # of a deviation, that rounding in high precision may be
_APART = 1e-30  # of the larger of claim and truth, below which nothing is seen of the smaller
_LONG = 4  # digits of a decimal from which on it may be a rounded constant


class Cell(NamedTuple):
    """A wrong entry: what is claimed, and what is true, place by place."""

    i: int
    j: int
    claimed: list[Number]
    true: list[Number]
    slack: list[Number]


class Exhausted(Exception):  # noqa: N818  # a finding: the function is too large for more guesses
    """The work for guesses is spent."""


class Finding(NamedTuple):
    """A repair that makes the claim right at all places.

    Of several findings the one with the least `rank` is the one to name. `factor` gives, for each place,
    what the right thing is of the claimed one, where that is how it was found.
    """

    rank: int
    kind: str
    message: str
    repair: str = ""
    where: tuple[int, int] | None = None
    """The occurrence in the claim that is repaired: a node, and which of its arguments (-1: itself)."""
    details: tuple[tuple[str, object], ...] = ()


class Setting:
    """A target at several points in high precision, with all passes there."""

    def __init__(self, target: Target, numbers: Sequence[dict[str, Number]], fit: float) -> None:
        """Take the points as numbers by name; `fit` is the relative deviation that a repair may leave."""
        self.target, self.numbers, self.fit = target, list(numbers), fit
        self.m = make_context(DIGITS)
        self.problems: list[Problem] = [target.problem(self.m, x) for x in self.numbers]
        self.passes: list[Edges] = []
        self.left = _MOST_WORK

    def spend(self, problem: Problem) -> None:
        """Count a derivative that is computed for a guess; raises `Exhausted` when they have become too many."""
        self.left -= len(problem.order) * min(len(problem.inputs), len(problem.outputs))
        if self.left < 0:
            raise Exhausted

    def pass_along(self, rows: Sequence[int], columns: Sequence[int]) -> None:
        """Make the passes for these rows and columns."""
        self.passes = [edges(problem, rows, columns) for problem in self.problems]

    def close(self, a: Number, b: Number, slack: Number = 0) -> bool:
        """Whether two numbers are the same, as far as a repair can tell."""
        if a is None or b is None or not (self.m.is_finite(a) and self.m.is_finite(b)):
            return False
        return bool(abs(a - b) <= self.fit * max(abs(a), abs(b)) + slack)


class Scene(Setting):
    """The places, the true derivatives and all passes there, and the wrong entries."""

    def __init__(
        self,
        target: Target,
        claim: Formula | None,
        heard: Sequence[tuple[Place, Sequence[Tried]]],
        *,
        transposed: bool,
        strict: bool,
    ) -> None:
        """Prepare the places; numbers fit to nine digits if `strict`, else within their errors."""
        self.claim, self.transposed = claim, transposed
        heard = [(place, tried) for place, tried in heard if tried]
        stable = [(place, tried) for place, tried in heard if not any(map(_unstable, tried))]
        heard = (stable if len(stable) > 1 else heard)[:_MOST_PLACES]
        self.places = [place for place, _ in heard]
        m = make_context(DIGITS)
        fit = _FIT if claim is None else _fit_of(claim)
        super().__init__(target, [target.numbers(m, place) for place in self.places], fit)
        self.true: list[Matrix] = [target.derivative(problem) for problem in self.problems]
        rows, columns = range(len(target.rows)), range(len(target.columns))
        known = [{(t.i, t.j): t for t in tried} for _, tried in heard]
        if claim is None:
            self.claimed = [[[m.number(k[i, j].evidence.claimed) for j in columns] for i in rows] for k in known]
        else:
            self.claimed = [claim.values(m, numbers) for numbers in self.numbers]
        slack = [[[_slack(m.number(0), k[i, j], strict) for j in columns] for i in rows] for k in known]
        off = [(i, j) for i in rows for j in columns if any(k[i, j].verdict == WRONG for k in known)]
        self.wrong = off
        self.cells = [
            Cell(i, j, [c[i][j] for c in self.claimed], [t[i][j] for t in self.true], [s[i][j] for s in slack])
            for i, j in off[:_MOST_CELLS]
        ]
        self.slack = slack
        self.claimed_values = [] if claim is None else [claim.problem(m, numbers).values for numbers in self.numbers]
        self.pass_along(sorted({c.i for c in self.cells}), sorted({c.j for c in self.cells}))

    def repaired(self, value: Callable[[Cell, int], Number | None]) -> bool:
        """Whether a wrong derivation, entry by entry and place by place, gives just what is claimed."""
        for cell in self.cells:
            for p in range(len(self.places)):
                found = value(cell, p)
                if found is None or not self.close(found, cell.claimed[p], cell.slack[p]):
                    return False
        return bool(self.cells)


def _slack(zero: Number, t: Tried, strict: bool) -> Number:
    """Numbers fit within their errors, as far as these are small against what is wrong."""
    e = t.evidence
    return zero if strict or e.deviation != e.deviation else min(e.estimate, _SMALL * e.deviation)


def _unstable(t: Tried) -> bool:
    """Whether a wrong entry has lost most of its digits at a place, or is another size altogether."""
    e = t.evidence
    if t.verdict != WRONG or e.claimed != e.claimed:
        return False
    small, large = sorted((abs(e.claimed), abs(e.true)))
    return bool(e.estimate > _LOST * e.deviation) or bool(0 < small < _APART * large)


def _fit_of(claim: Formula) -> float:
    """A claim with long decimals fits as well as those are exact."""
    digits = [len(str(abs(x.digits))) for x in claim.graph.constants.values() if isinstance(x, Literal)]
    long = [d for d in digits if d >= _LONG]
    return max(_FIT, 5 * 10.0 ** -min(long)) if long else _FIT
