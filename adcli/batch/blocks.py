"""What flows through a batch: blocks of points, and the rows of results that come of them.

Both are columns. `numbers` are doubles; what else a row carries along is never looked at.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STATUSES = ("ok", "domain", "kink", "overflow", "missing", "wrong", "unsure", "suspect")
"""What there is to say of a row of results, the last three of a check only; codes are places in this list."""

WITHOUT_NUMBERS = frozenset({"domain", "missing"})
"""A row of these has no numbers: null in Parquet and NDJSON, nothing in CSV, NaN in .npy.

Any other row has them all. Where one is not finite, it is the double itself in Parquet and .npy,
`nan`, `inf` or `-inf` in CSV, and the string "NaN", "Infinity" or "-Infinity" in NDJSON.
"""


def as_list(column: Any, name: str) -> list[Any]:
    """A column that is carried along, as a list; instants of nanoseconds, which Python has not, become texts."""
    if isinstance(column, list):
        return column
    try:
        return list(column.to_pylist())
    except ValueError:
        pass
    try:
        return list(column.cast("string").to_pylist())
    except (ValueError, NotImplementedError):
        raise UsageError(
            "not-in-format", f"column '{name}' holds {column.type}, which cannot be kept as text"
        ) from None


class Block(NamedTuple):
    """Some rows of points, in their order: `first` is the number of the first, among all that could be read."""

    first: int
    count: int  # type: ignore[assignment]  # tuples have a method of this name
    numbers: "dict[str, NDArray[np.float64]]"
    """The needed columns; NaN where a number is missing."""
    missing: "NDArray[np.bool_] | None"
    """The rows in which a needed number is missing; None where that is no row."""
    carried: dict[str, Any]
    """The columns to be carried along: arrays of Arrow, or lists of Python's values."""


class Rows(NamedTuple):
    """Some rows of results: `numbers` has a row for each column of results, and `count` columns."""

    count: int  # type: ignore[assignment]  # tuples have a method of this name
    carried: dict[str, Any]
    numbers: "NDArray[np.float64]"
    status: "NDArray[np.uint8] | None"
    """Codes of `STATUSES`; None where all rows are ok."""

    def blank(self) -> "NDArray[np.bool_] | None":
        """The rows without numbers, or None where there are no such rows.

        >>> import numpy as np
        >>> Rows(3, {}, np.zeros((1, 3)), np.array([0, 1, 2], np.uint8)).blank()
        array([False,  True, False])
        """
        if self.status is None or not self.status.any():
            return None
        import numpy as np

        found: NDArray[np.bool_] = np.isin(self.status, [STATUSES.index(name) for name in WITHOUT_NUMBERS])
        return found if found.any() else None
