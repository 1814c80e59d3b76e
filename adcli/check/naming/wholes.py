"""Mistakes with the claim as a whole: transposed, variables swapped, degrees, another logarithm, another point."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

from ... import sweeps
from ...backends.symbolic import derivative_graph
from ...contexts import Number
from ...graph import CONSTANT, VARIABLE, Graph
from ...primitives import TABLE
from ...problem import Problem
from ..claims import Formula
from ..target import Matrix
from . import stale
from .ranks import Rank, constant_of
from .scene import Cell, Exhausted, Finding, Scene
from .stale import derivative_at

_MOST_SWAPS = 60
_TRIGONOMETRIC = frozenset(("sin", "cos", "tan", "cot", "sec", "csc"))
_LOGARITHMS = {"log": 0, "log2": 2, "log10": 10}


def findings(scene: Scene) -> list[Finding]:
    """All repairs of the whole claim that make it right."""
    found: list[Finding] = []
    try:
        for find in (_transposed, _swapped_columns, _scaled, _in_text, _swapped_values, _other_units, stale.findings):
            found += find(scene)
    except Exhausted:
        pass
    return found


def _transposed(scene: Scene) -> list[Finding]:
    rows, columns = len(scene.target.rows), len(scene.target.columns)
    text = "the claim is the transpose: rows are outputs, columns are variables"
    if scene.transposed:
        return [Finding(Rank.TRANSPOSE, "transpose", text, "transpose it")] if not scene.cells else []
    if rows == 1 or columns == 1 or scene.target.order > 1:
        return []

    def turned(cell: Cell, p: int) -> Number:
        place = cell.i * columns + cell.j  # of a flat list that goes down the columns
        return scene.true[p][place % rows][place // rows]

    if not scene.repaired(turned):
        return []
    for i in range(rows):
        for j in range(columns):
            cell = Cell(i, j, [c[i][j] for c in scene.claimed], [], [s[i][j] for s in scene.slack])
            if not all(scene.close(turned(cell, p), cell.claimed[p], cell.slack[p]) for p in _all(scene)):
                return []
    return [Finding(Rank.TRANSPOSE, "transpose", text, "transpose it")]


def _swapped_columns(scene: Scene) -> list[Finding]:
    names = scene.target.columns
    if scene.target.order > 1:
        return _swapped_in_hessian(scene)
    for a, b in list(combinations(range(len(names)), 2))[:_MOST_SWAPS]:
        trade = {a: b, b: a}
        both = {c.j for c in scene.cells} == {a, b}
        if both and scene.repaired(
            lambda cell, p, trade=trade: scene.true[p][cell.i][trade[cell.j]]  # type: ignore[misc]
        ):
            text = f"the derivatives by {names[a]} and {names[b]} are swapped"
            return [Finding(Rank.SWAP, "swapped-variables", text, "swap the two")]
    return []


def _swapped_in_hessian(scene: Scene) -> list[Finding]:
    names = scene.target.columns
    for a, b in list(combinations(range(len(names)), 2))[:_MOST_SWAPS]:
        trade = {a: b, b: a}

        def swapped(cell: Cell, p: int, trade: dict[int, int] = trade) -> Number:
            return scene.true[p][trade.get(cell.i, cell.i)][trade.get(cell.j, cell.j)]

        if scene.repaired(swapped):
            return [Finding(Rank.SWAP, "swapped-variables", f"{names[a]} and {names[b]} are swapped", "swap the two")]
    return []


def _swapped_values(scene: Scene) -> list[Finding]:
    """Numbers that are the derivative at the point with two of its coordinates swapped."""
    if scene.claim is not None or not scene.cells:
        return []
    for a, b in list(combinations(list(scene.target.program.variables), 2))[:_MOST_SWAPS]:
        trade = {a: b, b: a}
        moved = [{n: numbers[trade.get(n, n)] for n in numbers} for numbers in scene.numbers]
        found = [derivative_at(scene, numbers) for numbers in moved]
        if all(x is not None for x in found) and scene.repaired(
            lambda cell, p, found=found: found[p][cell.i][cell.j]  # type: ignore[misc]
        ):
            return [Finding(Rank.SWAP, "swapped-variables", f"the values of {a} and {b} are swapped", "swap the two")]
    return []


def _scaled(scene: Scene) -> list[Finding]:
    """All that is wrong is off by the constant of an angle, or of the logarithm of a base."""
    m, found = scene.m, list[Finding]()
    degree = m.number("pi") / 180
    ratios = [c / t for cell in scene.cells for c, t in zip(cell.claimed, cell.true, strict=True) if t != 0]
    constant = constant_of(scene, ratios)
    if constant is not None and constant not in (0, 1):
        value = m.number(constant.numerator) / constant.denominator
        if scene.repaired(lambda cell, p: cell.true[p] * value):
            text = "the sign is wrong" if constant == -1 else f"the claim is {constant} times the derivative"
            kind, rank = ("sign", Rank.SIGN) if constant == -1 else ("factor", Rank.FACTOR)
            found.append(Finding(rank, kind, text, f"divide it by {constant}", None, (("factor", str(constant)),)))
    names = {scene.target.graph.ops[node].name for node in scene.problems[0].order}
    logarithmic = names & {*_LOGARITHMS, "logb", "exp2", "exp10", "pow"}
    kinds = [("degrees", Rank.DEGREES, degree, "pi/180"), ("degrees", Rank.DEGREES, 1 / degree, "180/pi")]
    for base in (2, 10):
        ln = m.log(m.number(base))
        kinds += [("log-base", Rank.BASE, ln, f"log({base})"), ("log-base", Rank.BASE, 1 / ln, f"1/log({base})")]
    for kind, rank, factor, text in kinds:
        if (kind == "degrees" or logarithmic) and scene.repaired(
            lambda cell, p, f=factor: cell.true[p] * f  # type: ignore[misc]
        ):
            found.append(Finding(rank, kind, f"a factor {text} is too much", f"leave out {text}"))
    return found


# -- repairs of a formula


def _in_text(scene: Scene) -> list[Finding]:
    claim, found = scene.claim, list[Finding]()
    if claim is None:
        return []
    names = list(scene.target.program.variables)
    used = [name for name in names if claim.program.variables[name] in set(claim.order)] or names
    for a, b in list(combinations(names, 2))[:_MOST_SWAPS]:
        if (a in used or b in used) and _right(scene, values := _with_numbers(scene, claim, {a: b, b: a})):
            rank = Rank.SWAP if _all_right(scene, values) else Rank.LOCAL + 2
            text = f"{a} and {b} are swapped in the claim"
            found.append(Finding(rank, "swapped-variables", text, "write each for the other"))
    found += _degrees(scene, claim)
    found += _logarithms(scene, claim)
    return found


def _right(scene: Scene, values: Sequence[Matrix]) -> bool:
    """Whether the repaired claim is right, wherever it was wrong."""
    return bool(scene.cells) and all(
        scene.close(values[p][c.i][c.j], c.true[p]) for c in scene.cells for p in range(len(scene.places))
    )


def _all_right(scene: Scene, values: Sequence[Matrix]) -> bool:
    """Whether the repair leaves no entry wrong."""
    return all(
        scene.close(x, t, scene.fit * abs(t))
        for found, true in zip(values, scene.true, strict=True)
        for row, right in zip(found, true, strict=True)
        for x, t in zip(row, right, strict=True)
    )


def _with_numbers(scene: Scene, claim: Formula, names: Mapping[str, str]) -> list[Matrix]:
    return [
        claim.values(scene.m, {name: numbers[names.get(name, name)] for name in numbers}) for numbers in scene.numbers
    ]


def _degrees(scene: Scene, claim: Formula) -> list[Finding]:
    """Angles, or the derivative, or both, taken in degrees."""
    if not any(claim.graph.ops[node].name in _TRIGONOMETRIC for node in claim.order):
        return []
    degree = scene.m.number("pi") / 180
    for scale in (1 / degree, degree):
        values = [_evaluated(scene, claim, p, _TRIGONOMETRIC, lambda xs, s=scale: [xs[0] * s]) for p in _all(scene)]  # type: ignore[misc]
        for factor in (1, degree, 1 / degree):
            if _right(scene, [[[x * factor for x in row] for row in value] for value in values]):
                text = "angles are taken in degrees: here they are radians"
                return [Finding(Rank.DEGREES, "degrees", text, "leave out pi/180")]
    return []


def _logarithms(scene: Scene, claim: Formula) -> list[Finding]:
    """All logarithms of one kind taken for those of another."""
    m, found = scene.m, []
    logs = {0: m.number(1), 2: m.log(m.number(2)), 10: m.log(m.number(10))}
    there = {claim.graph.ops[node].name for node in claim.order} & set(_LOGARITHMS)
    for name in sorted(there):
        for base, factor in logs.items():
            own = logs[_LOGARITHMS[name]]
            if base == _LOGARITHMS[name]:
                continue
            scale = own / factor
            values = [
                _evaluated(scene, claim, p, frozenset((name,)), None, lambda y, s=scale: y * s)  # type: ignore[misc]
                for p in _all(scene)
            ]
            if _right(scene, values):
                right = {0: "log", 2: "log2", 10: "log10"}[base]
                text = f"{name} stands where {right} belongs"
                found.append(Finding(Rank.BASE, "log-base", text, f"write {right}"))
    return found


def _all(scene: Scene) -> range:
    return range(len(scene.places))


def _evaluated(
    scene: Scene,
    claim: Formula,
    p: int,
    names: frozenset[str],
    before: Callable[[list[Number]], list[Number]] | None,
    after: Callable[[Number], Number] | None = None,
) -> Matrix:
    """The claim at a place, with the arguments or the values of some functions changed."""
    m, graph = scene.m, claim.graph
    point = claim.problem(m, scene.numbers[p]).point
    v: dict[int, Any] = {}
    for node in claim.order:
        op = graph.ops[node]
        if op is VARIABLE:
            v[node] = point[node]
        elif op is CONSTANT:
            v[node] = m.number(graph.constants[node])
        else:
            xs = [v[a] for a in graph.args[node]]
            chosen = op.name in names
            v[node] = getattr(m, op.name)(*(before(xs) if chosen and before is not None else xs))
            if chosen and after is not None:
                v[node] = after(v[node])
    return [[v[node] for node in row] for row in claim.rows]


# -- the function, or its derivative, with another meaning of its functions


def _other_units(scene: Scene) -> list[Finding]:
    """Degrees in the function before it was differentiated, or in its derivative; likewise other logarithms."""
    if not scene.cells:
        return []
    target = scene.target
    ops = {target.graph.ops[node].name for node in scene.problems[0].order}
    found = []
    if ops & _TRIGONOMETRIC:
        text = "angles are taken in degrees: here they are radians"
        finding = Finding(Rank.DEGREES, "degrees", text, "leave out pi/180")
        if _is_derivative_of(scene, _in_degrees) or _is_evaluated(scene, _in_degrees):
            found.append(finding)
    for name in sorted(ops & set(_LOGARITHMS)):
        for other in _LOGARITHMS:
            if other != name and _is_derivative_of(scene, _renamed(name, other)):
                text = f"{name} is differentiated as if it were {other}"
                found.append(Finding(Rank.BASE, "log-base", text, f"log{'' if name == 'log' else name[3:]} it is"))
    return found


Change = Callable[[Graph, Any, tuple[int, ...]], int]


def _in_degrees(graph: Graph, op: Any, args: tuple[int, ...]) -> int:
    if op.name in _TRIGONOMETRIC:
        degree = graph.apply(TABLE["div"], (graph.constant("pi"), graph.constant(180)))
        args = (graph.apply(TABLE["mul"], (args[0], degree)),)
    return graph.apply(op, args)


def _renamed(name: str, other: str) -> Change:
    return lambda graph, op, args: graph.apply(TABLE[other] if op.name == name else op, args)


def _changed(source: Graph, nodes: Sequence[int], change: Change) -> tuple[Graph, dict[int, int]]:
    """A graph with its operations changed, and its nodes by the old ones."""
    graph, made = Graph(), dict[int, int]()
    for node in source.needed(nodes):
        args = tuple([made[a] for a in source.args[node]])
        made[node] = change(graph, source.ops[node], args) if args else graph.adopt(source, node, made)
    return graph, made


def _is_derivative_of(scene: Scene, change: Change) -> bool:
    """Whether the claim is the derivative of the changed function."""
    target, program = scene.target, scene.target.program
    columns = list(target.function.columns(target.wrt).values())
    results = [node for _, node in program.outputs]
    graph, made = _changed(program.graph, [*results, *columns], change)
    inputs, outputs = [made[n] for n in columns], [made[n] for n in results]
    if target.order > 1:
        names = [graph.names[node] for node in inputs]
        graph, entries, _ = derivative_graph(graph, inputs, outputs, "reverse")
        inputs, outputs = [graph.variable(name) for name in names], entries[0]
    found = []
    for problem in scene.problems:
        scene.spend(problem)
        by_name = {problem.graph.names[n]: x for n, x in problem.point.items()}
        point = {n: by_name[name] for n, name in graph.names.items()}
        found.append(target.derivative(Problem(scene.m, graph, inputs, outputs, point)))
    return scene.repaired(lambda cell, p: found[p][cell.i][cell.j])


def _is_evaluated(scene: Scene, change: Change) -> bool:
    """Whether the claim is the right derivative, whose functions are evaluated with another meaning."""
    target = scene.target
    derived, entries, _ = derivative_graph(target.graph, target.inputs, target.outputs, textbook=True)
    flat = [node for row in entries for node in row]
    graph, made = _changed(derived, flat, change)
    nodes = [made[node] for node in flat]
    order, width, found = graph.needed(nodes), len(target.inputs), []
    for problem in scene.problems:
        by_name = {problem.graph.names[n]: x for n, x in problem.point.items() if n in problem.graph.names}
        point = {n: by_name[name] for n, name in graph.names.items() if name in by_name}
        v = sweeps.values(scene.m, graph, order, point)
        found.append([v[n] for n in nodes])
    return scene.repaired(lambda cell, p: found[p][cell.i * width + cell.j])
