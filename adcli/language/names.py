"""Names that mean something: the constants, and functions that other systems call otherwise."""

CONSTANTS = {"pi": "pi", "π": "pi", "e": "e", "tau": "tau", "inf": "inf"}
"""Names that mean a constant until something binds them: name in the text to name in the graph."""

ELSEWHERE = {
    "pow": "write x^y",
    "power": "write x^y",
    "sqr": "did you mean 'square' or 'sqrt'?",
    "root": "did you mean 'sqrt' or 'cbrt'?",
    "mod": "write x - y*floor(x/y)",
    "fmod": "write x - y*floor(x/y)",
    "if": "did you mean 'where'?",
    "tg": "did you mean 'tan'?",
    "ctg": "did you mean 'cot'?",
    "cosec": "did you mean 'csc'?",
    "sh": "did you mean 'sinh'?",
    "ch": "did you mean 'cosh'?",
    "th": "did you mean 'tanh'?",
    "lg": "did you mean 'log10' or 'log2'?",
    "lb": "did you mean 'log2'?",
    "sgn": "did you mean 'sign'?",
    "signum": "did you mean 'sign'?",
    "fabs": "did you mean 'abs'?",
    "ceiling": "did you mean 'ceil'?",
    "heaviside": "write where(x < 0, 0, 1)",
    "diff": "'adcli diff' gives derivatives",
    "sum": "this version has no sums over an index",
    "prod": "this version has no products over an index",
}
"""Functions under the names that other systems, or other languages, give them."""
