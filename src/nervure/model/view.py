"""A saved view of a page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class View:
    """What a page shows, under a name the project's people share.

    page: which page it is of, e.g. traces. search: the query string of its address, without the question mark.
    is_default: the page opens with it; at most one of a page is.
    """

    id: str
    project: str
    page: str
    name: str
    search: str
    is_default: bool = False
    author: str = ""
    created_ns: int = 0
    changed_ns: int = 0
