"""Arize Phoenix: its REST API (version 1) and GraphQL for counts; spans as Parquet of the dataframe, JSON or OTLP.

Spans come back with their attributes flattened, with the kind beside them, and without links; they are sent as their
instrumentation sent them. Annotations of documents are read by GraphQL: the REST API only writes them.
Source: https://arize.com/docs/phoenix/sdk-api-reference/rest-api/overview
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from nervure.base.clock import iso
from nervure.base.errors import NervureError
from nervure.importers.files import Shelf, count_rows, note_of, read_pages, rows_of
from nervure.importers.importer import (
    Asked,
    Credential,
    Cursor,
    Found,
    FoundItem,
    FoundPrompt,
    FoundRun,
    FoundSpan,
    Importer,
    Misfit,
    Noun,
    Page,
    Source,
)  # fmt: skip
from nervure.importers.pages import Api
from nervure.importers.products._phoenix_judged import (
    EVALUATIONS,
    annotation_of,
    is_judging,
    judged,
    judged_document,
)
from nervure.importers.spans import NO_LIMITS, chunks, ns_of, origin
from nervure.model.raw import RawEvent, RawSpan
from nervure.model.score import TargetType

SPANS, OTHERS, IDS = 500, 100, 100
# Of GraphQL: Phoenix allows 50 aliases a question.
ALIASES = 50
STATUS = {"OK": 1, "ERROR": 2}
KIND = "openinference.span.kind"
OF_DOCUMENTS = (
    "... on Span { spanId documentEvaluations "
    "{ id name annotatorKind score label explanation metadata documentPosition identifier createdAt } }"
)
# Attributes that are JSON text when sent and that Phoenix takes apart (phoenix.trace.attributes.JSON_STRING_ATTRIBUTES).
JSON_TEXTS = ("document.metadata", "llm.prompt_template.variables", "metadata", "tool.parameters")
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
                    found.append(judged(said, target, trace, self._target(name)))
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
                    yield judged_document(said, row["context"], project)

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
            found.append(judged(told, "trace", trace, ""))
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
    """Spans and annotations in files, told apart by their columns. The cursor is [file, row]."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._judging = [file for file in asked.files if is_judging(file)]
        self._spans = [file for file in asked.files if file not in self._judging]
        self.nouns: Sequence[Noun] = ("traces", "scores") if self._judging else ("traces",)
        # Annotations of spans do not say the trace.
        self._traces = Shelf()
        for file in self._spans if self._judging else ():
            for found in (one for row in rows_of(file) for one in self._row(row)):
                if isinstance(found, FoundSpan):
                    self._traces.put(found.span.span_id, found.span.trace_id)

    def count(self, noun: Noun) -> int | None:
        return count_rows(self._spans if noun == "traces" else self._judging)

    def oldest_ns(self) -> int | None:
        return 0

    def read(self, noun: Noun, cursor: Cursor) -> Iterator[Page]:
        if noun == "traces":
            return read_pages(self._spans, cursor, self._row)
        return self._scores(cursor)

    def _scores(self, cursor: Cursor) -> Iterator[Page]:
        first, row = cursor or (0, 0)
        for place, file in enumerate(self._judging[first:], first):
            note = note_of(file, EVALUATIONS) or {}
            begin = [0, row if place == first else 0]
            for page in read_pages([file], begin, partial(self._judged, note=note)):
                yield Page(page.found, [place + page.cursor[0], page.cursor[1]], page.units)

    def _judged(self, row: Json, note: Json) -> list[Found]:
        said = annotation_of(row, note)
        if said is None:
            return [Misfit(str(row)[:80], "a row without span_id, trace_id or session_id is no annotation")]
        if not self._asked.since_ns <= (ns_of(said["created_at"]) or self._asked.since_ns) < self._asked.until_ns:
            return []
        target: TargetType = "span" if said["span_id"] else "trace" if said["trace_id"] else "session"
        trace = self._traces.get(str(said["span_id"])) if target == "span" else ""
        return [judged(said, target, trace or "", "")]

    def close(self) -> None:
        self._traces.close()

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
    files="spans: Parquet of the spans dataframe, JSON lines of the REST API, or OTLP JSON; annotations: rows of the REST "
    "API or of the client's dataframe, evaluations as saved by Evaluations.save",
)
