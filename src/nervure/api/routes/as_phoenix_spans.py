"""Phoenix's spans and traces, read back: as lists by project, and as tables by its span queries."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from nervure.api.asking import Questions, json_answer
from nervure.api.auth import Access, require
from nervure.api.vendors import phoenix
from nervure.api.vendors.body import may, object_of
from nervure.api.vendors.phoenix_frame import BOUNDARY, frame_of, table_of, where_of
from nervure.api.vendors.phoenix_spans import kind_of, span_of
from nervure.api.vendors.reaching import in_project
from nervure.api.vendors.speech import speaking
from nervure.base.errors import BadInput
from nervure.decode.formats.phoenix import node_id
from nervure.query.asker import Asker
from nervure.query.filter import quote
from nervure.query.lists import Page

router = APIRouter(include_in_schema=False, route_class=speaking(phoenix.say))
Reader = Annotated[Access, Depends(require("read"))]
Json = dict[str, Any]
Texts = Annotated[list[str] | None, Query()]
PAGE, MOST = 1000, 100_000
SORTS = {"start_time": {"desc": "newest", "asc": "oldest"}, "latency_ms": {"desc": "duration"}}


@router.get("/v1/projects/{project:path}/spans")
async def list_spans(
    request: Request,
    access: Reader,
    project: str,
    start_time: str = "",
    end_time: str = "",
    trace_id: Texts = None,
    span_id: Texts = None,
    parent_id: str | None = None,
    name: Texts = None,
    span_kind: Texts = None,
    status_code: Texts = None,
    attribute: Texts = None,
    cursor: str = "",
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 100,
) -> Response:
    """Spans, newest first."""
    tests = [
        _among("trace_id", trace_id),
        _among("span_id", span_id),
        _among("name", name),
        _among("kind", [phoenix.OURS.get(one.upper(), one) for one in span_kind or []]),
        _among("status", [one.lower() for one in status_code or []]),
        *map(_attribute, attribute or []),
    ]
    if parent_id is not None:
        tests.append("is_root = true" if parent_id == "null" else f"parent_id = {quote(parent_id)}")
    page = Page(" and ".join(filter(None, tests)), start_time, end_time, limit, cursor)
    there = phoenix.project_in(request, access, project)

    def look(asker: Asker) -> Json:
        found = asker.spans(there.project, page, content=True)
        return {"data": [span_of(one) for one in found["items"]], "next_cursor": found["next_cursor"]}

    return json_answer(await _questions(request).run(request, there, look))


@router.get("/v1/projects/{project:path}/traces")
async def list_traces(
    request: Request,
    access: Reader,
    project: str,
    start_time: str = "",
    end_time: str = "",
    sort: str = "start_time",
    order: str = "desc",
    session_identifier: Texts = None,
    include_spans: bool = False,
    cursor: str = "",
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 100,
) -> Response:
    """Traces, newest first."""
    by = SORTS.get(sort, {}).get(order)
    if by is None:
        raise BadInput(f"traces are sorted by start_time, or by latency_ms desc; got {sort} {order}")
    page = Page(_among("session", session_identifier), start_time, end_time, limit, cursor, by)
    there = phoenix.project_in(request, access, project)

    def look(asker: Asker) -> Json:
        found = asker.traces(there.project, page)
        return {
            "data": [_trace(asker, there.project, one, include_spans) for one in found["items"]],
            "next_cursor": found["next_cursor"],
        }

    return json_answer(await _questions(request).run(request, there, look))


@router.post("/v1/spans")
async def query_spans(request: Request, access: Reader, project_name: str = "") -> Response:
    """A table of spans by one of Phoenix's span queries."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    queries = may(body, "queries", list, [{}]) or [{}]
    if len(queries) != 1 or not isinstance(queries[0], dict):
        raise BadInput(f"one query at a time, got {len(queries)}")
    query: Json = queries[0]
    limit = may(body, "limit", int, PAGE)
    if not 1 <= limit <= MOST:
        raise BadInput(f"'limit' lies between 1 and {MOST}, got {limit}")
    tests = [where_of(query), "is_root = true" if body.get("root_spans_only") else ""]
    where = " and ".join(filter(None, tests))
    since, until = may(body, "start_time", str, ""), may(body, "end_time", str, "")
    there = in_project(access, project_name or access.project)

    def look(asker: Asker) -> bytes:
        spans: list[Json] = []
        cursor: str | None = ""
        while cursor is not None and len(spans) < limit:
            page = Page(where, since, until, min(PAGE, limit - len(spans)), cursor, "newest")
            found = asker.spans(there.project, page, content=True)
            spans += found["items"]
            cursor = found["next_cursor"]
        return frame_of(*table_of(query, spans))

    made = await _questions(request).run(request, there, look)
    return Response(made, media_type=f"multipart/mixed; boundary={BOUNDARY}")


def _trace(asker: Asker, project: str, held: Json, has_spans: bool) -> Json:
    made: Json = {
        "id": node_id("Trace", held["trace_id"]),
        "trace_id": held["trace_id"],
        "project_id": node_id("Project", project),
        "start_time": held["start"],
        "end_time": held["end"],
        "token_count_prompt": held["input_tokens"],
        "token_count_completion": held["output_tokens"],
        "token_count_total": held["total_tokens"],
    }
    if has_spans:
        page = Page(f"trace_id = {quote(held['trace_id'])}", limit=PAGE, order="oldest")
        made["spans"] = [
            {
                "id": node_id("Span", f"{one['trace_id']}:{one['span_id']}"),
                "span_id": one["span_id"],
                "parent_id": one["parent_id"] or None,
                "name": one["name"],
                "span_kind": kind_of(one),
                "status_code": one["status"].upper(),
                "start_time": one["start"],
                "end_time": one["end"],
            }
            for one in asker.spans(project, page)["items"]
        ]
    return made


def _among(field: str, values: list[str] | None) -> str:
    return f"{field} in ({', '.join(map(quote, values))})" if values else ""


def _attribute(text: str) -> str:
    key, colon, value = text.partition(":")
    if not key or not colon:
        raise BadInput(f"'attribute' is written as key:value, got {text!r}")
    return f"attr[{quote(key)}] = {quote(value.strip(chr(34)))}"


def _questions(request: Request) -> Questions:
    found: Questions = request.app.state.questions
    return found
