"""Questions of Langfuse's API as ours: filters from its parameters, pages by number over pages by cursor."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nervure.api.langfuse.spans import is_stand_in, observation_json, score_json, shown_id, trace_json
from nervure.api.langfuse.speech import Leaf, time_of, when
from nervure.base.errors import BadInput
from nervure.model.score import Score
from nervure.query.asker import Asker
from nervure.query.filter import quote
from nervure.query.lists import MAX_LIMIT, Page
from nervure.query.places import scores_on
from nervure.query.traces import summaries

Json = dict[str, Any]
# A page by number is found by walking there: beyond this, a narrower range of time is the way.
DEEPEST = 20_000


def where_of(equal: Mapping[str, str | Sequence[str]], more: Sequence[str] = ()) -> str:
    """A filter: each field equal to its value, or one of its values; empty ones are left out."""
    tests = list(more)
    for field, value in equal.items():
        if isinstance(value, str):
            tests += [f"{field} = {quote(value)}"] if value else []
        elif value:
            tests.append(f"{field} in ({', '.join(map(quote, value))})")
    return " and ".join(tests)


def since_until(since: str, until: str, name: str) -> tuple[str, str]:
    """A range as pages have it. Raises BadInput for what is no time."""
    return (
        when(time_of(since, f"from{name}")) if since else "",
        when(time_of(until, f"to{name}")) if until else "",
    )


def walk(ask: Any, page: Page, leaf: Leaf) -> tuple[list[Json], int]:
    """The items of a numbered page, and how many there are at least. ask(Page) answers {"items", "next_cursor"}."""
    if leaf.offset + leaf.limit > DEEPEST:
        raise BadInput(f"page: only the first {DEEPEST} can be reached by number: narrow the range of time")
    found: list[Json] = []
    cursor: str | None = page.cursor
    wanted = leaf.offset + leaf.limit + 1
    while cursor is not None and len(found) < wanted:
        size = min(wanted - len(found), MAX_LIMIT)
        answer = ask(Page(page.where, page.since, page.until, size, cursor, page.order))
        found += answer["items"]
        cursor = answer["next_cursor"]
    return found[leaf.offset : leaf.offset + leaf.limit], len(found)


def all_spans(asker: Asker, project: str, where: str, content: bool = False, most: int = 10_000) -> list[Json]:
    """All spans of a filter, oldest first. Raises BadInput beyond `most`."""
    found: list[Json] = []
    cursor: str | None = ""
    while cursor is not None:
        page = asker.spans(project, Page(where, "", "", MAX_LIMIT, cursor, "oldest"), content)
        found += page["items"]
        cursor = page["next_cursor"]
        if len(found) > most:
            raise BadInput(
                f"more than {most} observations: ask for fewer traces at a time, or read them by /v2/observations"
            )
    return found


def whole_trace(asker: Asker, project: str, trace_id: str, asked: str) -> Json | None:
    """A trace with its observations and scores; None when it is not there. asked: the id as the client wrote it."""
    runner = asker.settled(project)[0]
    summary = summaries(runner, [trace_id]).get(trace_id)
    if summary is None:
        return None
    spans = all_spans(asker, project, where_of({"trace_id": trace_id}), content=True)
    names = {span["span_id"]: shown_id(span) for span in spans}
    root = next((span for span in spans if not span["parent_id"]), None)
    made = trace_json(summary, root, project, spans) | {"id": asked}
    shown = [observation_json(span, names, project) for span in spans if not is_stand_in(span)]
    made["observations"] = [one | {"traceId": asked} for one in shown]
    scores = scores_on(runner, "trace_id", [trace_id])
    made["scores"] = [score_json(score, names) | {"traceId": asked} for score in scores]
    return made


def listed_traces(asker: Asker, project: str, page: Page, leaf: Leaf) -> Json:
    """A numbered page of traces, each with the ids of its observations and scores."""
    asker.settle()
    items, total = walk(lambda one: asker.traces(project, one), page, leaf)
    ids = [one["trace_id"] for one in items]
    if not ids:
        return leaf.answer([], total)
    runner = asker.settled(project)[0]
    scores: dict[str, list[str]] = {}
    for score in scores_on(runner, "trace_id", ids):
        scores.setdefault(score.trace_id, []).append(score.id)
    spans: dict[str, list[Json]] = {}
    for span in all_spans(asker, project, where_of({"trace_id": ids}), most=100_000):
        spans.setdefault(span["trace_id"], []).append(span)
    roots: dict[str, Json] = {}
    for part in _parts(ids, 50):
        for span in all_spans(asker, project, where_of({"trace_id": part}, ["is_root = true"]), content=True):
            roots.setdefault(span["trace_id"], span)
    data = []
    for one in items:
        own = spans.get(one["trace_id"], [])
        made = trace_json(one, roots.get(one["trace_id"]), project, own)
        made["observations"] = [span["span_id"] for span in own if not is_stand_in(span)]
        data.append(made | {"scores": scores.get(one["trace_id"], [])})
    return leaf.answer(data, total)


def listed_scores(
    asker: Asker, project: str, page: Page, leaf: Leaf, only: Mapping[str, str]
) -> tuple[list[Score], int]:
    """A numbered page of scores, newest first."""
    items, total = walk(lambda one: asker.scores(project, one, **only), page, leaf)
    found = {score.id: score for score in scores_on(asker.settled(project)[0], "id", [one["id"] for one in items])}
    return [found[one["id"]] for one in items if one["id"] in found], total


def _parts(listed: list[str], size: int) -> Iterator[list[str]]:
    for begin in range(0, len(listed), size):
        yield listed[begin : begin + size]
