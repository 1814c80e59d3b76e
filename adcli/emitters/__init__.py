"""Emitters: each is a file in this folder and writes kernels as functions of one programming language.

What they write needs nothing but the library of its language, and is meant to be read. The modules
whose names begin with an underscore are what they share: `_language` says what a language is made
of, `_names` finds names, `_statements` cuts a kernel into statements, `_results` says what it gives,
`_page` puts words to it, and `_pythonic` is what Python and NumPy have in common.
"""

from typing import Protocol

from .. import folder
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
    return folder.names(__path__)


def load(name: str) -> Emitter:
    """The emitter of that language.

    >>> from ..kernels.making import make_kernel
    >>> from ..products import Function
    >>> print(load("python").render(make_kernel(Function("2x + 1"), "eval"), "line").splitlines()[-1])
        return value
    """
    text = f"there is no emitter for '{name}'"
    module: Emitter = folder.load(__name__, __path__, name, "language", text)
    return module
