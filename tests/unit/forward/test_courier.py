"""A destination that is down, slow, busy, wrong or picky: what is sent again, what is not, and what is said of it."""

import time
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from nervure.base.clock import SystemClock
from nervure.decode.formats.origin import build_origin
from nervure.decode.formats.otlp_protobuf_out import span_request
from nervure.forward.courier import MOST_UNSURE, Courier
from nervure.forward.queue import DiskQueue, Record
from nervure.forward.routing import packed
from nervure.forward.send import open_sender, retry_after
from nervure.model.destination import Destination
from nervure.model.raw import RawSpan
from tests.unit.forward.receiver import Answer, receiving
from tests.waiting import wait_until

NOW_NS = 1_794_787_200 * 10**9


def destination(url: str, **said: Any) -> Destination:
    return Destination("d1", "", "there", url, timeout_s=1.0, **said)


def record(number: int, to: Destination, items: int = 3) -> Record:
    origin = build_origin({"service.name": "s"}, "", "", {}, "")
    spans = [
        RawSpan(origin, f"{number + 1:032x}", f"{number * 100 + at + 1:016x}", "", "n", 1, 1, 2, 0, "", {"k": 1})
        for at in range(items)
    ]
    return Record(f"g/{number}", "spans", items, packed(span_request(spans), to))


@contextmanager
def sending(to: Destination, folder: Path, records: int = 1) -> Iterator[DiskQueue]:
    queue = DiskQueue(folder, 1 << 24)
    for number in range(records):
        queue.put(record(number, to))
    queue.settle("g", 3 * records, {})
    courier = Courier(to, queue, SystemClock(), open_sender, pauses_s=(0.05, 0.2))
    courier.start()
    try:
        yield queue
    finally:
        courier.stop()


def test_a_request_says_what_it_is_and_carries_the_headers(tmp_path: Path) -> None:
    with receiving() as there:
        to = destination(f"{there.url}/otlp/", headers={"x-api-key": "secret"})
        with sending(to, tmp_path) as queue:
            wait_until(lambda: queue.counts.forwarded)
        ((path, headers, _),) = there.requests
    assert path == "/otlp/v1/traces"
    assert headers["content-type"] == "application/x-protobuf"
    assert headers["content-encoding"] == "gzip"
    assert headers["x-api-key"] == "secret"
    assert there.span_ids == [f"{at + 1:016x}" for at in range(3)]


@pytest.mark.parametrize("status", [429, 502, 503, 504, 401, 403, 404, 500, 302])
def test_what_may_pass_or_can_be_mended_is_sent_again(tmp_path: Path, status: int) -> None:
    with receiving([Answer(status, body=b"not now"), Answer(status)]) as there:
        with sending(destination(there.url), tmp_path) as queue:
            wait_until(lambda: queue.counts.forwarded)
        assert len(there.requests) == 3
    assert queue.counts.forwarded == {"spans": 3}
    assert f"answered {status}" in queue.counts.last_error
    assert queue.counts.is_balanced


@pytest.mark.parametrize("status", [400, 413, 415, 422])
def test_what_the_other_side_never_takes_is_counted_and_the_rest_goes_on(tmp_path: Path, status: int) -> None:
    with receiving([Answer(status, body=b"field x is wrong")]) as there:
        with sending(destination(there.url), tmp_path, records=2) as queue:
            wait_until(lambda: queue.counts.forwarded)
        assert len(there.requests) == 2
    assert (queue.counts.forwarded, queue.counts.dropped) == ({"spans": 3}, {"refused": 3})
    assert queue.counts.refused_words.endswith(f"answered {status}: field x is wrong")
    assert queue.counts.is_balanced


def test_a_fault_that_does_not_end_gives_up_one_request_only(tmp_path: Path) -> None:
    with (
        receiving([Answer(500, body=b"oops")] * MOST_UNSURE) as there,
        sending(destination(there.url), tmp_path, records=2) as queue,
    ):
        wait_until(lambda: queue.counts.forwarded)
    assert (queue.counts.forwarded, queue.counts.dropped) == ({"spans": 3}, {"refused": 3})


def test_retry_after_is_honoured(tmp_path: Path) -> None:
    with receiving([Answer(429, {"retry-after": "1"})]) as there:
        began = time.monotonic()
        with sending(destination(there.url), tmp_path) as queue:
            wait_until(lambda: queue.counts.state == "waiting")
            assert queue.counts.retry_ns > 0
            wait_until(lambda: queue.counts.forwarded)
        assert time.monotonic() - began >= 1.0


def test_partial_success_is_not_sent_again(tmp_path: Path) -> None:
    with receiving([Answer(rejected=2, words="two spans are too old")]) as there:
        with sending(destination(there.url), tmp_path) as queue:
            wait_until(lambda: queue.counts.forwarded)
        assert len(there.requests) == 1
    assert (queue.counts.forwarded, queue.counts.dropped) == ({"spans": 1}, {"refused": 2})
    assert queue.counts.refused_words == "two spans are too old"


def test_a_slow_destination_is_given_up_and_tried_again(tmp_path: Path) -> None:
    with receiving([Answer(wait_s=5)]) as there:
        to = replace(destination(there.url), timeout_s=0.3)
        with sending(to, tmp_path) as queue:
            wait_until(lambda: queue.counts.forwarded)
    assert "cannot be reached" in queue.counts.last_error


def test_a_destination_that_is_down_loses_nothing(tmp_path: Path) -> None:
    with receiving() as there:
        url = there.url
    with sending(destination(url), tmp_path, records=5) as queue:
        wait_until(lambda: queue.counts.tries > 2)
        assert (queue.counts.queued, queue.counts.state) == (15, "waiting")
    assert DiskQueue(tmp_path, 1 << 24).counts.queued == 15


def test_a_paused_destination_keeps_what_comes(tmp_path: Path) -> None:
    with receiving() as there:
        with sending(destination(there.url, is_paused=True), tmp_path) as queue:
            time.sleep(0.2)
            assert (queue.counts.state, queue.counts.queued) == ("paused", 3)
        assert there.requests == []


def test_a_certificate_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with sending(destination("https://127.0.0.1:1", ca_file=str(tmp_path / "none.pem")), tmp_path / "q") as queue:
        wait_until(lambda: queue.counts.last_error)
    assert "cannot be opened" in queue.counts.last_error


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("", None),
        ("soon", None),
        ("Mon, 16 Nov 2026 00:01:00 GMT", 60.0),
        ("Mon, 16 Nov 2020 00:00:00 GMT", 0.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert retry_after(text, NOW_NS) == seconds


class Service(trace_service_pb2_grpc.TraceServiceServicer):
    """Answers with errors first."""

    def __init__(self, failures: list[tuple[grpc.StatusCode, float | None]]) -> None:
        self.failures, self.requests, self.metadata = failures, list[Any](), dict[str, Any]()

    def Export(self, request: Any, context: Any) -> Any:
        self.requests.append(request)
        self.metadata = dict(context.invocation_metadata())
        if self.failures:
            code, after = self.failures.pop(0)
            if after is not None:
                status = status_pb2.Status(code=code.value[0], message="later")
                status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=Duration(nanos=int(after * 1e9))))
                context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
            context.abort(code, "not now")
        return trace_service_pb2.ExportTraceServiceResponse()


@contextmanager
def grpc_receiving(service: Service) -> Iterator[str]:
    server = grpc.server(futures.ThreadPoolExecutor(2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop(0).wait()


@pytest.mark.parametrize("compression", ["gzip", "none"])
def test_grpc_delivers_with_its_metadata(tmp_path: Path, compression: Any) -> None:
    service = Service([])
    with grpc_receiving(service) as url:
        to = destination(url, protocol="grpc", headers={"X-Api-Key": "secret"}, compression=compression)
        with sending(to, tmp_path) as queue:
            wait_until(lambda: queue.counts.forwarded)
    assert service.metadata["x-api-key"] == "secret"
    assert len(service.requests[0].resource_spans[0].scope_spans[0].spans) == 3


def test_grpc_tries_again_when_asked_to(tmp_path: Path) -> None:
    service = Service([
        (grpc.StatusCode.UNAVAILABLE, None), (grpc.StatusCode.RESOURCE_EXHAUSTED, 0.1),
        (grpc.StatusCode.UNAUTHENTICATED, None),
    ])  # fmt: skip
    with grpc_receiving(service) as url, sending(destination(url, protocol="grpc"), tmp_path) as queue:
        wait_until(lambda: queue.counts.forwarded)
    assert len(service.requests) == 4


def test_grpc_does_not_repeat_what_is_refused(tmp_path: Path) -> None:
    service = Service([(grpc.StatusCode.INVALID_ARGUMENT, None)])
    with grpc_receiving(service) as url, sending(destination(url, protocol="grpc"), tmp_path, records=2) as queue:
        wait_until(lambda: queue.counts.forwarded)
    assert (queue.counts.forwarded, queue.counts.dropped) == ({"spans": 3}, {"refused": 3})
