"""Coloured reverse mode: one pass for all the rows of a colour, which never meet in a column."""

from ..compression import Pass, row_passes, symmetric_passes
from ..problem import Problem
from . import Compressed


class ColouredReverse(Compressed):
    name = "coloured-reverse"
    summary = "adjoint sweeps for sparse Jacobians: one pass for all rows that never meet in a column"

    def passes(self, problem: Problem) -> tuple[list[Pass], list[Pass]]:
        pattern = problem.pattern
        if problem.symmetric:
            star = problem.star_coloring
            problem.reason = star.why_stars()
            return [], symmetric_passes(pattern, star.colors)
        found = problem.row_coloring
        problem.reason = found.why("column", "rows")
        return [], row_passes(pattern, found.colors)


BACKEND = ColouredReverse()
