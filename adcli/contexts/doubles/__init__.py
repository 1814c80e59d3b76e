"""Functions and derivatives in doubles to a few ulp, where C's library or the plain formula loses digits.

Factors are multiplied as mantissas and exponents, so that nothing but the result can leave the range of
doubles. A difference or a product is kept with its rounding error. Exponentials that fall replace what cancels,
or squares a rounding. And where a cheap test of the result says that digits are lost, as beside the zeros of a
wave, mpmath computes it to 30 digits, and it is rounded once. `python -m tests.accuracy` measures all that.
"""
