"""All backends against certified enclosures: how many digits of each entry are right, and where the rest went.

The enclosures are of the derivative at the doubles of the point, so every digit that is missing is the
backend's own. What rounding explains is computed, too: the same sweep over balls of 53 bits, whose radii
are a rigorous running error analysis (Higham, *Accuracy and Stability of Numerical Algorithms*, section
3.3). An exact backend that is further off is wrong. The enclosures rest on the rules of the table, which
finite differences do not: where those contradict, to many digits, the rules are wrong.
"""

from collections.abc import Callable
from fractions import Fraction
from math import inf, isfinite, log2, ulp
from typing import Any

from .. import backends
from ..certified import MOST_BITS, require_flint
from ..errors import LimitError, UsageError
from ..points import PointLike
from ..products import Function
from ..reports import point_of
from ..results.accuracy import BITS_OF_A_DOUBLE, Accuracy, AccuracyEntry, Measured, digits_of
from ..results.certified import Certificate
from ..results.jacobian import Jacobian
from .rule import AGREES, FAR, INCONCLUSIVE, WRONG, Evidence, judged

_WITNESS = "fd"
_MOST_ENTRIES = 4096
_MORE_BITS = 4  # times those that decided the entries, for all numbers of the sweeps
_UNIT = 2.0**-53
_NOTHING = 1e-6  # what may be left of terms that cancel to 0
_ARBITER_DIGITS = 40
_REPEATED = f"finite differences repeated to {_ARBITER_DIGITS} digits"
_AT_DOUBLES = "enclosed at the doubles nearest to the point, which is what the backends see"


def check_certified(
    function: Function, at: PointLike = None, *, wrt: Any = None, most_bits: int = MOST_BITS, **point: Any
) -> Accuracy:
    """Measure the Jacobian of every backend, in doubles, against its enclosure.

    The verdict is WRONG if an exact backend is off by more than rounding explains, INCONCLUSIVE where an
    entry is not certified or has lost all its digits. Raises `UsageError` without python-flint, `DomainError`
    where the function is undefined, `LimitError` for a Jacobian of thousands of entries.
    """
    require_flint()
    solved = function.solve(at, {"wrt": wrt, **point})
    f, rows, columns = solved.function, solved.rows, solved.columns
    if not columns:
        raise UsageError("no-variables", "the expression has no variables: there is nothing to check")
    if len(columns) * len(rows) > _MOST_ENTRIES:
        hint = "choose some columns with --wrt"
        raise LimitError("too-many-entries", f"check --certified takes up to {_MOST_ENTRIES} entries", None, hint)
    names = backends.independent()
    found = {name: f.jacobian(at, backend=name, wrt=wrt, **point) for name in names}

    from ..certified.question import Question
    from ..certified.search import Search
    from ..contexts.balls import BallContext
    from .twins import Twins

    nested = point_of(solved.problem.m, f.program, solved.point)
    question = Question(f, "jacobian", nested, {"wrt": wrt})
    certificates = [c for c in Search(question, None, most_bits).run() if c.order == 1]
    bits = _MORE_BITS * max([c.bits for c in certificates if c.decided], default=BITS_OF_A_DOUBLE)
    arbiter = _Arbiter(lambda: f.jacobian(nested, backend=_WITNESS, wrt=wrt, digits=_ARBITER_DIGITS))
    with BallContext(bits) as m:
        twins = {name: Twins(question, name, solved.problem, m) for name in names if name != _WITNESS}
        entries = [
            _entry(c, *divmod(place, len(columns)), found, twins, arbiter) for place, c in enumerate(certificates)
        ]  # fmt: skip
    entries.sort(key=lambda e: (e.verdict != WRONG, e.verdict == AGREES, e.digits))
    verdict, cause = _verdict(entries)
    head = found[_WITNESS]
    notes = (_AT_DOUBLES, *([_REPEATED] if arbiter.asked else []))
    return Accuracy(
        head.expression, head.point, head.warnings, None, verdict, cause, tuple(names), tuple(entries), notes
    )


class _Arbiter:
    """Finite differences to many digits, taken where those of doubles contradict an enclosure."""

    def __init__(self, take: Callable[[], Jacobian]) -> None:
        self._take = take
        self._found: Jacobian | None = None

    @property
    def asked(self) -> bool:
        """Whether they were taken."""
        return self._found is not None

    def contradicts(self, true: float, i: int, j: int) -> bool:
        """Whether they, too, are far from an entry."""
        self._found = self._found or self._take()
        value, error = self._found.jacobian[i][j], (self._found.error or [])[i][j]
        return not abs(value - true) <= FAR * error + 4 * _UNIT * abs(true)


def _verdict(entries: list[AccuracyEntry]) -> tuple[str, str]:
    worst = entries[0]
    if worst.verdict == AGREES:
        return AGREES, ""
    if worst.true is None:
        return INCONCLUSIVE, f"{worst.label} is not certified: {worst.reason}"
    name, m = next((name, m) for name, m in worst.backends.items() if m.verdict == worst.verdict)
    return worst.verdict, f"{worst.label} by {name}: {m.cause}"


def _entry(
    c: Certificate, i: int, j: int, found: dict[str, Jacobian], twins: dict[str, Any], arbiter: _Arbiter
) -> AccuracyEntry:
    """What all backends say of one entry."""
    if not c.decided:
        return AccuracyEntry(c.row, c.column, None, c.lower, c.upper, c.reason, {})
    true = float(c.value)  # type: ignore[arg-type]  # no digits were asked for
    scale = max([abs(x) for jacobian in found.values() for x in jacobian.jacobian[i] if isfinite(x)], default=abs(true))
    measured = {}
    for name, jacobian in found.items():
        value = jacobian.jacobian[i][j]
        error = _error(value, true, c)
        relative = error / abs(true) if true else inf if error else 0.0
        twin = twins.get(name)
        if twin is None:
            tolerance = _estimate(jacobian, i, j)
            far = judged(Evidence(value, true, tolerance, scale, FAR))[0] == WRONG
            wrong = far and isfinite(true) and arbiter.contradicts(true, i, j)
            verdict, cause = (WRONG, "finite differences contradict the rules") if wrong else (AGREES, "")
        else:
            tolerance = float(twin.tolerances[i][j])
            verdict, cause = _judged(value, true, tolerance, scale, twin)
        lost = twin.lost(i, j) if twin is not None and error else None
        right = min(float(BITS_OF_A_DOUBLE), max(0.0, -log2(relative))) if 0 < relative < inf else 0.0
        measured[name] = Measured(
            value, error / ulp(true) if isfinite(true) else error, digits_of(relative),
            BITS_OF_A_DOUBLE if not error else right, tolerance, verdict, cause, lost,
        )  # fmt: skip
    return AccuracyEntry(c.row, c.column, true, c.lower, c.upper, "", measured)


def _error(value: float, true: float, c: Certificate) -> float:
    """How far a double is from the true entry, at most; 0 for the double nearest to it."""
    if value == true:
        return 0.0
    if not isfinite(value) or not isfinite(true):
        return inf
    ends = [Fraction(end) for end in (c.lower, c.upper) if end is not None] if true else [Fraction(0)]
    return max([float(abs(Fraction(value) - end)) for end in ends], default=0.0)


def _judged(value: float, true: float, tolerance: float, scale: float, twin: Any) -> tuple[str, str]:
    """The verdict on an exact backend."""
    if value == true or (true == 0 and abs(value) <= tolerance <= _NOTHING):
        return AGREES, ""
    verdict, cause = judged(Evidence(value, true, tolerance, scale, FAR))
    if verdict != AGREES and twin.leaves_range:
        return INCONCLUSIVE, "a double overflows or underflows on the way"
    return verdict, cause or ("it is further off than rounding explains" if verdict == WRONG else "")


def _estimate(jacobian: Jacobian, i: int, j: int) -> float:
    """The error that finite differences give themselves."""
    error = inf if jacobian.error is None else float(jacobian.error[i][j])
    return error + 8 * _UNIT * abs(float(jacobian.jacobian[i][j]))
