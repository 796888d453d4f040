"""Nouns: one dataclass each. Verbs live in the layers above."""
