"""Points and directions: `1,2`, `x1=1, x2=2`, `x=[1,2]; W=eye(2)`, `pi/4, sqrt(2)`.

A point is read by the same grammar as a program, from its own start rule, so its values may
be any constant expression and its errors show the place too.
"""

from collections.abc import Iterable
from typing import NamedTuple

from ..errors import ReadError, Span, UsageError
from ..graph import Graph
from ..shapes import Shape
from .arrays import Array, Value
from .elaborate import Elaborator, Let, names_in
from .limits import Limits
from .reader import normal_name, read


class PointText(NamedTuple):
    """The values of a point as nodes of a constant graph, in the order of the text.

    A name is None where the value stands by its place.
    """

    graph: Graph
    items: list[tuple[str | None, Value]]

    def shapes(self) -> list[tuple[str | None, Shape]]:
        """The names and the shapes of the values."""
        return [(name, value.shape if isinstance(value, Array) else ()) for name, value in self.items]


def read_point(
    text: str, *, option: str = "--at", lets: Iterable[tuple[str, Let]] = (), limits: Limits | None = None
) -> PointText:
    """Read a point; every value must be constant.

    >>> [(name, node) for name, node in read_point("x=1, y=1").items]
    [('x', 0), ('y', 0)]
    """
    if not text.strip():
        raise UsageError("empty-point", f"{option} is empty")
    work = Elaborator(text, limits=limits)
    try:
        statements = read(text, "point", option, limits)
    except ReadError as error:
        raise UsageError(error.code, error.message, error.span, error.hint) from None
    lets = list(lets)
    if names_in(statements) & {normal_name(name) for name, _ in lets}:
        for name, parameter in lets:
            work.let(name, parameter)
    work.where = option
    items: list[tuple[str | None, Value]] = []
    for statement in statements:
        if statement.parameters is not None:
            raise UsageError(
                "bad-point", f"{option} gives values, not functions", Span(statement.start, statement.end, text, option)
            )
        if any(name == statement.name for name, _ in items if name is not None):
            raise UsageError(
                "duplicate-name",
                f"{option} gives '{statement.name}' twice",
                Span(statement.start, statement.end, text, option),
            )
        try:
            value = work.value(statement.codes[0])
        except ReadError as error:
            raise UsageError(error.code, error.message, error.span, error.hint) from None
        if work.variables:
            free = next(iter(work.variables))
            span = Span(statement.start, statement.end, text, option)
            raise UsageError("not-constant", f"'{free}' has no value: {option} takes constant expressions", span)
        items.append((statement.name, value))
    return PointText(work.graph, items)
