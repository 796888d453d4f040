"""Bad input of many kinds: the sender hears the right thing, what is good is kept, the server lives."""

import asyncio
import http.client
import os
import socket
from typing import Any

import httpx
import orjson
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from prometheus_client import CollectorRegistry

from nervure.base.clock import SystemClock
from nervure.base.settings import Settings
from nervure.receive.doors import Doors
from tests.wire.bad_input import CASES, Case
from tests.wire.doors import MemoryIntake, Running, rest_of_the_house
from tests.wire.samples import JSON, PROTOBUF, json_traces, span, traces

RESPONSES = {
    "/v1/traces": (ExportTraceServiceResponse, "rejected_spans", "rejectedSpans"),
    "/v1/logs": (ExportLogsServiceResponse, "rejected_log_records", "rejectedLogRecords"),
    "/v1/metrics": (ExportMetricsServiceResponse, "rejected_data_points", "rejectedDataPoints"),
}


def rejected_of(case: Case, body: bytes) -> int:
    """What an answer of 200 says was rejected."""
    response, name, camel = RESPONSES[case.path]
    if case.kind == JSON:
        return int(orjson.loads(body).get("partialSuccess", {}).get(camel, 0))
    return int(getattr(response.FromString(body).partial_success, name))


def test_the_table_has_at_least_fifty_kinds_of_bad_input() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 50


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_bad_input_is_answered_rightly_and_what_is_good_is_kept(server: Running, case: Case) -> None:
    headers = {**case.headers, **({"content-type": case.kind} if case.kind else {})}
    answer = httpx.post(server.url + case.path, content=case.make(), headers=headers, timeout=30)
    assert (answer.status_code, answer.text if answer.status_code != case.status else "") == (case.status, "")
    if answer.status_code == 200:
        assert rejected_of(case, answer.content) == case.rejected
    intake = server.intake
    assert len(intake.spans) + len(intake.logs) + len(intake.metrics) == case.kept
    if case.flags:
        assert tuple(intake.spans[0].flags) == case.flags
    # The server lives, holds nothing back, and the next sender is not concerned.
    assert server.doors.gauge.held == 0
    good = httpx.post(server.url + "/v1/traces", content=traces(span()), headers={"content-type": PROTOBUF})
    assert (good.status_code, good.content) == (200, b"")


def talk(server: Running, request: bytes, close: bool = False) -> bytes:
    """Bytes to the server's port, and what comes back until it closes or is silent."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=3) as connection:
        connection.sendall(request)
        if close:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while chunk := connection.recv(65_536):
                answer += chunk
                if b"\r\n\r\n" in answer:
                    break
        except TimeoutError:
            pass
        return answer


HEAD = b"POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"


def test_a_body_shorter_than_its_content_length_is_not_taken(server: Running) -> None:
    body = json_traces()
    answer = talk(server, HEAD + b"content-length: %d\r\n\r\n" % (len(body) + 10) + body, close=True)
    assert b" 200 " not in answer
    assert server.intake.batches == []


@pytest.mark.parametrize("length", [b"-1", b"x", b"1e3", b"99999999999999999999999"])
def test_an_impossible_content_length_is_refused(server: Running, length: bytes) -> None:
    answer = talk(server, HEAD + b"content-length: " + length + b"\r\n\r\n{}")
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 413", b""))
    assert b" 200 " not in answer
    assert server.intake.batches == []


def test_a_promised_body_over_the_limit_is_refused_before_it_is_sent(server: Running) -> None:
    answer = talk(server, HEAD + b"content-length: 999999999\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_full_queue_refuses_before_the_body_is_sent(server: Running) -> None:
    server.intake.mood = "full"
    assert talk(server, HEAD + b"content-length: 1000\r\n\r\n").startswith(b"HTTP/1.1 429 ")


def test_chunks_are_put_together(server: Running) -> None:
    body = json_traces()
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
    pieces = [body[at : at + 7] for at in range(0, len(body), 7)]
    connection.request("POST", "/v1/traces", iter(pieces), {"content-type": JSON}, encode_chunked=True)
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b"{}")
    assert len(server.intake.spans) == 1
    connection.close()


def test_chunks_without_end_are_stopped_at_the_limit(server: Running) -> None:
    chunk = b"%x\r\n" % (1 << 20) + bytes(1 << 20) + b"\r\n"
    assert talk(server, HEAD + b"transfer-encoding: chunked\r\n\r\n" + chunk * 5).startswith(b"HTTP/1.1 413 ")


def test_broken_chunks_are_not_taken(server: Running) -> None:
    answer = talk(server, HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")
    assert b" 200 " not in answer
    assert server.intake.batches == []


@pytest.mark.parametrize(
    "request_",
    [os.urandom(200), b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
)
def test_what_is_not_http_does_not_hurt(server: Running, request_: bytes) -> None:
    talk(server, request_, close=True)
    assert httpx.post(server.url + "/v1/traces", content=b"", headers={"content-type": PROTOBUF}).status_code == 200


def test_a_sender_that_leaves_while_sending_is_counted_and_holds_nothing(server: Running) -> None:
    before = server.registry.get_sample_value("nervure_receive_disconnects_total") or 0
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(HEAD + b"content-length: 1000000\r\n\r\n" + bytes(1000))
    for _ in range(200):
        if (server.registry.get_sample_value("nervure_receive_disconnects_total") or 0) > before:
            break
        httpx.get(server.url + "/")
    assert server.registry.get_sample_value("nervure_receive_disconnects_total") == before + 1
    assert server.doors.gauge.held == 0


def test_a_body_that_stalls_is_given_up_and_holds_nothing() -> None:
    intake = MemoryIntake()
    doors = Doors(intake, intake, None, Settings(), SystemClock(), CollectorRegistry())
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        if not sent:
            sent.append("first piece")
            return {"type": "http.request", "body": b"{", "more_body": True}
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/traces",
        "headers": [(b"content-type", b"application/json")],
    }
    asyncio.run(doors.http(rest_of_the_house, read_timeout_s=0.05)(scope, receive, send))
    doors.close()
    _, start, body = sent
    assert (start["status"], dict(start["headers"])[b"retry-after"]) == (503, b"1")
    assert orjson.loads(body["body"])["message"] == "the body did not arrive within 0.05 s: send it again"
    assert doors.gauge.held == 0


def test_requests_in_hand_are_bounded_by_their_bytes() -> None:
    intake = MemoryIntake()
    settings = Settings(max_body_bytes=1000, queue_bytes=1000)
    doors = Doors(intake, intake, None, settings, SystemClock(), CollectorRegistry())
    taken = [doors.gauge.take(900), doors.gauge.take(900), doors.gauge.take(900)]
    assert taken == [True, True, False], "twice the largest body"
    doors.gauge.give_back(1800)
    assert doors.gauge.held == 0
    doors.close()
