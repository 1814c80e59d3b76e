"""What names and numbers of the text stand for, and what an operand is worth.

An operand is a node of the graph, an array of nodes, a number that is known while the text is read,
or a range; as an argument also a slice, or a value with a name.
"""

from collections.abc import Collection, Sequence
from fractions import Fraction
from math import prod
from typing import Any, NamedTuple

from .. import shapes
from ..contexts import Literal
from ..errors import LimitError, Span
from ..graph import Graph
from ..primitives import TABLE
from ..shapes import Shape
from .arrays import Array, Value
from .blame import Blame
from .known import Constants, Exact, Known
from .limits import Limits
from .names import CONSTANTS
from .reader import Code

Operand = Any
"""What stands on the stack: a node, an `Array`, a `Known`, a `range`; a `slice` or `Keyword` as an argument."""


class Keyword(NamedTuple):
    """An argument that was given by name."""

    name: str
    value: Operand


class Function(NamedTuple):
    """A function of the program: its code is run anew for each call."""

    name: str
    parameters: tuple[str, ...]
    code: Code
    start: int
    end: int


class Operands(Blame):
    """A graph, what the names of one global scope stand for, and the worth of operands."""

    def __init__(self, text: str, shapes_of: dict[str, Shape], limits: Limits, forced: Collection[str] = ()) -> None:
        super().__init__(text)
        self.graph = Graph(text)
        self.limits = limits
        self.scope: dict[str, Operand] = {}
        self.functions: dict[str, Function] = {}
        self.shapes = shapes_of
        self.variables: dict[str, Value] = {}  # numbers and arrays by name
        self.forced = frozenset(forced)  # names of constants that a point makes variables
        self.constants = Constants(self.graph)
        self.literals: dict[str, int] = {}
        self.has_arrays = False

    # -- numbers and names of the text

    def literal(self, text: str, start: int, end: int) -> int:
        """The node of a number, kept exactly."""
        digits = text.lower().partition("e")[2].replace("_", "").lstrip("+-")
        if len(digits) > 9 or len(text) > self.limits.digits:
            span, hint = Span(start, end, self.text, self.where), ""
            what = "this exponent is larger than can be kept exactly"
            if len(digits) <= 9:
                what = f"a number of {len(text)} characters is longer than {self.limits.digits}"
                hint = "--max-digits N raises the limit"
            raise LimitError("huge-literal", what, span, hint)
        node = self.literals[text] = self.graph.constant(Literal.read(text), *self.origin(start, end))
        return node

    def look_up(self, name: str, start: int, end: int) -> Operand:
        """What a name stands for that is not bound: a constant, or else a variable."""
        constant = CONSTANTS.get(name)
        if constant is not None and name not in self.forced and name not in self.shapes:
            return self.graph.constant(constant, *self.origin(start, end))
        value = self.variables.get(name)
        if value is None:
            if name in self.functions:
                header = f"{name}({', '.join(self.functions[name].parameters)})"
                self.fail("function-as-value", f"'{name}' is a function", start, end, f"call it: {header}")
            value = self.variables[name] = self.variable(name, start, end)
        return value

    def variable(self, name: str, start: int = -1, end: int = -1) -> Value:
        """The node of a variable, or the nodes of its entries."""
        shape, place = self.shapes.get(name, ()), self.origin(start, end)
        if not shape:
            return self.graph.variable(name, *place)
        self.has_arrays = True
        self.room(prod(shape))
        self.constants.look_at_new_nodes()
        nodes = self.graph.variables(shapes.names(name, shape), *place)
        self.constants.note_new_nodes(unknown=True)
        return Array(shape, nodes)

    def settled(self, x: Operand) -> Value:
        """An operand as a node or an array of nodes."""
        if isinstance(x, int | Array):
            return x
        if isinstance(x, Known):
            return self.node(x)
        if isinstance(x, range):
            self.room(len(x))
            return Array((len(x),), [self.graph.constant(k) for k in x])
        raise TypeError(f"{type(x).__name__} is no value")

    def node(self, x: Known) -> int:
        """The node of a known number or truth."""
        value, graph = x.value, self.graph
        if isinstance(value, bool):
            zero = graph.constant(0)
            return graph.apply(TABLE["eq" if value else "ne"], (zero, zero))
        if isinstance(value, int):
            return graph.constant(value)
        return graph.apply(TABLE["div"], (graph.constant(value.numerator), graph.constant(value.denominator)))

    def number(self, value: int) -> int:
        """The node of a whole number."""
        return self.graph.constant(value)

    def room(self, count: int) -> None:
        """Refuse an array that would make the graph larger than it may be."""
        if len(self.graph) + count > self.limits.nodes:
            self.limits.too_many_nodes()

    def exact(self, x: Operand) -> Exact | None:
        """The exact value of an operand, if it is known."""
        if isinstance(x, Known):
            return x.value
        return self.constants.value(x) if isinstance(x, int) else None

    def shape_hint(self, operands: Sequence[Operand]) -> str:
        """How a shape is given to a variable among the operands that has none."""
        names = [name for name, node in self.variables.items() if isinstance(node, int) and node in operands]
        return f'give it a shape: --at "{names[0]}=[1, 2]" or --shape {names[0]}=2' if names else ""

    def varies(self, x: Operand) -> bool:
        """Whether an operand is a number that is not known."""
        return isinstance(x, int) and self.exact(x) is None

    def truth(self, condition: Operand) -> bool | None:
        """Whether a condition is known to hold."""
        value = self.exact(condition)
        return value if isinstance(value, bool) else None

    def whole(self, value: Operand) -> int | None:
        """The whole number that an operand is known to be."""
        exact = self.constants.value(value) if type(value) is int else self.exact(value)
        return exact if type(exact) is int else None

    def position(self, x: Operand, what: str) -> int:
        """The whole number that an index, a slice or a range needs."""
        value = self.whole(x)
        if value is None:
            exact = self.exact(x)
            found = f", and this is {exact}" if isinstance(exact, Fraction) else " that is known while the text is read"
            places = self.operand_places()
            place = next((p for p, y in zip(places, self.args, strict=False) if y is x), self.place_of_site())
            self.fail(
                "not-whole", f"{what} needs a whole number{found}", *place,
                "a number, a loop's variable, or a --let" if exact is None else "floor(x) rounds down",
            )  # fmt: skip
        return value
