"""The two processes of the console script: one works, and its parent watches.

The parent keeps the time, hands on signals and the exit code, and does nothing else, so that it can
always act: a worker that computes a huge power inside one instruction of Python sees no signal and
no deadline, but it can be killed. What a worker has to be told it is told by a signal (see
`supervision`), and only one that does not obey is killed; the parent then says what happened.

The worker reports over a pipe what the parent cannot know: another time limit, that it waits for
its input, that the answer is being written, its exit code. A second pipe has its other end in the
parent, and the kernel sends the worker SIGIO when that end closes: no worker outlives its parent.

Time counts in ticks of the parent, so a run that is stopped (Ctrl-Z) does not age.

Where there is no fork (Windows), one process works and a timer thread interrupts it.
"""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from types import FrameType
from typing import NoReturn

from .supervision import ENDING, TIME, Ended, Worker, error_of_time, wants_json, work_as

GRACE = 0.5  # seconds to obey the signal that the time is over
_PATIENCE = 3.0  # seconds to obey an interrupt, in which started programs are ended
_TICK = 0.1
_LONGEST_TICK = 1.0  # what a tick may count: the rest of the time the process was stopped
_PARTING = 5.0  # seconds to leave in, when all is said


def supervise(work: Callable[[], int]) -> NoReturn:
    """Run `work` in a process that is watched, and leave with the exit code that it returns."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        _open_streams()
    if not hasattr(os, "fork"):
        work_as(Worker(None))
        try:
            sys.exit(work())
        except (KeyboardInterrupt, Ended):
            sys.exit(130)
    handled = {signal.SIGINT, signal.SIGALRM, *ENDING}
    signal.pthread_sigmask(signal.SIG_BLOCK, handled)
    heard, reports = os.pipe()
    alive, living = os.pipe()
    parent = os.getpid()
    try:
        child = os.fork()
    except OSError:  # no room for another process
        worker = Worker(None)
    else:
        if child:
            os.close(reports)
            os.close(alive)
            watch = Watch(child, heard)
            watch.take(handled)
            watch.wait()
        os.close(heard)
        os.close(living)
        _die_with_parent(alive, parent)
        worker = Worker(reports)
    work_as(worker)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, handled)
        code = work()
    except (KeyboardInterrupt, Ended):
        code = 130
    worker.leaving = True
    worker.tell(f"done {code}")
    _leave(code)


def _open_streams() -> None:
    """Put something in the place of streams that were closed, or files that are opened would take their numbers.

    There is nothing to read, and errors are lost; but to write results is an error, as it should be.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDONLY if number < 2 else os.O_WRONLY)  # the lowest number that is free
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, name, open(number, mode, encoding="utf-8", errors="backslashreplace", closefd=False))  # noqa: SIM115


def _die_with_parent(alive: int, parent: int) -> None:
    """Let the kernel end this process when the parent, who holds the other end of a pipe, is gone."""
    import fcntl

    with suppress(OSError, AttributeError):
        signal.signal(signal.SIGIO, signal.SIG_DFL)
        fcntl.fcntl(alive, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(alive, fcntl.F_SETFL, fcntl.fcntl(alive, fcntl.F_GETFL) | os.O_ASYNC)
    if os.getppid() != parent:  # it was gone before
        os._exit(130)


def _leave(code: int) -> NoReturn:
    """End the process: what is registered for the end is done, and the kernel frees the memory, which is quicker."""
    import atexit

    atexit._run_exitfuncs()  # noqa: SLF001  # as Python itself does at the end
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


class Watch:
    """The parent: it waits for the worker `child`, whose reports come from `heard`."""

    def __init__(self, child: int, heard: int) -> None:
        self.child = child
        self.heard = heard
        self.limit: float | None = TIME
        self.spent = 0.0
        self.now = monotonic()
        self.code: int | None = None  # of a worker that has said all
        self.waiting = False  # for its input
        self.answering = False
        self.asked = 0  # how often the worker was told that its time is over
        self.overdue = False
        self.ended_by: int | None = None  # a signal from outside
        self.patience = _PATIENCE  # with what that leaves to do

    def take(self, handled: set[signal.Signals]) -> None:
        """Take the signals, which are blocked, and start the clock."""
        for number in (signal.SIGINT, *ENDING):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self.on_ending)
        for number, handler in ((signal.SIGTSTP, self.on_stop), (signal.SIGCONT, self.on_continue)):
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, handler)
        signal.signal(signal.SIGALRM, self.on_tick)
        signal.setitimer(signal.ITIMER_REAL, _TICK, _TICK)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, handled)

    def send(self, number: int) -> None:
        """Send the worker a signal."""
        with suppress(OSError):
            os.kill(self.child, number)

    # -- signals

    def on_tick(self, _number: int, _frame: FrameType | None) -> None:
        """Count the time, and end what has none left."""
        now = monotonic()
        passed, self.now = min(now - self.now, _LONGEST_TICK), now
        if not self.waiting:
            self.spent += passed
        if self.ended_by is not None:
            self.patience -= passed
            if self.patience < 0:
                self.send(signal.SIGKILL)
        if self.limit is None:
            return
        if self.spent > self.limit + GRACE:
            self.overdue = True
            self.send(signal.SIGKILL)
        elif self.spent > self.limit + self.asked * GRACE / 2:  # twice: the first may come where nothing can be raised
            self.asked += 1
            self.send(signal.SIGALRM)

    def on_ending(self, number: int, _frame: FrameType | None) -> None:
        """Hand on what is to end the run; from a terminal the worker has it already, and heeds one of them."""
        self.ended_by = number
        self.send(number)

    def on_stop(self, _number: int, _frame: FrameType | None) -> None:
        """Stop with the worker."""
        self.send(signal.SIGSTOP)  # an orphaned group of processes ignores SIGTSTP
        os.kill(os.getpid(), signal.SIGSTOP)

    def on_continue(self, _number: int, _frame: FrameType | None) -> None:
        """Go on with the worker."""
        self.send(signal.SIGCONT)

    # -- the worker's life

    def hear(self, message: bytes) -> None:
        """Take a report of the worker."""
        word, _, value = message.partition(b" ")
        if word == b"time":
            self.limit = None if value == b"inf" else float(value)
        elif word in (b"waiting", b"working"):
            self.waiting = word == b"waiting"
        elif word == b"answering":
            self.answering = True
        elif word == b"done":
            self.code = int(value)
            self.limit = self.spent + _PARTING

    def wait(self) -> NoReturn:
        """Wait for the worker's end, and end likewise."""
        rest = b""
        while block := os.read(self.heard, 4096):
            *messages, rest = (rest + block).split(b"\n")
            for message in messages:
                self.hear(message)
        _, status = os.waitpid(self.child, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        code = os.waitstatus_to_exitcode(status)
        if self.ended_by is not None and self.ended_by != signal.SIGINT and (code == 130 or code < 0):
            signal.signal(self.ended_by, signal.SIG_DFL)
            os.kill(os.getpid(), self.ended_by)  # as without a worker
        if code < 0:
            code = self.explained(-code) if self.code is None else self.code
        os._exit(code)

    def explained(self, number: int) -> int:
        """Say why the worker was ended by a signal; the exit code of that."""
        if self.ended_by is not None or number == signal.SIGINT:
            return 130
        if number == signal.SIGPIPE:
            return 141
        from .errors import LimitError

        if self.overdue or number == signal.SIGALRM:
            error = error_of_time(self.limit)
        elif number == signal.SIGKILL:
            error = LimitError("out-of-memory", "the work was killed by the system, most likely for its memory")
        else:
            name = signal.Signals(number).name
            error = LimitError("crash", f"the work was ended by {name}", None, "please report the command line")
        with suppress(OSError, ValueError):
            if wants_json(sys.argv[1:]) and not self.answering:
                import json

                sys.stdout.write(json.dumps(error.to_dict()) + "\n")
                sys.stdout.flush()
            else:
                sys.stderr.write(f"error: {error.render()}\n")
                sys.stderr.flush()
        return error.exit_code
