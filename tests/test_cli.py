"""The command line: what it accepts, what it prints where, and the exit code of everything that goes wrong."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import resource
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from adcli import __version__, formats
from adcli.cli import Commands
from adcli.formats import Screen, table
from adcli.formats import csv as csv_format
from adcli.products import Function

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conftest import Outcome

    Adcli = Callable[..., Outcome]

HEADLINE = "x1*x2+sin(x1), exp(x1-x2)"
COMMANDS = Commands().list_commands(None)  # type: ignore[arg-type]
JACOBIAN = [[2.5403023058681398, 1.0], [0.36787944117144233, -0.36787944117144233]]
ROOT = Path(__file__).parent.parent


def start(*args: str, **options: Any) -> subprocess.Popen[bytes]:
    """Adcli as a process of its own."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": ROOT}
    return subprocess.Popen([sys.executable, "-m", "adcli", *args], **{**pipes, **options})


def finish(process: subprocess.Popen[bytes], timeout: float = 60) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=timeout)
    return process.returncode, (out or b"").decode(), err.decode()


def environment(**changes: str) -> Mapping[str, str]:
    return {**os.environ, **changes}


def caret(err: str) -> str:
    """What the carets of a message stand under."""
    lines = err.splitlines()
    k = next(k for k, line in enumerate(lines) if line.strip() and not line.strip().strip("^"))
    under = lines[k]
    return lines[k - 1][under.index("^") : under.rindex("^") + 1]


# -- the commands


def test_the_commands_are_those_of_the_design() -> None:
    expected = [
        "batch", "check", "codegen", "diff", "eval", "functions", "grad", "hess", "hvp", "jac", "jvp", "schema",
        "taylor", "trace", "vjp",
    ]  # fmt: skip
    assert expected == COMMANDS


@pytest.mark.parametrize(
    ("args", "shown"),
    [
        (("jac", HEADLINE, "--at", "1,2"), ["2.5403023058681398", "-0.36787944117144233", "∂/∂x1", "y2"]),
        (("grad", "x^2*y", "--at", "3,2"), ["∂y1/∂x", "12.0", "9.0"]),
        (("jvp", HEADLINE, "--at", "1,2", "--direction", "3,-2"), ["5.620906917604419", "1.8393972058572117"]),
        (("vjp", HEADLINE, "--at", "1,2", "--cotangent", "2,5"), ["6.920001817593491", "0.16060279414278833"]),
        (("hess", "x^2*y", "--at", "3,2"), ["4.0", "6.0", "∂²y1"]),
        (("hvp", "x^2*y", "--at", "3,2", "--direction", "1,1"), ["10.0", "6.0"]),
        (("diff", "x^2*sin(y)"), ["∂y1/∂x", "2*x*sin(y)", "x^2*cos(y)"]),
        (("eval", "x^2, 3x", "--at", "2"), ["4.0", "6.0"]),
        (("trace", "x*y", "--at", "2,3"), ["2.0000*3.0000", "6.0000"]),
        (("check", HEADLINE, "--at", "1,2"), ["AGREES", "symbolic"]),
        (("functions", "sin"), ["cos(x)"]),
        (("functions", "max"), ["max(x, y, ...)", "max, of arrays", "the largest entry"]),
        (("functions",), ["atan2(y, x)", "softplus(x)", "Functions of arrays", "softmax(x)"]),
        (("schema", "jacobian"), ["adcli/jacobian/1"]),
        (("schema",), ["jacobian\n", "error\n"]),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_every_command_does_its_work(adcli: Adcli, args: tuple[str, ...], shown: list[str]) -> None:
    outcome = adcli(*args)
    assert (0, "") == (outcome.code, outcome.err.replace(NOTE_ON_SEED, ""))
    for text in shown:
        assert text in outcome.out


NOTE_ON_SEED = "note: seeded with x; --seed chooses another of x, y\n"


def examples(adcli: Adcli, command: str) -> list[str]:
    text = adcli(command, "--help").out
    return [line.strip() for line in text.splitlines() if line.strip().startswith("adcli ")]


NAMES_A_FILE = ("--against", "--command", "--python", "--trace", "--replay", "--points", "--output")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_shows_examples_that_run(adcli: Adcli, command: str) -> None:
    found = examples(adcli, command)
    assert found
    for line in found:
        name, *args = shlex.split(line)[1:]
        assert command == name
        if not any(re.match(r"(\w+=)?@", arg) or arg in NAMES_A_FILE for arg in args):
            assert 0 == adcli(name, *args).code


def test_help_lists_every_command(adcli: Adcli) -> None:
    outcome = adcli("--help")
    assert (0, "") == (outcome.code, outcome.err)
    assert [] == [name for name in COMMANDS if f"  {name}  " not in outcome.out]
    assert outcome == adcli("-h")


def test_version(adcli: Adcli) -> None:
    assert (0, f"adcli {__version__}\n", "") == adcli("--version")


# -- the expression


def test_an_expression_may_begin_with_a_minus_sign(adcli: Adcli) -> None:
    assert [[-6.0]] == adcli("jac", "-x^2", "--at", "3", "--json").json["jacobian"]
    assert [[-6.0]] == adcli("jac", "--at", "3", "--json", "--", "-x^2").json["jacobian"]
    assert -4.0 == adcli("eval", "-2^2", "--json").json["value"][0]


def test_values_may_begin_with_a_minus_sign(adcli: Adcli) -> None:
    assert [[-6.0]] == adcli("jac", "x^2", "--at", "-3", "--json").json["jacobian"]
    assert [-6.0] == adcli("jvp", "x^2", "--at=3", "--direction", "-1", "--json").json["jvp"]


def test_an_expression_is_read_from_a_file(adcli: Adcli, tmp_path: Path) -> None:
    path = tmp_path / "f.ad"
    path.write_text("# a comment\r\na = x^2\r\nsin(a)\r\n", encoding="utf-8-sig")
    assert "a = x^2; sin(a)" == adcli("jac", f"@{path}", "--at", "1", "--json").json["expression"]


def test_an_expression_is_read_from_stdin() -> None:
    process = start("jac", "-", "--at", "3", "--json", stdin=subprocess.PIPE)
    out, err = process.communicate(b"x^2\n", timeout=60)
    assert (0, b"") == (process.returncode, err)
    assert [[6.0]] == json.loads(out)["jacobian"]


@pytest.mark.parametrize(
    "point",
    ["1,2", " 1 , 2 ", "x1=1,x2=2", "x2=2;x1=1", "1.0, 4/2", "cos(0), sqrt(4)", "x1=1\nx2=2", "1e0,2_0/1_0"],
)
def test_a_point_is_given_in_every_form(adcli: Adcli, point: str) -> None:
    assert JACOBIAN == adcli("jac", HEADLINE, "--at", point, "--json").json["jacobian"]


@pytest.mark.parametrize("content", ['{"x2": 2, "x1": 1}', "[1, 2]", '{"x1": "1", "x2": "4/2"}', "[1.0, 2e0]"])
def test_a_point_is_read_from_a_json_file(adcli: Adcli, tmp_path: Path, content: str) -> None:
    path = tmp_path / "point.json"
    path.write_text(content)
    assert JACOBIAN == adcli("jac", HEADLINE, "--at", f"@{path}", "--json").json["jacobian"]


def test_a_decimal_in_a_json_file_is_exact_at_any_precision(adcli: Adcli, tmp_path: Path) -> None:
    path = tmp_path / "point.json"
    path.write_text('{"x": 0.1}')
    assert ["0.1"] == adcli("eval", "x", "--at", f"@{path}", "--digits", "40", "--json").json["value"]


def test_let_binds_a_parameter_that_is_not_differentiated(adcli: Adcli) -> None:
    result = adcli("jac", "k*x^n", "--at", "2", "--let", "k=1/2", "--let", "n=3", "--json").json
    assert (["x"], [[6.0]]) == (result["columns"], result["jacobian"])


def test_vars_fixes_the_columns_and_their_order(adcli: Adcli) -> None:
    result = adcli("jac", "x*y", "--vars", "y,x,z", "--at", "1,2,3", "--json").json
    assert (["y", "x", "z"], [[2.0, 1.0, 0.0]]) == (result["columns"], result["jacobian"])


def test_wrt_chooses_columns_and_allows_intermediates(adcli: Adcli) -> None:
    program = "a = x^2; b = 5*a; c = a*b"
    result = adcli("jac", program, "--at", "2", "--wrt", "a,x", "--json").json
    assert (["a", "x"], [[40.0, 160.0]]) == (result["columns"], result["jacobian"])


def test_a_constant_that_the_point_names_is_a_variable_with_a_note(adcli: Adcli) -> None:
    outcome = adcli("jac", "e*x", "--at", "e=2,x=1", "--json")
    assert (["e", "x"], [[1.0, 2.0]]) == (outcome.json["columns"], outcome.json["jacobian"])
    assert "note: 'e' is a variable here, because the point gives it a value\n" == outcome.err
    assert "" == adcli("jac", "e*x", "--at", "e=2,x=1", "--quiet").err


def test_variables_come_in_natural_order_whatever_the_text_uses_first(adcli: Adcli) -> None:
    result = adcli("jac", "x10 + 2*x2 + 3*x1", "--at", "0,0,0", "--json").json
    assert (["x1", "x2", "x10"], [[3.0, 2.0, 1.0]]) == (result["columns"], result["jacobian"])


# -- bad input: each row is a command line, its exit code, and what the message says

BAD_USAGE = [
    ("jacc x --at 1", "there is no command 'jacc'", "did you mean 'jac'?"),
    ("frobnicate x", "there is no command 'frobnicate'", "commands: batch, check, codegen, diff, eval"),
    ("", "there is no command here", "commands: batch, check, codegen, diff, eval"),
    ("jac x --at 1 --backnd fd", "there is no option '--backnd'", "did you mean '--backend'?"),
    ("jac x --at 1 --zzz", "there is no option '--zzz'", "'adcli jac --help' shows the options"),
    ("--zzz", "there is no option '--zzz'", "'adcli --help' shows the options"),
    ("jac", "missing argument 'EXPR'", "'adcli jac --help' shows the options"),
    ("jac x y", "unexpected extra argument", ""),
    ("jac x --at", "--at needs a value", "--at POINT"),
    ("jac x --at 1 --backend revers", "unknown backend 'revers'", "did you mean 'reverse'?"),
    ("jac x --at 1 --backend zzz", "unknown backend 'zzz'", "there are auto, bidirectional, coloured-forward"),
    ("jac x --at 1 --format tabel", "unknown format 'tabel'", "did you mean 'table'?"),
    ("jac x --at 1 --backend fd --scheme centrl", "unknown scheme 'centrl'", "did you mean 'central'?"),
    ("jac x --at 1 --backend fd --scheme zzz", "unknown scheme 'zzz'", "there are central, forward, backward"),
    ("jac x --at 1 --scheme central", "--scheme is for finite differences only", "add --backend fd"),
    ("jac x --at 1 --step 1e-3", "--step is for finite differences only", "add --backend fd"),
    ("jac x --at 1 --backend fd --step 0", "a step is a positive number", ""),
    ("jac x --at 1 --backend fd --step -1", "a step is a positive number", ""),
    ("jac x --at 1 --digits many", "'many' is not a valid integer", ""),
    ("jac x --at 1 --digits 0", "between 1 and 10000 digits are possible", ""),
    ("jac x+y --at 1", "the point has 1 value, and the expression has 2 variables: x, y", ""),
    ("jac x+y --at 1,2,3", "the point has 3 values, and the expression has 2 variables: x, y", ""),
    ("jac x+y --at x=1", "the point gives no value for y", "--at x=…,y=…"),
    ("jac x+y", "the point gives no value for x, y", "--at x=…,y=…"),
    ("jac x+y --at x=1,y=2,z=3", "the expression has no variable 'z'", "variables: x, y"),
    ("jac alpha+y --at alhpa=1,y=2", "the expression has no variable 'alhpa'", "did you mean 'alpha'?"),
    ("jac a=x^2;a --at x=1,a=2", "the expression has no variable 'a'", "the program computes it itself"),
    ("jac x+y --at x=1,2", "all values by name, or all by place", ""),
    ("jac x --at x=1,x=2", "--at gives 'x' twice", ""),
    ("jac x --at y", "'y' has no value", ""),
    ("jac x --at 1/0", "1/0 is undefined", ""),
    ("jac x --at 1+", "the text ends where", ""),
    ("jac x --at=", "--at is empty", ""),
    ("jac x --at 1 --wrt z", "--wrt: the expression has no 'z'", "known: x"),
    ("jac x --at 1 --wrt x,x", "--wrt lists 'x' twice", ""),
    ("jac x --at 1 --wrt ,", "--wrt lists no names", ""),
    ("jac k*x --at 1 --let k=2 --wrt k", "'k' is a parameter that --let fixes", ""),
    ("jac k*x --at 1 --let k", "expected NAME=VALUE", ""),
    ("jac k*x --at 1 --let k=", "expected NAME=VALUE", ""),
    ("jac x*y --vars x --at 1", "the expression uses 'y', which --vars does not list", ""),
    ("grad x,y --at 1,2", "grad needs one output, and there are 2: y1, y2", "jac gives the Jacobian of them all"),
    ("hess x,y --at 1,2", "hess needs one output", ""),
    ("hvp x,y --at 1,2 --direction 1,1", "hvp needs one output", ""),
    ("jvp x+y --at 1,2", "--direction is needed: one number for each column (x, y)", ""),
    ("jvp x+y --at 1,2 --direction 1", "--direction has 1 number, and there are 2 columns: x, y", ""),
    ("jvp x+y --at 1,2 --direction z=1", "there is no column 'z'", ""),
    ("vjp x,y --at 1,2", "--cotangent is needed: one number for each output (y1, y2)", ""),
    ("vjp x,y --at 1,2 --cotangent 1,2,3", "--cotangent has 3 numbers, and there are 2 outputs: y1, y2", ""),
    ("trace x --at 1 --mode backwards", "there are forward and reverse", ""),
    ("trace x*y --at 1,2 --seed z", "there is no variable of that name", "there are x, y"),
    ("trace x*y --at 1,2 --mode reverse --seed z", "there is no output of that name", "there are y1"),
    ("trace x*y --at 1,2 --seed 1,2,3", "--seed has 3 numbers", ""),
    ("trace x --at 1 --places 99", "99 is not in the range", ""),
    ("trace 3", "no variables to seed", ""),
    ("check 3", "the expression has no variables", ""),
    ("diff x --order 0", "--order 0: between 1 and 50", ""),
    ("functions sine", "there is no function 'sine'", "did you mean 'sin'?"),
    ("functions softmx", "there is no function 'softmx'", "did you mean 'softmax'?"),
    ("jac x+y --at x=[1,2];y=[[1],[2,3]]", "an array needs entries of one shape", ""),
    ("jac sum(x) --at x=[1,a]", "'a' has no value", ""),
    ("jac sum(x)*y --at x=[1,2]", "the point gives no value for y", "--at x=…,y=…"),
    ("jac sum(x)*y --at [1,2]", "the point has 1 value, and the expression has 2 variables: x, y", ""),
    ("jac sum(x) --shape x=3 --at x=[1,2]", "the point gives (2,) for 'x', which is (3,)", ""),
    ("jac sum(x) --shape x=3 --at 1,2", "the point has 2 values, and the expression has 1 variable: x", ""),
    ("jac sum(x) --shape x=0", "an array has at least one entry along each axis", ""),
    ("jac sum(x) --shape x=axb", "expected NAME=LENGTHS", "--shape W=2x3"),
    ("jac sum(x) --shape x", "expected NAME=LENGTHS", "--shape W=2x3"),
    ("jac sum(x) --at x=[1,2] --wrt x[2]", "--wrt: the expression has no 'x[2]'", "known: x"),
    ("jac sum(x) --at x=[1,2] --wrt x[0],x", "--wrt lists 'x[0]' twice", ""),
    (
        "jvp sum(x) --at x=[1,2] --direction 1",
        "--direction has 1 number, and there are 2 columns: x[0], x[1]",
        "given: a number; expected x: (2,)",
    ),
    ("jvp sum(x) --at x=[1,2] --direction x=[1,2,3]", "--direction gives (3,) for 'x', which is (2,)", ""),
    ("vjp x --at x=[1,2] --cotangent 1,2,3", "--cotangent has 3 numbers, and there are 2 outputs", ""),
    ("grad x^2 --at x=[1,2]", "grad needs one output, and there are 2: y1[0], y1[1]", ""),
    ("trace sum(x) --at x=[1,2] --seed z", "there is no variable of that name", "there are x"),
    ("trace sum(x) --at x=[1,2] --seed x[2]", "there is no variable of that name", "there are x"),
    ("jac X --let X=@/no/such.csv", "cannot read /no/such.csv: No such file or directory", ""),
    ("jac X --let X=@data.xlsx", "data.xlsx is not a kind of file that adcli reads numbers from", ".csv, .tsv, .txt"),
    ("jac X --let X=[1,y]", "'y' has no value here", ""),
    ("jac x --at 1 --max-nodes 0", "0 is not in the range", ""),
    ("schema jacobia", "there is no schema 'jacobia'", "did you mean 'jacobian'?"),
    ("jac @/no/such/file", "cannot read /no/such/file: No such file or directory", ""),
    ("jac @/", "cannot read /: Is a directory", ""),
    ("jac x --at @/no/such/file", "cannot read /no/such/file: No such file or directory", ""),
]


@pytest.mark.parametrize(("line", "message", "hint"), BAD_USAGE, ids=[row[0] for row in BAD_USAGE])
def test_usage_that_does_not_fit_exits_with_2_and_says_how_to_mend_it(
    adcli: Adcli, line: str, message: str, hint: str
) -> None:
    outcome = adcli(*line.split())
    assert (2, "") == (outcome.code, outcome.out)
    assert outcome.err.startswith("error: ")
    assert message in outcome.err.splitlines()[0]
    assert hint in outcome.err


BAD_TEXT = [
    ("", "there is no expression here", None),
    ("   ", "there is no expression here", None),
    ("x+", "the text ends where a number, a name or '(' is expected", None),
    ("sin(x", "", None),
    ("sine(x)", "unknown function 'sine'", "sine"),
    ("1/2x", "'1/2x' can be read in two ways", "2x"),
    ("x y", "", None),
    ("(x)(y)", "", None),
    ("x $ y", "unexpected character '$'", "$"),
    ("f(a) = f(a)+1; f(x)", "", None),
]


@pytest.mark.parametrize(("text", "message", "marked"), BAD_TEXT, ids=[row[0] for row in BAD_TEXT])
def test_text_that_cannot_be_read_exits_with_3_and_a_caret(
    adcli: Adcli, text: str, message: str, marked: str | None
) -> None:
    outcome = adcli("jac", text, "--at", "x=1")
    assert (3, "") == (outcome.code, outcome.out)
    assert outcome.err.startswith(f"error: {message}")
    if text.strip():
        assert (marked or caret(outcome.err)) == caret(outcome.err)


def test_a_misspelt_function_gets_a_suggestion(adcli: Adcli) -> None:
    assert "did you mean 'sin'?" in adcli("jac", "sine(x)", "--at", "1").err


def test_an_ambiguous_coefficient_shows_both_readings(adcli: Adcli) -> None:
    err = adcli("jac", "1/2x", "--at", "1").err
    assert ("  write 1/(2*x)", "  or    (1/2)*x") == tuple(err.splitlines()[-2:])


@pytest.mark.parametrize(
    ("expression", "at", "marked", "shown"),
    [
        ("log(-1)", None, "log(-1)", "log(-1) is undefined here: log needs x > 0"),
        ("1/0", None, "1/0", "1/0 is undefined here: division needs divisor != 0"),
        ("3 + log(x - 2)*y", "1,1", "log(x - 2)", "where x - 2 = -1.0"),
        ("sqrt(x) + y", "-4,1", "sqrt(x)", "where x = -4.0"),
        ("y/(x - 1)", "1,1", "y/(x - 1)", "x - 1 = 0.0"),
        ("x^0.5", "-1", "x^0.5", "a negative number has no real fractional power"),
        ("asin(2x)", "1", "asin(2x)", "where 2*x = 2.0"),
    ],
)
def test_a_point_outside_the_domain_exits_with_5_and_underlines_the_subexpression(
    adcli: Adcli, expression: str, at: str | None, marked: str, shown: str
) -> None:
    outcome = adcli("jac", expression, *(["--at", at] if at else []))
    assert (5, "", marked) == (outcome.code, outcome.out, caret(outcome.err))
    assert shown in outcome.err


def test_the_branch_that_is_not_taken_may_be_undefined(adcli: Adcli) -> None:
    outcome = adcli("jac", "where(x > 0, log(x), x^2)", "--at", "-3", "--json")
    assert (0, [[-6.0]]) == (outcome.code, outcome.json["jacobian"])


def test_a_derivative_that_grows_without_end_exits_with_4(adcli: Adcli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adcli.symbolics._MAX_WORK", 500)
    outcome = adcli("diff", "x/(1+x) + sin(x^2)/(x+2)*exp(x*2)", "--order", "40")
    assert (4, "") == (outcome.code, outcome.out)
    assert "too many to be differentiated again" in outcome.err
    possible = re.search(r"--order [0-9]+", outcome.err)
    assert possible is not None
    assert 0 == adcli("diff", "x/(1+x) + sin(x^2)/(x+2)*exp(x*2)", *possible[0].split()).code


def test_a_tower_of_powers_overflows_with_a_warning(adcli: Adcli) -> None:
    outcome = adcli("eval", "9^9^9^9", "--json")
    assert (0, ["Infinity"]) == (outcome.code, outcome.json["value"])
    assert ["overflow"] == [warning["code"] for warning in outcome.json["warnings"]]
    assert 0 == adcli("eval", "9^9^9^9", "--digits", "30").code


def test_overflow_is_a_warning_that_names_the_node(adcli: Adcli) -> None:
    outcome = adcli("jac", "y + exp(x)", "--at", "x=1000,y=1")
    assert (0, "exp(x)") == (outcome.code, caret(outcome.err))
    assert "warning: exp(x) overflows: its value is inf" in outcome.err


@pytest.mark.parametrize("literal", ["1e400", "1e999999999", "1e-999999999", "123456789" * 50, "0." + "1" * 3000])
def test_huge_literals_are_read_or_refused_with_a_message(adcli: Adcli, literal: str) -> None:
    outcome = adcli("jac", f"x*{literal}", "--at", "1")
    assert outcome.code in (0, 3, 4)
    assert (0 == outcome.code) == ("Jacobian" in outcome.out)


def test_a_kink_is_a_warning_with_both_one_sided_derivatives(adcli: Adcli) -> None:
    outcome = adcli("jac", "abs(x) + y", "--at", "0,1")
    assert (0, "abs(x)") == (outcome.code, caret(outcome.err))
    assert "warning: abs(x) has a kink at this point (x = 0)" in outcome.err
    assert "∂y1/∂x is -1.0 from the left and 1.0 from the right" in outcome.err
    result = adcli("jac", "abs(x) + y", "--at", "0,1", "--json").json
    assert (False, [{"row": "y1", "column": "x", "left": -1.0, "right": 1.0}]) == (
        result["differentiable"],
        result["one_sided"],
    )
    assert adcli("jac", "abs(x) + y", "--at", "1,1", "--json").json["differentiable"]


def test_a_jump_of_where_is_a_warning_too(adcli: Adcli) -> None:
    result = adcli("jac", "where(x < 0, -1, x^2)", "--at", "0", "--json").json
    sides = [{"row": "y1", "column": "x", "left": "Infinity", "right": 0.0}]
    assert (False, sides) == (result["differentiable"], result["one_sided"])


def test_a_where_whose_branches_meet_smoothly_is_differentiable(adcli: Adcli) -> None:
    result = adcli("jac", "where(abs(x) <= d, x^2/2, d*(abs(x) - d/2))", "--at", "x=0.3,d=0.3", "--json").json
    assert (True, []) == (result["differentiable"], result["warnings"])


def test_a_kink_below_a_second_derivative_is_told(adcli: Adcli) -> None:
    assert "the second derivative may not exist" in adcli("hess", "x*abs(x)", "--at", "0").err
    assert "" == adcli("hess", "x*abs(x)", "--at", "1").err


# -- files and bytes


def test_a_file_that_is_not_utf8_is_named(adcli: Adcli, tmp_path: Path) -> None:
    path = tmp_path / "latin.ad"
    path.write_bytes(b"x + \xe9")
    assert (2, "", f"error: {path} is not UTF-8 text: byte 4 cannot be read\n") == adcli("jac", f"@{path}")


def test_a_nul_byte_in_a_file_is_shown_and_refused(adcli: Adcli, tmp_path: Path) -> None:
    path = tmp_path / "nul.ad"
    path.write_bytes(b"x + \x00")
    outcome = adcli("jac", f"@{path}", "--at", "1")
    assert (3, "\\x00") == (outcome.code, caret(outcome.err))


@pytest.mark.parametrize(
    "content",
    ["{", "3", '{"x": true}', '{"x": null}', '{"x": [1, [2]]}', '{"x": []}', '{"x": [[1], [2, 3]]}', '{"x": [true]}',
     "[" * 100_000, '{"x": NaN}', '{"x": [NaN]}', '{"x": 1, "x": 2}'],
)  # fmt: skip
def test_a_json_file_that_is_no_point_is_refused(adcli: Adcli, tmp_path: Path, content: str) -> None:
    path = tmp_path / "point.json"
    path.write_text(content)
    outcome = adcli("jac", "x", "--at", f"@{path}")
    assert (2, "") == (outcome.code, outcome.out)


EVIL = "\x1b[31m\u202e\x07\x9b"


@pytest.mark.parametrize(
    "args",
    [
        ["jac", f"x{EVIL}+1", "--at", "1"],
        ["jac", f"x # {EVIL}\n+", "--at", "1"],
        ["jac", f"x # {EVIL}", "--at", "1"],
        ["jac", f"x; # {EVIL}\nlog(-x)", "--at", "1"],
        ["jac", "x", "--at", EVIL],
        ["jac", "x", "--at", "1", "--backend", EVIL],
        ["jac", "x", "--at", "1", "--format", EVIL],
        ["jac", "x", "--at", "1", "--wrt", EVIL],
        ["jac", "x", "--at", "1", "--let", EVIL],
        ["jac", "x", "--at", "1", "--let", f"k={EVIL}"],
        ["jac", "x", "--at", "1", "--vars", EVIL],
        ["jac", "x", f"--{EVIL}"],
        ["jac", f"@{EVIL}"],
        ["jac", "x", EVIL],
        ["trace", "x", "--at", "1", "--seed", EVIL],
        ["trace", "x", "--at", "1", "--mode", EVIL],
        ["functions", EVIL],
        ["schema", EVIL],
        [EVIL],
    ],
)
def test_control_characters_never_reach_the_terminal(adcli: Adcli, args: list[str]) -> None:
    for line in (args, [*args, "--json"]):
        outcome = adcli(*line)
        assert [] == [char for char in "\x1b\u202e\x07\x9b" if char in outcome.out + outcome.err]


@pytest.mark.parametrize("text", ["[red]x", "x[/]", "x*[bold]y"])
def test_markup_in_the_text_is_not_read_as_markup(adcli: Adcli, text: str) -> None:
    outcome = adcli("jac", text, "--at", "1")
    assert 3 == outcome.code
    assert text in outcome.err


# -- errors as JSON

JSON_ERRORS = [
    (["jac", "log(x)", "--at", "-1"], 5, "undefined"),
    (["jac", "x+", "--at", "1"], 3, None),
    (["jac", "x", "--at", "1,2"], 2, "wrong-point-size"),
    (["jac", "x", "--at", "1", "--backend", "zzz"], 2, "unknown-backend"),
    (["jac", "x", "--zzz"], 2, "unknown-option"),
    (["zzz"], 2, "unknown-command"),
    (["jac", "x", "--digits", "x"], 2, "usage"),
]


@pytest.mark.parametrize("flag", [["--json"], ["--format", "json"], ["--format=json"]], ids=" ".join)
@pytest.mark.parametrize(("args", "exit_code", "code"), JSON_ERRORS, ids=[row[0][-1] for row in JSON_ERRORS])
def test_errors_under_json_are_objects_on_stdout(
    adcli: Adcli, args: list[str], exit_code: int, code: str | None, flag: list[str]
) -> None:
    outcome = adcli(*args, *flag)
    error = outcome.json
    assert (exit_code, "") == (outcome.code, outcome.err)
    assert ("adcli/error/1", exit_code) == (error["schema"], error["exit_code"])
    assert code in (None, error["code"])


def test_an_error_under_json_tells_the_place(adcli: Adcli) -> None:
    error = adcli("jac", "a = x\ny*log(-a)", "--at", "1,1", "--json").json
    assert {"start": 8, "end": 15, "line": 2, "column": 3} == error["span"]
    assert "where -x = -1.0" == error["hint"]


def test_two_formats_at_once_are_refused(adcli: Adcli) -> None:
    outcome = adcli("jac", "x", "--at", "1", "--json", "--format", "csv")
    assert (2, "two-formats") == (outcome.code, outcome.json["code"])
    assert 0 == adcli("jac", "x", "--at", "1", "--json", "--format", "json").code


# -- what goes where


def test_results_go_to_stdout_and_remarks_to_stderr(adcli: Adcli) -> None:
    outcome = adcli("jac", "abs(x)", "--at", "0")
    assert "warning" not in outcome.out
    assert "warning" in outcome.err
    assert "" == adcli("jac", "abs(x)", "--at", "0", "--quiet").err
    assert "" == adcli("jac", "abs(x)", "--at", "0", "-q").err
    assert outcome.out == adcli("jac", "abs(x)", "--at", "0", "-q").out


def test_the_report_names_point_backend_and_passes(adcli: Adcli) -> None:
    out = adcli("jac", HEADLINE, "--at", "1,2", "--backend", "forward").out
    assert out.startswith("x1*x2 + sin(x1), exp(x1 - x2)\nat x1 = 1.0, x2 = 2.0\n")
    assert "\nforward: 2 passes, 7 nodes, " in out


def test_auto_says_which_and_why(adcli: Adcli) -> None:
    assert "auto chose forward: forward takes 1 pass, reverse takes 2 passes" in adcli("jac", "x, x^2", "--at", "1").out
    assert "auto chose reverse: reverse takes 1 pass, forward takes 2 passes" in adcli("jac", "x*y", "--at", "1,2").out


def test_finite_differences_report_an_error_for_every_entry(adcli: Adcli) -> None:
    along = ["--direction", "1,1"]
    for args in (["jac"], ["grad"], ["jvp", *along], ["vjp", "--cotangent", "1"], ["hess"], ["hvp", *along]):
        outcome = adcli(*args[:1], "x^2*sin(y)", *args[1:], "--at", "1,2", "--backend", "fd")
        assert "± " in outcome.out


def test_no_colour_codes_reach_a_pipe() -> None:
    for changes in ({}, {"FORCE_COLOR": "1", "COLORTERM": "truecolor", "TERM": "xterm-256color"}):
        code, out, err = finish(start("jac", "abs(x)", "--at", "0", env=environment(**changes)))
        assert (0, False) == (code, "\x1b" in out + err)


def terminal(args: list[str], **changes: str) -> str:
    """What adcli writes to a terminal."""
    import pty

    ours, theirs = pty.openpty()
    process = start(*args, stdout=theirs, env=environment(**{"TERM": "xterm", "COLUMNS": "80", **changes}))
    os.close(theirs)
    chunks = []
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(ours)
    assert 0 == finish(process)[0]
    return b"".join(chunks).decode()


def test_a_terminal_gets_colour_unless_no_color_is_set() -> None:
    args = ["jac", "x^2", "--at", "3"]
    assert "\x1b[" in terminal(args, NO_COLOR="")
    assert "\x1b[" not in terminal(args, NO_COLOR="1")
    assert "\x1b[" not in terminal(args, NO_COLOR="", TERM="dumb")


def test_an_ascii_terminal_gets_ascii() -> None:
    jacobian = ["jac", "abs(x)*α", "--at", "0,1", "--backend", "fd"]
    trace = ["trace", "x*y", "--at", "1,2", "--mode", "reverse"]
    for args in (jacobian, trace):
        code, out, err = finish(start(*args, env=environment(PYTHONIOENCODING="ascii", PYTHONUTF8="0")))
        assert (0, True) == (code, (out + err).isascii())
        assert "+---" in out
    code, _, err = finish(start("jac", "α/0", "--at", "1", env=environment(PYTHONIOENCODING="ascii", PYTHONUTF8="0")))
    assert (5, True) == (code, err.isascii())


@pytest.mark.parametrize("width", [20, 40, 60, 80])
@pytest.mark.parametrize("digits", [None, 50])
def test_a_narrow_terminal_loses_no_digit(width: int, digits: int | None) -> None:
    result = Function(HEADLINE).jacobian(x1=1, x2=2, digits=digits)
    text = table.render(result, Screen(width=width))
    for number in [*result.value, *[x for row in result.jacobian for x in row]]:
        assert result.text(number) in text
    if width >= 40 and digits is None:
        assert max(map(len, text.splitlines()[3:-2])) <= width


def test_a_formula_is_folded_between_words_on_a_narrow_terminal() -> None:
    from adcli.symbolics import diff

    result = diff(Function("x1*sin(x2) + x1^2*cos(x2) + exp(x1*x2)"))
    lines = table.render(result, Screen(width=40)).splitlines()
    assert max(map(len, lines)) <= 40
    inside = " ".join(line.split("│")[2].strip() for line in lines if line.count("│") == 3)
    for row in result.entries:
        for text in row:
            assert text in inside


def test_a_large_result_is_printed_plainly_and_whole(adcli: Adcli) -> None:
    text = " + ".join(f"{k}*x{k}" for k in range(1, 3001))
    outcome = adcli("grad", text, "--at", ",".join(["1"] * 3000))
    assert 0 == outcome.code
    rows = re.findall(r"^∂y1/∂x([0-9]+) +([0-9.]+)$", outcome.out, re.MULTILINE)
    assert [(str(k), f"{k}.0") for k in range(1, 3001)] == rows


# -- arrays

LAYER = "h = W@x; loss = sum(h^2)"
AT = ["--at", "W=[[1,2],[3,4]]; x=[5,6]"]
GRADIENT = [170.0, 204.0, 390.0, 468.0, 268.0, 380.0]


@pytest.mark.parametrize(
    "point",
    ["W=[[1,2],[3,4]]; x=[5,6]", "W=[[1,2],[3,4]], x=[5,6]", "x=[5,6]\nW=[[1,2],[3,4]]", "[[1,2],[3,4]], [5,6]",
     "W=[[1,2],[1,1]+2*ones(2)+[0,1]]; x=[5, 6]", "W=reshape([i for i in range(1,5)], 2, 2); x=[5,2*3]",
     "W=[[1,3],[2,4]]'; x=5+[0,1]"],
)  # fmt: skip
def test_a_point_of_arrays_is_given_in_every_form(adcli: Adcli, point: str) -> None:
    assert GRADIENT == adcli("grad", LAYER, "--at", point, "--json").json["gradient"]


def test_values_by_place_fill_the_shapes_that_are_given(adcli: Adcli) -> None:
    args = ["--at", "1,2,3,4,5,6", "--shape", "W=2x2", "--shape", "x=2", "--json"]
    assert GRADIENT == adcli("grad", LAYER, *args).json["gradient"]


@pytest.mark.parametrize(
    "content",
    [
        '{"W": [[1, 2], [3, 4]], "x": [5, 6]}',
        '{"x": ["5.0", 6e0], "W": [["1", 2], [3, 4]]}',
    ],
)
def test_a_point_of_arrays_is_read_from_a_json_file(adcli: Adcli, tmp_path: Path, content: str) -> None:
    path = tmp_path / "point.json"
    path.write_text(content)
    assert GRADIENT == adcli("grad", LAYER, "--at", f"@{path}", "--json").json["gradient"]


def data_file(folder: Path, kind: str) -> Path:
    path = folder / f"X.{kind}"
    if kind == "npy":
        np = pytest.importorskip("numpy")
        np.save(path, np.array([[1.0, 2.0], [3.0, 4.0]]))
    else:
        text = {"csv": "a,b\n1,2\n3,4\n", "tsv": "1\t2\n3\t4\n", "txt": "1 2 # first\n3 4\n", "json": "[[1,2],[3,4]]"}
        path.write_text(text[kind])
    return path


@pytest.mark.parametrize("kind", ["csv", "tsv", "txt", "json", "npy"])
def test_let_reads_data_from_files(adcli: Adcli, tmp_path: Path, kind: str) -> None:
    path = data_file(tmp_path, kind)
    result = adcli("grad", "sum((X@w)^2)", "--let", f"X=@{path}", "--at", "w=[5,6]", "--json").json
    assert (["w[0]", "w[1]"], GRADIENT[4:]) == (result["columns"], result["gradient"])


def test_a_let_gives_sizes_and_the_lets_after_it(adcli: Adcli, tmp_path: Path) -> None:
    path = data_file(tmp_path, "csv")
    args = ["--let", f"X=@{path}", "--let", "n=len(X)", "--at", "w=ones(n)"]
    assert [[4.0, 6.0]] == adcli("jac", "sum(X[i,:]@w for i in range(n))", *args, "--json").json["jacobian"]


BAD_DATA = [
    ("nan.csv", b"1,2\n3,nan\n", 2, "nan.csv, line 2, column 2: 'nan' is not a number"),
    ("inf.csv", b"1,inf\n", 2, "'inf' is not a number"),
    ("words.csv", b"1,2\n3,four\n", 2, "line 2, column 2: 'four' is not a number"),
    ("ragged.csv", b"1,2\n3\n", 2, "line 2 has 1 field, and line 1 has 2"),
    ("empty.csv", b"", 2, "holds no numbers"),
    ("header.csv", b"a,b\n", 2, "holds no numbers"),
    ("latin.csv", b"1,2\n\xe9\n", 2, "is not UTF-8 text"),
    ("nan.json", b"[[1, NaN]]", 2, "NaN is not a number"),
    ("ragged.json", b"[[1, 2], [3]]", 2, "[1]: a list of 1 stands here"),
    ("broken.json", b"[[1, 2]", 2, "is not JSON"),
    ("broken.npy", b"not an array", 2, "is not a file that numpy.save has written"),
]


@pytest.mark.parametrize(("name", "content", "code", "message"), BAD_DATA, ids=[row[0] for row in BAD_DATA])
def test_data_that_cannot_be_used_are_refused_with_their_place(
    adcli: Adcli, tmp_path: Path, name: str, content: bytes, code: int, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    outcome = adcli("eval", "sum(X)", "--let", f"X=@{path}")
    assert (code, "") == (outcome.code, outcome.out)
    assert message in outcome.err


@pytest.mark.parametrize("name", ["big.csv", "big.npy", "big.json"])
def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(2**30)  # a sparse file: a gigabyte that takes no room
    began = time.monotonic()
    code, out, err = finish(start("eval", "sum(X)", "--let", f"X=@{path}"))
    assert (4, "") == (code, out)
    assert "1,073,741,824 bytes" in err
    assert time.monotonic() - began < 5


def test_data_beyond_the_number_of_entries_are_refused(
    adcli: Adcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adcli.data.files.MAX_ENTRIES", 3)
    outcome = adcli("eval", "sum(X)", "--let", f"X=@{data_file(tmp_path, 'csv')}")
    assert (4, True) == (outcome.code, "has more than 3 numbers" in outcome.err)


SHAPED = [
    (
        ["grad", LAYER],
        ["∂loss/∂W", "│ [0] │ 170.0 │ 204.0 │", "│ [1] │ 390.0 │ 468.0 │", "∂loss/∂x", "│ 268.0 │ 380.0 │"],
    ),
    (["jac", "W@x", "--wrt", "W"], ["∂y1[0]/∂W", "│ [0] │ 5.0 │ 6.0 │", "∂y1[1]/∂W", "│ [1] │ 5.0 │ 6.0 │"]),
    (["jvp", "W@x", "--direction", "x=[1,1]"], ["JVP of y1", "│ 3.0 │ 7.0 │"]),
    (["vjp", "W@x", "--cotangent", "1,-1"], ["VJP by W", "│ [1] │ -5.0 │ -6.0 │", "VJP by x", "│ -2.0 │ -2.0 │"]),
    (["hvp", LAYER, "--wrt", "x", "--direction", "1,-1"], ["HVP by x", "│ -8.0 │ -12.0 │"]),
    (["eval", "outer(x, x), x@x"], ["│ [0] │ 25.0 │ 30.0 │", "│ [1] │ 30.0 │ 36.0 │", "y2 = 61.0"]),
]


@pytest.mark.parametrize(("args", "shown"), SHAPED, ids=lambda value: value[0])
def test_as_shape_draws_derivatives_as_arrays(adcli: Adcli, args: list[str], shown: list[str]) -> None:
    at = ["--at", "x=[5,6]"] if "outer" in args[1] else AT
    outcome = adcli(*args, *at, "--as-shape")
    assert (0, "") == (outcome.code, outcome.err)
    for text in shown:
        assert text in re.sub(r" +", " ", outcome.out)
    assert adcli(*args, *at, "--json") == adcli(*args, *at, "--json", "--as-shape")
    for name in formats.names():
        assert 0 == adcli(*args, *at, "--as-shape", "--format", name).code


def test_numbers_beside_arrays_keep_a_table_of_their_own(adcli: Adcli) -> None:
    out = adcli("grad", "k*sum(x^2) + t", "--at", "k=2, x=[1,3], t=5", "--as-shape").out
    for text in ("│ ∂y1/∂k │ 10.0", "│ ∂y1/∂t │ 1.0", "∂y1/∂x\n", "│ 4.0 │ 12.0 │"):
        assert text in re.sub(r" +", " ", out)


def test_a_cube_is_drawn_as_nested_rows(adcli: Adcli) -> None:
    out = adcli("grad", "sum(T^2)", "--at", "T=[[[1,2],[3,4]],[[5,6],[7,8]]]", "--as-shape").out
    assert "│ [0] │ [2.0, 4.0] │ [6.0, 8.0] │" in re.sub(r" +", " ", out)


def test_wrt_shows_a_block_for_each_array(adcli: Adcli) -> None:
    out = adcli("jac", LAYER, *AT, "--wrt", "W[0,1], h").out
    assert ["Jacobian by W[0,1]", "Jacobian by h"] == re.findall("^Jacobian by .*$", out, re.MULTILINE)
    result = adcli("jac", LAYER, *AT, "--wrt", "W[0,1], h", "--json").json
    assert (["W[0,1]", "h[0]", "h[1]"], [[204.0, 34.0, 78.0]]) == (result["columns"], result["jacobian"])
    assert [{"name": "W[0,1]", "shape": []}, {"name": "h", "shape": [2]}] == result["variables"]


def test_blocks_of_finite_differences_have_their_errors(adcli: Adcli) -> None:
    out = adcli("jac", LAYER, *AT, "--backend", "fd").out
    assert 2 == out.count("Estimated errors")
    assert 6 == out.count("± ")


def test_diff_needs_no_point_but_shapes(adcli: Adcli) -> None:
    result = adcli("diff", "W@x", "--shape", "W=2x2,x=2", "--wrt", "W", "--json").json
    assert [["x[0]", "x[1]", "0", "0"], ["0", "0", "x[0]", "x[1]"]] == result["derivatives"]
    assert [{"name": "y1", "shape": [2]}] == result["outputs"]
    assert 3 == adcli("diff", "W@x").code


def test_shapes_that_do_not_fit_exit_with_3_and_name_both(adcli: Adcli) -> None:
    outcome = adcli("jac", "1 + W@x", "--at", "W=[[1,2],[3,4]]; x=[1,2,3]")
    assert (3, "", "W@x") == (outcome.code, outcome.out, caret(outcome.err))
    assert "error: shapes (2, 2) and (3,) do not fit" in outcome.err
    assert "W is (2, 2), x is (3,)" in outcome.err


@pytest.mark.parametrize(
    "text", ["[[1, 2], [3]]", "x[2]", "x[-3]", "softmax([])", "mean(x[i] for i in range(0))", "W+x"]
)
def test_arrays_that_make_no_sense_exit_with_3_and_a_place(adcli: Adcli, text: str) -> None:
    outcome = adcli("jac", f"sum(x) + sum({text})", "--at", "x=[1,2]; W=ones(3,3)" if "W" in text else "x=[1,2]")
    assert (3, "") == (outcome.code, outcome.out)
    assert caret(outcome.err).strip()


def test_an_empty_sum_is_zero(adcli: Adcli) -> None:
    assert [0.0, 1.0] == adcli("eval", "sum([]), prod(i for i in range(0))", "--json").json["value"]


def test_a_singular_matrix_exits_with_5_and_says_so(adcli: Adcli) -> None:
    for text in ("inv(A)", "solve(A, [1,2])"):
        outcome = adcli("jac", f"sum({text})", "--at", "A=[[1,2],[2,4]]")
        assert (5, "", text) == (outcome.code, outcome.out, caret(outcome.err))
        assert "the matrix is singular to working precision" in outcome.err
    assert [0.0] == adcli("eval", "det(A)", "--at", "A=[[1,2],[2,4]]", "--json").json["value"]


@pytest.mark.parametrize("args", [["--max-nodes", "10"], ["--max-turns", "9"]])
def test_limits_are_options_and_exit_with_4(adcli: Adcli, args: list[str]) -> None:
    text = "sum(sin(x*i) for i in range(10))"
    outcome = adcli("eval", text, "--at", "1", *args)
    assert (4, "", True) == (outcome.code, outcome.out, args[0] in outcome.err)
    assert 0 == adcli("eval", text, "--at", "1", "--max-nodes", "100", "--max-turns", "10").code


def test_a_check_of_arrays_names_entries(adcli: Adcli) -> None:
    result = adcli("check", LAYER, *AT, "--json").json
    assert ("AGREES", 6) == (result["verdict"], len(result["entries"]))
    assert {"W[0,0]", "W[0,1]", "W[1,0]", "W[1,1]", "x[0]", "x[1]"} == {e["column"] for e in result["entries"]}
    assert ["h[0]", "h[1]"] == sorted(
        e["column"] for e in adcli("check", LAYER, *AT, "--wrt", "h", "--json").json["entries"]
    )


def test_a_program_with_a_loop_is_read_from_a_file(adcli: Adcli, tmp_path: Path) -> None:
    path = tmp_path / "loop.ad"
    path.write_text("s = x  # start\nfor k in range(3) {\n    # a turn\n    s = s + k*s\n}\ns\n")
    result = adcli("jac", f"@{path}", "--at", "2", "--json").json
    assert ([[6.0]], "s = x; for k in range(3) { s = s + k*s }; s") == (result["jacobian"], result["expression"])


def test_numpy_is_imported_for_npy_alone(tmp_path: Path) -> None:
    path = data_file(tmp_path, "csv")
    code = (
        "import sys; from adcli.cli import run; "
        f"run(['grad', 'sum((X@w)^2)', '--let', 'X=@{path}', '--at', 'w=[1,2]', '--json']); "
        "print([name for name in ('rich', 'mpmath', 'numpy') if name in sys.modules], file=sys.stderr)"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "[]\n" == process.stderr


# -- other formats


def test_csv_is_read_back_by_a_csv_reader(adcli: Adcli) -> None:
    rows = list(csv.reader(io.StringIO(adcli("jac", HEADLINE, "--at", "1,2", "--format", "csv").out)))
    assert ["", "value", "∂/∂x1", "∂/∂x2"] == rows[0]
    assert JACOBIAN == [[float(x) for x in row[2:]] for row in rows[1:]]


def test_csv_quotes_what_it_must() -> None:
    from adcli.tracing import trace

    text = csv_format.render(trace(Function("max(x, y)"), x=1, y=2), Screen())
    assert "max(x, y)" in [row[1] for row in csv.reader(io.StringIO(text)) if row]


@pytest.mark.parametrize("command", [["jac"], ["trace"], ["trace", "--mode", "reverse"], ["hess"], ["diff"], ["check"]])
def test_markdown_tables_have_equal_columns(adcli: Adcli, command: list[str]) -> None:
    args = [] if command[0] == "diff" else ["--at", "2,3"]
    out = adcli(command[0], "x_1*y + abs(y)", *command[1:], *args, "--format", "markdown").out
    blocks = [re.findall(r"^\|.*\|$", block, re.MULTILINE) for block in out.split("\n\n")]
    tables = [block for block in blocks if block]
    assert tables
    for lines in tables:
        assert 1 == len({len(re.findall(r"(?<!\\)\|", line)) for line in lines})
        assert re.fullmatch(r"\|( -+:? \|)+", lines[1])
    assert "x_1" not in re.sub(r"`[^`]*`", "", out)  # the underscore would start emphasis


LATEX = [
    ["jac", "x_1*alpha, exp(-x_1)", "--at", "1e-9,3"],
    ["grad", "x*y", "--at", "1,2"],
    ["hess", "x^3*y", "--at", "1,2"],
    ["diff", "x^y/(1 + loss), where(x < 1, x, sqrt(x))"],
    ["trace", "loss = exp(x1) - x1^(1/3)*abs(x)^12", "--at", "2,1e-9"],
    ["trace", "loss = exp(x1) - x1^(1/3)*abs(x)^12", "--at", "2,1e-9", "--mode", "reverse"],
    ["trace", "loss = sum(tanh(W1@x1 + 1)^2)", "--at", "W1=[[1,2],[3,4]]; x1=[1,-1]", "--seed", "W1"],
    ["trace", "s = 1; for k in range(3) { s = (s + x/s)^2 }; [[s, x], [x^2, s]]*2", "--at", "2"],
    ["trace", "W1@x1", "--at", "W1=[[1,2],[3,4]]; x1=[1,-1]", "--by-entry", "--mode", "reverse"],
    ["jac", "W1@x1", "--at", "W1=[[1,2],[3,4]]; x1=[1,-1]"],
    ["diff", "W1@x1 + x1[0]^2", "--shape", "W1=2x2,x1=2"],
    ["functions"],
    ["eval", "inf"],
]


@pytest.mark.parametrize("args", LATEX, ids=lambda args: " ".join(args[:2]))
def test_latex_is_balanced_and_has_no_double_superscript(adcli: Adcli, args: list[str]) -> None:
    out = adcli(*args, "--format", "latex").out
    assert out.isascii() or args[0] == "functions"
    assert out.count("{") == out.count("}")
    begun, ended = re.findall(r"\\begin\{(\w+\*?)\}", out), re.findall(r"\\end\{(\w+\*?)\}", out)
    assert sorted(begun) == sorted(ended) != []
    assert not re.search(r"\^\{[^{}]*\}\^", out)
    whole = re.sub(r"\\begin\{pmatrix\} .*? \\end\{pmatrix\}", "", out)
    for array in re.findall(r"\\begin\{array\}\{([lr|]+)\}\n(.*?)\n\\end\{array\}", whole, re.DOTALL):
        columns = len(array[0]) - 1
        assert {columns - 1} == {len(re.findall(r"(?<!\\)&", line)) for line in array[1].splitlines()}


def test_latex_writes_a_jacobian_as_a_matrix(adcli: Adcli) -> None:
    expected = r"""\[
\frac{\partial (y_{1}, y_{2})}{\partial (x, y)} =
\begin{pmatrix}
  1.0 & 0.0 \\
  0.0 & 6.0
\end{pmatrix}
\]
"""
    assert expected == adcli("jac", "x, y^2", "--at", "2,3", "--format", "latex").out


def test_latex_writes_entries_with_two_indices(adcli: Adcli) -> None:
    args = ["--at", "W=[[1,2]]; x1=[3,4]", "--wrt", "W,x1", "--format", "latex"]
    expected = r"\frac{\partial (y_{1})_{0}}{\partial (W_{0,0}, W_{0,1}, (x_{1})_{0}, (x_{1})_{1})} ="
    assert expected in adcli("jac", "W@x1", *args).out


def test_an_ascii_screen_spells_symbols_out() -> None:
    assert "dy1/dx +/- 1e-9" == formats.plain("∂y1/∂x ± 1e-9")


# -- processes


def test_json_imports_neither_rich_nor_mpmath_nor_numpy() -> None:
    code = (
        "import sys; from adcli.cli import run; "
        f"run(['jac', {HEADLINE!r}, '--at', '1,2', '--json']); "
        "print([name for name in ('rich', 'mpmath', 'numpy') if name in sys.modules], file=sys.stderr)"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "[]\n" == process.stderr


def test_a_closed_pipe_ends_quietly_with_141() -> None:
    text = ", ".join(f"x{k}" for k in range(1, 101))
    for args in (["jac", HEADLINE, "--at", "1,2"], ["jac", text, "--at", ",".join(["1"] * 100)], ["--help"]):
        with start(*args) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            assert (b"", 141) == (process.stderr.read(), process.wait(60))


def test_ctrl_c_ends_quietly_with_130(tmp_path: Path) -> None:
    path = tmp_path / "big.ad"
    path.write_text("+".join(f"sin(x{k})*exp(x{k})" for k in range(1, 3001)))

    def heed() -> None:  # a shell has what it runs in the background ignore it
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    options = ["--at", ",".join(["1"] * 3000), "--backend", "fd", "--digits", "200"]
    process = start("grad", f"@{path}", *options, preexec_fn=heed)
    time.sleep(2)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    code, out, err = finish(process, timeout=20)
    assert (130, "", False) == (code, out, "Traceback" in err)


@pytest.mark.usefixtures("untraced")
def test_a_megabyte_of_parentheses_is_refused_in_time_and_memory(tmp_path: Path) -> None:
    path = tmp_path / "deep.ad"
    path.write_text("(" * 1_000_000)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))

    began = time.monotonic()
    process = start("jac", f"@{path}", "--at", "1", preexec_fn=limit)
    code, out, err = finish(process, timeout=20)
    assert (3, "", False) == (code, out, "Traceback" in err)
    assert time.monotonic() - began < 10
    assert len(err) < 1000


def test_deep_nesting_is_differentiated_and_not_recursed_into(adcli: Adcli) -> None:
    for text in ("(" * 10_000 + "x" + ")" * 10_000, "sin(" * 10_000 + "x" + ")" * 10_000):
        outcome = adcli("jac", text, "--at", "1", "--json")
        assert 0 == outcome.code


def test_a_full_device_is_an_error_and_no_traceback() -> None:
    with Path("/dev/full").open("wb") as full:
        code, _, err = finish(start("jac", HEADLINE, "--at", "1,2", stdout=full))
    assert (2, "error: cannot write: No space left on device\n") == (code, err)
