"""Symbolic differentiation: the sweeps in the graph context, simplified, then evaluated.

The derivative of a graph is a graph. Shared subexpressions stay shared, so a reverse sweep
writes a gradient of O(n) nodes where text would need O(n^2) (Griewank & Walther, section 3.3).
"""

from .. import sweeps
from ..graph import Graph
from ..nodes import GraphContext
from ..problem import Problem
from ..simplify import simplify
from . import Backend, Jacobian, Matrix, units

_READABLE = 2000  # nodes


def derivative_graph(
    graph: Graph, inputs: list[int], outputs: list[int], mode: str = "", *, textbook: bool = False
) -> tuple[Graph, list[list[int]], list[int]]:
    """The Jacobian as a simplified graph: its entries by output and input, and the outputs.

    `textbook` writes it in plain functions, to be read rather than evaluated. What is only evaluated is
    not simplified beyond the size that somebody may read: that takes longer than evaluating.
    """
    mode = mode or ("forward" if len(inputs) <= len(outputs) else "reverse")
    target = Graph(graph.source)
    m = GraphContext(target, textbook=textbook)
    point = {node: m.wrap(target.variable(name)) for node, name in graph.names.items()}
    problem = Problem(m, graph, inputs, outputs, point)
    if mode == "forward":
        columns = [problem.push(unit) for unit in units(m, len(inputs))]
        entries = [[m.settle(column[i]).node for column in columns] for i in range(len(outputs))]
    else:
        rows = [problem.pull(unit) for unit in units(m, len(outputs))]
        entries = [[m.settle(x).node for x in row] for row in rows]
    flat = [node for row in entries for node in row]
    wanted = [*flat, *[problem.values[node].node for node in outputs]]
    simple, nodes = simplify(target, wanted) if textbook or len(target) <= _READABLE else (target, wanted)
    width = len(inputs)
    matrix = [nodes[k * width : (k + 1) * width] for k in range(len(outputs))]
    return simple, matrix, nodes[len(flat) :]


class Symbolic(Backend):
    name = "symbolic"
    summary = "builds the derivative as a graph, simplifies it and evaluates it"
    mode = "symbolic"

    def jacobian(self, problem: Problem) -> Jacobian:
        graph, entries, _ = derivative_graph(problem.graph, problem.inputs, problem.outputs)
        outputs = [node for row in entries for node in row]
        order = graph.needed(outputs)
        by_name = {problem.graph.names[node]: x for node, x in problem.point.items() if node in problem.graph.names}
        point = {node: by_name[name] for node, name in graph.names.items() if name in by_name}
        v = sweeps.values(problem.m, graph, order, point)
        problem.passes += min(len(problem.inputs), len(problem.outputs))
        problem.nodes = len(order)
        problem.operations += sum(1 for node in order if graph.args[node])
        return Jacobian(_by_rules(problem, [[v[node] for node in row] for row in entries]))


def _by_rules(problem: Problem, entries: Matrix) -> Matrix:
    """The entries, where a formula is of the form 0*inf or overflows on its way by the rules of its operations."""
    is_finite = problem.m.is_finite
    for j, unit in enumerate(units(problem.m, len(problem.inputs))):
        if not all(is_finite(row[j]) for row in entries):
            column = problem.push(unit)
            for row, x in zip(entries, column, strict=True):
                row[j] = row[j] if is_finite(row[j]) else x
    return entries


BACKEND = Symbolic()
