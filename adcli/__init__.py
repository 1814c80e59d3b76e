"""adcli: a derivative calculator and checker.

>>> import adcli
>>> f = adcli.parse("x1*x2+sin(x1), exp(x1-x2)")
>>> f.variables, f.outputs
(['x1', 'x2'], ['y1', 'y2'])
>>> f.jacobian(x1=1, x2=2).jacobian
[[2.5403023058681398, 1.0], [0.36787944117144233, -0.36787944117144233]]
"""

TYPE_CHECKING = False  # typing takes 10 ms to import, in which a Ctrl-C would end with a traceback
if TYPE_CHECKING:
    from typing import Any

    from .errors import AdcliError
    from .products import Function

__all__ = ["AdcliError", "Function", "__version__", "parse"]

__version__ = "0.5.0"


def parse(text: str, **options: "Any") -> "Function":
    """Read a program of the language; see `adcli.products.Function` for the options."""
    from .products import Function

    return Function(text, **options)


def __getattr__(name: str) -> "Any":
    if name == "Function":
        from .products import Function

        return Function
    if name == "AdcliError":
        from .errors import AdcliError

        return AdcliError
    raise AttributeError(f"module 'adcli' has no attribute {name!r}")
