"""The table of all lines: for a screen of 80 columns, in Markdown for the README, and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .measuring import Line

BEGIN, END = "<!-- benchmarks:begin -->", "<!-- benchmarks:end -->"
HEADER = f"{'':31} {'adcli':>8} {'peer':>8} {'ratio':>6} {'spread':>11} {'asked':>6} met"
_SCALES = {
    "s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")),
    "B": ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")),
    "": ((1e6, "M"), (1e3, "k"), (1.0, "")),
}


def shown(x: float | None, unit: str) -> str:
    """A figure in a fitting unit, to three digits.

    >>> shown(0.01234, "s"), shown(312e6, "B"), shown(1e7, "")
    ('12.3 ms', '312 MB', '10.0 M')
    """
    if x is None:
        return ""
    size, name = next(((size, name) for size, name in _SCALES[unit] if x >= size), _SCALES[unit][-1])
    digits = 0 if x >= 100 * size or name == "B" else 1 if x >= 10 * size else 2
    return f"{x / size:.{digits}f} {name}".strip()


def _ratio(x: float) -> str:
    """A ratio to three digits.

    >>> _ratio(0.123), _ratio(12.34), _ratio(123.4)
    ('0.12', '12.3', '123')
    """
    return f"{x:.{0 if x >= 100 else 1 if x >= 10 else 2}f}"


def _cells(line: Line) -> tuple[str, str, str, str, str, str]:
    """The figures of a line: ours, the peer's, ratio, spread, asked, met."""
    ratio = "" if line.ratio is None else _ratio(line.ratio)
    spread = "" if line.spread is None else "-".join(map(_ratio, line.spread))
    alone = line.ratio is None and not line.skipped
    asked = "" if line.asked is None else shown(line.asked, line.unit) if alone else f"{line.asked:.2f}"
    met = {None: "", True: "yes", False: "no"}[line.met]
    return shown(line.ours, line.unit), shown(line.peer, line.unit), ratio, spread, asked, met


def screen(title: str, lines: Sequence[Line]) -> Iterator[str]:
    """The lines of a case, under its title."""
    yield title
    for line in lines:
        ours, peer, ratio, spread, asked, met = _cells(line)
        if line.skipped:
            yield f"  {line.work:29} skipped: {line.skipped}"
        else:
            yield f"  {line.work:29} {ours:>8} {peer:>8} {ratio:>6} {spread:>11} {asked:>6} {met}".rstrip()


def markdown(cases: Mapping[str, Sequence[Line]], titles: Mapping[str, str], machine: str) -> str:
    """The table for the README."""
    rows = [
        machine,
        "",
        "| work | adcli | peer | ratio | spread | asked |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, lines in cases.items():
        rows.append(f"| **{titles[name]}** | | | | | |")
        for line in lines:
            ours, peer, ratio, spread, asked, met = _cells(line)
            if line.skipped:
                rows.append(f"| {line.work} | skipped: {line.skipped} | | | | {f'≤ {asked}' if asked else ''} |")
            else:
                bound = f"≤ {asked}{', missed' * (met == 'no')}" if asked else ""
                rows.append(f"| {' | '.join([line.work, ours, peer, ratio, spread.replace('-', '–'), bound])} |")
    return "\n".join(rows)


def written(text: str, table: str) -> str:
    """The text of the README with the table between its markers; a KeyError without them."""
    if BEGIN not in text or END not in text:
        raise KeyError(f"README.md has no place for the table: {BEGIN} and {END}")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def as_json(cases: Mapping[str, Sequence[Line]], machine: Mapping[str, Any], size: str, repeats: int) -> dict[str, Any]:
    """Everything, for other programs."""
    lines = [{"case": name, **asdict(line), "met": line.met} for name, found in cases.items() for line in found]
    return {"machine": dict(machine), "size": size, "repeats": repeats, "lines": lines}
