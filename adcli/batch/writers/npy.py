"""NumPy's own format: a matrix of doubles, a row for each row of results; NaN for what is absent.

It has no names: the columns are those of results, in their order, and there is no status.
"""

import numpy as np

from ...errors import UsageError
from ..blocks import Rows
from .writer import Writer

_LENGTH = 128  # of the header; the count of rows in it is filled in at the end
_MAGIC = b"\x93NUMPY\x01\x00"


class NpyWriter(Writer):
    """Rows as a matrix."""

    format = "npy"
    is_binary = True

    def begin(self) -> None:
        """Write the header, whose count of rows is not yet known."""
        if self.kept:
            text = f"--keep {','.join(self.kept)}: .npy holds numbers alone, and no columns of other things"
            raise UsageError("not-with-npy", text, None, "write .parquet, .csv or .ndjson")
        self._count = 0
        self.out.file.write(self._header())

    def take(self, rows: Rows) -> None:
        """Write some rows."""
        matrix = np.array(rows.numbers.T, "<f8", order="C")
        blank = rows.blank()
        if blank is not None:
            matrix[blank] = np.nan
        self._count += rows.count
        self.out.file.write(matrix.data.cast("B") if matrix.size else b"")

    def finish(self) -> None:
        """Write the header again, with the count of rows."""
        self.out.file.seek(0)
        self.out.file.write(self._header())

    def _header(self) -> bytes:
        """Version 1.0 of the format: magic, length, and a dict padded with blanks."""
        described = {"descr": "<f8", "fortran_order": False, "shape": (self._count, len(self.columns))}
        room = _LENGTH - len(_MAGIC) - 2
        return _MAGIC + room.to_bytes(2, "little") + repr(described).encode().ljust(room - 1) + b"\n"
