"""Measuring: all contenders in turn, A B C A B C ..., and what comes of it: medians, ratios, spreads.

The first round does not count: it fills caches and compiles. Machines are noisy, but what is near in
time is disturbed alike: the spread is that of the middle half of the ratios within a round, and of the
ratio itself, which may lie beside them.
"""

from __future__ import annotations

import statistics
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .work import Missing, need

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from .contenders import Command, Served


class Disagreement(Exception):  # noqa: N818  # it is what is wrong, and no more
    """Two contenders have different answers: then nobody's time means anything."""


@dataclass(frozen=True)
class Line:
    """A line of the table: two figures and their ratio, or one figure; `asked` is the most that it should be."""

    work: str
    ours: float | None = None
    peer: float | None = None
    ratio: float | None = None
    spread: tuple[float, float] | None = None
    asked: float | None = None
    unit: str = "s"
    skipped: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the figure is as asked; None where nothing is."""
        found = self.ours if self.ratio is None else self.ratio
        return None if self.asked is None or found is None else found <= self.asked


@dataclass(frozen=True)
class Plan:
    """How much is measured: the `size` of the work is "full" or "small"; `folder` is for what lies around."""

    repeats: int
    size: str
    folder: Path
    long: bool = False

    @property
    def few(self) -> int:
        """Rounds of what takes seconds."""
        return max(min(self.repeats, 3), self.repeats // 3)


@dataclass
class Times:
    """Seconds of each contender, round by round, and why others are missing."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)

    def median(self, name: str) -> float:
        """The median of a contender."""
        return statistics.median(self.seconds[name])

    def line(self, work: str, ours: str, peer: str, asked: float | None = None, *, paired: bool = False) -> Line:
        """One contender by another; the ratio is that of the medians or, if `paired`, the median of the rounds'."""
        for name in (ours, peer):
            if name in self.missing:
                return Line(work, asked=asked, skipped=self.missing[name])
        ratios = [a / b for a, b in zip(self.seconds[ours], self.seconds[peer], strict=True)]
        a, b = self.median(ours), self.median(peer)
        ratio = statistics.median(ratios) if paired else a / b
        low, high = quartiles(ratios)
        return Line(work, a, b, ratio, (min(low, ratio), max(high, ratio)), asked)

    def best(self, *names: str) -> str:
        """The fastest of some; the first where all are missing."""
        there = [name for name in names if name in self.seconds]
        return min(there, key=self.median) if there else names[0]


def quartiles(xs: list[float]) -> tuple[float, float]:
    """Where the middle half of some numbers lies.

    >>> quartiles([5.0, 1.0, 2.0, 3.0, 4.0]), quartiles([7.0])
    ((2.0, 4.0), (7.0, 7.0))
    """
    if len(xs) == 1:
        return xs[0], xs[0]
    low, _, high = statistics.quantiles(xs, n=4, method="inclusive")
    return low, high


def measure(
    contenders: Mapping[str, Served | Command], repeats: int, check: Callable[[Mapping[str, Any]], None] | None = None
) -> Times:
    """The times of all contenders, and their answers; `check` looks at these, as `equal(1e-12)` does."""
    times = Times()
    with ExitStack() as stack:
        ready: dict[str, Served | Command] = {}
        for name, contender in contenders.items():
            stack.callback(contender.close)
            try:
                contender.start()
            except Missing as reason:
                times.missing[name] = str(reason)
            else:
                ready[name] = contender
        times.seconds = {name: [] for name in ready}
        for count in range(repeats + 1):
            for name, contender in ready.items():
                seconds = contender.run()
                if count:
                    times.seconds[name].append(seconds)
        if check is not None:
            times.answers = {name: contender.answer() for name, contender in ready.items()}
            check(times.answers)
    return times


def equal(rtol: float, atol: float = 0.0) -> Callable[[Mapping[str, Any]], None]:
    """The check that all answers are the same to a tolerance."""
    return lambda answers: compare(answers, rtol, atol)


def compare(answers: Mapping[str, Any], rtol: float, atol: float = 0.0) -> None:
    """Raise a `Disagreement` unless all answers are those of the first."""
    np = need("numpy")
    first, *others = answers
    expected = np.asarray(answers[first], float)
    for name in others:
        found = np.asarray(answers[name], float)
        if expected.shape != found.shape:
            raise Disagreement(f"{first} gives numbers of shape {expected.shape}, and {name} of shape {found.shape}")
        wrong = ~np.isclose(found, expected, rtol=rtol, atol=atol)
        if wrong.any():
            place = tuple([int(k) for k in np.argwhere(wrong)[0]])
            there = f"{int(wrong.sum())} of {wrong.size} numbers, the first at {place}"
            raise Disagreement(f"{first} and {name} differ in {there}: {expected[place]!r}, {found[place]!r}")
