"""Text to graph: the language of adcli.

`grammar` keeps the tables that `parser` runs, `reader` turns text into postfix code, `explain`
says what is wrong with it, `elaborate` runs the code into a graph, `points` reads points and
directions, `canonical` writes a program back.
"""

from collections.abc import Collection, Iterable, Sequence

from .elaborate import Program, elaborate
from .points import PointText, read_point

__all__ = ["PointText", "Program", "parse", "read_point"]


def parse(
    text: str,
    *,
    lets: Iterable[tuple[str, str]] = (),
    variables: Sequence[str] | None = None,
    forced: Collection[str] = (),
    wanted: Collection[str] = (),
) -> Program:
    """Read a program of the language into a graph.

    `lets` are parameters with the text of their values; `variables` fixes the columns and
    their order; `forced` names constants (`e`) that are variables here; `wanted` names the
    bindings that will be differentiated by, which then get a node of their own.

    Raises `ReadError` (with the place) for text that is not in the language.

    >>> program = parse("x2*x10; a = x1 + 1; a*x2, a")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    adcli.errors.ReadError: only the last statement is the output
    >>> program = parse("a = x1 + 1; a*x10*x2, a")
    >>> list(program.variables), [name for name, _ in program.outputs]
    (['x1', 'x2', 'x10'], ['y1', 'y2'])
    """
    return elaborate(text, lets=lets, variables=variables, forced=forced, wanted=wanted)
