"""A user's own evaluators: Python files of a folder, entry points and expressions, each in a bounded process of its own."""
