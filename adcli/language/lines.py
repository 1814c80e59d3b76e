"""Lines that go on: a newline inside brackets, or after an operator, ends no statement."""

import re

_LINES = re.compile(r"#[^\n]*|[()\[\]{}\n]")
_CONTINUES = "+-*/^,=(<>@√·×⋅∗÷∕−–≤≥≠"


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
