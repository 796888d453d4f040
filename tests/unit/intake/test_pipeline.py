"""From raw records to a batch: nothing of a request is lost without being counted."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from nervure.base.clock import FixedClock
from nervure.base.settings import Settings
from nervure.intake.encode import encode
from nervure.intake.ledger import entries_of
from nervure.intake.media import MediaStore
from nervure.intake.pipeline import Pipeline, request_key
from nervure.model.raw import Origin, RawBatch, RawSpan
from nervure.model.span import Span
from nervure.normalise.engine import Normaliser
from nervure.price.pricer import Pricer

NOW_NS = 1_794_787_200 * 10**9
ORIGIN = Origin(resource={"service.name": "s"}, resource_json='{"service.name":"s"}')


def raw(number: int, **attributes: Any) -> RawSpan:
    return RawSpan(ORIGIN, f"{number:032x}", f"{number:016x}", "", "chat", 3, NOW_NS, NOW_NS + 5, 1, "", attributes)


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    media = MediaStore(tmp_path / "media", 1000)
    return Pipeline(Normaliser(), Pricer(), FixedClock(NOW_NS), media, Settings(data=tmp_path))


def test_a_request_is_one_batch_with_its_sender_and_size(pipeline: Pipeline) -> None:
    (batch,) = pipeline.process(RawBatch([raw(1), raw(2)], refused={"no id": 1}), "shop", "otlp_traces", 5, 99)
    assert [span.project for span in batch.spans] == ["shop", "shop"]
    assert (batch.project, batch.wire, batch.bytes, batch.refused) == ("shop", "otlp_traces", 99, {"no id": 1})
    assert batch.request == request_key("shop", 5) != request_key("other", 5)


def test_an_empty_request_is_no_batch_and_one_of_refused_items_is(pipeline: Pipeline) -> None:
    assert pipeline.process(RawBatch(), "p", "otlp_traces", 1, 0) == []
    (batch,) = pipeline.process(RawBatch(refused={"no id": 3}), "p", "otlp_traces", 1, 9)
    (entry,) = entries_of(batch, NOW_NS)
    assert (entry.project, entry.signal, entry.received, entry.stored, entry.refused) == ("p", "spans", 3, 0, 3)


def test_a_placeholder_is_dropped_and_counted(pipeline: Pipeline) -> None:
    pending = raw(1, **{"logfire.span_type": "pending_span", "logfire.msg": "m"})
    (batch,) = pipeline.process(RawBatch([pending, raw(2)]), "p", "otlp_traces", 1, 9)
    assert (len(batch.spans), batch.dropped) == (1, {"placeholder": 1})
    assert [entry.is_balanced for entry in entries_of(batch, NOW_NS)] == [True]


def test_a_span_that_cannot_be_understood_is_refused_alone_with_the_reason(tmp_path: Path) -> None:
    class Odd(Normaliser):
        def span(self, raw: RawSpan, project: str, received_ns: int) -> Span | None:
            if raw.attributes.get("odd"):
                raise RuntimeError("never seen such a thing")
            return super().span(raw, project, received_ns)

    media = MediaStore(tmp_path / "media", 1000)
    pipeline = Pipeline(Odd(), Pricer(), FixedClock(NOW_NS), media, Settings(data=tmp_path))
    (batch,) = pipeline.process(RawBatch([raw(1, odd=True), raw(2)]), "p", "otlp_traces", 1, 9)
    assert len(batch.spans) == 1
    ((reason, count),) = batch.refused.items()
    assert "RuntimeError: never seen such a thing" in reason
    assert count == 1


def test_large_media_of_a_message_is_moved_out(pipeline: Pipeline, tmp_path: Path) -> None:
    picture = base64.b64encode(bytes(3000)).decode()
    parts = [{"type": "blob", "modality": "image", "mime_type": "image/png", "content": picture}]
    messages = json.dumps([{"role": "user", "parts": parts}])
    span = raw(1, **{"gen_ai.operation.name": "chat", "gen_ai.input.messages": messages})
    (batch,) = pipeline.process(RawBatch([span]), "p", "otlp_traces", 1, 9)
    (part,) = batch.spans[0].input[0]["parts"]
    assert (part["type"], part["bytes"]) == ("media", 3000)
    assert len([path for path in (tmp_path / "media").rglob("*") if path.is_file() and not path.suffix]) == 1


def test_equal_spans_of_two_requests_differ_in_their_line_but_not_in_their_hash(pipeline: Pipeline) -> None:
    first, second, other = (
        encode(pipeline.process(RawBatch([raw(1, a=value)]), "p", "otlp_traces", request, 9)[0])
        for request, value in ((1, "x"), (2, "x"), (3, "y"))
    )
    assert first.spans != second.spans
    assert first.hashes == second.hashes != other.hashes
    assert first.keys == second.keys == other.keys
    rows = [json.loads(lines.spans[0]) for lines in (first, second)]
    assert [row.pop("request") for row in rows] == [request_key("p", 1), request_key("p", 2)]
    assert rows[0] == rows[1]
