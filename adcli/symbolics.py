"""Derivatives as text, and the primitive table in words: what `diff` and `functions` print."""

from collections.abc import Sequence
from dataclasses import replace

from .backends.symbolic import derivative_graph
from .errors import LimitError, UsageError, suggest
from .graph import Graph
from .language.functions import ARRAY_FUNCTIONS, ArrayFunction
from .nodes import GraphContext
from .ordering import natural_order
from .points import PointLike
from .primitives import FUNCTIONS, Primitive, Refusal, functions
from .printing import LATEX, TEXT, Notation, latex_name, write, written_size
from .products import Function, names_of
from .results.catalogue import Catalogue, Entry
from .results.symbolic import Diff
from .simplify import simplify

MAX_ORDER = 50
MAX_NODES = 2_000_000  # of text, all of it spelled out
_MAX_WORK = 200_000  # nodes differentiated again, over all orders: about half a minute
_TEXTBOOK_SIZE = 1000  # nodes times columns
_WORTH_A_NAME = 4  # nodes of text
_SPELLED_OUT = 400  # nodes of text up to which entries are written without names for shared parts


def diff(
    function: Function,
    *,
    wrt: Sequence[str] | str | None = None,
    order: int | None = None,
    mixed: Sequence[str] | str | None = None,
    share: bool | None = None,
    at: PointLike = None,
    digits: int | None = None,
) -> Diff:
    """The derivatives of every output by every variable, or by `wrt`, as text.

    `order` (1 unless told) differentiates that often by each variable. `mixed` lists what to differentiate by
    one after the other, as in "x,x,y", and gives the one mixed derivative. Subexpressions that would be
    written many times get names, unless `share` says otherwise. With a point `at`, the formulas have values
    there, to `digits` digits; a `DomainError` says where they are undefined.
    """
    if at is not None:
        function = function.for_point(at, {})
    elif digits is not None:
        raise UsageError("digits-without-point", "--digits is for values, and there is no point", None, "--at POINT")
    function, columns, steps = _steps(function, wrt, order, mixed)
    graph, outputs = function.program.graph, [node for _, node in function.program.outputs]
    # tangents read like the textbook's product rule; adjoints share more, which pays in large graphs
    mode = "forward" if len(steps[0]) * len(graph.needed(outputs)) <= _TEXTBOOK_SIZE else ""
    names = {column: graph.names[node] for column, node in columns.items()}
    by = [columns[column] for column in steps[0]]
    graph, entries, _ = derivative_graph(graph, by, outputs, mode, textbook=len(steps) == 1)
    work = 0
    for done, step in enumerate(steps[1:], 1):
        work += len(graph)
        if work > _MAX_WORK:
            raise LimitError(
                "too-many-nodes",
                f"the derivative of order {done} has {len(graph)} nodes, too many to be differentiated again",
                None,
                f"--order {done} is possible" if mixed is None else "",
            )
        graph, entries = _again(graph, entries, [names[column] for column in step], textbook=done == len(steps) - 1)
    flat = [node for row in entries for node in row]
    shared = _shared_names(graph, flat, function, share)
    texts = _written(graph, flat, shared, TEXT)
    latex = _written(graph, flat, {node: latex_name(name) for node, name in shared.items()}, LATEX)
    width, count = len(steps[0]), len(flat)

    def rows(strings: list[str]) -> list[list[str]]:
        return [strings[k * width : (k + 1) * width] for k in range(len(outputs))]

    named = tuple(zip(shared.values(), texts[count:], strict=True))
    named_latex = tuple(zip([latex_name(name) for name in shared.values()], latex[count:], strict=True))
    sequence = () if mixed is None else tuple([step[0] for step in steps])
    found = Diff(
        function.expression, {}, (), None, len(steps), tuple(function.outputs),
        (",".join(sequence),) if sequence else tuple(columns), sequence,
        function.blocks(list(columns) if sequence else wrt), function.program.results,
        named, rows(texts[:count]), rows(latex[:count]), named_latex, len(graph.needed(flat)), None,
    )  # fmt: skip
    return found if at is None else _with_values(found, function, list(columns), at, digits)


def _steps(
    function: Function, wrt: Sequence[str] | str | None, order: int | None, mixed: Sequence[str] | str | None
) -> tuple[Function, dict[str, int], list[list[str]]]:
    """The function, its columns, and what each differentiation is by: a name for each of the entries of a row."""
    if mixed is None:
        if not 1 <= (order := 1 if order is None else order) <= MAX_ORDER:
            raise UsageError("bad-order", f"--order {order}: between 1 and {MAX_ORDER}")
        function = function.for_wrt(wrt)
        columns = function.columns(wrt)
        return function, columns, [list(columns)] * order
    if wrt is not None or order is not None:
        option = "--order" if wrt is None else "--wrt"
        raise UsageError("two-orders", f"--mixed says what to differentiate by, and how often, and so does {option}")
    try:
        names = names_of(mixed) or []
        function = function.for_wrt(names)
        columns = function.columns(list(dict.fromkeys(names)))
    except UsageError as error:
        raise UsageError(error.code, error.message.replace("--wrt", "--mixed", 1), error.span, error.hint) from None
    if len(names) > MAX_ORDER:
        raise UsageError("bad-order", f"--mixed lists {len(names)} names: between 1 and {MAX_ORDER}")
    for name in names:
        if name not in columns:
            hint = f"--mixed {next(column for column in columns if column.startswith(name))}"
            raise UsageError("array-in-mixed", f"--mixed lists numbers, and '{name}' is an array", None, hint)
    return function, columns, [[name] for name in names]


def _with_values(found: Diff, function: Function, columns: list[str], at: PointLike, digits: int | None) -> Diff:
    """The same formulas with their values at a point, and with the warnings of a derivative there."""
    solved = function.solve(at, {"wrt": columns or None})
    shared = [f"{name} = {text}" for name, text in found.shared]
    program = "; ".join([*shared, ", ".join([text for row in found.entries for text in row])])
    shapes = {name: shape for name, shape in function.program.inputs.items() if shape}
    formulas = Function(program, variables=list(function.program.inputs), shapes=shapes)
    value = formulas.eval(at, digits=digits)
    width = len(found.columns)
    values = [value.value[k : k + width] for k in range(0, len(value.value), width)]
    head = solved.head(values, min(found.order, 2))
    return replace(found, point=value.point, digits=digits, values=values, warnings=head["warnings"])


def _again(
    graph: Graph, entries: list[list[int]], columns: list[str], *, textbook: bool
) -> tuple[Graph, list[list[int]]]:
    """Differentiate entry (i, j) by variable j once more; all entries share one new graph."""
    new = Graph(graph.source)
    made: list[list[int]] = [[0] * len(columns) for _ in entries]
    for j, name in enumerate(columns):
        variable = graph.variable(name)
        simple, column, _ = derivative_graph(
            graph, [variable], [row[j] for row in entries], "forward", textbook=textbook
        )
        copied = _copy(simple, new, [row[0] for row in column])
        for i, node in enumerate(copied):
            made[i][j] = node
    return new, made


def _copy(source: Graph, target: Graph, outputs: Sequence[int]) -> list[int]:
    """The outputs of one graph as nodes of another."""
    made: dict[int, int] = {}
    for node in source.needed(outputs):
        made[node] = target.adopt(source, node, made)
    return [made[node] for node in outputs]


def _shared_names(graph: Graph, outputs: list[int], function: Function, share: bool | None) -> dict[int, str]:
    """Names t1, t2, ... for the nodes that several others use, where that makes the text shorter."""
    order = graph.needed(outputs)
    size = written_size(graph, order)
    if share is False:
        if sum(size[node] for node in outputs) > MAX_NODES:
            raise LimitError(
                "text-too-long", "without names for shared parts this would be too long", None, "leave out --no-share"
            )
        return {}
    if share is None and sum(size[node] for node in outputs) <= _SPELLED_OUT + 4 * len(outputs):
        return {}
    uses = graph.uses(order)
    for node in outputs:
        uses[node] = uses.get(node, 0) + 1
    taken = {*graph.names.values(), *function.outputs}
    letter = next(
        c
        for c in ("t", "s", "r", "shared")
        if not any(name.startswith(c) and name[len(c) :].isdigit() for name in taken)
    )
    shared = [node for node in order if uses.get(node, 0) > 1 and graph.args[node] and size[node] > _WORTH_A_NAME]
    return {node: f"{letter}{k}" for k, node in enumerate(shared, 1)}


def _written(graph: Graph, outputs: list[int], names: dict[int, str], notation: Notation) -> list[str]:
    """The texts of the outputs, and then of the nodes that have names."""
    texts = [write(graph, node, names=names, notation=notation) for node in outputs]
    others = dict(names)
    for node, name in names.items():
        del others[node]  # its own formula, not its name
        texts.append(write(graph, node, names=others, notation=notation))
        others[node] = name
    return texts


def catalogue(name: str | None = None) -> Catalogue:
    """The primitive table and the functions over arrays in words, or the functions of one name.

    >>> catalogue("asin").entries[0].derivatives
    (('x', '1/sqrt((x + 1)*(1 - x))'),)
    >>> [entry.call for entry in catalogue("max").entries]
    ['max(x, y, ...)', 'max(x)']
    """
    if name is None:
        rows = sorted(functions(), key=lambda row: natural_order(row.name))
        return Catalogue((*map(_entry, rows), *map(_array_entry, ARRAY_FUNCTIONS.values())))
    entries = [_entry(FUNCTIONS[name])] if name in FUNCTIONS else []
    if name in ARRAY_FUNCTIONS:
        entries.append(_array_entry(ARRAY_FUNCTIONS[name]))
    if not entries:
        hint = suggest(name, [*FUNCTIONS, *ARRAY_FUNCTIONS]) or "'adcli functions' lists them all"
        raise UsageError("unknown-function", f"there is no function '{name}'", None, hint)
    return Catalogue(tuple(entries))


def _array_entry(row: ArrayFunction) -> Entry:
    return Entry(row.name, row.signature, (), "", (), "", row.about, takes_arrays=True)


def _entry(row: Primitive) -> Entry:
    names = row.parameters
    shown = row.overload or row.name
    derivatives = []
    for k, name in enumerate(names):
        text = _partial_text(row, names, k)
        if text is not None:
            derivatives.append((name, text))
    return Entry(
        row.name,
        f"{shown}({', '.join(names)}{', ...' if row.arity < 0 else ''})",
        row.aliases,
        row.domain.text if row.domain is not None else "",
        tuple(derivatives),
        row.kink.text if row.kink is not None else "",
        row.about,
    )


def _partial_text(row: Primitive, names: Sequence[str], k: int) -> str | None:
    rule = row.partials[k]
    if isinstance(rule, Refusal):
        return None
    if rule is None:
        return None if row.name == "where" else "0"
    if not callable(rule):
        return str(rule)
    graph = Graph()
    m = GraphContext(graph, textbook=True)
    condition = row.name == "where"
    xs = [m.wrap(graph.variable(name)) for name in names]
    y = m.apply(row, *xs)
    simple, (node,) = simplify(graph, [m.settle(rule(m, y, *xs)).node])
    text = write(simple, node)
    return f"{text} if {names[0]} holds" if condition and text.isdigit() else text
