"""`adcli hess`: the Hessian of one output."""

import click

from ..options import ExpressionCommand, Request, common


@click.command("hess", cls=ExpressionCommand, short_help="The Hessian of one output.")
@common("expr", "point", "program", "wrt", "backend", "digits", "certified", "output")
@click.pass_context
def command(ctx: click.Context, /, request: Request) -> None:
    """The Hessian of EXPR, which must have one output, with its gradient.

    \b
    Examples:
      adcli hess "x1^3*x2 + exp(x1*x2)" --at 0.5,-1
      adcli hess "exp(a@x)" --at "a=[1,2]; x=[0.5,-1]" --wrt x
    """
    if request.certified:
        ctx.exit(request.certify("hessian"))
    function = request.function()
    request.report(function.hessian(request.at, **request.differentiate()), function.notes)
