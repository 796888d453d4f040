"""What an OTLP/gRPC sender hears, over real gRPC."""

from collections.abc import Iterator

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2_grpc import LogsServiceStub
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2_grpc import MetricsServiceStub
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub

from nervure.base.settings import Settings
from nervure.model.key import Key
from tests.wire.doors import MemoryKeys, Running, serving
from tests.wire.samples import logs, metrics, span, traces

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


@pytest.fixture
def channel(server: Running) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(server.grpc, options=[("grpc.max_send_message_length", -1)]) as opened:
        yield opened


def fails(channel: grpc.Channel, body: bytes, **options: object) -> tuple[grpc.StatusCode, str, float | None]:
    """Code, message and retry delay in seconds of a call that fails."""
    with pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary(EXPORT)(body, timeout=10, **options)
    error = caught.value
    details = dict(error.trailing_metadata()).get("grpc-status-details-bin")
    delay = None
    if details:
        status = Status.FromString(details)
        assert (status.code, status.message) == (error.code().value[0], error.details())
        for detail in status.details:
            info = RetryInfo()
            assert detail.Unpack(info)
            delay = info.retry_delay.ToTimedelta().total_seconds()
    return error.code(), error.details(), delay


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_the_three_services_take_requests(
    server: Running, channel: grpc.Channel, compression: grpc.Compression
) -> None:
    TraceServiceStub(channel).Export(ExportTraceServiceRequest.FromString(traces()), compression=compression)
    LogsServiceStub(channel).Export(ExportLogsServiceRequest.FromString(logs()), compression=compression)
    MetricsServiceStub(channel).Export(ExportMetricsServiceRequest.FromString(metrics()), compression=compression)
    assert [len(x) for x in (server.intake.spans, server.intake.logs, server.intake.metrics)] == [1, 1, 1]


def test_an_empty_request_is_a_success(channel: grpc.Channel) -> None:
    assert channel.unary_unary(EXPORT)(b"") == b""


def test_a_partly_taken_request_is_ok_and_says_what_was_refused(channel: grpc.Channel) -> None:
    answer = ExportTraceServiceResponse.FromString(
        channel.unary_unary(EXPORT)(traces(span(), span(1, trace_id=bytes(16))))
    )
    assert answer.partial_success.rejected_spans == 1
    assert (
        answer.partial_success.error_message
        == "1 refused: trace_id must be 16 bytes (32 hex digits in JSON) and not all zero"
    )


def test_bad_data_is_invalid_argument(channel: grpc.Channel) -> None:
    code, message, delay = fails(channel, b"\x0a\xff")
    assert (code, delay) == (grpc.StatusCode.INVALID_ARGUMENT, None)
    assert message.startswith("the body (2 bytes) is not an OTLP request")


def test_a_message_over_the_limit_is_resource_exhausted_without_retry_info(channel: grpc.Channel) -> None:
    code, _, delay = fails(channel, bytes(5 << 20))
    assert (code, delay) == (grpc.StatusCode.RESOURCE_EXHAUSTED, None)


def test_a_message_over_the_limit_once_decompressed_is_too(channel: grpc.Channel) -> None:
    code, _, delay = fails(channel, bytes(100 << 20), compression=grpc.Compression.Gzip)
    assert (code, delay) == (grpc.StatusCode.RESOURCE_EXHAUSTED, None)


@pytest.mark.parametrize(("mood", "delay"), [("full", 2.0), ("down", 7.0), ("slow", 5.0), ("broken", 5.0)])
def test_trouble_that_passes_is_unavailable_with_retry_info(
    server: Running, channel: grpc.Channel, mood: str, delay: float
) -> None:
    server.intake.mood = mood
    code, _, told = fails(channel, traces())
    assert (code, told) == (grpc.StatusCode.UNAVAILABLE, delay)


def test_metadata_names_the_project(server: Running, channel: grpc.Channel) -> None:
    channel.unary_unary(EXPORT)(traces(), metadata=(("x-nervure-project", "shop"),))
    assert [batch.project for batch, _ in server.intake.batches] == ["shop"]


def test_keys_are_read_from_metadata() -> None:
    reader = Key("1", "reader", "nk_read", rights=frozenset({"read"}))
    sender = Key("2", "sender", "nk_send", rights=frozenset({"send"}))
    settings = Settings(port=0, grpc_port=0, auth=True, admin_key="0123456789abcdef")
    with (
        serving(settings, MemoryKeys({"read-key": reader, "send-key": sender})) as server,
        grpc.insecure_channel(server.grpc) as channel,
    ):
        assert fails(channel, traces())[0] == grpc.StatusCode.UNAUTHENTICATED
        assert fails(channel, traces(), metadata=(("x-api-key", "no"),))[0] == grpc.StatusCode.UNAUTHENTICATED
        assert fails(channel, traces(), metadata=(("x-api-key", "read-key"),))[0] == grpc.StatusCode.PERMISSION_DENIED
        assert channel.unary_unary(EXPORT)(traces(), metadata=(("authorization", "Bearer send-key"),)) == b""
