"""How Langfuse's API speaks: errors, pages, times, ids."""

import math
from typing import Annotated, Any

from fastapi import Depends, Query
from starlette.responses import JSONResponse, Response

from nervure.api.vendors.speech import speaking
from nervure.base.clock import iso, parse_iso
from nervure.base.errors import BadInput, Conflict, Forbidden, NervureError, NotFound, Unauthenticated

# The classes its clients know; anything else is an InternalServerError to them.
NAMES: tuple[tuple[type[NervureError], str], ...] = (
    (NotFound, "LangfuseNotFoundError"),
    (Conflict, "LangfuseConflictError"),
    (Unauthenticated, "UnauthorizedError"),
    (Forbidden, "ForbiddenError"),
    (BadInput, "InvalidRequestError"),
)
MOST_ON_PAGE = 1000


def said(status: int, error: NervureError) -> Response:
    """{"message", "error"} with the status."""
    name = next((name for kind, name in NAMES if isinstance(error, kind)), "InternalServerError")
    return JSONResponse({"message": str(error), "error": name}, status)


LangfuseRoute = speaking(said)


class Leaf:
    """A page as Langfuse counts them, from 1."""

    def __init__(
        self,
        page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
        limit: Annotated[int, Query(ge=1, le=MOST_ON_PAGE)] = 50,
    ) -> None:
        self.page, self.limit = page, limit

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.limit

    def answer(self, data: list[dict[str, Any]], total: int) -> dict[str, Any]:
        """The page in Langfuse's form."""
        pages = math.ceil(total / self.limit)
        return {
            "data": data,
            "meta": {"page": self.page, "limit": self.limit, "totalItems": total, "totalPages": pages},
        }


Paged = Annotated[Leaf, Depends(Leaf)]


def when(ns: int) -> str:
    """ISO 8601 with milliseconds, as Langfuse writes it."""
    return iso(ns)[:23] + "Z"


def time_of(text: str, name: str) -> int:
    """ns of an ISO 8601 time. Raises BadInput."""
    try:
        # A plus sign of a zone that was not encoded arrives as a space.
        return parse_iso(text.strip().replace(" ", "+") if "T" in text else text)
    except (ValueError, OverflowError):
        raise BadInput(f"{name}: {text[:60]!r} is no ISO 8601 time such as 2026-01-31T12:00:00Z") from None


def need(body: dict[str, Any], name: str, kind: type = str) -> Any:
    """A member that must be there and not empty. Raises BadInput."""
    value = body.get(name)
    if not isinstance(value, kind) or value == "":
        raise BadInput(f"{name}: the body needs it, as {kind.__name__}; got {type(value).__name__}")
    return value


def may(body: dict[str, Any], name: str, kind: type = str) -> Any:
    """A member of a type, or None when it is not there. Raises BadInput for another type."""
    value = body.get(name)
    if value is None or isinstance(value, kind):
        return value
    raise BadInput(f"{name}: expected {kind.__name__}, got {type(value).__name__}")


def held(value: Any) -> dict[str, Any]:
    """Metadata of any form as the object we keep."""
    return value if isinstance(value, dict) else {} if value is None else {"@value": value}


def unheld(value: dict[str, Any]) -> Any:
    """Metadata as it was sent; null for none."""
    return value["@value"] if value.keys() == {"@value"} else value or None
