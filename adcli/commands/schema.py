"""`adcli schema`: the JSON Schema of every output."""

import click

from ..options import PlainCommand, write
from ..schemas import names, schema


@click.command("schema", cls=PlainCommand, short_help="The JSON Schema of an output.")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """The JSON Schema of the output NAME, or the names there are.

    \b
    Examples:
      adcli schema
      adcli schema jacobian
    """
    import json

    write("\n".join(names()) + "\n" if name is None else json.dumps(schema(name), indent=2) + "\n")
