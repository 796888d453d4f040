"""Questions for runs, as LangSmith's clients put them, answered by ours."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nervure.api.langsmith.filters import run_is, run_type_is, translate
from nervure.api.langsmith.names import ID_SKEW_NS, born_ns, checked_uuid, moment, parsed_ns, span_of, trace_of
from nervure.api.langsmith.projects import Sessions
from nervure.api.langsmith.runs import run_json, stats_of
from nervure.base.errors import BadInput, NotFound
from nervure.query.asker import Asker
from nervure.query.filter import quote
from nervure.query.lists import Page
from nervure.query.present import time_text

EXAMPLE = 'attr["langsmith.run.reference_example_id"]'
ALWAYS = {"id", "name", "start_time", "run_type", "trace_id", "dotted_order", "session_id"}
MOST_RUNS, MOST_TRACES, MOST_SCORES = 100, 1000, 1000
# A run ends long after its id was made; it does not begin so.
LATE_NS = 24 * ID_SKEW_NS
Span = Mapping[str, Any]


def find_span(asker: Asker, project: str, run_id: str) -> Span:
    """The span of a run's UUID, with content. Raises NotFound, BadInput."""
    identity = checked_uuid(run_id, "a run's id")
    own = f"span_id = {quote(span_of(identity))}"
    trace = f"trace_id = {quote(trace_of(identity))}"
    # LangSmith's roots first: an index leads to traces, while span ids alone are looked for everywhere.
    pages = [Page(where=f"{trace} and {own}", limit=1)]
    born = born_ns(identity)
    if born is not None:
        # Version 7 ids say when: then only that part of the store is read.
        since, until = time_text(max(born - ID_SKEW_NS, 0)), time_text(born + LATE_NS)
        pages.append(Page(where=own, limit=1, since=since, until=until))
    pages += [Page(where=own, limit=1), Page(where=f"{trace} and is_root = true", limit=1)]
    for page in pages:
        found: list[Span] = asker.spans(project, page, content=True)["items"]
        if found:
            return found[0]
    raise NotFound(f"project {project!r} has no run {run_id}: it may still be on its way, or retention has taken it")


def where_of(asked: Mapping[str, Any], sessions: Sessions) -> str:
    """Our filter for a question of /runs/query. Raises BadInput, FilterError."""
    parts: list[str] = []
    if (trace := asked.get("trace")) is not None:
        parts.append(f"trace_id = {quote(trace_of(checked_uuid(trace, 'trace')))}")
    if named := _listed(asked, "session"):
        parts.append(_any([_session(sessions, checked_uuid(one, "session")) for one in named]))
    # What holds of a run holds of the others of its trace, too.
    scope = list(parts)
    if ids := _listed(asked, "id"):
        parts.append(run_is(*ids))
    if (parent := asked.get("parent_run")) is not None:
        parts.append(f"parent_id = {quote(span_of(checked_uuid(parent, 'parent_run')))}")
    if (kind := asked.get("run_type")) is not None:
        parts.append(run_type_is(str(kind)))
    if examples := _listed(asked, "reference_example"):
        parts.append(_any([f"{EXAMPLE} = {quote(checked_uuid(one, 'reference_example'))}" for one in examples]))
    if asked.get("is_root") is not None:
        parts.append(f"is_root = {'true' if asked['is_root'] else 'false'}")
    if asked.get("execution_order") is not None:
        parts.append(f"is_root = {'true' if asked['execution_order'] == 1 else 'false'}")
    if asked.get("error") is not None:
        parts.append('status = "error"' if asked["error"] else 'status != "error"')
    if (words := asked.get("query") or asked.get("search_filter")) is not None:
        text = str(words)
        parts.append(translate(text) if text.rstrip().endswith(")") else quote(text))
    if asked.get("filter"):
        parts.append(f"({translate(str(asked['filter']))})")
    for member, root in (("trace_filter", "is_root = true and "), ("tree_filter", "")):
        if asked.get(member):
            parts.append(_of_traces(sessions, [*scope, f"{root}({translate(str(asked[member]))})"], member))
    return " and ".join(parts)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of an answer: runs, the spans they were made of, where the next page begins, our filter."""

    runs: list[dict[str, Any]]
    spans: Sequence[Span]
    following: str | None
    where: str


def list_runs(
    asker: Asker, project: str, asked: Mapping[str, Any], sessions: Sessions, link: Callable[[str], str]
) -> dict[str, Any]:
    """A page of runs: {"runs", "cursors": {"next", "prev"}}."""
    found = find_runs(asker, project, asked, sessions, link)
    runs = found.runs
    if chosen := asked.get("select"):
        wanted = {str(one) for one in chosen} | ALWAYS
        runs = [{key: value for key, value in run.items() if key in wanted} for run in runs]
    return {"runs": runs, "cursors": {"next": found.following, "prev": None}, "parsed_query": found.where}


def find_runs(
    asker: Asker, project: str, asked: Mapping[str, Any], sessions: Sessions, link: Callable[[str], str]
) -> Found:
    """A page of runs that fit. Raises BadInput, FilterError, QueryError."""
    where = where_of(asked, sessions)
    since = moment(parsed_ns(asked["start_time"], "start_time")) if asked.get("start_time") else ""
    until = moment(parsed_ns(asked["end_time"], "end_time")) if asked.get("end_time") else ""
    limit = asked.get("limit")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise BadInput(f"limit must be a whole number from 1 on, got {limit!r}")
    order = {"asc": "oldest", "desc": "newest", "": "newest"}.get(str(asked.get("order") or ""))
    if order is None:
        raise BadInput(f"order must be asc or desc, got {asked['order']!r}")
    page = Page(where, since, until, min(limit or MOST_RUNS, MOST_RUNS), str(asked.get("cursor") or ""), order)
    found = asker.spans(project, page, content=True)
    runs = made_runs(asker, project, found["items"], sessions, link)
    return Found(runs, found["items"], found["next_cursor"], where)


def made_runs(
    asker: Asker, project: str, spans: Sequence[Span], sessions: Sessions, link: Callable[[str], str]
) -> list[dict[str, Any]]:
    """Spans as runs, with their feedback."""
    if not spans:
        return []
    targets = {one["span_id"] for one in spans} | {one["trace_id"] for one in spans if not one["parent_id"]}
    scores = asker.scores(project, Page(limit=MOST_SCORES), target_id=sorted(targets))["items"]
    by_target: dict[str, list[Any]] = {}
    for score in scores:
        by_target.setdefault(score["target_id"], []).append(score)
    return [
        run_json(
            one, sessions.of, link,
            stats_of([*by_target.get(one["span_id"], ()), *(() if one["parent_id"] else by_target.get(one["trace_id"], ()))]),
        )
        for one in spans
    ]  # fmt: skip


def _listed(asked: Mapping[str, Any], name: str) -> list[Any]:
    value = asked.get(name)
    return value if isinstance(value, list) else [] if value is None else [value]


def _any(parts: list[str]) -> str:
    return f"({' or '.join(parts)})"


def _session(sessions: Sessions, identity: str) -> str:
    try:
        return sessions.get(identity).where
    except NotFound:
        # Runs may name a project by an id that nobody has said anything else of.
        return f'attr["langsmith.run.session_id"] = {quote(identity)}'


def _of_traces(sessions: Sessions, tests: list[str], member: str) -> str:
    """The traces in which a run passes these tests, as a filter."""
    page = Page(where=" and ".join(tests), limit=MOST_TRACES)
    found = sessions.asker.spans(sessions.project, page)
    traces = list(dict.fromkeys(one["trace_id"] for one in found["items"]))
    if found["next_cursor"]:
        raise BadInput(f"{member} fits more than {MOST_TRACES} runs: narrow it, e.g. by gt(start_time, ..)")
    return f"trace_id in ({', '.join(map(quote, traces))})" if traces else 'trace_id = "none"'
