"""Calls of Amazon Bedrock, as `decode.formats.bedrock` keeps the records of its invocation log."""

from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.conventions._calls import params_of
from nervure.normalise.conventions._chunks import joined
from nervure.normalise.conventions._usage import usage_fields
from nervure.normalise.fields import tools_from
from nervure.normalise.messages import documents_of, messages_of
from nervure.normalise.values import decode_json, dict_from, millis_from, text_from

PREFIX = "aws.bedrock."
METADATA = f"{PREFIX}requestMetadata."
INPUT, OUTPUT = f"{PREFIX}input_body", f"{PREFIX}output_body"
METRICS = "amazon-bedrock-invocationMetrics"
STREAMED = ("InvokeModelWithResponseStream", "InvokeModelWithBidirectionalStream", "ConverseStream")
CACHED = ("cached_input_tokens", "cache_write_tokens")
# What callers write into the metadata of a request, and the field it is.
CONTEXT = {
    "session": ("session_id", "sessionId", "conversation_id", "thread_id"),
    "user": ("user_id", "userId", "user"),
    "tenant": ("tenant", "tenant_id", "tenantId", "customer"),
    "team": ("team", "team_id"),
    "feature": ("feature", "use_case"),
    "environment": ("environment", "env", "stage"),
    "release": ("release", "version"),
    "prompt_name": ("prompt_name",),
    "prompt_version": ("prompt_version",),
}


def speaks(raw: RawSpan) -> bool:
    """By the record's own member."""
    return f"{PREFIX}schemaType" in raw.attributes


def model_of(value: Any) -> str | None:
    """The model of an id or of an ARN of one; an ARN of an application's profile names no model and stays as it is."""
    text = text_from(value)
    if text is None or not text.startswith("arn:"):
        return text
    kind, _, name = text.split(":", 5)[-1].partition("/")
    return name if kind in ("foundation-model", "inference-profile") and name else text


def person_of(value: Any) -> str | None:
    """The user behind an ARN: an IAM user, or a role's session named like one; a program's role is nobody."""
    whole, _, name = str(value).rpartition("/")
    return name if name and (":user" in whole or "@" in name) else None


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """Kind, messages, parameters, tokens and times out of the bodies; context out of the metadata."""
    attributes = raw.attributes
    given, got = decode_json(attributes.get(INPUT)), decode_json(attributes.get(OUTPUT))
    chunks = got if isinstance(got, list) else [got]
    answer = dict_from(joined(got) if isinstance(got, list) else got) or {}
    request = dict_from(given) or {}
    more: Fields = {"kind": _kind(str(fields.get("request_model", "")), request, answer)}
    more["streaming"] = attributes.get(f"{PREFIX}operation") in STREAMED
    usage = usage_fields(answer.get("usage"))
    metrics = next((found for piece in reversed(chunks) if (found := _metrics(piece))), {})
    for field, count in (*usage.items(), *_cache(answer.get("usage")).items()):
        more.setdefault(field, count)
    # What the log itself counted goes before what the answer says.
    more = {field: value for field, value in more.items() if field not in fields or field == "kind"}
    counts = [more.get(name, fields.get(name)) for name in ("input_tokens", "output_tokens", *CACHED)]
    if any(counts):
        # The log counts input without what was read from the cache or written to it; the total tells so.
        more["total_tokens"] = sum(count or 0 for count in counts)
    if (first := millis_from(metrics.get("firstByteLatency"))) is not None:
        more["ttft_ns"] = first
    settings = dict_from(request.get("inferenceConfig") or request.get("textGenerationConfig")) or request
    more |= params_of({**settings, **({"maxTokens": settings["max_gen_len"]} if "max_gen_len" in settings else {})})
    if tools := _tools(request):
        more["tool_definitions"] = tools
    if asked := messages_of(_asked(given, request), "user"):
        more["input"] = asked
    if more["kind"] == "reranker":
        more |= _ranked(request, answer)
    elif more["kind"] == "llm" and (answered := messages_of(_answered(got, answer), "assistant")):
        more["output"] = answered
    for field, keys in (("response_model", ("model",)), ("response_id", ("id", "generation_id"))):
        if text := next((text for key in keys if (text := text_from(answer.get(key)))), None):
            more[field] = text
    return {**more, **_context(attributes)}


def _kind(model: str, request: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    if "embed" in model or "embedding" in answer or "embeddings" in answer:
        return "embedding"
    return "reranker" if "rerank" in model or ("documents" in request and "query" in request) else "llm"


def _metrics(piece: Any) -> Mapping[str, Any]:
    held = dict_from(piece) or {}
    return dict_from(held.get(METRICS)) or {}


def _cache(usage: Any) -> Fields:
    """Converse's names of what was read from the cache and written to it."""
    named = {"cached_input_tokens": "cacheReadInputTokens", "cache_write_tokens": "cacheWriteInputTokens"}
    held = dict_from(usage) or {}
    return {field: held[key] for field, key in named.items() if isinstance(held.get(key), int)}


def _tools(request: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    listed = (dict_from(request.get("toolConfig")) or {}).get("tools", request.get("tools"))
    if not isinstance(listed, list):
        return None
    # Converse wraps each in toolSpec, and its schema in json.
    specs = [dict_from((dict_from(tool) or {}).get("toolSpec")) or tool for tool in listed]
    return tools_from(specs)


def _asked(given: Any, request: Mapping[str, Any]) -> Any:
    if history := request.get("chat_history"):
        # Cohere's last question stands beside what was said before.
        said = [{"role": _role(turn), "content": turn.get("message")} for turn in history if isinstance(turn, Mapping)]
        return [*said, {"role": "user", "content": request.get("message")}]
    for name in ("inputText", "message", "query"):
        if isinstance(request.get(name), str):
            return request[name]
    if isinstance(texts := request.get("texts"), list):
        return "\n".join(str(text) for text in texts)
    if set(request) & {"messages", "prompt"} == {"prompt"} and isinstance(request["prompt"], str):
        return request["prompt"]
    return given


def _role(turn: Mapping[str, Any]) -> str:
    return {"CHATBOT": "assistant", "SYSTEM": "system"}.get(str(turn.get("role")), "user")


def _answered(got: Any, answer: Mapping[str, Any]) -> Any:
    for name in ("results", "outputs", "generations"):
        if isinstance(listed := answer.get(name), list):
            texts = [str(one.get("outputText") or one.get("text") or "") for one in listed if isinstance(one, Mapping)]
            reason = next((one.get("completionReason") or one.get("stop_reason") or one.get("finish_reason")
                           for one in listed if isinstance(one, Mapping)), None)  # fmt: skip
            return {"choices": [{"message": {"content": text}, "finish_reason": reason} for text in texts]}
    for name in ("generation", "text", "completion"):
        if isinstance(answer.get(name), str):
            reason = answer.get("stop_reason") or answer.get("finish_reason")
            return {"choices": [{"message": {"content": answer[name]}, "finish_reason": reason}]}
    if "content" in answer and "output" not in answer:
        message = {"role": "assistant", "content": answer["content"]}
        return {"choices": [{"message": message, "finish_reason": answer.get("stop_reason")}]}
    return answer or got


def _ranked(request: Mapping[str, Any], answer: Mapping[str, Any]) -> Fields:
    listed = request.get("documents")
    before = listed if isinstance(listed, list) else []
    results = answer.get("results")
    after = [
        {"content": before[place], "score": one.get("relevance_score")}
        for one in (results if isinstance(results, list) else [])
        if isinstance(one, Mapping) and isinstance(place := one.get("index"), int) and 0 <= place < len(before)
    ]
    more: Fields = {"query": request["query"]} if isinstance(request.get("query"), str) else {}
    for name, found in (("input_documents", before), ("documents", after)):
        if made := documents_of(found):
            more[name] = made
    return more


def _context(attributes: Mapping[str, Any]) -> Fields:
    said = {key[len(METADATA) :]: value for key, value in attributes.items() if key.startswith(METADATA)}
    more: Fields = {"metadata": said} if said else {}
    for field, names in CONTEXT.items():
        if text := next((text for name in names if (text := text_from(said.get(name)))), None):
            more[field] = text
    return more


CONVENTION = Convention(
    name="bedrock",
    order=92,
    speaks=speaks,
    rules=(
        Rule("request_model", (f"{PREFIX}modelId",), model_of),
        Rule("operation", (f"{PREFIX}operation",)),
        Rule("provider", (f"{PREFIX}schemaType",), lambda value: "aws.bedrock"),
        Rule("region", (f"{PREFIX}inferenceRegion", f"{PREFIX}region")),
        Rule("user", (f"{PREFIX}identity.arn",), person_of),
        Rule("error_type", (f"{PREFIX}errorCode",)),
        Rule("input_tokens", (f"{PREFIX}input.inputTokenCount",)),
        Rule("output_tokens", (f"{PREFIX}output.outputTokenCount",)),
        Rule("cached_input_tokens", (f"{PREFIX}input.cacheReadInputTokenCount",)),
        Rule("cache_write_tokens", (f"{PREFIX}input.cacheWriteInputTokenCount",)),
        Rule("service_tier", (f"{PREFIX}serviceTier",)),
    ),
    read=read,
)
