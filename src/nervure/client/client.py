"""`nervure.Client`: asks the server about traces, spans, sessions, tokens and money."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from nervure.base.connection import connection
from nervure.client.http import Http
from nervure.client.results import Answer, Rows
from nervure.client.scoring import score_body

PAGE = 500
# The server gives messages with pages up to this size.
CONTENT_PAGE = 200


class Client:
    """A client of one server and project. Thread-safe. Every method raises NervureError in words.

    from_, to: ISO 8601 times or relative ones such as "-24h"; without them the server's default range is asked.
    where: a filter, e.g. 'kind = "llm" and cost > 0.01'. limit: most rows; pages are fetched as needed.
    """

    def __init__(
        self, url: str | None = None, api_key: str | None = None, project: str | None = None, timeout_s: float = 60.0
    ) -> None:
        self.http = Http(connection(url, api_key, project), timeout_s)

    def query(
        self,
        measure: str | Sequence[str],
        *,
        where: str | None = None,
        by: str | Sequence[str] = (),
        every: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        limit: int | None = None,
        order: str | None = None,
    ) -> Answer:
        """Asks one Query, e.g. query("cost.sum", by="model", every="1d", from_="-30d")."""
        given = {
            "measure": measure if isinstance(measure, str) else list(measure), "where": where, "by": [by] if isinstance(by, str) else list(by), "every": every,
            "from": from_, "to": to, "limit": limit, "order": order,
        }  # fmt: skip
        return Answer(
            self.http.post("/api/v1/query", {key: value for key, value in given.items() if value is not None})
        )

    def traces(
        self, where: str | None = None, *, from_: str | None = None, to: str | None = None, limit: int = 100,
        order: str | None = None,
    ) -> Rows:  # fmt: skip
        """Traces, newest first, a row each."""
        return self._list("/api/v1/traces", limit, where=where, order=order, **_range(from_, to))

    def spans(
        self, where: str | None = None, *, from_: str | None = None, to: str | None = None, limit: int = 100,
        order: str | None = None,
    ) -> Rows:  # fmt: skip
        """Spans, newest first, without their payloads."""
        return self._list("/api/v1/spans", limit, where=where, order=order, **_range(from_, to))

    def sessions(
        self, where: str | None = None, *, from_: str | None = None, to: str | None = None, limit: int = 100
    ) -> Rows:
        """Sessions, newest first."""
        return self._list("/api/v1/sessions", limit, where=where, **_range(from_, to))

    def scores(self, *, limit: int = 100, **parameters: Any) -> Rows:
        """Scores, newest first."""
        return self._list("/api/v1/scores", limit, **parameters)

    def predictions(
        self, where: str | None = None, *, from_: str | None = None, to: str | None = None, limit: int = 100
    ) -> Rows:
        """Predictions of classic models with their labels, newest first."""
        return self._list("/api/v1/predictions", limit, where=where, **_range(from_, to))

    def trace(self, trace_id: str, content: bool | None = None) -> dict[str, Any]:
        """One trace with all its spans under "spans", parents before children. Raises NotFound.

        content: with messages and attributes of each span; by default for traces of at most 200 spans. `span` has it all.
        """
        size = CONTENT_PAGE if content else PAGE
        trace: dict[str, Any] = self.http.get(f"/api/v1/traces/{trace_id}", limit=size, content=content)
        while trace.get("next_cursor"):
            page = self.http.get(f"/api/v1/traces/{trace_id}", limit=size, content=content, cursor=trace["next_cursor"])
            trace["spans"] += page["spans"]
            trace["next_cursor"] = page.get("next_cursor")
        trace.pop("next_cursor", None)
        return trace

    def span(self, trace_id: str, span_id: str) -> dict[str, Any]:
        """One span with everything it has. Raises NotFound."""
        span: dict[str, Any] = self.http.get(f"/api/v1/spans/{trace_id}/{span_id}")
        return span

    def values(
        self, field: str, *, from_: str | None = None, to: str | None = None, limit: int = 100, **parameters: Any
    ) -> Rows:
        """Distinct values of a field or attribute with their counts, most frequent first."""
        answer = self.http.get("/api/v1/values", field=field, limit=limit, **_range(from_, to), **parameters)
        return Rows(answer["items"])

    def score(self, name: str, value: float | bool | str, *, trace_id: str = "", span_id: str = "", session: str = "",
              explanation: str = "", source: str = "code", evaluator: str = "", metadata: dict[str, Any] | None = None) -> dict[str, Any]:  # fmt: skip
        """Stores a score and returns it, unlike `nervure.score`, which sends it in the background."""
        body = score_body(
            name, value, explanation=explanation, source=source, trace_id=trace_id, span_id=span_id, session=session,
            evaluator=evaluator, metadata=metadata,
        )  # fmt: skip
        stored: dict[str, Any] = self.http.post("/api/v1/scores", body)
        return stored

    def export(
        self, path: str | Path, where: str | None = None, *, from_: str | None = None, to: str | None = None,
        format: str | None = None,
    ) -> int:  # fmt: skip
        """Writes spans to a file: Parquet for *.parquet, else OTLP JSON lines. Returns the bytes written."""
        target = Path(path)
        chosen = format or ("parquet" if target.suffix == ".parquet" else "otlp")
        written = 0
        with target.open("wb") as file:
            for chunk in self.stream_export(chosen, where, from_=from_, to=to):
                written += file.write(chunk)
        return written

    def stream_export(
        self,
        format: str,
        where: str | None = None,
        *,
        signal: str = "spans",
        from_: str | None = None,
        to: str | None = None,
    ) -> Iterator[bytes]:
        """The bytes of an export as they arrive. format: parquet or otlp. signal: spans, logs or metrics."""
        asked = {"format": format, "signal": signal, "where": where, **_range(from_, to)}
        with self.http.stream("GET", "/api/v1/export", **asked) as answer:
            yield from answer.iter_bytes()

    def close(self) -> None:
        self.http.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _list(self, path: str, limit: int, **parameters: Any) -> Rows:
        rows, cursor = Rows(), None
        while len(rows) < limit:
            page = self.http.get(path, limit=min(PAGE, limit - len(rows)), cursor=cursor, **parameters)
            rows.extend(page["items"])
            cursor = page.get("next_cursor")
            if not cursor:
                break
        return rows


def _range(from_: str | None, to: str | None) -> dict[str, Any]:
    return {"from": from_, "to": to}
