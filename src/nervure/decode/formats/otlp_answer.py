"""What an OTLP sender hears: an Export*ServiceResponse, or a google.rpc.Status, in the encoding it wrote in."""

from collections.abc import Callable
from typing import Any

import orjson
from google.rpc import code_pb2
from google.rpc.status_pb2 import Status

from nervure.decode.wire import Outcome, is_json

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
CONTENT_TYPES = (PROTOBUF, "application/protobuf", JSON)

# HTTP status to google.rpc.Code; 429 and 503 both mean "again, later".
RPC_CODES = {
    400: code_pb2.INVALID_ARGUMENT,
    401: code_pb2.UNAUTHENTICATED,
    403: code_pb2.PERMISSION_DENIED,
    404: code_pb2.NOT_FOUND,
    405: code_pb2.UNIMPLEMENTED,
    413: code_pb2.RESOURCE_EXHAUSTED,
    415: code_pb2.UNIMPLEMENTED,
    429: code_pb2.UNAVAILABLE,
    503: code_pb2.UNAVAILABLE,
}


def answers(response: Any, rejected: str) -> Callable[[Outcome, str], bytes]:
    """The `answer` of a wire. response: its Export*ServiceResponse class. rejected: the name of its count."""

    def answer(outcome: Outcome, content_type: str) -> bytes:
        if not outcome.is_success:
            return status_body(outcome, content_type)
        if not outcome.rejected and not outcome.message:
            # The specification: partial_success is left unset when all is well.
            return b"{}" if is_json(content_type) else b""
        if is_json(content_type):
            head, *tail = rejected.split("_")
            count = head + "".join(word.capitalize() for word in tail)
            partial = {"errorMessage": outcome.message}
            if outcome.rejected:
                partial = {count: str(outcome.rejected), **partial}
            return orjson.dumps({"partialSuccess": partial})
        message = response()
        setattr(message.partial_success, rejected, outcome.rejected)
        message.partial_success.error_message = outcome.message
        body: bytes = message.SerializeToString()
        return body

    return answer


def status_body(outcome: Outcome, content_type: str) -> bytes:
    """A google.rpc.Status."""
    code = RPC_CODES.get(outcome.status, code_pb2.UNKNOWN)
    if is_json(content_type):
        return orjson.dumps({"code": code, "message": outcome.message})
    body: bytes = Status(code=code, message=outcome.message).SerializeToString()
    return body
