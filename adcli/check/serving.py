"""A Python function as a program that answers questions: the other end of `programs`.

    python -m adcli.check.serving model:f --jacobian model:df

It speaks the protocol of `samples/programs/README.md` on stdin and stdout. This file imports the
standard library alone and runs by itself, in any environment that the user's module needs.

The user's code never sees those two pipes: what it prints goes to stderr, what it reads is empty.
What it raises decides the answer. ValueError and ArithmeticError are what mathematics raises outside
a domain: the answer is an error for this point. Anything else is a defect, and ends the program.
"""

import argparse
import inspect
import json
import os
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from operator import attrgetter
from typing import IO, Any

Function = Callable[..., Any]


def main() -> None:
    """Answer questions until there are no more."""
    parser = argparse.ArgumentParser(prog="serving", description="Serve a Python function to adcli.")
    parser.add_argument("function", metavar="MODULE:FUNCTION")
    parser.add_argument("--jacobian", metavar="MODULE:FUNCTION", help="a function that gives its Jacobian, or gradient")
    options = parser.parse_args()
    questions, replies = _claim()
    sys.path.insert(0, os.getcwd())  # noqa: PTH109  # a text, as everything on the path
    functions = {"value": _find(options.function)}
    if options.jacobian is not None:
        functions["jacobian"] = _find(options.jacobian)
    for line in questions:
        if line.strip():
            replies.write(json.dumps(answer(json.loads(line), functions)) + "\n")
            replies.flush()


def _claim() -> tuple[IO[str], IO[str]]:
    """The two pipes for ourselves alone, and others in their place for whatever prints, C code included."""
    questions = os.fdopen(os.dup(0), encoding="utf-8")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return questions, replies


def _find(name: str) -> Function:
    module, _, path = name.partition(":")
    try:
        function: Function = attrgetter(path)(import_module(module))
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise  # something that the user's module imports
        sys.exit(f"there is no module '{error.name}' here")
    except AttributeError:
        if module not in sys.modules:
            raise  # by the user's module itself
        sys.exit(f"module '{module}' has no '{path}'")
    if not callable(function):
        sys.exit(f"'{path}' in module '{module}' is no function")
    return function


def answer(question: Mapping[str, Any], functions: Mapping[str, Function]) -> dict[str, Any]:
    """The reply to a question, as far as these functions give it.

    >>> answer({"id": 1, "point": {"x": 3.0}, "want": ["value", "jacobian"]}, {"value": lambda x: x * x})
    {'id': 1, 'value': 9.0}
    """
    reply: dict[str, Any] = {"id": question.get("id")}
    try:
        for key in question["want"]:
            if key in functions:
                reply[key] = _plain(_call(functions[key], question["point"]))
    except (ValueError, ArithmeticError) as error:
        return {"id": question.get("id"), "error": f"{type(error).__name__}: {error}"}
    return reply


def _call(function: Function, point: Mapping[str, Any]) -> Any:
    """Call it by the names of the variables if it has them, by position otherwise.

    A function that needs one argument where there are several variables gets them in a list.
    """
    values = {name: _array(_numbers(x)) for name, x in point.items()}
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # some functions written in C do not tell
        return function(*values.values())
    named = {p.name for p in parameters if p.kind in {p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY}}
    if named >= values.keys() or any(p.kind is p.VAR_KEYWORD for p in parameters):
        return function(**values)
    placed = [p for p in parameters if p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL}]
    needed = [p for p in placed if p.default is p.empty]
    if len(needed) == 1 and needed[0].kind is not inspect.Parameter.VAR_POSITIONAL and len(values) > 1:
        return function(_array(list(values.values())))
    return function(*values.values())


def _numbers(x: Any) -> Any:
    return [_numbers(entry) for entry in x] if isinstance(x, list) else float(x)


def _array(x: Any) -> Any:
    """Lists as NumPy arrays if the user's module has imported NumPy, which then will want to compute with them."""
    make = getattr(sys.modules.get("numpy"), "array", None)
    return make(x) if make is not None and isinstance(x, list) else x


def _plain(x: Any) -> Any:
    """Numbers, lists, and what has `tolist`, as JSON has them."""
    if hasattr(x, "tolist"):
        x = x.tolist()
    if isinstance(x, list | tuple):
        return [_plain(entry) for entry in x]
    if isinstance(x, dict):
        return {name: _plain(entry) for name, entry in x.items()}
    if isinstance(x, complex):
        raise ValueError(f"{x} is not a real number")  # noqa: TRY004  # as sqrt(-1) raises
    return float(x)


if __name__ == "__main__":
    main()
