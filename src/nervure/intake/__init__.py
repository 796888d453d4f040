"""Batches and writes: acknowledged means in the store and queryable."""
