"""The server's ordinary doors, as an import uses them: what is there already is not sent again.

Every span carries `import.source` and `import.digest`, the digest of what was sent. A span that is stored with the same
digest is left out, however long ago it came; one with another digest is sent again as a correction; one without any came
from another sender (a team that sent to both products for a while) and is kept as it is.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import groupby
from typing import Any

import orjson

from nervure.base.clock import iso
from nervure.base.connection import Connection
from nervure.base.errors import BadInput, Busy, Forbidden, NervureError, NotFound, Unauthenticated
from nervure.base.ids import digest
from nervure.client.http import Http
from nervure.client.patience import patiently
from nervure.decode.formats.otlp_out import resource_json, scope_json, span_json
from nervure.importers.importer import FoundScore, FoundSpan
from nervure.importers.report import Outcome, Result
from nervure.model.raw import RawSpan
from nervure.model.score import Score

SOURCE, DIGEST = "import.source", "import.digest"
# So many spans are asked about at a time: their ids and digests must fit into a filter.
SPANS_AT_ONCE = 200
SCORES_AT_ONCE = 500
REQUEST_BYTES = 4 << 20
PAGE = 1000
ASKERS = 4
NEW = "/v1/traces"
CORRECTIONS = "/v1/traces/corrections"


class Doors:
    """Writes to one server. source: name of the product. project: where everything goes; "": to the project of the
    source's own name. pause(seconds): waits; tests give their own.
    """

    def __init__(
        self, connection: Connection, source: str, project: str = "", pause: Callable[[float], object] | None = None
    ) -> None:
        self._connection, self._source, self._project = connection, source, project
        self._pause = pause
        self._https: dict[str, Http] = {}

    def http(self, project: str) -> Http:
        """The server, asked as this project of the source."""
        name = self._project or project
        if name not in self._https:
            self._https[name] = Http(replace(self._connection, project=name), timeout_s=300)
        return self._https[name]

    def close(self) -> None:
        for http in self._https.values():
            http.close()

    def retention_days(self, project: str) -> dict[str, int]:
        """Days that spans and scores of the project are kept."""
        items = self.patiently(lambda: self.http(project).get("/api/v1/retention/expiring"))["items"]
        return {one["signal"]: one["days"] for one in items}

    def write_spans(self, found: Sequence[FoundSpan]) -> Iterator[Outcome]:
        """Sends what is new or has changed. One outcome a span."""
        by_project = sorted(found, key=lambda one: one.project)
        for project, group in groupby(by_project, key=lambda one: one.project):
            spans = [self._marked(one.span) for one in group]
            for at in range(0, len(spans), SPANS_AT_ONCE):
                yield from self._write_some(project, spans[at : at + SPANS_AT_ONCE])

    def write_scores(self, found: Sequence[FoundScore]) -> Iterator[Outcome]:
        """Sends what is new or has changed. One outcome a score."""
        by_project = sorted(found, key=lambda one: one.project)
        for project, group in groupby(by_project, key=lambda one: one.project):
            scores = [one.score for one in group]
            for at in range(0, len(scores), SCORES_AT_ONCE):
                yield from self._write_scores(project, scores[at : at + SCORES_AT_ONCE])

    def patiently(self, ask: Callable[[], Any]) -> Any:
        """The answer; waits while the server asks for patience. Raises Busy after the last attempt."""
        return patiently(ask, self._pause)

    def _marked(self, span: RawSpan) -> RawSpan:
        body = orjson.dumps([span_json(span), span.origin.resource], option=orjson.OPT_SORT_KEYS)
        marks = {SOURCE: self._source, DIGEST: digest(body)[:32]}
        return replace(span, attributes={**span.attributes, **marks})

    def _write_some(self, project: str, spans: Sequence[RawSpan]) -> Iterator[Outcome]:
        stored, same, ours = self._stored(project, spans)
        fresh: list[RawSpan] = []
        changed: list[RawSpan] = []
        for span in spans:
            key = (span.trace_id, span.span_id)
            if key not in stored:
                fresh.append(span)
            elif key in same:
                yield _told(span, "there", "", project)
            elif key in ours:
                changed.append(span)
            else:
                yield _told(span, "kept", "it came from another sender before and stays as that one sent it", project)
        yield from self._send(project, fresh, NEW, "written", "")
        yield from self._send(
            project, changed, CORRECTIONS, "changed", "it has changed at the source since it was imported"
        )

    def _stored(self, project: str, spans: Sequence[RawSpan]) -> tuple[set[tuple[str, str]], ...]:
        """(trace, span) ids that are stored; those of them with the same content; those that an import brought."""
        first, last = min(span.start_ns for span in spans), max(span.start_ns for span in spans)
        span_range = {"from": iso(first - 1_000_000), "to": iso(last + 1_000_000)}
        among = _among("span_id", (span.span_id for span in spans))
        stored = self._keys(project, among, span_range)
        if not stored:
            return stored, set(), set()
        digests = _among(f'attr["{DIGEST}"]', (str(span.attributes[DIGEST]) for span in spans))
        same = self._keys(project, f"{among} and {digests}", span_range)
        ours = self._keys(project, f'{among} and attr["{DIGEST}"] exists', span_range) if stored != same else same
        return stored, same, ours

    def _keys(self, project: str, where: str, span_range: dict[str, str]) -> set[tuple[str, str]]:
        keys: set[tuple[str, str]] = set()
        cursor = None
        while True:
            given = {"where": where, "limit": PAGE, "cursor": cursor, **span_range}
            page = self.patiently(lambda given=given: self.http(project).get("/api/v1/spans", **given))  # type: ignore[misc]
            keys.update((one["trace_id"], one["span_id"]) for one in page["items"])
            cursor = page["next_cursor"]
            if not cursor:
                return keys

    def _send(
        self, project: str, spans: Sequence[RawSpan], path: str, result: Result, reason: str
    ) -> Iterator[Outcome]:
        for batch in _batches(spans):
            yield from self._post(project, batch, path, result, reason)

    def _post(
        self, project: str, spans: Sequence[RawSpan], path: str, result: Result, reason: str
    ) -> Iterator[Outcome]:
        """Sends a request; of one that is refused in part the halves tell which spans it was."""
        try:
            answer = self.patiently(lambda: self._posted(project, spans, path))
            partial = answer.get("partialSuccess") or {}
            refused, why = int(partial.get("rejectedSpans") or 0), str(partial.get("errorMessage") or "")
        except (Busy, Unauthenticated, Forbidden, NotFound):
            # Nothing that other spans would mend.
            raise
        except NervureError as error:
            refused, why = len(spans), str(error)
        if not refused:
            yield from (_told(span, result, reason, project) for span in spans)
        elif len(spans) == 1:
            yield _told(spans[0], "refused", why, project)
        else:
            middle = len(spans) // 2
            yield from self._post(project, spans[:middle], path, result, reason)
            yield from self._post(project, spans[middle:], path, result, reason)

    def _posted(self, project: str, spans: Sequence[RawSpan], path: str) -> dict[str, Any]:
        body = orjson.dumps({"resourceSpans": [_envelope(list(run)) for _, run in groupby(spans, _origin)]})
        with self.http(project).stream("POST", path, body, {"content-type": "application/json"}) as answer:
            said: dict[str, Any] = orjson.loads(answer.read() or b"{}")
            return said

    def _write_scores(self, project: str, scores: Sequence[Score]) -> Iterator[Outcome]:
        bodies = list({score.id: score_body(score) for score in scores}.values())
        self.http(project)
        with ThreadPoolExecutor(ASKERS) as pool:
            known = list(pool.map(lambda body: self._stored_score(project, body), bodies))
        fresh: list[dict[str, Any]] = []
        for body, stored in zip(bodies, known, strict=True):
            if stored is None:
                fresh.append(body)
            elif _says_same(stored, body):
                yield Outcome("scores", body["id"], "there", "", project)
            else:
                revised = {**body, "revision": int(stored["revision"]) + 1}
                yield from self._post_scores(project, [revised], "changed")
        yield from self._post_scores(project, fresh, "written")

    def _stored_score(self, project: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """By what it judges: an id may have any characters, and not all can stand in a path."""
        asked = {"target_id": body["target_id"], "name": body["name"], "limit": PAGE}
        cursor = None
        while True:
            given = {**asked, "cursor": cursor}
            page = self.patiently(lambda given=given: self.http(project).get("/api/v1/scores", **given))  # type: ignore[misc]
            for one in page["items"]:
                if one["id"] == body["id"]:
                    found: dict[str, Any] = one
                    return found
            cursor = page["next_cursor"]
            if not cursor:
                return None

    def _post_scores(self, project: str, bodies: Sequence[dict[str, Any]], result: Result) -> Iterator[Outcome]:
        if not bodies:
            return
        reason = "it has changed at the source since it was imported" if result == "changed" else ""
        try:
            self.patiently(lambda: self.http(project).post("/api/v1/scores", list(bodies)))
        except NervureError as error:
            if not isinstance(error, BadInput):
                raise
            if len(bodies) == 1:
                yield Outcome("scores", bodies[0]["id"], "refused", str(error), project)
                return
            middle = len(bodies) // 2
            yield from self._post_scores(project, bodies[:middle], result)
            yield from self._post_scores(project, bodies[middle:], result)
            return
        yield from (Outcome("scores", body["id"], result, reason, project) for body in bodies)


def score_body(score: Score) -> dict[str, Any]:
    """A score as POST /api/v1/scores takes it."""
    value: Any = score.value
    if score.data_type == "boolean" and value is not None:
        value = bool(value)
    said = {
        "id": score.id, "name": score.name, "target_type": score.target_type, "target_id": score.target_id,
        "trace_id": score.trace_id, "value": value, "label": score.label, "data_type": score.data_type,
        "explanation": score.explanation, "source": score.source, "evaluator": score.evaluator,
        "evaluator_version": score.evaluator_version, "author": score.author, "cost_usd": score.cost_usd,
        "metadata": score.metadata, "time": iso(score.time_ns) if score.time_ns else "",
    }  # fmt: skip
    return {key: held for key, held in said.items() if held not in ("", None, {})}


def _says_same(stored: dict[str, Any], body: dict[str, Any]) -> bool:
    for key, value in body.items():
        held = stored.get(key)
        if key == "time":
            # The server answers with nine digits, we send six.
            if str(held)[:26] != str(value)[:26]:
                return False
        elif key == "value" and isinstance(value, bool | int | float) and held is not None:
            if float(held) != float(value):
                return False
        elif held != value:
            return False
    return True


def _among(field: str, values: Iterable[str]) -> str:
    """A condition of the filter language."""
    quoted = (f'"{value}"' for value in sorted(set(values)))
    return f"{field} in ({', '.join(quoted)})"


def _told(span: RawSpan, result: Result, reason: str, project: str) -> Outcome:
    return Outcome("traces", f"{span.trace_id}/{span.span_id}", result, reason, project)


def _origin(span: RawSpan) -> tuple[str, str]:
    return span.origin.resource_json, span.origin.scope_json


def _envelope(spans: Sequence[RawSpan]) -> dict[str, Any]:
    origin = spans[0].origin
    return {
        "resource": resource_json(origin),
        "scopeSpans": [{"scope": scope_json(origin), "spans": [span_json(span) for span in spans]}],
    }


def _batches(spans: Sequence[RawSpan]) -> Iterator[list[RawSpan]]:
    """Requests of a few MB: long texts make short batches."""
    batch: list[RawSpan] = []
    size = 0
    for span in spans:
        length = len(orjson.dumps(span_json(span)))
        if batch and size + length > REQUEST_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(span)
        size += length
    if batch:
        yield batch
