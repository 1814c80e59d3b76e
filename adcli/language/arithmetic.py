"""Arithmetic over nodes while a text is read: what is known is folded, long sums are balanced.

The entries of arrays are often known: the zeros of `eye(n)` or of a triangular matrix, the ones
of an incidence matrix. A known 0 is a structural zero here, as in the sweeps: nothing is
multiplied by it, so that 0*inf never arises from an entry that is not there. Whole numbers are
folded as long as doubles hold them exactly; everything else becomes a node.
"""

from collections.abc import Callable, Sequence

from .arrays import Builder

_EXACT = 1 << 53  # up to here every whole number is a double
_RUN = 8  # terms that are added one after the other
MANY = 1000  # terms from which all runs are made at once

Operation = Callable[[Builder, int, int], int]


def add(builder: Builder, a: int, b: int) -> int:
    """The sum of two nodes."""
    i, j = builder.whole(a), builder.whole(b)
    if i == 0:
        return b
    if j == 0:
        return a
    if i is not None and j is not None and abs(i + j) <= _EXACT:
        return builder.number(i + j)
    return builder.apply_named("add", a, b)


def subtract(builder: Builder, a: int, b: int) -> int:
    """The difference of two nodes."""
    i, j = builder.whole(a), builder.whole(b)
    if j == 0:
        return a
    if i == 0:
        return negate(builder, b)
    if i is not None and j is not None and abs(i - j) <= _EXACT:
        return builder.number(i - j)
    return builder.apply_named("sub", a, b)


def negate(builder: Builder, a: int) -> int:
    """The negative of a node."""
    i = builder.whole(a)
    return builder.apply_named("neg", a) if i is None else builder.number(-i)


def multiply(builder: Builder, a: int, b: int) -> int:
    """The product of two nodes."""
    i, j = builder.whole(a), builder.whole(b)
    if i == 0 or j == 0:
        return builder.number(0)
    if i == 1:
        return b
    if j == 1:
        return a
    if i is not None and j is not None and abs(i * j) <= _EXACT:
        return builder.number(i * j)
    if i == -1:
        return negate(builder, b)
    if j == -1:
        return negate(builder, a)
    return builder.apply_named("mul", a, b)


def divide(builder: Builder, a: int, b: int) -> int:
    """The quotient of two nodes; the divisor is not a known 0."""
    i, j = builder.whole(a), builder.whole(b)
    if i == 0 or j == 1:
        return a
    if j == -1:
        return negate(builder, a)
    if i is not None and j and i % j == 0:
        return builder.number(i // j)
    return builder.apply_named("div", a, b)


def magnitude(builder: Builder, a: int) -> int:
    """The absolute value of a node."""
    i = builder.whole(a)
    return builder.apply_named("abs", a) if i is None else builder.number(abs(i))


def choose(builder: Builder, condition: int, yes: int, no: int) -> int:
    """`yes` where the condition holds, else `no`."""
    return yes if yes == no else builder.apply_named("where", condition, yes, no)


def total(builder: Builder, terms: Sequence[int]) -> int:
    """The sum of nodes, 0 for none."""
    return _gathered(builder, terms, add, 0)


def product(builder: Builder, factors: Sequence[int]) -> int:
    """The product of nodes, 1 for none."""
    return _gathered(builder, factors, multiply, 1)


def _gathered(builder: Builder, nodes: Sequence[int], operation: Operation, neutral: int) -> int:
    """One after the other for a few nodes, which is how one reads them; runs of a few, and then pairwise, for many.

    Pairwise, the rounding grows with log n and not with n (Higham, *Accuracy and Stability of
    Numerical Algorithms*, section 4.2), and a sweep passes log n nodes from an entry to the sum.
    """
    many = len(nodes) >= MANY and builder.are_unknown(nodes)
    level = list(nodes) if many else [node for node in nodes if builder.whole(node) != neutral]
    width, least = _RUN, MANY
    while len(level) > 1:
        if len(level) >= least and (made := _runs(builder, level, width, operation)) is not None:
            level, width, least = made, 2, _RUN  # once it has begun, it goes on to the last few
            continue
        level = [_run(builder, level[k : k + width], operation) for k in range(0, len(level), width)]
        width = 2
    return level[0] if level else builder.number(neutral)


def _runs(builder: Builder, nodes: Sequence[int], width: int, operation: Operation) -> list[int] | None:
    """All runs of so many nodes at once; None if a node is known, and something may be folded."""
    name = "add" if operation is add else "mul"
    whole = len(nodes) // width * width
    result = builder.apply_to_many(name, [nodes[k:whole:width] for k in range(width)])
    if result is None:
        return None
    return [*result, _run(builder, nodes[whole:], operation)] if whole < len(nodes) else result


def _run(builder: Builder, nodes: Sequence[int], operation: Operation) -> int:
    result = nodes[0]
    for node in nodes[1:]:
        result = operation(builder, result, node)
    return result
