"""Numbers of files, exactly as they are written, and how messages name their places."""

import re
from collections.abc import Sequence

from ..errors import AdcliError, LimitError, UsageError
from ..shapes import Shape, strides

MAX_DIGITS = 4000  # characters of one number, as in the language
_MAX_EXPONENT = 9  # digits of an exponent, as in the language

_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?([0-9]+))?")
NOT_FINITE = re.compile(r"[-+]?(?:nan|inf|infinity)", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+")
_WHOLE = 18  # digits of a whole number that becomes an int; a longer one stays text
_REMEMBERED = 65_536  # texts that are kept once
_SHOWN = 40  # characters of a field in a message


class Numbers(dict[str, int | str]):
    """Numbers by their text: `numbers[text]` reads a text, and equal texts are the same object.

    >>> numbers = Numbers()
    >>> numbers["7"], numbers["+0.10"], numbers[" -0 "]
    (7, '0.10', '-0')
    """

    def __missing__(self, text: str) -> int | str:
        number = _number(text.strip())
        if len(self) < _REMEMBERED:
            self[text] = number
        return number


def _number(text: str) -> int | str:
    match = _NUMBER.fullmatch(text)
    if not match:
        raise _not_a_number(text)
    if len(text) > MAX_DIGITS or len(match[1] or "") > _MAX_EXPONENT:
        raise LimitError("huge-literal", f"'{short(text)}' is larger than can be kept exactly")
    text = text.removeprefix("+")
    if len(text) <= _WHOLE and text.removeprefix("-").isdigit() and (text[0] != "-" or text.strip("-0")):
        return int(text)
    return text


def _not_a_number(text: str) -> UsageError:
    if not text:
        return UsageError("missing-number", "there is no number here")
    if NOT_FINITE.fullmatch(text):
        return not_finite(f"'{text}'")
    hint = f"a decimal has a point: {text.replace(',', '.')}" if _DECIMAL_COMMA.fullmatch(text) else ""
    return UsageError("not-a-number", f"'{short(text)}' is not a number", None, hint)


def not_finite(text: str) -> UsageError:
    """The error for what is a number to a computer, and none to differentiate at."""
    return UsageError("not-finite", f"{text} is not a number adcli can differentiate at")


def short(text: str) -> str:
    """The beginning of a long text."""
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def placed(error: AdcliError, place: str) -> AdcliError:
    """An error with the place that it belongs to."""
    return type(error)(error.code, f"{place}: {error.message}", None, error.hint)


def index(place: int, shape: Shape) -> tuple[int, ...]:
    """Where the entry at a flat place stands."""
    return tuple(place // step % length for step, length in zip(strides(shape), shape, strict=True))


def place(path: str, name: str = "", index: Sequence[int] = ()) -> str:
    """A place in a file, as messages name it."""
    where = short(name) + brackets(index)
    return f"{path}, {where}" if where else path


def brackets(index: Sequence[int]) -> str:
    """An index as it is written behind a name."""
    return "".join(f"[{k}]" for k in index)
