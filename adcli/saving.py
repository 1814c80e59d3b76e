"""A sparse matrix as a file: the ending of its name says in which format.

`.json` is what `--json` prints, `.mtx` is Matrix Market, and `.npz` what `scipy.sparse.save_npz` writes of a
matrix in coordinate form, so that `scipy.sparse.load_npz` reads it.
"""

import io
from typing import Any

from . import formats
from .errors import UsageError

_FORMATS = {".json": "json", ".mtx": "matrixmarket"}
_NUMPY = ".npz"


def check_name(path: str, digits: int | None) -> None:
    """Refuse a name whose ending means no format, or one that cannot hold the numbers, before anything is computed."""
    ending = _ending(path)
    if ending != _NUMPY and ending not in _FORMATS:
        text = f"--output {path}: the ending of the name says the format"
        raise UsageError("unknown-file-kind", text, None, "write .json, .mtx (Matrix Market) or .npz (SciPy)")
    if ending == _NUMPY:
        _numpy(path)
        if digits is not None:
            text = f"--output {path}: .npz holds doubles, which have no {digits} digits"
            raise UsageError("not-with-digits", text, None, "write .mtx or .json, or leave out --digits")


def contents(path: str, result: Any) -> bytes:
    """What the file of that name holds of a sparse result."""
    ending = _ending(path)
    if ending == _NUMPY:
        return _npz(path, result)
    return formats.load(_FORMATS[ending]).render(result, formats.Screen()).encode()


def _ending(path: str) -> str:
    dot = path.rfind(".")
    return path[dot:].lower() if dot >= 0 else ""


def _numpy(path: str) -> Any:
    try:
        import numpy as np
    except ImportError:
        text = f"--output {path}: .npz files need NumPy"
        raise UsageError("no-numpy", text, None, "pip install 'adcli[numpy]', or write .mtx") from None
    return np


def _npz(path: str, result: Any) -> bytes:
    np, file = _numpy(path), io.BytesIO()
    np.savez_compressed(
        file,
        row=np.array(result.row, dtype=np.int32),
        col=np.array(result.column, dtype=np.int32),
        format=np.array(b"coo"),
        shape=np.array(result.shape, dtype=np.int64),
        data=np.array(result.entries, dtype=np.float64),
    )
    return file.getvalue()
