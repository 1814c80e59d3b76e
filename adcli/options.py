"""The options that commands share: declared once, meaning the same everywhere.

A command takes them with `@common(...)` and gets a `Request`, which reads expressions, points
and files, and prints the result.
"""

import math
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any

import click

from . import formats, supervision
from .backends import names as backend_names
from .errors import LimitError, UsageError, printable
from .language import Let, read_point
from .language.limits import OF_A_RUN, Limits
from .points import shapes_given
from .products import Function
from .shapes import Shape

MAX_FILE = 64 * 1024 * 1024
_LONG = 12  # digits of a number of megabytes, or of entries, that no machine has room for


class Request:
    """What the command line asked for, as plain values."""

    expr: str = ""
    at: Any = None
    ats: list[Any]
    """All points, for a command that takes several; `at` is the first."""
    lets: list[tuple[str, Let]]
    wrt: str | None = None
    variables: list[str] | None = None
    backend: str = "auto"
    scheme: str | None = None
    step: str | None = None
    digits: int | None = None
    shapes: dict[str, Shape]
    limits: tuple[int | None, ...] = ()
    timeout: float | None = None
    """Seconds; infinite for no limit, None if none were given."""
    format: str = "table"
    as_shape: bool = False
    certified: bool = False
    sparse: bool = False
    output: str | None = None
    """The file for a sparse matrix."""
    max_bits: int | None = None
    quiet: bool = False

    def function(self) -> Function:
        """The expression, read with the shapes that the options and the point give."""
        self.ats = [
            read_point(at, lets=self.lets, limits=Limits(*self.limits)) if isinstance(at, str) else at
            for at in self.ats
        ]
        self.at = self.ats[0] if self.ats else None
        given = shapes_given(self.at, {}, self.lets, "--at")
        shapes = {name: shape for name, shape in given if name is not None and shape} | self.shapes
        return Function(
            read_text(self.expr), lets=self.lets, variables=self.variables, shapes=shapes, limits=self.limits
        )

    def differentiate(self) -> dict[str, Any]:
        """The keyword arguments of a product."""
        return {
            "backend": self.backend,
            "wrt": self.wrt,
            "digits": self.digits,
            "scheme": self.scheme,
            "step": self.step,
        }

    def certify(self, kind: str) -> int:
        """Certify the numbers that a command is about, print them, and return the exit code."""
        from .certified import MOST_BITS, certify

        if self.as_shape:
            raise UsageError("not-with-certified", "--as-shape does not go with --certified, which lists the entries")
        if self.scheme is not None or self.step is not None:
            option = "--scheme" if self.scheme is not None else "--step"
            raise UsageError("not-for-backend", f"{option} is for finite differences, and --certified takes none")
        function = self.function()
        result = certify(
            function, kind, self.at, digits=self.digits, most_bits=self.max_bits or MOST_BITS, wrt=self.wrt,
            backend=self.backend,
        )  # fmt: skip
        self.report(result, function.notes)
        return result.exit_code

    def derive(self, whole: Callable[..., Any], sparse: Callable[..., Any]) -> None:
        """Compute a matrix by the method of a `Function`, `whole` or `sparse` as was asked for, and print it."""
        function = self.function()
        product = sparse if self.sparse else whole
        result = product(function, self.at, **self.differentiate())
        if self.output is not None:
            from .saving import contents

            write_file(self.output, contents(self.output, result))
        self.report(result, function.notes)

    def report(self, result: Any, notes: list[str] | None = None) -> None:
        """Print a result on stdout; its warnings and the notes go to stderr after it."""
        drawn = result
        if self.as_shape:
            from .results.shaped import Shaped

            drawn = Shaped(result)
        elif self.output is not None and self.format == "table":
            from .results.sparse import Outline

            drawn = Outline(result)
        text = formats.load(self.format).render(drawn, screen())
        supervision.answering()
        write(text)
        if self.quiet:
            return
        lines = [f"note: {printable(note)}" for note in notes or []]
        if self.format != "json":
            for warning in getattr(result, "warnings", ()):
                lines.append(f"warning: {printable(warning.message)}")
                if warning.span is not None:
                    lines += ["  " + line for line in warning.span.caret()]
        if lines:
            sys.stdout.flush()
            write_error("\n".join(lines) + "\n")


def screen() -> formats.Screen:
    """What stdout is: its width if it is a terminal, and what it can show."""
    terminal = sys.stdout.isatty()
    width = None
    if terminal:
        import shutil

        width = max(shutil.get_terminal_size().columns, 20)
    color = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return formats.Screen(width, color, _speaks_unicode(sys.stdout))


def _speaks_unicode(stream: Any) -> bool:
    try:
        "∂²±·╭─╮✓\u0304".encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeError, LookupError):
        return False
    return True


def write(text: str) -> None:
    """Text to stdout, in whatever encoding that has."""
    _write(sys.stdout, text)


def write_error(text: str) -> None:
    """Text to stderr."""
    _write(sys.stderr, text)


def _write(stream: Any, text: str) -> None:
    if not text.isascii() and not _speaks_unicode(stream):
        text = "".join(c if c.isascii() else formats.plain(c) if formats.plain(c) != "?" else _escaped(c) for c in text)
    try:
        stream.write(text)
    except UnicodeEncodeError:  # half a character: nothing of the text was written
        stream.write(text.encode("utf-8", "backslashreplace").decode())
    except BrokenPipeError:
        raise click.exceptions.Exit(141) from None  # click itself would make it 1


class Progress:
    """What is being done, on stderr, from the second second on."""

    def __init__(self, *, quiet: bool) -> None:
        """Start the clock; nothing is ever said if `quiet`."""
        self.quiet = quiet
        self.started = self.said = monotonic()

    def __call__(self, text: str) -> None:
        """Say it, if a second has passed since the last time."""
        now = monotonic()
        if not self.quiet and now - self.said > 1:
            self.said = now
            write_error(f"checking: {printable(text)}, {now - self.started:.0f} s\n")
            sys.stderr.flush()


def write_file(path: str, content: str | bytes) -> None:
    """A file, whole or not at all; a link stays one, and a pipe or a device is written to as it is."""
    data = content.encode() if isinstance(content, str) else content
    try:
        if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113  # a pipe, /dev/stdout
            with open(path, "wb") as file:  # noqa: PTH123
                file.write(data)
        else:
            _replace(os.path.realpath(path), data)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError("unwritable-file", f"cannot write {path}: {reason}") from None


def _replace(path: str, data: bytes) -> None:
    """Put a new file in the place of an old one, once all of it is on the disk; the permissions stay."""
    folder = os.path.dirname(path)  # noqa: PTH120
    name = os.path.join(folder, f".adcli-{os.urandom(8).hex()}")  # noqa: PTH118  # known before it is there
    try:
        with open(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:  # noqa: PTH123
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(path):  # noqa: PTH110
            os.chmod(name, os.stat(path).st_mode & 0o777)  # noqa: PTH101, PTH116
        os.replace(name, path)  # noqa: PTH105
    except BaseException:
        with suppress(OSError):
            os.unlink(name)  # noqa: PTH108
        raise


def _escaped(char: str) -> str:
    return char.encode("ascii", "backslashreplace").decode()


# -- reading what the command line names


def read_text(expr: str) -> str:
    """The expression itself, `@FILE`, or `-` for stdin."""
    if expr == "-":
        with supervision.waiting():
            data = sys.stdin.buffer.read(MAX_FILE + 1)
        return _decode(_bounded(data, "stdin"), "stdin")
    if expr.startswith("@"):
        return read_file(expr[1:])
    return expr


def read_file(path: str) -> str:
    """A file of text, or an error that names it."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123  # the name is the user's, a pipe or /dev/stdin included
            data = file.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError("unreadable-file", f"cannot read {path}: {reason}") from None
    return _decode(_bounded(data, path), path)


def _bounded(data: bytes, name: str) -> bytes:
    if len(data) > MAX_FILE:
        raise LimitError("file-too-large", f"{name} is larger than {MAX_FILE // 2**20} MiB")
    return data


def _decode(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError("not-utf8", f"{name} is not UTF-8 text: byte {error.start} cannot be read") from None


def read_values(text: str | None, option: str) -> Any:
    """A point or a direction: text as it is, or the contents of a JSON file."""
    if text is None or not text.startswith("@"):
        return text
    from .data import read_object

    return read_object(text[1:], option)


def read_lets(pairs: tuple[str, ...]) -> list[tuple[str, Let]]:
    """The parameters of `--let`, each a name and the text of its value, or the numbers of a file."""
    lets: list[tuple[str, Let]] = []
    for pair in pairs:
        name, equals, value = pair.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name.isidentifier() or not value:
            raise UsageError("bad-let", f"--let {pair}: expected NAME=VALUE, as in --let k=3 or --let X=@data.csv")
        if value.startswith("@"):
            from .data import read_data

            lets.append((name, read_data(value[1:], f"--let {name}")))
        else:
            lets.append((name, value))
    return lets


def read_shapes(texts: tuple[str, ...]) -> dict[str, Shape]:
    """The shapes of `--shape`: W=2x2, x=3, t=1x1x4."""
    found: dict[str, Shape] = {}
    for text in ",".join(texts).split(",") if texts else ():
        name, _, lengths = text.replace(" ", "").partition("=")
        parts = lengths.lower().replace("×", "x").split("x")
        if not name.isidentifier() or not all(p.isascii() and p.isdigit() and len(p) < _LONG for p in parts):
            raise UsageError("bad-shape", f"--shape {text}: expected NAME=LENGTHS, as in --shape W=2x3 or --shape x=4")
        found[name] = tuple(int(part) for part in parts)
        if 0 in found[name]:
            raise UsageError("bad-shape", f"--shape {text}: an array has at least one entry along each axis")
    return found


# -- declaring the options


def help_option() -> click.Option:
    """`--help`, without the look-up of translations that click's own makes at every start."""

    def show(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
        if value and not ctx.resilient_parsing:
            write(ctx.get_help() + "\n")
            ctx.exit()

    return click.Option(
        ["-h", "--help"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help="Show this message and exit.",
    )


class PlainCommand(click.Command):
    """A command with a plain `--help`."""

    def get_help_option(self, ctx: click.Context) -> click.Option:
        return help_option()


class ExpressionCommand(PlainCommand):
    """A command whose EXPR may begin with a minus sign."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        known: dict[str, click.Option] = {
            name: parameter for parameter in self.params if isinstance(parameter, click.Option)
            for name in [*parameter.opts, *parameter.secondary_opts]
        }  # fmt: skip
        options, positional = [], []
        position = 0
        while position < len(args):
            arg = args[position]
            position += 1
            if arg == "--":
                positional += args[position:]
                break
            option = known.get(arg.partition("=")[0]) if arg.startswith("--") else known.get(arg)
            if arg.startswith("--") or option is not None:
                options.append(arg)
                if option is not None and not option.is_flag and "=" not in arg:
                    if position == len(args):
                        raise UsageError("missing-value", f"{arg} needs a value", None, f"{arg} {option.metavar}")
                    options.append(args[position])
                    position += 1
            else:
                positional.append(arg)
        return super().parse_args(ctx, [*options, "--", *positional])


_POINT = [
    click.option("--at", metavar="POINT", help="Values: 1,2 or x1=1,x2=pi/4 or 'x=[1,2]; W=eye(2)' or @point.json.")
]
_POINTS = [
    click.option(
        "--at", multiple=True, metavar="POINT",
        help="Values: 1,2 or x1=1,x2=pi/4 or 'x=[1,2]; W=eye(2)' or @point.json; may be repeated.",
    )
]  # fmt: skip
_PROGRAM = [
    click.option(
        "--let",
        "lets",
        multiple=True,
        metavar="NAME=VALUE",
        help="Fix a parameter: k=3, c=[1,2], or X=@data.csv (.npy, .json).",
    ),
    click.option("--vars", "variables", metavar="NAMES", help="The variables and their order."),
    click.option(
        "--shape",
        "shapes",
        multiple=True,
        metavar="NAME=MxN",
        help="The shape of an array that the point does not give.",
    ),
    click.option(
        "--max-nodes", type=click.IntRange(1), metavar="N", help="Refuse a larger graph; 2000000 unless told."
    ),
    click.option("--max-turns", type=click.IntRange(1), metavar="N", help="Refuse more turns of loops; 2000000."),
    click.option("--max-tokens", type=click.IntRange(1), metavar="N", help="Refuse a text of more tokens; 1000000."),
    click.option("--max-digits", type=click.IntRange(1), metavar="N", help="Refuse longer numbers in the text; 4000."),
]
_RUN = [
    click.option("--timeout", type=float, metavar="S", help="Seconds for the work, 9 by default; inf for no limit."),
    click.option("--max-memory", metavar="MB", help="Memory for the work, 512 by default; inf for no limit."),
]
_WRT = [click.option("--wrt", metavar="NAMES", help="Differentiate by these only; intermediates are allowed.")]
_BACKEND = [
    click.option("--backend", default="auto", metavar="NAME", show_default=True,
                 help=f"One of {', '.join(backend_names())}."),
    click.option("--scheme", metavar="NAME",
                 help="For fd: central, forward, backward, five-point or richardson."),
    click.option("--step", metavar="H", help="For fd: the step, instead of a chosen one."),
]  # fmt: skip
_DIGITS = [
    click.option("--digits", type=int, metavar="N", help="Compute to N decimal digits instead of double precision.")
]
_OUTPUT = [
    click.option("--format", "format_name", metavar="NAME", help=f"One of {', '.join(formats.names())}."),
    click.option("--json", "as_json", is_flag=True, help="The same as --format json."),
    click.option("--quiet", "-q", is_flag=True, help="No warnings and notes on stderr."),
]
_CERTIFIED = [
    click.option("--certified", is_flag=True, help="Prove every digit, in ball arithmetic (needs python-flint)."),
    click.option("--max-bits", type=click.IntRange(2), metavar="N", help="With --certified: the most bits to try."),
]
_SPARSE = [
    click.option("--sparse", is_flag=True, help="Compute and list only the entries that may be nonzero."),
    click.option("--output", metavar="FILE", help="With --sparse: write the matrix to a .json, .mtx or .npz file."),
]
_AS_SHAPE = [click.option("--as-shape", is_flag=True, help="Draw derivatives in the shapes of the arrays.")]
_EXPR = [click.argument("expr", metavar="EXPR")]
_MAYBE_EXPR = [click.argument("expr", metavar="[EXPR]", required=False, default="")]
_GROUPS = {
    "expr": _EXPR, "maybe_expr": _MAYBE_EXPR, "point": _POINT, "points": _POINTS, "program": _PROGRAM, "wrt": _WRT,
    "backend": _BACKEND, "digits": _DIGITS, "certified": _CERTIFIED, "sparse": _SPARSE,
    "as_shape": _AS_SHAPE, "output": _OUTPUT,
}  # fmt: skip


def common(*groups: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the named groups of options, gathered in its first argument, a `Request`."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        def command(**given: Any) -> None:
            function(_request(given), **given)

        command.__name__, command.__doc__ = function.__name__, function.__doc__
        command.__click_params__ = list(getattr(function, "__click_params__", []))  # type: ignore[attr-defined]
        for option in reversed([option for group in groups for option in _GROUPS[group]] + _RUN):
            option(command)
        return command

    return decorate


def _request(given: dict[str, Any]) -> Request:
    """Take the shared options out of `given`."""
    request = Request()
    request.timeout = _bound_run(given.pop("timeout"), given.pop("max_memory"))
    request.expr = given.pop("expr", "")
    at = given.pop("at", None)
    request.ats = [read_values(text, "--at") for text in (at if isinstance(at, tuple) else [at]) if text is not None]
    request.at = request.ats[0] if request.ats else None
    request.lets = read_lets(given.pop("lets", ()))
    request.shapes = read_shapes(given.pop("shapes", ()))
    request.limits = tuple(given.pop(f"max_{what}", None) or most for what, most in OF_A_RUN.items())
    request.as_shape = given.pop("as_shape", False)
    request.certified, request.max_bits = given.pop("certified", False), given.pop("max_bits", None)
    if "sparse" in given:  # elsewhere --output is the command's own
        request.sparse, request.output = given.pop("sparse"), given.pop("output")
    if request.max_bits is not None and not request.certified:
        raise UsageError("missing-certified", "--max-bits belongs to --certified")
    request.wrt = given.pop("wrt", None)
    listed = given.pop("variables", None)
    if listed is not None:
        request.variables = [name.strip() for name in listed.split(",") if name.strip()]
    request.backend = given.pop("backend", "auto")
    request.scheme, request.step = given.pop("scheme", None), given.pop("step", None)
    request.digits = given.pop("digits", None)
    _check_sparse(request)
    name, as_json = given.pop("format_name", None), given.pop("as_json", False)
    if as_json and name not in (None, "json"):
        raise UsageError("two-formats", f"--json and --format {name} ask for two formats")
    request.format = "json" if as_json else name or "table"
    request.quiet = given.pop("quiet", False)
    return request


def _check_sparse(request: Request) -> None:
    """Refuse what does not go with `--sparse`, and `--output` without it."""
    if request.sparse and request.certified:
        text = "--certified encloses whole matrices, and does not go with --sparse"
        raise UsageError("not-with-sparse", text, None, "--wrt NAMES --certified encloses some columns")
    if request.sparse and request.as_shape:
        raise UsageError("not-with-sparse", "--as-shape draws whole arrays, and does not go with --sparse")
    if request.output is not None:
        if not request.sparse:
            raise UsageError("missing-sparse", "--output writes a sparse matrix", None, "add --sparse")
        from .saving import check_name

        check_name(request.output, request.digits)


def _bound_run(timeout: float | None, memory: str | None) -> float | None:
    """Set the limits of the whole run; the seconds that were given, infinite for no limit."""
    if timeout is not None:
        if not timeout >= 0:
            raise UsageError("bad-timeout", f"--timeout {timeout:g}: seconds are a positive number, or inf")
        timeout = timeout or math.inf
        supervision.set_time(timeout if timeout < math.inf else None)
    if memory is not None:
        if memory != "inf" and not (memory.isascii() and memory.isdigit() and 0 < len(memory) < _LONG):
            raise UsageError("bad-memory", f"--max-memory {memory}: a whole number of megabytes, or inf")
        supervision.set_memory(None if memory == "inf" else int(memory))
    return timeout
