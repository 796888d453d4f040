"""Pulls telemetry in from places that do not send it: metrics endpoints, object storage, files."""
