"""Export files of Langfuse, told apart by their columns.

Traces, observations, scores and items of datasets: the export of its tables (CSV, JSON) or to blob storage; versions of
prompts: JSON of its API, or what its webhook for prompts sends.
Source: https://langfuse.com/docs/api-and-data-platform/features/export-from-ui
"""

from pathlib import Path
from typing import Any

from nervure.base.errors import BadInput
from nervure.importers.files import Export, Part, Shelf, by_version, first_row, rows_of
from nervure.importers.importer import Asked, Found, Misfit, Source
from nervure.importers.products._langfuse_found import item_of, of_lone, score_of, spans_of, version_of
from nervure.importers.spans import ns_of

# Names of columns in export files that differ from the API's.
COLUMNS = {
    "trace_id": "traceId", "start_time": "startTime", "end_time": "endTime", "parent_observation_id": "parentObservationId",
    "completion_start_time": "completionStartTime", "provided_model_name": "model", "providedModelName": "model",
    "model_parameters": "modelParameters", "usage_details": "usageDetails", "cost_details": "costDetails",
    "status_message": "statusMessage", "prompt_name": "promptName", "prompt_version": "promptVersion",
    "user_id": "userId", "session_id": "sessionId", "data_type": "dataType", "string_value": "stringValue",
    "observation_id": "observationId", "author_user_id": "authorUserId", "queue_id": "queueId", "trace_name": "traceName",
    "dataset_run_id": "datasetRunId", "dataset_id": "datasetId", "dataset_name": "datasetName",
    "expected_output": "expectedOutput", "source_trace_id": "sourceTraceId",
    "source_observation_id": "sourceObservationId", "dataset_item_id": "datasetItemId",
}  # fmt: skip
Json = dict[str, Any]


def export(asked: Asked) -> Source:
    """The files as a source. Raises BadInput for one that is none of Langfuse's."""
    kinds: dict[str, list[Path]] = {}
    for file in asked.files:
        kinds.setdefault(_kind_of(file), []).append(file)
    shelf = Shelf()
    for file in kinds.get("traces", ()):
        for row in rows_of(file):
            shelf.put(str(row.get("id")), _named(row))
    told = _Traces(asked, shelf)
    # Traces come last: what their observations do not tell of themselves is on the shelf by then.
    spans = [*kinds.get("observations", ()), *kinds.get("traces", ())]
    prompts = [_version(row) for file in kinds.get("prompts", ()) for row in rows_of(file)]
    parts = {
        "traces": [Part(file, told.read) for file in spans],
        "scores": [Part(file, lambda row: [score_of(_named(row))]) for file in kinds.get("scores", ())],
        "datasets": [Part(file, _item) for file in kinds.get("items", ())],
    }  # fmt: skip
    return Export(parts, {"prompts": by_version(prompts)}, shelf)  # type: ignore[arg-type]


def _kind_of(file: Path) -> str:
    row = _named(_opened(first_row(file)))
    if {"name", "version", "prompt"} <= row.keys():
        return "prompts"
    if "datasetItemId" in row:
        raise BadInput(f"{file} has items of runs, which do not say their run: import runs from the server (--from)")
    if "datasetId" in row or "datasetName" in row:
        return "items"
    if "value" in row and "name" in row and ("dataType" in row or "source" in row):
        return "scores"
    if "startTime" in row and "traceId" in row:
        return "observations"
    if "id" in row and "timestamp" in row:
        return "traces"
    raise BadInput(
        f"{file} is neither traces, observations, scores, items of datasets nor prompts of Langfuse: its columns are "
        f"{', '.join(row)}"
    )


def _named(row: Json) -> Json:
    return {COLUMNS.get(key, key): value for key, value in row.items()}


def _opened(row: Json) -> Json:
    """The version of a prompt that a webhook's event tells."""
    held = row.get("prompt")
    return held if row.get("type") == "prompt-version" and isinstance(held, dict) else row


def _version(row: Json) -> Found:
    one = _named(_opened(row))
    if row.get("action") == "deleted" or not {"name", "version", "prompt"} <= one.keys():
        return Misfit(str(row.get("id") or row)[:80], "a version of a prompt that was deleted, or without its text")
    return version_of(one)


def _item(row: Json) -> list[Found]:
    one = _named(row)
    dataset = one.get("datasetName") or one.get("datasetId")
    if not one.get("id") or not dataset:
        return [Misfit(str(row)[:80], "a row without id and dataset is no item")]
    return [item_of(str(dataset), one)]


class _Traces:
    """Rows of observations and traces as spans."""

    def __init__(self, asked: Asked, shelf: Shelf) -> None:
        self._asked, self._shelf = asked, shelf

    def read(self, row: Json) -> list[Found]:
        named = _named(row)
        is_trace = "startTime" not in named
        if not self._asked.holds(ns_of(named.get("timestamp") if is_trace else named.get("startTime"))):
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
        return spans_of([of_lone(named)])
