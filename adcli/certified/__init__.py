"""Certified digits: every number comes with an enclosure that is proved, and is the nearest double to the truth.

The sweeps run in ball arithmetic, at 128 bits, then 256, and so on, until the ball of every number holds
numbers that round to one double (or to one decimal of N digits), or the most bits are reached: then the
number is undecided, and the reason is told. Numbers are taken exactly as they are written, so 0.1 is one
tenth; a Python float is the double that it is. (Ziv, ACM TOMS 17, 1991, for the strategy; Johansson, IEEE
Trans. Comput. 66, 2017, for the arithmetic.)

>>> from adcli.products import Function
>>> found = certify(Function("(1 - cos(x))/x^2"), "value", "1e-20")
>>> found.certificates[0].value, found.certificates[0].bits
(0.5, 256)
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from ..contexts import MAX_DIGITS
from ..errors import UsageError
from ..points import PointLike
from ..products import Function
from ..results.base import Warn
from ..results.certified import NOT_DIFFERENTIABLE, UNDECIDED, Certificate, Certified

__all__ = ["MOST_BITS", "certify", "require_flint"]

MOST_BITS = 2**14
_EXACTLY = "numbers are taken exactly as they are written: 0.1 is one tenth"
_EXACT_FLOATS = f"{_EXACTLY}; a Python float is the double that it is"
_MOST_WARNED = 5


def certify(
    function: Function,
    kind: str,
    at: PointLike = None,
    *,
    digits: int | None = None,
    most_bits: int = MOST_BITS,
    **named: Any,
) -> Certified:
    """The values, and for `kind` "gradient", "jacobian" or "hessian" the derivatives, each with its certificate.

    `named` has the options `wrt` and `backend`, and values of variables. With `digits` the numbers are
    decimal texts of so many digits, correctly rounded. Raises `UsageError` where python-flint is missing or
    something does not fit, `DomainError` where the function is undefined at the point.
    """
    require_flint()
    if digits is not None:
        if not 1 <= digits <= MAX_DIGITS:
            raise UsageError("bad-digits", f"--digits {digits}: between 1 and {MAX_DIGITS} digits are possible")
        if hasattr(sys, "set_int_max_str_digits"):
            sys.set_int_max_str_digits(0)
    from .question import Question
    from .search import Search

    question = Question(function, kind, at, named)
    search = Search(question, digits, most_bits)
    certificates = search.run()
    f = question.function
    return Certified(
        f.expression, search.point, tuple(_warnings(certificates)), digits, kind, search.backend, tuple(f.outputs),
        tuple(question.columns), f.blocks(question.wrt), dict(f.program.results), tuple(certificates),
        search.most_bits, (_EXACTLY if question.is_text else _EXACT_FLOATS,),
    )  # fmt: skip


def _warnings(certificates: Sequence[Certificate]) -> list[Warn]:
    """What is undecided and why, and where one-sided derivatives differ; the first few of many."""
    undecided = [c for c in certificates if c.status == UNDECIDED]
    sided = [c for c in certificates if c.status == NOT_DIFFERENTIABLE]
    warnings = [Warn("undecided", f"{c.label} is undecided: {c.reason}", c.span) for c in undecided[:_MOST_WARNED]]
    warnings += [Warn("one-sided", f"{c.label} is {c.reason}", c.span) for c in sided[:_MOST_WARNED]]
    left = max(0, len(undecided) - _MOST_WARNED) + max(0, len(sided) - _MOST_WARNED)
    return [*warnings, Warn("more", f"{left} more numbers are such")] if left else warnings


def require_flint() -> None:
    """Raise a `UsageError` that says how to get python-flint, if it is not there."""
    try:
        import_module("flint")
    except ImportError:
        raise UsageError(
            "no-flint", "--certified needs python-flint, for ball arithmetic", None, 'pip install "adcli[certified]"'
        ) from None
