"""The grammar: found, compiled by Lark into LALR(1) tables, and kept.

Compiling costs as much as starting Python, so the tables are kept in a private cache folder of
the user. They are kept as JSON, which cannot carry code, and are read only from a
file that belongs to the user and that nobody else can write.
"""

# pathlib is not used here: it takes 4 ms to import, a quarter of what adcli itself takes to start
import json
import os
import re
import sys
from contextlib import suppress
from typing import Any

from .parser import Parser, compile_tables

TABLES = 1  # the form of the kept tables; it changes when `compile_tables` does
STARTS = ["program", "point"]
_PACKAGE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
_PLACES = (_PACKAGE, os.path.dirname(_PACKAGE))


def read_grammar() -> bytes:
    """The grammar file: inside an installed package, or beside the package in a checkout."""
    for place in _PLACES:
        try:
            with open(os.path.join(place, "grammars", "expression.lark"), "rb") as file:
                return file.read()
        except FileNotFoundError:
            continue
    raise FileNotFoundError("grammars/expression.lark is missing from this installation of adcli")


def load_parser(callbacks: Any) -> Parser:
    """The parser, calling the methods of `callbacks` as it recognises rules."""
    grammar = read_grammar()
    cache = _cache_file(grammar)
    text = _read_private(cache) if cache else None
    if text is not None:
        try:
            return Parser(json.loads(text), callbacks)
        except (ValueError, KeyError, TypeError, AttributeError, re.error):
            pass  # a damaged cache is made again
    tables = compile_tables(grammar.decode(), STARTS)
    if cache:
        _write_private(cache, json.dumps(tables, separators=(",", ":")))
    return Parser(tables, callbacks)


# -- a file that only this user can have written


def _cache_folder() -> str | None:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
        return os.path.join(base, "adcli", "cache") if base else None
    home = os.path.expanduser("~")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Caches", "adcli")
    base = os.environ.get("XDG_CACHE_HOME", "")
    return os.path.join(base if os.path.isabs(base) else os.path.join(home, ".cache"), "adcli")


def _cache_file(grammar: bytes) -> str | None:
    folder = _cache_folder()
    if folder is None or not os.path.isabs(folder):
        return None
    import zlib

    return os.path.join(folder, f"grammar-{TABLES}-{len(grammar)}-{zlib.crc32(grammar):08x}.json")


def _is_private(status: os.stat_result) -> bool:
    return not hasattr(os, "geteuid") or (status.st_uid == os.geteuid() and not status.st_mode & 0o022)


def _read_private(path: str) -> str | None:
    try:
        if not _is_private(os.stat(os.path.dirname(path))):
            return None
        with open(path, encoding="utf-8") as file:
            return file.read() if _is_private(os.fstat(file.fileno())) else None
    except (OSError, UnicodeDecodeError):
        return None


def _write_private(path: str, text: str) -> None:
    """Write whole or not at all; a cache that cannot be written is no error."""
    folder, name = os.path.dirname(path), f"{path}.{os.getpid()}"
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if not _is_private(os.stat(folder)):
            return
        try:
            with open(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
    except OSError:
        return
