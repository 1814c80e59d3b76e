"""Where balls cannot decide, algebra may: sin(pi) is 0, and x is pi where the point says so.

No precision tells two equal numbers apart. So when a question stays open, the numbers it is about are
compared by normal forms (`normal.same`), with the point put into the formulas: a number that lies near a
simple rational is proved to be that rational, or two overlapping ones to be equal. What is proved is a
fact for the sweeps; what is not stays undecided.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Any, NamedTuple

from flint import fmpq

from .. import sweeps
from ..backends.symbolic import derivative_graph
from ..contexts import Literal, NumberContext
from ..contexts.enclosures import UNSURE, Enclosure
from ..graph import Graph
from ..normal import same
from ..primitives import TABLE

_MOST_NODES = 4000
_MOST_HEIGHT = 2**40  # of a rational that a number is suspected to be
_MOST_ARGUMENTS = 4  # of a node whose arguments are compared with each other

_DIV, _NEG = TABLE["div"], TABLE["neg"]


class Facts:
    """What has been proved about nodes of a graph: that they are rationals, or equal to an earlier node."""

    def __init__(self) -> None:
        self.rationals: dict[int, Any] = {}
        self.equals: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.rationals) + len(self.equals)

    def values(
        self, m: NumberContext, graph: Graph, order: Sequence[int], inputs: Mapping[int, Enclosure]
    ) -> sweeps.Values:
        """The value of every node of `order`, with the facts put in."""
        known = self.rationals.keys() | self.equals.keys()
        v: sweeps.Values = [None] * len(graph)
        begin = 0
        for k, node in enumerate(order):
            if node in known:
                v = sweeps.values(m, graph, order[begin : k + 1], inputs, v)
                v[node] = m.number(self.rationals[node]) if node in self.rationals else v[self.equals[node]]
                begin = k + 1
        return sweeps.values(m, graph, order[begin:], inputs, v)


class Substitution(NamedTuple):
    """A point as formulas, as far as they are known: for variables by name, nodes of a graph, or rationals."""

    graph: Graph
    nodes: dict[str, int]
    rationals: dict[str, Fraction]


class Algebra:
    """Proofs about the nodes of one graph at one point; a variable of unknown value stays a variable."""

    def __init__(self, graph: Graph, outputs: Sequence[int], point: Substitution) -> None:
        self.graph = graph
        self.facts = Facts()
        self._asked: set[int] = set()
        self._outputs = outputs
        self._joint = Graph()
        made: dict[int, int] = {}
        for node in point.graph.needed(point.nodes.values()):
            made[node] = self._joint.adopt(point.graph, node, made)
        self._variables = {name: made[node] for name, node in point.nodes.items()}
        self._variables |= {name: self._constant(x) for name, x in point.rationals.items()}
        self._here: dict[int, int] | None = None

    def _adopted(self, source: Graph, nodes: Sequence[int]) -> dict[int, int]:
        """Nodes of another graph as nodes of the joint one, at the point."""
        made: dict[int, int] = {}
        for node in source.needed(nodes):
            known = self._variables.get(source.names.get(node, ""))
            made[node] = self._joint.adopt(source, node, made) if known is None else known
        return made

    def _constant(self, x: Fraction) -> int:
        """The node of a rational."""
        top = self._joint.constant(Literal.make(abs(x.numerator), 0))
        if x.denominator != 1:
            top = self._joint.apply(_DIV, (top, self._joint.constant(Literal.make(x.denominator, 0))))
        return self._joint.apply(_NEG, (top,)) if x < 0 else top

    def settle(self, nodes: Sequence[int], v: sweeps.Values) -> bool:
        """Try to prove what the arguments of these nodes are; whether something new is known."""
        if len(self.graph) > _MOST_NODES:
            return False
        if self._here is None:
            self._here = self._adopted(self.graph, self._outputs)
        before = len(self.facts)
        for node in nodes:
            if node not in self._asked:
                self._asked.add(node)
                self._look_at([a for a in self.graph.args[node] if isinstance(v[a], Enclosure)], v, self._here)
        return len(self.facts) > before

    def _look_at(self, arguments: Sequence[int], v: sweeps.Values, here: Mapping[int, int]) -> None:
        facts = self.facts
        for a in arguments:
            x = v[a]
            guess = simplest(x) if x.rational is None and x.is_finite else None
            if guess is not None and same(self._joint, [(here[a], self._constant(guess))])[0]:
                facts.rationals[a] = fmpq(guess.numerator, guess.denominator)
        if len(arguments) > _MOST_ARGUMENTS:
            return
        for a, b in combinations(sorted(set(arguments)), 2):
            known = {a, b} & (facts.rationals.keys() | facts.equals.keys())
            overlap = (v[a] == v[b]) is UNSURE and v[a].is_finite and v[b].is_finite
            if overlap and not known and same(self._joint, [(here[a], here[b])])[0]:
                facts.equals[b] = a

    def zeros(self, inputs: list[int], entries: Sequence[tuple[int, int | None]]) -> list[bool]:
        """For each entry (an output, and the place of an input or None for the value), whether it is proved to be 0."""
        if len(self.graph) > _MOST_NODES or not entries:
            return [False] * len(entries)
        outputs = sorted({output for output, _ in entries})
        graph, matrix, values = derivative_graph(self.graph, inputs, outputs, textbook=True)
        if len(graph) > _MOST_NODES:
            return [False] * len(entries)
        place = {output: i for i, output in enumerate(outputs)}
        wanted = [values[place[output]] if j is None else matrix[place[output]][j] for output, j in entries]
        made = self._adopted(graph, wanted)
        zero = self._constant(Fraction(0))
        return [bool(found) for found in same(self._joint, [(made[node], zero) for node in wanted])]


def simplest(x: Enclosure) -> Fraction | None:
    """The simplest rational in a ball, if it is simple enough to be suspected of being the number."""
    if x.contains(0):
        return Fraction(0)
    (p, i), (q, j) = (map(int, end.man_exp()) for end in (x.ball.lower(), x.ball.upper()))
    if max(abs(i), abs(j)) > 2 * x.m.bits:
        return None
    low, high = Fraction(p) * Fraction(2) ** i, Fraction(q) * Fraction(2) ** j
    if low < 0:
        low, high = -high, -low
    found = _between(low, high)
    if max(found.numerator, found.denominator) > _MOST_HEIGHT:
        return None
    return found if x.ball > 0 else -found


def _between(low: Fraction, high: Fraction) -> Fraction:
    """The rational of least denominator in [low, high], both positive, by continued fractions."""
    terms = []
    while True:
        whole = low.numerator // low.denominator
        if whole == low or whole + 1 <= high:
            terms.append(whole if whole == low else whole + 1)
            break
        terms.append(whole)
        low, high = 1 / (high - whole), 1 / (low - whole)
    found = Fraction(terms.pop())
    while terms:
        found = terms.pop() + 1 / found
    return found
