"""Mistakes of derivation: which step of the differentiation, done wrongly, gives what is claimed.

Every entry is a sum over paths. What goes through one edge of the graph is (adjoint of the node) *
(partial) * (tangent of the argument), so a wrong partial there, a forgotten inner derivative or a
forgotten term changes the entry by a known amount, and the claim tells at once by which factor the
edge is off. That factor, the same story at all places and in all wrong entries, names the mistake.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple

from ...contexts import Number
from ...printing import write
from .ranks import Rank, constant_of
from .scene import Finding, Scene, Setting

_MOST_EDGES = 400
_BLAME = 40
_LINEAR = frozenset(("add", "sub", "neg", "mul", "shifted", "where", "max", "min"))
_TRIGONOMETRIC = frozenset(("sin", "cos", "tan", "cot", "sec", "csc"))
_ANGLES = frozenset(("asin", "acos", "atan", "acot", "asec", "acsc", "atan2"))
_LOGARITHMS = {"log": None, "log2": 2, "log10": 10, "log1p": None}
_EXPONENTIALS = {"exp2": 2, "exp10": 10}
_ROOTS = {"sqrt": Fraction(1, 2), "cbrt": Fraction(1, 3), "square": Fraction(2), "inv": Fraction(-1)}

Factor = Callable[[int, int], Number | None]
"""What an edge is off by, at a place and in a column."""


class Guess(NamedTuple):
    """A mistake that could have been made at an edge."""

    rank: int
    kind: str
    factor: Factor
    message: str


def findings(scene: Scene) -> list[Finding]:
    """All single steps that explain every wrong entry at every place."""
    found: list[Finding] = []
    problem = scene.problems[0]
    steps = dict.fromkeys(edge for passes in scene.passes for edge in passes.all())
    for node, k in [edge for edge in steps if _matters(scene, *edge)][:_MOST_EDGES]:
        ratios = _ratios(scene, node, k)
        if ratios is None:
            continue
        found += [
            Finding(guess.rank, guess.kind, guess.message)
            for guess in [*guesses(scene, node, k), *_constants(scene, ratios, node, k)]
            if all(_fits(scene, ratio, guess.factor(p, j), slack) for (p, j), ratio, slack in ratios)
        ]
    for node in problem.order[-_MOST_EDGES:]:
        if problem.active[node] and problem.graph.args[node]:
            found += _of_node(scene, node)
    return found


def _matters(scene: Scene, node: int, k: int) -> bool:
    """Whether something goes through the edge into the first of the wrong entries."""
    cell = scene.cells[0]
    return any(passes.change(node, k, cell.i, cell.j) is not None for passes in scene.passes)


def _fits(scene: Setting, ratio: Number, factor: Number | None, slack: Number) -> bool:
    return scene.close(ratio, factor, slack + (scene.fit if factor == 0 else 0))


def _ratios(scene: Scene, node: int, k: int) -> list[tuple[tuple[int, int], Number, Number]] | None:
    """What the edge's share would have to be multiplied by; None if the edge cannot explain the claim."""
    found = []
    for cell in scene.cells:
        for p, passes in enumerate(scene.passes):
            share = passes.change(node, k, cell.i, cell.j)
            off = cell.claimed[p] - cell.true[p]
            if share is None or share == 0:
                if not scene.close(cell.claimed[p], cell.true[p], cell.slack[p]):
                    return None
                continue
            found.append(((p, cell.j), 1 + off / share, abs(cell.slack[p] / share)))
    return found or None


def _text(scene: Setting, node: int) -> str:
    return write(scene.problems[0].graph, node, budget=_BLAME)


def guesses(scene: Setting, node: int, k: int) -> Iterator[Guess]:
    """The mistakes that people make at an edge of this kind."""
    graph, passes = scene.problems[0].graph, scene.passes
    op, args = graph.ops[node], graph.args[node]
    a = args[k]
    mine, inner = _text(scene, node), _text(scene, a)
    values = [s.problem.values for s in passes]
    partial = [None if (row := s.problem.partials[node]) is None else row[k] for s in passes]
    m = scene.m

    def tangent(p: int, j: int) -> Number | None:
        dot = passes[p].dots[j][a]
        return None if dot is None or dot == 0 else 1 / dot

    inactive = [x for x in args if not scene.problems[0].active[x]]
    yield Guess(Rank.SIGN, "sign", lambda p, j: m.number(-1), f"the sign of the derivative of {mine} is wrong")
    if op.name not in _LINEAR and graph.args[a] and not (op.name == "div" and k == 0):
        dots = [dot[a] for passed in passes for dot in passed.dots.values() if dot[a] is not None]
        turned = graph.ops[a].name == "neg" and all(
            d == -1 for d in dots
        )  # what one forgets of exp(-x) is more than a sign
        yield Guess(
            Rank.SIGN - 2 if turned else Rank.INNER, "inner-derivative", tangent,
            f"the inner derivative of {inner} is missing in the derivative of {mine}",
        )  # fmt: skip
        last = node in scene.target.outputs
        own = last and all(p is None or scene.close(p, v[node]) for p, v in zip(partial, values, strict=True))
        yield Guess(
            Rank.VALUE + 2 if own else Rank.MIDDLE, "factor" if own else "inner-derivative",
            lambda p, j: _inverse(partial[p]),
            f"the derivative of {mine} itself is missing, and only that of {inner} is there",
        )  # fmt: skip
    if op.name in ("mul", "div", "pow") and not inactive:
        what = {"mul": "product", "div": "quotient", "pow": "power"}[op.name]
        yield Guess(
            Rank.TERM, "product-term", lambda p, j: m.number(0),
            f"the term of the {what} rule with the derivative of {inner} is missing, in {mine}",
        )  # fmt: skip
    if op.name in ("add", "sub"):
        yield Guess(Rank.SUM_TERM, "product-term", lambda p, j: m.number(0), f"the derivative of {inner} is missing")
    yield from _powers(scene, node, k, values, mine)
    yield from _bases(scene, node, k, values, mine)
    if op.name in _TRIGONOMETRIC or op.name in _ANGLES:
        degree = m.number("pi") / 180
        for factor in (degree, 1 / degree):
            yield Guess(
                Rank.DEGREES, "degrees", lambda p, j, factor=factor: factor,  # type: ignore[misc]
                f"{mine} is differentiated in degrees",
            )  # fmt: skip
    if op.name in _TRIGONOMETRIC:
        rule = op.partials[0]
        for scale, extra in ((degree, 1), (degree, degree), (1 / degree, 1)):

            def at_degrees(p: int, _j: int, scale: Number = scale, extra: Number = extra) -> Number | None:
                x = values[p][a] * scale
                found = rule(m, op.value(m, x), x) if callable(rule) else None
                return None if found is None or not partial[p] else extra * found / partial[p]

            yield Guess(Rank.DEGREES, "degrees", at_degrees, f"the derivative of {mine} is taken at degrees")


def _powers(scene: Setting, node: int, k: int, values: list[list[Number]], mine: str) -> Iterator[Guess]:
    """The power rule: its exponent kept, lowered twice, its constant lost."""
    graph, m = scene.problems[0].graph, scene.m
    found = _power(scene, node, k)
    if found is not None:
        base, exponent = found
        n = m.number(exponent.numerator) / exponent.denominator

        def of(x: int, factor: Callable[[Number], Number]) -> Factor:
            return lambda p, j: factor(values[p][x]) if values[p][x] != 0 else None

        single = [
            ("its exponent is not lowered", lambda x: x),
            ("its exponent is lowered twice", lambda x: 1 / x),
            ("its exponent is lowered twice", lambda x: (n - 1) / x),
            ("its constant is lost", lambda x: 1 / n),
        ]
        double = [
            ("its constant is lost, and its exponent is not lowered", lambda x: x / n),
            ("its constant is lost, and its exponent is lowered twice", lambda x: 1 / (n * x)),
            ("its exponent is raised", lambda x: x * x),
        ]
        for rank, texts in ((Rank.POWER, single), (Rank.TWO_OF_POWER, double)):
            for text, factor in texts:
                yield Guess(rank, "power", of(base, factor), f"the power rule for {mine}: {text}")
    if graph.ops[node].name == "pow" and k == 1:
        b, g = graph.args[node]

        def misapplied(p: int, _j: int) -> Number | None:
            x, y = values[p][b], values[p][g]
            return y / (x * m.log(x)) if x > 0 and x != 1 else None

        yield Guess(
            Rank.POWER, "power", misapplied, f"the power rule does not hold for {mine}, whose exponent is not constant"
        )


def _power(scene: Setting, node: int, k: int) -> tuple[int, Fraction] | None:
    """Base and exponent of a node that is a power with a constant exponent: x^n, sqrt(x), c/x^n."""
    graph = scene.problems[0].graph
    op, args = graph.ops[node], graph.args[node]
    if op.name == "pow" and k == 0:
        n = _fraction(scene, args[1])
        if n is None:
            return None
        inner = _power(scene, args[0], 0) if graph.ops[args[0]].name in ("pow", *_ROOTS) else None
        return (args[0], n) if inner is None or n.denominator == 1 else (inner[0], inner[1] * n)
    if op.name in _ROOTS and k == 0:
        inner = _power(scene, args[0], 0) if graph.ops[args[0]].name == "pow" else None
        return (args[0], _ROOTS[op.name]) if inner is None else (inner[0], inner[1] * _ROOTS[op.name])
    if op.name == "div" and k == 1:
        inner = _power(scene, args[1], 0)
        return (args[1], Fraction(-1)) if inner is None else (inner[0], -inner[1])
    return None


def _fraction(scene: Setting, node: int) -> Fraction | None:
    """The rational number that a constant node is."""
    problem = scene.problems[0]
    if problem.active[node] or scene.m.is_nan(problem.values[node]):
        return None
    found = Fraction(str(float(problem.values[node]))).limit_denominator(1000)
    close = abs(problem.values[node] - scene.m.number(found)) < 1e-12 * max(1, abs(problem.values[node]))
    return found if close and found != 0 else None


def _bases(scene: Setting, node: int, k: int, values: list[list[Number]], mine: str) -> Iterator[Guess]:
    """Logarithms and exponentials: the logarithm of the base is missing, there twice, or another one."""
    graph, m = scene.problems[0].graph, scene.m
    op, args = graph.ops[node], graph.args[node]
    ten, two = m.log(m.number(10)), m.log(m.number(2))
    factors: list[Factor] = []
    if op.name in _LOGARITHMS or (op.name == "logb" and k == 0):
        base = _LOGARITHMS.get(op.name)
        if op.name == "logb":
            factors = [lambda p, j: m.log(values[p][args[1]]), lambda p, j: m.log(values[p][args[1]]) ** 2]
        elif base is None:
            factors = [lambda p, j, x=x: x for x in (ten, two, 1 / ten, 1 / two)]  # type: ignore[misc]
        else:
            own = m.log(m.number(base))
            others = (own, own * own, own / ten, own / two)
            factors = [lambda p, j, x=x: x for x in others if x != 1]  # type: ignore[misc]
    elif op.name in _EXPONENTIALS:
        own = m.log(m.number(_EXPONENTIALS[op.name]))
        factors = [lambda p, j, x=x: x for x in (1 / own, 1 / own**2, 1 / ten, 1 / two)]  # type: ignore[misc]
    elif op.name == "pow" and k == 1:
        factors = [
            lambda p, j: _inverse(m.log(values[p][args[0]])),
            lambda p, j: _inverse(m.log(values[p][args[0]]) ** 2),
            lambda p, j: 1 / ten,
            lambda p, j: 1 / two,
        ]
    for factor in factors:
        yield Guess(Rank.BASE, "log-base", factor, f"the logarithm of the base is wrong in the derivative of {mine}")


def _inverse(x: Number | None) -> Number | None:
    return None if x is None or x == 0 or x != x else 1 / x


def _constants(scene: Scene, ratios: list[tuple[tuple[int, int], Number, Number]], node: int, k: int) -> list[Guess]:
    """The same plain number everywhere."""
    found = constant_of(scene, [ratio for _, ratio, _ in ratios])
    if found is None or found in (0, 1, -1):
        return []
    value = scene.m.number(found.numerator) / found.denominator
    inner = _text(scene, scene.problems[0].graph.args[node][k])
    return [Guess(Rank.FACTOR + 1, "factor", lambda p, j: value, f"the share of {inner} is {found} times what it is")]


def _of_node(scene: Scene, node: int) -> list[Finding]:
    """Mistakes with all that goes through a node: product and quotient rule as a whole, and its own value."""
    graph = scene.problems[0].graph
    op, args, mine = graph.ops[node], graph.args[node], _text(scene, node)
    found: list[Finding] = []

    def share(p: int, i: int, j: int) -> Number | None:
        bar, dot = scene.passes[p].bars[i][node], scene.passes[p].dots[j][node]
        return None if bar is None or dot is None else bar * dot

    def derived(new: Callable[[int, int], Number | None]) -> bool:
        """Whether the claim comes of this tangent of the node instead of the right one."""

        def value(cell: object, p: int) -> Number | None:
            i, j = cell.i, cell.j  # type: ignore[attr-defined]
            bar, dot = scene.passes[p].bars[i][node], scene.passes[p].dots[j][node]
            tangent = None if bar is None or dot is None else new(p, j)
            true = scene.true[p][i][j]
            return None if tangent is None else true + bar * (tangent - dot)

        return scene.repaired(value)

    def parts(p: int, j: int) -> tuple[Number, Number, Number, Number] | None:
        v, dots = scene.problems[p].values, scene.passes[p].dots[j]
        if len(args) != 2 or dots[args[0]] is None or dots[args[1]] is None:
            return None
        return v[args[0]], v[args[1]], dots[args[0]], dots[args[1]]

    def by_parts(rule: Callable[[Number, Number, Number, Number], Number]) -> Callable[[int, int], Number | None]:
        def tangent(p: int, j: int) -> Number | None:
            xs = parts(p, j)
            return None if xs is None else rule(*xs)

        return tangent

    if op.name == "mul" and derived(by_parts(lambda u, v, du, dv: du * dv)):
        found.append(Finding(Rank.TERM, "product-term", f"the product rule for {mine} is u'v + u·v', not u'·v'"))
    if op.name == "div":
        if derived(by_parts(lambda u, v, du, dv: du / dv if dv != 0 else u * 0)):
            found.append(Finding(Rank.TERM, "product-term", f"the quotient rule for {mine} is not u'/v'"))
        if derived(by_parts(lambda u, v, du, dv: (du * v + u * dv) / (v * v))):
            found.append(Finding(Rank.SIGN, "sign", f"the quotient rule for {mine} has a minus: (u'v - u·v')/v²"))
        if derived(by_parts(lambda u, v, du, dv: (du * v - u * dv) / v)):
            found.append(
                Finding(Rank.TERM + 1, "power", f"the denominator of the quotient rule for {mine} is not squared")
            )
    if derived(lambda p, j: -scene.passes[p].dots[j][node]):
        found.append(Finding(Rank.SIGN, "sign", f"the sign of the derivative of {mine} is wrong"))

    def scaled(factor: Callable[[Number], Number | None]) -> Callable[[int, int], Number | None]:
        def tangent(p: int, j: int) -> Number | None:
            by = factor(scene.problems[p].values[node])
            return None if by is None else by * scene.passes[p].dots[j][node]

        return tangent

    for name, factor in (("times", lambda y: y), ("divided by", _inverse)):
        if derived(scaled(factor)):
            text = f"the derivative of {mine} is {name} its own value"
            rank = Rank.VALUE if node in scene.target.outputs else Rank.MIDDLE + 1
            found.append(Finding(rank, "factor", text, "", None, (("factor", mine),)))
    return found
