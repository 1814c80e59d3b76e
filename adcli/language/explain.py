"""Saying what is wrong: from where the parser stopped to what a person should write instead."""

import re
from collections.abc import Callable
from functools import cached_property

from ..errors import ReadError, printable, suggest
from ..primitives import FUNCTIONS
from .functions import ARRAY_FUNCTIONS
from .lines import join_lines
from .parser import END, Unexpected

Blame = Callable[..., ReadError]
"""Makes an error: (code, message, start, end, hint)."""

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
GO_ON = "to go on with the line above, end it with the operator"
_RESERVED = ("and", "or", "not", "for", "in", "if")
_BETWEEN = frozenset(("TIMES", "DIVIDE", "POWER", "COMPARE", "COMMA", "REMAINDER", "AT"))
_OPERAND_FIRST = frozenset(("NAME", "NUMBER", "LPAR", "LBRACKET", "ROOT"))
_OPENINGS = "(√["  # what an operand may begin with besides letters and digits
_AFTER_LOOP = frozenset((END, "RBRACE", "_SEP"))
_BRACKETS = re.compile(r"#[^\n]*|[()\[\]{}]")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_OPENING = {")": "(", "]": "[", "}": "{"}
_NAME_ENDS = re.compile(r"[^\W\d]\w*$")
_NO_NAME = re.compile(r"\s*(?:=(?!=)|[-+*/^%@,)\]}.;]|$)")  # what follows a word that is used as a name
_NEAR = 64  # characters around a place that decide what is said of it

_WHERE = "write where(condition, a, b)"
_LOOP = "for k in range(n) { ... }"
_DEFINE = "to define a function, write f(x) = expression"
_BIND = "to bind a name, write name = expression"
_RANGE = "range(a, b) gives a, a+1, ..., b-1"
_LAST = "the last line is the output; no word stands before it"
_WORDS_OF_OTHERS = {
    "if": _WHERE,
    "else": _WHERE,
    "elif": _WHERE,
    "then": _WHERE,
    "xor": "write (a or b) and not (a and b)",
    "while": f"a loop runs through a range: {_LOOP}",
    "do": f"a loop runs through a range: {_LOOP}",
    "return": _LAST,
    "print": _LAST,
    "def": _DEFINE,
    "function": _DEFINE,
    "lambda": _DEFINE,
    "let": _BIND,
    "var": _BIND,
    "const": _BIND,
    "import": "'adcli functions' lists the functions that are there",
    "is": "to compare, write ==",
    "div": "write floor(x/y)",
}
_MODULES = frozenset(("np", "numpy", "jnp", "jax", "math", "cmath", "torch", "tf", "scipy", "mpmath", "sp", "sympy"))
_ATTRIBUTES = {
    "T": "the transpose is {0}'",
    "transpose": "the transpose is {0}'",
    "shape": "len({0}) is the length of the first axis, size({0}) the number of entries",
    "length": "write len({0})",
    "flatten": "write reshape({0}, -1)",
    "ravel": "write reshape({0}, -1)",
}


class _Place:
    """Where the parser stopped, and what surrounds it."""

    def __init__(self, stop: Unexpected, text: str, error: Blame) -> None:
        self.kind = stop.kind or ""
        self.expected = stop.expected
        self.text = text
        self.start, self.end = stop.start, max(stop.end, stop.start + 1)
        self.before = text[: stop.start].rstrip()
        self.near = self.before[-_NEAR:]
        self.blame = error
        self.opened, _ = _brackets(text, stop.start)
        self.top = text[self.opened[-1]] if self.opened else ""  # the bracket around the place

    @cached_property
    def word(self) -> str:
        return self.text[self.start : self.end]

    @cached_property
    def rest(self) -> str:
        """What follows, as far as it matters."""
        return self.text[self.end : self.end + _NEAR]

    @property
    def operand(self) -> bool:
        """Whether an operand may stand here: where one may, a number may."""
        return "NUMBER" in self.expected

    @cached_property
    def previous(self) -> str:
        """The word before the place, if it is one."""
        match = _NAME_ENDS.search(self.near)
        return match.group() if match else ""

    @cached_property
    def owner(self) -> str:
        """What the bracket around the place belongs to: the name of a function or of an array, or nothing."""
        if not self.opened:
            return ""
        before = self.text[max(self.opened[-1] - _NEAR, 0) : self.opened[-1]].rstrip()
        match = _NAME_ENDS.search(before)
        if match is None:
            return before[-1:] if before[-1:] in (")", "]", "'") else ""
        return "" if match.group() in _RESERVED else match.group()

    @cached_property
    def own(self) -> str:
        """What stands before the place in its own bracket or statement, without what is in inner brackets."""
        begin = self.opened[-1] + 1 if self.top in ("(", "[") else 0
        if not begin:
            joined = join_lines(self.text)
            begin = 1 + max(joined.rfind(sign, 0, self.start) for sign in ";\n{}")
        pieces, depth, end = [], 0, begin
        for match in _BRACKETS.finditer(self.text, begin, self.start):
            if depth == 0:
                pieces.append(self.text[end : match.start()])
            depth += (match.group() in _CLOSING) - (match.group() in _OPENING)
            end = match.end()
        return "".join([*pieces, self.text[end : self.start]])

    @property
    def has_clause(self) -> bool:
        return re.search(r"\bfor\b", self.own) is not None

    @property
    def in_loop_head(self) -> bool:
        return self.top in ("", "{") and re.match(r"\s*for\b", self.own) is not None

    @property
    def example(self) -> str:
        """What the `for` before the place looks like when it is complete."""
        if self.top == "(" and self.owner:
            return f"{self.owner}(i^2 for i in range(n))"
        return "[i^2 for i in range(n)]" if self.top in ("(", "[") else _LOOP

    @property
    def wanted(self) -> str:
        """What is expected, in words."""
        if self.expected == {"NAME"}:
            return "a name"
        if self.expected == {"IN"}:
            return "'in'"
        if self.operand:
            return "a number, a name or '('"
        if self.in_loop_head:
            return "'{'"
        if self.top == "(":
            return "an operator, ',' or ')'" if self.owner and not self.has_clause else "an operator or ')'"
        if self.top == "[":
            return "an operator or ']'" if self.has_clause else "an operator, ',' or ']'"
        return "an operator, ';' or '}'" if self.top == "{" else "an operator, ',' or the end"

    def error(
        self, code: str, message: str, hint: str = "", start: int | None = None, end: int | None = None
    ) -> ReadError:
        """An error at the place, or at another."""
        return self.blame(code, message, self.start if start is None else start, self.end if end is None else end, hint)

    def unexpected(self, hint: str = "") -> ReadError:
        """Say what stands here and what was expected."""
        if self.kind == "_SEP" and self.word.startswith("\n"):
            return self.error("unexpected-token", f"the line ends where {self.wanted} is expected", hint)
        return self.error("unexpected-token", f"unexpected {quoted(self.word)}: expected {self.wanted}", hint)

    def unclosed(self) -> ReadError | None:
        """Blame the bracket around the place that is never closed, if one is."""
        return unclosed_bracket(self.text, self.start, self.blame)


def explain(stop: Unexpected, text: str, error: Blame) -> ReadError:
    """What to say of a text in which the parser stopped; `error` makes the error at a place of it."""
    if stop.kind is None:
        return _explain_character(text, stop.start, error)
    place = _Place(stop, text, error)
    if stop.kind == END:
        return _explain_end(place)
    for rule in _RULES:
        if found := rule(place):
            return found
    hint = "" if place.previous in _RESERVED else _WORDS_OF_OTHERS.get(place.previous, "")
    if place.kind in _BETWEEN and "\n" in join_lines(text)[len(place.before) : place.start]:
        hint = GO_ON
    elif place.kind == "DIVIDE" and text[place.start - 1 : place.start] == "/":
        hint = "the whole part of a quotient is floor(x/y); a comment begins with #"
    return place.unexpected(hint)


# -- one rule for each kind of mistake; None where it does not apply


def _explain_word(p: _Place) -> ReadError | None:
    """A word of the language where it does not belong."""
    if p.kind not in ("FOR", "IN", "IF") or p.expected == {"IN"} or (p.kind == "IN" and p.expected == {"NAME"}):
        return None
    if p.expected == {"NAME"} or (p.operand and _NO_NAME.match(p.rest)):
        return p.error(
            "reserved-name", f"'{p.word}' is a word of the language, and cannot be a name", "choose another name"
        )
    if p.kind == "IF":
        return p.unexpected(_WHERE)
    if p.kind == "IN":
        return p.unexpected("'in' stands after 'for', as in [x^2 for x in [1, 2, 3]]")
    if p.operand:
        inside = "the value comes first: [i^2 for i in range(n)]"
        return p.unexpected(inside if p.top in ("(", "[") else f"a loop is a statement of its own: {_LOOP}")
    if p.top == "(" and p.owner and "," in p.own:
        return p.unexpected(f"{p.owner}(... for ...) takes one expression, and nothing beside it")
    if p.top == "[" and p.owner:
        return p.unexpected("the entries at several places: x[[2*i for i in range(n)]]")
    if p.top == "[":
        return p.unexpected("a comprehension is all that its brackets hold; concat(a, b) joins arrays")
    return p.unexpected("write [i^2 for i in range(n)], or sum(i^2 for i in range(n))")


def _explain_closing(p: _Place) -> ReadError | None:
    """A bracket that closes nothing, or the wrong one, or too early."""
    if p.kind not in ("RPAR", "RBRACKET", "RBRACE"):
        return None
    char = p.word
    if not p.opened:
        return p.error(_code("unmatched", char), f"this '{char}' closes nothing")
    if _CLOSING[p.top] != char:
        if any(p.text[place] == _OPENING[char] for place in p.opened):
            return _never_closed(p.text, p.opened[-1], p.blame)
        if p.unclosed():
            hint = f"write '{_CLOSING[p.top]}'"
            return p.error("mismatched-bracket", f"this '{char}' cannot close the '{p.top}' before it", hint)
        return p.error(_code("unmatched", char), f"this '{char}' closes nothing")
    if char == "}" and p.before.endswith("{"):
        return p.unexpected("a loop binds names anew, as in { v = v + k }")
    if char == "]" and p.before.endswith("["):
        name = p.owner if p.owner.isidentifier() else "x"
        return p.unexpected(f"{name}[0] is the first entry, {name}[:] all of them")
    if char == "]" and p.before.endswith(","):
        return p.unexpected("':' is all of an axis, as in W[1, :]" if p.owner else "no ',' stands after the last entry")
    return None


def _explain_open(p: _Place) -> ReadError | None:
    """A bracket of an earlier line that is never closed."""
    return p.unclosed() if p.top in ("(", "[") and "\n" in p.text[p.opened[-1] : p.start] else None


def _explain_loop(p: _Place) -> ReadError | None:
    """Something other than `for name in values { ... }`."""
    if p.expected == {"NAME"}:
        if p.kind == "EQUAL":  # for = 2
            start = p.before.rindex("for")
            return p.error("reserved-name", "'for' is a word of the language, and cannot be a name",
                           "choose another name", start, start + 3)  # fmt: skip
        return p.unexpected(p.example)
    if p.expected == {"IN"}:
        if p.kind == "COMMA" and p.example == _LOOP:
            return p.unexpected("a loop has one name, and loops nest: for i in a { for j in b { ... } }")
        if p.kind == "COMMA":
            return p.unexpected("each name has its own 'for': [i*j for i in range(n) for j in range(n)]")
        return p.unexpected(p.example)
    if p.expected <= _AFTER_LOOP:
        return p.error("unexpected-token", "after a '}', the next statement begins on a new line",
                       "a ';' between the two does, too")  # fmt: skip
    if not p.in_loop_head or p.operand:
        return None
    if p.kind == "COLON" and re.match(r"[^\n{]*\{", p.rest):  # for k in 0:3 {
        return p.unexpected(_RANGE)
    if p.word.startswith(".") and p.before.endswith("."):
        return p.unexpected(_RANGE)
    if p.kind == "COMMA":
        return p.unexpected("several values stand in brackets: for k in [1, 2] { ... }")
    if p.kind == "_SEP" and re.match(r"\s*\{", p.rest):
        return p.unexpected("the '{' stands on the line of its 'for'")
    return p.unexpected(f"what is done in each turn stands in braces: {_LOOP}")


def _explain_operand(p: _Place) -> ReadError | None:
    """Two operands without an operator: `x y`, `(a)(b)`, `sin x`, `x^2y`, `sin^2(x)`."""
    if p.kind not in _OPERAND_FIRST or p.operand:
        return None
    near, previous, first = p.near, p.previous, p.word[0]
    following = re.match(r"[\w.]+", p.text[p.start : p.start + _NEAR])
    shown = short(following.group() if following else p.word)
    power = re.search(r"([^\W\d]\w*)\s*(?:(?:\^|\*\*)\s*([0-9]+)|([⁰¹²³⁴⁵⁶⁷⁸⁹]+))$", near)
    exponent = re.search(r"([\w.]+|[)\]])\s*(?:\^|\*\*)\s*([-+]?[0-9.]+)$", near)
    touches = p.start == len(p.before)
    if p.word in _WORDS_OF_OTHERS or previous in _WORDS_OF_OTHERS:
        hint = _WORDS_OF_OTHERS.get(p.word) or _WORDS_OF_OTHERS[previous]
    elif power and power.group(1) in FUNCTIONS:
        number = power.group(2) or power.group(3).translate(SUPERSCRIPTS)
        inner = "x" if first in "([" else shown
        hint = f"for the power of a function value, write {power.group(1)}({inner})^{number}"
    elif first not in _OPENINGS and len(shown) > 1 and shown not in FUNCTIONS and suggest(shown, _RESERVED):
        hint = suggest(shown, _RESERVED)  # fro
    elif exponent and first not in _OPENINGS:
        base, number = exponent.groups()
        base = f"…{base}" if base in ")]" else base
        hint = f"write {base}^{number}*{shown} or {base}^({number}*{shown})"
    elif previous in FUNCTIONS or previous in ARRAY_FUNCTIONS:
        hint = f"the argument of a function stands in parentheses: {previous}({shown})"
    elif first == "(" and touches and re.search(r"\w['’′]+$", near):
        hint = "' transposes an array; 'adcli diff' gives derivatives"
    elif first == "." and near.endswith("."):
        hint = _RANGE
    elif first == "." and touches and near[-1:].isdigit():
        hint = "a number has one decimal point"
    elif len(previous) > 1 and first not in _OPENINGS and suggest(previous, _RESERVED):
        hint = suggest(previous, _RESERVED)
    elif p.top == "[" and not p.owner:
        hint = "between two entries, write ','; to multiply, write *"
    else:
        hint = "to multiply, write * between the two"
    return p.error("missing-operator", "an operator is missing here", hint)


def _explain_separator(p: _Place) -> ReadError | None:
    """A `;` inside brackets."""
    if p.kind != "_SEP" or p.top not in ("(", "["):
        return None
    if unclosed := p.unclosed():
        return unclosed
    if p.top == "(":
        what, hint = "parentheses", "a ',' separates arguments"
    else:
        what, hint = "brackets", "a ',' separates indices" if p.owner else "each row is an array: [[1, 2], [3, 4]]"
    return p.error("unexpected-token", f"';' cannot stand inside {what}", hint, end=p.start + 1)


def _explain_comma(p: _Place) -> ReadError | None:
    if p.kind != "COMMA" or p.top not in ("(", "[") or p.operand:
        return None
    if unclosed := p.unclosed():
        return unclosed
    if p.has_clause:
        of = f"{p.owner}(... for ...) takes one expression, and nothing beside it"
        return p.unexpected(
            of if p.top == "(" else "a comprehension is all that its brackets hold; concat(a, b) joins arrays"
        )
    return p.error(
        "unexpected-token",
        "',' cannot stand here: these parentheses hold one expression",
        "an array stands in brackets, as in [1, 2]; outputs are separated by ','\nwithout parentheses around them",
    )


def _explain_equal(p: _Place) -> ReadError | None:
    """An `=` that does not bind."""
    if p.kind == "COMPARE" and p.before.endswith("=") and len(p.before) == p.start:  # => and =<
        hint = _hint_arrow(p, p.word[0])
        return p.error("unexpected-token", "'=' cannot stand here", hint, p.start - 1, p.start)
    if p.kind != "EQUAL":
        return None
    after, before = p.text[p.end : p.end + 1], p.near[-1:]
    changed = re.search(r"([^\W\d]\w*)(\[[^\[\]]*\])?\s*(\*\*|//|[-+*/^%@])$", p.near)
    if after in {"<", ">"}:
        hint = _hint_arrow(p, after)
    elif before == "=" and len(p.before) == p.start:
        hint = "to compare two values, write =="
    elif changed and p.operand and p.top in ("", "{"):
        name, part, sign = changed.groups()
        hint = UNCHANGED if part else f"write {name} = {name} {sign} ..."
    elif p.top == "(":
        hint = "inside a condition, write == to compare"
    elif p.top == "[":
        hint = "to compare two values, write =="
    elif re.fullmatch(r"\s*\w+(\s*,\s*\w+)+\s*", p.own):
        hint = "one name at a time: a = ...; b = ..."
    else:
        hint = f"{_BIND}; to compare two values, write =="
    return p.error("unexpected-token", "'=' cannot stand here", hint)


def _hint_arrow(p: _Place, sign: str) -> str:
    """`=<` and `=>` compare; outside of brackets, `=>` may have been meant to make a function."""
    return f"write {sign}=" if p.top or sign == "<" else f"to compare, write >=; {_DEFINE}"


UNCHANGED = "arrays are not changed in place: make a new one, as in\ny = [2*x[i] for i in range(len(x))]"


def _explain_colon(p: _Place) -> ReadError | None:
    if p.kind != "COLON":
        return None
    if p.rest.startswith("="):
        return p.unexpected(_BIND)
    first = re.match(r"\s*([^\W\d]\w*)", p.own)
    if p.top in ("", "{") and first and first.group(1) in _WORDS_OF_OTHERS:
        return p.unexpected(_WORDS_OF_OTHERS[first.group(1)])
    if p.top == "[":
        return p.unexpected("a part of an axis is x[start:stop:step]" if p.owner else _RANGE)
    if p.top == "(" and p.owner and p.owner not in FUNCTIONS and p.owner not in ARRAY_FUNCTIONS:
        return p.unexpected(f"indices stand in brackets: {p.owner}[0:2]")
    if p.top == "(" and "=" in p.own:
        return p.unexpected(f"{p.owner or 'sum'}(x[i] for i in range(a, b)), with i from a to b-1")
    if p.top in ("", "{") and re.fullmatch(r"\s*\w\s*", p.own) and p.before.endswith(")"):
        return p.unexpected(_DEFINE)
    return p.unexpected(_RANGE if p.before[-1:].isdigit() else "")


def _explain_brace(p: _Place) -> ReadError | None:
    if p.kind != "LBRACE":
        return None
    first = re.match(r"\s*([^\W\d]\w*)", p.own)
    if p.top in ("", "{") and first and first.group(1) in _WORDS_OF_OTHERS:
        hint = _WORDS_OF_OTHERS[first.group(1)]
    elif p.before.endswith("^"):
        hint = "LaTeX is not read: an exponent stands in parentheses, as in x^(n+1)"
    elif p.operand:
        hint = "an array stands in brackets, as in [1, 2]; to group, write ( )"
    elif p.previous.rstrip("_") in ("sum", "prod", "max", "min"):
        hint = f"write {p.previous.rstrip('_')}(x[i] for i in range(n))"
    elif p.previous.endswith("_"):
        hint = f"write {p.previous}1, or {p.previous.rstrip('_') or 'x'}[1] for an entry of an array"
    else:
        hint = f"braces hold what a loop does: {_LOOP}"
    return p.unexpected(hint)


def _explain_sign(p: _Place) -> ReadError | None:
    """Comparisons and quotes that other languages write."""
    if p.kind == "PRIME" and (p.operand or p.expected == {"NAME"}):
        return p.unexpected("strings are not part of the language")
    if p.kind == "PRIME":
        return p.unexpected("' transposes an array; 'adcli diff' gives derivatives")
    if p.kind != "COMPARE" or p.start != len(p.before):
        return None
    if p.near.endswith("<") and p.word == ">":
        return p.error("unexpected-token", "'<>' is not a comparison here", "write !=", p.start - 1)
    if p.near.endswith("-") and p.word == ">":
        return p.error("unexpected-token", "'->' is not an operator here", _DEFINE, p.start - 1)
    return None


_RULES = (
    _explain_word, _explain_closing, _explain_open, _explain_loop, _explain_operand, _explain_separator, _explain_comma,
    _explain_equal, _explain_colon, _explain_brace, _explain_sign,
)  # fmt: skip


# -- characters, ends and brackets


def _explain_character(text: str, position: int, error: Blame) -> ReadError:
    """A character that no token begins with."""
    char = text[position]
    hint = _CHARACTER_HINTS.get(char, "")
    before, after = text[max(position - _NEAR, 0) : position], text[position + 1 : position + _NEAR]
    follows = re.search(r"[\w)\]'’′]\s*$", before)  # what may be an operand
    if char == "|" and "||" in before[-1:] + char + after[:1]:
        hint = "write or"
    elif char == "!" and follows:
        hint = "there is no factorial; to compare, write !="
    elif char == "\\" and follows and re.match(r"\s*(?:[A-Za-z]\b|[(\[])", after):
        hint = "the x with A@x = b is solve(A, b)"
    elif char == "." and follows and before[-1:] != " ":
        hint = _explain_dot(before, after)
    elif char == "." and after.startswith(".."):
        hint = "all of an axis is ':', as in W[:, 0]"
    return error("unexpected-character", f"unexpected character {quoted(char)}", position, position + 1, hint)


def _explain_dot(before: str, after: str) -> str:
    """`x.T`, `np.sin(x)`, `x.sum()`, `A.*B`: the hint for a '.' after an operand."""
    if after[:1] in ("*", "/", "^"):
        return f"write {after[0]} alone: it works entry by entry; the matrix product is @"
    match = _NAME_ENDS.search(before)
    name = match.group() if match else "x"
    match = re.match(r"[^\W\d]\w*", after)
    word = match.group() if match else ""
    if name in _MODULES and word:
        return f"functions have no prefix: {word}(...)"
    if word in _ATTRIBUTES:
        return _ATTRIBUTES[word].format(name)
    if word in FUNCTIONS or word in ARRAY_FUNCTIONS:
        return f"write {word}({name})"
    return "a name holds letters, digits and _"


_CHARACTER_HINTS = {
    "!": "write not",
    "|": "write abs(x) for |x|",
    "&": "write and",
    "~": "write not",
    "?": _WHERE,
    '"': "strings are not part of the language",
    "\\": "LaTeX is not read: write sqrt(x), sin(x), a/b",
    "$": "LaTeX is not read: write sqrt(x), sin(x), a/b",
    ".": "a number has a digit beside its point, as in 0.5",
}


def _explain_end(p: _Place) -> ReadError:
    """A text that ends too early, or holds nothing."""
    text = p.text
    if (
        not text.strip()
        or not join_lines(text).strip(" \t\r\n;\f\v")
        or all(line.strip().startswith("#") or not line.strip(" \t;") for line in text.splitlines())
    ):
        return p.error("empty", "there is no expression here", 'for example "x1*x2 + sin(x1)"', 0, 1)
    if unclosed := p.unclosed():
        return unclosed
    end = len(text.rstrip())
    hint = _LOOP if p.in_loop_head else ""
    return p.error("unexpected-end", f"the text ends where {p.wanted} is expected", hint, end, end + 1)


def _brackets(text: str, end: int | None = None) -> tuple[list[int], set[int]]:
    """The places of the brackets that are open at `end`, outermost first; and of those that others closed over."""
    stack: list[int] = []
    lost: set[int] = set()
    count = {"(": 0, "[": 0, "{": 0}
    for match in _BRACKETS.finditer(text, 0, len(text) if end is None else end):
        char = match.group()
        if char in count:
            count[char] += 1
            stack.append(match.start())
        elif char in _OPENING and count[_OPENING[char]]:
            while text[stack[-1]] != _OPENING[char]:
                count[text[stack[-1]]] -= 1
                lost.add(stack.pop())
            count[text[stack.pop()]] -= 1
    return stack, lost


def unclosed_bracket(text: str, stop: int, error: Blame) -> ReadError | None:
    """What to say of the innermost bracket that is open at `stop` and stays so, if one is."""
    opened, lost = _brackets(text)
    never = lost.union(opened)
    for place in reversed(_brackets(text, stop)[0]):
        if place in never:
            return _never_closed(text, place, error)
    return None


def _never_closed(text: str, place: int, error: Blame) -> ReadError:
    return error(_code("unclosed", text[place]), f"this '{text[place]}' is never closed", place, place + 1)


def _code(what: str, bracket: str) -> str:
    return f"{what}-{'parenthesis' if bracket in '()' else 'bracket'}"


def quoted(text: str) -> str:
    """A piece of the text in quotes, for a message."""
    text = short(text)
    return f'"{text}"' if "'" in text else f"'{text}'"


def short(text: str, limit: int = 24) -> str:
    """A piece of the text as a message quotes it."""
    text = printable(text.strip())
    return text if len(text) <= limit else text[: limit - 1] + "…"
