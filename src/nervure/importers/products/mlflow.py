"""MLflow 3 (and traces of 2): its REST API; traces as JSON of `Trace.to_json` or rows of `mlflow.search_traces`.

Spans are OTLP records whose ids are base64; session, user and tags are said of the trace and are put where MLflow's own
OTLP export puts them. Source: https://mlflow.org/docs/latest/api_reference/rest-api.html
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nervure.base.errors import NervureError, NotFound
from nervure.importers.files import count_rows, read_pages
from nervure.importers.importer import (
    Asked,
    Credential,
    Cursor,
    Found,
    FoundItem,
    FoundPrompt,
    FoundScore,
    FoundSpan,
    Importer,
    Misfit,
    Noun,
    Page,
    Source,
)
from nervure.importers.pages import Api
from nervure.importers.spans import chunks, ns_of, origin, span_id, trace_id
from nervure.model.raw import RawEvent, RawSpan
from nervure.model.score import Score
from nervure.model.score import Source as ScoreSource

TRACES, AT_ONCE, OTHERS = 200, 10, 200
EARLIEST_MS, LATEST_MS = 0, (1 << 62) // 1_000_000
OURS = re.compile(r"tr-([0-9a-f]{32})")
STATUS = {"OK": 1, "STATUS_CODE_OK": 1, "ERROR": 2, "STATUS_CODE_ERROR": 2, 1: 1, 2: 2}
# Said of a trace: MLflow's name for it, and the attribute its OTLP export writes.
OF_TRACE = {"mlflow.trace.session": "mlflow.trace.session", "mlflow.trace.user": "mlflow.trace.user"}
JUDGES: dict[str, ScoreSource] = {"HUMAN": "human", "LLM_JUDGE": "judge", "AI_JUDGE": "judge", "CODE": "code"}
PLACE = "mlflow.trace.spansLocation"
IS_PROMPT = "tags.`mlflow.prompt.is_prompt` = 'true'"
PROMPT_OWN = ("mlflow.prompt.", "_mlflow")
Json = dict[str, Any]


class Server:
    """A running MLflow. The cursor is [experiment's place, page token]."""

    nouns: Sequence[Noun] = ("prompts", "datasets", "traces", "scores")

    def __init__(self, asked: Asked, api: Api) -> None:
        self._asked, self._api = asked, api
        listed = list(self._experiments())
        names = {one["name"] for one in listed}
        if unknown := set(asked.projects) - names:
            raise NervureError(
                f"{asked.url} has no experiment {', '.join(sorted(unknown))}: it has {', '.join(sorted(names))}"
            )
        wanted = [one for one in listed if not asked.projects or one["name"] in asked.projects]
        self._wanted = sorted(wanted, key=lambda one: (len(one["experiment_id"]), one["experiment_id"]))

    def count(self, noun: Noun) -> int | None:
        """MLflow tells no counts."""
        return None

    def oldest_ns(self) -> int | None:
        pages = [self._page(one["experiment_id"], None, 1)["traces"] for one in self._wanted]
        return min((ns_of(page[0]["request_time"]) for page in pages if page), default=None)

    def read(self, noun: Noun, cursor: Cursor) -> Iterator[Page]:
        reading = {
            "prompts": self._prompts, "datasets": self._datasets, "traces": self._traces, "scores": self._assessments,
        }  # fmt: skip
        return reading[noun](cursor)

    def close(self) -> None:
        self._api.close()

    def _traces(self, cursor: Cursor) -> Iterator[Page]:
        for name, infos, place in self._walk(cursor):
            found: list[Found] = []
            for whole in self._api.each(self._whole, chunks(infos, AT_ONCE)):
                for info, spans in whole:
                    found += [FoundSpan(span, name) for span in spans_of(info, spans)]
            yield Page(found, place, len(infos))

    def _assessments(self, cursor: Cursor) -> Iterator[Page]:
        for name, infos, place in self._walk(cursor):
            found = [judged(info, said, name) for info in infos for said in info.get("assessments") or []]
            yield Page(found, place, len(infos))

    def _walk(self, cursor: Cursor) -> Iterator[tuple[str, list[Json], Cursor]]:
        at, token = cursor or (0, None)
        for place, experiment in enumerate(self._wanted):
            while place == at:
                page = self._page(experiment["experiment_id"], token, TRACES)
                token = page.get("next_page_token") or None
                at = at if token else at + 1
                yield experiment["name"], page["traces"], [at, token]

    def _page(self, experiment: str, token: str | None, most: int) -> Json:
        asked = self._asked
        times = [f"timestamp_ms >= {asked.since_ns // 1_000_000}"] if asked.since_ns else []
        times += [f"timestamp_ms < {asked.until_ns // 1_000_000}"] if asked.until_ns < 1 << 62 else []
        body = {
            "locations": [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}],
            "max_results": most, "order_by": ["timestamp_ms ASC"], "filter": " AND ".join(times),
            "page_token": token,
        }  # fmt: skip
        said = {key: held for key, held in body.items() if held}
        answer: Json = self._api.post("/api/3.0/mlflow/traces/search", said)
        return {"traces": answer.get("traces") or [], "next_page_token": answer.get("next_page_token")}

    def _whole(self, infos: Sequence[Json]) -> list[tuple[Json, list[Json]]]:
        """Spans of some traces: from the database, else from the artifact older servers keep them in."""
        # Asked for one whose spans lie elsewhere, the server answers 500 for all of them.
        ids = [info["trace_id"] for info in infos if (info.get("tags") or {}).get(PLACE) == "TRACKING_STORE"]
        answer = (self._api.find("/api/3.0/mlflow/traces/batchGet", trace_ids=ids) if ids else None) or {}
        held = {one["trace_info"]["trace_id"]: one.get("spans") or [] for one in answer.get("traces") or []}
        return [(info, held.get(info["trace_id"]) or self._artifact(info["trace_id"])) for info in infos]

    def _artifact(self, identity: str) -> list[Json]:
        try:
            answer = self._api.get("/ajax-api/2.0/mlflow/get-trace-artifact", request_id=identity)
        except NotFound:
            return []
        return list(answer.get("spans") or [])

    def _experiments(self) -> Iterator[Json]:
        token = None
        while True:
            body = {
                "max_results": OTHERS,
                "order_by": ["creation_time ASC"],
                **({"page_token": token} if token else {}),
            }
            answer = self._api.post("/api/2.0/mlflow/experiments/search", body)
            yield from answer.get("experiments") or []
            token = answer.get("next_page_token")
            if not token:
                return

    def _prompts(self, cursor: Cursor) -> Iterator[Page]:
        token = cursor
        while True:
            answer = self._api.get(
                "/api/2.0/mlflow/registered-models/search", filter=IS_PROMPT, max_results=OTHERS, page_token=token
            )
            token = answer.get("next_page_token")
            prompts = answer.get("registered_models") or []
            found = [version for prompt in prompts for version in self._versions(prompt)]
            yield Page(found, token, len(prompts))
            if not token:
                return

    def _versions(self, prompt: Json) -> list[Found]:
        versions: list[Json] = []
        token = None
        name = str(prompt["name"]).replace("'", "\\'")
        while True:
            answer = self._api.get(
                "/api/2.0/mlflow/model-versions/search", filter=f"name='{name}' AND {IS_PROMPT}",
                max_results=OTHERS, page_token=token,
            )  # fmt: skip
            versions += answer.get("model_versions") or []
            token = answer.get("next_page_token")
            if not token:
                break
        versions.sort(key=lambda one: int(one["version"]))
        return [_prompt(prompt, version) for version in versions]

    def _datasets(self, cursor: Cursor) -> Iterator[Page]:
        at, token = cursor or (0, None)
        for place, dataset in enumerate(self._listed_datasets()):
            while place == at:
                path = f"/api/3.0/mlflow/datasets/{dataset['dataset_id']}/records"
                answer = self._api.get(path, max_results=OTHERS, page_token=token)
                records = answer.get("records") or "[]"
                rows = json.loads(records) if isinstance(records, str) else records
                found: list[Found] = [] if token else [_dataset(dataset)]
                token = answer.get("next_page_token")
                at = at if token else at + 1
                yield Page([*found, *(_record(dataset["name"], row) for row in rows)], [at, token], len(rows))

    def _listed_datasets(self) -> list[Json]:
        listed: list[Json] = []
        token = None
        experiments = [one["experiment_id"] for one in self._wanted] if self._asked.projects else []
        while True:
            body = {"max_results": OTHERS, "experiment_ids": experiments, "page_token": token}
            said = {key: held for key, held in body.items() if held}
            answer = self._api.post("/api/3.0/mlflow/datasets/search", said)
            listed += answer.get("datasets") or []
            token = answer.get("next_page_token")
            if not token:
                return sorted(listed, key=lambda one: (one["created_time"], one["dataset_id"]))


class Files:
    """Traces in files, with their assessments. The cursor is [file, row]."""

    nouns: Sequence[Noun] = ("traces", "scores")

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def count(self, noun: Noun) -> int | None:
        return count_rows(self._asked.files)

    def oldest_ns(self) -> int | None:
        return 0

    def read(self, noun: Noun, cursor: Cursor) -> Iterator[Page]:
        return read_pages(self._asked.files, cursor, self._traces if noun == "traces" else self._assessments)

    def close(self) -> None:
        """Nothing is held."""

    def _traces(self, row: Json) -> list[Found]:
        info, spans = _of_row(row)
        if not info.get("trace_id"):
            return [
                Misfit(str(row)[:80], "a row without a trace_id: export with Trace.to_json or mlflow.search_traces")
            ]
        return [FoundSpan(span) for span in spans_of(info, spans)] if self._is_in(info) else []

    def _assessments(self, row: Json) -> list[Found]:
        info, _ = _of_row(row)
        if not info.get("trace_id") or not self._is_in(info):
            return []
        return [judged(info, said, "") for said in info.get("assessments") or []]

    def _is_in(self, info: Json) -> bool:
        at = ns_of(info.get("request_time"))
        return not at or self._asked.since_ns <= at < self._asked.until_ns


def _of_row(row: Json) -> tuple[Json, list[Json]]:
    """Info and spans of a trace as `Trace.to_json` (info, data.spans) or a row of the dataframe has them."""
    whole = _plain(row.get("trace")) if row.get("trace") else row
    if isinstance(whole, dict) and "info" in whole:
        info, spans = dict(whole["info"]), (whole.get("data") or {}).get("spans")
    else:
        info, spans = dict(row), row.get("spans")
    info["trace_id"] = info.get("trace_id") or info.get("request_id")
    if "timestamp_ms" in info and not info.get("request_time"):
        info["request_time"] = info["timestamp_ms"]
    for name, older in (("tags", "tags"), ("trace_metadata", "request_metadata"), ("assessments", "assessments")):
        info[name] = _plain(info.get(name) or info.get(older))
    return info, list(_plain(spans) or [])


def spans_of(info: Mapping[str, Any], spans: Sequence[Json]) -> list[RawSpan]:
    """The spans of a trace, with what is said of the whole trace. One is made of a trace that has none."""
    trace = _trace_of(str(info["trace_id"]))
    metadata, tags = dict(info.get("trace_metadata") or {}), dict(info.get("tags") or {})
    shared = {key: metadata[name] for name, key in OF_TRACE.items() if metadata.get(name)}
    own = {
        f"mlflow.traceTag.{key}": value
        for key, value in {**metadata, **tags}.items()
        if not key.startswith(("mlflow.", "_mlflow"))
    }
    if linked := tags.get("mlflow.linkedPrompts"):
        own["mlflow.linkedPrompts"] = linked
    made = [_span(one, trace, shared) for one in spans] or [_lone(info, trace, shared, metadata, tags)]
    for span in made:
        if not span.parent_id:
            span.attributes = {**own, **span.attributes}
    return made


def _span(one: Mapping[str, Any], trace: str, shared: Mapping[str, Any]) -> RawSpan:
    """A span as the API, Trace.to_json or MLflow 2 write it."""
    context = one.get("context") or {}
    status = one.get("status")
    code = status.get("code") if isinstance(status, dict) else one.get("status_code")
    message = status.get("message") if isinstance(status, dict) else one.get("status_message")
    start = int(one.get("start_time_unix_nano") or one.get("start_time") or 0)
    attributes = one.get("attributes") or {}
    said = _attributes(attributes) if isinstance(attributes, list) else dict(attributes)
    said.setdefault("mlflow.spanType", "UNKNOWN")
    return RawSpan(
        origin=origin({}),
        trace_id=trace,
        span_id=_hex(one.get("span_id") or context.get("span_id"), 8),
        parent_id=_hex(one.get("parent_span_id") or one.get("parent_id"), 8),
        name=str(one.get("name") or ""),
        kind=1,
        start_ns=start,
        end_ns=max(int(one.get("end_time_unix_nano") or one.get("end_time") or 0), start),
        status_code=STATUS.get(code, 0) if code is not None else 0,
        status_message=str(message or ""),
        attributes={**shared, **said},
        events=[
            RawEvent(
                str(event.get("name")),
                int(event.get("time_unix_nano") or event.get("timestamp") or 0),
                _attributes(event["attributes"])
                if isinstance(event.get("attributes"), list)
                else dict(event.get("attributes") or {}),
            )
            for event in one.get("events") or []
        ],
    )


def _lone(
    info: Mapping[str, Any], trace: str, shared: Mapping[str, Any], metadata: Mapping[str, Any], tags: Mapping[str, Any]
) -> RawSpan:
    """All that is known of a trace whose spans MLflow does not have (any more)."""
    start = ns_of(info.get("request_time"))
    lasted = str(info.get("execution_duration") or info.get("execution_time_ms") or 0)
    length_s = float(lasted[:-1]) if lasted.endswith("s") else float(lasted) / 1000
    attributes = {
        **shared, "mlflow.spanType": "UNKNOWN",
        "mlflow.spanInputs": metadata.get("mlflow.traceInputs") or info.get("request_preview"),
        "mlflow.spanOutputs": metadata.get("mlflow.traceOutputs") or info.get("response_preview"),
    }  # fmt: skip
    return RawSpan(
        origin=origin({}), trace_id=trace, span_id=span_id(f"{info['trace_id']}/root"), parent_id="",
        name=str(tags.get("mlflow.traceName") or info["trace_id"]), kind=1, start_ns=start,
        end_ns=start + int(length_s * 1e9), status_code=STATUS.get(str(info.get("state") or info.get("status")), 0),
        status_message="", attributes={key: held for key, held in attributes.items() if held is not None},
    )  # fmt: skip


def judged(info: Mapping[str, Any], said: Json, project: str) -> Found:
    """An assessment as a score: feedback says how it was, an expectation what should have come."""
    identity = str(said.get("assessment_id") or f"{info['trace_id']}/{said.get('assessment_name')}")
    trace = _trace_of(str(info["trace_id"]))
    name = str(said.get("assessment_name") or said.get("name") or "")
    feedback, expectation = said.get("feedback"), said.get("expectation")
    body = feedback if isinstance(feedback, dict) else expectation if isinstance(expectation, dict) else {}
    if said.get("valid") is False:
        return Misfit(identity, "an assessment that was overridden by a later one")
    if body.get("error"):
        error = body["error"]
        return Misfit(identity, f"an assessment that failed: {error.get('error_message') or error.get('error_code')}")
    value = body.get("value")
    if value is None and "serialized_value" in body:
        held = body["serialized_value"]
        value = _plain(held.get("value") if isinstance(held, dict) else held)
    rationale = str(said.get("rationale") or "")
    if value is None and not rationale:
        return Misfit(identity, "an assessment without value and rationale")
    source = said.get("source") or {}
    number = float(value) if isinstance(value, bool | int | float) else None
    text = value if isinstance(value, str) else "" if number is not None or value is None else json.dumps(value)
    span = str(said.get("span_id") or "")
    judge = JUDGES.get(str(source.get("source_type")), "code")
    author = str(source.get("source_id") or "")
    extra = {"expectation": True} if isinstance(expectation, dict) else {}
    return FoundScore(
        Score(
            id=f"mlflow:{identity}",
            name=name,
            target_type="span" if span else "trace",
            target_id=_hex(span, 8) if span else trace,
            trace_id=trace,
            data_type="boolean" if isinstance(value, bool) else "numeric" if number is not None else "categorical",
            value=number,
            label=text or (rationale if number is None else ""),
            explanation=rationale,
            source=judge,
            evaluator=author if judge != "human" else "",
            author=author if judge == "human" else "",
            time_ns=ns_of(said.get("create_time")),
            metadata={**(said.get("metadata") or {}), **extra},
        ),
        project,
    )


def _prompt(prompt: Json, version: Json) -> FoundPrompt:
    tags = {one["key"]: one["value"] for one in version.get("tags") or []}
    text = tags.get("mlflow.prompt.text", "")
    content = _plain(text) if tags.get("_mlflow_prompt_type") == "chat" else text
    config = {
        key.removeprefix("_mlflow_prompt_"): _plain(tags[key])
        for key in ("_mlflow_prompt_response_format", "_mlflow_prompt_model_config")
        if tags.get(key)
    }
    own = {one["key"]: one["value"] for one in prompt.get("tags") or []}
    return FoundPrompt(
        name=str(prompt["name"]),
        number=str(version["version"]),
        content=content,
        config=config,
        labels=[one["alias"] for one in prompt.get("aliases") or [] if str(one["version"]) == str(version["version"])],
        tags=[f"{key}:{value}" for key, value in own.items() if not key.startswith(PROMPT_OWN)],
        message=str(version.get("description") or ""),
        created_ns=ns_of(version.get("creation_timestamp")),
    )


def _dataset(dataset: Json) -> FoundItem:
    tags = _plain(dataset.get("tags"))
    return FoundItem(
        dataset["name"], None, metadata=tags if isinstance(tags, dict) else {}, dataset_id=str(dataset["dataset_id"])
    )


def _record(dataset: str, row: Json) -> FoundItem:
    source = row.get("source") or {}
    made_from = (source.get("source_data") or {}).get("trace_id") if source.get("source_type") == "TRACE" else None
    content = {
        "input": row.get("inputs"), "output": row.get("outputs"), "expected": row.get("expectations"),
        "metadata": row.get("tags"),
    }  # fmt: skip
    return FoundItem(
        dataset,
        str(row["dataset_record_id"]),
        {key: held for key, held in content.items() if held},
        trace_id=_trace_of(made_from) if made_from else "",
    )


def _trace_of(identity: str) -> str:
    """MLflow 3 names a trace tr-<OpenTelemetry's trace id>; a digest of any other name."""
    found = OURS.fullmatch(identity)
    return found[1] if found else trace_id(identity)


def _hex(value: Any, size: int) -> str:
    """An id of `size` bytes as hex, of base64 or hex; a digest of anything else, "" for none."""
    text = str(value or "").removeprefix("0x")
    if not text:
        return ""
    if re.fullmatch(rf"[0-9a-f]{{{2 * size}}}", text):
        return text
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    return raw.hex() if len(raw) == size else span_id(text)


def _attributes(listed: Sequence[Json]) -> Json:
    return {one["key"]: _value(one.get("value") or {}) for one in listed}


def _value(held: Mapping[str, Any]) -> Any:
    """An AnyValue in the names of protobuf."""
    for kind, value in held.items():
        if kind == "kvlist_value":
            return _attributes(value.get("values") or [])
        if kind == "array_value":
            return [_value(one) for one in value.get("values") or []]
        if kind == "int_value":
            return int(value)
        return value
    return None


def _plain(value: Any) -> Any:
    """The value itself: much of MLflow is JSON in text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def open_source(asked: Asked) -> Source:
    """A server when an address is given, else files."""
    if not asked.url:
        return Files(asked)
    given = asked.credentials
    token, user, password = (given.get(name) or "" for name in ("source-token", "source-user", "source-password"))
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return Server(asked, Api(asked.url, headers, (user, password) if user else None, asked.concurrency))


IMPORTER = Importer(
    name="mlflow",
    title="MLflow",
    open=open_source,
    credentials=(
        Credential("source-token", "MLFLOW_TRACKING_TOKEN", "Bearer token of the MLflow server."),
        Credential("source-user", "MLFLOW_TRACKING_USERNAME", "User of the MLflow server."),
        Credential("source-password", "MLFLOW_TRACKING_PASSWORD", "Password of that user."),
    ),
    files="traces: JSON of Trace.to_json, or rows of mlflow.search_traces as Parquet, JSON lines or CSV",
)
