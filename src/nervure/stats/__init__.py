"""Shared mathematics: pure functions over numbers, each naming the source of its formula."""
