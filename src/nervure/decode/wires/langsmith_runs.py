"""LangSmith's runs: batches in JSON, multipart with one part a field, and single ones."""

import base64
from collections.abc import Iterator
from email import policy
from email.parser import BytesParser
from typing import Any

import orjson

from nervure.base.errors import DecodeError
from nervure.decode.formats import langsmith
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.plain_answer import words
from nervure.decode.formats.values import refuse
from nervure.decode.wire import DecodeLimits, Outcome, Request, Wire
from nervure.model.raw import RawBatch

MULTIPART = "multipart/form-data"
SHAPE = 'the body is not {"post": [run, ..], "patch": [run, ..]}, a run, or parts named post.<id>, patch.<id>, feedback.<id>'
NO_IDS = "a run must have an id and, when it continues another message's, a trace_id or dotted_order"
NO_FEEDBACK = "feedback must have a key, a run_id or trace_id, and a score, value or comment"
FIELDS = frozenset({"inputs", "outputs", "events", "extra", "error", "serialized"})


def decode(body: bytes | bytearray, request: Request, limits: DecodeLimits) -> RawBatch:
    """Parts of spans, and scores. Raises DecodeError for another shape."""
    batch, origins = RawBatch(), Origins("langsmith")
    if request.content_type.lower().startswith(MULTIPART):
        runs, feedback = _multipart(bytes(body), request.content_type, batch)
    else:
        runs, feedback = _json(bytes(body)), []
    for run, is_first in runs:
        part = langsmith.part(run, is_first, origins, limits) if isinstance(run, dict) else None
        if part is None:
            refuse(batch, NO_IDS)
        else:
            batch.parts.append(part)
    for said in feedback:
        if (score := langsmith.score(said)) is None:
            refuse(batch, NO_FEEDBACK)
        else:
            batch.scores.append(score)
    return batch


def _json(body: bytes) -> list[tuple[Any, bool]]:
    try:
        held = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DecodeError(f"{SHAPE}: {error}") from error
    if not isinstance(held, dict):
        raise DecodeError(SHAPE)
    if "id" in held:
        return [(held, True)]
    posted, patched = held.get("post") or [], held.get("patch") or []
    if not isinstance(posted, list) or not isinstance(patched, list) or not ("post" in held or "patch" in held):
        raise DecodeError(SHAPE)
    return [*((run, True) for run in posted), *((run, False) for run in patched)]


def _multipart(body: bytes, content_type: str, batch: RawBatch) -> tuple[list[tuple[Any, bool]], list[dict[str, Any]]]:
    """Runs with their fields put together, posts before patches as they came, and feedback."""
    runs: dict[tuple[str, str], dict[str, Any]] = {}
    feedback: list[dict[str, Any]] = []
    attachments: dict[str, dict[str, Any]] = {}
    for name, kind, content in _pieces(body, content_type):
        what, _, rest = name.partition(".")
        identity, _, field = rest.partition(".")
        if what == "attachment" and identity:
            attachments.setdefault(identity, {})[field] = {
                "mime_type": kind, "content": base64.b64encode(content).decode("ascii"),
            }  # fmt: skip
            continue
        try:
            value = orjson.loads(content) if content else None
        except orjson.JSONDecodeError:
            refuse(batch, f"part {what}.<id>{'.' + field if field else ''} is not JSON")
            continue
        if what == "feedback" and isinstance(value, dict):
            feedback.append(value)
        elif what in ("post", "patch") and identity and field in FIELDS:
            runs.setdefault((what, identity), {})[field] = value
        elif what in ("post", "patch") and identity and not field and isinstance(value, dict):
            run = runs.setdefault((what, identity), {})
            runs[what, identity] = {**value, **run}
        else:
            refuse(batch, f"a part of the name {what}.<id>{'.' + field if field else ''} is not known")
    for (_, identity), run in runs.items():
        run.setdefault("id", identity)
        if held := attachments.pop(identity, None):
            run["attachments"] = held
    for _ in attachments:
        refuse(batch, "an attachment came without its run")
    return [(run, what == "post") for (what, _), run in runs.items()], feedback


def _pieces(body: bytes, content_type: str) -> Iterator[tuple[str, str, bytes]]:
    """Name, media type and content of each part."""
    head = f"Content-Type: {content_type}\r\nMIME-Version: 1.0\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=policy.HTTP).parsebytes(head + body)
    if not message.is_multipart():
        raise DecodeError(f"the body has no parts: the boundary in Content-Type {content_type!r} does not fit it")
    for piece in message.iter_parts():
        name = piece.get_param("name", header="content-disposition")
        content = piece.get_payload(decode=True)
        kind = str(piece.get("content-type", "application/octet-stream")).partition(";")[0]
        yield str(name or ""), kind, content if isinstance(content, bytes) else b""


def conclude(outcome: Outcome) -> tuple[int, dict[str, str]]:
    """202, as LangSmith says it."""
    return 202, {}


WIRE = Wire(
    name="langsmith_runs",
    signal="traces",
    paths=("/runs/multipart", "/runs/batch", "/runs"),
    decode=decode,
    answer=words("detail", success=b'{"message":"Runs batch ingested"}'),
    content_types=("application/json", MULTIPART),
    conclude=conclude,
)
