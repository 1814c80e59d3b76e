"""What stands around the statements, in any language: the words above a function, its arguments, lists of results."""

import re
from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import NamedTuple

from .. import __version__
from ..errors import UsageError, printable, shortened
from ..kernels import Kernel
from ..results.base import counted
from ._language import Language
from ._names import Names
from ._results import Result

_WIDTH = 100
_TAB = 4
_COLUMN = 60  # where comments beside code begin, at the latest
_MOST_NAMES = 60  # in the words above a function
_PRODUCTS = {
    "eval": "the values", "jac": "the values and the Jacobian", "grad": "the value and the gradient",
    "jvp": "the values and a Jacobian-vector product", "vjp": "the values and a vector-Jacobian product",
    "hess": "the value, the gradient and the Hessian",
}  # fmt: skip


def checked_name(name: str, language: Language, taken: Iterable[str] = ()) -> str:
    """A name for the function, which the language must have room for; `taken` are refused, too."""
    if not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name):
        hint = "letters, digits and _, as in --name gradient"
        raise UsageError("bad-name", f"--name {name}: not a name in {language.title}", None, hint)
    if name in language.reserved or name in taken:
        raise UsageError(
            "bad-name", f"--name {name}: {language.title} has a use for that word", None, f"--name {name}_"
        )
    return name


class Parameter(NamedTuple):
    """An argument of the function: a number, or an array whose entries are inputs of the kernel."""

    name: str
    source: str
    shape: tuple[int, ...]


def parameters(kernel: Kernel, names: Names, entry: str) -> tuple[list[Parameter], dict[str, str]]:
    """The arguments, arrays as one each, and the text of each input; `entry` joins two indices, as `][` does."""
    indices: dict[str, list[tuple[int, ...]]] = {}
    for name in kernel.inputs:
        base, _, index = name.partition("[")
        indices.setdefault(base, []).append(tuple([int(k) for k in index.rstrip("]").split(",") if k]))
    spelled = names.of_all(indices)
    found = [
        Parameter(spelled[base], base, tuple([max(axis) + 1 for axis in zip(*places, strict=True)]))
        for base, places in indices.items()
    ]
    texts = {}
    for name in kernel.inputs:
        base, bracket, index = name.partition("[")
        texts[name] = spelled[base] + (f"[{index.rstrip(']').replace(',', entry)}]" if bracket else "")
    return found, texts


def heading(kernel: Kernel, call: str, arguments: Sequence[tuple[str, str]], *remarks: str) -> list[str]:
    """The words above a function: what it computes, of what, and what it gives."""
    width = max([len(name) for name, _ in arguments], default=0)
    lines = [f"{call}: {_PRODUCTS[kernel.product]} of", ""]
    lines += [
        f"    {line}" for line in wrap(printable(shortened(kernel.expression)), _WIDTH - 8, break_on_hyphens=False)
    ]
    lines.append("")
    for name, text in arguments:
        lines += wrap(text, _WIDTH, initial_indent=f"{name:{width}}  ", subsequent_indent=" " * (width + 2))
    lines += ["", *remarks] if remarks else []
    return [*lines, "", f"Written by adcli {__version__}."]


def page(*blocks: Sequence[str], apart: int = 1) -> str:
    """Blocks of lines with empty lines between them."""
    return ("\n" * (apart + 1)).join(["\n".join(block).strip("\n") for block in blocks if block]) + "\n"


def commented(lines: Sequence[str], mark: str) -> list[str]:
    """Lines as comments."""
    return [f"{mark} {line}".rstrip() for line in lines]


def indented(lines: Sequence[str], depth: int) -> list[str]:
    """Lines of a body, so many levels deep, with neither a beginning nor an end that is empty."""
    text = "\n".join(lines).strip("\n")
    return [f"{' ' * _TAB * depth}{line}".rstrip() for line in text.split("\n")] if text else []


def beside(lines: Sequence[tuple[str, str]], mark: str) -> list[str]:
    """Lines with a comment each, one under the other where the lines are short."""
    width = max([len(line) for line, remark in lines if remark and len(line) <= _COLUMN], default=0)
    return [f"{line:{width}}  {mark} {printable(remark)}" if remark else line for line, remark in lines]


def counted_names(names: Sequence[str]) -> str:
    """How many, and which: `2 numbers: y1, y2`."""
    shown = ", ".join(names[:_MOST_NAMES])
    rest = f", ..., {names[-1]}" if len(names) > _MOST_NAMES else ""
    return counted(len(names), "number") + (f": {shown}{rest}" if names else "")


def told(parameter: Parameter) -> str:
    """What an argument is, for the words above a function."""
    shape = "x".join([str(n) for n in parameter.shape])
    kind = f"an array of {shape} numbers" if len(parameter.shape) > 1 else f"{shape} numbers" if shape else "a number"
    return kind if parameter.name == parameter.source else f"{kind}: {printable(parameter.source)}"


def told_result(result: Result) -> str:
    """What a result is, likewise."""
    count, colon, names = counted_names(result.entries).partition(":")
    return count + (f" in {counted(result.shape[0], 'row')}" if len(result.shape) > 1 else "") + colon + names


def nested(texts: Sequence[str], shape: Sequence[int]) -> str:
    """A list, or a list of lists, on one line if it is short."""
    if len(shape) == 1:
        return _listed(texts, "")
    rows = [texts[k * shape[1] : (k + 1) * shape[1]] for k in range(shape[0])]
    whole = f"[{', '.join([_listed(row, '') for row in rows])}]"
    if len(whole) < _COLUMN and "\n" not in whole:
        return whole
    tab = " " * _TAB
    return "\n".join(["[", *[f"{tab}{_listed(row, tab)}," for row in rows], "]"])


def _listed(texts: Sequence[str], space: str) -> str:
    """A list, on several lines if it is long; they begin with that space."""
    whole = f"[{', '.join(texts)}]"
    if len(whole) + len(space) <= _WIDTH - 2 * _TAB:
        return whole
    lines = [""]
    for text in texts:
        if lines[-1] and len(space) + len(lines[-1]) + len(text) > _WIDTH - 2 * _TAB:
            lines.append("")
        lines[-1] += f"{' ' if lines[-1] else ''}{text},"
    return "\n".join(["[", *[f"{space}{' ' * _TAB}{line}" for line in lines], f"{space}]"])
