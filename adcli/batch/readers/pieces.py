"""Texts cut into pieces of whole records, some megabytes each, without a look at what the records hold.

A record of NDJSON is a line. One of CSV may have line ends in quotes; quotes that open a field stand
at its beginning (RFC 4180), others are letters like any.
"""

import re
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ...errors import LimitError
from .source import Source

LONGEST = 64 * 1024 * 1024  # bytes of one record
_LEAST, _MOST = 1024 * 1024, 4 * 1024 * 1024  # bytes of a piece
_LINE_END = ord("\n")
_BOM = b"\xef\xbb\xbf"
_A_FEW = 4096  # fields in quotes, among which the last end of a record nearly always is
_QUOTED = {
    # a field from its opening quote to the closing one, or to the end of what there is
    separator: re.compile(b'"(?<![^' + separator + b'\r\n]")[^"]*+(?:""[^"]*+)*+("?)')
    for separator in (b",", b"\t")
}


class Piece(NamedTuple):
    """Whole records, and the line in which the first begins, from 1; `torn` if a quote in it is never closed."""

    text: bytes
    line: int
    torn: bool = False


class Pieces:
    r"""The pieces of a source; `separator` of a text whose fields may be quoted, nothing for plain lines.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = file.write(b'a,b\n1,"x\ny"\n2,z\n')
    ...     file.flush()
    ...     source = Source(file.name)
    ...     pieces = Pieces(source, b",")
    ...     pieces.header(), list(pieces)
    ...     source.close()
    (b'a,b\n', [Piece(text=b'1,"x\ny"\n2,z\n', line=2, torn=False)])
    """

    def __init__(self, source: Source, separator: bytes = b"") -> None:
        self.source = source
        self.size = _MOST
        """How many bytes to read at a time."""
        self._separator = separator
        self._line = 1
        self._ended = False
        self._rest = b""
        self._fill()
        self._rest = self._rest.removeprefix(_BOM)

    def aim(self, rows: int, piece: Piece, wanted: int) -> None:
        """Make the next pieces about as large that they have the wanted rows, as a piece of so many rows suggests."""
        self.size = min(max(int(0.98 * wanted * len(piece.text) / max(rows, 1)), _LEAST), _MOST)

    def header(self) -> bytes:
        """The first record that holds anything; what is left then begins behind it."""
        while True:
            blank = len(self._rest) - len(self._rest.lstrip(b"\r\n"))
            end = self._first_end(blank)
            if end:
                return self._take(end).text.lstrip(b"\r\n")
            if self._ended:
                return self._take(len(self._rest)).text.lstrip(b"\r\n")
            self._fill()

    def __iter__(self) -> Iterator[Piece]:
        while self._rest or not self._ended:
            end = self._last_end()
            if end:
                yield self._take(end)
            elif self._ended:
                torn = self._opened() is not None
                yield self._take(len(self._rest), torn=torn)
            if not self._ended:
                self._fill()

    def _fill(self) -> None:
        new = self.source.read(self.size)
        self._ended = not new
        self._rest += new
        if len(self._rest) > LONGEST + _MOST or (self._ended and len(self._rest) > LONGEST and not self._last_end()):
            hint = "is there a quote that is never closed?" if self._separator and b'"' in self._rest else ""
            text = f"{self.source.name}, line {self._line} is longer than {LONGEST // 2**20} MiB"
            raise LimitError("line-too-long", text, None, hint)

    def _take(self, end: int, *, torn: bool = False) -> Piece:
        piece = Piece(self._rest[:end], self._line, torn)
        self._rest = self._rest[end:]
        self._line += line_ends(piece.text, alone=bool(self._separator))
        return piece

    def _first_end(self, start: int) -> int:
        """Behind the first record, or 0 where it does not end."""
        before = start
        for opening, closing in self._quoted():
            if end := self._line_end(before, opening, last=False):
                return end
            before = closing
        return self._line_end(before, len(self._rest), last=False)

    def _last_end(self) -> int:
        """Behind the last record that ends; 0 if none does."""
        for most in (_A_FEW, None):
            fields = deque(self._quoted(), most)
            whole = len(fields) != most
            behind = len(self._rest)
            while fields:
                opening, closing = fields.pop()
                if end := self._line_end(closing, behind):
                    return end
                behind = opening
            if whole:
                return self._line_end(0, behind)
        raise AssertionError  # pragma: no cover  # the second turn has them all

    def _quoted(self) -> Iterator[tuple[int, int]]:
        """Where fields in quotes begin and end."""
        if not self._separator or b'"' not in self._rest:
            return iter(())
        return map(re.Match.span, _QUOTED[self._separator].finditer(self._rest))

    def _opened(self) -> int | None:
        """Where a quote opens that is not closed."""
        if not self._separator or b'"' not in self._rest:
            return None
        matches = _QUOTED[self._separator].finditer(self._rest)
        return next((match.start() for match in matches if not match[1]), None)

    def _line_end(self, start: int, end: int, *, last: bool = True) -> int:
        """Behind the first or last line end between two places; 0 if there is none."""
        find = self._rest.rfind if last else self._rest.find
        place = find(b"\n", start, end) + 1
        if self._separator and (not place or not last):  # a lone \r ends a line too; at the end, \n may follow
            stop = min(end, len(self._rest) - (not self._ended))
            alone = find(b"\r", start, stop) + 1
            if alone and (not place or alone < place - 1):
                return alone
        return place


def line_ends(text: bytes, *, alone: bool) -> int:
    r"""How many lines end in a text, by \n, by \r\n and, if it may stand alone, by \r.

    >>> line_ends(b"1\n2\r\n3\r4", alone=True), line_ends(b"1\n2\r\n3\r4", alone=False)
    (3, 2)
    """
    letters = np.frombuffer(text, np.uint8)  # the count of bytes takes four times as long
    count = int(np.count_nonzero(letters == _LINE_END))
    return count + text.count(b"\r") - text.count(b"\r\n") if alone and b"\r" in text else count
