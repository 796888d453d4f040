"""Langfuse: its public API, of servers 2 and 3 (pages of traces and observations) and 4 (cursors), and its export files.

Source: https://api.reference.langfuse.com and https://langfuse.com/docs/api-and-data-platform/features/export-to-blob-storage
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from nervure.base.clock import iso
from nervure.base.errors import BadInput
from nervure.importers.files import Shelf
from nervure.importers.importer import Asked, Credential, Cursor, Found, FoundItem, Importer, Noun, Page, Source
from nervure.importers.media import Attachments
from nervure.importers.pages import Api
from nervure.importers.products._langfuse_files import export
from nervure.importers.products._langfuse_found import (
    OF_TRACE,
    comment_of,
    item_of,
    of_lone,
    run_of,
    score_of,
    spans_of,
    version_of,
)  # fmt: skip
from nervure.importers.servers import ApiSource
from nervure.importers.spans import filled, ns_of

PAGE, WIDE = 100, 500
FIELDS = "core,basic,time,io,metadata,model,usage,prompt,metrics,trace_context"
# The API of server 4 cuts longer values of metadata unless it is asked for them by name.
CUT_AT = 200
MEDIA = re.compile(r"@@@langfuseMedia:type=([^|@]*)\|id=([^|@]+)\|source=[^@]*@@@")
Json = dict[str, Any]


class Server(ApiSource):
    """A running Langfuse. Its key belongs to one project."""

    def __init__(self, asked: Asked, api: Api) -> None:
        super().__init__(asked, api, {
            "prompts": self._prompts, "datasets": self._datasets, "traces": self._traces, "scores": self._scores,
            "runs": self._runs,
        })  # fmt: skip
        self._attachments = Attachments(api)
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
            yield Page(self._spans([of_lone(one) for one in lone]), [1, place], 0)

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
                yield Page([score_of(one) for one in rows], [0, place] if place else [1, 1], len(rows))
            inner = None
        for rows, place in self._pages("/api/public/comments", inner or 1):
            yield Page(
                [comment_of(one) for one in rows if self._asked.holds(ns_of(one.get("createdAt")))], [1, place], 0
            )

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
        return version_of(one)

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
                found += [item_of(dataset["name"], one) for one in rows]
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
                yield run_of(dataset["name"], run, None)
                for item in whole.get("datasetRunItems") or []:
                    yield run_of(
                        dataset["name"], run, item["datasetItemId"], item["traceId"], item.get("observationId")
                    )

    def _experiments(self, dataset: Json) -> Iterator[Found]:
        for run in self._all("/api/public/experiments", datasetId=dataset["id"], fromStartTime=iso(0)):
            yield run_of(dataset["name"], run, None)
            for item in self._all("/api/public/experiment-items", experimentId=run["id"], fromStartTime=iso(0)):
                # The id of the item of an experiment is that of the dataset's item it tried.
                yield run_of(dataset["name"], run, item["experimentItemId"], item["traceId"])

    def _all(self, path: str, **parameters: Any) -> Iterator[Json]:
        cursor = None
        while True:
            page = self._api.get(path, limit=PAGE, cursor=cursor, **parameters)
            yield from page["data"]
            cursor = (page.get("meta") or {}).get("cursor")
            if not cursor:
                return


def open_source(asked: Asked) -> Source:
    """A server when an address is given, else files."""
    if not asked.url:
        return export(asked)
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
    files="traces, observations, scores and items of datasets as CSV, JSON, JSON lines or Parquet; versions of prompts as "
    "JSON of the API or of the prompt webhook",
)
