"""What LangSmith's older clients, and programs without batches, say of a run that they have begun."""

import orjson

from nervure.base.errors import DecodeError
from nervure.decode.formats import langsmith
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.plain_answer import words
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.decode.wires.langsmith_runs import NO_IDS, conclude
from nervure.model.raw import RawBatch


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """One part of a span; its id stands in the path. Raises DecodeError when it names no trace."""
    try:
        held = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DecodeError(f"the body is not a run in JSON: {error}") from error
    if not isinstance(held, dict):
        raise DecodeError(
            'the body is not a run: send an object such as {"trace_id": .., "outputs": .., "end_time": ..}'
        )
    part = langsmith.part({**held, "id": request.path["run_id"]}, False, Origins("langsmith"), limits)
    if part is None:
        raise DecodeError(NO_IDS)
    return RawBatch(parts=[part])


WIRE = Wire(
    name="langsmith_update",
    signal="traces",
    paths=("/runs/{run_id}",),
    methods=("PATCH",),
    decode=decode,
    answer=words("detail", success=b'{"message":"Run updated"}'),
    content_types=("application/json",),
    conclude=conclude,
)
