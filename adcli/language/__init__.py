"""Text to graph: the language of adcli.

`grammar` keeps the tables that `parser` runs, `reader` turns text into postfix code, `explain`
says what is wrong with it, `elaborate` runs the code into a graph, `points` reads points and
directions, `canonical` writes a program back.
"""

from .elaborate import Let, Program, parse
from .points import PointText, read_point

__all__ = ["Let", "PointText", "Program", "parse", "read_point"]
