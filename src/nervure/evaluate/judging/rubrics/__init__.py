"""Rubrics, one file each: the questions judges are asked."""
