"""What these functions share: orders of moderate size, answers past all exponents, polynomials, sums to the end."""

from collections.abc import Callable, Iterable
from typing import Any

from ...errors import LimitError

Number = Any  # an mpf

MOST_ORDER = 1000  # of Bessel functions, polygamma functions and their kin
MOST_DERIVATIVE = 30  # order of a derivative
BEYOND = 1 << 62  # an exponent past which MpContext answers with infinities and zeros
FEW = 30  # an order up to which mpmath does well


def bounded(mp: Any, name: str, order: Number, most: int = MOST_ORDER) -> Number:
    """The order of a function, if it is not too large."""
    if abs(order) > most:
        raise LimitError("huge-order", f"{name} of order {mp.nstr(order, 10)}: {most} is the most")
    return order


def whole(x: Number) -> int | None:
    """The whole number that x is, if it is one."""
    return int(x) if x == int(x) else None


def growing(name: str, above: Any = None, below: Any = None, power: float = 1.0) -> Callable[[Any, Number], Number]:
    """A function of mpmath's that grows or vanishes like exp(|x|^power): past all exponents it is `above` or `below`.

    They are numbers, or None on a side where the function does neither.
    """
    edge = BEYOND ** (1 / power)

    def bounded_function(mp: Any, x: Number) -> Number:
        if above is not None and x > edge:
            return mp.mpf(above)
        if below is not None and x < -edge:
            return mp.mpf(below)
        return getattr(mp, name)(x)

    return bounded_function


def horner(coefficients: Iterable[int], x: Any) -> Any:
    """A polynomial of a number or a ball, its coefficients from the highest power down.

    Releases of mpmath differ about the order in which theirs takes them.
    """
    total = 0 * x
    for a in coefficients:
        total = total * x + a
    return total


def series(mp: Any, ratio: Callable[[int], Number], weight: Callable[[int], Number]) -> Number:
    """The sum of weight(k)*ratio(0)*...*ratio(k - 1), until its terms vanish."""
    factor, total, k = mp.one, mp.zero, 0
    while True:
        term = factor * weight(k)
        total += term
        factor *= ratio(k)
        k += 1
        if abs(term) <= mp.ldexp(abs(total), -mp.prec - 10) and abs(ratio(k)) < 0.95:
            return total
