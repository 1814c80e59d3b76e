"""Python: plain floats, and the module `math`.

Python's functions raise where IEEE 754 answers with an infinity or a NaN; those that a function
needs stand beside it in a form that answers.
"""

import math

from ..kernels import Kernel
from ._language import AND, CHOICE, EQUALITY, OR, PRODUCT, Form, Language, calls, helped
from ._names import Names
from ._page import checked_name, commented, heading, indented, nested, page, parameters, told, told_result
from ._pythonic import FORMS, RESERVED
from ._results import results_of
from ._statements import statements

_TOTAL = {"abs": "abs", **{name: f"math.{name}" for name in ("cbrt", "atan", "tanh", "asinh", "erf", "erfc")}}
"""What raises nowhere."""

_WHERE_IT_RAISES = {
    **dict.fromkeys(("exp", "expm1", "exp2", "cosh"), ("OverflowError", "math.inf")),
    "sinh": ("OverflowError", "math.copysign(math.inf, x)"),
    **dict.fromkeys(("sin", "cos", "tan", "asin", "acos", "acosh", "sqrt"), ("ValueError", "math.nan")),
    **dict.fromkeys(("log", "log2", "log10"), ("ValueError", "-math.inf if x == 0.0 else math.nan")),
    "log1p": ("ValueError", "-math.inf if x == -1.0 else math.nan"),
    "atanh": ("ValueError", "math.copysign(math.inf, x) if abs(x) == 1.0 else math.nan"),
}
"""The exceptions of functions of one argument, and the answer that IEEE 754 would have given."""

_HELPERS = {
    **{
        name: f"""\
def _{name}(x):
    try:
        return math.{name}(x)
    except {error}:
        return {answer}
"""
        for name, (error, answer) in _WHERE_IT_RAISES.items()
    },
    "gamma": """\
def _gamma(x):
    try:
        return math.gamma(x)
    except OverflowError:
        return math.copysign(math.inf, x)
    except ValueError:
        return math.nan
""",
    "div": """\
def _div(a, b):
    try:
        return a/b
    except ZeroDivisionError:
        return math.nan if a == 0.0 or a != a else math.copysign(math.inf, a)*math.copysign(1.0, b)
""",
    "pow": """\
def _pow(x, a):
    try:
        return math.pow(x, a)
    except OverflowError:
        return -math.inf if x < 0.0 and a % 2.0 == 1.0 else math.inf
    except ValueError:  # 0 to a negative power, or a negative number to a fractional one
        if x != 0.0:
            return math.nan
        return math.copysign(math.inf, x) if a % 2.0 == 1.0 else math.inf
""",
    "mod": """\
def _mod(x, y):
    return x % y if y != 0.0 else math.nan
""",
    "sign": """\
def _sign(x):
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x
""",
    **{
        name: f"""\
def _{name}(x):
    return math.copysign(float({function}(x)), x) if math.isfinite(x) else x
"""
        for name, function in (("ceil", "math.ceil"), ("round", "round"))
    },
    "floor": """\
def _floor(x):
    return (float(math.floor(x)) or math.copysign(0.0, x)) if math.isfinite(x) else x
""",
    **{
        name: f"""\
def _{name}(x, y):  # NaN if an argument is, and the first of equal ones
    return y if y {sign} x or y != y else x
"""
        for name, sign in (("max", ">"), ("min", "<"))
    },
    **{
        f"{name}_dx": f"""\
def _{name}_dx(x):  # {sign}2/sqrt(pi)*exp(-x*x), without the rounding of x*x: the square of the head is exact
    if abs(x) > 28.0:
        return 0.0
    head = round(x*1024.0)/1024.0 if x == x else x
    return {sign}1.1283791670955126*(math.exp(-head*head)*math.exp((head - x)*(head + x)))
"""
        for name, sign in (("erf", ""), ("erfc", "-"))
    },
}

_OF_ONE = ("gamma", "sign", "floor", "ceil", "round", "erf_dx", "erfc_dx")
_FORMS = {
    **FORMS,
    "and_": Form(AND, "{0:2} and {1:3}"),
    "or_": Form(OR, "{0:1} or {1:2}"),
    "not_": Form(EQUALITY, "not {0:3}"),
    "where": Form(CHOICE, "{1:1} if {0:1} else {2:0}"),
    **calls(1, _TOTAL),
    **calls(2, {"atan2": "math.atan2", "hypot": "math.hypot"}),
    **helped(1, {name: f"_{name}" for name in (*_WHERE_IT_RAISES, *_OF_ONE)}),
    **helped(2, {name: f"_{name}" for name in ("div", "pow", "mod", "max", "min")}),
    "ratio": Form(PRODUCT, "{0:6}/{1:8}"),  # by a number that is not 0
}

LANGUAGE = Language(
    "Python", _FORMS, _HELPERS, "math.inf", "math.nan",
    {math.pi: "math.pi", math.e: "math.e", math.tau: "math.tau"}, RESERVED,
    lambda op, numbers: "ratio" if op == "div" and numbers[1] else op,
)  # fmt: skip


def render(kernel: Kernel, name: str) -> str:
    """A function of Python; arrays are lists of lists."""
    checked_name(name, LANGUAGE)
    parts = results_of(kernel)
    names = Names([*LANGUAGE.reserved, *[part.name for part in parts], name])
    arguments, inputs = parameters(kernel, names, "][")
    made = statements(kernel, LANGUAGE, inputs, names)
    call = f"{name}({', '.join([each.name for each in arguments])})"
    words = [(each.name, told(each)) for each in arguments] + [(part.name, told_result(part)) for part in parts]
    body = [f"{s.name} = {s.text}" for s in made.statements]
    body += [f"{part.name} = {nested([made.outputs[entry] for entry in part.entries], part.shape)}" for part in parts]
    body += [f"return {', '.join([part.name for part in parts])}"]
    helpers = [_HELPERS[key].splitlines() for key in made.helpers]
    code = page(*helpers, [f"def {call}:", *indented(body, 1)], apart=2)
    head = page(commented(heading(kernel, call, words), "#"), ["import math"] if "math." in code else [])
    return page([head], [code], apart=2)
