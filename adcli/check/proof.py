"""Proof of a claimed formula: its difference from the derivative is zero by algebra."""

from ..backends.symbolic import derivative_graph
from ..graph import Graph
from ..normal import same
from .claims import Formula
from .target import Target

_MOST_NODES = 4000


def proved(target: Target, claim: Formula) -> bool:
    """Whether every entry of the claim is the derivative wherever both are defined; False if that is not known."""
    if target.program.zeros or len(target.graph) > _MOST_NODES or len(claim.graph) > _MOST_NODES:
        return False
    derived, entries, _ = derivative_graph(target.graph, target.inputs, target.outputs, textbook=True)
    joint = Graph()
    ours = _adopted(joint, derived, [node for row in entries for node in row])
    theirs = _adopted(joint, claim.graph, claim.flat)
    return all(same(joint, list(zip(ours, theirs, strict=True))))


def _adopted(joint: Graph, source: Graph, nodes: list[int]) -> list[int]:
    made: dict[int, int] = {}
    for node in source.needed(nodes):
        made[node] = joint.adopt(source, node, made)
    return [made[node] for node in nodes]
