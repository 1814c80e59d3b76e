"""Contenders: what takes part in a benchmark, each in a process of its own.

`Served` works on request, again and again, and tells its time; `Fresh` does so in a new process each
time; a `Command` is timed as a whole, from its start to its end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from .work import ROOT, Missing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


class Broken(Exception):  # noqa: N818  # it is what is wrong, and no more
    """A contender has ended where it should have worked."""


class Served:
    """A function of a case's module, made once, that works `calls` times for each measurement."""

    def __init__(
        self, make: Callable[..., Any], size: int, folder: Path, *, calls: int = 1, threads: int | None = None
    ) -> None:
        self.case, self.name = make.__module__.rpartition(".")[2], make.__name__
        self.size, self.folder, self.calls = size, folder, calls
        self.environment = os.environ | {"OMP_WAIT_POLICY": "passive"}  # who waits leaves the cores to the others
        if threads is not None:
            self.environment |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), str(threads))
        self.process: Any = None
        self.peak: int | None = None

    def start(self) -> None:
        """Start the process and wait until it is ready."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.serving", self.case, self.name, str(self.size), str(self.folder)],
            cwd=ROOT, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        told = self._reply()
        if "missing" in told:
            raise Missing(told["missing"])

    def run(self) -> float:
        """Seconds of one piece of work."""
        told = self._asked(f"run {self.calls}")
        self.peak = told["peak"]
        return float(told["seconds"])

    def answer(self) -> Any:
        """The numbers that the last run gave."""
        import numpy as np

        path = self.folder / f"{self.case}.{self.name}.npy"
        self._asked(f"answer {path}")
        found = np.load(path)
        path.unlink()
        return found

    def close(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def _asked(self, request: str) -> dict[str, Any]:
        print(request, file=self.process.stdin, flush=True)
        return self._reply()

    def _reply(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        if not line:
            raise Broken(f"{self.name} ended with exit code {self.process.wait()}")
        return dict(json.loads(line))


class Fresh(Served):
    """The same in a new process for every measurement; it keeps the time of its work, not of its imports."""

    def run(self) -> float:
        """Seconds of one piece of work, the first of its process."""
        if self.peak is not None:
            self.close()
            self.start()
        return super().run()


class Command:
    """A command line, whose output goes to a file; `read` makes numbers of that file, or of what else it wrote."""

    def __init__(self, command: Sequence[str], output: Path, read: Callable[[Path], Any] = lambda path: []) -> None:
        self.command, self.output, self.read = list(command), output, read

    def start(self) -> None:
        """There is nothing to start."""

    def run(self) -> float:
        """Seconds of the whole process."""
        with self.output.open("wb") as out:
            begin = time.perf_counter()
            subprocess.run(self.command, check=True, stdout=out)
            return time.perf_counter() - begin

    def answer(self) -> Any:
        """What the last run wrote, as numbers."""
        return self.read(self.output)

    def close(self) -> None:
        """There is nothing to end."""
