"""Engines: each is a file in this folder and runs kernels over many points at once.

An engine makes a program of a kernel; the program takes columns of numbers and fills rows of results.
All engines give the same numbers within their accuracy, and are tested against each other.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from .. import folder
from ..kernels import Kernel

Columns = Mapping[str, Any]
"""The inputs of a kernel by name: an array of doubles, or a float for all points."""


class Unavailable(Exception):  # noqa: N818  # a finding: another engine does it
    """The engine cannot run this kernel on this machine; the text says why."""


class Program(Protocol):
    """A kernel, ready to run."""

    def __call__(self, columns: Columns, count: int, out: Any) -> Sequence[Any]:
        """Fill `out`, of shape (outputs, count), at `count` points.

        The result has, for each of the kernel's conditions, whether it holds at each point; None for one that the
        kernel has not.
        """
        ...


class Engine(Protocol):
    """A module of this folder has one, named ENGINE."""

    name: str
    summary: str

    def compile(self, kernel: Kernel) -> Program:
        """The program of a kernel."""
        ...


def names() -> list[str]:
    """Every engine there is: the modules of this folder."""
    return folder.names(__path__)


def load(name: str) -> Engine:
    """The engine of that name."""
    engine: Engine = folder.load(__name__, __path__, name, "engine").ENGINE
    return engine
