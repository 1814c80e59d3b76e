"""Functions of other programs: a program in any language is asked for values and derivatives over pipes.

One line of JSON goes in, one comes out; `samples/programs/README.md` describes them. The program is
a stranger: it may crash, hang, flood or answer nonsense, and each of these is an error that says
what it did. A question is answered in the time allowed or the program is ended.
"""

import errno
import json
import os
import shlex
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, Self

from ..errors import AdcliError, UsageError, printable
from ..results.base import number_json
from ..shapes import Shape, flatten
from .pipes import Child, TooMuch, uninterrupted
from .replies import Reply, Unfit, parsed, quoted, read_reply

__all__ = ["Program", "ProgramError", "Reply", "python_command"]

_PATIENCE = 0.5  # seconds to end when there are no more questions
_NAME = 60  # characters of a command in a message
_REASON = 200  # characters of a line from the program in a message
_WORDS = 6  # lines of stderr in a hint
_UNHEARD = "it must read one line, not all of its input, and flush its reply: fflush(stdout), or print(..., flush=True)"
# The file itself, since a module found by name might be another's in the user's folder; and -P,
# since no file there or here may take the place of a module of Python's own.
_SERVING = [sys.executable, "-P", str(Path(__file__).with_name("serving.py"))]


class ProgramError(AdcliError):
    """A program that was asked for numbers did not give them."""

    exit_code = 5


class Program:
    """A program that computes a function, started when it is first asked.

    A string is split as a shell would, but no shell is ever started. `timeout` is in seconds, for
    each question, a start included; `most_output` in bytes, also for each.
    """

    def __init__(self, command: str | Sequence[str], *, timeout: float = 10.0, most_output: int = 64 * 2**20) -> None:
        """Take the command apart; raises UsageError if that cannot be done."""
        try:
            posix = os.name == "posix"  # on Windows a backslash is part of a name
            self.command = shlex.split(command, posix=posix) if isinstance(command, str) else list(command)
        except ValueError as error:
            message = f"the command {quoted(str(command))} cannot be read: {error}"
            raise UsageError("program-missing", message) from None
        if not self.command or not self.command[0]:
            raise UsageError("program-missing", "the command of the program is empty")
        python = self.command[: len(_SERVING)] == _SERVING
        self.name = _cut(self.command[len(_SERVING)] if python else shlex.join(self.command), _NAME)
        self.calls = 0
        self._timeout = timeout
        self._most_output = most_output
        self._asked = 0
        self._outputs: Shape | None = None
        self._child: Child | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(
        self,
        point: Mapping[str, Any],
        want: Sequence[str],
        *,
        direction: Mapping[str, Any] | None = None,
        cotangent: Sequence[float] | None = None,
    ) -> Reply:
        """Its answer at a point: "value", "jacobian", "jvp" along the direction, "vjp" of the cotangent.

        The point and the direction have floats or nested lists of them by name. Raises ProgramError,
        and UsageError if there is no such program.
        """
        self._asked += 1
        question = {"adcli": 1, "id": self._asked, "point": _written(point), "want": list(want)}
        if direction is not None:
            question["direction"] = _written(direction)
        if cotangent is not None:
            question["cotangent"] = _written(cotangent)
        try:
            found = self._answer(json.dumps(question).encode() + b"\n")
        except (EOFError, TimeoutError, TooMuch, Unfit) as failure:
            raise self._failed(failure) from None
        except BaseException:  # an interrupt from the keyboard among them
            self._end(0)
            raise
        self.calls += 1
        if found.get("error"):
            reason = found["error"] if isinstance(found["error"], str) else json.dumps(found["error"])
            raise self._error("program-refused", f"answered that it cannot: {_cut(reason, _REASON)}")
        columns = {name: flatten(x)[0] for name, x in point.items()}
        try:
            reply, self._outputs = read_reply(found, want, columns, self._outputs)
        except Unfit as unfit:
            raise self._error(unfit.code, unfit.what, [unfit.hint]) from None
        return reply

    def close(self) -> None:
        """End the program, whatever state it is in; a later question would start it anew."""
        self._end(_PATIENCE)

    def _end(self, patience: float) -> list[str]:
        """End the child, if there is one, and return its last words."""
        child = self._child
        if child is None:
            return []
        try:
            child.end(patience)
        finally:
            self._child = None
        return child.last_words()

    # -- the conversation

    def _answer(self, question: bytes) -> dict[str, Any]:
        """The object that answers a question."""
        while True:
            child = self._child or self._start()
            child.tell(question)
            try:
                found = self._reply(child, monotonic() + self._timeout)
            except EOFError:
                if not child.answers or child.status() != 0:
                    raise
                self._end(0)  # it answers one question a run, and this was meant for the next run
            else:
                child.answers += 1
                return found

    def _start(self) -> Child:
        try:
            with uninterrupted():  # or the child would run, and nobody know it
                self._child = child = Child(self.command, self._most_output)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            hint = _starting(self.command[0], getattr(error, "errno", None))
            raise UsageError("program-missing", f"cannot start {self.name}: {reason}", None, hint) from None
        return child

    def _reply(self, child: Child, deadline: float) -> dict[str, Any]:
        """The first object on its output that answers this question, and none before it."""
        while True:
            line = child.line(deadline)
            if not line.strip():
                continue
            found = parsed(line)
            number = found.get("id")
            if number is None or number == self._asked:
                return found
            if not isinstance(number, float) or number > self._asked:
                what = f"answered question {_cut(json.dumps(number), _NAME)}, when it was asked question {self._asked}"
                raise Unfit("program-garbage", what, "the id of a reply is that of its question")
            # it answers an earlier question again

    # -- what went wrong, in words

    def _failed(self, failure: Exception) -> ProgramError:
        """The error for a program that gave no answer, which is ended."""
        status, unfinished = None, ""
        try:
            if self._child is not None:
                status = self._child.status() if isinstance(failure, EOFError) else None
                unfinished = self._child.unfinished[:_REASON].decode(errors="replace").strip()
        finally:
            words = self._end(0)
        said = ["its last words on stderr:", *[f"  {_cut(line, _REASON)}" for line in words[-_WORDS:]]] if words else []
        if isinstance(failure, Unfit):
            return self._error(failure.code, failure.what, [failure.hint, *said])
        if isinstance(failure, TooMuch):
            what = f"wrote more than {self._most_output / 2**20:g} MiB for one question and was killed"
            return self._error("program-too-much", what, said)
        if isinstance(failure, TimeoutError):
            hint = f"a reply ends with a newline, and {quoted(unfinished)} did not" if unfinished else _UNHEARD
            what = f"gave no answer within {self._timeout:g} s and was killed"
            return self._error("program-timeout", what, [hint, *said])
        what = _ending(status)
        if words:
            what += f"; its last words on stderr: {_cut(words[-1], _REASON)}"
        return self._error("program-crashed", what, said if len(words) > 1 else [])

    def _error(self, code: str, what: str, hints: Sequence[str] = ()) -> ProgramError:
        return ProgramError(code, f"{self.name} {what}", None, "\n".join(hint for hint in hints if hint))


def python_command(function: str, jacobian: str | None) -> list[str]:
    """The command that serves a Python function, and its Jacobian, each named as in "model:f".

    >>> python_command("model:f", "model:df")[-2:]
    ['model:f', '--jacobian=model:df']
    """
    for name in (function, jacobian):
        if name is not None and not all(name.partition(":")):
            message = f"{quoted(name)} does not name a Python function"
            raise UsageError("program-missing", message, None, "a module and a function of it: model:f")
    return [*_SERVING, function, *([] if jacobian is None else [f"--jacobian={jacobian}"])]


def _written(x: Any) -> Any:
    """Numbers in objects and lists as JSON has them, each to its last bit."""
    if isinstance(x, Mapping):
        return {name: _written(entry) for name, entry in x.items()}
    if isinstance(x, float | int):
        return number_json(float(x))
    return [_written(entry) for entry in x]


def _starting(program: str, number: int | None) -> str:
    """What to do about a program that does not start."""
    path = Path(program)
    if path.is_dir():
        return f"{program} is a folder"
    if number == errno.ENOEXEC:
        return "a script begins with a line that names its interpreter, such as #!/usr/bin/env python3"
    if number == errno.EACCES:
        return f"it is not executable: chmod +x {program}"
    if number == errno.ENOENT and path.is_file():
        if os.sep in program:
            return "its first line names an interpreter that is not there"
        return f"a program in this folder is named ./{program}"
    return ""


def _ending(status: int | None) -> str:
    """How a program ended, or (None) did not, before it answered."""
    if status is None:
        return "closed its output before it answered, and was killed"
    if status < 0:
        names = {number.value: number.name for number in signal.Signals}
        return f"was ended by {names.get(-status, f'signal {-status}')} before it answered"
    return f"ended{f' with exit status {status}' if status else ''} before it answered"


def _cut(line: str, most: int) -> str:
    """The beginning of a line of the program, fit for a terminal."""
    return printable(line[:most]) + ("…" if len(line) > most else "")
