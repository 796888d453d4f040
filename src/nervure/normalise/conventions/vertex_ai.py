"""Calls of Vertex AI in its request-response logs, as `decode.formats.gcp` keeps them."""

from collections.abc import Mapping
from typing import Any

from nervure.model.raw import RawSpan
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.conventions._calls import params_of
from nervure.normalise.conventions._chunks import joined
from nervure.normalise.conventions._usage import usage_fields
from nervure.normalise.fields import tools_from
from nervure.normalise.messages import messages_of
from nervure.normalise.values import decode_json, dict_from, text_from

PREFIX = "gcp."
REQUEST, RESPONSE = f"{PREFIX}request_body", f"{PREFIX}response_body"


def speaks(raw: RawSpan) -> bool:
    """By a body as the decoder keeps it."""
    return REQUEST in raw.attributes


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """A generated answer with messages and tokens; a prediction of one's own model with what went in and came out."""
    attributes = raw.attributes
    given, got = decode_json(attributes.get(REQUEST)), decode_json(attributes.get(RESPONSE))
    request = dict_from(given) or {}
    answer = dict_from(_whole(got) if isinstance(got, list) else got) or {}
    method = str(attributes.get(f"{PREFIX}api_method", ""))
    if not ({"contents", "messages", "prompt"} & request.keys()):
        kind = "embedding" if "embed" in f"{method} {fields.get('request_model', '')}".lower() else "prediction"
        more: Fields = {"kind": kind}
        for field, value, role in (("input", given, "user"), ("output", got, "assistant")):
            if value is not None and (field == "input" or kind == "prediction") and (said := messages_of(value, role)):
                more[field] = said
        return more
    more = {"kind": "llm", "streaming": "stream" in method.lower(), **_usage(answer)}
    settings = dict_from(request.get("generation_config") or request.get("generationConfig")) or request
    more |= params_of(settings)
    if tools := _tools(request.get("tools")):
        more["tool_definitions"] = tools
    if asked := messages_of(request, "user"):
        more["input"] = asked
    if system := request.get("system_instruction") or request.get("systemInstruction"):
        more["system_prompt"] = "\n".join(
            part["content"]
            for message in messages_of(system, "system")
            for part in message["parts"]
            if "content" in part
        )
    if answer and "error" not in answer and (answered := messages_of(_answered(answer), "assistant")):
        more["output"] = answered
    for field, keys in (
        ("response_model", ("model_version", "modelVersion", "model")),
        ("response_id", ("response_id", "responseId", "id")),
    ):
        if text := next((text for key in keys if (text := text_from(answer.get(key)))), None):
            more[field] = text
    return more


def _answered(answer: Mapping[str, Any]) -> Any:
    if "candidates" in answer:
        listed = answer["candidates"] if isinstance(answer["candidates"], list) else []
        named = [
            {**one, "finishReason": one.get("finishReason") or one.get("finish_reason")}
            for one in listed
            if isinstance(one, Mapping)
        ]
        return {"candidates": named}
    if "content" in answer:
        # Claude by rawPredict.
        message = {"role": "assistant", "content": answer["content"]}
        return {"choices": [{"message": message, "finish_reason": answer.get("stop_reason")}]}
    return answer


def _whole(chunks: list[Any]) -> dict[str, Any]:
    """Streamed answers: Gemini's pieces follow one another, the last one has the usage."""
    pieces = [piece for piece in chunks if isinstance(piece, dict)]
    if not any("candidates" in piece for piece in pieces):
        return joined(pieces)
    parts: list[Any] = []
    last: dict[str, Any] = {}
    for piece in pieces:
        last |= piece
        for candidate in piece.get("candidates") or ():
            held = dict_from(candidate) or {}
            content = dict_from(held.get("content")) or {}
            parts += content.get("parts") or ()
            last["finish_reason"] = held.get("finishReason") or held.get("finish_reason") or last.get("finish_reason")
    last["candidates"] = [{"content": {"role": "model", "parts": parts}, "finishReason": last.get("finish_reason")}]
    return last


def _usage(answer: Mapping[str, Any]) -> Fields:
    return usage_fields(answer.get("usage_metadata") or answer.get("usageMetadata") or answer.get("usage"))


def _tools(listed: Any) -> list[dict[str, Any]] | None:
    found: list[Any] = []
    for tool in listed if isinstance(listed, list) else ():
        held = dict_from(tool) or {}
        inner = held.get("function_declarations") or held.get("functionDeclarations")
        found += inner if isinstance(inner, list) else [held]
    return tools_from(found) if found else None


def _model(value: Any) -> str | None:
    return (text_from(value) or "").rpartition("/")[2] or None


CONVENTION = Convention(
    name="vertex_ai",
    order=94,
    speaks=speaks,
    rules=(
        Rule("request_model", (f"{PREFIX}model", f"{PREFIX}deployed_model_id", f"{PREFIX}endpoint"), _model),
        Rule("operation", (f"{PREFIX}api_method",)),
        Rule("provider", (f"{PREFIX}model", f"{PREFIX}endpoint"), lambda value: "gcp.vertex_ai"),
    ),
    read=read,
)
