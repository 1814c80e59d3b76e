"""What the cells of a worksheet are computed from: each by the rule of its row, from other cells.

A cell is a sum of terms, and a term knows the cells that it needs. The rules are those of the
primitive table, run on whatever numbers stand in those cells: the true ones, or a student's.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from ... import sweeps
from ...contexts import Number, NumberContext, make_context
from ...graph import VARIABLE
from ...tracing import ScalarTrace
from .worksheets import ADJOINT, DERIVATIVE, TANGENT, VALUE, asked

_DIGITS = 20  # that doubles are computed with
OWN, ANEW, BY_VALUE = "own", "anew", "by value"
"""How people get a derivative such as exp'(x): from the value in its cell, by computing exp(x) again, or
(tanh'(x) = 1 - tanh(x)^2) by a formula in the value where the table has one in the argument."""

_BY_VALUE: dict[str, Callable[[NumberContext, Any], Any]] = {
    "tanh": lambda m, y: 1 - y * y,
    "sigmoid": lambda m, y: y * (1 - y),
    "expm1": lambda m, y: y + 1,
    "cbrt": lambda m, y: m.div(1, 3 * y * y),
}


class Key(NamedTuple):
    """A cell: its column, and its node."""

    column: str
    node: int


Look = Callable[[Key], Number]


class Term(NamedTuple):
    """A summand: the cells that it needs, and its number from what a look at them gives."""

    parents: tuple[Key, ...]
    compute: Callable[[Look, str], Number]


class Formulas:
    """The formulas of all cells of a worksheet in `mode` "forward" or "reverse"."""

    def __init__(self, scalars: ScalarTrace, mode: str) -> None:
        self.tables = scalars.tables
        self.problem = scalars.tables.problem
        self.graph = self.problem.graph
        self.m = self.problem.m
        self.mode = mode
        self.derivative = DERIVATIVE[mode]
        self.zero = self.m.number(0)
        self.seeds: dict[int, Number] = {}
        seeded = self.problem.inputs if mode == "forward" else self.problem.outputs
        for node, x in zip(seeded, scalars.seeds, strict=True):
            if x != 0:
                self.seeds[node] = self.seeds[node] + x if node in self.seeds else x

    def order(self) -> list[Key]:
        """The cells in the order in which they are computed."""
        nodes = self.tables.order
        if self.mode == "forward":
            return [Key(column, node) for node in nodes for column in (VALUE, TANGENT)]
        return [*[Key(VALUE, node) for node in nodes], *[Key(ADJOINT, node) for node in reversed(nodes)]]

    def name(self, key: Key) -> str:
        """The name of the row."""
        return self.tables.names[key.node]

    def asked(self, key: Key) -> bool:
        """Whether the cell is to be filled in."""
        return asked(self.tables, *key) and self.m.is_finite(self.truth(key))

    def given(self, key: Key) -> bool:
        """Whether the point gives the number."""
        return key.column == VALUE and self.graph.ops[key.node] is VARIABLE

    def truth(self, key: Key) -> Number:
        """The right number."""
        x = (self.problem.values if key.column == VALUE else self._derivatives)[key.node]
        return self.zero if x is None else self.m.number(int(x)) if isinstance(x, bool) else x

    def reached(self, key: Key) -> bool:
        """Whether a path leads to the cell; a derivative that none reaches is 0 by structure."""
        return key.column == VALUE or self._derivatives[key.node] is not None

    @cached_property
    def _derivatives(self) -> sweeps.Values:
        p = self.problem
        sweep = sweeps.push if self.mode == "forward" else sweeps.pull
        return sweep(self.graph, p.order, p.partials, self.seeds)

    def rule(self, key: Key) -> str:
        """The formula in words: `v̇3 = cos(v1)·v̇1`."""
        tables, name = self.tables, self.name(key)
        if key.column == VALUE:
            return f"{name} is given by the point" if self.given(key) else f"{name} = {tables.rule(key.node)}"
        return tables.tangent_rule(key.node) if key.column == TANGENT else tables.adjoint_rule(key.node)

    def terms(self, key: Key) -> list[Term]:
        """The summands of a cell."""
        column, node = key
        if column == VALUE:
            return [Term(self._arguments(node), lambda look, way: self._value(node, look))]
        seed = self.seeds.get(node)
        found = [] if seed is None else [Term((), lambda look, way: seed)]
        if column == TANGENT:
            return [*found, *self._tangent(node)]
        users: dict[int, list[int]] = {}
        for user, k in self.tables.users.get(node, ()):
            users.setdefault(user, []).append(k)
        return [*found, *[self._contribution(user, places) for user, places in users.items()]]

    def total(self, terms: Iterable[Term], look: Look, way: str = OWN) -> Number:
        """The sum of terms."""
        return sum([term.compute(look, way) for term in terms], self.zero)

    # -- the rules of the table

    def _arguments(self, node: int) -> tuple[Key, ...]:
        return tuple([Key(VALUE, a) for a in self.graph.args[node]])

    def _value(self, node: int, look: Look) -> Number:
        if self.graph.ops[node] is VARIABLE:
            return self.truth(Key(VALUE, node))
        return self.apply(self.graph.ops[node].name, self.arguments(node, look))

    def arguments(self, node: int, look: Look) -> list[Number]:
        """The values of the arguments."""
        return [look(key) for key in self._arguments(node)]

    def apply(self, name: str, xs: Sequence[Number]) -> Number:
        """A primitive of numbers; truth values are 1 and 0."""
        y = getattr(self.m, name)(*xs)
        return self.m.number(int(y)) if isinstance(y, bool) else y

    def partials(self, node: int, look: Look, way: str, xs: Sequence[Number] | None = None) -> list[Number | None]:
        """The partial derivatives of a node, None by what needs no input; `xs` replaces its arguments."""
        m, op, nodes = self.m, self.graph.ops[node], self.graph.args[node]
        if way == BY_VALUE and op.name in _BY_VALUE:
            return [_BY_VALUE[op.name](m, look(Key(VALUE, node)))]
        xs = self.arguments(node, look) if xs is None else xs
        y = look(Key(VALUE, node)) if way != ANEW else self.apply(op.name, xs)
        active = self.problem.active
        if op.together is not None:
            found = op.together(m, y, xs)
            return [p if active[a] else None for a, p in zip(nodes, found, strict=True)]
        rules = [op.partials[k] if active[a] else None for k, a in enumerate(nodes)]
        return self._as_shown(rules, y, xs)

    def _as_shown(self, rules: Sequence[Any], y: Number, xs: Sequence[Number]) -> list[Number | None]:
        """The partial derivatives by the formulas that a trace shows, not by those that doubles are served with."""
        m = self.m if self.m.digits is not None else self._plain
        y, *xs = [m.number(x) if isinstance(x, float) else x for x in (y, *xs)]
        found = [rule(m, y, *xs) if callable(rule) else rule for rule in rules]
        return [float(p) if hasattr(p, "_mpf_") and self.m.digits is None else p for p in found]

    @cached_property
    def _plain(self) -> NumberContext:
        """Numbers with digits enough for the plain formulas."""
        return make_context(_DIGITS)

    def _tangent(self, node: int) -> list[Term]:
        nodes = [a for a in self.graph.args[node] if self.problem.active[a]]
        if not nodes or self.graph.ops[node].boolean:
            return []
        parents = (*self._arguments(node), Key(VALUE, node), *[Key(TANGENT, a) for a in nodes])

        def compute(look: Look, way: str) -> Number:
            pairs = zip(self.graph.args[node], self.partials(node, look, way), strict=True)
            factors = [(p, look(Key(TANGENT, a))) for a, p in pairs if p is not None]
            return sum([p * t for p, t in factors if t != 0], self.zero)

        return [Term(parents, compute)]

    def _contribution(self, user: int, places: Sequence[int]) -> Term:
        """What a node adds to the adjoint of the arguments at `places`, which are one node."""
        parents = (*self._arguments(user), Key(VALUE, user), Key(ADJOINT, user))

        def compute(look: Look, way: str) -> Number:
            w = look(Key(ADJOINT, user))
            if w == 0:
                return self.zero  # as in the sweep, where it is absent
            found = self.partials(user, look, way)
            return sum([p * w for p in [found[k] for k in places] if p is not None], self.zero)

        return Term(parents, compute)
