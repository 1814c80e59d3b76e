"""Reading the nodes of a graph in a case of a proof, on demand and without recursion.

Of a choice only the branch is read that is taken, so that nothing is learned from the other one.
Of a condition nothing is learned either: one that is undefined at a point does not keep the formula
from being defined there, since a comparison with what is no number is false. A condition is
used only if all its parts are sure to be defined, and is unknown otherwise. A choice by an
unknown condition is a kernel.
"""

from typing import Any

from ..graph import CONSTANT, VARIABLE, Graph
from .kernels import UndefinedError
from .reading import Reading, UnprovableError, Value
from .signs import UnknownSignError

Task = tuple[int, bool]
"""A node to be read, and whether strictly: with nothing to be learned from its being defined."""

_DECIDED_BY = {"and_": False, "or_": True}


class Walk:
    """Reads a node and what it depends on, without recursion; of a choice only the branch that is taken."""

    def __init__(self, graph: Graph, reading: Reading) -> None:
        self.graph = graph
        self.m = reading
        self.values: dict[Task, Value | None] = {}  # None: not known to be defined
        self.truths: dict[int, bool | None] = {}

    def read(self, root: int) -> Value:
        """The normal form of a node."""
        stack: list[Task] = [(root, False)]
        while stack:
            node, strict = task = stack[-1]
            if task in self.values or node in self.truths:
                stack.pop()
                continue
            missing = self._missing(node, strict)
            if missing:
                stack += missing
            else:
                self._read(node, strict)
        value = self.values.get((root, False))
        if value is None:
            raise UnprovableError
        return value

    def _missing(self, node: int, strict: bool) -> list[Task]:
        """The tasks that are to be done first."""
        op, args = self.graph.ops[node], self.graph.args[node]
        wanted: list[Task]
        if op.name == "where":
            wanted = [(args[0], True)]
            if args[0] in self.truths:
                truth = self.truths[args[0]]
                wanted = [(a, True) for a in args[1:]] if truth is None else [(args[1 if truth else 2], strict)]
        elif op.name in _DECIDED_BY and self.truths.get(args[0]) == _DECIDED_BY[op.name]:
            wanted = []
        elif op.name in _DECIDED_BY and args[0] not in self.truths:
            wanted = [(args[0], True)]
        else:
            wanted = [(a, strict or op.boolean) for a in args]
        return [task for task in wanted if task not in self.values and task[0] not in self.truths]

    def _read(self, node: int, strict: bool) -> None:
        graph, m = self.graph, self.m
        op, args = graph.ops[node], graph.args[node]
        m.ring.spend(1)
        m.signs.strict = strict or op.boolean
        if op.name in ("and_", "or_", "not_"):
            self.truths[node] = self._combined(op.name, [self.truths.get(a) for a in args])
        elif op is VARIABLE:
            self.values[node, strict] = m.variable(graph.names[node])
        elif op is CONSTANT:
            self.values[node, strict] = m.number(graph.constants[node])
        elif op.name == "where":
            truth = self.truths[args[0]]
            if truth is None:
                self.values[node, strict] = None if strict else self._choice(node)
            else:
                self.values[node, strict] = self.values[args[1 if truth else 2], strict]
        else:
            self._apply(node, strict)

    def _apply(self, node: int, strict: bool) -> None:
        """A function of what has been read."""
        m, op = self.m, self.graph.ops[node]
        strict = strict or op.boolean
        xs = [self.values[a, strict] for a in self.graph.args[node]]
        result: Any = None
        try:
            if None not in xs:
                result = getattr(m, op.name)(*xs)
        except UnknownSignError as unknown:
            m.signs.doubt(unknown.p)
            result = None if strict else m.opaque(op.name, *xs)
        except UndefinedError:
            if not strict:
                raise
        if op.boolean:
            self.truths[node] = result
        else:
            self.values[node, strict] = result

    def _choice(self, node: int) -> Value:
        """The kernel of a choice: by its condition and branches, or, if these may be undefined, for itself."""
        condition, *branches = self.graph.args[node]
        values = [self.values[a, True] for a in branches]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return self.m.kernel(f"choice {node}")
        return self.m.kernel(f"choice by {condition}", *known)

    @staticmethod
    def _combined(name: str, truths: list[bool | None]) -> bool | None:
        """The truth of a compound condition, None being unknown (Kleene)."""
        if name == "not_":
            return None if truths[0] is None else not truths[0]
        decisive = _DECIDED_BY[name]
        if decisive in truths:
            return decisive
        return None if None in truths else not decisive
