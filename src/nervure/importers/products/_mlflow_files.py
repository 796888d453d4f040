"""What MLflow's SDK and mlflow-export-import write into files, told apart by their first row.

Traces with their assessments: `Trace.to_json`, rows of `mlflow.search_traces`. Datasets: `to_dict`, rows of `to_df` (in
a file with the dataset's name), `evaluation_dataset.json`. Prompts: `prompt.json`, a file for each version.
Source: https://github.com/mlflow/mlflow-export-import/blob/master/README_bulk.md
"""

from functools import partial
from typing import Any

from nervure.importers.files import Export, Part, by_version, first_row, name_of, rows_of, told_id
from nervure.importers.importer import Asked, Found, FoundItem, FoundSpan, Misfit, Noun, Source
from nervure.importers.products._mlflow_found import dataset_of, judged, record_of, saved_prompt, spans_of
from nervure.importers.spans import ns_of, plain

Json = dict[str, Any]


def export(asked: Asked) -> Source:
    """The files as a source."""
    parts: dict[Noun, list[Part]] = {}
    prompts: list[Found] = []
    for file in asked.files:
        row = _opened(first_row(file))
        if {"name", "version", "template"} <= row.keys():
            prompts += [_version(one) for one in rows_of(file)]
        elif "records" in row and "dataset_id" in row:
            parts.setdefault("datasets", []).append(Part(file, _dataset))
        elif "inputs" in row and "trace_id" not in row:
            name = name_of(file)
            part = Part(file, partial(_row, name), [FoundItem(name, None)])
            parts.setdefault("datasets", []).append(part)
        else:
            parts.setdefault("traces", []).append(Part(file, partial(_traces, asked)))
            parts.setdefault("scores", []).append(Part(file, partial(_assessments, asked)))
    return Export(parts, {"prompts": by_version(prompts)})


def _opened(row: Json) -> Json:
    """What mlflow-export-import wraps: {"system": .., "mlflow": {"prompt": .. or "evaluation_dataset": ..}}."""
    held = row.get("mlflow")
    if not isinstance(held, dict):
        return row
    return next((held[name] for name in ("prompt", "evaluation_dataset") if isinstance(held.get(name), dict)), row)


def _version(row: Json) -> Found:
    said = _opened(row)
    if not {"name", "version", "template"} <= said.keys():
        return Misfit(str(row)[:80], "a version of a prompt without name, version or template")
    return saved_prompt({**said, "tags": said.get("tags") if isinstance(said.get("tags"), dict) else {}})


def _dataset(row: Json) -> list[Found]:
    """A dataset with its records."""
    said = _opened(row)
    if not isinstance(said.get("records"), list) or not said.get("name"):
        return [Misfit(str(row)[:80], "a dataset without name or records")]
    return [dataset_of(said), *(found for one in said["records"] for found in _row(str(said["name"]), one))]


def _row(dataset: str, row: Json) -> list[Found]:
    """A record; one without an id is known again by what it says."""
    one = {
        key: plain(value) if key in ("inputs", "outputs", "expectations", "tags") else value
        for key, value in row.items()
    }
    if not isinstance(one.get("inputs"), dict):
        return [Misfit(str(row)[:80], "a row whose inputs are no object is no record of a dataset")]
    return [record_of(dataset, {**one, "dataset_record_id": one.get("dataset_record_id") or told_id(one)})]


def _traces(asked: Asked, row: Json) -> list[Found]:
    info, spans = _of_row(row)
    if not info.get("trace_id"):
        return [Misfit(str(row)[:80], "a row without a trace_id: export with Trace.to_json or mlflow.search_traces")]
    return [FoundSpan(span) for span in spans_of(info, spans)] if _is_in(asked, info) else []


def _assessments(asked: Asked, row: Json) -> list[Found]:
    info, _ = _of_row(row)
    if not info.get("trace_id") or not _is_in(asked, info):
        return []
    return [judged(info, said, "") for said in info.get("assessments") or []]


def _is_in(asked: Asked, info: Json) -> bool:
    at = ns_of(info.get("request_time"))
    return not at or asked.holds(at)


def _of_row(row: Json) -> tuple[Json, list[Json]]:
    """Info and spans of a trace as `Trace.to_json` (info, data.spans) or a row of the dataframe has them."""
    whole = plain(row.get("trace")) if row.get("trace") else row
    if isinstance(whole, dict) and "info" in whole:
        info, spans = dict(whole["info"]), (whole.get("data") or {}).get("spans")
    else:
        info, spans = dict(row), row.get("spans")
    info["trace_id"] = info.get("trace_id") or info.get("request_id")
    if "timestamp_ms" in info and not info.get("request_time"):
        info["request_time"] = info["timestamp_ms"]
    for name, older in (("tags", "tags"), ("trace_metadata", "request_metadata"), ("assessments", "assessments")):
        info[name] = plain(info.get(name) or info.get(older))
    return info, list(plain(spans) or [])
