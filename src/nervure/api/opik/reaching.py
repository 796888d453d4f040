"""Where a noun named by id or name is: Opik's ids say no project, and names are looked for in every project the key may read."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from nervure.api.auth import Access
from nervure.base.errors import NotFound
from nervure.model.key import Right

Thing = TypeVar("Thing")


def reachable(access: Access, right: Right = "read") -> Iterator[Access]:
    """The access in each project it reaches, its own first."""
    house = access.house
    names = [access.project, house.settings.default_project, *(one.name for one in house.catalog.projects.list())]
    for name in dict.fromkeys(names):
        if access.key is None or access.key.may(right, name):
            yield replace(access, project=name)


def first(
    access: Access, find: Callable[[Access], Thing | None], what: str, right: Right = "read"
) -> tuple[Access, Thing]:
    """Where a thing is, and the thing. Raises NotFound. find: None or NotFound where it is not."""
    for chosen in reachable(access, right):
        try:
            found = find(chosen)
        except NotFound:
            continue
        if found is not None:
            return chosen, found
    raise NotFound(f"{what} not found")
