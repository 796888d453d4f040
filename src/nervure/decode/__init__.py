"""Bytes to raw records. Pure: no clock, no network, no store."""
