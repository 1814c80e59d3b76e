"""The functions over arrays against mpmath's matrices at 500 digits, and what NumPy says of them."""

import itertools
import random

import mpmath
import pytest

from adcli.contexts import make_context
from adcli.graph import Graph
from adcli.language.arithmetic import product, total
from adcli.language.arrays import Array
from adcli.language.functions import ARRAY_FUNCTIONS, matmul, transpose
from adcli.primitives import TABLE
from adcli.shapes import flatten, names, nested
from adcli.sweeps import linearize, pull, values

FLOATS = make_context()
MP = mpmath.MPContext()
MP.dps = 500  # so that no matrix here is singular to mpmath, which measures against the largest entry
UNIT = 2.0**-53


class Misfit(Exception):  # noqa: N818
    """What the elaborator would make a ShapeError of."""


class Tape:
    """The smallest Builder: a graph, with the values of its variables beside it."""

    def __init__(self, limit=1_000_000):
        self.graph = Graph()
        self.point = {}
        self.limit = limit

    def apply_named(self, name, *nodes):
        assert TABLE[name].accepts(len(nodes))
        return self.graph.apply(TABLE[name], nodes)

    def are_unknown(self, nodes):
        return not any(node in self.graph.constants for node in nodes)

    def apply_to_many(self, name, columns):
        result = columns[0]
        for column in columns[1:]:
            result = self.graph.many(TABLE[name], [result, column])
        return result

    def number(self, value):
        return self.graph.constant(value)

    def whole(self, value):
        held = None if isinstance(value, Array) else self.graph.constants.get(value)
        return held if isinstance(held, int) else None

    def misfit(self, message, hint=""):
        raise Misfit(message)

    def room(self, count):
        if len(self.graph) + count > self.limit:
            raise OverflowError(count)

    # -- for tests

    def variables(self, name, lists):
        """An array of variables (or a variable) with the values of nested lists."""
        shape, flat = flatten(lists)
        nodes = [self.graph.variable(entry) for entry in names(name, shape)]
        self.point.update(zip(nodes, flat, strict=True))
        return Array(shape, nodes) if shape else nodes[0]

    def constants(self, lists):
        shape, flat = flatten(lists)
        nodes = [self.number(entry) for entry in flat]
        return Array(shape, nodes) if shape else nodes[0]

    def call(self, name, *args, axis=None):
        row = ARRAY_FUNCTIONS[name]
        assert row.accepts(len(args))
        return row.rule(self, list(args), axis)

    def sweep(self, value, m=FLOATS):
        nodes = value.items if isinstance(value, Array) else [value]
        order = self.graph.needed(nodes)
        inputs = {node: m.number(x) for node, x in self.point.items()}
        return order, nodes, values(m, self.graph, order, inputs)

    def evaluate(self, value, m=FLOATS):
        """Nested lists of numbers, or a number."""
        _, nodes, v = self.sweep(value, m)
        return nested([v[node] for node in nodes], value.shape if isinstance(value, Array) else ())

    def jacobian(self, value):
        """A row of derivatives by the variables, in the order they were made, for each entry."""
        order, nodes, v = self.sweep(value)
        active = self.graph.depending(order, self.point)
        partials = linearize(FLOATS, self.graph, order, v, active)
        rows = []
        for node in nodes:
            bar = pull(self.graph, order, partials, {node: 1.0})
            rows.append([0.0 if bar[x] is None else bar[x] for x in self.point])
        return rows

    def refusals(self, value):
        """The names of the primitives that are asked for a value outside their domain."""
        order, _, v = self.sweep(value)
        graph = self.graph
        return [
            graph.ops[node].name
            for node in order
            if graph.ops[node].domain is not None
            and not graph.ops[node].domain.contains(FLOATS, *[v[a] for a in graph.args[node]])
        ]

    def count(self, value):
        """How often each primitive is used."""
        tally = {}
        for node in self.graph.needed(value.items if isinstance(value, Array) else [value]):
            name = self.graph.ops[node].name
            tally[name] = tally.get(name, 0) + 1
        return tally


def shape(value):
    return value.shape if isinstance(value, Array) else ()


def computed(name, *lists, axis=None, m=FLOATS):
    """A function of variables with these values, evaluated."""
    tape = Tape()
    args = [tape.variables(f"x{k}", entry) for k, entry in enumerate(lists)]
    return tape.evaluate(tape.call(name, *args, axis=axis), m)


def known(name, *args, axis=None):
    """A function of whole numbers that are known while the text is read."""
    tape = Tape()
    return tape.evaluate(tape.call(name, *[tape.constants(arg) for arg in args], axis=axis))


def misfit(name, *args, axis=None):
    tape = Tape()
    with pytest.raises(Misfit) as caught:
        tape.call(name, *[tape.constants(arg) for arg in args], axis=axis)
    return str(caught.value)


def flat(lists):
    return flatten(lists)[1]


def largest_error(found, expected):
    """The largest entrywise difference, relative to the largest entry."""
    pairs = list(zip(flat(found), [mpmath.mpf(x) for x in flat(expected)], strict=True))
    return float(max(abs(a - b) for a, b in pairs) / (max(abs(b) for _, b in pairs) or 1))


def random_matrix(n, seed, m=None):
    source = random.Random(seed)  # noqa: S311  # the same matrix each time
    return [[source.uniform(-3, 3) for _ in range(m or n)] for _ in range(n)]


def hilbert(n):
    return [[1 / (i + j + 1) for j in range(n)] for i in range(n)]


def condition(lists):
    a = MP.matrix(lists)
    return float(MP.mnorm(a, MP.inf) * MP.mnorm(MP.inverse(a), MP.inf))


REGULAR = {
    "one": [[-2.5]],
    "two": [[3.0, 1.0], [4.0, -2.0]],
    "zero leading pivot": [[0.0, 1.0], [1.0, 0.0]],
    "zero leading pivots": [[0.0, 2.0, 1.0], [0.0, 0.0, 3.0], [4.0, 5.0, 6.0]],
    "tiny leading pivot": [[1e-20, 1.0], [1.0, 1.0]],
    "tiny leading pivot of three": [[1e-20, 1.0, 2.0], [1.0, 1.0, 3.0], [2.0, -1.0, 0.5]],
    "ties": [[1.0, 2.0, 3.0], [-1.0, 1.0, 1.0], [1.0, -1.0, 2.0]],
    "far from balanced": [[1.0, 0.0], [0.0, 1e-20]],
    "multipliers that move with their rows": [[1.0, 0.0, 1e20], [0.0, 1e-3, 1.0], [1.0, 1.0, 1e20]],
    "huge": [[1e200, 2e200], [3e200, 4e190]],
    "rows of different size": [[1e150, 1.0, 2.0], [3.0, 1e-3, 5.0], [1e-150, 2e-150, 7e-150]],
    "nearly parallel": [[1e8 + 1, 1e8 + 2, 1e8 - 1], [1e8 - 3, 1e8 + 5, 1e8], [1e8, 1e8 + 1, 1e8 + 9]],
    **{f"random {n}": random_matrix(n, n) for n in (3, 4, 5, 8, 12)},
    **{f"Hilbert {n}": hilbert(n) for n in (3, 5, 8)},
}
SINGULAR = {
    "of ones": [[1.0, 1.0], [1.0, 1.0]],
    "multiples": [[1.0, 2.0], [2.0, 4.0]],
    "multiples in decimals": [[0.1, 0.3], [0.7, 2.1]],
    "arithmetic": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]],
    "a row of zeros": [[1.0, 2.0], [0.0, 0.0]],
    "zeros": [[0.0, 0.0], [0.0, 0.0]],
    "zero": [[0.0]],
    "early": [[1.0, 2.0, 3.0], [2.0, 4.0, 5.0], [3.0, 6.0, 7.0]],
}


# -- determinants


@pytest.mark.parametrize("lists", REGULAR.values(), ids=REGULAR)
def test_a_determinant_is_that_of_mpmath(lists):
    expected, found = float(MP.det(MP.matrix(lists))), computed("det", lists)
    if expected in (float("inf"), -float("inf")):
        assert not FLOATS.is_finite(found)
    else:
        assert found == pytest.approx(expected, rel=20 * UNIT * min(condition(lists), 1e15), abs=0)


@pytest.mark.parametrize("lists", REGULAR.values(), ids=REGULAR)
def test_the_gradient_of_a_determinant_is_its_cofactors(lists):
    # d det = det*tr(inverse*dA)
    tape = Tape()
    (row,) = tape.jacobian(tape.call("det", tape.variables("A", lists)))
    a, n = MP.matrix(lists), len(lists)
    cofactors = MP.det(a) * MP.inverse(a).T
    expected = [[cofactors[i, j] for j in range(n)] for i in range(n)]
    if max(abs(x) for x in flat(expected)) < 1e300:
        assert largest_error(row, expected) < 50 * UNIT * min(condition(lists), 1e6) + 1e-12


def test_a_singular_matrix_has_the_determinant_0_and_its_gradient():
    tape = Tape()
    det = tape.call("det", tape.variables("A", [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]))
    assert abs(tape.evaluate(det)) < 1e-14
    assert tape.jacobian(det)[0] == pytest.approx([-3, 6, -3, 6, -12, 6, -3, 6, -3], rel=1e-13)


def test_a_singular_2x2_matrix_has_exactly_the_determinant_0():
    tape = Tape()
    det = tape.call("det", tape.variables("A", [[1.0, 2.0], [2.0, 4.0]]))
    assert tape.evaluate(det) == 0
    assert tape.jacobian(det) == [[4.0, -2.0, -2.0, 1.0]]
    assert tape.count(det) == {"variable": 4, "mul": 2, "sub": 1}


def test_a_determinant_below_a_zero_pivot_is_refused():
    tape = Tape()
    lists = [[1.0, 2.0, 3.0, 4.0], [2.0, 4.0, 5.0, 6.0], [3.0, 6.0, 1.0, 1.0], [4.0, 8.0, 0.0, 3.0]]
    assert tape.refusals(tape.call("det", tape.variables("A", lists)))[0] == "pivot"


def test_determinants_of_known_structure_are_short():
    tape = Tape()
    x, zero = tape.variables("x", [2.0, 3.0, 5.0, 7.0]).items, tape.number(0)
    matrix = tape.call("diag", Array((4,), x))
    det = tape.call("det", matrix)
    assert tape.evaluate(det) == 210
    assert tape.count(det).keys() == {"variable", "constant", "pivot", "mul"}
    # two exchanged rows: a sign, and no comparison
    exchanged = Array((4, 4), matrix.items[4:8] + matrix.items[:4] + matrix.items[8:])
    assert tape.evaluate(tape.call("det", exchanged)) == -210
    assert "outweighs" not in tape.count(tape.call("det", exchanged))
    # a column of zeros
    assert tape.call("det", Array((3, 3), [zero, x[0], x[1], zero, x[2], x[3], zero, x[0], x[3]])) == zero


def test_determinants_of_the_smallest_matrices():
    assert known("det", [[5]]) == 5
    assert known("det", [[1, 2], [3, 4]]) == -2
    tape = Tape()
    assert tape.evaluate(tape.call("det", Array((0, 0), []))) == 1


# -- linear systems and inverses


@pytest.mark.parametrize("lists", REGULAR.values(), ids=REGULAR)
def test_solving_is_backward_stable(lists):
    # Higham, theorem 9.4, row by row: |b - A x| is a few units of |L||U||x|
    n = len(lists)
    side = [float(k + 1) for k in range(n)]
    x = computed("solve", lists, side)
    for row, b in zip(lists, side, strict=True):
        residual = b - sum(MP.mpf(a) * MP.mpf(xi) for a, xi in zip(row, x, strict=True))
        assert abs(residual) <= 30 * n * UNIT * max(
            abs(b), *(abs(MP.mpf(a) * xi) for a, xi in zip(row, x, strict=True))
        )
    exact = MP.lu_solve(MP.matrix(lists), MP.matrix(side))
    if condition(lists) < 1e12:
        assert largest_error(x, list(exact)) < 10 * UNIT * condition(lists)


@pytest.mark.parametrize("lists", REGULAR.values(), ids=REGULAR)
def test_an_inverse_is_that_of_mpmath(lists):
    found, exact, n = computed("inv", lists), MP.inverse(MP.matrix(lists)), len(lists)
    expected = [[exact[i, j] for j in range(n)] for i in range(n)]
    assert largest_error(found, expected) < 10 * UNIT * min(condition(lists), 1e12)


@pytest.mark.parametrize("lists", SINGULAR.values(), ids=SINGULAR)
def test_a_singular_matrix_is_refused(lists):
    tape = Tape()
    matrix = tape.variables("A", lists)
    assert "pivot" in tape.refusals(tape.call("inv", matrix))
    assert "pivot" in tape.refusals(tape.call("solve", matrix, tape.variables("b", [1.0] * len(lists))))


@pytest.mark.parametrize("lists", REGULAR.values(), ids=REGULAR)
def test_a_regular_matrix_is_not_refused(lists):
    tape = Tape()
    assert tape.refusals(tape.call("inv", tape.variables("A", lists))) == []


def test_a_dependent_row_is_found_among_random_ones():
    found = 0
    for seed in range(40):
        rows = random_matrix(9, seed, 10)
        rows.insert(seed % 10, [2 * a - b + 3 * c for a, b, c in zip(rows[0], rows[4], rows[8], strict=True)])
        tape = Tape()
        found += "pivot" in tape.refusals(tape.call("inv", tape.variables("A", rows)))
    assert found >= 38


def test_a_known_singular_matrix_is_refused_too():
    tape = Tape()
    for lists in ([[1, 2], [2, 4]], [[1, 0], [0, 0]], [[0]]):
        size = len(lists)
        assert "pivot" in tape.refusals(tape.call("inv", tape.constants(lists)))
        assert "pivot" in tape.refusals(tape.call("solve", tape.constants(lists), tape.constants([0] * size)))


def test_one_elimination_serves_all_right_hand_sides():
    a, b = random_matrix(4, 7), random_matrix(4, 8, 3)
    columns = [computed("solve", a, [row[j] for row in b]) for j in range(3)]
    assert computed("solve", a, b) == [list(row) for row in zip(*columns, strict=True)]


def test_to_any_precision():
    m = make_context(40)
    found = computed("inv", hilbert(6), m=m)
    exact = MP.inverse(MP.matrix(hilbert(6)))
    assert all(abs(found[i][j] / exact[i, j] - 1) < 1e-40 for i in range(6) for j in range(6))


@pytest.mark.parametrize("lists", [REGULAR[key] for key in ("two", "zero leading pivots", "ties", "random 4")])
def test_the_derivative_of_an_inverse(lists):
    # d inverse = -inverse dA inverse
    tape, n = Tape(), len(lists)
    jacobian = tape.jacobian(tape.call("inv", tape.variables("A", lists)))
    b = MP.inverse(MP.matrix(lists))
    places = list(itertools.product(range(n), repeat=2))
    expected = [[-b[i, k] * b[l, j] for k, l in places] for i, j in places]
    assert largest_error(jacobian, expected) < 1e-13


@pytest.mark.parametrize("lists", [REGULAR[key] for key in ("two", "zero leading pivots", "ties", "random 4")])
def test_the_derivative_of_a_solution(lists):
    # d x = inverse (db - dA x)
    tape, n = Tape(), len(lists)
    side = [1.0, -2.0, 3.0, 0.5][:n]
    jacobian = tape.jacobian(tape.call("solve", tape.variables("A", lists), tape.variables("b", side)))
    b = MP.inverse(MP.matrix(lists))
    x = b * MP.matrix(side)
    expected = [[-b[i, k] * x[l] for k in range(n) for l in range(n)] + [b[i, k] for k in range(n)] for i in range(n)]
    assert largest_error(jacobian, expected) < 1e-13


def test_choosing_a_row_is_no_kink():
    tape = Tape()
    nodes = tape.graph.needed(tape.call("inv", tape.variables("A", random_matrix(3, 1))).items)
    assert all(tape.graph.ops[node].kink is None for node in nodes if tape.graph.ops[node].boolean)


def test_triangular_matrices_need_no_comparisons_from_above():
    tape = Tape()
    u = tape.variables("u", random_matrix(5, 3)).items
    upper = Array((5, 5), [u[5 * i + j] if j >= i else tape.number(0) for i in range(5) for j in range(5)])
    inverse = tape.call("inv", upper)
    count = tape.count(inverse)
    assert "outweighs" not in count
    assert "abs" not in count
    assert all(tape.whole(inverse.items[5 * i + j]) == 0 for i in range(5) for j in range(i))


def test_the_identity_is_its_own_inverse_and_solves_nothing():
    tape = Tape()
    eye = tape.call("eye", tape.number(30))
    assert tape.call("inv", eye).items == eye.items
    b = tape.variables("b", [float(k) for k in range(30)])
    assert tape.call("solve", eye, b).items == b.items


def test_the_inverse_of_a_number_is_the_primitive():
    tape = Tape()
    assert tape.graph.ops[tape.call("inv", tape.variables("x", 4.0))].name == "inv"


def test_elimination_takes_a_few_n_cubed_nodes():
    n = 12
    inverse, solution = Tape(), Tape()
    inverse.call("inv", inverse.variables("A", random_matrix(n, 1)))
    solution.call("solve", solution.variables("A", random_matrix(n, 1)), solution.variables("b", [1.0] * n))
    assert len(inverse.graph) < 5 * n**3
    assert len(solution.graph) < 2.25 * n**3


def test_linear_algebra_that_does_not_fit():
    assert misfit("det", [[1, 2, 3], [4, 5, 6]]) == "det needs a square matrix, not an array of shape (2, 3)"
    assert misfit("det", 3) == "det needs a square matrix, not a number"
    assert misfit("inv", [1, 2]) == "inv needs a square matrix, not an array of shape (2,)"
    assert misfit("solve", [[1, 2]], [1]) == "solve needs a square matrix, not an array of shape (1, 2)"
    assert misfit("solve", [[1, 2], [3, 4]], [1, 2, 3]) == (
        "solve: shapes (2, 2) and (3,) do not fit: 2 rows and 3 entries"
    )
    assert misfit("solve", [[1]], 1) == "solve needs a vector or a matrix on the right-hand side, not a number"
    assert misfit("trace", [1, 2]) == "trace needs a matrix, not an array of shape (2,)"


# -- products


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([1, 2, 3], [4, 5, 6], 32),
        ([[1, 2, 3], [4, 5, 6]], [1, 0, -1], [-2, -2]),
        ([1, -1], [[1, 2, 3], [4, 5, 6]], [-3, -3, -3]),
        ([[1, 2], [3, 4]], [[0, 1], [1, 0]], [[2, 1], [4, 3]]),
        ([[1], [2]], [[3, 4]], [[3, 4], [6, 8]]),
    ],
)
def test_products_of_vectors_and_matrices(a, b, expected):
    tape = Tape()
    assert tape.evaluate(matmul(tape, tape.variables("a", a), tape.variables("b", b))) == expected
    assert tape.evaluate(matmul(tape, tape.constants(a), tape.variables("b", b))) == expected
    assert computed("dot", a, b) == expected


def test_products_with_nothing_inside():
    tape = Tape()
    assert tape.evaluate(matmul(tape, Array((2, 0), []), Array((0, 3), []))) == [[0, 0, 0], [0, 0, 0]]
    assert tape.evaluate(matmul(tape, Array((0,), []), Array((0,), []))) == 0
    assert matmul(tape, Array((0, 2), []), tape.constants([[1], [2]])).shape == (0, 1)
    assert matmul(tape, tape.constants([[1]]), Array((1, 0), [])).shape == (1, 0)


def test_products_do_nothing_with_known_zeros_and_ones():
    tape = Tape()
    a = tape.variables("a", random_matrix(3, 1))
    assert matmul(tape, tape.call("eye", tape.number(3)), a).items == a.items


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([[1, 2, 3], [4, 5, 6]], [1, 2], "shapes (2, 3) and (2,) do not fit: 3 columns and 2 entries"),
        ([1, 2, 3], [1, 2], "shapes (3,) and (2,) do not fit: 3 entries and 2 entries"),
        ([1, 2, 3], [[1, 2]], "shapes (3,) and (1, 2) do not fit: 3 entries and 1 rows"),
        ([[1, 2]], [[1, 2]], "shapes (1, 2) and (1, 2) do not fit: 2 columns and 1 rows"),
        (2, [1, 2], "@ needs vectors or matrices, and one side is a number"),
        ([[[1]]], [1], "@ needs vectors or matrices, not an array of shape (1, 1, 1)"),
    ],
)
def test_products_that_do_not_fit(a, b, message):
    tape = Tape()
    with pytest.raises(Misfit) as caught:
        matmul(tape, tape.constants(a), tape.constants(b))
    assert str(caught.value) == message


def test_dot_with_a_number_is_a_multiple():
    assert computed("dot", 2, [[1, 2], [3, 4]]) == [[2, 4], [6, 8]]
    assert computed("dot", [1, 2], 3) == [3, 6]
    assert computed("dot", 2, 3) == 6


def test_outer_and_trace():
    assert computed("outer", [1, 2], [3, 4, 5]) == [[3, 4, 5], [6, 8, 10]]
    assert computed("outer", [[1, 2], [3, 4]], 5) == [[5], [10], [15], [20]]
    assert computed("trace", [[1, 2, 3], [4, 5, 6]]) == 6
    assert computed("trace", [[1, 2], [3, 4], [5, 6]]) == 5


# -- reductions

MATRIX = [[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]]


@pytest.mark.parametrize(
    ("name", "whole", "down", "across"),
    [
        ("sum", 5, [5, 3, -3], [2, 3]),
        ("prod", 720, [4, -10, -18], [-6, -120]),
        ("mean", 5 / 6, [2.5, 1.5, -1.5], [2 / 3, 1]),
        ("max", 5, [4, 5, 3], [3, 5]),
        ("min", -6, [1, -2, -6], [-2, -6]),
        ("norm", 91**0.5, [17**0.5, 29**0.5, 45**0.5], [14**0.5, 77**0.5]),
        ("norm1", 21, [5, 7, 9], [6, 15]),
        ("norminf", 6, [4, 5, 6], [3, 6]),
    ],
)
def test_reductions_of_all_entries_and_along_an_axis(name, whole, down, across):
    assert computed(name, MATRIX) == pytest.approx(whole, rel=4 * UNIT)
    for axis in (0, -2):
        assert computed(name, MATRIX, axis=axis) == pytest.approx(down, rel=4 * UNIT)
    for axis in (1, -1):
        assert computed(name, MATRIX, axis=axis) == pytest.approx(across, rel=4 * UNIT)


def test_logsumexp_does_not_overflow():
    assert computed("logsumexp", [1000.0, 1000.0]) == pytest.approx(1000 + float(MP.ln2))
    assert computed("logsumexp", [[0.0, 0.0], [7.0, 7.0]], axis=1) == pytest.approx([float(MP.ln2), 7 + float(MP.ln2)])


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "max", "min", "norm", "norm1", "norminf", "logsumexp"])
def test_a_number_is_an_array_of_one_entry(name):
    assert computed(name, 3.0) == 3
    assert computed(name, [3.0]) == 3
    assert computed(name, [[3.0], [4.0]], axis=1) == [3, 4]


@pytest.mark.parametrize("name", ["sum", "mean", "prod"])
def test_the_axis_may_be_the_second_argument(name):
    tape = Tape()
    x = tape.variables("x", MATRIX)
    assert tape.call(name, x, tape.number(0)).items == tape.call(name, x, axis=0).items
    with pytest.raises(Misfit) as caught:
        tape.call(name, x, tape.variables("y", 1.0))
    assert str(caught.value) == f"{name} needs an axis that is a whole number, known while the text is read"
    with pytest.raises(Misfit) as caught:
        tape.call(name, x, tape.number(0), axis=1)
    assert str(caught.value) == f"{name}: the axis is given twice"


def test_axes_that_are_not_there():
    assert misfit("sum", [[1, 2]], axis=2) == "sum: there is no axis 2 in (1, 2)"
    assert misfit("max", [1, 2], axis=-2) == "max: there is no axis -2 in (2,)"
    assert misfit("norm", 3, axis=0) == "norm: there is no axis 0 in a number"
    assert misfit("softmax", 3, axis=0) == "softmax: there is no axis 0 in a number"
    assert misfit("cumsum", [1], axis=1) == "cumsum: there is no axis 1 in (1,)"


@pytest.mark.parametrize("name", ["mean", "max", "min", "norminf", "logsumexp", "softmax"])
def test_what_nothing_has_no_value_of(name):
    assert misfit(name, []) == f"{name} of an array without entries has no value"


def test_what_nothing_has_a_value_of():
    assert [known(name, []) for name in ("sum", "prod", "norm", "norm1")] == [0, 1, 0, 0]
    assert known("cumsum", []) == []
    tape = Tape()
    assert tape.evaluate(tape.call("sum", Array((0, 3), []), axis=0)) == [0, 0, 0]
    assert tape.evaluate(tape.call("prod", Array((3, 0), []), axis=1)) == [1, 1, 1]
    assert tape.call("max", Array((0, 3), []), axis=1).shape == (0,)


def test_one_node_for_max_min_logsumexp_and_norm():
    tape = Tape()
    x = tape.variables("x", [1.0, 2.0, 3.0, 4.0])
    for name, primitive in {"max": "max", "min": "min", "logsumexp": "logsumexp", "norm": "hypot"}.items():
        assert tape.count(tape.call(name, x)) == {"variable": 4, primitive: 1}


def test_a_norm_neither_overflows_nor_loses_its_gradient():
    tape = Tape()
    norm = tape.call("norm", tape.variables("x", [3e200, 4e200, 12e200]))
    assert tape.evaluate(norm) == pytest.approx(13e200)
    assert tape.jacobian(norm)[0] == pytest.approx([3 / 13, 4 / 13, 12 / 13])


def test_sums_read_left_to_right_when_short_and_are_balanced_when_long():
    tape = Tape()
    x = [tape.graph.variable(f"x{k}") for k in range(3000)]
    node = total(tape, x[:8])
    for last in reversed(x[1:8]):
        assert tape.graph.ops[node].name == "add"
        node, right = tape.graph.args[node]
        assert right == last
    assert node == x[0]
    depth = {}
    for node in tape.graph.needed([total(tape, x)]):
        depth[node] = 1 + max((depth[a] for a in tape.graph.args[node]), default=-1)
    assert max(depth.values()) == 7 + 9


def test_a_long_sum_keeps_its_digits():
    tape = Tape()
    items = [0.1] * 10**4
    exact = 10**4 * MP.mpf(0.1)
    assert abs(tape.evaluate(tape.call("sum", tape.variables("x", items))) / exact - 1) < 4 * UNIT
    assert tape.evaluate(product(tape, tape.variables("y", [1.001] * 3000).items)) == pytest.approx(
        float(MP.mpf(1.001) ** 3000), rel=3000 * UNIT
    )


def test_whole_numbers_are_folded_while_doubles_hold_them():
    tape = Tape()
    assert tape.whole(tape.call("sum", tape.constants([1, 2, 3]))) == 6
    assert tape.whole(tape.call("prod", tape.constants([10] * 15))) == 10**15
    assert tape.whole(tape.call("prod", tape.constants([10] * 16))) is None
    assert tape.whole(tape.call("trace", tape.call("eye", tape.number(7)))) == 7


def test_cumsum():
    assert computed("cumsum", [1, 2, 3]) == [1, 3, 6]
    assert computed("cumsum", [[1, 2], [3, 4]]) == [1, 3, 6, 10]
    assert computed("cumsum", [[1, 2], [3, 4]], axis=0) == [[1, 2], [4, 6]]
    assert computed("cumsum", [[1, 2], [3, 4]], axis=-1) == [[1, 3], [3, 7]]
    assert computed("cumsum", 5) == [5]


# -- softmax


def softmax_exactly(line):
    powers = [MP.exp(MP.mpf(x) - max(line)) for x in line]
    return [power / sum(powers) for power in powers]


@pytest.mark.parametrize("count", [2, 3, 10])
@pytest.mark.parametrize(("low", "high"), [(-1, 1), (600, 610), (-30, 30), (-700, 700)])
def test_softmax_keeps_its_digits_and_so_does_its_jacobian(count, low, high):
    source = random.Random(count)  # noqa: S311  # the same numbers each time
    for _ in range(5):
        line = [source.uniform(low, high) for _ in range(count)]
        tape = Tape()
        found = tape.call("softmax", tape.variables("x", line))
        exact = softmax_exactly(line)
        bound = UNIT * (12 + 2 * (max(line) - min(line)))  # differences of the entries are rounded
        for y, expected in zip(tape.evaluate(found), exact, strict=True):
            assert abs(y - expected) <= bound * expected + 1e-300
        for k, row in enumerate(tape.jacobian(found)):
            for j, slope in enumerate(row):
                others = sum(exact[i] for i in range(count) if i != k)
                expected = exact[k] * (others if j == k else -exact[j])
                assert abs(slope - expected) <= 2 * bound * abs(expected) + 1e-300


def test_softmax_has_no_kink_at_a_tie():
    tape = Tape()
    found = tape.call("softmax", tape.variables("x", [2.0, 2.0, 2.0]))
    assert tape.evaluate(found) == pytest.approx([1 / 3] * 3)
    assert all(tape.graph.ops[node].kink is None for node in tape.graph.needed(found.items))


def test_softmax_goes_along_the_last_axis():
    matrix = [[1.0, 2.0, 4.0], [0.0, 0.0, 1.0]]
    rows = [[float(x) for x in softmax_exactly(line)] for line in matrix]
    assert flat(computed("softmax", matrix)) == pytest.approx(flat(rows))
    pairs = [[float(x) for x in softmax_exactly(line)] for line in zip(*matrix, strict=True)]
    columns = [list(row) for row in zip(*pairs, strict=True)]
    assert flat(computed("softmax", matrix, axis=0)) == pytest.approx(flat(columns))
    assert computed("softmax", 5.0) == 1
    assert computed("softmax", [5.0]) == [1]


# -- layouts


def test_arrays_of_sizes():
    assert known("zeros", 2) == [0, 0]
    assert known("zeros", 2, 1) == [[0], [0]]
    assert known("zeros", 0) == []
    assert known("ones", 1, 2, 2) == [[[1, 1], [1, 1]]]
    assert known("eye", 2) == [[1, 0], [0, 1]]
    assert known("eye", 2, 3) == [[1, 0, 0], [0, 1, 0]]
    assert known("eye", 3, 1) == [[1], [0], [0]]


def test_diag_both_ways():
    assert known("diag", [1, 2]) == [[1, 0], [0, 2]]
    assert known("diag", [[1, 2, 3], [4, 5, 6]]) == [1, 5]
    assert known("diag", [[1, 2], [3, 4], [5, 6]]) == [1, 4]
    assert misfit("diag", 3) == "diag needs a vector or a matrix, not a number"
    assert misfit("diag", [[[1]]]) == "diag needs a vector or a matrix, not an array of shape (1, 1, 1)"


def test_lengths():
    assert known("size", [[1, 2, 3], [4, 5, 6]]) == 6
    assert known("size", 3) == 1
    assert known("len", [[1, 2, 3], [4, 5, 6]]) == 2
    assert misfit("len", 3) == "len needs an array, not a number"


def test_transpose_reverses_the_axes():
    assert known("transpose", [[1, 2, 3], [4, 5, 6]]) == [[1, 4], [2, 5], [3, 6]]
    assert known("transpose", [1, 2]) == [1, 2]
    assert known("transpose", [[[1, 2], [3, 4], [5, 6]]]) == [[[1], [3], [5]], [[2], [4], [6]]]
    assert transpose(Tape(), Array((0, 4), [])).shape == (4, 0)


def test_reshape():
    assert known("reshape", [1, 2, 3, 4], 2, 2) == [[1, 2], [3, 4]]
    assert known("reshape", [[1, 2], [3, 4]], -1) == [1, 2, 3, 4]
    assert known("reshape", [1, 2, 3, 4, 5, 6], 2, -1) == [[1, 2, 3], [4, 5, 6]]
    assert known("reshape", 5, 1, 1) == [[5]]
    assert (
        misfit("reshape", [1, 2, 3], 2, 2) == "reshape: an array of shape (3,) has 3 entries, which do not fill (2, 2)"
    )
    assert misfit("reshape", [1, 2, 3], -1, 2) == (
        "reshape: an array of shape (3,) has 3 entries, which do not fill (-1, 2)"
    )
    assert misfit("reshape", [], -1, 0) == "reshape: an array of shape (0,) has 0 entries, which do not fill (-1, 0)"
    assert misfit("reshape", [1], -1, -1) == "reshape: only one length can be -1"
    assert misfit("reshape", [1], -2) == "reshape: a length cannot be -2"


def test_concat_joins_along_an_axis():
    assert known("concat", [1, 2], [3]) == [1, 2, 3]
    assert known("concat", 1, [2, 3], 4) == [1, 2, 3, 4]
    assert known("concat", 1, 2) == [1, 2]
    assert known("concat", [[1, 2], [3, 4]]) == [1, 2, 3, 4]
    assert known("concat", [1, 2]) == [1, 2]
    assert known("concat", [[1, 2]], [[3, 4], [5, 6]]) == [[1, 2], [3, 4], [5, 6]]
    assert known("concat", [[1], [2]], [[3, 4], [5, 6]], axis=1) == [[1, 3, 4], [2, 5, 6]]
    assert known("concat", [], [1]) == [1]
    assert misfit("concat", [[1, 2]], [[3]]) == "concat: shapes (1, 2) and (1, 1) do not fit along axis 0"
    assert misfit("concat", [[1, 2]], [3, 4]) == "concat: shapes (1, 2) and (2,) do not fit along axis 0"
    assert misfit("concat", [[1, 2]], 3) == "concat: shapes (1, 2) and (1,) do not fit along axis 0"
    assert misfit("concat", []) == "concat of nothing: the array has shape (0,)"


def test_stack_makes_an_axis():
    assert known("stack", 1, 2) == [1, 2]
    assert known("stack", [1, 2], [3, 4]) == [[1, 2], [3, 4]]
    assert known("stack", [1, 2], [3, 4], axis=1) == [[1, 3], [2, 4]]
    assert known("stack", [1, 2], [3, 4], axis=-1) == [[1, 3], [2, 4]]
    assert known("stack", [[1, 2], [3, 4]], axis=1) == [[1, 3], [2, 4]]
    assert misfit("stack", [1, 2], [3]) == "stack: shapes (2,) and (1,) are not the same"
    assert misfit("stack", [1, 2], 3) == "stack: shapes (2,) and a number are not the same"
    assert misfit("stack", []) == "stack of nothing: the array has shape (0,)"


@pytest.mark.parametrize("name", ["zeros", "ones", "eye", "reshape"])
def test_sizes_have_to_be_known(name):
    tape = Tape()
    args = [tape.constants([1, 2])] if name == "reshape" else []
    with pytest.raises(Misfit) as caught:
        tape.call(name, *args, tape.variables("n", 2.0))
    assert str(caught.value) == f"{name} needs whole numbers that are known while the text is read"
    with pytest.raises(Misfit) as caught:
        tape.call(name, *args, tape.number(-2))
    assert str(caught.value) == f"{name}: a length cannot be -2"


def test_huge_arrays_are_refused_before_they_are_made():
    tape, huge = Tape(), 10**12
    calls = [
        ("zeros", tape.number(huge)),
        ("ones", tape.number(huge), tape.number(huge)),
        ("eye", tape.number(10**6)),
        ("outer", Array((2000,), [0] * 2000), Array((2000,), [0] * 2000)),
        ("diag", Array((2000,), [0] * 2000)),
    ]
    for name, *args in calls:
        with pytest.raises(OverflowError):
            tape.call(name, *args)
    with pytest.raises(OverflowError):
        tape.call("sum", Array((huge, 0), []), axis=1)
    small = Tape(limit=2000)
    with pytest.raises(OverflowError):
        small.call("inv", small.variables("A", random_matrix(20, 1)))


def test_long_axes_of_nothing_take_no_time():
    tape, huge = Tape(), 10**12
    empty = Array((huge, 0, 0), [])
    assert tape.call("sum", empty, axis=1).shape == (huge, 0)
    assert tape.call("cumsum", empty, axis=1).shape == empty.shape
    assert tape.call("transpose", empty).shape == (0, 0, huge)
    assert tape.call("concat", empty, empty, axis=2).shape == (huge, 0, 0)
    assert tape.call("stack", empty, empty, axis=2).shape == (huge, 0, 2, 0)
    assert matmul(tape, Array((huge, 0), []), Array((0, 0), [])).shape == (huge, 0)


@pytest.mark.parametrize("row", ARRAY_FUNCTIONS.values(), ids=ARRAY_FUNCTIONS)
def test_every_row_says_what_it_is(row):
    assert row.signature.startswith(f"{row.name}(")
    assert row.about
    assert "\n" not in row.about
    assert row.least >= 1
    assert row.most is None or row.most >= row.least
