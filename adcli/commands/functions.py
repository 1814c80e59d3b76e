"""`adcli functions`: the primitive table, and the functions of arrays."""

import click

from ..options import PlainCommand, Request, common
from ..symbolics import catalogue


@click.command("functions", cls=PlainCommand, short_help="The functions there are: domain, derivative, kinks.")
@common("output")
@click.argument("name", required=False)
def command(request: Request, name: str | None) -> None:
    """The functions of the language with their domain, derivative and kinks, or one of them.

    Functions of arrays are made of these; they are listed with what they give.

    \b
    Examples:
      adcli functions
      adcli functions sin
      adcli functions softmax
    """
    request.report(catalogue(name))
