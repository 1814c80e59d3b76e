"""The worst error of a row's value and partial derivatives in doubles, in units in the last place."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from flint import arb

from adcli.contexts import make_context
from adcli.primitives import TABLE

from .points import Point, points
from .references import UnresolvedError, known, truths

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adcli.primitives import Primitive

FLOATS = make_context()
BOUND = 4.0
_LARGEST = sys.float_info.max
_BEYOND = 2.0**970 * arb((1, 54))  # 2^1024, which an infinity stands for
_SCALE = arb((1, 1074))
_SMALL = 2.0**-900


class Worst(NamedTuple):
    """The largest error found, where, and what was computed there; `count` is how many were compared."""

    ulps: float = 0.0
    point: Point = ()
    got: float = 0.0
    count: int = 0

    def merged(self, other: Worst) -> Worst:
        """The worse of two, for the points of both."""
        return max(self, other, key=lambda worst: worst.ulps)._replace(count=self.count + other.count)


class Report(NamedTuple):
    """What was measured of a row: its value, and each of its partial derivatives (those of a variadic row together)."""

    name: str
    value: Worst
    partials: tuple[Worst, ...]

    @property
    def worst_partial(self) -> Worst:
        """The worst of the partial derivatives."""
        return max(self.partials, key=lambda worst: worst.ulps)

    @property
    def ulps(self) -> float:
        """The worst of all."""
        return max(self.value.ulps, self.worst_partial.ulps)

    def merged(self, other: Report) -> Report:
        """The same row measured at the points of both."""
        partials = [a.merged(b) for a, b in zip(self.partials, other.partials, strict=True)]
        return Report(self.name, self.value.merged(other.value), tuple(partials))


def rows() -> list[Primitive]:
    """The rows that have an error: not truth values, and not the choice between two branches."""
    from adcli.primitives import elementary, pieces

    numeric = [row for row in (*elementary.ROWS, *pieces.ROWS) if not row.boolean and row.name != "where"]
    return [TABLE[row.name] for row in numeric]


def ulps(got: float, truth: Any) -> float:
    """The error of a double, in units in the last place of the true value; inf for a NaN.

    The last place of subnormal numbers, and of what is smaller, is 2^-1074. An infinity stands for
    2^1024, and so does every larger true value: one past the largest double asks for an infinity or for that.
    """
    if got != got:
        return math.inf
    if isinstance(truth, float):  # an infinite derivative
        return 0.0 if got == truth else math.inf
    nearest = float(truth)
    if abs(nearest) >= _LARGEST or abs(got) == math.inf:
        if abs(truth) > _BEYOND:
            truth = _BEYOND if truth > 0 else -_BEYOND
        if abs(got) == math.inf:
            return float(abs((_BEYOND if got > 0 else -_BEYOND) - truth) / math.ulp(_LARGEST))
        return float(abs(truth - got) / math.ulp(_LARGEST))
    if abs(nearest) < _SMALL:
        return float(abs(truth - got) * _SCALE / (arb(math.ulp(nearest)) * _SCALE))
    return abs(float(truth - got)) / math.ulp(nearest)


class _Record:
    """The worst so far."""

    def __init__(self) -> None:
        self.worst = Worst(-1.0)
        self.count = 0

    def add(self, xs: Point, got: float, truth: Any) -> None:
        self.count += 1
        error = ulps(got, truth)
        if error > self.worst.ulps:
            self.worst = Worst(error, xs, got)

    def result(self) -> Worst:
        return self.worst._replace(ulps=max(self.worst.ulps, 0.0), count=self.count)


def measure(row: Primitive, given: Iterable[Point]) -> Report:
    """Compare a row with its references at the given points.

    A partial derivative is not compared at a kink, nor where there is none.
    """
    value = _Record()
    slopes = [_Record() for _ in range(max(row.arity, 1))]
    verb, rules, kink = getattr(FLOATS, row.name), row.partials, row.kink.at if row.kink is not None else None
    for xs in given:
        try:
            truth, *true_slopes = truths(row.name, xs)
        except UnresolvedError:
            if row.name in known():
                raise
            continue  # the witness of a special function does not reach everywhere
        y = verb(*xs)
        value.add(xs, y, truth)
        if kink is not None and kink(FLOATS, *xs):
            continue
        together = row.together(FLOATS, y, xs) if row.together is not None else ()
        for k, true in enumerate(true_slopes):
            if isinstance(true, float) and math.isnan(true):
                continue
            rule = together[k] if together else rules[k]
            found = rule(FLOATS, y, *xs) if callable(rule) else rule
            slopes[0 if together else k].add(xs, 0.0 if found is None else found, true)
    return Report(row.name, value.result(), tuple([slope.result() for slope in slopes]))


def measure_part(name: str, count: int, seed: str) -> Report:
    """Measure a row, given by name, at so many points of a seed."""
    row = TABLE[name]
    return measure(row, points(row, count, seed))
