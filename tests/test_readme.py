"""The README runs: every command in it is executed, and what it prints is what stands there."""

import re
import shlex
from pathlib import Path

import pytest
from test_samples import rounded

from adcli import cli, options
from adcli.formats import Screen

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)


def run(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Everything that a command line prints, errors after results."""
    arguments = shlex.split(command)
    assert arguments[0] == "adcli"
    cli.run(arguments[1:])
    captured = capsys.readouterr()
    return captured.out + captured.err


def refreshed(text: str, capsys: pytest.CaptureFixture[str]) -> str:
    """The README with the output of every command in it made anew."""

    def block(match: re.Match[str]) -> str:
        commands = [line for line in match.group(1).splitlines() if line.startswith("$ ")]
        return "```console\n" + "".join(f"{line}\n{run(line[2:], capsys)}" for line in commands) + "```"

    return BLOCK.sub(block, text)


def test_every_command_prints_what_the_readme_shows(
    request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(README.parent)
    monkeypatch.setattr(options, "screen", lambda: Screen(None, color=False, unicode=True))
    monkeypatch.setattr(options, "_speaks_unicode", lambda _stream: True)
    text = README.read_text(encoding="utf-8")
    expected = refreshed(text, capsys)
    if request.config.getoption("--update-samples"):
        README.write_text(expected, encoding="utf-8")
    assert len(BLOCK.findall(text)) >= 10
    assert rounded(expected) == rounded(README.read_text(encoding="utf-8"))


def test_the_python_example_holds() -> None:
    """Its assertions are part of the example; they are compiled from the README and run."""
    blocks = PYTHON.findall(README.read_text(encoding="utf-8"))
    assert len(blocks) == 1
    exec(compile(blocks[0], str(README), "exec"), {})  # noqa: S102  # our own file


@pytest.mark.parametrize("command", cli.Commands().list_commands(None))  # type: ignore[arg-type]
def test_every_command_has_its_place_in_the_readme(command: str) -> None:
    assert f"`{command}`" in README.read_text(encoding="utf-8")
