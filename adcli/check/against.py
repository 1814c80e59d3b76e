"""Derivatives from the files of other programs: JSON, and tables of text.

A JSON file holds a list, flat or nested by rows, or an object with such a list as its `jacobian`,
`gradient` or `hessian`; adcli's own results are such objects, and their point, rows and columns are
heeded. A table may have a header that names the columns, and names before the numbers of a line.
"""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..data.files import check_stream, empty, not_utf8, opened
from ..errors import UsageError
from ..shapes import Ragged, flatten
from .claims import Numbers, arranged, exactly
from .target import Target

_KEYS = ("jacobian", "gradient", "hessian")
_OPTION = "--against"


class Against(NamedTuple):
    """What a file holds: lists of numbers, the point they are at, and the names of rows and columns."""

    path: str
    entries: Any
    point: Any = None
    rows: tuple[str, ...] | None = None
    columns: tuple[str, ...] | None = None

    def numbers(self, target: Target) -> Numbers:
        """The numbers in the order of a target's rows and columns."""
        try:
            shape, items = flatten(self.entries)
        except Ragged as stop:
            place = "".join(f"[{k}]" for k in stop.index)
            raise UsageError(
                "ragged", f"{self.path}: entry {place} does not fit the shape of those before it"
            ) from None
        try:
            items = [exactly(x) for x in items]
        except UsageError as error:
            raise UsageError(error.code, f"{self.path}: {error.message}") from None
        rows, transposed = arranged(items, [shape] if shape else [()], target)
        if not transposed and self.columns is not None and set(self.columns) == set(target.columns):
            rows = [[row[self.columns.index(name)] for name in target.columns] for row in rows]
        if not transposed and self.rows is not None and set(self.rows) == set(target.rows):
            rows = [rows[self.rows.index(name)] for name in target.rows]
        return Numbers(rows, transposed=transposed)


def read_against(path: str) -> Against:
    """The derivatives in a .json file, or in a table (.csv, .tsv, .txt)."""
    text = _text(path)
    return _from_json(path, text) if path.lower().endswith(".json") else _from_table(path, text)


def _text(path: str) -> str:
    with opened(path) as file:
        content = file.read()
    check_stream(len(content), path)
    if not content.strip():
        raise empty(path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise not_utf8(path, error.start) from None


def _from_json(path: str, text: str) -> Against:
    try:
        value = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except RecursionError:
        raise UsageError("bad-json", f"{_OPTION}: {path} is nested too deeply") from None
    except ValueError as error:
        raise UsageError("bad-json", f"{_OPTION}: {path} is not JSON: {error}") from None
    if isinstance(value, list | str):
        return Against(path, value if isinstance(value, list) else [value])
    keys = [key for key in _KEYS if isinstance(value, dict) and value.get(key) is not None]
    if not keys:
        hint = 'a list of numbers, or an object such as {"jacobian": [[1, 2], [3, 4]]}'
        raise UsageError("no-derivative", f"{_OPTION}: {path} holds no derivative", None, hint)
    key = "hessian" if "hessian" in keys else keys[0]  # beside a Hessian stands the gradient
    return Against(
        path, value[key], value.get("point") or None, _names(value, "rows", key), _names(value, "columns", key)
    )


def _names(value: dict[str, Any], field: str, key: str) -> tuple[str, ...] | None:
    """The rows or columns of a result; those of a Hessian are its columns both times."""
    names = value.get("columns" if key == "hessian" else field)
    return tuple(map(str, names)) if isinstance(names, list) else None


def _from_table(path: str, text: str) -> Against:
    lines = [line for line in text.splitlines() if line.partition("#")[0].strip()]
    separator = next((s for s in "\t;," if s in "".join(lines[-1:])), "")
    table = [
        [field.strip() for field in row]
        for row in (
            csv.reader(io.StringIO("\n".join(lines)), delimiter=separator) if separator else map(str.split, lines)
        )
    ]
    header = table.pop(0) if table and not all(map(_is_number, table[0][1:] or table[0])) else None
    named = bool(table) and not any(_is_number(row[0]) for row in table if row)
    rows = tuple(row[0] for row in table) if named else None
    if header is not None and table and len(header) == len(table[0]):
        header = header[1:] if named else header
        table = [row[1:] for row in table] if named else table
        columns = [name.removeprefix("∂/∂").removeprefix("d/d") for name in header]
        keep = [k for k, name in enumerate(header) if name not in ("value", "estimated error")]
        return Against(path, _picked(table, keep), None, rows, tuple(columns[k] for k in keep))
    return Against(path, [row[1:] for row in table] if named else table, None, rows, None)


def _picked(table: Sequence[Sequence[str]], keep: Sequence[int]) -> list[list[str]]:
    return [[row[k] for k in keep if k < len(row)] for row in table]


def _is_number(text: str) -> bool:
    try:
        exactly(text)
    except UsageError:
        return False
    return True


def point_of(against: Against, given: Sequence[Any]) -> Any:
    """The point of the numbers: the given one, or that of the file."""
    if len(given) > 1:
        raise UsageError("several-points", f"{_OPTION}: the numbers are at one point, and {len(given)} are given")
    if given:
        return given[0]
    if not isinstance(against.point, dict):
        raise UsageError(
            "missing-point", f"{_OPTION}: at which point are the numbers of {against.path}?", None, "--at …"
        )
    return against.point
