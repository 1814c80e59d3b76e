"""Straight-line code: instructions of a machine, in a graph of their own.

`lowering` is the context in which sweeps write them, `predicates` turns tests of values into conditions,
and `vectors` runs instructions over arrays.
"""
