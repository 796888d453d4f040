"""Postal addresses as they are written in many countries: streets, post boxes, postcodes, and the lines around them."""

import re
from collections.abc import Iterator
from functools import cache

# Compiled when first used: a server that starts has no use for them yet.
_compiled = cache(re.compile)
_CAPITAL = "A-ZÀ-ÖØ-ÞČĆĎĐĚĞİŁŃŇŐŘŚŞŠŤŮŰŹŻŽΆΈ-ΫА-Я"
_NUMBER = r"\d{1,5}[a-z]?(?:[-/]\d{1,4}[a-z]?)?"
# Countries that write the number first, and those whose streets begin with the word for one.
_FORMS = (
    rf"{_NUMBER},?\s+(?:[NSEW]\.?\s+)?(?:(?-i:[{_CAPITAL}0-9])[\w.'’-]*\s+){{1,4}}(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|place|pl|square|sq|terrace|way|close|crescent|parkway|pkwy|highway|hwy|circle|cir|row|alley|gardens|grove|hill|mews|plaza|trail)\b\.?(?:,? (?:suite|apt\.?|unit|floor|#) ?\w+)?"
    r"|(?:p\.?\s?o\.?\s?box|postfach|postbus|postboks|bo(?:î|i)te postale|apartado(?: de correos)?|casella postale|caixa postal|suite|apt\.?|apartment|appartement|unit|flat)[ ]+\d+\w?\b"
    rf"|{_NUMBER},?\s+(?:rue|via|viale|piazza|calle|avenida|av\.|rua|travessa|quai|ulica|ul\.|paseo|carrer|corso|boulevard|avenue|chemin|impasse)\s+[\w .'’-]{{3,40}}"
    rf"|(?:rue|(?-i:Via|Largo|Plaza|Corso)|viale|piazza|calle|avenida|av\.|avda\.|rua|travessa|estrada|quai|ulica|ul\.|paseo|carrer|chemin|praça|náměstí|nám\.|улица|ул\.|проспект)\s+(?-i:[{_CAPITAL}])[\w .'’-]{{2,40}}?,?\s(?:n[º°.]\s?|no\.?\s)?{_NUMBER}\b"
    rf"|(?-i:[{_CAPITAL}])[\w.-]+(?:\s[\w.-]+)?\s(?:utca|út|tér|u\.|körút|rakpart|sokak|sok\.|sokağı|caddesi|cad\.|katu|gata|gatan|veien|vei|vej|väg|plads|plein|straat|straße|platz|allee|weg)\s{_NUMBER}\b\.?"
)
_ONE_WORD = (
    r"|[\w-]+(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse|gatan|gata|gaten|vägen|veien|vegen|vegur|vej|gade|straat|laan|singel|gracht|kade|dijk|katu|tie|kuja|polku|plein|stræde|parken|utca|haugen|bakken|svingen|braut|stígur|damm|ufer|steig|hof)"
    rf"\s+{_NUMBER}\b"
)
_STREET = rf"(?i)\b(?:{_FORMS})"
_ANY_STREET = rf"(?i)\b(?:{_FORMS}{_ONE_WORD})"
# What a text with a street of one word cannot do without: looking for the words themselves takes long.
_ENDS = (
    "stra", "str.", "weg", "platz", "allee", "gasse", "gat", "väg", "vei", "veg", "vej", "gade", "laan", "singel",
    "gracht", "kade", "dijk", "katu", "tie", "kuja", "polku", "plein", "stræde", "parken", "utca", "haugen", "bakken",
    "svingen", "braut", "stígur", "damm", "ufer", "steig", "hof",
)  # fmt: skip
# Of the armed forces: PSC 5436, Box 5439 / APO AA 44720; USS Name / FPO AE 18956.
_FORCES = r"(?i)\b(?:(?:psc|unit|cmr)\s+\d{1,5},?\s+box\s+\d{1,5}|(?:usns|uss|uscgc|usnv)\s+[\w'’. -]{2,30})?[\s,]*\b(?:apo|fpo|dpo),?\s+(?:aa|ae|ap)\s+\d{5}(?:-\d{4})?\b"
# Those that are words, too, only after a comma.
_STATE = r"(?:A[AEKLPRZ]|C[AOT]|D[CE]|FL|G[AU]|I[ADL]|K[SY]|LA|M[ADINOST]|N[CDEHJMVY]|OH|P[AR]|RI|S[CD]|T[NX]|UT|V[AIT]|W[AIVY]|(?<=, )(?:HI|IN|ME|OK|OR))"
_POSTCODES = (
    # United States (state and ZIP), Canada, United Kingdom, Netherlands with its place.
    rf"\b(?:{_STATE}) \d{{5}}(?:-\d{{4}})?\b",
    r"\b[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] ?\d[ABCEGHJ-NPRSTV-Z]\d\b",
    r"\b(?:[A-Z]{1,2}\d[A-Z\d]?) \d[ABD-HJLNP-UW-Z]{2}\b",
    r"\b[1-9]\d{3} [A-Z]{2}(?=,? +[A-Z][a-z])",
    r"\b(?i:zip(?:[ -]?code)?|post(?:al)?[ -]?code|plz|postleitzahl|code postal|c(?:ó|o)digo postal)(?i: is|:| number)*\s+([A-Z]?-?\d{4,6}(?:-\d{3,4})?)\b",
)
_HOUSE_FIRST = rf"\d{{1,5}}[a-z]?,?[ ]+(?-i:[{_CAPITAL}])[^\n,?!]{{3,60}}"
_AFTER_CUE = (
    r"(?i)\b(?:(?:address(?:es)?|adresse|anschrift|direcci(?:ó|o)n|indirizzo|endere(?:ç|c)o)(?: is| ist| est| es| è|:)?|(?:i |we |he |she |they )?lives? (?:at|on)|located at|taxi to|office is at)\s*:?\s*"
    rf"({_HOUSE_FIRST}|(?-i:[{_CAPITAL}])[^\n,?!.0-9]{{2,40}}[ ]{_NUMBER}\b)"
    rf"|\b(?:deliver|mail|sen[dt]|shipp?|return|forward)(?:ed)? (?:it |them |this )?to ({_HOUSE_FIRST})"
)
# A line that is nothing but words with capitals and a house number, or ends with a postcode: part of a block of lines.
_LINE = r"(?m)^(?P<lead>[^\w\n]*)(?P<said>[^\n]+?)[ \t]*$"
_HOUSE_LINE = rf"(?:\d{{1,5}} )?(?:[{_CAPITAL}][\w.'’-]*|{_NUMBER})(?: (?:[{_CAPITAL}]?[\w.'’-]+)){{0,4}} {_NUMBER}|\d{{1,5}} [{_CAPITAL}][\w.'’ -]{{2,40}}"
_CODE_LINE = rf"[{_CAPITAL}][\w.,'’&() -]{{1,50}} (?P<code>\d{{4,6}}(?:-\d{{3,4}})?)|(?P<first>\d{{4,6}}) [{_CAPITAL}][\w'’. -]{{2,40}}"
_DIGIT = re.compile(r"\d")


def find_streets(text: str) -> Iterator[tuple[int, int, float]]:
    """(start, end, how sure) of addresses and parts of them; they may overlap, the longer kinds come first."""
    # Every form holds a number.
    if not _DIGIT.search(text):
        return
    low = text.lower()
    for match in _compiled(_FORCES).finditer(text) if "po" in low else ():
        yield match.start() + len(match.group()) - len(match.group().lstrip(" ,\n\t")), match.end(), 0.9
    pattern = _ANY_STREET if any(end in low for end in _ENDS) else _STREET
    streets = [match.span() for match in _compiled(pattern).finditer(text)]
    codes = [match.span(match.lastindex or 0) for one in _POSTCODES for match in _compiled(one).finditer(text)]
    yield from (
        (start, end, 0.8)
        for start, end in (match.span(match.lastindex or 0) for match in _compiled(_AFTER_CUE).finditer(text))
    )
    yield from ((start, end, 0.7) for start, end in streets)
    yield from ((start, end, 0.7) for start, end in codes)
    if streets or codes:
        yield from _lines(text, [*streets, *codes])


def _lines(text: str, known: list[tuple[int, int]]) -> Iterator[tuple[int, int, float]]:
    """Of a block of lines one of which is known to be of an address, those beside it that look like the rest."""
    lines = [match.span("said") for match in _compiled(_LINE).finditer(text)]
    held = [any(start < end_of and start_of < end for start_of, end_of in known) for start, end in lines]
    for place, (start, end) in enumerate(lines):
        if not any(held[max(0, place - 3) : place + 3]):
            continue
        said = text[start:end]
        if (code := _compiled(_CODE_LINE).fullmatch(said)) is not None:
            name = "code" if code.group("code") else "first"
            yield start + code.start(name), start + code.end(name), 0.6
        elif not held[place] and any(held[max(0, place - 1) : place + 2]) and _compiled(_HOUSE_LINE).fullmatch(said):
            yield start, end, 0.6
