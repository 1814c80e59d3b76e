"""The command group, and the one place where errors become text on stderr and an exit code.

Commands are found by being files in `commands/` and imported when they are called. Whatever a
command raises ends here: no input may lead to a traceback.
"""

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

import click

from . import __version__, commands, supervision
from .errors import AdcliError, LimitError, UsageError, suggest
from .options import help_option, write, write_error

_HELP_WIDTH = 78  # of the help off a terminal, whatever COLUMNS says


class Commands(click.Group):
    """The commands, imported when they are asked for."""

    def get_help_option(self, ctx: click.Context) -> click.Option:
        return help_option()

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(module.name for module in iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if not cmd_name.isidentifier() or find_spec(f"{commands.__name__}.{cmd_name}") is None:
            return None
        command: click.Command = import_module(f"{commands.__name__}.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("--") and self.get_command(ctx, args[0]) is None:
            known = self.list_commands(ctx)
            hint = suggest(args[0], known) or f'for example: adcli jac "x^2" --at 3\ncommands: {", ".join(known)}'
            raise UsageError("unknown-command", f"there is no command '{args[0]}'", None, hint)
        return super().resolve_command(ctx, args)


def _show_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        write(f"adcli {__version__}\n")
        ctx.exit()


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version."
)
@click.pass_context
def group(ctx: click.Context) -> None:
    """A derivative calculator: forward, reverse, symbolic and finite differences over one graph.

    \b
    Example:
      adcli jac "x1*x2+sin(x1), exp(x1-x2)" --at 1,2
    """
    if ctx.invoked_subcommand is None:
        raise UsageError(
            "no-command", "there is no command here", None, f"commands: {', '.join(group.list_commands(ctx))}"
        )


def run(args: list[str]) -> int:
    """Run a command line and return its exit code."""
    supervision.begin()
    try:
        width = None if sys.stdout.isatty() else _HELP_WIDTH
        code = group.main(args=args, prog_name="adcli", standalone_mode=False, terminal_width=width)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except AdcliError as error:
        return _fail(error, args)
    except click.exceptions.Exit as stop:
        return int(stop.exit_code)
    except click.Abort:
        return 130
    except click.ClickException as error:
        return _fail(_usage(error), args)
    except (KeyboardInterrupt, supervision.Ended):
        return 130
    except BrokenPipeError:
        return _hang_up()
    except supervision.OutOfTime as stop:
        return _fail(supervision.time_error(stop), args)
    except RecursionError:
        return _fail(LimitError("too-deep", "the expression is nested more deeply than can be computed with"), args)
    except MemoryError:
        supervision.BALLAST.clear()
        return _fail(supervision.memory_error(), args)
    except OSError as error:
        return _fail(UsageError("output-failed", f"cannot write: {error.strerror or error}"), args)


def _usage(error: click.ClickException) -> UsageError:
    """A click error as one of ours; its context knows which command's help would help."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "adcli"
    hint = f"'{command} --help' shows the options"
    if isinstance(error, click.NoSuchOption):
        known = [name for parameter in context.command.params for name in parameter.opts] if context is not None else []
        hint = suggest(error.option_name, known) or hint
        return UsageError("unknown-option", f"there is no option '{error.option_name}'", None, hint)
    message = error.format_message().rstrip(".")
    return UsageError("usage", message[:1].lower() + message[1:], None, hint)


def _fail(error: AdcliError, args: list[str]) -> int:
    """Print an error: JSON on stdout where JSON was asked for, else text on stderr."""
    supervision.failing()
    try:
        if supervision.wants_json(args) and not supervision.answered():
            import json

            write(json.dumps(error.to_dict(), ensure_ascii=False) + "\n")
            sys.stdout.flush()
        else:
            if error.code != "output-failed":  # what failed once would fail again, and hide why
                sys.stdout.flush()
            write_error(f"error: {error.render()}\n")
    except BrokenPipeError:
        return _hang_up()
    except OSError:
        pass  # there is nobody left to tell
    return error.exit_code


def _hang_up() -> int:
    """The reader closed the pipe: let nothing be written again, not even at interpreter exit."""
    try:
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        pass
    return 141


def main() -> int:
    """The console script, up to its exit code."""
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _hang_up()
    except (OSError, ValueError):
        pass
    return code
