"""Tables of text: .csv, .tsv and .txt, whatever stands between the fields."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import IO

from ..errors import AdcliError, UsageError
from ..shapes import Data
from . import files
from .files import check_count, check_stream, empty, not_utf8
from .numbers import NOT_FINITE, Numbers, placed

_LIKE_A_NUMBER = re.compile(r"[-+.]*[0-9][-+.,_\s0-9eE]*")
_BOM = b"\xef\xbb\xbf"


def read_table(file: IO[bytes], path: str, separator: str | None = None) -> Data:
    """A vector or matrix from the lines of a text; the separator is found where none is given."""
    lines = _lines(file, path)
    start = list(islice(lines, 2))
    if not start:
        raise empty(path)
    first = _uncommented(start[0][1])
    if separator is None:  # the second line tells, unless it has one field; the first may be a header
        separator = _sniff(_uncommented(start[-1][1]))
        if not separator and not _is_header(first, _sniff(first)):
            separator = _sniff(first)
    width, above, hint = 0, "", "put # before a header that has numbers among its names"
    if _is_header(first, separator):
        number, text = start.pop(0)
        hint = ""
        if separator:  # with blanks between the columns, a name may be several words
            width, above = len(_split(text, separator)), f"the header in line {number}"
    del first  # it may be the whole file
    numbers, items, count = Numbers(), list[int | str](), 0
    while line := start.pop(0) if start else next(lines, None):
        number, text = line
        fields = _split(_uncommented(text), separator, files.MAX_ENTRIES - len(items))
        check_count(len(items) + len(fields), path)
        if not width:
            width, above = len(fields), f"line {number}"
        if len(fields) != width:
            raise UsageError("ragged", f"{path}, line {number} has {_counted(len(fields))}, and {above} has {width}")
        try:
            items += map(numbers.__getitem__, fields)
        except AdcliError:
            raise _first_error(fields, numbers, f"{path}, line {number}", hint) from None
        count, hint = count + 1, ""
    if not items:
        raise empty(path)
    return Data((len(items),) if width == 1 or count == 1 else (count, width), items)


def _lines(file: IO[bytes], path: str) -> Iterator[tuple[int, str]]:
    """The lines that hold more than a comment, with their numbers."""
    number = total = 0
    while raw := file.readline(files.MAX_BYTES - total + 1):
        check_stream(total + len(raw), path)
        try:
            text = (raw.removeprefix(_BOM) if not total else raw).decode()
        except UnicodeDecodeError as error:
            raise not_utf8(path, total + len(raw) - len(error.object) + error.start) from None
        total += len(raw)
        for line in text.removesuffix("\n").removesuffix("\r").split("\r"):  # a lone \r ends a line too
            number += 1
            if _uncommented(line).strip():
                yield number, line


def _uncommented(line: str) -> str:
    return line.partition("#")[0] if "#" in line else line


def _sniff(line: str) -> str:
    """What stands between the fields of a line; nothing for blanks."""
    return next((separator for separator in "\t;," if separator in line), "")


def _split(line: str, separator: str, room: int | None = None) -> list[str]:
    """The fields of a line, at most one more than there is room for."""
    room = files.MAX_ENTRIES if room is None else room
    if '"' in line:
        import csv

        plain, mark = (line, separator) if separator else (" ".join(line.split(None, room)), " ")
        if plain.count(mark) <= room:
            try:
                return next(csv.reader([plain], delimiter=mark, skipinitialspace=True))
            except csv.Error:  # a field that csv finds too long is no number either
                pass
    return line.split(separator or None, room)


def _is_header(line: str, separator: str) -> bool:
    """Whether a first line names columns: none of its fields is meant as a number, and one is a name."""
    words = [field.strip() for field in _split(line, separator)]
    if len(words) > files.MAX_ENTRIES or any(map(_LIKE_A_NUMBER.fullmatch, words)):
        return False
    return any(word and not NOT_FINITE.fullmatch(word) for word in words)


def _first_error(fields: list[str], numbers: Numbers, place: str, hint: str) -> AdcliError:
    """The error of the first field that is no number, with its place."""
    for column, field in enumerate(fields, 1):
        try:
            numbers[field]
        except AdcliError as error:
            if error.code == "not-a-number":
                error.hint = error.hint or hint
            return placed(error, f"{place}, column {column}")
    raise AssertionError(place)  # pragma: no cover  # a field was refused once already


def _counted(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"
