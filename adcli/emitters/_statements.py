"""A kernel as statements that people can read: what is used once and short is written where it is used.

Statements follow the order of the nodes, and each node's text is made of those of its arguments, so
that nothing recurses, however deep the expression; what would be a long line becomes several.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..contexts import make_context
from ..errors import UsageError
from ..graph import CONSTANT, VARIABLE
from ..kernels import Kernel
from ..primitives import Primitive
from ._language import ATOM, Form, Fragment, Language
from ._names import Names

_LONG = 80  # characters of an expression; with a name, and what stands before it, a line has some 100
_MOST_OPEN = 8  # parentheses in it


class Statement(NamedTuple):
    """`name` is what `text` gives; `boolean` says that it is a condition."""

    name: str
    text: str
    boolean: bool


class Statements(NamedTuple):
    """What computes a kernel: the texts of `outputs` use the names of the statements and the inputs.

    `helpers` are the operations whose helpers must stand beside them.
    """

    statements: list[Statement]
    outputs: dict[str, str]
    helpers: list[str]


def used_inputs(kernel: Kernel) -> set[str]:
    """The inputs that the outputs depend on."""
    names = kernel.graph.names
    return {names[node] for node in kernel.graph.needed(kernel.outputs.values()) if node in names}


def statements(kernel: Kernel, language: Language, inputs: Mapping[str, str], names: Names) -> Statements:
    """The statements of a kernel; `inputs` has the text of each input, and `names` names intermediate results.

    Raises `UsageError` for a function that the language's library lacks.
    """
    return _Writer(kernel, language, inputs, names).written()


class _Writer:
    """The texts of nodes, as far as they have been made."""

    def __init__(self, kernel: Kernel, language: Language, inputs: Mapping[str, str], names: Names) -> None:
        self.kernel, self.graph, self.language = kernel, kernel.graph, language
        self.inputs, self.names = inputs, names
        self.done: list[Statement] = []
        self.named: set[int] = set()
        self.helpers: dict[str, None] = {}
        self.fragments: dict[int, Fragment] = {}
        self.numbers: dict[int, float] = {}
        self.floats = make_context()

    def written(self) -> Statements:
        graph, outputs = self.graph, self.kernel.outputs
        order = graph.needed(outputs.values())
        uses = graph.uses(order)
        for node in outputs.values():
            uses[node] = uses.get(node, 0) + 1
        for node in order:
            op, args = graph.ops[node], graph.args[node]
            if op is VARIABLE:
                self.fragments[node] = Fragment(self.inputs[graph.names[node]])
            elif op is CONSTANT:
                self.numbers[node] = self.floats.number(graph.constants[node])
                self.fragments[node] = self.language.number(self.numbers[node])
            else:
                self.fragments[node] = self._operation(op, args)
                if uses[node] > 1 and not self._is_small(node):
                    self._name(node)
        texts = {name: self.fragments[node].text for name, node in outputs.items()}
        return Statements(self.done, texts, list(self.helpers))

    def _is_small(self, node: int) -> bool:
        """Whether a node is no more than a name, a number, or one of them with a minus."""
        fragment = self.fragments[node]
        minus = self.graph.ops[node].name == "neg" and self.fragments[self.graph.args[node][0]].precedence == ATOM
        return (minus or node in self.numbers) and "(" not in fragment.text

    def _name(self, node: int) -> None:
        """Make a statement of a node, whose text is its name from now on."""
        name = self.names.next()
        self.named.add(node)
        self.done.append(Statement(name, self.fragments[node].text, self.graph.ops[node].boolean))
        self.fragments[node] = Fragment(name)

    def _operation(self, op: Primitive, args: Sequence[int]) -> Fragment:
        """The text of an operation; arguments that make it too long become statements, the longest first."""
        numbers = [self.numbers.get(a) for a in args]
        if op.name == "div" and numbers == [0.0, 0.0]:  # how a kernel has its NaN
            return Fragment(self.language.nan)
        key = self.language.variant(op.name, numbers)
        form = form_of(self.language, key)
        if form.helped:
            self.helpers[key] = None
        fragment = form.of([self.fragments[a] for a in args])
        while len(fragment.text) > _LONG or fragment.text.count("(") > _MOST_OPEN:
            inner = [a for a in args if self.graph.args[a] and a not in self.named]
            if not inner:
                break
            self._name(max(inner, key=lambda a: len(self.fragments[a].text)))
            fragment = form.of([self.fragments[a] for a in args])
        return fragment


def form_of(language: Language, operation: str) -> Form:
    """How a language writes an operation.

    Raises `UsageError` if it has none, and its library neither.
    """
    form = language.forms.get(operation)
    if form is None:
        name = operation.removesuffix("_dx")
        what = name if name == operation else f"the derivative of {name}"
        raise UsageError(
            "not-in-language", f"{what} is not in {language.title}'s own library", None,
            "adcli batch computes it at as many points as there are",
        )  # fmt: skip
    return form
