"""What is claimed at all points of a file: a formula, or columns of the file itself.

Either way it has a name for each entry, those of the columns of results (`dy1/dx1`), and gives their
numbers at many points at once, or a claim at one of them that the court of `check` can hear.
"""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from ..check.claims import Formula, Matrix, Numbers, exactly
from ..check.target import Place, Target
from ..contexts import Literal, NumberContext, make_context
from ..errors import UsageError
from ..graph import Graph
from ..kernels import Kernel
from ..machine.lowering import Lowering
from ..problem import Problem
from .rounding import with_bounds


class _Written(Lowering):
    """The context of a claim, in which decimals that may be rounded are inputs."""

    def __init__(self, graph: Graph, loose: Mapping[Literal, str]) -> None:
        super().__init__(graph)
        self.loose = loose

    def number(self, value: Any) -> Any:
        name = self.loose.get(value) if isinstance(value, Literal) else None
        return super().number(value) if name is None else self.wrap(self.graph.variable(name))


class FormulaClaim:
    """A claim in the language: its kernel has a column for each entry, then their bounds."""

    source = "formula"

    def __init__(self, text: str, target: Target, names: Sequence[str]) -> None:
        self.text = text
        self.formula = Formula(text, target)
        self.places = list(range(len(names)))
        """The entries that are claimed, in row-major order: all."""
        self.columns: list[str] = []
        """The columns that hold claims: none."""
        held = {self.formula.graph.constants[node] for node in self.formula._rounded}  # noqa: SLF001  # what the court allows for
        loose = {value: f"'{k}" for k, value in enumerate(sorted(x for x in held if isinstance(x, Literal)))}
        floats = make_context()
        self.constants = {name: float(floats.number(value)) for value, name in loose.items()}
        """The decimals in the text that may be rounded, by the names of inputs that they are."""
        kernel = self._kernel(names, loose)
        self.kernel = with_bounds(kernel, names, {name: _half_a_place(value) for value, name in loose.items()})

    def _kernel(self, names: Sequence[str], loose: Mapping[Literal, str]) -> Kernel:
        graph = Graph()
        m = _Written(graph, loose)
        own = self.formula.program.variables
        inputs = {name: graph.variable(name) for name in [*own, *loose.values()]}
        point = {node: m.wrap(inputs[name]) for name, node in own.items()}
        problem = Problem(m, self.formula.graph, [], self.formula.flat, point)
        entries = [m.settle(problem.values[node]).node for node in self.formula.flat]
        outputs = dict(zip(names, entries, strict=True))
        return Kernel("eval", self.text, graph, graph.needed(entries), inputs, outputs, len(names), (), None, None)

    def at(self, _place: Place, _numbers: Sequence[float]) -> Formula:
        """The claim for the court."""
        return self.formula


class ColumnClaim:
    """Numbers in the file of points, for all entries or for some."""

    source = "columns"
    text = ""
    formula = None

    def __init__(self, target: Target, names: Sequence[str], present: Sequence[str]) -> None:
        self.target = target
        self.columns = [name for name in names if name in present]
        self.places = [names.index(name) for name in self.columns]
        if not self.columns:
            hint = f"--claim FORMULA, or a column named '{names[0]}'"
            raise UsageError("no-claim", "nothing is claimed: no column is named as a derivative", None, hint)

    def at(self, place: Place, numbers: Sequence[float]) -> Numbers:
        """The claim for the court: the numbers of a row."""
        return _Some(self.target, place, dict(zip(self.places, numbers, strict=True)))


class _Some(Numbers):
    """Numbers for some entries; the others are as they should be."""

    def __init__(self, target: Target, place: Place, given: Mapping[int, float]) -> None:
        width = len(target.columns)
        flat = [exactly(given[k]) if k in given else "nan" for k in range(len(target.rows) * width)]
        super().__init__([flat[k : k + width] for k in range(0, len(flat), width)])
        self.target, self.place, self.given = target, place, given

    def values(self, m: NumberContext, numbers: Any = None) -> Matrix:
        found = super().values(m, numbers)
        if len(self.given) < prod((len(found), len(found[0]))):
            true = self.target.derivative(self.target.problem(m, self.target.numbers(m, self.place)))
            width = len(found[0])
            found = [
                [x if i * width + j in self.given else true[i][j] for j, x in enumerate(row)]
                for i, row in enumerate(found)
            ]
        return found


def _half_a_place(value: Literal) -> float:
    return float(make_context().number(Literal(51, value.exponent - 2)))
