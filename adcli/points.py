"""Points and directions as numbers: from text, mappings, sequences, keywords or files.

Everything a user can give a value with ends up as numbers of a context, exactly: the text `0.1` is
one tenth at any precision, a Python float is the double that it is. Arrays come as nested lists, as
anything with `tolist`, or as array expressions of the language.
"""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from . import diagnostics, shapes, sweeps
from .contexts import Literal, Number, NumberContext
from .errors import Span, UsageError, suggest
from .language import Let, PointText, Program, read_point
from .primitives import FUNCTIONS
from .printing import write
from .results.base import counted
from .shapes import Data, Ragged, Shape

PointLike = str | PointText | Mapping[str, Any] | Sequence[Any] | None
Lets = list[tuple[str, Let]]
_BLAME = 60  # characters of a formula in a message
_SHOWN = 8  # names in a message


class Given(NamedTuple):
    """A value that was given by name, or (None) by place: its shape and its numbers."""

    name: str | None
    shape: Shape
    numbers: list[Number]


def shapes_given(given: PointLike, named: Mapping[str, Any], lets: Lets, option: str) -> list[tuple[str | None, Shape]]:
    """The names and the shapes of the values, before any of them is computed."""
    items: list[tuple[str | None, Shape]] = []
    if isinstance(given, str):
        given = read_point(given, option=option, lets=lets)
    if isinstance(given, PointText):
        items += given.shapes()
    elif isinstance(given, Mapping):
        items += [(name, _shape_of(x, lets, f"{option} {name}")) for name, x in given.items()]
    elif given is not None:
        items += [(None, _shape_of(x, lets, option)) for x in _entries(given)]
    return items + [(name, _shape_of(x, lets, f"{option} {name}")) for name, x in named.items()]


def _shape_of(x: Any, lets: Lets, option: str) -> Shape:
    data = _nested(x, option)
    if data.shape or not isinstance(data.items[0], str) or Literal.signed(data.items[0]) is not None:
        return data.shape
    found = read_point(data.items[0], option=option, lets=lets).shapes()
    return found[0][1] if len(found) == 1 else ()


def read_values(given: PointLike, named: Mapping[str, Any], m: NumberContext, lets: Lets, option: str) -> list[Given]:
    """The values that were given, as numbers."""
    items: list[Given] = []
    if isinstance(given, str):
        given = read_point(given, option=option, lets=lets)
    if isinstance(given, PointText):
        items += _evaluate(given, m)
    elif isinstance(given, Mapping):
        items += [_read(name, x, m, lets, f"{option} {name}") for name, x in given.items()]
    elif given is not None:
        items += [_read(None, x, m, lets, option) for x in _entries(given)]
    return items + [_read(name, x, m, lets, f"{option} {name}") for name, x in named.items()]


def _entries(given: Any) -> list[Any]:
    """The values of a sequence, in their order."""
    if isinstance(given, Data):
        width = prod(given.shape[1:])
        return [Data(given.shape[1:], given.items[k * width : (k + 1) * width]) for k in range(given.shape[0])]
    return list(given.tolist() if hasattr(given, "tolist") else given)


def _nested(x: Any, option: str) -> Data:
    """A value with its shape, whose entries are still as they were given."""
    if isinstance(x, Data):
        return x
    if hasattr(x, "tolist"):
        x = x.tolist()
    try:
        shape, items = shapes.flatten(x, lambda entry: isinstance(entry, list | tuple))
    except Ragged as stop:
        place = "".join(f"[{k}]" for k in stop.index)
        raise UsageError("ragged-array", f"{option}: entry {place} does not fit the shape of those before it") from None
    return Data(shape, items)


def _read(name: str | None, x: Any, m: NumberContext, lets: Lets, option: str) -> Given:
    data = _nested(x, option)
    if not data.shape and isinstance(data.items[0], str):  # the text may stand for an array
        (found,) = _evaluate_one(data.items[0], m, lets, option)
        return found._replace(name=name)
    return Given(name, data.shape, [_entry(item, m, lets, option) for item in data.items])


def _entry(x: Any, m: NumberContext, lets: Lets, option: str) -> Number:
    """A number of an array: decimals are read without the whole of the language."""
    exact = Literal.signed(x) if isinstance(x, str) else None
    if exact is None or exact == 0:  # the language knows -0.0
        return read_number(x, m, lets, option)
    return m.number(exact)


def read_number(x: Any, m: NumberContext, lets: Lets, option: str) -> Number:
    """One number: text of the language, or anything that Python calls a real number."""
    if isinstance(x, str):
        (found,) = _evaluate_one(x, m, lets, option)
        if found.shape:
            raise UsageError("bad-number", f"{option}: '{x}' is not one number")
        return found.numbers[0]
    if not is_real(x):
        raise UsageError("bad-number", f"{option}: {x!r} is not a number")
    return m.number(x)


def _evaluate_one(x: str, m: NumberContext, lets: Lets, option: str) -> list[Given]:
    items = _evaluate(read_point(x, option=option, lets=lets), m)
    if len(items) != 1 or items[0].name is not None:
        raise UsageError("bad-number", f"{option}: '{x}' is not one number")
    return items


def is_real(x: Any) -> bool:
    """Whether x is a number: an int, a float, a fraction, or one of mpmath's."""
    if isinstance(x, bool):
        return False
    return isinstance(x, int | float) or hasattr(x, "_mpf_") or (hasattr(x, "numerator") and hasattr(x, "denominator"))


def let_of(name: str, value: Any) -> Let:
    """A parameter as the language takes it: text, or numbers with a shape."""
    if isinstance(value, str | Data):
        return value
    data = _nested(value, name)
    if not data.shape:
        return text_of(data.items[0])
    return Data(data.shape, [x if isinstance(x, str) else text_of(x) for x in data.items])


def text_of(value: Any) -> str:
    """A number as text of the language, exactly."""
    if not is_real(value):
        raise UsageError("bad-number", f"{value!r} is not a number")
    if isinstance(value, int | float):
        return repr(value)
    return str(value) if hasattr(value, "_mpf_") else f"({value.numerator})/({value.denominator})"


def _evaluate(text: PointText, m: NumberContext) -> list[Given]:
    """The numbers of a point that was read."""
    graph = text.graph
    lists = [[value] if isinstance(value, int) else value.items for _, value in text.items]
    nodes = [node for items in lists for node in items]
    order = graph.needed(nodes)
    v = sweeps.values(m, graph, order, {})
    bad = diagnostics.undefined_node(m, graph, order, v, nodes)
    if bad is not None:
        start, end = graph.starts[bad], graph.ends[bad]
        span = Span(start, end, graph.source) if start >= 0 else None
        raise UsageError("undefined-value", f"{write(graph, bad, budget=_BLAME)} is undefined", span)
    return [
        Given(name, shape, [v[node] for node in items])
        for (name, shape), items in zip(text.shapes(), lists, strict=True)
    ]


def assign(given: list[Given], program: Program) -> dict[str, Number]:
    """The values of a point by the names of entries; every variable must have one, and nothing else may."""
    inputs = program.inputs
    names = list(inputs)
    if given and all(x.name is None for x in given):
        given = _placed(given, program)
    values: dict[str, list[Number]] = {}
    for name, shape, numbers in given:
        if name is None:
            hint = f"an array stands in brackets: {given[0].name}=[…]" if given[0].name else ""
            raise UsageError("mixed-point", "a point gives all values by name, or all by place", None, hint)
        if name not in inputs:
            bound = any(name == other for other, _ in program.bindings)
            hint = "the program computes it itself" if bound else suggest(name, names) or f"variables: {listed(names)}"
            raise UsageError("unknown-variable", f"the expression has no variable '{name}'", None, hint)
        if shape != inputs[name]:
            text = f"the point gives {shapes.text(shape)} for '{name}', which is {shapes.text(inputs[name])}"
            raise UsageError("wrong-shape", text)
        values[name] = numbers
    missing = [name for name in names if name not in values]
    if missing:
        hint = f"--at {','.join(f'{name}=…' for name in names[:_SHOWN])}{',…' if len(names) > _SHOWN else ''}"
        if missing[0] in FUNCTIONS:
            hint += f"\n{missing[0]} is also a function: write {missing[0]}(...) to call it"
        raise UsageError("missing-variable", f"the point gives no value for {listed(missing)}", None, hint)
    numbers = [x for name in names for x in values[name]]
    return dict(zip(program.variables, numbers, strict=True))


def _placed(given: list[Given], program: Program) -> list[Given]:
    """Values by place as values by name: one for each variable, or one number for each entry of them."""
    inputs = program.inputs
    if not any(x.shape for x in given) and len(given) == len(program.variables) != len(inputs):
        numbers = iter([x.numbers[0] for x in given])
        return [Given(name, shape, [next(numbers) for _ in range(prod(shape))]) for name, shape in inputs.items()]
    if len(given) != len(inputs):
        raise UsageError(
            "wrong-point-size",
            f"the point has {counted(len(given), 'value')}, and the expression has "
            f"{counted(len(inputs), 'variable')}" + (f": {listed(list(inputs))}" if inputs else ""),
            None,
            f'for an array, write --at "{next(iter(inputs))}=[…]"' if len(inputs) == 1 < len(given) else "",
        )
    return [x._replace(name=name) for name, x in zip(inputs, given, strict=True)]


def read_vector(
    given: PointLike, blocks: Mapping[str, Shape], m: NumberContext, lets: Lets, option: str, noun: str
) -> list[Number]:
    """A direction or cotangent: one number for each entry of the blocks, 0 for blocks left out by name."""
    names = [entry for name, shape in blocks.items() for entry in shapes.names(name, shape)]
    if given is None:
        raise UsageError("missing-direction", f"{option} is needed: one number for each {noun} ({listed(names)})")
    items = read_values(given, {}, m, lets, option)
    if all(x.name is None for x in items):
        if len(items) == len(blocks) and [x.shape for x in items] == list(blocks.values()):
            return [number for x in items for number in x.numbers]
        if len(items) != len(names) or any(x.shape for x in items):
            given_shapes = ", ".join(shapes.text(x.shape) for x in items)
            wanted = ", ".join(f"{name}: {shapes.text(shape)}" for name, shape in blocks.items() if shape)
            raise UsageError(
                "wrong-direction-size",
                f"{option} has {counted(len(items), 'number')}, and there are "
                f"{counted(len(names), noun)}: {listed(names)}",
                None,
                f"given: {given_shapes}; expected {wanted}" if wanted else "",
            )
        return [x.numbers[0] for x in items]
    values = {name: [m.number(0)] * prod(shape) for name, shape in blocks.items()}
    for name, shape, numbers in items:
        if name is None:
            raise UsageError("mixed-point", f"{option} gives all numbers by name, or all by place")
        if name not in values:
            raise UsageError(
                "unknown-variable", f"{option}: there is no {noun} '{name}'", None, suggest(name, list(blocks))
            )
        if shape != blocks[name]:
            text = f"{option} gives {shapes.text(shape)} for '{name}', which is {shapes.text(blocks[name])}"
            raise UsageError("wrong-shape", text)
        values[name] = numbers
    return [x for numbers in values.values() for x in numbers]


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
