"""The table: one row for each primitive, and everything adcli knows of it.

A row says what the primitive is worth, what its partial derivatives are, where it is
defined, where it has kinks and how its name is written. All rules are written over a
number context `m` (see `contexts`), so that the same row serves floats, mpmath, balls, series,
and the graph that becomes a symbolic derivative. To add a primitive, add a row: `elementary`,
`special` and `pieces` hold them, and `rows` says what a row is made of.

`value(m, *xs)` gives the value, `partials[k](m, y, *xs)` the partial derivative by the k-th
argument, where `y` is the value, already computed. A partial that is a plain number is
constant; one that is None is structurally zero; a `Refusal` says that there is no rule. A primitive
with any number of arguments has one rule for all its partials together (see `JointPartials`).
Rules are in the forms that keep their digits: DESIGN's table of repaired forms, after Higham,
*Accuracy and Stability of Numerical Algorithms*, and Kahan, *Branch cuts for complex elementary
functions* (1987).
"""

from collections.abc import Iterator

from ..contexts import NumberContext
from . import elementary, pieces, special
from .rows import Domain, JointPartials, Kink, Library, LibraryPartial, Partial, Primitive, Refusal, Rule

__all__ = [
    "FUNCTIONS", "OPERATORS", "OVERLOADS", "TABLE", "Domain", "JointPartials", "Kink", "Library", "LibraryPartial",
    "Partial", "Primitive", "Refusal", "Rule", "functions",
]  # fmt: skip

_ROWS: tuple[Primitive, ...] = (*elementary.ROWS, *special.ROWS, *pieces.ROWS)


TABLE: dict[str, Primitive] = {row.name: row for row in _ROWS}
"""Every primitive by its own name."""

OPERATORS = frozenset(
    (
        "add", "sub", "mul", "div", "pow", "neg", "lt", "le", "gt", "ge", "eq", "ne", "and_", "or_", "not_",
        "shifted", "divisor", "outweighs", "pivot",
    )
)  # fmt: skip
"""Primitives that have no name in the language: they are written with symbols, or only made by adcli itself."""

FUNCTIONS: dict[str, Primitive] = {
    name: row for row in _ROWS if row.name not in OPERATORS for name in (row.name, *row.aliases)
}
"""Every function of the language by name and alias."""

OVERLOADS: dict[tuple[str, int], str] = {
    (name, row.arity): row.name
    for row in _ROWS if row.overload
    for name in (row.overload, *TABLE[row.overload].aliases)
}  # fmt: skip
"""Functions that another row serves when they are called with so many arguments."""


def functions() -> Iterator[Primitive]:
    """The rows that the language calls by name, in the order of the table."""
    return (row for row in _ROWS if row.name not in OPERATORS)


NumberContext.rules = TABLE
