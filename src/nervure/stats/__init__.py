"""Shared mathematics: pure functions over numbers, each naming the source of its formula.

Modules import `scipy` and name its parts where they use them: parts load then, and a server starts a second sooner.
"""
