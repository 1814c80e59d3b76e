"""Programs of others: the samples speak the protocol, every reply is read or refused, and no program can hang adcli."""

from __future__ import annotations

import json
import math
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from adcli.check.pipes import uninterrupted
from adcli.check.programs import Program, ProgramError, Reply, python_command
from adcli.check.replies import Unfit, parsed, read_reply
from adcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples" / "programs"
README = (SAMPLES / "README.md").read_text(encoding="utf-8")
NAN, INF = math.nan, math.inf
SOON = 30.0  # seconds, on a busy machine
POINT = {"x1": 1.0, "x2": 2.0}

START = """\
import json, os, signal, subprocess, sys, time
from pathlib import Path
here = Path(__file__).parent

def say(**reply):
    print(json.dumps(reply), flush=True)

def spawn(code, **options):
    return subprocess.Popen([sys.executable, "-S", "-c", "import time\\n" + code], close_fds=False, **options)

questions = map(json.loads, sys.stdin)
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], list[str]]:
    """Write a program in Python, and return its command."""

    def written(body: str, name: str = "program.py") -> list[str]:
        path = tmp_path / name
        path.write_text(START + body)
        return [sys.executable, "-S", str(path)]

    return written


@pytest.fixture
def program(write: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Program]]:
    """Write a program in Python that will be asked, and closed in the end."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    opened: list[Program] = []

    def made(body: str, **options: Any) -> Program:
        opened.append(Program(write(body), **{"timeout": SOON, **options}))
        return opened[-1]

    yield made
    for one in opened:
        one.close()


def failure(one: Program, kind: type[Exception] = ProgramError, **question: Any) -> Any:
    """The error of a question, with the name of the program cut off its message."""
    with pytest.raises(kind) as caught:
        one.ask(**{"point": {"x": 1.0}, "want": ["value"], **question})
    error: Any = caught.value
    error.message = error.message.removeprefix(f"{one.name} ")
    return error


# -- the samples


def command_of(sample: str, tmp_path: Path) -> list[str]:
    if sample == "c":
        compiler = shutil.which("cc")
        if compiler is None:
            pytest.skip("there is no C compiler named cc")
        done = [compiler, "-O2", "-Wall", "-Werror", str(SAMPLES / "model.c"), "-o", str(tmp_path / "model"), "-lm"]
        subprocess.run(done, check=True)
        return [str(tmp_path / "model")]
    if sample == "node":
        node = shutil.which("node")
        if node is None:
            pytest.skip("there is no Node")
        return [node, str(SAMPLES / "model.js")]
    return [sys.executable, str(SAMPLES / "model.py")]


def reference(x1: float, x2: float) -> tuple[list[float], list[list[float]]]:
    e = math.exp(x1 - x2)
    return [x1 * x2 + math.sin(x1), e], [[x2 + math.cos(x1), x1], [e, -e]]


def close_to(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-15, abs=0)  # mathematical libraries differ in the last digit


@pytest.mark.parametrize("sample", ["python", "c", "node"])
def test_a_sample_gives_all_four_answers_in_one_run(sample: str, tmp_path: Path) -> None:
    with Program(command_of(sample, tmp_path), timeout=SOON) as one:
        runs = set()
        for x1, x2 in [(1.0, 2.0), (-0.5, 1e-300), (3.0, -7.25), (0.1, 5e-324)]:
            value, jacobian = reference(x1, x2)
            want = ["value", "jacobian", "jvp", "vjp"]
            d, w = [0.75, -1.5], [2.0, 0.125]
            reply = one.ask({"x1": x1, "x2": x2}, want, direction=dict(zip(POINT, d, strict=True)), cotangent=w)
            assert (close_to(value), [close_to(row) for row in jacobian]) == (reply.value, reply.jacobian)
            moved = [d[0] * a + d[1] * b for a, b in jacobian]
            pulled = [w[0] * a + w[1] * b for a, b in zip(*jacobian, strict=True)]
            assert pytest.approx(moved, rel=1e-14) == reply.jvp
            assert pytest.approx(pulled, rel=1e-14) == reply.vjp
            runs.add(id(one._child))
        assert (4, 1) == (one.calls, len(runs))


@pytest.mark.parametrize("sample", ["python", "c", "node"])
def test_a_sample_finds_its_keys_wherever_they_stand(sample: str, tmp_path: Path) -> None:
    question = (
        '{"later": {"id": 3, "point": [1, {"x1": "}\\\\\\""}]}, "direction":{"x2" : 1.5,"x1":-2},'
        '"cotangent":[1.0,\t0.5],  "want": ["value","jvp", "vjp"],'
        '"point":{"y":[[1, 2]], "x2":2,"x1":1}, "id": 5,"adcli":1 }\r\n'
    )
    asked = question.encode() + b'{"adcli": 1, "id": 6, "point": {"x1": 3.0, "x2": 4.0}, "want": ["value"]}\n'
    done = subprocess.run(command_of(sample, tmp_path), input=asked, capture_output=True, check=True, timeout=SOON)
    first, second = map(json.loads, done.stdout.splitlines())
    assert (5, close_to(reference(1, 2)[0])) == (first["id"], first["value"])
    e = math.exp(-1)
    assert close_to([-2 * (2 + math.cos(1)) + 1.5, -3.5 * e]) == first["jvp"]
    pulled = first["vjp"] if isinstance(first["vjp"], list) else [first["vjp"]["x1"], first["vjp"]["x2"]]
    assert close_to([2 + math.cos(1) + 0.5 * e, 1 - 0.5 * e]) == pulled
    assert (6, close_to(reference(3, 4)[0])) == (second["id"], second["value"])


@pytest.mark.parametrize("sample", ["python", "c", "node"])
def test_a_sample_survives_an_overflow(sample: str, tmp_path: Path) -> None:
    far = {"x1": 1000.0, "x2": -1000.0}
    with Program(command_of(sample, tmp_path), timeout=SOON) as one:
        if sample == "python":
            assert "answered that it cannot: math range error" == failure(one, point=far).message
        else:
            assert [-1e6 + math.sin(1000), INF] == one.ask(far, ["value"]).value
        assert close_to(reference(1, 2)[0]) == one.ask(POINT, ["value"]).value


# -- the documentation


def test_the_command_of_the_documentation_prints_what_stands_there() -> None:
    command, expected = re.findall(r"^    \$ (echo .*)\n    (.*)$", README, re.MULTILINE)[0]
    question, sample = re.fullmatch(r"echo '(.*)' \| \./(\S+)", command).groups()  # type: ignore[union-attr]
    done = subprocess.run(
        [sys.executable, SAMPLES / sample], input=question + "\n", capture_output=True, text=True, check=True
    )
    found, shown = json.loads(done.stdout), json.loads(expected)
    assert shown.keys() == found.keys()
    assert close_to(shown["value"]) == found["value"]
    assert [close_to(row) for row in shown["jacobian"]] == found["jacobian"]


def test_the_question_is_the_one_of_the_documentation(program: Callable[..., Program], tmp_path: Path) -> None:
    one = program("""
for line in sys.stdin:
    (here / "line").write_text(line)
    say(value=[1, 2])
""")
    point, direction = {"x1": 1.0, "x2": [2.0, 3.0]}, {"x1": 1.0, "x2": [0.0, 0.0]}
    for _ in range(7):
        one.ask(point, ["value", "jvp", "vjp"], direction=direction, cotangent=[1.0, 0.5])
    shown = re.search(r'^    (\{"adcli": 1, "id": 7,.*\n.*\})$', README, re.MULTILINE)
    assert shown is not None
    assert re.sub(r"\s+", " ", shown[1]) + "\n" == (tmp_path / "line").read_text()


def test_what_is_not_wanted_is_not_in_the_question(program: Callable[..., Program]) -> None:
    one = program("""
for q in questions:
    say(error=" ".join(sorted(q)))
""")
    assert "answered that it cannot: adcli id point want" == failure(one).message


def test_the_forms_of_the_documentation_are_read() -> None:
    columns: Mapping[str, Any] = {"x1": (), "x2": (2,)}
    reply = re.search(r'^    (\{"id": 7, "value".*\})$', README, re.MULTILINE)
    assert reply is not None
    found, outputs = read_reply(parsed(reply[1].encode()), ["value", "jvp", "vjp"], columns, None)
    assert (Reply([0.5, 2.0], None, [1.0, 0.0], [1.0, 0.5, 0.0]), (2,)) == (found, outputs)
    gradient, jacobian = map(json.loads, re.findall(r'`(\{"x1": .*?\})`', README))
    assert [[1.0, 0.5, 0.0]] == read_reply({"jacobian": gradient}, ["jacobian"], columns, (1,))[0].jacobian
    listed = json.loads(re.findall(r"`(\[1.0, \[.*?\])`", README)[0])
    assert [[1.0, 0.5, 0.0]] == read_reply({"jacobian": listed}, ["jacobian"], columns, (1,))[0].jacobian
    expected = [[1.0, 0.5, 0.0], [0.0, 0.0, 2.0]]
    assert expected == read_reply({"jacobian": jacobian}, ["jacobian"], columns, (2,))[0].jacobian


# -- numbers


def test_numbers_arrive_and_return_bit_for_bit(program: Callable[..., Program]) -> None:
    one = program("""
def refuse(constant): sys.exit(f"{constant} is no JSON")
for line in sys.stdin:
    q = json.loads(line, parse_constant=refuse)
    say(value=[*q["point"]["x"], q["point"]["θ"]])
""")
    numbers = [0.1, 1 / 3, -0.0, 5e-324, 1.7976931348623157e308, 2.0**53 + 2, 1e22, -1e-7, INF, -INF]
    found = one.ask({"x": numbers, "θ": math.pi}, ["value"]).value
    assert [*map(repr, numbers), repr(math.pi)] == [*map(repr, found or ())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[NaN, Infinity, -Infinity]", [NAN, INF, -INF]),
        ('["NaN", "Infinity", "-Infinity", "inf"]', [NAN, INF, -INF, INF]),
        ("[nan, -nan,inf, -inf, 1.5]", [NAN, NAN, INF, -INF, 1.5]),  # as printf writes them
        ("[-nan(ind),\t+Inf, NAN]", [NAN, INF, NAN]),
        ("nan", [NAN]),
        ("[null, 2]", [NAN, 2.0]),  # as JSON.stringify writes NaN
        ("7", [7.0]),
        ("[1e999, 123456789012345678901234567890]", [INF, 1.2345678901234568e29]),
        ("[" + "9" * 5000 + "]", [INF]),
    ],
)
def test_numbers_are_read_as_programs_write_them(text: str, expected: list[float]) -> None:
    found = read_reply(parsed(f'{{"value": {text}}}'.encode()), ["value"], {"x": ()}, None)[0].value or []
    assert list(map(repr, expected)) == list(map(repr, found))


# -- shapes

ROWS = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
FORMS = [
    # outputs, columns, the Jacobian as given, as rows
    ((2,), {"a": (), "b": (2,)}, ROWS, ROWS),
    ((2,), {"a": (), "b": (2,)}, [1, 2, 3, 4, 5, 6], ROWS),
    ((2,), {"a": (), "b": (2,)}, {"a": [1, 4], "b": [[2, 3], [5, 6]]}, ROWS),
    ((2,), {"a": (), "b": (2,)}, {"b": [2, 3, 5, 6], "a": [[1], [4]], "c": 0}, ROWS),
    ((2,), {"b": (3,)}, {"b": ROWS}, ROWS),
    ((1,), {"a": (), "b": (2,)}, [1, 2, 3], ROWS[:1]),
    ((1,), {"a": (), "b": (2,)}, [[1, 2, 3]], ROWS[:1]),
    ((), {"a": (), "b": (2,)}, {"a": 1, "b": [2, 3]}, ROWS[:1]),
    ((), {"a": (), "b": (2,)}, [1, [2, 3]], ROWS[:1]),
    ((1,), {"a": (1,), "b": (1, 2)}, [[1], [[2, 3]]], ROWS[:1]),
    ((1,), {"a": (2,), "b": (2,)}, [[1, 2], [3, 4]], [[1.0, 2.0, 3.0, 4.0]]),
    ((1,), {"W": (2, 3)}, ROWS, [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]),
    ((2,), {"W": (3, 1)}, [[[1], [2], [3]], [[4], [5], [6]]], ROWS),
    ((2, 1), {"W": (3, 1)}, [[[[1], [2], [3]]], [[[4], [5], [6]]]], ROWS),
    ((2, 1), {"a": (), "b": (2,)}, [[[1, 2, 3]], [[4, 5, 6]]], ROWS),
    ((3,), {"x": ()}, [1, 2, 3], [[1.0], [2.0], [3.0]]),
    ((3,), {"x": ()}, [[1], [2], [3]], [[1.0], [2.0], [3.0]]),
    ((), {"x": ()}, 5, [[5.0]]),
    (None, {"a": (), "b": (2,)}, ROWS, ROWS),
    (None, {"a": (), "b": (2,)}, [1, 2, 3, 4, 5, 6], ROWS),
    (None, {"a": (), "b": (2,)}, {"a": [1, 4], "b": [[2, 3], [5, 6]]}, ROWS),
]


@pytest.mark.parametrize("key", ["jacobian", "gradient"])
@pytest.mark.parametrize(("outputs", "columns", "given", "rows"), FORMS)
def test_a_jacobian_is_read_in_every_form(outputs: Any, columns: Any, given: Any, rows: Any, key: str) -> None:
    found = parsed(json.dumps({key: given}).encode())
    reply, known = read_reply(found, ["jacobian"], columns, outputs)
    assert (rows, len(rows)) == (reply.jacobian, math.prod(known or ()))


@pytest.mark.parametrize(("outputs", "columns", "given", "rows"), [row for row in FORMS if len(row[3]) == 1])
def test_a_vjp_is_read_as_a_gradient_is(outputs: Any, columns: Any, given: Any, rows: Any) -> None:
    found = parsed(json.dumps({"vjp": given}).encode())
    assert rows[0] == read_reply(found, ["vjp"], columns, (5,))[0].vjp


@pytest.mark.parametrize(
    ("outputs", "given", "expected"),
    [((2,), [1, 2], [1.0, 2.0]), ((1,), 7, [7.0]), ((2, 2), [[1, 2], [3, 4]], [1.0, 2.0, 3.0, 4.0])],
)
def test_a_jvp_is_read_as_a_value_is(outputs: Any, given: Any, expected: list[float]) -> None:
    for key in ("jvp", "value"):
        reply, _ = read_reply(parsed(json.dumps({key: given}).encode()), [key], {"x": (2,)}, outputs)
        assert expected == getattr(reply, key)


MISSHAPEN = [
    # key, outputs, what was given, the words for it
    ("value", (2,), [1, 2, 3], "3 outputs, after 2 before"),
    ("value", (2,), 1, "1 output, after 2 before"),
    ("value", None, [], "an empty list"),
    ("value", None, [1, [2]], "lists of different lengths"),
    ("value", None, [1, "abc"], "'\"abc\"', which is no number"),
    ("value", None, [True], "'true', which is no number"),
    ("value", None, {"y": 1}, "'{\"y\": 1.0}', which is no number"),
    ("jacobian", (2,), [[1, 2], [3, 4], [5, 6]], "numbers of shape (3, 2) instead of 2 rows of 3 columns"),
    ("jacobian", (2,), [[1, 2, 3]], "numbers of shape (1, 3) instead of 2 rows of 3 columns"),
    ("jacobian", (1,), [1, 2], "one number instead of 1 row of 2 columns"),
    ("jacobian", (1,), [1, 2, 3, 4], "numbers of shape (4,) instead of 1 row of 3 columns"),
    ("jacobian", (1,), 5, "one number instead of 1 row of 3 columns"),
    ("jacobian", None, [1, 2, 3, 4], "numbers of shape (4,) instead of rows of 3"),
    ("jacobian", (2,), {"a": [1, 4]}, "nothing for 'b'"),
    ("jacobian", (2,), {"a": [1, 4], "b": None}, "nothing for 'b'"),
    ("jacobian", None, {"a": [1, 4], "b": [2, 3]}, "numbers of shape (2,) instead of 2 rows of 2 columns"),
    ("jvp", (2,), [1, 2, 3], "numbers of shape (3,) instead of 2 rows of 1 column"),
    ("vjp", (2,), [1, 2, 3, 4], "numbers of shape (4,) instead of 1 row of 3 columns"),
]


@pytest.mark.parametrize(("key", "outputs", "given", "words"), MISSHAPEN)
def test_numbers_that_do_not_fit_are_refused_in_words(key: str, outputs: Any, given: Any, words: str) -> None:
    found = parsed(json.dumps({key: given}).encode())
    with pytest.raises(Unfit) as caught:
        read_reply(found, [key], {"a": (), "b": (2,)}, outputs)
    assert "program-shape" == caught.value.code
    assert re.fullmatch(rf"answered a {key}( by \w)? that does not fit: {re.escape(words)}", caught.value.what)


def test_a_transposed_jacobian_is_recognised() -> None:
    with pytest.raises(Unfit) as caught:
        read_reply({"jacobian": [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]}, ["jacobian"], {"x": (3,)}, (2,))
    assert "a row belongs to an output, a column to a variable" == caught.value.hint


def test_what_is_not_given_is_none_and_what_is_not_wanted_is_ignored(program: Callable[..., Program]) -> None:
    one = program("""
for q in questions:
    say(id=q["id"], value=[1, 2], jacobian=None, gradient=None, jvp="nonsense", more=q)
""")
    assert Reply([1.0, 2.0], None, None, None) == one.ask({"x": 1.0}, ["value", "jacobian", "vjp"])


def test_the_number_of_outputs_stays_the_same(program: Callable[..., Program]) -> None:
    one = program("""
for q in questions:
    say(value=[0.0] * int(q["point"]["x"]))
""")
    assert [0.0, 0.0] == one.ask({"x": 2.0}, ["value"]).value
    error = failure(one, point={"x": 3.0})
    assert ("program-shape", 5) == (error.code, error.exit_code)
    assert "answered a value that does not fit: 3 outputs, after 2 before" == error.message
    assert [0.0, 0.0] == one.ask({"x": 2.0}, ["value"]).value


# -- programs that answer, each in its way

WILLING = {
    "a program that leaves out the id": "for q in questions: say(value=7)",
    "a program whose reply has no end of line": "next(questions); sys.stdout.write('{\"value\": 7}'); sys.exit(0)",
    "a program that ends after each reply": "q = next(questions); say(id=q['id'], value=7)",
    "a program that leaves slowly": "q = next(questions); say(value=7); sys.stdin.close(); time.sleep(.3)",
    "a program that sends empty lines": "for q in questions: print('\\n  \\n\\r'); say(value=7); print()",
    "a program that sends a byte order mark": r"for q in questions: print('\ufeff{\"value\": 7}\r', flush=True)",
    "a program that repeats its last reply": """
last = {}
for q in questions:
    if last: say(**last)
    last = dict(id=q["id"], value=7)
    say(**last)
    say(**last)
""",
    "a program that complains much": "for q in questions: sys.stderr.write('x' * 3_000_000); say(value=7)",
    "a program that speaks before it is asked": "say(value=7)\nfor q in questions: say(value=7)",
    "a program that answers without having been told": "while True: say(value=7)",
    "a program with a child that holds its output": """
spawn("time.sleep(60)")
say(value=7)
""",
}


@pytest.mark.parametrize("body", WILLING.values(), ids=WILLING)
def test_an_answer_is_an_answer_from(body: str, program: Callable[..., Program]) -> None:
    one = program(body)
    assert [[7.0]] * 3 == [one.ask({"x": 1.0}, ["value"]).value for _ in range(3)]
    assert 3 == one.calls


def test_of_many_complaints_the_last_are_kept(program: Callable[..., Program]) -> None:
    one = program(
        "for q in questions: sys.stderr.write('x' * 100_000 + str(q['id'])); sys.stderr.flush(); say(value=7)"
    )
    for _ in range(3):
        one.ask({"x": 1.0}, ["value"])
        child = one._child
    assert child is not None
    one.close()
    assert "x" * 8191 + "3" == "".join(child.last_words())


def test_a_point_that_is_refused_does_not_end_the_program(program: Callable[..., Program]) -> None:
    one = program("""
for q in questions:
    if q["point"]["x"] < 0: say(id=q["id"], value=None, error="log of -1\\x1b[31m\\n" + 1000 * "!")
    else: say(id=q["id"], value=os.getpid(), error=None)
""")
    first = one.ask({"x": 1.0}, ["value"])
    error = failure(one, point={"x": -1.0})
    assert ("program-refused", 5) == (error.code, error.exit_code)
    assert error.message.startswith("answered that it cannot: log of -1\\x1b[31m\\x0a!!!")
    assert len(error.message) < 300
    assert first == one.ask({"x": 1.0}, ["value"])
    assert 3 == one.calls


def test_an_error_that_is_no_text_is_shown_as_json(program: Callable[..., Program]) -> None:
    one = program("for q in questions: say(error={'why': 1})")
    assert 'answered that it cannot: {"why": 1.0}' == failure(one).message


def test_a_large_question_does_not_deadlock_with_a_large_output(program: Callable[..., Program]) -> None:
    one = program("""
print('{"value": [0.0' + ", 0.0" * 199_999 + "]}", flush=True)
for q in questions: say(value=q["point"]["x"])
""")
    numbers = [k / 3 for k in range(200_000)]
    assert [0.0] * 200_000 == one.ask({"x": numbers}, ["value"]).value
    assert numbers == one.ask({"x": numbers}, ["value"]).value


def test_a_string_is_taken_apart_without_a_shell(
    program: Callable[..., Program], write: Callable[[str], list[str]], tmp_path: Path
) -> None:
    command = write("for q in questions: say(error=' '.join(sys.argv[1:]))")
    with Program(f"{shlex.join(command)} 'a b' $HOME; >{tmp_path}/x *") as one:
        assert f"answered that it cannot: a b $HOME; >{tmp_path}/x *" == failure(one).message
    assert not (tmp_path / "x").exists()


def test_a_program_beside_us_is_found_by_a_relative_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model").write_text(f"#!{sys.executable} -S\nprint('{{\"value\": 3}}')\n")
    (tmp_path / "model").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    with Program("./model") as one:
        assert [3.0] == one.ask({"x": 1.0}, ["value"]).value


def test_nothing_is_started_before_it_is_asked(program: Callable[..., Program], tmp_path: Path) -> None:
    one = program("(here / 'started').touch()")
    one.close()
    assert not (tmp_path / "started").exists()
    assert 0 == one.calls


def test_a_closed_program_is_started_anew_when_it_is_asked(program: Callable[..., Program]) -> None:
    one = program("for q in questions: say(value=os.getpid())")
    first = one.ask({"x": 1.0}, ["value"]).value
    one.close()
    one.close()
    assert first != one.ask({"x": 1.0}, ["value"]).value


# -- programs that do not answer

UNWILLING = {
    # code, message, hint, body
    "a program that crashes at its start": (
        "program-crashed",
        "ended with exit status 3 before it answered; its last words on stderr: no licence",
        "",
        "sys.exit(3) if sys.stderr.write('no licence\\n') else 0",
    ),
    "a program that raises": (
        "program-crashed",
        "ended with exit status 1 before it answered; its last words on stderr: ZeroDivisionError: division by zero",
        r"its last words on stderr:\n(.*\n)*.* 1 / 0\n(.*\n)*  ZeroDivisionError: division by zero",
        "for q in questions: 1 / 0",
    ),
    "a program that ends in silence": ("program-crashed", "ended before it answered", "", "next(questions)"),
    "a program that is killed": (
        "program-crashed",
        "was ended by SIGSEGV before it answered",
        "",
        "next(questions); signal.raise_signal(signal.SIGSEGV)",
    ),
    "a program that closes its output": (
        "program-crashed",
        "closed its output before it answered, and was killed",
        "",
        "os.close(1); time.sleep(60)",
    ),
    "a program that ends and leaves a child with its output": (
        "program-crashed",
        "ended with exit status 4 before it answered",
        "",
        """
spawn("time.sleep(60)")
os._exit(4)
""",
    ),
    "a program that ends and leaves a child that writes for ever": (
        "program-garbage",
        "answered what is not JSON: 'x.*",
        "stdout is for .*",
        """
spawn("while True: print(end='x', flush=True); time.sleep(.01)")
os._exit(4)
""",
    ),
    "a program that answers garbage": (
        "program-garbage",
        r"answered what is not JSON: 'Segmentation fault \\x1b\[2J'",
        "stdout is for replies alone, one JSON object a line: print everything else to stderr",
        "print('Segmentation fault \\x1b[2J', flush=True); time.sleep(60)",
    ),
    "a program that prints a banner first": (
        "program-garbage",
        "answered what is not JSON: 'Solver 3.1, all rights reserved xxxxxxxxxxxxxxxxxxxxxxxxxxxx…'",
        "stdout is for .*\nits last words on stderr:\n  licensed to nobody",
        """
sys.stderr.write("licensed to nobody\\n"); sys.stderr.flush()
print("Solver 3.1, all rights reserved " + 1000 * "x")
for q in questions: say(value=7)
""",
    ),
    "a program that answers a bare number": (
        "program-garbage",
        "answered JSON that is no object: '7'",
        "stdout is for .*",
        "for q in questions: print(7, flush=True)",
    ),
    "a program that answers no text": (
        "program-garbage",
        "answered what is not JSON: '\ufffd\ufffd'",
        "stdout is for .*",
        "for q in questions: os.write(1, b'\\xff\\xfe\\n')",
    ),
    "a program that nests too deeply": (
        "program-garbage",
        r"answered what is not JSON: '\[\[\[.*…'",
        "stdout is for .*",
        "for q in questions: print('[' * 100_000, flush=True)",
    ),
    "a program that answers a question that was not asked": (
        "program-garbage",
        "answered question 2.0, when it was asked question 1",
        "the id of a reply is that of its question",
        "for q in questions: say(id=2, value=7)",
    ),
    "a program that makes the id a text": (
        "program-garbage",
        'answered question "1", when it was asked question 1',
        "the id of a reply is that of its question",
        "for q in questions: say(id=str(q['id']), value=7)",
    ),
    "a program that answers another shape": (
        "program-shape",
        r"answered a value that does not fit: lists of different lengths",
        "",
        "for q in questions: say(value=[[1, 2], [3]])",
    ),
    "a program that prints without end": (
        "program-too-much",
        "wrote more than 1 MiB for one question and was killed",
        "",
        "while True: print()",
    ),
    "a program that prints a huge line": (
        "program-too-much",
        "wrote more than 1 MiB for one question and was killed",
        "",
        "print(end='{\"value\": 7' + ' ' * 2**21, flush=True); time.sleep(60)",
    ),
}
IMPATIENT = {
    "a program that hangs": (
        r"it must read one line, not all of its input, and flush its reply: fflush\(stdout\), .*",
        "time.sleep(60)",
    ),
    "a program that does not flush": (
        "it must read one line, .*, and flush its reply: .*",
        "for q in questions: print('{\"value\": 7}')",
    ),
    "a program that reads all of its input": (
        "it must read one line, .*",
        "say(value=json.load(sys.stdin)['point']['x'])",
    ),
    "a program that does not end its line": (
        "a reply ends with a newline, and '{\"value\": 7}' did not",
        "for q in questions: print('{\"value\": 7}', end='', flush=True)",
    ),
    "a program that ignores SIGTERM": (
        "it must read one line, .*, and flush its reply: .*",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)",
    ),
    "a program that has been stopped": (
        "it must read one line, .*, and flush its reply: .*",
        "signal.raise_signal(signal.SIGSTOP)",
    ),
    "a program that only repeats an old reply": (
        "it must read one line, .*, and flush its reply: .*",
        "for q in questions: say(id=0, value=7)",
    ),
    "a program that writes a little now and then": (
        "a reply ends with a newline, and 'x.*",
        "while True: print(end='x', flush=True); time.sleep(.01)",
    ),
    "a program that complains without end": (
        "it must read one line, .*, and flush its reply: .*\nits last words on stderr:\n(  help!\n){5}  \\S+",
        "while True: sys.stderr.write('help!\\n' * 1000)",
    ),
    "a program with a child of its own": (
        "it must read one line, .*, and flush its reply: .*",
        "spawn('time.sleep(60)').wait()",
    ),
}
# Each of them holds this open for writing, and so does all that it starts: when nobody does, all are gone.
HOLD = "os.set_inheritable(os.open(here / 'alive', os.O_WRONLY), True)\n"


class Pulse:
    """A pipe with a name that a program holds open as long as it, or something that it started, is alive."""

    def __init__(self, folder: Path) -> None:
        os.mkfifo(folder / "alive")
        self._pipe = os.open(folder / "alive", os.O_RDONLY | os.O_NONBLOCK)

    def gone(self) -> bool:
        deadline = time.monotonic() + SOON
        while time.monotonic() < deadline:
            try:
                if os.read(self._pipe, 1) == b"":
                    return True
            except BlockingIOError:
                time.sleep(0.01)
        return False

    def close(self) -> None:
        os.close(self._pipe)


@pytest.mark.parametrize(("code", "message", "hint", "body"), UNWILLING.values(), ids=UNWILLING)
def test_what_it_did_is_said_of(
    code: str, message: str, hint: str, body: str, program: Callable[..., Program], tmp_path: Path
) -> None:
    with closing(Pulse(tmp_path)) as pulse:
        one = program(HOLD + body, most_output=2**20)
        error = failure(one)
        assert (code, 5) == (error.code, error.exit_code)
        assert error.message == message or re.fullmatch(message, error.message)
        assert error.hint == hint or re.fullmatch(hint, error.hint)
        one.close()
        assert pulse.gone()
    assert 0 == one.calls or code == "program-shape"


@pytest.mark.parametrize(("hint", "body"), IMPATIENT.values(), ids=IMPATIENT)
def test_time_runs_out_for(hint: str, body: str, program: Callable[..., Program], tmp_path: Path) -> None:
    with closing(Pulse(tmp_path)) as pulse:
        one = program(HOLD + body, timeout=1.5)
        error = failure(one)
        assert ("program-timeout", 5) == (error.code, error.exit_code)
        assert "gave no answer within 1.5 s and was killed" == error.message
        assert re.fullmatch(hint, error.hint), error.hint
        assert pulse.gone()


def test_a_crash_midway_is_a_crash_however_early_it_is_noticed(program: Callable[..., Program]) -> None:
    one = program("for q in questions: say(value=7) if q['id'] < 3 else sys.exit('I give up')")
    assert [[7.0]] * 2 == [one.ask({"x": 1.0}, ["value"]).value for _ in range(2)]
    error = failure(one)
    assert "program-crashed" == error.code
    assert "ended with exit status 1 before it answered; its last words on stderr: I give up" == error.message
    late = program("next(questions); say(value=7); sys.exit(9)")
    assert [7.0] == late.ask({"x": 1.0}, ["value"]).value
    time.sleep(0.2)
    assert "ended with exit status 9 before it answered" == failure(late).message


def test_a_program_that_once_answered_and_then_only_ends_is_not_started_for_ever(
    program: Callable[..., Program], tmp_path: Path
) -> None:
    one = program("""
with (here / "runs").open("a") as file: file.write("x")
if (here / "runs").stat().st_size == 1: say(value=7)
""")
    assert [7.0] == one.ask({"x": 1.0}, ["value"]).value
    assert "ended before it answered" == failure(one).message
    assert "xx" == (tmp_path / "runs").read_text()


def test_each_question_has_the_whole_time_and_the_whole_output(program: Callable[..., Program]) -> None:
    body = "for q in questions: time.sleep(.3); print(' ' * 700_000); say(value=7)"
    one = program(body, timeout=2.5, most_output=2**20)
    assert [[7.0]] * 10 == [one.ask({"x": 1.0}, ["value"]).value for _ in range(10)]


def test_a_question_that_is_not_read_does_not_block(program: Callable[..., Program]) -> None:
    one = program("time.sleep(60)", timeout=1.0)
    assert "program-timeout" == failure(one, point={"x": [0.1] * 500_000}).code


def test_a_child_that_escapes_is_not_waited_for(program: Callable[..., Program], tmp_path: Path) -> None:
    one = program("""
escaped = spawn("time.sleep(60)", start_new_session=True)
(here / "pid").write_text(str(escaped.pid))
next(questions)
time.sleep(60)
""", timeout=2.0)  # fmt: skip
    began, before = time.monotonic(), threading.active_count()
    assert "program-timeout" == failure(one).code
    one.close()
    assert threading.active_count() > before
    assert time.monotonic() - began < SOON
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert settled(before)


def test_a_child_that_escapes_and_goes_on_writing_is_cut_off(program: Callable[..., Program], tmp_path: Path) -> None:
    before = threading.active_count()
    with closing(Pulse(tmp_path)) as pulse:
        one = program(HOLD + """
spawn("while True: print(1, flush=True)", start_new_session=True, stderr=subprocess.DEVNULL)
time.sleep(60)
""")  # fmt: skip
        assert "program-garbage" == failure(one).code
        assert settled(before)
        assert pulse.gone()


STUBBORN = {
    "obeys the end of its input": "for q in questions: say(value=7)",
    "goes on after the end of its input": "for q in questions: say(value=7)\ntime.sleep(60)",
    "goes on after SIGTERM": """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for q in questions: say(value=7)
time.sleep(60)
""",
    "goes on writing": "for q in questions:\n while True: say(value=7)",
    "has a child": """
spawn("time.sleep(60)")
for q in questions: say(value=7)
""",
}


@pytest.mark.parametrize("body", STUBBORN.values(), ids=STUBBORN)
def test_close_ends_a_program_that(body: str, program: Callable[..., Program], tmp_path: Path) -> None:
    before = threading.active_count(), open_files()
    with closing(Pulse(tmp_path)) as pulse:
        one = program(HOLD + body)
        assert [7.0] == one.ask({"x": 1.0}, ["value"]).value
        one.close()
        assert pulse.gone()
    assert before == (threading.active_count(), open_files())


def settled(threads: int) -> bool:
    """Whether there are so many threads, at once or soon."""
    deadline = time.monotonic() + SOON
    while threading.active_count() != threads and time.monotonic() < deadline:
        time.sleep(0.01)
    return threading.active_count() == threads


def open_files() -> int:
    """How many there are, where the system tells."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def test_an_interrupt_waits_for_what_is_begun() -> None:
    done = []

    def begin() -> None:
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            done.append("begun")
        done.append("not reached")

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            begin()
        assert (["begun"], signal.default_int_handler) == (done, signal.getsignal(signal.SIGINT))
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_interrupt_from_the_keyboard_ends_the_program(write: Callable[[str], list[str]], tmp_path: Path) -> None:
    command = write(f"{HOLD}(here / 'ready').touch(); time.sleep(60)")
    code = f"""
from adcli.check.pipes import uninterrupted
from adcli.check.programs import Program
try:
    Program({command!r}, timeout=60).ask({{"x": 1.0}}, ["value"])
except KeyboardInterrupt:
    print("interrupted")
"""
    with closing(Pulse(tmp_path)) as pulse:
        asking = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT)
        deadline = time.monotonic() + SOON
        while not (tmp_path / "ready").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        asking.send_signal(signal.SIGINT)
        assert b"interrupted\n" == asking.communicate(timeout=SOON)[0]
        assert pulse.gone()


# -- programs that do not start


@pytest.mark.parametrize(
    ("content", "mode", "message", "hint"),
    [
        (None, 0, "cannot start {}: No such file or directory", ""),
        ("#!/bin/sh\n", 0o644, "cannot start {}: Permission denied", "it is not executable: chmod +x {}"),
        ("no interpreter\n", 0o755, "cannot start {}: Exec format error", "a script begins with a line that names "),
        ("#!/no/such\n", 0o755, "cannot start {}: No such file or directory", "its first line names an interpreter "),
    ],
)
def test_a_program_that_cannot_be_started_is_a_matter_of_usage(
    content: str | None, mode: int, message: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / "model").write_text(content)
        (tmp_path / "model").chmod(mode)
    with Program("./model") as one:
        error = failure(one, UsageError)
    assert ("program-missing", 2) == (error.code, error.exit_code)
    assert message.format("./model") == error.message
    assert error.hint.startswith(hint.format("./model"))


def test_a_program_of_this_folder_without_its_dot_gets_a_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a-model-of-mine").touch()
    with Program("a-model-of-mine") as one:
        assert "a program in this folder is named ./a-model-of-mine" == failure(one, UsageError).hint
    with Program(str(tmp_path)) as one:
        assert f"{tmp_path} is a folder" == failure(one, UsageError).hint


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("", "the command of the program is empty"),
        ([], "the command of the program is empty"),
        ("./model 'x", "the command './model 'x' cannot be read: No closing quotation"),
    ],
)
def test_a_command_that_is_none_is_refused_at_once(command: str | Sequence[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        Program(command)
    assert ("program-missing", message) == (caught.value.code, caught.value.message)


def test_a_command_with_a_zero_byte_is_refused() -> None:
    with Program(["./model\0"]) as one:
        assert "cannot start './model\\x00': embedded null byte" == failure(one, UsageError).message


# -- functions in Python

FUNCTIONS = """
import math, os, sys

def named(x1, x2, scale=1.0):
    return [x1 * x2 + math.sin(x1), math.exp(x1 - x2)]

def gradient(x1, x2):
    return {"x1": [x2 + math.cos(x1), math.exp(x1 - x2)], "x2": [x1, -math.exp(x1 - x2)]}

def placed(a, b): return a - 2 * b
def packed(x, scale=3.0): return scale * x[0] - x[1]
def many(*x): return x[0] - x[1]
def mapped(**x): return x["x1"] - 2 * x["x2"]
def only(x1, /, *, x2): return x1, (x2,)
def arrays(x1, x2): return [[x1, x2[0][1]], (x2[1][0], len(x2))]
def root(x1, x2): return math.log(x1) + 1 / x2
def complicated(x1, x2): return (x1 - 10) ** 0.5
def broken(x1, x2): return x1.nothing
def none(x1, x2): return None
def noisy(x1, x2):
    print("print"); os.write(1, b"write\\n"); os.system("echo system"); sys.__stdout__.flush()
    return x1 + len(sys.stdin.read())
def fatal(x1, x2):
    print("so far")
    os._exit(3)
class Model:
    @staticmethod
    def f(x1, x2): return x1 - x2
class Box:
    def tolist(self): return [1, 2.5]
def boxed(x1, x2): return Box()
print("imported")
number = 3
"""


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Ask a function of the module above, or of another text, once."""
    (tmp_path / "functions.py").write_text(FUNCTIONS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)

    def asked(function: str, *, point: Any = POINT, jacobian: str | None = None, want: Any = ("value",)) -> Reply:
        with Program(python_command(function, jacobian), timeout=SOON) as one:
            assert function == one.name
            return one.ask(point, want)

    return asked


def test_a_python_function_gives_values_and_its_jacobian(serve: Callable[..., Reply]) -> None:
    want = ["value", "jacobian", "vjp"]
    assert Reply(*reference(1.0, 2.0), None, None) == serve("functions:named", jacobian="functions:gradient", want=want)
    assert serve("functions:named", want=want).jacobian is None


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("placed", [-3.0]),
        ("packed", [1.0]),
        ("many", [-1.0]),
        ("mapped", [-3.0]),
        ("Model.f", [-1.0]),
        ("boxed", [1.0, 2.5]),
        ("noisy", [1.0]),
    ],
)
def test_a_function_is_called_as_its_parameters_ask(
    function: str, expected: list[float], serve: Callable[..., Reply]
) -> None:
    assert expected == serve(f"functions:{function}").value


def test_functions_in_c_and_of_one_array_are_called_by_position(serve: Callable[..., Reply]) -> None:
    assert [5.0] == serve("math:hypot", point={"a": 3.0, "b": 4.0}).value
    assert [6.0] == serve("math:fsum", point={"v": [1.0, 2.0, 3.0]}).value
    assert [3.0] == serve("builtins:max", point={"a": 3.0, "b": -4.0}).value


def test_arrays_come_as_lists_and_infinities_as_floats(serve: Callable[..., Reply]) -> None:
    point = {"x1": INF, "x2": [[1.0, 2.0], [3.0, 4.0]]}
    assert [INF, 2.0, 3.0, 2.0] == serve("functions:arrays", point=point).value


def test_arrays_come_as_those_of_numpy_to_a_module_that_imports_it(serve: Callable[..., Reply], tmp_path: Path) -> None:
    pytest.importorskip("numpy")
    (tmp_path / "dense.py").write_text("""
import numpy as np
def f(x, W): return np.tanh(W @ x)
def df(x, W): return {"x": np.diag(1 - f(x, W) ** 2) @ W, "W": np.zeros((2, 2, 2))}
def total(x): return np.float32(0.1) * (x @ x)
""")
    point = {"x": [0.5, -0.25], "W": [[1.0, 2.0], [3.0, 4.0]]}
    reply = serve("dense:f", point=point, jacobian="dense:df", want=["value", "jacobian"])
    assert pytest.approx([0.0, math.tanh(0.5)]) == reply.value
    slope = 1 - math.tanh(0.5) ** 2
    assert [pytest.approx([1, 2, 0, 0, 0, 0]), pytest.approx([3 * slope, 4 * slope, 0, 0, 0, 0])] == reply.jacobian
    assert pytest.approx([0.5]) == serve("dense:total", point={"a": 1.0, "b": 2.0}).value


@pytest.mark.parametrize(
    ("function", "x1", "x2", "message"),
    [
        ("root", -1.0, 2.0, "ValueError: math domain error"),
        ("root", 1.0, 0.0, "ZeroDivisionError: float division by zero"),
        ("named", 1e3, 0.0, "OverflowError: math range error"),
        ("complicated", 9.0, 0.0, "ValueError: .*1j.* is not a real number"),
    ],
)
def test_what_mathematics_raises_is_an_answer(
    function: str, x1: float, x2: float, message: str, serve: Callable[..., Reply]
) -> None:
    with pytest.raises(ProgramError, match=f"^functions:{function} answered that it cannot: {message}$") as caught:
        serve(f"functions:{function}", point={"x1": x1, "x2": x2})
    assert "program-refused" == caught.value.code


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("functions:broken", "AttributeError: 'float' object has no attribute 'nothing'"),
        ("functions:none", "TypeError: float() argument must be a string or a real number, not 'NoneType'"),
        ("functions:nothing", "module 'functions' has no 'nothing'"),
        ("functions:number", "'number' in module 'functions' is no function"),
        ("nowhere.at.all:f", "there is no module 'nowhere' here"),
        ("functions.py:f", "there is no module 'functions.py' here"),
        ("replies:parsed", "there is no module 'replies' here"),
        ("importing:f", "ModuleNotFoundError: No module named 'nowhere'"),
        ("failing:f", "AttributeError: module 'math' has no attribute 'nothing'"),
    ],
)
def test_what_is_wrong_with_a_function_is_its_last_word(
    function: str, words: str, serve: Callable[..., Reply], tmp_path: Path
) -> None:
    (tmp_path / "importing.py").write_text("import nowhere")
    (tmp_path / "failing.py").write_text("import math; math.nothing")
    with pytest.raises(ProgramError) as caught:
        serve(function)
    assert "program-crashed" == caught.value.code
    assert f"{function} ended with exit status 1 before it answered; its last words on stderr: {words}" == str(
        caught.value
    )


def test_what_a_function_prints_before_it_kills_the_program_is_not_lost(serve: Callable[..., Reply]) -> None:
    with pytest.raises(ProgramError, match=r"exit status 3 before it answered; its last words on stderr: so far$"):
        serve("functions:fatal")


def test_the_users_modules_take_the_place_of_none_that_serving_needs(
    serve: Callable[..., Reply], tmp_path: Path
) -> None:
    for name in ("json", "argparse", "inspect", "plan", "adcli"):
        (tmp_path / f"{name}.py").write_text("def f(x1, x2): return 42.0")
    assert [42.0] == serve("plan:f").value


@pytest.mark.parametrize("name", ["model", ":f", "model:", ""])
def test_a_name_that_is_no_function_is_a_matter_of_usage(name: str) -> None:
    for function, jacobian in ((name, None), ("model:f", name)):
        with pytest.raises(UsageError) as caught:
            python_command(function, jacobian)
        assert ("program-missing", f"'{name}' does not name a Python function") == (
            caught.value.code,
            caught.value.message,
        )


def test_serving_is_a_program_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(FUNCTIONS)
    asked = '\n{"id": "any", "want": ["value"], "point": {"x1": 1, "x2": 2}}\n'
    done = subprocess.run(
        [sys.executable, "-m", "adcli.check.serving", "model:placed"],
        input=asked,
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert '{"id": "any", "value": -3.0}\n' == done.stdout
    assert "imported\n" == done.stderr
