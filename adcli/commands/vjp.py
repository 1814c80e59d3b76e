"""`adcli vjp`: a vector-Jacobian product."""

import click

from ..options import ExpressionCommand, Request, common, read_values


@click.command("vjp", cls=ExpressionCommand, short_help="The adjoints for weights of the outputs, w'·J.")
@common("expr", "point", "program", "wrt", "backend", "digits", "as_shape", "output")
@click.option("--cotangent", metavar="NUMBERS", help="One weight for each output: 2,5 or y1=2,y2=5 or y1=[1,2].")
def command(request: Request, cotangent: str | None) -> None:
    """The product w'·J of output weights and the Jacobian of EXPR, by one reverse pass.

    \b
    Examples:
      adcli vjp "x1*x2+sin(x1), exp(x1-x2)" --at 1,2 --cotangent 2,5
      adcli vjp "W@x" --at "W=[[1,2],[3,4]]; x=[5,6]" --cotangent 1,-1 --as-shape
    """
    function = request.function()
    weights = read_values(cotangent, "--cotangent")
    request.report(function.vjp(request.at, weights, **request.differentiate()), function.notes)
