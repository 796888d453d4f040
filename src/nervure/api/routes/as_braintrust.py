"""What Braintrust's SDK asks before it sends: whether the key is known, the project's id, the server's version.

Without them it drops everything.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from nervure.api.auth import Access, require
from nervure.api.vendors import mlflow

router = APIRouter(include_in_schema=False)
Sender = Annotated[Access, Depends(require("send"))]
ORGANIZATION = "nervure"


@router.post("/api/apikey/login")
def login(request: Request, access: Sender) -> dict[str, Any]:
    """The key is known; everything is at this address."""
    url = str(request.base_url).rstrip("/")
    return {
        "org_info": [
            {"id": ORGANIZATION, "name": ORGANIZATION, "api_url": url, "proxy_url": url, "is_universal_api": True}
        ]
    }


@router.post("/v1/project")
def project(access: Sender, body: dict[str, Any]) -> dict[str, Any]:
    """A project by its name; its spans go to the project of the key or the header all the same."""
    name = str(body.get("name") or access.project)
    return {"id": name, "name": name, "org_id": ORGANIZATION}


@router.get("/version")
def version(request: Request) -> Response:
    """How much one message may hold. MLflow's client asks the same path for a bare version."""
    if "mlflow" in request.headers.get("user-agent", "").lower():
        return PlainTextResponse(mlflow.VERSION)
    return JSONResponse({"version": "1.1.0", "logs3_payload_max_bytes": 6_000_000})
