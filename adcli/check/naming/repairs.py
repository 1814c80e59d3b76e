"""Repairs of a formula: which part of it, replaced by what, makes it right.

For each occurrence of a subexpression there is a value that it would have to have, place by place,
for the claim to be right. If that is minus what stands there, or it times a constant, an inner
derivative, a power more, or plus a missing term, at all places alike, then that is the repair.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ...contexts import Number
from ...errors import LimitError
from ...graph import CONSTANT, VARIABLE
from ...printing import write
from ..claims import Formula
from .ranks import Rank, constant_of
from .scene import Cell, Finding, Scene

_MOST_OCCURRENCES = 160
_MOST_CELLS = 3
_STEPS = 8
_MOST_TERMS = 60
_BLAME = 40
_ANGLES = frozenset(("sin", "cos", "tan", "cot", "sec", "csc"))


class Occurrence(NamedTuple):
    """A subexpression at one of its places: argument `k` of `parent` (-1 for the entry itself)."""

    node: int
    parent: int
    k: int


class Ingredient(NamedTuple):
    """Something that may be missing or too much: its values at the places, and in words."""

    values: list[Number | None]
    text: str


def findings(scene: Scene) -> list[Finding]:
    """The repairs of single parts of the claim; those that all wrong entries need alike, or of the first alone."""
    if scene.claim is None or not scene.cells:
        return []
    claim = scene.claim
    ingredients = _inner_derivatives(scene)
    by_cell: list[list[Finding]] = []
    for cell in scene.cells[:_MOST_CELLS]:
        terms = _terms(scene, cell)
        by_cell.append([
            finding
            for place in _occurrences(claim, claim.rows[cell.i][cell.j])
            for finding in _repairs(scene, claim, cell, place, ingredients, terms)
        ])  # fmt: skip
    everywhere = set.intersection(*[{f.kind for f in found} for found in by_cell])
    return [f if f.kind in everywhere else f._replace(rank=f.rank + Rank.ELSEWHERE) for found in by_cell for f in found]


def _occurrences(claim: Formula, root: int) -> list[Occurrence]:
    order = claim.graph.needed([root])
    found = [Occurrence(root, root, -1)]
    for node in reversed(order):
        for k, a in enumerate(claim.graph.args[node]):
            if not claim.graph.ops[a].boolean:
                found.append(Occurrence(a, node, k))
    return found[:_MOST_OCCURRENCES]


def _repairs(
    scene: Scene,
    claim: Formula,
    cell: Cell,
    place: Occurrence,
    ingredients: Sequence[Ingredient],
    terms: Sequence[Ingredient],
) -> Iterator[Finding]:
    """What would have to stand at an occurrence, if it can be said in words."""
    values, wanted = [], []
    for p in range(len(scene.places)):
        try:
            pair = _wanted(scene, claim, cell, place, p)
        except LimitError:  # a guess that went too far
            return
        if pair is None:
            return
        values.append(pair[0])
        wanted.append(pair[1])
    graph = claim.graph
    shown = write(graph, place.node, budget=_BLAME)
    where = (place.parent, place.k)
    if all(abs(z) <= scene.fit * abs(s) for z, s in zip(wanted, values, strict=True)):
        return

    def fits(factor: Sequence[Number | None]) -> bool:
        return all(
            f is not None and scene.close(z, s * f) for f, s, z in zip(factor, values, wanted, strict=True)
        ) and any(s != 0 for s in values)

    m, count = scene.m, len(values)
    ratios = [z / s for z, s in zip(wanted, values, strict=True) if s != 0]
    if any(s == 0 and abs(z) > scene.fit for z, s in zip(wanted, values, strict=True)):
        ratios = []
    constant = constant_of(scene, ratios)
    written = place.k == -1 and _is_scaled(claim, place.node, scene, ratios)
    if constant == -1:
        yield Finding(Rank.SIGN - 1 if not written else Rank.WRITTEN, "sign", f"the sign of {shown} is wrong",
                      f"write -({shown})", where)  # fmt: skip
    elif constant is not None and constant not in (0, 1):
        plain = not any(graph.ops[n] is VARIABLE for n in graph.needed([place.node]))
        in_number = plain and graph.ops[place.parent].name not in ("mul", "div")
        rank = Rank.WRITTEN if written else Rank.IN_NUMBER if in_number else Rank.FACTOR
        yield Finding(rank, "factor", f"{shown} is off by a factor: it should be {constant} times that",
                      f"multiply {shown} by {constant}", where, (("factor", str(1 / constant)),))  # fmt: skip
    degree = m.number("pi") / 180
    for factor in (degree, 1 / degree):
        if fits([factor] * count):
            yield Finding(Rank.DEGREES, "degrees", f"degrees are taken for radians in {shown}",
                          "leave out pi/180", where)  # fmt: skip
    ten, two = m.log(m.number(10)), m.log(m.number(2))
    for factor in (ten, 1 / ten, two, 1 / two, ten / two, two / ten):
        if fits([factor] * count):
            yield Finding(Rank.BASE, "log-base", f"the base of a logarithm is wrong in {shown}",
                          "use the natural logarithm, or divide by log(base)", where)  # fmt: skip
    if not any(graph.ops[n] is VARIABLE for n in graph.needed([place.node])):
        return  # a plain number: it may be off by a factor, but nothing is missing in it
    for standing, base, text in _bases(scene, claim, place):
        powers = [
            (base, "lowered too often"), ([None if b == 0 else 1 / b for b in base], "not lowered"),
        ]  # fmt: skip
        for factors, what in powers:
            if fits(factors):
                yield Finding(standing, "power", f"an exponent in {shown} is {what}",
                              f"{'multiply' if factors is base else 'divide'} it by {text}", where)  # fmt: skip
    for x in ingredients:
        if fits(x.values):
            yield Finding(Rank.LOCAL, "inner-derivative", f"the inner derivative {x.text} is missing at {shown}",
                          f"multiply {shown} by {x.text}", where)  # fmt: skip
    for x in terms:
        for sign in (1, -1):
            if all(
                t is not None and scene.close(z - s, sign * t) for t, s, z in zip(x.values, values, wanted, strict=True)
            ):
                yield Finding(Rank.LOCAL_TERM, "product-term", f"a term is missing at {shown}: {x.text}",
                              f"{'add' if sign > 0 else 'subtract'} {x.text}", where)  # fmt: skip


def _is_scaled(claim: Formula, node: int, scene: Scene, ratios: Sequence[Number]) -> bool:
    """Whether the entry is written as a constant times the right thing: 2*(...), (...)/2, -(...)."""
    graph = claim.graph
    op, args = graph.ops[node], graph.args[node]
    if op.name == "neg":
        return all(scene.close(r, scene.m.number(-1)) for r in ratios)
    if op.name not in ("mul", "div"):
        return False
    constants = [a for a in args if graph.ops[a] is CONSTANT]
    if len(constants) != 1:
        return False
    value = scene.m.number(graph.constants[constants[0]])
    if value == 0:
        return False
    factor = 1 / value if op.name == "mul" else value
    return bool(ratios) and all(scene.close(r, factor) for r in ratios)


# -- what a part would have to be


def _wanted(scene: Scene, claim: Formula, cell: Cell, place: Occurrence, p: int) -> tuple[Number, Number] | None:
    """The value of an occurrence at a place, and the one that would make the entry right."""
    m, graph = scene.m, claim.graph
    root = claim.rows[cell.i][cell.j]
    order, v = graph.needed([root]), scene.claimed_values[p]
    value, right = v[place.node], cell.true[p]
    if place.k == -1:
        return value, right

    def entry(z: Number) -> Number:
        w = list(v)
        for node in order:
            if node < place.parent or not graph.args[node]:
                continue
            xs = [w[a] for a in graph.args[node]]
            if node == place.parent:
                xs[place.k] = z
            w[node] = getattr(m, graph.ops[node].name)(*xs)
        return w[root]

    z0, y0 = value, v[root]
    z1 = value * (1 + m.number(2) ** -20) if value != 0 else m.number(2) ** -20
    y1 = entry(z1)
    for _ in range(_STEPS):
        if y1 == y0 or not m.is_finite(y1) or not m.is_finite(z1):
            return None
        z0, z1, y0 = z1, z1 + (right - y1) * (z1 - z0) / (y1 - y0), y1
        y1 = entry(z1)
        if scene.close(y1, right) and abs(y1 - right) <= 1e-14 * max(abs(y1), abs(right)):
            return value, z1
    return None


# -- what may be missing


def _inner_derivatives(scene: Scene) -> list[Ingredient]:
    """The derivatives of the inner functions of the expression, by the columns that are wrong."""
    graph, found = scene.problems[0].graph, []
    for j in sorted({c.j for c in scene.cells}):
        name = scene.target.columns[j]
        for node in scene.problems[0].order:
            dots = [passes.dots[j][node] for passes in scene.passes]
            if not graph.args[node] or any(d is None or d == 0 for d in dots):
                continue
            own = [passes.problem.values[node] for passes in scene.passes]
            if all(scene.close(d, v) for d, v in zip(dots, own, strict=True)):
                continue  # off by the value itself
            if any(not scene.close(d, dots[0]) for d in dots):  # a plain constant that is missing is a factor
                text = f"∂/∂{name} of {write(graph, node, budget=_BLAME)}"
                found += [Ingredient(dots, text), Ingredient([1 / d for d in dots], f"1/({text})")]
    partials = [s.problem.partials for s in scene.passes]
    for node in scene.problems[0].order:
        if len(graph.args[node]) == 1 and graph.ops[node].name != "neg":
            values = [(row[node] or (None,))[0] for row in partials]
            own = [v.problem.values[node] for v in scene.passes]
            missing = any(x is None or x == 0 for x in values)
            if not missing and not all(scene.close(x, y) for x, y in zip(values, own, strict=True)):
                text = f"the derivative of {write(graph, node, budget=_BLAME)}"
                found.append(Ingredient(values, text))
    return found[: 2 * _MOST_TERMS]


def _terms(scene: Scene, cell: Cell) -> list[Ingredient]:
    """What goes through each edge into the entry, and the terms of each product rule."""
    graph, found = scene.problems[0].graph, []
    for node, k in list(scene.passes[0].all())[:_MOST_TERMS]:
        shares = [passes.change(node, k, cell.i, cell.j) for passes in scene.passes]
        if all(x is not None and x != 0 for x in shares):
            inner, mine = (write(graph, n, budget=_BLAME) for n in (graph.args[node][k], node))
            text = f"the term of {mine} with the derivative of {inner}"
            found.append(Ingredient(shares, text))
            local = [
                None if dot is None else (passes.problem.partials[node] or ())[k] * dot
                for passes in scene.passes
                for dot in [passes.dots[cell.j][graph.args[node][k]]]
            ]
            found.append(Ingredient(local, text))
    return found


def _bases(scene: Scene, claim: Formula, place: Occurrence) -> list[tuple[int, list[Number], str]]:
    """What an occurrence may have one power too many or too few of: its variables, bases in it, itself."""
    graph = claim.graph
    inside = graph.needed([place.node])
    nodes = [n for n in inside if graph.ops[n] is VARIABLE]
    nodes += [a for n in inside if graph.ops[n].name == "pow" for a in graph.args[n][:1]]
    if graph.args[place.node]:
        nodes.append(place.node)
    return [
        (
            Rank.VALUE + 1 if node == place.node else Rank.LOCAL + 1,
            [v[node] for v in scene.claimed_values],
            write(graph, node, budget=_BLAME),
        )
        for node in dict.fromkeys(nodes)
        if graph.ops[node] is not CONSTANT
    ]
