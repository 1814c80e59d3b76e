"""A folder of part files that appears whole or not at all.

Until then the parts are in a hidden folder beside it, and each of them is written whole, too
(`whole`): whoever writes one may be ended at any time, and another write it again.
"""

import os
import shutil
from contextlib import suppress
from typing import Self

from ..errors import UsageError

_TRIES = 5  # to remove a folder in which somebody may still be writing


def part_name(number: int) -> str:
    """The name of a part.

    >>> part_name(7)
    'part-00007.parquet'
    """
    return f"part-{number:05}.parquet"


class Parts:
    """A folder that is new: a context; `name` is where its parts are written, and `keep` puts it in place.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with Parts(f"{folder}/results") as parts:
    ...         for name in (part_name(0), ".adcli-left-behind"):
    ...             open(os.path.join(parts.name, name), "w").close()
    ...         before = os.path.exists(f"{folder}/results")
    ...         parts.keep(1)
    ...     before, os.listdir(folder), os.listdir(f"{folder}/results")
    (False, ['results'], ['part-00000.parquet'])
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.place = os.path.realpath(path.rstrip("/") or path)
        self.name = os.path.join(os.path.dirname(self.place), f".adcli-{os.urandom(8).hex()}")  # noqa: PTH118, PTH120
        self._check()

    def _check(self) -> None:
        """Refuse a place where something is."""
        if os.path.isdir(self.place):  # noqa: PTH112
            if os.listdir(self.place):  # noqa: PTH208
                text = f"--output {self.path}: there is a folder of this name, and it is not empty"
                raise UsageError("folder-exists", text, None, "name a new folder, or remove that one")
        elif os.path.exists(self.place):  # noqa: PTH110
            text = f"--output {self.path} is a file, and a cluster writes a folder of part files"
            raise UsageError("not-a-folder", text, None, "name a new folder")

    def __enter__(self) -> Self:
        try:
            os.mkdir(self.name)  # noqa: PTH102
        except (OSError, ValueError) as error:
            raise self._refused(error) from None
        return self

    def keep(self, count: int) -> None:
        """Put the folder in place with so many parts, and without what was begun and never finished."""
        wanted = set(map(part_name, range(count)))
        try:
            for name in set(os.listdir(self.name)) - wanted:  # noqa: PTH208
                os.unlink(os.path.join(self.name, name))  # noqa: PTH108, PTH118
            self._check()
            with suppress(FileNotFoundError):
                os.rmdir(self.place)  # noqa: PTH106  # it is empty
            os.rename(self.name, self.place)  # noqa: PTH104
        except OSError as error:
            raise self._refused(error) from None

    def __exit__(self, *_error: object) -> None:
        for _ in range(_TRIES):
            if not os.path.exists(self.name):  # noqa: PTH110
                return
            shutil.rmtree(self.name, ignore_errors=True)

    def _refused(self, error: Exception) -> UsageError:
        reason = getattr(error, "strerror", None) or str(error)
        return UsageError("unwritable-file", f"cannot write {self.path}: {reason}")
