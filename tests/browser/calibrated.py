"""A score that a machine and people have made of the same answers, and a judge by that name."""

import json
from typing import Any
from urllib.parse import quote

from tests.release.server import Server

SCORE = "politeness"
LABELLED = 80
ENDPOINT = "model server"
# Nobody listens there: who wants answers says where the endpoint is.
NOWHERE = "http://127.0.0.1:9/v1"


def calibrated(server: Server, endpoint: str = NOWHERE) -> str:
    """The score's name; made when it is not there yet. The machine passes a quarter of what people fail."""

    def post(path: str, body: Any) -> Any:
        answer = server.post(json.dumps(body).encode(), path, **{"content-type": "application/json"})
        assert answer.status < 300, answer.body
        return json.loads(answer.body)

    held = json.loads(server.get("/api/v1/calibration").body)["items"]
    if any(one["name"] == SCORE for one in held):
        return SCORE
    where = quote('kind = "llm" and has_content = true and not (status = "error")')
    spans = json.loads(server.get(f"/api/v1/spans?limit=200&from=-7d&where={where}").body)["items"]
    scores = []
    for n, span in enumerate(spans):
        place = {"name": SCORE, "trace_id": span["trace_id"], "span_id": span["span_id"]}
        good = n % 3 != 0
        said = round((0.62 + (n % 7) / 20) if good or n % 12 == 0 else (n % 9) / 20, 3)
        scores.append(
            place | {"value": said, "source": "judge", "evaluator": f"judge:{SCORE}", "evaluator_version": "1"}
        )
        if n < LABELLED:
            scores.append(place | {"value": good, "source": "human", "author": "Ann"})
    post("/api/v1/scores", scores)
    post("/api/v1/judges/endpoints", {"name": ENDPOINT, "url": endpoint, "timeout_s": 10, "retries": 0})
    panel = [{"endpoint": ENDPOINT, "model": "judge-1", "input_usd": 1, "output_usd": 4}]
    post("/api/v1/judges", {"name": SCORE, "rubric": "tone", "panel": panel, "usd_per_day": 2, "health_every_s": 0})
    return SCORE
