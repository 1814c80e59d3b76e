"""`adcli eval`: values."""

import click

from ..options import ExpressionCommand, Request, common


@click.command("eval", cls=ExpressionCommand, short_help="The value at a point.")
@common("expr", "point", "program", "digits", "certified", "as_shape", "output")
@click.pass_context
def command(ctx: click.Context, /, request: Request) -> None:
    """The value of every output of EXPR at a point.

    \b
    Examples:
      adcli eval "sqrt(2)*pi" --digits 50
      adcli eval "(1 - cos(x))/x^2" --at 1e-20 --certified
      adcli eval "a = x^2; sin(a)/a" --at x=0.1
      adcli eval "solve(A, b)" --at "A=[[2,1],[1,3]]; b=[1,2]"
    """
    if request.certified:
        ctx.exit(request.certify("value"))
    function = request.function()
    request.report(function.eval(request.at, digits=request.digits), function.notes)
