"""Arrays of numbers from files: tables of text, JSON and NumPy's own format.

Numbers stay exact: whole numbers become ints, decimals stay the text that they are, so that 0.1 is
one tenth at any precision, and a double of NumPy is the shortest text that reads back as it. Equal
texts are kept once. What is not a finite number is refused with its place.

No file is read beyond `MAX_BYTES` bytes or `MAX_ENTRIES` numbers. Where the size is known it is
judged before anything is read; a pipe is judged as it comes.
"""

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from math import prod
from typing import IO, Any, NamedTuple

from .errors import AdcliError, LimitError, UsageError
from .shapes import MAX_AXES, Data, Ragged, Shape, flatten, strides

MAX_BYTES = 256 * 1024 * 1024
MAX_ENTRIES = 20_000_000
MAX_DIGITS = 4000  # characters of one number, as in the language
_MAX_EXPONENT = 9  # digits of an exponent, as in the language

_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?([0-9]+))?")
_NOT_FINITE = re.compile(r"[-+]?(?:nan|inf|infinity)", re.IGNORECASE)
_LIKE_A_NUMBER = re.compile(r"[-+.]*[0-9][-+.,_\s0-9eE]*")
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")
_WHOLE = 18  # digits of a whole number that becomes an int; a longer one stays text
_REMEMBERED = 65_536  # texts that are kept once
_SHOWN = 40  # characters of a field in a message
_BLOCK = 65_536
_BOM = b"\xef\xbb\xbf"


def read_data(path: str, option: str) -> Data:
    r"""The array in a file, whose kind its name tells: .csv, .tsv, .txt, .json or .npy.

    A table of text has commas, semicolons, tabs or blanks between its numbers; a first line
    without numbers is a header, and `#` begins a comment. One column or one line is a vector,
    anything else a matrix.

    Raises `UsageError` for what cannot be read as numbers, `LimitError` for what is too large;
    `option` is the option that names the file, for the messages.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
    ...     _ = file.write("width,height\n1,2.50\n3,4e-3\n")
    ...     file.flush()
    ...     read_data(file.name, "--let A")
    Data(shape=(2, 2), items=[1, '2.50', 3, '4e-3'])
    """
    kind = next((kind for kind in _READERS if path.lower().endswith(kind)), None)
    if kind is None:
        raise UsageError(
            "unknown-file-kind",
            f"{option}: {path} is not a kind of file that adcli reads numbers from",
            None,
            f"the name of the file tells its kind: {', '.join(_READERS)}",
        )
    with _opened(path) as file:
        return _READERS[kind](file, path, option)


def read_object(path: str, option: str) -> dict[str, Data] | Data:
    """The point in a JSON file: an object of numbers and arrays by name, or one list in order.

    Strings are constant expressions of the language, such as "pi/4", and stay texts.
    """
    with _opened(path) as file:
        value = _parse_json(file, path, option)
    if isinstance(value, dict):
        return {name: _json_array(x, path, name, point=True) for name, x in value.items()}
    if not isinstance(value, list):
        raise UsageError(
            "bad-json", f'{option}: {path} must hold an object such as {{"x1": 1, "x2": 0.5}} or a list of numbers'
        )
    return _json_array(value, path, point=True) if value else Data((0,), [])  # a point of no variables


# -- files and their limits


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    """A file that is not known to be too large, or an error that names it."""
    try:
        file = open(path, "rb")  # noqa: PTH123, SIM115  # the name is the user's; pathlib is slow to import
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    with file:
        try:
            status = os.fstat(file.fileno())
            if stat.S_ISREG(status.st_mode):
                _check_size(status.st_size, path)
            yield file
        except OSError as error:
            raise _unreadable(path, error) from None


def _unreadable(path: str, error: Exception) -> UsageError:
    reason = getattr(error, "strerror", None) or str(error)
    return UsageError("unreadable-file", f"cannot read {path}: {reason}")


def _check_size(size: int, path: str) -> None:
    if size > MAX_BYTES:
        raise LimitError("file-too-large", f"{path} has {size:,} bytes, and adcli reads at most {MAX_BYTES:,}")


def _check_stream(size: int, path: str) -> None:
    if size > MAX_BYTES:
        raise LimitError("file-too-large", f"{path} has more than {MAX_BYTES:,} bytes, the most that adcli reads")


def _check_count(count: int, path: str) -> None:
    if count > MAX_ENTRIES:
        raise LimitError("too-many-numbers", f"{path} has more than {MAX_ENTRIES:,} numbers, the most that adcli reads")


def _not_utf8(path: str, place: int) -> UsageError:
    return UsageError("not-utf8", f"{path} is not UTF-8 text: byte {place} cannot be read")


def _empty(path: str) -> UsageError:
    return UsageError("no-numbers", f"{path} holds no numbers")


# -- numbers


class _Numbers(dict[str, int | str]):
    """Numbers by their text: `numbers[text]` reads a text, and equal texts are the same object.

    >>> numbers = _Numbers()
    >>> numbers["7"], numbers["+0.10"], numbers[" -0 "]
    (7, '0.10', '-0')
    """

    def __missing__(self, text: str) -> int | str:
        number = _number(text.strip())
        if len(self) < _REMEMBERED:
            self[text] = number
        return number


def _number(text: str) -> int | str:
    match = _NUMBER.fullmatch(text)
    if not match:
        raise _not_a_number(text)
    if len(text) > MAX_DIGITS or len(match[1] or "") > _MAX_EXPONENT:
        raise LimitError("huge-literal", f"'{_short(text)}' is larger than can be kept exactly")
    text = text.removeprefix("+")
    if len(text) <= _WHOLE and text.removeprefix("-").isdigit() and (text[0] != "-" or text.strip("-0")):
        return int(text)
    return text


def _not_a_number(text: str) -> UsageError:
    if not text:
        return UsageError("missing-number", "there is no number here")
    if _NOT_FINITE.fullmatch(text):
        return _not_finite(f"'{text}'")
    hint = f"a decimal has a point: {text.replace(',', '.')}" if _DECIMAL_COMMA.fullmatch(text) else ""
    return UsageError("not-a-number", f"'{_short(text)}' is not a number", None, hint)


def _not_finite(text: str) -> UsageError:
    return UsageError("not-finite", f"{text} is not a number adcli can differentiate at")


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _placed(error: AdcliError, place: str) -> AdcliError:
    return type(error)(error.code, f"{place}: {error.message}", None, error.hint)


# -- tables of text


def _read_table(file: IO[bytes], path: str, separator: str | None = None) -> Data:
    lines = _lines(file, path)
    start = list(islice(lines, 2))
    if not start:
        raise _empty(path)
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
    numbers, items, count = _Numbers(), list[int | str](), 0
    while line := start.pop(0) if start else next(lines, None):
        number, text = line
        fields = _split(_uncommented(text), separator, MAX_ENTRIES - len(items))
        _check_count(len(items) + len(fields), path)
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
        raise _empty(path)
    return Data((len(items),) if width == 1 or count == 1 else (count, width), items)


def _lines(file: IO[bytes], path: str) -> Iterator[tuple[int, str]]:
    """The lines that hold more than a comment, with their numbers."""
    number = total = 0
    while raw := file.readline(MAX_BYTES - total + 1):
        _check_stream(total + len(raw), path)
        try:
            text = (raw.removeprefix(_BOM) if not total else raw).decode()
        except UnicodeDecodeError as error:
            raise _not_utf8(path, total + len(raw) - len(error.object) + error.start) from None
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
    room = MAX_ENTRIES if room is None else room
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
    if len(words) > MAX_ENTRIES or any(map(_LIKE_A_NUMBER.fullmatch, words)):
        return False
    return any(word and not _NOT_FINITE.fullmatch(word) for word in words)


def _first_error(fields: list[str], numbers: _Numbers, place: str, hint: str) -> AdcliError:
    """The error of the first field that is no number, with its place."""
    for column, field in enumerate(fields, 1):
        try:
            numbers[field]
        except AdcliError as error:
            if error.code == "not-a-number":
                error.hint = error.hint or hint
            return _placed(error, f"{place}, column {column}")
    raise AssertionError(place)  # pragma: no cover  # a field was refused once already


def _counted(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"


# -- JSON


class _Constant(NamedTuple):
    """A number that Python's reader accepts and JSON does not have: NaN, Infinity or -Infinity."""

    name: str


def _read_json(file: IO[bytes], path: str, option: str) -> Data:
    return _json_array(_parse_json(file, path, option), path)


def _parse_json(file: IO[bytes], path: str, option: str) -> Any:
    """Lists, dicts, ints and texts, and what the file has of other things."""
    text = _read_text(file, path)
    if not text or text.isspace():
        raise _empty(path)
    _check_count(text.count(",") + 1, path)  # a comma stands between any two numbers
    import json

    read = _Numbers().__getitem__
    try:
        return json.loads(
            text, parse_float=read, parse_int=read, parse_constant=_Constant, object_pairs_hook=_unique_names
        )
    except AdcliError as error:
        raise _placed(error, path) from None
    except RecursionError:
        raise UsageError("bad-json", f"{option}: {path} is nested too deeply") from None
    except ValueError as error:
        raise UsageError("bad-json", f"{option}: {path} is not JSON: {error}") from None


def _read_text(file: IO[bytes], path: str) -> str:
    content = bytearray()
    while block := file.read(_BLOCK):  # in blocks: read(MAX_BYTES) would set all of that aside at once
        content += block
        _check_stream(len(content), path)
    try:
        return content.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise _not_utf8(path, error.start) from None


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        from collections import Counter

        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise UsageError("bad-json", f"'{_short(twice)}' is given twice")
    return named


def _json_array(value: Any, path: str, name: str = "", *, point: bool = False) -> Data:
    """A number or nested lists as an array; in a point, strings and Infinity are values too."""
    try:
        shape, entries = flatten(value)
    except Ragged as ragged:
        raise _ragged(value, ragged.index, path, name) from None
    if len(shape) > MAX_AXES:
        raise UsageError(
            "bad-json", f"{_place(path, name)}: lists are nested {len(shape)} deep, {MAX_AXES} is the most"
        )
    if not entries:
        raise _empty(_place(path, name))
    numbers = _Numbers()
    for k, entry in enumerate(entries):
        if type(entry) is int or (type(entry) is str and (point or entry in ("inf", "-inf"))):
            continue
        try:
            entries[k] = _json_number(entry, numbers, point)
        except AdcliError as error:
            raise _placed(error, _place(path, name, _index(k, shape))) from None
    return Data(shape, entries)


def _json_number(entry: Any, numbers: _Numbers, point: bool) -> int | str:
    if isinstance(entry, str):
        return numbers[entry]
    if isinstance(entry, _Constant):
        if point and entry.name != "NaN":
            return "-inf" if entry.name.startswith("-") else "inf"
        raise _not_finite(entry.name)
    raise UsageError("not-a-number", f"{_described(entry)} is not a number")


def _ragged(value: Any, index: tuple[int, ...], path: str, name: str) -> UsageError:
    """The error for the first entry of nested lists that is not like the first of its axis."""
    first, other = value, value
    for k in index:
        first, other = first[0], other[k]
    return UsageError(
        "ragged",
        f"{_place(path, name, index)}: {_described(other)} stands here, "
        f"and {name}{_brackets((0,) * len(index))} is {_described(first)}",
    )


def _described(value: Any) -> str:
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return "a number"


def _index(place: int, shape: Shape) -> tuple[int, ...]:
    """Where the entry at a flat place stands."""
    return tuple(place // step % length for step, length in zip(strides(shape), shape, strict=True))


def _place(path: str, name: str = "", index: Sequence[int] = ()) -> str:
    where = _short(name) + _brackets(index)
    return f"{path}, {where}" if where else path


def _brackets(index: Sequence[int]) -> str:
    return "".join(f"[{k}]" for k in index)


# -- NumPy's format

_UNREADABLE_TYPES = {
    "b": "booleans", "c": "complex numbers", "O": "Python objects", "S": "texts", "U": "texts", "T": "texts",
    "M": "dates", "m": "spans of time", "V": "records",
}  # fmt: skip


def _read_npy(file: IO[bytes], path: str, option: str) -> Data:
    try:
        import numpy as np
    except ImportError:
        raise UsageError(
            "no-numpy", f"{option}: reading {path} needs NumPy", None, "pip install 'adcli[numpy]'"
        ) from None
    shape, fortran, dtype = _npy_header(file, path)
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise UsageError(
            "bad-npy",
            f"{path} holds {_UNREADABLE_TYPES.get(dtype.kind, dtype)}",
            None,
            "adcli reads integers and floats of up to 64 bits",
        )
    count = prod(shape)
    _check_count(count, path)
    _check_size(count * dtype.itemsize, path)
    if not count:
        raise _empty(path)
    content = file.read(count * dtype.itemsize)
    if len(content) < count * dtype.itemsize:
        raise UsageError("bad-npy", f"{path} ends after {len(content) // dtype.itemsize:,} of {count:,} numbers")
    flat = np.frombuffer(content, dtype).reshape(shape, order="F" if fortran else "C").ravel()
    if dtype.kind != "f":
        return Data(shape, flat.tolist())
    finite = np.isfinite(flat)
    if not finite.all():
        k = int(finite.argmin())
        raise _placed(_not_finite(repr(float(flat[k]))), _place(path, index=_index(k, shape)))
    numbers, items = _Numbers(), list[int | str]()
    for k in range(0, count, _BLOCK):  # in blocks: a list of all the floats would be as large as that of texts
        items += map(numbers.__getitem__, map(repr, flat[k : k + _BLOCK].tolist()))
    return Data(shape, items)


def _npy_header(file: IO[bytes], path: str) -> tuple[Shape, bool, Any]:
    """The shape, whether columns come first, and the dtype; no data are read."""
    import warnings

    from numpy.lib import format as npy

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers written by Python 2
            version = npy.read_magic(file)
            # version 3 is version 2 with other letters in the names of records, which are refused
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, fortran, dtype = read(file)
    except OSError:
        raise
    except Exception:  # noqa: BLE001  # foreign bytes go through Python's own parser, which raises many things
        raise UsageError("bad-npy", f"{path} is not a file that numpy.save has written") from None
    if len(shape) > MAX_AXES or any(n < 0 for n in shape):
        raise UsageError("bad-npy", f"{path} has a shape that no array can have")
    return tuple(map(int, shape)), fortran, dtype


_READERS: dict[str, Callable[[IO[bytes], str, str], Data]] = {
    ".csv": lambda file, path, option: _read_table(file, path),
    ".tsv": lambda file, path, option: _read_table(file, path, "\t"),
    ".txt": lambda file, path, option: _read_table(file, path),
    ".json": _read_json,
    ".npy": _read_npy,
}
