"""All turns of a comprehension at once: the nodes that its turns make, and the same words for what is wrong."""

from __future__ import annotations

import pytest

from adcli.errors import AdcliError
from adcli.language import lanes, machine, parse
from adcli.printing import write
from tests.test_linking import HEAD, MIXED, NOT_LINKED, PLAIN, SHAPES

BODIES = {**PLAIN, **MIXED, **NOT_LINKED}
WRONG = {
    "an index out of range": "sum(x[i] for i in range(21))",
    "one from below": "sum(x[-i] for i in range(22))",
    "two indices": "sum(A[i,i+1] for i in range(20))",
    "a remainder by zero": "sum(x[5 % (9 - i)] for i in range(20))",
}


def formulas(text):
    program = parse(text, shapes_of=SHAPES)
    return [write(program.graph, node) for _, node in program.outputs], program


@pytest.fixture
def at_once(monkeypatch):
    """Let all comprehensions of two turns or more be run so; tells how many were."""
    told = []
    run = lanes.all_turns

    def counted(*given):
        found = run(*given)
        told.append(found is not None)
        return found

    monkeypatch.setattr(machine, "_VERY_MANY", 2)
    monkeypatch.setattr("adcli.language.linking.all_turns", counted)
    return told


@pytest.mark.parametrize("name", BODIES)
def test_all_turns_at_once_make_the_same_formulas(name, at_once):
    together = formulas(HEAD + BODIES[name])[0]
    ran = list(at_once)
    machine._VERY_MANY = 10**9  # the fixture puts it back
    assert formulas(HEAD + BODIES[name])[0] == together
    if name in PLAIN and name not in ("several conditions", "a condition on the index", "entries of an array"):
        assert any(ran) or name in ("no turn's own", "whole numbers"), name


def test_as_many_nodes_are_made_and_none_twice(at_once):
    _, together = formulas(PLAIN["rosenbrock"])
    machine._VERY_MANY = 10**9
    _, one_by_one = formulas(PLAIN["rosenbrock"])
    assert at_once == [True]
    assert len(together.graph) == len(one_by_one.graph)
    rows = {(op, *args) for op, args in zip(together.graph.ops, together.graph.args, strict=True) if args}
    assert len(rows) == sum(map(bool, together.graph.args))


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_in_the_same_words(name, at_once):
    with pytest.raises(AdcliError) as together:
        parse(WRONG[name], shapes_of=SHAPES)
    machine._VERY_MANY = 10**9
    with pytest.raises(AdcliError) as one_by_one:
        parse(WRONG[name], shapes_of=SHAPES)
    assert together.value.render() == one_by_one.value.render()


def test_a_thousand_turns_are_run_at_once():
    found = formulas("sum(x[i % 20]*t for i in range(1000))")[1]
    assert len(found.graph) < 200  # not 1000: 20 products, and sums of them
    program = parse("sum(z[i]^2 for i in range(3000))", shapes_of={"z": (3000,)})
    assert len(program.graph) == 3000 + 3000 + 2999 + len(("2", "3000"))
