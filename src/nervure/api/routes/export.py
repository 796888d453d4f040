"""/api/v1/export and /api/v1/media: telemetry out of the store."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import FileResponse, StreamingResponse

from nervure.api.asking import Questions, first_then_rest
from nervure.api.auth import Access, require
from nervure.api.paging import Since, Until, Where
from nervure.intake.media import MediaStore
from nervure.query.lists import Page

router = APIRouter(prefix="/api/v1", tags=["export"])
Reader = Annotated[Access, Depends(require("read"))]
TYPES = {
    "otlp": ("application/x-ndjson", "otlp.jsonl"),
    "parquet": ("application/vnd.apache.parquet", "parquet"),
}
# An export reads everything, so it may take longer than a question.
TIMEOUT_S = 3600.0


@router.get("/export", response_class=StreamingResponse)
async def export(
    request: Request,
    access: Reader,
    format_: Annotated[Literal["otlp", "parquet"], Query(alias="format", description="otlp or parquet.")] = "otlp",
    signal: Annotated[Literal["spans", "logs", "metrics"], Query(description="What to export.")] = "spans",
    where: Where = "",
    since: Since = "",
    until: Until = "",
) -> Response:
    """All matching spans, log records or metric points, as OTLP/JSON lines any OTLP receiver reads, or as Parquet.

    Spans come oldest first. They say everything by themselves: content that came in log records of its own is among
    their attributes.
    """
    page = Page(where, since, until)
    questions: Questions = request.app.state.questions
    pieces = await questions.run(
        request,
        access,
        lambda asker: first_then_rest(asker.lasting(TIMEOUT_S).export(access.project, page, format_, signal)),
    )
    media_type, suffix = TYPES[format_]
    headers = {"content-disposition": f'attachment; filename="{signal}.{suffix}"'}
    return StreamingResponse(_closing(pieces), media_type=media_type, headers=headers)


async def _closing(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces; whoever stops listening gives the query slot back."""
    try:
        async for piece in iterate_in_threadpool(pieces):
            yield piece
    finally:
        with suppress(AttributeError):
            pieces.close()  # type: ignore[attr-defined]


@router.get("/media/{sha256}", response_class=FileResponse)
def read_media(
    access: Reader,
    sha256: str,
    mime_type: Annotated[str, Query(description="As the message's part says.")] = "application/octet-stream",
) -> Response:
    """A part of a message of this project that was too large to stand in it, by the sha256 the message tells."""
    settings = access.house.settings
    path = MediaStore(settings.data / "media", settings.max_media_bytes).path(sha256, access.project)
    is_shown = mime_type.startswith(SHOWN) and MIME_TYPE.fullmatch(mime_type) is not None
    # Content of strangers: never run, never guessed at.
    headers = {
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "cache-control": "private, max-age=86400, immutable",
        "content-disposition": "inline" if is_shown else "attachment",
    }
    return FileResponse(path, media_type=mime_type if is_shown else "application/octet-stream", headers=headers)


MIME_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")
# What a browser shows without running anything.
SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "audio/", "video/", "text/plain")
