"""The context whose numbers are instructions of a machine: what straight-line code is made in.

A sweep in it writes a graph, as a sweep in the graph context does. But nobody is meant to read
this one: every node is an operation that a processor, NumPy or a C library has (`MACHINE`), or a
function that only a library knows and that is computed number by number. Rules of other rows are
written out, formulas that keep digits take the place of those that read well, powers of small whole
exponents become products, and what needs no input is computed here and now.

>>> from ..primitives import TABLE
>>> m = Lowering(Graph())
>>> x = m.wrap(m.graph.variable("x"))
>>> [op.name for op in m.graph.ops[: m.sech(x).node + 1]]
['variable', 'cosh', 'constant', 'div']
>>> m.graph.ops[m.pow(x, m.number(3)).node].name
'mul'
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ..contexts import Literal, NumberContext, make_context
from ..graph import Graph
from ..nodes import Expr, GraphContext
from ..primitives import TABLE, Library, LibraryPartial, Primitive

MACHINE = frozenset(
    (
        "add", "sub", "mul", "div", "neg", "abs", "sign", "floor", "ceil", "round", "mod", "sqrt", "cbrt", "pow",
        "exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "atan2",
        "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "hypot", "max", "min",
        "lt", "le", "gt", "ge", "eq", "ne", "and_", "or_", "not_", "where",
    )
)  # fmt: skip
"""The rows that stay instructions. Of those with any number of arguments, instructions have two."""

_ASSOCIATIVE = frozenset(("max", "min", "hypot"))
_SMALL_POWER = 8  # up to which products are as good as a power: half a unit of rounding for each
_TINY = 1e-300


def is_instruction(op: Primitive) -> bool:
    """Whether an operation is one of the machine's, and not a function that only a library knows."""
    return TABLE.get(op.name) is op and op.name in MACHINE


class Lowering(GraphContext):
    """The graph context of straight-line code."""

    name = "lowering"
    epsilon = 2.0**-53

    def __init__(self, graph: Graph) -> None:
        super().__init__(graph)
        self.floats: NumberContext = make_context()
        self._opaque: dict[object, Primitive] = {}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        row = self.rules.get(name)
        if row is None:
            raise AttributeError(f"no primitive is named {name!r}")
        if name in _ASSOCIATIVE:
            return partial(self._joined, row)
        if name in MACHINE or isinstance(row.value, Library):
            return partial(self.apply, row)
        return partial(row.value, self)

    def apply(self, op: Primitive, *xs: Any) -> Expr:
        """An instruction; of constants the constant that it gives."""
        nodes = [self.lift(x).node for x in xs]
        constants = self.graph.constants
        if not op.boolean and op.name != "where" and nodes and all(node in constants for node in nodes):
            return self._folded(op.value(self.floats, *[self.floats.number(constants[node]) for node in nodes]))
        return Expr(self, self.graph.apply(op, tuple(nodes)))

    def _folded(self, value: float) -> Expr:
        if value != value:
            return Expr(self, self.graph.apply(TABLE["div"], (self.number(0).node,) * 2))
        if abs(value) == math.inf:
            infinity = self.number("inf")
            return infinity if value > 0 else Expr(self, self.graph.apply(TABLE["neg"], (infinity.node,)))
        exact = Literal.signed(repr(value))
        return self.number(0 if exact is None else exact)

    def _joined(self, row: Primitive, *xs: Any) -> Any:
        """The first two, and the result with the next."""
        result = xs[0]
        for x in xs[1:]:
            result = self.apply(row, result, x)
        return self.apply(TABLE["abs"], result) if row.name == "hypot" and len(xs) == 1 else result

    def constant(self, x: Any) -> float | None:
        """The number that a constant is."""
        held = self.graph.constants.get(self.lift(x).node)
        return None if held is None else float(self.floats.number(held))

    # -- what only a library knows

    def precisely(self, partial_: LibraryPartial, y: Any, *xs: Any) -> Any:
        """A partial derivative of such a function: computed by the floats' context, which takes more digits for it."""
        op = self._opaque.get(partial_)
        if op is None:
            name = f"{self._name_of(partial_.source)}_dx"
            op = Primitive(name, len(xs), lambda m, *xs: partial_(m, None, *xs), ())
            self._opaque[partial_] = op
        return self.apply(op, *xs)

    def _name_of(self, source: Library) -> str:
        return next(str(row.name) for row in self.rules.values() if row.value is source)

    def sphericalbesselj(self, n: Any, x: Any) -> Any:
        return self.apply(TABLE["sphericalbesselj"], n, x)

    def sphericalbesselj_dx(self, n: Any, x: Any) -> Any:
        op = self._opaque.get("sphericalbesselj")
        if op is None:
            op = Primitive("sphericalbesselj_dx", 2, lambda m, n, x: m.sphericalbesselj_dx(n, x), ())
            self._opaque["sphericalbesselj"] = op
        return self.apply(op, n, x)

    # -- the verbs of doubles, as the machine has them

    logsumexp_dx = NumberContext.logsumexp_dx

    def stable(self, plain: Any, good: Any, repaired: Any) -> Any:
        return self.where(good, plain, repaired) if isinstance(good, Expr) else plain if good else repaired

    def is_finite(self, x: Any) -> Any:
        return self.abs(x) < self.number("inf")

    def is_nan(self, x: Any) -> Any:
        return self.ne(x, x)

    def shifted(self, x: Any, shift: Any) -> Any:
        return x + shift

    def exp10(self, x: Any) -> Any:
        return self.pow(self.number(10), x)

    def pow(self, x: Any, a: Any) -> Any:
        exponent = self.constant(a)
        if exponent is not None and exponent.is_integer() and abs(exponent) <= _SMALL_POWER:
            product = self._product(self.lift(x), abs(int(exponent)))
            return product if exponent >= 0 else self.div(1, product)
        if exponent in (0.5, -0.5):
            root = self.sqrt(x)
            return root if exponent == 0.5 else self.div(1, root)
        return self.apply(TABLE["pow"], x, a)

    def _product(self, x: Expr, count: int) -> Any:
        """The product of `count` equal factors, by squaring."""
        result: Any = None
        while count:
            if count & 1:
                result = x if result is None else result * x
            count >>= 1
            if count:
                x = x * x
        return self.number(1) if result is None else result

    def pow_dx(self, x: Any, a: Any, y: Any) -> Any:
        """By x^(a - 1), where a - 1 is exact; else a*y/x, where y is in the range of doubles."""
        exponent = self.constant(a)
        power = self.pow(x, a - 1)
        if exponent is not None and (exponent.is_integer() or (exponent - 1.0) + 1.0 == exponent):
            return a * power
        zero = self.number(0)
        lowered = self.where(self.eq(power, zero), power, a * power)
        size = self.abs(y)
        good = self.and_(self.and_(size > _TINY, size < self.number("inf")), self.ne(x, zero))
        return self.where(self.eq(a, zero), zero, self.where(good, a * self.div(y, x), lowered))

    def pow_da(self, x: Any, a: Any, y: Any) -> Any:
        zero = self.number(0)
        return self.where(self.and_(self.eq(y, zero), x >= zero), zero, y * self.log(x))

    def over_square(self, a: Any, b: Any) -> Any:
        square = a * a + b * b
        length = self.hypot(a, b)
        good = self.and_(square > 1e-280, square < self.number("inf"))
        return self.where(good, self.div(a, square), self.div(self.div(a, length), length))

    def mod_dy(self, x: Any, y: Any) -> Any:
        return -self.round(self.div(x - self.mod(x, y), y))

    def sigmoid_dx(self, x: Any, y: Any) -> Any:
        small = self.exp(-self.abs(x))
        return self.div(small, (1 + small) * (1 + small))

    def tanh_dx(self, x: Any) -> Any:
        """4*e/(1 + e)^2 with e = exp(-2|x|), which neither overflows nor cancels."""
        small = self.exp(-(2 * self.abs(x)))
        return self.div(4 * small, (1 + small) * (1 + small))

    def _half_turns(self, x: Any) -> tuple[Any, Any]:
        """Reduce x exactly to r + n/2 with |r| <= 1/4; n modulo 4."""
        turns = x - 2 * self.round(self.div(x, 2))
        n = self.round(2 * turns)
        return turns - self.div(n, 2), self.where(n < 0, n + 4, n)

    def _wave(self, x: Any, quarters: int) -> Any:
        r, n = self._half_turns(x)
        angle = self.number("pi") * r
        sine, cosine = self.sin(angle), self.cos(angle)
        turn: Sequence[Any] = (sine, cosine, -sine, -cosine)
        turn = [*turn[quarters:], *turn[:quarters]]
        return self.where(n < 0.5, turn[0], self.where(n < 1.5, turn[1], self.where(n < 2.5, turn[2], turn[3])))

    def sinpi(self, x: Any) -> Any:
        return self._wave(x, 0)

    def cospi(self, x: Any) -> Any:
        return self._wave(x, 1)
