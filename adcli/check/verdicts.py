"""Checks of claims: formulas, numbers, and files with numbers."""

from collections.abc import Sequence
from typing import Any

from ..errors import UsageError
from ..points import PointLike
from ..products import Function
from ..results.verdict import Verdict
from .claims import Formula, Numbers
from .court import POINTS, Court, Settings
from .target import Place, Target

__all__ = ["POINTS", "Settings", "check_against", "check_formula", "check_numbers"]


def check_formula(
    function: Function, text: str, at: Sequence[PointLike] = (), *, wrt: Any = None, settings: Settings | None = None
) -> Verdict:
    """Judge a derivative that is claimed in the language, at the points given, or at points chosen here.

    Raises `ReadError` for a claim that cannot be read, `UsageError` for one of another size.

    >>> check_formula(Function("x^2*y"), "2*x*y, x^2").verdict
    'PROVED'
    """
    settings = settings or Settings()
    target = Target(function.for_point(at[0], {}) if at else function, wrt, settings.order)
    claim = Formula(text, target)
    numbers = claim.as_numbers() if at else None
    court = Court(target, settings, "numbers" if numbers is not None else "formula", text)
    court.claim = claim if numbers is None else None
    if numbers is not None:
        if len(at) > 1:
            raise UsageError("several-points", "a claim of numbers is about one point, and there are several")
        court.hear(Place(at[0]), numbers, given=True)
    elif at:
        for given in at:
            court.hear(Place(given), claim, given=True)
        court.hear_beside(claim)
    else:
        court.hear_anywhere(claim)
    return court.verdict()


def check_numbers(
    function: Function,
    claimed: Sequence[tuple[PointLike, Numbers]],
    source: str,
    *,
    wrt: Any = None,
    settings: Settings | None = None,
) -> Verdict:
    """Judge numbers from another program, each set at its point."""
    settings = settings or Settings()
    target = Target(function.for_point(claimed[0][0], {}), wrt, settings.order)
    court = Court(target, settings, source, "")
    for given, numbers in claimed:
        court.hear(Place(given), numbers, given=True)
    return court.verdict()


def check_against(
    function: Function, path: str, at: Sequence[PointLike] = (), *, wrt: Any = None, settings: Settings | None = None
) -> Verdict:
    """Judge the derivatives in a file, at the point given or at that of the file."""
    from .against import point_of, read_against

    settings = settings or Settings()
    against = read_against(path)
    point = point_of(against, at)
    target = Target(function.for_point(point, {}), wrt, settings.order)
    return check_numbers(function, [(point, against.numbers(target))], "file", wrt=wrt, settings=settings)
