"""`adcli codegen`: a function of another language."""

import click

from .. import emitters, supervision
from ..emitters import load
from ..errors import UsageError, printable
from ..kernels import PRODUCTS
from ..kernels.making import make_kernel, make_vector
from ..options import ExpressionCommand, Request, common, read_values, write, write_error, write_file
from ..products import Function
from ..results.code import Code

_VECTORS = {"jvp": "direction", "vjp": "cotangent"}


@click.command("codegen", cls=ExpressionCommand, short_help="A function in C, NumPy, Python or JavaScript.")
@common("expr", "program", "wrt", "output")
@click.option("--product", default="jac", metavar="NAME", show_default=True, help=f"One of {', '.join(PRODUCTS)}.")
@click.option(
    "--lang", "language", default="c", metavar="NAME", show_default=True, help=f"One of {', '.join(emitters.names())}."
)
@click.option("--direction", metavar="NUMBERS", help="For jvp: the direction, which is an argument unless given.")
@click.option("--cotangent", metavar="NUMBERS", help="For vjp: the weights, which are an argument unless given.")
@click.option("--name", default="f", metavar="NAME", show_default=True, help="The name of the function.")
@click.option("--output", "path", metavar="FILE", help="Write it into a file.")
def command(
    request: Request, product: str, language: str, direction: str | None, cotangent: str | None, name: str,
    path: str | None,
) -> None:  # fmt: skip
    """Source code that computes EXPR and its derivatives, and needs nothing but the library of its language.

    \b
    Examples:
      adcli codegen "x1*x2+sin(x1), exp(x1-x2)"
      adcli codegen "log(1+exp(-y*(w@x)))" --shape w=3,x=3 --wrt w --product grad --lang numpy
      adcli codegen "x^3*y" --product hess --lang javascript --name energy
      adcli codegen "sin(x*y), x/y" --product jvp --lang python
    """
    if request.format not in ("table", "json"):
        text = f"code is text, which has no form as {request.format}"
        raise UsageError(
            "no-such-form", text, None, "--output FILE writes it into a file, --json puts it into an object"
        )
    emitter = load(language)
    function = request.function()
    vector = _vector(function, request, product, {"direction": direction, "cotangent": cotangent})
    kernel = make_kernel(function, product, wrt=request.wrt, vector=vector)
    code = emitter.render(kernel, name)
    if path is not None:
        write_file(path, code)
    if request.format == "json":
        names = tuple(kernel.inputs), tuple(kernel.outputs)
        request.report(Code(kernel.expression, product, language, name, *names, kernel.shape, code), function.notes)
        return
    supervision.answering()
    if path is None:
        write(code)
    if function.notes and not request.quiet:
        write_error("".join([f"note: {printable(note)}\n" for note in function.notes]))


def _vector(
    function: Function, request: Request, product: str, given: dict[str, str | None]
) -> list[float] | list[str] | None:
    """The vector of a JVP or VJP: in numbers, or as the names of further inputs, which are an array."""
    option = _VECTORS.get(product)
    for other, text in given.items():
        if text is not None and other != option:
            belongs = next(name for name, vector in _VECTORS.items() if vector == other)
            raise UsageError("unused-direction", f"--{other} belongs to --product {belongs}, and this is {product}")
    if option is None:
        return None
    if given[option] is not None:
        return make_vector(function, product, read_values(given[option], f"--{option}"), wrt=request.wrt)
    read = function.for_wrt(request.wrt)
    places = read.columns(request.wrt) if product == "jvp" else read.outputs
    name = option
    while name in read.program.inputs:
        name += "_"
    return [f"{name}[{k}]" for k in range(len(places))]
