"""What traced functions, tools and model requests got and gave, out of the objects SDKs record for them."""

from typing import Any

from nervure.normalise.calls import arguments_of
from nervure.normalise.convention import Fields
from nervure.normalise.values import number_from, texts_from

__all__ = ["arguments_of", "params_of"]

# Canonical name of a request parameter: names SDKs give it.
_PARAMS: dict[str, tuple[str, ...]] = {
    "temperature": ("temperature", "ls_temperature"),
    "top_p": ("top_p", "topP"),
    "top_k": ("top_k", "topK"),
    "max_tokens": ("max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens", "maxTokens"),
    "seed": ("seed",),
    "stop": ("stop", "stop_sequences", "stopSequences"),
    "frequency_penalty": ("frequency_penalty", "frequencyPenalty"),
    "presence_penalty": ("presence_penalty", "presencePenalty"),
    "n": ("n", "choice_count", "candidate_count"),
    "reasoning_level": ("reasoning_effort", "reasoningEffort", "reasoning_level"),
}
_WHOLE = frozenset({"max_tokens", "seed", "n", "top_k"})


def params_of(settings: Any, prefix: str = "") -> Fields:
    """`params` of a request's settings: an object, or attributes whose keys begin with `prefix`; {} for none."""
    if not isinstance(settings, dict):
        return {}
    params: dict[str, Any] = {}
    for name, keys in _PARAMS.items():
        for key in keys:
            value = settings.get(prefix + key) if prefix else settings.get(key)
            param = _param(name, value)
            if param is not None:
                params[name] = param
                break
    return {"params": params} if params else {}


def _param(name: str, value: Any) -> Any:
    if name == "stop":
        return texts_from(value) if value else None
    if name == "reasoning_level":
        return value if isinstance(value, str) and value else None
    # Langfuse writes "Infinity" for a limit that was not set: number_from wants finite numbers.
    number = number_from(value)
    return int(number) if number is not None and name in _WHOLE and number == int(number) else number
