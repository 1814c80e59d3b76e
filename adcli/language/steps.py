"""Steps of three-address code, which bodies of comprehensions are linked into.

A step is its kind, what it does, its operands, the register `to` that it sets, and a place in the text:
(kind, what, a, b, to, start, end). It reads the registers `a` and `b`, or those that the tuple `a` lists.
"""

from typing import Any

NODE2 = 0  # to = what((a, b)), a node of nodes
ENTRY = 1  # to = what[a], a node of an array
WHOLE2 = 2  # to = what(a, b), a whole number
NODE = 3  # to = what(a), a node of any number of nodes
CELL = 4  # to = the entry of the array `what` at the indices a
WHOLE = 5  # to = what(*a), a whole number
CONSTANT = 6  # to = the node of the whole number a
VALUE = 7  # to = the whole number that the node a is
GUARD = 8  # the turn is left if a is false
VARIES = 9  # the node a is no known number: nothing is folded
PLAIN = 10  # the node a is a number, and no condition

Step = tuple[int, Any, Any, int, int, int, int]
