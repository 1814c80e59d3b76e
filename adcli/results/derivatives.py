"""Results at a point: values, Jacobians and their products, Hessians and theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .base import Cost, Grid, Number, Result

Matrix = list[list[Number]]


@dataclass(frozen=True)
class OneSided:
    """The two one-sided derivatives of an entry at a kink."""

    row: str
    column: str
    left: Number
    right: Number


@dataclass(frozen=True)
class Value(Result):
    """The outputs at a point: `value[i]` belongs to `rows[i]`."""

    rows: tuple[str, ...]
    value: list[Number]

    schema = "adcli/value/1"

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": self.schema,
            "expression": self.expression,
            "point": self.point_json(),
            "rows": list(self.rows),
            "value": self.numbers(self.value),
            "digits": self.digits,
            "warnings": [w.to_dict() for w in self.warnings],
        }

    def grids(self) -> list[Grid]:
        return [Grid("", ["value"], self.rows, [[self.text(x)] for x in self.value])]


@dataclass(frozen=True)
class Derivative(Result):
    """What all derivatives at a point share.

    `rows` name the outputs, `columns` the inputs, `value` the outputs' values. `differentiable`
    is False at a kink or jump, and None where that could not be decided; `one_sided` then has the
    entries that differ from left to right. `step` and `notes` are those of finite differences.
    """

    backend: str
    reason: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    value: list[Number]
    cost: Cost
    differentiable: bool | None
    one_sided: tuple[OneSided, ...]
    notes: tuple[str, ...]

    def _head(self) -> dict[str, Any]:
        return {
            "schema": self.schema,
            "expression": self.expression,
            "backend": self.backend,
            "point": self.point_json(),
            "rows": list(self.rows),
            "columns": list(self.columns),
            "value": self.numbers(self.value),
        }

    def _tail(self) -> dict[str, Any]:
        return {
            "cost": self.cost.to_dict(),
            "reason": self.reason,
            "differentiable": self.differentiable,
            "one_sided": [
                {"row": s.row, "column": s.column, "left": self.number(s.left), "right": self.number(s.right)}
                for s in self.one_sided
            ],
            "digits": self.digits,
            "notes": list(self.notes),
            "warnings": [w.to_dict() for w in self.warnings],
        }

    def _matrix_json(self, matrix: Matrix | None) -> list[list[float | str | None]] | None:
        return None if matrix is None else [self.numbers(row) for row in matrix]

    def _values_grid(self) -> Grid:
        return Grid("", ["value"], self.rows, [[self.text(x)] for x in self.value])


@dataclass(frozen=True)
class Jacobian(Derivative):
    """`jacobian[i][j]` is the derivative of `rows[i]` by `columns[j]`; `error` the estimates of fd."""

    jacobian: Matrix
    error: Matrix | None

    schema = "adcli/jacobian/1"

    def to_dict(self) -> dict[str, Any]:
        return {
            **self._head(),
            "jacobian": self._matrix_json(self.jacobian),
            "error": self._matrix_json(self.error),
            **self._tail(),
        }

    def grids(self) -> list[Grid]:
        cells = [
            [self.text(value), *[self.text(x) for x in row]]
            for value, row in zip(self.value, self.jacobian, strict=True)
        ]
        grids = [Grid("Jacobian", ["value", *[f"∂/∂{name}" for name in self.columns]], self.rows, cells)]
        if self.error is not None:
            grids.append(_error_grid(self.error, [f"∂/∂{name}" for name in self.columns], self.rows))
        return grids


@dataclass(frozen=True)
class Gradient(Derivative):
    """The gradient of one output: `gradient[j]` belongs to `columns[j]`."""

    gradient: list[Number]
    error: list[Number] | None

    schema = "adcli/gradient/1"

    def to_dict(self) -> dict[str, Any]:
        return {
            **self._head(),
            "gradient": self.numbers(self.gradient),
            "error": None if self.error is None else self.numbers(self.error),
            **self._tail(),
        }

    def grids(self) -> list[Grid]:
        row = self.rows[0]
        labels = [f"∂{row}/∂{name}" for name in self.columns]
        if self.error is None:
            table = Grid("Gradient", ["derivative"], labels, [[self.text(x)] for x in self.gradient])
        else:
            cells = [[self.text(x), f"± {_estimate(e)}"] for x, e in zip(self.gradient, self.error, strict=True)]
            table = Grid("Gradient", ["derivative", "estimated error"], labels, cells)
        return [self._values_grid(), table]


@dataclass(frozen=True)
class Jvp(Derivative):
    """J·d: the directional derivative of each row along `direction`."""

    direction: list[Number]
    jvp: list[Number]
    error: list[Number] | None

    schema = "adcli/jvp/1"

    def to_dict(self) -> dict[str, Any]:
        return {
            **self._head(),
            "direction": self.numbers(self.direction),
            "jvp": self.numbers(self.jvp),
            "error": None if self.error is None else self.numbers(self.error),
            **self._tail(),
        }

    def grids(self) -> list[Grid]:
        cells = [[self.text(v), self.text(t)] for v, t in zip(self.value, self.jvp, strict=True)]
        title = "JVP along " + ", ".join(
            f"{name} = {self.text(x)}" for name, x in zip(self.columns, self.direction, strict=True)
        )
        return [Grid(title, ["value", "directional derivative"], self.rows, cells)]


@dataclass(frozen=True)
class Vjp(Derivative):
    """w'·J: the adjoint of each column for the output weights `cotangent`."""

    cotangent: list[Number]
    vjp: list[Number]
    error: list[Number] | None

    schema = "adcli/vjp/1"

    def to_dict(self) -> dict[str, Any]:
        return {
            **self._head(),
            "cotangent": self.numbers(self.cotangent),
            "vjp": self.numbers(self.vjp),
            "error": None if self.error is None else self.numbers(self.error),
            **self._tail(),
        }

    def grids(self) -> list[Grid]:
        title = "VJP with " + ", ".join(
            f"{name} = {self.text(x)}" for name, x in zip(self.rows, self.cotangent, strict=True)
        )
        return [self._values_grid(), Grid(title, ["adjoint"], self.columns, [[self.text(x)] for x in self.vjp])]


@dataclass(frozen=True)
class Hessian(Derivative):
    """`hessian[i][j]` is the second derivative of the one output by `columns[i]` and `columns[j]`."""

    gradient: list[Number]
    hessian: Matrix
    error: Matrix | None

    schema = "adcli/hessian/1"

    def to_dict(self) -> dict[str, Any]:
        return {
            **self._head(),
            "gradient": self.numbers(self.gradient),
            "hessian": self._matrix_json(self.hessian),
            "error": self._matrix_json(self.error),
            **self._tail(),
        }

    def grids(self) -> list[Grid]:
        row = self.rows[0]
        cells = [[self.text(x) for x in line] for line in self.hessian]
        gradient = [[self.text(x)] for x in self.gradient]
        grids = [
            self._values_grid(),
            Grid("Gradient", ["derivative"], [f"∂{row}/∂{name}" for name in self.columns], gradient),
            Grid("Hessian", list(self.columns), self.columns, cells, corner="∂²" + row),
        ]
        return grids if self.error is None else [*grids, _error_grid(self.error, self.columns, self.columns)]


@dataclass(frozen=True)
class Hvp(Derivative):
    """H·d: the Hessian of the one output times `direction`."""

    direction: list[Number]
    gradient: list[Number]
    hvp: list[Number]
    error: list[Number] | None

    schema = "adcli/hvp/1"

    def to_dict(self) -> dict[str, Any]:
        return {
            **self._head(),
            "direction": self.numbers(self.direction),
            "gradient": self.numbers(self.gradient),
            "hvp": self.numbers(self.hvp),
            "error": None if self.error is None else self.numbers(self.error),
            **self._tail(),
        }

    def grids(self) -> list[Grid]:
        cells = [
            [self.text(d), self.text(g), self.text(h)]
            for d, g, h in zip(self.direction, self.gradient, self.hvp, strict=True)
        ]
        return [
            self._values_grid(),
            Grid("Hessian-vector product", ["direction", "gradient", "H·direction"], self.columns, cells),
        ]


def _estimate(error: Number) -> str:
    return f"{float(error):.1e}" if error == 0 or float(error) != 0 else "0"


def _error_grid(error: Matrix, columns: Sequence[str], rows: Sequence[str]) -> Grid:
    cells = [[f"± {_estimate(e)}" for e in row] for row in error]
    return Grid("Estimated errors", columns, rows, cells)
