"""The samples are golden: each `NAME.txt` shows commands and what they print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from test_seed_cases import CASES

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Outcome

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"
PROGRAMS = sorted(path.stem for path in SAMPLES.glob("*.ad"))


def rounded(text: str) -> str:
    """The text with its numbers to 9 digits and without filling: machines differ in the last digit of exp."""
    text = re.sub(r"(?<![\w.])[0-9]+\.[0-9]+(e[-+]?[0-9]+)?", lambda match: f"{float(match[0]):.9g}", text)
    return re.sub(r"[ ─]+", " ", text)


def commands_of(name: str) -> list[str]:
    """The command lines of a sample, without the word adcli."""
    commands = re.findall(r"^\$ adcli (.*)$", (SAMPLES / f"{name}.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert commands
    return commands


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_sample_prints_what_stands_beside_it(
    name: str, adcli: Callable[..., Outcome], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    path = SAMPLES / f"{name}.txt"
    parts = []
    for command in commands_of(name):
        assert f"@samples/{name}.ad" in command
        outcome = adcli(*shlex.split(command))
        assert outcome.code == 0, outcome.err
        parts.append(f"$ adcli {command}\n{outcome.out}")
    if request.config.getoption("--update-samples"):
        path.write_text("\n".join(parts), encoding="utf-8")
    assert rounded(path.read_text(encoding="utf-8")) == rounded("\n".join(parts))


def test_every_case_of_the_notes_has_a_sample() -> None:
    assert set(CASES) <= set(PROGRAMS)


@pytest.mark.parametrize("name", sorted(CASES))
def test_the_sample_of_a_case_is_the_program_of_the_case(name: str) -> None:
    text = (SAMPLES / f"{name}.ad").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert re.sub(r"\s", "", CASES[name]["program"]) == re.sub(r"\s", "", ";".join(lines))


DERIVATIVES = ("grad", "jac", "jvp", "vjp", "hess", "hvp")


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_derivative_of_a_sample_is_confirmed_by_all_backends(
    name: str, adcli: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    for command in commands_of(name):
        first, *arguments = shlex.split(command)
        if first in DERIVATIVES:
            kept = [arg for arg in arguments if arg != "--as-shape"]
            for option in ("--direction", "--cotangent", "--digits", "--backend"):
                if option in kept:
                    del kept[kept.index(option) : kept.index(option) + 2]
            assert adcli("check", *kept, "--json").json["verdict"] == "AGREES"


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_sample_says_first_what_it_is(name: str) -> None:
    assert (SAMPLES / f"{name}.ad").read_text(encoding="utf-8").startswith("# ")
