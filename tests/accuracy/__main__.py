"""`python -m tests.accuracy`: the worst errors of the primitive table in doubles, in units in the last place.

Prints a table in Markdown; `--write` puts it into the README, between its markers. The exit code is 1 if
a row errs by more than 4 ulp.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # where the witness is

from adcli.primitives import TABLE

from .measuring import BOUND, measure_part, rows
from .table import render, written

PART = 25_000  # points that one process measures at a time
README = Path(__file__).parent.parent.parent / "README.md"


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m tests.accuracy", description=__doc__)
    parser.add_argument("--points", type=int, default=100_000, help="how many for each row (default 100000)")
    parser.add_argument("--rows", help="names, separated by commas (default: all but special functions)")
    parser.add_argument("--seed", default="0", help="another seed gives other points")
    parser.add_argument("--jobs", type=int, help="processes (default: one for each core)")
    parser.add_argument("--write", action="store_true", help="write the table into README.md")
    given = parser.parse_args()
    chosen = given.rows.split(",") if given.rows else [row.name for row in rows()]
    unknown = [name for name in chosen if name not in TABLE]
    if unknown:
        parser.error(f"no row is named {', '.join(unknown)}")
    sizes = [min(PART, given.points - start) for start in range(0, given.points, PART)]
    reports = []
    with ProcessPoolExecutor(given.jobs) as pool:
        parts = {
            name: [pool.submit(measure_part, name, size, f"{given.seed}.{k}") for k, size in enumerate(sizes)]
            for name in chosen
        }
        for name, futures in parts.items():
            report = futures[0].result()
            for future in futures[1:]:
                report = report.merged(future.result())
            reports.append(report)
            print(f"{name}: {report.ulps:.2f} ulp", file=sys.stderr)  # a long run shows where it is
    table = render(reports, given.points)
    print(table)
    if given.write:
        README.write_text(written(README.read_text(encoding="utf-8"), table), encoding="utf-8")
    return int(any(not report.ulps <= BOUND for report in reports))


if __name__ == "__main__":
    sys.exit(main())
