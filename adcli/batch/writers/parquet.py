"""Parquet: columns of doubles, null where a number is absent, and the status as a dictionary of words.

Blocks of rows are gathered to row groups, which later readers like large, within bounds of memory.
"""

from typing import Any

import numpy as np

from ...errors import UsageError
from ..blocks import STATUSES, Rows
from ..extras import need_arrow
from .texts import as_texts
from .writer import STATUS, Writer

_MOST_ROWS = 2**18  # of a row group
_MOST_BYTES = 16 * 1024 * 1024  # of the numbers of one, and of what it carries along


class ParquetWriter(Writer):
    """Rows as row groups."""

    format = "parquet"
    is_binary = True

    def begin(self) -> None:
        """Make room for a row group."""
        self._arrow = need_arrow("parquet", "compute")
        self._room = max(min(_MOST_ROWS, _MOST_BYTES // (8 * max(len(self.columns), 1))), 1)
        self._numbers = np.empty((len(self.columns), self._room))
        self._codes = np.zeros(self._room, np.uint8)
        self._blank = np.zeros(self._room, np.bool_)
        self._carried: dict[str, list[Any]] = {name: [] for name in self.kept}
        self._count = self._bytes = 0
        self._types: dict[str, Any] = {}
        self._writer: Any = None

    def take(self, rows: Rows) -> None:
        """Remember some rows, and write each row group that is full."""
        blank = rows.blank()
        start = 0
        while start < rows.count:
            count = min(rows.count - start, self._room - self._count)
            here, there = slice(start, start + count), slice(self._count, self._count + count)
            self._numbers[:, there] = rows.numbers[:, here]
            self._codes[there] = 0 if rows.status is None else rows.status[here]
            self._blank[there] = False if blank is None else blank[here]
            for name in self.kept:
                column = self._column(rows.carried[name][here], name)
                self._carried[name].append(column)
                self._bytes += column.nbytes
            self._count += count
            start += count
            if self._count == self._room or self._bytes > _MOST_BYTES:
                self._flush()

    def finish(self) -> None:
        """Write the last row group and the footer."""
        if self._count or self._writer is None:
            self._flush()
        self._writer.close()

    def discard(self) -> None:
        """Close what is begun."""
        if self._writer is not None:
            self._writer.close()

    def _flush(self) -> None:
        """Write a row group of what is remembered."""
        pa, count = self._arrow, self._count
        mask = self._blank[:count] if self._blank[:count].any() else None
        columns = [self._gathered(name) for name in self.kept]
        columns += [pa.array(xs[:count], mask=mask) for xs in self._numbers]
        if self.status:
            codes = pa.array(self._codes[:count].view(np.int8))
            columns.append(pa.DictionaryArray.from_arrays(codes, pa.array(STATUSES, pa.string())))
        table = pa.table(columns, names=self.names)
        if self._writer is None:
            words = [*self.kept, *([STATUS] if self.status else [])]
            self._writer = pa.parquet.ParquetWriter(
                self.out.file, table.schema, use_dictionary=words or False, compression="snappy"
            )
        self._writer.write_table(table, row_group_size=max(count, 1))
        self._carried = {name: [] for name in self.kept}
        self._count = self._bytes = 0

    def _gathered(self, name: str) -> Any:
        """All that is remembered of a column that was carried along."""
        pa = self._arrow
        kind = self._types.setdefault(name, pa.string())
        chunks = [pa.nulls(len(x), kind) if pa.types.is_null(x.type) else x for x in self._carried[name]]
        return pa.chunked_array(chunks, kind)

    def _column(self, values: Any, name: str) -> Any:
        """A column that was carried along, of the type that its first values have."""
        pa = self._arrow
        kind = self._types.get(name)
        if isinstance(values, list) and values.count(None) == len(values):
            return pa.nulls(len(values))
        try:
            if not isinstance(values, list):
                column = values if kind in {None, values.type} else values.cast(kind)
            elif all(value is None or isinstance(value, str) for value in values):
                column = self._texts(values)
                column = column if kind in {None, column.type} else column.cast(kind)
            else:
                column = pa.array(values, kind)
        except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
            text = f"column '{name}' cannot be kept in Parquet, whose columns have one type: {error}"
            raise UsageError("not-in-format", text.splitlines()[0], None, "write .ndjson") from None
        self._types.setdefault(name, column.type)
        return column

    def _texts(self, values: list[str | None]) -> Any:
        """Texts, some of which may be absent."""
        pa = self._arrow
        texts = as_texts([value or "" for value in values], pa)
        absent = np.array([value is None for value in values], np.bool_)
        return pa.compute.if_else(pa.array(absent), None, texts) if absent.any() else texts
