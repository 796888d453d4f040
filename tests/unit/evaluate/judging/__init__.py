"""Judges against a fake endpoint: real HTTP on loopback."""
