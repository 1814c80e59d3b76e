"""All backends against each other at a point.

Finite differences share no derivative rule with the exact backends, so they are the witness;
their own error estimate, and the rounding of the row, is the tolerance. Where they seem to
disagree, the differences are taken again in high precision before anything is called wrong:
an estimate is a statistical statement, a verdict is not.
"""

from typing import Any

from .. import backends
from ..contexts import Number
from ..errors import UsageError
from ..points import PointLike
from ..products import Function
from ..results.check import Check, CheckEntry
from ..results.jacobian import Jacobian

WITNESS = "fd"
ARBITER_DIGITS = 40
_ROUNDING = 2.0**10  # units of rounding, of the largest entry of a row, that exact backends may differ by
_USELESS = 1e-2  # an estimate above this share of the row's scale decides nothing


def check(
    function: Function, at: PointLike = None, *, digits: int | None = None, wrt: Any = None, **point: Any
) -> Check:
    """Compare the Jacobians of all backends at a point."""
    function = function.for_wrt(wrt)
    if not function.columns(wrt):
        raise UsageError("no-variables", "the expression has no variables: there is nothing to check")
    names = [name for name in backends.names() if name != "auto"]
    found = {name: function.jacobian(at, backend=name, digits=digits, wrt=wrt, **point) for name in names}
    witness = found[WITNESS]
    notes: list[str] = list(witness.notes)
    entries = _entries(found, names)
    suspects = [e for e in entries if e.verdict == "WRONG"]
    if suspects and digits is None:
        notes.append(f"finite differences repeated to {ARBITER_DIGITS} digits for {len(suspects)} entries")
        again = function.jacobian(at, backend=WITNESS, digits=ARBITER_DIGITS, wrt=wrt, **point)
        found[WITNESS] = _as_floats(witness, again)
        entries = _entries(found, names)
    entries.sort(key=lambda e: -e.excess if e.excess == e.excess else float("-inf"))
    verdict, cause = _verdict(witness, entries)
    return Check(
        witness.expression, witness.point, witness.warnings, digits, verdict, cause, tuple(names), tuple(entries),
        tuple(notes),
    )  # fmt: skip


def _entries(found: dict[str, Jacobian], names: list[str]) -> list[CheckEntry]:
    witness = found[WITNESS]
    epsilon = 2.0**-53 if witness.digits is None else 10.0**-witness.digits
    entries = []
    for i, row in enumerate(witness.rows):
        scale = max((abs(r.jacobian[i][j]) for r in found.values() for j in range(len(witness.columns))), default=0)
        for j, column in enumerate(witness.columns):
            values = {name: found[name].jacobian[i][j] for name in names}
            error = witness.error[i][j] if witness.error else 0
            entries.append(_entry(row, column, values, error, scale, epsilon))
    return entries


def _entry(
    row: str, column: str, values: dict[str, Number], error: Number, scale: Number, epsilon: float
) -> CheckEntry:
    tolerance = error + _ROUNDING * epsilon * scale
    names = list(values)
    pairs = [(abs(values[a] - values[b]), (a, b)) for k, a in enumerate(names) for b in names[k + 1 :]]
    deviation, pair = max(pairs, key=lambda item: (item[0] != item[0], item[0]))
    if not deviation <= tolerance:
        verdict = "WRONG" if deviation == deviation and tolerance < float("inf") else "INCONCLUSIVE"
    else:
        verdict = "INCONCLUSIVE" if tolerance > _USELESS * scale and tolerance > 1e-6 else "AGREES"
    return CheckEntry(row, column, values, deviation, tolerance, pair, verdict)


def _as_floats(witness: Jacobian, precise: Jacobian) -> Jacobian:
    from dataclasses import replace

    return replace(
        witness,
        jacobian=[[float(x) for x in row] for row in precise.jacobian],
        error=[[float(x) + 2.0**-52 * abs(float(y)) for x, y in zip(r, s, strict=True)]
               for r, s in zip(precise.error or [], precise.jacobian, strict=True)],
    )  # fmt: skip


def _verdict(witness: Jacobian, entries: list[CheckEntry]) -> tuple[str, str]:
    if witness.differentiable is not True:
        return "INCONCLUSIVE", "the function is not differentiable at this point"
    wrong = [e for e in entries if e.verdict == "WRONG"]
    if wrong:
        worst = wrong[0]
        a, b = worst.pair
        return "WRONG", f"∂{worst.row}/∂{worst.column} differs between {a} and {b}"
    unsure = [e for e in entries if e.verdict == "INCONCLUSIVE"]
    if unsure:
        return "INCONCLUSIVE", f"finite differences do not resolve ∂{unsure[0].row}/∂{unsure[0].column}"
    return "AGREES", ""
