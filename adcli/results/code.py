"""Generated code: a function of another language, with what a program needs to know to call it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Code:
    """The source text of a function of `language`, called `name`, which computes `product` of the expression.

    `inputs` and `outputs` name the numbers that go in and come out, in their order; the derivatives are the last
    of the outputs, row by row, and `shape` is theirs.
    """

    expression: str
    product: str
    language: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    shape: tuple[int, ...]
    code: str

    schema = "adcli/code/1"

    def to_dict(self) -> dict[str, Any]:
        """Exactly the JSON of the command."""
        return {
            "schema": self.schema,
            "expression": self.expression,
            "product": self.product,
            "language": self.language,
            "name": self.name,
            "inputs": list(self.inputs),
            "outputs": list(self.outputs),
            "shape": list(self.shape),
            "code": self.code,
        }
