"""`adcli jac`: the Jacobian at a point."""

import click

from ..options import ExpressionCommand, Request, common
from ..products import Function


@click.command("jac", cls=ExpressionCommand, short_help="The Jacobian at a point.")
@common("expr", "point", "program", "wrt", "backend", "digits", "certified", "sparse", "as_shape", "output")
@click.pass_context
def command(ctx: click.Context, /, request: Request) -> None:
    """The Jacobian of EXPR at a point: one row for each output, one column for each variable.

    \b
    Examples:
      adcli jac "x1*x2+sin(x1), exp(x1-x2)" --at 1,2
      adcli jac "a*x^2" --at x=3 --let a=2 --backend fd
      adcli jac "x1*x2+sin(x1), exp(x1-x2)" --at 1,2 --certified
      adcli jac @model.ad --at @point.json --json
      adcli jac "W@x" --at "W=[[1,2],[3,4]]; x=[5,6]" --wrt W
      adcli jac "[x[i]*x[i+1] for i in range(n-1)]" --let n=9 --at "x=ones(n)" --sparse
    """
    if request.certified:
        ctx.exit(request.certify("jacobian"))
    request.derive(Function.jacobian, Function.sparse_jacobian)
