"""Which of several repairs that all fit is the one to name: the most telling first."""

from collections.abc import Sequence
from enum import IntEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from ...contexts import Number

if TYPE_CHECKING:
    from .scene import Scene

_MOST_DENOMINATOR = 12
_MOST_FACTOR = 1e40


class Rank(IntEnum):
    """The order of mistakes; what is less is named first."""

    WRITTEN = 0
    TRANSPOSE = 10
    SWAP = 20
    DEGREES = 30
    BASE = 40
    SIGN = 50
    POWER = 60
    INNER = 70
    TERM = 80
    ROUND_STALE = 85
    LOCAL = 90
    FACTOR = 100
    VALUE = 110
    MIDDLE = 120
    TWO_OF_POWER = 122
    LOCAL_TERM = 125
    SUM_TERM = 130
    STALE = 140
    IN_NUMBER = 150
    ELSEWHERE = 200


def constant_of(scene: "Scene", ratios: Sequence[Number]) -> Fraction | None:
    """The simple rational number that all ratios are, if they are one."""
    if not ratios or any(r != r for r in ratios):
        return None
    first = float(ratios[0])
    if first == 0 or not 1 / _MOST_FACTOR < abs(first) < _MOST_FACTOR:
        return Fraction(0) if first == 0 and all(r == 0 for r in ratios) else None
    if abs(first) < 1 / _MOST_DENOMINATOR:
        found = Fraction(1, round(1 / first))
    else:
        found = Fraction(first).limit_denominator(_MOST_DENOMINATOR)
    if len(scene.places) == 1 and not (found.numerator in (1, -1) or found.denominator == 1):
        return None  # at one point a number is some fraction of another by chance
    value = scene.m.number(found.numerator) / found.denominator
    return found if all(scene.close(r, value) for r in ratios) else None
