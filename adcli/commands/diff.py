"""`adcli diff`: symbolic derivatives as text."""

import click

from ..options import ExpressionCommand, Request, common
from ..symbolics import diff


@click.command("diff", cls=ExpressionCommand, short_help="The derivative as a formula.")
@common("expr", "point", "program", "wrt", "digits", "output")
@click.option("--order", type=int, metavar="N", help="Differentiate N times by each variable.  [default: 1]")
@click.option("--mixed", metavar="NAMES", help="Differentiate by these, one after the other: x,x,y.")
@click.option("--share/--no-share", default=None, help="Name the subexpressions that are used more than once.")
def command(request: Request, order: int | None, mixed: str | None, share: bool | None) -> None:
    """The derivatives of EXPR as formulas: of every output by every variable; with a point, their values, too.

    \b
    Examples:
      adcli diff "a*sin(x) + b*x*sin(x)" --wrt x
      adcli diff "exp(-x^2/2)" --order 2
      adcli diff "exp(x*y)" --mixed x,x,y --at 1,2
      adcli diff "x*y, x/y" --format latex
      adcli diff "W@x" --shape W=2x2,x=2
    """
    function = request.function()
    found = diff(function, wrt=request.wrt, order=order, mixed=mixed, share=share, at=request.at, digits=request.digits)
    request.report(found, function.notes)
