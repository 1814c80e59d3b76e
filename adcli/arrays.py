"""NumPy, which is imported only where there is much to do, and need not be there at all."""

from array import array
from functools import cache
from typing import Any

from .errors import UsageError


@cache
def numpy() -> Any:
    """NumPy, or a `UsageError` that says how to get it."""
    np = numpy_if_there()
    if np is None:
        text = "many points at once need numpy, which is not installed"
        raise UsageError("missing-extra", text, None, "pip install 'adcli[numpy]'")
    return np


def typed(code: str, values: Any) -> "array[int]":
    """NumPy's integers as an array of Python.

    >>> typed("i", numpy().arange(3))
    array('i', [0, 1, 2])
    """
    found = array(code)
    found.frombytes(values.astype(f"i{found.itemsize}", copy=False).tobytes())
    return found


@cache
def numpy_if_there() -> Any:
    """NumPy, or None: for what is done without it, too, only slower."""
    try:
        import numpy as np
    except ImportError:
        return None
    return np
