"""Readers of points, one file each; the name of a file tells which, and for stdin its first byte does."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...errors import UsageError, suggest
from ..extras import need_numpy

if TYPE_CHECKING:
    from .reader import Reader
    from .source import Source

KINDS = {
    ".csv": "csv", ".tsv": "tsv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".parquet": "parquet",
}  # fmt: skip
FORMATS = ("csv", "tsv", "ndjson", "parquet")
_SNIFFED = 64 * 1024  # bytes of stdin
_BOM = b"\xef\xbb\xbf"


def open_points(
    path: str,
    needed: Sequence[str],
    keep: Sequence[str] = (),
    *,
    keep_going: bool = False,
    format: str | None = None,
    rows: int = 65_536,
    columns: bool = True,
    wanted: Sequence[str] = (),
) -> "Reader":
    r"""A reader of the points in a file, or in all Parquet files of a folder; "-" is stdin.

    `needed` are the columns of numbers, with those `wanted` that are there (the reader's own `needed` has
    them then), and `keep` those to carry along; a column may be both. Blocks
    have at most `rows` rows. With `columns` false, what is carried is lists of Python's values; else
    it may be arrays of Arrow. `format` is one of `FORMATS`, if the name of the file does not tell.

    Raises `UsageError` for what cannot be read, now or on the way: without `keep_going`, that
    includes a row that is no row of numbers. A number that is absent is no error, but NaN.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
    ...     _ = file.write("id,x1,x2\n007,1,2.5\n008,3,\n")
    ...     file.flush()
    ...     with open_points(file.name, ["x1", "x2"], ["id"], columns=False) as reader:
    ...         [block] = reader
    >>> block.count, block.numbers["x1"].tolist(), block.missing.tolist(), block.carried
    (2, [1.0, 3.0], [False, True], {'id': ['007', '008']})
    """
    need_numpy()
    from .source import Source

    kind = format or _kind(path)
    if kind is not None and (kind := "ndjson" if kind == "jsonl" else kind) not in FORMATS:
        hint = suggest(kind, FORMATS) or f"there are {', '.join(FORMATS)}"
        raise UsageError("unknown-format", f"--points-format {kind}: no such format", None, hint)
    options: dict[str, Any] = {"keep_going": keep_going, "rows": rows, "columns": columns, "wanted": wanted}
    if kind == "parquet" and path != "-":
        from .parquet import ParquetReader

        return ParquetReader(path, needed, keep, **options)
    source = Source(path)
    try:
        return _text_reader(source, kind, needed, keep, **options)
    except BaseException:
        source.close()
        raise


def _text_reader(
    source: "Source", kind: str | None, needed: Sequence[str], keep: Sequence[str], **options: Any
) -> "Reader":
    kind = kind or _sniff(source.peek(_SNIFFED))
    if kind == "parquet":
        hint = "give the file itself: --points FILE.parquet"
        raise UsageError("parquet-from-stdin", "Parquet is read from its end, which stdin does not let us", None, hint)
    if kind == "ndjson":
        from .ndjson import NdjsonReader

        return NdjsonReader(source, needed, keep, **options)
    from .csv import CsvReader

    separator = "\t" if kind == "tsv" else ","
    return CsvReader(source, separator, needed, keep, **options)


def _kind(path: str) -> str | None:
    """The format that a name tells; None for stdin."""
    import os

    if path == "-":
        return None
    found = next((kind for ending, kind in KINDS.items() if path.lower().endswith(ending)), None)
    if found is None and os.path.isdir(path):  # noqa: PTH112
        found = "parquet"
    if found is None:
        hint = f"the name of the file tells its kind: {', '.join(KINDS)}; or --points-format does"
        raise UsageError("unknown-file-kind", f"--points: {path} is not a kind of file that has points", None, hint)
    return found


def _sniff(start: bytes) -> str:
    """The format that begins so."""
    if start.startswith(b"PAR1"):
        return "parquet"
    return "ndjson" if start.removeprefix(_BOM).lstrip().startswith(b"{") else "csv"
