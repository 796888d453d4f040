"""Calls of Azure OpenAI in Azure Monitor's resource logs, as `decode.formats.azure` keeps them.

RequestResponse tells the model, times and the outcome, but neither tokens nor texts; API Management's GatewayLogs hold
the bodies, from which everything else is read.
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from nervure.model.raw import RawSpan
from nervure.normalise.convention import Convention, Fields, Rule
from nervure.normalise.conventions._calls import params_of
from nervure.normalise.conventions._chunks import joined
from nervure.normalise.conventions._usage import usage_fields
from nervure.normalise.fields import tools_from
from nervure.normalise.messages import messages_of
from nervure.normalise.values import decode_json, dict_from, text_from

PREFIX = "azure."
PROPERTIES = f"{PREFIX}properties."
REQUEST, RESPONSE = f"{PREFIX}request_body", f"{PREFIX}response_body"
DATED = re.compile(r"\d{4}-\d{2}-\d{2}")


def speaks(raw: RawSpan) -> bool:
    """A record of a call: it has a category and a deployment or an API."""
    return f"{PREFIX}category" in raw.attributes and (
        f"{PREFIX}deployment" in raw.attributes or f"{PROPERTIES}apiName" in raw.attributes
    )


def read(raw: RawSpan, fields: Mapping[str, Any]) -> Fields:
    """Kind and model, and the bodies if they were recorded."""
    attributes = raw.attributes
    what = f"{attributes.get(f'{PREFIX}operationName')} {raw.name}".lower()
    more: Fields = {"kind": "embedding" if "embedding" in what else "llm", "provider": "azure.ai.openai"}
    model, version = (text_from(attributes.get(f"{PROPERTIES}{name}")) for name in ("modelName", "modelVersion"))
    if model:
        # OpenAI's dated names are the model's name and its version.
        more["response_model"] = f"{model}-{version}" if version and DATED.fullmatch(version) else model
    stream = text_from(attributes.get(f"{PROPERTIES}streamType"))
    if stream:
        more["streaming"] = not stream.lower().startswith("non")
    if deployment := text_from(attributes.get(f"{PREFIX}deployment")):
        more["request_model"] = model or deployment
        more["metadata"] = {"deployment": deployment}
    return {**more, **_bodies(attributes, more["kind"])}


def _bodies(attributes: Mapping[str, Any], kind: str) -> Fields:
    request = dict_from(decode_json(attributes.get(REQUEST))) or {}
    text = attributes.get(RESPONSE)
    answer = joined(_events(text)) if isinstance(text, str) and text.lstrip().startswith("data:") else dict_from(text)
    answer = answer or {}
    more: Fields = {**usage_fields(answer.get("usage")), **params_of(request)}
    for field, key in (("response_model", "model"), ("response_id", "id"), ("error_type", "")):
        value = (dict_from(answer.get("error")) or {}).get("code") if not key else answer.get(key)
        if said := text_from(value):
            more[field] = said
    if said := text_from((dict_from(answer.get("error")) or {}).get("message")):
        more["status_message"] = said
    if isinstance(request.get("stream"), bool):
        more["streaming"] = request["stream"]
    if tools := tools_from(request.get("tools")):
        more["tool_definitions"] = tools
    asked = request.get("input") if "messages" not in request and "input" in request else request
    if request and (messages := messages_of(asked, "user")):
        more["input"] = messages
    if kind == "llm" and answer and "error" not in answer and (messages := messages_of(answer, "assistant")):
        more["output"] = messages
    if user := text_from(request.get("user")):
        more["user"] = user
    return more


def _events(text: str) -> list[Any]:
    """The JSON of server-sent events; a last one that was cut off is left out."""
    found = []
    for line in text.splitlines():
        data = line.removeprefix("data:").strip() if line.startswith("data:") else ""
        if data.startswith("{"):
            try:
                found.append(orjson.loads(data))
            except orjson.JSONDecodeError:
                break
    return found


CONVENTION = Convention(
    name="azure_openai",
    order=93,
    speaks=speaks,
    rules=(
        Rule("operation", (f"{PREFIX}operationName",)),
        Rule("region", (f"{PREFIX}location",), lambda value: str(value).lower().replace(" ", "")),
    ),
    read=read,
)
