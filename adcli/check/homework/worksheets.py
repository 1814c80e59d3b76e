"""Worksheets: a trace to be filled in by hand, made blank, and read back.

A sheet has a row for each scalar node, with its rule and the values of the inputs; what is left blank
is what there is to learn: the other values, and all tangents, or all adjoints (in the end, when every
path has been added up). The head of that column says what is seeded. Rules are written as equations,
because a spreadsheet computes what begins with a minus sign, and makes a date of `2/3`.

What comes back is matched by names: rows by the node, columns by their heads, in whatever order.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ...data.sheets import Row, Table, read_tables
from ...errors import UsageError, suggest
from ...graph import CONSTANT, VARIABLE
from ...points import PointLike, listed
from ...products import Function
from ...reports import overflow_warnings, point_of
from ...results.base import Number, number_text
from ...results.blank import Blank, BlankRow
from ...tracing import ScalarTrace, Tables, scalar_trace

VALUE, TANGENT, ADJOINT = "value", "tangent", "adjoint"
DERIVATIVE = {"forward": TANGENT, "reverse": ADJOINT}
NOT_ASKED = "-"
_NODE, _OF = "node", "adjoint of"
_SILENT = frozenset(("", "rule", "update", "with numbers", "tangent rule"))  # columns of traces that are not graded
_HEAD = re.compile(rf"({VALUE}|{TANGENT}|{ADJOINT})s?(?: *\( *seed(?:ed with)? *:? *(.*?) *\))?", re.IGNORECASE)
_LEFT_SIDE = re.compile(r"^(?:[^\s=]+ = )+")


def asked(tables: Tables, column: str, node: int) -> bool:
    """Whether a cell is to be filled in: not a derivative of a truth value, nor what is not finite.

    The adjoint of what depends on no input is left out too: no trace computes it.
    """
    p = tables.problem
    if column != VALUE and tables.graph.ops[node].boolean:
        return False
    if column == ADJOINT and not p.active[node]:
        return False
    x = p.values[node]
    return isinstance(x, bool) or p.m.is_finite(x)


def blank(
    function: Function,
    at: PointLike = None,
    *,
    mode: str = "forward",
    seed: str | None = None,
    digits: int | None = None,
    as_written: bool = False,
) -> Blank:
    """The trace of a function at a point, without its numbers; the options are those of `trace`."""
    if mode not in DERIVATIVE:
        raise UsageError("bad-mode", f"--mode {mode}: there are forward and reverse")
    solved = function.solve(at, {"digits": digits})
    scalars = scalar_trace(solved, mode=mode, seed=seed, as_written=as_written)
    tables, function = scalars.tables, solved.function
    rows = []
    for node in tables.order:
        given = tables.graph.ops[node] is VARIABLE
        value = _given(tables.problem.values[node], digits) if given else _blank(tables, VALUE, node)
        rows.append(BlankRow(tables.names[node], equation(tables, node), value, _blank(tables, DERIVATIVE[mode], node)))
    program = function.program
    return Blank(
        function.expression, point_of(solved.problem.m, program, solved.point),
        tuple(overflow_warnings(program, solved.problem)), digits, mode, seed_text(scalars, digits), tuple(rows),
        scalars.notes,
    )  # fmt: skip


def equation(tables: Tables, node: int) -> str:
    """The rule of a node with what it computes on the left: `y1 = v3 = v1 + v2`; of an input, its outputs."""
    rule, name = tables.rule(node), tables.names[node]
    outputs = [output for output in tables.outputs.get(node, ()) if output != name]
    return " = ".join([*outputs, name, *([rule] if rule else [])]) if rule or outputs else ""


def seed_text(scalars: ScalarTrace, digits: int | None) -> str:
    """What is seeded, in the words of `--seed`: a name, or numbers for all."""
    seeded = [(name, x) for name, x in zip(scalars.names, scalars.seeds, strict=True) if x != 0]
    if len(seeded) == 1 and seeded[0][1] == 1:
        return seeded[0][0]
    return ", ".join([_given(x, digits) for x in scalars.seeds])


def _given(x: Number, digits: int | None) -> str:
    """A number with every digit, and a whole one without decimals."""
    return number_text(x, digits).removesuffix(".0")


def _blank(tables: Tables, column: str, node: int) -> str:
    return "" if asked(tables, column, node) else NOT_ASKED


# -- reading


class Entry(NamedTuple):
    """A cell that was handed in: its text, and the line that it stands in."""

    text: str
    line: int


class Sheet(NamedTuple):
    """A sheet that was handed in, by the names that it has.

    `names` are those of the rows, with their lines; `rules` and `entries[column]` are by name. `seed` is what the
    head of the column says, if it does; `comma` tells that no comma can separate anything but decimals, `updates`
    that adjoints stand in a table of updates, where what no path reaches has no row.
    """

    path: str
    names: dict[str, int]
    rules: dict[str, str]
    entries: dict[str, dict[str, Entry]]
    seed: str | None
    comma: bool
    updates: bool
    ignored: tuple[str, ...]
    notes: tuple[str, ...]

    def mode(self, asked: str | None) -> str:
        """What the columns say, unless `asked` tells."""
        found = [mode for mode, column in DERIVATIVE.items() if column in self.entries]
        if asked is None:
            if len(found) == len(DERIVATIVE):
                text = f"{self.path} has tangents and adjoints"
                raise UsageError("two-modes", text, None, "they are graded one at a time: leave one column out")
            return found[0] if found else "forward"
        if asked not in DERIVATIVE:
            raise UsageError("bad-mode", f"mode {asked}: there are forward and reverse")
        if found and asked not in found:
            has, wanted = DERIVATIVE[found[0]], DERIVATIVE[asked]
            raise UsageError("other-mode", f"{self.path} has {has}s, and the mode {asked} is one of {wanted}s")
        return asked

    def likeness(self, tables: Tables) -> int:
        """How many rows say what those of a trace do."""
        rules = {tables.names[node]: squeezed(equation(tables, node)) for node in tables.order}
        return sum(1 for name in self.names if name in rules and self.rules.get(name, rules[name]) == rules[name])


def squeezed(rule: str) -> str:
    """A rule without its left side and its blanks.

    >>> squeezed("y1 = v3 = v1 + v2"), squeezed("x == 1")
    ('v1+v2', 'x==1')
    """
    return re.sub(r"\s", "", _LEFT_SIDE.sub("", rule.strip()).replace("−", "-"))


def read_sheet(path: str) -> Sheet:
    """A filled sheet from a CSV or Markdown file, or a trace as adcli prints it in these formats.

    Of an adjoint that stands in several rows, as it is added up, the last row counts.
    """
    names, rules, notes = dict[str, int](), dict[str, str](), list[str]()
    entries: dict[str, dict[str, Entry]] = {}
    of_updates = False
    seeds, ignored = list[str](), list[str]()
    tables = read_tables(path, _is_header)
    for table in tables:
        heads = [_head(name) for name in table.header]
        node = next(k for k, (column, _) in enumerate(heads) if column in (_NODE, _OF))
        updates = heads[node][0] == _OF
        of_updates = of_updates or updates
        columns = {column: k for k, (column, _) in enumerate(heads) if column in (VALUE, TANGENT, ADJOINT)}
        _refuse_twice(path, [column for column, _ in heads if column in columns])
        seeds += [seed for column, seed in heads if column in columns and seed]
        known = {*columns, *_SILENT, _NODE, _OF}
        ignored += [name for name, (column, _) in zip(table.header, heads, strict=True) if column not in known]
        rule = next((k for k, (column, _) in enumerate(heads) if column == "rule"), None)
        for line, cells in _last_rows(table, node, notes) if updates else table.rows:
            name = cells[node].replace(" ", "")
            if not name:
                continue
            names.setdefault(name, line)
            if rule is not None and cells[rule].strip() and not cells[rule].startswith("#"):
                rules[name] = squeezed(cells[rule])
            for column, k in columns.items():
                _enter(path, entries.setdefault(column, {}), name, column, Entry(cells[k], line))
    comma = all(table.separator in ";\t" for table in tables)
    seed = seeds[0] if seeds else None
    return Sheet(path, names, rules, entries, seed, comma, of_updates, tuple(ignored), tuple(notes))


def _is_header(cells: Sequence[str]) -> bool:
    columns = [_head(cell)[0] for cell in cells]
    return (_NODE in columns or _OF in columns) and any(c in columns for c in (VALUE, TANGENT, ADJOINT))


def _head(text: str) -> tuple[str, str]:
    """The column that a head names, and what it says is seeded."""
    text = " ".join(text.split())
    match = _HEAD.fullmatch(text)
    return (match[1].lower(), match[2] or "") if match else (text.lower(), "")


def _refuse_twice(path: str, columns: Sequence[str]) -> None:
    twice = [column for k, column in enumerate(columns) if column in columns[:k]]
    if twice:
        raise UsageError("duplicate-column", f"{path} has two columns '{twice[0]}'")


def _last_rows(table: Table, node: int, notes: list[str]) -> Iterable[Row]:
    """The last row of each node."""
    last = {row.cells[node]: row for row in table.rows}
    if len(last) < len(table.rows):
        notes.append("of an adjoint that stands in several rows, the last one was graded")
    return last.values()


def _enter(path: str, column: dict[str, Entry], name: str, head: str, entry: Entry) -> None:
    if name in column:
        lines = f"in the lines {column[name].line} and {entry.line}"
        raise UsageError("duplicate-row", f"{path} has two rows '{name}' with a {head}, {lines}")
    column[name] = entry


def by_node(sheet: Sheet, tables: Tables) -> tuple[dict[str, int], list[str]]:
    """The node of each row of the sheet, and remarks on the rows that are of none.

    A row may have the name of an output instead of its node's.
    """
    nodes = {tables.names[node]: node for node in tables.order}
    for node, outputs in tables.outputs.items():
        if node in tables.names and tables.names[node] not in sheet.names:
            nodes |= {output: node for output in outputs if output not in nodes}
    found = {name: nodes[name] for name in sheet.names if name in nodes}
    if not any(tables.graph.ops[node] is not CONSTANT for node in found.values()):
        text = f"no row of {sheet.path} names a node of the trace"
        raise UsageError("other-trace", text, None, f"the nodes are {listed([tables.names[n] for n in tables.order])}")
    notes = []
    for name, line in sheet.names.items():
        if name not in found:
            hint = suggest(name, [known for known in nodes if known not in sheet.names])
            text = f"line {line}: the trace has no node '{name}', and the row was not graded"
            notes.append(f"{text}; {hint}" if hint else text)
    return found, notes
