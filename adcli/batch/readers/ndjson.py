"""NDJSON: an object a line, whose names are the columns.

Arrow reads a piece in one go, where every line is plainly one object and what is carried along are
texts, whole numbers or booleans. Anything else is read line by line by Python, which finds what is
wrong and where. What Arrow accepts, Python accepts with the same result: that is tested.

A name that an object does not have is a missing number, like null. NaN and the infinities may be
bare, as Python writes them, or the strings that adcli writes.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from typing import Any

import numpy as np

from ..extras import arrow
from .pieces import Piece, Pieces
from .reader import Malformed, Part, Reader, short
from .source import Source

_LOOKED_AT = 1000  # lines from which the names and the kinds of the columns are known
_THREADS = 512 * 1024  # bytes of a piece that are worth a second thread
_TRIES = 4  # pieces in a row that Arrow could not read, after which it is not asked again
_LENIENT = re.compile(rb"Inf(?!inity)|-NaN")
_BLANKS = " \t\r"
_LINE_END, _RETURN, _OPENING, _CLOSING = b"\n\r{}"
_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_PLAIN = frozenset((float, int, type(None)))


class NdjsonReader(Reader):
    """The objects of a text."""

    def __init__(self, source: Source, *args: Any, **named: Any) -> None:
        super().__init__(source, *args, **named)
        self._pieces = iter(pieces := Pieces(source))
        self._aim = pieces.aim
        self._first = next(self._pieces, None)
        self._kinds: dict[str, Any] = {}
        self._arrow = arrow("json")
        self._tries = _TRIES
        self._names = frozenset([*self.needed, *self.keep])
        if self._first is not None:
            self._look(self._first)

    def _look(self, piece: Piece) -> None:
        """Know the columns by the first lines; a column that is asked for may also stand further down in the piece."""
        lines = piece.text.split(b"\n", _LOOKED_AT)
        found: dict[str, Any] = {}
        for line in lines[:_LOOKED_AT]:
            _notice(line, found)
        self.names = list(found)
        if not self._names <= found.keys() and len(lines) > _LOOKED_AT:
            for line in lines[_LOOKED_AT].split(b"\n"):
                _notice(line, found)
            self.names = list(found)
        if found:
            self.require()
            self._names = frozenset([*self.needed, *self.keep])
        if self._arrow:
            self._kinds = self._schema(found)

    def _schema(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """Arrow's types of the columns; none of them if it cannot carry one along unchanged."""
        pa = self._arrow
        types = {str: pa.string(), int: pa.int64(), bool: pa.bool_()}
        kinds = {name: types.get(type(found.get(name))) for name in self.keep}
        if None in kinds.values() or not kinds.keys().isdisjoint(self.needed):
            return {}
        return kinds | dict.fromkeys(self.needed, pa.float64())

    def parts(self) -> Iterator[Part]:
        """The rows of one piece after another."""
        piece, self._first = self._first, None
        while piece is not None:
            part = self._at_once(piece) if self._kinds and self._tries else None
            if part is None:
                self._tries -= self._tries > 0
                part = self._one_by_one(piece)
            else:
                self._tries = _TRIES
            self._aim(part.count, piece, self.rows)
            if part.count:
                yield part
            del part
            piece = next(self._pieces, None)

    # -- by Arrow

    def _at_once(self, piece: Piece) -> Part | None:
        """The rows of a piece, or None if it has any that Arrow does not understand as Python does."""
        pa, text, size = self._arrow, piece.text, len(piece.text)
        lines = _plain_lines(text)
        if not lines or not _is_utf8(text) or _is_lenient(text):
            return None
        threads = size >= _THREADS
        try:
            table = pa.json.read_json(
                pa.BufferReader(text),
                pa.json.ReadOptions(use_threads=threads, block_size=size // 2 + 1 if threads else size + 1),
                pa.json.ParseOptions(
                    explicit_schema=pa.schema(list(self._kinds.items())),
                    newlines_in_values=False,
                    unexpected_field_behavior="ignore",
                ),
            )
        except pa.ArrowException:
            return None
        if table.num_rows != lines:
            return None
        numbers = {name: table.column(name).to_numpy() for name in self.needed}
        return Part(lines, numbers, {name: _joined(pa, table.column(name)) for name in self.keep})

    # -- by Python

    def _one_by_one(self, piece: Piece) -> Part:
        wrong = dict[int, Malformed]()
        lines, objects = [], []
        for line, value in self._values(piece):
            if isinstance(value, Malformed):
                wrong[line] = value
            else:
                lines.append(line)
                objects.append(value)
        numbers = {}
        for name in self.needed:
            values = [found.get(name) for found in objects]
            if _PLAIN.issuperset(map(type, values)):
                numbers[name] = np.array([np.nan if x is None else _double(x) for x in values], np.float64)
                continue
            numbers[name], bad = _each_double(values)
            for k, what in bad:
                wrong.setdefault(lines[k], Malformed(lines[k], "not-a-number", what, name))
        self.reject([wrong[line] for line in sorted(wrong)])
        carried = {name: [found.get(name) for found in objects] for name in self.keep}
        if not wrong:
            return Part(len(objects), numbers, carried)
        good = [line not in wrong for line in lines]
        return Part(
            sum(good),
            {name: x[np.array(good, np.bool_)] for name, x in numbers.items()},
            {name: list(compress(x, good)) for name, x in carried.items()},
        )

    def _values(self, piece: Piece) -> Iterator[tuple[int, Any]]:
        """The objects of the lines that hold anything, or what is wrong with them, each with its line."""
        whole = _whole if b"-0" in piece.text else None
        decode = json.JSONDecoder(parse_int=whole, object_pairs_hook=_unique).raw_decode
        for number, raw in enumerate(piece.text.split(b"\n"), piece.line):
            try:
                line = raw.decode().strip(_BLANKS)
            except UnicodeDecodeError:
                yield number, Malformed(number, "not-utf8", "not UTF-8 text")
                continue
            if line:
                value, problem = _read(decode, line)
                if not problem and type(value) is _Twice and not value.twice.isdisjoint(self._names):
                    name = min(value.twice & self._names)
                    problem = f"'{short(name)}' is given twice"
                yield number, Malformed(number, "bad-json", problem) if problem else value


class _Twice(dict[str, Any]):
    """An object in which names are given more than once; the last of each counts."""

    twice: set[str]


class _MinusZero(int):
    """The whole number -0, which as a double is not 0."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    twice = _Twice(found)
    seen = set[str]()
    twice.twice = {name for name, _ in pairs if name in seen or seen.add(name)}  # type: ignore[func-returns-value]
    return twice


def _whole(text: str) -> int | float:
    """A whole number, exactly, unless it has more digits than Python reads."""
    try:
        return _MinusZero() if text == "-0" else int(text)
    except ValueError:
        return float(text)


def _read(decode: Any, line: str) -> tuple[Any, str]:
    """An object, or what is wrong with the line."""
    try:
        value, end = decode(line)
    except RecursionError:
        return None, "nested too deeply"
    except json.JSONDecodeError as error:
        return None, f"not JSON: {error.msg}, at column {error.colno}"
    except ValueError:  # a whole number of thousands of digits
        return _read(json.JSONDecoder(parse_int=_whole, object_pairs_hook=_unique).raw_decode, line)
    if end != len(line):
        return None, f"not JSON: there is more behind the value, at column {end + 1}"
    if not isinstance(value, dict):
        return None, f"{_described(value)} stands here, and an object is expected"
    return value, ""


def _double(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _each_double(values: Sequence[Any]) -> tuple[Any, list[tuple[int, str]]]:
    """Values as doubles, NaN for what is missing; and which are neither, each with what is wrong."""
    numbers, bad = np.full(len(values), np.nan), []
    for k, value in enumerate(values):
        if isinstance(value, str) and value in _WORDS:
            numbers[k] = _WORDS[value]
        elif isinstance(value, _MinusZero):
            numbers[k] = -0.0
        elif type(value) in {int, float}:
            numbers[k] = _double(value)
        elif value is not None:
            bad.append((k, f"{_described(value)} is not a number"))
    return numbers, bad


def _described(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, str):
        return f'"{short(value)}"'
    return "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else "a number"


def _notice(line: bytes, found: dict[str, Any]) -> None:
    """Add the names of a line, each with the first value that is not null; what is wrong is said later."""
    try:
        value = json.loads(line.decode().strip(_BLANKS))
    except (ValueError, RecursionError):
        return
    if isinstance(value, dict):
        for name, x in value.items():
            if found.get(name) is None:
                found[name] = x


def _plain_lines(text: bytes) -> int:
    r"""How many lines a text has, if each begins and ends as an object does; else 0.

    A line end between } and { is between two objects of the text: within one, a comma would be there too.

    >>> _plain_lines(b'{"x":1}\r\n{"x":2}'), _plain_lines(b'{"x":\n1}\n{"x":2}\n')
    (2, 0)
    """
    if not text.startswith(b"{"):
        return 0
    letters = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(letters == _LINE_END)
    if not text.endswith(b"\n"):
        ends = np.append(ends, len(text))
    last = letters[ends - 1]
    last = np.where(last == _RETURN, letters[ends - 2], last)
    plain = (last == _CLOSING).all() and (letters[ends[:-1] + 1] == _OPENING).all()
    return len(ends) if plain else 0


def _is_lenient(text: bytes) -> bool:
    """Whether there may be numbers in it that Arrow reads, and nobody writes."""
    return (b"I" in text or b"N" in text) and _LENIENT.search(text) is not None  # one letter is found much faster


def _is_utf8(text: bytes) -> bool:
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _joined(pa: Any, column: Any) -> Any:
    """A column as one array."""
    joined = column.combine_chunks()
    return pa.concat_arrays(joined.chunks) if isinstance(joined, pa.ChunkedArray) else joined
