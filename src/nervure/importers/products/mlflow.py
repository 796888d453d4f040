"""MLflow 3 (and traces of 2): its REST API, and what its SDK and its exporter write into files.

Source: https://mlflow.org/docs/latest/api_reference/rest-api.html
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from nervure.base.errors import NotFound
from nervure.importers.importer import Asked, Credential, Cursor, Found, FoundSpan, Importer, Page, Source
from nervure.importers.pages import Api
from nervure.importers.products._mlflow_files import export
from nervure.importers.products._mlflow_found import dataset_of, judged, prompt_of, record_of, spans_of
from nervure.importers.servers import ApiSource, chosen
from nervure.importers.spans import chunks, ns_of

TRACES, AT_ONCE, OTHERS = 100, 10, 200
EARLIEST_MS, LATEST_MS = 0, (1 << 62) // 1_000_000
PLACE = "mlflow.trace.spansLocation"
IS_PROMPT = "tags.`mlflow.prompt.is_prompt` = 'true'"
Json = dict[str, Any]


class Server(ApiSource):
    """A running MLflow. The cursor is [experiment's place, page token]."""

    def __init__(self, asked: Asked, api: Api) -> None:
        super().__init__(asked, api, {
            "prompts": self._prompts, "datasets": self._datasets, "traces": self._traces, "scores": self._assessments,
        })  # fmt: skip
        wanted = chosen(asked, "experiment", list(self._experiments()))
        self._wanted = sorted(wanted, key=lambda one: (len(one["experiment_id"]), one["experiment_id"]))

    def oldest_ns(self) -> int | None:
        pages = [self._page(one["experiment_id"], None, 1)["traces"] for one in self._wanted]
        return min((ns_of(page[0]["request_time"]) for page in pages if page), default=None)

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
        return [prompt_of(prompt, version) for version in versions]

    def _datasets(self, cursor: Cursor) -> Iterator[Page]:
        at, token = cursor or (0, None)
        for place, dataset in enumerate(self._listed_datasets()):
            while place == at:
                path = f"/api/3.0/mlflow/datasets/{dataset['dataset_id']}/records"
                answer = self._api.get(path, max_results=OTHERS, page_token=token)
                records = answer.get("records") or "[]"
                rows = json.loads(records) if isinstance(records, str) else records
                found: list[Found] = [] if token else [dataset_of(dataset)]
                token = answer.get("next_page_token")
                at = at if token else at + 1
                yield Page([*found, *(record_of(dataset["name"], row) for row in rows)], [at, token], len(rows))

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


def open_source(asked: Asked) -> Source:
    """A server when an address is given, else files."""
    if not asked.url:
        return export(asked)
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
    files="traces: JSON of Trace.to_json, or rows of mlflow.search_traces as Parquet, JSON lines or CSV; datasets: JSON of "
    "to_dict, rows of to_df, or evaluation_dataset.json of mlflow-export-import; prompts: its prompt.json",
)
