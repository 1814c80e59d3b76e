"""The zeta functions, polylogarithms, complete elliptic integrals and Lambert's W: DLMF 4.13, 19 and 25."""

from functools import cache
from typing import Any

from .bounds import BEYOND, MOST_DERIVATIVE, MOST_ORDER, Number, bounded, horner, series, whole

_MOST_FRACTIONAL = 50  # order of a polylogarithm that is not whole
_LEAST_RATIONAL = -200  # order of a polylogarithm that is rational


def ellipkderivative(mp: Any, n: Number, m: Number) -> Number:
    """The n-th derivative of K(m), by 19.5.1 near 0, elsewhere by its differential equation (see 15.10.1)."""
    half = mp.mpf(0.5)
    start = (mp.ellipk(m), (mp.ellipe(m) / (1 - m) - mp.ellipk(m)) / (2 * m)) if abs(m) > half else ()
    return _hypergeometric_derivative(mp, "ellipkderivative", n, (half, half), m, start)


def ellipederivative(mp: Any, n: Number, m: Number) -> Number:
    """The n-th derivative of E(m), by 19.5.2 near 0, elsewhere by its differential equation (see 15.10.1)."""
    half = mp.mpf(0.5)
    if m == 1:
        return mp.one if n == 0 else -mp.inf
    start = (mp.ellipe(m), (mp.ellipe(m) - mp.ellipk(m)) / (2 * m)) if abs(m) > half else ()
    return _hypergeometric_derivative(mp, "ellipederivative", n, (-half, half), m, start)


def _hypergeometric_derivative(
    mp: Any, name: str, n: Number, ab: tuple[Number, Number], x: Number, start: tuple[Number, ...]
) -> Number:
    """The n-th derivative of y = pi/2 F(a, b; 1; x), given y and y' if x is not near 0: 15.5.2 and 15.10.1."""
    order = int(bounded(mp, name, n, MOST_DERIVATIVE))
    a, b = ab
    if not start:
        scale = mp.pi / 2 * mp.rf(a, order) * mp.rf(b, order) / mp.factorial(order)
        return scale * mp.hyp2f1(a + order, b + order, 1 + order, x)
    y, slope = start
    for k in range(order):
        y, slope = slope, ((a + k) * (b + k) * y - (1 + k - (a + b + 2 * k + 1) * x) * slope) / (x * (1 - x))
    return y


def zetaderivative(mp: Any, n: Number, x: Number) -> Number:
    """The n-th derivative of zeta: below 0 by reflection, far out by the series 25.2.1."""
    order = int(bounded(mp, "zetaderivative", n, MOST_DERIVATIVE))
    if order == 0:
        return mp.zeta(x)
    if -1 < x < mp.prec + 10 * order:
        return mp.zeta(x, 1, order)
    return _zeta_series(mp, x, order)[order] * mp.factorial(order)


def _zeta_series(mp: Any, x: Number, order: int) -> list[Number]:
    """The coefficients of the power series of zeta around x."""
    if x > BEYOND:
        return [mp.one] + [mp.zero] * order
    if x > mp.prec + 10 * order:
        logs = [mp.log(k) for k in range(2, 10)]
        heights = [mp.mpf(k) ** -x for k in range(2, 10)]
        sums = [mp.fsum([h * (-log) ** k for log, h in zip(logs, heights, strict=True)]) for k in range(order + 1)]
        return [(k == 0) + total / mp.factorial(k) for k, total in enumerate(sums)]
    if x > -1:
        return [mp.zeta(x, 1, k) / mp.factorial(k) for k in range(order + 1)]
    return _reflected_zeta_series(mp, x, order)


def _reflected_zeta_series(mp: Any, x: Number, order: int) -> list[Number]:
    """By 25.4.2, zeta(x) = 2 (2 pi)^(x - 1) sin(pi x/2) gamma(1 - x) zeta(1 - x)."""
    flip = [(-1) ** k for k in range(order + 1)]
    other = [f * c for f, c in zip(flip, _zeta_series(mp, 1 - x, order), strict=True)]
    turn = mp.pi / 2
    waves = [mp.sinpi(x / 2), mp.cospi(x / 2)]
    sine = [(-1) ** (k // 2) * waves[k % 2] * turn**k / mp.factorial(k) for k in range(order + 1)]
    # the logarithm of (2 pi)^(x - 1) gamma(1 - x), and its exponential by y' = l' y
    slopes = [-mp.psi(k, 1 - x) * flip[k] / mp.factorial(k) for k in range(order)]
    if order:
        slopes[0] += mp.log(2 * mp.pi)
    growth = [2 * (2 * mp.pi) ** (x - 1) * mp.gamma(1 - x)]
    for k in range(order):
        growth.append(mp.fsum([slopes[j] * growth[k - j] for j in range(k + 1)]) / (k + 1))
    return _product(mp, _product(mp, sine, growth), other)


def _product(mp: Any, a: list[Number], b: list[Number]) -> list[Number]:
    """The product of two power series, as far as they go."""
    return [mp.fsum([a[j] * b[k - j] for j in range(k + 1)]) for k in range(len(a))]


def polylog(mp: Any, s: Number, x: Number) -> Number:
    """Li_s(x): 25.12.10; rational for s = 0, -1, ..., a logarithm for s = 1, for x < 0 by Hurwitz's zeta (25.12.13)."""
    order = 0 if mp.mag(s) < -mp.prec - 20 else whole(bounded(mp, "polylog", s))
    if x == 0:
        return mp.zero
    if order == 1:
        return -mp.log1p(-x)
    if order is not None and order <= 0:
        bounded(mp, "polylog", s, -_LEAST_RATIONAL)
        if order < 0 and abs(x) > 1:  # Li_(-n)(1/x) = (-1)^(n + 1) Li_(-n)(x)
            return (-1) ** (1 - order) * polylog(mp, s, 1 / x)
        # with w = x/(1 - x) the sum of k! S(n + 1, k + 1) w^(k + 1), S the Stirling numbers of the second kind
        w = x / (1 - x)
        return w * horner(_stirling(-order), w)
    if x == 1:
        return mp.zeta(s)
    if order is not None or x >= -0.5:
        return mp.re(mp.polylog(s, x))
    bounded(mp, "polylog", s, _MOST_FRACTIONAL)
    hurwitz = mp.zeta(1 - s, mp.mpc(0.5, -mp.log(-x) / (2 * mp.pi)))
    return 2 * mp.gamma(1 - s) * (2 * mp.pi) ** (s - 1) * mp.re(mp.expjpi((1 - s) / 2) * hurwitz)


@cache
def _stirling(n: int) -> list[int]:
    """The numbers k! S(n + 1, k + 1) for k = n, ..., 0."""
    row = [1]
    for _ in range(n):
        row = [
            (k * row[k - 1] if k > 0 else 0) + ((k + 1) * row[k] if k < len(row) else 0) for k in range(len(row) + 1)
        ]
    return row[::-1]


def polylogderivative(mp: Any, n: Number, s: Number, x: Number) -> Number:
    """The n-th derivative of Li_s(x) by x: its series near 0, elsewhere from Li_(s-1), Li_(s-2), ..."""
    order = int(bounded(mp, "polylogderivative", n, MOST_DERIVATIVE))
    bounded(mp, "polylog", s, MOST_ORDER if order < 2 else -_LEAST_RATIONAL)
    if order == 0:
        return polylog(mp, s, x)
    if abs(x) <= 0.9:
        found = series(mp, lambda k: x * (order + k + 1) / (k + 1), lambda k: mp.mpf(order + k) ** -s)
        return mp.factorial(order) * found
    if x == 1 and s - order <= 1:
        return mp.inf
    with mp.extraprec(3 * order + max(0, int(s)) * order.bit_length()):  # n! n^(-s) is left of numbers around 1
        found = mp.fsum([c * polylog(mp, s - j, x) for j, c in enumerate(falling(order)) if c])
    return found / x**order


@cache
def falling(n: int) -> list[int]:
    """The coefficients of t(t - 1)...(t - n + 1), the lowest power first."""
    row = [1]
    for k in range(n):
        row = [(row[j - 1] if j else 0) - k * (row[j] if j < len(row) else 0) for j in range(len(row) + 1)]
    return row


def lambertw(mp: Any, x: Number) -> Number:
    """The principal branch of Lambert's W."""
    return mp.re(mp.lambertw(x))
