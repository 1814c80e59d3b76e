"""Random command lines: a command, a text, points, options, and the files that these name."""

from __future__ import annotations

import json
import re
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from adcli.check import check
from adcli.check.homework.worksheets import blank
from adcli.cli import Commands
from adcli.formats import Screen, csv
from adcli.products import Function

from .texts import ARRAYS, HOSTILE, LITERALS, NAMES, NUMBERS, Texts

if TYPE_CHECKING:
    from collections.abc import Callable

COMMANDS = {
    "jac": 10, "grad": 9, "eval": 12, "jvp": 5, "vjp": 5, "hess": 4, "hvp": 3, "diff": 10, "trace": 7, "taylor": 4,
    "check": 2,
    "batch": 3, "codegen": 3,
    "functions": 1, "schema": 1,
}  # fmt: skip
"""How often each command is drawn."""

_FORMATS = ["table", "json", "latex", "csv", "markdown"]
_ABSURD = [
    "-1", "0", "1e9", "9" * 5000, "1000000000", "nan", "inf", "", " ", "x", "1,2", "--quiet", "-", "@", "@missing",
    "\udcff", "１",
    "1e-999999999", "\x1b[31m", "x=1", "[[", "=", "0x10", "∞", "1/0", "2^(10^18)",
]  # fmt: skip
_WORDS = re.compile(r"[^\W\d]\w*")
_OPTIONS = {
    name: frozenset(option for parameter in Commands().get_command(None, name).params for option in parameter.opts)  # type: ignore[arg-type, union-attr]
    for name in COMMANDS
}


class Line(NamedTuple):
    """A command line, its standard input, and the files that it names."""

    args: tuple[str, ...]
    stdin: bytes
    files: dict[str, bytes]


def line(seed: int, number: int) -> Line:
    """The command line of that number in the sequence of a seed."""
    return _Lines(Random(f"{seed}:{number}")).line()  # noqa: S311  # to be repeated, not to be secret


@cache
def evidence() -> str:
    """What a check says in JSON, to be judged again."""
    return json.dumps(check("x^2*sin(3x)*y", "2x*sin(3x)*y, x^2*sin(3x)").to_dict())


@cache
def blank_sheet() -> str:
    """A trace to be filled in."""
    return csv.render(blank(Function("x*y + sin(x)"), "x=1,y=2", mode="reverse"), Screen())


class _Lines(Texts):
    """Makes command lines."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.files: dict[str, bytes] = {}
        self.stdin = b""
        self.careless = self.chance(0.3)

    def option(self, name: str, good: list[str], bad: list[str]) -> list[str]:
        """An option with a value, which is absurd only where somebody is careless."""
        absurd = self.careless and self.chance(0.3)
        return [name, self.pick(_ABSURD if absurd and self.chance(0.3) else bad if absurd and bad else good)]

    def line(self) -> Line:
        if self.careless and self.chance(0.015):
            args = [
                self.pick([*_ABSURD, *COMMANDS, "--help", "--version", "jca", "--timeout"])
                for _ in range(self.random.randrange(4))
            ]
            return Line(tuple(args), b"", {})
        (command,) = self.random.choices(list(COMMANDS), list(COMMANDS.values()))
        args, text = [command], ""
        if command in ("functions", "schema"):
            if self.chance(0.9):
                known = (
                    ["sin", "max", "besselj", "softmax"] if command == "functions" else ["jacobian", "check", "error"]
                )
                args.append(self.pick(known if self.chance(0.5) else [*_ABSURD, *HOSTILE, *_FORMATS]))
        else:
            text = self.text()
            args += self.expression_argument(text)
            if self.careless and self.chance(0.05):
                args = [command, *self.pick([[], ["x", "y"], ["--"], ["--", text, "x"]])]
            if command not in ("diff", "batch", "codegen"):
                args += self.point(text)
            if command == "batch":
                args.insert(1, self.pick(["eval", "jac", "grad", "jvp", "vjp", "hess", "check"]))
            args += self.of_command(command, text)
        args += self.shared(text, frozenset() if self.careless and self.chance(0.05) else _OPTIONS[command])
        if self.careless and self.chance(0.04):
            self.random.shuffle(args)
        if self.careless and self.chance(0.04):
            args.insert(
                self.random.randrange(len(args) + 1),
                self.pick(["--help", "-h", "-q", "--", "-x", "--nonsense", "--at", "--json"]),
            )
        return Line(tuple(args), self.stdin, self.files)

    # -- the expression

    def expression_argument(self, text: str) -> list[str]:
        """The text itself, a file, or stdin."""
        way = self.random.random()
        if way < 0.9:
            return [text]
        data = self.encoded(text)
        if way < 0.95:
            return [f"@{self.file('p.ad', data)}"]
        self.stdin = data
        return ["-"]

    def encoded(self, text: str) -> bytes:
        """A text as bytes of a file, which may be no text at all."""
        way = self.random.random()
        data = text.encode("utf-8", "surrogatepass")
        if not self.careless or way > 0.4:
            return data
        if way < 0.1:
            return bytes(self.random.randrange(256) for _ in range(self.random.randrange(60)))
        if way < 0.15:
            return text.encode(self.pick(["utf-16", "latin-1", "utf-8-sig", "utf-32"]), "replace")
        return data[: self.random.randrange(len(data) + 1)] + self.pick([b"", b"\x00\xff" + data])

    def file(self, name: str, data: bytes) -> str:
        """The name of a file that will be there."""
        self.files[name] = data
        return name

    # -- points

    def value(self, shape: tuple[int, ...] = ()) -> Any:
        """A value of a point, as text."""
        if shape:
            return f"[{', '.join([self.value(shape[1:]) for _ in range(shape[0])])}]"
        way = self.random.random() * (1 if self.careless else 0.95)
        if way < 0.7:
            return str(round(self.random.uniform(-3, 3), 3))
        if way < 0.9:
            return self.pick(NUMBERS)
        if way < 0.95:
            return self.pick(["pi/4", "sqrt(2)", "0.0", "-0.0", "1e-300", "1e308", "1e-400", "1/3", "-1e5"])
        return self.pick(["-inf", "9" * 400, "nan", "1e999", *LITERALS, ""])

    def point(self, text: str, option: str = "--at") -> list[str]:
        """A point that fits the text, or does not."""
        way = self.random.random()
        if way < 0.72 or not self.careless:
            words = dict.fromkeys(_WORDS.findall(text))
            known = [name for name in words if name in NAMES or name in ARRAYS]
            pairs = [(name, self.value(ARRAYS.get(name, ()))) for name in known]
            if self.careless and self.chance(0.1):
                pairs.append((self.pick(["q", "x", "e", "A", "𝑥"]), self.value()))
            return [option, "; ".join([f"{name}={value}" for name, value in pairs])] if pairs else []
        if way < 0.74:
            return []
        if way < 0.8:
            return [option, ",".join([self.value() for _ in range(self.random.randrange(1, 4))])]
        if way < 0.85:
            return [option, self.damaged(self.pick(["x=1,y=2", "[1,2]", "x=[[1,2],[3,4]]; t=1", "1,2,3"]))]
        if way < 0.88:
            return [option, self.pick([self.text, self.characters, self.deep, lambda: self.pick(_ABSURD)])()]
        return [option, f"@{self.file('at.json', self.json_point(text))}"]

    def json_point(self, text: str) -> bytes:
        """A file with a point, or with something else."""
        way = self.random.randrange(9)
        if way < 3:
            names = [name for name in dict.fromkeys(_WORDS.findall(text)) if name in NAMES]
            return json.dumps({name: self.random.uniform(-2, 2) for name in names}).encode()
        if way == 3:
            return json.dumps([self.random.uniform(-2, 2) for _ in range(self.random.randrange(4))]).encode()
        if way == 4:
            depth = int(10 ** self.random.uniform(0, 4.7))
            return (self.pick(["[", '{"x":']) * depth + self.pick(["", "1", "1" + "]" * depth])).encode()
        if way == 5:
            values = [
                "1", "true", "null", '"1"', '"x"', "NaN", "-Infinity", "1e999", "9" * 5000, "[]", "[[1],[2,3]]", "{}",
                '"\\u001b[31m"', "1e-400", "-0.0", '"1/3"', '"9^9^9^9"', '[1,"2",3.5]', '"\\ud800"', "1e999999999999",
            ]  # fmt: skip
            keys = [*NAMES, "\\u202e", "\\u001b", "", "q", "x" * 3000, "x\\u0000", "\\ud800", "x "]
            return f'{{"{self.pick(keys)}": {self.pick(values)}, "{self.pick(keys)}": {self.pick(values)}}}'.encode()
        if way == 6:
            return self.encoded(self.damaged('{"x": 1, "y": [1, 2]}'))
        if way == 7:
            return self.encoded(self.characters())
        return self.pick(
            [b"", b"1", b"null", b'"x"', b"[" * 5, b"\xef\xbb\xbf[1]", b"[1]\n[2]", b"\x00", b"{} {}", b'{"x":1,"x":2}']
        )

    # -- options

    def of_command(self, command: str, text: str) -> list[str]:
        """The options that a command needs, and some of those that it has."""
        args: list[str] = []
        ones = ["1", "1,2", "1,2,3", "y1=2", self.value()]
        if command in ("jvp", "hvp", "taylor"):
            args += self.point(text, "--direction") if self.chance(0.8) else self.option("--direction", ones, [])
        if command == "vjp":
            args += self.option("--cotangent", ones, ["y1=1,y1=2", "y9=1"])
        if command == "diff":
            if self.chance(0.2):
                args += self.option("--order", ["1", "2", "3"], ["-1", "0", "99", "1000000000"])
            if self.chance(0.2):
                args.append(self.pick(["--share", "--no-share"]))
        if command == "taylor" and self.chance(0.5):
            args += self.option("--order", ["0", "1", "4", "9"], ["-1", "1000000000"])
        if command == "trace":
            args += self.option("--mode", ["forward", "reverse"], ["backward", ""]) if self.chance(0.5) else []
            args += self.option("--seed", ["x", "y1", "a", "u"], ["1", "1,2", "[1,0,0]"]) if self.chance(0.2) else []
            args += self.option("--places", ["1", "17", "5"], ["0", "18"]) if self.chance(0.2) else []
            args += [option for option in ("--as-written", "--by-entry", "--blank", "--errors") if self.chance(0.15)]
        if command == "check":
            args += self.checked(text)
        if command == "codegen":
            args += self.option("--product", ["jac", "grad", "hess", "jvp"], ["", "jca"]) if self.chance(0.5) else []
            args += self.option("--lang", ["c", "numpy", "python", "javascript"], ["c++"]) if self.chance(0.8) else []
        if command == "batch":
            args += ["--points", self.file("points.csv", self.encoded(self.rows_of_points(text)))]
            args += self.option("--reduce", ["sum", "mean", "max"], ["min"]) if self.chance(0.3) else []
            args += [option for option in ("--strict", "--keep-going", "--no-values") if self.chance(0.2)]
        return args

    def rows_of_points(self, text: str) -> str:
        """A table of points that fits the text, or does not."""
        names = [name for name in dict.fromkeys(_WORDS.findall(text)) if name in NAMES] or ["x"]
        rows = [",".join([self.value() for _ in names]) for _ in range(self.random.randrange(4))]
        table = "\n".join([",".join(names), *rows])
        return self.damaged(table) if self.careless and self.chance(0.3) else table

    def checked(self, text: str) -> list[str]:
        """What `check` is to check."""
        numbers = ["1", "[1,2]", "0,0", "[[1,0],[0,1]]", "cos(x)", "nan"]
        programs = ["", "./missing", "'", "\x00", "/", "a\nb", "--help"]
        tables = ["1,2\n3,4", "x;y\n1;2", self.characters()]
        ways: list[Callable[[], list[str]]] = [
            list,
            lambda: ["--claim", self.text()],
            lambda: ["--claim", self.pick(numbers)],
            lambda: ["--claim", "@" + self.file("claim.txt", self.encoded(self.expression()))],
            lambda: [
                "--against",
                self.file("a.json", self.pick([b"[1,2]", b'{"gradient": [1]}', self.json_point(text)])),
            ],
            lambda: ["--against", self.file("a.csv", self.encoded(self.pick(tables)))],
            lambda: ["--trace", self.file("t.csv", self.encoded(self.sheet()))],
            lambda: ["--trace", self.file("t.md", self.encoded(self.sheet().replace(",", " | ")))],
            lambda: ["--replay", self.file("r.json", self.encoded(self.damaged(evidence())))],
            lambda: ["--command", self.pick(programs), *self.pick([[], ["--no-expr"]])],
            lambda: ["--certified"],
        ]
        args = self.pick(ways)()
        args += ["--points", self.pick(["1", "2"])]
        for option, values in {
            "--order": ["1", "2", "3", "-1"], "--rtol": ["1e-6", "-1", "nan", "x"], "--atol": ["1e-6", "inf"],
            "--random-seed": ["1", "-5", "9" * 30], "--junit": ["j.xml", "/", ""], "--python": ["a:b"],
            "--output": ["o.svg", "o.png", "missing/o.svg", "/dev/full", "o.svg/"], "--jacobian": ["m:f"],
        }.items():  # fmt: skip
            if self.chance(0.08):
                args += [option, self.pick(values)]
        return args + [option for option in ("--only-wrong", "--plot", "--no-expr") if self.chance(0.1)]

    def sheet(self) -> str:
        """A trace that somebody filled in."""
        given = ["1", "0.5", "", "y1 = v1", "x*y", "cos(1)", "v1", "2*v1 + 1", "adjoint"]
        odd = [self.pick(HOSTILE), self.pick(LITERALS), '"', "a,b"]
        rows = [row.split(",") for row in blank_sheet().splitlines()]
        for row in rows[1:]:
            row[2:] = [self.pick(odd if self.careless and self.chance(0.2) else given) for _ in row[2:]]
        text = "\n".join([",".join(row) for row in rows])
        return self.damaged(text) if self.careless else text

    def shared(self, text: str, known: frozenset[str]) -> list[str]:
        """Some of the options that commands share: of those that are known, or (for an empty set) of all."""
        args: list[str] = []
        way = self.random.random()
        if way < 0.55:
            args.append("--json")
        elif way < 0.8:
            args += self.option("--format", _FORMATS, ["yaml"])
        words = [name for name in _WORDS.findall(text) if name in NAMES or name in ARRAYS] or ["x"]
        choices: dict[str, tuple[float, list[str], list[str]]] = {
            "--backend": (
                0.2,
                [
                    "forward",
                    "reverse",
                    "symbolic",
                    "fd",
                    "auto",
                    "coloured-forward",
                    "coloured-reverse",
                    "bidirectional",
                ],
                ["revers"],
            ),
            "--digits": (0.04, ["1", "20", "50"], ["0", "10001", "999999999999"]),
            "--wrt": (0.1, words, ["x,y", "a", "u[0]", "u[9]", "A", "", ",", "x,x", "A[0,1],x"]),
            "--vars": (0.03, [",".join(dict.fromkeys(words))], ["x,y,z", "x", "y,x,x", "", "1"]),
            "--let": (0.06, ["x=2", "k=3", "u=[1,2,3]", "A=ones(2,3)", "θ=1/3"], ["x=", "=", "x=x", "q=9^9^9", "e=1"]),
            "--shape": (
                0.06,
                ["u=3", "A=2x3", "B=2x2"],
                ["x=1000000x1000000", "u=0", "x", f"x={'9' * 5000}", "x=-1", "x=9"],
            ),
            "--scheme": (0.02, ["central", "forward", "richardson", "five-point"], ["x"]),
            "--step": (0.02, ["1e-5", "0.1"], ["0", "-1", "1e-999999999", "1e400", "nan"]),
            "--max-nodes": (0.02, ["5", "100000"], ["0"]),
            "--max-turns": (0.02, ["3", "100000"], ["-7"]),
            "--max-tokens": (0.02, ["3", "9" * 40], []),
            "--max-digits": (0.02, ["2", "5000"], []),
            "--timeout": (0.02, ["1", "0", "inf"], ["nan", "-1", "1e400"]),
            "--max-memory": (0.02, ["1", "inf", "9" * 9], ["0", "9" * 30, "1.5", "-1"]),
        }
        for option, (often, good, bad) in choices.items():
            if (option in known or not known) and self.chance(often):
                args += self.option(option, good, bad)
        if self.chance(0.03) and "--let" in known:
            tables = ["1,2\n3,4\n", "a,b\n1,2\n", "1;2\n3", "1 2 3", "[1, 2]", "nan", "", "1e5,2", self.characters()]
            name = self.pick(["d.csv", "d.json", "d.txt", "d.tsv", "d.npy", "d.xyz"])
            args += ["--let", f"u=@{self.file(name, self.encoded(self.pick(tables)))}"]
        flags = {"--quiet": 0.1, "--as-shape": 0.05, "--certified": 0.005}
        return args + [option for option, often in flags.items() if option in known and self.chance(often)]
