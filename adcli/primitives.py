"""The table: one row for each primitive, and everything adcli knows of it.

A row says what the primitive is worth, what its partial derivatives are, where it is
defined, where it has kinks and how its name is written. All rules are written over a
number context `m` (see `contexts`), so that the same row serves floats, mpmath, and the
graph that becomes a symbolic derivative. To add a primitive, add a row.

`value(m, *xs)` gives the value, `partials[k](m, y, *xs)` the partial derivative by the k-th
argument, where `y` is the value, already computed. A partial that is a plain number is
constant; one that is None is structurally zero. A primitive with any number of arguments has one
rule for all its partials together (see `JointPartials`). Rules are in the forms that keep their
digits: DESIGN's table of repaired forms, after Higham, *Accuracy and Stability of Numerical
Algorithms*, and Kahan, *Branch cuts for complex elementary functions* (1987).
"""

import operator
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple, overload

from .contexts import NumberContext

Rule = Callable[..., Any]
Partial = Rule | int | None
_HUGE = 1e150  # its square is still a double
_FEW = 32  # arguments of logsumexp up to which each has a sum of its own
_COMPARED = 4  # arguments of max and min up to which each is compared with each, which reads best
_SINGULAR = 8  # units of rounding: a pivot no larger than so many is 0 for all that is known


class Domain(NamedTuple):
    """Where the real function is defined: in words, and as a test of values."""

    text: str
    contains: Rule  # (m, *xs) -> bool


class Kink(NamedTuple):
    """Where the function is not differentiable, though defined.

    `at(m, *xs)` tests values. `directional(m, xs, ts)` is the one-sided derivative there in
    the direction of the argument tangents `ts` (for a comparison: its truth just off the
    point). Without it the function jumps. `surfaces(m, xs)` gives, for argument values, each
    switching surface near them: a number that is 0 on it, and its partial derivatives by the arguments.
    """

    text: str
    at: Rule
    directional: Rule | None = None
    surfaces: Rule | None = None


class JointPartials(Sequence[Partial]):
    """The partials of a primitive with any number of arguments, from one rule for all of them.

    `rule(m, y, xs)` gives a sequence as long as `xs` and shares what the partials share, so that
    n arguments take O(n) work; a sweep asks for it (`Primitive.together`). As a sequence it
    offers the k-th partial as a rule of its own, for whoever wants to see just one.
    """

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    @overload
    def __getitem__(self, k: int) -> Partial: ...
    @overload
    def __getitem__(self, k: slice) -> Sequence[Partial]: ...
    def __getitem__(self, k: int | slice) -> Partial | Sequence[Partial]:
        if isinstance(k, slice):
            raise TypeError("the partials of a variadic primitive are asked for one by one, or together")
        return lambda m, y, *xs: self.rule(m, y, xs)[k]

    def __len__(self) -> int:
        return 1 << 30


class Primitive:
    """One row. `arity` is the number of arguments, or -n for n or more.

    `sample` gives one range for each argument, inside the domain, for tests and examples.
    `textbook(m, *xs)` is an equal formula in plainer functions, used where the primitive would
    be shown to a person; `boolean` marks truth values. `together(m, y, xs)` gives all partials at
    once, for a primitive with any number of arguments; None for the others.
    """

    __slots__ = (
        "about", "aliases", "arity", "boolean", "domain", "kink", "name", "partials", "sample", "textbook",
        "together", "value",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        arity: int,
        value: Rule,
        partials: Sequence[Partial],
        domain: Domain | None = None,
        kink: Kink | None = None,
        sample: tuple[tuple[float, float], ...] = ((-3.0, 3.0),),
        aliases: tuple[str, ...] = (),
        textbook: Rule | None = None,
        boolean: bool = False,
        about: str = "",
    ) -> None:
        self.name = name
        self.arity = arity
        self.value = value
        self.partials = partials
        self.together = partials.rule if isinstance(partials, JointPartials) else None
        self.domain = domain
        self.kink = kink
        self.sample = sample
        self.aliases = aliases
        self.textbook = textbook
        self.boolean = boolean
        self.about = about

    def accepts(self, count: int) -> bool:
        """Whether it can be called with so many arguments."""
        return count == self.arity if self.arity >= 0 else count >= -self.arity

    @property
    def arguments(self) -> str:
        """The number of arguments in words, for messages."""
        if self.arity < 0:
            return f"{-self.arity} or more arguments"
        return "1 argument" if self.arity == 1 else f"{self.arity} arguments"

    def __repr__(self) -> str:
        return f"<{self.name}>"


def _where(text: str, contains: Rule) -> Domain:
    return Domain(text, contains)


def _domain_of_power(m: NumberContext, x: Any, a: Any) -> bool:
    return bool(x > 0 or (x == 0 and a >= 0) or (x < 0 and a == m.floor(a)) or x != x or a != a)


def _is_whole(m: NumberContext, x: Any) -> bool:
    return bool(m.floor(x) == x)


def _is_regular(m: NumberContext, x: Any, scale: Any) -> bool:
    """Where `scale` has overflowed, nothing is known of the matrix, and the overflow is what there is to tell."""
    lost = m.is_finite(scale) and abs(x) <= _SINGULAR * m.epsilon * abs(scale)
    return not (x == 0 or lost)


def _first_best(verb: str, beats: Rule, reaches: Rule) -> Rule:
    """The partials of max or min: 1 for the first of the best arguments, which is the convention at a tie.

    Among many, an argument is compared with the best before it and the best after it. (That it
    equals the value would say the same, but is a comparison at its tie, a kink, everywhere.)
    """

    def partials(m: NumberContext, y: Any, xs: Sequence[Any]) -> list[Any]:
        if len(xs) <= _COMPARED:
            conditions = [
                _all(m, [*(beats(x, other) for other in xs[:k]), *(reaches(x, other) for other in xs[k + 1 :])])
                for k, x in enumerate(xs)
            ]
        else:
            best = getattr(m, verb)
            before = list(accumulate(xs[:-1], best))
            after = list(accumulate(xs[:0:-1], best))[::-1]
            inner = zip(xs[1:-1], before[:-1], after[1:], strict=True)
            conditions = [
                reaches(xs[0], after[0]),
                *(m.and_(beats(x, left), reaches(x, right)) for x, left, right in inner),
                beats(xs[-1], before[-1]),
            ]
        return [m.when(condition, 1) for condition in conditions]

    return partials


def _all(m: NumberContext, conditions: Sequence[Any]) -> Any:
    result = conditions[0]
    for condition in conditions[1:]:
        result = m.and_(result, condition)
    return result


def _tied(best: Callable[..., Any]) -> Rule:
    """Whether two or more arguments attain the extremum."""

    def tied(m: NumberContext, *xs: Any) -> bool:
        extreme = best(xs)
        return sum(1 for x in xs if x == extreme) > 1

    return tied


def _extreme_direction(best: Callable[..., Any]) -> Rule:
    def direction(m: NumberContext, xs: Sequence[Any], ts: Sequence[Any]) -> Any:
        extreme = best(xs)
        return best(t for x, t in zip(xs, ts, strict=True) if x == extreme)

    return direction


def _sum(terms: Sequence[Any]) -> Any:
    """The sum in pairs of pairs: its rounding grows with log n, not n (Higham, section 4.2)."""
    while len(terms) > 1:
        pairs = [*map(operator.add, terms[::2], terms[1::2])]
        terms = [*pairs, terms[-1]] if len(terms) % 2 else pairs
    return terms[0]


def _own_zero(m: NumberContext, xs: Sequence[Any]) -> list[tuple[Any, tuple[Any, ...]]]:
    return [(xs[0], (1,))]


def _crossing(m: NumberContext, xs: Sequence[Any]) -> list[tuple[Any, tuple[Any, ...]]]:
    return [(xs[0] - xs[1], (1, -1))]


def _nearest_integer(m: NumberContext, xs: Sequence[Any]) -> list[tuple[Any, tuple[Any, ...]]]:
    return [(xs[0] - m.floor(xs[0] + 0.5), (1,))]


def _whole_ratio(m: NumberContext, xs: Sequence[Any]) -> list[tuple[Any, tuple[Any, ...]]]:
    ratio = m.div(xs[0], xs[1])
    return [(ratio - m.floor(ratio + 0.5), (m.div(1, xs[1]), -m.div(ratio, xs[1])))]


def _to_the_best(best: Callable[..., Any]) -> Rule:
    """From the extremum to each of the others: where one of them reaches it, the function switches."""

    def surfaces(m: NumberContext, xs: Sequence[Any]) -> list[tuple[Any, tuple[Any, ...]]]:
        top = list(xs).index(best(xs))
        others = [k for k in range(len(xs)) if k != top]
        return [(xs[top] - xs[k], tuple([(i == top) - (i == k) for i in range(len(xs))])) for k in others]

    return surfaces


def _branch_cut(m: NumberContext, xs: Sequence[Any]) -> list[tuple[Any, tuple[Any, ...]]]:
    """The branch cut of atan2(y, x): the negative half of the axis, and its end."""
    return [(xs[0], (1, 0))] if xs[1] < 0 else _origin(m, xs)


def _origin(m: NumberContext, xs: Sequence[Any]) -> list[tuple[Any, tuple[Any, ...]]]:
    length = m.hypot(*xs)
    return [(length, tuple(m.hypot_dx(xs, length)))]


def _logsumexp(m: NumberContext, *xs: Any) -> Any:
    """The largest plus log1p of the rest: one of the largest is taken out of the sum, where it is 1."""
    top, one, zero = m.max(*xs), m.number(1), m.number(0)
    ties = _sum([m.where(m.eq(x, top), one, zero) for x in xs])
    rest = _sum([m.where(m.eq(x, top), zero, m.exp(x - top)) for x in xs])
    return top + m.log1p((ties - one) + rest)


def _softmax(m: NumberContext, y: Any, xs: Sequence[Any]) -> list[Any]:
    """exp(x - y) for each x, without the rounding of y, which a large y would show.

    Of few, x_k has 1/sum of exp(x_j - x_k), unless that overflows; of many, numbers have
    exp(x_k - top)/sum of exp(x_j - top), and a graph, which is differentiated again, keeps
    the plain formula without the kinks of `top`.
    """
    top = m.max(*xs)
    shifted = [m.exp(x - top) for x in xs]
    whole = _sum(shifted)
    if len(xs) > _FEW:
        return [m.stable(m.exp(x - y), False, m.div(part, whole)) for x, part in zip(xs, shifted, strict=True)]
    partials = []
    for k, (x, part) in enumerate(zip(xs, shifted, strict=True)):
        total = _sum([m.number(1), *(m.exp(other - x) for other in (*xs[:k], *xs[k + 1 :]))])
        partials.append(m.stable(m.div(1, total), total < _HUGE, m.div(part, whole)))
    return partials


def _asech(m: NumberContext, x: Any) -> Any:
    """acosh(1/x) for small x; near 1, where that cancels, by atanh."""
    return m.where(x < 0.5, m.acosh(m.div(1, x)), 2 * m.atanh(m.sqrt(m.div(1 - x, 1 + x))))


def _acoth(m: NumberContext, x: Any) -> Any:
    half = m.div(m.log1p(m.div(2, m.abs(x) - 1)), 2)
    return m.where(x > 0, half, -half)


def _asec(m: NumberContext, x: Any) -> Any:
    """acos(1/x), without the rounding of 1/x near |x| = 1."""
    angle = m.atan(m.sqrt((m.abs(x) - 1) * (m.abs(x) + 1)))
    return m.where(x > 0, angle, m.number("pi") - angle)


def _acsc(m: NumberContext, x: Any) -> Any:
    angle = m.atan(m.div(1, m.sqrt(m.abs(x) - 1) * m.sqrt(m.abs(x) + 1)))
    return m.where(x > 0, angle, -angle)


# The repaired forms below are equal to the plain ones, not near them: at `--digits 1000` the
# square of a number as large as _HUGE does not drown a 1.


def _slope_asec(m: NumberContext, x: Any) -> Any:
    size = m.abs(x)
    repaired = m.div(m.div(1, size), m.sqrt(size - 1) * m.sqrt(size + 1))
    return m.stable(m.div(1, size * m.sqrt((x - 1) * (x + 1))), size < _HUGE, repaired)


def _slope_acosh(m: NumberContext, x: Any) -> Any:
    return m.div(1, m.stable(m.sqrt((x - 1) * (x + 1)), m.abs(x) < _HUGE, m.sqrt(x - 1) * m.sqrt(x + 1)))


def _slope_atanh(m: NumberContext, x: Any) -> Any:
    return m.stable(m.div(1, (1 - x) * (1 + x)), m.abs(x) < _HUGE, m.div(m.div(1, 1 - x), 1 + x))


def _slope_atan(m: NumberContext, x: Any) -> Any:
    return m.stable(m.div(1, 1 + x * x), m.abs(x) < _HUGE, m.div(m.div(1, x), x + m.div(1, x)))


def _slope_asinh(m: NumberContext, x: Any) -> Any:
    return m.stable(m.div(1, m.sqrt(1 + x * x)), m.abs(x) < _HUGE, m.div(1, m.hypot(m.number(1), x)))


def _slope_cbrt(m: NumberContext, y: Any, x: Any) -> Any:
    """1/(3 y^2), or y/x/3 which does not square the rounding of y."""
    return m.stable(m.div(1, 3 * m.pow(y, m.number(2))), x == 0, m.div(m.div(y, x), 3))


def _slope_sphericalbesselj(m: NumberContext, n: Any, x: Any) -> Any:
    after = m.sphericalbesselj(n + 1, x)
    return m.stable(m.div(n * m.sphericalbesselj(n - 1, x) - (n + 1) * after, 2 * n + 1), n > 0, -after)


def _slope_mod(m: NumberContext, v: Any, x: Any, y: Any) -> Any:
    """-floor(x/y); where x/y underflows, from the remainder v itself."""
    return m.stable(-m.floor(m.div(x, y)), m.abs(m.div(x, y)) > 0, m.div(v - x, y))


def _acsch(m: NumberContext, x: Any) -> Any:
    """asinh(1/x); where 1/x would overflow, log((1 + sqrt(1 + x^2))/|x|)."""
    log = m.log1p(m.hypot(m.number(1), x)) - m.log(m.abs(x))
    return m.where(m.abs(x) < 1e-300, m.where(x < 0, -log, log), m.asinh(m.div(1, x)))


def _sigmoid(m: NumberContext, x: Any) -> Any:
    small = m.exp(-m.abs(x))
    return m.where(x < 0, m.div(small, 1 + small), m.div(1, 1 + small))


_POSITIVE = _where("x > 0", lambda m, x: not x <= 0)
_NONZERO = _where("x != 0", lambda m, x: x != 0)
_UNIT = _where("-1 <= x <= 1", lambda m, x: not abs(x) > 1)
_OUTSIDE = _where("|x| >= 1", lambda m, x: not abs(x) < 1)
_INTEGER_JUMPS = Kink("jumps at every integer", _is_whole, surfaces=_nearest_integer)
_LT = Kink("switches at a = b", lambda m, a, b: a == b, lambda m, xs, ts: ts[0] < ts[1], _crossing)
_LE = Kink("switches at a = b", lambda m, a, b: a == b, lambda m, xs, ts: ts[0] <= ts[1], _crossing)
_GT = Kink("switches at a = b", lambda m, a, b: a == b, lambda m, xs, ts: ts[0] > ts[1], _crossing)
_GE = Kink("switches at a = b", lambda m, a, b: a == b, lambda m, xs, ts: ts[0] >= ts[1], _crossing)
_EQ = Kink("switches at a = b", lambda m, a, b: a == b, lambda m, xs, ts: ts[0] == ts[1], _crossing)
_NE = Kink("switches at a = b", lambda m, a, b: a == b, lambda m, xs, ts: ts[0] != ts[1], _crossing)
_JUMP_AT_0 = Kink("jumps at x = 0", lambda m, x: x == 0, surfaces=_own_zero)
_JUMP_OF_MOD = Kink("jumps where x/y is whole", lambda m, x, y: m.mod(x, y) == 0, surfaces=_whole_ratio)
_CUT = Kink("jumps at y = 0, x < 0", lambda m, y, x: y == 0 and x < 0, surfaces=_branch_cut)
_AT_THE_ORIGIN = Kink("all arguments = 0", lambda m, *xs: all(x == 0 for x in xs), lambda m, xs, ts: m.hypot(*ts),
                      _origin)  # fmt: skip
_TIES_OF_MAX = Kink("ties", _tied(max), _extreme_direction(max), _to_the_best(max))
_TIES_OF_MIN = Kink("ties", _tied(min), _extreme_direction(min), _to_the_best(min))
_PAIR = ((-3.0, 3.0), (-3.0, 3.0))

# fmt: off
_ROWS: tuple[Primitive, ...] = (
    # arithmetic
    Primitive("add", 2, lambda m, a, b: a + b, (1, 1), sample=_PAIR),
    Primitive("sub", 2, lambda m, a, b: a - b, (1, -1), sample=_PAIR),
    Primitive("mul", 2, lambda m, a, b: a * b, (lambda m, y, a, b: b, lambda m, y, a, b: a), sample=_PAIR),
    Primitive("div", 2, lambda m, a, b: m.div(a, b),
              (lambda m, y, a, b: m.div(1, b), lambda m, y, a, b: -m.div(y, b)),
              _where("divisor != 0", lambda m, a, b: b != 0), sample=((-3.0, 3.0), (0.25, 3.0))),
    Primitive("pow", 2, lambda m, x, a: m.pow(x, a),
              (lambda m, y, x, a: m.pow_dx(x, a, y), lambda m, y, x, a: m.xlogy(y, x)),
              _where("base > 0, or base = 0 and exponent >= 0, or a whole exponent", _domain_of_power),
              sample=((0.125, 3.0), (-3.0, 3.0))),
    Primitive("neg", 1, lambda m, x: -x, (-1,)),
    Primitive("square", 1, lambda m, x: x * x, (lambda m, y, x: 2 * x,), textbook=lambda m, x: m.pow(x, m.number(2))),
    Primitive("inv", 1, lambda m, x: m.div(1, x), (lambda m, y, x: -y * y,), _NONZERO, sample=((0.25, 3.0),),
              textbook=lambda m, x: m.div(1, x), about="the reciprocal 1/x"),

    # powers, exponentials, logarithms
    Primitive("sqrt", 1, lambda m, x: m.sqrt(x), (lambda m, y, x: m.div(1, 2 * y),),
              _where("x >= 0", lambda m, x: not x < 0), sample=((0.01, 9.0),)),
    Primitive("cbrt", 1, lambda m, x: m.cbrt(x), (_slope_cbrt,)),
    Primitive("exp", 1, lambda m, x: m.exp(x), (lambda m, y, x: y,)),
    Primitive("expm1", 1, lambda m, x: m.expm1(x), (lambda m, y, x: m.exp(x),), about="exp(x) - 1, exact near 0"),
    Primitive("exp2", 1, lambda m, x: m.exp2(x), (lambda m, y, x: y * m.log(m.number(2)),)),
    Primitive("exp10", 1, lambda m, x: m.exp10(x), (lambda m, y, x: y * m.log(m.number(10)),)),
    Primitive("log", 1, lambda m, x: m.log(x), (lambda m, y, x: m.div(1, x),), _POSITIVE,
              sample=((0.01, 9.0),), aliases=("ln",), about="natural logarithm; log(x, base) is logb"),
    Primitive("log2", 1, lambda m, x: m.log2(x), (lambda m, y, x: m.div(1, x * m.log(m.number(2))),), _POSITIVE,
              sample=((0.01, 9.0),)),
    Primitive("log10", 1, lambda m, x: m.log10(x), (lambda m, y, x: m.div(1, x * m.log(m.number(10))),), _POSITIVE,
              sample=((0.01, 9.0),)),
    Primitive("log1p", 1, lambda m, x: m.log1p(x), (lambda m, y, x: m.div(1, 1 + x),),
              _where("x > -1", lambda m, x: not x <= -1), sample=((-0.9, 9.0),), about="log(1 + x), exact near 0"),
    Primitive("logb", 2, lambda m, x, b: m.div(m.log(x), m.log(b)),
              (lambda m, y, x, b: m.div(1, x * m.log(b)), lambda m, y, x, b: -m.div(y, b * m.log(b))),
              _where("x > 0, base > 0, base != 1", lambda m, x, b: not (x <= 0 or b <= 0 or b == 1)),
              sample=((0.01, 9.0), (1.5, 12.0)), about="log(x, base)"),
    Primitive("xlogy", 2, lambda m, x, y: m.where(x == 0, m.number(0), x * m.log(y)),
              (lambda m, v, x, y: m.log(y), lambda m, v, x, y: m.div(x, m.divisor(y))),
              _where("y > 0, or x = 0", lambda m, x, y: not y <= 0 or x == 0),
              sample=((-3.0, 3.0), (0.01, 9.0)), textbook=lambda m, x, y: x * m.log(y),
              about="x*log(y), and 0 where x = 0"),

    # trigonometry
    Primitive("sin", 1, lambda m, x: m.sin(x), (lambda m, y, x: m.cos(x),)),
    Primitive("cos", 1, lambda m, x: m.cos(x), (lambda m, y, x: -m.sin(x),)),
    Primitive("tan", 1, lambda m, x: m.tan(x), (lambda m, y, x: 1 + m.pow(y, m.number(2)),), sample=((-1.5, 1.5),)),
    Primitive("cot", 1, lambda m, x: m.div(1, m.tan(x)), (lambda m, y, x: -(1 + m.pow(y, m.number(2))),),
              _where("sin(x) != 0", lambda m, x: x != 0), sample=((0.1, 3.0),)),
    Primitive("sec", 1, lambda m, x: m.div(1, m.cos(x)), (lambda m, y, x: y * m.tan(x),), sample=((-1.5, 1.5),)),
    Primitive("csc", 1, lambda m, x: m.div(1, m.sin(x)), (lambda m, y, x: -(y * m.cot(x)),),
              _where("sin(x) != 0", lambda m, x: x != 0), sample=((0.1, 3.0),)),
    Primitive("sinpi", 1, lambda m, x: m.sinpi(x), (lambda m, y, x: m.number("pi") * m.cospi(x),), about="sin(pi*x)"),
    Primitive("cospi", 1, lambda m, x: m.cospi(x), (lambda m, y, x: -(m.number("pi") * m.sinpi(x)),),
              about="cos(pi*x)"),
    Primitive("asin", 1, lambda m, x: m.asin(x), (lambda m, y, x: m.div(1, m.sqrt((1 - x) * (1 + x))),), _UNIT,
              sample=((-0.99, 0.99),), aliases=("arcsin",)),
    Primitive("acos", 1, lambda m, x: m.acos(x), (lambda m, y, x: -m.div(1, m.sqrt((1 - x) * (1 + x))),), _UNIT,
              sample=((-0.99, 0.99),), aliases=("arccos",)),
    Primitive("atan", 1, lambda m, x: m.atan(x), (lambda m, y, x: _slope_atan(m, x),), aliases=("arctan",)),
    Primitive("acot", 1, lambda m, x: m.where(x == 0, m.div(m.number("pi"), 2), m.atan(m.div(1, x))),
              (lambda m, y, x: -_slope_atan(m, x),), kink=_JUMP_AT_0,
              aliases=("arccot",), about="atan(1/x), and pi/2 at 0"),
    Primitive("asec", 1, _asec, (lambda m, y, x: _slope_asec(m, x),), _OUTSIDE,
              sample=((1.01, 9.0),), aliases=("arcsec",), about="acos(1/x)"),
    Primitive("acsc", 1, _acsc, (lambda m, y, x: -_slope_asec(m, x),), _OUTSIDE,
              sample=((1.01, 9.0),), aliases=("arccsc",), about="asin(1/x)"),
    Primitive("atan2", 2, lambda m, y, x: m.atan2(y, x),
              (lambda m, v, y, x: m.div(m.div(x, m.hypot(x, y)), m.hypot(x, y)),
               lambda m, v, y, x: -m.div(m.div(y, m.hypot(x, y)), m.hypot(x, y))),
              _where("not both 0", lambda m, y, x: x != 0 or y != 0),
              _CUT, sample=((0.1, 3.0), (-3.0, 3.0)),
              aliases=("arctan2",), about="atan2(y, x): the angle of the point (x, y)"),
    Primitive("hypot", -2, lambda m, *xs: m.hypot(*xs), JointPartials(lambda m, y, xs: m.hypot_dx(xs, y)),
              kink=_AT_THE_ORIGIN,
              sample=_PAIR, about="sqrt(x1^2 + x2^2 + ...), without overflow"),
    Primitive("radians", 1, lambda m, x: x * m.div(m.number("pi"), m.number(180)),
              (lambda m, y, x: m.div(m.number("pi"), m.number(180)),), aliases=("deg2rad",)),
    Primitive("degrees", 1, lambda m, x: x * m.div(m.number(180), m.number("pi")),
              (lambda m, y, x: m.div(m.number(180), m.number("pi")),), aliases=("rad2deg",)),
    Primitive("sinc", 1, lambda m, x: m.where(x == 0, m.number(1), m.div(m.sin(x), x)),
              (lambda m, y, x: -m.sphericalbesselj(m.number(1), x),), about="sin(x)/x, and 1 at 0"),
    Primitive("sphericalbesselj", 2, lambda m, n, x: m.sphericalbesselj(n, x),
              (None, lambda m, y, n, x: _slope_sphericalbesselj(m, n, x)),
              _where("n = 0, 1, 2, ...", lambda m, n, x: n >= 0 and _is_whole(m, n)), sample=((2.0, 2.0), (0.1, 9.0)),
              about="j_n(x) for a whole number n; sinc is j_0 (DLMF 10.51.1)"),

    # hyperbolic functions
    Primitive("sinh", 1, lambda m, x: m.sinh(x), (lambda m, y, x: m.cosh(x),)),
    Primitive("cosh", 1, lambda m, x: m.cosh(x), (lambda m, y, x: m.sinh(x),)),
    Primitive("tanh", 1, lambda m, x: m.tanh(x), (lambda m, y, x: m.pow(m.sech(x), m.number(2)),)),
    Primitive("coth", 1, lambda m, x: m.div(1, m.tanh(x)), (lambda m, y, x: -m.pow(m.csch(x), m.number(2)),), _NONZERO,
              sample=((0.1, 3.0),)),
    Primitive("sech", 1, lambda m, x: m.div(1, m.cosh(x)), (lambda m, y, x: -(y * m.tanh(x)),)),
    Primitive("csch", 1, lambda m, x: m.div(1, m.sinh(x)), (lambda m, y, x: -(y * m.coth(x)),), _NONZERO,
              sample=((0.1, 3.0),)),
    Primitive("asinh", 1, lambda m, x: m.asinh(x), (lambda m, y, x: _slope_asinh(m, x),),
              aliases=("arsinh", "arcsinh")),
    Primitive("acosh", 1, lambda m, x: m.acosh(x), (lambda m, y, x: _slope_acosh(m, x),),
              _where("x >= 1", lambda m, x: not x < 1), sample=((1.01, 9.0),), aliases=("arcosh", "arccosh")),
    Primitive("atanh", 1, lambda m, x: m.atanh(x), (lambda m, y, x: _slope_atanh(m, x),),
              _where("-1 < x < 1", lambda m, x: not abs(x) >= 1), sample=((-0.99, 0.99),),
              aliases=("artanh", "arctanh")),
    Primitive("acoth", 1, _acoth, (lambda m, y, x: _slope_atanh(m, x),),
              _where("|x| > 1", lambda m, x: not abs(x) <= 1), sample=((1.01, 9.0),),
              aliases=("arcoth", "arccoth"), about="atanh(1/x)"),
    Primitive("asech", 1, _asech, (lambda m, y, x: -m.div(1, x * m.sqrt((1 - x) * (1 + x))),),
              _where("0 < x <= 1", lambda m, x: not (x <= 0 or x > 1)), sample=((0.01, 0.99),),
              aliases=("arsech", "arcsech"), about="acosh(1/x)"),
    Primitive("acsch", 1, _acsch, (lambda m, y, x: -m.div(_slope_asinh(m, x), m.abs(x)),), _NONZERO,
              sample=((0.1, 9.0),), aliases=("arcsch", "arccsch"), about="asinh(1/x)"),

    # pieces
    Primitive("abs", 1, lambda m, x: m.abs(x), (lambda m, y, x: m.sign(x),),
              kink=Kink("x = 0", lambda m, x: x == 0, lambda m, xs, ts: m.abs(ts[0]), _own_zero)),
    Primitive("sign", 1, lambda m, x: m.sign(x), (None,), kink=_JUMP_AT_0),
    Primitive("floor", 1, lambda m, x: m.floor(x), (None,), kink=_INTEGER_JUMPS),
    Primitive("ceil", 1, lambda m, x: m.ceil(x), (None,), kink=_INTEGER_JUMPS),
    Primitive("mod", 2, lambda m, x, y: m.mod(x, y), (1, _slope_mod),
              _where("divisor != 0", lambda m, x, y: y != 0),
              _JUMP_OF_MOD, sample=((-3.0, 3.0), (0.25, 3.0)),
              about="mod(x, y) or x % y: the remainder x - y*floor(x/y), which has the sign of y"),
    Primitive("max", -2, lambda m, *xs: m.max(*xs), JointPartials(_first_best("max", operator.gt, operator.ge)),
              kink=_TIES_OF_MAX, sample=_PAIR, aliases=("maximum",),
              about="at a tie the first of the largest counts"),
    Primitive("min", -2, lambda m, *xs: m.min(*xs), JointPartials(_first_best("min", operator.lt, operator.le)),
              kink=_TIES_OF_MIN, sample=_PAIR, aliases=("minimum",),
              about="at a tie the first of the smallest counts"),
    Primitive("relu", 1, lambda m, x: m.max(x, m.number(0)), (lambda m, y, x: m.when(x > 0, 1),),
              kink=Kink("x = 0", lambda m, x: x == 0, lambda m, xs, ts: max(ts[0], 0 * ts[0]), _own_zero),
              about="max(x, 0), with derivative 0 at 0"),
    Primitive("sigmoid", 1, _sigmoid, (lambda m, y, x: y * m.sigmoid(-x),), aliases=("logistic",),
              about="1/(1 + exp(-x))"),
    Primitive("softplus", 1, lambda m, x: m.max(x, m.number(0)) + m.log1p(m.exp(-m.abs(x))),
              (lambda m, y, x: m.sigmoid(x),), about="log(1 + exp(x))"),
    Primitive("logsumexp", -2, _logsumexp, JointPartials(_softmax), sample=_PAIR,
              about="log(exp(x1) + exp(x2) + ...), without overflow"),

    # truth values
    Primitive("where", 3, lambda m, c, a, b: m.where(c, a, b),
              (None, lambda m, y, c, a, b: m.when(c, 1), lambda m, y, c, a, b: m.when(m.not_(c), 1)),
              about="where(condition, a, b): a if the condition holds, else b"),
    Primitive("lt", 2, lambda m, a, b: a < b, (None, None), kink=_LT, boolean=True),
    Primitive("le", 2, lambda m, a, b: a <= b, (None, None), kink=_LE, boolean=True),
    Primitive("gt", 2, lambda m, a, b: a > b, (None, None), kink=_GT, boolean=True),
    Primitive("ge", 2, lambda m, a, b: a >= b, (None, None), kink=_GE, boolean=True),
    Primitive("eq", 2, lambda m, a, b: m.eq(a, b), (None, None), kink=_EQ, boolean=True),
    Primitive("ne", 2, lambda m, a, b: m.not_(m.eq(a, b)), (None, None), kink=_NE, boolean=True),
    Primitive("and_", 2, lambda m, a, b: m.and_(a, b), (None, None), boolean=True),
    Primitive("or_", 2, lambda m, a, b: m.or_(a, b), (None, None), boolean=True),
    Primitive("not_", 1, lambda m, a: m.not_(a), (None,), boolean=True),

    # an intermediate that is differentiated by: itself, and a variable that is 0, whose derivative is the total one
    Primitive("shifted", 2, lambda m, x, shift: x + shift, (1, 1), sample=_PAIR, textbook=lambda m, x, shift: x),

    # what a unit vector divides a vector by, so that it is 0 at the origin and so are its derivatives; not a `where`,
    # whose guards every further derivative would carry along, and which people should not have to read
    Primitive("divisor", 1, lambda m, x: m.where(m.eq(x, m.number(0)), m.number("inf"), x), (1,),
              kink=_JUMP_AT_0, textbook=lambda m, x: x),

    # the choice of a row in a pivoted elimination; it has no kink, because it chooses between two formulas of one
    # function: whichever row is taken, a determinant or a solution is the same, and so are its derivatives
    Primitive("outweighs", 2, lambda m, a, b: m.abs(a) > m.abs(b), (None, None), sample=_PAIR, boolean=True,
              textbook=lambda m, a, b: m.abs(a) > m.abs(b)),
    # what an elimination divides by: x, where it is not lost in the rounding of numbers as large as `scale`
    Primitive("pivot", 2, lambda m, x, scale: x, (1, None),
              _where("a nonzero pivot, but the matrix is singular to working precision", _is_regular),
              sample=((0.25, 3.0), (0.25, 3.0)), textbook=lambda m, x, scale: x),
)
# fmt: on

TABLE: dict[str, Primitive] = {row.name: row for row in _ROWS}
"""Every primitive by its own name."""

OPERATORS = frozenset(
    (
        "add", "sub", "mul", "div", "pow", "neg", "lt", "le", "gt", "ge", "eq", "ne", "and_", "or_", "not_",
        "shifted", "divisor", "outweighs", "pivot",
    )
)  # fmt: skip
"""Primitives that have no name in the language: they are written with symbols, or only made by adcli itself."""

FUNCTIONS: dict[str, Primitive] = {
    name: row for row in _ROWS if row.name not in OPERATORS for name in (row.name, *row.aliases)
}
"""Every function of the language by name and alias."""

OVERLOADS: dict[tuple[str, int], str] = {("log", 2): "logb", ("ln", 2): "logb"}
"""Functions that another row serves when they are called with so many arguments."""


def functions() -> Iterator[Primitive]:
    """The rows that the language calls by name, in the order of the table."""
    return (row for row in _ROWS if row.name not in OPERATORS)


NumberContext.rules = TABLE
