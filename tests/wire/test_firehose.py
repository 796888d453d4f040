"""What Amazon Data Firehose hears over real HTTP, whatever happens to its delivery."""

import gzip
import json

import httpx
import pytest

from nervure.base.settings import Settings
from tests.unit.decode.test_aws import firehose, invocation
from tests.wire.doors import MemoryIntake, Running, serving

HEADERS = {"content-type": "application/json", "x-amz-firehose-request-id": "r-7",
           "x-amz-firehose-protocol-version": "1.0"}  # fmt: skip
SECRET = "0123456789abcdef0123"
BODY = firehose(json.dumps(invocation()).encode(), requestId="r-7")


@pytest.mark.supports("aws", "Firehose: access key, gzip, request id in every answer, errors that make it try again")
def test_the_access_key_is_the_key_and_every_answer_has_the_request_id() -> None:
    with serving(Settings(port=0, grpc_port=0, auth=True, admin_key=SECRET)) as server:
        url = f"{server.url}/v1/firehose"
        good = httpx.post(url, content=BODY, headers={**HEADERS, "x-amz-firehose-access-key": SECRET})
        assert (good.status_code, good.json()["requestId"], good.headers["content-type"]) == (
            200,
            "r-7",
            "application/json",
        )
        assert good.json()["timestamp"] > 1_700_000_000_000
        packed = {**HEADERS, "x-amz-firehose-access-key": SECRET, "content-encoding": "gzip"}
        assert httpx.post(url, content=gzip.compress(BODY), headers=packed).status_code == 200
        assert len(server.intake.spans) == 1, "the same delivery, packed or not"
        for key in ("", "wrong"):
            refused = httpx.post(url, content=BODY, headers={**HEADERS, "x-amz-firehose-access-key": key})
            assert (refused.status_code, refused.json()["requestId"]) == (401, "r-7")
            assert "key" in refused.json()["errorMessage"]


@pytest.mark.parametrize(("mood", "status"), [("full", 429), ("down", 503), ("slow", 503), ("broken", 503)])
def test_a_delivery_that_cannot_be_taken_is_sent_again(
    server: Running, intake: MemoryIntake, mood: str, status: int
) -> None:
    intake.mood = mood
    answer = httpx.post(f"{server.url}/v1/firehose", content=BODY, headers=HEADERS, timeout=10)
    assert (answer.status_code, answer.json()["requestId"]) == (status, "r-7")
    assert answer.json()["errorMessage"]


def test_a_project_is_named_by_the_streams_common_attributes(server: Running, intake: MemoryIntake) -> None:
    said = {"x-amz-firehose-common-attributes": '{"commonAttributes": {"nervure.project": "web"}}'}
    assert httpx.post(f"{server.url}/v1/firehose", content=BODY, headers={**HEADERS, **said}).status_code == 200
    assert [batch.project for batch, _ in intake.batches] == ["web"]
