"""Inverse error functions and the normal distribution: DLMF 7."""

from collections.abc import Callable
from typing import Any

from .bounds import BEYOND, Number, growing

erfc = growing("erfc", above=0, power=2)
erfi = growing("erfi", above="inf", below="-inf", power=2)


def erfinv(mp: Any, x: Number) -> Number:
    """The inverse of erf, by Newton's method; past 1/2 from the other end, where 1 - |x| is exact."""
    if abs(x) > 0.5:
        return mp.sign(x) * erfcinv(mp, 1 - abs(x))
    return _newton(mp, x, lambda t: (mp.erf(t) - x) * mp.exp(t * t) * mp.sqrt(mp.pi) / 2)


def erfcinv(mp: Any, x: Number) -> Number:
    """The inverse of erfc, by Newton's method on its logarithm, which bends little."""
    if x > 1:
        return -erfcinv(mp, 2 - x)
    if x >= 0.5:
        return erfinv(mp, 1 - x)

    def step(t: Number) -> Number:
        height = mp.erfc(t)
        return mp.log(x / height) * height * mp.exp(t * t) * mp.sqrt(mp.pi) / 2

    level = -mp.log(x)
    return _newton(mp, mp.sqrt(level - mp.log(mp.pi * level) / 2), step)


def _newton(mp: Any, start: Number, step: Callable[[Number], Number]) -> Number:
    """The zero that Newton's steps lead to: to 50 bits, and then to twice as many with each step."""
    wanted = mp.prec
    levels = [wanted + 10]
    while levels[-1] > 50:
        levels.append(levels[-1] // 2 + 8)
    t = start
    try:
        mp.prec = levels.pop()
        for _ in range(60):
            change = step(t)
            t -= change
            if abs(change) <= mp.ldexp(abs(t), -25):
                break
        for level in reversed(levels):
            mp.prec = level
            t -= step(t)
    finally:
        mp.prec = wanted
    return +t


def normpdf(mp: Any, x: Number) -> Number:
    """exp(-x^2/2)/sqrt(2 pi)."""
    return mp.zero if x * x > BEYOND else mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def normcdf(mp: Any, x: Number) -> Number:
    """The standard normal distribution function, by erfc."""
    return erfc(mp, -x / mp.sqrt(2)) / 2


def normquantile(mp: Any, p: Number) -> Number:
    """The inverse of normcdf, by that of erfc."""
    return -mp.sqrt(2) * erfcinv(mp, 2 * p)
