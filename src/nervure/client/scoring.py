"""`nervure.score(...)`, `nervure.feedback(...)`: judgements of spans, traces and sessions, sent in the background."""

import logging
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Lock
from typing import Any

from opentelemetry import trace

from nervure.base.connection import connection
from nervure.base.errors import BadInput, NervureError
from nervure.client.http import Http

log = logging.getLogger("nervure")

_lock = Lock()
_pool: ThreadPoolExecutor | None = None
_http: Http | None = None
_waiting: set[Future[Any]] = set()


def score(
    name: str,
    value: float | bool | str,
    *,
    explanation: str = "",
    source: str = "code",
    trace_id: str = "",
    span_id: str = "",
    session: str = "",
    evaluator: str = "",
    metadata: dict[str, Any] | None = None,
) -> None:
    """Scores the current span, or the span, trace or session named. Returns at once; `flush()` waits for it.

    value: a number, True/False, or a category as text. source: human, judge, code or user. Raises BadInput when there
    is nothing to score; a server that is away is told in the log, not raised.
    """
    body = score_body(
        name, value, explanation=explanation, source=source, trace_id=trace_id, span_id=span_id, session=session,
        evaluator=evaluator, metadata=metadata,
    )  # fmt: skip
    pool, http = _sender()
    sent = pool.submit(_send, http, body)
    _waiting.add(sent)
    sent.add_done_callback(_waiting.discard)


def feedback(
    value: bool | float | str | None = None,
    *,
    comment: str = "",
    name: str = "thumbs",
    trace_id: str = "",
    span_id: str = "",
    session: str = "",
    user: str = "",
    visitor: str = "",
) -> None:
    """What an end user says of the current trace, or of the trace, span or session named. Returns at once.

    value: True or False for a thumb, a number or a category under a `name` of its own, or None for a comment alone.
    visitor: any stable id; what the same visitor says again of the same answer replaces what they said before. Raises
    BadInput when nothing is said or nothing is known that it could be about.
    """
    if value is None and not comment.strip():
        raise BadInput("feedback() without anything said: give a value, a comment, or both")
    if not (trace_id or session):
        here = trace.get_current_span().get_span_context()
        if not here.is_valid:
            raise BadInput("feedback() outside of any span: name a trace_id, or a session")
        trace_id = f"{here.trace_id:032x}"
    said = {
        "value": value, "comment": comment, "name": name, "trace_id": trace_id, "span_id": span_id, "session": session,
        "user": user, "visitor": visitor,
    }  # fmt: skip
    pool, http = _sender()
    sent = pool.submit(
        _send, http, {key: one for key, one in said.items() if one not in ("", None)}, "/api/v1/user-feedback"
    )
    _waiting.add(sent)
    sent.add_done_callback(_waiting.discard)


def score_body(
    name: str, value: float | bool | str, *, explanation: str, source: str, trace_id: str, span_id: str, session: str,
    evaluator: str, metadata: dict[str, Any] | None,
) -> dict[str, Any]:  # fmt: skip
    """The score as the API takes it; without a target it is the current span's."""
    if not (trace_id or span_id or session):
        here = trace.get_current_span().get_span_context()
        if not here.is_valid:
            raise BadInput(f"score({name!r}) outside of any span: name a trace_id, a span_id with it, or a session")
        trace_id, span_id = f"{here.trace_id:032x}", f"{here.span_id:016x}"
    if span_id:
        target = {"target_type": "span", "target_id": span_id, "trace_id": trace_id}
    elif trace_id:
        target = {"target_type": "trace", "target_id": trace_id, "trace_id": trace_id}
    else:
        target = {"target_type": "session", "target_id": session}
    body: dict[str, Any] = {
        "name": name,
        **target,
        "source": source,
        "explanation": explanation,
        "evaluator": evaluator,
    }
    if isinstance(value, bool):
        body |= {"data_type": "boolean", "value": float(value)}
    elif isinstance(value, (int, float)):
        body |= {"data_type": "numeric", "value": float(value)}
    else:
        body |= {"data_type": "categorical", "label": value}
    if metadata:
        body["metadata"] = metadata
    return body


def flush(timeout_s: float) -> bool:
    """Waits for scores under way."""
    return not wait(set(_waiting), timeout_s).not_done


def _sender() -> tuple[ThreadPoolExecutor, Http]:
    global _pool, _http
    with _lock:
        if _pool is None or _http is None:
            from nervure.client.setup import setup_in_force

            setup = setup_in_force()
            _http = Http(setup.connection if setup.is_active else connection())
            _pool = ThreadPoolExecutor(1, "nervure-scores")
        return _pool, _http


def _send(http: Http, body: dict[str, Any], path: str = "/api/v1/scores") -> None:
    try:
        http.post(path, body)
    except NervureError as error:
        log.warning("nervure: score %r was not stored: %s", body["name"], error)
