"""The libraries that a batch can use and adcli does not come with, or an error that says how to get them."""

import os
import sys
from importlib import import_module
from typing import Any

from ..errors import UsageError

_POOL = "ARROW_DEFAULT_MEMORY_POOL"


def arrow(*modules: str) -> Any:
    """The library pyarrow with some of its modules, such as "csv"; None where it is not installed."""
    try:
        if "pyarrow" not in sys.modules:
            _import_lean()
        for name in modules:
            import_module(f"pyarrow.{name}")
        return import_module("pyarrow")
    except ImportError:
        return None


def _import_lean() -> None:
    """Import pyarrow with the machine's own allocator: its usual one keeps for itself what is free, some 30 MB."""
    before = os.environ.get(_POOL)
    os.environ[_POOL] = before or "system"
    try:
        import_module("pyarrow").default_memory_pool()
    finally:
        if before is None:
            del os.environ[_POOL]


def need_arrow(*modules: str) -> Any:
    """The same for Parquet, which is not read or written without: `UsageError` where it is not installed."""
    pa = arrow(*modules)
    if pa is None:
        raise UsageError("missing-extra", "Parquet needs pyarrow", None, "pip install 'adcli[batch]'")
    return pa


def need_numpy() -> None:
    """Raise a `UsageError` that says how to get NumPy, if it is not there."""
    try:
        import_module("numpy")
    except ImportError:
        raise UsageError("missing-extra", "a batch needs NumPy", None, "pip install 'adcli[batch]'") from None


def need_dask() -> Any:
    """The library dask.distributed: `UsageError` where it is not installed."""
    try:
        return import_module("distributed")
    except ImportError:
        text = "--cluster needs dask.distributed"
        raise UsageError("missing-extra", text, None, "pip install 'adcli[cluster]'") from None
