"""The primitive table as a result: what `adcli functions` lists."""

from dataclasses import dataclass
from typing import Any

from .base import Grid


@dataclass(frozen=True)
class Entry:
    """A function of the language: its call, domain, derivatives and kinks, in words and formulas."""

    name: str
    call: str
    aliases: tuple[str, ...]
    domain: str
    derivatives: tuple[tuple[str, str], ...]
    kinks: str
    about: str


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
                }
                for e in self.entries
            ],
        }

    def grids(self) -> list[Grid]:
        if len(self.entries) == 1:
            e = self.entries[0]
            pairs = [("call", e.call), ("also", ", ".join(e.aliases)), ("what", e.about), ("domain", e.domain)]
            pairs += [(f"∂/∂{by}", text) for by, text in e.derivatives]
            pairs += [("kinks", e.kinks)]
            pairs = [(label, text) for label, text in pairs if text]
            return [Grid(e.name, [""], [label for label, _ in pairs], [[text] for _, text in pairs], numeric=False)]
        cells = [
            [e.domain or "all reals", "; ".join(text if len(e.derivatives) == 1 else f"∂/∂{by} {text}"
                                                for by, text in e.derivatives), e.kinks]
            for e in self.entries
        ]  # fmt: skip
        columns = ["domain", "derivative", "kinks"]
        return [Grid("Functions", columns, [e.call for e in self.entries], cells, "function", numeric=False)]
