"""Nervure: the nervous system of an organisation's AI in production."""

__version__ = "0.1.0"
