"""`adcli grad`: the gradient of one output."""

import click

from ..options import ExpressionCommand, Request, common


@click.command("grad", cls=ExpressionCommand, short_help="The gradient of one output.")
@common("expr", "point", "program", "wrt", "backend", "digits", "certified", "as_shape", "output")
@click.pass_context
def command(ctx: click.Context, /, request: Request) -> None:
    """The gradient of EXPR, which must have one output, at a point.

    \b
    Examples:
      adcli grad "100*(x2-x1^2)^2 + (1-x1)^2" --at -1.2,1
      adcli grad "-log(sigmoid(w*x + b))" --at w=0.5,x=2,b=-1 --wrt w,b
      adcli grad "sum((X@w - 1)^2)" --let X=@data.csv --at "w=[0,0]" --as-shape
      adcli grad "sum((x[i+1] - x[i]^2)^2 for i in range(n-1))" --let n=9 --at "x=0.5*ones(n)"
    """
    if request.certified:
        ctx.exit(request.certify("gradient"))
    function = request.function()
    request.report(function.gradient(request.at, **request.differentiate()), function.notes)
