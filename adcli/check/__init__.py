"""The checker: whether derivatives are right, and if not, where and why.

>>> from adcli.check import check
>>> check("x^2*sin(3x)", "2x*sin(3x) + x^2*cos(3x)").verdict
'WRONG'
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..products import Function
    from ..results.check import Check
    from ..results.verdict import Verdict

__all__ = ["check"]


def check(
    function: "Function | str", claim: str | None = None, *, at: Any = None, wrt: Any = None, order: int = 1
) -> "Verdict | Check":
    """Judge a claimed derivative, at a point or at points chosen; without a claim, all backends against each other.

    `order` is 2 for the claim of a Hessian. Raises `ReadError` for a claim that cannot be read, `UsageError`
    for one that does not fit.

    >>> check("x^2*y", "2*x*y, x^2").verdict
    'PROVED'
    """
    from ..products import Function

    f = Function(function) if isinstance(function, str) else function
    if claim is None:
        from .agreement import check as compare

        return compare(f, at, wrt=wrt)
    from .verdicts import Settings, check_formula

    return check_formula(f, claim, [] if at is None else [at], wrt=wrt, settings=Settings(order))
