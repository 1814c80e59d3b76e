"""The right derivative at another point: a coordinate that is off by the same everywhere, or fixed, or an old point."""

from collections.abc import Callable, Sequence
from typing import Any

from ...contexts import Number
from ...diagnostics import undefined_node
from ...errors import LimitError
from ...points import listed
from ..target import Matrix
from .ranks import Rank
from .scene import Cell, Finding, Scene

_NEWTON = 12
_STARTS = (0.1, -0.1, 1.0, -1.0, 0.5, -0.5, 0.2, -0.2, 0.01, -0.01, 0.05, -0.05, 2.0, -2.0)  # steps people take
_FEW_STARTS = 6
_FIXED = (0, 1, -1, 2, 0.5, 3, -2, 4, 5, 10, 0.1)
_SAME_POINT = 1e-9
_NOTHING = 1e-60  # of the derivative, that a claim of 0 may be
_ROUND = 3  # digits of a coordinate that somebody may have typed


def findings(scene: Scene) -> list[Finding]:
    """The right derivative at another point: coordinates off by the same everywhere, or fixed."""
    if not scene.cells:
        return []
    names = list(scene.target.program.variables)
    groups = [[name] for name in names] + ([names] if len(names) > 1 else [])
    for group in groups:
        for fixed in (True, False):
            for z in _FIXED if fixed else _STARTS:
                if _explains(scene, group, scene.m.number(z), fixed=fixed):
                    return [_elsewhere(group, z, Rank.ROUND_STALE if fixed else Rank.FACTOR + 5, fixed=fixed)]
    for group in groups:
        for fixed in (False, True):
            found = _shift(scene, group, fixed=fixed)
            if found is not None:
                return [_elsewhere(group, found, Rank.STALE, fixed=fixed)]
    return _other_point(scene) if scene.claim is None or not scene.claim.varies else []


def _elsewhere(names: Sequence[str], z: float, rank: int, *, fixed: bool) -> Finding:
    name = names[0] if len(names) == 1 else "every coordinate"
    return _at(f"{name} = {z:.6g}" if fixed else f"{name} {'+' if z > 0 else '-'} {abs(z):.6g}", rank)


def _at(what: str, rank: int = Rank.STALE) -> Finding:
    text = f"this is the derivative at another point: {what}"
    return Finding(rank, "stale-point", text, "evaluate it at the point itself", None, (("at", what),))


def _explains(scene: Scene, names: Sequence[str], z: Number, *, fixed: bool) -> bool:
    """Whether the claim is the derivative with the named coordinates fixed at z, or moved by it."""
    seen = 0
    for p in range(len(scene.places)):
        numbers = {n: (z if fixed else x + z) if n in names else x for n, x in scene.numbers[p].items()}
        found = derivative_at(scene, numbers)
        if found is None:  # the other point may be outside of the domain where the claim is not
            continue
        seen += 1
        if not all(
            scene.close(found[c.i][c.j], c.claimed[p], c.slack[p] + _NOTHING * abs(c.true[p])) for c in scene.cells
        ):
            return False
    return seen >= min(2, len(scene.places))


def _shift(scene: Scene, names: Sequence[str], *, fixed: bool) -> float | None:
    """The shift of the named coordinates, or the value they are fixed at, that explains the claim."""
    m = scene.m
    cell = max(scene.cells, key=lambda c: _off(c, 0))
    if _off(cell, 0) == 0 or (len(scene.places) == 1 and len(scene.cells) == 1):
        return None

    def entry(z: Number) -> Number | None:
        numbers = {n: (z if fixed else x + z) if n in names else x for n, x in scene.numbers[0].items()}
        found = derivative_at(scene, numbers)
        return None if found is None else found[cell.i][cell.j]

    here = scene.numbers[0][names[0]] if fixed else m.number(0)
    for start in _STARTS[:_FEW_STARTS]:
        z = _secant(entry, cell.claimed[0], here + m.number(start), m)
        if z is None or abs(float(z - here)) < _SAME_POINT:
            continue
        if (len(scene.places) > 1 or _is_round(float(z))) and _explains(scene, names, z, fixed=fixed):
            return float(z)
    return None


def _off(cell: Cell, p: int) -> float:
    return float(abs(cell.claimed[p] - cell.true[p]))


def derivative_at(scene: Scene, numbers: dict[str, Number]) -> Matrix | None:
    """The true derivatives at another point; None where there are none."""
    try:
        problem = scene.target.problem(scene.m, numbers)
        scene.spend(problem)
        bad = undefined_node(scene.m, problem.graph, problem.order, problem.values, problem.outputs)
        return None if bad is not None else scene.target.derivative(problem)
    except LimitError:  # a guess that went too far
        return None


def _secant(f: Callable[[Number], Number | None], wanted: Number, start: Number, m: Any) -> Number | None:
    """A z near `start` with f(z) = wanted; None if a few secant steps do not find one."""
    z0, z1 = start, start + m.number(1) / 128
    y0, y1 = f(z0), f(z1)
    for _ in range(_NEWTON):
        if y0 is None or y1 is None or y1 == y0:
            break
        z0, z1 = z1, z1 + (wanted - y1) * (z1 - z0) / (y1 - y0)
        if not m.is_finite(z1) or abs(z1) > 1e6:
            return None
        y0, y1 = y1, f(z1)
        if y1 is not None and abs(y1 - wanted) <= 1e-20 * abs(wanted):
            return z1
    if y1 is not None and abs(y1 - wanted) <= 1e-12 * max(abs(wanted), abs(m.number(1)) * 1e-300):
        return z1
    return None


def _other_point(scene: Scene) -> list[Finding]:
    """Numbers that are the derivative at some other, round point: found by Gauss-Newton from this one."""
    names = list(scene.target.program.variables)
    entries = [x for row in scene.claimed[0] for x in row]
    if len(scene.places) != 1 or len(names) > 6 or len(entries) < len(names):
        return []
    for start in (0.0, 0.25, -0.25, 1.0, -1.0):
        point = {name: x + start for name, x in scene.numbers[0].items()}
        found = _gauss_newton(scene, point, entries)
        if found is None:
            continue
        here = [float(x) for x in scene.numbers[0].values()]
        there = [float(x) for x in found.values()]
        if max(abs(a - b) for a, b in zip(here, there, strict=True)) < 1e-6:
            continue
        if len(entries) > len(names) or all(map(_is_round, there)):
            what = listed([f"{name} = {x:.6g}" for name, x in zip(names, there, strict=True)])
            return [_at(what)]
    return []


def _gauss_newton(scene: Scene, point: dict[str, Number], wanted: list[Number]) -> dict[str, Number] | None:
    m, names = scene.m, list(point)
    mp: Any = m.mp
    step = m.number(10) ** -12
    for _ in range(_NEWTON):
        base = derivative_at(scene, point)
        if base is None:
            return None
        flat = [x for row in base for x in row]
        left = [w - x for w, x in zip(wanted, flat, strict=True)]
        size = max(map(abs, wanted))
        if max(map(abs, left)) <= max(1e-9 * size, 8 * max(s for row in scene.slack[0] for r in [row] for s in r)):
            return point
        columns = []
        for name in names:
            moved = derivative_at(scene, {**point, name: point[name] + step})
            if moved is None:
                return None
            columns.append([(a - b) / step for a, b in zip([x for r in moved for x in r], flat, strict=True)])
        matrix = mp.matrix([[column[k] for column in columns] for k in range(len(flat))])
        try:
            change = mp.lu_solve(matrix, mp.matrix(left))
        except (ZeroDivisionError, ValueError, TypeError):  # singular, in mpmath's several ways to say so
            return None
        point = {name: x + change[k] for k, (name, x) in enumerate(point.items())}
        if any(not m.is_finite(x) or abs(x) > 1e6 for x in point.values()):
            return None
    return None


def _is_round(x: float) -> bool:
    return abs(x - float(f"{x:.{_ROUND}g}")) <= 1e-7 * max(abs(x), 1e-3)
