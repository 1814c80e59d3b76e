"""Points and directions: `1,2`, `x1=1, x2=2`, `pi/4, sqrt(2)`, `@point.json`.

A point is read by the same grammar as a program, from its own start rule, so its values may
be any constant expression and its errors show the place too.
"""

from collections.abc import Iterable
from typing import NamedTuple

from ..errors import ReadError, Span, UsageError
from ..graph import Graph
from .elaborate import Elaborator
from .reader import read


class PointText(NamedTuple):
    """The values of a point as nodes of a constant graph, in the order of the text.

    A name is None where the value stands by its place. `words` holds the text of a value that is a
    bare name, such as the seed `x1`.
    """

    graph: Graph
    items: list[tuple[str | None, int]]


def read_point(text: str, *, option: str = "--at", lets: Iterable[tuple[str, str]] = ()) -> PointText:
    """Read a point; every value must be constant.

    >>> [(name, node) for name, node in read_point("x=1, y=1").items]
    [('x', 0), ('y', 0)]
    """
    if not text.strip():
        raise UsageError("empty-point", f"{option} is empty")
    work = Elaborator(text)
    for name, value in lets:
        work.let(name, value)
    work.where = option
    try:
        statements = read(text, "point", option)
    except ReadError as error:
        raise UsageError(error.code, error.message, error.span, error.hint) from None
    items: list[tuple[str | None, int]] = []
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
            node = work.run(statement.codes[0])
        except ReadError as error:
            raise UsageError(error.code, error.message, error.span, error.hint) from None
        if work.variables:
            free = next(iter(work.variables))
            span = Span(statement.start, statement.end, text, option)
            raise UsageError("not-constant", f"'{free}' has no value: {option} takes constant expressions", span)
        items.append((statement.name, node))
    return PointText(work.graph, items)
