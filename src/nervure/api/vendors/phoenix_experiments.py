"""Phoenix's experiments as ours: a run is a case that was tried, an evaluation of it a score of its trace."""

import math
from collections.abc import Sequence
from typing import Any

from nervure.api.vendors.body import may, need
from nervure.api.vendors.phoenix_scores import NAMES, SOURCES
from nervure.base.clock import iso, parse_iso
from nervure.base.errors import BadInput
from nervure.base.ids import digest
from nervure.decode.formats.phoenix import identity_of, node_id
from nervure.model.experiment import Experiment, ExperimentItem, Trial
from nervure.model.score import Score
from nervure.query.present import time_text

Json = dict[str, Any]
# What a run says beside its trace, kept in the trial's metadata.
SAID = ("output", "error", "start_time", "end_time", "repetition_number")
REPETITIONS, SPLITS = "phoenix.repetitions", "phoenix.splits"


def trial_of(held: Json) -> Trial:
    """A run as trial. Raises BadInput."""
    example = identity_of("DatasetExample", need(held, "dataset_example_id", str))
    repetition = may(held, "repetition_number", int, 1)
    said = {name: held.get(name) for name in SAID if held.get(name) is not None} | {"repetition_number": repetition}
    # The same example tried again in the same repetition takes the place of the first try.
    identity = digest(repr((example, repetition)).encode())[:32]
    return Trial(example, may(held, "trace_id", str, ""), "", said, f"phoenix-{identity}")


def run_id(item: ExperimentItem) -> str:
    """A run's id: evaluations name nothing else, so it holds where their scores belong."""
    return node_id("ExperimentRun", f"{item.id}:{item.trial.trace_id}")


def target_of(text: str) -> tuple[str, str]:
    """The item and the trace of a run's id. Raises BadInput."""
    item, colon, trace_id = identity_of("ExperimentRun", text).partition(":")
    if not item or not colon:
        raise BadInput(f"experiment_run_id {text!r} is not one that was answered here")
    return item, trace_id


def score_of(held: Json) -> Score:
    """An evaluation as score. Raises BadInput."""
    run, name = need(held, "experiment_run_id", str), need(held, "name", str)
    item, trace_id = target_of(run)
    kind = need(held, "annotator_kind", str)
    if kind not in SOURCES:
        raise BadInput(f"'annotator_kind' must be one of {', '.join(SOURCES)}, got {kind!r}")
    result = may(held, "result", dict, {})
    number, label = result.get("score"), may(result, "label", str, "")
    if number is not None and (
        isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number)
    ):
        raise BadInput(f"'result.score' must be a finite number, got {number!r}")
    error = may(held, "error", str, "")
    if number is None and not label and not result.get("explanation") and not error:
        raise BadInput("an evaluation must have a result or an error")
    metadata: Json = {**may(held, "metadata", dict, {}), "experiment_run_id": run}
    for key in ("start_time", "end_time", "trace_id", "error"):
        if held.get(key):
            metadata[f"phoenix.{key}"] = str(held[key])
    return Score(
        id=f"phoenix_{digest(repr((run, name)).encode())[:32]}",
        name=name,
        target_type="trace" if trace_id else "experiment_run",
        target_id=trace_id or item,
        trace_id=trace_id,
        data_type="numeric" if number is not None else "categorical" if label else "text",
        value=None if number is None else float(number),
        label=label,
        explanation=may(result, "explanation", str, "") or error,
        source=SOURCES[kind],
        evaluator=name,
        time_ns=_ns(held.get("end_time")),
        metadata=metadata,
    )


def experiment_of(held: Experiment, items: Sequence[ExperimentItem], example_count: int) -> Json:
    """An experiment as Phoenix's client reads it. items: those tried."""
    failed = sum(1 for item in items if item.trial.metadata.get("error"))
    repetitions = int(held.metadata.get(REPETITIONS) or 1)
    return {
        "id": node_id("Experiment", held.id),
        "dataset_id": node_id("Dataset", held.dataset_id),
        "dataset_version_id": node_id("DatasetVersion", str(held.dataset_version or 0)),
        "name": held.name,
        "description": held.description or None,
        "repetitions": repetitions,
        "metadata": {key: value for key, value in held.metadata.items() if key not in (REPETITIONS, SPLITS)},
        # The tasks' spans are sent into this project.
        "project_name": held.project,
        "created_at": iso(held.created_ns),
        "updated_at": iso(held.changed_ns),
        "example_count": example_count,
        "successful_run_count": len(items) - failed,
        "failed_run_count": failed,
        "missing_run_count": max(example_count * repetitions - len(items), 0),
    }


def run_of(item: ExperimentItem) -> Json:
    """A case that was tried as run."""
    said, created = item.trial.metadata, iso(item.created_ns)
    made: Json = {
        "id": run_id(item),
        "experiment_id": node_id("Experiment", item.experiment_id),
        "dataset_example_id": node_id("DatasetExample", item.trial.item_id),
        "output": said.get("output"),
        "repetition_number": said.get("repetition_number") or 1,
        "start_time": said.get("start_time") or created,
        "end_time": said.get("end_time") or created,
    }
    for name, value in (("trace_id", item.trial.trace_id), ("error", said.get("error"))):
        if value:
            made[name] = value
    return made


def record_of(item: ExperimentItem, scores: Sequence[Score]) -> Json:
    """A run with its evaluations, as a line of the experiment's table."""
    run = run_of(item)
    at = run["end_time"]
    return {
        **run,
        "example_id": run["dataset_example_id"],
        "annotations": [
            {
                "name": score.name,
                "annotator_kind": NAMES[score.source],
                "label": score.label or None,
                "score": score.value,
                "explanation": score.explanation or None,
                "error": score.metadata.get("phoenix.error"),
                "trace_id": score.metadata.get("phoenix.trace_id"),
                "start_time": score.metadata.get("phoenix.start_time") or at,
                "end_time": score.metadata.get("phoenix.end_time") or time_text(score.time_ns),
                "metadata": {},
            }
            for score in scores
        ],
    }


def _ns(value: Any) -> int:
    if value is None:
        return 0
    try:
        return max(parse_iso(str(value)), 0)
    except (ValueError, OverflowError):
        raise BadInput(f"'end_time' must be an ISO 8601 time, got {value!r}") from None
