"""A large sparse Jacobian: Broyden's tridiagonal function, the whole command against CasADi's build and call."""

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

TITLE = "broyden: sparse Jacobian, n = 10^5, command / CasADi's build and call"
SIZES = {"full": 100_000, "small": 200}
PROGRAM = "p = concat([0], x, [0]); [(3 - 2*p[i])*p[i] - p[i-1] - 2*p[i+1] + 1 for i in range(1, n+1)]"
AT = -1
_ALIVE: list[Any] = []  # what is taken apart at the end does not count


def command(n: int) -> list[str]:
    """The command line that computes it."""
    return adcli("jac", PROGRAM, "--let", f"n={n}", "--at", f"x={AT}*ones(n)", "--sparse", "--json", *UNLIMITED)


def read(path: Path) -> Any:
    """Rows, columns and entries of what the command has printed, by columns."""
    result = json.loads(path.read_text(encoding="utf-8"))
    return by_columns(result["row"], result["column"], result["entries"])


def by_columns(rows: Any, columns: Any, entries: Any) -> Any:
    """The entries of a matrix in one order."""
    np = need("numpy")
    found = np.array([rows, columns, entries], float)
    return found[:, np.lexsort(found[:2])]


def _casadi(kind: str, write: Callable[[Any, Any], Any], size: int) -> Work:
    """CasADi from nothing to numbers; `write` writes the outputs of its variables."""
    casadi = need("casadi", "numpy")

    def run() -> Any:
        x = getattr(casadi, kind).sym("x", size)
        f = write(casadi, x)
        function = casadi.Function("F", [x], [f, casadi.jacobian(f, x)])
        found = function(casadi.DM([AT] * size))
        _ALIVE.append((x, f, function))
        return found

    def answer(found: Any) -> Any:
        return by_columns(*found[1].sparsity().get_triplet(), found[1].nonzeros())

    return Work(run, answer)


def _by_slices(casadi: Any, x: Any) -> Any:
    p = casadi.vertcat(0, x, 0)
    return (3 - 2 * x) * x - p[:-2] - 2 * p[2:] + 1


def _by_elements(casadi: Any, x: Any) -> Any:
    p = [0, *casadi.vertsplit(x), 0]
    return casadi.vertcat(*[(3 - 2 * p[i]) * p[i] - p[i - 1] - 2 * p[i + 1] + 1 for i in range(1, len(p) - 1)])


def slices(size: int, folder: Path) -> Work:
    """Its scalar graph, written with slices of the vector."""
    return _casadi("SX", _by_slices, size)


def elements(size: int, folder: Path) -> Work:
    """Its scalar graph, written row by row."""
    return _casadi("SX", _by_elements, size)


def matrices(size: int, folder: Path) -> Work:
    """Its graph of whole matrices, which has a node for each operation on slices and not for each number."""
    return _casadi("MX", _by_slices, size)


def lines(plan: Plan) -> Iterator[Line]:
    """The command, and each way to write it for CasADi; what is asked holds for the best of scalar graphs."""
    size = SIZES[plan.size]
    contenders = {
        "adcli": Command(command(size), plan.folder / "jacobian.json", read),
        "slices": Fresh(slices, size, plan.folder),
        "elements": Fresh(elements, size, plan.folder),
        "matrices": Fresh(matrices, size, plan.folder),
    }
    times = measure(contenders, plan.few, equal(1e-12))
    best = times.best("slices", "elements")
    for name, work in (("slices", "SX, slices"), ("elements", "SX, row by row"), ("matrices", "MX, slices")):
        yield times.line(f"adcli jac / {work}", "adcli", name, 0.33 if name == best else None)
