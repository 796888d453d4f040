"""Opik's attachments: where a file is to be put (`decode.wires.opik_attachments` takes it), which there are, taking one away."""

from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request, Response

from nervure.api.asking import Questions
from nervure.api.auth import Access, require
from nervure.api.opik.speech import OpikRoute, page_of
from nervure.api.vendors.amending import amend_root, amend_span, root_of
from nervure.api.vendors.body import may, need, object_of
from nervure.api.vendors.reaching import PATIENCE_S, in_project, places_of_spans, places_of_traces
from nervure.base.errors import BadInput, Busy, NotFound
from nervure.decode.formats import ids, opik
from nervure.normalise.loaded import loaded
from nervure.query.asker import Asker
from nervure.query.places import Place

routes = APIRouter(prefix="/v1/private/attachment", include_in_schema=False, route_class=OpikRoute)
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
# By this id of an upload Opik's client knows that the whole file goes to the one address it is given.
WHOLE = "BEMinIO"
WIRE = "opik_attachments"
LONGEST = 500

Json = dict[str, Any]


@routes.post("/upload-start")
async def begin_upload(request: Request, access: Sender) -> Json:
    """The address a file is put at. Waits a moment for its span or trace, which the client sends at the same time."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    what, identity = need(body, "entity_type", str), need(body, "entity_id", str)
    name, kind = need(body, "file_name", str), may(body, "mime_type", str, "")
    if len(name) > LONGEST or len(kind) > LONGEST:
        raise BadInput(f"file_name and mime_type have at most {LONGEST} characters")
    place = await _place(request, access, what, identity, PATIENCE_S)
    if place is None:
        raise Busy(f"the {what} {identity} has not arrived yet: send it, then ask for this again", 2.0)
    in_project(access, place.project)
    asked = urlencode({"name": name, "type": kind, "trace": place.trace_id, "project": place.project})
    path = f"api/v1/private/attachment/upload/{what}s/{quote(identity)}"
    return {"upload_id": WHOLE, "pre_sign_urls": [f"{_base(request)}/{path}?{asked}"]}


@routes.get("/list")
async def list_attachments(request: Request, access: Reader, entity_type: str, entity_id: str) -> Json:
    """The files of a span or trace, each with the address to read it."""
    place = await _place(request, access, entity_type, entity_id)
    if place is None:
        raise NotFound(f"{entity_type} {entity_id} not found")
    in_project(access, place.project)

    def look(asker: Asker) -> Json:
        span_id = ids.span_id(entity_id)
        if entity_type == "trace":
            span_id = root_of(asker, place.project, place.trace_id)
        held: Json = asker.span(place.project, place.trace_id, span_id)["attributes"] if span_id else {}
        return held

    questions: Questions = request.app.state.questions
    attributes = await questions.run(request, access, look)
    prefix = opik.TRACE_ATTACHMENT if entity_type == "trace" else opik.ATTACHMENT
    found = [loaded(held) for key, held in attributes.items() if key.startswith(prefix)]
    listed = [_file(request, place.project, one) for one in found if isinstance(one, dict)]
    return page_of(listed, len(listed), 1, max(len(listed), 1))


@routes.post("/delete", status_code=204)
async def delete_attachment(request: Request, access: Sender) -> Response:
    """Takes a file off a span or trace; one that is not on it is gone already. Nobody is told where its bytes are any more."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    what, identity = need(body, "entity_type", str), need(body, "entity_id", str)
    name = need(body, "file_name", str)
    place = await _place(request, access, what, identity)
    if place is None:
        raise NotFound(f"{what} {identity} not found")
    inner = in_project(access, place.project)
    key = (opik.TRACE_ATTACHMENT if what == "trace" else opik.ATTACHMENT) + name

    def without(attributes: Json) -> Json:
        return {other: held for other, held in attributes.items() if other != key}

    if what == "trace":
        await amend_root(request, inner, place.trace_id, without, WIRE, len(name), 0)
    else:
        await amend_span(inner, place.trace_id, ids.span_id(identity), without, WIRE, len(name))
    return Response(status_code=204)


def _file(request: Request, project: str, one: Json) -> Json:
    asked = urlencode({"project": project, "mime_type": one["mime_type"]})
    return {
        "link": f"{_base(request)}/api/v1/media/{one['sha256']}?{asked}", "file_name": one["name"],
        "file_size": one["bytes"], "mime_type": one["mime_type"],
    }  # fmt: skip


async def _place(request: Request, access: Access, what: str, identity: str, patience_s: float = 0.0) -> Place | None:
    """Where a span or trace is. Raises BadInput for anything else, or an id that is none of Opik's."""
    if what not in ("span", "trace"):
        raise BadInput(f"entity_type must be span or trace, got {what[:60]!r}")
    if not opik.is_uuid(identity):
        raise BadInput(f"entity_id must be a UUID, got {identity[:60]!r}")
    key = ids.span_id(identity) if what == "span" else ids.trace_id(identity)
    find = places_of_spans if what == "span" else places_of_traces
    return (await find(request, access, [key], patience_s)).get(key)


def _base(request: Request) -> str:
    """The address of this server as the client wrote it."""
    return str(request.base_url).rstrip("/")


router = APIRouter()
router.include_router(routes, prefix="/api")
router.include_router(routes)
