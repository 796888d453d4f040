"""LangSmith: its REST API (cloud and self-hosted), and runs of its bulk export (Parquet) or as JSON lines.

Runs are put into the bodies its own SDKs send to `/runs/batch`. Source: https://api.smith.langchain.com/redoc and
https://docs.langchain.com/langsmith/data-export
"""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from nervure.base.clock import iso
from nervure.base.errors import BadInput
from nervure.importers.files import Export, Part, first_row, name_of, told_id
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
from nervure.importers.media import Attachments
from nervure.importers.pages import Api
from nervure.importers.servers import ApiSource, chosen
from nervure.importers.spans import from_wire, ns_of, plain, span_id, told, trace_id

PAGE, IDS = 100, 50
# Parts of a run that are JSON in text in an export.
JSON_TEXTS = ("inputs", "outputs", "extra", "events", "serialized", "tags")
# Fields that a run is read with: what is computed by LangSmith from its feedback is left out, it changes all the time.
SELECT = [
    "id", "name", "run_type", "start_time", "end_time", "status", "error", "extra", "events", "inputs", "outputs",
    "parent_run_id", "trace_id", "dotted_order", "session_id", "tags", "prompt_tokens", "completion_tokens",
    "total_tokens", "first_token_time", "s3_urls", "inputs_s3_urls", "outputs_s3_urls", "reference_example_id",
]  # fmt: skip
SELECT_2 = [
    "ID", "NAME", "RUN_TYPE", "STATUS", "START_TIME", "END_TIME", "INPUTS", "OUTPUTS", "PARENT_RUN_IDS", "PROJECT_ID",
    "TRACE_ID", "DOTTED_ORDER", "REFERENCE_EXAMPLE_ID", "ERROR", "TAGS", "EXTRA", "EVENTS", "FIRST_TOKEN_TIME",
    "PROMPT_TOKENS", "COMPLETION_TOKENS", "TOTAL_TOKENS", "ATTACHMENTS",
]  # fmt: skip
ROLES = {"SystemMessage": "system", "HumanMessage": "user", "AIMessage": "assistant", "ChatMessage": "user"}
Json = dict[str, Any]


class Server(ApiSource):
    """LangSmith. The cursor of runs is [project's place, the server's cursor]."""

    def __init__(self, asked: Asked, api: Api) -> None:
        super().__init__(asked, api, {
            "prompts": self._prompts, "datasets": self._datasets, "traces": self._traces, "scores": self._feedback,
            "runs": self._experiments,
        })  # fmt: skip
        self._attachments = Attachments(api)
        wanted = chosen(asked, "project", list(self._offset("/sessions")))
        # By age: a new project comes last and moves no place.
        flags = (api.find("/info") or {}).get("instance_flags") or {}
        self._is_smithdb = bool(flags.get("sdb_query_enabled"))
        self._projects = sorted(wanted, key=lambda one: (str(one.get("start_time")), one["id"]))

    def oldest_ns(self) -> int | None:
        """Of the projects: a project is as old as its first run."""
        starts = [ns_of(one.get("start_time")) for one in self._projects]
        return max(min(starts), self._asked.since_ns) if starts else None

    def _traces(self, cursor: Cursor) -> Iterator[Page]:
        for project, runs, place in self._walk(cursor, SELECT):
            whole = list(self._api.each(self._whole, runs))
            found = [*spans_of(whole, project["name"], _target(project)), *self._attachments.lost()]
            yield Page(found, place, len(runs))

    def _feedback(self, cursor: Cursor) -> Iterator[Page]:
        for project, runs, place in self._walk(cursor, ["id", "trace_id", "start_time"]):
            traces = {run["id"]: run.get("trace_id") for run in runs}
            ids = list(traces)
            found: list[Found] = []
            for at in range(0, len(ids), IDS):
                for said in self._offset("/feedback", run=ids[at : at + IDS]):
                    told = {**said, "trace_id": said.get("trace_id") or traces.get(said.get("run_id"))}
                    found.append(judged(told, _target(project)))
            yield Page(found, place, len(runs))

    def _walk(self, cursor: Cursor, select: list[str]) -> Iterator[tuple[Json, list[Json], Cursor]]:
        at, inner = cursor or (0, None)
        for place, project in enumerate(self._projects):
            while place == at:
                runs, inner = self._page(project, select, inner)
                at = at if inner else at + 1
                yield project, runs, [at, inner]

    def _page(
        self, project: Json, select: list[str], inner: str | None, is_root: bool = False
    ) -> tuple[list[Json], str | None]:
        """Runs of a project, and where the next page begins."""
        if self._is_smithdb:
            return self._page_of_2(project, inner, is_root)
        asked = self._asked
        body = {
            "session": [project["id"]], "limit": PAGE, "order": "asc", "cursor": inner, "select": select,
            "is_root": is_root or None, "start_time": iso(asked.since_ns) if asked.since_ns else None,
        }  # fmt: skip
        page = self._api.post("/runs/query", {key: held for key, held in body.items() if held is not None})
        # The end of the range is not asked for: LangSmith's end_time is of the runs' end.
        runs = [one for one in page["runs"] if ns_of(one.get("start_time")) < asked.until_ns]
        return runs, (page.get("cursors") or {}).get("next")

    def _page_of_2(self, project: Json, inner: str | None, is_root: bool) -> tuple[list[Json], str | None]:
        """The same of the API that servers with SmithDB answer, in the words of the older one."""
        asked = self._asked
        body = {
            "project_ids": [project["id"]], "page_size": PAGE, "selects": SELECT_2, "cursor": inner,
            "is_root": is_root or None, "min_start_time": iso(asked.since_ns),
            "max_start_time": iso(asked.until_ns) if asked.until_ns < 1 << 62 else None,
        }  # fmt: skip
        root = self._api.url.removesuffix("/v1").removesuffix("/api")
        page = self._api.post(
            f"{root}/api/v2/runs/query", {key: held for key, held in body.items() if held is not None}
        )
        return [_as_of_1(one) for one in page.get("items") or []], page.get("next_cursor")

    def _whole(self, run: Json) -> Json:
        """The run with its attachments, and with inputs and outputs that were too large to be told."""
        made = dict(run)
        for name in ("inputs", "outputs"):
            url = (run.get(f"{name}_s3_urls") or {}).get("ROOT", {}).get("presigned_url")
            if url and not run.get(name):
                content, _ = self._api.download(url)
                made[name] = json.loads(content)
        if self._asked.media:
            files = {}
            for key, held in (run.get("s3_urls") or {}).items():
                name, url = key.removeprefix("attachment."), held.get("presigned_url")
                if key.startswith("attachment.") and url:
                    found = self._attachments.fetch(f"{run['id']}: {name}", lambda url=url: str(url))  # type: ignore[misc]
                    if found:
                        files[name] = {"mime_type": found[1], "content": found[0]}
            if files:
                made["attachments"] = files
        return made

    def _offset(self, path: str, **parameters: Any) -> Iterator[Json]:
        offset = 0
        while True:
            rows = self._api.get(path, limit=PAGE, offset=offset, **parameters)
            yield from rows
            offset += len(rows)
            if len(rows) < PAGE:
                return

    def _prompts(self, cursor: Cursor) -> Iterator[Page]:
        """The cursor is the offset among the prompts by name."""
        offset = cursor or 0
        while True:
            page = self._api.get(
                "/repos", limit=PAGE, offset=offset, is_public="false", is_archived="false", sort_field="created_at",
                sort_direction="asc",
            )  # fmt: skip
            found = [version for prompt in page["repos"] for version in self._commits(prompt)]
            offset += len(page["repos"])
            yield Page(found, offset, len(page["repos"]))
            if len(page["repos"]) < PAGE:
                return

    def _commits(self, prompt: Json) -> list[Found]:
        """Versions of a prompt, oldest first; tags that point at commits are their labels."""
        path = f"{prompt.get('owner') or '-'}/{quote(prompt['repo_handle'], safe='')}"
        commits: list[Json] = []
        while True:
            page = self._api.get(f"/commits/{path}", limit=PAGE, offset=len(commits))["commits"]
            commits += page
            if len(page) < PAGE:
                break
        labels: dict[str, list[str]] = {}
        for tag in self._api.find(f"/repos/{path}/tags") or []:
            labels.setdefault(str(tag.get("commit_hash")), []).append(str(tag.get("tag_name")))
        made: list[Found] = []
        for commit in reversed(commits):
            whole = self._api.get(f"/commits/{path}/{commit['commit_hash']}")
            made.append(_prompt(prompt, commit, whole.get("manifest") or {}, labels.get(commit["commit_hash"], [])))
        return made

    def _datasets(self, cursor: Cursor) -> Iterator[Page]:
        """The cursor is [dataset's place, offset of its examples]."""
        at, offset = cursor or (0, 0)
        for place, dataset in enumerate(self._listed_datasets()):
            while place == at:
                rows = self._api.get("/examples", dataset=dataset["id"], limit=PAGE, offset=offset)
                found: list[Found] = [] if offset else [_dataset(dataset)]
                at, offset = (at, offset + PAGE) if len(rows) == PAGE else (at + 1, 0)
                yield Page(
                    [*found, *(_example(dataset["name"], one) for one in rows)], [at, offset], 0 if offset else 1
                )

    def _listed_datasets(self) -> list[Json]:
        return sorted(self._offset("/datasets"), key=lambda one: (one["created_at"], one["id"]))

    def _experiments(self, cursor: Cursor) -> Iterator[Page]:
        """Projects that tried a dataset; their root runs tell which example each trace tried."""
        names = {one["id"]: one["name"] for one in self._listed_datasets()}
        for place, project in enumerate(self._projects):
            dataset = names.get(project.get("reference_dataset_id"))
            if place < (cursor or 0) or dataset is None:
                continue
            found: list[Found] = [_trial(dataset, project, None)]
            inner = None
            while True:
                runs, inner = self._page(project, ["id", "trace_id", "start_time", "reference_example_id"], inner, True)
                found += [_trial(dataset, project, run) for run in runs if run.get("reference_example_id")]
                if not inner:
                    break
            yield Page(found, place + 1, 1)


def _export(asked: Asked) -> Source:
    """Runs, feedback (as list_feedback tells it) and examples in files, told apart by their columns.

    A file of examples (JSON lines of a dataset) is a dataset of the file's name.
    """

    def feedback(row: Json) -> list[Found]:
        at = ns_of(row.get("created_at")) or asked.since_ns
        said = {key: plain(value) if key in ("feedback_source", "correction") else value for key, value in row.items()}
        return [judged(said, "")] if asked.holds(at) else []

    def run(row: Json) -> list[Found]:
        if not row.get("id") or not row.get("start_time"):
            return [Misfit(str(row)[:80], "a row without id and start_time is no run")]
        if not asked.holds(ns_of(row["start_time"])):
            return []
        made = {key: plain(value) if key in JSON_TEXTS else value for key, value in row.items()}
        return spans_of([made], str(row.get("session_name") or ""), "")

    parts: dict[Noun, list[Part]] = {}
    for file in asked.files:
        noun, name = _noun_of(file), name_of(file)
        part = Part(file, partial(_example_of, dataset=name), [FoundItem(name, None)])
        parts.setdefault(noun, []).append(
            part if noun == "datasets" else Part(file, feedback if noun == "scores" else run)
        )
    return Export(parts)


def _noun_of(file: Path) -> Noun:
    row = first_row(file)
    if {"key", "run_id"} <= row.keys():
        return "scores"
    return "datasets" if "inputs" in row and "start_time" not in row else "traces"


def _example_of(row: Json, dataset: str) -> list[Found]:
    """An example of a file; one without an id is known again by what it says."""
    one = {key: plain(value) if key in ("inputs", "outputs", "metadata") else value for key, value in row.items()}
    if not isinstance(one.get("metadata") or {}, dict) or one.get("inputs") is None:
        return [Misfit(str(row)[:80], "a row without inputs, or whose metadata are no object, is no example")]
    return [_example(dataset, {**one, "id": one.get("id") or told_id(one)})]


def spans_of(runs: Sequence[Json], project: str, target: str) -> list[Found]:
    """Spans of runs, by the wire their SDKs send to. project: LangSmith's; target: where they go."""
    # Only here: the light install has no decoders.
    from nervure.decode.wires.langsmith_runs import WIRE

    found: list[Found] = []
    for run in runs:
        body = {key: value for key, value in run.items() if value is not None}
        if project:
            body["session_name"] = project
        if run.get("first_token_time"):
            events = [one for one in body.get("events") or [] if one.get("name") != "new_token"]
            body["events"] = [*events, {"name": "new_token", "time": run["first_token_time"]}]
        spans, refused = from_wire(WIRE, {"post": [body], "patch": []})
        for span in spans:
            if run.get("run_type") == "llm" and "langsmith.metadata.usage_metadata" not in span.attributes:
                for key, name in (
                    ("prompt_tokens", "input"),
                    ("completion_tokens", "output"),
                    ("total_tokens", "total"),
                ):
                    if run.get(key):
                        span.attributes.setdefault(f"gen_ai.usage.{name}_tokens", int(run[key]))
            found.append(FoundSpan(span, target))
        found += [Misfit(str(run["id"]), reason) for reason in refused]
    return found


def _as_of_1(run: Json) -> Json:
    """A run of API 2 as API 1 tells it, so that both make the same spans."""
    parents = run.get("parent_run_ids") or []
    files = {f"attachment.{name}": {"presigned_url": url} for name, url in (run.get("attachments") or {}).items()}
    left_out = ("parent_run_ids", "project_id", "attachments")
    return {
        **{key: held for key, held in run.items() if key not in left_out}, "parent_run_id": parents[-1] if parents else None,
        "session_id": run.get("project_id"), "run_type": str(run.get("run_type") or "").lower(), "s3_urls": files or None,
    }  # fmt: skip


def judged(said: Json, target: str) -> Found:
    """Feedback as a score."""
    from nervure.decode.formats.langsmith import score

    made = score(said)
    if made is None:
        return Misfit(str(said.get("id")), "feedback without key, run, or anything said")
    return FoundScore(made, target)


def _target(project: Json) -> str:
    """Traces of experiments go where the datasets go."""
    return "" if project.get("reference_dataset_id") else str(project["name"])


def _prompt(prompt: Json, commit: Json, manifest: Json, labels: Sequence[str]) -> FoundPrompt:
    return FoundPrompt(
        name=prompt["repo_handle"],
        number=str(commit["commit_hash"]),
        content=readable(manifest),
        config={"langchain_manifest": manifest},
        labels=labels,
        tags=prompt.get("tags") or [],
        description=prompt.get("description") or "",
        message=commit.get("description") or "",
        created_ns=ns_of(commit.get("created_at")),
    )


def readable(manifest: Any) -> Any:
    """Text or messages of a serialised LangChain prompt; its JSON when it is something else."""
    kwargs = manifest.get("kwargs") if isinstance(manifest, dict) else None
    kwargs = kwargs if isinstance(kwargs, dict) else {}
    if isinstance(kwargs.get("template"), str):
        return kwargs["template"]
    if isinstance(kwargs.get("messages"), list) and kwargs["messages"]:
        return [_message(one) for one in kwargs["messages"]]
    if isinstance(kwargs.get("first"), dict):
        # A prompt with its model: a sequence whose first step is the prompt.
        return readable(kwargs["first"])
    return json.dumps(manifest, ensure_ascii=False)


def _message(one: Any) -> Json:
    names = one.get("id") if isinstance(one, dict) else None
    kind = str(names[-1]) if isinstance(names, list) and names else ""
    kwargs = (one.get("kwargs") if isinstance(one, dict) else None) or {}
    if kind == "MessagesPlaceholder":
        return {"type": "placeholder", "name": str(kwargs.get("variable_name"))}
    inner = kwargs.get("prompt") or {}
    text = (inner.get("kwargs") or {}).get("template") if isinstance(inner, dict) else None
    content = text if text is not None else kwargs.get("content")
    role = kwargs.get("role") or ROLES.get(kind.removesuffix("PromptTemplate"), "user")
    return {
        "role": role,
        "content": content if isinstance(content, str) else json.dumps(content if content is not None else inner),
    }


def _dataset(dataset: Json) -> FoundItem:
    return FoundItem(
        dataset["name"], None, description=dataset.get("description") or "", metadata=dataset.get("metadata") or {},
        dataset_id=str(dataset["id"]),
    )  # fmt: skip


def _example(dataset: str, one: Json) -> FoundItem:
    metadata = dict(one.get("metadata") or {})
    splits = metadata.pop("dataset_split", None) or []
    content = {"input": one.get("inputs"), "expected": one.get("outputs"), "metadata": metadata or None}
    source = one.get("source_run_id")
    return FoundItem(
        dataset,
        str(one["id"]),
        told(content),
        splits=[splits] if isinstance(splits, str) else list(splits),
        span_id=span_id(source) if source else "",
    )


def _trial(dataset: str, project: Json, run: Json | None) -> FoundRun:
    metadata = (project.get("extra") or {}).get("metadata") or {}
    return FoundRun(
        dataset, project["name"], str(run["reference_example_id"]) if run else None, run_id=str(project["id"]),
        created_ns=ns_of(project.get("start_time")), trace_id=trace_id(run["trace_id"]) if run else "",
        description=project.get("description") or "", metadata=metadata,
    )  # fmt: skip


def open_source(asked: Asked) -> Source:
    """A server when an address is given, else files."""
    if not asked.url:
        return _export(asked)
    key = asked.credentials.get("source-key")
    if not key:
        raise BadInput("LangSmith needs --source-key (or LANGSMITH_API_KEY)")
    headers = {"x-api-key": key}
    if workspace := asked.credentials.get("workspace"):
        headers["x-tenant-id"] = workspace
    return Server(asked, Api(asked.url, headers, concurrency=asked.concurrency))


IMPORTER = Importer(
    name="langsmith",
    title="LangSmith",
    open=open_source,
    credentials=(
        Credential("source-key", "LANGSMITH_API_KEY", "API key of LangSmith."),
        Credential("workspace", "LANGSMITH_WORKSPACE_ID", "Workspace, for a key that belongs to several."),
    ),
    files="runs: Parquet of the bulk export, or JSON lines; feedback: JSON lines or CSV of list_feedback; datasets: JSON lines "
    "of examples",
)
