"""Weave's objects, tables and files: created, read, referred to."""

import asyncio
import copy
import math
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request, Response

from nervure.api.auth import Access, require
from nervure.api.vendors.body import may, need, object_of, whole_of
from nervure.api.weave.speech import WeaveRoute, bytes_digest, check_digest, inside
from nervure.api.weave.store import (
    content_of,
    keep,
    keep_object,
    keep_table,
    object_json,
    resolve,
    rows_of,
)
from nervure.base.errors import BadInput
from nervure.decode.formats.form import pieces
from nervure.model.key import Right

routes = APIRouter(include_in_schema=False, route_class=WeaveRoute)
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
Json = dict[str, Any]
Made = TypeVar("Made")
MOST_REFERENCES = 1000


async def _told(request: Request, access: Access, inner: str = "", right: Right = "read") -> tuple[Access, Json]:
    """The body, or a member of it, and the access in its project."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    held = need(body, inner, dict) if inner else body
    return inside(request, access, held.get("project_id"), right), held


async def _aside(work: Callable[[], Made]) -> Made:
    return await asyncio.to_thread(work)


@routes.post("/obj/create")
async def create_object(request: Request, access: Sender) -> Json:
    """Keeps an object; the same content under the same name is the same version."""
    chosen, held = await _told(request, access, "obj", "send")
    made = await _aside(lambda: keep_object(chosen, held))
    return {"digest": made.digest, "object_id": made.name}


@routes.post("/obj/read")
async def read_object(request: Request, access: Reader) -> Json:
    """An object by name and digest, `latest` or v<number>."""
    chosen, held = await _told(request, access)
    name, digest = need(held, "object_id", str), need(held, "digest", str)

    def read() -> Json:
        assets = chosen.house.catalog.assets
        found = assets.get(chosen.project, "object", digest, name)
        return object_json(chosen, found, assets.newest(chosen.project, "object"), not held.get("metadata_only"))

    return {"obj": await _aside(read)}


@routes.post("/objs/query")
async def query_objects(request: Request, access: Reader) -> Json:
    """Objects of a project that fit, newest first."""
    chosen, held = await _told(request, access)
    wanted = may(held, "filter", dict, {})

    def read() -> list[Json]:
        assets = chosen.house.catalog.assets
        newest = assets.newest(chosen.project, "object")
        names = [str(one) for one in wanted.get("object_ids") or []]
        found = [
            object_json(chosen, one, newest, False) | {"asset": one}
            for one in assets.list(chosen.project, "object", names)
        ]
        fitting = [one for one in found if _fits(one, wanted)]
        for order in reversed(may(held, "sort_by", list, [])):
            if order.get("field") in ("object_id", "created_at"):
                fitting.sort(key=lambda one, key=order["field"]: one[key], reverse=order.get("direction") == "desc")  # type: ignore[misc]
        begin = may(held, "offset", int, 0)
        limit = may(held, "limit", int, len(fitting))
        with_value = not held.get("metadata_only")
        return [object_json(chosen, one["asset"], newest, with_value) for one in fitting[begin : begin + limit]]

    return {"objs": await _aside(read)}


def _fits(one: Json, wanted: Json) -> bool:
    is_op = wanted.get("is_op")
    return (
        (is_op is None or (one["kind"] == "op") is is_op)
        and (not wanted.get("latest_only") or one["is_latest"] == 1)
        and (not wanted.get("base_object_classes") or one["base_object_class"] in wanted["base_object_classes"])
        and one["base_object_class"] not in (wanted.get("exclude_base_object_classes") or ())
        and (not wanted.get("leaf_object_classes") or one["leaf_object_class"] in wanted["leaf_object_classes"])
        and not wanted.get("tags")
        and not wanted.get("aliases")
    )


@routes.post("/obj/delete")
async def delete_object(request: Request, access: Sender) -> Json:
    """Forgets versions of an object, or all."""
    chosen, held = await _told(request, access, right="send")
    name = need(held, "object_id", str)
    digests = [str(one) for one in may(held, "digests", list, [])]
    count = await _aside(lambda: chosen.house.catalog.assets.delete(chosen.project, "object", name, digests))
    return {"num_deleted": count}


@routes.post("/file/create")
async def create_file(request: Request, access: Sender) -> Json:
    """Keeps a file of a form with the parts project_id, file and perhaps expected_digest."""
    limit = access.house.settings.max_body_bytes
    body = await whole_of(request, limit)
    kind = request.headers.get("content-type", "")
    parts = {name: (mime, content) for name, mime, content in pieces(body, kind)}
    if "file" not in parts or "project_id" not in parts:
        raise BadInput("the form must have the parts project_id and file")
    mime, content = parts["file"]
    chosen = inside(request, access, parts["project_id"][1].decode("utf-8", "replace").strip(), "send")
    digest = bytes_digest(content)
    expected = parts.get("expected_digest", ("", b""))[1].decode("utf-8", "replace").strip()
    check_digest(expected, digest)
    await _aside(lambda: keep(chosen, "file", digest, digest, content, mime=mime))
    return {"digest": digest}


@routes.post("/file/content")
async def read_file(request: Request, access: Reader) -> Response:
    """The bytes of a file."""
    chosen, held = await _told(request, access)
    digest = need(held, "digest", str)
    found = await _aside(lambda: content_of(chosen, chosen.house.catalog.assets.get(chosen.project, "file", digest)))
    return Response(found, media_type="application/octet-stream")


@routes.post("/table/create")
async def create_table(request: Request, access: Sender) -> Json:
    """Keeps a table of rows."""
    chosen, held = await _told(request, access, "table", "send")
    rows = _rows(need(held, "rows", list) if held.get("rows") != [] else [])
    digest, digests = await _aside(lambda: keep_table(chosen, rows, held.get("expected_digest")))
    return {"digest": digest, "row_digests": digests}


@routes.post("/table/update")
async def update_table(request: Request, access: Sender) -> Json:
    """A table that differs from another one by rows added, put in and taken out."""
    chosen, held = await _told(request, access, right="send")
    base, updates = need(held, "base_digest", str), may(held, "updates", list, [])

    def work() -> Json:
        rows = [row["val"] for row in rows_of(chosen, base)]
        for update in updates:
            _change(rows, update)
        digest, digests = keep_table(chosen, rows)
        return {"digest": digest, "updated_row_digests": digests}

    return await _aside(work)


def _rows(value: Any) -> list[Json]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise BadInput("rows must be a list of objects")
    return value


def _change(rows: list[Json], update: Any) -> None:
    said = update if isinstance(update, dict) else {}
    try:
        if "append" in said:
            rows.extend(_rows([said["append"]["row"]]))
        elif "insert" in said:
            rows.insert(int(said["insert"]["index"]), _rows([said["insert"]["row"]])[0])
        elif "pop" in said:
            rows.pop(int(said["pop"]["index"]))
        else:
            raise BadInput("an update is one of append, insert and pop")
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BadInput(f"the update {said!r} cannot be made: {error}") from None


@routes.post("/table/query")
async def query_table(request: Request, access: Reader) -> Json:
    """Rows of a table in order, or by members of theirs."""
    chosen, held = await _told(request, access)
    rows = await _aside(lambda: rows_of(chosen, need(held, "digest", str)))
    wanted = may(held, "filter", dict, {}).get("row_digests")
    found = [{**row, "original_index": at} for at, row in enumerate(rows) if not wanted or row["digest"] in wanted]
    for order in reversed(may(held, "sort_by", list, [])):
        steps = str(order.get("field")).split(".")
        found.sort(key=lambda row, steps=steps: _sortable(row["val"], steps), reverse=order.get("direction") == "desc")  # type: ignore[misc]
    begin = may(held, "offset", int, 0)
    return {"rows": found[begin : begin + may(held, "limit", int, len(found))]}


def _sortable(value: Any, steps: list[str]) -> tuple[bool, float, str]:
    held = copy.copy(value)
    for step in steps:
        held = held.get(step) if isinstance(held, dict) else None
    is_number = isinstance(held, int | float) and math.isfinite(held)
    return held is None, float(held) if is_number and held is not None else math.inf, str(held)


@routes.post("/table/query_stats")
async def count_rows(request: Request, access: Reader) -> Json:
    """How many rows a table has."""
    chosen, held = await _told(request, access)
    return {"count": len(await _aside(lambda: rows_of(chosen, need(held, "digest", str))))}


@routes.post("/table/query_stats_batch")
async def count_tables(request: Request, access: Reader) -> Json:
    """How many rows each of several tables has."""
    chosen, held = await _told(request, access)
    digests = [str(one) for one in may(held, "digests", list, [])]
    counts = await _aside(lambda: [len(rows_of(chosen, digest)) for digest in digests])
    return {"tables": [{"digest": one, "count": count} for one, count in zip(digests, counts, strict=True)]}


@routes.post("/refs/read_batch")
async def read_references(request: Request, access: Reader) -> Json:
    """What references mean, null for what is not there."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    listed = [str(one) for one in need(body, "refs", list)] if body.get("refs") != [] else []
    if len(listed) > MOST_REFERENCES:
        raise BadInput(f"at most {MOST_REFERENCES} references at a time, got {len(listed)}")

    def read(reference: str) -> Any:
        project = "/".join(reference.removeprefix("weave:///").split("/")[:2])
        return resolve(inside(request, access, project), reference)

    return {"vals": await _aside(lambda: [read(one) for one in listed])}


router = APIRouter()
router.include_router(routes, prefix="/traces")
router.include_router(routes)
