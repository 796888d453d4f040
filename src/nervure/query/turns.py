"""The turns of a session: its traces in order, each with what was asked, what was answered, and how it was judged.

A turn asks what the first span with content says a user said, and answers what the last one gave back. Two spans a
turn are read with their messages, no more, and of those the first characters are told.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nervure.base.errors import NotFound, QueryError
from nervure.model.span import Message, Span
from nervure.query import cursor
from nervure.query.conditions import Binder
from nervure.query.present import FULL_COLUMNS, record_json
from nervure.query.runner import Runner
from nervure.query.traces import summaries
from nervure.store.rows import SCORE_COLUMNS, score_of, span_of
from nervure.store.sql import Sql

MAX_LIMIT = 200
# Characters of what was asked and answered that a turn tells; the trace tells the rest.
PREVIEW = 4000
MAX_SCORES = 2000
# Kinds whose messages are the conversation's; what tools and retrievers say is between the lines.
SPEAKING = "kind IN ('agent', 'workflow', 'llm', 'other')"


def list_turns(runner: Runner, session: str, limit: int = 50, after: str = "") -> dict[str, Any]:
    """{"items": [turn, ...], "next_cursor"}, oldest first.

    A turn is a trace's summary with gap_ms (since the turn before ended; null for the first of a page's question, below
    0 when they overlap), input and output ({"text", "size", "role", "span_id"} or null when no content was sent),
    error (the first that was told, or "") and scores. limit: up to MAX_LIMIT. Raises QueryError, NotFound.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise QueryError(f"limit lies between 1 and {MAX_LIMIT}, got {limit}")
    question = ("turns", runner.project, session)
    place = cursor.decode(question, after, (int, str, int))
    rows = _traces(runner, session, place, limit + 1)
    if not rows and place is None:
        raise NotFound(f"project {runner.project!r} has no session {session!r}")
    more, rows = len(rows) > limit, rows[:limit]
    ids = [row["id"] for row in rows]
    held = summaries(runner, ids)
    said = _said(runner, rows)
    scores = _scores(runner, ids)
    items = []
    ended = place[2] if place else None
    for row in rows:
        if row["id"] not in held:
            continue
        gap = None if ended is None else (row["start_ns"] - ended) / 1e6
        ended = row["end_ns"]
        items.append(held[row["id"]] | {"gap_ms": gap} | said[row["id"]] | {"scores": scores.get(row["id"], [])})
    following = cursor.encode(question, [rows[-1]["start_ns"], rows[-1]["id"], rows[-1]["end_ns"]]) if more else None
    return {"items": items, "next_cursor": following}


def _traces(runner: Runner, session: str, place: Sequence[Any] | None, limit: int) -> list[dict[str, Any]]:
    binder = Binder("t")
    project, name = binder.bind(runner.project, "String"), binder.bind(session, "String")
    beyond = (
        f" AND (start_ns, id) > ({binder.bind(place[0], 'Int64')}, {binder.bind(place[1], 'String')})" if place else ""
    )
    # A trace may be kept in parts of which not each knows the session.
    sql = Sql(
        "SELECT trace_id AS id, toUnixTimestamp64Nano(min(traces.start)) AS start_ns,"
        " toUnixTimestamp64Nano(max(traces.end)) AS end_ns FROM traces"
        f" WHERE project = {project} AND trace_id GLOBAL IN"
        f" (SELECT trace_id FROM traces WHERE project = {project} AND traces.session = {name})"
        f" GROUP BY trace_id HAVING max(traces.session) = {name}{beyond} ORDER BY start_ns, id LIMIT {limit}",
        binder.values,
    )
    return runner.query(sql).dicts()


# What was said


def _said(runner: Runner, rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """By trace: input, output and error."""
    made: dict[str, dict[str, Any]] = {row["id"]: {"input": None, "output": None, "error": ""} for row in rows}
    if not rows:
        return made
    picked = _speakers(runner, rows)
    spans = _read(runner, rows, {span_id for row in picked for span_id in (row["asking"], row["answering"]) if span_id})
    for row in picked:
        turn = made[row["id"]]
        turn["error"] = row["failure"]
        asking, answering = spans.get((row["id"], row["asking"])), spans.get((row["id"], row["answering"]))
        if asking:
            turn["input"] = _preview(asking, asking.input, asking.input_text, ("user",))
        if answering:
            turn["output"] = _preview(answering, answering.output, answering.output_text, ("assistant", ""))
    return made


def _scope(runner: Runner, rows: Sequence[Mapping[str, Any]], binder: Binder) -> str:
    """The spans of these traces, found by the time they lie in."""
    ids = binder.bind([row["id"] for row in rows], "Array(String)")
    return (
        f"project = {binder.bind(runner.project, 'String')}"
        f" AND start >= {binder.time(min(row['start_ns'] for row in rows))}"
        f" AND start <= {binder.time(max(row['end_ns'] for row in rows))} AND trace_id IN {ids}"
    )


def _speakers(runner: Runner, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """By trace, which spans ask and answer: the first to begin with an input, the last to end with an output.

    A parent begins before and ends after its children, so these are the outermost with content.
    """
    binder = Binder("s")
    ends = "toInt64(toUnixTimestamp64Nano(start) + duration_ns)"
    sql = Sql(
        "SELECT trace_id AS id,"
        f" argMinIf(span_id, start, {SPEAKING} AND notEmpty(input_text)) AS asking,"
        f" argMaxIf(span_id, ({ends}, -toUnixTimestamp64Nano(start)), {SPEAKING} AND notEmpty(output_text)) AS answering,"
        " argMinIf(if(notEmpty(status_message), status_message, toString(error_type)), start,"
        " status = 'error' AND (notEmpty(status_message) OR notEmpty(error_type))) AS failure"
        f" FROM spans WHERE {_scope(runner, rows, binder)} GROUP BY trace_id",
        binder.values,
    )
    return runner.query(sql).dicts()


def _read(runner: Runner, rows: Sequence[Mapping[str, Any]], ids: set[str]) -> dict[tuple[str, str], Span]:
    if not ids:
        return {}
    binder = Binder("v")
    sql = Sql(
        f"SELECT {FULL_COLUMNS} FROM spans WHERE {_scope(runner, rows, binder)}"
        f" AND span_id IN {binder.bind(sorted(ids), 'Array(String)')} ORDER BY revision",
        binder.values,
    )
    return {(row["trace_id"], row["span_id"]): span_of(row) for row in runner.query(sql).dicts()}


def _preview(span: Span, messages: Sequence[Message], text: str, roles: tuple[str, ...]) -> dict[str, Any]:
    """The last thing one of these roles said; of content without roles, the text as it is."""
    for message in reversed(messages):
        said = _text(message)
        if said and message.get("role", "") in roles:
            return _cut(said, message.get("role", ""), span)
    return _cut(text, "", span)


def _cut(text: str, role: str, span: Span) -> dict[str, Any]:
    return {"text": text[:PREVIEW], "size": len(text), "role": role, "span_id": span.span_id}


def _text(message: Message) -> str:
    parts: Iterable[Any] = message.get("parts") or ()
    texts = [part.get("content") for part in parts if isinstance(part, dict) and part.get("type", "text") == "text"]
    return "\n".join(text for text in texts if isinstance(text, str)).strip()


# How it was judged


def _scores(runner: Runner, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Scores by trace, of the trace itself and of its spans, newest last."""
    binder = Binder("c")
    own = f"project = {binder.bind(runner.project, 'String')}"
    sql = Sql(
        f"SELECT {SCORE_COLUMNS} FROM (SELECT * FROM scores WHERE {own}"
        f" AND trace_id IN {binder.bind(list(ids), 'Array(String)')} ORDER BY revision DESC, received DESC LIMIT 1 BY id)"
        f" ORDER BY time, id LIMIT {MAX_SCORES}",
        binder.values,
    )
    made: dict[str, list[dict[str, Any]]] = {}
    for row in runner.query(sql).dicts():
        score = score_of(row)
        made.setdefault(score.trace_id, []).append(record_json(score))
    return made
