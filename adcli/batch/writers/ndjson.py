"""NDJSON: a flat object a line; what is not finite is a string, and what is absent is null."""

import json
import math
from json.encoder import encode_basestring
from typing import Any

from ...errors import UsageError
from ..blocks import STATUSES, Rows, as_list
from ..extras import arrow
from .texts import Words, as_texts, doubles, number_texts, status_texts, write_lines
from .writer import Writer

_WORDS = Words('"NaN"', '"Infinity"', '"-Infinity"', "null")
_STATUSES = [f'"{name}"' for name in STATUSES]


class NdjsonWriter(Writer):
    """Rows as objects."""

    format = "ndjson"

    def begin(self) -> None:
        """Prepare what stands between the values."""
        self._arrow = arrow("compute")
        keys = [encode_basestring(name) + ": " for name in self.names]
        self._around = ["{" + keys[0], *(", " + key for key in keys[1:]), "}\n"] if keys else ["{}\n"]

    def take(self, rows: Rows) -> None:
        """Write some rows."""
        pa = self._arrow
        for part in self.slices(rows):
            blank = part.blank()
            columns = [json_texts(part.carried[name], name, pa) for name in self.kept]
            columns += [number_texts(xs, blank, _WORDS, pa) for xs in part.numbers]
            if self.status:
                columns.append(status_texts(part, _STATUSES, pa))
            write_lines(self.out.file, self._around, columns, pa)


def json_texts(column: Any, name: str, pa: Any) -> Any:
    """A column that was carried along, as JSON."""
    if isinstance(column, list):
        return as_texts(map(_json, column), pa)
    types = pa.types
    if types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if types.is_floating(column.type):
        return number_texts(*doubles(column), _WORDS, pa)
    if types.is_integer(column.type) or types.is_boolean(column.type):
        return column.cast(pa.string()).fill_null("null")
    if types.is_nested(column.type):
        return as_texts(map(_json, as_list(column, name)), pa)
    try:
        texts = column.cast(pa.string())
    except pa.ArrowException:
        raise UsageError("not-in-format", f"column '{name}' holds {column.type}, which NDJSON cannot hold") from None
    return as_texts(["null" if text is None else encode_basestring(text) for text in texts.to_pylist()], pa)


def _json(value: Any) -> str:
    """Any value as strict JSON.

    >>> _json({"a": [1, "ü", None, math.inf]})
    '{"a": [1, "ü", null, "Infinity"]}'
    """
    if isinstance(value, str):
        return encode_basestring(value)
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    except ValueError:
        return json.dumps(_strict(value), ensure_ascii=False, default=str)


def _strict(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return json.loads(_WORDS.write(value))
    if isinstance(value, dict):
        return {name: _strict(x) for name, x in value.items()}
    return list(map(_strict, value)) if isinstance(value, list) else value
