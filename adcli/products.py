"""Jacobians, gradients, JVPs, VJPs, Hessians: the public functions behind every command.

A `Function` is a program that has been read; its methods are the commands' own words. Each
takes a point, a backend and a number of digits, and gives a frozen result.

>>> f = Function("x1*x2 + sin(x1), exp(x1 - x2)")
>>> f.jacobian(x1=1, x2=2).jacobian[1]
[0.36787944117144233, -0.36787944117144233]
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from . import backends, reports
from .backends import Problem
from .contexts import Number, NumberContext, make_context
from .errors import UsageError, suggest
from .language import Program, parse
from .language.canonical import canonical
from .language.names import CONSTANTS
from .points import PointLike, assign, listed, read_step, read_values, read_vector, text_of
from .reports import presented, presented_matrix

if TYPE_CHECKING:
    from .results.gradient import Gradient
    from .results.hessian import Hessian
    from .results.hvp import Hvp
    from .results.jacobian import Jacobian
    from .results.jvp import Jvp
    from .results.value import Value
    from .results.vjp import Vjp

_OPTIONS: dict[str, Any] = {"backend": "auto", "wrt": None, "digits": None, "scheme": None, "step": None}


class Solved(NamedTuple):
    """A function at a point, checked, and ready to be differentiated."""

    function: "Function"
    problem: Problem
    backend: backends.Backend
    point: dict[str, Number]
    columns: tuple[str, ...]

    @property
    def rows(self) -> tuple[str, ...]:
        """The names of the outputs."""
        return tuple(self.function.outputs)

    def head(self, entries: Sequence[Sequence[Number]], order: int = 1) -> dict[str, Any]:
        """The head of the result whose derivatives, up to `order`, are `entries`."""
        f = self.function
        return reports.head(
            f.program, f.expression, self.problem, self.backend, self.point, self.columns, entries, order
        )

    def vector(self, given: PointLike, option: str) -> list[Number]:
        """A direction in the columns, or a cotangent in the rows."""
        names, noun = (self.rows, "output") if option == "--cotangent" else (self.columns, "column")
        return read_vector(given, names, self.problem.m, self.function.lets, option, noun)


class Function:
    """A program as a function of its variables.

    `text` is the program; `lets` gives parameters (`{"k": 3}` or texts), `variables` fixes the
    columns and their order, `wrt` names the intermediates that will be differentiated by, `forced`
    the constants that are variables here. Raises `ReadError` if the text is not in the language.

    Every product takes the point as `at` (text, mapping or sequence) or as keywords, and the options

    - `backend`: the name of a backend, "auto" unless told;
    - `wrt`: the names to differentiate by, all variables unless told;
    - `digits`: compute with mpmath, to so many decimal digits;
    - `scheme`, `step`: how finite differences are taken.

    Raises `UsageError` for a point or option that does not fit, `DomainError` where the function
    is undefined.
    """

    def __init__(
        self,
        text: str,
        *,
        lets: Mapping[str, Any] | Iterable[tuple[str, str]] = (),
        variables: Sequence[str] | None = None,
        wrt: Sequence[str] = (),
        forced: Iterable[str] = (),
    ) -> None:
        pairs = lets.items() if isinstance(lets, Mapping) else lets
        self.lets = [(name, value if isinstance(value, str) else text_of(value)) for name, value in pairs]
        self.text = text
        self._listed = None if variables is None else list(variables)
        self._wrt = list(wrt)
        self._forced = frozenset(forced)
        self.program: Program = parse(
            text, lets=self.lets, variables=self._listed, forced=self._forced, wanted=self._wrt
        )

    def _again(self, *, wrt: Sequence[str] = (), forced: Sequence[str] = ()) -> "Function":
        """The same program, read with more intermediates or variables."""
        return Function(
            self.text, lets=self.lets, variables=self._listed, wrt=[*self._wrt, *wrt], forced=[*self._forced, *forced]
        )

    @property
    def variables(self) -> list[str]:
        """The names of the variables, in column order."""
        return list(self.program.variables)

    @property
    def outputs(self) -> list[str]:
        """The names of the outputs, in row order."""
        return [name for name, _ in self.program.outputs]

    @property
    def notes(self) -> list[str]:
        """Remarks on how the text was read."""
        return self.program.notes

    @cached_property
    def expression(self) -> str:
        """The program in canonical form."""
        return canonical(self.program)

    def __repr__(self) -> str:
        return f"<adcli.Function {self.expression!r}>"

    # -- products

    def eval(self, at: PointLike = None, *, digits: int | None = None, **point: Any) -> "Value":
        """The outputs' values."""
        from .results.value import Value

        s = self.solve(at, {"digits": digits, **point})
        m = s.problem.m
        warnings = tuple(reports.overflow_warnings(s.function.program, s.problem))
        point = dict(zip(s.point, presented(m, list(s.point.values())), strict=True))
        return Value(s.function.expression, point, warnings, digits, s.rows, presented(m, s.problem.output_values()))

    def jacobian(self, at: PointLike = None, **named: Any) -> "Jacobian":
        """The Jacobian, one row for each output and one column for each of `wrt`."""
        from .results.jacobian import Jacobian

        s = self.solve(at, named)
        found = s.backend.jacobian(s.problem)
        entries = presented_matrix(s.problem.m, found.entries)
        errors = None if found.errors is None else presented_matrix(s.problem.m, found.errors)
        return Jacobian(**s.head(entries), jacobian=entries, error=errors)

    def gradient(self, at: PointLike = None, **named: Any) -> "Gradient":
        """The gradient of the one output."""
        from .results.gradient import Gradient

        self._need_one_output("grad", "jac gives the Jacobian of them all")
        s = self.solve(at, named)
        found = s.backend.jacobian(s.problem)
        entries = presented(s.problem.m, found.entries[0])
        errors = None if found.errors is None else presented(s.problem.m, found.errors[0])
        return Gradient(**s.head([entries]), gradient=entries, error=errors)

    def jvp(self, at: PointLike = None, direction: PointLike = None, **named: Any) -> "Jvp":
        """J·direction: `direction` gives one number for each column."""
        from .results.jvp import Jvp

        s = self.solve(at, named)
        m = s.problem.m
        along = s.vector(direction, "--direction")
        found = s.backend.jvp(s.problem, along)
        entries, errors = _presented_product(m, found)
        return Jvp(**s.head([entries]), direction=presented(m, along), jvp=entries, error=errors)

    def vjp(self, at: PointLike = None, cotangent: PointLike = None, **named: Any) -> "Vjp":
        """cotangent'·J: `cotangent` gives one weight for each output."""
        from .results.vjp import Vjp

        s = self.solve(at, named)
        m = s.problem.m
        weights = s.vector(cotangent, "--cotangent")
        found = s.backend.vjp(s.problem, weights)
        entries, errors = _presented_product(m, found)
        return Vjp(**s.head([entries]), cotangent=presented(m, weights), vjp=entries, error=errors)

    def hessian(self, at: PointLike = None, **named: Any) -> "Hessian":
        """The matrix of second derivatives of the one output.

        The gradient's graph is built once, and the backend differentiates that; finite differences
        difference values twice instead, and the result is made symmetric.
        """
        from . import second
        from .results.hessian import Hessian

        self._need_one_output("hess", "give one output, or sum them with weights")
        s = self.solve(at, named)
        m = s.problem.m
        found = second.hessian(s.problem, s.backend)
        entries, gradient = presented_matrix(m, found.matrix), presented(m, found.gradient)
        errors = None if found.errors is None else presented_matrix(m, found.errors)
        return Hessian(**s.head([*entries, gradient], order=2), gradient=gradient, hessian=entries, error=errors)

    def hvp(self, at: PointLike = None, direction: PointLike = None, **named: Any) -> "Hvp":
        """H·direction: one forward pass over the gradient's graph."""
        from . import second
        from .results.hvp import Hvp

        self._need_one_output("hvp", "give one output, or sum them with weights")
        s = self.solve(at, named)
        m = s.problem.m
        along = s.vector(direction, "--direction")
        found = second.hvp(s.problem, s.backend, along)
        entries, errors = _presented_product(m, found)
        gradient = presented(m, found.gradient)
        head = s.head([entries, gradient], order=2)
        return Hvp(**head, direction=presented(m, along), gradient=gradient, hvp=entries, error=errors)

    # -- problems

    def solve(self, at: PointLike, named: Mapping[str, Any]) -> Solved:
        """This function at a point, checked: `named` holds options, and values of variables."""
        options = {key: named.get(key, default) for key, default in _OPTIONS.items()}
        values = {name: x for name, x in named.items() if name not in _OPTIONS}
        backend = backends.load(options["backend"])
        m = make_context(options["digits"])
        function = self.for_wrt(options["wrt"])
        given = read_values(at, values, m, self.lets, "--at")
        function = function._for_point([name for name, _ in given if name is not None])  # noqa: SLF001  # its own kind
        program, columns = function.program, function.columns(options["wrt"])
        point = assign(given, program)
        problem = Problem(
            m,
            program.graph,
            list(columns.values()),
            [node for _, node in program.outputs],
            {program.variables[name]: x for name, x in point.items()}
            | dict.fromkeys(program.shifts.values(), m.number(0)),
            _difference_options(options, backend, m, self.lets),
        )
        reports.check_domain(program, problem)
        return Solved(function, problem, backend, point, tuple(columns))

    def _for_point(self, names: Sequence[str]) -> "Function":
        """This function, read again if the point gives a value to a constant such as `e`."""
        forced = [name for name in names if name in CONSTANTS and name not in self.program.variables]
        if not forced or self._listed is not None:
            return self
        again = self._again(forced=forced)
        found = [name for name in forced if name in again.program.variables]
        if not found:
            return self
        note = f"'{found[0]}' is a variable here, because the point gives it a value"
        again.notes.append(note)
        if note not in self.notes:  # whoever asked holds this function, and reads its notes
            self.notes.append(note)
        return again

    def for_wrt(self, wrt: Sequence[str] | str | None) -> "Function":
        """This function, read again if an intermediate is to be differentiated by."""
        bound = [name for name in _names(wrt) or () if name not in self.program.variables]
        return self if set(bound) <= set(self._wrt) else self._again(wrt=bound)

    def columns(self, wrt: Sequence[str] | str | None) -> dict[str, int]:
        """The names to differentiate by, and their nodes."""
        names = _names(wrt)
        if names is None:
            return dict(self.program.variables)
        columns: dict[str, int] = {}
        for name in names:
            node = self.program.variables.get(name, self.program.shifts.get(name))
            if node is None:
                if any(name == parameter for parameter, _ in self.lets):
                    raise UsageError("parameter-in-wrt", f"--wrt: '{name}' is a parameter that --let fixes")
                known = [*self.variables, *dict(self.program.bindings)]
                hint = suggest(name, known) or f"known: {listed(known)}"
                raise UsageError("unknown-wrt", f"--wrt: the expression has no '{name}'", None, hint)
            if name in columns:
                raise UsageError("duplicate-wrt", f"--wrt lists '{name}' twice")
            columns[name] = node
        return columns

    def _need_one_output(self, command: str, hint: str) -> None:
        if len(self.outputs) != 1:
            text = f"{command} needs one output, and there are {len(self.outputs)}: {listed(self.outputs)}"
            raise UsageError("several-outputs", text, None, hint)


def _presented_product(m: NumberContext, found: Any) -> tuple[list[Number], list[Number] | None]:
    return presented(m, found.entries), None if found.errors is None else presented(m, found.errors)


def _names(wrt: Sequence[str] | str | None) -> list[str] | None:
    """The names of `wrt`, which may be one text with commas."""
    if wrt is None:
        return None
    names = [name.strip() for name in wrt.split(",")] if isinstance(wrt, str) else list(wrt)
    names = [name for name in names if name]
    if not names:
        raise UsageError("empty-wrt", "--wrt lists no names")
    return names


def _difference_options(
    options: Mapping[str, Any], backend: backends.Backend, m: NumberContext, lets: list[tuple[str, str]]
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
