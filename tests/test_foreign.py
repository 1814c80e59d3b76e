"""Programs on trial: right, wrong, noisy and single-precision ones, with an expression and without."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome

    Adcli = Callable[..., Outcome]

HEADLINE = "x1*x2+sin(x1), exp(x1-x2)"
SAMPLES = Path(__file__).parent.parent / "samples" / "programs"
MODEL = f"{sys.executable} {SAMPLES / 'model.py'}"
AT = ["--at", "x1=1.3,x2=2.1"]

BODY = """
import hashlib, json, math, struct, sys

def single(x):
    return struct.unpack("f", struct.pack("f", x))[0]

def noise(*xs):
    return (int.from_bytes(hashlib.md5(repr(xs).encode()).digest()[:6], "big") / 2**47 - 1) * 1e-6

for line in sys.stdin:
    q = json.loads(line)
    x, y = q["point"]["x"], q["point"]["y"]
    {body}
    reply = {{"id": q["id"], "value": value, "jacobian": jacobian}}
    if "jvp" in q["want"]:
        d = [q["direction"]["x"], q["direction"]["y"]]
        reply["jvp"] = [a * d[0] + b * d[1] for a, b in jacobian]
    if "vjp" in q["want"]:
        w = q["cotangent"]
        reply["vjp"] = [sum(v * row[k] for v, row in zip(w, jacobian)) for k in range(2)]
    {after}
    print(json.dumps(reply), flush=True)
"""
RIGHT = "value, jacobian = [x * y + math.sin(x)], [[y + math.cos(x), x]]"
WRONG = "value, jacobian = [x * y + math.sin(x)], [[y - math.cos(x), x]]"
NOISY = "value, jacobian = [x * y + math.sin(x) + noise(x, y)], [[y + math.cos(x), x]]"
NOISY_WRONG = "value, jacobian = [x * y + math.sin(x) + noise(x, y)], [[y + math.cos(x), 1.1 * x]]"
SINGLE = (
    "value = [single(single(x * y) + single(math.sin(single(x))))]; "
    "jacobian = [[single(single(y) + single(math.cos(single(x)))), single(x)]]"
)
SINGLE_WRONG = SINGLE.replace("single(y) + ", "single(y) - ")
EXPRESSION = "x*y + sin(x)"
POINT = ["--at", "x=0.7,y=1.3"]


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., str]:
    """A program with this body, as a command."""

    def write(body: str, after: str = "pass") -> str:
        path = tmp_path / "program.py"
        path.write_text(BODY.format(body=body, after=after))
        return f"{sys.executable} {path}"

    return write


@pytest.mark.parametrize("alone", [False, True], ids=["with-expression", "alone"])
@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (RIGHT, "AGREES"), (WRONG, "WRONG"), (NOISY, "AGREES"), (NOISY_WRONG, "WRONG"), (SINGLE, "AGREES"),
        (SINGLE_WRONG, "WRONG"),
    ],
    ids=["right", "wrong", "noisy", "noisy-wrong", "single", "single-wrong"],
)  # fmt: skip
def test_programs_are_judged(
    adcli: Adcli, program: Callable[..., str], body: str, verdict: str, *, alone: bool
) -> None:
    what = ["--no-expr"] if alone else [EXPRESSION]
    outcome = adcli("check", *what, "--command", program(body), *POINT, "--json")
    assert (verdict, {"AGREES": 0, "WRONG": 1}[verdict]) == (outcome.json["verdict"], outcome.code)


def test_the_mistake_of_a_program_is_named(adcli: Adcli, program: Callable[..., str]) -> None:
    outcome = adcli("check", EXPRESSION, "--command", program(WRONG), "--json")
    assert "sign" == outcome.json["mistake"]["kind"]


def test_a_stale_derivative_is_found(adcli: Adcli, program: Callable[..., str]) -> None:
    body = "a, b = globals().get('last', (x, y)); last = (x, y); value, jacobian = [x * x * y], [[2 * a * b, a * a]]"
    at = ["--at", "x=0.5,y=1.5", "--at", "x=0.6,y=1.6"]
    assert "WRONG" == adcli("check", "x^2*y", "--command", program(body), *at, "--json").json["verdict"]


def test_products_are_held_against_each_other(adcli: Adcli, program: Callable[..., str]) -> None:
    after = 'if "vjp" in reply: reply["vjp"][0] *= 1.001'
    outcome = adcli("check", "--no-expr", "--command", program(RIGHT, after), *POINT, "--json")
    wrong = {e["label"] for e in outcome.json["entries"] if e["verdict"] == "WRONG"}
    assert {"w·(J·v) = (J'·w)·v", "(w'·J)[x]"} == wrong


def test_a_locally_linear_program_is_no_exception(adcli: Adcli, program: Callable[..., str]) -> None:
    body = "value, jacobian = [max(3 * x, 0) + y], [[3.0, 1.0]]"
    assert 0 == adcli("check", "--no-expr", "--command", program(body), *POINT).code
    wrong = "value, jacobian = [max(3 * x, 0) + y], [[3.001, 1.0]]"
    assert 1 == adcli("check", "--no-expr", "--command", program(wrong), *POINT).code


def test_beside_a_kink_differences_decide_nothing(adcli: Adcli, program: Callable[..., str]) -> None:
    body = "value, jacobian = [abs(x - 0.7) + y], [[1.0, 1.0]]"
    outcome = adcli("check", "--no-expr", "--command", program(body), "--at", "x=0.700000001,y=1", "--json")
    assert (5, "INCONCLUSIVE") == (outcome.code, outcome.json["verdict"])


@pytest.mark.parametrize("name", ["model.py", "model.js", "model.c"])
def test_the_samples_are_right(adcli: Adcli, tmp_path: Path, name: str) -> None:
    path = SAMPLES / name
    if name == "model.js":
        if shutil.which("node") is None:
            pytest.skip("there is no Node here")
        command = f"node {path}"
    elif name == "model.c":
        compiler = shutil.which("cc")
        if compiler is None:
            pytest.skip("there is no C compiler here")
        import subprocess

        command = str(tmp_path / "model")
        subprocess.run([compiler, "-O2", "-o", command, str(path), "-lm"], check=True)
    else:
        command = MODEL
    assert 0 == adcli("check", HEADLINE, "--command", command).code
    assert 0 == adcli("check", "--no-expr", "--command", command, *AT).code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("sys.exit(3)", "program-crashed"),
        ("import time; time.sleep(60)", "program-timeout"),
        ("print('hello', flush=True); continue", "program-garbage"),
    ],
)
def test_a_misbehaving_program_is_reported(adcli: Adcli, program: Callable[..., str], body: str, code: str) -> None:
    outcome = adcli("check", EXPRESSION, "--command", program(body), *POINT, "--timeout", "1", "--json")
    assert (5, code) == (outcome.code, outcome.json["code"])


def test_nan_is_no_derivative(adcli: Adcli, program: Callable[..., str]) -> None:
    body = "value, jacobian = [x * y + math.sin(x)], [[float('nan'), x]]"
    for what in (["--no-expr"], [EXPRESSION]):
        outcome = adcli("check", *what, "--command", program(body), *POINT, "--json")
        assert (1, "NaN") == (outcome.code, outcome.json["entries"][0]["claimed"])


def test_a_program_of_another_function_is_told_so(adcli: Adcli, program: Callable[..., str]) -> None:
    outcome = adcli("check", "x*y + cos(x)", "--command", program(RIGHT), *POINT)
    assert (1, True) == (outcome.code, "the program computes" in outcome.err)


def test_python_functions_are_checked(adcli: Adcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_model.py").write_text(
        "from math import sin, cos\n"
        "def f(x, y): return x*y + sin(x)\n"
        "def df(x, y): return [y + cos(x), x]\n"
        "def bad(x, y): return [y, x]\n"
    )
    monkeypatch.chdir(tmp_path)
    right = ["--python", "own_model:f", "--jacobian", "own_model:df", *POINT]
    wrong = ["--python", "own_model:f", "--jacobian", "own_model:bad", *POINT]
    assert [0, 0] == [adcli("check", *right).code, adcli("check", EXPRESSION, *right).code]
    assert [1, 1] == [adcli("check", *wrong).code, adcli("check", EXPRESSION, *wrong).code]


def test_a_program_alone_needs_a_point(adcli: Adcli) -> None:
    assert 2 == adcli("check", "--no-expr", "--command", MODEL).code
    assert 2 == adcli("check", "--no-expr", "--command", MODEL, "--at", "1,2").code


def test_what_a_program_said_is_replayed_without_it(adcli: Adcli, program: Callable[..., str], tmp_path: Path) -> None:
    for what in (["--no-expr"], [EXPRESSION]):
        first = adcli("check", *what, "--command", program(NOISY_WRONG), *POINT, "--json")
        path = tmp_path / "evidence.json"
        path.write_text(first.out)
        again = adcli("check", "--replay", str(path), "--json")
        assert (1, "WRONG", "WRONG") == (again.code, first.json["verdict"], again.json["verdict"])


def test_progress_is_told_when_it_takes_longer(adcli: Adcli, program: Callable[..., str]) -> None:
    slow = program("import time; time.sleep(0.6); " + RIGHT)
    at = ["--at", "x=0.7,y=1.3", "--at", "x=0.8,y=1.3", "--at", "x=0.9,y=1.3", "--at", "x=1.1,y=1.3"]
    assert "checking: point" in adcli("check", EXPRESSION, "--command", slow, *at).err
    assert "checking" not in adcli("check", EXPRESSION, "--command", slow, *at, "--quiet").err


HARD = [
    ("value, jacobian = [abs(x - y)], [[-1.0, 1.0]]", "x=1.7,y=1.7", "INCONCLUSIVE"),  # on the kink
    ("value, jacobian = [math.floor(x) + 0.0 * y], [[0.0, 0.0]]", "x=2,y=1", "INCONCLUSIVE"),  # on the jump
    ("value, jacobian = [5.0], [[0.0, 0.0]]", "x=2,y=1", "AGREES"),
    ("value, jacobian = [(x - 0.7)**2 + y * 0], [[0.0, 0.0]]", "x=0.7,y=1", "AGREES"),
    ("value, jacobian = [(x - 0.7)**2 + y * 0], [[0.01, 0.0]]", "x=0.7,y=1", "WRONG"),
    (
        "value, jacobian = [2 * x + y + 1e-6 * math.sin(1e9 * (x + y))], [[2.0, 1.0]]",
        "x=0.409005618883469,y=1.7",
        "AGREES",
    ),
    (
        "value, jacobian = [2 * x + y + 1e-6 * math.sin(1e9 * (x + y))], [[2.2, 1.0]]",
        "x=0.409005618883469,y=1.7",
        "WRONG",
    ),
]


@pytest.mark.parametrize(("body", "at", "verdict"), HARD)
def test_programs_alone_are_not_judged_rashly(
    adcli: Adcli, program: Callable[..., str], body: str, at: str, verdict: str
) -> None:
    outcome = adcli("check", "--no-expr", "--command", program(body), "--at", at, "--json")
    assert verdict == outcome.json["verdict"]


def test_noise_in_the_answers_is_no_mistake(adcli: Adcli, program: Callable[..., str]) -> None:
    body = "import random; n = random.uniform(-1e-6, 1e-6); value, jacobian = [x * y + n], [[y + n, x - n]]"
    for what in (["--no-expr"], ["x*y"]):
        assert "AGREES" == adcli("check", *what, "--command", program(body), *POINT, "--json").json["verdict"]


def test_a_value_that_is_no_number_is_not_passed_over(adcli: Adcli, program: Callable[..., str]) -> None:
    body = "value, jacobian = [float('nan')], [[y + math.cos(x), x]]"
    assert 5 == adcli("check", EXPRESSION, "--command", program(body), *POINT).code


def test_a_failing_program_is_a_failing_test_case(adcli: Adcli, program: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "out.xml"
    adcli("check", EXPRESSION, "--command", program("sys.exit(3)"), *POINT, "--junit", str(path))
    assert 'errors="1"' in path.read_text()
