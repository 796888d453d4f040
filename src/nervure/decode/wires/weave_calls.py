"""Weave's calls: finished ones in batches, single beginnings and ends, and the older batch that holds both."""

from collections.abc import Iterator
from typing import Any

import orjson

from nervure.base.errors import DecodeError
from nervure.decode.formats import weave
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.values import refuse
from nervure.decode.formats.weave_answer import answer, conclude
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.model.raw import RawBatch

TRACE = "x-weave-trace-id"
SHAPES = {
    "complete": '{"batch": [{"id": .., "trace_id": .., "op_name": .., "started_at": ..}]}',
    "start": '{"start": {"id": .., "trace_id": .., "op_name": .., "started_at": ..}}',
    "end": '{"end": {"id": .., "trace_id": .., "ended_at": ..}}',
    "upsert_batch": '{"batch": [{"mode": "start", "req": {"start": {..}}}, {"mode": "end", "req": {"end": {..}}}]}',
}


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Parts of spans. Raises DecodeError for another shape. The receipt: ids of the calls, in order."""
    what = request.pattern.rpartition("/")[2]
    project = "/".join(request.path[name] for name in ("entity", "project") if name in request.path)
    batch, origins, told = RawBatch(), Origins("weave"), list[dict[str, str]]()
    traces: dict[str, Any] = {}
    for call, mode in _calls(body, what):
        if not isinstance(call, dict) or not call.get("id"):
            refuse(batch, weave.NO_CALL)
            continue
        identity = str(call["id"])
        # A call that begins a trace may leave it to the server to name it.
        named = call.get("trace_id") or request.headers.get(TRACE) or traces.get(identity)
        trace = traces[identity] = named or (identity if mode != "end" and not call.get("parent_id") else None)
        made = weave.part(call, trace, mode != "end", origins, limits, project)
        if made is None or (mode != "end" and not made.start_ns):
            refuse(batch, weave.NO_TRACE if mode == "end" and not trace else weave.NO_CALL)
            continue
        batch.parts.append(made)
        told.append({"id": identity, "trace_id": str(trace)})
    batch.receipt = (what, told)
    return batch


def _calls(body: bytes | bytearray, what: str) -> Iterator[tuple[Any, str]]:
    """Each call with what is said of it: "whole", "start" or "end"."""
    try:
        held = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DecodeError(f"the body is not JSON: {error}") from error
    if not isinstance(held, dict):
        raise DecodeError(f"the body is not {SHAPES[what]}")
    if what in ("start", "end"):
        if not isinstance(held.get(what), dict):
            raise DecodeError(f"the body is not {SHAPES[what]}")
        yield held[what], what
        return
    if not isinstance(held.get("batch"), list):
        raise DecodeError(f"the body is not {SHAPES[what]}")
    for item in held["batch"]:
        if what == "complete":
            yield item, "whole"
            continue
        mode = item.get("mode") if isinstance(item, dict) else None
        asked = item.get("req") if isinstance(item, dict) else None
        if mode in ("start", "end") and isinstance(asked, dict):
            yield asked.get(mode), str(mode)
        else:
            yield None, "start"


WIRE = Wire(
    name="weave_calls",
    signal="traces",
    paths=(
        "/v2/{entity}/{project}/calls/complete",
        "/v2/{entity}/{project}/call/start",
        "/v2/{entity}/{project}/call/end",
        "/call/upsert_batch",
        "/call/start",
        "/call/end",
    ),
    asks=(TRACE,),
    decode=decode,
    answer=answer,
    content_types=("application/json",),
    conclude=conclude,
    is_itemised=True,
)
