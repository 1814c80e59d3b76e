"""What a command computed: frozen dataclasses, free of graphs, ready to be printed.

A result holds Python floats (or mpmath numbers, when digits were asked for) and labels.
`to_dict()` is exactly the JSON of the command; `grids()` is what the human formats draw.
One module each: `base` (what all share), `derivatives`, `symbolic`, `trace`, `check`,
`catalogue`. They are imported where they are used: start-up time counts.
"""
