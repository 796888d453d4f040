"""Single documents of Elasticsearch's API."""

import orjson
import pytest

from nervure.base.errors import DecodeError
from nervure.decode.wire import DecodeLimits, Outcome, Request
from nervure.decode.wires import elastic_document

JSON = "application/json"


@pytest.mark.supports("elasticsearch", "single documents")
def test_a_document_is_a_log_record_at_its_place() -> None:
    body = b'{"message": "paid", "log.level": "warn", "service": {"name": "shop"}}'
    batch = elastic_document.decode(body, Request(JSON, path={"index": "logs", "id": "7"}), DecodeLimits())
    (record,) = batch.logs
    assert (record.body, record.severity_text, record.origin.resource) == ("paid", "warn", {"service.name": "shop"})
    assert record.attributes == {"elasticsearch.index": "logs", "elasticsearch.id": "7"}
    told = orjson.loads(elastic_document.answer(Outcome(receipt=batch.receipt), JSON))
    assert (told["_index"], told["_id"], told["result"]) == ("logs", "7", "created")


def test_a_document_without_an_id_is_given_one_that_a_repetition_has_too() -> None:
    made = {
        elastic_document.decode(b'{"message": "x"}', Request(JSON, path={"index": "logs"}), DecodeLimits()).receipt
        for _ in range(2)
    }
    assert len(made) == 1


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"\xff", b"[" * 100_000])
def test_what_is_no_document_is_refused_in_elasticsearchs_words(body: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        elastic_document.decode(body, Request(JSON, path={"index": "logs"}), DecodeLimits())
    told = orjson.loads(elastic_document.answer(Outcome(400, message=str(caught.value)), JSON))
    assert (told["status"], told["error"]["type"]) == (400, "illegal_argument_exception")
    assert told["error"]["reason"]
