"""Kernels: the symbols that formulas are polynomials in, and what ties their powers together.

A kernel is a variable, an irrational number, or a function of polynomials in kernels made before
it. Many have a relation, `kernel^limit = value`: the root kernel of a sum w has w^1 = w, so that
its powers 1/2 and -1 are sqrt(w) and 1/w; sin(u) has sin^2 = 1 - cos^2. A relation whose value is
a sum is used only when it is asked whether something is zero, so that denominators are not
multiplied out and powers are not expanded before that.

Kernels are complex numbers where need be. `real` tells those that are real wherever the formula
is defined. A broken power is taken only of what is not negative (see `powers`).
(Davenport, Siret & Tournier, *Computer Algebra*, section 2.7, on towers of algebraic extensions.)

>>> from fractions import Fraction
>>> kernels = Kernels(1000)
>>> x = kernels.ring.symbol(kernels.variable("x"))
>>> w = kernels.ring.plus(x, {(): 1})
>>> root = kernels.ring.single({kernels.root(w): Fraction(1, 2)})
>>> kernels.is_zero(kernels.ring.minus(kernels.ring.times(root, root), w))
True
"""

from fractions import Fraction
from typing import NamedTuple

from .polynomials import UNIT, Polynomial, Powers, Rational, Ring, exact, symbols

NEGATIVE, ZERO, POSITIVE = 1, 2, 4
NOT_NEGATIVE, NOT_ZERO, ANY = ZERO | POSITIVE, NEGATIVE | POSITIVE, NEGATIVE | ZERO | POSITIVE
"""Sets of signs."""

_MOST_DIVISORS = 40  # known sums that others are divided by
_LARGEST_PRIME = 1000


class UndefinedError(Exception):
    """The formula is defined nowhere, or nowhere in the case at hand."""


class Kernel(NamedTuple):
    """A kernel: its function and arguments, its relation, and what is known of its values in any case."""

    name: str
    arguments: tuple[Polynomial, ...]
    limit: Rational | None  # the lowest power that is the polynomial `value`
    value: Polynomial
    real: bool
    signs: int  # that it can have, if it is real
    variables: frozenset[int]  # that it depends on


class Kernels:
    """All kernels of one proof, each function of each argument once."""

    def __init__(self, budget: int) -> None:
        self.ring = Ring(budget)
        self.all: list[Kernel] = []
        self.sums: list[int] = []  # kernels whose relation has a sum that no kernel divides, small ones first
        self._related: set[int] = set()
        self._found: dict[tuple[object, ...], int] = {}
        self._of: dict[tuple[str, bool], list[int]] = {}  # by function, and whether of free arguments
        self.i = self.find("number i", limit=2, value={UNIT: -1}, real=False)
        self.pi = self.find("number pi", signs=POSITIVE)

    # -- making them

    def find(
        self,
        name: str,
        *arguments: Polynomial,
        limit: Rational | None = None,
        value: Polynomial | None = None,
        real: bool = True,
        signs: int = ANY,
    ) -> int:
        """The kernel of a function and its arguments: the one that is there, or a new one."""
        key = (name, *[frozenset(p.items()) for p in arguments])
        known = self._found.get(key)
        if known is None:
            known = self._equal(name, arguments)
            if known is None:
                known = self._add(Kernel(name, arguments, limit, value or {}, real, signs, frozenset()))
            self._found[key] = known
        return known

    def _equal(self, name: str, arguments: tuple[Polynomial, ...]) -> int | None:
        """A kernel of the same function, of arguments that are equal but look different."""
        candidates = self._of.get((name, False), [])
        if not all(self._is_free(p) for p in arguments):  # polynomials in free kernels are equal if they look the same
            candidates = candidates + self._of.get((name, True), [])
        for k in candidates:
            others = self.all[k].arguments
            self.ring.spend(1)
            differences = [self.ring.minus(p, q) for p, q in zip(arguments, others, strict=False)]
            if len(arguments) == len(others) and all(self.is_zero(p) for p in differences):
                return k
        return None

    def _is_free(self, p: Polynomial) -> bool:
        """Whether nothing ties powers of the kernels of p together."""
        return self._related.isdisjoint(symbols(p))

    def _add(self, kernel: Kernel) -> int:
        k = len(self.all)
        below = [self.all[j].variables for p in (*kernel.arguments, kernel.value) for j in symbols(p)]
        own = frozenset([k] if kernel.name.startswith("variable ") else [])
        self.all.append(kernel._replace(variables=own.union(*below)))
        self._of.setdefault((kernel.name, all(self._is_free(p) for p in kernel.arguments)), []).append(k)
        if kernel.limit is not None and set(kernel.value) == {UNIT}:
            self.ring.numbers[k] = (kernel.limit, kernel.value[UNIT])
        elif kernel.limit is not None:
            self._related.add(k)
            if len(kernel.value) > 1 and not self.ring.content(kernel.value):
                self.sums.append(k)
                self.sums.sort(key=self._size)
        return k

    def _size(self, k: int) -> tuple[Rational, int, int]:
        value = self.all[k].value
        return max(sum(e for _, e in m) for m in value), len(value), k

    def variable(self, name: str) -> int:
        """The kernel of a variable."""
        return self.find("variable " + name)

    def root(self, w: Polynomial) -> int:
        """The kernel whose powers are those of w: w itself where it is a kernel."""
        if len(w) == 1:
            ((m, x),) = w.items()
            if x == 1 and len(m) == 1 and m[0][1] == 1:
                return m[0][0]
        return self.find("root", w, limit=1, value=w, real=self.is_real(w))

    def whole(self, w: Polynomial) -> int:
        """The kernel that is w, which is real although it is written with complex kernels."""
        return self.find("whole", w, limit=1, value=w)

    def prime(self, p: int) -> int:
        """The kernel of a prime number: its broken powers are kept."""
        return self.find(f"number {p}", limit=1, value={UNIT: p}, signs=POSITIVE)

    def number(self, x: Rational, exponent: Rational = 1) -> Polynomial:
        """The power x^exponent of a rational x > 0, as a product of powers of primes."""
        return self.ring.single({self.prime(p): e * exponent for p, e in primes(x).items()})

    def is_real(self, p: Polynomial) -> bool:
        """Whether p is real, as far as its kernels tell."""
        return all(self.all[k].real for k in symbols(p))

    # -- deciding

    def is_zero(self, p: Polynomial) -> bool:
        """Whether p is the zero polynomial, once all relations have been used."""
        return not p or not self.cleared(p)[1]

    def cleared(self, p: Polynomial) -> tuple[Powers, Polynomial]:
        """Powers of related kernels, and a sum in which no relation is left to use; their product is p.

        From the youngest kernel down, since the value of a relation holds only older ones.
        """
        outside: Powers = {}
        below = len(self.all)
        while True:
            tied = {k for k in symbols(p) & self._related if k < below}
            if not tied:
                return outside, p
            below = max(tied)
            lowest = self.ring.content(p).get(below, 0)
            if lowest:
                outside[below] = lowest
                p = self.ring.shifted(p, {below: -lowest})
            p = self._expanded(p, below)

    def _expanded(self, p: Polynomial, k: int) -> Polynomial:
        """What p is when the powers of k that its relation lowers are written out (by Horner's scheme)."""
        ring, limit, value = self.ring, self.all[k].limit or 1, self.all[k].value
        parts: dict[int, Polynomial] = {}
        for m, x in p.items():
            powers = dict(m)
            times, powers[k] = divmod(powers.get(k, 0), limit)
            parts.setdefault(int(times), {})[ring.reduced(powers)[0]] = x
        ring.spend(len(p))
        if set(parts) <= {0}:
            return p
        result: Polynomial = {}
        for times in range(max(parts), -1, -1):
            result = ring.plus(ring.times(result, value), parts.get(times, {}))
        return result

    def settled(self, p: Polynomial) -> Polynomial:
        """The same as p, multiplied out, with the denominators that divide it cancelled."""
        if self._is_free(p):
            return p
        outside, rest = self.cleared(p)
        for k in sorted(outside):
            limit, value = self.all[k].limit or 1, self.all[k].value
            while rest and outside[k] <= -limit and k in self.sums:
                smaller = self.divided(rest, value)
                if smaller is None:
                    break
                rest, outside[k] = smaller, outside[k] + limit
            times, left = divmod(outside[k], limit)
            if times > 0:
                outside[k] = left
                rest = self.ring.times(rest, self.ring.power(value, int(times)))
        return self.ring.shifted(rest, outside)

    def divided(self, p: Polynomial, d: Polynomial) -> Polynomial | None:
        """The quotient p/d, if it is a sum; d is not divisible by a kernel."""
        if not symbols(d) <= symbols(p):
            return None
        powers = self.ring.content(p)
        found = self.ring.quotient(self.ring.shifted(p, powers, -1), d)
        return None if found is None else self.ring.shifted(found, powers)

    def factored(self, p: Polynomial) -> tuple[Rational, Powers]:
        """A rational and powers of kernels whose product is p.

        They are the kernels that all terms have in common, known sums that divide p, and the root
        kernel of what remains, or of its square root.
        """
        if len(p) == 1:
            ((m, x),) = p.items()
            return x, dict(m)
        ring = self.ring
        powers, rest = self.cleared(p)
        if not rest:
            return 0, {}
        common = ring.content(rest)
        rest = ring.shifted(rest, common, -1)
        _join(powers, common)
        for k in self.sums[:_MOST_DIVISORS]:
            limit, value = self.all[k].limit or 1, self.all[k].value
            # a root that is real in one case of a proof need not be so in another: it divides what has it already
            while len(rest) > 1 and symbols(value) <= symbols(rest) and _broken(value) <= _broken(rest):
                smaller = ring.quotient(rest, value)
                if smaller is None:
                    break
                rest = smaller
                _join(powers, {k: limit})
        factor, times = rest[max(rest)], 1
        rest = ring.scaled(rest, Fraction(1) / factor)
        while len(rest) > 1 and (half := ring.square_root(rest, self.never_zero)) is not None:
            rest, times = half, 2 * times
        if rest != {UNIT: 1}:
            _join(powers, {self.root(rest): times})
        return exact(factor), {k: exact(e) for k, e in powers.items() if e}

    def never_zero(self, k: int) -> bool:
        """Whether it is an exponential, which has roots of its own kind."""
        return self.all[k].name in ("exp", "circle")

    def vanishes_with(self, p: Polynomial, k: int) -> bool:
        """Whether p has the factor that kernel k is the value of, where it may be as small as that."""
        kernel = self.all[k]
        if kernel.limit != 1 or len(kernel.value) < 2:
            return False
        content = self.ring.content(kernel.value)
        if any(e > 0 and not self.never_zero(j) for j, e in content.items()):
            return False
        return self.divided(p, self.ring.shifted(kernel.value, content, -1)) is not None


def _join(powers: Powers, others: Powers) -> None:
    """Multiply others into powers."""
    for k, e in others.items():
        powers[k] = powers.get(k, 0) + e


def _broken(p: Polynomial) -> set[int]:
    """The symbols with exponents that are not whole."""
    return {k for m in p for k, e in m if e.denominator != 1}


def primes(x: Rational) -> dict[int, int]:
    """The prime factors of a rational > 0 and their exponents; a large rest counts as a prime.

    >>> primes(Fraction(12, 7))
    {2: 2, 3: 1, 7: -1}
    """
    found: dict[int, int] = {}
    for part, sign in ((x.numerator, 1), (x.denominator, -1)):
        n, d = part, 2
        while d <= _LARGEST_PRIME and d * d <= n:
            while n % d == 0:
                n //= d
                found[d] = found.get(d, 0) + sign
            d += 1
        if n > 1:
            found[n] = found.get(n, 0) + sign
    return found
