"""Sizes, powers and roots of polynomials in kernels.

A root is taken of a product factor by factor only where no factor is negative, so that every
root is real and none is the wrong one: sqrt(x*y) is sqrt(x)*sqrt(y) where x and y are positive, and
sqrt(x^2) is |x|. What is left together is a kernel of its own, and a cause for doubt (see `signs`).
(Bradford & Davenport, *Towards better simplification of elementary functions*, ISSAC 2002.)
"""

from fractions import Fraction

from .kernels import NEGATIVE, NOT_NEGATIVE, NOT_ZERO, POSITIVE, ZERO, Kernels, UndefinedError
from .polynomials import Polynomial, Powers, Rational, exact, size
from .signs import Signs


class PowerFunctions:
    """Functions from polynomials to polynomials, in a case of a proof of which `signs` are known."""

    def __init__(self, kernels: Kernels, signs: Signs) -> None:
        self.kernels = kernels
        self.ring = kernels.ring
        self.signs = signs

    def abs(self, p: Polynomial) -> Polynomial:
        """|p|: what has a known sign leaves the bars. For a kernel or a constant it is one term."""
        c, powers = self.signs.factors(p)
        outside, inside, scale = Powers(), Powers(), size(c)
        for k, e in powers.items():
            signs = self.signs.of_power(k, e)
            if signs == ZERO:
                return {}
            outside[k] = e
            if not signs & POSITIVE:
                scale = -scale
            elif signs & NEGATIVE:
                inside[k] = 1
                outside[k] = e - 1
        result = self.ring.single(outside, scale)
        if not inside:
            return result
        self.signs.doubt(p)
        bare = self.ring.single(inside)
        bars = self.kernels.find("abs", bare, limit=2, value=self.ring.power(bare, 2), signs=NOT_NEGATIVE)
        return self.ring.times(result, self.ring.symbol(bars))

    def power(self, p: Polynomial, r: Rational) -> Polynomial:
        """p^r for a rational r."""
        if r == 0:
            return self.ring.constant(1)
        if len(p) > 1:
            p = self.kernels.settled(p)
        if r.denominator == 1:
            if r < 0:
                self.signs.need(p, NOT_ZERO)
            return p if r == 1 or not p else self._whole_power(p, int(r))
        self.signs.need(p, POSITIVE if r < 0 else NOT_NEGATIVE)
        return self._broken_power(p, r) if p else p

    def _whole_power(self, p: Polynomial, n: int) -> Polynomial:
        c, powers = self.kernels.factored(p)
        if not c and n < 0:
            raise UndefinedError
        return self.ring.single({k: e * n for k, e in powers.items()}, self.ring.small(c, n))

    def _broken_power(self, p: Polynomial, r: Rational) -> Polynomial:
        """p^r for p >= 0: the product of the powers of its factors, if none of them is negative."""
        c, powers = self.signs.factors(p)
        bases = Powers()
        negative, apart = c < 0, True
        for k, e in powers.items():
            signs = self.signs.of_power(k, e)
            if signs == ZERO:
                return {}
            if not signs & NEGATIVE:
                bases[self._size_kernel(k)] = e * r
            elif not signs & POSITIVE:
                negative = not negative
                bases[self.kernels.root({((k, 1),): -1})] = e * r
            else:
                apart = False
        if apart and negative:  # p <= 0, hence 0
            return {}
        scale = self.kernels.number(size(c), r)
        if apart:
            return self.ring.times(scale, self.ring.single(bases))
        self.signs.doubt(p)
        k = self.kernels.root(self.ring.scaled(p, Fraction(1) / size(c)))
        self.signs.learn(self.ring.symbol(k), NOT_NEGATIVE)
        return self.ring.times(scale, self.ring.single({k: r}))

    def _size_kernel(self, k: int) -> int:
        """The kernel |k|."""
        return self.kernels.root(self.abs(self.ring.symbol(k))) if self.signs.of_kernel(k) & NEGATIVE else k

    def cbrt(self, p: Polynomial) -> Polynomial:
        """The real cube root, which every factor has."""
        c, powers = self.signs.factors(p)
        roots = Powers()
        for k, e in powers.items():
            if self.signs.of_kernel(k) & NEGATIVE:
                bare = self.ring.symbol(k)
                roots[self.kernels.find("cbrt", bare, limit=3, value=bare)] = e
            else:
                roots[k] = exact(Fraction(e) / 3)
        if not c:
            return {}
        scale = self.kernels.number(size(c), Fraction(1, 3))
        return self.ring.times(scale, self.ring.single(roots, 1 if c > 0 else -1))
