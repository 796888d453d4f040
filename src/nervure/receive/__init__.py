"""Doors for telemetry: accept bytes, answer."""
