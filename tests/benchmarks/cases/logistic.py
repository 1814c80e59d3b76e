"""A sum over many rows: the gradient of a logistic loss by two weights, by both engines and by NumPy by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..contenders import Served
from ..measuring import equal, measure
from ..work import Missing, Work, need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..measuring import Line, Plan

TITLE = "logistic: the gradient of log(1+exp(-y*(w1*a+w2*b))) over 10^7 rows"
SIZES = {"full": 10_000_000, "small": 20_000}
LOSS = "log(1+exp(-y*(w1*a+w2*b)))"
WEIGHTS = {"w1": 0.1, "w2": -0.3}
_BLOCK = 2_097_152  # rows that an engine takes at a time: 50 MB of columns
_SMALL_BLOCK = 16_384  # rows by hand: five such columns fit a usual second-level cache


def rows(size: int) -> dict[str, Any]:
    """The columns a and b, and y of 1 and -1."""
    draw = need("numpy").random.default_rng(2)
    return {"a": draw.normal(size=size), "b": draw.normal(size=size), "y": draw.choice([-1.0, 1.0], size)}


def _engine(name: str, size: int) -> Work:
    need("numpy")
    from adcli.batch.blocks import Block
    from adcli.batch.folding import Fold
    from adcli.batch.running import job
    from adcli.engines import Unavailable, load
    from adcli.kernels.making import make_kernel
    from adcli.products import Function

    kernel = make_kernel(Function(LOSS), "grad", wrt="w1,w2").without_values()
    try:
        work = job(kernel, load(name).compile(kernel), WEIGHTS)
    except Unavailable as reason:
        raise Missing(str(reason)) from None
    columns = rows(size)

    def run() -> list[float]:
        fold = Fold("sum", 2)
        for k in range(0, size, _BLOCK):
            parts = {column: xs[k : k + _BLOCK] for column, xs in columns.items()}
            fold.add(work, Block(k, len(parts["a"]), parts, None, {}))
        return fold.results()

    return Work(run)


def numpy(size: int, folder: Path) -> Work:
    """The engine numpy."""
    return _engine("numpy", size)


def native(size: int, folder: Path) -> Work:
    """The engine native."""
    return _engine("native", size)


def by_hand(size: int, folder: Path) -> Work:
    """NumPy as who knows it well writes it: in blocks that fit the cache, into buffers, sums by dot products."""
    np = need("numpy")
    columns = rows(size)
    a, b, y = columns["a"], columns["b"], columns["y"]
    w1, w2 = WEIGHTS.values()
    z, other = np.empty(_SMALL_BLOCK), np.empty(_SMALL_BLOCK)

    def run() -> list[float]:
        by_w1 = by_w2 = 0.0
        for k in range(0, size, _SMALL_BLOCK):
            p, q, sign = a[k : k + _SMALL_BLOCK], b[k : k + _SMALL_BLOCK], y[k : k + _SMALL_BLOCK]
            s, t = z[: len(p)], other[: len(p)]
            np.multiply(p, w1, out=s)
            np.multiply(q, w2, out=t)
            np.add(s, t, out=s)
            np.multiply(s, sign, out=s)
            np.exp(s, out=s)
            np.add(s, 1.0, out=s)
            np.divide(sign, s, out=s)  # d log(1 + e^-m)/dm = -1/(1 + e^m)
            by_w1 -= np.dot(s, p)
            by_w2 -= np.dot(s, q)
        return [by_w1, by_w2]

    return Work(run)


def lines(plan: Plan) -> Iterator[Line]:
    """All three in turn; NumPy by hand has one thread."""
    size = SIZES[plan.size]
    contenders = {
        "numpy": Served(numpy, size, plan.folder),
        "by hand": Served(by_hand, size, plan.folder, threads=1),
        "native": Served(native, size, plan.folder),
    }
    times = measure(contenders, plan.repeats, equal(1e-9))
    yield times.line("engine numpy / NumPy by hand", "numpy", "by hand", 1.5)
    yield times.line("engine native / NumPy by hand", "native", "by hand", 0.7)
