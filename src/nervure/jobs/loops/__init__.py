"""A file per loop."""
