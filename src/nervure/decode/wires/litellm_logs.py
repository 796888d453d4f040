"""LiteLLM's generic API logger (callback `generic_api`): a StandardLoggingPayload for each call, alone, as a list or as lines.

Source: https://docs.litellm.ai/docs/proxy/logging_spec and https://docs.litellm.ai/docs/observability/generic_api. The logger
says application/json for lines, too. Attempts of one request (retries, fallbacks) share their trace.
"""

import re
from typing import Any

from nervure.base.clock import NS_PER_S
from nervure.decode.formats import ids
from nervure.decode.formats.documents import flat, object_of, only_objects, text_of
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.plain_answer import words
from nervure.decode.formats.values import cut, refuse
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.model.raw import Attributes, RawBatch, RawSpan

PREFIX = "litellm."
# Values that mean something only as a whole.
WHOLE = ("messages", "response", "model_parameters", "model_map_information", "metadata.requester_metadata",
         "metadata.spend_logs_metadata", "metadata.usage_object", "hidden_params.usage_object",
         "metadata.user_api_key_auth_metadata", "metadata.prompt_management_metadata",
         "metadata.mcp_tool_call_metadata")  # fmt: skip
NO_CALL = "a LiteLLM payload needs id, call_type, startTime and endTime (in seconds)"
WHAT = 'LiteLLM payload ({"id": .., "call_type": .., "startTime": .., "endTime": ..})'
OK, ERROR, CLIENT = 1, 2, 3
IDENTITY = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
RESOURCE: Attributes = {"telemetry.sdk.name": "litellm", "service.name": "litellm"}


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """A span for each call. Raises DecodeError when there is no JSON object."""
    batch, origins = RawBatch(), Origins("litellm")
    for payload in only_objects(bytes(body), (), WHAT):
        span = _span(payload, origins, limits) if payload is not None else None
        if span is None:
            refuse(batch, NO_CALL)
        else:
            batch.spans.append(span)
    return batch


def _span(payload: dict[str, Any], origins: Origins, limits: DecodeLimits) -> RawSpan | None:
    identity, what = text_of(payload, "id"), text_of(payload, "call_type")
    start_ns, end_ns = _ns(payload.get("startTime")), _ns(payload.get("endTime"))
    if not identity or not what or start_ns is None or end_ns is None:
        return None
    flags: list[str] = []
    error = object_of(payload.get("error_information"))
    has_failed = payload.get("status") == "failure" or bool(error.get("error_class"))
    told = text_of(error, "error_message") or text_of(payload, "error_str")
    call = text_of(payload, "litellm_call_id") or identity
    # Attempts of one request may share their ids, but not their beginning.
    trace = text_of(payload, "trace_id").lower()
    own = f"{identity} {call} {start_ns} {text_of(payload, 'model_id')}"
    return RawSpan(
        origin=origins.of(RESOURCE),
        # A trace id of a person's own making is a session of many requests.
        trace_id=ids.trace_id(trace if IDENTITY.fullmatch(trace) else call),
        span_id=ids.span_id(own),
        parent_id="",
        name=cut(f"{what} {text_of(payload, 'model')}".strip(), limits, flags),
        kind=CLIENT,
        start_ns=start_ns,
        end_ns=end_ns,
        status_code=ERROR if has_failed else OK,
        status_message=cut(told, limits, flags) if has_failed else "",
        attributes=flat(payload, PREFIX, limits, flags, WHOLE),
        flags=flags,
    )


def _ns(seconds: Any) -> int | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < 1e11:
        return None
    # A float of today's seconds is exact to less than a microsecond, and no further.
    return round(seconds * 1e6) * (NS_PER_S // 10**6)


WIRE = Wire(
    name="litellm_logs",
    signal="traces",
    paths=("/v1/litellm",),
    decode=decode,
    answer=words(success=b"{}"),
    content_types=("application/json", "application/x-ndjson"),
)
