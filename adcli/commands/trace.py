"""`adcli trace`: the evaluation trace as a table."""

import click
from click.core import ParameterSource

from ..errors import UsageError
from ..options import ExpressionCommand, Request, common
from ..tracing import trace


@click.command("trace", cls=ExpressionCommand, short_help="The evaluation trace, as on the blackboard.")
@common("expr", "point", "program", "digits", "output")
@click.option("--mode", default="forward", metavar="MODE", show_default=True, help="forward or reverse.")
@click.option("--seed", metavar="NAME", help="The input (forward) or output (reverse) that is seeded; or numbers.")
@click.option("--places", type=click.IntRange(1, 17), default=4, show_default=True, metavar="N", help="Decimals shown.")
@click.option("--as-written", is_flag=True, help="Add from the left, as the text says; do not share partial sums.")
@click.option("--by-entry", is_flag=True, help="Show the scalar nodes of a program with arrays.")
@click.option("--errors", is_flag=True, help="Show where digits are lost: condition numbers, and digits left.")
@click.option("--blank", is_flag=True, help="A sheet to be filled in by hand, as CSV; check --trace grades it.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    request: Request,
    mode: str,
    seed: str | None,
    places: int,
    as_written: bool,
    by_entry: bool,
    errors: bool,
    blank: bool,
) -> None:
    """The evaluation trace of EXPR: every node with its rule, its value, and its tangent or adjoint.

    \b
    Examples:
      adcli trace "x1*x2+sin(x1)" --at 1,2 --mode forward --seed x1
      adcli trace "a = x^2; b = 5a; L = a*b" --at x=2 --mode reverse
      adcli trace "h = W@x; sum(h^2)" --at "W=[[1,2],[3,4]]; x=[1,1]" --seed W
      adcli trace "(1 - cos(x))/x^2" --at 1e-6 --errors
      adcli trace "x1*x2+sin(x1)" --at 1,2 --blank
    """
    if blank:
        _sheet(request, mode, seed, as_written, chosen=ctx.get_parameter_source("format_name"))
        return
    function = request.function()
    result = trace(
        function,
        request.at,
        mode=mode,
        seed=seed,
        digits=request.digits,
        places=places,
        as_written=as_written,
        by_entry=by_entry,
        errors=errors,
    )
    request.report(result, [*function.notes, *result.notes])


def _sheet(request: Request, mode: str, seed: str | None, as_written: bool, chosen: ParameterSource | None) -> None:
    """The blank sheet: CSV unless another format was chosen."""
    from ..check.homework.worksheets import blank

    if request.format == "json":
        raise UsageError("no-json", "a sheet to be filled in has no JSON form", None, "--format csv or markdown")
    if chosen is not ParameterSource.COMMANDLINE:
        request.format = "csv"
    function = request.function()
    result = blank(function, request.at, mode=mode, seed=seed, digits=request.digits, as_written=as_written)
    notes = [*function.notes, *result.notes]
    if function.program.has_arrays:
        notes.append("the sheet of a program with arrays has a row for each scalar node")
    request.report(result, notes)
