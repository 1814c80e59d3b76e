"""`adcli check`: are the derivatives right?"""

import click

from ..check.agreement import check
from ..options import ExpressionCommand, Request, common


@click.command("check", cls=ExpressionCommand, short_help="All backends against each other.")
@common("expr", "point", "program", "wrt", "digits", "output")
@click.pass_context
def command(ctx: click.Context, request: Request) -> None:
    """Compare the Jacobian of EXPR by all backends at a point, and say where they differ most.

    Finite differences share no derivative rule with the others; their error estimate is the tolerance.
    Exit code 0: they agree. 1: they do not. 5: inconclusive.

    \b
    Examples:
      adcli check "x1*x2+sin(x1), exp(x1-x2)" --at 1,2
      adcli check "logsumexp(W@x)" --at "W=[[1,2],[3,4]]; x=[0.5,-1]" --wrt W
    """
    function = request.function()
    result = check(function, request.at, wrt=request.wrt, digits=request.digits)
    request.report(result, function.notes)
    ctx.exit(result.exit_code)
