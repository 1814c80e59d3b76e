"""What a batch is asked for: the kernel, the engine, the columns, and what is the same for all rows."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from ..contexts import make_context
from ..engines import Unavailable, load
from ..errors import DomainError, UsageError, printable, suggest
from ..kernels import Kernel
from ..kernels.making import make_kernel, make_vector
from ..language import Let
from ..language.elaborate import free_names
from ..language.names import CONSTANTS
from ..points import read_values
from ..products import Function, names_of, split_names
from ..results.base import counted
from ..shapes import names as entry_names
from .blocks import STATUSES, Block, Rows
from .folding import Fold
from .progress import Bar
from .running import DOMAIN, Counts, Job, ahead, job, run

_NAME = re.compile(r"[^\W\d]\w*(\[[0-9, ]+\])?")
_TOLD = {
    "domain": "outside the domain", "missing": "without a number that is needed", "kink": "at a kink or jump",
    "overflow": "with a result that is not finite", "wrong": "wrong", "unsure": "undecided",
    "suspect": "not accepted, and not judged",
}  # fmt: skip


def apart(lets: Sequence[tuple[str, Let]], wrt: str | None) -> tuple[list[tuple[str, Let]], dict[str, Let]]:
    """Parameters, and values of what is differentiated by: `--wrt w --let w=0.1` asks for the derivative there.

    >>> apart([("k", "3"), ("w", "0.1")], "w")
    ([('k', '3')], {'w': '0.1'})
    """
    names = {name.partition("[")[0] for name in names_of(wrt) or ()}
    return [pair for pair in lets if pair[0] not in names], {name: x for name, x in lets if name in names}


def fixed_values(function: Function, given: Any, named: Mapping[str, Let]) -> dict[str, float]:
    """The numbers of variables that are the same for all rows, by the names of their entries."""
    found: dict[str, float] = {}
    for name, shape, numbers in read_values(given, named, make_context(), function.lets, "--at"):
        if name is None:
            raise UsageError("unnamed-value", "--at fixes variables by name here, as in --at w1=0.1,w2=-0.3")
        if name not in function.program.inputs:
            hint = suggest(name, list(function.program.inputs))
            raise UsageError("unknown-variable", f"--at: the expression has no variable '{name}'", None, hint)
        found |= dict(zip(entry_names(name, shape), map(float, numbers), strict=True))
    return found


def read_direction(function: Function, product: str, text: str | None, wrt: str | None) -> list[str | float] | None:
    """The vector of a JVP or VJP: names of columns, one for each entry, or whatever the command of that name takes."""
    if text is None:
        return None
    names = split_names(text)
    if names and all(map(_NAME.fullmatch, names)):
        return list(names)
    return list(make_vector(function, product, text, wrt=wrt))


def compiled(engine: str, kernel: Kernel) -> tuple[Any, list[str]]:
    """The program of a kernel by an engine; where that cannot do it on this machine, by NumPy, with a note."""
    try:
        return load(engine).compile(kernel), []
    except Unavailable as reason:
        return load("numpy").compile(kernel), [f"--engine {engine}: {reason}; numpy does it instead"]


def refuse(function: Function, fixed: Mapping[str, float], block: Block, k: int) -> NoReturn:
    """Raise the error of a point outside the domain, as one point alone has it."""
    point = {name: float(x[k]) for name, x in block.numbers.items()} | dict(fixed)
    row = f"row {block.first + k + 1}"
    numbers = [point.get(name, 0.0) for name in function.program.variables]
    try:
        function.eval(numbers)
    except DomainError as error:
        raise DomainError(error.code, f"{row}: {error.message}", error.span, error.hint) from None
    raise DomainError("undefined", f"{row} is outside the domain")


def constants_not_read(function: Function, columns: Sequence[str]) -> Iterator[str]:
    """A remark for each column that has the name of a constant of the expression."""
    names = free_names(function.text, constants=False) - set(function.program.inputs)
    for name in sorted(names.intersection(CONSTANTS, columns)):
        listed = ",".join([*function.program.inputs, name])
        yield f"'{name}' is a constant here, and the column '{name}' is not read; --vars {listed} makes it a variable"


class Question:
    """A batch that is ready to run: a product of a function, and values that are the same for all rows.

    `at` and `values` fix variables; `vector` is the text of a direction or a cotangent; without `values_too`
    there are columns for derivatives alone.
    """

    def __init__(
        self,
        function: Function,
        product: str,
        *,
        wrt: str | None = None,
        at: Any = None,
        fixed: Mapping[str, Let] | None = None,
        vector: str | None = None,
        engine: str = "numpy",
        values_too: bool = True,
    ) -> None:
        fixed = fixed or {}
        self.function = function.for_point(at, fixed)
        entries = read_direction(self.function, product, vector, wrt)
        kernel = make_kernel(self.function, product, wrt=wrt, vector=entries)
        self.kernel = kernel if values_too or not kernel.shape else kernel.without_values()
        self.fixed = fixed_values(self.function, at, fixed)
        program, notes = compiled(engine, self.kernel)
        self.notes = [*function.notes, *self.function.notes, *notes]
        self.job: Job = job(self.kernel, program, self.fixed)

    def run(self, reader: Any, take: Callable[[Rows], None], *, strict: bool, quiet: bool) -> Counts:
        """Go through all points; `strict` raises the `DomainError` of the first that is outside the domain."""
        bar = Bar(shown=not quiet and sys.stderr.isatty())
        seen = 0

        def inspect(block: Block, rows: Rows) -> None:
            nonlocal seen
            seen += rows.count
            if strict and rows.status is not None and (rows.status == DOMAIN).any():
                refuse(self.function, self.fixed, block, int((rows.status == DOMAIN).argmax()))

        def taken(rows: Rows) -> None:
            take(rows)
            bar(seen, reader.done, reader.total)

        try:
            return run(self.job, reader, taken, inspect)
        finally:
            bar.close()

    def fold(self, reader: Any, fold: Fold, *, strict: bool, quiet: bool) -> Counts:
        """Fold the rows of all points; `strict` as in `run`."""
        bar, counts = Bar(shown=not quiet and sys.stderr.isatty()), Counts()
        try:
            for block in ahead(reader):
                status = fold.add(self.job, block)
                counts.add(status)
                if strict and (status == DOMAIN).any():
                    refuse(self.function, self.fixed, block, int((status == DOMAIN).argmax()))
                bar(counts.rows, reader.done, reader.total)
        finally:
            bar.close()
        return counts

    def remarks(self, counts: Counts, reader: Any) -> Iterator[str]:
        """What there is to say of the rows when all is done."""
        yield from self.notes
        yield from constants_not_read(self.function, getattr(reader, "names", ()))
        for status, n in [*counts.without_numbers().items(), *counts.marked().items()]:
            yield f"{counted(n, 'row')} of {counts.rows}: {_TOLD[status]} (status {status})"
        if reader.rejected:
            yield f"{counted(reader.rejected, 'row')} that cannot be read left out:"
            yield from map(printable, reader.complaints)


assert set(_TOLD) == set(STATUSES[1:])  # noqa: S101
