"""Regrouping shares partial sums and changes nothing else."""

import pytest

from adcli.language import parse
from adcli.printing import write
from adcli.regroup import share_sums


def regrouped(text: str) -> tuple[str, int]:
    """The regrouped text, and how many sums were regrouped."""
    program = parse(text)
    graph, made, shared = share_sums(program.graph, [node for _, node in program.outputs])
    return ", ".join(write(graph, made[node]) for _, node in program.outputs), len(shared)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(a + b - c)*(b - c)", "(a + (b - c))*(b - c)"),
        ("a + b + c + d, c + d", "a + b + (c + d), c + d"),
        ("a + b + c + d, b + c + d, c + d", "a + (b + (c + d)), b + (c + d), c + d"),
        ("(sin(x) + x - y)*(x - y)", "(sin(x) + (x - y))*(x - y)"),
    ],
)
def test_a_tail_that_is_a_sum_elsewhere_is_shared(text: str, expected: str) -> None:
    assert (expected, 1 if text.count(",") < 2 else 2) == regrouped(text)


@pytest.mark.parametrize(
    "text", ["a + b - c, b + c", "a - b - c, b - c", "a + b, b + a", "x - 1, x - 1", "a*(b + c) + d"]
)
def test_what_is_no_common_tail_stays_as_it_is(text: str) -> None:
    """`a - b - c` holds -b, so `b - c` is no part of it."""
    program = parse(text)
    before = ", ".join(write(program.graph, node) for _, node in program.outputs)
    assert (before, 0) == regrouped(text)


def test_named_sums_are_kept() -> None:
    program = parse("s = a + b; s + c, b + c")
    roots = [*[node for _, node in program.outputs], *program.graph.labels]
    graph, made, shared = share_sums(program.graph, roots)
    assert {"s"} == set(graph.labels.values())
    assert "a + b + c" == write(graph, made[program.outputs[0][1]])
    assert [] == shared
