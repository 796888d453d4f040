"""What Opik's low-level client says of a span or a trace after it was begun."""

import orjson

from nervure.base.errors import DecodeError
from nervure.decode.formats import opik
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.opik_answer import Told, answer, conclude, postpone
from nervure.decode.formats.values import refuse
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.model.raw import RawBatch


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """One part of a span, or of a trace. Raises DecodeError for another shape."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DecodeError(f"the body is not JSON: {error}") from error
    if not isinstance(said, dict):
        raise DecodeError("the body is not an object of what has changed")
    batch, is_span = RawBatch(), "/spans/" in request.pattern
    make = opik.span_part if is_span else opik.trace_part
    part = make(said, request.path.get("id"), Origins("opik"), limits)
    if part is None:
        refuse(batch, opik.NO_SPAN if is_span else opik.NO_TRACE)
    else:
        batch.parts.append(part)
    batch.receipt = Told(204, len(batch.parts))
    return batch


WIRE = Wire(
    name="opik_updates",
    signal="traces",
    paths=("/v1/private/spans/{id}", "/v1/private/traces/{id}"),
    methods=("PATCH",),
    decode=decode,
    answer=answer,
    content_types=("application/json",),
    conclude=conclude,
    postpone=postpone,
    is_itemised=True,
)
