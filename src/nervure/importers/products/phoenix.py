"""Arize Phoenix: its REST API (version 1) and GraphQL for counts; spans as Parquet of the dataframe, JSON or OTLP.

Spans come back with their attributes flattened, with the kind beside them, and without links; they are sent as their
instrumentation sent them. Annotations of documents are read by GraphQL: the REST API only writes them.
Source: https://arize.com/docs/phoenix/sdk-api-reference/rest-api/overview
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from nervure.base.clock import iso
from nervure.base.errors import NervureError
from nervure.importers.files import count_rows, read_pages
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
)  # fmt: skip
from nervure.importers.pages import Api
from nervure.importers.spans import NO_LIMITS, chunks, ns_of, origin
from nervure.model.raw import RawEvent, RawSpan
from nervure.model.score import Score, TargetType
from nervure.model.score import Source as ScoreSource

SPANS, OTHERS, IDS = 500, 100, 100
# Of GraphQL: Phoenix allows 50 aliases a question.
ALIASES = 50
STATUS = {"OK": 1, "ERROR": 2}
KIND = "openinference.span.kind"
# As Phoenix's own client sends them here (nervure.api.vendors.phoenix_scores), so that it reads them back.
IDENTIFIER, POSITION = "phoenix.identifier", "phoenix.document_position"
OF_DOCUMENTS = (
    "... on Span { spanId documentEvaluations "
    "{ id name annotatorKind score label explanation metadata documentPosition identifier createdAt } }"
)
# Attributes that are JSON text when sent and that Phoenix takes apart (phoenix.trace.attributes.JSON_STRING_ATTRIBUTES).
JSON_TEXTS = ("document.metadata", "llm.prompt_template.variables", "metadata", "tool.parameters")
ANNOTATORS: dict[str, ScoreSource] = {"HUMAN": "human", "LLM": "judge", "CODE": "code"}
Json = dict[str, Any]


class Server:
    """A running Phoenix. The cursor is [project's place, phase, the server's own cursor]."""

    nouns: Sequence[Noun] = ("prompts", "datasets", "traces", "scores", "runs")

    def __init__(self, asked: Asked, api: Api) -> None:
        self._asked, self._api = asked, api
        listed = self._all("/v1/projects", include_experiment_projects="true")
        # Projects by age: a new one comes last and moves no place.
        wanted = [one for one in listed if not asked.projects or one["name"] in asked.projects]
        self._projects = sorted(wanted, key=lambda one: (len(one["id"]), one["id"]))
        unknown = set(asked.projects) - {one["name"] for one in listed}
        if unknown:
            raise NervureError(
                f"{asked.url} has no project {', '.join(sorted(unknown))}: it has {', '.join(one['name'] for one in listed)}"
            )
        self._experiments: set[str] | None = None

    def count(self, noun: Noun) -> int | None:
        """Of spans by GraphQL, which alone can count."""
        if noun not in ("traces", "scores"):
            return None
        question = "{ projects(first: 10000) { edges { node { name recordCount } } } }"
        try:
            answer = self._api.post("/graphql", {"query": question})
            names = {one["name"] for one in self._projects}
            nodes = [edge["node"] for edge in answer["data"]["projects"]["edges"]]
            return sum(int(node["recordCount"]) for node in nodes if node["name"] in names)
        except (NervureError, KeyError, TypeError):
            # A count is a comfort: a server that does not tell it is read all the same.
            return None

    def oldest_ns(self) -> int | None:
        firsts = [self._page(one["name"], "traces", None, 1)["data"] for one in self._projects]
        return min((ns_of(page[0]["start_time"]) for page in firsts if page), default=None)

    def read(self, noun: Noun, cursor: Cursor) -> Iterator[Page]:
        reading = {
            "prompts": self._prompts, "datasets": self._datasets, "traces": self._spans, "scores": self._annotations,
            "runs": self._runs,
        }  # fmt: skip
        return reading[noun](cursor)

    def close(self) -> None:
        self._api.close()

    def _spans(self, cursor: Cursor) -> Iterator[Page]:
        for _, name, rows, place in self._walk(cursor, ("spans",)):
            yield Page([FoundSpan(span_of(row), self._target(name)) for row in rows], place, len(rows))

    def _annotations(self, cursor: Cursor) -> Iterator[Page]:
        """Of spans, then of traces, then of sessions, each asked for by the ids of a page."""
        for phase, name, rows, place in self._walk(cursor, ("spans", "traces", "sessions")):
            target: TargetType = {"spans": "span", "traces": "trace", "sessions": "session"}[phase]  # type: ignore[assignment]
            keyed = {_key_of(row, phase): row for row in rows}
            found: list[Found] = []
            for ids in chunks(sorted(keyed), IDS):
                path = f"/v1/projects/{quote(name, safe='')}/{target}_annotations"
                for said in self._all(path, optional=True, **{f"{target}_ids": list(ids)}):
                    trace = (
                        keyed[said[f"{target}_id"]].get("context", {}).get("trace_id", "") if phase == "spans" else ""
                    )
                    found.append(_judged(said, target, trace, self._target(name)))
            if phase == "spans":
                found += self._of_documents(rows, self._target(name))
            yield Page(found, place, len(rows) if phase == "spans" else 0)

    def _of_documents(self, rows: Sequence[Json], project: str) -> Iterator[Found]:
        """Annotations of the documents that spans retrieved."""
        having = [row for row in rows if any(".documents." in key for key in row.get("attributes") or {})]
        for some in chunks(having, ALIASES):
            asked = " ".join(
                f"s{place}: node(id: {json.dumps(str(row.get('id')))}) {{ {OF_DOCUMENTS} }}"
                for place, row in enumerate(some)
            )
            answer = self._api.post("/graphql", {"query": f"{{ {asked} }}"})
            if answer.get("errors") or not answer.get("data"):
                reason = f"annotations of documents: the server does not tell them: {answer.get('errors')}"
                yield from (Misfit(f"documents of span {_key_of(row, 'spans')}", reason[:300]) for row in some)
                continue
            for place, row in enumerate(some):
                for said in (answer["data"].get(f"s{place}") or {}).get("documentEvaluations") or []:
                    yield _judged_document(said, row["context"], project)

    def _walk(self, cursor: Cursor, phases: tuple[str, ...]) -> Iterator[tuple[str, str, list[Json], Cursor]]:
        at, phase, inner = cursor or (0, 0, None)
        while at < len(self._projects):
            name = self._projects[at]["name"]
            page = self._page(name, phases[phase], inner)
            inner = page["next_cursor"]
            if not inner:
                at, phase = (at, phase + 1) if phase + 1 < len(phases) else (at + 1, 0)
                yield phases[phase - 1], name, page["data"], [at, phase, None]
            else:
                yield phases[phase], name, page["data"], [at, phase, inner]

    def _page(self, project: str, phase: str, inner: str | None, most: int = OTHERS) -> Json:
        path = f"/v1/projects/{quote(project, safe='')}/{phase}"
        asked = self._asked
        times = {
            "start_time": iso(asked.since_ns) if asked.since_ns else None,
            "end_time": iso(asked.until_ns) if asked.until_ns < 1 << 62 else None,
        }
        if phase == "spans":
            # By insertion: what arrives meanwhile comes last.
            page = self._api.find(path, limit=SPANS, cursor=inner, sort="id", order="asc", **times)
        elif phase == "traces":
            page = self._api.find(path, limit=most, cursor=inner, sort="start_time", order="asc", **times)
        else:
            page = self._api.find(path, limit=OTHERS, cursor=inner, order="asc")
        return page or {"data": [], "next_cursor": None}

    def _target(self, name: str) -> str:
        """Traces of experiments go where the datasets go: their projects are made by Phoenix, one for each run."""
        if self._experiments is None:
            plain = {one["name"] for one in self._all("/v1/projects")}
            self._experiments = {one["name"] for one in self._projects} - plain
        return "" if name in self._experiments else name

    def _prompts(self, cursor: Cursor) -> Iterator[Page]:
        listed = sorted(self._all("/v1/prompts"), key=lambda one: str(one["id"]))
        for place, prompt in enumerate(listed):
            if place < (cursor or 0):
                continue
            versions = self._all(f"/v1/prompts/{quote(str(prompt['id']))}/versions")
            found = [self._prompt(prompt, version, number) for number, version in enumerate(reversed(versions), 1)]
            yield Page(found, place + 1, 1)

    def _prompt(self, prompt: Json, version: Json, number: int) -> FoundPrompt:
        tags = self._all(f"/v1/prompt_versions/{quote(str(version['id']))}/tags")
        template = version["template"]
        left_out = ("template", "id", "description", "template_type")
        return FoundPrompt(
            name=str(prompt["name"]),
            number=str(version["id"]),
            content=template["template"] if template["type"] == "string" else template["messages"],
            config={key: held for key, held in version.items() if key not in left_out and held is not None},
            labels=[str(tag["name"]) for tag in tags],
            description=prompt.get("description") or "",
            message=version.get("description") or f"version {number}",
        )

    def _datasets(self, cursor: Cursor) -> Iterator[Page]:
        for place, dataset in enumerate(self._listed_datasets()):
            if place < (cursor or 0):
                continue
            path = f"/v1/datasets/{quote(str(dataset['id']))}"
            splits: dict[str, list[str]] = {}
            for split in self._all(f"{path}/splits", optional=True):
                for one in self._api.get(f"{path}/examples", split=split["name"])["data"]["examples"]:
                    splits.setdefault(one["id"], []).append(split["name"])
            found: list[Found] = [
                FoundItem(
                    dataset["name"],
                    None,
                    description=dataset.get("description") or "",
                    metadata=dataset.get("metadata") or {},
                    dataset_id=str(dataset["id"]),
                )
            ]
            examples = self._api.get(f"{path}/examples")["data"]["examples"]
            found += [_example(dataset["name"], one, splits.get(one["id"], [])) for one in examples]
            earlier = len(self._all(f"{path}/versions")) - 1
            if earlier > 0:
                found.append(
                    Misfit(dataset["name"], f"{earlier} earlier versions of a dataset: its newest is imported")
                )
            yield Page(found, place + 1, 1)

    def _runs(self, cursor: Cursor) -> Iterator[Page]:
        for place, dataset in enumerate(self._listed_datasets()):
            if place < (cursor or 0):
                continue
            found: list[Found] = []
            for one in self._all(f"/v1/datasets/{quote(str(dataset['id']))}/experiments"):
                about: Json = {"description": one.get("description") or "", "metadata": one.get("metadata") or {}}
                name = one.get("name") or str(one["id"])
                about |= {"run_id": str(one["id"]), "created_ns": ns_of(one.get("created_at"))}
                found.append(FoundRun(dataset["name"], name, None, **about))
                for run in self._api.get(f"/v1/experiments/{quote(str(one['id']))}/json"):
                    found += self._tried(dataset["name"], name, str(one["id"]), run, about)
            yield Page(found, place + 1, 1)

    def _tried(self, dataset: str, name: str, experiment: str, run: Json, about: Json) -> list[Found]:
        """A case that was tried, and what its evaluators said of it."""
        example, trace = run["example_id"], run.get("trace_id")
        identity = f"{experiment}/{example}/{run['repetition_number']}"
        if not trace:
            about_it = [Misfit(f"{identity}/{said['name']}", "it judges a run of an experiment without a trace")
                        for said in run.get("annotations") or []]  # fmt: skip
            return [Misfit(identity, "a run of an experiment without a trace"), *about_it]
        found: list[Found] = [FoundRun(dataset, name, example, trace_id=trace, **about)]
        for said in run.get("annotations") or []:
            told = {
                **said, "id": f"{identity}/{said['name']}", "trace_id": trace, "result": said,
                "created_at": said.get("end_time"), "identifier": "",
            }  # fmt: skip
            found.append(_judged(told, "trace", trace, ""))
        return found

    def _listed_datasets(self) -> list[Json]:
        return sorted(self._all("/v1/datasets"), key=lambda one: str(one["id"]))

    def _all(self, path: str, optional: bool = False, **parameters: Any) -> list[Json]:
        """All pages of a list. optional: an older server may not have it."""
        listed: list[Json] = []
        cursor = None
        while True:
            ask = self._api.find if optional else self._api.get
            page = ask(path, limit=OTHERS, cursor=cursor, **parameters)
            if page is None:
                return listed
            listed += page["data"]
            cursor = page.get("next_cursor")
            if not cursor:
                return listed


class Files:
    """Spans in files. The cursor is [file, row]."""

    nouns: Sequence[Noun] = ("traces",)

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def count(self, noun: Noun) -> int | None:
        return count_rows(self._asked.files)

    def oldest_ns(self) -> int | None:
        return 0

    def read(self, noun: Noun, cursor: Cursor) -> Iterator[Page]:
        return read_pages(self._asked.files, cursor, self._row)

    def close(self) -> None:
        """Nothing is held."""

    def _row(self, row: Json) -> list[Found]:
        if "resourceSpans" in row:
            # Only here: the light install has no decoders.
            from nervure.decode.wires.otlp_traces import read_json

            batch = read_json(json.dumps(row).encode(), NO_LIMITS)
            return [
                *(FoundSpan(span) for span in batch.spans),
                *(Misfit(f"{count} spans", reason) for reason, count in batch.refused.items()),
            ]
        span = span_of(row if "context" in row else _undone(row))
        if not span.trace_id or not span.span_id:
            return [
                Misfit(
                    str(row.get("id") or row.get("name") or "?"), "a row without context.trace_id and context.span_id"
                )
            ]
        is_in = self._asked.since_ns <= span.start_ns < self._asked.until_ns
        return [FoundSpan(span)] if is_in else []


def span_of(row: Mapping[str, Any]) -> RawSpan:
    """A span of the REST API as its instrumentation sent it."""
    attributes = _attributes(row.get("attributes") or {})
    attributes.setdefault(KIND, row.get("span_kind") or "UNKNOWN")
    context = row.get("context") or {}
    start = ns_of(row.get("start_time"))
    return RawSpan(
        origin=origin({}),
        trace_id=str(context.get("trace_id") or ""),
        span_id=str(context.get("span_id") or ""),
        parent_id=str(row.get("parent_id") or ""),
        name=str(row.get("name") or ""),
        kind=1,
        start_ns=start,
        end_ns=max(ns_of(row.get("end_time")), start),
        status_code=STATUS.get(str(row.get("status_code")), 0),
        status_message=str(row.get("status_message") or ""),
        attributes=attributes,
        events=[
            RawEvent(str(one.get("name")), ns_of(one.get("timestamp")), dict(one.get("attributes") or {}))
            for one in row.get("events") or []
        ],
    )


def _attributes(flat: Mapping[str, Any]) -> Json:
    """Attributes as sent: JSON texts put together again."""
    made: Json = {}
    texts: dict[str, Json] = {}
    for key, value in flat.items():
        head = next((key[: key.find(f"{name}.") + len(name)] for name in JSON_TEXTS if _is_below(key, name)), None)
        if head is None:
            made[key] = json.dumps(value) if isinstance(value, dict) else value
            continue
        inner = texts.setdefault(head, {})
        *path, last = key[len(head) + 1 :].split(".")
        for step in path:
            deeper = inner.setdefault(step, {})
            if not isinstance(deeper, dict):
                break
            inner = deeper
        inner[last] = value
    return {**made, **{key: json.dumps(value) for key, value in texts.items()}}


def _is_below(key: str, name: str) -> bool:
    return key.startswith(f"{name}.") if name != "document.metadata" else f".{name}." in f".{key}"


def _undone(row: Json) -> Json:
    """A row of the spans dataframe, whose columns are context.trace_id, attributes.llm.model_name ..., as a span."""
    flat: Json = {}
    for key, value in row.items():
        if key.startswith("attributes.") and value is not None:
            _flatten(key.removeprefix("attributes."), value, flat)
    context = {"trace_id": row.get("context.trace_id"), "span_id": row.get("context.span_id")}
    return {**row, "context": context, "attributes": flat}


def _flatten(key: str, value: Any, flat: Json) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            if inner is not None:
                _flatten(f"{key}.{name}", inner, flat)
    elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        for place, inner in enumerate(value):
            _flatten(f"{key}.{place}", inner, flat)
    else:
        flat[key] = value


def _key_of(row: Json, phase: str) -> str:
    return str({"spans": lambda: row["context"]["span_id"], "traces": lambda: row["trace_id"]}.get(
        phase, lambda: row["session_id"])())  # fmt: skip


def _judged(said: Json, target: TargetType, trace: str, project: str) -> Found:
    result = said.get("result") or {}
    value, label, reason = result.get("score"), result.get("label"), result.get("explanation")
    if value is None and not label and not reason:
        failed = f"an evaluator that failed: {said['error']}" if said.get("error") else ""
        return Misfit(str(said["id"]), failed or "an annotation that says nothing: no score, label or explanation")
    target_id = str(said[f"{target}_id"])
    extra = {IDENTIFIER: said["identifier"]} if said.get("identifier") else {}
    return FoundScore(
        Score(
            id=f"phoenix:{said['id']}",
            name=str(said["name"]),
            target_type=target,
            target_id=target_id,
            trace_id=trace or (target_id if target == "trace" else ""),
            data_type="numeric" if value is not None else "categorical" if label else "text",
            value=None if value is None else float(value),
            label=str(label or (reason if value is None else "") or ""),
            explanation=str(reason or ""),
            source=ANNOTATORS.get(str(said.get("annotator_kind")), "code"),
            author=str(said.get("user_id") or ""),
            time_ns=ns_of(said.get("created_at")),
            metadata={**(said.get("metadata") or {}), **extra},
        ),
        project,
    )


def _judged_document(said: Json, context: Json, project: str) -> Found:
    """An annotation of a document as GraphQL tells it."""
    told = {
        "id": said["id"], "name": said["name"], "annotator_kind": said["annotatorKind"], "result": said,
        "span_id": context["span_id"], "identifier": said.get("identifier"), "created_at": said.get("createdAt"),
        "metadata": {**(said.get("metadata") or {}), POSITION: said["documentPosition"]},
    }  # fmt: skip
    return _judged(told, "span", str(context["trace_id"]), project)


def _example(dataset: str, one: Json, splits: Sequence[str]) -> FoundItem:
    metadata = dict(one.get("metadata") or {})
    if (one.get("source") or {}).get("span_id"):
        metadata["source_span_id"] = one["source"]["span_id"]
    content = {"input": one.get("input"), "expected": one.get("output"), "metadata": metadata}
    return FoundItem(
        dataset, str(one["id"]), {key: held for key, held in content.items() if held}, splits=tuple(splits)
    )


def open_source(asked: Asked) -> Source:
    """A server when an address is given, else files."""
    if not asked.url:
        return Files(asked)
    key = asked.credentials.get("source-key")
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return Server(asked, Api(asked.url, headers, concurrency=asked.concurrency))


IMPORTER = Importer(
    name="phoenix",
    title="Arize Phoenix",
    open=open_source,
    credentials=(Credential("source-key", "PHOENIX_API_KEY", "API key of the Phoenix server."),),
    files="spans: Parquet of the spans dataframe, JSON lines of the REST API, or OTLP JSON",
)
