"""Runs in the words of the second version of LangSmith's API, which its newest clients call `client.runs`."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from nervure.base.errors import BadInput

PREVIEW = 200
# Members of a question that the first version knows under another name.
RENAMED = {
    "ids": "id", "project_ids": "session", "reference_examples": "reference_example", "trace_id": "trace",
    "has_error": "error", "min_start_time": "start_time", "max_start_time": "end_time", "page_size": "limit",
}  # fmt: skip
SAME = ("filter", "trace_filter", "tree_filter", "is_root", "cursor")
NOT_SERVED = ("ai_search", "min_feedback_modified_at", "max_feedback_modified_at", "include_subtree_usage")


def first_question(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The question as the first version puts it. Raises BadInput for what has no counterpart."""
    for name in NOT_SERVED:
        if asked.get(name):
            raise BadInput(f"{name} is not served here: leave it out")
    made = {name: asked[name] for name in SAME if asked.get(name) is not None}
    made |= {first: asked[name] for name, first in RENAMED.items() if asked.get(name) is not None}
    if asked.get("run_type"):
        made["run_type"] = str(asked["run_type"]).lower()
    return made


def second_run(run: Mapping[str, Any], span: Mapping[str, Any], selects: Iterable[str]) -> dict[str, Any]:
    """A run of the first version's with the members that are asked for. span: what it was made of, as it is answered."""
    files = run["s3_urls"] or {}
    made: dict[str, Any] = {
        **run,
        "run_type": str(run["run_type"]).upper(),
        "status": str(run["status"]).upper(),
        "project_id": run["session_id"],
        "is_root": run["parent_run_id"] is None,
        "latency_seconds": span["duration_ms"] / 1000,
        "thread_id": span["session"] or None,
        "metadata": run["extra"].get("metadata"),
        "error_preview": _short(run["error"]),
        "inputs_preview": _short(run["inputs"]),
        "outputs_preview": _short(run["outputs"]),
        "attachments": {name.removeprefix("attachment."): held["presigned_url"] for name, held in files.items()},
        "prompt_token_details": {
            "raw": _counts(span, "cache_read", "cached_input_tokens", "cache_creation", "cache_write_tokens")
        },
        "completion_token_details": {"raw": _counts(span, "reasoning", "reasoning_tokens")},
    }
    wanted = {"id", *(str(one).lower() for one in selects)}
    return {name: value for name, value in made.items() if name in wanted}


def _counts(span: Mapping[str, Any], *pairs: str) -> dict[str, int]:
    return {name: span[field] for name, field in zip(pairs[::2], pairs[1::2], strict=True) if span[field]}


def _short(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
    return text[:PREVIEW]
