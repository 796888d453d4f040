"""Remembers what functions of a text found: evaluators look at the same texts, and documents come back in row after row."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

Found = TypeVar("Found")


def remembered(
    short: int = 4096, long: int = 64, most_chars: int = 2000
) -> Callable[[Callable[[str], Found]], Callable[[str], Found]]:
    """Decorates a pure function of one text. short, long: how many texts up to and beyond `most_chars` are kept.

    Two memories, so that a few long documents neither fill the process nor push out thousands of short ones.
    """

    def decorate(function: Callable[[str], Found]) -> Callable[[str], Found]:
        of_short, of_long = lru_cache(short)(function), lru_cache(long)(function)

        @wraps(function)
        def remember(text: str) -> Found:
            return of_short(text) if len(text) <= most_chars else of_long(text)

        return remember

    return decorate
