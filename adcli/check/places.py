"""Points to check at: generic ones inside the domain, and what is special about those that were given.

A wrong term may vanish, or two may coincide, where a coordinate is 0 or 1, where two are equal, or
on one side of a kink only. So points are drawn away from all of these, and those come first that see
another side of a switching surface. The numbers of the expression tell where its domain may be.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random

from ..contexts import Number, NumberContext, make_context
from ..graph import CONSTANT
from .surfaces import sides, surfaces
from .target import Place, Target

_MOST_TRIES = 3000  # draws before it is said that no point was found
_ENOUGH_TRIES = 120  # draws after which what was found will do
_MOST_WORK = 3_000_000  # nodes visited while drawing
_MOST_SIDES = 8  # points beyond the wanted ones, for further sides of switching surfaces
_CLOSE = 0.02  # to a whole number, or to another coordinate
_SIZES = (0.05, 1.0, 10.0)  # between which variables are alike
_SMALL = 20  # coordinates above which whole numbers are nothing special
_MANY = 40  # coordinates beyond which some are close by necessity
_EXTREME = 1e300  # derivatives larger than this, or all smaller than its inverse, decide little
_MOST_SHOWN = 3

Accepts = Callable[[Place], tuple[object, ...] | None]
"""What a claim sees at a point; None if it cannot be tried there."""
Features = tuple[object, ...]


def choose(target: Target, count: int, seed: int, accepts: Accepts, near: Place | None = None) -> list[Place]:
    """`count` generic points where function and derivative are defined and `accepts` agrees, and some more sides.

    With `near`, points about that one, which see the same side of every surface. Fewer points, or none,
    where the domain is too small to be found.
    """
    random = Random(seed)  # noqa: S311  # the same points in every check
    m = make_context()
    names = list(target.program.variables)
    centre = None if near is None else [float(x) for x in target.numbers(m, near).values()]
    home = None if near is None else (_seen(target, m, near) or (None,))[0]
    draws = _about(random, centre) if centre is not None else _anywhere(random, len(names), _anchors(target))
    cost = 10 * len(target.problem(m, dict.fromkeys(names, 0.5)).order) + 1
    most = min(_MOST_TRIES, max(20 * count, _MOST_WORK // cost))
    found: list[tuple[Place, Features]] = []
    for tried in range(most):
        if len(found) >= count and (near is not None or tried > min(_ENOUGH_TRIES, _MOST_WORK // cost)):
            break
        place = Place(None, dict(zip(names, next(draws), strict=True)))
        seen = _seen(target, m, place)
        claimed = accepts(place) if seen is not None and home in (None, seen[0]) else None
        if seen is not None and claimed is not None:
            found.append((place, (seen[0], claimed, *seen[1], *_kind(place))))
    return _varied(found, count)


def _kind(place: Place) -> Features:
    """For each of a few variables, its sign and its size: what holds for x > 0 may not for x < 0."""
    xs = list((place.chosen or {}).values())[:_MANY]
    sizes = [sum(abs(x) > bound for bound in _SIZES) for x in xs]
    return (*[("sign", k, x > 0) for k, x in enumerate(xs)], *[("size", k, size) for k, size in enumerate(sizes)])


def _varied(found: Sequence[tuple[Place, Features]], count: int) -> list[Place]:
    """The first point, then those that show something new, and then the first of the rest."""
    known: set[object] = set()
    leaders, rest = list[Place](), list[Place]()
    for place, features in found:
        new = set(enumerate(features[:2])) | {feature for feature in features[2:] if feature is not None}
        if new <= known or len(leaders) == count + _MOST_SIDES:
            rest.append(place)
        else:
            leaders.append(place)
            known |= new
    return [*leaders, *rest[: max(0, count - len(leaders))]]


def _seen(target: Target, m: NumberContext, place: Place) -> tuple[Features, Features] | None:
    """What a point sees of the surfaces, and the signs of the derivatives; None where they are undefined or extreme."""
    numbers = target.numbers(m, place)
    if target.undefined(m, numbers):
        return None
    problem = target.problem(m, numbers)
    own = target.own(m, numbers) if target.order > 1 else problem
    entries = [x for row in target.derivative(problem) for x in row]
    if not all(abs(x) < _EXTREME for x in entries) or (any(entries) and max(map(abs, entries)) < 1 / _EXTREME):
        return None
    return sides(own), tuple([("slope", k, x > 0) for k, x in enumerate(entries[:_MANY]) if x != 0])


def _anchors(target: Target) -> list[float]:
    """The sizes of the numbers in the expression, about which its domain may lie."""
    graph = target.program.graph
    m = make_context()
    found = {abs(float(m.number(graph.constants[node]))) for node in range(len(graph)) if graph.ops[node] is CONSTANT}
    return sorted(x for x in found if 0 < x < 1e9)[:_MANY]


def _anywhere(random: Random, count: int, anchors: Sequence[float]) -> Iterator[list[float]]:
    """Points of one kind after another: of size 1, positive, small, larger, about the numbers of the text."""

    def signed(low: float, high: float) -> float:
        return random.choice((-1.0, 1.0)) * random.uniform(low, high)

    def near_anchor() -> float:
        return random.choice([*anchors, 1.0]) * random.uniform(0.7, 1.4)

    def beside_anchor() -> float:
        return random.choice([-1.0, 1.0, 1.0]) * random.choice([*anchors, 0.0]) + random.uniform(-1, 1)

    kinds: list[Callable[[], float]] = [
        lambda: signed(0.3, 2.2),
        lambda: random.uniform(0.3, 2.4),
        lambda: signed(0.3, 2.2),
        lambda: signed(0.05, 0.95),
        lambda: random.uniform(1.1, 7.0),
        near_anchor,
        beside_anchor,
        lambda: signed(1.0, 12.0),
        lambda: random.choice((-1.0, 1.0, 1.0)) * 10 ** random.uniform(-3, 3),
    ]
    turn = 0
    while True:
        if turn % 11 == 10:  # each coordinate of a kind of its own
            xs = [random.choice(kinds)() for _ in range(count)]
        else:
            xs = [kinds[turn % len(kinds)]() for _ in range(count)]
        turn += 1
        xs = [_rounded(x) for x in xs]
        if _generic(xs):
            yield xs


def _about(random: Random, centre: Sequence[float]) -> Iterator[list[float]]:
    """Points about one, nearer and nearer."""
    turn = 0
    while True:
        reach = 0.6 / 2 ** (turn // 8)
        turn += 1
        yield [
            x + reach * random.choice((-1.0, 1.0)) * random.uniform(0.3, 1.0) * (abs(x) if abs(x) > 1 else 1.0)
            for x in centre
        ]


def _rounded(x: float) -> float:
    """A number of four digits, which a person can type."""
    return round(x, 3) if abs(x) >= 1 else float(f"{x:.4g}")


def _generic(xs: Sequence[float]) -> bool:
    """Away from 0, 1 and their like, and from each other."""
    if len(xs) > _MANY:
        return True
    if any(abs(x - round(x)) < _CLOSE * min(1.0, 10 * abs(x)) and abs(x) < _SMALL for x in xs):
        return False
    return all(abs(abs(x) - abs(y)) >= _CLOSE * abs(x) for k, x in enumerate(xs) for y in xs[:k])


def special(target: Target, m: NumberContext, numbers: Mapping[str, Number]) -> list[str]:
    """What is special about a point, in words."""
    if len(numbers) > _MANY:
        return []
    found = [f"{name} = {float(x):g}" for name, x in numbers.items() if x in (0, 1, -1)]
    names = list(numbers)
    for k, a in enumerate(names):
        found += [f"{b} = {a}" for b in names[:k] if numbers[a] == numbers[b] and numbers[a] not in (0, 1, -1)]
    own = target.own(m, numbers)
    found += [f"{s.formula} is at its kink" for s in surfaces(own) if s.distance == 0]
    return found[:_MOST_SHOWN]


def text(target: Target, place: Place) -> str:
    """A chosen point as `--at` takes it."""
    point = target.point_json(place.chosen or {})
    arrays = any(isinstance(x, list) for x in point.values())
    return ("; " if arrays else ",").join(f"{name}={x!r}" for name, x in point.items())
