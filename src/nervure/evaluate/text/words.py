"""Words of a text with their places, stems and weight."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

from nervure.evaluate.text.memory import remembered

# A word: letters with inner apostrophe or hyphen kept apart, numbers with their separators, or a single CJK character.
WORD = re.compile(r"\d+(?:[.,:]\d+)*|[぀-ヿ㐀-鿿가-힯]|[^\W\d_]+(?:['’][^\W\d_]+)?")
FUNCTION_WORDS = frozenset(
    """a about above after again all also am an and any are as at be because been before being below between both but
    by can could did do does doing down during each few for from further had has have having he her here hers
    him his how i if in into is it its itself just me more most my of off on once only or other our ours out
    over own same she should so some such than that the their theirs them then there these they this those
    through to too under until up very was we were what when where which while who whom why will with would you
    your yours yourself s t d ll m re ve may might must shall upon via etc oh well yes yeah ok okay really quite
    n't""".split()  # noqa: SIM905
)
_stemmer = snowballstemmer.stemmer("english")


@dataclass(frozen=True, slots=True)
class Words:
    """Parallel sequences: lower-case words, their stems, and where each begins and ends in the text."""

    lower: tuple[str, ...]
    stems: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.lower)


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The English stem; a word of other letters is its own stem."""
    if not word.isascii() or not word.isalpha():
        return word.replace("’", "'").removesuffix("'s")
    return str(_stemmer.stemWord(word))


@remembered()
def words(text: str) -> Words:
    """All words in order. Remembered for the last texts, because documents repeat from row to row."""
    lower, starts, ends = [], [], []
    for match in WORD.finditer(text):
        lower.append(match.group().lower())
        starts.append(match.start())
        ends.append(match.end())
    return Words(tuple(lower), tuple(stem(word) for word in lower), tuple(starts), tuple(ends))


def is_content(word: str) -> bool:
    """Whether a lower-case word says something by itself."""
    return word not in FUNCTION_WORDS and (len(word) > 1 or word.isdigit() or not word.isascii())


def content_stems(text: str) -> list[str]:
    """Stems of the words that say something, in order."""
    found = words(text)
    return [stemmed for word, stemmed in zip(found.lower, found.stems, strict=True) if is_content(word)]


def grams(items: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """All runs of `size` neighbours."""
    return [tuple(items[index : index + size]) for index in range(len(items) - size + 1)]
