"""The signs of formulas, in one case of a proof: what is known of kernels, and what follows.

Signs are sets, written as bits. The sign of a product follows from those of its factors. The sign
of a sum follows by linear arithmetic, with monomials in the place of unknowns: whether the
known inequalities leave room for it is decided by eliminating one monomial after the other
(Fourier and Motzkin; Schrijver, *Theory of Linear and Integer Programming*, section 12.2).
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from .kernels import ANY, NEGATIVE, NOT_NEGATIVE, POSITIVE, ZERO, Kernels, UndefinedError
from .polynomials import UNIT, Monomial, Polynomial, Powers, Rational, exact, lead

Inequality = tuple[Mapping[Monomial, Rational], bool]
"""A linear form in monomials that is > 0 (True) or >= 0 (False)."""

_BITS = {-1: NEGATIVE, 0: ZERO, 1: POSITIVE}
_MOST_INEQUALITIES = 60
_PI = Fraction(314159265, 10**8), Fraction(314159266, 10**8)


class UnknownSignError(Exception):
    """How the formula goes on depends on a sign that is not known."""

    def __init__(self, p: Polynomial) -> None:
        super().__init__()
        self.p = p


def _product(a: int, b: int) -> int:
    """The signs that a product can have."""
    return sum({_BITS[s * t] for s, bit in _BITS.items() for t, other in _BITS.items() if a & bit and b & other})


_PRODUCTS = [[_product(a, b) for b in range(8)] for a in range(8)]
_SQUARES = [a & ZERO | (POSITIVE if a & ~ZERO else 0) for a in range(8)]


class Signs:
    """What is known of the signs of kernels in a case; it grows as formulas are read.

    While `strict` is set nothing is learned from a function's being defined: it must be sure to be.
    `doubts` are kernels whose signs would have helped, and `learned` counts what was learned.
    """

    def __init__(self, kernels: Kernels, known: Mapping[int, int]) -> None:
        self.kernels = kernels
        self.known = dict(known)
        self.strict = False
        self.doubts: list[int] = []
        self.learned = 0
        self._sums: dict[int, tuple[int, int]] = {}  # the signs found for a sum, and what was learned before
        self._about: dict[Monomial, list[int]] = {}  # the known sums with a monomial
        for k in known:
            self._index(k)

    # -- asking

    def factors(self, p: Polynomial) -> tuple[Rational, Powers]:
        """A rational and powers of real kernels whose product is the real p.

        What is written with complex kernels is one real kernel, as a whole.
        """
        c, powers = self.kernels.factored(p)
        if all(self._is_real(k, e) for k, e in powers.items()):
            return c, powers
        p = self.kernels.settled(p)
        c = lead(p)
        return c, {self.kernels.whole(self.kernels.ring.scaled(p, Fraction(1) / c)): 1}

    def _is_real(self, k: int, e: Rational) -> bool:
        return self.kernels.all[k].real and (e.denominator == 1 or not self.of_kernel(k) & NEGATIVE)

    def of(self, p: Polynomial) -> int:
        """The signs that p can have where it is defined."""
        if not p:
            return ZERO
        c, powers = self.factors(p)
        return self._of_product(c, powers)

    def _of_product(self, c: Rational, powers: Powers) -> int:
        result = POSITIVE if c > 0 else NEGATIVE if c else ZERO
        for k, e in powers.items():
            result = _PRODUCTS[result][self.of_power(k, e)]
        if not result:
            raise UndefinedError
        return result

    def of_power(self, k: int, e: Rational) -> int:
        """The signs of a power of a kernel."""
        return _of_power(self.of_kernel(k), e)

    def of_kernel(self, k: int) -> int:
        """The signs of a kernel."""
        kernel = self.kernels.all[k]
        signs = kernel.signs & self.known.get(k, ANY)
        value = kernel.value if kernel.name == "root" else self.kernels.ring.symbol(k)
        if not signs & (signs - 1) or (kernel.name != "root" and self._about.keys().isdisjoint(value)):
            return signs
        if k not in self._sums or self._sums[k][1] != self.learned:
            self._sums[k] = self._of_sum(value, signs), self.learned
        return self._sums[k][0]

    def one_of(self, p: Polynomial) -> int:
        """The sign of p as -1, 0 or 1, if it is known; or else UnknownSignError."""
        signs = self.of(p)
        if signs & (signs - 1):
            raise UnknownSignError(p)
        return next(s for s, bit in _BITS.items() if bit == signs)

    def holds(self, p: Polynomial, wanted: int) -> bool:
        """Whether p has one of the wanted signs, if that is known; or else UnknownSignError."""
        signs = self.of(p)
        if signs & wanted and signs & ~wanted:
            raise UnknownSignError(p)
        return bool(signs & wanted)

    # -- learning

    def need(self, p: Polynomial, wanted: int) -> None:
        """Let p have one of the wanted signs, without which the formula is undefined."""
        if not self.strict:
            self.learn(p, wanted)
        elif not self.holds(p, wanted):
            raise UndefinedError

    def learn(self, p: Polynomial, wanted: int) -> None:
        """Take p to have one of the wanted signs, which strikes out signs of its factors."""
        if not self.of(p) & wanted:
            raise UndefinedError
        c, powers = self.factors(p) if p else (0, {})
        for k, e in powers.items():
            others = self._of_product(c, {j: f for j, f in powers.items() if j != k})
            before = self.of_kernel(k)
            after = sum(bit for bit in _BITS.values() if before & bit and _PRODUCTS[others][_of_power(bit, e)] & wanted)
            if not after:
                raise UndefinedError
            if after != before:
                if k not in self.known:
                    self._index(k)
                self.known[k] = after
                self.learned += 1

    def doubt(self, p: Polynomial) -> None:
        """Note the kernels on whose signs that of p depends: the proof may go on case by case."""
        for k in self.factors(p)[1]:
            signs = self.of_kernel(k)
            if signs & (signs - 1) and k not in self.doubts:
                self.doubts.append(k)

    # -- sums

    def _index(self, k: int) -> None:
        if self.kernels.all[k].name == "root":
            for m in self.kernels.all[k].value:
                self._about.setdefault(m, []).append(k)

    def _of_sum(self, w: Polynomial, signs: int) -> int:
        """Those of `signs` that the known inequalities leave for the sum w."""
        facts = self._facts(w)
        for bit in (POSITIVE, NEGATIVE, ZERO):
            if signs & bit and self._impossible([*facts, *_inequalities(w, bit)]):
                signs &= ~bit
        return signs

    def _facts(self, w: Polynomial) -> list[Inequality]:
        """The known inequalities between the monomials of w, and those that these lead to."""
        facts, seen = list[Inequality](), set[int]()
        work = sorted(set(w) - {UNIT})
        reached = set(work)
        while work and len(facts) <= _MOST_INEQUALITIES:
            self.kernels.ring.spend(1)
            for k in self._about.get(work.pop(), ()):
                if k not in seen:
                    seen.add(k)
                    value = self.kernels.all[k].value
                    facts += _inequalities(value, self.known[k])
                    work += sorted(set(value) - reached - {UNIT})
                    reached |= set(value) - {UNIT}
        pi: Monomial = ((self.kernels.pi, 1),)
        if pi in reached:
            facts += [({pi: 1, UNIT: -_PI[0]}, True), ({pi: -1, UNIT: _PI[1]}, True)]
        for m in sorted(reached):
            facts += _inequalities({m: 1}, self._of_monomial(m))
        return facts

    def _of_monomial(self, m: Monomial) -> int:
        """The signs of a monomial, without a look into the sums in it."""
        result = POSITIVE
        for k, e in m:
            kernel = self.kernels.all[k]
            signs = kernel.signs & self.known.get(k, ANY)
            if not kernel.real or (e.denominator != 1 and signs & NEGATIVE):
                return ANY
            result = _PRODUCTS[result][_of_power(signs, e)]
        return result

    def _impossible(self, facts: list[Inequality]) -> bool:
        """Whether no values of the monomials satisfy all of the facts."""
        while True:
            for form, strict in facts:
                if set(form) <= {UNIT} and (form.get(UNIT, 0) < 0 or (strict and not form.get(UNIT, 0))):
                    return True
            facts = [fact for fact in facts if not set(fact[0]) <= {UNIT}]
            if not facts or len(facts) > _MOST_INEQUALITIES:
                return False
            facts = self._eliminated(facts, min({m for form, _ in facts for m in form} - {UNIT}))

    def _eliminated(self, facts: list[Inequality], m: Monomial) -> list[Inequality]:
        """The inequalities that follow for the other monomials."""
        self.kernels.ring.spend(sum(len(form) for form, _ in facts))
        above = [fact for fact in facts if fact[0].get(m, 0) > 0]
        below = [fact for fact in facts if fact[0].get(m, 0) < 0]
        rest = [fact for fact in facts if not fact[0].get(m, 0)]
        if len(above) * len(below) > _MOST_INEQUALITIES:
            return rest
        for p, p_strict in above:
            for q, q_strict in below:
                form: dict[Monomial, Rational] = {}
                for part, factor in ((p, -q[m]), (q, p[m])):
                    for n, x in part.items():
                        form[n] = form.get(n, 0) + x * factor
                rest.append(({n: exact(x) for n, x in form.items() if x}, p_strict or q_strict))
        return rest


def _of_power(signs: int, e: Rational) -> int:
    """The signs of a power of something with these signs."""
    if e < 0:
        signs &= ~ZERO
    if e.denominator != 1:
        return signs & NOT_NEGATIVE
    return signs if e % 2 else _SQUARES[signs]


def _inequalities(p: Polynomial, signs: int) -> Iterator[Inequality]:
    """What it says of p that it has one of the signs."""
    if not signs & NEGATIVE:
        yield p, not signs & ZERO
    if not signs & POSITIVE:
        yield {m: -x for m, x in p.items()}, not signs & ZERO
