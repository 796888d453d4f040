"""What a worker asks of the server: the spans of its targets, and to store scores. Over HTTP, like anybody else."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import orjson

from nervure.base.connection import Connection
from nervure.base.errors import Busy, NervureError
from nervure.model.evaluation import TargetLevel
from nervure.model.score import Score
from nervure.model.span import Span
from nervure.store.rows import line, span_of, span_row

ROWS, SCORES, JUDGEMENTS = (f"/api/v1/evaluations/{name}" for name in ("rows", "scores", "judgements"))
MOST_SCORES = 5000
BUSY = frozenset({429, 502, 503, 504})


class Door:
    """One server. Thread-safe. Raises Busy when the server is down, full or its store is; NervureError for a refusal."""

    def __init__(self, connection: Connection, timeout_s: float = 120.0) -> None:
        self.connection = connection
        self._client = httpx.Client(base_url=connection.url, headers=connection.headers, timeout=timeout_s)

    def spans(
        self, project: str, level: TargetLevel, ids: Sequence[str], from_ns: int, to_ns: int, with_maps: bool
    ) -> dict[str, list[Span]]:
        """Spans of traces or sessions by their id, by start; see `query.sampled.rows_of`."""
        asked = {"level": level, "ids": list(ids), "from_ns": from_ns, "to_ns": to_ns, "with_maps": with_maps}
        rows = self._post(ROWS, orjson.dumps(asked), project)["rows"]
        found: dict[str, list[Span]] = {}
        key = "session" if level == "session" else "trace_id"
        for row in rows:
            span = span_of(row)
            found.setdefault(getattr(span, key), []).append(span)
        return found

    def store(self, project: str, scores: Sequence[Score]) -> None:
        """Returns when they are in the store."""
        for first in range(0, len(scores), MOST_SCORES):
            lines = b"\n".join(orjson.dumps(said(score), default=str) for score in scores[first : first + MOST_SCORES])
            self._post(SCORES, lines, project, "application/x-ndjson")

    def record(self, spans: Sequence[Span]) -> None:
        """Stores the spans of judgements, each project's by itself."""
        by_project: dict[str, list[Span]] = {}
        for span in spans:
            by_project.setdefault(span.project, []).append(span)
        for project, part in by_project.items():
            self._post(JUDGEMENTS, b"".join(line(span_row(span, 0)) for span in part), project, "application/x-ndjson")

    def close(self) -> None:
        self._client.close()

    def _post(self, path: str, body: bytes, project: str, type_: str = "application/json") -> Any:
        headers = {"content-type": type_, "x-nervure-project": project}
        try:
            answer = self._client.post(path, content=body, headers=headers)
        except httpx.TransportError as error:
            raise Busy(f"the server at {self.connection.url} cannot be reached: {error}") from error
        if answer.status_code in BUSY:
            raise Busy(f"the server is busy: {answer.text[:300]}", float(answer.headers.get("retry-after") or 1))
        if answer.is_error:
            raise NervureError(f"the server refused {path} ({answer.status_code}): {answer.text[:500]}")
        return orjson.loads(answer.content) if answer.content else {}


def said(score: Score) -> Mapping[str, Any]:
    """What a score says beyond its defaults, but for the project, which the request names."""
    return {name: value for name in _SAID if (value := getattr(score, name)) not in ("", None)}


_SAID = tuple(name for name in Score.__slots__ if name not in ("project", "received_ns"))
