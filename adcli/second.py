"""Second derivatives: a backend applied to the gradient, whose graph a symbolic sweep built.

Forward over reverse in the graph's own terms: the reverse sweep in the graph context gives
the gradient as a graph of O(n) nodes, and any exact backend differentiates that. Finite
differences stay away from every rule and difference values twice.

The pattern of a Hessian is that of the gradient's graph, with its mirror image: the two halves are one
function's, but simplified apart from each other.
"""

from collections.abc import Sequence
from typing import NamedTuple

from .backends import Backend, check_size, gathered
from .backends.symbolic import derivative_graph
from .contexts import Number
from .problem import Problem
from .sparsity import Pattern


class Hessian(NamedTuple):
    """A Hessian, with the gradient that was made on the way."""

    gradient: list[Number]
    matrix: list[list[Number]]
    errors: list[list[Number]] | None


class SparseHessian(NamedTuple):
    """The entries of a Hessian that its pattern has, in its order, with the gradient."""

    gradient: list[Number]
    pattern: Pattern
    entries: list[Number]
    errors: list[Number] | None


class Hvp(NamedTuple):
    """A Hessian-vector product, with the gradient."""

    gradient: list[Number]
    entries: list[Number]
    errors: list[Number] | None


def gradient_problem(problem: Problem) -> Problem:
    """The gradient of the one output as a problem of its own, by the same inputs."""
    names = problem.graph.names
    simple, entries, _ = derivative_graph(problem.graph, problem.inputs, problem.outputs, "reverse")
    point = {simple.variable(names[node]): x for node, x in problem.point.items()}
    inputs = [simple.variable(names[node]) for node in problem.inputs]
    gradient = Problem(problem.m, simple, inputs, entries[0], point, problem.options)
    gradient.symmetric = True
    return gradient


def hessian(problem: Problem, backend: Backend) -> Hessian:
    """The gradient and the Hessian of the one output."""
    if not backend.exact:
        return _from_values(problem, backend)
    gradient = gradient_problem(problem)
    found = backend.jacobian(gradient)
    _take_over(problem, gradient)
    return Hessian(gradient.output_values(), found.entries, None)


def sparse_hessian(problem: Problem, backend: Backend) -> SparseHessian:
    """The gradient, and the entries of the Hessian; each is computed once, and stands in its mirror image, too."""
    gradient = gradient_problem(problem)
    pattern = gradient.pattern
    if not backend.exact:
        check_size(backend, pattern)
        full = _from_values(problem, backend)
        errors = None if full.errors is None else gathered(pattern, full.errors)
        return SparseHessian(full.gradient, pattern, gathered(pattern, full.matrix), errors)
    entries = backend.nonzeros(gradient).entries
    _take_over(problem, gradient)
    for position, mirror in enumerate(pattern.positions):
        if mirror > position:
            entries[position] = entries[mirror]
    return SparseHessian(gradient.output_values(), pattern, entries, None)


def hvp(problem: Problem, backend: Backend, direction: Sequence[Number]) -> Hvp:
    """The gradient and the Hessian times a direction."""
    if not backend.exact:
        full = _from_values(problem, backend)
        m = problem.m
        zero = m.number(0)
        entries = [sum((x * d for x, d in zip(row, direction, strict=True)), zero) for row in full.matrix]
        errors = [
            sum((x * abs(d) for x, d in zip(row, direction, strict=True) if d != 0), zero) for row in full.errors or []
        ]
        return Hvp(full.gradient, entries, errors)
    gradient = gradient_problem(problem)
    found = backend.jvp(gradient, direction)
    _take_over(problem, gradient)
    return Hvp(gradient.output_values(), found.entries, None)


def _take_over(problem: Problem, gradient: Problem) -> None:
    """Count the gradient's work as the problem's own."""
    problem.passes += gradient.passes + 1  # the symbolic sweep that built the gradient
    problem.operations += gradient.operations
    problem.nodes = gradient.nodes or len(gradient.order)
    problem.backend, problem.reason = gradient.backend, gradient.reason
    problem.notes += gradient.notes


def _from_values(problem: Problem, backend: Backend) -> Hessian:
    """Differences of differences, made symmetric as (H + H')/2; half the asymmetry joins the error."""
    from .differences import difference

    first = backend.jacobian(problem)
    n = len(problem.inputs)
    scheme, step = problem.options.get("scheme"), problem.options.get("step")
    columns, errors = [], []
    for node in problem.inputs:

        def line(t: Number, node: int = node) -> list[Number] | None:
            point = {**problem.point, node: t}
            inner = Problem(problem.m, problem.graph, problem.inputs, problem.outputs, point, problem.options)
            found = backend.jacobian(inner).entries[0]
            problem.passes += inner.passes
            problem.operations += inner.operations
            return found if all(x == x for x in found) else None

        noise = problem.m.epsilon ** (problem.m.number(2) / 3)
        found = difference(
            line, problem.point[node], eps=noise, scheme=scheme or "central", step=step, center=first.entries[0]
        )
        columns.append(found.derivative)
        # the inner differences bend as the outer ones do, where both take the same given step
        errors.append(found.error if step is None else [2 * e for e in found.error])
    matrix = [[(columns[i][j] + columns[j][i]) / 2 for j in range(n)] for i in range(n)]
    asymmetry = [[abs(columns[i][j] - columns[j][i]) / 2 for j in range(n)] for i in range(n)]
    bounds = [[(errors[i][j] + errors[j][i]) / 2 + asymmetry[i][j] for j in range(n)] for i in range(n)]
    if problem.m.digits is None:
        problem.notes.append("second derivatives from differences of differences: expect about five digits")
    return Hessian(first.entries[0], matrix, bounds)
