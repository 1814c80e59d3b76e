"""What is known of instructions whatever the inputs: bounds of numbers, and truths of conditions.

Interval arithmetic over a graph, in doubles: addition and multiplication round monotonically, so the
rounded bounds are bounds of the rounded numbers. A number may always be NaN; a comparison that is
false for all numbers within the bounds is false for NaN, too, so it is known, but none is known to be true.
"""

import math
from collections.abc import Callable, Sequence

from ..contexts import make_context
from ..graph import CONSTANT, Graph

Range = tuple[float, float]
_ANY = (-math.inf, math.inf)
_NOT_NEGATIVE = (0.0, math.inf)
_TRUTH = (0.0, 1.0)


def _hull(found: Sequence[float]) -> Range:
    """The least range of some numbers; everything if one is NaN, as inf - inf is."""
    return _ANY if any(map(math.isnan, found)) else (min(found), max(found))


def _product(a: Range, b: Range) -> Range:
    if 0.0 in (*a, *b) and math.inf in map(abs, (*a, *b)):  # 0*inf: a bound that is not reached
        return _NOT_NEGATIVE if min(*a, *b) >= 0 else _ANY
    return _hull([x * y for x in a for y in b])


def _quotient(a: Range, b: Range) -> Range:
    if b[0] > 0 and a[0] >= 0:
        return _NOT_NEGATIVE
    return (-math.inf, 0.0) if b[0] > 0 >= a[1] else _ANY


def _false_if(impossible: bool) -> Range:
    return (0.0, 0.0) if impossible else _TRUTH


_RULES: dict[str, Callable[..., Range]] = {
    "add": lambda a, b: _hull([a[0] + b[0], a[1] + b[1]]),
    "sub": lambda a, b: _hull([a[0] - b[1], a[1] - b[0]]),
    "mul": _product,
    "div": _quotient,
    "neg": lambda a: (-a[1], -a[0]),
    "abs": lambda a: (max(a[0], -a[1], 0.0), max(-a[0], a[1])),
    "max": lambda a, b: (max(a[0], b[0]), max(a[1], b[1])),
    "min": lambda a, b: (min(a[0], b[0]), min(a[1], b[1])),
    "exp": lambda a: (1.0 if a[0] >= 0 else 0.0, 1.0 if a[1] <= 0 else math.inf),
    "exp2": lambda a: (1.0 if a[0] >= 0 else 0.0, 1.0 if a[1] <= 0 else math.inf),
    "cosh": lambda a: (1.0, math.inf),
    "sqrt": lambda a: _NOT_NEGATIVE,
    "hypot": lambda a, b: _NOT_NEGATIVE,
    "where": lambda c, a, b: (min(a[0], b[0]), max(a[1], b[1])),
    "lt": lambda a, b: _false_if(a[0] >= b[1]),
    "le": lambda a, b: _false_if(a[0] > b[1]),
    "gt": lambda a, b: _false_if(a[1] <= b[0]),
    "ge": lambda a, b: _false_if(a[1] < b[0]),
    "eq": lambda a, b: _false_if(a[0] > b[1] or a[1] < b[0]),
    "ne": lambda a, b: (1.0, 1.0) if a[0] > b[1] or a[1] < b[0] else _TRUTH,
    "not_": lambda a: (1.0 - a[1], 1.0 - a[0]),
    "and_": lambda a, b: (min(a[0], b[0]), min(a[1], b[1])),
    "or_": lambda a, b: (max(a[0], b[0]), max(a[1], b[1])),
}


class Ranges:
    """The ranges of the nodes of straight-line code; a condition has the range of its truth, 0 or 1.

    >>> from .lowering import Lowering
    >>> m = Lowering(Graph())
    >>> x = m.wrap(m.graph.variable("x"))
    >>> ranges = Ranges(m.graph)
    >>> ranges.truth((1 + m.exp(x) <= 0).node), ranges.truth((x * x < 0).node), ranges.truth((x < 0).node)
    (False, False, None)
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._found: list[Range] = []
        self._floats = make_context()

    def of(self, node: int) -> Range:
        """The least and the largest number that a node can be, unless it is NaN."""
        graph, found = self.graph, self._found
        for k in range(len(found), node + 1):
            op, args = graph.ops[k], graph.args[k]
            rule = _RULES.get(op.name)
            if op is CONSTANT:
                value = float(self._floats.number(graph.constants[k]))
                found.append((value, value))
            elif op.boolean and args and all(graph.ops[a] is CONSTANT for a in args):
                numbers = [self._floats.number(graph.constants[a]) for a in args]
                truth = float(op.value(self._floats, *numbers))
                found.append((truth, truth))
            elif op.name == "mul" and args[0] == args[1]:
                found.append(_NOT_NEGATIVE)
            elif rule is None:
                found.append(_TRUTH if op.boolean else _ANY)
            else:
                found.append(rule(*[found[a] for a in args]))
        return found[node]

    def truth(self, node: int) -> bool | None:
        """The truth of a condition, if it is known."""
        low, high = self.of(node)
        return bool(low) if low == high else None
