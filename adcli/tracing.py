"""Evaluation traces: the tables of the lecture notes, read off the arrays that the sweeps filled.

The rules shown are the rows of the primitive table: each partial derivative is run once in the
graph context over the names of the trace, and so is written down as it is computed.
Griewank & Walther, *Evaluating Derivatives*, 2nd ed., tables 1.2, 2.3 and 3.1.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from . import sweeps
from .blackboard import trace_arrays
from .conditioning import rounding, worst
from .contexts import Number
from .errors import UsageError
from .graph import CONSTANT, VARIABLE, Graph
from .nodes import GraphContext
from .points import PointLike, read_vector
from .printing import write
from .products import Function, Solved
from .regroup import share_sums
from .reports import overflow_warnings, point_of
from .results.base import short_text
from .results.trace import AdjointUpdate, Rounding, Trace, TraceRow
from .simplify import simplify

DOT, BAR = "\u0307", "\u0304"  # combining: the tangent and the adjoint of the letter before
_LETTERS = ("v", "w", "u", "t", "node")


def trace(
    function: Function,
    at: PointLike = None,
    *,
    mode: str = "forward",
    seed: str | None = None,
    digits: int | None = None,
    places: int = 4,
    as_written: bool = False,
    by_entry: bool = False,
    errors: bool = False,
    **point: Any,
) -> Trace:
    """The trace of a function at a point.

    `seed` names an input (forward) or an output (reverse), or gives numbers for all of them.
    Sums are regrouped so that common ones are shared, unless `as_written`. A program with arrays has a
    row for each of its operations, unless scalar nodes are asked for `by_entry`. `errors` adds what each
    scalar node does to rounding errors (see `conditioning`).
    """
    if mode not in ("forward", "reverse"):
        raise UsageError("bad-mode", f"--mode {mode}: there are forward and reverse")
    solved = function.solve(at, {"digits": digits, **point})
    function = solved.function
    if function.program.has_arrays and not (by_entry or errors):
        return trace_arrays(function, solved, mode=mode, seed=seed, places=places)
    solved, work, names, seeds, notes, _ = scalar_trace(
        solved, mode=mode, seed=seed, places=places, as_written=as_written
    )
    m = solved.problem.m
    updates: tuple[AdjointUpdate, ...] = ()
    adjoints: dict[str, Number] = {}
    if mode == "forward":
        rows = work.forward(seeds)
    else:
        rows = work.values()
        updates, adjoints = work.reverse(seeds)
    lost: tuple[Rounding, ...] = ()
    if errors:
        ends = work.problem.inputs if mode == "forward" else work.problem.outputs
        given = {node: x for node, x in zip(ends, seeds, strict=True) if x != 0}
        lost = rounding(work.problem, work.names, {node: work.rule(node) for node in work.order}, mode, given)
    remark = [text for text in [worst(lost, digits)] if text]
    return Trace(
        function.expression, point_of(m, function.program, solved.point),
        tuple(overflow_warnings(function.program, solved.problem)), digits, mode,
        {name: x for name, x in zip(names, seeds, strict=True) if x != 0},
        rows, updates, adjoints, places, (*notes, *remark), 1, lost,
    )  # fmt: skip


class ScalarTrace(NamedTuple):
    """A trace of scalar nodes before it is drawn: the names that can be seeded, and their seeds."""

    solved: Solved
    tables: "Tables"
    names: tuple[str, ...]
    seeds: list[Number]
    notes: tuple[str, ...]
    regrouped: bool


def scalar_trace(
    solved: Solved, *, mode: str, seed: str | None, places: int = 4, as_written: bool = False
) -> ScalarTrace:
    """The nodes with their names and rules, and the seeds; `mode` is "forward" or "reverse"."""
    notes, regrouped = list[str](), False
    if not as_written:
        solved, regrouped = _regrouped(solved)
        if regrouped:
            notes.append(
                "sums are regrouped so that shared ones are computed once; --as-written keeps the text's order"
            )
    names = solved.columns if mode == "forward" else solved.rows
    seeds, note = _seeds(solved, names, seed, mode)
    return ScalarTrace(solved, Tables(solved, places), names, seeds, (*notes, *note), regrouped)


def _regrouped(solved: Solved) -> tuple[Solved, bool]:
    problem = solved.problem
    roots = [*problem.outputs, *problem.graph.labels]
    graph, made, shared = share_sums(problem.graph, [*roots, *problem.inputs])
    again = type(problem)(
        problem.m,
        graph,
        [made[node] for node in problem.inputs],
        [made[node] for node in problem.outputs],
        {made[node]: x for node, x in problem.point.items() if node in made},
    )
    return solved._replace(problem=again), bool(shared)


def _seeds(solved: Solved, names: Sequence[str], seed: str | None, mode: str) -> tuple[list[Number], list[str]]:
    m = solved.problem.m
    notes = []
    if seed is None:
        if not names:
            raise UsageError("no-variables", "the expression has no variables to seed")
        seed = names[0]
        if len(names) > 1:
            notes.append(f"seeded with {seed}; --seed chooses another of {', '.join(names[:8])}")
    if seed.strip() in names:
        return [m.number(int(name == seed.strip())) for name in names], notes
    noun = "variable" if mode == "forward" else "output"
    if re.fullmatch(r"[^\W\d]\w*", seed.strip()):
        raise UsageError(
            "unknown-seed", f"--seed {seed}: there is no {noun} of that name", None, f"there are {', '.join(names[:8])}"
        )
    return read_vector(seed, dict.fromkeys(names, ()), m, solved.function.lets, "--seed", noun), notes


class Tables:
    """Names for the nodes, and the rows of the tables."""

    def __init__(self, solved: Solved, places: int) -> None:
        self.problem = solved.problem
        self.graph: Graph = solved.problem.graph
        self.places = places
        self.order = [node for node in solved.problem.order if self.graph.ops[node] is not CONSTANT]
        self.order.sort(key=lambda node: self.graph.ops[node] is not VARIABLE)
        self.outputs: dict[int, tuple[str, ...]] = {}
        for name, node in zip(solved.rows, solved.problem.outputs, strict=True):
            self.outputs[node] = (*self.outputs.get(node, ()), name)
        self.names = self._name_nodes()

    def _name_nodes(self) -> dict[int, str]:
        """The user's names where there are any, v1, v2, ... elsewhere."""
        graph = self.graph
        taken = {*graph.names.values(), *graph.labels.values()}
        letter = next((c for c in _LETTERS if not any(re.fullmatch(rf"{c}[0-9]+", name) for name in taken)), "_v")
        names: dict[int, str] = {}
        count = 0
        for node in self.order:
            name = graph.names.get(node) or graph.labels.get(node)
            if name is None:
                count += 1
                name = f"{letter}{count}"
            names[node] = name
        return names

    # -- pieces of text

    def number(self, x: Number) -> str:
        """A value as an atom of a formula: negative ones in parentheses."""
        text = short_text(x, self.places) if not isinstance(x, bool) else str(x).lower()
        return f"({text})" if text.startswith("-") else text

    def rule(self, node: int) -> str:
        """What a node is computed by; nothing for a variable."""
        if self.graph.ops[node] is VARIABLE:
            return ""
        return write(self.graph, node, names={a: self.names[a] for a in self.graph.args[node] if a in self.names})

    def numbers(self, node: int) -> str:
        """The same with values instead of names."""
        if self.graph.ops[node] is VARIABLE:
            return ""
        v, graph = self.problem.values, self.graph
        return _bared(write(graph, node, names={a: self.number(v[a]) for a in graph.args[node] if a in self.names}))

    def partial(self, node: int, k: int) -> str:
        """The k-th partial derivative of a node as a formula in the names of the trace."""
        graph = Graph()
        m = GraphContext(graph, textbook=True)
        args = self.graph.args[node]
        xs = [
            m.wrap(graph.variable(self.names[a])) if a in self.names else m.number(self.graph.constants[a])
            for a in args
        ]
        rule = self.graph.ops[node].partials[k]
        if not callable(rule):
            return str(rule)
        y = m.wrap(graph.variable(self.names[node]))
        simple, (result,) = simplify(graph, [m.settle(rule(m, y, *xs)).node])
        text = write(simple, result)
        return text if re.fullmatch(r"[\w.]+(\[[\d,]+\])?|[\w.]+\([^()]*\)", text) else f"({text})"

    def tangent_rule(self, node: int) -> str:
        """`v̇6 = v4·v̇5 + v5·v̇4`."""
        terms = _signed([(sign, text) for sign, text, _ in self._tangent_terms(node)]) or "0"
        return f"{over(self.names[node], DOT)} = {terms if self.graph.ops[node] is not VARIABLE else 'seed'}"

    def adjoint_rule(self, node: int) -> str:
        """`x̄1 = v̄2·cos(x1) + v̄1·x2`: what the adjoint of a node is in the end."""
        terms = ["seed"] if node in self.outputs else []
        terms += [self._adjoint_term(user, k) for user, k in self.users.get(node, ())]
        return f"{over(self.names[node], BAR)} = {' + '.join(terms) or '0'}"

    @cached_property
    def users(self) -> dict[int, list[tuple[int, int]]]:
        """Where the adjoint of each node comes from: nodes, and the place of the argument, last ones first."""
        found: dict[int, list[tuple[int, int]]] = {}
        for user in reversed(self.problem.order):
            for k, (a, p) in enumerate(zip(self.graph.args[user], self.problem.partials[user] or (), strict=False)):
                if p is not None:
                    found.setdefault(a, []).append((user, k))
        return found

    def _tangent_terms(self, node: int) -> list[tuple[str, str, int]]:
        """The terms of a tangent, each with its sign, and the place of the argument that it comes by."""
        terms = []
        for k, (a, p) in enumerate(zip(self.graph.args[node], self.problem.partials[node] or (), strict=False)):
            if p is not None:
                name = over(self.names[a], DOT)
                if isinstance(p, int) and p in (1, -1):
                    terms.append(("-" if p < 0 else "+", name, k))
                else:
                    terms.append(("+", f"{self.partial(node, k)}·{name}", k))
        return terms

    def _adjoint_term(self, source: int, k: int) -> str:
        """What a node adds to the adjoint of its k-th argument: `v̄5·cos(v4)`."""
        p = (self.problem.partials[source] or ())[k]
        unit = isinstance(p, int) and p in (1, -1)
        partial = self.partial(source, k) if not unit else str(p) if p > 0 else f"({p})"
        return f"{over(self.names[source], BAR)}·{partial}"

    # -- rows

    def values(self) -> tuple[TraceRow, ...]:
        """The table of values."""
        v = self.problem.values
        return tuple(
            TraceRow(self.names[n], self.rule(n), self.numbers(n), _plain(v[n]), "", "", None, self.outputs.get(n, ()))
            for n in self.order
        )

    def forward(self, seeds: Sequence[Number]) -> tuple[TraceRow, ...]:
        """The table of values and tangents."""
        p = self.problem
        given: Mapping[int, Number] = dict(zip(p.inputs, seeds, strict=True))
        dot = sweeps.push(self.graph, p.order, p.partials, {node: x for node, x in given.items() if x != 0})
        zero = p.m.number(0)
        rows = []
        for n in self.order:
            tangent = dot[n] if dot[n] is not None else zero
            rule, numbers = self._tangent_rule(n, dot)
            rows.append(
                TraceRow(
                    self.names[n], self.rule(n), self.numbers(n), _plain(p.values[n]), rule, numbers, tangent,
                    self.outputs.get(n, ()),
                )
            )  # fmt: skip
        return tuple(rows)

    def _tangent_rule(self, node: int, dot: sweeps.Values) -> tuple[str, str]:
        """`v̇5·v4 + v5·v̇4` and the same with numbers."""
        row = self.problem.partials[node]
        if row is None:
            return ("seed", "") if self.graph.ops[node] is VARIABLE else ("0", "")
        terms = self._tangent_terms(node)
        if not terms:
            return "0", ""
        zero = self.problem.m.number(0)
        numbers = []
        for sign, _, k in terms:
            t, p = dot[self.graph.args[node][k]], row[k]
            number = self.number(t if t is not None else zero)
            unit = isinstance(p, int) and p in (1, -1)
            numbers.append((sign, number if unit else f"{self.number(p)}·{number}"))
        return _signed([(sign, text) for sign, text, _ in terms]), _signed(numbers)

    def reverse(self, seeds: Sequence[Number]) -> tuple[tuple[AdjointUpdate, ...], dict[str, Number]]:
        """The accumulations in their order, and the adjoints in the end."""
        p = self.problem
        given: dict[int, Number] = {}
        for node, x in zip(p.outputs, seeds, strict=True):
            if x != 0:
                given[node] = given[node] + x if node in given else x
        record: list[sweeps.Contribution] = []
        bar = sweeps.pull(self.graph, p.order, p.partials, given, record)
        updates = [
            AdjointUpdate(
                self.names[node], None, f"{over(self.names[node], BAR)} = seed", _bared(self.number(x)), None, x, x
            )
            for node, x in given.items()
            if node in self.names
        ]
        seen = set(given)
        sums = dict(given)
        for source, k, contribution, total in record:
            target = self.graph.args[source][k]
            updates.append(
                self._update(source, k, contribution, total, sums.get(target) if target in seen else None, bar)
            )
            seen.add(target)
            sums[target] = total
        zero = p.m.number(0)
        adjoints = {self.names[n]: bar[n] if bar[n] is not None else zero for n in reversed(self.order)}
        return tuple(updates), adjoints

    def _update(
        self, source: int, k: int, contribution: Number, total: Number, before: Number | None, bar: sweeps.Values
    ) -> AdjointUpdate:
        """`v̄4 = v̄4 + v̄5·1` and the same with numbers."""
        row = self.problem.partials[source] or ()
        target, p = self.graph.args[source][k], row[k]
        name = over(self.names[target], BAR)
        rule = self._adjoint_term(source, k)
        unit = isinstance(p, int) and p in (1, -1)
        number = self.number(contribution) if unit else f"{self.number(bar[source])}·{self.number(p)}"
        if before is not None:
            rule, number = f"{name} + {rule}", f"{self.number(before)} + {number}"
        return AdjointUpdate(
            self.names[target], self.names[source], f"{name} = {rule}", _bared(number), _plain(p), contribution, total
        )


def over(name: str, mark: str) -> str:
    """A name under a dot or a bar: on the letter of v4, at the end of a longer name, before a count or an index.

    >>> over("v4", "'"), over("loss", "'"), over("W1[0,1]", "'"), over("u#2", "'")
    ("v'4", "loss'", "W'1[0,1]", "u'#2")
    """
    stem = re.split(r"[\[#]", name, maxsplit=1)[0]
    marked = stem[0] + mark + stem[1:] if re.fullmatch(r"[^\W\d_][0-9]*", stem) else stem + mark
    return marked + name[len(stem) :]


def _signed(terms: Sequence[tuple[str, str]]) -> str:
    if not terms:
        return ""
    text = _bared(terms[0][1]) if terms[0][0] == "+" else f"-{terms[0][1]}"
    return text + "".join(f" {sign} {term}" for sign, term in terms[1:])


def _bared(text: str) -> str:
    """A formula without the parentheses of a negative number that comes first, or first in parentheses.

    >>> _bared("exp((-2.0000))"), _bared("(-1.0)*(-2.0)"), _bared("(-3.0)^2")
    ('exp(-2.0000)', '-1.0*(-2.0)', '(-3.0)^2')
    """
    return re.sub(r"(^|\(|, )\((-[^()]*)\)(?!\^)", r"\1\2", text)


def _plain(x: Number) -> Number:
    """A value for a result: truth values count as 1 and 0."""
    return float(x) if isinstance(x, bool | int) else x
