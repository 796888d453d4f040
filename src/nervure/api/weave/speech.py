"""How Weave's trace server speaks: errors, projects, digests, references.

Source: https://docs.wandb.ai/weave/reference/service-api and the SDK's client.
"""

import base64
import hashlib
import json
import re
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from nervure.api.auth import Access
from nervure.api.reach import only_project
from nervure.api.vendors.speech import speaking
from nervure.base.errors import BadInput, Forbidden, NervureError
from nervure.model.key import Right

REFERENCE = re.compile(r"weave:///(?P<project>[^/]+/[^/]+)/(?P<kind>object|op|table|call)/(?P<rest>.+)")


def said(status: int, error: NervureError) -> Response:
    """{"reason", "detail"} with the status."""
    return JSONResponse({"reason": str(error), "detail": str(error)}, status)


WeaveRoute = speaking(said)


def inside(request: Request, access: Access, project: Any, right: Right = "read") -> Access:
    """The access in the project "entity/name" that a request names, as calls that name it are put there.

    The header `x-nervure-project` and a key of one project go before. Raises BadInput, Forbidden.
    """
    if not isinstance(project, str) or not project:
        raise BadInput('project_id is missing: it is "entity/project"')
    if only_project(access) or request.headers.get("x-nervure-project"):
        return access
    if access.key is not None and not access.key.may(right, project):
        raise Forbidden(f"the key {access.key.name!r} ({access.key.prefix}...) may not {right} in project {project!r}")
    return replace(access, project=project)


def bytes_digest(content: bytes) -> str:
    """The name Weave gives to bytes: SHA-256 in base64 without signs that mean something in an address."""
    text = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode()
    return text.replace("-", "X").replace("_", "Y").rstrip("=")


def canonical(value: Any) -> str:
    """JSON text that is the same for equal values; Python's own separators, as the SDK has them."""
    return json.dumps(value, sort_keys=True)


def value_digest(value: Any) -> str:
    """The name of an object or a row."""
    return bytes_digest(canonical(value).encode())


def table_digest(rows: list[str]) -> str:
    """The name of a table. rows: digests of its rows in order."""
    return hashlib.sha256("".join(rows).encode()).hexdigest()


def check_digest(expected: Any, digest: str) -> None:
    """Raises BadInput when the client computed another name than we."""
    if expected and expected != digest:
        raise BadInput(f"digest mismatch: expected_digest is {expected!r}, the content's is {digest!r}")
