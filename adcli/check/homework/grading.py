"""Grading a trace that was filled in by hand: the first wrong cell, and what merely follows from it.

Each cell is judged twice: by the right number, and by what its own row's rule makes of the sheet's
earlier cells, right or wrong. A number that is neither is a mistake; a number that the earlier mistakes
give follows from them. Cells are rounded, and people go on computing with what they wrote or with what
their calculator kept, so a cell may be off by the rounding of its own (see `cells`) and by what the
roundings of earlier cells do to its rule: each is moved by as much as it may have been rounded, and the
changes are added up, to first order.
"""

from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

from ...contexts import Number
from ...data.numbers import placed
from ...errors import UsageError
from ...points import PointLike, listed
from ...products import Function, Solved
from ...reports import overflow_warnings, point_of, presented
from ...results.grade import Grade, GradedCell
from ...tracing import ScalarTrace, Tables, scalar_trace
from .cells import Written, read_cell, unit_of, usual_decimals
from .formulas import ANEW, BY_VALUE, OWN, Formulas, Key, Look, Term
from .slips import explain
from .worksheets import ADJOINT, DERIVATIVE, VALUE, Sheet, by_node, equation, read_sheet, seed_text, squeezed

_NOISE = 2.0**6  # units of rounding, below which a difference is none


def grade(
    function: Function,
    path: str,
    at: PointLike = None,
    *,
    mode: str | None = None,
    seed: str | None = None,
    digits: int | None = None,
) -> Grade:
    """Grade the trace in a CSV or Markdown file, such as `blank` makes, filled in.

    `mode` is what the columns say unless told, `seed` what the head of the derivatives says, and else the first
    input or output. Raises `UsageError` for a file that cannot be read as a trace of this function.
    """
    sheet = read_sheet(path)
    mode = sheet.mode(mode)
    solved = function.solve(at, {"digits": digits})
    scalars = _as_in(sheet, solved, mode, seed)
    tables, formulas = scalars.tables, Formulas(scalars, mode)
    nodes, strange = by_node(sheet, tables)
    _same_rules(sheet, tables, nodes)
    columns = [column for column in (VALUE, DERIVATIVE[mode]) if column in sheet.entries]
    written = _written(sheet, formulas, nodes, columns, solved.function)
    present = set(nodes.values())
    cells = [
        cell for key, cell in _Grader(formulas, written).cells()
        if key in written or (key.column in columns and _belongs(sheet, formulas, present, key))
    ]  # fmt: skip
    notes = [*sheet.notes, *strange, *_remarks(sheet, formulas, nodes, columns)]
    text = seed_text(scalars, digits)
    if formulas.derivative in columns and sheet.seed is None and seed is None and len(scalars.names) > 1:
        notes.insert(
            0, f"the sheet names no seed; it was graded for {text}, as '{formulas.derivative} (seed {text})' says"
        )
    program = solved.function.program
    return Grade(
        solved.function.expression, point_of(solved.problem.m, program, solved.point),
        tuple(overflow_warnings(program, solved.problem)), digits, path, mode, text,
        tuple((tables.names[node], tables.rule(node)) for node in tables.order), tuple(columns), tuple(cells),
        tuple(notes),
    )  # fmt: skip


def _as_in(sheet: Sheet, solved: Solved, mode: str, seed: str | None) -> ScalarTrace:
    """The trace that the sheet is of: with shared sums, or as written, whichever its rows are more like."""
    try:
        scalars = scalar_trace(solved, mode=mode, seed=sheet.seed)
    except UsageError as error:
        raise (placed(error, sheet.path) if sheet.seed else error) from None
    if seed is not None:
        wanted = scalar_trace(solved, mode=mode, seed=seed)
        if sheet.seed is not None and wanted.seeds != scalars.seeds:
            raise UsageError("other-seed", f"{sheet.path} is for the seed {sheet.seed}, and not for {seed}")
        scalars = wanted
    if not scalars.regrouped:
        return scalars
    plain = scalar_trace(solved, mode=mode, seed=sheet.seed if seed is None else seed, as_written=True)
    return plain if sheet.likeness(plain.tables) > sheet.likeness(scalars.tables) else scalars


def _same_rules(sheet: Sheet, tables: Tables, nodes: Mapping[str, int]) -> None:
    """Refuse a sheet none of whose rules is that of the trace."""
    rules = {name: squeezed(equation(tables, node)) for name, node in nodes.items() if name in sheet.rules}
    if rules and not any(sheet.rules[name] == rule for name, rule in rules.items()):
        name, rule = next(iter(rules.items()))
        text = f"{sheet.path} is of another expression: row {name} has the rule {sheet.rules[name]}, and not {rule}"
        raise UsageError("other-trace", text)


def _belongs(sheet: Sheet, formulas: Formulas, present: Container[int], key: Key) -> bool:
    """Whether an empty cell should have been filled in.

    Not the seed of an input without a row, nor what no path reaches in a table of updates.
    """
    if key.node not in present and key.column != ADJOINT and formulas.given(Key(VALUE, key.node)):
        return False
    return formulas.reached(key) or not sheet.updates


def _written(
    sheet: Sheet, formulas: Formulas, nodes: Mapping[str, int], columns: Sequence[str], function: Function
) -> dict[Key, Written]:
    """The cells that hold a number."""
    found: dict[Key, Written] = {}
    for column in columns:
        for name, entry in sheet.entries[column].items():
            if name in nodes and formulas.asked(Key(column, nodes[name])):
                place = f"{sheet.path}, line {entry.line}, row {name}, column {column}"
                cell = read_cell(entry.text, formulas.m, function.lets, place, comma=sheet.comma)
                if cell is not None:
                    found[Key(column, nodes[name])] = cell
    return found


def _remarks(sheet: Sheet, formulas: Formulas, nodes: Mapping[str, int], columns: Sequence[str]) -> list[str]:
    """What of the sheet and the trace does not fit."""
    tables, notes = formulas.tables, list[str]()
    for name, node in nodes.items():
        given, own = sheet.rules.get(name), squeezed(equation(tables, node))
        if given is not None and given != own:
            notes.append(f"row {name}: the sheet has the rule {given}, and was graded by {own or 'the point'}")
    present = set(nodes.values())
    needless = tables.problem.inputs if ADJOINT not in columns else ()  # their seeds go without saying
    missing = [tables.names[n] for n in tables.order if n not in present and n not in needless]
    if missing:
        notes.append(f"the sheet has no row for {listed(missing)}")
    notes += [f"the sheet has no column '{c}'" for c in (VALUE, formulas.derivative) if c not in columns]
    return [*notes, *[f"the column '{name}' was not graded" for name in sheet.ignored]]


class _Match(NamedTuple):
    """A number that a cell agrees with, and how far from it the unrounded one may be."""

    number: Number
    spread: Number
    way: str


class _Grader:
    """Judges the cells in the order in which they are computed.

    `own` has the number of each cell that was judged, the written one or else what follows, `spread` how far it may
    have been rounded, and `origins` the wrong cells that it is off by.
    """

    def __init__(self, formulas: Formulas, written: Mapping[Key, Written]) -> None:
        self.f = formulas
        self.m = formulas.m
        self.written = written
        self.usual = usual_decimals(cell for key, cell in written.items() if not formulas.given(key))
        self.own: dict[Key, Number] = {}
        self.spread: dict[Key, Number] = {}
        self.origins: dict[Key, tuple[str, ...]] = {}

    def cells(self) -> list[tuple[Key, GradedCell]]:
        """All cells that are asked for."""
        return [(key, self._judge(key)) for key in self.f.order() if self.f.asked(key)]

    # -- what a cell may look at

    def _own(self, key: Key) -> Number:
        return self.own[key] if key in self.own else self.f.truth(key)

    def _repaired(self, key: Key) -> Number:
        return self.f.truth(key) if self.origins.get(key) else self._own(key)

    def _moved(self, look: Look, key: Key, by: Number) -> Look:
        x = look(key) + by
        return lambda other: x if other == key else look(other)

    def _spread(self, terms: Sequence[Term], look: Look, way: str, fixed: Container[Key] = ()) -> Number:
        """How far the roundings of earlier cells, those of `fixed` apart, may move a sum of terms."""
        total = self.f.zero
        for term in terms:
            base = term.compute(look, way)
            for parent in dict.fromkeys(term.parents):
                by: Number = self.spread.get(parent, self.f.zero)
                if by == 0 or parent in fixed:
                    continue
                moves = [abs(term.compute(self._moved(look, parent, d), way) - base) for d in (by, -by)]
                total += max([move for move in moves if self.m.is_finite(move)], default=self.f.zero)
        return total

    # -- verdicts

    def _judge(self, key: Key) -> GradedCell:
        f, terms, cell = self.f, self.f.terms(key), self.written.get(key)
        truth, expected, spread = f.truth(key), f.total(terms, self._own), self._spread(terms, self._own, OWN)
        origins = self._blamed(terms, expected) if self._differs(expected, truth, spread) else ()
        off, cause = tuple[str, ...](), ""  # what later cells are off by, if they use this one
        if cell is None:
            verdict, off = "missing", origins
            self.own[key], self.spread[key] = expected, spread
        elif match := self._right(cell, terms, truth):
            verdict = "right"
            self._keep(key, cell, match)
        elif match := self._follows(cell, terms):
            verdict, expected = "follows", match.number
            off = origins = self._blamed(terms, match.number, match.way)
            self._keep(key, cell, match)
        else:
            verdict, off = "wrong", (f"{f.name(key)} {key.column}",)
            self.own[key], self.spread[key] = cell.number, self._slack(cell)
            cause = self._cause(key, cell, terms, expected)
        if not self.m.is_finite(self.own[key]):  # nothing can be computed with it
            self.own[key], off = truth, ()
        if off:
            self.origins[key] = off
        if f.given(key) and verdict != "wrong":
            verdict = "given"
        number, truth, expected = presented(self.m, [cell.number if cell else truth, truth, expected])
        return GradedCell(
            f.name(key), key.column, cell.text if cell else "", number if cell else None, truth, expected, verdict,
            f.rule(key), cause, origins,
        )  # fmt: skip

    def _right(self, cell: Written, terms: Sequence[Term], truth: Number) -> _Match | None:
        """The right number, or what the rule makes of the cells that are right and the wrong ones put right."""
        match = self._matching(cell, terms, self._repaired, self.origins)
        if match is None and cell.agrees(self.m, truth, self.f.zero, self.usual):
            return _Match(truth, self.f.zero, OWN)
        return match

    def _follows(self, cell: Written, terms: Sequence[Term]) -> _Match | None:
        return self._matching(cell, terms, self._own, ())

    def _matching(self, cell: Written, terms: Sequence[Term], look: Look, fixed: Container[Key]) -> _Match | None:
        for way in (OWN, ANEW, BY_VALUE):
            x = self.f.total(terms, look, way)
            spread = self._spread(terms, look, way, fixed)
            if cell.agrees(self.m, x, spread, self.usual):
                return _Match(x, spread, way)
        return None

    def _keep(self, key: Key, cell: Written, match: _Match) -> None:
        """Go on with what was written; the number before rounding is near what it agrees with."""
        self.own[key] = cell.number
        self.spread[key] = (
            self.f.zero if cell.unit is None else min(cell.unit, abs(cell.number - match.number) + match.spread)
        )

    def _slack(self, cell: Written) -> Number:
        """How far a wrong number may have been rounded: one without decimals is taken as it is."""
        if cell.unit is None:
            return self.f.zero
        if not cell.rough:
            return cell.unit
        return self.f.zero if self.usual is None else unit_of(self.m, self.usual)

    def _differs(self, x: Number, truth: Number, spread: Number) -> bool:
        return not abs(x - truth) <= spread + _NOISE * self.m.epsilon * abs(truth)

    def _blamed(self, terms: Sequence[Term], x: Number, way: str = OWN) -> tuple[str, ...]:
        """The wrong cells that a number is off by: those behind an earlier cell that would change it if put right."""
        found: dict[str, None] = {}
        parents = [parent for term in terms for parent in term.parents if self.origins.get(parent)]
        for parent in dict.fromkeys(parents):
            look = self._moved(self._own, parent, self.f.truth(parent) - self._own(parent))
            if abs(self.f.total(terms, look, way) - x) > _NOISE * self.m.epsilon * abs(x):
                found |= dict.fromkeys(self.origins[parent])
        return tuple(found or dict.fromkeys(origin for parent in parents for origin in self.origins[parent]))

    def _cause(self, key: Key, cell: Written, terms: Sequence[Term], expected: Number) -> str:
        spread = self._spread(terms, self._own, OWN)
        if cell.unit is not None and cell.rough and abs(cell.number - expected) < cell.unit:
            return "it was rounded too far: two decimals are always enough"
        return explain(self.f, key, self._own, lambda x: cell.agrees(self.m, x, spread, self.usual))
