"""C: C99 and its math library.

The code is thread-safe, allocates nothing, and has no branches but conditional expressions, which
compilers turn into vector instructions. `expression`, `literal` and `HELPERS` are the same in pieces,
for whoever writes loops of their own.

>>> expression("add", ["a", "b"]), expression("max", ["a", "b"]), literal(0.1)
('a + b', 'adcli_max(a, b)', '0.1')
"""

from collections.abc import Sequence
from math import prod

from ..kernels import Kernel
from ._language import (
    AND,
    ARITHMETIC,
    CHOICE,
    COMPARISONS,
    EQUALITY,
    OR,
    SIGN,
    Form,
    Fragment,
    Language,
    calls,
    helped,
    renamed,
)
from ._names import Names
from ._page import beside, checked_name, commented, counted_names, heading, indented, page, told_result
from ._results import results_of
from ._statements import form_of, statements, used_inputs

_SHOWN = 8  # numbers of the sample call
_PLAIN = (
    "floor", "ceil", "sqrt", "cbrt", "exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "sin", "cos", "tan",
    "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc",
)  # fmt: skip
_RENAMED = {"abs": "fabs", "round": "rint", "gamma": "tgamma", "loggamma": "lgamma"}

_FORMS = {
    **ARITHMETIC,
    **COMPARISONS,
    "eq": Form(EQUALITY, "{0:5} == {1:5}"),
    "ne": Form(EQUALITY, "{0:5} != {1:5}"),
    "and_": Form(AND, "{0:2} && {1:3}"),
    "or_": Form(OR, "{0:1!2} || {1:3}"),  # compilers warn of && in || without parentheses
    "not_": Form(SIGN, "!{0:8}"),
    "where": Form(CHOICE, "{0:1} ? {1:1} : {2:0}"),
    **calls(1, {name: name for name in _PLAIN} | _RENAMED),
    **calls(2, {"pow": "pow", "atan2": "atan2", "hypot": "hypot"}),
    **helped(1, {name: f"adcli_{name}" for name in ("sign", "erf_dx", "erfc_dx")}),
    **helped(2, {name: f"adcli_{name}" for name in ("mod", "max", "min")}),
}

HELPERS = {
    "sign": """\
static inline double adcli_sign(double x)
{
    return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x;
}
""",
    "mod": """\
// the remainder that has the sign of the divisor
static inline double adcli_mod(double x, double y)
{
    const double r = fmod(x, y);
    return r == 0.0 ? copysign(r, y) : (r < 0.0) != (y < 0.0) ? r + y : r;
}
""",
    "max": """\
// NaN if an argument is, and the first of equal ones
static inline double adcli_max(double x, double y)
{
    return (y > x) | (y != y) ? y : x;
}
""",
    "min": """\
// NaN if an argument is, and the first of equal ones
static inline double adcli_min(double x, double y)
{
    return (y < x) | (y != y) ? y : x;
}
""",
    "erf_dx": """\
// 2/sqrt(pi)*exp(-x*x), without the rounding of x*x: the square of the head is exact
static inline double adcli_erf_dx(double x)
{
    const double head = rint(x*1024.0)/1024.0;
    const double bell = exp(-head*head)*exp((head - x)*(head + x));
    return fabs(x) > 28.0 ? 0.0 : 1.1283791670955126*bell;
}
""",
}
HELPERS["erfc_dx"] = (
    HELPERS["erf_dx"].replace("erf_dx", "erfc_dx").replace(" 2/sqrt", " -2/sqrt").replace("1.128", "-1.128")
)
"""Functions that stand beside the code, by the operation that needs them."""

_KEYWORDS = """
    auto break case char const continue default do double else enum extern float for goto if inline int long register
    restrict return short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof
    bool true false nullptr alignas alignof constexpr static_assert thread_local main unix linux i386
"""
_LIBRARY = """
    acos asin atan atan2 cos sin tan acosh asinh atanh cosh sinh tanh exp exp2 expm1 frexp ilogb ldexp log log10 log1p
    log2 logb modf scalbn scalbln cbrt fabs hypot pow sqrt erf erfc lgamma tgamma ceil floor nearbyint rint lrint llrint
    round lround llround trunc fmod remainder remquo copysign nan nextafter nexttoward fdim fmax fmin fma abs signgam
    fpclassify isfinite isinf isnan isnormal signbit isgreater isgreaterequal isless islessequal islessgreater
    isunordered double_t float_t NAN INFINITY HUGE_VAL HUGE_VALF HUGE_VALL MATH_ERRNO MATH_ERREXCEPT math_errhandling
    FP_NAN FP_INFINITE FP_ZERO FP_SUBNORMAL FP_NORMAL FP_ILOGB0 FP_ILOGBNAN FP_FAST_FMA DOMAIN SING OVERFLOW UNDERFLOW
    PLOSS TLOSS HUGE MAXFLOAT M_E M_LOG2E M_LOG10E M_LN2 M_LN10 M_PI M_PI_2 M_PI_4 M_1_PI M_2_PI M_2_SQRTPI M_SQRT2
    M_SQRT1_2
"""
_FUNCTIONS = """
    j0 j1 jn y0 y1 yn gamma drem finite significand scalb exp10 pow10 sincos index rindex printf scanf puts putchar
    malloc calloc realloc free exit abort labs memcpy memmove memset memcmp strlen strcpy strcmp strcat
"""

LANGUAGE = Language(
    "C", _FORMS, HELPERS, "INFINITY", "NAN", {}, frozenset(f"{_KEYWORDS} {_LIBRARY}".split()),
)  # fmt: skip


def expression(op: str, arguments: Sequence[str]) -> str:
    """The expression of an instruction; its arguments are names, numbers, or stand in parentheses."""
    return form_of(LANGUAGE, op).of([Fragment(text) for text in arguments]).text


def literal(x: float) -> str:
    """A number of C that is the same double, in parentheses if it is negative."""
    return f"{LANGUAGE.number(x):9}"


def render(kernel: Kernel, name: str) -> str:
    """A function of C; results are flat, row by row."""
    language = renamed(LANGUAGE, "adcli_", f"{checked_name(name, LANGUAGE, _FUNCTIONS.split())}_")
    parts = results_of(kernel)
    names = Names([*language.reserved, *[f"{name}_{key}" for key in HELPERS], *[part.name for part in parts], name])
    inputs = names.of_all(kernel.inputs)
    pointer = names.take("point" if "x" in inputs.values() else "x")
    made = statements(kernel, language, inputs, names)

    used = used_inputs(kernel)
    body = [f"(void){pointer};"] if not used else []
    body += [f"(void){part.name};" for part in parts if not part.entries]
    body += beside(
        [(f"const double {inputs[each]} = {pointer}[{k}];", each if each != inputs[each] else "")
         for k, each in enumerate(kernel.inputs) if each in used], "//")  # fmt: skip
    body += [f"const {'int' if s.boolean else 'double'} {s.name} = {s.text};" for s in made.statements]
    for part in parts:
        lines = [(f"{part.name}[{k}] = {made.outputs[entry]};", entry) for k, entry in enumerate(part.entries)]
        body += ["", *beside(lines, "//")]

    call = f"{name}({', '.join([pointer, *[part.name for part in parts]])})"
    arguments = [(pointer, counted_names(list(kernel.inputs))), *[(part.name, told_result(part)) for part in parts]]
    arrays = ", ".join([f"{part.name}[{max(prod(part.shape), 1)}]" for part in parts])
    count = len(kernel.inputs)
    sample = [
        "A call, which must be linked with the math library (-lm):", "",
        f"    double {pointer}[{max(count, 1)}] = {{{', '.join(['1.0'] * max(min(count, _SHOWN), 1))}}}, {arrays};",
        f"    {call};",
    ]  # fmt: skip
    signature = ", ".join([f"const double *restrict {pointer}", *[f"double *restrict {part.name}" for part in parts]])
    return page(
        commented(heading(kernel, call, arguments, *sample), "//"),
        ["#include <math.h>"],
        *[language.helpers[key].splitlines() for key in made.helpers],
        [f"void {name}({signature})", "{", *indented(body, 1), "}"],
    )
