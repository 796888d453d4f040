"""Numbers as a sentence has them, in English. The pages format theirs themselves, in the reader's manner."""


def percent(ratio: float) -> str:
    """Two significant digits, e.g. 3.4%; what is not quite nothing does not read as nothing."""
    shown = ratio * 100
    if shown == 0:
        return "0%"
    if shown < 0.1:
        return "<0.1%"
    return f"{shown:.0f}%" if shown >= 10 else f"{shown:.1f}%"


def times_as(ratio: float) -> str:
    """A factor, e.g. 2.3 times."""
    return f"{ratio:.0f} times" if ratio >= 10 else f"{ratio:.1f} times"


def whole(number: int) -> str:
    """With commas at the thousands."""
    return f"{number:,}"
