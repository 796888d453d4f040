"""One file per dialect, each ending in CONVENTION."""
