"""Reading the replies of programs: lenient in how numbers are written and nested, strict in how many there are.

Every list is read in row-major order, so what has to be decided is only whether its shape is one
that a person would give these numbers. A transposed Jacobian is not, unless it is square.
"""

import json
import re
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from ..errors import printable
from ..results.base import counted
from ..shapes import Ragged, Shape, flatten

_SHOWN = 60  # characters of an answer in a message
_NOT_FINITE = re.compile(r"[-+]?(?:nan|inf(?:inity)?)", re.IGNORECASE)
# what printf and others write for numbers that JSON has no word for, such as -nan, nan(0x1) and Inf
_PRINTED = re.compile(r"(?<=[\[:,\s])([-+]?)(?:(nan)(?:\(\w*\))?|inf(?:inity)?)(?=[\],}\s])", re.IGNORECASE)


class Reply(NamedTuple):
    """What a program answered, as floats; None for what it did not give."""

    value: list[float] | None
    jacobian: list[list[float]] | None
    """A row for each output, a column for each entry of the point."""
    jvp: list[float] | None
    vjp: list[float] | None


class Unfit(Exception):  # noqa: N818  # a finding: the caller says whose
    """An answer that cannot be used: a code, and in words what the program did."""

    def __init__(self, code: str, what: str, hint: str = "") -> None:
        super().__init__(code, what, hint)
        self.code = code
        self.what = what
        self.hint = hint


def parsed(line: bytes) -> dict[str, Any]:
    """The object that a line is, with all its numbers floats."""
    text = line.decode(errors="replace").lstrip("\ufeff")
    try:
        try:
            found = json.loads(text, parse_int=float)
        except ValueError:
            found = json.loads(_PRINTED.sub(_as_json, text), parse_int=float)
    except (ValueError, RecursionError):
        raise _garbage("what is not JSON", text) from None
    if not isinstance(found, dict):
        raise _garbage("JSON that is no object", text)
    return found


def _as_json(match: re.Match[str]) -> str:
    return "NaN" if match[2] else f"{match[1].strip('+')}Infinity"


def _garbage(what: str, line: str) -> Unfit:
    return Unfit(
        "program-garbage",
        f"answered {what}: {quoted(line)}",
        "stdout is for replies alone, one JSON object a line: print everything else to stderr",
    )


def quoted(line: str, most: int = _SHOWN) -> str:
    """The beginning of a text, in quotes and fit for a terminal."""
    line = line.strip()
    return f"'{printable(line[:most])}{'…' if len(line) > most else ''}'"


def read_reply(
    found: Mapping[str, Any], want: Sequence[str], columns: Mapping[str, Shape], outputs: Shape | None
) -> tuple[Reply, Shape | None]:
    """What was wanted of a reply, at a point of these shapes; and the shape of the outputs.

    `outputs` is that shape as far as it is known already. Keys that were not wanted are ignored.
    """
    given = {key: found.get(key) for key in want}
    if "jacobian" in given and given["jacobian"] is None:
        given["jacobian"] = found.get("gradient")
    value, jacobian, jvp, vjp = (given.get(key) for key in Reply._fields)
    flat = None
    if value is not None:
        shape, flat = _numbers(value, "value")
        if outputs is not None and len(flat) != prod(outputs):
            raise _misshapen("value", f"{counted(len(flat), 'output')}, after {prod(outputs)} before")
        outputs = shape
    rows = None if jacobian is None else _rows(jacobian, "jacobian", outputs, columns)
    if rows is not None and outputs is None:
        outputs = (len(rows),)
    moved = None if jvp is None else _block(jvp, "jvp", outputs, (1,))
    pulled = None if vjp is None else _rows(vjp, "vjp", (1,), columns)
    return Reply(flat, rows, None if moved is None else [x for (x,) in moved], pulled[0] if pulled else None), outputs


def _rows(given: Any, what: str, outputs: Shape | None, columns: Mapping[str, Shape]) -> list[list[float]]:
    """Rows over all columns, from lists or from an object by the names of the variables."""
    alone = outputs is not None and prod(outputs) == 1
    if isinstance(given, list) and alone and 1 < len(columns) == len(given):
        given = dict(zip(columns, given, strict=True))  # one gradient for each variable
    if not isinstance(given, dict):
        shape = next(iter(columns.values())) if len(columns) == 1 else (sum(map(prod, columns.values())),)
        return _block(given, what, outputs, shape)
    blocks = []
    for name, shape in columns.items():
        if given.get(name) is None:
            raise _misshapen(what, f"nothing for {quoted(name)}")
        blocks.append(_block(given[name], f"{what} by {printable(name)}", outputs, shape))
        outputs = outputs or (len(blocks[0]),)
    return [[x for part in parts for x in part] for parts in zip(*blocks, strict=True)]


def _block(given: Any, what: str, outputs: Shape | None, columns: Shape) -> list[list[float]]:
    """Rows over an array of columns: flat, as rows, or with the axes of the outputs and of the array.

    >>> _block([[1.0, 2.0], [3.0, 4.0]], "jacobian", (1,), (2, 2))
    [[1.0, 2.0, 3.0, 4.0]]
    """
    shape, items = _numbers(given, what)
    n = prod(columns)
    m = prod(outputs) if outputs is not None else len(items) // max(n, 1)
    heads = {(m,), outputs or (m,)} | ({()} if m == 1 else set())
    tails = {(n,), columns} | ({()} if n == 1 else set())
    if shape != (m * n,) and shape not in {head + tail for head in heads for tail in tails}:
        found = f"numbers of shape {shape}" if shape else "one number"
        expected = f"{counted(m, 'row')} of {counted(n, 'column')}" if outputs is not None else f"rows of {n}"
        hint = "a row belongs to an output, a column to a variable" if shape == (n, m) else ""
        raise _misshapen(what, f"{found} instead of {expected}", hint)
    return [items[k : k + n] for k in range(0, m * n, n)]


def _numbers(given: Any, what: str) -> tuple[Shape, list[float]]:
    """The shape and the numbers of nested lists."""
    try:
        shape, items = flatten(given)
    except Ragged:
        raise _misshapen(what, "lists of different lengths") from None
    if not items:
        raise _misshapen(what, "an empty list")
    return shape, [x if type(x) is float else _number(x, what) for x in items]


def _number(x: Any, what: str) -> float:
    if x is None:
        return float("nan")  # JSON.stringify writes NaN and Infinity so
    if isinstance(x, str) and _NOT_FINITE.fullmatch(x):
        return float(x)
    raise _misshapen(what, f"{quoted(json.dumps(x))}, which is no number")


def _misshapen(what: str, has: str, hint: str = "") -> Unfit:
    return Unfit("program-shape", f"answered a {what} that does not fit: {has}", hint)
