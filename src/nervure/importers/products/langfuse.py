"""Langfuse: its public API, of servers 2 and 3 (pages of traces and observations) and 4 (cursors), and its export files.

Observations are put into the bodies that Langfuse's own SDKs send to `/api/public/ingestion`.
Source: https://api.reference.langfuse.com and https://langfuse.com/docs/api-and-data-platform/features/export-to-blob-storage
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from nervure.base.clock import iso
from nervure.base.errors import BadInput
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
from nervure.importers.spans import filled, from_wire, ns_of, trace_id
from nervure.model.score import Score, TargetType
from nervure.model.score import Source as ScoreSource

PAGE, WIDE = 100, 500
FIELDS = "core,basic,time,io,metadata,model,usage,prompt,metrics,trace_context"
# The API of server 4 cuts longer values of metadata unless it is asked for them by name.
CUT_AT = 200
JUDGES: dict[str, ScoreSource] = {"ANNOTATION": "human", "EVAL": "judge", "API": "code"}
COMMENTED: dict[str, TargetType] = {"TRACE": "trace", "OBSERVATION": "span", "SESSION": "session"}
MEDIA = re.compile(r"@@@langfuseMedia:type=([^|@]*)\|id=([^|@]+)\|source=[^@]*@@@")
OF_TRACE = ("name", "userId", "sessionId", "release", "version", "environment", "public", "tags", "metadata")
WHOLE_TRACE = ("langfuse.trace.input", "langfuse.trace.output", "langfuse.trace.metadata")
# Names of columns in export files that differ from the API's.
COLUMNS = {
    "trace_id": "traceId", "start_time": "startTime", "end_time": "endTime", "parent_observation_id": "parentObservationId",
    "completion_start_time": "completionStartTime", "provided_model_name": "model", "providedModelName": "model",
    "model_parameters": "modelParameters", "usage_details": "usageDetails", "cost_details": "costDetails",
    "status_message": "statusMessage", "prompt_name": "promptName", "prompt_version": "promptVersion",
    "user_id": "userId", "session_id": "sessionId", "data_type": "dataType", "string_value": "stringValue",
    "observation_id": "observationId", "author_user_id": "authorUserId", "queue_id": "queueId", "trace_name": "traceName",
    "dataset_run_id": "datasetRunId",
}  # fmt: skip
Json = dict[str, Any]


class Server:
    """A running Langfuse. Its key belongs to one project."""

    nouns: Sequence[Noun] = ("prompts", "datasets", "traces", "scores", "runs")

    def __init__(self, asked: Asked, api: Api) -> None:
        self._asked, self._api, self._attachments = asked, api, Attachments(api)
        projects = [one["name"] for one in api.get("/api/public/projects")["data"]]
        if unknown := set(asked.projects) - set(projects):
            raise BadInput(
                f"these keys belong to the project {', '.join(projects)}, not {', '.join(sorted(unknown))}: use that "
                "project's own keys"
            )
        self._is_new = self._has("/api/public/v2/observations", limit=1)

    def count(self, noun: Noun) -> int | None:
        """Server 4 counts nothing."""
        paths = {
            "traces": ("/api/public/observations", self._range("Start")), "prompts": ("/api/public/v2/prompts", {}),
            "scores": ("/api/public/v2/scores", self._range()), "datasets": ("/api/public/v2/datasets", {}),
        }  # fmt: skip
        if noun not in paths:
            return None
        path, given = paths[noun]
        answer = self._api.find(path, limit=1, page=1, **given)
        total = ((answer or {}).get("meta") or {}).get("totalItems")
        return total if isinstance(total, int) else None

    def oldest_ns(self) -> int | None:
        answer = self._api.find("/api/public/traces", limit=1, page=1, orderBy="timestamp.asc", **self._range())
        if answer is None:
            return 0
        return ns_of(answer["data"][0]["timestamp"]) if answer["data"] else None

    def read(self, noun: Noun, cursor: Cursor) -> Iterator[Page]:
        reading = {
            "prompts": self._prompts, "datasets": self._datasets, "traces": self._traces, "scores": self._scores,
            "runs": self._runs,
        }  # fmt: skip
        return reading[noun](cursor)

    def close(self) -> None:
        self._api.close()

    def _has(self, path: str, **parameters: Any) -> bool:
        return self._api.find(path, **parameters) is not None

    def _range(self, of: str = "") -> Json:
        name = f"{of}Time" if of else "Timestamp"
        asked = self._asked
        return {
            f"from{name}": iso(asked.since_ns) if asked.since_ns else None,
            f"to{name}": iso(asked.until_ns) if asked.until_ns < 1 << 62 else None,
        }

    def _traces(self, cursor: Cursor) -> Iterator[Page]:
        """Observations, then the traces that have none. The cursor is [phase, the server's cursor or page]."""
        phase, inner = cursor or (0, None)
        if phase == 0:
            observations = self._by_cursor(inner) if self._is_new else self._by_page(inner or 1)
            for rows, place in observations:
                yield Page(self._spans(rows), [0, place] if place else [1, 1], len(rows))
            inner = None
        for rows, place in self._pages("/api/public/traces", inner or 1, orderBy="timestamp.asc", **self._range()):
            lone = [one for one in rows if not one.get("observations")]
            yield Page(self._spans([_of_lone(one) for one in lone]), [1, place], 0)

    def _by_cursor(self, cursor: str | None) -> Iterator[tuple[list[Json], str | None]]:
        """Observations of server 4, each with what is said of its trace."""
        while True:
            asked = {"fields": FIELDS, "limit": WIDE, "cursor": cursor, **self._range("Start")}
            page = self._api.get("/api/public/v2/observations", **asked)
            cut = {
                key for one in page["data"] for key, value in (one.get("metadata") or {}).items()
                if isinstance(value, str) and len(value) >= CUT_AT
            }  # fmt: skip
            if cut:
                page = self._api.get("/api/public/v2/observations", expandMetadata=",".join(sorted(cut)), **asked)
            cursor = (page.get("meta") or {}).get("cursor")
            rows = page["data"]
            yield [{**one, "trace": {**one, "name": one.get("traceName"), "metadata": None}} for one in rows], cursor
            if not cursor:
                return

    def _by_page(self, first: int) -> Iterator[tuple[list[Json], int | None]]:
        """Observations of servers 2 and 3; what is said of their traces is read first and kept on disk."""
        shelf = Shelf()
        try:
            for rows, _ in self._pages("/api/public/traces", 1, orderBy="timestamp.asc"):
                for trace in rows:
                    shelf.put(trace["id"], {key: trace.get(key) for key in (*OF_TRACE, "input", "output")})
            for rows, place in self._pages("/api/public/observations", first, **self._range("Start")):
                yield [{**one, "trace": shelf.get(one.get("traceId") or "")} for one in rows], place
        finally:
            shelf.close()

    def _pages(self, path: str, first: int, **parameters: Any) -> Iterator[tuple[list[Json], int | None]]:
        """Rows of each page, and the next one; None behind the last. Nothing when the server has no such path."""
        place: int | None = first
        while place:
            page = self._api.find(path, limit=PAGE, page=place, **parameters)
            if page is None:
                return
            place = place + 1 if place < int(page["meta"]["totalPages"]) else None
            yield page["data"], place

    def _spans(self, rows: Sequence[Json]) -> list[Found]:
        if self._asked.media:
            rows = list(self._api.each(self._with_media, rows))
        return [*spans_of(rows), *self._attachments.lost()]

    def _with_media(self, row: Json) -> Json:
        """The row with its images and sounds in it, where it refers to them."""
        if "@@@langfuseMedia" not in json.dumps([row.get(key) for key in ("input", "output", "metadata")]):
            return row
        return {**row, **{key: filled(row.get(key), MEDIA, self._fetched) for key in ("input", "output", "metadata")}}

    def _fetched(self, reference: re.Match[str]) -> str:
        """A data: address of what a reference means; the reference itself when it cannot be had."""
        path = f"/api/public/media/{quote(reference[2], safe='')}"
        found = self._attachments.fetch(f"media {reference[2]}", lambda: self._api.get(path)["url"])
        return f"data:{reference[1] or found[1]};base64,{found[0]}" if found else reference[0]

    def _scores(self, cursor: Cursor) -> Iterator[Page]:
        """Scores, then comments. The cursor is [phase, the server's cursor or page]."""
        phase, inner = cursor or (0, None)
        if phase == 0:
            is_new = self._has("/api/public/v3/scores", limit=1)
            for rows, place in self._scores_by_cursor(inner) if is_new else self._scores_by_page(inner or 1):
                yield Page([_score(one) for one in rows], [0, place] if place else [1, 1], len(rows))
            inner = None
        for rows, place in self._pages("/api/public/comments", inner or 1):
            yield Page([_comment(one) for one in rows if self._is_in(one.get("createdAt"))], [1, place], 0)

    def _is_in(self, moment: Any) -> bool:
        return self._asked.since_ns <= ns_of(moment) < self._asked.until_ns

    def _scores_by_cursor(self, cursor: str | None) -> Iterator[tuple[list[Json], str | None]]:
        while True:
            page = self._api.get(
                "/api/public/v3/scores",
                limit=PAGE,
                cursor=cursor,
                fields="details,subject,annotation",
                **self._range(),
            )
            cursor = (page.get("meta") or {}).get("cursor")
            yield page["data"], cursor
            if not cursor:
                return

    def _scores_by_page(self, first: int) -> Iterator[tuple[list[Json], int | None]]:
        path = "/api/public/v2/scores"
        yield from self._pages(path if self._has(path, limit=1) else "/api/public/scores", first, **self._range())

    def _prompts(self, cursor: Cursor) -> Iterator[Page]:
        for rows, place in self._pages("/api/public/v2/prompts", cursor or 1):
            wanted = [(one, number) for one in rows for number in sorted(one["versions"])]
            yield Page(list(self._api.each(self._prompt, wanted)), place, len(rows))
            if not place:
                return

    def _prompt(self, wanted: tuple[Json, int]) -> Found:
        meta, number = wanted
        one = self._api.get(f"/api/public/v2/prompts/{quote(meta['name'], safe='')}", version=number, resolve="false")
        return FoundPrompt(
            name=one["name"],
            number=str(one["version"]),
            content=one["prompt"],
            config=one.get("config") or {},
            labels=one.get("labels") or [],
            tags=one.get("tags") or [],
            message=one.get("commitMessage") or "",
            created_ns=ns_of(one.get("createdAt")),
        )

    def _datasets(self, cursor: Cursor) -> Iterator[Page]:
        """The cursor is [dataset's place, page of its items]."""
        at, page = cursor or (0, 1)
        for place, dataset in enumerate(self._listed_datasets()):
            if place < at:
                continue
            metadata = dataset.get("metadata")
            head = FoundItem(
                dataset["name"], None, description=dataset.get("description") or "",
                metadata=metadata if isinstance(metadata, dict) else {}, dataset_id=dataset["id"],
            )  # fmt: skip
            first = page if place == at else 1
            for rows, following in self._pages("/api/public/dataset-items", first, datasetName=dataset["name"]):
                found: list[Found] = [head] if first == 1 else []
                found += [_item(dataset["name"], one) for one in rows]
                first = following or 0
                yield Page(found, [place, following] if following else [place + 1, 1], 0 if following else 1)

    def _listed_datasets(self) -> list[Json]:
        listed = [one for rows, _ in self._pages("/api/public/v2/datasets", 1) for one in rows]
        return sorted(listed, key=lambda one: (one["createdAt"], one["id"]))

    def _runs(self, cursor: Cursor) -> Iterator[Page]:
        """Runs of each dataset. The cursor is the dataset's place."""
        is_new = self._is_new and self._has("/api/public/experiments", limit=1, fromStartTime=iso(0))
        for place, dataset in enumerate(self._listed_datasets()):
            if place >= (cursor or 0):
                runs = self._experiments(dataset) if is_new else self._dataset_runs(dataset)
                yield Page(list(runs), place + 1, 1)

    def _dataset_runs(self, dataset: Json) -> Iterator[Found]:
        path = f"/api/public/datasets/{quote(dataset['name'], safe='')}/runs"
        for rows, _ in self._pages(path, 1):
            for run in rows:
                whole = self._api.get(f"{path}/{quote(run['name'], safe='')}")
                yield _run(dataset["name"], run, None)
                for item in whole.get("datasetRunItems") or []:
                    yield _run(dataset["name"], run, item["datasetItemId"], item["traceId"], item.get("observationId"))

    def _experiments(self, dataset: Json) -> Iterator[Found]:
        for run in self._all("/api/public/experiments", datasetId=dataset["id"], fromStartTime=iso(0)):
            yield _run(dataset["name"], run, None)
            for item in self._all("/api/public/experiment-items", experimentId=run["id"], fromStartTime=iso(0)):
                # The id of the item of an experiment is that of the dataset's item it tried.
                yield _run(dataset["name"], run, item["experimentItemId"], item["traceId"])

    def _all(self, path: str, **parameters: Any) -> Iterator[Json]:
        cursor = None
        while True:
            page = self._api.get(path, limit=PAGE, cursor=cursor, **parameters)
            yield from page["data"]
            cursor = (page.get("meta") or {}).get("cursor")
            if not cursor:
                return


class Files:
    """Observations, traces and scores of an export (CSV, JSON, JSON lines, Parquet), told apart by their columns."""

    nouns: Sequence[Noun] = ("traces", "scores")

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        kinds = {file: _kind_of(file) for file in asked.files}
        self._files = {
            kind: [file for file in asked.files if kinds[file] == kind] for kind in ("traces", "observations", "scores")
        }
        self._shelf = Shelf()
        for file in self._files["traces"]:
            for row in rows_of(file):
                self._shelf.put(str(row.get("id")), _named(row))

    def count(self, noun: Noun) -> int | None:
        return count_rows(self._read_of(noun))

    def oldest_ns(self) -> int | None:
        return 0

    def read(self, noun: Noun, cursor: Cursor) -> Iterator[Page]:
        if noun == "scores":
            return read_pages(self._files["scores"], cursor, lambda row: [_score(_named(row))])
        return read_pages(self._read_of(noun), cursor, self._row)

    def close(self) -> None:
        self._shelf.close()

    def _read_of(self, noun: Noun) -> list[Any]:
        # Traces go first: what their observations do not tell of themselves is on the shelf by then.
        return self._files["scores"] if noun == "scores" else [*self._files["observations"], *self._files["traces"]]

    def _row(self, row: Json) -> list[Found]:
        named = _named(row)
        is_trace = "startTime" not in named
        at = ns_of(named.get("timestamp") if is_trace else named.get("startTime"))
        if not self._asked.since_ns <= at < self._asked.until_ns:
            return []
        if not is_trace:
            trace_row = self._shelf.get(str(named.get("traceId"))) or {**named, "name": named.get("traceName")}
            self._shelf.put(f"seen:{named.get('traceId')}", True)
            return spans_of([{**named, "trace": trace_row}])
        if self._shelf.get(f"seen:{named.get('id')}"):
            return []
        held = named.get("observations")
        if isinstance(held, list) and held and isinstance(held[0], dict):
            return spans_of([{**_named(one), "trace": named} for one in held])
        return spans_of([_of_lone(named)])


def _kind_of(file: Any) -> str:
    row = _named(next(iter(rows_of(file)), {}))
    if "value" in row and "name" in row and ("dataType" in row or "source" in row):
        return "scores"
    if "startTime" in row and "traceId" in row:
        return "observations"
    if "id" in row and "timestamp" in row:
        return "traces"
    raise BadInput(f"{file} is neither traces, observations nor scores of Langfuse: its columns are {', '.join(row)}")


def _named(row: Json) -> Json:
    return {COLUMNS.get(key, key): value for key, value in row.items()}


def spans_of(rows: Sequence[Json]) -> list[Found]:
    """Spans of observations, each with its "trace"; by the wire their SDKs send to."""
    # Only here: the light install has no decoders.
    from nervure.decode.wires.langfuse_ingestion import WIRE

    found: list[Found] = []
    for row in rows:
        trace, body = (
            row.get("trace") or {},
            {key: value for key, value in row.items() if key != "trace" and value is not None},
        )
        identity = body.get("traceId") or body["id"]
        told = {key: trace[key] for key in (*OF_TRACE, "input", "output") if trace.get(key) not in (None, [], "")}
        body["traceId"] = identity
        if "usageDetails" in row:
            # What Langfuse computes of it for older clients: zeros where there was no call.
            body.pop("usage", None)
        events = [
            {"id": f"trace-{identity}", "type": "trace-create", "body": {"id": identity, **told}},
            {"id": body["id"], "type": "observation-create", "timestamp": body.get("startTime"), "body": body},
        ]
        spans, refused = from_wire(WIRE, {"batch": events})
        for span in spans:
            if span.parent_id:
                for key in WHOLE_TRACE:
                    span.attributes.pop(key, None)
            found.append(FoundSpan(span))
        found += [Misfit(str(body["id"]), reason) for reason in refused]
    return found


def _of_lone(trace: Json) -> Json:
    """An observation that says what a trace without observations says."""
    start = ns_of(trace.get("timestamp"))
    latency = trace.get("latency")
    end = start + int(float(latency) * 1e9) if isinstance(latency, int | float) else start
    return {
        "id": f"{trace_id(trace['id'])}-root", "traceId": trace["id"], "type": "SPAN", "name": trace.get("name"),
        "startTime": iso(start), "endTime": iso(end), "input": trace.get("input"), "output": trace.get("output"),
        "trace": {key: trace.get(key) for key in OF_TRACE},
    }  # fmt: skip


def _score(row: Json) -> Found:
    from nervure.decode.formats.vendor_scores import langfuse_score

    subject = row.get("subject") or {}
    where = {
        "trace": {"traceId": subject.get("id")}, "session": {"sessionId": subject.get("id")},
        "observation": {"observationId": subject.get("id"), "traceId": subject.get("traceId")},
        "experiment": {"datasetRunId": subject.get("id")},
    }.get(str(subject.get("kind")), {})  # fmt: skip
    body = {**row, **where}
    if str(row.get("dataType")) in ("CATEGORICAL", "TEXT", "CORRECTION") and row.get("stringValue"):
        body["value"] = row["stringValue"]
    elif isinstance(row.get("value"), str) and str(row.get("dataType")) in ("NUMERIC", "BOOLEAN"):
        body["value"] = _number(row["value"])
    score = langfuse_score(body)
    if score is None:
        return Misfit(str(row.get("id")), "a score without name, value or something it judges")
    score.source = JUDGES.get(str(row.get("source")), score.source)
    return FoundScore(score)


def _number(text: str) -> float | None:
    """Of a cell of a CSV file."""
    try:
        return {"true": 1.0, "false": 0.0}.get(text.lower()) if text.isalpha() else float(text)
    except ValueError:
        return None


def _comment(row: Json) -> Found:
    from nervure.decode.formats import ids

    kind = COMMENTED.get(str(row.get("objectType")))
    if kind is None:
        return Misfit(str(row["id"]), f"a comment on a {str(row.get('objectType')).lower()}")
    identity = str(row["objectId"])
    target = {"trace": ids.trace_id, "span": ids.span_id}.get(kind, str)(identity)
    return FoundScore(
        Score(
            id=str(row["id"]), name="comment", target_type=kind, target_id=target,
            trace_id=target if kind == "trace" else "", data_type="text", label=str(row.get("content") or ""),
            source="human", author=str(row.get("authorUserId") or ""), time_ns=ns_of(row.get("createdAt")),
        )
    )  # fmt: skip


def _item(dataset: str, one: Json) -> FoundItem:
    from nervure.decode.formats import ids

    metadata = one.get("metadata")
    content = {
        "input": one.get("input"), "expected": one.get("expectedOutput"),
        "metadata": metadata if isinstance(metadata, dict) else {"metadata": metadata} if metadata else None,
    }  # fmt: skip
    return FoundItem(
        dataset,
        str(one["id"]),
        {key: held for key, held in content.items() if held is not None},
        is_archived=one.get("status") == "ARCHIVED",
        trace_id=ids.trace_id(one.get("sourceTraceId")),
        span_id=ids.span_id(one.get("sourceObservationId")),
    )


def _run(dataset: str, run: Json, item: str | None, trace: str = "", observation: str | None = None) -> FoundRun:
    from nervure.decode.formats import ids

    metadata = run.get("metadata")
    return FoundRun(
        dataset, run["name"], item, run_id=str(run["id"]), created_ns=ns_of(run.get("createdAt") or run.get("startTime")),
        trace_id=ids.trace_id(trace), span_id=ids.span_id(observation), description=run.get("description") or "",
        metadata=metadata if isinstance(metadata, dict) else {},
    )  # fmt: skip


def open_source(asked: Asked) -> Source:
    """A server when an address is given, else files."""
    if not asked.url:
        return Files(asked)
    public, secret = (asked.credentials.get(name) or "" for name in ("public-key", "secret-key"))
    if not public or not secret:
        raise BadInput("Langfuse needs --public-key and --secret-key (or LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY)")
    return Server(asked, Api(asked.url, auth=(public, secret), concurrency=asked.concurrency))


IMPORTER = Importer(
    name="langfuse",
    title="Langfuse",
    open=open_source,
    credentials=(
        Credential("public-key", "LANGFUSE_PUBLIC_KEY", "Public key of the project to read."),
        Credential("secret-key", "LANGFUSE_SECRET_KEY", "Its secret key."),
    ),
    files="traces, observations and scores as CSV, JSON, JSON lines or Parquet",
)
