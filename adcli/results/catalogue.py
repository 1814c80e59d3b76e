"""The primitive table as a result: what `adcli functions` lists."""

from dataclasses import dataclass
from typing import Any

from .base import Grid


@dataclass(frozen=True)
class Entry:
    """A function of the language: its call, domain, derivatives and kinks, in words and formulas.

    One that `takes_arrays` is made of others, and says only what it is.
    """

    name: str
    call: str
    aliases: tuple[str, ...]
    domain: str
    derivatives: tuple[tuple[str, str], ...]
    kinks: str
    about: str
    takes_arrays: bool = False


@dataclass(frozen=True)
class Catalogue:
    """All functions, or the one that was asked for."""

    entries: tuple[Entry, ...]

    schema = "adcli/functions/1"

    def to_dict(self) -> dict[str, Any]:
        return {
            "schema": self.schema,
            "functions": [
                {
                    "name": e.name,
                    "call": e.call,
                    "aliases": list(e.aliases),
                    "domain": e.domain,
                    "derivatives": [{"by": by, "expression": text} for by, text in e.derivatives],
                    "kinks": e.kinks,
                    "about": e.about,
                    "arrays": e.takes_arrays,
                }
                for e in self.entries
            ],
        }

    def grids(self) -> list[Grid]:
        if len({e.name for e in self.entries}) == 1:
            return [_described(e) for e in self.entries]
        grids = []
        scalar = [e for e in self.entries if not e.takes_arrays]
        if scalar:
            columns = ["domain", "derivative", "kinks"]
            cells = [[e.domain or "all reals", _derivatives(e), e.kinks] for e in scalar]
            grids.append(Grid("Functions", columns, [e.call for e in scalar], cells, "function", numeric=False))
        arrays = [e for e in self.entries if e.takes_arrays]
        if arrays:
            calls, meanings = [e.call for e in arrays], [[e.about] for e in arrays]
            grids.append(Grid("Functions of arrays", ["gives"], calls, meanings, "function", numeric=False))
        return grids


def _described(e: Entry) -> Grid:
    """One function, line by line."""
    pairs = [("call", e.call), ("also", ", ".join(e.aliases)), ("what", e.about), ("domain", e.domain)]
    pairs += [(f"∂/∂{by}", text) for by, text in e.derivatives]
    pairs += [("kinks", e.kinks)]
    pairs = [(label, text) for label, text in pairs if text]
    title = f"{e.name}, of arrays" if e.takes_arrays else e.name
    return Grid(title, [""], [label for label, _ in pairs], [[text] for _, text in pairs], numeric=False)


def _derivatives(e: Entry) -> str:
    """The derivatives of a function, each with its variable where there are several."""
    return "; ".join(text if len(e.derivatives) == 1 else f"∂/∂{by} {text}" for by, text in e.derivatives)
