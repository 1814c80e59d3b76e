"""A program written back in its canonical form: spaces, parentheses and names as they should be."""

import re

from ..printing import write
from .elaborate import Program
from .lines import join_lines


def canonical(program: Program) -> str:
    """The program's text, normalised; its own text where that would be much longer.

    Functions appear expanded. A subexpression that a function call shares is written at each
    use, so the length is bounded. A program with arrays or loops is its own text, on one line.

    >>> from . import parse
    >>> canonical(parse("a=x^2;a*sin( a ),1"))
    'a = x^2; a*sin(a), 1'
    """
    if program.has_arrays:  # entry by entry it would not be what was written
        return _one_line(program.text)
    graph = program.graph
    budget = 4 * len(program.text) + 1000
    names: dict[int, str] = {}
    parts: list[str] = []
    size = 0
    last_is_binding = bool(program.bindings) and program.outputs == program.bindings[-1:]
    seen: set[str] = set()
    for name, value in program.bindings:
        node = value if isinstance(value, int) else -1  # always a node, since there are no arrays
        if name in seen:  # rebound: the names would no longer mean one thing
            return _one_line(program.text)
        seen.add(name)
        shown = node
        while graph.ops[shown].name == "shifted":
            shown = graph.args[shown][0]
        own = names.pop(node, None)  # a second name of a node is given its formula, too
        parts.append(f"{name} = {write(graph, shown, names=names, budget=budget)}")
        if own is not None:
            names[node] = own
        size += len(parts[-1])
        if size > budget:
            return _one_line(program.text)
        if graph.args[node]:
            names.setdefault(node, name)
            names.setdefault(shown, name)
    if not last_is_binding:
        outputs: list[str] = []
        for _, node in program.outputs:
            outputs.append(write(graph, node, names=names, budget=budget))
            size += len(outputs[-1])
            if size > budget:
                return _one_line(program.text)
        parts.append(", ".join(outputs))
    return "; ".join(parts)


def _one_line(text: str) -> str:
    """The text as it is, on one line: without comments, statements separated by semicolons."""
    text = re.sub("[\u200b\u2060\ufeff]", "", text)  # characters without width
    lines = [" ".join(line.partition("#")[0].split()) for line in join_lines(text).split("\n")]
    joined = "; ".join([line.strip("; ") for line in lines if line.strip("; ")])
    return re.sub(r"\{[; ]+", "{ ", re.sub(r"[; ]+\}", " }", joined))
