"""A Jacobian-vector product."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..shapes import Shape, nested
from .base import Grid, Number, nested_text
from .derivative import Derivative, split, with_errors


@dataclass(frozen=True, eq=False, repr=False)
class Jvp(Derivative):
    """J·d: the directional derivative of each row along `direction`."""

    direction: list[Number]
    jvp: list[Number]
    error: list[Number] | None

    schema = "adcli/jvp/1"

    def to_dict(self) -> dict[str, Any]:
        return {
            **self.head(),
            "direction": self.numbers(self.direction),
            "jvp": self.numbers(self.jvp),
            "error": None if self.error is None else self.numbers(self.error),
            **self.tail(),
        }

    def shaped(self) -> list[tuple[str, Shape, Sequence[Number]]]:
        return split("JVP of ", self.jvp, self.outputs)

    def grids(self) -> list[Grid]:
        cells = [[self.text(v), self.text(t)] for v, t in zip(self.value, self.jvp, strict=True)]
        along = split("", self.direction, self.inputs)
        title = "JVP along " + ", ".join(
            f"{name} = {nested_text(nested(entries, shape), self.text)}" for name, shape, entries in along
        )
        return [with_errors(Grid(title, ["value", "directional derivative"], self.rows, cells), self.error)]
