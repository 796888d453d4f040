"""Threads in Opik's words: sessions, each with an id of its own that says where it is."""

import base64
import binascii
from collections.abc import Iterable

from nervure.api.opik.speech import project_id
from nervure.api.opik.traces import Said, comments_json, scores_json, trace_json
from nervure.base.errors import NotFound

# Between the project and the thread in a thread's own id; no name of a project has it.
BETWEEN = "\n"


def model_id(project: str, thread: str) -> str:
    """The id Opik's client puts into paths: it must say the project, for the thread's own id may be any text."""
    return base64.urlsafe_b64encode(f"{project}{BETWEEN}{thread}".encode()).decode().rstrip("=")


def thread_of(identity: str) -> tuple[str, str]:
    """Project and thread of a `thread_model_id`. Raises NotFound for any other text."""
    try:
        text = base64.b64decode(identity + "=" * (-len(identity) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    project, between, thread = text.partition(BETWEEN)
    if not project or not between or not thread:
        raise NotFound(
            f"{identity[:60]!r} is no thread_model_id: POST v1/private/traces/threads/retrieve tells that of a thread"
        )
    return project, thread


def thread_json(
    project: str, session: Said, first: Said | None, last: Said | None, scores: Iterable[Said]
) -> dict[str, object]:
    """A thread. session: its sums; first, last: the root spans it began and ended with; scores: those on it."""
    held = list(scores)
    return {
        "id": session["id"],
        "thread_model_id": model_id(project, session["id"]),
        "project_id": project_id(project),
        "start_time": session["start"],
        "end_time": session["end"],
        "duration": session["duration_ms"],
        "first_message": trace_json(first, {}, [])["input"] if first else None,
        "last_message": trace_json(last, {}, [])["output"] if last else None,
        # Opik counts what was asked and what was answered.
        "number_of_messages": 2 * session["trace_count"],
        "total_estimated_cost": session["cost_total"],
        "usage": {"total_tokens": session["total_tokens"]} if session["total_tokens"] else None,
        "feedback_scores": scores_json(held),
        "comments": comments_json(held),
        "created_at": session["start"],
        "last_updated_at": session["end"],
    }
