"""Fuzzing the command line: random command lines, and what must hold for every one of them.

`python -m tests.fuzz --count 10000000 --seed 1` runs as many as one likes; the test suite runs 10^5.
"""
