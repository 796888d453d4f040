"""One file per protocol, each ending in WIRE."""
