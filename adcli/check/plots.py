"""The charts of a check: how finite differences err with the step, and what Taylor's remainder says.

They are drawn for one entry, the worst, in doubles: where rounding takes over is part of what they show.
"""

from collections.abc import Callable, Sequence
from math import isfinite

from ..charts import Chart, Curve
from ..contexts import make_context
from .curves import guides, remainder_curve, v_curve
from .target import Place, Target

Line = Callable[[float], Sequence[float] | None]
_DOUBLE = 2.0**-53


def charts_of(target: Target, place: Place, i: int, j: int, claimed: float | None, true: float) -> tuple[Chart, ...]:
    """The charts for entry (i, j) at a place; `claimed` is left out where it is the true one."""
    m = make_context()
    numbers = target.numbers(m, place)
    problem = target.problem(m, numbers)
    label = target.label(target.rows[i], target.columns[j])
    size = abs(problem.point.get(problem.inputs[j], 0.0))
    return charts_along(lambda t: target.moved(problem, {j: t}), i, label, claimed, true, max(size, 1e-3) / 2)


def charts_along(
    line: Line, output: int, label: str, claimed: float | None, true: float, scale: float
) -> tuple[Chart, ...]:
    """The same along any line through a point, whose outputs are values at x + t."""
    errors = v_curve(line, output, true, scale=scale, eps=_DOUBLE, label="")
    shown: list[Curve] = []
    notes = []
    for name, slope in (("true", true), ("claimed", claimed)):
        if slope is None or not isfinite(slope):
            continue
        curve, steepness = remainder_curve(line, output, slope, scale=scale, eps=_DOUBLE, label=f"remainder, {name}")
        shown.append(curve)
        notes.append(
            f"slope with the {name} derivative: {'none: nothing remains' if steepness is None else f'{steepness:.2f}'}"
        )
    shown += guides(shown[-1], (1, 2)) if shown else []
    return (
        Chart(f"Error of finite differences for {label}", "step h", "|error|", tuple(errors)),
        Chart(
            f"Taylor remainder for {label}", "step h", "|f(x + h) - f(x) - h*slope|", tuple(shown),
            (*notes, "2 or more: right; about 1: wrong"),
        ),
    )  # fmt: skip
