"""Properties of random expressions: what is read is written back, simplified truly, differentiated alike."""

from __future__ import annotations

import math
import re
from typing import Any

import mpmath
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from strategies import ARRAYS, REPEATABLE, array_programs, damaged, expressions, graphs, points, programs, soups

import adcli
from adcli import shapes, sweeps
from adcli.backends.symbolic import derivative_graph
from adcli.contexts import make_context
from adcli.errors import AdcliError, DomainError
from adcli.graph import Graph
from adcli.language import parse
from adcli.language.canonical import canonical
from adcli.language.limits import Limits
from adcli.printing import LATEX, write
from adcli.simplify import simplify

FEW = settings(REPEATABLE, max_examples=60)


def structure(graph: Graph, node: int, known: dict[tuple[Any, ...], int]) -> int:
    """A number for the formula of a node: equal formulas have equal numbers, in any graph."""
    number: dict[int, int] = {}
    for n in graph.needed([node]):
        children = [number[a] for a in graph.args[n]]
        key = (graph.ops[n].name, graph.names.get(n), graph.constants.get(n), *children)
        number[n] = known.setdefault(key, len(known))
    return number[node]


def evaluated(graph: Graph, outputs: list[int], point: dict[str, float]) -> list[Any]:
    """The outputs at 40 digits."""
    m = make_context(40)
    inputs = {node: m.number(point[name]) for node, name in graph.names.items()}
    v = sweeps.values(m, graph, graph.needed(outputs), inputs)
    return [v[node] for node in outputs]


# -- reading and writing


@REPEATABLE
@given(expressions())
def test_a_parsed_expression_is_written_and_read_as_itself(text: str) -> None:
    """parse(write(e)) is e, node by node."""
    program = parse(text)
    node = program.outputs[0][1]
    again = parse(write(program.graph, node))
    known: dict[tuple[Any, ...], int] = {}
    assert structure(program.graph, node, known) == structure(again.graph, again.outputs[0][1], known)


@REPEATABLE
@given(st.one_of(expressions(), programs()))
def test_the_canonical_form_is_a_fixed_point(text: str) -> None:
    """What canonical() writes, it leaves alone; and it means the same."""
    program = parse(text)
    once = canonical(program)
    again = parse(once)
    assert once == canonical(again)
    assert list(program.variables) == list(again.variables)
    assert [name for name, _ in program.outputs] == [name for name, _ in again.outputs]


@FEW
@given(expressions(), st.sampled_from([10, 30, 60]))
def test_a_budget_bounds_what_is_written(text: str, budget: int) -> None:
    """Never more than the budget and an ellipsis."""
    program = parse(text)
    full = write(program.graph, program.outputs[0][1])
    short = write(program.graph, program.outputs[0][1], budget=budget)
    assert short == full or (short == full[:budget] + "…" and len(full) > budget)


@REPEATABLE
@given(expressions())
def test_latex_is_balanced(text: str) -> None:
    r"""Every brace closes, every \left has its \right, every \begin its \end."""
    program = parse(text)
    latex = write(program.graph, program.outputs[0][1], notation=LATEX)
    depth = 0
    for char in re.sub(r"\\[{}]", "", latex):
        depth += (char == "{") - (char == "}")
        assert depth >= 0
    assert depth == 0
    assert len(re.findall(r"\\left(?![a-z])", latex)) == len(re.findall(r"\\right(?![a-z])", latex))
    assert latex.count(r"\begin{cases}") == latex.count(r"\end{cases}")


# -- simplifying


def assert_same_values(before: list[Any], after: list[Any]) -> None:
    """Equal to 25 of 40 digits, where the original is finite."""
    for a, b in zip(before, after, strict=True):
        if mpmath.isfinite(a) and abs(a) < mpmath.mpf(10) ** 30:
            assert mpmath.almosteq(a, b, rel_eps=mpmath.mpf(10) ** -20, abs_eps=mpmath.mpf(10) ** -20), (a, b)


@REPEATABLE
@given(expressions(12), points())
def test_simplifying_an_expression_keeps_its_value(text: str, point: dict[str, float]) -> None:
    """The simplified expression has the value of the one it came from."""
    program = parse(text)
    outputs = [node for _, node in program.outputs]
    simple, nodes = simplify(program.graph, outputs)
    assert_same_values(evaluated(program.graph, outputs, point), evaluated(simple, nodes, point))


@REPEATABLE
@given(graphs(), points())
def test_simplifying_a_shared_graph_keeps_its_values(pair: tuple[Graph, list[int]], point: dict[str, float]) -> None:
    """The same for graphs with much sharing, zeros and ones."""
    graph, outputs = pair
    simple, nodes = simplify(graph, outputs)
    assert_same_values(evaluated(graph, outputs, point), evaluated(simple, nodes, point))


@REPEATABLE
@given(expressions(10))
def test_simplified_text_has_no_leftovers(text: str) -> None:
    """No 0*, 1*, ^1, --, + -, + 0 remain in what a person would read."""
    program = parse(text)
    graph, rows, _ = derivative_graph(program.graph, list(program.variables.values()), [program.outputs[0][1]])
    simple, (whole,) = simplify(program.graph, [program.outputs[0][1]])
    for written in [write(simple, whole), *[write(graph, node) for node in rows[0]]]:
        assert re.search(r"(?<![\w.)])[01]\*", written) is None, written
        assert re.search(r"\^1(?![\w.])|\*1(?![\w.])|/1(?![\w.])", written) is None, written
        assert re.search(r"--|- -|\+ -|[-+] 0(?![\w.])", written) is None, written


@REPEATABLE
@given(expressions(10))
def test_simplifying_twice_is_simplifying_once(text: str) -> None:
    """The second time changes nothing."""
    program = parse(text)
    once, (node,) = simplify(program.graph, [program.outputs[0][1]])
    twice, (same,) = simplify(once, [node])
    assert write(once, node) == write(twice, same)


# -- differentiating


@settings(REPEATABLE, max_examples=250)
@given(expressions(10), points())
def test_exact_backends_agree(text: str, point: dict[str, float]) -> None:
    """Forward, reverse and symbolic give the same Jacobian to 1e-9 of the row's scale."""
    function = adcli.parse(text)
    at = {name: point[name] for name in function.variables}
    try:
        rows = {name: function.jacobian(at, backend=name).jacobian[0] for name in ("forward", "reverse", "symbolic")}
    except DomainError:
        assume(False)
    for name in ("reverse", "symbolic"):
        scale = max([abs(x) for x in rows["forward"] if math.isfinite(x)], default=0.0)
        for a, b in zip(rows["forward"], rows[name], strict=True):
            if math.isfinite(a):  # where 0*inf arises, the symbolic derivative may know better
                assert abs(a - b) <= 1e-9 * max(scale, 1e-3), (name, a, b)


# -- arrays

WHOLE = {"t": 1.25, "x": [0.5, -1.5, 2.0], "y": [1.0, -0.25], "W": [[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]],
         "A": [[2.0, -1.0], [0.5, 1.5]]}  # fmt: skip


@settings(REPEATABLE, max_examples=250)
@given(array_programs())
def test_random_programs_of_arrays_have_the_values_of_numpy(pair: tuple[str, str]) -> None:
    """The same formula in both languages: products, slices, comprehensions, loops."""
    np = pytest.importorskip("numpy")
    ours, theirs = pair
    names: dict[str, Any] = {"np": np, **{name: np.array(value) for name, value in WHOLE.items()}}
    exec(theirs, names)  # noqa: S102  # text of our own strategy
    program = parse(ours, shapes_of={name: shape for name, shape in ARRAYS.items() if shape})
    flat = {
        entry: number
        for name, value in WHOLE.items()
        for entry, number in zip(shapes.names(name, ARRAYS[name]), shapes.flatten(value)[1], strict=True)
    }
    inputs = {node: flat[name] for name, node in program.variables.items()}
    nodes = [node for _, node in program.outputs]
    v = sweeps.values(make_context(), program.graph, program.graph.needed(nodes), inputs)
    wanted = np.asarray(names["out"])
    assert program.results["y1"] == wanted.shape
    np.testing.assert_allclose([v[node] for node in nodes], wanted.ravel(), rtol=1e-9, atol=1e-9)


@FEW
@given(array_programs())
def test_the_one_line_form_of_a_program_of_arrays_means_the_same(pair: tuple[str, str]) -> None:
    """Node by node."""
    arrays = {name: shape for name, shape in ARRAYS.items() if shape}
    program = parse(pair[0], shapes_of=arrays)
    again = parse(canonical(program), shapes_of=arrays)
    known: dict[tuple[Any, ...], int] = {}
    for (_, a), (_, b) in zip(program.outputs, again.outputs, strict=True):
        assert structure(program.graph, a, known) == structure(again.graph, b, known)


# -- any text at all


def assert_read_or_refused(text: str, **options: Any) -> None:
    """The text is read, or there is an error that can be shown."""
    error = None
    try:
        parse(text, **options)
    except AdcliError as refused:
        error = refused
    if error is None:
        return
    shown = error.render()
    assert error.message
    assert error.exit_code in (3, 4)
    assert all(char.isprintable() or char == "\n" for char in shown), shown
    if error.span is not None:
        assert 0 <= error.span.start < max(error.span.end, 1) <= len(text) + 1
        lines = error.span.caret()
        assert len(lines) == 2
        assert set(lines[1]) <= {" ", "^"}
    assert all(char.isprintable() or char == "\n" for char in str(error.to_dict()["hint"]))


@settings(REPEATABLE, max_examples=400)
@given(st.text(max_size=40))
@example("\ud800")
@example("x\r\n+ $\r\n")
def test_arbitrary_text_is_read_or_refused(text: str) -> None:
    """Nothing but an AdcliError comes of any text, and no control character is shown."""
    assert_read_or_refused(text)


@settings(REPEATABLE, max_examples=500)
@given(damaged())
@example("x^" * 30 + "1e999999999")
def test_damaged_text_is_read_or_refused(text: str) -> None:
    """The same for text that was nearly right."""
    assert_read_or_refused(text)


@settings(REPEATABLE, max_examples=1000)
@given(soups(), st.booleans())
def test_tokens_in_any_order_are_read_or_refused(text: str, arrays: bool) -> None:
    """The same for text made of the language's own tokens."""
    assert_read_or_refused(text, shapes_of={"x": (3,), "W": (2, 3)} if arrays else None, limits=Limits(5000, 5000))
