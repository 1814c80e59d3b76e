"""What is said of bad input: the code, the place, the words, the hint; and that it is safe to show."""

from __future__ import annotations

import unicodedata

import pytest

from adcli.errors import (
    EXIT_CODES,
    AdcliError,
    DomainError,
    LimitError,
    ReadError,
    Span,
    UsageError,
    printable,
    suggest,
)
from adcli.language import parse

# text with the expected place between « and »; code; words of the message; words of the hint
BAD = [
    # nothing there
    ("«»", "empty", "there is no expression here", "for example"),
    ("« »  ", "empty", "there is no expression here", "for example"),
    ("«\n»\n", "empty", "there is no expression here", "for example"),
    ("«#» only a comment", "empty", "there is no expression here", "for example"),
    ("«;» ;", "empty", "there is no expression here", "for example"),
    # operators
    ("x+«»", "unexpected-end", "the text ends where a number, a name or '(' is expected", ""),
    ("x and«»", "unexpected-end", "the text ends", ""),
    ("x+«*»y", "unexpected-token", "unexpected '*': expected a number, a name or '('", ""),
    ("«/»x", "unexpected-token", "unexpected '/'", ""),
    ("x^-«^»2", "unexpected-token", "unexpected '^'", ""),
    ("x,«,»y", "unexpected-token", "unexpected ','", ""),
    ("x,«»", "unexpected-end", "the text ends", ""),
    ("x «not» y", "unexpected-token", "unexpected 'not': expected an operator, ',' or the end", ""),
    ("(x «not» y)", "unexpected-token", "unexpected 'not': expected an operator or ')'", ""),
    ("a = x\n«*» 2", "unexpected-token", "unexpected '*'", "end it with the operator"),
    ("x +\n«*» y", "unexpected-token", "unexpected '*'", ""),
    ("x^«²»", "unexpected-token", "unexpected '²'", ""),
    # two operands side by side
    ("x «y»", "missing-operator", "an operator is missing here", "to multiply, write * between the two"),
    ("(a)«(»b)", "missing-operator", "an operator is missing here", "to multiply, write *"),
    ("sin(x)«cos»(x)", "missing-operator", "an operator is missing here", "to multiply, write *"),
    ("2« »x", "missing-operator", "an operator is missing here", "write 2*x, or 2x without the space"),
    ("2 «3»", "missing-operator", "an operator is missing here", "to multiply"),
    ("sin «x»", "missing-operator", "an operator is missing here", "stands in parentheses: sin(x)"),
    ("cos «2»x", "missing-operator", "an operator is missing here", "stands in parentheses: cos(2x)"),
    ("sin^2«(»x)", "missing-operator", "an operator is missing here", "write sin(x)^2"),
    ("sin^2 «y»", "missing-operator", "an operator is missing here", "write sin(y)^2"),
    ("sin²«(»x)", "missing-operator", "an operator is missing here", "write sin(x)^2"),
    ("x^2«y»", "missing-operator", "an operator is missing here", "write x^2*y or x^(2*y)"),
    ("1.2«.3»", "missing-operator", "an operator is missing here", "one decimal point"),
    ("a < 1 nad «b» < 2", "missing-operator", "an operator is missing here", "did you mean 'and'?"),
    ("for «k» in range(3)", "missing-operator", "an operator is missing here", "no loops"),
    ("x «if» y else z", "missing-operator", "an operator is missing here", "where(condition, a, b)"),
    ("1«_»_0", "bad-number", "'_' stands between two digits", "1_000"),
    # readings
    ("1/«2x»", "ambiguous-division", "'1/2x' can be read in two ways", "write 1/(2*x)\nor    (1/2)*x"),
    ("a + x^2/«2sin(x)»*3", "ambiguous-division", "'x^2/2sin(x)'", "write x^2/(2*sin(x))\nor    (x^2/2)*sin(x)"),
    ("1/«2.5e3x²»", "ambiguous-division", "two ways", "write 1/(2.5e3*x²)\nor    (1/2.5e3)*x²"),
    # parentheses
    ("«(»x", "unclosed-parenthesis", "this '(' is never closed", ""),
    ("sin«(»x", "unclosed-parenthesis", "this '(' is never closed", ""),
    ("max«(»1, (x, y)", "unclosed-parenthesis", "this '(' is never closed", ""),
    ("a = 1\nb = «(»a\nb + 1", "unclosed-parenthesis", "this '(' is never closed", ""),
    ("«(»x; y", "unclosed-parenthesis", "this '(' is never closed", ""),
    ("«(»x # )", "unclosed-parenthesis", "this '(' is never closed", ""),
    ("x«)»", "unmatched-parenthesis", "this ')' closes nothing", ""),
    ("(x)«)»", "unmatched-parenthesis", "this ')' closes nothing", ""),
    ("(«)»", "unexpected-token", "unexpected ')': expected a number, a name or '('", ""),
    ("sin(x,«)»", "unexpected-token", "unexpected ')'", ""),
    ("(1«,» 2)", "unexpected-token", "these parentheses hold one expression", "without parentheses around them"),
    ("where(x < 1«;» 2, 3)", "unexpected-token", "';' cannot stand inside parentheses", "a ',' separates"),
    # characters
    ("x «$» 2", "unexpected-character", "unexpected character '$'", "LaTeX"),
    ("«|»x|", "unexpected-character", "unexpected character '|'", "abs(x)"),
    ("where(a<1 «|»| b<1, 1, 2)", "unexpected-character", "unexpected character '|'", "write or"),
    ("where(a<1 «&»& b<1, 1, 2)", "unexpected-character", "unexpected character '&'", "write and"),
    ("where(«!»(a<1), 1, 2)", "unexpected-character", "unexpected character '!'", "write not"),
    ("n«!»", "unexpected-character", "unexpected character '!'", "factorial"),
    ("x «%» 2", "unexpected-character", "unexpected character '%'", "x - y*floor(x/y)"),
    ("f«'»(x)", "unexpected-character", 'unexpected character "\'"', "adcli diff"),
    ("x«[»0]", "unexpected-character", "unexpected character '['", "no arrays"),
    ("W«@»x", "unexpected-character", "unexpected character '@'", "no matrix product"),
    ("x «:»= 2", "unexpected-character", "unexpected character ':'", "name = expression"),
    ("np«.»sin(x)", "unexpected-character", "unexpected character '.'", "a name holds letters"),
    ("1 + «.»", "unexpected-character", "unexpected character '.'", "0.5"),
    ("«٣»", "unexpected-character", "unexpected character '٣'", ""),
    ("x + «中»文", "unexpected-character", "unexpected character '中'", ""),
    ("«𝛁» + 1", "bad-name", "'𝛁' is not a name", "letters, digits and _"),
    # names
    ("«sine»(x)", "unknown-function", "unknown function 'sine'", "did you mean 'sin'?"),
    ("1 + «Sin»(x)", "unknown-function", "unknown function 'Sin'", "did you mean 'sin'?"),
    ("«arcsine»(x)", "unknown-function", "unknown function 'arcsine'", "did you mean 'arcsin'?"),
    ("sqare(t) = t^2; «square2»(x)", "unknown-function", "unknown function 'square2'", "did you mean"),
    ("«pow»(x, 2)", "unknown-function", "unknown function 'pow'", "write x^y"),
    ("«tg»(x)", "unknown-function", "unknown function 'tg'", "did you mean 'tan'?"),
    ("«qqqqqq»(x)", "unknown-function", "unknown function 'qqqqqq'", "adcli functions"),
    ("«x»(y + 1)", "unknown-function", "unknown function 'x'", "to multiply, write x*(...)"),
    ("«x2»(3)", "unknown-function", "unknown function 'x2'", "to multiply, write x2*(...)"),
    ("speed = 3; «speed»(x)", "unknown-function", "unknown function 'speed'", "'speed' is a value"),
    ("«pi»(x)", "unknown-function", "unknown function 'pi'", "'pi' is a value"),
    ("f(t) = t; 1 + «f»", "function-as-value", "'f' is a function", "call it: f(t)"),
    ("y = x; «x» = 2", "bound-after-use", "'x' was used before this line gives it a value", "another name"),
    # arguments
    ("«sin()»", "wrong-argument-count", "sin takes 1 argument, and none were given", ""),
    ("1 + «sin(x, y)»", "wrong-argument-count", "sin takes 1 argument, and 2 were given", ""),
    ("«atan2(y)»", "wrong-argument-count", "atan2 takes 2 arguments, and 1 was given", "atan2(y, x)"),
    ("«max(x)»", "wrong-argument-count", "max takes 2 or more arguments, and 1 was given", ""),
    ("«log(x, y, z)»", "wrong-argument-count", "log takes 1 argument (or log(x, base)), and 3 were given", ""),
    ("«piecewise(x < 0, 1)»", "wrong-argument-count", "piecewise takes conditions and values in turn", "piecewise("),
    ("f(a, b) = a; «f(1)»", "wrong-argument-count", "f(a, b) is called with 1 argument", ""),
    ("f(a) = a; «f()»", "wrong-argument-count", "f(a) is called with no arguments", ""),
    # conditions
    ("where(«x», 1, 2)", "number-as-condition", "a number is used as a condition here", "x > 0"),
    ("where(x < 1 and «y», 1, 2)", "number-as-condition", "a number is used as a condition here", "x > 0"),
    ("1 + «(x < 1)»", "condition-as-number", "a condition is used as a number here", "where(condition, a, b)"),
    ("sin(«x < 1»)", "condition-as-number", "a condition is used as a number here", "where"),
    ("«x < 1»", "condition-as-output", "the output y1 is a condition, not a number", "where(condition, 1, 0)"),
    ("where(x «=» 1, 2, 3)", "unexpected-token", "'=' cannot stand here", "write == to compare"),
    ("where(x «=»> 1, 2, 3)", "unexpected-token", "'=' cannot stand here", "write >="),
    ("where(x «=»< 1, 2, 3)", "unexpected-token", "'=' cannot stand here", "write <="),
    ("where(x «<>» 1, 2, 3)", "unexpected-token", "'<>' is not a comparison here", "write !="),
    # statements
    ("«1» = x", "bad-assignment", "the left side of '=' must be a name", "write =="),
    ("«x + 1» = 2", "bad-assignment", "the left side of '=' must be a name", "write =="),
    ("«f(1)» = 2; x", "bad-assignment", "the left side of '=' must be a name", "write =="),
    ("x = 1 «=» 2", "unexpected-token", "'=' cannot stand here", "write =="),
    ("«=» x", "unexpected-token", "'=' cannot stand here", "name = expression"),
    ("f(a, «a») = a; f(1, 2)", "duplicate-parameter", "parameter 'a' appears twice", ""),
    ("«x + 1»; x", "output-not-last", "only the last statement is the output", "name this one"),
    ("«x»\n+ y", "output-not-last", "only the last statement is the output", "end it with the operator"),
    ("a = 1; «f(x) = x^2»", "no-output", "the program ends with a function and has no output", "f(1)"),
    # functions that call themselves
    ("f(n) = n*«f(n - 1)»; f(3)", "recursion", "'f' calls itself: f -> f", "would never end"),
    ("f(x) = g(x); g(x) = «f(x)»; f(1)", "recursion", "'f' calls itself: f -> g -> f", "would never end"),
    ("f(x) = g(x); g(x) = «g(x)» + f(x); f(1)", "recursion", "'g' calls itself: g -> g", "would never end"),
]


def marked(text: str) -> tuple[str, int, int]:
    """A text without its « and », and where they stood."""
    start, end = text.index("«"), text.index("»") - 1
    return text.replace("«", "").replace("»", ""), start, end


def refusal(text: str) -> AdcliError:
    """The error that a text gives."""
    with pytest.raises(AdcliError) as caught:
        parse(text)
    return caught.value


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


@pytest.mark.parametrize(("text", "code", "message", "hint"), BAD)
def test_bad_input_is_explained(text: str, code: str, message: str, hint: str) -> None:
    """The code, the exact place, what is wrong, and what to do."""
    text, start, end = marked(text)
    error = refusal(text)
    assert (code, 3) == (error.code, error.exit_code)
    assert error.span is not None
    assert (start, max(end, start + 1)) == error.span[:2]
    assert message in error.message
    assert hint in error.hint if hint else error.hint == ""


@pytest.mark.parametrize("lead", ["", "a = 1\n\n", "a = 1\r\n", "\t\t", "  # a comment\n\t"])
@pytest.mark.parametrize("row", BAD[5:], ids=lambda row: row[0])
def test_the_carets_stand_under_the_place(row: tuple[str, str, str, str], lead: str) -> None:
    """In one line or many, after tabs, and where characters are wide."""
    if row[1] == "output-not-last" and lead.strip():
        lead = "\n"
    text, start, end = marked(row[0])
    error = refusal(lead + text)
    assert error.span is not None
    line, carets = error.span.caret()
    head = line[: len(line) - len(line.lstrip())]
    place = printable(text[start : max(end, start + 1)].split("\n")[0])
    before = columns(carets) - carets.count("^")
    after = next(k for k in range(len(line) + 1) if columns(line[:k]) == before)
    assert line[after:].startswith(place.rstrip()), (line, carets, head)
    assert carets.count("^") == max(columns(place), 1)


ESCAPES = [
    ("x + \x00", "\\x00"),
    ("\x1b[31mx", "\\x1b[31mx"),
    ("x\x1b]0;title\x07", "\\x1b]0;title\\x07"),
    ("x \u202e y", "\\u202e y"),
    ("x \u2066 y", "\\u2066 y"),
    ("x + \ud800", "\\ud800"),
    ("x + \U000e0001", "\\U000e0001"),
    ("x \x7f", "\\x7f"),
    ("x \x85 y", "\\x85 y"),
    ("x \u2028 y", "\\u2028 y"),
    ("\x08\x08x", "\\x08\\x08x"),
]


@pytest.mark.parametrize(("text", "shown"), ESCAPES)
def test_control_characters_are_shown_and_never_sent(text: str, shown: str) -> None:
    """Escape sequences, direction overrides, NUL and lone surrogates appear as their numbers."""
    error = refusal(text)
    rendered = error.render()
    assert error.code == "unexpected-character"
    assert shown in rendered
    assert all(char.isprintable() or char == "\n" for char in rendered)
    rendered.encode()  # a lone surrogate would not be possible
    line, carets = error.span.caret() if error.span else ("", "")
    assert line[carets.index("^") :].startswith("\\")
    assert len(line[carets.index("^") :].split(" ")[0]) >= carets.count("^")


def test_a_place_after_escaped_and_wide_characters_is_exact() -> None:
    """The columns that a terminal shows count, not the characters of the text."""
    assert Span(5, 6, "中\x1b\té文$ x").caret() == ["中\\x1b é文$ x", " " * 10 + "^"]
    assert Span(2, 3, "e\u0301$").caret() == ["e\u0301$", " ^"]
    assert Span(1, 2, "中文").caret() == ["中文", "  ^^"]


def test_a_long_line_is_shown_around_the_place() -> None:
    """With ellipses where it goes on."""
    line, carets = refusal("x+" * 200 + "$" + "+x" * 200).render().splitlines()[1:3]
    assert line.startswith("  … x+")
    assert line.endswith("x+ …")
    assert line[carets.index("^")] == "$"
    assert len(line) < 80


def test_a_long_place_is_marked_within_its_window() -> None:
    """The carets end where the line is cut."""
    line, carets = Span(0, 500, "x" * 500).caret()
    assert carets.count("^") <= 80
    assert line.endswith(" …")


def test_the_line_is_named_when_there_are_several() -> None:
    """And the option that the text came from."""
    assert refusal("a = 1\nb = a +* 2\nb").render().splitlines()[1] == "  2 | b = a +* 2"
    assert Span(2, 3, "1,$", "--at").caret() == ["--at | 1,$", "         ^"]
    assert Span(2, 3, "1\n$", "--at").caret() == ["--at:2 | $", "         ^"]
    assert Span(0, 1, "$", "--let \x1b[1m").caret()[0] == "--let \\x1b[1m | $"


def test_windows_line_ends_are_not_shown() -> None:
    """The carriage return belongs to the line end."""
    assert refusal("x + * y\r\n").render().splitlines()[1:] == ["  1 | x + * y", "          ^"]


def test_positions_count_from_one() -> None:
    """Line and column, as editors do."""
    assert Span(0, 1, "x").position() == (1, 1)
    assert Span(4, 5, "a\nb\ncd").position() == (3, 1)
    assert Span(5, 6, "a\nb\ncd").position() == (3, 2)


def test_an_error_is_an_object_of_plain_facts() -> None:
    """The same fields as in the text; the lines of a hint stay lines."""
    assert refusal("a = 3\n1/2x").to_dict() == {
        "schema": "adcli/error/1",
        "code": "ambiguous-division",
        "message": "'1/2x' can be read in two ways",
        "span": {"start": 8, "end": 10, "line": 2, "column": 3},
        "hint": "write 1/(2*x)\nor    (1/2)*x",
        "exit_code": 3,
    }
    assert UsageError("code", "message").to_dict()["span"] is None


def test_the_class_of_an_error_decides_the_exit_code() -> None:
    """And every exit code is explained."""
    codes = [kind("c", "m").exit_code for kind in (UsageError, ReadError, LimitError, DomainError)]
    assert codes == [2, 3, 4, 5]
    assert set(codes) <= set(EXIT_CODES)


def test_an_empty_text_has_no_carets() -> None:
    """There is nothing to point at."""
    assert refusal("").render() == 'there is no expression here\n  for example "x1*x2 + sin(x1)"'


def test_suggestions_are_near() -> None:
    """Nothing is better than something far."""
    known = ["sin", "asin", "sqrt", "floor"]
    assert suggest("Sqrt", known) == "did you mean 'sqrt'?"
    assert suggest("SIN", known) == "did you mean 'sin'?"
    assert suggest("qqqq", known) == ""
    assert suggest("QQQQ", known) == ""
