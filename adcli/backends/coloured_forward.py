"""Coloured forward mode: one pass for all the columns of a colour, which never meet in a row.

Of a Hessian, whose entries may be read in their mirror images, the colouring is a star colouring.
"""

from ..compression import Pass, column_passes, symmetric_passes
from ..problem import Problem
from . import Compressed


class ColouredForward(Compressed):
    name = "coloured-forward"
    summary = "tangent sweeps for sparse Jacobians: one pass for all columns that never meet in a row"

    def passes(self, problem: Problem) -> tuple[list[Pass], list[Pass]]:
        pattern = problem.pattern
        if problem.symmetric:
            star = problem.star_coloring
            problem.reason = star.why_stars()
            return symmetric_passes(pattern, star.colors), []
        found = problem.column_coloring
        problem.reason = found.why("row", "columns")
        return column_passes(pattern, found.colors), []


BACKEND = ColouredForward()
