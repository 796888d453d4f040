"""Builds OTLP requests: spans, logs and metrics grouped by resource and scope, straight into protobuf messages."""

from collections.abc import Iterator, Mapping
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

Resource = tuple[tuple[str, Any], ...]
Scope = tuple[str, str]

# One request: its path under the server's address, its bytes and the number of items in it.
Request = tuple[str, bytes, int]


class Outbox:
    """Gathers telemetry and hands it out as requests of about `size` items. Not thread-safe."""

    def __init__(self, size: int = 1000) -> None:
        self._size = size
        self._spans = _Pile("/v1/traces", ExportTraceServiceRequest, "resource_spans", "scope_spans", "spans")
        self._logs = _Pile("/v1/logs", ExportLogsServiceRequest, "resource_logs", "scope_logs", "log_records")
        self._metrics = _Pile(
            "/v1/metrics", ExportMetricsServiceRequest, "resource_metrics", "scope_metrics", "metrics"
        )

    def span(self, resource: Resource, scope: Scope) -> Any:
        """A new empty protobuf Span below that resource and scope."""
        return self._spans.add(resource, scope)

    def log(self, resource: Resource, scope: Scope) -> Any:
        """A new empty protobuf LogRecord."""
        return self._logs.add(resource, scope)

    def metric(self, resource: Resource, scope: Scope) -> Any:
        """A new empty protobuf Metric."""
        return self._metrics.add(resource, scope)

    def take(self, everything: bool = False) -> Iterator[Request]:
        """Requests that are full; with `everything` also those that are not."""
        for pile in (self._spans, self._logs, self._metrics):
            if pile.count >= (1 if everything else self._size):
                yield pile.empty()


class _Pile:
    """The items of one signal, gathered into one request."""

    def __init__(self, path: str, request: Any, resources: str, scopes: str, items: str) -> None:
        self._path, self._request = path, request
        self._members = (resources, scopes, items)
        self._clear()

    def add(self, resource: Resource, scope: Scope) -> Any:
        self.count += 1
        items = self._items.get((resource, scope))
        if items is None:
            items = self._items[(resource, scope)] = self._open(resource, scope)
        return items.add()

    def empty(self) -> Request:
        request = (self._path, self._message.SerializeToString(), self.count)
        self._clear()
        return request

    def _clear(self) -> None:
        self.count = 0
        self._message = self._request()
        self._envelopes: dict[Resource, Any] = {}
        self._items: dict[tuple[Resource, Scope], Any] = {}

    def _open(self, resource: Resource, scope: Scope) -> Any:
        resources, scopes, items = self._members
        envelope = self._envelopes.get(resource)
        if envelope is None:
            envelope = self._envelopes[resource] = getattr(self._message, resources).add()
            put(envelope.resource.attributes, dict(resource))
        group = getattr(envelope, scopes).add()
        group.scope.name, group.scope.version = scope
        return getattr(group, items)


def put(into: Any, attributes: Mapping[str, Any]) -> None:
    """Appends attributes to a repeated KeyValue field; values that are None are left out."""
    into.extend([KeyValue(key=key, value=any_value(value)) for key, value in attributes.items() if value is not None])


def any_value(value: Any) -> Any:
    """The protobuf AnyValue of a plain value: text, bool, int, float, list or mapping."""
    if isinstance(value, str):
        return AnyValue(string_value=value)
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    made = AnyValue()
    if isinstance(value, Mapping):
        made.kvlist_value.SetInParent()
        put(made.kvlist_value.values, value)
    else:
        made.array_value.SetInParent()
        made.array_value.values.extend([any_value(item) for item in value])
    return made
