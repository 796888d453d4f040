"""Datasets, their items and runs in Langfuse's words."""

import re
from collections.abc import Iterator
from typing import Any

from nervure.api.langfuse.speech import unheld, when
from nervure.model.dataset import Case, Dataset, DatasetItem
from nervure.model.experiment import Experiment, ExperimentItem

# Members of a dataset's metadata that hold what Langfuse has members of its own for.
SCHEMAS = {"inputSchema": "@inputSchema", "expectedOutputSchema": "@expectedOutputSchema"}
REFERENCE = re.compile(r"@@@langfuseMedia:type=([^|@]*)\|id=([A-Za-z0-9_\-]{22})\|source=([^@|]*)@@@")


def dataset_json(one: Dataset) -> dict[str, Any]:
    """A dataset."""
    own = {key: value for key, value in one.metadata.items() if key not in SCHEMAS.values()}
    schemas = {name: one.metadata.get(key) for name, key in SCHEMAS.items()}
    return {
        "id": one.external_id, "name": one.name, "description": one.description or None, "metadata": unheld(own),
        "projectId": one.project, "createdAt": when(one.created_ns), "updatedAt": when(one.changed_ns), **schemas,
    }  # fmt: skip


def item_json(one: DatasetItem, dataset: Dataset) -> dict[str, Any]:
    """An item; `mediaReferences` without the addresses of the files, which the route knows."""
    content = one.case.content
    return {
        "id": one.case.external_id, "status": one.case.status.upper(), "input": content.get("input"),
        "expectedOutput": content.get("expected"), "metadata": unheld(content.get("metadata") or {}),
        "sourceTraceId": one.case.trace_id or None, "sourceObservationId": one.case.span_id or None,
        "datasetId": dataset.external_id, "datasetName": dataset.name, "createdAt": when(one.created_ns),
        "updatedAt": when(one.changed_ns), "mediaReferences": [],
    }  # fmt: skip


def run_json(one: Experiment, dataset: Dataset) -> dict[str, Any]:
    """An experiment as a run of its dataset."""
    return {
        "id": one.external_id, "name": one.name, "description": one.description or None,
        "metadata": unheld(one.metadata), "datasetId": dataset.external_id, "datasetName": dataset.name,
        "createdAt": when(one.created_ns), "updatedAt": when(one.changed_ns),
    }  # fmt: skip


def run_item_json(one: ExperimentItem, run: Experiment, item_id: str) -> dict[str, Any]:
    """A case that was tried. item_id: of the dataset's item, as Langfuse names it."""
    made = when(one.created_ns)
    return {
        "id": one.trial.external_id or one.id, "datasetRunId": run.external_id, "datasetRunName": run.name,
        "datasetItemId": item_id, "traceId": one.trial.trace_id, "observationId": one.trial.span_id or None,
        "createdAt": made, "updatedAt": made,
    }  # fmt: skip


def references(case: Case) -> Iterator[tuple[str, str, str, str, str]]:
    """Media an item names: (field, JSON path, the reference as written, content type, id)."""
    for field, member in (("input", "input"), ("expectedOutput", "expected"), ("metadata", "metadata")):
        for path, text in _texts(case.content.get(member), "$"):
            for found in REFERENCE.finditer(text):
                yield field, path, found[0], found[1], found[2]


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if "@@@langfuseMedia:" in value:
            yield path, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _texts(one, f"{path}['{key}']")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _texts(one, f"{path}[{number}]")
