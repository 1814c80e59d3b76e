"""Results to N digits that carry only digits that are right.

A product is computed at two working precisions, once with all roundings towards zero and once with
all away from it, so that a number of which nothing is left but rounding shows. Where the two agree to
more digits than are asked for, they stand; where they do not, a cancellation took more digits than the
precision had to spare, and it is doubled (Ziv, *Fast evaluation of elementary mathematical functions
with correctly rounded last bit*, ACM TOMS 17, 1991; on directed rounding as a witness, Kahan, *How
futile are mindless assessments of roundoff*, 2006). A number that only shrinks as the precision grows
is 0 for all that can be told: it becomes 0, with a warning.
"""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any, TypeVar

from .contexts import Precision
from .results.base import Number, Result, Warn

_FIRST_GUARD, _SECOND_GUARD = 15, 30
_MORE = 2  # digits beyond those asked for, to which two precisions must agree
_MOST = 2000  # digits of working precision beyond four times those asked for
_EXACT_FIELDS = frozenset(["point", "direction", "cotangent", "digits", "error", "step"])

R = TypeVar("R", bound=Result)


def settled(compute: Callable[[Precision], R], digits: int) -> R:
    """The result of `compute(precision)`, at the first working precision that gives all `digits` digits.

    `compute` gives a result whose numbers are mpmath's.
    """
    guard, away = _SECOND_GUARD, True
    before, after = compute(Precision(digits + _FIRST_GUARD, not away)), compute(Precision(digits + guard, away))
    while not all(_agree(a, b, digits) for a, b in _pairs(before, after)):
        if digits + guard > 4 * digits + _MOST:
            return _without_noise(before, after, digits, digits + guard)
        guard *= 2
        away = not away
        before, after = after, compute(Precision(digits + guard, away))
    return after


def _numbers(x: Any) -> Iterator[Number]:
    """The numbers of mpmath in nested lists, tuples and mappings, in order."""
    stack = [x]
    while stack:
        x = stack.pop()
        if isinstance(x, list | tuple):
            stack += reversed(x)
        elif isinstance(x, dict):
            stack += reversed(list(x.values()))
        elif hasattr(x, "_mpf_"):
            yield x


def _computed(result: Result) -> dict[str, Any]:
    """The fields that hold what was computed, as opposed to what was given."""
    return {f.name: getattr(result, f.name) for f in fields(result) if f.name not in _EXACT_FIELDS}


def _pairs(before: Result, after: Result) -> Iterator[tuple[Number, Number]]:
    """The numbers of two results, side by side; a number that has no partner stands beside None."""
    first, second = list(_numbers(list(_computed(before).values()))), list(_numbers(list(_computed(after).values())))
    if len(first) != len(second):  # they saw different kinks
        second = [None] * len(first) or [None]
        first = first or [None]
    yield from zip(first, second, strict=True)


def _agree(a: Number, b: Number, digits: int) -> bool:
    """Whether two numbers are one number to `digits` digits and a little more."""
    if a is None or b is None:
        return False
    if a == b or (a != a and b != b):
        return True
    return bool(abs(a - b) <= abs(b) * type(b)(10) ** -(digits + _MORE))


def _without_noise(before: R, after: R, digits: int, working: int) -> R:
    """The last result, with 0 for what is nothing but rounding, and a warning for that and for what is not settled."""
    lost, open_ = 0, 0

    def cleaned(a: Any, b: Any) -> Any:
        nonlocal lost, open_
        if isinstance(b, list | tuple) and isinstance(a, list | tuple) and len(a) == len(b):
            entries = [cleaned(x, y) for x, y in zip(a, b, strict=True)]
            return type(b)(*entries) if hasattr(b, "_fields") else type(b)(entries)
        if not hasattr(b, "_mpf_") or not hasattr(a, "_mpf_") or _agree(a, b, digits):
            return b
        if abs(b) <= type(b)(10) ** -(working // 2):
            lost += 1
            return type(b)(0)
        open_ += 1
        return b

    found = _computed(before)
    kept = {name: cleaned(found[name], x) for name, x in _computed(after).items() if name != "warnings"}
    warnings = list(after.warnings)
    if lost:
        which = "1 number" if lost == 1 else f"{lost} numbers"
        warnings.append(Warn("cancelled", f"{which} cannot be told from 0 with {working} digits, and shown as 0"))
    if open_:
        which = "1 number is" if open_ == 1 else f"{open_} numbers are"
        warnings.append(Warn("unsettled", f"{which} not settled to {digits} digits even with {working}"))
    return replace(after, **kept, warnings=tuple(warnings))
