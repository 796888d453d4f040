"""LangSmith's runs: batches in JSON, multipart with one part a field, and single ones."""

from typing import Any

import orjson

from nervure.base.errors import DecodeError
from nervure.base.ids import digest
from nervure.decode.formats import langsmith
from nervure.decode.formats.form import pieces
from nervure.decode.formats.json_log import Origins
from nervure.decode.formats.plain_answer import words
from nervure.decode.formats.values import refuse
from nervure.decode.wire import DecodeLimits, Outcome, Request, Wire
from nervure.model.raw import RawBatch

MULTIPART = "multipart/form-data"
SHAPE = 'the body is not {"post": [run, ..], "patch": [run, ..]}, a run, or parts named post.<id>, patch.<id>, feedback.<id>'
NO_IDS = "a run must be an object with an id"
NO_FEEDBACK = "feedback must have a key, a run_id, trace_id or session_id, and a score, value, comment or correction"
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
    attachments: dict[str, dict[str, tuple[str, bytes]]] = {}
    for name, kind, content in pieces(body, content_type):
        what, _, rest = name.partition(".")
        identity, _, field = rest.partition(".")
        if what == "attachment" and identity:
            attachments.setdefault(identity, {})[field] = (kind, content)
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
            run["attachments"] = {
                name: {"mime_type": kind, "sha256": digest(content), "bytes": len(content)}
                for name, (kind, content) in held.items()
            }
            batch.media += [content for _, content in held.values()]
    for _ in attachments:
        refuse(batch, "an attachment came without its run")
    return [(run, what == "post") for (what, _), run in runs.items()], feedback


def conclude(outcome: Outcome) -> tuple[int, dict[str, str]]:
    """202, as LangSmith says it."""
    return 202, {}


WIRE = Wire(
    name="langsmith_runs",
    signal="traces",
    paths=("/runs/multipart", "/runs/batch", "/runs"),
    decode=decode,
    answer=words("detail", success=b'{"message":"Runs batch ingested"}'),
    leaves=("/datasets/{id}/runs", "/annotation-queues/{id}/runs", "/experiments/{id}/runs"),
    content_types=("application/json", MULTIPART),
    # The answer is JSON, whatever was sent.
    headers={"content-type": "application/json"},
    conclude=conclude,
)
