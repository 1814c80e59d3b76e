"""The arena of nodes, and the context that builds derivatives in it."""

from __future__ import annotations

import pytest

from adcli.backends.symbolic import derivative_graph
from adcli.contexts import Literal
from adcli.graph import CONSTANT, VARIABLE, Graph
from adcli.language import parse
from adcli.nodes import GraphContext, Guarded
from adcli.primitives import TABLE
from adcli.printing import write


def test_equal_nodes_are_one_node() -> None:
    """Whether made by text or by hand."""
    graph = parse("sin(x*y) + sin(x*y), x*y").graph
    assert [op.name for op in graph.ops] == ["variable", "variable", "mul", "sin", "add"]


def test_constants_that_compare_equal_in_python_stay_apart() -> None:
    """The type is part of the key."""
    graph = Graph()
    values = [1, True, Literal(1, 0), (1, 0), "pi", "1"]
    nodes = [graph.constant(value) for value in values]  # type: ignore[arg-type]
    assert len(set(nodes)) == len(values)
    assert nodes == [graph.constant(value) for value in values]  # type: ignore[arg-type]


def test_a_maker_is_apply_for_one_operation() -> None:
    """Both find what the other has made, and the place is that of the first."""
    graph = Graph("x + x")
    x = graph.variable("x")
    make = graph.maker(TABLE["add"])
    node = make((x, x), 0, 5)
    assert node == graph.apply(TABLE["add"], (x, x)) == make((x, x), 1, 2)
    assert graph.apply(TABLE["mul"], (node, x)) != node
    assert (0, 5) == (graph.starts[node], graph.ends[node])
    assert [x, node] == graph.needed([node])


def test_arguments_stand_before_their_nodes() -> None:
    """Ascending order is a topological order."""
    graph = parse("f(a) = a*sin(a); f(f(x)) + f(y)^2, where(x < y, x, f(x))").graph
    assert all(argument < node for node in range(len(graph)) for argument in graph.args[node])


def test_needed_nodes_are_those_that_the_outputs_depend_on() -> None:
    """In topological order, each once."""
    program = parse("a = x*y; b = sin(z); a + a")
    graph = program.graph
    needed = graph.needed([node for _, node in program.outputs])
    assert [graph.ops[n].name for n in needed] == ["variable", "variable", "mul", "add"]
    assert needed == sorted(needed)


def test_active_nodes_are_those_that_depend_on_the_inputs() -> None:
    """And uses counts arguments, not nodes."""
    program = parse("x*y + y*y")
    graph = program.graph
    order = graph.needed([program.outputs[0][1]])
    active = graph.depending(order, [program.variables["x"]])
    assert [graph.ops[n].name for n in order if active[n]] == ["variable", "mul", "add"]
    assert graph.uses(order)[program.variables["y"]] == 3


@pytest.fixture
def m() -> GraphContext:
    """A graph context of its own."""
    return GraphContext(Graph())


def test_the_graph_context_drops_zeros_and_ones(m: GraphContext) -> None:
    """As they arise, so that derivative graphs stay small."""
    x = m.wrap(m.graph.variable("x"))
    for same in (x + 0, 0 + x, x - 0, x * 1, 1 * x, m.div(x, 1), m.pow(x, m.number(1)), m.neg(-x), -m.neg(x)):
        assert same.node == x.node
    for zero in (x * 0, 0 * x, m.div(0, x), m.number(2) - 2, m.number(-3) + 3):
        assert m.whole(zero) == 0
    assert m.whole(m.pow(x, m.number(0))) == 1
    assert m.whole(m.number(2) * 3) == 6
    assert m.whole(-m.number(2)) == -2
    assert write(m.graph, (0 - x).node) == "-x"
    assert write(m.graph, (x * -1).node) == write(m.graph, (-1 * x).node) == "-x"


def test_rules_may_use_python_numbers(m: GraphContext) -> None:
    """Floats of rules become the decimals that they are written as."""
    x = m.wrap(m.graph.variable("x"))
    assert write(m.graph, (0.5 * x + 1).node) == "0.5*x + 1"
    assert write(m.graph, (x < 0.5).node) == "x < 0.5"
    assert [write(m.graph, c.node) for c in (x <= 1, x > 1, x >= 1, x == 1, m.eq(x, 1))] == [
        "x <= 1", "x > 1", "x >= 1", "x == 1", "x == 1",
    ]  # fmt: skip
    with pytest.raises(AttributeError, match="no primitive is named 'nothing'"):
        _ = m.nothing


def test_an_exponent_is_lowered_exactly(m: GraphContext) -> None:
    """x^0.1 becomes 0.1*x^(-0.9), and a huge exponent is left to arithmetic."""
    x = m.wrap(m.graph.variable("x"))
    y = m.number(Literal.read("0.1"))
    assert write(m.graph, m.pow_dx(x, y, None).node) == "0.1*x^(-0.9)"
    huge = m.number(Literal.read("1e999999999"))
    assert write(m.graph, m.pow_dx(x, huge, None).node) == "1e999999999*x^(1e999999999 - 1)"


def test_a_guarded_number_is_zero_where_its_guard_fails(m: GraphContext) -> None:
    """Two branches of one condition become one choice."""
    x, y = (m.wrap(m.graph.variable(name)) for name in "xy")
    c, d = x < 0, y < 0
    yes, no = m.when(c, x), m.when(m.not_(c), y)
    assert isinstance(yes, Guarded)
    shown = {
        "settled": m.settle(yes),
        "scaled": m.settle(3 * yes * y),
        "both": yes + no,
        "other way": no + yes,
        "same": m.settle(yes + yes),
        "with a plain one": yes + y,
        "plain first": y + yes,
        "nested": m.settle(m.when(d, 2) * yes),
        "unrelated": m.settle(yes + m.when(d, y)),
        "inner": m.settle((yes + m.when(m.not_(c), m.number(1)) * m.when(d, y)) * m.number(5)),
        "under a common guard": m.settle(m.when(d, m.number(1)) * yes + m.when(d, m.number(1)) * no),
        "one inside the other": m.settle(yes + m.when(d, m.number(1)) * yes),
    }
    assert {name: write(m.graph, e.node) for name, e in shown.items()} == {
        "settled": "where(x < 0, x, 0)",
        "scaled": "where(x < 0, x*3*y, 0)",
        "both": "where(x < 0, x, y)",
        "other way": "where(x < 0, x, y)",
        "same": "where(x < 0, x + x, 0)",
        "with a plain one": "where(x < 0, x, 0) + y",
        "plain first": "where(x < 0, x, 0) + y",
        "nested": "where(y < 0 and x < 0, 2*x, 0)",
        "unrelated": "where(x < 0 or y < 0, where(x < 0, x, 0) + where(y < 0, y, 0), 0)",
        "inner": "where(x < 0, x, where(y < 0, y, 0))*5",
        "under a common guard": "where(y < 0, where(x < 0, x, y), 0)",
        "one inside the other": "where(x < 0, x + where(y < 0, x, 0), 0)",
    }


def test_deeply_guarded_numbers_keep_few_guards(m: GraphContext) -> None:
    """Beyond some, the conditions become one."""
    x = m.wrap(m.graph.variable("x"))
    value = m.when(x < 0, x)
    for k in range(1, 50):
        value = value * m.when(x < k, m.number(1))
    assert len(value.guards) <= 8


def test_the_derivative_of_an_untaken_branch_is_not_computed_into_the_other() -> None:
    """The branch that is not taken stays under its guard."""
    program = parse("where(x > 0, sqrt(x), 0)^2")
    graph, ((dx,),), _ = derivative_graph(program.graph, list(program.variables.values()), [program.outputs[0][1]])
    shown = write(graph, dx)
    assert shown.startswith("where(x > 0, ")
    assert shown.endswith(", 0)")


def test_leaves_are_marked_by_their_operations() -> None:
    """VARIABLE and CONSTANT are no rows of the table."""
    graph = parse("x + 1").graph
    assert [VARIABLE, CONSTANT, TABLE["add"]] == graph.ops
    assert VARIABLE.name not in TABLE
    assert repr(TABLE["add"]) == "<add>"
