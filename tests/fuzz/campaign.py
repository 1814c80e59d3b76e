"""Many command lines one after the other, and a report on them."""

from __future__ import annotations

import gc
from collections import Counter
from typing import NamedTuple

from .harness import State, complaint, execute, no_collector, time_limit, workplace
from .lines import Line, line


class Finding(NamedTuple):
    """A command line that does what none may do."""

    number: int
    line: Line
    complaint: str


class Report(NamedTuple):
    """What a campaign found: exit codes, the slowest command lines (seconds, number), and findings."""

    codes: Counter[int | None]
    slowest: list[tuple[float, int]]
    findings: list[Finding]


def campaign(seed: int, first: int, count: int) -> Report:
    """Run the command lines `first` to `first + count` of a seed."""
    report = Report(Counter(), [], [])
    with workplace(), time_limit(), no_collector():
        state = State()
        for number in range(first, first + count):
            given = line(seed, number)
            outcome = execute(given)
            if number % 1000 == 0:
                gc.collect()  # now and then, which is quicker than whenever Python thinks
            report.codes[outcome.code] += 1
            report.slowest.append((outcome.seconds, number))
            found = complaint(given, outcome)
            if found:
                report.findings.append(Finding(number, given, found))
        report.slowest.sort(reverse=True)
        del report.slowest[10:]
        changed = state.complaint()
        if changed:
            report.findings.append(Finding(first, Line((), b"", {}), f"after {count} command lines: {changed}"))
    return report
