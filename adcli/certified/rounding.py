"""From an enclosure to the one number that it determines: the nearest double, or N decimal digits.

A number is decided when both ends of its ball round to the same result, since rounding is monotone. The
bounds that people see are rounded outward, so they enclose the number, too.
"""

from fractions import Fraction
from typing import NamedTuple

from ..contexts.enclosures import Enclosure

_BEYOND = 1100  # binary orders of magnitude beyond which a double is infinite, or 0
_BEYOND_DECIMAL = 400
_GUARD = 10  # decimal digits more than asked for that the ends are computed to
_FIXED = 17  # digits up to which a number is written without an exponent
_SMALLEST_FIXED = -5
_SHOWN = 20  # digits of a bound
_MORE_SHOWN = 10


class Decimal(NamedTuple):
    """`digits * 10**exponent`."""

    digits: int
    exponent: int

    def __str__(self) -> str:
        sign, text = "-" if self.digits < 0 else "", str(abs(self.digits))
        stripped = text.rstrip("0") or "0"
        exponent = self.exponent + len(text) - len(stripped)
        if stripped == "0":
            return "0.0"
        point = len(stripped) + exponent
        if not _SMALLEST_FIXED < point <= max(_FIXED, len(stripped)):
            tail = f".{stripped[1:]}" if stripped[1:] else ""
            return f"{sign}{stripped[0]}{tail}e{point - 1:+03d}"
        if point <= 0:
            return f"{sign}0.{'0' * -point}{stripped}"
        whole = stripped[:point].ljust(point, "0")
        return f"{sign}{whole}.{stripped[point:] or '0'}"

    def double(self) -> float:
        """The nearest double."""
        size = len(str(abs(self.digits))) + self.exponent
        if abs(size) > _BEYOND_DECIMAL:
            return _overflowed(self.digits) if size > 0 else 0.0
        return _nearest(Fraction(self.digits) * Fraction(10) ** self.exponent)


def fraction(x: Enclosure) -> Fraction:
    """An exact number as a fraction."""
    return Fraction(int(x.rational.p), int(x.rational.q))


def double(x: Enclosure) -> float | None:
    """The double nearest to the number, ties to even; None if the ball holds numbers that round to others.

    Past the largest double by half a unit of its last place it is an infinity, as in IEEE arithmetic; -0.0 is 0.0.
    """
    if x.rational is not None:
        return _nearest(fraction(x))
    if not x.is_finite:
        return None
    low, high = (_dyadic(end.man_exp()) for end in (x.ball.lower(), x.ball.upper()))
    return low if low == high else None


def _dyadic(parts: tuple[int, int]) -> float:
    """The double nearest to mantissa * 2^exponent."""
    mantissa, exponent = int(parts[0]), int(parts[1])
    size = mantissa.bit_length() + exponent
    if mantissa and abs(size) > _BEYOND:
        return _overflowed(mantissa) if size > 0 else 0.0
    return _nearest(Fraction(mantissa << exponent) if exponent >= 0 else Fraction(mantissa, 1 << -exponent))


def _nearest(x: Fraction) -> float:
    """Python divides whole numbers to the nearest double, ties to even, subnormal ones included."""
    try:
        return x.numerator / x.denominator + 0.0
    except OverflowError:
        return _overflowed(x.numerator)


def _overflowed(sign: int) -> float:
    return float("inf") if sign > 0 else float("-inf")


def decimal(x: Enclosure, digits: int) -> Decimal | None:
    """The number to `digits` significant decimal digits, ties to even; None if its ball holds others."""
    if x.rational is not None:
        return _rounded(fraction(x), digits)
    if not x.is_finite or x.contains(0):
        return None
    middle, radius, exponent = map(int, x.ball.mid_rad_10exp(digits + _GUARD))
    low, high = (_shortened(Decimal(end, exponent), digits) for end in (middle - radius, middle + radius))
    return low if low == high else None


def _rounded(x: Fraction, digits: int) -> Decimal:
    """A rational to so many digits."""
    if not x:
        return Decimal(0, 0)
    exponent = len(str(abs(x.numerator))) - len(str(x.denominator)) - digits  # at most 1 too small
    found = _shortened_fraction(x, exponent)
    return found if len(str(abs(found.digits))) <= digits else _normal(_shortened_fraction(x, exponent + 1), digits)


def _shortened_fraction(x: Fraction, exponent: int) -> Decimal:
    return Decimal(round(x / Fraction(10) ** exponent), exponent)


def _shortened(x: Decimal, digits: int) -> Decimal:
    """A decimal to so many digits."""
    excess = len(str(abs(x.digits))) - digits
    if excess <= 0:
        return _normal(x, digits)
    return _normal(Decimal(round(Fraction(x.digits, 10**excess)), x.exponent + excess), digits)


def _normal(x: Decimal, digits: int) -> Decimal:
    """The same number in its one form of so many digits."""
    excess = len(str(abs(x.digits))) - digits
    if not x.digits:
        return Decimal(0, 0)
    return Decimal(x.digits * 10**-excess if excess < 0 else x.digits // 10**excess, x.exponent + excess)


def bounds(x: Enclosure, value: float | Decimal | None = None) -> tuple[str, str]:
    """A number below and one above, to as many digits as show that both round to `value`; finite enclosures only."""
    shown = _SHOWN
    while True:
        low, high = _outward(x, shown)
        same = value is None or (low == high) or _agree(low, high, value)
        if same or shown > x.m.bits:
            return str(low), str(high)
        shown += _MORE_SHOWN


def _agree(low: Decimal, high: Decimal, value: float | Decimal) -> bool:
    """Whether both bounds round to the value."""
    if isinstance(value, float):
        return low.double() == value == high.double()
    digits = len(str(abs(value.digits)))
    return _shortened(low, digits) == value == _shortened(high, digits)


def _outward(x: Enclosure, digits: int) -> tuple[Decimal, Decimal]:
    """The ends to so many digits, the lower one rounded down and the upper one up; equal only if exact."""
    if x.rational is not None:
        exact = fraction(x)
        near = _rounded(exact, digits)
        exponent = near.exponent
        scaled = exact / Fraction(10) ** exponent
        low = scaled.numerator // scaled.denominator
        return Decimal(low, exponent), Decimal(low + (scaled.denominator != 1), exponent)
    middle, radius, exponent = map(int, x.ball.mid_rad_10exp(digits))
    low, high = middle - radius, middle + radius
    excess = max(len(str(abs(low))), len(str(abs(high)))) - digits
    if excess > 0:
        power = 10**excess
        low, high, exponent = low // power, -(-high // power), exponent + excess
    return Decimal(low, exponent), Decimal(high, exponent)
