"""`adcli check`: are the derivatives right?"""

from typing import Any

import click

from .. import supervision
from ..errors import AdcliError, UsageError
from ..options import ExpressionCommand, Progress, Request, common, read_text, screen, write, write_error, write_file

_CLAIMS = {
    "claim": "--claim", "against": "--against", "command": "--command", "function": "--python", "trace": "--trace",
    "replayed": "--replay",
}  # fmt: skip
_WIDTH = 100  # of a chart off a terminal
_PATIENCE = 10.0  # seconds that a program has for an answer, unless told otherwise


@click.command("check", cls=ExpressionCommand, short_help="Is a derivative right, and if not, where and why?")
@common("maybe_expr", "points", "program", "wrt", "digits", "certified", "output")
@click.option("--claim", metavar="TEXT", help="A claimed derivative: a formula, @FILE with one, or numbers.")
@click.option("--order", type=int, default=1, metavar="N", help="2: the claim is a Hessian.")
@click.option("--against", metavar="FILE", help="Derivatives in numbers from another program: .json or .csv.")
@click.option("--command", metavar="PROGRAM", help="A program that answers over pipes: one line of JSON for each.")
@click.option("--python", "function", metavar="MODULE:NAME", help="The same for a Python function.")
@click.option("--jacobian", metavar="MODULE:NAME", help="With --python: the function that gives its Jacobian.")
@click.option("--no-expr", is_flag=True, help="Check a program by its own values alone.")
@click.option("--trace", metavar="FILE", help="Grade a trace that was filled in: .csv or .md.")
@click.option("--replay", "replayed", metavar="FILE", help="Judge the evidence of an earlier check (--json) again.")
@click.option("--points", "count", type=click.IntRange(1, 1000), metavar="N", help="How many points to choose.")
@click.option("--random-seed", "seed", type=int, default=0, metavar="N", help="Another choice of points.")
@click.option("--rtol", type=float, metavar="R", help="Accept |claimed - true| <= atol + rtol*|true| instead.")
@click.option("--atol", type=float, metavar="A", help="The absolute part of the same.")
@click.option("--only-wrong", is_flag=True, help="Show the wrong entries only.")
@click.option("--plot", is_flag=True, help="Draw the error against the step, and the Taylor remainder.")
@click.option("--output", "picture", metavar="FILE.svg", help="With --plot: draw it into a file instead.")
@click.option("--junit", metavar="FILE.xml", help="Write the entries as test cases, too.")
@click.pass_context
def command(ctx: click.Context, /, request: Request, **given: Any) -> None:
    """Check derivatives of EXPR: a claimed one, or those of all backends against each other.

    A claim is a gradient, a Jacobian (flat by rows, or nested), or with --order 2 a Hessian. Without
    --at it is checked at generic points of the domain. Exit code 0: PROVED or AGREES. 1: WRONG.
    5: INCONCLUSIVE or OUTSIDE DOMAIN. A program has --timeout seconds for each answer (10 unless
    told), and then the check as a whole has no limit.

    \b
    Examples:
      adcli check "x1*x2+sin(x1), exp(x1-x2)" --at 1,2
      adcli check "x^2*sin(3x)" --claim "2x*sin(3x) + 3x^2*cos(3x)"
      adcli check "x1*x2+sin(x1), exp(x1-x2)" --at 1,2 --against jac.json
      adcli check "x1*x2+sin(x1), exp(x1-x2)" --command "python model.py"
      adcli check --no-expr --command ./model --at x1=1,x2=2
      adcli check --python model:f --jacobian model:df --at x=1,y=2
      adcli check "x1*x2+sin(x1)" --at 1,2 --trace homework.csv
      adcli check "log(x)/(x - 1)" --at 1.001 --certified
    """
    _refuse_misfits(request, given)
    given["progress"] = Progress(quiet=request.quiet)
    try:
        result, notes = _checked(request, given)
    except AdcliError as error:
        if given["junit"]:
            from ..check.junit import junit_of_error

            write_file(given["junit"], junit_of_error(error))
        raise
    request.report(result, [*notes, *getattr(result, "notes", ())])
    if given["plot"] or given["picture"]:
        _draw(result, given["picture"], request.format)
    if given["junit"]:
        from ..check.junit import junit

        write_file(given["junit"], junit(result))
    ctx.exit(result.exit_code)


def _refuse_misfits(request: Request, given: dict[str, Any]) -> None:
    """Refuse options that contradict each other."""
    claims = [option for name, option in _CLAIMS.items() if given[name] is not None]
    if len(claims) > 1:
        raise UsageError("two-claims", f"{' and '.join(claims)} are different things to check: give one of them")
    if request.certified:
        others = {"--plot": _plots(given), "--digits": request.digits, "--no-expr": given["no_expr"]}
        unfit = [*claims, *[option for option, asked in others.items() if asked]]
        if unfit:
            text = f"{unfit[0]} does not go with --certified, which measures the backends"
            raise UsageError("not-with-certified", text)
    program = given["command"] is not None or given["function"] is not None
    if given["no_expr"] and request.expr:
        raise UsageError("no-expression", "--no-expr checks a program without an expression, and there is one")
    if given["no_expr"] and not program:
        raise UsageError("missing-program", "--no-expr needs a program", None, "--command ./model, or --python model:f")
    if given["jacobian"] is not None and given["function"] is None:
        raise UsageError("missing-function", "--jacobian belongs to --python", None, "--python model:f")
    if not request.expr and not program and given["replayed"] is None:
        raise UsageError(
            "missing-expression", "what is to be checked? EXPR is missing", None, 'adcli check "x^2" --at 3'
        )
    if request.expr and given["replayed"] is not None:
        raise UsageError("no-expression", "--replay takes the expression from the evidence")
    if given["picture"] is not None and not given["picture"].lower().endswith(".svg"):
        raise UsageError("unknown-file-kind", f"--output {given['picture']}: pictures are .svg files")


def _checked(request: Request, given: dict[str, Any]) -> tuple[Any, list[str]]:
    """The result, and notes on how the text was read."""
    if given["replayed"] is not None:
        from ..check.replay import replay

        return replay(given["replayed"], only_wrong=given["only_wrong"]), []
    if given["command"] is not None or given["function"] is not None:
        return _program(request, given)
    function = request.function()
    if given["trace"] is not None:
        from ..check.homework.grading import grade

        graded = grade(function, given["trace"], request.at, digits=request.digits)
        return graded, function.notes
    if given["claim"] is not None:
        from ..check.verdicts import check_formula

        text = read_text(given["claim"])
        return check_formula(
            function, text, request.ats, wrt=request.wrt, settings=_settings(given, request.digits)
        ), function.notes
    if given["against"] is not None:
        from ..check.verdicts import check_against

        settings = _settings(given, request.digits)
        return check_against(
            function, given["against"], request.ats, wrt=request.wrt, settings=settings
        ), function.notes
    if request.certified:
        return _certified(request, function), function.notes
    from ..check.agreement import check

    if len(request.ats) > 1:
        raise UsageError("several-points", "the backends are compared at one point")
    return check(function, request.at, wrt=request.wrt, digits=request.digits, plot=_plots(given)), function.notes


def _certified(request: Request, function: Any) -> Any:
    from ..certified import MOST_BITS
    from ..check.certified import check_certified

    if len(request.ats) > 1:
        raise UsageError("several-points", "the backends are compared at one point")
    return check_certified(function, request.at, wrt=request.wrt, most_bits=request.max_bits or MOST_BITS)


def _program(request: Request, given: dict[str, Any]) -> tuple[Any, list[str]]:
    from ..check.foreign import check_alone, check_program
    from ..check.programs import Program, python_command

    command = given["command"]
    if command is None:
        command = python_command(given["function"], given["jacobian"])
    settings = _settings(given, request.digits)
    source = "command" if given["function"] is None else "python"
    supervision.set_time(None)  # a program takes the time that it takes; --timeout is for each of its answers
    with Program(command, timeout=_PATIENCE if request.timeout is None else request.timeout) as program:
        if not request.expr:
            return check_alone(program, request.ats, request.lets, source, settings=settings), []
        function = request.function()
        return check_program(function, program, request.ats, source, wrt=request.wrt, settings=settings), function.notes


def _settings(given: dict[str, Any], digits: int | None) -> Any:
    from ..check.rule import tolerance_of
    from ..check.verdicts import POINTS, Settings

    return Settings(
        given["order"], given["count"] or POINTS, given["seed"], tolerance_of(given["rtol"], given["atol"]),
        given["only_wrong"], _plots(given), digits, given["progress"],
    )  # fmt: skip


def _plots(given: dict[str, Any]) -> bool:
    return bool(given["plot"] or given["picture"])


def _draw(result: Any, picture: str | None, format_name: str) -> None:
    """The charts of a result: into a file, or below the tables."""
    charts = getattr(result, "charts", ())
    if not charts:
        write_error("note: there is nothing to draw here\n")
        return
    from ..charts import svg_chart, text_chart
    from ..formats import plain

    if picture is not None:
        write_file(picture, svg_chart(charts))
    elif format_name == "table":
        shown = screen()
        width = min(shown.width or _WIDTH, _WIDTH)
        for chart in charts:
            drawn = chart if shown.unicode else chart.labelled(plain)
            write("\n" + text_chart(drawn, width, unicode=shown.unicode) + "\n")
