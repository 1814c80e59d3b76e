"""How exact the primitive table is in doubles, measured against ball arithmetic: `python -m tests.accuracy`."""
