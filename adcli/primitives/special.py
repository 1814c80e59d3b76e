"""Rows: special functions, which libraries compute and DLMF describes.

A row names the function in mpmath and in python-flint (see `Library`), and gives the partial
derivatives in terms of other rows. The sections of the Digital Library of Mathematical
Functions (DLMF, https://dlmf.nist.gov) are given with each.
"""

from .rows import Domain, Library, Primitive, Refusal

# fmt: off
ROWS: tuple[Primitive, ...] = (
    # error functions: DLMF 7
    Primitive("erf", 1, Library("erf", "erf", limit=lambda m, x: m.sign(x)),
              (lambda m, y, x: m.div(2, m.sqrt(m.number("pi"))) * m.exp(-x * x),), about="the error function"),
    # Bessel functions: DLMF 10
    Primitive("besselj", 2,
              Library("besselj", lambda n, x: x.bessel_j(n), limit=lambda m, n, x: m.number(0)),
              (Refusal("besselj has no derivative by its order"),
               lambda m, y, n, x: m.div(m.besselj(n - 1, x) - m.besselj(n + 1, x), 2)),
              Domain("x > 0, or a whole order", lambda m, n, x: not x < 0 or m.floor(n) == n),
              sample=((2.0, 2.0), (0.1, 9.0)), parameters=("n", "x"), about="J_n(x), the Bessel function of order n"),
)
# fmt: on
