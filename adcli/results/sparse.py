"""Sparse Jacobians and Hessians: the entries that may be nonzero, in coordinate form."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .base import Grid, Number
from .derivative import Derivative, estimate_text

_WIDE, _HIGH = 64, 32  # signs of a picture


@dataclass(frozen=True, eq=False, repr=False)
class Sparse(Derivative):
    """A matrix in coordinate form: `entries[k]` stands in row `row[k]` and column `column[k]`, counted from 0.

    The entries go row by row, and all others are 0 by the structure of the expression; some of these may be 0
    as well. `error` has the estimates of fd.
    """

    row: list[int]
    column: list[int]
    entries: list[Number]
    error: list[Number] | None

    symmetric = False

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and columns of the matrix."""
        return len(self.rows), len(self.columns)

    @property
    def nonzeros(self) -> int:
        """How many entries there are."""
        return len(self.entries)

    def coordinates(self) -> dict[str, Any]:
        return {
            "shape": list(self.shape),
            "symmetric": self.symmetric,
            "nonzeros": self.nonzeros,
            "row": self.row,
            "column": self.column,
            "entries": self.numbers(self.entries),
            "error": None if self.error is None else self.numbers(self.error),
        }

    def label(self, i: int, j: int) -> str:
        """The derivative that an entry is."""
        return f"∂{self.rows[i]}/∂{self.columns[j]}"

    def picture(self) -> list[str]:
        """The pattern, drawn."""
        return picture(self.row, self.column, self.shape)

    def listing(self, title: str) -> Grid:
        """A line for each entry."""
        places = list(zip(self.row, self.column, strict=True))
        cells = [[str(i), str(j), self.text(x)] for (i, j), x in zip(places, self.entries, strict=True)]
        columns = ["row", "column", "entry"]
        if self.error is not None:
            columns.append("estimated error")
            cells = [[*line, f"± {estimate_text(e)}"] for line, e in zip(cells, self.error, strict=True)]
        return Grid(title, columns, [self.label(i, j) for i, j in places], cells)


@dataclass(frozen=True, eq=False, repr=False)
class SparseJacobian(Sparse):
    """The Jacobian in coordinate form: `row` and `column` are places in `rows` and `columns`."""

    schema = "adcli/sparse-jacobian/1"

    def to_dict(self) -> dict[str, Any]:
        return {**self.head(), **self.coordinates(), **self.tail()}

    def grids(self) -> list[Grid]:
        return [self.values_grid(), self.listing("Jacobian")]


@dataclass(frozen=True, eq=False, repr=False)
class SparseHessian(Sparse):
    """The Hessian of the one output in coordinate form: `row` and `column` are both places in `columns`.

    Both halves of the symmetric matrix are listed, and mirror images have the same bits.
    """

    gradient: list[Number]

    schema = "adcli/sparse-hessian/1"
    symmetric = True

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.columns), len(self.columns)

    def to_dict(self) -> dict[str, Any]:
        return {**self.head(), "gradient": self.numbers(self.gradient), **self.coordinates(), **self.tail()}

    def label(self, i: int, j: int) -> str:
        below = f"∂{self.columns[i]}²" if i == j else f"∂{self.columns[i]}∂{self.columns[j]}"
        return f"∂²{self.rows[0]}/{below}"

    def grids(self) -> list[Grid]:
        labels = [f"∂{self.rows[0]}/∂{name}" for name in self.columns]
        gradient = Grid("Gradient", ["derivative"], labels, [[self.text(x)] for x in self.gradient])
        return [self.values_grid(), gradient, self.listing("Hessian")]


class Outline:
    """A sparse result that is drawn without its numbers, which were written to a file."""

    def __init__(self, result: Any) -> None:
        self.result = result
        self.point = result.point if len(result.columns) <= _WIDE else {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.result, name)

    def grids(self) -> list[Grid]:
        return []


def picture(rows: Sequence[int], columns: Sequence[int], shape: tuple[int, int]) -> list[str]:
    r"""A pattern in signs: × where entries are, . where there are none; of a large one, each stands for a block.

    >>> print("\n".join(picture([0, 0, 1, 2], [0, 1, 1, 2], (3, 3))))
    3 by 3, 4 entries
    ××.
    .×.
    ..×
    """
    height, width = shape
    text = f"{height} by {width}, {len(rows)} {'entry' if len(rows) == 1 else 'entries'}"
    if not height or not width:
        return [text]
    tall, wide = -(-height // _HIGH), -(-width // _WIDE)
    if (tall, wide) != (1, 1):
        tall = wide = max(tall, wide)  # a diagonal stays one
        text += f"; each sign stands for a block of {tall} by {wide}"
    signs = [bytearray(b"." * -(-width // wide)) for _ in range(-(-height // tall))]
    for i, j in zip(rows, columns, strict=True):
        signs[i // tall][j // wide] = 120
    return [text, *[line.decode().replace("x", "×") for line in signs]]
