"""Rows: functions in pieces, truth values, and what only adcli itself makes."""

import operator
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from ..contexts import NumberContext
from .rows import JUMP_AT_0, PAIR, Domain, JointPartials, Kink, Primitive, Rule, Surfaces, is_whole, own_zero

_COMPARED = 4  # arguments of max and min up to which each is compared with each, which reads best
_SINGULAR = 8  # units of rounding: a pivot no larger than so many is 0 for all that is known


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


def _tied(verb: str, beats: Callable[[Any, Any], Any]) -> Rule:
    """Whether two or more arguments attain the extremum."""

    def tied(m: NumberContext, *xs: Any) -> Any:
        best, found = getattr(m, verb), xs[1] == xs[0]
        extreme = best(xs[0], xs[1])
        for x in xs[2:]:
            found = m.or_(x == extreme, m.and_(found, m.not_(beats(x, extreme))))
            extreme = best(extreme, x)
        return found

    return tied


def _extreme_direction(best: Callable[..., Any]) -> Rule:
    def direction(m: NumberContext, xs: Sequence[Any], ts: Sequence[Any]) -> Any:
        extreme = best(xs)
        return best(t for x, t in zip(xs, ts, strict=True) if x == extreme)

    return direction


def _crossing(m: NumberContext, xs: Sequence[Any]) -> Surfaces:
    return [(xs[0] - xs[1], (1, -1))]


def _nearest_integer(m: NumberContext, xs: Sequence[Any]) -> Surfaces:
    return [(xs[0] - m.floor(xs[0] + 0.5), (1,))]


def _nearest_half(m: NumberContext, xs: Sequence[Any]) -> Surfaces:
    return [(xs[0] - (m.floor(xs[0]) + 0.5), (1,))]


def _round(m: NumberContext, x: Any) -> Any:
    """The nearest whole number, of two as near the even one."""
    below = m.floor(x)
    even = 2 * m.floor(m.div(below + 1, 2))
    return m.where(x - below < 0.5, below, m.where(x - below > 0.5, below + 1, even))


def _whole_ratio(m: NumberContext, xs: Sequence[Any]) -> Surfaces:
    ratio = m.div(xs[0], xs[1])
    return [(ratio - m.floor(ratio + 0.5), (m.div(1, xs[1]), -m.div(ratio, xs[1])))]


def _to_the_best(best: Callable[..., Any]) -> Rule:
    """From the extremum to each of the others: where one of them reaches it, the function switches."""

    def surfaces(m: NumberContext, xs: Sequence[Any]) -> Surfaces:
        top = list(xs).index(best(xs))
        others = [k for k in range(len(xs)) if k != top]
        return [(xs[top] - xs[k], tuple([(i == top) - (i == k) for i in range(len(xs))])) for k in others]

    return surfaces


_HALF_JUMPS = Kink("jumps halfway between integers", lambda m, x: x - m.floor(x) == 0.5, surfaces=_nearest_half)


def _is_integer(m: NumberContext, x: Any) -> bool:
    return bool(m.is_finite(x)) and is_whole(m, x)


_INTEGER_JUMPS = Kink("jumps at every integer", _is_integer, surfaces=_nearest_integer)


_LT = Kink("switches at a = b", lambda m, a, b: a == b, lambda m, xs, ts: ts[0] < ts[1], _crossing)
_LE = Kink("switches at a = b", lambda m, a, b: a == b, lambda m, xs, ts: ts[0] <= ts[1], _crossing)
_GT = Kink("switches at a = b", lambda m, a, b: a == b, lambda m, xs, ts: ts[0] > ts[1], _crossing)
_GE = Kink("switches at a = b", lambda m, a, b: a == b, lambda m, xs, ts: ts[0] >= ts[1], _crossing)
_EQ = Kink("switches at a = b", lambda m, a, b: a == b, lambda m, xs, ts: ts[0] == ts[1], _crossing)
_NE = Kink("switches at a = b", lambda m, a, b: a == b, lambda m, xs, ts: ts[0] != ts[1], _crossing)
_JUMP_OF_MOD = Kink("jumps where x/y is whole", lambda m, x, y: m.mod(x, y) == 0, surfaces=_whole_ratio)
_TIES_OF_MAX = Kink("ties", _tied("max", operator.gt), _extreme_direction(max), _to_the_best(max))
_TIES_OF_MIN = Kink("ties", _tied("min", operator.lt), _extreme_direction(min), _to_the_best(min))

# fmt: off
ROWS: tuple[Primitive, ...] = (
    # pieces
    Primitive("abs", 1, lambda m, x: m.abs(x), (lambda m, y, x: m.sign(x),),
              kink=Kink("x = 0", lambda m, x: x == 0, lambda m, xs, ts: m.abs(ts[0]), own_zero)),
    Primitive("sign", 1, lambda m, x: m.sign(x), (None,), kink=JUMP_AT_0),
    Primitive("floor", 1, lambda m, x: m.floor(x), (None,), kink=_INTEGER_JUMPS),
    Primitive("ceil", 1, lambda m, x: m.ceil(x), (None,), kink=_INTEGER_JUMPS),
    Primitive("round", 1, _round, (None,), kink=_HALF_JUMPS, aliases=("rint",),
              about="the nearest integer; of two as near, the even one"),
    Primitive("mod", 2, lambda m, x, y: m.mod(x, y), (1, lambda m, v, x, y: m.mod_dy(x, y)),
              Domain("divisor != 0", lambda m, x, y: y != 0),
              _JUMP_OF_MOD, sample=((-3.0, 3.0), (0.25, 3.0)),
              about="mod(x, y) or x % y: the remainder x - y*floor(x/y), which has the sign of y"),
    Primitive("max", -2, lambda m, *xs: m.max(*xs), JointPartials(_first_best("max", operator.gt, operator.ge)),
              kink=_TIES_OF_MAX, sample=PAIR, aliases=("maximum",),
              about="at a tie the first of the largest counts"),
    Primitive("min", -2, lambda m, *xs: m.min(*xs), JointPartials(_first_best("min", operator.lt, operator.le)),
              kink=_TIES_OF_MIN, sample=PAIR, aliases=("minimum",),
              about="at a tie the first of the smallest counts"),
    Primitive("relu", 1, lambda m, x: m.max(x, m.number(0)), (lambda m, y, x: m.when(x > 0, 1),),
              kink=Kink("x = 0", lambda m, x: x == 0, lambda m, xs, ts: max(ts[0], 0 * ts[0]), own_zero),
              about="max(x, 0), with derivative 0 at 0"),

    # truth values
    Primitive("where", 3, lambda m, c, a, b: m.where(c, a, b),
              (None, lambda m, y, c, a, b: m.when(c, 1), lambda m, y, c, a, b: m.when(m.not_(c), 1)),
              about="where(condition, a, b): a if the condition holds, else b", parameters=("c", "a", "b")),
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
    Primitive("shifted", 2, lambda m, x, shift: x + shift, (1, 1), sample=PAIR, textbook=lambda m, x, shift: x),

    # what a unit vector divides a vector by, so that it is 0 at the origin and so are its derivatives; not a `where`,
    # whose guards every further derivative would carry along, and which people should not have to read
    Primitive("divisor", 1, lambda m, x: m.where(m.eq(x, m.number(0)), m.number("inf"), x), (1,),
              kink=JUMP_AT_0, textbook=lambda m, x: x),

    # the choice of a row in a pivoted elimination; it has no kink, because it chooses between two formulas of one
    # function: whichever row is taken, a determinant or a solution is the same, and so are its derivatives
    Primitive("outweighs", 2, lambda m, a, b: m.abs(a) > m.abs(b), (None, None), sample=PAIR, boolean=True,
              textbook=lambda m, a, b: m.abs(a) > m.abs(b)),
    # what an elimination divides by: x, where it is not lost in the rounding of numbers as large as `scale`
    Primitive("pivot", 2, lambda m, x, scale: x, (1, None),
              Domain("a nonzero pivot, but the matrix is singular to working precision", _is_regular),
              sample=((0.25, 3.0), (0.25, 3.0)), textbook=lambda m, x, scale: x),
)
# fmt: on
