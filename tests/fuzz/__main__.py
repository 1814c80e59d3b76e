"""`python -m tests.fuzz`: as many random command lines as one likes, on as many processes."""

from __future__ import annotations

import argparse
import multiprocessing
import shlex
import sys
import time
from collections import Counter

from .campaign import Finding, campaign


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="how many command lines")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the sequence of command lines")
    parser.add_argument("--start", type=int, default=0, help="the number of the first")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--most", type=int, default=20, help="findings to stop at")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    begin = time.monotonic()
    codes: Counter[int | None] = Counter()
    slowest: list[tuple[float, int]] = []
    findings: list[Finding] = []
    step = max(1, min(2000, -(-options.count // options.jobs)))
    parts = [
        (options.seed, first, min(step, options.start + options.count - first))
        for first in range(options.start, options.start + options.count, step)
    ]
    with multiprocessing.Pool(options.jobs) as pool:
        for report in pool.imap(_part, parts):
            codes += report.codes
            slowest = sorted([*slowest, *report.slowest], reverse=True)[:10]
            print(f"\r{sum(codes.values())} of {options.count}", end="", file=sys.stderr, flush=True)
            for finding in report.findings:
                findings.append(finding)
                args = shlex.join([arg if len(arg) < 300 else f"{arg[:300]}…" for arg in finding.line.args])
                text = f"\n#{finding.number}: adcli {args}\n{finding.complaint}"
                print(text.encode("ascii", "backslashreplace").decode(), flush=True)
            if len(findings) >= options.most:
                break
    print(f"\n{sum(codes.values())} command lines in {time.monotonic() - begin:.0f} s, {len(findings)} findings")
    print("exit codes:", ", ".join(f"{code}: {count}" for code, count in sorted(codes.items(), key=str)))
    print("slowest:", ", ".join(f"#{number} {seconds:.1f} s" for seconds, number in slowest))
    sys.exit(bool(findings))


def _part(part: tuple[int, int, int]) -> object:
    return campaign(*part)


if __name__ == "__main__":
    main()
