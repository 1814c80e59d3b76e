"""What a kernel gives, in parts that are called by their names."""

from typing import NamedTuple

from ..kernels import Kernel

_DERIVATIVES = {"jac": "jacobian", "grad": "gradient", "jvp": "jvp", "vjp": "vjp", "hess": "hessian"}


class Result(NamedTuple):
    """A part of what a kernel gives: what it is called, its shape, and the names of its entries."""

    name: str
    shape: tuple[int, ...]
    entries: list[str]


def results_of(kernel: Kernel) -> list[Result]:
    """The parts: the values, then the derivatives; a Hessian comes with the gradient."""
    names = list(kernel.outputs)
    parts = [Result("value", (kernel.values,), names[: kernel.values])]
    begin = kernel.values
    if kernel.product == "hess":
        parts.append(Result("gradient", kernel.shape[:1], names[begin : begin + kernel.shape[0]]))
        begin += kernel.shape[0]
    if kernel.product != "eval":
        parts.append(Result(_DERIVATIVES[kernel.product], kernel.shape, names[begin:]))
    return parts
