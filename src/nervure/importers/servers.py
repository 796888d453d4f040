"""What sources that are running servers have in common."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from nervure.base.errors import NervureError
from nervure.importers.importer import Asked, Cursor, Noun, Page
from nervure.importers.pages import Api

MOST_NAMED = 50
Reader = Callable[[Cursor], Iterator[Page]]


class ApiSource:
    """A running server, read noun by noun."""

    def __init__(self, asked: Asked, api: Api, readers: Mapping[Noun, Reader]) -> None:
        self._asked, self._api, self._readers = asked, api, readers
        self.nouns: Sequence[Noun] = list(readers)

    def count(self, noun: Noun) -> int | None:
        """Most servers tell no counts."""
        return None

    def read(self, noun: Noun, cursor: Cursor) -> Iterator[Page]:
        return self._readers[noun](cursor)

    def close(self) -> None:
        self._api.close()


def chosen(asked: Asked, kind: str, listed: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of a server's projects that are asked for; all, when none is named. kind: what the product calls one.

    Raises NervureError for a name that the server does not have.
    """
    names = {one["name"] for one in listed}
    if unknown := set(asked.projects) - names:
        raise NervureError(
            f"{asked.url} has no {kind} {', '.join(sorted(unknown))}: it has {', '.join(sorted(names)[:MOST_NAMED])}"
        )
    return [one for one in listed if not asked.projects or one["name"] in asked.projects]
