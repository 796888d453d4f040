"""Asks: the one Query, the filter language, lists, traces and search."""
