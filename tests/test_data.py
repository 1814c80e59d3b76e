"""Files of numbers: what each kind holds, what is refused and where, and that no file is swallowed whole."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import threading
import tracemalloc
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from adcli import data
from adcli.data import files, numbers, read_data, read_object
from adcli.errors import AdcliError, LimitError, UsageError
from adcli.shapes import Data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

GIGABYTE = 1_000_000_000


@pytest.fixture
def np() -> Any:
    return pytest.importorskip("numpy")


def given(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path) -> Any:
    return read_data(str(path), "--let X")


def read_point(path: Path) -> Any:
    return read_object(str(path), "--at")


def refusal(reader: Callable[[Path], Any], path: Path, kind: type[AdcliError] = UsageError) -> AdcliError:
    """The error of a file that is refused, with the bare name of the file in its message."""
    with pytest.raises(kind) as caught:
        reader(path)
    caught.value.message = caught.value.message.replace(f"{path.parent}/", "")
    return caught.value


# -- tables

TABLES = [
    # content, shape, items
    ("1,2\n3,4\n", (2, 2), [1, 2, 3, 4]),
    ("1;2\n3;4\n", (2, 2), [1, 2, 3, 4]),
    ("1\t2\n3\t4\n", (2, 2), [1, 2, 3, 4]),
    ("1 2\n3   4  \n", (2, 2), [1, 2, 3, 4]),
    ("1, 2\n3 ,4", (2, 2), [1, 2, 3, 4]),
    # one column, one line, one number
    ("1\n2\n3\n", (3,), [1, 2, 3]),
    ("1,2,3\n", (3,), [1, 2, 3]),
    ("7", (1,), [7]),
    # a header
    ("width,height\n1,2\n3,4\n", (2, 2), [1, 2, 3, 4]),
    ("width\n1\n2\n", (2,), [1, 2]),
    ("width of it, in m\n1\n2\n", (2,), [1, 2]),
    ("the width the height\n1 2\n3 4\n", (2, 2), [1, 2, 3, 4]),
    (",height\n1,2\n", (2,), [1, 2]),
    ("Item #,height\n1,2\n", (2,), [1, 2]),
    ('"width, height",x\n1,2\n3,4', (2, 2), [1, 2, 3, 4]),
    ("# made by hand\n\n# in m\na,b\n\n1,2 # the first\n3,4\n", (2, 2), [1, 2, 3, 4]),
    ("1 2 # of 3, not 4\n3 4 # of 5, not 6\n", (2, 2), [1, 2, 3, 4]),
    # lines and bytes
    ("1,2\r\n3,4\r\n", (2, 2), [1, 2, 3, 4]),
    ("1,2\r3,4\r", (2, 2), [1, 2, 3, 4]),
    ("\ufeff1,2\n3,4", (2, 2), [1, 2, 3, 4]),
    ("\ufeffa,b\r\n1,2\r\n", (2,), [1, 2]),
    ('"1","2"\n"3","4"', (2, 2), [1, 2, 3, 4]),
    ('"1" "2"\n3   "4"', (2, 2), [1, 2, 3, 4]),
    # numbers
    ("0.1,+.5,-2.,1e-3,1E400", (5,), ["0.1", ".5", "-2.", "1e-3", "1E400"]),
    ("-7,+7,007,-0,0,-0.0", (6,), [-7, 7, 7, "-0", 0, "-0.0"]),
    ("123456789012345678,1234567890123456789", (2,), [123456789012345678, "1234567890123456789"]),
]


@pytest.mark.parametrize(("content", "shape", "items"), TABLES, ids=repr)
def test_a_table_is_read_exactly(tmp_path: Path, content: str, shape: Any, items: Any) -> None:
    expected = Data(shape, items)
    for name in ("data.csv", "data.TXT"):
        found = read(given(tmp_path, name, content))
        assert expected == found
        assert [type(x) for x in items] == [type(x) for x in found.items]


def test_a_tsv_has_tabs_whatever_its_lines_look_like(tmp_path: Path) -> None:
    assert Data((2,), [1, 2]) == read(given(tmp_path, "data.tsv", "the width, in m\theight\n1\t2\n"))
    error = refusal(read, given(tmp_path, "data.tsv", "1,2\n3,4\n"))
    assert ("data.tsv, line 1, column 1: '1,2' is not a number", "a decimal has a point: 1.2") == (
        error.message,
        error.hint,
    )


MIXED = "put # before a header that has numbers among its names"
BAD_TABLES = [
    # content, code, message, hint
    ("a,b\n1,2\n3,NaN\n", "not-finite", "line 3, column 2: 'NaN' is not a number adcli can differentiate at", ""),
    ("NaN,1\n", "not-finite", "line 1, column 1: 'NaN' is not a number adcli can differentiate at", ""),
    ("nan,nan\n", "not-finite", "line 1, column 1: 'nan' is not a number adcli can differentiate at", ""),
    ("1,2\n\n-inf,3", "not-finite", "line 3, column 1: '-inf' is not a number adcli can differentiate at", ""),
    ("1\nInfinity", "not-finite", "line 2, column 1: 'Infinity' is not a number adcli can differentiate at", ""),
    ("1,2\n3,\n", "missing-number", "line 2, column 2: there is no number here", ""),
    ("1,,2\n", "missing-number", "line 1, column 2: there is no number here", ""),
    (",1\n0,2\n", "missing-number", "line 1, column 1: there is no number here", ""),
    ("1,2\n3,x\n", "not-a-number", "line 2, column 2: 'x' is not a number", ""),
    ("1,2\n3,4\ra,5\r", "not-a-number", "line 3, column 1: 'a' is not a number", ""),
    ("1,2\n3,4 5\n", "not-a-number", "line 2, column 2: '4 5' is not a number", ""),
    ("1\n1_000\n", "not-a-number", "line 2, column 1: '1_000' is not a number", ""),
    ("1_000\n2000\n", "not-a-number", "line 1, column 1: '1_000' is not a number", MIXED),
    ("2020-01-01;5\n2020-01-02;6\n", "not-a-number", "line 1, column 1: '2020-01-01' is not a number", MIXED),
    ("1\n0x10\n", "not-a-number", "line 2, column 1: '0x10' is not a number", ""),
    ("1\n٣\n", "not-a-number", "line 2, column 1: '٣' is not a number", ""),
    ("1\n" + "y" * 99, "not-a-number", f"line 2, column 1: '{'y' * 40}…' is not a number", ""),
    ('1\n"' + "y" * 200_000 + '"', "not-a-number", f"line 2, column 1: '\"{'y' * 39}…' is not a number", ""),
    ("1\n\0\n", "not-a-number", "line 2, column 1: '\0' is not a number", ""),
    ("1,2,x3\n4,5,6\n", "not-a-number", "line 1, column 3: 'x3' is not a number", MIXED),
    ("# sold\nyear,2019\n1,2\n", "not-a-number", "line 2, column 1: 'year' is not a number", MIXED),
    ("a;b\n1,5;2,5\n", "not-a-number", "line 2, column 1: '1,5' is not a number", "a decimal has a point: 1.5"),
    # ragged
    ("1,2\n3,4,5\n", "ragged", "line 2 has 3 fields, and line 1 has 2", ""),
    ("1,2\n3\n", "ragged", "line 2 has 1 field, and line 1 has 2", ""),
    ("1 2\n3,4\n", "not-a-number", "line 1, column 1: '1 2' is not a number", MIXED),
    ("# a b c\n\n1 2 3\n4\n", "ragged", "line 4 has 1 field, and line 3 has 3", ""),
    ("x,y\n1,5,2,5\n3,5,4,5\n", "ragged", "line 2 has 4 fields, and the header in line 1 has 2", ""),
    # nothing
    ("", "no-numbers", "data.csv holds no numbers", ""),
    ("\ufeff\n \n# nothing\n", "no-numbers", "data.csv holds no numbers", ""),
    ("1,5;2,5", "not-a-number", "line 1, column 1: '1,5' is not a number", "a decimal has a point: 1.5"),
    ("a,b\n", "no-numbers", "data.csv holds no numbers", ""),
    # more digits than the language has
    ("1\n1e9999999999", "huge-literal", "line 2, column 1: '1e9999999999' is larger than can be kept exactly", ""),
    ("7" * 4001, "huge-literal", f"line 1, column 1: '{'7' * 40}…' is larger than can be kept exactly", ""),
]


@pytest.mark.parametrize(("content", "code", "message", "hint"), BAD_TABLES, ids=[repr(r[0][:30]) for r in BAD_TABLES])
def test_what_is_no_table_of_numbers_is_refused_with_its_place(
    tmp_path: Path, content: str, code: str, message: str, hint: str
) -> None:
    error = refusal(read, given(tmp_path, "data.csv", content), AdcliError)
    expected = message if message.startswith("data.csv") else f"data.csv, {message}"
    assert (code, expected, hint) == (error.code, error.message, error.hint)
    assert (4 if code == "huge-literal" else 2) == error.exit_code


@pytest.mark.parametrize(
    ("content", "place"),
    [(b"1,2\n3,\xe9\n", 6), (b"\xef\xbb\xbf1\n\xe9", 5), (b"\xef\xbb\xbf\xe9", 3), (b"\xff\xfe1", 0)],
)
def test_a_file_that_is_not_utf8_is_named(tmp_path: Path, content: bytes, place: int) -> None:
    for name in ("data.csv", "data.json"):
        error = refusal(read, given(tmp_path, name, content))
        assert ("not-utf8", f"{name} is not UTF-8 text: byte {place} cannot be read") == (error.code, error.message)


# -- kinds and files


@pytest.mark.parametrize("name", ["data.xlsx", "data", "csv", "data.csv.gz", "data.csv/data", "/dev/stdin"])
def test_a_kind_that_adcli_cannot_read_is_refused_with_those_it_can(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_data(name, "--let X")
    assert f"--let X: {name} is not a kind of file that adcli reads numbers from" == caught.value.message
    assert "the name of the file tells its kind: .csv, .tsv, .txt, .json, .npy" == caught.value.hint


@pytest.mark.parametrize("name", ["data.csv", "data.txt", "data.tsv", "data.json", "data.npy"])
@pytest.mark.parametrize("reader", [read, read_point], ids=["data", "point"])
def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, reader: Any, name: str) -> None:
    path = tmp_path / name
    error = refusal(reader, path)
    assert ("unreadable-file", f"cannot read {name}: No such file or directory") == (error.code, error.message)
    path.mkdir()
    assert f"cannot read {name}: Is a directory" == refusal(reader, path).message


def test_a_file_without_permission_or_with_an_impossible_name_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError) as caught:
        read_data("a\0.csv", "--let X")
    assert "cannot read a\0.csv: embedded null byte" == caught.value.message

    def refuse(*_args: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)  # root may read anything
    assert "cannot read data.csv: Permission denied" == refusal(read, tmp_path / "data.csv").message


def test_an_error_while_reading_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any) -> Any:
        raise OSError(5, "Input/output error")

    monkeypatch.setitem(data._READERS, ".csv", fail)
    assert "cannot read data.csv: Input/output error" == refusal(read, given(tmp_path, "data.csv", "1")).message


# -- JSON

ARRAYS = [
    ("[1, 2.50, -1e-3]", (3,), [1, "2.50", "-1e-3"]),
    ("[[1, 2], [3, 4], [5, 6]]", (3, 2), [1, 2, 3, 4, 5, 6]),
    ("[[[1], [2]]]", (1, 2, 1), [1, 2]),
    ("0.1", (), ["0.1"]),
    ("\ufeff -7 ", (), [-7]),
    ('["inf", "-inf", "0.5", 1]', (4,), ["inf", "-inf", "0.5", 1]),
    ("[-0, 1E400, 1234567890123456789]", (3,), ["-0", "1E400", "1234567890123456789"]),
]


@pytest.mark.parametrize(("content", "shape", "items"), ARRAYS, ids=[row[0] for row in ARRAYS])
def test_nested_lists_are_read_exactly(tmp_path: Path, content: str, shape: Any, items: Any) -> None:
    assert Data(shape, items) == read(given(tmp_path, "w.json", content))


NOT_JSON = "--let X: w.json is not JSON: "
BAD_ARRAYS = [
    # content, code, message
    ("[[1, 2], [true, 3]]", "not-a-number", "w.json, [1][0]: true is not a number"),
    ("[1, null]", "not-a-number", "w.json, [1]: null is not a number"),
    ("false", "not-a-number", "w.json: false is not a number"),
    ('[[[1, {"a": 2}]]]', "not-a-number", "w.json, [0][0][1]: an object is not a number"),
    ('{"a": 1}', "not-a-number", "w.json: an object is not a number"),
    ('[1, "pi/4"]', "not-a-number", "w.json, [1]: 'pi/4' is not a number"),
    ('[1, "1,5"]', "not-a-number", "w.json, [1]: '1,5' is not a number"),
    ('[""]', "missing-number", "w.json, [0]: there is no number here"),
    ('["nan"]', "not-finite", "w.json, [0]: 'nan' is not a number adcli can differentiate at"),
    ("[[0, NaN]]", "not-finite", "w.json, [0][1]: NaN is not a number adcli can differentiate at"),
    ("[Infinity]", "not-finite", "w.json, [0]: Infinity is not a number adcli can differentiate at"),
    ("-Infinity", "not-finite", "w.json: -Infinity is not a number adcli can differentiate at"),
    ("[[1, 2], [3, 4, 5]]", "ragged", "w.json, [1]: a list of 3 stands here, and [0] is a list of 2"),
    ("[[1, 2], 3]", "ragged", "w.json, [1]: a number stands here, and [0] is a list of 2"),
    ("[1, [2]]", "ragged", "w.json, [1]: a list of 1 stands here, and [0] is a number"),
    (
        "[[[1], [2]], [[3], [4, 5]]]",
        "ragged",
        "w.json, [1][1]: a list of 2 stands here, and [0][0] is a list of 1",
    ),
    ("[[1, 2], null]", "ragged", "w.json, [1]: null stands here, and [0] is a list of 2"),
    ("[]", "no-numbers", "w.json holds no numbers"),
    ("[[], []]", "no-numbers", "w.json holds no numbers"),
    ("", "no-numbers", "w.json holds no numbers"),
    (" \n", "no-numbers", "w.json holds no numbers"),
    ("[1, 2", "bad-json", NOT_JSON + "Expecting ',' delimiter: line 1 column 6 (char 5)"),
    ("[01]", "bad-json", NOT_JSON + "Expecting ',' delimiter: line 1 column 3 (char 2)"),
    ("[" * 100_000, "bad-json", "--let X: w.json is nested too deeply"),
    ("[" * 65 + "1" + "]" * 65, "bad-json", "w.json: lists are nested 65 deep, 64 is the most"),
    ('{"a": 1, "b": 2, "a": 3}', "bad-json", "w.json: 'a' is given twice"),
    ("[1e9999999999]", "huge-literal", "w.json: '1e9999999999' is larger than can be kept exactly"),
    ("9" * 5000, "huge-literal", f"w.json: '{'9' * 40}…' is larger than can be kept exactly"),
]


@pytest.mark.parametrize(("content", "code", "message"), BAD_ARRAYS, ids=[row[0][:30] for row in BAD_ARRAYS])
def test_what_is_no_array_is_refused_with_its_index(tmp_path: Path, content: str, code: str, message: str) -> None:
    error = refusal(read, given(tmp_path, "w.json", content), AdcliError)
    assert (code, message) == (error.code, error.message)


POINTS = [
    ('{"x1": 1, "x2": "pi/4"}', {"x1": Data((), [1]), "x2": Data((), ["pi/4"])}),
    ('{"x": 0.1, "W": [[1, "-e"], [0.5, 2]]}', {"x": Data((), ["0.1"]), "W": Data((2, 2), [1, "-e", "0.5", 2])}),
    ('{"x": Infinity, "y": [-Infinity, "inf"]}', {"x": Data((), ["inf"]), "y": Data((2,), ["-inf", "inf"])}),
    ("[1, 2e0]", Data((2,), [1, "2e0"])),
    ('["1", "4/2"]', Data((2,), ["1", "4/2"])),
    ("[[1, 2], [3, 4]]", Data((2, 2), [1, 2, 3, 4])),
    ("{}", {}),
    ("[]", Data((0,), [])),
]


@pytest.mark.parametrize(("content", "point"), POINTS, ids=[row[0] for row in POINTS])
@pytest.mark.parametrize("name", ["point.json", "point"])
def test_a_point_is_an_object_of_arrays_or_one_list(tmp_path: Path, name: str, content: str, point: Any) -> None:
    assert point == read_point(given(tmp_path, name, content))


NO_POINT = '--at: p.json must hold an object such as {"x1": 1, "x2": 0.5} or a list of numbers'
BAD_POINTS = [
    ("3", "bad-json", NO_POINT),
    ('"x=1"', "bad-json", NO_POINT),
    ("null", "bad-json", NO_POINT),
    ("NaN", "bad-json", NO_POINT),
    ('{"x"', "bad-json", "--at: p.json is not JSON: Expecting ':' delimiter: line 1 column 5 (char 4)"),
    ("[" * 100_000, "bad-json", "--at: p.json is nested too deeply"),
    ('{"x": true}', "not-a-number", "p.json, x: true is not a number"),
    ('{"x": {"y": 1}}', "not-a-number", "p.json, x: an object is not a number"),
    ('{"x": 1, "W": [[1, 2], [3, null]]}', "not-a-number", "p.json, W[1][1]: null is not a number"),
    ('{"x": NaN}', "not-finite", "p.json, x: NaN is not a number adcli can differentiate at"),
    ('{"W": [[1], 2]}', "ragged", "p.json, W[1]: a number stands here, and W[0] is a list of 1"),
    ('{"W": []}', "no-numbers", "p.json, W holds no numbers"),
    ('{"x": 1, "x": 2}', "bad-json", "p.json: 'x' is given twice"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "code", "message"), BAD_POINTS, ids=[row[0][:30] for row in BAD_POINTS])
def test_what_is_no_point_is_refused_with_its_place(tmp_path: Path, content: str, code: str, message: str) -> None:
    error = refusal(read_point, given(tmp_path, "p.json", content))
    assert (code, message) == (error.code, error.message)


# -- NumPy's format

NPY = [
    # makes the array, shape, items
    (lambda np: np.array([[1, 2], [3, 4]]), (2, 2), [1, 2, 3, 4]),
    (lambda np: np.asfortranarray([[1, 2, 3], [4, 5, 6]]), (2, 3), [1, 2, 3, 4, 5, 6]),
    (lambda np: np.array([[1.5, 2], [3, 4]], order="F"), (2, 2), ["1.5", "2.0", "3.0", "4.0"]),
    (lambda np: np.array([-(2**63)]), (1,), [-(2**63)]),
    (lambda np: np.array([2**64 - 1], "u8"), (1,), [2**64 - 1]),
    (lambda np: np.array([[[1]]], "i1"), (1, 1, 1), [1]),
    (lambda np: np.array([1, 256], ">i2"), (2,), [1, 256]),
    (lambda np: np.array([0.1, -0.0, 1e22, 5e-324]), (4,), ["0.1", "-0.0", "1e+22", "5e-324"]),
    (lambda np: np.array([0.1, 1e-7], ">f8"), (2,), ["0.1", "1e-07"]),
    (lambda np: np.array([0.1], "f4"), (1,), ["0.10000000149011612"]),
    (lambda np: np.array([0.1], "f2"), (1,), ["0.0999755859375"]),
    (lambda np: np.array(2.5), (), ["2.5"]),
    (lambda np: np.array(7), (), [7]),
]


@pytest.mark.parametrize(("make", "shape", "items"), NPY, ids=[str(row[2]) for row in NPY])
def test_an_npy_is_read_exactly(tmp_path: Path, np: Any, make: Any, shape: Any, items: Any) -> None:
    np.save(tmp_path / "x.npy", make(np))
    found = read(tmp_path / "x.npy")
    assert Data(shape, items) == found
    assert {type(x) for x in items} == {type(x) for x in found.items}


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_version_of_the_format_is_read(tmp_path: Path, np: Any, version: tuple[int, int]) -> None:
    with (tmp_path / "x.npy").open("wb") as file:
        np.lib.format.write_array(file, np.array([1.5, 2.5]), version)
    assert Data((2,), ["1.5", "2.5"]) == read(tmp_path / "x.npy")


BAD_NPY = [
    (lambda np: np.array([True]), "bad-npy", "x.npy holds booleans"),
    (lambda np: np.array([1j]), "bad-npy", "x.npy holds complex numbers"),
    (lambda np: np.array([1, None]), "bad-npy", "x.npy holds Python objects"),
    (lambda np: np.array(["1"]), "bad-npy", "x.npy holds texts"),
    (lambda np: np.array([b"1"]), "bad-npy", "x.npy holds texts"),
    (lambda np: np.array(["2020-01-01"], "M8[D]"), "bad-npy", "x.npy holds dates"),
    (lambda np: np.array([(1, 2)], [("a", "i4"), ("b", "i4")]), "bad-npy", "x.npy holds records"),
    (lambda np: np.zeros((2, 0)), "no-numbers", "x.npy holds no numbers"),
    (
        lambda np: np.array([[1, 2], [np.nan, np.inf]]),
        "not-finite",
        "x.npy, [1][0]: nan is not a number adcli can differentiate at",
    ),
    (
        lambda np: np.array([[1, -np.inf], [3, 4]], order="F"),
        "not-finite",
        "x.npy, [0][1]: -inf is not a number adcli can differentiate at",
    ),
    (lambda np: np.array(np.nan, "f4"), "not-finite", "x.npy: nan is not a number adcli can differentiate at"),
]


@pytest.mark.parametrize(("make", "code", "message"), BAD_NPY, ids=[row[2] for row in BAD_NPY])
def test_an_npy_of_other_things_is_refused(tmp_path: Path, np: Any, make: Any, code: str, message: str) -> None:
    np.save(tmp_path / "x.npy", make(np), allow_pickle=True)
    error = refusal(read, tmp_path / "x.npy")
    assert (code, message) == (error.code, error.message)
    assert ("bad-npy" == code) == ("adcli reads integers and floats of up to 64 bits" == error.hint)


def test_floats_wider_than_a_double_are_refused(tmp_path: Path, np: Any) -> None:
    if np.dtype("longdouble").itemsize == 8:
        pytest.skip("long doubles are doubles here")
    np.save(tmp_path / "x.npy", np.ones(2, "longdouble"))
    assert f"x.npy holds {np.dtype('longdouble')}" == refusal(read, tmp_path / "x.npy").message


def npy(shape: str, descr: str = "'<f8'", content: bytes = b"") -> bytes:
    """A file with this header, and whatever content."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


@pytest.mark.parametrize(
    "content",
    [
        b"", b"1,2\n", b"\x93NUMPY", b"\x93NUMPY\x07\x07", npy("(1,)")[:-3], npy("(1,"), npy("(1,)", "'<f'+'8'"),
        npy("(1,)", "'no'"), npy("(1.5,)"), npy("(" * 3000), npy("()" + " " * 20_000),
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff(",
    ],
)  # fmt: skip
def test_what_numpy_has_not_written_is_refused(tmp_path: Path, np: Any, content: bytes) -> None:
    error = refusal(read, given(tmp_path, "x.npy", content))
    assert ("bad-npy", "x.npy is not a file that numpy.save has written") == (error.code, error.message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (npy("(-1,)"), "x.npy has a shape that no array can have"),
        (npy(str((1,) * 65)), "x.npy has a shape that no array can have"),
        (npy("(3,)", content=bytes(17)), "x.npy ends after 2 of 3 numbers"),
        (npy("(1,)", "('<f8', (2,))", bytes(16)), "x.npy holds records"),
    ],
)
def test_a_header_that_promises_what_is_not_there_is_refused(
    tmp_path: Path, np: Any, content: bytes, message: str
) -> None:
    assert message == refusal(read, given(tmp_path, "x.npy", content)).message


def test_no_damaged_header_gives_a_traceback(tmp_path: Path, np: Any) -> None:
    whole = npy("(2,)", content=bytes(16))
    for place in range(len(whole) - 16):
        for byte in b"\x00('9\xff":
            path = given(tmp_path, "x.npy", whole[:place] + bytes([byte]) + whole[place + 1 :])
            with suppress(AdcliError):
                assert 16 >= len(read(path).items)


def test_an_error_while_reading_the_header_names_the_file(
    tmp_path: Path, np: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_file: Any) -> Any:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("numpy.lib.format.read_magic", fail)
    error = refusal(read, given(tmp_path, "x.npy", npy("(1,)")))
    assert ("unreadable-file", "cannot read x.npy: Input/output error") == (error.code, error.message)


def test_pickled_objects_are_never_loaded(tmp_path: Path, np: Any) -> None:
    class Mine:
        def __reduce__(self) -> Any:
            return (os.mkdir, (str(tmp_path / "done"),))

    np.save(tmp_path / "x.npy", np.array([Mine()], dtype=object), allow_pickle=True)
    assert "x.npy holds Python objects" == refusal(read, tmp_path / "x.npy").message
    assert not (tmp_path / "done").exists()


def test_without_numpy_an_npy_is_refused_with_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    error = refusal(read, given(tmp_path, "x.npy", npy("(1,)")))
    assert ("no-numpy", "--let X: reading x.npy needs NumPy", "pip install 'adcli[numpy]'") == (
        error.code,
        error.message,
        error.hint,
    )


def test_the_module_imports_nothing_heavy() -> None:
    code = (
        "import sys, adcli.errors, adcli.shapes; before = set(sys.modules); import adcli.data;"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "'adcli.data'" in done.stdout
    assert not [name for name in ("csv", "json", "numpy", "pathlib", "warnings") if f"'{name}'" in done.stdout]


# -- limits


def peak(work: Callable[[], Any]) -> tuple[Any, int]:
    """What some work gives, and the most memory that it took on the way."""
    tracemalloc.start()
    try:
        result = work()
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["big.csv", "big.txt", "big.tsv", "big.json", "big.npy"])
def test_a_file_of_a_gigabyte_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = given(tmp_path, name, "1,2\n")
    os.truncate(path, GIGABYTE)
    monkeypatch.setattr(data, "_READERS", dict.fromkeys(data._READERS))  # no reader is asked
    monkeypatch.setattr(data, "parse_json", None)
    for reader in (read, read_point):
        error, memory = peak(lambda reader=reader: refusal(reader, path, LimitError))
        assert (4, "file-too-large") == (error.exit_code, error.code)
        assert f"{name} has 1,000,000,000 bytes, and adcli reads at most 268,435,456" == error.message
        assert memory < 100_000


def stream(path: Path, blocks: Iterable[bytes]) -> threading.Thread:
    """A pipe by this name, into which the blocks go until nobody reads."""
    os.mkfifo(path)

    def write() -> None:
        try:
            with path.open("wb", buffering=0) as pipe:
                for block in blocks:
                    pipe.write(block)
        except BrokenPipeError:
            pass

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    return thread


def test_a_pipe_is_read(tmp_path: Path, np: Any) -> None:
    content = {"a.csv": b"1,2\n3,4\n", "a.json": b"[[1,2],[3,4]]", "a.npy": npy("(2, 2)", "'|i1'", bytes([1, 2, 3, 4]))}
    for name, whole in content.items():
        thread = stream(tmp_path / name, [whole[:9], whole[9:]])
        assert Data((2, 2), [1, 2, 3, 4]) == read(tmp_path / name)
        thread.join(10)


def test_stdin_is_a_point_too() -> None:
    code = "from adcli.data import read_object; print(read_object('/dev/stdin', '--at'))"
    done = subprocess.run(
        [sys.executable, "-c", code], input='{"x": [0.1]}', capture_output=True, text=True, check=True
    )
    assert "{'x': Data(shape=(1,), items=['0.1'])}\n" == done.stdout


ENDLESS = {
    "rows.csv": b"1,2\n" * 1000,
    "line.csv": b"1," * 1000,
    "blank.txt": b" " * 1000,
    "comments.txt": b"# nothing\n" * 1000,
    "list.json": b"[" + b"1," * 1000,
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_pipe_without_end_is_refused_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 100_000)
    thread = stream(tmp_path / name, iter(lambda: ENDLESS[name], b""))
    error, memory = peak(lambda: refusal(read, tmp_path / name, LimitError))
    assert f"{name} has more than 100,000 bytes, the most that adcli reads" == error.message
    assert memory < 2_000_000
    thread.join(10)
    assert not thread.is_alive()


MANY = [
    ("rows.csv", "1,2\n" * 51),
    ("rows.csv", "a,b\n" + "1,2\n" * 51),
    ("line.csv", "1," * 100 + "1"),
    ("line.txt", "1 " * 102),
    ("column.txt", "1\n" * 101),
    ("quoted.csv", '"1",' * 100 + "1"),
    ("quoted.txt", '"1" ' * 101),
    ("list.json", json.dumps([1] * 101)),
    ("lists.json", json.dumps([[1, 2]] * 51)),
    ("x.npy", npy("(101,)", "'|i1'", bytes(101))),
    ("x.npy", npy("(100_000_000_000_000_000, 7)")),  # a header alone
]


@pytest.mark.parametrize(("name", "content"), MANY, ids=[row[0] for row in MANY])
def test_more_numbers_than_the_limit_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, np: Any, name: str, content: str | bytes
) -> None:
    monkeypatch.setattr(files, "MAX_ENTRIES", 100)
    error = refusal(read, given(tmp_path, name, content), LimitError)
    assert ("too-many-numbers", f"{name} has more than 100 numbers, the most that adcli reads") == (
        error.code,
        error.message,
    )


def test_as_many_numbers_as_the_limit_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, np: Any) -> None:
    monkeypatch.setattr(files, "MAX_ENTRIES", 100)
    whole = {"a.csv": "1,2\n" * 50, "b.csv": "1," * 99 + "1", "c.txt": "1 " * 100, "d.txt": '"1" ' * 100,
             "e.json": json.dumps([1] * 100), "f.npy": npy("(100,)", "'|i1'", bytes(100))}  # fmt: skip
    for name, content in whole.items():
        assert 100 == len(read(given(tmp_path, name, content)).items)


def test_an_npy_whose_numbers_are_larger_than_a_file_may_be_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, np: Any
) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 1000)
    error = refusal(read, given(tmp_path, "x.npy", npy("(126,)")), LimitError)
    assert "x.npy has 1,008 bytes, and adcli reads at most 1,000" == error.message


COUNT = 40_000
REPEATED = [0.1, 2.5, -3.75, 1e-3] * (COUNT // 4)
DISTINCT = [1 / (k + 3) for k in range(COUNT)]


def csv_of(numbers: list[float], width: int) -> str:
    return "".join(",".join(map(repr, numbers[k : k + width])) + "\n" for k in range(0, len(numbers), width))


@pytest.mark.parametrize(
    ("name", "content", "bytes_each"),
    [
        # a text of 20 characters takes 72 bytes and its place 8; a long line and JSON are there twice for a while
        ("repeated.csv", csv_of(REPEATED, 8), 20),
        ("distinct.csv", csv_of(DISTINCT, 8), 100),
        ("column.csv", csv_of(DISTINCT, 1), 100),
        ("line.csv", csv_of(DISTINCT, COUNT), 140),
        ("distinct.json", json.dumps([DISTINCT]), 140),
    ],
)
@pytest.mark.usefixtures("untraced")
def test_memory_is_proportional_to_the_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str, bytes_each: int
) -> None:
    monkeypatch.setattr(numbers, "_REMEMBERED", 100)  # the same part of these few numbers as of many
    path = given(tmp_path, name, content)
    read(path)  # what is imported on the way is not counted
    found, memory = peak(lambda: read(path))
    assert COUNT == len(found.items)
    assert memory < COUNT * bytes_each


def test_equal_texts_are_kept_once(tmp_path: Path, np: Any) -> None:
    np.save(tmp_path / "a.npy", np.array(REPEATED))
    for path in (given(tmp_path, "a.csv", csv_of(REPEATED, 4)), given(tmp_path, "a.json", json.dumps(REPEATED)),
                 tmp_path / "a.npy"):  # fmt: skip
        assert 4 == len({id(x) for x in read(path).items})


def test_only_so_many_texts_are_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "_REMEMBERED", 2)
    assert Data((4,), ["0.1", "0.2", "0.3", "0.3"]) == read(given(tmp_path, "a.csv", "0.1,0.2,0.3,0.3"))
