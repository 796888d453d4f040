"""Prompts, datasets, items and experiments in Opik's words."""

from collections.abc import Mapping
from typing import Any

import orjson

from nervure.api.opik.speech import project_id, when
from nervure.api.vendors.uuids import uuid_of_trace
from nervure.base.errors import BadInput
from nervure.decode.formats import ids
from nervure.model.dataset import Case, Dataset, DatasetItem
from nervure.model.experiment import Experiment, ExperimentItem, Trial
from nervure.model.prompt import LATEST, Draft, Prompt, PromptType, PromptVersion

Json = dict[str, Any]
# Members of a version's config and of an item's metadata that are Opik's own.
TYPE, OWN = "@opik.type", "@opik"
MUSTACHE = "mustache"
COMMIT_DIGITS = 8
KEPT_OF_ITEMS = ("source", "description", "tags", "evaluators", "execution_policy")


def draft_of(said: Mapping[str, Any], structure: Any, message: Any = None) -> tuple[Draft, PromptType]:
    """What a version holds. structure: "text" or "chat", whose template is messages as JSON text. Raises BadInput."""
    template = said.get("template")
    if not isinstance(template, str):
        raise BadInput("template is missing: it must be a text")
    metadata = said.get("metadata")
    config: Json = dict(metadata) if isinstance(metadata, dict) else {} if metadata is None else {"value": metadata}
    if said.get("type") not in (None, MUSTACHE):
        config[TYPE] = str(said["type"])
    told = str(message or said.get("change_description") or "")
    if structure != "chat":
        return Draft(template, config, None, told), "text"
    try:
        messages = orjson.loads(template)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"the template of a chat prompt must be messages as JSON text: {error}") from None
    if not isinstance(messages, list):
        raise BadInput("the template of a chat prompt must be a list of messages")
    return Draft(messages, config, None, told), "chat"


def version_json(one: PromptVersion, prompt: Prompt) -> Json:
    """A version of a prompt."""
    template = one.template if isinstance(one.template, str) else orjson.dumps(one.template).decode()
    environments = [label for label in one.labels if label != LATEST]
    metadata = {key: value for key, value in one.config.items() if key != TYPE}
    return {
        "id": one.external_id,
        "prompt_id": prompt.external_id,
        "commit": one.commit[:COMMIT_DIGITS],
        "version_number": f"v{one.version}",
        "template": template,
        "metadata": metadata or None,
        "type": one.config.get(TYPE, MUSTACHE),
        "version_type": "prompt_version",
        "environment": environments[0] if environments else None,
        "environments": environments,
        "change_description": one.message or None,
        "tags": list(prompt.tags),
        "variables": list(one.variables),
        "template_structure": one.type,
        "created_at": when(one.created_ns),
        "created_by": one.author or None,
    }


def prompt_json(one: Prompt, count: int) -> Json:
    """A prompt without its texts."""
    return {
        "id": one.external_id,
        "name": one.name,
        "project_id": project_id(one.project),
        "description": one.description or None,
        "template_structure": one.type,
        "tags": list(one.tags),
        "version_count": count,
        "created_at": when(one.created_ns),
        "created_by": one.author or None,
        "last_updated_at": when(one.changed_ns),
    }


def dataset_json(one: Dataset) -> Json:
    """A dataset."""
    return {
        "id": one.external_id,
        "name": one.name,
        "project_id": project_id(one.project),
        "type": one.metadata.get("type", "dataset"),
        "visibility": "private",
        "tags": one.metadata.get("tags") or [],
        "description": one.description or None,
        "dataset_items_count": one.item_count,
        "created_at": when(one.created_ns),
        "created_by": one.author or None,
        "last_updated_at": when(one.changed_ns),
        "status": "completed",
        "latest_version": dataset_version_json(one) if one.version else None,
    }


def dataset_version_json(one: Dataset, number: int | None = None, made_ns: int = 0) -> Json:
    """A version of a dataset; the newest by default."""
    number = one.version if number is None else number
    is_latest = number == one.version
    return {
        "id": f"{one.external_id[:-4]}{number % 65536:04x}",
        "dataset_id": one.external_id,
        "version_hash": f"{one.external_id[:8]}{number:04x}",
        "version_name": f"v{number}",
        "is_latest": is_latest,
        "tags": ["latest"] if is_latest else [],
        "items_total": one.item_count if is_latest else None,
        "created_at": when(made_ns or one.changed_ns),
    }


def case_of(said: Any) -> Case:
    """An item as our case: what is expected stands apart, the rest of its data is the input. Raises BadInput."""
    if not isinstance(said, dict) or not isinstance(said.get("data"), dict):
        raise BadInput('an item must be {"id": .., "source": .., "data": {..}}')
    data = dict(said["data"])
    content: Json = {}
    if "expected_output" in data:
        content["expected"] = data.pop("expected_output")
    content["input"] = data
    own = {name: said[name] for name in KEPT_OF_ITEMS if said.get(name) is not None}
    content["metadata"] = {OWN: own}
    trace, span = said.get("trace_id"), said.get("span_id")
    return Case(content, ids.trace_id(trace), ids.span_id(span), external_id=str(said.get("id") or ""))


def item_json(one: DatasetItem, dataset: Dataset) -> Json:
    """An item. Of one made elsewhere the input and what is expected are its data."""
    content, external = one.case.content, one.case.external_id
    given = content.get("input")
    data: Json = dict(given) if isinstance(given, dict) else {} if given is None else {"input": given}
    if "expected" in content:
        data["expected_output"] = content["expected"]
    metadata = content.get("metadata")
    own = metadata.get(OWN) if isinstance(metadata, dict) else None
    return {
        "source": "trace" if one.case.trace_id else "manual",
        **(own if isinstance(own, dict) else {}),
        "id": external,
        "dataset_item_id": external,
        "dataset_id": dataset.external_id,
        "trace_id": uuid_of_trace(one.case.trace_id) if one.case.trace_id else None,
        "data": data,
        "created_at": when(one.created_ns),
        "last_updated_at": when(one.changed_ns),
    }


def experiment_json(one: Experiment, dataset: Dataset | None) -> Json:
    """An experiment."""
    own = one.metadata.get(OWN)
    held: Json = own if isinstance(own, dict) else {}
    return {
        "id": one.external_id,
        "name": one.name,
        "dataset_id": dataset.external_id if dataset else None,
        "dataset_name": dataset.name if dataset else held.get("dataset_name"),
        "project_id": project_id(one.project),
        "project_name": one.project,
        "metadata": {key: value for key, value in one.metadata.items() if key != OWN} or None,
        "trace_count": one.item_count,
        "created_at": when(one.created_ns),
        "created_by": one.author or None,
        "last_updated_at": when(one.changed_ns),
        "finished_at": when(one.ended_ns),
        "status": held.get("status") or ("completed" if one.ended_ns else "running"),
        "type": held.get("type", "regular"),
        "tags": held.get("tags"),
        "evaluation_method": held.get("evaluation_method"),
        "optimization_id": held.get("optimization_id"),
        "experiment_scores": held.get("experiment_scores"),
        "prompt_version": held.get("prompt_version"),
        "prompt_versions": held.get("prompt_versions"),
        "dataset_version_id": held.get("dataset_version_id"),
    }


def trial_of(said: Mapping[str, Any]) -> Trial:
    """A case that was tried. Raises BadInput."""
    item, trace = said.get("dataset_item_id"), said.get("trace_id")
    if not isinstance(item, str) or not isinstance(trace, str):
        raise BadInput("an experiment's item must have a dataset_item_id and a trace_id")
    return Trial(item, ids.trace_id(trace), external_id=str(said.get("id") or ""))


def tried_json(one: ExperimentItem, experiment: Experiment, item_id: str) -> Json:
    """A case that was tried. item_id: of the dataset's item, as Opik names it."""
    return {
        "id": one.trial.external_id or one.id,
        "experiment_id": experiment.external_id,
        "dataset_item_id": item_id,
        "trace_id": uuid_of_trace(one.trial.trace_id),
        "project_id": project_id(experiment.project),
        "created_at": when(one.created_ns),
        "last_updated_at": when(one.created_ns),
    }
