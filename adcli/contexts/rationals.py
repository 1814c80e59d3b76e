"""What the ball context asks of rationals: whether a double holds one, and whether a root is one, too."""

from math import isqrt
from typing import Any

from flint import fmpq

Rational = Any  # an fmpq: flint has no types

_DOUBLE_BITS = 53
_DOUBLE_EXPONENTS = 1000
_MOST_ROOT = 64  # roots that are looked for among rationals


def is_double(q: Rational) -> bool:
    """Whether a double holds this number."""
    p, d = int(q.p), int(q.q)
    if not p:
        return True
    zeros = (p & -p).bit_length() - 1
    return (
        d & (d - 1) == 0
        and abs(p >> zeros).bit_length() <= _DOUBLE_BITS
        and abs(zeros - d.bit_length()) < _DOUBLE_EXPONENTS
    )


def whole(q: Rational | None) -> int | None:
    """The whole number that a rational is."""
    return int(q.p) if q is not None and q.q == 1 else None


def rational_root(q: Rational, degree: int) -> Rational | None:
    """The `degree`-th root of a rational >= 0, if it is a rational."""
    if degree > _MOST_ROOT:
        return None
    top, bottom = _whole_root(int(q.p), degree), _whole_root(int(q.q), degree)
    return None if top is None or bottom is None else fmpq(top, bottom)


def _whole_root(n: int, degree: int) -> int | None:
    """The `degree`-th root of a whole number >= 0, if it is a whole number: Newton's iteration from above."""
    if degree == 2 or n < 2:
        root = isqrt(n)
        return root if root**degree == n else None
    root = 1 << -(-n.bit_length() // degree)
    while True:
        better = ((degree - 1) * root + n // root ** (degree - 1)) // degree
        if better >= root:
            return root if root**degree == n else None
        root = better
