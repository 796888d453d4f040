"""Laminar: `lmnr.*` keys around OpenLLMetry-style model calls."""

from typing import Any

from nervure.model.raw import RawSpan
from nervure.model.span import Kind
from nervure.normalise.convention import Convention, Rule
from nervure.normalise.values import text_from
from nervure.normalise.vocabulary import kind_from

_KINDS: dict[str, Kind] = {
    "DEFAULT": "workflow",
    "PIPELINE": "workflow",
    "EXECUTOR": "workflow",
    "EVALUATION": "evaluator",
    "HUMAN_EVALUATOR": "evaluator",
    # An answer taken from a recording: nobody was asked and nothing is billed.
    "CACHED": "other",
}


def speaks(raw: RawSpan) -> bool:
    """By any `lmnr.*` key."""
    return any(key.startswith("lmnr.") for key in raw.attributes)


def _kind(value: Any) -> Kind | None:
    text = text_from(value) or ""
    return _KINDS.get(text) or kind_from(text)


CONVENTION = Convention(
    name="laminar",
    order=670,
    speaks=speaks,
    rules=(
        Rule("kind", ("lmnr.span.type",), _kind),
        Rule("input", ("gen_ai.input.messages", "lmnr.span.input")),
        Rule("output", ("gen_ai.output.messages", "lmnr.span.output")),
        Rule("session", ("lmnr.association.properties.session_id",)),
        Rule("user", ("lmnr.association.properties.user_id",)),
        Rule("tags", ("lmnr.association.properties.tags", "lmnr.span.tags")),
        Rule("metadata", ("lmnr.association.properties.metadata.*", "lmnr.association.properties.label.*")),
    ),
)
