"""Start and reading: whole commands by what Python, their imports and Lark's parsing take alone."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from ..contenders import Command, Fresh
from ..measuring import Line, measure
from ..memory import peak_of
from ..work import HEADLINE, ROOT, UNLIMITED, Missing, Work, adcli
from .rosenbrock import command as comprehension

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..measuring import Plan

TITLE = "startup: whole commands by imports, by Lark's parsing, by half their work"
SIZES = {"full": 10_000, "small": 20}
_GRAMMAR = ROOT / "grammars" / "expression.lark"
_MIB = 2**20


def rosenbrock(folder: Path, terms: int) -> list[str]:
    """`adcli grad` of a Rosenbrock function of 2*terms variables, spelled out."""
    text, point = folder / f"rosenbrock{terms}.ad", folder / f"point{terms}.json"
    text.write_text("+".join(f"100*(x{2 * i + 2}-x{2 * i + 1}^2)^2+(1-x{2 * i + 1})^2" for i in range(terms)))
    point.write_text(json.dumps({f"x{k}": 1.1 + 0.1 * (k % 2) for k in range(1, 2 * terms + 1)}))
    return adcli("grad", f"@{text}", "--at", f"@{point}", *UNLIMITED)


def parsing(size: int, folder: Path) -> Work:
    """Lark's own parsing of that text, into its tree."""
    from lark import Lark

    lark = Lark(_GRAMMAR.read_text(encoding="utf-8"), parser="lalr", start=["program", "point"])
    text = (folder / f"rosenbrock{size}.ad").read_text(encoding="utf-8")
    return Work(lambda: lark.parse(text, start="program"))


def _nodes(command: list[str]) -> int:
    """The nodes of the graph that a command reports."""
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return int(result["cost"]["nodes"])


def _memory(work: str, command: list[str], nodes: int, asked: int) -> Line:
    """The peak memory of a command, for each of its nodes."""
    try:
        return Line(work, peak_of(command) / nodes, asked=asked, unit="B")
    except Missing as reason:
        return Line(work, asked=asked, unit="B", skipped=str(reason))


def lines(plan: Plan) -> Iterator[Line]:
    """The small ones often, the large ones less often; here the ratio is the median of the rounds' ratios."""
    out, terms = plan.folder / "out", SIZES[plan.size]

    def timed(work: str, ours: list[str], peer: list[str] | Fresh, asked: float, repeats: int = plan.few) -> Line:
        other = Command(peer, out) if isinstance(peer, list) else peer
        return measure({"a": Command(ours, out), "b": other}, repeats).line(work, "a", "b", asked, paired=True)

    imports = "import click, lark"
    command = adcli("jac", HEADLINE, "--at", "1,2")
    plain, drawn = ([sys.executable, "-c", text] for text in (imports, f"{imports}, rich.console, rich.table"))
    yield timed("jac --json / imports", [*command, "--json"], plain, 1.25, plan.repeats)
    yield timed("jac table / imports and rich", command, drawn, 1.25, plan.repeats)
    large, larger = rosenbrock(plan.folder, terms), rosenbrock(plan.folder, 2 * terms)
    yield timed("grad 10^4 terms / Lark", large, Fresh(parsing, terms, plan.folder), 3.0)
    yield timed("grad 2*10^4 terms / 10^4", larger, large, 2.2)
    yield _memory("peak memory, 10^4 terms", large, 1, 1024 * _MIB)
    total = comprehension(10 * terms)
    yield _memory("per node, a sum of 10^5", total, _nodes(total), 1024)
    if plan.long:
        longer = comprehension(100 * terms)
        yield timed("grad a sum of 10^6 / of 10^5", longer, total, 11.0, 3)
        yield _memory("per node, a sum of 10^6", longer, _nodes(longer), 1024)
