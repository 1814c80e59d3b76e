"""`adcli hess`: the Hessian of one output."""

import click

from ..options import ExpressionCommand, Request, common


@click.command("hess", cls=ExpressionCommand, short_help="The Hessian of one output.")
@common("expr", "point", "program", "wrt", "backend", "digits", "output")
def command(request: Request) -> None:
    """The Hessian of EXPR, which must have one output, with its gradient.

    \b
    Example:
      adcli hess "x1^3*x2 + exp(x1*x2)" --at 0.5,-1
    """
    function = request.function()
    request.report(function.hessian(request.at, **request.differentiate()), function.notes)
