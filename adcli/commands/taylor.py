"""`adcli taylor`: Taylor coefficients along a direction."""

import click

from ..options import ExpressionCommand, Request, common, read_values


@click.command("taylor", cls=ExpressionCommand, short_help="Taylor coefficients along a direction.")
@common("expr", "point", "program", "wrt", "digits", "output")
@click.option("--order", type=int, default=5, show_default=True, metavar="N", help="The highest order.")
@click.option("--direction", metavar="NUMBERS", help="One number for each column: 3,-2 or x1=3,x2=-2 or W=eye(2).")
def command(request: Request, order: int, direction: str | None) -> None:
    """The Taylor coefficients of t -> EXPR at POINT + t*DIRECTION, by one sweep over power series.

    With one variable the direction is 1; --wrt NAME holds the other variables fixed. The k-th
    coefficient is the k-th derivative along the direction, divided by k!.

    \b
    Examples:
      adcli taylor "exp(sin(x))" --at 0 --order 6
      adcli taylor "x1*x2+sin(x1)" --at 1,2 --direction 3,-2
      adcli taylor "1/(1 - x*y)" --at 0.5,0.5 --wrt x --digits 30
    """
    function = request.function()
    along = read_values(direction, "--direction")
    result = function.taylor(request.at, along, order=order, wrt=request.wrt, digits=request.digits)
    request.report(result, function.notes)
