"""Where a change sits, what else changed, which cause explains it."""
