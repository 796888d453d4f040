"""LangSmith's API as far as it is read."""

import json
from typing import Any

from tests.unit.importers.fakes import NOT_FOUND, Asked, Json, Raw, moment, uuid

TRACES, MOST, EXAMPLES = 14, 10, 130
WAV = b"RIFF" + bytes(60)
TENANT = uuid(9, 9)
PROJECT, EXPERIMENT, DATASET_ID = uuid(1, 1), uuid(1, 2), uuid(2, 1)
MANIFEST: Json = {
    "lc": 1, "type": "constructor", "id": ["langchain", "prompts", "chat", "ChatPromptTemplate"],
    "kwargs": {"messages": [
        {"lc": 1, "type": "constructor", "id": ["langchain", "prompts", "chat", "SystemMessagePromptTemplate"],
         "kwargs": {"prompt": {"lc": 1, "type": "constructor", "id": ["langchain", "prompts", "prompt", "PromptTemplate"],
                               "kwargs": {"template": "Be kind.", "template_format": "mustache", "input_variables": []}}}},
        {"lc": 1, "type": "constructor", "id": ["langchain", "prompts", "chat", "HumanMessagePromptTemplate"],
         "kwargs": {"prompt": {"lc": 1, "type": "constructor", "id": ["langchain", "prompts", "prompt", "PromptTemplate"],
                               "kwargs": {"template": "Answer {{question}}.", "template_format": "mustache",
                                          "input_variables": ["question"]}}}},
    ], "input_variables": ["question"]},
}  # fmt: skip
SESSIONS: list[Json] = [
    {"id": PROJECT, "name": "support", "start_time": moment(0), "end_time": None, "description": None, "extra": None,
     "tenant_id": TENANT, "reference_dataset_id": None},
    {"id": EXPERIMENT, "name": "baseline-1", "start_time": moment(1), "end_time": None, "description": "first try",
     "extra": {"metadata": {"model": "a"}}, "tenant_id": TENANT, "reference_dataset_id": DATASET_ID},
]  # fmt: skip


def runs(url: str = "") -> list[Json]:
    """Of each trace a chain with a retriever, a model call and, every third time, a tool that fails."""
    made = []
    for n in range(TRACES):
        root, search, call, tool = (uuid(3 + k, n) for k in range(4))
        is_trial = n >= TRACES - 4
        common = {
            "trace_id": root, "session_id": EXPERIMENT if is_trial else PROJECT, "status": "success", "error": None,
            "events": [], "tags": ["blue"], "serialized": None, "prompt_tokens": 0, "completion_tokens": 0,
            "total_tokens": 0, "first_token_time": None, "reference_example_id": None,
            "extra": {"metadata": {"session_id": f"session-{n % 4}", "user_id": f"user-{n % 3}", "tier": "gold"}},
        }  # fmt: skip
        order = f"20261120T10{n // 6:02d}{n % 6 * 10:02d}000000Z{root}"
        made += [
            {**common, "id": root, "name": "chat", "run_type": "chain", "parent_run_id": None,
             "start_time": moment(n * 10)[:-1], "end_time": moment(n * 10 + 3)[:-1], "dotted_order": order,
             "inputs": {"question": f"question {n}"}, "outputs": {"answer": "Within 30 days."},
             "reference_example_id": uuid(7, n - (TRACES - 4)) if is_trial else None},
            {**common, "id": search, "name": "search", "run_type": "retriever", "parent_run_id": root,
             "start_time": moment(n * 10, 100)[:-1], "end_time": moment(n * 10 + 1)[:-1],
             "dotted_order": f"{order}.{search}", "inputs": {"query": "returns"},
             "outputs": {"documents": [{"page_content": "30 days", "metadata": {"page": 4}}]},
             "s3_urls": {"attachment.voice": {"presigned_url": f"{url}/bytes", "s3_url": "x"}} if n == 0 else None},
            {**common, "id": call, "name": "ChatOpenAI", "run_type": "llm", "parent_run_id": root,
             "start_time": moment(n * 10 + 1)[:-1], "end_time": moment(n * 10 + 2)[:-1],
             "dotted_order": f"{order}.{call}", "first_token_time": moment(n * 10 + 1, 250_000)[:-1],
             "inputs": {"messages": [{"role": "user", "content": f"question {n}"}]},
             "outputs": {"role": "assistant", "content": "Within 30 days."}, "prompt_tokens": 120 + n,
             "completion_tokens": 20, "total_tokens": 140 + n,
             "extra": {"metadata": {**common["extra"]["metadata"], "ls_provider": "openai", "ls_model_name": "gpt-4o-mini"},
                       "invocation_params": {"temperature": 0.2}}},
        ]  # fmt: skip
        if n % 3 == 0:
            made.append(
                {**common, "id": tool, "name": "order_status", "run_type": "tool", "parent_run_id": root,
                 "start_time": moment(n * 10 + 2)[:-1], "end_time": moment(n * 10 + 2, 9)[:-1], "status": "error",
                 "dotted_order": f"{order}.{tool}", "inputs": {"order": n}, "outputs": None,
                 "error": "ValueError('no such order')"}
            )  # fmt: skip
    return made


def feedback() -> list[Json]:
    roots = [one for one in runs() if not one["parent_run_id"]]
    calls = [one for one in runs() if one["run_type"] == "llm"]
    common = {"created_at": moment(500), "modified_at": moment(500), "correction": None, "session_id": PROJECT}
    return [
        *(
            {**common, "id": uuid(20, n), "run_id": one["id"], "trace_id": one["id"], "key": "helpful", "score": n / 13,
             "value": None, "comment": "read", "feedback_source": {"type": "app", "user_id": uuid(9, 1)}}
            for n, one in enumerate(roots)
        ),
        *(
            {**common, "id": uuid(21, n), "run_id": one["id"], "trace_id": one["trace_id"], "key": "tone", "score": None,
             "value": "kind", "comment": None, "feedback_source": {"type": "auto_eval", "metadata": {}}}
            for n, one in enumerate(calls)
        ),
    ]  # fmt: skip


def examples() -> list[Json]:
    return [
        {"id": uuid(7, n), "dataset_id": DATASET_ID, "inputs": {"q": n}, "outputs": {"a": n}, "created_at": moment(n),
         "modified_at": moment(n), "metadata": {"hard": n > 1, "dataset_split": ["test"] if n % 2 else ["train"]},
         "source_run_id": None, "name": f"#{n}"}
        for n in range(EXAMPLES)
    ]  # fmt: skip


def langsmith(asked: Asked) -> Any:
    """Lists by offset as asked; runs in short pages by cursor."""
    path = asked.path
    if path == "/bytes":
        return Raw(WAV, "audio/wav")
    if asked.headers.get("x-api-key") != "ls-1":
        return Raw(b'{"detail":"Invalid token"}', "application/json", 401)
    if path == "/info":
        return {"version": "0.10", "instance_flags": {"ch_query_enabled": True, "sdb_query_enabled": False}}
    if path == "/runs/query":
        return _runs(asked)
    if path == "/feedback":
        wanted = set(asked.many.get("run", []))
        return _some([one for one in feedback() if one["run_id"] in wanted], asked)
    lists = {
        "/sessions": SESSIONS, "/datasets": [_dataset()], "/examples": examples(),
    }  # fmt: skip
    if path in lists:
        return _some(lists[path], asked)
    if path == "/repos":
        return {"repos": _some([_repo()], asked), "total": 1}
    if path == "/commits/-/answer":
        return {"commits": _some([_commit("c" * 64), _commit("b" * 64)], asked), "total": 2}
    if path.startswith("/commits/-/answer/"):
        said = json.dumps(MANIFEST).replace("Be kind.", "Be very kind." if "c" * 64 in path else "Be kind.")
        return {"commit_hash": path.rpartition("/")[2], "manifest": json.loads(said), "examples": []}
    if path == "/repos/-/answer/tags":
        return [{"tag_name": "production", "commit_hash": "b" * 64, "repo_id": uuid(8, 1)}]
    return NOT_FOUND


def _runs(asked: Asked) -> Json:
    body = asked.body
    rows = [one for one in runs(asked.root) if one["session_id"] in body["session"]]
    if body.get("is_root"):
        rows = [one for one in rows if not one["parent_run_id"]]
    rows = [one for one in rows if body.get("start_time", "")[:26] <= one["start_time"]]
    at = int(body.get("cursor") or 0)
    following = str(at + MOST) if at + MOST < len(rows) else None
    page = [{key: one.get(key) for key in body["select"]} if "select" in body else one for one in rows[at : at + MOST]]
    return {"runs": page, "cursors": {"next": following}}


def _some(rows: list[Json], asked: Asked) -> list[Json]:
    at = int(asked.query.get("offset", 0))
    return rows[at : at + int(asked.query.get("limit", 100))]


def _dataset() -> Json:
    return {
        "id": DATASET_ID, "name": "returns", "description": "About returns.", "data_type": "kv", "created_at": moment(0),
        "modified_at": moment(0), "example_count": EXAMPLES, "session_count": 1, "metadata": {"owner": "ann"},
    }  # fmt: skip


def _repo() -> Json:
    return {
        "repo_handle": "answer", "description": "How we answer.", "readme": "", "id": uuid(8, 1), "tenant_id": TENANT,
        "created_at": moment(0), "updated_at": moment(0), "is_public": False, "is_archived": False, "tags": ["team"],
        "owner": None, "full_name": "answer", "num_likes": 0, "num_downloads": 0, "num_views": 0, "num_commits": 2,
        "last_commit_hash": "c" * 64,
    }  # fmt: skip


def _commit(name: str) -> Json:
    return {
        "id": uuid(8, 2 if name[0] == "b" else 3), "owner": "-", "repo": "answer", "commit_hash": name,
        "created_at": moment(1), "updated_at": moment(1), "parent_commit_hash": None, "example_run_ids": [],
        "num_downloads": 0, "num_views": 0, "description": "as it was",
    }  # fmt: skip


def langsmith_2(asked: Asked) -> Any:
    """A server with SmithDB, whose runs only API 2 gives."""
    if asked.path == "/info":
        return {"version": "0.20", "instance_flags": {"ch_query_enabled": False, "sdb_query_enabled": True}}
    if asked.path == "/runs/query":
        return NOT_FOUND
    if asked.path != "/api/v2/runs/query":
        return langsmith(asked)
    body = asked.body
    rows = [_of_2(one) for one in runs(asked.root) if one["session_id"] in body["project_ids"]]
    rows = [one for one in rows if not (body.get("is_root") and one["parent_run_ids"])]
    at = int(body.get("cursor") or 0)
    known = {name.lower() for name in body["selects"]}
    page = [{key: held for key, held in one.items() if key in known} for one in rows[at : at + MOST]]
    return {"items": page, "next_cursor": str(at + MOST) if at + MOST < len(rows) else None}


def _of_2(run: Json) -> Json:
    files = run.get("s3_urls") or {}
    return {
        **run, "run_type": run["run_type"].upper(), "status": run["status"].upper(), "project_id": run["session_id"],
        "parent_run_ids": [run["parent_run_id"]] if run["parent_run_id"] else [],
        "attachments": {key.partition(".")[2]: held["presigned_url"] for key, held in files.items()} or None,
    }  # fmt: skip
