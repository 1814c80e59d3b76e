"""What is read and run just now, and how it is shown when something is wrong with it."""

from collections.abc import Sequence
from typing import Any, NoReturn

from .. import shapes
from ..errors import ReadError, ShapeError, Span
from .arrays import Array, Value
from .explain import short
from .reader import Code


class Blame:
    """Keeps the text being read and the instruction being run, and raises errors that show them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.where = ""
        self.in_text = True  # places are recorded for the program, not for --let
        self.site: tuple[Code, int] = ([], 0)  # the instruction that is run: what a misfit blames
        self.args: tuple[Any, ...] = ()  # and its operands

    def fail(self, code: str, message: str, start: int, end: int, hint: str = "") -> NoReturn:
        """Raise a `ReadError` that shows a place of the text being read."""
        raise ReadError(code, message, Span(start, end, self.text, self.where), hint)

    def fail_shape(
        self, message: str, place: tuple[int, int], hint: str = "", code: str = "shape-mismatch"
    ) -> NoReturn:
        """Raise a `ShapeError` that shows a place of the text being read."""
        raise ShapeError(code, message, Span(*place, self.text, self.where), hint)

    def misfit(self, message: str, hint: str = "") -> NoReturn:
        """Raise a `ShapeError` at the instruction that is run, naming its operands and their shapes."""
        gone = max(len(self.args) - len(self.operand_places()), 0)  # a condition that was run before
        shown = enumerate(self.args[gone:])
        named = [self.described(k, x) for k, x in shown if isinstance(x, Array) or self.varies(x)]
        lines = (", ".join(named), hint, self.shape_hint(self.args))
        self.fail_shape(message, self.place_of_site(), "\n".join([text for text in lines if text]))

    def shape_hint(self, operands: Sequence[Any]) -> str:
        """How a shape is given to a variable among the operands that has none."""
        return ""

    def varies(self, x: Any) -> bool:
        """Whether an operand is a number that a message had better name: not one that is written there."""
        return isinstance(x, int)

    def described(self, k: int, value: Value) -> str:
        """`W is (2, 3)`: the text of the k-th operand of the instruction that is run, and its shape."""
        places = self.operand_places()
        text = short(self.text[slice(*places[k])]) if k < len(places) else "it"
        return f"{text} is {shapes.text(value.shape if isinstance(value, Array) else ())}"

    def place_of_site(self) -> tuple[int, int]:
        """The place of the instruction that is run."""
        code, position = self.site
        _, _, _, start, end = code[position]
        return start, end

    def operand_places(self) -> list[tuple[int, int]]:
        """The places of the operands of the instruction that is run."""
        code, position = self.site
        return [code[root][3:] for root in operand_roots(code, position)]

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The place that a new node remembers: none outside the program itself."""
        return (start, end) if self.in_text else (-1, -1)


def operand_roots(code: Code, position: int) -> list[int]:
    """The instructions that end the operands of the one at a position."""
    roots, place = [], position - 1
    for _ in range(code[position][2]):
        if place < 0:
            break
        roots.append(place)
        needed = 1
        while needed and place >= 0:
            needed += code[place][2] - 1
            place -= 1
    return roots[::-1]
