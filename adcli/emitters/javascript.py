"""JavaScript: numbers, and the object `Math`."""

import math

from ..kernels import Kernel
from ._language import (
    AND,
    ARITHMETIC,
    ATOM,
    CHOICE,
    COMPARISONS,
    EQUALITY,
    OR,
    SIGN,
    Form,
    Language,
    calls,
    helped,
    renamed,
)
from ._names import Names
from ._page import checked_name, commented, heading, indented, nested, page, parameters, told, told_result
from ._results import results_of
from ._statements import statements

_OF_ONE = (
    "abs", "sign", "floor", "ceil", "sqrt", "cbrt", "exp", "expm1", "log", "log1p", "log2", "log10", "sin", "cos",
    "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
)  # fmt: skip

_HELPERS = {
    "pow": """\
// as C has it: Math.pow gives NaN for 1 to a power that is NaN, and for 1 and -1 to an infinite one
function adcli_pow(x, a) {
    return x === 1.0 || (x === -1.0 && Math.abs(a) === Infinity) ? 1.0 : Math.pow(x, a);
}
""",
    "round": """\
// the nearest whole number, of two as near the even one
function adcli_round(x) {
    const below = Math.floor(x);
    const rest = x - below;
    const up = rest > 0.5 || (rest === 0.5 && below % 2.0 !== 0.0);
    return below === x ? x : up ? -Math.floor(-x) : below;
}
""",
    "mod": """\
// the remainder that has the sign of the divisor
function adcli_mod(x, y) {
    const r = x % y;
    return r === 0.0 ? (y < 0.0 ? -0.0 : 0.0) : (r < 0.0) !== (y < 0.0) ? r + y : r;
}
""",
    "max": """\
// NaN if an argument is, and the first of equal ones
function adcli_max(x, y) {
    return y > x || y !== y ? y : x;
}
""",
    "min": """\
// NaN if an argument is, and the first of equal ones
function adcli_min(x, y) {
    return y < x || y !== y ? y : x;
}
""",
}

_FORMS = {
    **ARITHMETIC,
    **COMPARISONS,
    "eq": Form(EQUALITY, "{0:5} === {1:5}"),
    "ne": Form(EQUALITY, "{0:5} !== {1:5}"),
    "and_": Form(AND, "{0:2} && {1:3}"),
    "or_": Form(OR, "{0:1!2} || {1:3}"),
    "not_": Form(SIGN, "!{0:8}"),
    "where": Form(CHOICE, "{0:1} ? {1:1} : {2:0}"),
    "exp2": Form(ATOM, "Math.pow(2.0, {0:0})"),
    **calls(1, {name: f"Math.{name}" for name in _OF_ONE}),
    **calls(2, {"atan2": "Math.atan2", "hypot": "Math.hypot"}),
    **helped(1, {"round": "adcli_round"}),
    **helped(2, {name: f"adcli_{name}" for name in ("pow", "mod", "max", "min")}),
}

_WORDS = """
    arguments as async await break case catch class const continue debugger default delete do else enum eval export
    extends false finally for from function get if implements import in instanceof interface let new null of package
    private protected public return set static super switch this throw true try typeof undefined var void while with
    yield Infinity NaN Math Number Object Function Array exports module require globalThis
"""

LANGUAGE = Language(
    "JavaScript", _FORMS, _HELPERS, "Infinity", "NaN", {math.pi: "Math.PI", math.e: "Math.E"},
    frozenset(_WORDS.split()),
)  # fmt: skip


def render(kernel: Kernel, name: str) -> str:
    """A function of JavaScript; arrays are arrays of arrays, and the results an object."""
    language = renamed(LANGUAGE, "adcli_", f"{checked_name(name, LANGUAGE)}_")
    parts = results_of(kernel)
    names = Names([*language.reserved, *[f"{name}_{key}" for key in _HELPERS], *[part.name for part in parts], name])
    arguments, inputs = parameters(kernel, names, "][")
    made = statements(kernel, language, inputs, names)
    call = f"{name}({', '.join([each.name for each in arguments])})"
    words = [(each.name, told(each)) for each in arguments] + [(part.name, told_result(part)) for part in parts]
    exports = [
        "To export it from a module, or to those who require it, add one of these lines:", "",
        f"    export {{ {name} }};", f"    module.exports = {{ {name} }};",
    ]  # fmt: skip
    body = [f"const {s.name} = {s.text};" for s in made.statements]
    body += [
        f"const {part.name} = {nested([made.outputs[entry] for entry in part.entries], part.shape)};" for part in parts
    ]
    body += [f"return {{ {', '.join([part.name for part in parts])} }};"]
    return page(
        commented(heading(kernel, call, words, *exports), "//"),
        *[language.helpers[key].splitlines() for key in made.helpers],
        [f"function {call} {{", *indented(body, 1), "}"],
    )
