"""Bessel functions and Airy functions: DLMF 9 and 10."""

from collections.abc import Callable
from typing import Any

from .bounds import BEYOND, FEW, Number, bounded, growing, whole


def besselj(mp: Any, n: Number, x: Number) -> Number:
    """J_n(x); beyond n by recurrence, which is stable there, from small orders."""
    bounded(mp, "besselj", n)
    if x == 0:
        return mp.mpf(1 if n == 0 else 0)
    if x < 0:
        return _parity(n) * besselj(mp, n, -x)
    if n < 0 and (n < -FEW or whole(n) is not None):
        return _reflected(mp, n, lambda order: (besselj(mp, order, x), bessely(mp, order, x)), 1)
    if n > FEW and x > n:
        return _upward(besselj, mp, n, x, -1)
    return mp.besselj(n, x) if _is_near(mp, n, x) else _far_out(mp, n, x, 0)


def bessely(mp: Any, n: Number, x: Number) -> Number:
    """Y_n(x), of large order by recurrence."""
    bounded(mp, "bessely", n)
    if n < 0:
        return _reflected(mp, n, lambda order: (bessely(mp, order, x), besselj(mp, order, x)), -1)
    if n > FEW:
        return _upward(bessely, mp, n, x, -1)
    return mp.bessely(n, x) if _is_near(mp, n, x) else _far_out(mp, n, x, 1)


def _is_near(mp: Any, n: Number, x: Number) -> bool:
    """Whether x is too small for Hankel's expansions, whose terms shrink to exp(-2x)."""
    return bool(x < mp.prec + n * n)


def _expansion(mp: Any, n: Number, x: Number) -> list[Number]:
    """The terms a_k(n)/x^k of Hankel's expansions: 10.17.1."""
    terms = [mp.one]
    while abs(terms[-1]) > mp.ldexp(1, -mp.prec - 5):
        k = len(terms)
        terms.append(terms[-1] * (4 * n * n - (2 * k - 1) ** 2) / (8 * k * x))
    return terms


def _far_out(mp: Any, n: Number, x: Number, kind: int) -> Number:
    """J_n(x), or Y_n(x) for kind 1, by Hankel's expansion: 10.17.3 and 10.17.4."""
    terms = _expansion(mp, n, x)
    p = mp.fsum([(-1) ** k * term for k, term in enumerate(terms[::2])])
    q = mp.fsum([(-1) ** k * term for k, term in enumerate(terms[1::2])])
    turn = n / 2 + mp.mpf(0.25)
    cosine = mp.cos(x) * mp.cospi(turn) + mp.sin(x) * mp.sinpi(turn)
    sine = mp.sin(x) * mp.cospi(turn) - mp.cos(x) * mp.sinpi(turn)
    return mp.sqrt(2 / (mp.pi * x)) * (p * sine + q * cosine if kind else p * cosine - q * sine)


def besseli(mp: Any, n: Number, x: Number) -> Number:
    """I_n(x); of negative whole order by 10.27.1."""
    bounded(mp, "besseli", n)
    if x == 0:
        return mp.mpf(1 if n == 0 else 0)
    if x < 0:
        return _parity(n) * besseli(mp, n, -x)
    if x > BEYOND:
        return mp.inf
    return mp.besseli(-n if whole(n) is not None and n < 0 else n, x)


def besselk(mp: Any, n: Number, x: Number) -> Number:
    """K_n(x), of large order by recurrence; by its integral 10.32.9, unless x is small."""
    n = abs(bounded(mp, "besselk", n))
    if x > BEYOND:
        return mp.zero
    if n > FEW:
        return _upward(besselk, mp, n, x, 1)
    if x < 1:
        return mp.besselk(n, x)
    if not _is_near(mp, n, x):
        return mp.sqrt(mp.pi / (2 * x)) * mp.exp(-x) * mp.fsum(_expansion(mp, n, x))
    # the trapezoidal rule: the integrand is analytic up to d = pi/2 from the line, where it has grown by
    # exp(x - x cos(d)), and its error is that times exp(-2 pi d/h)
    bits = (mp.prec + 20) * mp.log(2)
    step = mp.pi**2 / (bits + x)
    height = mp.exp(-x)
    total, t, term = height / 2, mp.zero, height
    while term > mp.ldexp(total, -mp.prec - 10):
        t += step
        term = mp.exp(-x * mp.cosh(t)) * mp.cosh(n * t)
        total += term
    return step * total


def _parity(n: Number) -> int:
    return -1 if int(n) % 2 else 1


def _reflected(mp: Any, n: Number, pair: Callable[[Number], tuple[Number, Number]], sign: int) -> Number:
    """J or Y of negative order from both of the opposite order."""
    first, second = pair(-n)
    return _parity(n) * first if whole(n) is not None else mp.cospi(n) * first + sign * mp.sinpi(n) * second


def _upward(function: Callable[[Any, Number, Number], Number], mp: Any, n: Number, x: Number, sign: int) -> Number:
    """A Bessel function of large order from those of small order: 10.6.1, and 10.29.1 where `sign` is 1."""
    count = int(n)
    order = n - count
    below, here = function(mp, order, x), function(mp, order + 1, x)
    for k in range(1, count):
        below, here = here, 2 * (order + k) / x * here + sign * below
    return here


def sphericalbesseli(mp: Any, n: Number, x: Number) -> Number:
    """i_n(x) for n = 0, 1, ...: 10.47.7."""
    order = int(bounded(mp, "sphericalbesseli", n))
    if x == 0:
        return mp.mpf(0 if order else 1)
    size = abs(x)
    sign = -1 if x < 0 and order % 2 else 1
    return sign * mp.sqrt(mp.pi / (2 * size)) * besseli(mp, order + mp.mpf(0.5), size)


def sinhc(mp: Any, x: Number) -> Number:
    """The quotient sinh(x)/x."""
    return mp.one if x == 0 else mp.inf if abs(x) > BEYOND else mp.sinh(x) / x


airyai = growing("airyai", above=0, power=1.5)
airybi = growing("airybi", above="inf", power=1.5)


def airyaiprime(mp: Any, x: Number) -> Number:
    """The derivative of Ai."""
    return mp.zero if x > BEYOND else mp.airyai(x, derivative=1)


def airybiprime(mp: Any, x: Number) -> Number:
    """The derivative of Bi."""
    return mp.inf if x > BEYOND else mp.airybi(x, derivative=1)
