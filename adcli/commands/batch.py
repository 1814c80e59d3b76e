"""`adcli batch`: one product at many points."""

import sys
from collections.abc import Sequence
from typing import Any

import click

from .. import supervision
from ..engines import load
from ..engines import names as engine_names
from ..errors import UsageError, suggest
from ..kernels import PRODUCTS
from ..options import ExpressionCommand, Request, common, read_text, write_error
from ..products import split_names

_LISTS = ("ndjson", "csv", "parquet", "npy")


@click.command("batch", cls=ExpressionCommand, short_help="Values or derivatives at all points of a file.")
@click.argument("product", metavar="PRODUCT")
@common("expr", "point", "program", "wrt")
@click.option("--points", metavar="FILE", required=True, help="Points: .csv, .tsv, .ndjson, .parquet; - for stdin.")
@click.option("--points-format", metavar="NAME", help="What --points is, if its name does not tell.")
@click.option("--keep", metavar="NAMES", help="Columns of the points that are carried through.")
@click.option("--direction", metavar="NUMBERS", help="For jvp: as there, or the name of a column for each variable.")
@click.option("--cotangent", metavar="NUMBERS", help="For vjp: as there, or the name of a column for each output.")
@click.option("--reduce", "fold", metavar="NAME", help="Fold all rows to one: sum, mean or max.")
@click.option("--no-values", is_flag=True, help="Derivatives alone, without the values.")
@click.option("--claim", metavar="TEXT", help="For check: a claimed derivative, or @FILE; else columns hold claims.")
@click.option("--order", type=int, default=None, metavar="N", help="For check, 2: the claim is a Hessian.")
@click.option("--rtol", type=float, metavar="R", help="For check: accept |claimed - true| <= atol + rtol*|true|.")
@click.option("--atol", type=float, metavar="A", help="The absolute part of the same.")
@click.option("--engine", metavar="NAME", default="numpy", show_default=True,
              help=f"What computes: {', '.join(engine_names())}.")  # fmt: skip
@click.option("--output", metavar="FILE", help="Write .ndjson, .csv, .parquet or .npy: whole, or not at all.")
@click.option("--format", "format_name", metavar="NAME",
              help=f"One of {', '.join(_LISTS)}; of a fold, table, json, csv ....")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="The same as --format ndjson; of a fold, --format json.")
@click.option("--strict", is_flag=True, help="End with exit code 5 at the first point outside the domain.")
@click.option("--keep-going", is_flag=True, help="Leave out rows that cannot be read, and tell their lines.")
@click.option("--cluster", metavar="ADDRESS", help="Run on a Dask cluster, over Parquet that all its workers see.")
@click.option("--quiet", "-q", is_flag=True, help="No progress and notes on stderr.")
@click.pass_context
def command(ctx: click.Context, /, request: Request, **given: Any) -> None:
    """Compute PRODUCT (eval, jac, grad, jvp, vjp or hess) of EXPR at each row of a file.

    Columns of the file are matched by name: x1, or "W[0,1]". The results have a column for each value
    and each derivative (y1, dy1/dx2), and a status: ok, domain (outside of it: no numbers), missing (no
    number in the file), kink, or overflow. --at fixes variables for all rows; so does --let NAME for a
    NAME in --wrt. A batch has no limits of time and memory but those that are given, and takes little
    memory however many rows there are.

    PRODUCT check compares derivatives that are claimed with the true ones at each row: those of --claim, or
    of columns named as above. Rows that doubles cannot accept are judged as `adcli check` does, the worst
    first. Exit code 0: AGREES. 1: WRONG. 5: INCONCLUSIVE. --output lists the error and the status of each row.

    \b
    Examples:
      adcli batch jac "x1*x2+sin(x1), exp(x1-x2)" --points points.csv
      adcli batch hess "x^2*y" --points points.parquet --keep id --output hessians.parquet
      adcli batch grad "log(1+exp(-y*(w*a+b)))" --points r.parquet --wrt w,b --at w=1,b=0 --reduce sum
      adcli batch check "x^2*y" --points points.csv --claim "2*x*y, x^2"
    """
    from ..batch.extras import need_numpy

    need_numpy()
    if request.timeout is None:
        supervision.set_time(None)
    if ctx.params["max_memory"] is None:
        supervision.set_memory(None)
    given |= {name: ctx.params[name] for name in ("format_name", "as_json", "output")}
    product = given["product"]
    if product == "check":
        ctx.exit(_check(request, given))
    _refuse_misfits(given, ("claim", "order", "rtol", "atol"))
    if product not in PRODUCTS:
        known = [*PRODUCTS, "check"]
        hint = suggest(product, known) or f"adcli batch grad EXPR --points FILE; there are {', '.join(known)}"
        raise UsageError("unknown-product", f"there is no product '{product}'", None, hint)
    try:
        remarks = _list(request, given) if given["fold"] is None else _fold(request, given)
    except BrokenPipeError:
        raise click.exceptions.Exit(141) from None  # click itself would make it 1
    if not request.quiet:
        sys.stdout.flush()
        write_error("".join([f"note: {remark}\n" for remark in remarks]))


def _refuse_misfits(given: dict[str, Any], options: Sequence[str]) -> None:
    """Refuse options that the product has no use for."""
    for option in options:
        if given[option] not in (None, False):
            name = {"fold": "reduce", "no_values": "no-values"}.get(option, option)
            raise UsageError("unused-option", f"--{name} has no meaning for {given['product']}")


def _check(request: Request, given: dict[str, Any]) -> int:
    """Claims at all points; the exit code."""
    _refuse_misfits(given, ("fold", "no_values", "direction", "cotangent", "cluster"))
    from contextlib import ExitStack

    from ..batch.asking import apart
    from ..batch.checking import Checking
    from ..batch.readers import open_points
    from ..batch.waiting import Waiting
    from ..batch.writers import open_output
    from ..check.rule import tolerance_of

    request.format = "json" if given["as_json"] else given["format_name"] or "table"
    if given["keep"] and given["output"] is None:
        raise UsageError("not-without-output", "--keep carries columns to --output FILE, and there is none")
    request.lets, fixed = apart(request.lets, request.wrt)
    claim = None if given["claim"] is None else read_text(given["claim"])
    check = Checking(
        request.function(), claim, order=given["order"] or 1, wrt=request.wrt, at=request.at, fixed=fixed,
        engine=given["engine"], tolerance=tolerance_of(given["rtol"], given["atol"]),
    )  # fmt: skip
    keep = split_names(given["keep"] or "")
    with ExitStack() as stack:
        reader = stack.enter_context(
            open_points(
                given["points"], check.columns, keep, keep_going=given["keep_going"], format=given["points_format"],
                rows=check.rows, columns=given["output"] is not None, wanted=check.wanted,
            )
        )  # fmt: skip
        listed = given["output"] is not None
        writer = stack.enter_context(open_output(given["output"], None, keep, ["error"])) if listed else None
        waiting = stack.enter_context(Waiting())
        take = waiting.take if listed else lambda rows: None
        outcome = check.run(reader, take, strict=given["strict"], quiet=request.quiet)
        if writer is not None:
            for rows in outcome.settled(waiting):
                writer.write(rows)
    result = outcome.result()
    request.report(result, [*outcome.remarks(reader), *result.notes])
    return result.exit_code


def _asked(request: Request, given: dict[str, Any]) -> tuple[Any, Any]:
    """The question, ready to run; for a cluster, the same in plain data, too."""
    from ..batch.asking import Question, apart

    vectors = {"jvp": "direction", "vjp": "cotangent"}
    for product, option in vectors.items():
        if given[option] is not None and given["product"] != product:
            raise UsageError("unused-direction", f"--{option} belongs to {product}")
    request.lets, fixed = apart(request.lets, request.wrt)
    function, product, order = request.function(), given["product"], None
    options = {
        "wrt": request.wrt, "vector": given[vectors[product]] if product in vectors else None,
        "engine": given["engine"], "values_too": not given["no_values"],
    }  # fmt: skip
    if given["cluster"] is not None:
        from ..batch.order import Order, fixed_point

        point = fixed_point(request.at, fixed, function.lets)
        settings = (function.lets, request.variables, request.shapes, request.limits)
        order = Order(function.text, product, *settings, point, options)
        load(given["engine"])
        options = options | {"engine": "numpy"}  # what the workers have need not be here
    return Question(function, product, at=request.at, fixed=fixed, **options), order


def _reader(question: Any, given: dict[str, Any], keep: list[str], *, columns: bool) -> Any:
    from ..batch.readers import open_points

    return open_points(
        given["points"], question.job.columns, keep, keep_going=given["keep_going"], format=given["points_format"],
        rows=question.job.rows, columns=columns,
    )  # fmt: skip


def _there(request: Request, given: dict[str, Any], question: Any, order: Any, **what: Any) -> Any:
    """What a cluster finds."""
    from ..batch.cluster import run

    return run(
        given["cluster"], question, order, given["points"], points_format=given["points_format"],
        strict=given["strict"], quiet=request.quiet, **what,
    )  # fmt: skip


def _list(request: Request, given: dict[str, Any]) -> list[str]:
    """One row of results for each point."""
    name = "ndjson" if given["as_json"] else given["format_name"]
    if name not in (None, *_LISTS):
        raise UsageError("unknown-format", f"--format {name}: rows are written as {', '.join(_LISTS)}")
    question, order = _asked(request, given)
    from ..batch.writers import open_output

    keep = split_names(given["keep"] or "")
    if order is not None:
        done = _there(request, given, question, order, keep=keep, output=given["output"], output_format=name)
        return list(question.remarks(done.counts, done))
    with _reader(question, given, keep, columns=True) as reader:
        outputs = list(question.kernel.outputs)
        with open_output(given["output"], name, keep, outputs, status=True) as writer:
            counts = question.run(reader, writer.write, strict=given["strict"], quiet=request.quiet)
        return list(question.remarks(counts, reader))


def _fold(request: Request, given: dict[str, Any]) -> list[str]:
    """All rows folded to one."""
    request.format = "json" if given["as_json"] else given["format_name"] or "table"
    if given["keep"]:
        raise UsageError("not-with-reduce", "--keep carries columns through, and --reduce leaves no rows")
    question, order = _asked(request, given)
    from ..batch.folding import Fold
    from ..results.fold import Fold as Folded

    outputs = list(question.kernel.outputs)
    fold = Fold(given["fold"], len(outputs))
    if order is not None:
        done = _there(request, given, question, order, fold=fold.how)
        fold, counts, source = done.fold, done.counts, done
    else:
        with _reader(question, given, [], columns=False) as source:
            counts = question.fold(source, fold, strict=given["strict"], quiet=request.quiet)
    result = Folded(
        question.kernel.expression, question.kernel.product, fold.how, tuple(outputs), fold.results(), fold.count,
        counts.without_numbers(), counts.marked(),
    )  # fmt: skip
    if given["output"] is None:
        request.report(result)
    else:
        _write_one(given["output"], given["format_name"], result)
    return list(question.remarks(counts, source))


def _write_one(path: str, name: str | None, result: Any) -> None:
    """The one row of a fold, into a file."""
    import numpy as np

    from ..batch.blocks import Rows
    from ..batch.writers import open_output

    with open_output(path, name, [], list(result.columns), status=False) as writer:
        writer.write(Rows(1, {}, np.array(result.fold).reshape(-1, 1), None))
