"""Hostile input: every run ends in time and memory, with a documented exit code, and leaves whole files or none.

Times are generous: tests run beside each other on slow machines.
"""

from __future__ import annotations

import ast
import contextlib
import errno
import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import pytest

import adcli as package
from adcli import options, supervision, watch
from adcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent
SOON = 30.0  # seconds
MB = 1_000_000
FOREVER = "s=x; for k in range(10^6) { s = sin(s) + k }; s"

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="there are two processes where there is fork")


class Run(NamedTuple):
    """What a run did: its exit code, what it printed, its seconds, and its peak memory in MB of 10^6 bytes."""

    code: int
    out: str
    err: str
    seconds: float
    memory: float

    @property
    def error(self) -> dict[str, Any]:
        """The error object of a run with --json."""
        found: dict[str, Any] = json.loads(self.out)
        assert "adcli/error/1" == found["schema"]
        assert self.code == found["exit_code"]
        return found


def run(*args: str, **options: Any) -> Run:
    """Adcli as a process of its own, to its end."""
    return finish(start(*args, **options))


def start(*args: str, **options: Any) -> subprocess.Popen[bytes]:
    return begin([sys.executable, "-m", "adcli", *args], **options)


BEGUN: list[subprocess.Popen[bytes]] = []


@pytest.fixture(autouse=True)
def nothing_runs_on() -> Iterator[None]:
    """The processes of a test end with it, even if it fails."""
    yield
    while BEGUN:
        process = BEGUN.pop()
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


def begin(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": ROOT}
    # Whoever measures coverage holds a lock while it takes notes, and an exception of a signal there leaves it locked.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_PROCESS_")}
    process = subprocess.Popen(command, **{**pipes, "env": {**kept, "PYTHONPATH": str(ROOT)}, **options})
    BEGUN.append(process)
    process.began = time.monotonic()  # type: ignore[attr-defined]
    return process


def finish(process: subprocess.Popen[bytes]) -> Run:
    out, err = process.communicate(timeout=4 * SOON)
    return Run(process.returncode, (out or b"").decode(), (err or b"").decode(), time.monotonic() - process.began, 0)  # type: ignore[attr-defined]


# A process begins with the peak of the one that forked it: a small one forks, not a test run of any size.
LAUNCHER = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
with open("peak", "w") as file:
    file.write(str(usage.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status))
"""


def measured(folder: Path, *args: str) -> Run:
    """The same with its peak memory, workers included."""
    launcher = [sys.executable, "-I", "-c", LAUNCHER]
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = begin([*launcher, sys.executable, "-m", "adcli", *args], stdout=out, stderr=err, cwd=folder)
        process.wait()
    seconds = time.monotonic() - process.began  # type: ignore[attr-defined]
    texts = [(folder / name).read_text(encoding="utf-8") for name in ("out", "err")]
    return Run(process.returncode, *texts, seconds, int((folder / "peak").read_text()) * 1024 / MB)


# -- a megabyte of anything

MEGABYTES: dict[str, tuple[str | bytes, list[str], tuple[int, ...]]] = {
    "parentheses that close": ("(" * (MB // 2) + "x" + ")" * (MB // 2 - 1), ["jac", "--at", "1"], (0, 4)),
    "parentheses that do not": ("(" * MB, ["diff"], (3, 4)),
    "minus signs": ("-" * MB + "x", ["eval"], (4,)),
    "functions in each other": ("sin(" * (MB // 5) + "x" + ")" * (MB // 5), ["hess", "--at", "1"], (0, 4)),
    "a tower of powers": ("x^" * (MB // 2) + "x", ["diff"], (0, 4)),
    "terms": ("+".join(f"sin({k}x)" for k in range(80_000)), ["check", "--claim", "1"], (1, 4, 5)),
    "digits": ("7" * MB, ["eval", "--digits", "50"], (4,)),
    "digits of an exponent": ("1e" + "7" * MB, ["eval"], (4,)),
    "digits of a power": ("x^" + "7" * MB, ["diff"], (4,)),
    "outputs": (",".join(["x"] * (MB // 2)), ["trace", "--at", "1"], (0, 4)),
    "bindings": (";".join(["a=x"] + ["a=a*x"] * (MB // 6)) + ";a", ["diff"], (0, 4)),
    "functions of functions": (
        ";".join(["f0(x)=x"] + [f"f{k}(x)=f{k - 1}(x)+f{k - 1}(2x)" for k in range(1, 20_000)]) + ";f19999(x)",
        ["grad", "--at", "1"], (0, 4),
    ),
    "one name": ("x" * MB, ["grad", "--at", "1"], (0, 4)),
    "an unknown function": ("s" * MB + "(x)", ["eval", "--at", "1"], (3,)),
    "brackets": ("[" * (MB // 2) + "x" + "]" * (MB // 2 - 1), ["eval", "--at", "1"], (3, 4)),
    "conditions": ("piecewise(" + ",".join(f"x<{k},x*{k}" for k in range(60_000)) + ",0)", ["diff"], (0, 4)),
    "comparisons": ("where(" + "<".join(["x"] * (MB // 2 - 9)) + ",x,0)", ["jac", "--at", "1"], (0, 4)),
    "primes": ("x" + "'" * (MB - 1), ["eval", "--at", "1"], (3, 4)),
    "superscripts": ("x" + "²" * (MB // 2), ["diff"], (4,)),
    "quotes": ('x"' * (MB // 2), ["eval"], (3,)),
    "newlines": ("\n" * (MB - 1) + "x", ["eval", "--at", "1"], (0,)),
    "NULs": (b"\0" * MB, ["eval"], (3,)),
    "bytes": (bytes(range(256)) * (MB // 256), ["eval"], (2,)),
}  # fmt: skip


def limit(name: str) -> list[str]:
    """The time limit: for most a short one, since tests are many."""
    return [] if name in ("terms", "a long loop") else ["--timeout", "2"]


@posix
@pytest.mark.parametrize("name", MEGABYTES)
@pytest.mark.usefixtures("untraced")
def test_a_megabyte_is_answered_or_refused_in_time_and_memory(name: str, tmp_path: Path) -> None:
    text, args, codes = MEGABYTES[name]
    path = tmp_path / "text.ad"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    found = measured(tmp_path, args[0], f"@{path}", *args[1:], "--json", *limit(name))
    assert found.code in codes
    assert found.memory < 512
    assert found.seconds < SOON
    assert all(line.startswith("checking: ") for line in found.err.splitlines()) or found.code != 4
    if found.code in (2, 3, 4):
        assert len(json.dumps(found.error)) < 2000


SHORT: dict[str, tuple[list[str], tuple[int, ...], str]] = {
    "a long sum": (["eval", "sum(i for i in range(10^9))"], (4,), "too-many-turns"),
    "nested sums": (["eval", "sum(i*j for i in range(10^5) for j in range(10^5))"], (4,), ""),
    "a long loop": (["jac", FOREVER, "--at", "1"], (0, 4), ""),
    "a factorial": (["diff", "s=1; for k in range(1,10^6) { s = s*k }; s*x"], (4,), ""),
    "squares of squares": (["diff", "s=3; for k in range(60) { s = s*s }; s*x"], (0,), ""),
    "a tower": (["diff", "9^9^9^9*x"], (0,), ""),
    "a tower of digits": (["eval", "9^9^9^9", "--digits", "50"], (0, 4), ""),
    "an index": (["eval", "[1,2][2^(10^18)]"], (3,), "not-whole"),
    "an exponent": (["eval", "x*1e999999999", "--at", "1", "--digits", "50"], (4,), "literal-exponent"),
    "a sum of fractions": (["diff", "sum(x/i for i in range(1,10000))"], (0, 4), ""),
    "a huge matrix": (["eval", "sum(eye(10^9))"], (4,), "too-many-nodes"),
    "a product of matrices": (["eval", "sum(ones(2000,2000)@ones(2000,2000))*x", "--at", "1"], (4,), "too-many-nodes"),
    "a determinant": (["diff", "det(A)", "--shape", "A=60x60"], (0, 4), ""),
    "a long shape": (["diff", "x", "--shape", f"x={'9' * 5000}"], (2,), "bad-shape"),
    "a large shape": (["diff", "x", "--shape", "x=1000000x1000000"], (4,), "too-many-nodes"),
    "a large Jacobian": (["jac", "x^2", "--at", "x=range(10^5)"], (4,), ""),
    "a large Hessian": (["hess", "sum(x^2)", "--at", "x=range(10^4)"], (4,), ""),
    "a large derivative": (["diff", "x^2", "--shape", "x=100000"], (4,), ""),
    "a high order": (["diff", "sin(x)*exp(x^2)/(1+x)", "--order", "50"], (4,), ""),
    "many digits": (["hess", "sum(exp(sin(i*x)) for i in range(1000))", "--at", "1", "--digits", "10000"], (0, 4), ""),
    "absurd limits": (
        ["eval", "sum(i*x for i in range(10^18))", "--at", "1", "--max-turns", "9" * 30, "--max-nodes", "9" * 30],
        (4,),
        "",
    ),
    "an array that doubles": (
        ["eval", "a=[x,1]; for i in range(40) { a = concat(a,a) }; sum(a)", "--at", "1"], (4,), "too-many-nodes",
    ),
    "deep JSON": (["eval", "x", "--at", "@deep.json"], (2,), "bad-json"),
    "a long number in JSON": (["eval", "x", "--at", "@long.json"], (4,), "huge-literal"),
}  # fmt: skip


@posix
@pytest.mark.parametrize("name", SHORT)
@pytest.mark.usefixtures("untraced")
def test_a_short_text_that_asks_for_much_is_answered_or_refused(name: str, tmp_path: Path) -> None:
    args, codes, code = SHORT[name]
    (tmp_path / "deep.json").write_text("[" * (MB // 2))
    (tmp_path / "long.json").write_text(f'{{"x": {"7" * MB}}}')
    args = [arg if not arg.startswith("@") else f"@{tmp_path}/{arg[1:]}" for arg in args]
    found = measured(tmp_path, *args, "--json", *limit(name))
    assert found.code in codes
    assert found.memory < 512
    assert found.seconds < SOON
    if code:
        assert code == found.error["code"]


# -- limits and the options that raise them


@pytest.mark.parametrize(
    ("option", "text", "low", "high", "code"),
    [
        ("--max-tokens", "x+x+x", "4", "5", "too-many-tokens"),
        ("--max-nodes", "x+x*x+x^3", "3", "9", "too-many-nodes"),
        ("--max-turns", "sum(x*i for i in range(9))", "8", "9", "too-many-turns"),
        ("--max-digits", "12345x", "4", "5", "huge-literal"),
    ],
)
def test_options_set_the_limits(
    adcli: Callable[..., Any], option: str, text: str, low: str, high: str, code: str
) -> None:
    refused = adcli("eval", text, "--at", "1", "--json", option, low)
    assert (4, code) == (refused.code, refused.json["code"])
    assert option in refused.json["hint"]
    assert 0 == adcli("eval", text, "--at", "1", option, high).code


def test_a_number_of_many_digits_is_read_if_that_is_asked_for(adcli: Callable[..., Any]) -> None:
    assert 4 == adcli("diff", "7" * 5000 + "x").code
    shown = adcli("diff", "7" * 5000 + "x", "--max-digits", "5000", "--json").json
    assert "7" * 5000 == shown["derivatives"][0][0]


def test_a_point_and_a_parameter_have_limits_too(adcli: Callable[..., Any]) -> None:
    assert 4 == adcli("eval", "x", "--at", "1+1+1", "--max-tokens", "3").code
    assert 4 == adcli("eval", "k", "--let", "k=1+1+1", "--max-tokens", "3").code


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["--timeout", "-1"], "bad-timeout", "--timeout -1: seconds are a positive number, or inf"),
        (["--timeout", "nan"], "bad-timeout", "--timeout nan: seconds are a positive number, or inf"),
        (["--max-memory", "much"], "bad-memory", "--max-memory much: a whole number of megabytes, or inf"),
        (["--max-memory", "0.5"], "bad-memory", "--max-memory 0.5: a whole number of megabytes, or inf"),
    ],
)
def test_a_limit_that_is_none_is_refused(adcli: Callable[..., Any], args: list[str], code: str, message: str) -> None:
    outcome = adcli("eval", "x", "--at", "1", "--json", *args)
    assert (2, code, message) == (outcome.code, outcome.json["code"], outcome.json["message"])


# -- time


@posix
@pytest.mark.parametrize("command", ["eval", "jac", "diff", "trace", "check"])
def test_work_ends_with_its_time(command: str) -> None:
    point = [] if command == "diff" else ["--at", "1"]
    found = run(command, FOREVER, *point, "--timeout", "0.7", "--json")
    assert (4, "", "timeout") == (found.code, found.err, found.error["code"])
    assert "the work was not done within 0.7 s" == found.error["message"]
    assert "--timeout" in found.error["hint"]
    assert found.seconds < SOON
    plain = run(command, FOREVER, *point, "--timeout", "0.7")
    assert (4, "") == (plain.code, plain.out)
    assert plain.err.startswith("error: the work was not done within 0.7 s\n")


@posix
@pytest.mark.parametrize("limit", ["0", "inf", "60"])
def test_time_may_be_without_limit(limit: str) -> None:
    assert 0 == run("eval", "x", "--at", "1", "--timeout", limit).code


WORK = """
import sys, time, os, signal
from adcli import supervision, watch
sys.argv[1:] = {args!r}
def work():
{body}
    return 0
if __name__ == "__main__":
    watch.supervise(work)
"""


def supervised(body: str, *args: str, **options: Any) -> subprocess.Popen[bytes]:
    """A process that does what `body` says under supervision."""
    return begin([sys.executable, "-c", program(body, *args)], **options)


def program(body: str, *args: str) -> str:
    """What such a process runs."""
    return WORK.format(args=list(args), body=textwrap.indent(textwrap.dedent(body), "    "))


@posix
@pytest.mark.parametrize("json_wanted", [False, True])
def test_a_loop_inside_one_instruction_ends_with_its_time(json_wanted: bool) -> None:
    """No handler of Python runs while C adds numbers."""
    body = "supervision.set_time(0.5)\nsum(range(10**12))"
    found = finish(supervised(body, *(["--json"] if json_wanted else [])))
    assert found.seconds < SOON
    if json_wanted:
        assert ("timeout", "") == (found.error["code"], found.err)
    else:
        assert (4, "") == (found.code, found.out)
        assert found.err.startswith("error: the work was not done within 0.5 s\n")


@posix
def test_an_answer_that_is_being_written_is_followed_by_no_error_object() -> None:
    body = """
    print('{"half": ', flush=True)
    supervision.answering()
    os.kill(os.getpid(), signal.SIGKILL)
    """
    found = finish(supervised(body, "--json"))
    assert (4, '{"half": \n') == (found.code, found.out)
    assert found.err.startswith("error: the work was killed by the system")


@posix
def test_time_does_not_count_while_the_input_is_awaited_or_the_answer_read() -> None:
    asking = start("eval", "-", "--at", "1", "--timeout", "1", stdin=subprocess.PIPE)
    time.sleep(2)
    assert asking.stdin is not None
    out, err = asking.communicate(b"x + 1", timeout=SOON)
    assert (0, b"") == (asking.returncode, err)
    assert b"y1 = 2.0" in out
    answering = start("eval", ", ".join(["x"] * 20_000), "--at", "1", "--timeout", "5", "--json")
    time.sleep(7)  # the pipe is full
    found = finish(answering)
    assert (0, 20_000) == (found.code, len(json.loads(found.out)["value"]))


@posix
def test_a_run_that_is_stopped_does_not_age() -> None:
    body = """
    supervision.set_time(4)
    time.sleep(0.2)
    seen = time.monotonic()
    print("begun", flush=True)
    while time.monotonic() < seen + 1:
        seen = time.monotonic()
        time.sleep(0.01)
    """
    process = supervised(body, start_new_session=True)
    assert process.stdout is not None
    assert b"begun\n" == process.stdout.readline()
    os.killpg(process.pid, signal.SIGTSTP)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    time.sleep(5)
    os.killpg(process.pid, signal.SIGCONT)
    assert (0, "") == finish(process)[::2][:2]


@posix
@pytest.mark.parametrize("said", ["failing", "answering"])
def test_time_that_ends_while_an_error_or_an_answer_is_written_changes_nothing(said: str) -> None:
    """Not even where the signal was on its way."""
    body = f"supervision.set_time(0.3)\nsupervision.{said}()\nsignal.raise_signal(signal.SIGALRM)\ntime.sleep(1.2)"
    assert (0, "", "") == finish(supervised(body))[:3]
    alone = "import os\ndel os.fork\n" + program(body)
    assert (0, "", "") == finish(begin([sys.executable, "-c", alone]))[:3]


# -- memory


@posix
def test_work_ends_with_its_memory() -> None:
    args = ["eval", FOREVER, "--at", "1", "--max-memory", "100", "--timeout", "60"]
    found = run(*args, "--json")
    assert (4, "", "out-of-memory") == (found.code, found.err, found.error["code"])
    assert "the computation does not fit into 100 MB of memory" == found.error["message"]
    assert "--max-memory" in found.error["hint"]
    plain = run(*args)
    assert (4, "") == (plain.code, plain.out)
    assert "Traceback" not in plain.err


@posix
def test_a_program_that_is_checked_has_the_memory_that_the_user_has(tmp_path: Path) -> None:
    model = tmp_path / "model.py"
    model.write_text("""
import json, sys
for line in sys.stdin:
    q, big = json.loads(line), bytearray(3 * 10**8)
    x = q["point"]["x"]
    print(json.dumps({"id": q["id"], "value": [x**2], "jacobian": [[2 * x]]}), flush=True)
""")
    found = run("check", "x^2", "--command", f"{sys.executable} {model}", "--at", "x=3", "--max-memory", "100")
    assert (0, "") == (found.code, found.err)
    assert "AGREES" in found.out


# -- signals


def begun(process: subprocess.Popen[bytes]) -> int:
    """The worker of a process, when there is one that works."""
    deadline = time.monotonic() + SOON
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while time.monotonic() < deadline:
        found = children.read_text().split() if children.exists() else []
        if found:
            status = Path(f"/proc/{found[0]}/cmdline")
            if status.exists():
                time.sleep(1)
                return int(found[0])
        time.sleep(0.01)
    raise TimeoutError


linux = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found in /proc")


def heed() -> None:
    """A shell has what it runs in the background ignore the keyboard."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def alive(pid: int) -> bool:
    """Whether a process lives, now and soon."""
    deadline = time.monotonic() + SOON
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
        if state in "ZX":
            return False
        time.sleep(0.05)
    return True


@linux
@pytest.mark.parametrize("group", [False, True])
@pytest.mark.parametrize("times", [1, 3])
def test_an_interrupt_ends_a_run_quietly(group: bool, times: int) -> None:
    """From a terminal all processes get it; from another program the one that it knows."""
    process = start("eval", FOREVER, "--at", "1", "--timeout", "inf", preexec_fn=heed, start_new_session=True)
    worker = begun(process)
    for _ in range(times):
        (os.killpg if group else os.kill)(process.pid, signal.SIGINT)
    found = finish(process)
    assert (130, "", "\n") == found[:3]  # after the ^C of a terminal
    assert not alive(worker)


@linux
def test_an_interrupt_ends_a_loop_inside_one_instruction() -> None:
    process = supervised("supervision.set_time(None)\nsum(range(10**12))", preexec_fn=heed)
    begun(process)
    process.send_signal(signal.SIGINT)
    assert (130, "", "") == finish(process)[:3]


@linux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_end_a_run_as_they_end_any_program(number: int) -> None:
    process = start("eval", FOREVER, "--at", "1", "--timeout", "inf")
    worker = begun(process)
    process.send_signal(number)
    assert (-number, "", "") == finish(process)[:3]
    assert not alive(worker)


@linux
def test_a_signal_that_is_ignored_stays_ignored() -> None:
    process = supervised("time.sleep(2)", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    begun(process)
    process.send_signal(signal.SIGHUP)
    assert 0 == finish(process).code


@linux
def test_no_worker_outlives_who_watches_it() -> None:
    process = supervised("supervision.set_time(None)\nsum(range(10**12))")
    worker = begun(process)
    process.kill()
    assert -signal.SIGKILL == finish(process).code
    assert not alive(worker)


@posix
@pytest.mark.parametrize(
    ("number", "code"),
    [("SIGKILL", "out-of-memory"), ("SIGSEGV", "crash"), ("SIGABRT", "crash"), ("SIGALRM", "timeout")],
)
def test_a_worker_that_is_ended_by_a_signal_is_an_error(number: str, code: str) -> None:
    body = f"import faulthandler; faulthandler.disable()\nsignal.signal(signal.{number}, signal.SIG_DFL)\n"
    if number == "SIGKILL":
        body = ""
    found = finish(supervised(f"{body}os.kill(os.getpid(), signal.{number})", "--json"))
    assert (4, code) == (found.code, found.error["code"])


@posix
def test_the_exit_code_is_that_of_the_work() -> None:
    for code in (0, 1, 2, 3, 5, 130, 141):
        assert code == finish(supervised(f"return {code}")).code


@posix
def test_what_is_registered_for_the_end_is_done_and_all_is_written() -> None:
    body = "import atexit\natexit.register(print, 'last')\nsys.stdout.write('first ')"
    assert (0, "first last\n", "") == finish(supervised(body))[:3]


def test_in_another_program_nobody_watches(adcli: Callable[..., Any]) -> None:
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert 0 == adcli("eval", "x", "--at", "1", "--timeout", "1e-9", "--max-memory", "1").code
    assert handlers == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]


# -- without fork


@posix
@pytest.mark.parametrize("timer", [False, True], ids=["an interval timer", "a thread"])
def test_without_another_process_work_ends_with_its_time(timer: bool) -> None:
    """As on Windows, where Python's own loops can be interrupted, or where no process can be started."""
    missing = ["del os.fork"] + ["del signal.setitimer, signal.SIGALRM"] * timer
    code = f"import os, signal\n{chr(10).join(missing)}\nfrom adcli.__main__ import main\nmain()"
    args = ["eval", FOREVER, "--at", "1", "--json", "--timeout", "0.7"]
    found = finish(begin([sys.executable, "-c", code, *args], preexec_fn=heed))
    assert (4, "", "timeout") == (found.code, found.err, found.error["code"])


@posix
@pytest.mark.parametrize("timer", [False, True], ids=["an interval timer", "a thread"])
def test_work_that_did_not_hear_that_its_time_is_over_is_told_again(timer: bool) -> None:
    """As where an object's life ends, and nothing can be raised."""
    missing = ["import os, signal", "del os.fork"] + ["del signal.setitimer, signal.SIGALRM"] * timer
    body = """
        supervision.set_time(0.3)
        for _ in range(3):
            try:
                time.sleep(4)
                return 1
            except supervision.OutOfTime:
                pass
        return supervision.time_error().exit_code
    """
    code = "\n".join([*missing, program(body)])
    assert (4, "", "") == finish(begin([sys.executable, "-c", code]))[:3]


DYING = """
class Slow:
    def __del__(self):
        print("dying", flush=True)
        end = time.monotonic() + 0.8
        while time.monotonic() < end:
            pass
supervision.set_time({seconds})
try:
    Slow()
    while True:
        time.sleep(0.01)
except supervision.OutOfTime:
    return supervision.time_error().exit_code
"""


@posix
@pytest.mark.parametrize("missing", ["", "import os\ndel os.fork"], ids=["watched", "alone"])
@pytest.mark.parametrize("number", [None, signal.SIGINT, signal.SIGTERM])
def test_what_comes_at_the_end_of_an_objects_life_is_heard_after_it(number: int | None, missing: str) -> None:
    """Python can raise nothing there, and would print a traceback."""
    body = DYING.format(seconds=30 if number else 0.4)
    process = begin([sys.executable, "-c", f"{missing}\n{program(body)}"], preexec_fn=heed)
    assert b"dying\n" == process.stdout.readline()  # type: ignore[union-attr]
    if number:
        process.send_signal(number)
    found = finish(process)
    codes = {None: 4, signal.SIGINT: 130, signal.SIGTERM: 130 if missing else -signal.SIGTERM}
    assert codes[number] == found.code
    assert "Traceback" not in found.err


# -- files: whole or not at all

BEFORE = "what was there before"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with a file in it, and nothing more in the end."""
    (tmp_path / "old.xml").write_text(BEFORE)
    yield tmp_path
    assert {"old.xml"} >= {path.name for path in tmp_path.iterdir()} - {"new.xml"}


class FaultyFile:
    """A file, one of whose methods fails."""

    def __init__(self, file: Any, method: str, error: BaseException) -> None:
        self.file, self.method, self.error = file, method, error

    def __getattr__(self, name: str) -> Any:
        if name == self.method:
            if name == "close":
                self.file.close()
            raise self.error
        return getattr(self.file, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.__getattr__("close")()


FAULTS: list[BaseException] = [
    OSError(errno.ENOSPC, "No space left on device"), BrokenPipeError(errno.EPIPE, "Broken pipe"), KeyboardInterrupt(),
    supervision.OutOfTime(), MemoryError(),
]  # fmt: skip
PLACES = ["os.open", "open", "write", "flush", "os.fsync", "close", "os.stat", "os.chmod", "os.replace"]


@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(("name", "place"), [
    *[("old.xml", place) for place in PLACES],
    *[("new.xml", place) for place in PLACES if place not in ("os.stat", "os.chmod")],
])  # fmt: skip
def test_no_fault_leaves_half_a_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, place: str, error: BaseException, name: str
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    def faulty(*args: Any, **named: Any) -> Any:
        return FaultyFile(open(*args, **named), place, error)  # noqa: PTH123

    with monkeypatch.context() as patch:
        if place == "os.stat":  # of the mode; whether there is a file is asked before
            patch.setattr(os.path, "isfile", lambda _: True)
            patch.setattr(os.path, "exists", lambda _: True)
        if place.startswith("os."):
            patch.setattr(os, place[3:], fail)
        else:
            patch.setattr(options, "open", fail if place == "open" else faulty, raising=False)
        with pytest.raises(UsageError if isinstance(error, OSError) else type(error)) as caught:
            options.write_file(str(folder / name), "x" * 100_000)
    if isinstance(caught.value, UsageError):
        assert "unwritable-file" == caught.value.code
        assert str(error.args[1]) in caught.value.message
    assert not (folder / "new.xml").exists()
    assert BEFORE == (folder / "old.xml").read_text()


def test_a_file_is_replaced_with_its_permissions(folder: Path) -> None:
    path = folder / "old.xml"
    path.chmod(0o640)
    options.write_file(str(path), "new\n")
    assert ("new\n", 0o640) == (path.read_text(), stat.S_IMODE(path.stat().st_mode))
    mask = os.umask(0o027)
    try:
        options.write_file(str(folder / "new.xml"), "new\r\n")
    finally:
        os.umask(mask)
    assert b"new\r\n" == (folder / "new.xml").read_bytes()
    assert 0o640 == stat.S_IMODE((folder / "new.xml").stat().st_mode)


def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "real.xml", tmp_path / "link.xml"
    link.symlink_to(target)
    for text in ("one", "two"):  # a link to nothing, and to something
        options.write_file(str(link), text)
        assert (True, text) == (link.is_symlink(), target.read_text())
    assert ["real.xml"] == [path.name for path in target.parent.iterdir()]


@posix
def test_a_pipe_is_written_to_as_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE) as reader:
        options.write_file(str(pipe), "through the pipe")
        assert b"through the pipe" == reader.communicate(timeout=SOON)[0]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing/o.svg", "No such file or directory"), ("folder.svg", "Is a directory"),
        ("o\0.svg", "embedded null byte"), ("file/o.svg", "Not a directory"),
        ("x" * 300 + ".svg", "File name too long"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_written_is_a_matter_of_usage(
    adcli: Callable[..., Any], tmp_path: Path, name: str, reason: str
) -> None:
    (tmp_path / "folder.svg").mkdir()
    (tmp_path / "file").touch()
    before = sorted(tmp_path.iterdir())
    outcome = adcli("check", "x^2", "--claim", "3x", "--plot", "--output", str(tmp_path / name), "--quiet")
    assert 2 == outcome.code
    assert f": {reason}" in outcome.err
    assert before == sorted(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_is_read_only_is_a_matter_of_usage(adcli: Callable[..., Any], tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    outcome = adcli("check", "x^2", "--claim", "2x", "--junit", str(tmp_path / "j.xml"))
    assert (2, True) == (outcome.code, "Permission denied" in outcome.err)


@posix
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("args", [
    ["eval", "x", "--at", "1"], ["eval", "x", "--at", "1", "--json"], ["eval", "1+"], ["--help"],
    ["eval", ",".join(["x"] * 9000), "--at", "1", "--json"],
])  # fmt: skip
def test_a_full_device_is_an_error(stream: str, args: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        found = run(*args, **{stream: full})
    assert "Traceback" not in found.out + found.err
    if stream == "stdout" and args != ["eval", "1+"]:
        assert 2 == found.code
        assert "error: cannot write: No space left on device\n" == found.err or "--json" in args
    else:
        assert found.code == (3 if args == ["eval", "1+"] else 0)


@linux
def test_a_file_of_the_disk_is_whole_after_an_interrupt_at_any_time(tmp_path: Path) -> None:
    """Whenever the interrupt comes, the picture is the old one or a new one, and nothing lies beside it."""
    picture = tmp_path / "o.svg"
    args = ["check", "x^2*sin(3x)", "--claim", "2x", "--at", "1", "--plot", "--output", str(picture), "--quiet"]
    assert 1 == run(*args).code
    whole = picture.read_bytes()
    for k in range(8):
        process = start(*args, preexec_fn=heed)
        time.sleep(0.05 + 0.05 * k)
        process.send_signal(signal.SIGINT)
        assert finish(process).code in (1, 130, -signal.SIGINT)  # by the signal, where Python itself is starting
        assert whole == picture.read_bytes()
        assert ["o.svg"] == [path.name for path in tmp_path.iterdir()]


# -- nothing runs what it reads

SOURCES = sorted(Path(package.__path__[0]).rglob("*.py"))
_FORBIDDEN_NAMES = {"eval", "exec", "compile", "__import__", "breakpoint", "input"}
_FORBIDDEN_MODULES = {
    "pickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "joblib",
    "yaml",
    "code",
    "codeop",
    "ctypes",
    "pty",
}
_FORBIDDEN_CALLS = {("os", "system"), ("os", "popen"), ("os", "execl"), ("os", "execv"), ("subprocess", "getoutput"),
                    ("subprocess", "getstatusoutput"), ("builtins", "eval"), ("builtins", "exec")}  # fmt: skip


def offences(tree: ast.AST) -> list[str]:
    """What a module does that could run a text, read objects that carry code, or start a shell."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            found += [f"import {name}" for name in names if name.partition(".")[0] in _FORBIDDEN_MODULES]
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        words = {keyword.arg: keyword.value for keyword in node.keywords}
        if isinstance(called, ast.Name) and called.id in _FORBIDDEN_NAMES:
            found.append(called.id)
        if isinstance(called, ast.Attribute):
            owner = called.value.id if isinstance(called.value, ast.Name) else ""
            if (owner, called.attr) in _FORBIDDEN_CALLS or owner == "ctypes":
                found.append(f"{owner}.{called.attr}")
            if called.attr == "load" and owner in ("np", "numpy"):
                pickles = words.get("allow_pickle")
                if not (isinstance(pickles, ast.Constant) and pickles.value is False):
                    found.append("numpy.load")
        shell = words.get("shell")
        if shell is not None and not (isinstance(shell, ast.Constant) and shell.value is False):
            found.append("shell")
    return found


_ALLOWED = {
    ("parser.py", "compile"),  # a pattern of re
    *[("native.py", f"ctypes.{verb}") for verb in ("c_void_p", "c_long")], ("native.py", "import ctypes"),
    *[("_compiler.py", what) for what in ("import ctypes", "ctypes.CDLL")],  # what the machine's compiler has made
    ("waiting.py", "import pickle"),  # a file without a name, which nobody else can open
}  # fmt: skip


def test_nothing_in_the_package_evaluates_text_reads_pickles_or_starts_a_shell() -> None:
    assert len(SOURCES) > 100
    assert [] == [
        f"{path.name}: {offence}"
        for path in SOURCES
        for offence in offences(ast.parse(path.read_text(encoding="utf-8")))
        if (path.name, offence) not in _ALLOWED
    ]


@pytest.mark.parametrize(
    "text",
    [
        "eval('1')", "exec(x)", "import pickle", "from marshal import loads", "os.system('ls')", "os.popen('x')",
        "subprocess.run('ls', shell=True)", "subprocess.run('ls', shell=flag)", "np.load(f)", "import ctypes.util",
        "np.load(f, allow_pickle=True)", "import yaml", "compile(t, 'f', 'exec')",
    ],
)  # fmt: skip
def test_the_test_above_can_fail(text: str) -> None:
    assert offences(ast.parse(text))


def test_lark_keeps_no_tables_of_its_own() -> None:
    """Its cache would be a pickle in a folder that all users share."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Lark":
                assert "cache" not in {keyword.arg for keyword in node.keywords}


# -- the parent, by itself

Watched = tuple[watch.Watch, list[int], "Callable[[float], None]"]


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """A parent, the signals that it sends, and its clock, which is set by hand."""
    sent: list[int] = []
    clock = [100.0]
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append(number))
    monkeypatch.setattr(watch, "monotonic", lambda: clock[0])
    parent = watch.Watch(12345, -1)

    def tick(seconds: float) -> None:
        clock[0] += seconds
        parent.on_tick(0, None)

    yield parent, sent, tick
    monkeypatch.undo()


@posix
def test_the_parent_asks_twice_and_then_kills(watched: Watched) -> None:
    parent, sent, tick = watched
    parent.hear(b"time 1.0")
    asked, killed = signal.SIGALRM, signal.SIGKILL
    for seconds, expected in (
        (0.9, []),
        (0.2, [asked]),
        (0.1, [asked]),
        (0.2, [asked] * 2),
        (0.2, [asked, asked, killed]),
    ):
        tick(seconds)
        assert expected == sent
    assert parent.overdue


@posix
def test_the_parent_counts_no_time_that_is_not_the_works(watched: Watched) -> None:
    parent, sent, tick = watched
    parent.hear(b"time 3.0")
    tick(60)  # it was stopped: one second at most
    assert 1.0 == parent.spent
    parent.hear(b"waiting")
    tick(1)
    parent.hear(b"working")
    assert 1.0 == parent.spent
    parent.hear(b"time inf")
    for _ in range(20):
        tick(1)
    parent.hear(b"answering")
    assert ([], True) == (sent, parent.answering)
    parent.hear(b"done 4")
    for _ in range(7):
        tick(1)
    assert (4, True) == (parent.code, signal.SIGKILL in sent)


@posix
def test_the_parent_hands_on_what_ends_a_run_and_is_patient_with_it(watched: Watched) -> None:
    parent, sent, tick = watched
    parent.hear(b"time inf")
    parent.on_ending(signal.SIGTERM, None)
    for _ in range(3):
        tick(1)
    assert [signal.SIGTERM] == sent
    tick(1)
    assert [signal.SIGTERM, signal.SIGKILL] == sent
    parent.on_stop(0, None)
    parent.on_continue(0, None)
    assert [signal.SIGSTOP, signal.SIGSTOP, signal.SIGCONT] == sent[2:]


@posix
@pytest.mark.parametrize(
    ("state", "number", "code", "said"),
    [
        ({"ended_by": signal.SIGINT}, signal.SIGKILL, 130, ""),
        ({}, signal.SIGINT, 130, ""),
        ({}, signal.SIGPIPE, 141, ""),
        ({"overdue": True}, signal.SIGKILL, 4, "timeout"),
        ({}, signal.SIGALRM, 4, "timeout"),
        ({}, signal.SIGKILL, 4, "out-of-memory"),
        ({}, signal.SIGSEGV, 4, "crash"),
    ],
)
@pytest.mark.parametrize("args", [["eval", "x"], ["eval", "x", "--json"]])
def test_the_parent_says_why_a_worker_was_ended(
    state: dict[str, Any], number: int, code: int, said: str, args: list[str],
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(sys, "argv", ["adcli", *args])
    parent = watch.Watch(12345, -1)
    for name, value in state.items():
        setattr(parent, name, value)
    assert code == parent.explained(number)
    out, err = capsys.readouterr()
    if not said:
        assert ("", "") == (out, err)
    elif "--json" in args:
        assert (said, "") == (json.loads(out)["code"], err)
    else:
        assert ("", True) == (out, err.startswith("error: the work was "))


@posix
@pytest.mark.parametrize(
    ("reports", "command", "code"),
    [
        (b"", ["true"], 0), (b"time 3\ndone 5\n", ["sh", "-c", "kill -KILL $$"], 5), (b"do", ["sh", "-c", "exit 3"], 3),
        (b"answering\n", ["sh", "-c", "kill -PIPE $$"], 141),
    ],
)  # fmt: skip
def test_the_parent_ends_as_the_worker_did(
    reports: bytes, command: list[str], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(code: int) -> None:
        raise SystemExit(code)

    monkeypatch.setattr(os, "_exit", leave)
    heard, telling = os.pipe()
    os.write(telling, reports)
    os.close(telling)
    with subprocess.Popen(command) as process, pytest.raises(SystemExit) as left:
        watch.Watch(process.pid, heard).wait()
    os.close(heard)
    assert code == left.value.code


@pytest.mark.parametrize(
    ("args", "wanted"),
    [
        (["eval", "x", "--json"], True), (["eval", "--format=json"], True), (["--format", "json"], True),
        (["eval", "--format", "csv", "json"], False), (["eval", "--", "--json"], False), ([], False),
    ],
)  # fmt: skip
def test_who_asks_for_json_gets_errors_in_json(args: list[str], wanted: bool) -> None:
    assert wanted == supervision.wants_json(args)


@posix
@pytest.mark.parametrize(
    ("closed", "args", "code", "err"),
    [
        ("<&-", ["eval", "x", "--at", "1"], 0, ""),
        ("<&-", ["eval", "-"], 3, "error: there is no expression here"),
        (">&-", ["eval", "x", "--at", "1"], 2, "error: cannot write: Bad file descriptor"),
        (">&-", ["eval", "x", "--at", "1", "--json"], 2, ""),
        (">&-", ["eval", "x+"], 3, "error: the text ends"),
        (">&-", ["--help"], 2, "error: cannot write: Bad file descriptor"),
        ("2>&-", ["eval", "x+"], 3, ""),
        ("<&- >&- 2>&-", ["eval", "x", "--at", "1"], 2, ""),
    ],
)
def test_a_stream_that_is_closed_is_missed_only_where_it_is_needed(
    closed: str, args: list[str], code: int, err: str
) -> None:
    found = finish(begin(["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "adcli", *args]))
    assert code == found.code
    assert found.err.startswith(err)
    assert "Traceback" not in found.err
