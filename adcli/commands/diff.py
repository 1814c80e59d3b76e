"""`adcli diff`: symbolic derivatives as text."""

import click

from ..options import ExpressionCommand, Request, common
from ..symbolics import diff


@click.command("diff", cls=ExpressionCommand, short_help="The derivative as a formula.")
@common("expr", "program", "wrt", "output")
@click.option("--order", type=int, default=1, show_default=True, metavar="N", help="Differentiate N times.")
@click.option("--share/--no-share", default=None, help="Name the subexpressions that are used more than once.")
def command(request: Request, order: int, share: bool | None) -> None:
    """The derivatives of EXPR as formulas: of every output by every variable.

    \b
    Examples:
      adcli diff "a*sin(x) + b*x*sin(x)" --wrt x
      adcli diff "exp(-x^2/2)" --order 2
      adcli diff "x*y, x/y" --format latex
      adcli diff "W@x" --shape W=2x2,x=2
    """
    function = request.function()
    request.report(diff(function, wrt=request.wrt, order=order, share=share), function.notes)
