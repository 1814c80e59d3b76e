"""Files that hold numbers: opened, or refused with a reason, and never read beyond the limits.

Where the size is known it is judged before anything is read; a pipe is judged as it comes.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from ..errors import LimitError, UsageError

MAX_BYTES = 256 * 1024 * 1024
MAX_ENTRIES = 20_000_000


@contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """A file that is not known to be too large, or an error that names it."""
    try:
        file = open(path, "rb")  # noqa: PTH123, SIM115  # the name is the user's; pathlib is slow to import
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    with file:
        try:
            status = os.fstat(file.fileno())
            if stat.S_ISREG(status.st_mode):
                check_size(status.st_size, path)
            yield file
        except OSError as error:
            raise _unreadable(path, error) from None


def _unreadable(path: str, error: Exception) -> UsageError:
    reason = getattr(error, "strerror", None) or str(error)
    return UsageError("unreadable-file", f"cannot read {path}: {reason}")


def check_size(size: int, path: str) -> None:
    """Refuse a file of so many bytes, if that is too many."""
    if size > MAX_BYTES:
        raise LimitError("file-too-large", f"{path} has {size:,} bytes, and adcli reads at most {MAX_BYTES:,}")


def check_stream(size: int, path: str) -> None:
    """Refuse what has given so many bytes already, if that is too many."""
    if size > MAX_BYTES:
        raise LimitError("file-too-large", f"{path} has more than {MAX_BYTES:,} bytes, the most that adcli reads")


def check_count(count: int, path: str) -> None:
    """Refuse so many numbers, if they are too many."""
    if count > MAX_ENTRIES:
        raise LimitError("too-many-numbers", f"{path} has more than {MAX_ENTRIES:,} numbers, the most that adcli reads")


def not_utf8(path: str, place: int) -> UsageError:
    """The error for a byte that is no text."""
    return UsageError("not-utf8", f"{path} is not UTF-8 text: byte {place} cannot be read")


def empty(path: str) -> UsageError:
    """The error for a file without numbers."""
    return UsageError("no-numbers", f"{path} holds no numbers")
