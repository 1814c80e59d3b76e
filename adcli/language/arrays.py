"""Arrays: shapes over scalar nodes.

An `Array` is a shape and its nodes in row-major order. It exists only while a text is read: the
graph, the sweeps and the backends know scalars alone, so each of them works on arrays with no
code of its own.
"""

from collections.abc import Sequence
from typing import NoReturn, Protocol

from ..shapes import Shape


class Array:
    """Nodes with a shape; `items` is flat, in row-major order. Two arrays are equal if they are one."""

    __slots__ = ("items", "shape")

    def __init__(self, shape: Shape, items: list[int]) -> None:
        self.shape = shape
        self.items = items

    def __repr__(self) -> str:
        return f"<Array of shape {self.shape}>"


Value = int | Array
"""What an expression is while it is read: a node of the graph, or an array of nodes."""


class Builder(Protocol):
    """What a function over arrays builds with; the elaborator is one."""

    def apply_named(self, name: str, *nodes: int) -> int:
        """The node of a primitive, by its name in the table, over nodes."""

    def are_unknown(self, nodes: Sequence[int]) -> bool:
        """Whether none of the nodes is a number that is known while the text is read."""

    def apply_to_many(self, name: str, columns: Sequence[Sequence[int]]) -> list[int] | None:
        """The nodes of a primitive over each row of the columns, joined from left to right; None if one is known."""

    def number(self, value: int) -> int:
        """The node of a whole number."""

    def whole(self, value: Value) -> int | None:
        """The whole number that a node is known to be while the text is read, if it is one."""

    def misfit(self, message: str, hint: str = "") -> NoReturn:
        """Raise a `ShapeError` (exit code 3) at the place of the call that is being read."""

    def room(self, count: int) -> None:
        """Raise a `LimitError` if `count` entries or nodes more would be too many; asked before they are made."""
