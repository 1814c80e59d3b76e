"""Lines that go on: a newline inside brackets, or after an operator, ends no statement.

Braces hold statements, so a newline directly inside them ends one.
"""

import re

_LINES = re.compile(r"#[^\n]*|[()\[\]{}\n]")
_CONTINUES = "+-*/^,=(<>@%√·×⋅∗÷∕−–≤≥≠"


def join_lines(text: str) -> str:
    r"""Newlines inside brackets and after an operator become spaces; every offset stays.

    >>> join_lines("f(1,\n2) +\n3\n4")
    'f(1, 2) + 3\n4'
    >>> join_lines("for k in [1,\n2] {\nv = k\n}")
    'for k in [1, 2] {\nv = k\n}'
    """
    if "\n" not in text:
        return text
    out: list[str] = []
    last, end = "\n", 0  # `last` is the last character that is no blank
    opened: list[str] = []
    for match in _LINES.finditer(text):
        piece, char = text[end : match.start()], match.group()
        out.append(piece)
        end = match.end()
        last = piece.rstrip()[-1:] or last
        if char[0] == "#":
            char = " " * len(char)
        elif char == "\n":
            if (opened and opened[-1] != "{") or last in _CONTINUES:
                char = " "
            else:
                last = "\n"
        else:
            if char in "([{":
                opened.append(char)
            elif opened:
                opened.pop()
            last = char
        out.append(char)
    out.append(text[end:])
    return "".join(out)
