"""A file per noun."""
