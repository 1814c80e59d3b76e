"""Finite differences as the witness: they share no derivative rule with the exact backends."""

from collections.abc import Callable, Iterable, Sequence

from ..products import Solved
from ..reports import presented
from ..results.jacobian import Jacobian
from .comparison import Estimates, Line

WITNESS = "fd"
Solve = Callable[[str, Sequence[str] | None, int | None], Solved]
"""The problem for a backend, by these columns (None: by all) and to so many digits."""


class Witness:
    """What finite differences say, line by line: a column by its name, a direction by its number."""

    def __init__(
        self, solve: Solve, digits: int | None, directions: Sequence[Sequence[float]], whole: Jacobian | None
    ) -> None:
        """Take what is known, if that is the whole Jacobian, and the way to know more."""
        self.digits = digits
        self.estimates: dict[Line, Estimates] = {}
        self.precise: set[Line] = set()  # lines that were taken again in high precision
        self.notes: list[str] = []
        if whole is not None:
            self.notes += whole.notes
            columns = zip(zip(*whole.jacobian, strict=True), zip(*(whole.error or ()), strict=True), strict=True)
            for name, (values, errors) in zip(whole.columns, columns, strict=True):
                self.estimates[name] = Estimates(list(values), list(errors))
        self._solve = solve
        self._directions = directions

    def take(self, lines: Iterable[Line], digits: int | None = None) -> None:
        """Difference along the lines; to `digits` digits, if given, rounded to floats afterwards."""
        lines = list(lines)
        for found in (
            self._by_column([line for line in lines if isinstance(line, str)], digits),
            self._along([line for line in lines if isinstance(line, int)], digits),
        ):
            self.estimates |= {line: e if digits is None else _as_floats(e) for line, e in found.items()}
        if digits is not None:
            self.precise.update(lines)

    def _by_column(self, columns: list[str], digits: int | None) -> dict[Line, Estimates]:
        if not columns:
            return {}
        s = self._solve(WITNESS, columns, digits or self.digits)
        m, (entries, errors) = s.problem.m, s.backend.jacobian(s.problem)
        self.notes += s.problem.notes if digits is None else ()
        return {
            column: Estimates(presented(m, [row[j] for row in entries]), presented(m, [row[j] for row in errors or ()]))
            for j, column in enumerate(columns)
        }

    def _along(self, numbers: list[int], digits: int | None) -> dict[Line, Estimates]:
        if not numbers:
            return {}
        s = self._solve(WITNESS, None, digits or self.digits)
        m, found = s.problem.m, dict[Line, Estimates]()
        for k in numbers:
            entries, errors = s.backend.jvp(s.problem, [m.number(d) for d in self._directions[k]])
            found[k] = Estimates(presented(m, entries), presented(m, errors or []))
        return found


def _as_floats(estimates: Estimates) -> Estimates:
    """High-precision estimates as floats; the rounding joins the error."""
    values = [float(x) for x in estimates.values]
    errors = [float(e) + 2.0**-52 * abs(x) for x, e in zip(values, estimates.errors, strict=True)]
    return Estimates(values, errors)
