"""A Jacobian-vector product."""

from dataclasses import dataclass
from typing import Any

from .base import Grid, Number
from .derivative import Derivative, with_errors


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

    def grids(self) -> list[Grid]:
        cells = [[self.text(v), self.text(t)] for v, t in zip(self.value, self.jvp, strict=True)]
        title = "JVP along " + ", ".join(
            f"{name} = {self.text(x)}" for name, x in zip(self.columns, self.direction, strict=True)
        )
        return [with_errors(Grid(title, ["value", "directional derivative"], self.rows, cells), self.error)]
