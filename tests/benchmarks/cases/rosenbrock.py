"""A large gradient: Rosenbrock's function of 10^5 variables, the whole command against CasADi's build and call."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..contenders import Command, Fresh
from ..measuring import equal, measure
from ..work import UNLIMITED, Work, adcli, need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ..measuring import Line, Plan

TITLE = "rosenbrock: value and gradient, n = 10^5, command / CasADi's build and call"
SIZES = {"full": 100_000, "small": 200}
SUM = "sum(100*(x[i+1]-x[i]^2)^2 + (1-x[i])^2 for i in range(n-1))"
AT = 0.5
_ALIVE: list[Any] = []  # what is taken apart at the end does not count


def command(n: int) -> list[str]:
    """The command line that computes it."""
    return adcli("grad", SUM, "--let", f"n={n}", "--at", f"x={AT}*ones(n)", "--json", *UNLIMITED)


def read(path: Path) -> list[float]:
    """Value and gradient of what the command has printed."""
    result = json.loads(path.read_text(encoding="utf-8"))
    return [*result["value"], *result["gradient"]]


def _casadi(kind: str, write: Callable[[Any, Any], Any], size: int) -> Work:
    """CasADi from nothing to numbers; `write` writes the sum of its variables."""
    casadi = need("casadi", "numpy")

    def run() -> Any:
        x = getattr(casadi, kind).sym("x", size)
        f = write(casadi, x)
        function = casadi.Function("F", [x], [f, casadi.gradient(f, x)])
        found = function(casadi.DM([AT] * size))
        _ALIVE.append((x, f, function))
        return found

    return Work(run, lambda found: [float(found[0]), *found[1].full().ravel()])


def _by_slices(casadi: Any, x: Any) -> Any:
    return casadi.sum1(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def _by_elements(casadi: Any, x: Any) -> Any:
    xs, f = casadi.vertsplit(x), 0
    for i in range(len(xs) - 1):
        f = f + 100 * (xs[i + 1] - xs[i] ** 2) ** 2 + (1 - xs[i]) ** 2
    return f


def slices(size: int, folder: Path) -> Work:
    """Its scalar graph, written with slices of the vector."""
    return _casadi("SX", _by_slices, size)


def elements(size: int, folder: Path) -> Work:
    """Its scalar graph, written term by term."""
    return _casadi("SX", _by_elements, size)


def matrices(size: int, folder: Path) -> Work:
    """Its graph of whole matrices, which has a node for each operation on slices and not for each number."""
    return _casadi("MX", _by_slices, size)


def lines(plan: Plan) -> Iterator[Line]:
    """The command, and each way to write it for CasADi; what is asked holds for the best of scalar graphs."""
    size = SIZES[plan.size]
    contenders = {
        "adcli": Command(command(size), plan.folder / "gradient.json", read),
        "slices": Fresh(slices, size, plan.folder),
        "elements": Fresh(elements, size, plan.folder),
        "matrices": Fresh(matrices, size, plan.folder),
    }
    times = measure(contenders, plan.few, equal(1e-12))
    best = times.best("slices", "elements")
    for name, work in (("slices", "SX, slices"), ("elements", "SX, term by term"), ("matrices", "MX, slices")):
        yield times.line(f"adcli grad / {work}", "adcli", name, 0.4 if name == best else None)
