"""Where a backend lost its digits: its numbers beside balls of the same sweep, from the result back to the cause.

At each step the argument is followed that brought most of the error, and the relative error of a number (1
where nothing of it is right) is compared with that of its argument. The node where it grew most is the one
that lost the digits, as a difference of nearly equal numbers does (Higham, *Accuracy and Stability of
Numerical Algorithms*, sections 1.6 and 1.7). What cancels and is then added to something large brings little
error, and is passed by.
"""

from collections.abc import Iterator
from math import inf, isfinite
from typing import Any, NamedTuple

from ..contexts.balls import BallContext
from ..contexts.enclosures import UNSURE, Enclosure
from ..errors import Span, UsageError
from ..printing import write
from ..problem import Problem
from ..results.accuracy import Loss, digits_of
from ..sweeps import Values

_UNIT = 2.0**-53
_SPOTLESS = 16 * _UNIT  # a relative error with which nothing is lost
_LEAST_SHARE = 0.05  # of an error that arguments must have brought, or it was made here
_MOST_STEPS = 10_000
_BLAME = 60  # characters of a formula


class Quantity(NamedTuple):
    """A number of a sweep: the value, the k-th partial derivative, the tangent or the adjoint of a node."""

    kind: str
    node: int
    k: int = 0


class Trail:
    """The numbers of one sweep in doubles and in balls; `slopes` has the tangents or adjoints, if any are meant."""

    def __init__(
        self,
        m: BallContext,
        doubles: Problem,
        balls: Problem,
        kind: str = "value",
        slopes: tuple[Values, Values] | None = None,
    ) -> None:
        self.doubles = doubles
        self.balls = balls
        self.kind = kind
        self.slopes = slopes
        self.m = m
        self._users: dict[int, list[tuple[int, int]]] = {}
        if kind == "adjoint":
            for node in doubles.order:
                for k, a in enumerate(doubles.graph.args[node]):
                    self._users.setdefault(a, []).append((node, k))

    def blame(self, node: int) -> Loss | None:
        """Where the number of the trail's kind at `node` lost its digits; None if nothing much was lost."""
        here = Quantity(self.kind, node)
        worst: tuple[float, Quantity, float] | None = None
        for _ in range(_MOST_STEPS):
            error = self.error(here)
            if not error > _SPOTLESS:
                break
            source = self._heaviest(here)
            before = _UNIT if source is None else min(1.0, max(_UNIT, self.error(source)))
            growth = min(error, 1.0) / before
            if worst is None or growth > worst[0]:
                worst = growth, here, before
            if source is None:
                break
            here = source
        return None if worst is None else self._loss(worst[1], worst[2])

    def _loss(self, found: Quantity, before: float) -> Loss:
        graph, node = self.doubles.graph, found.node
        start, end = graph.starts[node], graph.ends[node]
        span = Span(start, end, graph.source) if start >= 0 else None
        formula = write(graph, node, budget=_BLAME)
        return Loss(formula, found.kind, digits_of(before), digits_of(self.error(found)), span)

    # -- numbers and their errors

    def _pair(self, q: Quantity) -> tuple[Any, Any]:
        """The number in doubles, and its ball."""
        if q.kind == "value":
            return self.doubles.values[q.node], self.balls.values[q.node]
        if q.kind == "slope":
            return self._partial(self.doubles, q), self._partial(self.balls, q)
        if self.slopes is None:
            return None, None
        return self.slopes[0][q.node], self.slopes[1][q.node]

    @staticmethod
    def _partial(problem: Problem, q: Quantity) -> Any:
        """A partial derivative, which a sweep may not have needed; None where there is none."""
        row = problem.partials[q.node]
        if row is not None and row[q.k] is not None:
            return row[q.k]
        rule = problem.graph.ops[q.node].partials[q.k]
        xs = [problem.values[a] for a in problem.graph.args[q.node]]
        try:
            return rule(problem.m, problem.values[q.node], *xs) if callable(rule) else rule
        except UsageError:  # there is no rule
            return None

    def _ball(self, q: Quantity) -> Enclosure | None:
        """The ball of a number, if it is a finite one."""
        exact = self._pair(q)[1]
        if exact is None or exact is UNSURE or isinstance(exact, bool):
            return None
        found = self.m.lift(exact)
        return found if found.is_finite else None

    def _distance(self, q: Quantity) -> Enclosure | None:
        """The absolute error of a number."""
        double, exact = self._pair(q)[0], self._ball(q)
        if exact is None or double is None or isinstance(double, bool) or not isfinite(double):
            return None
        return abs(exact - self.m.number(float(double)))

    def error(self, q: Quantity) -> float:
        """The relative error of a number; infinite where it is no number, or a wrong 0."""
        distance, exact = self._distance(q), self._ball(q)
        if exact is None:
            return 0.0  # nothing is known
        if distance is None:
            return inf
        if distance.rational == 0:
            return 0.0
        return inf if exact.contains(0) else float(self.m.div(distance, abs(exact)))

    # -- from a number to what it was computed from

    def _heaviest(self, q: Quantity) -> Quantity | None:
        """The source that brought most of the error; None if it was made here."""
        own = self._distance(q)
        best, most = None, _LEAST_SHARE
        for source, weight in self._sources(q):
            distance = self._distance(source)
            if distance is None:
                if self.error(source) == inf:  # it is no number, so neither is this
                    return source
                continue
            if own is None or own.rational == 0:
                continue
            share = float(self.m.div(distance * abs(weight), own))
            if share > most:
                best, most = source, share
        return best

    def _sources(self, q: Quantity) -> Iterator[tuple[Quantity, Enclosure]]:
        """The numbers that one was computed from, and how much it moves with each."""
        nodes = self.doubles.graph.args[q.node]
        if q.kind == "value":
            for k, a in enumerate(nodes):
                slope = self._ball(Quantity("slope", q.node, k))
                if slope is not None:
                    yield Quantity("value", a), slope
        elif q.kind == "slope":
            mine = self._ball(q)
            for a in (*nodes, q.node):  # how it moves is not known: the relatively worst is taken
                exact = self._ball(Quantity("value", a))
                if mine is not None and exact is not None and not exact.contains(0):
                    yield Quantity("value", a), self.m.div(mine, exact)
        elif q.kind == "tangent":
            for k, a in enumerate(nodes):
                yield from self._product(Quantity("slope", q.node, k), Quantity("tangent", a))
        else:
            for node, k in self._users.get(q.node, ()):
                yield from self._product(Quantity("slope", node, k), Quantity("adjoint", node))

    def _product(self, a: Quantity, b: Quantity) -> Iterator[tuple[Quantity, Enclosure]]:
        """Both factors of a term, each with the other as its weight."""
        if self._pair(b)[0] is None:
            return
        x, y = self._ball(a), self._ball(b)
        if x is not None and y is not None:
            yield a, y
            yield b, x
