"""Parquet: a file, or the files of a folder, read some pages at a time."""

import os
import stat
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...errors import UsageError, suggest
from ..blocks import Block
from ..extras import need_arrow
from .reader import Part, Reader, no_column, short
from .source import unreadable

_AT_ONCE = 64 * 1024  # bytes of a column that are read ahead; without it, all of a row group would be


class Stretch(NamedTuple):
    """Some rows of one file of several: `count` rows, behind `start` others in it and `before` in the files before."""

    path: str
    before: int
    start: int
    count: int  # type: ignore[assignment]  # tuples have a method of this name


class Files:
    """Parquet files, and how many of their bytes have been read, as far as their rows tell."""

    def __init__(self, path: str) -> None:
        self.name = path
        self.paths = _files(path)
        self.sizes = [_size(path) for path in self.paths]
        self.total: int | None = sum(self.sizes)
        self.done = 0
        self.file: Any = None
        """The one that is open, as Arrow has it."""

    def close(self) -> None:
        """Close what is open."""
        if self.file is not None:
            self.file.close()
        self.file = None


class ParquetReader(Reader):
    """The rows of a Parquet file, or those of all files in a folder and the folders in it, in the order of names.

    With a `stretch`, those alone. Blocks begin at multiples of `rows` from the first row of a file, whatever
    its row groups are: a stretch that begins and ends at such a place has the same blocks as the whole.
    """

    def __init__(self, path: str, *args: Any, stretch: Stretch | None = None, **named: Any) -> None:
        self._arrow = need_arrow("parquet", "compute")
        self._stretch = stretch
        self._files = Files(path)
        super().__init__(self._files, *args, **named)
        self._open(self._files.paths[0])
        self.require()
        self._check(path, self._files.file.schema_arrow)

    def __iter__(self) -> Iterator[Block]:
        first = 0 if self._stretch is None else self._stretch.before + self._stretch.start
        for block in super().__iter__():
            yield block._replace(first=first + block.first)

    def parts(self) -> Iterator[Part]:
        """The rows of one file after another."""
        files, before = self._files, 0
        for (path, file), size in zip(self.files(), files.sizes, strict=True):
            rows, count = 0, max(file.metadata.num_rows, 1)
            for part in self._rows(path):
                rows += part.count
                files.done = before + size * rows // count
                yield part
            before = files.done = before + size

    def files(self) -> Iterator[tuple[str, Any]]:
        """One file after another that has the columns: its path, and the file as Arrow has it, until the next one."""
        for path in self._files.paths:
            if self._files.file is None:
                self._open(path)
            yield path, self._files.file
            self._files.close()

    def _rows(self, path: str) -> Iterator[Part]:
        """The wanted rows of the file that is open, in parts of `rows` rows but for the last."""
        metadata = self._files.file.metadata
        start, count = (0, metadata.num_rows) if self._stretch is None else self._stretch[2:]
        used = list(dict.fromkeys([*self.needed, *self.keep]))
        if not used:
            yield from self._counted(count)
            return
        groups, skipped, row = [], 0, 0
        for k in range(metadata.num_row_groups):
            end = row + metadata.row_group(k).num_rows
            if end <= start:
                skipped = end
            elif row < start + count:
                groups.append(k)
            row = end
        batches = self._files.file.iter_batches(self.rows, row_groups=groups, columns=used)
        yield from self._cut(self._read(path, batches), start - skipped, count)

    def _cut(self, parts: Iterator[Part], skipped: int, count: int) -> Iterator[Part]:
        """So many rows behind those that are skipped, in parts of `rows` rows but for the last, however they come."""
        waiting: list[Part] = []
        held = 0
        for part in parts:
            begin = min(skipped, part.count)
            skipped -= begin
            while begin < part.count and count:
                size = min(self.rows - held, part.count - begin, count)
                waiting.append(part if size == part.count else _some(part, slice(begin, begin + size)))
                begin, held, count = begin + size, held + size, count - size
                if held == self.rows or not count:
                    yield self._joined(waiting)
                    waiting, held = [], 0
            if not count:
                return
        if waiting:
            yield self._joined(waiting)

    def _joined(self, parts: list[Part]) -> Part:
        """Parts as one."""
        if len(parts) == 1:
            return parts[0]
        numbers = {name: np.concatenate([part.numbers[name] for part in parts]) for name in self.needed}
        carried = {name: self._arrow.concat_arrays([part.carried[name] for part in parts]) for name in self.keep}
        return Part(sum(part.count for part in parts), numbers, carried)

    def _read(self, path: str, batches: Iterator[Any]) -> Iterator[Part]:
        """What Arrow reads, as it comes."""
        while True:
            try:
                batch = next(batches, None)
                if batch is None:
                    return
                numbers = {name: self._doubles(batch.column(name)) for name in self.needed}
                carried = {name: batch.column(name) for name in self.keep}
                for column in carried.values():
                    column.validate(full=True)  # its texts are UTF-8, for one thing
            except (self._arrow.ArrowException, OSError, ValueError) as error:
                raise _bad(path, error) from None
            if batch.num_rows:
                yield Part(batch.num_rows, numbers, carried)

    def _counted(self, rows: int) -> Iterator[Part]:
        for start in range(0, rows, self.rows):
            yield Part(min(self.rows, rows - start), {}, {})

    def _doubles(self, column: Any) -> Any:
        """A column as doubles, NaN for null; whole numbers and decimals become the nearest double."""
        pa = self._arrow
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if pa.types.is_decimal(column.type):  # by way of text, which is rounded correctly
            column = column.cast(pa.string())
        return np.asarray(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))

    def _open(self, path: str) -> None:
        """Open a file that has the columns."""
        try:
            with open(path, "rb"):  # noqa: PTH123  # for the machine's own words, if it cannot be opened
                pass
        except (OSError, ValueError) as error:
            raise unreadable(path, error) from None
        try:
            file = self._arrow.parquet.ParquetFile(path, buffer_size=_AT_ONCE, pre_buffer=False)
            names = list(file.schema_arrow.names)
        except (self._arrow.ArrowException, OSError, ValueError) as error:
            raise _bad(path, error) from None
        self._files.file = file
        self.names = self.names or names
        try:
            self._check(path, file.schema_arrow)
        except UsageError:
            self._files.close()
            raise

    def _check(self, path: str, schema: Any) -> None:
        """Refuse a file without the columns, or with columns of another kind than numbers."""
        types = self._arrow.types
        for name in [*self.needed, *self.keep]:
            places = schema.get_all_field_indices(name)
            if not places:
                raise no_column(path, name, list(schema.names))
            if len(places) > 1:
                raise UsageError("duplicate-column", f"{path} has two columns named '{short(name)}'")
        for name in self.needed:
            kind = held = schema.field(name).type
            if types.is_dictionary(kind):
                held = kind.value_type
            if not (types.is_integer(held) or types.is_floating(held) or types.is_decimal(held) or types.is_null(held)):
                text = f"{path}: column '{short(name)}' holds {kind}, and numbers are needed"
                raise UsageError("not-numbers", text, None, _numeric(types, schema, name))


def _some(part: Part, here: slice) -> Part:
    """Some rows of a part."""
    numbers = {name: x[here] for name, x in part.numbers.items()}
    return Part(here.stop - here.start, numbers, {name: x[here] for name, x in part.carried.items()})


def _numeric(types: Any, schema: Any, name: str) -> str:
    """A column of numbers with a similar name, if there is one."""
    return suggest(name, [f.name for f in schema if types.is_floating(f.type) or types.is_integer(f.type)])


def _files(path: str) -> list[str]:
    """The file itself, or the Parquet files in a folder, without hidden ones."""
    if not os.path.isdir(path):  # noqa: PTH112
        return [path]
    found = []
    for folder, inner, files in os.walk(path):
        inner[:] = _visible(inner)
        names = [name for name in _visible(files) if name.lower().endswith(".parquet")]
        found += [os.path.join(folder, name) for name in names]  # noqa: PTH118
    if not found:
        raise UsageError("no-parquet", f"{path} is a folder without Parquet files", None, "they end in .parquet")
    return sorted(found)


def _visible(names: Sequence[str]) -> list[str]:
    return [name for name in names if not name.startswith((".", "_"))]


def _size(path: str) -> int:
    """The bytes of a file, which must be one that can be read from its end."""
    try:
        status = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    if not stat.S_ISREG(status.st_mode):
        raise UsageError("unreadable-file", f"{path} is no ordinary file, and Parquet is read from its end")
    return status.st_size


def _bad(path: str, error: Exception) -> UsageError:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    return UsageError("bad-parquet", f"{path} cannot be read as Parquet: {reason}")
