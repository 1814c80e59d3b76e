"""Arrays of numbers from files: tables of text, JSON and NumPy's own format.

Numbers stay exact: whole numbers become ints, decimals stay the text that they are, so that 0.1 is
one tenth at any precision, and a double of NumPy is the shortest text that reads back as it. Equal
texts are kept once. What is not a finite number is refused with its place.

No file is read beyond `files.MAX_BYTES` bytes or `files.MAX_ENTRIES` numbers.
"""

from collections.abc import Callable
from typing import IO

from ..errors import UsageError
from ..shapes import Data
from .files import opened
from .json import json_array, parse_json, read_json
from .npy import read_npy
from .tables import read_table

_READERS: dict[str, Callable[[IO[bytes], str, str], Data]] = {
    ".csv": lambda file, path, option: read_table(file, path),
    ".tsv": lambda file, path, option: read_table(file, path, "\t"),
    ".txt": lambda file, path, option: read_table(file, path),
    ".json": read_json,
    ".npy": read_npy,
}


def read_data(path: str, option: str) -> Data:
    r"""The array in a file, whose kind its name tells: .csv, .tsv, .txt, .json or .npy.

    A table of text has commas, semicolons, tabs or blanks between its numbers; a first line
    without numbers is a header, and `#` begins a comment. One column or one line is a vector,
    anything else a matrix.

    Raises `UsageError` for what cannot be read as numbers, `LimitError` for what is too large;
    `option` is the option that names the file, for the messages.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
    ...     _ = file.write("width,height\n1,2.50\n3,4e-3\n")
    ...     file.flush()
    ...     read_data(file.name, "--let A")
    Data(shape=(2, 2), items=[1, '2.50', 3, '4e-3'])
    """
    kind = next((kind for kind in _READERS if path.lower().endswith(kind)), None)
    if kind is None:
        raise UsageError(
            "unknown-file-kind",
            f"{option}: {path} is not a kind of file that adcli reads numbers from",
            None,
            f"the name of the file tells its kind: {', '.join(_READERS)}",
        )
    with opened(path) as file:
        return _READERS[kind](file, path, option)


def read_object(path: str, option: str) -> dict[str, Data] | Data:
    """The point in a JSON file: an object of numbers and arrays by name, or one list in order.

    Strings are constant expressions of the language, such as "pi/4", and stay texts.
    """
    with opened(path) as file:
        value = parse_json(file, path, option)
    if isinstance(value, dict):
        return {name: json_array(x, path, name, point=True) for name, x in value.items()}
    if not isinstance(value, list):
        raise UsageError(
            "bad-json", f'{option}: {path} must hold an object such as {{"x1": 1, "x2": 0.5}} or a list of numbers'
        )
    return json_array(value, path, point=True) if value else Data((0,), [])  # a point of no variables
