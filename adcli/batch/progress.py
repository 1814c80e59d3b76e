"""How far a batch is, on one line of a terminal."""

import sys
from time import monotonic

from ..results.base import counted

_WIDTH = 24  # of the bar
_EVERY = 0.1  # seconds


class Bar:
    """A bar, with rows and rows per second; it is wiped off at the end.

    `total` and `done` are of the input, in whatever unit it is measured; without a total there is no bar, but a count.
    """

    def __init__(self, *, shown: bool) -> None:
        self.shown = shown
        self.started = self.said = monotonic()
        self.width = 0

    def __call__(self, rows: int, done: float, total: float | None) -> None:
        """Draw it, if some time has passed since the last time."""
        now = monotonic()
        if not self.shown or now - self.said < _EVERY:
            return
        self.said = now
        rate = rows / max(now - self.started, 1e-9)
        text = f"{counted(rows, 'row')}, {rate:,.0f} a second"
        if total:
            share = min(done / total, 1.0)
            full = int(share * _WIDTH)
            text = f"[{'=' * full}{' ' * (_WIDTH - full)}] {share:4.0%}  {text}"
        self._write("\r" + text.ljust(self.width))
        self.width = len(text)

    def close(self) -> None:
        """Wipe it off."""
        if self.width:
            self._write("\r" + " " * self.width + "\r")
            self.width = 0

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
