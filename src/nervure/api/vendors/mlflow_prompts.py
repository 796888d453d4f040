"""MLflow's prompts, which it keeps as registered models with tags, as ours and back.

A prompt's tags are our metadata; a version's tags stand in its config, because a version never changes.
"""

from collections.abc import Iterable
from typing import Any

import orjson

from nervure.base.errors import BadInput
from nervure.model.prompt import LATEST, Draft, Prompt, PromptVersion

Json = dict[str, Any]

IS_PROMPT, TEXT = "mlflow.prompt.is_prompt", "mlflow.prompt.text"
TYPE, FORMAT, CONFIG = "_mlflow_prompt_type", "_mlflow_prompt_response_format", "_mlflow_prompt_model_config"
OWN = (IS_PROMPT, TEXT, TYPE, FORMAT, CONFIG)
# Where a version's config holds what those tags said, and the user's own tags.
MEMBERS = {FORMAT: "response_format", CONFIG: "model_config"}
TAGS = "tags"
NS_PER_MS = 1_000_000


def tags_of(listed: Any) -> dict[str, str]:
    """Tags as MLflow sends them: [{"key", "value"}]. Raises BadInput."""
    if not isinstance(listed, list) or not all(isinstance(one, dict) and one.get("key") for one in listed):
        raise BadInput('\'tags\' must be a list of {"key": .., "value": ..}')
    return {str(one["key"]): str(one.get("value") or "") for one in listed}


def need_prompt(tags: dict[str, str]) -> None:
    """Raises BadInput for a model that is no prompt."""
    if tags.get(IS_PROMPT, "").lower() != "true":
        raise BadInput(f"only prompts are kept here: a registered model needs the tag {IS_PROMPT} = true")


def draft_of(tags: dict[str, str], description: str) -> Draft:
    """The draft of a version. Raises BadInput."""
    need_prompt(tags)
    if TEXT not in tags:
        raise BadInput(f"a prompt's version needs its text in the tag {TEXT}")
    template: Any = tags[TEXT]
    if tags.get(TYPE) == "chat":
        template = _json(TEXT, template)
    config: Json = {member: _json(key, tags[key]) for key, member in MEMBERS.items() if tags.get(key)}
    if own := {key: value for key, value in tags.items() if key not in OWN}:
        config[TAGS] = own
    return Draft(template, config, message=description)


def _json(key: str, text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"the tag {key} is not JSON: {error}") from None


def model_of(prompt: Prompt) -> Json:
    """A prompt as registered model."""
    return {
        "name": prompt.name,
        "creation_timestamp": prompt.created_ns // NS_PER_MS,
        "last_updated_timestamp": prompt.changed_ns // NS_PER_MS,
        "description": prompt.description,
        "tags": _listed({IS_PROMPT: "true", **{key: _text(value) for key, value in prompt.metadata.items()}}),
        "aliases": [
            {"alias": label, "version": str(number)} for label, number in prompt.labels.items() if label != LATEST
        ],
        "latest_versions": [],
    }


def version_of(version: PromptVersion) -> Json:
    """A version as model version."""
    is_text = isinstance(version.template, str)
    tags = {
        IS_PROMPT: "true",
        TYPE: "text" if is_text else "chat",
        TEXT: version.template if isinstance(version.template, str) else _text(version.template),
    }
    tags |= {key: _text(version.config[member]) for key, member in MEMBERS.items() if version.config.get(member)}
    own = version.config.get(TAGS)
    tags |= {str(key): _text(value) for key, value in own.items()} if isinstance(own, dict) else {}
    return {
        "name": version.name,
        "version": str(version.version),
        "creation_timestamp": version.created_ns // NS_PER_MS,
        "last_updated_timestamp": version.created_ns // NS_PER_MS,
        "user_id": version.author,
        "current_stage": "None",
        "description": version.message,
        "source": "prompt-template",
        "run_id": "",
        "status": "READY",
        "tags": _listed(tags),
        "aliases": [label for label in version.labels if label != LATEST],
    }


def _listed(tags: dict[str, str]) -> list[Json]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def without(metadata: Json, keys: Iterable[str]) -> Json:
    """Metadata less some members."""
    return {key: value for key, value in metadata.items() if key not in set(keys)}
