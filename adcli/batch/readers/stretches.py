"""Parquet cut into stretches that can be computed anywhere, in any order: the same ones, whoever computes them."""

from collections.abc import Iterator, Sequence

from ...errors import UsageError
from .parquet import ParquetReader, Stretch
from .reader import short

BLOCKS = 4  # of a stretch, at least, if the file has them: at most a million rows, and seldom more than a second


def stretches(
    path: str, needed: Sequence[str], keep: Sequence[str] = (), *, rows: int, blocks: int | None = None
) -> list[Stretch]:
    """The stretches of a file, or of all files in a folder, whose readers have blocks of `rows` rows.

    Each begins where a block of the whole file does, and so that hardly any row group is read twice.
    They cover all rows; if there are none at all, there is an empty one.

    Raises `UsageError` for a file that is no Parquet, or lacks a column, and for a column to keep that is
    not of one type: each part of the results would have another.
    """
    kinds: dict[str, tuple[str, object]] = {}
    found: list[Stretch] = []
    before = 0
    with ParquetReader(path, needed, keep, keep_going=False, rows=rows, columns=True) as reader:
        for name, file in reader.files():
            for column in keep:
                kind = file.schema_arrow.field(column).type
                first, known = kinds.setdefault(column, (name, kind))
                if kind != known:
                    text = f"--keep {short(column)}: the column is {known} in {first}, and {kind} in {name}"
                    raise UsageError("mixed-types", text, None, "on a cluster, a column to keep has one type")
            sizes = [file.metadata.row_group(k).num_rows for k in range(file.metadata.num_row_groups)]
            found += [Stretch(name, before, a, b - a) for a, b in _cuts(sizes, rows, rows * (blocks or BLOCKS))]
            before += sum(sizes)
            first_file = found[0].path if found else name
    return found or [Stretch(first_file, 0, 0, 0)]


def _cuts(sizes: Sequence[int], rows: int, least: int) -> Iterator[tuple[int, int]]:
    """The rows of a file by stretches: from the first block that begins in a row group to the last of some such group.

    >>> list(_cuts([100, 250, 30, 400], 100, 200))
    [(0, 400), (400, 780)]
    """
    total, begin, row = sum(sizes), 0, 0
    for size in sizes:
        row += size
        end = min(-(-row // rows) * rows, total)
        if end > begin and (end - begin >= least or row == total):
            yield begin, end
            begin = end
