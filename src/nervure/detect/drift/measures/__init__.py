"""Measures of drift, a file each; the folder is the registry."""
