"""A child process and its three pipes: lines to it and from it, none of which can block the one who asks.

Each pipe has a thread of its own. So nothing that the child does or leaves undone can deadlock: a
question that it does not read, an output that nobody awaits, a flood of complaints. The threads
are daemons and own their pipes: where something that escaped holds the other end open for ever,
they are left behind with it, and nobody waits for them.
"""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, Queue, SimpleQueue
from threading import Thread, current_thread, main_thread
from time import monotonic
from typing import IO

from ..supervision import unbounded

_BLOCK = 65_536
_AHEAD = 16  # blocks that are read before somebody wants them
_LOOK = 0.1  # seconds between looks whether the child is still there
_DRAIN = 1.0  # seconds in which the last output of a dead child arrives, however busy the machine
_LEAVE = 2.0  # seconds to end for a child that has closed its output
_PATIENCE = 0.5  # seconds to obey a signal
_KEPT = 8_192  # bytes of stderr
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has one way to end a process


class TooMuch(Exception):  # noqa: N818  # a finding, which the caller words
    """More output for one question than is allowed."""


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let an interrupt from the keyboard wait, so that what is begun here can be undone."""
    before = signal.getsignal(signal.SIGINT)
    if current_thread() is not main_thread() or not callable(before):
        yield
        return
    waiting: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: waiting.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if waiting:
            signal.raise_signal(signal.SIGINT)


class Child:
    """A running program, in a session of its own, so that all that it starts can be ended with it.

    Raises OSError if it cannot be started.
    """

    def __init__(self, command: str | Sequence[str], most_output: int) -> None:
        """Start it; `most_output` bounds the bytes that it may write for one question."""
        self.answers = 0  # counted by the caller
        self.unfinished = bytearray()  # what came after the last end of line
        self._most_output = most_output
        self._received = self._searched = 0
        self._over = False
        self._drained: float | None = None  # when a child that has ended will have been heard out
        self._lines_out: SimpleQueue[bytes | None] = SimpleQueue()
        self._blocks_in: Queue[bytes] = Queue(_AHEAD)
        self._complaints = b""
        pipe = subprocess.PIPE
        with unbounded():
            self._process = subprocess.Popen(  # noqa: S603  # the user's own command, without a shell
                command, bufsize=0, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
            )
        pipes = ((self._write, self._process.stdin), (self._read, self._process.stdout))
        threads = [*pipes, (self._listen, self._process.stderr)]
        self._threads = [Thread(target=work, args=(pipe,), daemon=True) for work, pipe in threads]
        for thread in self._threads:
            thread.start()

    # -- the threads

    def _write(self, pipe: IO[bytes]) -> None:
        with suppress(OSError), pipe:  # a child that has gone shows in its output
            for line in iter(self._lines_out.get, None):
                rest = memoryview(line)
                while rest:
                    rest = rest[pipe.write(rest) :]

    def _read(self, pipe: IO[bytes]) -> None:
        with suppress(OSError), pipe:
            while not self._over and (block := pipe.read(_BLOCK)):
                self._blocks_in.put(block)
        self._blocks_in.put(b"")

    def _listen(self, pipe: IO[bytes]) -> None:
        with suppress(OSError), pipe:
            while block := pipe.read(_BLOCK):
                self._complaints = (self._complaints + block)[-_KEPT:]

    # -- the conversation

    def tell(self, line: bytes) -> None:
        """Send a line, some time soon."""
        self._received = 0
        self._lines_out.put(line)

    def line(self, deadline: float) -> bytes:
        """Its next line, where the end of its output ends a line as well.

        Raises TimeoutError when the clock `monotonic` passes the deadline, EOFError when its output
        has ended, and TooMuch.
        """
        while (end := self.unfinished.find(b"\n", self._searched)) < 0:
            self._searched = len(self.unfinished)
            block = self._block(deadline)
            self._received += len(block)
            if self._received > self._most_output:
                raise TooMuch
            if not block and not self.unfinished:
                raise EOFError
            self.unfinished += block or b"\n"
        self._searched = 0
        line = bytes(self.unfinished[:end])
        del self.unfinished[: end + 1]
        return line

    def _block(self, deadline: float) -> bytes:
        """Some output, or nothing if there will be none, even where a grandchild holds the pipe open."""
        while True:
            if self._drained is None and self._process.poll() is not None:
                self._drained = monotonic() + _DRAIN
            left = (self._drained or deadline) - monotonic()
            try:
                block = self._blocks_in.get(timeout=max(0.0, min(left, _LOOK)))
            except Empty:
                if left > 0:
                    continue
                if self._drained is None:
                    raise TimeoutError from None
                return b""
            if not block:
                self._drained = monotonic()
            return block

    def status(self) -> int | None:
        """The exit status of a child whose output has ended, negative for a signal; None if it goes on."""
        return self._wait(_LEAVE)

    def last_words(self) -> list[str]:
        """The last lines that it wrote to stderr; to be asked after its end."""
        lines = self._complaints.decode(errors="replace").splitlines()
        return [line.rstrip() for line in lines if line.strip()]

    # -- the end

    def end(self, patience: float = 0.0) -> None:
        """Close its input, wait so many seconds, terminate it, and kill it with all that it started."""
        self._lines_out.put(None)
        try:
            if self._wait(patience) is None:
                self._signal(signal.SIGTERM)
                self._wait(_PATIENCE)
        finally:  # also when interrupted meanwhile
            self._signal(_KILL)
            self._wait(_PATIENCE)
            self._hang_up()

    def _hang_up(self) -> None:
        """Read no more. Not before the child is gone, whose last words would be of a broken pipe."""
        self._over = True
        with suppress(Empty):  # make room for the thread that waits with a block
            while True:
                self._blocks_in.get_nowait()
        left_behind = monotonic() + _PATIENCE
        for thread in self._threads:
            thread.join(max(0.0, left_behind - monotonic()))

    def _wait(self, seconds: float) -> int | None:
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def _signal(self, number: int) -> None:
        """To the whole group; and to the child, which may have left the group."""
        with suppress(OSError):
            if os.name == "posix":
                os.killpg(self._process.pid, number)
        with suppress(OSError):
            self._process.send_signal(number)
