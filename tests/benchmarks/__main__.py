"""`python -m tests.benchmarks`: whole-process times against what they are measured by.

Each figure is the median of the ratios of runs taken in turn, A B A B ..., after one run of
each that does not count: machines are noisy, ratios within one run hold.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
GRAMMAR = ROOT / "grammars" / "expression.lark"
UNLIMITED = ["--timeout", "inf", "--max-memory", "inf", "--max-nodes", "20000000", "--max-turns", "10000000"]
HEADLINE = ["jac", "x1*x2+sin(x1), exp(x1-x2)", "--at", "1,2"]
PARSE_ONLY = """
import sys, time
from lark import Lark
lark = Lark(open(sys.argv[1]).read(), parser="lalr", start=["program", "point"])
text = open(sys.argv[2]).read()
begin = time.perf_counter()
lark.parse(text, start="program")
print(time.perf_counter() - begin)
"""

SUM = "sum(100*(x[i+1]-x[i]^2)^2 + (1-x[i])^2 for i in range(n-1))"
CASADI = """
import sys, time
import casadi
n = int(sys.argv[1])
begin = time.perf_counter()
x = casadi.SX.sym("x", n)
f = 0
for i in range(n - 1):
    f = f + 100*(x[i+1] - x[i]**2)**2 + (1 - x[i])**2
casadi.Function("F", [x], [f, casadi.gradient(f, x)])(casadi.DM([0.5]*n))
print(time.perf_counter() - begin)
"""


def adcli(*arguments: str) -> list[str]:
    """The command line of the console script, or of the module where none is installed."""
    script = Path(sys.executable).with_name("adcli")
    return [*([str(script)] if script.exists() else [sys.executable, "-m", "adcli"]), *arguments]


def seconds(command: list[str]) -> float:
    """The wall-clock time of a whole process."""
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def printed(command: list[str]) -> float:
    """The time that a process measured and printed itself."""
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def ratio(a: list[str], b: list[str], runs: int, *, measure_b=seconds) -> tuple[float, float, float]:  # type: ignore[no-untyped-def]
    """The medians of A's time, B's time, and of A/B pair by pair."""
    seconds(a), measure_b(b)
    pairs = [(seconds(a), measure_b(b)) for _ in range(runs)]
    times_a, times_b = zip(*pairs, strict=True)
    return statistics.median(times_a), statistics.median(times_b), statistics.median(x / y for x, y in pairs)


def rosenbrock(folder: Path, terms: int) -> list[str]:
    """`adcli grad` of a Rosenbrock function of 2*terms variables, spelled out."""
    text, point = folder / f"rosenbrock{terms}.ad", folder / f"point{terms}.json"
    text.write_text("+".join(f"100*(x{2 * i + 2}-x{2 * i + 1}^2)^2+(1-x{2 * i + 1})^2" for i in range(terms)))
    point.write_text(json.dumps({f"x{k}": 1.1 + 0.1 * (k % 2) for k in range(1, 2 * terms + 1)}))
    return adcli("grad", f"@{text}", "--at", f"@{point}", *UNLIMITED)


def comprehension(n: int) -> list[str]:
    """`adcli grad` of the Rosenbrock function of n variables, as a sum in the language."""
    return adcli("grad", SUM, "--let", f"n={n}", "--at", "x=0.5*ones(n)", *UNLIMITED)


def nodes(command: list[str]) -> int:
    """The nodes of the graph that a command reports."""
    result = json.loads(subprocess.run([*command, "--json"], check=True, capture_output=True, text=True).stdout)
    return int(result["cost"]["nodes"])


def peak_memory(command: list[str]) -> int:
    """The largest resident size of a process, in MiB."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    return int(usage.ru_maxrss // 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument(
        "--casadi", metavar="PYTHON",
        help="a Python that imports casadi, to compare a sum of 10^5 turns with it (casadi is no dependency of adcli)",
    )  # fmt: skip
    parser.add_argument("--long", action="store_true", help="take a sum over 10^6 turns, too (4 GiB, minutes)")
    options = parser.parse_args()
    runs = options.runs
    python = sys.executable
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        imports = [python, "-c", "import click, lark"]
        rows.append(("jac --json / import click, lark", *ratio(adcli(*HEADLINE, "--json"), imports, runs), 1.25))
        imports = [python, "-c", "import click, lark, rich.console, rich.table"]
        rows.append(("jac table / the same with rich", *ratio(adcli(*HEADLINE), imports, runs), 1.25))
        large, larger = rosenbrock(folder, 10_000), rosenbrock(folder, 20_000)
        parse = [python, "-c", PARSE_ONLY, str(GRAMMAR), str(folder / "rosenbrock10000.ad")]
        few = max(3, runs // 3)
        rows.append(("grad of 10^4 terms / Lark's parsing", *ratio(large, parse, few, measure_b=printed), 3.0))
        rows.append(("grad of 2*10^4 terms / of 10^4 terms", *ratio(larger, large, few), 2.2))
        memory = peak_memory(large)
        total, longer = comprehension(100_000), comprehension(1_000_000)
        if options.casadi:
            casadi = [options.casadi, "-c", CASADI, "100000"]
            rows.append(("grad of a sum of 10^5 / CasADi's", *ratio(total, casadi, few, measure_b=printed), 0.5))
        if options.long:
            rows.append(("grad of a sum of 10^6 / of 10^5", *ratio(longer, total, 3), 11.0))
        sizes = [("10^5", total)] + [("10^6", longer)] * options.long
        per_node = [(label, peak_memory(command) * 2**20 // nodes(command)) for label, command in sizes]
    print(f"{'':40} {'A, s':>8} {'B, s':>8} {'A/B':>8} {'at most':>8}")
    for label, a, b, quotient, bar in rows:
        print(f"{label:40} {a:8.3f} {b:8.3f} {quotient:8.2f} {bar:8.2f}")
    print(f"{'peak memory of 10^4 terms, MiB':40} {memory:26} {1024:8}")
    for label, size in per_node:
        print(f"{f'bytes per node, a sum of {label}':40} {size:26} {1024:8}")


if __name__ == "__main__":
    main()
