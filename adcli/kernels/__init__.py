"""Straight-line code for one product of one program: what engines run over many points and `codegen` prints.

A kernel is a graph of machine instructions (see `machine`), made once by the same sweeps that
differentiate at one point. Nothing in it depends on the numbers of a point; where a rule would look
at a value, both cases are computed, and an instruction chooses.
"""

from .kernel import PRODUCTS, Kernel, kernel

__all__ = ["PRODUCTS", "Kernel", "kernel"]
