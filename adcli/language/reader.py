"""Text to postfix code: what the parser calls, and what is said when it stops.

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

from ..errors import ReadError, Span, printable, suggest
from ..primitives import FUNCTIONS
from .grammar import load_parser
from .parser import END, Parser, Piece, Unexpected

NUMBER, NAME, APPLY, CALL, CHAIN = "number", "name", "apply", "call", "chain"
SCALE = "scale"  # applied to a factor and its coefficient, which comes after it
Instruction = tuple[str, str, int, int, int]
Code = list[Instruction]

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_COMPARISONS = {"<": "lt", "<=": "le", "≤": "le", ">": "gt", ">=": "ge", "≥": "ge", "==": "eq", "!=": "ne", "≠": "ne"}
_RESERVED = frozenset(("and", "or", "not"))


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
                f"'{_short(self.text[start:end])}' can be read in two ways",
                self.code[right][3],
                end,
                f"write {_short(above)}/({number}*{_short(factor)})\nor    ({_short(above)}/{number})*{_short(factor)}",
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
            if "\n" in self.text[number.end_pos : start] and (unclosed := _unclosed(self, start)):
                raise unclosed
            raise self.error(
                "missing-operator",
                "an operator is missing here",
                number.end_pos,
                start,
                f"write {number}*{_short(self.text[start : self.code[factor][4]])}, "
                f"or {number}{_short(self.text[start : self.code[factor][4]])} without the space",
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
        digits = str(token).translate(_SUPERSCRIPTS)
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


def _short(text: str, limit: int = 24) -> str:
    text = printable(text.strip())
    return text if len(text) <= limit else text[: limit - 1] + "…"


# -- reading

_PARSERS: list[tuple[Parser, Reader]] = []
_LINES = re.compile(r"#[^\n]*|[()\[\]{}\n]")
_CONTINUES = "+-*/^,=(<>@√·×⋅∗÷∕−–≤≥≠"


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
        raise _explain(reader, stop, text) from None
    finally:
        reader.code = []
    return statements


def join_lines(text: str) -> str:
    r"""Newlines inside brackets and after an operator become spaces; every offset stays.

    >>> join_lines("f(1,\n2) +\n3\n4")
    'f(1, 2) + 3\n4'
    """
    if "\n" not in text:
        return text
    out: list[str] = []
    depth, last, end = 0, "\n", 0  # `last` is the last character that is no blank
    for match in _LINES.finditer(text):
        piece, char = text[end : match.start()], match.group()
        out.append(piece)
        end = match.end()
        last = piece.rstrip()[-1:] or last
        if char[0] == "#":
            char = " " * len(char)
        elif char == "\n":
            if depth or last in _CONTINUES:
                char = " "
            else:
                last = "\n"
        else:
            depth = depth + 1 if char in "([{" else max(0, depth - 1)
            last = char
        out.append(char)
    out.append(text[end:])
    return "".join(out)


# -- saying what is wrong

GO_ON = "to go on with the line above, end it with the operator"
_BETWEEN = frozenset(("TIMES", "DIVIDE", "POWER", "COMPARE", "COMMA"))
_OPERAND_FIRST = frozenset(("NAME", "NUMBER", "LPAR", "ROOT"))
_PARENTHESES = re.compile(r"#[^\n]*|[()]")
_NEAR = 64  # characters around a place that decide what is said of it
_WORDS_OF_OTHERS = {
    "for": "this version has no loops and no sums over an index",
    "if": "write where(condition, a, b)",
    "else": "write where(condition, a, b)",
    "xor": "write (a or b) and not (a and b)",
}


def _explain(reader: Reader, stop: Unexpected, text: str) -> ReadError:
    kind, start, expected = stop.kind, stop.start, stop.expected
    if kind is None:
        return _explain_character(reader, text, start)
    if kind == END:
        return _explain_end(reader, text)
    end = max(stop.end, start + 1)
    before = text[:start].rstrip()
    inside = bool(_open_parentheses(text, start))
    unclosed = _unclosed(reader, start)
    if kind in _OPERAND_FIRST and "NUMBER" not in expected:  # where an operand may stand, a number may
        if unclosed and "\n" in text[len(before) : start]:
            return unclosed
        return _explain_juxtaposition(reader, text, start, end, before)
    if kind == "RPAR" and not inside:
        return reader.error("unmatched-parenthesis", "this ')' closes nothing", start, end)
    if kind == "_SEP" and inside:
        return unclosed or reader.error(
            "unexpected-token", "';' cannot stand inside parentheses", start, start + 1, "a ',' separates arguments"
        )
    if kind == "COMMA" and inside and "NUMBER" not in expected:
        return unclosed or reader.error(
            "unexpected-token",
            "',' cannot stand here: these parentheses hold one expression",
            start,
            end,
            "outputs are separated by ',' without parentheses around them",
        )
    if kind == "EQUAL":
        return reader.error("unexpected-token", "'=' cannot stand here", start, end, _hint_equal(text, start, inside))
    if kind == "COMPARE" and text[start - 1 : end] == "<>":
        return reader.error("unexpected-token", "'<>' is not a comparison here", start - 1, end, "write !=")
    wanted = "a number, a name or '('" if "NUMBER" in expected else "an operator, ',' or the end"
    if inside and "NUMBER" not in expected:
        wanted = "an operator or ')'"
    what = "the end of the line" if kind == "_SEP" and text[start] == "\n" else f"'{_short(text[start:end])}'"
    hint = ""
    if kind in _BETWEEN and "\n" in join_lines(text)[len(before) : start]:
        hint = GO_ON
    return reader.error("unexpected-token", f"unexpected {what}: expected {wanted}", start, end, hint)


def _hint_equal(text: str, start: int, inside: bool) -> str:
    """What to write instead of an `=` that does not bind."""
    if text[start + 1 : start + 2] in ("<", ">"):
        return f"write {text[start + 1]}="
    if inside:
        return "inside a condition, write == to compare"
    return "to bind a name, write name = expression; to compare two values, write =="


def _explain_character(reader: Reader, text: str, position: int) -> ReadError:
    char = text[position]
    hint = _CHARACTER_HINTS.get(char, "")
    if char == "|" and "||" in text[max(position - 1, 0) : position + 2]:
        hint = "write or"
    elif char == "!" and re.search(r"[\w)]\s*$", text[max(position - 64, 0) : position]):
        hint = "there is no factorial; to compare, write !="
    elif char == "." and text[position - 1 : position].isalpha():
        hint = "a name holds letters, digits and _"
    quoted = '"\'"' if char == "'" else f"'{printable(char)}'"
    return reader.error("unexpected-character", f"unexpected character {quoted}", position, position + 1, hint)


_CHARACTER_HINTS = {
    "!": "write not",
    "|": "write abs(x) for |x|",
    "%": "there is no % operator; the remainder is x - y*floor(x/y)",
    "&": "write and",
    "~": "write not",
    "'": "this version has no transpose; 'adcli diff' gives derivatives",
    '"': "strings are not part of the language",
    "[": "this version has no arrays",
    "]": "this version has no arrays",
    "{": "use parentheses",
    "}": "use parentheses",
    "@": "this version has no matrix product",
    "\\": "LaTeX is not read: write sqrt(x), sin(x), a/b",
    "$": "LaTeX is not read: write sqrt(x), sin(x), a/b",
    ":": "to bind a name, write name = expression",
    ".": "a number has a digit beside its point, as in 0.5",
}


def _explain_end(reader: Reader, text: str) -> ReadError:
    if (
        not text.strip()
        or not join_lines(text).strip(" \t\r\n;\f\v")
        or all(line.strip().startswith("#") or not line.strip(" \t;") for line in text.splitlines())
    ):
        return reader.error("empty", "there is no expression here", 0, 1, 'for example "x1*x2 + sin(x1)"')
    if unclosed := _unclosed(reader, len(text)):
        return unclosed
    end = len(text.rstrip())
    return reader.error("unexpected-end", "the text ends where a number, a name or '(' is expected", end, end + 1)


def _open_parentheses(text: str, end: int | None = None) -> list[int]:
    """The places of the parentheses that are open at `end`, outermost first."""
    stack: list[int] = []
    for match in _PARENTHESES.finditer(text, 0, len(text) if end is None else end):
        if match.group() == "(":
            stack.append(match.start())
        elif match.group() == ")" and stack:
            stack.pop()
    return stack


def _unclosed(reader: Reader, stop: int) -> ReadError | None:
    """What to say of the innermost parenthesis that is open at `stop` and stays so, if one is."""
    never = set(_open_parentheses(reader.text))
    for place in reversed(_open_parentheses(reader.text, stop)):
        if place in never:
            return reader.error("unclosed-parenthesis", "this '(' is never closed", place, place + 1)
    return None


def _explain_juxtaposition(reader: Reader, text: str, start: int, end: int, before: str) -> ReadError:
    """Two operands without an operator: `x y`, `(a)(b)`, `sin x`, `x^2y`, `sin^2(x)`."""
    near = before[-_NEAR:]
    match = re.search(r"[^\W\d]\w*$", near)
    previous = match.group() if match else ""
    following = re.match(r"[\w.]*", text[start : start + _NEAR])
    shown = _short(following.group() if following and following.group() else text[start:end])
    power = re.search(r"([^\W\d]\w*)\s*(?:(?:\^|\*\*)\s*([0-9]+)|([⁰¹²³⁴⁵⁶⁷⁸⁹]+))$", near)
    exponent = re.search(r"([\w.]*)\s*(?:\^|\*\*)\s*([-+]?[0-9.]+)$", near)
    if text[start:end] in _WORDS_OF_OTHERS or previous in _WORDS_OF_OTHERS:
        hint = _WORDS_OF_OTHERS.get(text[start:end]) or _WORDS_OF_OTHERS[previous]
    elif power and power.group(1) in FUNCTIONS:
        number = power.group(2) or power.group(3).translate(_SUPERSCRIPTS)
        inner = "x" if text[start] == "(" else shown
        hint = f"for the power of a function value, write {power.group(1)}({inner})^{number}"
    elif exponent and text[start] not in "(√":
        base, number = exponent.groups()
        hint = f"write {base}^{number}*{shown} or {base}^({number}*{shown})"
    elif previous in FUNCTIONS:
        hint = f"the argument of a function stands in parentheses: {previous}({shown})"
    elif re.search(r"[0-9.]$", before) and start == len(before) and text[start] == ".":
        hint = "a number has one decimal point"
    elif len(previous) > 1 and text[start] not in "(√" and suggest(previous, list(_RESERVED)):
        hint = suggest(previous, list(_RESERVED))
    else:
        hint = "to multiply, write * between the two"
    return reader.error("missing-operator", "an operator is missing here", start, end, hint)
