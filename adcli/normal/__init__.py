"""Whether two formulas are the same function: a proof, by normal forms.

Both are read as polynomials in kernels (`reading`), over which it can be decided whether the
difference is zero (`kernels`), case by case where signs matter (`cases`). What is proved is so;
what is not proved may be so all the same, since nobody can decide it for all formulas (Richardson,
*Some undecidable problems involving elementary functions of a real variable*, 1968).
"""

from collections.abc import Sequence

from ..graph import Graph
from .cases import Proof
from .polynomials import ExhaustedError
from .reading import UnprovableError

__all__ = ["same"]


def same(graph: Graph, pairs: Sequence[tuple[int, int]], *, budget: int = 200_000) -> list[bool | None]:
    """For each pair of nodes of one graph: True if they are proved to be the same function, else None.

    The same means: equal, as real functions, wherever both are defined. `budget` bounds the terms that
    are made for all pairs together; a pair that would need more than its part has None.

    >>> from ..language import parse
    >>> p = parse("1 + tan(x)^2, 1/cos(x)^2, 1/sin(x)^2")
    >>> a, b, c = (node for _, node in p.outputs)
    >>> same(p.graph, [(a, b), (a, c)])
    [True, None]
    """
    left, found = budget, list[bool | None]()
    for k, pair in enumerate(pairs):
        share = max(left // (len(pairs) - k), left // 8)
        proved, spent = _proved(graph, pair, share)
        left -= spent
        found.append(True if proved else None)
    return found


def _proved(graph: Graph, pair: tuple[int, int], budget: int) -> tuple[bool, int]:
    """Whether a pair is proved, and what that cost: first without taking functions apart, and then with it."""
    if pair[0] == pair[1]:
        return True, 0
    spent = 0
    for whole in (True, False):
        proof = Proof(graph, pair, budget // 2, whole=whole)
        try:
            proved = proof.succeeds()
        except (ExhaustedError, UnprovableError):
            proved = False
        spent += budget // 2 - max(proof.kernels.ring.left, 0)
        if proved:
            return True, spent
    return False, spent
