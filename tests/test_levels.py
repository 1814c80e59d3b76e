"""Sweeps over levels of a large graph: the numbers of the sweeps over single nodes, or none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adcli import schedules
from adcli.contexts import make_context
from adcli.errors import AdcliError
from adcli.problem import Problem
from adcli.products import Function
from tests.strategies import REPEATABLE, expressions

POINTS = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 7.25, 1e-9]


@pytest.fixture
def small(monkeypatch):
    """Let the smallest graphs be swept by levels."""
    monkeypatch.setattr(schedules, "LARGE", 0)
    monkeypatch.setattr(schedules, "_WIDE", 0)


def problem_of(function, point):
    program = function.program
    inputs = list(program.variables.values())
    values = dict(zip(inputs, point, strict=False)) | dict.fromkeys(program.zeros, 0.0)
    return Problem(make_context(), program.graph, inputs, [node for _, node in program.outputs], values)


def both(function, point):
    """The same problem by levels, and without."""
    single = problem_of(function, point)
    single.__dict__["levels"] = None
    return problem_of(function, point), single


@REPEATABLE
@given(st.lists(expressions(6), min_size=1, max_size=3), st.lists(st.sampled_from(POINTS), min_size=3, max_size=3))
def test_all_numbers_are_those_of_single_nodes(texts, point):
    limits = schedules.LARGE, schedules._WIDE
    schedules.LARGE = schedules._WIDE = 0
    try:
        function = Function(", ".join(texts))
        wide, single = both(function, point)
        if wide.levels is None or not wide.is_plain:
            return
        assert np.allclose(wide.output_values(), single.output_values(), rtol=1e-13, atol=0, equal_nan=True)
        ones = [1.0] * max(len(wide.inputs), len(wide.outputs))
        sizes = [abs(x) for x in single.pull(ones[: len(single.outputs)])]
        assert np.allclose(wide.pull(ones[: len(wide.outputs)]), single.pull(ones[: len(wide.outputs)]),
                           rtol=1e-11, atol=1e-11 * max([1e-300, *[s for s in sizes if s < math.inf]]))  # fmt: skip
        assert wide.edges >= single.edges  # a branch that is not taken is multiplied by 0 here
    finally:
        schedules.LARGE, schedules._WIDE = limits


@pytest.mark.parametrize(("text", "point"), [
    ("abs(x)", [0.0]), ("max(x, y)", [1.0, 1.0]), ("log(x)", [-1.0]), ("log(x)", [0.0]), ("1/x", [0.0]),
    ("where(x > 0, x, y)", [0.0, 1.0]), ("exp(x)", [1000.0]), ("sqrt(x)", [-1.0]), ("atan2(y, x)", [0.0, 0.0]),
    ("where(x > 0, log(x), 1)", [-1.0]), ("x^y", [-1.0, 0.5]), ("acosh(x)", [0.5]),
])  # fmt: skip
def test_where_something_special_happens_single_nodes_decide(text, point, small):
    wide, _ = both(Function(text), point)
    assert wide.levels is not None
    assert not wide.is_plain


@pytest.mark.parametrize(("text", "point"), [
    ("abs(x)", [-2.0]), ("max(x, y, 1)", [1.5, 1.25]), ("log(x)", [2.0]),
    ("where(x > 0 and not y > 1, x*y, y)", [2, 0.5]),
    ("x^2 + x^y + (-1)^2", [2.0, -1.5]), ("sqrt(x)", [0.0]), ("relu(x)*sign(y)*floor(x)", [1.5, -2.0]),
])  # fmt: skip
def test_elsewhere_whole_levels_are_swept(text, point, small):
    wide, single = both(Function(text), point)
    assert wide.is_plain
    for product in ("pull", "push"):
        seeds = [1.0] * len(wide.outputs if product == "pull" else wide.inputs)
        assert getattr(wide, product)(seeds) == pytest.approx(getattr(single, product)(seeds), rel=1e-14)


def test_functions_of_libraries_are_left_to_single_nodes(small):
    wide, _ = both(Function("gamma(x) + y"), [2.0, 1.0])
    assert wide.levels is None


def test_deep_graphs_are_left_to_single_nodes(monkeypatch):
    monkeypatch.setattr(schedules, "LARGE", 0)
    text = "for k in range(500) { x = x + sin(x)*h }\nx"
    function = Function(
        "y = x0\n" + text.replace("x ", "y ").replace("(x)", "(y)").replace("\nx", "\ny").replace("= x", "= y")
    )
    wide, _ = both(function, [0.5, 0.1])
    assert wide.levels is None


def test_large_graphs_are_swept_by_levels_and_reported_as_small_ones(monkeypatch):
    text = "sum(100*(x[i+1]-x[i]^2)^2 + (1-x[i])^2 for i in range(n-1))"
    point = [math.sin(k) for k in range(300)]

    def gradient():
        return Function(text, lets={"n": 300}, shapes={"x": (300,)}).gradient({"x": point})

    plain = gradient().to_dict()
    monkeypatch.setattr(schedules, "LARGE", 1000)
    monkeypatch.setattr(schedules, "_WIDE", 10)
    wide = gradient().to_dict()
    assert wide.pop("gradient") == pytest.approx(plain.pop("gradient"), rel=1e-13, abs=1e-13)
    assert wide.pop("value") == pytest.approx(plain.pop("value"), rel=1e-15)
    assert wide == plain


def test_an_error_is_told_as_for_small_graphs(small):
    with pytest.raises(AdcliError) as told:
        Function("sum(log(x[i]) for i in range(3))", shapes={"x": (3,)}).gradient({"x": [1, -2, 3]})
    assert "log needs x[1] > 0" in told.value.message


@REPEATABLE
@given(st.lists(expressions(6), min_size=1, max_size=4))
def test_patterns_are_those_of_single_nodes(texts):
    limits = schedules.LARGE, schedules._WIDE
    schedules.LARGE = schedules._WIDE = 0
    try:
        wide, single = both(Function(", ".join(texts)), [1.5, 0.25, 2.0])
        if wide.levels is not None:
            assert wide.find_structure() == single.find_structure()
    finally:
        schedules.LARGE, schedules._WIDE = limits


def test_where_nodes_depend_on_many_columns_their_patterns_are_found_by_single_nodes(small):
    function = Function("[sum(x[i]*x[j] for j in range(20)) for i in range(20)]", shapes={"x": (20,)})
    wide, single = both(function, [0.5] * 20)
    assert wide.levels is not None
    assert wide.levels.structure(wide.inputs, wide.outputs) is None
    assert wide.find_structure() == single.find_structure()
