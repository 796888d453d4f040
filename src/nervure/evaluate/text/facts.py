"""Numbers, dates and names in a text: what a false answer most often gets wrong, and what can be compared exactly."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nervure.evaluate.text.memory import remembered
from nervure.evaluate.text.words import words

_UNITS = {
    word: number
    for number, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty""".split()  # noqa: SIM905
    )
}
_TENS = {
    word: 10 * (2 + index)
    for index, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"])
}
_ORDINALS = {
    word: 1 + index
    for index, word in enumerate(
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
    )
}
_WORDS = {**_UNITS, **_TENS, "dozen": 12, "half": 0.5, "once": 1, "twice": 2}
_SCALES = {
    "hundred": 1e2,
    "thousand": 1e3,
    "k": 1e3,
    "million": 1e6,
    "mn": 1e6,
    "m": 1e6,
    "billion": 1e9,
    "bn": 1e9,
    "b": 1e9,
    "trillion": 1e12,
    "tn": 1e12,
}
_NUMBER = re.compile(
    r"(?<![\w.,])(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?:st|nd|rd|th)?(?P<scale>\s?(?:hundred|thousand|million|billion|trillion|bn|mn|tn|[kmb])\b)?"
    r"(?P<percent>\s?(?:%|percent\b|per cent\b))?",
    re.IGNORECASE,
)
_WORD_NUMBER = re.compile(
    r"\b(" + "|".join(sorted((*_WORDS, *_ORDINALS), key=len, reverse=True)) + r")\b(?:[ -]("
    + "|".join(_UNITS) + r")\b)?(?:\s(hundred|thousand|million|billion|trillion)\b)?",
    re.IGNORECASE,
)  # fmt: skip
_MONTHS = {
    name: index % 12 + 1
    for index, name in enumerate(
        """january february march april may june july august september october november december jan feb mar apr may jun
    jul aug sep oct nov dec""".split()  # noqa: SIM905
    )
} | {"sept": 9}
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
# Each with whether a month's name belongs to it, and whether it begins with that.
_DATES = (
    (re.compile(r"\b(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})\b"), False, False),
    (
        re.compile(
            rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<name>{_MONTH})(?:,?\s+(?P<y>\d{{4}}))?", re.IGNORECASE
        ),
        True,
        False,
    ),
    (
        re.compile(
            rf"\b(?P<name>{_MONTH})\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,?\s+(?P<y>\d{{4}}))?", re.IGNORECASE
        ),
        True,
        True,
    ),
    (re.compile(rf"\b(?P<name>{_MONTH})\s+(?P<y>\d{{4}})\b", re.IGNORECASE), True, True),
    (re.compile(r"\b(?P<y>(?:1[5-9]|20)\d{2})\b(?![,.]\d|\s?%)"), False, False),
)
_DIGITS = re.compile(r"\d+")
_APOSTROPHE = re.compile("['’]")
_NUMBER_WORDS, _MONTH_WORDS = frozenset((*_WORDS, *_ORDINALS)), frozenset(_MONTHS)
_NAME = re.compile(r"\b(?:[A-ZÀ-Ý][\w’'.&-]*[\w])(?:\s+(?:of|de|van|von|the|der|la|al|bin)?\s*[A-ZÀ-Ý][\w’'.&-]*[\w])*")
_NOT_NAMES = frozenset(
    """the a an this that these those it he she they we you i my our your his her their its in on at by for from to of
    and or but if when while as after before during since until although though however therefore thus also
    there here what which who whom whose why how where is are was were be been do does did can could will would
    should may might must yes no not so then than both each some many most all any such other another please
    sorry thanks thank let note i'm i've i'd i'll it's that's there's he's she's we're you're they're don't
    can't won't""".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Fact:
    """key: its comparable form, equal for different ways of writing the same; kind: number, date or name."""

    kind: str
    key: str
    text: str
    start: int
    end: int


class Taken:
    """Which characters of a text have been claimed."""

    def __init__(self, length: int) -> None:
        self._mask = bytearray(length)

    def take(self, start: int, end: int) -> bool:
        """Claim a range; False, and nothing claimed, when part of it was."""
        if any(self._mask[start:end]):
            return False
        self._mask[start:end] = b"\x01" * (end - start)
        return True


def _at(pattern: re.Pattern[str], text: str, places: Iterable[int]) -> Iterator[re.Match[str]]:
    """As `finditer`, for a pattern that can match nowhere but at these places, in order: trying only there is much faster."""
    end = 0
    for place in places:
        if place >= end and (match := pattern.match(text, place)):
            end = match.end()
            yield match


def _words_at(text: str, known: frozenset[str]) -> list[int]:
    """Where words stand that are known, or the half of which before or after an apostrophe is."""
    # To the patterns, which overlook case, a long s is an s.
    said = words(text.replace("ſ", "s"))
    if known.isdisjoint(said.bare):
        return []
    places = []
    for word, start in zip(said.lower, said.starts, strict=True):
        half = _APOSTROPHE.search(word)
        if half is None:
            places += [start] if word in known else []
        else:
            places += [start + at for at in (0, half.end()) if _APOSTROPHE.split(word[at:])[0] in known]
    return places


@remembered()
def numbers(text: str) -> tuple[Fact, ...]:
    """Numbers in digits and words, in one form: `1,200`, `1.2k` and `1200` are one; a percentage is its own thing."""
    found = []
    for match in _at(_NUMBER, text, (run.start() for run in _DIGITS.finditer(text))):
        value = float(match["digits"].replace(",", ""))
        value *= _SCALES.get((match["scale"] or "").strip().lower(), 1)
        found.append(
            Fact(
                "number",
                f"{value:.10g}{'%' if match['percent'] else ''}",
                match.group().strip(),
                match.start(),
                match.end(),
            )
        )
    for match in _at(_WORD_NUMBER, text, _words_at(text, _NUMBER_WORDS)):
        first, unit, scale = (group.lower() if group else "" for group in match.groups())
        # "one", "second" and "first" are rarely quantities when they stand alone.
        if first in ("one", "once", "second", "first", "zero") and not (unit or scale):
            continue
        value = _WORDS.get(first, _ORDINALS.get(first, 0)) + (_UNITS.get(unit, 0) if first in _TENS else 0)
        found.append(Fact("number", f"{value * _SCALES.get(scale, 1):.10g}", match.group(), match.start(), match.end()))
    return tuple(sorted(found, key=lambda fact: fact.start))


@remembered()
def dates(text: str) -> tuple[Fact, ...]:
    """Dates as `year-month-day` with `*` for what is not said; the longest reading at each place."""
    found: list[Fact] = []
    digits = [run.start() for run in _DIGITS.finditer(text)]
    if not digits:
        return ()
    months = _words_at(text, _MONTH_WORDS)
    taken = Taken(len(text))
    for pattern, is_of_month, begins_with_month in _DATES:
        if is_of_month and not months:
            continue
        for match in _at(pattern, text, months if begins_with_month else digits):
            if not taken.take(*match.span()):
                continue
            parts = match.groupdict()
            month = parts.get("m") or (_MONTHS[parts["name"].lower().rstrip(".")] if parts.get("name") else None)
            key = "-".join(str(int(part)) if part else "*" for part in (parts.get("y"), month, parts.get("d")))
            found.append(Fact("date", key, match.group(), match.start(), match.end()))
    return tuple(sorted(found, key=lambda fact: fact.start))


def date_agrees(one: str, other: str) -> bool:
    """Whether two keys of `dates` can mean the same day: each part equal or not said."""
    return all(a == b or "*" in (a, b) for a, b in zip(one.split("-"), other.split("-"), strict=True)) and any(
        a == b != "*" for a, b in zip(one.split("-"), other.split("-"), strict=True)
    )


@remembered()
def names(text: str) -> tuple[Fact, ...]:
    """Capitalised runs that are not merely the first word of a sentence. Blind in text without capitals."""
    found = []
    for match in _NAME.finditer(text):
        tokens, start = match.group().split(), match.start()
        while tokens and tokens[0].lower().strip(".") in _NOT_NAMES:
            skipped = tokens.pop(0)
            start = text.index(tokens[0], start + len(skipped)) if tokens else start
        if not tokens or not any(character.isalpha() for character in tokens[0]):
            continue
        before = text[max(0, start - 8) : start].rstrip()
        opens = not before or before[-1] in '.!?:"“*•-' or "\n" in text[max(0, start - 2) : start]
        known = len(tokens) > 1 or tokens[0].isupper() or any(character.isupper() for character in tokens[0][1:])
        # One capitalised word that opens a sentence says nothing.
        if opens and not known:
            continue
        shown = text[start : match.end()]
        found.append(Fact("name", " ".join(shown.lower().replace(".", "").split()), shown, start, match.end()))
    return tuple(found)
