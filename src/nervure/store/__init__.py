"""Keeps telemetry: one SQL dialect, one client, two layouts (embedded engine, cluster)."""
