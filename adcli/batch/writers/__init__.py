"""Writers of results, one file each; the name of a file tells which, and for stdout the format does."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...errors import UsageError, suggest
from ..extras import need_arrow, need_numpy

if TYPE_CHECKING:
    from .writer import Writer

KINDS = {
    ".ndjson": "ndjson", ".jsonl": "ndjson", ".csv": "csv", ".tsv": "tsv", ".parquet": "parquet", ".npy": "npy",
}  # fmt: skip
FORMATS = ("ndjson", "csv", "tsv", "parquet", "npy")


def open_output(
    path: str | None,
    format: str | None = None,
    kept: Sequence[str] = (),
    columns: Sequence[str] = (),
    *,
    status: bool = True,
) -> "Writer":
    r"""A writer of rows to a file; None is stdout, where `format` tells the kind, NDJSON unless told.

    The columns are `kept`, then `columns`, then "status" if it is wanted; .npy has `columns` alone.
    Nothing is written before the end of the context, and nothing at all if it ends with an error.
    Raises `UsageError` for columns of the same name, and for what the format or the machine refuses.

    >>> import tempfile, os
    >>> import numpy as np
    >>> from adcli.batch.blocks import Rows
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "out.csv")
    ...     with open_output(path, columns=["y1", "dy1/dx"]) as writer:
    ...         writer.write(Rows(2, {}, np.array([[0.1, 2], [1, np.inf]]), np.array([0, 3], np.uint8)))
    ...     with open(path) as file:
    ...         file.read()
    'y1,dy1/dx,status\n0.1,1.0,ok\n2.0,inf,overflow\n'
    """
    need_numpy()
    from ..whole import Whole
    from .writer import check_names

    kind = _format(path, format)
    check_names(kept, columns, status=status and kind != "npy")
    make = _writer(kind)
    if kind == "npy" and kept:
        text = f"--keep {','.join(kept)}: .npy holds numbers alone, and no columns of other things"
        raise UsageError("not-with-npy", text, None, "write .parquet, .csv or .ndjson")
    if make.is_binary and path is None and sys.stdout.isatty():
        text = f"{kind} is not for a terminal"
        raise UsageError("binary-to-terminal", text, None, f"name a file: --output FILE.{kind}")
    return make(Whole(path), kept, columns, status=status and kind != "npy")


def _format(path: str | None, format: str | None) -> str:
    """The format that is asked for, or that the name of the file tells."""
    if format is not None:
        kind = "ndjson" if format == "jsonl" else format
        if kind not in FORMATS:
            hint = suggest(kind, FORMATS) or f"there are {', '.join(FORMATS)}"
            raise UsageError("unknown-format", f"--format {format}: rows cannot be written so", None, hint)
        return kind
    if path is None:
        return "ndjson"
    found = next((kind for ending, kind in KINDS.items() if path.lower().endswith(ending)), None)
    if found is None:
        hint = f"the name of the file tells its kind: {', '.join(KINDS)}; or --format does"
        raise UsageError("unknown-file-kind", f"--output: {path} is not a kind of file for rows", None, hint)
    return found


def _writer(kind: str) -> "type[Writer]":
    """The class of a format; its module is imported for it alone."""
    if kind == "ndjson":
        from .ndjson import NdjsonWriter

        return NdjsonWriter
    if kind in {"csv", "tsv"}:
        from .csv import CsvWriter, TsvWriter

        return CsvWriter if kind == "csv" else TsvWriter
    if kind == "npy":
        from .npy import NpyWriter

        return NpyWriter
    need_arrow()
    from .parquet import ParquetWriter

    return ParquetWriter
