"""Weave's calls and feedback read back."""

from collections.abc import Callable
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request, Response

from nervure.api.asking import Questions
from nervure.api.auth import Access, require
from nervure.api.vendors.amending import amend_span
from nervure.api.vendors.body import may, need, object_of
from nervure.api.weave.calls import call_json, feedback_json
from nervure.api.weave.expressions import equal_to, field_of, is_met
from nervure.api.weave.speech import REFERENCE, WeaveRoute, inside
from nervure.base.errors import BadInput, NotFound
from nervure.decode.formats import ids
from nervure.query.asker import Asker
from nervure.query.filter import quote
from nervure.query.lists import Page
from nervure.store.erase_score import erase_score

routes = APIRouter(include_in_schema=False, route_class=WeaveRoute)
Reader = Annotated[Access, Depends(require("read"))]
Sender = Annotated[Access, Depends(require("send"))]
Json = dict[str, Any]
# Calls looked through for one question: more would be a scan of the whole store.
AT_ONCE, MOST_LOOKED = 500, 20_000
LINES = "application/jsonl"
DISPLAYED = "weave.display_name"


@routes.post("/calls/stream_query")
async def stream_calls(request: Request, access: Reader) -> Response:
    """Calls, oldest first unless said otherwise, a line each."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    chosen = inside(request, access, body.get("project_id"))
    found: list[Json] = await _ask(request, chosen, lambda asker: _calls(asker, chosen.project, body))
    return Response(b"".join(orjson.dumps(one, default=str) + b"\n" for one in found), media_type=LINES)


@routes.post("/calls/query_stats")
async def count_calls(request: Request, access: Reader) -> Json:
    """How many calls fit."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    chosen = inside(request, access, body.get("project_id"))
    found: list[Json] = await _ask(request, chosen, lambda asker: _calls(asker, chosen.project, body))
    return {"count": len(found)}


@routes.post("/call/read")
async def read_call(request: Request, access: Reader) -> Json:
    """A call by its id, null when it is not there."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    chosen = inside(request, access, body.get("project_id"))
    wanted = {"filter": {"call_ids": [need(body, "id", str)]}, "limit": 1}
    found: list[Json] = await _ask(request, chosen, lambda asker: _calls(asker, chosen.project, wanted))
    return {"call": found[0] if found else None}


@routes.post("/call/update")
async def rename_call(request: Request, access: Sender) -> Json:
    """Gives a call another name to be shown by."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    chosen = inside(request, access, body.get("project_id"), "send")
    identity, name = need(body, "call_id", str), may(body, "display_name", str, "")
    where = f"span_id = {quote(ids.span_id(identity))}"
    found = await _ask(request, chosen, lambda asker: asker.spans(chosen.project, Page(where=where, limit=1))["items"])
    if not found:
        raise NotFound(f"project {chosen.project!r} has no call {identity!r}")

    def renamed(held: Json) -> Json:
        return {**held, DISPLAYED: name} if name else {key: one for key, one in held.items() if key != DISPLAYED}

    await amend_span(chosen, found[0]["trace_id"], found[0]["span_id"], renamed, "weave_calls", len(name))
    return {}


@routes.post("/feedback/query")
async def query_feedback(request: Request, access: Reader) -> Json:
    """Feedback on calls, newest first."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    chosen = inside(request, access, body.get("project_id"))
    found: list[Json] = await _ask(request, chosen, lambda asker: _feedback(asker, chosen.project, body.get("query")))
    _order(found, may(body, "sort_by", list, []))
    begin = may(body, "offset", int, 0)
    page = found[begin : begin + may(body, "limit", int, len(found))]
    fields = may(body, "fields", list, [])
    if fields == ["count(*)"]:
        page = [{"count(*)": len(found)}]
    elif fields:
        page = [{str(name): field_of(one, str(name)) for name in fields} for one in page]
    return {"result": page, "total_count": len(found)}


@routes.post("/feedback/purge")
async def purge_feedback(request: Request, access: Sender) -> Json:
    """Forgets feedback that fits a query by ids."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    chosen = inside(request, access, body.get("project_id"), "send")
    query = need(body, "query", dict)
    listed = equal_to(query, "id") or _ored(query)
    if not listed:
        raise BadInput("feedback is purged by ids: the query must compare id with literals")

    def work(asker: Asker) -> None:
        for one in listed:
            erase_score(asker.engine, chosen.project, one)

    await _ask(request, chosen, work)
    return {}


@routes.post("/cost/query")
async def query_costs(request: Request, access: Reader) -> Json:
    """Prices kept with Weave's client: none, for prices are kept for all clients together (/api/v1/prices)."""
    return {"results": []}


def _ored(query: Json) -> list[str]:
    parts = query.get("$expr", {}).get("$or") if isinstance(query.get("$expr"), dict) else None
    return [one for part in parts for one in equal_to({"$expr": part}, "id")] if isinstance(parts, list) else []


async def _ask(request: Request, access: Access, question: Callable[[Asker], Any]) -> Any:
    questions: Questions = request.app.state.questions
    return await questions.run(request, access, question)


def _calls(asker: Asker, project: str, body: Json) -> list[Json]:
    """The calls a request means. Raises BadInput when too many would have to be read."""
    wanted = may(body, "filter", dict, {})
    # A query nobody understands is told so even where there is nothing to compare.
    is_met({}, body.get("query"))
    order = may(body, "sort_by", list, [])
    by_time = order[0] if len(order) == 1 and order[0].get("field") == "started_at" else None
    is_sorted = not order or by_time is not None
    begin, limit = may(body, "offset", int, 0), body.get("limit")
    if begin < 0 or (limit is not None and (not isinstance(limit, int) or limit < 0)):
        raise BadInput(f"offset and limit must not be negative, got {begin} and {limit!r}")
    most = begin + limit if limit is not None and is_sorted else None
    newest = by_time is not None and by_time.get("direction") == "desc"
    page = Page(where=where_of(wanted), limit=AT_ONCE, order="newest" if newest else "oldest")
    found: list[Json] = []
    looked = 0
    while most is None or len(found) < most:
        answered = asker.spans(project, page, content=True)
        on = _feedback_on(asker, project, answered["items"]) if body.get("include_feedback") else None
        for span in answered["items"]:
            call = call_json(span, on.get(span["span_id"], []) if on is not None else None)
            if _fits(call, wanted) and is_met(call, body.get("query")):
                found.append(call)
        looked += len(answered["items"])
        if not answered["next_cursor"]:
            break
        if looked >= MOST_LOOKED and (most is None or len(found) < most):
            raise BadInput(
                f"{looked} calls were read and there are more: give a limit, or filter by trace_ids, parent_ids or call_ids"
            )
        page = Page(page.where, "", "", page.limit, answered["next_cursor"], page.order)
    if not is_sorted:
        _order(found, order)
    return found[begin : begin + limit if limit is not None else None]


def where_of(wanted: Json) -> str:
    """The part of a filter that the store answers."""
    parts = []
    for name, field, make in (
        ("call_ids", "span_id", ids.span_id),
        ("trace_ids", "trace_id", ids.trace_id),
        ("parent_ids", "parent_id", ids.span_id),
    ):
        if listed := wanted.get(name):
            parts.append(f"{field} in ({', '.join(quote(make(one)) for one in listed)})")
    if wanted.get("trace_roots_only"):
        parts.append("is_root = true")
    return " and ".join(parts)


def _fits(call: Json, wanted: Json) -> bool:
    names = [str(one) for one in wanted.get("op_names") or []]
    return (
        (not names or any(_named(call["op_name"], name) for name in names))
        and (not wanted.get("call_ids") or call["id"] in wanted["call_ids"])
        and (not wanted.get("thread_ids") or call["thread_id"] in wanted["thread_ids"])
        and (not wanted.get("turn_ids") or call["turn_id"] in wanted["turn_ids"])
        and (not wanted.get("wb_run_ids") or call["wb_run_id"] in wanted["wb_run_ids"])
        and (not wanted.get("wb_user_ids") or call["wb_user_id"] in wanted["wb_user_ids"])
        and (not wanted.get("input_refs") or _mentions(call["inputs"], wanted["input_refs"]))
        and (not wanted.get("output_refs") or _mentions(call["output"], wanted["output_refs"]))
    )


def _named(operation: str, name: str) -> bool:
    """`weave:///e/p/op/predict:*` means every version."""
    return operation.startswith(name[:-1]) if name.endswith(":*") else operation == name


def _mentions(value: Any, references: list[str]) -> bool:
    text = orjson.dumps(value, default=str).decode()
    return any(f'"{one}"' in text for one in references)


def _order(items: list[Json], orders: list[Any]) -> None:
    for order in reversed(orders):
        path = str(order.get("field"))
        items.sort(key=lambda one, path=path: _key(field_of(one, path)), reverse=order.get("direction") == "desc")  # type: ignore[misc]


def _key(value: Any) -> tuple[bool, float, str]:
    is_number = isinstance(value, int | float)
    return value is None, float(value) if is_number else 0.0, "" if is_number or value is None else str(value)


def _feedback(asker: Asker, project: str, query: Any) -> list[Json]:
    is_met({}, query)
    found = [match for one in equal_to(query, "weave_ref") if (match := REFERENCE.match(one)) is not None]
    targets = [ids.span_id(match["rest"]) for match in found if match["kind"] == "call"]
    page = Page(limit=1000)
    listed: list[Json] = []
    while True:
        answered = asker.scores(project, page, target_id=targets)
        listed += answered["items"]
        if not answered["next_cursor"] or len(listed) >= MOST_LOOKED:
            break
        page = Page(limit=1000, cursor=answered["next_cursor"])
    made = [feedback_json(score, None) for score in listed if score["target_type"] == "span"]
    return [one for one in made if is_met(one, query)]


def _feedback_on(asker: Asker, project: str, spans: list[Json]) -> dict[str, list[Json]]:
    by_id = {span["span_id"]: span for span in spans}
    on: dict[str, list[Json]] = {}
    for score in asker.scores(project, Page(limit=1000), target_id=list(by_id))["items"] if by_id else []:
        on.setdefault(score["target_id"], []).append(feedback_json(score, by_id.get(score["target_id"])))
    return on


router = APIRouter()
router.include_router(routes, prefix="/traces")
router.include_router(routes)
