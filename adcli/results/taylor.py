"""Taylor coefficients along a direction."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ..shapes import Shape, nested
from .base import Grid, Number, Result, Warn, nested_text, shapes_json
from .derivative import split

_NEAT = 100  # characters of a polynomial that is worth a line


class Side(NamedTuple):
    """A coefficient that is not the same on both sides of the point: of output `row`, of order `order`."""

    row: str
    order: int
    left: Number
    right: Number


@dataclass(frozen=True, eq=False, repr=False)
class Taylor(Result):
    """`coefficients[i][k]` is f^(k)/k! of output `rows[i]` along `direction`, and `derivatives[i][k]` is f^(k).

    `direction` has one number for each of `columns`. `value` has the outputs' values at the point itself. At a
    kink the coefficients are those for t > 0; `differentiable` says whether the function has all the derivatives
    (None: undecided), and `one_sided` which coefficients differ from side to side.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    inputs: dict[str, Shape]
    outputs: dict[str, Shape]
    direction: list[Number]
    order: int
    value: list[Number]
    coefficients: list[list[Number]]
    derivatives: list[list[Number]]
    differentiable: bool | None
    one_sided: tuple[Side, ...]

    schema = "adcli/taylor/1"

    def refined(self, precise: "Taylor") -> "Taylor":
        """The same result with the coefficients of a more precise one."""
        return replace(
            self,
            coefficients=[[float(x) for x in row] for row in precise.coefficients],
            derivatives=[[float(x) for x in row] for row in precise.derivatives],
            one_sided=tuple([s._replace(left=float(s.left), right=float(s.right)) for s in precise.one_sided]),
            differentiable=precise.differentiable,
            warnings=precise.warnings,
        )

    def doubted(self) -> "Taylor":
        """The same result with a warning that it has lost digits."""
        text = "rounding took digits of some coefficients: --digits N computes them to N digits"
        return replace(self, warnings=(*self.warnings, Warn("rounding", text)))

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": self.schema,
            "expression": self.expression,
            "point": self.point_json(),
            "variables": shapes_json(self.inputs),
            "outputs": shapes_json(self.outputs),
            "rows": list(self.rows),
            "columns": list(self.columns),
            "direction": self.numbers(self.direction),
            "order": self.order,
            "value": self.numbers(self.value),
            "coefficients": [self.numbers(row) for row in self.coefficients],
            "derivatives": [self.numbers(row) for row in self.derivatives],
            "differentiable": self.differentiable,
            "one_sided": [
                {"row": s.row, "order": s.order, "left": self.number(s.left), "right": self.number(s.right)}
                for s in self.one_sided
            ],
            "digits": self.digits,
            "warnings": [w.to_dict() for w in self.warnings],
        }

    def grids(self) -> list[Grid]:
        along = ", ".join([
            f"{name} = {nested_text(nested(entries, shape), self.text)}"
            for name, shape, entries in split("", self.direction, self.inputs)
        ])  # fmt: skip
        return [self._grid(i, f"{row} along {along}" if along else row) for i, row in enumerate(self.rows)]

    def _grid(self, i: int, title: str) -> Grid:
        pairs = zip(self.coefficients[i], self.derivatives[i], strict=True)
        cells = [[self.text(c), self.text(d)] for c, d in pairs]
        columns = ["coefficient", "derivative"]
        left = {side.order: side.left for side in self.one_sided if side.row == self.rows[i] and side.left == side.left}
        if left:
            columns = ["coefficient, t > 0", "coefficient, t < 0", "derivative, t > 0"]
            cells = [[c, self.text(left[k]) if k in left else c, derivative] for k, (c, derivative) in enumerate(cells)]
        polynomial = "" if left else polynomial_text(self.coefficients[i])
        notes = [f"{self.rows[i]} ≈ {polynomial}"] if 0 < len(polynomial) <= _NEAT else []
        return Grid(title, columns, [str(k) for k in range(self.order + 1)], cells, "k", notes=notes)


def polynomial_text(coefficients: list[Number]) -> str:
    """A polynomial in t, with numbers of six digits; nothing where a coefficient is not finite.

    >>> polynomial_text([1.0, 0.0, -0.5, 1 / 3])
    '1 - 0.5*t^2 + 0.333333*t^3 + O(t^4)'
    """
    text = ""
    for k, coefficient in enumerate(coefficients):
        c = float(coefficient)
        if c - c != 0:
            return ""
        if c == 0:
            continue
        sign = ("-" if c < 0 else "") if not text else " - " if c < 0 else " + "
        size = f"{abs(c):.6g}"
        power = "t" if k == 1 else f"t^{k}"
        text += sign + (size if k == 0 else power if size == "1" else f"{size}*{power}")
    return f"{text or '0'} + O(t^{len(coefficients)})"
