"""Text to postfix code: what the parser calls.

The parser recognises rules from the inside out, which is the order of postfix code, so each
callback appends one instruction and no tree is ever built:

    x1*x2 + sin(x1)   ->   x1  x2  mul  x1  sin/1  add

An instruction is a tuple `(kind, operand, count, start, end)`: a kind of `NUMBER`, `NAME`,
`APPLY` (an operator, by the name of its primitive), `CALL` (a function, by the name in the
text) or `CHAIN` (comparisons in a row, by the names of their primitives), how many operands it
takes from the stack, and its place in the text. A callback returns the index of the
instruction that its rule ended with.
"""

import re
from itertools import pairwise
from typing import Any, NamedTuple

from ..errors import ReadError, Span, printable
from .explain import SUPERSCRIPTS, explain, short, unclosed_parenthesis
from .grammar import load_parser
from .lines import join_lines
from .parser import Parser, Piece, Unexpected

NUMBER, NAME, APPLY, CALL, CHAIN = "number", "name", "apply", "call", "chain"
SCALE = "scale"  # applied to a factor and its coefficient, which comes after it
Instruction = tuple[str, str, int, int, int]
Code = list[Instruction]

_COMPARISONS = {"<": "lt", "<=": "le", "≤": "le", ">": "gt", ">=": "ge", "≥": "ge", "==": "eq", "!=": "ne", "≠": "ne"}


class Statement(NamedTuple):
    """One statement: a binding `name = ...`, a function `name(parameters) = ...`, or outputs (no name).

    `codes` holds one piece of code for each expression, `start` and `end` its place.
    """

    name: str | None
    parameters: tuple[str, ...] | None
    codes: tuple[Code, ...]
    start: int
    end: int


class Reader:
    """The callbacks, by the names of the grammar's rules and aliases."""

    def __init__(self) -> None:
        self.text = ""
        self.where = ""
        self.code: Code = []
        self.scaled_roots: set[int] = set()

    def error(self, code: str, message: str, start: int, end: int, hint: str = "") -> ReadError:
        return ReadError(code, message, Span(start, end, self.text, self.where), hint)

    def _emit(self, kind: str, operand: str, count: int, start: int, end: int) -> int:
        self.code.append((kind, operand, count, start, end))
        return len(self.code) - 1

    # -- operands

    def number(self, children: list[Any]) -> int:
        token = children[0]
        return self._emit(NUMBER, str(token), 0, token.start_pos, token.end_pos)

    def name(self, children: list[Any]) -> int:
        token = children[0]
        return self._emit(NAME, self._plain(token), 0, token.start_pos, token.end_pos)

    def _plain(self, token: Piece) -> str:
        name = normal_name(token)
        if not name.isascii() and not re.fullmatch(r"[^\W\d]\w*", name):  # a sign among the letters, such as nabla
            raise self.error(
                "bad-name", f"'{printable(token)}' is not a name", token.start_pos, token.end_pos,
                "a name holds letters, digits and _",
            )  # fmt: skip
        return name

    def group(self, children: list[Any]) -> int:
        opening, root, closing = children
        kind, operand, count, _, _ = self.code[root]
        self.code[root] = (kind, operand, count, opening.start_pos, closing.end_pos)
        self.scaled_roots.discard(root)
        return int(root)

    def call(self, children: list[Any]) -> int:
        token, closing = children[0], children[-1]
        return self._emit(CALL, self._plain(token), len(children) - 3, token.start_pos, closing.end_pos)

    def root(self, children: list[Any]) -> int:
        sign, operand = children
        if isinstance(operand, Piece):
            operand = self.number([operand])
        return self._emit(CALL, "sqrt", 1, sign.start_pos, self.code[operand][4])

    # -- operators

    def _unary(self, name: str, children: list[Any]) -> int:
        sign, operand = children
        return self._emit(APPLY, name, 1, sign.start_pos, self.code[operand][4])

    def _binary(self, name: str, left: int, right: int) -> int:
        self.code.append((APPLY, name, 2, self.code[left][3], self.code[right][4]))
        return len(self.code) - 1

    def neg(self, children: list[Any]) -> int:
        return self._unary("neg", children)

    def not_(self, children: list[Any]) -> int:
        return self._unary("not_", children)

    def pos(self, children: list[Any]) -> int:
        return int(children[1])

    def add(self, children: list[Any]) -> int:
        return self._binary("add", children[0], children[2])

    def sub(self, children: list[Any]) -> int:
        return self._binary("sub", children[0], children[2])

    def mul(self, children: list[Any]) -> int:
        return self._binary("mul", children[0], children[2])

    def div(self, children: list[Any]) -> int:
        left, _, right = children
        if right in self.scaled_roots:
            start, end = self.code[left][3], self.code[right][4]
            above = self.text[start : self.code[left][4]]
            match = re.match(r"[0-9_.]+(?:[eE][-+]?[0-9_]+)?", self.text[self.code[right][3] :])
            number = match.group() if match else ""
            factor = self.text[self.code[right][3] + len(number) : end]
            raise self.error(
                "ambiguous-division",
                f"'{short(self.text[start:end])}' can be read in two ways",
                self.code[right][3],
                end,
                f"write {short(above)}/({number}*{short(factor)})\nor    ({short(above)}/{number})*{short(factor)}",
            )
        return self._binary("div", left, right)

    def pow(self, children: list[Any]) -> int:
        return self._binary("pow", children[0], children[2])

    def and_(self, children: list[Any]) -> int:
        return self._binary("and_", children[0], children[-1])

    def or_(self, children: list[Any]) -> int:
        return self._binary("or_", children[0], children[-1])

    def scaled(self, children: list[Any]) -> int:
        """A coefficient, as in 2x: the factor's code is there already, so the number goes before it."""
        number, factor = children
        start = self.code[factor][3]
        if number.end_pos != start:
            if "\n" in self.text[number.end_pos : start] and (
                unclosed := unclosed_parenthesis(self.text, start, self.error)
            ):
                raise unclosed
            raise self.error(
                "missing-operator",
                "an operator is missing here",
                number.end_pos,
                start,
                f"write {number}*{short(self.text[start : self.code[factor][4]])}, "
                f"or {number}{short(self.text[start : self.code[factor][4]])} without the space",
            )
        if self.text[start] == "_":
            raise self.error(
                "bad-number", "in a number, '_' stands between two digits", start, start + 1, "for example 1_000"
            )
        self._emit(NUMBER, str(number), 0, number.start_pos, number.end_pos)
        root = self._emit(APPLY, SCALE, 2, number.start_pos, self.code[factor][4])
        self.scaled_roots.add(root)
        return root

    def superscript(self, children: list[Any]) -> int:
        base, token = children
        digits = str(token).translate(SUPERSCRIPTS)
        self._emit(NUMBER, digits.lstrip("+-"), 0, token.start_pos, token.end_pos)
        if digits.startswith("-"):
            self._emit(APPLY, "neg", 1, token.start_pos, token.end_pos)
        return self._emit(APPLY, "pow", 2, self.code[base][3], token.end_pos)

    def number_superscript(self, children: list[Any]) -> int:
        return self.superscript([self.number(children[:1]), children[1]])

    def compare(self, children: list[Any]) -> int:
        """`a < b`, and chains: `a < b < c` means `a < b and b < c`."""
        roots, names = children[::2], [_COMPARISONS[str(sign)] for sign in children[1::2]]
        place = (self.code[roots[0]][3], self.code[roots[-1]][4])
        return self._emit(APPLY if len(names) == 1 else CHAIN, " ".join(names), len(roots), *place)

    # -- statements

    def _take(self) -> Code:
        code, self.code = self.code, []
        self.scaled_roots.clear()
        return code

    def outputs(self, roots: list[Any]) -> Statement:
        code = self._take()
        starts = [0, *[root + 1 for root in roots]]
        codes = tuple(code[a:b] for a, b in pairwise(starts))
        return Statement(None, None, codes, code[roots[0]][3], code[roots[-1]][4])

    def assignment(self, children: list[Any]) -> Statement:
        target, value = children[0], children[-1]
        code = self._take()
        head, body = code[: target + 1], code[target + 1 :]
        kind, name, count, start, end = head[-1]
        place = (start, code[value][4])
        if kind == NAME and len(head) == 1 and self.text[start] != "(":
            return Statement(name, None, (body,), *place)
        if (
            kind == CALL
            and self.text[start] != "("
            and all(k == NAME for k, *_ in head[:-1])
            and count == len(head) - 1
        ):
            parameters = tuple(operand for _, operand, *_ in head[:-1])
            for k, parameter in enumerate(parameters):
                if parameter in parameters[:k]:
                    raise self.error(
                        "duplicate-parameter", f"parameter '{parameter}' appears twice", head[k][3], head[k][4]
                    )
            return Statement(name, parameters, (body,), *place)
        raise self.error(
            "bad-assignment",
            "the left side of '=' must be a name, or a function header such as f(a, b)",
            start,
            end,
            "to compare two values, write ==",
        )

    point_value = outputs
    point_assignment = assignment

    def item(self, children: list[Any]) -> Statement:
        statement: Statement = children[0]
        return statement

    def program(self, statements: list[Statement]) -> list[Statement]:
        return statements

    point = program


def normal_name(token: str) -> str:
    """A name in its plain letters: pasted subscripts and mathematical alphabets are folded.

    >>> normal_name("x₁"), normal_name("𝜃"), normal_name("µ")
    ('x1', 'θ', 'μ')
    """
    if token.isascii():
        return str(token)
    import unicodedata

    return unicodedata.normalize("NFKC", token)


# -- reading

_PARSERS: list[tuple[Parser, Reader]] = []


def read(text: str, start: str = "program", where: str = "") -> list[Statement]:
    """The statements of a text, or a `ReadError` that shows the place.

    >>> [statement.name for statement in read("a = x^2; a + 1")]
    ['a', None]
    """
    if not _PARSERS:
        reader = Reader()
        _PARSERS.append((load_parser(reader), reader))
    parser, reader = _PARSERS[0]
    reader.text, reader.where, reader.code = text, where, []
    reader.scaled_roots.clear()
    try:
        statements: list[Statement] = parser.parse(join_lines(text), start)
    except Unexpected as stop:
        raise explain(stop, text, reader.error) from None
    finally:
        reader.code = []
    return statements
