"""What is known of instructions whatever the inputs: no number leaves its range, and no condition its truth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adcli.kernels.making import make_kernel
from adcli.machine.ranges import Ranges
from adcli.products import Function
from tests.strategies import REPEATABLE, expressions

np = pytest.importorskip("numpy")
from adcli.machine.vectors import evaluate  # noqa: E402

POINTS = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 1e-300, -1e300, 1e300, np.inf, -np.inf, np.nan])


@REPEATABLE
@given(st.lists(expressions(6), min_size=1, max_size=3))
def test_no_number_leaves_its_range(texts):
    kernel = make_kernel(Function(", ".join(texts)), "jac")
    graph, count = kernel.graph, 400
    draw = np.random.default_rng(len(graph))
    inputs = {node: draw.choice(POINTS, count) for node in graph.names}
    ranges = Ranges(graph)
    for node, found in evaluate(graph, range(len(graph)), inputs, count).items():
        low, high = ranges.of(node)
        numbers = np.asarray(found, float)
        assert np.all(np.isnan(numbers) | ((low <= numbers) & (numbers <= high))), (graph.ops[node], low, high)


@pytest.mark.parametrize(("text", "is_free"), [
    ("log(1 + exp(x))", True), ("log(2 + x^2)", True), ("sqrt(abs(x))", True), ("1/(1 + x^2)", True),
    ("sqrt(1/4)", True),
    ("log(x)", False), ("sqrt(x^2 - 1)", False), ("1/x", False), ("log(exp(x))", False), ("1/(x*y)", False),
])  # fmt: skip
def test_a_domain_that_nothing_leaves_is_not_tested(text, is_free):
    assert is_free == (make_kernel(Function(text), "eval").defined is None)
