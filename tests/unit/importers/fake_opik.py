"""Opik's API as far as it is read."""

import json
from typing import Any

from tests.unit.importers.fakes import NOT_FOUND, Asked, Json, Raw, moment, uuid

# Enough for two pages of the streams.
TRACES = 180
PROJECT, DATASET_ID, EXPERIMENT_ID = uuid(1, 1), uuid(2, 1), uuid(3, 1)


def traces() -> list[Json]:
    """The first one has no spans."""
    return [
        {
            "id": uuid(4, n), "project_id": PROJECT, "name": "chat", "start_time": moment(n * 10),
            "end_time": moment(n * 10 + 3), "input": {"question": f"question {n}"}, "output": {"output": "Within 30 days."},
            "metadata": {"tier": "gold"}, "tags": ["blue"], "thread_id": f"session-{n % 4}", "span_count": 0 if n == 0 else 3,
            "created_at": moment(n * 10), "last_updated_at": moment(n * 10), "created_by": "ann",
            "feedback_scores": [_judged("helpful", n / 9, "ui")] if 0 < n < 10 else [],
            "comments": [{"id": uuid(30, n), "text": "Look at this.", "created_at": moment(1), "created_by": "ann"}]
            if n == 1 else [],
        }
        for n in range(TRACES)
    ]  # fmt: skip


def spans() -> list[Json]:
    """Of each trace a function with a function and a model call below it."""
    made = []
    for n, trace in enumerate(traces()):
        if n == 0:
            continue
        root, search, call = (uuid(5 + k, n) for k in range(3))
        common = {
            "project_id": PROJECT, "project_name": "support", "trace_id": trace["id"], "metadata": {"step": n},
            "tags": ["blue"], "created_at": moment(0), "last_updated_at": moment(0), "created_by": "ann",
            "feedback_scores": [], "duration": 1000.0,
        }  # fmt: skip
        made += [
            {**common, "id": root, "name": "chat", "type": "general", "start_time": trace["start_time"],
             "end_time": trace["end_time"], "input": trace["input"], "output": trace["output"]},
            {**common, "id": search, "parent_span_id": root, "name": "search", "type": "tool",
             "start_time": moment(n * 10, 100), "end_time": moment(n * 10 + 1), "input": {"query": "returns"},
             "output": {"output": ["30 days"]},
             **({"error_info": {"exception_type": "ValueError", "message": "no such order", "traceback": "..."}}
                if n % 3 == 0 else {})},
            {**common, "id": call, "parent_span_id": root, "name": "chat_completion_create", "type": "llm",
             "start_time": moment(n * 10 + 1), "end_time": moment(n * 10 + 2), "model": "gpt-4o-mini",
             "provider": "openai", "input": {"messages": [{"role": "user", "content": f"question {n}"}]},
             "output": {"choices": [{"message": {"role": "assistant", "content": "Within 30 days."}}]},
             "usage": {"prompt_tokens": 120 + n, "completion_tokens": 20, "total_tokens": 140 + n},
             "total_estimated_cost": 0.0003, "ttft": 250.0,
             "feedback_scores": [_judged("tone", 1.0, "online_scoring")] if n < 10 else []},
        ]  # fmt: skip
    return made


def _judged(name: str, value: float, source: str) -> Json:
    return {"name": name, "value": value, "reason": "read", "source": source, "created_at": moment(500),
            "last_updated_at": moment(500), "created_by": "ann"}  # fmt: skip


THREADS: list[Json] = [
    {"id": f"session-{n}", "project_id": PROJECT, "thread_model_id": uuid(8, n), "start_time": moment(n),
     "end_time": moment(n), "number_of_messages": 3, "comments": [],
     "feedback_scores": [_judged("solved", 1.0, "ui")] if n == 1 else []}
    for n in range(4)
]  # fmt: skip
PROMPT: Json = {
    "id": uuid(9, 1), "name": "answer", "description": "How we answer.", "template_structure": "text", "tags": ["team"],
    "created_at": moment(0), "version_count": 2,
}  # fmt: skip
VERSIONS: list[Json] = [
    {"id": uuid(10, n), "prompt_id": PROMPT["id"], "commit": f"{n:08x}", "template": f"Answer {{{{question}}}}{'.' * n}",
     "type": "mustache", "metadata": {"n": n}, "change_description": f"change {n}", "created_at": moment(n),
     "created_by": "ann"}
    for n in (2, 1)
]  # fmt: skip
DATASET: Json = {
    "id": DATASET_ID, "name": "returns", "description": "About returns.", "created_at": moment(0), "dataset_items_count": 4,
}  # fmt: skip
ITEMS: list[Json] = [
    {"id": uuid(11, n), "source": "manual", "data": {"input": {"q": n}, "expected_output": {"a": n}}, "tags": ["hard"]}
    for n in range(3)
] + [{"id": uuid(11, 3), "source": "sdk", "data": {"question": "q3", "expected_output": "a3"}}]  # fmt: skip
EXPERIMENT: Json = {
    "id": EXPERIMENT_ID, "dataset_name": "returns", "dataset_id": DATASET_ID, "name": "baseline",
    "metadata": {"model": "a"}, "created_at": moment(0),
}  # fmt: skip
TRIALS: list[Json] = [
    {"id": uuid(12, n), "experiment_id": EXPERIMENT_ID, "dataset_item_id": ITEMS[n]["id"], "trace_id": uuid(4, n + 1)}
    for n in range(4)
]  # fmt: skip


def opik(asked: Asked) -> Any:
    """Pages by number, streams by the last id, newest first."""
    path = asked.path.removeprefix("/v1/private")
    pages = {
        "/projects": [{"id": PROJECT, "name": "support", "created_at": moment(0)}], "/traces/threads": THREADS,
        "/prompts": [PROMPT], f"/prompts/{PROMPT['id']}/versions": VERSIONS, "/datasets": [DATASET],
        "/experiments": [EXPERIMENT],
    }  # fmt: skip
    streams = {
        "/traces/search": traces, "/spans/search": spans, "/datasets/items/stream": lambda: ITEMS,
        "/experiments/items/stream": lambda: TRIALS,
    }  # fmt: skip
    if path in pages:
        size, page = int(asked.query.get("size", 10)), int(asked.query.get("page", 1))
        rows = pages[path][(page - 1) * size : page * size]
        return {"page": page, "size": len(rows), "total": len(pages[path]), "content": rows}
    if path not in streams:
        return NOT_FOUND
    body = asked.body
    rows = sorted(streams[path](), key=lambda one: one["id"], reverse=True)
    last = body.get("last_retrieved_id")
    rows = [one for one in rows if not last or one["id"] < last]
    rows = [one for one in rows if body.get("from_time", "") <= one.get("start_time", "~") < body.get("to_time", "~~")]
    some = rows[: body.get("limit") or body.get("steam_limit")]
    return Raw("".join(f"{json.dumps(one)}\n" for one in some).encode())
