"""Opik: its REST API (cloud and self-hosted), and traces and spans as CSV, JSON or JSON lines.

Spans and traces are put into the bodies its own SDK sends to `/v1/private/spans/batch` and `/traces/batch`.
Source: https://www.comet.com/docs/opik/reference/rest-api/overview
"""

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from nervure.base.clock import iso
from nervure.base.errors import NervureError
from nervure.importers.files import Shelf, count_rows, read_pages, rows_of
from nervure.importers.importer import (
    Asked,
    Credential,
    Cursor,
    Found,
    FoundItem,
    FoundPrompt,
    FoundRun,
    FoundScore,
    FoundSpan,
    Importer,
    Misfit,
    Noun,
    Page,
    Source,
)
from nervure.importers.media import Attachments
from nervure.importers.pages import Api
from nervure.importers.spans import from_wire, ns_of, span_id, trace_id
from nervure.model.score import Score, TargetType

PAGE, STREAM = 100, 500
PRIVATE = "/v1/private"
OF_TRACE = ("opik.trace.input", "opik.trace.output")
# What Opik computes and changes by itself is no part of what was sent.
COMPUTED = frozenset(
    {"feedback_scores", "span_feedback_scores", "comments", "created_at", "last_updated_at", "created_by",
     "last_updated_by", "duration", "span_count", "llm_span_count", "has_tool_spans", "providers", "experiment",
     "annotation_queues", "guardrails_validations", "total_estimated_cost_version", "visibility_mode", "project_id"}
)  # fmt: skip
NOT_INPUT = ("expected_output", "output", "metadata")
Json = dict[str, Any]


class Server:
    """Opik. The cursor of spans is [project's place, phase, the last id]."""

    nouns: Sequence[Noun] = ("prompts", "datasets", "traces", "scores", "runs")

    def __init__(self, asked: Asked, api: Api) -> None:
        self._asked, self._api, self._attachments = asked, api, Attachments(api)
        listed = list(self._pages("/projects"))
        names = {one["name"] for one in listed}
        if unknown := set(asked.projects) - names:
            raise NervureError(
                f"{asked.url} has no project {', '.join(sorted(unknown))}: it has {', '.join(sorted(names)[:50])}"
            )
        # Ids are by time: a new project comes last and moves no place.
        self._projects = sorted(
            (one for one in listed if not asked.projects or one["name"] in asked.projects), key=lambda one: one["id"]
        )

    def count(self, noun: Noun) -> int | None:
        paths = {"prompts": "/prompts", "datasets": "/datasets", "runs": "/experiments"}
        if noun not in paths:
            return None
        total = self._api.get(f"{PRIVATE}{paths[noun]}", page=1, size=1).get("total")
        return total if isinstance(total, int) else None

    def oldest_ns(self) -> int | None:
        """Streams begin with the newest, so the oldest project tells."""
        starts = [ns_of(one.get("created_at")) for one in self._projects]
        return max(min(starts), self._asked.since_ns) if starts else None

    def read(self, noun: Noun, cursor: Cursor) -> Iterator[Page]:
        reading = {
            "prompts": self._prompts, "datasets": self._datasets, "traces": self._traces, "scores": self._scores,
            "runs": self._experiments,
        }  # fmt: skip
        return reading[noun](cursor)

    def close(self) -> None:
        self._api.close()

    def _traces(self, cursor: Cursor) -> Iterator[Page]:
        """What is said of a project's traces goes to disk first; then its spans; then the traces without spans."""
        at, phase, last = cursor or (0, "spans", None)
        for place, project in enumerate(self._projects):
            if place < at:
                continue
            name, shelf = project["name"], Shelf()
            try:
                for traces in self._stream("traces", name, None):
                    for one in traces:
                        shelf.put(one["id"], {**one, "project_name": name})
                if phase == "spans":
                    for spans in self._stream("spans", name, last):
                        rows = [{**one, "project_name": name} for one in spans]
                        rows = list(self._api.each(lambda row, owner=project: self._whole(row, owner), rows))  # type: ignore[misc]
                        found = [one for row in rows for one in spans_of(row, shelf.get(row["trace_id"]), name)]
                        found += self._attachments.lost()
                        yield Page(found, [place, "spans", spans[-1]["id"]], len(rows))
                    last = None
                for traces in self._stream("traces", name, last):
                    lone = [one for one in traces if one.get("span_count") == 0]
                    found = [one for row in lone for one in lone_span({**row, "project_name": name}, name)]
                    yield Page(found, [place, "traces", traces[-1]["id"]], len(lone))
            finally:
                shelf.close()
            phase, last = "spans", None

    def _scores(self, cursor: Cursor) -> Iterator[Page]:
        """Scores and comments of traces, spans and threads."""
        at, what, last = cursor or (0, "traces", None)
        for place, project in enumerate(self._projects):
            if place < at:
                continue
            for kind in ("traces", "spans"):
                if ("traces", "spans", "threads").index(kind) < ("traces", "spans", "threads").index(what):
                    continue
                for rows in self._stream(kind, project["name"], last):
                    found = [one for row in rows for one in judged(row, kind, project["name"])]
                    yield Page(found, [place, kind, rows[-1]["id"]], len(rows))
                last = None
            asked = {"project_name": project["name"], **self._range()}
            threads = self._pages("/traces/threads", truncate="true", **asked)
            found = [one for row in threads for one in judged(row, "threads", project["name"])]
            yield Page(found, [place + 1, "traces", None], 0)
            what = "traces"

    def _range(self) -> Json:
        asked = self._asked
        times = {
            "from_time": iso(asked.since_ns) if asked.since_ns else None,
            "to_time": iso(asked.until_ns) if asked.until_ns < 1 << 62 else None,
        }
        return {key: held for key, held in times.items() if held}

    def _stream(self, what: str, project: str, last: str | None) -> Iterator[list[Json]]:
        """Pages, newest first; an id tells where the next begins."""
        while True:
            body = {"project_name": project, "limit": STREAM, "truncate": False, **self._range()}
            if last:
                body["last_retrieved_id"] = last
            rows = [json.loads(line) for line in self._api.lines(f"{PRIVATE}/{what}/search", body)]
            if rows:
                last = rows[-1]["id"]
                yield rows
            if len(rows) < STREAM:
                return

    def _whole(self, row: Json, project: Json) -> Json:
        """The span with its attachments, which stand in its texts as [file name]."""
        text = json.dumps([row.get("input"), row.get("output")])
        if not self._asked.media or "-attachment-" not in text:
            return row
        path = base64.urlsafe_b64encode(f"{self._api.url}/".encode()).decode().rstrip("=")
        asked = {"project_id": project["id"], "entity_type": "span", "entity_id": row["id"], "path": path}
        parts = []
        for one in self._pages("/attachment/list", **asked):
            found = self._attachments.fetch(f"{row['id']}: {one['file_name']}", lambda link=one["link"]: str(link))  # type: ignore[misc]
            if found:
                data = f"data:{one['mime_type']};base64,{found[0]}"
                is_image = str(one["mime_type"]).startswith("image/")
                as_file = {"type": "input_file", "file": {"file_data": data}}
                parts.append({"type": "image_url", "image_url": {"url": data}} if is_image else as_file)
        if not parts:
            return row
        given = row.get("input")
        if isinstance(given, dict) and isinstance(given.get("messages"), list):
            return {**row, "input": {**given, "messages": [*given["messages"], {"role": "user", "content": parts}]}}
        said = [{"type": "text", "text": json.dumps(given)}, *parts]
        return {**row, "input": {"messages": [{"role": "user", "content": said}]}}

    def _pages(self, path: str, /, **parameters: Any) -> Iterator[Json]:
        page = 1
        while True:
            # An older server has no threads.
            ask = self._api.find if path == "/traces/threads" else self._api.get
            rows = (ask(f"{PRIVATE}{path}", page=page, size=PAGE, **parameters) or {}).get("content") or []
            yield from rows
            if len(rows) < PAGE:
                return
            page += 1

    def _prompts(self, cursor: Cursor) -> Iterator[Page]:
        for place, prompt in enumerate(sorted(self._pages("/prompts"), key=lambda one: str(one["id"]))):
            if place < (cursor or 0):
                continue
            versions = sorted(self._pages(f"/prompts/{quote(prompt['id'])}/versions"), key=lambda one: str(one["id"]))
            yield Page([self._prompt(prompt, version) for version in versions], place + 1, 1)

    def _prompt(self, prompt: Json, version: Json) -> FoundPrompt:
        whole = version
        if "template" not in version:
            whole = self._api.get(f"{PRIVATE}/prompts/versions/{quote(version['id'])}")
        structure = whole.get("template_structure") or prompt.get("template_structure")
        metadata = whole.get("metadata")
        return FoundPrompt(
            name=prompt["name"],
            number=str(whole.get("commit") or whole["id"]),
            content=json.loads(whole["template"]) if structure == "chat" else whole["template"],
            config={
                **(metadata if isinstance(metadata, dict) else {}),
                "template_type": whole.get("type") or "mustache",
            },
            labels=whole.get("environments") or ([whole["environment"]] if whole.get("environment") else []),
            tags=prompt.get("tags") or [],
            description=prompt.get("description") or "",
            message=whole.get("change_description") or "",
            created_ns=ns_of(whole.get("created_at")),
        )

    def _datasets(self, cursor: Cursor) -> Iterator[Page]:
        """The cursor is [dataset's place, last id]."""
        at, last = cursor or (0, None)
        for place, dataset in enumerate(sorted(self._pages("/datasets"), key=lambda one: str(one["id"]))):
            if place < at:
                continue
            found: list[Found] = []
            if not last:
                about = dataset.get("description") or ""
                found = [FoundItem(dataset["name"], None, description=about, dataset_id=str(dataset["id"]))]
            while True:
                body = {"dataset_name": dataset["name"], "steam_limit": STREAM, "last_retrieved_id": last}
                said = {key: held for key, held in body.items() if held}
                rows = [json.loads(line) for line in self._api.lines(f"{PRIVATE}/datasets/items/stream", said)]
                is_last = len(rows) < STREAM
                last = None if is_last else rows[-1]["id"]
                found += [_item(dataset["name"], row) for row in rows]
                yield Page(found, [place + 1, None] if is_last else [place, last], 1 if is_last else 0)
                found = []
                if is_last:
                    break

    def _experiments(self, cursor: Cursor) -> Iterator[Page]:
        for place, one in enumerate(sorted(self._pages("/experiments"), key=lambda one: str(one["id"]))):
            if place < (cursor or 0):
                continue
            metadata = one.get("metadata")
            about: Json = {
                "run_id": str(one["id"]), "created_ns": ns_of(one.get("created_at")),
                "metadata": metadata if isinstance(metadata, dict) else {},
            }  # fmt: skip
            found: list[Found] = [FoundRun(one["dataset_name"], one["name"], None, **about)]
            last = None
            while True:
                body = {
                    "experiment_name": one["name"],
                    "limit": STREAM,
                    **({"last_retrieved_id": last} if last else {}),
                }
                rows = [json.loads(line) for line in self._api.lines(f"{PRIVATE}/experiments/items/stream", body)]
                found += [
                    FoundRun(
                        one["dataset_name"],
                        one["name"],
                        row["dataset_item_id"],
                        trace_id=trace_id(row["trace_id"]),
                        **about,
                    )
                    for row in rows
                    if row.get("experiment_id", one["id"]) == one["id"]
                ]
                if len(rows) < STREAM:
                    break
                last = rows[-1]["id"]
            yield Page(found, place + 1, 1)


class Files:
    """Traces and spans in files, told apart by trace_id. The cursor is [file, row]."""

    nouns: Sequence[Noun] = ("traces", "scores")

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._shelf = Shelf()
        for file in asked.files:
            for row in rows_of(file):
                if row.get("trace_id"):
                    self._shelf.put(f"spans of {row['trace_id']}", True)
                elif row.get("id"):
                    self._shelf.put(str(row["id"]), row)

    def count(self, noun: Noun) -> int | None:
        return count_rows(self._asked.files)

    def oldest_ns(self) -> int | None:
        return 0

    def read(self, noun: Noun, cursor: Cursor) -> Iterator[Page]:
        return read_pages(self._asked.files, cursor, self._spans if noun == "traces" else self._scores)

    def close(self) -> None:
        self._shelf.close()

    def _spans(self, row: Json) -> list[Found]:
        if not row.get("id") or not row.get("start_time"):
            return [Misfit(str(row)[:80], "a row without id and start_time is neither a trace nor a span")]
        if not self._is_in(row):
            return []
        if row.get("trace_id"):
            return spans_of(row, self._shelf.get(str(row["trace_id"])), "")
        return [] if self._shelf.get(f"spans of {row['id']}") else lone_span(row, "")

    def _scores(self, row: Json) -> list[Found]:
        return (
            judged(row, "spans" if row.get("trace_id") else "traces", "") if row.get("id") and self._is_in(row) else []
        )

    def _is_in(self, row: Json) -> bool:
        return self._asked.since_ns <= ns_of(row.get("start_time")) < self._asked.until_ns


def spans_of(row: Json, trace: Json | None, project: str) -> list[Found]:
    """A span, with what is said of its trace, by the wires their SDK sends to."""
    # Only here: the light install has no decoders.
    from nervure.decode.wire import Request
    from nervure.decode.wires.opik_batches import WIRE

    spans, refused = from_wire(
        WIRE, {"spans": [_sent(row)]}, Request("application/json", pattern="/v1/private/spans/batch")
    )
    found: list[Found] = [Misfit(str(row.get("id")), reason) for reason in refused]
    told = _told(trace) if trace else {}
    for span in spans:
        own = {key: value for key, value in told.items() if not span.parent_id or key not in OF_TRACE}
        span.attributes = {**own, **span.attributes}
        found.append(FoundSpan(span, project))
    return found


def lone_span(trace: Json, project: str) -> list[Found]:
    """A span that says what a trace without spans says; its id is the trace's."""
    kept = {key: trace.get(key) for key in ("id", "name", "start_time", "end_time", "input", "output", "error_info",
                                            "metadata", "tags", "project_name", "usage", "total_estimated_cost")}  # fmt: skip
    row = {**kept, "trace_id": trace["id"], "type": "general"}
    return spans_of({key: held for key, held in row.items() if held is not None}, trace, project)


def _told(trace: Json) -> Json:
    """Attributes of what is said of a trace."""
    from nervure.decode.formats.json_log import Origins
    from nervure.decode.formats.opik import trace_part
    from nervure.importers.spans import NO_LIMITS

    part = trace_part(_sent(trace), trace.get("id"), Origins("opik"), NO_LIMITS)
    return dict(part.attributes) if part else {}


def _sent(row: Json) -> Json:
    return {key: value for key, value in row.items() if key not in COMPUTED and value is not None}


def judged(row: Json, what: str, project: str) -> list[Found]:
    """Feedback scores and comments of a trace, span or thread."""
    from nervure.decode.formats.opik import score

    found: list[Found] = []
    for said in row.get("feedback_scores") or []:
        body = {**said, "id": row["id"], "project_name": project, "author": said.get("created_by") or ""}
        if what == "threads":
            body["thread_id"] = row["id"]
        made = score(body, what)
        if made is None:
            found.append(Misfit(f"{what} {row['id']}: {said.get('name')}", "a feedback score without name or number"))
            continue
        made.time_ns, made.revision = ns_of(said.get("last_updated_at") or said.get("created_at")), 0
        made.trace_id = trace_id(row["trace_id"]) if what == "spans" and row.get("trace_id") else made.trace_id
        found.append(FoundScore(made, project))
    kind: TargetType = {"traces": "trace", "spans": "span"}.get(what, "session")  # type: ignore[assignment]
    make = {"traces": trace_id, "spans": span_id}.get(what, str)
    for said in row.get("comments") or []:
        target = make(row["id"])
        found.append(
            FoundScore(
                Score(
                    id=str(said["id"]), name="comment", target_type=kind, target_id=target,
                    trace_id=target if kind == "trace" else "", data_type="text", label=str(said.get("text") or ""),
                    source="human", author=str(said.get("created_by") or ""), time_ns=ns_of(said.get("created_at")),
                ),
                project,
            )
        )  # fmt: skip
    return found


def _item(dataset: str, row: Json) -> FoundItem:
    data = row.get("data")
    data = data if isinstance(data, dict) else {"input": data}
    given = (
        data["input"] if set(data) <= {"input", *NOT_INPUT} else {k: v for k, v in data.items() if k not in NOT_INPUT}
    )
    content = {
        "input": given, "expected": data.get("expected_output"), "output": data.get("output"),
        "metadata": data.get("metadata") if isinstance(data.get("metadata"), dict) else None,
    }  # fmt: skip
    trace, span = row.get("trace_id"), row.get("span_id")
    return FoundItem(
        dataset,
        str(row["id"]),
        {key: held for key, held in content.items() if held is not None},
        splits=row.get("tags") or [],
        trace_id=trace_id(trace) if trace else "",
        span_id=span_id(span) if span else "",
    )


def open_source(asked: Asked) -> Source:
    """A server when an address is given, else files."""
    if not asked.url:
        return Files(asked)
    headers = {}
    if key := asked.credentials.get("source-key"):
        headers["authorization"] = key
    if workspace := asked.credentials.get("workspace"):
        headers["comet-workspace"] = workspace
    return Server(asked, Api(asked.url, headers, concurrency=asked.concurrency))


IMPORTER = Importer(
    name="opik",
    title="Opik",
    open=open_source,
    credentials=(
        Credential("source-key", "OPIK_API_KEY", "API key of Opik."),
        Credential("workspace", "OPIK_WORKSPACE", "Workspace to read."),
    ),
    files="traces and spans as CSV, JSON or JSON lines",
)
