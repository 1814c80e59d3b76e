"""What all tests share: options of the command line, and the command line itself run in-process."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, NamedTuple

import coverage
import pytest

from adcli.cli import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-samples", action="store_true", help="rewrite the expected output in samples/")


class Outcome(NamedTuple):
    """What a command line did: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # whatever the command printed
        """Stdout as strict JSON: a bare NaN or Infinity is an error."""
        return json.loads(self.out, parse_constant=_refuse)


def _refuse(constant: str) -> None:
    msg = f"{constant} is no JSON"
    raise ValueError(msg)


@pytest.fixture
def adcli(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run adcli in this process: `adcli("jac", "x^2", "--at", "3").out`."""

    def command(*args: str) -> Outcome:
        capsys.readouterr()
        code = run(list(args))
        return Outcome(code, *capsys.readouterr())

    return command


@pytest.fixture
def untraced(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A long test that reaches no line which the others do not: where coverage is measured, it need not wait for it."""
    for name in [name for name in os.environ if name.startswith("COVERAGE_PROCESS_")]:
        monkeypatch.delenv(name)
    measuring = coverage.Coverage.current()
    if measuring is None:
        yield
        return
    measuring.stop()
    yield
    measuring.start()
