"""Homework: traces as sheets to be filled in, and how a filled one is graded."""
