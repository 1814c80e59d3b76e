"""`python -m tests.benchmarks`: adcli and its peers on the same work, in turn; medians and their ratios.

Peers come with `pip install -e '.[bench]'`; a line whose peer is not there is skipped. The exit code is 1 if
answers differ or something fails; figures that are more than was asked are marked, since a machine may be busy.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from . import cases, table
from .contenders import Broken
from .machine import described, machine
from .measuring import Disagreement, Line, Plan
from .work import ROOT, Missing

README = ROOT / "README.md"


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", metavar="NAMES", help=f"some of {', '.join(cases.names())}, separated by commas")
    parser.add_argument("--repeats", "--runs", type=int, default=11, help="rounds that count; long work has fewer")
    parser.add_argument("--size", choices=("full", "small"), default="full", help="small: all works, nothing is told")
    parser.add_argument("--long", action="store_true", help="a sum over 10^6 turns, too (4 GiB, minutes)")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write everything to a file, too")
    parser.add_argument("--write", action="store_true", help="write the table into README.md")
    given = parser.parse_args()
    chosen = given.only.split(",") if given.only else cases.names()
    unknown = [name for name in chosen if name not in cases.names()]
    if unknown:
        parser.error(f"no case is named {', '.join(unknown)}; there are {', '.join(cases.names())}")
    modules = {name: cases.load(name) for name in chosen}
    titles = {name: module.TITLE for name, module in modules.items()}
    found: dict[str, list[Line]] = {}
    here, wrong = machine(), 0
    print(described(here), table.HEADER, sep="\n\n", flush=True)
    for name, module in modules.items():
        with tempfile.TemporaryDirectory(prefix="adcli-benchmarks-") as folder:
            try:
                found[name] = list(module.lines(Plan(given.repeats, given.size, Path(folder), given.long)))
            except Missing as reason:
                found[name] = [Line(name, skipped=str(reason))]
            except Disagreement as error:
                found[name] = [Line(name, skipped=f"wrong answers: {error}")]
                wrong += 1
            except (subprocess.CalledProcessError, Broken) as error:
                found[name] = [Line(name, skipped=f"failed: {error}")]
                wrong += 1
        print(*table.screen(titles[name], found[name]), sep="\n", flush=True)
    if given.json:
        given.json.write_text(json.dumps(table.as_json(found, here, given.size, given.repeats), indent=1) + "\n")
    if given.write:
        text = table.markdown(found, titles, described(here))
        README.write_text(table.written(README.read_text(encoding="utf-8"), text), encoding="utf-8")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
