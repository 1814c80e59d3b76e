"""`adcli jvp`: a Jacobian-vector product."""

import click

from ..options import ExpressionCommand, Request, common, read_values


@click.command("jvp", cls=ExpressionCommand, short_help="The derivative along a direction, J·d.")
@common("expr", "point", "program", "wrt", "backend", "digits", "as_shape", "output")
@click.option("--direction", metavar="NUMBERS", help="One number for each column: 3,-2 or x1=3,x2=-2 or W=eye(2).")
def command(request: Request, direction: str | None) -> None:
    """The directional derivative J·d of EXPR at a point, by one forward pass.

    \b
    Examples:
      adcli jvp "x1*x2+sin(x1), exp(x1-x2)" --at 1,2 --direction 3,-2
      adcli jvp "W@x" --at "W=[[1,2],[3,4]]; x=[5,6]" --direction "W=eye(2)"
    """
    function = request.function()
    along = read_values(direction, "--direction")
    request.report(function.jvp(request.at, along, **request.differentiate()), function.notes)
