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

from . import backends, diagnostics, sweeps
from .backends import Problem
from .contexts import Exact, Number, NumberContext, make_context
from .errors import DomainError, Span, UsageError, suggest
from .graph import Graph
from .language import PointText, Program, parse, read_point
from .language.canonical import canonical
from .language.names import CONSTANTS
from .printing import write
from .results.derivative import OneSided
from .results.base import Cost, Warn, counted, number_text

if TYPE_CHECKING:
    from .results.gradient import Gradient
    from .results.hessian import Hessian
    from .results.hvp import Hvp
    from .results.jacobian import Jacobian
    from .results.jvp import Jvp
    from .results.value import Value
    from .results.vjp import Vjp

PointLike = str | Mapping[str, Any] | Sequence[Any] | None
_BLAME = 60  # characters of a formula in a message


class Solved(NamedTuple):
    """A problem that has been checked at its point, with what a report needs."""

    problem: Problem
    backend: backends.Backend
    point: dict[str, Number]
    rows: tuple[str, ...]
    columns: tuple[str, ...]


class Function:
    """A program as a function of its variables.

    `text` is the program; `lets` gives parameters (`{"k": 3}` or texts), `variables` fixes the
    columns and their order. `variables`, `outputs` and `notes` say what was read.

    Raises `ReadError` if the text is not in the language.
    """

    def __init__(
        self,
        text: str,
        *,
        lets: Mapping[str, Any] | Iterable[tuple[str, str]] = (),
        variables: Sequence[str] | None = None,
        wrt: Sequence[str] | None = None,
        forced: Iterable[str] = (),
    ) -> None:
        pairs = lets.items() if isinstance(lets, Mapping) else lets
        self._lets = [(name, value if isinstance(value, str) else _text_of(value)) for name, value in pairs]
        self._listed = None if variables is None else list(variables)
        self._wrt = None if wrt is None else list(wrt)
        self._forced = frozenset(forced)
        self.text = text
        self.program: Program = parse(
            text, lets=self._lets, variables=self._listed, forced=self._forced, wanted=self._wrt or ()
        )

    @property
    def variables(self) -> list[str]:
        return list(self.program.variables)

    @property
    def outputs(self) -> list[str]:
        return [name for name, _ in self.program.outputs]

    @property
    def notes(self) -> list[str]:
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
        function, values = self._at(at, point, digits)
        problem = function._problem(values, digits, None)
        function._check_domain(problem)
        from .results.value import Value

        return Value(
            function.expression, values, tuple(function.warnings(problem)), digits,
            tuple(function.outputs), _presented(problem.m, problem.output_values()),
        )  # fmt: skip

    def jacobian(
        self,
        at: PointLike = None,
        *,
        backend: str = "auto",
        wrt: Sequence[str] | str | None = None,
        digits: int | None = None,
        scheme: str | None = None,
        step: Any = None,
        **point: Any,
    ) -> "Jacobian":
        """The Jacobian, one row for each output and one column for each of `wrt`."""
        solved, function = self.solve(at, point, backend, wrt, digits, scheme, step)
        found = solved.backend.jacobian(solved.problem)
        entries = _presented_matrix(solved.problem.m, found.entries)
        errors = None if found.errors is None else _presented_matrix(solved.problem.m, found.errors)
        from .results.jacobian import Jacobian

        return Jacobian(**function._report(solved, digits, entries), jacobian=entries, error=errors)

    def gradient(
        self,
        at: PointLike = None,
        *,
        backend: str = "auto",
        wrt: Sequence[str] | str | None = None,
        digits: int | None = None,
        scheme: str | None = None,
        step: Any = None,
        **point: Any,
    ) -> "Gradient":
        """The gradient of the one output."""
        self._need_one_output("grad", "jac gives the Jacobian of them all")
        solved, function = self.solve(at, point, backend, wrt, digits, scheme, step)
        found = solved.backend.jacobian(solved.problem)
        entries = _presented_matrix(solved.problem.m, found.entries)
        errors = None if found.errors is None else _presented(solved.problem.m, found.errors[0])
        from .results.gradient import Gradient

        return Gradient(**function._report(solved, digits, entries), gradient=entries[0], error=errors)

    def jvp(
        self,
        at: PointLike = None,
        direction: PointLike = None,
        *,
        backend: str = "auto",
        wrt: Sequence[str] | str | None = None,
        digits: int | None = None,
        scheme: str | None = None,
        step: Any = None,
        **point: Any,
    ) -> "Jvp":
        """J·direction: `direction` gives one number for each column."""
        solved, function = self.solve(at, point, backend, wrt, digits, scheme, step)
        m = solved.problem.m
        along = function.vector(direction, solved.columns, m, "--direction", "column")
        found = solved.backend.jvp(solved.problem, along)
        entries = _presented(m, found.entries)
        errors = None if found.errors is None else _presented(m, found.errors)
        report = function._report(solved, digits, [[x] for x in entries])
        from .results.jvp import Jvp

        return Jvp(**report, direction=_presented(m, along), jvp=entries, error=errors)

    def vjp(
        self,
        at: PointLike = None,
        cotangent: PointLike = None,
        *,
        backend: str = "auto",
        wrt: Sequence[str] | str | None = None,
        digits: int | None = None,
        scheme: str | None = None,
        step: Any = None,
        **point: Any,
    ) -> "Vjp":
        """cotangent'·J: `cotangent` gives one weight for each output."""
        solved, function = self.solve(at, point, backend, wrt, digits, scheme, step)
        m = solved.problem.m
        weights = function.vector(cotangent, solved.rows, m, "--cotangent", "output")
        found = solved.backend.vjp(solved.problem, weights)
        entries = _presented(m, found.entries)
        errors = None if found.errors is None else _presented(m, found.errors)
        report = function._report(solved, digits, [entries])
        from .results.vjp import Vjp

        return Vjp(**report, cotangent=_presented(m, weights), vjp=entries, error=errors)

    def hessian(
        self,
        at: PointLike = None,
        *,
        backend: str = "auto",
        wrt: Sequence[str] | str | None = None,
        digits: int | None = None,
        scheme: str | None = None,
        step: Any = None,
        **point: Any,
    ) -> "Hessian":
        """The matrix of second derivatives of the one output.

        The gradient's graph is built once, and the backend differentiates that; finite differences
        difference values twice instead, and the result is made symmetric.
        """
        self._need_one_output("hess", "give one output, or sum them with weights")
        solved, function = self.solve(at, point, backend, wrt, digits, scheme, step)
        from . import second

        found = second.hessian(solved.problem, solved.backend)
        m = solved.problem.m
        entries = _presented_matrix(m, found.matrix)
        errors = None if found.errors is None else _presented_matrix(m, found.errors)
        report = function._report(solved, digits, [*entries, found.gradient])
        from .results.hessian import Hessian

        return Hessian(**report, gradient=_presented(m, found.gradient), hessian=entries, error=errors)

    def hvp(
        self,
        at: PointLike = None,
        direction: PointLike = None,
        *,
        backend: str = "auto",
        wrt: Sequence[str] | str | None = None,
        digits: int | None = None,
        scheme: str | None = None,
        step: Any = None,
        **point: Any,
    ) -> "Hvp":
        """H·direction: one forward pass over the gradient's graph."""
        self._need_one_output("hvp", "give one output, or sum them with weights")
        solved, function = self.solve(at, point, backend, wrt, digits, scheme, step)
        from . import second

        m = solved.problem.m
        along = function.vector(direction, solved.columns, m, "--direction", "column")
        found = second.hvp(solved.problem, solved.backend, along)
        entries = _presented(m, found.entries)
        errors = None if found.errors is None else _presented(m, found.errors)
        report = function._report(solved, digits, [entries, found.gradient])
        from .results.hvp import Hvp

        return Hvp(
            **report, direction=_presented(m, along), gradient=_presented(m, found.gradient), hvp=entries, error=errors
        )

    # -- points

    def _at(
        self, at: PointLike, named: Mapping[str, Any], digits: int | None
    ) -> "tuple[Function, dict[str, Number]]":
        """The point's values by variable; the function itself, or one in which `e` is a variable."""
        m = make_context(digits)
        given = _read_values(at, named, m, self._lets, "--at")
        forced = [name for name, _ in given if name in CONSTANTS and name not in self.program.variables]
        if forced and self._listed is None and not self._forced.issuperset(forced):
            again = Function(self.text, lets=self._lets, wrt=self._wrt, forced=[*self._forced, *forced])
            found = [name for name in forced if name in again.program.variables]
            if found:
                again.notes.append(f"'{found[0]}' is a variable here, because the point gives it a value")
                return again, again._assign(given, m)
        return self, self._assign(given, m)

    def _assign(self, given: list[tuple[str | None, Number]], m: NumberContext) -> dict[str, Number]:
        names = self.variables
        if given and all(name is None for name, _ in given):
            if len(given) != len(names):
                raise UsageError(
                    "wrong-point-size",
                    f"the point has {counted(len(given), 'value')}, and the expression has "
                    f"{counted(len(names), 'variable')}" + (f": {_listed(names)}" if names else ""),
                )
            return {name: x for name, (_, x) in zip(names, given, strict=True)}
        values: dict[str, Number] = {}
        for name, x in given:
            if name is None:
                raise UsageError("mixed-point", "a point gives all values by name, or all by place")
            if name not in self.program.variables:
                bound = any(name == other for other, _ in self.program.bindings)
                hint = "the program computes it itself" if bound else suggest(name, names) or f"variables: {_listed(names)}"
                raise UsageError("unknown-variable", f"the expression has no variable '{name}'", None, hint)
            values[name] = x
        missing = [name for name in names if name not in values]
        if missing:
            hint = f"--at {','.join(f'{name}=…' for name in names[:8])}{',…' if len(names) > 8 else ''}"
            if missing[0] in _function_names():
                hint += f"\n{missing[0]} is also a function: write {missing[0]}(...) to call it"
            raise UsageError("missing-variable", f"the point gives no value for {_listed(missing)}", None, hint)
        return {name: values[name] for name in names}

    def vector(
        self, given: PointLike, names: Sequence[str], m: NumberContext, option: str, noun: str
    ) -> list[Number]:
        """A direction or cotangent: one number for each name, 0 for those left out by name."""
        if given is None:
            raise UsageError("missing-direction", f"{option} is needed: one number for each {noun} ({_listed(names)})")
        items = _read_values(given, {}, m, self._lets, option)
        if all(name is None for name, _ in items):
            if len(items) != len(names):
                raise UsageError(
                    "wrong-direction-size",
                    f"{option} has {counted(len(items), 'number')}, and there are "
                    f"{counted(len(names), noun)}: {_listed(names)}",
                )
            return [x for _, x in items]
        values = dict.fromkeys(names, m.number(0))
        for name, x in items:
            if name is None:
                raise UsageError("mixed-point", f"{option} gives all numbers by name, or all by place")
            if name not in values:
                raise UsageError(
                    "unknown-variable", f"{option}: there is no {noun} '{name}'", None, suggest(name, list(names))
                )
            values[name] = x
        return list(values.values())

    # -- problems

    def solve(
        self,
        at: PointLike,
        point: Mapping[str, Any],
        backend: str,
        wrt: Sequence[str] | str | None,
        digits: int | None,
        scheme: str | None = None,
        step: Any = None,
    ) -> "tuple[Solved, Function]":
        chosen = backends.load(backend)
        function = self.for_wrt(wrt)
        function, values = function._at(at, point, digits)
        columns = function.columns(wrt)
        options = {"scheme": _scheme(scheme, chosen), "step": _step(step, function._lets, digits, chosen)}
        problem = function._problem(values, digits, columns, options)
        function._check_domain(problem)
        return Solved(problem, chosen, values, tuple(function.outputs), tuple(columns)), function

    def for_wrt(self, wrt: Sequence[str] | str | None) -> "Function":
        """This function, read again if an intermediate is to be differentiated by."""
        names = _names(wrt)
        bound = [name for name in names or () if name not in self.program.variables]
        if not bound or set(bound) <= set(self._wrt or ()):
            return self
        return Function(self.text, lets=self._lets, variables=self._listed, wrt=bound, forced=self._forced)

    def columns(self, wrt: Sequence[str] | str | None) -> dict[str, int]:
        """The names to differentiate by, and their nodes."""
        names = _names(wrt)
        if names is None:
            return dict(self.program.variables)
        bound = dict(self.program.bindings)
        columns: dict[str, int] = {}
        for name in names:
            node = self.program.variables.get(name, bound.get(name))
            if node is None:
                known = [*self.variables, *bound]
                if any(name == parameter for parameter, _ in self._lets):
                    raise UsageError("parameter-in-wrt", f"--wrt: '{name}' is a parameter that --let fixes")
                hint = suggest(name, known) or f"known: {_listed(known)}"
                raise UsageError("unknown-wrt", f"--wrt: the expression has no '{name}'", None, hint)
            if name in columns:
                raise UsageError("duplicate-wrt", f"--wrt lists '{name}' twice")
            columns[name] = node
        return columns

    def _problem(
        self,
        values: Mapping[str, Number],
        digits: int | None,
        columns: Mapping[str, int] | None,
        options: Mapping[str, Any] | None = None,
    ) -> Problem:
        nodes = self.program.variables
        return Problem(
            make_context(digits),
            self.program.graph,
            list((nodes if columns is None else columns).values()),
            [node for _, node in self.program.outputs],
            {nodes[name]: x for name, x in values.items()},
            options or {},
        )

    # -- what there is to say about a point

    def _check_domain(self, problem: Problem) -> None:
        node = diagnostics.undefined_node(
            problem.m, problem.graph, problem.order, problem.values, problem.outputs
        )
        if node is not None:
            raise self._domain_error(problem, node)

    def _domain_error(self, problem: Problem, node: int) -> DomainError:
        graph, v = problem.graph, problem.values
        op, args = graph.ops[node], graph.args[node]
        shown = ", ".join(
            f"{write(graph, a, budget=_BLAME)} = {number_text(v[a], problem.m.digits)}"
            for a in args
            if graph.args[a] or a in graph.names
        )
        name = {"div": "division", "pow": "a power"}.get(op.name, op.name)
        formula = write(graph, node, budget=_BLAME)
        hint = f"where {shown}" if shown else ""
        base_negative = op.name == "pow" and v[args[0]] < 0
        if base_negative:
            hint += ("\n" if hint else "") + "a negative number has no real fractional power; cbrt(x) is the real cube root"
        needs = op.domain.text if op.domain is not None else ""
        return DomainError(
            "undefined", f"{formula} is undefined here: {name} needs {needs}", self.program.span(node), hint
        )

    def warnings(self, problem: Problem) -> list[Warn]:
        m, graph = problem.m, problem.graph
        warnings = [
            Warn(
                "overflow",
                f"{write(graph, node, budget=_BLAME)} overflows: its value is {number_text(problem.values[node])}",
                self.program.span(node),
            )
            for node in diagnostics.overflowed_nodes(m, graph, problem.order, problem.values, problem.outputs)[:5]
        ]
        return warnings

    def _kinks(
        self, solved: Solved
    ) -> tuple[bool | None, list[OneSided], list[Warn]]:
        """Whether the function is differentiable here, the entries that are not, and why."""
        p = solved.problem
        nodes = diagnostics.kink_nodes(p.m, p.graph, p.order, p.values, p.outputs, p.active)
        if not nodes:
            return True, [], []
        operations = p.operations
        entries = diagnostics.one_sided(p.m, p.graph, p.order, p.values, p.partials, p.inputs, p.outputs)
        p.operations = operations
        jumps = [node for node in nodes if diagnostics.is_jump(p.graph, node)]
        sides = [
            OneSided(solved.rows[e.i], solved.columns[e.j], *_presented(p.m, [e.left, e.right])) for e in entries
        ]
        if not entries and not jumps:
            return True, [], []
        undecided = all(p.m.is_nan(e.left) or p.m.is_nan(e.right) for e in entries) and not jumps
        warnings = []
        for node in nodes[:5]:
            kink = p.graph.ops[node].kink
            formula = write(p.graph, node, budget=_BLAME)
            kind = "jumps" if diagnostics.is_jump(p.graph, node) else "has a kink"
            text = f"{formula} {kind} at this point ({kink.text if kink else ''})"
            warnings.append(Warn("jump" if kind == "jumps" else "kink", text, self.program.span(node)))
        for side in sides[:10]:
            left, right = number_text(side.left, p.m.digits), number_text(side.right, p.m.digits)
            text = f"∂{side.row}/∂{side.column} is {left} from the left and {right} from the right"
            warnings.append(Warn("one-sided", text))
        return (None if undecided else False), sides, warnings

    def _report(self, solved: Solved, digits: int | None, entries: Sequence[Sequence[Number]]) -> dict[str, Any]:
        """The head of every derivative's result; made last, so that all work is counted."""
        p = solved.problem
        differentiable, sides, kinks = self._kinks(solved)
        warnings = [*self.warnings(p), *kinks]
        finite = all(p.m.is_finite(x) for row in entries for x in row)
        if differentiable is not False and not finite and not any(w.code == "overflow" for w in warnings):
            node = _steep_node(p)
            warnings.append(
                Warn(
                    "not-finite",
                    "a derivative is not finite here: a slope is vertical, or of the form 0*inf, or it overflows",
                    None if node is None else self.program.span(node),
                )
            )
            differentiable = False
        values = _presented(p.m, p.output_values())
        return {
            "expression": self.expression,
            "point": {name: _presented(p.m, [x])[0] for name, x in solved.point.items()},
            "warnings": tuple(warnings),
            "digits": digits,
            "backend": p.backend or solved.backend.name,
            "reason": p.reason,
            "rows": solved.rows,
            "columns": solved.columns,
            "value": values,
            "cost": Cost(p.nodes, p.passes, p.operations),
            "differentiable": differentiable,
            "one_sided": tuple(sides),
            "notes": tuple(p.notes),
        }

    def _need_one_output(self, command: str, hint: str) -> None:
        if len(self.outputs) != 1:
            raise UsageError(
                "several-outputs",
                f"{command} needs one output, and there are {len(self.outputs)}: {_listed(self.outputs)}",
                None,
                hint,
            )


def _steep_node(problem: Problem) -> int | None:
    """The first node with an infinite local partial derivative."""
    for node in problem.order:
        row = problem.partials[node]
        if row is not None and any(p is not None and not problem.m.is_finite(p) for p in row):
            return node
    return None


def _presented(m: NumberContext, xs: Sequence[Number]) -> list[Number]:
    """Numbers for a result: plain floats, or mpmath numbers."""
    return [float(x) for x in xs] if m.digits is None else [m.number(x) for x in xs]


def _presented_matrix(m: NumberContext, rows: Sequence[Sequence[Number]]) -> list[list[Number]]:
    return [_presented(m, row) for row in rows]


def _names(wrt: Sequence[str] | str | None) -> list[str] | None:
    if wrt is None:
        return None
    names = [name.strip() for name in wrt.split(",")] if isinstance(wrt, str) else list(wrt)
    names = [name for name in names if name]
    if not names:
        raise UsageError("empty-wrt", "--wrt lists no names")
    return names


def _text_of(value: Any) -> str:
    """A number as text of the language, exactly."""
    if isinstance(value, bool) or not (isinstance(value, int | float) or hasattr(value, "_mpf_") or hasattr(value, "numerator")):
        raise UsageError("bad-number", f"{value!r} is not a number")
    if isinstance(value, int | float):
        return repr(value)
    if hasattr(value, "_mpf_"):
        return str(value)
    return f"({value.numerator})/({value.denominator})"


def _read_values(
    given: PointLike, named: Mapping[str, Any], m: NumberContext, lets: list[tuple[str, str]], option: str
) -> list[tuple[str | None, Number]]:
    """Values from text, a mapping, a sequence or keywords, as numbers of the context."""
    items: list[tuple[str | None, Any]] = []
    if isinstance(given, str):
        items += _evaluate(read_point(given, option=option, lets=lets), m)
    elif isinstance(given, Mapping):
        items += [(name, _value(x, m, lets, f"{option} {name}")) for name, x in given.items()]
    elif given is not None:
        items += [(None, _value(x, m, lets, option)) for x in given]
    items += [(name, _value(x, m, lets, f"{option} {name}")) for name, x in named.items()]
    return items


def _value(x: Any, m: NumberContext, lets: list[tuple[str, str]], option: str) -> Number:
    if isinstance(x, str):
        items = _evaluate(read_point(x, option=option, lets=lets), m)
        if len(items) != 1 or items[0][0] is not None:
            raise UsageError("bad-number", f"{option}: '{x}' is not one number")
        return items[0][1]
    if isinstance(x, bool) or not (
        isinstance(x, int | float) or hasattr(x, "_mpf_") or (hasattr(x, "numerator") and hasattr(x, "denominator"))
    ):
        raise UsageError("bad-number", f"{option}: {x!r} is not a number")
    return m.number(x)


def _evaluate(text: PointText, m: NumberContext) -> list[tuple[str | None, Number]]:
    """The numbers of a point that was read, in a context."""
    graph, nodes = text.graph, [node for _, node in text.items]
    order = graph.needed(nodes)
    v = sweeps.values(m, graph, order, {})
    bad = diagnostics.undefined_node(m, graph, order, v, nodes)
    if bad is not None:
        start, end = graph.starts[bad], graph.ends[bad]
        span = Span(start, end, graph.source) if start >= 0 else None
        raise UsageError("undefined-value", f"{write(graph, bad, budget=_BLAME)} is undefined", span)
    return [(name, v[node]) for name, node in text.items]


def _scheme(scheme: str | None, backend: backends.Backend) -> str | None:
    """The scheme of finite differences, if one was asked for."""
    if scheme is None:
        return None
    from .differences import SCHEMES

    if scheme not in SCHEMES:
        hint = suggest(scheme, SCHEMES) or "there are " + ", ".join(SCHEMES)
        raise UsageError("unknown-scheme", f"unknown scheme '{scheme}'", None, hint)
    _need_differences("--scheme", backend)
    return scheme


def _need_differences(option: str, backend: backends.Backend) -> None:
    if backend.exact:
        raise UsageError("not-for-backend", f"{option} is for finite differences only", None, "add --backend fd")


def _step(step: Any, lets: list[tuple[str, str]], digits: int | None, backend: backends.Backend) -> Number | None:
    if step is None:
        return None
    _need_differences("--step", backend)
    m = make_context(digits)
    value = _value(step, m, lets, "--step")
    if not value > 0 or not m.is_finite(value):
        raise UsageError("bad-step", f"--step {step}: a step is a positive number")
    return value


def _function_names() -> Mapping[str, Any]:
    from .primitives import FUNCTIONS

    return FUNCTIONS


def _listed(names: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(names[:most])
    return f"{shown}, … ({len(names)} in all)" if len(names) > most else shown
