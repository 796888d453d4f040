"""Constructs everything, decides nothing."""
