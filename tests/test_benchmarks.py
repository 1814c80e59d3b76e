"""Benchmarks work: every case runs at a tiny size, answers are compared, and what is missing is skipped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from benchmarks import cases, memory, table
from benchmarks.contenders import Broken, Command, Served
from benchmarks.measuring import Disagreement, Line, Plan, Times, compare, equal, measure, quartiles
from benchmarks.work import Missing, Work, need, need_program

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
NOT_HERE = ("is not installed", "on this machine", "no C compiler")
pytestmark = pytest.mark.usefixtures("untraced")


def run(*arguments: str, first: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The benchmarks as a user runs them; modules of the folder `first` come before installed ones."""
    path = os.pathsep.join([str(each) for each in (first, os.environ.get("PYTHONPATH")) if each])
    return subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "--size", "small", "--repeats", "1", *arguments],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("case", cases.names())
def test_every_case_works_at_a_tiny_size(case: str, tmp_path: Path) -> None:
    done = run("--only", case, "--json", str(tmp_path / "found.json"))
    assert (0, "") == (done.returncode, done.stderr), done.stdout + done.stderr
    found = json.loads((tmp_path / "found.json").read_text())
    assert {"machine", "size", "repeats", "lines"} == found.keys()
    assert found["lines"]
    for line in found["lines"]:
        if line["skipped"]:
            assert any(reason in line["skipped"] for reason in NOT_HERE), line
        else:
            assert line["ours"] > 0, line
            assert (line["asked"] is None) == (line["met"] is None), line
    assert [line for line in done.stdout.splitlines()[2:] if len(line) > 80 and "skipped" not in line] == []


def test_a_peer_that_is_not_there_is_skipped(tmp_path: Path) -> None:
    """Whatever is installed here."""
    pytest.importorskip("numpy")
    tmp_path.joinpath("casadi.py").write_text("raise ImportError('no casadi', name='casadi')")
    done = run("--only", "rosenbrock", first=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "adcli grad / SX, slices       skipped: casadi is not installed\n" in done.stdout


def test_unknown_cases_are_refused() -> None:
    done = run("--only", "pionts")
    assert done.returncode == 2
    assert "no case is named pionts; there are broyden, files, " in done.stderr


# -- answers


@pytest.mark.parametrize("other", [[1.0, 2.0, 3.1], [1.0, 2.0], [1.0, 2.0, float("nan")]])
def test_a_wrong_answer_is_noticed(other: list[float]) -> None:
    pytest.importorskip("numpy")
    compare({"a": [1.0, 2.0, 3.0], "b": [1.0, 2.0, 3.0 + 1e-13]}, 1e-12)
    with pytest.raises(Disagreement, match=r"^a (gives|and b differ)"):
        compare({"a": [1.0, 2.0, 3.0], "b": other}, 1e-12)


def test_wrong_answers_of_contenders_are_noticed(tmp_path: Path) -> None:
    """In the middle of a measurement, with a time of their own."""
    pytest.importorskip("numpy")

    def printing(number: int) -> Command:
        command = [sys.executable, "-c", f"print({number})"]
        return Command(command, tmp_path / str(number), lambda path: [float(path.read_text())])

    contenders = {"one": printing(1), "two": printing(2)}
    assert {"one", "two"} == measure(contenders, 1).seconds.keys()
    with pytest.raises(Disagreement):
        measure(contenders, 1, equal(1e-3))


@pytest.mark.parametrize(
    ("case", "spoil"),
    [("logistic", "WEIGHTS['w1'] = 0.2"), ("points", "_C = _C.replace('cos(a', 'sin(a')")],
)
def test_a_spoilt_case_fails(case: str, spoil: str, tmp_path: Path) -> None:
    """What one contender computes is planted to be another thing, in its own process."""
    pytest.importorskip("numpy")
    module = cases.load(case)
    peer: Callable[..., Any] = module.by_hand
    try:
        need_program("gcc")
    except Missing:
        pytest.skip("there is no gcc")
    hook = f"import tests.benchmarks.cases.{case} as c\nexec({spoil!r}, vars(c))\n"
    tmp_path.joinpath("sitecustomize.py").write_text(hook)
    honest = Served(module.numpy, module.SIZES["small"], tmp_path)
    spoilt = Served(peer, module.SIZES["small"], tmp_path)
    path = os.pathsep.join([str(tmp_path), str(ROOT), os.environ.get("PYTHONPATH", "")])
    spoilt.environment = spoilt.environment | {"PYTHONPATH": path}
    measure({"numpy": honest, "by hand": Served(peer, module.SIZES["small"], tmp_path)}, 1, equal(1e-9, 1e-12))
    with pytest.raises(Disagreement, match="numpy and by hand differ"):
        measure({"numpy": honest, "by hand": spoilt}, 1, equal(1e-9, 1e-12))


# -- contenders and figures


def test_a_contender_that_breaks_is_told(tmp_path: Path) -> None:
    def nothing(size: int, folder: Path) -> Work:
        raise NotImplementedError

    nothing.__module__ = "benchmarks.cases.points"
    with pytest.raises(Broken, match="nothing ended with exit code 1"):
        measure({"nothing": Served(nothing, 1, tmp_path)}, 1)


def test_modules_and_programs_that_are_missing() -> None:
    assert need("json", "math") is json
    with pytest.raises(Missing, match=r"^nowhere is not installed$"):
        need("json", "nowhere")
    with pytest.raises(Missing, match=r"^there is no nowhere or neverwhere on this machine$"):
        need_program("nowhere", "neverwhere")


def test_ratios_are_of_medians_and_spreads_of_rounds() -> None:
    times = Times({"a": [1.0, 2.0, 9.0], "b": [1.0, 4.0, 3.0], "c": [3.5, 3.5, 3.5]}, {"d": "gone"})
    line = times.line("a / b", "a", "b", 0.5)
    assert (2.0, 3.0, 2 / 3, (2 / 3, 2.0), False) == (line.ours, line.peer, line.ratio, line.spread, line.met)
    assert times.line("a / b", "a", "b", paired=True).ratio == 1.0
    assert times.line("a / d", "a", "d", 0.5) == Line("a / d", asked=0.5, skipped="gone")
    assert ("b", "a", "d") == (times.best("c", "b", "d"), times.best("a"), times.best("d"))
    assert quartiles([4.0]) == (4.0, 4.0)


def test_long_work_has_fewer_rounds(tmp_path: Path) -> None:
    assert [1, 2, 3, 3, 10] == [Plan(n, "full", tmp_path).few for n in (1, 2, 3, 11, 30)]


def test_peak_memory_is_that_of_all_processes() -> None:
    if memory.own_peak() is None:
        pytest.skip("there is no /proc")
    hold = "import time; x = bytearray(60_000_000); time.sleep(0.4)"
    both = f"import subprocess, sys; x = bytearray(60_000_000); subprocess.run([sys.executable, '-c', {hold!r}])"
    assert 60e6 < memory.peak_of([sys.executable, "-c", hold]) < 100e6
    assert 120e6 < memory.peak_of([sys.executable, "-c", both]) < 200e6
    with pytest.raises(subprocess.CalledProcessError):
        memory.peak_of([sys.executable, "-c", "raise SystemExit(3)"])


# -- the table


LINES = [
    Line("a / b", 0.0123, 1.5, 0.0082, (0.008, 0.009), 0.4),
    Line("memory", 412e6, asked=400e6, unit="B"),
    Line("far", 2.0, 1e-3, 2000.0, (1900.0, 2100.0)),
    Line("c / d", asked=2.0, skipped="d is not installed"),
]


def test_the_table_of_the_screen() -> None:
    expected = [
        "things",
        "  a / b                          12.3 ms   1.50 s   0.01   0.01-0.01   0.40 yes",
        "  memory                          412 MB                             400 MB no",
        "  far                             2.00 s  1.00 ms   2000   1900-2100",
        "  c / d                         skipped: d is not installed",
    ]
    assert expected == list(table.screen("things", LINES))


def test_the_table_of_the_readme() -> None:
    text = table.markdown({"case": LINES}, {"case": "things"}, "a machine")
    assert "| a / b | 12.3 ms | 1.50 s | 0.01 | 0.01–0.01 | ≤ 0.40 |" in text
    assert "| memory | 412 MB |  |  |  | ≤ 400 MB, missed |" in text
    assert "| c / d | skipped: d is not installed | | | | ≤ 2.00 |" in text
    page = f"a\n{table.BEGIN}\nold\n{table.END}\nb\n"
    assert table.written(page, text) == f"a\n{table.BEGIN}\n{text}\n{table.END}\nb\n"
    with pytest.raises(KeyError, match="no place for the table"):
        table.written("no markers", text)
