"""Output that appears whole or not at all: a file takes its place at the end, and stdout is written at the end.

Until then the bytes of a file are in another beside it. Those for stdout, a pipe or a device are in
memory, and in a temporary file where they are many.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from tempfile import SpooledTemporaryFile
from typing import IO

from ..errors import UsageError

_IN_MEMORY = 32 * 1024 * 1024  # bytes
_AT_ONCE = 1024 * 1024


class Whole:
    """Where output goes: `file` takes its bytes, `keep` puts them in place, and `drop` forgets them.

    `path` None is stdout. A link stays one, and an existing file keeps its permissions. What the
    machine refuses is a `UsageError`; a pipe that nobody reads any more is a `BrokenPipeError`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     out = Whole(f"{folder}/numbers.csv")
    ...     _ = out.file.write(b"x1,x2")
    ...     before = os.path.exists(f"{folder}/numbers.csv")
    ...     out.keep()
    ...     before, os.listdir(folder)
    (False, ['numbers.csv'])
    """

    file: IO[bytes]

    def __init__(self, path: str | None) -> None:
        self.path = path
        self.place = ""  # of a file that is to be replaced
        self.name = ""  # of the file beside it
        if path is not None and "\0" in path:
            raise self._refused("embedded null byte")
        with self.refusals():
            if path is not None and not (os.path.exists(path) and not os.path.isfile(path)):  # noqa: PTH110, PTH113
                self.place = os.path.realpath(path)
                folder = os.path.dirname(self.place)  # noqa: PTH120
                self.name = os.path.join(folder, f".adcli-{os.urandom(8).hex()}")  # noqa: PTH118  # known beforehand
                descriptor = os.open(self.name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
                self.file = open(descriptor, "wb", _AT_ONCE)  # noqa: PTH123, SIM115  # keep and drop close it
            elif path is not None and os.path.isdir(path):  # noqa: PTH112
                raise IsADirectoryError(21, "Is a directory")
            else:
                self.file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Errors of the machine, while something is written here, as errors that name the output."""
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            raise self._refused(error.strerror or str(error)) from None

    def _refused(self, reason: str) -> UsageError:
        return UsageError("unwritable-file", f"cannot write {self.path or 'stdout'}: {reason}")

    def keep(self) -> None:
        """Put the output in place."""
        with self.refusals():
            if self.name:
                self.file.flush()
                os.fsync(self.file.fileno())
                self.file.close()
                if os.path.exists(self.place):  # noqa: PTH110
                    os.chmod(self.name, os.stat(self.place).st_mode & 0o777)  # noqa: PTH101, PTH116
                os.replace(self.name, self.place)  # noqa: PTH105
                self.name = ""
                return
            self.file.seek(0)
            if self.path is None:
                sys.stdout.flush()
                shutil.copyfileobj(self.file, sys.stdout.buffer, _AT_ONCE)
                sys.stdout.flush()
            else:
                with open(self.path, "wb") as file:  # noqa: PTH123  # a pipe, /dev/null
                    shutil.copyfileobj(self.file, file, _AT_ONCE)

    def drop(self) -> None:
        """Leave nothing behind of what is not in place."""
        with suppress(OSError):
            self.file.close()
        if self.name:
            with suppress(OSError):
                os.unlink(self.name)  # noqa: PTH108
