"""Langfuse's public API: of server 3 (pages) and of server 4 (cursors)."""

import base64
from collections.abc import Callable
from typing import Any

from tests.unit.importers.fakes import NOT_FOUND, Asked, Json, Raw, moment

TRACES = 23
MOST = 10
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
# Longer than what the API of server 4 tells without being asked.
LONG = "x" * 300


def trace_id(number: int) -> str:
    return f"{number + 1:032x}"


def traces() -> list[Json]:
    """The last one has no observations."""
    return [
        {
            "id": trace_id(n), "timestamp": moment(n * 10), "name": "chat", "input": {"q": f"question {n}"},
            "output": "Within 30 days.", "sessionId": f"session-{n % 4}", "release": "r1", "version": "v2",
            "userId": f"user-{n % 3}", "metadata": {"tier": "gold"}, "tags": ["blue"], "public": False,
            "environment": "production", "htmlPath": f"/trace/{n}", "latency": 1.5, "totalCost": 0.01,
            "createdAt": moment(n * 10), "updatedAt": moment(n * 10), "projectId": "p1",
            "observations": [] if n == TRACES - 1 else [f"{n + 1:08x}0000000{k}" for k in range(3)], "scores": [],
            "bookmarked": False, "externalId": None,
        }
        for n in range(TRACES)
    ]  # fmt: skip


def observations() -> list[Json]:
    """Of each trace an agent, a retriever and a generation below it."""
    made = []
    for n, trace in enumerate(traces()[:-1]):
        root, search, call = trace["observations"]
        image = "@@@langfuseMedia:type=image/png|id=m1|source=base64_data_uri@@@"
        common = {
            "traceId": trace["id"], "level": "DEFAULT", "statusMessage": None, "version": "v2", "metadata": {},
            "environment": "production", "projectId": "p1", "modelParameters": None, "usageDetails": {},
            "costDetails": {}, "completionStartTime": None, "model": None, "promptName": None, "promptVersion": None,
        }  # fmt: skip
        made += [
            {**common, "id": root, "type": "AGENT", "name": "chat", "parentObservationId": None,
             "startTime": moment(n * 10), "endTime": moment(n * 10 + 3), "input": trace["input"],
             "output": trace["output"], "metadata": {"note": LONG}},
            {**common, "id": search, "type": "RETRIEVER", "name": "search", "parentObservationId": root,
             "startTime": moment(n * 10, 100), "endTime": moment(n * 10 + 1), "input": "returns",
             "output": [{"page_content": "30 days", "metadata": {"page": 4}}]},
            {**common, "id": call, "type": "GENERATION", "name": "answer", "parentObservationId": root,
             "startTime": moment(n * 10 + 1), "endTime": moment(n * 10 + 2), "model": "gpt-4o-mini",
             "completionStartTime": moment(n * 10 + 1, 250_000), "modelParameters": {"temperature": 0.2},
             "input": [{"role": "user", "content": f"question {n}"}]
             if n else [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": image}}]}],
             "output": {"role": "assistant", "content": "Within 30 days."},
             "usageDetails": {"input": 120 + n, "output": 20, "total": 140 + n},
             "costDetails": {"input": 0.0002, "output": 0.0001, "total": 0.0003},
             "promptName": "answer", "promptVersion": 2,
             "level": "ERROR" if n == 5 else "DEFAULT", "statusMessage": "overloaded" if n == 5 else None},
        ]  # fmt: skip
    return made


def scores() -> list[Json]:
    common = {
        "projectId": "p1", "environment": "production", "createdAt": moment(0), "updatedAt": moment(0), "comment": "read",
        "metadata": {"by": "ann"}, "authorUserId": "ann", "configId": None, "queueId": None,
    }  # fmt: skip
    made = []
    for n, trace in enumerate(traces()[:6]):
        at = {"timestamp": moment(n * 10 + 5), **common}
        made += [
            {**at, "id": f"score-a{n}", "name": "helpful", "dataType": "NUMERIC", "value": n / 5, "source": "ANNOTATION",
             "subject": {"kind": "trace", "id": trace["id"]}},
            {**at, "id": f"score-b{n}", "name": "tone", "dataType": "CATEGORICAL", "value": "kind", "source": "EVAL",
             "subject": {"kind": "observation", "id": trace["observations"][2], "traceId": trace["id"]}},
            {**at, "id": f"score-c{n}", "name": "safe", "dataType": "BOOLEAN", "value": True, "source": "API",
             "subject": {"kind": "session", "id": trace["sessionId"]}},
        ]  # fmt: skip
    return made


def scores_of_3() -> list[Json]:
    """The same as the API of server 3 tells them."""
    made = []
    for score in scores():
        subject = score["subject"]
        where = {
            "traceId": subject["id"] if subject["kind"] == "trace" else subject.get("traceId"),
            "observationId": subject["id"] if subject["kind"] == "observation" else None,
            "sessionId": subject["id"] if subject["kind"] == "session" else None, "datasetRunId": None,
        }  # fmt: skip
        text = {
            "CATEGORICAL": {"value": 1, "stringValue": score["value"]},
            "BOOLEAN": {"value": 1, "stringValue": "True"},
        }
        made.append({**{k: v for k, v in score.items() if k != "subject"}, **where, **text.get(score["dataType"], {})})
    return made


PROMPTS: list[Json] = [
    {"name": "answer", "version": 1, "type": "text", "prompt": "Answer {{question}}.", "config": {"temperature": 0.1},
     "labels": [], "tags": ["team"], "commitMessage": "first", "resolutionGraph": None},
    {"name": "answer", "version": 2, "type": "text", "prompt": "Answer {{question}} briefly.", "config": {},
     "labels": ["production", "latest"], "tags": ["team"], "commitMessage": None, "resolutionGraph": None},
    {"name": "folder/chat", "version": 1, "type": "chat", "config": {}, "labels": ["latest"], "tags": [],
     "prompt": [{"type": "chatmessage", "role": "system", "content": "Be kind."}], "commitMessage": None,
     "resolutionGraph": None},
]  # fmt: skip
DATASET: Json = {
    "id": "ds1", "name": "returns", "description": "About returns.", "metadata": {"owner": "ann"}, "projectId": "p1",
    "inputSchema": None, "expectedOutputSchema": None, "createdAt": moment(0), "updatedAt": moment(0),
}  # fmt: skip
ITEMS: list[Json] = [
    {"id": f"item-{n}", "status": "ARCHIVED" if n == 3 else "ACTIVE", "input": {"q": n}, "expectedOutput": {"a": n},
     "metadata": {"hard": n > 1}, "sourceTraceId": trace_id(0) if n == 0 else None, "sourceObservationId": None,
     "datasetId": "ds1", "datasetName": "returns", "createdAt": moment(n), "updatedAt": moment(n), "mediaReferences": []}
    for n in range(13)
]  # fmt: skip
RUN: Json = {
    "id": "run1", "name": "baseline", "description": "", "metadata": {"model": "a"}, "datasetId": "ds1",
    "datasetName": "returns", "createdAt": moment(0), "updatedAt": moment(0),
}  # fmt: skip
COMMENT: Json = {
    "id": "comment1", "projectId": "p1", "createdAt": moment(0), "updatedAt": moment(0), "objectType": "TRACE",
    "objectId": trace_id(0), "content": "Look at this.", "authorUserId": "ann",
}  # fmt: skip


def langfuse(is_new: bool) -> Callable[[Asked], Any]:
    """Answers of server 4 when `is_new`, else of server 3. Pages are short, whatever is asked for."""

    def answer(asked: Asked) -> Any:
        wanted = "Basic " + base64.b64encode(b"pk-1:sk-1").decode()
        if asked.headers.get("authorization") != wanted:
            return Raw(b'{"message":"Invalid credentials"}', "application/json", 401)
        path = asked.path.removeprefix("/api/public/")
        known = {**_common(asked), **(_new(asked) if is_new else _old(asked))}
        if path.startswith("v2/prompts/"):
            name, version = path.removeprefix("v2/prompts/"), int(asked.query["version"])
            return next(one for one in PROMPTS if one["name"] == name and one["version"] == version)
        return known[path]() if path in known else NOT_FOUND

    return answer


def _common(asked: Asked) -> dict[str, Callable[[], Any]]:
    metas = [
        {"name": name, "type": "text", "versions": [one["version"] for one in PROMPTS if one["name"] == name],
         "labels": [], "tags": [], "lastUpdatedAt": moment(0), "lastConfig": {}}
        for name in ("answer", "folder/chat")
    ]  # fmt: skip
    return {
        "projects": lambda: {"data": [{"id": "p1", "name": "support", "organization": {"id": "o", "name": "o"}, "metadata": {}}]},
        "v2/prompts": lambda: _page(metas, asked),
        "v2/datasets": lambda: _page([DATASET], asked),
        "dataset-items": lambda: _page(ITEMS, asked),
        "comments": lambda: _page([COMMENT], asked),
        "media/m1": lambda: {
            "mediaId": "m1", "contentType": "image/png", "contentLength": len(PNG), "uploadedAt": moment(0),
            "url": f"{asked.root}/api/public/bytes", "urlExpiry": moment(9),
        },
        "bytes": lambda: Raw(PNG, "image/png"),
    }  # fmt: skip


def _old(asked: Asked) -> dict[str, Callable[[], Any]]:
    items = [
        {"id": f"ri{n}", "datasetRunId": "run1", "datasetRunName": "baseline", "datasetItemId": f"item-{n}",
         "traceId": trace_id(n), "observationId": None, "createdAt": moment(0), "updatedAt": moment(0)}
        for n in range(4)
    ]  # fmt: skip
    return {
        "traces": lambda: _page(traces(), asked),
        "observations": lambda: _page(_in_time([_of_3(one) for one in observations()], asked), asked),
        "v2/scores": lambda: _page(scores_of_3(), asked),
        "datasets/returns/runs": lambda: _page([RUN], asked),
        "datasets/returns/runs/baseline": lambda: {**RUN, "datasetRunItems": items},
    }


def _of_3(one: Json) -> Json:
    usage = {"unit": "TOKENS", **{key: one["usageDetails"].get(key, 0) for key in ("input", "output", "total")}}
    prices = {"inputPrice": None, "outputPrice": None, "totalPrice": None, "latency": None, "timeToFirstToken": None}
    return {**one, "usage": usage, **prices}


def _new(asked: Asked) -> dict[str, Callable[[], Any]]:
    by_id = {one["id"]: one for one in traces()}

    def told() -> Any:
        groups = set(asked.query.get("fields", "").split(","))
        assert groups >= {"io", "metadata", "trace_context"} or asked.query["limit"] == "1"
        page = _cursor(_in_time(observations(), asked), asked)
        expanded = asked.query.get("expandMetadata", "").split(",")
        page["data"] = [
            {
                **one, **{key: by_id[one["traceId"]][key] for key in ("userId", "sessionId", "tags", "release")},
                "traceName": by_id[one["traceId"]]["name"],
                "metadata": {key: held if key in expanded else held[:200] for key, held in one["metadata"].items()},
            }
            for one in page["data"]
        ]  # fmt: skip
        return page

    experiment = {**RUN, "startTime": moment(0), "endTime": moment(60), "itemCount": 4}
    items = [
        {"id": f"{n:016x}", "traceId": trace_id(n), "startTime": moment(n), "endTime": moment(n), "level": "DEFAULT",
         "environment": "production", "experimentId": "run1", "experimentName": "baseline",
         "experimentItemId": f"item-{n}", "experimentDatasetId": "ds1", "experimentItemVersion": None}
        for n in range(4)
    ]  # fmt: skip
    return {
        "traces": lambda: _page(traces(), asked),
        "v2/observations": told,
        "v3/scores": lambda: _cursor(scores(), asked),
        "experiments": lambda: _cursor([experiment], asked),
        "experiment-items": lambda: _cursor(items, asked),
    }


def _in_time(rows: list[Json], asked: Asked) -> list[Json]:
    low, high = asked.query.get("fromStartTime", ""), asked.query.get("toStartTime", "9")
    return [one for one in rows if low <= one["startTime"] < high]


def _page(rows: list[Json], asked: Asked) -> Json:
    limit, page = min(int(asked.query.get("limit", 50)), MOST), int(asked.query.get("page", 1))
    pages = -(-len(rows) // limit)
    meta = {"page": page, "limit": limit, "totalItems": len(rows), "totalPages": pages}
    return {"data": rows[(page - 1) * limit : page * limit], "meta": meta}


def _cursor(rows: list[Json], asked: Asked) -> Json:
    limit, at = min(int(asked.query.get("limit", 50)), MOST), int(asked.query.get("cursor", 0))
    meta: Json = {"limit": limit}
    if at + limit < len(rows):
        meta["cursor"] = str(at + limit)
    return {"data": rows[at : at + limit], "meta": meta}
