"""How a wrong cell of a worksheet may have come about.

Each usual slip gives a number of its own: the tangent with its sign flipped, with a term left out, with
degrees taken for radians. A slip is named only where it gives what was written.
"""

from collections.abc import Callable, Iterator
from math import prod
from typing import NamedTuple

from ...contexts import Number
from ...tracing import BAR, DOT, over
from .formulas import ANEW, OWN, Formulas, Key, Look
from .worksheets import ADJOINT, TANGENT, VALUE

_TAKEN_FOR = {
    "sin": ("cos", "tan"), "cos": ("sin", "tan"), "tan": ("sin", "cos"), "sinh": ("sin", "cosh"),
    "cosh": ("cos", "sinh"), "tanh": ("tan", "sinh"), "asin": ("acos",), "acos": ("asin",),
    "log": ("log10", "log2"), "log10": ("log",), "log2": ("log", "log10"), "exp": ("exp10", "exp2"),
    "add": ("mul", "sub"), "sub": ("add",), "mul": ("add", "div"), "div": ("mul", "sub"), "pow": ("mul",),
    "max": ("min",), "min": ("max",), "sqrt": ("square",), "square": ("sqrt",),
}  # fmt: skip
_ORDERED = frozenset(("div", "pow", "atan2", "logb"))  # of two arguments that are not alike
_ANGLES = frozenset(("sin", "cos", "tan", "cot", "sec", "csc"))
_ARCS = frozenset(("asin", "acos", "atan", "atan2"))
_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "^"}


class Slip(NamedTuple):
    """A number that a slip gives, and the slip in words that may follow "perhaps"."""

    number: Number
    text: str


class Path(NamedTuple):
    """A term of a derivative: the name of what it comes by, that derivative, and the partial derivative."""

    name: str
    derivative: Number
    partial: Number

    @property
    def term(self) -> Number:
        """What it adds to the sum."""
        return self.partial * self.derivative


def explain(formulas: Formulas, key: Key, look: Look, agrees: Callable[[Number], bool]) -> str:
    """The first usual slip that gives what `agrees` tells to have been written, or nothing."""
    m = formulas.m
    found = (slip.text for slip in _slips(formulas, key, look) if m.is_finite(slip.number) and agrees(slip.number))
    return next(found, "")


def _slips(f: Formulas, key: Key, look: Look) -> Iterator[Slip]:
    right = f.total(f.terms(key), look)
    if f.given(key):
        yield Slip(-right, "the sign is flipped")
        return
    if not f.terms(key) or key.node in f.seeds or (key.column == TANGENT and not f.graph.args[key.node]):
        yield from _of_seeds(f, key)
    if right != 0:
        yield Slip(-right, "the sign is flipped")
    if key.column == VALUE:
        yield from _of_values(f, key.node, look)
    else:
        yield Slip(look(Key(VALUE, key.node)), f"the value stands in place of the {key.column}")
        yield from (_of_tangents if key.column == TANGENT else _of_adjoints)(f, key.node, look)
    for power in (10, 100):
        yield Slip(right * power, "the decimal point is misplaced")
        yield Slip(right / power, "the decimal point is misplaced")


def _of_seeds(f: Formulas, key: Key) -> Iterator[Slip]:
    if len(f.seeds) == 1:
        (seeded,) = f.seeds
        if seeded in f.tables.names:
            yield Slip(
                f.zero + (0 if key.node == seeded else 1), f"another seed was meant: here it is {_name(f, seeded)}"
            )


def _name(f: Formulas, node: int) -> str:
    return f.tables.names[node]


def _word(name: str) -> str:
    return _SIGNS.get(name, name)


def _of_values(f: Formulas, node: int, look: Look) -> Iterator[Slip]:
    m, op = f.m, f.graph.ops[node]
    xs = f.arguments(node, look)
    degree = m.div(m.number("pi"), m.number(180))
    if op.name in _ANGLES:
        yield Slip(f.apply(op.name, [x * degree for x in xs]), "the angle was taken in degrees, and it is in radians")
    if op.name in _ARCS:
        yield Slip(m.div(f.apply(op.name, xs), degree), "the angle is in degrees, and it should be in radians")
    for other in _TAKEN_FOR.get(op.name, ()):
        yield Slip(f.apply(other, xs), f"{_word(other)} was taken in place of {_word(op.name)}")
    if op.name in _ORDERED:
        yield Slip(f.apply(op.name, xs[::-1]), "the operands are swapped")
    for x, a in zip(xs, f.graph.args[node], strict=True):
        if a in f.tables.names:
            yield Slip(x, f"{_name(f, a)} was copied")


def _of_tangents(f: Formulas, node: int, look: Look) -> Iterator[Slip]:
    xs = f.arguments(node, look)
    paths, values = [], []
    for a, x, p in zip(f.graph.args[node], xs, f.partials(node, look, OWN), strict=True):
        if p is not None:
            paths.append(Path(over(_name(f, a), DOT), look(Key(TANGENT, a)), p))
            values.append(x)
    if not paths:
        return
    yield from _of_paths(paths)
    if f.graph.ops[node].name == "div":
        right = sum([path.term for path in paths], f.zero)
        yield Slip(right * xs[1] * xs[1], "it was not divided by the square of the divisor")
    if f.graph.ops[node].name == "mul" and len(paths) > 1:
        yield Slip(prod([path.derivative for path in paths], start=f.zero + 1), "the tangents were multiplied")
        own = [x * path.derivative for x, path in zip(values, paths, strict=True)]
        yield Slip(sum(own, f.zero), "each factor was multiplied by its own tangent")
    if len(paths) == 1:
        yield from _of_functions(f, node, look, paths[0])
    yield Slip(
        sum([x * path.partial for x, path in zip(values, paths, strict=True)], f.zero),
        "the values were used in place of the tangents",
    )


def _of_functions(f: Formulas, node: int, look: Look, path: Path) -> Iterator[Slip]:
    """Slips in the derivative of a function of one thing."""
    m, op = f.m, f.graph.ops[node]
    xs, t = f.arguments(node, look), path.derivative
    value = look(Key(VALUE, node))
    if op.name == "pow" and f.problem.active[f.graph.args[node][0]]:
        x, n = xs
        yield Slip(m.pow(x, n - 1) * t, "the exponent was forgotten as a factor")
        yield Slip(n * value * t, "the exponent was not lowered")
    if len(xs) > 1:
        return
    yield Slip(value * t, f"{op.name} was taken for its own derivative")
    if op.name in _ANGLES:
        degree = m.div(m.number("pi"), m.number(180))
        (p,) = f.partials(node, look, ANEW, [xs[0] * degree])
        yield Slip(p * t, "the angle was taken in degrees, and it is in radians")
    for other in _TAKEN_FOR.get(op.name, ()):
        if other not in _SIGNS:
            yield Slip(f.apply(other, xs) * t, f"{other} was taken for the derivative of {op.name}")


def _of_adjoints(f: Formulas, node: int, look: Look) -> Iterator[Slip]:
    paths: dict[int, Path] = {}
    for user, k in f.tables.users.get(node, ()):
        p = f.partials(user, look, OWN)[k]
        if p is not None:
            before = paths[user].partial if user in paths else f.zero
            paths[user] = Path(over(_name(f, user), BAR), look(Key(ADJOINT, user)), before + p)
    if paths:
        yield from _of_paths(list(paths.values()), f.seeds.get(node))


def _of_paths(paths: list[Path], seed: Number | None = None) -> Iterator[Slip]:
    """Slips in a sum over paths, to which a seed may be added."""
    right = sum([path.term for path in paths], 0 if seed is None else seed)
    if seed is not None:
        yield Slip(right - seed, "the seed was not added")
    for path in paths:
        if len(paths) > 1 or seed is not None:
            yield Slip(right - 2 * path.term, f"the sign of the term with {path.name} is flipped")
        if len(paths) > 1:
            yield Slip(right - path.term, f"the term with {path.name} is missing")
    for path in paths:
        if len(paths) > 2 or (seed is not None and len(paths) > 1):
            yield Slip(path.term, f"only the term with {path.name} stands there, and all are added up")
    for path in paths:
        rest = right - path.term
        yield Slip(rest + path.derivative, f"{path.name} was not multiplied by its partial derivative")
        yield Slip(rest + path.partial, f"the partial derivative was not multiplied by {path.name}")
    if len(paths) > 1:
        yield Slip(sum([path.derivative for path in paths], 0), "the partial derivatives were forgotten")
        yield Slip(sum([path.partial for path in paths], 0), "only the partial derivatives were added up")
