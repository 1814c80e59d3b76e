"""Emitters: each is a file in this folder and writes kernels as functions of one programming language.

What they write needs nothing but the library of its language, and is meant to be read. The modules
whose names begin with an underscore are what they share: `_language` says what a language is made
of, `_names` finds names, `_statements` cuts a kernel into statements, `_results` says what it gives,
`_page` puts words to it, and `_pythonic` is what Python and NumPy have in common.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol

from ..errors import UsageError, suggest
from ..kernels import Kernel


class Emitter(Protocol):
    """A module of this folder."""

    def render(self, kernel: Kernel, name: str) -> str:
        """The source text of a function of that name, which computes what the kernel does.

        Raises `UsageError` for a name that the language has no room for, and for a function that
        its library lacks.
        """
        ...


def names() -> list[str]:
    """Every language there is: the modules of this folder."""
    return sorted(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))


def load(name: str) -> Emitter:
    """The emitter of that language.

    >>> from ..kernels.making import make_kernel
    >>> from ..products import Function
    >>> print(load("python").render(make_kernel(Function("2x + 1"), "eval"), "line").splitlines()[-1])
        return value
    """
    if name not in names():
        hint = suggest(name, names()) or "there are " + ", ".join(names())
        raise UsageError("unknown-language", f"there is no emitter for '{name}'", None, hint)
    module: Emitter = import_module(f"{__name__}.{name}")
    return module
