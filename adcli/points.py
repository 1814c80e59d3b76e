"""Points and directions as numbers: from text, mappings, sequences or keywords.

Everything a user can give a value with ends up as numbers of a context, exactly: the text `0.1` is
one tenth at any precision, a Python float is the double that it is.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from . import diagnostics, sweeps
from .contexts import Number, NumberContext
from .errors import Span, UsageError, suggest
from .language import PointText, Program, read_point
from .primitives import FUNCTIONS
from .printing import write
from .results.base import counted

PointLike = str | Mapping[str, Any] | Sequence[Any] | None
Lets = list[tuple[str, str]]
_BLAME = 60  # characters of a formula in a message
_SHOWN = 8  # names in a message


def read_values(
    given: PointLike, named: Mapping[str, Any], m: NumberContext, lets: Lets, option: str
) -> list[tuple[str | None, Number]]:
    """The values that were given, by name or (None) by place."""
    items: list[tuple[str | None, Any]] = []
    if isinstance(given, str):
        items += _evaluate(read_point(given, option=option, lets=lets), m)
    elif isinstance(given, Mapping):
        items += [(name, read_number(x, m, lets, f"{option} {name}")) for name, x in given.items()]
    elif given is not None:
        items += [(None, read_number(x, m, lets, option)) for x in given]
    items += [(name, read_number(x, m, lets, f"{option} {name}")) for name, x in named.items()]
    return items


def read_number(x: Any, m: NumberContext, lets: Lets, option: str) -> Number:
    """One number: text of the language, or anything that Python calls a real number."""
    if isinstance(x, str):
        items = _evaluate(read_point(x, option=option, lets=lets), m)
        if len(items) != 1 or items[0][0] is not None:
            raise UsageError("bad-number", f"{option}: '{x}' is not one number")
        return items[0][1]
    if not is_real(x):
        raise UsageError("bad-number", f"{option}: {x!r} is not a number")
    return m.number(x)


def is_real(x: Any) -> bool:
    """Whether x is a number: an int, a float, a fraction, or one of mpmath's."""
    if isinstance(x, bool):
        return False
    return isinstance(x, int | float) or hasattr(x, "_mpf_") or (hasattr(x, "numerator") and hasattr(x, "denominator"))


def text_of(value: Any) -> str:
    """A number as text of the language, exactly."""
    if not is_real(value):
        raise UsageError("bad-number", f"{value!r} is not a number")
    if isinstance(value, int | float):
        return repr(value)
    return str(value) if hasattr(value, "_mpf_") else f"({value.numerator})/({value.denominator})"


def _evaluate(text: PointText, m: NumberContext) -> list[tuple[str | None, Number]]:
    """The numbers of a point that was read."""
    graph, nodes = text.graph, [node for _, node in text.items]
    order = graph.needed(nodes)
    v = sweeps.values(m, graph, order, {})
    bad = diagnostics.undefined_node(m, graph, order, v, nodes)
    if bad is not None:
        start, end = graph.starts[bad], graph.ends[bad]
        span = Span(start, end, graph.source) if start >= 0 else None
        raise UsageError("undefined-value", f"{write(graph, bad, budget=_BLAME)} is undefined", span)
    return [(name, v[node]) for name, node in text.items]


def assign(given: list[tuple[str | None, Number]], program: Program) -> dict[str, Number]:
    """The values of a point by variable; every variable must have one, and nothing else may."""
    names = list(program.variables)
    if given and all(name is None for name, _ in given):
        if len(given) != len(names):
            raise UsageError(
                "wrong-point-size",
                f"the point has {counted(len(given), 'value')}, and the expression has "
                f"{counted(len(names), 'variable')}" + (f": {listed(names)}" if names else ""),
            )
        return {name: x for name, (_, x) in zip(names, given, strict=True)}
    values: dict[str, Number] = {}
    for name, x in given:
        if name is None:
            raise UsageError("mixed-point", "a point gives all values by name, or all by place")
        if name not in program.variables:
            bound = any(name == other for other, _ in program.bindings)
            hint = "the program computes it itself" if bound else suggest(name, names) or f"variables: {listed(names)}"
            raise UsageError("unknown-variable", f"the expression has no variable '{name}'", None, hint)
        values[name] = x
    missing = [name for name in names if name not in values]
    if missing:
        hint = f"--at {','.join(f'{name}=…' for name in names[:_SHOWN])}{',…' if len(names) > _SHOWN else ''}"
        if missing[0] in FUNCTIONS:
            hint += f"\n{missing[0]} is also a function: write {missing[0]}(...) to call it"
        raise UsageError("missing-variable", f"the point gives no value for {listed(missing)}", None, hint)
    return {name: values[name] for name in names}


def read_vector(
    given: PointLike, names: Sequence[str], m: NumberContext, lets: Lets, option: str, noun: str
) -> list[Number]:
    """A direction or cotangent: one number for each name, 0 for those left out by name."""
    if given is None:
        raise UsageError("missing-direction", f"{option} is needed: one number for each {noun} ({listed(names)})")
    items = read_values(given, {}, m, lets, option)
    if all(name is None for name, _ in items):
        if len(items) != len(names):
            raise UsageError(
                "wrong-direction-size",
                f"{option} has {counted(len(items), 'number')}, and there are "
                f"{counted(len(names), noun)}: {listed(names)}",
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


def read_step(step: Any, m: NumberContext, lets: Lets) -> Number | None:
    """The step of finite differences: positive and finite, or not given."""
    if step is None:
        return None
    value = read_number(step, m, lets, "--step")
    if not value > 0 or not m.is_finite(value):
        raise UsageError("bad-step", f"--step {step}: a step is a positive number")
    return value


def listed(names: Sequence[str]) -> str:
    """Names with commas, the first few of many."""
    shown = ", ".join(names[:_SHOWN])
    return f"{shown}, … ({len(names)} in all)" if len(names) > _SHOWN else shown
