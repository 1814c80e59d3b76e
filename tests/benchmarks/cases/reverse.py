"""Reverse mode: a gradient over a graph of 10^6 nodes by its values alone, in time, operations and memory."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, NamedTuple

from ..contenders import Fresh, Served
from ..measuring import Line, compare, measure
from ..work import Work
from .rosenbrock import SUM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from adcli.problem import Problem

    from ..measuring import Plan

TITLE = "reverse: the gradient over a graph of 10^6 nodes / its values"
SIZES = {"full": 1_000_000, "small": 3_000}
TIME = OPERATIONS = 4.0
MEMORY = 600.0  # bytes for each node
_TINY = 1_000  # nodes
_NODES_OF_A_TERM = 8  # of Rosenbrock's sum, with its variable
_WIDTH = 1_000  # inputs of the random graph, and nodes among which it finds its arguments


class Function(NamedTuple):
    """A graph, its inputs and its output, and a number for each input."""

    graph: Any
    inputs: list[int]
    output: int
    point: dict[int, float]

    def problem(self) -> Problem:
        """A problem of which nothing is known yet."""
        from adcli.contexts import make_context
        from adcli.problem import Problem

        return Problem(make_context(), self.graph, self.inputs, [self.output], self.point)

    def planned(self) -> Callable[[], Problem]:
        """What makes such problems, without the work of finding an order for the sweeps, which is done once."""
        known = self.problem()
        plan = {"levels": known.levels}
        if known.levels is None:
            plan |= {"order": known.order, "active": known.active}

        def make() -> Problem:
            problem = self.problem()
            vars(problem).update(plan)
            return problem

        return make


def rosenbrock(size: int) -> Function:
    """Rosenbrock's sum with so many nodes, read from its text."""
    from adcli.products import Function as Product

    n = max(2, size // _NODES_OF_A_TERM)
    program = Product(SUM, lets={"n": n}, shapes={"x": (n,)}).program
    draw = random.Random(n)  # noqa: S311  # nothing is to be kept secret
    inputs = list(program.variables.values())
    return Function(program.graph, inputs, program.outputs[0][1], {node: draw.uniform(-2, 2) for node in inputs})


def mixed(size: int) -> Function:
    """A random graph of many operations, whose numbers stay between -1 and 2; all of it plays a part in the output."""
    from adcli.graph import Graph
    from adcli.nodes import GraphContext

    graph = Graph()
    m, draw = GraphContext(graph), random.Random(size)  # noqa: S311
    width = min(_WIDTH, max(2, size // 100))
    recent = [m.wrap(graph.variable(f"x{k}")) for k in range(width)]
    inputs = [x.node for x in recent]
    steps: list[Callable[[Any, Any], Any]] = [
        lambda a, b: a * b * 0.5, lambda a, b: a - b * a, lambda a, b: m.div(a, 3 + b), lambda a, b: m.sin(a + b),
        lambda a, b: m.cos(a) * b * 0.5, lambda a, b: m.tanh(a - b), lambda a, b: m.exp(-(a * a)) - b * 0.25,
        lambda a, b: m.sqrt(2 + a) - 1, lambda a, b: m.atan(a), lambda a, b: m.log(3 + a * b),
    ]  # fmt: skip
    total: Any = None
    while len(graph) < size:
        k = draw.randrange(width)
        replaced = recent[k]
        recent[k] = m.tanh(draw.choice(steps)(replaced, recent[draw.randrange(width)]))
        if draw.random() < 0.05:
            total = replaced if total is None else total + replaced
    for x in recent:
        total = x if total is None else total + x
    return Function(graph, inputs, total.node, {node: draw.uniform(-1, 1) for node in inputs})


def _direction(function: Function) -> list[float]:
    draw = random.Random(0)  # noqa: S311
    return [draw.uniform(-1, 1) for _ in function.inputs]


def _values(function: Function) -> Work:
    """The sweep of values alone; its answer is a derivative by forward mode, its operations, and its nodes."""
    planned = function.planned()

    def run() -> Problem:
        problem = planned()
        _ = problem.is_plain or problem.values  # a sweep that takes nodes by the thousand makes no list of values
        return problem

    def answer(problem: Problem) -> list[float]:
        counts = [problem.arithmetic, problem.size]
        return [*problem.push(_direction(function)), *counts]

    return Work(run, answer)


def _gradient(function: Function) -> Work:
    """The gradient, its values among it; its answer is the same derivative and the same counts."""
    from adcli.backends import load

    reverse, planned = load("reverse"), function.planned()

    def run() -> tuple[Problem, list[float]]:
        problem = planned()
        return problem, reverse.jacobian(problem).entries[0]

    def answer(found: tuple[Problem, list[float]]) -> list[float]:
        problem, gradient = found
        _ = problem.values  # they are counted when somebody asks for them
        along = sum([g * d for g, d in zip(gradient, _direction(function), strict=True)])
        return [along, problem.operations, problem.size]

    return Work(run, answer)


def rosenbrock_values(size: int, folder: Path) -> Work:
    """Rosenbrock's values."""
    return _values(rosenbrock(size))


def rosenbrock_gradient(size: int, folder: Path) -> Work:
    """Rosenbrock's gradient."""
    return _gradient(rosenbrock(size))


def mixed_values(size: int, folder: Path) -> Work:
    """The random graph's values."""
    return _values(mixed(size))


def mixed_gradient(size: int, folder: Path) -> Work:
    """The random graph's gradient."""
    return _gradient(mixed(size))


def _derivatives(answers: Mapping[str, Any]) -> None:
    """Forward and reverse mode give one derivative."""
    compare({name: answer[0] for name, answer in answers.items()}, 1e-9)


def _lines(plan: Plan, name: str, values: Callable[..., Work], gradient: Callable[..., Work]) -> Iterator[Line]:
    """One graph: time, operations, and the peak memory of a process that takes one gradient."""
    size, folder = SIZES[plan.size], plan.folder
    times = measure(
        {"gradient": Served(gradient, size, folder), "values": Served(values, size, folder)}, plan.repeats, _derivatives
    )
    yield times.line(f"{name}: time", "gradient", "values", TIME)
    (_, ours, nodes), (_, base, _) = (times.answers[each].tolist() for each in ("gradient", "values"))
    yield Line(f"{name}: operations", ours, base, ours / base, asked=OPERATIONS, unit="")
    large, tiny = Fresh(gradient, size, folder), Fresh(gradient, _TINY, folder)
    measure({"large": large, "tiny": tiny}, 0)
    work = f"{name}: memory of a node"
    if large.peak is None or tiny.peak is None:
        yield Line(work, asked=MEMORY, unit="B", skipped="there is no /proc on this machine")
    else:
        yield Line(work, (large.peak - tiny.peak) / nodes, asked=MEMORY, unit="B")


def lines(plan: Plan) -> Iterator[Line]:
    """Both graphs."""
    yield from _lines(plan, "Rosenbrock", rosenbrock_values, rosenbrock_gradient)
    yield from _lines(plan, "mixed", mixed_values, mixed_gradient)
