"""Drift: whether two samples of the same thing differ, by how much, and in what.

A verdict needs evidence (a test that keeps its level, whatever the number of columns and the order of rows) and an effect
that matters (its interval reaches beyond the tolerance). `compare.drift` is the door.
"""
