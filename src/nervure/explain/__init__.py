"""Where a change sits, what else changed, which cause explains it."""

from nervure.explain.localise_table import localise

__all__ = ["localise"]
