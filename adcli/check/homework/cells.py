"""A number as somebody wrote it down: what it is, how far it was rounded, and what it agrees with.

A number of decimals is one that was rounded or cut off there. It agrees with every number that is less
than one unit of its last digit away, and no more than that: what earlier roundings add, the caller
knows. With fewer than two decimals, that would let 3 pass for 2.8415. Such a number is taken

- as what it says, exactly,
- or as one whose last zeros a spreadsheet has dropped, where others have more decimals,
- or as a number that was rounded right, and that is not more than 5 % off.

A whole number, a fraction or an expression such as `pi/4` that is exactly right is right of itself.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from ...contexts import Literal, Number, NumberContext
from ...data.numbers import placed, short
from ...errors import AdcliError, UsageError
from ...points import Lets, read_number

FINE = 2  # decimals from which a rounding is taken as it is
ROUGH = 0.05  # of a number: the most that a rounding to fewer decimals may change it by
_ROUNDING = 2.0**12  # units of rounding that two ways of computing may differ by
_JUST = 1 - 1e-9  # less than one unit: 2.01 is no rounding of 2
_HELD = 1e-14  # of a number: what a spreadsheet rounds it by, which holds 15 digits and shows more
_DECIMAL = re.compile(r"([-+]?)([0-9]*)[.,]?([0-9]*)(?:[eE]([-+]?[0-9]{1,9}))?")
_COMMA = re.compile(r"[-+]?[0-9]*,[0-9]+(?:[eE][-+]?[0-9]+)?")
_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2}(?:,[0-9]{3})+")
_EMPTY = frozenset(("", "-", "–", "—", "?", "_", "…", "..."))
_TRUTH = {"true": "1", "false": "0"}


class Written(NamedTuple):
    """A cell: its text, its number, and one unit of its last digit (None: it is no decimal, but exact)."""

    text: str
    number: Number
    unit: Number | None
    decimals: int

    @property
    def rough(self) -> bool:
        """Whether it has too few decimals to be taken as a rounding without a second look."""
        return self.unit is not None and self.decimals < FINE

    def agrees(self, m: NumberContext, x: Number, spread: Number, usual: int | None) -> bool:
        """Whether it may be what was written for a number that is `x`, or as much as `spread` away from it.

        `usual` is how many decimals the other cells have.
        """
        if not m.is_finite(x):
            return False
        gap = abs(self.number - x)
        rest = gap - spread - _ROUNDING * m.epsilon * abs(x)
        if rest <= 0:
            return True
        if self.unit is None:
            return False
        if not self.rough:
            return bool(rest < _JUST * self.unit)
        if usual is not None and rest < _JUST * unit_of(m, usual):
            return True
        return bool(rest <= self.unit / 2 and gap <= ROUGH * abs(x) + spread)


def unit_of(m: NumberContext, decimals: int) -> Number:
    """One unit of the last of so many decimals."""
    return m.number(Literal.make(1, -decimals))


def usual_decimals(cells: Iterable[Written]) -> int | None:
    """How many decimals most cells have that have at least two."""
    counts = Counter(cell.decimals for cell in cells if cell.unit is not None and not cell.rough)
    return min(counts, key=lambda decimals: (-counts[decimals], decimals), default=None)


def read_cell(text: str, m: NumberContext, lets: Lets, place: str, *, comma: bool = False) -> Written | None:
    """The number of a cell, or None where nothing stands; `comma` says that decimals have commas, not points.

    Raises `UsageError` for what is no number and no constant expression; `place` names the cell.

    >>> from ...contexts import make_context
    >>> read_cell("−0,50", make_context(), [], "v1")
    Written(text='−0,50', number=-0.5, unit=0.01, decimals=2)
    """
    clean = text.replace("\u00a0", " ").strip()
    if clean in _EMPTY:
        return None
    clean = _TRUTH.get(clean.lower(), clean.replace("−", "-").replace("–", "-").lstrip("=≈~ "))
    if "#" in clean:  # an error of the spreadsheet, or a remark
        raise _unreadable(text, place, "a cell holds one number")
    if _COMMA.fullmatch(clean):
        if not comma and _THOUSANDS.fullmatch(clean):
            point, none = clean.replace(",", "."), clean.replace(",", "")
            raise _unreadable(text, place, f"write {point} or {none}")
        clean = clean.replace(",", ".")
    try:
        number = read_number(clean.removeprefix("+"), m, lets, place)
    except UsageError as error:
        reason = error.message.removeprefix(f"{place}: ").removesuffix(f": {place} takes constant expressions")
        raise _unreadable(text, place, reason) from None
    except AdcliError as error:
        raise placed(error, place) from None
    if not m.is_finite(number):
        raise _unreadable(text, place, "it is larger than a number can be")
    match = _DECIMAL.fullmatch(clean)
    if match is None:
        return Written(text, number, None, 0)
    decimals = len(match[3])
    unit = max(unit_of(m, decimals - int(match[4] or 0)), _HELD * abs(number))
    return Written(text, number, unit, decimals)


def _unreadable(text: str, place: str, hint: str) -> UsageError:
    return UsageError("unreadable-cell", f"{place}: '{short(text)}' is not a number", None, hint)
