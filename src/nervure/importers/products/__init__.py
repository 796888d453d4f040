"""One file per product that can be moved from. The folder is the registry."""
