"""Words of a text with their places, stems and weight."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

from nervure.evaluate.text.memory import remembered

# A word: letters with inner apostrophe or hyphen kept apart, numbers with their separators, or a single CJK character.
WORD = re.compile(r"\d+(?:[.,:]\d+)*|[぀-ヿ㐀-鿿가-힯]|[^\W\d_]+(?:['’][^\W\d_]+)?")
# The same where all is ASCII, six times as fast.
_ASCII_WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?|[0-9]+(?:[.,:][0-9]+)*")
FUNCTION_WORDS = frozenset(
    """a about above after again all also am an and any are as at be because been before being below between both but
    by can could did do does doing down during each few for from further had has have having he her here hers
    him his how i if in into is it its itself just me more most my of off on once only or other our ours out
    over own same she should so some such than that the their theirs them then there these they this those
    through to too under until up very was we were what when where which while who whom why will with would you
    your yours yourself s t d ll m re ve may might must shall upon via etc oh well yes yeah ok okay really quite
    n't""".split()  # noqa: SIM905
)
_APOSTROPHE = re.compile("['’]")
_stemmer = snowballstemmer.stemmer("english")
MOST_KNOWN = 100_000


@dataclass(frozen=True, slots=True)
class Words:
    """Parallel sequences: lower-case words, their stems, and where each begins and ends in the text.

    content: places of the words that say something. bare: the different words, and the halves of those with an apostrophe.
    """

    lower: tuple[str, ...]
    stems: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    content: tuple[int, ...]
    bare: frozenset[str]

    def __len__(self) -> int:
        return len(self.lower)


@lru_cache(maxsize=10_000)
def stem(word: str) -> str:
    """The English stem; a word of other letters is its own stem."""
    if not word.isascii() or not word.isalpha():
        return word.replace("’", "'").removesuffix("'s")
    return str(_stemmer.stemWord(word))


@remembered()
def words(text: str) -> Words:
    """All words in order. Remembered for the last texts, because documents repeat from row to row."""
    spans = [match.span() for match in (_ASCII_WORD if text.isascii() else WORD).finditer(text)]
    lower = tuple([text[start:end].lower() for start, end in spans])
    stems, says = [], []
    for place, word in enumerate(lower):
        of_word = _known.get(word) or _learn(word)
        stems.append(of_word[0])
        if of_word[1]:
            says.append(place)
    bare = frozenset(lower)
    if "'" in text or "’" in text:
        bare |= {half for word in bare for half in _APOSTROPHE.split(word)}
    return Words(lower, tuple(stems), tuple([a for a, _ in spans]), tuple([b for _, b in spans]), tuple(says), bare)


# A word's stem, and whether it says something: looked up some hundred times an example.
_known: dict[str, tuple[str, bool]] = {}


def _learn(word: str) -> tuple[str, bool]:
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    found = _known[word] = (stem(word), is_content(word))
    return found


def is_content(word: str) -> bool:
    """Whether a lower-case word says something by itself."""
    return word not in FUNCTION_WORDS and (len(word) > 1 or word.isdigit() or not word.isascii())


def content_stems(text: str) -> list[str]:
    """Stems of the words that say something, in order."""
    found = words(text)
    return [found.stems[place] for place in found.content]


def grams(items: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """All runs of `size` neighbours."""
    return list(zip(*(items[index:] for index in range(size)), strict=False))
