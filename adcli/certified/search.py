"""The search: attempts at rising precision, until every number is decided or the most bits are reached."""

from collections.abc import Sequence
from math import inf, isinf
from typing import Any

from ..contexts.balls import BallContext
from ..contexts.enclosures import Enclosure, UndecidedError
from ..errors import DomainError, Span
from ..results.certified import CERTIFIED, NOT_DIFFERENTIABLE, UNDECIDED, Certificate
from .attempt import Attempt, Finding
from .doubts import Doubt, Sides
from .question import Question, Spot
from .rounding import Decimal, bounds, decimal, double

_FIRST_BITS = 128
_ALGEBRA_BITS = 256  # precision from which on algebra is asked about what is still open
_BITS_OF_A_DIGIT = 3.33
_SPARE_BITS = 64

Value = float | Decimal


class Search:
    """The certificates of a question; with `digits`, of numbers of so many decimal digits."""

    def __init__(self, question: Question, digits: int | None, most_bits: int) -> None:
        self.question = question
        self.digits = digits
        self.first_bits = _FIRST_BITS
        while self.first_bits < _BITS_OF_A_DIGIT * (digits or 0) + _SPARE_BITS:
            self.first_bits *= 2
        self.most_bits = most_bits if digits is None else max(most_bits, 4 * self.first_bits)
        self.point: dict[str, Any] = {}
        self.backend = question.backend.name
        self._decided: dict[Spot, Certificate] = {}
        self._zeros: set[Spot] = set()
        self._asked_for_zeros = False

    def run(self) -> list[Certificate]:
        """A certificate for every number."""
        spots = self.question.spots()
        bits = min(self.first_bits, self.most_bits)
        while True:
            last = 2 * bits > self.most_bits
            left = [spot for spot in spots if spot not in self._decided]
            with BallContext(bits) as m:
                if not self._attempt(m, left, last=last) or last:
                    return [self._decided[spot] for spot in spots]
            bits *= 2

    def _attempt(self, m: BallContext, spots: Sequence[Spot], *, last: bool) -> bool:
        """Decide what can be decided at this precision; whether something is left that more bits may decide."""
        try:
            attempt = Attempt(self.question, m)
        except UndecidedError:
            if last:
                text = f"{m.bits} bits do not tell whether the point is defined"
                raise DomainError("undecided-point", text) from None
            return True
        self.point = self.question.shown(attempt.point, self.digits)
        if m.bits >= _ALGEBRA_BITS or last:
            algebra = self.question.algebra(attempt.point)
            while algebra.settle(attempt.doubtful(), attempt.problem.values):
                attempt = Attempt(self.question, m)
            self._prove_zeros(attempt, spots)
        hopeful = False
        for spot in spots:
            found = m.number(0) if spot in self._zeros else attempt.finding(spot)
            certificate = self._certificate(attempt, m, spot, found)
            if certificate.status != UNDECIDED or last or _is_hopeless(found):
                self._decided[spot] = certificate
            else:
                hopeful = True
        self.backend = attempt.problem.backend or self.backend
        return hopeful

    def _prove_zeros(self, attempt: Attempt, spots: Sequence[Spot]) -> None:
        """Ask algebra, once, which of the numbers that may be 0 are so."""
        candidates = [] if self._asked_for_zeros else attempt.zero_candidates(spots)
        if candidates:
            self._asked_for_zeros = True
            p = attempt.problem
            algebra = self.question.algebra(attempt.point)
            proved = algebra.zeros(p.inputs, [(p.outputs[spot.i], spot.j) for spot in candidates])
            self._zeros |= {spot for spot, zero in zip(candidates, proved, strict=True) if zero}

    def _certificate(self, attempt: Attempt, m: BallContext, spot: Spot, found: Finding) -> Certificate:
        names = list(self.question.columns)
        head = (
            spot.order,
            self.question.function.outputs[spot.i],
            ",".join([names[place] for place in (spot.j, spot.k) if place is not None]),
        )

        def undecided(
            reason: str, span: Span | None = None, ends: tuple[str | None, str | None] = (None, None)
        ) -> Certificate:
            return Certificate(*head, None, *ends, m.bits, UNDECIDED, reason, span)

        if isinstance(found, Doubt):
            text = found.text if found.lasting else f"{found.text}, with {m.bits} bits"
            return undecided(text, attempt.span(found.node))
        if isinstance(found, Sides):
            left, right = self._value(found.left), self._value(found.right)
            if left is None or right is None:
                return undecided(f"the one-sided derivatives are not settled with {m.bits} bits")
            reason = f"not differentiable: {left} from the left and {right} from the right"
            sides = _shown(left), _shown(right)
            return Certificate(*head, None, None, None, m.bits, NOT_DIFFERENTIABLE, reason, None, *sides)
        if not found.is_finite:
            text, span = attempt.lost_at(spot)
            return undecided(text if _is_hopeless(found) else f"{text}, with {m.bits} bits", span)
        value = self._value(found)
        condition = attempt.condition_of(spot) if value is None else None
        if value is None and condition is not None:
            text = f"cannot tell whether {attempt.smoothness.formula(condition)} holds, with {m.bits} bits"
            return undecided(text, attempt.span(condition), bounds(found))
        if value is None:
            what = "it cannot be told from 0" if found.contains(0) else "its enclosure is still too wide"
            return undecided(f"{what} with {m.bits} bits", None, bounds(found))
        overflows = isinstance(value, float) and isinf(value)
        remark = "overflow: beyond the largest double" if overflows else ""
        return Certificate(*head, _shown(value), *bounds(found, value), m.bits, CERTIFIED, remark)

    def _value(self, x: Enclosure) -> Value | None:
        """The number that an enclosure determines; None if there are several."""
        if not x.is_finite:
            return inf * x.infinity if x.infinity else None
        return double(x) if self.digits is None else decimal(x, self.digits)


def _shown(value: Value) -> float | str:
    """A number as a certificate holds it: a double, or the text of a decimal."""
    return value if isinstance(value, float) else str(value)


def _is_hopeless(found: Finding) -> bool:
    """Whether more bits cannot change that there is no finite number."""
    if isinstance(found, Doubt):
        return found.lasting
    return isinstance(found, Enclosure) and bool(found.undefined or found.infinity)
