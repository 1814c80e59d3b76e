"""One command line, one answer: the same bytes over hash seeds, locales, time zones and terminals."""

from __future__ import annotations

import locale
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.usefixtures("untraced")

ROOT = Path(__file__).parent.parent
AT = ["--at", "x1=1.5,x2=0.5"]
TEXT = "(sin(x1/x2) + x1/x2 - exp(x2)) * (x1/x2 - exp(x2)), b*c*a/d + logsumexp(a, b, c, d)"
PROGRAM = "f(a, t) = a*t^2; h = W@x; s = 0; for k in range(3) { s = s + f(h[0], k) }; s - exp(h[1]), sum(h)"
ARRAYS = ["--at", "W=[[1,2],[3,4]]; x=[5,0.25]"]
POINT = ["--at", "x1=1.5,x2=0.5,a=2,b=3,c=-1,d=0.1"]

COMMANDS: dict[str, list[str]] = {
    "jac": ["jac", TEXT, *POINT],
    "grad": ["grad", "θ*x10*x2/√x1", "--at", "x1=2,x2=3,x10=0.1,θ=1.25"],
    "eval": ["eval", TEXT, *POINT, "--digits", "30"],
    "jvp": ["jvp", TEXT, *POINT, "--direction", "1,2,3,4,5,6"],
    "vjp": ["vjp", TEXT, *POINT, "--cotangent", "2,3"],
    "hess": ["hess", "sum(x)^2*x[0]", "--at", "x=[1,2,3]"],
    "hvp": ["hvp", "x1*x2 + abs(x1 - x2)", "--at", "1,1", "--direction", "1,2"],
    "diff": ["diff", TEXT, "--order", "2"],
    "taylor": ["taylor", "exp(sin(x))", "--at", "0.5", "--order", "4"],
    "trace": ["trace", PROGRAM, *ARRAYS, "--mode", "reverse", "--seed", "y1"],
    "errors": ["trace", "(1 + x) - 1 + log(1 + x)", "--at", "1e-9", "--errors"],
    "arrays": ["jac", PROGRAM, *ARRAYS, "--as-shape"],
    "finite differences": ["jac", TEXT, *POINT, "--backend", "fd"],
    "check": ["check", TEXT, *POINT],
    "claim": ["check", "x^2*sin(3x)*y", "--claim", "[2x*sin(3x)*y + x^2*cos(3x)*y, x^2*sin(3x)]", "--plot"],
    "proof": ["check", "x/(x+1), x*y", "--claim", "[[1/(x+1)^2, 0], [y, x]]"],
    "functions": ["functions"],
    "a refusal": ["eval", "x + sine(y) + cosh(z)", "--at", "1"],
    "an unknown name": ["jac", "x*yy*z", "--at", "x=1,y=2,z=3"],
    "help": ["jac", "--help"],
}
FORMATS = ["table", "json", "latex", "csv", "markdown"]
LINES = {
    f"{name}, {form}": [*args, *(["--format", form] if name != "help" else [])]
    for name, args in COMMANDS.items()
    for form in (FORMATS if name != "help" else ["text"])
}
ONE_PROCESS = """
import io, json, sys
from adcli.cli import run
found = []
for args in json.loads(sys.stdin.read()):
    printed = []
    for name in ("stdout", "stderr"):
        data = io.BytesIO()
        setattr(sys, name, io.TextIOWrapper(data, encoding="utf-8"))
        printed.append(data)
    code = run(args)
    sys.stdout.flush(), sys.stderr.flush()
    found.append([code, *[data.getvalue().decode() for data in printed]])
sys.__stdout__.write(json.dumps(found))
"""


def answers(**environment: str) -> dict[str, list[Any]]:
    """The answers to all command lines, computed in one process with that environment."""
    import json

    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "PYTHONHASHSEED")}
    found = subprocess.run(
        [sys.executable, "-c", ONE_PROCESS], input=json.dumps(list(LINES.values())), capture_output=True, text=True,
        check=True, cwd=ROOT, env={**kept, **environment},
    )  # fmt: skip
    return dict(zip(LINES, json.loads(found.stdout), strict=True))


@cache
def expected() -> dict[str, list[Any]]:
    return answers(PYTHONHASHSEED="0", LC_ALL="C.UTF-8")


def test_most_of_the_command_lines_have_an_answer() -> None:
    codes = [code for code, _, _ in expected().values()]
    assert codes.count(0) > len(codes) * 3 // 4
    assert {0, 1, 2, 3} <= set(codes)


@pytest.mark.parametrize("seed", ["1", "2", "4294967295", "random"])
def test_hash_seeds_change_nothing(seed: str) -> None:
    found = answers(PYTHONHASHSEED=seed)
    assert [] == [name for name, answer in expected().items() if answer != found[name]]


ENVIRONMENTS: dict[str, dict[str, str]] = {
    "no locale": {"LC_ALL": "C"},
    "no UTF-8": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "UTF-8": {"PYTHONUTF8": "1", "LC_ALL": "POSIX"},
    "German": {"LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de"},
    "Turkish": {"LC_ALL": "tr_TR.UTF-8", "LANGUAGE": "tr"},
    "another time": {"TZ": "Pacific/Kiritimati"},
    "a narrow terminal elsewhere": {"COLUMNS": "40", "LINES": "10", "TERM": "dumb"},
    "a coloured terminal elsewhere": {"TERM": "xterm-256color", "FORCE_COLOR": "1", "COLORTERM": "truecolor"},
    "no colour": {"NO_COLOR": "1"},
    "another home": {"HOME": "/nonexistent", "XDG_CACHE_HOME": "/nonexistent"},
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_environments_change_nothing(name: str) -> None:
    found = answers(**ENVIRONMENTS[name])
    assert [] == [line for line, answer in expected().items() if answer != found[line]]


def test_the_order_of_the_command_lines_changes_nothing(adcli: Callable[..., Any]) -> None:
    """Nothing that one leaves behind is seen by the next."""
    for name, args in reversed(LINES.items()):
        assert tuple(expected()[name]) == adcli(*args)


# -- real processes, whose streams have the encoding of the environment


def printed(args: list[str], **environment: str) -> tuple[int, bytes, bytes]:
    done = subprocess.run(
        [sys.executable, "-m", "adcli", *args], capture_output=True, check=False, cwd=ROOT,
        env={**os.environ, "LC_ALL": "C.UTF-8", **environment},
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


PLAIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize("args", [[*COMMANDS["jac"], "--json"], ["diff", "a*b^2/c", "--format", "latex"],
                                  ["eval", "x1*x2", *AT, "--format", "csv"]], ids=["json", "latex", "csv"])  # fmt: skip
def test_what_is_ascii_has_the_same_bytes_in_every_encoding(args: list[str]) -> None:
    whole = printed(args)
    assert whole[1].isascii()
    for change in (PLAIN, {"PYTHONIOENCODING": "latin-1"}, {"PYTHONIOENCODING": "cp437"}):
        assert whole == printed(args, **change)


def test_a_stream_without_unicode_gets_the_same_numbers() -> None:
    code, out, err = printed(COMMANDS["jac"], **PLAIN)
    assert (0, True, b"") == (code, out.isascii(), err)
    cells = [
        [word for word in text.decode().split() if word[0] in "-0123456789"]
        for text in (printed(COMMANDS["jac"])[1], out)
    ]
    assert [word for word in cells[0] if "." in word] == [word for word in cells[1] if "." in word]


# -- a program that sets the locale, and then uses the library


@pytest.fixture
def german() -> Iterator[None]:
    """A locale that writes numbers with a comma, if there is one."""
    before = locale.setlocale(locale.LC_ALL)
    for name in ("de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "tr_TR.UTF-8"):
        try:
            locale.setlocale(locale.LC_ALL, name)
            break
        except locale.Error:
            continue
    else:
        pytest.skip("no such locale is installed here")
    yield
    locale.setlocale(locale.LC_ALL, before)


@pytest.mark.usefixtures("german")
def test_the_locale_of_the_process_changes_nothing(adcli: Callable[..., Any]) -> None:
    for name, args in LINES.items():
        assert tuple(expected()[name]) == adcli(*args)
