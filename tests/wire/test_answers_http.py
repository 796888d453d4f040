"""What an OTLP/HTTP sender hears: every row of the table of answers, in both encodings, over real HTTP."""

import base64
import gzip
import zlib
from typing import Any

import httpx
import orjson
import pytest
import zstandard
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from nervure.base.settings import Settings
from nervure.model.key import Key
from tests.wire.doors import MemoryIntake, MemoryKeys, Running, serving
from tests.wire.samples import (
    JSON,
    PROTOBUF,
    json_logs,
    json_metrics,
    json_span,
    json_traces,
    logs,
    metrics,
    span,
    traces,
)

BOTH = pytest.mark.parametrize(
    ("kind", "body"), [(PROTOBUF, traces()), (JSON, json_traces())], ids=["protobuf", "json"]
)
BAD_SPAN = span(1, span_id=b"")
BAD_JSON_SPAN = json_span(1, spanId="")
REASON = "1 refused: span_id must be 8 bytes (16 hex digits in JSON) and not all zero"


def basic(pair: str) -> str:
    return "Basic " + base64.b64encode(pair.encode()).decode()


def post(
    server: Running, body: bytes, kind: str = PROTOBUF, path: str = "/v1/traces", **headers: str
) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(server.url + path, content=body, headers={"content-type": kind, **named}, timeout=10)


def told(answer: httpx.Response) -> tuple[int, str]:
    """Code and message of the google.rpc.Status in an answer, read in the encoding it says it has."""
    if answer.headers["content-type"] == JSON:
        status = orjson.loads(answer.content)
        assert status.keys() == {"code", "message"}
        return status["code"], status["message"]
    status = Status.FromString(answer.content)
    return status.code, status.message


@pytest.mark.parametrize(
    ("path", "kind", "body", "answer"),
    [
        ("/v1/traces", PROTOBUF, traces(), b""),
        ("/v1/traces", JSON, json_traces(), b"{}"),
        ("/v1/logs", PROTOBUF, logs(), b""),
        ("/v1/logs", JSON, json_logs(), b"{}"),
        ("/v1/metrics", PROTOBUF, metrics(), b""),
        ("/v1/metrics", JSON, json_metrics(), b"{}"),
    ],
)
def test_a_request_taken_in_full_is_answered_without_partial_success(
    server: Running, path: str, kind: str, body: bytes, answer: bytes
) -> None:
    got = post(server, body, kind, path)
    assert (got.status_code, got.headers["content-type"], got.content) == (200, kind, answer)
    assert len(server.intake.spans) + len(server.intake.logs) + len(server.intake.metrics) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/v1/traces/",
        "/api/public/otel/v1/traces",
        "/otel/v1/traces",
        "/opentelemetry/v1/traces/",
        "/api/v1/traces",
        "/a%20b/v1/traces",
    ],
)
def test_any_prefix_and_a_trailing_slash_are_the_same_door(server: Running, path: str) -> None:
    assert post(server, traces(), path=path).status_code == 200
    assert len(server.intake.spans) == 1


def test_a_content_type_may_have_parameters_and_capitals(server: Running) -> None:
    assert post(server, json_traces(), "Application/JSON; charset=utf-8").content == b"{}"
    assert post(server, traces(), "application/protobuf").content == b""


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/logs", "/v1/metrics"])
def test_an_empty_request_is_a_success(server: Running, path: str) -> None:
    assert post(server, b"", path=path).status_code == 200
    assert post(server, b"{}", JSON, path).content == b"{}"
    assert server.intake.batches == []


def test_a_partly_taken_request_says_how_much_was_refused_and_why(server: Running) -> None:
    got = ExportTraceServiceResponse.FromString(post(server, traces(span(0), BAD_SPAN)).content)
    assert (got.partial_success.rejected_spans, got.partial_success.error_message) == (1, REASON)
    in_json = post(server, json_traces(json_span(0), BAD_JSON_SPAN), JSON)
    assert (in_json.status_code, orjson.loads(in_json.content)) == (
        200,
        {"partialSuccess": {"rejectedSpans": "1", "errorMessage": REASON}},
    )
    assert len(server.intake.spans) == 2


def test_logs_and_metrics_have_their_own_names_for_what_was_refused(server: Running) -> None:
    body = orjson.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": ["a", 1]}]}]})
    got = orjson.loads(post(server, body, JSON, "/v1/logs").content)
    assert got == {
        "partialSuccess": {"rejectedLogRecords": "2", "errorMessage": "2 refused: a log record must be an object"}
    }
    body = orjson.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "n"}]}]}]})
    got = orjson.loads(post(server, body, JSON, "/v1/metrics").content)
    assert got["partialSuccess"]["rejectedDataPoints"] == "1"
    assert (
        ExportLogsServiceResponse.FromString(post(server, logs(), path="/v1/logs").content)
        == ExportLogsServiceResponse()
    )
    assert ExportMetricsServiceResponse.FromString(b"") == ExportMetricsServiceResponse()


def test_a_repeated_request_hears_the_same_answer_and_adds_nothing(server: Running) -> None:
    body = traces(span(0), BAD_SPAN)
    first, second = post(server, body), post(server, body)
    assert first.content == second.content != b""
    # Exporters compress anew for each try, with another time in the header: still the same request.
    third = post(server, gzip.compress(body, mtime=7), content_encoding="gzip")
    assert third.content == first.content
    assert len(server.intake.spans) == 1


@BOTH
def test_bad_data_is_400_with_a_status_in_the_requests_encoding(server: Running, kind: str, body: bytes) -> None:
    got = post(server, body[: len(body) // 2], kind)
    assert (got.status_code, got.headers["content-type"]) == (400, kind)
    code, message = told(got)
    assert code == 3
    assert message.startswith("the body")


@BOTH
def test_a_body_over_the_limit_is_413(server: Running, kind: str, body: bytes) -> None:
    got = post(server, bytes(5 << 20), kind)
    assert got.status_code == 413
    assert told(got) == (
        8,
        "the body is larger than 4194304 bytes: send smaller batches, or raise NERVURE_MAX_BODY_BYTES on the server",
    )
    assert server.intake.batches == []


@pytest.mark.parametrize(
    ("encoding", "bomb"),
    [
        ("gzip", gzip.compress(bytes(20 << 20))),
        ("deflate", zlib.compress(bytes(20 << 20))),
        ("zstd", zstandard.ZstdCompressor().compress(bytes(20 << 20))),
    ],
)
def test_a_body_over_the_limit_once_decompressed_is_413_too(server: Running, encoding: str, bomb: bytes) -> None:
    got = post(server, bomb, content_encoding=encoding)
    assert got.status_code == 413
    assert "once decompressed" in told(got)[1]


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(traces())),
        ("x-gzip", gzip.compress(traces())),
        ("GZIP", gzip.compress(traces()[:20]) + gzip.compress(traces()[20:])),
        ("gzip", gzip.compress(traces()) + bytes(512)),
        ("deflate", zlib.compress(traces())),
        ("deflate", zlib.compress(traces())[2:-4]),
        ("zstd", zstandard.ZstdCompressor().compress(traces())),
        ("identity", traces()),
        ("", traces()),
    ],
    ids=["gzip", "x-gzip", "two gzip members", "padded gzip", "zlib", "bare deflate", "zstd", "identity", "empty"],
)
def test_compressed_bodies_are_read(server: Running, encoding: str, packed: bytes) -> None:
    assert post(server, packed, content_encoding=encoding).status_code == 200
    assert len(server.intake.spans) == 1


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream", ""])
def test_another_content_type_is_415(server: Running, kind: str) -> None:
    got = post(server, traces(), kind)
    assert (got.status_code, got.headers["content-type"]) == (415, JSON)
    assert told(got)[1].startswith(f"Content-Type {kind!r} is not served here: send application/x-protobuf")


@BOTH
def test_another_content_encoding_is_415(server: Running, kind: str, body: bytes) -> None:
    got = post(server, body, kind, content_encoding="br")
    assert got.status_code == 415
    assert told(got) == (12, "Content-Encoding 'br' is not supported: send gzip, zstd, deflate, snappy or none")


@BOTH
def test_a_full_queue_is_429_and_says_when_to_come_again(server: Running, kind: str, body: bytes) -> None:
    server.intake.mood = "full"
    got = post(server, body, kind)
    assert (got.status_code, got.headers["retry-after"]) == (429, "2")
    assert told(got)[0] == 14


@BOTH
def test_a_store_that_is_down_is_503_and_says_when_to_come_again(server: Running, kind: str, body: bytes) -> None:
    server.intake.mood = "down"
    got = post(server, body, kind)
    assert (got.status_code, got.headers["retry-after"]) == (503, "7")
    assert told(got) == (14, "the store cannot be reached: send again in a moment")


@BOTH
def test_a_store_that_does_not_finish_is_503(server: Running, kind: str, body: bytes) -> None:
    server.intake.mood = "slow"
    got = post(server, body, kind)
    assert (got.status_code, got.headers["retry-after"]) == (503, "5")
    assert told(got)[1].startswith("the store did not finish within 0.3 s")


@BOTH
def test_an_accident_of_our_own_is_503_and_never_500(server: Running, kind: str, body: bytes) -> None:
    server.intake.mood = "broken"
    got = post(server, body, kind)
    assert (got.status_code, got.headers["retry-after"]) == (503, "5")
    assert told(got)[0] == 14
    assert "accident" not in told(got)[1], "the inside is for the log"


def test_what_was_read_and_cannot_be_kept_is_in_the_ledger(server: Running) -> None:
    server.intake.mood = "no disk"
    body = orjson.dumps({"resourceSpans": [in_project("a", 1), in_project("b", 2), in_project("b", 3)]})
    got = post(server, body, JSON)
    assert (got.status_code, got.headers["retry-after"]) == (503, "5")
    assert "No space left on device" in told(got)[1]
    assert server.intake.ledger.refused == [("a", "spans", 1), ("b", "spans", 2)]


def test_another_method_is_405(server: Running) -> None:
    got = httpx.get(server.url + "/v1/traces")
    assert (got.status_code, got.headers["allow"], got.headers["content-type"]) == (405, "POST, OPTIONS", JSON)
    assert httpx.put(server.url + "/otel/v1/logs", content=b"").status_code == 405


def test_an_unknown_path_is_404_in_protobuf_for_a_sender_of_protobuf(server: Running) -> None:
    got = post(server, b"", path="/v1development/profiles")
    assert (got.status_code, got.headers["content-type"]) == (404, PROTOBUF)
    assert told(got)[0] == 5


def test_everything_else_is_handed_to_the_house(server: Running) -> None:
    assert httpx.get(server.url + "/api/v1/traces").text == "the house"
    assert post(server, b"{}", JSON, "/api/v1/query").text == "the house"
    assert httpx.get(server.url + "/").text == "the house"


def test_a_browser_of_an_allowed_origin_may_send(server: Running) -> None:
    origin = "https://app.example.com"
    asked = {"origin": origin, "access-control-request-headers": "content-type,x-nervure-project"}
    before = httpx.options(server.url + "/v1/traces", headers=asked)
    assert before.status_code == 204
    assert before.headers["access-control-allow-origin"] == origin
    assert before.headers["access-control-allow-headers"] == "content-type,x-nervure-project"
    assert post(server, json_traces(), JSON, origin=origin).headers["access-control-allow-origin"] == origin


def test_a_browser_of_another_origin_gets_no_leave(server: Running) -> None:
    got = httpx.options(server.url + "/v1/traces", headers={"origin": "https://evil.example.org"})
    assert got.status_code == 405
    assert "access-control-allow-origin" not in got.headers
    assert "access-control-allow-origin" not in post(server, traces(), origin="https://evil.example.org").headers


def test_the_doors_count_what_they_answer(server: Running) -> None:
    count = {"wire": "otlp_traces", "door": "http", "status": "200"}
    before = server.registry.get_sample_value("nervure_receive_requests_total", count) or 0
    post(server, traces())
    assert server.registry.get_sample_value("nervure_receive_requests_total", count) == before + 1
    assert server.doors.gauge.held == 0


@pytest.fixture(scope="module")
def guarded() -> Any:
    everywhere = Key("1", "app", "nk_every", rights=frozenset({"send"}))
    shop = Key("2", "shop", "nk_shop", project="shop", rights=frozenset({"send"}))
    reader = Key("3", "reader", "nk_read", rights=frozenset({"read"}))
    old = Key("4", "old", "nk_old", rights=frozenset({"admin"}), revoked_ns=1)
    keys = MemoryKeys({"every-key": everywhere, "shop-key": shop, "read-key": reader, "old-key": old})
    with serving(Settings(port=0, grpc_port=0, auth=True, admin_key="0123456789abcdef"), keys) as server:
        yield server


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer every-key"},
        {"authorization": "bearer every-key"},
        {"authorization": "every-key"},
        {"authorization": basic("pk-lf-1:every-key")},
        {"authorization": basic("every-key:")},
        {"x-api-key": "every-key"},
        {"api-key": "every-key"},
        {"dd-api-key": "every-key"},
        {"authorization": "Bearer 0123456789abcdef"},
    ],
    ids=str,
)
def test_a_key_is_read_from_where_sdks_put_it(guarded: Running, headers: dict[str, str]) -> None:
    got = httpx.post(guarded.url + "/v1/traces", content=traces(), headers={"content-type": PROTOBUF, **headers})
    assert got.status_code == 200


@BOTH
@pytest.mark.parametrize("key", ["", "Bearer nobody", "Bearer old-key", "Basic !!!"])
def test_no_key_or_an_unknown_one_is_401(guarded: Running, kind: str, body: bytes, key: str) -> None:
    got = post(guarded, body, kind, authorization=key)
    assert (got.status_code, got.headers["content-type"], told(got)[0]) == (401, kind, 16)
    assert "www-authenticate" in got.headers


@BOTH
def test_a_key_that_may_not_send_is_403(guarded: Running, kind: str, body: bytes) -> None:
    got = post(guarded, body, kind, authorization="Bearer read-key")
    assert (got.status_code, told(got)) == (403, (7, "the key 'reader' (nk_read...) may not send"))
    got = post(guarded, body, kind, authorization="Bearer shop-key", x_nervure_project="bank")
    assert (got.status_code, told(got)) == (403, (7, "the key 'shop' (nk_shop...) may not send to project 'bank'"))


def projects(intake: MemoryIntake) -> list[tuple[str, int]]:
    return [(batch.project, len(raw.spans)) for batch, raw in intake.batches]


def in_project(name: str, number: int) -> dict[str, Any]:
    attributes = [{"key": "nervure.project", "value": {"stringValue": name}}] if name else []
    return {"resource": {"attributes": attributes}, "scopeSpans": [{"spans": [json_span(number)]}]}


def test_telemetry_goes_to_the_project_of_header_resource_vendor_key_or_default(
    server: Running, guarded: Running
) -> None:
    named = orjson.dumps({"resourceSpans": [in_project("bank", 1)]})
    post(server, named, JSON, x_nervure_project="shop")
    post(server, named, JSON)
    post(server, json_traces(), JSON, langsmith_project="smith")
    post(server, json_traces(), JSON)
    assert projects(server.intake) == [("shop", 1), ("bank", 1), ("smith", 1), ("default", 1)]
    guarded.intake.reset()
    post(guarded, json_traces(), JSON, authorization="Bearer shop-key")
    post(guarded, named, JSON, authorization="Bearer shop-key")
    assert projects(guarded.intake) == [("shop", 1), ("shop", 1)], "a key's own project is not left"


def test_one_request_may_carry_several_projects(server: Running) -> None:
    body = orjson.dumps({"resourceSpans": [in_project("a", 1), in_project("", 2), in_project("a", 3)]})
    assert post(server, body, JSON).status_code == 200
    assert projects(server.intake) == [("a", 2), ("default", 1)]
    assert post(server, body, JSON).status_code == 200
    assert projects(server.intake) == [("a", 2), ("default", 1)], "a retry adds nothing in either"
