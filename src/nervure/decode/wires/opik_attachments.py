"""Files attached to Opik's spans and traces: the bytes at an address the client was given when it announced the file.

PUT .../attachment/upload/spans/<span's id>?name=..&type=..&trace=..&project=..
Source: https://www.comet.com/docs/opik/reference/rest-api/overview (attachments) and the SDK's file_upload package.
"""

from hashlib import sha256

import orjson

from nervure.base.errors import DecodeError
from nervure.decode.formats import ids, opik
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.opik_answer import Told, answer, conclude, postpone
from nervure.decode.wire import DecodeLimits, Request, Wire
from nervure.model.raw import RawBatch, RawPart

OCTETS = "application/octet-stream"
LONGEST_NAME = 500


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """A file, and the part of a span that names it. Raises DecodeError for an address that was not given out."""
    said, identity = request.query, request.path.get("id", "")
    name, trace = said.get("name", ""), said.get("trace", "")
    if not name or len(name) > LONGEST_NAME or not opik.is_uuid(identity) or not trace:
        raise DecodeError("this is no address for a file: ask for one at v1/private/attachment/upload-start")
    data = bytes(body)
    held = {
        "name": name, "mime_type": said.get("type") or OCTETS, "sha256": sha256(data).hexdigest(), "bytes": len(data),
    }  # fmt: skip
    is_trace = request.pattern.endswith("/traces/{id}")
    key = (opik.TRACE_ATTACHMENT if is_trace else opik.ATTACHMENT) + name
    part = RawPart(
        origin=opik.origin_of({"project_name": said.get("project")}, Origins("opik")),
        trace_id=ids.trace_id(trace),
        span_id="" if is_trace else ids.span_id(identity),
        attributes={key: orjson.dumps(held).decode()},
        about_ns=ids.began_ns(identity),
    )
    return RawBatch(parts=[part], media=[data], receipt=Told(200, 1))


WIRE = Wire(
    name="opik_attachments",
    signal="traces",
    paths=("/v1/private/attachment/upload/spans/{id}", "/v1/private/attachment/upload/traces/{id}"),
    methods=("PUT",),
    decode=decode,
    answer=answer,
    # The client says no type.
    content_types=(OCTETS, ""),
    conclude=conclude,
    postpone=postpone,
    is_itemised=True,
    asks=("name", "type", "trace", "project"),
)
