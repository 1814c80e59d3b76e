"""The error tree: what went wrong, where in the text, and what to do about it.

Every error that a user can cause is an `AdcliError`. It carries a stable `code` for
programs, a `message` for people, the `span` of the offending text and, where one exists,
a `hint`. The class decides the exit code, so that there is one table of them.

This module imports nothing of adcli, and knows nothing of terminals.

>>> error = ReadError("unknown-name", "unknown function 'sine'", Span(0, 4, "sine(x)"),
...                   hint="did you mean 'sin'?")
>>> print(error.render())
unknown function 'sine'
  sine(x)
  ^^^^
  did you mean 'sin'?
"""

from typing import NamedTuple

EXIT_CODES = {
    0: "done (check: agrees)",
    1: "check found a disagreement",
    2: "usage: options, points or files that do not fit",
    3: "the text cannot be read",
    4: "a limit was reached",
    5: "undefined at this point, or the check is inconclusive",
    130: "interrupted",
    141: "the reader closed the pipe",
}

_WINDOW = 64
_LONGEST = 1000  # characters of a message
_SURE = 0.8  # likeness of two words above which one is the other misspelled
_BLANKS = "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


class Span(NamedTuple):
    """A place in a text: character offsets `start` to `end` (exclusive) of `text`."""

    start: int
    end: int
    text: str
    where: str = ""

    def position(self) -> tuple[int, int]:
        """Line and column of the start, both counted from 1."""
        line_start = self.text.rfind("\n", 0, self.start) + 1
        return self.text.count("\n", 0, self.start) + 1, self.start - line_start + 1

    def caret(self) -> list[str]:
        """The line, or a window of it if it is long, and the carets under the place."""
        line_start = self.text.rfind("\n", 0, self.start) + 1
        line_end = self.text.find("\n", self.start)
        line_end = len(self.text) if line_end < 0 else line_end
        if self.start < line_end and self.text[line_end - 1] == "\r":  # a line of a file from Windows
            line_end -= 1
        end = max(min(self.end, line_end), self.start + 1)
        left = max(line_start, min(self.start - _WINDOW // 2, line_end - _WINDOW))
        right = min(line_end, max(left + _WINDOW, min(end, self.start + _WINDOW) + 8))
        before = ("… " if left > line_start else "") + printable(self.text[left : self.start])
        marked = printable(self.text[self.start : min(end, right)]) or " "
        after = printable(self.text[min(end, right) : right]) + (" …" if right < line_end else "")
        prefix = self._prefix()
        lines = [prefix + before + marked + after, " " * _columns(prefix + before) + "^" * max(_columns(marked), 1)]
        return [line.rstrip() for line in lines]

    def _prefix(self) -> str:
        if "\n" not in self.text and not self.where:
            return ""
        line = str(self.position()[0]) if "\n" in self.text else ""
        return f"{':'.join([part for part in (printable(self.where), line) if part])} | "


class AdcliError(Exception):
    """An error that a user can cause and mend.

    `code` is stable and meant for programs; `exit_code` is one of `EXIT_CODES`.
    """

    exit_code = 2

    def __init__(self, code: str, message: str, span: Span | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.span = span
        self.hint = hint

    def __reduce__(self) -> "tuple[type[AdcliError], tuple[object, ...]]":
        """As it travels to another process: what `Exception` does of itself would forget all but the message."""
        return type(self), (self.code, self.message, self.span, self.hint)

    def render(self) -> str:
        """Several lines for a person: the message, the caret, the hint."""
        lines = [printable(shortened(self.message))]
        if self.span is not None and self.span.text.strip():  # no caret under nothing at all
            lines += ["  " + line for line in self.span.caret()]
        lines += ["  " + printable(shortened(line)) for line in self.hint.splitlines()]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, object]:
        """The same facts as an `adcli/error/1` object."""
        span: dict[str, object] | None = None
        if self.span is not None:
            line, column = self.span.position()
            span = {"start": self.span.start, "end": self.span.end, "line": line, "column": column}
        return {
            "schema": "adcli/error/1",
            "code": self.code,
            "message": printable(shortened(self.message)),
            "span": span,
            "hint": "\n".join([printable(shortened(line)) for line in self.hint.splitlines()]),
            "exit_code": self.exit_code,
        }


class UsageError(AdcliError):
    """Options, points, directions or files that do not fit the expression."""

    exit_code = 2


class ReadError(AdcliError):
    """The text is not in the language."""

    exit_code = 3


class ShapeError(ReadError):
    """The text is in the language, but the shapes of its arrays do not fit."""


class LimitError(AdcliError):
    """The work would be larger than a limit allows."""

    exit_code = 4


class DomainError(AdcliError):
    """The function, or what was asked of it, is undefined at the point."""

    exit_code = 5


def shortened(text: str) -> str:
    """A text without its middle, where it quotes something that nobody would read to the end."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 4 :]}"


def printable(text: str) -> str:
    r"""Show control characters, surrogates and direction overrides instead of sending them.

    >>> printable("a\x1b[31m\u202eb")
    'a\\x1b[31m\\u202eb'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char.isprintable() else " " if char in _BLANKS else _escape(char) for char in text)


def _columns(text: str) -> int:
    """How many columns of a terminal a printable text takes: wide characters take two, marks none."""
    if text.isascii():
        return len(text)
    import unicodedata  # only on the way to an error

    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def _escape(char: str) -> str:
    number = ord(char)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def suggest(name: str, known: "list[str] | tuple[str, ...]") -> str:
    """`did you mean 'sin'?`, or nothing when no known name is near."""
    import difflib  # only on the way to an error

    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    # words spelled out, such as cosine or logarithm, begin with the short form
    beginnings = [word for word in known if len(word) > 2 and name.startswith(word)]
    if beginnings and not (near and difflib.SequenceMatcher(None, name, near[0]).ratio() > _SURE):
        near = [max(beginnings, key=len)]
    if not near and name.lower() != name:
        near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else ""
