"""W&B Weave: calls of its SDK (`decode.formats.weave`), and `wandb.*` and `weave.*` keys at its `/otel/v1/traces` endpoint.

Over OTLP Weave reads other dialects there (OpenInference, OTel GenAI, OpenLLMetry) and adds threads, turns and display names;
these additions stand here, and the dialect beneath says the rest.
"""

from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.conventions._calls import arguments_of, params_of
from nervure.normalise.conventions._usage import usage_fields
from nervure.normalise.fields import tools_from
from nervure.normalise.loaded import loaded
from nervure.normalise.messages import documents_of, messages_of
from nervure.normalise.values import number_from, text_from
from nervure.normalise.vocabulary import kind_from, provider_from

CALL_ID, GIVEN = "weave.id", "weave.attributes."
MOST_CLASS = 200
# Integrations that stand for a provider; others (langchain, litellm) stand for a framework around it.
PROVIDERS = frozenset(
    {"openai", "anthropic", "mistral", "groq", "cohere", "bedrock", "vertexai", "google_genai", "cerebras"}
)


def speaks(raw: RawSpan) -> bool:
    """By any `wandb.*` or `weave.*` key of the span; a resource that only names a W&B project is no dialect."""
    return any(key.startswith(("wandb.", "weave.")) for key in raw.attributes)


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """Inputs and outputs of Weave's own keys, by kind; what a model was asked for; usage of a call's summary."""
    attributes, more = raw.attributes, Fields()
    kind = fields.get("kind")
    given = loaded(attributes.get("weave.observation.input", attributes.get("weave.inputs")))
    got = loaded(attributes.get("weave.observation.output", attributes.get("weave.output")))
    if isinstance(given, dict) and "self" in given and CALL_ID in attributes:
        # The object whose method was called.
        given = {key: value for key, value in given.items() if key != "self"}
    if messages := messages_of(_lone(given), "user"):
        more["input"] = messages
    if kind != "embedding" and (answered := messages_of(got, "assistant")):
        more["output"] = answered
    if kind in ("llm", "embedding"):
        more.update(_request(given, got))
    if kind in ("llm", "embedding") or CALL_ID not in attributes:
        more.update(_summary(loaded(attributes.get("weave.summary"))))
    if CALL_ID not in attributes:
        return more
    given_of_call = {key[len(GIVEN) :]: loaded(held) for key, held in attributes.items() if key.startswith(GIVEN)}
    if given_of_call:
        more["metadata"] = given_of_call
    if kind == "tool":
        more.update(_tool(raw.name, given, got))
    elif kind == "retriever" and (found := documents_of(got)):
        more["documents"] = found
    more.update(_fault(attributes.get("weave.exception")))
    return more


def _request(given: Any, got: Any) -> Fields:
    """Of the arguments and the answer of a provider's client."""
    fields: Fields = {}
    if isinstance(given, dict):
        fields |= params_of(given)
        if model := text_from(given.get("model")):
            fields["request_model"] = model
        if tools := tools_from(given.get("tools")):
            fields["tool_definitions"] = tools
        if isinstance(given.get("stream"), bool):
            fields["streaming"] = given["stream"]
    if isinstance(got, dict):
        if model := text_from(got.get("model")):
            fields["response_model"] = model
        if identity := text_from(got.get("id")):
            fields["response_id"] = identity
        fields |= usage_fields(got.get("usage"))
        first = number_from(got.get("time_to_first_token"))
        if first is not None and first >= 0:
            fields["ttft_ns"] = int(first * 1e9)
    return fields


def _tool(name: str, given: Any, got: Any) -> Fields:
    fields: Fields = {"tool_name": name}
    if given is not None:
        fields["tool_arguments"] = arguments_of(given)
    if got is not None:
        fields["tool_result"] = got
    return fields


def _fault(value: Any) -> Fields:
    """The class of an exception, which is JSON text or a traceback whose last line begins with it."""
    error = loaded(value)
    if isinstance(error, dict):
        kind = text_from(error.get("type"))
    elif isinstance(error, str):
        kind = error.strip().rpartition("\n")[2].partition(":")[0]
        kind = kind if kind and " " not in kind and len(kind) < MOST_CLASS else None
    else:
        kind = None
    return {"error_type": kind} if kind else {}


def _lone(value: Any) -> Any:
    """The arguments of a traced function are an object; one with a single plain member is that member."""
    if isinstance(value, dict) and len(value) == 1:
        (inner,) = value.values()
        if isinstance(inner, str):
            return inner
    return value


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


def _provider(value: Any) -> str | None:
    about = loaded(value)
    name = about.get("name") if isinstance(about, dict) else None
    return provider_from(name) if name in PROVIDERS else None


def _plain(value: Any) -> str | None:
    """A text, which a call's own attributes hold as JSON."""
    return text_from(loaded(value))


CONVENTION = Convention(
    name="weave",
    order=650,
    speaks=speaks,
    rules=(
        Rule("kind", ("weave.kind", "weave.attributes.kind", "weave.op_kind"), kind_from),
        Rule("operation", ("weave.op_name",), _operation),
        Rule("provider", ("weave.integration",), _provider),
        Rule(
            "session",
            ("wandb.thread_id", "weave.thread_id", "weave.attributes.session_id", "weave.attributes.thread_id"),
            _plain,
        ),
        Rule("user", ("weave.attributes.user_id",), _plain),
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
