"""Text to tokens: the terminals of the grammar as one regular expression.

Lark's own lexers count lines and keep a history for every token; here a token knows its
offsets, and lines are counted when there is something to say. The terminals, and which of
them are ignored, come from the grammar.
"""

import re
from collections.abc import Iterator
from typing import Any

from lark.exceptions import UnexpectedCharacters
from lark.lexer import Lexer, PatternStr


class Piece(str):
    """A token: its text, its terminal, and where it stands."""

    __slots__ = ("end_pos", "start_pos", "type")

    type: str
    start_pos: int
    end_pos: int
    line = column = end_line = end_column = None  # Lark copies them to the end of the text


class Tokens(Lexer):
    """A lexer for Lark, made from the terminals of a grammar."""

    def __init__(self, conf: Any) -> None:
        words = {t.pattern.value: t.name for t in conf.terminals if _is_word(t.pattern)}
        ranked = sorted(
            (t for t in conf.terminals if not _is_word(t.pattern)),
            key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name),
        )
        self.words = words
        self.ignored = frozenset(conf.ignore)
        self.match = re.compile("|".join(f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in ranked)).match

    def lex(self, text: str) -> Iterator[Piece]:  # type: ignore[override]
        match, words, ignored, make = self.match, self.words, self.ignored, str.__new__
        position, end = 0, len(text)
        while position < end:
            found = match(text, position)
            if found is None:
                raise UnexpectedCharacters(text, position, 0, 0)
            kind = found.lastgroup
            start, position = position, found.end()
            if kind in ignored:
                continue
            piece = make(Piece, found.group())
            piece.type = words.get(piece, kind) if kind == "NAME" else kind  # type: ignore[assignment]
            piece.start_pos, piece.end_pos = start, position
            yield piece


def _is_word(pattern: Any) -> bool:
    """Whether a terminal is a word such as `and`, which NAME would match too."""
    return isinstance(pattern, PatternStr) and pattern.value.isidentifier()
