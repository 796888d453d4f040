"""Constructs everything, owns start and stop, decides nothing."""

from nervure.serve.run import run

__all__ = ["run"]
