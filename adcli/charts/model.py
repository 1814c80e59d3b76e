"""What a chart is: curves of logarithms, and the powers of ten between which they lie."""

import math
from collections.abc import Callable, Iterator
from itertools import count, pairwise
from typing import NamedTuple

Point = tuple[float, float]


class Curve(NamedTuple):
    """A labelled curve, through the *decimal logarithms* of its numbers.

    Logarithms, because 1e-4343 is no float and its logarithm is. A y of -inf is a number that is
    exactly 0; a y of inf or NaN is one that is not finite, and interrupts the line. A curve of one
    point is a mark.
    """

    label: str
    points: tuple[Point, ...]
    guide: bool = False
    """A slope to compare with: dashed, and cut off where the chart ends."""

    def runs(self) -> Iterator[list[Point]]:
        """The stretches that have a line through them."""
        run: list[Point] = []
        for x, y in self.points:
            if math.isfinite(x) and math.isfinite(y):
                run.append((x, y))
            elif run:
                yield run
                run = []
        if run:
            yield run

    def drawn(self) -> list[Point]:
        """The points that have a place in the chart."""
        return [point for run in self.runs() for point in run]

    def zeros(self) -> list[float]:
        """Where the curve is exactly 0."""
        return [x for x, y in self.points if math.isfinite(x) and y == -math.inf]

    def at(self, x: float) -> float | None:
        """The curve between its points; None beyond its ends.

        >>> Curve("slope 2", ((-8.0, -16.0), (0.0, 0.0))).at(-3.0)
        -6.0
        """
        for run in self.runs():
            for (x0, y0), (x1, y1) in pairwise(run):
                if min(x0, x1) <= x <= max(x0, x1) and x0 != x1:
                    return y0 + (y1 - y0) * ((x - x0) / (x1 - x0))
        return None


class Chart(NamedTuple):
    """Curves over one pair of logarithmic axes."""

    title: str
    x_label: str
    y_label: str
    curves: tuple[Curve, ...]
    notes: tuple[str, ...] = ()

    def labelled(self, change: Callable[[str], str]) -> "Chart":
        """The same chart with all of its text changed."""
        curves = tuple(curve._replace(label=change(curve.label)) for curve in self.curves)
        texts = change(self.title), change(self.x_label), change(self.y_label)
        return Chart(*texts, curves, tuple(map(change, self.notes)))

    def remarks(self) -> list[str]:
        """The notes, and a word on what is not drawn."""
        ys = [y for curve in self.curves for _, y in curve.points]
        lost = sum(math.isnan(y) or y == math.inf for y in ys)
        return [*self.notes, *([f"not finite, and not drawn: {lost} of {len(ys)} points"] if lost else [])]


class Axis(NamedTuple):
    """From one power of ten to a higher one, by their exponents."""

    low: int
    high: int

    @classmethod
    def over(cls, values: list[float]) -> "Axis":
        """The narrowest axis of whole decades, or the two around the only value.

        >>> Axis.over([-15.95, -0.5]), Axis.over([-3.0])
        (Axis(low=-16, high=0), Axis(low=-4, high=-2))
        """
        low, high = math.floor(min(values)), math.ceil(max(values))
        return cls(low, high) if low < high else cls(low - 1, high + 1)

    def share(self, value: float) -> float:
        """How far along the axis a logarithm lies: 0 at the low end, 1 at the high one."""
        return (value - self.low) / (self.high - self.low)

    def value(self, share: float) -> float:
        """The logarithm that lies so far along the axis."""
        return self.low + share * (self.high - self.low)

    def ticks(self, most: int) -> list[int]:
        """At most so many steps between round exponents.

        >>> Axis(-17, 0).ticks(5)
        [-15, -10, -5, 0]
        """
        sizes = (k * 10**n for n in count() for k in (1, 2, 5))
        step = next(size for size in sizes if self.high - self.low <= max(most, 1) * size)
        first = -(-self.low // step) * step
        return list(range(first, self.high + 1, step))


class Frame(NamedTuple):
    """The axes of a chart, and whether a line for what is exactly 0 belongs below them."""

    x: Axis
    y: Axis
    exact: bool


def frame(chart: Chart) -> Frame | str:
    """The frame around all curves but the guides, or in words why there is nothing to draw."""
    curves = [curve for curve in chart.curves if not curve.guide]
    points = [point for curve in curves for point in curve.drawn()]
    zeros = [x for curve in curves for x in curve.zeros()]
    if not points:
        return "nothing to draw: every point is exactly 0" if zeros else "nothing to draw: no point is finite"
    xs = [x for x, _ in points] + zeros
    return Frame(Axis.over(xs), Axis.over([y for _, y in points]), bool(zeros))


def power(exponent: int) -> str:
    """The label of a tick.

    >>> power(-8), power(0)
    ('1e-08', '1e+00')
    """
    return f"1e{exponent:+03d}"
