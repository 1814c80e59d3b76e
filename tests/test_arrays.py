"""Arrays, comprehensions and loops: what they mean, with NumPy as the witness where it means the same."""

# ruff: noqa: N803  # a matrix is called W, here too

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import pytest

from adcli.contexts import make_context
from adcli.errors import AdcliError, ReadError, ShapeError
from adcli.language import Program, parse, read_point
from adcli.language.canonical import canonical
from adcli.shapes import flatten, nested
from adcli.sweeps import values

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MANY = 5_000

W = [[1.0, -2.0, 3.0], [0.5, 4.0, -1.5]]
A = [[2.0, -1.0], [0.25, 3.0]]
T = [[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[-1.0, 0.5], [2.5, -3.5], [7.0, 8.0]]]
x = [1.0, -2.0, 4.0]
y = [3.0, 5.0]
v = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
t = 2.0
POINT = {"W": W, "A": A, "T": T, "x": x, "y": y, "v": v, "t": t}


def read(text: str, point: dict[str, Any] = POINT, **options: Any) -> Program:
    """A program whose variables have the shapes of a point's values."""
    shapes = {name: flatten(value)[0] for name, value in point.items() if isinstance(value, list)}
    return parse(text, shapes_of=shapes, **options)


def computed(text: str, point: dict[str, Any] = POINT, **options: Any) -> Any:
    """The first output of a text, as nested lists."""
    program = read(text, point, **options)
    inputs = {}
    for name in program.inputs:
        for entry, number in zip(entries(name, program), flatten(point[name])[1], strict=True):
            inputs[program.variables[entry]] = number
    nodes = [node for _, node in program.outputs]
    found = values(make_context(), program.graph, program.graph.needed(nodes), inputs)
    name, shape = next(iter(program.results.items()))
    own = [float(found[node]) for entry, node in program.outputs if entry.partition("[")[0] == name]
    return nested(own, shape)


def entries(name: str, program: Program) -> list[str]:
    return [entry for entry in program.variables if entry.partition("[")[0] == name]


def refusal(text: str, **options: Any) -> AdcliError:
    with pytest.raises(AdcliError) as caught:
        read(text, **options)
    return caught.value


@pytest.fixture
def np() -> Any:
    return pytest.importorskip("numpy")


# -- arrays as NumPy has them

LIKE_NUMPY: list[tuple[str, Callable[..., Any]]] = [
    # broadcasting
    ("W + 1", lambda np, W, **_: W + 1),
    ("2^x", lambda np, x, **_: 2**x),
    ("W*x", lambda np, W, x, **_: W * x),
    ("W - [[1], [2]]", lambda np, W, **_: W - [[1], [2]]),
    ("T + W'", lambda np, T, W, **_: T + W.T),
    ("[[1], [2]]*x + W", lambda np, W, x, **_: np.array([[1], [2]]) * x + W),
    ("where(W > x, W, x)", lambda np, W, x, **_: np.where(W > x, W, x)),
    ("where(t > 1, W, 0)", lambda np, W, **_: W),
    ("max(W, x)", lambda np, W, x, **_: np.maximum(W, x)),
    ("hypot(W, t)", lambda np, W, t, **_: np.hypot(W, t)),
    ("sin(W)^2 + exp(-x)", lambda np, W, x, **_: np.sin(W) ** 2 + np.exp(-x)),
    ("-v % 3", lambda np, v, **_: (-v) % 3),
    ("2x[0]", lambda np, x, **_: 2 * x[0]),
    ("x²", lambda np, x, **_: x**2),
    ("√(x^2)", lambda np, x, **_: abs(x)),
    ("where(0 < x <= 2, x, -1)", lambda np, x, **_: np.where((x > 0) & (x <= 2), x, -1)),
    # literals
    ("[x, -x]", lambda np, x, **_: np.array([x, -x])),
    ("[[t, 1], [2, t^2]]", lambda np, t, **_: np.array([[t, 1], [2, t**2]])),
    ("[A, A', 2*A]", lambda np, A, **_: np.array([A, A.T, 2 * A])),
    ("[x[0], y[1]]", lambda np, x, y, **_: np.array([x[0], y[1]])),
    ("[x,\n -x # a comment, ]\n]", lambda np, x, **_: np.array([x, -x])),
    # indices and slices
    ("x[0]", lambda np, x, **_: x[0]),
    ("x[-1]", lambda np, x, **_: x[-1]),
    ("W[1]", lambda np, W, **_: W[1]),
    ("W[1, 2]", lambda np, W, **_: W[1, 2]),
    ("W[1][2]", lambda np, W, **_: W[1, 2]),
    ("W[-1, -3]", lambda np, W, **_: W[-1, -3]),
    ("W[:, 1]", lambda np, W, **_: W[:, 1]),
    ("W[1, :]", lambda np, W, **_: W[1, :]),
    ("W[:, :2]", lambda np, W, **_: W[:, :2]),
    ("W[0:1, 1:]", lambda np, W, **_: W[0:1, 1:]),
    ("W[::-1, ::-2]", lambda np, W, **_: W[::-1, ::-2]),
    ("v[2:5]", lambda np, v, **_: v[2:5]),
    ("v[:-2]", lambda np, v, **_: v[:-2]),
    ("v[-3:]", lambda np, v, **_: v[-3:]),
    ("v[::3]", lambda np, v, **_: v[::3]),
    ("v[5:1:-2]", lambda np, v, **_: v[5:1:-2]),
    ("v[::-1]", lambda np, v, **_: v[::-1]),
    ("v[2:100]", lambda np, v, **_: v[2:100]),
    ("v[1:][1:][0]", lambda np, v, **_: v[2]),
    ("T[1]", lambda np, T, **_: T[1]),
    ("T[1, :, 0]", lambda np, T, **_: T[1, :, 0]),
    ("T[:, 1]", lambda np, T, **_: T[:, 1]),
    ("T[0, 2, 1]", lambda np, T, **_: T[0, 2, 1]),
    ("T[:, ::-1, 1:]", lambda np, T, **_: T[:, ::-1, 1:]),
    ("v[[0, 2, -1]]", lambda np, v, **_: v[[0, 2, -1]]),
    ("W[[1, 0, 1]]", lambda np, W, **_: W[[1, 0, 1]]),
    ("v[range(1, 6, 2)]", lambda np, v, **_: v[range(1, 6, 2)]),
    ("v[[2*i for i in range(3)]]", lambda np, v, **_: v[[0, 2, 4]]),
    ("(W + 1)[0, 1:]", lambda np, W, **_: (W + 1)[0, 1:]),
    ("sin(W)[1]", lambda np, W, **_: np.sin(W)[1]),
    ("[5, 6, 7][1]", lambda np, **_: 6.0),
    ("x[2]^2", lambda np, x, **_: x[2] ** 2),
    ("-x[2]", lambda np, x, **_: -x[2]),
    # transposes and products
    ("W'", lambda np, W, **_: W.T),
    ("W''", lambda np, W, **_: W),
    ("x'", lambda np, x, **_: x),
    ("T'", lambda np, T, **_: T.T),
    ("W’", lambda np, W, **_: W.T),
    ("(W*2)'[0]", lambda np, W, **_: (W * 2).T[0]),
    ("W@x", lambda np, W, x, **_: W @ x),
    ("y@W", lambda np, W, y, **_: y @ W),
    ("x@x", lambda np, x, **_: x @ x),
    ("A@W", lambda np, A, W, **_: A @ W),
    ("W'@A", lambda np, A, W, **_: W.T @ A),
    ("W@W'@y", lambda np, W, y, **_: W @ W.T @ y),
    ("x'@x", lambda np, x, **_: x @ x),
    ("A@A*A", lambda np, A, **_: A @ A * A),
    ("2*A@y", lambda np, A, y, **_: 2 * A @ y),
    ("A@y/2 - y", lambda np, A, y, **_: A @ y / 2 - y),
    ("-A@y", lambda np, A, y, **_: -A @ y),
    ("[x]@W'", lambda np, W, x, **_: np.array([x]) @ W.T),
    ("dot(A, y)", lambda np, A, y, **_: A @ y),
    ("outer(x, y)", lambda np, x, y, **_: np.outer(x, y)),
    ("A^2", lambda np, A, **_: A**2),
    # along an axis
    ("sum(W)", lambda np, W, **_: W.sum()),
    ("sum(W, axis=0)", lambda np, W, **_: W.sum(axis=0)),
    ("sum(W, 1)", lambda np, W, **_: W.sum(axis=1)),
    ("sum(T, axis=-1)", lambda np, T, **_: T.sum(axis=-1)),
    ("mean(T, axis=1)", lambda np, T, **_: T.mean(axis=1)),
    ("max(W, axis=1)", lambda np, W, **_: W.max(axis=1)),
    ("min(T, axis=0)", lambda np, T, **_: T.min(axis=0)),
    ("prod(W, axis=0)", lambda np, W, **_: W.prod(axis=0)),
    ("cumsum(W, axis=1)", lambda np, W, **_: W.cumsum(axis=1)),
    ("norm(W, axis=0)", lambda np, W, **_: np.linalg.norm(W, axis=0)),
    ("concat(W, [x], axis=0)", lambda np, W, x, **_: np.concatenate([W, [x]])),
    ("concat(A, W, axis=1)", lambda np, A, W, **_: np.concatenate([A, W], axis=1)),
    ("stack(x, -x, axis=1)", lambda np, x, **_: np.stack([x, -x], axis=1)),
    ("reshape(W, 3, -1)", lambda np, W, **_: W.reshape(3, -1)),
    ("solve(A, y)", lambda np, A, y, **_: np.linalg.solve(A, y)),
    ("inv(A)", lambda np, A, **_: np.linalg.inv(A)),
    ("det(A)", lambda np, A, **_: np.linalg.det(A)),
    ("eye(2, 3) + ones(3)", lambda np, **_: np.eye(2, 3) + 1),
    ("len(W)*size(W)", lambda np, **_: 12.0),
    # comprehensions
    ("[i^2 for i in range(4)]", lambda np, **_: np.arange(4.0) ** 2),
    ("[x[i]*t for i in range(3)]", lambda np, x, t, **_: x * t),
    ("[u^2 for u in x]", lambda np, x, **_: x**2),
    ("[row@x for row in W]", lambda np, W, x, **_: W @ x),
    ("[[W[i,j] for i in range(2)] for j in range(3)]", lambda np, W, **_: W.T),
    ("[x[i]*y[j] for i in range(3) for j in range(2)]", lambda np, x, y, **_: np.outer(x, y).ravel()),
    ("[i*j for i in range(4) for j in range(i)]", lambda np, **_: np.array([0.0, 0, 2, 0, 3, 6])),
    ("[i for i in range(10) if i % 3 == 1]", lambda np, **_: np.array([1.0, 4, 7])),
    ("[i for i in range(10) if i > 2 if i < 6]", lambda np, **_: np.array([3.0, 4, 5])),
    ("[i*j for i in range(5) if i > 1 for j in range(i) if j % 2 == 1 or j == 0]",
     lambda np, **_: np.array([0.0, 2, 0, 3, 0, 4, 12])),
    ("[i for i in range(9, 0, -4)]", lambda np, **_: np.array([9.0, 5, 1])),
    ("[x[k:k+2] for k in range(2)]", lambda np, x, **_: np.array([x[0:2], x[1:3]])),
    ("sum(x[i]^2 for i in range(3))", lambda np, x, **_: (x**2).sum()),
    ("sum(W[i,j]*x[j]*y[i] for i in range(2) for j in range(3))", lambda np, W, x, y, **_: y @ W @ x),
    ("sum(sum(W[i,j] for j in range(3))^2 for i in range(2))", lambda np, W, **_: (W.sum(axis=1) ** 2).sum()),
    ("sum(W[i] for i in range(2))", lambda np, W, **_: W.sum(axis=0)),
    ("prod(x[i] + 5 for i in range(3))", lambda np, x, **_: (x + 5).prod()),
    ("max(x[i] for i in range(3))", lambda np, x, **_: x.max()),
    ("min(abs(u) for u in x)", lambda np, x, **_: abs(x).min()),
    ("norm(u - 1 for u in x)", lambda np, x, **_: np.linalg.norm(x - 1)),
    ("mean(u^2 for u in v)", lambda np, v, **_: (v**2).mean()),
    ("sum(100*(v[i+1] - v[i]^2)^2 + (1 - v[i])^2 for i in range(6))",
     lambda np, v, **_: (100 * (v[1:] - v[:-1] ** 2) ** 2 + (1 - v[:-1]) ** 2).sum()),
    ("sum(v[2*k+1] for k in range(3))", lambda np, v, **_: v[1::2].sum()),
    # loops
    ("s = 0; for u in x { s = s + u^2 }; s", lambda np, x, **_: (x**2).sum()),
    ("s = 0; for row in W { s = s + row }; s", lambda np, W, **_: W.sum(axis=0)),
    ("a = y; for k in range(3) { a = A@a }; a", lambda np, A, y, **_: A @ (A @ (A @ y))),
    ("s = 0\nfor i in range(3) {\n  for j in range(i) {\n    s = s + x[i]*x[j]\n  }\n}\ns",
     lambda np, x, **_: x[1] * x[0] + x[2] * x[0] + x[2] * x[1]),
    ("a = 0; b = 1; for k in range(10) { c = a + b; a = b; b = c }; a", lambda np, **_: 55.0),
    ("p = 1; for k in range(3) { p = p*t + v[k] }; p", lambda np, t, v, **_: ((t + v[0]) * t + v[1]) * t + v[2]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), LIKE_NUMPY, ids=[text for text, _ in LIKE_NUMPY])
def test_arrays_mean_what_they_mean_in_numpy(np: Any, text: str, expected: Callable[..., Any]) -> None:
    """Values and shapes."""
    arrays = {name: np.array(value) for name, value in POINT.items()}
    wanted = expected(np, **arrays)
    found = np.array(computed(text))
    assert wanted.shape == found.shape if hasattr(wanted, "shape") else found.shape == ()
    np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-13)


FOR_PAIRS = [(2,), (3,), (2, 3), (3, 2), (1, 3), (2, 1), (3, 3), (1,), (1, 1)]


@pytest.mark.parametrize("left", FOR_PAIRS, ids=str)
@pytest.mark.parametrize("sign", ["+", "@", "<"])
def test_shapes_fit_where_they_fit_in_numpy(np: Any, left: tuple[int, ...], sign: str) -> None:
    """Every pairing of vectors and matrices: the same result, or a refusal where NumPy refuses."""
    for right in FOR_PAIRS:
        a, b = (np.arange(1.0, 1.0 + math.prod(shape)).reshape(shape) for shape in (left, right))
        point = {"a": a.tolist(), "b": b.tolist()}
        text = "where(a < b, a, b)" if sign == "<" else f"a {sign} b"
        try:
            wanted = np.where(a < b, a, b) if sign == "<" else a + b if sign == "+" else a @ b
        except ValueError:
            with pytest.raises(ShapeError, match="do not fit"):
                read(text, point)
            continue
        found = np.array(computed(text, point))
        assert wanted.shape == found.shape, (left, right)
        np.testing.assert_allclose(found, wanted)


@pytest.mark.parametrize("start", ["", "0", "2", "-2", "-9", "9"])
@pytest.mark.parametrize("stop", ["", "0", "5", "-1", "-9", "9"])
def test_slices_are_those_of_python(start: str, stop: str) -> None:
    """Beyond the ends, too, and in every direction."""
    for step in ("", ":", ":1", ":2", ":-1", ":-3"):
        part = f"{start}:{stop}{step}"
        expected = eval(f"v[{part}]")  # noqa: S307  # Python itself is the witness
        if expected:
            assert expected == computed(f"v[{part}]")
        else:
            assert refusal(f"v[{part}]").code == "empty-output"
        assert len(expected) == computed(f"0*t + len(v[{part}])")


# -- what is known while the text is read

KNOWN: list[tuple[str, Any]] = [
    ("[x[max(i - 1, 0)] for i in range(3)]", [1.0, 1.0, -2.0]),
    ("[x[min(i + 1, 2)] for i in range(3)]", [-2.0, 4.0, 4.0]),
    ("[x[(i + 1) % 3] for i in range(3)]", [-2.0, 4.0, 1.0]),
    ("[x[floor(i/2)] for i in range(3)]", [1.0, 1.0, -2.0]),
    ("[x[abs(i - 1)] for i in range(3)]", [-2.0, 1.0, -2.0]),
    ("x[2^1]", 4.0),
    ("x[len(x) - 1]", 4.0),
    ("k = 1; x[k + 1]", 4.0),
    ("x[4/2]", 4.0),
    ("x[2.0]", 4.0),
    ("x[sqrt(4)]", 4.0),
    ("[x[i/2] for i in range(0, 5, 2)]", [1.0, -2.0, 4.0]),
    ("zeros(1 + 1)", [0.0, 0.0]),
    ("[where(i > 0, x[i - 1], 0) for i in range(4)]", [0.0, 1.0, -2.0, 4.0]),
    ("[where(i < 3, x[i], 7) for i in range(5)]", [1.0, -2.0, 4.0, 7.0, 7.0]),
    ("[piecewise(i == 0, x[i], i < 3, x[i] - x[i-1], x[2]) for i in range(4)]", [1.0, -3.0, 6.0, 4.0]),
    ("where(2 > 1, t, x[9])", 2.0),
    ("where(1 > 2, x[9], t)", 2.0),
    ("where(2 > 1, t, nobody)", 2.0),
    ("where(1 > 2 or 3 > 2, t, W@y)", 2.0),
    ("where(not 1 > 2, t, sine(x))", 2.0),
    ("where(1 > 2 and t > 0, W@y, t)", 2.0),
    ("where(t > 0 and 1 > 2, W@y, t)", 2.0),
    ("[where(i > 0 and t > 5, 1, t) for i in range(2)]", [2.0, 2.0]),
    ("[where(i > 0 and t > 0, 1, t) for i in range(2)]", [2.0, 1.0]),
    ("[where(i > 0 or t > 0, 1, t) for i in range(2)]", [1.0, 1.0]),
    ("[where(i > 0 or t > 5, 1, t) for i in range(2)]", [2.0, 1.0]),
    ("[where(t > 0 and i > 0, x[i - 1], t) for i in range(3)]", [2.0, 1.0, -2.0]),
    ("[where(not i > 0, t, x[i]) for i in range(3)]", [2.0, -2.0, 4.0]),
    ("piecewise(1 > 2, x[7], 2 > 1, x[1], x[9])", -2.0),
    ("f(n) = where(n > 0, x[n - 1], 0); f(0) + f(2)", -2.0),
    ("sum(where(i == j, 1, 0)*W[i,j] for i in range(2) for j in range(3))", 5.0),
    ("for k in range(3) { a = where(k == 0, t, a*2) }; a", 8.0),
    ("sum(i/2 for i in range(4))", 3.0),
    ("sum(v[i] for i in range(7) if where(i > 3, 2, 1) == 2)", 15.0),
]


@pytest.mark.parametrize(("text", "expected"), KNOWN)
def test_whole_numbers_are_computed_while_the_text_is_read(text: str, expected: Any) -> None:
    """In indices, ranges and conditions; of a known condition, only the branch that is taken is looked at."""
    assert expected == computed(text)


def test_a_branch_that_is_not_taken_brings_no_variables() -> None:
    """Nor does it bring nodes."""
    program = read("where(2 > 1, t, other^2)")
    assert list(program.inputs) == ["t"]
    assert len(program.graph.needed([node for _, node in program.outputs])) == 1


def test_halves_are_exact_and_decimals_stay_as_written() -> None:
    """i/2 is a fraction until it meets a variable; 0.1 is never rounded on the way."""
    assert computed("sum(where((i/3)*3 == i, 1, 0) for i in range(10))") == 10
    assert canonical(parse("0.1 + 0.2")) == "0.1 + 0.2"
    assert canonical(parse("2 + 3 + x")) == "2 + 3 + x"


# -- scope


SCOPES: list[tuple[str, Any]] = [
    ("k = 5; s = 0; for k in range(3) { s = s + k }; k", 5.0),
    ("i = 7; [i for i in range(2)][1] + i", 8.0),
    ("i = 7; sum(i for i in range(i))", 21.0),
    ("for k in range(3) { a = k }; a + t", 4.0),
    ("f(i) = [i + k for k in range(2)]; f(10)", [10.0, 11.0]),
    ("f(a) = a@a; f(x) + f(y)", 55.0),
    ("f(a) = sum(a, axis=0); f(W)", [1.5, 2.0, 1.5]),
    ("f(a, i) = a[i]; f(x, 2) + f(W, 0)[1]", 2.0),
    ("f(a) = [a, 2*a]; f(f(t))", [[2.0, 4.0], [4.0, 8.0]]),
    ("g(n) = sum(k for k in range(n)); g(3) + g(4)", 9.0),
    ("f(u) = u + k; k = 1; a = f(t); for k in range(2) { a = a + f(t) }; a", 8.0),
    ("[sum(i*j for j in range(i)) for i in range(4)]", [0.0, 0.0, 2.0, 9.0]),
    ("[[i for i in range(2)][j] + i for i in range(2) for j in range(2)]", [0.0, 1.0, 1.0, 2.0]),
    ("v = x; for i in range(2) { v = v*2 }; for i in range(2) { v = v + i }; v", [5.0, -7.0, 17.0]),
    ("for i in range(0) { u = 1 }; t", 2.0),
    ("for i in [] { u = 1 }; t", 2.0),
    ("for i in range(2) { for i in range(3) { u = i } ; w = i }; 10*u + w", 21.0),
]


@pytest.mark.parametrize(("text", "expected"), SCOPES)
def test_names_mean_what_the_innermost_scope_says(text: str, expected: Any) -> None:
    """A loop's or comprehension's variable hides another while it runs, and no longer."""
    point = POINT if "v = x" not in text else {name: POINT[name] for name in POINT if name != "v"}
    assert expected == computed(text, point)


def test_a_loop_variable_is_unknown_after_its_loop() -> None:
    """It is a variable of the program again."""
    assert list(read("for k in range(3) { a = k }; a*k").inputs) == ["k"]


def test_calls_with_the_same_arrays_are_run_once() -> None:
    """The graph has each node once, and doubling functions cost no doubling time."""
    lines = [f"f{k}(u) = f{k - 1}(u) + f{k - 1}(u)" for k in range(1, 200)]
    program = read("\n".join(["f0(u) = W@u", *lines, "f199(x)"]))
    assert len(program.graph) < 6 + 3 + 20 + 2 * 200


def test_bindings_of_arrays_have_shapes_and_labels() -> None:
    """Outputs are named entry by entry, row by row; a binding by its name."""
    program = read("h = W@x; z = [h, 2*h]")
    assert [name for name, _ in program.outputs] == ["z[0,0]", "z[0,1]", "z[1,0]", "z[1,1]"]
    assert program.results == {"z": (2, 2)}
    assert {"h[0]", "h[1]"} <= set(program.graph.labels.values())


def test_a_program_with_arrays_is_written_on_one_line() -> None:
    """As it was, without comments; and that means the same."""
    text = "s = 0 # start\nfor u in x {\n  # add\n  s = s + u\n  r = [s,\n    2*s]\n}\ns, r@y\n"
    shown = canonical(read(text))
    assert shown == "s = 0; for u in x { s = s + u; r = [s, 2*s] }; s, r@y"
    assert shown == canonical(read(shown))
    assert computed(text) == computed(shown)


# -- parameters, points and shapes


def test_parameters_may_be_arrays() -> None:
    """Of text, with earlier parameters in it."""
    assert computed("c@x", lets=[("n", "3"), ("c", "2*ones(n)")]) == 6.0
    assert computed("sum(x[i] for i in range(n))", lets=[("n", "4/2")]) == -1.0
    assert computed("B@y", lets=[("B", "[[i + 2*j for j in range(2)] for i in range(2)]")]) == [10.0, 18.0]


def test_points_may_be_array_expressions() -> None:
    """With parameters, and by place."""
    point = read_point("x=0.5*ones(n); W=[[1,2],[3,4]]; t=2", lets=[("n", "3")])
    assert point.shapes() == [("x", (3,)), ("W", (2, 2)), ("t", ())]
    assert read_point("[1,2], 3").shapes() == [(None, (2,)), (None, ())]


def test_a_constant_may_be_an_array_variable() -> None:
    """Where a shape or a point gives it one."""
    assert list(read("sum(e)", {"e": [1.0, 2.0]}).variables) == ["e[0]", "e[1]"]


@pytest.mark.parametrize(
    ("name", "content", "shape"),
    [("X.csv", "1,2\n3,4\n5,6\n", (3, 2)), ("X.json", "[[1,2],[3,4],[5,6]]", (3, 2))],
)
def test_parameters_come_from_files(
    adcli: Callable[..., Any], tmp_path: Path, name: str, content: str, shape: tuple[int, ...]
) -> None:
    """`--let X=@data.csv`, differentiated by the weights alone."""
    file = tmp_path / name
    file.write_text(content)
    done = adcli("jac", "sum(X@w, axis=0)", "--let", f"X=@{file}", "--at", "w=[1, -1]", "--json")
    assert done.code == 0, done.err
    assert done.json["jacobian"] == [[9.0, 12.0]]
    assert done.json["value"] == [-3.0]


def test_shapes_come_from_an_option(adcli: Callable[..., Any]) -> None:
    """For `diff`, which needs no point."""
    done = adcli("diff", "sum(W@x)", "--shape", "W=2x2", "--shape", "x=2", "--json")
    assert done.code == 0, done.err
    assert "W[1,0]" in done.out
    refused = adcli("diff", "W@x", "--shape", "W=2x3,x=2")
    assert refused.code == 3
    assert "W is (2, 3), x is (2,)" in refused.err


def test_the_limits_are_options(adcli: Callable[..., Any]) -> None:
    """Exit 4, and how to go on."""
    for option, text in (("--max-turns", "sum(x*i for i in range(20))"), ("--max-nodes", "sum(x*ones(20)*range(20))")):
        refused = adcli("eval", text, "--at", "x=1", option, "10")
        assert refused.code == 4
        assert f"{option} N raises the limit" in refused.err
        assert adcli("eval", text, "--at", "x=1", option, "200").code == 0


# -- size is no matter

DEEP = [
    ("([", "1", "][0])"),
    ("max([0, ", "x[0]", "])"),
    ("[7, ", "8", ", 9][1]"),
    ("a[", "0", "]"),
    ("(", "x", ")'"),
    ("sum(", "i", " for i in range(1))"),
    ("[", "1", " for i in [1]][0]"),
    ("where(1 > 0, ", "t", ", x[9])"),
    ("where(t > 0, ", "t", ", 1)"),
    ("sum([", "t", "], axis=0)"),
    ("dot(x, x*", "t", ")"),
]


@pytest.mark.parametrize(("opening", "middle", "closing"), DEEP)
@pytest.mark.usefixtures("untraced")
def test_any_depth_of_brackets_is_read(opening: str, middle: str, closing: str) -> None:
    """Thousands of levels, without recursion."""
    assert read("a = [0, 0]; " + opening * MANY + middle + closing * MANY).outputs


def test_loops_nest_to_any_depth() -> None:
    """And so do clauses and conditions."""
    assert computed("a = 0; " + "for i in range(1) {\n" * MANY + "a = a + 1\n" + "}\n" * MANY + "a") == 1.0
    assert computed("[1" + " for i in range(1)" * MANY + "]") == [1.0]
    assert computed("[1 for i in range(1)" + " if 1 > 0" * MANY + "]") == [1.0]


@pytest.mark.parametrize("text", ["[" * 10**5, "x[" * 10**5, "{" * 10**5, "([" * 50_000 + "]" * 50_000, "for " * 10**5,
                                  "[1," * 10**5, "sum(x for i in " * 30_000, "for k in x {" * 30_000, "]" * 10**6,
                                  "(" * 10**5 + "]" * 10**5, "x[" + ":" * 10**5, "[x for " * 10**5])  # fmt: skip
@pytest.mark.usefixtures("untraced")
def test_nonsense_is_refused_soon(text: str) -> None:
    """With a short message and a place, however many brackets are open."""
    with pytest.raises(ReadError) as caught:
        parse(text)
    assert caught.value.span is not None
    assert len(caught.value.render()) < 400


@pytest.mark.usefixtures("untraced")
def test_long_literals_are_read_in_linear_time() -> None:
    """A hundred thousand entries: seconds at most, where copying them for each other one took minutes."""
    begin = time.process_time()
    assert len(parse("[" + "1," * 100_000 + "1]").outputs) == 100_001
    assert len(parse("1," * 100_000 + "1").outputs) == 100_001
    assert parse("v = 0\n" + "v = v + 1\n" * 50_000 + "v").outputs
    assert time.process_time() - begin < 30
