"""Text to postfix code: what the parser calls, and what is said when it stops.

The parser recognises rules from the inside out, which is the order of postfix code, so each
callback appends one instruction and no tree is ever built:

    x1*x2 + sin(x1)   ->   x1  x2  mul  x1  sin/1  add

An instruction is a tuple `(kind, operand, count, start, end)`: a kind of `NUMBER`, `NAME`,
`APPLY` (an operator, by the name of its primitive) or `CALL` (a function, by the name in the
text), how many operands it takes from the stack, and its place in the text. A callback
returns the index of the instruction that its rule ended with.
"""

import re
from typing import Any, NamedTuple

import lark

from ..errors import ReadError, Span, printable, suggest
from ..primitives import FUNCTIONS
from .grammar import load_parser

NUMBER, NAME, APPLY, CALL = "number", "name", "apply", "call"
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
        return self._emit(NAME, normal_name(token), 0, token.start_pos, token.end_pos)

    def group(self, children: list[Any]) -> int:
        opening, root, closing = children
        kind, operand, count, _, _ = self.code[root]
        self.code[root] = (kind, operand, count, opening.start_pos, closing.end_pos)
        self.scaled_roots.discard(root)
        return int(root)

    def call(self, children: list[Any]) -> int:
        token, closing = children[0], children[-1]
        return self._emit(CALL, normal_name(token), len(children) - 3, token.start_pos, closing.end_pos)

    def root(self, children: list[Any]) -> int:
        sign, operand = children
        if isinstance(operand, lark.Token):
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
            raise self.error(
                "missing-operator",
                "an operator is missing here",
                number.end_pos,
                start,
                f"write {number}*{_short(self.text[start : self.code[factor][4]])}, "
                f"or {number}{_short(self.text[start : self.code[factor][4]])} without the space",
            )
        self._emit(NUMBER, str(number), 0, number.start_pos, number.end_pos)
        root = self._emit(APPLY, "scale", 2, number.start_pos, self.code[factor][4])
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
        roots, signs = children[::2], children[1::2]
        places = [(self.code[root][3], self.code[root][4]) for root in roots]
        operands = [self.code[a + 1 : b + 1] for a, b in zip(roots, roots[1:], strict=False)]
        del self.code[roots[0] + 1 :]
        for k, (sign, operand) in enumerate(zip(signs, operands, strict=True)):
            if k:
                self.code.extend(operands[k - 1])
            self.code.extend(operand)
            self._emit(APPLY, _COMPARISONS[str(sign)], 2, places[k][0], places[k + 1][1])
            if k:
                self._emit(APPLY, "and_", 2, places[0][0], places[k + 1][1])
        return len(self.code) - 1

    # -- statements

    def _take(self) -> Code:
        code, self.code = self.code, []
        self.scaled_roots.clear()
        return code

    def outputs(self, roots: list[Any]) -> Statement:
        code = self._take()
        starts = [0, *[root + 1 for root in roots]]
        codes = tuple(code[a:b] for a, b in zip(starts, starts[1:], strict=False))
        return Statement(None, None, codes, code[roots[0]][3], code[roots[-1]][4])

    def assignment(self, children: list[Any]) -> Statement:
        target, value = children[0], children[-1]
        code = self._take()
        head, body = code[: target + 1], code[target + 1 :]
        kind, name, count, start, end = head[-1]
        place = (start, code[value][4])
        if kind == NAME and len(head) == 1 and self.text[start] != "(":
            return Statement(name, None, (body,), *place)
        if kind == CALL and self.text[start] != "(" and all(k == NAME for k, *_ in head[:-1]) and count == len(head) - 1:
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

_PARSERS: list[tuple[lark.Lark, Reader]] = []
_LINES = re.compile(r"#[^\n]*|[()\[\]{}\n]")
_CONTINUES = "+-*/^,=(<>·×÷−@"


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
        statements: list[Statement] = parser.parse(join_lines(text), start=start)  # type: ignore[assignment]
    except lark.UnexpectedInput as stop:
        raise _explain(reader, stop, text) from None
    finally:
        reader.code = []
    return statements


def join_lines(text: str) -> str:
    """Newlines inside brackets and after an operator become spaces; every offset stays.

    >>> join_lines("f(1,\\n2) +\\n3\\n4")
    'f(1, 2) + 3\\n4'
    """
    if "\n" not in text:
        return text
    out, depth = list(text), 0
    for match in _LINES.finditer(text):
        char = match.group()
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth = max(0, depth - 1)
        elif char[0] == "#":
            out[match.start() : match.end()] = " " * len(char)
        elif depth or _last_char(out, match.start()) in _CONTINUES:
            out[match.start()] = " "
    return "".join(out)


def _last_char(chars: list[str], stop: int) -> str:
    k = stop - 1
    while k >= 0 and chars[k] in " \t\r":
        k -= 1
    return chars[k] if k >= 0 and chars[k] != "\n" else "\n"


# -- saying what is wrong

_OPERAND_FIRST = frozenset(("NAME", "NUMBER", "LPAR", "ROOT"))
_WORDS = {"_SEP": "the end of the statement", "$END": "the end of the text"}


def _explain(reader: Reader, stop: lark.UnexpectedInput, text: str) -> ReadError:
    position = getattr(stop, "pos_in_stream", None)
    if isinstance(stop, lark.UnexpectedCharacters):
        return _explain_character(reader, text, stop.pos_in_stream)
    token = getattr(stop, "token", None)
    kind = getattr(token, "type", "$END")
    expected = set(getattr(stop, "expected", None) or ())
    if kind == "$END":
        return _explain_end(reader, text)
    start = token.start_pos if token is not None else position or 0
    end = max(token.end_pos or start + 1, start + 1) if token is not None else start + 1
    shown = _short(text[start:end]) if kind != "_SEP" else "the end of the line"
    before = text[:start].rstrip()
    if kind in _OPERAND_FIRST and "NUMBER" not in expected:  # where an operand may stand, a number may
        return _explain_juxtaposition(reader, text, start, end, before)
    if kind == "RPAR" and before.count("(") <= before.count(")"):
        return reader.error("unmatched-parenthesis", "this ')' closes nothing", start, end)
    if kind in ("_SEP", "COMMA") and before.count("(") > before.count(")"):
        return _unclosed(reader, text)
    if kind == "EQUAL":
        hint = "inside a condition, write == to compare" if before.count("(") > before.count(")") else ""
        return reader.error("unexpected-token", "'=' cannot stand here", start, end, hint)
    wanted = "a number, a name or '('" if "NUMBER" in expected else "an operator, ',' or the end"
    return reader.error("unexpected-token", f"unexpected {_quoted(shown)}: expected {wanted}", start, end)


def _quoted(shown: str) -> str:
    return shown if shown.startswith("the ") else f"'{shown}'"


def _explain_character(reader: Reader, text: str, position: int) -> ReadError:
    char = text[position]
    hints = {
        "=": "inside a condition, write == to compare",
        "!": "write not, or !=",
        "|": "write abs(x) for |x|",
        "%": "there is no % operator",
        "&": "write and",
        "'": "strings and transposes cannot stand here",
        "[": "arrays cannot stand here",
        "]": "arrays cannot stand here",
        "{": "use parentheses",
        "}": "use parentheses",
    }
    return reader.error(
        "unexpected-character", f"unexpected character '{printable(char)}'", position, position + 1, hints.get(char, "")
    )


def _explain_end(reader: Reader, text: str) -> ReadError:
    if not text.strip() or not join_lines(text).strip(" \t\r\n;\f\v") or all(
        line.strip().startswith("#") or not line.strip(" \t;") for line in text.splitlines()
    ):
        return reader.error("empty", "there is no expression here", 0, 1, 'for example "x1*x2 + sin(x1)"')
    if text.count("(") > text.count(")"):
        return _unclosed(reader, text)
    end = len(text.rstrip())
    return reader.error(
        "unexpected-end", "the text ends where a number, a name or '(' is expected", end, end + 1
    )


def _unclosed(reader: Reader, text: str) -> ReadError:
    stack = []
    for match in re.finditer(r"#[^\n]*|[()]", text):
        if match.group() == "(":
            stack.append(match.start())
        elif match.group() == ")" and stack:
            stack.pop()
    place = stack[-1] if stack else len(text)
    return reader.error("unclosed-parenthesis", "this '(' is never closed", place, place + 1)


def _explain_juxtaposition(reader: Reader, text: str, start: int, end: int, before: str) -> ReadError:
    """Two operands without an operator: `x y`, `(a)(b)`, `sin x`, `x^2y`, `sin^2(x)`."""
    shown = _short(text[start:end])
    match = re.search(r"[^\W\d]\w*$", before)
    previous = match.group() if match else ""
    hint = "to multiply, write * between the two"
    power = re.search(r"([^\W\d]\w*)\s*(?:\^|\*\*)\s*[0-9]+$", before)
    if power and power.group(1) in FUNCTIONS and text[start] == "(":
        name = power.group(1)
        hint = f"for the power of a function value, write {name}(x)^2"
    elif re.search(r"(\^|\*\*)\s*[-+]?[0-9.]+$", before):
        exponent = re.findall(r"[0-9.]+$", before)[0]
        hint = f"write ^{exponent}*{shown} or ^({exponent}*{shown})"
    elif previous in FUNCTIONS:
        hint = f"write {previous}({shown})"
    elif previous and text[start] not in "(√" and suggest(previous, list(_RESERVED)):
        hint = suggest(previous, list(_RESERVED))
    return reader.error("missing-operator", "an operator is missing here", start, end, hint)
