"""Things of the server that people call by their name."""

from collections.abc import Callable
from typing import Annotated

import typer

from nervure.base.connection import connection
from nervure.base.errors import BadInput
from nervure.cli.command import ApiKey, Project, Url
from nervure.client.http import Http


def id_of(http: Http, nouns: str, name: str) -> str:
    """The id of the one of /api/v1/NOUNS with that name or id. Raises BadInput when there is none."""
    found = [one["id"] for one in http.get(f"/api/v1/{nouns}")["items"] if name in (one["name"], one["id"])]
    if not found:
        raise BadInput(f"nothing among the {nouns} is called {name!r}: `nervure {nouns} list` shows those there are")
    return str(found[0])


def by_id(nouns: str) -> Callable[[Http, str], str]:
    """Where the one of /api/v1/NOUNS with a name is."""
    return lambda http, name: f"/api/v1/{nouns}/{id_of(http, nouns, name)}"


def add_remove(app: typer.Typer, place: Callable[[Http, str], str], about: str) -> None:
    """Gives a group of commands its `remove NAME`. place: the path of what has that name; about: help of the command."""

    @app.command("remove", help=about)
    def remove(
        name: Annotated[str, typer.Argument(help="Name or id.")],
        url: Url = None,
        api_key: ApiKey = None,
        project: Project = None,
    ) -> None:
        http = Http(connection(url, api_key, project))
        http.request("DELETE", place(http, name))
        typer.echo(f"{name}: removed")
