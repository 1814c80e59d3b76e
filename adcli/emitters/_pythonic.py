"""What Python and NumPy write in the same way, and the words that no name may be in either."""

import builtins
import keyword

from ._language import ARITHMETIC, COMPARISON, COMPARISONS, Form

FORMS = {
    **ARITHMETIC,
    **COMPARISONS,
    "eq": Form(COMPARISON, "{0:5} == {1:5}"),
    "ne": Form(COMPARISON, "{0:5} != {1:5}"),
}

RESERVED = frozenset((*keyword.kwlist, *dir(builtins), "math", "np", "shape"))
