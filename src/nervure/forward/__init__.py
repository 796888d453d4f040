"""Passes received telemetry on to further OTLP backends: after it is stored, from disk, beside the intake."""
