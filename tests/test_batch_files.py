"""The files of a batch: what each format holds, what is refused and where, whole output, and bounded memory."""

from __future__ import annotations

import io
import json
import math
import os
import stat
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import REPEATABLE

from adcli.errors import AdcliError, LimitError, UsageError

np = pytest.importorskip("numpy")

from adcli.batch import whole  # noqa: E402  # they need NumPy
from adcli.batch.blocks import STATUSES, WITHOUT_NUMBERS, Rows  # noqa: E402
from adcli.batch.readers import open_points, pieces  # noqa: E402
from adcli.batch.readers.csv import CsvReader  # noqa: E402
from adcli.batch.readers.ndjson import NdjsonReader  # noqa: E402
from adcli.batch.writers import open_output  # noqa: E402

NAN, INF = math.nan, math.inf
HINT = "--keep-going leaves such rows out"
TEXTS = ["csv", "tsv", "ndjson"]


@pytest.fixture
def pa() -> Any:
    pytest.importorskip("pyarrow.parquet")
    import pyarrow as pa

    return pa


@pytest.fixture(params=["arrow", "python"])
def both(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A test runs with Arrow, and as if that were not installed."""
    if request.param == "python":
        monkeypatch.setitem(sys.modules, "pyarrow", None)
    else:
        pytest.importorskip("pyarrow")
    return request.param


def file(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def names(folder: Path) -> list[str]:
    """The names of the files in a folder."""
    return sorted(path.name for path in folder.iterdir())


class Read:
    """All that a reader has to say of a file."""

    def __init__(self, path: Path | str, needed: list[str], keep: list[str] | None = None, **named: Any) -> None:
        self.numbers: dict[str, list[float]] = {name: [] for name in needed}
        self.carried: dict[str, list[Any]] = {name: [] for name in keep or []}
        self.missing: list[bool] = []
        self.sizes: list[int] = []
        with open_points(str(path), needed, keep or [], **{"columns": False} | named) as reader:
            for block in reader:
                assert sum(self.sizes) == block.first
                self.sizes.append(block.count)
                for name in needed:
                    assert (block.numbers[name].dtype, block.numbers[name].shape) == (np.float64, (block.count,))
                    self.numbers[name] += block.numbers[name].tolist()
                for name in self.carried:
                    assert block.count == len(block.carried[name])
                    self.carried[name] += list(block.carried[name])
                self.missing += [False] * block.count if block.missing is None else block.missing.tolist()
        self.names, self.rejected, self.complaints = reader.names, reader.rejected, reader.complaints
        self.total, self.done = reader.total, reader.done

    @property
    def seen(self) -> str:
        """Everything about the rows, in a form in which NaN is like NaN and 0.0 is not like -0.0."""
        return repr((self.numbers, self.carried, self.missing, self.rejected, self.complaints))


def refusal(path: Path | str, needed: list[str], *args: Any, kind: type[AdcliError] = UsageError, **named: Any) -> Any:
    """The error of a file that is refused, with the bare name of the file in it."""
    with pytest.raises(kind) as caught:
        Read(path, needed, *args, **named)
    caught.value.message = caught.value.message.replace(f"{Path(path).parent}/", "")
    return caught.value


# -- reading CSV

TABLES = [
    # content, x, k
    ("x,k\n1,a\n2.5,b\n", [1.0, 2.5], ["a", "b"]),
    ("k,x\na,1\nb,2.5", [1.0, 2.5], ["a", "b"]),
    ("x,k\r\n1,a\r\n2,b\r\n", [1.0, 2.0], ["a", "b"]),
    ("x,k\r1,a\r2,b\r", [1.0, 2.0], ["a", "b"]),
    ("\ufeffx,k\n1,a\n", [1.0], ["a"]),
    ("\n\nx,k\n\n1,a\n\n\n2,b\n\n", [1.0, 2.0], ["a", "b"]),
    ("x,k\n", [], []),
    ("x,k", [], []),
    # quotes
    ('"x","k"\n"1","a"\n', [1.0], ["a"]),
    (
        'x,k\n1,"a,b"\n2,"a\nb"\n3,"a\r\nb"\n4,"a""b"\n5,""\n',
        [1.0, 2.0, 3.0, 4.0, 5.0],
        ["a,b", "a\nb", "a\r\nb", 'a"b', ""],
    ),
    ('x,k\n1,a"b\n2,5" pipe\n3,"a"b\n', [1.0, 2.0, 3.0], ['a"b', '5" pipe', "ab"]),
    ('x,"k\n"\n1,a\n'.replace("k\n", "k"), [1.0], ["a"]),
    # texts stay as they are
    ("x,k\n1,007\n2, a \n3,1e5\n4,NaN\n5,null\n", [1.0, 2.0, 3.0, 4.0, 5.0], ["007", " a ", "1e5", "NaN", "null"]),
    ("x,k\n1,θ\n2,😀\n", [1.0, 2.0], ["θ", "😀"]),
    # numbers
    ("x,k\n 1 ,a\n\t2\t,b\n+3,c\n-.5,d\n5.,e\n1E5,f\n", [1.0, 2.0, 3.0, -0.5, 5.0, 1e5], list("abcdef")),
    ("x,k\ninf,a\n-Infinity,b\nINF,c\n1e400,d\n-1e400,e\n1e-400,f\n", [INF, -INF, INF, INF, -INF, 0.0], list("abcdef")),
    ("x,k\n-0,a\n-0.0,b\n", [-0.0, -0.0], ["a", "b"]),
    ("x,k\n9007199254740993,a\n123456789012345678901234567890,b\n", [2.0**53, 1.2345678901234568e29], ["a", "b"]),
]


@pytest.mark.parametrize(("content", "x", "k"), TABLES, ids=[repr(row[0]) for row in TABLES])
def test_a_table_is_read_as_it_is_written(tmp_path: Path, both: str, content: str, x: Any, k: Any) -> None:
    found = Read(file(tmp_path, "p.csv", content), ["x"], ["k"])
    assert repr((x, k)) == repr((found.numbers["x"], found.carried["k"]))
    assert not any(found.missing)
    if "," not in "".join(k):
        found = Read(file(tmp_path, "p.tsv", content.replace(",", "\t").replace("\t2\t", "2")), ["x"], ["k"])
        assert repr((x, k)) == repr((found.numbers["x"], found.carried["k"]))


def test_what_is_empty_or_nan_is_missing_and_no_error(tmp_path: Path, both: str) -> None:
    found = Read(
        file(tmp_path, "p.csv", 'x,y,k\n1,2,\n,2,a\n1,"",b\n  ,1,c\nnan,1,d\n1,-NaN,e\n1,nan(7),f\n'), ["x", "y"], ["k"]
    )
    assert [False, True, True, True, True, True, True] == found.missing
    assert repr([1.0, NAN, 1.0, NAN, NAN, 1.0, 1.0]) == repr(found.numbers["x"])
    assert ["", *"abcdef"] == found.carried["k"]


def test_a_column_may_be_needed_and_kept(tmp_path: Path, both: str) -> None:
    found = Read(file(tmp_path, "p.csv", "x,y\n007,1\n,2\n1.50,3\n"), ["x", "y"], ["x"])
    assert repr([7.0, NAN, 1.5]) == repr(found.numbers["x"])
    assert ["007", "", "1.50"] == found.carried["x"]
    found = Read(file(tmp_path, "p.ndjson", '{"x": 7}\n{"x": null}\n{"x": 1.5}\n'), ["x"], ["x"])
    assert repr([7.0, NAN, 1.5]) == repr(found.numbers["x"])
    assert [7, None, 1.5] == found.carried["x"]


def test_names_may_have_commas_and_greek_letters(tmp_path: Path, both: str) -> None:
    found = Read(file(tmp_path, "p.csv", '"W[0,1]", θ ,"a ""b"""\n1,2,3\n'), ["θ", "W[0,1]"], ['a "b"'])
    assert ["W[0,1]", "θ", 'a "b"'] == found.names
    assert ({"θ": [2.0], "W[0,1]": [1.0]}, {'a "b"': ["3"]}) == (found.numbers, found.carried)
    found = Read(
        file(tmp_path, "p.ndjson", '{"W[0,1]": 1, "\\u03b8": 2, "a \\"b\\"": 3}\n'), ["θ", "W[0,1]"], ['a "b"']
    )
    assert ({"θ": [2.0], "W[0,1]": [1.0]}, {'a "b"': [3]}) == (found.numbers, found.carried)


def test_no_columns_at_all_still_count_the_rows(tmp_path: Path, both: str) -> None:
    assert 2 == sum(Read(file(tmp_path, "p.csv", "x,k\n1,\xff\n2,b\n".encode("latin-1")), []).sizes)
    assert 2 == sum(Read(file(tmp_path, "p.ndjson", '{"x": 1}\n{}\n'), []).sizes)


BAD_ROWS = [
    # content, line, column, what, code
    ("x,k\n1,a\nb,c\n", 3, "x", "'b' is not a number", "not-a-number"),
    ("x,k\r\n1,a\r\n\r\nb,c\r\n", 4, "x", "'b' is not a number", "not-a-number"),
    ("x,k\r1,a\rb,c\r", 3, "x", "'b' is not a number", "not-a-number"),
    ('x,k\n1,"a\n\nb"\n2,"c\r\nd"\n1_0,e\n', 7, "x", "'1_0' is not a number", "not-a-number"),
    ('x,k\n1,a\n"3\n4",b\n5,c\n', 3, "x", "'3\n4' is not a number", "not-a-number"),
    ("x,k\n٣,a\n", 2, "x", "'٣' is not a number", "not-a-number"),
    ("x,k\n0x10,a\n", 2, "x", "'0x10' is not a number", "not-a-number"),
    ("x,k\ntrue,a\n", 2, "x", "'true' is not a number", "not-a-number"),
    ("x,k\n" + "y" * 99 + ",a\n", 2, "x", f"'{'y' * 40}…' is not a number", "not-a-number"),
    ('x,k\n"1,5",a\n', 2, "x", "'1,5' is not a number; a decimal has a point: 1.5", "not-a-number"),
    ("x,k\n1,a\n2\n", 3, "", "there is 1 field, and the header has 2", "ragged"),
    ("x,k\n1,a,b\n", 2, "", "there are 3 fields, and the header has 2", "ragged"),
    (b"x,k\n1,a\n2,\xff\n", 3, "k", "not UTF-8 text", "not-utf8"),
    (b"x,k\n1,a\n\xff,b\n", 3, "x", "not UTF-8 text", "not-utf8"),
    ('x,k\n1,a\n2,"b\n3,c\n', 3, "", "a quote is never closed", "bad-csv"),
]


@pytest.mark.parametrize(
    ("content", "line", "column", "what", "code"), BAD_ROWS, ids=[repr(r[0][:30]) for r in BAD_ROWS]
)
def test_a_row_that_is_no_row_is_an_error_with_its_place(
    tmp_path: Path, both: str, content: Any, line: int, column: str, what: str, code: str
) -> None:
    error = refusal(file(tmp_path, "p.csv", content), ["x"], ["k"])
    place = f"p.csv, line {line}" + (f", column '{column}'" if column else "")
    assert (code, f"{place}: {what}", HINT, 2) == (error.code, error.message, error.hint, error.exit_code)


@pytest.mark.parametrize("content", [row[0] for row in BAD_ROWS], ids=[repr(r[0][:30]) for r in BAD_ROWS])
def test_keep_going_leaves_out_the_row_and_remembers_why(tmp_path: Path, both: str, content: Any) -> None:
    path = file(tmp_path, "p.csv", content)
    expected = refusal(path, ["x"], ["k"]).message
    found = Read(path, ["x"], ["k"], keep_going=True)
    assert (1, [expected]) == (found.rejected, [text.replace(f"{tmp_path}/", "") for text in found.complaints])
    assert {1.0, 2.0, 5.0}.issuperset(found.numbers["x"])
    assert sum(found.sizes) == len(found.numbers["x"]) == len(found.carried["k"]) == len(found.missing)


def test_many_bad_rows_are_counted_and_the_first_twenty_remembered(tmp_path: Path, both: str) -> None:
    path = file(tmp_path, "p.csv", "x\n" + "1\nbad\n" * 50)
    found = Read(path, ["x"], keep_going=True)
    assert (50, 50, 20) == (sum(found.sizes), found.rejected, len(found.complaints))
    assert f"{path}, line 41, column 'x': 'bad' is not a number" == found.complaints[-1]


NAMED = "the first line names the columns: x1,x2"
HEADERS = [
    # content, code, message, hint
    ("", "no-header", "p.csv has no header", NAMED),
    ("\n\r\n", "no-header", "p.csv has no header", NAMED),
    ("1,2\n3,4\n", "no-header", "p.csv has numbers in the place of a header", NAMED),
    ("x,y,x\n1,2,3\n", "duplicate-column", "p.csv has two columns named 'x'", ""),
    ("x1,k\n", "unknown-column", "p.csv has no column 'x'", "did you mean 'x1'?\nits columns are x1, k"),
    ("alpha,k\n", "unknown-column", "p.csv has no column 'x'", "its columns are alpha, k"),
    ("x;k\n1;2\n", "unknown-column", "p.csv has no column 'x'",
     "its fields seem to be separated by semicolons; .csv has commas, and .tsv has tabs\nits columns are x;k"),
    (b"x,\xff\n", "not-utf8", "p.csv: the header is not UTF-8 text", ""),
]  # fmt: skip


@pytest.mark.parametrize(("content", "code", "message", "hint"), HEADERS, ids=[repr(row[0]) for row in HEADERS])
def test_a_header_without_the_columns_is_refused(
    tmp_path: Path, both: str, content: Any, code: str, message: str, hint: str
) -> None:
    error = refusal(file(tmp_path, "p.csv", content), ["x"], ["k"])
    assert (code, message, hint) == (error.code, error.message, error.hint)


def test_a_column_to_keep_that_is_not_there_is_named_among_many(tmp_path: Path) -> None:
    error = refusal(file(tmp_path, "p.csv", ",".join(f"c{k}" for k in range(30)) + "\n"), ["c1"], ["identity"])
    assert "p.csv has no column 'identity'" == error.message
    assert "its columns are c0, c1, c2, " in error.hint
    assert error.hint.endswith("c19 and 10 more")


# -- reading NDJSON

OBJECTS = [
    # content, x, k
    ('{"x": 1, "k": "a"}\n{"k": "b", "x": 2.5}\n', [1.0, 2.5], ["a", "b"]),
    ('{"x":1,"k":"a"}\r\n{"x":2,"k":"b"}\r\n', [1.0, 2.0], ["a", "b"]),
    ('\ufeff{"x":1,"k":"a"}', [1.0], ["a"]),
    ('\n \n{"x":1,"k":"a"}\n\n\t{"x":2,"k":"b"} \n\n', [1.0, 2.0], ["a", "b"]),
    ('{"x":1,"k":"2020-01-01"}\n', [1.0], ["2020-01-01"]),
    ('{"x":1,"k":"\\u00e9\\n\\"/\\u0000"}\n{"x":2,"k":"é\u2028"}\n', [1.0, 2.0], ['é\n"/\0', "é\u2028"]),
    ('{"x":1,"k":"\\ud800"}\n', [1.0], ["\ud800"]),
    ('{"x":1,"k":7}\n{"x":2,"k":-0}\n', [1.0, 2.0], [7, 0]),
    ('{"x":1,"k":7}\n{"x":2,"k":123456789012345678901234567890}\n', [1.0, 2.0], [7, 123456789012345678901234567890]),
    ('{"x":1,"k":7}\n{"x":2,"k":7.0}\n{"x":3,"k":1e2}\n', [1.0, 2.0, 3.0], [7, 7.0, 100.0]),
    (
        '{"x":1,"k":true}\n{"x":2,"k":false}\n{"x":3,"k":null}\n{"x":4}\n',
        [1.0, 2.0, 3.0, 4.0],
        [True, False, None, None],
    ),
    ('{"x":1,"k":true}\n{"x":2,"k":1}\n', [1.0, 2.0], [True, 1]),
    ('{"x":1,"k":[1,{"a":"b"}]}\n{"x":2,"k":{}}\n', [1.0, 2.0], [[1, {"a": "b"}], {}]),
    ('{"x":1,"k":"a","y":{"x":5,"k":[6]},"z":[{"x":7}]}\n', [1.0], ["a"]),
    # numbers
    ('{"x":-0,"k":""}\n{"x":-0.0,"k":""}\n{"x":0,"k":""}\n', [-0.0, -0.0, 0.0], ["", "", ""]),
    ('{"x":NaN,"k":""}\n{"x":Infinity,"k":""}\n{"x":-Infinity,"k":""}\n', [NAN, INF, -INF], ["", "", ""]),
    ('{"x":"NaN","k":""}\n{"x":"Infinity","k":""}\n{"x":"-Infinity","k":""}\n', [NAN, INF, -INF], ["", "", ""]),
    ('{"x":1e400,"k":""}\n{"x":-1e400,"k":""}\n{"x":1e-400,"k":""}\n', [INF, -INF, 0.0], ["", "", ""]),
    ('{"x":9007199254740993,"k":""}\n{"x":18446744073709551617,"k":""}\n', [2.0**53, 2.0**64], ["", ""]),
    ('{"x":' + "9" * 400 + ',"k":""}\n{"x":-' + "9" * 5000 + ',"k":""}\n', [INF, -INF], ["", ""]),
]


@pytest.mark.parametrize(("content", "x", "k"), OBJECTS, ids=[row[0][:60] for row in OBJECTS])
def test_objects_are_read_as_they_are_written(tmp_path: Path, both: str, content: str, x: Any, k: Any) -> None:
    for name in ("p.ndjson", "p.JSONL"):
        found = Read(file(tmp_path, name, content), ["x"], ["k"])
        assert repr((x, k)) == repr((found.numbers["x"], found.carried["k"]))
        assert [math.isnan(number) for number in x] == found.missing


def test_a_name_that_an_object_lacks_is_a_missing_number(tmp_path: Path, both: str) -> None:
    found = Read(file(tmp_path, "p.ndjson", '{"x":1,"y":2}\n{"x":1}\n{}\n{"x":null,"y":3}\n'), ["x", "y"])
    assert [False, True, True, True] == found.missing
    assert ["x", "y"] == found.names


def test_no_objects_are_no_rows(tmp_path: Path, both: str) -> None:
    for content in ("", "\n\n"):
        assert [] == Read(file(tmp_path, "p.ndjson", content), ["x"], ["k"]).sizes


NOT_ROWS = [
    # line, column, what, code
    ('{"x":1,"k":"a"', "", "not JSON: Expecting ',' delimiter, at column 15", "bad-json"),
    ('{"x":1,"k":"a"}}', "", "not JSON: there is more behind the value, at column 16", "bad-json"),
    ('{"x":1,"k":"a"}{"x":2}', "", "not JSON: there is more behind the value, at column 16", "bad-json"),
    ("{", "", "not JSON: Expecting property name enclosed in double quotes, at column 2", "bad-json"),
    ("[1, 2]", "", "a list stands here, and an object is expected", "bad-json"),
    ("7", "", "a number stands here, and an object is expected", "bad-json"),
    ("null", "", "null stands here, and an object is expected", "bad-json"),
    ('{"x":01}', "", "not JSON: Expecting ',' delimiter, at column 7", "bad-json"),
    ('{"x":Inf}', "", "not JSON: Expecting value, at column 6", "bad-json"),
    ('{"x":-NaN}', "", "not JSON: Expecting value, at column 6", "bad-json"),
    ('{"x":1,"x":2}', "", "'x' is given twice", "bad-json"),
    ('{"x":1,"\\u0078":2}', "", "'x' is given twice", "bad-json"),
    ("[" * 100_000, "", "nested too deeply", "bad-json"),
    (b'{"x":1,"k":"\xff"}', "", "not UTF-8 text", "not-utf8"),
    ('{"x":true,"k":"a"}', "x", "true is not a number", "not-a-number"),
    ('{"x":"1.5","k":"a"}', "x", '"1.5" is not a number', "not-a-number"),
    ('{"x":[1],"k":"a"}', "x", "a list is not a number", "not-a-number"),
    ('{"x":{},"k":"a"}', "x", "an object is not a number", "not-a-number"),
]


@pytest.mark.parametrize(("line", "column", "what", "code"), NOT_ROWS, ids=[repr(row[0][:30]) for row in NOT_ROWS])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_a_line_that_is_no_object_is_an_error_with_its_place(
    tmp_path: Path, both: str, line: Any, column: str, what: str, code: str, end: str
) -> None:
    bad = line if isinstance(line, bytes) else line.encode()
    good = ['{"x":1,"k":"a"}', "", '{"x":2,"k":"b"}', '{"x":3,"k":"c"}']
    lines = [*(text.encode() for text in good[:3]), bad, good[3].encode()]
    path = file(tmp_path, "p.ndjson", end.encode().join(lines))
    error = refusal(path, ["x"], ["k"])
    text = "p.ndjson, line 4" + (f", column '{column}'" if column else "") + f": {what}"
    assert (code, text, HINT) == (error.code, error.message, error.hint)
    found = Read(path, ["x"], ["k"], keep_going=True)
    assert ([1.0, 2.0, 3.0], ["a", "b", "c"], 1) == (found.numbers["x"], found.carried["k"], found.rejected)
    assert [f"{tmp_path}/{text}"] == found.complaints


def test_a_name_that_no_object_has_is_refused(tmp_path: Path, both: str) -> None:
    error = refusal(file(tmp_path, "p.ndjson", '{"x1": 1, "id": 2}\n'), ["x"], ["id"])
    assert ("unknown-column", "p.ndjson has no column 'x'") == (error.code, error.message)
    assert "did you mean 'x1'?\nits columns are x1, id" == error.hint
    late = '{"x": 1}\n' * 1500 + '{"id": 7}\n'
    assert [None, 7] == Read(file(tmp_path, "p.ndjson", late), ["x"], ["id"]).carried["id"][-2:]


# -- what Arrow reads and what Python reads

_cell = st.one_of(
    st.sampled_from(["1", "-0", "+.5", "2.", "1e400", "1e-320", "nan", "nan(1)", "-inf", "Infinity", "", " 1", "\t",
                     "1_0", "0x1", "e", "9007199254740993", '"', '""', '"1"', '"1" ', '"a\nb"', '"a,b"', '"a""b"',
                     'a"b', "é", "\xff"]),
    st.floats().map(repr),
    st.text('19.e+- \t",\nxθ\r', max_size=4),
)  # fmt: skip
_row = st.lists(_cell, min_size=2, max_size=2).map(",".join) | st.lists(_cell, max_size=3).map(",".join)
_table = st.tuples(st.lists(_row, max_size=5), st.sampled_from(["\n", "\r\n", "\r"])).map(
    lambda t: t[1].join(["x,k", *t[0]])
)

_number = st.one_of(
    st.sampled_from(["1", "-0", "1e5", "1E400", "-1e-400", "NaN", "Infinity", "-NaN", "Inf", "true", "null", '"1"',
                     '"NaN"', "[1]", "{}", "01", "+1", "1.", ".5", "9007199254740993", "9" * 30]),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(2**70), 2**70).map(str),
)  # fmt: skip
_value = st.one_of(
    _number,
    st.text('ab\\"\n\té\u2028\ud800', max_size=4).map(json.dumps),
    st.sampled_from(['"é"', '"\\ud800"', '"\t"', '"2020-01-01"', '"\\q"', "nope", "[]", '{"x": 1, "x": 2}']),
)
_member = st.one_of(
    st.builds('"x": {}'.format, _number),
    st.builds('"k": {}'.format, _value),
    st.builds('"y": {}'.format, _value),
    st.builds('"\\u0078":{}'.format, _number),
    st.sampled_from(["", "}{", '"k":\n"a"', '"y": {"x": 1,\n"k": 2}']),
)
_object = st.lists(_member, max_size=4).map(lambda members: "{" + ", ".join(members) + "}")
_line = (
    _object
    | st.builds('{{"x": {}, "k": "a"}}'.format, _number)
    | st.sampled_from(["", " ", "[]", '{"x":1}{"x":2}', '{"x":1} '])
)
_stream = st.tuples(st.lists(_line, max_size=5), st.sampled_from(["\n", "\r\n"])).map(
    lambda t: t[1].join(['{"x": 1, "k": "a"}', *t[0]])
)


def _agree(folder: Path, name: str, content: bytes, needed: list[str], keep: list[str]) -> None:
    """Arrow and Python read the same rows, and refuse the same."""
    pytest.importorskip("pyarrow")
    path = file(folder, name, content)
    kind: Any = NdjsonReader if name.endswith("ndjson") else CsvReader
    with_arrow = Read(path, needed, keep, keep_going=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "_at_once", lambda _reader, _piece: None)
        alone = Read(path, needed, keep, keep_going=True)
    assert alone.seen == with_arrow.seen


@settings(REPEATABLE, max_examples=400)
@given(_table.map(lambda text: text.encode("utf-8", "surrogateescape")), st.booleans())
def test_arrow_and_python_read_the_same_tables(tmp_path_factory: Any, content: bytes, raw: bool) -> None:
    content = content.replace("\xff".encode(), b"\xff") if raw else content
    for needed, keep in ([["x"], ["k"]], [["x"], ["x", "k"]], [[], ["k"]], [["x"], []]):
        _agree(tmp_path_factory.getbasetemp(), "agree.csv", content, needed, keep)


@settings(REPEATABLE, max_examples=400)
@given(_stream.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_arrow_and_python_read_the_same_objects(tmp_path_factory: Any, content: bytes) -> None:
    for needed, keep in ([["x"], ["k"]], [["x"], []]):
        _agree(tmp_path_factory.getbasetemp(), "agree.ndjson", content, needed, keep)


# -- pieces and blocks


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of 64 bytes."""
    monkeypatch.setattr(pieces, "_LEAST", 64)
    monkeypatch.setattr(pieces, "_MOST", 64)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_rows_across_pieces_are_whole_and_have_the_right_lines(
    tmp_path: Path, both: str, small_pieces: None, end: str
) -> None:
    rows = [f'{k},"{"v" * (k % 29)}{end if k % 3 else ""}""{k}"' for k in range(300)]
    path = file(tmp_path, "p.csv", end.join(["x,k", *rows, ""]))
    found = Read(path, ["x"], ["k"])
    assert [float(k) for k in range(300)] == found.numbers["x"]
    assert ["v" * (k % 29) + (end if k % 3 else "") + f'"{k}' for k in range(300)] == found.carried["k"]
    assert len(found.sizes) > 50
    for bad in (7, 123, 299):
        line = 2 + bad + sum(1 for k in range(bad) if k % 3)
        content = end.join(["x,k", *rows[:bad], rows[bad].replace(f"{bad},", "oh,", 1), *rows[bad + 1 :]])
        error = refusal(file(tmp_path, "bad.csv", content), ["x"], ["k"])
        assert f"bad.csv, line {line}, column 'x': 'oh' is not a number" == error.message


def test_lines_across_pieces_have_the_right_numbers(tmp_path: Path, both: str, small_pieces: None) -> None:
    lines = [json.dumps({"x": k, "k": "v" * (k % 100)}) + "\n" * (k % 3) for k in range(100)]
    good = file(tmp_path, "p.ndjson", "\n".join(lines))
    assert [float(k) for k in range(100)] == Read(good, ["x"], ["k"]).numbers["x"]
    lines[77] = lines[77].replace("77", "true")
    error = refusal(file(tmp_path, "bad.ndjson", "\n".join(lines)), ["x"], ["k"])
    assert (
        f"bad.ndjson, line {1 + 77 + sum(k % 3 for k in range(77))}, column 'x': true is not a number" == error.message
    )


@settings(REPEATABLE, max_examples=200)
@given(st.lists(st.lists(st.text('ab",\n\r', max_size=6), min_size=2, max_size=2), max_size=30), st.integers(1, 40))
def test_pieces_are_cut_between_rows_wherever_they_end(tmp_path_factory: Any, rows: list[list[str]], size: int) -> None:
    import csv

    out = io.StringIO()
    csv.writer(out).writerows([["x", "k"], *rows])
    path = file(tmp_path_factory.getbasetemp(), "cut.csv", out.getvalue())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "_LEAST", size)
        patch.setattr(pieces, "_MOST", size)
        found = Read(path, [], ["x", "k"])
    assert rows == [list(row) for row in zip(found.carried["x"], found.carried["k"], strict=True)]


@pytest.mark.parametrize("kind", ["csv", "ndjson", "parquet"])
def test_blocks_have_at_most_so_many_rows_and_say_where_they_begin(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"p.{kind}"
    if kind == "parquet":
        pytest.importorskip("pyarrow")
    with open_output(str(path), kept=["id"], columns=["x"], status=False) as writer:
        writer.write(Rows(1000, {"id": list(map(str, range(1000)))}, np.arange(1000.0)[None], None))
    found = Read(path, ["x"], ["id"], rows=300)
    assert [300, 300, 300, 100] == found.sizes
    assert list(range(1000)) == list(map(int, found.carried["id"])) == found.numbers["x"]
    assert found.total == found.done == path.stat().st_size


@pytest.mark.parametrize("name", ["p.csv", "p.ndjson"])
def test_a_line_beyond_every_measure_is_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(pieces, "LONGEST", 2**20)
    monkeypatch.setattr(pieces, "_MOST", 2**16)
    start = 'x,k\n1,a\n2,"' if name == "p.csv" else '{"x":1,"k":"a"}\n{"x":2,"k":"'
    path = file(tmp_path, name, start + "v" * 2**21)
    error = refusal(path, ["x"], ["k"], kind=LimitError)
    line = 3 if name == "p.csv" else 2
    hint = "is there a quote that is never closed?" if name == "p.csv" else ""
    assert ("line-too-long", f"{name}, line {line} is longer than 1 MiB", hint) == (
        error.code,
        error.message,
        error.hint,
    )


# -- kinds of files


def from_stdin(monkeypatch: pytest.MonkeyPatch, content: bytes, **named: Any) -> Read:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    return Read("-", ["x"], **named)


def test_the_first_byte_of_stdin_tells_what_it_is(monkeypatch: pytest.MonkeyPatch, both: str) -> None:
    assert [1.0] == from_stdin(monkeypatch, b'\n {"x": 1}').numbers["x"]
    assert [1.0] == from_stdin(monkeypatch, b'\xef\xbb\xbf{"x": 1}').numbers["x"]
    assert [1.0] == from_stdin(monkeypatch, b"x,y\n1,2\n").numbers["x"]
    assert [1.0] == from_stdin(monkeypatch, b"x\ty\n1\t2\n", format="tsv").numbers["x"]
    found = from_stdin(monkeypatch, b"x\n1\n")
    assert (None, 4) == (found.total, found.done)
    with pytest.raises(UsageError, match="stdin, line 2, column 'x': 'a' is not a number"):
        from_stdin(monkeypatch, b"x\na\n")
    for named in ({}, {"format": "parquet"}):
        with pytest.raises(UsageError) as caught:
            from_stdin(monkeypatch, b"PAR1...", **named)
        assert ("parquet-from-stdin", "give the file itself: --points FILE.parquet") == (
            caught.value.code,
            caught.value.hint,
        )


def test_a_file_of_another_name_needs_its_format(tmp_path: Path) -> None:
    path = file(tmp_path, "points.txt", "x\n1\n")
    error = refusal(path, ["x"])
    assert "unknown-file-kind" == error.code
    assert (
        "the name of the file tells its kind: .csv, .tsv, .ndjson, .jsonl, .parquet; or --points-format does"
        == error.hint
    )
    assert [1.0] == Read(path, ["x"], format="csv").numbers["x"]
    assert ("unknown-format", "did you mean 'csv'?") == ((e := refusal(path, ["x"], format="csvs")).code, e.hint)


@pytest.mark.parametrize("name", ["p.csv", "p.ndjson", "p.parquet"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    error = refusal(tmp_path / name, ["x"])
    assert ("unreadable-file", f"cannot read {name}: No such file or directory") == (error.code, error.message)
    with pytest.raises(UsageError, match="cannot read"):
        open_points(f"a\0{name}", ["x"])
    (tmp_path / name).mkdir()
    error = refusal(tmp_path / name, ["x"])
    if name.endswith("parquet"):
        assert ("no-parquet", f"{name} is a folder without Parquet files") == (error.code, error.message)
    else:
        assert f"cannot read {name}: Is a directory" == error.message

    def refuse(*_args: Any, **_named: Any) -> None:
        raise PermissionError(13, "Permission denied")

    path = file(tmp_path, f"q{name[1:]}", "x\n")
    monkeypatch.setattr("builtins.open", refuse)  # root may read anything
    assert f"cannot read q{name[1:]}: Permission denied" == refusal(path, ["x"]).message


# -- reading Parquet


def parquet(pa: Any, path: Path, columns: dict[str, Any], **named: Any) -> Path:
    pa.parquet.write_table(pa.table(columns), path, **named)
    return path


def test_columns_of_all_kinds_of_numbers_become_doubles(tmp_path: Path, pa: Any) -> None:
    from decimal import Decimal

    big = 2**53 + 1
    columns = {
        "i64": pa.array([1, None, big], pa.int64()), "u64": pa.array([1, None, 2**64 - 1], pa.uint64()),
        "i8": pa.array([1, None, -128], pa.int8()), "f32": pa.array([1, None, 0.1], pa.float32()),
        "f16": pa.array([np.float16(1), None, np.float16(0.5)], pa.float16()),
        "dec": pa.array([Decimal("1"), None, Decimal("0.1234567890123456789012345678")], pa.decimal128(30, 28)),
        "dict": pa.array([1.0, None, 2.5]).dictionary_encode(), "none": pa.nulls(3),
        "f64": pa.array([1.0, NAN, INF]),
    }  # fmt: skip
    found = Read(parquet(pa, tmp_path / "p.parquet", columns), list(columns))
    expected = [float(big), float(2**64 - 1), -128.0, float(np.float32(0.1)), 0.5, 0.12345678901234568, 2.5, NAN, INF]
    assert repr(expected) == repr([x[2] for x in found.numbers.values()])
    assert [1.0] * 7 == [x[0] for x in found.numbers.values()][:7]
    assert [True, True, True] == found.missing
    del columns["none"]
    assert [False, True, False] == Read(tmp_path / "p.parquet", list(columns)).missing


def test_columns_of_other_things_are_refused_with_their_type(tmp_path: Path, pa: Any) -> None:
    path = parquet(pa, tmp_path / "p.parquet", {"b": [True], "s": ["1"], "l": [[1.0]], "s1": [1.0]})
    for name, kind in (("b", "bool"), ("s", "string"), ("l", "list<element: double>")):
        error = refusal(path, [name])
        assert ("not-numbers", f"p.parquet: column '{name}' holds {kind}, and numbers are needed") == (
            error.code,
            error.message,
        )
    assert "did you mean 's1'?" == refusal(path, ["s"]).hint
    assert "its columns are b, s, l, s1" == refusal(path, ["zzz"]).hint.splitlines()[-1]
    pa.parquet.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["x", "x"]), path)
    assert "p.parquet has two columns named 'x'" == refusal(path, ["x"]).message


def test_what_is_kept_of_parquet_stays_as_arrow_has_it(tmp_path: Path, pa: Any) -> None:
    import datetime as dt

    day = dt.date(2020, 1, 2)
    path = parquet(
        pa, tmp_path / "p.parquet", {"x": [1.0, None], "when": [day, None], "a.b": ["u", "v"], "a": [[1], [2]]}
    )
    with open_points(str(path), ["x"], ["when", "a.b", "a"]) as reader:
        [block] = reader
    assert pa.date32() == block.carried["when"].type
    assert [day, None] == block.carried["when"].to_pylist()
    assert (["u", "v"], [[1], [2]]) == (block.carried["a.b"].to_pylist(), block.carried["a"].to_pylist())
    assert {"a": [[1], [2]]} == Read(path, ["x"], ["a"]).carried


def test_the_files_of_a_folder_are_read_in_the_order_of_their_names(tmp_path: Path, pa: Any) -> None:
    (tmp_path / "set" / "day=2").mkdir(parents=True)
    (tmp_path / "set" / "_hidden").mkdir()
    parquet(pa, tmp_path / "set" / "day=2" / "part-0.parquet", {"x": [3, 4]})
    parquet(pa, tmp_path / "set" / "a.parquet", {"x": [1.5, 2.5]})
    parquet(pa, tmp_path / "set" / "b.PARQUET", {"x": pa.array([], pa.float64())})
    parquet(pa, tmp_path / "set" / "_hidden" / "c.parquet", {"x": [9.0]})
    file(tmp_path / "set", "readme.txt", "")
    found = Read(tmp_path / "set", ["x"])
    assert [1.5, 2.5, 3.0, 4.0] == found.numbers["x"]
    assert found.total == found.done
    parquet(pa, tmp_path / "set" / "d.parquet", {"y": [1.0]})
    error = refusal(tmp_path / "set", ["x"])
    assert error.message.endswith("d.parquet has no column 'x'")


def test_no_rows_and_no_columns_are_fine(tmp_path: Path, pa: Any) -> None:
    path = parquet(pa, tmp_path / "p.parquet", {"x": pa.array([], pa.float64())})
    assert [] == Read(path, ["x"]).sizes
    path = parquet(pa, tmp_path / "p.parquet", {"x": [1.0] * 500})
    assert [300, 200] == Read(path, [], rows=300).sizes


def test_damaged_parquet_is_refused_wherever_the_damage_is(tmp_path: Path, pa: Any) -> None:
    rng = np.random.default_rng(0)
    path = parquet(pa, tmp_path / "p.parquet", {"x": rng.normal(size=2000), "k": list(map(str, range(2000)))})
    content = path.read_bytes()
    for damaged in (b"", b"PAR1", content[:-1], content[:1000], content[1000:], b"x" * 1000):
        error = refusal(file(tmp_path, "bad.parquet", damaged), ["x"], ["k"])
        assert "bad-parquet" == error.code
        assert error.message.startswith("bad.parquet cannot be read as Parquet: ")
    for place in range(10, len(content), len(content) // 60):
        with suppress(AdcliError):
            Read(file(tmp_path, "bad.parquet", content[:place] + bytes(16) + content[place + 16 :]), ["x"], ["k"])


# -- writing

NUMBERS = [0.1, -0.0, 1.0, 1e15, 1e16, 1e22, 1e-5, 5e-324, 1.7976931348623157e308, 123456789.125, 0.0001, 9999999999.5]
KINDS = ["ndjson", "csv", "tsv", "parquet", "npy"]
OUT = ["y1", "dy1/dW[0,1]"]


def written(
    path: Path, rows: list[Rows], kept: tuple[str, ...] = (), columns: Any = OUT, *, status: bool = True
) -> Path:
    with open_output(str(path), None, kept, columns, status=status) as writer:
        for row in rows:
            writer.write(row)
    return path


def as_rows(numbers: Any, codes: Any = None, **carried: Any) -> Rows:
    numbers = np.array(numbers, float)
    return Rows(numbers.shape[1], carried, numbers, None if codes is None else np.array(codes, np.uint8))


def test_the_set_of_rows_without_numbers_is_of_known_statuses() -> None:
    assert set(STATUSES) >= WITHOUT_NUMBERS
    assert "ok" == STATUSES[0]


ONE_OF_EACH = as_rows([[0.1, 7, 2, INF, 7], [1e-5, 7, NAN, -INF, 7]], range(5), id=["007", None, 'a,"b"', "", "θ\n"])


def test_ndjson_is_flat_strict_json(tmp_path: Path, both: str) -> None:
    text = written(tmp_path / "o.ndjson", [ONE_OF_EACH], ("id",)).read_text(encoding="utf-8")
    assert (
        '{"id": "007", "y1": 0.1, "dy1/dW[0,1]": 1e-05, "status": "ok"}\n'
        '{"id": null, "y1": null, "dy1/dW[0,1]": null, "status": "domain"}\n'
        '{"id": "a,\\"b\\"", "y1": 2.0, "dy1/dW[0,1]": "NaN", "status": "kink"}\n'
        '{"id": "", "y1": "Infinity", "dy1/dW[0,1]": "-Infinity", "status": "overflow"}\n'
        '{"id": "θ\\n", "y1": null, "dy1/dW[0,1]": null, "status": "missing"}\n'
    ) == text


def test_csv_quotes_what_needs_it(tmp_path: Path, both: str) -> None:
    text = written(tmp_path / "o.csv", [ONE_OF_EACH], ("id",)).read_text(encoding="utf-8")
    assert (
        'id,y1,"dy1/dW[0,1]",status\n007,0.1,1e-05,ok\n,,,domain\n"a,""b""",2.0,nan,kink\n'
        ',inf,-inf,overflow\n"θ\n",,,missing\n'
    ) == text
    text = written(tmp_path / "o.tsv", [as_rows([[1], [2]], id=["a\tb"])], ("id",)).read_text(encoding="utf-8")
    assert 'id\ty1\t"dy1/dW[0,1]"\tstatus\n"a\tb"\t1.0\t2.0\tok\n' == text


def test_parquet_has_doubles_nulls_and_words(tmp_path: Path, pa: Any) -> None:
    table = pa.parquet.read_table(written(tmp_path / "o.parquet", [ONE_OF_EACH], ("id",)))
    assert ["id", *OUT, "status"] == table.column_names
    assert ["string", "double", "double", "dictionary<values=string, indices=int8, ordered=0>"] == [
        str(c.type) for c in table.columns
    ]
    assert repr([0.1, None, 2.0, INF, None]) == repr(table["y1"].to_pylist())
    assert repr([1e-5, None, NAN, -INF, None]) == repr(table[OUT[1]].to_pylist())
    assert list(STATUSES[:5]) == table["status"].to_pylist()
    assert ["007", None, 'a,"b"', "", "θ\n"] == table["id"].to_pylist()


def test_npy_has_a_matrix_with_nan_for_what_is_absent(tmp_path: Path) -> None:
    rows = ONE_OF_EACH._replace(carried={})
    matrix = np.load(written(tmp_path / "o.npy", [rows, rows]))
    once = [[0.1, 1e-5], [NAN, NAN], [2.0, NAN], [INF, -INF], [NAN, NAN]]
    assert (repr(once * 2), (10, 2), True) == (repr(matrix.tolist()), matrix.shape, matrix.flags.c_contiguous)
    with pytest.raises(UsageError) as caught:
        open_output(str(tmp_path / "p.npy"), None, ["id"], OUT)
    assert ("not-with-npy", "write .parquet, .csv or .ndjson") == (caught.value.code, caught.value.hint)
    assert ["o.npy"] == names(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_at_all_is_an_output_too(tmp_path: Path, kind: str) -> None:
    if kind == "parquet":
        pytest.importorskip("pyarrow")
    path = written(tmp_path / f"o.{kind}", [], columns=["a", "b"])
    if kind == "npy":
        assert (0, 2) == np.load(path).shape
    elif kind == "ndjson":
        assert "" == path.read_text(encoding="utf-8")
    else:
        assert (["a", "b", "status"], []) == ((found := Read(path, ["a", "b"])).names, found.sizes)


def _exact(found: Any) -> bytes:
    return np.array(found, np.float64).tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_random_doubles_come_back_bit_for_bit(tmp_path: Path, both: str, kind: str) -> None:
    if kind == "parquet" and both == "python":
        pytest.skip("Parquet needs pyarrow")
    rng = np.random.default_rng(1)
    xs = rng.integers(0, 2**64, 20_000, np.uint64).view(np.float64)
    xs = np.concatenate([
        xs[np.isfinite(xs)], rng.normal(size=20_000), 10.0 ** rng.uniform(-6, 18, 20_000), rng.integers(-9, 9, 1000),
        rng.integers(0, 2**52, 1000).view(np.float64), NUMBERS, [INF, -INF],
    ])  # fmt: skip
    path = written(tmp_path / f"o.{kind}", [as_rows([xs, -xs])], columns=["a", "b"], status=False)
    if kind == "npy":
        assert _exact(xs) + _exact(-xs) == _exact(np.load(path).T)
    else:
        found = Read(path, ["a", "b"])
        assert _exact(xs) + _exact(-xs) == _exact(found.numbers["a"]) + _exact(found.numbers["b"])


@pytest.mark.parametrize("kind", ["ndjson", "csv"])
def test_the_text_is_the_same_with_and_without_arrow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    pytest.importorskip("pyarrow")
    rng = np.random.default_rng(2)
    xs = np.concatenate([10.0 ** rng.uniform(-20, 20, 3000), rng.normal(size=30_000), NUMBERS])
    rows = [
        as_rows([xs, -xs], rng.integers(0, 5, len(xs)), id=[f'{k},"' for k in range(len(xs))]),
        as_rows([xs[:9], xs[:9]], id=[""] * 9),
    ]
    with_arrow = written(tmp_path / f"a.{kind}", rows, ("id",)).read_bytes()
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    alone = written(tmp_path / f"b.{kind}", rows, ("id",)).read_bytes()
    assert alone == with_arrow
    assert b"0.1," in alone
    assert repr(xs[0]).encode().replace(b"np.float64(", b"").replace(b")", b"") in alone


def test_a_single_empty_field_is_no_empty_line(tmp_path: Path, both: str) -> None:
    path = written(tmp_path / "o.csv", [as_rows([[1, 2, 3]], [0, 1, 0])], columns=["a"], status=False)
    assert 'a\n1.0\n""\n3.0\n' == path.read_text(encoding="utf-8")
    assert [False, True, False] == Read(path, ["a"]).missing
    path = written(
        tmp_path / "o.csv", [Rows(3, {"k": ["u", "", None]}, np.empty((0, 3)), None)], ("k",), [], status=False
    )
    assert ["u", "", ""] == Read(path, [], ["k"]).carried["k"]


def test_any_json_goes_through_unchanged(tmp_path: Path, both: str) -> None:
    values = ["a", "007", 7, 7.0, 1e300, 2**80, True, None, [1, {"é": ["\u2028", None]}], {}, "\ud800x", '"\\\n', 0.1]
    lines = [json.dumps({"x": k, "k": value}) for k, value in enumerate(values)]
    path = file(tmp_path, "p.ndjson", "\n".join(lines))
    with open_points(str(path), ["x"], ["k"]) as reader:
        rows = [Rows(b.count, b.carried, b.numbers["x"][None], None) for b in reader]
    out = written(tmp_path / "o.ndjson", rows, ("k",), ["y"]).read_text(encoding="utf-8")
    found = [json.loads(line)["k"] for line in out.splitlines() if line] if "\u2028" not in out else [
        json.loads(line)["k"] for line in out.split("\n") if line
    ]  # fmt: skip
    values[10] = "�x"
    assert repr(values) == repr(found)


def test_what_is_not_finite_stays_strict_json_when_carried(tmp_path: Path, both: str) -> None:
    path = written(tmp_path / "o.ndjson", [as_rows([[1, 2]], k=[{"a": [NAN]}, INF])], ("k",), ["y"])
    refuse = {"parse_constant": pytest.fail}
    found = [json.loads(line, **refuse)["k"] for line in path.read_text(encoding="utf-8").splitlines()]
    assert [{"a": ["NaN"]}, "Infinity"] == found


def carried_through(tmp_path: Path, source: Path, kind: str) -> Path:
    """A file of points with its columns kept, and written as another format."""
    with open_points(str(source), ["x"], ["k"], rows=2) as reader:
        return written(
            tmp_path / f"o.{kind}",
            [Rows(b.count, b.carried, b.numbers["x"][None], None) for b in reader],
            ("k",),
            ["y"],
        )


EPOCH = "1970-01-01 00:00:00.00000"


def test_what_parquet_holds_goes_to_texts(tmp_path: Path, pa: Any) -> None:
    import datetime as dt
    from decimal import Decimal

    when = dt.datetime(2020, 1, 2, 3, 4, 5, 678901)  # noqa: DTZ001  # Arrow's has none either
    cases = [
        # values, JSON, CSV
        (pa.array([1, None, 2**62]), [1, None, 2**62], ["1", "", str(2**62)]),
        (pa.array([0.1, None, NAN]), [0.1, None, "NaN"], ["0.1", "", "nan"]),
        (pa.array([0.5, None, 1], pa.float32()), [0.5, None, 1.0], ["0.5", "", "1.0"]),
        (pa.array([True, None, False]), [True, None, False], ["true", "", "false"]),
        (pa.array(["a", None, "b"]).dictionary_encode(), ["a", None, "b"], ["a", "", "b"]),
        (pa.array([Decimal("1.10"), None]), ["1.10", None], ["1.10", ""]),
        (pa.array([when, None]), ["2020-01-02 03:04:05.678901", None], ["2020-01-02 03:04:05.678901", ""]),
        (pa.array([1000, None]).cast(pa.timestamp("ns")), [f"{EPOCH}1000", None], [f"{EPOCH}1000", ""]),
        (pa.array([[1, 2], None]), [[1, 2], None], ["[1, 2]", ""]),
        (pa.array([{"a": "b"}, None]), [{"a": "b"}, None], ['{"a": "b"}', ""]),
        (pa.array([b"abc", None]), ["abc", None], ["abc", ""]),
    ]  # fmt: skip
    for values, as_json, as_csv in cases:
        path = parquet(pa, tmp_path / "p.parquet", {"k": values, "x": [1.0] * len(values)})
        lines = carried_through(tmp_path, path, "ndjson").read_text(encoding="utf-8").splitlines()
        assert as_json == [json.loads(line)["k"] for line in lines]
        assert as_csv == Read(carried_through(tmp_path, path, "csv"), [], ["k"]).carried["k"]
        table = pa.parquet.read_table(carried_through(tmp_path, path, "parquet"))
        assert repr(values.to_pylist()) == repr(table["k"].to_pylist())
        assert values.type == table["k"].type
    path = parquet(pa, tmp_path / "p.parquet", {"k": [b"\xff"], "x": [1.0]})
    for kind in ("csv", "ndjson"):
        with pytest.raises(UsageError, match="column 'k' holds binary, which"):
            carried_through(tmp_path, path, kind)


def test_instants_of_nanoseconds_become_texts_where_lists_are_wanted(tmp_path: Path, pa: Any) -> None:
    instants = pa.array([1, None]).cast(pa.timestamp("ns"))
    path = parquet(pa, tmp_path / "p.parquet", {"x": [1.0, 2.0], "k": instants, "l": [[when] for when in instants]})
    assert [f"{EPOCH}0001", None] == Read(path, ["x"], ["k"]).carried["k"]
    with pytest.raises(
        UsageError, match=r"column 'l' holds list<element: timestamp.ns.>, which cannot be kept as text"
    ):
        Read(path, ["x"], ["l"])


def test_texts_and_objects_that_are_kept_go_to_parquet(tmp_path: Path, pa: Any) -> None:
    path = file(tmp_path, "p.csv", "x,k\n1,007\n2,\n3,b\n")
    assert ["007", "", "b"] == pa.parquet.read_table(carried_through(tmp_path, path, "parquet"))["k"].to_pylist()
    for values in (
        ["a", None, "\\u00e9"],
        [1, None, 3],
        [0.5, 1.5, None],
        [None, None, "a"],
        [[1], [], None],
        [{"a": 1}, None, {"a": 2}],
    ):
        lines = [json.dumps({"x": 1, "k": value}) for value in values]
        path = file(tmp_path, "p.ndjson", "\n".join(lines))
        assert values == pa.parquet.read_table(carried_through(tmp_path, path, "parquet"))["k"].to_pylist()
    for values in ([1, 2, "a"], ["a", "b", 3], [1, 2, [3]], [1, "a"], [1, 2, 2**70]):
        lines = [json.dumps({"x": 1, "k": value}) for value in values]
        path = file(tmp_path, "p.ndjson", "\n".join(lines))
        with pytest.raises(UsageError) as caught:
            carried_through(tmp_path, path, "parquet")
        assert ("not-in-format", "write .ndjson") == (caught.value.code, caught.value.hint)
        assert "column 'k' cannot be kept in Parquet, whose columns have one type" in caught.value.message


def test_row_groups_gather_blocks_and_the_arrays_may_be_used_again(tmp_path: Path, pa: Any) -> None:
    numbers = np.zeros((1, 50_000))
    status = np.zeros(50_000, np.uint8)
    path = tmp_path / "o.parquet"
    with open_output(str(path), columns=["y"]) as writer:
        for k in range(8):
            numbers[:] = k
            status[:] = k % 5
            writer.write(Rows(50_000, {}, numbers, status))
    table = pa.parquet.ParquetFile(path)
    assert [2**18, 400_000 - 2**18] == [table.metadata.row_group(k).num_rows for k in range(table.num_row_groups)]
    read = table.read()
    assert [STATUSES[k % 5] for k in range(8)] == read["status"].to_pylist()[::50_000]
    assert [0, None, 2, 3, None, 5, None, 7] == read["y"].to_pylist()[::50_000]


def test_columns_of_one_name_are_refused_before_anything_is_done(tmp_path: Path) -> None:
    cases = [
        ((["y1"], ["y1", "y2"]), "of the results"),
        ((["status"], ["y1"]), "of the status of a row"),
        ((["a", "a"], ["y"]), "that is kept"),
    ]
    for (kept, columns), whose in cases:
        with pytest.raises(UsageError) as caught:
            open_output(str(tmp_path / "o.csv"), None, kept, columns)
        assert ("duplicate-column", f"--keep {kept[0]}: a column {whose} has this name too") == (
            caught.value.code,
            caught.value.message,
        )
    with open_output("/dev/null", "csv", ["status"], ["y1"], status=False) as writer:
        assert ["status", "y1"] == writer.names
    assert [] == names(tmp_path)


def test_a_format_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    for path, format, code in ((None, "cvs", "unknown-format"), (str(tmp_path / "o.txt"), None, "unknown-file-kind")):
        with pytest.raises(UsageError) as caught:
            open_output(path, format, [], ["y"])
        assert code == caught.value.code
    written_as = open_output(str(tmp_path / "o.txt"), "csv", [], ["y"])
    with written_as as writer:
        writer.write(as_rows([[1]]))
    assert "y,status\n1.0,ok\n" == (tmp_path / "o.txt").read_text(encoding="utf-8")


# -- whole or not at all


@pytest.mark.parametrize("kind", KINDS)
def test_after_an_error_nothing_is_left(tmp_path: Path, kind: str) -> None:
    if kind == "parquet":
        pytest.importorskip("pyarrow")
    path = file(tmp_path, f"o.{kind}", "old")

    def fail() -> None:
        with open_output(str(path), columns=["y"]) as writer:
            writer.write(as_rows([[1.0] * 300_000]))
            assert 2 == len(names(tmp_path))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert ([path.name], "old") == (names(tmp_path), path.read_text(encoding="utf-8"))


def test_a_link_stays_one_and_permissions_stay(tmp_path: Path) -> None:
    target = file(tmp_path, "real.csv", "old")
    target.chmod(0o640)
    link = tmp_path / "link.csv"
    link.symlink_to(target)
    written(link, [as_rows([[1]])], columns=["y"])
    assert (True, 0o640, "y,status\n1.0,ok\n") == (
        link.is_symlink(),
        stat.S_IMODE(target.stat().st_mode),
        target.read_text(encoding="utf-8"),
    )
    assert ["link.csv", "real.csv"] == names(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_devices_and_pipes_are_written_to_as_they_are(tmp_path: Path, kind: str) -> None:
    if kind == "parquet":
        pytest.importorskip("pyarrow")
    with open_output("/dev/null", kind, [], ["y"]) as writer:
        writer.write(as_rows([[1]]))
    assert Path("/dev/null").is_char_device()
    pipe = tmp_path / f"pipe.{kind}"
    os.mkfifo(pipe)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    written(pipe, [as_rows([[1]])], columns=["y"])
    reader.join()
    assert written(tmp_path / f"o.{kind}", [as_rows([[1]])], columns=["y"]).read_bytes() == found[0]


def test_what_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "o.csv").mkdir()
    reasons = {
        str(tmp_path / "none" / "o.csv"): "No such file or directory", str(tmp_path / "o.csv"): "Is a directory",
        "a\0.csv": "embedded null byte",
    }  # fmt: skip
    for path, reason in reasons.items():
        with pytest.raises(UsageError) as caught:
            open_output(path, None, [], ["y"])
        assert ("unwritable-file", f"cannot write {path}: {reason}") == (caught.value.code, caught.value.message)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match="No space left on device"):
        written(tmp_path / "p.csv", [as_rows([[1]])], columns=["y"])
    assert ["o.csv"] == names(tmp_path)


def test_a_full_disk_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    with pytest.raises(UsageError, match="cannot write /dev/full: No space left on device"):
        written_to_full(tmp_path)


def written_to_full(_folder: Path) -> None:
    with open_output("/dev/full", "csv", [], ["y"]) as writer:
        writer.write(as_rows([[1]]))


@pytest.mark.parametrize("format", [None, "ndjson", "csv", "npy", "parquet"])
def test_stdout_is_written_at_the_end_or_not_at_all(
    capfdbinary: Any, monkeypatch: pytest.MonkeyPatch, format: str | None
) -> None:
    if format == "parquet":
        pytest.importorskip("pyarrow")
    monkeypatch.setattr(whole, "_IN_MEMORY", 100)  # the rest is in a file
    with open_output(None, format, [], ["y"]) as writer:
        writer.write(as_rows([range(1000)]))
        assert b"" == capfdbinary.readouterr().out
    out = capfdbinary.readouterr().out
    starts = {"csv": b"y,status\n0.0,ok\n", "npy": b"\x93NUMPY", "parquet": b"PAR1"}
    assert out.startswith(starts.get(str(format), b'{"y": 0.0, "status": "ok"}\n'))
    assert len(out) > 4000

    def fail() -> None:
        with open_output(None, format, [], ["y"]) as writer:
            writer.write(as_rows([range(1000)]))
            raise UsageError("any", "any")

    with pytest.raises(UsageError):
        fail()
    assert b"" == capfdbinary.readouterr().out


def test_binary_output_is_not_for_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    for kind in ("npy", "parquet"):
        with pytest.raises(UsageError) as caught:
            open_output(None, kind, [], ["y"])
        assert ("binary-to-terminal", f"name a file: --output FILE.{kind}") == (caught.value.code, caught.value.hint)


BROKEN = """
import sys
import numpy as np
from adcli.batch.blocks import Rows
from adcli.batch.writers import open_output
try:
    with open_output(None, "csv", [], ["y"]) as writer:
        writer.write(Rows(100_000, {}, np.ones((1, 100_000)), None))
except BrokenPipeError:
    sys.stderr.write("broken")
    sys.stderr.flush()
    import os
    os._exit(0)
"""


def test_a_pipe_that_nobody_reads_is_a_broken_pipe() -> None:
    with subprocess.Popen([sys.executable, "-c", BROKEN], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"broken" == process.stderr.read()


# -- what is not installed


def test_parquet_says_that_it_needs_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    path = str(file(tmp_path, "p.parquet", "PAR1"))
    for use in (lambda: open_points(path, ["x"]), lambda: open_output(str(tmp_path / "o.parquet"), None, [], ["y"])):
        with pytest.raises(UsageError) as caught:
            use()
        assert ("missing-extra", "Parquet needs pyarrow", "pip install 'adcli[batch]'") == (
            caught.value.code, caught.value.message, caught.value.hint,
        )  # fmt: skip
    assert ["p.parquet"] == names(tmp_path)


def test_a_batch_says_that_it_needs_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(UsageError, match="a batch needs NumPy"):
        open_points("p.csv", ["x"])
    with pytest.raises(UsageError, match="a batch needs NumPy"):
        open_output("p.csv", None, [], ["y"])


# -- memory

# A process begins with the peak of the one that started it: a small one does that, not a test run of any size.
START = "import subprocess, sys; subprocess.run([sys.executable, '-c', *sys.argv[1:]], check=True)"
COPY = """
import resource, sys
from adcli.batch.blocks import Rows
from adcli.batch.readers import open_points
from adcli.batch.writers import open_output
import numpy as np
count = 0
with open_points(sys.argv[1], ["x", "y"], sys.argv[3:]) as reader:
    with open_output(sys.argv[2], None, sys.argv[3:], ["a", "b"]) as writer:
        for block in reader:
            numbers = np.stack([block.numbers["x"], block.numbers["y"]])
            writer.write(Rows(block.count, block.carried, numbers, None))
            count += block.count
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(count, peak // 1024 if sys.platform != "darwin" else peak // 2**20)
"""


@pytest.mark.parametrize("kind", ["csv", "ndjson", "parquet"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, kind: str) -> None:
    pytest.importorskip("pyarrow")
    rng = np.random.default_rng(0)
    source = tmp_path / f"p.{kind}"
    keep = ["id"] if kind == "csv" else []
    rows = 400_000 if kind == "parquet" else 100_000
    with open_output(str(source), None, ["id"], ["x", "y"], status=False) as writer:
        for _ in range(10 if kind == "parquet" else 6):
            writer.write(Rows(rows, {"id": ["0"] * rows}, rng.normal(size=(2, rows)), None))
    command = [sys.executable, "-c", START, COPY, str(source), str(tmp_path / "o.parquet"), *keep]
    count, peak = map(int, subprocess.run(command, capture_output=True, check=True, text=True).stdout.split())
    assert rows * (10 if kind == "parquet" else 6) == count
    assert peak < 150 + (100 if "COVERAGE_PROCESS_START" in os.environ else 0)
