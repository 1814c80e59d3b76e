"""The grammar is compiled once, kept privately as JSON, and never trusted from a place that others can write."""

import json
import os
import sys
from pathlib import Path

import pytest
from lark import Lark

from adcli.language import grammar
from adcli.language.parser import END, Parser, Unexpected, compile_tables
from adcli.language.reader import Reader

GRAMMAR = Path(__file__).parent.parent / "grammars" / "expression.lark"
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="permissions are those of POSIX")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    return tmp_path / "adcli"


def forbid_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise AssertionError("the tables were compiled again")

    monkeypatch.setattr(grammar, "compile_tables", refuse)


def kept(cache: Path) -> Path:
    (file,) = cache.iterdir()
    return file


def test_the_tables_are_kept_and_read_back(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grammar.load_parser(Reader())
    forbid_compiling(monkeypatch)
    reader = Reader()
    parser = grammar.load_parser(reader)
    reader.text = "a = 2x^2; sin(a)"
    assert [statement.name for statement in parser.parse(reader.text, "program")] == ["a", None]


@posix_only
def test_the_cache_is_private(cache: Path) -> None:
    grammar.load_parser(Reader())
    assert 0o700 == cache.stat().st_mode & 0o777
    assert 0 == kept(cache).stat().st_mode & 0o077
    assert json.loads(kept(cache).read_text())["starts"].keys() == {"program", "point"}


@posix_only
@pytest.mark.parametrize("target", ["folder", "file"])
def test_tables_that_others_can_write_are_not_read(cache: Path, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    grammar.load_parser(Reader())
    (cache if target == "folder" else kept(cache)).chmod(0o777)
    forbid_compiling(monkeypatch)
    with pytest.raises(AssertionError, match="compiled again"):
        grammar.load_parser(Reader())


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pattern": "("}', '{"pattern": 3}', "null"])
def test_a_damaged_cache_is_made_again(cache: Path, content: str) -> None:
    grammar.load_parser(Reader())
    kept(cache).write_text(content)
    reader = Reader()
    assert grammar.load_parser(reader).parse("1", "program")
    assert "states" in json.loads(kept(cache).read_text())


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file" / "below"))
    assert grammar.load_parser(Reader()).parse("1", "program")


@pytest.mark.parametrize("platform", ["win32", "darwin", "linux"])
def test_every_platform_has_a_folder_of_the_user(
    platform: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    folder = grammar._cache_folder()
    assert folder is not None
    assert folder.startswith(str(tmp_path))


def test_without_a_folder_of_the_user_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    assert grammar._cache_file(b"") is None
    assert grammar.load_parser(Reader()).parse("1", "program")


def test_a_missing_grammar_is_said_plainly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(grammar, "_PLACES", (os.fspath(tmp_path),))
    with pytest.raises(FileNotFoundError, match="missing from this installation"):
        grammar.read_grammar()


class Echo:
    """Callbacks that give back the rule and its children, for any grammar."""

    def __getattr__(self, name: str):
        return lambda children: (name, *children)


SMALL = r"""
start: _SEP? list (_SEP list)*
?list: item ("," item)*
?item: WORD | "(" list ")"
_SEP: ";"
WORD: /[a-z]+/
%ignore " "
"""


@pytest.mark.parametrize("text", ["a", "a, b", ";a;b", "(a)", "((a, b)), c", "a;(b);c,d"])
def test_the_loop_recognises_what_lark_recognises(text: str) -> None:
    """Filtered tokens, rules with one child and repetitions, against Lark's own tree."""

    def shape(tree):
        return (tree.data, *map(shape, tree.children)) if hasattr(tree, "data") else str(tree)

    expected = shape(Lark(SMALL, parser="lalr", start="start").parse(text))
    tables = compile_tables(SMALL, ["start"])

    def plain(value):
        return tuple(map(plain, value)) if isinstance(value, tuple) else str(value)

    assert expected == plain(Parser(json.loads(json.dumps(tables)), Echo()).parse(text, "start"))


@pytest.mark.parametrize(
    ("text", "kind", "start"), [("a,,b", "COMMA", 2), ("a,", END, 2), ("a ! b", None, 2), ("(a", END, 2), ("", END, 0)]
)
def test_the_loop_stops_where_the_text_leaves_the_language(text: str, kind: str | None, start: int) -> None:
    parser = Parser(compile_tables(SMALL, ["start"]), Echo())
    with pytest.raises(Unexpected) as stop:
        parser.parse(text, "start")
    assert (kind, start) == (stop.value.kind, stop.value.start)


def test_the_grammar_is_lalr_without_conflicts() -> None:
    """Lark itself accepts it in strict mode where it can, and knows no function name."""
    text = GRAMMAR.read_text(encoding="utf-8")
    Lark(text, parser="lalr", start=["program", "point"])
    assert "sin" not in text.replace("using", "")
