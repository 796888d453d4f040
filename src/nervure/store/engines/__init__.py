"""The embedded engine and the cluster."""
