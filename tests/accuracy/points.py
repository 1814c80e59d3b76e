"""Points that find the worst errors of a row: every magnitude, and dense where a function turns.

One generator of numbers serves all rows: all bit patterns, subnormals, the edges of under- and
overflow, whole numbers and halves, the doubles next to multiples of pi/2, and neighbourhoods of
centers: 0, 1, the ends of the sample range, and every zero of the value or a derivative, which are
searched for. Rows of two arguments and more get numbers that belong together as well: ties, near
ties, opposite ones, and what the row's own result makes interesting.
"""

from __future__ import annotations

import itertools
import math
import random
import struct
import sys
from functools import cache
from typing import TYPE_CHECKING

from flint import arb, ctx

from adcli.contexts import make_context

from .references import UnresolvedError, known, truths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from adcli.primitives import Primitive

Point = tuple[float, ...]

_LARGEST, _LEAST = sys.float_info.max, 5e-324
_FLOATS = make_context()
_COUNTS = (2, 2, 2, 3, 5, 40)
# where exp and its kin over- and underflow, and where their results become subnormal or 1
_THRESHOLDS = (
    709.782712893384, -708.3964185322641, -745.1332191019411, 710.4758600739439, 711.1, 1024.0, -1022.0, -1074.0,
    308.25471555991675, -307.65, -323.6, 36.7368005696771, -36.7368005696771, 18.36, 22.18, 37.5,
)  # fmt: skip
_CENTERS = (
    0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 10.0, 180.0, 1 / 3, 0.1, math.e, math.pi, math.pi / 2, math.pi / 4, math.log(2.0),
    math.sqrt(2.0), math.sqrt(0.5), 2.0**53, 2.0**-53, 2.0**26, 2.0**-27, 2.0**511, 2.0**-511, 1e150, 1e154, 1e-154,
    1e-300, 1e16, 1e22, 2.0**-1022, _LARGEST,
)  # fmt: skip


def points(row: Primitive, count: int, seed: str = "0") -> Iterator[Point]:
    """Give `count` points in the domain of the row, the same for the same seed."""
    rng = random.Random(f"{row.name} {seed}")  # noqa: S311  # points, not secrets
    draw = _pairs(row, rng) if abs(row.arity) > 1 else _singles(row, rng)
    contains = row.domain.contains if row.domain is not None else None
    inside = (xs for xs in draw if contains is None or contains(_FLOATS, *xs))
    return itertools.islice((tuple([x + 0.0 for x in xs]) if 0.0 in xs else xs for xs in inside), count)  # no -0.0


# -- numbers


def from_bits(bits: int) -> float:
    """The double that has this pattern of 64 bits."""
    return struct.unpack("<d", struct.pack("<Q", bits))[0]  # type: ignore[no-any-return]


def stepped(x: float, steps: int) -> float:
    """The double so many places above x (below, for a negative number), across 0 and short of infinity."""
    bits = struct.unpack("<q", struct.pack("<d", x))[0]
    place = (bits if bits >= 0 else -(bits & 0x7FFFFFFFFFFFFFFF)) + steps
    place = max(-0x7FEFFFFFFFFFFFFF, min(0x7FEFFFFFFFFFFFFF, place))
    return from_bits(place) if place >= 0 else -from_bits(-place)


class Numbers:
    """Draws numbers for one row from many sources, each as often as the others."""

    def __init__(self, rng: random.Random, low: float, high: float, zeros: tuple[float, ...] = ()) -> None:
        self.rng = rng
        self.low, self.high = low, high
        self.zeros = zeros
        self.sources: list[Callable[[], float]] = [
            self.any, self.moderate, self.moderate, self.sample, self.sample, self.wide, self.turned, self.near_center,
            self.near_center, self.near_threshold, self.edge, self.whole,
        ]  # fmt: skip
        if low == high:  # an order, whose sample is one number
            self.sources = [self.order]
        if zeros:
            self.sources += [self.near_zero, self.near_zero]

    def draw(self) -> float:
        """A number from a source that is drawn too."""
        return self.rng.choice(self.sources)()

    def sign(self, x: float) -> float:
        """x or -x."""
        return x if self.rng.random() < 0.5 else -x

    def any(self) -> float:
        """Any finite double, each exponent as likely as another."""
        x = from_bits(self.rng.getrandbits(64))
        return x if math.isfinite(x) else self.sign(_LARGEST)

    def moderate(self) -> float:
        """A number between 1e-18 and 1e6, log-uniform."""
        return self.sign(math.exp2(self.rng.uniform(-60, 20)))

    def sample(self) -> float:
        """A number of the row's sample range."""
        return self.rng.uniform(self.low, self.high)

    def order(self) -> float:
        """A small whole number."""
        return float(self.rng.randrange(0, 13))

    def wide(self) -> float:
        """A number within 800 of 0: where exponential functions live."""
        return self.rng.uniform(-800, 800)

    def edge(self) -> float:
        """The least and the largest doubles."""
        rng = self.rng
        kind = rng.randrange(4)
        if kind == 0:
            return self.sign(_LEAST * rng.randrange(1, 100))
        if kind == 1:
            return self.sign(_LEAST * rng.randrange(1, 1 << rng.randrange(1, 53)))
        if kind == 2:
            return self.sign(2.0**-1022 * rng.uniform(0.5, 8))
        return self.sign(_LARGEST * rng.uniform(0.1, 1))

    def whole(self) -> float:
        """A whole number, a half, or a neighbour of one."""
        rng = self.rng
        x = self.sign(float(rng.randrange(0, 1 << rng.choice((3, 6, 11, 31, 54))))) / rng.choice((1, 1, 2, 4))
        return stepped(x, rng.choice((0, 0, 0, -1, 1))) or 1.0

    def turned(self) -> float:
        """A number close to a multiple of pi/2, the closest of all among them."""
        rng = self.rng
        if rng.random() < 0.4:
            return self.sign(rng.choice(nearest_to_quarter_turns()))
        k = rng.randrange(1, 1 << rng.choice((2, 4, 8, 16, 40)))
        return self.around(self.sign(k * (math.pi / 2)))

    def near_center(self) -> float:
        """A number near one where many functions have a zero, a pole, an edge or a kink."""
        rng = self.rng
        center = rng.choice((*_CENTERS, self.low, self.high))
        return self.around(self.sign(center))

    def near_threshold(self) -> float:
        """A number near one where exp or its kin over- or underflow, or saturate."""
        return self.around(self.sign(self.rng.choice(_THRESHOLDS)))

    def near_zero(self) -> float:
        """A number near a zero of the row's value or of a derivative."""
        return self.around(self.rng.choice(self.zeros))

    def around(self, center: float) -> float:
        """The center, one of its neighbours, or a number at any distance from it."""
        rng = self.rng
        kind = rng.random()
        if kind < 0.4:
            return stepped(center, rng.randrange(-4, 5))
        if kind < 0.5:
            return stepped(center, rng.randrange(-1000, 1000))
        x = center * (1 + self.sign(math.exp2(rng.uniform(-52, -1))))
        return x if math.isfinite(x) else center


@cache
def nearest_to_quarter_turns() -> tuple[float, ...]:
    """For each exponent the doubles that come closest to a multiple of pi/2, where argument reduction is hardest.

    m * 2^e is close to k * pi/2 where m is the denominator of a convergent of 2^(e + 1)/pi, or of one
    between two convergents (Muller, *Elementary Functions*, 3rd ed., section 11.3.2).
    """
    before, ctx.prec = ctx.prec, 2500
    half_turn = int((arb.pi() * arb((1, 2400))).floor().unique_fmpz())
    ctx.prec = before
    found = set()
    for exponent in range(-52, 971):
        numerator, denominator = 1 << (2400 + exponent + 1), half_turn
        older, old = 1, 0  # denominators of the two convergents before
        while old < 1 << 53:
            quotient, rest = divmod(numerator, denominator)
            most = min(quotient, ((1 << 53) - 1 - older) // old) if old else quotient
            mantissas = [older + most * old, older + (most - 1) * old]
            found.update(math.ldexp(float(m), exponent) for m in mantissas if 1 << 44 <= m < 1 << 53)
            older, old = old, older + quotient * old
            numerator, denominator = denominator, rest
    return tuple(sorted(found))


# -- zeros


def zeros_of(row: Primitive, k: int, *, fixed: Point = ()) -> list[float]:
    """Doubles at sign changes of the value (k = 0) or of the k-th partial derivative of a row, found by scanning.

    `fixed` are the arguments before the one that moves. The scan goes from -30 to 30, through all magnitudes, and
    through windows of four units further out, to 10^15.
    """
    rng = random.Random(f"zeros {row.name} {k} {fixed}")  # noqa: S311
    windows = [rng.choice((-1, 1)) * math.exp2(rng.uniform(4, 50)) for _ in range(30)]
    grids = [
        [j / 8 for j in range(-240, 241)],
        *([sign * math.exp2(j) for j in range(-1070, 1020, 10)] for sign in (-1, 1)),
        *([start + j / 4 for j in range(17)] for start in windows),
    ]
    found = []
    for grid in grids:
        signs = [(x, _sign(row, k, (*fixed, x))) for x in grid]
        for (a, at_a), (b, at_b) in itertools.pairwise(signs):
            if at_a * at_b < 0:
                found.append(_bisected(row, k, fixed, (a, b), at_a))
    return found


def _bisected(row: Primitive, k: int, fixed: Point, ends: tuple[float, float], at_a: int) -> float:
    a, b = ends
    while True:
        middle = (a + b) / 2
        if middle in {a, b}:
            return a
        at_middle = _sign(row, k, (*fixed, middle))
        if at_middle == 0:
            return middle
        a, b = (middle, b) if at_middle == at_a else (a, middle)


def _sign(row: Primitive, k: int, xs: Point) -> int:
    """The sign of the value or of a partial derivative; 0 where there is none."""
    if row.domain is not None and not row.domain.contains(_FLOATS, *xs):
        return 0
    try:
        truth = truths(row.name, xs)[k]
    except UnresolvedError:
        return 0
    return int(truth > 0) - int(truth < 0)


# -- points of one argument


def _singles(row: Primitive, rng: random.Random) -> Iterator[Point]:
    numbers = _numbers(row, rng)
    while True:
        yield (numbers.draw(),)


def _numbers(row: Primitive, rng: random.Random) -> Numbers:
    low, high = row.sample[0]
    return Numbers(rng, low, high, _zeros(row) if row.name in known() and abs(row.arity) == 1 else ())


@cache
def _zeros(row: Primitive) -> tuple[float, ...]:
    return tuple(zeros_of(row, 0) + zeros_of(row, 1))


# -- points of two arguments and more


def _pairs(row: Primitive, rng: random.Random) -> Iterator[Point]:
    own = _OWN.get(row.name)
    numbers = [Numbers(rng, low, high) for low, high in row.sample]
    related = _Related(rng, numbers)
    while True:
        if own is not None and (row.sample[0][0] == row.sample[0][1] or rng.random() < 0.6):
            yield own(rng, numbers)
        elif row.arity > 0:
            yield related.draw(row.arity)
        else:
            yield related.draw(rng.choice(_COUNTS))


class _Related:
    """Draws tuples: of numbers that have nothing to do with each other, and of such that have."""

    def __init__(self, rng: random.Random, numbers: list[Numbers]) -> None:
        self.rng = rng
        self.numbers = numbers
        self.kinds = [self.apart, self.apart, self.sampled, self.alike, self.alike, self.spread, self.close_in_size]

    def draw(self, count: int) -> Point:
        """A tuple of so many numbers."""
        return self.rng.choice(self.kinds)(count)

    def apart(self, count: int) -> Point:
        """Each from a source of its own."""
        return tuple([self.numbers[k % len(self.numbers)].draw() for k in range(count)])

    def sampled(self, count: int) -> Point:
        """Each from its sample range."""
        return tuple([self.numbers[k % len(self.numbers)].sample() for k in range(count)])

    def alike(self, count: int) -> Point:
        """All near one number or its opposite: ties, neighbours, x(1 + 2^-k)."""
        rng, x = self.rng, self.numbers[0].draw()
        signs = rng.choice(((1,), (1,), (-1,), (1, -1)))
        xs = [x, *(rng.choice(signs) * self.numbers[0].around(x) for _ in range(count - 1))]
        if rng.random() < 0.2:
            xs[1:] = [rng.choice(signs) * x] * (count - 1)
        rng.shuffle(xs)
        return tuple(xs)

    def spread(self, count: int) -> Point:
        """Moderate numbers of any size."""
        return tuple([self.numbers[k % len(self.numbers)].moderate() for k in range(count)])

    def close_in_size(self, count: int) -> Point:
        """All of one magnitude, which may be any."""
        rng, size = self.rng, abs(self.numbers[0].any())
        return tuple([self.numbers[0].sign(min(size * rng.uniform(0.01, 4), _LARGEST)) for _ in range(count)])


def _finite(x: float, otherwise: float) -> float:
    return x if math.isfinite(x) else otherwise


def _ratio(x: float, y: float) -> float:
    try:
        return x / y
    except ZeroDivisionError:
        return x


def _exponential(t: float) -> float:
    return math.exp(max(-745.0, min(709.0, t)))


def _for_pow(rng: random.Random, numbers: list[Numbers]) -> Point:
    """Results of every size: near over- and underflow, bases near 1, whole, half and tiny exponents."""
    kind = rng.randrange(6)
    if kind == 0:  # a negative base has whole exponents
        return -abs(numbers[0].draw()), float(rng.choice((rng.randrange(-9, 10), rng.randrange(-2000, 2000))))
    if kind == 1:
        return abs(numbers[0].draw()), rng.choice((rng.randrange(-40, 41), rng.randrange(-8, 9) / 2, 1 / 3, -1 / 3))
    x = abs(numbers[0].draw()) if kind == 2 else numbers[0].around(1.0) if kind < 5 else abs(numbers[0].any())
    log = math.log(x) if x > 0 else 0.0
    t = rng.choice((rng.uniform(-750, 712), rng.uniform(-746, -700), rng.uniform(700, 710.5), numbers[0].moderate()))
    return x, _finite(_ratio(t, log), 2.0)


def _for_quotient(rng: random.Random, numbers: list[Numbers]) -> Point:
    """A result, and what it is the result of: quotients of any size, ratios that are nearly whole."""
    x = numbers[0].draw()
    if rng.random() < 0.5:
        return x, _finite(_ratio(x, numbers[0].any()), 1.0)
    whole = float(rng.randrange(1, 1 << rng.choice((2, 5, 20, 52))))
    y = numbers[1].draw()
    return stepped(_finite(y * whole, 1.0), rng.randrange(-2, 3)), y


def _for_product(rng: random.Random, numbers: list[Numbers]) -> Point:
    """A product of any size."""
    x = numbers[0].draw()
    return x, _finite(_ratio(numbers[0].any(), x), 1.0)


def _for_logb(rng: random.Random, numbers: list[Numbers]) -> Point:
    """Powers of the base, bases and arguments near 1."""
    base = abs(numbers[1].draw() if rng.random() < 0.5 else numbers[1].around(1.0))
    log = math.log(base) if base > 0 else 1.0
    k = rng.choice((rng.randrange(-20, 21), rng.uniform(-2, 2), numbers[0].moderate()))
    return numbers[0].around(rng.choice((1.0, _exponential(k * log)))), base


def _for_xlogy(rng: random.Random, numbers: list[Numbers]) -> Point:
    """Any factor, and arguments of the logarithm near 1."""
    return numbers[0].draw(), abs(numbers[1].around(1.0) if rng.random() < 0.5 else numbers[1].draw())


def _for_waves(rng: random.Random, numbers: list[Numbers]) -> Point:
    """Orders to 12 and some to 300; zeros, the order itself, and turning points of the waves."""
    n = rng.randrange(0, 13) if rng.random() < 0.97 else rng.randrange(13, 300)
    kind = rng.randrange(4)
    if kind == 0:
        return float(n), numbers[1].around(float(n) + 1)
    if kind == 1 and n < 13:
        return float(n), numbers[1].around(rng.choice(_wave_zeros(n)))
    if kind == 2:
        return float(n), rng.uniform(-2, 2) * (n + 10)
    return float(n), numbers[1].draw()


@cache
def _wave_zeros(n: int) -> tuple[float, ...]:
    from adcli.primitives import TABLE

    row = TABLE["sphericalbesselj"]
    return tuple(zeros_of(row, 0, fixed=(float(n),)) + zeros_of(row, 2, fixed=(float(n),)))


def _for_logsumexp(rng: random.Random, numbers: list[Numbers]) -> Point:
    """Values near 0; differences of any size; many arguments of one size."""
    count = rng.choice(_COUNTS)
    kind = rng.randrange(3)
    if kind == 0:
        xs = [-abs(numbers[0].moderate()) - math.log(count) for _ in range(count - 1)]
        rest = math.fsum([math.exp(x) for x in xs])
        return (*xs, numbers[0].around(math.log1p(-rest)) if 0 < rest < 1 else -rest)
    center = numbers[0].draw() if kind == 1 else rng.uniform(-40, 40)
    width = math.exp2(rng.uniform(-30, 10))
    return tuple([_finite(center + rng.uniform(-width, width), center) for _ in range(count)])


_OWN: dict[str, Callable[[random.Random, list[Numbers]], Point]] = {
    "pow": _for_pow, "div": _for_quotient, "mod": _for_quotient, "atan2": _for_quotient, "mul": _for_product,
    "logb": _for_logb, "xlogy": _for_xlogy, "sphericalbesselj": _for_waves, "logsumexp": _for_logsumexp,
}  # fmt: skip
