"""Who asks, in which project, and whether they may: one dependency for every route.

Reader = Annotated[Access, Depends(require("read"))]
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from starlette.requests import Request

from nervure.base.credentials import secret_of
from nervure.base.errors import Forbidden, QueryError, Unauthenticated
from nervure.base.settings import LOOPBACK
from nervure.model.key import Key, Right

if TYPE_CHECKING:
    from nervure.api.house import House

PROJECT_HEADER = "x-nervure-project"
MAX_PROJECT_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Access:
    """A request that may proceed. key: None when no authentication is asked for or for the settings' admin key."""

    house: "House"
    project: str
    key: Key | None = None

    @property
    def actor(self) -> str:
        """Who is written into the audit log and as author of scores; "" when nobody said."""
        return self.key.name if self.key else ""


def require(right: Right) -> Callable[[Request], Access]:
    """A dependency that lets in whoever holds `right` in the project named by the request.

    Raises Unauthenticated without a known key and Forbidden for a key that may not; with `auth = false` everybody on
    this machine may do everything.
    """

    def dependency(request: Request) -> Access:
        house = cast("House", request.app.state.house)
        return identify(house, right, request.headers, request.query_params.get("project", ""))

    dependency.__name__ = f"require_{right}"
    return dependency


def identify(house: "House", right: Right, headers: Mapping[str, str], project: str = "") -> Access:
    """The access a request has. project: as named by the query parameter; the header goes before it."""
    access = recognise(house, headers, project)
    if access.key is not None and not access.key.may(right, access.project):
        raise Forbidden(
            f"the key {access.key.name!r} ({access.key.prefix}...) may not {right} in project {access.project!r}"
        )
    return access


def recognise(house: "House", headers: Mapping[str, str], project: str = "") -> Access:
    """Who asks, whatever they may do. Raises Unauthenticated without a key that is known and active."""
    named = headers.get(PROJECT_HEADER, "") or project
    if len(named) > MAX_PROJECT_LENGTH:
        raise QueryError(f"a project's name has at most {MAX_PROJECT_LENGTH} characters, got {len(named)}")
    settings = house.settings
    if not settings.auth:
        _refuse_foreign_host(headers.get("host", ""), settings.cors_origins)
        return Access(house, named or settings.default_project)
    secret = secret_of(headers)
    if not secret:
        raise Unauthenticated("this server asks for an API key: send the header `Authorization: Bearer <key>`")
    if settings.admin_key and hmac.compare_digest(secret.encode(), settings.admin_key.encode()):
        return Access(house, named or settings.default_project)
    key = house.catalog.keys.find(secret)
    if key is None or not key.is_active(house.clock.now_ns()):
        raise Unauthenticated("nobody knows this API key, or it was revoked or has expired: ask for a new one")
    return Access(house, named or key.project or settings.default_project, key)


def _refuse_foreign_host(host: str, origins: list[str]) -> None:
    """Without keys, only the Host header tells a local program from a web page that has its name point at 127.0.0.1."""
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    name = name.lower()
    is_address = name.startswith("[") or name.replace(".", "").isdigit()
    # A name without a dot cannot be bought, so no stranger's page is served from it.
    if name in LOOPBACK or is_address or "." not in name or name.endswith(".localhost"):
        return
    if any(origin.partition("://")[2].rsplit(":", 1)[0] == name for origin in origins):
        return
    raise Forbidden(
        f"this server asks for no keys and therefore answers only under the name of this machine, not {host!r}: "
        "use http://127.0.0.1, set NERVURE_AUTH=true, or add the origin to NERVURE_CORS_ORIGINS"
    )
