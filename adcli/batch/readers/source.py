"""The bytes of a file or of stdin, in their order, with how many there are and how many have been taken."""

import os
import stat
import sys
from contextlib import suppress
from typing import IO

from ...errors import UsageError


class Source:
    """An opened file; "-" is stdin. What the machine refuses is a `UsageError` that names it."""

    def __init__(self, path: str) -> None:
        self.name = "stdin" if path == "-" else path
        self.total: int | None = None
        self.done = 0
        self._ahead = b""  # bytes that somebody has had a look at
        try:
            self._file: IO[bytes] = sys.stdin.buffer if path == "-" else open(path, "rb")  # noqa: PTH123, SIM115
            with suppress(OSError, ValueError):  # a stream of another program has no number
                status = os.fstat(self._file.fileno())
                if stat.S_ISREG(status.st_mode):
                    self.total = status.st_size
        except (OSError, ValueError) as error:
            raise unreadable(self.name, error) from None

    def peek(self, size: int) -> bytes:
        """The next bytes, which stay the next ones."""
        self._ahead = self._ahead or self._read(size)
        return self._ahead

    def read(self, size: int) -> bytes:
        """The next bytes; none at the end, and only there."""
        found, self._ahead = self._ahead or self._read(size), b""
        self.done += len(found)
        return found

    def _read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except (OSError, ValueError) as error:
            raise unreadable(self.name, error) from None

    def close(self) -> None:
        """Close the file, if it is not stdin."""
        if self.name != "stdin":
            self._file.close()


def unreadable(name: str, error: Exception) -> UsageError:
    """The error for what the machine does not let us read."""
    reason = getattr(error, "strerror", None) or str(error)
    return UsageError("unreadable-file", f"cannot read {name}: {reason}")
