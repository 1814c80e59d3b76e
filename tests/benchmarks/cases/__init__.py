"""Cases: each is a file in this folder, with a `TITLE`, and `lines(plan)` that measures.

Functions that take a size and a folder and give a `Work` are contenders; each runs in a process of its own.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any


def names() -> list[str]:
    """Every case there is."""
    return sorted(module.name for module in iter_modules(__path__))


def load(name: str) -> Any:
    """The module of a case."""
    return import_module(f"{__name__}.{name}")
