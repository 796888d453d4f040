"""Where sentences begin and end."""

import re
from dataclasses import dataclass

from nervure.evaluate.text.memory import remembered

# Ends of sentences, also of languages that write no space after them; a line that ends counts too.
_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？])|\s*\n+\s*")
# The same for a line in ASCII, many times as fast; it begins with the stop.
_STOP = re.compile(r"[.!?][\"')\]]*\s+")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:mr|mrs|ms|dr|prof|sr|jr|st|vs|etc|e\.g|i\.e|cf|al|fig|no|nos|vol|pp|approx|dept|est|inc|ltd|co|corp"
    r"|u\.s|u\.k|a\.m|p\.m|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|[a-z])\.$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    start: int
    end: int


@remembered()
def sentences(text: str) -> tuple[Sentence, ...]:
    """Sentences, list items and lines that hold at least one letter or digit."""
    found, start = [], 0
    if text.isascii() and "\n" not in text:
        cuts = [(match.start() + 1, match.end()) for match in _STOP.finditer(text)]
    else:
        cuts = [match.span() for match in _END.finditer(text)]
    for end, after in (*cuts, (len(text), len(text))):
        # "Dr. Smith", "Robin J. Hood": the stop belongs to the word, unless the line ends there.
        if "\n" not in text[end:after] and end < len(text) and _ABBREVIATION.search(text[max(start, end - 12) : end]):
            continue
        piece = text[start:end]
        if any(character.isalnum() for character in piece):
            lead = len(piece) - len(piece.lstrip())
            found.append(Sentence(piece.strip(), start + lead, start + len(piece.rstrip())))
        start = after
    return tuple(found)
