"""Personal data that has a form: with its checksum where there is one, else with the words that stand around it."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from ipaddress import ip_address

import phonenumbers

from nervure.evaluate.text.facts import Taken
from nervure.evaluate.text.people import find_people
from nervure.evaluate.text.streets import find_streets

MOST_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True)
class Found:
    """kind: in the names Presidio made common. sure: how sure, in (0, 1]."""

    kind: str
    start: int
    end: int
    sure: float


_EMAIL = re.compile(r"(?<![\w.+-])[\w.+'-]{1,64}@(?:[\w-]{1,63}\.){1,6}[a-z]{2,24}\b", re.IGNORECASE)
_URL = re.compile(r"\b(?:https?://|www\.)[^\s<>\"')\]]{3,}", re.IGNORECASE)
_DIGITS = re.compile(r"(?<![\w.-])(?:\d[ -]?){12,18}\d(?![\w-])")
_SSN = re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])")
_BARE_SSN = re.compile(r"(?<!\d)\d{9}(?!\d)")
_IBAN = re.compile(r"\b[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,3})?\b", re.IGNORECASE)
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)")
_IPV6 = re.compile(r"(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE)
_PHONE = re.compile(
    r"(?<![\w./:-])(?<!\d,)(?:\+|00)?\(?\d(?:[\d ().\-/]{4,22})\d(?:\s?(?:x|ext\.?|#)\s?\d{1,6})?(?![\w]|[.,]\d|-\d)",
    re.IGNORECASE,
)
_PHONE_SHAPE = re.compile(
    r"\+\d|\(\d{2,4}\)|\b\d{3}[-. ]\d{3}[-. ]\d{4}\b|\d\s?x\d{2,6}$|^0\d{1,4}[ \-/]\d|^\d{3}[- ]\d{4}$|^\d{3} \d{3} \d{3,4}$|^\d{2,3}(?: \d{2,3}){2,4}$|^\d{3}-\d{3}-\d{3,4}",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(?:\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2})?)?|\d{1,2}[/.]\d{1,2}[/.](?:19|20)?\d{2}|\d{1,2}(?:st|nd|rd|th)? (?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\.?,? \d{4}"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.IGNORECASE,
)
_LICENCE = re.compile(r"\b(?=[a-z]*\d)[a-z]{0,2}\d{6,13}[a-z]?\b", re.IGNORECASE)
_PASSPORT = re.compile(r"\b(?=[a-z]*\d)[a-z]{0,2}\d{6,9}\b", re.IGNORECASE)
_DIGIT = re.compile(r"\d")


def near(text: str, span: tuple[int, int], cue: str, before: int = 45, after: int = 25) -> bool:
    """Whether the cue, a pattern in lower case, stands shortly before or after."""
    start, end = span
    around = text[max(0, start - before) : start] + " | " + text[end : end + after]
    return re.search(cue, around.lower()) is not None


def find_personal(text: str, kinds: Collection[str] = ()) -> list[Found]:
    """All findings in order, none inside another. kinds: only these; empty for all."""
    text = text[:MOST_CHARACTERS]
    taken = Taken(len(text))
    found = [one for finder in _FINDERS for one in finder(text) if taken.take(one.start, one.end)]
    return sorted((one for one in found if not kinds or one.kind in kinds), key=lambda one: one.start)


def luhn(digits: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def iban_holds(iban: str) -> bool:
    """The check digits of an IBAN (ISO 13616): mod 97 is 1."""
    plain = iban.replace(" ", "").upper()
    return (
        15 <= len(plain) <= 34
        and int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1
    )


def _emails(text: str) -> list[Found]:
    return (
        [Found("EMAIL_ADDRESS", match.start(), match.end(), 1.0) for match in _EMAIL.finditer(text)]
        if "@" in text
        else []
    )


def _urls(text: str) -> list[Found]:
    return [
        Found("URL", match.start(), match.start() + len(match.group().rstrip(".,;:!?")), 0.9)
        for match in _URL.finditer(text)
    ]


def _cards(text: str) -> list[Found]:
    found = []
    for match in _DIGITS.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        cued = near(text, match.span(), r"\b(?:card|cc|credit|debit|visa|mastercard|amex|payment)\b")
        if digits[0] in "23456" and luhn(digits) and (cued or len(digits) >= 15):
            found.append(Found("CREDIT_CARD", match.start(), match.end(), 1.0))
        elif cued and len(digits) >= 13:
            found.append(Found("CREDIT_CARD", match.start(), match.end(), 0.6))
    return found


def _ibans(text: str) -> list[Found]:
    found = []
    for match in _IBAN.finditer(text):
        if iban_holds(match.group()):
            found.append(Found("IBAN_CODE", match.start(), match.end(), 1.0))
        elif near(text, match.span(), r"\biban\b|bank account|wire transfer"):
            found.append(Found("IBAN_CODE", match.start(), match.end(), 0.7))
    return found


def _ssns(text: str) -> list[Found]:
    found = [Found("US_SSN", match.start(), match.end(), 0.9) for match in _SSN.finditer(text)]
    cue = r"\bssn\b|social security|taxpayer"
    return found + [
        Found("US_SSN", match.start(), match.end(), 0.8)
        for match in _BARE_SSN.finditer(text)
        if near(text, match.span(), cue)
    ]


def _addresses_ip(text: str) -> list[Found]:
    found = []
    for match in [*_IPV4.finditer(text), *(_IPV6.finditer(text) if text.count(":") > 3 or "::" in text else ())]:
        try:
            ip_address(match.group())
        except ValueError:
            continue
        # 1.2.3.4 in "version 1.2.3.4" is a version, and :: alone is code.
        if len(match.group()) > 4 and not near(text, match.span(), r"\bversion|\bv$", 10, 0):
            found.append(Found("IP_ADDRESS", match.start(), match.end(), 0.95))
    return found


def _dates(text: str) -> list[Found]:
    if not _DIGIT.search(text) and "day" not in text.lower():
        return []
    cue = r"birth|\bborn\b|\bdob\b|\bb-?day\b|geboren|naissance|nacimiento"
    return [
        Found(
            "DATE_OF_BIRTH" if near(text, match.span(), cue, 40, 12) else "DATE_TIME", match.start(), match.end(), 0.8
        )
        for match in _DATE.finditer(text)
    ]


# Kind, pattern, what must stand before it, and pieces of which any such cue holds one.
_NUMBERED = (
    ("US_DRIVER_LICENSE", _LICENCE, r"driver'?s?'?s? licen[cs]e|driving licen[cs]e|\bdl (?:no|number)", ("licen", "dl n")),
    ("PASSPORT", _PASSPORT, r"passport", ("passport",)),
    (
        "MEDICAL_RECORD", _PASSPORT, r"medical record|\bmrn\b|patient (?:id|number)|health insurance (?:no|number)",
        ("medical record", "mrn", "patient ", "health insurance "),
    ),
    (
        "BANK_ACCOUNT", _PASSPORT, r"account (?:no|number|#)|routing (?:no|number)|sort code",
        ("account ", "routing ", "sort code"),
    ),
)  # fmt: skip


def _numbered(text: str) -> list[Found]:
    found, low = [], text.lower()
    for kind, pattern, cue, signs in _NUMBERED:
        if any(sign in low for sign in signs) and re.search(cue, text, re.IGNORECASE):
            found += [
                Found(kind, m.start(), m.end(), 0.8) for m in pattern.finditer(text) if near(text, m.span(), cue, 40, 0)
            ]
    return found


_CUE_PHONE = r"\b(?:phone|tel(?:ephone)?|mobile|cell(?:ular|phone)?|call(?:ing|ed)?|fax|sms|text(?: me)?|whatsapp|office|hotline|contact|dial|ring|reach|number is|my number|answering at|home|work)\b"


def _phones(text: str) -> list[Found]:
    found = []
    for match in _PHONE.finditer(text):
        shown = match.group().rstrip(" ().-/")
        digits = re.sub(r"\D", "", re.split(r"x|ext|#", shown, flags=re.IGNORECASE)[0])
        if not 7 <= len(digits) <= 15 or "\n" in shown or re.search(r"[./]{2}|\d\.\d\d?$", shown):
            continue
        end = match.start() + len(shown)
        cued = near(text, (match.start(), end), _CUE_PHONE, 35, 12)
        if _valid_phone(shown) or (cued and (len(digits) != len(shown) or len(digits) >= 8)):
            found.append(Found("PHONE_NUMBER", match.start(), end, 0.9 if cued else 0.7))
        elif _PHONE_SHAPE.search(shown) and len(digits) != len(shown):
            found.append(Found("PHONE_NUMBER", match.start(), end, 0.6))
    return found


def _valid_phone(shown: str) -> bool:
    # A bare run of digits is valid somewhere in the world; only written like a telephone number it is one.
    if not re.search(r"[ ().+-]", shown):
        return False
    for region in ("US", "GB", "DE", "FR") if not shown.startswith("+") else (None,):
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(shown, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


def _streets(text: str) -> list[Found]:
    return [Found("ADDRESS", start, end, sure) for start, end, sure in find_streets(text)]


def _people(text: str) -> list[Found]:
    return [Found("PERSON", start, end, sure) for start, end, sure in find_people(text)]


_FINDERS: tuple[Callable[[str], list[Found]], ...] = (
    _emails, _urls, _ibans, _cards, _ssns, _addresses_ip, _dates, _numbered, _streets, _phones, _people,
)  # fmt: skip
