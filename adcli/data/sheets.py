r"""Tables of text as people fill them in: CSV from any spreadsheet, and Markdown.

Separators are found by trying them: a spreadsheet writes commas, semicolons where the comma is
decimal, or tabs. A table begins with a header, which the caller knows; what stands above the first
is ignored, and so are lines without text.

>>> import tempfile
>>> with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
...     _ = file.write("Homework 3\n\nnode;value\n;\nv1;0,84\n")
...     file.flush()
...     read_tables(file.name, lambda names: "node" in names)
[Table(header=['node', 'value'], rows=[Row(line=5, cells=['v1', '0,84'])], separator=';')]
"""

import csv
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..errors import LimitError, UsageError
from .files import empty, not_utf8, opened

MAX_SHEET = 16 * 1024 * 1024
_MARKDOWN = (".md", ".markdown")
_WORKBOOKS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers")
_SEPARATORS = ",;\t"
_RULER = re.compile(r"[\s|:-]*-[\s|:-]*")  # the line under a header
_BAR = re.compile(r"(?<!\\)(?:\\\\)*\|")


class Row(NamedTuple):
    """The cells of a line, as many as the header has."""

    line: int
    cells: list[str]


class Table(NamedTuple):
    """A header, the lines under it that hold anything, and what stands between their cells."""

    header: list[str]
    rows: list[Row]
    separator: str


def read_tables(path: str, is_header: Callable[[Sequence[str]], bool]) -> list[Table]:
    """The tables of a file; `is_header` tells a header from other lines, and its names are stripped.

    Raises `UsageError` for what cannot be read, `LimitError` for a file beyond `MAX_SHEET` bytes.
    """
    if path.lower().endswith(_WORKBOOKS):
        raise UsageError("unknown-file-kind", f"{path} is a workbook, and adcli reads text", None, "save it as CSV")
    text = _read(path)
    if not text.strip():
        raise empty(path)
    if path.lower().endswith(_MARKDOWN) or text.lstrip().startswith("|"):
        separator, lines = "|", _markdown_lines(text)
    else:
        found = [(separator, _csv_lines(text, separator, path)) for separator in _SEPARATORS]
        separator, lines = max(found, key=lambda pair: max(len(r.cells) * is_header(r.cells) for r in pair[1]))
    tables = _tables(lines, separator, is_header, path)
    if not tables:
        hint = "the first line names the columns, as adcli trace --blank writes them"
        raise UsageError("no-table", f"{path} has no table with a header", None, hint)
    return tables


def _read(path: str) -> str:
    with opened(path) as file:
        data = file.read(MAX_SHEET + 1)
    if len(data) > MAX_SHEET:
        raise LimitError("file-too-large", f"{path} is larger than {MAX_SHEET // 2**20} MiB")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # "Unicode text" of a spreadsheet
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        try:
            return data.decode("cp1252")  # what Western spreadsheets write as plain CSV
        except UnicodeDecodeError:
            raise not_utf8(path, error.start) from None


def _csv_lines(text: str, separator: str, path: str) -> list[Row]:
    reader = csv.reader(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), delimiter=separator)
    rows, line = [], 1
    try:
        for cells in reader:
            rows.append(Row(line, [cell.strip() for cell in cells]))
            line = reader.line_num + 1
    except csv.Error as error:
        raise UsageError("bad-table", f"{path}, line {line} cannot be read: {error}") from None
    return rows


def _markdown_lines(text: str) -> list[Row]:
    """The lines with bars between their cells; backticks and backslashes are taken off."""
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        ends = [match.end() for match in _BAR.finditer(line)]
        if not ends or _RULER.fullmatch(line):
            continue
        pieces = [line[a : b - 1] for a, b in zip([0, *ends], [*ends, len(line) + 1], strict=True)]
        pieces = pieces[not pieces[0].strip() : len(pieces) - (not pieces[-1].strip())]
        rows.append(Row(number, [_unescaped(piece.strip()) for piece in pieces]))
    return rows


def _unescaped(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == "`":
        return text[1:-1].replace("\\|", "|").strip()
    return re.sub(r"\\([\\`*_|<>])", r"\1", text)


def _tables(lines: Sequence[Row], separator: str, is_header: Callable[[Sequence[str]], bool], path: str) -> list[Table]:
    tables: list[Table] = []
    for line, cells in lines:
        if is_header(cells):
            tables.append(Table(cells, [], separator))
        elif tables and any(cells):
            width = len(tables[-1].header)
            if any(cells[width:]):
                text = f"{path}, line {line} has {len(cells)} fields, and the header has {width}"
                raise UsageError("ragged", text, None, "a number with a decimal comma stands in quotes")
            tables[-1].rows.append(Row(line, (cells + [""] * width)[:width]))
    return tables
