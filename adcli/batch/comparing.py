"""Claimed derivatives beside true ones, in doubles, for many points at once.

This is the rule of `check` as far as doubles can tell: a claim is accepted where it is as near to the
truth as rounding explains, and rounding is small against the row. Numbers that are single floats, or
decimals of a few digits, are allowed their own rounding. What is not accepted is not called wrong
here: a check with many digits says that (see `judging`).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..check.rule import FAR, USELESS, Tolerance

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FLOOR = 2.0**-1022
_UNIT = 2.0**-53
_LOST = 2  # times the bounds, for a formula, which are of first order
_LOST_ELSEWHERE = 16  # times the bound of our own arithmetic, for that of others
_SINGLE = 2.0**29  # roundings of doubles in one of single floats
_UNDERFLOW = 2.0**-126  # of single floats
_WHOLE = 2.0**24  # up to which whole numbers say nothing of single floats
_SMALL = 1000.0  # whole numbers below it are no rounded ones
_FEW, _MOST_PLACES = 14, 18  # digits and decimals with which numbers may have been printed
_LONG = 5  # digits from which on single floats are taken for such
_SAME = 4.5e-16
_NEAR = 1e-5  # a relative error of numbers that may be one of precision


class Cells(NamedTuple):
    """For each entry and each point: what is claimed, what is true, how far both may be off, the size of the row."""

    claimed: "NDArray[np.float64]"
    true: "NDArray[np.float64]"
    bound: "NDArray[np.float64]"
    scale: "NDArray[np.float64]"

    def at(self, places: Any) -> "Cells":
        """Those of some points."""
        return Cells(*[x[:, places] for x in self])


class Compared(NamedTuple):
    """For each entry and each point: whether it is accepted, whether it is far off, and by how many bounds."""

    accepted: "NDArray[np.bool_]"
    far: "NDArray[np.bool_]"
    excess: "NDArray[np.float64]"


def compare(cells: Cells, swing: Callable[[Any], Any], *, foreign: bool, tolerance: Tolerance | None) -> Compared:
    """Compare; `foreign` numbers come from somebody else's arithmetic, or from print.

    `swing(places)` tells by how much the derivatives change there when the point changes by its own size.

    >>> cells = Cells(*[np.array([row]) for row in ([2.0, 2.1, np.nan], [2.0] * 3, [1e-16] * 3, [2.0] * 3)])
    >>> found = compare(cells, lambda places: 0.0, foreign=False, tolerance=None)
    >>> found.accepted.tolist(), found.far.tolist()
    ([[True, False, False]], [[False, True, True]])
    """
    with np.errstate(all="ignore"):
        if tolerance is not None:
            return _within(cells, tolerance)
        off = np.abs(cells.claimed - cells.true)
        lost = _LOST_ELSEWHERE * (cells.bound + _UNIT * np.abs(cells.true)) if foreign else _LOST * cells.bound
        allowed = lost + _FLOOR
        accepted = (off <= allowed) & (allowed <= USELESS * cells.scale)
        left = np.flatnonzero(~accepted.all(axis=0))
        if len(left):
            few = cells.at(left)
            if foreign:
                allowed[:, left] = np.maximum(_of_single_floats(few, allowed[:, left]), _of_print(few))
            accepted[:, left] = _accepted(few, off[:, left], allowed[:, left], lambda chosen: swing(left[chosen]))
        far = ~(off <= FAR * allowed)
        if foreign:
            size = np.maximum(np.abs(cells.true), _FLOOR)
            far &= (far & ~(off <= _NEAR * size)).any(axis=0)
        return Compared(accepted, far, _ratio(off, allowed))


def _within(cells: Cells, tolerance: Tolerance) -> Compared:
    """By the tolerance that was given, as far as doubles can be trusted to be within it or not."""
    off = np.abs(cells.claimed - cells.true)
    allowed = tolerance.absolute + tolerance.relative * np.abs(cells.true)
    return Compared(off + cells.bound <= allowed, ~(off - cells.bound <= allowed), _ratio(off, allowed))


def _accepted(cells: Cells, off: Any, allowed: Any, swing: Callable[[Any], Any]) -> Any:
    """Which entries are as near as allowed, at points where that says something."""
    near = off <= allowed
    telling = (allowed <= USELESS * cells.scale) | ((off == 0) & (cells.bound == 0))
    asked = np.flatnonzero((near & ~telling).any(axis=0))
    if len(asked):
        telling[:, asked] |= allowed[:, asked] <= USELESS * swing(asked)
    return near & telling


def _ratio(off: Any, allowed: Any) -> Any:
    found = np.where(off == 0, 0.0, off / np.maximum(allowed, _FLOOR))
    return np.where(np.isnan(found), np.inf, found)


# -- numbers of few digits


def _of_single_floats(cells: Cells, allowed: Any) -> Any:
    """What is allowed where all numbers of a point are single floats."""
    c = cells.claimed
    whole = (c == np.rint(c)) & (np.abs(c) < _WHOLE)
    single = (whole | (c == c.astype(np.float32))).all(axis=0) & ~whole.all(axis=0)
    single &= _digits(c) >= _LONG
    return np.where(single, np.where(c == 0, _UNDERFLOW, 0.0) + _SINGLE * allowed, allowed)


def _of_print(cells: Cells) -> Any:
    """What is allowed where all numbers of a point have a few digits, or a few decimals: half of the last place."""
    digits = _digits(cells.claimed)
    size = np.floor(_log10(cells.true))
    last = np.maximum(-_places(cells.claimed), size + 1 - digits)
    return np.where(digits <= _FEW, 0.5 * 10.0**last, 0.0)


def _digits(c: Any) -> Any:
    """How many digits the numbers of each point have, if they are no doubles in full.

    >>> _digits(np.array([[0.125, 1 / 3, 3.0], [2.0, 0.5, 7.0]])).tolist()
    [3.0, 15.0, 15.0]
    """
    found = np.full(c.shape[1], _FEW + 1.0)
    exempt = (c == np.rint(c)) & (np.abs(c) < _SMALL)
    left = np.flatnonzero(~exempt.all(axis=0) & np.isfinite(c).all(axis=0))
    for digits in range(_FEW, 0, -1):
        few = c[:, left]
        scale = 10.0 ** (digits - 1 - np.floor(_log10(few)))
        left = left[(exempt[:, left] | _is_same(np.rint(few * scale) / scale, few)).all(axis=0)]
        if not len(left):
            break
        found[left] = digits
    return found


def _places(c: Any) -> Any:
    """How many decimals the numbers of each point have."""
    found = np.full(c.shape[1], _MOST_PLACES + 1.0)
    left = np.arange(c.shape[1])
    for places in range(_MOST_PLACES + 1):
        few = c[:, left] * 10.0**places
        done = _is_same(np.rint(few), few).all(axis=0)
        found[left[done]] = places
        left = left[~done]
        if not len(left):
            break
    return found


def _log10(x: Any) -> Any:
    return np.log10(np.where(x == 0, 1.0, np.abs(x)))


def _is_same(x: Any, y: Any) -> Any:
    return np.abs(x - y) <= _SAME * np.abs(y)
