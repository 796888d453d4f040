"""Causes, a file each."""
