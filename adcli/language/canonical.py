"""A program written back in its canonical form: spaces, parentheses and names as they should be."""

from ..printing import write
from .elaborate import Program


def canonical(program: Program) -> str:
    """The program's text, normalised; its own text where that would be much longer.

    Functions appear expanded. A subexpression that a function call shares is written at each
    use, so the length is bounded.

    >>> from . import parse
    >>> canonical(parse("a=x^2;a*sin( a ),1"))
    'a = x^2; a*sin(a), 1'
    """
    graph = program.graph
    budget = 4 * len(program.text) + 1000
    names: dict[int, str] = {}
    parts = []
    last_is_binding = bool(program.bindings) and program.outputs == program.bindings[-1:]
    seen: set[str] = set()
    for name, node in program.bindings:
        if name in seen:  # rebound: the names would no longer mean one thing
            return " ".join(program.text.split())
        seen.add(name)
        shown = node
        while graph.ops[shown].name == "same":
            shown = graph.args[shown][0]
        parts.append(f"{name} = {write(graph, shown, names={k: v for k, v in names.items() if k != node}, budget=budget)}")
        if graph.args[node]:
            names.setdefault(node, name)
            names.setdefault(shown, name)
    if not last_is_binding:
        parts.append(", ".join([write(graph, node, names=names, budget=budget) for _, node in program.outputs]))
    text = "; ".join(parts)
    return " ".join(program.text.split()) if len(text) > budget else text
