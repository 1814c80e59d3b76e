"""CSV (RFC 4180) and tables with tabs: a header, and then a row of fields a line.

Arrow reads a piece in one go. Where it cannot, and where it is not installed, Python reads the same
piece field by field, and so finds what is wrong and where. What Arrow accepts, Python accepts with
the same result: that is tested.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...errors import UsageError
from ..extras import arrow
from .pieces import LONGEST, Piece, Pieces
from .reader import Malformed, Part, Reader, short
from .source import Source

_NUMBER = re.compile(
    r"[-+]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?|inf(?:inity)?|(nan(?:\([0-9a-z_]*\))?))",
    re.IGNORECASE | re.ASCII,
)
_HALF_LETTER = re.compile("[\udc80-\udcff]")  # what a byte becomes that is not UTF-8
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")
_THREADS = 512 * 1024  # bytes of a piece that are worth a second thread
_TRIES = 4  # pieces in a row that Arrow could not read, after which it is not asked again


class CsvReader(Reader):
    """The rows of a text; `separator` stands between its fields."""

    def __init__(self, source: Source, separator: str, *args: Any, **named: Any) -> None:
        super().__init__(source, *args, **named)
        self._separator = separator
        self._pieces = Pieces(source, separator.encode())
        self.names = self._header()
        self.require(self._hint())
        self._used = sorted({self.names.index(name) for name in [*self.needed, *self.keep]})
        self._kept = {self.names.index(name) for name in self.keep}
        self._tries = _TRIES
        self._arrow = arrow("csv", "compute")

    def _header(self) -> list[str]:
        hint = "the first line names the columns: x1,x2".replace(",", self._separator)
        try:
            text = self._pieces.header().decode()
        except UnicodeDecodeError:
            raise UsageError("not-utf8", f"{self.name}: the header is not UTF-8 text") from None
        cells = [cell.strip() for _, cell_row in self._cells(text, 1) for cell in cell_row]
        if not any(cells):
            raise UsageError("no-header", f"{self.name} has no header", None, hint)
        if all(map(_NUMBER.fullmatch, cells)):
            raise UsageError("no-header", f"{self.name} has numbers in the place of a header", None, hint)
        seen = set[str]()
        for name in filter(None, cells):
            if name in seen:
                raise UsageError("duplicate-column", f"{self.name} has two columns named '{short(name)}'")
            seen.add(name)
        return cells

    def _hint(self) -> str:
        """What is likely to be wrong with a header of one column that has other separators in it."""
        others = [mark for mark in ";\t," if mark != self._separator and mark in self.names[0]]
        if len(self.names) > 1 or not others:
            return ""
        word = {";": "semicolons", "\t": "tabs", ",": "commas"}[others[0]]
        return f"its fields seem to be separated by {word}; .csv has commas, and .tsv has tabs"

    def parts(self) -> Iterator[Part]:
        """The rows of one piece after another."""
        for piece in self._pieces:
            if piece.torn:
                self.reject([Malformed(piece.line, "bad-csv", "a quote is never closed")])
                continue
            part = self._at_once(piece) if self._arrow and self._tries else None
            if part is None:
                self._tries -= self._tries > 0
                part = self._one_by_one(piece)
            else:
                self._tries = _TRIES
            self._pieces.aim(part.count, piece, self.rows)
            if part.count:
                yield part

    # -- by Arrow

    def _at_once(self, piece: Piece) -> Part | None:
        """The rows of a piece, or None if it has any that Arrow does not understand."""
        pa, size = self._arrow, len(piece.text)
        columns = list(map(str, range(len(self.names))))
        used = [columns[k] for k in self._used] or columns[:1]
        types = {columns[k]: pa.string() if k in self._kept else pa.float64() for k in self._used}
        threads = size >= _THREADS
        try:
            table = pa.csv.read_csv(
                pa.BufferReader(piece.text),
                pa.csv.ReadOptions(
                    use_threads=threads, block_size=size // 2 + 1 if threads else size + 1, column_names=columns
                ),
                pa.csv.ParseOptions(delimiter=self._separator, newlines_in_values=b'"' in piece.text),
                pa.csv.ConvertOptions(
                    column_types=types or {columns[0]: pa.binary()}, null_values=[""], include_columns=used
                ),
            )
            numbers = {name: self._doubles(table.column(str(self.names.index(name)))) for name in self.needed}
            carried = {name: _joined(pa, table.column(str(self.names.index(name)))) for name in self.keep}
        except pa.ArrowException:
            return None
        return Part(table.num_rows, numbers, carried)

    def _doubles(self, column: Any) -> Any:
        """A column of numbers, or of their texts where those are carried along too."""
        pa = self._arrow
        if pa.types.is_string(column.type):
            column = pa.compute.if_else(pa.compute.equal(column, ""), None, column).cast(pa.float64())
        return column.to_numpy()

    # -- by Python

    def _one_by_one(self, piece: Piece) -> Part:
        text = piece.text.decode(errors="surrogateescape")
        rows, wrong = self._rows(text, piece)
        plain = text.isascii() and "_" not in text  # then what Python's float reads are the numbers that we read
        columns = [[cells[k] for _, cells in rows] for k in range(len(self.names))] if self._used else []
        halves = not text.isascii() and _HALF_LETTER.search(text) is not None
        numbers: dict[str, Any] = {}
        for name in self.needed:
            texts = columns[self.names.index(name)]
            numbers[name] = _all_doubles(texts) if plain else None
            if numbers[name] is None:
                numbers[name], bad = _each_double(texts)
                for k, what in bad:
                    wrong.setdefault(rows[k][0], Malformed(rows[k][0], *what, name))
        for name in self.keep if halves else ():
            for (line, _), cell in zip(rows, columns[self.names.index(name)], strict=True):
                if _HALF_LETTER.search(cell):
                    wrong.setdefault(line, Malformed(line, "not-utf8", "not UTF-8 text", name))
        self.reject([wrong[line] for line in sorted(wrong)])
        carried = {name: columns[self.names.index(name)] for name in self.keep}
        if not wrong:
            return Part(len(rows), numbers, carried)
        good = [k for k, (line, _) in enumerate(rows) if line not in wrong]
        return Part(
            len(good),
            {name: x[good] for name, x in numbers.items()},
            {name: [x[k] for k in good] for name, x in carried.items()},
        )

    def _rows(self, text: str, piece: Piece) -> tuple[list[tuple[int, list[str]]], dict[int, Malformed]]:
        """The rows that have as many fields as the header, each with its line, and those that have not."""
        rows, wrong, width = [], dict[int, Malformed](), len(self.names)
        for line, cells in self._cells(text, piece.line):
            if len(cells) == width:
                rows.append((line, cells))
            else:
                fields = "is 1 field" if len(cells) == 1 else f"are {len(cells)} fields"
                wrong[line] = Malformed(line, "ragged", f"there {fields}, and the header has {width}")
        return rows, wrong

    def _cells(self, text: str, line: int) -> list[tuple[int, list[str]]]:
        """The fields of all rows that have any, each with the line in which it begins."""
        longest = csv.field_size_limit(LONGEST)  # it is the whole program's
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=self._separator)
            found, before = [], 0
            for cells in reader:
                if cells:
                    found.append((line + before, cells))
                before = reader.line_num
        finally:
            csv.field_size_limit(longest)
        return found


def _joined(pa: Any, column: Any) -> Any:
    """A column as one array."""
    joined = column.combine_chunks()
    return pa.concat_arrays(joined.chunks) if isinstance(joined, pa.ChunkedArray) else joined


def _all_doubles(texts: Sequence[str]) -> Any:
    """All texts as doubles; None if one is none."""
    try:
        return np.array(list(map(float, texts)), np.float64)
    except ValueError:
        return None


def _each_double(texts: Sequence[str]) -> tuple[Any, list[tuple[int, tuple[str, str]]]]:
    """Texts as doubles, NaN for what is missing; and which are neither, each with a code and what is wrong."""
    numbers, bad = np.full(len(texts), np.nan), []
    for k, raw in enumerate(texts):
        text = raw.strip()
        match = _NUMBER.fullmatch(text)
        if match:
            numbers[k] = np.nan if match[1] else float(text)
        elif text:
            bad.append((k, _trouble(text)))
    return numbers, bad


def _trouble(text: str) -> tuple[str, str]:
    """Why a text is no number: a code, and words."""
    if _HALF_LETTER.search(text):
        return "not-utf8", "not UTF-8 text"
    point = f"; a decimal has a point: {text.replace(',', '.')}" if _DECIMAL_COMMA.fullmatch(text) else ""
    return "not-a-number", f"'{short(text)}' is not a number{point}"
