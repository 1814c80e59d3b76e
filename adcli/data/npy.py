"""NumPy's own format, read by NumPy, which is imported for it alone."""

from math import prod
from typing import IO, Any

from ..errors import UsageError
from ..shapes import MAX_AXES, Data, Shape
from .files import check_count, check_size, empty
from .numbers import Numbers, index, not_finite, place, placed

_BLOCK = 65_536
_UNREADABLE_TYPES = {
    "b": "booleans", "c": "complex numbers", "O": "Python objects", "S": "texts", "U": "texts", "T": "texts",
    "M": "dates", "m": "spans of time", "V": "records",
}  # fmt: skip


def read_npy(file: IO[bytes], path: str, option: str) -> Data:
    """An array that NumPy has saved."""
    try:
        import numpy as np
    except ImportError:
        raise UsageError(
            "no-numpy", f"{option}: reading {path} needs NumPy", None, "pip install 'adcli[numpy]'"
        ) from None
    shape, fortran, dtype = _npy_header(file, path)
    if dtype.kind not in "iuf" or dtype.itemsize > 8:
        raise UsageError(
            "bad-npy",
            f"{path} holds {_UNREADABLE_TYPES.get(dtype.kind, dtype)}",
            None,
            "adcli reads integers and floats of up to 64 bits",
        )
    count = prod(shape)
    check_count(count, path)
    check_size(count * dtype.itemsize, path)
    if not count:
        raise empty(path)
    content = file.read(count * dtype.itemsize)
    if len(content) < count * dtype.itemsize:
        raise UsageError("bad-npy", f"{path} ends after {len(content) // dtype.itemsize:,} of {count:,} numbers")
    flat = np.frombuffer(content, dtype).reshape(shape, order="F" if fortran else "C").ravel()
    if dtype.kind != "f":
        return Data(shape, flat.tolist())
    finite = np.isfinite(flat)
    if not finite.all():
        k = int(finite.argmin())
        raise placed(not_finite(repr(float(flat[k]))), place(path, index=index(k, shape)))
    numbers, items = Numbers(), list[int | str]()
    for k in range(0, count, _BLOCK):  # in blocks: a list of all the floats would be as large as that of texts
        items += map(numbers.__getitem__, map(repr, flat[k : k + _BLOCK].tolist()))
    return Data(shape, items)


def _npy_header(file: IO[bytes], path: str) -> tuple[Shape, bool, Any]:
    """The shape, whether columns come first, and the dtype; no data are read."""
    import warnings

    from numpy.lib import format as npy

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers written by Python 2
            version = npy.read_magic(file)
            # version 3 is version 2 with other letters in the names of records, which are refused
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, fortran, dtype = read(file)
    except OSError:
        raise
    except Exception:  # noqa: BLE001  # foreign bytes go through Python's own parser, which raises many things
        raise UsageError("bad-npy", f"{path} is not a file that numpy.save has written") from None
    if len(shape) > MAX_AXES or any(n < 0 for n in shape):
        raise UsageError("bad-npy", f"{path} has a shape that no array can have")
    return tuple(map(int, shape)), fortran, dtype
