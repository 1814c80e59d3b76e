"""Linked bodies of comprehensions: the same graph, node by node, as the machine makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from adcli.errors import AdcliError
from adcli.language import machine, parse
from adcli.language.linking import link

if TYPE_CHECKING:
    from collections.abc import Callable

SHAPES = {"x": (20,), "y": (20,), "A": (20, 20), "t": ()}
HEAD = """
c = [3, 0, 2.5, -1, 1/2, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1, x[1], 0]
k = [3, 0, 1+1, 5, -1, 2, 9, 4, 0, 0]
"""

PLAIN = {  # bodies that are linked, and run so for every turn
    "rosenbrock": "sum(100*(x[i+1]-x[i]^2)^2 + (1-x[i])^2 for i in range(19))",
    "an entry twice": "sum(x[i]*x[i] + x[i] for i in range(20))",
    "entries from the end": "sum(x[-1-i] for i in range(20))",
    "two indices": "sum(A[i,19-i]*x[i] for i in range(20))",
    "functions": "sum(sin(x[i]) + hypot(x[i], y[i], t) + log(x[i], y[i]) for i in range(20))",
    "a function of the program": "f(a, b) = g(a)*b; g(a) = a^2 + 1; sum(f(x[i], i) for i in range(20))",
    "a name bound before": "s = x[0] + t; sum(s*x[i] for i in range(20))",
    "constants and parameters": "sum(2pi*t + x[i]/3 - 0.5x[i] for i in range(20))",
    "the index as a number": "sum(i*x[i] + x[i]^i + 0.5*i for i in range(20))",
    "the sine of an index": "sum(sin(i)*x[i] for i in range(20))",
    "a condition on the index": "[x[i] for i in range(20) if i % 2 == 0]",
    "several conditions": "sum(x[i] for i in range(20) if i > 2 if -i != -7)",
    "no turn's own": "sum(i*(2*3)*x[0] + y[1-1] for i in range(20))",
    "whole numbers": "[i*2 - 1 for i in range(20)]@x",
    "the largest of two": "sum(x[max(i, 3)] + x[abs(i - 10)] for i in range(20))",
    "entries of an array": "sum(v^2 for v in x)",
    "an index from an array": "sum(x[p] for p in [3, 2, 1, 0, 4, 5, 6, 7, 8, 9])",
    "a loop in a loop": "sum(A[i,j]*x[j] for i in range(20) for j in range(i, 20))",
    "in brackets": "sum([sum([A[i,j]*x[j] for j in range(20)]) for i in range(20)])",
}
MIXED = {  # bodies that are linked, and some of whose turns are given back
    "known entries": "sum(i*c[i] for i in range(20))",
    "known indices": "sum(x[k[i]] for i in range(10))",
}
NOT_LINKED = {  # bodies that the machine runs
    "a branch": "sum(where(i < 3, x[i], y[i]) for i in range(20))",
    "an open branch": "sum(where(x[i] < 3, x[i], y[i]) for i in range(20))",
    "fractions": "sum(x[i]*(1/(i + 1)) for i in range(20))",
    "powers": "sum((-1)^i*x[i] for i in range(20))",
    "rows": "sum(A[i]@x for i in range(20))",
    "arrays": "sum(sum(x*i) for i in range(20))",
    "entries that are rows": "sum(r@x for r in A)",
    "the same value": "[t for i in range(20)]",
    "few turns": "sum(x[i]^2 for i in range(3))",
    "no turn": "sum(x[i]*zz for i in range(0)) + t",
    "no turn's condition": "sum(x[i]*zz for i in range(20) if i > 90) + t",
    "conditions as values": "sum(where(b, 1, t) for b in [t<0, t<1, t<2, t<3, t<4, t<5, t<6, t<7, t<8])",
}
WRONG = {  # what goes wrong after the first turn, as it does without linking
    "out of range": "sum(x[i+1] for i in range(20))",
    "out of range in two axes": "sum(A[i,i+1] for i in range(20))",
    "no remainder": "sum(x[3 % (10 - i)] for i in range(20))",
    "a condition among numbers": "sum(v + 1 for v in [t, t, t, t, t, t, t, t, t < 0])",
    "an entry that is a condition": "b = [t, t, t, t, t, t, t, t, t < 0]; sum(b[i] + 1 for i in range(9))",
    "no whole number": "sum(x[c[i]] for i in range(20))",
}


def read(text: str) -> tuple[Any, ...]:
    """All that a graph is, or what is wrong with the text."""
    try:
        program = parse(HEAD * ("c[" in text or "k[" in text) + text, shapes_of=SHAPES)
    except AdcliError as error:
        return (error.render(),)
    graph = program.graph
    leaves = (graph.names, graph.constants, graph.labels)
    return graph.ops, graph.args, graph.starts, graph.ends, leaves, program.outputs


@pytest.fixture
def links(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What linking gives, in turn."""
    found: list[Any] = []

    def noted(*arguments: Any) -> Any:
        found.append(link(*arguments))
        if found[-1] is not None:
            linked = found[-1]
            turn, linked.given_back = linked.turn, 0

            def counted(value: Any) -> Any:
                result = turn(value)
                linked.given_back += result is None
                return result

            linked.turn = counted
        return found[-1]

    monkeypatch.setattr(machine, "link", noted)
    return found


@pytest.fixture
def unlinked(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], tuple[Any, ...]]:
    """Reads a text without linking."""

    def run(text: str) -> tuple[Any, ...]:
        with monkeypatch.context() as patch:
            patch.setattr(machine, "link", lambda *_: None)
            return read(text)

    return run


@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN)
def test_a_plain_body_is_linked(text: str, links: list[Any], unlinked: Callable[[str], tuple[Any, ...]]) -> None:
    """No turn is given back, and the graph is the same."""
    assert unlinked(text) == read(text)
    assert any(found is not None for found in links)
    assert all(found.given_back == 0 for found in links if found is not None)


@pytest.mark.parametrize("text", MIXED.values(), ids=MIXED)
def test_turns_that_are_not_plain_are_given_back(
    text: str, links: list[Any], unlinked: Callable[[str], tuple[Any, ...]]
) -> None:
    """The others are not."""
    assert unlinked(text) == read(text)
    (found,) = links
    assert 0 < found.given_back < 19


@pytest.mark.parametrize("text", NOT_LINKED.values(), ids=NOT_LINKED)
def test_other_bodies_are_left_to_the_machine(
    text: str, links: list[Any], unlinked: Callable[[str], tuple[Any, ...]]
) -> None:
    """They are not linked at all."""
    assert unlinked(text) == read(text)
    assert all(found is None for found in links)


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_errors_are_the_machines(text: str, links: list[Any], unlinked: Callable[[str], tuple[Any, ...]]) -> None:
    """With the place and the words."""
    expected = unlinked(text)
    assert len(expected) == 1
    assert expected == read(text)
    assert any(found is not None for found in links)


def test_many_nodes_are_refused_while_they_are_made() -> None:
    """Not after the last turn."""
    from adcli.errors import LimitError
    from adcli.language.limits import Limits

    limits = Limits(nodes=1000)
    with pytest.raises(LimitError, match="more than 1000 nodes"):
        parse("sum(sin(t + i) for i in range(100000))", limits=limits)


def test_a_linked_body_in_a_let_has_no_places() -> None:
    """As all that a --let makes."""
    program = parse("a@x", lets=[("a", "[sin(0.5*i) for i in range(20)]")], shapes_of={"x": (20,)})
    graph = program.graph
    places = [start for op, start in zip(graph.ops, graph.starts, strict=True) if op.name == "sin"]
    assert places == [-1] * 20
