"""The Python API: the words of the commands, frozen results, errors with fields."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import mpmath
import pytest

import adcli as library
from adcli.differences import SCHEMES
from adcli.errors import DomainError, LimitError, ReadError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome

HEADLINE = "x1*x2+sin(x1), exp(x1-x2)"
JACOBIAN = [[2.5403023058681398, 1.0], [0.36787944117144233, -0.36787944117144233]]
BACKENDS = ["forward", "reverse", "symbolic", "fd"]


@pytest.fixture
def f() -> library.Function:
    return library.parse(HEADLINE)


def test_a_function_names_its_variables_and_outputs(f: library.Function) -> None:
    assert (["x1", "x2"], ["y1", "y2"]) == (f.variables, f.outputs)
    assert ["loss"] == library.parse("a = x^2; loss = a*3").outputs
    assert "x1*x2 + sin(x1), exp(x1 - x2)" == f.expression
    assert "<adcli.Function 'x1*x2 + sin(x1), exp(x1 - x2)'>" == repr(f)


def test_the_package_offers_its_words_and_nothing_else() -> None:
    assert isinstance(library.parse("x"), library.Function)
    assert issubclass(ReadError, library.AdcliError)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = library.nothing


def test_a_point_is_keywords_a_mapping_a_sequence_or_text(f: library.Function) -> None:
    for at in ({"x1": 1, "x2": 2}, [1, 2], (1.0, 2.0), "1,2", "x2=2, x1=cos(0)", {"x1": "1", "x2": "4/2"}):
        assert JACOBIAN == f.jacobian(at).jacobian
    assert JACOBIAN == f.jacobian(x1=1, x2=2).jacobian
    assert JACOBIAN == f.jacobian({"x1": 1}, x2=2).jacobian


@pytest.mark.parametrize("value", [Fraction(1, 10), "1/10", "0.1", Decimal("0.1"), mpmath.mpf(1) / 10, 0.1])
def test_any_real_number_is_a_value(value: Any) -> None:
    if isinstance(value, Decimal):
        with pytest.raises(UsageError, match="is not a number"):
            library.parse("x").eval(x=value)
    else:
        assert [0.1] == library.parse("x").eval(x=value).value


def test_exact_values_stay_exact_at_any_precision() -> None:
    f = library.parse("x")
    with mpmath.workdps(60):
        tenth = mpmath.mpf(1) / 10
        for value in (Fraction(1, 10), "1/10", "0.1"):
            assert abs(f.eval(x=value, digits=50).value[0] - tenth) < mpmath.mpf(10) ** -50
        assert mpmath.mpf(0.1) == f.eval(x=0.1, digits=60).value[0]  # a float is the double that it is


@pytest.mark.parametrize("value", [True, None, "x", 1j, object(), [True], [None], ["x"], [1, 1j], [[1], [object()]]])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(UsageError):
        library.parse("x").eval(x=value)


@pytest.mark.parametrize("value", [[1, [2]], [[1, 2], [3]], [[1], 2], ((1,), (2, 3))])
def test_ragged_lists_are_refused(value: Any) -> None:
    with pytest.raises(UsageError, match="does not fit the shape") as caught:
        library.parse("x").eval(x=value)
    assert "ragged-array" == caught.value.code


PRODUCTS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("jacobian", {}, ["jac"]),
    ("jvp", {"direction": [3, -2]}, ["jvp", "--direction", "3,-2"]),
    ("vjp", {"cotangent": [2, 5]}, ["vjp", "--cotangent", "2,5"]),
    ("eval", {}, ["eval"]),
]
SCALAR_PRODUCTS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("gradient", {}, ["grad"]),
    ("hessian", {}, ["hess"]),
    ("hvp", {"direction": {"x1": 1}}, ["hvp", "--direction", "x1=1"]),
]
ARRAY_PRODUCTS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("gradient", {"wrt": "h,x"}, ["grad", "--wrt", "h,x"]),
    ("jacobian", {"wrt": "W[1,0]"}, ["jac", "--wrt", "W[1,0]"]),
    ("jvp", {"direction": {"W": [[1, 0], [0, 1]]}}, ["jvp", "--direction", "W=eye(2)"]),
    ("vjp", {"cotangent": [2]}, ["vjp", "--cotangent", "loss=2"]),
    ("hessian", {"wrt": "x"}, ["hess", "--wrt", "x"]),
    ("hvp", {"direction": [[1, -1]], "wrt": "x"}, ["hvp", "--direction", "[1,-1]", "--wrt", "x"]),
    ("eval", {}, ["eval"]),
]


@pytest.mark.parametrize("digits", [None, 30])
@pytest.mark.parametrize(("method", "options", "command"), PRODUCTS + SCALAR_PRODUCTS, ids=str)
def test_to_dict_is_exactly_the_json_of_the_command(
    method: str, options: dict[str, Any], command: list[str], digits: int | None, adcli: Callable[..., Outcome]
) -> None:
    text = "x1^3*sin(x2)" if (method, options, command) in SCALAR_PRODUCTS else HEADLINE
    result = getattr(library.parse(text), method)({"x1": 1, "x2": 2}, digits=digits, **options)
    flags = [] if digits is None else ["--digits", str(digits)]
    printed = adcli(command[0], text, *command[1:], "--at", "1,2", *flags, "--json").json
    assert printed == json.loads(json.dumps(result.to_dict()))


@pytest.mark.parametrize("digits", [None, 30])
@pytest.mark.parametrize(("method", "options", "command"), ARRAY_PRODUCTS, ids=str)
def test_to_dict_is_exactly_the_json_of_the_command_for_arrays_too(
    method: str, options: dict[str, Any], command: list[str], digits: int | None, adcli: Callable[..., Outcome]
) -> None:
    result = getattr(library.parse(LAYER), method)({"W": W, "x": V}, digits=digits, **options)
    flags = [] if digits is None else ["--digits", str(digits)]
    args = (command[0], LAYER, *command[1:], "--at", "W=[[1,2],[3,4]]; x=[5,6]", *flags, "--json")
    assert adcli(*args).json == json.loads(json.dumps(result.to_dict()))


def test_results_are_frozen(f: library.Function) -> None:
    result = f.jacobian(x1=1, x2=2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.jacobian = []  # type: ignore[misc]
    assert result == f.jacobian(x1=1, x2=2)
    assert result != f.jacobian(x1=1, x2=3)


def test_a_result_says_what_it_is(f: library.Function) -> None:
    result = f.jacobian(x1=1, x2=2, backend="reverse")
    assert (("y1", "y2"), ("x1", "x2")) == (result.rows, result.columns)
    assert ({"x1": 1.0, "x2": 2.0}, "reverse", "", ()) == (result.point, result.backend, result.reason, result.warnings)
    assert [2.8414709848078967, 0.36787944117144233] == result.value
    assert (7, 2) == (result.cost.nodes, result.cost.passes)
    assert "<Jacobian of 'x1*x2 + sin(x1), exp(x1 - x2)'>" == repr(result)


# -- precision


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("digits", [5, 15, 50, 200])
def test_digits_are_right_to_the_last_by_every_backend(f: library.Function, backend: str, digits: int) -> None:
    result = f.jacobian(x1=1, x2=2, digits=digits, backend=backend)
    with mpmath.workdps(digits + 30):
        inverse = mpmath.exp(-1)
        expected = [[2 + mpmath.cos(1), mpmath.mpf(1)], [inverse, -inverse]]
        for expected_row, actual_row in zip(expected, result.jacobian, strict=True):
            for reference, actual in zip(expected_row, actual_row, strict=True):
                assert abs(actual - reference) <= abs(reference) * mpmath.mpf(10) ** -digits
    assert digits == result.digits


def test_numbers_beyond_double_precision_are_mpmaths_own(f: library.Function) -> None:
    """They hold all their digits; further arithmetic has the precision that mpmath is set to."""
    x = f.jacobian(x1=1, x2=2, digits=50).jacobian[0][0]
    assert isinstance(x, mpmath.mpf)
    with mpmath.workdps(60):
        assert abs(1 / x - 1 / (2 + mpmath.cos(1))) < mpmath.mpf(10) ** -50


def test_digits_do_not_touch_the_precision_of_the_caller(f: library.Function) -> None:
    before = mpmath.mp.dps
    f.jacobian(x1=1, x2=2, digits=77)
    assert before == mpmath.mp.dps


@pytest.mark.parametrize("digits", [0, -1, 10_001])
def test_impossible_digits_are_refused(f: library.Function, digits: int) -> None:
    with pytest.raises(UsageError, match="digits are possible"):
        f.jacobian(x1=1, x2=2, digits=digits)


# -- parameters, columns


def test_lets_are_parameters_and_not_columns() -> None:
    for lets in ({"k": 3}, {"k": "3"}, {"k": Fraction(3)}, [("k", "6/2")], {"k": 3.0}, {"k": mpmath.mpf(3)}):
        f = library.parse("k*x^2", lets=lets)
        assert ["x"] == f.variables
        assert [[12.0]] == f.jacobian(x=2).jacobian


def test_a_let_may_use_the_ones_before_it() -> None:
    assert [[8.0]] == library.parse("b*x", lets=[("a", "2"), ("b", "a^3")]).jacobian(x=1).jacobian


def test_variables_fix_the_columns() -> None:
    f = library.parse("x*y", variables=["y", "x", "unused"])
    assert [[2.0, 1.0, 0.0]] == f.jacobian([1, 2, 3]).jacobian


def test_wrt_is_text_or_a_sequence_of_names() -> None:
    f = library.parse("a = x^2; b = 5*a; c = a*b")
    assert [[40.0, 160.0]] == f.jacobian(x=2, wrt="a, x").jacobian
    assert [[40.0, 160.0]] == f.jacobian(x=2, wrt=["a", "x"]).jacobian
    assert [10.0] == f.hessian(x=2, wrt=["a"]).hessian[0]
    assert [120.0] == f.jvp(x=2, wrt="a", direction=[3]).jvp


# -- finite differences


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_is_right_within_its_own_estimate(scheme: str) -> None:
    f = library.parse("x^2*sin(y), exp(-x*y), x/y")
    exact = f.jacobian(x=1.3, y=0.7).jacobian
    result = f.jacobian(x=1.3, y=0.7, backend="fd", scheme=scheme)
    assert result.error is not None
    for i, row in enumerate(exact):
        for j, expected in enumerate(row):
            assert abs(result.jacobian[i][j] - expected) <= result.error[i][j] < 1e-4


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("step", [1e-2, "1/1024", Fraction(1, 100)])
def test_a_given_step_is_used_and_its_error_told(scheme: str, step: Any) -> None:
    f = library.parse("x^2*sin(x)")
    expected = f.jacobian(x=1.3).jacobian[0][0]
    result = f.jacobian(x=1.3, backend="fd", scheme=scheme, step=step)
    assert result.error is not None
    assert abs(result.jacobian[0][0] - expected) <= result.error[0][0]
    second, exact = f.hessian(x=1.3, backend="fd", scheme=scheme, step=step), f.hessian(x=1.3)
    assert second.error is not None
    assert abs(second.hessian[0][0] - exact.hessian[0][0]) <= second.error[0][0]


def test_a_coarse_step_shows_in_the_result() -> None:
    f = library.parse("x^3")
    found = f.jacobian(x=1, backend="fd", scheme="forward", step=0.5)
    assert [[4.75]] == found.jacobian  # 3 + 3h + h^2


def test_a_step_that_leaves_the_domain_becomes_one_sided_and_says_so() -> None:
    result = library.parse("x*sqrt(x)").jacobian(x=0, backend="fd")
    assert any("one-sided: x - h leaves the domain" in note for note in result.notes)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"backend": "fd", "scheme": "centrl"}, "unknown-scheme"),
        ({"backend": "forward", "scheme": "central"}, "not-for-backend"),
        ({"step": 0.1}, "not-for-backend"),
        ({"backend": "fd", "step": 0}, "bad-step"),
        ({"backend": "fd", "step": -1}, "bad-step"),
        ({"backend": "fd", "step": "inf"}, "bad-step"),
        ({"backend": "fd", "step": float("nan")}, "bad-step"),
        ({"backend": "nothing"}, "unknown-backend"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict[str, Any], code: str) -> None:
    with pytest.raises(UsageError) as caught:
        library.parse("x^2").jacobian(x=1, **options)
    assert code == caught.value.code


def test_an_unknown_scheme_gets_the_list() -> None:
    with pytest.raises(UsageError) as caught:
        library.parse("x^2").jacobian(x=1, backend="fd", scheme="zzz")
    assert "there are central, forward, backward, five-point, richardson" == caught.value.hint


# -- backends and their cost


@pytest.mark.parametrize(("n", "m"), [(1, 1), (3, 1), (1, 3), (2, 5), (5, 2)])
def test_forward_counts_a_pass_for_each_input_and_reverse_for_each_output(n: int, m: int) -> None:
    variables = [f"x{k}" for k in range(1, n + 1)]
    text = ", ".join(f"{k}*({'*'.join(variables)})" for k in range(1, m + 1))
    f = library.parse(text)
    point = [1.5] * n
    assert n == f.jacobian(point, backend="forward").cost.passes
    assert m == f.jacobian(point, backend="reverse").cost.passes
    auto = f.jacobian(point)
    assert ("forward" if n < m else "reverse", min(n, m)) == (auto.backend, auto.cost.passes)
    assert auto.reason.startswith(f"auto chose {auto.backend}: ")


def test_auto_takes_one_pass_for_a_product() -> None:
    f = library.parse(HEADLINE)
    jvp, vjp = f.jvp([1, 2], [3, -2]), f.vjp([1, 2], [2, 5])
    assert ("forward", 1) == (jvp.backend, jvp.cost.passes)
    assert ("reverse", 1) == (vjp.backend, vjp.cost.passes)


# -- arrays

W, V = [[1, 2], [3, 4]], [5, 6]
LAYER = "h = W@x; loss = sum(h^2)"
GRADIENT = [170, 204, 390, 468, 268, 380]  # by W[0,0] ... W[1,1], x[0], x[1], at W and V


def test_a_point_of_arrays_is_keywords_a_mapping_a_sequence_or_text() -> None:
    f = library.parse(LAYER)
    for at in ({"W": W, "x": V}, [W, V], (((1, 2), (3, 4)), (5, 6)), "W=[[1,2],[3,4]]; x=[5,6]", [1, 2, 3, 4, 5, 6]):
        if at == [1, 2, 3, 4, 5, 6]:
            f = library.parse(LAYER, shapes={"W": (2, 2), "x": (2,)})
        assert GRADIENT == f.gradient(at).gradient
    assert GRADIENT == f.gradient(W=W, x=V).gradient
    assert GRADIENT == f.gradient(W=[["1", "2"], ["3.0", 4.0]], x=[Fraction(5), mpmath.mpf(6)]).gradient


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "uint8"])
def test_numpy_arrays_are_points_lets_directions_and_cotangents(dtype: str) -> None:
    np = pytest.importorskip("numpy")
    w, x = np.array(W, dtype), np.array(V, dtype)
    assert GRADIENT == library.parse(LAYER).gradient(W=w, x=x).gradient
    assert GRADIENT[4:] == library.parse(LAYER, lets={"W": w}).gradient(x=x).gradient
    assert [17 + 1, 39 + 1] == library.parse("W@x + b").eval(W=w, x=x, b=np.array(1, dtype)[()]).value
    f = library.parse("W@x")
    assert [1 * 5 + 6, 0] == f.jvp({"W": w, "x": x}, {"W": np.array([[1, 1], [0, 0]])}).jvp
    assert [4, 6] == f.vjp({"W": w, "x": x}, [np.array([1, 1])], wrt="x").vjp


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_product_takes_arrays(backend: str) -> None:
    f, at = library.parse(LAYER), {"W": W, "x": V}
    close = {"rel": 1e-9 if backend == "fd" else 1e-15}
    columns = ("W[0,0]", "W[0,1]", "W[1,0]", "W[1,1]", "x[0]", "x[1]")
    gradient = f.gradient(at, backend=backend)
    assert (GRADIENT, columns) == (pytest.approx(gradient.gradient, **close), gradient.columns)
    assert [17.0**2 + 39**2] == f.eval(at).value
    direction = {"x": [1, -1]}
    assert [268 - 380] == pytest.approx(f.jvp(at, direction, backend=backend).jvp, **close)
    assert [2 * x for x in GRADIENT] == pytest.approx(f.vjp(at, [2], backend=backend).vjp, **close)
    hessian = f.hessian(at, wrt="x", backend=backend)
    expected = [[20, 28], [28, 40]]
    for row, actual in zip(expected, hessian.hessian, strict=True):
        assert row == pytest.approx(actual, rel=1e-4 if backend == "fd" else 1e-15)
    hvp = f.hvp(at, direction, wrt="x", backend=backend)
    assert [-8, -12] == pytest.approx(hvp.hvp, rel=1e-4 if backend == "fd" else 1e-15)
    assert (("x[0]", "x[1]"), {"x": (2,)}) == (hvp.columns, hvp.inputs)


def test_the_weight_jacobian_is_that_of_the_readme() -> None:
    r = library.parse("W@x").jacobian(W=W, x=V, wrt="W")
    assert [[5, 6, 0, 0], [0, 0, 5, 6]] == r.jacobian
    assert ({"W": (2, 2)}, {"y1": (2,)}) == (r.inputs, r.outputs)
    assert (("y1[0]", "y1[1]"), {"W": [[1.0, 2.0], [3.0, 4.0]], "x": [5.0, 6.0]}) == (r.rows, r.point)


def test_wrt_names_arrays_entries_and_intermediates() -> None:
    f, at = library.parse(LAYER), {"W": W, "x": V}
    assert GRADIENT[4:] + GRADIENT[:4] == f.gradient(at, wrt="x,W").gradient
    single = f.gradient(at, wrt="W[0,1], x")
    assert (("W[0,1]", "x[0]", "x[1]"), [204, 268, 380]) == (single.columns, single.gradient)
    assert {"W[0,1]": (), "x": (2,)} == single.inputs
    assert [34, 78] == f.gradient(at, wrt="h").gradient
    assert [78, 34] == f.gradient(at, wrt=["h[1]", "h[0]"]).gradient
    for wrt in ("x,x", "x,x[0]", "x[0],x[0]"):
        with pytest.raises(UsageError, match="twice"):
            f.gradient(at, wrt=wrt)
    for wrt in ("x[2]", "W[0]", "W[0,0,0]", "h[5]", "z[0]"):
        with pytest.raises(UsageError, match="the expression has no"):
            f.gradient(at, wrt=wrt)


def test_one_function_takes_other_shapes_each_time() -> None:
    f = library.parse("sum(x^2)")
    assert [2, 4] == f.gradient(x=[1, 2]).gradient
    assert [2, 4, 6] == f.gradient(x=[1, 2, 3]).gradient
    assert [2] == f.gradient(x=[1]).gradient
    assert [6] == f.gradient(x=3).gradient
    assert [2, 4, 6, 8] == f.gradient(x=[[1, 2], [3, 4]]).gradient
    assert [2, 4] == f.gradient([[1, 2]]).gradient
    assert ["x"] == f.variables


def test_shapes_that_are_given_stay() -> None:
    f = library.parse("W@x", shapes={"W": (2, 2), "x": (2,)})
    assert (["W[0,0]", "W[0,1]", "W[1,0]", "W[1,1]", "x[0]", "x[1]"], ["y1[0]", "y1[1]"]) == (f.variables, f.outputs)
    with pytest.raises(UsageError, match="'x', which is"):
        f.jacobian(W=W, x=[1, 2, 3])
    with pytest.raises(UsageError, match="'x', which is"):
        f.jacobian(W=W, x=1)


def test_a_program_that_needs_shapes_says_so_when_they_matter() -> None:
    f = library.parse("x[1:]@x[:2]")
    assert "<adcli.Function 'x[1:]@x[:2]'>" == repr(f)
    assert [8] == f.eval(x=[1, 2, 3]).value
    with pytest.raises(library.AdcliError) as caught:
        _ = f.variables
    assert (3, "shape-mismatch") == (caught.value.exit_code, caught.value.code) or "shape" in caught.value.hint


def test_lets_are_arrays_and_later_ones_use_them() -> None:
    f = library.parse("sum((X@w - y)^2)/2", lets=[("X", W), ("y", "X[0]")])
    assert [1 * (3 - 1) + 3 * (7 - 2), 2 * 2 + 4 * 5] == f.gradient(w=[1, 1]).gradient
    with pytest.raises(UsageError):
        library.parse("X", lets={"X": [[1, 2], [3]]})


def test_arrays_have_all_their_digits() -> None:
    r = library.parse("W@x").eval(W=[["0.1", Fraction(1, 3)]], x=[1, 1], digits=40)
    with mpmath.workdps(50):
        assert abs(r.value[0] - (mpmath.mpf(1) / 10 + mpmath.mpf(1) / 3)) < mpmath.mpf(10) ** -40


def test_the_text_of_a_value_may_be_an_array() -> None:
    assert GRADIENT == library.parse(LAYER).gradient({"W": "[[1, 2], [3, 2^2]]"}, x="[5, 6]").gradient


def test_an_entry_may_be_an_expression_that_ends_with_a_digit() -> None:
    assert [1.5] == library.parse("sum(x)").eval(x=["1/2", "2^0"]).value
    assert [1.5] == library.parse("sum(x)", lets={"x": ["1/2", "2^0"]}).eval().value


def test_limits_of_nodes_and_turns_are_options() -> None:
    assert [10.0] == library.parse("sum(x*i for i in range(5))", limits=(None, 5)).eval(x=1).value
    for limits in ((20, None), (None, 4)):
        with pytest.raises(LimitError) as caught:
            library.parse("sum(sin(x*i) for i in range(5))", limits=limits).eval(x=1)
        assert 4 == caught.value.exit_code


def test_loops_functions_and_comprehensions_are_differentiated_at_any_precision() -> None:
    f = library.parse("g(v) = v/2 + 1/v; s = 1; for k in range(8) { s = a/2*g(s) }; s")
    exact = f.jacobian(a=2, digits=40).jacobian[0][0]
    for backend in BACKENDS:
        found = f.jacobian(a=2, digits=40, backend=backend).jacobian[0][0]
        assert abs(found - exact) <= abs(exact) * mpmath.mpf(10) ** -38


# -- errors


@pytest.mark.parametrize(
    ("action", "kind", "code", "span", "hint"),
    [
        (lambda: library.parse("sine(x)"), ReadError, "unknown-function", (0, 4), "did you mean 'sin'?"),
        (lambda: library.parse(""), ReadError, None, None, ""),
        (lambda: library.parse("x").jacobian(), UsageError, "missing-variable", None, "--at x=…"),
        (lambda: library.parse("x").jacobian(y=1), UsageError, "unknown-variable", None, "variables: x"),
        (lambda: library.parse("2 + log(x)").jacobian(x=-1), DomainError, "undefined", (4, 10), "where x = -1.0"),
        (lambda: library.parse("x, y").gradient([1, 2]), UsageError, "several-outputs", None, "jac gives"),
        (lambda: library.parse("9" * 5000), LimitError, None, (0, 5000), ""),
    ],
)
def test_errors_carry_code_message_span_and_hint(
    action: Callable[[], object], kind: type[library.AdcliError], code: str | None, span: Any, hint: str
) -> None:
    with pytest.raises(library.AdcliError) as caught:
        action()
    error = caught.value
    assert kind is type(error)
    assert code in (None, error.code)
    assert str(error) == error.message != ""
    if span is not None:
        assert error.span is not None
        assert span == (error.span.start, error.span.end)
    assert hint in error.hint


def test_a_message_that_keeps_its_place_can_be_rendered() -> None:
    with pytest.raises(library.AdcliError) as caught:
        library.parse("2 + sine(x)")
    assert ["unknown function 'sine'", "  2 + sine(x)", "      ^^^^", "  did you mean 'sin'?"] == (
        caught.value.render().splitlines()
    )
