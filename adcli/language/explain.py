"""Saying what is wrong: from where the parser stopped to what a person should write instead."""

import re
from collections.abc import Callable

from ..errors import ReadError, printable, suggest
from ..primitives import FUNCTIONS
from .lines import join_lines
from .parser import END, Unexpected

Blame = Callable[..., ReadError]
"""Makes an error: (code, message, start, end, hint)."""

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_RESERVED = frozenset(("and", "or", "not"))
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


def explain(stop: Unexpected, text: str, error: Blame) -> ReadError:
    """What to say of a text in which the parser stopped; `error` makes the error at a place of it."""
    kind, start, expected = stop.kind, stop.start, stop.expected
    if kind is None:
        return _explain_character(text, start, error)
    if kind == END:
        return _explain_end(text, error)
    end = max(stop.end, start + 1)
    before = text[:start].rstrip()
    inside = bool(_open_parentheses(text, start))
    unclosed = unclosed_parenthesis(text, start, error)
    if kind in _OPERAND_FIRST and "NUMBER" not in expected:  # where an operand may stand, a number may
        if unclosed and "\n" in text[len(before) : start]:
            return unclosed
        return _explain_juxtaposition(text, start, end, before, error)
    if kind == "RPAR" and not inside:
        return error("unmatched-parenthesis", "this ')' closes nothing", start, end)
    if kind == "_SEP" and inside:
        return unclosed or error(
            "unexpected-token", "';' cannot stand inside parentheses", start, start + 1, "a ',' separates arguments"
        )
    if kind == "COMMA" and inside and "NUMBER" not in expected:
        return unclosed or error(
            "unexpected-token",
            "',' cannot stand here: these parentheses hold one expression",
            start,
            end,
            "outputs are separated by ',' without parentheses around them",
        )
    if kind == "EQUAL":
        return error("unexpected-token", "'=' cannot stand here", start, end, _hint_equal(text, start, inside))
    if kind == "COMPARE" and text[start - 1 : end] == "<>":
        return error("unexpected-token", "'<>' is not a comparison here", start - 1, end, "write !=")
    wanted = "a number, a name or '('" if "NUMBER" in expected else "an operator, ',' or the end"
    if inside and "NUMBER" not in expected:
        wanted = "an operator or ')'"
    what = "the end of the line" if kind == "_SEP" and text[start] == "\n" else f"'{short(text[start:end])}'"
    hint = ""
    if kind in _BETWEEN and "\n" in join_lines(text)[len(before) : start]:
        hint = GO_ON
    return error("unexpected-token", f"unexpected {what}: expected {wanted}", start, end, hint)


def _hint_equal(text: str, start: int, inside: bool) -> str:
    """What to write instead of an `=` that does not bind."""
    if text[start + 1 : start + 2] in ("<", ">"):
        return f"write {text[start + 1]}="
    if inside:
        return "inside a condition, write == to compare"
    return "to bind a name, write name = expression; to compare two values, write =="


def _explain_character(text: str, position: int, error: Blame) -> ReadError:
    char = text[position]
    hint = _CHARACTER_HINTS.get(char, "")
    if char == "|" and "||" in text[max(position - 1, 0) : position + 2]:
        hint = "write or"
    elif char == "!" and re.search(r"[\w)]\s*$", text[max(position - 64, 0) : position]):
        hint = "there is no factorial; to compare, write !="
    elif char == "." and text[position - 1 : position].isalpha():
        hint = "a name holds letters, digits and _"
    quoted = '"\'"' if char == "'" else f"'{printable(char)}'"
    return error("unexpected-character", f"unexpected character {quoted}", position, position + 1, hint)


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


def _explain_end(text: str, error: Blame) -> ReadError:
    if (
        not text.strip()
        or not join_lines(text).strip(" \t\r\n;\f\v")
        or all(line.strip().startswith("#") or not line.strip(" \t;") for line in text.splitlines())
    ):
        return error("empty", "there is no expression here", 0, 1, 'for example "x1*x2 + sin(x1)"')
    if unclosed := unclosed_parenthesis(text, len(text), error):
        return unclosed
    end = len(text.rstrip())
    return error("unexpected-end", "the text ends where a number, a name or '(' is expected", end, end + 1)


def _open_parentheses(text: str, end: int | None = None) -> list[int]:
    """The places of the parentheses that are open at `end`, outermost first."""
    stack: list[int] = []
    for match in _PARENTHESES.finditer(text, 0, len(text) if end is None else end):
        if match.group() == "(":
            stack.append(match.start())
        elif match.group() == ")" and stack:
            stack.pop()
    return stack


def unclosed_parenthesis(text: str, stop: int, error: Blame) -> ReadError | None:
    """What to say of the innermost parenthesis that is open at `stop` and stays so, if one is."""
    never = set(_open_parentheses(text))
    for place in reversed(_open_parentheses(text, stop)):
        if place in never:
            return error("unclosed-parenthesis", "this '(' is never closed", place, place + 1)
    return None


def _explain_juxtaposition(text: str, start: int, end: int, before: str, error: Blame) -> ReadError:
    """Two operands without an operator: `x y`, `(a)(b)`, `sin x`, `x^2y`, `sin^2(x)`."""
    near = before[-_NEAR:]
    match = re.search(r"[^\W\d]\w*$", near)
    previous = match.group() if match else ""
    following = re.match(r"[\w.]*", text[start : start + _NEAR])
    shown = short(following.group() if following and following.group() else text[start:end])
    power = re.search(r"([^\W\d]\w*)\s*(?:(?:\^|\*\*)\s*([0-9]+)|([⁰¹²³⁴⁵⁶⁷⁸⁹]+))$", near)
    exponent = re.search(r"([\w.]*)\s*(?:\^|\*\*)\s*([-+]?[0-9.]+)$", near)
    if text[start:end] in _WORDS_OF_OTHERS or previous in _WORDS_OF_OTHERS:
        hint = _WORDS_OF_OTHERS.get(text[start:end]) or _WORDS_OF_OTHERS[previous]
    elif power and power.group(1) in FUNCTIONS:
        number = power.group(2) or power.group(3).translate(SUPERSCRIPTS)
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
    return error("missing-operator", "an operator is missing here", start, end, hint)


def short(text: str, limit: int = 24) -> str:
    """A piece of the text as a message quotes it."""
    text = printable(text.strip())
    return text if len(text) <= limit else text[: limit - 1] + "…"
