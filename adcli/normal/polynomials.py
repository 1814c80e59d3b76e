"""Polynomials with rational coefficients and rational exponents, as dicts.

A symbol is a whole number, a monomial is a tuple of (symbol, exponent) with the larger symbols
first, and a polynomial maps monomials to their coefficients. Exponents may be negative and
broken, so that 1/x and sqrt(x) are monomials too. Where all exponents are positive, the order
of Python's tuples is the lexicographic order of monomials (Geddes, Czapor & Labahn,
*Algorithms for Computer Algebra*, sections 2.5 and 3.2).

>>> ring = Ring(1000)
>>> x, y = ring.symbol(1), ring.symbol(2)
>>> ring.times(ring.plus(x, y), ring.minus(x, y)) == {((1, 2),): 1, ((2, 2),): -1}
True
"""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

Rational = int | Fraction
Monomial = tuple[tuple[int, Rational], ...]
Polynomial = dict[Monomial, Rational]
Powers = dict[int, Rational]
"""A product of powers: the exponent of each symbol."""

UNIT: Monomial = ()
_MOST_BITS = 20_000  # of a coefficient


class ExhaustedError(Exception):
    """The work that was allowed has been done."""


def exact(x: Rational) -> Rational:
    """A rational as an int where it is whole."""
    return x.numerator if x.denominator == 1 else x


def size(x: Rational) -> Rational:
    """The absolute value."""
    return x if x >= 0 else -x


def monomial(powers: Mapping[int, Rational]) -> Monomial:
    """The product of powers of symbols."""
    return tuple(sorted([(k, e) for k, e in powers.items() if e], reverse=True))


def over(m: Monomial, d: Monomial) -> Monomial | None:
    """The quotient m/d, if d divides m."""
    powers = dict(m)
    for k, e in d:
        rest = powers.get(k, 0) - e
        if rest < 0:
            return None
        powers[k] = rest
    return monomial(powers)


def symbols(p: Iterable[Monomial]) -> set[int]:
    """The symbols that occur."""
    return {k for m in p for k, _ in m}


def lead(p: Polynomial) -> Rational:
    """The coefficient that decides which of p and -p is written: that of the first term in some order."""
    return p[max(p)]


class Ring:
    """The operations on polynomials, in which `budget` terms may be made.

    `numbers` are the symbols that stand for irrational numbers: for each its lowest power that is
    rational, and that rational. Their powers are kept below it, as i^2 = -1 and 2^(1/2 + 1/2) = 2 are.
    """

    def __init__(self, budget: int) -> None:
        self.left = budget
        self.numbers: dict[int, tuple[Rational, Rational]] = {}

    def spend(self, count: int) -> None:
        """Count what has been done."""
        self.left -= count
        if self.left < 0:
            raise ExhaustedError

    # -- making polynomials

    @staticmethod
    def symbol(k: int) -> Polynomial:
        """The symbol as a polynomial."""
        return {((k, 1),): 1}

    @staticmethod
    def constant(value: Rational) -> Polynomial:
        """The number as a polynomial."""
        return {UNIT: value} if value else {}

    def single(self, powers: Mapping[int, Rational], coefficient: Rational = 1) -> Polynomial:
        """A product of powers of symbols, whatever their exponents."""
        m, factor = self.reduced(dict(powers))
        return {m: exact(coefficient * factor)} if coefficient else {}

    def reduced(self, powers: Powers) -> tuple[Monomial, Rational]:
        """The product of powers, as a monomial and a coefficient."""
        factor: Rational = 1
        for k in self.numbers.keys() & powers.keys():
            lowest, value = self.numbers[k]
            wholes = powers[k] // lowest
            powers[k] -= wholes * lowest
            factor *= self.small(value, wholes)
        return monomial(powers), factor

    @staticmethod
    def small(x: Rational, n: int) -> Rational:
        """The power x^n, unless it would fill the memory."""
        if n == 1 or x == 1:
            return x
        if x == -1:
            return 1 - 2 * (n % 2)
        if abs(n) * max(x.numerator.bit_length(), x.denominator.bit_length()) > _MOST_BITS:
            raise ExhaustedError
        return exact(Fraction(x) ** n)

    # -- arithmetic

    def plus(self, p: Polynomial, q: Polynomial) -> Polynomial:
        """The sum p + q."""
        if len(p) < len(q):
            p, q = q, p
        self.spend(1 + len(q) + len(p) // 16)  # a copy of a term costs little
        total = dict(p)
        for m, x in q.items():
            added = total.get(m, 0) + x
            if added:
                total[m] = added
            else:
                total.pop(m, None)
        return total

    def minus(self, p: Polynomial, q: Polynomial) -> Polynomial:
        """The difference p - q."""
        return self.plus(p, self.scaled(q, -1))

    def scaled(self, p: Polynomial, factor: Rational) -> Polynomial:
        """The product of p and a number."""
        self.spend(1 + len(p))
        return {m: exact(x * factor) for m, x in p.items()} if factor else {}

    def product(self, m: Monomial, n: Monomial) -> tuple[Monomial, Rational]:
        """The product of two monomials, as a monomial and a coefficient."""
        if not m or not n:
            return m or n, 1
        powers = dict(m)
        for k, e in n:
            powers[k] = powers.get(k, 0) + e
        return self.reduced(powers)

    def times(self, p: Polynomial, q: Polynomial) -> Polynomial:
        """The product p*q."""
        if len(p) > len(q):
            p, q = q, p
        total: Polynomial = {}
        for m, x in p.items():
            bits = max(x.numerator.bit_length(), x.denominator.bit_length())
            if bits > _MOST_BITS:
                raise ExhaustedError
            self.spend(1 + len(q) * (1 + bits // 64))
            for n, y in q.items():
                mn, factor = self.product(m, n)
                added = total.get(mn, 0) + x * y * factor
                if added:
                    total[mn] = added
                else:
                    del total[mn]
        return total

    def power(self, p: Polynomial, n: int) -> Polynomial:
        """The power p^n for a whole n >= 0, multiplied out."""
        if len(p) == 1:
            ((m, x),) = p.items()
            return self.single({k: e * n for k, e in m}, self.small(x, n))
        result = self.constant(1)
        for digit in f"{n:b}":
            result = self.times(result, result)
            if digit == "1":
                result = self.times(result, p)
        return result

    # -- what a polynomial is a product of

    @staticmethod
    def content(p: Polynomial) -> Powers:
        """For each symbol its lowest exponent, 0 counting where a term is without it."""
        lowest: Powers = {}
        seen: dict[int, int] = {}
        for m in p:
            for k, e in m:
                lowest[k] = min(lowest.get(k, e), e)
                seen[k] = seen.get(k, 0) + 1
        return {k: low for k, e in lowest.items() if (low := e if seen[k] == len(p) else min(e, 0))}

    def shifted(self, p: Polynomial, powers: Powers, sign: int = 1) -> Polynomial:
        """The product (or for sign = -1 the quotient) of p and powers of symbols."""
        return self.times(p, self.single({k: sign * e for k, e in powers.items()})) if powers else p

    def quotient(self, p: Polynomial, d: Polynomial) -> Polynomial | None:
        """The quotient p/d, if it is a polynomial; no exponent of either is negative.

        By the division of Geddes et al., section 2.5; it ends, since the leading monomial falls.
        """
        if len(p) == 1 < len(d):
            return None
        top_of_d = max(d)
        rest, result = dict(p), Polynomial()
        while rest:
            top = max(rest)
            step = over(top, top_of_d)
            if step is None:
                return None
            self.spend(len(rest) + len(d))
            result[step] = exact(Fraction(rest[top]) / d[top_of_d])
            for m, x in d.items():
                md, factor = self.product(step, m)
                left = rest.get(md, 0) - result[step] * x * factor
                if left:
                    rest[md] = left
                else:
                    rest.pop(md, None)
        return result

    def square_root(self, p: Polynomial, halves: Callable[[int], bool]) -> Polynomial | None:
        """The h with h^2 = p and a leading coefficient of 1, if p has one; no exponent is negative.

        `halves` tells the symbols of which odd powers are squares too. Term by term from the
        leading one, as one takes square roots by hand.
        """
        top = max(p)
        if p[top] != 1 or any(e % 2 and not halves(k) for k, e in top):
            return None
        first: Monomial = tuple([(k, exact(Fraction(e) / 2)) for k, e in top])
        root: Polynomial = {first: 1}
        rest = self.minus(p, self.times(root, root))
        while rest:
            top = max(rest)
            step = over(top, first)
            if step is None or len(root) >= len(p):
                return None
            term: Polynomial = {step: exact(Fraction(rest[top]) / 2)}
            rest = self.minus(rest, self.times(self.plus(self.scaled(root, 2), term), term))
            if rest and max(rest) >= top:
                return None
            root = self.plus(root, term)
        return root
