"""Checks of derivatives that are claimed at all rows of a file: a formula's, or those in its columns.

The kernel of the Jacobian gives the truth, in doubles, with a bound of its rounding. What that accepts
is right; the worst of the rest go to the court of `check`, point by point (see `outcome`).
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..check.rule import Tolerance
from ..check.target import Target
from ..engines import Program
from ..kernels import Kernel
from ..kernels.making import make_kernel
from ..language import Let
from ..products import Function
from .asking import compiled, fixed_values, refuse
from .blocks import Block, Rows
from .claiming import ColumnClaim, FormulaClaim
from .comparing import Cells, compare
from .outcome import FAR, Found, Outcome
from .progress import Bar
from .rounding import with_bounds
from .running import DOMAIN, OK, OVERFLOW, SUSPECT, Job, ahead, job, statuses

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NUDGE = 2.0**-20


class Checking:
    """A check that is ready to run: of `claim`, the text of a formula, or of the columns that are named as derivatives.

    `tolerance` takes the place of the rule. Raises what reading the claim and `wrt` raises.
    """

    def __init__(
        self,
        function: Function,
        claim: str | None,
        *,
        order: int = 1,
        wrt: str | None = None,
        at: Any = None,
        fixed: Mapping[str, Let] | None = None,
        engine: str = "numpy",
        tolerance: Tolerance | None = None,
    ) -> None:
        fixed = fixed or {}
        self.function = function.for_point(at, fixed)
        self.target = Target(self.function, wrt, order)
        kernel = make_kernel(self.function, "jac" if order == 1 else "hess", wrt=wrt)
        self.fixed = fixed_values(self.function, at, fixed)
        self.names = list(kernel.outputs)[len(kernel.outputs) - prod(kernel.shape) :]
        self.tolerance = tolerance
        self.claim = None if claim is None else FormulaClaim(claim, self.target, self.names)
        self.text = claim
        self.plain = len(kernel.outputs)  # outputs before the bounds
        bounded = with_bounds(kernel, self.names)
        program, notes = compiled(engine, bounded)
        self.truth = job(bounded, program, self.fixed)
        self.formula: Job | None = None
        if isinstance(self.claim, FormulaClaim):
            program, _ = compiled(engine, self.claim.kernel)
            self.formula = job(self.claim.kernel, program, self.fixed | self.claim.constants)
        self.columns = list(dict.fromkeys([*self.truth.columns, *(self.formula.columns if self.formula else ())]))
        self.notes = [*function.notes, *self.function.notes, *notes]

    @property
    def wanted(self) -> list[str]:
        """Columns of the file that are claims, if they are there."""
        return self.names if self.text is None else []

    @property
    def rows(self) -> int:
        """How many rows a block should have."""
        return min(self.truth.rows, self.formula.rows) if self.formula is not None else self.truth.rows

    def run(self, reader: Any, take: Callable[[Rows], None], *, strict: bool, quiet: bool) -> "Outcome":
        """Go through all points, and judge the worst; `take` is given the rows, whose codes are not the last word."""
        claim = self.claim or ColumnClaim(self.target, self.names, reader.needed)
        state = Outcome(self, claim)
        bar = Bar(shown=not quiet and sys.stderr.isatty())
        seen = 0

        def found() -> Iterator[Found]:
            nonlocal seen
            for block in ahead(reader):
                each = self.look(block, claim)
                codes = each.codes
                if strict and (codes == DOMAIN).any():
                    refuse(self.function, self.fixed, block, int((codes == DOMAIN).argmax()))
                state.note(block, each)
                seen += block.count
                yield each

        try:
            for each in ahead(found()):
                state.counts.add(np.where(each.codes == FAR, SUSPECT, each.codes))
                take(each.rows)
                bar(seen, reader.done, reader.total)
        finally:
            bar.close()
        state.judge()
        return state

    # -- a block

    def look(self, block: Block, claim: FormulaClaim | ColumnClaim) -> Found:
        """Compare all rows of a block."""
        plain, places = self.plain, claim.places
        out, conditions = _run(self.truth, block.numbers, block.count)
        missing = None
        if block.missing is not None:
            missing = np.isnan([block.numbers[name] for name in self.columns]).any(axis=0) if self.columns else None
        codes: NDArray[np.uint8] = statuses(out[:plain], conditions, missing)
        true, bound = out[plain - len(self.names) : plain], out[plain:]
        claimed, loose = self._claimed(block, claim)
        scale = np.abs(true).reshape(len(self.target.rows), -1, block.count).max(axis=1)
        cells = Cells(claimed, true[places], bound[places] + loose, scale[np.array(places) // len(self.target.columns)])
        foreign = isinstance(claim, ColumnClaim)
        compared = compare(
            cells, lambda rows: self._swing(block, places, rows), foreign=foreign, tolerance=self.tolerance
        )
        asked = (codes == OK) & ~compared.accepted.all(axis=0)
        codes[asked] = np.where(compared.far[:, asked].any(axis=0), FAR, SUSPECT)
        with np.errstate(all="ignore"):
            # where doubles overflow, a claim that is finite may still be right
            beyond = (codes == OVERFLOW) & np.isfinite(out[: plain - len(self.names)]).all(axis=0)
            beyond &= (np.isfinite(cells.claimed) & ~np.isfinite(cells.true)).any(axis=0)
            codes[beyond] = SUSPECT
            error = np.abs(cells.claimed - cells.true) / np.maximum(
                np.maximum(cells.scale, np.abs(cells.claimed)), 5e-324
            )
        rows = Rows(block.count, block.carried, error.max(axis=0).reshape(1, -1), codes)
        return Found(rows, codes, cells, compared, asked | beyond)

    def _claimed(self, block: Block, claim: FormulaClaim | ColumnClaim) -> tuple[Any, Any]:
        """The claimed entries, and the bounds of their rounding, as far as it is ours."""
        if isinstance(claim, ColumnClaim):
            return np.array([block.numbers[name] for name in claim.columns]), 0.0
        assert self.formula is not None  # noqa: S101  # a formula has a job
        out, _ = _run(self.formula, block.numbers, block.count)
        return out[: len(self.names)], out[len(self.names) :]

    def _swing(self, block: Block, places: Sequence[int], rows: Any) -> Any:
        """By how much the derivatives change at some points with a relative change of the point, less their noise."""
        columns = {name: block.numbers[name][rows] for name in self.truth.columns}
        moved = {name: x * (1 + (-1) ** k * _NUDGE) for k, (name, x) in enumerate(columns.items())}
        before, after = (_run(self.truth, each, len(rows))[0] for each in (columns, moved))
        true = slice(self.plain - len(self.names), self.plain)
        noise = before[self.plain :] + after[self.plain :]
        change = (np.abs(after[true] - before[true]) - noise) / _NUDGE
        return np.nan_to_num(np.maximum(change, 0.0), nan=0.0)[places]


def _run(work: Job, numbers: Mapping[str, Any], count: int) -> tuple[Any, Sequence[Any]]:
    """All outputs of a job at many points, and its conditions."""
    kernel: Kernel = work.kernel
    program: Program = work.program
    out = np.empty((len(kernel.outputs), count))
    columns = dict.fromkeys(kernel.inputs, 0.0) | dict(work.fixed) | {name: numbers[name] for name in work.columns}
    return out, program(columns, count, out)
