"""NumPy: arrays of any shape, with a point at every place of them."""

import math

from ..kernels import Kernel
from ._language import ATOM, POWER, Form, Language, calls, helped
from ._names import Names
from ._page import checked_name, commented, heading, indented, page, parameters, told, told_result
from ._pythonic import FORMS, RESERVED
from ._results import results_of
from ._statements import statements

_OF_ONE = (
    "abs", "sign", "floor", "ceil", "sqrt", "cbrt", "exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "sin",
    "cos", "tan", "sinh", "cosh", "tanh",
)  # fmt: skip
_INVERSE = ("sin", "cos", "tan", "sinh", "cosh", "tanh")

_HELPERS = {
    name: f"""\
def _{name}(x, y):  # NaN if an argument is, and the first of equal ones
    return np.where((y {sign} x) | (y != y), y, x)
"""
    for name, sign in (("max", ">"), ("min", "<"))
}

_COMPARISON, _OR, _AND = 0, 1, 2  # in Python, | and & bind more tightly than comparisons do
_FORMS = {
    **{name: form._replace(precedence=_COMPARISON) if "=" in form.template or name in ("lt", "gt") else form
       for name, form in FORMS.items()},
    "or_": Form(_OR, "{0:1!2} | {1:3}"),
    "and_": Form(_AND, "{0:2} & {1:3}"),
    "not_": Form(ATOM, "np.logical_not({0:0})"),  # ~ of a plain True would be -2
    "pow": Form(POWER, "{0:9}**{1:7}"),
    **calls(1, {name: f"np.{name}" for name in _OF_ONE}),
    **calls(1, {f"a{name}": f"np.arc{name}" for name in _INVERSE}),
    **calls(1, {"round": "np.rint"}),
    **calls(2, {"mod": "np.mod", "atan2": "np.arctan2", "hypot": "np.hypot"}),
    **calls(3, {"where": "np.where"}),
    **helped(2, {"max": "_max", "min": "_min"}),
}  # fmt: skip

LANGUAGE = Language("NumPy", _FORMS, _HELPERS, "np.inf", "np.nan", {math.pi: "np.pi", math.e: "np.e"}, RESERVED)


def render(kernel: Kernel, name: str) -> str:
    """A function of NumPy; arguments broadcast, and the axes of results come before theirs."""
    checked_name(name, LANGUAGE)
    parts = results_of(kernel)
    names = Names([*LANGUAGE.reserved, *[part.name for part in parts], name])
    arguments, inputs = parameters(kernel, names, ", ")
    made = statements(kernel, LANGUAGE, inputs, names)
    call = f"{name}({', '.join([each.name for each in arguments])})"
    words = [(each.name, told(each)) for each in arguments] + [(part.name, told_result(part)) for part in parts]
    remark = "Numbers may be arrays, which broadcast; their axes come after those of the function's own arrays."
    sizes = ", ".join([f"{each.name}.shape{f'[{len(each.shape)}:]' if each.shape else ''}" for each in arguments])
    body = [f"{each.name} = np.asarray({each.name}, dtype=float)" for each in arguments]
    body += [f"shape = np.broadcast_shapes({sizes})"]
    body += [f"{part.name} = np.zeros(({', '.join([str(n) for n in part.shape])}, *shape))" for part in parts]
    work = [f"{s.name} = {s.text}" for s in made.statements]
    for part in parts:
        for k, entry in enumerate(part.entries):
            place = str(k) if len(part.shape) == 1 else ", ".join([str(i) for i in divmod(k, part.shape[1])])
            if made.outputs[entry] != "0.0":
                work.append(f"{part.name}[{place}] = {made.outputs[entry]}")
    if work:
        body += ['with np.errstate(all="ignore"):', *indented(work, 1)]
    body += [f"return {', '.join([part.name for part in parts])}"]
    head = page(commented(heading(kernel, call, words, remark), "#"), ["import numpy as np"])
    helpers = [_HELPERS[key].splitlines() for key in made.helpers]
    return page([head], *helpers, [f"def {call}:", *indented(body, 1)], apart=2)
