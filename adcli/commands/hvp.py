"""`adcli hvp`: a Hessian-vector product."""

import click

from ..options import ExpressionCommand, Request, common, read_values


@click.command("hvp", cls=ExpressionCommand, short_help="The Hessian times a direction, H·d.")
@common("expr", "point", "program", "wrt", "backend", "digits", "as_shape", "output")
@click.option("--direction", metavar="NUMBERS", help="One number for each column: 3,-2 or x1=3,x2=-2 or W=eye(2).")
def command(request: Request, direction: str | None) -> None:
    """The product H·d of the Hessian of EXPR and a direction, without the Hessian.

    \b
    Examples:
      adcli hvp "x1^3*x2 + exp(x1*x2)" --at 0.5,-1 --direction 1,2
      adcli hvp "x@A@x" --let "A=[[2,1],[1,3]]" --at "x=[1,1]" --direction 1,0
    """
    function = request.function()
    along = read_values(direction, "--direction")
    request.report(function.hvp(request.at, along, **request.differentiate()), function.notes)
