"""Folders whose files are the choices of one kind: backends, formats, engines, languages.

To add a choice is to add a file. A module whose name begins with an underscore is what the others share,
and a hyphen on the command line is an underscore in the name of a file.
"""

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from .errors import UsageError, suggest


def names(path: Iterable[str]) -> list[str]:
    """Every choice that there is in the folder of a package.

    >>> from . import formats
    >>> "json" in names(formats.__path__)
    True
    """
    found = [module.name for module in iter_modules(path)]
    return sorted(name.replace("_", "-") for name in found if not name.startswith("_"))


def load(package: str, path: Iterable[str], name: str, kind: str, text: str = "") -> Any:
    """The module of a choice; a `UsageError` for one that there is not, in words of the `kind`, or by `text`."""
    known = names(path)
    if name not in known:
        hint = suggest(name, known) or "there are " + ", ".join(known)
        raise UsageError(f"unknown-{kind}", text or f"unknown {kind} '{name}'", None, hint)
    return import_module(f"{package}.{name.replace('-', '_')}")
