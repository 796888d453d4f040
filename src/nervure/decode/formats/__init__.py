"""Formats shared by protocols."""
