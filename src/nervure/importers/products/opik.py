"""Opik: its REST API (cloud and self-hosted), and its export files.

Source: https://www.comet.com/docs/opik/reference/rest-api/overview
"""

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from nervure.base.clock import iso
from nervure.importers.files import Shelf
from nervure.importers.importer import (
    Asked,
    Credential,
    Cursor,
    Found,
    FoundItem,
    FoundPrompt,
    FoundRun,
    Importer,
    Noun,
    Page,
    Source,
)  # fmt: skip
from nervure.importers.media import Attachments
from nervure.importers.pages import Api
from nervure.importers.products._opik_files import export
from nervure.importers.products._opik_found import item_of, judged, lone_span, spans_of, version_of
from nervure.importers.servers import ApiSource, chosen
from nervure.importers.spans import ns_of, trace_id

PAGE, STREAM = 100, 500
PRIVATE = "/v1/private"
Json = dict[str, Any]


class Server(ApiSource):
    """Opik. The cursor of spans is [project's place, phase, the last id]."""

    def __init__(self, asked: Asked, api: Api) -> None:
        super().__init__(asked, api, {
            "prompts": self._prompts, "datasets": self._datasets, "traces": self._traces, "scores": self._scores,
            "runs": self._experiments,
        })  # fmt: skip
        self._attachments = Attachments(api)
        # Ids are by time: a new project comes last and moves no place.
        self._projects = sorted(chosen(asked, "project", list(self._pages("/projects"))), key=lambda one: one["id"])

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
        template = json.loads(whole["template"]) if structure == "chat" else whole["template"]
        return version_of(prompt, {**whole, "template": template})

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
                found += [item_of(dataset["name"], row) for row in rows]
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


def open_source(asked: Asked) -> Source:
    """A server when an address is given, else files."""
    if not asked.url:
        return export(asked)
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
    files="what `opik export` writes as JSON: traces with spans, datasets, prompts; traces and spans as CSV, JSON or JSON lines",
)
