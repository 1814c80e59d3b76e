"""Many points in memory: one compiled Jacobian, by both engines, by JAX, and by C written by hand."""

from __future__ import annotations

import ctypes
import subprocess
from typing import TYPE_CHECKING, Any

from ..contenders import Served
from ..measuring import equal, measure
from ..work import HEADLINE, Work, cores, need, need_program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..measuring import Line, Plan

TITLE = "points: the Jacobian of x1*x2+sin(x1), exp(x1-x2) at 10^6 points"
SIZES = {"full": 1_000_000, "small": 2_000}
_C = """
#include <math.h>

void jacobian(long n, const double *restrict a, const double *restrict b, double *restrict aa, double *restrict ab,
              double *restrict ba, double *restrict bb)
{
    #pragma omp parallel for simd schedule(static)
    for (long i = 0; i < n; i++) {
        const double e = exp(a[i] - b[i]);
        aa[i] = b[i] + cos(a[i]);
        ab[i] = a[i];
        ba[i] = e;
        bb[i] = -e;
    }
}
"""
_FLAGS = ("-O3", "-march=native", "-mprefer-vector-width=512", "-ffast-math", "-fopenmp", "-fPIC", "-shared")


def points(size: int) -> Any:
    """The two columns."""
    return need("numpy").random.default_rng(1).uniform(-3, 3, (2, size))


def _engine(name: str, size: int) -> Work:
    np = need("numpy")
    from adcli.engines import Unavailable, load
    from adcli.kernels.making import make_kernel
    from adcli.products import Function

    from ..work import Missing

    try:
        program = load(name).compile(make_kernel(Function(HEADLINE), "jac").without_values())
    except Unavailable as reason:
        raise Missing(str(reason)) from None
    a, b = points(size)
    out = np.empty((4, size))

    def run() -> Any:
        program({"x1": a, "x2": b}, size, out)
        return out

    return Work(run)


def numpy(size: int, folder: Path) -> Work:
    """The engine numpy."""
    return _engine("numpy", size)


def native(size: int, folder: Path) -> Work:
    """The engine native."""
    return _engine("native", size)


def _jax() -> Any:
    need("jax").config.update("jax_platforms", "cpu")
    import jax as j

    j.config.update("jax_enable_x64", True)
    return j


def jax(size: int, folder: Path) -> Work:
    """JAX on the processor in double precision, compiled, its arrays in place: a function of two numbers."""
    j = _jax()
    import jax.numpy as jnp
    import numpy as np

    def f(x1: Any, x2: Any) -> Any:
        return x1 * x2 + jnp.sin(x1), jnp.exp(x1 - x2)

    compiled = j.jit(j.vmap(j.jacfwd(f, argnums=(0, 1))))
    a, b = (j.device_put(x) for x in points(size))
    return Work(lambda: j.block_until_ready(compiled(a, b)), lambda found: np.stack([*found[0], *found[1]]))


def jax_of_vectors(size: int, folder: Path) -> Work:
    """The same as a function of a vector."""
    j = _jax()
    import jax.numpy as jnp
    import numpy as np

    def f(x: Any) -> Any:
        return jnp.stack([x[0] * x[1] + jnp.sin(x[0]), jnp.exp(x[0] - x[1])])

    compiled = j.jit(j.vmap(j.jacfwd(f)))
    x = j.device_put(np.ascontiguousarray(points(size).T))
    return Work(lambda: j.block_until_ready(compiled(x)), lambda found: np.asarray(found).reshape(-1, 4).T)


def by_hand(size: int, folder: Path) -> Work:
    """C as a person writes it, with as many threads as the engine has."""
    np = need("numpy")
    source, library = folder / "by_hand.c", folder / "by_hand.so"
    source.write_text(_C)
    command = [need_program("gcc"), *_FLAGS, str(source), "-o", str(library), "-lmvec", "-lm"]
    subprocess.run(command, check=True)
    code = ctypes.CDLL(str(library))
    a, b = points(size)
    out = np.empty((4, size))

    def run() -> Any:
        code.jacobian(ctypes.c_long(size), *[ctypes.c_void_p(x.ctypes.data) for x in (a, b, *out)])
        return out

    return Work(run)


def lines(plan: Plan) -> Iterator[Line]:
    """All four in turn."""
    size = SIZES[plan.size]
    contenders = {
        "numpy": Served(numpy, size, plan.folder, calls=5),
        "JAX": Served(jax, size, plan.folder, calls=5),
        "native": Served(native, size, plan.folder, calls=5),
        "JAX of vectors": Served(jax_of_vectors, size, plan.folder, calls=5),
        "C": Served(by_hand, size, plan.folder, calls=5, threads=cores()),
    }
    times = measure(contenders, 3 * plan.repeats, equal(1e-12, 1e-12))  # each is a matter of milliseconds
    peer = times.best("JAX", "JAX of vectors")
    yield times.line("engine numpy / JAX", "numpy", peer, 1.1)
    yield times.line("engine native / JAX", "native", peer, 0.4)
    yield times.line("engine native / C by hand", "native", "C", 1.3)
