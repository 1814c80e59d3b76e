"""Real numbers that are known exactly, or lie in a ball: what the ball context computes with.

A number is a rational wherever arithmetic keeps it one of moderate size, so that 0.1 is one tenth,
zeros are zeros and ties are ties. Else it is a ball of python-flint, a midpoint and a radius, which
contains the number for certain (Johansson, *Arb: efficient arbitrary-precision midpoint-radius interval
arithmetic*, IEEE Trans. Comput. 66, 2017). A comparison that balls do not decide is `UNSURE`, which has
no truth value: asked for one, it raises an `UndecidedError`, and more bits are needed.
"""

from typing import TYPE_CHECKING, Any, Union

from flint import arb, fmpq

if TYPE_CHECKING:
    from .balls import BallContext

Ball = Any  # an arb: flint has no types
Rational = Any  # an fmpq


class UndecidedError(ArithmeticError):
    """Something was asked that the balls do not tell at their precision."""


class Unsure:
    """The truth value of a comparison whose two sides overlap."""

    __slots__ = ()

    def __bool__(self) -> bool:
        raise UndecidedError("the two sides of a comparison cannot be told apart")

    def __repr__(self) -> str:
        return "UNSURE"


UNSURE = Unsure()
Operand = Union["Enclosure", int, float]
"""What arithmetic takes: enclosures, and the numbers of rules."""


class Enclosure:
    """A real number: `rational` if it is known exactly, else None and `ball` contains it.

    A ball that is not finite encloses nothing: either more bits are needed, or, where `undefined` is
    true, there is no finite number at any precision.
    """

    __slots__ = ("_ball", "m", "rational", "undefined")

    def __init__(self, m: "BallContext", rational: Rational, ball: Ball = None, *, undefined: bool = False) -> None:
        self.m = m
        self.rational = rational
        self.undefined = undefined
        self._ball = ball

    @property
    def ball(self) -> Ball:
        """The number as a ball at the context's precision."""
        if self._ball is None:
            self._ball = arb(self.rational)
        return self._ball

    @property
    def is_finite(self) -> bool:
        """Whether this is a number, or a bounded set of numbers."""
        return self.rational is not None or bool(self._ball.is_finite())

    @property
    def infinity(self) -> int:
        """1 or -1 for an infinity, 0 for all else."""
        if self.is_finite or not self._ball.is_exact():
            return 0
        return 1 if self._ball > 0 else -1 if self._ball < 0 else 0

    def contains(self, value: int) -> bool:
        """Whether the number may be `value`."""
        if self.rational is not None:
            return bool(self.rational == value)
        return not self.is_finite or bool(self._ball.contains(arb(value)))

    # -- arithmetic

    def __add__(self, other: Any) -> "Enclosure":
        m, b = self.m, self.m.lift(other)
        if self.rational is not None and b.rational is not None:
            return m.exact(self.rational + b.rational)
        if b.rational == 0:
            return self
        return b if self.rational == 0 else m.enclose(self.ball + b.ball, self, b)

    __radd__ = __add__

    def __sub__(self, other: Any) -> "Enclosure":
        m, b = self.m, self.m.lift(other)
        if self.rational is not None and b.rational is not None:
            return m.exact(self.rational - b.rational)
        if self is b and self.is_finite:
            return m.exact(fmpq(0))
        return self if b.rational == 0 else m.enclose(self.ball - b.ball, self, b)

    def __rsub__(self, other: Any) -> "Enclosure":
        return self.m.lift(other) - self

    def __mul__(self, other: Any) -> "Enclosure":
        m, b = self.m, self.m.lift(other)
        p, q = self.rational, b.rational
        if p is not None and q is not None:
            return m.exact(p * q)
        if (p == 0 and b.is_finite) or q == 1:
            return self
        if (q == 0 and self.is_finite) or p == 1:
            return b
        return m.enclose(squared(self.ball) if self is b else self.ball * b.ball, self, b)

    __rmul__ = __mul__

    def __neg__(self) -> "Enclosure":
        return self.m.exact(-self.rational) if self.rational is not None else self.m.enclose(-self.ball, self)

    def __abs__(self) -> "Enclosure":
        m = self.m
        if self.rational is not None:
            return m.exact(abs(self.rational))
        return self if self.ball >= 0 else m.enclose(abs(self.ball), self)

    # -- comparisons: True, False or UNSURE

    def __lt__(self, other: Any) -> Any:
        b = self.m.lift(other)
        if self.rational is not None and b.rational is not None:
            return bool(self.rational < b.rational)
        if self.ball < b.ball:
            return True
        return False if self.ball >= b.ball or (self is b and self.is_finite) else UNSURE

    def __le__(self, other: Any) -> Any:
        b = self.m.lift(other)
        if self.rational is not None and b.rational is not None:
            return bool(self.rational <= b.rational)
        if self.ball <= b.ball or (self is b and self.is_finite):
            return True
        return False if self.ball > b.ball else UNSURE

    def __gt__(self, other: Any) -> Any:
        return self.m.lift(other) < self

    def __ge__(self, other: Any) -> Any:
        return self.m.lift(other) <= self

    def __eq__(self, other: object) -> Any:
        if other is None:  # an absent partial derivative
            return False
        b = self.m.lift(other)
        if self.rational is not None and b.rational is not None:
            return bool(self.rational == b.rational)
        if (self is b and self.is_finite) or (self.infinity and self.infinity == b.infinity):
            return True
        return False if self.ball < b.ball or self.ball > b.ball else UNSURE

    def __ne__(self, other: object) -> Any:
        equal = self == other
        return equal if equal is UNSURE else not equal

    __hash__ = None  # type: ignore[assignment]  # equality may be undecided

    def __float__(self) -> float:
        """About the number, for messages."""
        return float(self.ball)

    def __repr__(self) -> str:
        return str(self.rational if self.rational is not None else self.ball)


def squared(ball: Ball) -> Ball:
    """The square of a ball, which knows that squares are not negative."""
    if ball.is_finite() and ball.contains(arb(0)):
        largest = ball.abs_upper()
        return arb(0).union(largest * largest)
    return ball * ball


def raised(ball: Ball, power: int) -> Ball:
    """A ball to a whole power, which may be negative; balls around 0 included."""
    if power < 0:
        return 1 / raised(ball, -power)
    if power == 0:
        return arb(1)
    if not ball.contains(arb(0)):
        return ball**power
    largest = ball.abs_upper() ** power
    return arb(0).union(largest) if power % 2 == 0 else (-largest).union(largest)


def hull(a: Enclosure, b: Enclosure) -> Enclosure:
    """An enclosure of both numbers."""
    if a is b or (a.rational is not None and a.rational == b.rational):
        return a
    return a.m.enclose(a.ball.union(b.ball), a, b)
