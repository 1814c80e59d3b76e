"""Names for generated code: words that every language takes, each given away once."""

import re
import unicodedata
from collections.abc import Iterable


def spelled(name: str) -> str:
    """A name of the language as an ASCII identifier: letters by their names, indices with underscores.

    >>> spelled("x1"), spelled("W[0,1]"), spelled("θ_0"), spelled("Δx"), spelled("_a")
    ('x1', 'W_0_1', 'theta_0', 'Deltax', 'v_a')
    """
    text = re.sub(r"[^0-9A-Za-z]+", "_", "".join([_letter(c) for c in name])).rstrip("_")
    return text if text[:1].isalpha() else f"v{text}"


def _letter(char: str) -> str:
    """A letter in ASCII: `theta`, `e` for é, `u4e2d` for one that has no Latin name."""
    if char.isascii():
        return char
    plain = unicodedata.normalize("NFKD", char)[0]
    if plain.isascii():
        return plain
    words = unicodedata.name(char, "").split()
    if words[:1] == ["GREEK"] and "LETTER" in words:
        word = words[words.index("LETTER") + 1]
        return word.title() if "CAPITAL" in words else word.lower()
    return f"u{ord(char):04x}"


class Names:
    """The names that are taken: reserved words, and those that were given away.

    >>> names = Names(["int"])
    >>> names.take("int"), names.take("x"), names.take("x")
    ('int_', 'x', 'x_')
    """

    def __init__(self, reserved: Iterable[str]) -> None:
        self._taken = set(reserved)
        self._count = 0

    def take(self, wanted: str) -> str:
        """That name, or one like it that is free."""
        while wanted in self._taken:
            wanted += "_"
        self._taken.add(wanted)
        return wanted

    def next(self) -> str:
        """The name of the next intermediate result: t1, t2, ..."""
        while True:
            self._count += 1
            if f"t{self._count}" not in self._taken:
                return self.take(f"t{self._count}")

    def of_all(self, names: Iterable[str]) -> dict[str, str]:
        """A name for each of some names of the language; those that can stay as they are come first."""
        listed = list(names)
        found = {name: self.take(name) for name in listed if spelled(name) == name and name not in self._taken}
        return {name: found.get(name) or self.take(spelled(name)) for name in listed}
