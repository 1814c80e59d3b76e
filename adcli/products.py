"""Jacobians, gradients, JVPs, VJPs, Hessians: the public functions behind every command.

A `Function` is a program that has been read; its methods are the commands' own words. Each
takes a point, a backend and a number of digits, and gives a frozen result.

>>> f = Function("x1*x2 + sin(x1), exp(x1 - x2)")
>>> f.jacobian(x1=1, x2=2).jacobian[1]
[0.36787944117144233, -0.36787944117144233]
"""

import copy
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, ParamSpec, TypeVar

from . import backends, reports
from .contexts import Number, NumberContext, Precision, make_context
from .errors import LimitError, ShapeError, UsageError, suggest
from .language import Let, Program, parse
from .language.canonical import canonical
from .language.elaborate import free_names
from .language.limits import Limits
from .language.names import CONSTANTS
from .ordering import natural_order
from .points import Lets, PointLike, assign, let_of, listed, read_step, read_values, read_vector, shapes_given
from .problem import Problem
from .reports import presented, presented_matrix
from .shapes import Shape
from .shapes import names as entry_names
from .shapes import text as shape_text
from .sparsity import Entries

if TYPE_CHECKING:
    from .results.base import Result
    from .results.gradient import Gradient
    from .results.hessian import Hessian
    from .results.hvp import Hvp
    from .results.jacobian import Jacobian
    from .results.jvp import Jvp
    from .results.sparse import SparseHessian, SparseJacobian
    from .results.taylor import Taylor
    from .results.value import Value
    from .results.vjp import Vjp

_BETWEEN = re.compile(r",(?![^\[]*\])")  # a comma that is not inside an index
P = ParamSpec("P")
R = TypeVar("R", bound="Result")
_OPTIONS: dict[str, Any] = {"backend": "auto", "wrt": None, "digits": None, "scheme": None, "step": None}


class Solved(NamedTuple):
    """A function at a point, checked, and ready to be differentiated.

    `point` has its numbers by the names of entries, `columns` the inputs' names likewise; `blocks` are
    what the columns are entries of, with their shapes.
    """

    function: "Function"
    problem: Problem
    backend: backends.Backend
    point: dict[str, Number]
    columns: tuple[str, ...]
    blocks: dict[str, Shape]

    @property
    def rows(self) -> tuple[str, ...]:
        """The names of the outputs."""
        return tuple(self.function.outputs)

    def head(
        self,
        entries: Sequence[Sequence[Number]],
        order: int = 1,
        jacobian: Entries | Sequence[list[Number]] | None = None,
    ) -> dict[str, Any]:
        """The head of the result whose derivatives, up to `order`, are `entries`; of a `jacobian`, limits mend some."""
        f = self.function
        return reports.head(
            f.program, f.expression, self.problem, self.backend, self.point, self.columns, self.blocks, entries, order,
            jacobian if self.backend.exact else None,
        )  # fmt: skip

    def need_one_output(self, command: str, hint: str) -> None:
        """Refuse a function of several outputs."""
        if len(self.rows) != 1:
            text = f"{command} needs one output, and there are {len(self.rows)}: {listed(self.rows)}"
            raise UsageError("several-outputs", text, None, hint)

    def vector(self, given: PointLike, option: str) -> list[Number]:
        """A direction in the columns, or a cotangent in the rows."""
        results = self.function.program.results
        blocks, noun = (results, "output") if option == "--cotangent" else (self.blocks, "column")
        return read_vector(given, blocks, self.problem.m, self.function.lets, option, noun)


def _to_the_digits(product: Callable[P, R]) -> Callable[P, R]:
    """The same product; with `digits`, once more and with more of them, until all that are asked for stand."""

    @wraps(product)
    def careful(*args: P.args, **named: P.kwargs) -> R:
        digits = named.get("digits")
        if not isinstance(digits, int) or named.get("backend") == "fd":
            return product(*args, **named)
        from .digits import settled  # which mpmath's results need, and floats do not

        function, *others = args

        def compute(precision: Precision) -> R:
            again = copy.copy(function)
            again._precision = precision  # type: ignore[attr-defined]  # noqa: SLF001  # its own kind
            return product(again, *others, **named)  # type: ignore[arg-type]

        return settled(compute, digits)

    return careful


class Function:
    """A program as a function of its variables.

    `text` is the program; `lets` gives parameters (`{"k": 3}`, arrays, or texts), `variables` fixes the
    columns and their order, `wrt` names the intermediates that will be differentiated by, `forced`
    the constants that are variables here, `unused` further variables, `shapes` the variables that are
    arrays (`{"W": (2, 2)}`): a point gives them, too. `limits` are those of nodes, turns, tokens and digits.
    Raises `ReadError` if the text is not in the language; where only the shapes do not fit, and none were
    given, not before they matter.

    Every product takes the point as `at` (text, mapping or sequence) or as keywords, and the options

    - `backend`: the name of a backend, "auto" unless told;
    - `wrt`: the names to differentiate by, all variables unless told;
    - `digits`: compute with mpmath, to so many decimal digits;
    - `scheme`, `step`: how finite differences are taken.

    Raises `UsageError` for a point or option that does not fit, `DomainError` where the function
    is undefined.

    >>> Function("W@x").jacobian(W=[[1, 2], [3, 4]], x=[5, 6], wrt="x").jacobian
    [[1.0, 2.0], [3.0, 4.0]]
    """

    def __init__(
        self,
        text: str,
        *,
        lets: Mapping[str, Any] | Iterable[tuple[str, Let]] = (),
        variables: Sequence[str] | None = None,
        wrt: Sequence[str] = (),
        forced: Iterable[str] = (),
        unused: Iterable[str] = (),
        shapes: Mapping[str, Shape] | None = None,
        limits: Sequence[int | None] = (),
    ) -> None:
        pairs = lets.items() if isinstance(lets, Mapping) else lets
        self.lets: list[tuple[str, Let]] = [(name, let_of(name, value)) for name, value in pairs]
        self.text = text
        self._listed = None if variables is None else list(variables)
        self._wrt = list(wrt)
        self._forced = frozenset(forced)
        self._unused = frozenset(unused)
        self._shapes = {name: tuple(shape) for name, shape in (shapes or {}).items()}
        self._limits = limits
        self.notes: list[str] = []
        """Remarks on how the text was read."""
        self._misfit: ShapeError | None = None
        self._precision: Precision | None = None  # of what is computed on the way to results with digits
        try:
            self._program: Program = self._parse()
            self.notes += self._program.notes
        except ShapeError as error:
            if shapes:
                raise
            self._misfit = error  # a point may say what is an array

    def _parse(self, *, record: bool = False) -> Program:
        return parse(
            self.text, lets=self.lets, variables=self._listed, forced=self._forced, wanted=self._wrt,
            unused=self._unused, shapes_of=self._shapes, limits=Limits(*self._limits), record=record,
        )  # fmt: skip

    @property
    def program(self) -> Program:
        """The text as a graph."""
        if self._misfit is not None:
            raise self._misfit
        return self._program

    def recorded(self) -> Program:
        """The text as a graph once more, with the steps that made it."""
        return self._parse(record=True)

    def _again(
        self,
        *,
        wrt: Sequence[str] = (),
        forced: Sequence[str] = (),
        unused: Sequence[str] = (),
        shapes: Mapping[str, Shape] | None = None,
    ) -> "Function":
        """The same program, read with more intermediates, variables or arrays."""
        return Function(
            self.text,
            lets=self.lets,
            variables=self._listed,
            wrt=[*self._wrt, *wrt],
            forced=[*self._forced, *forced],
            unused=[*self._unused, *unused],
            shapes={**self._shapes, **(shapes or {})},
            limits=self._limits,
        )

    @property
    def variables(self) -> list[str]:
        """The names of the variables, in column order; of an array, those of its entries."""
        return list(self.program.variables)

    @property
    def outputs(self) -> list[str]:
        """The names of the outputs, in row order."""
        return [name for name, _ in self.program.outputs]

    @cached_property
    def expression(self) -> str:
        """The program in canonical form."""
        return canonical(self.program)

    def __repr__(self) -> str:
        return f"<adcli.Function {self.expression if self._misfit is None else self.text!r}>"

    # -- products

    @_to_the_digits
    def eval(self, at: PointLike = None, *, digits: int | None = None, **point: Any) -> "Value":
        """The outputs' values."""
        from .results.value import Value

        s = self.solve(at, {"digits": digits, **point})
        m = s.problem.m
        warnings = tuple(reports.overflow_warnings(s.function.program, s.problem))
        program = s.function.program
        return Value(
            s.function.expression, reports.point_of(m, program, s.point), warnings, digits, s.rows,
            presented(m, s.problem.output_values()), program.inputs, program.results,
        )  # fmt: skip

    @_to_the_digits
    def jacobian(self, at: PointLike = None, **named: Any) -> "Jacobian":
        """The Jacobian, one row for each output and one column for each of `wrt`."""
        from .results.jacobian import Jacobian

        s = self.solve(at, named)
        found = s.backend.jacobian(s.problem)
        entries = presented_matrix(s.problem.m, found.entries)
        errors = None if found.errors is None else presented_matrix(s.problem.m, found.errors)
        return Jacobian(**s.head(entries, jacobian=entries), jacobian=entries, error=errors)

    @_to_the_digits
    def sparse_jacobian(self, at: PointLike = None, **named: Any) -> "SparseJacobian":
        """The entries of the Jacobian that may be nonzero, in coordinate form; the whole matrix is never made."""
        from .results.sparse import SparseJacobian

        s = self.solve(at, named)
        m = s.problem.m
        found = s.backend.nonzeros(s.problem)
        numbers, errors = _presented_product(m, found)
        pattern = s.problem.pattern
        entries = Entries(pattern, numbers, presented(m, [m.number(0)])[0])
        head = s.head([numbers], jacobian=entries)
        return SparseJacobian(
            **head, row=list(pattern.row_indices), column=list(pattern.indices), entries=numbers, error=errors
        )

    @_to_the_digits
    def gradient(self, at: PointLike = None, **named: Any) -> "Gradient":
        """The gradient of the one output."""
        from .results.gradient import Gradient

        s = self.solve(at, named)
        s.need_one_output("grad", "jac gives the Jacobian of them all")
        found = s.backend.jacobian(s.problem)
        entries = presented(s.problem.m, found.entries[0])
        errors = None if found.errors is None else presented(s.problem.m, found.errors[0])
        return Gradient(**s.head([entries], jacobian=[entries]), gradient=entries, error=errors)

    @_to_the_digits
    def jvp(self, at: PointLike = None, direction: PointLike = None, **named: Any) -> "Jvp":
        """J·direction: `direction` gives one number for each column."""
        from .results.jvp import Jvp

        s = self.solve(at, named)
        m = s.problem.m
        along = s.vector(direction, "--direction")
        found = s.backend.jvp(s.problem, along)
        entries, errors = _presented_product(m, found)
        return Jvp(**s.head([entries]), direction=presented(m, along), jvp=entries, error=errors)

    @_to_the_digits
    def vjp(self, at: PointLike = None, cotangent: PointLike = None, **named: Any) -> "Vjp":
        """cotangent'·J: `cotangent` gives one weight for each output."""
        from .results.vjp import Vjp

        s = self.solve(at, named)
        m = s.problem.m
        weights = s.vector(cotangent, "--cotangent")
        found = s.backend.vjp(s.problem, weights)
        entries, errors = _presented_product(m, found)
        return Vjp(**s.head([entries]), cotangent=presented(m, weights), vjp=entries, error=errors)

    @_to_the_digits
    def hessian(self, at: PointLike = None, **named: Any) -> "Hessian":
        """The matrix of second derivatives of the one output.

        The gradient's graph is built once, and the backend differentiates that; finite differences
        difference values twice instead, and the result is made symmetric.
        """
        from . import second
        from .results.hessian import Hessian

        s = self.solve(at, named)
        s.need_one_output("hess", "give one output, or sum them with weights")
        m = s.problem.m
        found = second.hessian(s.problem, s.backend)
        entries, gradient = presented_matrix(m, found.matrix), presented(m, found.gradient)
        errors = None if found.errors is None else presented_matrix(m, found.errors)
        head = s.head([*entries, gradient], order=2, jacobian=[gradient])
        return Hessian(**head, gradient=gradient, hessian=entries, error=errors)

    @_to_the_digits
    def sparse_hessian(self, at: PointLike = None, **named: Any) -> "SparseHessian":
        """The second derivatives that may be nonzero, in coordinate form: both halves of the symmetric matrix."""
        from . import second
        from .results.sparse import SparseHessian

        s = self.solve(at, named)
        s.need_one_output("hess", "give one output, or sum them with weights")
        m = s.problem.m
        found = second.sparse_hessian(s.problem, s.backend)
        numbers, errors = _presented_product(m, found)
        gradient = presented(m, found.gradient)
        head = s.head([numbers, gradient], order=2, jacobian=[gradient])
        return SparseHessian(
            **head, row=list(found.pattern.row_indices), column=list(found.pattern.indices), entries=numbers,
            error=errors, gradient=gradient,
        )  # fmt: skip

    @_to_the_digits
    def hvp(self, at: PointLike = None, direction: PointLike = None, **named: Any) -> "Hvp":
        """H·direction: one forward pass over the gradient's graph."""
        from . import second
        from .results.hvp import Hvp

        s = self.solve(at, named)
        s.need_one_output("hvp", "give one output, or sum them with weights")
        m = s.problem.m
        along = s.vector(direction, "--direction")
        found = second.hvp(s.problem, s.backend, along)
        entries, errors = _presented_product(m, found)
        gradient = presented(m, found.gradient)
        head = s.head([entries, gradient], order=2, jacobian=[gradient])
        return Hvp(**head, direction=presented(m, along), gradient=gradient, hvp=entries, error=errors)

    @_to_the_digits
    def taylor(self, at: PointLike = None, direction: PointLike = None, *, order: int = 5, **named: Any) -> "Taylor":
        """The Taylor coefficients f^(k)/k! along `direction`, for k up to `order`, by one sweep over power series.

        `direction` gives one number for each column; it is 1 where there is one column only.
        """
        from . import expansion
        from .results.taylor import Taylor

        s = self.solve(at, named)
        m = s.problem.m
        if direction is None and len(s.columns) > 1:
            text = f"an expansion goes along one direction, and there are {len(s.columns)} columns: {listed(s.columns)}"
            hint = f"--direction gives a number for each; --wrt {s.columns[0]} holds the others fixed"
            raise UsageError("missing-direction", text, None, hint)
        along = [m.number(1)] * len(s.columns) if direction is None else s.vector(direction, "--direction")
        program = s.function.program
        found = expansion.expand(program, s.problem, along, order)
        rows = expansion.derivatives(m, found.coefficients)
        sides = tuple([side._replace(left=m.result(side.left), right=m.result(side.right)) for side in found.sides])
        result = Taylor(
            s.function.expression, reports.point_of(m, program, s.point), tuple(found.warnings), m.digits,
            s.rows, s.columns, s.blocks, program.results, presented(m, along), order,
            presented(m, s.problem.output_values()), presented_matrix(m, found.coefficients),
            presented_matrix(m, rows), found.differentiable, sides,
        )  # fmt: skip
        if not found.rounded:
            return result
        try:
            return result.refined(self.taylor(at, direction, order=order, **{**named, "digits": 17}))
        except LimitError:
            return result.doubted()

    # -- problems

    def solve(self, at: PointLike, named: Mapping[str, Any]) -> Solved:
        """This function at a point, checked: `named` holds options, and values of variables."""
        options = {key: named.get(key, default) for key, default in _OPTIONS.items()}
        values = {name: x for name, x in named.items() if name not in _OPTIONS}
        backend = backends.load(options["backend"])
        m = make_context(options["digits"], self._precision)
        function = self.for_point(at, values).for_wrt(options["wrt"])
        given = read_values(at, values, m, self.lets, "--at")
        program, columns = function.program, function.columns(options["wrt"])
        point = assign(given, program)
        problem = Problem(
            m,
            program.graph,
            list(columns.values()),
            [node for _, node in program.outputs],
            dict(zip(map(program.variables.__getitem__, point), point.values(), strict=True))
            | dict.fromkeys(program.zeros, m.number(0)),
            _difference_options(options, backend, m, self.lets),
        )
        reports.check_domain(program, problem)
        return Solved(function, problem, backend, point, tuple(columns), function.blocks(options["wrt"]))

    def for_point(self, at: PointLike, named: Mapping[str, Any]) -> "Function":
        """This function, with the shapes that a point gives its variables, and with its names for variables."""
        given = shapes_given(at, named, self.lets, "--at")
        shapes = {name: shape for name, shape in given if name is not None}
        if given and any(shape for _, shape in given) and not shapes:
            free = [name for name in self._free_names() if name not in self._shapes]
            if len(free) == len(given):
                shapes = {name: shape for name, (_, shape) in zip(free, given, strict=True) if shape}
        function = self
        new = {name: shape for name, shape in shapes.items() if self._shapes.get(name, ()) != shape}
        if new or self._misfit:
            for name, shape in self._shapes.items():
                if name in new:
                    text = f"the point gives {shape_text(new[name])} for '{name}', which is {shape_text(shape)}"
                    raise UsageError("wrong-shape", text)
            function = self._again(shapes=new)
            self.notes += [note for note in function.notes if note not in self.notes]
        return function._for_names(list(shapes), self)  # noqa: SLF001  # its own kind

    def _free_names(self) -> list[str]:
        """The names without a value, in column order, as far as the text alone tells."""
        if self._listed is not None:
            return self._listed
        bound = {name for name, _ in self.lets}
        return sorted(free_names(self.text, limits=Limits(*self._limits)) - bound, key=natural_order)

    def _for_names(self, names: Sequence[str], asked: "Function") -> "Function":
        """This function, read again if the point gives values to names that are no variables of it yet.

        A constant such as `e` becomes a variable; a name that only a branch not taken uses is one, too.
        """
        if self._misfit is not None:
            raise self._misfit
        missing = [name for name in names if name not in self.program.inputs]
        if not missing or self._listed is not None:
            return self
        free = free_names(self.text, constants=False, limits=Limits(*self._limits)) - {name for name, _ in self.lets}
        missing = [name for name in missing if name in free]
        if not missing:
            return self
        forced = [name for name in missing if name in CONSTANTS]
        if forced:
            note = f"'{forced[0]}' is a variable here, because the point gives it a value"
            if note not in asked.notes:  # whoever asked holds that function, and reads its notes
                asked.notes.append(note)
        return self._again(forced=forced, unused=[name for name in missing if name not in forced])

    def for_wrt(self, wrt: Sequence[str] | str | None) -> "Function":
        """This function, read again if an intermediate is to be differentiated by."""
        known = self.program
        bound = [name.partition("[")[0] for name in names_of(wrt) or () if name not in known.variables]
        bound = [name for name in bound if name not in known.inputs]
        return self if set(bound) <= set(self._wrt) else self._again(wrt=bound)

    def columns(self, wrt: Sequence[str] | str | None) -> dict[str, int]:
        """The names of the entries to differentiate by, and their nodes."""
        program = self.program
        if wrt is None:
            return dict(program.variables)
        columns: dict[str, int] = {}
        for name, shape in self.blocks(wrt).items():
            for entry in entry_names(name, shape):
                if entry in columns:
                    raise UsageError("duplicate-wrt", f"--wrt lists '{entry}' twice")
                columns[entry] = program.variables[entry] if entry in program.variables else program.shifts[entry]
        return columns

    def blocks(self, wrt: Sequence[str] | str | None) -> dict[str, Shape]:
        """What to differentiate by, with the shapes: variables, intermediates, or single entries of them."""
        program, names = self.program, names_of(wrt)
        if names is None:
            return dict(program.inputs)
        bound = {name: getattr(value, "shape", ()) for name, value in program.bindings if name in self._wrt}
        blocks: dict[str, Shape] = {}
        for name in names:
            shape = program.inputs.get(name, bound.get(name))
            if shape is None and name not in program.variables and name not in program.shifts:
                self._unknown_wrt(name)
            if name in blocks:
                raise UsageError("duplicate-wrt", f"--wrt lists '{name}' twice")
            blocks[name] = shape or ()
        return blocks

    def _unknown_wrt(self, name: str) -> NoReturn:
        if any(name == parameter for parameter, _ in self.lets):
            raise UsageError("parameter-in-wrt", f"--wrt: '{name}' is a parameter that --let fixes")
        known = [*self.program.inputs, *dict(self.program.bindings)]
        hint = suggest(name, known) or f"known: {listed(known)}"
        raise UsageError("unknown-wrt", f"--wrt: the expression has no '{name}'", None, hint)


def _presented_product(m: NumberContext, found: Any) -> tuple[list[Number], list[Number] | None]:
    return presented(m, found.entries), None if found.errors is None else presented(m, found.errors)


def split_names(text: str) -> list[str]:
    """The names in a text, with commas between them.

    >>> split_names("x, W[0,1],")
    ['x', 'W[0,1]']
    """
    return [name.strip() for name in _BETWEEN.split(text) if name.strip()]


def names_of(wrt: Sequence[str] | str | None) -> list[str] | None:
    """The names of `wrt`, which may be one text with commas."""
    if wrt is None:
        return None
    names = [name.replace(" ", "") for name in split_names(wrt)] if isinstance(wrt, str) else list(wrt)
    if not names:
        raise UsageError("empty-wrt", "--wrt lists no names")
    return names


def _difference_options(
    options: Mapping[str, Any], backend: backends.Backend, m: NumberContext, lets: Lets
) -> dict[str, Any]:
    """The scheme and the step, which only finite differences take."""
    scheme, step = options["scheme"], options["step"]
    for option, given in (("--scheme", scheme), ("--step", step)):
        if given is not None and backend.exact:
            raise UsageError("not-for-backend", f"{option} is for finite differences only", None, "add --backend fd")
    if scheme is not None:
        from .differences import SCHEMES

        if scheme not in SCHEMES:
            hint = suggest(scheme, SCHEMES) or "there are " + ", ".join(SCHEMES)
            raise UsageError("unknown-scheme", f"unknown scheme '{scheme}'", None, hint)
    return {"scheme": scheme, "step": read_step(step, m, lets)}
