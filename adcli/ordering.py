"""The order in which people list names: digits inside a name count as numbers."""

import re

_MOST_DIGITS = 4000


def natural_order(name: str) -> list[tuple[str, int]]:
    """A sort key: digits inside a name count as numbers.

    >>> sorted(["x10", "x2", "b", "a", "x1"], key=natural_order)
    ['a', 'b', 'x1', 'x2', 'x10']
    """
    return [(text, _number(digits)) for text, digits in re.findall(r"([^0-9]*)([0-9]*)", name)]


def _number(digits: str) -> int:
    """The number that digits are, -1 for none; of a number that Python would not read, its length decides."""
    return int(digits or -1) if len(digits) <= _MOST_DIGITS else 10**_MOST_DIGITS + len(digits)
