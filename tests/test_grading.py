"""Grading a trace that was filled in by hand: what is right, what is wrong, and what merely follows."""

from __future__ import annotations

import csv
import io
import math
import random
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from strategies import REPEATABLE, expressions, programs

from adcli import schemas
from adcli.check.homework.cells import Written, read_cell, usual_decimals
from adcli.check.homework.grading import grade
from adcli.check.homework.worksheets import blank, read_sheet
from adcli.contexts import make_context
from adcli.data import sheets
from adcli.errors import AdcliError, LimitError, UsageError
from adcli.formats import Screen, table
from adcli.formats import csv as csv_format
from adcli.formats import markdown as markdown_format
from adcli.products import Function
from adcli.tracing import BAR, DOT, over, trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from conftest import Outcome

    from adcli.results.grade import Grade, GradedCell
    from adcli.results.trace import Trace

    Adcli = Callable[..., Outcome]
    Cell = tuple[str, str]

ROOT = Path(__file__).parent.parent
TEXT = "x1*x2+sin(x1)"


@pytest.fixture
def handed_in(tmp_path: Path) -> Callable[..., str]:
    """A file with a text, or with bytes, and its path."""

    def write(text: str | bytes, name: str = "homework.csv") -> str:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(path)

    return write


def verdicts(result: Grade, *which: str) -> list[str]:
    """The cells with one of the verdicts, in the order of computing."""
    return [cell.label for cell in result.cells if cell.verdict in which]


def cell_of(result: Grade, label: str) -> GradedCell:
    (found,) = [cell for cell in result.cells if cell.label == label]
    return found


def valid(result: Grade) -> dict[str, Any]:
    """The JSON of a grade, after it was held against its schema."""
    printed = result.to_dict()
    Draft202012Validator(schemas.schema("grade")).validate(printed)
    return printed


def drawn(result: Grade) -> str:
    """A grade as a terminal of 80 columns shows it, in composed letters."""
    return unicodedata.normalize("NFC", table.render(result, Screen(width=80)))


# -- students: they compute from the printed rules, with Python's own arithmetic


_KNOWN = {name: getattr(math, name) for name in ("sin", "cos", "tan", "exp", "sqrt", "tanh", "log")} | {
    "sech": lambda x: 1 / math.cosh(x),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "relu": lambda x: max(x, 0.0),
    "pi": math.pi,
}


class Student:
    """Somebody who fills in a sheet, rounding every number to so many decimals.

    They go on computing with what they `write`, or with what their calculator has kept, or now with the one and
    now with the other. `mistakes` say what they make of a number.
    """

    def __init__(
        self, decimals: int, habit: str, mistakes: Mapping[Cell, Callable[[float], float]], seed: int = 0
    ) -> None:
        self.decimals, self.habit, self.mistakes = decimals, habit, mistakes
        self.random = random.Random(seed)  # noqa: S311  # repeatable
        self.written: dict[str, float] = {}
        self.kept: dict[str, float] = {}
        self.sheet: dict[Cell, str] = {}

    def compute(self, formula: str) -> float:
        python = unicodedata.normalize("NFKC", formula.replace("·", "*").replace("^", "**"))
        keeps = {"writes": 0.0, "keeps": 1.0, "mixes": 0.5}[self.habit]
        names = {
            unicodedata.normalize("NFKC", name): (self.kept if self.random.random() < keeps else self.written)[name]
            for name in self.written
        }
        return float(eval(python, {**_KNOWN, **names}))  # noqa: S307  # a formula of the trace

    def write(self, cell: Cell, name: str, x: float) -> None:
        x = self.mistakes[cell](x) if cell in self.mistakes else x
        self.sheet[cell] = f"{x:.{self.decimals}f}"
        self.written[name], self.kept[name] = float(self.sheet[cell]), x

    def fill(self, solution: Trace) -> str:
        """The sheet of a trace, filled in."""
        forward = solution.mode == "forward"
        for row in solution.rows:
            if row.rule:
                self.write((row.node, "value"), row.node, self.compute(row.rule))
            else:
                self.sheet[row.node, "value"] = repr(row.value)
                self.written[row.node] = self.kept[row.node] = row.value
            if forward:
                x = row.tangent if row.tangent_rule == "seed" else self.compute(row.tangent_rule)
                self.write((row.node, "tangent"), over(row.node, DOT), x)
        if not forward:
            for node, formula in adjoint_formulas(solution).items():
                self.write((node, "adjoint"), over(node, BAR), self.compute(formula))
        column = "tangent" if forward else "adjoint"
        head = f"{column} (seed {next(iter(solution.seed))})"
        rows = [[r.node, r.rule, self.sheet[r.node, "value"], self.sheet[r.node, column]] for r in solution.rows]
        out = io.StringIO()
        csv.writer(out).writerows([["node", "rule", "value", head], *rows])
        return out.getvalue()


def adjoint_formulas(solution: Trace) -> dict[str, str]:
    """The updates of each adjoint as one sum."""
    formulas: dict[str, str] = {}
    for update in solution.updates:
        mark, right = update.rule.split(" = ", 1)
        term = right.removeprefix(f"{mark} + ").replace("seed", repr(float(update.value)))
        formulas[update.target] = f"{formulas[update.target]} + {term}" if update.target in formulas else term
    return {node: formulas.get(node, "0") for node in solution.adjoints}


HOMEWORK: list[tuple[str, dict[str, float]]] = [
    ("x1*x2+sin(x1)", {"x1": 1, "x2": 2}),
    ((ROOT / "samples/griewank.ad").read_text("utf-8"), {"x1": 1.5, "x2": 0.5}),
    ((ROOT / "samples/reuse-log.ad").read_text("utf-8"), {"x": 2}),
    ((ROOT / "samples/micrograd.ad").read_text("utf-8"), {"a": 2, "b": 3}),
    ((ROOT / "samples/affine-relu.ad").read_text("utf-8"), {"W": 2, "x": 3, "b": 1}),
    ((ROOT / "samples/homework.ad").read_text("utf-8"), {"x1": 2, "x2": 3, "x3": 5}),
    ("tanh(w*x+b)^2 + exp(-x*w)*b", {"w": 0.7, "x": 1.3, "b": -0.4}),
    ("sqrt(x^2+y^2)*cos(x*y)/(1+x)", {"x": 0.8, "y": 1.9}),
    ("sigmoid(w*x)*log(1+exp(x))", {"w": 0.33, "x": -1.7}),
    ("tan(x)*sin(x)^3/x", {"x": 0.9}),
    ("100*sin(x)*exp(y) + 250*x*y^3", {"x": 0.21, "y": 1.45}),
]
IDS = [text.strip().rpartition("\n")[2] for text, _ in HOMEWORK]
MODES = ["forward", "reverse"]


def solutions(text: str, point: Mapping[str, float], mode: str) -> Iterable[Trace]:
    """The traces of a function with each of its seeds."""
    f = Function(text)
    return [trace(f, point, mode=mode, seed=seed) for seed in (f.variables if mode == "forward" else f.outputs)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "point"), HOMEWORK, ids=IDS)
@pytest.mark.usefixtures("untraced")
def test_a_right_trace_is_right_however_it_was_rounded(
    text: str, point: dict[str, float], mode: str, handed_in: Callable[..., str]
) -> None:
    for solution in solutions(text, point, mode):
        for decimals in (2, 3, 4, 6):
            for habit, seed in (("writes", 0), ("keeps", 0), ("mixes", 1), ("mixes", 2)):
                path = handed_in(Student(decimals, habit, {}, seed).fill(solution))
                result = grade(Function(text), path, point)
                assert ("AGREES", []) == (result.verdict, verdicts(result, "wrong", "follows", "missing"))
                assert (0, mode, next(iter(solution.seed))) == (result.exit_code, result.mode, result.seed)


MISTAKES: dict[str, Callable[[float], float]] = {
    "sign": lambda x: -x,
    "a tenth more": lambda x: 1.1 * x + 0.05,
    "half": lambda x: x / 2,
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "point"), HOMEWORK, ids=IDS)
def test_a_planted_mistake_is_found_at_its_cell_and_nowhere_else(
    text: str, point: dict[str, float], mode: str, handed_in: Callable[..., str]
) -> None:
    solution = next(iter(solutions(text, point, mode)))
    cells = [(row.node, "value") for row in solution.rows if row.rule]
    cells += [(row.node, "tangent" if mode == "forward" else "adjoint") for row in solution.rows]
    planted = 0
    for k, cell in enumerate(cells):
        for j, mistake in enumerate(MISTAKES.values()):
            was: list[float] = []

            def planting(x: float, was: list[float] = was, mistake: Any = mistake) -> float:
                was.append(x)
                return float(mistake(x))

            student = Student(3 + (k + j) % 2, ["writes", "keeps", "mixes"][k % 3], {cell: planting})
            try:
                path = handed_in(student.fill(solution))
            except (ValueError, ZeroDivisionError):  # nobody can go on with that number
                continue
            if abs(mistake(was[0]) - was[0]) < 0.01:
                continue
            planted += 1
            result = grade(Function(text), path, point)
            assert ["{} {}".format(*cell)] == verdicts(result, "wrong"), (cell, mistake)
            assert (1, "WRONG") == (result.exit_code, result.verdict)
            assert {("{} {}".format(*cell),)} >= {c.origins for c in result.cells if c.verdict == "follows"}
    assert planted > len(cells)


@pytest.mark.parametrize("mode", MODES)
def test_two_mistakes_are_two_and_each_has_its_followers(mode: str, handed_in: Callable[..., str]) -> None:
    text, point = "a = x^2; b = 5a; c = log(a); g = b*c; L = -g", {"x": 2.3}
    column = "tangent" if mode == "forward" else "adjoint"
    mistakes = {("b", "value"): lambda x: x + 1, ("g", column): lambda x: x - 2}
    (solution,) = solutions(text, point, mode)
    result = grade(Function(text), handed_in(Student(4, "writes", mistakes).fill(solution)), point)
    assert ["b value", f"g {column}"] == verdicts(result, "wrong")
    assert "g value" in verdicts(result, "follows")
    assert ("b value",) == cell_of(result, "L value").origins
    if mode == "forward":
        assert ("g tangent",) == cell_of(result, "L tangent").origins
    else:
        assert ("b value", "g adjoint") == tuple(sorted(cell_of(result, "c adjoint").origins))
    assert "WRONG: 2 cells are wrong" in drawn(result)


# -- one wrong chain, as it is told


CHAIN = """node,rule,value,tangent (seed x1)
x1,,1,1
x2,,2,0
v1,v1 = x1*x2,2,2
v2,v2 = sin(x1),0.84,0.84
v3,y1 = v3 = v1 + v2,2.84,2.84
"""


def test_the_first_wrong_cell_is_named_and_the_later_ones_merely_follow(handed_in: Callable[..., str]) -> None:
    result = grade(Function(TEXT), handed_in(CHAIN), "1,2")
    first = result.first_wrong
    assert first is not None
    assert ("v2", "tangent", "0.84", 0.84) == (first.row, first.column, first.written, first.number)
    assert math.cos(1) == first.truth == first.expected
    assert ["v3 tangent"] == verdicts(result, "follows")
    assert "the value stands in place of the tangent" == first.cause
    printed = valid(result)
    assert {"row": "v2", "column": "tangent"} == printed["first_wrong"]
    assert ["v2 tangent"] == printed["cells"][-1]["origins"]
    told = """\
│ v2   │ sin(x1) │ 0.84 ✓ │ 0.84 ✗  │
│ v3   │ v1 + v2 │ 2.84 ✓ │ 2.84 →  │
╰──────┴─────────┴────────┴─────────╯
✗ wrong   → follows from a wrong cell
first wrong cell: row v2, tangent
  0.84 stands there, 0.540302 is right
  v̇2 = cos(x1)·ẋ1
  perhaps the value stands in place of the tangent
  cells that merely follow from it: v3 tangent
WRONG: 1 cell is wrong, 1 merely follows from it, 6 are right
"""
    assert drawn(result).endswith(unicodedata.normalize("NFC", told))


def test_a_right_number_after_a_wrong_one_is_right(handed_in: Callable[..., str]) -> None:
    sheet = CHAIN.replace("2.84,2.84", "2.84,2.54")
    result = grade(Function(TEXT), handed_in(sheet), "1,2")
    assert (["v2 tangent"], []) == (verdicts(result, "wrong"), verdicts(result, "follows"))


def test_a_mistake_on_top_of_a_mistake_tells_what_would_have_followed(handed_in: Callable[..., str]) -> None:
    result = grade(Function(TEXT), handed_in(CHAIN.replace("2.84,2.84", "2.84,1.16")), "1,2")
    assert ["v2 tangent", "v3 tangent"] == verdicts(result, "wrong")
    text = "another mistake: row v3, tangent\n  1.16 stands there; 2.84 would follow, and 2.5403 is right\n"
    assert text in drawn(result)
    assert "perhaps the sign of the term with v̇2 is flipped" in drawn(result)


def test_an_empty_cell_is_inconclusive_and_what_it_would_hold_is_passed_on(handed_in: Callable[..., str]) -> None:
    f = Function("a = sin(x); b = 3a; c = b^2")
    sheet = "node,value,tangent\nx,1,1\na,{},0.5403\nb,,\nc,{},{}\n"
    right = grade(f, handed_in(sheet.format("0.8415", "6.373", "8.184")), "1")
    assert (5, "INCONCLUSIVE") == (right.exit_code, right.verdict)
    assert "2 cells are empty, 5 are right" == right.cause
    wrong = grade(f, handed_in(sheet.format("0.5403", "2.627", "5.255")), "1")
    assert (1, ["a value"]) == (wrong.exit_code, verdicts(wrong, "wrong"))
    assert ["c value", "c tangent"] == verdicts(wrong, "follows")
    assert ("a value",) == cell_of(wrong, "c value").origins
    assert "2 cells are empty" in wrong.cause
    scaled = Function("a = sin(x); b = 200a; c = b + 1")  # 200*0.5403 + 1, as the calculator kept it
    kept = grade(scaled, handed_in("node,value\na,0.54\nb,\nc,109.06\n"), "1")
    assert ["c value"] == verdicts(kept, "follows")


def test_a_blank_sheet_is_inconclusive(handed_in: Callable[..., str]) -> None:
    for mode in MODES:
        sheet = csv_format.render(blank(Function(TEXT), "1,2", mode=mode), Screen())
        result = grade(Function(TEXT), handed_in(sheet), "1,2")
        assert (5, "8 cells are empty, 0 are right") == (result.exit_code, result.cause)
        assert ["x1 value", "x2 value"] == verdicts(result, "given")
        valid(result)


def test_a_changed_input_is_a_mistake(handed_in: Callable[..., str]) -> None:
    result = grade(Function("x*y"), handed_in("node,value\nx,3\ny,2\nv1,6\n"), "1,2")
    assert (["x value"], ["v1 value"]) == (verdicts(result, "wrong"), verdicts(result, "follows"))
    assert "3 stands there, 1 is right\n  x is given by the point\n" in drawn(result)
    rounded = grade(Function("cos(x)"), handed_in("node,value\nx,0.785\nv1,0.7074\n"), "pi/4")  # cos(0.785)
    assert ("AGREES", ["x value"]) == (rounded.verdict, verdicts(rounded, "given"))


# -- what may have been the cause


CAUSES: list[tuple[str, str, str, str, str]] = [
    # program, point, rows of the sheet, the first wrong cell, the cause
    ("sin(x)", "1", "node,value\nv1,-0.8415", "v1 value", "the sign is flipped"),
    ("sin(x)", "30", "node,value\nv1,0.5", "v1 value", "the angle was taken in degrees, and it is in radians"),
    ("atan(x)", "1", "node,value\nv1,45", "v1 value", "the angle is in degrees, and it should be in radians"),
    ("cos(x)", "1", "node,value\nv1,0.8415", "v1 value", "sin was taken in place of cos"),
    ("x*y", "2,3.5", "node,value\nv1,5.5", "v1 value", "+ was taken in place of *"),
    ("log(x)", "50", "node,value\nv1,1.699", "v1 value", "log10 was taken in place of log"),
    ("x/y", "2,5", "node,value\nv1,2.5", "v1 value", "the operands are swapped"),
    ("x + y", "2,5", "node,value\nv1,5", "v1 value", "y was copied"),
    ("x*y", "1.25,4.5", "node,value\nv1,56.25", "v1 value", "the decimal point is misplaced"),
    ("x*y", "2.5,1.1", "node,value\nv1,3", "v1 value", "it was rounded too far: two decimals are always enough"),
    ("x*y", "2,3", "node,tangent\nx,0\ny,1\nv1,2", "x tangent", "another seed was meant: here it is x"),
    ("x*y", "2,3", "node,tangent\nx,1\ny,0\nv1,6", "v1 tangent", "the value stands in place of the tangent"),
    ("x*y", "2,3", 'node,"tangent (seed 1, 4)"\nx,1\ny,4\nv1,4', "v1 tangent", "the tangents were multiplied"),
    ("x*y", "2,5", 'node,"tangent (seed 1, 4)"\nx,1\ny,4\nv1,22', "v1 tangent",
     "each factor was multiplied by its own tangent"),
    ("x*y", "2,5", 'node,"tangent (seed 1, 4)"\nx,1\ny,4\nv1,5', "v1 tangent", "the term with ẏ is missing"),
    ("x/y", "2,5", 'node,"tangent (seed 1, 4)"\nx,1\ny,4\nv1,0.52', "v1 tangent",
     "the sign of the term with ẏ is flipped"),
    ("x/y", "2,5", 'node,"tangent (seed 1, 4)"\nx,1\ny,4\nv1,-3', "v1 tangent",
     "it was not divided by the square of the divisor"),
    ("sin(2x)", "1", "node,tangent\nx,1\nv1,2\nv2,2", "v2 tangent", "v̇1 was not multiplied by its partial derivative"),
    ("sin(2x)", "1", "node,tangent\nx,1\nv1,2\nv2,-0.4161", "v2 tangent",
     "the partial derivative was not multiplied by v̇1"),
    ("exp(2x)", "1", "node,tangent\nx,1\nv1,2\nv2,7.389", "v2 tangent", "the value stands in place of the tangent"),
    ("sin(2x)", "1", "node,tangent\nx,1\nv1,2\nv2,1.8186", "v2 tangent", "sin was taken for its own derivative"),
    ("sin(2x)", "20", "node,tangent\nx,1\nv1,2\nv2,1.5321", "v2 tangent",
     "the angle was taken in degrees, and it is in radians"),
    ("x^3", "2.2", "node,tangent\nx,1\nv1,4.84", "v1 tangent", "the exponent was forgotten as a factor"),
    ("x^3", "2.2", "node,tangent\nx,1\nv1,31.944", "v1 tangent", "the exponent was not lowered"),
    ("log(x)*x^2", "1.6", "node,adjoint\nv3,1\nv2,0.47\nv1,2.56\nx,1.504", "x adjoint", "the term with v̄1 is missing"),
    ("log(x)*x^2", "1.6", "node,adjoint\nv3,1\nv2,-0.47\nv1,2.56\nx,3.10", "v2 adjoint", "the sign is flipped"),
    ("x*exp(x)", "1.5", "node,adjoint\nv2,1\nv1,1.5\nx,5.9817", "x adjoint",
     "v̄1 was not multiplied by its partial derivative"),
    ("a = x^2; a, sin(a)", "1.2", 'node,"adjoint (seed 1, 1)"\nv1,1\na,0.1304\nx,0.3130', "a adjoint",
     "the seed was not added"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "point", "sheet", "label", "cause"), CAUSES, ids=[f"{c[0]}: {c[4]}" for c in CAUSES])
def test_a_cause_is_named_only_where_it_gives_the_number(
    text: str, point: str, sheet: str, label: str, cause: str, handed_in: Callable[..., str]
) -> None:
    result = grade(Function(text), handed_in(sheet), point)
    assert result.first_wrong is not None
    cause = unicodedata.normalize("NFC", cause)
    assert (label, cause) == (result.first_wrong.label, unicodedata.normalize("NFC", result.first_wrong.cause))
    assert f"perhaps {cause}" in drawn(result)
    cells = [line.split(",") for line in sheet.splitlines()]
    other = [[*row[:-1], "7.7713"] if row[0] == label.split(maxsplit=1)[0] else row for row in cells]
    odd = grade(Function(text), handed_in("\n".join(map(",".join, other))), point)
    assert odd.first_wrong is not None
    assert (label, "") == (odd.first_wrong.label, odd.first_wrong.cause)
    assert "perhaps" not in drawn(odd).partition(f"row {label.replace(' ', ', ')}")[2].partition("another")[0]


# -- numbers as they are written


M = make_context()


def written(text: str) -> Written:
    cell = read_cell(text, M, [], "here")
    assert cell is not None
    return cell


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.8415", 0.8415), (" 0,8415 ", 0.8415), ("−0.5", -0.5), ("–,5", -0.5), ("+3", 3), ("1.2346e+06", 1234600),
        ("pi/4", math.pi / 4), ("sin(2)", math.sin(2)), ("1/3", 1 / 3), ("= 2.5", 2.5), ("≈2.5", 2.5), ("5.", 5),
        ("1\u00a0", 1), ("TRUE", 1), ("false", 0), ("2*(1+3)", 8), ("-2^2", -4),
    ],
)  # fmt: skip
def test_a_number_may_be_written_in_many_ways(text: str, number: float) -> None:
    assert number == pytest.approx(written(text).number, rel=1e-15)


@pytest.mark.parametrize("text", ["", "  ", "-", "–", "—", "?", "…"])
def test_what_holds_no_number_is_empty(text: str) -> None:
    assert read_cell(text, M, [], "here") is None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("abc", "'abc' has no value"),
        ("2*v1", "'v1' has no value"),
        ("1 +", "the text ends"),
        ("log(-1)", "log(-1) is undefined"),
        ("[1, 2]", "is not one number"),
        ("0.5.3", "an operator is missing"),
        ("1,234", "write 1.234 or 1234"),
        ("#NAME?", "a cell holds one number"),
        ("0.5 # about", "a cell holds one number"),
        ("1e999", "larger than a number can be"),
        ("inf", "larger than a number can be"),
    ],
)
def test_what_is_no_number_is_refused_with_its_place(text: str, hint: str, handed_in: Callable[..., str]) -> None:
    path = handed_in(f'node,value\nx,1\n"v1","{text}"\n')
    with pytest.raises(UsageError) as caught:
        grade(Function("sin(x)"), path, "1")
    assert f"{path}, line 3, row v1, column value: '{text}' is not a number" == caught.value.message
    assert (2, True) == (caught.value.exit_code, hint in caught.value.hint)


def test_a_huge_number_is_a_limit(handed_in: Callable[..., str]) -> None:
    with pytest.raises(LimitError, match="row v1, column value: a number of 5000 characters"):
        grade(Function("sin(x)"), handed_in(f"node,value\nv1,{'9' * 5000}\n"), "1")


@pytest.mark.parametrize(
    ("text", "x", "usual", "right"),
    [
        ("0.84", 0.8415, None, True), ("0.85", 0.8415, None, True), ("0.83", 0.8415, None, False),
        ("2.01", 2.0, None, False), ("2.00", 2.0, None, True), ("2", 2.0, None, True), ("0.00", 0.0043, None, True),
        ("3", 2.8415, None, False), ("3", 2.9985, None, True), ("20", 21.0, None, False), ("20", 20.97, None, False),
        ("21", 20.97, None, True), ("2.8", 2.8415, None, True), ("2.9", 2.8415, None, False),
        ("0", 0.0043, None, False), ("0", 0.0043, 2, True), ("0", 0.0143, 2, False), ("2.5", 2.5043, 2, True),
        ("1/3", 1 / 3, None, True), ("1/3", 0.34, None, False), ("pi", math.pi, None, True), ("pi", 3.14, None, False),
        ("1.23e6", 1234567.0, None, True), ("1.2e6", 1234567.0, None, True), ("1.1e6", 1234567.0, None, False),
        ("0.333333333333333", 1 / 3, None, True), ("-0.00", 0.004, None, True), ("1", math.inf, None, False),
        ("5", math.nan, None, False),
    ],
)  # fmt: skip
def test_a_rounding_agrees_within_a_unit_of_its_last_digit(text: str, x: float, usual: int | None, right: bool) -> None:
    assert right == written(text).agrees(M, x, 0.0, usual)
    assert right == written("-" + text.replace("-", "")).agrees(M, -x, 0.0, usual) or text.startswith("-")


def test_the_usual_decimals_are_those_of_most_cells() -> None:
    cells = [written(text) for text in ("0.84", "2.5", "3", "0.54", "0.1234", "1/3")]
    assert (2, None) == (usual_decimals(cells), usual_decimals([written("3")]))


def test_zeros_that_a_spreadsheet_drops_are_no_rough_rounding(handed_in: Callable[..., str]) -> None:
    """Of 3.00 it saves 3, of 0.00 it saves 0."""
    f = Function("a = x/7; b = a^2; c = 1000*b; d = c + 2.9")
    sheet = "node,value,tangent\nx,0.43,1\na,0.06,0.14\nb,0,0.02\nc,3.77,17.55\nd,6.67,17.55\n"
    result = grade(f, handed_in(sheet), "0.43")
    assert "AGREES" == result.verdict
    alone = grade(f, handed_in("node,value\nx,0.43\nb,0\n"), "0.43")
    assert ["b value"] == verdicts(alone, "wrong")


def test_roundings_of_earlier_cells_are_allowed_for_and_no_more(handed_in: Callable[..., str]) -> None:
    f = Function("a = sin(x); b = 200*a")  # 0.84147, 168.294: from 0.84 comes 168
    sheet = "node,value\na,{}\nb,{}\n"
    for a, b, right in [
        ("0.84", "168.00", True), ("0.84", "168.29", True), ("0.84", "170.50", False), ("0.84", "166.00", False),
        ("0.8415", "168.30", True), ("0.8415", "168.00", False), ("sin(1)", "168.00", False),
    ]:  # fmt: skip
        result = grade(f, handed_in(sheet.format(a, b)), "1")
        assert ([] if right else ["b value"]) == verdicts(result, "wrong"), (a, b)


@pytest.mark.parametrize(
    ("text", "value", "tangents"),
    [
        ("exp(x)", "2.01", ["100.69", "100.50"]),  # from exp(x), and from its cell
        ("tanh(x)", "0.60", ["31.74", "32.00"]),  # from 1/cosh(x)^2, and as 1 - tanh(x)^2 from its cell
        ("sigmoid(x)", "0.67", ["11.09", "11.06"]),  # from y*(1 - y) with y not rounded, and rounded
        ("sqrt(x)", "0.84", ["29.88", "29.76"]),
    ],
)
def test_a_derivative_may_be_had_from_the_value_or_anew(
    text: str, value: str, tangents: list[str], handed_in: Callable[..., str]
) -> None:
    sheet = "node,value,tangent (seed 50)\nx,0.7,50\nv1,{},{}\n"
    for tangent in tangents:
        assert "AGREES" == grade(Function(text), handed_in(sheet.format(value, tangent)), "0.7").verdict
    middle = sheet.format(value, f"{float(tangents[0]) + 0.75:.2f}")
    assert ["v1 tangent"] == verdicts(grade(Function(text), handed_in(middle), "0.7"), "wrong")


# -- files as spreadsheets write them


GERMAN = """Hausaufgabe 3;;;\r
;;;\r
node;rule;value;tangent (seed x1)\r
v3;y1 = v3 = v1 + v2;2,8415;2,5403\r
x1;;1;1\r
;;;\r
"x2";;2;0\r
v1;v1 = x1*x2;2;2\r
v2;v2 = sin(x1);0,8415;0,5403\r
"""
ENGLISH = GERMAN.replace(",", ".").replace(";", ",")
FILES: dict[str, tuple[str, bytes]] = {
    "semicolons and decimal commas": ("a.csv", GERMAN.encode()),
    "a byte order mark": ("a.csv", b"\xef\xbb\xbf" + GERMAN.encode()),
    "tabs, as Unicode text": ("a.txt", GERMAN.replace(";", "\t").encode("utf-16")),
    "a code page": ("a.csv", GERMAN.replace("3;;;", "für Jürgen;;;").encode("cp1252")),
    "commas": ("a.csv", ENGLISH.encode()),
    "commas and decimal commas in quotes": ("a.csv", re.sub(r"(\d,\d+)", r'"\1"', GERMAN).replace(";", ",").encode()),
    "no suffix": ("homework", ENGLISH.encode()),
    "lone carriage returns": ("a.csv", ENGLISH.replace("\r\n", "\r").encode()),
    "Markdown": (
        "a.md",
        re.sub(r"^(.*)\r$", r"| \1 |", GERMAN.replace(";", " | ").replace('"', ""), flags=re.MULTILINE).encode(),
    ),
    "Markdown without outer bars": ("a.md", GERMAN.replace(";", " | ").replace('"', "").encode()),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_sheet_may_come_from_any_spreadsheet(kind: str, handed_in: Callable[..., str]) -> None:
    name, data = FILES[kind]
    result = grade(Function(TEXT), handed_in(data, name), "1,2")
    assert ("AGREES", 8, ()) == (result.verdict, result.count("right"), result.notes)


def test_heads_are_matched_in_any_order_and_spelling(handed_in: Callable[..., str]) -> None:
    sheet = "VALUE, Tangents (Seed: y) ,remarks,Node\n6,2,easy,v1\n2,0,,x\n3,1,,y\n"
    result = grade(Function("x*y"), handed_in(sheet), "2,3")
    assert ("AGREES", "y") == (result.verdict, result.seed)
    assert ("the column 'remarks' was not graded",) == result.notes


def test_a_missing_column_is_told_and_the_rest_is_graded(handed_in: Callable[..., str]) -> None:
    result = grade(Function("x*y"), handed_in("node,value\nv1,6\n"), "2,3")
    assert ("AGREES", "the one cell is right") == (result.verdict, result.cause)
    assert "the sheet has no column 'tangent'" in result.notes
    derivatives = grade(Function("x*y"), handed_in("node,adjoint\nv1,1\nx,3\ny,3\n"), "2,3")
    assert ("reverse", ["y adjoint"]) == (derivatives.mode, verdicts(derivatives, "wrong"))
    assert "the sheet has no column 'value'" in derivatives.notes


def test_rows_that_are_missing_or_strange_are_told(handed_in: Callable[..., str]) -> None:
    f = Function("a = x*y; b = sin(a); b^2")
    result = grade(f, handed_in("node,value\nx,2\ny,3\nA,6\nv1,0.08\n"), "2,3")
    assert ("INCONCLUSIVE", ["a value", "b value"]) == (result.verdict, verdicts(result, "missing"))
    assert (
        "line 4: the trace has no node 'A', and the row was not graded; did you mean 'a'?",
        "the sheet has no row for a, b",
    ) == result.notes[-3:-1]


def test_seeds_need_no_rows_of_their_own(handed_in: Callable[..., str]) -> None:
    assert "AGREES" == grade(Function("x*y"), handed_in("node,tangent (seed x)\nv1,3\n"), "2,3").verdict
    adjoints = grade(Function("x*y"), handed_in("node,adjoint\nv1,1\nx,3\n"), "2,3")
    assert ["y adjoint"] == verdicts(adjoints, "missing")
    assert "the sheet has no row for y" in adjoints.notes


def test_a_row_may_have_the_name_of_an_output(handed_in: Callable[..., str]) -> None:
    result = grade(Function("x*y"), handed_in("node,value\ny1,7\n"), "2,3")
    assert ["v1 value"] == verdicts(result, "wrong")


def test_a_rule_that_is_not_that_of_the_trace_is_told(handed_in: Callable[..., str]) -> None:
    f = Function("x*y + sin(x)")
    sheet = "node,rule,value\nv1,v1 = x + y,6\nv2,{},0.91\nv3,v1 + v2,6.91\n"
    result = grade(f, handed_in(sheet.format("sin( x )")), "2,3")
    assert ("AGREES", "row v1: the sheet has the rule x+y, and was graded by x*y") == (result.verdict, result.notes[0])
    with pytest.raises(UsageError, match="is of another expression: row v1 has the rule x\\+y, and not x\\*y"):
        grade(f, handed_in(sheet.format("cos(x)").replace("v1 + v2", "v1*v2")), "2,3")
    mangled = grade(Function("-x"), handed_in("node,rule,value\nv1,#NAME?,-2\n"), "2")
    assert not [note for note in mangled.notes if "rule" in note]


BAD_SHEETS = [
    ("", "holds no numbers"),
    ("a,b\n1,2\n", "has no table with a header"),
    ("node,rule\nv1,x*y\n", "has no table with a header"),
    ("node,value\nq,1\n", "names a node of the trace"),
    ("node,value\nv1,1\nv1,2\n", "has two rows 'v1' with a value, in the lines 2 and 3"),
    ("node,value,value\nv1,1,2\n", "has two columns 'value'"),
    ("node,tangent,adjoint\nv1,1,2\n", "has tangents and adjoints"),
    ("node,rule,value\nv1,x*y,0,84\n", "line 2 has 4 fields, and the header has 3"),
    (f"node,value\nv1,{'1' * 200_000}\n", "cannot be read"),
    (b"node,value\nv1,\x81\x8d\n", "is not UTF-8 text"),
]


@pytest.mark.parametrize(("data", "message"), BAD_SHEETS, ids=[message for _, message in BAD_SHEETS])
def test_a_file_that_is_no_sheet_is_refused(data: str | bytes, message: str, handed_in: Callable[..., str]) -> None:
    path = handed_in(data)
    with pytest.raises(UsageError, match=message) as caught:
        grade(Function("x*y"), path, "2,3")
    assert path in caught.value.message


def test_a_workbook_is_refused_with_the_way_out(handed_in: Callable[..., str]) -> None:
    with pytest.raises(UsageError, match="is a workbook") as caught:
        grade(Function("x"), handed_in(b"PK\x03\x04", "homework.xlsx"), "1")
    assert "save it as CSV" == caught.value.hint
    with pytest.raises(UsageError, match="No such file"):
        grade(Function("x"), "/no/such/file.csv", "1")


def test_a_file_beyond_the_limit_is_refused(handed_in: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_SHEET", 2**20)
    with pytest.raises(LimitError, match="is larger than 1 MiB"):
        read_sheet(handed_in(CHAIN + "\n" * 2**20))


# -- modes and seeds


def test_the_mode_may_be_asked_for_and_must_fit(handed_in: Callable[..., str]) -> None:
    both = handed_in("node,value,tangent,adjoint\nx,2,1,3\ny,3,0,9\nv1,6,3,1\n")
    assert "AGREES" == grade(Function("x*y"), both, "2,3", mode="forward").verdict
    assert ["y adjoint"] == verdicts(grade(Function("x*y"), both, "2,3", mode="reverse"), "wrong")
    with pytest.raises(UsageError, match="has tangents, and the mode reverse is one of adjoints"):
        grade(Function(TEXT), handed_in(CHAIN), "1,2", mode="reverse")
    with pytest.raises(UsageError, match="there are forward and reverse"):
        grade(Function(TEXT), handed_in(CHAIN), "1,2", mode="backward")


def test_the_seed_of_the_sheet_counts_and_another_one_is_refused(handed_in: Callable[..., str]) -> None:
    sheet = "node,tangent (seed y)\nx,0\ny,1\nv1,2\n"
    own = grade(Function("x*y"), handed_in(sheet), "2,3")
    assert ("AGREES", "y", ("the sheet has no column 'value'",)) == (own.verdict, own.seed, own.notes)
    assert "AGREES" == grade(Function("x*y"), handed_in(sheet), "2,3", seed="0, 1").verdict
    with pytest.raises(UsageError, match="is for the seed y, and not for x"):
        grade(Function("x*y"), handed_in(sheet), "2,3", seed="x")
    plain = handed_in(sheet.replace(" (seed y)", ""))
    assert "AGREES" == grade(Function("x*y"), plain, "2,3", seed="y").verdict
    first = grade(Function("x*y"), plain, "2,3")
    told = "the sheet names no seed; it was graded for x, as 'tangent (seed x)' says"
    assert ("WRONG", told) == (first.verdict, first.notes[0])
    with pytest.raises(UsageError, match=r"homework\.csv: --seed q: there is no variable"):
        grade(Function("x*y"), handed_in(sheet.replace("seed y", "seed q")), "2,3")


@pytest.mark.parametrize("seed", ["x", "3,-2", "x=0.5"])
def test_a_sheet_carries_its_seed(seed: str, handed_in: Callable[..., str]) -> None:
    sheet = blank(Function("x*y"), "2,3", seed=seed)
    solution = trace(Function("x*y"), "2,3", seed=seed)
    lines = [[sheet.heading, "node"], *[[str(row.tangent), row.node] for row in solution.rows]]
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    assert "AGREES" == grade(Function("x*y"), handed_in(out.getvalue()), "2,3").verdict


def test_a_sheet_of_sums_as_written_is_graded_as_written(handed_in: Callable[..., str]) -> None:
    text, point = "(sin(a) + a - b)*(a - b)", {"a": 2, "b": 0.5}
    assert trace(Function(text), point).rows != trace(Function(text), point, as_written=True).rows
    for as_written in (False, True):
        solution = trace(Function(text), point, as_written=as_written)
        sheet = Student(4, "writes", {}).fill(solution)
        result = grade(Function(text), handed_in(sheet), point)
        assert ("AGREES", [row.rule for row in solution.rows]) == (result.verdict, [rule for _, rule in result.rows])


# -- what adcli prints itself


@pytest.mark.parametrize("suffix", ["csv", "md"])
@REPEATABLE
@given(
    text=st.one_of(expressions(), programs()),
    mode=st.sampled_from(MODES),
    places=st.sampled_from([2, 4, 17]),
    digits=st.sampled_from([None, 30]),
)
@pytest.mark.usefixtures("untraced")
def test_every_trace_that_adcli_prints_is_right(
    suffix: str, text: str, mode: str, places: int, digits: int | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    f = Function(text)
    point = {name: x for name, x in {"x": 0.7, "y": -1.3, "z": 2.25}.items() if name in f.variables}
    try:
        solution = trace(f, point, mode=mode, places=places, digits=digits)
    except AdcliError:
        return
    path = tmp_path_factory.mktemp("trace") / f"trace.{suffix}"
    path.write_text({"csv": csv_format, "md": markdown_format}[suffix].render(solution, Screen()), "utf-8")
    result = grade(f, str(path), point, digits=digits)
    assert [] == verdicts(result, "wrong", "follows", "missing")
    valid(result)


@REPEATABLE
@given(
    text=expressions(),
    mode=st.sampled_from(MODES),
    cells=st.lists(st.sampled_from(["0", "1", "-2.5", "3.14", "1e6", "pi"])),
)
def test_any_numbers_are_graded(
    text: str, mode: str, cells: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    f = Function(text)
    point = {name: x for name, x in {"x": 0.7, "y": -1.3, "z": 2.25}.items() if name in f.variables}
    try:
        sheet = blank(f, point, mode=mode)
    except AdcliError:
        return
    numbers = iter(cells)
    rows = [[r.node, r.value or next(numbers, ""), r.derivative or next(numbers, "")] for r in sheet.rows]
    path = tmp_path_factory.mktemp("any") / "sheet.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["node", "value", sheet.heading], *rows])
    result = grade(f, str(path), point)
    valid(result)
    for cell in result.cells:
        assert cell.verdict != "follows" or cell.origins
        assert set(cell.origins) <= set(verdicts(result, "wrong"))
    assert table.render(result, Screen(width=80, unicode=False)).isascii() or not text.isascii()


def test_an_adjoint_in_several_rows_counts_in_the_last_one(handed_in: Callable[..., str]) -> None:
    printed = csv_format.render(trace(Function(TEXT), "1,2", mode="reverse"), Screen())
    assert 2 == printed.count("\nx1,x̄1")
    result = grade(Function(TEXT), handed_in(printed), "1,2")
    assert ("AGREES", "reverse") == (result.verdict, result.mode)
    assert "of an adjoint that stands in several rows, the last one was graded" in result.notes


def test_digits_hold_in_grades(handed_in: Callable[..., str]) -> None:
    result = grade(Function("x/3"), handed_in("node,value,tangent\nx,1,1\nv1,1/3,0.33\n"), "1", digits=30)
    assert "AGREES" == result.verdict
    assert "0." + "3" * 30 == valid(result)["cells"][2]["truth"]


@pytest.mark.parametrize("mode", MODES)
def test_a_program_with_arrays_is_graded_by_entries(mode: str, handed_in: Callable[..., str]) -> None:
    f, point = Function("sum((W@x)^2)"), "W=[[1,2],[3,4]]; x=[0.5,1]"
    solution = trace(f, point, mode=mode, by_entry=True)
    printed = csv_format.render(solution, Screen())
    assert "AGREES" == grade(f, handed_in(printed), point).verdict
    assert [row.node for row in solution.rows] == [row.node for row in blank(f, point, mode=mode).rows]


def test_what_no_trace_can_hold_is_not_asked(handed_in: Callable[..., str]) -> None:
    """The derivative of a truth value, the adjoint of what depends on no input, and what overflows."""
    f = Function("where(x < 1, x, y)*sin(2) + 0*exp(z)")
    sheet = blank(f, "x=0,y=1,z=1", mode="reverse")
    assert ["v1", "v3"] == [row.node for row in sheet.rows if row.derivative]
    g = Function("exp(x) - exp(x) + x")
    overflow = blank(g, "1000")
    assert "-" == next(row.value for row in overflow.rows if "exp" in row.rule)
    assert 0 == grade(g, handed_in(csv_format.render(overflow, Screen())), "1000").count("wrong")


def test_outputs_that_are_one_node_add_up_their_seeds(handed_in: Callable[..., str]) -> None:
    sheet = 'node,"adjoint (seed 1, 2)"\nv1,{}\nx,{}\n'
    assert "AGREES" == grade(Function("x^2, x^2"), handed_in(sheet.format(3, 18)), "3").verdict
    assert ["v1 adjoint"] == verdicts(grade(Function("x^2, x^2"), handed_in(sheet.format(2, 12)), "3"), "wrong")


@pytest.mark.parametrize(
    ("text", "sheet"),
    [
        ("sqrt(x) + y", "node,tangent (seed y)\nx,0\ny,1\nv1,0\nv2,1\n"),
        ("where(x > 0, sqrt(x), y)", "node,adjoint\nv3,1\nv2,0\nx,0\ny,1\n"),
    ],
)
def test_what_no_path_reaches_is_zero_whatever_the_slope(text: str, sheet: str, handed_in: Callable[..., str]) -> None:
    result = grade(Function(text), handed_in(sheet), "0,2")
    assert ("AGREES", True) == (result.verdict, all(cell.expected == cell.truth for cell in result.cells))


def test_where_the_own_numbers_are_undefined_the_right_ones_count(handed_in: Callable[..., str]) -> None:
    rounded = grade(Function("a = x/100; b = log(a)"), handed_in("node,value\na,0.00\nb,-5.45\n"), "0.43")
    assert "AGREES" == rounded.verdict
    f = Function("a = x - 1; b = log(a); c = b + 1")
    result = grade(f, handed_in("node,value\na,-2\nb,\nc,5\n"), "4")
    assert (["a value", "c value"], ["b value"]) == (verdicts(result, "wrong"), verdicts(result, "missing"))
    assert math.log(3) + 1 == cell_of(result, "c value").expected
    assert "NaN" == valid(result)["cells"][1]["expected"]


# -- the command


def test_a_blank_sheet_is_csv_with_what_is_given_and_what_is_asked(adcli: Adcli) -> None:
    outcome = adcli("trace", TEXT, "--at", "pi/4,2", "--blank", "--seed", "x2")
    assert (0, "") == (outcome.code, outcome.err)
    assert (
        """\
node,rule,value,tangent (seed x2)
x1,,0.7853981633974483,
x2,,2,
v1,v1 = x1*x2,,
v2,v2 = sin(x1),,
v3,y1 = v3 = v1 + v2,,
"""
        == outcome.out
    )
    reverse = adcli("trace", TEXT, "--at", "1,2", "--blank", "--mode", "reverse", "--format", "markdown")
    assert "| node | rule | value | adjoint (seed y1) |\n" in reverse.out
    assert "| v3 | `y1 = v3 = v1 + v2` |  |  |\n" in reverse.out


@pytest.mark.parametrize("rule", ["-x", "2/3*x", "-x^2 + x/2"])
def test_no_cell_of_a_blank_sheet_is_taken_for_a_formula_or_a_date(rule: str, adcli: Adcli) -> None:
    rows = list(csv.reader(io.StringIO(adcli("trace", rule, "--at", "2", "--blank").out)))
    assert [] == [cell for row in rows for cell in row if re.match(r"[-+=@]|\d+/\d", cell)]


def test_a_blank_sheet_can_be_drawn_and_has_no_json(adcli: Adcli) -> None:
    for name in ("table", "latex"):
        assert "tangent (seed x)" in adcli("trace", "x*y", "--at", "1,2", "--blank", "--format", name).out
    assert "╭" in adcli("trace", "x", "--at", "1", "--blank", "--format", "table").out
    refused = adcli("trace", "x", "--at", "1", "--blank", "--json")
    assert (2, "no-json", "--format csv or markdown") == (refused.code, refused.json["code"], refused.json["hint"])
    assert 2 == adcli("trace", "x", "--at", "1", "--blank", "--mode", "sideways").code


def test_a_blank_sheet_of_arrays_says_that_it_goes_by_entries(adcli: Adcli) -> None:
    outcome = adcli("trace", "W@x", "--at", "W=[[1,2],[3,4]]; x=[5,6]", "--blank", "--seed", "W[1,0]")
    assert '"W[1,0]",,3,\n' in outcome.out
    assert "note: the sheet of a program with arrays has a row for each scalar node\n" == outcome.err


def test_a_blank_sheet_as_written_has_the_rows_of_the_text(adcli: Adcli) -> None:
    args = ["trace", "(sin(a) + a - b)*(a - b)", "--at", "2,1", "--seed", "a", "--blank"]
    shared, written = adcli(*args), adcli(*args, "--as-written")
    assert (True, False) == ("v1 + v2" in shared.out, "v1 + v2" in written.out)
    assert "sums are regrouped" in shared.err


def test_text_of_a_sheet_never_reaches_the_terminal_as_control_characters(handed_in: Callable[..., str]) -> None:
    result = grade(Function("x*y"), handed_in("node,value,\x1b[31m\nx,2,\n\x1b]0;,1,\nv1,6,\n"), "2,3")
    assert "\x1b" not in drawn(result)
    assert any("\x1b" in note for note in result.notes)  # which are made printable where they are printed
