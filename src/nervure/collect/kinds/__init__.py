"""One file per way of pulling, each ending in COLLECTOR."""
