"""Things of the server that people call by their name."""

from nervure.base.errors import BadInput
from nervure.client.http import Http


def id_of(http: Http, nouns: str, name: str) -> str:
    """The id of the one of /api/v1/NOUNS with that name or id. Raises BadInput when there is none."""
    found = [one["id"] for one in http.get(f"/api/v1/{nouns}")["items"] if name in (one["name"], one["id"])]
    if not found:
        raise BadInput(f"nothing among the {nouns} is called {name!r}: `nervure {nouns} list` shows those there are")
    return str(found[0])
