"""Protocols of model servers, one file each."""
