"""What a programming language is made of, for emitters: how operations and numbers are written, and what is taken.

A form is a template with the precedence of what it makes: `"{0:5} + {1:6}"` is a sum whose first
argument must bind at least as tightly as a sum does, and the second more tightly; what does not gets
parentheses.

>>> Form(SUM, "{0:5} + {1:6}").of([Fragment("a - b", SUM), Fragment("c - d", SUM)])
Fragment(text='a - b + (c - d)', precedence=5)
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

CHOICE, OR, AND, EQUALITY, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(10)
"""Precedences: each binds more tightly than those before."""


class Fragment(NamedTuple):
    """The text of an expression, and how tightly it binds."""

    text: str
    precedence: int = ATOM

    def __format__(self, needed: str) -> str:
        """The text; in parentheses if it binds less tightly than needed, or, as `1!2` says, if it binds as 2 does."""
        least, _, unclear = needed.partition("!")
        bare = self.precedence >= int(least) and str(self.precedence) != unclear
        return self.text if bare else f"({self.text})"


class Form(NamedTuple):
    """How an operation is written; `helped` says that a function of the language's `helpers` must stand beside it."""

    precedence: int
    template: str
    helped: bool = False

    def of(self, arguments: Sequence[Fragment]) -> Fragment:
        """The operation of some arguments."""
        return Fragment(self.template.format(*arguments), self.precedence)


def calls(arity: int, functions: Mapping[str, str]) -> dict[str, Form]:
    """The forms of operations that are calls of a function: `{"sin": "Math.sin"}`."""
    places = ", ".join([f"{{{k}:0}}" for k in range(arity)])
    return {name: Form(ATOM, f"{function}({places})") for name, function in functions.items()}


def helped(arity: int, functions: Mapping[str, str]) -> dict[str, Form]:
    """The same for functions of our own, whose text is a helper."""
    return {name: form._replace(helped=True) for name, form in calls(arity, functions).items()}


ARITHMETIC = {
    "add": Form(SUM, "{0:5} + {1:6}"),
    "sub": Form(SUM, "{0:5} - {1:6}"),
    "mul": Form(PRODUCT, "{0:6}*{1:8}"),
    "div": Form(PRODUCT, "{0:6}/{1:8}"),
    "neg": Form(SIGN, "-{0:8}"),
}
"""What all languages write in the same way."""

COMPARISONS = {
    name: Form(COMPARISON, f"{{0:5}} {sign} {{1:5}}")
    for name, sign in {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}.items()
}


class Language(NamedTuple):
    """A programming language.

    `forms` has the operations that it knows, `helpers` the text of functions that stand beside the code that
    needs them. `variant` may choose another form for an operation, by the numbers that its arguments are (None
    where they are none). `constants` are numbers with a name, `reserved` the words that no variable may be called.
    """

    title: str
    forms: Mapping[str, Form]
    helpers: Mapping[str, str]
    infinity: str
    nan: str
    constants: Mapping[float, str]
    reserved: frozenset[str]
    variant: Callable[[str, Sequence[float | None]], str] = lambda op, numbers: op

    def number(self, x: float) -> Fragment:
        """A number that reads back bit for bit."""
        if x != x:
            return Fragment(self.nan)
        size = self.infinity if math.isinf(x) else self.constants.get(abs(x)) or repr(abs(x))
        return Fragment(f"-{size}", SIGN) if math.copysign(1.0, x) < 0 else Fragment(size)


def renamed(language: Language, prefix: str, new: str) -> Language:
    """The language with helpers whose names begin with `new`, so that those of several functions go side by side."""
    forms = {key: form._replace(template=form.template.replace(prefix, new)) for key, form in language.forms.items()}
    helpers = {key: text.replace(prefix, new) for key, text in language.helpers.items()}
    return language._replace(forms=forms, helpers=helpers)
