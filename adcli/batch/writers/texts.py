"""Columns as texts, many at a time: doubles as Python's repr writes them, which reads back bit for bit.

Arrow writes doubles faster, with the same digits and, for some, in another form: 1 for 1.0, 0.00001
for 1e-05. Those go to Python. So the text does not depend on whether Arrow is there.

A column of texts is an array of Arrow, or a list.
"""

import math
from collections.abc import Iterable, Sequence
from typing import IO, Any, NamedTuple

import numpy as np

from ..blocks import Rows

_LEAST, _MOST = 1e-4, 1e9  # between them, Arrow writes what is no whole number as Python does


class Words(NamedTuple):
    """How a format writes what is no finite number; `absent` is no number at all."""

    nan: str
    inf: str
    minus_inf: str
    absent: str

    def write(self, x: float) -> str:
        """A double.

        >>> Words("nan", "inf", "-inf", "").write(0.1)
        '0.1'
        """
        if math.isfinite(x):
            return repr(x)
        return self.nan if x != x else self.inf if x > 0 else self.minus_inf


def number_texts(xs: Any, absent: Any, words: Words, pa: Any = None) -> Any:
    """Doubles as texts; `absent` (a mask, or None) are none. With `pa`, an array of Arrow.

    >>> number_texts(np.array([0.1, 1e-5, np.inf, 2]), np.array([0, 0, 0, 1], bool), Words("nan", "inf", "-inf", "-"))
    ['0.1', '1e-05', 'inf', '-']
    """
    if pa is None:
        return _slowly(xs, absent, words)
    with np.errstate(invalid="ignore"):
        size = np.abs(xs)
        odd = ~((size >= _LEAST) & (size < _MOST)) | (xs == np.rint(xs))
    if absent is not None:
        odd |= absent
    count = int(np.count_nonzero(odd))
    if 2 * count > len(xs):
        return pa.array(_slowly(xs, absent, words), pa.string())
    texts = pa.compute.cast(pa.array(xs), pa.string())
    if not count:
        return texts
    others = pa.array(_slowly(xs[odd], None if absent is None else absent[odd], words), pa.string())
    return pa.compute.replace_with_mask(texts, pa.array(odd), others)


def _slowly(xs: Any, absent: Any, words: Words) -> list[str]:
    texts = list(map(repr, xs.tolist()))
    for k in np.flatnonzero(~np.isfinite(xs)).tolist():
        texts[k] = words.write(float(xs[k]))
    for k in np.flatnonzero(absent).tolist() if absent is not None else ():
        texts[k] = words.absent
    return texts


def write_lines(file: IO[bytes], around: Sequence[str], columns: Sequence[Any], pa: Any) -> None:
    r"""Write a line for each row: its texts, with `around` before, between and behind them, one more than columns.

    >>> import io
    >>> file = io.BytesIO()
    >>> write_lines(file, ["<", "; ", ">\n"], [["1", "2"], ["x", "y"]], None)
    >>> file.getvalue()
    b'<1; x>\n<2; y>\n'
    """
    if pa is None:
        template = "%s".join(text.replace("%", "%%") for text in around)
        file.write("".join(map(template.__mod__, zip(*columns, strict=True))).encode())
        return
    pieces = [pa.scalar(around[0])]
    for column, text in zip(columns, around[1:], strict=True):
        pieces += [column, pa.scalar(text)]
    lines = pa.compute.binary_join_element_wise(*pieces, "")
    _, offsets, data = lines.buffers()
    ends = np.frombuffer(offsets, np.int32)[[lines.offset, lines.offset + len(lines)]].tolist()
    if ends[1] > ends[0]:
        file.write(memoryview(data)[ends[0] : ends[1]])


def as_texts(texts: Iterable[str], pa: Any) -> Any:
    """Texts as a column, of Arrow where that is there; half a surrogate pair, which no UTF-8 has, becomes U+FFFD."""
    found = [*texts]
    try:
        "".join(found).encode()
    except UnicodeEncodeError:
        found = [text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for text in found]
    return found if pa is None else pa.array(found, pa.string())


def status_texts(rows: Rows, words: Sequence[str], pa: Any) -> Any:
    """The status of each row, in these words."""
    if rows.status is None or not rows.status.any():
        return [words[0]] * rows.count if pa is None else pa.repeat(words[0], rows.count)
    if pa is None:
        return [words[code] for code in rows.status.tolist()]
    return pa.array(words, pa.string()).take(pa.array(rows.status))


def doubles(column: Any) -> tuple[Any, Any]:
    """An array of Arrow as doubles, and which of them are null."""
    absent = column.is_null().to_numpy(zero_copy_only=False) if column.null_count else None
    return column.cast("float64").to_numpy(zero_copy_only=False).astype(np.float64), absent
