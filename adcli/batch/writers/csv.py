"""CSV (RFC 4180) and tables with tabs: a header, and a row a line; what is absent is an empty field."""

import json
import re
from typing import Any

from ...errors import UsageError
from ..blocks import STATUSES, Rows, as_list
from ..extras import arrow
from .texts import Words, as_texts, doubles, number_texts, status_texts, write_lines
from .writer import Writer

_SPECIAL = re.compile('[",\t\r\n]')  # a field with one of these stands in quotes


class CsvWriter(Writer):
    """Rows as lines; `separator` stands between their fields."""

    format = "csv"
    separator = ","

    def begin(self) -> None:
        """Write the header."""
        self._arrow = arrow("compute")
        names = self.names
        self._absent = '""' if len(names) == 1 else ""  # a line of nothing would be none
        self._words = Words("nan", "inf", "-inf", self._absent)
        self._around = ["", *[self.separator] * (len(names) - 1), "\n"] if names else ["\n"]
        self.out.file.write((self.separator.join(map(quoted, names)) + "\n").encode())

    def take(self, rows: Rows) -> None:
        """Write some rows."""
        pa = self._arrow
        for part in self.slices(rows):
            blank = part.blank()
            columns = [self._texts(part.carried[name], name) for name in self.kept]
            columns += [number_texts(xs, blank, self._words, pa) for xs in part.numbers]
            if self.status:
                columns.append(status_texts(part, STATUSES, pa))
            write_lines(self.out.file, self._around, columns, pa)

    def _texts(self, column: Any, name: str) -> Any:
        """A column that was carried along, as fields."""
        pa = self._arrow
        if isinstance(column, list):
            return as_texts([quoted(_text(value)) or self._absent for value in column], pa)
        types = pa.types
        if types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if types.is_floating(column.type):
            return number_texts(*doubles(column), self._words, pa)
        if types.is_nested(column.type):
            return as_texts([quoted(_text(value)) or self._absent for value in as_list(column, name)], pa)
        try:
            texts = column.cast(pa.string()).fill_null("")
        except pa.ArrowException:
            raise UsageError("not-in-format", f"column '{name}' holds {column.type}, which CSV cannot hold") from None
        if pa.compute.any(pa.compute.match_substring_regex(texts, _SPECIAL.pattern)).as_py() or self._absent:
            return as_texts([quoted(text) or self._absent for text in texts.to_pylist()], pa)
        return texts


class TsvWriter(CsvWriter):
    """Rows with tabs between their fields."""

    format = "tsv"
    separator = "\t"


def quoted(text: str) -> str:
    """A field, in quotes where it needs them.

    >>> quoted("W[0,1]"), quoted("W")
    ('"W[0,1]"', 'W')
    """
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text


def _text(value: Any) -> str:
    """Any value as a field: texts as they are, and else as JSON has them."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return repr(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False, default=str)
