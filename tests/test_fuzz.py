"""Random command lines: see the package `fuzz`, which also runs by itself for as long as one likes.

`ADCLI_FUZZ=10000000` in the environment runs so many here.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fuzz import harness
from fuzz.campaign import campaign
from fuzz.harness import FORBIDDEN, Outcome, complaint, execute, time_limit, workplace
from fuzz.lines import COMMANDS, Line, line

import adcli.cli
from adcli.cli import Commands
from adcli.errors import EXIT_CODES

ROOT = Path(__file__).parent.parent
COUNT = int(os.environ.get("ADCLI_FUZZ", "100000"))
PARTS = 20
SEED = 5

pytestmark = [
    pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="a time limit for each needs a timer"),
    pytest.mark.usefixtures("untraced"),
]


@pytest.mark.parametrize("part", range(PARTS))
def test_no_command_line_does_what_none_may_do(part: int) -> None:
    size = -(-COUNT // PARTS)
    report = campaign(SEED, part * size, size)
    assert [] == [f"#{found.number} {found.line}: {found.complaint}" for found in report.findings]
    assert sum(report.codes.values()) == size
    assert {0, 2, 3, 4, 5} <= set(report.codes) or size < 1000


SAMPLE = 60


@pytest.mark.parametrize("part", range(4))
def test_the_same_holds_for_processes(part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for number in range(10**9 + part * SAMPLE, 10**9 + (part + 1) * SAMPLE):
        given = line(SEED, number)
        try:
            args = [os.fsencode(arg) for arg in given.args]
        except UnicodeEncodeError:  # no process has such an argument, nor one with a NUL
            continue
        if any(b"\0" in arg for arg in args):
            continue
        for name, data in given.files.items():
            (tmp_path / name).write_bytes(data)
        done = subprocess.run(
            [sys.executable, "-m", "adcli", *args], input=given.stdin, capture_output=True, timeout=60,
            check=False, env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        )  # fmt: skip
        found = complaint(given, Outcome(done.returncode, done.stdout, done.stderr, 0.0, ""))
        assert "" == found, (number, given)


def test_the_command_lines_are_those_of_all_commands_and_repeat() -> None:
    assert sorted(COMMANDS) == Commands().list_commands(None)  # type: ignore[arg-type]
    drawn = [line(1, number) for number in range(3000)]
    assert drawn == [line(1, number) for number in range(3000)]
    assert drawn != [line(2, number) for number in range(3000)]
    assert len({one.args for one in drawn}) > 2500
    commands = {one.args[0] for one in drawn if one.args}
    assert set(COMMANDS) <= commands
    texts = [" ".join(one.args) for one in drawn]
    odd = ["\x1b", "\u202e", "\0", "(" * 12, "1e999999999", "9" * 400, "--claim", "for k in", "B@", "\ud800"]
    for part in odd:
        assert any(part in text for text in texts), part
    assert any(one.stdin for one in drawn)
    assert any(one.files for one in drawn)


# -- the harness notices


def outcome(**changes: Any) -> Outcome:
    return Outcome(0, b"", b"", 0.0, "")._replace(**changes)


@pytest.mark.parametrize(
    ("changes", "args", "said"),
    [
        ({"raised": "ValueError"}, ["eval"], "ValueError"),
        ({"code": None}, ["eval"], "exit code None"),
        ({"code": 7}, ["eval"], "exit code 7"),
        ({"code": -11}, ["eval"], "exit code -11"),
        ({"code": 1}, ["eval"], "exit code 1 without a check"),
        ({"code": 130}, ["eval"], "exit code 130 without a cause"),
        ({"out": b"a\x1b[31m"}, ["eval"], "stdout has the character '\\x1b'"),
        ({"err": b"a\x07"}, ["eval"], "stderr has the character '\\x07'"),
        ({"out": "\u202e".encode()}, ["eval"], "stdout has the character '\\u202e'"),
        ({"out": b"\xff"}, ["eval"], "stdout is no UTF-8"),
        ({"err": b"Traceback (most"}, ["eval"], "stderr has a traceback"),
        ({"out": b"text"}, ["eval", "--json"], "stdout is no JSON"),
        ({"out": b'{"x": NaN}\n'}, ["eval", "--json"], "stdout is no JSON: NaN is no JSON"),
        ({"out": b"{}\n{}\n"}, ["eval", "--json"], "stdout is no JSON"),
        ({"out": b"{\n}\n"}, ["eval", "--json"], "stdout is not one line of JSON"),
        ({"out": b'{"schema": "adcli/error/1", "exit_code": 3}\n', "code": 2}, ["eval", "--json"], "exit code 2, and"),
    ],
)
def test_the_harness_complains(changes: dict[str, Any], args: list[str], said: str) -> None:
    assert complaint(Line(tuple(args), b"", {}), outcome(**changes)).startswith(said)


def test_the_harness_is_content_with_what_is_right() -> None:
    assert "" == complaint(Line(("check",), b"", {}), outcome(code=1, out="∂y1/∂x = 1\n".encode()))
    assert "" == complaint(Line(("eval", "--json"), b"", {}), outcome(out=b'{"schema": "adcli/value/1"}\n'))
    assert set(EXIT_CODES) == {0, 1, 2, 3, 4, 5, 130, 141}
    assert FORBIDDEN.search("".join(chr(k) for k in range(32, 127)) + "\n∂²·─│θ…") is None
    assert len(re.findall(FORBIDDEN, "".join(chr(k) for k in [*range(32), *range(0x7F, 0xA0)]))) == 31 + 33


def test_a_planted_defect_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(adcli.cli, "_usage", broken)
    report = campaign(SEED, 0, 200)
    assert any("ZeroDivisionError" in found.complaint for found in report.findings)


def test_a_command_line_that_takes_too_long_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harness, "SECONDS", 0.3)
    slow = Line(("eval", "s=x; for k in range(10^6) { s = sin(s) + k }; s", "--at", "1"), b"", {})
    with workplace(), time_limit():
        found = execute(slow)
    assert (None, True) == (found.code, "_TooLongError" in complaint(slow, found))


def test_what_a_run_leaves_behind_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with workplace():
        state = harness.State()
        assert "" == state.complaint()
        monkeypatch.setenv("ADCLI_LEFT_BEHIND", "1")
        assert "environment was" in state.complaint()
