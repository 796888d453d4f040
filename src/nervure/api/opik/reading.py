"""Traces, spans and threads of Opik's, found and read in its words."""

from collections.abc import Callable
from typing import Any

from fastapi import Request, Response

from nervure.api.asking import Questions
from nervure.api.auth import Access
from nervure.api.opik import filters
from nervure.api.opik.speech import inside, lines
from nervure.api.opik.threads import thread_json, thread_of
from nervure.api.opik.traces import is_trace, span_json, trace_json
from nervure.api.vendors.body import may, object_of
from nervure.base.errors import BadInput
from nervure.decode.formats import ids
from nervure.query.asker import Asker
from nervure.query.filter import quote
from nervure.query.lists import Page

MOST, AT_ONCE = 2000, 200
# Threads: what was said first and last in each is looked for.
THREADS_AT_ONCE = 25
# Spans looked through for one page of a filter: more would be a scan of the whole store.
MOST_LOOKED = 20_000

Json = dict[str, Any]
Read = Callable[[Asker, str, Page], tuple[list[Json], str]]


async def ask(request: Request, access: Access, question: Callable[[Asker], Any]) -> Any:
    """What the question finds, asked beside others."""
    questions: Questions = request.app.state.questions
    return await questions.run(request, access, question)


async def search(request: Request, access: Access, read: Read) -> Response:
    """Items that meet the filters of the request's body, newest first, a line each. Raises BadInput."""
    body = await object_of(request, access.house.settings.max_body_bytes)
    chosen = inside(request, access, body.get("project_name"), body.get("project_id"))
    asked = filters.checked(body.get("filters"))
    limit = may(body, "limit", int, 500)
    if not 1 <= limit <= MOST:
        raise BadInput(f"limit must lie between 1 and {MOST}, got {limit}")
    where = [f"trace_id = {quote(ids.trace_id(body['trace_id']))}"] if body.get("trace_id") else []
    if kind := may(body, "type", str, ""):
        asked = [*asked, {"field": "type", "operator": "=", "value": kind}]
    since, until = may(body, "from_time", str, ""), may(body, "to_time", str, "")
    at_once = THREADS_AT_ONCE if read is read_threads else AT_ONCE
    page = Page(where=" and ".join(where), since=since, until=until, limit=at_once)
    last = may(body, "last_retrieved_id", str, "")
    if thread := may(body, "last_retrieved_thread_model_id", str, ""):
        last = thread_of(thread)[1]
    return lines(
        await ask(request, chosen, lambda asker: matching(asker, chosen.project, page, limit, read, asked, last))
    )


def find_trace(asker: Asker, project: str, identity: str) -> Json | None:
    """A trace by its id, None when the project has none."""
    trace_id = ids.trace_id(identity)
    where = f"trace_id = {quote(trace_id)}"
    summaries = asker.traces(project, Page(where=where, limit=1))["items"]
    if not summaries:
        return None
    roots = asker.spans(project, Page(where=f"{where} and is_root = true", limit=1, order="oldest"), content=True)
    # Of a trace whose root never came its first span stands for it.
    found = roots["items"] or asker.spans(project, Page(where=where, limit=1, order="oldest"), content=True)["items"]
    return trace_json(found[0], summaries[0], _scores(asker, project, [trace_id])) if found else None


def find_span(asker: Asker, project: str, identity: str) -> Json | None:
    """A span by its id, None when the project has none."""
    where = f"span_id = {quote(ids.span_id(identity))}"
    found = asker.spans(project, Page(where=where, limit=1), content=True)["items"]
    return span_json(found[0], _scores(asker, project, [found[0]["trace_id"]])) if found else None


def _scores(asker: Asker, project: str, traces: list[str]) -> list[Json]:
    """Scores of traces and of their spans; those of spans do not always say the trace."""
    found: list[Json] = list(asker.scores(project, Page(limit=1000), trace_id=traces)["items"])
    return found


def read_traces(asker: Asker, project: str, page: Page) -> tuple[list[Json], str]:
    """A page of traces, and the cursor of the next."""
    where = f"({page.where}) and is_root = true" if page.where else "is_root = true"
    found = asker.spans(project, _with(page, where), content=True)
    roots: dict[str, Json] = {}
    for root in found["items"]:
        roots.setdefault(root["trace_id"], root)
    if not roots:
        return [], found["next_cursor"] or ""
    listed = ", ".join(map(quote, roots))
    summaries = {
        one["trace_id"]: one
        for one in asker.traces(project, Page(where=f"trace_id in ({listed})", limit=len(roots)))["items"]
    }
    scores = _scores(asker, project, list(roots))
    made = [
        trace_json(root, summaries.get(trace, {}), [score for score in scores if score["trace_id"] == trace])
        for trace, root in roots.items()
    ]
    return made, found["next_cursor"] or ""


def read_spans(asker: Asker, project: str, page: Page, where: str = "") -> tuple[list[Json], str]:
    """A page of spans, and the cursor of the next."""
    both = " and ".join(f"({one})" for one in (page.where, where) if one)
    found = asker.spans(project, _with(page, both), content=True)
    targets = [span["span_id"] for span in found["items"]]
    scores = asker.scores(project, Page(limit=1000), target_id=targets)["items"] if targets else []
    made = [span_json(span, scores) for span in found["items"] if not is_trace(span)]
    return made, found["next_cursor"] or ""


def find_thread(asker: Asker, project: str, thread: str) -> Json:
    """A thread by its id. Raises NotFound."""
    return _threads(asker, project, [asker.session(project, thread)])[0]


def read_threads(asker: Asker, project: str, page: Page) -> tuple[list[Json], str]:
    """A page of threads, latest activity first, and the cursor of the next."""
    found = asker.sessions(project, page)
    return _threads(asker, project, found["items"]), found["next_cursor"] or ""


def _threads(asker: Asker, project: str, sessions: list[Json]) -> list[Json]:
    """Threads of sessions, with what was said first and last in each."""
    names = [one["id"] for one in sessions]
    if not names:
        return []
    where = f"session in ({', '.join(map(quote, names))}) and is_root = true"
    roots = asker.spans(project, Page(where=where, limit=AT_ONCE, order="oldest"), content=True)
    firsts: dict[str, Json] = {}
    lasts: dict[str, Json] = {}
    for root in roots["items"]:
        firsts.setdefault(root["session"], root)
        lasts[root["session"]] = root
    if roots["next_cursor"]:
        # More than a page: each one's last is asked for, and its first where that page did not reach.
        for name in names:
            where = f"session = {quote(name)} and is_root = true"
            for held, order in ((firsts, "oldest"), (lasts, "newest")):
                if order == "newest" or name not in held:
                    one = asker.spans(project, Page(where=where, limit=1, order=order), content=True)["items"]
                    held.update((name, root) for root in one)
    scores = asker.scores(project, Page(limit=1000), target_type="session", target_id=names)["items"]
    return [
        thread_json(
            project, one, firsts.get(one["id"]), lasts.get(one["id"]), [it for it in scores if it["target_id"] == one["id"]]
        )
        for one in sessions
    ]  # fmt: skip


def _with(page: Page, where: str) -> Page:
    return Page(where, page.since, page.until, page.limit, page.cursor, page.order)


def matching(
    asker: Asker, project: str, page: Page, limit: int, read: Read, asked: list[Json], last: str
) -> list[Json]:
    """Items that meet the filters, behind the one whose id is `last`. Raises BadInput when too many must be read."""
    found: list[Json] = []
    looked, is_behind, cursor = 0, not last, ""
    while True:
        items, cursor = read(asker, project, Page(page.where, page.since, page.until, page.limit, cursor, page.order))
        for item in items:
            if not is_behind:
                is_behind = item["id"] == last
            elif filters.is_match(item, asked):
                found.append(item)
                if len(found) == limit:
                    return found
        looked += len(items)
        if not cursor:
            return found
        if looked >= MOST_LOOKED:
            raise BadInput(
                f"the filter matched {len(found)} of the newest {looked} and older ones were not read: "
                "give a time range (from_time, to_time), or ask GET /api/v1/spans"
            )
