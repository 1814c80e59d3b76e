"""One number by several backends: how far apart they are, and how far apart they may be.

Finite differences give all outputs along one *line*: a column, by its name, or a direction, by its
number. An entry of the Jacobian, and of a product J·d, is one of those; an entry of w'·J is a
weighted sum of them.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..contexts import Number, NumberContext
from ..products import Solved
from ..results.check import CheckEntry
from ..results.jacobian import Jacobian

Line = str | int

_ROUNDING = 2.0**10  # units of rounding, of the largest entry of a row, that exact backends may differ by
_USELESS = 1e-2  # an estimate above this share of the row's scale decides nothing


class Estimates(NamedTuple):
    """Finite differences along one line: a value and its error for each output."""

    values: list[Number]
    errors: list[Number]


class Comparison(NamedTuple):
    """A number of which `values` has each exact backend's word; `scale` is the size of its like."""

    row: str
    column: str
    values: dict[str, Number]
    scale: Number
    line: Line
    outputs: int | Sequence[Number]
    """The output that it belongs to, or weights of them all."""

    @property
    def is_entry(self) -> bool:
        """Whether it is an entry of the Jacobian, and not of a product."""
        return isinstance(self.line, str) and isinstance(self.outputs, int)

    def judged(self, witness: str, estimates: Estimates | None, epsilon: Number) -> CheckEntry:
        """The verdict, with finite differences as the witness if they were taken along the line."""
        values, error, scale = dict(self.values), 0 * epsilon, self.scale
        if estimates is not None:
            found, error = self._estimate(estimates)
            values = dict(sorted({**values, witness: found}.items()))
            if abs(found) < float("inf"):
                scale = max(scale, abs(found))
        tolerance = error + _ROUNDING * epsilon * scale
        names = list(values)
        pairs = [(abs(values[a] - values[b]), (a, b)) for k, a in enumerate(names) for b in names[k + 1 :]]
        alone = (0 * epsilon, (names[0], names[0]))  # one backend's word agrees with itself
        deviation, pair = max(pairs, key=lambda item: (item[0] != item[0], item[0]), default=alone)
        if not deviation <= tolerance:
            verdict = "WRONG" if deviation == deviation and tolerance < float("inf") else "INCONCLUSIVE"
        else:
            verdict = "INCONCLUSIVE" if tolerance > _USELESS * scale and tolerance > 1e-6 else "AGREES"
        return CheckEntry(self.row, self.column, values, deviation, tolerance, pair, verdict)

    def _estimate(self, estimates: Estimates) -> tuple[Number, Number]:
        """What finite differences say of this number, and their error."""
        if isinstance(self.outputs, int):
            return estimates.values[self.outputs], estimates.errors[self.outputs]
        # a weight comes first: with mpmath the left factor sets the precision
        pairs = zip(self.outputs, estimates.values, estimates.errors, strict=True)
        terms = [(weight * value, abs(weight) * error) for weight, value, error in pairs]
        return sum(term for term, _ in terms), sum(error for _, error in terms)


def of_entries(exact: Mapping[str, Jacobian]) -> list[Comparison]:
    """Every entry of the Jacobian, by the backends that have it in full."""
    first = next(iter(exact.values()))
    found = []
    for i, row in enumerate(first.rows):
        scale = max((abs(x) for jacobian in exact.values() for x in jacobian.jacobian[i]), default=0)
        for j, column in enumerate(first.columns):
            values = {name: jacobian.jacobian[i][j] for name, jacobian in exact.items()}
            found.append(Comparison(row, column, values, scale, column, i))
    return found


def of_directions(
    m: NumberContext,
    name: str,
    jacobian: Jacobian,
    directions: Sequence[Sequence[float]],
    solved: Mapping[str, Solved],
) -> list[Comparison]:
    """J·d for each direction d: by the Jacobian of backend `name`, and by a forward pass of each other."""
    found = []
    for k, direction in enumerate(directions):
        d = [m.number(x) for x in direction]
        moved = {other: s.backend.jvp(s.problem, d).entries for other, s in solved.items()}
        for i, row in enumerate(jacobian.rows):
            value, scale = _weighted(d, jacobian.jacobian[i])
            values = {name: value, **{other: entries[i] for other, entries in moved.items()}}
            found.append(Comparison(row, f"(direction {k + 1})", values, scale, k, i))
    return found


def of_cotangents(
    m: NumberContext,
    name: str,
    jacobian: Jacobian,
    cotangents: Sequence[Sequence[float]],
    solved: Mapping[str, Solved],
) -> list[Comparison]:
    """w'·J for each cotangent w: by the Jacobian of backend `name`, and by a reverse pass of each other."""
    found = []
    for k, cotangent in enumerate(cotangents):
        w = [m.number(x) for x in cotangent]
        pulled = {other: s.backend.vjp(s.problem, w).entries for other, s in solved.items()}
        for j, column in enumerate(jacobian.columns):
            value, scale = _weighted(w, [row[j] for row in jacobian.jacobian])
            values = {name: value, **{other: entries[j] for other, entries in pulled.items()}}
            found.append(Comparison(f"(cotangent {k + 1})", column, values, scale, column, w))
    return found


def _weighted(weights: Sequence[Number], xs: Sequence[Number]) -> tuple[Number, Number]:
    """The weighted sum, and the size that it has when signs are random: the root of the sum of squares."""
    terms = [w * x for w, x in zip(weights, xs, strict=True)]  # with mpmath the left factor sets the precision
    return sum(terms), sum(term * term for term in terms) ** 0.5
