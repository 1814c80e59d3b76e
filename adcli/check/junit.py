"""JUnit's XML, as CI systems read it: a test case for each entry that was checked."""

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from ..errors import AdcliError, printable


def junit(result: Any) -> str:
    """The test cases of a check, whose `cases()` gives a name, a verdict and a text for each."""
    return _written(result.expression or "program", result.cases())


def junit_of_error(error: AdcliError) -> str:
    """One test case for a check that came to nothing."""
    return _written("adcli check", [("check", "ERROR", error.render())])


def _written(suite: str, cases: Sequence[tuple[str, str, str]]) -> str:
    wrong = sum(verdict == "WRONG" for _, verdict, _ in cases)
    unsure = sum(verdict not in ("WRONG", "AGREES", "PROVED") for _, verdict, _ in cases)
    suite = printable(suite)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites tests="{len(cases)}" failures="{wrong}" errors="{unsure}">',
        f'<testsuite name="adcli check" tests="{len(cases)}" failures="{wrong}" errors="{unsure}">',
    ]
    for name, verdict, text in cases:
        head = f"<testcase classname={quoteattr(suite)} name={quoteattr(printable(name))}"
        if verdict in ("AGREES", "PROVED"):
            lines.append(head + "/>")
        else:
            tag = "failure" if verdict == "WRONG" else "error"
            message = quoteattr(printable(text.splitlines()[0] if text else verdict))
            body = escape("\n".join([printable(line) for line in text.splitlines()]))
            lines += [head + ">", f'<{tag} type="{verdict}" message={message}>{body}</{tag}>', "</testcase>"]
    return "\n".join([*lines, "</testsuite>", "</testsuites>"]) + "\n"
