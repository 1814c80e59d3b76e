"""The parser: Lark's LALR(1) tables for `grammars/expression.lark`, made once and kept.

Building the tables costs as much as starting Python, so they are kept in a private cache
folder of the user. They are kept as JSON, which cannot carry code, and are read only from a
file that belongs to the user and that nobody else can write.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

STARTS = ["program", "point"]
_HERE = Path(__file__).resolve().parent.parent
_PLACES = (_HERE / "grammars" / "expression.lark", _HERE.parent / "grammars" / "expression.lark")


def grammar_path() -> Path:
    """The grammar file: inside an installed package, or beside the package in a checkout."""
    return next((path for path in _PLACES if path.is_file()), _PLACES[0])


def load_parser(callbacks: Any) -> lark.Lark:
    """The parser, calling the methods of `callbacks` as it recognises rules."""
    grammar = grammar_path().read_bytes()
    cache = _cache_file(grammar)
    tables = _read_private(cache) if cache else None
    if tables is not None:
        try:
            return _from_tables(json.loads(tables), callbacks)
        except (ValueError, KeyError, TypeError, AttributeError):
            pass  # a damaged cache is made again
    parser = lark.Lark(
        grammar.decode(), parser="lalr", lexer="basic", start=STARTS, transformer=callbacks, maybe_placeholders=False
    )
    if cache:
        _write_private(cache, json.dumps(_to_tables(parser), separators=(",", ":")))
    return parser


# -- tables as JSON: Lark's own serialized form, whose keys are numbers


def _to_tables(parser: lark.Lark) -> dict[str, Any]:
    data, memo = parser.memo_serialize([TerminalDef, Rule])
    data["options"] = {key: value for key, value in data["options"].items() if key != "transformer"}
    return {"data": data, "memo": memo}


def _from_tables(tables: dict[str, Any], callbacks: Any) -> lark.Lark:
    memo = {int(key): value for key, value in tables["memo"].items()}
    table = tables["data"]["parser"]["parser"]
    table["tokens"] = {int(key): value for key, value in table["tokens"].items()}
    table["states"] = {
        int(state): {int(token): action for token, action in row.items()} for state, row in table["states"].items()
    }
    parser: lark.Lark = lark.Lark._load_from_dict(tables["data"], memo, transformer=callbacks)  # noqa: SLF001
    return parser


# -- a file that only this user can have written


def _cache_folder() -> Path | None:
    home = Path(os.path.expanduser("~"))  # noqa: PTH111  # Path.home() raises where there is none
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
        return Path(base) / "adcli" / "cache" if base else None
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "adcli"
    base = os.environ.get("XDG_CACHE_HOME")
    return Path(base) / "adcli" if base and os.path.isabs(base) else home / ".cache" / "adcli"  # noqa: PTH117


def _cache_file(grammar: bytes) -> Path | None:
    folder = _cache_folder()
    if folder is None or not folder.is_absolute():
        return None
    import zlib

    version = f"{lark.__version__}-{sys.version_info[0]}.{sys.version_info[1]}"
    return folder / f"grammar-{version}-{len(grammar)}-{zlib.crc32(grammar):08x}.json"


def _is_private(status: os.stat_result) -> bool:
    return not hasattr(os, "geteuid") or (status.st_uid == os.geteuid() and not status.st_mode & 0o022)


def _read_private(path: Path) -> str | None:
    try:
        if not _is_private(path.parent.stat()):
            return None
        with path.open(encoding="utf-8") as file:
            return file.read() if _is_private(os.fstat(file.fileno())) else None
    except (OSError, UnicodeDecodeError):
        return None


def _write_private(path: Path, text: str) -> None:
    """Write whole or not at all; a cache that cannot be written is no error."""
    import tempfile

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_private(path.parent.stat()):
            return
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
    except OSError:
        return
