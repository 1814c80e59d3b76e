"""Derivatives at the points of a file, as many as it has: blocks of rows in, blocks of rows out.

Readers turn a file into blocks of columns (`readers`), engines compute with them, and writers put
the rows of results where they belong (`writers`). Whatever the size of the file, a few blocks are
in memory at a time.
"""
