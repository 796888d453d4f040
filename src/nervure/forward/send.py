"""Sends one OTLP request over HTTP or gRPC and says what the other side made of it.

https://opentelemetry.io/docs/specs/otlp/: 429, 502, 503 and 504 may be sent again, honouring Retry-After; 400 must not;
a success may refuse some of the records (partial success). Beyond the specification, what an operator can mend (a wrong
key, a wrong address, a certificate) is waited for rather than paid with data, and a 500 is tried again a few times.
"""

import gzip
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import grpc
import httpx
from google.protobuf.message import DecodeError as NotProtobuf
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2, logs_service_pb2_grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

import nervure
from nervure.base.clock import NS_PER_S, Clock
from nervure.forward.queue import Record
from nervure.forward.rules import url_of
from nervure.forward.signer import Unsigned, signers
from nervure.model.destination import Destination

PROTOBUF = "application/x-protobuf"
AGENT = f"nervure/{nervure.__version__}"
LONGEST_WORDS = 500
LONGEST_ANSWER = 1 << 20
LATER = frozenset({429, 502, 503, 504})
# The request may be right; the way there is not.
MENDABLE = frozenset({401, 402, 403, 404, 405, 407, 408, 421, 425, 426})
ANSWERS: Mapping[str, Any] = {
    "spans": trace_service_pb2.ExportTraceServiceResponse,
    "logs": logs_service_pb2.ExportLogsServiceResponse,
    "metrics": metrics_service_pb2.ExportMetricsServiceResponse,
}
REQUESTS: Mapping[str, Any] = {
    "spans": trace_service_pb2.ExportTraceServiceRequest,
    "logs": logs_service_pb2.ExportLogsServiceRequest,
    "metrics": metrics_service_pb2.ExportMetricsServiceRequest,
}
STUBS: Mapping[str, Any] = {
    "spans": trace_service_pb2_grpc.TraceServiceStub,
    "logs": logs_service_pb2_grpc.LogsServiceStub,
    "metrics": metrics_service_pb2_grpc.MetricsServiceStub,
}
REJECTED = {"spans": "rejected_spans", "logs": "rejected_log_records", "metrics": "rejected_data_points"}
GRPC_LATER = frozenset({"CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS"})
GRPC_MENDABLE = frozenset({"UNAUTHENTICATED", "PERMISSION_DENIED", "UNIMPLEMENTED", "NOT_FOUND"})


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one try. kind: "delivered" (but for `rejected` records), "later" (the other side asks for it),
    "mend" (an operator has to do something), "unsure" (a fault over there: a few more tries), "refused" for good.

    words: why. retry_after_s: as the other side asked.
    """

    kind: str
    words: str = ""
    rejected: int = 0
    retry_after_s: float | None = None


class Sender(Protocol):
    """Sends to one destination."""

    def send(self, record: Record) -> Delivery: ...

    def close(self) -> None: ...


def open_sender(destination: Destination, clock: Clock) -> Sender:
    """Raises OSError for a CA file that cannot be read, BadInput for credentials that cannot be had."""
    return GrpcSender(destination) if destination.protocol == "grpc" else HttpSender(destination, clock)


class HttpSender:
    """OTLP/HTTP with protobuf."""

    def __init__(self, destination: Destination, clock: Clock) -> None:
        self._to, self._clock = destination, clock
        verify: ssl.SSLContext | bool = True
        if destination.ca_file:
            verify = ssl.create_default_context(cafile=destination.ca_file)
        headers = {"user-agent": AGENT, **destination.headers, "content-type": PROTOBUF}
        if destination.compression == "gzip":
            headers["content-encoding"] = "gzip"
        self._client = httpx.Client(
            headers=headers,
            timeout=destination.timeout_s,
            verify=verify,
            follow_redirects=False,
            trust_env=True,
            auth=signers()[destination.auth].open(destination.auth_settings) if destination.auth else None,
        )

    def send(self, record: Record) -> Delivery:
        """One try."""
        url = url_of(self._to, record.signal)
        try:
            with self._client.stream("POST", url, content=record.payload) as answer:
                body = b""
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > LONGEST_ANSWER:
                        break
        except Unsigned as error:
            return Delivery("mend", str(error))
        except httpx.TransportError as error:
            return Delivery("later", f"{_shown(url)} cannot be reached: {error or type(error).__name__}")
        if answer.status_code // 100 == 2:
            return _partial(record, body, answer.headers.get("content-type", ""))
        words = f"{_shown(url)} answered {answer.status_code}{_reason(body, answer.headers.get('content-type', ''))}"
        after_s = retry_after(answer.headers.get("retry-after", ""), self._clock.now_ns())
        if answer.status_code in LATER:
            return Delivery("later", words, retry_after_s=after_s)
        if answer.status_code in MENDABLE or answer.status_code // 100 == 3:
            return Delivery("mend", words, retry_after_s=after_s)
        return Delivery("unsure" if answer.status_code >= 500 else "refused", words)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class GrpcSender:
    """OTLP/gRPC."""

    def __init__(self, destination: Destination) -> None:
        self._to = destination
        parts = urlsplit(destination.endpoint)
        self._target = parts.netloc if parts.port else f"{parts.netloc}:{443 if parts.scheme == 'https' else 4317}"
        options = [("grpc.primary_user_agent", AGENT), ("grpc.enable_retries", 0)]
        if parts.scheme == "https":
            pem = open_pem(destination.ca_file) if destination.ca_file else None
            self._channel = grpc.secure_channel(self._target, grpc.ssl_channel_credentials(pem), options)
        else:
            self._channel = grpc.insecure_channel(self._target, options)
        self._calls = {signal: make(self._channel).Export for signal, make in STUBS.items()}
        self._metadata = [(name.lower(), value) for name, value in destination.headers.items()]
        self._compression = (
            grpc.Compression.Gzip if destination.compression == "gzip" else grpc.Compression.NoCompression
        )

    def send(self, record: Record) -> Delivery:
        """One try."""
        data = gzip.decompress(record.payload) if self._to.compression == "gzip" else record.payload
        request = REQUESTS[record.signal].FromString(data)
        try:
            answer = self._calls[record.signal](
                request, timeout=self._to.timeout_s, metadata=self._metadata, compression=self._compression
            )
        except grpc.RpcError as error:
            return _grpc_failure(self._target, error)
        return _told(record, answer)

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()


def open_pem(path: str) -> bytes:
    """The certificates of a file. Raises OSError."""
    with open(path, "rb") as file:
        return file.read()


def _partial(record: Record, body: bytes, content_type: str) -> Delivery:
    if PROTOBUF not in content_type or not body:
        return Delivery("delivered")
    try:
        return _told(record, ANSWERS[record.signal].FromString(body))
    except NotProtobuf:
        return Delivery("delivered")


def _told(record: Record, answer: Any) -> Delivery:
    partial = answer.partial_success
    return Delivery("delivered", partial.error_message[:LONGEST_WORDS], getattr(partial, REJECTED[record.signal]))


def _grpc_failure(target: str, error: Any) -> Delivery:
    name = error.code().name
    words = f"{target} answered {name}: {error.details() or 'no reason given'}"[:LONGEST_WORDS]
    after = _grpc_retry_after(error)
    if name in GRPC_LATER or (name == "RESOURCE_EXHAUSTED" and after is not None):
        return Delivery("later", words, retry_after_s=after)
    if name in GRPC_MENDABLE:
        return Delivery("mend", words)
    # Without a time to come again it may also mean that the request itself is too large.
    return Delivery("unsure" if name in ("INTERNAL", "UNKNOWN", "RESOURCE_EXHAUSTED") else "refused", words)


def _grpc_retry_after(error: Any) -> float | None:
    for name, value in error.trailing_metadata() or ():
        if name == "grpc-status-details-bin":
            for detail in status_pb2.Status.FromString(value).details:
                info = error_details_pb2.RetryInfo()
                if detail.Unpack(info):
                    return float(info.retry_delay.seconds + info.retry_delay.nanos / 1e9)
    return None


def retry_after(text: str, now_ns: int) -> float | None:
    """Seconds of a Retry-After header: a number, or a date. None for anything else."""
    if not text:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(at.timestamp() - now_ns / NS_PER_S, 0.0)


def _reason(body: bytes, content_type: str) -> str:
    """What an answer says in words: a protobuf Status, else its text."""
    text = ""
    if PROTOBUF in content_type:
        try:
            text = status_pb2.Status.FromString(body).message
        except NotProtobuf:
            text = ""
    text = text or "".join(letter for letter in body.decode("utf-8", "replace") if letter.isprintable())
    return f": {text[:LONGEST_WORDS]}" if text.strip() else ""


def _shown(url: str) -> str:
    """The URL without its query, in which some backends take a key."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


Opener = Callable[[Destination, Clock], Sender]
