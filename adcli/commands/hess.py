"""`adcli hess`: the Hessian of one output."""

import click

from ..options import ExpressionCommand, Request, common
from ..products import Function


@click.command("hess", cls=ExpressionCommand, short_help="The Hessian of one output.")
@common("expr", "point", "program", "wrt", "backend", "digits", "certified", "sparse", "output")
@click.pass_context
def command(ctx: click.Context, /, request: Request) -> None:
    """The Hessian of EXPR, which must have one output, with its gradient.

    \b
    Examples:
      adcli hess "x1^3*x2 + exp(x1*x2)" --at 0.5,-1
      adcli hess "exp(a@x)" --at "a=[1,2]; x=[0.5,-1]" --wrt x
      adcli hess "sum((x[i+1] - x[i])^4 for i in range(n-1))" --let n=9 --at "x=ones(n)" --sparse --json
    """
    if request.certified:
        ctx.exit(request.certify("hessian"))
    request.derive(Function.hessian, Function.sparse_hessian)
