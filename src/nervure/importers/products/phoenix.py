"""Arize Phoenix: its REST API (version 1) and GraphQL for counts; its export files.

Annotations of documents are read by GraphQL: the REST API only writes them.
Source: https://arize.com/docs/phoenix/sdk-api-reference/rest-api/overview
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from nervure.base.clock import iso
from nervure.base.errors import NervureError
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
from nervure.importers.products._phoenix_files import export
from nervure.importers.products._phoenix_found import example_of, span_of, version_of
from nervure.importers.products._phoenix_judged import judged, judged_document
from nervure.importers.servers import ApiSource, chosen
from nervure.importers.spans import chunks, ns_of
from nervure.model.score import TargetType

SPANS, OTHERS, IDS = 250, 100, 100
# Of GraphQL: Phoenix allows 50 aliases a question.
ALIASES = 50
OF_DOCUMENTS = (
    "... on Span { spanId documentEvaluations "
    "{ id name annotatorKind score label explanation metadata documentPosition identifier createdAt } }"
)
Json = dict[str, Any]


class Server(ApiSource):
    """A running Phoenix. The cursor is [project's place, phase, the server's own cursor]."""

    def __init__(self, asked: Asked, api: Api) -> None:
        super().__init__(asked, api, {
            "prompts": self._prompts, "datasets": self._datasets, "traces": self._spans, "scores": self._annotations,
            "runs": self._runs,
        })  # fmt: skip
        wanted = chosen(asked, "project", self._all("/v1/projects", include_experiment_projects="true"))
        # Projects by age: a new one comes last and moves no place.
        self._projects = sorted(wanted, key=lambda one: (len(one["id"]), one["id"]))
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
        return version_of(prompt, version, number, [str(tag["name"]) for tag in tags])

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
            found += [example_of(dataset["name"], one, splits.get(one["id"], [])) for one in examples]
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


def _key_of(row: Json, phase: str) -> str:
    return str({"spans": lambda: row["context"]["span_id"], "traces": lambda: row["trace_id"]}.get(
        phase, lambda: row["session_id"])())  # fmt: skip


def open_source(asked: Asked) -> Source:
    """A server when an address is given, else files."""
    if not asked.url:
        return export(asked)
    key = asked.credentials.get("source-key")
    headers = {"authorization": f"Bearer {key}"} if key else {}
    return Server(asked, Api(asked.url, headers, concurrency=asked.concurrency))


IMPORTER = Importer(
    name="phoenix",
    title="Arize Phoenix",
    open=open_source,
    credentials=(Credential("source-key", "PHOENIX_API_KEY", "API key of the Phoenix server."),),
    files="spans: Parquet of the spans dataframe, JSON lines of the REST API, or OTLP JSON; annotations: rows of the REST "
    "API or of the client's dataframe, evaluations as saved by Evaluations.save; datasets: JSON lines or CSV that Phoenix "
    "downloads, JSON of to_dict; prompts: JSON of the REST API's versions, in a file with the prompt's name",
)
