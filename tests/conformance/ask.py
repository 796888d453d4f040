"""What the server shows of a project, through its public API alone."""

from collections.abc import Iterator
from typing import Any

import httpx

from .replay import PROJECT
from .server import Server
from .shown import Json, Shown

# Wide enough for whatever time a recording was made at.
ALL_TIME = {"from": "2000-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}


class Answers:
    """Asks about one project."""

    def __init__(self, server: Server, project: str) -> None:
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{server.http}/api/v1", headers={PROJECT: project}, timeout=60
        )

    def close(self) -> None:
        """Done asking."""
        self._client.close()

    def shown(self) -> Shown:
        """Everything: traces, whole spans, logs, metric points, scores, prompts."""
        shown = Shown(traces=list(self._items("/traces")))
        for trace in shown.traces:
            trace_id = trace["trace_id"]
            for span in self._items(f"/traces/{trace_id}", "spans"):
                shown.spans.append(self._one(f"/spans/{trace_id}/{span['span_id']}"))
        shown.logs = list(self._items("/logs"))
        shown.scores = list(self._items("/scores"))
        for metric in self._items("/metrics"):
            shown.metrics.extend(self._items("/metrics/points", name=metric["name"]))
        for prompt in self._items("/prompts"):
            versions = list(self._items(f"/prompts/{prompt['name']}/versions"))
            shown.prompts.append({**prompt, "versions": versions})
        return shown

    def measured(self, measure: str) -> float | None:
        """One number by the query API, over all time."""
        answer = self._client.post("/query", json={"measure": measure, **ALL_TIME})
        answer.raise_for_status()
        series = answer.json()["series"]
        return series[0]["points"][0]["value"] if series and series[0]["points"] else None

    def _one(self, path: str) -> Json:
        answer = self._client.get(path, params=ALL_TIME)
        answer.raise_for_status()
        found: Json = answer.json()
        return found

    def _items(self, path: str, place: str = "items", **question: str) -> Iterator[Json]:
        params: dict[str, Any] = {**ALL_TIME, "limit": 200, **question}
        while True:
            answer = self._client.get(path, params=params)
            answer.raise_for_status()
            page = answer.json()
            yield from page[place]
            cursor = page.get("next_cursor")
            if not cursor:
                return
            params["cursor"] = cursor
