"""What a contender does: the work that the clock sees, and the answer that is compared afterwards."""

from __future__ import annotations

import os
import shutil
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent.parent
UNLIMITED = ("--timeout", "inf", "--max-memory", "inf", "--max-nodes", "20000000", "--max-turns", "10000000")
HEADLINE = "x1*x2+sin(x1), exp(x1-x2)"


class Missing(Exception):  # noqa: N818  # a finding: the line is skipped
    """A contender cannot run on this machine; the text says why."""


class Work(NamedTuple):
    """`run` is timed; `answer` makes numbers of what it gave, after the clock has stopped."""

    run: Callable[[], Any]
    answer: Callable[[Any], Any] = lambda found: found


def need(*modules: str) -> Any:
    """The first of some modules, all of which have to be there."""
    try:
        first, *_ = [import_module(name) for name in modules]
    except ImportError as error:
        raise Missing(f"{error.name} is not installed") from None
    return first


def need_program(*names: str) -> str:
    """The path of the first program of these names that the machine has."""
    for path in filter(None, map(shutil.which, names)):
        return path
    raise Missing(f"there is no {' or '.join(names)} on this machine")


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def adcli(*arguments: str) -> list[str]:
    """The command line of the console script, or of the module where none is installed."""
    script = Path(sys.executable).with_name("adcli")
    return [*([str(script)] if script.exists() else [sys.executable, "-m", "adcli"]), *arguments]
