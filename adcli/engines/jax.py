"""The kernel's instructions as JAX operations, compiled by XLA for whatever device JAX has.

Everything is in double precision, whatever the rest of the program has JAX do. XLA compiles for one
number of points at a time, so numbers of points are rounded up to powers of two.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from ..contexts import make_context
from ..errors import UsageError
from ..graph import CONSTANT, VARIABLE
from ..kernels import Kernel
from ..machine.lowering import is_instruction
from . import Columns, Unavailable

_OPTIONS = {"xla_disable_hlo_passes": "algsimp"}
"""XLA's algebra takes x/y/z for x/(y*z), which leaves the range of doubles where the other does not."""


@cache
def _jax() -> Any:
    try:
        import jax
    except ImportError:
        text = "--engine jax needs JAX, which is not installed"
        raise UsageError("missing-extra", text, None, "pip install 'adcli[jax]'") from None
    return jax


@cache
def _operations() -> dict[str, Callable[..., Any]]:
    """JAX's function for each instruction."""
    jnp = _jax().numpy
    renamed = {
        "sub": "subtract", "mul": "multiply", "div": "divide", "neg": "negative", "round": "rint", "mod": "mod",
        "pow": "power", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "asinh": "arcsinh",
        "acosh": "arccosh", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal",
        "ne": "not_equal", "and_": "logical_and", "or_": "logical_or", "not_": "logical_not",
    }  # fmt: skip
    same = (
        "add", "abs", "sign", "floor", "ceil", "sqrt", "cbrt", "exp", "expm1", "log", "log2", "log10", "sin", "cos",
        "tan", "tanh", "hypot", "where",
    )  # fmt: skip
    return {
        **{name: getattr(jnp, name) for name in same},
        **{name: getattr(jnp, function) for name, function in renamed.items()},
        **_repaired(jnp),
    }


def _repaired(jnp: Any) -> dict[str, Callable[..., Any]]:
    """Functions that XLA has with the errors of a large exponent, or of a cancellation: 30 to 500 ulp."""

    def log1p(x: Any) -> Any:
        """Log(1 + x), by the logarithm of what 1 + x is rounded to: Kahan's way."""
        y = 1.0 + x
        return jnp.where(y == 1.0, x, jnp.where(jnp.abs(x) > 1e20, jnp.log(y), jnp.log(y) * (x / (y - 1.0))))

    def atanh(x: Any) -> Any:
        size = jnp.abs(x)
        return jnp.copysign(log1p(2.0 * size / (1.0 - size)) / 2.0, x)

    def sinh(x: Any) -> Any:
        root = jnp.exp(jnp.abs(x) / 2.0)
        return jnp.where(jnp.abs(x) < 1.0, jnp.sinh(x), jnp.copysign(root / 2.0 * root - 0.5 / root / root, x))

    def cosh(x: Any) -> Any:
        root = jnp.exp(jnp.abs(x) / 2.0)
        return root / 2.0 * root + 0.5 / root / root

    return {
        "log1p": log1p,
        "atanh": atanh,
        "sinh": sinh,
        "cosh": cosh,
        "exp2": lambda x: jnp.power(2.0, x),
        "max": lambda x, y: jnp.where((y > x) | (y != y), y, x),  # of equal ones the first
        "min": lambda x, y: jnp.where((y < x) | (y != y), y, x),
    }


class _Program:
    """A kernel that XLA compiles when it first sees how many points there are."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        names = kernel.graph.names
        self._inputs = [names[node] for node in kernel.order if node in names]
        self._run = _jax().jit(self._computed, static_argnums=0, compiler_options=_OPTIONS)

    def __call__(self, columns: Columns, count: int, out: Any) -> Sequence[Any]:
        import numpy as np

        if not count:
            return [None if node is None else np.empty(0, bool) for node in (self.kernel.defined, self.kernel.kinked)]
        size = 1 << (count - 1).bit_length()
        given = [np.asarray(columns[name], float) for name in self._inputs]
        padded = [np.pad(x, (0, size - count), mode="edge") if x.ndim else x for x in given]
        with _double_precision():
            rows, conditions = self._run(size, padded)
            out[:] = np.asarray(rows)[:, :count]
            return [None if found is None else np.asarray(found)[:count] for found in conditions]

    def _computed(self, size: int, given: Sequence[Any]) -> tuple[Any, list[Any]]:
        """The outputs, one under the other, and the conditions; JAX calls this to see what there is to compile."""
        jnp = _jax().numpy
        kernel, m = self.kernel, make_context()
        graph = kernel.graph
        columns = dict(zip(self._inputs, given, strict=True))
        values: dict[int, Any] = {}
        for node in kernel.order:
            op = graph.ops[node]
            if op is VARIABLE:
                values[node] = columns[graph.names[node]]
            elif op is CONSTANT:
                values[node] = jnp.float64(m.number(graph.constants[node]))
            else:
                values[node] = _operations()[op.name](*[values[a] for a in graph.args[node]])
        rows = [jnp.broadcast_to(values[node], (size,)) for node in kernel.outputs.values()]
        conditions = [
            None if node is None else jnp.broadcast_to(values[node], (size,))
            for node in (kernel.defined, kernel.kinked)
        ]
        return jnp.stack(rows), conditions


def _double_precision() -> Any:
    """JAX with doubles, as long as the `with` lasts, and in this thread."""
    jax = _jax()
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(True)
    from jax.experimental import enable_x64

    return enable_x64()


class Jax:
    """JAX's compiler."""

    name = "jax"
    summary = "XLA by way of JAX, on whatever device that has"

    def compile(self, kernel: Kernel) -> _Program:
        """The program of a kernel."""
        _jax()
        ops = [kernel.graph.ops[node] for node in kernel.order if kernel.graph.args[node]]
        missing = [op.name.removesuffix("_dx") for op in ops if not is_instruction(op) and op.name != "in_domain"]
        if missing:
            raise Unavailable(f"it has no {missing[0]} that is good to the last digits")
        return _Program(kernel)


ENGINE = Jax()
