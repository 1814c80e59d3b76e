"""Nodes made many at a time: the very graph that making them one by one gives, and its sweeps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adcli import graph as graphs
from adcli import schedules
from adcli.contexts import make_context
from adcli.graph import Graph
from adcli.language import known, lanes, machine
from adcli.primitives import TABLE
from adcli.printing import write
from adcli.problem import Problem
from adcli.products import Function
from tests.strategies import REPEATABLE
from tests.test_linking import HEAD, MIXED, NOT_LINKED, PLAIN, SHAPES

ARITY = {"sin": 1, "add": 2, "mul": 2, "lt": 2, "where": 3, "max": 3}
MAKING = st.lists(
    st.tuples(
        st.sampled_from([*ARITY, "one sin", "one add", "constant", "integers", "variable", "variables", "look"]),
        st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=1, max_size=6),
    ),
    max_size=12,
)


def replay(made, *, strips):
    """A graph made in steps, by strips or node by node, and the nodes that the steps gave."""
    graph, told = Graph(), []
    for name in "xyz":
        graph.variable(name)
    for kind, given_rows in made:
        rows = [[a % len(graph) for a in row] for row in given_rows]
        if kind == "constant":
            told.append(graph.constant(rows[0][0]))
        elif kind == "integers":
            values = [row[0] for row in rows]
            told.append(graph.integers(values) if strips else list(map(graph.constant, values)))
        elif kind == "variable":
            told.append(graph.variable(f"v{rows[0][0]}"))
        elif kind == "variables":
            names = [f"w{len(graph)},{k}" for k in range(len(rows))]
            told.append(graph.variables(names) if strips else list(map(graph.variable, names)))
        elif kind == "look":
            told.append([op.name for op in graph.ops])
        elif kind.startswith("one "):
            op = TABLE[kind.removeprefix("one ")]
            told.append(graph.apply(op, tuple(rows[0][: ARITY[op.name]]), 3, 4))
        else:
            op, columns = TABLE[kind], list(zip(*rows, strict=True))[: ARITY[kind]]
            if strips and not op.boolean:
                told.append(graph.strip(op, list(map(np.array, columns)), 1, 2).tolist())
            else:
                told.append([graph.apply(op, args, 1, 2) for args in zip(*columns, strict=True)])
    return graph, told


@REPEATABLE
@given(MAKING, st.sampled_from([1, 3, 200]))
def test_it_is_the_graph_that_is_made_node_by_node(made, most):
    before = graphs._MOST_STRIPS
    graphs._MOST_STRIPS = most
    try:
        graph, told = replay(made, strips=True)
    finally:
        graphs._MOST_STRIPS = before
    plain, one_by_one = replay(made, strips=False)
    assert told == one_by_one
    assert len(graph) == len(plain)
    assert list(graph.since(2)) == list(plain.since(2)) == list(zip(plain.ops, plain.args, strict=True))[2:]
    assert graph.conditions == plain.conditions == {k for k, op in enumerate(plain.ops) if op.boolean}
    assert (graph.ops, graph.args, graph.names, graph.constants) == (
        plain.ops,
        plain.args,
        plain.names,
        plain.constants,
    )
    assert (graph.starts, graph.ends) == (plain.starts, plain.ends)
    assert not graph.strips
    assert [graph.apply(op, args) for op, args in zip(plain.ops, plain.args, strict=True) if args] == [
        k for k, args in enumerate(plain.args) if args
    ]


def test_a_node_found_again_makes_no_strip():
    graph = Graph()
    x, y = graph.variable("x"), graph.variable("y")
    first = graph.strip(TABLE["mul"], [np.array([x, y, x]), np.array([y, y, y])])
    assert first.tolist() == [2, 3, 2]
    assert graph.strip(TABLE["mul"], [np.array([y, x]), np.array([y, y])]).tolist() == [3, 2]
    assert len(graph.strips) == 1
    assert graph.apply(TABLE["mul"], (x, y)) == 2
    assert graph.listed == 2
    assert graph.apply(TABLE["mul"], (x, x)) == 4 == len(graph) - 1
    assert graph.needed([4]) == [0, 4]


@pytest.fixture
def as_strips(monkeypatch):
    """Make strips of the smallest comprehensions, and sweep by levels."""
    monkeypatch.setattr(machine, "_VERY_MANY", 2)
    monkeypatch.setattr(lanes, "WORTH", 0)
    monkeypatch.setattr(known, "WORTH", 2)
    monkeypatch.setattr("adcli.language.operations._MANY", 2)
    monkeypatch.setattr(schedules, "LARGE", 0)
    monkeypatch.setattr(schedules, "_WIDE", 0)
    return monkeypatch


def formulas(text):
    program = Function(text, shapes=SHAPES).program
    strips = len(program.graph.strips)
    return [write(program.graph, node) for _, node in program.outputs], strips


BODIES = {**PLAIN, **MIXED, **NOT_LINKED}


@pytest.mark.parametrize("name", BODIES)
def test_comprehensions_are_what_they_are_turn_by_turn(name, as_strips):
    together, strips = formulas(HEAD + BODIES[name])
    as_strips.undo()
    assert formulas(HEAD + BODIES[name]) == (together, 0)
    if name in ("rosenbrock", "functions"):
        assert strips, name


PROGRAMS = [
    "sum(100*(x[i+1]-x[i]^2)^2 + (1-x[i])^2 for i in range(19))",
    "[sin(x[i])*x[i+1] + sin(x[i+1]) for i in range(19)], sum(exp(v) for v in x)",
    "y = [x[i]*x[i] for i in range(20)]; z = [y[i] + i*y[19-i] for i in range(20)]; sum(z)*exp(-z[3])",
    "sum((x*x + 2*x)^2), x[0]",
    "s = sum(x[i]*x[(i*i) % 7] for i in range(20)); s^2 + sin(s)*x[3]",
    "[max(x[i], x[i+1], 1) for i in range(19)]",
]


@pytest.mark.parametrize("text", PROGRAMS)
def test_sweeps_over_strips_are_those_over_single_nodes(text, as_strips):
    point = np.linspace(0.3, 2.7, 20)[np.random.default_rng(5).permutation(20)].tolist()

    def solved():
        program = Function(text, shapes={"x": (20,)}).program
        inputs, outputs = list(program.variables.values()), [node for _, node in program.outputs]
        return Problem(make_context(), program.graph, inputs, outputs, dict(zip(inputs, point, strict=True)))

    wide = solved()
    assert wide.graph.strips
    assert wide.levels is not None
    assert wide.is_plain
    assert wide.graph.strips, "the schedule asks for no single node"
    as_strips.undo()
    single = solved()
    assert single.levels is None
    assert (wide.size, wide.arguments) == (single.size, single.arguments)
    assert wide.output_values() == pytest.approx(single.output_values(), rel=1e-14)
    ones = [1.0] * len(wide.outputs)
    assert wide.pull(ones) == pytest.approx(single.pull(ones), rel=1e-13, abs=1e-13)
    assert wide.push(point) == pytest.approx(single.push(point), rel=1e-13, abs=1e-13)
    assert wide.find_structure().pattern == single.find_structure().pattern
    assert wide.operations >= single.operations  # a branch that is not taken is multiplied by 0 here


def test_what_no_output_needs_is_not_swept(as_strips):
    program = Function(
        "y = [1/(x[i] - 1) for i in range(12)]; [y[i]*x[i] for i in range(1, 12)]", shapes={"x": (12,)}
    ).program
    inputs, outputs = list(program.variables.values()), [node for _, node in program.outputs]
    problem = Problem(make_context(), program.graph, inputs, outputs, dict(zip(inputs, range(1, 13), strict=True)))
    assert program.graph.strips
    assert problem.is_plain  # 1/(x[0] - 1) is infinite
    assert problem.output_values() == pytest.approx([x / (x - 1) for x in range(2, 13)])


def test_long_vectors_are_multiplied_all_at_once():
    x, y = np.random.default_rng(1).normal(size=(2, 1500))
    found = Function("x@y + x@x").gradient(x=x, y=y)
    assert found.value == [pytest.approx(x @ y + x @ x, rel=1e-13)]
    assert found.gradient == pytest.approx([*(y + 2 * x), *x], rel=1e-15)
    assert found.to_dict()["cost"]["nodes"] == 3000 + 3000 + 2 * 1499 + 1


def test_operations_without_a_rule_for_a_constant_argument_are_left_to_single_nodes(as_strips):
    point = np.linspace(0.5, 3, 20).tolist()
    found = Function("sum(besselj(1, x[i])*x[i] for i in range(20))", shapes={"x": (20,)}).gradient(x=point)
    as_strips.undo()
    assert found.gradient == Function("sum(besselj(1, x[i])*x[i] for i in range(20))").gradient(x=point).gradient


def test_what_is_not_needed_has_no_value(as_strips):
    program = Function("y = [x[i]^2 for i in range(12)]; sum(y[i] for i in range(3))", shapes={"x": (12,)}).program
    inputs, outputs = list(program.variables.values()), [node for _, node in program.outputs]
    problem = Problem(make_context(), program.graph, inputs, outputs, dict(zip(inputs, range(12), strict=True)))
    assert problem.is_plain
    needed = set(program.graph.needed(outputs))
    assert [value is not None for value in problem.values] == [node in needed for node in range(len(program.graph))]


@pytest.mark.parametrize(
    "text", ["sum(relu(x[i])*x[i] for i in range(20))", "sum(relu(v) for v in x)", "relu(x[1])^x[0]"]
)
def test_partials_that_are_absent_are_absent_in_one_pass_too(text, monkeypatch):
    point = [(-1.5 if k % 2 else 2.5) for k in range(20)]
    plain = Function(text, shapes={"x": (20,)}).gradient(x=point)
    monkeypatch.setattr("adcli.problem._ONCE", 0)
    assert Function(text, shapes={"x": (20,)}).gradient(x=point).gradient == plain.gradient


def test_looking_for_nodes_again_and_again_lists_them(monkeypatch):
    monkeypatch.setattr(graphs, "_MOST_WORK", 100)
    graph = Graph()
    nodes = np.array(graph.variables([f"x{k}" for k in range(50)]))
    products = graph.strip(TABLE["mul"], [nodes, nodes[::-1]])
    assert graph.strips
    for _ in range(20):
        assert graph.strip(TABLE["mul"], [nodes, nodes[::-1]]).tolist() == products.tolist()
    assert not graph.strips
    assert graph.apply(TABLE["mul"], (0, 49)) == products[0]
    shared = graph.numbers(products), graph.numbers(products)
    assert all(a is b for a, b in zip(*shared, strict=True))
