"""The order in which people list names: digits inside a name count as numbers."""

import re


def natural_order(name: str) -> list[tuple[str, int]]:
    """A sort key: digits inside a name count as numbers.

    >>> sorted(["x10", "x2", "b", "a", "x1"], key=natural_order)
    ['a', 'b', 'x1', 'x2', 'x10']
    """
    return [(text, int(digits or -1)) for text, digits in re.findall(r"([^0-9]*)([0-9]*)", name)]
