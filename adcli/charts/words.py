"""Text in lines of a given width, counted in the columns that characters take."""

import unicodedata
from collections.abc import Sequence


def columns(text: str) -> int:
    """How many columns a printable text takes: wide characters two, combining marks none."""
    return len(text) if text.isascii() else sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    return 0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1


def folded(text: str, width: int) -> list[str]:
    """The text in lines, broken between words, and within a word only where it fills a line.

    >>> folded("the error of differences", 12)
    ['the error of', 'differences']
    """
    return _packed([piece for word in text.split() for piece in _pieces(word, width)], width, " ")


def entries(texts: Sequence[str], width: int) -> list[str]:
    """The texts beside each other, as many as a line has room for.

    >>> entries(["o forward", "x central", ". slope 1"], 24)
    ['o forward   x central', '. slope 1']
    """
    whole = [line for text in texts for line in ([text] if columns(text) <= width else folded(text, width))]
    return _packed(whole, width, "   ")


def _packed(pieces: Sequence[str], width: int, gap: str) -> list[str]:
    lines: list[str] = []
    for piece in pieces:
        if lines and columns(lines[-1] + gap + piece) <= width:
            lines[-1] += gap + piece
        else:
            lines.append(piece)
    return lines


def _pieces(word: str, width: int) -> list[str]:
    pieces = [""]
    for char in word:
        if columns(pieces[-1]) + _columns(char) > width:
            pieces.append("")
        pieces[-1] += char
    return pieces
