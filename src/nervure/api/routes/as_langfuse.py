"""What Langfuse's SDKs ask before they send: whether the server is well, and whose the key is."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from nervure.api.auth import Access, require
from nervure.api.langfuse.speech import LangfuseRoute

router = APIRouter(prefix="/api/public", include_in_schema=False, route_class=LangfuseRoute)
VERSION = "3.150.0"


@router.get("/health")
def health() -> dict[str, str]:
    """Well, while it answers."""
    return {"status": "OK", "version": VERSION}


@router.get("/projects")
def projects(access: Annotated[Access, Depends(require("send"))]) -> dict[str, Any]:
    """The key's project: what `auth_check` asks for."""
    organization = {"id": "nervure", "name": "Nervure"}
    project = {"id": access.project, "name": access.project, "organization": organization, "metadata": {}}
    return {"data": [project]}
