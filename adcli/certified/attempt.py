"""One attempt: the sweeps in ball arithmetic at one precision, and what they say of every number asked for."""

from collections.abc import Sequence
from functools import cached_property

from ..contexts.balls import BallContext
from ..contexts.enclosures import Enclosure
from ..errors import Span
from ..problem import Problem
from .doubts import Doubt, OutsideError, Sides, Smoothness, first_lost
from .question import Question, Spot

Finding = Enclosure | Sides | Doubt
"""A number, or the two one-sided derivatives, or why neither can be had."""


class Attempt:
    """The numbers of a question at a precision; `m` must be entered while it is used.

    Raises `UndecidedError` where even the point cannot be read, and `DomainError` where the function is
    undefined for certain.
    """

    def __init__(self, question: Question, m: BallContext) -> None:
        self.question = question
        self.point = question.numbers(m)
        self.solved = question.solve(m, self.point)
        self.m = m
        self.problem = self.solved.problem
        try:
            self.smoothness = Smoothness(self.problem)
        except OutsideError as outside:
            raise question.undefined(self.problem, outside.node) from None

    @cached_property
    def _jacobian(self) -> list[list[Enclosure]]:
        return self.solved.backend.jacobian(self.problem).entries

    @cached_property
    def _gradient(self) -> Problem:
        return self.question.gradient(self.problem)

    @cached_property
    def _hessian(self) -> list[list[Enclosure]]:
        return self.solved.backend.jacobian(self._gradient).entries

    @cached_property
    def _smoothness_of_gradient(self) -> Smoothness | None:
        """The same for the gradient's own formula; None where that is undefined."""
        try:
            return Smoothness(self._gradient)
        except OutsideError:
            return None

    def finding(self, spot: Spot) -> Finding:
        """What is known of one number."""
        p, output = self.problem, self.problem.outputs[spot.i]
        if spot.j is None:
            return self.smoothness.of_value(output) or self.m.lift(p.values[output])
        if spot.k is not None:
            return self._second(spot.j, spot.k)
        return self.smoothness.entry(output, p.inputs[spot.j], self.m.lift(self._jacobian[spot.i][spot.j]))

    def _second(self, j: int, k: int) -> Finding:
        """A second derivative: it exists for certain only away from all kinks that move with either input."""
        p, own = self.problem, self._gradient
        for source in (p.inputs[j], p.inputs[k]):
            doubt = self.smoothness.of_entry(p.outputs[0], source)
            if doubt is not None:
                return doubt
            kink = self.smoothness.kink_of(p.outputs[0], source)
            if kink is not None:
                text = "has its kink at this point: the second derivative may not exist"
                return Doubt(kink, f"{self.smoothness.formula(kink)} {text}", lasting=True)
        smooth = self._smoothness_of_gradient
        if smooth is None:
            return Doubt(p.outputs[0], "the formula of the gradient is undefined at this point", lasting=True)
        doubt = smooth.of_entry(own.outputs[j], own.inputs[k])
        kink = smooth.kink_of(own.outputs[j], own.inputs[k])
        if doubt is not None or kink is not None:
            text = f"of the gradient: {doubt.text}" if doubt else "the gradient has a kink at this point"
            return Doubt(p.outputs[0], text, lasting=doubt is None or doubt.lasting)
        return self.m.lift(self._hessian[j][k])

    def doubtful(self) -> list[int]:
        """The nodes of which it matters what exactly their arguments are."""
        return [*self.smoothness.open, *[d.node for d in self.smoothness.doubts if not d.lasting]]

    def condition_of(self, spot: Spot) -> int | None:
        """A condition that is not decided, and on which a number depends."""
        output = self.problem.outputs[spot.i]
        return next((node for node in self.smoothness.open if self.smoothness.reaches(node, output)), None)

    def zero_candidates(self, spots: Sequence[Spot]) -> list[Spot]:
        """Those of the values and first derivatives that may be 0."""
        found = [(spot, self.finding(spot)) for spot in spots if spot.k is None]
        return [
            s for s, x in found if isinstance(x, Enclosure) and x.is_finite and x.rational is None and x.contains(0)
        ]

    def lost_at(self, spot: Spot) -> tuple[str, Span | None]:
        """Where a number that is not finite ceased to be so: in words, and in the text."""
        p, program = self.problem, self.solved.function.program
        node = first_lost(p, p.outputs[spot.i])
        if node is not None:
            return f"{self.smoothness.formula(node)} has no finite enclosure", program.span(node)
        for node in p.order:
            if any(x is not None and not p.m.is_finite(x) for x in p.partials[node] or ()):
                text = f"a slope of {self.smoothness.formula(node)} is not finite here"
                return text, program.span(node)
        return "the sum of the terms is not finite here", None

    def span(self, node: int) -> Span | None:
        """The place of a node in the text."""
        return self.solved.function.program.span(node)
