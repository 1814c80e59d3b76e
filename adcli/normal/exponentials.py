"""Exponentials and logarithms of polynomials in kernels, and what is made of them.

Everything elementary is an exponential, a logarithm or a power, over the complex numbers (Moses,
*Algebraic simplification*, CACM 14, 1971; Risch 1979). `exp` takes its argument apart term by
term, so that exp(a + b) = exp(a)*exp(b) needs no rule, and sin and cos are made of exp(i*u), so
that no addition theorem does. `log_size` is log|u|, which takes every product apart.

With `whole` set, arguments are not taken apart, and sin, cos, sinh, cosh are kernels of their own.
This proves less, but what it proves costs little: a product of twenty sines stays one term.
"""

from fractions import Fraction
from functools import reduce

from .kernels import ANY, NEGATIVE, NOT_NEGATIVE, POSITIVE, ZERO, Kernel, Kernels, UndefinedError, primes
from .polynomials import UNIT, Monomial, Polynomial, Rational, exact, lead, over, size, symbols
from .powers import PowerFunctions
from .signs import Signs, UnknownSignError

_HALF = Fraction(1, 2)
_MOST_TURNS = 12  # n in sin(n*asin(u))
_ANGLES: dict[str, dict[Fraction, Fraction]] = {  # function, square of its argument: value over pi
    "asin": {
        Fraction(1, 4): Fraction(1, 6), _HALF: Fraction(1, 4), Fraction(3, 4): Fraction(1, 3), Fraction(1): _HALF,
    },
    "atan": {Fraction(1, 3): Fraction(1, 6), Fraction(1): Fraction(1, 4), Fraction(3): Fraction(1, 3)},
}  # fmt: skip


class Exponentials(PowerFunctions):
    """Elementary functions from polynomials to polynomials; `integers` are monomials that are whole numbers."""

    def __init__(self, kernels: Kernels, signs: Signs, integers: set[Monomial], *, whole: bool) -> None:
        super().__init__(kernels, signs)
        self.integers = integers
        self.whole = whole

    # -- exponentials

    def exp(self, p: Polynomial, *, apart: bool = False) -> Polynomial:
        """The exponential of p: powers of a kernel for each of its parts."""
        result = self.ring.constant(1)
        for part, c in self._parts(p, apart=apart):
            result = self.ring.times(result, self._exp_of(part, c))
        return result

    def _parts(self, p: Polynomial, *, apart: bool) -> list[tuple[Polynomial, Rational]]:
        """The terms of a real p, and their coefficients apart; what is written with complex kernels is one."""
        p = self.kernels.settled(p)
        real = {} if self.whole and not apart and len(p) > 1 else {m: c for m, c in p.items() if self._is_real(m)}
        parts: list[tuple[Polynomial, Rational]] = [({m: 1}, real[m]) for m in sorted(real)]
        rest = {m: c for m, c in p.items() if m not in real}
        if rest:
            c = lead(rest)
            parts.append((self.ring.scaled(rest, Fraction(1) / c), c))
        return parts

    def _is_real(self, m: Monomial) -> bool:
        return self.kernels.is_real({m: 1})

    def _exp_of(self, part: Polynomial, c: Rational) -> Polynomial:
        """The power c of exp(part), for a real part."""
        inner = self._single(part)
        if inner is not None and inner.name == "log" and self.kernels.is_real(inner.arguments[0]):
            return self.power(self.abs(inner.arguments[0]), c)
        return self.ring.single({self.kernels.find("exp", part, signs=POSITIVE): c})

    def _single(self, p: Polynomial) -> Kernel | None:
        """The kernel that p is, if it is one."""
        ((m, c),) = p.items() if len(p) == 1 else ((UNIT, 0),)
        return self.kernels.all[m[0][0]] if len(m) == 1 and m[0][1] == c == 1 else None

    def _circle(self, p: Polynomial) -> Polynomial:
        """The exponential of i*p, for a real p."""
        result = self.ring.constant(1)
        for part, c in self._parts(p, apart=True):
            result = self.ring.times(result, self._circle_of(part, c))
        return result

    def _circle_of(self, part: Polynomial, c: Rational) -> Polynomial:
        """The power c of exp(i*part); algebraic for multiples of pi, and for asin(u) and atan(u)."""
        ring, inner = self.ring, self._single(part)
        if inner is not None and inner.name == "number pi":
            return self._root_of_unity(c)
        if inner is not None and inner.name in _ANGLES and c.denominator == 1 and size(c) <= _MOST_TURNS:
            return self._turned(inner, int(c))
        integer = over(min(part), ((self.kernels.pi, 1),)) if len(part) == 1 else None
        if integer in self.integers and c.denominator == 1:
            return ring.single({self.kernels.find("parity", {integer: 1}, limit=2, value={UNIT: 1}): c})
        return ring.single({self.kernels.find("circle", part, real=False): c})

    def _turned(self, angle: Kernel, n: int) -> Polynomial:
        """The power n of exp(i*angle), for the angle asin(u) or atan(u)."""
        ring, one = self.ring, self.ring.constant(1)
        u = ring.scaled(angle.arguments[0], 1 if n > 0 else -1)
        side, square = ring.times(ring.symbol(self.kernels.i), u), ring.times(u, u)
        if angle.name == "asin":  # sqrt(1 - u^2) + i*u
            return ring.power(ring.plus(self.power(ring.minus(one, square), _HALF), side), abs(n))
        length = ring.plus(one, square)  # (1 + i*u)/sqrt(1 + u^2)
        self.signs.learn(length, POSITIVE)
        return ring.times(ring.power(ring.plus(one, side), abs(n)), self.power(length, Fraction(-abs(n), 2)))

    def _root_of_unity(self, turns: Rational) -> Polynomial:
        """The exponential of i*pi*turns, by square roots where turns is a multiple of 1/12."""
        ring, i, twelfths = self.ring, self.ring.symbol(self.kernels.i), 12 * turns
        if twelfths.denominator != 1:
            return ring.single({self.kernels.find("turn", limit=1, value={UNIT: -1}, real=False): turns})
        # n/12 = n/3 - n/4, and exp(i*pi/4) = (1 + i)/2^(1/2), exp(i*pi/3) = (1 + 3^(1/2)*i)/2
        fourth = ring.times(ring.plus(ring.constant(1), i), self.kernels.number(2, -_HALF))
        third = ring.plus(ring.constant(_HALF), ring.scaled(ring.times(i, self.kernels.number(3, _HALF)), _HALF))
        return ring.times(ring.power(fourth, int(-twelfths % 8)), ring.power(third, int(twelfths % 6)))

    # -- logarithms

    def log(self, p: Polynomial) -> Polynomial:
        """The logarithm of p > 0."""
        self.signs.need(p, POSITIVE)
        return self.log_size(p)

    def log_size(self, p: Polynomial) -> Polynomial:
        """log|p|: the sum over its factors. Of complex ones too, since sizes are multiplied there as well."""
        c, powers = self.kernels.factored(p)
        if not c:
            raise UndefinedError
        total: Polynomial = {}
        work: list[tuple[int, Rational]] = [(self.kernels.prime(n), e) for n, e in primes(size(c)).items()]
        work += powers.items()
        while work:
            k, e = work.pop()
            kernel = self.kernels.all[k]
            if kernel.name in ("abs", "cbrt"):
                share = exact(Fraction(e) / 3) if kernel.name == "cbrt" else e
                work += [(j, share * f) for m in kernel.arguments[0] for j, f in m]
            elif kernel.name == "principal power" and kernel.limit:
                work += [(j, e * f) for j, f in self.kernels.factored(kernel.arguments[1])[1].items()]
            elif kernel.name == "exp":
                total = self.ring.plus(total, self.ring.scaled(kernel.arguments[0], e))
            elif kernel.name not in ("number i", "turn", "circle"):  # which have the size 1
                signs = POSITIVE if kernel.name.startswith("number ") else ANY  # a prime, or pi
                total = self.ring.plus(total, {((self.kernels.find("log", self.ring.symbol(k), signs=signs), 1),): e})
        return total

    # -- powers with any exponent

    def pow(self, x: Polynomial, a: Polynomial) -> Polynomial:
        """x^a as exp(a*log(x)); the constant term of a apart, so that x^(a - 1) = x^a/x."""
        a = self.kernels.settled(a)
        constant = a.get(UNIT, 0)
        if set(a) <= {UNIT}:
            return self.power(x, constant)
        signs = self.signs.of(x)
        if signs == ZERO:
            growth = self.signs.one_of(a)
            if growth < 0:
                raise UndefinedError
            return self.ring.constant(0 if growth else 1)
        if self.signs.strict and signs != POSITIVE:
            raise UnknownSignError(x)
        variable = {m: c for m, c in a.items() if m != UNIT}
        sure, rest = self._sure_part(x) if signs & ~POSITIVE and signs & ~NEGATIVE else (x, None)
        log = self.log_size(sure)
        factors = [
            self.exp(self.ring.times(part, log), apart=True) for part in (variable, self.ring.constant(constant))
        ]
        if signs == NEGATIVE:  # it has only whole powers
            if len(variable) == 1 and size(lead(variable)) == 1 and constant.denominator == 1:
                self._learn_integer(*variable)
            factors.append(self._circle(self.ring.times(a, self.ring.symbol(self.kernels.pi))))
        if rest is not None:
            factors += [self._principal_power(rest, part, c) for part, c in self._parts(a, apart=True)]
        return reduce(self.ring.times, factors)

    def _learn_integer(self, m: Monomial) -> None:
        if m not in self.integers:
            self.integers.add(m)
            self.signs.learned += 1

    def _sure_part(self, p: Polynomial) -> tuple[Polynomial, Polynomial]:
        """The product of the factors of p that are positive, and that of the others."""
        c, powers = self.signs.factors(p)
        sure = {k: e for k, e in powers.items() if self.signs.of_power(k, e) == POSITIVE}
        rest = self.ring.single({k: e for k, e in powers.items() if k not in sure}, 1 if c > 0 else -1)
        self.signs.doubt(rest)
        return self.ring.single(sure, size(c)), rest

    def _principal_power(self, base: Polynomial, part: Polynomial, c: Rational) -> Polynomial:
        """The power c of exp(part*log(base)), with the principal logarithm: the sign of the base is not known."""
        if set(part) == {UNIT}:
            k = self.kernels.find("principal power", part, base, limit=1, value=base, real=False)
        else:
            k = self.kernels.find("principal power", part, base, real=False)
        return self.ring.single({k: c})

    # -- circular and hyperbolic functions, and their inverses

    def sin(self, p: Polynomial) -> Polynomial:
        """The sine."""
        return self._circular(p)[0]

    def cos(self, p: Polynomial) -> Polynomial:
        """The cosine."""
        return self._circular(p)[1]

    def sinh(self, p: Polynomial) -> Polynomial:
        """The hyperbolic sine."""
        return self._hyperbolic(p)[0]

    def cosh(self, p: Polynomial) -> Polynomial:
        """The hyperbolic cosine."""
        return self._hyperbolic(p)[1]

    def _circular(self, p: Polynomial) -> tuple[Polynomial, Polynomial]:
        p, ring, i = self.kernels.settled(p), self.ring, self.ring.symbol(self.kernels.i)
        if self.whole and symbols(p) - {self.kernels.pi}:
            sign, p = self._upright(p)
            cos = self.kernels.find("cos", p)
            sin = self.kernels.find("sin", p, limit=2, value={UNIT: 1, ((cos, 2),): -1})
            return {((sin, 1),): sign}, ring.symbol(cos)
        up, down = self._circle(p), self._circle(ring.scaled(p, -1))
        return ring.times(ring.scaled(i, _HALF), ring.minus(down, up)), ring.scaled(ring.plus(up, down), _HALF)

    def _hyperbolic(self, p: Polynomial) -> tuple[Polynomial, Polynomial]:
        p, ring = self.kernels.settled(p), self.ring
        if self.whole and symbols(p):
            sign, p = self._upright(p)
            cosh = self.kernels.find("cosh", p, signs=POSITIVE)
            sinh = self.kernels.find("sinh", p, limit=2, value={UNIT: -1, ((cosh, 2),): 1})
            return {((sinh, 1),): sign}, ring.symbol(cosh)
        up, down = self.exp(p), self.exp(ring.scaled(p, -1))
        return ring.scaled(ring.minus(up, down), _HALF), ring.scaled(ring.plus(up, down), _HALF)

    def _upright(self, p: Polynomial) -> tuple[int, Polynomial]:
        """A sign, and that one of p and -p in which odd and even functions are written."""
        sign = 1 if not p or lead(p) > 0 else -1
        return sign, self.ring.scaled(p, sign)

    def asin(self, p: Polynomial) -> Polynomial:
        """The inverse sine."""
        p = self.kernels.settled(p)
        self.signs.need(self.ring.minus(self.ring.constant(1), self.ring.times(p, p)), NOT_NEGATIVE)
        return self._angle("asin", p)

    def atan(self, p: Polynomial) -> Polynomial:
        """The inverse tangent; that of 1/u is the rest to a right angle, where the sign of u is known."""
        p = self.kernels.settled(p)
        if len(p) == 1 and all(e < 0 for m in p for _, e in m) and self.signs.of(p) in (NEGATIVE, POSITIVE):
            right: Polynomial = {((self.kernels.pi, 1),): _HALF * self.signs.one_of(p)}
            return self.ring.minus(right, self._angle("atan", self.kernels.settled(self.power(p, -1))))
        return self._angle("atan", p)

    def _angle(self, name: str, p: Polynomial) -> Polynomial:
        """An odd function of which a few values are known."""
        sign, p = self._upright(p)
        square = self.ring.times(p, p)
        known = _ANGLES[name].get(Fraction(square[UNIT])) if len(p) == 1 and set(square) == {UNIT} else None
        if known is not None:
            return {((self.kernels.pi, 1),): sign * known}
        return {((self.kernels.find(name, p), 1),): sign} if p else {}
