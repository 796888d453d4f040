"""Langfuse's media upload. Source: https://api.reference.langfuse.com/#tag/media"""

import asyncio
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from starlette.responses import FileResponse

from nervure.api.auth import Access, require
from nervure.api.house import House
from nervure.api.langfuse.media import (
    VALID_S,
    Grant,
    address,
    granted,
    hex_of_id,
    id_of_hash,
    media_json,
    store_of,
)
from nervure.api.langfuse.speech import LangfuseRoute, need
from nervure.base.clock import NS_PER_S
from nervure.base.errors import BadInput, NotFound, TooLarge

router = APIRouter(prefix="/api/public/media", include_in_schema=False, route_class=LangfuseRoute)
Sender = Annotated[Access, Depends(require("send"))]
Reader = Annotated[Access, Depends(require("read"))]
LONGEST_TYPE = 200
# What a browser may show; anything else is downloaded, so that no page of a stranger runs at our address.
SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "audio/", "video/", "text/plain", "application/pdf")


@router.post("")
def ask_upload(request: Request, access: Sender, body: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
    """Where to upload a file, null when it is there already."""
    house, size, kind = access.house, need(body, "contentLength", int), need(body, "contentType")
    name, media_id = id_of_hash(need(body, "sha256Hash"))
    if not 0 < size <= house.settings.max_body_bytes:
        raise TooLarge(
            f"media have 1 to {house.settings.max_body_bytes} bytes, this has {size}", house.settings.max_body_bytes
        )
    if len(kind) > LONGEST_TYPE or not kind.isprintable():
        raise BadInput(f"contentType: expected a media type such as image/png, got {kind[:60]!r}")
    try:
        store_of(house).path(name, access.project)
        return {"mediaId": media_id, "uploadUrl": None}
    except NotFound:
        grant = Grant("put", access.project, name, kind, size, house.clock.now_ns() // NS_PER_S + VALID_S)
        return {"mediaId": media_id, "uploadUrl": address(request, house, media_id, grant)}


@router.put("/{media_id}/content")
async def upload(request: Request, media_id: str, grant: Annotated[str, Query(max_length=4000)]) -> Response:
    """The bytes. The address is the permission."""
    house: House = request.app.state.house
    permitted = await asyncio.to_thread(granted, house, grant, "put")
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > permitted.size:
            raise TooLarge(f"the content is longer than the {permitted.size} bytes that were announced", permitted.size)
    if sha256(data).hexdigest() != permitted.sha256:
        raise BadInput("the content is not what was announced: its SHA-256 differs")
    await asyncio.to_thread(store_of(house).keep, bytes(data), permitted.project, permitted.mime_type)
    return Response(status_code=200)


@router.get("/{media_id}/content")
def download(request: Request, media_id: str, grant: Annotated[str, Query(max_length=4000)]) -> Response:
    """The bytes. The address is the permission."""
    house: House = request.app.state.house
    permitted = granted(house, grant, "get")
    path = store_of(house).path(permitted.sha256, permitted.project)
    kind = permitted.mime_type or "application/octet-stream"
    headers = {"x-content-type-options": "nosniff", "content-security-policy": "sandbox"}
    if not kind.startswith(SHOWN):
        headers["content-disposition"] = "attachment"
    return FileResponse(path, media_type=kind, headers=headers)


@router.patch("/{media_id}", status_code=204)
def note_upload(access: Sender, media_id: str, body: Annotated[dict[str, Any], Body()]) -> Response:
    """How the upload went, as the client saw it. What it says of success is checked."""
    status = need(body, "uploadHttpStatus", int)
    if status in (200, 201):
        store_of(access.house).path(hex_of_id(media_id), access.project)
    return Response(status_code=204)


@router.get("/{media_id}")
def read_media(request: Request, access: Reader, media_id: str) -> dict[str, Any]:
    """A file, with an address to read it for an hour."""
    found = media_json(request, access, media_id)
    if found is None:
        raise NotFound(f"Media not found: project {access.project!r} has no media {media_id[:60]!r}")
    return found
