"""JSON: numbers in nested lists, and points as objects of them."""

from typing import IO, Any, NamedTuple

from ..errors import AdcliError, UsageError
from ..shapes import MAX_AXES, Data, Ragged, flatten
from .files import check_count, check_stream, empty, not_utf8
from .numbers import Numbers, brackets, index, not_finite, place, placed, short

_BLOCK = 65_536


class _Constant(NamedTuple):
    """A number that Python's reader accepts and JSON does not have: NaN, Infinity or -Infinity."""

    name: str


def read_json(file: IO[bytes], path: str, option: str) -> Data:
    """An array from the nested lists of a file."""
    return json_array(parse_json(file, path, option), path)


def parse_json(file: IO[bytes], path: str, option: str) -> Any:
    """Lists, dicts, ints and texts, and what the file has of other things."""
    text = _read_text(file, path)
    if not text or text.isspace():
        raise empty(path)
    check_count(text.count(",") + 1, path)  # a comma stands between any two numbers
    import json

    read = Numbers().__getitem__
    try:
        return json.loads(
            text, parse_float=read, parse_int=read, parse_constant=_Constant, object_pairs_hook=_unique_names
        )
    except AdcliError as error:
        raise placed(error, path) from None
    except RecursionError:
        raise UsageError("bad-json", f"{option}: {path} is nested too deeply") from None
    except ValueError as error:
        raise UsageError("bad-json", f"{option}: {path} is not JSON: {error}") from None


def _read_text(file: IO[bytes], path: str) -> str:
    content = bytearray()
    while block := file.read(_BLOCK):  # in blocks: read(MAX_BYTES) would set all of that aside at once
        content += block
        check_stream(len(content), path)
    try:
        return content.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise not_utf8(path, error.start) from None


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        from collections import Counter

        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise UsageError("bad-json", f"'{short(twice)}' is given twice")
    return named


def json_array(value: Any, path: str, name: str = "", *, point: bool = False) -> Data:
    """A number or nested lists as an array; in a point, strings and Infinity are values too."""
    try:
        shape, entries = flatten(value)
    except Ragged as ragged:
        raise _ragged(value, ragged.index, path, name) from None
    if len(shape) > MAX_AXES:
        raise UsageError("bad-json", f"{place(path, name)}: lists are nested {len(shape)} deep, {MAX_AXES} is the most")
    if not entries:
        raise empty(place(path, name))
    numbers = Numbers()
    for k, entry in enumerate(entries):
        if type(entry) is int or (type(entry) is str and (point or entry in ("inf", "-inf"))):
            continue
        try:
            entries[k] = _json_number(entry, numbers, point)
        except AdcliError as error:
            raise placed(error, place(path, name, index(k, shape))) from None
    return Data(shape, entries)


def _json_number(entry: Any, numbers: Numbers, point: bool) -> int | str:
    if isinstance(entry, str):
        return numbers[entry]
    if isinstance(entry, _Constant):
        if point and entry.name != "NaN":
            return "-inf" if entry.name.startswith("-") else "inf"
        raise not_finite(entry.name)
    raise UsageError("not-a-number", f"{_described(entry)} is not a number")


def _ragged(value: Any, index: tuple[int, ...], path: str, name: str) -> UsageError:
    """The error for the first entry of nested lists that is not like the first of its axis."""
    first, other = value, value
    for k in index:
        first, other = first[0], other[k]
    return UsageError(
        "ragged",
        f"{place(path, name, index)}: {_described(other)} stands here, "
        f"and {name}{brackets((0,) * len(index))} is {_described(first)}",
    )


def _described(value: Any) -> str:
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return "a number"
