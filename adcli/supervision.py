"""Time and memory for one run of the command line: what bounds it, and what is said of work that takes more.

The console script works in a process that is watched (see `watch`). The process that watches keeps
the time and sends SIGALRM when it is over, which raises `OutOfTime` here and unwinds the work like
an interrupt, so that temporary files and started programs go. Memory is bounded by the kernel, and
too much of it is an ordinary `MemoryError`.

Inside another program (`adcli.cli.run`, the Python API) nobody watches, and nothing here does anything.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import LimitError

TIME = 9.0  # seconds for a run, unless told otherwise
MEMORY = 512  # MB of 10^6 bytes, likewise
ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""Signals that end a run besides the interrupt from the keyboard."""

BALLAST: list[bytes] = []
"""Memory to be thrown overboard by who catches a `MemoryError`, before anything else: even a call needs some."""

_LEAST_MEMORY = 64  # MB in which Python and the package themselves fit
_BESIDES = 40_000_000  # bytes of code, read-only data and stacks, which the kernel's limit does not count
_BALLAST = 4_000_000  # bytes; never touched, they are not there until then
_INSISTENCE = 0.25  # seconds until work is told again that its time is over: it may not have been able to hear
_SOON = 0.02  # seconds until it is told again of an interrupt
_AGAIN = 1.0  # seconds in which the interrupts of one Ctrl-C, or of an impatient user, count as one


class OutOfTime(BaseException):  # an event, as KeyboardInterrupt is
    """The time of the run is over. No `Exception`: what handles those must not swallow it."""


class Ended(BaseException):
    """A signal asks the run to end."""


class Worker:
    """The process that works: its limits, and its end of the pipe `reports` to whoever watches it (None: nobody)."""

    def __init__(self, reports: int | None) -> None:
        self.reports = reports
        self.limit: float | None = TIME
        self.memory: int | None = MEMORY
        self.own_limit: tuple[int, int] | None = None  # of memory, as the user has set it
        self.leaving = False
        self.stop: OutOfTime | None = None  # kept: what its frames hold need not be taken apart any more
        self.interrupted = -_AGAIN
        self.expired = False

    def prepare(self) -> None:
        """Take the signals, and the limits."""
        for number in (signal.SIGINT, *ENDING):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self.on_interrupt)
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, self.on_alarm)
        sys.unraisablehook = self.on_unraisable
        BALLAST.append(bytes(_BALLAST))
        self.bound_memory()
        if self.reports is None:
            self.keep_time()

    def tell(self, message: str) -> None:
        """Report something to whoever watches."""
        if self.reports is not None:
            with suppress(OSError):
                os.write(self.reports, message.encode() + b"\n")

    def keep_time(self) -> None:
        """Let `OutOfTime` come when the time is over; a worker that nobody watches has a timer of its own."""
        if self.reports is not None:
            self.tell(f"time {'inf' if self.limit is None else self.limit}")
        elif hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, self.limit or 0.0, _INSISTENCE)
        elif self.limit is not None:
            _later(self.limit, self.expire, self.limit)

    def expire(self, limit: float) -> None:
        """Interrupt the work from the thread of a timer, if `limit` is the last one set."""
        if limit == self.limit and not self.leaving:
            _later(_INSISTENCE, self.expire, limit)
            self.expired = True
            signal.raise_signal(signal.SIGINT)

    def bound_memory(self) -> None:
        """Have the kernel refuse more memory than the limit."""
        try:
            import resource
        except ImportError:  # Windows
            return
        if self.own_limit is None:
            self.own_limit = resource.getrlimit(resource.RLIMIT_DATA)
        soft, hard = self.own_limit
        if self.memory is not None:
            bound = max(self.memory, _LEAST_MEMORY) * 1_000_000 - _BESIDES
            soft = bound if soft == resource.RLIM_INFINITY else min(soft, bound)
        with suppress(OSError, ValueError, OverflowError):
            resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))

    # -- signals

    def on_alarm(self, _number: int, _frame: FrameType | None) -> None:
        """Unwind the work, unless it is over: a signal may have been on its way when it was."""
        if not self.leaving and self.limit is not None:
            raise OutOfTime

    def on_interrupt(self, number: int, _frame: FrameType | None) -> None:
        """Unwind the work, once: whoever cleans up is not interrupted again."""
        if self.expired:
            self.expired = False
            self.on_alarm(number, _frame)
            return
        now = monotonic()
        if now - self.interrupted > _AGAIN and not self.leaving:
            self.interrupted = now
            raise Ended if number in ENDING else KeyboardInterrupt

    def on_unraisable(self, found: Any) -> None:
        """Raise again what came while Python could not raise it, such as at the end of an object's life.

        Nothing can be raised here either. That the time is over is told again anyway.
        """
        if isinstance(found.exc_value, KeyboardInterrupt | Ended):
            _later(_SOON, self.interrupt_again)
        elif not isinstance(found.exc_value, MemoryError | OutOfTime):
            sys.__unraisablehook__(found)

    def interrupt_again(self) -> None:
        """Let an interrupt come that does not count as one with the last."""
        self.interrupted = -_AGAIN
        signal.raise_signal(signal.SIGINT)


def _later(seconds: float, act: Callable[..., Any], *args: Any) -> None:
    """Do something in another thread."""
    from threading import Timer

    timer = Timer(seconds, act, args)
    timer.daemon = True
    timer.start()


_worker: Worker | None = None  # in a process that works for the console script
_answered = False


def work_as(worker: Worker) -> None:
    """Make this process one that works for the console script."""
    global _worker  # noqa: PLW0603  # a process works for one run
    _worker = worker
    worker.prepare()


# -- what the work says of itself


def begin() -> None:
    """A command line begins: nothing of its answer has been written."""
    global _answered  # noqa: PLW0603  # of the command line that runs
    _answered = False


def answering() -> None:
    """The work is done, and the answer being written: how long that takes is for its reader to say."""
    global _answered  # noqa: PLW0603
    _answered = True
    if _worker is not None:
        set_time(None)
        _worker.tell("answering")


def failing() -> None:
    """The work has failed, and the error is being written: nothing else will be said."""
    set_time(None)


def answered() -> bool:
    """Whether some of the answer has been written, so that no object of an error may follow it."""
    return _answered


def set_time(seconds: float | None) -> None:
    """Give the whole run so many seconds, counted from its start; None for as many as it takes."""
    if _worker is not None:
        _worker.limit = seconds
        _worker.keep_time()


def set_memory(megabytes: int | None) -> None:
    """Let the run have so much memory, in units of 10^6 bytes; None for as much as there is."""
    if _worker is not None:
        _worker.memory = megabytes
        _worker.bound_memory()


@contextmanager
def waiting() -> Iterator[None]:
    """While the run waits for its input, its time does not count."""
    if _worker is None:
        yield
        return
    _worker.tell("waiting")
    limit = _worker.limit
    if _worker.reports is None:
        set_time(None)
    try:
        yield
    finally:
        _worker.tell("working")
        set_time(limit)


@contextmanager
def unbounded() -> Iterator[None]:
    """What is started in here is not the run's own work: its memory is not bounded."""
    if _worker is None or _worker.memory is None:
        yield
        return
    memory = _worker.memory
    set_memory(None)
    try:
        yield
    finally:
        set_memory(memory)


# -- what is said of work that was ended


def time_error(stop: OutOfTime | None = None) -> "LimitError":
    """What is said of work that was ended for its time."""
    if _worker is None:
        return error_of_time(None)
    _worker.leaving = True
    _worker.stop = stop
    return error_of_time(_worker.limit)


def error_of_time(limit: float | None) -> "LimitError":
    """The error for work that has not been done within the limit."""
    from .errors import LimitError

    within = "" if limit is None else f" within {limit:g} s"
    return LimitError(
        "timeout", f"the work was not done{within}", None, "--timeout S allows S seconds, --timeout inf any time"
    )


def memory_error() -> "LimitError":
    """What is said of work that was ended for its memory; there is enough again for saying it."""
    from .errors import LimitError

    memory = None if _worker is None or sys.platform == "win32" else _worker.memory
    set_memory(None)
    where = "memory" if memory is None else f"{memory} MB of memory"
    hint = "" if memory is None else "--max-memory MB raises the limit, --max-memory inf lifts it"
    return LimitError("out-of-memory", f"the computation does not fit into {where}", None, hint)


def wants_json(args: list[str]) -> bool:
    """Whether a command line asks for JSON, errors included."""
    if "--" in args:
        args = args[: args.index("--")]
    return "--json" in args or any(
        arg == "--format=json" or (arg == "--format" and args[k + 1 : k + 2] == ["json"]) for k, arg in enumerate(args)
    )
