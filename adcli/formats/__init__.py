"""Output formats: each is a file in this folder with `render(result, screen) -> str`.

A format gets a result, which knows its own `to_dict()` and `grids()`, and a `Screen`, which says
what it is printed on. It returns text that ends with a newline.
"""

from typing import Any, NamedTuple, Protocol

from .. import folder


class Screen(NamedTuple):
    """What the text is printed on: `width` in columns (None: as wide as it takes), colour, Unicode."""

    width: int | None = None
    color: bool = False
    unicode: bool = True


class Format(Protocol):
    """A module of this folder."""

    def render(self, result: Any, screen: Screen) -> str:
        """The text of a result, ending with a newline."""
        ...


_ASCII = {
    "∂": "d", "²": "^2", "³": "^3", "¹": "^1", "⁰": "^0", "⁴": "^4", "⁵": "^5", "⁶": "^6", "⁷": "^7", "⁸": "^8",
    "⁹": "^9", "·": "*", "±": "+/-", "…": "...", "✓": "ok", "✗": "X", "→": "->", "×": "x", "−": "-",
    "π": "pi", "≈": "~", "\u0307": "_dot", "\u0304": "_bar",
}  # fmt: skip


def names() -> list[str]:
    """Every format there is: the modules of this folder."""
    return folder.names(__path__)


def load(name: str) -> Format:
    """The format of that name."""
    module: Format = folder.load(__name__, __path__, name, "format")
    return module


def plain(text: str) -> str:
    """Text in ASCII: symbols become the words that mean them.

    >>> plain("∂y1/∂x1 ± 1e-9"), plain("v̄4")
    ('dy1/dx1 +/- 1e-9', 'v_bar4')
    """
    return "".join(_ASCII.get(c, c if c.isascii() else "?") for c in text)
