"""W&B Weave over OTLP: `wandb.*` and `weave.*` keys at its `/otel/v1/traces` endpoint.

Weave reads other dialects there (OpenInference, OTel GenAI, OpenLLMetry) and adds threads, turns and display names;
these additions stand here, and the dialect beneath says the rest.
"""

from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.conventions._usage import usage_fields
from nervure.normalise.messages import messages_of
from nervure.normalise.values import decode_json, text_from
from nervure.normalise.vocabulary import kind_from


def speaks(raw: RawSpan) -> bool:
    """By any `wandb.*` or `weave.*` key of the span; a resource that only names a W&B project is no dialect."""
    return any(key.startswith(("wandb.", "weave.")) for key in raw.attributes)


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """Inputs and outputs of Weave's own keys; usage of a call's summary."""
    attributes, more = raw.attributes, Fields()
    given = attributes.get("weave.observation.input", attributes.get("weave.inputs"))
    got = attributes.get("weave.observation.output", attributes.get("weave.output"))
    if messages := messages_of(given, "user"):
        more["input"] = messages
    if answered := messages_of(got, "assistant"):
        more["output"] = answered
    more.update(_summary(decode_json(attributes.get("weave.summary"))))
    return more


def _summary(summary: Any) -> Fields:
    """`{"usage": {"<model>": {...}}}`; a parent's sums over several models are not one call's usage."""
    usage = summary.get("usage") if isinstance(summary, dict) else None
    if not isinstance(usage, dict) or len(usage) != 1:
        return {}
    (model, counts), *_ = usage.items()
    return {"response_model": str(model), **usage_fields(counts)}


def _operation(value: Any) -> str | None:
    """The name in `weave:///entity/project/op/<name>:<digest>`."""
    text = text_from(value)
    return text.rpartition("/")[2].partition(":")[0] or None if text else None


CONVENTION = Convention(
    name="weave",
    order=650,
    speaks=speaks,
    rules=(
        Rule("kind", ("weave.kind", "weave.attributes.kind", "weave.op_kind"), kind_from),
        Rule("operation", ("weave.op_name",), _operation),
        Rule("session", ("wandb.thread_id", "weave.thread_id")),
        Rule("workflow", ("wandb.display_name", "weave.trace.name")),
        Rule("agent", ("weave.agent.name",)),
        Rule("release", ("weave.agent.version",)),
        Rule("metadata", ("weave.attributes.*",)),
        Rule("metadata.turn", ("wandb.is_turn",)),
        Rule("metadata.run_id", ("wandb.wb_run_id",)),
        Rule("metadata.project", ("resource:wandb.project",)),
        Rule("metadata.entity", ("resource:wandb.entity",)),
    ),
    read=read,
)
