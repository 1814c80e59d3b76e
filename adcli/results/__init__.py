"""What a command computed: frozen dataclasses, free of graphs, ready to be printed.

A result holds Python floats (or mpmath numbers, when digits were asked for) and labels.
`to_dict()` is exactly the JSON of the command; `grids()` is what the human formats draw.
One module each, imported where it is used: start-up time counts. `base` and `derivative` hold
what they share.
"""
