"""Both modes at once: dense rows by reverse passes, dense columns by forward passes, the rest by either.

An arrow, whose first row and first column are full, needs n passes of either mode, and three of both.
"""

from ..compression import Pass, column_passes, row_passes
from ..problem import Problem
from . import Compressed


class Bidirectional(Compressed):
    name = "bidirectional"
    summary = "forward and reverse sweeps together, for sparse Jacobians with some dense rows and columns"

    def passes(self, problem: Problem) -> tuple[list[Pass], list[Pass]]:
        pattern = problem.pattern
        found = problem.bicoloring
        problem.reason = found.why()
        by_rows = bytearray([not mark for mark in found.by_columns])
        return column_passes(pattern, found.columns, found.by_columns), row_passes(pattern, found.rows, by_rows)


BACKEND = Bidirectional()
