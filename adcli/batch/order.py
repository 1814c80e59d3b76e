"""The question of a batch in plain data, of which any process can make the same question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..contexts import make_context
from ..language import Let
from ..points import read_values
from ..products import Function
from ..shapes import Data, Shape
from .asking import Question


@dataclass(frozen=True)
class Order:
    """What a `Question` is made of: all of it can be pickled, and none of it is large but for what `lets` are.

    `point` has the values that are the same for all rows, whether they came by `--at` or by `--let`;
    `options` are the others that `Question` takes.

    >>> import pickle
    >>> order = Order("k*x^2 + y", "grad", [("k", "3")], point=fixed_point("", {"y": "pi/2"}, []))
    >>> list(pickle.loads(pickle.dumps(order)).question().kernel.outputs)
    ['y1', 'dy1/dx', 'dy1/dy']
    """

    text: str
    product: str
    lets: Sequence[tuple[str, Let]] = ()
    variables: Sequence[str] | None = None
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    limits: Sequence[int | None] = ()
    point: Mapping[str, Data] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def question(self) -> Question:
        """The question, ready to run in this process."""
        shapes = {name: data.shape for name, data in self.point.items() if data.shape} | dict(self.shapes)
        function = Function(
            self.text, lets=self.lets, variables=self.variables, shapes=shapes, limits=self.limits
        )  # fmt: skip
        return Question(function, self.product, at=self.point or None, **self.options)


def fixed_point(at: Any, named: Mapping[str, Let], lets: Sequence[tuple[str, Let]]) -> dict[str, Data]:
    """The values of a point and of names by name, as numbers.

    >>> fixed_point("x=[1,2]", {"k": "1/4"}, [])
    {'x': Data(shape=(2,), items=[1.0, 2.0]), 'k': Data(shape=(), items=[0.25])}
    """
    values = read_values(at or None, named, make_context(), list(lets), "--at")
    return {name: Data(shape, list(map(float, numbers))) for name, shape, numbers in values if name is not None}
