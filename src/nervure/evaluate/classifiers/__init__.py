"""Stronger judges of a text on this machine, where the user has installed a model for them."""
