"""Running command lines in this process, and what must hold for each of them.

Whatever the command line: no exception leaves the program, the exit code is a documented one, no
control character is printed, JSON is JSON, and it is over within its time. And nothing remains:
the same command line gives the same answer before and after all others.
"""

from __future__ import annotations

import gc
import io
import json
import locale
import os
import re
import signal
import sys
import tempfile
import time
import traceback
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from adcli.cli import run
from adcli.errors import EXIT_CODES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .lines import Line

SECONDS = 60.0
"""Longer than the limit of a run of the command line, since machines that run tests are slow."""

FORBIDDEN = re.compile(
    "[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\\u200e\\u200f\\u061c\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ufff9-\\ufffb\\ud800-\\udfff]"
)
"""Control characters but the newline, overrides of the direction, and halves of characters."""

PROBES = [
    ["jac", "x1*x2+sin(x1), exp(x1-x2)", "--at", "1,2"],
    ["grad", "atan(x)/x", "--at", "0.1", "--digits", "30", "--json"],
    ["diff", "a*sin(x) + b*x*sin(x)", "--format", "latex"],
    ["hess", "x^2*y", "--at", "3,2", "--format", "csv"],
    ["trace", "x*y + sin(x)", "--at", "1,2", "--mode", "reverse", "--format", "markdown"],
    ["check", "x^2*sin(3x)", "--claim", "2x*sin(3x) + x^2*cos(3x)", "--json"],
    ["eval", "sum(x*i for i in range(10))", "--at", "1", "--max-turns", "9"],
    ["eval", "1 +", "--json"],
    ["jac", "W@x", "--at", "W=[[1,2],[3,4]]; x=[5,6]", "--wrt", "W"],
    ["eval", "9" * 4001],
]
"""Command lines whose answers nothing may change."""


class Outcome(NamedTuple):
    """What a command line did: its exit code (None if it raised), what it printed, and its time."""

    code: int | None
    out: bytes
    err: bytes
    seconds: float
    raised: str


class _TooLongError(BaseException):
    """A command line is not over within `SECONDS`."""


@contextmanager
def workplace() -> Iterator[None]:
    """An empty folder to be in, and warnings as errors."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("error")
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def execute(line: Line) -> Outcome:
    """Run a command line in the folder that we are in."""
    for name, data in line.files.items():
        Path(name).write_bytes(data)
    kept = (sys.stdin, sys.stdout, sys.stderr)
    out, err = io.BytesIO(), io.BytesIO()
    sys.stdin = io.TextIOWrapper(io.BytesIO(line.stdin), encoding="utf-8")
    printed = sys.stdout = io.TextIOWrapper(out, encoding="utf-8")
    said = sys.stderr = io.TextIOWrapper(err, encoding="utf-8", errors="backslashreplace")
    sys.set_int_max_str_digits(4300)  # what a new process has
    code, raised = None, ""
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    begin = time.perf_counter()
    try:
        code = run(list(line.args))
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raised = "".join(traceback.format_exception(error)[-5:])
    finally:
        seconds = time.perf_counter() - begin
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.stdin, sys.stdout, sys.stderr = kept
    outcome = Outcome(code, out.getvalue(), err.getvalue(), seconds, raised)
    with suppress(UnicodeError):  # what they may still hold was complained of
        printed.detach()
        said.detach()
    return outcome


def complaint(line: Line, outcome: Outcome) -> str:
    """What is wrong with an outcome; nothing if nothing is."""
    if outcome.raised:
        return outcome.raised
    if outcome.code not in EXIT_CODES:
        return f"exit code {outcome.code}"
    if outcome.code == 1 and "check" not in line.args:
        return "exit code 1 without a check"
    if outcome.code in (130, 141):
        return f"exit code {outcome.code} without a cause"
    for name, data in (("stdout", outcome.out), ("stderr", outcome.err)):
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            return f"{name} is no UTF-8: {error}"
        found = FORBIDDEN.search(text)
        if found is not None and not (found.group() == "\r" and "csv" in line.args):
            return (
                f"{name} has the character {found.group()!r}: {text[max(found.start() - 30, 0) : found.end() + 30]!r}"
            )
        if "Traceback" in text and not any("Traceback" in arg for arg in line.args):
            return f"{name} has a traceback"
    wanted = "--json" in line.args and not {"--", "--help", "-h", "--version"} & {*line.args}
    return _complaint_of_json(line, outcome) if wanted else ""


def _complaint_of_json(line: Line, outcome: Outcome) -> str:
    """What is wrong with the answer to somebody who asked for JSON."""
    if outcome.code == 0 and line.args[0] == "batch" and "--reduce" not in line.args and "check" not in line.args:
        return _complaint_of_rows(outcome)
    if outcome.code == 0 and not outcome.out.startswith(b"{"):
        return "" if "schema" in line.args else "stdout is no JSON"
    try:
        found = json.loads(outcome.out, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return f"stdout is no JSON: {error}"
    if outcome.out.count(b"\n") != 1:
        return "stdout is not one line of JSON"
    if found.get("schema") == "adcli/error/1" and found.get("exit_code") != outcome.code:
        return f"exit code {outcome.code}, and the error says {found.get('exit_code')}"
    return ""


def _complaint_of_rows(outcome: Outcome) -> str:
    """The same for rows, each of which is a line of JSON."""
    try:
        for row in outcome.out.splitlines():
            json.loads(row, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return f"a row is no JSON: {error}"
    return ""


def _refuse(constant: str) -> Any:
    message = f"{constant} is no JSON"
    raise ValueError(message)


class State:
    """What a run must leave as it was: the process, and the answers to the probes."""

    def __init__(self) -> None:
        self.before = self.look()

    @staticmethod
    def look() -> dict[str, Any]:
        """The state as it is now."""
        import mpmath

        from .lines import Line

        return {
            "environment": dict(os.environ),
            "folder": str(Path.cwd()),
            "locale": locale.setlocale(locale.LC_ALL),
            "mask": os.umask(os.umask(0o22)),
            "recursion limit": sys.getrecursionlimit(),
            "signals": [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)],
            "mpmath": (mpmath.mp.prec, mpmath.mp.trap_complex),
            "answers": [execute(Line(tuple(probe), b"", {}))[:3] for probe in PROBES],
        }

    def complaint(self) -> str:
        """What has changed."""
        now = self.look()
        return "".join(
            f"{name} was {was!r}, and is {now[name]!r}" for name, was in self.before.items() if was != now[name]
        )


@contextmanager
def time_limit() -> Iterator[None]:
    """Let SIGALRM end a command line that takes too long."""

    def ring(_number: int, _frame: Any) -> None:
        raise _TooLongError

    before = signal.signal(signal.SIGALRM, ring)
    try:
        yield
    finally:
        with suppress(TypeError):
            signal.signal(signal.SIGALRM, before)


@contextmanager
def no_collector() -> Iterator[None]:
    """As in the console script, nothing looks for cycles."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
